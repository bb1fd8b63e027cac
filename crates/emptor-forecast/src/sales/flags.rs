//! What to know before a forecast of sales is believed.

use std::fmt;

use emptor_types::Level;

use super::dimension::SalesDimension;
use crate::Method;

/// What to know before a [`SalesForecast`](super::SalesForecast) is believed; its `Display` says it in a sentence.
///
/// ```
/// use emptor_forecast::sales::SalesFlag;
///
/// let flag = SalesFlag::FewSeasons { periods: 13, season: 12 };
/// assert_eq!(flag.name(), "few_seasons");
/// assert!(flag.to_string().starts_with("13 periods are fewer than two seasons of 12"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum SalesFlag {
    /// The season cannot be told from growth.
    FewSeasons {
        /// Periods known.
        periods: usize,
        /// Periods of a season.
        season: usize,
    },
    /// The horizon is more than half as long as what is known.
    FarHorizon {
        /// Periods ahead.
        horizon: usize,
        /// Periods known.
        periods: usize,
    },
    /// The total that agrees with its parts lies outside the interval of its own forecast.
    TotalOutsideInterval {
        /// The level of the interval.
        level: Level,
        /// Periods ahead in which it does.
        periods: usize,
        /// Periods ahead.
        horizon: usize,
    },
    /// From earlier origins the forecasts were worse than the naive ones.
    WorseThanNaive {
        /// Of the parts by this dimension; of the total for `None`.
        of: Option<SalesDimension>,
        /// The naive method.
        naive: Method,
        /// The errors as a share of what came.
        error: f64,
        /// Those of the naive method.
        naive_error: f64,
    },
    /// From earlier origins the interval of the total held less often than it says.
    IntervalTooNarrow {
        /// Its level.
        level: Level,
        /// The share of periods in which it held.
        coverage: f64,
        /// Periods in which it was tried.
        periods: usize,
    },
}

impl SalesFlag {
    /// Its name in results.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::FewSeasons { .. } => "few_seasons",
            Self::FarHorizon { .. } => "far_horizon",
            Self::TotalOutsideInterval { .. } => "total_outside_interval",
            Self::WorseThanNaive { .. } => "worse_than_naive",
            Self::IntervalTooNarrow { .. } => "interval_too_narrow",
        }
    }
}

impl fmt::Display for SalesFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| format!("{:.0} %", 100.0 * share);
        match self {
            Self::FewSeasons { periods, season } => write!(
                f,
                "{} fewer than two seasons of {season}: growth and season cannot be told apart, and a change against a \
                 season before may be either",
                many(*periods)
            ),
            Self::FarHorizon { horizon, periods } => {
                write!(f, "{horizon} ahead of {periods} known: a horizon beyond half of what is known is a guess")
            }
            Self::TotalOutsideInterval { level, periods, horizon } => write!(
                f,
                "in {periods} of {horizon} the total that agrees with its parts lies outside the {} interval of its own \
                 forecast: parts and total contradict each other",
                percent(level.get())
            ),
            Self::WorseThanNaive { of, naive, error, naive_error } => write!(
                f,
                "from earlier origins the forecasts of {} were off by {} of what came, the {} ones by {}",
                of.map_or_else(|| "the total".to_owned(), |by| format!("the parts by {by}")),
                percent(*error),
                naive.name().replace('_', " "),
                percent(*naive_error)
            ),
            Self::IntervalTooNarrow { level, coverage, periods } => write!(
                f,
                "from earlier origins the {} interval of the total held in {} of {periods} cases, and is widened for it",
                percent(level.get()),
                percent(*coverage)
            ),
        }
    }
}

fn many(periods: usize) -> String {
    if periods == 1 { "1 period is".to_owned() } else { format!("{periods} periods are") }
}
