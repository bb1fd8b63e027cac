//! Many small lines: panels on one scale, and lines as tall as a word.

use crate::canvas::{Anchor, Canvas, Rect, Size, Type};
use crate::chart::{Caption, Chart, Table, captioned, titled};
use crate::escape::escape;
use crate::number::{Unit, known, px};
use crate::scale::{Ticks, span};

/// A small line per name, each in its own panel.
///
/// ```
/// use emptor_chart::{Chart, Multiples, Unit};
///
/// let chart = Multiples::new("Revenue by region", Unit::money("¥"), &["Q1", "Q2", "Q3"])
///     .panel("North", &[120.0, 140.0, 133.0])
///     .panel("South", &[80.0, 75.0, 91.0]);
/// assert_eq!(chart.data().headings, ["Period", "North", "South"]);
/// chart.inline("regions")?;
/// # Ok::<(), emptor_chart::ChartError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Multiples {
    caption: Caption,
    unit: Unit,
    periods: Vec<String>,
    panels: Vec<(String, Vec<f64>)>,
    own_scale: bool,
}

captioned!(Multiples);

/// Panels drawn; the rest is counted.
const MOST: usize = 24;

impl Multiples {
    /// A chart without panels.
    #[must_use]
    pub fn new<T: AsRef<str>>(title: impl Into<String>, unit: Unit, periods: &[T]) -> Self {
        let periods = periods.iter().map(|period| period.as_ref().to_owned()).collect();
        Self { caption: titled(title), unit, periods, panels: Vec::new(), own_scale: false }
    }

    /// A panel with one value per period.
    #[must_use]
    pub fn panel(mut self, name: impl Into<String>, values: &[f64]) -> Self {
        self.panels.push((name.into(), values.to_vec()));
        self
    }

    /// Gives each panel a scale of its own: courses can be compared then, sizes cannot.
    #[must_use]
    pub fn own_scales(mut self) -> Self {
        self.own_scale = true;
        self
    }
}

impl Chart for Multiples {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn problems(&self) -> Vec<String> {
        let n = self.periods.len();
        let wrong = self.panels.iter().filter(|(_, values)| values.len() != n);
        wrong.map(|(name, v)| format!("'{name}' must have one value per period ({n}, got {})", v.len())).collect()
    }

    fn data(&self) -> Table {
        let first = [self.caption.language.period().to_owned()];
        let mut table = Table::new(first.into_iter().chain(self.panels.iter().map(|(name, _)| name.clone())));
        for (i, period) in self.periods.iter().enumerate() {
            let mut row = vec![period.clone()];
            row.extend(self.panels.iter().map(|(_, values)| {
                values.get(i).and_then(|&v| known(v)).map_or(String::new(), |v| self.unit.exact(v))
            }));
            table.push(row);
        }
        table
    }

    fn paint(&self, canvas: &mut Canvas) {
        let language = self.caption.language;
        let shown = &self.panels[..self.panels.len().min(MOST)];
        let Some(all) = span(shown.iter().flat_map(|(_, values)| values.iter().filter_map(|&v| known(v)))) else {
            canvas.nothing(language.no_data());
            return;
        };
        let gap = 22.0;
        let longest = shown.iter().map(|(name, _)| Type::LABEL.width(name)).fold(0.0, f64::max);
        let columns = canvas.size.pick(if longest > 80.0 { 3 } else { 4 }, 2).min(shown.len());
        let wide = (canvas.width - gap * (columns - 1) as f64) / columns as f64;
        let wide = wide.min(canvas.size.pick(300.0, 350.0));
        let (tall, pitch) = (62.0, 106.0);
        for (i, (name, values)) in shown.iter().enumerate() {
            let (left, top) = ((i % columns) as f64 * (wide + gap), (i / columns) as f64 * pitch);
            let last = values.iter().rev().find_map(|&v| known(v));
            let value = last.map_or(String::new(), |v| self.unit.bare(v, language));
            let room = wide - Type::STRONG.width(&value) - 8.0;
            canvas.text_within(name, left, top + 12.0, Anchor::Start, Type::LABEL, "", room);
            canvas.text(&value, left + wide, top + 12.0, Anchor::End, Type::STRONG, "f0");
            let own = span(values.iter().filter_map(|&v| known(v)));
            let (low, high) = if self.own_scale { own.unwrap_or(all) } else { all };
            let low = low.min(0.0);
            let (low, high) = if high > low { (low, high.max(0.0)) } else { (low, low + 1.0) };
            let area = Rect::new(left, top + 22.0, left + wide, top + 22.0 + tall);
            let y = Ticks { values: Vec::new(), step: 0.0, low, high, log: false }.scale(area.bottom, area.top + 4.0);
            let ground = y.at(0.0);
            canvas.line(left, ground, left + wide, ground, "g");
            let inner = Rect::new(left, area.top, left + wide - 4.0, area.bottom);
            draw(
                values,
                inner,
                |v| y.at(v),
                ground,
                |d, area| {
                    canvas.path(area, "f0 b0", "");
                    canvas.path(d, "l k0", name);
                },
            );
            if let Some((at, v)) = last_point(values, inner) {
                canvas.circle(at, y.at(v), 3.2, "f0 e", "");
            }
        }
        let rows = shown.len().div_ceil(columns);
        canvas.height = pitch * rows as f64 - 18.0;
        let ends = self.periods.first().zip(self.periods.last()).filter(|_| self.periods.len() > 1);
        let mut words = ends.map_or(String::new(), |(first, last)| format!("{first} – {last}"));
        if self.panels.len() > shown.len() {
            words += &format!(" · {}", language.and_more(self.panels.len() - shown.len()));
        }
        if !words.is_empty() {
            canvas.height += 18.0;
            let baseline = canvas.height - 4.0;
            canvas.text_within(&words, 0.0, baseline, Anchor::Start, Type::TICK, "", canvas.width);
        }
    }
}

/// Where the last known value lies.
fn last_point(values: &[f64], area: Rect) -> Option<(f64, f64)> {
    let (i, v) = values.iter().enumerate().rev().find_map(|(i, &v)| known(v).map(|v| (i, v)))?;
    Some((place(i, values.len(), area), v))
}

fn place(i: usize, n: usize, area: Rect) -> f64 {
    if n > 1 {
        area.left + (area.right - area.left) * i as f64 / (n - 1) as f64
    } else {
        (area.left + area.right) / 2.0
    }
}

/// The line, and the area under it, of each run between gaps.
fn draw(values: &[f64], area: Rect, y: impl Fn(f64) -> f64, ground: f64, mut put: impl FnMut(&str, &str)) {
    let (mut d, mut fill) = (String::new(), String::new());
    let mut run: Vec<(f64, f64)> = Vec::new();
    for (i, v) in values.iter().map(|&v| known(v)).chain([None]).enumerate() {
        match v {
            Some(v) => run.push((place(i, values.len(), area), y(v))),
            None => {
                for (j, (x, y)) in run.iter().enumerate() {
                    d += &format!("{}{} {}", if j == 0 { 'M' } else { 'L' }, px(*x), px(*y));
                }
                if let [(first, _), .., (last, _)] = run[..] {
                    let points: Vec<String> = run.iter().map(|(x, y)| format!("L{} {}", px(*x), px(*y))).collect();
                    fill += &format!("M{} {}{}L{} {}z", px(first), px(ground), points.concat(), px(last), px(ground));
                }
                run.clear();
            }
        }
    }
    put(&d, &fill);
}

/// A line as tall as a word, for the cell of a table: 100 by 24 pixels, the last value marked. `words` is read aloud.
///
/// ```
/// let svg = emptor_chart::sparkline(&[3.0, 5.0, f64::NAN, 4.0], "3 to 4 orders a month");
/// assert!(svg.contains("<title>3 to 4 orders a month</title>"));
/// ```
#[must_use]
pub fn sparkline(values: &[f64], words: &str) -> String {
    let mut canvas = Canvas::new(Size::Narrow);
    if let Some((low, high)) = span(values.iter().filter_map(|&v| known(v))) {
        let (low, high) = if high > low { (low, high) } else { (low - 1.0, high + 1.0) };
        let area = Rect::new(2.0, 3.0, 95.0, 21.0);
        let y = Ticks { values: Vec::new(), step: 0.0, low, high, log: false }.scale(area.bottom, area.top);
        draw(values, area, |v| y.at(v), area.bottom, |d, _| canvas.path(d, "l thin k0", ""));
        if let Some((at, v)) = last_point(values, area) {
            canvas.circle(at, y.at(v), 2.4, "f0", "");
        }
    }
    let (body, _) = canvas.finish();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ec ec-spark\" viewBox=\"0 0 100 24\" width=\"100\" \
         height=\"24\" role=\"img\"><title>{}</title>{body}</svg>",
        escape(words)
    )
}
