//! Whether the tables can be trusted: what was wrong or odd in them, and whether every customer is counted once.

use emptor_table::{DataQuality, Identities, LabelledPair, Linking, TableError, Tables, Transactions};

use super::{ProfileError, ResultTable};
use crate::columns::{ColumnSpec, column};
use crate::table::{Of, count, frame, known, specs, text};

/// A row of the report.
struct Found {
    table: &'static str,
    rule: String,
    severity: Option<&'static str>,
    rows: usize,
    amount: Option<f64>,
    samples: String,
    source: String,
    treatment: &'static str,
}

const COLUMNS: &[Of<[Found]>] = &[
    text("table", "", "the table", |of, row| Some(of[row].table.to_owned())),
    text("rule_id", "", "the rule, or what was noticed; `all rows` is the control total", |of, row| {
        Some(of[row].rule.clone())
    }),
    text("severity", "", "Q: rows set aside; W: kept, and worth knowing; null for the control total", |of, row| {
        of[row].severity.map(str::to_owned)
    }),
    count("n_rows", "rows", "rows that it is true of", |of, row| Some(of[row].rows)),
    known("amount", "currency", "their amounts added up, where the table has amounts", |of, row| of[row].amount),
    text("sample_keys", "", "up to three of the rows; null for what was only noticed", |of, row| {
        Some(of[row].samples.clone()).filter(|samples| !samples.is_empty())
    }),
    text("source", "", "where the table came from", |of, row| Some(of[row].source.clone())),
    text("treatment", "", "what was done with the rows", |of, row| Some(of[row].treatment.to_owned())),
];
const SPECS: [ColumnSpec; COLUMNS.len()] = specs(COLUMNS);

/// What was wrong or odd in the tables, as their doors have found it: for each table a control total (rows read, and the
/// amounts of those accepted), then broken rules, then what is data and not an error. Rows that break a rule are never
/// in the results and never lost: those set aside and those accepted add up to the control total.
///
/// A door that refuses a table reports through its error; such a table is not among the tables.
///
/// ```
/// use emptor_core::profile::dq_report;
/// use emptor_table::polars::df;
/// use emptor_table::{Policy, ReadOptions, Tables, TransactionColumns, Transactions};
///
/// let frame = df!("id" => [1_i64, 2], "day" => ["2024-01-01", "2024-13-01"], "net" => [5.0, 7.0])?;
/// let options = ReadOptions::default().policy(Policy::Quarantine);
/// let columns = TransactionColumns::new("id", "day").amount("net");
/// let report = dq_report(&Tables::new(Transactions::scan_with(frame, &columns, &options)?))?;
/// let rules = report.frame.column("rule_id")?.str()?;
/// assert_eq!(rules.get(0), Some("all rows"));
/// assert!(rules.get(1).is_some_and(|rule| rule.starts_with("day must be a date")));
/// assert_eq!(report.frame.column("amount")?.f64()?.get(1), Some(7.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the table cannot be made, which would be a defect of the engine.
pub fn dq_report(tables: &Tables) -> Result<ResultTable, ProfileError> {
    let quality = tables.quality();
    let rows: Vec<Found> = quality.iter().flat_map(found).collect();
    let about = "one row per table and rule: how many rows broke it or were notable, and what was done with them";
    Ok(ResultTable::new("dq_report", about, frame(COLUMNS, rows.as_slice(), rows.len())?, SPECS)?)
}

fn found(of: &DataQuality) -> Vec<Found> {
    let row = |rule, severity, (rows, amount), samples, treatment| Found {
        table: of.table,
        rule,
        severity,
        rows,
        amount,
        samples,
        source: of.source.clone(),
        treatment,
    };
    let all = of.fact("all lines").or_else(|| of.fact("all activities")).and_then(|fact| fact.amount);
    let total = "control total: rows read, and the amounts of those accepted";
    let mut rows = vec![row("all rows".to_owned(), None, (of.rows, all), String::new(), total)];
    rows.extend(of.breaches.iter().map(|breach| {
        let rule = format!("{} {}", breach.column, breach.rule);
        let samples = breach.samples.join("; ");
        row(rule, Some("Q"), (breach.count, breach.amount), samples, "set aside with its reasons")
    }));
    rows.extend(
        of.facts
            .iter()
            .map(|fact| row(fact.name.to_owned(), Some("W"), (fact.rows, fact.amount), String::new(), fact.treatment)),
    );
    rows
}

const IDENTITY: [ColumnSpec; 15] = [
    column("source_system", "", "the system; `__all__` for all together"),
    column("records", "ids", "different ids in the transactions"),
    column("linked", "ids", "of these, ids that led to a customer"),
    column("unlinked", "ids", "of these, ids that did not"),
    column("duplicates_removed", "ids", "how many customers too many there would be without the crosswalk"),
    column("match_rate", "share", "linked among records"),
    column("max_cluster", "ids", "the most ids that the crosswalk gives one customer"),
    column("precision", "share", "of the labelled pairs that are merged, those that are one customer"),
    column("recall", "share", "of the labelled pairs that are one customer, those that are merged"),
    column("f1", "share", "harmonic mean of precision and recall"),
    column("kpi_changes", "", "customers and repeat rate before and after, as JSON"),
    column("customers_before", "customers", "customers with a purchase, by their own ids"),
    column("customers_after", "customers", "customers with a purchase, linked"),
    column("repeat_rate_before", "share", "customers with two purchases or more, by their own ids"),
    column("repeat_rate_after", "share", "customers with two purchases or more, linked"),
];
/// More ids than this for one customer are worth a flag.
const LARGE_CLUSTER: usize = 20;

/// What the crosswalk of identities does to transactions that still have the ids of their systems; see
/// [`Identities::report`].
///
/// ```
/// use emptor_core::profile::identity_report;
/// use emptor_table::polars::df;
/// use emptor_table::{Identities, IdentityColumns, Linking, TransactionColumns, Transactions};
///
/// let frame = df!("id" => ["g1", "u1"], "day" => ["2024-01-01", "2024-05-01"], "net" => [5.0; 2])?;
/// let shop = Transactions::from_frame(frame, &TransactionColumns::new("id", "day").amount("net"))?;
/// let crosswalk = df!("system" => ["web"; 2], "id" => ["g1", "u1"], "customer" => ["C1"; 2])?;
/// let identities = Identities::scan(crosswalk, &IdentityColumns::new("system", "id", "customer"))?;
/// let report = identity_report(&identities, &shop, &Linking::of_system("web"), &[])?;
/// assert_eq!(report.frame.column("repeat_rate_after")?.f64()?.get(0), Some(1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the column of systems is not there, or a table can no longer be read.
pub fn identity_report(
    identities: &Identities,
    transactions: &Transactions,
    linking: &Linking,
    pairs: &[LabelledPair],
) -> Result<ResultTable, ProfileError> {
    let query = |error: TableError| ProfileError::Query { reason: error.to_string() };
    let report = identities.report(transactions, linking, pairs).map_err(query)?;
    let about =
        "one row per system, and one for all: how many ids find a customer, what is merged, and which figures move";
    let mut table = ResultTable::new("identity_report", about, report.to_frame()?, IDENTITY)?;
    let largest = report.systems.iter().map(|row| row.max_cluster).max().unwrap_or_default();
    if largest > LARGE_CLUSTER {
        table = table.with_flag(format!("over_merged: a customer has {largest} ids"));
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use emptor_table::polars::df;
    use emptor_table::{Policy, ReadOptions, ReferralColumns, Referrals, TransactionColumns};

    use super::*;

    #[test]
    fn every_table_has_a_control_total_and_rows_set_aside_with_those_accepted_make_it() -> Result<(), Box<dyn Error>> {
        let frame = df!("id" => [Some("a"), None, Some("c")], "day" => ["2024-01-01", "2024-02-01", "x"], "net" => [5.0, 7.0, 9.0])?;
        let options = ReadOptions::default().policy(Policy::Quarantine);
        let transactions =
            Transactions::scan_with(frame, &TransactionColumns::new("id", "day").amount("net"), &options)?;
        let referrals = df!("from" => ["a"], "to" => ["c"], "day" => ["2024-01-01"])?;
        let tables = Tables::new(transactions)
            .with_referrals(Referrals::scan(referrals, &ReferralColumns::new("from", "to", "day"))?);
        let report = dq_report(&tables)?;
        let text = |name: &str| -> Result<Vec<Option<String>>, Box<dyn Error>> {
            Ok(report.frame.column(name)?.str()?.iter().map(|text| text.map(str::to_owned)).collect())
        };
        let (names, rules, severity) = (text("table")?, text("rule_id")?, text("severity")?);
        let rows: Vec<Option<i64>> = report.frame.column("n_rows")?.i64()?.iter().collect();
        let amounts = report.frame.column("amount")?.f64()?;
        assert_eq!((rules[0].as_deref(), rows[0], amounts.get(0)), (Some("all rows"), Some(3), Some(12.0)));
        assert_eq!((severity[1].as_deref(), rows[1], amounts.get(1)), (Some("Q"), Some(1), Some(9.0)));
        let anonymous =
            rules.iter().position(|rule| rule.as_deref() == Some("lines without a customer")).ok_or("no row")?;
        assert_eq!((severity[anonymous].as_deref(), rows[anonymous]), (Some("W"), Some(1)));
        let last = names.len() - 1;
        assert_eq!((names[last].as_deref(), rows[last], amounts.get(last)), (Some("referrals"), Some(1), None));
        Ok(())
    }
}
