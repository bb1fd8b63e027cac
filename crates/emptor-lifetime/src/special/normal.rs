//! The normal distribution's quantiles.

/// Half the width of the central region, in probability.
const CENTRAL: f64 = 0.425;
/// Where the tail region ends in `√(−ln p)`.
const TAIL: f64 = 5.0;

/// Numerator and denominator coefficients of a rational function, lowest power first.
type Rational = ([f64; 8], [f64; 8]);

/// In `0.180625 − q²`, `q = p − ½`, `|q| ≤ 0.425` (Wichura 1988, PPND16).
const CENTRE: Rational = (
    [
        3.387_132_872_796_366_6,
        133.141_667_891_784_38,
        1_971.590_950_306_551_4,
        13_731.693_765_509_46,
        45_921.953_931_549_87,
        67_265.770_927_008_7,
        33_430.575_583_588_13,
        2_509.080_928_730_122_6,
    ],
    [
        1.0,
        42.313_330_701_600_91,
        687.187_007_492_057_9,
        5_394.196_021_424_751,
        21_213.794_301_586_597,
        39_307.895_800_092_71,
        28_729.085_735_721_943,
        5_226.495_278_852_854,
    ],
);

/// In `√(−ln p) − 1.6`, up to 5 (the same).
const MIDDLE: Rational = (
    [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        0.241_780_725_177_450_6,
        0.022_723_844_989_269_184,
        7.745_450_142_783_414e-4,
    ],
    [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        0.689_767_334_985_1,
        0.148_103_976_427_480_08,
        0.015_198_666_563_616_457,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ],
);

/// In `√(−ln p) − 5`, beyond (the same).
const FAR: Rational = (
    [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        0.296_560_571_828_504_87,
        0.026_532_189_526_576_124,
        0.001_242_660_947_388_078_4,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    [
        1.0,
        0.599_832_206_555_887_9,
        0.136_929_880_922_735_8,
        0.014_875_361_290_850_615,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_8e-15,
    ],
);

/// The `x` with `Φ(x) = p`, for `0 < p < 1`; `∓∞` at `p = 0` and `1`, `NaN` elsewhere.
///
/// Rational approximations of about 1e-16 relative in the given `p` (Wichura 1988, *Applied Statistics* 37, algorithm
/// AS 241, PPND16). Upper tails keep their digits as `−normal_quantile(q)` with `q = 1 − p` known by itself.
///
/// ```
/// use emptor_lifetime::special::normal_quantile;
/// assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-15);
/// ```
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= CENTRAL {
        return q * ratio(&CENTRE, CENTRAL * CENTRAL - q * q);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    if tail == 0.0 {
        return f64::INFINITY.copysign(q);
    }
    let r = (-tail.ln()).sqrt(); // NaN for p outside the unit interval
    let x = if r <= TAIL { ratio(&MIDDLE, r - 1.6) } else { ratio(&FAR, r - TAIL) };
    x.copysign(q)
}

fn ratio((numerator, denominator): &Rational, x: f64) -> f64 {
    let horner = |coefficients: &[f64; 8]| coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c);
    horner(numerator) / horner(denominator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_infinite_and_nothing_outside_is_a_number() {
        assert!(normal_quantile(0.0) == f64::NEG_INFINITY && normal_quantile(1.0) == f64::INFINITY);
        for p in [-0.1, 1.1, f64::NAN] {
            assert!(normal_quantile(p).is_nan(), "{p}");
        }
    }
}
