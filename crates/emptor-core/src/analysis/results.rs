//! What an analysis gives back.

use emptor_lifetime::{CandidateSummary, FittedGammaGamma, FittedPurchaseModel};
use emptor_rfm::{Cuts, RfmScale, Segment};
use emptor_table::DataQuality;
use emptor_types::Date;
use polars::prelude::DataFrame;

use super::margin::MarginBasis;
use super::outlook::Outlook;
use super::pipeline::PipelineValue;
use super::wallet::WalletValue;
use crate::grade::{FittedGrader, Grade};
use crate::value::equity::BaseFlows;
use crate::value::uncertainty::ValueRange;
use crate::value::{CustomerEquity, LifetimeValue};

/// The fitted models of an analysis, ready to be saved and to score other customers.
///
/// Their reports say how the fits went. Parameters that ran to the boundary (`Termination::Boundary`: a small base, nobody
/// who leaves, equal prices) are kept, for what they say of customers may still serve; it is for the caller to judge.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Models {
    /// When customers buy, and when they leave.
    pub purchases: FittedPurchaseModel,
    /// How the candidates for it compare, the best first; one line if the caller named the model.
    pub comparison: Vec<CandidateSummary>,
    /// What they spend per occasion.
    pub spend: FittedGammaGamma,
    /// Which grade they belong to.
    pub grader: FittedGrader,
}

/// One grade of the ladder. Shares of equity are of the total; customers without a grade have a row of their own.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct GradeRow {
    /// The grade; `None` for ungraded customers.
    pub grade: Option<Grade>,
    /// Customers in it.
    pub customers: usize,
    /// Their share of all customers.
    pub customer_share: f64,
    /// Mean total lifetime value; customers without a purchase count with 0.
    pub mean_value: f64,
    /// Total lifetime value.
    pub equity: f64,
    /// Their share of customer equity; `None` if the equity is not positive.
    pub equity_share: Option<f64>,
    /// How sure the equity is; `None` if nobody has a value.
    pub range: Option<ValueRange>,
}

/// One segment.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SegmentRow {
    /// The segment.
    pub segment: Segment,
    /// Customers in it.
    pub customers: usize,
    /// Their share of all customers.
    pub customer_share: f64,
    /// Net money they have spent.
    pub spend: f64,
    /// Their total lifetime value.
    pub equity: f64,
    /// Their share of customer equity; `None` if the equity is not positive.
    pub equity_share: Option<f64>,
    /// How sure the equity is; `None` if nobody has a value.
    pub range: Option<ValueRange>,
}

/// How the money of the results adds up to the money of the table:
/// `customers + later + unassigned + void = all` over accepted lines. The left side is added up from the results, the
/// right side was counted at the door.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Reconciliation {
    /// Spend of all customers up to the day of observation.
    pub customers: f64,
    /// Money of customers dated after the day of observation.
    pub later: f64,
    /// Money of lines without a customer.
    pub unassigned: f64,
    /// Money of lines of cancelled orders.
    pub void: f64,
    /// Money of all accepted lines.
    pub all: f64,
}

/// Greatest relative difference between the two sides that counts as equal.
const RECONCILED: f64 = 1e-9;

impl Reconciliation {
    /// Left side minus right side.
    #[must_use]
    pub fn gap(&self) -> f64 {
        self.customers + self.later + self.unassigned + self.void - self.all
    }

    /// Whether the two sides agree to a billionth of the greatest term.
    #[must_use]
    pub fn holds(&self) -> bool {
        let terms = [self.customers, self.later, self.unassigned, self.void, self.all];
        let scale = terms.iter().fold(0.0_f64, |most, term| most.max(term.abs()));
        self.gap().abs() <= RECONCILED * scale
    }
}

/// Everything an analysis found.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AnalysisResults {
    /// The last day of observation.
    pub as_of: Date,
    /// One row per customer who is there by the day of observation, ordered by id; see [`COLUMNS`](super::COLUMNS).
    pub customers: DataFrame,
    /// What the base is worth.
    pub equity: CustomerEquity,
    /// What the base is expected to earn in each period of the horizon.
    pub flows: BaseFlows,
    /// How sure the equity is: the range of the total.
    pub range: ValueRange,
    /// Grades, best first, then ungraded customers.
    pub grades: Vec<GradeRow>,
    /// Segments that have customers, by equity.
    pub segments: Vec<SegmentRow>,
    /// The cuts behind the RFM scores: days since last purchase, purchases, spend.
    pub rfm_cuts: [Option<Cuts>; 3],
    /// Cuts, weights and segment names of the RFM scores, ready to be saved; `None` where there is a cut missing or not finite.
    pub rfm_scale: Option<RfmScale>,
    /// How value is discounted.
    pub convention: LifetimeValue,
    /// The fitted models.
    pub models: Models,
    /// What open deals add to the value of customers, if they count.
    pub pipeline: Option<PipelineValue>,
    /// What customers spend elsewhere adds to their value, if it counts.
    pub wallets: Option<WalletValue>,
    /// What comes, if it was asked for.
    pub outlook: Option<Outlook>,
    /// Contribution margin rate that turned revenue into profit.
    pub margin_rate: f64,
    /// Where it comes from.
    pub margin_basis: MarginBasis,
    /// Customers of the supplied potential profit who have no purchase.
    pub potential_unmatched: usize,
    /// How the money adds up.
    pub reconciliation: Reconciliation,
    /// One report per table.
    pub quality: Vec<DataQuality>,
}
