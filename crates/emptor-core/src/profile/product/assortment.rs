//! Which products carry the revenue, and whose demand can be planned: ABC and XYZ.

use emptor_types::{ExactSum, Invalid};

/// Place of a product in the revenue of the range, by Pareto's cumulative share (Dickie 1951, "ABC inventory analysis
/// shoots for dollars, not pennies").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Abc {
    /// The few that make most of it.
    A,
    /// Those in between.
    B,
    /// The many that make little, nothing, or less.
    C,
}

/// How steady demand is, by its coefficient of variation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Xyz {
    /// Steady.
    X,
    /// Variable.
    Y,
    /// Sporadic.
    Z,
}

impl std::fmt::Display for Abc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(["A", "B", "C"][*self as usize])
    }
}

impl std::fmt::Display for Xyz {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(["X", "Y", "Z"][*self as usize])
    }
}

/// The class of every product. Products are taken by falling revenue, equal ones in the order given; a product is in A while
/// those before it make less than the first cut of the positive revenue, in B while they make less than the second.
/// Products without positive revenue are in C; if none has any, classes are unknown.
///
/// ```
/// use emptor_core::profile::product::{Abc, abc};
///
/// let classes = abc(&[10.0, 700.0, 90.0, 200.0, -5.0], (0.8, 0.95))?;
/// assert_eq!(classes, [Some(Abc::C), Some(Abc::A), Some(Abc::B), Some(Abc::A), Some(Abc::C)]);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
///
/// # Errors
/// If a revenue is not finite or the cuts do not rise from above 0 to at most 1; all at once.
pub fn abc(revenues: &[f64], (a, b): (f64, f64)) -> Result<Vec<Option<Abc>>, Invalid> {
    let mut checks = Invalid::checks();
    checks.require_each("revenue", "must be finite", revenues, |_, revenue| revenue.is_finite());
    checks.require(0.0 < a && a < b && b <= 1.0, "cuts", "must rise between 0 and 1", format!("{a}, {b}"));
    checks.finish()?;
    let total = revenues.iter().copied().filter(|revenue| *revenue > 0.0).collect::<ExactSum>().value();
    if total <= 0.0 {
        return Ok(vec![None; revenues.len()]);
    }
    let mut order: Vec<usize> = (0..revenues.len()).collect();
    order.sort_by(|x, y| revenues[*y].total_cmp(&revenues[*x]));
    let mut classes = vec![None; revenues.len()];
    let mut before = ExactSum::ZERO;
    for product in order {
        let share = before.value() / total;
        classes[product] = Some(match revenues[product] {
            revenue if revenue <= 0.0 => Abc::C,
            _ if share < a => Abc::A,
            _ if share < b => Abc::B,
            _ => Abc::C,
        });
        before.add(revenues[product]);
    }
    Ok(classes)
}

/// The coefficient of variation of demand by period: standard deviation (n − 1) by mean. `None` with fewer than three
/// periods, or unless the mean is positive.
///
/// ```
/// use emptor_core::profile::product::demand_variation;
///
/// assert_eq!(demand_variation(&[2.0, 4.0, 6.0]), Some(0.5));
/// assert_eq!(demand_variation(&[0.0, 0.0, 0.0]), None);
/// ```
#[must_use]
pub fn demand_variation(demand: &[f64]) -> Option<f64> {
    if demand.len() < 3 {
        return None;
    }
    let n = demand.len() as f64;
    let mean = demand.iter().sum::<f64>() / n;
    let squares: f64 = demand.iter().map(|d| (d - mean) * (d - mean)).sum();
    (mean > 0.0).then(|| (squares / (n - 1.0)).sqrt() / mean)
}

/// The class of a coefficient of variation: X below the first cut, Y below the second, else Z.
///
/// ```
/// use emptor_core::profile::product::{Xyz, xyz};
///
/// assert_eq!([0.4, 0.5, 1.0].map(|cv| xyz(cv, (0.5, 1.0))), [Xyz::X, Xyz::Y, Xyz::Z]);
/// ```
#[must_use]
pub fn xyz(variation: f64, (x, y): (f64, f64)) -> Xyz {
    if variation < x {
        Xyz::X
    } else if variation < y {
        Xyz::Y
    } else {
        Xyz::Z
    }
}
