//! Capacity, pools, shipping and marketing.

use super::*;

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
    let profits = quarter()?.pool_period(Grain::Month).build()?.compute(&desk(by_month()?)?)?;
    assert!((numbers(profits.capacity(), "rate")?[0].ok_or("no rate")? - 0.80).abs() < 1e-9);
    said(quarter()?.build()?.compute(&desk(by_month()?)?), "more than one row in the quarter from 2024-01-01")?;
    let gap = pools(&["2024-01-01", "2024-03-01"], "capacity", 1.0, Some(1.0))?;
    let spec = quarter()?.pool_period(Grain::Month).build()?;
    said(spec.compute(&desk(gap)?), "no row for the month from 2024-02-01")?;
    let other = pools(&["2023-01-01"], "capacity", 1.0, Some(1.0))?;
    said(quarter()?.build()?.compute(&desk(other)?), "no row for the quarter from 2024-01-01")?;
    let cut = quarter()?.window("2024-01-01".parse()?, "2024-02-15".parse()?).build()?;
    said(cut.compute(&desk(pools(&["2024-01-01"], "capacity", 1.0, Some(1.0))?)?), "holds only a part of 2024-01-01")?;
    let coarse = quarter()?.pool_period(Grain::Year).build();
    assert!(coarse.is_err_and(|e| e.to_string().contains("must add up to whole periods")));
    Ok(())
}

#[test]
fn pools_without_a_driver_or_a_base_stay_unassigned() -> Outcome {
    let spec = || -> Result<RelationshipProfitBuilder, Box<dyn Error>> {
        Ok(RelationshipProfit::builder()
            .window("2024-01-01".parse()?, "2024-03-31".parse()?)
            .period(Grain::Quarter)
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
        Ok(settings(Grain::Year)?.missing_cost(MissingCost::GlobalRate).fixed_allocation(by).build()?)
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
        let profits = spec(by)?.compute(&tables(lines()?)?.with_cost_pools(rent()?))?;
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
    let unknown = settings(Grain::Year)?.fixed_allocation(FixedAllocation::Cm1).build()?;
    said(unknown.compute(&tables(lines()?)?.with_cost_pools(rent()?)), "unknown for 1 customers and periods")?;
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
    let spec = settings(Grain::Year)?.missing_cost(MissingCost::GlobalRate).build()?;
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
    let tables = Tables::new(Transactions::from_frame(lines, &columns)?).with_activities(contacts);
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
