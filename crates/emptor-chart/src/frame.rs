//! Axes, keys and the labels at the ends of lines.

use crate::canvas::{Anchor, Canvas, Rect, Size, Type};
use crate::number::{Language, Unit, known};
use crate::scale::{Scale, Ticks};
use crate::theme::SERIES;

/// What an axis measures.
///
/// ```
/// use emptor_chart::{Axis, Unit};
///
/// let spend = Axis::new("Spend per year", Unit::money("¥")).logarithmic();
/// # let _ = spend;
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Axis {
    pub(crate) title: String,
    pub(crate) unit: Unit,
    pub(crate) log: bool,
}

impl Axis {
    /// A linear axis.
    #[must_use]
    pub fn new(title: impl Into<String>, unit: Unit) -> Self {
        Self { title: title.into(), unit, log: false }
    }

    /// Powers of ten at equal distances; values of 0 or less have no place on it and are left out.
    #[must_use]
    pub fn logarithmic(mut self) -> Self {
        self.log = true;
        self
    }

    /// The value where it has a place on this axis.
    pub(crate) fn place(&self, value: f64) -> Option<f64> {
        known(value).filter(|&v| !self.log || v > 1e-150)
    }

    pub(crate) fn ticks(&self, low: f64, high: f64, wanted: usize, tight: bool) -> Ticks {
        if self.log {
            Ticks::powers(low, high, wanted)
        } else if tight {
            Ticks::within(low, high, wanted)
        } else {
            Ticks::around(low, high, wanted)
        }
    }

    pub(crate) fn labels(&self, ticks: &Ticks, language: Language) -> Vec<String> {
        if ticks.log {
            ticks.values.iter().map(|&v| self.unit.power(v, language)).collect()
        } else {
            self.unit.ticks(&ticks.values, ticks.step, language)
        }
    }

    /// Title with the unit where ticks do not say it.
    pub(crate) fn heading(&self) -> String {
        let unit = self.unit.name();
        if self.title.is_empty() {
            unit.to_owned()
        } else if unit.is_empty() || self.title.to_lowercase().contains(&unit.to_lowercase()) {
            self.title.clone()
        } else {
            format!("{} ({unit})", self.title)
        }
    }
}

/// Fill, stroke and dash of the n-th series.
pub(crate) fn fill(series: usize) -> String {
    format!("f{}", series % SERIES)
}

pub(crate) fn stroke(series: usize) -> String {
    let dash = if series >= SERIES { " dash" } else { "" };
    format!("k{}{dash}", series % SERIES)
}

/// Vertical axis: its heading above, ticks to the left, lines across. Moves the area's left edge and returns the scale.
pub(crate) fn vertical(
    canvas: &mut Canvas,
    area: &mut Rect,
    axis: &Axis,
    (low, high): (f64, f64),
    language: Language,
) -> Scale {
    let wanted = (((area.bottom - area.top) / 48.0) as usize).clamp(2, 6);
    let ticks = axis.ticks(low, high, wanted, false);
    let labels = axis.labels(&ticks, language);
    let widest = labels.iter().map(|label| Type::TICK.width(label)).fold(0.0, f64::max);
    area.left += widest + 8.0;
    let scale = ticks.scale(area.bottom, area.top);
    for (&value, label) in ticks.values.iter().zip(&labels) {
        let y = scale.at(value);
        let class = if value.abs() < ticks.step * 1e-6 && !ticks.log { "a" } else { "g" };
        canvas.line(area.left, y, area.right, y, class);
        canvas.text(label, area.left - 7.0, y + 3.8, Anchor::End, Type::TICK, "");
    }
    scale
}

/// The heading of the vertical axis, over the chart at the left; returns the room it takes.
pub(crate) fn heading(canvas: &mut Canvas, text: &str, top: f64) -> f64 {
    if text.trim().is_empty() {
        return 8.0;
    }
    canvas.text_within(text, 0.0, top + 10.0, Anchor::Start, Type::TICK, "", canvas.width);
    24.0
}

/// Horizontal axis of numbers under the area.
pub(crate) fn horizontal(
    canvas: &mut Canvas,
    area: Rect,
    axis: &Axis,
    (low, high): (f64, f64),
    lines: bool,
    language: Language,
) -> Scale {
    let mut wanted = (((area.right - area.left) / 56.0) as usize).clamp(2, 6);
    let mut ticks = axis.ticks(low, high, wanted, true);
    let mut labels = axis.labels(&ticks, language);
    let widest = |labels: &[String]| labels.iter().map(|label| Type::TICK.width(label)).fold(0.0, f64::max);
    while wanted > 1 && (widest(&labels) + 14.0) * labels.len() as f64 > area.right - area.left {
        wanted -= 1;
        ticks = axis.ticks(low, high, wanted, true);
        labels = axis.labels(&ticks, language);
    }
    let scale = ticks.scale(area.left, area.right);
    let bounds = Rect::new(0.0, 0.0, canvas.width, f64::MAX);
    for (&value, label) in ticks.values.iter().zip(&labels) {
        let x = scale.at(value);
        if lines {
            canvas.line(x, area.top, x, area.bottom, "g");
        }
        let half = Type::TICK.width(label) / 2.0;
        let at = x.clamp(half.min(canvas.width / 2.0), (canvas.width - half).max(canvas.width / 2.0));
        if canvas.is_free(label, at, area.bottom + 16.0, Anchor::Middle, Type::TICK, bounds) {
            canvas.line(x, area.bottom, x, area.bottom + 4.0, "a");
            canvas.text(label, at, area.bottom + 16.0, Anchor::Middle, Type::TICK, "");
        }
    }
    scale
}

/// The heading of the horizontal axis, under its ticks at the right.
pub(crate) fn horizontal_heading(canvas: &mut Canvas, area: Rect, text: &str, baseline: f64) {
    if !text.trim().is_empty() {
        canvas.text_within(text, area.right, baseline, Anchor::End, Type::TICK, "", area.right);
    }
}

/// Names under the area, at the positions given: as many as fit, from the first in equal steps.
pub(crate) fn names(canvas: &mut Canvas, area: Rect, names: &[String], at: impl Fn(usize) -> f64, baseline: f64) {
    let n = names.len();
    if n == 0 {
        return;
    }
    let room = if n > 1 { (at(n - 1) - at(0)).abs() / (n - 1) as f64 } else { area.right - area.left };
    let longest = (0.3 * canvas.width).max(room - 8.0);
    let shown: Vec<String> = names.iter().map(|name| Type::TICK.fit(name, longest)).collect();
    let widest = shown.iter().map(|name| Type::TICK.width(name)).fold(0.0, f64::max);
    let stride = ((widest + 10.0) / room.max(0.1)).ceil().max(1.0) as usize;
    let bounds = Rect::new(0.0, 0.0, canvas.width, f64::MAX);
    for (i, name) in shown.iter().enumerate().step_by(stride) {
        let half = Type::TICK.width(name) / 2.0;
        let x = at(i).clamp(half.min(canvas.width / 2.0), (canvas.width - half).max(canvas.width / 2.0));
        if canvas.is_free(name, x, baseline, Anchor::Middle, Type::TICK, bounds) {
            let tip = names.get(i).filter(|whole| *whole != name).map_or("", String::as_str);
            canvas.text_with(name, x, baseline, Anchor::Middle, Type::TICK, "", tip);
        }
    }
}

/// How a series is shown in the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Swatch {
    Square,
    Line,
    Dot,
}

/// A key over the chart, in as many rows as it needs; returns its height.
pub(crate) fn key(canvas: &mut Canvas, entries: &[(String, usize)], swatch: Swatch, top: f64) -> f64 {
    let room = canvas.width;
    let (mut x, mut y) = (0.0, top);
    for (name, series) in entries {
        let shown = Type::LABEL.fit(name, room - 20.0);
        let width = 18.0 + Type::LABEL.width(&shown);
        if x > 0.0 && x + width > room {
            (x, y) = (0.0, y + 19.0);
        }
        match swatch {
            Swatch::Square => {
                canvas.rect(Rect::new(x, y + 2.0, x + 11.0, y + 13.0), &fill(*series), 2.0, "");
            }
            Swatch::Line => canvas.line(x, y + 7.5, x + 12.0, y + 7.5, &format!("l {}", stroke(*series))),
            Swatch::Dot => mark(canvas, *series, x + 6.0, y + 7.5, 4.5, &fill(*series), ""),
        }
        canvas.text_with(&shown, x + 17.0, y + 11.8, Anchor::Start, Type::LABEL, "", tip_of(name, &shown));
        x += width + 14.0;
    }
    if entries.is_empty() { 0.0 } else { y - top + 24.0 }
}

fn tip_of<'a>(whole: &'a str, shown: &str) -> &'a str {
    if whole == shown { "" } else { whole }
}

/// The n-th mark of a scatter plot: shape as well as colour tells groups apart.
pub(crate) fn mark(canvas: &mut Canvas, shape: usize, x: f64, y: f64, r: f64, class: &str, tip: &str) {
    if shape.is_multiple_of(SERIES) {
        canvas.circle(x, y, r, class, tip);
    } else {
        canvas.path(&mark_path(shape, x, y, r), class, tip);
    }
}

/// The same as a path, so that thousands of points are one element.
pub(crate) fn mark_path(shape: usize, x: f64, y: f64, r: f64) -> String {
    use crate::number::px;
    let corners: &[(f64, f64)] = match shape % SERIES {
        0 => {
            let (left, top, d) = (px(x - r), px(y), px(2.0 * r));
            let r = px(r);
            return format!("M{left} {top}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0z");
        }
        1 => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        2 => &[(0.0, -1.15), (1.05, 0.8), (-1.05, 0.8)],
        3 => &[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)],
        4 => &[(0.0, 1.15), (1.05, -0.8), (-1.05, -0.8)],
        _ => &[
            (-0.35, -1.0),
            (0.35, -1.0),
            (0.35, -0.35),
            (1.0, -0.35),
            (1.0, 0.35),
            (0.35, 0.35),
            (0.35, 1.0),
            (-0.35, 1.0),
            (-0.35, 0.35),
            (-1.0, 0.35),
            (-1.0, -0.35),
            (-0.35, -0.35),
        ],
    };
    let mut d = String::new();
    for (i, (dx, dy)) in corners.iter().enumerate() {
        d += &format!("{}{} {}", if i == 0 { 'M' } else { 'L' }, px(x + r * dx), px(y + r * dy));
    }
    d + "z"
}

/// Room right of the area for names at the ends of lines, or `None` where they need a key above.
pub(crate) fn room_for_ends<'a>(names: impl Iterator<Item = &'a str>, size: Size, height: f64) -> Option<f64> {
    let (mut widest, mut count) = (0.0f64, 0);
    for name in names {
        widest = widest.max(Type::STRONG.width(name));
        count += 1;
    }
    let fits = widest <= size.width() * size.pick(0.27, 0.25) && f64::from(count) * LINE <= height;
    fits.then_some(if count == 0 { 0.0 } else { widest + 12.0 })
}

/// Least distance between two labels under each other.
const LINE: f64 = 15.0;

/// Names beside the ends of lines, moved apart where they would cover each other, tied to their end by a hair where moved.
pub(crate) fn ends(canvas: &mut Canvas, area: Rect, labels: &[(f64, String, usize)]) {
    let wanted: Vec<f64> = labels.iter().map(|label| label.0).collect();
    let placed = spread(&wanted, LINE, area.top, area.bottom);
    let x = area.right;
    for ((y, name, series), at) in labels.iter().zip(placed) {
        if (at - y).abs() > 3.0 {
            canvas.path(
                &format!(
                    "M{} {}L{} {}",
                    crate::number::px(x + 2.0),
                    crate::number::px(*y),
                    crate::number::px(x + 8.0),
                    crate::number::px(at)
                ),
                &format!("l thin {}", stroke(*series % SERIES)),
                "",
            );
        }
        canvas.text(name, x + 10.0, at + 4.0, Anchor::Start, Type::STRONG, &fill(*series));
    }
}

/// Positions at least a distance apart, in the order of the wanted ones and as near to them as that allows.
pub(crate) fn spread(wanted: &[f64], apart: f64, low: f64, high: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]).then(a.cmp(&b)));
    let room = if wanted.len() > 1 { (high - low) / (wanted.len() - 1) as f64 } else { apart };
    let apart = apart.min(room);
    // Blocks of labels that touch: first index in the order, count, and centre.
    let mut blocks: Vec<(usize, usize, f64)> = Vec::new();
    let clamp = |count: usize, centre: f64| {
        let half = (count - 1) as f64 * apart / 2.0;
        centre.clamp(low + half, (high - half).max(low + half))
    };
    for (i, &k) in order.iter().enumerate() {
        blocks.push((i, 1, clamp(1, wanted[k])));
        while let [.., a, b] = blocks[..] {
            let gap = (b.2 - (b.1 - 1) as f64 * apart / 2.0) - (a.2 + (a.1 - 1) as f64 * apart / 2.0);
            if gap >= apart - 1e-9 {
                break;
            }
            let count = a.1 + b.1;
            let mean = order[a.0..a.0 + count].iter().map(|&k| wanted[k]).sum::<f64>() / count as f64;
            blocks.truncate(blocks.len() - 2);
            blocks.push((a.0, count, clamp(count, mean)));
        }
    }
    let mut out = vec![0.0; wanted.len()];
    for (first, count, centre) in blocks {
        for j in 0..count {
            out[order[first + j]] = centre + (j as f64 - (count - 1) as f64 / 2.0) * apart;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn labels_are_moved_apart_and_stay_inside(wanted in prop::collection::vec(0.0f64..200.0, 0..12)) {
            let placed = spread(&wanted, 15.0, 0.0, 200.0);
            let mut sorted = placed.clone();
            sorted.sort_by(f64::total_cmp);
            prop_assert!(sorted.windows(2).all(|w| w[1] - w[0] >= 15.0 - 1e-6), "{placed:?}");
            prop_assert!(sorted.iter().all(|&y| (-1e-6..=200.0 + 1e-6).contains(&y)), "{placed:?}");
        }
    }

    #[test]
    fn a_label_that_is_free_stays_where_it_is() {
        assert_eq!(spread(&[50.0, 10.0, 100.0], 15.0, 0.0, 200.0), [50.0, 10.0, 100.0]);
    }
}
