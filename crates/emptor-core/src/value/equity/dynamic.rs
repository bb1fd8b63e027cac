//! Customer equity with the customers still to be won.

use emptor_types::{DiscountRate, ExactSum, Invalid, TimeUnit};
use serde::{Deserialize, Serialize};

use super::levers::{Change, Levers, describe};
use super::{AcquisitionPlan, BaseFlows, Relationship};
use crate::value::{FirstPayment, ValueError};

/// The greatest absolute amount that sums exactly.
const GREATEST: f64 = 1e18;

/// Customer equity in a form on which levers act: named parts (segments, grades, cohorts, channels), each with its
/// existing customers and perhaps a plan of future ones, under one discount rate.
///
/// ```text
/// dynamic = static + future = Σ_i LTV_i + Σ_k n_k (CLV_k − CAC_k) / (1+d)^k
/// ```
///
/// (Gupta, Lehmann & Stuart 2004; static alone: Rust, Lemon & Zeithaml 2004.) What was spent on winning existing
/// customers is sunk and not subtracted. All money is before tax, or all after it: [`with_tax`](Self::with_tax).
///
/// ```
/// use emptor_core::value::equity::{AcquisitionPlan, EquityModel, Lever, Method, Relationship};
/// use emptor_core::value::{ClosedForm, RetentionRate};
/// use emptor_types::{DiscountRate, TimeUnit, Timing};
///
/// let retention = RetentionRate::new(0.8, TimeUnit::Year)?;
/// let customer = |form| Relationship::endless(form, 100.0, retention, TimeUnit::Year);
/// let plan = AcquisitionPlan::steady(Timing::End, &[100.0; 3], 80.0, &customer(ClosedForm::T2)?)?;
/// let model = EquityModel::new(DiscountRate::annual_effective(0.12)?, TimeUnit::Year)
///     .with_part("all", customer(ClosedForm::T1)?.for_customers(1000.0)?, Some(plan))?;
/// let equity = model.total();
/// assert!((equity.static_equity - 250_000.0).abs() < 1e-6);
/// // 250 000 + Σ_{k=1}^{3} 100 (350 − 80) / 1.12^k
/// assert!((equity.dynamic - 314_849.444_2).abs() < 1e-4);
/// assert!((model.elasticities(Method::Analytic)?.of(Lever::Margin).unwrap_or(0.0) - 1.061_028).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct EquityModel {
    rate: DiscountRate,
    period: TimeUnit,
    tax: f64,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub(super) name: String,
    existing: Relationship,
    plan: Option<AcquisitionPlan>,
    /// At the base; checked when the part came in.
    value: EquityValue,
}

/// Customer equity of a part or of the whole; every column of the parts adds up to the whole's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EquityValue {
    /// The part; `all` for the whole.
    pub name: String,
    /// Existing customers.
    pub customers: f64,
    /// Value of their current profit.
    pub current: f64,
    /// What their potential profit adds.
    pub potential: f64,
    /// Equity of existing customers, `current + potential`.
    pub static_equity: f64,
    /// Customers to be won.
    pub new_customers: f64,
    /// Present value of customers to be won, before the cost of winning them, after the model's tax.
    pub future_value: f64,
    /// Present value of what winning them costs, after the model's tax.
    pub acquisition_cost: f64,
    /// Equity of customers to be won, `future_value − acquisition_cost`.
    pub future: f64,
    /// `static_equity + future`.
    pub dynamic: f64,
}

/// A value with its derivatives.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) value: EquityValue,
    pub(super) retention: Option<f64>,
    pub(super) money: Option<f64>,
}

impl EquityValue {
    fn new(name: &str, customers: f64, [current, potential]: [f64; 2], won: f64, [value, cost]: [f64; 2]) -> Self {
        let (static_equity, future) = (current + potential, value - cost);
        Self {
            name: name.to_owned(),
            customers,
            current,
            potential,
            static_equity,
            new_customers: won,
            future_value: value,
            acquisition_cost: cost,
            future,
            dynamic: static_equity + future,
        }
    }

    fn total(parts: &[Self]) -> Self {
        let sum = |of: fn(&Self) -> f64| parts.iter().map(of).collect::<ExactSum>().value();
        let existing = [sum(|p| p.current), sum(|p| p.potential)];
        let future = [sum(|p| p.future_value), sum(|p| p.acquisition_cost)];
        Self::new("all", sum(|p| p.customers), existing, sum(|p| p.new_customers), future)
    }
}

impl Part {
    /// `after_tax` is what tax leaves of a unit of money.
    fn answer(&self, levers: &Levers, after_tax: f64) -> Result<Answer, ValueError> {
        let worth = self.existing.worth(levers)?;
        let (mut retention, mut money) = (worth.retention, worth.money);
        let (mut won, mut future) = (0.0, [0.0; 2]);
        if let Some(plan) = &self.plan {
            let plan = plan.future(levers)?;
            (won, future) = (plan.customers, [plan.value, plan.cost]);
            retention = retention.zip(plan.retention).map(|(a, b)| a + b);
            money = money.zip(plan.money).map(|(a, b)| a + b);
        }
        let mut checks = Invalid::checks();
        let [current, potential] = [worth.current, worth.potential].map(|sum| after_tax * sum);
        let future = future.map(|sum| after_tax * sum);
        let [retention, money] = [retention, money].map(|slope| slope.map(|slope| after_tax * slope));
        let sums = [current, potential, won, future[0], future[1]];
        let rule = "must be finite and at most 1e18";
        checks.require_each(&format!("equity of `{}`", self.name), rule, &sums, |_, v| v.abs() <= GREATEST);
        checks.finish()?;
        let customers = self.existing.customers();
        let value = EquityValue::new(&self.name, customers, [current, potential], won, future);
        Ok(Answer { value, retention, money })
    }
}

impl EquityModel {
    /// A model without parts, worth nothing yet. `period` is the length of the periods of all its parts.
    #[must_use]
    pub fn new(rate: DiscountRate, period: TimeUnit) -> Self {
        Self { rate, period, tax: 0.0, parts: Vec::new() }
    }

    /// The model of one base, without future customers. See [`Relationship::of_base`].
    ///
    /// # Errors
    /// If the value overflows.
    pub fn of_base(flows: &BaseFlows, first: FirstPayment) -> Result<Self, ValueError> {
        let convention = flows.convention();
        let model = Self::new(convention.rate(), convention.period());
        model.with_part("all", Relationship::of_base(flows, first), None)
    }

    /// The model of a base in parts, as [`LifetimeValue::base_flows_by`](crate::value::LifetimeValue::base_flows_by)
    /// makes them, without future customers.
    ///
    /// # Errors
    /// Unless there is a part, names differ and all have one convention.
    pub fn of_parts(parts: &[(String, BaseFlows)], first: FirstPayment) -> Result<Self, ValueError> {
        let Some((_, flows)) = parts.first() else {
            return Err(Invalid::value("parts", "must be at least one", "none").into());
        };
        let empty = Self::new(flows.convention().rate(), flows.convention().period());
        parts.iter().try_fold(empty, |model, (name, flows)| {
            model.with_part(name.as_str(), Relationship::of_base(flows, first), None)
        })
    }

    /// Adds a part: its existing customers and the plan of its future ones.
    ///
    /// # Errors
    /// Unless the name is new, periods and rates agree with the model's, endless sums converge (`r(1+g) < 1+d`), and the
    /// value is finite.
    pub fn with_part(
        mut self,
        name: impl Into<String>,
        existing: Relationship,
        plan: Option<AcquisitionPlan>,
    ) -> Result<Self, ValueError> {
        let name = name.into();
        let mut checks = Invalid::checks();
        let new = self.parts.iter().all(|part| part.name != name);
        checks.require(new, "part", "must have a name of its own", &name);
        existing.fits(&name, self.rate, self.period, &mut checks);
        if let Some(plan) = &plan {
            plan.fits(&name, self.rate, self.period, &mut checks);
        }
        checks.finish()?;
        let value = EquityValue::total(&[]);
        let mut part = Part { name, existing, plan, value };
        part.value = part.answer(&self.still(), 1.0 - self.tax)?.value;
        self.parts.push(part);
        Ok(self)
    }

    /// Gives a part its plan of future customers, instead of the one it has.
    ///
    /// # Errors
    /// If there is no such part, and as [`with_part`](Self::with_part).
    pub fn with_plan(mut self, name: &str, plan: AcquisitionPlan) -> Result<Self, ValueError> {
        let Some(at) = self.parts.iter().position(|part| part.name == name) else {
            let names: Vec<&str> = self.parts.iter().map(|part| part.name.as_str()).collect();
            return Err(Invalid::value("part", format!("must be one of {}", names.join(", ")), name).into());
        };
        let mut checks = Invalid::checks();
        plan.fits(name, self.rate, self.period, &mut checks);
        checks.finish()?;
        self.parts[at].plan = Some(plan);
        self.parts[at].value = self.parts[at].answer(&self.still(), 1.0 - self.tax)?.value;
        Ok(self)
    }

    /// Takes a share of all equity for tax, of existing and of future customers, of gains and (as a relief) of losses and
    /// of what winning customers costs; instead of the share it has. Elasticities do not move.
    ///
    /// # Errors
    /// Unless the share lies between 0 and 1.
    pub fn with_tax(mut self, share: f64) -> Result<Self, ValueError> {
        if !(0.0..=1.0).contains(&share) {
            return Err(Invalid::value("tax", "must lie between 0 and 1", share).into());
        }
        self.tax = share;
        let still = self.still();
        for part in &mut self.parts {
            part.value = part.answer(&still, 1.0 - share)?.value;
        }
        Ok(self)
    }

    /// The share of equity that tax takes.
    #[must_use]
    pub fn tax(&self) -> f64 {
        self.tax
    }

    /// The discount rate.
    #[must_use]
    pub fn rate(&self) -> DiscountRate {
        self.rate
    }

    /// The length of a period.
    #[must_use]
    pub fn period(&self) -> TimeUnit {
        self.period
    }

    /// Equity of the whole.
    #[must_use]
    pub fn total(&self) -> EquityValue {
        EquityValue::total(&self.by_part())
    }

    /// Equity of every part, in the order in which they were added.
    #[must_use]
    pub fn by_part(&self) -> Vec<EquityValue> {
        self.parts.iter().map(|part| part.value.clone()).collect()
    }

    /// One part as a model of its own.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<Self> {
        let part = self.parts.iter().find(|part| part.name == name)?;
        Some(Self { rate: self.rate, period: self.period, tax: self.tax, parts: vec![part.clone()] })
    }

    /// Equity of the whole in a scenario, with all changes made together; no change gives [`total`](Self::total).
    ///
    /// # Errors
    /// If the scenario moves a lever twice or to where it cannot be (retention above 1, negative cost or volume, discount
    /// rate at most −1, an endless sum that diverges), or moves one to which a part's answer is unknown. The scenario is
    /// named; nothing is clamped.
    pub fn at(&self, changes: &[Change]) -> Result<EquityValue, ValueError> {
        Ok(EquityValue::total(&self.at_by_part(changes)?))
    }

    /// Equity of every part in a scenario.
    ///
    /// # Errors
    /// As [`at`](Self::at).
    pub fn at_by_part(&self, changes: &[Change]) -> Result<Vec<EquityValue>, ValueError> {
        let levers = self.still().moved(changes)?;
        let scenario = describe(changes);
        let mut checks = Invalid::checks();
        for part in &self.parts {
            part.existing.admits(&levers, &format!("`{}`", part.name), &scenario, &mut checks);
            if let Some(plan) = &part.plan {
                plan.admits(&levers, &format!("`{}`", part.name), &scenario, &mut checks);
            }
        }
        checks.finish()?;
        self.parts.iter().map(|part| Ok(part.answer(&levers, 1.0 - self.tax)?.value)).collect()
    }

    pub(super) fn still(&self) -> Levers {
        Levers::still(self.rate, self.period)
    }

    /// The whole with derivatives, levers as given and unchecked: half a millionth above a retention of 1 is no scenario.
    pub(super) fn answer(&self, levers: &Levers) -> Result<Answer, ValueError> {
        let mut values = Vec::with_capacity(self.parts.len());
        let (mut retention, mut money) = (Some(0.0), Some(0.0));
        for part in &self.parts {
            let answer = part.answer(levers, 1.0 - self.tax)?;
            values.push(answer.value);
            retention = retention.zip(answer.retention).map(|(a, b)| a + b);
            money = money.zip(answer.money).map(|(a, b)| a + b);
        }
        Ok(Answer { value: EquityValue::total(&values), retention, money })
    }
}
