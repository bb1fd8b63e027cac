//! The golden numbers of the seven Ps and the life cycle: G28, G29, G31, G32 (wallet allocation, NPS, price–volume–mix),
//! G33, G36 and G37 (the small company); see `golden_index`.

use emptor::analysis::ladders;
use emptor::forecast::pipeline::{velocity, weighted};
use emptor::period::Grain;
use emptor::polars::df;
use emptor::polars::prelude::{DataFrame, IntoLazy, col, lit};
use emptor::prelude::*;
use emptor::profile::life_cycle::{PeriodFacts, Stage, StageRules, pattern, track};
use emptor::profile::performance::{Item, PriceVolumeMix};
use emptor::profile::persistency::{PersistencySettings, net_promoter_score, wallet_allocation};
use emptor::profile::product::Unit;
use emptor::profile::product::rules::Together;
use emptor::profile::promotion::{CurveForm, UpliftCurve, break_even_lift, earnings, effect};
use emptor::profile::{ProfileInput, SevenPSettings, Window, performance, persistency, product, profitability};

use crate::golden_index::{each_near, near};
use crate::real_data::date;

/// Counts of both, of the antecedent alone, of the consequent alone, and of neither.
fn pair([both, first, second, neither]: [u32; 4]) -> Together {
    Together::new(both + first + second + neither, both + first, both + second, both).unwrap()
}

#[test]
fn g28_measures_that_ignore_empty_baskets() {
    // Han, Kamber & Pei, table of six data sets: lift, Kulczynski, imbalance ratio.
    for (counts, lift, kulczynski, imbalance) in [
        ([10_000, 1_000, 1_000, 100_000], Some(9.2562), 0.9091, 0.0),
        ([10_000, 1_000, 1_000, 100], Some(1.0), 0.9091, 0.0),
        ([100, 1_000, 1_000, 100_000], Some(8.4380), 0.0909, 0.0),
        ([1_000, 1_000, 1_000, 100_000], Some(25.75), 0.5, 0.0),
        ([1_000, 100, 10_000, 100_000], None, 0.5, 0.8919),
        ([1_000, 10, 100_000, 100_000], None, 0.5, 0.9899),
    ] {
        let pair = pair(counts);
        if let Some(lift) = lift {
            near(pair.lift(), lift, 1e-4);
        }
        near(pair.kulczynski(), kulczynski, 1e-4);
        near(pair.imbalance(), imbalance, 1e-4);
    }
}

#[test]
fn g29_tea_and_coffee() {
    let pair = Together::new(1_000, 200, 800, 150).unwrap();
    near(pair.confidence(), 0.75, 1e-4);
    near(pair.lift(), 0.9375, 1e-4);
    near(pair.leverage(), -0.01, 1e-4);
    near(pair.conviction().unwrap(), 0.8, 1e-4);
    near(pair.zhang().unwrap(), -0.0769, 1e-4);
}

#[test]
fn g31_pipeline_and_velocity() {
    each_near(
        &[&[(100_000.0, 0.5)], &[(100_000.0, 0.5)], &[(100_000.0, 1.0)]].map(|month| weighted(month).unwrap()),
        &[50_000.0, 50_000.0, 100_000.0],
        0.01,
    );
    near(velocity(50, 10_000.0, 0.2, 30.0).unwrap(), 3_333.33, 0.01);
}

#[test]
fn g32_wallets_promoters_and_causes() {
    each_near(&[1.0, 2.0].map(|rank| wallet_allocation(rank, 2.0).unwrap()), &[0.667, 0.333], 1e-3);
    each_near(&[1.0, 2.0, 3.0].map(|rank| wallet_allocation(rank, 3.0).unwrap()), &[0.5, 0.333, 0.167], 1e-3);
    let answers: Vec<f64> = [9.0; 70].into_iter().chain([7.0; 20]).chain([6.0; 10]).collect();
    near(net_promoter_score(&answers, Level::new(0.95).unwrap()).unwrap().value, 60.0, 1e-9);
    let why =
        PriceVolumeMix::of(&[Item::new((1000.0, 100.0), (990.0, 90.0)), Item::new((1000.0, 50.0), (1520.0, 80.0))]);
    each_near(&[why.r0, why.r1, why.volume, why.mix, why.price], &[2000.0, 2510.0, 266.6667, 233.3333, 10.0], 1e-4);
}

#[test]
fn g33_a_campaign_against_its_control_and_the_qini_of_eight() {
    let found = effect((300, 10_000), (100, 5_000), Level::new(0.95).unwrap()).unwrap();
    near(found.incremental, 100.0, 1e-5);
    near(found.difference.difference, 0.010, 1e-5);
    each_near(&[found.difference.interval.low, found.difference.interval.high], &[0.004_88, 0.015_12], 1e-5);
    near(found.difference.z, 3.5836, 1e-4);
    let money = earnings(60.0 * found.incremental, 60.0 * 300.0, 3_000.0);
    near(money.profit_incremental, 3_000.0, 1e-5);
    each_near(&[money.romi_incremental.unwrap(), money.romi_gross.unwrap()], &[1.0, 5.0], 1e-5);
    near(break_even_lift(3_000.0, 10_000, 60.0).unwrap(), 0.005, 1e-9);

    let score: Vec<f64> = (0..8).map(|place| -f64::from(place)).collect();
    let outcome = [1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0];
    let treated = [true, false, true, true, false, true, false, false];
    let curve = UpliftCurve::new(&score, &outcome, &treated, CurveForm::Qini).unwrap();
    let values: Vec<f64> = curve.points().iter().map(|point| point.value).collect();
    each_near(&values, &[0.0, 1.0, 0.0, -1.0, -1.0, 0.5, 0.0, -0.6667, 0.0][..values.len()], 1e-4);
}

#[test]
fn g36_a_life_in_twelve_periods() {
    let brought = [10.0, 12.0, 30.0, 60.0, 95.0, 100.0, 102.0, 98.0, 60.0, 30.0, 0.0, 0.0];
    let mut since = 0.0;
    let facts = brought.map(|value| {
        since = if value > 0.0 { 0.0 } else { since + 1.0 };
        PeriodFacts { value, orders: usize::from(value > 0.0), overdue: since, is_over: false }
    });
    let rules = StageRules::default();
    let points = track(&facts, 1.0, &rules);
    use Stage::{Decline as D, Exploration as E, Formation as F, Stability as S};
    let stages: Vec<Stage> = points.iter().map(|point| point.stage).collect();
    assert_eq!(stages, [E, E, F, F, F, F, S, S, S, D, D, D]);
    assert!(points[8].is_weakening);
    assert_eq!(pattern(&points, &rules).unwrap().name(), "early_exit");
}

/// The small company of the tests: three products, six customers, eleven lines; see `golden/fixture_a.toml`.
fn company() -> Tables {
    let lines = df!(
        "line" => ["L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8", "L9", "L10", "L11"],
        "order" => ["O1", "O1", "O2", "O3", "O4", "R1", "O6", "O7", "O8", "O9", "O10"],
        "customer" => ["C1", "C1", "C1", "C1", "C2", "C2", "C2", "C3", "C5", "C5", "C6"],
        "date" => ["2024-01-10", "2024-01-10", "2024-06-10", "2024-11-10", "2024-03-05", "2024-04-05", "2024-09-05",
                   "2024-12-20", "2023-05-01", "2023-11-01", "2024-08-08"],
        "product" => ["P1", "P2", "P1", "P2", "P1", "P1", "P2", "P2", "P1", "P1", "P3"],
        "qty" => [1.0, 1.0, 2.0, 1.0, 3.0, -1.0, 2.0, 1.0, 1.0, 1.0, 2.0],
        "net" => [100.0, 50.0, 200.0, 50.0, 300.0, -100.0, 100.0, 50.0, 100.0, 100.0, 160.0],
        "of" => [None, None, None, None, None, Some("L5"), None, None, None, None, None],
        "back" => [None, None, None, None, None, Some(true), None, None, None, None, None],
    )
    .unwrap();
    let columns = TransactionColumns::new("customer", "date")
        .line("line")
        .order("order")
        .product("product")
        .quantity("qty")
        .amount("net")
        .ref_line("of")
        .restocked("back");
    let products =
        df!("product" => ["P1", "P2", "P3"], "category" => ["A", "B", "C"], "cost" => [Some(60.0), Some(30.0), None])
            .unwrap();
    let service = df!(
        "customer" => ["C1", "C5", "C5", "C5"],
        "date" => ["2024-02-01", "2024-02-01", "2024-05-01", "2024-08-01"],
    )
    .unwrap();
    let products = Products::scan(products, &ProductColumns::new("product").category("category").unit_cost("cost"));
    let people = df!("customer" => ["C1", "C2", "C3", "C4", "C5", "C6"]).unwrap();
    let service = Activities::scan(service, &ActivityColumns::new("customer", "date").named("inquiry"));
    Tables::new(Transactions::from_frame(lines, &columns).unwrap())
        .with_products(products.unwrap())
        .with_customers(Customers::scan(people, &CustomerColumns::new("customer")).unwrap())
        .with_activities(service.unwrap())
}

fn year() -> Window {
    Window::new(date("2024-01-01"), date("2024-12-31"), Grain::Quarter).unwrap()
}

fn numbers(frame: &DataFrame, name: &str) -> Vec<Option<f64>> {
    let column = frame.column(name).unwrap().cast(&emptor::polars::prelude::DataType::Float64).unwrap();
    column.f64().unwrap().iter().collect()
}

#[test]
fn g37_profitability_of_the_small_company() {
    let tables = company();
    let profits = RelationshipProfit::builder()
        .window(date("2024-01-01"), date("2024-12-31"))
        .period(Grain::Year)
        .missing_cost(MissingCost::GlobalRate)
        .rule(CostRule::orders().costs(6.40))
        .rule(CostRule::logged("inquiry").costs(35.20))
        .rule(CostRule::return_lines().costs(35.20))
        .build()
        .unwrap()
        .compute(&tables)
        .unwrap();
    let ladders = ladders(&profits).unwrap();
    let input = ProfileInput::new(&tables, year()).with_profits(&ladders).unwrap();
    let section = profitability::section(&input, &profitability::ProfitabilitySettings::default()).unwrap();
    let table = &section.table("profit_customer").unwrap().frame;
    let ids: Vec<&str> = table.column("customer_id").unwrap().str().unwrap().iter().flatten().collect();
    assert_eq!(ids, ["C1", "C2", "C6", "C3", "C4", "C5"]);
    let known = |name| numbers(table, name).into_iter().flatten().collect::<Vec<f64>>();
    each_near(&known("cm2"), &[105.6, 72.0, 57.6, 13.6, 0.0, -105.6], 1e-6);
    each_near(&known("cum_profit_abs"), &[105.6, 177.6, 235.2, 248.8, 248.8, 143.2], 1e-6);
    near(known("cum_profit")[3], 1.737_430, 1e-6);
    each_near(&known("cts"), &[54.4, 48.0, 6.4, 6.4, 0.0, 105.6], 1e-6);
    near(known("net_rev").iter().sum(), 910.0, 1e-9);
    let by_period = &section.table("profit_period").unwrap().frame;
    near(numbers(by_period, "cm2")[0].unwrap(), 143.2, 1e-6);
}

#[test]
fn g37_growth_of_the_small_company() {
    let tables = company();
    let section = persistency::section(&ProfileInput::new(&tables, year()), &PersistencySettings::default()).unwrap();
    let table = section.table("growth_account").unwrap().frame.clone().lazy();
    let all = table.filter(col("segment").eq(lit("all"))).collect().unwrap();
    for (name, expected) in [
        ("active", [2.0, 1.0, 2.0, 2.0]),
        ("new", [2.0, 0.0, 1.0, 1.0]),
        ("retained", [0.0, 1.0, 0.0, 0.0]),
        ("resurrected", [0.0, 0.0, 1.0, 1.0]),
        ("dormant", [1.0, 1.0, 1.0, 2.0]),
    ] {
        each_near(&numbers(&all, name).into_iter().flatten().collect::<Vec<f64>>(), &expected, 1e-9);
    }
}

#[test]
fn g37_sales_of_the_small_company() {
    let tables = company();
    let input = ProfileInput::new(&tables, year());
    let settings = SevenPSettings::new(Unit::Order);
    let section = performance::section(&input, &settings.performance).unwrap();
    assert!(section.table("perf_cube").is_some());
    let total = |unit| {
        let rules = product::section(&input, &SevenPSettings::new(unit).product).unwrap();
        rules.gaps.len() + rules.tables.len()
    };
    assert!(total(Unit::Order) > 0 && total(Unit::Customer) > 0);
}
