//! Explanations against the grades they explain.

use emptor_types::{Fit, Value};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256Plus;

use crate::grade::{
    FittedGrader, GradeBy, GradeError, Grader, GradingData, Indicator, InformationGroup, MissingPolicy, Transform,
};

const ROUND: f64 = 1e-9;

/// Customers with unknown values and ties.
struct Base {
    columns: Vec<(&'static str, Vec<f64>)>,
}

impl Base {
    fn draw(customers: usize, seed: u64) -> Self {
        let mut random = Xoshiro256Plus::seed_from_u64(seed);
        let mut columns: Vec<(&'static str, Vec<f64>)> =
            ["spend", "days", "products", "returns", "tenure"].map(|name| (name, Vec::new())).into();
        for _ in 0..customers {
            let worth: f64 = random.r#gen();
            let mut draw = |low: f64, high: f64| low + (high - low) * (0.6 * worth + 0.4 * random.r#gen::<f64>());
            let row = [
                draw(-3.0, 6.0).sinh(),
                (300.0 - draw(0.0, 290.0)).round(),
                draw(1.0, 20.0).round(),
                0.3 - draw(0.0, 0.3),
                draw(10.0, 900.0).round(),
            ];
            for ((_, column), value) in columns.iter_mut().zip(row) {
                let unknown = random.gen_bool(0.05);
                column.push(if unknown { f64::NAN } else { value });
            }
        }
        Self { columns }
    }

    fn data(&self) -> Result<GradingData<'_>, GradeError> {
        GradingData::new(&self.columns.iter().map(|(name, values)| (*name, values.as_slice())).collect::<Vec<_>>())
    }

    fn fit(&self, by: GradeBy) -> Result<FittedGrader, GradeError> {
        let grader = Grader::builder()
            .indicators([
                Indicator::new("spend", InformationGroup::PastSales).transform(Transform::Asinh).weight(2.0),
                Indicator::new("days", InformationGroup::PastSales).transform(Transform::Log1p).lower_is_better(),
                Indicator::new("products", InformationGroup::ProductValue),
                Indicator::new("returns", InformationGroup::ProductValue).lower_is_better(),
                Indicator::new("tenure", InformationGroup::Image).missing(MissingPolicy::Neutral),
            ])
            .graded_by(by)
            .grades(4);
        grader.build()?.fit(&self.data()?)
    }
}

const SPACES: [GradeBy; 3] = [GradeBy::Groups, GradeBy::Indicators, GradeBy::Composite];

#[test]
fn contributions_sum_to_the_gap_of_the_composite_and_over_the_base_to_nothing() -> Result<(), GradeError> {
    let base = Base::draw(500, 1);
    let fitted = base.fit(GradeBy::Groups)?;
    let (grades, why) = (fitted.grade(&base.data()?)?, fitted.contributions(&base.data()?)?);
    let mut graded = 0;
    for row in 0..500 {
        let reasons = why.reasons(row);
        assert_eq!(reasons.is_empty(), grades.grade[row].is_none());
        let Some(composite) = grades.composite[row].filter(|_| grades.grade[row].is_some()) else { continue };
        let sum: f64 = reasons.iter().map(|reason| reason.contribution).sum();
        assert!((sum - (composite - why.mean_composite)).abs() < ROUND, "row {row}");
        let weights: f64 = reasons.iter().map(|reason| reason.weight).sum();
        assert!((weights - 1.0).abs() < ROUND, "row {row}: {weights}");
        assert!(reasons.is_sorted_by(|a, b| a.contribution.abs() >= b.contribution.abs()));
        graded += 1;
    }
    assert!(graded > 400);
    for contribution in &why.contribution {
        assert!(contribution.iter().flatten().sum::<f64>().abs() < ROUND * 500.0);
    }
    Ok(())
}

#[test]
fn an_upgrade_gives_the_grade_it_names_and_a_smaller_change_does_not() -> Result<(), GradeError> {
    let base = Base::draw(300, 2);
    for by in SPACES {
        let fitted = base.fit(by)?;
        let grades = fitted.grade(&base.data()?)?;
        let mut checked = 0;
        for row in (0..300).step_by(7) {
            for upgrade in fitted.upgrades(&base.data()?, row)? {
                let regrade = |value: f64| -> Result<_, GradeError> {
                    let mut columns = base.columns.clone();
                    for (name, values) in &mut columns {
                        *values = vec![if *name == upgrade.indicator { value } else { values[row] }];
                    }
                    let one = Base { columns };
                    Ok(fitted.grade(&one.data()?)?.grade[0])
                };
                assert_eq!(regrade(upgrade.to)?, Some(upgrade.grade), "{by:?} {row} {upgrade:?}");
                assert!(Some(upgrade.grade) < grades.grade[row], "{by:?} {row} {upgrade:?}");
                // Along the way, up to nine tenths of it, the grade is no better.
                let scale = &fitted.standard().indicators();
                let scale =
                    scale.iter().find(|f| f.indicator.name() == upgrade.indicator).ok_or(GradeError::NoCustomers)?;
                let from = upgrade.from.map_or(0.0, |from| scale.score(from));
                for tenth in 1..10 {
                    let between = scale.value_at(from + upgrade.score_change * f64::from(tenth) / 10.0);
                    let Some(between) = between else { continue };
                    assert!(regrade(between)? >= grades.grade[row], "{by:?} {row} {upgrade:?} at {between}");
                }
                checked += 1;
            }
        }
        assert!(checked > 30, "{by:?}: {checked}");
        let nearest = fitted.nearest_upgrades(&base.data()?)?;
        let first =
            |row: usize| -> Result<_, GradeError> { Ok(fitted.upgrades(&base.data()?, row)?.into_iter().next()) };
        for row in (0..300).step_by(29) {
            assert_eq!(nearest[row], first(row)?, "{by:?} {row}");
        }
    }
    assert!(base.fit(GradeBy::Groups)?.upgrades(&base.data()?, 300).is_err());
    Ok(())
}

#[test]
fn an_upgrade_over_a_border_that_is_all_but_reached_is_one() -> Result<(), GradeError> {
    let base = Base::draw(400, 5);
    for by in SPACES {
        let fitted = base.fit(by)?;
        let data = base.data()?;
        let mut checked = 0;
        for row in 0..100 {
            let Some(first) = fitted.upgrades(&data, row)?.into_iter().next() else { continue };
            // Just short of the border, and again.
            for short in [1e-4, 1e-6, 1e-8, 1e-9] {
                let columns = base.columns.iter().map(|(name, values)| {
                    let from = first.from.unwrap_or_default();
                    let near = first.to - short * (first.to - from);
                    (*name, vec![if *name == first.indicator { near } else { values[row] }])
                });
                let one = Base { columns: columns.collect() };
                for upgrade in fitted.upgrades(&one.data()?, 0)? {
                    let changed = one.columns.iter().map(|(name, values)| {
                        (*name, if *name == upgrade.indicator { vec![upgrade.to] } else { values.clone() })
                    });
                    let changed = Base { columns: changed.collect() };
                    assert_eq!(
                        fitted.grade(&changed.data()?)?.grade[0],
                        Some(upgrade.grade),
                        "{by:?} {row} {upgrade:?}"
                    );
                    checked += 1;
                }
            }
        }
        assert!(checked > 100, "{by:?}: {checked}");
    }
    Ok(())
}

#[test]
fn the_policy_says_in_rules_what_it_says_in_grades() -> Result<(), GradeError> {
    let base = Base::draw(2_000, 3);
    let fitted = base.fit(GradeBy::Composite)?;
    let data = base.data()?;
    let policy = fitted.policy(&data)?;
    let grades = fitted.grade(&data)?;
    let mut agreed = 0;
    let mut graded = 0;
    for row in 0..2_000 {
        let value = |column: &str| data.column(column).map_or(Value::Null, |values| Value::Number(values[row]));
        let said: Vec<_> = fitted.grades().filter(|&grade| policy.predicate(grade).holds(value)).collect();
        assert_eq!(said.len(), 1, "every customer satisfies the rule of one grade");
        graded += usize::from(grades.grade[row].is_some());
        agreed += usize::from(grades.grade[row] == Some(said[0]));
    }
    assert_eq!(policy.fidelity().rows, graded);
    assert!((policy.fidelity().accuracy - agreed as f64 / graded as f64).abs() < ROUND);
    assert!(policy.fidelity().accuracy > 0.6, "{:?}", policy.fidelity());
    assert!(policy.validation().is_some_and(|v| v.mean <= policy.fidelity().accuracy + 0.05));
    assert_eq!(policy.is_faithful(), policy.fidelity().accuracy >= 0.9);
    Ok(())
}

#[test]
fn ranked_indicators_have_no_sql_and_a_grade_that_is_not_there_is_refused() -> Result<(), GradeError> {
    let base = Base::draw(100, 4);
    let spend = Indicator::new("spend", InformationGroup::PastSales).transform(Transform::Rank);
    let fitted = Grader::builder().indicators([spend]).grades(2).build()?.fit(&base.data()?)?;
    let best = fitted.grades().next().ok_or(GradeError::NoCustomers)?;
    assert!(matches!(fitted.to_sql(best), Err(GradeError::NoSql { indicator, .. }) if indicator == "spend"));
    let third = crate::grade::Grade::from_index(7).ok_or(GradeError::NoCustomers)?;
    assert!(matches!(base.fit(GradeBy::Groups)?.to_sql(third), Err(GradeError::Invalid(_))));
    Ok(())
}
