//! The seven Ps over many lines: times and memory of each P.

use emptor::analysis::ladders;
use emptor::period::Grain;
use emptor::polars::prelude::{DataFrame, DataType, IntoLazy, NamedFrom, Series, col, lit};
use emptor::prelude::*;
use emptor::profile::product::Unit;
use emptor::profile::{
    P, ProfileError, ProfileInput, Section, SevenPSettings, Window, life_cycle, performance, persistency, product,
    profiling, profitability, promotion, prospecting,
};

use crate::data;

/// Products of the simulated shop, in so many categories.
const PRODUCTS: i64 = 3_000;
const CATEGORIES: i64 = 20;

/// Roughly so many lines of a shop with products, channels, places and promotions, made of a simulated log: every purchase
/// is an order of one to three lines. And its products, with costs.
///
/// # Panics
/// If the simulator or the data-frame engine refuses.
#[must_use]
pub fn shop(lines: usize) -> (DataFrame, DataFrame) {
    let log = data::log(lines / 2).lazy().with_row_index("order", None);
    let whole = |name: &str| col(name).cast(DataType::Int64);
    // Fixed shuffles stand for chance: the same lines in every run.
    let mixed =
        |factor: i64, modulus: i64, part: i64| (whole("order") * lit(factor) + lit(part * 7_919)) % lit(modulus);
    let parts: Vec<_> = (0..3_i64)
        .map(|part| {
            // Products of low numbers sell more: the square of a uniform number.
            let even = (mixed(7_368_787, 1_000_003, part)).cast(DataType::Float64) / lit(1_000_003.0);
            let product = (even.clone() * even * lit(PRODUCTS as f64)).cast(DataType::Int64);
            let kept = mixed(104_729, 3, 0).gt_eq(lit(part));
            log.clone().filter(kept).select([
                col("order"),
                col("customer_id"),
                col("date"),
                product.alias("product"),
                (lit(1.0) + mixed(15_485_863, 3, part).cast(DataType::Float64)).alias("quantity"),
                (col("amount") / lit((part + 1) as f64)).alias("amount"),
                mixed(32_452_843, 5, 0).cast(DataType::String).alias("channel"),
                mixed(49_979_687, 40, 0).cast(DataType::String).alias("place"),
                mixed(67_867_967, 8, part).eq(lit(0_i64)).alias("promo"),
            ])
        })
        .collect();
    let lines = emptor::polars::prelude::concat(parts, Default::default()).unwrap().collect().unwrap();
    let ids: Vec<i64> = (0..PRODUCTS).collect();
    let products = DataFrame::new(
        ids.len(),
        vec![
            Series::new("product".into(), ids.clone()).into(),
            Series::new("category".into(), ids.iter().map(|id| format!("K{}", id % CATEGORIES)).collect::<Vec<_>>())
                .into(),
            Series::new("cost".into(), ids.iter().map(|id| 3.0 + (id % 17) as f64).collect::<Vec<_>>()).into(),
        ],
    );
    (lines, products.unwrap())
}

/// The shop's tables.
///
/// # Panics
/// If a table does not pass its door.
#[must_use]
pub fn open(lines: impl Into<Source>, products: DataFrame) -> Tables {
    let columns = TransactionColumns::new("customer_id", "date")
        .order("order")
        .product("product")
        .quantity("quantity")
        .amount("amount")
        .channel("channel")
        .place("place")
        .promo("promo");
    let products = Products::scan(products, &ProductColumns::new("product").category("category").unit_cost("cost"));
    Tables::new(Transactions::scan(lines, &columns).unwrap()).with_products(products.unwrap())
}

/// The last year of the tables.
///
/// # Panics
/// If they have no day.
#[must_use]
pub fn last_year(tables: &Tables) -> Window {
    let (_, last) = tables.transactions().quality().days.unwrap();
    Window::new(last.plus_days(-364), last, Grain::Month).unwrap()
}

/// One P of the tables, with the profit of relationships where it is given.
///
/// # Errors
/// As the P.
///
/// # Panics
/// If the profit cannot be read.
pub fn one(
    p: P,
    tables: &Tables,
    window: Window,
    profits: Option<&RelationshipProfits>,
) -> Result<Section, ProfileError> {
    let ladders = profits.map(|profits| ladders(profits).unwrap());
    let input = ProfileInput::new(tables, window);
    let input = match &ladders {
        Some(ladders) => input.with_profits(ladders)?,
        None => input,
    };
    let settings = SevenPSettings::new(Unit::Order);
    match p {
        P::Profiling => profiling::section(&input, &settings.profiling),
        P::Persistency => persistency::section(&input, &settings.persistency),
        P::Profitability => profitability::section(&input, &settings.profitability),
        P::Performance => performance::section(&input, &settings.performance),
        P::Prospecting => prospecting::section(&input, &settings.prospecting),
        P::Product => product::section(&input, &settings.product),
        P::Promotion => promotion::section(&input, &settings.promotion),
        _ => life_cycle::section(&input, &settings.life_cycle),
    }
}
