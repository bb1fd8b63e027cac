//! What is done about deals of which something is missing.

use std::collections::BTreeMap;

use emptor_types::period::{Period, place};
use emptor_types::{ExactSum, Invalid};
use serde::{Deserialize, Serialize};

use super::closings::Closings;
use super::deals::{Deal, DealSegment, Outcome};
use super::funnel::{Stay, order_of_stages, stays};
use super::history::{Rate, WinHistory};
use super::snapshot::Snapshot;

/// What was missing or out of order, and what was done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DealFlag {
    /// Expected to close before now: rolled to the first day that it can still close on.
    OverdueClose,
    /// No expected close: spread over the days ahead as deals of its age were decided in the past.
    NoExpectedClose,
    /// No expected close either, and as old as no deal that was decided: by date it counts nowhere.
    OlderThanAnyDecided,
    /// No stated probability: that of its stage, age and segment.
    NoProbability,
    /// No amount: what wins of its product bring, drawn to the list price, else what wins bring.
    NoAmount,
    /// No amount, and no win, list price or other open deal to take one from: counts with 0.
    NoPrice,
    /// Won without an amount: counted with the same.
    WonWithoutAmount,
}

impl DealFlag {
    /// Its name in tables, e.g. `overdue_close`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OverdueClose => "overdue_close",
            Self::NoExpectedClose => "no_expected_close",
            Self::OlderThanAnyDecided => "older_than_any_decided",
            Self::NoProbability => "no_probability",
            Self::NoAmount => "no_amount",
            Self::NoPrice => "no_price",
            Self::WonWithoutAmount => "won_without_amount",
        }
    }
}

/// How the past is read.
#[derive(Debug, Clone, PartialEq)]
pub struct PastSettings {
    /// The open stages in their order; as the history shows unless given.
    pub stages: Option<Vec<String>>,
    /// Bounds of the bands of age of deals, in days, ascending: 30, 90, 180.
    pub age_bands: Vec<i32>,
    /// How many observations the rate of the greater group counts in that of the smaller one: 10.
    pub strength: f64,
    /// By what else win rates are told apart: by representative.
    pub segment: DealSegment,
}

impl PastSettings {
    /// Checks them.
    ///
    /// # Errors
    /// All violations.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        let distinct = self.stages.as_ref().is_none_or(|stages| {
            !stages.is_empty() && stages.iter().enumerate().all(|(i, stage)| !stages[..i].contains(stage))
        });
        checks.require(distinct, "stages", "must be different, and at least one", format!("{:?}", self.stages));
        let rising = self.age_bands.windows(2).all(|pair| pair[0] < pair[1]) && self.age_bands.iter().all(|b| *b > 0);
        checks.require(rising, "age_bands", "must be positive and ascending", format!("{:?}", self.age_bands));
        let strength = self.strength >= 0.0 && self.strength.is_finite();
        checks.require(strength, "strength", "must be finite and at least 0", self.strength);
        checks.finish()
    }
}

impl Default for PastSettings {
    fn default() -> Self {
        Self { stages: None, age_bands: vec![30, 90, 180], strength: 10.0, segment: DealSegment::default() }
    }
}

/// What wins bring: their mean and its spread, by segment.
#[derive(Debug, Clone, PartialEq)]
pub struct AmountLevels {
    strength: f64,
    segment: DealSegment,
    /// Mean and standard deviation of all.
    all: Option<(f64, f64)>,
    /// Number, mean and standard deviation.
    segments: BTreeMap<String, (usize, f64, f64)>,
}

impl AmountLevels {
    /// The amounts of the deals won, those of all drawn into each segment as if they were so many.
    #[must_use]
    pub fn of(deals: &[Deal], segment: DealSegment, strength: f64) -> Self {
        let mut segments: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        let mut all = Vec::new();
        for deal in deals.iter().filter(|deal| deal.outcome == Some(Outcome::Won)) {
            let Some(amount) = deal.amount else { continue };
            all.push(amount);
            if let Some(name) = segment.of(deal) {
                segments.entry(name).or_default().push(amount);
            }
        }
        let pooled = spread_of(&all).or_else(|| {
            // Nothing won so far: what open deals state.
            spread_of(&deals.iter().filter(|deal| deal.is_open()).filter_map(|deal| deal.amount).collect::<Vec<_>>())
        });
        let segments = segments.into_iter().filter_map(|(name, amounts)| {
            spread_of(&amounts).map(|(mean, deviation)| (name.to_owned(), (amounts.len(), mean, deviation)))
        });
        Self { strength, segment, all: pooled, segments: segments.collect() }
    }

    /// By product, or where no deal names one by another segment.
    pub(super) fn by_product_or(deals: &[Deal], other: DealSegment, strength: f64) -> Self {
        let named = deals.iter().any(|deal| deal.product.is_some());
        Self::of(deals, if named { DealSegment::Product } else { other }, strength)
    }

    /// What a deal brings, and how sure that is: what it says, else what such deals bring. `None` if nothing is known at all.
    #[must_use]
    pub fn amount(&self, deal: &Deal) -> Option<(f64, f64)> {
        let usual = || self.level(self.segment.of(deal), deal.list_price);
        deal.amount.map_or_else(usual, |amount| Some((amount, 0.0)))
    }

    /// For how many wins the greater group counts.
    pub(super) fn strength(&self) -> f64 {
        self.strength
    }

    /// Mean and standard deviation of what a deal would bring of which nobody says it: the mean of the wins of its segment,
    /// drawn to the list price, or without one to the mean of all wins. `None` if nothing is known at all.
    #[must_use]
    pub fn level(&self, segment: Option<&str>, list_price: Option<f64>) -> Option<(f64, f64)> {
        let (n, mean, deviation) = segment.and_then(|name| self.segments.get(name)).copied().unwrap_or_default();
        let prior = list_price.or(self.all.map(|(mean, _)| mean))?;
        let n = n as f64;
        let level = (n * mean + self.strength * prior) / (n + self.strength);
        let level = if n + self.strength > 0.0 { level } else { prior };
        // One win says nothing of the spread: that of all wins, in proportion.
        let pooled = self.all.map_or(0.0, |(mean, deviation)| if mean > 0.0 { deviation / mean } else { 0.0 });
        let spread = if n > 1.5 { deviation } else { level * if list_price.is_some() { 0.0 } else { pooled } };
        Some((level, spread))
    }
}

fn spread_of(values: &[f64]) -> Option<(f64, f64)> {
    let n = values.len() as f64;
    let mean = values.iter().copied().collect::<ExactSum>().value() / n;
    let square = values.iter().map(|value| (value - mean) * (value - mean)).collect::<ExactSum>().value();
    (!values.is_empty()).then(|| (mean, if values.len() > 1 { (square / (n - 1.0)).sqrt() } else { 0.0 }))
}

/// What the deals until a day say about those that are open.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PipelinePast {
    /// The open stages in their order.
    pub order: Vec<String>,
    /// The stays of all deals in them.
    pub stays: Vec<Stay>,
    /// Win rates by stage, age and segment.
    pub history: WinHistory,
    /// What wins bring.
    pub amounts: AmountLevels,
    closings: Closings,
    segment: DealSegment,
    as_of: i32,
}

/// An open deal with what is missing filled in.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct OpenDeal {
    /// Its place among the deals.
    pub deal: usize,
    /// Probability to win it by the past: stage, age in it and segment; `None` if nothing was ever decided.
    pub historical: Option<f64>,
    /// The stated one, else that by the past.
    pub stated: Option<f64>,
    /// What it would bring.
    pub amount: Option<f64>,
    /// Standard deviation of that; 0 where the deal states its amount.
    pub spread: f64,
    /// When it is expected to close, not before now; without a stated day the one until which half of the deals of its age are
    /// decided, if so many ever are.
    pub close: Option<i32>,
    /// What was missing.
    pub flags: Vec<DealFlag>,
    /// Where the probability by the past comes from.
    pub reasons: Vec<String>,
    /// How sure that probability is.
    pub(super) basis: Option<Rate>,
    /// Days since its creation.
    age: i32,
    /// Whether the day of its close is stated.
    dated: bool,
}

impl PipelinePast {
    /// Reads the past.
    #[must_use]
    pub fn of(snapshot: &Snapshot<'_>, settings: &PastSettings) -> Self {
        let (deals, as_of) = (snapshot.deals(), snapshot.day());
        let order = settings.stages.clone().unwrap_or_else(|| order_of_stages(deals));
        let stays = stays(deals, &order, as_of);
        let history = WinHistory::of(deals, &stays, &settings.age_bands, settings.strength, settings.segment, as_of);
        let amounts = AmountLevels::by_product_or(deals, settings.segment, settings.strength);
        Self { order, stays, history, amounts, closings: Closings::of(deals, as_of), segment: settings.segment, as_of }
    }

    /// Which part of an open deal is expected to be decided in each of the periods ahead: all of it in one where the day is
    /// stated, else as deals of its age were decided in the past, and nothing of it if none was ever as old.
    #[must_use]
    pub fn shares(&self, deal: &OpenDeal, periods: &[Period]) -> Vec<f64> {
        if deal.dated {
            let due = deal.close.and_then(|day| place(periods, day));
            return (0..periods.len()).map(|k| if due == Some(k) { 1.0 } else { 0.0 }).collect();
        }
        let days: Vec<i32> = periods.iter().map(|period| period.end.days_since_epoch() - self.as_of).collect();
        self.closings.shares(deal.age, &days)
    }

    /// The open deals in their order, none expected to close before a day.
    #[must_use]
    pub fn open(&self, snapshot: &Snapshot<'_>, first: i32) -> Vec<OpenDeal> {
        let deals = snapshot.deals().iter().enumerate().filter(|(_, deal)| deal.is_open());
        deals.map(|(place, deal)| self.treat(place, deal, snapshot.day(), first)).collect()
    }

    fn treat(&self, at: usize, deal: &Deal, as_of: i32, first: i32) -> OpenDeal {
        let stage = deal.stage.as_deref();
        let place = stage.and_then(|stage| self.order.iter().position(|name| name == stage));
        // Stays are sorted by deal.
        let from = self.stays.partition_point(|stay| stay.deal < at);
        let own = self.stays[from..].iter().take_while(|stay| stay.deal == at);
        let stay = own.into_iter().find(|stay| Some(stay.stage) == place);
        let since = stay.map_or(deal.created, |stay| stay.entry);
        // A stage that no deal ever entered says nothing of its own.
        let known = place.zip(stage).filter(|_| stay.is_some());
        let age = as_of - deal.created;
        let basis = self.history.probability(known, as_of - since, self.segment.of(deal));
        let mut flags = Vec::new();
        if deal.stated.is_none() {
            flags.push(DealFlag::NoProbability);
        }
        let close = if let Some(day) = deal.exp_close {
            if day < first {
                flags.push(DealFlag::OverdueClose);
            }
            Some(day.max(first))
        } else {
            let known = self.closings.knows(age);
            flags.push(if known { DealFlag::NoExpectedClose } else { DealFlag::OlderThanAnyDecided });
            self.closings.median(age).map(|days| (as_of + days).max(first))
        };
        let amount = self.amounts.amount(deal);
        if deal.amount.is_none() {
            flags.push(if amount.is_some() { DealFlag::NoAmount } else { DealFlag::NoPrice });
        }
        let historical = basis.as_ref().map(|basis| basis.rate.p);
        OpenDeal {
            deal: at,
            historical,
            stated: deal.stated.or(historical),
            amount: amount.map(|(mean, _)| mean),
            spread: amount.map_or(0.0, |(_, spread)| spread),
            close,
            flags,
            basis: basis.as_ref().map(|basis| basis.rate),
            reasons: basis.map_or_else(Vec::new, |basis| basis.reasons),
            age,
            dated: deal.exp_close.is_some(),
        }
    }
}
