//! The program `emptor`.

use std::process::ExitCode;

use clap::Parser;
use emptor_cli::args::Cli;

fn main() -> ExitCode {
    match emptor_cli::run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("emptor: {error}");
            ExitCode::from(error.code())
        }
    }
}
