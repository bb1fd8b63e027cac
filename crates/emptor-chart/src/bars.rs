//! Horizontal bars and dots: rankings, indices, funnels, targets, estimates with their intervals.

use crate::canvas::{Anchor, Canvas, Rect, Type};
use crate::chart::{Caption, Chart, Table, captioned, titled};
use crate::frame;
use crate::number::{Unit, known};
use crate::scale::{Scale, Ticks, span};

/// One row of [`Bars`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row {
    /// Name at the left.
    pub name: String,
    /// Length of the bar; unknown where it is not finite.
    pub value: f64,
    /// Lower and upper end of its interval.
    pub interval: Option<(f64, f64)>,
    /// A target, drawn as a line across the bar.
    pub target: Option<f64>,
    /// A few words after the value.
    pub note: String,
    /// Whether this row is the one the chart is about; the others step back.
    pub strong: bool,
}

impl Row {
    /// A row with a name and a value.
    #[must_use]
    pub fn new(name: impl Into<String>, value: f64) -> Self {
        Self { name: name.into(), value, ..Self::default() }
    }

    /// With an interval around the value.
    #[must_use]
    pub fn interval(mut self, low: f64, high: f64) -> Self {
        self.interval = Some((low, high));
        self
    }

    /// With a target.
    #[must_use]
    pub fn target(mut self, target: f64) -> Self {
        self.target = Some(target);
        self
    }

    /// With a few words after the value.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// As the row the chart is about.
    #[must_use]
    pub fn strong(mut self) -> Self {
        self.strong = true;
        self
    }
}

/// Rows of a name and a number, in the caller's order: bars from a common ground, or dots with intervals.
///
/// ```
/// use emptor_chart::{Bars, Chart, Row, Unit};
///
/// let chart = Bars::new("What moves churn", Unit::number())
///     .dots()
///     .reference(1.0, "no effect")
///     .push(Row::new("Complaint open", 2.4).interval(1.9, 3.0))
///     .push(Row::new("Second product", 0.6).interval(0.5, 0.8).note("n = 1,204"));
/// assert_eq!(chart.data().headings, ["Name", "Value", "low", "high", "Note"]);
/// chart.inline("churn")?;
/// # Ok::<(), emptor_chart::ChartError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    caption: Caption,
    unit: Unit,
    value_name: String,
    rows: Vec<Row>,
    most: usize,
    dots: bool,
    ground: f64,
    reference: Option<(f64, String)>,
}

captioned!(Bars);

impl Bars {
    /// A chart without rows.
    #[must_use]
    pub fn new(title: impl Into<String>, unit: Unit) -> Self {
        Self {
            caption: titled(title),
            unit,
            value_name: String::new(),
            rows: Vec::new(),
            most: 12,
            dots: false,
            ground: 0.0,
            reference: None,
        }
    }

    /// What the numbers are: the heading over the bars and of the table's column.
    #[must_use]
    pub fn measure(mut self, name: impl Into<String>) -> Self {
        self.value_name = name.into();
        self
    }

    /// Adds a row of a name and a value.
    #[must_use]
    pub fn row(self, name: impl Into<String>, value: f64) -> Self {
        self.push(Row::new(name, value))
    }

    /// Adds a row.
    #[must_use]
    pub fn push(mut self, row: Row) -> Self {
        self.rows.push(row);
        self
    }

    /// Adds rows of names and values.
    #[must_use]
    pub fn rows<T: AsRef<str>>(mut self, rows: impl IntoIterator<Item = (T, f64)>) -> Self {
        self.rows.extend(rows.into_iter().map(|(name, value)| Row::new(name.as_ref(), value)));
        self
    }

    /// Rows drawn at most (12 unless said); the rest is counted under the chart and stays in the table.
    #[must_use]
    pub fn most(mut self, rows: usize) -> Self {
        self.most = rows;
        self
    }

    /// Dots with whiskers instead of bars: for estimates, whose distance from zero may not matter.
    #[must_use]
    pub fn dots(mut self) -> Self {
        self.dots = true;
        self
    }

    /// Where bars begin, as 100 for an index.
    #[must_use]
    pub fn ground(mut self, value: f64) -> Self {
        self.ground = value;
        self
    }

    /// A broken line through all rows, with its name.
    #[must_use]
    pub fn reference(mut self, value: f64, label: impl Into<String>) -> Self {
        self.reference = Some((value, label.into()));
        self
    }

    fn shown(&self) -> &[Row] {
        // Cutting one row to say "and 1 more" would save nothing.
        let most = if self.rows.len() <= self.most + 1 { self.rows.len() } else { self.most };
        &self.rows[..most]
    }
}

fn interval(row: &Row) -> Option<(f64, f64)> {
    let (low, high) = row.interval?;
    Some((known(low)?, known(high)?))
}

impl Chart for Bars {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for row in &self.rows {
            if let Some((low, high)) = row.interval.filter(|(low, high)| low > high) {
                problems.push(format!("the interval of '{}' must go upwards (got {low} to {high})", row.name));
            }
        }
        if known(self.ground).is_none() {
            problems.push(format!("ground must be finite (got {})", self.ground));
        }
        if self.most == 0 {
            problems.push("rows drawn at most must be 1 or more (got 0)".to_owned());
        }
        problems
    }

    fn data(&self) -> Table {
        let language = self.caption.language;
        let write = |v: Option<f64>| v.and_then(known).map_or(String::new(), |v| self.unit.exact(v));
        let name = if self.value_name.is_empty() { language.value() } else { &self.value_name };
        let mut table = Table::new([language.name(), name]);
        let intervals = self.rows.iter().any(|row| row.interval.is_some());
        let targets = self.rows.iter().any(|row| row.target.is_some());
        let notes = self.rows.iter().any(|row| !row.note.is_empty());
        let columns = [(intervals, language.low()), (intervals, language.high()), (targets, language.target())];
        let columns = columns.into_iter().chain([(notes, language.note())]);
        table.headings.extend(columns.filter(|(there, _)| *there).map(|(_, name)| name.to_owned()));
        for row in &self.rows {
            let mut cells = vec![row.name.clone(), write(Some(row.value))];
            if intervals {
                cells.extend([write(row.interval.map(|i| i.0)), write(row.interval.map(|i| i.1))]);
            }
            if targets {
                cells.push(write(row.target));
            }
            if notes {
                cells.push(row.note.clone());
            }
            table.push(cells);
        }
        table
    }

    fn paint(&self, canvas: &mut Canvas) {
        let language = self.caption.language;
        let rows = self.shown();
        let ends = rows.iter().flat_map(|row| {
            let (low, high) = interval(row).unzip();
            [known(row.value), low, high, row.target.and_then(known)]
        });
        let reference = self.reference.as_ref().and_then(|r| known(r.0));
        let ground = (!self.dots).then_some(self.ground);
        let Some((low, high)) = span(ends.flatten()) else {
            canvas.nothing(language.no_data());
            return;
        };
        let (low, high) = span([low, high].into_iter().chain(reference).chain(ground)).unwrap_or((low, high));

        // Names beside the bars, or above them where they would take too much of the width.
        let widest = rows.iter().map(|row| Type::LABEL.width(&row.name)).fold(0.0, f64::max);
        let side = canvas.size.pick(0.36, 0.3) * canvas.width;
        let negative = !self.dots && rows.iter().any(|row| known(row.value).is_some_and(|v| v < self.ground));
        // Bars that go both ways need room for notes at both ends.
        let most_note = if negative { 0.0 } else { 0.26 * canvas.width };
        let long_notes = rows.iter().any(|row| Type::TICK.width(&row.note) > most_note);
        let narrow = canvas.size == crate::Size::Narrow;
        let above = narrow && (widest > side || (long_notes && !self.dots));
        let left = if above { 0.0 } else { widest.min(side) + 10.0 };
        let pitch = if above { 40.0 } else { canvas.size.pick(27.0, 28.0) };
        let thick = if self.dots { 10.0 } else { 17.0 };

        let values: Vec<String> =
            rows.iter().map(|row| known(row.value).map_or("–".to_owned(), |v| self.unit.bare(v, language))).collect();
        let note_room = canvas.size.pick(if negative { 0.15 } else { 0.3 }, 0.26) * canvas.width;
        // Above the bar there is room for a note beside the name.
        let note = |row: &Row| if above { String::new() } else { Type::TICK.fit(&row.note, note_room) };
        let notes: Vec<String> = rows.iter().map(note).collect();
        let label = |i: usize| {
            let note = if notes[i].is_empty() { 0.0 } else { 8.0 + Type::TICK.width(&notes[i]) };
            6.0 + Type::LABEL.width(&values[i]) + note
        };
        let plain = self.value_name.is_empty() && self.unit.name().is_empty();
        let mut top = if plain && rows.iter().all(|row| row.target.is_none()) {
            4.0
        } else {
            let axis = frame::Axis::new(self.value_name.clone(), self.unit.clone());
            let target = if rows.iter().any(|row| row.target.is_some()) { language.target() } else { "" };
            let target = if target.is_empty() { String::new() } else { format!("   ┃ {target}") };
            frame::heading(canvas, &(axis.heading() + &target), 0.0)
        };
        if self.reference.as_ref().is_some_and(|r| !r.1.is_empty()) {
            top += 14.0;
        }
        let bottom = top + pitch * rows.len() as f64;
        let room = (0..rows.len()).map(label).fold(0.0, f64::max);
        let (x, area) = if self.dots {
            let area = Rect::new(left + 8.0, top, (canvas.width - room).max(left + 60.0), bottom);
            let axis = frame::Axis::new("", self.unit.clone());
            let pad = 0.03 * (high - low);
            (frame::horizontal(canvas, area, &axis, (low - pad, high + pad), true, language), area)
        } else {
            let ticks = Ticks::within(low, high, 4);
            let area = bar_area(rows, &ticks, self.ground, left, canvas.width, &label, top, bottom);
            (ticks.scale(area.left, area.right), area)
        };
        canvas.height = bottom + if self.dots { 24.0 } else { 4.0 };
        let any_strong = rows.iter().any(|row| row.strong);
        if let (Some(value), Some((_, name))) = (reference, &self.reference) {
            let at = x.at(value);
            canvas.line(at, top - 4.0, at, bottom, "r");
            let shown = Type::TICK.fit(name, 0.6 * canvas.width);
            let half = Type::TICK.width(&shown) / 2.0;
            let middle = at.clamp(half, (canvas.width - half).max(half));
            canvas.text(&shown, middle, top - 7.0, Anchor::Middle, Type::TICK, "");
        }
        for (i, row) in rows.iter().enumerate() {
            let row_top = top + pitch * i as f64;
            let middle = if above { row_top + 28.0 } else { row_top + pitch / 2.0 };
            if above {
                let note = Type::TICK.fit(&row.note, 0.55 * canvas.width);
                let room = canvas.width - if note.is_empty() { 0.0 } else { Type::TICK.width(&note) + 12.0 };
                canvas.text_within(&row.name, 0.0, row_top + 14.0, Anchor::Start, Type::LABEL, "", room);
                canvas.text_with(&note, canvas.width, row_top + 14.0, Anchor::End, Type::TICK, "", &row.note);
            } else {
                canvas.text_within(&row.name, left - 10.0, middle + 4.2, Anchor::End, Type::LABEL, "", left - 10.0);
            }
            let soft = if any_strong && !row.strong { " so" } else { "" };
            let tip = self.tip(row);
            let Some(value) = known(row.value) else {
                let at = x.at(ground.unwrap_or(low)) + 6.0;
                canvas.text(&values[i], at, middle + 4.2, Anchor::Start, Type::LABEL, "mu");
                continue;
            };
            let at = x.at(value);
            let mut reach = (at, at);
            if self.dots {
                canvas.circle(at, middle, 5.0, &format!("f0{soft}"), &tip);
            } else {
                let from = x.at(self.ground);
                // A bar of next to nothing is still seen.
                let (a, b) = (from.min(at), from.max(at).max(from.min(at) + 1.0));
                let colour = if value < self.ground { "f1" } else { "f0" };
                let bar = Rect::new(a, middle - thick / 2.0, b, middle + thick / 2.0);
                canvas.rect(bar, &format!("{colour}{soft}"), 2.0, &tip);
            }
            if let Some((low, high)) = interval(row) {
                let (a, b) = (x.at(low), x.at(high));
                canvas.line(a, middle, b, middle, "w");
                for end in [a, b] {
                    canvas.line(end, middle - 3.5, end, middle + 3.5, "w");
                }
                if self.dots {
                    canvas.circle(at, middle, 5.0, &format!("f0 e{soft}"), &tip);
                }
                reach = (reach.0.min(a), reach.1.max(b));
            }
            if let Some(target) = row.target.and_then(known) {
                let at = x.at(target);
                canvas.line(at, middle - thick / 2.0 - 3.0, at, middle + thick / 2.0 + 3.0, "w");
                reach.1 = reach.1.max(at);
            }
            if negative && value < self.ground {
                let end = reach.0 - 6.0;
                canvas.text(&values[i], end, middle + 4.2, Anchor::End, Type::LABEL, "");
                let start = end - Type::LABEL.width(&values[i]) - 8.0;
                canvas.text_with(&notes[i], start, middle + 4.2, Anchor::End, Type::TICK, "", &row.note);
            } else {
                let start = if self.dots { area.right.max(reach.1) + 8.0 } else { reach.1 + 6.0 };
                let start = start.min(canvas.width - label(i) + 6.0);
                canvas.text(&values[i], start, middle + 4.2, Anchor::Start, Type::LABEL, "");
                let after = start + Type::LABEL.width(&values[i]) + 8.0;
                canvas.text_with(&notes[i], after, middle + 4.2, Anchor::Start, Type::TICK, "", &row.note);
            }
        }
        if !self.dots && low < self.ground {
            let at = x.at(self.ground);
            // Not through names that stand above their bars.
            let (first, tall) = if above { (top + 17.0, 22.0) } else { (top, pitch) };
            for i in 0..rows.len() {
                let y = first + pitch * i as f64;
                canvas.line(at, y, at, y + tall, "a");
            }
        }
        let more = self.rows.len() - rows.len();
        if more > 0 {
            canvas.height += 16.0;
            let baseline = canvas.height - 5.0;
            canvas.text(&language.and_more(more), left, baseline, Anchor::Start, Type::NOTE, "");
        }
    }
}

/// The area of the bars: as wide as leaves every value its room at the end of its own bar.
#[expect(clippy::too_many_arguments, reason = "the layout of one chart")]
fn bar_area(
    rows: &[Row],
    ticks: &Ticks,
    ground: f64,
    left: f64,
    right: f64,
    label: &impl Fn(usize) -> f64,
    top: f64,
    bottom: f64,
) -> Rect {
    let unit = ticks.scale(0.0, 1.0);
    // Room for values at both ends, taken where bars reach; twice, since each end moves the other.
    let (mut a, mut b) = (left, right);
    for _ in 0..8 {
        for (i, row) in rows.iter().enumerate() {
            let Some(value) = known(row.value) else { continue };
            let (low, high) = interval(row).unwrap_or((value, value));
            let target = row.target.and_then(known).unwrap_or(value);
            let scale = Scale::linear(0.0, 1.0, a, b);
            if value < ground {
                let at = scale.at(unit.at(value.min(low)));
                if at - label(i) < left {
                    a += left - (at - label(i));
                }
            } else {
                let at = scale.at(unit.at(value.max(high).max(target)));
                if at + label(i) > right {
                    b -= at + label(i) - right;
                }
            }
        }
    }
    Rect::new(a.min(b - 40.0).max(left), top, b.max(a + 40.0), bottom)
}

impl Bars {
    fn tip(&self, row: &Row) -> String {
        let language = self.caption.language;
        let mut tip = format!("{}: {}", row.name, self.unit.short(row.value, language));
        if let Some((low, high)) = interval(row) {
            tip += &format!(" ({} – {})", self.unit.bare(low, language), self.unit.bare(high, language));
        }
        if let Some(target) = row.target.and_then(known) {
            tip += &format!(" · {} {}", language.target(), self.unit.short(target, language));
        }
        if !row.note.is_empty() {
            tip += &format!(" · {}", row.note);
        }
        tip
    }
}
