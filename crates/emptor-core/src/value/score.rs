//! From fitted models to columns.

use emptor_lifetime::{FittedGammaGamma, PurchaseModel};
use emptor_rfm::PurchaseHistory;
use emptor_types::{DiscountRate, Horizon};
use polars::prelude::{DataFrame, IntoColumn, NamedFrom, PolarsResult, Series};

use super::error::ValueError;
use crate::columns::{ColumnSpec, column};

pub(crate) const P_ALIVE: ColumnSpec =
    column("p_alive", "probability", "probability that the customer is still a customer");
pub(crate) const EXPECTED_PURCHASES: ColumnSpec =
    column("expected_purchases", "count", "expected purchase occasions over the horizon");
const NO_PURCHASE: ColumnSpec = column(
    "probability_of_no_purchase",
    "probability",
    "probability of no purchase over the horizon, be it that the customer left or that they wait",
);
const DERT: ColumnSpec =
    column("dert", "count", "discounted expected residual transactions: all purchases to come, for ever");
pub(crate) const EXPECTED_SPEND: ColumnSpec =
    column("expected_spend", "currency", "expected money per future occasion");

/// What to ask models about every customer: `p_alive` and `expected_purchases` always, the rest on request.
///
/// ```
/// use emptor_core::value::Scoring;
/// use emptor_lifetime::{BetaGeoNbdParameters, FittedBetaGeoNbd, FittedGammaGamma, GammaGammaParameters};
/// use emptor_rfm::PurchaseHistory;
/// use emptor_table::polars::df;
/// use emptor_table::{TransactionColumns, Transactions};
/// use emptor_types::{DiscountRate, Horizon, TimeUnit};
///
/// let frame = df!("id" => [1_i64, 1], "day" => ["1997-01-01", "1997-08-02"], "amount" => [29.33, 14.96])?;
/// let transactions = Transactions::from_frame(frame, &TransactionColumns::new("id", "day").amount("amount"))?;
/// let history = PurchaseHistory::summarize(&transactions, "1997-09-30".parse()?, TimeUnit::Week)?;
/// let parameters = BetaGeoNbdParameters { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
/// let model = FittedBetaGeoNbd::from_parameters(parameters, TimeUnit::Week)?;
/// let spend = FittedGammaGamma::from_parameters(GammaGammaParameters { p: 6.25, q: 3.74, gamma: 15.44 })?;
///
/// let scores = Scoring::over(Horizon::weeks(39.0)?)
///     .probability_of_no_purchase()
///     .dert(DiscountRate::annual_effective(0.15)?)
///     .expected_spend(&spend)
///     .score(&model, &history)?;
/// let names: Vec<&str> = scores.columns().iter().map(|column| column.name).collect();
/// assert_eq!(names, ["p_alive", "expected_purchases", "probability_of_no_purchase", "dert", "expected_spend"]);
/// assert_eq!(scores.to_frame()?.width(), 1 + names.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Scoring<'a> {
    horizon: Horizon,
    no_purchase: bool,
    dert: Option<DiscountRate>,
    spend: Option<&'a FittedGammaGamma>,
}

impl<'a> Scoring<'a> {
    /// Asks for `p_alive`, and for `expected_purchases` over a horizon.
    #[must_use]
    pub fn over(horizon: Horizon) -> Self {
        Self { horizon, no_purchase: false, dert: None, spend: None }
    }

    /// Asks for the probability of no purchase over the horizon.
    #[must_use]
    pub fn probability_of_no_purchase(mut self) -> Self {
        self.no_purchase = true;
        self
    }

    /// Asks for the discounted expected residual transactions.
    #[must_use]
    pub fn dert(mut self, rate: DiscountRate) -> Self {
        self.dert = Some(rate);
        self
    }

    /// Asks a spend model for the expected money per future occasion.
    #[must_use]
    pub fn expected_spend(mut self, spend: &'a FittedGammaGamma) -> Self {
        self.spend = Some(spend);
        self
    }

    /// Scores every customer of a history.
    ///
    /// # Errors
    /// If the history's unit is not the model's, or a model cannot answer; see [`emptor_lifetime::LifetimeError`].
    pub fn score(
        &self,
        model: &(impl PurchaseModel + ?Sized),
        history: &PurchaseHistory,
    ) -> Result<Scores, ValueError> {
        let view = history.view()?;
        let no_purchase = self.no_purchase.then(|| model.probability_of_no_purchase(&view, self.horizon));
        Ok(Scores {
            customers: history.customers().clone(),
            horizon: self.horizon,
            p_alive: model.p_alive(&view)?,
            expected_purchases: model.expected_purchases(&view, self.horizon)?,
            probability_of_no_purchase: no_purchase.transpose()?,
            dert: self.dert.map(|rate| model.dert(&view, rate)).transpose()?,
            expected_spend: self.spend.map(|spend| spend.expected_spend(&view)).transpose()?,
        })
    }
}

/// What the models say of each customer, in the order of the history.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Scores {
    /// The customers.
    pub customers: Series,
    /// How far ahead `expected_purchases` and `probability_of_no_purchase` look.
    pub horizon: Horizon,
    /// Probability that the customer is still a customer at the end of observation.
    pub p_alive: Vec<f64>,
    /// Expected purchase occasions over the horizon.
    pub expected_purchases: Vec<f64>,
    /// Probability of no purchase occasion over the horizon, if asked for.
    pub probability_of_no_purchase: Option<Vec<f64>>,
    /// Discounted expected residual transactions, if asked for.
    pub dert: Option<Vec<f64>>,
    /// Expected money per future occasion, if a spend model was given.
    pub expected_spend: Option<Vec<f64>>,
}

impl Scores {
    /// The columns there are, behind `customer_id`, and what they mean.
    #[must_use]
    pub fn columns(&self) -> Vec<ColumnSpec> {
        self.each().map(|(column, _)| column).collect()
    }

    /// The scores as a table: `customer_id` and the [`columns`](Self::columns).
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn to_frame(&self) -> PolarsResult<DataFrame> {
        let mut columns = vec![self.customers.clone().with_name("customer_id".into()).into_column()];
        columns.extend(self.each().map(|(column, values)| Series::new(column.name.into(), values).into_column()));
        DataFrame::new(self.p_alive.len(), columns)
    }

    fn each(&self) -> impl Iterator<Item = (ColumnSpec, &[f64])> {
        [
            (P_ALIVE, Some(&self.p_alive)),
            (EXPECTED_PURCHASES, Some(&self.expected_purchases)),
            (NO_PURCHASE, self.probability_of_no_purchase.as_ref()),
            (DERT, self.dert.as_ref()),
            (EXPECTED_SPEND, self.expected_spend.as_ref()),
        ]
        .into_iter()
        .filter_map(|(column, values)| Some((column, values?.as_slice())))
    }
}

/// Scores every customer of a history by a purchase model: `p_alive`, and `expected_purchases` over a horizon. More
/// columns come by [`Scoring`].
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
/// let scores = value::score(&model, &history, Horizon::weeks(39.0)?)?;
/// assert!(scores.p_alive[0] > 0.7 && scores.expected_purchases[0] > 0.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`Scoring::score`].
pub fn score(
    model: &(impl PurchaseModel + ?Sized),
    history: &PurchaseHistory,
    horizon: Horizon,
) -> Result<Scores, ValueError> {
    Scoring::over(horizon).score(model, history)
}
