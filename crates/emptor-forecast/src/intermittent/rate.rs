//! The recursions: what is sold per period, by each method.

use super::{IntermittentMethod, Smoothing};
use crate::ForecastError;

/// Where the best smoothing parameter is looked for: below, a forecast hardly learns; above, it chases noise.
const SEARCHED: (f64, f64) = (0.1, 0.3);
/// How finely: the sum of squares is flat at its least, and rounding hides more.
const FINENESS: f64 = 1e-9;

/// A method with its parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Form {
    pub(super) method: IntermittentMethod,
    /// Smoothing of sizes, or of the whole series.
    pub(super) size: f64,
    /// Smoothing of intervals, or of the probability of a sale.
    pub(super) frequency: f64,
    /// Periods of a bucket.
    pub(super) bucket: usize,
}

impl Form {
    /// The parameters of a method, given or those with the least squared errors.
    pub(super) fn find(method: IntermittentMethod, smoothing: Smoothing, values: &[f64]) -> Self {
        let bucket = if method == IntermittentMethod::Adida { bucket(values) } else { 1 };
        let (size, frequency) = match smoothing {
            Smoothing::Fixed { size, frequency } => (size, frequency),
            Smoothing::Optimised => optimum(method, bucket, values),
        };
        Self { method, size, frequency, bucket }
    }

    /// Expected sales of a period after these; nothing of nothing.
    pub(super) fn rate(&self, values: &[f64]) -> f64 {
        let rate = match self.method {
            IntermittentMethod::Croston => self.croston(values),
            IntermittentMethod::Sba => self.croston(values).map(|rate| (1.0 - self.frequency / 2.0) * rate),
            IntermittentMethod::Tsb => self.tsb(values),
            IntermittentMethod::Adida => {
                let bucket = self.bucket.min(values.len()).max(1);
                smooth(buckets(values, bucket), self.size).map(|sum| sum / bucket as f64)
            }
            IntermittentMethod::Ses => smooth(values.iter().copied(), self.size),
        };
        rate.unwrap_or(0.0)
    }

    /// Size over interval, both smoothed at sales (Croston 1972, equations 3 to 5). The first interval counts from the
    /// beginning of the series.
    fn croston(&self, values: &[f64]) -> Option<f64> {
        let mut levels: Option<(f64, f64)> = None;
        let mut since = 0.0;
        for &value in values {
            since += 1.0;
            if value > 0.0 {
                levels = Some(match levels {
                    None => (value, since),
                    Some((size, gap)) => (blend(self.size, value, size), blend(self.frequency, since, gap)),
                });
                since = 0.0;
            }
        }
        levels.map(|(size, gap)| size / gap)
    }

    /// Size, smoothed at sales, times the probability of a sale, smoothed every period (Teunter, Syntetos & Babai 2011,
    /// equations 1 to 3).
    fn tsb(&self, values: &[f64]) -> Option<f64> {
        let mut size: Option<f64> = None;
        for value in values.iter().copied().filter(|value| *value > 0.0) {
            size = Some(size.map_or(value, |size| blend(self.size, value, size)));
        }
        size.zip(smooth(sold(values), self.frequency)).map(|(size, probability)| size * probability)
    }
}

/// Refuses what is not demand.
pub(super) fn check_demand(method: &str, values: &[f64]) -> Result<(), ForecastError> {
    match values.iter().position(|value| value.is_nan() || *value < 0.0) {
        None => Ok(()),
        Some(position) if values[position].is_nan() => Err(ForecastError::Value { position, value: values[position] }),
        Some(position) => Err(ForecastError::NotAdmissible {
            method: method.to_owned(),
            reason: format!(
                "period {position} is {}, and demand cannot be negative; take returns off the sales that they undo, or \
                 forecast sales and returns apart",
                values[position]
            ),
        }),
    }
}

/// Simple exponential smoothing that starts with the first value; `None` of nothing.
fn smooth(values: impl Iterator<Item = f64>, alpha: f64) -> Option<f64> {
    let mut values = values;
    let first = values.next()?;
    Some(values.fold(first, |level, value| blend(alpha, value, level)))
}

/// In this form the same value again changes nothing, not even the last bit.
fn blend(alpha: f64, new: f64, old: f64) -> f64 {
    old + alpha * (new - old)
}

/// 1 for every period with a sale, 0 for the others.
fn sold(values: &[f64]) -> impl Iterator<Item = f64> {
    values.iter().map(|value| if *value > 0.0 { 1.0 } else { 0.0 })
}

/// Sums of as many periods, the last one ending with the series; first periods that fill no bucket are left out.
fn buckets(values: &[f64], periods: usize) -> impl Iterator<Item = f64> {
    let left = values.len() % periods;
    values[left..].chunks_exact(periods).map(|bucket| bucket.iter().sum())
}

/// As many periods as lie between sales, on average, to the nearest whole number (halves to the even one).
fn bucket(values: &[f64]) -> usize {
    let sales = values.iter().filter(|value| **value > 0.0).count();
    let last = values.iter().rposition(|value| *value > 0.0).map_or(1, |last| last + 1);
    let mean = last as f64 / sales.max(1) as f64;
    (mean.round_ties_even() as usize).max(1)
}

/// The parameters with the least squared one-step errors of what they smooth.
fn optimum(method: IntermittentMethod, bucket: usize, values: &[f64]) -> (f64, f64) {
    let sizes = || values.iter().copied().filter(|value| *value > 0.0).collect::<Vec<f64>>();
    match method {
        IntermittentMethod::Croston | IntermittentMethod::Sba => {
            let ends = values.iter().enumerate().filter(|(_, value)| **value > 0.0).map(|(period, _)| period + 1);
            let gaps = ends.scan(0, |before, end| Some((end - std::mem::replace(before, end)) as f64));
            (best(&sizes()), best(&gaps.collect::<Vec<f64>>()))
        }
        IntermittentMethod::Tsb => (best(&sizes()), best(&sold(values).collect::<Vec<f64>>())),
        IntermittentMethod::Adida => {
            let alpha = best(&buckets(values, bucket).collect::<Vec<f64>>());
            (alpha, alpha)
        }
        IntermittentMethod::Ses => {
            let alpha = best(values);
            (alpha, alpha)
        }
    }
}

/// The smoothing parameter with the least squared one-step errors, by golden sections (Kiefer 1953). Where two values err
/// alike, as they do for two observations, it stops in the middle.
fn best(values: &[f64]) -> f64 {
    let share = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = SEARCHED;
    let mut inner = [high - share * (high - low), low + share * (high - low)];
    let mut errors = inner.map(|alpha| squared_errors(values, alpha));
    while high - low >= FINENESS {
        if errors[0] < errors[1] {
            high = inner[1];
            inner = [high - share * (high - low), inner[0]];
            errors = [squared_errors(values, inner[0]), errors[0]];
        } else if errors[1] < errors[0] {
            low = inner[0];
            inner = [inner[1], low + share * (high - low)];
            errors = [errors[1], squared_errors(values, inner[1])];
        } else {
            break;
        }
    }
    f64::midpoint(low, high)
}

fn squared_errors(values: &[f64], alpha: f64) -> f64 {
    let Some((&first, rest)) = values.split_first() else { return 0.0 };
    let mut level = first;
    rest.iter().fold(0.0, |sum, &value| {
        let error = value - level;
        level = blend(alpha, value, level);
        sum + error * error
    })
}
