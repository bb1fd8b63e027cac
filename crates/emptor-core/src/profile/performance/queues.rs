//! `service_kpi`: how well customers are served, by queue and period.

use std::collections::{BTreeSet, HashMap};

use emptor_types::Date;
use polars::prelude::{DataType, col};

use super::cube::{TOTAL, UNKNOWN};
use super::ground::{Ground, dated};
use super::service::{Service, Ticket, service};
use crate::profile::lines::collect;
use crate::profile::words::{self, percent};
use crate::profile::{Finding, Gap, Need, ProfileError, ResultTable, Section};
use crate::statistics::{median, wilson};
use crate::table::{Of, count, flag, frame, known, specs, text};
use emptor_types::Level;

struct Line {
    queue: String,
    start: Date,
    of: Service,
    low_support: bool,
}

const QUEUES: &[Of<[Line]>] = &[
    text("queue", "", "category of tickets; __total__ for all", |of, row| Some(of[row].queue.clone())),
    text("period_start", "day", "first day of the period in which tickets were opened", |of, row| {
        Some(of[row].start.to_string())
    }),
    known("fcr", "share", "solved by the first contact, of tickets that say", |of, row| {
        of[row].of.first_contact.share()
    }),
    known(
        "handle_min_median",
        "minutes",
        "median minutes worked on a ticket, of closed ones that say; null where none does",
        |of, row| median(&of[row].of.minutes),
    ),
    known("sla_met", "share", "closed in time, of promised ones that are closed or late", |of, row| {
        of[row].of.in_time.share()
    }),
    known(
        "repeat7d",
        "share",
        "followed by another ticket of the customer and queue within the days of repetition (7)",
        |of, row| of[row].of.repeated.share(),
    ),
    count("backlog", "tickets", "open at the end of the period, whenever opened", |of, row| Some(of[row].of.backlog)),
    count("n", "tickets", "opened in the period", |of, row| Some(of[row].of.tickets)),
    known("close_days_median", "days", "median days from opening to closing, of the closed ones", |of, row| {
        median(&of[row].of.days)
    }),
    count("sla_n", "tickets", "promised ones that are closed or late", |of, row| Some(of[row].of.in_time.of)),
    flag("low_support", "", "whether there are too few tickets for shares", |of, row| of[row].low_support),
];

pub(super) fn tables(ground: &Ground<'_>, section: &mut Section) -> Result<(), ProfileError> {
    let Some(table) = ground.input.tables.tickets() else {
        section.gaps.push(Gap::new("service_kpi", vec![Need::table("tickets")], "nothing is known of service"));
        return Ok(());
    };
    for (role, kpi, reason) in [
        ("first_contact_resolved", "service_kpi.fcr", "tickets do not say whether the first contact solved them"),
        ("sla_due", "service_kpi.sla_met", "tickets do not say by when they were to be closed"),
        ("closed", "service_kpi.backlog", "tickets do not say when they were closed, so that all of them look open"),
        ("minutes", "service_kpi.handle_min_median", "tickets do not say how long they were worked on"),
    ] {
        if !table.has(role) {
            section.gaps.push(Gap::new(kpi, vec![Need::column("tickets", role)], reason));
        }
    }
    let mut columns = vec![col("customer_id").cast(DataType::String), col("opened").to_physical()];
    for day in ["closed", "sla_due"].into_iter().filter(|role| table.has(role)) {
        columns.push(col(day).to_physical());
    }
    columns
        .extend(["category", "first_contact_resolved", "minutes"].into_iter().filter(|role| table.has(role)).map(col));
    let rows = collect(table.rows().select(columns))?;
    let category = rows.column("category").ok().map(|column| column.str()).transpose()?;
    let names: BTreeSet<&str> =
        category.iter().flat_map(|column| column.iter()).map(|name| name.unwrap_or(UNKNOWN)).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let mut customers: HashMap<&str, u32> = HashMap::new();
    let minutes = rows.column("minutes").ok().map(|column| column.f64()).transpose()?;
    let day = |name: &str, row: usize| rows.column(name).ok().and_then(|column| column.i32().ok()?.get(row));
    let mut tickets = Vec::new();
    for row in 0..rows.height() {
        let (Some(customer), Some(opened)) = (rows.column("customer_id")?.str()?.get(row), day("opened", row)) else {
            continue;
        };
        let next = customers.len() as u32;
        let queue = category.map(|column| column.get(row).unwrap_or(UNKNOWN)).unwrap_or_default();
        tickets.push(Ticket {
            customer: *customers.entry(customer).or_insert(next),
            queue: names.binary_search(&queue).unwrap_or_default() as u32,
            opened,
            closed: day("closed", row),
            due: day("sla_due", row),
            first_contact: rows.column("first_contact_resolved").ok().and_then(|of| of.bool().ok()?.get(row)),
            // Of a ticket that is still open nobody knows how long it will take.
            minutes: minutes
                .filter(|_| !table.has("closed") || day("closed", row).is_some())
                .and_then(|column| column.get(row)),
        });
    }
    let window = ground.input.window;
    let periods = window.periods()?;
    let (from, as_of) = (window.from().days_since_epoch(), window.as_of().days_since_epoch());
    let spans: Vec<(i32, i32)> = periods
        .iter()
        .map(|period| (period.start.days_since_epoch().max(from), period.end.days_since_epoch().min(as_of)))
        .collect();
    let mut found: Vec<((Option<u32>, usize), Service)> =
        service(&tickets, &spans, as_of, ground.settings.repeat_days).into_iter().collect();
    found.sort_by_key(|(key, _)| *key);
    let lines: Vec<Line> = found
        .into_iter()
        // Without categories the only queue is that of all tickets.
        .filter(|((queue, _), _)| queue.is_none() || !names.is_empty())
        .map(|((queue, period), of)| Line {
            queue: queue.and_then(|queue| names.get(queue as usize)).map_or(TOTAL, |name| name).to_owned(),
            start: periods[period].start,
            low_support: of.tickets < ground.settings.min_n,
            of,
        })
        .collect();
    if lines.is_empty() {
        section.gaps.push(Gap::new("service_kpi", Vec::new(), "no ticket was open in the window"));
        return Ok(());
    }
    let about = "One row per queue and period, all queues first: service of the tickets opened in the period.";
    let table = ResultTable::new(
        "service_kpi",
        about,
        dated(frame(QUEUES, lines.as_slice(), lines.len())?, &["period_start"])?,
        specs::<_, { QUEUES.len() }>(QUEUES).to_vec(),
    )?;
    let days = format!("repetition: within {} days", ground.settings.repeat_days);
    section.tables.push(table.with_flag(days));
    findings(&lines, section);
    Ok(())
}

/// Promises kept over the window, with the queue that keeps fewest.
fn findings(lines: &[Line], section: &mut Section) {
    let mut queues: Vec<(&str, usize, usize)> = Vec::new();
    for own in lines.chunk_by(|a, b| a.queue == b.queue) {
        let (count, of) =
            own.iter().fold((0, 0), |sum, line| (sum.0 + line.of.in_time.count, sum.1 + line.of.in_time.of));
        queues.push((own[0].queue.as_str(), count, of));
    }
    let Some((_, kept, of)) = queues.iter().find(|(queue, _, of)| *queue == TOTAL && *of > 0) else { return };
    let Some(interval) = Level::new(0.95).ok().and_then(|level| wilson(*kept, *of, level)) else { return };
    let share = |queue: &&(&str, usize, usize)| queue.1 as f64 / queue.2 as f64;
    let worst = queues
        .iter()
        .filter(|(queue, _, of)| *queue != TOTAL && *of >= 10)
        .min_by(|a, b| share(a).total_cmp(&share(b)));
    let least = worst.map_or_else(String::new, |queue| {
        format!("; least kept in {}: {} of {}", queue.0, percent(share(&queue)), words::count(queue.2))
    });
    let headline = format!(
        "{} of {} promised tickets were closed in time (95 % interval {} to {}){least}.",
        percent(*kept as f64 / *of as f64),
        words::count(*of),
        percent(interval.low),
        percent(interval.high),
    );
    section.findings.push(Finding::new("service_kpi", (0.9 - interval.low).clamp(0.2, 0.8), headline));
}
