//! Sums per customer, product and period, in millionths of the currency.

use std::collections::HashMap;

use polars::prelude::{
    BooleanChunked, Column, DataFrame, DataType, IntoColumn, NewChunkedArray, PolarsResult, Series, SortOptions,
};

use super::error::ProfitError;
use crate::money::MILLIONTHS;

/// No product; sorts behind all of them.
pub(super) const NONE: u32 = u32::MAX;

/// Whom something belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    Customer(u32),
    /// Nobody is named.
    Unknown,
    /// An internal or test customer.
    Excluded,
}

/// Customer, product and period, by place in the order of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) customer: u32,
    pub(super) product: u32,
    pub(super) period: u32,
}

/// One cell of the ladder. All but counts are money.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) lines: i64,
    pub(super) list: i64,
    pub(super) rebates: i64,
    pub(super) returns: i64,
    pub(super) net: i64,
    /// Product cost that is known.
    pub(super) cogs: i64,
    /// Product cost that is imputed.
    pub(super) imputed: i64,
    /// Net revenue of lines with imputed cost.
    pub(super) imputed_net: i64,
    /// Lines without a cost, known or imputed.
    pub(super) unknown: i64,
    /// Their net revenue.
    pub(super) unknown_net: i64,
    pub(super) cts: i64,
    pub(super) marketing: i64,
    pub(super) fixed: i64,
}

impl Cell {
    pub(super) fn add(&mut self, other: &Self) -> Result<(), ProfitError> {
        let pairs = [
            (&mut self.lines, other.lines),
            (&mut self.list, other.list),
            (&mut self.rebates, other.rebates),
            (&mut self.returns, other.returns),
            (&mut self.net, other.net),
            (&mut self.cogs, other.cogs),
            (&mut self.imputed, other.imputed),
            (&mut self.imputed_net, other.imputed_net),
            (&mut self.unknown, other.unknown),
            (&mut self.unknown_net, other.unknown_net),
            (&mut self.cts, other.cts),
            (&mut self.marketing, other.marketing),
            (&mut self.fixed, other.fixed),
        ];
        for (sum, term) in pairs {
            *sum = narrow(i128::from(*sum) + i128::from(term))?;
        }
        Ok(())
    }

    // What follows is a difference of a few sums below 2⁶³, which 128 bits hold.

    pub(super) fn discount(&self) -> i128 {
        i128::from(self.list) - i128::from(self.rebates) - i128::from(self.returns) - i128::from(self.net)
    }

    pub(super) fn cost(&self) -> i128 {
        i128::from(self.cogs) + i128::from(self.imputed)
    }

    /// Product cost, unless a part of it is unknown.
    pub(super) fn full_cost(&self) -> Option<i128> {
        (self.unknown == 0).then(|| self.cost())
    }

    pub(super) fn cm1(&self) -> Option<i128> {
        self.full_cost().map(|cost| i128::from(self.net) - cost)
    }

    pub(super) fn cm2(&self) -> Option<i128> {
        self.cm1().map(|cm1| cm1 - i128::from(self.cts) - i128::from(self.marketing))
    }

    pub(super) fn net_profit(&self) -> Option<i128> {
        self.cm2().map(|cm2| cm2 - i128::from(self.fixed))
    }

    /// Contribution margin of what has a cost of its own: neither unknown nor imputed.
    pub(super) fn cm2_known(&self) -> i128 {
        self.known_net() - i128::from(self.cogs) - i128::from(self.cts) - i128::from(self.marketing)
    }

    pub(super) fn known_net(&self) -> i128 {
        i128::from(self.net) - i128::from(self.imputed_net) - i128::from(self.unknown_net)
    }

    /// A part of net revenue; `None` where the revenue is not positive or the part is not a share of it.
    pub(super) fn share(&self, part: i128) -> Option<f64> {
        let net = i128::from(self.net);
        (net > 0 && (0..=net).contains(&part)).then(|| part as f64 / net as f64)
    }
}

pub(super) fn money(millionths: i128) -> f64 {
    millionths as f64 / MILLIONTHS
}

pub(super) fn narrow(millionths: i128) -> Result<i64, ProfitError> {
    i64::try_from(millionths)
        .map_err(|_| ProfitError::OutOfRange { what: "a sum of money".to_owned(), amount: money(millionths) })
}

/// In millionths.
pub(super) fn widen(amount: f64) -> i128 {
    (amount * MILLIONTHS).round() as i128
}

/// `a · b / c` rounded half away from zero; out of range unless `c` is above 0.
pub(super) fn mul_div(a: i128, b: i128, c: i128) -> Result<i128, ProfitError> {
    let half = |product: i128| if product < 0 { -(c / 2) } else { c / 2 };
    let rounded = a.checked_mul(b).and_then(|product| product.checked_add(half(product)));
    rounded.filter(|_| c > 0).and_then(|rounded| rounded.checked_div(c)).ok_or_else(|| ProfitError::OutOfRange {
        what: "a product of money and quantity".to_owned(),
        amount: a as f64 * b as f64 / c as f64 / MILLIONTHS,
    })
}

/// Hands out an amount in proportion to weights so that the parts add up: each is the difference of two rounded running
/// totals, never more than a millionth from its exact share.
pub(super) struct Spread {
    amount: i128,
    total: i128,
    running: i128,
    given: i128,
}

impl Spread {
    /// `total` is the weight that the whole amount stands for, above 0.
    pub(super) fn new(amount: i128, total: i128) -> Self {
        Self { amount, total, running: 0, given: 0 }
    }

    pub(super) fn part(&mut self, weight: i128) -> Result<i128, ProfitError> {
        self.running += weight;
        let until = mul_div(self.amount, self.running, self.total)?;
        let part = until - self.given;
        self.given = until;
        Ok(part)
    }
}

/// Sorts cells by key and adds up those with the same one, in place.
pub(super) fn merge(cells: &mut Vec<(Key, Cell)>) -> Result<(), ProfitError> {
    // Sums of integers do not depend on the order among equal keys.
    cells.sort_unstable_by_key(|(key, _)| *key);
    let mut last = 0;
    for next in 1..cells.len() {
        let (key, cell) = cells[next];
        if cells[last].0 == key {
            cells[last].1.add(&cell)?;
        } else {
            last += 1;
            cells[last] = (key, cell);
        }
    }
    cells.truncate(last + 1);
    Ok(())
}

/// Ids in ascending order, and the place of each.
pub(super) struct Ids {
    pub(super) ids: Series,
    places: HashMap<String, u32>,
}

impl Ids {
    /// All ids of some columns; nulls are none. Columns without a single id have no say in the type.
    pub(super) fn gather(name: &str, columns: Vec<Series>) -> PolarsResult<Self> {
        let mut all: Option<Series> = None;
        for column in columns.into_iter().filter(|c| c.null_count() < c.len()) {
            match &mut all {
                None => all = Some(column),
                Some(all) => _ = all.append(&column)?,
            }
        }
        let all = all.unwrap_or_else(|| Series::new_empty(name.into(), &DataType::String));
        let ids = all.unique()?.drop_nulls().sort(SortOptions::default())?.with_name(name.into());
        let text = ids.cast(&DataType::String)?;
        let places = text.str()?.iter().flatten().map(str::to_owned).zip(0_u32..).collect();
        Ok(Self { ids, places })
    }

    /// The same without some of them.
    pub(super) fn without(self, out: &Series) -> PolarsResult<Self> {
        let out = Self::gather("out", vec![out.clone()])?;
        let keep: Vec<bool> =
            out.of(&self.ids.clone().into_column())?.iter().map(|id| !matches!(id, Some(Some(_)))).collect();
        let ids = self.ids.filter(&BooleanChunked::from_slice("keep".into(), &keep))?;
        Self::gather(self.ids.name().as_str(), vec![ids])
    }

    /// The places of a column; `Some(None)` is an id that is not among these.
    pub(super) fn of(&self, column: &Column) -> PolarsResult<Vec<Option<Option<u32>>>> {
        let text = column.cast(&DataType::String)?;
        Ok(text.str()?.iter().map(|id| id.map(|id| self.places.get(id).copied())).collect())
    }
}

/// The integers of a column; null counts as 0, as does a column that is not there.
pub(super) fn integers(frame: &DataFrame, name: &str) -> PolarsResult<Vec<i64>> {
    match frame.column(name) {
        Ok(column) => Ok(column.i64()?.iter().map(Option::unwrap_or_default).collect()),
        Err(_) => Ok(vec![0; frame.height()]),
    }
}

/// The periods of a frame.
pub(super) fn places(frame: &DataFrame) -> PolarsResult<Vec<u32>> {
    Ok(frame
        .column("period")?
        .i32()?
        .iter()
        .map(|p| p.and_then(|p| u32::try_from(p).ok()).unwrap_or_default())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_beyond_the_range_are_refused() {
        let mut cell = Cell { net: i64::MAX - 1, ..Cell::default() };
        let one = Cell { net: 1, ..Cell::default() };
        assert!(cell.add(&one).is_ok());
        assert!(matches!(cell.add(&one), Err(ProfitError::OutOfRange { .. })));
        assert!(mul_div(i128::MAX, 2, 1).is_err());
        assert!(mul_div(i128::MAX, 1, 4).is_err());
        assert!(mul_div(1, 1, 0).is_err());
    }

    #[test]
    fn parts_add_up_to_the_whole_to_the_last_millionth() -> Result<(), ProfitError> {
        for weights in [vec![1, 1, 1], vec![3, 1, 7, 11], vec![1]] {
            let mut spread = Spread::new(100, weights.iter().sum());
            let parts: Vec<i128> = weights.iter().map(|weight| spread.part(*weight)).collect::<Result<_, _>>()?;
            assert_eq!(parts.iter().sum::<i128>(), 100, "{parts:?}");
        }
        Ok(())
    }

    #[test]
    fn division_rounds_half_away_from_zero() -> Result<(), ProfitError> {
        for (a, b, c, rounded) in
            [(1, 1, 2, 1), (-1, 1, 2, -1), (1, 1, 3, 0), (2, 1, 3, 1), (-2, 1, 3, -1), (7, 3, 3, 7)]
        {
            assert_eq!(mul_div(a, b, c)?, rounded, "{a}·{b}/{c}");
        }
        Ok(())
    }
}
