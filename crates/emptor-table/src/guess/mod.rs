//! What a file is and which of its columns is for what, guessed.

mod dates;
mod doubts;
mod kind;
mod others;
mod profile;
mod roles;
#[cfg(test)]
mod tests;
mod words;

use polars::prelude::DataType;

use emptor_types::Invalid;

pub use dates::DateGuess;
pub use doubts::{Finding, Severity};
pub use kind::FileKind;
pub use profile::{ColumnProfile, Numbers};
pub use roles::{Candidate, RoleGuess};
pub use words::Role;

pub(crate) use profile::Profile;

use crate::confidence::Confidence;
use crate::error::TableError;
use crate::line::Cancellation;
use crate::number_format::NumberFormat;
use crate::source::Source;
use crate::spread::{are_periods, is_period};
use crate::text::DateFormat;
use crate::transaction_columns::TransactionColumns;
use roles::Known;

/// Rows that are looked at before guessing, as long as no date is in doubt.
const ENOUGH: usize = 100_000;

/// What a caller knows already: a guess takes it as it is.
///
/// ```
/// use emptor_table::{Hints, Role};
///
/// let hints = Hints::default().role(Role::Customer, "kdnr").date_format("%d.%m.%Y");
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hints {
    pub(crate) roles: Vec<(Role, String)>,
    pub(crate) dates: Option<DateFormat>,
    pub(crate) numbers: Option<NumberFormat>,
    pub(crate) nameless: bool,
    pub(crate) semicolon: bool,
}

impl Hints {
    /// The column of a role; the last one given counts.
    #[must_use]
    pub fn role(mut self, role: Role, column: impl Into<String>) -> Self {
        self.roles.retain(|(known, _)| *known != role);
        self.roles.push((role, column.into()));
        self
    }

    /// How dates are written.
    #[must_use]
    pub fn date_format(mut self, format: impl Into<DateFormat>) -> Self {
        self.dates = Some(format.into());
        self
    }

    /// How numbers are written.
    #[must_use]
    pub fn numbers(mut self, format: NumberFormat) -> Self {
        self.numbers = Some(format);
        self
    }
}

/// What a file is believed to be. Every part says how sure it is; what is in doubt is in [`doubts`](Self::doubts), with
/// the flag that settles it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Guess {
    /// What kind of table it is.
    pub kind: FileKind,
    /// What that rests on.
    pub why: String,
    /// The roles that have a column, the most telling first.
    pub roles: Vec<RoleGuess>,
    /// How the dates of the date column are written.
    pub dates: Option<DateGuess>,
    /// How numbers are written.
    pub numbers: NumberFormat,
    /// How cancelled documents are marked.
    pub cancellation: Option<Cancellation>,
    /// What could be otherwise.
    pub doubts: Vec<Finding>,
    /// What is in each column.
    pub columns: Vec<ColumnProfile>,
    /// Rows that were looked at.
    pub rows: usize,
    source_name: String,
}

impl Guess {
    /// Looks at the rows of a source: the first hundred thousand, and more while the order of day and month is in doubt.
    ///
    /// ```
    /// use emptor_table::{Guess, Hints, Role, Source};
    ///
    /// let lines = Source::csv_text("Kunde,Belegdatum,Umsatz\nA7,31.01.2024,5\nA8,02.02.2024,7\n");
    /// let guess = Guess::of(&lines, &Hints::default())?;
    /// assert_eq!(guess.column(Role::Customer), Some("Kunde"));
    /// assert_eq!(guess.dates.as_ref().map(|dates| dates.format.to_string()).as_deref(), Some("%d.%m.%Y"));
    /// # Ok::<(), emptor_table::TableError>(())
    /// ```
    ///
    /// # Errors
    /// If the source cannot be read, or a column that the hints name is not there.
    pub fn of(source: &Source, hints: &Hints) -> Result<Self, TableError> {
        Self::with_profile(source, hints, false).map(|(guess, _)| guess)
    }

    /// With what one pass found; over all rows if `whole`.
    pub(crate) fn with_profile(source: &Source, hints: &Hints, whole: bool) -> Result<(Self, Profile), TableError> {
        let frame = source.open()?;
        let clear = |profile: &Profile| {
            let doubtful = |date: DateGuess| date.confidence == Confidence::Low;
            profile.rows >= ENOUGH && !profile.columns.iter().any(|c| c.dates.read(None).is_some_and(doubtful))
        };
        let profile = Profile::of(frame, whole, clear).map_err(|e| source.unreadable(e))?;
        let missing: Vec<_> = hints
            .roles
            .iter()
            .filter(|(_, column)| !profile.columns.iter().any(|c| c.name == *column))
            .map(|(role, column)| crate::MissingColumn { role: role.name().to_owned(), column: column.clone() })
            .collect();
        if !missing.is_empty() {
            return Err(TableError::MissingColumns {
                table: "file",
                source_name: source.to_string(),
                missing,
                available: profile.columns.iter().map(|c| c.name.clone()).collect(),
            });
        }
        let guess = Self::from_profile(&profile, hints, source);
        Ok((guess, profile))
    }

    fn from_profile(profile: &Profile, hints: &Hints, source: &Source) -> Self {
        let (guessed, tie) = profile.number_format(hints.semicolon);
        let numbers = hints.numbers.unwrap_or(guessed);
        // Decimal commas go with days first.
        let day_first = (numbers == NumberFormat::Comma).then_some(true);
        let known: Vec<Known<'_>> = profile
            .columns
            .iter()
            .map(|column| Known { profile: column, date: column.dates.read(day_first), rows: profile.rows, numbers })
            .collect();
        let mut roles = roles::assign(&known, hints, !hints.nameless);
        price_without_quantity(&mut roles);
        let dates = roles.iter().find(|guess| guess.role == Role::Date).and_then(|guess| {
            let column = known.iter().find(|column| column.profile.name == guess.column)?;
            Some(date_guess(column, hints)).flatten()
        });
        let (kind, why) = kind_of(profile, &roles);
        let mut guess = Self {
            kind,
            why,
            roles,
            dates,
            numbers,
            cancellation: None,
            doubts: Vec::new(),
            columns: profile.columns.clone(),
            rows: profile.rows,
            source_name: source.to_string(),
        };
        guess.cancellation = guess.cancelled();
        guess.doubts = doubts::of(&guess, tie && hints.numbers.is_none(), hints, &profile.left_out);
        guess
    }

    /// What is believed about a role.
    #[must_use]
    pub fn role(&self, role: Role) -> Option<&RoleGuess> {
        self.roles.iter().find(|guess| guess.role == role)
    }

    /// The column of a role.
    #[must_use]
    pub fn column(&self, role: Role) -> Option<&str> {
        self.role(role).map(|guess| guess.column.as_str())
    }

    /// What is in a column.
    #[must_use]
    pub fn profile(&self, column: &str) -> Option<&ColumnProfile> {
        self.columns.iter().find(|profile| profile.name == column)
    }

    /// The roles to map, as pairs of a role and a column: those needed, and the others that are beyond doubt. A prefix
    /// of cancelling documents is the role `reversal`.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let main = |role| matches!(role, Role::Customer | Role::Date | Role::Amount | Role::Quantity | Role::UnitPrice);
        let priced = self.column(Role::Amount).is_some();
        let mut pairs: Vec<(&'static str, String)> = self
            .roles
            .iter()
            .filter(|guess| guess.role.of_transactions())
            .filter(|guess| main(guess.role) || (guess.confidence > Confidence::Low && self.is_clean(guess)))
            .filter(|guess| !(priced && guess.role == Role::UnitPrice))
            .map(|guess| (guess.role.name(), guess.column.clone()))
            .collect();
        if let Some(Cancellation::Reversal { prefix }) = &self.cancellation {
            pairs.push(("reversal", prefix.clone()));
        }
        pairs
    }

    /// The mapping of the transactions.
    ///
    /// # Errors
    /// [`TableError::Mapping`] if no column was found for the customer, the date or the amount.
    pub fn columns(&self) -> Result<TransactionColumns, TableError> {
        self.columns_with(&[])
    }

    /// The mapping of the transactions, with pairs of a role and a column that go before what is guessed.
    ///
    /// # Errors
    /// [`TableError::Mapping`] if no column was found for the customer, the date or the amount, or there is no such role.
    pub fn columns_with(&self, given: &[(&str, &str)]) -> Result<TransactionColumns, TableError> {
        let is_given = |role: &str| given.iter().any(|(own, _)| *own == role);
        let priced = is_given("quantity") && is_given("unit_price") && !is_given("amount");
        let mut pairs: Vec<(&str, String)> = given.iter().map(|(role, column)| (*role, (*column).to_owned())).collect();
        let is_taken = |column: &str| given.iter().any(|(_, own)| *own == column);
        let mut guessed = self.pairs();
        guessed.retain(|(role, column)| !is_given(role) && !is_taken(column));
        guessed.retain(|(role, _)| !priced || *role != "amount");
        pairs.extend(guessed);
        let there = |role: Role| pairs.iter().any(|(own, _)| *own == role.name());
        // A prefix of order numbers says nothing where their column plays another role.
        let ordered = there(Role::Order);
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        let found = format!("columns {} of {}", names.join(", "), self.source_name);
        let mut checks = Invalid::checks();
        for role in [Role::Customer, Role::Date] {
            let rule = format!("must be a column; none looks like it, name it with --columns {}=NAME", role.name());
            checks.require(there(role), role.name(), &rule, &found);
        }
        let amount = there(Role::Amount) || (there(Role::Quantity) && there(Role::UnitPrice));
        let rule =
            "must be a column, or quantity and unit price must; none looks like it, name it with --columns amount=NAME";
        checks.require(amount, "amount", rule, &found);
        checks.finish().map_err(|problem| TableError::Mapping { table: "transactions", problem })?;
        let pairs = pairs.iter().filter(|(role, _)| ordered || *role != "reversal" || is_given(role));
        let pairs: Vec<(&str, &str)> = pairs.map(|(role, column)| (*role, column.as_str())).collect();
        let mut columns = TransactionColumns::from_roles(&pairs)?;
        if let Some(dates) = &self.dates {
            columns = columns.date_format(dates.format.clone());
        }
        if let Some(void @ Cancellation::Void { .. }) = &self.cancellation {
            columns = columns.cancellation(void.clone());
        }
        Ok(columns)
    }

    /// Whether every value of an optional column can be read for its role, so that mapping it costs no row.
    fn is_clean(&self, guess: &RoleGuess) -> bool {
        let Some(profile) = self.profile(&guess.column) else { return false };
        match guess.role {
            Role::ListAmount | Role::Discount | Role::Tax => {
                profile.absent_words == 0 && profile.numbers(self.numbers).count == profile.values
            }
            Role::ShipDate => {
                let format = self.dates.as_ref().map(|dates| &dates.format);
                let own = profile.dates.read(None);
                let typed = !profile.kind.is_string() && !profile.kind.is_primitive_numeric();
                own.is_some_and(|own| own.strangers.is_empty() && (typed || Some(&own.format) == format))
            }
            // A line number that repeats is no key.
            Role::Line => profile.distinct == profile.counted && profile.nulls == 0,
            Role::RefLine => self
                .column(Role::Line)
                .is_some_and(|line| self.role(Role::Line).is_some_and(|g| g.column == line && self.is_clean(g))),
            _ => true,
        }
    }

    /// How cancelled documents are marked: by a letter before the number, or by a status.
    fn cancelled(&self) -> Option<Cancellation> {
        const WORDS: [&str; 12] = [
            "cancelled",
            "canceled",
            "cancel",
            "void",
            "voided",
            "storniert",
            "storno",
            "annulé",
            "annulée",
            "cancelado",
            "cancelada",
            "annullato",
        ];
        if let Some(profile) = self.column(Role::Status).and_then(|column| self.profile(column))
            && let Some(list) = &profile.list
        {
            let is_cancelled = |value: &&String| {
                let value = value.to_lowercase();
                WORDS.contains(&value.as_str())
                    || value.contains("取消")
                    || value.contains("关闭")
                    || value.contains("作废")
            };
            let values: Vec<String> = list.keys().filter(is_cancelled).cloned().collect();
            if !values.is_empty() {
                return Some(Cancellation::Void { column: profile.name.clone(), values });
            }
        }
        let order = self.role(Role::Order).filter(|guess| guess.confidence > Confidence::Low)?;
        let order = self.profile(&order.column)?;
        let few = |count: usize| count * 3 < order.digits;
        let prefix =
            order.lettered.iter().find(|(letter, count)| matches!(letter, 'C' | 'S' | 'R' | 'G') && few(**count));
        prefix.map(|(letter, _)| Cancellation::Reversal { prefix: letter.to_string() })
    }
}

/// A price alone is the amount: there is no quantity to multiply it by.
fn price_without_quantity(roles: &mut [RoleGuess]) {
    let has = |role: Role| roles.iter().any(|guess| guess.role == role);
    if has(Role::Amount) || (has(Role::Quantity) && has(Role::UnitPrice)) {
        return;
    }
    if let Some(price) = roles.iter_mut().find(|guess| guess.role == Role::UnitPrice) {
        price.role = Role::Amount;
        price.confidence = price.confidence.min(Confidence::Medium);
        price.why = format!("{}; without a quantity it must be the amount", price.why);
    }
    roles.sort_by_key(|guess| Role::ALL.iter().position(|role| *role == guess.role));
}

/// How the values of the date column are written.
fn date_guess(column: &Known<'_>, hints: &Hints) -> Option<DateGuess> {
    let of = |format: DateFormat, why: &str| DateGuess {
        format,
        confidence: Confidence::High,
        why: why.to_owned(),
        share: 1.0,
        strangers: Vec::new(),
        zoned: matches!(column.profile.kind, DataType::Datetime(_, Some(_))),
        rival: None,
    };
    if let Some(format) = &hints.dates {
        return Some(of(format.clone(), "as given"));
    }
    match &column.profile.kind {
        DataType::Date | DataType::Datetime(..) => Some(of(DateFormat::Iso, "the column's type says so")),
        _ if column.date.is_some() => column.date.clone(),
        _ if column.is_serial() => Some(of(DateFormat::SerialDay, "its numbers are days as spreadsheets count them")),
        _ => None,
    }
}

/// What kind of table a file is, and why.
fn kind_of(profile: &Profile, roles: &[RoleGuess]) -> (FileKind, String) {
    let of = |role: Role| roles.iter().find(|guess| guess.role == role);
    let stats = |guess: &RoleGuess| profile.columns.iter().find(|column| column.name == guess.column);
    let unique = |role: Role| of(role).and_then(stats).is_some_and(|c| c.values > 1 && c.distinct == c.counted);
    let names: Vec<String> = profile.columns.iter().map(|column| column.name.clone()).collect();
    let money = of(Role::Amount).is_some() || (of(Role::Quantity).is_some() && of(Role::UnitPrice).is_some());
    let complete = of(Role::Customer).is_some() && of(Role::Date).is_some() && money;
    if !complete && are_periods(names.iter().map(String::as_str)) {
        let periods: Vec<&str> = names.iter().map(|name| name.trim()).filter(|name| is_period(name)).collect();
        return (FileKind::Spread, format!("columns {}, … are periods", periods[..3].join(", ")));
    }
    let sums = kind::summary_columns(&names);
    let one_each = profile.rows > 20 && unique(Role::Customer);
    if sums.len() >= 2 && (one_each || !complete) {
        return (FileKind::CustomerSummary, format!("columns {} are sums of a customer", sums.join(", ")));
    }
    if let Some((table, met)) = kind::by_names(&names)
        && (!complete || met.len() > 2 || table == "opportunities")
    {
        return (FileKind::Table(table), format!("columns {}", met.join(", ")));
    }
    let customer = of(Role::Customer).map_or("", |guess| guess.column.as_str());
    if one_each && of(Role::Order).is_none() && money {
        let why = format!("no value of {customer} stands twice in {} rows", profile.rows);
        return (FileKind::CustomerSummary, why);
    }
    if !complete {
        let lacks: Vec<&str> =
            [(of(Role::Customer).is_some(), "customer"), (of(Role::Date).is_some(), "date"), (money, "amount")]
                .into_iter()
                .filter_map(|(there, name)| (!there).then_some(name))
                .collect();
        return (FileKind::Unknown, format!("no column looks like the {}", lacks.join(", the ")));
    }
    match of(Role::Order) {
        None => (FileKind::Purchases, "there is no number of the order".to_owned()),
        Some(order) if unique(Role::Order) => (FileKind::Orders, format!("no value of {} stands twice", order.column)),
        Some(order) if profile.rows < 2 => (FileKind::OrderLines, format!("it has the column {}", order.column)),
        Some(order) => (FileKind::OrderLines, format!("values of {} stand in several rows", order.column)),
    }
}
