//! Who will answer a campaign, what goes with it, and can the scores be trusted?
//!
//! ```text
//! cargo run --release --example campaign_response
//! cargo run --release --example campaign_response -- --table bank.parquet --target y --event yes --after duration
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use emptor::grade::{GradeError, LogisticRegression, ResponseClassifier, ResponseModel, TestPart};
use emptor::prelude::*;
use emptor_examples::*;

/// Learns who answers and judges the scores on contacts the model has not seen.
#[derive(Debug, Parser)]
#[command(name = "campaign_response")]
struct Args {
    #[command(flatten)]
    input: CampaignArgs,
    /// Share of contacts to judge by.
    #[arg(long, default_value_t = 0.2)]
    share: f64,
    /// Ridge penalty on standardised coefficients, for few rows or many levels.
    #[arg(long, default_value_t = 0.0)]
    ridge: f64,
    /// Seed that draws the random part.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder for coefficients.csv, gains.csv, calibration.csv and scores.csv.
    #[arg(long)]
    out: Option<PathBuf>,
}

fn run(args: &Args) -> Result<(), ExampleError> {
    let campaign = args.input.read()?;
    let features = campaign.table.features()?;
    let logistic =
        LogisticRegression::builder().ridge(args.ridge).leave_out_collinear(true).build().map_err(GradeError::from)?;
    let fit = |part: TestPart| {
        let model = ResponseModel::builder().classifier(ResponseClassifier::Logistic(logistic.clone())).test(part);
        model.known_after(campaign.after.iter().cloned()).build()?.fit(&features, &campaign.event)
    };
    let last = fit(TestPart::Last { share: args.share })?;
    let random = fit(TestPart::Random { share: args.share, seed: args.seed })?;
    if let Some(folder) = &args.out {
        let tables = [
            ("coefficients", random.coefficients_to_frame(Level::new(0.95)?)?),
            ("gains", last.gains_to_frame()?),
            ("calibration", last.calibration_to_frame()?),
            ("scores", random.score(&features)?.to_frame(campaign.table.customers())?),
        ];
        write_tables(folder, &tables)?;
    }
    write_out(&campaign_report(&campaign, &last, &random)?)
}

fn main() -> ExitCode {
    finish("campaign_response", run(&Args::parse()))
}
