//! Which categories each customer has.

use emptor_types::Invalid;

/// Bits per word.
const WORD: usize = 64;

/// One set of categories per customer, as bits.
///
/// ```
/// use emptor_core::value::potential::CategorySets;
///
/// let sets = CategorySets::from_pairs(2, 3, &[(0, 0), (0, 2), (1, 1)])?;
/// assert_eq!(sets, CategorySets::from_bits(3, vec![0b101, 0b010])?);
/// assert!(sets.contains(0, 2) && !sets.contains(1, 2));
/// assert!(CategorySets::from_bits(3, vec![0b1000]).is_err());
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategorySets {
    customers: usize,
    categories: usize,
    bits: Vec<u64>,
}

impl CategorySets {
    /// From pairs of customer and category, both counted from 0; a pair may be given more than once.
    ///
    /// # Errors
    /// Unless there is a category, and every pair lies inside.
    pub fn from_pairs(customers: usize, categories: usize, pairs: &[(usize, usize)]) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(categories >= 1, "categories", "must be at least 1", categories);
        let rule = format!("must be a customer below {customers} and a category below {categories}");
        checks.require_each("pair", &rule, pairs, |_, (i, j)| i < customers && j < categories);
        checks.finish()?;
        let words = words(categories);
        let mut bits = vec![0; customers * words];
        for (i, j) in pairs {
            insert(&mut bits[i * words..(i + 1) * words], *j);
        }
        Ok(Self { customers, categories, bits })
    }

    /// From one word per customer: bit `j` says whether the customer has category `j`.
    ///
    /// # Errors
    /// Unless there are 1 to 64 categories and no bit beyond them.
    pub fn from_bits(categories: usize, bits: Vec<u64>) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let fits = (1..=WORD).contains(&categories);
        checks.require(fits, "categories", "must be 1 to 64 for sets of one word", categories);
        if fits {
            let rule = format!("must have no bit beyond {categories} categories");
            let beyond = u64::MAX.checked_shl(categories as u32).unwrap_or(0);
            checks.require_each("set", &rule, &bits, |_, set| set & beyond == 0);
        }
        checks.finish()?;
        Ok(Self { customers: bits.len(), categories, bits })
    }

    /// Number of customers.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.customers
    }

    /// Number of categories.
    #[must_use]
    pub fn categories(&self) -> usize {
        self.categories
    }

    /// Whether a customer has a category.
    ///
    /// # Panics
    /// If there is no such customer or category.
    #[must_use]
    pub fn contains(&self, customer: usize, category: usize) -> bool {
        assert!(category < self.categories, "category {category} of {}", self.categories);
        has(self.row(customer), category)
    }

    pub(super) fn row(&self, customer: usize) -> &[u64] {
        let words = words(self.categories);
        &self.bits[customer * words..(customer + 1) * words]
    }
}

/// Words that a set of some categories takes.
pub(super) fn words(categories: usize) -> usize {
    categories.div_ceil(WORD)
}

pub(super) fn insert(set: &mut [u64], category: usize) {
    set[category / WORD] |= 1 << (category % WORD);
}

/// The members of a set, rising.
pub(super) fn members(set: &[u64]) -> impl Iterator<Item = usize> {
    set.iter().enumerate().flat_map(|(word, &bits)| {
        let rest = std::iter::successors(Some(bits), |bits| Some(bits & (bits - 1)));
        rest.take_while(|bits| *bits != 0).map(move |bits| word * WORD + bits.trailing_zeros() as usize)
    })
}

pub(super) fn has(set: &[u64], category: usize) -> bool {
    set[category / WORD] >> (category % WORD) & 1 == 1
}

/// Members in both.
pub(super) fn shared(a: &[u64], b: &[u64]) -> u32 {
    a.iter().zip(b).map(|(a, b)| (a & b).count_ones()).sum()
}

pub(super) fn size(set: &[u64]) -> u32 {
    set.iter().map(|word| word.count_ones()).sum()
}
