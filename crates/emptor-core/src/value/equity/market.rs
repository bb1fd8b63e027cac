//! From customer equity to shareholder value.

use emptor_types::Invalid;
use serde::Serialize;

/// Shareholder value built on customer equity.
///
/// ```text
/// shareholder value  = CE + non-operating assets − debt
/// leverage           = CE / shareholder value              one per cent of CE is that many per cent of shareholder value
/// market value ratio = market capitalisation / shareholder value
/// ```
///
/// (Schulze, Skiera & Wiesel 2012, Journal of Marketing 76; on average over their firms the leverage is 1.55.) A lever's
/// elasticity of shareholder value is its elasticity of customer equity times the leverage.
///
/// ```
/// use emptor_core::value::equity::{ShareholderValue, after_tax};
///
/// let value = ShareholderValue::new(after_tax(1250.0, 0.2)?, 40.0, 230.0)?;
/// assert!((value.leverage() - 1.234_568).abs() < 1e-6);
/// assert!((value.market_value_ratio(972.0)? - 1.2).abs() < 1e-12);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ShareholderValue {
    customer_equity: f64,
    non_operating_assets: f64,
    debt: f64,
}

impl ShareholderValue {
    /// Customer equity (after tax, if the others are) with what else the shareholders own and owe.
    ///
    /// # Errors
    /// Unless all are finite, assets and debt are not negative, and the shareholders own more than nothing.
    pub fn new(customer_equity: f64, non_operating_assets: f64, debt: f64) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(customer_equity.is_finite(), "customer equity", "must be finite", customer_equity);
        let rule = "must be finite and at least 0";
        let holds = |x: f64| x.is_finite() && x >= 0.0;
        checks.require(holds(non_operating_assets), "non-operating assets", rule, non_operating_assets);
        checks.require(holds(debt), "debt", rule, debt);
        checks.finish()?;
        let result = Self { customer_equity, non_operating_assets, debt };
        let rule = "must be positive: debt must stay below customer equity and non-operating assets";
        let mut checks = Invalid::checks();
        checks.require(result.value() > 0.0, "shareholder value", rule, result.value());
        checks.finish()?;
        Ok(result)
    }

    /// Shareholder value.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.customer_equity + self.non_operating_assets - self.debt
    }

    /// By how many per cent shareholder value moves with one per cent of customer equity.
    #[must_use]
    pub fn leverage(&self) -> f64 {
        self.customer_equity / self.value()
    }

    /// What the market pays for one unit of this value; above 1 it sees more than the customers.
    ///
    /// # Errors
    /// Unless the capitalisation is finite and not negative.
    pub fn market_value_ratio(&self, capitalization: f64) -> Result<f64, Invalid> {
        if capitalization.is_finite() && capitalization >= 0.0 {
            Ok(capitalization / self.value())
        } else {
            Err(Invalid::value("market capitalisation", "must be finite and at least 0", capitalization))
        }
    }
}

/// Customer equity after tax, `CE (1 − tax)`.
///
/// # Errors
/// Unless equity is finite and the share of tax lies between 0 and 1.
pub fn after_tax(customer_equity: f64, tax: f64) -> Result<f64, Invalid> {
    let mut checks = Invalid::checks();
    checks.require(customer_equity.is_finite(), "customer equity", "must be finite", customer_equity);
    checks.require((0.0..=1.0).contains(&tax), "tax", "must lie between 0 and 1", tax);
    checks.finish()?;
    Ok(customer_equity * (1.0 - tax))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leverage_is_the_elasticity_of_shareholder_value() -> Result<(), Invalid> {
        let at = |equity: f64| ShareholderValue::new(equity, 40.0, 230.0);
        let base = at(1000.0)?;
        // Recomputed from Schulze, Skiera & Wiesel's definition: 1000 / 810.
        assert!((base.leverage() - 1.234_568).abs() < 1e-6);
        let share = (at(1010.0)?.value() - base.value()) / base.value();
        assert!((share / 0.01 - base.leverage()).abs() < 1e-9);
        Ok(())
    }

    #[test]
    fn impossible_balance_sheets_are_refused() {
        assert!(ShareholderValue::new(100.0, 0.0, 100.0).is_err());
        assert!(ShareholderValue::new(f64::NAN, -1.0, 0.0).is_err_and(|e| e.violations().len() == 2));
        assert!(after_tax(100.0, 1.2).is_err());
        assert!(after_tax(f64::INFINITY, 0.2).is_err());
    }
}
