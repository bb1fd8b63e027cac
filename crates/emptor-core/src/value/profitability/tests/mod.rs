//! The worked example, and what must not happen.

mod costing;
mod exactness;
mod refusals;

use std::error::Error;

use emptor_table::{
    Activities, ActivityColumns, Cancellation, CostPoolColumns, CostPools, CustomerColumns, Customers, Policy,
    ProductColumns, Products, ReadOptions, Tables, TransactionColumns, Transactions,
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

fn tables(lines: DataFrame) -> Result<Tables, Box<dyn Error>> {
    Ok(Tables::new(Transactions::from_frame(lines, &transaction_columns())?)
        .with_products(products()?)
        .with_customers(people()?)
        .with_activities(service()?))
}

fn settings(period: Grain) -> Result<RelationshipProfitBuilder, Box<dyn Error>> {
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
    let profits = settings(Grain::Year)?.missing_cost(MissingCost::GlobalRate).build()?.compute(&tables(lines()?)?)?;
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
    let profits = settings(Grain::Year)?.build()?.compute(&tables(lines()?)?)?;
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
    let tables = Tables::new(Transactions::from_frame(lines, &columns)?)
        .with_products(Products::scan(costs, &ProductColumns::new("sku").unit_cost("cost"))?);
    let spec = RelationshipProfit::builder().window("2024-01-01".parse()?, "2024-12-31".parse()?);
    let profits = spec.clone().period(Grain::Window).build()?.compute(&tables)?;
    close(&numbers(profits.totals(), "cm1")?, &[f64::NAN]);
    close(&numbers(&profits.by_product()?, "cm1")?, &[4.0, f64::NAN]);
    let profits = spec.period(Grain::Window).missing_cost(MissingCost::GlobalRate).build()?.compute(&tables)?;
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
        let profits = settings(Grain::Quarter)?.return_dating(dating).build()?.compute(&tables)?;
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
    let spec = settings(Grain::Month)?.missing_cost(MissingCost::CategoryRate).build()?;
    let plain = spec.compute(&tables(lines()?)?)?;
    let order: Vec<u32> = vec![10, 3, 5, 0, 9, 1, 8, 2, 7, 4, 6];
    let shuffled = lines()?.take(&IdxCa::from_slice("i".into(), &order))?;
    let shuffled = spec.compute(&tables(shuffled)?)?;
    let mut more = lines()?.lazy().with_column(lit("completed").alias("status")).collect()?;
    let void = more.slice(4, 1).lazy().with_columns([lit("L99").alias("line"), lit("cancelled").alias("status")]);
    more.vstack_mut(&void.collect()?)?;
    let columns = transaction_columns()
        .cancellation(Cancellation::Void { column: "status".into(), values: vec!["cancelled".into()] });
    let more = Tables::new(Transactions::from_frame(more, &columns)?)
        .with_products(products()?)
        .with_customers(people()?)
        .with_activities(service()?);
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
fn sold(lines: DataFrame, columns: TransactionColumns, products: DataFrame) -> Result<Tables, Box<dyn Error>> {
    let product_columns = ProductColumns::new("sku").unit_cost("cost");
    let product_columns =
        if products.column("since").is_ok() { product_columns.cost_valid_from("since") } else { product_columns };
    Ok(Tables::new(Transactions::from_frame(lines, &columns)?)
        .with_products(Products::scan(products, &product_columns)?))
}

fn year() -> Result<RelationshipProfitBuilder, Box<dyn Error>> {
    Ok(RelationshipProfit::builder().window("2024-01-01".parse()?, "2024-12-31".parse()?).period(Grain::Year))
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
    let tables =
        Tables::new(Transactions::from_frame(lines, &columns)?).with_products(Products::scan(table, &product_columns)?);
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
fn desk(pools: CostPools) -> Result<Tables, Box<dyn Error>> {
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
    Ok(Tables::new(Transactions::from_frame(orders, &TransactionColumns::new("who", "day").amount("net"))?)
        .with_activities(Activities::scan(log, &columns)?)
        .with_cost_pools(pools))
}

fn quarter() -> Result<RelationshipProfitBuilder, Box<dyn Error>> {
    Ok(RelationshipProfit::builder()
        .window("2024-01-01".parse()?, "2024-03-31".parse()?)
        .period(Grain::Quarter)
        .rule(CostRule::logged("order").takes(TimeEquation::base(8.0)?, "desk"))
        .rule(CostRule::logged("inquiry").takes(TimeEquation::base(4.0)?.plus("pages", 20.0)?, "desk"))
        .rule(CostRule::logged("credit check").own_minutes("desk")))
}
