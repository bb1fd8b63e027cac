//! Case 5: customers who skip periods and come back.

use emptor_types::{DiscountRate, Invalid, TimeUnit, Timing};

/// Case 5: a customer whose last purchase lies `j` periods back buys with probability `P_j`, and is given up after `J`
/// periods of silence. Everybody not given up is promoted to, every period.
/// ```text
/// C_0 = 1     C_i = Σ_{j=1}^{J} C_{i−j} P_j Π_{k<j} (1 − P_k)          expected buyers in period i
///             M_i = Σ_{j=0}^{J−1} C_{i−j} Π_{k≤j} (1 − P_k)            those still promoted to
/// CLV = Σ_{i=0}^{n} (GC C_i − M M_i) / (1+d)^i                          promotion at the start of the period
/// ```
/// It is the finite value of the recency chain of Pfeifer & Carraway (2000),
/// [`MarkovValue::recency`](crate::value::closed_form::MarkovValue::recency), at a purchase.
///
/// ```
/// use emptor_core::value::closed_form::berger_nasr::Case5;
/// use emptor_types::{DiscountRate, TimeUnit, Timing};
///
/// let case = Case5 {
///     gross_contribution: 40.0,
///     promotion_cost: 4.0,
///     purchase_probabilities: vec![0.3, 0.2, 0.15, 0.05],
///     rate: DiscountRate::annual_effective(0.2)?,
///     period: TimeUnit::Year,
///     periods: 4,
///     promotion: Timing::Start,
/// };
/// assert!((case.value()? - 50.1150).abs() < 1e-4);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Case5 {
    /// Gross contribution of a purchase, `GC`.
    pub gross_contribution: f64,
    /// Promotion per customer and period, `M`.
    pub promotion_cost: f64,
    /// `P_1, …, P_J`: the probability of buying for a customer whose last purchase lies `j` periods back.
    pub purchase_probabilities: Vec<f64>,
    /// Discount rate, `d`.
    pub rate: DiscountRate,
    /// The time from one opportunity to buy to the next.
    pub period: TimeUnit,
    /// Periods after the first purchase, `n`.
    pub periods: u32,
    /// When, from one opportunity to buy to the next, the promotion is paid. Pfeifer & Carraway pay at the start.
    pub promotion: Timing,
}

impl Case5 {
    /// The lifetime value of a customer at the first purchase.
    ///
    /// # Errors
    /// Unless the contribution is finite, the promotion finite and not negative, and there is at least one probability and
    /// all lie between 0 and 1.
    pub fn value(&self) -> Result<f64, Invalid> {
        let (buyers, promoted) = (self.buyers()?, self.promoted()?);
        let terms = buyers.iter().zip(&promoted).enumerate().map(|(i, (buyers, promoted))| {
            let paid = self.promotion.tau(i + 1);
            self.gross_contribution * buyers * self.rate.factor(i as f64, self.period)
                - self.promotion_cost * promoted * self.rate.factor(paid, self.period)
        });
        Ok(terms.sum())
    }

    /// The expected number of buyers in periods `0, …, n`, of one customer who buys in period 0.
    ///
    /// # Errors
    /// As [`value`](Self::value).
    pub fn buyers(&self) -> Result<Vec<f64>, Invalid> {
        self.check()?;
        let silent = self.silence();
        let mut buyers = vec![1.0];
        for _ in 0..self.periods {
            let back = self.purchase_probabilities.iter().zip(&silent).zip(buyers.iter().rev());
            let count: f64 = back.map(|((p, silent), before)| before * p * silent).sum();
            buyers.push(count);
        }
        Ok(buyers)
    }

    /// The expected number of customers promoted to in periods `0, …, n`.
    ///
    /// # Errors
    /// As [`value`](Self::value).
    pub fn promoted(&self) -> Result<Vec<f64>, Invalid> {
        let buyers = self.buyers()?;
        let silent = self.silence();
        Ok((0..buyers.len()).map(|i| silent.iter().zip(buyers[..=i].iter().rev()).map(|(s, c)| s * c).sum()).collect())
    }

    /// `Π_{k ≤ j} (1 − P_k)` for `j = 0, …, J − 1`: the probability of no purchase in `j` periods.
    fn silence(&self) -> Vec<f64> {
        let kept = &self.purchase_probabilities[..self.purchase_probabilities.len() - 1];
        let mut silent = vec![1.0];
        for (j, p) in kept.iter().enumerate() {
            silent.push(silent[j] * (1.0 - p));
        }
        silent
    }

    fn check(&self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        let (contribution, promotion) = (self.gross_contribution, self.promotion_cost);
        checks.require(contribution.is_finite(), "gross contribution", "must be finite", contribution);
        let admissible = promotion.is_finite() && promotion >= 0.0;
        checks.require(admissible, "promotion cost", "must be finite and not negative", promotion);
        let probabilities = &self.purchase_probabilities;
        checks.require(!probabilities.is_empty(), "purchase probabilities", "must be at least one", 0);
        let rule = "must lie between 0 and 1";
        checks.require_each("purchase probabilities", rule, probabilities, |_, p: f64| (0.0..=1.0).contains(&p));
        checks.finish()
    }
}
