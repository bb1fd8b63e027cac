//! Tiny rates, money set aside, many pools, and what forecasts are fed with.

use super::*;

#[test]
fn a_rate_below_a_millionth_is_charged_in_full() -> Outcome {
    for (units, each, cost) in [(3_000_000.0, 1.6e-6, 4.8), (3_000_000.0, 4e-7, 1.2), (3.0, 0.1, 0.3)] {
        let lines = df!("who" => ["a"], "day" => ["2024-02-01"], "net" => [10.0], "n" => [units])?;
        let columns = TransactionColumns::new("who", "day").amount("net").quantity("n");
        let tables = Tables::new(Transactions::from_frame(lines, &columns)?);
        let profits = year()?.rule(CostRule::units().costs(each)).build()?.compute(&tables)?;
        close(&numbers(profits.totals(), "cts")?, &[cost]);
        let line = profits.reconciliation().line("rule units").ok_or("no line")?;
        assert!(line.holds() && (line.control - cost).abs() < EXACT, "{line:?}");
    }
    // A thousand customers of one unit each, in two months: what they pay adds up to the rate, too.
    let lines = df!("who" => (0..1000_i64).collect::<Vec<_>>(), "net" => vec![1.0; 1000], "n" => vec![1.0; 1000],
        "day" => (0..1000).map(|i| if i % 2 == 0 { "2024-02-01" } else { "2024-03-01" }).collect::<Vec<_>>())?;
    let columns = TransactionColumns::new("who", "day").amount("net").quantity("n");
    let tables = Tables::new(Transactions::from_frame(lines, &columns)?);
    let spec = year()?.period(Grain::Month).rule(CostRule::units().costs(1.6e-6)).build()?;
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
    let tables = Tables::new(Transactions::scan_with(lines, &columns, &options)?);
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
    let tables = |lines: &DataFrame| -> Result<Tables, Box<dyn Error>> {
        let columns = TransactionColumns::new("who", "day").amount("net").product("sku");
        let pools = CostPools::scan(table.clone(), &CostPoolColumns::new("pool", "from", "type", "amount"))?;
        Ok(Tables::new(Transactions::from_frame(lines.clone(), &columns)?).with_cost_pools(pools))
    };
    let spec = RelationshipProfit::builder()
        .window("2024-01-01".parse()?, "2024-03-31".parse()?)
        .period(Grain::Month)
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
    let bare = Tables::new(Transactions::from_frame(lines, &columns)?);
    let spec = RelationshipProfit::builder()
        .window("2024-01-01".parse()?, "2024-12-31".parse()?)
        .period(Grain::Quarter)
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
    assert!(matches!(error, ProfitError::NoTimeUnit { period: Grain::Quarter }));
    Ok(())
}

#[test]
fn what_was_earned_feeds_a_forecast() -> Outcome {
    let spec = settings(Grain::Month)?.missing_cost(MissingCost::GlobalRate);
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
    let years = settings(Grain::Year)?.build()?.compute(&tables(lines()?)?)?;
    assert_eq!(years.history(ProfitMeasure::Cm2)?.unit(), TimeUnit::Year);
    Ok(())
}
