//! Weights from judgements of pairs: the analytic hierarchy process.

use emptor_types::{Checks, Invalid};
use serde::{Deserialize, Serialize};

use crate::grade::GradeError;

/// Saaty's mean consistency index of random reciprocal matrices of order 1 to 10 (Saaty 1980, *The analytic hierarchy
/// process*).
const RANDOM_INDEX: [f64; 10] = [0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49];

/// Judgements above this consistency ratio are refused (Saaty 1977, 1980).
pub(super) const GREATEST_RATIO: f64 = 0.10;

/// Saaty's scale: 1 equal, 3 moderately, 5 strongly, 7 very strongly, 9 extremely more important, and the reciprocals.
const GREATEST_JUDGEMENT: f64 = 9.0;

/// Rounding allowed in 1/9, and in the product of a judgement and its reciprocal as people write them: .33 and 3.
const RECIPROCAL_ROUNDING: f64 = 0.02;

/// Power iteration ends when no weight moves by more than this.
const WEIGHT_TOLERANCE: f64 = 1e-15;

/// A positive matrix of at most ten rows gains digits at every step; only wildly inconsistent ones come near this.
const MOST_STEPS: usize = 10_000;

/// How much more important each thing is than each other, by pairs (Saaty 1977, *A scaling method for priorities in
/// hierarchical structures*, Journal of Mathematical Psychology 15).
///
/// ```text
/// a_ij = importance of i / importance of j,   a_ji = 1 / a_ij,   1/9 ≤ a_ij ≤ 9
/// A w = λ_max w,  Σ w = 1                     the weights: the principal eigenvector
/// CI = (λ_max − n) / (n − 1),  CR = CI / RI(n)
/// ```
///
/// Judgements are given as the upper triangle, row by row. Saaty's case of choosing a leader:
///
/// ```
/// use emptor_core::grade::PairwiseMatrix;
///
/// let names = ["experience", "education", "charisma", "age"];
/// let judged = PairwiseMatrix::from_upper_triangle(&names, &[4.0, 3.0, 7.0, 1.0 / 3.0, 3.0, 5.0])?;
/// let priorities = judged.priorities();
/// let rounded: Vec<f64> = priorities.weights.iter().map(|w| (w * 1e3).round() / 1e3).collect();
/// assert_eq!(rounded, [0.548, 0.127, 0.270, 0.056]);
/// assert!((priorities.consistency_ratio - 0.0439).abs() < 1e-4);
/// # Ok::<(), emptor_core::grade::GradeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Judgements", into = "Judgements")]
pub struct PairwiseMatrix {
    names: Vec<String>,
    rows: Vec<Vec<f64>>,
}

/// The saved form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Judgements {
    names: Vec<String>,
    upper: Vec<f64>,
}

/// Weights from judgements, and how consistent these are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Priorities {
    /// One weight for each name, in their order; they sum to 1.
    pub weights: Vec<f64>,
    /// The principal eigenvalue: the number of names if the judgements are consistent, more otherwise.
    pub lambda_max: f64,
    /// `(λ_max − n) / (n − 1)`.
    pub consistency_index: f64,
    /// The index over that of random judgements; 0 for one or two names, which cannot contradict each other.
    pub consistency_ratio: f64,
}

/// Three judgements that contradict one another most: `a over b` × `b over c` should be `a over c`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Triad {
    /// The three names.
    pub names: [String; 3],
    /// How much the first is judged over the second, the second over the third, and the first over the third.
    pub judged: [f64; 3],
    /// What the first over the third would be by the other two judgements.
    pub consistent: f64,
}

impl PairwiseMatrix {
    /// From the judgements above the diagonal, row by row: `a over b`, `a over c`, …, `b over c`, ….
    ///
    /// # Errors
    /// [`GradeError::Invalid`] with everything that is wrong: one to ten names, given once, one judgement for each
    /// pair, each between 1/9 and 9.
    pub fn from_upper_triangle(names: &[&str], upper: &[f64]) -> Result<Self, GradeError> {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        Ok(Self::try_from(Judgements { names, upper: upper.to_vec() })?)
    }

    /// From all judgements.
    ///
    /// # Errors
    /// As [`from_upper_triangle`](Self::from_upper_triangle), and if the matrix is not square, a diagonal is not 1, or
    /// a judgement is not the reciprocal of its opposite to within two hundredths (so that 0.33 and 3 pass; the upper
    /// one is taken).
    pub fn from_rows(names: &[&str], rows: &[&[f64]]) -> Result<Self, GradeError> {
        let n = names.len();
        let mut checks = Invalid::checks();
        let square = rows.len() == n && rows.iter().all(|row| row.len() == n);
        checks.require(square, "rows", "must have a row and a column for each name", rows.len());
        checks.finish()?;
        let mut checks = Invalid::checks();
        let mut upper = Vec::new();
        for i in 0..n {
            let one = (rows[i][i] - 1.0).abs() <= WEIGHT_TOLERANCE;
            checks.require(one, names[i], "must be judged equal to itself", rows[i][i]);
            for j in i + 1..n {
                let pair = format!("{} over {}", names[j], names[i]);
                let reciprocal = (rows[i][j] * rows[j][i] - 1.0).abs() <= RECIPROCAL_ROUNDING;
                let rule = format!("must be the reciprocal of {}", rows[i][j]);
                checks.require(reciprocal, &pair, &rule, rows[j][i]);
                upper.push(rows[i][j]);
            }
        }
        checks.finish()?;
        Self::from_upper_triangle(names, &upper)
    }

    /// The judgement of several judges: the geometric mean of theirs, which alone keeps reciprocals (Aczél and Saaty
    /// 1983, *Procedures for synthesizing ratio judgements*).
    ///
    /// ```
    /// use emptor_core::grade::PairwiseMatrix;
    ///
    /// let one = PairwiseMatrix::from_upper_triangle(&["price", "service"], &[2.0])?;
    /// let other = PairwiseMatrix::from_upper_triangle(&["service", "price"], &[1.0 / 8.0])?;
    /// let both = PairwiseMatrix::combined(&[one, other])?;
    /// assert!((both.judgement("price", "service").unwrap_or(0.0) - 4.0).abs() < 1e-12);
    /// # Ok::<(), emptor_core::grade::GradeError>(())
    /// ```
    ///
    /// # Errors
    /// [`GradeError::Invalid`] if there is no judge or one judges other names than the first.
    pub fn combined(judges: &[Self]) -> Result<Self, GradeError> {
        let Some(first) = judges.first() else {
            return Err(Invalid::value("judges", "must be at least one", "none").into());
        };
        let mut checks = Invalid::checks();
        for (number, judge) in judges.iter().enumerate() {
            let same = judge.names.len() == first.names.len() && judge.names.iter().all(|n| first.names.contains(n));
            let rule = format!("must judge {}", first.names.join(", "));
            checks.require(same, &format!("judge {}", number + 1), &rule, judge.names.join(", "));
        }
        checks.finish()?;
        let mut upper = Vec::new();
        for (i, a) in first.names.iter().enumerate() {
            for b in &first.names[i + 1..] {
                let logs: f64 = judges.iter().filter_map(|judge| judge.judgement(a, b)).map(f64::ln).sum();
                upper.push((logs / judges.len() as f64).exp());
            }
        }
        Ok(Self::try_from(Judgements { names: first.names.clone(), upper })?)
    }

    /// What is judged.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How much more important one thing is than another; `None` if one of them is not judged.
    #[must_use]
    pub fn judgement(&self, over: &str, under: &str) -> Option<f64> {
        let place = |name: &str| self.names.iter().position(|n| n == name);
        Some(self.rows[place(over)?][place(under)?])
    }

    /// The weights, and how consistent the judgements are.
    #[must_use]
    pub fn priorities(&self) -> Priorities {
        let n = self.names.len();
        let size = n as f64;
        let mut weights = vec![1.0 / size; n];
        let mut lambda_max = size;
        for _ in 0..MOST_STEPS {
            let next: Vec<f64> =
                self.rows.iter().map(|row| row.iter().zip(&weights).map(|(a, w)| a * w).sum()).collect();
            // The weights sum to 1, so that the sum of A w is an estimate of λ.
            lambda_max = next.iter().sum();
            let moved = next.iter().zip(&weights).map(|(a, w)| (a / lambda_max - w).abs()).fold(0.0, f64::max);
            weights = next.into_iter().map(|a| a / lambda_max).collect();
            if moved <= WEIGHT_TOLERANCE {
                break;
            }
        }
        // λ ≥ n for every reciprocal matrix; rounding may say less.
        lambda_max = lambda_max.max(size);
        let consistency_index = if n > 1 { (lambda_max - size) / (size - 1.0) } else { 0.0 };
        let random = RANDOM_INDEX.get(n - 1).copied().unwrap_or_default();
        let consistency_ratio = if random > 0.0 { consistency_index / random } else { 0.0 };
        Priorities { weights, lambda_max, consistency_index, consistency_ratio }
    }

    /// The three judgements that contradict one another most: of the greatest `|ln(a_ij a_jk / a_ik)|`. `None` for less
    /// than three names.
    #[must_use]
    pub fn worst_triad(&self) -> Option<Triad> {
        let n = self.names.len();
        let a = &self.rows;
        let mut worst: Option<(f64, [usize; 3])> = None;
        for i in 0..n {
            for j in i + 1..n {
                for k in j + 1..n {
                    let gap = (a[i][j] * a[j][k] / a[i][k]).ln().abs();
                    if worst.is_none_or(|(most, _)| gap > most) {
                        worst = Some((gap, [i, j, k]));
                    }
                }
            }
        }
        worst.map(|(_, at)| {
            let [i, j, k] = at;
            Triad {
                names: at.map(|place| self.names[place].clone()),
                judged: [a[i][j], a[j][k], a[i][k]],
                consistent: a[i][j] * a[j][k],
            }
        })
    }

    /// The judgements among some of the names.
    pub(super) fn restricted_to(&self, keep: impl Fn(&str) -> bool) -> Option<Self> {
        let places: Vec<usize> = (0..self.names.len()).filter(|&i| keep(&self.names[i])).collect();
        let names: Vec<String> = places.iter().map(|&i| self.names[i].clone()).collect();
        let rows = places.iter().map(|&i| places.iter().map(|&j| self.rows[i][j]).collect()).collect();
        (!names.is_empty()).then_some(Self { names, rows })
    }

    /// Checks that exactly these names are judged, and consistently.
    pub(super) fn check(&self, checks: &mut Checks, key: &str, expected: &[&str]) {
        let missing: Vec<&str> = expected.iter().copied().filter(|&e| !self.names.iter().any(|n| n == e)).collect();
        let unknown: Vec<&str> = self.names.iter().map(String::as_str).filter(|n| !expected.contains(n)).collect();
        let names = format!("{key}.names");
        checks.require(
            missing.is_empty(),
            &names,
            "must judge every one",
            format!("nothing of {}", missing.join(", ")),
        );
        let rule = format!("must be among {}", expected.join(", "));
        checks.require(unknown.is_empty(), &names, &rule, unknown.join(", "));
        let ratio = self.priorities().consistency_ratio;
        let triad = self.worst_triad().map(|triad| triad.to_string()).unwrap_or_default();
        let rule = format!("must be consistent to a ratio of at most {GREATEST_RATIO}; worst of all, {triad}");
        checks.require(ratio <= GREATEST_RATIO, &format!("{key}.upper"), &rule, format!("{ratio:.3}"));
    }
}

impl std::fmt::Display for Triad {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [a, b, c] = &self.names;
        let [ab, bc, ac] = self.judged.map(ratio);
        let consistent = ratio(self.consistent);
        write!(f, "{a} over {b} is {ab} and {b} over {c} is {bc}, so {a} over {c} would be {consistent}, not {ac}")
    }
}

/// `1/3` reads better than 0.333.
fn ratio(value: f64) -> String {
    let short = |x: f64| ((x * 100.0).round() / 100.0).to_string();
    if value < 1.0 { format!("1/{}", short(1.0 / value)) } else { short(value) }
}

impl TryFrom<Judgements> for PairwiseMatrix {
    type Error = Invalid;

    fn try_from(given: Judgements) -> Result<Self, Invalid> {
        let Judgements { names, upper } = given;
        let n = names.len();
        let mut checks = Invalid::checks();
        let sized = (1..=RANDOM_INDEX.len()).contains(&n);
        checks.require(sized, "names", "must be 1 to 10; judge more in groups", n);
        for (i, name) in names.iter().enumerate() {
            checks.require(!names[..i].contains(name), "names", "must be given once", name);
        }
        let pairs = n * n.saturating_sub(1) / 2;
        let rule = format!("must hold one judgement for each of {pairs} pairs");
        checks.require(upper.len() == pairs, "upper", &rule, upper.len());
        let most = GREATEST_JUDGEMENT + WEIGHT_RANGE_ROUNDING;
        checks.require_each("upper", "must lie between 1/9 and 9", &upper, |_, a| a >= 1.0 / most && a <= most);
        checks.finish()?;
        let mut rows = vec![vec![1.0; n]; n];
        let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
        for ((i, j), judged) in pairs.zip(upper) {
            rows[i][j] = judged;
            rows[j][i] = 1.0 / judged;
        }
        Ok(Self { names, rows })
    }
}

/// 0.111 is meant as 1/9.
const WEIGHT_RANGE_ROUNDING: f64 = 0.01;

impl From<PairwiseMatrix> for Judgements {
    fn from(matrix: PairwiseMatrix) -> Self {
        let upper = matrix.rows.iter().enumerate().flat_map(|(i, row)| row[i + 1..].to_vec()).collect();
        Self { names: matrix.names, upper }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published to three decimals, with one digit of rounding.
    const PUBLISHED: f64 = 1e-3;

    /// Power iteration in doubles.
    const ROUND: f64 = 1e-12;

    #[test]
    fn the_leader_is_weighed_as_published() -> Result<(), GradeError> {
        // The analytic hierarchy process's leader case (experience, education, charisma, age): published
        // .547, .127, .270, .056. Full digits by numpy 2.4.6, linalg.eig.
        let names = ["experience", "education", "charisma", "age"];
        let judged = PairwiseMatrix::from_upper_triangle(&names, &[4.0, 3.0, 7.0, 1.0 / 3.0, 3.0, 5.0])?;
        let found = judged.priorities();
        for (w, published) in found.weights.iter().zip([0.547, 0.127, 0.270, 0.056]) {
            assert!((w - published).abs() <= PUBLISHED, "{w} {published}");
        }
        let exact = [0.547_569_238_961_829_7, 0.126_555_284_373_418_6, 0.269_949_922_452_202_7, 0.055_925_554_212_549];
        for (w, exact) in found.weights.iter().zip(exact) {
            assert!((w - exact).abs() < ROUND, "{w} {exact}");
        }
        assert!((found.lambda_max - 4.118_418_024_313_366).abs() < 1e1 * ROUND);
        assert!((found.consistency_ratio - 0.043_858_527_523_468_8).abs() < 1e1 * ROUND);
        Ok(())
    }

    #[test]
    fn consistent_judgements_give_their_ratios_back() -> Result<(), GradeError> {
        // By hand: weights 6 : 3 : 2 : 1 of 12.
        let judged = PairwiseMatrix::from_upper_triangle(&["a", "b", "c", "d"], &[2.0, 3.0, 6.0, 1.5, 3.0, 2.0])?;
        let found = judged.priorities();
        for (w, expected) in found.weights.iter().zip([6.0, 3.0, 2.0, 1.0]) {
            assert!((w - expected / 12.0).abs() < ROUND);
        }
        assert!((found.lambda_max - 4.0).abs() < ROUND && found.consistency_ratio < ROUND);
        let two = PairwiseMatrix::from_upper_triangle(&["a", "b"], &[3.0])?.priorities();
        assert!((two.weights[0] - 0.75).abs() < ROUND && two.consistency_ratio <= 0.0);
        assert_eq!(PairwiseMatrix::from_upper_triangle(&["a"], &[])?.priorities().weights, [1.0]);
        Ok(())
    }

    #[test]
    fn contradictions_are_refused_with_the_worst_triad() -> Result<(), GradeError> {
        let names = ["a", "b", "c", "d"];
        // a over b 3, b over c 4, yet c over a 5; d fits.
        let judged = PairwiseMatrix::from_upper_triangle(&names, &[3.0, 1.0 / 5.0, 3.0, 4.0, 1.0, 1.0])?;
        let mut checks = Invalid::checks();
        judged.check(&mut checks, "weighting.groups", &names);
        let error = checks.finish().err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error.starts_with("weighting.groups.upper must be consistent to a ratio of at most 0.1"), "{error}");
        assert!(error.contains("a over b is 3 and b over c is 4, so a over c would be 12, not 1/5 (got "), "{error}");
        Ok(())
    }

    #[test]
    fn everything_wrong_with_judgements_is_told_at_once() {
        let error = PairwiseMatrix::from_upper_triangle(&["a", "b", "a"], &[10.0, f64::NAN]).err();
        let text = error.map(|e| e.to_string()).unwrap_or_default();
        for part in ["given once", "one judgement for each of 3 pairs (got 2)", "between 1/9 and 9 (2 rows"] {
            assert!(text.contains(part), "{text}");
        }
        let eleven = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"];
        assert!(PairwiseMatrix::from_upper_triangle(&eleven, &[1.0; 55]).is_err());
        assert!(PairwiseMatrix::from_upper_triangle(&[], &[]).is_err());
    }

    #[test]
    fn a_full_matrix_must_be_reciprocal() -> Result<(), GradeError> {
        let judged = PairwiseMatrix::from_rows(&["a", "b"], &[&[1.0, 3.0], &[0.33, 1.0]])?;
        assert_eq!(judged, PairwiseMatrix::from_upper_triangle(&["a", "b"], &[3.0])?);
        let error = PairwiseMatrix::from_rows(&["a", "b"], &[&[1.0, 3.0], &[3.0, 2.0]]).err();
        let text = error.map(|e| e.to_string()).unwrap_or_default();
        assert_eq!(text, "b over a must be the reciprocal of 3 (got 3); b must be judged equal to itself (got 2)");
        assert!(PairwiseMatrix::from_rows(&["a", "b"], &[&[1.0, 3.0]]).is_err());
        Ok(())
    }

    #[test]
    fn several_judges_are_one_by_geometric_means() -> Result<(), GradeError> {
        let names = ["a", "b", "c"];
        let one = PairwiseMatrix::from_upper_triangle(&names, &[2.0, 4.0, 2.0])?;
        let other = PairwiseMatrix::from_upper_triangle(&names, &[8.0, 9.0, 0.5])?;
        let both = PairwiseMatrix::combined(&[one.clone(), other])?;
        // By hand: √(2·8) = 4, √(4·9) = 6, √(2·½) = 1.
        for ((a, b), expected) in [("a", "b"), ("a", "c"), ("b", "c")].into_iter().zip([4.0, 6.0, 1.0]) {
            assert!(both.judgement(a, b).is_some_and(|x| (x - expected).abs() < ROUND));
        }
        let stranger = PairwiseMatrix::from_upper_triangle(&["a", "b"], &[2.0])?;
        let error = PairwiseMatrix::combined(&[one, stranger]).err().map(|e| e.to_string());
        assert_eq!(error.as_deref(), Some("judge 2 must judge a, b, c (got a, b)"));
        assert!(PairwiseMatrix::combined(&[]).is_err());
        Ok(())
    }
}
