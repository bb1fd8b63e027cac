//! Which series are wanted.

use emptor_types::period::Grain;
use emptor_types::{Date, Invalid};

use super::dimension::SalesDimension;
use super::periods::Periods;
use crate::ForecastError;

/// What of a line counts. All add up over products, channels and customers; orders and customers do not, and are
/// forecast as the customer base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SalesMeasure {
    /// Sales less returns, with credits and fees: all signed amounts. Returns count when they come back.
    NetRevenue,
    /// Amounts of sale lines, before returns.
    GrossSales,
    /// Amounts of return lines, positive.
    Returns,
    /// Quantity of sales less that of returns.
    Units,
}

impl SalesMeasure {
    /// Its name in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NetRevenue => "net_rev",
            Self::GrossSales => "gross_sales",
            Self::Returns => "returns",
            Self::Units => "units",
        }
    }
}

/// What becomes of the last period where it is not over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Unfinished {
    /// It is left out, and the result says so: half a month is not a bad month.
    #[default]
    Drop,
    /// It is scaled up by its days, if at least half of them are over, and left out otherwise.
    Scale,
}

/// Settings of [`SalesSeries`](super::SalesSeries).
///
/// ```
/// use emptor_forecast::sales::{SalesDimension, SalesSettings};
/// use emptor_types::period::Grain;
///
/// let settings = SalesSettings::new(Grain::Month, "2024-12-31".parse()?)?.by([SalesDimension::Category]);
/// assert_eq!(settings.periods.season(), 12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SalesSettings {
    /// The calendar.
    pub periods: Periods,
    /// The day of observation: later lines are invisible.
    pub as_of: Date,
    /// The first day from which the data are complete; that of the first line unless said otherwise.
    pub from: Option<Date>,
    /// What counts.
    pub measure: SalesMeasure,
    /// By what sales are split, the coarsest first; nothing for the total alone.
    pub by: Vec<SalesDimension>,
    /// What becomes of an unfinished last period.
    pub unfinished: Unfinished,
}

impl SalesSettings {
    /// Net revenue in all by calendar periods.
    ///
    /// # Errors
    /// For [`Grain::Window`], which has no periods.
    pub fn new(grain: Grain, as_of: Date) -> Result<Self, ForecastError> {
        Ok(Self {
            periods: Periods::of(grain)?,
            as_of,
            from: None,
            measure: SalesMeasure::NetRevenue,
            by: Vec::new(),
            unfinished: Unfinished::Drop,
        })
    }

    /// Splits sales by dimensions, the coarsest first.
    #[must_use]
    pub fn by(mut self, dimensions: impl Into<Vec<SalesDimension>>) -> Self {
        self.by = dimensions.into();
        self
    }

    /// Counts another measure.
    #[must_use]
    pub fn measure(mut self, measure: SalesMeasure) -> Self {
        self.measure = measure;
        self
    }

    pub(super) fn check(&self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        for (place, dimension) in self.by.iter().enumerate() {
            checks.require(!self.by[..place].contains(dimension), "by", "must name a dimension once", dimension);
        }
        if let Some(from) = self.from {
            checks.require(from <= self.as_of, "from", "must not lie after as_of", from);
        }
        checks.finish()
    }
}
