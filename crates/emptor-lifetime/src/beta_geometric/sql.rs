//! The probability to be alive as SQL.

use emptor_types::Invalid;
use emptor_types::sql::operand;

use super::BetaGeometric;

impl BetaGeometric {
    /// [`p_alive`](Self::p_alive) over known columns, by the same log odds:
    /// ```text
    /// ln a − ln(b + x + m − 1) + (r + kx) ln(1 + (T − t_x)/(α + t_x)) − ln Σ_{j<k} Γ(R+j)/(Γ(R) j!) w^j
    /// ```
    pub(super) fn p_alive_sql(&self) -> Result<String, Invalid> {
        let (x, silence) = ("\"frequency\"", "(\"T\" - \"recency\")");
        let shape = format!("({} + {} * {x})", operand(self.r)?, operand(f64::from(self.k))?);
        let alpha = operand(self.alpha)?;
        let stay = operand(self.b + self.early_exits() - 1.0)?;
        let mut log_odds = format!(
            "{} - LN({x} + {stay}) + {shape} * LN(1.0 + {silence} / ({alpha} + \"recency\"))",
            operand(self.a.ln())?
        );
        if self.k > 1 {
            let w = format!("{silence} / ({alpha} + \"T\")");
            // 1 + R/1 w (1 + (R+1)/2 w (1 + …)): every stage once.
            let nested = (0..self.k - 1).rev().try_fold("1.0".to_owned(), |inner, j| -> Result<_, Invalid> {
                let (j, next) = (operand(f64::from(j))?, operand(f64::from(j + 1))?);
                Ok(format!("(1.0 + ({shape} + {j}) / {next} * {w} * {inner})"))
            })?;
            log_odds.push_str(&format!(" - LN({nested})"));
        }
        let alive = format!("1.0 / (1.0 + EXP(LEAST(GREATEST({log_odds}, (-700.0)), 700.0)))");
        // Who has not bought again cannot have left, unless they may after the first purchase.
        Ok(if self.modified { alive } else { format!("CASE WHEN {x} > 0.0 THEN {alive} ELSE 1.0 END") })
    }
}

#[cfg(test)]
mod tests {
    use crate::purchase::Process;
    use crate::{BetaGeoNbdParameters, ModifiedBetaGeoCnbdKParameters};

    #[test]
    fn the_expression_is_that_of_the_formula() -> Result<(), Box<dyn std::error::Error>> {
        let parameters = BetaGeoNbdParameters { r: 0.25, alpha: 4.5, a: 1.0, b: 2.5 };
        let expected = "CASE WHEN \"frequency\" > 0.0 THEN 1.0 / (1.0 + EXP(LEAST(GREATEST(0.0 - LN(\"frequency\" + 1.5) + \
                        (0.25 + 1.0 * \"frequency\") * LN(1.0 + (\"T\" - \"recency\") / (4.5 + \"recency\")), (-700.0)), \
                        700.0))) ELSE 1.0 END";
        assert_eq!(parameters.p_alive_sql()?.as_deref(), Some(expected));
        let regular = ModifiedBetaGeoCnbdKParameters { k: 3, r: 0.5, alpha: 4.0, a: 0.5, b: 2.0 };
        let sql = regular.p_alive_sql()?.unwrap_or_default();
        assert_eq!(sql.matches("LN(").count(), 3, "{sql}");
        assert!(!sql.contains("CASE"), "the modified model has one case: {sql}");
        Ok(())
    }
}
