//! Flags over the configuration.

use std::path::{Path, PathBuf};

use emptor::analysis::Analysis;
use emptor::prelude::{Date, LifetimeValue, Margin, PurchaseModelChoice};

use crate::CliError;
use crate::args::{Command, Input, Value};
use crate::config::{Config, Near, TableConfig};

/// The file that is read where `--config` names none.
pub(crate) const USUAL: &str = "emptor.toml";

/// The configuration a run starts from, and the folder its paths start from. What it names is looked for where the run
/// reads it: flags may name other files.
///
/// # Errors
/// If the file cannot be read, or has mistakes.
pub(crate) fn load(path: Option<&Path>, command: &Command) -> Result<(Config, PathBuf), CliError> {
    let usual = Path::new(USUAL);
    let Some(path) = path.or_else(|| usual.exists().then_some(usual)) else {
        return Ok((Config::default(), PathBuf::new()));
    };
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|e| CliError::Usage(format!("--config {name}: {e}")))?;
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let given: Vec<&str> = command
        .input()
        .into_iter()
        .flat_map(|input| &input.tables)
        .filter_map(|pair| pair.split_once('=').map(|(table, _)| table.trim()))
        .collect();
    let near = command.input().map(|input| Near {
        folder: &folder,
        reads_data: input.file.is_none(),
        given: &given,
        reads_potential: command.value().is_some_and(|value| value.potential.is_none()),
    });
    let mut config = Config::parse_near(&name, &text, near.as_ref())?;
    config.value.potential = config.value.potential.map(|file| folder.join(file));
    Ok((config, folder))
}

/// The table of order lines that flags and configuration name.
pub(crate) fn data(input: &Input, config: &Config, folder: &Path) -> Result<Option<TableConfig>, CliError> {
    let mut table = match (&input.file, &config.data) {
        (None, None) => return Ok(None),
        (Some(file), Some(table)) if is_same(&folder.join(&table.file), file) => table.clone(),
        // Columns of another file say nothing of this one.
        (Some(_), _) => TableConfig::default(),
        (None, Some(table)) => table.clone(),
    };
    table.file = input.file.clone().unwrap_or_else(|| folder.join(&table.file));
    for (flag, own) in [
        (&input.date_format, &mut table.date_format),
        (&input.encoding, &mut table.encoding),
        (&input.sheet, &mut table.sheet),
    ] {
        if flag.is_some() {
            own.clone_from(flag);
        }
    }
    table.numbers = input.numbers.or(table.numbers);
    table.quarantine |= input.quarantine;
    for (role, column) in pairs(&input.columns, "--columns", "role=name")? {
        table.columns.retain(|(given, _)| *given != role);
        table.columns.push((role, column));
    }
    Ok(Some(table))
}

/// Whether two paths lead to one file, however they are written.
fn is_same(one: &Path, other: &Path) -> bool {
    one == other || one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

/// Pairs such as `customer=id`.
pub(crate) fn pairs(given: &[String], flag: &str, form: &str) -> Result<Vec<(String, String)>, CliError> {
    let split = |pair: &String| match pair.split_once('=') {
        Some((key, value)) => Ok((key.trim().to_owned(), value.trim().to_owned())),
        None => Err(CliError::Usage(format!("{flag} {pair}: must be {form}"))),
    };
    given.iter().filter(|pair| !pair.trim().is_empty()).map(split).collect()
}

/// The analysis that flags and configuration describe.
///
/// # Errors
/// If a setting breaks its rule.
pub(crate) fn analysis(value: &Value, config: &Config, as_of: Date) -> Result<Analysis, CliError> {
    let mut convention = config.value.clone();
    convention.rate = value.rate.unwrap_or(convention.rate);
    convention.horizon = value.horizon.unwrap_or(convention.horizon);
    let models = if value.model.is_empty() { config.models.purchases.clone() } else { value.model.clone() };
    let margin = value.margin.or(convention.margin);
    Ok(Analysis::builder()
        .as_of(as_of)
        .convention(
            LifetimeValue::builder()
                .rate(convention.discount_rate()?)
                .horizon(convention.horizon)
                .period(convention.period)
                .timing(convention.timing)
                .build()?,
        )
        .unit(config.models.unit)
        .margin(margin.map_or(Margin::Auto, Margin::Rate))
        .purchase_model(PurchaseModelChoice::best_of(models))
        .penalty(config.models.penalty)
        .grades(value.grades.unwrap_or(config.grades.count))
        .starts(config.grades.starts)
        .seed(config.grades.seed)
        .level(convention.level)
        .build()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_goes_before_the_configuration_and_columns_of_another_file_are_not_taken() -> Result<(), CliError> {
        let text = "[data]\nfile = \"a.csv\"\n[data.columns]\ncustomer = \"c\"\ndate = \"d\"\n";
        let config = Config::parse("emptor.toml", text)?;
        let input = Input { columns: vec!["date=day".into()], ..Input::default() };
        let own = data(&input, &config, Path::new("x"))?.unwrap_or_default();
        assert_eq!(own.file, Path::new("x/a.csv"));
        assert_eq!(own.columns, [("customer".into(), "c".into()), ("date".into(), "day".into())]);
        let other = data(&Input { file: Some("b.csv".into()), ..Input::default() }, &config, Path::new(""))?;
        assert_eq!(other.map(|table| table.columns.len()), Some(0));
        Ok(())
    }
}
