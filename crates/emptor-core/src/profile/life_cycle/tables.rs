//! The life cycle as tables, and what they say.

use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, Series};

use super::super::error::ProfileError;
use super::super::ids::{known_by, matched};
use super::super::input::ProfileInput;
use super::super::section::{Gap, Need, P, ResultTable, Section};
use super::blocks::Block;
use super::by_grade;
use super::compute::{LifeCycle, StageMoves, StageUse, numbers};
use super::findings::findings;
use super::over_time::{Flows, History, days, moves, periods};
use super::rules::StageRules;
use super::settings::{ContractStages, LifeCycleSettings};
use super::stage::{Pattern, Stage};
use super::track::{StagePoint, furthest, pattern};
use crate::columns::{ColumnSpec, column};

/// A stage tells who buys again if the shares differ by at least this.
pub(super) const TELLS: f64 = 0.10;

/// The columns of `lifecycle_customer`: one row per customer, as of the day of observation.
pub const LIFE_CYCLE_COLUMNS: &[ColumnSpec] = &[
    column("customer_id", "", "the customer"),
    column(
        "episode",
        "count",
        "which relationship this is: 1, and one more after every recovery; null before the first",
    ),
    column("period_start", "date", "first day of the last period"),
    column("stage", "", "prospect, exploration, formation, stability, decline, terminated or recovery"),
    column("prev_stage", "", "the stage of the period before; null in the first"),
    column("periods_in_stage", "periods", "how long the stage has lasted"),
    column("s", "currency/period", "level: mean of what the last two periods brought"),
    column("m", "currency/period", "the highest level of the episode"),
    column("g", "per period", "relative change of the level"),
    column(
        "rho",
        "× expected interval",
        "time since the last purchase, by the interval expected of this customer; null under contract, where none is",
    ),
    column("p_alive", "probability", "probability of being alive, where it is known"),
    column(
        "break_even_period",
        "period",
        "first period in which what the customer brought covers the cost of acquisition",
    ),
    column("max_stage", "", "the furthest of exploration, formation and stability in this episode"),
    column("pattern", "", "how far the relationship came, once it declines or is over"),
    column("distance_to_decline", "share", "how far the level lies above the one where decline begins"),
    column(
        "flags",
        "",
        "weakening: the level falls, but the stage is held; under_contract; contract_ended: nothing was bought since; \
         joined by semicolons",
    ),
];

/// The columns of `lifecycle_stage`: one row per stage with a customer or a past period.
pub const STAGE_COLUMNS: &[ColumnSpec] = &[
    column("stage", "", "the stage"),
    column("customers", "customers", "how many are in it on the day of observation"),
    column("weakening", "customers", "how many of these hold it although their level falls"),
    column("periods", "count", "past periods of customers in this stage, on which the next three columns stand"),
    column("next_retention", "share", "followed by a purchase in the next period, or a day under contract"),
    column("value_per_period", "currency", "mean of what such a period brought"),
    column("next_growth", "share", "what the next periods brought, less what these did, by the latter"),
    column("ltv_total", "currency", "lifetime value of its customers, where it is known"),
];

/// The life cycle of the base: stages now, over time, their moves, and whether they tell anything.
///
/// # Errors
/// If settings break rules, if ids do not match, or if a query fails.
pub fn section(input: &ProfileInput<'_>, settings: &LifeCycleSettings) -> Result<Section, ProfileError> {
    let cycle = LifeCycle::compute(input, settings)?;
    let mut section = Section::new(P::LifeCycle);
    if settings.value.is_none() && cycle.value() != super::LifeValue::GrossProfit {
        let needs = [Need::column("products", "unit_cost"), Need::column("transactions", "quantity")];
        section.gaps.push(Gap::new(
            "life cycle by contribution",
            needs,
            "stages follow net revenue, for costs are unknown",
        ));
    }
    if cycle.usual_interval_days().is_none() {
        let reason = "nobody bought on two days, so that nothing is overdue";
        section.gaps.push(Gap::new("termination by overdue purchases", Vec::new(), reason));
    }
    if !input.scores.is_some_and(|scores| scores.has("p_alive")) {
        let reason = "no purchase model says who is alive; overdue purchases decide alone";
        section.gaps.push(Gap::new("termination by p_alive", [Need::column("scores", "p_alive")], reason));
    }
    let summary = Summary::of(&cycle, input)?;
    let customers = customers(&cycle, input, &summary.rows)?;
    let by_grade = match input.scores.filter(|scores| scores.has("grade")) {
        Some(scores) => Some(by_grade::table(&customers, scores)?),
        None => {
            let needs = [Need::column("scores", "grade")];
            section.gaps.push(Gap::new("lifecycle_grade", needs, "nobody has a grade to hold stages against"));
            None
        }
    };
    let notes = notes(&cycle, input, summary.changed);
    let flagged = |table: ResultTable| notes.iter().cloned().fold(table, ResultTable::with_flag);
    let has_rows = customers.height() > 0;
    let customers = flagged(ResultTable::new(
        "lifecycle_customer",
        "the stage of every customer on the day of observation, one row each, in the order of their ids",
        customers,
        LIFE_CYCLE_COLUMNS,
    )?);
    section.tables.extend(has_rows.then_some(customers));
    if summary.periods.is_empty() {
        for analysis in ["lifecycle_stage", "lifecycle_period", "lifecycle_move", "lifecycle_flow", "lifecycle_history"]
        {
            let reason = "nobody who is known has bought, or had a contract, by the day of observation";
            section.gaps.push(Gap::new(analysis, Vec::new(), reason));
        }
        return Ok(section);
    }
    section.tables.push(flagged(stages(&cycle, &summary)?));
    section.tables.push(periods(&cycle, &summary.periods)?);
    section.tables.push(moves(&summary.moves)?);
    section.tables.push(summary.flows.table(&cycle)?);
    section.tables.extend(by_grade);
    section.findings = findings(&cycle, &summary);
    match summary.history.table(&cycle)? {
        Ok(table) => section.tables.extend(table),
        Err(gap) => section.gaps.push(gap),
    }
    Ok(section)
}

fn notes(cycle: &LifeCycle, input: &ProfileInput<'_>, changed: [Option<f64>; 2]) -> Vec<String> {
    let mut notes = vec![format!("value: {}", cycle.value().name()), format!("period_days: {}", cycle.period_days())];
    if input.tables.contracts().is_some() {
        let bound = cycle.under_contract();
        notes.push(match cycle.settings().contracts {
            ContractStages::Ignore => "contracts: ignored".to_owned(),
            ContractStages::InLines => format!("contracts: of {bound} customers, their value being in the lines"),
            ContractStages::Apart => format!("contracts: of {bound} customers, their value added to that of the lines"),
        });
    }
    notes.extend(cycle.season().map(|strength| format!("season taken out (strength {strength:.2})")));
    if let Some(interval) = cycle.usual_interval_days() {
        let periods = f64::from(cycle.period_days()) / interval;
        if !(1.0..=3.0).contains(&periods) {
            notes.push(format!("period is {periods:.1} usual intervals long; between 1 and 3 is sound"));
        }
    }
    for (by, changed) in stretches(cycle).into_iter().zip(changed) {
        notes.extend(changed.map(|share| format!("labels_changed_by_{:+.0}_percent: {share:.3}", 100.0 * by)));
    }
    notes
}

/// How far thresholds are stretched.
fn stretches(cycle: &LifeCycle) -> [f64; 2] {
    [-cycle.settings().stretch, cycle.settings().stretch]
}

/// All that the tables show, from one pass over the customers.
pub(super) struct Summary {
    rows: Vec<Option<CustomerRow>>,
    moves: StageMoves,
    flows: Flows,
    history: History,
    pub(super) uses: [StageUse; 7],
    /// By stage: who is in it, who of them is weakening.
    pub(super) now: [(usize, usize); 7],
    /// By stage: lifetime value, where it is known.
    ltv: Option<[f64; 7]>,
    /// Customers by stage, the last period first.
    periods: Vec<[usize; 7]>,
    /// Share of labels that change under stretched thresholds.
    changed: [Option<f64>; 2],
}

impl Summary {
    fn of(cycle: &LifeCycle, input: &ProfileInput<'_>) -> Result<Self, ProfileError> {
        let costs = acquisition_costs(cycle, input)?;
        let ltv = match input.scores.filter(|scores| scores.has("ltv_total")) {
            Some(scores) => {
                let (own, table) = (scores.frame(), "scores of customers");
                Some(numbers(&matched(cycle.customers(), own, table, "customer_id", &["ltv_total"])?, "ltv_total")?)
            }
            None => None,
        };
        let rules = &cycle.settings().rules;
        let others = stretches(cycle).map(|by| rules.stretched(by));
        let mut of = Self {
            rows: Vec::with_capacity(cycle.len()),
            moves: StageMoves { counts: [[0; 7]; 7] },
            flows: Flows::default(),
            history: History::new(cycle),
            uses: [StageUse::default(); 7],
            now: [(0, 0); 7],
            ltv: ltv.as_ref().map(|_| [0.0; 7]),
            periods: Vec::new(),
            changed: [None; 2],
        };
        let (mut bought, mut changed) = (0_usize, [0_usize; 2]);
        let compute = |customer: usize| {
            let life = cycle.life(customer, &others);
            let row = CustomerRow::of(&life.points, &life.blocks, costs[customer], rules);
            (life, row)
        };
        cycle.in_order(compute, |customer, (life, row)| {
            of.rows.push(row);
            of.moves.add(&life.points);
            of.flows.add(&life.points);
            of.history.add(cycle, customer, &life.points);
            StageUse::add(&mut of.uses, &life);
            let last = life.points.last();
            let stage = last.map_or(Stage::Prospect, |point| point.stage) as usize;
            of.now[stage].0 += 1;
            of.now[stage].1 += usize::from(last.is_some_and(|point| point.is_weakening));
            if let Some((sums, ltv)) = of.ltv.as_mut().zip(ltv.as_ref()) {
                sums[stage] += if ltv[customer].is_nan() { 0.0 } else { ltv[customer] };
            }
            of.periods.resize(of.periods.len().max(life.points.len()), [0; 7]);
            let latest = life.points.iter().rev();
            latest.zip(&mut of.periods).for_each(|(point, counts)| counts[point.stage as usize] += 1);
            bought += usize::from(life.last().is_some());
            let others = changed.iter_mut().zip(&life.others);
            others.for_each(|(changed, other)| *changed += usize::from(life.last() != *other));
        });
        of.changed = changed.map(|n| (bought > 0).then(|| n as f64 / bought as f64));
        Ok(of)
    }
}

/// What is shown of one customer.
struct CustomerRow {
    last: StagePoint,
    before: Option<Stage>,
    periods_in_stage: usize,
    break_even: Option<usize>,
    furthest: Option<Stage>,
    pattern: Option<Pattern>,
    distance: f64,
    is_bound: bool,
    has_left: bool,
}

impl CustomerRow {
    fn of(points: &[StagePoint], blocks: &[Block], cost: Option<f64>, rules: &StageRules) -> Option<Self> {
        let (last, block) = (*points.last()?, blocks.last()?);
        let before = points.iter().rev().nth(1).map(|point| point.stage);
        let periods_in_stage = points.iter().rev().take_while(|point| point.stage == last.stage).count();
        let cumulated = blocks.iter().scan(0.0, |sum, block| {
            *sum += block.value;
            Some(*sum)
        });
        let break_even = cost.and_then(|cost| cumulated.map(|sum| sum >= cost).position(|covered| covered));
        Some(Self {
            last,
            before,
            periods_in_stage,
            break_even: break_even.map(|t| t + 1),
            furthest: furthest(points),
            pattern: pattern(points, rules),
            distance: last.distance_to_decline(rules),
            is_bound: block.is_bound,
            has_left: block.has_left,
        })
    }
}

fn customers(
    cycle: &LifeCycle,
    input: &ProfileInput<'_>,
    rows: &[Option<CustomerRow>],
) -> Result<DataFrame, ProfileError> {
    let start = cycle.period_start(0);
    let text = |of: &dyn Fn(&CustomerRow) -> Option<&'static str>| -> Vec<Option<&'static str>> {
        rows.iter().map(|row| row.as_ref().and_then(of)).collect()
    };
    let number = |of: &dyn Fn(&CustomerRow) -> f64| -> Vec<Option<f64>> {
        rows.iter().map(|row| row.as_ref().map(of).filter(|number| !number.is_nan())).collect()
    };
    let count = |of: &dyn Fn(&CustomerRow) -> Option<usize>| -> Vec<Option<i64>> {
        rows.iter().map(|row| row.as_ref().and_then(of).and_then(|n| i64::try_from(n).ok())).collect()
    };
    let name = |stage: Option<Stage>| stage.map(Stage::name);
    let stage: Vec<&str> =
        rows.iter().map(|row| row.as_ref().map_or(Stage::Prospect, |row| row.last.stage).name()).collect();
    let alive: Vec<Option<f64>> = (0..cycle.len()).map(|customer| cycle.p_alive(customer)).collect();
    let of = |name: &str, series: Series| series.with_name(name.into()).into_column();
    let columns = vec![
        of("customer_id", cycle.customers().clone()),
        of("episode", Series::new("".into(), count(&|row| Some(row.last.episode)))),
        of("period_start", days(vec![Some(start.days_since_epoch()); cycle.len()])?),
        of("stage", Series::new("".into(), stage)),
        of("prev_stage", Series::new("".into(), text(&|row| name(row.before)))),
        of("periods_in_stage", Series::new("".into(), count(&|row| Some(row.periods_in_stage)))),
        of("s", Series::new("".into(), number(&|row| row.last.level))),
        of("m", Series::new("".into(), number(&|row| row.last.highest))),
        of("g", Series::new("".into(), number(&|row| row.last.change))),
        of("rho", Series::new("".into(), number(&|row| row.last.overdue))),
        of("p_alive", Series::new("".into(), alive)),
        of("break_even_period", Series::new("".into(), count(&|row| row.break_even))),
        of("max_stage", Series::new("".into(), text(&|row| name(row.furthest)))),
        of("pattern", Series::new("".into(), text(&|row| row.pattern.map(Pattern::name)))),
        of("distance_to_decline", Series::new("".into(), number(&|row| row.distance))),
        of("flags", Series::new("".into(), rows.iter().map(|row| row.as_ref().and_then(flags)).collect::<Vec<_>>())),
    ];
    let bought = DataFrame::new(cycle.len(), columns)?;
    with_prospects(bought, input, start.days_since_epoch())
}

/// Adds those of the customers' table who never bought, and sorts by id.
fn with_prospects(bought: DataFrame, input: &ProfileInput<'_>, start: i32) -> Result<DataFrame, ProfileError> {
    let Some(table) = input.tables.customers() else { return Ok(bought.sort(["customer_id"], Default::default())?) };
    let rows = known_by(table, &input.window).select([polars::prelude::col("customer_id")]);
    let all = super::super::lines::collect(rows)?;
    let ids = all.column("customer_id")?.as_materialized_series();
    let known = matched(ids, &bought, "customers", "customer_id", &["stage"])?;
    let prospects = ids.filter(&known.column("stage")?.as_materialized_series().is_null())?;
    let n = prospects.len();
    let mut columns: Vec<Column> = vec![prospects.into_column()];
    for column in bought.columns().iter().skip(1) {
        columns.push(match column.name().as_str() {
            "stage" => Series::new("stage".into(), vec![Stage::Prospect.name(); n]).into_column(),
            "period_start" => days(vec![Some(start); n])?.with_name("period_start".into()).into_column(),
            name => Series::full_null(name.into(), n, column.dtype()).into_column(),
        });
    }
    let all = bought.vstack(&DataFrame::new(n, columns)?)?;
    Ok(all.sort(["customer_id"], Default::default())?)
}

fn flags(row: &CustomerRow) -> Option<String> {
    let flags = [
        (row.last.is_weakening, "weakening"),
        (row.is_bound, "under_contract"),
        (row.has_left && !row.is_bound, "contract_ended"),
    ];
    let flags: Vec<&str> = flags.into_iter().filter(|(holds, _)| *holds).map(|(_, flag)| flag).collect();
    (!flags.is_empty()).then(|| flags.join("; "))
}

fn acquisition_costs(cycle: &LifeCycle, input: &ProfileInput<'_>) -> Result<Vec<Option<f64>>, ProfileError> {
    let table = input.tables.customers().filter(|table| table.has("acq_cost"));
    let Some(table) = table.filter(|_| cycle.value() == super::LifeValue::GrossProfit) else {
        return Ok(vec![None; cycle.len()]);
    };
    let names = ["customer_id", "acq_cost"].map(polars::prelude::col);
    let costs = super::super::lines::collect(table.rows().select(names))?;
    let costs = matched(cycle.customers(), &costs, "customers", "customer_id", &["acq_cost"])?;
    Ok(numbers(&costs, "acq_cost")?.into_iter().map(|cost| Some(cost).filter(|cost| !cost.is_nan())).collect())
}

/// The table of stages, and what followed each of them.
fn stages(cycle: &LifeCycle, summary: &Summary) -> Result<ResultTable, ProfileError> {
    let (now, uses) = (&summary.now, &summary.uses);
    let shown: Vec<Stage> = Stage::ALL
        .into_iter()
        .filter(|stage| now[*stage as usize].0 > 0 || uses[*stage as usize].periods > 0)
        .collect();
    let count = |of: &dyn Fn(Stage) -> usize| -> Vec<i64> {
        shown.iter().map(|stage| i64::try_from(of(*stage)).unwrap_or(i64::MAX)).collect()
    };
    let known = |of: &dyn Fn(&StageUse) -> f64| -> Vec<Option<f64>> {
        shown.iter().map(|stage| Some(of(&uses[*stage as usize])).filter(|x| x.is_finite())).collect()
    };
    let value: Vec<Option<f64>> = shown.iter().map(|stage| summary.ltv.map(|ltv| ltv[*stage as usize])).collect();
    let frame = polars::df!(
        "stage" => shown.iter().map(|stage| stage.name()).collect::<Vec<_>>(),
        "customers" => count(&|stage| now[stage as usize].0),
        "weakening" => count(&|stage| now[stage as usize].1),
        "periods" => count(&|stage| uses[stage as usize].periods),
        "next_retention" => known(&|u| u.bought_again as f64 / u.periods as f64),
        "value_per_period" => known(&|u| u.value / u.periods as f64),
        "next_growth" => known(&|u| if u.value > 0.0 { u.next_value / u.value - 1.0 } else { f64::NAN }),
        "ltv_total" => value,
    )?;
    let mut table =
        ResultTable::new("lifecycle_stage", "who is in each stage, and what followed it", frame, STAGE_COLUMNS)?;
    for stage in &shown {
        let n = now[*stage as usize].0;
        if n < cycle.settings().min_n {
            table = table.with_flag(format!("low_support: {} n = {n}", stage.name()));
        }
    }
    Ok(table)
}
