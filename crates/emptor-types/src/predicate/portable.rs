//! Conditions in SQL, never null.

use super::{Comparison, Place, Predicate};
use crate::sql;

/// Renders `part`, or its negation. For a column in `decided` the condition around this one has fixed the answer for
/// nulls already, so that a null answer in here is of no account.
pub(super) fn render(part: &Predicate, negated: bool, place: Place, decided: &[&str]) -> String {
    match part {
        Predicate::Always | Predicate::Never => {
            let holds = (*part == Predicate::Always) != negated;
            (if holds { "1 = 1" } else { "1 = 0" }).to_owned()
        }
        Predicate::In { values, .. } if values.is_empty() => render(&Predicate::Never, negated, place, decided),
        Predicate::IsNull { column } => is_null(column, !negated),
        Predicate::Not(inner) => render(inner, !negated, place, decided),
        Predicate::All(parts) => junction(parts, !negated, negated, place, decided),
        Predicate::Any(parts) => junction(parts, negated, negated, place, decided),
        Predicate::Compare { column, .. } | Predicate::In { column, .. } if !decided.contains(&column.as_str()) => {
            // Unknown must count as false here, or as true under a negation.
            junction(std::slice::from_ref(part), !negated, negated, place, decided)
        }
        Predicate::Compare { column, comparison, value } => {
            let sign = match if negated { comparison.opposite() } else { *comparison } {
                Comparison::NotEqual => "<>".to_owned(),
                other => other.to_string(),
            };
            format!("{} {sign} {}", sql::identifier(column), sql::digits(value.value()))
        }
        Predicate::In { column, values } => {
            let list: Vec<String> = values.iter().map(|value| sql::text(value)).collect();
            format!("{} {} ({})", sql::identifier(column), if negated { "NOT IN" } else { "IN" }, list.join(", "))
        }
    }
}

fn is_null(column: &str, yes: bool) -> String {
    format!("{} {}", sql::identifier(column), if yes { "IS NULL" } else { "IS NOT NULL" })
}

/// Renders `parts`, or their negations, joined by `AND` or `OR`. A part whose answer for null decides the junction,
/// false under `AND`, true under `OR`, has its column named once, in front.
fn junction(parts: &[Predicate], and: bool, negated: bool, place: Place, decided: &[&str]) -> String {
    let own = if and { Place::And } else { Place::Or };
    let (mut decided, mut terms) = (decided.to_vec(), Vec::new());
    let mut rest = Vec::new();
    for part in parts {
        let (mut inner, mut flipped) = (part, negated);
        while let Predicate::Not(next) = inner {
            (inner, flipped) = (next, !flipped);
        }
        let (column, true_at_null) = match inner {
            Predicate::Compare { column, .. } => (Some(column), flipped),
            Predicate::In { column, values } if !values.is_empty() => (Some(column), flipped),
            Predicate::IsNull { column } => (Some(column), !flipped),
            _ => (None, false),
        };
        let decides = column.filter(|_| true_at_null != and);
        if let Some(column) = decides.filter(|column| !decided.contains(&column.as_str())) {
            terms.push(is_null(column, !and));
            decided.push(column);
        }
        if decides.is_none() || !matches!(inner, Predicate::IsNull { .. }) {
            rest.push((inner, flipped));
        }
    }
    // One part alone stands where the junction stands: it may need the parentheses that the junction does not.
    let within = if terms.len() + rest.len() == 1 { place } else { own };
    terms.extend(rest.into_iter().map(|(part, flipped)| render(part, flipped, within, &decided)));
    match terms.len() {
        0 => (if and { "1 = 1" } else { "1 = 0" }).to_owned(),
        1 => terms.swap_remove(0),
        _ => {
            let joined = terms.join(if and { " AND " } else { " OR " });
            if place == Place::Top || place == own { joined } else { format!("({joined})") }
        }
    }
}
