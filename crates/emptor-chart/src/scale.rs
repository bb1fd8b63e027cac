//! From values to pixels, and the round numbers along an axis.

/// A linear or logarithmic map of an interval of values onto an interval of pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    log: bool,
}

impl Scale {
    pub(crate) fn linear(low: f64, high: f64, from: f64, to: f64) -> Self {
        Self { low, high, from, to, log: false }
    }

    pub(crate) fn at(&self, value: f64) -> f64 {
        let (low, high, value) =
            if self.log { (self.low.ln(), self.high.ln(), value.ln()) } else { (self.low, self.high, value) };
        let span = high - low;
        let share = if span > 0.0 { (value - low) / span } else { 0.5 };
        self.from + share * (self.to - self.from)
    }
}

/// Where an axis begins and ends, its ticks and the distance between them.
#[derive(Debug, Clone)]
pub(crate) struct Ticks {
    pub(crate) values: Vec<f64>,
    pub(crate) step: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) log: bool,
}

impl Ticks {
    pub(crate) fn scale(&self, from: f64, to: f64) -> Scale {
        Scale { low: self.low, high: self.high, from, to, log: self.log }
    }

    /// Round ticks, about `wanted` of them, that hold the interval between them.
    pub(crate) fn around(low: f64, high: f64, wanted: usize) -> Self {
        let (low, high) = apart(low, high);
        let step = round_step((high - low) / wanted.max(1) as f64);
        let (first, last) = ((low / step + 1e-9).floor(), (high / step - 1e-9).ceil());
        // Counted in steps, so that no rounding error adds up along the axis.
        let count = (last - first).clamp(1.0, 50.0) as usize;
        let values: Vec<f64> = (0..=count).map(|i| (first + i as f64) * step).collect();
        Self { low: first * step, high: (first + count as f64) * step, values, step, log: false }
    }

    /// Round ticks inside the interval, which stays as it is.
    pub(crate) fn within(low: f64, high: f64, wanted: usize) -> Self {
        let (low, high) = apart(low, high);
        let slack = (high - low) * 1e-9;
        let inside = |wanted: usize| {
            let mut ticks = Self::around(low, high, wanted);
            ticks.values.retain(|&v| v >= low - slack && v <= high + slack);
            Self { low, high, ..ticks }
        };
        // One tick tells no distance: a finer step is taken where the asked for one has no two inside.
        (wanted..wanted + 4).map(&inside).find(|ticks| ticks.values.len() > 1).unwrap_or_else(|| inside(wanted))
    }

    /// Powers of ten (with 2 and 5 where there are few), inside an interval a little wider than the values.
    pub(crate) fn powers(low: f64, high: f64, wanted: usize) -> Self {
        let (low, high) = if high > low * (1.0 + 1e-9) { (low, high) } else { (low / 2.0, high * 2.0) };
        let pad = (high / low).powf(0.04);
        let (low, high) = (low / pad, high * pad);
        let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
        let decades = (last - first).max(1) as usize;
        let mantissas: &[f64] = if decades <= wanted / 2 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let stride = decades.div_ceil(wanted.max(1)).max(1);
        let values = (first..=last)
            .step_by(stride)
            .flat_map(|power| mantissas.iter().map(move |m| m * 10f64.powi(power)))
            .filter(|v| (low..=high).contains(v))
            .collect();
        Self { values, step: 0.0, low, high, log: true }
    }
}

/// An interval of some length: equal ends are moved apart, towards zero where that is near.
fn apart(low: f64, high: f64) -> (f64, f64) {
    if high - low > 1e-12 * low.abs().max(high.abs()) {
        (low, high)
    } else if high > 0.0 {
        (0.0, high)
    } else if low < 0.0 {
        (low, 0.0)
    } else {
        (0.0, 1.0)
    }
}

fn round_step(raw: f64) -> f64 {
    let power = 10f64.powf(raw.log10().floor());
    let ratio = raw / power;
    let round = [1.0, 2.0, 2.5, 5.0].into_iter().find(|&r| ratio <= r * 1.05).unwrap_or(10.0);
    round * power
}

/// Least and greatest known value.
pub(crate) fn span(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.fold(None, |span, v| match span {
        None => Some((v, v)),
        Some((low, high)) => Some((low.min(v), high.max(v))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ticks_are_round_and_hold_the_values() {
        assert_eq!(Ticks::around(0.0, 97.0, 5).values, [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(Ticks::around(0.0, 1.15, 5).values, [0.0, 0.25, 0.5, 0.75, 1.0, 1.25]);
        assert!((Ticks::around(0.0, 0.0, 5).high - 1.0).abs() < 1e-12);
        assert!(Ticks::around(7.0, 7.0, 5).low.abs() < 1e-12);
        assert_eq!(Ticks::powers(3.0, 40_000.0, 6).values, [10.0, 100.0, 1_000.0, 10_000.0]);
    }

    proptest! {
        #[test]
        fn any_interval_has_few_ticks_around_it(a in -1e14f64..1e14, size in -12i32..14, wanted in 2usize..8) {
            let (low, high) = (a, a + 10f64.powi(size));
            let ticks = Ticks::around(low, high, wanted);
            prop_assert!(ticks.values.len() >= 2 && ticks.values.len() <= 2 * wanted + 3);
            let slack = (ticks.high - ticks.low) * 1e-6;
            prop_assert!(ticks.low <= low + slack && ticks.high >= high - slack);
            let at = ticks.scale(0.0, 100.0).at(low);
            prop_assert!((-1.0..=101.0).contains(&at));
        }
    }
}
