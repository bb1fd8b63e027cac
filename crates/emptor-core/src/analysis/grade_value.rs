//! What a customer of each grade is worth, if moves go on as they are.

use emptor_types::{DiscountRate, Invalid, TimeUnit};

use crate::grade::movement::MigrationMatrix;
use crate::value::ValueError;
use crate::value::closed_form::MarkovValue;

/// The endless discounted profit of a customer by grade, best grade first: `V = (I − P/(1+d))⁻¹ R`, the profit of the
/// present period included (Pfeifer & Carraway 2000; see [`MarkovValue`]).
///
/// `mean_profit` is the mean profit of a customer of each grade per `period`, which is the time between the two gradings.
/// The lost bring nothing and stay lost; new customers are not in it. Who became ungraded is taken to move as the others
/// of the same grade did, for nothing is known of them; so rows are the shares of
/// [`MigrationMatrix::between_grades_and_lost`].
///
/// The value is `None` for a grade whose moves are not known, because nobody was in it, and for grades that lead there.
/// With [smoothing](crate::grade::movement::MigrationOptions::smoothing) every grade has a value.
///
/// ```
/// use emptor_core::analysis::grade_values;
/// use emptor_core::grade::Grade;
/// use emptor_core::grade::movement::{MigrationMatrix, MigrationOptions, Standing};
/// use emptor_types::{DiscountRate, Level, TimeUnit};
///
/// let standings = |text: &str| -> Vec<Standing> {
///     text.chars().map(|c| Grade::try_from(c).map_or(Standing::Absent, Standing::from)).collect()
/// };
/// let options = MigrationOptions::new(Level::new(0.95)?);
/// let moved = MigrationMatrix::between(&standings("AAAABB"), &standings("AAABB-"), options)?;
/// let rate = DiscountRate::annual_effective(0.12)?;
/// let values = grade_values(&moved, &[100.0, 40.0], rate, TimeUnit::Year)?;
/// assert!(values[0] > values[1] && values[1] > Some(40.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ValueError::Invalid`] unless there is one finite mean profit per grade; [`ValueError::NeverEnds`] where the sum
/// diverges, as at a rate of 0 when nobody is lost.
pub fn grade_values(
    moves: &MigrationMatrix,
    mean_profit: &[f64],
    rate: DiscountRate,
    period: TimeUnit,
) -> Result<Vec<Option<f64>>, ValueError> {
    let grades = moves.grades();
    let mut checks = Invalid::checks();
    checks.require(mean_profit.len() == grades, "mean profit", "must be one per grade", mean_profit.len());
    checks.require_each("mean profit", "must be finite", mean_profit, |_, profit| profit.is_finite());
    checks.finish()?;
    let rows = moves.between_grades_and_lost();
    let known = known_for_ever(&rows);
    let mut lost = vec![0.0; known.len() + 1];
    lost[known.len()] = 1.0;
    let mut transitions: Vec<Vec<f64>> = Vec::new();
    for row in known.iter().filter_map(|&grade| rows[grade].as_ref()) {
        transitions.push(known.iter().chain([&grades]).map(|&to| row[to]).collect());
    }
    transitions.push(lost);
    let rewards: Vec<f64> = known.iter().map(|&grade| mean_profit[grade]).chain([0.0]).collect();
    let found = MarkovValue::new(&transitions, &rewards, rate, period)?.values().map_err(|error| match error {
        // Our states are the known grades; the caller counts all of them.
        ValueError::NeverEnds { state, rate } => {
            ValueError::NeverEnds { state: known.get(state).copied().unwrap_or(grades), rate }
        }
        other => other,
    })?;
    let mut values = vec![None; grades];
    for (&grade, value) in known.iter().zip(found) {
        values[grade] = Some(value);
    }
    Ok(values)
}

/// Grades from which every path stays among grades whose moves are known.
fn known_for_ever(rows: &[Option<Vec<f64>>]) -> Vec<usize> {
    let mut known: Vec<bool> = rows.iter().map(Option::is_some).collect();
    // Each round takes out grades that lead to an unknown one in one step more.
    for _ in 0..rows.len() {
        for (grade, row) in rows.iter().enumerate() {
            let leads_out = row.iter().flatten().zip(&known).any(|(&share, &known)| share > 0.0 && !known);
            if leads_out {
                known[grade] = false;
            }
        }
    }
    (0..rows.len()).filter(|&grade| known[grade]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::Grade;
    use crate::grade::movement::{MigrationOptions, Standing};
    use emptor_types::Level;

    /// Values printed to four digits.
    const PRINTED: f64 = 1e-4;

    /// A handful of operations in doubles, of values of a few hundred.
    const ROUND: f64 = 1e-9;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    fn options() -> Result<MigrationOptions, Invalid> {
        Ok(MigrationOptions::new(Level::new(0.95)?))
    }

    /// So many customers from each grade to each standing: grades, `?` ungraded, `-` lost.
    fn moves(
        to: &str,
        counts: &[&[usize]],
        options: MigrationOptions,
    ) -> Result<MigrationMatrix, crate::grade::GradeError> {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for (from, row) in counts.iter().enumerate() {
            for (letter, &count) in to.chars().zip(*row) {
                let standing = match letter {
                    '-' => Standing::Absent,
                    letter => Grade::try_from(letter).ok().into(),
                };
                before.extend(std::iter::repeat_n(Standing::from(Grade::from_index(from)), count));
                after.extend(std::iter::repeat_n(standing, count));
            }
        }
        MigrationMatrix::between(&before, &after, options)
    }

    const PROFIT: [f64; 3] = [100.0, 40.0, 10.0];

    fn twelve_percent() -> Result<DiscountRate, Invalid> {
        DiscountRate::annual_effective(0.12)
    }

    #[test]
    fn grades_are_worth_what_the_chain_of_three_says() -> Outcome {
        // numpy: solve(I − P/1.12, R) with lost absorbing, P rows (.8,.15,0,.05), (.2,.6,.1,.1), (.05,.15,.5,.3).
        let moved = moves("ABC-", &[&[80, 15, 0, 5], &[20, 60, 10, 10], &[5, 15, 50, 30]], options()?)?;
        let values = grade_values(&moved, &PROFIT, twelve_percent()?, TimeUnit::Year)?;
        for (value, expected) in values.into_iter().zip([490.5616, 299.8648, 130.1739]) {
            assert!(value.is_some_and(|value| (value - expected).abs() < PRINTED), "{value:?} {expected}");
        }
        Ok(())
    }

    #[test]
    fn customers_who_became_ungraded_change_no_value() -> Outcome {
        let plain = moves("AB-", &[&[8, 1, 1], &[2, 6, 2]], options()?)?;
        let with = moves("AB?-", &[&[8, 1, 7, 1], &[2, 6, 3, 2]], options()?)?;
        let rate = twelve_percent()?;
        let expected = grade_values(&plain, &PROFIT[..2], rate, TimeUnit::Year)?;
        for (a, b) in grade_values(&with, &PROFIT[..2], rate, TimeUnit::Year)?.into_iter().zip(expected) {
            assert!(a.zip(b).is_some_and(|(a, b)| (a - b).abs() < ROUND));
        }
        Ok(())
    }

    #[test]
    fn a_grade_that_nobody_was_in_and_those_that_lead_to_it_have_no_value() -> Outcome {
        // B leads to C, which nobody was in; A stays or is lost.
        let counts: [&[usize]; 2] = [&[1, 0, 0, 1], &[0, 1, 1, 0]];
        let values = grade_values(&moves("ABC-", &counts, options()?)?, &PROFIT, twelve_percent()?, TimeUnit::Year)?;
        // By hand: 100 / (1 − .5/1.12).
        assert!(values[0].is_some_and(|value| (value - 100.0 / (1.0 - 0.5 / 1.12)).abs() < ROUND), "{values:?}");
        assert_eq!(values[1..], [None, None]);
        let smoothed = moves("ABC-", &counts, options()?.smoothing(0.5))?;
        let values = grade_values(&smoothed, &PROFIT, twelve_percent()?, TimeUnit::Year)?;
        assert!(values.iter().all(Option::is_some));
        Ok(())
    }

    #[test]
    fn when_everybody_is_lost_a_grade_is_worth_its_present_profit() -> Outcome {
        let moved = moves("AB-", &[&[0, 0, 3], &[0, 0, 2]], options()?.grades(2))?;
        let values = grade_values(&moved, &PROFIT[..2], twelve_percent()?, TimeUnit::Year)?;
        assert_eq!(values, [Some(100.0), Some(40.0)]);
        Ok(())
    }

    #[test]
    fn without_a_discount_customers_who_never_leave_have_no_value() -> Outcome {
        let moved = moves("AB", &[&[1, 1], &[1, 1]], options()?)?;
        let error = grade_values(&moved, &PROFIT[..2], DiscountRate::annual_effective(0.0)?, TimeUnit::Year);
        assert!(matches!(error, Err(ValueError::NeverEnds { .. })), "{error:?}");
        let error = grade_values(&moved, &[f64::NAN], twelve_percent()?, TimeUnit::Year);
        let message = error.map_or_else(|error| error.to_string(), |_| String::new());
        assert!(message.contains("one per grade (got 1)") && message.contains("finite (got row 0: NaN)"), "{message}");
        Ok(())
    }
}
