//! At a glance.

use emptor_core::analysis::{AnalysisResults, MarginBasis};

use super::Made;
use crate::block::{Block, Fact, Part};
use crate::material::Material;
use crate::read::numbers;
use crate::words::{Words, count, many, percent};

/// Findings over all Ps.
const FINDINGS: usize = 5;

pub(super) fn part(material: &Material<'_>, words: &Words) -> Made {
    let mut part = Part::new("at-a-glance", "At a glance");
    let findings = material.seven_p.map(|results| results.seven_p.findings()).unwrap_or_default();
    match (material.analysis, findings.first()) {
        (Some(analysis), _) => part = part.finding(worth(analysis, words)).caveat(basis(analysis)),
        (None, Some((_, first))) => part = part.finding(&first.headline).caveat(first.caveat.as_deref().unwrap_or("")),
        (None, None) => part = part.finding("Customers could not be valued, and nothing else stands out."),
    }
    part.push(Block::Facts(facts(material, words)));
    for gap in material.seven_p.iter().flat_map(|results| &results.gaps) {
        part.push(Block::Note(format!("Left out: {} – {}", gap.analysis, gap.reason)));
    }
    let items: Vec<String> =
        findings.iter().take(FINDINGS).map(|(p, finding)| format!("{}: {}", p.name(), finding.headline)).collect();
    if !items.is_empty() {
        part.push(Block::List { title: "What matters most".to_owned(), items });
    }
    Ok(Some(part))
}

/// What the base is worth, in a sentence.
fn worth(analysis: &AnalysisResults, words: &Words) -> String {
    let range = &analysis.range;
    let level = range.level().map_or_else(String::new, |level| format!(" ({} interval)", percent(level.get())));
    format!(
        "On {} the {} of the base are worth {}, between {} and {}{level}.",
        analysis.as_of,
        many(analysis.equity.customers(), "customer"),
        words.short(analysis.equity.total()),
        words.short(range.low()),
        words.short(range.high()),
    )
}

/// What the value counts, and what its range leaves out.
fn basis(analysis: &AnalysisResults) -> String {
    let rate = percent(analysis.margin_rate);
    let margin = match analysis.margin_basis {
        MarginBasis::Revenue => "No cost is known, so the value counts revenue and not profit.".to_owned(),
        MarginBasis::Given => format!("Profit is {rate} of revenue, as given."),
        MarginBasis::Costs { coverage } => {
            format!(
                "Profit is revenue less product costs, {rate} of it; costs are known for {} of revenue.",
                percent(coverage)
            )
        }
        MarginBasis::Contribution { coverage } => format!(
            "Profit is the margin after cost to serve, {rate} of revenue; product costs are known for {} of it.",
            percent(coverage)
        ),
        _ => String::new(),
    };
    let range = &analysis.range;
    let without = range
        .not_covered()
        .map(|why| format!(" That of the models' parameters is not in it: {why}."))
        .unwrap_or_default();
    format!("{margin} The range stands for the uncertainty of {}.{without}", range.covers())
}

/// A share of customers expected to be alive that no base has.
const SURELY: f64 = 0.97;

fn facts(material: &Material<'_>, words: &Words) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(analysis) = material.analysis {
        let equity = &analysis.equity;
        let range = &analysis.range;
        let between = format!("{} – {}", words.short(range.low()), words.short(range.high()));
        facts.push(Fact::new("Customer equity", words.short(equity.total())).note(between));
        if equity.potential().abs() > 0.0 {
            facts.push(Fact::new("of it current", words.short(equity.current())));
            facts.push(Fact::new("of it potential", words.short(equity.potential())));
        }
        facts.push(Fact::new("Customers", count(equity.customers())).note("with a purchase"));
        let alive: f64 = numbers(&analysis.customers, "p_alive").into_iter().filter(|p| p.is_finite()).sum();
        let share = alive / equity.customers().max(1) as f64;
        let alive = Fact::new("Expected to be alive", count(alive.round() as usize));
        // A model that has seen no one leave says so of everybody; that is a finding about the data, not about customers.
        let doubt = if share > SURELY { ", which sees hardly anyone leave in these data" } else { "" };
        facts.push(alive.note(format!("{} of them, by the purchase model{doubt}", percent(share))));
        let each = equity.total() / equity.customers().max(1) as f64;
        facts.push(Fact::new("Value per customer", words.money(each)).note("mean; few are far above it"));
    }
    facts.extend(sold(material, words));
    facts
}

/// Sales of the window, and how they changed.
fn sold(material: &Material<'_>, words: &Words) -> Option<Fact> {
    let pvm = material.seven_p?.seven_p.frame("perf_pvm")?;
    let (before, now) = (*numbers(pvm, "r0").first()?, *numbers(pvm, "r1").first()?);
    let change = (before > 0.0).then(|| format!("{} before: {}", words.short(before), change(now / before - 1.0)));
    now.is_finite().then(|| Fact::new("Net sales of the window", words.short(now)).note(change.unwrap_or_default()))
}

fn change(share: f64) -> String {
    let text = percent(share);
    if share > 0.0 { format!("+{text}") } else { text }
}
