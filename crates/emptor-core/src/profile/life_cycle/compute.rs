//! The stages of all customers.

use emptor_types::Date;
use polars::prelude::{DataFrame, PolarsResult, Series};
use rayon::prelude::*;

use super::super::error::ProfileError;
use super::super::ids::matched;
use super::super::input::{CustomerScores, ProfileInput};
use super::super::lines::Lines;
use super::blocks::{Block, Blocks, LifeValue};
use super::rules::StageRules;
use super::season::Season;
use super::settings::{ContractStages, LifeCycleSettings, Seasonality};
use super::stage::Stage;
use super::track::{PeriodFacts, StagePoint, track};
use crate::statistics::quantile;

/// Share of positive levels below which relative changes mean nothing.
const FLOOR: f64 = 0.1;

/// Customers whose lives are in memory at a time.
const AT_A_TIME: usize = 16_384;

/// The stages of all customers with a purchase or a contract, period by period up to the day of observation.
#[derive(Debug, Clone)]
pub struct LifeCycle {
    blocks: Blocks,
    settings: LifeCycleSettings,
    value: LifeValue,
    season: Option<Season>,
    floor: f64,
    /// Of each customer with a row in the lines; `NaN` where unknown.
    p_alive: Vec<f64>,
}

/// How stages follow each other: counts of customers who were in one stage and in another a period later.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StageMoves {
    /// `counts[from as usize][to as usize]`, in the order of [`Stage::ALL`].
    pub counts: [[usize; 7]; 7],
}

/// Whether a stage says anything of the next period.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct StageUse {
    /// Periods of customers in the stage that have a period after them.
    pub periods: usize,
    /// Of these, how many were followed by a purchase, or by a day under contract.
    pub bought_again: usize,
    /// What they brought.
    pub value: f64,
    /// What they brought in the next period.
    pub next_value: f64,
}

/// All of one customer.
pub(super) struct Life {
    pub(super) blocks: Vec<Block>,
    pub(super) points: Vec<StagePoint>,
    /// The last stage under other rules.
    pub(super) others: Vec<Option<Stage>>,
}

impl Life {
    pub(super) fn last(&self) -> Option<Stage> {
        self.points.last().map(|point| point.stage)
    }
}

impl StageMoves {
    pub(super) fn add(&mut self, points: &[StagePoint]) {
        for pair in points.windows(2) {
            self.counts[pair[0].stage as usize][pair[1].stage as usize] += 1;
        }
    }
}

impl StageUse {
    pub(super) fn add(uses: &mut [Self; 7], life: &Life) {
        for (point, pair) in life.points.iter().zip(life.blocks.windows(2)) {
            let of = &mut uses[point.stage as usize];
            of.periods += 1;
            of.bought_again += usize::from(pair[1].orders > 0);
            of.value += pair[0].value;
            of.next_value += pair[1].value;
        }
    }
}

impl LifeCycle {
    /// Reads the lines up to the day of observation and finds the stages.
    ///
    /// # Errors
    /// If settings break rules, or if a query fails.
    pub fn compute(input: &ProfileInput<'_>, settings: &LifeCycleSettings) -> Result<Self, ProfileError> {
        settings.check()?;
        let lines = Lines::of(&input.tables)?;
        let value =
            settings.value.unwrap_or(if lines.has("cost") { LifeValue::GrossProfit } else { LifeValue::Revenue });
        let needs = match value {
            LifeValue::GrossProfit if !lines.has("cost") => Some("product costs and quantities"),
            LifeValue::Units if !input.tables.transactions().has("quantity") => {
                Some("a quantity column in transactions")
            }
            _ => None,
        };
        if let Some(missing) = needs {
            return Err(ProfileError::Missing {
                asked: format!("the life cycle by {}", value.name()),
                missing: missing.into(),
            });
        }
        let blocks = Blocks::read(&lines, input, value, settings)?;
        let p_alive = alive(input.scores, &blocks.customers)?;
        let mut cycle = Self { blocks, settings: *settings, value, season: None, floor: 0.0, p_alive };
        cycle.season = cycle.find_season();
        cycle.floor = cycle.find_floor();
        Ok(cycle)
    }

    /// The customers, in the order of [`Self::points`].
    pub fn customers(&self) -> &Series {
        &self.blocks.customers
    }

    /// How many customers there are; those without a purchase or a contract have no points.
    #[must_use]
    pub fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Whether there is nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is followed.
    #[must_use]
    pub fn value(&self) -> LifeValue {
        self.value
    }

    /// Length of a period in days.
    #[must_use]
    pub fn period_days(&self) -> i32 {
        self.blocks.days
    }

    /// The usual interval between purchase days, the median of the customers' means; `None` if nobody bought on two days.
    #[must_use]
    pub fn usual_interval_days(&self) -> Option<f64> {
        Some(self.blocks.interval).filter(|interval| !interval.is_nan())
    }

    /// Strength of the season, if it was taken out.
    #[must_use]
    pub fn season(&self) -> Option<f64> {
        self.season.as_ref().map(|season| season.strength)
    }

    /// First day of the period so many before the last.
    #[must_use]
    pub fn period_start(&self, ago: usize) -> Date {
        self.blocks.start(ago)
    }

    /// The stages of a customer from the period of the first purchase or contract on; the last one ends on the day of observation.
    #[must_use]
    pub fn points(&self, customer: usize) -> Vec<StagePoint> {
        self.points_by(customer, &self.settings.rules)
    }

    pub(super) fn blocks_of(&self, customer: usize) -> Vec<Block> {
        self.blocks.of(customer, self.settings.rules.interval_strength)
    }

    fn points_by(&self, customer: usize, rules: &StageRules) -> Vec<StagePoint> {
        track(&self.facts(customer, &self.blocks_of(customer)), self.floor, rules)
    }

    fn facts(&self, customer: usize, blocks: &[Block]) -> Vec<PeriodFacts> {
        let last = blocks.len().saturating_sub(1);
        let gone = self.p_alive[customer] < self.settings.rules.terminated_p_alive;
        // Where lines are apart from contracts, who still buys in time is there without one.
        let buys_apart = self.settings.contracts == ContractStages::Apart;
        let decline_above = self.settings.rules.decline_above;
        let fact = |(t, block): (usize, &Block)| PeriodFacts {
            value: block.value / self.index(last - t),
            orders: block.orders,
            overdue: block.overdue,
            is_over: (block.has_left && !(buys_apart && block.overdue <= decline_above))
                || (gone && t == last && !block.is_bound),
        };
        blocks.iter().enumerate().map(fact).collect()
    }

    /// Computes something of every customer, in parallel, and hands it on in the order of customers, so that sums are the
    /// same at any number of threads.
    pub(super) fn in_order<T: Send>(&self, compute: impl Fn(usize) -> T + Sync, mut hand: impl FnMut(usize, T)) {
        for begin in (0..self.len()).step_by(AT_A_TIME) {
            let end = (begin + AT_A_TIME).min(self.len());
            let some: Vec<T> = (begin..end).into_par_iter().map(&compute).collect();
            (begin..end).zip(some).for_each(|(customer, of)| hand(customer, of));
        }
    }

    /// The life of a customer, and the last stage under other rules, whose prior and threshold of `p_alive` are the same.
    pub(super) fn life(&self, customer: usize, others: &[StageRules]) -> Life {
        let blocks = self.blocks_of(customer);
        let facts = self.facts(customer, &blocks);
        let points = track(&facts, self.floor, &self.settings.rules);
        let stage = |rules: &StageRules| track(&facts, self.floor, rules).last().map(|point| point.stage);
        let others = others.iter().map(stage).collect();
        Life { blocks, points, others }
    }

    /// The seasonal index of the period so many before the last.
    fn index(&self, ago: usize) -> f64 {
        self.season.as_ref().map_or(1.0, |season| season.indices[ago % season.indices.len()])
    }

    fn find_season(&self) -> Option<Season> {
        let Seasonality::Above(strength) = self.settings.seasonality else { return None };
        let mut totals: Vec<f64> = Vec::new();
        self.in_order(
            |customer| self.blocks_of(customer),
            |_, blocks| {
                totals.resize(totals.len().max(blocks.len()), 0.0);
                // By periods ago, so that the first position is the last period.
                totals.iter_mut().zip(blocks.iter().rev()).for_each(|(total, block)| *total += block.value);
            },
        );
        // The oldest period may be cut.
        totals.pop();
        let per_year = (365.25 / f64::from(self.blocks.days)).round() as usize;
        Season::of(&totals, per_year).filter(|season| season.strength > strength)
    }

    fn find_floor(&self) -> f64 {
        let levels: Vec<Vec<f64>> = (0..self.len())
            .into_par_iter()
            .map(|customer| {
                let points = self.points(customer);
                points.iter().map(|point| point.level).filter(|level| *level > 0.0).collect()
            })
            .collect();
        let mut levels = levels.concat();
        levels.par_sort_unstable_by(f64::total_cmp);
        quantile(&levels, FLOOR).unwrap_or(1.0)
    }

    /// How stages follow each other over all customers and periods.
    #[must_use]
    pub fn moves(&self) -> StageMoves {
        let mut moves = StageMoves { counts: [[0; 7]; 7] };
        self.in_order(|customer| self.points(customer), |_, points| moves.add(&points));
        moves
    }

    /// What followed each stage, in the order of [`Stage::ALL`].
    #[must_use]
    pub fn use_of_stages(&self) -> [StageUse; 7] {
        let mut uses = [StageUse::default(); 7];
        self.in_order(|customer| self.life(customer, &[]), |_, life| StageUse::add(&mut uses, &life));
        uses
    }

    /// Share of customers whose last stage is another if every threshold is stretched by a share; `None` of nobody.
    #[must_use]
    pub fn changed_by(&self, stretch: f64) -> Option<f64> {
        let rules = [self.settings.rules.stretched(stretch)];
        let (mut changed, mut all) = (0_usize, 0_usize);
        self.in_order(
            |customer| self.life(customer, &rules),
            |_, life| {
                all += usize::from(life.last().is_some());
                changed += usize::from(life.last() != life.others[0]);
            },
        );
        (all > 0).then(|| changed as f64 / all as f64)
    }

    /// How many customers have or had a contract that counts.
    #[must_use]
    pub fn under_contract(&self) -> usize {
        self.blocks.contracts.customers()
    }

    /// How many periods a customer has.
    pub(super) fn periods_of(&self, customer: usize) -> usize {
        self.blocks.periods_of(customer)
    }

    pub(super) fn settings(&self) -> &LifeCycleSettings {
        &self.settings
    }

    pub(super) fn p_alive(&self, customer: usize) -> Option<f64> {
        Some(self.p_alive[customer]).filter(|p| !p.is_nan())
    }
}

/// The probability of being alive of each customer, `NaN` where unknown.
fn alive(scores: Option<&CustomerScores>, customers: &Series) -> Result<Vec<f64>, ProfileError> {
    let Some(scores) = scores.filter(|scores| scores.has("p_alive")) else {
        return Ok(vec![f64::NAN; customers.len()]);
    };
    let found = matched(customers, scores.frame(), "scores of customers", "customer_id", &["p_alive"])?;
    numbers(&found, "p_alive").map_err(ProfileError::from)
}

/// A column of numbers, `NaN` where unknown.
pub(super) fn numbers(frame: &DataFrame, name: &str) -> PolarsResult<Vec<f64>> {
    Ok(frame.column(name)?.f64()?.iter().map(|number| number.unwrap_or(f64::NAN)).collect())
}
