//! Another forecast for every kind of customer.

use emptor_types::Invalid;

use super::checks::one_each;
use super::panel::panel;
use crate::value::{CurrentProfit, LifetimeValue, ProfitStreams, Survival, ValueError};

/// A forecast of all customers by one method, with a name to choose it by.
#[derive(Debug, Clone, PartialEq)]
pub struct Method {
    name: String,
    is_level: bool,
    streams: ProfitStreams,
    survival: Survival,
}

impl Method {
    /// Profits that need no survival: certain ones, or expectations that contain it.
    #[must_use]
    pub fn new(name: &str, profit: CurrentProfit) -> Self {
        let streams = ProfitStreams::new(profit);
        // Only a level covers any number of periods.
        let is_level = streams.covers(usize::MAX).is_ok();
        Self { name: name.to_owned(), is_level, streams, survival: Survival::Certain }
    }

    /// Profits that count as far as the customer survives.
    ///
    /// # Errors
    /// Unless the survival is for as many customers, where it is individual.
    pub fn with_survival(self, survival: Survival) -> Result<Self, Invalid> {
        Ok(Self { streams: self.streams.with_survival(survival.clone())?, survival, ..self })
    }
}

/// One forecast made of several.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Chosen {
    /// The profit of every customer, by the method chosen for them; a level if all methods in use give levels.
    pub profit: CurrentProfit,
    /// The survival of every customer, by the same method.
    pub survival: Survival,
    /// How many customers each method served, in the order of the methods. They add up to all customers.
    pub served: Vec<(String, usize)>,
}

impl Chosen {
    /// Profit and survival together, ready to be valued.
    ///
    /// # Errors
    /// None in practice: both are for the same customers.
    pub fn streams(self) -> Result<ProfitStreams, Invalid> {
        ProfitStreams::new(self.profit).with_survival(self.survival)
    }
}

/// Takes every customer's forecast from the method that is chosen for them, say the contract value for customers under
/// contract, the age curve for new ones and the level for the rest. All methods forecast all customers.
///
/// ```
/// use emptor_core::value::forecast::{Method, choose};
/// use emptor_core::value::{CurrentProfit, LifetimeValue, Survival};
/// use emptor_types::{DiscountRate, Horizon, TimeUnit, Timing};
///
/// let convention = LifetimeValue::builder()
///     .rate(DiscountRate::annual_effective(0.0)?)
///     .horizon(Horizon::years(2.0)?)
///     .period(TimeUnit::Year)
///     .timing(Timing::End)
///     .build()?;
/// let methods = [
///     Method::new("level", CurrentProfit::level(vec![10.0, 20.0, 30.0])?),
///     Method::new("contract", CurrentProfit::level(vec![100.0, 0.0, 80.0])?)
///         .with_survival(Survival::curve(vec![0.5, 0.25])?)?,
/// ];
/// let chosen = choose(&methods, &["level", "level", "contract"], &convention)?;
/// assert_eq!(chosen.served, [("level".to_owned(), 2), ("contract".to_owned(), 1)]);
/// assert_eq!(convention.compute(&chosen.streams()?)?.current(), [20.0, 40.0, 60.0]);
///
/// let error = choose(&methods, &["level", "guess", "contract"], &convention).unwrap_err();
/// assert_eq!(error.to_string(), "choice must be one of level, contract (got row 1: \"guess\")");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Unless every choice names a method, names are given once, and all methods are for as many customers as there are
/// choices; [`ValueError::TooFewPeriods`] if a method in use does not cover the horizon.
pub fn choose<L: AsRef<str>>(
    methods: &[Method],
    choice: &[L],
    convention: &LifetimeValue,
) -> Result<Chosen, ValueError> {
    let mut checks = Invalid::checks();
    for (place, method) in methods.iter().enumerate() {
        checks.absorb(one_each(&format!("forecast {}", method.name), choice.len(), method.streams.customers()));
        let before = methods[..place].iter().any(|other| other.name == method.name);
        checks.require(!before, "methods", "must have one name each", &method.name);
    }
    let names: Vec<&str> = methods.iter().map(|method| method.name.as_str()).collect();
    let labels: Vec<&str> = choice.iter().map(AsRef::as_ref).collect();
    let found: Vec<Option<usize>> = labels.iter().map(|label| names.iter().position(|name| name == label)).collect();
    let rule = format!("must be one of {}", names.join(", "));
    checks.require_each("choice", &rule, &labels, |row, _| found[row].is_some());
    checks.finish()?;
    let of: Vec<usize> = found.into_iter().flatten().collect();

    let mut served: Vec<(String, usize)> = names.iter().map(|name| ((*name).to_owned(), 0)).collect();
    of.iter().for_each(|method| served[*method].1 += 1);
    let in_use: Vec<&Method> = methods.iter().zip(&served).filter(|(_, (_, n))| *n > 0).map(|(m, _)| m).collect();
    let periods = convention.periods();
    for method in &in_use {
        method.streams.covers(periods)?;
    }
    let streams = |customer: usize| &methods[of[customer]].streams;

    let profit = if in_use.iter().all(|method| method.is_level) {
        CurrentProfit::level((0..of.len()).map(|customer| streams(customer).current(customer, 1)).collect())?
    } else {
        let values = panel(of.len(), periods, |customer, row| {
            (1..).zip(row).for_each(|(t, cell)| *cell = streams(customer).current(customer, t));
        })?;
        CurrentProfit::panel(periods, values)?
    };
    // One survival for all stays one, unless it is a panel: its rows are the customers'.
    let common = in_use.first().map_or(Survival::Certain, |method| method.survival.clone());
    let is_common = common.customers().is_none() && in_use.iter().all(|method| method.survival == common);
    let survival = if is_common {
        common
    } else {
        let period = convention.period();
        let values = panel(of.len(), periods, |customer, row| {
            (1..).zip(row).for_each(|(t, cell)| *cell = streams(customer).survival(customer, t, period));
        })?;
        Survival::panel(periods, values)?
    };
    Ok(Chosen { profit, survival, served })
}
