//! Relationship profitability on the bundled sample: against naive loops, and what must not change it.

use std::collections::{BTreeMap, HashMap};

use emptor::polars::df;
use emptor::polars::prelude::{DataFrame, DataType, IdxCa, IntoLazy, NewChunkedArray, col, lit};
use emptor::prelude::*;
use emptor::table::{Activities, ActivityColumns, CostPoolColumns, CostPools};
use emptor::value::profitability::{
    CostRule, FixedAllocation, Grain, MissingCost, ProfitMeasure, RelationshipProfit, RelationshipProfitBuilder,
    RelationshipProfits,
};
use emptor_datasets::{product_columns, sample, transaction_columns};

use crate::real_data::date;

/// Sums of doubles against sums of integers: a few thousand additions of amounts below 10⁵.
const NAIVE: f64 = 1e-6;

/// The mapping of the simulator, for a frame under canonical names.
fn reopened(frame: DataFrame) -> Transactions {
    let columns = TransactionColumns::new("customer_id", "date")
        .amount("amount")
        .quantity("quantity")
        .order("order_id")
        .line("line_id")
        .product("product_id")
        .line_type("line_type")
        .ref_line("ref_line_id")
        .list_amount("list_amount")
        .channel("channel")
        .restocked("restocked")
        .currency("currency")
        .cancellation(Cancellation::Void { column: "status".into(), values: vec!["cancelled".into()] });
    Transactions::from_frame(frame, &columns).unwrap()
}

fn lines() -> DataFrame {
    sample::transactions().unwrap().lines().collect().unwrap()
}

fn tables(transactions: Transactions) -> Tables {
    let tickets =
        ActivityColumns::new("customer_id", "opened").named("ticket").minutes("minutes").product("product_id");
    let contacts = ActivityColumns::new("customer_id", "assigned_at").named("contact").cost("cost");
    let pools = df!(
        "pool" => ["service desk", "service desk", "service desk", "rent", "rent", "rent"],
        "year" => ["2022-01-01", "2023-01-01", "2024-01-01", "2022-01-01", "2023-01-01", "2024-01-01"],
        "type" => ["capacity", "capacity", "capacity", "fixed", "fixed", "fixed"],
        "amount" => [6_000.0, 8_000.0, 9_000.0, 5_000.0, 5_000.0, 5_500.0],
        "hours" => [Some(150.0), Some(180.0), Some(200.0), None, None, None],
        "unit" => ["hours"; 6],
    )
    .unwrap();
    let columns =
        CostPoolColumns::new("pool", "year", "type", "amount").practical_capacity("hours").capacity_unit("unit");
    Tables::new(transactions)
        .with_products(sample::products().unwrap())
        .with_customers(sample::customers().unwrap())
        .with_activities(Activities::scan(Source::csv_text(sample::tickets_csv()), &tickets).unwrap())
        .with_activities(Activities::scan(Source::csv_text(sample::contacts_csv()), &contacts).unwrap())
        .with_cost_pools(CostPools::scan(pools, &columns).unwrap())
}

fn settings() -> RelationshipProfitBuilder {
    let shipments = sample::channels_csv().lines().skip(1).map(|row| {
        let fields: Vec<&str> = row.split(',').collect();
        CostRule::shipments(fields[0]).costs(fields[2].parse().unwrap())
    });
    RelationshipProfit::builder()
        .window(date(sample::START), date(sample::AS_OF))
        .period(Grain::Year)
        .rules(shipments)
        .rule(CostRule::return_lines().costs(3.5))
        .rule(CostRule::logged("ticket").own_minutes("service desk"))
        .rule(CostRule::logged("contact").own_cost().direct_marketing())
}

fn run(transactions: Transactions) -> RelationshipProfits {
    settings()
        .missing_cost(MissingCost::CategoryRate)
        .fixed_allocation(FixedAllocation::Revenue)
        .build()
        .unwrap()
        .compute(&tables(transactions))
        .unwrap()
}

fn assert_same_bits(left: &DataFrame, right: &DataFrame, what: &str) {
    assert_eq!(left.get_column_names(), right.get_column_names());
    for column in left.columns() {
        let other = right.column(column.name()).unwrap();
        let bits = |c: &emptor::polars::prelude::Column| -> Option<Vec<Option<u64>>> {
            Some(c.f64().ok()?.iter().map(|v| v.map(f64::to_bits)).collect())
        };
        let same = match bits(column) {
            Some(values) => Some(values) == bits(other),
            None => column.equals_missing(other),
        };
        assert!(same, "{what}: column {} differs", column.name());
    }
}

fn assert_same(left: &RelationshipProfits, right: &RelationshipProfits, what: &str) {
    assert_same_bits(&left.by_product().unwrap(), &right.by_product().unwrap(), what);
    assert_same_bits(&left.by_period().unwrap(), &right.by_period().unwrap(), what);
    assert_same_bits(left.totals(), right.totals(), what);
    assert_same_bits(&left.activities().unwrap(), &right.activities().unwrap(), what);
    assert_same_bits(left.unassigned(), right.unassigned(), what);
    assert_same_bits(left.capacity(), right.capacity(), what);
}

fn sum(frame: &DataFrame, column: &str) -> f64 {
    frame.column(column).unwrap().f64().unwrap().iter().flatten().sum()
}

#[test]
fn customers_unassigned_and_unused_capacity_are_the_control_totals() {
    let profits = run(sample::transactions().unwrap());
    let reconciliation = profits.reconciliation();
    assert!(reconciliation.holds(), "{reconciliation:?}");
    let desk = reconciliation.line("pool service desk").unwrap();
    assert!((desk.control - 23_000.0).abs() < NAIVE && desk.customers > 0.0 && desk.unused > 0.0, "{desk:?}");
    let revenue = reconciliation.line("net revenue").unwrap();
    assert!(revenue.unassigned > 0.0 && revenue.outside > 0.0, "anonymous and cancelled lines: {revenue:?}");
    assert!(reconciliation.line("rule contact").unwrap().customers > 0.0);
    assert!((sum(profits.totals(), "fixed_alloc") - 15_500.0).abs() < NAIVE);

    // The three tables say the same, and the ladder adds up in each.
    for column in
        ["list_rev", "discount", "returns", "net_rev", "cogs", "cm1", "cts", "direct_mkt", "cm2", "net_profit"]
    {
        let total = sum(profits.totals(), column);
        for other in [profits.by_product().unwrap(), profits.by_period().unwrap()] {
            assert!((sum(&other, column) - total).abs() < NAIVE * (1.0 + total.abs()), "{column}");
        }
    }
    for frame in [profits.by_product().unwrap(), profits.by_period().unwrap(), profits.totals().clone()] {
        let of = |name: &str| -> Vec<f64> { frame.column(name).unwrap().f64().unwrap().iter().flatten().collect() };
        let (list, discount, rebates, returns) = (of("list_rev"), of("discount"), of("rebates"), of("returns"));
        let (net, cogs, cm1, cts, mkt, cm2) =
            (of("net_rev"), of("cogs"), of("cm1"), of("cts"), of("direct_mkt"), of("cm2"));
        for i in 0..frame.height() {
            assert!((list[i] - discount[i] - rebates[i] - returns[i] - net[i]).abs() < NAIVE);
            assert!((net[i] - cogs[i] - cm1[i]).abs() < NAIVE);
            assert!((cm1[i] - cts[i] - mkt[i] - cm2[i]).abs() < NAIVE);
        }
    }
    let panel: f64 = profits.panel(ProfitMeasure::Cm2).iter().filter(|value| !value.is_nan()).sum();
    assert!((panel - sum(profits.totals(), "cm2")).abs() < NAIVE * panel.abs());
}

/// Revenue, product cost and orders by customer, by loops over the rows of the source.
fn naively() -> BTreeMap<String, (f64, f64, usize)> {
    let costs = Products::scan(Source::csv_text(sample::products_csv()), &product_columns()).unwrap();
    let costs = costs.rows().collect().unwrap();
    let costs: HashMap<&str, f64> = costs
        .column("product_id")
        .unwrap()
        .str()
        .unwrap()
        .iter()
        .zip(costs.column("unit_cost").unwrap().f64().unwrap().iter())
        .filter_map(|(id, cost)| Some((id?, cost?)))
        .collect();
    let lines = Transactions::scan(Source::csv_text(sample::transactions_csv()), &transaction_columns()).unwrap();
    let lines = lines.lines().collect().unwrap();
    let text = |name: &str| lines.column(name).unwrap().str().unwrap().clone();
    let number = |name: &str| lines.column(name).unwrap().f64().unwrap().clone();
    let (who, what, order, kind, status) =
        (text("customer_id"), text("product_id"), text("order_id"), text("line_type"), text("status"));
    let (quantity, amount) = (number("quantity"), number("amount"));
    let restocked = lines.column("restocked").unwrap().bool().unwrap();
    let mut orders: BTreeMap<&str, std::collections::BTreeSet<&str>> = BTreeMap::new();
    let mut sums: BTreeMap<String, (f64, f64, usize)> = BTreeMap::new();
    for row in 0..lines.height() {
        let Some(customer) = who.get(row) else { continue };
        if status.get(row) == Some("cancelled") {
            continue;
        }
        let back = kind.get(row) == Some("return");
        let lost = back && restocked.get(row) == Some(false);
        let cost = if lost { 0.0 } else { costs[what.get(row).unwrap()] * quantity.get(row).unwrap() };
        let entry = sums.entry(customer.to_owned()).or_default();
        entry.0 += amount.get(row).unwrap();
        entry.1 += cost;
        if !back {
            orders.entry(customer).or_default().insert(order.get(row).unwrap());
        }
    }
    for (customer, orders) in orders {
        sums.get_mut(customer).unwrap().2 = orders.len();
    }
    sums
}

#[test]
fn naive_loops_over_the_rows_find_the_same_profit() {
    let profits = settings().build().unwrap().compute(&tables(sample::transactions().unwrap())).unwrap();
    let known = naively();
    let totals = profits.totals();
    let ids = totals.column("customer_id").unwrap().str().unwrap();
    let shipped: DataFrame = profits
        .activities()
        .unwrap()
        .lazy()
        .filter(col("activity").cast(DataType::String).str().starts_with(lit("shipments")))
        .group_by([col("customer_id")])
        .agg([col("qty").sum()])
        .collect()
        .unwrap();
    let shipped: HashMap<&str, f64> = shipped
        .column("customer_id")
        .unwrap()
        .str()
        .unwrap()
        .iter()
        .zip(shipped.column("qty").unwrap().f64().unwrap().iter())
        .filter_map(|(id, n)| Some((id?, n?)))
        .collect();
    assert!(totals.height() > known.len(), "customers without a line have a row too");
    for (row, id) in ids.iter().enumerate() {
        let id = id.unwrap();
        let (net, cost, orders) = known.get(id).copied().unwrap_or_default();
        let of = |name: &str| totals.column(name).unwrap().f64().unwrap().get(row).unwrap();
        assert!((of("net_rev") - net).abs() < NAIVE, "{id}");
        assert!((of("cm1") - (net - cost)).abs() < NAIVE, "{id}");
        assert!((shipped.get(id).copied().unwrap_or(0.0) - orders as f64).abs() < NAIVE, "{id}");
    }
}

#[test]
fn the_order_of_rows_changes_no_bit() {
    let lines = lines();
    let n = lines.height() as u64;
    let rows: Vec<u32> = (0..n).map(|i| (i * 7_368_787 % n) as u32).collect();
    let shuffled = lines.take(&IdxCa::from_slice("rows".into(), &rows)).unwrap();
    let straight = run(reopened(lines));
    assert_same(&straight, &run(reopened(shuffled)), "shuffled");
    assert_same(&straight, &run(sample::transactions().unwrap()), "again");
}

#[test]
fn a_cancelled_line_changes_nothing() {
    let mut lines = lines();
    let cancelled = lines
        .slice(0, 3)
        .lazy()
        .with_columns([lit("cancelled").alias("status"), (col("line_id") + lit("X")).alias("line_id")])
        .collect()
        .unwrap();
    let plain = run(reopened(lines.clone()));
    lines.vstack_mut(&cancelled).unwrap();
    let more = run(reopened(lines));
    assert_same(&plain, &more, "cancelled");
    assert!(more.reconciliation().holds());
}

#[test]
fn a_full_return_brings_revenue_and_gross_profit_back_to_what_they_were() {
    let all = lines();
    let sold = all.clone().lazy().filter(col("kind").eq(lit(0_u8)).and(col("customer_id").is_not_null()));
    let order = sold.clone().sort(["date", "line_id"], Default::default()).collect().unwrap();
    let order = order.column("order_id").unwrap().str().unwrap().get(0).unwrap().to_owned();
    // The first order of the sample, without what was really returned of it.
    let own = all.clone().lazy().filter(col("order_id").eq(lit(order.as_str()))).collect().unwrap();
    let own_lines = own.column("line_id").unwrap().as_materialized_series().clone();
    let returned =
        all.clone().lazy().filter(col("ref_line_id").is_in(lit(own_lines).implode(true), false)).collect().unwrap();
    let negative = |name: &str| (lit(0.0) - col(name)).alias(name);
    let back = own
        .clone()
        .lazy()
        .with_columns([
            col("line_id").alias("ref_line_id"),
            (lit("B") + col("line_id")).alias("line_id"),
            lit("RX").alias("order_id"),
            lit("return").alias("line_type"),
            lit(true).alias("restocked"),
            negative("quantity"),
            negative("amount"),
            negative("list_amount"),
        ])
        .collect()
        .unwrap();
    let base = all
        .clone()
        .lazy()
        .filter(
            col("ref_line_id").is_null().or(col("ref_line_id")
                .is_in(
                    lit(returned.column("ref_line_id").unwrap().as_materialized_series().clone()).implode(true),
                    false,
                )
                .not()),
        )
        .collect()
        .unwrap();
    let without = base.clone().lazy().filter(col("order_id").neq(lit(order.as_str()))).collect().unwrap();
    let mut with = base;
    with.vstack_mut(&back).unwrap();

    let compute = |frame: DataFrame| settings().build().unwrap().compute(&tables(reopened(frame))).unwrap();
    let (before, after) = (compute(without), compute(with));
    let at = |profits: &RelationshipProfits, name: &str| {
        let customer = own.column("customer_id").unwrap().str().unwrap().get(0).unwrap().to_owned();
        let row = profits.totals().clone().lazy().filter(col("customer_id").eq(lit(customer))).collect().unwrap();
        sum(&row, name)
    };
    for name in ["net_rev", "cogs", "cm1"] {
        assert!((at(&before, name) - at(&after, name)).abs() < NAIVE, "{name}");
    }
    // Shipping there and handling what came back are not undone.
    assert!(at(&after, "cts") > at(&before, "cts"));
    assert!(at(&after, "cm2") < at(&before, "cm2"));
}
