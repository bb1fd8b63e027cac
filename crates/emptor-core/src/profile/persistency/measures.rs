//! The measures of the whole base.

use std::collections::BTreeMap;

use emptor_types::{ExactSum, Invalid};

use super::answers::Answers;
use super::attitude::{Estimate, mean_score, net_promoter_score};
use super::customers::CustomerRow;
use super::frames::{Measure, MovementRow, StockRow};
use super::patterns::{buying_patterns, overlap};
use super::rates::{ChurnRule, Rate, RateKind, compound};
use super::section::Run;
use super::standing::LoyaltyState;
use super::wallets::{KnownWallets, Wallet};
use crate::period::Grain;
use crate::profile::ProfileError;
use crate::statistics::KaplanMeier;

/// What measures are made from.
pub(super) struct Made<'a> {
    pub(super) customers: &'a [CustomerRow],
    pub(super) stocks: &'a [StockRow],
    pub(super) movements: &'a [MovementRow],
    pub(super) waits: &'a [KaplanMeier],
    pub(super) wallets: Option<&'a KnownWallets>,
    pub(super) answers: &'a BTreeMap<String, Answers>,
}

impl Made<'_> {
    /// The last complete period of contracts.
    fn stock(&self) -> Option<&StockRow> {
        self.stocks.iter().rev().find(|stock| !stock.is_partial)
    }
}

impl Run<'_> {
    /// All measures, in a fixed order.
    pub(super) fn measures(&self, made: &Made<'_>) -> Result<Vec<Measure>, ProfileError> {
        let mut measures = self.buying(made)?;
        measures.push(self.lapsed(made.customers)?);
        if let Some(stock) = made.stock() {
            measures.push(self.rate("stock_retention", &stock.rate));
            measures.extend(self.annual(made.stocks, stock.rate));
        }
        measures.extend(self.kept(made));
        measures.extend(made.wallets.map(|wallets| self.share_of_wallet(wallets)));
        measures.extend(self.attitudes(made.answers)?);
        Ok(measures)
    }

    fn rate(&self, metric: &'static str, rate: &Rate) -> Measure {
        Measure::rate(metric, rate, self.level, self.settings.min_n)
    }

    fn number(&self, metric: &'static str, unit: &'static str, value: Option<f64>, n: usize) -> Measure {
        Measure::new(metric, unit, value, n, self.settings.min_n)
    }

    fn estimate(&self, metric: &'static str, unit: &'static str, estimate: Option<Estimate>, n: usize) -> Measure {
        let measure = self.number(metric, unit, estimate.map(|estimate| estimate.value), n);
        match estimate {
            Some(estimate) => measure.within(estimate.interval.low, estimate.interval.high),
            None => measure,
        }
    }

    /// How customers buy.
    fn buying(&self, made: &Made<'_>) -> Result<Vec<Measure>, ProfileError> {
        let active = |count, of| Rate::new(RateKind::PctActive, ChurnRule::None, count, of);
        let buyers = made.customers.iter().filter(|row| row.orders > 0).count();
        let twice = made.customers.iter().filter(|row| row.orders > 1).count();
        let mut measures = vec![
            self.rate("repeat_purchase_rate", &Rate::repeat_purchase(twice, buyers)?),
            self.rate("one_time_share", &active(buyers - twice, buyers)?),
        ];
        if let Some(place) = self.last_complete() {
            let overlap = overlap(&self.activity, place - 1, place);
            measures.push(self.rate("repeat_buying_rate", &overlap.repeat_buying()));
        }
        let patterns = buying_patterns(&self.years()?.0);
        let all = patterns.iter().map(|pattern| pattern.customers).sum();
        let gaps = patterns.iter().filter(|pattern| pattern.gap_then_return).map(|pattern| pattern.customers).sum();
        measures.push(self.rate("gap_then_return_share", &active(gaps, all)?));
        let several = (0..self.base.len()).filter(|customer| self.base.bought(*customer).len() > 1).count();
        measures.push(self.number("median_purchase_interval", "days", self.habit.interval, several));
        let second = made.waits.first();
        let watched = second.and_then(|curve| curve.steps().first()).map_or(0, |step| step.at_risk);
        let median = second.and_then(KaplanMeier::median);
        measures.push(self.number("median_days_to_second_purchase", "days", median, watched));
        Ok(measures)
    }

    /// Share of buyers without contract who are silent for too long.
    fn lapsed(&self, customers: &[CustomerRow]) -> Result<Measure, Invalid> {
        let bound = |row: &CustomerRow| matches!(row.state, LoyaltyState::UnderContract | LoyaltyState::Left);
        let free = customers.iter().filter(|row| row.orders > 0 && !bound(row)).count();
        let lapsed = customers.iter().filter(|row| row.state == LoyaltyState::Lapsed).count();
        let measure = self.rate("lapsed_share", &Rate::new(RateKind::PctActive, self.habit.rule(), lapsed, free)?);
        Ok(match self.habit.limit {
            Some(_) => measure,
            None => Measure {
                value: None,
                low: None,
                high: None,
                status: format!("insufficient_data: {}", self.too_little()),
                ..measure
            },
        })
    }

    /// The retention of the last complete year, as the product over its periods.
    fn annual(&self, stocks: &[StockRow], last: Rate) -> Option<Measure> {
        let periods = match self.base.timeline.grain() {
            Grain::Month => 12,
            Grain::Quarter => 4,
            Grain::Year => 1,
            Grain::Week => 52,
            _ => return None,
        };
        let complete: Vec<f64> = stocks
            .iter()
            .filter(|stock| !stock.is_partial)
            .map(|stock| stock.rate.value().unwrap_or(f64::NAN))
            .collect();
        let year = complete.len().checked_sub(periods).and_then(|from| compound(&complete[from..]));
        let measure = self.number("annual_retention", "share", year, last.counts().1);
        Some(Measure { kind: Some(RateKind::Retention), rule: Some(last.churn_rule()), ..measure })
    }

    /// What part of revenue was kept in the last complete period.
    fn kept(&self, made: &Made<'_>) -> Vec<Measure> {
        let buyers = |place: usize| {
            let bought = |customer: &usize| self.activity.bought(*customer).any(|period| period + 1 == place);
            (0..self.activity.customers()).filter(bought).count()
        };
        let mut measures = Vec::new();
        for (basis, names) in [("revenue", ["nrr", "grr"]), ("contract", ["contract_nrr", "contract_grr"])] {
            let last = made.movements.iter().rev().find(|row| row.basis == basis && !row.is_partial);
            let Some(moved) = last.map(|row| row.moved) else { continue };
            let n = match basis {
                "contract" => made.stock().map_or(0, |stock| stock.start),
                _ => self.last_complete().map_or(0, buyers),
            };
            measures.push(self.number(names[0], "share of revenue", moved.net_retention(), n));
            measures.push(self.number(names[1], "share of revenue", moved.gross_retention(), n));
        }
        measures
    }

    /// A ratio of sums: the mean of shares would count small wallets like large ones.
    fn share_of_wallet(&self, known: &KnownWallets) -> Measure {
        let sum = |of: fn(&Wallet) -> f64| known.wallets.values().map(of).collect::<ExactSum>().value();
        let total = sum(|wallet| wallet.total);
        let share = (total > 0.0).then(|| sum(Wallet::counted) / total);
        self.number("share_of_wallet", "share", share, known.wallets.len())
    }

    /// What customers say.
    fn attitudes(&self, answers: &BTreeMap<String, Answers>) -> Result<Vec<Measure>, Invalid> {
        let mut measures = Vec::new();
        if let Some(nps) = answers.get("NPS") {
            let points: Vec<f64> = nps.shares.iter().map(|share| share * 10.0).collect();
            let estimate = net_promoter_score(&points, self.level);
            measures.push(self.estimate("nps", "points", estimate, points.len()));
        }
        if let Some(csat) = answers.get("CSAT") {
            let n = csat.shares.len();
            measures.push(self.estimate("csat_mean", "0 to 1", mean_score(&csat.shares, self.level), n));
            let top = self.rate("csat_top_2_box", &Rate::new(RateKind::PctActive, ChurnRule::None, csat.top, n)?);
            measures.push(Measure { kind: None, rule: None, ..top });
        }
        if let Some(ces) = answers.get("CES") {
            let n = ces.shares.len();
            measures.push(self.estimate("ces_mean", "0 to 1", mean_score(&ces.shares, self.level), n));
        }
        Ok(measures)
    }
}
