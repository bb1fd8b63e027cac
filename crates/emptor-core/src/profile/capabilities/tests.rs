//! The ladder: what transactions allow, and what every further table adds.

use std::collections::BTreeSet;
use std::error::Error;

use emptor_table::polars::df;
use emptor_table::{
    Activities, ActivityColumns, CostPoolColumns, CostPools, ProductColumns, Products, SurveyColumns, Surveys, Tables,
    TransactionColumns, Transactions, WalletColumns, Wallets,
};

use super::*;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn transactions() -> Outcome<Tables> {
    let frame = df!(
        "id" => ["a"], "day" => ["2024-01-01"], "net" => [5.0], "product" => ["P1"], "qty" => [1.0],
    )?;
    let columns = TransactionColumns::new("id", "day").amount("net").product("product").quantity("qty");
    Ok(Tables::new(Transactions::from_frame(frame, &columns)?))
}

fn available(tables: &Tables) -> Outcome<BTreeSet<&'static str>> {
    Ok(capabilities(tables)?.into_iter().filter(|row| row.available).map(|row| row.analysis).collect())
}

/// What a table adds.
fn added(tables: &Tables, more: &Tables) -> Outcome<Vec<&'static str>> {
    let (before, after) = (available(tables)?, available(more)?);
    assert!(before.is_subset(&after), "a further table takes nothing away");
    Ok(after.difference(&before).copied().collect())
}

#[test]
fn transactions_alone_allow_the_base_of_every_p_but_promotion() -> Outcome {
    let frame = df!("id" => ["a"], "day" => ["2024-01-01"], "net" => [5.0])?;
    let least = Tables::new(Transactions::from_frame(frame, &TransactionColumns::new("id", "day").amount("net"))?);
    let there = available(&least)?;
    for name in ["lifetime_value", "grades", "profile_customer", "cohort_cell", "perf_cube", "customer_forecast"] {
        assert!(there.contains(name), "{name}");
    }
    assert!(there.contains("lifecycle_customer") && !there.contains("assoc_rule"));
    let areas: BTreeSet<Area> = capabilities(&least)?.iter().filter(|row| row.available).map(|row| row.area).collect();
    assert!(!areas.contains(&Area::Profile(P::Promotion)) && !areas.contains(&Area::Profile(P::Product)));
    assert!(available(&transactions()?)?.contains("assoc_rule"), "products of lines are enough for rules");
    Ok(())
}

#[test]
fn costs_of_products_unlock_contribution_margins() -> Outcome {
    let tables = transactions()?;
    let products = df!("product" => ["P1"], "cost" => [3.0])?;
    let more =
        tables.clone().with_products(Products::scan(products, &ProductColumns::new("product").unit_cost("cost"))?);
    let names = added(&tables, &more)?;
    assert_eq!(
        names,
        [
            "cohort_cell.cm_cum_per_member",
            "lens_decomposition.margin",
            "lifecycle_customer.m",
            "next_offer.exp_margin",
            "perf_cube.cm1",
            "profit_concentration",
            "profit_customer.cm1",
            "profit_customer_product",
            "profit_rule",
            "profit_unassigned",
        ]
    );
    let row = capabilities(&tables)?.into_iter().find(|row| row.analysis == "perf_cube.cm1").ok_or("no row")?;
    assert_eq!(row.unlocked_by, [Need::column("products", "unit_cost")]);
    Ok(())
}

#[test]
fn activities_unlock_the_cost_to_serve_if_they_cost_something_or_pools_do() -> Outcome {
    // Without the cost of goods there is no run of profit, whose tables these are.
    let products = df!("product" => ["P1"], "cost" => [3.0])?;
    let columns = ProductColumns::new("product").unit_cost("cost");
    let tables = transactions()?.with_products(Products::scan(products, &columns)?);
    let log = || df!("id" => ["a"], "day" => ["2024-01-01"], "min" => [5.0], "eur" => [4.0]);
    let columns = || ActivityColumns::new("id", "day").named("call");
    let with_cost = tables.clone().with_activities(Activities::scan(log()?, &columns().cost("eur"))?);
    assert_eq!(added(&tables, &with_cost)?, ["cts_line", "profit_customer.cm2"]);
    let with_minutes = tables.clone().with_activities(Activities::scan(log()?, &columns().minutes("min"))?);
    assert_eq!(added(&tables, &with_minutes)?, [""; 0]);
    let row = capabilities(&with_minutes)?.into_iter().find(|row| row.analysis == "cts_line").ok_or("no row")?;
    assert_eq!(row.unlocked_by.len(), 1, "one column is enough, whichever: {:?}", row.unlocked_by);
    let pools = df!("pool" => ["p"], "from" => ["2024-01-01"], "type" => ["capacity"], "eur" => [9.0], "min" => [9.0])?;
    let columns = CostPoolColumns::new("pool", "from", "type", "eur").practical_capacity("min");
    let pools = CostPools::scan(pools, &columns)?;
    assert_eq!(
        added(&with_minutes, &with_minutes.clone().with_cost_pools(pools))?,
        ["cts_line", "profit_customer.cm2", "profit_unassigned.capacity"]
    );
    Ok(())
}

#[test]
fn wallets_and_surveys_unlock_the_share_of_wallet_and_the_image() -> Outcome {
    let tables = transactions()?;
    let wallets = Wallets::scan(df!("id" => ["a"], "all" => [9.0])?, &WalletColumns::new("id", "all"))?;
    assert_eq!(added(&tables, &tables.clone().with_wallets(wallets))?, ["lifetime_value.potential", "share_of_wallet"]);
    let surveys = df!("id" => ["a"], "day" => ["2024-01-01"], "nps" => [9.0])?;
    let columns = SurveyColumns::new("id", "day", "nps").named("NPS").scale(0.0, 10.0);
    let surveys = Surveys::scan(surveys, &columns)?;
    assert_eq!(
        added(&tables, &tables.clone().with_surveys(surveys))?,
        ["grades.image", "importance_performance", "loyalty"]
    );
    Ok(())
}

/// The rest of the ladder by names, whichever doors there are.
#[test]
fn controls_stages_and_contracts_unlock_what_they_should() -> Outcome {
    let with = |tables: &'static [&'static str], name: &str| {
        let has = |need: &Need| tables.contains(&need.table);
        ANALYSES.iter().find(|row| row.name == name).map(|row| row.judge(has)).ok_or("no such analysis")
    };
    assert!(with(&["campaigns", "contacts"], "campaign_result.incr")?.available);
    assert_eq!(with(&["campaigns"], "campaign_result.incr")?.unlocked_by, [Need::column("contacts", "arm")]);
    assert!(with(&["opportunities", "stage_history"], "funnel_stage")?.available);
    assert_eq!(with(&["opportunities"], "funnel_stage")?.unlocked_by, [Need::table("stage_history")]);
    assert!(with(&["contracts"], "stock_retention")?.available);
    let nothing = with(&[], "pipeline_forecast")?;
    assert_eq!(nothing.unlocked_by, [Need::column("opportunities", "amount"), Need::column("opportunities", "prob")]);
    Ok(())
}

#[test]
fn every_analysis_is_listed_once_and_the_order_is_that_of_the_engine() {
    let names: BTreeSet<&str> = ANALYSES.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), ANALYSES.len());
    assert!(ANALYSES.is_sorted_by_key(|row| row.area));
    for p in [
        P::Profiling,
        P::Persistency,
        P::Profitability,
        P::Performance,
        P::Prospecting,
        P::Product,
        P::Promotion,
        P::LifeCycle,
    ] {
        assert!(ANALYSES.iter().any(|row| row.area == Area::Profile(p)), "{p}");
    }
}

#[test]
fn an_analysis_is_available_exactly_if_nothing_is_missing() -> Outcome {
    let table = capability_table(&transactions()?)?;
    assert_eq!(table.frame.height(), ANALYSES.len());
    let (available, missing) = (table.frame.column("available")?, table.frame.column("unlocked_by")?);
    for (available, missing) in available.bool()?.iter().zip(missing.str()?.iter()) {
        assert_eq!(available, Some(missing.is_none()));
    }
    Ok(())
}
