//! Which column is for what: by name, and by what is in it.

use std::fmt;

use super::Hints;
use super::dates::DateGuess;
use super::profile::ColumnProfile;
use super::words::{Role, fit};
use crate::confidence::Confidence;
use crate::number_format::NumberFormat;

/// A column that may play a role, and why.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Candidate {
    /// The column.
    pub column: String,
    /// How well it fits, from 0 to 1; only good for comparing.
    pub fit: f64,
    /// What it rests on.
    pub why: String,
}

/// The column that plays a role, as far as it can be told.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RoleGuess {
    /// The role.
    pub role: Role,
    /// The column.
    pub column: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// What it rests on.
    pub why: String,
    /// Other columns that could play it, the best first.
    pub others: Vec<Candidate>,
}

impl fmt::Display for RoleGuess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({}: {})", self.role.name(), self.column, self.confidence, self.why)
    }
}

/// A column and what is known about it.
pub(super) struct Known<'a> {
    pub(super) profile: &'a ColumnProfile,
    pub(super) date: Option<DateGuess>,
    pub(super) rows: usize,
    pub(super) numbers: NumberFormat,
}

/// Columns below this fit play no role.
const LEAST: f64 = 0.25;

/// Candidates this close are a doubt.
const CLOSE: f64 = 0.12;

/// Gives each role its column: the best pair first, no column twice.
pub(super) fn assign(columns: &[Known<'_>], hints: &Hints, named: bool) -> Vec<RoleGuess> {
    let mut pairs: Vec<(f64, Role, usize, String)> = Vec::new();
    for role in Role::ALL {
        for (i, column) in columns.iter().enumerate() {
            let (fit, why) = fitness(role, column, named);
            if fit >= LEAST {
                pairs.push((fit, role, i, why));
            }
        }
    }
    // Equal fits keep the order of roles and columns.
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut taken: Vec<(Role, usize, f64, String)> = Vec::new();
    for (role, column) in &hints.roles {
        if let Some(i) = columns.iter().position(|c| c.profile.name == *column) {
            taken.push((*role, i, 2.0, "as given".to_owned()));
        }
    }
    for (fit, role, i, why) in &pairs {
        if !taken.iter().any(|(r, c, _, _)| r == role || c == i) {
            taken.push((*role, *i, *fit, why.clone()));
        }
    }
    let mut guesses: Vec<RoleGuess> = taken
        .iter()
        .map(|(role, i, fit, why)| {
            // A column that plays another role better is no rival.
            let elsewhere =
                |j: usize, f: f64| taken.iter().any(|(r, c, better, _)| r != role && *c == j && *better >= f);
            let others: Vec<Candidate> = pairs
                .iter()
                .filter(|(f, r, j, _)| r == role && j != i && !elsewhere(*j, *f + CLOSE))
                .map(|(f, _, j, why)| Candidate { column: columns[*j].profile.name.clone(), fit: *f, why: why.clone() })
                .collect();
            let rival = others.first().map_or(0.0, |other| other.fit);
            let confidence = match () {
                () if *fit > 1.5 => Confidence::High,
                () if *fit < 0.45 || fit - rival < CLOSE => Confidence::Low,
                () if *fit < 0.7 => Confidence::Medium,
                () => Confidence::High,
            };
            RoleGuess { role: *role, column: columns[*i].profile.name.clone(), confidence, why: why.clone(), others }
        })
        .collect();
    guesses.sort_by_key(|guess| Role::ALL.iter().position(|role| *role == guess.role));
    guesses
}

/// How well a column fits a role, and why.
fn fitness(role: Role, column: &Known<'_>, named: bool) -> (f64, String) {
    let profile = column.profile;
    let name = if named { fit(role, &profile.name) } else { 0.0 };
    let (content, bare, seen) = column.content(role);
    // Content alone may name the three roles that no file can do without.
    let value = if name > 0.0 { name * content } else { bare };
    let why = match () {
        () if name > 0.0 && seen.is_empty() => "its name".to_owned(),
        () if name > 0.0 => format!("its name, and {seen}"),
        () => seen,
    };
    (value, why)
}

impl Known<'_> {
    pub(super) fn is_date(&self) -> bool {
        self.date.as_ref().is_some_and(|date| date.share >= 0.5)
    }

    fn number_share(&self) -> f64 {
        self.profile.numbers(self.numbers).count as f64 / self.profile.values.max(1) as f64
    }

    fn is_number(&self) -> bool {
        self.number_share() >= 0.5 && !self.is_date()
    }

    /// Share of whole numbers among the numbers.
    fn whole(&self) -> f64 {
        let numbers = self.profile.numbers(self.numbers);
        numbers.whole as f64 / numbers.count.max(1) as f64
    }

    fn is_category(&self) -> bool {
        let few = self.profile.list.is_some() && (self.rows < 50 || self.profile.distinct_share() < 0.5);
        few || self.profile.distinct_share() < 0.02
    }

    /// How well the content fits a role whose name fits; how well without such a name; and what was seen.
    fn content(&self, role: Role) -> (f64, f64, String) {
        let profile = self.profile;
        let no = (0.0, 0.0, String::new());
        // A column without a value says nothing against its name.
        if profile.values == 0 {
            return (if self.rows == 0 { 1.0 } else { 0.3 }, 0.0, String::new());
        }
        let code = !self.is_date() && (!self.is_number() || self.whole() > 0.999);
        match role {
            Role::Date | Role::ShipDate => match &self.date {
                Some(date) => {
                    let seen = format!("{:.0} % of its values are dates like {}", date.share * 100.0, example(profile));
                    let bare = if role == Role::Date { 0.45 * date.share } else { 0.0 };
                    (date.share.max(0.6), bare, seen)
                }
                None if self.is_serial() => (0.8, 0.0, "its numbers are days as spreadsheets count them".to_owned()),
                None => no,
            },
            Role::Amount
            | Role::Quantity
            | Role::UnitPrice
            | Role::ListAmount
            | Role::Discount
            | Role::Tax
            | Role::Cost
            | Role::Margin => {
                if !self.is_number() {
                    return no;
                }
                let numbers = profile.numbers(self.numbers);
                let (low, high) = numbers.range.unwrap_or_default();
                let seen = format!("numbers from {low} to {high}");
                let content = 0.5 + 0.5 * self.number_share();
                match role {
                    Role::Quantity => (content * if self.whole() > 0.9 { 1.0 } else { 0.75 }, 0.0, seen),
                    Role::Amount => {
                        let money = self.whole() < 0.9 && profile.leading_zeros == 0;
                        (content, if money { 0.32 } else { 0.0 }, seen)
                    }
                    _ => (content, 0.0, seen),
                }
            }
            Role::Customer | Role::Order | Role::Product | Role::Line => {
                if !code {
                    return no;
                }
                let share = profile.distinct_share();
                let seen = format!("{} different values in {} rows", profile.distinct, profile.counted);
                let one = profile.distinct == 1 && self.rows > 20;
                let unique = profile.distinct == profile.counted && self.rows > 20;
                let text = profile.list.as_ref().is_some_and(|list| list.len() < 4 && self.rows > 50);
                match role {
                    _ if one => (0.2, 0.0, "it has one value only".to_owned()),
                    Role::Customer if text => (0.3, 0.0, seen),
                    Role::Customer => {
                        let repeats = !unique && share > 0.005;
                        let bare =
                            if repeats && share < 0.7 && profile.distinct > 5 && self.rows > 20 { 0.3 } else { 0.0 };
                        // A column of numbers called `id` that never repeats is rather the number of the row.
                        (if unique { 0.75 } else { 1.0 }, bare, seen)
                    }
                    Role::Order => (if share > 0.02 { 1.0 } else { 0.6 }, 0.0, seen),
                    Role::Line => (if unique { 1.0 } else { 0.45 }, 0.0, seen),
                    _ => (if unique { 0.7 } else { 1.0 }, 0.0, seen),
                }
            }
            Role::RefLine | Role::Batch => (if code { 1.0 } else { 0.0 }, 0.0, String::new()),
            Role::LineType => {
                const KNOWN: [&str; 5] = ["sale", "return", "credit", "fee", "free"];
                let known =
                    profile.list.as_ref().is_some_and(|list| list.keys().all(|key| KNOWN.contains(&key.as_str())));
                (if known { 1.0 } else { 0.0 }, 0.0, "its values are kinds of lines".to_owned())
            }
            Role::Currency => {
                let share = profile.currencies as f64 / profile.values as f64;
                (
                    if share > 0.8 { 1.0 } else { 0.0 },
                    if share > 0.95 { 0.5 } else { 0.0 },
                    "its values are currencies".to_owned(),
                )
            }
            Role::Promo | Role::Restocked => {
                const FLAGS: [&str; 10] = ["true", "t", "yes", "y", "1", "false", "f", "no", "n", "0"];
                let flags = profile
                    .list
                    .as_ref()
                    .is_some_and(|list| list.keys().all(|key| FLAGS.contains(&key.to_lowercase().as_str())));
                (if flags { 1.0 } else { 0.0 }, 0.0, "its values are yes and no".to_owned())
            }
            Role::Status => {
                (if self.is_category() && !self.is_number() && !self.is_date() { 1.0 } else { 0.0 }, 0.0, String::new())
            }
            Role::Channel | Role::Place | Role::Rep | Role::Campaign => {
                let category = self.is_category() || (self.rows < 50 && code);
                (if code && category { 1.0 } else { 0.0 }, 0.0, format!("{} different values", profile.distinct))
            }
        }
    }

    /// Numbers that are days between 1954 and 2078 as spreadsheets count them.
    pub(super) fn is_serial(&self) -> bool {
        let range = self.profile.numbers(NumberFormat::Plain).range;
        self.number_share() > 0.95 && range.is_some_and(|(low, high)| low >= 20_000.0 && high <= 65_000.0)
    }
}

fn example(profile: &ColumnProfile) -> &str {
    profile.examples.first().map_or("", String::as_str)
}
