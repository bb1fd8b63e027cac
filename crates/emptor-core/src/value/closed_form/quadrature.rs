//! Integrals of a function over a finite interval, by halving where it is not yet smooth enough.

use emptor_types::Invalid;

/// Nodes and weights of the Gauss–Lobatto rule with 16 nodes on `[−1, 1]`, the positive half: mpmath 1.3, 40 digits, roots
/// of the derivative of the Legendre polynomial `P` of order 15, and `2 / (240 P(x)²)`.
///
/// The ends of a piece are nodes. Without them, a kink between the last node and the end of a piece is seen neither by the
/// piece nor by its halves: profit with a kink after 6 of 20 years was worth 31.747257597 instead of …604.
const LOBATTO_16: [(f64, f64); 8] = [
    (0.10132627352194945, 0.20195830817822988),
    (0.2998304689007632, 0.1936900238252036),
    (0.48605942188713763, 0.17749191339170411),
    (0.6523887028824931, 0.1540269808071643),
    (0.7920082918618151, 0.1242553821325141),
    (0.8992005330934721, 0.0893936973259308),
    (0.969568046270218, 0.05085036100591991),
    (1.0, 0.008333333333333333),
];

/// How far a piece and its two halves may differ, as a part of `∫ |f|` over the whole interval. Where `f` is smooth the
/// halves are better than that by many digits: the rule is of order 30. About a step they are not, and the errors of some
/// dozens of pieces add up.
const DIFFERENCE: f64 = 1e-14;
/// Halvings after which a piece is taken as it is: a step of `f` within it weighs less than rounding.
const MAX_HALVINGS: u32 = 50;
/// Pieces after which the function is refused; a step takes two hundred, a kink half of that.
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
        for (node, weight) in LOBATTO_16 {
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
    fn steps_and_kinks_are_found_wherever_they_are() -> Result<(), Invalid> {
        // Near the ends of the interval, and of the pieces that it is halved into.
        let near = |end: f64| [3e-3, 4e-5, 1e-7, 1e-10].map(|gap| [end - gap, end + gap]);
        let ends = [0.0, 0.125, 0.25, 0.5, 0.625, 1.0].into_iter().flat_map(near).flatten();
        let between = (1..1000).map(|k| f64::from(k) / 1000.0);
        for place in between.chain(ends).filter(|place| (0.0..1.0).contains(place)) {
            let step = |t: f64| if t < place { 1.0 } else { 3.0 };
            assert!((integrate(step, 0.0, 1.0, &[])? - (3.0 - 2.0 * place)).abs() < 1e-12, "step at {place}");
            let kink = |t: f64| 1.0 + (t - place).max(0.0);
            let exact = 1.0 + 0.5 * (1.0 - place).powi(2);
            assert!((integrate(kink, 0.0, 1.0, &[])? - exact).abs() < 1e-12, "kink at {place}");
        }
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
