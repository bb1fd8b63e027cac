//! A base at one date, as a bridge takes it.

use std::collections::BTreeSet;
use std::fmt::Debug;

use emptor_types::{DiscountRate, ExactSum, Invalid, TimeUnit};

use super::multiple::multiple;
use crate::value::{ClosedForm, LifetimeValue, RetentionRate, Survival, ValueError};

/// A customer base at one date: per customer an id, a margin per period, and how the relationship lasts; for all one
/// convention.
///
/// ```text
/// V_i = (m_i + p_i) · W_i(d)        W_i = Σ_t w(t) s_i(t) / (1+d)^τ(t), or the multiple of an endless form
/// ```
///
/// ```
/// use emptor_core::value::equity::BaseSnapshot;
/// use emptor_core::value::{ClosedForm, RetentionRate};
/// use emptor_types::{DiscountRate, TimeUnit};
///
/// let rate = DiscountRate::annual_effective(0.12)?;
/// let retention = vec![RetentionRate::new(0.8, TimeUnit::Year)?; 2];
/// let base = BaseSnapshot::endless(ClosedForm::T1, rate, TimeUnit::Year, vec!["a", "b"], vec![100.0, 40.0], retention)?;
/// assert!((base.value()? - 350.0).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct BaseSnapshot<K> {
    pub(super) ids: Vec<K>,
    basis: Basis,
    margin: Vec<f64>,
    potential: Option<Vec<f64>>,
    is_customer: Option<Vec<bool>>,
    pub(super) parts: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq)]
enum Basis {
    Endless { form: ClosedForm, rate: DiscountRate, period: TimeUnit, retention: Vec<RetentionRate> },
    Surviving { convention: LifetimeValue, survival: Survival },
    Weighted { convention: LifetimeValue, weights: Vec<f64> },
}

impl<K: Ord + Debug> BaseSnapshot<K> {
    fn new(basis: Basis, ids: Vec<K>, margin: Vec<f64>, lasting: Option<usize>) -> Result<Self, Invalid> {
        let n = ids.len();
        let mut checks = Invalid::checks();
        let rule = format!("must be one for each of {n} customers");
        checks.require(margin.len() == n, "margin", &rule, margin.len());
        checks.require_each("margin", "must be finite", &margin, |_, m| m.is_finite());
        let lasting = lasting.unwrap_or(n);
        checks.require(lasting == n, "relationship", &rule, lasting);
        let mut seen = BTreeSet::new();
        let repeated: Vec<bool> = ids.iter().map(|id| !seen.insert(id)).collect();
        let references: Vec<&K> = ids.iter().collect();
        checks.require_each("id", "must not be repeated", &references, |row, _| !repeated[row]);
        checks.finish()?;
        Ok(Self { ids, basis, margin, potential: None, is_customer: None, parts: None })
    }

    /// Endless relationships with constant retention, one rate per customer.
    ///
    /// # Errors
    /// Unless ids differ and columns are equally long and finite.
    pub fn endless(
        form: ClosedForm,
        rate: DiscountRate,
        period: TimeUnit,
        ids: Vec<K>,
        margin: Vec<f64>,
        retention: Vec<RetentionRate>,
    ) -> Result<Self, Invalid> {
        let lasting = retention.len();
        Self::new(Basis::Endless { form, rate, period, retention }, ids, margin, Some(lasting))
    }

    /// Relationships that survive as told, up to the horizon of the convention.
    ///
    /// # Errors
    /// Unless ids differ, columns are equally long and finite, and survival covers the horizon.
    pub fn surviving(
        convention: LifetimeValue,
        ids: Vec<K>,
        margin: Vec<f64>,
        survival: Survival,
    ) -> Result<Self, ValueError> {
        survival.covers(convention.periods())?;
        let lasting = survival.customers();
        Ok(Self::new(Basis::Surviving { convention, survival }, ids, margin, lasting)?)
    }

    /// Relationships with any weights of the periods, e.g. expected purchases where the margin is that of a purchase:
    /// row-major, all periods of the horizon for the first customer, then for the second.
    ///
    /// # Errors
    /// Unless ids differ, columns are equally long, weights finite and at least 0, and each customer has one for every
    /// period of the horizon.
    pub fn weighted(
        convention: LifetimeValue,
        ids: Vec<K>,
        margin: Vec<f64>,
        weights: Vec<f64>,
    ) -> Result<Self, Invalid> {
        let (n, periods) = (ids.len(), convention.periods());
        let mut checks = Invalid::checks();
        let rule = format!("must be {periods} for each of {n} customers");
        checks.require(n.checked_mul(periods) == Some(weights.len()), "weights", &rule, weights.len());
        checks.require_each("weights", "must be finite and at least 0", &weights, |_, w| w.is_finite() && w >= 0.0);
        let snapshot = checks.absorb(Self::new(Basis::Weighted { convention, weights }, ids, margin, None));
        checks.finish()?;
        snapshot.ok_or_else(|| Invalid::value("snapshot", "must be valid", "nothing"))
    }

    /// Adds potential profit per period.
    ///
    /// # Errors
    /// Unless there is one finite amount per customer.
    pub fn with_potential(mut self, potential: Vec<f64>) -> Result<Self, Invalid> {
        self.one_each("potential", potential.len())?;
        let mut checks = Invalid::checks();
        checks.require_each("potential", "must be finite", &potential, |_, p| p.is_finite());
        checks.finish()?;
        self.potential = Some(potential);
        Ok(self)
    }

    /// Says who is a customer on the date; who is not, counts as absent.
    ///
    /// # Errors
    /// Unless there is one flag per customer.
    pub fn with_membership(mut self, is_customer: Vec<bool>) -> Result<Self, Invalid> {
        self.one_each("is_customer", is_customer.len())?;
        self.is_customer = Some(is_customer);
        Ok(self)
    }

    /// Says to which part (segment, grade, cohort, channel) each customer belongs on the date.
    ///
    /// # Errors
    /// Unless there is one label per customer.
    pub fn with_parts<S: Into<String>>(mut self, labels: Vec<S>) -> Result<Self, Invalid> {
        self.one_each("part", labels.len())?;
        self.parts = Some(labels.into_iter().map(Into::into).collect());
        Ok(self)
    }

    fn one_each(&self, name: &str, found: usize) -> Result<(), Invalid> {
        let n = self.ids.len();
        let rule = format!("must be one for each of {n} customers");
        if found == n { Ok(()) } else { Err(Invalid::value(name, rule, found)) }
    }

    /// Equity of the snapshot's customers.
    ///
    /// # Errors
    /// If an endless sum diverges or a value overflows.
    pub fn value(&self) -> Result<f64, ValueError> {
        let mut sum = ExactSum::ZERO;
        let mut values = vec![0.0; self.ids.len()];
        for row in (0..self.ids.len()).filter(|row| self.is_customer(*row)) {
            let value = self.level(row) * self.multiple(row, self.rate())?;
            values[row] = value;
            sum.add(value);
        }
        let mut checks = Invalid::checks();
        require_bounded(&mut checks, "customer value", &values);
        checks.finish()?;
        Ok(sum.value())
    }

    pub(super) fn is_customer(&self, row: usize) -> bool {
        self.is_customer.as_ref().is_none_or(|flags| flags[row])
    }

    pub(super) fn margin(&self, row: usize) -> f64 {
        self.margin[row]
    }

    pub(super) fn potential(&self, row: usize) -> f64 {
        self.potential.as_ref().map_or(0.0, |potential| potential[row])
    }

    fn level(&self, row: usize) -> f64 {
        self.margin(row) + self.potential(row)
    }

    pub(super) fn rate(&self) -> DiscountRate {
        match &self.basis {
            Basis::Endless { rate, .. } => *rate,
            Basis::Surviving { convention, .. } | Basis::Weighted { convention, .. } => convention.rate(),
        }
    }

    /// `W_i` at any rate.
    pub(super) fn multiple(&self, row: usize, rate: DiscountRate) -> Result<f64, ValueError> {
        let sum = |convention: &LifetimeValue, weight: &dyn Fn(usize) -> f64| {
            let (period, life) = (convention.period(), convention.horizon().in_units(convention.period()));
            let term = |t: usize| {
                let lived = (life - (t - 1) as f64).min(1.0);
                lived * weight(t) * rate.factor(convention.timing().tau(t), period)
            };
            (1..=convention.periods()).map(term).sum()
        };
        Ok(match &self.basis {
            Basis::Endless { form, period, retention, .. } => {
                multiple(*form, retention[row].per(*period), None, 1.0 + rate.per(*period))?.value
            }
            Basis::Surviving { convention, survival } => sum(convention, &|t| survival.at(row, t, convention.period())),
            Basis::Weighted { convention, weights } => {
                sum(convention, &|t| weights[row * convention.periods() + t - 1])
            }
        })
    }

    /// Requires that two snapshots differ in nothing but their customers and the discount rate.
    pub(super) fn comparable(&self, other: &Self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        let both = |a: &dyn Debug, b: &dyn Debug| format!("{a:?} and {b:?}");
        match (self.convention(), other.convention()) {
            (Some(a), Some(b)) => {
                let rule = "must be the same on both dates";
                checks.require(a.period() == b.period(), "period", rule, both(&a.period(), &b.period()));
                checks.require(a.timing() == b.timing(), "timing", rule, both(&a.timing(), &b.timing()));
                checks.require(a.horizon() == b.horizon(), "horizon", rule, both(&a.horizon(), &b.horizon()));
            }
            (None, None) => {}
            _ => checks.require(false, "horizon", "must be endless on both dates or on none", "one of each"),
        }
        if let (Basis::Endless { form, period, .. }, Basis::Endless { form: f, period: p, .. }) =
            (&self.basis, &other.basis)
        {
            let rule = "must be the same on both dates";
            checks.require(form == f, "closed form", rule, both(form, f));
            checks.require(period == p, "period", rule, both(period, p));
        }
        let rule = "must be given on both dates or on none";
        let given = |a: bool, b: bool| format!("before: {a}, after: {b}");
        let (a, b) = (self.potential.is_some(), other.potential.is_some());
        checks.require(a == b, "potential", rule, given(a, b));
        let (a, b) = (self.parts.is_some(), other.parts.is_some());
        checks.require(a == b, "part", rule, given(a, b));
        checks.finish()
    }

    fn convention(&self) -> Option<&LifetimeValue> {
        match &self.basis {
            Basis::Endless { .. } => None,
            Basis::Surviving { convention, .. } | Basis::Weighted { convention, .. } => Some(convention),
        }
    }
}

/// Values of customers must be such as sum exactly.
pub(super) fn require_bounded(checks: &mut emptor_types::Checks, name: &str, values: &[f64]) {
    let rule = "must be finite and at most 1e12";
    checks.require_each(name, rule, values, |_, value| value.abs() <= ExactSum::LIMIT);
}
