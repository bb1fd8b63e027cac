//! Which purchase model an analysis uses.

use emptor_lifetime::validation::Criterion;
use emptor_lifetime::{FamilySettings, LifetimeError, PurchaseModelKind, Selection, select};
use emptor_types::{Checks, HistoryView};

/// Which purchase model an analysis uses: one that the caller names, or the best of several by the Bayesian information
/// criterion.
///
/// ```
/// use emptor_core::analysis::PurchaseModelChoice;
/// use emptor_lifetime::PurchaseModelKind;
///
/// let named = PurchaseModelChoice::from(PurchaseModelKind::ParetoNbd);
/// assert_eq!(named.kinds(), [PurchaseModelKind::ParetoNbd]);
/// let best = PurchaseModelChoice::best_of([PurchaseModelKind::BgNbd, PurchaseModelKind::ParetoNbd]);
/// assert_eq!(best.kinds().len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseModelChoice {
    kinds: Vec<PurchaseModelKind>,
}

impl Default for PurchaseModelChoice {
    /// BG/NBD.
    fn default() -> Self {
        PurchaseModelKind::BgNbd.into()
    }
}

impl From<PurchaseModelKind> for PurchaseModelChoice {
    fn from(kind: PurchaseModelKind) -> Self {
        Self { kinds: vec![kind] }
    }
}

impl PurchaseModelChoice {
    /// The best of several by the Bayesian information criterion. Kinds that cannot be fitted lose.
    #[must_use]
    pub fn best_of(kinds: impl IntoIterator<Item = PurchaseModelKind>) -> Self {
        Self { kinds: kinds.into_iter().collect() }
    }

    /// The kinds to choose from.
    #[must_use]
    pub fn kinds(&self) -> &[PurchaseModelKind] {
        &self.kinds
    }

    pub(super) fn check(&self, checks: &mut Checks) {
        checks.require(!self.kinds.is_empty(), "purchase model", "must be one of at least one kind", "none");
    }

    /// Fits all candidates; parameters at a boundary are accepted.
    pub(super) fn fit(&self, history: &HistoryView<'_>, penalty: f64) -> Result<Selection, LifetimeError> {
        let settings = FamilySettings { penalty, accept_boundary: true, ..FamilySettings::default() };
        select(&self.kinds, history, &settings, Criterion::Bic, None)
    }
}
