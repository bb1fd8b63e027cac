//! Components added up, within the wallet.

use emptor_types::{ExactSum, Invalid};
use rayon::prelude::*;

use super::component::{AMOUNT, Cell, ComponentKind, PotentialComponent, amount};
use super::wallet::Wallet;
use crate::value::PotentialProfit;

/// Customers per unit of parallel work.
const CHUNK: usize = 1024;

/// What a component adds up to over all customers and periods, undiscounted.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ComponentTotal {
    /// Name of the component.
    pub name: String,
    /// What it is.
    pub kind: ComponentKind,
    /// Whether it is in the panel of potential profit.
    pub counted: bool,
    /// Expected margin before any cut.
    pub margin: f64,
    /// Costs, which the wallet does not cut.
    pub cost: f64,
    /// Margin for which the wallet has no room.
    pub cut: f64,
    /// Profit that remains: `margin − cost − cut`.
    pub kept: f64,
    /// Revenue before any cut; `None` where the component does not know it.
    pub revenue: Option<f64>,
}

/// Potential profit of a base, `PRP_it`: components added up, within each customer's wallet.
///
/// ```text
/// revenue(RP_it) + f_it · Σ_c revenue_c,it ≤ W_i        f_it = min(1, room_it / Σ_c revenue_c,it)
/// PRP_it = Σ_c (f_it · margin_c,it − cost_c,it)
/// ```
///
/// Where the revenue of a customer's components exceeds what the current revenue leaves of the wallet, all are cut in
/// the same proportion. Costs stay: a contact is paid for whether or not the wallet has room. Where `revenue(RP_it)` alone
/// exceeds the wallet, potential revenue is 0 and the inequality does not hold; [`beyond_wallet`](Self::beyond_wallet)
/// counts these customers.
///
/// Components must be incremental to the current profit and to each other: what the forecast of the current relationship
/// contains, and what two components both claim, no computation can find out. None may contain the survival of the
/// relationship; [`ProfitStreams`](crate::value::ProfitStreams) applies it to current and potential profit alike, and the
/// wallet is compared as if the relationship lives.
///
/// Components that are excluded from equity (referrals) are reported and do not enter the panel, unless asked for. What
/// would be paid after the last period does not count.
///
/// ```
/// use emptor_core::value::potential::{Potential, PotentialComponent, Ramp, Wallet, WalletBelowSpend};
///
/// let up_sell = PotentialComponent::up_sell(&[0.5], &[40.0], Ramp::immediate())?.with_margin_rate(vec![0.4])?;
/// let other = PotentialComponent::supplied("training", 2, vec![30.0, 60.0])?.with_margin_rate(vec![0.6])?;
/// let wallet = Wallet::new(vec![Some(1000.0)], vec![925.0], WalletBelowSpend::Refuse)?; // room for 75
/// let potential = Potential::builder(1, 2).add(up_sell).add(other).wallet(wallet).build()?;
///
/// // Period 1: revenue 50 + 50 is cut to 75, three quarters; period 2: 50 + 100 to a half.
/// assert_eq!(potential.of(0), Some(&[37.5, 40.0][..]));
/// assert_eq!((potential.of(1), potential.beyond_wallet()), (None, 0));
/// let training = &potential.components()[1];
/// assert_eq!((training.margin, training.cut, training.kept), (90.0, 37.5, 52.5));
/// assert_eq!(potential.total(), potential.components().iter().map(|c| c.kept).sum::<f64>());
/// let profit = potential.into_profit()?;
/// assert_eq!(profit.customers(), 1);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Potential {
    customers: usize,
    periods: usize,
    panel: Vec<f64>,
    components: Vec<ComponentTotal>,
    capped: usize,
    beyond_wallet: usize,
}

/// Collects the components.
#[derive(Debug, Clone)]
pub struct PotentialBuilder {
    customers: usize,
    periods: usize,
    components: Vec<PotentialComponent>,
    wallet: Option<Wallet>,
    current_revenue: Option<(usize, Vec<f64>)>,
    include_excluded: bool,
}

impl PotentialBuilder {
    /// Adds a component. The order does not change the result beyond the rounding of a sum.
    #[expect(clippy::should_implement_trait, reason = "it collects, as the other methods of the builder do")]
    #[must_use]
    pub fn add(mut self, component: PotentialComponent) -> Self {
        self.components.push(component);
        self
    }

    /// Caps current and potential revenue together by each customer's wallet. The current revenue of every period is the
    /// wallet's own spend unless [`current_revenue`](Self::current_revenue) is given.
    #[must_use]
    pub fn wallet(mut self, wallet: Wallet) -> Self {
        self.wallet = Some(wallet);
        self
    }

    /// Forecast revenue of the current relationship, `revenue(RP_it)`, row-major, as if the relationship lives. Where it
    /// exceeds the wallet there is no room.
    #[must_use]
    pub fn current_revenue(mut self, periods: usize, values: Vec<f64>) -> Self {
        self.current_revenue = Some((periods, values));
        self
    }

    /// Counts components in the panel that are excluded from equity: for the value of single customers, where nobody adds
    /// them up with the customers they refer.
    #[must_use]
    pub fn include_excluded(mut self) -> Self {
        self.include_excluded = true;
        self
    }

    /// Adds up.
    ///
    /// # Errors
    /// Unless all components and the wallet are for the same customers, panels cover the periods, every counted
    /// component knows its revenue where there is a wallet, the current revenue is finite and at least 0 and has a
    /// wallet to be compared with, and every sum is finite.
    pub fn build(self) -> Result<Potential, Invalid> {
        self.check()?;
        let Self { customers, periods, .. } = self;
        let mut panel = vec![0.0; customers * periods];
        let parts: Vec<Part> = panel
            .par_chunks_mut(CHUNK * periods)
            .enumerate()
            .map(|(chunk, rows)| self.part(chunk * CHUNK, rows))
            .collect();
        let rule = "must add up to a finite number";
        let mut checks = Invalid::checks();
        checks.require_each("potential profit", rule, &panel, |_, v| v.is_finite());
        checks.finish()?;
        let mut total = Part::new(self.components.len());
        for part in &parts {
            total.capped += part.capped;
            total.sums.iter_mut().zip(&part.sums).for_each(|(sum, part)| sum.merge(part));
        }
        let components = self.components.iter().zip(&total.sums).map(|(c, sums)| self.total(c, sums)).collect();
        let beyond_wallet = self.beyond_wallet();
        Ok(Potential { customers, periods, panel, components, capped: total.capped, beyond_wallet })
    }

    fn check(&self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        let Self { customers, periods, .. } = *self;
        checks.require(periods >= 1, "periods", "must be at least 1", periods);
        let countable = customers.checked_mul(periods).is_some_and(|cells| cells <= isize::MAX as usize / 8);
        checks.require(countable, "periods", "must be few enough for a panel", periods);
        let same = format!("must be for the same {customers} customers");
        let long = format!("must cover {periods} periods");
        for component in &self.components {
            let name = component.name();
            checks.require(component.customers() == customers, name, &same, component.customers());
            let covered = component.periods().unwrap_or(periods);
            checks.require(covered >= periods, name, &long, covered);
            let known = self.wallet.is_none() || !self.counts(component) || component.knows_revenue();
            checks.require(known, name, "must know its revenue, as there is a wallet: give a margin rate", "none");
        }
        if let Some(wallet) = &self.wallet {
            checks.require(wallet.customers() == customers, "wallet", &same, wallet.customers());
        }
        if let Some((covered, revenue)) = &self.current_revenue {
            let name = "current revenue";
            checks.require(self.wallet.is_some(), name, "must have a wallet to be compared with", "none");
            checks.require(*covered >= periods, name, &long, covered);
            let cells = customers.saturating_mul(*covered);
            checks.require(revenue.len() == cells, name, &format!("must have {cells} values"), revenue.len());
            checks.require_each(name, AMOUNT, revenue, |_, r| amount(r));
        }
        checks.finish()
    }

    fn counts(&self, component: &PotentialComponent) -> bool {
        component.is_in_equity() || self.include_excluded
    }

    /// Fills the rows of some customers and adds up their components.
    fn part(&self, first: usize, rows: &mut [f64]) -> Part {
        let mut part = Part::new(self.components.len());
        let mut cells = vec![Cell::default(); self.components.len()];
        for (customer, row) in (first..).zip(rows.chunks_mut(self.periods)) {
            for (t, profit) in (1..).zip(row) {
                let mut revenue = 0.0;
                for (cell, component) in cells.iter_mut().zip(&self.components) {
                    *cell = component.cell(customer, t);
                    if self.counts(component) {
                        revenue += cell.revenue;
                    }
                }
                let room = self.room(customer, t).unwrap_or(f64::INFINITY);
                let fits = if revenue > room { room / revenue } else { 1.0 };
                part.capped += usize::from(fits < 1.0);
                for ((cell, component), sums) in cells.iter().zip(&self.components).zip(&mut part.sums) {
                    let counted = self.counts(component);
                    let margin = if counted { fits * cell.margin } else { cell.margin };
                    *profit += if counted { margin - cell.cost } else { 0.0 };
                    sums.add(cell, margin);
                }
            }
        }
        part
    }

    fn room(&self, customer: usize, t: usize) -> Option<f64> {
        let wallet = self.wallet.as_ref()?;
        match &self.current_revenue {
            Some((periods, values)) => wallet.room_beside(customer, values[customer * periods + t - 1]),
            None => wallet.room(customer),
        }
    }

    /// Customers whose current revenue alone exceeds the wallet.
    fn beyond_wallet(&self) -> usize {
        match (&self.wallet, &self.current_revenue) {
            (Some(wallet), Some((covered, values))) => (0..)
                .zip(values.chunks_exact(*covered))
                .filter(|(customer, row)| row[..self.periods].iter().any(|r| wallet.is_below(*customer, *r)))
                .count(),
            (Some(wallet), None) => wallet.capped(),
            (None, _) => 0,
        }
    }

    fn total(&self, component: &PotentialComponent, sums: &Sums) -> ComponentTotal {
        ComponentTotal {
            name: component.name().to_owned(),
            kind: component.kind(),
            counted: self.counts(component),
            margin: sums.margin.value(),
            cost: sums.cost.value(),
            cut: sums.margin.minus(sums.left).value(),
            kept: sums.left.minus(sums.cost).value(),
            revenue: component.knows_revenue().then(|| sums.revenue.value()),
        }
    }
}

/// Sums over some customers.
struct Part {
    sums: Vec<Sums>,
    capped: usize,
}

impl Part {
    fn new(components: usize) -> Self {
        Self { sums: vec![Sums::default(); components], capped: 0 }
    }
}

/// Sums of one component; `left` is the margin that the wallet leaves.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    margin: ExactSum,
    cost: ExactSum,
    left: ExactSum,
    revenue: ExactSum,
}

impl Sums {
    fn add(&mut self, cell: &Cell, left: f64) {
        self.margin.add(cell.margin);
        self.cost.add(cell.cost);
        self.left.add(left);
        self.revenue.add(cell.revenue);
    }

    fn merge(&mut self, other: &Self) {
        self.margin.merge(other.margin);
        self.cost.merge(other.cost);
        self.left.merge(other.left);
        self.revenue.merge(other.revenue);
    }
}

impl Potential {
    /// Starts without any component.
    #[must_use]
    pub fn builder(customers: usize, periods: usize) -> PotentialBuilder {
        PotentialBuilder {
            customers,
            periods,
            components: Vec::new(),
            wallet: None,
            current_revenue: None,
            include_excluded: false,
        }
    }

    /// Number of customers.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.customers
    }

    /// Number of periods.
    #[must_use]
    pub fn periods(&self) -> usize {
        self.periods
    }

    /// Potential profit of a customer, period by period; `None` if there is no such customer.
    #[must_use]
    pub fn of(&self, customer: usize) -> Option<&[f64]> {
        self.panel.chunks_exact(self.periods).nth(customer)
    }

    /// The components in the order in which they were added. The profits kept by those that count add up to
    /// [`total`](Self::total).
    #[must_use]
    pub fn components(&self) -> &[ComponentTotal] {
        &self.components
    }

    /// Customers and periods in which the wallet had no room for all.
    #[must_use]
    pub fn capped(&self) -> usize {
        self.capped
    }

    /// Customers whose current revenue alone exceeds the wallet, in any period: they have no room, and `revenue(RP_it) ≤ W_i`
    /// does not hold for them whatever the potential. Either the wallet is too small or the forecast too large. Without a
    /// [current revenue](PotentialBuilder::current_revenue), those whose own spend did ([`Wallet::capped`]).
    #[must_use]
    pub fn beyond_wallet(&self) -> usize {
        self.beyond_wallet
    }

    /// Potential profit of all customers and periods, undiscounted.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.panel.iter().copied().collect::<ExactSum>().value()
    }

    /// The panel for lifetime values and customer equity.
    ///
    /// # Errors
    /// None that a built potential could have: its values make whole rows and are finite.
    pub fn into_profit(self) -> Result<PotentialProfit, Invalid> {
        PotentialProfit::panel(self.periods, self.panel)
    }
}
