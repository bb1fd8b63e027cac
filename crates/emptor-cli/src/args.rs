//! What the program takes.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use emptor::prelude::{Date, Horizon, PurchaseModelKind};
use emptor::table::NumberFormat;
use emptor::types::Probability;
use emptor::types::sql::Dialect;

use crate::rules;

/// Customer value, grades, profiles and forecasts of a file of order lines.
///
/// Columns, dates and encodings are guessed and said; flags and emptor.toml correct them. Results go to standard output,
/// everything else to standard error. Nothing is sent anywhere, and no file that is read is written. A flag goes before the
/// variable of the environment that its help names, that before emptor.toml, and that before what is usual.
///
/// Exit codes: 0 done, 1 failed, 2 wrong flags or configuration, 3 data refused, 4 a model did not converge.
#[derive(Debug, Parser)]
#[command(name = "emptor", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// The configuration; emptor.toml in this folder if there is one.
    #[arg(long, global = true, value_name = "FILE", env = "EMPTOR_CONFIG")]
    pub config: Option<PathBuf>,
    /// Say nothing but the result and errors.
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

/// The questions.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The bundled sample: value and grade of its customers, without any argument.
    Demo(Output),
    /// What a file holds: columns, dates, returns, doubts, and the flags that would settle them.
    Check(CheckArgs),
    /// What every customer is worth: p_alive, expected purchases, lifetime value with its range.
    Clv(Question),
    /// Recency, frequency and monetary value of every customer, with scores and segments.
    Rfm(Question),
    /// The grade of every customer, with the scores it stands on.
    Grade(Question),
    /// The seven Ps: findings, or one of the tables.
    Profile(ProfileArgs),
    /// The whole report as one HTML file, and its pictures.
    Report(ReportArgs),
    /// Sales ahead, in all and by product, category, channel, …
    Forecast(ForecastArgs),
    /// Saves what an analysis has learned, for services to score by, or as SQL for a database.
    Save(SaveArgs),
    /// One customer: every term of their value and grade.
    Explain(ExplainArgs),
    /// Writes a commented emptor.toml for a file.
    Init(InitArgs),
    /// How fast the engine is on this machine.
    Bench(BenchArgs),
    /// Writes completions for a shell, e.g. emptor completions bash > /etc/bash_completion.d/emptor.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

impl Command {
    /// The files it reads, if it reads any.
    pub(crate) fn input(&self) -> Option<&Input> {
        match self {
            Self::Check(args) => Some(&args.input),
            Self::Report(args) => (!args.sample).then_some(&args.input),
            Self::Save(args) => Some(&args.input),
            Self::Clv(args) | Self::Grade(args) => Some(&args.input),
            Self::Rfm(args) => Some(&args.input),
            Self::Profile(args) => Some(&args.question.input),
            Self::Forecast(args) => Some(&args.input),
            Self::Explain(args) => Some(&args.question.input),
            Self::Demo(_) | Self::Init(_) | Self::Bench(_) | Self::Completions { .. } => None,
        }
    }

    /// The convention it computes value by, if it does.
    pub(crate) fn value(&self) -> Option<&Value> {
        match self {
            Self::Report(args) => Some(&args.value),
            Self::Save(args) => Some(&args.value),
            Self::Clv(args) | Self::Grade(args) => Some(&args.value),
            Self::Profile(args) => Some(&args.question.value),
            Self::Explain(args) => Some(&args.question.value),
            _ => None,
        }
    }

    /// Where its table goes, if it answers with one.
    pub(crate) fn output(&self) -> Option<&Output> {
        match self {
            Self::Demo(output) => Some(output),
            Self::Check(args) => Some(&args.output),
            Self::Clv(args) | Self::Rfm(args) | Self::Grade(args) => Some(&args.output),
            Self::Profile(args) => Some(&args.question.output),
            Self::Forecast(args) => Some(&args.output),
            Self::Explain(args) => Some(&args.question.output),
            Self::Report(_) | Self::Save(_) | Self::Init(_) | Self::Bench(_) | Self::Completions { .. } => None,
        }
    }

    /// The file that its answer goes to, if it names one.
    pub(crate) fn out(&self) -> Option<&Path> {
        match self {
            Self::Report(args) => Some(&args.out),
            Self::Save(args) => Some(&args.out),
            _ => self.output()?.out.as_deref(),
        }
    }
}

/// The file and how it is read.
#[derive(Debug, Args, Clone, Default)]
pub struct Input {
    /// Order lines: CSV, TSV, Parquet, Arrow or Excel, plain or .gz; - for standard input. That of emptor.toml if not given.
    pub file: Option<PathBuf>,
    /// Which column is what, e.g. customer=id,date=day,amount=net; corrects what is guessed.
    #[arg(long, value_name = "ROLE=NAME,..", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// How dates are written, e.g. %d/%m/%Y.
    #[arg(long, value_name = "PATTERN", value_parser = rules::date_format)]
    pub date_format: Option<String>,
    /// How numbers are written: plain, point (1,234.50) or comma (1.234,50).
    #[arg(long, value_name = "FORMAT", value_parser = rules::number_format)]
    pub numbers: Option<NumberFormat>,
    /// The encoding of text, e.g. gb18030, windows-1252.
    #[arg(long, value_name = "NAME", value_parser = rules::encoding)]
    pub encoding: Option<String>,
    /// The sheet of a workbook.
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<String>,
    /// Another table, e.g. products=products.csv; its columns are those of emptor.toml, or are told by their names.
    #[arg(long = "table", value_name = "NAME=FILE")]
    pub tables: Vec<String>,
    /// Set rows that break a rule aside instead of refusing the table.
    #[arg(long)]
    pub quarantine: bool,
    /// Last day of observation (YYYY-MM-DD); the last day of the data if not given.
    #[arg(long, value_name = "DAY")]
    pub as_of: Option<Date>,
}

/// The convention of value.
#[derive(Debug, Args, Clone, Default)]
pub struct Value {
    /// Discount rate, yearly and effective.
    #[arg(long, allow_negative_numbers = true, value_parser = rules::rate, env = "EMPTOR_RATE")]
    pub rate: Option<f64>,
    /// How far ahead: 36m, 3y, 52w, 90d.
    #[arg(long, env = "EMPTOR_HORIZON")]
    pub horizon: Option<Horizon>,
    /// Contribution margin as a share of revenue.
    #[arg(long, allow_negative_numbers = true, value_parser = rules::margin, env = "EMPTOR_MARGIN")]
    pub margin: Option<f64>,
    /// Potential profit a year beyond the current relationship: a table of customer and profit.
    #[arg(long, value_name = "FILE")]
    pub potential: Option<PathBuf>,
    /// Part of the gap to the share of wallet of the best quarter of the segment that counts as potential profit, e.g. 0.25;
    /// needs the table wallets.
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, value_parser = rules::share)]
    pub capture: Option<Probability>,
    /// Count what open deals are expected to earn as potential profit; needs the table opportunities.
    #[arg(long)]
    pub deals: bool,
    /// Candidates of purchase models; the best one by BIC is taken.
    #[arg(long, value_name = "NAME,..", value_delimiter = ',')]
    pub model: Vec<PurchaseModelKind>,
    /// How many grades.
    #[arg(long, value_name = "N", value_parser = rules::grades, env = "EMPTOR_GRADES")]
    pub grades: Option<usize>,
}

/// Where the result goes and how it looks.
#[derive(Debug, Args, Clone, Default)]
pub struct Output {
    /// How the table is written; a table on a terminal, else CSV, or what the ending of --out says.
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// The file that is written; standard output if not given or -.
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// CSV that Excel opens as it is: with a byte-order mark.
    #[arg(long)]
    pub excel: bool,
    /// Leave text in CSV as it is, for programs; without it text that starts a formula has an apostrophe in front.
    #[arg(long, conflicts_with = "excel")]
    pub verbatim: bool,
    /// Rows of a table on a terminal; 0 for all.
    #[arg(long, default_value_t = 20)]
    pub rows: usize,
}

/// A file, the convention, and where the result goes.
#[derive(Debug, Args)]
pub struct Question {
    /// The file.
    #[command(flatten)]
    pub input: Input,
    /// The convention.
    #[command(flatten)]
    pub value: Value,
    /// Where the answer goes.
    #[command(flatten)]
    pub output: Output,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The file.
    #[command(flatten)]
    pub input: Input,
    /// Where the answer goes.
    #[command(flatten)]
    pub output: Output,
    /// End with exit code 3 if anything is wrong or in doubt.
    #[arg(long)]
    pub strict: bool,
}

/// Arguments of `profile`.
#[derive(Debug, Args)]
pub struct ProfileArgs {
    /// File, convention, and where the answer goes.
    #[command(flatten)]
    pub question: Question,
    /// The table to write instead of the findings; `list` names them.
    #[arg(long, value_name = "NAME")]
    pub show: Option<String>,
    /// First day that counts (YYYY-MM-DD); a year before the last, or the middle of the data, if not given.
    #[arg(long, value_name = "DAY")]
    pub from: Option<Date>,
}

/// Arguments of `report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The file.
    #[command(flatten)]
    pub input: Input,
    /// The convention.
    #[command(flatten)]
    pub value: Value,
    /// The page that is written; - for standard output.
    #[arg(long, short, value_name = "FILE", default_value = "report.html")]
    pub out: PathBuf,
    /// A folder for each chart as SVG and PNG.
    #[arg(long, value_name = "FOLDER")]
    pub pictures: Option<PathBuf>,
    /// The bundled sample instead of a file.
    #[arg(long, conflicts_with = "file")]
    pub sample: bool,
    /// Show ids of customers; by default nobody can be told from the page.
    #[arg(long)]
    pub show_ids: bool,
    /// The title of the page.
    #[arg(long)]
    pub title: Option<String>,
    /// The sign or code before amounts, e.g. €; that of the order lines if not given.
    #[arg(long, value_name = "SIGN")]
    pub currency: Option<String>,
    /// First day that counts (YYYY-MM-DD); a year before the last, or the middle of the data, if not given.
    #[arg(long, value_name = "DAY")]
    pub from: Option<Date>,
}

/// Arguments of `forecast`.
#[derive(Debug, Args)]
pub struct ForecastArgs {
    /// The file.
    #[command(flatten)]
    pub input: Input,
    /// Where the answer goes.
    #[command(flatten)]
    pub output: Output,
    /// By what sales are split, the coarsest first: product, category, brand, channel, place, rep, partner.
    #[arg(long, value_delimiter = ',')]
    pub by: Vec<String>,
    /// Grain of time.
    #[arg(long, value_enum)]
    pub grain: Option<TimeGrain>,
    /// Periods ahead.
    #[arg(long, value_name = "N", value_parser = rules::periods)]
    pub periods: Option<usize>,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The customer's id.
    pub customer: String,
    /// File, convention, and where the answer goes.
    #[command(flatten)]
    pub question: Question,
}

/// Arguments of `save`.
#[derive(Debug, Args)]
pub struct SaveArgs {
    /// The file.
    #[command(flatten)]
    pub input: Input,
    /// The convention.
    #[command(flatten)]
    pub value: Value,
    /// The file that is written; - for standard output.
    #[arg(long, short, value_name = "FILE", default_value = "scorer.json")]
    pub out: PathBuf,
    /// Write one query that scores a table of customers instead, for duckdb or postgresql.
    #[arg(long, value_name = "DIALECT")]
    pub sql: Option<Dialect>,
    /// The table the query reads, e.g. crm.customers.
    #[arg(long, value_name = "NAME", default_value = "customers", requires = "sql")]
    pub from_table: String,
    /// Write the columns that the scorer or the query reads, of the customers of today, to this file as well.
    #[arg(long, value_name = "FILE")]
    pub inputs: Option<PathBuf>,
    /// The currency of amounts, for the record.
    #[arg(long, value_name = "CODE")]
    pub currency: Option<String>,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Order lines.
    pub file: PathBuf,
    /// Where the configuration goes; it is never overwritten.
    #[arg(long, short, value_name = "FILE", default_value = "emptor.toml")]
    pub out: PathBuf,
}

/// Arguments of `bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// Order lines that are simulated.
    #[arg(long = "rows", value_name = "N", default_value_t = 1_000_000)]
    pub lines: usize,
    /// How the table is written; a table on a terminal, else CSV, or what the ending of --out says.
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// The file that is written; standard output if not given or -.
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

impl BenchArgs {
    /// Where the answer goes: --rows says how much is simulated here, not how much is shown.
    #[must_use]
    pub fn output(&self) -> Output {
        Output { format: self.format, out: self.out.clone(), ..Output::default() }
    }
}

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table for people.
    Table,
    /// Comma-separated values.
    Csv,
    /// One array of objects.
    Json,
    /// One object a line.
    Ndjson,
    /// Apache Parquet.
    Parquet,
    /// Markdown.
    Md,
    /// An Excel workbook.
    Xlsx,
}

/// A grain of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TimeGrain {
    /// Days.
    Day,
    /// Weeks from Monday.
    Week,
    /// Calendar months.
    Month,
    /// Calendar quarters.
    Quarter,
    /// Calendar years.
    Year,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }
}
