//! Fixed cost, spread over the customers of a period.

use super::cells::{Cell, Key, NONE, mul_div, narrow};
use super::error::ProfitError;
use super::settings::FixedAllocation;

/// The cells that carry a period's fixed cost; empty if nobody has a positive base. Parts add up to the amount exactly:
/// each is the difference of two rounded running totals.
pub(super) fn allocate(
    by: FixedAllocation,
    cells: &[(Key, Cell)],
    period: u32,
    amount: i128,
) -> Result<Vec<(Key, Cell)>, ProfitError> {
    if by == FixedAllocation::None {
        return Ok(Vec::new());
    }
    let mut customers: Vec<(u32, i128, Vec<(u32, i128)>)> = Vec::new();
    let mut unknown = 0;
    for customer in cells.chunk_by(|a, b| a.0.customer == b.0.customer) {
        let own = || customer.iter().filter(|(key, _)| key.period == period);
        let Some((key, _)) = own().next() else { continue };
        let sum = |value: fn(&Cell) -> Option<i128>| own().map(|(_, cell)| value(cell)).sum::<Option<i128>>();
        let base = match by {
            FixedAllocation::None => Some(0),
            FixedAllocation::Revenue => sum(|cell| Some(i128::from(cell.net))),
            FixedAllocation::Cm1 => sum(Cell::cm1),
            FixedAllocation::Cm2 => sum(Cell::cm2),
            FixedAllocation::PerActiveCustomer => Some(1),
        };
        match base {
            Some(base) if base > 0 => {
                let mut products: Vec<(u32, i128)> = Vec::new();
                products.extend(own().filter(|(_, c)| c.net > 0).map(|(k, c)| (k.product, i128::from(c.net))));
                if products.is_empty() {
                    products.push((NONE, 1));
                }
                customers.push((key.customer, base, products));
            }
            Some(_) => {}
            None => unknown += 1,
        }
    }
    if unknown > 0 {
        let by = if by == FixedAllocation::Cm1 { "gross profit" } else { "contribution margin" };
        return Err(ProfitError::UnknownProfit { by, cells: unknown });
    }
    let weights: Vec<i128> = customers.iter().map(|(_, base, _)| *base).collect();
    let mut parts = Vec::new();
    for ((customer, _, products), part) in customers.iter().zip(split(amount, &weights)?) {
        let weights: Vec<i128> = products.iter().map(|(_, net)| *net).collect();
        for ((product, _), fixed) in products.iter().zip(split(part, &weights)?) {
            let key = Key { customer: *customer, product: *product, period };
            parts.push((key, Cell { fixed: narrow(fixed)?, ..Cell::default() }));
        }
    }
    Ok(parts)
}

/// Splits an amount by positive weights.
fn split(amount: i128, weights: &[i128]) -> Result<Vec<i128>, ProfitError> {
    let total: i128 = weights.iter().sum();
    let (mut running, mut given) = (0, 0);
    let mut parts = Vec::with_capacity(weights.len());
    for weight in weights {
        running += weight;
        let until = mul_div(amount, running, total)?;
        parts.push(until - given);
        given = until;
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_to_the_whole_to_the_last_millionth() -> Result<(), ProfitError> {
        for weights in [vec![1, 1, 1], vec![3, 1, 7, 11], vec![1]] {
            let parts = split(100, &weights)?;
            assert_eq!(parts.iter().sum::<i128>(), 100, "{parts:?}");
        }
        Ok(())
    }
}
