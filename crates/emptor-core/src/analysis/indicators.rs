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

use emptor_rfm::RfmTable;
use emptor_table::{LineKind, Transactions};
use emptor_types::Date;
use polars::prelude::{DataType, Engine, Series, col, lit};

use super::align::by_id;
use super::error::AnalysisError;
use crate::grade::{GradeError, Grader, Indicator, InformationGroup, Transform};

/// Weights of the groups: sales history says most, and profit per purchase comes next.
const GROUP_WEIGHTS: [(InformationGroup, f64); 3] =
    [(InformationGroup::PastSales, 0.5), (InformationGroup::ProductValue, 0.35), (InformationGroup::Image, 0.15)];

/// Indicator columns, one value per customer of the ledger, `NaN` where unknown.
pub(super) struct Indicators {
    columns: Vec<(Indicator, Vec<f64>)>,
}

impl Indicators {
    pub(super) fn new(rfm: &RfmTable, margins: Vec<f64>, products: Option<Vec<f64>>) -> Self {
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

/// Distinct products that each customer has bought, if the table names products.
pub(super) fn distinct_products(
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
