//! What the customer base is worth.

use emptor_types::{ExactSum, Invalid};
use serde::{Deserialize, Serialize};

use crate::value::{LifetimeValue, LifetimeValues};

/// The value of a part of the base.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EquityPart {
    /// The part: a grade, a segment.
    pub name: String,
    /// Its customers.
    pub customers: usize,
    /// Value of current profit.
    pub current: f64,
    /// Value that potential profit adds.
    pub potential: f64,
}

impl EquityPart {
    /// Current and potential together.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.current + self.potential
    }
}

/// Static customer equity: the lifetime values of the existing customers, added up. Customers not yet won do not count.
///
/// `CE = Σ_i LTV_i` (Rust, Lemon & Zeithaml 2004). Sums are exact and rounded once, so that parts add up to the whole and
/// the order of rows does not matter.
///
/// ```
/// use emptor_core::value::{CurrentProfit, CustomerEquity, LifetimeValue, ProfitStreams};
/// use emptor_types::{DiscountRate, Horizon, TimeUnit, Timing};
///
/// let spec = LifetimeValue::builder()
///     .rate(DiscountRate::annual_effective(0.0)?)
///     .horizon(Horizon::years(2.0)?)
///     .period(TimeUnit::Year)
///     .timing(Timing::End)
///     .build()?;
/// let values = spec.compute(&ProfitStreams::new(CurrentProfit::level(vec![1.0, 2.0, 4.0])?))?;
/// let equity = CustomerEquity::new(&values);
/// assert_eq!(equity.total(), 14.0);
/// let parts = CustomerEquity::by(&values, &["a", "b", "a"])?;
/// assert_eq!((parts[0].name.as_str(), parts[0].total()), ("a", 10.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerEquity {
    convention: LifetimeValue,
    customers: usize,
    current: f64,
    potential: f64,
}

impl CustomerEquity {
    /// Adds up all customers.
    #[must_use]
    pub fn new(values: &LifetimeValues) -> Self {
        Self {
            convention: *values.convention(),
            customers: values.current().len(),
            current: values.current().iter().copied().collect::<ExactSum>().value(),
            potential: values.potential().iter().copied().collect::<ExactSum>().value(),
        }
    }

    /// Adds up by label, one label per customer; parts come in the order of their names.
    ///
    /// # Errors
    /// Unless there is one label per customer.
    pub fn by<S: AsRef<str>>(values: &LifetimeValues, labels: &[S]) -> Result<Vec<EquityPart>, Invalid> {
        let n = values.current().len();
        if labels.len() != n {
            return Err(Invalid::value("labels", format!("must be one for each of {n} customers"), labels.len()));
        }
        let mut parts = std::collections::BTreeMap::<&str, (usize, ExactSum, ExactSum)>::new();
        for (i, label) in labels.iter().enumerate() {
            let part = parts.entry(label.as_ref()).or_default();
            part.0 += 1;
            part.1.add(values.current()[i]);
            part.2.add(values.potential()[i]);
        }
        Ok(parts
            .into_iter()
            .map(|(name, (customers, current, potential))| EquityPart {
                name: name.to_owned(),
                customers,
                current: current.value(),
                potential: potential.value(),
            })
            .collect())
    }

    /// The convention of the values.
    #[must_use]
    pub fn convention(&self) -> &LifetimeValue {
        &self.convention
    }

    /// Customers.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.customers
    }

    /// Equity of current relationship profit.
    #[must_use]
    pub fn current(&self) -> f64 {
        self.current
    }

    /// What potential profit adds.
    #[must_use]
    pub fn potential(&self) -> f64 {
        self.potential
    }

    /// Equity of current and potential profit.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.current + self.potential
    }
}
