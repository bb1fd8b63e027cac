//! Integrals from 0 to ∞ of functions that fall from their start on, over scales many orders apart.
//!
//! The trapezoidal rule in `v`, where
//! ```text
//! ln(u/L) = v − e^(−v) + e^(v − w)
//! ```
//! `L` is the smallest scale of the function. On the left `u` falls doubly exponentially (Takahasi & Mori 1974). In the
//! middle the rule runs evenly over the orders of magnitude between the scales. A tail that falls like a power from
//! `L e^w` on is run through doubly exponentially as well; one that falls exponentially ends by itself, and there `w = ∞`.
//! Such a rule converges exponentially as the step falls, and values of one sign do not cancel.

/// `v` where `u` is 1e-18 of `L`.
const START: f64 = -3.65;
/// The step that serves functions whose nearest singularity in `ln u` is as far as that of `e^(−u)`.
pub(super) const STEP: f64 = 0.22;
/// The part of the integral that one more node may be when the rule ends.
pub(super) const REMAINDER: f64 = 1e-19;
/// No point beyond is looked at.
const LAST: f64 = 1e280;
/// Nodes after which the rule ends in any case; the integrals of this module need fewer than a thousand.
const MAX_NODES: usize = 200_000;

/// How a function lies on the half line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    /// The smallest scale: no singularity is nearer to 0, and the function falls no faster than `e^(−u/L)` at 0.
    pub(super) smallest: f64,
    /// From where on the function falls like a power; infinite if it ends exponentially.
    pub(super) power_from: f64,
    /// The rule ends here in any case, though not beyond 1e280.
    pub(super) at_most: f64,
    /// The rule does not end before this point, even if the function is negligible there.
    pub(super) at_least: f64,
    /// The angle under which 0 sees the nearest singularity, in parts of a right angle, if it is less than that.
    pub(super) angle: f64,
}

/// `∫ f du` component by component, and the last node. The first component of `f` is positive; the rule ends where it
/// adds nothing.
pub(super) fn half_line<const N: usize>(extent: &Extent, f: impl Fn(f64) -> [f64; N]) -> ([f64; N], f64) {
    let mut sums = [0.0; N];
    let end = nodes(extent, |u, weight| {
        let values = f(u);
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += weight * value;
        }
        weight * values[0] <= REMAINDER * sums[0]
    });
    (sums, end)
}

/// Visits the nodes with their weights; returns the last, after which nodes were said to add nothing.
pub(super) fn nodes(extent: &Extent, mut adds_nothing: impl FnMut(f64, f64) -> bool) -> f64 {
    let step = STEP * extent.angle;
    let ratio = step.exp();
    let mut forward = START.exp();
    let (mut backward, inverse) = (1.0 / forward, 1.0 / ratio);
    let far = extent.smallest / extent.power_from;
    let (mut v, mut end) = (START, 0.0);
    for _ in 0..MAX_NODES {
        let tail = far * forward;
        let u = extent.smallest * (v - backward + tail).exp();
        if u > LAST {
            break;
        }
        end = u;
        let nothing = adds_nothing(u, step * u * (1.0 + backward + tail));
        if nothing && v > 0.0 && u >= extent.at_least || u >= extent.at_most {
            break;
        }
        v += step;
        forward *= ratio;
        backward *= inverse;
    }
    end
}
