//! The program `emptor`: customer value, grades, profiles and forecasts of a file.
//!
//! ```text
//! emptor demo
//! emptor check orders.csv
//! emptor clv orders.csv --margin 0.35 --out value.xlsx
//! ```

pub mod args;
mod commands;
pub mod config;
mod error;
mod input;
mod output;
mod potential;
mod progress;
mod reply;
mod settings;
mod words;

use std::path::Path;

use args::{Cli, Command};
use clap::CommandFactory;
use commands::{bench, check, explain, forecast, profile, report, rfm, save, value};
use input::Opened;
use reply::Reply;

pub use error::CliError;

/// Does what the arguments ask.
///
/// # Errors
/// Whatever stops it; [`CliError::code`] is the exit code.
pub fn run(cli: &Cli) -> Result<(), CliError> {
    let (config, folder) = settings::load(cli.config.as_deref())?;
    let open = |input: &args::Input, out: Option<&Path>| {
        let opened = Opened::open(input, &config, &folder, cli.quiet)?;
        output::spares(&opened.files, out)?;
        Ok::<_, CliError>(opened)
    };
    let (reply, output) = match &cli.command {
        Command::Demo(output) => (value::demo(&Opened::sample(cli.quiet)?, &config)?, output),
        Command::Check(args) => return check::check(args, &config, &folder, cli.quiet),
        Command::Init(args) => return check::init(args, cli.quiet),
        Command::Report(args) => {
            let opened = if args.sample { Opened::sample(cli.quiet)? } else { open(&args.input, Some(&args.out))? };
            return report::report(&opened, args, &config);
        }
        Command::Save(args) => return save::save(&open(&args.input, Some(&args.out))?, args, &config),
        Command::Clv(args) => {
            (value::clv(&open(&args.input, args.output.out.as_deref())?, &args.value, &config)?, &args.output)
        }
        Command::Rfm(args) => (rfm::rfm(&open(&args.input, args.output.out.as_deref())?)?, &args.output),
        Command::Grade(args) => {
            (value::grade(&open(&args.input, args.output.out.as_deref())?, &args.value, &config)?, &args.output)
        }
        Command::Profile(args) => (
            profile::profile(&open(&args.question.input, args.question.output.out.as_deref())?, args, &config)?,
            &args.question.output,
        ),
        Command::Forecast(args) => {
            (forecast::forecast(&open(&args.input, args.output.out.as_deref())?, args, &config)?, &args.output)
        }
        Command::Explain(args) => {
            let question = &args.question;
            (
                explain::explain(
                    &open(&question.input, question.output.out.as_deref())?,
                    &args.customer,
                    &question.value,
                    &config,
                )?,
                &question.output,
            )
        }
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "emptor", &mut text);
            return output::text(Path::new("-"), &String::from_utf8_lossy(&text));
        }
        Command::Bench(args) => return give(&bench::bench(args.lines)?, &args.output(), cli.quiet),
    };
    give(&reply, output, cli.quiet)
}

/// Says what must be said, and writes the table.
fn give(reply: &Reply, output: &args::Output, quiet: bool) -> Result<(), CliError> {
    if !quiet {
        for note in &reply.notes {
            eprintln!("{note}");
        }
    }
    output::write(reply, output, quiet)
}
