//! A purchase history reduced to distinct, counted pairs of frequency and mean spend.

use emptor_types::HistoryView;

use super::MODEL;
use crate::LifetimeError;

/// Counted distinct rows with money scaled to a mean of 1.
#[derive(Debug)]
pub(super) struct Sample {
    /// By rising frequency.
    pub(super) levels: Vec<Level>,
    /// Customers with repeat purchases and positive spend.
    pub(super) customers: f64,
    /// Customers with repeat purchases whose spend is missing or not positive.
    pub(super) excluded: usize,
    /// Money per unit of scaled money.
    pub(super) money_scale: f64,
}

/// The rows of a distinct frequency.
#[derive(Debug)]
pub(super) struct Level {
    pub(super) x: f64,
    pub(super) customers: f64,
    /// `Σ ln(m x)` over customers.
    pub(super) ln_totals: f64,
    /// `Σ ln m` over customers.
    pub(super) ln_means: f64,
    /// Distinct `m x` with the customers that share it, rising.
    pub(super) totals: Vec<(f64, f64)>,
}

/// Whether a row informs the model.
pub(super) fn usable(x: f64, mean: f64) -> bool {
    x > 0.0 && mean > 0.0
}

impl Sample {
    pub(super) fn compress(history: &HistoryView<'_>) -> Result<Self, LifetimeError> {
        let money = history.monetary_value().ok_or(LifetimeError::NoMonetaryValue { model: MODEL })?;
        let count = |row: usize| history.counts().map_or(1.0, |counts| counts[row]);
        let mut excluded = 0.0;
        let mut rows = Vec::new();
        for (row, (&x, &mean)) in history.frequency().iter().zip(money).enumerate() {
            if usable(x, mean) {
                rows.push(([x.to_bits(), mean.to_bits()], count(row))); // positive doubles sort as their bits do
            } else if x > 0.0 {
                excluded += count(row);
            }
        }
        rows.sort_unstable_by_key(|(key, _)| *key);
        let customers = rows.iter().map(|(_, count)| count).sum();
        // Divided before it is summed: money near the end of the range must not overflow.
        let money_scale = rows.iter().map(|([_, mean], count)| f64::from_bits(*mean) / customers * count).sum();

        let levels = rows.chunk_by(|a, b| a.0[0] == b.0[0]).map(|level| Level::new(level, money_scale)).collect();
        let excluded = excluded as usize;
        Ok(Self { levels, customers, excluded, money_scale })
    }

    pub(super) fn distinct(&self) -> usize {
        self.levels.iter().map(|level| level.totals.len()).sum()
    }
}

impl Level {
    fn new(rows: &[([u64; 2], f64)], money_scale: f64) -> Self {
        let x = f64::from_bits(rows[0].0[0]);
        let customers = rows.iter().map(|(_, count)| count).sum();
        let mut level = Self { x, customers, ln_totals: 0.0, ln_means: 0.0, totals: Vec::new() };
        for equal in rows.chunk_by(|a, b| a.0 == b.0) {
            let mean = f64::from_bits(equal[0].0[1]) / money_scale;
            let count: f64 = equal.iter().map(|(_, count)| count).sum();
            level.ln_means += count * mean.ln();
            level.ln_totals += count * (mean.ln() + x.ln());
            level.totals.push((mean * x, count));
        }
        level
    }
}
