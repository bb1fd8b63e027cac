//! Which column plays which role of a table beside the order lines, by the columns' names.

use std::sync::LazyLock;

use super::words::{Role, fit, likeness, words};
use super::{Guess, profile::ColumnProfile};
use crate::confidence::Confidence;
use crate::roles::roles_of;
use crate::text::DateFormat;

/// The role that several columns may play.
const ATTRIBUTE: &str = "attribute";

/// The roles of days: numbers of customers and orders may look like days, and say nothing of how days are written.
const DAYS: [&str; 28] = [
    "date",
    "created",
    "created_at",
    "first_contact_at",
    "deleted_at",
    "expected_close",
    "closed_at",
    "start",
    "end",
    "assigned_at",
    "sent_at",
    "promised",
    "shipped",
    "delivered",
    "due",
    "paid_at",
    "opened",
    "closed",
    "sla_due",
    "valid_from",
    "valid_to",
    "cost_valid_from",
    "launch_date",
    "end_date",
    "period_start",
    "known_at",
    "from",
    "to",
];

/// Names below this likeness are other names.
const LEAST: f64 = 0.8;

/// Tables (or `*`), roles and the names of their columns.
static NAMES: LazyLock<Vec<(&'static str, &'static str, Vec<&'static str>)>> = LazyLock::new(|| {
    let lines = include_str!("others.txt").lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let (head, names) = line.split_once(": ")?;
            let (table, role) = head.split_once(' ')?;
            Some((table, role, names.split(", ").collect()))
        })
        .collect()
});

/// How well the name of a column fits a role of a table: its own name best, then names that the table's columns have, then
/// names that are usual for the role.
fn fitness(table: &str, role: &str, column: &str) -> f64 {
    let words = words(column);
    let joined = words.concat();
    let own = role.replace('_', "");
    if joined == own {
        return 4.0;
    }
    if joined.strip_suffix("id").or_else(|| joined.strip_suffix("no")) == Some(own.as_str()) {
        return 3.0;
    }
    let among = |of: &str| {
        let lists = NAMES.iter().filter(|(known, named, _)| *known == of && *named == role);
        let fits = lists.flat_map(|(_, _, names)| names).map(|name| likeness(name, &words, &joined));
        fits.fold(0.0, f64::max)
    };
    let exact = |fit: f64| fit >= 1.0;
    match Role::named(role) {
        _ if exact(among(table)) => 2.5,
        _ if exact(among("*")) => 2.0,
        // Roles that order lines have too, under any of their names.
        Some(known) if fit(known, column) >= LEAST => fit(known, column),
        _ => 0.0,
    }
}

/// The columns of the roles: the best pair first, no column twice.
fn assign(table: &str, columns: &[ColumnProfile]) -> Vec<(&'static str, String)> {
    let (needed, others) = roles_of(table).unwrap_or_default();
    let roles: Vec<&'static str> = needed.iter().chain(others).copied().collect();
    let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
    for (r, role) in roles.iter().enumerate() {
        for (c, column) in columns.iter().enumerate() {
            let fit = fitness(table, role, &column.name);
            if fit > 0.0 {
                pairs.push((fit, r, c));
            }
        }
    }
    // Equal fits keep the order of roles and columns.
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut taken: Vec<(usize, usize)> = Vec::new();
    for (_, role, column) in pairs {
        let is_free = |(r, c): &(usize, usize)| *c != column && (*r != role || roles[role] == ATTRIBUTE);
        if taken.iter().all(is_free) {
            taken.push((role, column));
        }
    }
    taken.sort_unstable();
    taken.into_iter().map(|(role, column)| (roles[role], columns[column].name.clone())).collect()
}

impl Guess {
    /// The columns of the roles of another table than the order lines, by their names: pairs of a role and a column, as
    /// [`Tables::open`](crate::Tables::open) takes them. A role without a column is left out; so is every role of a table
    /// that there is not.
    ///
    /// ```
    /// use emptor_table::{Guess, Hints, Source};
    ///
    /// let deals = Source::csv_text("opp_id,Account,Deal Stage,created_on,exp_close\n7,C1,won,03/25/2024,04/30/2024\n");
    /// let guess = Guess::of(&deals, &Hints::default())?;
    /// let pairs = guess.pairs_of("opportunities");
    /// assert!(pairs.contains(&("stage", "Deal Stage".to_owned())) && pairs.contains(&("customer", "Account".to_owned())));
    /// let dates = guess.dates_of(&pairs, None).map(|format| format.to_string());
    /// assert_eq!(dates.as_deref(), Some("%m/%d/%Y"));
    /// # Ok::<(), emptor_table::TableError>(())
    /// ```
    #[must_use]
    pub fn pairs_of(&self, table: &str) -> Vec<(&'static str, String)> {
        assign(table, &self.columns)
    }

    /// How the dates of those columns are written: as most values of the roles of days are. Where that leaves open whether
    /// the day or the month comes first, `usual` decides if it fits.
    #[must_use]
    pub fn dates_of<R: AsRef<str>>(&self, pairs: &[(R, String)], usual: Option<&DateFormat>) -> Option<DateFormat> {
        let days: Vec<&str> =
            pairs.iter().filter(|(role, _)| DAYS.contains(&role.as_ref())).map(|(_, name)| name.as_str()).collect();
        let mapped = self.columns.iter().filter(|column| days.contains(&column.name.as_str()));
        let read = mapped.filter_map(|column| Some((column.values, column.dates.read(None)?)));
        let (_, best) = read.max_by_key(|(values, guess)| (guess.confidence, *values))?;
        let is_usual = best.confidence == Confidence::Low && usual.is_some() && best.rival.as_ref() == usual;
        Some(if is_usual { usual?.clone() } else { best.format })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Hints, Source, TableError};

    fn pairs(table: &str, header: &str) -> Result<Vec<(&'static str, String)>, TableError> {
        let row = header.split(',').map(|_| "1").collect::<Vec<_>>().join(",");
        let guess = Guess::of(&Source::csv_text(format!("{header}\n{row}\n")), &Hints::default())?;
        Ok(guess.pairs_of(table))
    }

    #[test]
    fn roles_find_their_columns_under_the_names_that_others_give_them() -> Result<(), TableError> {
        let cases = [
            (
                "opportunities",
                "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value",
                "opportunity=opportunity_id stage=deal_stage created=engage_date customer=account amount=close_value \
                 closed_at=close_date product=product rep=sales_agent",
            ),
            (
                "surveys",
                "survey_id,customer_id,ts,instrument,value,scale_min,scale_max",
                "customer=customer_id date=ts value=value instrument=instrument id=survey_id lowest=scale_min \
                 highest=scale_max",
            ),
            ("products", "SKU,Bezeichnung,category,Cost", "product=SKU category=category unit_cost=Cost"),
            (
                "customers",
                "CustomerID,Gender,Age,City",
                "customer=CustomerID attribute=Gender attribute=Age attribute=City",
            ),
            (
                "payments",
                "customer,betrag,due_date,paid_on",
                "customer=customer amount=betrag due=due_date paid_at=paid_on",
            ),
            ("no_such_table", "customer", ""),
        ];
        for (table, header, expected) in cases {
            let found: Vec<String> = pairs(table, header)?.iter().map(|(r, c)| format!("{r}={c}")).collect();
            assert_eq!(found.join(" "), expected, "{table}");
        }
        Ok(())
    }

    #[test]
    fn ids_that_look_like_moments_say_nothing_of_dates() -> Result<(), TableError> {
        let text = "customer,amount,due\n1323434940,5,25/04/2024\n1323434941,5,26/04/2024\n";
        let guess = Guess::of(&Source::csv_text(text), &Hints::default())?;
        let dates = guess.dates_of(&guess.pairs_of("payments"), None);
        assert_eq!(dates, Some(DateFormat::from("%d/%m/%Y")));
        Ok(())
    }

    #[test]
    fn dates_in_doubt_are_written_as_in_the_order_lines() -> Result<(), TableError> {
        let text = "customer,amount,due\n7,5,03/04/2024\n8,5,05/04/2024\n";
        let guess = Guess::of(&Source::csv_text(text), &Hints::default())?;
        let pairs = guess.pairs_of("payments");
        for format in ["%d/%m/%Y", "%m/%d/%Y"] {
            let usual = DateFormat::from(format);
            assert_eq!(guess.dates_of(&pairs, Some(&usual)), Some(usual));
        }
        Ok(())
    }
}
