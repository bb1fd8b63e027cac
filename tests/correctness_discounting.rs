//! Rates of money and of retention, and the present value of streams.

use emptor::prelude::*;
use emptor::value::FirstPayment;
use serde::Deserialize;

use crate::golden_equity::{Numbers, YEAR, family, kept, yearly};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rate {
    kind: Kind,
    value: f64,
    periods_per_year: u32,
    annual: f64,
    per_period: f64,
    force: f64,
    #[serde(default)]
    quoted: Numbers,
    quoted_tolerance: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Effective,
    Nominal,
    Continuous,
    PerPeriod,
}

/// The unit of which a year has so many; quarters and half years are none.
fn unit(periods_per_year: u32) -> Option<TimeUnit> {
    [TimeUnit::Month, TimeUnit::Year]
        .into_iter()
        .find(|unit| (unit.per_year() - f64::from(periods_per_year)).abs() <= 0.0)
}

#[test]
fn every_kind_of_discount_rate_converts_into_the_others() {
    for (case, at) in family::<Rate>("discount_rate") {
        let periods = case.periods_per_year;
        let rate = match case.kind {
            Kind::Effective => DiscountRate::annual_effective(case.value),
            Kind::Nominal => DiscountRate::annual_nominal(case.value, periods),
            Kind::Continuous => DiscountRate::continuous(case.value),
            Kind::PerPeriod => DiscountRate::per_period(case.value, unit(periods).unwrap()),
        }
        .unwrap();
        // A period that is no unit of time is a part of a year.
        let per_period = match unit(periods) {
            Some(unit) => rate.per(unit),
            None => 1.0 / rate.factor(1.0 / f64::from(periods), YEAR) - 1.0,
        };
        let ours = |name: &str| match name {
            "annual" => rate.annual(),
            "per_period" => per_period,
            _ => rate.force(),
        };
        at.meets("annual", rate.annual(), case.annual);
        at.meets("per_period", per_period, case.per_period);
        at.meets("force", rate.force(), case.force);
        at.quoted_named(ours, &case.quoted, case.quoted_tolerance);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Retention {
    retention: f64,
    periods_per_year: u32,
    wanted_per_year: u32,
    expected: f64,
    quoted: Option<f64>,
    quoted_tolerance: Option<f64>,
}

#[test]
fn retention_converts_from_one_period_to_another() {
    let mut without_unit = 0;
    for (case, at) in family::<Retention>("retention_rate") {
        // Retention knows units of time only; two cases are of quarters.
        let (Some(from), Some(to)) = (unit(case.periods_per_year), unit(case.wanted_per_year)) else {
            without_unit += 1;
            continue;
        };
        let retention = RetentionRate::new(case.retention, from).unwrap();
        at.meets("retention", retention.per(to), case.expected);
        at.meets("churn", retention.churn(to), 1.0 - case.expected);
        at.quoted("retention", retention.per(to), case.quoted, case.quoted_tolerance);
    }
    assert_eq!(without_unit, 2);
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Inflation {
    real: f64,
    inflation: f64,
    expected: f64,
}

#[test]
fn real_and_nominal_rates_differ_by_inflation() {
    for (case, at) in family::<Inflation>("inflation") {
        let nominal = yearly(case.real).with_inflation(case.inflation).unwrap();
        at.meets("nominal", nominal.annual(), case.expected);
        at.meets("real", nominal.real(case.inflation).unwrap().annual(), case.real);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Monthly {
    margin: f64,
    monthly_retention: f64,
    annual_rate: f64,
    months: u32,
    expected: f64,
    quoted: Option<f64>,
    quoted_tolerance: Option<f64>,
}

#[test]
fn months_are_discounted_at_a_yearly_rate() {
    for (case, at) in family::<Monthly>("monthly") {
        let convention = LifetimeValue::builder()
            .rate(yearly(case.annual_rate))
            .horizon(Horizon::months(f64::from(case.months)).unwrap())
            .period(TimeUnit::Month)
            .timing(Timing::End)
            .build()
            .unwrap();
        let retention = RetentionRate::new(case.monthly_retention, TimeUnit::Month).unwrap();
        let streams = ProfitStreams::new(CurrentProfit::level(vec![case.margin]).unwrap())
            .with_survival(Survival::Constant { retention, first: FirstPayment::AtRisk })
            .unwrap();
        let value = convention.compute(&streams).unwrap().current()[0];
        at.meets("value", value, case.expected);
        at.quoted("value", value, case.quoted, case.quoted_tolerance);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Streams {
    timing: Timing,
    rate: f64,
    retention: Option<f64>,
    first_certain: Option<bool>,
    life: Option<f64>,
    rp: Vec<f64>,
    prp: Vec<f64>,
    current: f64,
    potential: f64,
    total: f64,
    quoted_current: Option<f64>,
    quoted_total: Option<f64>,
    quoted_tolerance: Option<f64>,
}

#[test]
fn streams_of_profit_are_worth_their_discounted_sums() {
    for (case, at) in family::<Streams>("streams") {
        let periods = case.rp.len();
        let convention = LifetimeValue::builder()
            .rate(yearly(case.rate))
            .horizon(Horizon::years(periods as f64).unwrap())
            .period(YEAR)
            .timing(case.timing)
            .build()
            .unwrap();
        let mut streams = ProfitStreams::new(CurrentProfit::panel(periods, case.rp).unwrap())
            .with_potential(PotentialProfit::panel(periods, case.prp).unwrap())
            .unwrap();
        if let Some(retention) = case.retention {
            let first = if case.first_certain.unwrap() { FirstPayment::Certain } else { FirstPayment::AtRisk };
            streams = streams.with_survival(Survival::Constant { retention: kept(retention), first }).unwrap();
        }
        if let Some(life) = case.life {
            streams = streams.with_lives(vec![life]).unwrap();
        }
        let values = convention.compute(&streams).unwrap();
        let (current, potential, total) = (values.current()[0], values.potential()[0], values.total()[0]);
        at.meets("current", current, case.current);
        at.meets("potential", potential, case.potential);
        at.meets("total", total, case.total);
        at.quoted("current", current, case.quoted_current, case.quoted_tolerance);
        at.quoted("total", total, case.quoted_total, case.quoted_tolerance);
        at.meets("equity", CustomerEquity::new(&values).total(), case.total);
    }
}
