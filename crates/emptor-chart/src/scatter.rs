//! Points by two numbers, in groups, with quadrants; hexagons where there are too many points to see.

use std::collections::BTreeMap;

use crate::canvas::{Anchor, Canvas, Rect, Type};
use crate::chart::{Caption, Chart, Table, captioned, titled};
use crate::frame::{self, Axis, Swatch};
use crate::number::{known, px};
use crate::scale::{Scale, span};
use crate::theme::RAMP;

/// One group of points.
#[derive(Debug, Clone, PartialEq)]
struct Group {
    name: String,
    x: Vec<f64>,
    y: Vec<f64>,
    sizes: Vec<f64>,
    labels: Vec<String>,
}

/// Customers, products or channels by two numbers.
///
/// Groups differ in shape as well as colour. Beyond 3,000 points a single group is counted in hexagons and several groups
/// are sampled, every k-th point of each, and the chart says so.
///
/// ```
/// use emptor_chart::{Axis, Chart, Scatter, Unit};
///
/// let days = Axis::new("Days since last purchase", Unit::of("days"));
/// let spend = Axis::new("Spend", Unit::money("¥")).logarithmic();
/// let chart = Scatter::new("Who is worth winning back", days, spend)
///     .group("A", &[12.0, 20.0, 31.0], &[4_000.0, 9_500.0, 2_100.0])
///     .group("B", &[190.0, 230.0], &[310.0, 120.0])
///     .quadrants(90.0, 1_000.0, ["keep", "win back", "let go", "grow"]);
/// assert_eq!(chart.data().headings, ["Name", "Days since last purchase", "Spend"]);
/// chart.inline("scatter")?;
/// # Ok::<(), emptor_chart::ChartError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Scatter {
    caption: Caption,
    x: Axis,
    y: Axis,
    groups: Vec<Group>,
    quadrants: Option<(f64, f64, [String; 4])>,
    diagonal: bool,
    most: usize,
}

captioned!(Scatter);

/// Points the eye can still tell apart.
const MOST_POINTS: usize = 3_000;

impl Scatter {
    /// A chart without points.
    #[must_use]
    pub fn new(title: impl Into<String>, x: Axis, y: Axis) -> Self {
        let caption = titled(title);
        Self { caption, x, y, groups: Vec::new(), quadrants: None, diagonal: false, most: MOST_POINTS }
    }

    /// A group of points. One group alone may have no name.
    #[must_use]
    pub fn group(mut self, name: impl Into<String>, x: &[f64], y: &[f64]) -> Self {
        let (x, y) = (x.to_vec(), y.to_vec());
        self.groups.push(Group { name: name.into(), x, y, sizes: Vec::new(), labels: Vec::new() });
        self
    }

    /// Sizes of the points of the group added last: their areas.
    #[must_use]
    pub fn sizes(mut self, sizes: &[f64]) -> Self {
        if let Some(group) = self.groups.last_mut() {
            group.sizes = sizes.to_vec();
        }
        self
    }

    /// Names of the points of the group added last: written beside them where there is room, always in the tooltip.
    #[must_use]
    pub fn labels<T: AsRef<str>>(mut self, labels: &[T]) -> Self {
        if let Some(group) = self.groups.last_mut() {
            group.labels = labels.iter().map(|label| label.as_ref().to_owned()).collect();
        }
        self
    }

    /// An upright and a level line, and the names of the four quarters: top left, top right, bottom right, bottom left.
    #[must_use]
    pub fn quadrants<T: Into<String>>(mut self, x: f64, y: f64, names: [T; 4]) -> Self {
        self.quadrants = Some((x, y, names.map(Into::into)));
        self
    }

    /// The line where both numbers are equal.
    #[must_use]
    pub fn diagonal(mut self) -> Self {
        self.diagonal = true;
        self
    }

    fn points<'a>(&'a self, group: &'a Group) -> impl Iterator<Item = (usize, f64, f64)> + 'a {
        let rows = group.x.iter().zip(&group.y).enumerate();
        rows.filter_map(|(i, (&x, &y))| Some((i, self.x.place(x)?, self.y.place(y)?)))
    }

    /// Greatest size of a bubble over all groups.
    fn largest(&self) -> Option<f64> {
        let sizes = self.groups.iter().flat_map(|group| &group.sizes);
        sizes
            .filter_map(|&s| known(s))
            .fold(None, |m: Option<f64>, s| Some(m.map_or(s, |m| m.max(s))))
            .filter(|&m| m > 0.0)
    }
}

impl Chart for Scatter {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for Group { name, x, y, sizes, labels } in &self.groups {
            if x.len() != y.len() {
                problems.push(format!("group '{name}' must have as many x as y (got {} and {})", x.len(), y.len()));
            }
            for (what, n) in [("sizes", sizes.len()), ("labels", labels.len())] {
                if n > 0 && n != x.len() {
                    problems.push(format!("group '{name}' must have as many {what} as points ({}, got {n})", x.len()));
                }
            }
        }
        problems
    }

    fn data(&self) -> Table {
        let sized = self.largest().is_some();
        let name = self.caption.language.name().to_owned();
        let mut table = Table::new([name, self.x.heading(), self.y.heading()]);
        if sized {
            table.headings.push(self.caption.language.value().to_owned());
        }
        for group in &self.groups {
            for (i, x, y) in self.points(group) {
                let label = group.labels.get(i);
                let name = match label {
                    Some(label) if group.name.is_empty() => label.clone(),
                    Some(label) => format!("{} · {label}", group.name),
                    None => group.name.clone(),
                };
                let mut row = vec![name, self.x.unit.exact(x), self.y.unit.exact(y)];
                if sized {
                    let size = group.sizes.get(i).and_then(|&s| known(s));
                    row.push(size.map_or(String::new(), |s| crate::Unit::number().exact(s)));
                }
                table.push(row);
            }
        }
        table.thinned()
    }

    fn paint(&self, canvas: &mut Canvas) {
        let language = self.caption.language;
        let all: Vec<Vec<(usize, f64, f64)>> = self.groups.iter().map(|g| self.points(g).collect()).collect();
        let count: usize = all.iter().map(Vec::len).sum();
        let lines = self.quadrants.as_ref().map(|q| (q.0, q.1));
        let xs = all.iter().flatten().map(|p| p.1).chain(lines.and_then(|l| self.x.place(l.0)));
        let ys = all.iter().flatten().map(|p| p.2).chain(lines.and_then(|l| self.y.place(l.1)));
        let (Some((x_low, x_high)), Some((y_low, y_high)), true) = (span(xs), span(ys), count > 0) else {
            canvas.nothing(language.no_data());
            return;
        };
        let mut top = 0.0;
        let named = self.groups.iter().enumerate().filter(|(_, group)| !group.name.is_empty());
        let entries: Vec<_> = named.map(|(i, group)| (group.name.clone(), i)).collect();
        if entries.len() > 1 || self.groups.len() > 1 {
            top += frame::key(canvas, &entries, Swatch::Dot, top);
        }
        top += frame::heading(canvas, &self.y.heading(), top);
        let mut area = Rect::new(0.0, top, canvas.width - 10.0, top + canvas.size.pick(330.0, 280.0));
        let y = frame::vertical(canvas, &mut area, &self.y, padded(y_low, y_high, &self.y), language);
        let x = frame::horizontal(canvas, area, &self.x, padded(x_low, x_high, &self.x), true, language);
        let mut bottom = area.bottom + 20.0;
        if !self.x.heading().is_empty() {
            bottom += 16.0;
            frame::horizontal_heading(canvas, area, &self.x.heading(), bottom - 4.0);
        }
        if self.diagonal {
            let (low, high) = (x_low.max(y_low), x_high.min(y_high));
            if high > low {
                canvas.line(x.at(low), y.at(low), x.at(high), y.at(high), "r");
            }
        }
        let bubbles = self.largest();
        let said = if count > self.most && self.groups.len() == 1 && bubbles.is_none() {
            hexagons(canvas, &all[0], &x, &y);
            Some(language.density(count))
        } else {
            let kept: Vec<Vec<(usize, f64, f64)>> = all.iter().map(|group| sample(group, count, self.most)).collect();
            self.dots(canvas, area, &kept, bubbles, &x, &y);
            let shown: usize = kept.iter().map(Vec::len).sum();
            (shown < count).then(|| language.sampled(shown, count))
        };
        self.quarter(canvas, area, &x, &y);
        if let Some(said) = said {
            bottom += 15.0;
            canvas.text_within(&said, 0.0, bottom - 4.0, Anchor::Start, Type::NOTE, "", canvas.width);
        }
        canvas.height = bottom + 2.0;
    }
}

impl Scatter {
    fn dots(
        &self,
        canvas: &mut Canvas,
        area: Rect,
        kept: &[Vec<(usize, f64, f64)>],
        largest: Option<f64>,
        x: &Scale,
        y: &Scale,
    ) {
        let shown: usize = kept.iter().map(Vec::len).sum();
        let small = if shown > 1_000 { 2.2 } else { 3.2 };
        let most = canvas.size.pick(22.0, 15.0);
        let mut marks: Vec<(f64, f64, f64, usize, String)> = Vec::new();
        for (number, (group, points)) in self.groups.iter().zip(kept).enumerate() {
            let class = format!("{} pt", frame::fill(number));
            let mut merged = String::new();
            for &(i, px, py) in points {
                let at = (x.at(px), y.at(py));
                let size = group.sizes.get(i).and_then(|&s| known(s)).filter(|&s| s > 0.0);
                let r = match (largest, size) {
                    (Some(largest), Some(size)) => (most * (size / largest).sqrt()).max(2.5),
                    (Some(_), None) => 2.5,
                    _ => small,
                };
                match group.labels.get(i) {
                    Some(label) => marks.push((at.0, at.1, r, number, label.clone())),
                    None => merged += &frame::mark_path(number, at.0, at.1, r),
                }
            }
            canvas.path(&merged, &class, "");
        }
        // Large bubbles first, so that small ones stay in sight; names of large ones are written first, too.
        marks.sort_by(|a, b| b.2.total_cmp(&a.2));
        for (at, up, r, number, label) in &marks {
            let shape = if largest.is_some() { 0 } else { *number };
            let class = format!("{} pt e", frame::fill(*number));
            frame::mark(canvas, shape, *at, *up, *r, &class, label);
        }
        let bounds = Rect::new(area.left + 1.0, area.top, canvas.width, area.bottom - 1.0);
        // Centres and rims of all bubbles: a name may cover none of them.
        let rim = |&(x, y, r, ..): &(f64, f64, f64, usize, String)| {
            (0..9).map(move |i| {
                let (r, angle) = (if i == 0 { 0.0 } else { r }, f64::from(i) * std::f64::consts::FRAC_PI_4);
                (x + r * angle.cos(), y + r * angle.sin())
            })
        };
        let others: Vec<(f64, f64)> = marks.iter().flat_map(rim).collect();
        for (at, up, r, _, label) in marks.iter().take(60) {
            let shown = Type::TICK.fit(label, canvas.size.pick(130.0, 90.0));
            canvas.label(&shown, (*at, *up), r + 2.0, Type::TICK, "ink", bounds, &others);
        }
    }

    fn quarter(&self, canvas: &mut Canvas, area: Rect, x: &Scale, y: &Scale) {
        let Some((at, up, names)) = &self.quadrants else { return };
        let (Some(at), Some(up)) = (self.x.place(*at), self.y.place(*up)) else { return };
        let (at, up) = (x.at(at), y.at(up));
        canvas.line(at, area.top, at, area.bottom, "r");
        canvas.line(area.left, up, area.right, up, "r");
        let places = [
            (area.left + 5.0, area.top + 13.0, Anchor::Start, at - area.left),
            (area.right - 5.0, area.top + 13.0, Anchor::End, area.right - at),
            (area.right - 5.0, area.bottom - 6.0, Anchor::End, area.right - at),
            (area.left + 5.0, area.bottom - 6.0, Anchor::Start, at - area.left),
        ];
        for (name, (x, baseline, anchor, room)) in names.iter().zip(places) {
            let shown = Type::STRONG.fit(name, room - 8.0);
            if shown.chars().count() > 1 && canvas.is_free(&shown, x, baseline, anchor, Type::STRONG, area) {
                canvas.text_with(&shown, x, baseline, anchor, Type::STRONG, "mu ha", name);
            }
        }
    }
}

/// A little room around the points, so that none is cut by the frame.
fn padded(low: f64, high: f64, axis: &Axis) -> (f64, f64) {
    let pad = if axis.log { 0.0 } else { 0.03 * (high - low) };
    // Zero stays the end of an axis that begins there.
    let down = if low >= 0.0 && low - pad < 0.0 { 0.0 } else { low - pad };
    (down, high + pad)
}

/// Every k-th point of a group, at least one: its share of what can be shown.
fn sample(group: &[(usize, f64, f64)], all: usize, most: usize) -> Vec<(usize, f64, f64)> {
    if all <= most {
        return group.to_vec();
    }
    let n = group.len();
    let quota = (most as u128 * n as u128 / all as u128).max(1).min(n as u128) as usize;
    (0..quota).map(|i| group[i * n / quota]).collect()
}

/// Counts in hexagons of the picture, darker for more, on a logarithmic ramp.
fn hexagons(canvas: &mut Canvas, points: &[(usize, f64, f64)], x: &Scale, y: &Scale) {
    let radius = canvas.size.pick(8.0, 6.5);
    let (wide, tall) = (radius * 3f64.sqrt(), radius * 1.5);
    let mut counts: BTreeMap<(i64, i64), u64> = BTreeMap::new();
    for &(_, a, b) in points {
        let (a, b) = (x.at(a), y.at(b));
        // The nearest centre is in one of the two nearest rows.
        let row = (b / tall).floor();
        let centre = |row: f64| {
            let shift = if (row as i64).rem_euclid(2) == 1 { 0.5 } else { 0.0 };
            let column = (a / wide - shift).round();
            let (cx, cy) = ((column + shift) * wide, row * tall);
            ((row as i64, column as i64), (cx - a).powi(2) + (cy - b).powi(2))
        };
        let (first, second) = (centre(row), centre(row + 1.0));
        *counts.entry(if first.1 <= second.1 { first.0 } else { second.0 }).or_default() += 1;
    }
    let most = counts.values().copied().max().unwrap_or(1) as f64;
    for ((row, column), count) in counts {
        let shift = if row.rem_euclid(2) == 1 { 0.5 } else { 0.0 };
        let (cx, cy) = ((column as f64 + shift) * wide, row as f64 * tall);
        let share = (1.0 + count as f64).ln() / (1.0 + most).ln();
        let step = (share * (RAMP - 1) as f64).round() as usize;
        let mut d = String::new();
        for corner in 0..6 {
            let angle = std::f64::consts::FRAC_PI_3 * (f64::from(corner) + 0.5);
            let (px_, py_) = (cx + radius * angle.cos(), cy + radius * angle.sin());
            d += &format!("{}{} {}", if corner == 0 { 'M' } else { 'L' }, px(px_), px(py_));
        }
        canvas.path(&(d + "z"), &format!("q{step} e"), &count.to_string());
    }
}
