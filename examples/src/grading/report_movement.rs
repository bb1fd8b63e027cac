//! Who moved, in words.

use std::fmt::Write as _;

use emptor::grade::movement::{DriftBand, Standing};

use super::Movement;
use crate::text::{count, money, number, percent, table};

pub(super) fn movement(found: &Movement) -> String {
    let matrix = &found.matrix;
    let grades: Vec<Standing> =
        (0..found.grades).filter_map(emptor::grade::Grade::from_index).map(Standing::Graded).collect();
    let mut states = grades.clone();
    if matrix.customers_before(Standing::Ungraded) + matrix.customers_after(Standing::Ungraded) > 0 {
        states.push(Standing::Ungraded);
    }
    states.push(Standing::Absent);
    let named = |standing: Standing, absent: &str| match standing {
        Standing::Absent => absent.to_owned(),
        other => other.to_string(),
    };
    let mut header = vec!["from \\ to".to_owned(), "customers".to_owned()];
    header.extend(states.iter().map(|&standing| named(standing, "lost")));
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let mut rows = table(&header, 1..header.len());
    for &from in &states {
        let mut row = vec![named(from, "new"), count(matrix.customers_before(from))];
        row.extend(states.iter().map(|&to| percent(matrix.share(from, to))));
        rows.add_row(row);
    }
    let mut text = format!(
        "\nFrom the first half of the time (to {}) to the second, by the standard of the first half, sales only\n{rows}\n",
        found.cut
    );
    let summary = &found.summary;
    let _ = writeln!(
        text,
        "of {} graded customers {} rose, {} stayed, {} fell, {} are gone; {} are new",
        count(summary.graded),
        percent(summary.upgraded.share),
        percent(summary.stayed.share),
        percent(summary.downgraded.share),
        percent(summary.lost.share),
        count(summary.new),
    );
    let _ = writeln!(
        text,
        "spend of the first half by those who fell or went: {} of {} ({})",
        money(found.risk.at_risk()),
        money(found.risk.total),
        percent((found.risk.total > 0.0).then(|| found.risk.at_risk() / found.risk.total)),
    );
    let _ = writeln!(text, "mobility (Shorrocks, of those graded both times): {}", number(matrix.mobility(), 2));
    let moved: Vec<String> = found
        .drift
        .iter()
        .filter(|report| report.band != DriftBand::None)
        .map(|report| format!("{} (PSI {:.2}, {})", report.name, report.psi, report.band))
        .collect();
    let words = if moved.is_empty() { "none of the indicators".to_owned() } else { moved.join(", ") };
    let _ = writeln!(text, "distributed otherwise than in the first half: {words}");
    text
}
