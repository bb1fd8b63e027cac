//! Integrals from 0 to ∞ of functions that fall from their start on, over scales many orders apart.
//!
//! The trapezoidal rule in `v`, where
//! ```text
//! ln(u/L) = v − e^(−v) + e^(v − w)
//! ```
//! `L` is the smallest scale of the function. On the left `u` falls doubly exponentially (Takahasi & Mori 1974). In the
//! middle the rule runs evenly over the orders of magnitude between the scales. From the largest scale `L e^w` on, a
//! tail that falls by a power is run through doubly exponentially as well. Such a rule converges exponentially as the
//! step falls, and values of one sign do not cancel.

/// `v` where `u` is 1e-18 of `L`.
const START: f64 = -3.65;
/// The step that serves functions whose nearest singularity in `ln u` is as far as that of `e^(−u)`.
const STEP: f64 = 0.125;
/// The part of the integral that one more node may be when the rule ends.
const REMAINDER: f64 = 1e-19;
/// Nodes after which the rule ends in any case; the integrals of this module need fewer than a thousand.
const MAX_NODES: usize = 20_000;

/// How a function lies on the half line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    /// The smallest scale: no singularity is nearer to 0, and the function falls no faster than `e^(−u/L)` at 0.
    pub(super) smallest: f64,
    /// The largest scale: beyond, the function falls like a power, or faster.
    pub(super) largest: f64,
    /// The rule does not end before this point, even if the function is negligible there.
    pub(super) at_least: f64,
    /// The angle under which 0 sees the nearest singularity, in parts of a right angle, if it is less than that.
    pub(super) angle: f64,
}

/// `∫ f du`, component by component. The first component of `f` is positive and decides when the rule ends.
pub(super) fn half_line<const N: usize>(extent: &Extent, mut f: impl FnMut(f64) -> [f64; N]) -> [f64; N] {
    let step = STEP * extent.angle.min(1.0);
    let ratio = step.exp();
    let mut forward = START.exp();
    let (mut backward, inverse) = (1.0 / forward, 1.0 / ratio);
    let far = extent.smallest / extent.largest;
    let mut sums = [0.0; N];
    let mut v = START;
    for _ in 0..MAX_NODES {
        let tail = far * forward;
        let u = extent.smallest * (v - backward + tail).exp();
        let weight = u * (1.0 + backward + tail);
        let values = f(u);
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += weight * value;
        }
        let negligible = weight * values[0] <= REMAINDER * sums[0];
        if negligible && v > 0.0 && u >= extent.at_least || u.is_infinite() {
            break;
        }
        v += step;
        forward *= ratio;
        backward *= inverse;
    }
    sums.map(|sum| sum * step)
}
