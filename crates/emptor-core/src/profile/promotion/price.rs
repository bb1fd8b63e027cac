//! What a price promotion moved, product by product: a baseline from the weeks without it, and elasticity of price.

use crate::statistics::{ascending, quantile};

/// A week of a product.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProductWeek {
    /// Units sold, at least 0.
    pub units: f64,
    /// Money that they brought, returns not deducted.
    pub revenue: f64,
    /// Whether the product was on promotion.
    pub on_promotion: bool,
    /// Seasonal index of its category, 1 in an average week.
    pub season: f64,
}

/// How a baseline is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BaselineRule {
    /// Weeks before and after a promotion week from which its baseline is made.
    pub reach: usize,
    /// The fewest weeks without promotion among them.
    pub least: usize,
    /// Weeks after a promotion in which customers may live on what they have stocked.
    pub after: usize,
    /// The least part of the weeks without promotion in which the product must have been sold. A promotion is seen by its
    /// sales: of a product that sells once in ten weeks, only the promotion weeks with a sale are known, and each would
    /// seem to have brought it.
    pub sold: f64,
}

/// What a promotion sold of a product, over its weeks.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct PromotionUnits {
    /// Weeks on promotion that have a baseline.
    pub weeks: usize,
    /// Weeks on promotion without a baseline: there were too few weeks without promotion near them.
    pub weeks_without: usize,
    /// Units sold in the weeks that have a baseline.
    pub units: f64,
    /// Money of these units.
    pub revenue: f64,
    /// Units that would have been sold anyway.
    pub baseline: f64,
    /// Units less baseline.
    pub incremental: f64,
    /// By how much as many weeks without promotion would be off their baseline: one standard deviation.
    pub noise: f64,
    /// Baseline less units in the weeks after: positive where the promotion only brought purchases forward.
    pub pull_forward: f64,
}

/// The units a product would have sold in a week without promotion: the mean of seasonally adjusted units over the weeks
/// without promotion within reach, times the season of the week. `None` if these are too few, or if the product was sold in too few of them.
///
/// Weeks of promotion and the weeks just after them are left out, and weeks far out (beyond the upper quartile plus three
/// times the distance of the quartiles, at least 3; Tukey 1977, *Exploratory Data Analysis*) count as the fence. It is a
/// model of one line, in the tradition of baseline sales (Blattberg & Neslin 1990, *Sales Promotion*, ch. 12), and no
/// experiment.
///
/// ```
/// use emptor_core::profile::promotion::{BaselineRule, ProductWeek, baseline_units};
///
/// let week = |units: f64, on_promotion| ProductWeek { units, revenue: units, on_promotion, season: 1.0 };
/// let mut weeks = vec![week(10.0, false); 9];
/// weeks[4] = week(30.0, true);
/// let rule = BaselineRule { reach: 4, least: 4, after: 2, sold: 0.9 };
/// assert_eq!(baseline_units(&weeks, 4, rule), Some(10.0));
/// ```
#[must_use]
pub fn baseline_units(weeks: &[ProductWeek], at: usize, rule: BaselineRule) -> Option<f64> {
    usual(weeks, at, rule).map(|(mean, _)| mean)
}

/// Baseline of a week, and the variance with which a week without promotion would be off it.
fn usual(weeks: &[ProductWeek], at: usize, rule: BaselineRule) -> Option<(f64, f64)> {
    let here = weeks.get(at)?;
    let (first, last) = (at.saturating_sub(rule.reach), (at + rule.reach).min(weeks.len() - 1));
    let usual: Vec<f64> = (first..=last)
        .filter(|week| *week != at && is_usual(weeks, *week, rule.after) && weeks[*week].season > 0.0)
        .map(|week| weeks[week].units / weeks[week].season)
        .collect();
    let sold = usual.iter().filter(|units| **units > 0.0).count() as f64;
    if usual.len() < rule.least.max(2) || sold < rule.sold * usual.len() as f64 {
        return None;
    }
    let mut sorted = ascending(&usual);
    let (low, high) = (quantile(&sorted, 0.25)?, quantile(&sorted, 0.75)?);
    let fence = high + 3.0 * (high - low).max(1.0);
    sorted.iter_mut().for_each(|units| *units = units.min(fence));
    let n = sorted.len() as f64;
    let mean = sorted.iter().sum::<f64>() / n;
    let squares: f64 = sorted.iter().map(|units| (units - mean) * (units - mean)).sum();
    let variance = squares / (n - 1.0) * (1.0 + 1.0 / n);
    Some((mean * here.season, variance * here.season * here.season))
}

/// Whether a week is neither on promotion nor one of those just after one.
fn is_usual(weeks: &[ProductWeek], at: usize, after: usize) -> bool {
    weeks[at.saturating_sub(after)..=at].iter().all(|week| !week.on_promotion)
}

/// What the promotion weeks named in `of` sold beyond the baseline, and what the weeks after them lacked. The weeks after
/// end at the next promotion, whosever it is.
///
/// ```
/// use emptor_core::profile::promotion::{BaselineRule, ProductWeek, promotion_units};
///
/// let week = |units: f64, on_promotion| ProductWeek { units, revenue: units, on_promotion, season: 1.0 };
/// let mut weeks = vec![week(10.0, false); 9];
/// weeks[4] = week(30.0, true);
/// weeks[5] = week(4.0, false);
/// let sold = promotion_units(&weeks, &[4], BaselineRule { reach: 4, least: 4, after: 2, sold: 0.9 });
/// assert_eq!((sold.baseline, sold.incremental, sold.pull_forward), (10.0, 20.0, 6.0));
/// ```
#[must_use]
pub fn promotion_units(weeks: &[ProductWeek], of: &[usize], rule: BaselineRule) -> PromotionUnits {
    let mut sold = PromotionUnits::default();
    for &at in of {
        let Some((baseline, variance)) = usual(weeks, at, rule) else {
            sold.weeks_without += usize::from(at < weeks.len());
            continue;
        };
        sold.weeks += 1;
        sold.units += weeks[at].units;
        sold.revenue += weeks[at].revenue;
        sold.baseline += baseline;
        sold.noise += variance;
        for next in (at + 1)..=(at + rule.after).min(weeks.len() - 1) {
            if weeks[next].on_promotion {
                break;
            }
            sold.pull_forward += baseline_units(weeks, next, rule).map_or(0.0, |usual| usual - weeks[next].units);
        }
    }
    sold.incremental = sold.units - sold.baseline;
    sold.noise = sold.noise.sqrt();
    sold
}

/// Price elasticity of a product.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Elasticity {
    /// By how many per cent units change when the price rises by 1 %.
    pub elasticity: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Weeks with a sale.
    pub weeks: usize,
}

/// Price elasticity by least squares over the weeks with a sale. `None` with fewer than `least` such weeks (never fewer
/// than three) or without at least a per mille of spread in prices.
///
/// ```text
/// ln(units / season) = a + b ln(revenue / units) + e        b is the elasticity
/// ```
///
/// Observational: prices are cut when a shop wants to sell, and weeks without a sale have no price; the number says what
/// went together, not what a price would do.
///
/// ```
/// use emptor_core::profile::promotion::{ProductWeek, elasticity};
///
/// // Half the price, four times the units.
/// let week = |units: f64, price: f64| ProductWeek { units, revenue: units * price, on_promotion: false, season: 1.0 };
/// let weeks = [week(10.0, 4.0), week(40.0, 2.0), week(10.0, 4.0), week(40.0, 2.0)];
/// let found = elasticity(&weeks, 4).ok_or("prices vary")?;
/// assert!((found.elasticity - -2.0).abs() < 1e-12 && found.standard_error < 1e-9);
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn elasticity(weeks: &[ProductWeek], least: usize) -> Option<Elasticity> {
    let sold = weeks.iter().filter(|week| week.units > 0.0 && week.revenue > 0.0 && week.season > 0.0);
    let points: Vec<(f64, f64)> =
        sold.map(|week| ((week.revenue / week.units).ln(), (week.units / week.season).ln())).collect();
    if points.len() < least.max(3) {
        return None;
    }
    let n = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let sum = |of: &dyn Fn(f64, f64) -> f64| points.iter().map(|point| of(point.0 - x, point.1 - y)).sum::<f64>();
    let spread = sum(&|dx, _| dx * dx);
    if spread / n < 1e-6 {
        return None;
    }
    let slope = sum(&|dx, dy| dx * dy) / spread;
    let rest = sum(&|dx, dy| (dy - slope * dx) * (dy - slope * dx));
    Some(Elasticity { elasticity: slope, standard_error: (rest / (n - 2.0) / spread).sqrt(), weeks: points.len() })
}
