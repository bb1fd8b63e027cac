//! `plan_actual`: targets, what was reached, and what will be if it goes on like this.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::rc::Rc;

use emptor_types::Date;
use polars::prelude::{DataType, PolarsResult, col};

use super::cube::{Additivity, Cell, Cube, CubeQuery, Dimension, Measure};
use super::ground::{Ground, dated};
use super::workdays::{last_day, workdays};
use crate::period::Grain;
use crate::profile::lines::Lines;
use crate::profile::words::{self, money, percent};
use crate::profile::{Finding, Gap, Need, ProfileError, ResultTable, Section, Window};
use crate::table::{Of, frame, known, number, specs, text};

/// Where a target that does not say its dimension is looked for, in this order.
const SEARCHED: [Dimension; 10] = [
    Dimension::Rep,
    Dimension::Channel,
    Dimension::Category,
    Dimension::Region,
    Dimension::Place,
    Dimension::Partner,
    Dimension::Product,
    Dimension::Brand,
    Dimension::Segment,
    Dimension::Grade,
];

/// The measure that is no sum of lines: customers whose first purchase of all falls in the period. Somebody who bought of
/// two members on that first day is new to both, and one new customer of the total.
const NEW_CUSTOMERS: &str = "new_customers";

/// Days after the lines begin in which customers of before come back and count as new.
const WARM_UP: i32 = 182;

/// A target and what became of it.
pub(super) struct Plan {
    pub(super) entity: String,
    pub(super) measure: String,
    pub(super) start: Date,
    end: Date,
    pub(super) target: f64,
    /// `None` for the total, and where nobody knows what the entity is.
    pub(super) dimension: Option<Dimension>,
    pub(super) actual: Option<f64>,
    /// Part of the period's workdays that are over.
    elapsed: Option<f64>,
    run_rate: Option<f64>,
    /// Whether there is a calendar that lacks a day of the period.
    outside: bool,
    /// What the tables lack for the dimension that it is set for.
    needs: Vec<Need>,
    flag: Option<&'static str>,
}

impl Plan {
    fn attainment(&self) -> Option<f64> {
        self.actual.filter(|_| self.target > 0.0).map(|actual| actual / self.target)
    }

    fn projected(&self) -> Option<f64> {
        self.run_rate.filter(|_| self.target > 0.0).map(|run_rate| run_rate / self.target)
    }

    pub(super) fn is_over(&self, as_of: Date) -> bool {
        self.end <= as_of
    }

    /// Part of the workdays that are over on a day, and what the whole period brings at this pace, if it grows with the
    /// days.
    fn expect(&mut self, ground: &Ground<'_>, last: Date, grows: bool) {
        let calendar = ground.input.tables.calendar();
        let said = calendar.and_then(|calendar| calendar.elapsed(self.start, self.end, last).ok());
        self.outside = calendar.is_some() && said.is_none();
        self.elapsed = said.unwrap_or_else(|| {
            let holidays = &ground.settings.holidays;
            let (over, all) = (workdays(self.start, last, holidays), workdays(self.start, self.end, holidays));
            (all > 0).then(|| over as f64 / all as f64)
        });
        self.run_rate = match self.elapsed.filter(|elapsed| grows && *elapsed > 0.0) {
            Some(elapsed) => self.actual.map(|actual| actual / elapsed),
            None => {
                self.flag = Some(if grows { "no workday is over yet" } else { "does not grow with the days" });
                None
            }
        };
    }
}

const PLAN: &[Of<[Plan]>] = &[
    text("entity", "", "whom the target is for", |of, row| Some(of[row].entity.clone())),
    text(
        "measure",
        "",
        "what is measured: a measure of perf_cube, or new_customers, who bought for the first time of all in the period",
        |of, row| Some(of[row].measure.clone()),
    ),
    text("period_start", "day", "first day of the period", |of, row| Some(of[row].start.to_string())),
    number("target", "unit of the measure", "what was planned", |of, row| of[row].target),
    known("actual", "unit of the measure", "what was reached up to the day of observation", |of, row| of[row].actual),
    known("attainment", "share", "actual / target; null unless the target is positive", |of, row| of[row].attainment()),
    known(
        "run_rate",
        "unit of the measure",
        "actual / elapsed: what the whole period brings at this pace",
        |of, row| of[row].run_rate,
    ),
    text("dimension", "", "what the entity is; null where no member has its name", |of, row| {
        let total = (of[row].actual.is_some() && of[row].dimension.is_none()).then(|| "total".to_owned());
        of[row].dimension.map(|dimension| dimension.name().to_owned()).or(total)
    }),
    text("period_end", "day", "last day of the period", |of, row| Some(of[row].end.to_string())),
    known(
        "elapsed",
        "share",
        "part of the workdays of the period that are over, by the calendar where it has all its days",
        |of, row| of[row].elapsed,
    ),
    known("projected", "share", "run_rate / target", |of, row| of[row].projected()),
    text("flag", "", "why there is no actual or no run rate", |of, row| of[row].flag.map(str::to_owned)),
];

/// Reads targets whose period has begun and is not over before the window, and measures what became of them.
pub(super) fn plans(ground: &mut Ground<'_>) -> Result<Vec<Plan>, ProfileError> {
    let mut plans = read(ground)?;
    let window = ground.input.window;
    let Some(first) = plans.iter().map(|plan| plan.0.start).min() else { return Ok(Vec::new()) };
    let days = Window::new(first.min(window.as_of()), window.as_of(), Grain::Day)?;
    let mut daily: HashMap<Option<Dimension>, Rc<Daily>> = HashMap::new();
    let mut firsts: HashMap<Option<Dimension>, Rc<Daily>> = HashMap::new();
    let mut first_lines: Option<Lines> = None;
    let mut exact: HashMap<(Option<Dimension>, Date, Date), Rc<Cube>> = HashMap::new();
    for (plan, said) in &mut plans {
        let candidates: Vec<Option<Dimension>> = match said.as_deref() {
            Some("total") => vec![None],
            Some(name) => Dimension::named(name).map(Some).into_iter().collect(),
            None if plan.entity == "total" => vec![None],
            None => SEARCHED.map(Some).to_vec(),
        };
        plan.needs = match candidates.as_slice() {
            [Some(dimension)] => dimension.missing(ground.input),
            _ => Vec::new(),
        };
        let mut found = None;
        for dimension in candidates.into_iter().filter(|of| of.is_none_or(|dimension| ground.has(dimension))) {
            let own = match daily.entry(dimension) {
                Entry::Occupied(known) => Rc::clone(known.get()),
                Entry::Vacant(place) => {
                    Rc::clone(place.insert(Rc::new(Daily::read(ground, &ground.lines, dimension, &days, false)?)))
                }
            };
            if own.knows(&plan.entity) {
                found = Some((dimension, own));
                break;
            }
        }
        let Some((dimension, own)) = found else {
            plan.flag = Some("no member of that name has sales");
            continue;
        };
        let measure = Measure::named(&plan.measure);
        if measure.is_none() && plan.measure != NEW_CUSTOMERS {
            plan.flag = Some("no such measure");
            continue;
        }
        plan.dimension = dimension;
        let last = plan.end.min(window.as_of());
        let Some(measure) = measure else {
            let new = match firsts.entry(dimension) {
                Entry::Occupied(known) => Rc::clone(known.get()),
                Entry::Vacant(place) => {
                    let lines = first_lines.get_or_insert_with(|| ground.lines.of_first_days(&window));
                    Rc::clone(place.insert(Rc::new(Daily::read(ground, lines, dimension, &days, true)?)))
                }
            };
            plan.actual = Some(new.customers(&plan.entity, plan.start, last) as f64);
            plan.expect(ground, last, true);
            continue;
        };
        plan.actual = if measure.additivity() == Additivity::Additive {
            measure.of(&own.sum(&plan.entity, plan.start, last))
        } else {
            let cube = match exact.entry((dimension, plan.start, last)) {
                Entry::Occupied(known) => Rc::clone(known.get()),
                Entry::Vacant(place) => {
                    let span = Window::new(plan.start, last, Grain::Window)?;
                    let query = CubeQuery::new(dimension.into_iter().collect::<Vec<_>>());
                    Rc::clone(place.insert(Rc::new(query.of_lines(ground.input, &ground.lines, &span, true)?)))
                }
            };
            let member = dimension.map(|dimension| (dimension, plan.entity.as_str()));
            let cell = cube.cell(member.as_slice()).unwrap_or_default();
            measure.of(&cell)
        };
        // Customers and ratios do not grow with the days.
        plan.expect(ground, last, measure.additivity() == Additivity::Additive || measure == Measure::Orders);
    }
    Ok(plans.into_iter().map(|(plan, _)| plan).collect())
}

/// Sums by day.
struct Daily {
    members: HashMap<String, Vec<(Date, Cell)>>,
}

impl Daily {
    /// With `counts`, customers are counted too.
    fn read(
        ground: &Ground<'_>,
        lines: &Lines,
        dimension: Option<Dimension>,
        days: &Window,
        counts: bool,
    ) -> Result<Self, ProfileError> {
        let dimensions: Vec<Dimension> = dimension.into_iter().chain([Dimension::Period(Grain::Day)]).collect();
        let cube = CubeQuery::new(dimensions).of_lines(ground.input, lines, days, counts)?;
        let mut members: HashMap<String, Vec<(Date, Cell)>> = HashMap::new();
        for row in cube.level(cube.dimensions()) {
            let mut names = row.members.into_iter().flatten();
            let member = if dimension.is_some() { names.next() } else { Some("total".to_owned()) };
            if let (Some(member), Some(Ok(day))) = (member, names.next().map(|day| day.parse())) {
                members.entry(member).or_default().push((day, row.cell));
            }
        }
        // A representative without a sale has sold nothing, which is known.
        if let (Some(Dimension::Rep), Some(reps)) = (dimension, ground.input.tables.reps()) {
            let ids = reps.rows().select([col("rep_id")]).collect()?;
            for id in ids.column("rep_id")?.str()?.iter().flatten() {
                members.entry(id.to_owned()).or_default();
            }
        }
        if dimension.is_none() {
            members.entry("total".to_owned()).or_default();
        }
        Ok(Self { members })
    }

    fn knows(&self, member: &str) -> bool {
        self.members.contains_key(member)
    }

    fn between(&self, member: &str, first: Date, last: Date) -> impl Iterator<Item = &Cell> {
        let days = self.members.get(member).into_iter().flatten();
        days.filter(move |(day, _)| (first..=last).contains(day)).map(|(_, cell)| cell)
    }

    fn sum(&self, member: &str, first: Date, last: Date) -> Cell {
        let mut sum = Cell::default();
        self.between(member, first, last).for_each(|cell| sum.sums.merge(&cell.sums));
        sum
    }

    /// Customers of lines in which each has one day only, so that days add up.
    fn customers(&self, member: &str, first: Date, last: Date) -> usize {
        self.between(member, first, last).map(|cell| cell.customers).sum()
    }
}

/// Targets with the dimension that they say.
fn read(ground: &Ground<'_>) -> Result<Vec<(Plan, Option<String>)>, ProfileError> {
    let Some(targets) = ground.input.tables.targets() else { return Ok(Vec::new()) };
    let rows = targets.rows().collect()?;
    let texts = |name: &str| -> PolarsResult<Vec<Option<String>>> {
        Ok(rows.column(name)?.cast(&DataType::String)?.str()?.iter().map(|text| text.map(str::to_owned)).collect())
    };
    let optional = |name: &'static str| if targets.has(name) { texts(name) } else { Ok(vec![None; rows.height()]) };
    let (entities, measures) = (texts("entity")?, texts("measure")?);
    let (grains, dimensions) = (optional("grain")?, optional("dimension")?);
    let starts = rows.column("period_start")?.to_physical_repr();
    let (starts, values) = (starts.i32()?, rows.column("value")?.f64()?);
    let window = ground.input.window;
    let mut plans = Vec::new();
    for row in 0..rows.height() {
        let (Some(entity), Some(measure), Some(start), Some(target)) =
            (entities[row].clone(), measures[row].clone(), starts.get(row), values.get(row))
        else {
            continue;
        };
        let start = Date::from_days_since_epoch(start)?;
        let grain = match grains[row].as_deref() {
            Some("day") => Grain::Day,
            Some("week") => Grain::Week,
            Some("month") => Grain::Month,
            Some("quarter") => Grain::Quarter,
            Some("year") => Grain::Year,
            _ => window.grain(),
        };
        let end = last_day(start, grain, window.as_of())?;
        if start > window.as_of() || end < window.from() {
            continue;
        }
        let (actual, elapsed, run_rate, flag, dimension) = (None, None, None, None, None);
        plans.push((
            Plan {
                entity,
                measure,
                start,
                end,
                target,
                dimension,
                actual,
                elapsed,
                run_rate,
                outside: false,
                needs: Vec::new(),
                flag,
            },
            dimensions[row].clone(),
        ));
    }
    let key = |plan: &(Plan, Option<String>)| {
        (plan.0.entity.clone(), plan.0.measure.clone(), plan.0.start, plan.0.end, plan.1.clone())
    };
    plans.sort_by_cached_key(key);
    Ok(plans)
}

pub(super) fn table(plans: &[Plan], ground: &Ground<'_>, section: &mut Section) -> Result<(), ProfileError> {
    if ground.input.tables.targets().is_none() {
        section.gaps.push(Gap::new("plan_actual", vec![Need::table("targets")], "nothing was planned"));
        return Ok(());
    }
    if plans.is_empty() {
        section.gaps.push(Gap::new("plan_actual", Vec::new(), "no target of a period that touches the window"));
        return Ok(());
    }
    let about = "One row per target whose period has begun and touches the window, by entity, measure and period.";
    let frame = dated(frame(PLAN, plans, plans.len())?, &["period_start", "period_end"])?;
    let mut table = ResultTable::new("plan_actual", about, frame, specs::<_, { PLAN.len() }>(PLAN).to_vec())?;
    let unknown = plans.iter().filter(|plan| plan.actual.is_none()).count();
    if unknown > 0 {
        table = table.with_flag(format!("unknown: {unknown} of {} targets have no actual", plans.len()));
    }
    let outside = plans.iter().filter(|plan| plan.outside).count();
    if outside > 0 {
        let of = plans.len();
        table =
            table.with_flag(format!("calendar: lacks days of {outside} of {of} targets; Monday to Friday count there"));
    }
    // The first lines of old customers look like those of new ones.
    let begins = ground.first_day.map(|day| day.plus_days(WARM_UP));
    let early = plans.iter().filter(|plan| plan.measure == NEW_CUSTOMERS && plan.actual.is_some());
    let early = early.filter(|plan| begins.is_some_and(|day| plan.start < day)).count();
    if early > 0 {
        table = table.with_flag(format!(
            "new_customers: {early} targets are of periods less than {WARM_UP} days after the first line, in which customers \
             of before count as new"
        ));
    }
    section.tables.push(table);
    let mut needs: Vec<Need> = plans.iter().flat_map(|plan| plan.needs.iter().cloned()).collect();
    needs.sort_unstable();
    needs.dedup();
    if !needs.is_empty() {
        let reason = "targets are set for members of a dimension that the tables do not have";
        section.gaps.push(Gap::new("plan_actual.actual", needs, reason));
    }
    findings(plans, ground, section);
    Ok(())
}

fn findings(plans: &[Plan], ground: &Ground<'_>, section: &mut Section) {
    let as_of = ground.input.window.as_of();
    let running: Vec<(&Plan, f64)> =
        plans.iter().filter(|plan| !plan.is_over(as_of)).filter_map(|plan| Some((plan, plan.projected()?))).collect();
    let mut risky: Vec<&(&Plan, f64)> =
        running.iter().filter(|(_, expected)| *expected < ground.settings.at_risk).collect();
    risky.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.entity.cmp(&b.0.entity)));
    if let Some((plan, expected)) = risky.first() {
        let headline = format!(
            "{} of {} running targets are at risk; furthest behind is {} ({}): at this pace {} of {} planned, {}, with {} \
             of the workdays over.",
            words::count(risky.len()),
            words::count(running.len()),
            plan.entity,
            plan.measure.to_string().replace('_', " "),
            money(plan.run_rate.unwrap_or_default()),
            money(plan.target),
            percent(*expected),
            percent(plan.elapsed.unwrap_or_default()),
        );
        let caveat = "The pace so far knows nothing of seasons within the period.";
        section.findings.push(Finding::new("plan_actual", 0.9, headline).with_caveat(caveat));
    }
    let over: Vec<f64> = plans.iter().filter(|plan| plan.is_over(as_of)).filter_map(Plan::attainment).collect();
    if !over.is_empty() {
        let reached = over.iter().filter(|share| **share >= 1.0).count();
        let headline = format!(
            "{} of {} targets of periods that are over were reached.",
            words::count(reached),
            words::count(over.len())
        );
        section.findings.push(Finding::new("plan_actual", 0.5, headline));
    }
}
