//! From a test mailing to the roll-out: which cells to mail.

use emptor_types::{Invalid, Level};

use crate::statistics::wilson;

/// A cell of customers, e.g. an RFM cell, of whom some were mailed as a test.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct TestCell {
    /// Customers in the cell.
    pub customers: u64,
    /// Those who were mailed in the test.
    pub tested: usize,
    /// Those of them who responded.
    pub responded: usize,
}

impl TestCell {
    /// A cell.
    #[must_use]
    pub fn new(customers: u64, tested: usize, responded: usize) -> Self {
        Self { customers, tested, responded }
    }

    /// Response rate of the test; `None` if nobody was tested.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        (self.tested > 0).then(|| self.responded as f64 / self.tested as f64)
    }
}

/// The cells to mail after a test, and what that should earn (Hughes 1994, *Strategic Database Marketing*, ch. 6).
///
/// ```text
/// break-even rate = cost per piece / profit per response
/// expected profit = Σ over mailed cells of customers · (rate · profit per response − cost per piece)
/// ```
///
/// A cell is mailed if its rate in the test is above the break-even rate. Cells that were chosen because they did well by
/// chance will do worse when all are mailed; [`cautious`](Self::cautious) asks instead that the lower end of the Wilson
/// interval of the rate is above it.
///
/// ```
/// use emptor_core::profile::profiling::{RollOut, TestCell};
///
/// // Hughes's test: .55 a piece, 40 a response. The cells above break-even held 554,182 of two million customers and
/// // responded at 2.76 %; the rest did not pay.
/// let cells = [TestCell::new(554_182, 10_000, 276), TestCell::new(1_445_818, 20_000, 160)];
/// let plan = RollOut::plan(&cells, 0.55, 40.0)?;
/// assert!((plan.break_even_rate - 0.013_75).abs() < 1e-12);
/// assert_eq!((plan.mailed.as_slice(), plan.customers), ([0].as_slice(), 554_182));
/// assert!((plan.expected_profit - 307_016.8).abs() < 0.1);
/// assert!(plan.profit_of_all < plan.expected_profit);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RollOut {
    /// The response rate at which a piece brings what it costs; above 1 no piece can.
    pub break_even_rate: f64,
    /// The cells to mail, as places in the input.
    pub mailed: Vec<usize>,
    /// Customers in them.
    pub customers: u64,
    /// Responses to expect of them.
    pub expected_responses: f64,
    /// Profit to expect, the cost of the pieces taken off.
    pub expected_profit: f64,
    /// What mailing every tested cell would be expected to earn.
    pub profit_of_all: f64,
}

impl RollOut {
    /// The roll-out to the cells whose rate in the test is above break-even.
    ///
    /// # Errors
    /// Unless the cost is finite and not negative, the profit of a response (before the cost of the piece) finite and
    /// positive, and no cell has more responses than pieces or more pieces than customers.
    pub fn plan(cells: &[TestCell], cost_per_piece: f64, profit_per_response: f64) -> Result<Self, Invalid> {
        Self::by(cells, cost_per_piece, profit_per_response, TestCell::rate)
    }

    /// The roll-out to the cells of which the lower end of the interval of their rate is above break-even.
    ///
    /// ```
    /// use emptor_core::profile::profiling::{RollOut, TestCell};
    /// use emptor_types::Level;
    ///
    /// // One response to twenty pieces is 5 %, and no evidence.
    /// let cells = [TestCell::new(1_000, 20, 1), TestCell::new(1_000, 400, 20)];
    /// assert_eq!(RollOut::plan(&cells, 0.55, 40.0)?.mailed, [0, 1]);
    /// assert_eq!(RollOut::cautious(&cells, 0.55, 40.0, Level::new(0.90)?)?.mailed, [1]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`RollOut::plan`].
    pub fn cautious(
        cells: &[TestCell],
        cost_per_piece: f64,
        profit_per_response: f64,
        level: Level,
    ) -> Result<Self, Invalid> {
        Self::by(cells, cost_per_piece, profit_per_response, |cell| {
            wilson(cell.responded, cell.tested, level).map(|interval| interval.low)
        })
    }

    fn by(
        cells: &[TestCell],
        cost: f64,
        profit: f64,
        evidence: impl Fn(&TestCell) -> Option<f64>,
    ) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let rule = "must be finite and not negative";
        checks.require(cost >= 0.0 && cost.is_finite(), "cost per piece", rule, cost);
        let rule = "must be finite and positive";
        checks.require(profit > 0.0 && profit.is_finite(), "profit per response", rule, profit);
        let rule = "must not have more responses than pieces, nor more pieces than customers";
        checks.require_each("cell", rule, cells, |_, cell| {
            cell.responded <= cell.tested && cell.tested as u64 <= cell.customers
        });
        checks.finish()?;
        let break_even_rate = cost / profit;
        let earns = |cell: &TestCell| {
            let rate = cell.rate().unwrap_or_default();
            if cell.tested == 0 { 0.0 } else { cell.customers as f64 * (rate * profit - cost) }
        };
        let pays = |cell: &TestCell| evidence(cell).is_some_and(|rate| rate > break_even_rate);
        let mailed: Vec<usize> = (0..cells.len()).filter(|i| pays(&cells[*i])).collect();
        let chosen = || mailed.iter().map(|&i| &cells[i]);
        Ok(Self {
            break_even_rate,
            customers: chosen().map(|cell| cell.customers).sum(),
            expected_responses: chosen().map(|cell| cell.customers as f64 * cell.rate().unwrap_or_default()).sum(),
            expected_profit: chosen().map(earns).sum(),
            profit_of_all: cells.iter().map(earns).sum(),
            mailed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_break_even_rate_of_a_two_yuan_piece_and_32_of_margin_is_6_25_per_cent() -> Result<(), Invalid> {
        let plan = RollOut::plan(&[TestCell::new(100, 0, 0)], 2.0, 32.0)?;
        assert!((plan.break_even_rate - 0.0625).abs() < 1e-15);
        assert!(plan.mailed.is_empty(), "an untested cell is not mailed");
        Ok(())
    }

    #[test]
    fn a_cell_at_break_even_is_not_mailed() -> Result<(), Invalid> {
        let plan = RollOut::plan(&[TestCell::new(100, 16, 1), TestCell::new(100, 16, 2)], 2.0, 32.0)?;
        assert_eq!((plan.mailed, plan.expected_profit), (vec![1], 200.0));
        Ok(())
    }

    #[test]
    fn impossible_tests_are_refused_with_all_reasons() {
        let broken = RollOut::plan(&[TestCell::new(1, 2, 3)], -1.0, 0.0);
        assert_eq!(broken.err().map(|invalid| invalid.violations().len()), Some(3));
    }
}
