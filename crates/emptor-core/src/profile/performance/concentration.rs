//! On how few the sales rest.

/// How concentrated positive amounts are.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Concentration {
    /// How many have a positive amount.
    pub members: usize,
    /// Their amounts together.
    pub total: f64,
    /// Herfindahl–Hirschman index Σs², from 1/members to 1; `None` of nothing.
    pub hhi: Option<f64>,
    shares: Vec<f64>,
}

impl Concentration {
    /// Of amounts in any order; those that are not positive are left out, for shares of a loss mean nothing (Hirschman
    /// 1964, "The paternity of an index", *American Economic Review* 54).
    ///
    /// ```
    /// use emptor_core::profile::performance::Concentration;
    ///
    /// let of = Concentration::of(&[50.0, 30.0, 20.0, -5.0]);
    /// assert_eq!((of.members, of.top(1), of.top(2)), (3, Some(0.5), Some(0.8)));
    /// assert!(of.hhi.is_some_and(|hhi| (hhi - 0.38).abs() < 1e-12));
    /// ```
    #[must_use]
    pub fn of(amounts: &[f64]) -> Self {
        let mut amounts: Vec<f64> = amounts.iter().copied().filter(|amount| *amount > 0.0).collect();
        amounts.sort_unstable_by(|a, b| b.total_cmp(a));
        let total: f64 = amounts.iter().sum();
        let shares: Vec<f64> = amounts.iter().map(|amount| amount / total).collect();
        let hhi = (!shares.is_empty()).then(|| shares.iter().map(|share| share * share).sum());
        Self { members: shares.len(), total, hhi, shares }
    }

    /// CR_n: the share of the `n` greatest; `None` of nothing.
    #[must_use]
    pub fn top(&self, n: usize) -> Option<f64> {
        (self.members > 0).then(|| self.shares.iter().take(n).sum())
    }

    /// As many members of equal size would be as concentrated: 1/HHI.
    #[must_use]
    pub fn effective_number(&self) -> Option<f64> {
        self.hhi.map(|hhi| 1.0 / hhi)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_have_as_many_effective_members_as_members() {
        let of = Concentration::of(&[7.0; 8]);
        assert_eq!((of.effective_number(), of.top(8), of.top(100)), (Some(8.0), Some(1.0), Some(1.0)));
        assert_eq!(Concentration::of(&[0.0, -1.0]).top(1), None);
    }
}
