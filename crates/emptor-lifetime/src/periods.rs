//! Times ahead as whole periods.

use emptor_types::Invalid;

use crate::LifetimeError;

/// How far a time may be from a whole number of periods: 52 weeks are a year less 0.003, 365 days less 0.0007, and ten
/// times 52 weeks are ten years less 0.03.
const NEARLY: f64 = 0.05;

/// The whole periods that have passed: a contract ends at renewals only. A time nearly whole counts as whole.
pub(crate) fn passed(time: f64) -> f64 {
    whole(time).unwrap_or_else(|_| time.floor())
}

/// A time as a whole number of periods, which models of opportunities need.
pub(crate) fn whole(time: f64) -> Result<f64, LifetimeError> {
    let periods = time.round();
    if (time - periods).abs() <= NEARLY {
        Ok(periods)
    } else {
        let rule = "must be a whole number of the model's periods: it counts opportunities";
        Err(Invalid::value("time ahead", rule, time).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_of_weeks_is_a_year_and_half_a_year_is_refused() {
        assert_eq!(whole(364.0 / 365.25), Ok(1.0));
        assert_eq!(whole(5.0), Ok(5.0));
        assert!(matches!(whole(0.5), Err(LifetimeError::Invalid(_))));
        assert!(matches!(whole(f64::NAN), Err(LifetimeError::Invalid(_))));
        assert_eq!([passed(0.5), passed(0.99), passed(1.3)].map(f64::to_bits), [0.0, 1.0, 1.0].map(f64::to_bits));
    }
}
