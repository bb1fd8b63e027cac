//! Money as whole numbers: millionths of a unit, whose sums do not depend on the order of rows or on threads.

use polars::prelude::{DataType, Expr, lit, when};

/// Millionths of a unit of money or of quantity, as integers: their sums do not depend on the order of rows.
pub const MILLIONTHS: f64 = 1e6;

/// An amount in millionths, rounded half away from zero: 0.29 as a double is a little less than 0.29, and cutting it off
/// would lose a millionth.
///
/// ```
/// use emptor_table::money::{MILLIONTHS, millionths};
/// use emptor_table::polars::df;
/// use emptor_table::polars::prelude::{IntoLazy, col};
///
/// let paid = df!("paid" => [0.1, 0.2])?.lazy().select([millionths(col("paid")).sum()]).collect()?;
/// assert_eq!(paid.column("paid")?.i64()?.get(0).map(|sum| sum as f64 / MILLIONTHS), Some(0.3));
/// # Ok::<(), emptor_table::polars::prelude::PolarsError>(())
/// ```
pub fn millionths(amount: Expr) -> Expr {
    // A half is added with the sign, for the engine is built without the rounding functions of polars.
    let scaled = amount * lit(MILLIONTHS);
    let half = when(scaled.clone().lt(lit(0.0))).then(lit(-0.5)).otherwise(lit(0.5));
    (scaled + half).cast(DataType::Int64)
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::{IntoLazy, col, df};

    use super::*;

    #[test]
    fn amounts_are_rounded_half_away_from_zero() -> Result<(), Box<dyn Error>> {
        // 0.000_000_5 as a double lies above, 0.000_001_5 below the half; 2.5e-6 has none so near. Binary fractions lie on it.
        let amounts = [Some(8.2), Some(-8.2), Some(0.29), Some(1.0 / 128_000_000.0), Some(0.007_812_5), None];
        let found = df!("x" => amounts)?.lazy().select([millionths(col("x"))]).collect()?;
        let found: Vec<Option<i64>> = found.column("x")?.i64()?.iter().collect();
        assert_eq!(found, [Some(8_200_000), Some(-8_200_000), Some(290_000), Some(0), Some(7_813), None]);
        // 7812.5 millionths of either sign go away from zero.
        let found = df!("x" => [-0.007_812_5])?.lazy().select([millionths(col("x"))]).collect()?;
        assert_eq!(found.column("x")?.i64()?.get(0), Some(-7_813));
        Ok(())
    }
}
