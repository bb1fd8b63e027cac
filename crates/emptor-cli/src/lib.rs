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
mod rules;
mod settings;
mod words;

use args::{Cli, Command};
use clap::CommandFactory;
use clap_complete::Shell;
use commands::{bench, check, explain, forecast, profile, report, rfm, save, value};
use input::Opened;
use reply::Reply;

pub use error::CliError;

/// Does what the arguments ask.
///
/// # Errors
/// Whatever stops it; [`CliError::code`] is the exit code.
pub fn run(cli: &Cli) -> Result<(), CliError> {
    match &cli.command {
        Command::Init(args) => return check::init(args, cli.quiet),
        Command::Bench(args) => {
            let output = args.output();
            output::ready(&output)?;
            return give(&bench::bench(args.lines)?, &output, cli.quiet);
        }
        Command::Completions { shell } => return completions(*shell),
        _ => {}
    }
    let (config, folder) = settings::load(cli.config.as_deref(), &cli.command)?;
    // What cannot be written is told before the work, not after it.
    match (cli.command.output(), cli.command.out()) {
        (Some(output), _) => output::ready(output)?,
        (None, Some(path)) => output::writable(path)?,
        (None, None) => {}
    }
    let opened = || {
        let Some(input) = cli.command.input() else { return Opened::sample(cli.quiet) };
        let opened = Opened::open(input, &config, &folder, cli.quiet)?;
        output::spares(&opened.files, cli.command.out())?;
        Ok(opened)
    };
    let reply = match &cli.command {
        Command::Demo(_) => value::demo(&opened()?, &config)?,
        Command::Check(args) => return check::check(args, &config, &folder, cli.quiet),
        Command::Report(args) => return report::report(&opened()?, args, &config),
        Command::Save(args) => return save::save(&opened()?, args, &config),
        Command::Clv(args) => value::clv(&opened()?, &args.value, &config)?,
        Command::Rfm(_) => rfm::rfm(&opened()?)?,
        Command::Grade(args) => value::grade(&opened()?, &args.value, &config)?,
        Command::Profile(args) => profile::profile(&opened()?, args, &config)?,
        Command::Forecast(args) => forecast::forecast(&opened()?, args, &config)?,
        Command::Explain(args) => explain::explain(&opened()?, &args.customer, &args.question.value, &config)?,
        // Done above: they ask no configuration.
        Command::Init(_) | Command::Bench(_) | Command::Completions { .. } => return Ok(()),
    };
    match cli.command.output() {
        Some(output) => give(&reply, output, cli.quiet),
        None => Ok(()),
    }
}

fn completions(shell: Shell) -> Result<(), CliError> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "emptor", &mut text);
    output::say(text)
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
