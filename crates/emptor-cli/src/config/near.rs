//! What a configuration names must be there: files, sheets, columns.

use std::ops::Range;
use std::path::Path;

use emptor::table::Opened;

use super::TableConfig;
use super::mistakes::{Collector, meant, near};
use super::section::Section;
use crate::input;

/// What stands around a configuration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Near<'a> {
    /// Where its paths start from.
    pub(crate) folder: &'a Path,
    /// Whether its order lines are read, and not those of another file.
    pub(crate) reads_data: bool,
    /// Tables that flags name; their files are not those of the configuration.
    pub(crate) given: &'a [&'a str],
    /// Whether a table of potential profit is read.
    pub(crate) reads_potential: bool,
}

impl Near<'_> {
    /// Looks at the file of a table, and for its columns there.
    pub(super) fn look(&self, section: &Section<'_>, table: &TableConfig, mistakes: &mut Collector<'_>) {
        let Some(opened) = self.opened(section, table, mistakes) else { return };
        if table.columns.is_empty() {
            return;
        }
        let columns = section.section("columns", mistakes);
        let header = match input::header(&opened) {
            Ok(header) => header,
            Err(error) => return mistakes.add(section.at(), error.to_string()),
        };
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        for (role, column, at) in columns.pairs(mistakes) {
            // The prefix of cancelling orders is no column.
            if role != "reversal" && !header.contains(&column.as_str()) {
                let name = table.file.display();
                mistakes.add(&at, format!("{name} has no column `{column}`: {}", meant(&column, &header)));
            }
        }
    }

    fn opened(&self, section: &Section<'_>, table: &TableConfig, mistakes: &mut Collector<'_>) -> Option<Opened> {
        // What could not be read as the name of a file has been told.
        let at = section.place("file").filter(|_| !table.file.as_os_str().is_empty())?;
        let whole = TableConfig { file: self.folder.join(&table.file), ..table.clone() };
        if !self.is_there(&whole.file, &at, mistakes) {
            return None;
        }
        match input::open(&whole) {
            Ok(opened) => Some(opened),
            Err(error) => {
                mistakes.add(&section.place("sheet").unwrap_or(at), error.to_string());
                None
            }
        }
    }

    /// Whether a file is there; a pattern of files is looked at when it is read.
    pub(super) fn is_there(&self, file: &Path, at: &Range<usize>, mistakes: &mut Collector<'_>) -> bool {
        if file.exists() || file.to_string_lossy().contains(['*', '?', '[']) {
            return true;
        }
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let names: Vec<String> = std::fs::read_dir(folder)
            .map(|entries| entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
            .unwrap_or_default();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let meant = near(&name, &names).map(|other| format!(": did you mean `{other}`?")).unwrap_or_default();
        mistakes.add(at, format!("there is no file {}{meant}", file.display()));
        false
    }
}
