//! The bridge by hand and by random products, and the sections without costs.

use std::error::Error;

use proptest::prelude::*;

use super::super::fixture;
use super::super::input::ProfileInput;
use super::super::lines::Lines;
use super::*;

type Outcome = Result<(), Box<dyn Error>>;

/// Rounding of a few products and quotients, relative to the amounts.
const ROUND: f64 = 1e-9;

/// Worked by hand: A sells 10 at 10 (cost 6), then 12 at 11 (cost 7); B 5 at 20 (cost 10), then 4 at 20 (cost 10); C is new,
/// D is gone.
#[test]
fn the_steps_of_a_bridge_are_those_worked_by_hand() {
    let of = |quantity, revenue, cost| ProductPeriod { quantity, revenue, cost };
    let bridge = MarginBridge::between(&[
        of([10.0, 12.0], [100.0, 132.0], [60.0, 84.0]),
        of([5.0, 4.0], [100.0, 80.0], [50.0, 40.0]),
        of([0.0, 3.0], [0.0, 30.0], [0.0, 12.0]),
        of([2.0, 0.0], [40.0, 0.0], [30.0, 0.0]),
    ]);
    // Margin per unit before is 90/15 = 6: one unit more; then 12·4 + 4·10 = 88 at old margins against 16·6.
    let steps = [bridge.volume, bridge.mix, bridge.price, bridge.cost, bridge.new, bridge.lost, bridge.other];
    for (step, expected) in steps.iter().zip([6.0, -8.0, 12.0, -12.0, 18.0, -10.0, 0.0]) {
        assert!((step - expected).abs() < ROUND, "{steps:?}");
    }
    assert!(
        (bridge.before - 100.0).abs() < ROUND && (bridge.after - 106.0).abs() < ROUND && bridge.gap().abs() < ROUND
    );
}

proptest! {
    #[test]
    fn the_steps_add_up_to_the_change(products in prop::collection::vec(prop::array::uniform6(-50.0..200.0_f64), 0..20)) {
        let products: Vec<ProductPeriod> = products
            .iter()
            .map(|x| ProductPeriod { quantity: [x[0], x[1]], revenue: [x[2], x[3]], cost: [x[4], x[5]] })
            .collect();
        let bridge = MarginBridge::between(&products);
        // A quantity near 0 makes a price without bound, and rounding with it.
        let size: f64 = products.iter().map(|p| 1.0 + (p.revenue[0].abs() + p.cost[0].abs()) * (1.0 + (p.quantity[1] / p.quantity[0]).abs())).sum();
        prop_assert!(bridge.gap().abs() <= ROUND * (1.0 + size * 200.0));
    }
}

#[test]
fn without_costs_there_is_a_gap_and_no_table() -> Outcome {
    use emptor_table::polars::df;
    use emptor_table::{Tables, TransactionColumns, Transactions};
    let frame = df!("id" => [1_i64], "day" => ["2024-03-01"], "net" => [5.0])?;
    let tables = Tables::new(Transactions::from_frame(frame, &TransactionColumns::new("id", "day").amount("net"))?);
    let section = section(&ProfileInput::new(&tables, fixture::year()?), &ProfitabilitySettings::default())?;
    assert!(section.tables.is_empty() && section.findings.is_empty());
    assert!(section.gaps.iter().all(|gap| gap.needs.iter().any(|need| need.to_string() == "products.unit_cost")));
    Ok(())
}

#[test]
fn gross_profit_of_the_small_company_moves_by_the_sum_of_its_steps() -> Outcome {
    let (tables, year) = (fixture::tables()?, fixture::year()?);
    let (products, known, all) = query::by_product(&Lines::of(&tables)?, &year)?;
    let bridge = MarginBridge::between(&products);
    // 2023: 200 − 120 of two P1. 2024: P1 500 − 300, P2 250 − 150; P3 has no cost.
    assert!((bridge.before - 80.0).abs() < ROUND && (bridge.after - 300.0).abs() < ROUND);
    assert!(bridge.gap().abs() < ROUND && (known / all - 750.0 / 910.0).abs() < ROUND);
    // The first line is of May 2023: a year is not compared with eight months.
    let section = section(&ProfileInput::new(&tables, year), &ProfitabilitySettings::default())?;
    let gap = section.gaps.iter().find(|gap| gap.analysis == "margin_bridge").ok_or("compared")?;
    assert!(gap.reason.contains("245 of 365 days"), "{}", gap.reason);
    Ok(())
}

#[test]
fn settings_that_cross_are_all_reported() -> Outcome {
    let settings = ProfitabilitySettings {
        top: vec![0.0, 2.0],
        reach: 1.5,
        curve_points: 2,
        mid_from: 0.9,
        high_from: 0.1,
        min_coverage: 2.0,
    };
    let message = settings.check().err().ok_or("accepted")?.to_string();
    for name in ["top", "reach", "curve_points", "mid_from", "min_coverage"] {
        assert!(message.contains(name), "{message}");
    }
    Ok(())
}

/// The ladder of customers by id, with these net revenues and contribution margins and nothing else.
fn ladder(rows: &[(&str, f64, Option<f64>)]) -> Result<Ladders, Box<dyn Error>> {
    let (ids, revenue): (Vec<&str>, Vec<f64>) = rows.iter().map(|row| (row.0, row.1)).unzip();
    let margin: Vec<Option<f64>> = rows.iter().map(|row| row.2).collect();
    let nothing = vec![0.0; rows.len()];
    let mut customers =
        polars::df!("customer_id" => ids, "net_rev" => revenue, "cm1" => margin.clone(), "cm2" => margin)?;
    for column in LADDER_COLUMNS.iter().filter(|column| column.name != "product_id") {
        if customers.column(column.name).is_err() {
            customers.with_column(polars::prelude::Column::new(column.name.into(), &nothing))?;
        }
    }
    let mut products = customers.clone();
    products.rename("customer_id", "product_id".into())?;
    let mut periods = customers.clone();
    periods.rename("customer_id", "period_start".into())?;
    let year = fixture::year()?;
    Ok(Ladders::new((year.from(), year.as_of()), customers, products, periods, true))
}

fn measure(
    section: &super::super::Section,
    of: &str,
    name: &str,
) -> Result<(Option<f64>, Option<String>), Box<dyn Error>> {
    let frame = &section.table("profit_concentration").ok_or("no table")?.frame;
    let (amounts, names) = (frame.column("of")?.str()?, frame.column("measure")?.str()?);
    let row =
        amounts.iter().zip(names.iter()).position(|row| row == (Some(of), Some(name))).ok_or("no such measure")?;
    Ok((frame.column("value")?.f64()?.get(row), frame.column("reason")?.str()?.get(row).map(str::to_owned)))
}

/// The small company by hand: contribution margins 105.6, 72, 57.6, 13.6, 0, −105.6 (peak 248.8 of 143.2), revenues 400, 300,
/// 160, 50, 0, 0: Gini (−50 + 160 + 3·300 + 5·400)/(6·910).
#[test]
fn concentration_says_gini_the_80_20_point_and_the_peak_of_the_whale_curve() -> Outcome {
    let ladders = ladder(&[
        ("C1", 400.0, Some(105.6)),
        ("C2", 300.0, Some(72.0)),
        ("C3", 50.0, Some(13.6)),
        ("C4", 0.0, Some(0.0)),
        ("C5", 0.0, Some(-105.6)),
        ("C6", 160.0, Some(57.6)),
    ])?;
    let tables = fixture::tables()?;
    let input = ProfileInput::new(&tables, fixture::year()?).with_profits(&ladders)?;
    let made = section(&input, &ProfitabilitySettings::default())?;
    for (of, name, expected) in [
        ("net_rev", "gini", 3_010.0 / 5_460.0),
        ("net_rev", "customers_to_80_percent", 3.0),
        ("net_rev", "share_to_80_percent", 0.5),
        ("net_rev", "total", 910.0),
        ("net_rev", "peak_over_total", 1.0),
        ("cm2", "customers_to_80_percent", 2.0),
        ("cm2", "share_to_80_percent", 2.0 / 6.0),
        ("cm2", "total", 143.2),
        ("cm2", "peak", 248.8),
        ("cm2", "peak_over_total", 248.8 / 143.2),
        ("cm2", "share_at_peak", 4.0 / 6.0),
        ("cm2", "share_loss_making", 1.0 / 6.0),
        ("cm2", "lost", 105.6),
    ] {
        let found = measure(&made, of, name)?.0.ok_or(name)?;
        assert!((found - expected).abs() < ROUND, "{of} {name}: {found} is not {expected}");
    }
    let (gini, reason) = measure(&made, "cm2", "gini")?;
    assert!(gini.is_none() && reason.is_some_and(|reason| reason.contains("whale curve")));
    let nine = ProfitabilitySettings { reach: 0.9, ..ProfitabilitySettings::default() };
    assert_eq!(measure(&section(&input, &nine)?, "net_rev", "customers_to_90_percent")?.0, Some(3.0));
    Ok(())
}

#[test]
fn a_base_that_earns_nothing_has_no_80_20_point_and_says_why() -> Outcome {
    let ladders = ladder(&[("C1", -10.0, Some(-4.0)), ("C2", 0.0, Some(0.0)), ("C3", 5.0, None)])?;
    let tables = fixture::tables()?;
    let input = ProfileInput::new(&tables, fixture::year()?).with_profits(&ladders)?;
    let made = section(&input, &ProfitabilitySettings::default())?;
    for of in ["net_rev", "cm2"] {
        let (point, reason) = measure(&made, of, "share_to_80_percent")?;
        assert!(point.is_none() && reason.as_deref() == Some("the total is not above 0"), "{of}");
    }
    assert_eq!(measure(&made, "cm2", "lost")?.0, Some(4.0));
    Ok(())
}

#[test]
fn who_only_returned_is_no_buyer_who_costs_too_much() -> Outcome {
    let ladders = ladder(&[("C1", -10.0, Some(-4.0)), ("C2", 20.0, Some(-1.0)), ("C3", 0.0, Some(-2.0))])?;
    let tables = fixture::tables()?;
    let input = ProfileInput::new(&tables, fixture::year()?).with_profits(&ladders)?;
    let made = section(&input, &ProfitabilitySettings::default())?;
    let says = |text: &str| made.findings.iter().any(|finding| finding.headline.contains(text));
    assert!(says("1 customer who bought cost more than they bring; together they take 1,"), "{:?}", made.findings);
    assert!(says("1 customer returned more than they bought in the window, which takes 4 of margin"));
    assert!(says("1 customer brought nothing in the window and cost 2 to serve"));
    assert!(says("The most costly of them alone is at −"));
    Ok(())
}

#[test]
fn profits_of_nobody_are_a_gap() -> Outcome {
    let ladders = ladder(&[])?;
    let tables = fixture::tables()?;
    let input = ProfileInput::new(&tables, fixture::year()?).with_profits(&ladders)?;
    let made = section(&input, &ProfitabilitySettings::default())?;
    assert!(made.tables.is_empty() && made.findings.is_empty());
    assert!(made.gaps.iter().any(|gap| gap.analysis == "profit_customer" && gap.reason.contains("has a customer")));
    Ok(())
}
