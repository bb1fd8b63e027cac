//! From chances to a forecast.

use std::collections::BTreeMap;

use emptor_types::ExactSum;
use emptor_types::period::Period;

use super::deals::{Deal, DealSegment, Outcome};
use super::history::Rate;
use super::method::{Ahead, ExpectedPeriod, Flagged, GroupForecast, PipelineForecast, UNKNOWN};
use super::shock::Shock;
use super::simulate::{Bet, Game, Group, Luck, Rates};
use super::snapshot::Snapshot;
use super::treat::{AmountLevels, DealFlag, OpenDeal, PipelinePast};

/// Deals by group: the names, and the group of every deal.
#[derive(Debug, Clone)]
pub(super) struct Groups {
    pub(super) names: Vec<String>,
    pub(super) of: Vec<usize>,
}

impl Groups {
    pub(super) fn of(deals: &[Deal], by: DealSegment) -> Self {
        let name =
            |deal: &Deal| by.of(deal).unwrap_or(if by == DealSegment::None { "__all__" } else { UNKNOWN }).to_owned();
        let mut places: BTreeMap<String, usize> = deals.iter().map(|deal| (name(deal), 0)).collect();
        places.values_mut().enumerate().for_each(|(i, place)| *place = i);
        let of = deals.iter().map(|deal| places.get(&name(deal)).copied().unwrap_or(0)).collect();
        Self { names: places.into_keys().collect(), of }
    }
}

/// A forecast in the making.
pub(super) struct Draft<'a> {
    pub(super) method: &'static str,
    pub(super) snapshot: &'a Snapshot<'a>,
    pub(super) ahead: &'a Ahead,
    pub(super) periods: Vec<Period>,
    pub(super) groups: Groups,
    pub(super) past: &'a PipelinePast,
    pub(super) open: &'a [OpenDeal],
    /// Probability of a win by period, for every open deal.
    pub(super) chances: Vec<Vec<f64>>,
    /// What those chances were learned from, for every open deal; `None` where they are given.
    pub(super) rates: Vec<Option<Rate>>,
    /// The win rate of all deals, if chances come from it.
    pub(super) overall: Option<Rate>,
    /// Which part of an open deal counts in which period; `None` where dates do not decide.
    pub(super) shares: Option<Vec<Vec<f64>>>,
    /// Expected wins of deals to come by group and period.
    pub(super) fresh: Vec<Vec<f64>>,
    /// On how many creations that rests, by group.
    pub(super) created: Vec<f64>,
    /// On how many wins the chances rest, by group.
    pub(super) learned: Vec<Option<f64>>,
    pub(super) shock: Shock,
    /// By what the shock multiplies what is expected.
    pub(super) factor: f64,
    pub(super) doubt: Vec<f64>,
}

impl Draft<'_> {
    pub(super) fn finish(self) -> PipelineForecast {
        let (deals, n) = (self.snapshot.deals(), self.periods.len());
        let mut flags: BTreeMap<DealFlag, usize> = BTreeMap::new();
        self.open.iter().flat_map(|deal| &deal.flags).for_each(|flag| *flags.entry(*flag).or_default() += 1);
        let unpriced = |deal: &&Deal| deal.outcome == Some(Outcome::Won) && deal.amount.is_none();
        let unpriced = deals.iter().filter(unpriced).count();
        if unpriced > 0 {
            flags.insert(DealFlag::WonWithoutAmount, unpriced);
        }
        let groups = self.players();
        let mut pipeline = vec![vec![(ExactSum::ZERO, ExactSum::ZERO); n]; groups.len()];
        let rates = Rates::of(&self.rates);
        let mut bets: Vec<(usize, Bet)> = Vec::with_capacity(self.open.len());
        for (place, (open, chances)) in self.open.iter().zip(&self.chances).enumerate() {
            let group = self.groups.of[open.deal];
            let amount = open.amount.unwrap_or(0.0);
            for (k, (sum, deals)) in pipeline[group].iter_mut().enumerate() {
                let share = self.shares.as_ref().map_or(1.0, |shares| shares[place][k]);
                sum.add(amount * share);
                deals.add(share);
            }
            let hazards = Bet::hazards(chances);
            bets.push((
                open.deal,
                Bet { group, amount: (amount, open.spread), hazards, rate: rates.place(self.rates[place]) },
            ));
        }
        // The order of rows must say nothing.
        bets.sort_by(|(a, left), (b, right)| {
            let key = |bet: &Bet| (bet.amount.0, bet.hazards.iter().sum::<f64>());
            let ids = deals[*a].id.cmp(&deals[*b].id);
            let (x, y) = (key(left), key(right));
            ids.then(left.group.cmp(&right.group)).then(x.0.total_cmp(&y.0)).then(x.1.total_cmp(&y.1))
        });
        let bets: Vec<Bet> = bets.into_iter().map(|(_, bet)| bet).collect();
        let factor = self.factor;
        let mut expected = vec![vec![(ExactSum::ZERO, ExactSum::ZERO); n]; groups.len()];
        for bet in &bets {
            for (k, p) in bet.chances(factor).enumerate() {
                expected[bet.group][k].0.add(p * bet.amount.0);
                expected[bet.group][k].1.add(p);
            }
        }
        let period = |k: usize| ExpectedPeriod {
            start: self.periods[k].start,
            end: self.periods[k].end,
            won: 0.0,
            open: 0.0,
            fresh: 0.0,
            won_count: 0,
            open_wins: 0.0,
            fresh_wins: 0.0,
            pipeline: 0.0,
            deals: 0.0,
            bands: Vec::new(),
        };
        let mut rows: Vec<Vec<ExpectedPeriod>> = Vec::with_capacity(groups.len() + 1);
        for (place, group) in groups.iter().enumerate() {
            let of = |k: usize| {
                let won = if k == 0 { group.won } else { (0.0, 0) };
                let fresh = group.fresh[k] * factor;
                let (open, wins) = expected[place][k];
                ExpectedPeriod {
                    won: won.0,
                    won_count: won.1,
                    open: open.value(),
                    open_wins: wins.value(),
                    fresh: fresh * group.level.0,
                    fresh_wins: fresh,
                    pipeline: pipeline[place][k].0.value(),
                    deals: pipeline[place][k].1.value(),
                    ..period(k)
                }
            };
            rows.push((0..n).map(of).collect());
        }
        let total = (0..n).map(|k| {
            let sum =
                |value: fn(&ExpectedPeriod) -> f64| rows.iter().map(|row| value(&row[k])).collect::<ExactSum>().value();
            ExpectedPeriod {
                won: sum(|p| p.won),
                won_count: rows.iter().map(|row| row[k].won_count).sum(),
                open: sum(|p| p.open),
                open_wins: sum(|p| p.open_wins),
                fresh: sum(|p| p.fresh),
                fresh_wins: sum(|p| p.fresh_wins),
                pipeline: sum(|p| p.pipeline),
                deals: sum(|p| p.deals),
                ..period(k)
            }
        });
        rows.insert(0, total.collect());
        let luck = Luck { shock: self.shock, doubt: self.doubt, overall: self.overall, rates: rates.into_rates() };
        let game = Game { periods: n, groups, bets, luck };
        let bands = game.bands(self.ahead.draws, self.ahead.seed, &self.ahead.levels);
        for (row, bands) in rows.iter_mut().zip(bands) {
            for (period, bands) in row.iter_mut().zip(bands) {
                period.bands = bands;
            }
        }
        let total = rows.remove(0);
        let named = self.groups.names.into_iter().zip(rows);
        PipelineForecast {
            method: self.method.to_owned(),
            total,
            groups: named.map(|(name, periods)| GroupForecast { name, periods }).collect(),
            flags: flags.into_iter().map(|(flag, deals)| Flagged { flag, deals }).collect(),
        }
    }

    /// The groups with what is won so far and what deals to come would bring.
    fn players(&self) -> Vec<Group> {
        let (deals, by) = (self.snapshot.deals(), self.ahead.by);
        let mut won = vec![(ExactSum::ZERO, 0); self.groups.names.len()];
        let mut prices: Vec<Option<f64>> = vec![None; won.len()];
        for (deal, group) in deals.iter().zip(&self.groups.of) {
            if by == DealSegment::Product {
                prices[*group] = prices[*group].or(deal.list_price);
            }
            let inside = deal.closed.is_some_and(|day| day >= self.periods[0].start.days_since_epoch());
            if deal.outcome == Some(Outcome::Won) && inside {
                won[*group].0.add(self.past.amounts.amount(deal).map_or(0.0, |(mean, _)| mean));
                won[*group].1 += 1;
            }
        }
        let levels = AmountLevels::of(deals, by, self.past.amounts.strength());
        let of = |(place, name): (usize, &String)| Group {
            won: (won[place].0.value(), won[place].1),
            fresh: self.fresh[place].clone(),
            created: self.created[place],
            learned: self.learned[place],
            level: levels.level(Some(name), prices[place]).unwrap_or_default(),
        };
        self.groups.names.iter().enumerate().map(of).collect()
    }
}
