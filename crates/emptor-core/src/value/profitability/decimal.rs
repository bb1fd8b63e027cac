//! Numbers as they are written.

use super::cells::{Spread, mul_div};
use super::error::ProfitError;

/// A number in decimals, `digits / unit`, so that 0.0000016 times three million is 4.8 and not a multiple of a millionth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    digits: i128,
    /// A power of ten.
    unit: i128,
}

/// The greatest power of ten in 128 bits. Less than a 10⁻³⁸ of any quantity in 64 bits is no millionth.
const GREATEST_POWER: u32 = 38;

impl Decimal {
    /// The shortest decimal number that reads as this double; of a rate, the one that was written. It is finite and at
    /// least 0.
    pub(super) fn of(value: f64) -> Result<Self, ProfitError> {
        let out = || ProfitError::OutOfRange { what: "a rate".to_owned(), amount: value };
        let text = format!("{value:e}");
        let (number, power) = text.split_once('e').ok_or_else(out)?;
        let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
        let digits: i128 = format!("{whole}{decimals}").parse().map_err(|_| out())?;
        let power = power.parse::<i64>().map_err(|_| out())? - decimals.len() as i64;
        let ten = u32::try_from(power.unsigned_abs()).map_err(|_| out())?;
        if power >= 0 {
            let digits = 10_i128.checked_pow(ten).and_then(|ten| digits.checked_mul(ten)).ok_or_else(out)?;
            return Ok(Self { digits, unit: 1 });
        }
        if ten > GREATEST_POWER {
            return Ok(Self { digits: 0, unit: 1 });
        }
        Ok(Self { digits, unit: 10_i128.pow(ten) })
    }

    /// The product with a quantity, rounded once.
    pub(super) fn times(self, quantity: i128) -> Result<i128, ProfitError> {
        mul_div(quantity, self.digits, self.unit)
    }

    /// The products with quantities that add up to the product with their sum: else three million customers of one unit
    /// each would pay a rounded rate.
    pub(super) fn spread(self) -> Spread {
        Spread::new(self.digits, self.unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_rounded_once() -> Result<(), ProfitError> {
        let units = |n: i128| n * 1_000_000;
        for (rate, quantity, millionths) in [
            (1.6e-6, units(3_000_000), 4_800_000),
            (4e-7, units(3_000_000), 1_200_000),
            (6.4, units(3), 19_200_000),
            (0.0, units(3), 0),
            (5e-7, units(1), 1),
            (1e6, units(2), 2_000_000_000_000),
            (12_345.678_901_2, units(10), 123_456_789_012),
            (f64::MIN_POSITIVE, units(1_000_000_000), 0),
        ] {
            assert_eq!(Decimal::of(rate)?.times(quantity)?, millionths, "{rate}");
        }
        assert!(Decimal::of(f64::MAX).is_err() && Decimal::of(f64::NAN).is_err());
        let mut spread = Decimal::of(1.6e-6)?.spread();
        let parts: Vec<i128> = (0..1_000).map(|_| spread.part(units(1))).collect::<Result<_, _>>()?;
        assert_eq!(parts.iter().sum::<i128>(), 1_600);
        assert!(parts.iter().all(|part| (1..=2).contains(part)));
        Ok(())
    }
}
