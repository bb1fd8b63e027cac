//! What customers spend in all, and the share they spend elsewhere.

use std::collections::BTreeMap;

use emptor_types::{Invalid, Level, Probability};

use super::component::{AMOUNT, ComponentKind, Flows, PROBABLE, PotentialComponent, amount, per_customer, probable};
use super::ramp::Ramp;

/// Percentile of the segment's shares that is the target unless another is asked for: what the best quarter of similar
/// customers shows to be possible, without resting on the single best one. No source fixes it.
const TARGET_PERCENTILE: f64 = 0.75;

/// A wallet may fall short of the own spend by this part of it: the two are often sums of the same amounts in another
/// order.
const ROUNDING: f64 = 1e-9;

/// What to do where a wallet is smaller than what the customer already spends with us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WalletBelowSpend {
    /// It is an error.
    Refuse,
    /// The share counts as 1: the wallet is as large as the own spend. [`Wallet::capped`] says how many there were.
    CapShare,
}

/// Each customer's spending per period in the categories we sell, with whomever (the wallet), and with us.
///
/// A wallet that is not known is `None`: it caps nothing and leaves no gap.
///
/// ```
/// use emptor_core::value::potential::{Wallet, WalletBelowSpend};
///
/// let wallet = Wallet::new(vec![Some(1000.0), None], vec![300.0, 50.0], WalletBelowSpend::Refuse)?;
/// assert_eq!((wallet.share(0), wallet.room(0)), (Some(0.3), Some(700.0)));
/// assert_eq!((wallet.share(1), wallet.room(1)), (None, None));
///
/// let error = Wallet::new(vec![Some(40.0)], vec![50.0], WalletBelowSpend::Refuse).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "wallet must not be smaller than the customer's own spend (got row 0: (40.0, 50.0))"
/// );
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Wallet {
    size: Vec<Option<f64>>,
    spend: Vec<f64>,
    capped: usize,
}

impl Wallet {
    /// Checks wallets per period against the own spend per period, both in revenue of the reporting currency.
    ///
    /// # Errors
    /// Unless there is one spend per customer, both are finite and at least 0, and no wallet is smaller than the own
    /// spend (unless its share is capped); samples show wallet and spend.
    pub fn new(size: Vec<Option<f64>>, spend: Vec<f64>, below: WalletBelowSpend) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        per_customer(&mut checks, "own spend", size.len(), &spend, AMOUNT, amount);
        checks.require_each("wallet", AMOUNT, &size, |_, w| w.is_none_or(amount));
        checks.finish()?;
        let pairs: Vec<(f64, f64)> = size.iter().zip(&spend).map(|(w, s)| (w.unwrap_or(*s), *s)).collect();
        let holds = |(wallet, spend): (f64, f64)| wallet >= spend * (1.0 - ROUNDING);
        let mut checks = Invalid::checks();
        if below == WalletBelowSpend::Refuse {
            let rule = "must not be smaller than the customer's own spend";
            checks.require_each("wallet", rule, &pairs, |_, pair| holds(pair));
        }
        checks.finish()?;
        let capped = pairs.iter().filter(|pair| !holds(**pair)).count();
        let size = size.iter().zip(&spend).map(|(w, s)| w.map(|w| w.max(*s))).collect();
        Ok(Self { size, spend, capped })
    }

    /// Number of customers.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.size.len()
    }

    /// Wallets that were smaller than the own spend.
    #[must_use]
    pub fn capped(&self) -> usize {
        self.capped
    }

    /// Customers whose wallet is not known.
    #[must_use]
    pub fn unknown(&self) -> usize {
        self.size.iter().filter(|size| size.is_none()).count()
    }

    /// Own spend over wallet; `None` where the wallet is not known or empty, and if there is no such
    /// customer.
    #[must_use]
    pub fn share(&self, customer: usize) -> Option<f64> {
        self.known(customer).filter(|(size, _)| *size > 0.0).map(|(size, spend)| spend / size)
    }

    /// What the customer spends elsewhere; `None` where the wallet is not known, and if there is no such customer.
    #[must_use]
    pub fn room(&self, customer: usize) -> Option<f64> {
        self.known(customer).map(|(size, spend)| (size - spend).max(0.0))
    }

    /// What a current revenue leaves of the wallet.
    pub(super) fn room_beside(&self, customer: usize, revenue: f64) -> Option<f64> {
        self.known(customer).map(|(size, _)| (size - revenue).max(0.0))
    }

    /// Whether a current revenue alone exceeds the wallet.
    pub(super) fn is_below(&self, customer: usize, revenue: f64) -> bool {
        self.known(customer).is_some_and(|(size, _)| size < revenue * (1.0 - ROUNDING))
    }

    /// Wallet and own spend, if the wallet is known.
    fn known(&self, customer: usize) -> Option<(f64, f64)> {
        Some((self.size.get(customer).copied().flatten()?, *self.spend.get(customer)?))
    }

    /// Each customer's target share: the 75th percentile of the shares in the customer's segment, one label per customer.
    /// See [`target_shares_at`](Self::target_shares_at).
    ///
    /// # Errors
    /// Unless there is one label per customer.
    pub fn target_shares<S: AsRef<str>>(&self, segments: &[S]) -> Result<Vec<Option<f64>>, Invalid> {
        self.target_shares_at(segments, Level::new(TARGET_PERCENTILE)?)
    }

    /// Each customer's target share: a percentile of the known shares in its segment, interpolated between the two
    /// nearest (type 7 of Hyndman & Fan 1996). `None` where no share of the segment is known.
    ///
    /// # Errors
    /// Unless there is one label per customer.
    pub fn target_shares_at<S: AsRef<str>>(
        &self,
        segments: &[S],
        percentile: Level,
    ) -> Result<Vec<Option<f64>>, Invalid> {
        let n = self.customers();
        if segments.len() != n {
            let rule = format!("must be one for each of {n} customers");
            return Err(Invalid::value("segments", rule, segments.len()));
        }
        let mut shares = BTreeMap::<&str, Vec<f64>>::new();
        for (i, segment) in segments.iter().enumerate() {
            shares.entry(segment.as_ref()).or_default().extend(self.share(i));
        }
        let targets: BTreeMap<&str, Option<f64>> = shares
            .into_iter()
            .map(|(segment, mut shares)| {
                shares.sort_by(f64::total_cmp);
                (segment, crate::statistics::quantile(&shares, percentile.get()))
            })
            .collect();
        Ok(segments.iter().map(|segment| targets.get(segment.as_ref()).copied().flatten()).collect())
    }
}

impl PotentialComponent {
    /// The gap to a share of wallet that similar customers reach.
    ///
    /// ```text
    /// PRP_it = W_i · (SOW*_i − SOW_i)⁺ · κ · cm_i · ramp(t)
    /// ```
    ///
    /// `W` is the wallet per period, `SOW` our share of it, `SOW*` the target ([`Wallet::target_shares`]), `κ` the part of
    /// the gap that can be captured, `cm` the margin rate on the revenue won. It overlaps with cross-sell into the same
    /// categories: count a category in one of the two. A customer without known wallet or target has none.
    ///
    /// ```
    /// use emptor_core::value::potential::{PotentialComponent, Ramp, Wallet, WalletBelowSpend};
    /// use emptor_types::Probability;
    ///
    /// let wallet = Wallet::new(vec![Some(1000.0)], vec![300.0], WalletBelowSpend::Refuse)?;
    /// let half = Probability::new(0.5)?;
    /// let gap = PotentialComponent::share_of_wallet(&wallet, &[Some(0.5)], half, &[0.4], Ramp::immediate())?;
    /// assert!(gap.profit(0, 1).is_some_and(|profit| (profit - 40.0).abs() < 1e-9)); // 1000 · (0.5 − 0.3) · 0.5 · 0.4
    /// # Ok::<(), emptor_types::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// Unless there is one target and one margin rate per customer, all between 0 and 1.
    pub fn share_of_wallet(
        wallet: &Wallet,
        target_shares: &[Option<f64>],
        capture_rate: Probability,
        margin_rate: &[f64],
        ramp: Ramp,
    ) -> Result<Self, Invalid> {
        let n = wallet.customers();
        let mut checks = Invalid::checks();
        let length = format!("must be one for each of {n} customers");
        checks.require(target_shares.len() == n, "target share", &length, target_shares.len());
        checks.require_each("target share", PROBABLE, target_shares, |_, s| s.is_none_or(probable));
        per_customer(&mut checks, "margin rate", n, margin_rate, PROBABLE, probable);
        checks.finish()?;
        let revenue: Vec<f64> = (0..n)
            .map(|i| match (wallet.size[i], wallet.share(i), target_shares[i]) {
                (Some(size), Some(share), Some(target)) => size * (target - share).max(0.0) * capture_rate.get(),
                _ => 0.0,
            })
            .collect();
        let margin = revenue.iter().zip(margin_rate).map(|(revenue, rate)| revenue * rate).collect();
        Ok(Self::new(ComponentKind::ShareOfWallet, n, Flows::Level { margin, revenue: Some(revenue), ramp }))
    }
}
