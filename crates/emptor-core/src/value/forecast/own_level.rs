//! An age curve at the level of each customer.

use emptor_types::Invalid;

use super::credibility::{Credibility, Member, estimate, order_free_sum, sort, unknown};
use super::curve::Curve;
use super::fitted_curve::FittedAgeCurve;
use super::history::ProfitHistory;
use super::panel::{Steps, panel};
use crate::value::{CurrentProfit, LifetimeValue, ValueError};

/// What a customer earned, and what the curve says of the same periods (those in which it is positive).
struct Own {
    earned: f64,
    curve: f64,
    periods: usize,
    /// `Σ c (x/c − ratio)²`.
    squares: f64,
}

impl FittedAgeCurve {
    /// Estimates how far a customer's own level is to be believed, unless that is given.
    pub(super) fn with_own(mut self, history: &ProfitHistory, given: Option<Credibility>) -> Self {
        let curve = |customer| history.segment(customer).map_or(&self.base, |place| &self.segments[place].1);
        let all: Vec<(usize, Own)> = (0..history.customers())
            .map(|customer| (history.segment(customer).unwrap_or(0), self.own(history, customer, curve(customer))))
            .filter(|(_, own)| own.curve > 0.0)
            .collect();
        let periods: usize = all.iter().map(|(_, own)| own.periods).sum();
        let typical = order_free_sum(all.iter().map(|(_, own)| own.curve)) / periods.max(1) as f64;
        let member = |(group, own): &(usize, Own)| Member {
            group: *group,
            weight: own.curve / typical,
            mean: own.earned / own.curve,
        };
        let mut members: Vec<Member> = all.iter().map(member).collect();
        sort(&mut members);
        let squares = order_free_sum(all.iter().map(|(_, own)| own.squares / typical));
        self.own = given.or_else(|| estimate(squares, (periods - all.len()) as f64, &members));
        self.typical = typical;
        self
    }

    /// How far a customer's own level is believed, in periods of a typical customer; `None` if nobody was observed twice.
    #[must_use]
    pub fn own_credibility(&self) -> Option<Credibility> {
        self.own
    }

    /// The profit of every customer of a history, their curve scaled to their own level as far as that is believed:
    /// ```text
    /// RP_it = ρ_i · curve(age_i + t)          ρ = Z · own/curve + (1 − Z)
    /// ```
    /// `own/curve` is what the customer earned over what the curve says of the same periods, and `Z = w/(w+K)`, with `w`
    /// the curve's profit in these periods over that of a typical period (Bühlmann & Straub 1970). A period in which the
    /// curve is not positive has no ratio and is left out; a customer without any keeps the curve.
    ///
    /// # Errors
    /// Unless the history has the model's period and known segments; if the credibility could not be estimated and is
    /// needed.
    pub fn forecast_own(
        &self,
        history: &ProfitHistory,
        convention: &LifetimeValue,
    ) -> Result<CurrentProfit, ValueError> {
        let mut checks = Invalid::checks();
        let rule = format!("must be the period of the model, {}", self.unit);
        checks.require(history.unit() == self.unit, "period of the history", &rule, history.unit());
        let curves = checks.absorb(self.curves(history.customers(), history.labels().as_deref())).unwrap_or_default();
        checks.finish()?;
        let ratio = |customer: usize| {
            let own = self.own(history, customer, curves[customer]);
            if own.curve > 0.0 && self.typical > 0.0 {
                let credibility = self.own.ok_or_else(unknown)?;
                Ok(credibility.blend(own.curve / self.typical, own.earned / own.curve, 1.0))
            } else {
                Ok(1.0)
            }
        };
        let ratios = (0..history.customers()).map(ratio).collect::<Result<Vec<f64>, Invalid>>()?;
        let (periods, steps, ages) = (convention.periods(), Steps::new(self.unit, convention), history.ages());
        let values = panel(ages.len(), periods, |customer, row| {
            let (curve, ratio) = (curves[customer], ratios[customer]);
            steps.add_up(row, |k| ratio * curve.profit(ages[customer].saturating_add(k), self.decay));
        })?;
        Ok(CurrentProfit::panel(periods, values)?)
    }

    fn own(&self, history: &ProfitHistory, customer: usize, curve: &Curve) -> Own {
        let observed = history.trailing(customer, history.periods());
        let first = history.ages()[customer] - observed.len() + 1;
        let pairs = (first..).zip(observed).map(|(age, profit)| (*profit, curve.profit(age, self.decay)));
        let positive = pairs.filter(|(_, curve)| *curve > 0.0);
        let (mut earned, mut total, mut periods) = (0.0, 0.0, 0);
        for (profit, curve) in positive.clone() {
            earned += profit;
            total += curve;
            periods += 1;
        }
        let squares = positive.map(|(profit, curve)| curve * (profit / curve - earned / total).powi(2)).sum();
        Own { earned, curve: total, periods, squares }
    }
}
