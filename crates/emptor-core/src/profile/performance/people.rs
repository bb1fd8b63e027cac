//! `rep_score`: representatives among peers.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use emptor_types::Date;
use polars::prelude::{DataType, PolarsResult, col};

use super::cube::{Dimension, Measure, UNKNOWN};
use super::ground::{Ground, dated};
use super::plan::Plan;
use super::scorecard::{Known, Kpi, Score, Scoring, score};
use crate::profile::lines::collect;
use crate::profile::words::{self, many, signed};
use crate::profile::{Finding, Gap, Need, ProfileError, ResultTable, Section};
use crate::statistics::median;
use crate::table::{Of, count, flag, frame, known, number, specs, text};

/// The peer group of those whose role is not known.
const NO_ROLE: &str = "__unknown__";

struct Line {
    rep: String,
    role: String,
    start: Date,
    of: Score,
    score: Option<f64>,
    low_support: bool,
}

const SCORES: &[Of<[Line]>] = &[
    text("rep_id", "", "the representative", |of, row| Some(of[row].rep.clone())),
    text("period_start", "day", "first day of the window", |of, row| Some(of[row].start.to_string())),
    text(
        "kpi",
        "",
        "attainment, net_rev, margin, win_rate, cycle_days, new_customer_share, overdue_share (of the number of invoices; \
         disputed ones are left out) or activity",
        |of, row| Some(of[row].of.known.kpi.to_string()),
    ),
    text("role", "", "the peer group", |of, row| Some(of[row].role.clone())),
    number("value", "unit of the kpi", "as measured", |of, row| of[row].of.known.value),
    count("n", "cases", "orders, lines, deals, customers, invoices or periods that it comes from", |of, row| {
        Some(of[row].of.known.n)
    }),
    known(
        "z",
        "robust standard deviations",
        "distance from the median of peers, positive where better; null with too few peers",
        |of, row| of[row].of.z,
    ),
    number("weight", "share", "weight in the score; weights of a representative add up to 1", |of, row| {
        of[row].of.weight
    }),
    known("contribution", "robust standard deviations", "weight x z; contributions add up to the score", |of, row| {
        of[row].of.contribution
    }),
    known("score", "robust standard deviations", "score of the representative", |of, row| of[row].score),
    number(
        "compared",
        "unit of the kpi",
        "what was compared: shares of few cases are drawn towards those of peers",
        |of, row| of[row].of.compared,
    ),
    flag("low_support", "", "whether a share comes from too few cases to stand for itself", |of, row| {
        of[row].low_support
    }),
];

/// Values by representative and measure.
type Values = BTreeMap<(String, Kpi), (f64, usize)>;

pub(super) fn tables(ground: &mut Ground<'_>, plans: &[Plan], section: &mut Section) -> Result<(), ProfileError> {
    let mut values = Values::new();
    sales(ground, &mut values, section)?;
    attainment(ground, plans, &mut values, section);
    opportunities(ground, &mut values, section)?;
    overdue(ground, &mut values, section)?;
    if values.is_empty() {
        let needs = vec![Need::column("transactions", "rep_id"), Need::column("opportunities", "rep_id")];
        section.gaps.push(Gap::new("rep_score", needs, "nothing says which representative did what"));
        return Ok(());
    }
    let roles = roles(ground)?;
    if roles.is_none() {
        let reason = "all representatives are compared with each other, whatever they do";
        section.gaps.push(Gap::new("rep_score.role", vec![Need::column("reps", "role")], reason));
    }
    let reps: Vec<String> = values.keys().map(|(rep, _)| rep.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    let role = |rep: &String| {
        let known = roles.as_ref().map(|roles| roles.get(rep).cloned().unwrap_or_else(|| NO_ROLE.to_owned()));
        known.unwrap_or_else(|| "all".to_owned())
    };
    let of: Vec<String> = reps.iter().map(role).collect();
    let known: Vec<Known> = values
        .iter()
        .filter_map(|((rep, kpi), (value, n))| {
            Some(Known { rep: reps.binary_search(rep).ok()?, kpi: *kpi, value: *value, n: *n })
        })
        .collect();
    let settings = ground.settings;
    let scoring = Scoring { enough: settings.min_n, min_peers: settings.min_peers, z_limit: settings.z_limit };
    let scores = score(&of, &known, |role, kpi| settings.weight(role, kpi), &scoring);
    let mut lines = Vec::new();
    for own in scores.chunk_by(|a, b| a.known.rep == b.known.rep) {
        let total = own.iter().any(|score| score.z.is_some());
        let total = total.then(|| own.iter().filter_map(|score| score.contribution).sum());
        lines.extend(own.iter().map(|score| Line {
            rep: reps[score.known.rep].clone(),
            role: of[score.known.rep].clone(),
            start: ground.input.window.from(),
            of: *score,
            score: total,
            low_support: score.known.kpi.is_share() && score.known.n < settings.min_n,
        }));
    }
    let about = "One row per representative and measure: the value, its distance from peers of the same role, and what it \
                 adds to the score.";
    let mut table = ResultTable::new(
        "rep_score",
        about,
        dated(frame(SCORES, lines.as_slice(), lines.len())?, &["period_start"])?,
        specs::<_, { SCORES.len() }>(SCORES).to_vec(),
    )?;
    let few: BTreeSet<&String> = lines.iter().filter(|line| line.of.z.is_none()).map(|line| &line.role).collect();
    for role in few {
        table = table
            .with_flag(format!("few_peers: some measures of role {role} have fewer than {} peers", settings.min_peers));
    }
    let shrunk = lines.iter().filter(|line| line.low_support).count();
    if shrunk > 0 {
        table = table.with_flag(format!("low_support: {shrunk} shares of fewer than {} cases", settings.min_n));
    }
    section.tables.push(table);
    findings(&lines, shrunk, ground, section);
    Ok(())
}

/// Net revenue, margin and new customers, from order lines.
fn sales(ground: &mut Ground<'_>, values: &mut Values, section: &mut Section) -> Result<(), ProfileError> {
    let needs = Dimension::Rep.missing(ground.input);
    if !needs.is_empty() {
        section.gaps.push(Gap::new("rep_score.net_rev", needs, "lines do not say who sold"));
        return Ok(());
    }
    let by = ground.now(&[Dimension::Rep])?;
    for row in by.level(&[Dimension::Rep]) {
        let Some(rep) = row.members.into_iter().next().flatten().filter(|rep| rep != UNKNOWN) else { continue };
        let sums = row.cell.sums;
        values.insert((rep.clone(), Kpi::NetRevenue), (sums.net.value(), row.cell.orders));
        let costed = sums.costed_net.value();
        if let Some(margin) = Measure::Cm1.of(&row.cell).filter(|_| costed > 0.0) {
            values.insert((rep, Kpi::Margin), (margin / costed, sums.with_cost as usize));
        }
    }
    let users = ground.users_of_reps();
    let mut customers: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for of in users.1.uses().iter().filter(|of| of.bought) {
        if let Some(rep) = users.0.get(of.member as usize).filter(|rep| *rep != UNKNOWN) {
            let own = customers.entry(rep).or_default();
            own.1 += 1;
            own.0 += usize::from(!ground.known_before.get(of.customer as usize).copied().unwrap_or_default());
        }
    }
    for (rep, (new, all)) in customers {
        values.insert((rep.to_owned(), Kpi::NewCustomerShare), (new as f64 / all as f64, all));
    }
    Ok(())
}

/// Net revenue over target, of periods that have ended.
fn attainment(ground: &Ground<'_>, plans: &[Plan], values: &mut Values, section: &mut Section) {
    let as_of = ground.input.window.as_of();
    let mut sums: BTreeMap<&String, (f64, f64, usize)> = BTreeMap::new();
    for plan in plans {
        let of_rep = plan.dimension == Some(Dimension::Rep) && plan.measure == Measure::NetRevenue.name();
        if let Some(actual) = plan.actual.filter(|_| of_rep && plan.is_over(as_of)) {
            let own = sums.entry(&plan.entity).or_default();
            *own = (own.0 + actual, own.1 + plan.target, own.2 + 1);
        }
    }
    if sums.is_empty() {
        let reason = "no target of net revenue of a representative for a period that has ended";
        section.gaps.push(Gap::new("rep_score.attainment", vec![Need::table("targets")], reason));
    }
    for (rep, (actual, target, n)) in sums {
        if target > 0.0 {
            values.insert((rep.clone(), Kpi::Attainment), (actual / target, n));
        }
    }
}

/// Win rate, length of the sales cycle and activity.
fn opportunities(ground: &Ground<'_>, values: &mut Values, section: &mut Section) -> Result<(), ProfileError> {
    let table = ground.input.tables.opportunities();
    let Some(opportunities) = table.filter(|table| table.has("rep_id")) else {
        let needs = vec![Need::column("opportunities", "rep_id")];
        section.gaps.push(Gap::new("rep_score.win_rate", needs, "opportunities do not say whose they are"));
        return Ok(());
    };
    let judged = opportunities.has("outcome") && opportunities.has("closed_at");
    let mut columns = vec![col("rep_id"), col("created").to_physical().alias("created")];
    if judged {
        columns.extend([col("outcome"), col("closed_at").to_physical().alias("closed")]);
    } else {
        let needs = vec![Need::column("opportunities", "outcome"), Need::column("opportunities", "closed_at")];
        section.gaps.push(Gap::new("rep_score.win_rate", needs, "opportunities do not say how and when they ended"));
    }
    let rows = collect(opportunities.rows().select(columns))?;
    let window = ground.input.window;
    let inside = |day: &i32| (window.from().days_since_epoch()..=window.as_of().days_since_epoch()).contains(day);
    let mut own: BTreeMap<String, (usize, usize, Vec<f64>)> = BTreeMap::new();
    for row in 0..rows.height() {
        let Some(rep) = rows.column("rep_id")?.str()?.get(row) else { continue };
        let created = rows.column("created")?.i32()?.get(row);
        let of = own.entry(rep.to_owned()).or_default();
        of.0 += usize::from(created.is_some_and(|day| inside(&day)));
        if !judged {
            continue;
        }
        let closed = rows.column("closed")?.i32()?.get(row).filter(inside);
        match (rows.column("outcome")?.str()?.get(row), closed, created) {
            (Some("won"), Some(closed), Some(created)) => of.2.push(f64::from(closed - created)),
            (Some("lost"), Some(_), _) => of.1 += 1,
            _ => {}
        }
    }
    for (rep, (created, lost, won)) in own {
        values.insert((rep.clone(), Kpi::Activity), (created as f64, created));
        let closed = won.len() + lost;
        if closed > 0 {
            values.insert((rep.clone(), Kpi::WinRate), (won.len() as f64 / closed as f64, closed));
        }
        if let Some(days) = median(&won) {
            values.insert((rep, Kpi::CycleDays), (days, won.len()));
        }
    }
    Ok(())
}

/// Invoices of own customers that fell due in the window and were not paid in time.
fn overdue(ground: &Ground<'_>, values: &mut Values, section: &mut Section) -> Result<(), ProfileError> {
    let (payments, customers) = (ground.input.tables.payments(), ground.input.tables.customers());
    let owned = customers.map(emptor_table::Customers::rows);
    let owned = owned.filter(|rows| rows.clone().collect_schema().is_ok_and(|schema| schema.contains("owner_rep_id")));
    let (Some(payments), Some(mut owned)) = (payments.filter(|payments| payments.has("paid_at")), owned) else {
        let needs = vec![Need::column("payments", "paid_at"), Need::column("customers", "owner_rep_id")];
        section.gaps.push(Gap::new("rep_score.overdue_share", needs, "nobody knows who looks after who pays late"));
        return Ok(());
    };
    let mut invoices = payments.rows();
    let dtype = |frame: &mut polars::prelude::LazyFrame| -> PolarsResult<DataType> {
        Ok(frame.collect_schema()?.get("customer_id").cloned().unwrap_or(DataType::Null))
    };
    let (left, right) = (dtype(&mut invoices)?, dtype(&mut owned)?);
    if left != right {
        let (left, right) = (left.to_string(), right.to_string());
        return Err(ProfileError::IdTypes { column: "customer_id", left, table: "customers".to_owned(), right });
    }
    let owners = collect(owned.select([col("customer_id").cast(DataType::String), col("owner_rep_id")]))?;
    let owners: HashMap<&str, &str> = (owners.column("customer_id")?.str()?.iter())
        .zip(owners.column("owner_rep_id")?.str()?.iter())
        .filter_map(|(customer, rep)| customer.zip(rep))
        .collect();
    let mut columns = vec![
        col("customer_id").cast(DataType::String),
        col("due").to_physical(),
        col("paid_at").to_physical().alias("paid"),
    ];
    if payments.has("disputed") {
        columns.push(col("disputed"));
    }
    let rows = collect(invoices.select(columns))?;
    let window = ground.input.window;
    let (from, as_of) = (window.from().days_since_epoch(), window.as_of().days_since_epoch());
    let mut own: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for row in 0..rows.height() {
        let disputed = rows.column("disputed").ok().and_then(|column| column.bool().ok()?.get(row));
        let owner = rows.column("customer_id")?.str()?.get(row).and_then(|customer| owners.get(customer));
        let due = rows.column("due")?.i32()?.get(row).filter(|due| (from..as_of).contains(due));
        if let (Some(owner), Some(due), false) = (owner, due, disputed == Some(true)) {
            let late = rows.column("paid")?.i32()?.get(row).is_none_or(|paid| paid > due);
            let of = own.entry(owner).or_default();
            *of = (of.0 + usize::from(late), of.1 + 1);
        }
    }
    for (rep, (late, all)) in own {
        values.insert((rep.to_owned(), Kpi::OverdueShare), (late as f64 / all as f64, all));
    }
    Ok(())
}

/// The role of each representative on the day of observation; `None` if nobody says roles.
fn roles(ground: &Ground<'_>) -> Result<Option<HashMap<String, String>>, ProfileError> {
    let Some(reps) = ground.input.tables.reps().filter(|reps| reps.has("role")) else { return Ok(None) };
    let mut columns = vec![col("rep_id"), col("role")];
    if reps.has("from") {
        columns.push(col("from").to_physical());
    }
    let rows = collect(reps.rows().select(columns))?;
    let as_of = ground.input.window.as_of().days_since_epoch();
    let mut latest: HashMap<String, (i32, String)> = HashMap::new();
    for row in 0..rows.height() {
        let from = rows.column("from").ok().and_then(|column| column.i32().ok()?.get(row)).unwrap_or(i32::MIN);
        let (rep, role) = (rows.column("rep_id")?.str()?.get(row), rows.column("role")?.str()?.get(row));
        if let (Some(rep), Some(role), true) = (rep, role, from <= as_of) {
            let own = latest.entry(rep.to_owned()).or_insert_with(|| (from, role.to_owned()));
            // Two roles of one day: the first by name, whatever the order of rows.
            if own.0 < from || (own.0 == from && role < own.1.as_str()) {
                *own = (from, role.to_owned());
            }
        }
    }
    Ok(Some(latest.into_iter().map(|(rep, (_, role))| (rep, role)).collect()))
}

fn findings(lines: &[Line], shrunk: usize, ground: &Ground<'_>, section: &mut Section) {
    let mut ranked: Vec<(&Line, f64)> = Vec::new();
    for own in lines.chunk_by(|a, b| a.rep == b.rep) {
        let strongest = |a: &&Line, b: &&Line| {
            let size = |line: &Line| line.of.contribution.unwrap_or_default().abs();
            size(a).total_cmp(&size(b))
        };
        if let Some((line, score)) = own.iter().max_by(strongest).and_then(|line| Some((line, line.score?))) {
            ranked.push((line, score));
        }
    }
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.rep.cmp(&b.0.rep)));
    if let (Some((best, high)), Some((last, low))) = (ranked.first(), ranked.last())
        && ranked.len() > 1
    {
        let told =
            |line: &Line| format!("{} {}", line.of.known.kpi.words(), signed(line.of.contribution.unwrap_or_default()));
        let headline = format!(
            "Among peers of the same role, {} stands highest of {} representatives (score {}, most of it {}) and {} \
             lowest ({}, {}).",
            best.rep,
            words::count(ranked.len()),
            signed(*high),
            told(best),
            last.rep,
            signed(*low),
            told(last),
        );
        let caveat = format!(
            "A score says where to look, not why: territories differ.{}",
            if shrunk == 0 {
                String::new()
            } else {
                format!(
                    " {} of fewer than {} cases {} drawn towards those of peers.",
                    many(shrunk, "share", "shares"),
                    ground.settings.min_n,
                    if shrunk == 1 { "was" } else { "were" }
                )
            },
        );
        section.findings.push(Finding::new("rep_score", 0.55, headline).with_caveat(caveat));
    }
}
