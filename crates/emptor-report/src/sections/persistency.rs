//! Persistency: how loyal customers are.

use emptor_chart::{Axis, Columns, Heatmap, Lines, Parts, Shares, Stroke, Unit};
use emptor_core::profile::{P, Section};
use polars::prelude::DataFrame;

use super::frames::{distinct, only, periods, table};
use super::{Made, p};
use crate::block::Block;
use crate::grid::Grid;
use crate::material::Material;
use crate::read::{numbers, rows_where, texts};
use crate::words::{Words, count, number, percent};

/// Cohorts and intervals of a triangle at most.
const COHORTS: usize = 13;
/// Periods drawn at most.
const PERIODS: usize = 24;
/// Points of a curve at most: more cannot be seen, and fill the page.
const POINTS: usize = 120;
/// A curve ends where fewer customers than this are watched: one who leaves would be a cliff.
const FEW: f64 = 30.0;
/// Standard errors to either side of a curve, for 95 %.
const TWO_SIDED_95: f64 = 1.96;

pub(super) fn part(material: &Material<'_>, words: &Words) -> Made {
    p::part("persistency", P::Persistency, material, words, blocks, &[])
}

fn blocks(section: &Section, words: &Words) -> Vec<Block> {
    [
        table(section, "cohort_cell").and_then(cohorts),
        table(section, "growth_account").and_then(growth),
        table(section, "next_purchase").and_then(next_purchase),
        table(section, "survival_curve").and_then(survival),
        table(section, "persist_customer").and_then(quadrants),
        table(section, "loyalty").and_then(|frame| measures(frame, words)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// How many of each cohort bought again, interval by interval.
fn cohorts(frame: &DataFrame) -> Option<Block> {
    let everybody = only(frame, "channel", "all")?;
    let (cells, is_retention) = match only(&everybody, "rate_kind", "pct_active") {
        Some(cells) => (cells, false),
        None => (only(&everybody, "rate_kind", "retention")?, true),
    };
    let (names, ages, rates) = (texts(&cells, "cohort"), numbers(&cells, "k"), numbers(&cells, "rate"));
    let (sizes, partial) = (numbers(&cells, "size"), texts(&cells, "is_partial"));
    let known = |row: usize| rates[row].is_finite() && partial[row] != "true";
    let mut old = distinct(&names);
    old.retain(|cohort| (0..names.len()).any(|row| names[row] == *cohort && ages[row] > 0.0 && known(row)));
    let shown = &old[old.len().saturating_sub(COHORTS)..];
    let mut columns: Vec<usize> = (0..names.len())
        .filter(|&row| known(row) && shown.contains(&names[row]))
        .map(|row| ages[row] as usize)
        .collect();
    columns.sort_unstable();
    columns.dedup();
    columns.truncate(COHORTS);
    if shown.len() < 2 || columns.len() < 2 {
        return None;
    }
    let find = |cohort: &String, age: usize| {
        (0..names.len()).find(|&row| names[row] == *cohort && ages[row] as usize == age && known(row))
    };
    let triangle: Vec<Vec<f64>> = shown
        .iter()
        .map(|cohort| columns.iter().map(|&age| find(cohort, age).map_or(f64::NAN, |row| rates[row])).collect())
        .collect();
    let members: Vec<f64> =
        shown.iter().map(|cohort| find(cohort, columns[0]).map_or(f64::NAN, |row| sizes[row])).collect();
    let heads: Vec<String> = columns.iter().map(ToString::to_string).collect();
    let (title, did, since) = if is_retention {
        ("Customers still under contract, by cohort", "were still there", "the first contract")
    } else {
        ("Customers who buy again, by cohort", "bought", "the first purchase")
    };
    // The same age of the youngest and of the oldest cohort, as great as the youngest but two have reached.
    let late = &shown[shown.len().saturating_sub(3).max(1)];
    let age = *columns.iter().rev().find(|&&age| find(late, age).is_some())?;
    let (first, last) = (find(&shown[0], age)?, find(late, age)?);
    let chart = Heatmap::new(title, Unit::percent(), shown, &heads)
        .cells(&triangle)
        .sizes("Customers", &members)
        .first_column_apart()
        .names("Cohort", format!("Intervals since {since}"))
        .subtitle(format!(
            "Share of each cohort's customers, one-time buyers included, who {did} in the interval; intervals are as long as the cohorts, and over."
        ))
        .finding(format!(
            "In interval {age}, {} of the customers won in {} {did}, and {} of those won in {late}.",
            percent(rates[first]),
            shown[0],
            percent(rates[last])
        ));
    let chart = if is_retention {
        chart
    } else {
        chart.note("Who did not buy in an interval has not left: this is activity, no retention.")
    };
    Some(Block::chart("persistency-cohorts", chart))
}

/// Who came, stayed, came back and fell silent.
fn growth(frame: &DataFrame) -> Option<Block> {
    let everybody = only(frame, "segment", "all")?;
    let whole = rows_where(&everybody, "is_partial", |text| text != "true").ok()?;
    let whole = whole.tail(Some(PERIODS));
    let days = periods(&whole, "period_start");
    let of = |column: &str| numbers(&whole, column);
    let (new, kept, back, silent) = (of("new"), of("retained"), of("resurrected"), of("dormant"));
    let last = days.len().checked_sub(1).filter(|last| *last > 0)?;
    let lost: Vec<f64> = silent.iter().map(|n| -n).collect();
    let net: Vec<f64> = (0..days.len()).map(|row| new[row] + back[row] - silent[row]).collect();
    let grew = net.iter().filter(|net| **net > 0.0).count();
    let n = |value: f64| count(value.max(0.0) as usize);
    let chart = Columns::stacked("Who buys, who comes back, who falls silent", Axis::new("Customers", Unit::number()), &days)
        .series("Bought before too", &kept)
        .series("Back after a pause", &back)
        .series("New", &new)
        .series("Fell silent", &lost)
        .line("Net", &net)
        .subtitle("Customers by period: buyers above zero; below, those who bought in the period before and not in this one.")
        .finding(format!(
            "The number of buyers grew in {grew} of {} periods. In the last one {} were new and {} came back; {} fell silent.",
            days.len(),
            n(new[last]),
            n(back[last]),
            n(silent[last])
        ))
        .note("Silent is not lost: where customers buy more seldom than once a period, many pause and buy again.");
    Some(Block::chart("persistency-growth", chart))
}

/// Every k-th row of so many, first and last among them.
fn thinned(rows: usize) -> Vec<usize> {
    let step = rows.div_ceil(POINTS).max(1);
    let mut kept: Vec<usize> = (0..rows).step_by(step).collect();
    kept.extend(rows.checked_sub(1).filter(|last| !kept.contains(last)));
    kept
}

/// How soon the next purchase follows.
fn next_purchase(frame: &DataFrame) -> Option<Block> {
    let name = |n: usize| match n {
        1 => "2nd purchase",
        2 => "3rd purchase",
        _ => "4th purchase",
    };
    let mut chart = Lines::new(
        "How soon the next purchase follows",
        Axis::new("Days since the purchase before", Unit::of("days")),
        Axis::new("Have bought again", Unit::percent()),
    );
    let mut finding = String::new();
    for n in 1..=3 {
        let Some(curve) = only(frame, "purchase", &n.to_string()) else { continue };
        let (t, s, risk) = (numbers(&curve, "t"), numbers(&curve, "s"), numbers(&curve, "at_risk"));
        let rows: Vec<usize> =
            thinned(curve.height()).into_iter().filter(|&row| s[row].is_finite() && risk[row] >= FEW).collect();
        if rows.len() < 2 {
            continue;
        }
        let x: Vec<f64> = std::iter::once(0.0).chain(rows.iter().map(|&row| t[row])).collect();
        let y: Vec<f64> = std::iter::once(0.0).chain(rows.iter().map(|&row| 1.0 - s[row])).collect();
        chart = chart.line(name(n), &x, &y, Stroke::Step);
        if n == 1 {
            let end = (rows.len() > 1).then(|| rows[rows.len() - 1])?;
            let half = (0..curve.height()).find(|&row| s[row] <= 0.5 && risk[row] >= FEW);
            finding = half.map_or_else(
                || {
                    format!(
                        "Of {} first-time buyers {} had come back after {} days.",
                        count(risk[0] as usize),
                        percent(1.0 - s[end]),
                        number(t[end])
                    )
                },
                |row| {
                    format!(
                        "Half of {} first-time buyers come back within {} days.",
                        count(risk[0] as usize),
                        number(t[row])
                    )
                },
            );
        }
    }
    let chart = chart
        .from_zero()
        .subtitle("Share of customers who have bought again by that day; those watched for less long are counted as long as they are watched (Kaplan-Meier).")
        .finding(&finding);
    (!finding.is_empty()).then(|| Block::chart("persistency-next-purchase", chart))
}

/// How long customers stay.
fn survival(frame: &DataFrame) -> Option<Block> {
    let everybody = only(frame, "segment", "all")?;
    let (curve, who) = match only(&everybody, "basis", "contract") {
        Some(curve) => (curve, "under contract"),
        None => (only(&everybody, "basis", "purchases")?, "buying"),
    };
    let (t, s, se) = (numbers(&curve, "t"), numbers(&curve, "s"), numbers(&curve, "se"));
    let (model, risk) = (numbers(&curve, "s_model"), numbers(&curve, "at_risk"));
    let rows: Vec<usize> =
        thinned(curve.height()).into_iter().filter(|&row| s[row].is_finite() && risk[row] >= FEW).collect();
    let last = *rows.last().filter(|_| rows.len() > 2)?;
    let pick = |values: &[f64]| -> Vec<f64> { rows.iter().map(|&row| values[row]).collect() };
    let edge = |sign: f64| -> Vec<f64> {
        rows.iter().map(|&row| (s[row] + sign * TWO_SIDED_95 * se[row]).clamp(0.0, 1.0)).collect()
    };
    let x = pick(&t);
    let mut chart = Lines::new(
        format!("How long customers stay {who}"),
        Axis::new("Periods since the beginning", Unit::of("periods")),
        Axis::new("Still there", Unit::percent()),
    )
    .from_zero()
    .band_at("95 %", &x, &edge(-1.0), &edge(1.0), 0)
    .line("Observed", &x, &pick(&s), Stroke::Step);
    if pick(&model).iter().filter(|value| value.is_finite()).count() > 2 {
        chart = chart.line("Model (sBG)", &x, &pick(&model), Stroke::Dashed);
    }
    let year =
        (0..curve.height()).find(|&row| t[row] >= 12.0 && risk[row] >= FEW && s[row].is_finite()).unwrap_or(last);
    let rule = texts(&curve, "churn_rule").swap_remove(0);
    let chart = chart
        .subtitle("Share of customers still there by whole periods since the beginning (Kaplan-Meier), with its 95 % interval.")
        .finding(format!(
            "{} of customers are still {who} after {} periods.",
            percent(s[year]),
            number(t[year])
        ))
        .note(format!("Gone means: {rule}. The curve ends where fewer than {FEW} customers have been watched for so long."));
    Some(Block::chart("persistency-survival", chart))
}

/// Long with us, and profitable: not the same.
fn quadrants(frame: &DataFrame) -> Option<Block> {
    const KINDS: [(&str, &str); 4] = [
        ("true_friends", "Long and profitable"),
        ("butterflies", "New and profitable"),
        ("barnacles", "Long, little profit"),
        ("strangers", "New, little profit"),
    ];
    let (kinds, profits) = (texts(frame, "quadrant"), numbers(frame, "profit"));
    let sum = |kind: &str, of: &dyn Fn(usize) -> f64| -> f64 {
        (0..kinds.len()).filter(|&row| kinds[row] == kind).map(of).sum()
    };
    let customers = KINDS.map(|(kind, _)| sum(kind, &|_| 1.0));
    let profit = KINDS.map(|(kind, _)| sum(kind, &|row| if profits[row].is_finite() { profits[row] } else { 0.0 }));
    let (all, earned): (f64, f64) = (customers.iter().sum(), profit.iter().sum());
    if !(all >= 2.0 && earned > 0.0) {
        return None;
    }
    let mut chart = Shares::new("Loyal is not the same as profitable", &KINDS.map(|(_, name)| name))
        .parts(Parts::Kinds)
        .whole("Customers", &customers)
        .subtitle("Customers still with us, by how long they are and by what they brought in the window; long and profitable mean above the median.")
        .finding(format!(
            "{} of customers are long with us and bring {} of profit; {} are new and bring {}.",
            percent((customers[0] + customers[2]) / all),
            percent((profit[0] + profit[2]) / earned),
            percent((customers[1] + customers[3]) / all),
            percent((profit[1] + profit[3]) / earned)
        ));
    if profit.iter().all(|profit| *profit >= 0.0) {
        chart = chart.whole("Profit", &profit);
    }
    Some(Block::chart("persistency-quadrants", chart))
}

/// The measures of loyalty, each in its unit.
fn measures(frame: &DataFrame, words: &Words) -> Option<Block> {
    let (metrics, units) = (texts(frame, "metric"), texts(frame, "unit"));
    let (value, low, high, n) =
        (numbers(frame, "value"), numbers(frame, "low"), numbers(frame, "high"), numbers(frame, "n"));
    let is_share = |unit: &str| unit == "probability" || unit.starts_with("share");
    let written = |value: f64, unit: &str| match unit {
        unit if is_share(unit) => percent(value),
        unit if unit.starts_with("currency") => words.money(value),
        unit => number(if value.abs() >= 10.0 || unit == "points" { value.round() } else { value }),
    };
    let mut grid = Grid::new("Measures of loyalty", &["measure"], &["value", "95 % interval", "unit", "cases"]);
    grid.about = "The whole base, over the window or as of the day of observation.".to_owned();
    for row in (0..frame.height()).filter(|&row| value[row].is_finite()) {
        let unit = units[row].as_str();
        let interval = if low[row].is_finite() && high[row].is_finite() {
            format!("{} to {}", written(low[row], unit), written(high[row], unit))
        } else {
            String::new()
        };
        grid.row([
            named(&metrics[row]),
            written(value[row], unit),
            interval,
            if is_share(unit) {
                unit.strip_prefix("share").map_or("", str::trim_start).to_owned()
            } else {
                unit.to_owned()
            },
            if n[row].is_finite() { count(n[row].max(0.0) as usize) } else { String::new() },
        ]);
    }
    (grid.all_rows > 0).then_some(Block::Table(grid))
}

/// The name of a measure as people say it.
fn named(metric: &str) -> String {
    match metric {
        "nps" => "net promoter score (NPS)".to_owned(),
        "csat_mean" => "mean satisfaction (CSAT)".to_owned(),
        "csat_top_2_box" => "satisfied: the two best answers (CSAT)".to_owned(),
        "nrr" => "net revenue retention, period to period".to_owned(),
        "grr" => "gross revenue retention, period to period".to_owned(),
        "contract_nrr" => "net revenue retention of contracts".to_owned(),
        "contract_grr" => "gross revenue retention of contracts".to_owned(),
        _ => metric.replace('_', " "),
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::df;

    use super::*;
    use crate::settings::ReportSettings;

    type Outcome = Result<(), Box<dyn Error>>;

    #[test]
    fn a_triangle_holds_only_intervals_that_are_over() -> Outcome {
        let frame = df!(
            "channel" => ["all"; 5], "rate_kind" => ["pct_active"; 5],
            "cohort" => ["2024-01", "2024-01", "2024-01", "2024-02", "2024-02"], "k" => [0, 1, 2, 0, 1], "size" => [40, 40, 40, 20, 20],
            "rate" => [Some(1.0), Some(0.4), None, Some(1.0), Some(0.3)], "is_partial" => [false, false, true, false, false]
        )?;
        let Some(Block::Chart { chart, .. }) = cohorts(&frame) else { return Err("no chart".into()) };
        assert_eq!(chart.data().rows, [["2024-01", "40", "100 %", "40 %"], ["2024-02", "20", "100 %", "30 %"]]);
        assert_eq!(
            chart.caption().finding,
            "In interval 1, 40 % of the customers won in 2024-01 bought, and 30 % of those won in 2024-02."
        );
        Ok(())
    }

    #[test]
    fn few_customers_make_no_curve_and_empty_tables_no_chart() -> Outcome {
        let words = Words::of(&ReportSettings::default());
        let few = df!(
            "segment" => ["all"; 3], "basis" => ["purchases"; 3], "t" => [0, 1, 2], "s" => [1.0, 0.5, 0.0], "se" => [0.0; 3],
            "at_risk" => [2, 2, 1], "churn_rule" => ["r"; 3]
        )?;
        assert!(survival(&few).is_none());
        for frame in [df!("a" => [1])?, df!("a" => Vec::<i64>::new())?] {
            assert!(cohorts(&frame).is_none() && growth(&frame).is_none() && next_purchase(&frame).is_none());
            assert!(survival(&frame).is_none() && quadrants(&frame).is_none() && measures(&frame, &words).is_none());
        }
        Ok(())
    }

    #[test]
    fn measures_are_written_in_their_units() -> Outcome {
        let frame = df!(
            "metric" => ["one_time_share", "nps", "sow"], "unit" => ["share", "points", "share"], "value" => [Some(0.25), Some(1.39), None],
            "low" => [Some(0.2), None, None], "high" => [Some(0.3), None, None], "n" => [400, 1_226, 0]
        )?;
        let Some(Block::Table(grid)) = measures(&frame, &Words::of(&ReportSettings::default())) else {
            return Err("no table".into());
        };
        let rows = [
            ["one time share", "25 %", "20 % to 30 %", "", "400"],
            ["net promoter score (NPS)", "1", "", "points", "1,226"],
        ];
        assert_eq!(grid.rows, rows);
        Ok(())
    }
}
