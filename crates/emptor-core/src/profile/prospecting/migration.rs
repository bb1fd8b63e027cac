//! How many customers there will be in which segment.

use emptor_lifetime::sampling::Variates;
use emptor_types::{Invalid, Level};

use emptor_forecast::accuracy::wape;
use crate::statistics::{ascending, quantile};

/// Up to here customers are drawn one by one; beyond, their number is drawn as normal.
const ONE_BY_ONE: u64 = 64;

/// What happened to the customers of every segment in one period: where they went, and who arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// Customers that went from a segment to a segment, row by row; the last of each row's `segments + 1` numbers are
    /// those lost.
    pub moves: Vec<u64>,
    /// Customers that arrived in each segment: new ones, and lost ones that came back.
    pub arrivals: Vec<u64>,
}

/// How a segment is expected to be in a period ahead.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct SegmentForecast {
    /// Arrivals in the segment.
    pub arrived: f64,
    /// Customers of the segment that are lost.
    pub lost: f64,
    /// Customers in the segment at the end of the period.
    pub end: f64,
    /// Lower end of the interval of `end`.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The forecast of a customer base: for every period ahead, its segments, and the whole base.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MigrationForecast {
    /// By period and segment.
    pub segments: Vec<Vec<SegmentForecast>>,
    /// By period, all segments together.
    pub total: Vec<SegmentForecast>,
}

/// A forecast of segments by migration (a Markov chain with arrivals and with lost as the absorbing state).
///
/// ```text
/// x(t+1) = x(t) P + a        P = pooled shares of the moves seen,  a = mean arrivals seen
/// ```
///
/// The intervals come from simulation: every draw takes as many of the periods seen, with replacement, as its own P (the
/// uncertainty of P), lets every customer move by it (multinomial), and takes the arrivals of a period seen, drawn at
/// random. So a customer base: all segments end with what they had, less the lost, plus the arrivals.
///
/// ```
/// use emptor_core::profile::prospecting::{Migration, MigrationModel};
/// use emptor_types::Level;
///
/// // Of 100 loyal customers 10 cooled off, of 50 cool ones 5 warmed up and 10 were lost; 20 new ones came.
/// let seen = vec![Migration { moves: vec![90, 10, 0, 5, 35, 10], arrivals: vec![0, 20] }];
/// let model = MigrationModel::new(2, seen)?;
/// let forecast = model.forecast(&[95, 65], 1, Level::new(0.8)?, 200, 7);
/// assert!((forecast.segments[0][0].end - (95.0 * 0.9 + 65.0 * 0.1)).abs() < 1e-9);
/// assert!((forecast.total[0].end - (160.0 - 13.0 + 20.0)).abs() < 1e-9);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MigrationModel {
    segments: usize,
    seen: Vec<Migration>,
    /// The first period whose arrivals count.
    arrivals_from: usize,
}

/// How a migration model would have done in the past, one period ahead.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MigrationBacktest {
    /// Periods forecast.
    pub origins: usize,
    /// Error of each segment's customers.
    pub segments: Vec<Option<f64>>,
    /// Error of the number of customers in all.
    pub total: Option<f64>,
    /// Error of "as many as there were" for the customers in all.
    pub total_naive: Option<f64>,
    /// Share of the periods in which the number in all fell inside its interval; `None` without periods.
    pub inside: Option<f64>,
}

impl MigrationModel {
    /// A model of the periods seen, oldest first.
    ///
    /// # Errors
    /// Unless there is a segment and a period, and every period has its moves and arrivals of all segments.
    pub fn new(segments: usize, seen: Vec<Migration>) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(segments > 0, "segments", "must be at least one", segments);
        checks.require(!seen.is_empty(), "periods", "must be at least one", seen.len());
        let fits = |m: &&Migration| m.moves.len() == segments * (segments + 1) && m.arrivals.len() == segments;
        let wrong = seen.iter().filter(|m| !fits(m)).count();
        checks.require(
            wrong == 0,
            "periods",
            "must have segments × (segments + 1) moves and arrivals by segment",
            wrong,
        );
        checks.finish()?;
        Ok(Self { segments, seen, arrivals_from: 0 })
    }

    /// The model without the arrivals of so many first periods; those of the last period always count. Who bought before the
    /// data begin arrives, as far as one sees, at the first purchase in them: the first arrivals are too many.
    ///
    /// ```
    /// use emptor_core::profile::prospecting::{Migration, MigrationModel};
    ///
    /// let period = |arrivals| Migration { moves: vec![90, 10], arrivals: vec![arrivals] };
    /// let model = MigrationModel::new(1, vec![period(500), period(10), period(12)])?;
    /// assert_eq!(model.without_first_arrivals(1).arrivals(), [11.0]);
    /// # Ok::<(), emptor_types::Invalid>(())
    /// ```
    #[must_use]
    pub fn without_first_arrivals(self, periods: usize) -> Self {
        let arrivals_from = periods.min(self.seen.len() - 1);
        Self { arrivals_from, ..self }
    }

    /// The shares that move, row by row, lost last: each row sums to 1. A segment that was never seen with customers is
    /// taken to stay as it is.
    #[must_use]
    pub fn matrix(&self) -> Vec<f64> {
        self.pooled(self.seen.iter())
    }

    /// Mean arrivals by segment and period.
    #[must_use]
    pub fn arrivals(&self) -> Vec<f64> {
        let counted = &self.seen[self.arrivals_from..];
        let sum = |s: usize| counted.iter().map(|m| m.arrivals[s] as f64).sum::<f64>();
        (0..self.segments).map(|s| sum(s) / counted.len() as f64).collect()
    }

    fn pooled<'a>(&self, seen: impl Iterator<Item = &'a Migration>) -> Vec<f64> {
        let width = self.segments + 1;
        let mut sums = vec![0.0; self.segments * width];
        seen.for_each(|m| sums.iter_mut().zip(&m.moves).for_each(|(sum, n)| *sum += *n as f64));
        for (s, row) in sums.chunks_mut(width).enumerate() {
            let total: f64 = row.iter().sum();
            if total > 0.0 {
                row.iter_mut().for_each(|share| *share /= total);
            } else {
                row[s] = 1.0;
            }
        }
        sums
    }

    /// The customers expected in the periods ahead of a base with so many in each segment (missing ones are 0), with
    /// intervals at a level from so many seeded draws.
    #[must_use]
    pub fn forecast(&self, start: &[u64], periods: usize, level: Level, draws: usize, seed: u64) -> MigrationForecast {
        let start: Vec<u64> = (0..self.segments).map(|s| start.get(s).copied().unwrap_or(0)).collect();
        let mut ends = vec![vec![Vec::with_capacity(draws); self.segments + 1]; periods];
        for draw in 0..draws {
            let mut variates = Variates::new(seed, draw as u64);
            let path = self.simulate(&start, periods, &mut variates);
            for (ends, stock) in ends.iter_mut().zip(&path) {
                for (end, n) in ends.iter_mut().zip(stock) {
                    end.push(*n as f64);
                }
                ends[self.segments].push(stock.iter().sum::<u64>() as f64);
            }
        }
        let tail = (1.0 - level.get()) / 2.0;
        let (p, arrivals, width) = (self.matrix(), self.arrivals(), self.segments + 1);
        let mut stock: Vec<f64> = start.iter().map(|n| *n as f64).collect();
        let (mut segments, mut total) = (Vec::with_capacity(periods), Vec::with_capacity(periods));
        for ends in &ends {
            let flow = |s: usize| stock.iter().zip(p.chunks(width)).map(|(n, row)| n * row[s]).sum::<f64>();
            let next: Vec<f64> = (0..self.segments).map(|s| flow(s) + arrivals[s]).collect();
            let of = |arrived: f64, lost: f64, end: f64, draws: &[f64]| {
                let sorted = ascending(draws);
                // Without draws there is no interval.
                let at = |p: f64| quantile(&sorted, p).unwrap_or(f64::NAN);
                let (low, high) = (at(tail), at(1.0 - tail));
                // Where arrivals are skewed their mean may lie outside: what is expected belongs to what is possible.
                let low = if low > end { end } else { low };
                let high = if high < end { end } else { high };
                SegmentForecast { arrived, lost, end, low, high }
            };
            let lost: Vec<f64> = stock.iter().zip(p.chunks(width)).map(|(n, row)| n * row[self.segments]).collect();
            segments.push((0..self.segments).map(|s| of(arrivals[s], lost[s], next[s], &ends[s])).collect());
            total.push(of(arrivals.iter().sum(), lost.iter().sum(), next.iter().sum(), &ends[self.segments]));
            stock = next;
        }
        MigrationForecast { segments, total }
    }

    fn simulate(&self, start: &[u64], periods: usize, variates: &mut Variates) -> Vec<Vec<u64>> {
        let seen = self.seen.len();
        let pick = |variates: &mut Variates, from: usize| {
            (from + (variates.uniform() * (seen - from) as f64) as usize).min(seen - 1)
        };
        let picked: Vec<usize> = (0..seen).map(|_| pick(variates, 0)).collect();
        let p = self.pooled(picked.iter().map(|i| &self.seen[*i]));
        let mut stock = start.to_vec();
        let mut path = Vec::with_capacity(periods);
        for _ in 0..periods {
            let mut next = self.seen[pick(variates, self.arrivals_from)].arrivals.clone();
            for (n, row) in stock.iter().zip(p.chunks(self.segments + 1)) {
                let (mut left, mut share) = (*n, 1.0);
                for (to, p) in next.iter_mut().zip(row) {
                    let moved = if share > 0.0 { binomial(left, (p / share).clamp(0.0, 1.0), variates) } else { 0 };
                    *to += moved;
                    left -= moved;
                    share -= p;
                }
            }
            path.push(next.clone());
            stock = next;
        }
        path
    }

    /// Forecasts every period after the first `shortest` from the periods before it, one ahead. `stocks` are the
    /// customers by segment at the start of every period seen and at the end of the last.
    #[must_use]
    pub fn backtest(
        &self,
        stocks: &[Vec<u64>],
        shortest: usize,
        level: Level,
        draws: usize,
        seed: u64,
    ) -> MigrationBacktest {
        let origins = shortest.max(1)..self.seen.len().min(stocks.len().saturating_sub(1));
        let origins = origins.map(|origin| Origin {
            model: Self { seen: self.seen[..origin].to_vec(), ..self.clone() }
                .without_first_arrivals(self.arrivals_from),
            start: stocks[origin].clone(),
            came: stocks[origin + 1].clone(),
            seed: seed.wrapping_add(origin as u64),
        });
        MigrationBacktest::of(self.segments, origins, level, draws)
    }
}

/// A period of the past that is forecast: what was known before it, and what came.
pub(super) struct Origin {
    pub(super) model: MigrationModel,
    pub(super) start: Vec<u64>,
    pub(super) came: Vec<u64>,
    pub(super) seed: u64,
}

impl MigrationBacktest {
    /// Forecasts every origin one period ahead.
    pub(super) fn of(segments: usize, origins: impl Iterator<Item = Origin>, level: Level, draws: usize) -> Self {
        let mut actual = vec![Vec::new(); segments + 1];
        let mut forecast = vec![Vec::new(); segments + 1];
        let (mut naive, mut inside) = (Vec::new(), 0.0);
        for origin in origins {
            let ahead = origin.model.forecast(&origin.start, 1, level, draws, origin.seed);
            let came = |s: usize| origin.came.get(s).copied().unwrap_or(0) as f64;
            for s in 0..segments {
                actual[s].push(came(s));
                forecast[s].push(ahead.segments[0][s].end);
            }
            let total: f64 = (0..segments).map(came).sum();
            actual[segments].push(total);
            forecast[segments].push(ahead.total[0].end);
            naive.push(origin.start.iter().sum::<u64>() as f64);
            inside += f64::from(u8::from(ahead.total[0].low <= total && total <= ahead.total[0].high));
        }
        let errors: Vec<Option<f64>> = actual.iter().zip(&forecast).map(|(a, f)| wape(a, f)).collect();
        MigrationBacktest {
            origins: naive.len(),
            total: errors[segments],
            total_naive: wape(&actual[segments], &naive),
            inside: (!naive.is_empty()).then(|| inside / naive.len() as f64),
            segments: errors[..segments].to_vec(),
        }
    }
}

fn binomial(n: u64, p: f64, variates: &mut Variates) -> u64 {
    if p <= 0.0 || n == 0 {
        return 0;
    }
    if p >= 1.0 {
        return n;
    }
    if n <= ONE_BY_ONE {
        return (0..n).filter(|_| variates.uniform() < p).count() as u64;
    }
    let (mean, deviation) = (n as f64 * p, (n as f64 * p * (1.0 - p)).sqrt());
    (mean + deviation * variates.normal()).round().clamp(0.0, n as f64) as u64
}

#[cfg(test)]
#[path = "migration_tests.rs"]
mod tests;
