//! From fitted models to columns and to expected profit.

use emptor_lifetime::{FittedGammaGamma, PurchaseModel};
use emptor_rfm::PurchaseHistory;
use emptor_types::{Horizon, Invalid};
use polars::prelude::{DataFrame, IntoColumn, NamedFrom, PolarsResult, Series};

use super::error::ValueError;
use super::flows::CurrentProfit;
use super::lifetime::LifetimeValue;

/// What the models say of each customer, in the order of the history.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Scores {
    /// The customers.
    pub customers: Series,
    /// How far ahead `expected_purchases` looks.
    pub horizon: Horizon,
    /// Probability that the customer is still a customer at the end of observation.
    pub p_alive: Vec<f64>,
    /// Expected purchase occasions over the horizon.
    pub expected_purchases: Vec<f64>,
    /// Expected money per future occasion, if a spend model was given.
    pub expected_spend: Option<Vec<f64>>,
}

impl Scores {
    /// The scores as a table: `customer_id, p_alive, expected_purchases[, expected_spend]`.
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn to_frame(&self) -> PolarsResult<DataFrame> {
        let column = |name: &str, values: &[f64]| Series::new(name.into(), values).into_column();
        let mut columns = vec![
            self.customers.clone().with_name("customer_id".into()).into_column(),
            column("p_alive", &self.p_alive),
            column("expected_purchases", &self.expected_purchases),
        ];
        columns.extend(self.expected_spend.as_ref().map(|spend| column("expected_spend", spend)));
        DataFrame::new(self.p_alive.len(), columns)
    }
}

/// Scores every customer of a history by a purchase model and, if given, a spend model.
///
/// ```
/// use emptor_core::value;
/// use emptor_lifetime::{BetaGeoNbdParameters, FittedBetaGeoNbd};
/// use emptor_rfm::PurchaseHistory;
/// use emptor_table::polars::df;
/// use emptor_table::{TransactionColumns, Transactions};
/// use emptor_types::{Horizon, TimeUnit};
///
/// let frame = df!("id" => [1_i64, 1], "day" => ["1997-01-01", "1997-08-02"], "amount" => [29.33, 14.96])?;
/// let transactions = Transactions::from_frame(frame, &TransactionColumns::new("id", "day").amount("amount"))?;
/// let history = PurchaseHistory::summarize(&transactions, "1997-09-30".parse()?, TimeUnit::Week)?;
/// let parameters = BetaGeoNbdParameters { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
/// let model = FittedBetaGeoNbd::from_parameters(parameters, TimeUnit::Week)?;
/// let scores = value::score(&model, None, &history, Horizon::weeks(39.0)?)?;
/// assert!(scores.p_alive[0] > 0.7 && scores.expected_purchases[0] > 0.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the history's unit is not the model's, or a model cannot answer; see [`emptor_lifetime::LifetimeError`].
pub fn score(
    model: &dyn PurchaseModel,
    spend: Option<&FittedGammaGamma>,
    history: &PurchaseHistory,
    horizon: Horizon,
) -> Result<Scores, ValueError> {
    let view = history.view()?;
    Ok(Scores {
        customers: history.customers().clone(),
        horizon,
        p_alive: model.p_alive(&view)?,
        expected_purchases: model.expected_purchases(&view, horizon)?,
        expected_spend: spend.map(|spend| spend.expected_spend(&view)).transpose()?,
    })
}

/// The expected profit of the current relationship, per customer and period of the convention:
///
/// ```text
/// RP_it = margin_i · E[spend]_i · (E[X_i(t)] − E[X_i(t−1)])
/// ```
///
/// with `E[X_i(t)]` the expected purchases in the first `t` periods after observation. Survival is inside the
/// expectation, so that the streams need no survival of their own.
///
/// # Errors
/// If a margin is not finite or there is not one per customer, the history's unit is not the model's, or a model cannot
/// answer.
pub fn expected_profit(
    model: &dyn PurchaseModel,
    spend: &FittedGammaGamma,
    history: &PurchaseHistory,
    convention: &LifetimeValue,
    margin: &[f64],
) -> Result<CurrentProfit, ValueError> {
    let n = history.len();
    let mut checks = Invalid::checks();
    checks.require(margin.len() == n, "margin", &format!("must be one for each of {n} customers"), margin.len());
    checks.require_each("margin", "must be finite", margin, |_, m| m.is_finite());
    checks.finish()?;

    let view = history.view()?;
    let per_purchase = spend.expected_spend(&view)?;
    let periods = convention.periods();
    let period_length = model.unit().per_year() / convention.period().per_year();
    let times: Vec<f64> = (1..=periods).map(|t| t as f64 * period_length).collect();
    let purchases = model.expected_purchases_schedule(&view, &times)?;

    let mut panel = Vec::with_capacity(n * periods);
    for customer in 0..n {
        let mut before = 0.0;
        for until in &purchases {
            let now = until[customer];
            panel.push(margin[customer] * per_purchase[customer] * (now - before));
            before = now;
        }
    }
    Ok(CurrentProfit::panel(periods, panel)?)
}
