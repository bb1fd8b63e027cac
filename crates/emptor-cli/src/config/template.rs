//! The commented file that `emptor init` writes.

use std::fmt::Write;

use emptor::table::NumberFormat;

use super::TableConfig;

/// Everything but the order lines: what counts when nothing is said stands in comments.
const REST: &str = include_str!("template.toml");

/// A configuration for a table of order lines, with every key there is and what it is for; what is not set takes the value
/// in the comment.
///
/// ```
/// use emptor_cli::config::{Config, TableConfig, template};
///
/// let mut table = TableConfig::default();
/// table.file = "orders.csv".into();
/// table.columns = [("customer", "id"), ("date", "day"), ("amount", "net")].map(|(r, c)| (r.into(), c.into())).into();
/// let text = template(&table);
/// assert_eq!(Config::parse("emptor.toml", &text)?.data, Some(table));
/// # Ok::<(), emptor_cli::config::Mistakes>(())
/// ```
#[must_use]
pub fn template(data: &TableConfig) -> String {
    let mut text =
        String::from("# Configuration of emptor. What is commented out is what counts when nothing is said.\n\n");
    let _ = writeln!(text, "[data]\n# Order lines, from the folder of this file.");
    let _ = writeln!(text, "file = {}", quoted(&data.file.to_string_lossy()));
    let mut optional = |about: &str, key: &str, value: Option<&str>, example: &str| {
        let _ = match value {
            Some(value) => writeln!(text, "# {about}\n{key} = {}", quoted(value)),
            None => writeln!(text, "# {about}\n# {key} = {example}"),
        };
    };
    optional("The encoding; guessed if not given.", "encoding", data.encoding.as_deref(), "\"utf-8\"");
    optional("The sheet of a workbook; the first if not given.", "sheet", data.sheet.as_deref(), "\"Sheet1\"");
    let dates = "How dates are written; guessed if not given.";
    optional(dates, "date_format", data.date_format.as_deref(), "\"%Y-%m-%d\"");
    let numbers = "How numbers are written: plain, point (1,234.50) or comma (1.234,50); guessed if not given.";
    optional(numbers, "numbers", data.numbers.map(NumberFormat::name), "\"point\"");
    let _ = writeln!(text, "# Whether rows that break a rule are set aside instead of refusing the table.");
    let _ = writeln!(text, "quarantine = {}\n", data.quarantine);
    let _ = writeln!(text, "# Which column plays which role.\n[data.columns]");
    for (role, column) in &data.columns {
        let _ = writeln!(text, "{role} = {}", quoted(column));
    }
    let (_, others) = emptor::table::roles_of("transactions").unwrap_or_default();
    let more: Vec<&str> =
        others.iter().copied().filter(|role| !data.columns.iter().any(|(given, _)| given == role)).collect();
    let _ = writeln!(text, "# More roles: {}.\n", more.join(", "));
    text.push_str(REST);
    text
}

/// A string of TOML.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
