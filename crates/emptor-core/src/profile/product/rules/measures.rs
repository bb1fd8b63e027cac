//! How strongly two things attract each other.

use emptor_types::Invalid;

use crate::statistics::{Tail, fisher_exact};

/// Of `n` baskets, `a` hold the antecedent A, `b` the consequent B, and `ab` both.
///
/// Support, lift, leverage, conviction and Zhang's measure change with baskets that hold neither; cosine, Kulczynski, the
/// confidences and Jaccard do not (they are *null-invariant*: Wu, Chen & Han 2010, *Data Mining and Knowledge Discovery*
/// 21). Where most baskets hold neither, lift is great whatever it is that ties A to B: read it beside
/// [`kulczynski`](Self::kulczynski) and [`imbalance`](Self::imbalance).
///
/// ```
/// use emptor_core::profile::product::rules::Together;
///
/// // Of 1000 guests, 200 drink tea, 800 coffee, 150 both: most tea drinkers drink coffee, but fewer than others do.
/// let tea_coffee = Together::new(1000, 200, 800, 150)?;
/// assert!((tea_coffee.confidence() - 0.75).abs() < 1e-12 && (tea_coffee.lift() - 0.9375).abs() < 1e-12);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Together {
    n: u32,
    a: u32,
    b: u32,
    ab: u32,
}

impl Together {
    /// Counts of baskets: all, with A, with B, with both.
    ///
    /// # Errors
    /// If A or B is in no basket, or if the counts contradict each other.
    pub fn new(n: u32, a: u32, b: u32, ab: u32) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require((1..=n).contains(&a), "baskets with A", "must be 1 to all", a);
        checks.require((1..=n).contains(&b), "baskets with B", "must be 1 to all", b);
        let least = (u64::from(a) + u64::from(b)).saturating_sub(u64::from(n));
        let possible = u64::from(ab) >= least && ab <= a.min(b);
        checks.require(possible, "baskets with both", "must be possible given those with each", ab);
        checks.finish()?;
        Ok(Self { n, a, b, ab })
    }

    /// Counts that are known to agree.
    pub(super) fn counted(n: u32, a: u32, b: u32, ab: u32) -> Self {
        Self { n, a, b, ab }
    }

    /// All baskets.
    #[must_use]
    pub fn n(&self) -> u32 {
        self.n
    }

    /// Baskets with A.
    #[must_use]
    pub fn a(&self) -> u32 {
        self.a
    }

    /// Baskets with B.
    #[must_use]
    pub fn b(&self) -> u32 {
        self.b
    }

    /// Baskets with both.
    #[must_use]
    pub fn ab(&self) -> u32 {
        self.ab
    }

    fn numbers(&self) -> [f64; 4] {
        [self.n, self.a, self.b, self.ab].map(f64::from)
    }

    /// B → A instead of A → B.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self { a: self.b, b: self.a, ..*self }
    }

    /// Share of baskets with both, `ab/n`.
    #[must_use]
    pub fn support(&self) -> f64 {
        f64::from(self.ab) / f64::from(self.n)
    }

    /// Share of the baskets with A that also hold B, `ab/a`.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        f64::from(self.ab) / f64::from(self.a)
    }

    /// Share of all baskets that hold B, `b/n`: what the confidence is to be compared with.
    #[must_use]
    pub fn base(&self) -> f64 {
        f64::from(self.b) / f64::from(self.n)
    }

    /// How many times as often they come together as if they were independent, `ab·n/(a·b)` (Brin et al. 1997).
    #[must_use]
    pub fn lift(&self) -> f64 {
        let [n, a, b, ab] = self.numbers();
        ab * n / (a * b)
    }

    /// By how much the support is above that of independence, `ab/n − a·b/n²` (Piatetsky-Shapiro 1991).
    #[must_use]
    pub fn leverage(&self) -> f64 {
        let [n, a, b, ab] = self.numbers();
        (ab * n - a * b) / (n * n)
    }

    /// How many times as often A would come without B if they were independent, `(1 − b/n)/(1 − ab/a)` (Brin et al. 1997).
    /// `None` where A never comes without B: then it is infinite.
    #[must_use]
    pub fn conviction(&self) -> Option<f64> {
        let [n, a, b, ab] = self.numbers();
        (self.ab < self.a).then(|| (n - b) * a / (n * (a - ab)))
    }

    /// `ab/√(a·b)`: the geometric mean of the confidences of A → B and B → A. Null-invariant.
    #[must_use]
    pub fn cosine(&self) -> f64 {
        let [_, a, b, ab] = self.numbers();
        ab / (a * b).sqrt()
    }

    /// `½(ab/a + ab/b)`: the mean of both confidences (Kulczynski 1927). Null-invariant.
    #[must_use]
    pub fn kulczynski(&self) -> f64 {
        f64::midpoint(self.confidence(), self.reversed().confidence())
    }

    /// The greater of both confidences. Null-invariant.
    #[must_use]
    pub fn max_confidence(&self) -> f64 {
        f64::from(self.ab) / f64::from(self.a.min(self.b))
    }

    /// The smaller of both confidences (Omiecinski 2003). Null-invariant.
    #[must_use]
    pub fn all_confidence(&self) -> f64 {
        f64::from(self.ab) / f64::from(self.a.max(self.b))
    }

    /// Baskets with both by baskets with either, `ab/(a + b − ab)` (Jaccard 1912). Null-invariant.
    #[must_use]
    pub fn jaccard(&self) -> f64 {
        let [_, a, b, ab] = self.numbers();
        ab / (a + b - ab)
    }

    /// How unequal A and B are, `|a − b|/(a + b − ab)`, from 0 (equally frequent) to 1 (Wu, Chen & Han 2010).
    #[must_use]
    pub fn imbalance(&self) -> f64 {
        let [_, a, b, ab] = self.numbers();
        (a - b).abs() / (a + b - ab)
    }

    /// Leverage by its greatest possible value, from −1 (never together) to 1 (never apart) (Zhang 2000). `None` where A
    /// is in every basket and so is B.
    ///
    /// ```text
    /// leverage / max( ab/n · (1 − a/n),  a/n · (b/n − ab/n) )
    /// ```
    #[must_use]
    pub fn zhang(&self) -> Option<f64> {
        let [n, a, b, ab] = self.numbers();
        let most = (ab * (n - a)).max(a * (b - ab));
        (most > 0.0).then(|| (ab * n - a * b) / most)
    }

    /// Probability that at least as many baskets hold both if A and B were independent: Fisher's exact test, one-sided,
    /// as what attracts is sought.
    #[must_use]
    pub fn p_value(&self) -> f64 {
        let [n, a, b, ab] = [self.n, self.a, self.b, self.ab].map(|count| count as usize);
        fisher_exact(ab, a, b, n, Tail::Greater)
    }
}
