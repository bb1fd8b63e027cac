//! `partner_score` and `distribution`: partners, and in which outlets things are sold.

use std::collections::BTreeMap;

use super::cube::{Cell, Dimension, Measure, Row, UNKNOWN};
use super::distribution::{Distribution, Outlet};
use super::ground::{Ground, dated};
use crate::profile::words::percent;
use crate::profile::{Finding, Gap, ProfileError, ResultTable, Section};
use crate::table::{Of, count, frame, known, number, specs, text};

struct Partner {
    partner: String,
    start: String,
    cell: Cell,
    all: f64,
    reach: Option<Distribution>,
}

const PARTNERS: &[Of<[Partner]>] = &[
    text("partner", "", "the partner; __unknown__ where lines do not say", |of, row| Some(of[row].partner.clone())),
    text("period_start", "day", "first day of the period", |of, row| Some(of[row].start.clone())),
    number("net_rev", "currency", "net revenue", |of, row| of[row].cell.sums.net.value()),
    known("cm2", "currency", "contribution margin after cost to serve; not known by partner", |_, _| None),
    known("cts", "currency", "cost to serve; not known by partner", |_, _| None),
    count("customers", "customers", "different customers who bought", |of, row| Some(of[row].cell.customers)),
    known("coverage", "share", "active outlets as a share of the universe (numeric distribution)", |of, row| {
        of[row].reach.and_then(|reach| reach.numeric)
    }),
    known("weighted_distribution", "share", "the same, outlets counted by their weight", |of, row| {
        of[row].reach.and_then(|reach| reach.weighted)
    }),
    count("outlets", "outlets", "outlets of the universe with sales", |of, row| {
        of[row].reach.map(|reach| reach.active)
    }),
    known("share", "share", "part of net revenue of the period", |of, row| {
        (of[row].all > 0.0).then(|| of[row].cell.sums.net.value() / of[row].all)
    }),
    known("cm1", "currency", "net revenue less product cost, of lines whose cost is known", |of, row| {
        Measure::Cm1.of(&of[row].cell)
    }),
    count("orders", "orders", "different orders", |of, row| Some(of[row].cell.orders)),
    known("return_rate", "share", "returns as a share of sales", |of, row| Measure::ReturnRate.of(&of[row].cell)),
];

struct Reach {
    by: &'static str,
    member: String,
    of: Distribution,
}

const REACH: &[Of<[Reach]>] = &[
    text("dimension", "", "what is distributed: category, brand or region", |of, row| Some(of[row].by.to_owned())),
    text("member", "", "its member", |of, row| Some(of[row].member.clone())),
    count("outlets", "outlets", "outlets of the universe with sales of it", |of, row| Some(of[row].of.active)),
    count("universe", "outlets", "outlets of the universe", |of, row| Some(of[row].of.universe)),
    known("numeric", "share", "numeric distribution: outlets / universe", |of, row| of[row].of.numeric),
    known("weighted", "share", "weighted distribution: their weight / weight of the universe", |of, row| {
        of[row].of.weighted
    }),
];

/// The outlets of the market: those given, else those that sold anything in the window, by net revenue.
fn universe(ground: &mut Ground<'_>) -> Result<Vec<Outlet>, ProfileError> {
    if !ground.settings.universe.is_empty() || !ground.has(Dimension::Place) {
        return Ok(ground.settings.universe.clone());
    }
    let places = ground.sums_now(&[Dimension::Place])?.level(&[Dimension::Place]);
    let outlet = |row: Row| {
        let place = row.members.into_iter().next().flatten().filter(|place| place != UNKNOWN)?;
        (row.cell.sums.sales.value() > 0.0).then(|| Outlet { place, weight: row.cell.sums.net.value().max(0.0) })
    };
    Ok(places.into_iter().filter_map(outlet).collect())
}

/// The places with sales, by what the other dimensions say.
fn selling(rows: Vec<Row>, place: usize) -> BTreeMap<Vec<Option<String>>, Vec<String>> {
    let mut selling: BTreeMap<Vec<Option<String>>, Vec<String>> = BTreeMap::new();
    for mut row in rows.into_iter().filter(|row| row.cell.sums.sales.value() > 0.0) {
        if let Some(place) = row.members.remove(place) {
            selling.entry(row.members).or_default().push(place);
        }
    }
    selling
}

pub(super) fn tables(ground: &mut Ground<'_>, section: &mut Section) -> Result<(), ProfileError> {
    let universe = universe(ground)?;
    let flag = if ground.settings.universe.is_empty() {
        "universe: outlets that sold anything in the window, by their net revenue"
    } else {
        "universe: as given"
    };
    let has_places = ground.has(Dimension::Place);
    let needs = Dimension::Partner.missing(ground.input);
    if needs.is_empty() {
        partners(ground, &universe, has_places, flag, section)?;
    } else {
        section.gaps.push(Gap::new("partner_score", needs, "lines do not say their partner"));
    }
    if !has_places {
        let needs = Dimension::Place.missing(ground.input);
        section.gaps.push(Gap::new("distribution", needs, "lines do not say their place"));
        return Ok(());
    }
    let mut rows = Vec::new();
    for dimension in [Dimension::Category, Dimension::Brand, Dimension::Region] {
        if ground.has(dimension) {
            let cube = ground.sums_now(&[dimension, Dimension::Place])?;
            for (member, places) in selling(cube.level(cube.dimensions()), 1) {
                let of = Distribution::of(&universe, places.iter().map(String::as_str));
                rows.extend(member.into_iter().flatten().map(|member| Reach { by: dimension.name(), member, of }));
            }
        }
    }
    if rows.is_empty() {
        let needs = Dimension::Category.missing(ground.input);
        section.gaps.push(Gap::new("distribution", needs, "nothing is known that could be distributed"));
        return Ok(());
    }
    let about = "One row per category, brand and region: in how many outlets it is sold, and how important they are.";
    let table = ResultTable::new(
        "distribution",
        about,
        frame(REACH, rows.as_slice(), rows.len())?,
        specs::<_, { REACH.len() }>(REACH).to_vec(),
    )?;
    section.tables.push(table.with_flag(flag));
    Ok(())
}

fn partners(
    ground: &mut Ground<'_>,
    universe: &[Outlet],
    has_places: bool,
    flag: &str,
    section: &mut Section,
) -> Result<(), ProfileError> {
    let time = Dimension::Period(ground.input.window.grain());
    let cube = ground.now(&[Dimension::Partner, time])?;
    let places = if has_places {
        let by = ground.sums_now(&[Dimension::Partner, time, Dimension::Place])?;
        Some(selling(by.level(by.dimensions()), 2))
    } else {
        None
    };
    let all: BTreeMap<Option<String>, f64> = cube
        .level(&[time])
        .into_iter()
        .map(|mut row| (row.members.pop().flatten(), row.cell.sums.net.value()))
        .collect();
    let mut rows = Vec::new();
    for row in cube.level(cube.dimensions()) {
        let reach = places.as_ref().map(|places| {
            let own = places.get(&row.members).map_or(&[] as &[String], Vec::as_slice);
            Distribution::of(universe, own.iter().map(String::as_str))
        });
        if let [Some(partner), Some(start)] = row.members.as_slice() {
            let all = all.get(&Some(start.clone())).copied().unwrap_or_default();
            rows.push(Partner { partner: partner.clone(), start: start.clone(), cell: row.cell, all, reach });
        }
    }
    let about = "One row per partner and period, by partner: sales, share, and reach over the outlets of the market.";
    let table = ResultTable::new(
        "partner_score",
        about,
        dated(frame(PARTNERS, rows.as_slice(), rows.len())?, &["period_start"])?,
        specs::<_, { PARTNERS.len() }>(PARTNERS).to_vec(),
    )?;
    section.tables.push(table.with_flag(flag));
    let reason = "cost to serve is known of customers and products, not of partners";
    section.gaps.push(Gap::new("partner_score.cm2", Vec::new(), reason));
    let whole = cube.level(&[Dimension::Partner]);
    let total: f64 = whole.iter().map(|row| row.cell.sums.net.value()).sum();
    let named = whole.iter().filter(|row| row.members.first().and_then(|name| name.as_deref()) != Some(UNKNOWN));
    let best = named.max_by(|a, b| a.cell.sums.net.cmp(&b.cell.sums.net));
    if let Some((name, net)) = best.and_then(|row| Some((row.members.first()?.clone()?, row.cell.sums.net.value())))
        && total > 0.0
    {
        let headline = format!("The greatest partner is {name} with {} of net revenue.", percent(net / total));
        section.findings.push(Finding::new("partner_score", (0.2 + net / total).min(0.6), headline));
    }
    Ok(())
}
