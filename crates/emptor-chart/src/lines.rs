//! Lines, areas, steps and bands: history and forecast, cumulative curves, survival.

use crate::canvas::{Anchor, Canvas, Rect, Type};
use crate::chart::{Caption, Chart, Table, captioned, titled};
use crate::curve::{between, stairs, thin, trace};
use crate::frame::{self, Axis, Swatch};
use crate::number::px;
use crate::scale::{Scale, span};

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stroke {
    /// An unbroken line.
    #[default]
    Solid,
    /// A broken line, as for what is not yet known.
    Dashed,
    /// A line over a filled area.
    Area,
    /// Level until the next point, as a survival curve.
    Step,
    /// Points joined by a line.
    Dots,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    name: String,
    x: Vec<f64>,
    y: Vec<f64>,
    stroke: Stroke,
}

/// What lies between two lines.
#[derive(Debug, Clone, PartialEq)]
struct Band {
    name: String,
    x: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    series: usize,
}

/// Lines over time or over any number, with bands around them and points marked.
///
/// An unknown value (`NaN`, infinite, beyond 1e150) is a gap. Names stand at the ends of the lines; where they are too
/// long for that there is a key. More than twelve lines are not drawn.
///
/// ```
/// use emptor_chart::{Axis, Chart, Lines, Stroke, Unit};
///
/// let months = ["2024-10", "2024-11", "2024-12", "2025-01", "2025-02"];
/// let gap = f64::NAN;
/// let chart = Lines::over_periods("Revenue and forecast", Axis::new("Revenue", Unit::money("¥")), &months)
///     .series("Actual", &[120.0, 135.0, 128.0, gap, gap], Stroke::Solid)
///     .series("Forecast", &[gap, gap, 128.0, 131.0, 134.0], Stroke::Dashed)
///     .band("95%", &[gap, gap, 128.0, 118.0, 112.0], &[gap, gap, 128.0, 144.0, 156.0], 1)
///     .upright(2.0, "today")
///     .finding("Revenue is expected to stay near ¥132 a month.");
/// assert_eq!(chart.data().headings, ["Period", "Actual", "Forecast", "95% low", "95% high"]);
/// assert!(chart.inline("forecast")?.contains("stroke-dasharray") == false);
/// # Ok::<(), emptor_chart::ChartError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Lines {
    caption: Caption,
    x: Axis,
    y: Axis,
    by_period: bool,
    periods: Vec<String>,
    lines: Vec<Line>,
    bands: Vec<Band>,
    points: Vec<(f64, f64, String)>,
    uprights: Vec<(f64, String)>,
    levels: Vec<(f64, String)>,
    diagonal: Option<String>,
    from_zero: bool,
    problems: Vec<String>,
}

captioned!(Lines);

/// Lines a reader can tell apart: six colours, unbroken and broken.
const MOST_LINES: usize = 12;

impl Lines {
    /// Lines over numbers.
    #[must_use]
    pub fn new(title: impl Into<String>, x: Axis, y: Axis) -> Self {
        Self {
            caption: titled(title),
            x,
            y,
            by_period: false,
            periods: Vec::new(),
            lines: Vec::new(),
            bands: Vec::new(),
            points: Vec::new(),
            uprights: Vec::new(),
            levels: Vec::new(),
            diagonal: None,
            from_zero: false,
            problems: Vec::new(),
        }
    }

    /// Lines over periods by their names; the x of the first period is 0, of the next 1.
    #[must_use]
    pub fn over_periods<T: AsRef<str>>(title: impl Into<String>, y: Axis, periods: &[T]) -> Self {
        let mut chart = Self::new(title, Axis::default(), y);
        chart.periods = periods.iter().map(|period| period.as_ref().to_owned()).collect();
        chart.by_period = true;
        chart
    }

    /// A line with one value per period.
    #[must_use]
    pub fn series(self, name: impl Into<String>, y: &[f64], stroke: Stroke) -> Self {
        let x: Vec<f64> = (0..y.len()).map(|i| i as f64).collect();
        self.line(name, &x, y, stroke)
    }

    /// A line through points in their order.
    #[must_use]
    pub fn line(mut self, name: impl Into<String>, x: &[f64], y: &[f64], stroke: Stroke) -> Self {
        let name = name.into();
        self.agree(&name, &[x.len(), y.len()]);
        self.lines.push(Line { name, x: x.to_vec(), y: y.to_vec(), stroke });
        self
    }

    /// A band with one lower and one upper value per period, in the colour of the line with this number (from 0).
    #[must_use]
    pub fn band(self, name: impl Into<String>, lower: &[f64], upper: &[f64], line: usize) -> Self {
        let x: Vec<f64> = (0..lower.len()).map(|i| i as f64).collect();
        self.band_at(name, &x, lower, upper, line)
    }

    /// A band over numbers. Give the wider band first.
    #[must_use]
    pub fn band_at(mut self, name: impl Into<String>, x: &[f64], lower: &[f64], upper: &[f64], line: usize) -> Self {
        let name = name.into();
        self.agree(&name, &[x.len(), lower.len(), upper.len()]);
        let (x, lower, upper) = (x.to_vec(), lower.to_vec(), upper.to_vec());
        self.bands.push(Band { name, x, lower, upper, series: line });
        self
    }

    /// A point marked and named, as the peak of a curve.
    #[must_use]
    pub fn point(mut self, x: f64, y: f64, label: impl Into<String>) -> Self {
        self.points.push((x, y, label.into()));
        self
    }

    /// A broken upright line, as where the forecast begins.
    #[must_use]
    pub fn upright(mut self, x: f64, label: impl Into<String>) -> Self {
        self.uprights.push((x, label.into()));
        self
    }

    /// A broken level line, as a target.
    #[must_use]
    pub fn level(mut self, y: f64, label: impl Into<String>) -> Self {
        self.levels.push((y, label.into()));
        self
    }

    /// The diagonal from (0, 0) to (1, 1), as for equal shares.
    #[must_use]
    pub fn diagonal(mut self, label: impl Into<String>) -> Self {
        self.diagonal = Some(label.into());
        self
    }

    /// Begins the vertical axis at 0 however far the values are from it.
    #[must_use]
    pub fn from_zero(mut self) -> Self {
        self.from_zero = true;
        self
    }

    fn agree(&mut self, name: &str, lengths: &[usize]) {
        let first = lengths.first().copied().unwrap_or(0);
        if lengths.iter().any(|&n| n != first) {
            self.problems.push(format!("'{name}' must have as many x as y (got {lengths:?})"));
        }
        if self.by_period && first != self.periods.len() {
            self.problems
                .push(format!("'{name}' must have one value per period ({}, got {first})", self.periods.len()));
        }
    }

    /// The points of a line that have a place, as runs between gaps.
    fn runs(&self, line: &Line) -> Vec<Vec<(f64, f64)>> {
        let mut runs = vec![Vec::new()];
        for (&x, &y) in line.x.iter().zip(&line.y) {
            match (self.x.place(x), self.y.place(y), runs.last_mut()) {
                (Some(x), Some(y), Some(run)) => run.push((x, y)),
                _ => runs.push(Vec::new()),
            }
        }
        runs.retain(|run| !run.is_empty());
        runs
    }

    fn band_points(&self, band: &Band) -> Vec<(f64, f64, f64)> {
        let rows = band.x.iter().zip(&band.lower).zip(&band.upper);
        rows.filter_map(|((&x, &l), &u)| Some((self.x.place(x)?, self.y.place(l)?, self.y.place(u)?))).collect()
    }

    fn x_span(&self, runs: &[Vec<Vec<(f64, f64)>>]) -> Option<(f64, f64)> {
        if !self.periods.is_empty() {
            let last = (self.periods.len() - 1) as f64;
            return runs.iter().any(|line| !line.is_empty()).then_some((0.0, last.max(0.5)));
        }
        let points = runs.iter().flatten().flatten().map(|p| p.0);
        let ends = self.diagonal.iter().flat_map(|_| [0.0, 1.0]);
        span(points.chain(ends).chain(self.points.iter().filter_map(|p| self.x.place(p.0))))
    }

    fn y_span(&self, runs: &[Vec<Vec<(f64, f64)>>]) -> Option<(f64, f64)> {
        let bands = self.bands.iter().flat_map(|band| self.band_points(band)).flat_map(|(_, l, u)| [l, u]);
        let marks = self.points.iter().map(|p| p.1).chain(self.levels.iter().map(|l| l.0));
        let ends = self.diagonal.iter().flat_map(|_| [0.0, 1.0]);
        let all = runs.iter().flatten().flatten().map(|p| p.1).chain(bands);
        let (mut low, mut high) = span(all.chain(marks.filter_map(|v| self.y.place(v))).chain(ends))?;
        // Zero is worth its room when it is near; an area always stands on it.
        let area = self.lines.iter().any(|line| line.stroke == Stroke::Area);
        if !self.y.log && (self.from_zero || area || low < 0.5 * high) {
            low = low.min(0.0);
        }
        if !self.y.log && (self.from_zero || area || high > 0.5 * low) && high < 0.0 {
            high = 0.0;
        }
        Some((low, high))
    }
}

impl Chart for Lines {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn problems(&self) -> Vec<String> {
        self.problems.clone()
    }

    fn data(&self) -> Table {
        let language = self.caption.language;
        let write = |axis: &Axis, v: f64| axis.place(v).map_or(String::new(), |v| axis.unit.exact(v));
        let first = self.lines.first().map(|line| line.x.clone()).unwrap_or_default();
        let shared = self.lines.iter().all(|line| line.x == first) && self.bands.iter().all(|band| band.x == first);
        let x_name = if self.periods.is_empty() { self.x.heading() } else { language.period().to_owned() };
        if shared {
            let mut headings = vec![x_name];
            headings.extend(self.lines.iter().map(|line| line.name.clone()));
            for band in &self.bands {
                headings.push(format!("{} {}", band.name, language.low()));
                headings.push(format!("{} {}", band.name, language.high()));
            }
            let mut table = Table::new(headings);
            let get = |values: &[f64], i: usize| values.get(i).map_or(String::new(), |&v| write(&self.y, v));
            for (i, &x) in first.iter().enumerate() {
                let mut row = vec![self.periods.get(i).cloned().unwrap_or_else(|| write(&self.x, x))];
                row.extend(self.lines.iter().map(|line| get(&line.y, i)));
                row.extend(self.bands.iter().flat_map(|band| [get(&band.lower, i), get(&band.upper, i)]));
                table.push(row);
            }
            return table.thinned();
        }
        let mut table = Table::new([language.name().to_owned(), x_name, self.y.heading()]);
        for line in &self.lines {
            for (&x, &y) in line.x.iter().zip(&line.y) {
                table.push(vec![line.name.clone(), write(&self.x, x), write(&self.y, y)]);
            }
        }
        table.thinned()
    }

    fn paint(&self, canvas: &mut Canvas) {
        // Curves that meet in a corner have no ends to be named at. Names on the lines are tried first; where one covers
        // a line, all go into a key.
        if self.diagonal.is_some() {
            let mut trial = Canvas::new(canvas.size);
            if self.draw(&mut trial, true) {
                *canvas = trial;
                return;
            }
        }
        self.draw(canvas, false);
    }
}

impl Lines {
    /// Draws the chart; `false` where names asked to be on the lines found no room there.
    fn draw(&self, canvas: &mut Canvas, on_lines: bool) -> bool {
        let language = self.caption.language;
        let shown = &self.lines[..self.lines.len().min(MOST_LINES)];
        let runs: Vec<_> = shown.iter().map(|line| self.runs(line)).collect();
        let (Some(xs), Some(ys)) = (self.x_span(&runs), self.y_span(&runs)) else {
            canvas.nothing(language.no_data());
            return true;
        };
        let plot = canvas.size.pick(236.0, 210.0);
        let named: Vec<(usize, &Line)> =
            shown.iter().enumerate().filter(|(i, line)| !line.name.is_empty() && !runs[*i].is_empty()).collect();
        let ends = if self.diagonal.is_some() {
            None
        } else {
            frame::room_for_ends(named.iter().map(|(_, line)| line.name.as_str()), canvas.size, plot)
        };
        let mut top = 0.0;
        if ends.is_none() && !on_lines {
            let entries: Vec<_> = named.iter().map(|(i, line)| (line.name.clone(), *i)).collect();
            top += frame::key(canvas, &entries, Swatch::Line, top);
        }
        top += frame::heading(canvas, &self.y.heading(), top);
        if self.uprights.iter().any(|(_, label)| !label.is_empty()) {
            top += 16.0;
        }
        let mut area = Rect::new(0.0, top, canvas.width - ends.unwrap_or(0.0).max(6.0), top + plot);
        let y = frame::vertical(canvas, &mut area, &self.y, ys, language);
        let mut bottom = area.bottom + 20.0;
        let x = if self.periods.is_empty() {
            let x = frame::horizontal(canvas, area, &self.x, xs, false, language);
            if !self.x.heading().is_empty() {
                bottom += 16.0;
                frame::horizontal_heading(canvas, area, &self.x.heading(), bottom - 4.0);
            }
            x
        } else {
            let inset = if self.periods.len() == 1 { (area.right - area.left) / 2.0 } else { 6.0 };
            let x = Scale::linear(xs.0, xs.1, area.left + inset, area.right - 6.0);
            frame::names(canvas, area, &self.periods, |i| x.at(i as f64), area.bottom + 16.0);
            x
        };
        if let Some(more) = self.lines.len().checked_sub(MOST_LINES).filter(|&more| more > 0) {
            bottom += 16.0;
            canvas.text(&language.and_more(more), 0.0, bottom - 4.0, Anchor::Start, Type::NOTE, "");
        }
        canvas.height = bottom + 2.0;

        if self.diagonal.is_some() {
            canvas.line(x.at(0.0), y.at(0.0), x.at(1.0), y.at(1.0), "r");
        }
        for (number, band) in self.bands.iter().enumerate() {
            let points: Vec<_> =
                self.band_points(band).into_iter().map(|(a, l, u)| (x.at(a), y.at(l), y.at(u))).collect();
            let step = self.lines.get(band.series).is_some_and(|line| line.stroke == Stroke::Step);
            let upper: Vec<_> = points.iter().map(|p| (p.0, p.2)).collect();
            let lower: Vec<_> = points.iter().map(|p| (p.0, p.1)).collect();
            let (upper, mut lower) = if step { (stairs(&upper), stairs(&lower)) } else { (upper, lower) };
            lower.reverse();
            let class = format!("{} b{}", frame::fill(band.series), number.min(1));
            let outline: Vec<_> = upper.into_iter().chain(lower).collect();
            if outline.len() > 2 {
                canvas.path(&(trace(&outline) + "z"), &class, &band.name);
            }
        }
        for (value, label) in &self.uprights {
            if let Some(value) = self.x.place(*value).filter(|v| *v >= xs.0 && *v <= xs.1) {
                let at = x.at(value);
                canvas.line(at, area.top - 6.0, at, area.bottom, "r");
                let half = Type::TICK.width(label) / 2.0;
                let middle = at.clamp(half, (canvas.width - half).max(half));
                let bounds = Rect::new(0.0, 0.0, canvas.width, canvas.height);
                if canvas.is_free(label, middle, area.top - 10.0, Anchor::Middle, Type::TICK, bounds) {
                    canvas.text(label, middle, area.top - 10.0, Anchor::Middle, Type::TICK, "");
                }
            }
        }
        for (value, _) in &self.levels {
            if let Some(value) = self.y.place(*value) {
                canvas.line(area.left, y.at(value), area.right, y.at(value), "r");
            }
        }
        let mut traces: Vec<(f64, f64)> = Vec::new();
        let (mut labels, mut early) = (Vec::new(), Vec::new());
        for (number, (line, runs)) in shown.iter().zip(&runs).enumerate() {
            let class =
                format!("l {}{}", frame::stroke(number), if line.stroke == Stroke::Dashed { " dash" } else { "" });
            let dots = line.stroke == Stroke::Dots;
            for run in runs {
                let mut points: Vec<_> = run.iter().map(|p| (x.at(p.0), y.at(p.1))).collect();
                if line.stroke == Stroke::Step {
                    points = stairs(&points);
                }
                let points = thin(points);
                if line.stroke == Stroke::Area && points.len() > 1 {
                    let (first, last) = (points[0].0, points[points.len() - 1].0);
                    let ground = y.at(ys.0.max(0.0));
                    let closed =
                        format!("{}L{} {}L{} {}z", trace(&points), px(last), px(ground), px(first), px(ground));
                    canvas.path(&closed, &format!("{} b0", frame::fill(number)), "");
                }
                if points.len() > 1 {
                    canvas.path(&trace(&points), &class, &line.name);
                }
                if points.len() == 1 || dots {
                    for &(px, py) in &points {
                        canvas.circle(px, py, 3.2, &frame::fill(number), "");
                    }
                }
                traces.extend(between(&points));
            }
            if let (Some(&(end, last)), false) = (runs.last().and_then(|run| run.last()), line.name.is_empty()) {
                // A line that ends long before the chart does is named where it is.
                if on_lines || (ends.is_some() && x.at(end) < area.right - 60.0) {
                    early.push(number);
                } else {
                    labels.push((y.at(last), line.name.clone(), number));
                }
            }
        }
        if self.diagonal.is_some() {
            traces.extend(between(&[(x.at(0.0), y.at(0.0)), (x.at(1.0), y.at(1.0))]));
        }
        self.tooltips(canvas, area, &x);
        self.annotate(canvas, area, &x, &y, &traces);
        let bounds = Rect::new(area.left + 2.0, area.top - 4.0, area.right, area.bottom - 2.0);
        let mut all_named = true;
        for number in early {
            let (name, runs) = (&shown[number].name, &runs[number]);
            let points: Vec<(f64, f64)> = runs.iter().flatten().map(|p| (x.at(p.0), y.at(p.1))).collect();
            let last = points.len() - 1;
            let tried: Vec<(f64, f64)> =
                [60, 75, 45, 85, 30, 95, 20, 100, 10].iter().map(|percent| points[last * percent / 100]).collect();
            let class = frame::fill(number);
            if !canvas.label_clear(name, &tried, 5.0, Type::STRONG, &class, bounds, &traces) {
                all_named = false;
                if ends.is_some() {
                    labels.push((tried[7].1, name.clone(), number));
                }
            }
        }
        if ends.is_some() {
            frame::ends(canvas, area, &labels);
        }
        all_named
    }
}

impl Lines {
    /// Points with names, names of levels, of the diagonal and of bands, each at a free place.
    fn annotate(&self, canvas: &mut Canvas, area: Rect, x: &Scale, y: &Scale, traces: &[(f64, f64)]) {
        let bounds = Rect::new(area.left + 2.0, area.top - 4.0, canvas.width, area.bottom - 2.0);
        for (px, py, label) in &self.points {
            if let (Some(px), Some(py)) = (self.x.place(*px), self.y.place(*py)) {
                let at = (x.at(px), y.at(py));
                canvas.circle(at.0, at.1, 4.2, "f1 e", label);
                let shown = Type::STRONG.fit(label, 0.9 * (area.right - area.left));
                canvas.label(&shown, at, 8.0, Type::STRONG, "", bounds, traces);
            }
        }
        for (value, label) in &self.levels {
            if let Some(value) = self.y.place(*value) {
                let shown = Type::TICK.fit(label, 0.45 * (area.right - area.left));
                let width = Type::TICK.width(&shown);
                let baseline = y.at(value) - 5.0;
                let free = [area.right - width - 4.0, area.left + 6.0].into_iter().min_by_key(|&left| {
                    let near = |p: &&(f64, f64)| {
                        p.0 > left && p.0 < left + width && p.1 > baseline - 12.0 && p.1 < baseline + 4.0
                    };
                    traces.iter().filter(near).count()
                });
                if let Some(left) = free
                    && canvas.is_free(&shown, left, baseline, Anchor::Start, Type::TICK, bounds)
                {
                    canvas.text(&shown, left, baseline, Anchor::Start, Type::TICK, "ha");
                }
            }
        }
        if let Some(label) = &self.diagonal {
            let shown = Type::TICK.fit(label, 0.4 * (area.right - area.left));
            for share in [0.35, 0.5, 0.65, 0.2] {
                let at = (x.at(share), y.at(share));
                if canvas.label(&shown, at, 6.0, Type::TICK, "", bounds, traces) {
                    break;
                }
            }
        }
        for band in &self.bands {
            let points = self.band_points(band);
            if let Some(&(a, _, u)) = points.last() {
                let (at, edge) = (x.at(a), y.at(u));
                let places = [(at - 3.0, edge - 5.0), (at - 3.0, edge + 12.0)];
                for (left, baseline) in places {
                    let inside = Rect::new(area.left, area.top - 10.0, canvas.width, area.bottom);
                    let clear = !traces.iter().any(|p| {
                        (p.1 - baseline + 4.0).abs() < 8.0 && p.0 > left - Type::TICK.width(&band.name) && p.0 < left
                    });
                    if clear && canvas.is_free(&band.name, left, baseline, Anchor::End, Type::TICK, inside) {
                        canvas.text(&band.name, left, baseline, Anchor::End, Type::TICK, "ha");
                        break;
                    }
                }
            }
        }
    }

    /// One invisible strip per period with its values as native tooltip.
    fn tooltips(&self, canvas: &mut Canvas, area: Rect, x: &Scale) {
        let n = self.periods.len();
        if n == 0 || n > 120 {
            return;
        }
        let half = if n > 1 { (x.at(1.0) - x.at(0.0)) / 2.0 } else { (area.right - area.left) / 2.0 };
        for (i, period) in self.periods.iter().enumerate() {
            let mut tip = period.clone();
            for line in &self.lines[..self.lines.len().min(MOST_LINES)] {
                if let Some(v) = line.y.get(i).and_then(|&v| self.y.place(v)) {
                    tip += &format!(" · {} {}", line.name, self.y.unit.short(v, self.caption.language));
                }
            }
            for band in &self.bands {
                let ends = band.lower.get(i).zip(band.upper.get(i));
                if let Some((l, u)) = ends.and_then(|(&l, &u)| Some((self.y.place(l)?, self.y.place(u)?))) {
                    let unit = &self.y.unit;
                    let language = self.caption.language;
                    tip += &format!(" · {} {} – {}", band.name, unit.bare(l, language), unit.short(u, language));
                }
            }
            let at = x.at(i as f64);
            let strip = Rect::new((at - half).max(area.left), area.top, (at + half).min(area.right), area.bottom);
            canvas.rect(strip, "hit", 0.0, &tip);
        }
    }
}
