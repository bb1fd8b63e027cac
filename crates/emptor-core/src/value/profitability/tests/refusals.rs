//! Panels, and what is refused.

use super::*;

#[test]
fn a_panel_starts_with_the_customer() -> Outcome {
    let profits =
        settings(Grain::Quarter)?.missing_cost(MissingCost::GlobalRate).build()?.compute(&tables(lines()?)?)?;
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
    let unknown = settings(Grain::Quarter)?.build()?.compute(&tables(lines()?)?)?;
    assert!(unknown.panel(ProfitMeasure::Cm2)[20..].iter().all(|value| value.is_nan() || value.abs() < EXACT));
    Ok(())
}

#[test]
fn what_the_tables_lack_is_said() -> Outcome {
    let bare = || -> Result<Tables, Box<dyn Error>> {
        let lines = df!("who" => ["a"], "day" => ["2024-02-01"], "net" => [10.0])?;
        Ok(Tables::new(Transactions::from_frame(lines, &TransactionColumns::new("who", "day").amount("net"))?))
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
            bare()?.with_cost_pools(pools(&["2024-01-01"], "fixed", 1.0, None)?),
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
    let bare =
        || -> Result<Tables, Box<dyn Error>> { Ok(Tables::new(Transactions::from_frame(lines.clone(), &columns)?)) };
    let numbers = df!("who" => [1_i64], "day" => ["2024-02-01"])?;
    let log = Activities::scan(numbers, &ActivityColumns::new("who", "day").named("x"))?;
    let spec = year()?.rule(CostRule::logged("x").costs(1.0)).build()?;
    let error = said(spec.compute(&bare()?.with_activities(log)), "customer_id is str in transactions and i64 in")?;
    assert!(matches!(error, ProfitError::IdTypes { .. }));

    let pools = pools(&["2024-01-01"], "fixed", 1.0, None)?;
    assert!(year()?.build()?.compute(&bare()?.with_cost_pools(pools)).is_ok());
    let dollars =
        df!("pool" => ["p"], "from" => ["2024-01-01"], "type" => ["fixed"], "amount" => [1.0], "ccy" => ["USD"])?;
    let dollars = CostPools::scan(dollars, &CostPoolColumns::new("pool", "from", "type", "amount").currency("ccy"))?;
    said(year()?.build()?.compute(&bare()?.with_cost_pools(dollars)), "transactions: EUR, cost pools: USD")?;
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
    let tables = Tables::new(Transactions::from_frame(lines, &TransactionColumns::new("who", "day").amount("net"))?);
    said(year()?.build()?.compute(&tables), "sums of money are kept in millionths")?;
    Ok(())
}

#[test]
fn an_empty_window_gives_empty_tables_that_hold() -> Outcome {
    let spec = settings(Grain::Year)?.window("2030-01-01".parse()?, "2030-12-31".parse()?).build()?;
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
    let tables = |lines: DataFrame| -> Result<Tables, Box<dyn Error>> {
        let pools = pools(&["2024-01-01"], "capacity", 100.0, Some(200.0))?;
        Ok(Tables::new(Transactions::from_frame(lines, &columns)?).with_cost_pools(pools))
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
