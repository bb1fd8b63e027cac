//! How unequal customers are.

use emptor_types::{ExactSum, Invalid};

/// A tenth of the customers, the first being the best.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Decile {
    /// From 1, the best, to 10.
    pub decile: usize,
    /// Customers in it.
    pub customers: usize,
    /// Their amount.
    pub amount: f64,
    /// Its share of the total; `None` if that is not positive.
    pub share: Option<f64>,
    /// The share of this decile and all before it.
    pub cumulative: Option<f64>,
    /// The least amount of one of them.
    pub least: f64,
    /// The greatest.
    pub greatest: f64,
}

/// Customers in ten groups of equal number (± 1) by an amount each, the greatest first; equal amounts keep their order. With
/// fewer than ten customers some deciles are empty and left out. Amounts and numbers of the deciles add up to the totals.
///
/// ```
/// use emptor_core::profile::profiling::deciles;
///
/// let amounts: Vec<f64> = (1..=20).map(f64::from).collect();
/// let tenths = deciles(&amounts)?;
/// assert_eq!((tenths[0].amount, tenths[9].amount), (39.0, 3.0));
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
///
/// # Errors
/// Unless all amounts are known and at most 10¹² in absolute value.
pub fn deciles(amounts: &[f64]) -> Result<Vec<Decile>, Invalid> {
    let order = by_amount(amounts)?;
    let n = order.len();
    let total = amounts.iter().copied().collect::<ExactSum>().value();
    let share = |amount: f64| (total > 0.0).then(|| amount / total);
    let mut so_far = ExactSum::ZERO;
    let mut deciles = Vec::with_capacity(10);
    for decile in 1..=10 {
        let members = &order[(decile - 1) * n / 10..decile * n / 10];
        let (Some(first), Some(last)) = (members.first(), members.last()) else { continue };
        let amount: ExactSum = members.iter().map(|&i| amounts[i]).collect();
        so_far.merge(amount);
        deciles.push(Decile {
            decile,
            customers: members.len(),
            amount: amount.value(),
            share: share(amount.value()),
            cumulative: share(so_far.value()),
            least: amounts[*last],
            greatest: amounts[*first],
        });
    }
    Ok(deciles)
}

/// The share of a total that the best part of the customers brings; `part` is their share of all, rounded up to whole
/// customers. `None` if the total is not positive or nobody is there.
///
/// ```
/// use emptor_core::profile::profiling::top_share;
///
/// assert_eq!(top_share(&[80.0, 5.0, 5.0, 5.0, 5.0], 0.2)?, Some(0.8));
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
///
/// # Errors
/// Unless all amounts are known and at most 10¹² in absolute value, and the part lies between 0 and 1.
pub fn top_share(amounts: &[f64], part: f64) -> Result<Option<f64>, Invalid> {
    if !(0.0..=1.0).contains(&part) {
        return Err(Invalid::value("part", "must lie between 0 and 1", part));
    }
    let order = by_amount(amounts)?;
    let total = amounts.iter().copied().collect::<ExactSum>().value();
    let top = (part * order.len() as f64).ceil() as usize;
    let amount: ExactSum = order.iter().take(top).map(|&i| amounts[i]).collect();
    Ok((total > 0.0).then(|| amount.value() / total))
}

/// The Herfindahl–Hirschman index of positive amounts, Σ s² of their shares: from 1/n, all the same, to 1, one customer
/// only. Its reciprocal is the number of equal customers that would be as concentrated. Amounts that are not positive are
/// no part of the base. `None` if nothing is positive (Herfindahl 1950; Hirschman 1964, "The paternity of an index").
///
/// ```
/// use emptor_core::profile::profiling::herfindahl;
///
/// assert_eq!(herfindahl(&[10.0, 10.0, 10.0, 10.0, -3.0]), Some(0.25));
/// ```
#[must_use]
pub fn herfindahl(amounts: &[f64]) -> Option<f64> {
    let positive = || amounts.iter().copied().filter(|amount| *amount > 0.0);
    let total = positive().collect::<ExactSum>().value();
    (total > 0.0).then(|| positive().map(|amount| (amount / total) * (amount / total)).collect::<ExactSum>().value())
}

/// The class of a customer in an ABC analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AbcClass {
    /// The few that bring most.
    A,
    /// Those in between.
    B,
    /// The many that bring little.
    C,
}

impl AbcClass {
    /// The letter.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
        }
    }
}

/// ABC classes of amounts, the greatest first: A until `a` of the total is reached, B until `b`, C the rest. Who crosses a
/// limit belongs to the upper class, so that A brings at least the share `a`. Amounts that are not positive are C and
/// no part of the total; unknown ones (`NaN`) have no class. Equal amounts keep their order.
///
/// ```
/// use emptor_core::profile::profiling::{AbcClass, abc_classes};
///
/// let classes = abc_classes(&[70.0, 20.0, 6.0, 4.0, f64::NAN], 0.80, 0.95)?;
/// assert_eq!(classes, [Some(AbcClass::A), Some(AbcClass::A), Some(AbcClass::B), Some(AbcClass::C), None]);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
///
/// # Errors
/// Unless `0 < a ≤ b ≤ 1` and known amounts are at most 10¹² in absolute value.
pub fn abc_classes(amounts: &[f64], a: f64, b: f64) -> Result<Vec<Option<AbcClass>>, Invalid> {
    if !(0.0 < a && a <= b && b <= 1.0) {
        return Err(Invalid::value("ABC limits", "must rise within 0 and 1", format!("{a}, {b}")));
    }
    let known: Vec<f64> = amounts.iter().map(|amount| if amount.is_nan() { 0.0 } else { *amount }).collect();
    let order = by_amount(&known)?;
    let total = known.iter().copied().filter(|amount| *amount > 0.0).collect::<ExactSum>().value();
    let mut classes = vec![None; amounts.len()];
    let mut before = ExactSum::ZERO;
    for i in order {
        let class = match before.value() {
            _ if known[i] <= 0.0 => AbcClass::C,
            sum if sum < a * total => AbcClass::A,
            sum if sum < b * total => AbcClass::B,
            _ => AbcClass::C,
        };
        classes[i] = (!amounts[i].is_nan()).then_some(class);
        before.add(known[i].max(0.0));
    }
    Ok(classes)
}

/// Places by amount, the greatest first.
fn by_amount(amounts: &[f64]) -> Result<Vec<usize>, Invalid> {
    let mut checks = Invalid::checks();
    let rule = "must be known and at most 1e12 in absolute value";
    checks.require_each("amount", rule, amounts, |_, amount| amount.abs() <= ExactSum::LIMIT);
    checks.finish()?;
    let mut order: Vec<usize> = (0..amounts.len()).collect();
    order.sort_by(|&a, &b| amounts[b].total_cmp(&amounts[a]));
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deciles_of_few_customers_are_left_out_and_still_add_up() -> Result<(), Invalid> {
        let amounts = [5.0, -1.0, 3.0];
        let deciles = deciles(&amounts)?;
        assert_eq!(deciles.iter().map(|d| d.customers).sum::<usize>(), 3);
        assert!((deciles.iter().map(|d| d.amount).sum::<f64>() - 7.0).abs() < 1e-12);
        assert!(super::deciles(&[f64::NAN]).is_err() && super::deciles(&[])?.is_empty());
        Ok(())
    }

    #[test]
    fn without_a_positive_total_there_are_no_shares() -> Result<(), Invalid> {
        assert_eq!(deciles(&[-1.0])?[0].share, None);
        assert_eq!((top_share(&[-1.0], 0.5)?, herfindahl(&[-1.0, 0.0])), (None, None));
        assert!(top_share(&[1.0], f64::NAN).is_err());
        Ok(())
    }

    #[test]
    fn who_crosses_the_limit_belongs_to_the_upper_class() -> Result<(), Invalid> {
        use AbcClass::{A, B, C};
        assert_eq!(abc_classes(&[100.0], 0.8, 0.95)?, [Some(A)]);
        assert_eq!(abc_classes(&[1.0, 79.0, 15.0, -5.0, 5.0], 0.8, 0.95)?, [C, A, A, C, B].map(Some));
        assert!(abc_classes(&[1.0], 0.9, 0.8).is_err() && abc_classes(&[1.0], f64::NAN, 0.8).is_err());
        Ok(())
    }
}
