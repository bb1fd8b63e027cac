//! The tables of a run, opened.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use emptor::prelude::{Date, DateFormat, Policy, ReadOptions, Tables, Transactions};
use emptor::table::{Check, Guess, Hints, Input as File, Opened as OpenedFile, Role, Severity, roles_of};
use emptor_datasets::sample;

use crate::CliError;
use crate::args::Input;
use crate::config::{Config, TableConfig};
use crate::settings::{self, pairs};
use crate::words::count;

/// What a run reads.
pub(crate) struct Opened {
    pub(crate) tables: Tables,
    /// Last day of observation.
    pub(crate) as_of: Date,
    /// First day of the order lines.
    pub(crate) first: Date,
    /// The files that were read.
    pub(crate) files: Vec<PathBuf>,
    pub(crate) quiet: bool,
}

impl Opened {
    /// The bundled sample, with every table it has.
    pub(crate) fn sample(quiet: bool) -> Result<Self, CliError> {
        Self::of(sample::company()?, Vec::new(), None, quiet)
    }

    /// What flags and configuration name.
    ///
    /// # Errors
    /// If a file cannot be read, its columns cannot be told, or it does not pass its door.
    pub(crate) fn open(input: &Input, config: &Config, folder: &Path, quiet: bool) -> Result<Self, CliError> {
        let Some(data) = settings::data(input, config, folder)? else {
            let text =
                "name a file of order lines, e.g. `emptor clv orders.csv`; `emptor demo` runs on a bundled sample";
            return Err(CliError::Usage(text.to_owned()));
        };
        let (file, guess) = guess(&data)?;
        if !quiet {
            eprintln!("{}", believed(&data.file, &file, &guess));
            for doubt in guess.doubts.iter().filter(|doubt| doubt.severity >= Severity::Doubt) {
                eprintln!("{doubt}");
            }
        }
        if !guess.kind.has_purchases() && data.columns.is_empty() {
            let text = format!(
                "{} looks like {} ({}), not like order lines; `emptor check` says more, and --columns names what is \
                 customer, date and amount",
                data.file.display(),
                guess.kind,
                guess.why
            );
            return Err(CliError::Data(text));
        }
        let given: Vec<(&str, &str)> =
            data.columns.iter().map(|(role, column)| (role.as_str(), column.as_str())).collect();
        let columns = guess.columns_with(&given)?;
        // Ids of two tables must be of one type to be matched, and one of them may hold an `A12`: then all are texts.
        let is_alone = input.tables.is_empty() && config.tables.is_empty();
        let transactions = Transactions::scan_with(file.source_for(&guess), &columns, &options(&data, is_alone))?;
        let quality = transactions.quality();
        if !quiet && quality.quarantined > 0 {
            let (aside, rows) = (count(quality.quarantined), count(quality.rows));
            let broken: Vec<String> = quality.breaches.iter().map(ToString::to_string).collect();
            eprintln!("{aside} of {rows} rows were set aside: {}", broken.join("; "));
        }
        let mut files = vec![data.file.clone()];
        let tables = others(Tables::new(transactions), input, config, folder, &guess, &mut files)?;
        Self::of(tables, files, input.as_of.or(config.as_of), quiet)
    }

    fn of(tables: Tables, files: Vec<PathBuf>, as_of: Option<Date>, quiet: bool) -> Result<Self, CliError> {
        let days = tables.transactions().quality().days;
        let (first, last) = days.ok_or_else(|| CliError::Data("no order line has a date".to_owned()))?;
        let as_of = as_of.unwrap_or(last);
        if as_of < first {
            let text = format!("--as-of {as_of} lies before the first day of the data, {first}");
            return Err(CliError::Usage(text));
        }
        if as_of > last && !quiet {
            eprintln!(
                "--as-of {as_of} lies after the last day of the data, {last}: the days between count as days without sales"
            );
        }
        Ok(Self { tables, as_of, first, files, quiet })
    }
}

/// A file with what is believed of it, given what is known. In a workbook whose first sheet holds no purchases it is the
/// first sheet that does, if there is one.
pub(crate) fn guess(data: &TableConfig) -> Result<(OpenedFile, Guess), CliError> {
    let file = open(data)?;
    let guess = file.guess_with(&hints(data))?;
    if data.sheet.is_some() || guess.kind.has_purchases() {
        return Ok((file, guess));
    }
    let others = file.sheets.iter().filter(|sheet| Some(*sheet) != file.sheet.as_ref());
    let read = |sheet: &String| {
        let other = open(&TableConfig { sheet: Some(sheet.clone()), ..data.clone() }).ok()?;
        let guess = other.guess_with(&hints(data)).ok()?;
        guess.kind.has_purchases().then_some((other, guess))
    };
    Ok(others.filter_map(read).next().unwrap_or((file, guess)))
}

/// A file looked at from its first row to its last.
pub(crate) fn examined(data: &TableConfig) -> Result<Check, CliError> {
    let (file, _) = guess(data)?;
    Ok(file.check(&hints(data))?)
}

/// The names of the columns of a file.
pub(crate) fn header(file: &OpenedFile) -> Result<Vec<String>, CliError> {
    let mut frame = file.source.frame()?;
    Ok(frame.collect_schema()?.iter_names().map(ToString::to_string).collect())
}

/// What is known of a file.
fn hints(data: &TableConfig) -> Hints {
    let mut hints = Hints::default();
    for (role, column) in &data.columns {
        if let Some(role) = Role::named(role) {
            hints = hints.role(role, column);
        }
    }
    if let Some(format) = &data.date_format {
        hints = hints.date_format(format.as_str());
    }
    match data.numbers {
        Some(format) => hints.numbers(format),
        None => hints,
    }
}

/// Opens a file as far as it is known how.
pub(crate) fn open(data: &TableConfig) -> Result<OpenedFile, CliError> {
    let mut file = File::new(&data.file);
    if let Some(encoding) = &data.encoding {
        file = file.encoding(encoding);
    }
    if let Some(sheet) = &data.sheet {
        file = file.sheet(sheet);
    }
    Ok(file.open()?)
}

fn options(data: &TableConfig, is_alone: bool) -> ReadOptions {
    let options = ReadOptions::default().policy(if data.quarantine { Policy::Quarantine } else { Policy::Reject });
    if is_alone { options } else { options.ids_as_text() }
}

/// Which sheet it is, and which column is what, in one line.
pub(crate) fn believed(path: &Path, file: &OpenedFile, guess: &Guess) -> String {
    let roles: Vec<String> = guess.pairs().iter().map(|(role, column)| format!("{role} = {column}")).collect();
    let dates = guess.dates.as_ref().map(|dates| format!("; dates are written {}", dates.format)).unwrap_or_default();
    let sheet = file.sheet.as_ref().filter(|_| file.sheets.len() > 1);
    let sheet = sheet.map(|sheet| format!(", sheet {sheet}")).unwrap_or_default();
    format!("{}{sheet}: {}; {}{dates}", path.display(), guess.kind, roles.join(", "))
}

/// Adds the tables beside the order lines: those of the configuration, and those of flags in place of them.
fn others(
    mut tables: Tables,
    input: &Input,
    config: &Config,
    folder: &Path,
    lines: &Guess,
    files: &mut Vec<PathBuf>,
) -> Result<Tables, CliError> {
    let given = pairs(&input.tables, "--table", "NAME=FILE")?;
    let own = |name: &str| config.tables.iter().find(|(own, _)| own == name).map(|(_, table)| table);
    let names: BTreeSet<&str> = config
        .tables
        .iter()
        .map(|(name, _)| name.as_str())
        .chain(given.iter().map(|(name, _)| name.as_str()))
        .collect();
    for name in names {
        let mut table = own(name).cloned().unwrap_or_default();
        table.file = match given.iter().find(|(own, _)| own == name) {
            Some((_, file)) => PathBuf::from(file),
            None => folder.join(&table.file),
        };
        files.push(table.file.clone());
        let file = open(&table)?;
        let guess = file.guess_with(&Hints::default())?;
        let roles = if table.columns.is_empty() { by_name(name, &guess)? } else { table.columns.clone() };
        let usual = lines.dates.as_ref().map(|dates| &dates.format);
        let dates = match &table.date_format {
            Some(format) => Some(DateFormat::from(format.as_str())),
            None => guess.dates_of(&roles, usual).or_else(|| usual.cloned()),
        };
        let source = match table.numbers {
            Some(format) => file.source.clone().numbers(format),
            None => file.source_for(&guess),
        };
        let roles: Vec<(&str, &str)> = roles.iter().map(|(role, column)| (role.as_str(), column.as_str())).collect();
        tables = tables.open(name, source, &roles, dates, &options(&table, false))?;
    }
    Ok(tables)
}

/// The columns of a table that plays its roles by their names.
fn by_name(table: &str, guess: &Guess) -> Result<Vec<(String, String)>, CliError> {
    let Some((needed, _)) = roles_of(table) else {
        let text = format!("--table {table}=..: there is no such table; there are {}", Tables::NAMES.join(", "));
        return Err(CliError::Usage(text));
    };
    let found = guess.pairs_of(table);
    let missing: Vec<&str> = needed.iter().copied().filter(|role| !found.iter().any(|(own, _)| own == role)).collect();
    if missing.is_empty() {
        return Ok(found.into_iter().map(|(role, column)| (role.to_owned(), column)).collect());
    }
    let header: Vec<&str> = guess.columns.iter().map(|column| column.name.as_str()).collect();
    Err(CliError::Usage(format!(
        "--table {table}: no column looks like {}; there are {}. Name them in emptor.toml: [tables.{table}.columns]",
        missing.join(", "),
        header.join(", ")
    )))
}
