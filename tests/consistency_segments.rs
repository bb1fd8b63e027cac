//! Grades and segments as SQL select the customers they name: read back by the SQL engine of polars.

use std::error::Error;

use emptor::analysis::indicators;
use emptor::grade::{FittedGrader, GradeBy, IndicatorTable, MissingPolicy, Scaling};
use emptor::polars::prelude::{DataFrame, IntoLazy};
use emptor::prelude::*;
use emptor::rfm::Segment;
use emptor::types::Value;
use emptor_datasets::sample;
use polars::sql::SQLContext;

type Outcome = Result<(), Box<dyn Error>>;

fn sample_indicators() -> Result<DataFrame, Box<dyn Error>> {
    let tables = Tables::new(sample::transactions()?).with_products(sample::products()?);
    Ok(indicators(&tables, "2024-12-31".parse()?)?)
}

/// The ids that a condition selects, sorted.
fn selected(frame: &DataFrame, condition: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let mut context = SQLContext::new();
    context.register("customers", frame.clone().lazy());
    let query = format!("SELECT customer_id FROM customers WHERE {condition} ORDER BY customer_id");
    ids(&context.execute(&query)?.collect()?)
}

fn ids(frame: &DataFrame) -> Result<Vec<String>, Box<dyn Error>> {
    let ids = frame.column("customer_id")?.as_materialized_series();
    let mut ids: Vec<String> = ids.iter().map(|id| id.str_value().into_owned()).collect();
    ids.sort_unstable();
    Ok(ids)
}

fn fit(table: &IndicatorTable, by: GradeBy) -> Result<FittedGrader, Box<dyn Error>> {
    let names: Vec<&str> = table.names().collect();
    let (standard, _) = AssessmentStandard::built_in().restricted_to(&names)?;
    Ok(Grader::builder().standard(standard).graded_by(by).build()?.fit(&table.data()?)?)
}

#[test]
fn every_grade_as_sql_selects_its_customers() -> Outcome {
    let frame = sample_indicators()?;
    let table = IndicatorTable::new(&frame, "customer_id")?;
    for by in [GradeBy::Groups, GradeBy::Indicators, GradeBy::Composite] {
        let fitted = fit(&table, by)?;
        let graded = fitted.grade(&table.data()?)?;
        for grade in fitted.grades() {
            let customers = table.customers().iter().zip(&graded.grade).filter(|(_, own)| **own == Some(grade));
            let mut expected: Vec<String> = customers.map(|(id, _)| id.str_value().into_owned()).collect();
            expected.sort_unstable();
            assert!(!expected.is_empty());
            assert_eq!(selected(&frame, &fitted.to_sql(grade)?)?, expected, "{by:?} {grade}");
        }
    }
    Ok(())
}

#[test]
fn sql_of_integer_columns_divides_as_numbers_do() -> Outcome {
    let rows = 600_i64;
    let frame = emptor::polars::df!(
        "customer_id" => (0..rows).collect::<Vec<_>>(),
        "orders" => (0..rows).map(|i| Some(i * 7_919 % 97).filter(|n| n % 11 != 5)).collect::<Vec<_>>(),
        "complaints" => (0..rows).map(|i| i * 31 % 13).collect::<Vec<_>>(),
        "turnover" => (0..rows).map(|i| i * 104_729 % 90_001 - 3_000).collect::<Vec<_>>(),
    )?;
    let table = IndicatorTable::new(&frame, "customer_id")?;
    for scaling in [Scaling::Z, Scaling::RobustZ, Scaling::RobustOrZ, Scaling::MinMax] {
        let standard = AssessmentStandard::builder()
            .indicators([
                Indicator::new("orders", InformationGroup::PastSales).missing(MissingPolicy::Neutral),
                Indicator::new("turnover", InformationGroup::PastSales).transform(Transform::Asinh),
                Indicator::new("complaints", InformationGroup::ServiceValue).lower_is_better(),
            ])
            .scaling(scaling)
            .winsorize(0.0, 1.0)
            .build()?;
        for by in [GradeBy::Groups, GradeBy::Indicators, GradeBy::Composite] {
            let fitted = Grader::builder().standard(standard.clone()).graded_by(by).build()?.fit(&table.data()?)?;
            let graded = fitted.grade(&table.data()?)?;
            for grade in fitted.grades() {
                let expected = graded.grade.iter().filter(|own| **own == Some(grade)).count();
                assert_eq!(selected(&frame, &fitted.to_sql(grade)?)?.len(), expected, "{scaling:?} {by:?} {grade}");
            }
        }
    }
    Ok(())
}

#[test]
fn the_grade_as_one_sql_expression_is_the_grade() -> Outcome {
    let frame = sample_indicators()?;
    let table = IndicatorTable::new(&frame, "customer_id")?;
    let fitted = fit(&table, GradeBy::Groups)?;
    let graded = fitted.grade(&table.data()?)?;
    let mut context = SQLContext::new();
    context.register("customers", frame.clone().lazy());
    let query = format!("SELECT {} AS grade FROM customers", fitted.to_sql_case()?);
    let found = context.execute(&query)?.collect()?;
    let letters: Vec<Option<String>> = graded.grade.iter().map(|grade| grade.map(|grade| grade.to_string())).collect();
    let found: Vec<Option<String>> = found.column("grade")?.str()?.iter().map(|x| x.map(str::to_owned)).collect();
    assert_eq!(found, letters);
    Ok(())
}

#[test]
fn the_policy_as_sql_selects_whom_it_names() -> Outcome {
    let frame = sample_indicators()?;
    let table = IndicatorTable::new(&frame, "customer_id")?;
    let fitted = fit(&table, GradeBy::Groups)?;
    let policy = fitted.policy(&table.data()?)?;
    let mut found = 0;
    for grade in fitted.grades() {
        let condition = policy.predicate(grade);
        let satisfies = |row: usize| {
            condition.holds(|column| table.column(column).map_or(Value::Null, |values| Value::Number(values[row])))
        };
        let mut expected: Vec<String> = (0..table.customers().len())
            .filter(|&row| satisfies(row))
            .filter_map(|row| Some(table.customers().get(row).ok()?.str_value().into_owned()))
            .collect();
        expected.sort_unstable();
        found += expected.len();
        assert_eq!(selected(&frame, &condition.to_sql())?, expected, "{grade}: {condition}");
    }
    assert_eq!(found, frame.height());
    Ok(())
}

#[test]
fn every_rfm_segment_as_sql_selects_its_customers() -> Outcome {
    let ledger = PurchaseLedger::collect(&sample::transactions()?)?;
    let rfm = RfmTable::from_ledger(&ledger, "2024-12-31".parse()?)?;
    let scores = rfm.score(&ScoreOptions::default())?;
    let frame = rfm.to_frame()?;
    let mut found = 0;
    for segment in Segment::ALL {
        let Some(condition) = scores.predicate(segment)? else { return Err("no cuts".into()) };
        let own = rfm.customers().iter().zip(scores.segments()).filter(|(_, own)| **own == segment);
        let mut expected: Vec<String> = own.map(|(id, _)| id.str_value().into_owned()).collect();
        expected.sort_unstable();
        found += expected.len();
        assert_eq!(selected(&frame, &condition.to_sql())?, expected, "{segment}: {condition}");
    }
    assert_eq!(found, rfm.len());
    Ok(())
}
