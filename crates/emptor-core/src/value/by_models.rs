//! Values of buyers by a purchase model, a spend model and their margins.

use std::ops::Range;

use emptor_lifetime::{FittedGammaGamma, PurchaseModel};
use emptor_types::{HistoryView, Invalid};

use super::error::ValueError;
use super::flows::{PotentialProfit, ProfitStreams};
use super::forecast::expected_profit;
use super::lifetime::LifetimeValue;
use super::parts::Valued;
use super::potential::PotentialComponent;

/// Values customers whose leaving nobody sees: `RP_it` from expected purchases, expected spend and margin rate (see
/// [`expected_profit`]), `PRP_it` from what a living relationship could bring.
///
/// Survival is inside the expected purchases; potential profit, which is stated for a living customer, is weighted by the
/// probability to be alive when it falls due. Customers are valued part by part, so that no panel of all of them is ever
/// in memory.
///
/// ```
/// use emptor_core::value::{LifetimeValue, ModelValuation};
/// use emptor_lifetime::{BetaGeoNbdParameters, FittedBetaGeoNbd, FittedGammaGamma, GammaGammaParameters};
/// use emptor_types::{DiscountRate, HistoryView, Horizon, TimeUnit, Timing};
///
/// let purchases = BetaGeoNbdParameters { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
/// let purchases = FittedBetaGeoNbd::from_parameters(purchases, TimeUnit::Week)?;
/// let spend = FittedGammaGamma::from_parameters(GammaGammaParameters { p: 6.25, q: 3.74, gamma: 15.44 })?;
/// let money = [22.35, f64::NAN];
/// let history = HistoryView::new(&[2.0, 0.0], &[30.43, 0.0], &[38.86, 38.86], Some(&money), TimeUnit::Week)?;
/// let convention = LifetimeValue::builder()
///     .rate(DiscountRate::annual_effective(0.12)?)
///     .horizon(Horizon::months(36.0)?)
///     .period(TimeUnit::Month)
///     .timing(Timing::Middle)
///     .build()?;
/// let valuation = ModelValuation::new(&purchases, &spend, &history, &convention, &[0.4, 0.4])?;
/// let valuation = valuation.with_potential(&[1.0, 0.0])?;
/// let valued = valuation.compute()?; // 1 a month, as long as the customer lives
/// assert!(valued.values.current()[0] > valued.values.current()[1] && valued.values.potential()[1] == 0.0);
/// assert_eq!(valuation.streams(1..2)?.customers(), 1);
/// assert!(valuation.streams(2..9).is_err(), "there are two customers");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ModelValuation<'a, M: PurchaseModel + ?Sized> {
    purchases: &'a M,
    spend: &'a FittedGammaGamma,
    history: HistoryView<'a>,
    convention: &'a LifetimeValue,
    margin: &'a [f64],
    potential: Option<&'a [f64]>,
    component: Option<&'a PotentialComponent>,
}

impl<'a, M: PurchaseModel + ?Sized> ModelValuation<'a, M> {
    /// Takes one margin rate per customer.
    ///
    /// # Errors
    /// Unless there is one finite margin per customer.
    pub fn new(
        purchases: &'a M,
        spend: &'a FittedGammaGamma,
        history: &HistoryView<'a>,
        convention: &'a LifetimeValue,
        margin: &'a [f64],
    ) -> Result<Self, Invalid> {
        one_each("margin", history.len(), margin)?;
        Ok(Self { purchases, spend, history: *history, convention, margin, potential: None, component: None })
    }

    /// Adds potential profit per period, one amount per customer.
    ///
    /// # Errors
    /// Unless there is one finite amount per customer.
    pub fn with_potential(mut self, per_period: &'a [f64]) -> Result<Self, Invalid> {
        one_each("potential profit", self.history.len(), per_period)?;
        self.potential = Some(per_period);
        Ok(self)
    }

    /// Adds a source of potential profit whose payments fall into single periods, e.g. deals under way.
    ///
    /// # Errors
    /// Unless it is of the same customers.
    pub fn with_component(mut self, component: &'a PotentialComponent) -> Result<Self, Invalid> {
        let rule = format!("must be of the {} customers of the history", self.history.len());
        let mut checks = Invalid::checks();
        checks.require(component.customers() == self.history.len(), component.name(), &rule, component.customers());
        checks.finish()?;
        self.component = Some(component);
        Ok(self)
    }

    /// The same valuation by other models, as for ranges.
    #[must_use]
    pub fn by<N: PurchaseModel + ?Sized>(
        &self,
        purchases: &'a N,
        spend: &'a FittedGammaGamma,
    ) -> ModelValuation<'a, N> {
        let Self { history, convention, margin, potential, component, .. } = *self;
        ModelValuation { purchases, spend, history, convention, margin, potential, component }
    }

    /// Values every customer.
    ///
    /// # Errors
    /// If the history's unit is not the models', or a model cannot answer.
    pub fn compute(&self) -> Result<Valued, ValueError> {
        self.convention.compute_in_parts(self.history.len(), |rows| self.streams(rows))
    }

    /// The profits of some customers.
    ///
    /// # Errors
    /// As [`compute`](Self::compute); [`ValueError::Invalid`] unless there are such customers.
    pub fn streams(&self, rows: Range<usize>) -> Result<ProfitStreams, ValueError> {
        let customers = self.history.len();
        if rows.start > rows.end || rows.end > customers {
            let rule = format!("must be among the {customers} customers");
            return Err(Invalid::value("rows", rule, format!("{} to {}", rows.start, rows.end)).into());
        }
        self.history.on_rows(rows.clone(), |part| {
            let profit =
                expected_profit(self.purchases, self.spend, part, self.convention, &self.margin[rows.clone()])?;
            let streams = ProfitStreams::new(profit);
            if self.potential.is_none() && self.component.is_none() {
                return Ok(streams);
            }
            Ok(streams.with_potential(self.while_alive(part, rows)?)?)
        })
    }

    /// Potential profit weighted by the probability to be alive when it falls due.
    fn while_alive(&self, history: &HistoryView<'_>, rows: Range<usize>) -> Result<PotentialProfit, ValueError> {
        let periods = self.convention.periods();
        let length = self.purchases.unit().per_year() / self.convention.period().per_year();
        let due: Vec<f64> = (1..=periods).map(|t| self.convention.timing().tau(t) * length).collect();
        // At the start of the first period nothing has happened since the end of observation.
        let (now, later): (Vec<f64>, Vec<f64>) = due.iter().partition(|ahead| **ahead <= 0.0);
        let mut alive: Vec<Vec<f64>> = Vec::with_capacity(periods);
        for _ in &now {
            alive.push(self.purchases.p_alive(history)?);
        }
        if !later.is_empty() {
            alive.extend(self.purchases.p_alive_schedule(history, &later)?);
        }
        let profit = |customer: usize, t: usize| {
            let level = self.potential.map_or(0.0, |per_period| per_period[customer]);
            level + self.component.and_then(|component| component.profit(customer, t)).unwrap_or(0.0)
        };
        let of = |(i, customer): (usize, usize)| {
            let column = |(t, alive): (usize, &Vec<f64>)| profit(customer, t + 1) * alive[i];
            alive.iter().enumerate().map(column).collect::<Vec<f64>>()
        };
        let panel = rows.enumerate().flat_map(of).collect();
        Ok(PotentialProfit::panel(periods, panel)?)
    }
}

impl<M: PurchaseModel + ?Sized> std::fmt::Debug for ModelValuation<'_, M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ModelValuation")
            .field("purchases", &self.purchases.name())
            .field("customers", &self.history.len())
            .field("convention", self.convention)
            .finish_non_exhaustive()
    }
}

fn one_each(name: &str, customers: usize, values: &[f64]) -> Result<(), Invalid> {
    let mut checks = Invalid::checks();
    let rule = format!("must be one for each of {customers} customers");
    checks.require(values.len() == customers, name, &rule, values.len());
    checks.require_each(name, "must be finite", values, |_, value| value.is_finite());
    checks.finish()
}
