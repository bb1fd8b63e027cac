//! What could be otherwise, and the flag that settles it.

use std::fmt;

use super::{FileKind, Guess, Hints, Role};
use crate::confidence::Confidence;
use crate::line::Cancellation;
use crate::number_format::NumberFormat;
use crate::text::DateFormat;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Note,
    /// It could be otherwise: look at it.
    Doubt,
    /// Rows cannot be used as they are.
    Mistake,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Doubt => "doubt",
            Self::Mistake => "mistake",
        })
    }
}

/// Something about a file that its owner should know.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// The column it is about, if it is about one.
    pub column: Option<String>,
    /// How many rows it is about.
    pub rows: Option<usize>,
    /// What it is.
    pub text: String,
    /// Up to three rows or values that show it.
    pub samples: Vec<String>,
    /// What settles or mends it, e.g. `--date-format %d/%m/%Y`.
    pub mend: Option<String>,
}

impl Finding {
    pub(crate) fn new(severity: Severity, text: impl Into<String>) -> Self {
        Self { severity, column: None, rows: None, text: text.into(), samples: Vec::new(), mend: None }
    }

    pub(crate) fn column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }

    pub(crate) fn rows(mut self, rows: usize) -> Self {
        self.rows = Some(rows);
        self
    }

    pub(crate) fn samples(mut self, samples: impl IntoIterator<Item = String>) -> Self {
        self.samples = samples.into_iter().take(3).collect();
        self
    }

    pub(crate) fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend = Some(mend.into());
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.severity, self.text)?;
        if !self.samples.is_empty() {
            write!(f, ", e.g. {}", self.samples.join("; "))?;
        }
        match &self.mend {
            Some(mend) => write!(f, "; {mend}"),
            None => Ok(()),
        }
    }
}

/// What is in doubt about a guess. `tie` says that a decimal point and a decimal comma would both do.
pub(super) fn of(guess: &Guess, tie: bool, hints: &Hints, left_out: &[String]) -> Vec<Finding> {
    let mut found = Vec::new();
    let doubt = |text: String| Finding::new(Severity::Doubt, text);
    for role in &guess.roles {
        let name = role.role.name();
        let main = matches!(role.role, Role::Customer | Role::Date | Role::Amount | Role::Order);
        if role.confidence == Confidence::Low && main && guess.kind.has_purchases() {
            let mend = match role.others.first() {
                Some(other) => format!("pass --columns {name}={} if it is that one", other.column),
                None => format!("pass --columns {name}=NAME if it is another one"),
            };
            let text = format!("column '{}' is taken for the {name}: {}", role.column, role.why);
            found.push(doubt(text).column(&role.column).mend(mend));
        }
    }
    dates(guess, hints, &mut found);
    if tie {
        let other = if guess.numbers == NumberFormat::Comma { NumberFormat::Point } else { NumberFormat::Comma };
        let text = format!("numbers are read like {}; every one could be read like {other} as well", guess.numbers);
        found.push(doubt(text).mend(format!("pass --numbers {} if that is right", other.name())));
    }
    for profile in &guess.columns {
        let used = guess.roles.iter().any(|role| role.column == profile.name);
        if profile.signs.len() > 1 && used {
            let signs: Vec<String> = profile.signs.iter().map(|(sign, n)| format!("{sign} ({n})")).collect();
            let text = format!("column '{}' mixes currencies: {}", profile.name, signs.join(", "));
            found.push(
                Finding::new(Severity::Mistake, text).column(&profile.name).mend("convert to one currency first"),
            );
        }
        let id =
            [Role::Customer, Role::Order, Role::Product].into_iter().any(|r| guess.column(r) == Some(&profile.name));
        if id && profile.leading_zeros > 0 {
            let text = format!(
                "column '{}' has {} numbers with zeros in front: they are kept as text",
                profile.name, profile.leading_zeros
            );
            found.push(Finding::new(Severity::Note, text).column(&profile.name).rows(profile.leading_zeros));
        }
        if id && profile.fractions > 0 && profile.fractions + profile.digits == profile.values {
            let text = format!(
                "column '{}' has {} whole numbers with .0 behind, as data frames write ids with gaps: 17850.0 is read as 17850",
                profile.name, profile.fractions
            );
            found.push(Finding::new(Severity::Note, text).column(&profile.name).rows(profile.fractions));
        }
        if used && profile.absent_words > 0 {
            let text = format!(
                "column '{}' has {} words such as NULL or N/A in place of a value",
                profile.name, profile.absent_words
            );
            found.push(doubt(text).column(&profile.name).rows(profile.absent_words).mend("leave these cells empty"));
        }
    }
    if let Some(profile) = guess.column(Role::Currency).and_then(|column| guess.profile(column))
        && let Some(list) = profile.list.as_ref().filter(|list| list.len() > 1)
    {
        let all: Vec<String> = list.iter().map(|(currency, n)| format!("{currency} ({n})")).collect();
        let text = format!("column '{}' names more than one currency: {}", profile.name, all.join(", "));
        found.push(Finding::new(Severity::Mistake, text).column(&profile.name).mend("convert to one currency first"));
    }
    if let Some(Cancellation::Reversal { prefix }) = &guess.cancellation
        && let Some(order) = guess.role(Role::Order)
    {
        let letter = prefix.chars().next();
        let rows = letter.and_then(|letter| guess.profile(&order.column)?.lettered.get(&letter).copied()).unwrap_or(0);
        let text = format!("orders whose '{}' begins with {prefix} count as returns", order.column);
        found.push(Finding::new(Severity::Note, text).column(&order.column).rows(rows));
    }
    if let Some(Cancellation::Void { column, values }) = &guess.cancellation {
        let list = guess.profile(column).and_then(|p| p.list.as_ref());
        let rows = values.iter().filter_map(|value| list?.get(value)).sum();
        let text = format!("rows whose '{column}' is {} count as cancelled", values.join(" or "));
        found.push(Finding::new(Severity::Note, text).column(column).rows(rows));
    }
    if !left_out.is_empty() {
        let text = format!("columns {} hold lists or bytes and are left out", left_out.join(", "));
        found.push(Finding::new(Severity::Note, text));
    }
    match guess.kind {
        FileKind::CustomerSummary => found.push(
            Finding::new(Severity::Mistake, format!("the file has one row per customer: {}", guess.why))
                .mend("purchases cannot be told from it; export the orders themselves"),
        ),
        FileKind::Spread => found.push(
            Finding::new(Severity::Mistake, format!("periods stand side by side: {}", guess.why))
                .mend("make rows of customer, date and amount of them (melt in pandas, unpivot in DuckDB and Excel)"),
        ),
        FileKind::Table(table) => found.push(
            Finding::new(Severity::Mistake, format!("this is {}, not order lines: {}", guess.kind, guess.why))
                .mend(format!("name it as tables.{table} in emptor.toml beside the order lines")),
        ),
        FileKind::Unknown => {
            let names: Vec<&str> = guess.columns.iter().map(|column| column.name.as_str()).collect();
            let text = format!("no order lines: {}; the columns are {}", guess.why, names.join(", "));
            found.push(
                Finding::new(Severity::Mistake, text)
                    .mend("pass --columns customer=NAME,date=NAME,amount=NAME if they are there under other names"),
            );
        }
        _ => {}
    }
    found
}

fn dates(guess: &Guess, hints: &Hints, found: &mut Vec<Finding>) {
    let (Some(dates), Some(role)) = (&guess.dates, guess.role(Role::Date)) else { return };
    let column = &role.column;
    if hints.dates.is_none() && dates.confidence < Confidence::High {
        let mut doubt =
            Finding::new(Severity::Doubt, format!("column '{column}' is read as {}: {}", dates.format, dates.why))
                .column(column);
        if let Some(rival) = &dates.rival {
            doubt = doubt.mend(format!("pass --date-format {rival} if that is right"));
        }
        found.push(doubt);
    }
    let values = guess.profile(column).map_or(0, |profile| profile.values).max(1);
    for (count, example) in dates.strangers.iter().take(3) {
        let share = 100.0 * *count as f64 / values as f64;
        let share = if share < 0.1 { "less than 0.1".to_owned() } else { format!("{share:.1}") };
        let text =
            format!("column '{column}' has {share} % values like {example}, which {} does not read", dates.format);
        let own = {
            let mut shapes = super::dates::Shapes::default();
            shapes.add(example);
            shapes.read(None)
        };
        let mend = match own {
            Some(own) => format!("pass --date-format {} if all are meant so, or mend them in the source", own.format),
            None => "mend them in the source, or pass --quarantine to set these rows aside".to_owned(),
        };
        found.push(
            Finding::new(Severity::Mistake, text).column(column).rows(*count).samples([example.clone()]).mend(mend),
        );
    }
    if dates.zoned {
        let counted = matches!(dates.format, DateFormat::EpochSeconds | DateFormat::EpochMilliseconds);
        let day = if counted { "days are days of UTC" } else { "the day is the one that is written" };
        let text = format!(
            "column '{column}' names moments: {day}, so that orders near midnight may belong to another local day"
        );
        found.push(Finding::new(Severity::Doubt, text).column(column));
    }
}
