//! Transition probabilities, and sums over endless paths.

use emptor_types::Invalid;

use super::linear::solve;

/// How far a row may be from 1 in sum: the rounding of published probabilities is the caller's to mend.
const ROW_SUM: f64 = 1e-9;

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Chain {
    rows: Vec<Vec<f64>>,
}

impl Chain {
    pub(super) fn new(rows: &[impl AsRef<[f64]>]) -> Result<Self, Invalid> {
        let rows: Vec<Vec<f64>> = rows.iter().map(|row| row.as_ref().to_vec()).collect();
        let mut checks = Invalid::checks();
        checks.require(!rows.is_empty(), "transitions", "must have at least one state", 0);
        let widths: Vec<usize> = rows.iter().map(Vec::len).collect();
        checks.require_each("transitions", "must have a column for each state", &widths, |_, w| w == widths.len());
        for (state, row) in rows.iter().enumerate() {
            let name = format!("transitions from state {state}");
            checks.require_each(&name, "must lie between 0 and 1", row, |_, p: f64| (0.0..=1.0).contains(&p));
        }
        let sums: Vec<f64> = rows.iter().map(|row| row.iter().sum()).collect();
        checks.require_each("transitions", "must sum to 1 in every row", &sums, |_, sum: f64| {
            (sum - 1.0).abs() <= ROW_SUM
        });
        checks.finish()?;
        // To the last bit, so that a row of 1 + 1e-10 does not outgrow a small discount.
        let whole = |(row, sum): (Vec<f64>, f64)| row.into_iter().map(|p| p / sum).collect();
        Ok(Self { rows: rows.into_iter().zip(sums).map(whole).collect() })
    }

    pub(super) fn at(&self, from: usize, to: usize) -> f64 {
        self.rows[from][to]
    }

    /// What a quantity of each state is a period later, on average: `P x`.
    pub(super) fn expect(&self, x: &[f64]) -> Vec<f64> {
        self.rows.iter().map(|row| row.iter().zip(x).map(|(p, x)| p * x).sum()).collect()
    }

    /// Where so many customers of each state are a period later: `x P`.
    pub(super) fn moved(&self, counts: &[f64]) -> Vec<f64> {
        let into = |to| counts.iter().zip(&self.rows).map(|(count, row)| count * row[to]).sum();
        (0..self.rows.len()).map(into).collect()
    }

    /// Which states lead to one that is wanted, or are one.
    pub(super) fn can_reach(&self, wanted: impl Fn(usize) -> bool) -> Vec<bool> {
        self.leads_within(&vec![true; self.rows.len()], wanted)
    }

    /// The same along paths that stay inside, from states inside.
    pub(super) fn leads_within(&self, inside: &[bool], wanted: impl Fn(usize) -> bool) -> Vec<bool> {
        let n = self.rows.len();
        let mut reaches: Vec<bool> = (0..n).map(|state| inside[state] && wanted(state)).collect();
        let mut open: Vec<usize> = (0..n).filter(|&state| reaches[state]).collect();
        while let Some(to) = open.pop() {
            for from in 0..n {
                if inside[from] && !reaches[from] && self.rows[from][to] > 0.0 {
                    reaches[from] = true;
                    open.push(from);
                }
            }
        }
        reaches
    }

    /// A state inside from which no path leads out.
    fn sticks(&self, inside: &[bool]) -> Option<usize> {
        let n = self.rows.len();
        let leaks = |from: usize| (0..n).any(|to| !inside[to] && self.rows[from][to] > 0.0);
        let out = self.can_reach(|state| !inside[state] || leaks(state));
        (0..n).find(|&state| inside[state] && !out[state])
    }

    /// `Σ_t factor^t E[reward at t]` along paths until they leave `inside`; 0 outside. The error is a state where the sum
    /// diverges.
    pub(super) fn discounted(&self, inside: &[bool], factor: f64, rewards: &[f64]) -> Result<Vec<f64>, usize> {
        let states: Vec<usize> = (0..inside.len()).filter(|&state| inside[state]).collect();
        // Structure decides, not rounding: I − P is singular where customers stay for ever, and a computed pivot of 1e-17
        // would pass for a value.
        if let (true, Some(state)) = (factor >= 1.0, self.sticks(inside)) {
            return Err(state);
        }
        let matrix = || -> Vec<Vec<f64>> {
            let cell = |i: usize, j: usize| f64::from(u8::from(i == j)) - factor * self.rows[i][j];
            states.iter().map(|&i| states.iter().map(|&j| cell(i, j)).collect()).collect()
        };
        let first = states.first().copied().unwrap_or(0);
        if factor > 1.0 {
            // Growing weights: I − factor P is an M-matrix, so that the sum converges, exactly if the discounted life is
            // positive everywhere (Berman & Plemmons 1994, chapter 6).
            let life = solve(matrix(), vec![1.0; states.len()]).ok_or(first)?;
            if let Some(place) = life.iter().position(|life| !(*life > 0.0 && life.is_finite())) {
                return Err(states[place]);
            }
        }
        let sums = solve(matrix(), states.iter().map(|&state| rewards[state]).collect()).ok_or(first)?;
        let mut values = vec![0.0; inside.len()];
        for (state, sum) in states.into_iter().zip(sums) {
            values[state] = sum;
        }
        Ok(values)
    }

    /// The probability of ever being in a state.
    pub(super) fn hits(&self, target: usize) -> Result<Vec<f64>, usize> {
        let mut inside = self.can_reach(|state| state == target);
        inside[target] = false;
        let steps: Vec<f64> = self.rows.iter().map(|row| row[target]).collect();
        let mut hits = self.discounted(&inside, 1.0, &steps)?;
        hits[target] = 1.0;
        Ok(hits)
    }

    /// The expected number of periods before being in a state.
    pub(super) fn life_before(&self, target: usize) -> Result<Vec<f64>, usize> {
        let inside: Vec<bool> = (0..self.rows.len()).map(|state| state != target).collect();
        self.discounted(&inside, 1.0, &vec![1.0; inside.len()])
    }
}
