//! Columns over time, side by side or on top of each other, below zero too; histograms.

use crate::canvas::{Anchor, Canvas, Rect, Type};
use crate::chart::{Caption, Chart, Table, captioned, titled};
use crate::frame::{self, Axis, Swatch};
use crate::number::{Unit, known, px};
use crate::scale::{Scale, span};

/// Columns per period: parts on top of each other (negative ones below zero), or side by side.
///
/// ```
/// use emptor_chart::{Axis, Chart, Columns, Unit};
///
/// let chart = Columns::stacked("Growth accounting", Axis::new("Customers", Unit::number()), &["Q1", "Q2", "Q3"])
///     .series("Retained", &[310.0, 340.0, 355.0])
///     .series("New", &[80.0, 64.0, 71.0])
///     .series("Churned", &[-50.0, -49.0, -62.0])
///     .line("Net", &[30.0, 15.0, 9.0])
///     .finding("The base grew in every quarter, by less each time.");
/// assert_eq!(chart.data().rows[0], ["Q1", "310", "80", "−50", "30"]);
/// chart.inline("growth")?;
/// # Ok::<(), emptor_chart::ChartError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    caption: Caption,
    y: Axis,
    periods: Vec<String>,
    series: Vec<(String, Vec<f64>)>,
    lines: Vec<(String, Vec<f64>)>,
    stacked: bool,
}

captioned!(Columns);

impl Columns {
    /// Parts on top of each other.
    #[must_use]
    pub fn stacked<T: AsRef<str>>(title: impl Into<String>, y: Axis, periods: &[T]) -> Self {
        let periods = periods.iter().map(|period| period.as_ref().to_owned()).collect();
        Self { caption: titled(title), y, periods, series: Vec::new(), lines: Vec::new(), stacked: true }
    }

    /// Columns side by side.
    #[must_use]
    pub fn grouped<T: AsRef<str>>(title: impl Into<String>, y: Axis, periods: &[T]) -> Self {
        Self { stacked: false, ..Self::stacked(title, y, periods) }
    }

    /// A part of every column, one value per period.
    #[must_use]
    pub fn series(mut self, name: impl Into<String>, values: &[f64]) -> Self {
        self.series.push((name.into(), values.to_vec()));
        self
    }

    /// A line over the columns, as the net of ups and downs.
    #[must_use]
    pub fn line(mut self, name: impl Into<String>, values: &[f64]) -> Self {
        self.lines.push((name.into(), values.to_vec()));
        self
    }

    fn all(&self) -> impl Iterator<Item = &(String, Vec<f64>)> {
        self.series.iter().chain(&self.lines)
    }
}

impl Chart for Columns {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn problems(&self) -> Vec<String> {
        let n = self.periods.len();
        let mut problems: Vec<String> = self
            .all()
            .filter(|(_, values)| values.len() != n)
            .map(|(name, values)| format!("'{name}' must have one value per period ({n}, got {})", values.len()))
            .collect();
        if self.y.log {
            problems.push("columns stand on zero and cannot have a logarithmic axis".to_owned());
        }
        problems
    }

    fn data(&self) -> Table {
        let first = [self.caption.language.period().to_owned()];
        let mut table = Table::new(first.into_iter().chain(self.all().map(|(name, _)| name.clone())));
        for (i, period) in self.periods.iter().enumerate() {
            let mut row = vec![period.clone()];
            row.extend(self.all().map(|(_, values)| {
                values.get(i).and_then(|&v| known(v)).map_or(String::new(), |v| self.y.unit.exact(v))
            }));
            table.push(row);
        }
        table
    }

    fn paint(&self, canvas: &mut Canvas) {
        let language = self.caption.language;
        let n = self.periods.len();
        let at = |values: &[f64], i: usize| values.get(i).and_then(|&v| known(v));
        let stack = |i: usize| {
            self.series
                .iter()
                .filter_map(|(_, values)| at(values, i))
                .fold((0.0, 0.0), |(down, up), v: f64| if v < 0.0 { (down + v, up) } else { (down, up + v) })
        };
        let parts = (0..n).flat_map(|i| {
            let (down, up) = stack(i);
            if self.stacked { vec![down, up] } else { self.series.iter().filter_map(|(_, v)| at(v, i)).collect() }
        });
        let lines = self.lines.iter().flat_map(|(_, values)| values.iter().filter_map(|&v| known(v)));
        let there = self.all().any(|(_, values)| values.iter().any(|&v| known(v).is_some()));
        let Some((low, high)) = span(parts.chain(lines).chain([0.0])).filter(|_| there && n > 0) else {
            canvas.nothing(language.no_data());
            return;
        };
        let mut top = 0.0;
        if self.series.len() + self.lines.len() > 1 {
            let entries: Vec<_> = self.series.iter().enumerate().map(|(i, (name, _))| (name.clone(), i)).collect();
            top += frame::key(canvas, &entries, Swatch::Square, top);
        }
        top += frame::heading(canvas, &self.y.heading(), top);
        // Lines are named at their ends where there is room, in a margin of their own.
        let ends = frame::room_for_ends(self.lines.iter().map(|(name, _)| name.as_str()), canvas.size, 200.0);
        let right = canvas.width - ends.unwrap_or(0.0).max(2.0);
        let mut area = Rect::new(0.0, top, right, top + canvas.size.pick(230.0, 200.0));
        let y = frame::vertical(canvas, &mut area, &self.y, (low, high), language);
        canvas.height = area.bottom + 22.0;
        let pitch = (area.right - area.left) / n as f64;
        let x = |i: usize| area.left + pitch * (i as f64 + 0.5);
        let wide = (pitch * 0.74).min(56.0);
        let zero = y.at(0.0);
        for (i, period) in self.periods.iter().enumerate() {
            let (mut up, mut down) = (0.0, 0.0);
            for (number, (name, values)) in self.series.iter().enumerate() {
                let Some(value) = at(values, i) else { continue };
                let tip = format!("{period} · {name} {}", self.y.unit.short(value, language));
                let (left, width, from) = if self.stacked {
                    let from = if value < 0.0 { down } else { up };
                    if value < 0.0 {
                        down += value
                    } else {
                        up += value
                    }
                    (x(i) - wide / 2.0, wide, from)
                } else {
                    let each = wide / self.series.len() as f64;
                    (x(i) - wide / 2.0 + each * number as f64, (each - 1.0).max(each * 0.8), 0.0)
                };
                let (a, b) = (y.at(from), y.at(from + value));
                let bar = Rect::new(left, a.min(b), left + width, a.max(b));
                if bar.bottom - bar.top > 0.05 {
                    let edge = if self.stacked && pitch > 8.0 { " e" } else { "" };
                    canvas.rect(bar, &format!("{}{edge}", frame::fill(number)), 0.0, &tip);
                }
            }
        }
        canvas.line(area.left, zero, area.right, zero, "a");
        let mut labels = Vec::new();
        for (number, (name, values)) in self.lines.iter().enumerate() {
            let mut d = String::new();
            let mut pen_down = false;
            for i in 0..n {
                let Some(value) = at(values, i) else {
                    pen_down = false;
                    continue;
                };
                d += &format!("{}{} {}", if pen_down { 'L' } else { 'M' }, px(x(i)), px(y.at(value)));
                pen_down = true;
            }
            let dash = if number > 0 { " dash" } else { "" };
            canvas.path(&d, &format!("l w{dash}"), name);
            for i in 0..n {
                if let Some(value) = at(values, i) {
                    let tip = format!("{} · {name} {}", self.periods[i], self.y.unit.short(value, language));
                    canvas.circle(x(i), y.at(value), if pitch > 12.0 { 3.2 } else { 2.0 }, "ink e", &tip);
                }
            }
            if let Some(last) = values.iter().rev().find_map(|&v| known(v)) {
                labels.push((y.at(last), name.clone()));
            }
        }
        let wanted: Vec<f64> = labels.iter().map(|label| label.0).collect();
        for ((_, name), at) in labels.iter().zip(frame::spread(&wanted, 15.0, area.top, area.bottom)) {
            if ends.is_some() {
                canvas.text(name, area.right + 8.0, at + 4.0, Anchor::Start, Type::STRONG, "");
            }
        }
        frame::names(canvas, area, &self.periods, x, area.bottom + 16.0);
    }
}

/// How often values fall between edges.
///
/// ```
/// use emptor_chart::{Axis, Chart, Histogram, Unit};
///
/// let edges = [0.0, 100.0, 200.0, 300.0];
/// let chart = Histogram::new("Lifetime value", Axis::new("Value", Unit::money("¥")), &edges, &[420.0, 130.0, 55.0])
///     .upright(121.0, "mean ¥121");
/// assert_eq!(chart.data().rows[1], ["¥100 – ¥200", "130"]);
/// chart.inline("value")?;
/// # Ok::<(), emptor_chart::ChartError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    caption: Caption,
    x: Axis,
    counted: String,
    edges: Vec<f64>,
    counts: Vec<f64>,
    uprights: Vec<(f64, String)>,
}

captioned!(Histogram);

impl Histogram {
    /// Counts between edges: one edge more than counts. A logarithmic axis wants edges above 0.
    #[must_use]
    pub fn new(title: impl Into<String>, x: Axis, edges: &[f64], counts: &[f64]) -> Self {
        let (edges, counts) = (edges.to_vec(), counts.to_vec());
        Self { caption: titled(title), x, counted: String::new(), edges, counts, uprights: Vec::new() }
    }

    /// What is counted, as "Customers".
    #[must_use]
    pub fn counting(mut self, what: impl Into<String>) -> Self {
        self.counted = what.into();
        self
    }

    /// A broken upright line, as at the mean.
    #[must_use]
    pub fn upright(mut self, x: f64, label: impl Into<String>) -> Self {
        self.uprights.push((x, label.into()));
        self
    }
}

impl Chart for Histogram {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let (edges, counts) = (self.edges.len(), self.counts.len());
        if edges != counts + 1 && edges + counts > 0 {
            problems.push(format!("edges must be one more than counts (got {edges} edges, {counts} counts)"));
        }
        if !self.edges.iter().all(|&e| self.x.place(e).is_some()) {
            problems.push("edges must be finite, and above 0 on a logarithmic axis".to_owned());
        }
        if !self.edges.is_sorted_by(|a, b| a < b) {
            problems.push("edges must go upwards".to_owned());
        }
        if !self.counts.iter().all(|&c| c >= 0.0 && c.is_finite()) {
            problems.push("counts must be 0 or more".to_owned());
        }
        problems
    }

    fn data(&self) -> Table {
        let counted = if self.counted.is_empty() { self.caption.language.count() } else { &self.counted };
        let mut table = Table::new([self.x.heading(), counted.to_owned()]);
        for (edges, &count) in self.edges.windows(2).zip(&self.counts) {
            let between = format!("{} – {}", self.x.unit.exact(edges[0]), self.x.unit.exact(edges[1]));
            table.push(vec![between, Unit::number().exact(count)]);
        }
        table
    }

    fn paint(&self, canvas: &mut Canvas) {
        let language = self.caption.language;
        let most = self.counts.iter().copied().fold(0.0, f64::max);
        let (Some(&first), Some(&last), true) = (self.edges.first(), self.edges.last(), most > 0.0) else {
            canvas.nothing(language.no_data());
            return;
        };
        let counted = if self.counted.is_empty() { language.count() } else { &self.counted };
        let mut top = frame::heading(canvas, counted, 0.0);
        top += self.room_for_uprights();
        let mut area = Rect::new(0.0, top, canvas.width - 6.0, top + canvas.size.pick(200.0, 170.0));
        let count_axis = Axis::new("", Unit::number());
        let y = frame::vertical(canvas, &mut area, &count_axis, (0.0, most), language);
        let x = frame::horizontal(canvas, area, &self.x, (first, last), false, language);
        let heading = self.x.heading();
        let below = if heading.is_empty() { 22.0 } else { 38.0 };
        frame::horizontal_heading(canvas, area, &heading, area.bottom + 32.0);
        canvas.height = area.bottom + below;
        let gap = if self.counts.len() > 60 { 0.0 } else { 0.6 };
        for (edges, &count) in self.edges.windows(2).zip(&self.counts) {
            let (a, b) = (x.at(edges[0]), x.at(edges[1]));
            let (low, high) = (self.x.unit.bare(edges[0], language), self.x.unit.short(edges[1], language));
            let tip = format!("{low} – {high}: {}", Unit::number().short(count, language));
            canvas.rect(Rect::new(a + gap, y.at(count), (b - gap).max(a + gap + 0.2), area.bottom), "f0", 0.0, &tip);
        }
        canvas.line(area.left, area.bottom, area.right, area.bottom, "a");
        self.paint_uprights(canvas, area, &x, (first, last));
    }
}

impl Histogram {
    fn room_for_uprights(&self) -> f64 {
        15.0 * self.uprights.len().min(2) as f64
    }

    /// The leftmost is named at the left of its line, the others at the right and each higher than the next, so that no
    /// line crosses a name. More than three are not drawn.
    fn paint_uprights(&self, canvas: &mut Canvas, area: Rect, x: &Scale, (first, last): (f64, f64)) {
        let mut uprights: Vec<(f64, &str)> = Vec::new();
        for (value, label) in self.uprights.iter().take(3) {
            if let Some(value) = self.x.place(*value).filter(|v| *v >= first && *v <= last) {
                uprights.push((x.at(value), label));
            }
        }
        uprights.sort_by(|a, b| a.0.total_cmp(&b.0));
        let n = uprights.len();
        for (i, (at, label)) in uprights.into_iter().enumerate() {
            let row = if i == 0 { n.min(2) - 1 } else { n - 1 - i };
            let baseline = area.top - 6.0 - 15.0 * row as f64;
            canvas.line(at, baseline - 9.0, at, area.bottom, "w");
            let shown = Type::STRONG.fit(label, canvas.width * 0.7);
            let width = Type::STRONG.width(&shown);
            let left = if i == 0 && n > 1 { at - width - 5.0 } else { at + 5.0 };
            let left = left.clamp(0.0, (canvas.width - width).max(0.0));
            let bounds = Rect::new(0.0, 0.0, canvas.width, area.bottom);
            if canvas.is_free(&shown, left, baseline, Anchor::Start, Type::STRONG, bounds) {
                canvas.text_with(&shown, left, baseline, Anchor::Start, Type::STRONG, "ha", label);
            }
        }
    }
}
