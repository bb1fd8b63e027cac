//! Waterfalls, from one total to the next by the steps between, and tornados, what moves a total most.

use crate::canvas::{Anchor, Canvas, Rect, Type};
use crate::chart::{Caption, Chart, Table, captioned, titled};
use crate::frame::{self, Axis, Swatch};
use crate::number::{Unit, known};
use crate::scale::{Ticks, span};

/// One column of a [`Waterfall`].
#[derive(Debug, Clone, PartialEq)]
struct Step {
    name: String,
    value: f64,
    total: bool,
}

/// A bridge: totals, and the steps that lead from one to the next.
///
/// ```
/// use emptor_chart::{Chart, Unit, Waterfall};
///
/// let chart = Waterfall::new("From equity now to total", Unit::money("¥"))
///     .total("Now", 8.2e6)
///     .step("Cross-sell", 2.1e6)
///     .step("Churn saved", 0.9e6)
///     .step("Cost", -0.4e6)
///     .total("Total", 10.8e6);
/// assert_eq!(chart.data().rows[3], ["Cost", "−¥400,000", "¥10,800,000"]);
/// chart.inline("bridge")?;
///
/// let error = Waterfall::new("Bridge", Unit::number()).total("Start", 1.0).step("Up", 1.0).total("End", 3.0);
/// assert!(error.inline("b").unwrap_err().to_string().contains("'End' must be the sum of the steps before it"));
/// # Ok::<(), emptor_chart::ChartError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Waterfall {
    caption: Caption,
    unit: Unit,
    steps: Vec<Step>,
}

captioned!(Waterfall);

/// A total may differ from its steps by this share of the largest number: sums of money in another order do.
const SUMS: f64 = 1e-6;
/// Levels that differ by less than this share of the highest are not seen on columns that begin at zero.
const HAIR: f64 = 0.12;
/// Where a cut column is broken, and how wide the break is.
const BREAK: (f64, f64) = (14.0, 3.0);

impl Waterfall {
    /// A bridge without steps.
    #[must_use]
    pub fn new(title: impl Into<String>, unit: Unit) -> Self {
        Self { caption: titled(title), unit, steps: Vec::new() }
    }

    /// A total, which stands on zero: the first sets the level, later ones must be what the steps have led to.
    #[must_use]
    pub fn total(mut self, name: impl Into<String>, value: f64) -> Self {
        self.steps.push(Step { name: name.into(), value, total: true });
        self
    }

    /// A step up or down.
    #[must_use]
    pub fn step(mut self, name: impl Into<String>, change: f64) -> Self {
        self.steps.push(Step { name: name.into(), value: change, total: false });
        self
    }

    /// Where columns begin: at zero, or, where the steps would be hairs beside the totals, a round level below them all.
    fn ground(&self) -> f64 {
        let Some((low, high)) = span(self.reaches().iter().map(|&(_, to)| to)) else { return 0.0 };
        if low <= 0.0 || high - low > HAIR * high || high <= low {
            return 0.0;
        }
        let ticks = Ticks::around(low - (high - low), high, 4);
        ticks.low.max(0.0)
    }

    /// The unit, and from where the columns begin where that is not zero.
    fn heading(&self, ground: f64) -> String {
        let language = self.caption.language;
        let cut = if ground > 0.0 { language.cut_below(&self.unit.bare(ground, language)) } else { String::new() };
        [self.unit.name(), &cut].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ")
    }

    /// From where to where each column reaches.
    fn reaches(&self) -> Vec<(f64, f64)> {
        let mut level = 0.0;
        self.steps
            .iter()
            .map(|step| {
                let from = if step.total { 0.0 } else { level };
                level = from + known(step.value).unwrap_or(0.0);
                (from, level)
            })
            .collect()
    }

    fn written(&self, step: &Step) -> String {
        let text = self.unit.bare(step.value, self.caption.language);
        if step.total || step.value <= 0.0 { text } else { format!("+{text}") }
    }

    fn class(step: &Step) -> &'static str {
        if step.total {
            "f5"
        } else if step.value < 0.0 {
            "f1"
        } else {
            "f0"
        }
    }

    /// Columns from left to right; `false` where names or values would not fit.
    fn upright(&self, canvas: &mut Canvas, low: f64, high: f64) -> bool {
        let language = self.caption.language;
        let n = self.steps.len();
        let pitch = canvas.width / n as f64;
        let texts: Vec<String> = self.steps.iter().map(|step| self.written(step)).collect();
        let names: Vec<Vec<String>> =
            self.steps.iter().map(|step| Type::TICK.wrap(&step.name, pitch - 8.0, 3)).collect();
        let cut = names.iter().flatten().any(|line| line.ends_with('…'));
        if cut || texts.iter().any(|text| Type::STRONG.width(text) > pitch - 4.0) {
            return false;
        }
        let top = frame::heading(canvas, &self.heading(low), 0.0) + 14.0;
        let area = Rect::new(0.0, top, canvas.width, top + 200.0);
        // A value under a column that ends near the ground must not meet the names.
        let near = |&(from, to): &(f64, f64)| to < from && to - low < 0.1 * (high - low);
        let below = if self.reaches().iter().any(near) { 18.0 } else { 0.0 };
        let y = Ticks::within(low, high, 4).scale(area.bottom - below, area.top);
        let wide = (pitch * 0.66).min(72.0);
        let zero = y.at(low.max(0.0));
        let reaches = self.reaches();
        for (i, (step, &(from, to))) in self.steps.iter().zip(&reaches).enumerate() {
            let x = pitch * (i as f64 + 0.5);
            let (a, b) = (y.at(from.max(low)), y.at(to));
            if i + 1 < n {
                canvas.line(x + wide / 2.0, b, x + pitch - wide / 2.0, b, "a");
            }
            let tip = format!("{}: {}", step.name, self.unit.short(step.value, language));
            let column = Rect::new(x - wide / 2.0, a.min(b), x + wide / 2.0, a.max(b).max(a.min(b) + 1.0));
            if step.total && low > 0.0 {
                let (at, gap) = BREAK;
                canvas.rect(Rect { bottom: column.bottom - at - gap, ..column }, Self::class(step), 1.5, &tip);
                canvas.rect(Rect { top: column.bottom - at, ..column }, Self::class(step), 1.5, &tip);
            } else {
                canvas.rect(column, Self::class(step), 1.5, &tip);
            }
            // Written where the step points to.
            let baseline = if to < from { a.max(b) + 14.0 } else { a.min(b) - 6.0 };
            canvas.text(&texts[i], x, baseline, Anchor::Middle, Type::STRONG, "ha");
            for (j, line) in names[i].iter().enumerate() {
                let baseline = area.bottom + 17.0 + 13.5 * j as f64;
                canvas.text(line, x, baseline, Anchor::Middle, Type::TICK, "");
            }
        }
        canvas.line(0.0, zero, canvas.width, zero, "a");
        let lines = names.iter().map(Vec::len).max().unwrap_or(1);
        canvas.height = area.bottom + 23.0 + 13.5 * (lines.max(1) - 1) as f64;
        true
    }

    /// Rows from top to bottom: names may be long, and a phone is narrow.
    fn level(&self, canvas: &mut Canvas, low: f64, high: f64) {
        let language = self.caption.language;
        let top = frame::heading(canvas, &self.heading(low), 0.0);
        let pitch = 40.0;
        let texts: Vec<String> = self.steps.iter().map(|step| self.written(step)).collect();
        let widest = texts.iter().map(|text| Type::STRONG.width(text)).fold(0.0, f64::max);
        let right = canvas.width - widest - 8.0;
        let x = Ticks::within(low, high, 4).scale(0.0, right);
        let n = self.steps.len();
        for (i, (step, (from, to))) in self.steps.iter().zip(self.reaches()).enumerate() {
            let row = top + pitch * i as f64;
            canvas.text_within(&step.name, 0.0, row + 13.0, Anchor::Start, Type::LABEL, "", canvas.width);
            let (a, b) = (x.at(from.max(low)), x.at(to));
            let bar = Rect::new(a.min(b), row + 19.0, a.max(b).max(a.min(b) + 1.0), row + 35.0);
            let tip = format!("{}: {}", step.name, self.unit.short(step.value, language));
            if step.total && low > 0.0 {
                let (at, gap) = BREAK;
                canvas.rect(Rect { right: bar.left + at, ..bar }, Self::class(step), 1.5, &tip);
                canvas.rect(Rect { left: bar.left + at + gap, ..bar }, Self::class(step), 1.5, &tip);
            } else {
                canvas.rect(bar, Self::class(step), 1.5, &tip);
            }
            canvas.text(&texts[i], bar.right + 6.0, row + 31.3, Anchor::Start, Type::STRONG, "");
        }
        canvas.height = top + pitch * n as f64 + 2.0;
    }
}

impl Chart for Waterfall {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let most = self.steps.iter().filter_map(|step| known(step.value)).fold(0.0, |m: f64, v| m.max(v.abs()));
        let mut level: Option<f64> = None;
        for step in &self.steps {
            let Some(value) = known(step.value) else {
                problems.push(format!("'{}' must be finite: a bridge has no gaps (got {:?})", step.name, step.value));
                continue;
            };
            match level {
                Some(level) if step.total && (value - level).abs() > SUMS * most => problems.push(format!(
                    "'{}' must be the sum of the steps before it (got {value}, they lead to {level})",
                    step.name
                )),
                _ => {}
            }
            level = Some(if step.total { value } else { level.unwrap_or(0.0) + value });
        }
        problems
    }

    fn data(&self) -> Table {
        let language = self.caption.language;
        let mut table = Table::new([language.name(), language.change(), language.level()]);
        for (step, (_, to)) in self.steps.iter().zip(self.reaches()) {
            let change = if step.total { String::new() } else { self.unit.exact(step.value) };
            table.push(vec![step.name.clone(), change, self.unit.exact(to)]);
        }
        table
    }

    fn paint(&self, canvas: &mut Canvas) {
        let reaches = self.reaches();
        let Some((low, high)) = span(reaches.iter().flat_map(|&(from, to)| [from, to])) else {
            canvas.nothing(self.caption.language.no_data());
            return;
        };
        let low = if low < 0.0 { low } else { self.ground() };
        let high = high.max(0.0);
        if !self.upright(canvas, low, high) {
            self.level(canvas, low, high);
        }
    }
}

/// One input of a [`Tornado`] and what the result is at either end of it.
#[derive(Debug, Clone, PartialEq)]
struct Swing {
    name: String,
    low: f64,
    high: f64,
    inputs: (String, String),
}

/// Which input moves a result most: the result at the low and at the high end of each input, widest first.
///
/// ```
/// use emptor_chart::{Chart, Tornado, Unit};
///
/// let chart = Tornado::new("Sensitivity of equity", Unit::money("¥"), 10.0e6)
///     .swing("Retention", 8.1e6, 12.6e6, "70%", "80%")
///     .swing("Discount rate", 10.9e6, 9.2e6, "8%", "12%");
/// assert_eq!(chart.data().rows[0], ["Retention", "70%", "¥8,100,000", "80%", "¥12,600,000"]);
/// chart.inline("tornado")?;
/// # Ok::<(), emptor_chart::ChartError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Tornado {
    caption: Caption,
    unit: Unit,
    base: f64,
    swings: Vec<Swing>,
    ends: (String, String),
}

captioned!(Tornado);

impl Tornado {
    /// A tornado around the result at the base case.
    #[must_use]
    pub fn new(title: impl Into<String>, unit: Unit, base: f64) -> Self {
        Self { caption: titled(title), unit, base, swings: Vec::new(), ends: (String::new(), String::new()) }
    }

    /// The result with one input at its low end and at its high end, and what these ends are.
    #[must_use]
    pub fn swing(
        mut self,
        name: impl Into<String>,
        low: f64,
        high: f64,
        low_input: impl Into<String>,
        high_input: impl Into<String>,
    ) -> Self {
        self.swings.push(Swing { name: name.into(), low, high, inputs: (low_input.into(), high_input.into()) });
        self
    }

    /// What the key says of the two colours, "input low" and "input high" unless said.
    #[must_use]
    pub fn ends(mut self, low: impl Into<String>, high: impl Into<String>) -> Self {
        self.ends = (low.into(), high.into());
        self
    }

    fn end_names(&self) -> (String, String) {
        if !self.ends.0.is_empty() {
            return self.ends.clone();
        }
        match self.caption.language {
            crate::Language::English => ("input low".to_owned(), "input high".to_owned()),
            crate::Language::Chinese => ("取低值".to_owned(), "取高值".to_owned()),
        }
    }

    /// Widest first; equal ones in the caller's order.
    fn sorted(&self) -> Vec<&Swing> {
        let mut swings: Vec<&Swing> = self.swings.iter().collect();
        swings.sort_by(|a, b| (b.high - b.low).abs().total_cmp(&(a.high - a.low).abs()));
        swings
    }
}

impl Chart for Tornado {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if known(self.base).is_none() {
            problems.push(format!("the base must be finite (got {:?})", self.base));
        }
        for swing in &self.swings {
            if known(swing.low).is_none() || known(swing.high).is_none() {
                let (low, high) = (swing.low, swing.high);
                problems.push(format!("the results of '{}' must be finite (got {low:?} and {high:?})", swing.name));
            }
        }
        problems
    }

    fn data(&self) -> Table {
        let language = self.caption.language;
        let (low, high) = self.end_names();
        let value = language.value();
        let mut table = Table::new([
            language.name().to_owned(),
            low.clone(),
            format!("{value} ({low})"),
            high.clone(),
            format!("{value} ({high})"),
        ]);
        for swing in self.sorted() {
            let (low, high) = (self.unit.exact(swing.low), self.unit.exact(swing.high));
            let (low_input, high_input) = swing.inputs.clone();
            table.push(vec![swing.name.clone(), low_input, low, high_input, high]);
        }
        table
    }

    fn paint(&self, canvas: &mut Canvas) {
        let language = self.caption.language;
        let swings = self.sorted();
        let swings = &swings[..swings.len().min(12)];
        if swings.is_empty() {
            canvas.nothing(language.no_data());
            return;
        }
        let (low_name, high_name) = self.end_names();
        let mut top = frame::key(canvas, &[(low_name, 1), (high_name, 0)], Swatch::Square, 0.0);
        let heading = Axis::new("", self.unit.clone()).heading();
        if !heading.is_empty() {
            let at = canvas.width;
            canvas.text(&heading, at, top - 12.0, Anchor::End, Type::TICK, "");
        }
        top += 18.0;
        let narrow = canvas.size == crate::Size::Narrow;
        let ranges: Vec<String> = swings
            .iter()
            .map(|s| if s.inputs.0.is_empty() { String::new() } else { format!("{} – {}", s.inputs.0, s.inputs.1) })
            .collect();
        let widest = swings.iter().map(|s| Type::LABEL.width(&s.name)).fold(0.0, f64::max);
        let widest = ranges.iter().map(|r| Type::TICK.width(r)).fold(widest, f64::max);
        let left = if narrow { 0.0 } else { widest.min(0.34 * canvas.width) + 12.0 };
        let pitch = if narrow { 44.0 } else { 38.0 };
        let write = |v: f64| self.unit.bare(v, language);
        let label = swings.iter().flat_map(|s| [s.low, s.high]).map(|v| Type::LABEL.width(&write(v)));
        let label = label.fold(0.0, f64::max) + 8.0;
        let ends = swings.iter().flat_map(|s| [s.low, s.high]).chain([self.base]);
        let (low, high) = span(ends).unwrap_or((0.0, 1.0));
        let (low, high) = if high > low { (low, high) } else { (low - 1.0, high + 1.0) };
        let x = crate::scale::Scale::linear(low, high, left + label, canvas.width - label);
        let bottom = top + pitch * swings.len() as f64;
        let base = x.at(self.base);
        let text = write(self.base);
        let half = Type::STRONG.width(&text) / 2.0;
        let middle = base.clamp(half, canvas.width - half);
        canvas.text(&text, middle, top - 6.0, Anchor::Middle, Type::STRONG, "");
        for (i, swing) in swings.iter().enumerate() {
            let row = top + pitch * i as f64;
            let centre = if narrow { row + 29.0 } else { row + pitch / 2.0 };
            if narrow {
                let beside = canvas.width - Type::LABEL.width(&swing.name) - 10.0;
                let range = Type::TICK.fit(&ranges[i], beside.max(0.45 * canvas.width));
                let room = canvas.width - Type::TICK.width(&range) - 10.0;
                canvas.text_within(&swing.name, 0.0, row + 13.0, Anchor::Start, Type::LABEL, "", room);
                canvas.text_with(&range, canvas.width, row + 13.0, Anchor::End, Type::TICK, "", &ranges[i]);
            } else {
                let (name, range) = if ranges[i].is_empty() { (4.2, 0.0) } else { (-2.5, 11.5) };
                canvas.text_within(&swing.name, left - 12.0, centre + name, Anchor::End, Type::LABEL, "", left - 12.0);
                canvas.text_within(&ranges[i], left - 12.0, centre + range, Anchor::End, Type::TICK, "", left - 12.0);
            }
            // Both ends may lie on one side of the base: the longer bar is drawn first.
            let mut bars = [(swing.low, "f1", &swing.inputs.0), (swing.high, "f0", &swing.inputs.1)];
            if (swing.low - self.base).abs() < (swing.high - self.base).abs() {
                bars.reverse();
            }
            for (value, class, input) in bars {
                let at = x.at(value);
                let tip = format!("{} {input}: {}", swing.name, self.unit.short(value, language));
                let bar = Rect::new(at.min(base), centre - 9.0, at.max(base).max(at.min(base) + 0.5), centre + 9.0);
                canvas.rect(bar, class, 1.5, &tip);
            }
            let (least, most) = (swing.low.min(swing.high), swing.low.max(swing.high));
            let (a, b) = (x.at(least).min(base), x.at(most).max(base));
            if least < self.base {
                canvas.text(&write(least), a - 6.0, centre + 4.2, Anchor::End, Type::LABEL, "");
            }
            if most > self.base {
                canvas.text(&write(most), b + 6.0, centre + 4.2, Anchor::Start, Type::LABEL, "");
            }
        }
        // Not through names that stand above their bars.
        let (first, tall) = if narrow { (top + 17.0, 25.0) } else { (top, pitch) };
        for i in 0..swings.len() {
            let y = first + pitch * i as f64;
            canvas.line(base, y, base, y + tall, "w");
        }
        canvas.height = bottom + 4.0;
    }
}
