//! Profit classes.

use std::fmt;

use emptor_types::{ExactSum, Invalid};
use serde::{Deserialize, Serialize};

use super::checks::{ascending, check_known};
use crate::statistics::quantile;

/// The class of a customer's profit, from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfitClass {
    /// Below zero.
    Loss,
    /// Zero, or in the lower part of the positive profits.
    Low,
    /// In the middle part.
    Mid,
    /// In the upper part.
    High,
}

impl ProfitClass {
    /// All classes, the worst first.
    pub const ALL: [Self; 4] = [Self::Loss, Self::Low, Self::Mid, Self::High];
}

impl fmt::Display for ProfitClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loss => "loss",
            Self::Low => "low",
            Self::Mid => "mid",
            Self::High => "high",
        })
    }
}

/// What a class holds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClassPart {
    /// The class; `None` for customers of unknown profit.
    pub class: Option<ProfitClass>,
    /// Customers.
    pub customers: usize,
    /// Their profit.
    pub profit: f64,
}

/// Customers by class of profit: by its sign, and by two quantiles of the positive profits.
///
/// ```text
/// loss: π < 0     low: 0 ≤ π ≤ q₁     mid: q₁ < π ≤ q₂     high: π > q₂
/// ```
///
/// Quantiles of *positive* profits, because a base with many loss makers would otherwise call small profits high. They
/// interpolate between order statistics (Hyndman & Fan 1996, type 7). Counts and profits of the parts add up to those of
/// all customers.
///
/// ```
/// use emptor_core::value::portfolio::{ProfitClass, ProfitClasses};
///
/// let classes = ProfitClasses::terciles(&[-5.0, 0.0, 1.0, 2.0, 3.0, f64::NAN])?;
/// use ProfitClass::{High, Loss, Low, Mid};
/// assert_eq!(classes.classes, [Some(Loss), Some(Low), Some(Low), Some(Mid), Some(High), None]);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProfitClasses {
    /// The class of each customer, in the order of the input; `None` where profit is unknown.
    pub classes: Vec<Option<ProfitClass>>,
    /// Above it, a profit is mid; `None` if no profit is positive.
    pub mid_above: Option<f64>,
    /// Above it, a profit is high; `None` if no profit is positive.
    pub high_above: Option<f64>,
    /// The four classes, the worst first, and last the unassigned.
    pub parts: Vec<ClassPart>,
}

impl ProfitClasses {
    /// Thirds of the customers with a positive profit.
    ///
    /// # Errors
    /// As [`ProfitClasses::at_quantiles`].
    pub fn terciles(profits: &[f64]) -> Result<Self, Invalid> {
        Self::at_quantiles(profits, 1.0 / 3.0, 2.0 / 3.0)
    }

    /// Cuts at two quantiles of the positive profits, as 0.5 and 0.9 for a top tenth. Profits are one per customer, `NaN`
    /// where unknown.
    ///
    /// # Errors
    /// Unless profits are at most 10¹² in absolute value and `0 ≤ mid_from ≤ high_from ≤ 1`.
    pub fn at_quantiles(profits: &[f64], mid_from: f64, high_from: f64) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        check_known(&mut checks, "profit", profits);
        checks.require(
            0.0 <= mid_from && mid_from <= high_from && high_from <= 1.0,
            "quantiles",
            "must lie between 0 and 1, the lower first",
            format!("{mid_from}, {high_from}"),
        );
        checks.finish()?;

        let positive = ascending(profits, |v| v > 0.0);
        let (mid_above, high_above) = (quantile(&positive, mid_from), quantile(&positive, high_from));
        let above = |profit: f64, cut: Option<f64>| cut.is_some_and(|cut| profit > cut);
        let classes: Vec<Option<ProfitClass>> = profits
            .iter()
            .map(|&profit| match profit {
                p if p.is_nan() => None,
                p if p < 0.0 => Some(ProfitClass::Loss),
                p if above(p, high_above) => Some(ProfitClass::High),
                p if above(p, mid_above) => Some(ProfitClass::Mid),
                _ => Some(ProfitClass::Low),
            })
            .collect();

        let mut sums = [(0, ExactSum::ZERO); 5];
        for (class, profit) in classes.iter().zip(profits) {
            let part = &mut sums[class.map_or(4, |class| class as usize)];
            part.0 += 1;
            part.1.add(*profit);
        }
        let parts = ProfitClass::ALL.into_iter().map(Some).chain([None]).zip(sums);
        let parts = parts.map(|(class, (customers, profit))| ClassPart { class, customers, profit: profit.value() });
        Ok(Self { parts: parts.collect(), classes, mid_above, high_above })
    }
}
