//! Current against potential value.

use std::fmt;

use emptor_types::{ExactSum, Invalid};
use serde::{Deserialize, Serialize};

use super::checks::check_known;
use crate::statistics::median;

/// A quadrant of the value matrix. The metals are those of Zeithaml, Rust & Lemon's customer pyramid (2001), with iron
/// above lead; here they name the four combinations of current and potential value.
///
/// | | potential low | potential high |
/// |---|---|---|
/// | **current high** | gold: keep | platinum: keep and deepen |
/// | **current low** | lead: serve at low cost | iron: develop |
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quadrant {
    /// High current, high potential value.
    Platinum,
    /// High current, low potential value.
    Gold,
    /// Low current, high potential value.
    Iron,
    /// Low current, low potential value.
    Lead,
}

impl Quadrant {
    /// All quadrants, the best first.
    pub const ALL: [Self; 4] = [Self::Platinum, Self::Gold, Self::Iron, Self::Lead];

    fn of(current_high: bool, potential_high: bool) -> Self {
        match (current_high, potential_high) {
            (true, true) => Self::Platinum,
            (true, false) => Self::Gold,
            (false, true) => Self::Iron,
            (false, false) => Self::Lead,
        }
    }
}

impl fmt::Display for Quadrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Platinum => "platinum",
            Self::Gold => "gold",
            Self::Iron => "iron",
            Self::Lead => "lead",
        })
    }
}

/// Where the matrix is cut. High is *above* the cut: at a median of zero, as potential value often has, customers without
/// any are low.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatrixCuts {
    /// At the median of each axis over the customers of which it is known.
    Medians,
    /// At amounts of money.
    At {
        /// Cut of current value.
        current: f64,
        /// Cut of potential value.
        potential: f64,
    },
}

/// What a part of the matrix holds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MatrixPart {
    /// The quadrant; `None` for customers of whom current or potential value is unknown.
    pub quadrant: Option<Quadrant>,
    /// Customers.
    pub customers: usize,
    /// Sum of current value, as far as known.
    pub current: f64,
    /// Sum of potential value, as far as known.
    pub potential: f64,
}

/// Customers by current and potential value.
///
/// The five parts, four quadrants and the unassigned, add up to all customers and to the totals of both axes.
///
/// ```
/// use emptor_core::value::portfolio::{MatrixCuts, Quadrant, ValueMatrix};
///
/// let current = [90.0, 80.0, 10.0, 20.0, 50.0];
/// let potential = [60.0, 5.0, 70.0, 0.0, f64::NAN];
/// let matrix = ValueMatrix::new(&current, &potential, MatrixCuts::At { current: 50.0, potential: 30.0 })?;
/// assert_eq!(
///     matrix.quadrants,
///     [Some(Quadrant::Platinum), Some(Quadrant::Gold), Some(Quadrant::Iron), Some(Quadrant::Lead), None],
/// );
/// assert_eq!(matrix.parts.iter().map(|part| part.current).sum::<f64>(), matrix.current);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ValueMatrix {
    /// The quadrant of each customer, in the order of the input; `None` where a value is unknown.
    pub quadrants: Vec<Option<Quadrant>>,
    /// Where current value is cut.
    pub current_cut: f64,
    /// Where potential value is cut.
    pub potential_cut: f64,
    /// The four quadrants, platinum first, and last the unassigned.
    pub parts: Vec<MatrixPart>,
    /// Sum of current value, as far as known.
    pub current: f64,
    /// Sum of potential value, as far as known.
    pub potential: f64,
}

impl ValueMatrix {
    /// The matrix of one current and one potential value per customer, `NaN` where unknown.
    ///
    /// # Errors
    /// Unless both are for the same customers and at most 10¹² in absolute value, the cuts are finite, and, to cut at
    /// medians, something is known of each axis.
    pub fn new(current: &[f64], potential: &[f64], cuts: MatrixCuts) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let rule = format!("must be for the same {} customers as current value", current.len());
        checks.require(potential.len() == current.len(), "potential value", &rule, potential.len());
        check_known(&mut checks, "current value", current);
        check_known(&mut checks, "potential value", potential);
        let (current_cut, potential_cut) = match cuts {
            MatrixCuts::At { current, potential } => (current, potential),
            MatrixCuts::Medians => {
                let of = |values| median(values).unwrap_or(f64::NAN);
                (of(current), of(potential))
            }
        };
        for (name, cut) in [("cut of current value", current_cut), ("cut of potential value", potential_cut)] {
            checks.require(cut.is_finite(), name, "must be finite, a median of at least one known value", cut);
        }
        checks.finish()?;

        let quadrants: Vec<Option<Quadrant>> = current
            .iter()
            .zip(potential)
            .map(|(c, p)| (!c.is_nan() && !p.is_nan()).then(|| Quadrant::of(*c > current_cut, *p > potential_cut)))
            .collect();
        let mut sums = [(0, ExactSum::ZERO, ExactSum::ZERO); 5];
        for (quadrant, (c, p)) in quadrants.iter().zip(current.iter().zip(potential)) {
            let part = &mut sums[quadrant.map_or(4, |q| q as usize)];
            part.0 += 1;
            // An unknown amount adds nothing to an exact sum.
            part.1.add(*c);
            part.2.add(*p);
        }
        let parts = Quadrant::ALL.into_iter().map(Some).chain([None]).zip(sums);
        Ok(Self {
            parts: parts
                .map(|(quadrant, (customers, current, potential))| MatrixPart {
                    quadrant,
                    customers,
                    current: current.value(),
                    potential: potential.value(),
                })
                .collect(),
            current: current.iter().copied().collect::<ExactSum>().value(),
            potential: potential.iter().copied().collect::<ExactSum>().value(),
            quadrants,
            current_cut,
            potential_cut,
        })
    }
}
