//! The printed report of an analysis.

use std::fmt::Write;
use std::path::Path;

use comfy_table::CellAlignment;
use emptor::analysis::{AnalysisResults, MarginBasis};
use emptor::lifetime::PurchaseModel;
use emptor::polars::prelude::{DataFrame, SortMultipleOptions};
use emptor::types::FitReport;
use emptor::value::uncertainty::ValueRange;

use crate::ExampleError;
use crate::text::{count, money, percent, table};

const TOP: usize = 10;
/// Below this mean dropout probability nearly everyone counts as alive for ever.
const HARDLY_LEAVING: f64 = 0.01;

/// Lays the results out for reading.
///
/// # Errors
/// If a column of the results is not there, which would be a defect of the engine.
pub fn report(results: &AnalysisResults, exported: Option<&Path>) -> Result<String, ExampleError> {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write!(text, "WHAT WAS READ\n{}", quality(results));
    let _ = write!(text, "\nCUSTOMER EQUITY\n{}", equity(results));
    let _ = write!(text, "\nGRADES\n{}", grades(results));
    let _ = write!(text, "\nSEGMENTS\n{}", segments(results));
    let _ = write!(text, "\nTHE TEN MOST VALUABLE CUSTOMERS\n{}", top(&results.customers)?);
    let _ = write!(text, "\nMODELS\n{}", models(results));
    let set_aside = results.quality.first().is_some_and(|quality| quality.quarantined > 0);
    match exported {
        Some(folder) => {
            let folder = folder.display();
            let _ = writeln!(text, "\nEvery customer: {folder}/customers.parquet and {folder}/customers.csv");
            if set_aside {
                let _ = writeln!(text, "Rows set aside, with reasons: {folder}/rejects.csv");
            }
        }
        None if set_aside => text.push_str("\nRows were set aside; --out FOLDER writes them with their reasons\n"),
        None => {}
    }
    Ok(text)
}

fn quality(results: &AnalysisResults) -> String {
    let mut text = String::new();
    for report in &results.quality {
        let span = report.days.map(|(first, last)| format!(", {first} to {last}")).unwrap_or_default();
        let lost = report.quarantined_amount.filter(|_| report.quarantined > 0);
        let lost = lost.map(|amount| format!(" (amount {})", money(amount))).unwrap_or_default();
        let _ = writeln!(
            text,
            "{} from {}: {} rows, {} accepted, {} quarantined{lost}{span}",
            report.table,
            report.source,
            count(report.rows),
            count(report.accepted),
            count(report.quarantined)
        );
        for breach in &report.breaches {
            let _ = writeln!(text, "  broken rule: {breach}");
        }
        if !report.facts.is_empty() {
            let mut facts = table(&["", "rows", "amount", "treatment"], 1..3);
            for fact in &report.facts {
                let amount = fact.amount.map(money).unwrap_or_default();
                facts.add_row([fact.name.to_owned(), count(fact.rows), amount, fact.treatment.to_owned()]);
            }
            let _ = writeln!(text, "{facts}");
        }
    }
    let sum = &results.reconciliation;
    let verdict = if sum.holds() { "reconciles" } else { "DOES NOT RECONCILE" };
    let _ = writeln!(
        text,
        "Money {verdict}: customers {} + later {} + unassigned {} + cancelled {} = all {} (gap {:.1e})",
        money(sum.customers),
        money(sum.later),
        money(sum.unassigned),
        money(sum.void),
        money(sum.all),
        sum.gap()
    );
    text
}

fn equity(results: &AnalysisResults) -> String {
    let equity = &results.equity;
    let mut text = format!("As of {}\nConvention: {}\n", results.as_of, equity.convention());
    let rate = 100.0 * results.margin_rate;
    let _ = match results.margin_basis {
        MarginBasis::Costs { coverage } => {
            writeln!(
                text,
                "Margin: {rate:.1} % of revenue in all, from product costs (known for {:.1} % of it); every customer's own as far as it is credible",
                100.0 * coverage
            )
        }
        MarginBasis::Contribution { coverage } => {
            writeln!(
                text,
                "Margin: {rate:.1} % of revenue after cost to serve (product costs known for {:.1} % of it)",
                100.0 * coverage
            )
        }
        MarginBasis::Given => writeln!(text, "Margin: {rate:.1} % of revenue, as given"),
        _ => writeln!(text, "Margin: none known, so values count REVENUE, not profit (give a margin or product costs)"),
    };
    let mut rows = table(&["", "equity", "per customer"], 1..3);
    let per_customer = |value: f64| money(value / equity.customers() as f64);
    let now = match results.margin_basis {
        MarginBasis::Revenue => "now (current revenue)",
        _ => "now (current profit)",
    };
    for (name, value) in [(now, equity.current()), ("potential", equity.potential()), ("total", equity.total())] {
        rows.add_row([name.to_owned(), money(value), per_customer(value)]);
    }
    let _ = writeln!(text, "{rows}\n{} customers with a purchase history", count(equity.customers()));
    let _ = writeln!(text, "The total lies {}", certainty(&results.range));
    if equity.potential() > 0.0 {
        text.push_str(&potential(results));
    } else {
        text.push_str("No potential profit was supplied\n");
    }
    if results.potential_unmatched > 0 {
        let _ = writeln!(text, "{} customers of the potential have no purchase", count(results.potential_unmatched));
    }
    text
}

/// Where potential profit comes from.
fn potential(results: &AnalysisResults) -> String {
    match &results.wallets {
        Some(wallets) => format!(
            "Potential profit, weighted by survival: {:.0} % (assumed) of the gap to the share of wallet of the best quarter of the segment; {} customers were asked\n",
            100.0 * wallets.capture.get(),
            count(wallets.known)
        ),
        None => "Potential profit is as supplied, weighted by survival\n".to_owned(),
    }
}

/// How sure an equity is, in words.
fn certainty(range: &ValueRange) -> String {
    let level = range.level().map_or_else(String::new, |level| format!(" ({:.0} %)", 100.0 * level.get()));
    let without = range.not_covered().map(|why| format!("; NOT of the parameters: {why}")).unwrap_or_default();
    format!(
        "between {} and {}{level}, for the uncertainty of {}{without}",
        money(range.low()),
        money(range.high()),
        range.covers()
    )
}

/// The range of a part, for a cell.
fn between(range: Option<&ValueRange>) -> String {
    range.map_or_else(|| "–".to_owned(), |range| format!("{} – {}", money(range.low()), money(range.high())))
}

fn grades(results: &AnalysisResults) -> String {
    let header = ["grade", "customers", "mean value", "share of customers", "share of equity", "equity", "range"];
    let mut rows = table(&header, 1..7);
    for row in &results.grades {
        rows.add_row([
            row.grade.map_or_else(|| "none".to_owned(), |grade| grade.to_string()),
            count(row.customers),
            money(row.mean_value),
            percent(Some(row.customer_share)),
            percent(row.equity_share),
            money(row.equity),
            between(row.range.as_ref()),
        ]);
    }
    let summary = results.models.grader.summary();
    let mut text = format!("{rows}\n");
    let _ = writeln!(
        text,
        "k-means on group scores, {} of {} starts found this solution; grades are ranked by {}",
        summary.starts_agreeing,
        summary.starts,
        summary.ranking.as_deref().unwrap_or("composite score")
    );
    if let Some(agreement) = summary.order_agreement.filter(|_| summary.order_conflict()) {
        let _ = writeln!(
            text,
            "order conflict: ranked by composite score the grades would stand otherwise (τ {agreement:.2})"
        );
    }
    for dropped in results.models.grader.standard().dropped() {
        let _ = writeln!(text, "not used: {} ({})", dropped.name, dropped.reason);
    }
    text
}

fn segments(results: &AnalysisResults) -> String {
    let header = ["segment", "customers", "share of customers", "spend so far", "share of equity", "equity", "range"];
    let mut rows = table(&header, 1..7);
    for row in &results.segments {
        rows.add_row([
            row.segment.to_string(),
            count(row.customers),
            percent(Some(row.customer_share)),
            money(row.spend),
            percent(row.equity_share),
            money(row.equity),
            between(row.range.as_ref()),
        ]);
    }
    format!("{rows}\n")
}

fn top(customers: &DataFrame) -> Result<String, ExampleError> {
    let options = SortMultipleOptions::default().with_order_descending(true).with_nulls_last(true);
    let best = customers.sort(["ltv_total"], options)?.head(Some(TOP));
    let header = [
        "customer",
        "value",
        "grade",
        "segment",
        "purchases",
        "spend",
        "days since last",
        "P(alive)",
        "expected purchases",
    ];
    let mut rows = table(&header, 4..9);
    for row in 0..best.height() {
        let cell =
            |name: &str| -> Result<String, ExampleError> { Ok(best.column(name)?.get(row)?.str_value().into_owned()) };
        let number = |name: &str| -> Result<f64, ExampleError> { Ok(best.column(name)?.get(row)?.try_extract()?) };
        rows.add_row([
            cell("customer_id")?,
            money(number("ltv_total")?),
            cell("grade")?,
            cell("rfm_segment")?,
            cell("purchases")?,
            money(number("spend")?),
            cell("days_since_last")?,
            format!("{:.3}", number("p_alive")?),
            format!("{:.1}", number("expected_purchases")?),
        ]);
    }
    if let Some(column) = rows.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    Ok(format!("{rows}\n"))
}

fn models(results: &AnalysisResults) -> String {
    let caution = |report: &FitReport| {
        if report.termination.is_success() { "" } else { "CAUTION, not determined by these data: " }
    };
    let purchases = &results.models.purchases;
    let spend = &results.models.spend;
    let mut compared = String::new();
    if results.models.comparison.len() > 1 {
        let mut rows = table(&["Purchase model", "Log-likelihood", "Parameters", "BIC", "Fit"], 1..4);
        for line in &results.models.comparison {
            let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"));
            rows.add_row([
                line.model.clone(),
                number(line.log_likelihood),
                line.parameters.map_or_else(|| "–".to_owned(), |n| n.to_string()),
                number(line.bic),
                line.remark.clone(),
            ]);
        }
        compared = format!("{rows}\n");
    }
    let s = spend.parameters();
    let named = purchases.named_parameters();
    let list: Vec<String> = named.iter().map(|(name, value)| format!("{name} {value:.4}")).collect();
    let value = |wanted: &str| named.iter().find(|(name, _)| name == wanted).map(|(_, value)| *value);
    // Models in which customers leave at purchases have the mean chance a / (a + b).
    let leaving = match (value("a"), value("b")) {
        (Some(a), Some(b)) => {
            let chance = a / (a + b);
            let care = " (the model hardly sees anyone leave: read P(alive) with care)";
            let care = if chance < HARDLY_LEAVING { care } else { "" };
            format!("Mean chance to leave after a purchase: {:.2} %{care}\n", 100.0 * chance)
        }
        _ => String::new(),
    };
    format!(
        "{compared}{} per {}: {}; {}{}\n{leaving}Gamma-Gamma: p {:.4}, q {:.4}, gamma {:.4}; {}{}; {} repeat customers without positive spend left out\n",
        purchases.name(),
        purchases.unit(),
        list.join(", "),
        caution(purchases.report()),
        purchases.report(),
        s.p,
        s.q,
        s.gamma,
        caution(spend.report()),
        spend.report(),
        count(spend.excluded())
    )
}
