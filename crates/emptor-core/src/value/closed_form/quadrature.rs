//! Integrals of a function over a finite interval, by halving where it is not yet smooth enough.

use emptor_types::Invalid;

/// Nodes and weights of the Gauss–Legendre rule of order 16 on `[−1, 1]`, the positive half: mpmath 1.3, 40 digits, roots
/// of the Legendre polynomial and `2 / ((1 − x²) P'(x)²)`.
const GAUSS_16: [(f64, f64); 8] = [
    (0.09501250983763744, 0.1894506104550685),
    (0.2816035507792589, 0.18260341504492358),
    (0.45801677765722737, 0.16915651939500254),
    (0.6178762444026438, 0.14959598881657674),
    (0.755404408355003, 0.12462897125553388),
    (0.8656312023878318, 0.09515851168249279),
    (0.9445750230732326, 0.062253523938647894),
    (0.9894009349916499, 0.027152459411754096),
];

/// How far a piece and its two halves may differ, as a part of `∫ |f|` over the whole interval. Where `f` is smooth the
/// halves are better than that by many digits: the rule is of order 32.
const DIFFERENCE: f64 = 1e-13;
/// Halvings after which a piece is taken as it is: a step of `f` within it weighs less than rounding.
const MAX_HALVINGS: u32 = 50;
/// Pieces after which the function is refused; a step or a kink takes about fifty.
const MAX_PIECES: usize = 100_000;

#[derive(Clone, Copy)]
struct Piece {
    from: f64,
    to: f64,
    halvings: u32,
    value: f64,
    size: f64,
}

impl Piece {
    fn new(from: f64, to: f64, halvings: u32, f: &impl Fn(f64) -> f64) -> Self {
        let (middle, half) = (0.5 * (from + to), 0.5 * (to - from));
        let (mut value, mut size) = (0.0, 0.0);
        for (node, weight) in GAUSS_16 {
            let (left, right) = (f(middle - half * node), f(middle + half * node));
            value += weight * (left + right);
            size += weight * (left.abs() + right.abs());
        }
        Self { from, to, halvings, value: half * value, size: half * size }
    }
}

/// `∫ f` over `from..to`, to about 1e-13 of `∫ |f|`. `breaks` are places where `f` or a derivative may jump: naming them
/// saves work, not naming them costs no accuracy. What happens in less than a hundredth of an interval between breaks may
/// fall between the nodes.
pub(super) fn integrate(f: impl Fn(f64) -> f64, from: f64, to: f64, breaks: &[f64]) -> Result<f64, Invalid> {
    let mut ends: Vec<f64> = breaks.iter().copied().filter(|place| *place > from && *place < to).collect();
    ends.push(to);
    ends.sort_by(f64::total_cmp);
    let mut pieces = Vec::new();
    let mut left = from;
    for right in ends {
        pieces.push(Piece::new(left, right, 0, &f));
        left = right;
    }
    let whole: f64 = pieces.iter().map(|piece| piece.size).sum();
    let mut sum = 0.0;
    let mut made = pieces.len();
    while let Some(piece) = pieces.pop() {
        let middle = 0.5 * (piece.from + piece.to);
        let halves = [(piece.from, middle), (middle, piece.to)].map(|(a, b)| Piece::new(a, b, piece.halvings + 1, &f));
        let value = halves[0].value + halves[1].value;
        if !value.is_finite() {
            let place = format!("{value} between {} and {}", piece.from, piece.to);
            return Err(Invalid::value("profit", "must be finite over the whole horizon", place));
        }
        if (value - piece.value).abs() <= DIFFERENCE * whole || piece.halvings == MAX_HALVINGS {
            sum += value;
        } else if made < MAX_PIECES {
            made += 2;
            pieces.extend(halves);
        } else {
            let rule = "must be smooth enough to integrate, but for a few steps";
            return Err(Invalid::value("profit", rule, format!("{made} pieces")));
        }
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smooth_functions_steps_and_kinks_keep_the_stated_accuracy() -> Result<(), Invalid> {
        assert!((integrate(f64::exp, 0.0, 1.0, &[])? - 1.0_f64.exp_m1()).abs() < 1e-13);
        assert!((integrate(|t| (50.0 * t).cos(), 0.0, 10.0, &[])? - 500.0_f64.sin() / 50.0).abs() < 1e-11);
        let step = |t: f64| if t < 1.0 / 3.0 { 1.0 } else { 2.0 };
        assert!((integrate(step, 0.0, 1.0, &[])? - 5.0 / 3.0).abs() < 1e-12);
        let kink = |t: f64| (t - 0.3).abs();
        assert!((integrate(kink, 0.0, 1.0, &[0.3])? - 0.29).abs() < 1e-14);
        assert!((integrate(kink, 0.0, 1.0, &[])? - 0.29).abs() < 1e-13);
        Ok(())
    }

    #[test]
    fn what_is_not_finite_or_never_smooth_is_refused() {
        assert!(integrate(|_| f64::NAN, 0.0, 1.0, &[]).is_err());
        assert!(integrate(|t| if t > 0.5 { f64::INFINITY } else { 0.0 }, 0.0, 1.0, &[]).is_err());
        let noise = |t: f64| (t.to_bits().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64;
        assert!(integrate(noise, 0.0, 1.0, &[]).is_err());
    }
}
