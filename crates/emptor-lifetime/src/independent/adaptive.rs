//! Integrals of positive functions over a finite interval, by halving where a function is not yet smooth enough.

/// Nodes and weights of the 15-point rule of Kronrod (1965), from the outermost to the middle one, as in QUADPACK.
const KRONROD: [(f64, f64); 8] = [
    (0.991_455_371_120_812_6, 0.022_935_322_010_529_224),
    (0.949_107_912_342_758_5, 0.063_092_092_629_978_56),
    (0.864_864_423_359_769_1, 0.104_790_010_322_250_18),
    (0.741_531_185_599_394_5, 0.140_653_259_715_525_92),
    (0.586_087_235_467_691_1, 0.169_004_726_639_267_9),
    (0.405_845_151_377_397_2, 0.190_350_578_064_785_4),
    (0.207_784_955_007_898_47, 0.204_432_940_075_298_9),
    (0.0, 0.209_482_141_084_727_82),
];
/// Weights of the 7-point rule of Gauss inside it, at every second node.
const GAUSS: [f64; 4] =
    [0.129_484_966_168_869_7, 0.279_705_391_489_276_64, 0.381_830_050_505_118_9, 0.417_959_183_673_469_4];
/// The part of the whole by which the two rules may differ on a piece. Kronrod's is then better by half as many digits
/// again.
const DIFFERENCE: f64 = 1e-11;
/// The longest piece to begin with.
const LONGEST: f64 = 2.0;
/// Halvings of one piece after which it is taken as it is: rounding is all there is left to see.
const MAX_HALVINGS: u32 = 40;

/// `∫ f` over `low..high`, for a positive `f`. The pieces to begin with end at `marks`, which say where `f` varies.
pub(super) fn integrate(low: f64, high: f64, marks: &[f64], f: impl Fn(f64) -> f64) -> f64 {
    let mut ends: Vec<f64> = marks.iter().copied().filter(|mark| *mark > low && *mark < high).collect();
    ends.push(high);
    ends.sort_by(f64::total_cmp);
    let mut pieces = Vec::new();
    let mut from = low;
    for to in ends {
        let parts = ((to - from) / LONGEST).ceil().max(1.0);
        let length = (to - from) / parts;
        let mut part = 0.0;
        while part < parts {
            pieces.push(Piece::new(from + part * length, length, 0, &f));
            part += 1.0;
        }
        from = to;
    }
    let mut whole: f64 = pieces.iter().map(|piece| piece.value).sum();
    let mut sum = 0.0;
    while let Some(piece) = pieces.pop() {
        if piece.difference <= DIFFERENCE * whole || piece.halvings == MAX_HALVINGS {
            sum += piece.value;
            continue;
        }
        let half = piece.length / 2.0;
        let halves = [piece.from, piece.from + half].map(|from| Piece::new(from, half, piece.halvings + 1, &f));
        whole += halves[0].value + halves[1].value - piece.value;
        pieces.extend(halves);
    }
    sum
}

/// A part of the interval, with the integral over it and the difference of the two rules.
struct Piece {
    from: f64,
    length: f64,
    halvings: u32,
    value: f64,
    difference: f64,
}

impl Piece {
    fn new(from: f64, length: f64, halvings: u32, f: &impl Fn(f64) -> f64) -> Self {
        let half = length / 2.0;
        let middle = from + half;
        let (mut kronrod, mut gauss) = (0.0, 0.0);
        for (i, (node, weight)) in KRONROD.into_iter().enumerate() {
            let values = if i == 7 { f(middle) } else { f(middle - half * node) + f(middle + half * node) };
            kronrod += weight * values;
            if i % 2 == 1 {
                gauss += GAUSS[i / 2] * values;
            }
        }
        Self { from, length, halvings, value: half * kronrod, difference: half * f64::abs(kronrod - gauss) }
    }
}
