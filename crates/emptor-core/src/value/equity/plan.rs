//! Customers not yet won.

use emptor_types::{Checks, DiscountRate, ExactSum, Invalid, TimeUnit, Timing};

use super::Relationship;
use super::levers::Levers;
use crate::value::ValueError;
use crate::value::closed_form::Purpose;

/// The customers to be won in one period.
#[derive(Debug, Clone, PartialEq)]
pub struct Cohort {
    /// How many, an expectation.
    pub customers: f64,
    /// What winning one of them costs.
    pub cost: f64,
    /// The relationship with one of them, seen from the day it is won (of a group: its mean).
    pub value: Relationship,
}

/// The cohorts to be won in periods 1, 2, …
///
/// ```text
/// future = Σ_k n_k (CLV_k − CAC_k) / (1+d)^τ(k)          τ(k) = k − 1, k − ½ or k: when in period k they are won
/// ```
///
/// (Gupta, Lehmann & Stuart 2004.) A customer's value is given as a [`Relationship`], not as a number, so that levers act
/// on it as on the existing base. The value of a customer not yet won contains the first margin, which the cost of winning
/// buys: of the closed forms that of T2, T3, T5 or T6. T1 and T4, the residual values of existing customers, leave it out and
/// are refused, unless [`accepting_residual_values`](Self::accepting_residual_values) is asked for.
///
/// ```
/// use emptor_core::value::equity::{AcquisitionPlan, CustomerGrowth, Relationship};
/// use emptor_core::value::{ClosedForm, RetentionRate};
/// use emptor_types::{TimeUnit, Timing};
///
/// let retention = RetentionRate::new(0.8, TimeUnit::Year)?;
/// let customer = Relationship::endless(ClosedForm::T2, 100.0, retention, TimeUnit::Year)?;
/// let won = CustomerGrowth::new(10_000.0, -2.0, 0.4)?.won(0.0, 10)?;
/// let plan = AcquisitionPlan::steady(Timing::End, &won, 80.0, &customer)?;
/// assert_eq!(plan.cohorts().len(), 10);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct AcquisitionPlan {
    won: Timing,
    cohorts: Vec<Cohort>,
}

/// Present values of a plan; derivatives as in `Worth`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Future {
    pub(super) customers: f64,
    pub(super) value: f64,
    pub(super) cost: f64,
    pub(super) retention: Option<f64>,
    pub(super) money: Option<f64>,
}

impl AcquisitionPlan {
    /// A plan of cohorts; `won` says when in its period a cohort is won and paid for.
    ///
    /// # Errors
    /// Unless there is a cohort, numbers of customers and costs are finite and not negative, the values are those of at
    /// least part of a customer, and none leaves out the first margin.
    pub fn new(won: Timing, cohorts: Vec<Cohort>) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        for (k, cohort) in (1..).zip(&cohorts) {
            let Some(form) = cohort.value.form().filter(|form| !form.serves(Purpose::AcquisitionCeiling)) else {
                continue;
            };
            let instead = form.acquisition_twin();
            let rule = format!("must contain the first margin, which the acquisition cost buys; use {instead}");
            checks.require(false, &format!("customer value of cohort {k}"), &rule, form);
        }
        let plan = checks.absorb(Self::accepting_residual_values(won, cohorts));
        checks.finish()?;
        plan.ok_or_else(|| Invalid::value("cohorts", "must be valid", "nothing"))
    }

    /// A plan that takes residual values (T1, T4), too: of customers whose first margin was earned before they count as
    /// won, or to follow a publication that compares an acquisition cost with them.
    ///
    /// # Errors
    /// As [`new`](Self::new), but for the first margin.
    pub fn accepting_residual_values(won: Timing, cohorts: Vec<Cohort>) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(!cohorts.is_empty(), "cohorts", "must be at least one", "none");
        let column = |of: fn(&Cohort) -> f64| cohorts.iter().map(of).collect::<Vec<f64>>();
        let rule = "must be finite and at least 0";
        let holds = |_: usize, x: f64| x.is_finite() && x >= 0.0;
        checks.require_each("new customers", rule, &column(|c| c.customers), holds);
        checks.require_each("acquisition cost", rule, &column(|c| c.cost), holds);
        let rule = "must be that of one customer or of a group that has customers";
        checks.require_each("customer value", rule, &column(|c| c.value.customers()), |_, n| n > 0.0);
        checks.finish()?;
        Ok(Self { won, cohorts })
    }

    /// A plan in which all customers cost and are worth the same, `customers` of them in periods 1, 2, …
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn steady(won: Timing, customers: &[f64], cost: f64, value: &Relationship) -> Result<Self, Invalid> {
        let cohort = |customers: &f64| Cohort { customers: *customers, cost, value: value.clone() };
        Self::new(won, customers.iter().map(cohort).collect())
    }

    /// The cohorts.
    #[must_use]
    pub fn cohorts(&self) -> &[Cohort] {
        &self.cohorts
    }

    pub(super) fn fits(&self, name: &str, rate: DiscountRate, period: TimeUnit, checks: &mut Checks) {
        for (k, cohort) in (1..).zip(&self.cohorts) {
            cohort.value.fits(&format!("{name}, cohort {k}"), rate, period, checks);
        }
    }

    pub(super) fn admits(&self, levers: &Levers, name: &str, scenario: &str, checks: &mut Checks) {
        for (k, cohort) in (1..).zip(&self.cohorts) {
            cohort.value.admits(levers, &format!("{name}, cohort {k}"), scenario, checks);
        }
    }

    pub(super) fn future(&self, levers: &Levers) -> Result<Future, ValueError> {
        let (mut value, mut cost, mut won) = (ExactSum::ZERO, ExactSum::ZERO, 0.0);
        let (mut retention, mut money) = (Some(0.0), Some(0.0));
        for (k, cohort) in (1..).zip(&self.cohorts) {
            let tau = self.won.tau(k);
            let n = levers.volume.of(cohort.customers);
            let weight = n * levers.rate.factor(tau, levers.period);
            let worth = cohort.value.worth(levers)?;
            let share = weight / cohort.value.customers();
            let (gross, paid) = (share * (worth.current + worth.potential), weight * levers.cost.of(cohort.cost));
            won += n;
            value.add(gross);
            cost.add(paid);
            retention = retention.zip(worth.retention).map(|(sum, one)| sum + share * one);
            money = money.zip(worth.money).map(|(sum, one)| sum + share * one - tau * (gross - paid));
        }
        Ok(Future { customers: won, value: value.value(), cost: cost.value(), retention, money })
    }
}
