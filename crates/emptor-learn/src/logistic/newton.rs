//! The likelihood, its gradient and information, and the search for its maximum.

use std::ops::Range;

use emptor_types::Termination;
use rayon::prelude::*;

use super::cholesky::Cholesky;
use super::design::Design;

/// Rows per chunk, at least; the number of chunks depends on the number of rows only, so that sums are the same bits on
/// any number of threads.
const CHUNK: usize = 2048;
/// Chunks, at most: bounds the memory for partial sums.
const MOST_CHUNKS: usize = 128;
/// Rows whose weighted columns stay in the nearest cache.
const BLOCK: usize = 128;
/// Pivots (1 − R²) at or below this are collinear. Rounding of sums of products leaves about 1e-15 of a column that others
/// make up, and somewhat more in millions of rows; the third power of years of one decade leaves 1e-12.
pub(super) const COLLINEAR: f64 = 1e-13;
/// The Newton decrement, the square of the step in standard errors, at which a step is the last: what it leaves is of the
/// order of the square.
const DECREMENT: f64 = 1e-12;
/// Relative change of the log-likelihood that may be rounding.
const ROUNDING: f64 = 1e-12;
/// A long step, in log odds of the row that feels it most.
const LONG: f64 = 0.3;
/// Log odds a step may add to any row before the likelihood is asked whether more is better: from far off, Newton's
/// method overshoots by thousands to where nothing is left to learn from.
const FARTHEST_STEP: f64 = 10.0;
/// Where coefficients run off, a step adds 1 to the log odds and the decrement falls to its 1/e; near a maximum it falls
/// to its square.
const SLOW: f64 = 0.1;
/// Slow, long steps in a row, each too small for the likelihood to tell, after which the search ends.
const RUNAWAY_STEPS: usize = 3;
/// Halvings of a step before the search gives up.
const HALVINGS: i32 = 30;

/// Log-likelihood, gradient and information (upper triangle, row by row) at one point.
pub(super) struct Sums {
    pub(super) log_likelihood: f64,
    pub(super) gradient: Vec<f64>,
    pub(super) information: Vec<f64>,
}

impl Sums {
    fn zero(width: usize) -> Self {
        // One more column for the reference levels; what falls there is cut off at the end.
        let wide = width + 1;
        Self { log_likelihood: 0.0, gradient: vec![0.0; wide], information: vec![0.0; wide * wide] }
    }

    fn add(&mut self, other: &Self) {
        self.log_likelihood += other.log_likelihood;
        let pairs = self.gradient.iter_mut().zip(&other.gradient);
        pairs.chain(self.information.iter_mut().zip(&other.information)).for_each(|(a, b)| *a += b);
    }
}

/// Sums over all rows at `beta`; `ridge` penalises all but the intercept.
pub(super) fn sums(design: &Design<'_>, beta: &[f64], ridge: f64) -> Sums {
    let (rows, width) = (design.data.rows(), design.width());
    let chunk = CHUNK.max(rows.div_ceil(MOST_CHUNKS));
    let parts: Vec<Sums> = (0..rows.div_ceil(chunk))
        .into_par_iter()
        .map(|c| {
            let mut part = Sums::zero(width);
            let mut block = Block::new(design, beta);
            let end = ((c + 1) * chunk).min(rows);
            for start in (c * chunk..end).step_by(BLOCK) {
                block.add(&mut part, start, BLOCK.min(end - start));
            }
            part
        })
        .collect();
    let mut total = Sums::zero(width);
    parts.iter().for_each(|part| total.add(part));
    let wide = width + 1;
    let mut information = vec![0.0; width * width];
    let dense = design.dense.len();
    for i in 0..width {
        for j in i..width {
            // Cells of a dense column and a level were gathered in the row of the level.
            let cell = if i < dense && j >= dense { j * wide + i } else { i * wide + j };
            information[i * width + j] = total.information[cell];
        }
    }
    total.gradient.truncate(width);
    for j in 1..width {
        total.log_likelihood -= 0.5 * ridge * beta[j] * beta[j];
        total.gradient[j] -= ridge * beta[j];
        information[j * width + j] += ridge;
    }
    Sums { log_likelihood: total.log_likelihood, gradient: total.gradient, information }
}

/// Buffers for a block of rows.
struct Block<'d> {
    design: &'d Design<'d>,
    beta: Vec<f64>,
    residual: Vec<f64>,
    weight: Vec<f64>,
    /// Dense columns times the weight, column by column.
    columns: Vec<f64>,
    /// The same, row by row.
    by_row: Vec<f64>,
}

impl<'d> Block<'d> {
    fn new(design: &'d Design<'d>, beta: &[f64]) -> Self {
        let dense = design.dense.len();
        let mut wide = beta.to_vec();
        wide.push(0.0);
        Self {
            design,
            beta: wide,
            residual: vec![0.0; BLOCK],
            weight: vec![0.0; BLOCK],
            columns: vec![0.0; BLOCK * dense],
            by_row: vec![0.0; BLOCK * dense],
        }
    }

    fn add(&mut self, sums: &mut Sums, start: usize, rows: usize) {
        let (design, wide) = (self.design, self.beta.len());
        let dense: Vec<&[f64]> = design.dense.iter().map(|column| &column[start..start + rows]).collect();
        let slots: Vec<&[u32]> = design.slots.iter().map(|column| &column[start..start + rows]).collect();
        sums.log_likelihood += self.respond(start, rows, &dense, &slots);
        let count = dense.len();
        for (i, column) in dense.iter().enumerate() {
            sums.gradient[i] += dot(column, &self.residual[..rows]);
            let weighted = &mut self.columns[i * rows..(i + 1) * rows];
            for ((target, x), w) in weighted.iter_mut().zip(*column).zip(&self.weight) {
                *target = x * w;
            }
        }
        for i in 0..count {
            let weighted = &self.columns[i * rows..(i + 1) * rows];
            let cells = &mut sums.information[i * wide + i..i * wide + count];
            for (cell, column) in cells.iter_mut().zip(&dense[i..]) {
                *cell += dot(weighted, column);
            }
        }
        if slots.is_empty() {
            return;
        }
        for r in 0..rows {
            for i in 0..count {
                self.by_row[r * count + i] = self.columns[i * rows + r];
            }
        }
        // Cells of dense columns and levels are gathered as rows of the level, below the diagonal, and of levels among
        // themselves above it: categories come in the order of their columns.
        for (c, column) in slots.iter().enumerate() {
            for (r, &slot) in column.iter().enumerate() {
                let slot = slot as usize;
                sums.gradient[slot] += self.residual[r];
                let w = self.weight[r];
                sums.information[slot * wide + slot] += w;
                for later in &slots[c + 1..] {
                    sums.information[slot * wide + later[r] as usize] += w;
                }
                let cells = &mut sums.information[slot * wide..slot * wide + count];
                for (cell, x) in cells.iter_mut().zip(&self.by_row[r * count..(r + 1) * count]) {
                    *cell += x;
                }
            }
        }
    }

    /// Fills residuals and weights; returns the log-likelihood of the block.
    fn respond(&mut self, start: usize, rows: usize, dense: &[&[f64]], slots: &[&[u32]]) -> f64 {
        let eta = &mut self.weight[..rows];
        eta.fill(0.0);
        for (column, b) in dense.iter().zip(&self.beta) {
            eta.iter_mut().zip(*column).for_each(|(eta, x)| *eta += b * x);
        }
        for column in slots {
            eta.iter_mut().zip(*column).for_each(|(eta, &slot)| *eta += self.beta[slot as usize]);
        }
        let mut total = 0.0;
        for (r, eta) in eta.iter_mut().enumerate() {
            let (event, weight) = (self.design.data.event()[start + r], self.design.data.weight(start + r));
            // The smaller of the two probabilities keeps its digits: both come from e^−|η|.
            let e = (-eta.abs()).exp();
            let (large, small) = (1.0 / (1.0 + e), e / (1.0 + e));
            let other = if event == (*eta >= 0.0) { small } else { large };
            let miss = if event == (*eta >= 0.0) { 0.0 } else { eta.abs() };
            total -= weight * (miss + e.ln_1p());
            self.residual[r] = if event { weight * other } else { -weight * other };
            *eta = weight * large * small;
        }
        total
    }
}

/// A dot product in eight lanes, which the compiler can keep in vector registers.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (a_lanes, b_lanes) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a_lanes.remainder().iter().zip(b_lanes.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a_lanes.zip(b_lanes) {
        for lane in 0..8 {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    lanes.iter().sum::<f64>() + rest
}

/// Where the search ended.
pub(super) struct Maximum {
    pub(super) beta: Vec<f64>,
    pub(super) sums: Sums,
    pub(super) termination: Termination,
    pub(super) iterations: usize,
    /// Columns whose coefficients run off, and whether all rows are foretold.
    pub(super) separated: Option<(Vec<usize>, bool)>,
}

/// Newton's method, which is iteratively reweighted least squares (McCullagh and Nelder 1989, 2.5), with halved steps
/// where a full one does not gain and doubled ones where coefficients seem to run off.
///
/// A single far row looks like separation for as long as it outweighs the others: it is doubling that tells, as the
/// likelihood falls once the others feel the step. Only what no step of any length ends is separation.
pub(super) fn maximize(design: &Design<'_>, start: Vec<f64>, at_start: Sums, ridge: f64, limit: usize) -> Maximum {
    let total_weight: f64 = (0..design.data.rows()).map(|row| design.data.weight(row)).sum();
    let unit = total_weight.min(1.0);
    let width = design.width();
    let (mut beta, mut now) = (start, at_start);
    let reach = reach(design);
    // The last slow step that the likelihood felt: later ones are rounding but for what runs off.
    let mut running: Option<Vec<f64>> = None;
    let (mut before, mut slow, mut stuck) = (f64::NAN, 0, 0);
    let ended =
        |beta, sums, termination, iterations, separated| Maximum { beta, sums, termination, iterations, separated };
    for iteration in 0..limit {
        let Ok(factor) = Cholesky::new(&now.information, width, f64::MIN_POSITIVE) else {
            let separated = Some(runaways(design, &beta, &running, &reach));
            return ended(beta, now, Termination::Boundary, iteration, separated);
        };
        let step = factor.solve(&now.gradient);
        let decrement: f64 = step.iter().zip(&now.gradient).map(|(s, g)| s * g).sum();
        let felt = felt(design, &step, &reach);
        let (long, slower) = (felt > LONG, decrement > SLOW * before);
        slow = if long && slower { slow + 1 } else { 0 };
        let lost = decrement <= ROUNDING * now.log_likelihood.abs().max(unit);
        stuck = if slow > 0 && lost { stuck + 1 } else { 0 };
        if slow > 0 && (!lost || running.is_none()) {
            running = Some(step.clone());
        }
        if stuck >= RUNAWAY_STEPS {
            if ridge > 0.0 || is_summit(design, &beta, &now, &step, decrement, unit) {
                return ended(beta, now, Termination::NoFurtherProgress, iteration, None);
            }
            let separated = Some(runaways(design, &beta, &running, &reach));
            return ended(beta, now, Termination::Boundary, iteration, separated);
        }
        // Where the likelihood is silent it cannot say either whether more than a part of the step is better.
        let first = if lost { 1.0 } else { (FARTHEST_STEP / felt).min(1.0) };
        let farthest = if slow > 1 { f64::INFINITY } else { 1.0 };
        let Some((share, there, sums)) = search(design, &beta, &now, &step, ridge, first..farthest) else {
            let why = if lost && !long { Termination::NoFurtherProgress } else { Termination::LineSearchFailed };
            return ended(beta, now, why, iteration, None);
        };
        (beta, now) = (there, sums);
        if decrement <= DECREMENT * unit && !long {
            return ended(beta, now, Termination::GradientTolerance, iteration + 1, None);
        }
        if lost && !long && slower {
            return ended(beta, now, Termination::NoFurtherProgress, iteration + 1, None);
        }
        // The decrement after another share of a step says nothing of how fast it falls.
        before = if (share - 1.0).abs() > 0.0 { f64::NAN } else { decrement };
    }
    let separated =
        (ridge <= 0.0 && slow >= RUNAWAY_STEPS && stuck > 0).then(|| runaways(design, &beta, &running, &reach));
    ended(beta, now, Termination::IterationLimit, limit, separated)
}

/// Whether the likelihood falls along a step that it cannot tell from none. A tenth of a standard error along it costs
/// `0.1² / 2` at a maximum, and nothing where coefficients run off.
fn is_summit(design: &Design<'_>, beta: &[f64], now: &Sums, step: &[f64], decrement: f64, unit: f64) -> bool {
    let share = 0.1 * (unit / decrement.max(f64::MIN_POSITIVE)).sqrt();
    let there: Vec<f64> = beta.iter().zip(step).map(|(b, s)| b + share * s).collect();
    sums(design, &there, 0.0).log_likelihood < now.log_likelihood - 0.001 * unit
}

/// A share of the step that does not lose, with the point and the sums it leads to: half the first share and so on if
/// that loses, else twice as much and so on, up to the last, while it gains.
fn search(
    design: &Design<'_>,
    beta: &[f64],
    now: &Sums,
    step: &[f64],
    ridge: f64,
    shares: Range<f64>,
) -> Option<(f64, Vec<f64>, Sums)> {
    let at = |share: f64| {
        let there: Vec<f64> = beta.iter().zip(step).map(|(b, s)| b + share * s).collect();
        let sums = sums(design, &there, ridge);
        (share, there, sums)
    };
    let rounding = ROUNDING * now.log_likelihood.abs();
    let Range { start: first, end: farthest } = shares;
    let shares = (0..HALVINGS).map(|halvings| first * 0.5_f64.powi(halvings));
    let mut best = shares.map(at).find(|(_, _, sums)| sums.log_likelihood >= now.log_likelihood - rounding)?;
    while best.0 >= first && best.0 < farthest {
        let next = at((2.0 * best.0).min(farthest));
        // Up to the full step Newton's word counts where the likelihood is silent; beyond it has to gain.
        let (gain, silent) = (next.2.log_likelihood - best.2.log_likelihood, next.0 <= 1.0);
        if gain > rounding || (silent && gain >= 0.0) {
            best = next;
        } else {
            break;
        }
    }
    Some(best)
}

/// The greatest absolute value of each column: a step times its reach is what some row feels.
fn reach(design: &Design<'_>) -> Vec<f64> {
    let mut reach = vec![1.0; design.width()];
    for (reach, column) in reach.iter_mut().zip(&design.dense) {
        *reach = column.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    }
    reach
}

/// What a step adds to the log odds of the row that feels it most; where no row can feel much, an upper bound.
fn felt(design: &Design<'_>, step: &[f64], reach: &[f64]) -> f64 {
    let bound: f64 = step.iter().zip(reach).map(|(s, reach)| (s * reach).abs()).sum();
    if bound <= LONG {
        return bound;
    }
    rows(design, step).map(|(_, eta)| eta.abs()).reduce(|| 0.0, f64::max)
}

/// Rows of weight above 0 and their log odds at `beta`.
fn rows<'a>(design: &'a Design<'_>, beta: &'a [f64]) -> impl ParallelIterator<Item = (usize, f64)> + 'a {
    (0..design.data.rows()).into_par_iter().filter(|&row| design.data.weight(row) > 0.0).map(move |row| {
        let dense: f64 = design.dense.iter().zip(beta).map(|(column, b)| column[row] * b).sum();
        let of_slot = |column: &Vec<u32>| beta.get(column[row] as usize).copied().unwrap_or(0.0);
        (row, dense + design.slots.iter().map(of_slot).sum::<f64>())
    })
}

/// Columns whose steps are felt most, and whether all rows are on their side.
fn runaways(design: &Design<'_>, beta: &[f64], step: &Option<Vec<f64>>, reach: &[f64]) -> (Vec<usize>, bool) {
    let felt: Vec<f64> = step.iter().flatten().zip(reach).map(|(s, reach)| (s * reach).abs()).collect();
    let longest = felt.iter().skip(1).copied().fold(0.0, f64::max);
    let columns = (1..reach.len()).filter(|&j| felt.get(j).is_none_or(|&felt| felt >= 0.1 * longest)).collect();
    let foretold = |(row, eta): (usize, f64)| if design.data.event()[row] { eta > 0.0 } else { eta < 0.0 };
    (columns, rows(design, beta).all(foretold))
}
