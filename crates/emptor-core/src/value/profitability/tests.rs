//! The worked example, and what must not happen.

use std::error::Error;

use emptor_table::{
    Activities, ActivityColumns, Cancellation, CostPoolColumns, CostPools, CustomerColumns, Customers, Policy,
    ProductColumns, Products, ReadOptions, TransactionColumns, Transactions,
};
use emptor_types::{Date, Fit, TimeUnit};
use polars::prelude::{DataFrame, DataType, IdxCa, IntoLazy, NewChunkedArray, col, df, lit};

use super::*;
use crate::value::forecast::{Credibility, TrailingLevel};

type Outcome = Result<(), Box<dyn Error>>;

/// Amounts are whole cents; doubles miss them by less.
const EXACT: f64 = 1e-9;

/// A worked example of eleven lines: C4 never buys, C5 only calls, the product of C6 has no cost. Its results were
/// computed by hand and by an independent program.
fn lines() -> Result<DataFrame, Box<dyn Error>> {
    Ok(df!(
        "line" => ["L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8", "L9", "L10", "L11"],
        "order" => ["O1", "O1", "O2", "O3", "O4", "R1", "O6", "O7", "O8", "O9", "O10"],
        "who" => ["C1", "C1", "C1", "C1", "C2", "C2", "C2", "C3", "C5", "C5", "C6"],
        "day" => ["2024-01-10", "2024-01-10", "2024-06-10", "2024-11-10", "2024-03-05", "2024-04-05", "2024-09-05",
            "2024-12-20", "2023-05-01", "2023-11-01", "2024-08-08"],
        "sku" => ["P1", "P2", "P1", "P2", "P1", "P1", "P2", "P2", "P1", "P1", "P3"],
        "qty" => [1.0, 1.0, 2.0, 1.0, 3.0, -1.0, 2.0, 1.0, 1.0, 1.0, 2.0],
        "net" => [100.0, 50.0, 200.0, 50.0, 300.0, -100.0, 100.0, 50.0, 100.0, 100.0, 160.0],
        "type" => ["sale", "sale", "sale", "sale", "sale", "return", "sale", "sale", "sale", "sale", "sale"],
        "ref" => [None, None, None, None, None, Some("L5"), None, None, None, None, None],
        "restocked" => [None, None, None, None, None, Some(true), None, None, None, None, None],
    )?)
}

fn transaction_columns() -> TransactionColumns {
    TransactionColumns::new("who", "day")
        .line("line")
        .order("order")
        .product("sku")
        .quantity("qty")
        .amount("net")
        .line_type("type")
        .ref_line("ref")
        .restocked("restocked")
}

fn products() -> Result<Products, Box<dyn Error>> {
    let table = df!("sku" => ["P1", "P2", "P3"], "cat" => ["A", "B", "C"], "cost" => [Some(60.0), Some(30.0), None])?;
    Ok(Products::scan(table, &ProductColumns::new("sku").category("cat").unit_cost("cost"))?)
}

fn service() -> Result<Activities, Box<dyn Error>> {
    let log =
        df!("who" => ["C1", "C5", "C5"], "day" => ["2024-02-01", "2024-03-01", "2024-07-01"], "n" => [1.0, 1.0, 2.0])?;
    Ok(Activities::scan(log, &ActivityColumns::new("who", "day").named("inquiry").quantity("n"))?)
}

fn people() -> Result<Customers, Box<dyn Error>> {
    Ok(Customers::scan(df!("id" => ["C1", "C2", "C3", "C4", "C5", "C6"])?, &CustomerColumns::new("id"))?)
}

fn tables(lines: DataFrame) -> Result<ProfitTables, Box<dyn Error>> {
    Ok(ProfitTables::new(Transactions::from_frame(lines, &transaction_columns())?)
        .with_products(products()?)
        .with_customers(people()?)
        .with_activities(service()?))
}

fn settings(period: ProfitPeriod) -> Result<RelationshipProfitBuilder, Box<dyn Error>> {
    Ok(RelationshipProfit::builder()
        .window("2024-01-01".parse()?, "2024-12-31".parse()?)
        .period(period)
        .rule(CostRule::orders().costs(6.40))
        .rule(CostRule::logged("inquiry").costs(35.20))
        .rule(CostRule::return_lines().costs(35.20)))
}

fn numbers(frame: &DataFrame, column: &str) -> Result<Vec<Option<f64>>, Box<dyn Error>> {
    Ok(frame.column(column)?.cast(&DataType::Float64)?.f64()?.iter().collect())
}

fn texts(frame: &DataFrame, column: &str) -> Result<Vec<Option<String>>, Box<dyn Error>> {
    Ok(frame.column(column)?.str()?.iter().map(|text| text.map(str::to_owned)).collect())
}

#[track_caller]
fn close(got: &[Option<f64>], expected: &[f64]) {
    let same = got.len() == expected.len()
        && got.iter().zip(expected).all(|(got, expected)| match got {
            Some(got) => (got - expected).abs() <= EXACT * (1.0 + expected.abs()),
            None => expected.is_nan(),
        });
    assert!(same, "{got:?} against {expected:?}");
}

fn said<T>(result: Result<T, ProfitError>, text: &str) -> Result<ProfitError, Box<dyn Error>> {
    let error = result.map(|_| ()).err().ok_or_else(|| format!("no error: {text}"))?;
    assert!(error.to_string().contains(text), "{error}");
    Ok(error)
}

#[test]
fn the_worked_example_comes_out_to_the_cent() -> Outcome {
    let profits =
        settings(ProfitPeriod::Year)?.missing_cost(MissingCost::GlobalRate).build()?.compute(&tables(lines()?)?)?;
    let totals = profits.totals();
    assert_eq!(
        texts(totals, "customer_id")?.iter().flatten().collect::<Vec<_>>(),
        ["C1", "C2", "C3", "C4", "C5", "C6"]
    );
    close(&numbers(totals, "net_rev")?, &[400.0, 300.0, 50.0, 0.0, 0.0, 160.0]);
    close(&numbers(totals, "returns")?, &[0.0, 100.0, 0.0, 0.0, 0.0, 0.0]);
    close(&numbers(totals, "cm1")?, &[160.0, 120.0, 20.0, 0.0, 0.0, 64.0]);
    close(&numbers(totals, "cts")?, &[54.4, 48.0, 6.4, 0.0, 105.6, 6.4]);
    close(&numbers(totals, "cm2")?, &[105.6, 72.0, 13.6, 0.0, -105.6, 57.6]);
    close(&numbers(totals, "cm2_known")?, &[105.6, 72.0, 13.6, 0.0, -105.6, -6.4]);
    close(&numbers(totals, "cogs_imputed")?, &[0.0, 0.0, 0.0, 0.0, 0.0, 96.0]);
    close(&numbers(totals, "imputed_share")?, &[0.0, 0.0, 0.0, f64::NAN, f64::NAN, 1.0]);
    close(&numbers(totals, "cm2_pct")?, &[0.264, 0.24, 0.272, f64::NAN, f64::NAN, 0.36]);
    close(&[Some(profits.values(ProfitMeasure::Cm2).iter().sum())], &[143.2]);
    close(&[profits.cost_coverage(), profits.imputed_share()], &[750.0 / 910.0, 160.0 / 910.0]);
    let orders: Vec<Option<f64>> = profits
        .activities()?
        .lazy()
        .filter(col("activity").eq(lit("orders")))
        .collect()?
        .column("qty")?
        .f64()?
        .iter()
        .collect();
    close(&orders, &[3.0, 2.0, 1.0, 1.0]);
    assert!(profits.reconciliation().holds(), "{:?}", profits.reconciliation());
    let revenue = profits.reconciliation().line("net revenue").ok_or("no line")?;
    close(&[Some(revenue.customers), Some(revenue.outside), Some(revenue.control)], &[910.0, 200.0, 1110.0]);
    assert_eq!(profits.unassigned().height(), 0);
    Ok(())
}

#[test]
fn a_missing_cost_is_null_with_a_reason_and_never_pure_profit() -> Outcome {
    let profits = settings(ProfitPeriod::Year)?.build()?.compute(&tables(lines()?)?)?;
    let totals = profits.totals();
    for column in ["cogs", "cm1", "cm2", "net_profit"] {
        assert_eq!(numbers(totals, column)?[5], None, "{column}");
        assert!(numbers(totals, column)?[..5].iter().all(Option::is_some), "{column}");
    }
    assert_eq!(texts(totals, "reason")?[5].as_deref(), Some("no unit cost is known for a line"));
    close(&numbers(totals, "cm2_known")?[5..], &[-6.4]);
    close(&numbers(totals, "cost_coverage")?[5..], &[0.0]);
    assert!(profits.values(ProfitMeasure::Cm2)[5].is_nan());
    assert!((profits.values(ProfitMeasure::Cm2Known)[5] + 6.4).abs() < EXACT);
    // The service cost of C6 belongs to no product and is known.
    let cells = profits.by_product()?.lazy().filter(col("customer_id").eq(lit("C6"))).collect()?;
    assert_eq!(texts(&cells, "product_id")?, [Some("P3".to_owned()), None]);
    close(&numbers(&cells, "cm2")?, &[f64::NAN, -6.4]);

    // A return without a cost beside a sale with one.
    let lines = df!("who" => ["a", "a"], "day" => ["2024-01-02"; 2], "sku" => ["p", "q"], "qty" => [1.0, -1.0], "net" => [10.0, -4.0])?;
    let costs = df!("sku" => ["p"], "cost" => [6.0])?;
    let columns = TransactionColumns::new("who", "day").product("sku").quantity("qty").amount("net");
    let tables = ProfitTables::new(Transactions::from_frame(lines, &columns)?)
        .with_products(Products::scan(costs, &ProductColumns::new("sku").unit_cost("cost"))?);
    let spec = RelationshipProfit::builder().window("2024-01-01".parse()?, "2024-12-31".parse()?);
    let profits = spec.clone().period(ProfitPeriod::Window).build()?.compute(&tables)?;
    close(&numbers(profits.totals(), "cm1")?, &[f64::NAN]);
    close(&numbers(&profits.by_product()?, "cm1")?, &[4.0, f64::NAN]);
    let profits = spec.period(ProfitPeriod::Window).missing_cost(MissingCost::GlobalRate).build()?.compute(&tables)?;
    close(&numbers(&profits.by_product()?, "cm1")?, &[4.0, -1.6]);
    Ok(())
}

#[test]
fn returns_count_when_they_happen_or_when_the_goods_were_sold() -> Outcome {
    let tables = tables(lines()?)?;
    for (dating, quarters) in [
        (ReturnDating::Event, [450.0, 100.0, 260.0, 100.0]),
        (ReturnDating::OriginalOrder, [350.0, 200.0, 260.0, 100.0]),
    ] {
        let profits = settings(ProfitPeriod::Quarter)?.return_dating(dating).build()?.compute(&tables)?;
        let mut net = [0.0; 4];
        let months = profits.by_period()?.column("period_start")?.to_physical_repr();
        for (day, amount) in months.i32()?.iter().flatten().zip(numbers(&profits.by_period()?, "net_rev")?) {
            let (_, month) = Date::from_days_since_epoch(day)?.year_month();
            net[(month as usize - 1) / 3] += amount.unwrap_or(f64::NAN);
        }
        close(&net.map(Some), &quarters);
        assert!(profits.reconciliation().holds());
        // Handling falls into the second quarter either way.
        let handled = profits.activities()?.lazy().filter(col("activity").eq(lit("return lines"))).collect()?;
        assert_eq!(handled.column("period_start")?.get(0)?.to_string(), "2024-04-01");
    }
    Ok(())
}

#[test]
fn neither_the_order_of_rows_nor_cancelled_lines_change_a_bit() -> Outcome {
    let spec = settings(ProfitPeriod::Month)?.missing_cost(MissingCost::CategoryRate).build()?;
    let plain = spec.compute(&tables(lines()?)?)?;
    let order: Vec<u32> = vec![10, 3, 5, 0, 9, 1, 8, 2, 7, 4, 6];
    let shuffled = lines()?.take(&IdxCa::from_slice("i".into(), &order))?;
    let shuffled = spec.compute(&tables(shuffled)?)?;
    let mut more = lines()?.lazy().with_column(lit("completed").alias("status")).collect()?;
    let void = more.slice(4, 1).lazy().with_columns([lit("L99").alias("line"), lit("cancelled").alias("status")]);
    more.vstack_mut(&void.collect()?)?;
    let columns = transaction_columns()
        .cancellation(Cancellation::Void { column: "status".into(), values: vec!["cancelled".into()] });
    let more = ProfitTables { transactions: Transactions::from_frame(more, &columns)?, ..tables(lines()?)? };
    let more = spec.compute(&more)?;
    for other in [&shuffled, &more] {
        assert!(other.by_product()?.equals_missing(&plain.by_product()?));
        assert!(other.by_period()?.equals_missing(&plain.by_period()?));
        assert!(other.totals().equals_missing(plain.totals()));
        assert!(other.activities()?.equals_missing(&plain.activities()?));
        assert!(other.reconciliation().holds());
    }
    let outside = more.reconciliation().line("net revenue").ok_or("no line")?.outside;
    close(&[Some(outside)], &[500.0]);
    Ok(())
}

/// One customer, one product at a time; `extra` names further columns.
fn sold(lines: DataFrame, columns: TransactionColumns, products: DataFrame) -> Result<ProfitTables, Box<dyn Error>> {
    let product_columns = ProductColumns::new("sku").unit_cost("cost");
    let product_columns =
        if products.column("since").is_ok() { product_columns.cost_valid_from("since") } else { product_columns };
    Ok(ProfitTables::new(Transactions::from_frame(lines, &columns)?)
        .with_products(Products::scan(products, &product_columns)?))
}

fn year() -> Result<RelationshipProfitBuilder, Box<dyn Error>> {
    Ok(RelationshipProfit::builder().window("2024-01-01".parse()?, "2024-12-31".parse()?).period(ProfitPeriod::Year))
}

#[test]
fn what_is_not_restocked_stays_a_cost_and_a_return_gives_back_the_cost_of_its_sale() -> Outcome {
    let lines = |restocked: Option<bool>| {
        df!("line" => ["1", "2"], "who" => ["a", "a"], "day" => ["2024-02-01", "2024-08-01"], "sku" => ["p"; 2],
            "qty" => [3.0, -1.0], "net" => [30.0, -10.0], "ref" => [None, Some("1")], "stock" => [None, restocked])
    };
    let products = df!("sku" => ["p", "p"], "since" => ["2024-01-01", "2024-07-01"], "cost" => [6.0, 9.0])?;
    let columns = TransactionColumns::new("who", "day")
        .line("line")
        .product("sku")
        .quantity("qty")
        .amount("net")
        .ref_line("ref")
        .restocked("stock");
    for (restocked, cogs) in [(Some(true), 12.0), (None, 12.0), (Some(false), 18.0)] {
        let tables = sold(lines(restocked)?, columns.clone(), products.clone())?;
        let profits = year()?.build()?.compute(&tables)?;
        close(&numbers(profits.totals(), "cogs")?, &[cogs]);
    }
    Ok(())
}

#[test]
fn lists_discounts_rebates_fees_and_gifts_stand_on_their_own_rungs() -> Outcome {
    let lines = df!(
        "who" => ["a"; 5], "day" => ["2024-02-01"; 5], "sku" => [Some("p"), Some("p"), None, None, Some("p")],
        "qty" => [Some(2.0), Some(1.0), None, None, Some(-1.0)],
        "list" => [Some(24.0), Some(12.0), None, None, Some(-12.0)],
        "net" => [20.0, 0.0, 5.0, -3.0, -10.0],
        "type" => ["sale", "free", "fee", "credit", "return"],
    )?;
    let columns = TransactionColumns::new("who", "day")
        .product("sku")
        .quantity("qty")
        .amount("net")
        .list_amount("list")
        .line_type("type");
    let profits = year()?.build()?.compute(&sold(lines, columns, df!("sku" => ["p"], "cost" => [4.0])?)?)?;
    let totals = profits.totals();
    for (column, amount) in [
        ("list_rev", 41.0), // 24 + 12 given away + a fee of 5
        ("discount", 16.0),
        ("rebates", 3.0),
        ("returns", 10.0),
        ("net_rev", 12.0),
        ("cogs", 8.0), // two sold, one given, one back
        ("cm1", 4.0),
    ] {
        close(&numbers(totals, column)?, &[amount]);
    }
    Ok(())
}

#[test]
fn costs_are_imputed_from_the_category_then_from_all_then_from_the_supplier() -> Outcome {
    let lines = df!("who" => ["a"; 4], "day" => ["2024-02-01"; 4], "sku" => ["p", "q", "r", "s"], "qty" => [1.0; 4],
        "net" => [100.0, 100.0, 100.0, 200.0])?;
    let table = df!("sku" => ["p", "q", "r", "s"], "cat" => ["A", "A", "B", "C"],
        "cost" => [Some(50.0), None, None, Some(160.0)], "supplier" => [None, Some(45.0), None, None])?;
    let columns = TransactionColumns::new("who", "day").product("sku").quantity("qty").amount("net");
    let product_columns = ProductColumns::new("sku").category("cat").unit_cost("cost").supplier_price("supplier");
    let tables = ProfitTables::new(Transactions::from_frame(lines, &columns)?)
        .with_products(Products::scan(table, &product_columns)?);
    for (policy, cogs) in [
        (MissingCost::Null, [50.0, f64::NAN, f64::NAN, 160.0]),
        (MissingCost::CategoryRate, [50.0, 50.0, 70.0, 160.0]), // 210 / 300 of all
        (MissingCost::GlobalRate, [50.0, 70.0, 70.0, 160.0]),
        (MissingCost::SupplierPrice, [50.0, 45.0, f64::NAN, 160.0]),
    ] {
        let profits = year()?.missing_cost(policy).build()?.compute(&tables)?;
        close(&numbers(&profits.by_product()?, "cogs")?, &cogs);
        let coverage = profits.cost_coverage();
        close(&[coverage], &[0.6]);
        assert!(profits.reconciliation().holds());
    }
    Ok(())
}

fn pools(from: &[&str], kind: &str, amount: f64, minutes: Option<f64>) -> Result<CostPools, Box<dyn Error>> {
    let n = from.len();
    let table = df!("pool" => vec!["desk"; n], "from" => from, "type" => vec![kind; n], "amount" => vec![amount; n],
        "minutes" => vec![minutes; n], "ccy" => vec!["EUR"; n])?;
    let columns = CostPoolColumns::new("pool", "from", "type", "amount").practical_capacity("minutes").currency("ccy");
    Ok(CostPools::scan(table, &columns)?)
}

/// The quarter of Kaplan & Anderson (2004), told by a log and by orders.
fn desk(pools: CostPools) -> Result<ProfitTables, Box<dyn Error>> {
    let orders = df!("who" => ["a", "b"], "day" => ["2024-02-01"; 2], "net" => [1e6, 2e6])?;
    let log = df!(
        "who" => [Some("a"), Some("b"), Some("b"), None],
        "day" => ["2024-02-02"; 4],
        "what" => ["order", "order", "inquiry", "credit check"],
        "n" => [40_000.0, 9_000.0, 1_400.0, 2_500.0],
        "pages" => [0.0, 0.0, 2.0, 0.0],
        "took" => [320_000.0, 72_000.0, 61_600.0, 125_000.0],
    )?;
    let columns = ActivityColumns::new("who", "day").activity("what").quantity("n").driver("pages").minutes("took");
    Ok(ProfitTables::new(Transactions::from_frame(orders, &TransactionColumns::new("who", "day").amount("net"))?)
        .with_activities(Activities::scan(log, &columns)?)
        .with_pools(pools))
}

fn quarter() -> Result<RelationshipProfitBuilder, Box<dyn Error>> {
    Ok(RelationshipProfit::builder()
        .window("2024-01-01".parse()?, "2024-03-31".parse()?)
        .period(ProfitPeriod::Quarter)
        .rule(CostRule::logged("order").takes(TimeEquation::base(8.0)?, "desk"))
        .rule(CostRule::logged("inquiry").takes(TimeEquation::base(4.0)?.plus("pages", 20.0)?, "desk"))
        .rule(CostRule::logged("credit check").own_minutes("desk")))
}

#[test]
fn time_is_charged_at_practical_capacity_and_idle_time_to_nobody() -> Outcome {
    let tables = desk(pools(&["2024-01-01"], "capacity", 560_000.0, Some(700_000.0))?)?;
    let profits = quarter()?.build()?.compute(&tables)?;
    close(&numbers(profits.totals(), "cts")?, &[256_000.0, 57_600.0 + 49_280.0]);
    let unassigned = profits.unassigned();
    assert_eq!(
        texts(unassigned, "reason")?.iter().flatten().collect::<Vec<_>>(),
        ["unknown_customer", "unused_capacity"]
    );
    close(&numbers(unassigned, "amount")?, &[100_000.0, 97_120.0]);
    let capacity = profits.capacity();
    close(&numbers(capacity, "rate")?, &[0.80]);
    close(&numbers(capacity, "used_minutes")?, &[578_600.0]);
    close(&numbers(capacity, "unused_minutes")?, &[121_400.0]);
    close(&numbers(&profits.activities()?, "rate")?, &[0.8, 0.8, 0.8]);
    close(&numbers(&profits.activities()?, "minutes")?, &[320_000.0, 72_000.0, 61_600.0]);
    let line = profits.reconciliation().line("pool desk").ok_or("no line")?;
    assert!(profits.reconciliation().holds());
    close(
        &[Some(line.customers), Some(line.unassigned), Some(line.unused), Some(line.control)],
        &[362_880.0, 100_000.0, 97_120.0, 560_000.0],
    );
    Ok(())
}

#[test]
fn work_beyond_capacity_is_overload_at_the_same_rate() -> Outcome {
    let tables = desk(pools(&["2024-01-01"], "capacity", 400_000.0, Some(500_000.0))?)?;
    let profits = quarter()?.build()?.compute(&tables)?;
    close(&numbers(profits.capacity(), "overload_minutes")?, &[78_600.0]);
    close(&numbers(profits.capacity(), "overload_cost")?, &[62_880.0]);
    close(&numbers(profits.capacity(), "unused_cost")?, &[0.0]);
    assert_eq!(texts(profits.unassigned(), "reason")?[0].as_deref(), Some("overload"));
    assert!(profits.reconciliation().holds());
    Ok(())
}

#[test]
fn pools_by_month_add_up_only_where_that_is_said() -> Outcome {
    let months = ["2024-01-01", "2024-02-01", "2024-03-01"];
    let by_month = || pools(&months, "capacity", 560_000.0 / 3.0, Some(700_000.0 / 3.0));
    let profits = quarter()?.pool_period(ProfitPeriod::Month).build()?.compute(&desk(by_month()?)?)?;
    assert!((numbers(profits.capacity(), "rate")?[0].ok_or("no rate")? - 0.80).abs() < 1e-9);
    said(quarter()?.build()?.compute(&desk(by_month()?)?), "more than one row in the quarter from 2024-01-01")?;
    let gap = pools(&["2024-01-01", "2024-03-01"], "capacity", 1.0, Some(1.0))?;
    let spec = quarter()?.pool_period(ProfitPeriod::Month).build()?;
    said(spec.compute(&desk(gap)?), "no row for the month from 2024-02-01")?;
    let other = pools(&["2023-01-01"], "capacity", 1.0, Some(1.0))?;
    said(quarter()?.build()?.compute(&desk(other)?), "no row for the quarter from 2024-01-01")?;
    let cut = quarter()?.window("2024-01-01".parse()?, "2024-02-15".parse()?).build()?;
    said(cut.compute(&desk(pools(&["2024-01-01"], "capacity", 1.0, Some(1.0))?)?), "holds only a part of 2024-01-01")?;
    let coarse = quarter()?.pool_period(ProfitPeriod::Year).build();
    assert!(coarse.is_err_and(|e| e.to_string().contains("must add up to whole periods")));
    Ok(())
}

#[test]
fn pools_without_a_driver_or_a_base_stay_unassigned() -> Outcome {
    let spec = || -> Result<RelationshipProfitBuilder, Box<dyn Error>> {
        Ok(RelationshipProfit::builder()
            .window("2024-01-01".parse()?, "2024-03-31".parse()?)
            .period(ProfitPeriod::Quarter)
            .unknown_activity(UnknownActivity::NoDriver))
    };
    for (kind, minutes, component, reason) in [
        ("capacity", Some(5.0), "cost_to_serve", "no_driver"),
        ("variable", None, "cost_to_serve", "no_driver"),
        ("direct_marketing", None, "direct_marketing", "no_driver"),
        ("fixed", None, "fixed", "not_allocated"),
        ("cogs", None, "cogs", "cost_variance"),
    ] {
        let profits = spec()?.build()?.compute(&desk(pools(&["2024-01-01"], kind, 70.0, minutes)?)?)?;
        assert_eq!(texts(profits.unassigned(), "component")?, [Some(component.to_owned())]);
        assert_eq!(texts(profits.unassigned(), "reason")?, [Some(reason.to_owned())]);
        close(&numbers(profits.unassigned(), "amount")?, &[70.0]);
        assert!(profits.reconciliation().holds(), "{kind}");
    }
    // A campaign is spread over its contacts, and belongs to marketing.
    let shared = spec()?.rule(CostRule::logged("order").share_of("desk")).build()?;
    let profits = shared.compute(&desk(pools(&["2024-01-01"], "direct_marketing", 49.0, None)?)?)?;
    close(&numbers(profits.totals(), "direct_mkt")?, &[40.0, 9.0]);
    close(&numbers(profits.totals(), "cts")?, &[0.0, 0.0]);
    assert!(profits.reconciliation().holds());
    Ok(())
}

#[test]
fn fixed_cost_is_spread_by_the_base_that_is_asked_for() -> Outcome {
    let table = df!("pool" => ["rent"], "from" => ["2024-01-01"], "type" => ["fixed"], "amount" => [182.0])?;
    let rent = || CostPools::scan(table.clone(), &CostPoolColumns::new("pool", "from", "type", "amount"));
    let spec = |by| -> Result<RelationshipProfit, Box<dyn Error>> {
        Ok(settings(ProfitPeriod::Year)?.missing_cost(MissingCost::GlobalRate).fixed_allocation(by).build()?)
    };
    let cm2 = [105.6, 72.0, 13.6, 0.0, -105.6, 57.6];
    for (by, parts) in [
        (FixedAllocation::None, [0.0; 6]),
        (FixedAllocation::Revenue, [80.0, 60.0, 10.0, 0.0, 0.0, 32.0]),
        (FixedAllocation::Cm1, [80.0, 60.0, 10.0, 0.0, 0.0, 32.0]),
        (FixedAllocation::Cm2, [105.6, 72.0, 13.6, 0.0, 0.0, 57.6].map(|cm2| 182.0 * cm2 / 248.8)),
        // C4 is not active.
        (FixedAllocation::PerActiveCustomer, [36.4, 36.4, 36.4, 0.0, 36.4, 36.4]),
    ] {
        let profits = spec(by)?.compute(&tables(lines()?)?.with_pools(rent()?))?;
        let got = numbers(profits.totals(), "fixed_alloc")?;
        assert!(
            got.iter().zip(parts).all(|(got, part)| (got.unwrap_or(f64::NAN) - part).abs() < 2e-6),
            "{by:?} {got:?}"
        );
        let net = profits.values(ProfitMeasure::NetProfit);
        assert!(net.iter().zip(cm2).zip(parts).all(|((net, cm2), part)| (net - (cm2 - part)).abs() < 2e-6));
        assert!(profits.reconciliation().holds());
        if by != FixedAllocation::None {
            let total: f64 = got.iter().flatten().sum();
            assert!((total - 182.0).abs() < EXACT, "{total}");
        }
    }
    let unknown = settings(ProfitPeriod::Year)?.fixed_allocation(FixedAllocation::Cm1).build()?;
    said(unknown.compute(&tables(lines()?)?.with_pools(rent()?)), "unknown for 1 customers and periods")?;
    Ok(())
}

#[test]
fn nobody_and_internal_customers_leave_the_others_alone() -> Outcome {
    let mut more = lines()?;
    let house = |who: &str, line: &str| {
        lines().map(|lines| lines.slice(0, 1).lazy().with_columns([lit(line).alias("line"), lit(who).alias("who")]))
    };
    more.vstack_mut(&house("C7", "H1")?.collect()?)?;
    more.vstack_mut(&house("", "H2")?.collect()?)?;
    let people = df!("id" => ["C1", "C2", "C3", "C4", "C5", "C6", "C7"], "own" => [false, false, false, false, false, false, true])?;
    let people = Customers::scan(people, &CustomerColumns::new("id").internal("own"))?;
    let spec = settings(ProfitPeriod::Year)?.missing_cost(MissingCost::GlobalRate).build()?;
    let plain = spec.compute(&tables(lines()?)?)?;
    let profits = spec.compute(&tables(more)?.with_customers(people))?;
    assert!(profits.totals().equals_missing(plain.totals()));
    let reasons = texts(profits.unassigned(), "reason")?;
    let amounts = numbers(profits.unassigned(), "amount")?;
    let of = |reason: &str| {
        let own = reasons.iter().zip(&amounts).filter(|(r, _)| r.as_deref() == Some(reason));
        own.map(|(_, amount)| *amount).collect::<Vec<_>>()
    };
    // Handling the order, product cost, revenue.
    close(&of("excluded_customer"), &[6.4, 60.0, 100.0]);
    close(&of("unknown_customer"), &[6.4, 60.0, 100.0]);
    assert!(profits.reconciliation().holds(), "{:?}", profits.reconciliation());
    Ok(())
}

#[test]
fn shipping_follows_the_channel_and_marketing_has_its_own_rung() -> Outcome {
    let lines = df!("who" => ["a", "a", "a", "b"], "day" => ["2024-02-01", "2024-02-01", "2024-03-01", "2024-03-01"],
        "order" => ["1", "1", "2", "3"], "channel" => ["online", "online", "store", "online"], "net" => [10.0, 5.0, 7.0, 9.0],
        "n" => [2.0, 1.0, 1.0, 3.0], "sku" => ["p", "q", "p", "p"])?;
    let contacts =
        df!("who" => ["a", "b"], "day" => ["2024-01-05"; 2], "cost" => [0.5, 0.25], "sku" => [Some("q"), None])?;
    let columns = TransactionColumns::new("who", "day")
        .order("order")
        .channel("channel")
        .amount("net")
        .quantity("n")
        .product("sku");
    let contacts =
        Activities::scan(contacts, &ActivityColumns::new("who", "day").named("contact").cost("cost").product("sku"))?;
    let tables = ProfitTables::new(Transactions::from_frame(lines, &columns)?).with_activities(contacts);
    let profits = year()?
        .rule(CostRule::shipments("online").costs(4.0))
        .rule(CostRule::orders().costs(1.0))
        .rule(CostRule::order_lines().costs(0.1))
        .rule(CostRule::units().costs(0.01))
        .rule(CostRule::logged("contact").own_cost().direct_marketing())
        .build()?
        .compute(&tables)?;
    close(&numbers(profits.totals(), "cts")?, &[4.0 + 2.0 + 0.3 + 0.04, 4.0 + 1.0 + 0.1 + 0.03]);
    close(&numbers(profits.totals(), "direct_mkt")?, &[0.5, 0.25]);
    let cells = &profits.by_product()?;
    assert_eq!(texts(cells, "product_id")?, ["p", "q", "", "p", ""].map(|p| (!p.is_empty()).then(|| p.to_owned())));
    close(&numbers(cells, "direct_mkt")?, &[0.0, 0.5, 0.0, 0.0, 0.25]);
    close(&numbers(cells, "cts")?, &[0.23, 0.11, 6.0, 0.13, 5.0]);
    assert!(profits.reconciliation().holds());
    Ok(())
}

#[test]
fn a_panel_starts_with_the_customer() -> Outcome {
    let profits =
        settings(ProfitPeriod::Quarter)?.missing_cost(MissingCost::GlobalRate).build()?.compute(&tables(lines()?)?)?;
    let panel: Vec<Option<f64>> =
        profits.panel(ProfitMeasure::Cm2).iter().map(|value| (!value.is_nan()).then_some(*value)).collect();
    let nan = f64::NAN;
    close(&panel[0..4], &[60.0 - 6.4 - 35.2, 80.0 - 6.4, 0.0, 20.0 - 6.4]);
    close(&panel[8..12], &[nan, nan, nan, 13.6]);
    close(&panel[12..16], &[nan; 4]);
    close(&panel[16..20], &[-35.2, 0.0, -70.4, 0.0]);
    assert_eq!(profits.period_starts()[3].to_string(), "2024-10-01");
    // The first lines of C5 were in 2023.
    assert_eq!(profits.ages(), [3, 3, 0, 0, 6, 1]);
    let unknown = settings(ProfitPeriod::Quarter)?.build()?.compute(&tables(lines()?)?)?;
    assert!(unknown.panel(ProfitMeasure::Cm2)[20..].iter().all(|value| value.is_nan() || value.abs() < EXACT));
    Ok(())
}

#[test]
fn what_the_tables_lack_is_said() -> Outcome {
    let bare = || -> Result<ProfitTables, Box<dyn Error>> {
        let lines = df!("who" => ["a"], "day" => ["2024-02-01"], "net" => [10.0])?;
        Ok(ProfitTables::new(Transactions::from_frame(lines, &TransactionColumns::new("who", "day").amount("net"))?))
    };
    let desk = CostRule::orders().takes(TimeEquation::base(1.0)?, "desk");
    for (spec, tables, text) in [
        (year()?, bare()?.with_products(products()?), "product cost needs a product column in transactions"),
        (year()?.missing_cost(MissingCost::GlobalRate), bare()?, "a cost rate needs a products table"),
        (year()?.missing_cost(MissingCost::SupplierPrice), tables(lines()?)?, "column `supplier_price`"),
        (year()?.return_dating(ReturnDating::OriginalOrder), bare()?, "a ref_line column"),
        (year()?.rule(CostRule::shipments("x").costs(1.0)), bare()?, "a channel column"),
        (year()?.rule(CostRule::units().costs(1.0)), bare()?, "a quantity column"),
        (year()?.rule(CostRule::logged("x").costs(1.0)), bare()?, "rule `x` needs an activity table"),
        (year()?.rule(desk.clone()), bare()?, "a table of cost pools"),
        (year()?.fixed_allocation(FixedAllocation::Cm2), bare()?, "a table of cost pools"),
        (year()?, tables(lines()?)?, "no rule says what these activities cost: inquiry; there are rules for none"),
        (
            year()?.rule(CostRule::logged("inquiry").own_cost()),
            tables(lines()?)?,
            "a column `cost` in the log of activity `inquiry`",
        ),
        (
            year()?.rule(desk.clone()),
            bare()?.with_pools(pools(&["2024-01-01"], "fixed", 1.0, None)?),
            "must be a pool of type capacity; there are desk (fixed)",
        ),
    ] {
        said(spec.build()?.compute(&tables), text)?;
    }
    Ok(())
}

#[test]
fn ids_and_currencies_must_match_and_rows_must_have_what_they_are_charged_by() -> Outcome {
    let lines = df!("who" => ["a"], "day" => ["2024-02-01"], "net" => [10.0], "ccy" => ["EUR"])?;
    let columns = TransactionColumns::new("who", "day").amount("net").currency("ccy");
    let bare = || -> Result<ProfitTables, Box<dyn Error>> {
        Ok(ProfitTables::new(Transactions::from_frame(lines.clone(), &columns)?))
    };
    let numbers = df!("who" => [1_i64], "day" => ["2024-02-01"])?;
    let log = Activities::scan(numbers, &ActivityColumns::new("who", "day").named("x"))?;
    let spec = year()?.rule(CostRule::logged("x").costs(1.0)).build()?;
    let error = said(spec.compute(&bare()?.with_activities(log)), "customer_id is str in transactions and i64 in")?;
    assert!(matches!(error, ProfitError::IdTypes { .. }));

    let pools = pools(&["2024-01-01"], "fixed", 1.0, None)?;
    assert!(year()?.build()?.compute(&bare()?.with_pools(pools)).is_ok());
    let dollars =
        df!("pool" => ["p"], "from" => ["2024-01-01"], "type" => ["fixed"], "amount" => [1.0], "ccy" => ["USD"])?;
    let dollars = CostPools::scan(dollars, &CostPoolColumns::new("pool", "from", "type", "amount").currency("ccy"))?;
    said(year()?.build()?.compute(&bare()?.with_pools(dollars)), "transactions: EUR, cost pools: USD")?;
    let dollars = df!("sku" => ["p"], "ccy" => ["USD"])?;
    let dollars = Products::scan(dollars, &ProductColumns::new("sku").currency("ccy"))?;
    said(year()?.build()?.compute(&bare()?.with_products(dollars)), "transactions: EUR, products: USD")?;

    let log = df!("who" => ["a", "a"], "day" => ["2024-02-01"; 2], "cost" => [Some(1.0), None])?;
    let log = Activities::scan(log, &ActivityColumns::new("who", "day").named("x").cost("cost"))?;
    let spec = year()?.rule(CostRule::logged("x").own_cost()).build()?;
    said(spec.compute(&bare()?.with_activities(log)), "1 rows of activity `x` in the window have no cost")?;
    Ok(())
}

#[test]
fn rules_that_cannot_work_are_refused_together() -> Outcome {
    let error = RelationshipProfit::builder()
        .rule(CostRule::orders())
        .rule(CostRule::orders().costs(-1.0))
        .rule(CostRule::units().takes(TimeEquation::base(1.0)?.plus("kg", 1.0)?, "p"))
        .rule(CostRule::order_lines().own_cost())
        .rule(CostRule::return_lines().own_minutes("p"))
        .rule(CostRule::logged("a").share_of("q"))
        .rule(CostRule::logged("b").share_of("q"))
        .build()
        .err()
        .ok_or("built")?
        .to_string();
    for text in [
        "window must be given",
        "period must be given",
        "must say what the activity costs",
        "must cost a finite amount of at least 0",
        "must have a name of its own",
        "without drivers",
        "to use its own cost",
        "to use its own minutes",
        "must be shared out by one rule only",
    ] {
        assert!(error.contains(text), "{text}: {error}");
    }
    Ok(())
}

#[test]
fn sums_too_large_to_be_exact_are_refused() -> Outcome {
    let lines = df!("who" => vec!["a"; 10], "day" => vec!["2024-02-01"; 10], "net" => vec![1e12; 10])?;
    let tables =
        ProfitTables::new(Transactions::from_frame(lines, &TransactionColumns::new("who", "day").amount("net"))?);
    said(year()?.build()?.compute(&tables), "sums of money are kept in millionths")?;
    Ok(())
}

#[test]
fn an_empty_window_gives_empty_tables_that_hold() -> Outcome {
    let spec = settings(ProfitPeriod::Year)?.window("2030-01-01".parse()?, "2030-12-31".parse()?).build()?;
    let profits = spec.compute(&tables(lines()?)?)?;
    assert_eq!(profits.by_product()?.height(), 0);
    assert_eq!(profits.totals().height(), 6);
    assert!(profits.reconciliation().holds());
    assert_eq!(profits.cost_coverage(), None);
    Ok(())
}

#[test]
fn orders_take_time_under_integer_ids_and_units_must_be_counted() -> Outcome {
    // Without order numbers a day with goods is an order; the refund without goods is none.
    let lines = df!("who" => [10_i64, 9, 9, 9], "day" => ["2024-01-05", "2024-01-05", "2024-01-05", "2024-02-05"],
        "sku" => [2_i64, 10, 2, 2], "qty" => [Some(1.0), Some(2.0), Some(1.0), Some(-1.0)], "net" => [5.0, 6.0, 5.0, -5.0])?;
    let columns = TransactionColumns::new("who", "day").product("sku").quantity("qty").amount("net");
    let tables = |lines: DataFrame| -> Result<ProfitTables, Box<dyn Error>> {
        let pools = pools(&["2024-01-01"], "capacity", 100.0, Some(200.0))?;
        Ok(ProfitTables::new(Transactions::from_frame(lines, &columns)?).with_pools(pools))
    };
    let spec = year()?
        .rule(CostRule::orders().takes(TimeEquation::base(8.0)?, "desk"))
        .rule(CostRule::units().costs(0.5))
        .build()?;
    let profits = spec.compute(&tables(lines.clone())?)?;
    let ids: Vec<Option<i64>> = profits.by_product()?.column("customer_id")?.i64()?.iter().collect();
    assert_eq!(ids, [9, 9, 9, 10, 10].map(Some));
    let products: Vec<Option<i64>> = profits.by_product()?.column("product_id")?.i64()?.iter().collect();
    assert_eq!(products, [Some(2), Some(10), None, Some(2), None]);
    close(&numbers(&profits.by_product()?, "cts")?, &[0.5, 1.0, 4.0, 0.5, 4.0]);
    close(&numbers(profits.capacity(), "unused_cost")?, &[92.0]);
    assert!(profits.reconciliation().holds());

    let unknown =
        lines.lazy().with_column(lit(polars::prelude::NULL).cast(DataType::Float64).alias("qty")).collect()?;
    let error = said(spec.compute(&tables(unknown)?), "have no quantity")?;
    assert!(matches!(error, ProfitError::MissingValues { rows: 3, .. }), "{error}");
    Ok(())
}

#[test]
fn a_rate_below_a_millionth_is_charged_in_full() -> Outcome {
    for (units, each, cost) in [(3_000_000.0, 1.6e-6, 4.8), (3_000_000.0, 4e-7, 1.2), (3.0, 0.1, 0.3)] {
        let lines = df!("who" => ["a"], "day" => ["2024-02-01"], "net" => [10.0], "n" => [units])?;
        let columns = TransactionColumns::new("who", "day").amount("net").quantity("n");
        let tables = ProfitTables::new(Transactions::from_frame(lines, &columns)?);
        let profits = year()?.rule(CostRule::units().costs(each)).build()?.compute(&tables)?;
        close(&numbers(profits.totals(), "cts")?, &[cost]);
        let line = profits.reconciliation().line("rule units").ok_or("no line")?;
        assert!(line.holds() && (line.control - cost).abs() < EXACT, "{line:?}");
    }
    // A thousand customers of one unit each, in two months: what they pay adds up to the rate, too.
    let lines = df!("who" => (0..1000_i64).collect::<Vec<_>>(), "net" => vec![1.0; 1000], "n" => vec![1.0; 1000],
        "day" => (0..1000).map(|i| if i % 2 == 0 { "2024-02-01" } else { "2024-03-01" }).collect::<Vec<_>>())?;
    let columns = TransactionColumns::new("who", "day").amount("net").quantity("n");
    let tables = ProfitTables::new(Transactions::from_frame(lines, &columns)?);
    let spec = year()?.period(ProfitPeriod::Month).rule(CostRule::units().costs(1.6e-6)).build()?;
    let line = spec.compute(&tables)?.reconciliation().line("rule units").cloned().ok_or("no line")?;
    close(&[Some(line.customers), Some(line.control)], &[0.0016, 0.0016]);
    Ok(())
}

#[test]
fn a_capacity_that_rounds_to_nothing_is_refused_and_a_small_one_is_not() -> Outcome {
    let refused = pools(&["2024-01-01"], "capacity", 5.0, Some(1e-7)).map(|_| ()).err().ok_or("accepted")?.to_string();
    assert!(refused.contains("at least 0.000001"), "{refused}");
    let profits = quarter()?.build()?.compute(&desk(pools(&["2024-01-01"], "capacity", 1e-6, Some(1e-6))?)?)?;
    assert!(profits.reconciliation().holds());
    let huge = pools(&["2024-01-01"], "capacity", 1e300, Some(1.0)).map(|_| ()).err().ok_or("accepted")?.to_string();
    assert!(huge.contains("at most 1e12"), "{huge}");
    Ok(())
}

#[test]
fn money_that_the_door_set_aside_stands_beside_the_identity() -> Outcome {
    let lines = df!("who" => ["a", "a", "b"], "day" => [Some("2024-02-01"), None, Some("2024-02-03")],
        "net" => [600.0, 400.0, 22.0])?;
    let options = ReadOptions::default().policy(Policy::Quarantine);
    let columns = TransactionColumns::new("who", "day").amount("net");
    let tables = ProfitTables::new(Transactions::scan_with(lines, &columns, &options)?);
    let profits = year()?.build()?.compute(&tables)?;
    let line = profits.reconciliation().line("net revenue").ok_or("no line")?;
    close(&[Some(line.control), Some(line.quarantined), Some(line.source())], &[622.0, 400.0, 1022.0]);
    assert!(line.holds());
    Ok(())
}

#[test]
fn fixed_pools_of_every_period_are_spread_in_one_pass() -> Outcome {
    let months = ["2024-01-01", "2024-02-01", "2024-03-01"];
    let table = df!("pool" => ["rent", "rent", "rent", "it", "it", "it"], "from" => [months, months].concat(),
        "type" => ["fixed"; 6], "amount" => [30.0, 30.0, 30.0, 1.0, 2.0, 4.0])?;
    let lines = df!("who" => ["a", "a", "b", "b"], "day" => ["2024-01-05", "2024-02-05", "2024-02-06", "2024-02-07"],
        "sku" => ["p", "p", "p", "q"], "net" => [10.0, 10.0, 20.0, 2.0])?;
    let tables = |lines: &DataFrame| -> Result<ProfitTables, Box<dyn Error>> {
        let columns = TransactionColumns::new("who", "day").amount("net").product("sku");
        let pools = CostPools::scan(table.clone(), &CostPoolColumns::new("pool", "from", "type", "amount"))?;
        Ok(ProfitTables::new(Transactions::from_frame(lines.clone(), &columns)?).with_pools(pools))
    };
    let spec = RelationshipProfit::builder()
        .window("2024-01-01".parse()?, "2024-03-31".parse()?)
        .period(ProfitPeriod::Month)
        .fixed_allocation(FixedAllocation::Revenue)
        .build()?;
    let profits = spec.compute(&tables(&lines)?)?;
    // 31 in January to a; 32 in February by 10, 20 and 2; nobody is there in March.
    close(&numbers(&profits.by_product()?, "fixed_alloc")?, &[31.0, 10.0, 20.0, 2.0]);
    close(&numbers(profits.unassigned(), "amount")?, &[4.0, 30.0]);
    let line = profits.reconciliation().line("fixed cost").ok_or("no line")?;
    close(&[Some(line.customers), Some(line.unassigned), Some(line.control)], &[63.0, 34.0, 97.0]);
    assert!(profits.reconciliation().holds());
    Ok(())
}

#[test]
fn a_relationship_begins_with_its_first_line_or_its_record() -> Outcome {
    let lines = df!("who" => ["a", "a", "c"], "day" => ["2023-05-10", "2024-11-05", "2024-08-20"],
        "net" => [5.0, 40.0, 7.0])?;
    let columns = TransactionColumns::new("who", "day").amount("net");
    let bare = ProfitTables::new(Transactions::from_frame(lines, &columns)?);
    let spec = RelationshipProfit::builder()
        .window("2024-01-01".parse()?, "2024-12-31".parse()?)
        .period(ProfitPeriod::Quarter)
        .build()?;
    let profits = spec.compute(&bare)?;
    let nan = f64::NAN;
    assert_eq!(profits.ages(), [6, 1]);
    let revenue: Vec<Option<f64>> =
        profits.panel(ProfitMeasure::NetRevenue).iter().map(|v| (!v.is_nan()).then_some(*v)).collect();
    close(&revenue, &[0.0, 0.0, 0.0, 40.0, nan, nan, 7.0, 0.0]);

    let people = df!("id" => ["a", "b", "c", "d"], "since" => [Some("2024-06-01"), Some("2024-04-01"), Some("2024-02-02"), None])?;
    let people = Customers::scan(people, &CustomerColumns::new("id").created_at("since"))?;
    let profits = spec.compute(&bare.with_customers(people))?;
    let revenue: Vec<Option<f64>> =
        profits.panel(ProfitMeasure::NetRevenue).iter().map(|v| (!v.is_nan()).then_some(*v)).collect();
    close(&revenue[4..], &[nan, 0.0, 0.0, 0.0, 0.0, 0.0, 7.0, 0.0, nan, nan, nan, nan]);
    assert_eq!(profits.ages(), [6, 3, 3, 0]);
    let error = said(profits.history(ProfitMeasure::NetRevenue), "no unit of time for a quarter")?;
    assert!(matches!(error, ProfitError::NoTimeUnit { period: ProfitPeriod::Quarter }));
    Ok(())
}

#[test]
fn what_was_earned_feeds_a_forecast() -> Outcome {
    let spec = settings(ProfitPeriod::Month)?.missing_cost(MissingCost::GlobalRate);
    let profits = spec.clone().build()?.compute(&tables(lines()?)?)?;
    let history = profits.history(ProfitMeasure::Cm2)?;
    assert_eq!((history.customers(), history.periods(), history.unit()), (6, 12, TimeUnit::Month));
    assert_eq!(history.ages(), [11, 9, 0, 0, 20, 4]);
    // With full credibility the level is the customer's own mean of the last three months.
    let level = TrailingLevel::new(3)?.with_credibility(Credibility::given(0.0)?).fit(&history)?;
    let levels = level.levels(&history)?;
    close(&[Some(levels[0]), Some(levels[4]), Some(levels[5])], &[(20.0 - 6.4) / 3.0, 0.0, 0.0]);

    // Without the half month at the end; and whose cost is unknown has no history.
    let cut = spec.window("2024-01-01".parse()?, "2024-12-15".parse()?).build()?.compute(&tables(lines()?)?)?;
    assert_eq!(cut.history(ProfitMeasure::Cm2)?.periods(), 11);
    assert_eq!(cut.ages()[0], 10);
    let years = settings(ProfitPeriod::Year)?.build()?.compute(&tables(lines()?)?)?;
    assert_eq!(years.history(ProfitMeasure::Cm2)?.unit(), TimeUnit::Year);
    Ok(())
}
