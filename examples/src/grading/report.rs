//! What grading found, in words.

use std::fmt::Write as _;

use super::report_movement::movement;
use super::{GradingBase, Movement};
use crate::ExampleError;
use crate::text::{count, number, percent, table};
use emptor::grade::{
    Advice, BootstrapStability, Contributions, FittedGrader, GradePolicy, GradeSummary, Grades, InformationGroup,
    Upgrade,
};

/// Everything the program found out.
#[derive(Debug)]
pub struct GradingResults<'a> {
    /// What customers were graded by.
    pub base: &'a GradingBase,
    /// Measures of several numbers of grades.
    pub advice: Advice,
    /// The fitted grader.
    pub fitted: FittedGrader,
    /// The grades of the customers.
    pub grades: Grades,
    /// Why.
    pub reasons: Contributions,
    /// What would raise each.
    pub upgrades: Vec<Option<Upgrade>>,
    /// How well each grade comes back on customers drawn anew.
    pub stability: BootstrapStability,
    /// The grades as a tree.
    pub policy: GradePolicy,
    /// From the first half of the time to the second.
    pub movement: Option<Movement>,
}

/// The report.
///
/// # Errors
/// If the customer to explain is not in the table.
pub fn grading_report(results: &GradingResults<'_>, explain: Option<&str>) -> Result<String, ExampleError> {
    let mut text = opening(results);
    text += &how_many(&results.advice, results.fitted.centroids().len());
    text += &grades(results);
    text += &trust(results);
    text += &rules(results);
    text += &one_customer(results, explain)?;
    if let Some(found) = &results.movement {
        text += &movement(found);
    }
    Ok(text)
}

fn opening(results: &GradingResults<'_>) -> String {
    let (base, fitted) = (results.base, &results.fitted);
    let summary = fitted.summary();
    let (name, version) = &summary.standard;
    let mut text = format!(
        "Grades of {} customers, {}\nassessment standard: {name}, version {version}\n\n",
        count(summary.customers),
        base.title
    );
    let mut rows = table(&["group", "weight", "indicator", "weight in group", "better", "known"], 1..2);
    for (fitted, weight) in fitted.standard().indicators().iter().zip(&fitted.standard().weights().indicators) {
        let indicator = &fitted.indicator;
        rows.add_row([
            weight.group.to_string(),
            percent(results.fitted.standard().group_share(weight.group)),
            indicator.name().to_owned(),
            percent(Some(weight.within)),
            if indicator.direction() == emptor::grade::Direction::HigherIsBetter { "higher" } else { "lower" }
                .to_owned(),
            percent(Some(fitted.known as f64 / summary.customers as f64)),
        ]);
    }
    let _ = writeln!(text, "{rows}");
    for dropped in fitted.standard().dropped() {
        let _ = writeln!(text, "not used: {dropped}");
    }
    if !base.absent.is_empty() {
        let _ = writeln!(text, "no data for: {}", base.absent.join(", "));
    }
    for (why, customers) in &summary.ungraded {
        let _ = writeln!(text, "without a grade: {} customers ({why})", count(*customers));
    }
    text
}

fn how_many(advice: &Advice, chosen: usize) -> String {
    format!("\nHow many grades?\n{advice}\n{chosen} grades are used here.\n")
}

fn grades(results: &GradingResults<'_>) -> String {
    let summary = results.fitted.summary();
    let ranking = summary.ranking.as_deref().unwrap_or("rank");
    let (mean, median) = (format!("mean {ranking}"), format!("median {ranking}"));
    let groups = InformationGroup::ALL.map(|group| group.name().replace('_', " "));
    let mut header = vec!["grade", "customers", "share", &mean, &median, "composite"];
    let present: Vec<usize> = (0..4).filter(|&g| summary.grades.iter().any(|p| p.group_scores[g].is_some())).collect();
    header.extend(present.iter().map(|&g| groups[g].as_str()));
    header.push("overlap below");
    let columns = header.len();
    let mut rows = table(&header, 1..columns);
    for profile in &summary.grades {
        let mut row = vec![
            profile.grade.to_string(),
            count(profile.customers),
            percent(Some(profile.share)),
            number(profile.ranking_mean, 2),
            number(profile.ranking_median, 2),
            number(Some(profile.composite), 2),
        ];
        row.extend(present.iter().map(|&g| number(profile.group_scores[g], 2)));
        row.push(percent(profile.overlap_below));
        rows.add_row(row);
    }
    format!(
        "\nThe grades (scores above 0 are better than the middle of the base; overlap: how often a customer of the next lower grade has the \
         higher score)\n{rows}\n"
    )
}

fn trust(results: &GradingResults<'_>) -> String {
    let summary: &GradeSummary = results.fitted.summary();
    let mut text = String::from("\nCan they be trusted?\n");
    let _ = writeln!(
        text,
        "{} of {} starts found this solution; the grades explain {} of the differences in scores.",
        summary.starts_agreeing,
        summary.starts,
        percent(Some(1.0 - summary.inertia / summary.total_sum_of_squares)),
    );
    for (profile, found) in summary.grades.iter().zip(&results.stability.clusters) {
        let _ = writeln!(
            text,
            "  {} comes back with Jaccard {} when customers are drawn anew: {}",
            profile.grade,
            found.jaccard.as_ref().map_or_else(|| "–".to_owned(), ToString::to_string),
            found.trust
        );
    }
    let _ = writeln!(
        text,
        "Bands of the composite score with as many customers agree with the grades to κ {:.2} (quadratic weights){}",
        summary.band_agreement,
        if summary.differs_from_bands() { ": CAUTION, the grades are not levels of the score." } else { "." }
    );
    if summary.order_conflict() {
        let by = summary.ranking.as_deref().unwrap_or("the ranking");
        let _ = writeln!(text, "CAUTION: ordered by mean {by} the grades would stand otherwise.");
    }
    if summary.monotone == Some(false) {
        let by = summary.ranking.as_deref().unwrap_or("the ranking");
        let _ = writeln!(text, "CAUTION: median {by} does not fall from each grade to the next.");
    }
    if !summary.joined.is_empty() {
        let sizes: Vec<String> = summary.joined.iter().map(|&n| count(n)).collect();
        let _ = writeln!(text, "Joined to a neighbour, for they were too small: clusters of {}.", sizes.join(", "));
    }
    text
}

fn rules(results: &GradingResults<'_>) -> String {
    let policy = &results.policy;
    let customers = results.fitted.summary().customers;
    let indicators = results.fitted.standard().indicators().iter();
    let known: Vec<&str> = indicators.filter(|f| f.known == customers).map(|f| f.indicator.name()).collect();
    let accuracy = percent(Some(policy.fidelity().accuracy));
    let mut text = format!("\nThe grades as rules (the same grade for {accuracy} of customers");
    if let Some(validation) = policy.validation() {
        let _ = write!(text, ", {} of customers they were not made from", percent(Some(validation.mean)));
    }
    text.push_str(")\n");
    for rule in policy.rules() {
        let _ = writeln!(text, "  {}", without_idle_unknowns(&rule.to_string(), &known));
    }
    text
}

/// A rule without "or unknown" where the indicator is known of everybody.
fn without_idle_unknowns(rule: &str, known: &[&str]) -> String {
    let plain = |part: &str| {
        let inner = part.strip_prefix('(').and_then(|rest| rest.strip_suffix(" or unknown)"));
        inner.filter(|inner| known.iter().any(|name| inner.starts_with(&format!("{name} ")))).map(str::to_owned)
    };
    let (conditions, outcome) = rule.split_once(" then ").unwrap_or((rule, ""));
    let (lead, conditions) = conditions.split_at("if ".len().min(conditions.len()));
    let parts: Vec<String> = conditions.split(" and ").map(|part| plain(part).unwrap_or(part.to_owned())).collect();
    format!("{lead}{} then {outcome}", parts.join(" and "))
}

fn one_customer(results: &GradingResults<'_>, wanted: Option<&str>) -> Result<String, ExampleError> {
    let customers = results.base.table.customers();
    let name = |row: usize| customers.get(row).map(|id| id.str_value().into_owned()).unwrap_or_default();
    let row = match wanted {
        Some(id) => (0..customers.len())
            .find(|&row| name(row) == id)
            .ok_or_else(|| emptor::types::Invalid::value("--explain", "must be the id of a customer", id))?,
        // The one nearest to a better grade shows most.
        None => {
            let step = |row: &usize| {
                results.upgrades[*row].as_ref().map_or(f64::INFINITY, |upgrade| upgrade.score_change.abs())
            };
            (0..customers.len()).min_by(|a, b| step(a).total_cmp(&step(b))).unwrap_or_default()
        }
    };
    let mut text = format!("\nCustomer {}: ", name(row));
    let Some(grade) = results.grades.grade[row] else {
        let why = results.grades.ungraded[row].map(|why| why.to_string()).unwrap_or_default();
        return Ok(text + &format!("no grade, {why}\n"));
    };
    let composite = results.grades.composite[row].unwrap_or(f64::NAN);
    let gap = composite - results.reasons.mean_composite;
    let _ = writeln!(
        text,
        "grade {grade}, composite {composite:.3}, {gap:+.3} against the base; margin {} to another grade",
        number(results.grades.margin[row], 2)
    );
    for reason in results.reasons.reasons(row).iter().take(5) {
        let score = reason.score.map_or_else(|| "unknown".to_owned(), |z| format!("score {z:+.2}"));
        let _ = writeln!(
            text,
            "  {:+.3} {} ({score}, weight {})",
            reason.contribution,
            reason.indicator,
            percent(Some(reason.weight))
        );
    }
    // Ways up by a better score; nobody can grow older on purpose.
    let upgrades = results.fitted.upgrades(&results.base.data()?, row)?;
    for upgrade in upgrades.iter().filter(|u| u.score_change > 0.0 && u.indicator != "tenure_days").take(2) {
        let (from, to) = told_apart(upgrade.from, upgrade.to);
        let _ = writeln!(text, "  a way up: {} from {from} to {to} gives grade {}", upgrade.indicator, upgrade.grade);
    }
    Ok(text)
}

/// Two numbers with as many decimals as tell them apart, two at least.
fn told_apart(from: Option<f64>, to: f64) -> (String, String) {
    let with = |decimals: usize| (number(from, decimals), number(Some(to), decimals));
    (2..12).map(with).find(|(from, to)| from != to).unwrap_or_else(|| with(12))
}
