//! Ladders of shares, and slopes from one side to the other.

use crate::canvas::{Anchor, Canvas, Rect, Type};
use crate::chart::{Caption, Chart, Table, captioned, titled};
use crate::frame;
use crate::number::{Unit, known, px};
use crate::scale::{Ticks, span};
use crate::theme::{RAMP, SERIES};

/// What the parts of [`Shares`] are to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Parts {
    /// Steps of a ladder, best first: strong to pale shades of one colour.
    #[default]
    Ordered,
    /// Kinds without an order: colours.
    Kinds,
}

/// The same parts of several wholes, each whole one bar of 100 %: grades by customers, revenue and value.
///
/// ```
/// use emptor_chart::{Chart, Shares};
///
/// let chart = Shares::new("Few customers, most of the value", &["A", "B", "C"])
///     .whole("Customers", &[400.0, 1_600.0, 3_000.0])
///     .whole("Revenue", &[2.1e6, 1.3e6, 0.4e6])
///     .finding("Grade A is 8 % of customers and 55 % of revenue.");
/// assert_eq!(chart.data().rows[0], ["Customers", "8 %", "32 %", "60 %"]);
/// chart.inline("ladder")?;
/// # Ok::<(), emptor_chart::ChartError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Shares {
    caption: Caption,
    parts: Vec<String>,
    wholes: Vec<(String, Vec<f64>)>,
    order: Parts,
}

captioned!(Shares);

impl Shares {
    /// The names of the parts, best first.
    #[must_use]
    pub fn new<T: AsRef<str>>(title: impl Into<String>, parts: &[T]) -> Self {
        let parts = parts.iter().map(|part| part.as_ref().to_owned()).collect();
        Self { caption: titled(title), parts, wholes: Vec::new(), order: Parts::Ordered }
    }

    /// One bar: the amounts of its parts, which are made shares of their sum.
    #[must_use]
    pub fn whole(mut self, name: impl Into<String>, amounts: &[f64]) -> Self {
        self.wholes.push((name.into(), amounts.to_vec()));
        self
    }

    /// What the parts are to each other.
    #[must_use]
    pub fn parts(mut self, order: Parts) -> Self {
        self.order = order;
        self
    }

    fn shares(amounts: &[f64]) -> Option<Vec<f64>> {
        let sum: f64 = amounts.iter().filter_map(|&a| known(a)).sum();
        (sum > 0.0).then(|| amounts.iter().map(|&a| known(a).unwrap_or(0.0) / sum).collect())
    }

    fn classes(&self, part: usize) -> (String, String) {
        match self.order {
            Parts::Kinds => (frame::fill(part), format!("x{}", part % SERIES)),
            Parts::Ordered => {
                let last = self.parts.len().saturating_sub(1).max(1) as f64;
                let step = ((1.0 - part as f64 / last) * (RAMP - 1) as f64).round() as usize;
                (format!("q{step}"), format!("qi{step}"))
            }
        }
    }
}

impl Chart for Shares {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn problems(&self) -> Vec<String> {
        let n = self.parts.len();
        let mut problems = Vec::new();
        for (name, amounts) in &self.wholes {
            if amounts.len() != n {
                problems.push(format!("'{name}' must have one amount per part ({n}, got {})", amounts.len()));
            }
            if let Some(below) = amounts.iter().find(|&&a| a < 0.0) {
                problems.push(format!("amounts of '{name}' must be 0 or more to be shares of a whole (got {below})"));
            }
        }
        problems
    }

    fn data(&self) -> Table {
        let mut table = Table::new([self.caption.language.name()]);
        table.headings.extend(self.parts.iter().cloned());
        for (name, amounts) in &self.wholes {
            let shares = Self::shares(amounts);
            let mut row = vec![name.clone()];
            row.extend((0..self.parts.len()).map(|i| {
                shares.as_ref().and_then(|shares| shares.get(i)).map_or(String::new(), |&s| Unit::percent().exact(s))
            }));
            table.push(row);
        }
        table
    }

    fn paint(&self, canvas: &mut Canvas) {
        let language = self.caption.language;
        let wholes: Vec<(&String, Vec<f64>)> =
            self.wholes.iter().filter_map(|(name, amounts)| Some((name, Self::shares(amounts)?))).collect();
        if wholes.is_empty() || self.parts.is_empty() {
            canvas.nothing(language.no_data());
            return;
        }
        let widest = wholes.iter().map(|(name, _)| Type::LABEL.width(name)).fold(0.0, f64::max);
        let above = canvas.size == crate::Size::Narrow || widest > 0.28 * canvas.width;
        let left = if above { 0.0 } else { widest + 12.0 };
        let right = canvas.width;
        let x = |share: f64| left + share * (right - left);
        let mut top = self.name_parts(canvas, &wholes, &x);
        let (thick, gap) = (30.0, if above { 32.0 } else { 20.0 });
        let mut before: Option<(f64, &Vec<f64>)> = None;
        for (name, shares) in &wholes {
            if above {
                canvas.text_within(name, 0.0, top + 12.0, Anchor::Start, Type::LABEL, "", canvas.width);
                top += 18.0;
            } else {
                canvas.text_within(name, left - 12.0, top + 19.2, Anchor::End, Type::LABEL, "", left);
            }
            if let (Some((bottom, last)), false) = (before, above) {
                let (mut a, mut b) = (0.0, 0.0);
                for (one, other) in last.iter().zip(shares).take(shares.len() - 1) {
                    (a, b) = (a + one, b + other);
                    canvas.line(x(a), bottom, x(b), top, "a");
                }
            }
            let mut from = 0.0;
            for (part, &share) in shares.iter().enumerate() {
                let (fill, ink) = self.classes(part);
                let area = Rect::new(x(from), top, x(from + share), top + thick);
                let text = Unit::percent().short(share, language);
                let part_name = &self.parts[part];
                if share > 0.0 {
                    canvas.rect(area, &format!("{fill} e"), 0.0, &format!("{name} · {part_name} {text}"));
                }
                let room = area.right - area.left;
                if Type::LABEL.width(&text) + 6.0 <= room {
                    let middle = (area.left + area.right) / 2.0;
                    canvas.text(&text, middle, top + 19.2, Anchor::Middle, Type::LABEL, &ink);
                }
                from += share;
            }
            top += thick;
            before = Some((top, shares));
            top += if above { 12.0 } else { gap };
        }
        canvas.height = top - if above { 8.0 } else { gap - 4.0 };
    }
}

impl Shares {
    /// Names of the parts: over the parts of the first bar where all fit, else in a key; returns their height.
    fn name_parts(&self, canvas: &mut Canvas, wholes: &[(&String, Vec<f64>)], x: &impl Fn(f64) -> f64) -> f64 {
        let mut from = 0.0;
        let mut places = Vec::new();
        for (name, share) in self.parts.iter().zip(&wholes[0].1) {
            places.push((name, (x(from) + x(from + share)) / 2.0, x(from + share) - x(from)));
            from += share;
        }
        let narrow = canvas.size == crate::Size::Narrow;
        if !narrow && places.iter().all(|(name, _, room)| Type::STRONG.width(name) + 6.0 <= *room) {
            for (name, middle, _) in places {
                canvas.text(name, middle, 12.0, Anchor::Middle, Type::STRONG, "");
            }
            return 19.0;
        }
        let (mut left, mut top) = (0.0, 0.0);
        for (part, name) in self.parts.iter().enumerate() {
            let shown = Type::LABEL.fit(name, canvas.width - 20.0);
            let width = 17.0 + Type::LABEL.width(&shown);
            if left > 0.0 && left + width > canvas.width {
                (left, top) = (0.0, top + 19.0);
            }
            let swatch = Rect::new(left, top + 2.0, left + 11.0, top + 13.0);
            canvas.rect(swatch, &self.classes(part).0, 2.0, "");
            let tip = if shown == *name { "" } else { name };
            canvas.text_with(&shown, left + 16.0, top + 11.8, Anchor::Start, Type::LABEL, "", tip);
            left += width + 12.0;
        }
        top + 26.0
    }
}

/// Lines from a value then to a value now, one per name.
///
/// ```
/// use emptor_chart::{Chart, Slope, Unit};
///
/// let chart = Slope::new("Share of customers by grade", Unit::percent(), "2024", "2025")
///     .line("A", 0.08, 0.11)
///     .line("B", 0.32, 0.29);
/// assert_eq!(chart.data().rows[0], ["A", "8 %", "11 %"]);
/// chart.inline("slope")?;
/// # Ok::<(), emptor_chart::ChartError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Slope {
    caption: Caption,
    unit: Unit,
    sides: (String, String),
    lines: Vec<(String, f64, f64)>,
}

captioned!(Slope);

impl Slope {
    /// A chart between two moments by their names.
    #[must_use]
    pub fn new(title: impl Into<String>, unit: Unit, before: impl Into<String>, after: impl Into<String>) -> Self {
        Self { caption: titled(title), unit, sides: (before.into(), after.into()), lines: Vec::new() }
    }

    /// One line.
    #[must_use]
    pub fn line(mut self, name: impl Into<String>, before: f64, after: f64) -> Self {
        self.lines.push((name.into(), before, after));
        self
    }
}

impl Chart for Slope {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn problems(&self) -> Vec<String> {
        Vec::new()
    }

    fn data(&self) -> Table {
        let (before, after) = self.sides.clone();
        let mut table = Table::new([self.caption.language.name().to_owned(), before, after]);
        let write = |v: f64| known(v).map_or(String::new(), |v| self.unit.exact(v));
        for (name, before, after) in &self.lines {
            table.push(vec![name.clone(), write(*before), write(*after)]);
        }
        table
    }

    fn paint(&self, canvas: &mut Canvas) {
        let language = self.caption.language;
        let lines: Vec<_> = self.lines.iter().filter(|(_, a, b)| known(*a).is_some() && known(*b).is_some()).collect();
        let shown = &lines[..lines.len().min(14)];
        let Some((low, high)) = span(shown.iter().flat_map(|(_, a, b)| [*a, *b])) else {
            canvas.nothing(language.no_data());
            return;
        };
        let write = |v: f64| self.unit.bare(v, language);
        let left_room = shown.iter().map(|(_, a, _)| Type::LABEL.width(&write(*a))).fold(0.0, f64::max) + 12.0;
        let most = canvas.size.pick(0.34, 0.4) * canvas.width;
        let label = |name: &str, v: f64| {
            let value = write(v);
            let room = most - Type::STRONG.width(&value) - 8.0;
            (value, Type::LABEL.fit(name, room))
        };
        let right_room = shown.iter().map(|(name, _, b)| {
            let (value, name) = label(name, *b);
            Type::STRONG.width(&value) + Type::LABEL.width(&name) + 20.0
        });
        let right_room = right_room.fold(0.0, f64::max);
        let tall = canvas.size.pick(230.0f64, 220.0).max(16.0 * shown.len() as f64);
        let area = Rect::new(left_room, 26.0, canvas.width - right_room, 26.0 + tall);
        // All equal lines lie in the middle.
        let (low, high) = if high > low { (low, high) } else { (low - 1.0, high + 1.0) };
        let y = Ticks { values: Vec::new(), step: 0.0, low, high, log: false }.scale(area.bottom - 6.0, area.top + 6.0);
        for (at, name, anchor, room) in [
            (area.left, &self.sides.0, Anchor::Middle, 2.0 * area.left),
            (area.right, &self.sides.1, Anchor::Middle, 2.0 * right_room),
        ] {
            canvas.line(at, area.top, at, area.bottom, "a");
            let shown = Type::TICK.fit(name, room.min((area.right - area.left) * 0.9));
            let half = Type::TICK.width(&shown) / 2.0;
            canvas.text(&shown, at.max(half).min(canvas.width - half), 14.0, anchor, Type::TICK, "");
        }
        let before: Vec<f64> = shown.iter().map(|(_, a, _)| y.at(*a)).collect();
        let after: Vec<f64> = shown.iter().map(|(_, _, b)| y.at(*b)).collect();
        let (a, b) =
            (frame::spread(&before, 15.0, area.top, area.bottom), frame::spread(&after, 15.0, area.top, area.bottom));
        for (i, (name, from, to)) in shown.iter().enumerate() {
            let colour = if to < from { 1 } else { 0 };
            let tip = format!("{name}: {} → {}", self.unit.short(*from, language), self.unit.short(*to, language));
            let d = format!("M{} {}L{} {}", px(area.left), px(before[i]), px(area.right), px(after[i]));
            canvas.path(&d, &format!("l {}", frame::stroke(colour)), &tip);
            for (at, y) in [(area.left, before[i]), (area.right, after[i])] {
                canvas.circle(at, y, 3.6, &format!("{} e", frame::fill(colour)), &tip);
            }
            canvas.text(&write(*from), area.left - 9.0, a[i] + 4.2, Anchor::End, Type::LABEL, "");
            let (value, short) = label(name, *to);
            canvas.text(&value, area.right + 9.0, b[i] + 4.2, Anchor::Start, Type::STRONG, &frame::fill(colour));
            let at = area.right + 9.0 + Type::STRONG.width(&value) + 7.0;
            canvas.text_with(&short, at, b[i] + 4.2, Anchor::Start, Type::LABEL, "", name);
        }
        canvas.height = area.bottom + 10.0;
        if lines.len() > shown.len() {
            canvas.height += 16.0;
            let baseline = canvas.height - 4.0;
            canvas.text(&language.and_more(lines.len() - shown.len()), 0.0, baseline, Anchor::Start, Type::NOTE, "");
        }
    }
}
