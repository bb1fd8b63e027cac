//! Whether today's customers are those the grades were made for.

use std::fmt;

use emptor_types::Invalid;
use serde::{Deserialize, Serialize};

use crate::grade::GradeError;

/// A share below this counts as this: the logarithm of an empty bin has no value.
const LEAST_SHARE: f64 = 1e-4;

/// Shares sum to 1 up to this.
const SHARE_ROUNDING: f64 = 1e-6;

/// Below it the population counts as stable, from it on as to be watched.
const WATCH: f64 = 0.1;

/// Beyond it the standard is to be fitted again.
const REFIT: f64 = 0.25;

/// The most bins a reference may have.
const MOST_BINS: usize = 1000;

/// What a population stability index says, by the rule of thumb of credit scoring (Siddiqi 2006, "Credit risk
/// scorecards"). It is no test: an unchanged population has an index of about (bins − 1)(1/n + 1/m) (Yurdakul 2018), so that small samples
/// drift by chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DriftBand {
    /// Below 0.1.
    None,
    /// From 0.1 to 0.25.
    Watch,
    /// Beyond 0.25: fit again.
    Refit,
}

impl DriftBand {
    fn of(psi: f64) -> Self {
        if psi > REFIT {
            Self::Refit
        } else if psi >= WATCH {
            Self::Watch
        } else {
            Self::None
        }
    }
}

impl fmt::Display for DriftBand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Watch => "watch",
            Self::Refit => "refit",
        })
    }
}

/// The population stability index of two sets of shares: 0 if they are equal, and the same in both directions.
///
/// ```text
/// PSI = Σ (a − b) ln(a / b)        shares below 1e-4 count as 1e-4
/// ```
/// It is the sum of both Kullback–Leibler divergences (Jeffreys 1946).
///
/// ```
/// use emptor_core::grade::movement::psi;
///
/// assert!((psi(&[0.2, 0.3, 0.5], &[0.1, 0.4, 0.5])? - 0.098_083).abs() < 1e-6);
/// assert!(psi(&[0.5, 0.5], &[1.0, 0.0])?.is_finite());
/// assert!(psi(&[50.0, 50.0], &[40.0, 60.0]).is_err(), "counts are no shares");
/// # Ok::<(), emptor_core::grade::GradeError>(())
/// ```
///
/// # Errors
/// [`GradeError::Invalid`] unless there are equally many shares, at least one, between 0 and 1, that sum to 1 within 1e-6.
pub fn psi(expected: &[f64], actual: &[f64]) -> Result<f64, GradeError> {
    let mut checks = Invalid::checks();
    checks.require(!expected.is_empty(), "expected shares", "must be at least one", "none");
    checks.require(actual.len() == expected.len(), "actual shares", "must be as many as expected", actual.len());
    for (name, shares) in [("expected shares", expected), ("actual shares", actual)] {
        let sum: f64 = shares.iter().sum();
        checks.require_each(name, "must lie between 0 and 1", shares, |_, share| (0.0..=1.0).contains(&share));
        checks.require((sum - 1.0).abs() <= SHARE_ROUNDING, name, "must sum to 1", sum);
    }
    checks.finish()?;
    Ok(expected.iter().zip(actual).map(|(&a, &b)| term(a, b)).sum())
}

fn term(a: f64, b: f64) -> f64 {
    let (a, b) = (a.max(LEAST_SHARE), b.max(LEAST_SHARE));
    (a - b) * (a / b).ln()
}

/// Bins of one column, frozen from a reference, that later columns are compared in: quantile bins and, last, one for
/// unknown values (`NaN`).
///
/// A value that fills a whole quantile bin gets a bin of its own, so that a constant column is seen to change. Bins hold
/// their upper end.
///
/// ```
/// use emptor_core::grade::movement::{DriftBand, ReferenceBins};
///
/// let reference: Vec<f64> = (0..1000).map(f64::from).collect();
/// let bins = ReferenceBins::new("spend", &reference, 10)?;
/// assert_eq!(bins.compare(&reference)?.band, DriftBand::None);
///
/// let later: Vec<f64> = reference.iter().map(|spend| 300.0 + spend).collect();
/// let report = bins.compare(&later)?;
/// assert_eq!(report.band, DriftBand::Refit);
/// assert_eq!(report.bins[0].actual, 0.0, "nobody spends as little any more");
/// # Ok::<(), emptor_core::grade::GradeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct ReferenceBins {
    stored: Stored,
}

/// The saved form; loading checks it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Stored {
    name: String,
    /// Upper ends of all known bins but the last, which has none; strictly rising.
    cuts: Vec<f64>,
    /// Reference rows per known bin, then unknown ones.
    counts: Vec<u64>,
}

/// How one column drifted.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DriftReport {
    /// The column.
    pub name: String,
    /// Population stability index; the sum of the bins' terms.
    pub psi: f64,
    /// What it says.
    pub band: DriftBand,
    /// The bins in rising order, the one for unknown values last.
    pub bins: Vec<BinDrift>,
}

/// How one bin drifted.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct BinDrift {
    /// The bin holds values above this; `None` for the first bin and for unknown values.
    pub above: Option<f64>,
    /// The bin holds values up to this; `None` for the last known bin and for unknown values.
    pub up_to: Option<f64>,
    /// Share of the reference.
    pub expected: f64,
    /// Share now.
    pub actual: f64,
    /// The bin's part of the index.
    pub psi: f64,
}

impl ReferenceBins {
    /// Cuts a reference column into at most so many quantile bins and counts them. Ties and short columns give fewer bins;
    /// values of their own add some.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] unless there is a row, values are finite or `NaN`, and bins are 2 to 1000.
    pub fn new(name: &str, reference: &[f64], bins: usize) -> Result<Self, GradeError> {
        let mut checks = Invalid::checks();
        checks.require((2..=MOST_BINS).contains(&bins), "bins", "must be 2 to 1000", bins);
        check_column(&mut checks, name, reference);
        checks.finish()?;
        let mut known: Vec<f64> = reference.iter().copied().filter(|x| !x.is_nan()).collect();
        known.sort_unstable_by(f64::total_cmp);
        let mut stored = Stored { name: name.to_owned(), cuts: cuts(&known, bins), counts: Vec::new() };
        stored.counts = stored.count(reference);
        Ok(Self { stored })
    }

    /// Name of the column.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.stored.name
    }

    /// Number of bins, the one for unknown values included.
    #[must_use]
    pub fn bins(&self) -> usize {
        self.stored.counts.len()
    }

    /// Shares of the reference, the unknown last; they sum to 1.
    #[must_use]
    pub fn expected(&self) -> Vec<f64> {
        shares(&self.stored.counts)
    }

    /// Shares of a column, the unknown last; they sum to 1.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] unless there is a row and values are finite or `NaN`.
    pub fn shares(&self, column: &[f64]) -> Result<Vec<f64>, GradeError> {
        let mut checks = Invalid::checks();
        check_column(&mut checks, self.name(), column);
        checks.finish()?;
        Ok(shares(&self.stored.count(column)))
    }

    /// How far a column drifted from the reference.
    ///
    /// # Errors
    /// As [`shares`](Self::shares).
    pub fn compare(&self, column: &[f64]) -> Result<DriftReport, GradeError> {
        let (expected, actual) = (self.expected(), self.shares(column)?);
        let (cuts, known) = (&self.stored.cuts, self.bins() - 1);
        let bins: Vec<BinDrift> = expected
            .iter()
            .zip(&actual)
            .enumerate()
            .map(|(bin, (&expected, &actual))| BinDrift {
                above: bin.checked_sub(1).filter(|_| bin < known).map(|below| cuts[below]),
                up_to: cuts.get(bin).copied(),
                expected,
                actual,
                psi: term(expected, actual),
            })
            .collect();
        let psi = bins.iter().map(|bin| bin.psi).sum();
        Ok(DriftReport { name: self.name().to_owned(), psi, band: DriftBand::of(psi), bins })
    }
}

impl Stored {
    fn count(&self, column: &[f64]) -> Vec<u64> {
        let mut counts = vec![0; self.cuts.len() + 2];
        for &value in column {
            let bin = if value.is_nan() { self.cuts.len() + 1 } else { self.cuts.partition_point(|&cut| cut < value) };
            counts[bin] += 1;
        }
        counts
    }
}

/// Upper ends of quantile bins of a sorted sample (order statistics, type 1 of Hyndman and Fan 1996). Where two in a row
/// are the same value, that value fills a bin and gets its own: cuts just below it and at it.
fn cuts(sorted: &[f64], bins: usize) -> Vec<f64> {
    let Some(&greatest) = sorted.last() else { return Vec::new() };
    // Zeros of both signs are one value.
    let quantile = |part: usize| 0.0 + sorted[(sorted.len() * part).div_ceil(bins) - 1];
    let mut cuts: Vec<f64> = Vec::new();
    for part in 1..bins {
        let cut = quantile(part);
        let fills = part > 1 && cut <= quantile(part - 1);
        if fills && cut > f64::MIN {
            cuts.push(cut.next_down());
        }
        // A cut at the greatest value would leave the bin above it empty, unless that value has its own bin.
        if fills || cut < greatest {
            cuts.push(cut);
        }
    }
    cuts.sort_unstable_by(f64::total_cmp);
    cuts.dedup_by(|a, b| a <= b);
    cuts
}

fn shares(counts: &[u64]) -> Vec<f64> {
    let all: u64 = counts.iter().sum();
    counts.iter().map(|&count| count as f64 / all as f64).collect()
}

fn check_column(checks: &mut emptor_types::Checks, name: &str, column: &[f64]) {
    checks.require(!column.is_empty(), name, "must have at least one row", "none");
    checks.require_each(name, "must be finite (NaN for unknown)", column, |_, x| !x.is_infinite());
}

impl TryFrom<Stored> for ReferenceBins {
    type Error = Invalid;

    fn try_from(stored: Stored) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let cuts = &stored.cuts;
        checks.require_each("cuts", "must be finite", cuts, |_, cut| cut.is_finite());
        let rising = |row: usize, cut: f64| row == 0 || cuts[row - 1] < cut;
        checks.require_each("cuts", "must rise", cuts, rising);
        let counts = &stored.counts;
        checks.require(counts.len() == cuts.len() + 2, "counts", "must be two more than cuts", counts.len());
        let all = counts.iter().try_fold(0_u64, |all, &count| all.checked_add(count));
        let sum = all.map_or("too many".to_owned(), |all| all.to_string());
        checks.require(all.is_some_and(|all| all > 0), "counts", "must sum to a number above 0", sum);
        checks.finish()?;
        Ok(Self { stored })
    }
}

impl From<ReferenceBins> for Stored {
    fn from(bins: ReferenceBins) -> Self {
        bins.stored
    }
}
