//! One row per customer: how long, how regular, which way, how close.

use std::collections::BTreeMap;

use polars::prelude::{DataType, IntoLazy, col, len};
use rayon::prelude::*;

use super::answers::Answers;
use super::base::{Base, known, sum};
use super::rates::ChurnRule;
use super::settings::{PersistencySettings, SilenceLimit};
use super::standing::{LoyaltyQuadrant, LoyaltyState, Trend, expected_interval, loyalty_state, trend};
use super::survival::{Spell, join_spells};
use super::wallets::Wallet;
use crate::profile::lines::{Lines, collect, is_purchase};
use crate::profile::{ProfileError, ProfileInput};
use crate::statistics::median;

/// Customers of one chunk of parallel work; a fixed number, so that threads do not matter.
const CHUNK: usize = 4096;

/// A row of `persist_customer`.
#[derive(Debug, Clone)]
pub(super) struct CustomerRow {
    pub(super) tenure: Option<i32>,
    pub(super) interval: f64,
    pub(super) recency_ratio: Option<f64>,
    pub(super) p_alive: f64,
    pub(super) remaining_life: f64,
    pub(super) wallet_share: Option<f64>,
    pub(super) wallet_rank: Option<f64>,
    pub(super) wallet_allocation: Option<f64>,
    pub(super) categories: Option<usize>,
    pub(super) breadth: Option<f64>,
    pub(super) nps: Option<f64>,
    pub(super) csat: Option<f64>,
    pub(super) trend: Option<Trend>,
    pub(super) state: LoyaltyState,
    pub(super) quadrant: Option<LoyaltyQuadrant>,
    pub(super) churn_rule: ChurnRule,
    pub(super) orders: usize,
    pub(super) days_since_last: Option<i32>,
    pub(super) profit: f64,
    pub(super) flags: String,
}

/// How the base buys, and when its customers count as gone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Habit {
    /// Median of the customers' own mean intervals between days of purchase.
    pub(super) interval: Option<f64>,
    /// Days of silence after which a customer without contract counts as gone; `None` if there is too little data.
    pub(super) limit: Option<u32>,
    pub(super) buyers: usize,
}

impl Habit {
    pub(super) fn of(base: &Base, settings: &PersistencySettings) -> Self {
        let own: Vec<f64> = (0..base.len()).filter_map(|customer| own_interval(base.bought(customer))).collect();
        let interval = median(&own);
        let buyers = (0..base.len()).filter(|customer| !base.bought(*customer).is_empty()).count();
        let first = (0..base.len()).filter_map(|customer| base.bought(customer).first()).min();
        let history = first.map_or(0, |first| i64::from(base.as_of) - i64::from(*first));
        let thrice = (0..base.len()).any(|customer| base.bought(customer).len() >= 3);
        let enough = buyers >= settings.min_n && history >= i64::from(settings.min_history_days) && thrice;
        let limit = match settings.silence {
            SilenceLimit::Days(days) => Some(days),
            SilenceLimit::Intervals(times) => interval.map(|interval| (times * interval).ceil() as u32),
        };
        Self { interval, limit: limit.filter(|_| enough), buyers }
    }

    pub(super) fn rule(&self) -> ChurnRule {
        self.limit.map_or(ChurnRule::None, |days| ChurnRule::Silence { days })
    }
}

/// Mean days between purchases; `None` of fewer than two.
fn own_interval(bought: &[i32]) -> Option<f64> {
    let (first, last) = (bought.first()?, bought.last()?);
    (bought.len() > 1).then(|| f64::from(last - first) / (bought.len() - 1) as f64)
}

/// What other tables say of customers.
pub(super) struct Said<'a> {
    pub(super) wallets: Option<&'a BTreeMap<usize, Wallet>>,
    pub(super) nps: Option<&'a Answers>,
    pub(super) csat: Option<&'a Answers>,
}

/// The rows of all customers, and what profit was taken for.
pub(super) fn rows(
    base: &Base,
    habit: &Habit,
    input: &ProfileInput<'_>,
    lines: &Lines,
    said: &Said<'_>,
    settings: &PersistencySettings,
) -> Result<(Vec<CustomerRow>, &'static str), ProfileError> {
    let (profit, basis) = profits(base, input)?;
    let score = |name: &str| match input.scores.filter(|scores| scores.has(name)) {
        Some(scores) => base.numbers(scores.frame().clone().lazy(), name, "scores"),
        None => Ok(vec![f64::NAN; base.len()]),
    };
    let (p_alive, life) = (score("p_alive")?, score("expected_remaining_life")?);
    let (categories, available) = categories(base, input, lines)?;
    let window = trend_window(base, settings);
    let tenures: Vec<Option<i32>> = (0..base.len()).map(|customer| tenure(base, customer)).collect();
    let places: Vec<Place> = (0..base.len()).map(|customer| place(base, habit, settings, customer)).collect();
    // Who is gone is long with nobody: with them, half of all would be above a tenure that no present customer has.
    let stays = |customer: usize| places[customer].state.stays() && tenures[customer].is_some();
    let of_customers = |values: &dyn Fn(usize) -> f64| -> Vec<f64> {
        (0..base.len()).filter(|customer| stays(*customer)).map(values).filter(|value| !value.is_nan()).collect()
    };
    let tenure_cut = settings.tenure_cut.or_else(|| median(&of_customers(&|c| tenures[c].map_or(f64::NAN, f64::from))));
    let profit_cut = settings.profit_cut.or_else(|| median(&of_customers(&|c| profit[c])));
    let row = |customer: usize| {
        let bought = base.bought(customer);
        let Place { interval, recency_ratio, state, churn_rule } = places[customer];
        let days_since_last = bought.last().map(|last| base.as_of - last);
        let placed = stays(customer) && !profit[customer].is_nan();
        let quadrant = tenures[customer].zip(tenure_cut).zip(profit_cut).filter(|_| placed);
        let quadrant = quadrant.map(|((tenure, tenure_cut), profit_cut)| {
            LoyaltyQuadrant::of(f64::from(tenure), profit[customer], tenure_cut, profit_cut)
        });
        let trend = revenue_of(base, customer, &window).as_deref().and_then(trend);
        let wallet = said.wallets.and_then(|wallets| wallets.get(&customer));
        let answer = |answers: Option<&Answers>| answers.and_then(|answers| answers.by_place.get(&customer)).copied();
        let mut flags = Vec::new();
        if bought.len() == 1 {
            flags.push("interval_of_base");
        }
        if wallet.is_some_and(|wallet| wallet.own > wallet.total) {
            flags.push("wallet_below_own_spend");
        }
        let categories = categories.as_ref().map(|categories| categories[customer]);
        CustomerRow {
            tenure: tenures[customer],
            interval,
            recency_ratio,
            p_alive: p_alive[customer],
            remaining_life: life[customer],
            wallet_share: wallet.and_then(Wallet::share),
            wallet_rank: wallet.and_then(|wallet| wallet.rank),
            wallet_allocation: wallet.and_then(Wallet::allocation),
            categories,
            breadth: categories.zip(available).map(|(bought, all)| bought as f64 / all as f64),
            nps: answer(said.nps).map(|share| (share * 10.0).round()),
            csat: answer(said.csat),
            trend,
            state,
            quadrant,
            churn_rule,
            orders: base.orders[customer],
            days_since_last,
            profit: profit[customer],
            flags: flags.join(";"),
        }
    };
    let rows = (0..base.len()).into_par_iter().with_min_len(CHUNK).map(row).collect();
    Ok((rows, basis))
}

/// Where a customer stands with the habits of the base.
#[derive(Debug, Clone, Copy)]
struct Place {
    interval: f64,
    recency_ratio: Option<f64>,
    state: LoyaltyState,
    churn_rule: ChurnRule,
}

fn place(base: &Base, habit: &Habit, settings: &PersistencySettings, customer: usize) -> Place {
    let bought = base.bought(customer);
    let own = own_interval(bought).unwrap_or(f64::NAN);
    let interval = match (bought.is_empty(), habit.interval) {
        (false, Some(all)) => expected_interval(bought.len() - 1, own, all, settings.shrinkage),
        _ => f64::NAN,
    };
    let days_since_last = bought.last().map(|last| base.as_of - last);
    let recency_ratio = days_since_last.filter(|_| interval > 0.0).map(|days| f64::from(days) / interval);
    let contracts: Vec<Spell> = base.contracts(customer).iter().map(|contract| contract.spell).collect();
    let joined = join_spells(&contracts, settings.contract_grace);
    let (state, churn_rule) = match joined.last() {
        Some(last) => {
            let grace = i64::from(settings.contract_grace);
            let gone = last.end.is_some_and(|end| i64::from(end) + grace < i64::from(base.as_of));
            let state = if gone { LoyaltyState::Left } else { LoyaltyState::UnderContract };
            (state, ChurnRule::ContractEnded { grace: settings.contract_grace })
        }
        None => (loyalty_state(bought, base.as_of, habit.limit, recency_ratio, settings.risk_ratio), habit.rule()),
    };
    Place { interval, recency_ratio, state, churn_rule }
}

/// Days since the first purchase or contract.
fn tenure(base: &Base, customer: usize) -> Option<i32> {
    let contract = base.contracts(customer).iter().map(|contract| contract.spell.start).min();
    base.bought(customer).first().copied().into_iter().chain(contract).min().map(|first| base.as_of - first)
}

/// The profit of customers in the window, the best that is known, and its name.
fn profits(base: &Base, input: &ProfileInput<'_>) -> Result<(Vec<f64>, &'static str), ProfileError> {
    if let Some(scores) = input.scores.filter(|scores| scores.has("cm2")) {
        return Ok((base.numbers(scores.frame().clone().lazy(), "cm2", "scores")?, "cm2"));
    }
    if let Some(ladders) = input.profits.filter(|ladders| ladders.customers.column("cm2").is_ok()) {
        return Ok((base.numbers(ladders.customers.clone().lazy(), "cm2", "profits of customers")?, "cm2"));
    }
    let from = input.window.from().days_since_epoch();
    // Of customers without a line, such as those of contracts billed elsewhere, nothing is known.
    let profit = |customer: usize| -> f64 {
        let all = base.days(customer);
        let days = all.iter().filter(|day| day.day >= from);
        match (all.is_empty(), days.clone().next().is_none()) {
            (true, _) => f64::NAN,
            (false, true) => 0.0,
            (false, false) => known(days.map(|day| if base.has_cost { day.margin } else { Some(day.net) })),
        }
    };
    let name = if base.has_cost { "margin where the cost is known" } else { "net revenue" };
    Ok(((0..base.len()).map(profit).collect(), name))
}

/// Categories bought by customers up to the day of observation, and how many there are; `None` where lines have none.
fn categories(
    base: &Base,
    input: &ProfileInput<'_>,
    lines: &Lines,
) -> Result<(Option<Vec<usize>>, Option<usize>), ProfileError> {
    if !lines.has("category") {
        return Ok((None, None));
    }
    let bought = lines.until(&input.window).filter(is_purchase().and(col("category").is_not_null()));
    let each = bought.group_by([col("customer_id"), col("category")]).agg([]);
    let counts = each.group_by([col("customer_id")]).agg([len().alias("categories")]);
    let counts = base.numbers(collect(counts)?.lazy(), "categories", "transactions")?;
    let counts = counts.into_iter().map(|n| if n.is_nan() { 0 } else { n as usize }).collect();
    let all = input.tables.products().map(|products| {
        collect(
            products
                .rows()
                .select([col("category")])
                .filter(col("category").is_not_null())
                .unique(None, Default::default())
                .select([len().alias("n")]),
        )
    });
    let all = match all {
        Some(frame) => frame?.column("n")?.cast(&DataType::UInt64)?.u64()?.get(0).map(|n| n as usize),
        None => None,
    };
    Ok((Some(counts), all.filter(|n| *n > 0)))
}

/// The complete periods of the window that trends look at.
fn trend_window(base: &Base, settings: &PersistencySettings) -> std::ops::Range<usize> {
    let end = base.timeline.last_complete().map_or(0, |last| last + 1);
    let begin = base.timeline.window().start.max(end.saturating_sub(settings.trend_periods));
    begin.min(end)..end
}

/// Revenue by period since the first purchase; `None` of those who have not bought.
fn revenue_of(base: &Base, customer: usize, window: &std::ops::Range<usize>) -> Option<Vec<f64>> {
    let first = base.timeline.place(*base.bought(customer).first()?)?;
    let begin = window.start.max(first);
    let mut revenue = vec![0_i64; window.end.checked_sub(begin)?];
    for day in base.days(customer) {
        let place = base.timeline.place(day.day).and_then(|place| place.checked_sub(begin));
        if let Some(sum) = place.and_then(|place| revenue.get_mut(place)) {
            *sum += day.net;
        }
    }
    Some(revenue.into_iter().map(|millionths| sum(std::iter::once(millionths))).collect())
}
