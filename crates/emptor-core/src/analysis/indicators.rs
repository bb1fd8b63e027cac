//! What customers are graded by, from the tables at hand.
//!
//! | indicator | group | formula | better |
//! |---|---|---|---|
//! | `spend` | past sales | net money, asinh | higher |
//! | `purchases` | past sales | orders, log(1+x) | higher |
//! | `days_since_last` | past sales | days since last purchase, log(1+x) | lower |
//! | `spend_per_purchase` | product value | net money / orders, asinh | higher |
//! | `products` | product value | distinct products bought, log(1+x); with a product column | higher |
//! | `margin_rate` | product value | 1 − cost / net revenue of known cost; with product costs | higher |
//! | `return_share` | product value | returns / (net money + returns) | lower |
//! | `tenure_days` | image | days since first purchase, log(1+x) | higher |
//!
//! Service value needs tables that come later; a group without indicators is absent and the weights are scaled up.

use emptor_rfm::{PurchaseLedger, RfmTable};
use emptor_table::{LineKind, Transactions};
use emptor_types::Date;
use polars::prelude::{DataFrame, DataType, Engine, IntoColumn, NamedFrom, PolarsResult, Series, col, lit};

use super::align::by_id;
use super::error::AnalysisError;
use super::margin::Margin;
use super::settings::Tables;
use crate::grade::{GradeError, Grader, Indicator, InformationGroup, Transform};

/// Weights of the groups: sales history says most, and profit per purchase comes next.
const GROUP_WEIGHTS: [(InformationGroup, f64); 3] =
    [(InformationGroup::PastSales, 0.5), (InformationGroup::ProductValue, 0.35), (InformationGroup::Image, 0.15)];

/// Indicator columns, one value per customer of the ledger, `NaN` where unknown.
pub(super) struct Indicators {
    columns: Vec<(Indicator, Vec<f64>)>,
}

impl Indicators {
    fn new(rfm: &RfmTable, margins: Vec<f64>, products: Option<Vec<f64>>) -> Self {
        use InformationGroup::{Image, PastSales, ProductValue};
        let n = rfm.len();
        let bought = |i: usize| rfm.days_since_last()[i].is_some();
        let each = |value: &dyn Fn(usize) -> f64| -> Vec<f64> {
            (0..n).map(|i| if bought(i) { value(i) } else { f64::NAN }).collect()
        };
        let days = |i: usize| f64::from(rfm.days_since_last()[i].unwrap_or_default());
        let length = |i: usize| f64::from(rfm.length_days()[i].unwrap_or_default());
        let purchases = |i: usize| f64::from(rfm.purchases()[i]);
        let spend = rfm.spend();
        let returned = rfm.returned();

        let mut columns = vec![
            (Indicator::new("spend", PastSales).transform(Transform::Asinh), each(&|i| spend[i])),
            (Indicator::new("purchases", PastSales).transform(Transform::Log1p), each(&purchases)),
            (Indicator::new("days_since_last", PastSales).transform(Transform::Log1p).lower_is_better(), each(&days)),
            (
                Indicator::new("spend_per_purchase", ProductValue).transform(Transform::Asinh),
                each(&|i| spend[i] / purchases(i)),
            ),
            (Indicator::new("tenure_days", Image).transform(Transform::Log1p), each(&|i| days(i) + length(i))),
        ];
        let gross = |i: usize| spend[i] + returned[i];
        let return_share = each(&|i| if gross(i) > 0.0 { returned[i] / gross(i) } else { f64::NAN });
        columns.push((Indicator::new("return_share", ProductValue).lower_is_better(), return_share));
        if let Some(products) = products {
            columns.push((Indicator::new("products", ProductValue).transform(Transform::Log1p), products));
        }
        if !margins.is_empty() {
            columns.push((Indicator::new("margin_rate", ProductValue), margins));
        }
        Self { columns }
    }

    /// Takes what the tables have.
    pub(super) fn gather(tables: &Tables, rfm: &RfmTable, margins: Vec<f64>) -> Result<Self, AnalysisError> {
        let products = distinct_products(&tables.transactions, rfm.customers(), rfm.as_of())?;
        Ok(Self::new(rfm, margins, products))
    }

    pub(super) fn to_frame(&self, customers: &Series) -> PolarsResult<DataFrame> {
        let mut columns = vec![customers.clone().with_name("customer_id".into()).into_column()];
        columns.extend(self.columns.iter().map(|(indicator, values)| {
            let known: Vec<Option<f64>> = values.iter().map(|v| Some(*v).filter(|v| !v.is_nan())).collect();
            Series::new(indicator.name().into(), known).into_column()
        }));
        DataFrame::new(customers.len(), columns)
    }

    pub(super) fn grader(&self, grades: usize, restarts: usize, seed: u64) -> Result<Grader, GradeError> {
        let mut builder = Grader::builder().indicators(self.columns.iter().map(|(indicator, _)| indicator.clone()));
        for (group, weight) in GROUP_WEIGHTS {
            builder = builder.group_weight(group, weight);
        }
        builder.grades(grades).restarts(restarts).seed(seed).build()
    }

    pub(super) fn columns(&self) -> Vec<(&str, &[f64])> {
        self.columns.iter().map(|(indicator, values)| (indicator.name(), values.as_slice())).collect()
    }
}

/// The grading indicators of every customer who is there by the day of observation: `customer_id` and one column per
/// indicator, null where unknown. The module's table lists them; which of them there are depends on the tables.
///
/// A grader fitted by an [`Analysis`](super::Analysis) grades another period by them, with its parameters frozen:
///
/// ```
/// use emptor_core::analysis::{Tables, indicators};
/// use emptor_table::polars::df;
/// use emptor_table::{TransactionColumns, Transactions};
///
/// let frame = df!("id" => [1_i64, 1, 2], "day" => ["2024-01-01", "2024-02-01", "2024-03-01"], "net" => [5.0, 7.0, 9.0])?;
/// let transactions = Transactions::from_frame(frame, &TransactionColumns::new("id", "day").amount("net"))?;
/// let frame = indicators(&Tables::new(transactions), "2024-12-31".parse()?)?;
/// assert_eq!(frame.column("spend_per_purchase")?.f64()?.get(0), Some(6.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the source cannot be read any more, or ids of two tables differ in type.
pub fn indicators(tables: &Tables, as_of: Date) -> Result<DataFrame, AnalysisError> {
    let ledger = PurchaseLedger::collect(&tables.transactions)?.until(as_of)?;
    let rfm = RfmTable::from_ledger(&ledger, as_of)?;
    let margins = Margin::Auto.resolve(tables, ledger.customers(), as_of)?;
    Ok(Indicators::gather(tables, &rfm, margins.own)?.to_frame(ledger.customers())?)
}

/// Distinct products that each customer has bought, if the table names products.
fn distinct_products(
    transactions: &Transactions,
    customers: &Series,
    as_of: Date,
) -> Result<Option<Vec<f64>>, AnalysisError> {
    if !transactions.has("product_id") {
        return Ok(None);
    }
    let counts = transactions
        .lines()
        .filter(
            col("customer_id")
                .is_not_null()
                .and(col("product_id").is_not_null())
                .and(col("kind").eq(lit(LineKind::Sale.code())))
                .and(col("date").to_physical().lt_eq(lit(as_of.days_since_epoch()))),
        )
        .group_by([col("customer_id")])
        .agg([col("product_id").n_unique().cast(DataType::Float64).alias("products")])
        .collect_with_engine(Engine::Streaming)?
        .unwrap_single();
    let ids = counts.column("customer_id")?.as_materialized_series().clone();
    let counted: Vec<f64> = counts.column("products")?.f64()?.iter().map(Option::unwrap_or_default).collect();
    let (aligned, _) = by_id(&ids, &counted, customers)?;
    Ok(Some(aligned.into_iter().map(|n| n.unwrap_or(f64::NAN)).collect()))
}
