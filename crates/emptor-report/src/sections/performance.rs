//! Performance: what was sold.

use emptor_chart::{Axis, Bars, Columns, Heatmap, Row, Unit, Waterfall};
use emptor_core::profile::{P, Section};
use polars::prelude::DataFrame;

use super::frames::Mark::{Step, Total};
use super::frames::{at, bridge, distinct, only, periods, signed, table};
use super::{Made, p};
use crate::block::Block;
use crate::grid::{Grid, Pick};
use crate::material::Material;
use crate::read::{numbers, rows_where, texts};
use crate::words::{UNKNOWN, Words, percent};

/// Channels with a colour of their own; the others are one.
const CHANNELS: usize = 5;
/// Rows and columns of a map at most.
const MEMBERS: usize = 12;
/// Periods drawn at most.
const PERIODS: usize = 24;
/// The total of a cube.
const ALL: &str = "__total__";

pub(super) fn part(material: &Material<'_>, words: &Words) -> Made {
    p::part("performance", P::Performance, material, words, blocks, &[])
}

fn blocks(section: &Section, words: &Words) -> Vec<Block> {
    let cube = table(section, "perf_cube");
    [
        table(section, "channel_perf")
            .and_then(|frame| revenue(frame, words))
            .or_else(|| cube.and_then(|frame| revenue(&totals(frame)?, words))),
        table(section, "perf_pvm").and_then(|frame| causes(frame, words)),
        table(section, "like_for_like").and_then(|frame| like_for_like(frame, words)),
        cube.and_then(|frame| map(frame, words)),
        table(section, "plan_actual").and_then(plan),
        members(section, words),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The name of a member as people read it.
fn named(member: &str) -> &str {
    match member {
        "__unknown__" | "" => "not known",
        "__anonymous__" => "nobody known",
        "__other__" => "others",
        ALL => "all",
        name => name,
    }
}

/// The totals of the periods of a cube.
fn totals(frame: &DataFrame) -> Option<DataFrame> {
    let periods = rows_where(frame, "period_start", |day| !day.is_empty()).ok()?;
    dimensions(frame).iter().try_fold(periods, |frame, name| only(&frame, name, ALL))
}

/// Revenue by period and channel.
fn revenue(frame: &DataFrame, words: &Words) -> Option<Block> {
    let (channels, days, amounts) =
        (texts(frame, "channel"), periods(frame, "period_start"), numbers(frame, "net_rev"));
    let mut all = distinct(&days);
    all.sort();
    let shown = all.split_off(all.len().saturating_sub(PERIODS));
    if shown.len() < 2 {
        return None;
    }
    let known = |row: usize| if amounts[row].is_finite() { amounts[row] } else { 0.0 };
    let sum = |channel: &str| -> f64 { (0..channels.len()).filter(|&row| channels[row] == channel).map(known).sum() };
    let mut ranked = distinct(&channels);
    ranked.sort_by(|a, b| sum(b).total_cmp(&sum(a)));
    let by_period = |is_of: &dyn Fn(&str) -> bool| -> Vec<f64> {
        let of =
            |day: &String| (0..days.len()).filter(|&row| days[row] == *day && is_of(&channels[row])).map(known).sum();
        shown.iter().map(of).collect()
    };
    let most = if ranked.len() <= CHANNELS + 1 { ranked.len() } else { CHANNELS };
    let mut chart = Columns::stacked("Net revenue by period", Axis::new("Net revenue", words.unit()), &shown);
    for channel in &ranked[..most] {
        let name = if channel.is_empty() { "net revenue" } else { named(channel) };
        chart = chart.series(name, &by_period(&|name| name == channel.as_str()));
    }
    if most < ranked.len() {
        chart = chart.series("others", &by_period(&|name| ranked[most..].iter().any(|other| other == name)));
    }
    let totals = by_period(&|_| true);
    let partial = cut_periods(frame, &days);
    let whole: Vec<usize> = (0..shown.len()).filter(|&i| !partial.contains(&shown[i])).collect();
    let best = *whole.iter().max_by(|&&a, &&b| totals[a].total_cmp(&totals[b]))?;
    let least = *whole.iter().min_by(|&&a, &&b| totals[a].total_cmp(&totals[b]))?;
    let all: f64 = totals.iter().sum();
    let mut finding = format!(
        "The best {}period was {} with {}, the weakest {} with {}",
        if whole.len() < shown.len() { "whole " } else { "" },
        shown[best],
        words.short(totals[best]),
        shown[least],
        words.short(totals[least])
    );
    if ranked.len() > 1 && all > 0.0 {
        let share = by_period(&|name| name == ranked[0].as_str()).iter().sum::<f64>() / all;
        finding += &format!("; {} brings {} of all", named(&ranked[0]), percent(share));
    }
    let chart = chart
        .subtitle(if ranked.len() > 1 {
            "Net revenue of the window by channel, returns taken off."
        } else {
            "Net revenue of the window, returns taken off."
        })
        .finding(finding + ".");
    let chart = match &partial[..] {
        [] => chart,
        cut => chart.note(format!("Only a part of {} lies in the window.", cut.join(" and "))),
    };
    Some(Block::chart("performance-revenue", chart))
}

/// Periods of which the window holds a part only.
fn cut_periods(frame: &DataFrame, days: &[String]) -> Vec<String> {
    let mut cut: Vec<String> = match frame.column("is_partial").and_then(|column| column.bool()) {
        Ok(flags) => {
            flags.iter().zip(days).filter(|(flag, _)| *flag == Some(true)).map(|(_, day)| day.clone()).collect()
        }
        Err(_) => Vec::new(),
    };
    cut.sort();
    cut.dedup();
    cut
}

/// Volume, mix and price.
fn causes(frame: &DataFrame, words: &Words) -> Option<Block> {
    let all = only(frame, "node", ALL)?;
    let of = |column: &str| at(&all, column, 0);
    let steps = [
        ("More or fewer units", of("volume")),
        ("Mix of products", of("mix")),
        ("Prices", of("price")),
        ("New products", of("new")),
        ("Products given up", of("lost")),
        ("Exchange rates", of("fx")),
        ("Credits, fees, rest", of("other")),
    ];
    let (r0, r1) = (of("r0"), of("r1"));
    let (name, most) = steps.iter().copied().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
    let marks: Vec<_> = std::iter::once(("Window before", Total(r0)))
        .chain(steps.iter().map(|(name, change)| (*name, Step(*change))))
        .chain(std::iter::once(("This window", Total(r1))))
        .collect();
    let chart = Waterfall::new("Why net revenue moved: volume, mix and price", words.unit())
        .subtitle("Net revenue of the window against that of the window before, by cause.")
        .note("Causes are arithmetic, not reasons: a higher price may have cost volume.");
    let chart = bridge(chart, &marks).filter(|_| r0 > 0.0)?.finding(format!(
        "Net revenue went from {} to {} ({}); the greatest step: {} ({}).",
        words.short(r0),
        words.short(r1),
        signed(percent(r1 / r0 - 1.0)),
        name.to_lowercase(),
        words.short(most)
    ));
    Some(Block::chart("performance-causes", chart))
}

/// Customers who stayed, came and went.
fn like_for_like(frame: &DataFrame, words: &Words) -> Option<Block> {
    let by = only(frame, "by", "customer")?;
    let of = |column: &str| at(&by, column, 0);
    let chart = Waterfall::new("Growth by those who stayed, came and went", words.unit()).subtitle(
        "Net revenue of the window against that of the window before, by customers of both, of one, and of neither.",
    );
    let (same, growth) = (of("same_r1") - of("same_r0"), of("same_growth"));
    let chart = bridge(
        chart,
        &[
            ("Window before", Total(of("r0"))),
            ("Customers of both", Step(same)),
            ("Who came", Step(of("gained"))),
            ("Who stayed away", Step(of("lost"))),
            ("Nobody known, returns", Step(of("other"))),
            ("This window", Total(of("r1"))),
        ],
    )?;
    let chart = if growth.is_finite() && of("growth").is_finite() {
        chart.finding(format!(
            "Like for like, revenue changed by {}; in all by {}.",
            signed(percent(growth)),
            signed(percent(of("growth")))
        ))
    } else {
        chart
    };
    (of("r0") > 0.0).then(|| Block::chart("performance-like-for-like", chart))
}

/// The dimensions of the cube: its text columns.
fn dimensions(frame: &DataFrame) -> Vec<String> {
    let names = frame.get_column_names().into_iter().map(|name| name.to_string());
    names.take_while(|name| name != "period_start").collect()
}

/// The whole window: the rows without a period.
fn whole(frame: &DataFrame) -> Option<DataFrame> {
    rows_where(frame, "period_start", str::is_empty).ok().filter(|frame| frame.height() > 0)
}

/// Two dimensions of the cube against each other.
fn map(frame: &DataFrame, words: &Words) -> Option<Block> {
    let names = dimensions(frame);
    let [down, across] = names.get(..2)? else { return None };
    let window = names[2..].iter().try_fold(whole(frame)?, |frame, other| only(&frame, other, ALL))?;
    let (rows, columns) = (texts(&window, down), texts(&window, across));
    let (amounts, moved) = (numbers(&window, "net_rev"), numbers(&window, "contribution"));
    let greatest = |own: &[String], other: &[String]| -> Vec<String> {
        let mut members: Vec<usize> =
            (0..own.len()).filter(|&row| own[row] != ALL && other[row] == ALL && amounts[row].is_finite()).collect();
        members.sort_by(|&a, &b| amounts[b].total_cmp(&amounts[a]));
        members.into_iter().take(MEMBERS).map(|row| own[row].clone()).collect()
    };
    let (downs, acrosses) = (greatest(&rows, &columns), greatest(&columns, &rows));
    if downs.len() < 2 || acrosses.len() < 2 {
        return None;
    }
    let find = |a: &String, b: &String| (0..rows.len()).find(|&row| rows[row] == *a && columns[row] == *b);
    let cells = |values: &[f64]| -> Vec<Vec<f64>> {
        let of = |a: &String, b: &String| find(a, b).map_or(f64::NAN, |row| values[row]);
        downs.iter().map(|a| acrosses.iter().map(|b| of(a, b)).collect()).collect()
    };
    let names = |members: &[String]| -> Vec<String> { members.iter().map(|name| named(name).to_owned()).collect() };
    let title = format!("Where revenue grew: {} by {}", down.replace('_', " "), across.replace('_', " "));
    let revenue = cells(&amounts);
    let growth = cells(&moved);
    let is_cell = |row: &usize| rows[*row] != ALL && columns[*row] != ALL;
    let best = |values: &[f64]| {
        (0..rows.len())
            .filter(is_cell)
            .filter(|&row| values[row].is_finite())
            .max_by(|&a, &b| values[a].total_cmp(&values[b]))
    };
    let place = |row: usize| format!("{} by {}", named(&rows[row]), named(&columns[row]));
    let chart = match best(&moved) {
        Some(row) => Heatmap::new(title, Unit::percent(), &names(&downs), &names(&acrosses))
            .cells(&growth)
            .labels(&revenue.iter().map(|row| row.iter().map(|x| label(*x, words)).collect()).collect::<Vec<Vec<String>>>())
            .around(0.0)
            .subtitle("In the cells: net revenue of the window. Colour: points of the growth of all revenue that come from the cell.")
            .finding(format!(
                "{} moved revenue up most: {} of growth, to {}.",
                place(row),
                points(moved[row]),
                words.short(amounts[row])
            )),
        None => {
            let row = best(&amounts)?;
            Heatmap::new(title.replace("grew", "comes from"), words.unit(), &names(&downs), &names(&acrosses))
                .cells(&revenue)
                .subtitle("Net revenue of the window.")
                .finding(format!("{} brings most: {}.", place(row), words.short(amounts[row])))
        }
    };
    Some(Block::chart("performance-map", chart.names(down.replace('_', " "), across.replace('_', " "))))
}

/// A part of growth, in points.
fn points(share: f64) -> String {
    if share.is_finite() {
        signed(format!("{:.1} points", 100.0 * share).replace('-', "−"))
    } else {
        UNKNOWN.to_owned()
    }
}

fn label(amount: f64, words: &Words) -> String {
    if amount.is_finite() { words.short(amount) } else { String::new() }
}

/// Targets of the last period that is over.
fn plan(frame: &DataFrame) -> Option<Block> {
    let (ends, entities, measures) = (texts(frame, "period_end"), texts(frame, "entity"), texts(frame, "measure"));
    let (reached, elapsed) = (numbers(frame, "attainment"), numbers(frame, "elapsed"));
    let over: Vec<usize> = (0..ends.len()).filter(|&row| reached[row].is_finite() && elapsed[row] >= 1.0).collect();
    let last = over.iter().map(|&row| &ends[row]).max()?;
    let mut rows: Vec<usize> = over.iter().copied().filter(|&row| ends[row] == *last).collect();
    rows.sort_by(|&a, &b| reached[b].total_cmp(&reached[a]));
    let met = rows.iter().filter(|&&row| reached[row] >= 1.0).count();
    let chart = rows
        .iter()
        .fold(Bars::new("Targets reached", Unit::percent()).reference(1.0, "target"), |chart, &row| {
            chart.push(Row::new(named(&entities[row]), reached[row]).note(measure(&measures[row])))
        })
        .most(16)
        .measure("Actual by target")
        .subtitle(format!("Targets of the periods that ended on {last}, the last that are over."))
        .finding(format!("{met} of {} targets were reached.", rows.len()));
    Some(Block::chart("performance-plan", chart))
}

fn measure(name: &str) -> String {
    match name {
        "net_rev" => "net revenue".to_owned(),
        "cm1" => "gross profit".to_owned(),
        "cm2" => "contribution margin".to_owned(),
        name => name.replace('_', " "),
    }
}

/// The members of each dimension over the window.
fn members(section: &Section, words: &Words) -> Option<Block> {
    let table = section.table("perf_cube")?;
    let names = dimensions(&table.frame);
    let window = whole(&table.frame)?;
    let mut grid = Grid::new(
        "What was sold, and what moved",
        &["dimension", "member"],
        &["net revenue", "share", "growth", "part of all growth", "orders", "customers", "revenue per order"],
    );
    grid.about = "The window, against the window before; the greatest members of each dimension.".to_owned();
    let mut all = 0;
    for name in &names {
        let Some(frame) = names
            .iter()
            .filter(|other| *other != name)
            .try_fold(rows_where(&window, name, |member| member != ALL).ok()?, |frame, other| only(&frame, other, ALL))
        else {
            continue;
        };
        let pick = Pick {
            columns: &["net_rev", "share", "growth", "contribution", "orders", "customers", "aov"],
            most: frame.height(),
            ..Pick::default()
        };
        let cells = Grid::of_frame(&frame, &table.columns, pick, words).ok()?;
        let (own, amounts, moved) = (texts(&frame, name), numbers(&frame, "net_rev"), numbers(&frame, "contribution"));
        let place = cells.headings.iter().position(|heading| heading.name == "contribution");
        let mut rows: Vec<usize> = (0..frame.height()).collect();
        rows.sort_by(|&a, &b| amounts[b].total_cmp(&amounts[a]));
        all += rows.len();
        for row in rows.into_iter().take(MEMBERS.min(20 / names.len().max(1))) {
            let mut cells = cells.rows[row].clone();
            if let Some(cell) = place.and_then(|place| cells.get_mut(place)) {
                *cell = points(moved[row]);
            }
            grid.row([name.replace('_', " "), named(&own[row]).to_owned()].into_iter().chain(cells));
        }
    }
    grid.all_rows = all.max(grid.rows.len());
    (!grid.rows.is_empty()).then_some(Block::Table(grid))
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::df;

    use super::super::testing::{finding, words};
    use super::*;

    type Outcome = Result<(), Box<dyn Error>>;

    #[test]
    fn targets_are_those_that_ended_last() -> Outcome {
        let frame = df!(
            "entity" => ["R1", "R1", "R2", "R3"], "measure" => ["net_rev"; 4], "elapsed" => [1.0, 1.0, 1.0, 0.5],
            "period_end" => ["2024-09-30", "2024-12-31", "2024-12-31", "2025-03-31"], "attainment" => [2.0, 1.1, 0.8, 3.0]
        )?;
        assert_eq!(finding(plan(&frame))?, "1 of 2 targets were reached.");
        Ok(())
    }

    #[test]
    fn growth_is_not_told_without_a_window_before() -> Outcome {
        let causes_of = |r0: f64, volume: f64| {
            df!("node" => ["__total__"], "r0" => [r0], "r1" => [150.0], "volume" => [volume], "mix" => [0.0], "price" => [-10.0],
                "new" => [0.0], "lost" => [0.0], "fx" => [0.0], "other" => [0.0])
        };
        assert_eq!(
            finding(causes(&causes_of(100.0, 60.0)?, &words()))?,
            "Net revenue went from €100 to €150 (+50 %); the greatest step: more or fewer units (€60)."
        );
        assert!(causes(&causes_of(0.0, 160.0)?, &words()).is_none());
        Ok(())
    }

    #[test]
    fn revenue_is_by_channel_and_says_its_best_period() -> Outcome {
        let frame = df!(
            "channel" => ["store", "store", "online", "online"], "net_rev" => [10.0, 20.0, 50.0, 70.0],
            "period_start" => ["2024-01-01", "2024-02-01", "2024-01-01", "2024-02-01"]
        )?;
        assert_eq!(
            finding(revenue(&frame, &words()))?,
            "The best period was 2024-02 with €90, the weakest 2024-01 with €60; online brings 80 % of all."
        );
        let frame = df!(
            "channel" => ["store"; 3], "net_rev" => [10.0, 20.0, 1.0], "is_partial" => [false, false, true],
            "period_start" => ["2024-01-01", "2024-02-01", "2024-03-01"]
        )?;
        assert_eq!(
            finding(revenue(&frame, &words()))?,
            "The best whole period was 2024-02 with €20, the weakest 2024-01 with €10."
        );
        Ok(())
    }

    #[test]
    fn tables_that_know_nothing_make_no_chart() -> Outcome {
        for frame in [df!("a" => [1])?, df!("a" => Vec::<i64>::new())?] {
            assert!(revenue(&frame, &words()).is_none() && causes(&frame, &words()).is_none());
            assert!(
                like_for_like(&frame, &words()).is_none() && map(&frame, &words()).is_none() && plan(&frame).is_none()
            );
        }
        Ok(())
    }
}
