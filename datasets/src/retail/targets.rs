//! Sales targets: what the company, its regions and its sellers were to reach.
//!
//! A year's plan is what the year brought, more or less a little: planners know their business and want some more. It is
//! spread over the year by the season, so that a quarter may be missed though the year was met.

use std::collections::BTreeMap;

use emptor_types::Date;

use super::calendar::Clock;
use super::customers::{Buyer, Customer};
use super::ledger::{Ledger, OrderStatus};
use super::places::REGIONS;
use super::reps::Rep;
use super::settings::RetailSimulation;
use crate::csv::{CsvRow, Record};
use crate::days::{period_of, periods, year};
use crate::random::Stream;

/// How much more than was reached a plan asks for on average, and how much plans differ, on the log scale.
const STRETCH: (f64, f64) = (0.04, 0.10);

/// What someone was to reach in a period.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Target {
    /// `total`, `region` or `rep`.
    pub entity_kind: &'static str,
    /// The region or the seller; `total` for the company.
    pub entity: &'static str,
    /// `net_rev` or `new_customers`.
    pub measure: &'static str,
    /// The first day of the period.
    pub period_start: Date,
    /// `month` (company) or `quarter` (regions and sellers).
    pub period: &'static str,
    /// The target: currency, or customers.
    pub value: f64,
}

/// What happened on a day of the window for an entity.
type Done = BTreeMap<(&'static str, &'static str), Vec<(Date, f64)>>;

pub(crate) fn targets(
    settings: &RetailSimulation,
    clock: &Clock,
    (customers, buyers): (&[Customer], &[Buyer]),
    ledger: &Ledger,
    reps: &[Rep],
) -> Vec<Target> {
    let (revenue, arrivals) = (revenue(customers, ledger), arrivals(&customers[..buyers.len()]));
    let mut entities = vec![("total", "total")];
    entities.extend(REGIONS.iter().map(|(region, _)| ("region", *region)));
    entities.extend(reps.iter().filter(|rep| rep.role == "field sales").map(|rep| ("rep", rep.rep_id)));
    let mut rows = Vec::new();
    for (place, entity) in entities.into_iter().enumerate() {
        for (number, (measure, done)) in [("net_rev", &revenue), ("new_customers", &arrivals)].into_iter().enumerate() {
            // Accounts come to sellers by themselves: no target for new ones.
            if entity.0 == "rep" && measure == "new_customers" {
                continue;
            }
            let mut stream = Stream::new(settings.seed, "targets", (place * 2 + number) as u64);
            let in_place = |day: Date| {
                reps.iter()
                    .filter(|rep| rep.rep_id == entity.1)
                    .all(|rep| rep.from <= day && rep.to.is_none_or(|to| day <= to))
            };
            let happened = done.get(&entity).map_or(&[][..], Vec::as_slice);
            rows.extend(plan(settings, clock, (entity, measure), happened, in_place, &mut stream));
        }
    }
    rows
}

/// The plan of an entity: by the season within each calendar year, on the days of the window on which it is in place.
fn plan(
    settings: &RetailSimulation,
    clock: &Clock,
    ((entity_kind, entity), measure): ((&'static str, &'static str), &'static str),
    happened: &[(Date, f64)],
    in_place: impl Fn(Date) -> bool,
    stream: &mut Stream,
) -> Vec<Target> {
    let (period, months) = if entity_kind == "total" { ("month", 1) } else { ("quarter", 3) };
    let firsts = periods(settings.start, settings.as_of(), months);
    let (mut weights, mut of_year, mut reached) = (vec![0.0; firsts.len()], BTreeMap::new(), BTreeMap::new());
    for day in (0..clock.days()).filter(|day| in_place(clock.day(*day))) {
        weights[period_of(&firsts, clock.day(day))] += clock.demand(day);
        *of_year.entry(year(clock.day(day))).or_insert(0.0) += clock.demand(day);
    }
    for &(day, amount) in happened {
        *reached.entry(year(day)).or_insert(0.0) += amount;
    }
    let ambition: BTreeMap<i16, f64> =
        of_year.keys().map(|&year| (year, libm::exp(STRETCH.0 + STRETCH.1 * stream.normal()))).collect();
    let mut rows = Vec::new();
    for (&period_start, weight) in firsts.iter().zip(weights) {
        // The first period may begin before the window; it lies in the year of its days all the same.
        let year = year(period_start.max(settings.start));
        let (Some(&all), Some(&reached), Some(&more)) = (of_year.get(&year), reached.get(&year), ambition.get(&year))
        else {
            continue;
        };
        let value: f64 = reached * more * weight / all;
        let value = if measure == "net_rev" { (value / 100.0).round() * 100.0 } else { value.round() };
        if value > 0.0 {
            rows.push(Target { entity_kind, entity, measure, period_start, period, value });
        }
    }
    rows
}

fn revenue(customers: &[Customer], ledger: &Ledger) -> Done {
    let home: BTreeMap<&str, &'static str> =
        customers.iter().map(|row| (row.customer_id.as_str(), row.region_id)).collect();
    let mut done = Done::new();
    for line in ledger.lines.iter().filter(|line| line.status == OrderStatus::Completed) {
        let amount = (line.order_ts, line.net_amount.to_f64());
        let region = line.customer_id.as_deref().and_then(|id| home.get(id)).map(|region| ("region", *region));
        let seller = line.rep_id.map(|rep| ("rep", rep));
        for entity in [Some(("total", "total")), region, seller].into_iter().flatten() {
            done.entry(entity).or_default().push(amount);
        }
    }
    done
}

fn arrivals(buyers: &[Customer]) -> Done {
    let mut done = Done::new();
    for row in buyers {
        for entity in [("total", "total"), ("region", row.region_id)] {
            done.entry(entity).or_default().push((row.created_at, 1.0));
        }
    }
    done
}

impl CsvRow for Target {
    const COLUMNS: &'static [&'static str] = &["entity_kind", "entity", "measure", "period_start", "period", "value"];

    fn write(&self, record: &mut Record<'_>) {
        record.field(self.entity_kind).field(self.entity).field(self.measure).field(self.period_start);
        record.field(self.period).field(self.value);
    }
}
