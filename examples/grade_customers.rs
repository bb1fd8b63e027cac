//! In which grade is each customer, why, can the grades be trusted, and who moved?
//!
//! ```text
//! cargo run --release --example grade_customers
//! cargo run --release --example grade_customers -- --transactions orders.csv --columns customer=id,date=day,amount=net
//! cargo run --release --example grade_customers -- --indicators table.csv --id customer --standard standard.toml
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use emptor::grade::{AdviceOptions, GradeBy, Resampling};
use emptor::prelude::*;
use emptor_examples::*;

/// Grades customers, explains the grades, and follows them from the first half of the time to the second.
#[derive(Debug, Parser)]
#[command(name = "grade_customers")]
struct Args {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    table: IndicatorArgs,
    /// Last day of observation (YYYY-MM-DD); the last day of the table if not given.
    #[arg(long)]
    as_of: Option<Date>,
    /// Number of grades; by the advice if not given.
    #[arg(long)]
    grades: Option<usize>,
    /// Cluster by the scores of groups, by all indicators, or by the composite score alone.
    #[arg(long, value_parser = graded_by, default_value = "groups")]
    by: GradeBy,
    /// Customer to explain; one of the middle grades if not given.
    #[arg(long)]
    explain: Option<String>,
    /// Folder for grades.csv, reasons.csv, profiles.csv, migration.csv, drift.csv, rules.sql and grader.json.
    #[arg(long)]
    out: Option<PathBuf>,
}

fn run(args: &Args) -> Result<(), ExampleError> {
    let base = GradingBase::open(&args.input, &args.table, args.as_of)?;
    let data = base.data()?;
    let grader = Grader::builder().standard(base.standard.clone()).graded_by(args.by).seed(1);

    let advice = grader.clone().build()?.advise_with_progress(&data, 2..=8, &AdviceOptions::default(), &progress)?;
    let chosen = args.grades.or(advice.recommendation.clusters).unwrap_or(4);
    let fitted = grader.grades(chosen).build()?.fit(&data)?;
    let results = GradingResults {
        grades: fitted.grade(&data)?,
        reasons: fitted.contributions(&data)?,
        upgrades: fitted.nearest_upgrades(&data)?,
        stability: fitted.stability(&data, &Resampling::default())?,
        policy: fitted.policy(&data)?,
        movement: base.halves.as_ref().map(|halves| Movement::of(halves, &fitted)).transpose()?,
        base: &base,
        advice,
        fitted,
    };
    args.out.as_deref().map_or(Ok(()), |folder| write_grading(folder, &results))?;
    write_out(&grading_report(&results, args.explain.as_deref())?)
}

fn main() -> ExitCode {
    finish("grade_customers", run(&Args::parse()))
}
