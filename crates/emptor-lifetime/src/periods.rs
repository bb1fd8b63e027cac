//! Times ahead as whole periods.

/// The part of a period by which a converted time may fall short of a whole one.
const ROUNDING: f64 = 1e-9;

/// The whole periods in a time: a horizon of 35 days written as 5 weeks is 35 days, whatever the conversion rounds.
pub(crate) fn whole(time: f64) -> f64 {
    (time * (1.0 + ROUNDING)).floor()
}
