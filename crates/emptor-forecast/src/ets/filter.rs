//! The recursion: one for additive and multiplicative errors, on values or on values with derivatives.
//!
//! ```text
//! q = l + φ b          μ = q | q + s | q s          ε = y − μ
//! season N, A:  l ← q + α ε        b ← φ b + β ε        s ← s + γ ε
//! season M:     l ← q + α ε / s    b ← φ b + β ε / s    s ← s + γ ε / q      Hyndman et al. (2008), tables 2.2 and 2.3
//! ```
//!
//! With a multiplicative error `e = ε / μ` the book's updates, e.g. `l ← q (1 + α e)`, are these very ones with other
//! words; only the likelihood differs. So a form and its twin with the other error share every state.

use super::dual::Number;
use super::form::{EtsForm, SeasonType};

/// Smoothing parameters; those that a form does not have are 0, φ is 1 without damping.
#[derive(Debug, Clone, Copy)]
pub(super) struct Smoothing<T> {
    pub(super) alpha: T,
    pub(super) beta: T,
    pub(super) gamma: T,
    pub(super) phi: T,
}

/// Level and slope after a period; the seasons are kept beside, by their place in the season.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<T> {
    pub(super) level: T,
    pub(super) slope: T,
}

/// Runs over the values, forwards; `seasons[p]` belongs to the periods `p`, `p + m`, …; `see` is told of every period
/// its number, what was expected of it and the level that this stood on.
#[inline]
pub(super) fn forwards<T: Number>(
    form: EtsForm,
    values: &[f64],
    smoothing: &Smoothing<T>,
    line: Line<T>,
    seasons: &mut [T],
    see: impl FnMut(usize, T, T),
) -> Line<T> {
    direct::<T, false>(form, values, smoothing, line, seasons, see)
}

/// Runs from the last value to the first, as if time ran the other way: what it ends with is what the first values look
/// like from all that followed.
pub(super) fn backwards<T: Number>(
    form: EtsForm,
    values: &[f64],
    smoothing: &Smoothing<T>,
    line: Line<T>,
    seasons: &mut [T],
) -> Line<T> {
    direct::<T, true>(form, values, smoothing, line, seasons, |_, _, _| ())
}

#[inline]
fn direct<T: Number, const BACK: bool>(
    form: EtsForm,
    values: &[f64],
    smoothing: &Smoothing<T>,
    line: Line<T>,
    seasons: &mut [T],
    see: impl FnMut(usize, T, T),
) -> Line<T> {
    match (form.has_trend(), form.season()) {
        (false, SeasonType::None) => steps::<T, BACK, false, 0>(values, smoothing, line, seasons, see),
        (false, SeasonType::Additive) => steps::<T, BACK, false, 1>(values, smoothing, line, seasons, see),
        (false, SeasonType::Multiplicative) => steps::<T, BACK, false, 2>(values, smoothing, line, seasons, see),
        (true, SeasonType::None) => steps::<T, BACK, true, 0>(values, smoothing, line, seasons, see),
        (true, SeasonType::Additive) => steps::<T, BACK, true, 1>(values, smoothing, line, seasons, see),
        (true, SeasonType::Multiplicative) => steps::<T, BACK, true, 2>(values, smoothing, line, seasons, see),
    }
}

#[inline]
fn steps<T: Number, const BACK: bool, const TREND: bool, const SEASON: u8>(
    values: &[f64],
    smoothing: &Smoothing<T>,
    Line { mut level, mut slope }: Line<T>,
    seasons: &mut [T],
    mut see: impl FnMut(usize, T, T),
) -> Line<T> {
    let Smoothing { alpha, beta, gamma, phi } = *smoothing;
    let n = values.len();
    let m = seasons.len().max(1);
    let mut place = if BACK { (n + m - 1) % m } else { 0 };
    for step in 0..n {
        let period = if BACK { n - 1 - step } else { step };
        let y = T::of(values[period]);
        let push = if TREND { phi * slope } else { slope };
        let q = if TREND { level + push } else { level };
        let shock = match SEASON {
            0 => {
                see(period, q, q);
                y - q
            }
            1 => {
                let season = seasons[place];
                let expected = q + season;
                see(period, expected, q);
                let shock = y - expected;
                seasons[place] = season + gamma * shock;
                shock
            }
            _ => {
                let season = seasons[place];
                let expected = q * season;
                see(period, expected, q);
                let shock = y - expected;
                seasons[place] = season + gamma * (shock / q);
                shock / season
            }
        };
        level = q + alpha * shock;
        if TREND {
            slope = push + beta * shock;
        }
        if SEASON > 0 {
            place = match (BACK, place) {
                (true, 0) => m - 1,
                (true, place) => place - 1,
                (false, place) if place + 1 == m => 0,
                (false, place) => place + 1,
            };
        }
    }
    Line { level, slope }
}
