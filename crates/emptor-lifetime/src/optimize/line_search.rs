//! A step along a descent direction that meets the (approximate) Wolfe conditions.

use super::{Objective, Point, dot};

/// Part of the slope's promise that the value must keep (sufficient decrease).
const DECREASE: f64 = 1e-4;
/// Part of the slope that may remain (curvature).
const CURVATURE: f64 = 0.9;
/// Values closer than this, relative to their size, count as equal. Near the minimum of a mean over a hundred thousand
/// rows the decrease is lost in rounding while the slope is still exact, so there the slope alone decides (Hager &
/// Zhang 2005, "approximate Wolfe conditions").
const ROUNDING: f64 = 1e-13;
const MAX_TRIALS: usize = 50;

/// The accepted point, or `None` if there is none in working precision.
pub(super) fn search(objective: &impl Objective, from: &Point, direction: &[f64]) -> Option<Point> {
    let slope = dot(direction, &from.gradient);
    let rounding = ROUNDING * from.value.abs();
    let (mut low, mut high, mut step) = (0.0, f64::INFINITY, 1.0);
    for _ in 0..MAX_TRIALS {
        let to = Point::new(objective, from.at.iter().zip(direction).map(|(x, d)| x + step * d).collect());
        if to.at == from.at {
            return None;
        }
        let new_slope = dot(direction, &to.gradient);
        let decreased = to.value <= from.value + DECREASE * step * slope
            || (to.value <= from.value + rounding && new_slope <= (2.0 * DECREASE - 1.0) * slope);
        if !to.is_finite() || !decreased {
            high = step;
        } else if new_slope < CURVATURE * slope {
            low = step;
        } else {
            return Some(to);
        }
        step = if high.is_finite() { 0.5 * (low + high) } else { 2.0 * low };
    }
    None
}
