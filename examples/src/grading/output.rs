//! The results as files.

use std::fmt::Write as _;
use std::path::Path;

use emptor::grade::movement::DriftReport;
use emptor::prelude::*;

use super::GradingResults;
use crate::ExampleError;
use crate::frame::broken;
use crate::output::write_tables;

/// Writes the tables as CSV, the rules as SQL and the fitted grader as JSON into a folder.
///
/// # Errors
/// If the folder or a file cannot be written.
pub fn write_grading(folder: &Path, results: &GradingResults<'_>) -> Result<(), ExampleError> {
    let GradingResults { base, fitted, .. } = results;
    let customers = base.table.customers();
    let mut tables = vec![
        ("grades", results.grades.to_frame(customers, fitted.summary())?),
        ("reasons", results.reasons.to_frame(customers)?),
        ("profiles", fitted.summary().to_frame()?),
    ];
    if let Some(movement) = &results.movement {
        tables.push(("migration", movement.matrix.to_frame()?));
        tables.push(("drift", DriftReport::to_frame(&movement.drift)?));
    }
    write_tables(folder, &tables)?;
    write_file(&folder.join("rules.sql"), &rules(results))?;
    let training = Training { as_of: None, unit: None, customers: fitted.summary().customers };
    write_file(&folder.join("grader.json"), &fitted.to_json(training)?)?;
    write_file(&folder.join("standard.toml"), &base.standard.to_toml()?)
}

/// Every grade as a condition on the indicators, and the policy tree in words.
fn rules(results: &GradingResults<'_>) -> String {
    let mut text = String::new();
    for grade in results.fitted.grades() {
        let _ = match results.fitted.to_sql(grade) {
            Ok(condition) => writeln!(text, "-- grade {grade}\n{condition};\n"),
            Err(reason) => {
                writeln!(
                    text,
                    "-- grade {grade}, by the policy: {reason}\n{};\n",
                    results.policy.predicate(grade).to_sql()
                )
            }
        };
    }
    for rule in results.policy.rules() {
        let _ = writeln!(text, "-- policy: {rule}");
    }
    text
}

fn write_file(path: &Path, text: &str) -> Result<(), ExampleError> {
    std::fs::write(path, text).map_err(|error| broken(path, error))
}
