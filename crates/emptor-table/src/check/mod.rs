//! A file examined: what it is believed to be, what is in it, and what is wrong with it.

mod show;
#[cfg(test)]
mod tests;

use emptor_types::Date;

use crate::confidence::Confidence;
use crate::error::TableError;
use crate::guess::{ColumnProfile, Finding, Guess, Hints, Role, Severity};
use crate::input::Opened;
use crate::options::{Policy, ReadOptions};
use crate::quality::{Breach, DataQuality};
use crate::transactions::Transactions;

/// A file examined from its first row to its last: what it is believed to be, what is in each column, what the door of the
/// transactions says of it, and every mistake and doubt with the flag that mends it.
///
/// Its display is the whole report; [`tables`](Self::tables) are the same as data frames.
///
/// ```
/// use emptor_table::{Hints, Input};
///
/// let text = "order,customer,date,amount\n1,A,31/12/2024,5.00\n2,B,24/12/2024,-5.00\n3,A,30.11.2024,7.00\n";
/// let check = Input::bytes("orders.csv", text.as_bytes().to_vec()).open()?.check(&Hints::default())?;
/// assert_eq!((check.rows, check.mistakes().count()), (3, 1));
/// let mistake = check.mistakes().next().map(ToString::to_string).unwrap_or_default();
/// assert!(mistake.contains("33.3 % values like 30.11.2024"), "{mistake}");
/// # Ok::<(), emptor_table::TableError>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Check {
    /// The file and how it was read.
    pub opened: Opened,
    /// What it is believed to be.
    pub guess: Guess,
    /// All rows.
    pub rows: usize,
    /// What is in each column.
    pub columns: Vec<ColumnProfile>,
    /// Rows that equal an earlier one in every column; `None` where there are too many to count.
    pub repeated: Option<usize>,
    /// What the door of the transactions found, if the file holds purchases: rows accepted and set aside, returns, days.
    pub quality: Option<DataQuality>,
    /// The currency, where one column or sign names one only.
    pub currency: Option<String>,
    /// First and last day of the rows that can be used.
    pub days: Option<(Date, Date)>,
    /// Everything that its owner should know: mistakes first, then doubts, then notes.
    pub findings: Vec<Finding>,
}

impl Opened {
    /// Examines the whole file.
    ///
    /// # Errors
    /// If it cannot be read, or a column that the hints name is not there. A file that is not what one would like is no
    /// error: the check says so.
    pub fn check(&self, hints: &Hints) -> Result<Check, TableError> {
        Check::of(self, hints)
    }
}

impl Check {
    fn of(opened: &Opened, hints: &Hints) -> Result<Self, TableError> {
        let (guess, profile) = Guess::with_profile(&opened.source, &opened.hinted(hints), true)?;
        let mut findings = guess.doubts.clone();
        let mut quality = None;
        if profile.rows == 0 {
            findings.retain(|finding| finding.severity == Severity::Note);
            findings.push(Finding::new(Severity::Mistake, "the file has a header and no rows"));
        } else if guess.kind.has_purchases() {
            let options = ReadOptions::default().policy(Policy::Quarantine).thorough();
            match Transactions::scan_with(opened.source_for(&guess), &guess.columns()?, &options) {
                Ok(lines) => {
                    quality = Some(lines.quality().clone());
                    findings.extend(lines.quality().breaches.iter().filter_map(|breach| of_breach(breach, &guess)));
                }
                // Mixed currencies were found by the guess, with their counts.
                Err(TableError::MixedCurrencies { .. }) => {}
                Err(error) => findings.push(Finding::new(Severity::Mistake, error.to_string())),
            }
        }
        findings.extend(repeated(&profile));
        findings.extend(opened.notes.iter().map(|note| Finding::new(Severity::Note, note.clone())));
        findings.extend(encoding(opened));
        findings.extend(quality.as_ref().and_then(future_and_past));
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        Ok(Self {
            opened: opened.clone(),
            rows: profile.rows,
            currency: currency(&guess),
            days: quality.as_ref().and_then(|quality| quality.days),
            repeated: profile.repeated,
            columns: profile.columns,
            quality,
            guess,
            findings,
        })
    }

    /// What makes rows unusable, or the whole file.
    pub fn mistakes(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Mistake)
    }

    /// What could be otherwise.
    pub fn doubts(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Doubt)
    }

    /// Whether the file can be used as it is: it holds purchases, and no row is lost.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.guess.kind.has_purchases() && self.mistakes().next().is_none()
    }
}

/// A rule of the door that rows break, with what mends it. Dates that are written otherwise were found by the guess.
fn of_breach(breach: &Breach, guess: &Guess) -> Option<Finding> {
    let date = guess.column(Role::Date) == Some(&breach.column);
    if date
        && breach.rule.starts_with("must be")
        && guess.dates.as_ref().is_some_and(|dates| !dates.strangers.is_empty())
    {
        return None;
    }
    let text = format!("column '{}' {}: {} rows do not", breach.column, breach.rule, breach.count);
    let finding = Finding::new(Severity::Mistake, text).column(&breach.column).rows(breach.count);
    let finding = finding.samples(breach.samples.iter().cloned());
    let mend = match () {
        () if breach.rule.starts_with("must be a number") => {
            "pass --numbers comma (1.234,50) or point (1,234.50) if they are written so, else mend them in the source"
                .to_owned()
        }
        () if breach.rule.starts_with("must be a date") => "pass --date-format, e.g. %d/%m/%Y".to_owned(),
        () => "pass --quarantine to set these rows aside, or mend them in the source".to_owned(),
    };
    Some(finding.mend(mend))
}

fn repeated(profile: &crate::guess::Profile) -> Option<Finding> {
    let rows = profile.repeated.filter(|rows| *rows > 0)?;
    let text = format!("{rows} rows equal an earlier one in every column: they are taken as they are");
    let samples = profile.repeated_rows.iter().map(|row| format!("row {row}"));
    Some(
        Finding::new(Severity::Doubt, text)
            .rows(rows)
            .samples(samples)
            .mend("remove them in the source if they are copies"),
    )
}

fn encoding(opened: &Opened) -> Option<Finding> {
    let encoding = opened.encoding.as_ref().filter(|encoding| encoding.confidence < Confidence::High)?;
    let finding = Finding::new(Severity::Doubt, format!("the text is read as {encoding}"));
    Some(finding.mend("pass --encoding with its name if words look wrong"))
}

/// Dates far from the others are mostly slips of the pen.
fn future_and_past(quality: &DataQuality) -> Option<Finding> {
    let (first, last) = quality.days?;
    let years = f64::from(last.days_since_epoch() - first.days_since_epoch()) / 365.25;
    (years > 30.0).then(|| {
        let text = format!("the dates go from {first} to {last}, which is {years:.0} years");
        Finding::new(Severity::Doubt, text).mend("mend the dates in the source if some cannot be right")
    })
}

fn currency(guess: &Guess) -> Option<String> {
    if let Some(list) = guess.column(Role::Currency).and_then(|column| guess.profile(column)?.list.as_ref()) {
        let mut all = list.keys();
        return all.next().filter(|_| all.next().is_none()).cloned();
    }
    let main = [Role::Amount, Role::UnitPrice].into_iter().find_map(|role| guess.profile(guess.column(role)?))?;
    let mut signs = main.signs.keys();
    signs.next().filter(|_| signs.next().is_none()).cloned()
}
