//! A saved analysis: everything that scores customers later, in one file, without the data.

mod columns;
mod data;
mod error;
mod frames;
mod saved;
mod score;
mod scored;
mod sql;

use emptor_lifetime::{FittedGammaGamma, FittedPurchaseModel, PurchaseModel};
use emptor_rfm::RfmScale;
use emptor_types::{Date, Invalid, TimeUnit};
use serde::{Deserialize, Serialize};

use super::margin::MarginBasis;
use super::results::AnalysisResults;
use crate::grade::FittedGrader;
use crate::value::LifetimeValue;

pub use columns::ScorerColumn;
pub use data::ScorerData;
pub use error::ScorerError;
pub use scored::{ScoredCustomers, Unscored};
pub use sql::SqlPart;

/// What a scorer was learned from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScorerTraining {
    /// The first day on which a customer bought for the first time.
    pub from: Date,
    /// The last day of observation, inclusive.
    pub as_of: Date,
    /// The unit of time of the purchase model.
    pub unit: TimeUnit,
    /// Customers with a purchase.
    pub customers: usize,
    /// The currency of all money; `None` if nobody said.
    pub currency: Option<String>,
}

/// What an analysis has learned, frozen: scores any customer as the analysis did, without its data.
///
/// It holds the fitted models of purchases and spend, the margin and the convention of value, the cuts of the RFM scores and
/// the grader with its indicators. [`AnalysisResults::scorer`] makes it, [`save`](Self::save) writes it as one JSON file,
/// [`load`](Self::load) reads the file, and [`score`](Self::score) gives of every customer the probability to be alive, the
/// expected purchases and spend, the value of the current relationship, RFM scores, segment and grade. Scores of the
/// analysed customers are those of the analysis to the last bit, from the file as from memory.
///
/// | question | answer |
/// |---|---|
/// | which columns does it need, in which unit? | [`columns`](Self::columns) |
/// | where do they come from? | [`inputs`](Self::inputs) makes them from tables; any system can |
/// | customers as slices | [`score`](Self::score) |
/// | customers as a data frame | [`score_frame`](Self::score_frame) |
/// | customers in a database | [`sql`](Self::sql) |
/// | is this the file I know? | [`fingerprint`](Self::fingerprint) |
///
/// Potential profit and open deals are not part of it: they are facts of single customers, not something learned.
///
/// ```
/// use emptor_core::analysis::{Analysis, Scorer, ScorerData};
/// # use emptor_core::value::LifetimeValue;
/// # use emptor_table::polars::df;
/// # use emptor_table::{Tables, TransactionColumns, Transactions};
/// # use emptor_types::{DiscountRate, Horizon, Timing};
/// use emptor_types::TimeUnit;
///
/// # let lines: Vec<(i64, i32, f64)> = (0..60)
/// #     .flat_map(|c| (0..1 + c % 5).map(move |k| (c, 40 * k as i32 + (c % 11) as i32, 10.0 + ((c * 7 + k) % 13) as f64)))
/// #     .collect();
/// # let days: Vec<String> = lines
/// #     .iter()
/// #     .map(|line| emptor_types::Date::EPOCH.plus_days(19_723 + line.1).to_string())
/// #     .collect();
/// # let frame = df!(
/// #     "id" => lines.iter().map(|line| line.0).collect::<Vec<_>>(),
/// #     "day" => days,
/// #     "net" => lines.iter().map(|line| line.2).collect::<Vec<_>>(),
/// # )?;
/// # let transactions = Transactions::from_frame(frame, &TransactionColumns::new("id", "day").amount("net"))?;
/// # let tables = Tables::new(transactions);
/// # let convention = LifetimeValue::builder()
/// #     .rate(DiscountRate::annual_effective(0.12)?)
/// #     .horizon(Horizon::months(12.0)?)
/// #     .period(TimeUnit::Month)
/// #     .timing(Timing::Middle)
/// #     .build()?;
/// # let as_of = "2024-12-31".parse()?;
/// # let analysis =
/// #     Analysis::builder().as_of(as_of).convention(convention).unit(TimeUnit::Week).penalty(0.01).grades(2).build()?;
/// let results = analysis.run(&tables)?;
/// let text = results.scorer()?.with_currency("EUR").to_json()?;
///
/// // Later, elsewhere, without the data.
/// let scorer = Scorer::from_json(&text)?;
/// let data = ScorerData::new(
///     TimeUnit::Week,
///     &[("frequency", &[3.0, 0.0]), ("recency", &[17.0, 0.0]), ("T", &[52.0, 4.0]), ("monetary_value", &[25.0, f64::NAN])],
/// )?;
/// let scored = scorer.score(&data)?;
/// assert!(scored.p_alive[0].is_some_and(|p| p > 0.0 && p < 1.0));
/// assert!(scored.ltv_current[1].is_some_and(|value| value > 0.0));
/// assert!(scored.grades.grade[0].is_none(), "too little is known for a grade");
///
/// // Days are not weeks.
/// let days = ScorerData::new(TimeUnit::Day, &[("frequency", &[3.0]), ("recency", &[120.0]), ("T", &[364.0])])?;
/// assert!(scorer.score(&days).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Scorer {
    model: Model,
    columns: Vec<ScorerColumn>,
}

/// The saved form; loading checks it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Model {
    training: ScorerTraining,
    convention: LifetimeValue,
    margin: MarginRule,
    purchases: FittedPurchaseModel,
    spend: FittedGammaGamma,
    rfm: Option<RfmScale>,
    grader: FittedGrader,
    /// What [`Scorer::columns`] says, for readers that do not know the engine.
    inputs: Vec<ScorerColumn>,
}

/// What part of revenue is profit: the rate of the base, and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct MarginRule {
    rate: f64,
    basis: MarginBasis,
}

impl MarginRule {
    /// Whether customers have margins of their own.
    fn is_own(self) -> bool {
        matches!(self.basis, MarginBasis::Costs { .. } | MarginBasis::Contribution { .. })
    }
}

impl AnalysisResults {
    /// What the analysis has learned, ready to be saved and to score other customers.
    ///
    /// # Errors
    /// [`ScorerError::Query`] if the table of customers has lost the day of first purchase.
    pub fn scorer(&self) -> Result<Scorer, ScorerError> {
        let first = self.customers.column("first_purchase")?.cast(&polars::prelude::DataType::Int32)?;
        let first = first.i32()?.iter().flatten().min().unwrap_or_else(|| self.as_of.days_since_epoch());
        let model = Model {
            training: ScorerTraining {
                from: Date::EPOCH.plus_days(first),
                as_of: self.as_of,
                unit: self.models.purchases.unit(),
                customers: self.equity.customers(),
                currency: None,
            },
            convention: self.convention,
            margin: MarginRule { rate: self.margin_rate, basis: self.margin_basis },
            purchases: self.models.purchases.clone(),
            spend: self.models.spend.clone(),
            rfm: self.rfm_scale.clone(),
            grader: self.models.grader.clone(),
            inputs: Vec::new(),
        };
        Ok(Scorer::new(model)?)
    }
}

impl Scorer {
    fn new(mut model: Model) -> Result<Self, Invalid> {
        let MarginRule { rate, .. } = model.margin;
        let mut checks = Invalid::checks();
        checks.require(rate.is_finite() && rate <= 1.0, "margin rate", "must be finite and at most 1", rate);
        let (own, unit) = (model.purchases.unit(), model.training.unit);
        checks.require(own == unit, "unit", &format!("must be that of the purchase model, {own}"), unit);
        checks.finish()?;
        let columns = columns::of(&model);
        model.inputs.clone_from(&columns);
        Ok(Self { model, columns })
    }

    /// States the currency of all money, e.g. `EUR`; saved with the scorer and shown to its callers.
    #[must_use]
    pub fn with_currency(mut self, currency: impl Into<String>) -> Self {
        self.model.training.currency = Some(currency.into());
        self.columns = columns::of(&self.model);
        self.model.inputs.clone_from(&self.columns);
        self
    }

    /// The columns that it reads, in their order.
    #[must_use]
    pub fn columns(&self) -> &[ScorerColumn] {
        &self.columns
    }

    /// What it was learned from.
    #[must_use]
    pub fn training(&self) -> &ScorerTraining {
        &self.model.training
    }

    /// The unit of time of `recency` and `T`.
    #[must_use]
    pub fn unit(&self) -> TimeUnit {
        self.model.training.unit
    }

    /// How value is discounted, and how far ahead it and the expected purchases look.
    #[must_use]
    pub fn convention(&self) -> &LifetimeValue {
        &self.model.convention
    }

    /// What part of revenue is profit, of customers without a margin of their own.
    #[must_use]
    pub fn margin_rate(&self) -> f64 {
        self.model.margin.rate
    }

    /// Where the margin comes from.
    #[must_use]
    pub fn margin_basis(&self) -> MarginBasis {
        self.model.margin.basis
    }

    /// The purchase model.
    #[must_use]
    pub fn purchases(&self) -> &FittedPurchaseModel {
        &self.model.purchases
    }

    /// The spend model.
    #[must_use]
    pub fn spend(&self) -> &FittedGammaGamma {
        &self.model.spend
    }

    /// The RFM scores; `None` if the analysis made equal bands by breaking ties, for which there are no cuts.
    #[must_use]
    pub fn rfm(&self) -> Option<&RfmScale> {
        self.model.rfm.as_ref()
    }

    /// The grader.
    #[must_use]
    pub fn grader(&self) -> &FittedGrader {
        &self.model.grader
    }
}
