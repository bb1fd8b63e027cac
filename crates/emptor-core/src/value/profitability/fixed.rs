//! Fixed cost, spread over the customers of a period.

use super::cells::{Cell, Key, NONE, Spread, narrow};
use super::error::ProfitError;
use super::settings::FixedAllocation;

/// The cells that carry a period's fixed cost; empty if nobody has a positive base. Parts add up to the amount exactly.
pub(super) fn allocate(
    by: FixedAllocation,
    cells: &[(Key, Cell)],
    period: u32,
    amount: i128,
) -> Result<Vec<(Key, Cell)>, ProfitError> {
    if by == FixedAllocation::None {
        return Ok(Vec::new());
    }
    let mut customers = Vec::new();
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
    let mut spread = Spread::new(amount, customers.iter().map(|(_, base, _)| base).sum());
    let mut parts = Vec::new();
    for (customer, base, products) in &customers {
        let mut own = Spread::new(spread.part(*base)?, products.iter().map(|(_, net)| net).sum());
        for (product, net) in products {
            let key = Key { customer: *customer, product: *product, period };
            parts.push((key, Cell { fixed: narrow(own.part(*net)?)?, ..Cell::default() }));
        }
    }
    Ok(parts)
}
