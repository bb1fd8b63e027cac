//! Lifetime value as an expression of the data-frame engine.

use polars::error::polars_err;
use polars::prelude::{Column, DataType, Expr, Field, Float64Chunked, IntoColumn, IntoSeries, PolarsResult, col};

use super::error::ValueError;
use super::lifetime::LifetimeValue;
use super::survival::Survival;

/// Rows whose sums stay in the fastest cache while the columns pass by, four at a time.
const BLOCK: usize = 1024;

impl LifetimeValue {
    /// The value of a wide panel, one column per period and one row per customer, as a polars expression. It works row by
    /// row, so that a query streams a panel from disk without ever holding it.
    ///
    /// A customer with a null in any period has a null value: unknown profit is not zero profit. Infinite and `NaN`
    /// profits, and columns that are no numbers, fail the query, naming the column.
    ///
    /// ```
    /// use emptor_core::value::{LifetimeValue, Survival};
    /// use emptor_table::polars::df;
    /// use emptor_table::polars::prelude::{IntoLazy, col};
    /// use emptor_types::{DiscountRate, Horizon, TimeUnit, Timing};
    ///
    /// let convention = LifetimeValue::builder()
    ///     .rate(DiscountRate::annual_effective(0.10)?)
    ///     .horizon(Horizon::years(3.0)?)
    ///     .period(TimeUnit::Year)
    ///     .timing(Timing::End)
    ///     .build()?;
    /// let panel = df!("id" => [1, 2], "y1" => [Some(100.0), None], "y2" => [110.0, 0.0], "y3" => [121.0, 5.0])?;
    /// let value = convention.expr(&["y1", "y2", "y3"], &Survival::Certain)?;
    /// let values = panel.lazy().select([col("id"), value.alias("ltv")]).collect()?;
    /// let ltv = values.column("ltv")?.f64()?;
    /// assert!(ltv.get(0).is_some_and(|v| (v - 272.727_273).abs() < 1e-6) && ltv.get(1).is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ValueError::TooFewPeriods`] unless columns and survival cover the horizon (columns beyond it are left out);
    /// [`ValueError::Invalid`] if survival is individual, which takes [`compute`](Self::compute).
    pub fn expr<S: AsRef<str>>(&self, profits: &[S], survival: &Survival) -> Result<Expr, ValueError> {
        let periods = self.periods();
        if profits.len() < periods {
            return Err(ValueError::TooFewPeriods { name: "profits", periods: profits.len(), needed: periods });
        }
        let weights = self.weights(survival)?;
        let mut columns = profits[..periods].iter().map(|name| col(name.as_ref()));
        let Some(first) = columns.next() else {
            return Err(ValueError::TooFewPeriods { name: "horizon", periods: 0, needed: 1 });
        };
        Ok(first.map_many(
            move |columns: &mut [Column]| Ok(weighted_sum(columns, &weights)?.into_series().into_column()),
            &columns.collect::<Vec<_>>(),
            |_, fields| Ok(Field::new(fields[0].name().clone(), DataType::Float64)),
        ))
    }
}

fn weighted_sum(columns: &[Column], weights: &[f64]) -> PolarsResult<Float64Chunked> {
    let profits: Vec<Float64Chunked> =
        columns.iter().map(|column| Ok(numbers(column)?.f64()?.rechunk().into_owned())).collect::<PolarsResult<_>>()?;
    let name = columns[0].name().clone();
    if profits.iter().any(|column| column.has_nulls()) {
        let rows = 0..profits[0].len();
        let value = |row: usize| {
            profits.iter().zip(weights).try_fold(0.0, |sum, (column, weight)| Some(sum + column.get(row)? * weight))
        };
        let sums: Float64Chunked = rows.map(value).collect();
        // Rows without a sum may still hold what is not finite.
        require_finite(columns, &profits, profits.iter().flat_map(|column| column.iter().flatten()))?;
        require_finite(columns, &profits, sums.iter().flatten())?;
        return Ok(sums.with_name(name));
    }
    let slices: Vec<&[f64]> = profits.iter().map(Float64Chunked::cont_slice).collect::<PolarsResult<_>>()?;
    let mut sums = vec![0.0; slices[0].len()];
    for (block, start) in sums.chunks_mut(BLOCK).zip((0..).step_by(BLOCK)) {
        let rows = start..start + block.len();
        for (columns, weights) in slices.chunks_exact(4).zip(weights.chunks_exact(4)) {
            if let ([a, b, c, d], [v, w, x, y]) = (columns, weights) {
                let (a, b, c, d) = (&a[rows.clone()], &b[rows.clone()], &c[rows.clone()], &d[rows.clone()]);
                for ((((sum, a), b), c), d) in block.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                    *sum = *sum + a * v + b * w + c * x + d * y;
                }
            }
        }
        let done = slices.len() / 4 * 4;
        for (profit, weight) in slices.iter().zip(weights).skip(done) {
            block.iter_mut().zip(&profit[rows.clone()]).for_each(|(sum, profit)| *sum += profit * weight);
        }
    }
    require_finite(columns, &profits, sums.iter().copied())?;
    Ok(Float64Chunked::from_vec(name, sums))
}

/// A column of numbers; text and flags are not guessed at.
fn numbers(column: &Column) -> PolarsResult<Column> {
    let dtype = column.dtype();
    if dtype.is_primitive_numeric() || dtype.is_decimal() || *dtype == DataType::Null {
        column.cast(&DataType::Float64)
    } else {
        Err(polars_err!(SchemaMismatch: "`{}` must be numeric to be a profit, but is {dtype}", column.name()))
    }
}

/// Finite sums have finite terms; only if one is not, its column is looked for.
fn require_finite(
    columns: &[Column],
    profits: &[Float64Chunked],
    mut sums: impl Iterator<Item = f64>,
) -> PolarsResult<()> {
    if sums.all(f64::is_finite) {
        return Ok(());
    }
    let at = |(column, profit): (&Column, &Float64Chunked)| {
        let row = profit.iter().position(|value| value.is_some_and(|value| !value.is_finite()))?;
        Some(format!("`{}` must be finite: {:?} in row {row} of its batch", column.name(), profit.get(row)))
    };
    let reason = columns.iter().zip(profits).find_map(at);
    Err(polars_err!(ComputeError: "{}", reason.unwrap_or_else(|| "a lifetime value overflows".to_owned())))
}

#[cfg(test)]
mod tests {
    use emptor_types::{DiscountRate, Horizon, TimeUnit, Timing};
    use polars::prelude::{IntoLazy, df};

    use super::*;
    use crate::value::{CurrentProfit, FirstPayment, ProfitStreams, RetentionRate};

    /// Sums in another order of the same terms.
    const ROUNDING: f64 = 1e-12;

    fn convention(years: f64) -> Result<LifetimeValue, ValueError> {
        Ok(LifetimeValue::builder()
            .rate(DiscountRate::annual_effective(0.12)?)
            .horizon(Horizon::years(years)?)
            .period(TimeUnit::Year)
            .timing(Timing::Middle)
            .build()?)
    }

    #[test]
    fn the_expression_gives_the_values_of_the_panel() -> Result<(), Box<dyn std::error::Error>> {
        let n = 3 * BLOCK + 5;
        let profit = |t: usize| (0..n).map(move |i| ((i * 31 + t * 17) % 101) as f64 - 20.0).collect::<Vec<f64>>();
        let (y1, y2, y3) = (profit(1), profit(2), profit(3));
        let panel: Vec<f64> = (0..n).flat_map(|i| [y1[i], y2[i], y3[i]]).collect();
        let retention = RetentionRate::new(0.8, TimeUnit::Year)?;
        let survival = Survival::Constant { retention, first: FirstPayment::AtRisk };
        // A horizon with a part of a period counts that part of its profit.
        let convention = convention(2.4)?;
        let streams = ProfitStreams::new(CurrentProfit::panel(3, panel)?).with_survival(survival.clone())?;
        let expected = convention.compute(&streams)?;

        let frame = df!("y1" => y1, "y2" => y2, "y3" => y3)?;
        let value = convention.expr(&["y1", "y2", "y3"], &survival)?;
        let found = frame.lazy().select([value.alias("ltv")]).collect()?;
        for (found, expected) in found.column("ltv")?.f64()?.iter().zip(expected.current()) {
            assert!(found.is_some_and(|v| (v - expected).abs() <= ROUNDING * expected.abs().max(1.0)));
        }
        Ok(())
    }

    #[test]
    fn non_finite_profit_names_its_column() -> Result<(), Box<dyn std::error::Error>> {
        let frame = df!("a" => [1.0, 2.0], "b" => [0.5, f64::NAN])?;
        let value = convention(2.0)?.expr(&["a", "b"], &Survival::Certain)?;
        let error = frame.lazy().select([value]).collect();
        assert!(error.is_err_and(|e| e.to_string().contains("`b` must be finite")));
        Ok(())
    }

    #[test]
    fn text_flags_and_infinity_beside_a_null_are_refused() -> Result<(), Box<dyn std::error::Error>> {
        let value = convention(2.0)?.expr(&["a", "b"], &Survival::Certain)?;
        for (frame, needle) in [
            (df!("a" => ["1,5", "2.5"], "b" => [1.0, 2.0])?, "`a` must be numeric"),
            (df!("a" => [1.0, 2.0], "b" => [true, false])?, "`b` must be numeric"),
            (df!("a" => [Some(1.0), Some(f64::INFINITY)], "b" => [Some(1.0), None])?, "`a` must be finite"),
        ] {
            let error = frame.lazy().select([value.clone()]).collect();
            assert!(error.is_err_and(|e| e.to_string().contains(needle)), "{needle}");
        }
        let whole = df!("a" => [1_i64, 2], "b" => [3_i32, 4])?;
        assert_eq!(whole.lazy().select([value]).collect()?.column("a")?.null_count(), 0);
        Ok(())
    }

    #[test]
    fn too_few_columns_are_refused() -> Result<(), ValueError> {
        let error = convention(3.0)?.expr(&["a", "b"], &Survival::Certain);
        assert!(matches!(error, Err(ValueError::TooFewPeriods { periods: 2, needed: 3, .. })));
        Ok(())
    }
}
