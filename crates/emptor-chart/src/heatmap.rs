//! Tables whose numbers have colours: cohorts, RFM cells, migrations.

use crate::canvas::{Anchor, Canvas, Rect, Type};
use crate::chart::{Caption, Chart, Table, captioned, titled};
use crate::number::{Unit, known};
use crate::scale::span;
use crate::theme::{BOTH, RAMP};

/// Rows by columns of numbers, coloured by size; an unknown number is no cell, so that cohorts make their triangle.
///
/// ```
/// use emptor_chart::{Chart, Heatmap, Unit};
///
/// let gap = f64::NAN;
/// let chart = Heatmap::new("Retention by cohort", Unit::percent(), &["2025-01", "2025-02"], &["M0", "M1", "M2"])
///     .cells(&[&[1.0, 0.41, 0.33], &[1.0, 0.38, gap]])
///     .sizes("Customers", &[210.0, 180.0])
///     .first_column_apart()
///     .names("Cohort", "Month after the first purchase");
/// assert_eq!(chart.data().rows[1], ["2025-02", "180", "100 %", "38 %", ""]);
/// chart.inline("cohorts")?;
/// # Ok::<(), emptor_chart::ChartError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Heatmap {
    caption: Caption,
    unit: Unit,
    rows: Vec<String>,
    columns: Vec<String>,
    cells: Vec<Vec<f64>>,
    labels: Vec<Vec<String>>,
    sizes: Option<(String, Vec<f64>)>,
    names: (String, String),
    apart: bool,
    middle: Option<f64>,
}

captioned!(Heatmap);

/// Rows and columns that can be told apart.
const MOST: (usize, usize) = (48, 60);

impl Heatmap {
    /// A table of names without numbers.
    #[must_use]
    pub fn new<R: AsRef<str>, C: AsRef<str>>(title: impl Into<String>, unit: Unit, rows: &[R], columns: &[C]) -> Self {
        Self {
            caption: titled(title),
            unit,
            rows: rows.iter().map(|name| name.as_ref().to_owned()).collect(),
            columns: columns.iter().map(|name| name.as_ref().to_owned()).collect(),
            cells: Vec::new(),
            labels: Vec::new(),
            sizes: None,
            names: (String::new(), String::new()),
            apart: false,
            middle: None,
        }
    }

    /// The numbers, row by row.
    #[must_use]
    pub fn cells<T: AsRef<[f64]>>(mut self, cells: &[T]) -> Self {
        self.cells = cells.iter().map(|row| row.as_ref().to_vec()).collect();
        self
    }

    /// What is written in the cells instead of the numbers that colour them, as counts in a map of means.
    #[must_use]
    pub fn labels<T: AsRef<[String]>>(mut self, labels: &[T]) -> Self {
        self.labels = labels.iter().map(|row| row.as_ref().to_vec()).collect();
        self
    }

    /// A number beside the name of each row, as the customers of a cohort.
    #[must_use]
    pub fn sizes(mut self, name: impl Into<String>, sizes: &[f64]) -> Self {
        self.sizes = Some((name.into(), sizes.to_vec()));
        self
    }

    /// What rows and columns are.
    #[must_use]
    pub fn names(mut self, rows: impl Into<String>, columns: impl Into<String>) -> Self {
        self.names = (rows.into(), columns.into());
        self
    }

    /// Leaves the first column out of the colours: month 0 is always 100 % and would flatten all others.
    #[must_use]
    pub fn first_column_apart(mut self) -> Self {
        self.apart = true;
        self
    }

    /// Colours go two ways from a middle, as for gains and losses from 0, or an index from 100.
    #[must_use]
    pub fn around(mut self, middle: f64) -> Self {
        self.middle = Some(middle);
        self
    }

    fn cell(&self, row: usize, column: usize) -> Option<f64> {
        self.cells.get(row)?.get(column).copied().and_then(known)
    }

    fn written(&self, row: usize, column: usize, value: f64) -> String {
        let label = self.labels.get(row).and_then(|row| row.get(column));
        label.cloned().unwrap_or_else(|| self.unit.cell(value, self.caption.language))
    }
}

/// From the lowest to the highest number onto the steps of a ramp.
struct Ramp {
    low: f64,
    high: f64,
    middle: Option<f64>,
}

impl Ramp {
    fn step(&self, value: f64) -> (char, usize) {
        match self.middle {
            None => {
                let span = self.high - self.low;
                // All equal: the middle of the ramp says neither little nor much.
                let share = if span > 0.0 { (value - self.low) / span } else { 0.4 };
                ('q', (share * (RAMP - 1) as f64).round().clamp(0.0, (RAMP - 1) as f64) as usize)
            }
            Some(middle) => {
                let reach = (self.high - middle).abs().max((middle - self.low).abs());
                let share = if reach > 0.0 { (value - middle) / reach } else { 0.0 };
                let half = (BOTH - 1) as f64 / 2.0;
                ('d', (half + share * half).round().clamp(0.0, (BOTH - 1) as f64) as usize)
            }
        }
    }
}

impl Chart for Heatmap {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let (rows, columns) = (self.rows.len(), self.columns.len());
        let mut agree = |what: &str, table: &[usize]| {
            if table.len() != rows {
                problems.push(format!("{what} must have one row per name ({rows}, got {})", table.len()));
            }
            if let Some(wrong) = table.iter().position(|&n| n != columns) {
                let got = table[wrong];
                problems.push(format!("{what}: row {wrong} must have one value per column ({columns}, got {got})"));
            }
        };
        agree("cells", &self.cells.iter().map(Vec::len).collect::<Vec<_>>());
        if !self.labels.is_empty() {
            agree("labels", &self.labels.iter().map(Vec::len).collect::<Vec<_>>());
        }
        if let Some((_, sizes)) = self.sizes.as_ref().filter(|(_, sizes)| sizes.len() != rows) {
            problems.push(format!("sizes must be one per row ({rows}, got {})", sizes.len()));
        }
        if let Some(middle) = self.middle.filter(|&m| known(m).is_none()) {
            problems.push(format!("the middle must be finite (got {middle})"));
        }
        problems
    }

    fn data(&self) -> Table {
        let language = self.caption.language;
        let first = if self.names.0.is_empty() { language.name() } else { &self.names.0 };
        let mut table = Table::new([first]);
        table.headings.extend(self.sizes.iter().map(|(name, _)| name.clone()));
        table.headings.extend(self.columns.iter().cloned());
        for (r, name) in self.rows.iter().enumerate() {
            let mut row = vec![name.clone()];
            if let Some((_, sizes)) = &self.sizes {
                row.push(sizes.get(r).and_then(|&v| known(v)).map_or(String::new(), |v| Unit::number().exact(v)));
            }
            for c in 0..self.columns.len() {
                let label = self.labels.get(r).and_then(|row| row.get(c)).filter(|label| !label.is_empty());
                row.push(self.cell(r, c).map_or(String::new(), |v| match label {
                    Some(label) => format!("{} ({label})", self.unit.exact(v)),
                    None => self.unit.exact(v),
                }));
            }
            table.push(row);
        }
        table
    }

    fn paint(&self, canvas: &mut Canvas) {
        let language = self.caption.language;
        let (rows, columns) = (self.rows.len().min(MOST.0), self.columns.len().min(MOST.1));
        let coloured = (0..rows).flat_map(|r| (usize::from(self.apart)..columns).map(move |c| (r, c)));
        let bounds = span(coloured.filter_map(|(r, c)| self.cell(r, c)));
        let any = (0..rows).any(|r| (0..columns).any(|c| self.cell(r, c).is_some()));
        if !any {
            canvas.nothing(language.no_data());
            return;
        }
        let (low, high) = bounds.unwrap_or((0.0, 0.0));
        let ramp = Ramp { low, high, middle: self.middle };

        let widest = self.rows[..rows].iter().map(|name| Type::TICK.width(name)).fold(0.0, f64::max);
        let names =
            widest.max(Type::TICK.width(&self.names.0).min(60.0)).min(canvas.size.pick(0.28, 0.24) * canvas.width);
        let counts: Vec<String> = self.sizes.as_ref().map_or(Vec::new(), |(_, sizes)| {
            sizes.iter().map(|&v| known(v).map_or("–".to_owned(), |v| Unit::number().short(v, language))).collect()
        });
        let counts_wide = counts.iter().take(rows).map(|text| Type::TICK.width(text)).fold(0.0, f64::max);
        let left = names + 8.0 + if counts.is_empty() { 0.0 } else { counts_wide + 12.0 };
        let wide = ((canvas.width - left) / columns as f64).min(canvas.size.pick(84.0, 60.0));
        let tall = wide.clamp(15.0, 25.0);

        let mut top = 0.0;
        if !self.names.1.is_empty() || !self.names.0.is_empty() || !counts.is_empty() {
            // Over the columns, or ending with them where that is too narrow.
            if Type::TICK.width(&self.names.1) <= canvas.width - left {
                canvas.text(&self.names.1, left, top + 10.0, Anchor::Start, Type::TICK, "");
            } else {
                canvas.text_within(&self.names.1, 0.0, top + 10.0, Anchor::Start, Type::TICK, "", canvas.width);
            }
            top += 19.0;
        }
        top += self.column_names(canvas, left, wide, columns, top);
        if !self.names.0.is_empty() {
            canvas.text_within(&self.names.0, 0.0, top - 6.0, Anchor::Start, Type::TICK, "", names);
        }
        if let Some((name, _)) = &self.sizes {
            let bounds = Rect::new(0.0, 0.0, left, f64::MAX);
            if canvas.is_free(name, left - 8.0, top - 6.0, Anchor::End, Type::TICK, bounds) {
                canvas.text(name, left - 8.0, top - 6.0, Anchor::End, Type::TICK, "");
            }
        }
        let gap = if wide > 12.0 { 1.0 } else { 0.4 };
        let texts_fit =
            (0..rows).flat_map(|r| (usize::from(self.apart)..columns).map(move |c| (r, c))).all(|(r, c)| {
                self.cell(r, c).is_none_or(|v| Type::CELL.width(&self.written(r, c, v)) <= wide - 2.0 * gap - 1.0)
            });
        for r in 0..rows {
            let y = top + tall * r as f64;
            let baseline = y + tall / 2.0 + 3.9;
            canvas.text_within(&self.rows[r], 0.0, baseline, Anchor::Start, Type::TICK, "", names);
            if let Some(count) = counts.get(r) {
                canvas.text(count, left - 8.0, baseline, Anchor::End, Type::TICK, "");
            }
            for c in 0..columns {
                let Some(value) = self.cell(r, c) else { continue };
                let x = left + wide * c as f64;
                let cell = Rect::new(x + gap, y + gap, x + wide - gap, y + tall - gap);
                let (fill, ink) = if self.apart && c == 0 {
                    ("qt".to_owned(), "mu".to_owned())
                } else {
                    let (letter, step) = ramp.step(value);
                    (format!("{letter}{step}"), format!("{letter}i{step}"))
                };
                let label = self.labels.get(r).and_then(|row| row.get(c)).map_or(String::new(), |l| format!(" · {l}"));
                let tip =
                    format!("{} · {}: {}{label}", self.rows[r], self.columns[c], self.unit.short(value, language));
                canvas.rect(cell, &fill, if wide > 12.0 { 2.5 } else { 0.0 }, &tip);
                let text = self.written(r, c, value);
                if texts_fit && Type::CELL.width(&text) <= wide - gap {
                    canvas.text(&text, x + wide / 2.0, y + tall / 2.0 + 3.5, Anchor::Middle, Type::CELL, &ink);
                }
            }
        }
        let mut bottom = top + tall * rows as f64 + 10.0;
        if bounds.is_some() && (!texts_fit || !self.labels.is_empty() || high > low) {
            bottom = self.legend(canvas, &ramp, left, bottom);
        }
        let more = self.rows.len() - rows + self.columns.len() - columns;
        if more > 0 {
            bottom += 12.0;
            canvas.text(&language.and_more(more), 0.0, bottom - 2.0, Anchor::Start, Type::NOTE, "");
        }
        canvas.height = bottom + 2.0;
    }
}

impl Heatmap {
    /// Names over the columns: whole or cut where they nearly fit, else every second or third; returns their height.
    fn column_names(&self, canvas: &mut Canvas, left: f64, wide: f64, columns: usize, top: f64) -> f64 {
        let names = &self.columns[..columns];
        let longest = names.iter().map(|name| Type::TICK.width(name)).fold(0.0, f64::max);
        // Long names in wide columns take two lines.
        if wide >= 44.0 && longest > wide - 4.0 {
            let lines: Vec<_> = names.iter().map(|name| Type::TICK.wrap(name, wide - 6.0, 2)).collect();
            let most = lines.iter().map(Vec::len).max().unwrap_or(1);
            for (c, lines) in lines.iter().enumerate() {
                let first = most - lines.len();
                for (i, line) in lines.iter().enumerate() {
                    let baseline = top + 10.0 + 13.0 * (first + i) as f64;
                    let x = left + wide * (c as f64 + 0.5);
                    let tip = if line.ends_with('…') { names[c].as_str() } else { "" };
                    canvas.text_with(line, x, baseline, Anchor::Middle, Type::TICK, "", tip);
                }
            }
            return 16.0 + 13.0 * (most - 1) as f64;
        }
        let room = longest.min(90.0);
        let stride = ((room + 5.0) / wide).ceil().max(1.0) as usize;
        for (c, name) in names.iter().enumerate().step_by(stride) {
            let shown = Type::TICK.fit(name, room);
            let half = Type::TICK.width(&shown) / 2.0;
            // The first stays clear of the names of the rows.
            let x = (left + wide * (c as f64 + 0.5)).min(canvas.width - half).max(left + half);
            let bounds = Rect::new(0.0, 0.0, canvas.width, f64::MAX);
            if canvas.is_free(&shown, x, top + 10.0, Anchor::Middle, Type::TICK, bounds) {
                let tip = if shown == *name { "" } else { name };
                canvas.text_with(&shown, x, top + 10.0, Anchor::Middle, Type::TICK, "", tip);
            }
        }
        16.0
    }

    /// The ramp with its ends written beside it; returns where it ends.
    fn legend(&self, canvas: &mut Canvas, ramp: &Ramp, left: f64, top: f64) -> f64 {
        let language = self.caption.language;
        let (low, high, letter, steps) = match ramp.middle {
            None => (ramp.low, ramp.high, 'q', RAMP),
            Some(middle) => {
                let reach = (ramp.high - middle).abs().max((middle - ramp.low).abs());
                (middle - reach, middle + reach, 'd', BOTH)
            }
        };
        let (from, to) = (self.unit.bare(low, language), self.unit.short(high, language));
        let mut x = left;
        canvas.text(&from, x, top + 9.5, Anchor::Start, Type::TICK, "");
        x += Type::TICK.width(&from) + 6.0;
        for step in 0..steps {
            canvas.rect(Rect::new(x, top + 1.0, x + 9.0, top + 10.0), &format!("{letter}{step}"), 0.0, "");
            x += 9.0;
        }
        canvas.text_within(&to, x + 6.0, top + 9.5, Anchor::Start, Type::TICK, "", canvas.width - x - 6.0);
        top + 14.0
    }
}
