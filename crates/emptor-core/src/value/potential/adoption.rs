//! Which categories similar customers took up.

use emptor_types::{Horizon, Invalid};

use super::category_sets::CategorySets;

/// Prior strength unless another is asked for: the parent's rate counts as much as so many similar customers. Where a
/// twentieth adopts, the standard error of a rate seen on `n` customers is as large as the rate itself at
/// `n = (1 − p)/p = 19`; below that the parent knows more than the customers themselves. No source fixes it.
const PRIOR_STRENGTH: f64 = 20.0;

/// Patterns per segment that are compared unless another number is asked for. 4096 bound the work for 100,000
/// customers who all differ to 4·10⁸ comparisons of sets: some seconds on one core with 20 categories.
const MAX_PATTERNS: usize = 4096;

/// The adoption model: how likely a customer is to take up a category within a window, seen from similar customers.
///
/// # What it answers
/// For every customer and every category the customer does not have: with which probability is it taken up within the
/// next window, and on how many similar customers does that rest?
///
/// # How
/// At a first date customers had sets of categories; until a second date, one window later, some took up new ones. For a
/// customer with set `S` in segment `g` and a category `j` outside `S`:
///
/// ```text
/// p_j(S, g) = (Σ_c J(S, S_c)·a_cj + κ·p_j(g)) / (Σ_c J(S, S_c) + κ)       over customers c of g without j at first
/// p_j(g)    = (a_j(g) + κ·p_j)  / (n_j(g) + κ)                            all customers of g without j
/// p_j       =  a_j / n_j                                                  all customers without j
/// ```
///
/// `a` counts adopters, `J` is the similarity of the sets (Jaccard 1912: members in both over members in either), `κ` the
/// prior strength. It is collaborative filtering with similarities between customers (Breese, Heckerman & Kadie 1998),
/// shrunk to the segment and the base as a beta prior shrinks a proportion: with little evidence the answer is the
/// segment's rate, with none the base's. Next-product-to-buy models (Knott, Hayes & Neslin 2002) ask the same question
/// with covariates.
///
/// # Cost
/// Customers with the same segment and set are one pattern. At most [`max_patterns`](AdoptionModelBuilder::max_patterns)
/// patterns of a segment are kept for comparison, the most frequent first; the customers of the others still count in
/// the rates of their segment and of the base, and
/// [`coverage`](super::FittedAdoptionModel::coverage) says how many are compared. Scoring costs (distinct patterns
/// scored) × (patterns kept) × (size of a set).
///
/// ```
/// use emptor_core::value::potential::{AdoptionHistory, AdoptionModel, CategorySets};
/// use emptor_types::{Fit, Horizon};
///
/// // Two had category 0, one of them added 1; two had category 2 and added nothing.
/// let owned = CategorySets::from_bits(3, vec![0b001, 0b001, 0b100, 0b100])?;
/// let bought = CategorySets::from_bits(3, vec![0b011, 0b001, 0b000, 0b100])?;
/// let history = AdoptionHistory::new(&owned, &bought, Horizon::months(12.0)?)?;
/// let model = AdoptionModel::builder().prior_strength(1.0).build()?.fit(&history)?;
///
/// let scores = model.predict(&CategorySets::from_bits(3, vec![0b001, 0b100])?)?;
/// assert_eq!(scores.probability(0, 1), Some((1.0 + 0.25) / (2.0 + 1.0))); // similar: 1 of 2; all: 1 of 4
/// assert_eq!(scores.probability(1, 1), Some(0.25 / (2.0 + 1.0))); // similar: 0 of 2
/// assert_eq!(scores.evidence(0, 1), 2.0);
/// assert_eq!(scores.probability(0, 0), None); // has it
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdoptionModel {
    pub(super) prior_strength: f64,
    pub(super) max_patterns: usize,
}

/// Collects the settings of an [`AdoptionModel`].
#[derive(Debug, Clone, Copy)]
pub struct AdoptionModelBuilder {
    prior_strength: f64,
    max_patterns: usize,
}

impl AdoptionModelBuilder {
    /// How many similar customers the rate of the parent (segment, base) counts for, `κ`; 20 unless given: where about a
    /// twentieth adopts, fewer customers than that say less than their parent.
    #[must_use]
    pub fn prior_strength(mut self, customers: f64) -> Self {
        self.prior_strength = customers;
        self
    }

    /// How many patterns of a segment are compared at most; 4096 unless given.
    #[must_use]
    pub fn max_patterns(mut self, patterns: usize) -> Self {
        self.max_patterns = patterns;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// Unless the prior strength is finite and positive and there is at least one pattern.
    pub fn build(self) -> Result<AdoptionModel, Invalid> {
        let Self { prior_strength, max_patterns } = self;
        let mut checks = Invalid::checks();
        let holds = prior_strength.is_finite() && prior_strength > 0.0;
        checks.require(holds, "prior strength", "must be finite and positive", prior_strength);
        checks.require(max_patterns >= 1, "patterns", "must be at least 1", max_patterns);
        checks.finish()?;
        Ok(AdoptionModel { prior_strength, max_patterns })
    }
}

impl AdoptionModel {
    /// Starts from the defaults.
    #[must_use]
    pub fn builder() -> AdoptionModelBuilder {
        AdoptionModelBuilder { prior_strength: PRIOR_STRENGTH, max_patterns: MAX_PATTERNS }
    }
}

/// What customers had at a first date, and what they bought until a second.
#[derive(Debug, Clone)]
pub struct AdoptionHistory<'a> {
    pub(super) owned: &'a CategorySets,
    pub(super) bought: &'a CategorySets,
    pub(super) segments: Option<Vec<&'a str>>,
    pub(super) window: Horizon,
}

impl<'a> AdoptionHistory<'a> {
    /// The sets at the first date, and the categories bought in the window after it; those a customer had already do not
    /// count as taken up.
    ///
    /// # Errors
    /// Unless both are for the same customers, at least one, and the same categories.
    pub fn new(owned: &'a CategorySets, bought: &'a CategorySets, window: Horizon) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(owned.customers() > 0, "owned", "must have at least one customer", "none");
        let rule = format!("must be for the same {} customers as owned", owned.customers());
        checks.require(bought.customers() == owned.customers(), "bought", &rule, bought.customers());
        let rule = format!("must have the same {} categories as owned", owned.categories());
        checks.require(bought.categories() == owned.categories(), "bought", &rule, bought.categories());
        checks.finish()?;
        Ok(Self { owned, bought, segments: None, window })
    }

    /// Compares customers within segments only, one label per customer.
    ///
    /// # Errors
    /// Unless there is one label per customer.
    pub fn with_segments<S: AsRef<str>>(mut self, segments: &'a [S]) -> Result<Self, Invalid> {
        let n = self.owned.customers();
        if segments.len() != n {
            let rule = format!("must be one for each of {n} customers");
            return Err(Invalid::value("segments", rule, segments.len()));
        }
        self.segments = Some(segments.iter().map(AsRef::as_ref).collect());
        Ok(self)
    }
}
