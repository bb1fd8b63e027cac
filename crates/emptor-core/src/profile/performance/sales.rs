//! `perf_cube`: sales by dimensions and periods, with growth and where it came from.

use std::collections::BTreeMap;

use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, Series};

use super::cube::{
    Cell, Cube, Dimension, Measure, Move, Row, compare, measure_column, measure_spec, member_columns, member_spec,
};
use super::ground::Ground;
use crate::columns::{ColumnSpec, column};
use crate::profile::words::{change_percent, money, percent, points};
use crate::profile::{Coverage, Finding, Gap, Need, ProfileError, ResultTable, Section};

const MEASURES: [Measure; 5] = [Measure::NetRevenue, Measure::Cm1, Measure::Units, Measure::Orders, Measure::Customers];

/// Members beside periods, `None` for all.
type Members = Vec<Option<String>>;
/// Cells of one level and one period (`None` for the window), by members.
type Level = BTreeMap<Members, Cell>;
/// Which dimensions are kept, and which period.
type Place = (Vec<bool>, Option<usize>);

pub(super) fn tables(ground: &mut Ground<'_>, section: &mut Section) -> Result<(), ProfileError> {
    let mut dimensions = Vec::new();
    for dimension in &ground.settings.dimensions {
        let needs = dimension.missing(ground.input);
        if needs.is_empty() {
            dimensions.push(*dimension);
        } else {
            section.gaps.push(Gap::new("perf_cube", needs, format!("sales cannot be told apart by {dimension}")));
        }
    }
    if !ground.input.tables.products().is_some_and(emptor_table::Products::has_cost) {
        let needs = vec![Need::column("products", "unit_cost")];
        section.gaps.push(Gap::new("perf_cube.cm1", needs, "no margin without product costs"));
    }
    let reason = "cost to serve is known of customers and products, not of cells of the cube";
    section.gaps.push(Gap::new("perf_cube.cm2", Vec::new(), reason));
    dimensions.push(Dimension::Period(ground.input.window.grain()));
    let now = ground.now(&dimensions)?;
    let then = if ground.has_base() { Some(ground.then(&dimensions)?) } else { None };
    let (rows, moves, known) = compared(&now, then.as_deref());
    let mut table = table(&dimensions, &now, &rows, &moves, &known)?;
    let all = now.cell(&[]).unwrap_or_default();
    let covered = all.sums.costed_sales.value();
    table = table.with_coverage(Coverage::new(
        (all.sums.with_cost as usize, all.sums.lines as usize),
        (covered, all.sums.sales.value()),
    ));
    if let Some(share) = Measure::CostCoverage.of(&all).filter(|share| *share < ground.settings.min_coverage) {
        table = table.with_flag(format!("low_support: cost known of {} of sales", percent(share)));
    }
    if let Some(late) = ground.late_base() {
        table = table.with_flag(late);
    }
    if all.customers < ground.settings.min_n {
        table = table.with_flag(format!("low_support: n = {}", all.customers));
    }
    section.tables.push(table);
    findings(&dimensions, &rows, &moves, ground, section);
    Ok(())
}

/// Cells of all levels, by level and period.
fn levels(cube: &Cube) -> BTreeMap<Place, Level> {
    let mut levels: BTreeMap<Place, Level> = BTreeMap::new();
    for row in cube.rows() {
        let mut members = row.members;
        let period = members.pop().flatten();
        let period = period.and_then(|start| cube.periods().iter().position(|p| p.start.to_string() == start));
        let kept = members.iter().map(Option::is_some).collect();
        levels.entry((kept, period)).or_default().insert(members, row.cell);
    }
    levels
}

/// Every row with its move against the period before, and whether there is such a period.
fn compared(now: &Cube, then: Option<&Cube>) -> (Vec<Row>, Vec<Move>, Vec<bool>) {
    let current = levels(now);
    let earlier = then.map(levels).unwrap_or_default();
    // The period just before the first one, if the earlier window holds all of it.
    let last = then.and_then(|then| Some((then.periods().len().checked_sub(1)?, then.periods().last()?)));
    let first = now.periods().first();
    let adjoining = last.filter(|(_, last)| {
        !last.is_partial && first.is_some_and(|first| !first.is_partial && last.end.plus_days(1) == first.start)
    });
    let (mut rows, mut moves, mut known) = (Vec::new(), Vec::new(), Vec::new());
    for ((kept, period), level) in &current {
        let whole = |p: usize| now.periods().get(p).is_some_and(|period| !period.is_partial);
        let at = |period| (kept.clone(), period);
        let base = match period {
            None => then.map(|_| earlier.get(&at(None))),
            Some(0) => adjoining.map(|(last, _)| earlier.get(&at(Some(last)))),
            Some(p) => (whole(*p) && whole(p - 1)).then(|| current.get(&at(Some(p - 1)))),
        };
        let old = base.flatten();
        let mut members: Vec<&Members> = level.keys().chain(old.iter().flat_map(|old| old.keys())).collect();
        members.sort_unstable();
        members.dedup();
        let net = |level: Option<&Level>, of: &Members| {
            level.and_then(|level| level.get(of)).map_or(0.0, |cell| cell.sums.net.value())
        };
        let before: Vec<f64> = members.iter().map(|of| net(old, of)).collect();
        let after: Vec<f64> = members.iter().map(|of| net(Some(level), of)).collect();
        moves.extend(compare(&before, &after));
        for of in members {
            let mut members = of.clone();
            members.push(period.and_then(|p| now.periods().get(p)).map(|period| period.start.to_string()));
            rows.push(Row::new(members, level.get(of).copied().unwrap_or_default()));
            known.push(base.is_some());
        }
    }
    (rows, moves, known)
}

fn table(
    dimensions: &[Dimension],
    now: &Cube,
    rows: &[Row],
    moves: &[Move],
    known: &[bool],
) -> Result<ResultTable, ProfileError> {
    let mut columns = member_columns(dimensions, rows)?;
    let mut specs: Vec<ColumnSpec> = dimensions.iter().map(|dimension| member_spec(*dimension)).collect();
    for measure in MEASURES {
        columns.push(measure_column(measure, rows)?);
        specs.push(measure_spec(measure));
        if measure == Measure::Cm1 {
            columns.push(numbers("cm2", rows.iter().map(|_| None)));
            specs.push(column("cm2", "currency", "cm1 less cost to serve; not known by cell"));
        }
    }
    columns.push(measure_column(Measure::Aov, rows)?);
    specs.push(measure_spec(Measure::Aov));
    let based = |of: fn(&Move) -> Option<f64>| {
        numbers("", moves.iter().zip(known).map(move |(cell, known)| of(cell).filter(|_| *known)))
    };
    let more: [(Column, ColumnSpec); 5] = [
        (
            based(|cell| cell.growth),
            column(
                "growth",
                "share",
                "growth of net revenue against the period before; for all periods, against the window before",
            ),
        ),
        (
            based(|cell| cell.contribution),
            column(
                "contribution",
                "share points",
                "part of the growth of the total that comes from here; a level adds up to it",
            ),
        ),
        (
            numbers("share", moves.iter().map(|cell| cell.share)),
            column("share", "share", "part of the net revenue of the level in the period"),
        ),
        (based(|cell| cell.share_change), column("share_change", "share points", "change of the share")),
        (based(|cell| cell.index), column("index", "100 = period before", "net revenue, the period before being 100")),
    ];
    for (values, spec) in more {
        columns.push(values.with_name(spec.name.into()));
        specs.push(spec);
    }
    let ranks: Vec<i64> = moves.iter().map(|cell| cell.rank as i64).collect();
    let gained: Vec<Option<i64>> =
        moves.iter().zip(known).map(|(cell, known)| known.then_some(cell.rank_change)).collect();
    let partial = |row: &Row| {
        let start = row.members.last().and_then(|start| start.as_deref());
        now.periods().iter().any(|period| period.is_partial && Some(period.start.to_string().as_str()) == start)
    };
    columns.push(Series::new("rank".into(), ranks).into_column());
    columns.push(Series::new("rank_change".into(), gained).into_column());
    columns.push(Series::new("is_partial".into(), rows.iter().map(partial).collect::<Vec<_>>()).into_column());
    specs.extend([
        column("rank", "place", "rank by net revenue within the level and period, 1 the greatest"),
        column("rank_change", "places", "places gained against the period before, negative if lost"),
        column("is_partial", "", "whether the window covers a part of the period only"),
    ]);
    let about = "One row per member of each dimension and period, and per total over any of them: what was sold.";
    Ok(ResultTable::new("perf_cube", about, DataFrame::new(rows.len(), columns)?, specs)?)
}

fn numbers(name: &str, values: impl Iterator<Item = Option<f64>>) -> Column {
    Series::new(name.into(), values.collect::<Vec<_>>()).into_column()
}

/// The member that moved the total most, of each dimension.
fn findings(dimensions: &[Dimension], rows: &[Row], moves: &[Move], ground: &Ground<'_>, section: &mut Section) {
    if let Some(reason) = ground.no_comparison() {
        section.gaps.push(Gap::new("growth", Vec::new(), reason));
        return;
    }
    for (i, dimension) in dimensions.iter().enumerate().take(dimensions.len() - 1) {
        let alone = |row: &Row| row.members.iter().enumerate().all(|(j, member)| member.is_some() == (i == j));
        let level = rows.iter().zip(moves).filter(|(row, _)| alone(row));
        let most = level
            .filter_map(|(row, cell)| Some((row.members[i].as_deref()?, cell, cell.contribution?)))
            .max_by(|a, b| a.2.abs().total_cmp(&b.2.abs()).then_with(|| b.0.cmp(a.0)));
        let Some((member, cell, contribution)) = most else { continue };
        let how = cell.growth.map_or_else(|| "new".to_owned(), change_percent);
        let headline = format!(
            "Of all members of {dimension}, {member} moved net revenue most: from {} to {} ({how}), {} of the \
             growth of the total; its share is now {}.",
            money(cell.before),
            money(cell.after),
            points(contribution),
            cell.share.map_or_else(|| "not defined".to_owned(), percent),
        );
        let few = rows.iter().find(|row| row.members.iter().all(Option::is_none));
        let finding = Finding::new("perf_cube", (0.4 + contribution.abs()).min(0.85), headline)
            .faint_if(few.is_some_and(|row| row.cell.customers < ground.settings.min_n));
        section.findings.push(match ground.caveat() {
            Some(caveat) => finding.with_caveat(caveat),
            None => finding,
        });
    }
}
