//! A relationship as the levers see it.

use emptor_types::{Checks, DiscountRate, Invalid, TimeUnit, Timing};

use super::BaseFlows;
use super::levers::{Levers, Setting};
use super::multiple::{Growth, converges, multiple};
use crate::value::closed_form::{GrowthFrom, MarginGrowth};
use crate::value::{ClosedForm, FirstPayment, RetentionRate, ValueError};

/// The relationship with one customer or with a group, in a form on which retention, margin and discount rate act alike
/// whether it is endless or has a horizon.
///
/// ```text
/// endless   V = m · multiple(r, d, g)                    one of the conventions T1 … T6
/// flows     V = Σ_t x_t · (1+ε)^n(t) / (1+d)^τ(t)        x_t expected profit, ε relative change of every retention,
///                                                        n(t) = t where the first payment is at risk, else t − 1
/// fixed     V                                            a bare number; it answers to margin only
/// ```
///
/// ```
/// use emptor_core::value::equity::{EquityModel, Relationship};
/// use emptor_core::value::{ClosedForm, RetentionRate};
/// use emptor_types::{DiscountRate, TimeUnit};
///
/// let retention = RetentionRate::new(0.8, TimeUnit::Year)?;
/// let base = Relationship::endless(ClosedForm::T1, 100.0, retention, TimeUnit::Year)?.for_customers(1000.0)?;
/// let model = EquityModel::new(DiscountRate::annual_effective(0.12)?, TimeUnit::Year).with_part("all", base, None)?;
/// assert!((model.total().static_equity - 250_000.0).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Relationship {
    form: Form,
    customers: f64,
    /// What the form's amounts are multiplied by; a base's flows are totals already.
    scale: f64,
    period: Option<TimeUnit>,
    rate: Option<DiscountRate>,
}

#[derive(Debug, Clone, PartialEq)]
enum Form {
    Endless { form: ClosedForm, margin: f64, growth: Option<MarginGrowth>, retention: RetentionRate },
    Flows { current: Vec<f64>, potential: Vec<f64>, timing: Timing, first: FirstPayment, level: Level },
    Fixed(f64),
}

/// What is known about the retention in flows.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Level {
    /// No survival is in them: profits are expectations, or certain.
    Absent,
    /// There is one, nobody said how high.
    Unstated,
    /// That of the best retained period.
    Highest(RetentionRate),
}

/// How far a stated retention may be below one found in weights, and rates apart that were made in different ways; relative.
const ROUNDING: f64 = 1e-12;

/// A value and how it answers to levers; `None` where that is unknown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Worth {
    pub(super) current: f64,
    pub(super) potential: f64,
    /// `∂V / ∂ln r`.
    pub(super) retention: Option<f64>,
    /// `∂V / ∂ln(1+d)`.
    pub(super) money: Option<f64>,
}

impl Relationship {
    fn of_one(form: Form, period: Option<TimeUnit>) -> Self {
        Self { form, customers: 1.0, scale: 1.0, period, rate: None }
    }

    /// One customer who pays `margin` per `period` for ever, with constant retention.
    ///
    /// # Errors
    /// Unless the margin is finite. Whether the sum converges is known once there is a discount rate.
    pub fn endless(form: ClosedForm, margin: f64, retention: RetentionRate, period: TimeUnit) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(margin.is_finite(), "margin", "must be finite", margin);
        checks.finish()?;
        Ok(Self::of_one(Form::Endless { form, margin, growth: None, retention }, Some(period)))
    }

    /// Lets the margin of an endless relationship grow.
    ///
    /// # Errors
    /// Unless the relationship is endless; if growth counts from the first renewal, which the continuous T6 does not have.
    pub fn with_growth(mut self, growth: MarginGrowth) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let name = "margin growth";
        match &mut self.form {
            Form::Endless { form, growth: own, .. } => {
                let holds = *form != ClosedForm::T6 || growth.from() == GrowthFrom::Initial;
                let rule = "must count from the initial payment: a continuous flow has no first renewal";
                checks.require(holds, name, rule, "growth from the first renewal");
                *own = Some(growth);
            }
            _ => checks.require(false, name, "must be of an endless relationship: flows carry their own", "flows"),
        }
        checks.finish()?;
        Ok(self)
    }

    /// One customer from whom `profits` are expected in periods 1, 2, … of age, survival included.
    ///
    /// # Errors
    /// Unless there is at least one profit and all are finite.
    pub fn stream(profits: Vec<f64>, first: FirstPayment, timing: Timing, period: TimeUnit) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(!profits.is_empty(), "profits", "must cover at least one period", "none");
        checks.require_each("profits", "must be finite", &profits, |_, profit| profit.is_finite());
        checks.finish()?;
        let potential = vec![0.0; profits.len()];
        let form = Form::Flows { current: profits, potential, timing, first, level: Level::Unstated };
        Ok(Self::of_one(form, Some(period)))
    }

    /// The existing customers of a base, with its convention.
    ///
    /// Where survival weighs the flows it says itself how high retention is, and whether the first payment was at risk;
    /// `first` counts where it does not, because profits are expectations. Such a base answers to retention only
    /// [`with_retention`](Self::with_retention): else elasticities of retention are unknown, and scenarios that move it
    /// are refused.
    #[must_use]
    pub fn of_base(flows: &BaseFlows, first: FirstPayment) -> Self {
        let convention = flows.convention();
        let level = match (flows.first_payment(), flows.highest_retention()) {
            (None, _) => Level::Absent,
            (Some(_), None) => Level::Unstated,
            (Some(_), Some(highest)) => Level::Highest(highest),
        };
        Self {
            form: Form::Flows {
                current: flows.current().to_vec(),
                potential: flows.potential().to_vec(),
                timing: convention.timing(),
                first: flows.first_payment().unwrap_or(first),
                level,
            },
            customers: flows.customers() as f64,
            scale: 1.0,
            period: Some(convention.period()),
            rate: Some(convention.rate()),
        }
    }

    /// Says how high retention is in the best retained period of a stream or base. Scenarios that raise retention, or set
    /// it to a level, need it: nothing else tells whether they would take it above 1. Levels are reached by scaling every
    /// period's retention alike.
    ///
    /// # Errors
    /// Unless the relationship is a stream or a base, and the rate is above 0 and not below what the base's survival shows.
    pub fn with_retention(mut self, highest: RetentionRate) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(highest.per(highest.unit()) > 0.0, "retention", "must be above 0", highest);
        match &mut self.form {
            Form::Flows { level, .. } => {
                if let Level::Highest(shown) = *level {
                    let least = shown.per(shown.unit());
                    let holds = highest.per(shown.unit()) >= least * (1.0 - ROUNDING);
                    let rule = format!("must be at least {shown}, which survival shows");
                    checks.require(holds, "retention", &rule, highest);
                }
                *level = Level::Highest(highest);
            }
            _ => checks.require(false, "retention", "must be of a stream or a base", highest),
        }
        checks.finish()?;
        Ok(self)
    }

    /// One customer worth `value`. How it answers to retention and discount rate is unknown: elasticities of equity with
    /// respect to these are then unknown too, and scenarios that move them are refused. It is taken as linear in margin.
    ///
    /// # Errors
    /// Unless the value is finite.
    pub fn fixed(value: f64) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(value.is_finite(), "customer value", "must be finite", value);
        checks.finish()?;
        Ok(Self::of_one(Form::Fixed(value), None))
    }

    /// No customer: the existing side of a part that is still to be won.
    #[must_use]
    pub fn nobody() -> Self {
        Self { form: Form::Fixed(0.0), customers: 0.0, scale: 0.0, period: None, rate: None }
    }

    /// The same relationship with this many customers; a fraction is an expected number.
    ///
    /// # Errors
    /// Unless the number is finite and at least 0, and the relationship is that of one customer.
    pub fn for_customers(mut self, customers: f64) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let rule = "must be finite and at least 0";
        checks.require(customers.is_finite() && customers >= 0.0, "customers", rule, customers);
        let one = self.rate.is_none() && (self.customers - 1.0).abs() <= 0.0;
        checks.require(one, "customers", "must multiply the relationship with one customer", self.customers);
        checks.finish()?;
        (self.customers, self.scale) = (customers, customers);
        Ok(self)
    }

    /// Number of customers.
    #[must_use]
    pub fn customers(&self) -> f64 {
        self.customers
    }

    /// The convention of an endless relationship.
    pub(super) fn form(&self) -> Option<ClosedForm> {
        match &self.form {
            Form::Endless { form, .. } => Some(*form),
            Form::Flows { .. } | Form::Fixed(_) => None,
        }
    }

    /// Checks that the relationship counts time as the model does.
    pub(super) fn fits(&self, name: &str, rate: DiscountRate, period: TimeUnit, checks: &mut Checks) {
        let rule = format!("must count periods as the model does, per {period}");
        let unit = self.period.unwrap_or(period);
        checks.require(unit == period, name, &rule, format!("per {unit}"));
        let rule = format!("must be discounted at the rate of the model, {rate}");
        let own = self.rate.unwrap_or(rate);
        // The same rate made per month and per year differs in the last bits.
        let (ours, theirs) = (own.per(period), rate.per(period));
        checks.require((ours - theirs).abs() <= ROUNDING * (1.0 + theirs.abs()), name, &rule, own);
    }

    /// Checks that a scenario leaves the relationship possible.
    pub(super) fn admits(&self, levers: &Levers, name: &str, scenario: &str, checks: &mut Checks) {
        let whose = format!("{scenario} on {name}");
        let above = "must keep retention at most 1";
        if matches!((&self.form, levers.margin), (Form::Flows { .. } | Form::Fixed(_), Setting::To(_))) {
            checks.require(false, &whose, "must move the margin by a share: profits have no one level", "a level");
        }
        match &self.form {
            Form::Endless { growth, retention, .. } => {
                let r = levers.retention.of(retention.per(levers.period));
                checks.require(r <= 1.0, &whose, above, r);
                let (kept, money) = (r * growth.map_or(1.0, |growth| 1.0 + growth.per(levers.period)), levers.money());
                let rule = "must keep retention (with growth) below 1 + discount rate: the endless sum diverges";
                checks.require(converges(kept, money), &whose, rule, format!("{kept} and {money}"));
            }
            Form::Flows { level: Level::Highest(level), .. } => {
                let r = levers.retention.of(level.per(levers.period));
                checks.require(r <= 1.0, &whose, above, r);
            }
            Form::Flows { level: Level::Absent, .. } => {
                let rule = "must not move a retention that is not in the flows (see with_retention)";
                checks.require(!levers.retention.moves(), &whose, rule, "profits without survival");
            }
            Form::Flows { level: Level::Unstated, .. } => {
                let known = matches!(levers.retention, Setting::Times(factor) if factor <= 1.0);
                let rule = "must not raise or set a retention whose level was never stated (see with_retention)";
                checks.require(known, &whose, rule, "no level");
            }
            Form::Fixed(value) => {
                let still = !levers.retention.moves() && !levers.rate_moves;
                let rule = "must not move retention or discount rate: a fixed value does not say how it answers";
                checks.require(still || value.abs() <= 0.0, &whose, rule, value);
            }
        }
    }

    pub(super) fn worth(&self, levers: &Levers) -> Result<Worth, ValueError> {
        Ok(match &self.form {
            Form::Endless { form, margin, growth, retention } => {
                let r = levers.retention.of(retention.per(levers.period));
                let growth = growth.map(|g| Growth { share: g.per(levers.period), from: g.from() });
                let m = multiple(*form, r, growth, levers.money())?;
                let value = self.scale * levers.margin.of(*margin) * m.value;
                Worth {
                    current: value,
                    potential: 0.0,
                    retention: Some(value * m.retention),
                    money: Some(value * m.money),
                }
            }
            Form::Flows { current, potential, timing, first, level } => {
                let margin = self.scale * levers.margin.of(1.0);
                let highest = match level {
                    Level::Highest(level) => level.per(levers.period),
                    Level::Absent | Level::Unstated => 1.0,
                };
                let factor = levers.retention.of(highest) / highest;
                let mut worth = Worth { current: 0.0, potential: 0.0, retention: Some(0.0), money: Some(0.0) };
                let (mut by_retention, mut by_money) = (0.0, 0.0);
                for (i, (current, potential)) in current.iter().zip(potential).enumerate() {
                    let renewals = match first {
                        FirstPayment::AtRisk => i + 1,
                        FirstPayment::Certain => i,
                    };
                    let tau = timing.tau(i + 1);
                    let weight = factor.powi(i32::try_from(renewals).unwrap_or(i32::MAX))
                        * levers.rate.factor(tau, levers.period)
                        * margin;
                    worth.current += weight * current;
                    worth.potential += weight * potential;
                    by_retention += renewals as f64 * weight * (current + potential);
                    by_money -= tau * weight * (current + potential);
                }
                let known = *level != Level::Absent || by_retention.abs() <= 0.0;
                (worth.retention, worth.money) = (known.then_some(by_retention), Some(by_money));
                worth
            }
            Form::Fixed(value) => {
                let value = self.scale * levers.margin.of(*value);
                let answer = if value.abs() > 0.0 { None } else { Some(0.0) };
                Worth { current: value, potential: 0.0, retention: answer, money: answer }
            }
        })
    }
}
