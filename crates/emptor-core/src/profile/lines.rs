//! The order lines that the Ps look at: not cancelled, inside the window, with what is known of their product.

use emptor_table::{LineKind, Tables};
use polars::prelude::{DataFrame, DataType, Engine, Expr, LazyFrame, PolarsResult, col, concat_str, lit, when};

use super::window::Window;
use crate::costs::CostHistory;
pub(crate) use crate::money::{MILLIONTHS, millionths};
use crate::period::Grain;

/// Attributes of products that lines carry.
const ATTRIBUTES: [&str; 3] = ["category", "brand", "series"];

/// Order lines of the tables, with the attributes of their products.
///
/// Columns of its frames: those of [`Transactions::lines`](emptor_table::Transactions::lines) that the mapping names
/// (`customer_id`, `date`, `amount`, `kind`, …), then `category`, `brand` and `series` as far as products have them, and
/// `cost`: what the goods cost, negative where they came back and were restocked, null where unknown. Cancelled lines are
/// not there; returns, free goods, credits and fees are.
#[derive(Debug, Clone)]
pub struct Lines {
    roles: Vec<&'static str>,
    has_order: bool,
    frame: Frame,
}

/// A lazy frame shows nothing of itself.
#[derive(Clone)]
struct Frame(LazyFrame);

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LazyFrame")
    }
}

impl Lines {
    /// The lines of the tables.
    ///
    /// # Errors
    /// If the products cannot be read.
    pub fn of(tables: &Tables) -> PolarsResult<Self> {
        let transactions = tables.transactions();
        let mut frame = transactions.lines().filter(col("kind").neq(lit(LineKind::Void.code())));
        let mut roles = Vec::new();
        if let Some(products) = tables.products().filter(|_| transactions.has("product_id")) {
            for attribute in ATTRIBUTES.into_iter().filter(|attribute| products.has(attribute)) {
                frame = frame.with_column(products.attribute_of(col("product_id"), attribute)?);
                roles.push(attribute);
            }
            if products.has_cost() && transactions.has("quantity") {
                let cost =
                    col("quantity") * CostHistory::read(products, "unit_cost")?.at(col("product_id"), col("date"));
                // Goods that came back and were not restocked have cost what they cost.
                let cost = if transactions.has("restocked") {
                    let lost = is(LineKind::Return).and(col("restocked").eq(lit(false))).fill_null(lit(false));
                    when(lost.and(cost.clone().is_not_null())).then(lit(0.0)).otherwise(cost)
                } else {
                    cost
                };
                frame = frame.with_column(cost.alias("cost"));
                roles.push("cost");
            }
        }
        Ok(Self { roles, has_order: transactions.has("order_id"), frame: Frame(frame) })
    }

    /// Whether lines have one of `category`, `brand`, `series` and `cost`.
    #[must_use]
    pub fn has(&self, column: &str) -> bool {
        self.roles.contains(&column)
    }

    /// The lines of the window.
    pub fn within(&self, window: &Window) -> LazyFrame {
        let day = col("date").to_physical();
        self.until(window).filter(day.gt_eq(lit(window.from().days_since_epoch())))
    }

    /// All lines up to the day of observation.
    pub fn until(&self, window: &Window) -> LazyFrame {
        let day = col("date").to_physical();
        self.frame.0.clone().filter(day.lt_eq(lit(window.as_of().days_since_epoch())))
    }

    /// What tells orders apart: the order's number, or where lines have none, the customer and the day.
    pub fn order_key(&self) -> Expr {
        if self.has_order {
            col("order_id")
        } else {
            let day = col("date").to_physical().cast(DataType::String);
            concat_str([col("customer_id").cast(DataType::String), day], "\u{1f}", false)
        }
    }
}

/// Whether a line is of a kind.
pub(crate) fn is(kind: LineKind) -> Expr {
    col("kind").eq(lit(kind.code()))
}

/// Whether a line is a purchase by a known customer.
pub(crate) fn is_purchase() -> Expr {
    is(LineKind::Sale).and(col("customer_id").is_not_null())
}

/// First day of the period of a day; the day itself for [`Grain::Window`].
pub(crate) fn period_start(grain: Grain, day: Expr) -> Expr {
    let every = match grain {
        Grain::Week => "1w",
        Grain::Month => "1mo",
        Grain::Quarter => "1q",
        Grain::Year => "1y",
        Grain::Day | Grain::Window => return day,
    };
    day.dt().truncate(lit(every))
}

/// Runs a query in bounded memory.
pub(crate) fn collect(frame: LazyFrame) -> PolarsResult<DataFrame> {
    Ok(frame.collect_with_engine(Engine::Streaming)?.unwrap_single())
}
