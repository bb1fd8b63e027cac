//! What a file holds, and the configuration for it: `check`, `init`.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use emptor::polars::prelude::DataFrame;
use emptor::table::{Check, FileKind, Severity};

use crate::args::{CheckArgs, Format, InitArgs};
use crate::config::{Config, TableConfig, template};
use crate::reply::Reply;
use crate::words::many;
use crate::{CliError, input, output, settings};

/// Says everything about a file; its findings as a table where another format than text is asked for.
pub(crate) fn check(args: &CheckArgs, config: &Config, folder: &Path, quiet: bool) -> Result<(), CliError> {
    let Some(data) = settings::data(&args.input, config, folder)? else {
        return Err(CliError::Usage("name a file, e.g. `emptor check orders.csv`".to_owned()));
    };
    output::spares(std::slice::from_ref(&data.file), args.output.out.as_deref())?;
    let check = input::examined(&data)?;
    let asked = args.output.format.is_some_and(|format| format != Format::Table) || args.output.out.is_some();
    if asked {
        output::write(&Reply::new("findings", findings(&check)?), &args.output, quiet)?;
    } else {
        output::say(check.to_string())?;
    }
    let least = if args.strict { Severity::Doubt } else { Severity::Mistake };
    let wrong = check.findings.iter().filter(|finding| finding.severity >= least).count();
    if !args.strict || (wrong == 0 && check.is_clean()) {
        return Ok(());
    }
    Err(CliError::Data(format!("{}: {} (--strict)", data.file.display(), many(wrong, "mistake or doubt"))))
}

fn findings(check: &Check) -> Result<DataFrame, CliError> {
    let found = check.tables()?.into_iter().find(|(name, _)| *name == "findings");
    Ok(found.map(|(_, frame)| frame).unwrap_or_default())
}

/// Writes a configuration for a file; one that is there is left as it is.
pub(crate) fn init(args: &InitArgs, quiet: bool) -> Result<(), CliError> {
    let given = TableConfig { file: args.file.clone(), ..TableConfig::default() };
    let (file, guess) = input::guess(&given)?;
    if !matches!(guess.kind, FileKind::Unknown) && !guess.kind.has_purchases() {
        let (path, kind, why) = (args.file.display(), guess.kind, &guess.why);
        let text = format!("{path} looks like {kind} ({why}); a configuration begins with order lines");
        return Err(CliError::Data(text));
    }
    let data = TableConfig {
        file: from_folder_of(&args.out, &args.file),
        encoding: file.encoding.as_ref().map(|encoding| encoding.name.to_string()),
        sheet: file.sheet.clone(),
        date_format: guess.dates.as_ref().map(|dates| dates.format.to_string()),
        columns: guess.pairs().into_iter().map(|(role, column)| (role.to_owned(), column)).collect(),
        ..given
    };
    let text = template(&data);
    if args.out == Path::new("-") {
        return output::say(text);
    }
    let mut made = std::fs::File::create_new(&args.out).map_err(|e| match e.kind() {
        ErrorKind::AlreadyExists => CliError::Usage(format!(
            "{} is there already, and is left as it is; --out names another file, - shows it",
            args.out.display()
        )),
        _ => CliError::file(&args.out, e),
    })?;
    made.write_all(text.as_bytes()).map_err(|e| CliError::file(&args.out, e))?;
    if !quiet {
        eprintln!("{}", input::believed(&args.file, &file, &guess));
        let config = if args.out == Path::new(settings::USUAL) {
            String::new()
        } else {
            format!(" --config {}", args.out.display())
        };
        eprintln!("{}: look at [data.columns], then `emptor clv{config}`", args.out.display());
    }
    Ok(())
}

/// A path as a configuration names it: paths in it start from its folder.
fn from_folder_of(configuration: &Path, file: &Path) -> PathBuf {
    let folder = configuration.parent().unwrap_or(Path::new(""));
    let is_here = folder.as_os_str().is_empty() || folder == Path::new(".") || configuration == Path::new("-");
    if is_here || file.is_absolute() {
        return file.to_owned();
    }
    let (Ok(whole), Ok(folder)) = (file.canonicalize(), folder.canonicalize()) else { return file.to_owned() };
    whole.strip_prefix(folder).map(Path::to_owned).unwrap_or(whole)
}
