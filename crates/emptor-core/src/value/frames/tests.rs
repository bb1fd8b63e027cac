//! Names, types and nulls of the tables, and the identities between them.

use std::error::Error;

use emptor_lifetime::Interval;
use emptor_types::{DiscountRate, ExactSum, Horizon, Level, TimeUnit, Timing};
use polars::prelude::{DataFrame, DataType, NamedFrom, PolarsError, Series};

use crate::columns::ColumnSpec;
use crate::portfolio::*;
use crate::value::equity::*;
use crate::value::potential::{Potential, PotentialComponent, Ramp};
use crate::value::project::{
    Actuals, Baseline, BaselineArea, BenefitRow, CostKind, CostRow, Direction, Evidence, ProjectPlan, ProjectReturn,
    Scenario, ScenarioReturn, Tracking,
};
use crate::value::uncertainty::{Covers, Scenarios, ValueRange};
use crate::value::{
    BaseFlows, ClosedForm, CurrentProfit, LifetimeValue, LifetimeValues, PotentialProfit, ProfitStreams, RetentionRate,
    Schedule, ValueError,
};

type Tested = Result<(), Box<dyn Error>>;

/// Sums in another order, relative to money of a few hundred.
const REORDERED: f64 = 1e-9;

/// A table has the columns that its constant documents, of these types (`s`tring, `f`loat, `i`nteger, `b`oolean).
fn documented(table: &DataFrame, specs: &[ColumnSpec], types: &str) {
    let names: Vec<&str> = table.get_column_names().iter().map(|name| name.as_str()).collect();
    assert_eq!(names, specs.iter().map(|spec| spec.name).collect::<Vec<_>>());
    assert!(specs.iter().all(|spec| !spec.meaning.is_empty()));
    let letter = |dtype: &DataType| match dtype {
        DataType::String => 's',
        DataType::Float64 => 'f',
        DataType::Int64 => 'i',
        DataType::Boolean => 'b',
        _ => '?',
    };
    assert_eq!(table.dtypes().iter().map(letter).collect::<String>(), types, "{names:?}");
}

fn floats(table: &DataFrame, column: &str) -> Result<Vec<Option<f64>>, PolarsError> {
    let floats: Vec<Option<f64>> = table.column(column)?.as_materialized_series().f64()?.iter().collect();
    assert!(floats.iter().flatten().all(|value| !value.is_nan()), "{column}");
    Ok(floats)
}

fn counts(table: &DataFrame, column: &str) -> Result<Vec<Option<i64>>, PolarsError> {
    Ok(table.column(column)?.as_materialized_series().i64()?.iter().collect())
}

fn texts(table: &DataFrame, column: &str) -> Result<Vec<Option<String>>, PolarsError> {
    Ok(table.column(column)?.as_materialized_series().str()?.iter().map(|text| text.map(str::to_owned)).collect())
}

fn sum(values: &[Option<f64>]) -> f64 {
    values.iter().flatten().copied().collect::<ExactSum>().value()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= REORDERED
}

fn ids(n: i64) -> Series {
    Series::new("whatever".into(), (0..n).map(|i| 100 - i).collect::<Vec<_>>())
}

fn annual(rate: f64) -> Result<DiscountRate, emptor_types::Invalid> {
    DiscountRate::annual_effective(rate)
}

fn convention() -> Result<LifetimeValue, Box<dyn Error>> {
    let builder = LifetimeValue::builder().rate(annual(0.1)?).horizon(Horizon::years(3.0)?);
    Ok(builder.period(TimeUnit::Year).timing(Timing::End).build()?)
}

/// Three customers; the second is worth less than nothing, the third lives through no period.
fn streams() -> Result<ProfitStreams, Box<dyn Error>> {
    let current = CurrentProfit::level(vec![100.0, -40.0, 7.0])?;
    let potential = PotentialProfit::level(vec![10.0, 5.0, 1.0])?;
    Ok(ProfitStreams::new(current).with_potential(potential)?.with_lives(vec![3.0, 2.4, 0.0])?)
}

fn values() -> Result<LifetimeValues, Box<dyn Error>> {
    Ok(convention()?.compute(&streams()?)?)
}

fn mismatch<T>(result: Result<T, PolarsError>) -> bool {
    matches!(result, Err(PolarsError::ShapeMismatch(_)))
}

#[test]
fn lifetime_values_keep_ids_order_and_convention() -> Tested {
    let table = values()?.to_frame(&ids(3), None)?;
    documented(&table, LifetimeValues::COLUMNS, "issfsfffffff");
    assert_eq!(counts(&table, "customer_id")?, [Some(100), Some(99), Some(98)]);
    assert_eq!(texts(&table, "timing")?, vec![Some("end".to_owned()); 3]);
    assert!(floats(&table, "rate")?.iter().flatten().all(|rate| close(*rate, 0.1)));
    assert_eq!(floats(&table, "horizon")?, [Some(3.0); 3]);
    // Analytics of an annuity: 10 of 110 is potential; a total that is not positive has no share.
    let share = floats(&table, "potential_share")?;
    assert!(share[0].is_some_and(|share| close(share, 10.0 / 110.0)));
    assert_eq!((share[1], share[2]), (None, None));
    assert_eq!(floats(&table, "lo")?, [None; 3]);
    Ok(())
}

#[test]
fn ranges_of_customers_stand_beside_their_values_and_unknown_ends_are_null() -> Tested {
    let interval = |low, high| Interval { low, high };
    let ranges = [interval(1.0, 2.0), interval(f64::NAN, f64::NAN), interval(-1.0, 0.0)];
    let table = values()?.to_frame(&ids(3), Some(&ranges))?;
    assert_eq!(floats(&table, "lo")?, [Some(1.0), None, Some(-1.0)]);
    assert_eq!(floats(&table, "hi")?, [Some(2.0), None, Some(0.0)]);
    assert!(mismatch(values()?.to_frame(&ids(3), Some(&ranges[..2]))));
    assert!(mismatch(values()?.to_frame(&ids(2), None)));
    Ok(())
}

#[test]
fn present_values_of_the_schedule_add_up_to_those_of_the_customers() -> Tested {
    let schedule = convention()?.schedule(&streams()?)?.to_frame(&ids(3))?;
    documented(&schedule, Schedule::COLUMNS, "iifffffff");
    let whole = values()?.to_frame(&ids(3), None)?;
    let rows = counts(&schedule, "customer_id")?;
    assert_eq!(rows, [100, 100, 100, 99, 99, 99].map(Some));
    for (pv, ltv) in [("pv_rp", "ltv_current"), ("pv_prp", "ltv_potential")] {
        let (pv, ltv) = (floats(&schedule, pv)?, floats(&whole, ltv)?);
        for (id, ltv) in counts(&whole, "customer_id")?.into_iter().zip(ltv) {
            let of_customer = pv.iter().zip(&rows).filter(|(_, row)| **row == id).map(|(pv, _)| *pv);
            assert!(close(sum(&of_customer.collect::<Vec<_>>()), ltv.ok_or("unknown")?), "{id:?}");
        }
    }
    assert!(mismatch(convention()?.schedule(&streams()?)?.to_frame(&ids(1))));
    Ok(())
}

#[test]
fn flows_of_a_base_are_worth_what_its_customers_are() -> Tested {
    let table = convention()?.base_flows(&streams()?)?.to_frame()?;
    documented(&table, BaseFlows::COLUMNS, "ifff");
    assert_eq!(counts(&table, "t")?, [Some(1), Some(2), Some(3)]);
    let total: ExactSum = values()?.total().into_iter().collect();
    assert!(close(sum(&floats(&table, "pv")?), total.value()));
    Ok(())
}

fn retention(rate: f64) -> Result<RetentionRate, emptor_types::Invalid> {
    RetentionRate::new(rate, TimeUnit::Year)
}

/// An endless relationship with a plan of future ones, and a bare number.
fn model() -> Result<EquityModel, Box<dyn Error>> {
    let customer = Relationship::endless(ClosedForm::T1, 100.0, retention(0.8)?, TimeUnit::Year)?;
    let newcomer = Relationship::endless(ClosedForm::T2, 100.0, retention(0.8)?, TimeUnit::Year)?;
    let plan = AcquisitionPlan::steady(Timing::End, &[2.0, 3.0], 80.0, &newcomer)?;
    Ok(EquityModel::new(annual(0.12)?, TimeUnit::Year)
        .with_part("all", customer.for_customers(2.0)?, Some(plan))?
        .with_part("B", Relationship::fixed(300.0)?, None)?)
}

#[test]
fn equity_of_the_parts_adds_up_to_the_whole() -> Tested {
    let table = model()?.to_frame(&[], None)?;
    documented(&table, EquityModel::COLUMNS, "sbffffffffffffs");
    // A part may be called `all`; the flag tells it from the whole.
    let scopes = texts(&table, "scope")?;
    assert_eq!(scopes.iter().flatten().collect::<Vec<_>>(), ["all", "B", "all"]);
    let whole: Vec<Option<bool>> = table.column("is_total")?.as_materialized_series().bool()?.iter().collect();
    assert_eq!(whole, [Some(false), Some(false), Some(true)]);
    for column in [
        "n_existing",
        "ce_current",
        "ce_potential",
        "ce_existing",
        "n_new",
        "new_value",
        "acq_cost",
        "ce_future",
        "ce_total",
    ] {
        let values = floats(&table, column)?;
        assert!(close(sum(&values[..2]), values[2].ok_or("unknown")?), "{column}");
    }
    assert_eq!(floats(&table, "lo")?, [None; 3]);
    assert_eq!(texts(&table, "covers")?, [None, None, None]);
    Ok(())
}

#[test]
fn ranges_of_equity_stand_beside_their_part_only() -> Tested {
    let (model, level) = (model()?, Level::new(0.95)?);
    let part = ValueRange::from_standard_error(300.0, 10.0, level, Covers::Customers)?;
    let total = model.total().dynamic;
    let whole = Scenarios::new(total, vec![("recession", total - 50.0)])?.range();
    let table = model.to_frame(&[("B".to_owned(), part.clone())], Some(&whole))?;
    assert_eq!(floats(&table, "lo")?, [None, Some(part.low()), Some(total - 50.0)]);
    assert_eq!(floats(&table, "hi")?, [None, Some(part.high()), Some(total)]);
    assert_eq!(floats(&table, "level")?, [None, Some(0.95), None]);
    assert_eq!(texts(&table, "covers")?[2].as_deref(), Some("scenarios"));

    let refused = |result: Result<DataFrame, PolarsError>, word: &str| match result {
        Err(PolarsError::InvalidOperation(message)) => message.contains(word),
        _ => false,
    };
    assert!(refused(model.to_frame(&[("C".to_owned(), part.clone())], None), "one of the parts all, B"));
    assert!(refused(model.to_frame(&[("all".to_owned(), part)], None), "(got one of 300)"));
    Ok(())
}

#[test]
fn parts_of_static_equity_keep_their_order() -> Tested {
    let parts = CustomerEquity::by(&values()?, &["b", "a", "b"])?;
    let table = EquityPart::frame(&parts)?;
    documented(&table, EquityPart::COLUMNS, "sifff");
    assert_eq!(counts(&table, "n_existing")?, [Some(1), Some(2)]);
    assert!(close(sum(&floats(&table, "ce_existing")?), CustomerEquity::new(&values()?).total()));
    Ok(())
}

#[test]
fn elasticities_in_money_add_up_and_what_is_unknown_is_null() -> Tested {
    let table = model()?.elasticity_table(Method::Analytic)?.to_frame()?;
    documented(&table, ElasticityTable::COLUMNS, "sbsffs");
    assert_eq!(table.height(), 3 * Lever::ALL.len());
    let levers = texts(&table, "lever")?;
    let (elasticity, money) = (floats(&table, "elasticity")?, floats(&table, "delta_1pct")?);
    let n = Lever::ALL.len();
    for (i, lever) in levers[..n].iter().enumerate() {
        // The bare number does not say how it answers to retention and rate, nor does the whole that holds it.
        let known = !matches!(lever.as_deref(), Some("retention" | "discount rate"));
        assert!(money[i].is_some());
        assert_eq!((money[n + i].is_some(), money[2 * n + i].is_some()), (known, known), "{lever:?}");
        assert_eq!(elasticity[n + i].is_some(), known);
        if known {
            assert!(close(sum(&[money[i], money[n + i]]), money[2 * n + i].ok_or("unknown")?), "{lever:?}");
        }
    }
    let numeric = model()?.elasticity_table(Method::Numeric)?;
    assert_eq!(texts(&numeric.to_frame()?, "method")?[0].as_deref(), Some("numeric"));

    let nothing = EquityModel::new(annual(0.1)?, TimeUnit::Year).with_part("none", Relationship::nobody(), None)?;
    let table = nothing.elasticity_table(Method::Analytic)?.to_frame()?;
    assert_eq!(floats(&table, "delta_1pct")?, [None; 10]);
    Ok(())
}

#[test]
fn a_tornado_has_its_base_in_every_bar_and_a_grid_meets_it() -> Tested {
    let model = model()?;
    let ranges =
        [LeverRange::relative(Lever::AcquisitionCost, -0.1, 0.1), LeverRange::relative(Lever::Margin, 0.0, 0.1)];
    let tornado = model.tornado(&ranges)?;
    let table = tornado.to_frame()?;
    documented(&table, Tornado::COLUMNS, "sssfffffff");
    assert_eq!(texts(&table, "lever")?[0].as_deref(), Some("margin"));
    let total = model.total();
    assert_eq!(floats(&table, "ce_total_base")?, [Some(total.dynamic); 2]);
    assert_eq!(floats(&table, "ce_existing_base")?, [Some(total.static_equity); 2]);
    // The low end of the margin is no change.
    assert!(floats(&table, "ce_total_low")?[0].is_some_and(|low| close(low, total.dynamic)));
    let [low, high, swing] = ["ce_total_low", "ce_total_high", "swing"].map(|column| floats(&table, column));
    for ((low, high), swing) in low?.into_iter().zip(high?).zip(swing?) {
        assert!(low.zip(high).zip(swing).is_some_and(|((low, high), swing)| close((high - low).abs(), swing)));
    }

    let margin = [0.0, 0.1].map(|by| Change::relative(Lever::Margin, by));
    let volume = [0.0, -0.5, 0.5].map(|by| Change::relative(Lever::AcquisitionVolume, by));
    let table = model.grid(&margin, &volume)?.to_frame()?;
    documented(&table, ScenarioGrid::COLUMNS, "ssssfffff");
    assert_eq!(floats(&table, "y_number")?, [0.0, -0.5, 0.5, 0.0, -0.5, 0.5].map(Some));
    assert!(floats(&table, "ce_total")?[0].is_some_and(|equity| close(equity, total.dynamic)));
    for ((existing, future), both) in
        floats(&table, "ce_existing")?.into_iter().zip(floats(&table, "ce_future")?).zip(floats(&table, "ce_total")?)
    {
        assert!(close(sum(&[existing, future]), both.ok_or("unknown")?));
    }
    Ok(())
}

#[test]
fn the_terms_of_a_bridge_lead_from_before_to_after() -> Tested {
    let at = |rate: f64, ids: Vec<u64>, margin: Vec<f64>, parts: Vec<&str>| -> Result<_, ValueError> {
        let retention = vec![retention(0.8)?; ids.len()];
        let base = BaseSnapshot::endless(ClosedForm::T1, annual(rate)?, TimeUnit::Year, ids, margin, retention)?;
        Ok(base.with_parts(parts)?)
    };
    let before = at(0.12, vec![1, 2, 4], vec![100.0, 40.0, 5.0], vec!["x", "y", "x"])?;
    let after = at(0.10, vec![1, 3, 4], vec![110.0, 20.0, 5.0], vec!["x", "y", "y"])?;
    let table = EquityBridge::between(&before, &after)?.to_frame()?;
    documented(&table, EquityBridge::COLUMNS, "sbiiiiiffffffffff");
    assert_eq!(texts(&table, "scope")?.iter().flatten().collect::<Vec<_>>(), ["x", "y", "all"]);
    let terms: Vec<&str> =
        EquityBridge::COLUMNS.iter().map(|spec| spec.name).filter(|n| n.starts_with("by_")).collect();
    assert_eq!(terms.len(), 8);
    for row in 0..3 {
        let cell = |column: &str| floats(&table, column).map(|cells| cells[row]);
        let mut walk = vec![cell("ce_before")?];
        for term in &terms {
            walk.push(cell(term)?);
        }
        assert!(close(sum(&walk), cell("ce_after")?.ok_or("unknown")?), "{row}");
    }
    for spec in &EquityBridge::COLUMNS[7..] {
        let cells = floats(&table, spec.name)?;
        assert!(close(sum(&cells[..2]), cells[2].ok_or("unknown")?), "{}", spec.name);
    }
    let n = ["n_before", "n_new", "n_regained", "n_lost", "n_after"].map(|column| counts(&table, column));
    let [before, new, regained, lost, after] = n;
    assert_eq!((before?[2], new?[2], regained?[2], lost?[2], after?[2]), (Some(3), Some(1), Some(0), Some(1), Some(3)));
    Ok(())
}

#[test]
fn the_last_point_of_the_whale_is_the_total() -> Tested {
    let profits = [-2.0, 5.0, 0.0, 3.0];
    let curve = WhaleCurve::new(&profits)?;
    let points: Vec<WhalePoint> = curve.points().collect();
    let table = WhalePoint::frame(&points)?;
    documented(&table, WhalePoint::COLUMNS, "ifff");
    assert_eq!(floats(&table, "cum_profit_abs")?.last(), Some(&Some(6.0)));
    assert_eq!(floats(&table, "cum_profit")?.last(), Some(&Some(1.0)));

    let by_customer = curve.to_frame(&ids(4))?;
    documented(&by_customer, WhaleCurve::COLUMNS, "iifff");
    assert_eq!(counts(&by_customer, "customer_id")?, [100, 99, 98, 97].map(Some));
    assert_eq!(counts(&by_customer, "whale_rank")?, [4, 1, 3, 2].map(Some));
    assert_eq!(floats(&by_customer, "cum_profit_abs")?, [6.0, 5.0, 8.0, 8.0].map(Some));
    assert!(mismatch(curve.to_frame(&ids(3))));

    let summary = curve.summary().to_frame()?;
    documented(&summary, WhaleSummary::COLUMNS, "ifffififf");
    assert_eq!((summary.height(), floats(&summary, "total")?[0]), (1, Some(6.0)));
    Ok(())
}

#[test]
fn shares_of_no_total_are_null_with_a_reason() -> Tested {
    let (good, bad) = (WhaleCurve::new(&[5.0, 80.0, 5.0, 5.0, 5.0])?, WhaleCurve::new(&[1.0, -2.0])?);
    let top = TopShare::frame(&[good.top(0.2)?, bad.top(0.5)?])?;
    documented(&top, TopShare::COLUMNS, "fffs");
    assert_eq!(floats(&top, "share_of_total")?, [Some(0.8), None]);
    assert_eq!(texts(&top, "basis")?[1].as_deref(), Some("no_total"));
    let reach = ParetoPoint::frame(&[good.reach(0.8)?, bad.reach(0.8)?])?;
    documented(&reach, ParetoPoint::COLUMNS, "fifs");
    assert_eq!(counts(&reach, "customers")?, [Some(1), None]);
    assert_eq!(floats(&reach, "share_of_customers")?, [Some(0.2), None]);
    assert_eq!(floats(&bad.summary().to_frame()?, "peak_over_total")?, [None]);
    let points: Vec<LorenzPoint> = LorenzCurve::new(&[3.0, 1.0])?.points().collect();
    let lorenz = LorenzPoint::frame(&points)?;
    documented(&lorenz, LorenzPoint::COLUMNS, "ifff");
    assert_eq!(floats(&lorenz, "share_of_total")?, [0.0, 0.25, 1.0].map(Some));
    Ok(())
}

#[test]
fn matrix_and_classes_have_a_row_per_customer_and_one_per_part() -> Tested {
    let (current, potential) = ([90.0, 80.0, 10.0, f64::NAN], [60.0, 5.0, 70.0, 1.0]);
    let matrix = ValueMatrix::new(&current, &potential, MatrixCuts::At { current: 50.0, potential: 30.0 })?;
    let table = matrix.to_frame(&ids(4))?;
    documented(&table, ValueMatrix::COLUMNS, "is");
    let quadrants = texts(&table, "quadrant")?;
    assert_eq!(
        quadrants.iter().map(Option::as_deref).collect::<Vec<_>>(),
        [Some("platinum"), Some("gold"), Some("iron"), None]
    );
    assert!(mismatch(matrix.to_frame(&ids(5))));
    let parts = matrix.parts_to_frame()?;
    documented(&parts, ValueMatrix::PART_COLUMNS, "siffff");
    assert_eq!(counts(&parts, "customers")?, [1, 1, 1, 0, 1].map(Some));
    assert!(
        close(sum(&floats(&parts, "value_current")?), 180.0) && close(sum(&floats(&parts, "value_potential")?), 136.0)
    );
    assert_eq!(floats(&parts, "cut_current")?, [Some(50.0); 5]);

    let classes = ProfitClasses::terciles(&[-5.0, 0.0, 3.0, f64::NAN])?;
    let table = classes.to_frame(&ids(4))?;
    documented(&table, ProfitClasses::COLUMNS, "is");
    assert_eq!(texts(&table, "profit_class")?[3], None);
    assert!(mismatch(classes.to_frame(&ids(1))));
    let parts = classes.parts_to_frame()?;
    documented(&parts, ProfitClasses::PART_COLUMNS, "sifff");
    assert_eq!(texts(&parts, "profit_class")?.last(), Some(&None));
    assert!(close(sum(&floats(&parts, "profit")?), -2.0));
    Ok(())
}

#[test]
fn vectors_keep_what_is_known_of_every_customer() -> Tested {
    let nan = f64::NAN;
    let values = sufficient_values(&[1.0, nan], &[nan, 2.0], &[10.0, 30.0], &[])?;
    let table = SufficientValue::frame(&values, &ids(2))?;
    documented(&table, SufficientValue::COLUMNS, "iffff");
    assert_eq!(floats(&table, "value_current")?, [Some(1.0), None]);
    assert_eq!(floats(&table, "value_potential")?, [None, Some(2.0)]);
    assert_eq!(floats(&table, "volume_index")?, [Some(50.0), Some(150.0)]);
    assert_eq!(floats(&table, "development_index")?, [None, None]);
    assert!(mismatch(SufficientValue::frame(&values, &ids(3))));
    Ok(())
}

#[test]
fn what_counted_components_keep_is_the_potential_of_all_customers() -> Tested {
    let up_sell = PotentialComponent::up_sell(&[0.5, 0.1], &[40.0, 20.0], Ramp::immediate())?;
    let training = PotentialComponent::supplied("training", 2, vec![30.0, -6.0, 0.0, 5.0])?;
    let potential = Potential::builder(2, 2).add(up_sell).add(training).build()?;
    let components = potential.components_to_frame()?;
    documented(&components, Potential::COMPONENT_COLUMNS, "ssbfffff");
    assert_eq!(texts(&components, "component")?[1].as_deref(), Some("training"));
    assert_eq!(floats(&components, "revenue")?, [None, None]);
    let panel = potential.to_frame(&ids(2))?;
    documented(&panel, Potential::COLUMNS, "iif");
    assert_eq!(counts(&panel, "customer_id")?, [100, 100, 99, 99].map(Some));
    assert_eq!(counts(&panel, "t")?, [1, 2, 1, 2].map(Some));
    assert!(close(sum(&floats(&panel, "prp")?), sum(&floats(&components, "kept")?)));
    assert!(mismatch(potential.to_frame(&ids(4))));
    Ok(())
}

/// People 100 now; two areas at 80 and 10 above their baseline in periods 1 and 2; the second is measured.
fn project() -> Result<(Baseline, ProjectPlan), emptor_types::Invalid> {
    let area = |name: &str| BaselineArea::level(name, Direction::HigherIsBetter, 0.0);
    let baseline = Baseline::new(0, vec![area("retention"), area("service")])?;
    let benefit = |name, level, evidence| (1..=2).map(move |t| BenefitRow::new(name, t, level, evidence));
    let plan = ProjectPlan::builder(baseline.clone())
        .rate(annual(0.1)?)
        .period(TimeUnit::Year)
        .last_period(2)
        .costs([CostRow::new(CostKind::People, 0, 100.0)])
        .benefits(benefit("retention", 80.0, Evidence::Estimated).chain(benefit("service", 10.0, Evidence::Measured)))
        .build()?;
    Ok((baseline, plan))
}

#[test]
fn a_project_returns_the_same_by_period_by_area_and_in_all() -> Tested {
    let result = project()?.1.evaluate();
    let (all, periods) = (result.to_frame()?, result.periods_to_frame()?);
    let (costs, areas) = (result.costs_to_frame()?, result.areas_to_frame()?);
    documented(&all, ProjectReturn::COLUMNS, "fffffffffff");
    documented(&periods, ProjectReturn::PERIOD_COLUMNS, "iffffffffff");
    documented(&costs, ProjectReturn::COST_COLUMNS, "sff");
    documented(&areas, ProjectReturn::AREA_COLUMNS, "sffff");
    assert_eq!((all.height(), periods.height(), costs.height(), areas.height()), (1, 3, 3, 2));
    let npv = floats(&all, "npv")?[0].ok_or("unknown")?;
    assert!(close(sum(&floats(&periods, "pv")?), npv));
    assert!(close(sum(&floats(&areas, "pv")?) - sum(&floats(&costs, "pv")?), npv));
    assert!(floats(&periods, "cum_pv")?[2].is_some_and(|last| close(last, npv)));
    let measured = sum(&floats(&areas, "pv_measured")?) + sum(&floats(&areas, "pv_estimated")?);
    assert!(close(measured, sum(&floats(&areas, "pv")?)));
    // 100 now for 90 twice: at the internal rate of return the two are worth what they cost.
    assert!(
        floats(&all, "irr")?[0].is_some_and(|rate| close(90.0 / (1.0 + rate) + 90.0 / (1.0 + rate).powi(2), 100.0))
    );
    Ok(())
}

#[test]
fn scenarios_and_tracking_keep_their_order_and_their_sums() -> Tested {
    let (baseline, plan) = project()?;
    let scenarios = [Scenario::new("plan"), Scenario::new("late").delay(2)];
    let table = ScenarioReturn::frame(&plan.scenarios(&scenarios)?)?;
    documented(&table, ScenarioReturn::COLUMNS, "sffffffff");
    assert!(floats(&table, "npv_change")?[0].is_some_and(|change| close(change, 0.0)));
    assert_eq!(floats(&table, "payback")?[1], None);
    assert_eq!(floats(&table, "beyond")?, [Some(0.0), Some(180.0)]);

    let benefits = vec![
        BenefitRow::new("retention", 1, 60.0, Evidence::Measured),
        BenefitRow::new("service", 1, 12.0, Evidence::Measured),
    ];
    let actuals = Actuals::new(baseline, 1, vec![CostRow::new(CostKind::People, 0, 110.0)], benefits)?;
    let tracking = plan.track(&actuals)?;
    let (table, to_date) = (tracking.to_frame()?, tracking.to_date_frame()?);
    documented(&table, Tracking::COLUMNS, "ssiffff");
    documented(&to_date, Tracking::TO_DATE_COLUMNS, "ssffff");
    assert_eq!((table.height(), to_date.height()), (2 * 2 + 3 * 2, 2 + 1 + 3 + 1));
    assert_eq!(counts(&table, "period")?[..4], [0, 1, 0, 1].map(Some));
    // Nothing is planned for period 0, and nothing of technology at all: there is no share of it.
    assert_eq!(floats(&table, "realised")?[0], None);
    let items = texts(&to_date, "item")?;
    assert_eq!((&items[2], &items[6]), (&None, &None));
    let sides = texts(&to_date, "side")?;
    for (side, total) in [("benefit", 2), ("cost", 6)] {
        for column in ["planned", "actual", "variance"] {
            let cells = floats(&to_date, column)?;
            let of_side = (0..cells.len()).filter(|row| *row != total && sides[*row].as_deref() == Some(side));
            assert!(close(sum(&of_side.map(|row| cells[row]).collect::<Vec<_>>()), cells[total].ok_or("unknown")?));
        }
    }
    assert!(floats(&to_date, "realised")?[6].is_some_and(|realised| close(realised, 1.1)));
    Ok(())
}

#[test]
fn ids_keep_their_type_and_an_empty_base_gives_empty_tables() -> Tested {
    let names = Series::new("name".into(), ["a", "b", "c"]);
    let table = values()?.to_frame(&names, None)?;
    assert_eq!(table.column("customer_id")?.dtype(), &DataType::String);
    let nobody = ProfitStreams::new(CurrentProfit::level(Vec::new())?);
    let table = convention()?.compute(&nobody)?.to_frame(&ids(0), None)?;
    documented(&table, LifetimeValues::COLUMNS, "issfsfffffff");
    assert_eq!(table.height(), 0);
    let schedule = convention()?.schedule(&nobody)?;
    assert_eq!(schedule.to_frame(&ids(0))?.height(), 0);
    Ok(())
}
