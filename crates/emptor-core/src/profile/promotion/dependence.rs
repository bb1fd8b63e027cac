//! How much of the base buys on promotion only: the table `promo_dependence`.

use emptor_table::LineKind;
use polars::prelude::{DataType, Expr, PolarsResult, col, lit, when};

use super::read::{MILLIONTHS, millionths};
use super::settings::PromotionSettings;
use crate::columns::ColumnSpec;
use crate::profile::lines::{Lines, collect, is};
use crate::profile::{Coverage, ProfileError, ProfileInput, ResultTable};
use crate::table::{Of, count, frame, known, number, specs, text};

/// Customers who buy so much of what they buy on promotion.
#[derive(Debug, Clone, Default)]
pub(super) struct Band {
    pub(super) band: &'static str,
    pub(super) customers: usize,
    pub(super) sales: f64,
    pub(super) promoted: f64,
    discount: Option<f64>,
    margin: Option<f64>,
    all_customers: usize,
    all_sales: f64,
}

/// The bands and what they add up to.
#[derive(Debug, Clone)]
pub(super) struct Dependence {
    pub(super) bands: Vec<Band>,
    pub(super) customers: usize,
    pub(super) dependent: usize,
    pub(super) sales: f64,
    pub(super) dependent_sales: f64,
    pub(super) promoted: f64,
    anonymous: f64,
}

const TABLE: &[Of<[Band]>] = &[
    text("band", "share of sales on promotion", "customers by it; the upper end belongs to the band", |of, row| {
        Some(of[row].band.to_owned())
    }),
    count("customers", "customers", "customers with a purchase", |of, row| Some(of[row].customers)),
    known("share_customers", "share", "of all customers with a purchase", |of, row| {
        (of[row].all_customers > 0).then(|| of[row].customers as f64 / of[row].all_customers as f64)
    }),
    number("sales", "currency", "what they bought, returns not deducted", |of, row| of[row].sales),
    known("share_sales", "share", "of all sales to known customers", |of, row| {
        (of[row].all_sales > 0.0).then(|| of[row].sales / of[row].all_sales)
    }),
    number("promo_sales", "currency", "what of it was on promotion", |of, row| of[row].promoted),
    known("discount", "currency", "discounts given; null if lines do not say", |of, row| of[row].discount),
    known("margin_rate", "share", "margin of their sales as far as costs are known; null if none are", |of, row| {
        of[row].margin
    }),
];

/// The columns of `promo_dependence`.
pub(super) const COLUMNS: &[ColumnSpec] = &specs::<_, { TABLE.len() }>(TABLE);

pub(super) fn table(dependence: &Dependence, settings: &PromotionSettings) -> PolarsResult<ResultTable> {
    let bands = dependence.bands.as_slice();
    let about = "One row per band of the share of a customer's sales that was on promotion, from none to all.";
    let table = ResultTable::new("promo_dependence", about, frame(TABLE, bands, bands.len())?, COLUMNS)?;
    let all = dependence.sales + dependence.anonymous;
    let customers = dependence.customers;
    Ok(table.with_coverage(Coverage::new((customers, customers), (dependence.sales, all))).with_flag(format!(
        "{} of {} customers buy at least {:.0} % on promotion",
        dependence.dependent,
        customers,
        settings.dependent_share * 100.0
    )))
}

/// Whether a line was sold on promotion: as the line says, or if lines do not say, with a discount. `None` if lines tell
/// neither.
pub(super) fn on_promotion(transactions: &emptor_table::Transactions) -> Option<Expr> {
    if transactions.has("is_promo") {
        Some(col("is_promo").fill_null(lit(false)))
    } else {
        transactions.has("discount").then(|| col("discount").gt(lit(0.0)).fill_null(lit(false)))
    }
}

const BANDS: [(&str, f64); 6] = [
    ("none", 0.0),
    ("up to 25 %", 0.25),
    ("up to 50 %", 0.5),
    ("up to 75 %", 0.75),
    ("below 100 %", 1.0),
    ("all", 1.0),
];

pub(super) fn dependence(
    input: &ProfileInput<'_>,
    settings: &PromotionSettings,
    on_promotion: &Expr,
) -> Result<Dependence, ProfileError> {
    let lines = Lines::of(&input.tables)?;
    let has_discount = input.tables.transactions().has("discount");
    let zero = || lit(0_i64);
    let amount = || millionths(col("amount"));
    let costs = lines.has("cost");
    let cost_known = if costs { col("cost").is_not_null() } else { lit(false) };
    let margin = if costs { millionths(col("amount") - col("cost")) } else { zero() };
    let discount = if has_discount { millionths(col("discount").fill_null(lit(0.0))) } else { zero() };
    let grouped = lines
        .within(&input.window)
        .filter(is(LineKind::Sale))
        .with_columns([col("customer_id").cast(DataType::String).alias("customer")])
        .group_by([col("customer")])
        .agg([
            amount().sum().alias("sales"),
            when(on_promotion.clone()).then(amount()).otherwise(zero()).sum().alias("promoted"),
            discount.sum().alias("discount"),
            when(cost_known.clone()).then(margin).otherwise(zero()).sum().alias("margin"),
            when(cost_known).then(amount()).otherwise(zero()).sum().alias("margin_of"),
        ]);
    let rows = collect(grouped)?;
    let names = rows.column("customer")?.str()?;
    let money = |name: &str| -> PolarsResult<Vec<i64>> {
        Ok(rows.column(name)?.cast(&DataType::Int64)?.i64()?.iter().map(|value| value.unwrap_or(0)).collect())
    };
    let (sales, promoted, discounts) = (money("sales")?, money("promoted")?, money("discount")?);
    let (margins, margins_of) = (money("margin")?, money("margin_of")?);
    let mut sums = [[0_i64; 6]; BANDS.len()];
    let (mut anonymous, mut dependent, mut dependent_sales) = (0_i64, 0, 0_i64);
    for (row, name) in names.iter().enumerate() {
        if name.is_none() {
            anonymous += sales[row];
            continue;
        }
        let share = promoted[row] as f64 / sales[row].max(1) as f64;
        let band = if promoted[row] == 0 {
            0
        } else if promoted[row] == sales[row] {
            BANDS.len() - 1
        } else {
            BANDS.iter().position(|(_, most)| share <= *most && *most > 0.0).unwrap_or(BANDS.len() - 2)
        };
        let own = [1, sales[row], promoted[row], discounts[row], margins[row], margins_of[row]];
        sums[band].iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
        if promoted[row] > 0 && share >= settings.dependent_share {
            dependent += 1;
            dependent_sales += sales[row];
        }
    }
    let all = |place: usize| sums.iter().map(|band| band[place]).sum::<i64>();
    let (customers, all_sales, all_promoted) = (all(0), all(1), all(2));
    let whole = |n: i64| usize::try_from(n).unwrap_or(0);
    let currency = |n: i64| n as f64 / MILLIONTHS;
    let bands = BANDS
        .iter()
        .zip(&sums)
        .map(|((band, _), sums)| Band {
            band,
            customers: whole(sums[0]),
            sales: currency(sums[1]),
            promoted: currency(sums[2]),
            discount: has_discount.then(|| currency(sums[3])),
            margin: (sums[5] > 0).then(|| sums[4] as f64 / sums[5] as f64),
            all_customers: whole(customers),
            all_sales: currency(all_sales),
        })
        .collect();
    Ok(Dependence {
        bands,
        customers: whole(customers),
        dependent,
        sales: currency(all_sales),
        dependent_sales: currency(dependent_sales),
        promoted: currency(all_promoted),
        anonymous: currency(anonymous),
    })
}
