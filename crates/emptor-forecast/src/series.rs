//! One series, checked.

use emptor_types::Invalid;

use crate::ForecastError;

/// Values beyond this size are refused: their squares must stay finite.
const LARGEST: f64 = 1e100;

/// A regular series: one finite value for every period, oldest first, and the periods of a season.
///
/// ```
/// use emptor_forecast::Series;
///
/// let sales = [112.0, 118.0, 132.0, 129.0];
/// let series = Series::new(&sales, 12)?;
/// assert_eq!((series.len(), series.season()), (4, 12));
/// assert!(Series::new(&[1.0, f64::NAN], 1).is_err());
/// # Ok::<(), emptor_forecast::ForecastError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Series<'a> {
    values: &'a [f64],
    season: usize,
}

impl<'a> Series<'a> {
    /// Checks and borrows values; `season` is 12 for months, 4 for quarters, 7 for days, and 1 where there is none.
    ///
    /// # Errors
    /// If there is no value, one is not finite or larger than 1e100 in size, or the season is 0.
    pub fn new(values: &'a [f64], season: usize) -> Result<Self, ForecastError> {
        if values.is_empty() {
            return Err(Invalid::value("series", "must have at least one period", 0).into());
        }
        if season == 0 {
            return Err(Invalid::value("season", "must be at least 1 period", season).into());
        }
        if let Some(position) = values.iter().position(|value| value.is_nan() || value.abs() > LARGEST) {
            return Err(ForecastError::Value { position, value: values[position] });
        }
        Ok(Self { values, season })
    }

    /// The values, oldest first.
    #[must_use]
    pub fn values(&self) -> &'a [f64] {
        self.values
    }

    /// Periods of a season; 1 where there is none.
    #[must_use]
    pub fn season(&self) -> usize {
        self.season
    }

    /// Periods; never 0.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a series is never empty")]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// The last periods of the series, which its season then begins with; `None` for none or more than there are.
    pub(crate) fn last(&self, periods: usize) -> Option<Self> {
        let values = self.values.get(self.values.len().checked_sub(periods)?..).filter(|values| !values.is_empty())?;
        Some(Self { values, season: self.season })
    }

    /// The first periods of the series, as they were known then; `None` for none or more than there are.
    #[must_use]
    pub fn first(&self, periods: usize) -> Option<Self> {
        let values = self.values.get(..periods).filter(|values| !values.is_empty())?;
        Some(Self { values, season: self.season })
    }
}
