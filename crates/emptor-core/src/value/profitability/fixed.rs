//! Fixed cost, spread over the customers of a period.

use super::cells::{Cell, Key, NONE, Spread, merge, narrow};
use super::error::ProfitError;
use super::settings::FixedAllocation;

/// What one customer's fixed cost goes by, period by period.
struct Bases {
    by: FixedAllocation,
    /// Periods with a cell.
    active: Vec<usize>,
    seen: Vec<bool>,
    /// `None` where it is unknown.
    base: Vec<Option<i128>>,
    /// Positive net revenue.
    net: Vec<i128>,
}

impl Bases {
    fn new(by: FixedAllocation, periods: usize) -> Self {
        Self {
            by,
            active: Vec::with_capacity(periods),
            seen: vec![false; periods],
            base: vec![Some(0); periods],
            net: vec![0; periods],
        }
    }

    fn read(&mut self, customer: &[(Key, Cell)]) {
        for period in self.active.drain(..) {
            (self.seen[period], self.base[period], self.net[period]) = (false, Some(0), 0);
        }
        for (key, cell) in customer {
            let period = key.period as usize;
            if !std::mem::replace(&mut self.seen[period], true) {
                self.active.push(period);
            }
            let more = match self.by {
                FixedAllocation::None => Some(0),
                FixedAllocation::Revenue => Some(i128::from(cell.net)),
                FixedAllocation::Cm1 => cell.cm1(),
                FixedAllocation::Cm2 => cell.cm2(),
                FixedAllocation::PerActiveCustomer => Some(i128::from(self.base[period] == Some(0))),
            };
            self.base[period] = self.base[period].zip(more).map(|(sum, more)| sum + more);
            self.net[period] += i128::from(cell.net.max(0));
        }
    }
}

/// Puts each period's fixed cost, of all pools together, on the cells, and says in which periods: not where nobody has a
/// positive base. Parts add up to the amounts exactly.
pub(super) fn allocate(
    by: FixedAllocation,
    cells: &mut Vec<(Key, Cell)>,
    amounts: &[i128],
) -> Result<Vec<bool>, ProfitError> {
    if by == FixedAllocation::None {
        return Ok(vec![false; amounts.len()]);
    }
    let mut own = Bases::new(by, amounts.len());
    let (mut totals, mut unknown) = (vec![0_i128; amounts.len()], 0);
    for customer in cells.chunk_by(|a, b| a.0.customer == b.0.customer) {
        own.read(customer);
        for &period in &own.active {
            match own.base[period] {
                Some(base) => totals[period] += base.max(0),
                None => unknown += 1,
            }
        }
    }
    if unknown > 0 {
        let by = if by == FixedAllocation::Cm1 { "gross profit" } else { "contribution margin" };
        return Err(ProfitError::UnknownProfit { by, cells: unknown });
    }
    let mut spreads: Vec<Spread> = amounts.iter().zip(&totals).map(|(all, base)| Spread::new(*all, *base)).collect();
    let mut parts: Vec<Option<Spread>> = amounts.iter().map(|_| None).collect();
    let mut without_revenue = Vec::new();
    for customer in cells.chunk_by_mut(|a, b| a.0.customer == b.0.customer) {
        own.read(customer);
        for &period in &own.active {
            parts[period] = None;
            let Some(base) = own.base[period].filter(|base| *base > 0) else { continue };
            let part = spreads[period].part(base)?;
            if own.net[period] > 0 {
                parts[period] = Some(Spread::new(part, own.net[period]));
            } else {
                let key = Key { customer: customer[0].0.customer, product: NONE, period: period as u32 };
                without_revenue.push((key, Cell { fixed: narrow(part)?, ..Cell::default() }));
            }
        }
        for (key, cell) in customer.iter_mut().filter(|(_, cell)| cell.net > 0) {
            if let Some(spread) = &mut parts[key.period as usize] {
                cell.fixed = narrow(spread.part(cell.net.into())?)?;
            }
        }
    }
    if !without_revenue.is_empty() {
        cells.append(&mut without_revenue);
        merge(cells)?;
    }
    Ok(totals.into_iter().map(|base| base > 0).collect())
}
