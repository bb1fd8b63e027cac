//! What a profit tree is to tell apart.

use emptor_types::Invalid;
use serde::{Deserialize, Serialize};

/// The most parts of equal size.
const MOST_PARTS: usize = 10;

/// What a profit tree tells apart: classes of profit, or profit itself.
///
/// | target | classes, the worst first |
/// |---|---|
/// | `Classes { mid_from, high_from }` | `loss` below 0, `low`, `mid`, `high` by two quantiles of the *positive* profits |
/// | `Sign` | `loss` below 0, `profit` from 0 |
/// | `Quantiles { parts }` | `q1` … `qn`: parts of all customers of about equal size |
/// | `Value` | none: profit itself, whatever its unit |
///
/// Quantiles interpolate between order statistics (Hyndman & Fan 1996, type 7); a profit at a cut belongs to the lower
/// class, so that equal profits are never divided and a class may stay empty. The four classes are cut as the portfolio
/// of lifetime value cuts them.
///
/// ```
/// use emptor_core::grade::ProfitTarget;
///
/// let profits = [-5.0, 0.0, 1.0, 2.0, 3.0, f64::NAN];
/// let classes = ProfitTarget::default().classes(&profits)?;
/// let names: Vec<&str> = classes.iter().map(|class| class.as_deref().unwrap_or("unknown")).collect();
/// assert_eq!(names, ["loss", "low", "low", "mid", "high", "unknown"]);
/// # Ok::<(), emptor_core::grade::GradeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProfitTarget {
    /// `loss`, `low`, `mid` and `high`.
    Classes {
        /// The quantile of positive profits above which a profit is mid.
        mid_from: f64,
        /// The quantile of positive profits above which a profit is high.
        high_from: f64,
    },
    /// `loss` and `profit`.
    Sign,
    /// Parts of about equal size, `q1` the lowest.
    Quantiles {
        /// Their number, 2 to 10.
        parts: usize,
    },
    /// Profit itself.
    Value,
}

impl Default for ProfitTarget {
    /// Four classes, the positive profits in thirds.
    fn default() -> Self {
        Self::Classes { mid_from: 1.0 / 3.0, high_from: 2.0 / 3.0 }
    }
}

impl ProfitTarget {
    /// The class of each profit, `None` where it is unknown (`NaN`) or profit itself is the target.
    ///
    /// # Errors
    /// [`GradeError::Invalid`](crate::grade::GradeError::Invalid) if quantiles or parts are out of range.
    pub fn classes(&self, profits: &[f64]) -> Result<Vec<Option<String>>, crate::grade::GradeError> {
        let mut checks = Invalid::checks();
        self.check(&mut checks);
        checks.finish()?;
        let (cuts, names) = (self.cuts(profits), self.names());
        let class = |&profit: &f64| names.get(class_of(&cuts, profit)).filter(|_| !profit.is_nan()).cloned();
        Ok(profits.iter().map(class).collect())
    }

    pub(super) fn check(&self, checks: &mut emptor_types::Checks) {
        match self {
            Self::Classes { mid_from, high_from } => checks.require(
                0.0 <= *mid_from && mid_from <= high_from && *high_from <= 1.0,
                "quantiles",
                "must lie between 0 and 1, the lower first",
                format!("{mid_from}, {high_from}"),
            ),
            Self::Quantiles { parts } => {
                checks.require((2..=MOST_PARTS).contains(parts), "parts", "must be 2 to 10", parts);
            }
            Self::Sign | Self::Value => {}
        }
    }

    /// The names of the classes, the worst first; none for profit itself.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        match self {
            Self::Classes { .. } => owned(&["loss", "low", "mid", "high"]),
            Self::Sign => owned(&["loss", "profit"]),
            Self::Quantiles { parts } => (1..=*parts).map(|part| format!("q{part}")).collect(),
            Self::Value => Vec::new(),
        }
    }

    /// The upper bounds of all classes but the best.
    pub(super) fn cuts(&self, profits: &[f64]) -> Vec<Cut> {
        let sorted = |keep: fn(f64) -> bool| {
            let mut kept: Vec<f64> = profits.iter().copied().filter(|&profit| keep(profit)).collect();
            kept.sort_unstable_by(f64::total_cmp);
            kept
        };
        let up_to = |sorted: &[f64], p: f64| {
            // Nothing is above the quantile of nothing.
            Cut::UpTo(crate::statistics::quantile(sorted, p).unwrap_or(f64::INFINITY))
        };
        match self {
            Self::Classes { mid_from, high_from } => {
                let positive = sorted(|profit| profit > 0.0);
                vec![Cut::Below(0.0), up_to(&positive, *mid_from), up_to(&positive, *high_from)]
            }
            Self::Sign => vec![Cut::Below(0.0)],
            Self::Quantiles { parts } => {
                let known = sorted(|profit| !profit.is_nan());
                (1..*parts).map(|part| up_to(&known, part as f64 / *parts as f64)).collect()
            }
            Self::Value => Vec::new(),
        }
    }
}

/// The upper bound of a class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cut {
    Below(f64),
    UpTo(f64),
}

/// The place of the class of a known profit.
pub(super) fn class_of(cuts: &[Cut], profit: f64) -> usize {
    let inside = |cut: &Cut| match *cut {
        Cut::Below(bound) => profit < bound,
        Cut::UpTo(bound) => profit <= bound,
    };
    cuts.iter().position(inside).unwrap_or(cuts.len())
}
