//! Life cycle: in which stage relationships are.

use emptor_chart::{Axis, Columns, Heatmap, Shares, Unit};
use emptor_core::profile::{P, Section};
use polars::prelude::DataFrame;

use super::frames::{capital, distinct, grid, periods, table};
use super::{Made, p};
use crate::block::Block;
use crate::material::Material;
use crate::read::{numbers, texts};
use crate::words::{Words, count, percent};

/// The stages of a relationship, in their order.
const STAGES: [&str; 7] = ["prospect", "exploration", "formation", "stability", "decline", "terminated", "recovery"];

/// Who has not bought yet.
const PROSPECT: &str = "prospect";

/// Periods drawn at most.
const PERIODS: usize = 24;

pub(super) fn part(material: &Material<'_>, words: &Words) -> Made {
    p::part("life-cycle", P::LifeCycle, material, words, blocks, &[])
}

const VALIDATION: [(&str, &str); 8] = [
    ("stage", "stage"),
    ("customers", "customers"),
    ("weakening", "of them weakening"),
    ("value_per_period", "value per period"),
    ("periods", "past periods"),
    ("next_retention", "followed by a purchase"),
    ("next_growth", "growth of the next period"),
    ("ltv_total", "lifetime value"),
];

fn blocks(section: &Section, words: &Words) -> Vec<Block> {
    [
        table(section, "lifecycle_stage").and_then(now),
        table(section, "lifecycle_period").and_then(over_time),
        table(section, "lifecycle_move").and_then(moves),
        table(section, "lifecycle_grade").and_then(grades),
        validation(section, words),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The stages that a column names, in their order.
fn stages(names: &[String]) -> Vec<&'static str> {
    STAGES.into_iter().filter(|stage| names.iter().any(|name| name == stage)).collect()
}

/// What followed the stages, and how firm they are.
fn validation(section: &Section, words: &Words) -> Option<Block> {
    let mut grid =
        grid(section, "lifecycle_stage", "Do the stages tell what comes next?", &VALIDATION, 10, words).ok()??;
    for note in &mut grid.notes {
        let change = note.strip_prefix("labels_changed_by_").and_then(|rest| rest.split_once("_percent: "));
        *note = match change.and_then(|(by, share)| Some((by, share.parse::<f64>().ok()?))) {
            Some((by, share)) => format!(
                "With thresholds {} % {}, {} of customers would be in another stage.",
                by.trim_start_matches(['-', '+']),
                if by.starts_with('-') { "lower" } else { "higher" },
                percent(share)
            ),
            None => capital(&note.replace('_', " ")),
        };
    }
    Some(Block::Table(grid))
}

/// Customers and their lifetime value by stage.
fn now(frame: &DataFrame) -> Option<Block> {
    let names = texts(frame, "stage");
    let mut order = stages(&names);
    order.retain(|stage| *stage != PROSPECT);
    let by_stage = |column: &str| -> Vec<f64> {
        let values = numbers(frame, column);
        let of = |stage: &&str| names.iter().position(|name| name == stage).map_or(f64::NAN, |row| values[row]);
        order.iter().map(of).map(|value| if value.is_finite() { value } else { 0.0 }).collect()
    };
    let (customers, value) = (by_stage("customers"), by_stage("ltv_total"));
    let (all, worth): (f64, f64) = (customers.iter().sum(), value.iter().sum());
    let is_worth = worth > 0.0 && value.iter().all(|value| *value >= 0.0);
    if all <= 0.0 || order.len() < 2 {
        return None;
    }
    let parts: Vec<String> = order.iter().map(|stage| capital(stage)).collect();
    let share = |stage: &str, values: &[f64], all: f64| {
        order.iter().position(|name| *name == stage).map_or(0.0, |place| values[place] / all)
    };
    let mut finding = format!(
        "{} of customers are in decline and {} are gone as far as can be seen",
        percent(share("decline", &customers, all)),
        percent(share("terminated", &customers, all))
    );
    let mut chart = Shares::new("Customers by stage", &parts)
        .parts(emptor_chart::Parts::Kinds)
        .whole("Customers", &customers)
        .subtitle("On the day of observation, those who ever bought or had a contract.");
    if is_worth {
        chart = chart.whole("Lifetime value", &value);
        finding += &format!(
            "; these two hold {} of lifetime value",
            percent(share("decline", &value, worth) + share("terminated", &value, worth))
        );
    }
    Some(Block::chart("life-cycle-stages", chart.finding(finding + ".")))
}

/// Customers by stage, period by period.
fn over_time(frame: &DataFrame) -> Option<Block> {
    let (days, names, customers) = (periods(frame, "period_start"), texts(frame, "stage"), numbers(frame, "customers"));
    let all = distinct(&days);
    let shown = &all[all.len().saturating_sub(PERIODS)..];
    let order = stages(&names);
    if shown.len() < 2 || order.len() < 2 {
        return None;
    }
    let of = |stage: &str, day: &String| {
        (0..days.len()).find(|&row| names[row] == stage && days[row] == *day).map_or(0.0, |row| customers[row])
    };
    let rows = |stage: &str| -> Vec<f64> { shown.iter().map(|day| of(stage, day)).collect() };
    let held = |day: &String| ["formation", "stability"].iter().map(|stage| of(stage, day)).sum::<f64>();
    let (before, last) = (&shown[shown.len() - 2], &shown[shown.len() - 1]);
    let chart = order
        .iter()
        .fold(Columns::stacked("Stages over time", Axis::new("Customers", Unit::number()), shown), |chart, stage| {
            chart.series(capital(stage), &rows(stage))
        })
        .subtitle("Customers in each stage at the end of each period, by its first day.")
        .finding(format!(
            "{} customers are in formation or stable in the period from {last}; in the one before it were {}.",
            count(held(last) as usize),
            count(held(before) as usize)
        ))
        .note("Whoever ever bought stays in the picture: the column of those who are gone can only be won back from.");
    Some(Block::chart("life-cycle-over-time", chart))
}

/// Which stage follows which.
fn moves(frame: &DataFrame) -> Option<Block> {
    let (from, to, p) = (texts(frame, "from"), texts(frame, "to"), numbers(frame, "p"));
    let (rows, columns) = (stages(&from), stages(&to));
    if rows.len() < 2 {
        return None;
    }
    let of =
        |a: &str, b: &str| (0..from.len()).find(|&row| from[row] == a && to[row] == b).map_or(f64::NAN, |row| p[row]);
    let cells: Vec<Vec<f64>> = rows.iter().map(|a| columns.iter().map(|b| of(a, b)).collect()).collect();
    let names = |stages: &[&str]| -> Vec<String> { stages.iter().map(|stage| capital(stage)).collect() };
    let mut chart = Heatmap::new("Which stage follows", Unit::percent(), &names(&rows), &names(&columns))
        .cells(&cells)
        .names("From", "One period later")
        .subtitle("Share of customers of a stage, over all customers and periods; each row adds up to 100 %.");
    let told: Vec<String> = [
        ("stability", "stability", "of the stable are stable one period later"),
        ("decline", "terminated", "of those in decline are gone one period later"),
        ("terminated", "recovery", "of those who were gone come back"),
    ]
    .into_iter()
    .filter(|(from, to, _)| of(from, to).is_finite())
    .map(|(from, to, what)| format!("{} {what}", percent(of(from, to))))
    .collect();
    if !told.is_empty() {
        chart = chart.finding(format!("{}.", told.join("; ")));
    }
    Some(Block::chart("life-cycle-moves", chart))
}

/// How stages and grades go together.
fn grades(frame: &DataFrame) -> Option<Block> {
    let (stage, grade, share, n) =
        (texts(frame, "stage"), texts(frame, "grade"), numbers(frame, "share_of_grade"), numbers(frame, "customers"));
    let mut columns = distinct(&grade);
    columns.retain(|name| !name.is_empty());
    let rows: Vec<&str> = stages(&stage)
        .into_iter()
        .filter(|name| (0..stage.len()).any(|row| stage[row] == *name && !grade[row].is_empty()))
        .collect();
    columns.sort();
    if rows.len() < 2 || columns.len() < 2 {
        return None;
    }
    let find = |a: &str, b: &String| (0..stage.len()).find(|&row| stage[row] == a && grade[row] == *b);
    let cells: Vec<Vec<f64>> =
        rows.iter().map(|a| columns.iter().map(|b| find(a, b).map_or(f64::NAN, |row| share[row])).collect()).collect();
    let best = &columns[0];
    let of_best = |name: &str| find(name, best).map_or(0.0, |row| n[row]);
    let names: Vec<String> = rows.iter().map(|name| capital(name)).collect();
    let chart = Heatmap::new("Stages within grades", Unit::percent(), &names, &columns)
        .cells(&cells)
        .names("Stage", "Grade")
        .subtitle("Share of each grade's customers in each stage.")
        .finding(format!(
            "Of the customers of grade {best}, {} are in decline and {} are gone as far as can be seen.",
            count(of_best("decline") as usize),
            count(of_best("terminated") as usize)
        ));
    Some(Block::chart("life-cycle-grades", chart))
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::df;

    use super::*;

    type Outcome = Result<(), Box<dyn Error>>;

    #[test]
    fn shares_of_stages_leave_out_who_has_not_bought_yet() -> Outcome {
        let frame = df!(
            "stage" => ["prospect", "exploration", "decline", "terminated"], "customers" => [900, 50, 30, 20],
            "ltv_total" => [Some(0.0), Some(60.0), Some(40.0), None]
        )?;
        let Some(Block::Chart { name, chart }) = now(&frame) else { return Err("no chart".into()) };
        chart.inline(&name)?;
        let says = "30 % of customers are in decline and 20 % are gone as far as can be seen; these two hold 40 % of lifetime value.";
        assert_eq!(chart.caption().finding, says);
        Ok(())
    }

    #[test]
    fn tables_that_know_nothing_make_no_chart() -> Outcome {
        for frame in [df!("a" => [1])?, df!("a" => Vec::<i64>::new())?] {
            assert!(now(&frame).is_none() && over_time(&frame).is_none());
            assert!(moves(&frame).is_none() && grades(&frame).is_none());
        }
        Ok(())
    }
}
