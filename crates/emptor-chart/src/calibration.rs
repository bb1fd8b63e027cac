//! Whether what was predicted came true.

use crate::canvas::{Canvas, Rect};
use crate::chart::{Caption, Chart, Table, captioned, titled};
use crate::frame::{self, Axis};
use crate::number::{Unit, known, px};
use crate::scale::span;

/// One bin of predictions.
#[derive(Debug, Clone, PartialEq)]
struct Bin {
    predicted: f64,
    actual: f64,
    interval: Option<(f64, f64)>,
    count: f64,
}

/// Mean prediction against mean outcome, bin by bin: on the diagonal they agree.
///
/// ```
/// use emptor_chart::{Calibration, Chart, Unit};
///
/// let chart = Calibration::new("Holdout check", Unit::number(), "purchases")
///     .bin(0.4, 0.45, Some((0.41, 0.49)), 820.0)
///     .bin(1.2, 1.1, Some((1.0, 1.2)), 410.0);
/// assert_eq!(chart.data().rows[0], ["0.4", "0.45", "0.41", "0.49", "820"]);
/// chart.inline("calibration")?;
/// # Ok::<(), emptor_chart::ChartError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    caption: Caption,
    unit: Unit,
    what: String,
    bins: Vec<Bin>,
}

captioned!(Calibration);

impl Calibration {
    /// A chart without bins, and what is predicted.
    #[must_use]
    pub fn new(title: impl Into<String>, unit: Unit, what: impl Into<String>) -> Self {
        Self { caption: titled(title), unit, what: what.into(), bins: Vec::new() }
    }

    /// A bin: mean prediction, mean outcome, the outcome's interval, and how many there are, which sets the dot's area.
    #[must_use]
    pub fn bin(mut self, predicted: f64, actual: f64, interval: Option<(f64, f64)>, count: f64) -> Self {
        self.bins.push(Bin { predicted, actual, interval, count });
        self
    }

    fn axis(&self, word: &str) -> Axis {
        let title = if self.what.is_empty() { word.to_owned() } else { format!("{word} · {}", self.what) };
        Axis::new(title, self.unit.clone())
    }
}

impl Chart for Calibration {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (i, bin) in self.bins.iter().enumerate() {
            if let Some((low, high)) = bin.interval.filter(|(low, high)| low > high) {
                problems.push(format!("the interval of bin {i} must go upwards (got {low} to {high})"));
            }
        }
        problems
    }

    fn data(&self) -> Table {
        let language = self.caption.language;
        let headings = [language.predicted(), language.actual(), language.low(), language.high(), language.count()];
        let mut table = Table::new(headings);
        let write = |v: f64| known(v).map_or(String::new(), |v| self.unit.exact(v));
        for bin in &self.bins {
            let (low, high) = bin.interval.map_or((String::new(), String::new()), |(l, h)| (write(l), write(h)));
            let count = known(bin.count).map_or(String::new(), |n| Unit::number().exact(n));
            table.push(vec![write(bin.predicted), write(bin.actual), low, high, count]);
        }
        table
    }

    fn paint(&self, canvas: &mut Canvas) {
        let language = self.caption.language;
        let bins: Vec<&Bin> =
            self.bins.iter().filter(|bin| known(bin.predicted).is_some() && known(bin.actual).is_some()).collect();
        let ends = bins.iter().flat_map(|bin| {
            let (low, high) = bin.interval.map_or((None, None), |(l, h)| (known(l), known(h)));
            [Some(bin.predicted), Some(bin.actual), low, high]
        });
        let Some((low, high)) = span(ends.flatten()) else {
            canvas.nothing(language.no_data());
            return;
        };
        let low = if low > 0.0 && low < 0.5 * high { 0.0 } else { low };
        let top = frame::heading(canvas, &self.axis(language.actual()).heading(), 0.0);
        // Both axes alike, so that the diagonal is one; on a desktop the chart need not be as wide as the page.
        let wide = canvas.size.pick(520.0, canvas.width);
        let mut area = Rect::new(0.0, top, wide - 10.0, top + canvas.size.pick(320.0, 270.0));
        let axis = Axis::new("", self.unit.clone());
        let y = frame::vertical(canvas, &mut area, &axis, (low, high), language);
        let ticks = axis.ticks(low, high, 6, false);
        let x = frame::horizontal(canvas, area, &axis, (ticks.low, ticks.high), true, language);
        frame::horizontal_heading(canvas, area, &self.axis(language.predicted()).heading(), area.bottom + 32.0);
        canvas.height = area.bottom + 38.0;
        canvas.line(x.at(low), y.at(low), x.at(high), y.at(high), "r");
        let points: Vec<(f64, f64)> = bins.iter().map(|bin| (x.at(bin.predicted), y.at(bin.actual))).collect();
        let mut d = String::new();
        for (i, (x, y)) in points.iter().enumerate() {
            d += &format!("{}{} {}", if i == 0 { 'M' } else { 'L' }, px(*x), px(*y));
        }
        if points.len() > 1 {
            canvas.path(&d, "l thin k0", "");
        }
        let most = bins.iter().filter_map(|bin| known(bin.count)).fold(0.0, f64::max);
        for (bin, &(at, up)) in bins.iter().zip(&points) {
            if let Some((low, high)) = bin.interval.and_then(|(l, h)| Some((known(l)?, known(h)?))) {
                canvas.line(at, y.at(low), at, y.at(high), "w");
                for end in [low, high] {
                    canvas.line(at - 3.0, y.at(end), at + 3.0, y.at(end), "w");
                }
            }
            let share = if most > 0.0 { known(bin.count).unwrap_or(0.0).max(0.0) / most } else { 0.3 };
            let (predicted, actual) = (self.unit.bare(bin.predicted, language), self.unit.short(bin.actual, language));
            let tip = format!(
                "{} {predicted} · {} {actual} · {} {}",
                language.predicted(),
                language.actual(),
                language.count(),
                Unit::number().short(bin.count, language)
            );
            canvas.circle(at, up, 3.5 + 5.0 * share.sqrt(), "f0 e", &tip);
        }
    }
}
