//! Who is there, and what will become of them.

use emptor_types::Invalid;
use serde::{Deserialize, Serialize};

use super::{Acquisition, Survival};
use crate::ForecastError;

/// Whole numbers of customers stay exact up to far beyond this.
pub(super) const MOST_CUSTOMERS: f64 = 1e12;
/// Rows of a migration matrix sum to 1 but for the rounding of its digits.
const ROUNDING: f64 = 1e-9;

/// Customers who were won together and are still there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cohort {
    pub(super) age: usize,
    pub(super) customers: f64,
    pub(super) ahead: Option<Survival>,
}

impl Cohort {
    /// Customers left of those who were won `age` periods ago; 0 is the last period. They go on from their age on their
    /// segment's curve: of `n` customers, `n · S(age + h) / S(age)` are there `h` periods ahead.
    #[must_use]
    pub fn new(age: usize, customers: f64) -> Self {
        Self { age, customers, ahead: None }
    }

    /// Customers with a curve of their own, which counts from now: e.g. those whom a purchase model gives `customers`
    /// expected alive now, and the shares of them expected alive (or expected to buy) ahead.
    ///
    /// ```
    /// use emptor_forecast::customer_base::{Cohort, Survival};
    /// use emptor_lifetime::{BetaGeoNbdParameters, FittedBetaGeoNbd, PurchaseModel};
    /// use emptor_types::{HistoryView, TimeUnit};
    ///
    /// let cdnow = BetaGeoNbdParameters { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
    /// let model = FittedBetaGeoNbd::from_parameters(cdnow, TimeUnit::Week)?;
    /// let history = HistoryView::new(&[2.0, 0.0], &[30.43, 0.0], &[38.86, 30.0], None, TimeUnit::Week)?;
    /// let alive: f64 = model.p_alive(&history)?.iter().sum();
    /// let ahead = model.p_alive_schedule(&history, &[4.0, 8.0, 12.0])?;
    /// let shares = ahead.iter().map(|column| column.iter().sum::<f64>() / alive).collect();
    /// let buyers = Cohort::with_survival(alive, Survival::new(shares)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_survival(customers: f64, ahead: Survival) -> Self {
        Self { age: 0, customers, ahead: Some(ahead) }
    }
}

/// A segment of the base: who is there, who comes, how long they stay, and what they bring.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaseSegment {
    pub(super) name: String,
    pub(super) survival: Survival,
    pub(super) draws: Vec<Survival>,
    pub(super) cohorts: Vec<Cohort>,
    pub(super) acquisition: Option<Acquisition>,
    pub(super) activity: f64,
    pub(super) revenue: Option<f64>,
}

impl BaseSegment {
    /// An empty segment that nobody comes to, in which customers stay as the curve says.
    #[must_use]
    pub fn new(name: impl Into<String>, survival: Survival) -> Self {
        Self {
            name: name.into(),
            survival,
            draws: Vec::new(),
            cohorts: Vec::new(),
            acquisition: None,
            activity: 1.0,
            revenue: None,
        }
    }

    /// Adds cohorts that are there.
    #[must_use]
    pub fn with_cohorts(mut self, cohorts: impl IntoIterator<Item = Cohort>) -> Self {
        self.cohorts.extend(cohorts);
        self
    }

    /// Sets who comes.
    #[must_use]
    pub fn with_acquisition(mut self, acquisition: Acquisition) -> Self {
        self.acquisition = Some(acquisition);
        self
    }

    /// Adds how unsure the curve itself is: curves of parameters drawn from their distribution, see
    /// [`positive_draws`](super::positive_draws). Future `k` of a simulation follows draw `k`, in all segments; after the last
    /// one, the first follows.
    #[must_use]
    pub fn with_survival_draws(mut self, draws: impl IntoIterator<Item = Survival>) -> Self {
        self.draws.extend(draws);
        self
    }

    /// Sets the share of the customers there who buy in a period. Under contract all are active: 1, the default.
    #[must_use]
    pub fn with_activity(mut self, share: f64) -> Self {
        self.activity = share;
        self
    }

    /// Sets the revenue of a customer in a period.
    #[must_use]
    pub fn with_revenue_per_customer(mut self, revenue: f64) -> Self {
        self.revenue = Some(revenue);
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// A customer base of segments, checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct CustomerBase {
    pub(super) segments: Vec<BaseSegment>,
    pub(super) migration: Option<Vec<Vec<f64>>>,
}

/// The saved form; loading checks it again.
#[derive(Serialize, Deserialize)]
struct Stored {
    segments: Vec<BaseSegment>,
    migration: Option<Vec<Vec<f64>>>,
}

impl TryFrom<Stored> for CustomerBase {
    type Error = ForecastError;

    fn try_from(stored: Stored) -> Result<Self, ForecastError> {
        let base = Self::new(stored.segments)?;
        stored.migration.map_or(Ok(base.clone()), |migration| base.with_migration(migration))
    }
}

impl From<CustomerBase> for Stored {
    fn from(base: CustomerBase) -> Self {
        Self { segments: base.segments, migration: base.migration }
    }
}

impl CustomerBase {
    /// Puts segments together.
    ///
    /// # Errors
    /// If there is none, two have one name, or a number of customers, a share or a revenue is out of range: all at once.
    pub fn new(segments: Vec<BaseSegment>) -> Result<Self, ForecastError> {
        let mut checks = Invalid::checks();
        checks.require(!segments.is_empty(), "segments", "must be at least one", 0);
        let mut names: Vec<&str> = segments.iter().map(BaseSegment::name).collect();
        names.sort_unstable();
        let twice: Vec<&str> = names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
        checks.require(twice.is_empty(), "segments", "must have different names", twice.join(", "));
        for segment in &segments {
            let customers: Vec<f64> = segment.cohorts.iter().map(|cohort| cohort.customers).collect();
            let field = format!("customers of {}", segment.name);
            let is_number = |_: usize, n: f64| (0.0..=MOST_CUSTOMERS).contains(&n);
            checks.require_each(&field, "must be from 0 to 1e12", &customers, is_number);
            let field = format!("activity of {}", segment.name);
            checks.require((0.0..=1.0).contains(&segment.activity), &field, "must be from 0 to 1", segment.activity);
            if let Some(revenue) = segment.revenue {
                let field = format!("revenue per customer of {}", segment.name);
                checks.require(revenue.abs() <= 1e100, &field, "must be finite", revenue);
            }
            if let Some(acquisition) = &segment.acquisition {
                acquisition.check(&mut checks, &segment.name);
            }
        }
        checks.finish()?;
        Ok(Self { segments, migration: None })
    }

    /// Lets customers change segments: row `i` holds the shares of the customers of segment `i` who stay in a period, by the
    /// segment they are in afterwards (a Markov chain). A customer keeps their age and takes on the curve of the segment they
    /// come to, unless their cohort has a curve of its own.
    ///
    /// # Errors
    /// If there is not one row and one column per segment, or a row is not shares that sum to 1.
    pub fn with_migration(mut self, shares: Vec<Vec<f64>>) -> Result<Self, ForecastError> {
        let count = self.segments.len();
        let mut checks = Invalid::checks();
        checks.require(shares.len() == count, "migration", "must have a row per segment", shares.len());
        for (row, name) in shares.iter().zip(self.segments.iter().map(BaseSegment::name)) {
            let field = format!("migration from {name}");
            checks.require(row.len() == count, &field, "must have a share per segment", row.len());
            checks.require_each(&field, "must be shares from 0 to 1", row, |_, share| (0.0..=1.0).contains(&share));
            let sum: f64 = row.iter().sum();
            checks.require((sum - 1.0).abs() <= ROUNDING, &field, "must sum to 1", sum);
        }
        checks.finish()?;
        self.migration = Some(shares);
        Ok(self)
    }

    /// The segments.
    #[must_use]
    pub fn segments(&self) -> &[BaseSegment] {
        &self.segments
    }
}
