//! Which method to take.

use super::Backtest;

/// A method that can be chosen.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Candidate {
    /// The method.
    pub method: String,
    /// Its mean loss.
    pub loss: f64,
    /// By how much its loss is above the least one; 0 for the best.
    pub behind: f64,
    /// The standard error of that difference, from differences forecast by forecast; 0 for the best, `None` if one pair is
    /// all there is.
    pub standard_error: Option<f64>,
}

/// The choice between methods.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Choice {
    /// The method to take.
    pub chosen: String,
    /// The method with the least loss; another one if the chosen is simpler and not measurably worse.
    pub best: String,
    /// All that could be chosen, in the order in which they were given.
    pub candidates: Vec<Candidate>,
}

impl Backtest {
    /// The method for the whole panel: the first one, give the simplest first, whose mean absolute scaled error is within
    /// one standard error of the least (Breiman, Friedman, Olshen & Stone 1984, §3.4.3). Differences are paired by series and
    /// origin, and averaged within a series first: its origins share periods.
    ///
    /// Methods that failed anywhere are left out, as are forecasts without a scaled error. `None` if nothing is left.
    #[must_use]
    pub fn choose(&self) -> Option<Choice> {
        let losses = |method| {
            let own: Vec<_> = self.forecasts.iter().filter(|own| own.method == method).collect();
            own.chunk_by(|one, other| one.series == other.series)
                .filter_map(|origins| mean(origins.iter().filter_map(|own| own.accuracy.mase)))
                .collect()
        };
        let failed = |method| self.failures.iter().any(|failure| failure.method == method);
        self.choose_by(losses, failed)
    }

    /// The method for one series, by its mean absolute error. The standard error takes origins for independent; with steps
    /// shorter than the horizon it is too small.
    #[must_use]
    pub fn choose_for(&self, series: usize) -> Option<Choice> {
        let losses = |method| {
            let own = self.of_series(series).iter().filter(|own| own.method == method);
            own.filter_map(|own| own.accuracy.mae).collect()
        };
        let failed = |method| self.failures.iter().any(|failure| failure.series == series && failure.method == method);
        self.choose_by(losses, failed)
    }

    fn choose_by(&self, losses: impl Fn(usize) -> Vec<f64>, failed: impl Fn(usize) -> bool) -> Option<Choice> {
        let tried = (0..self.methods.len()).filter(|method| !failed(*method));
        let all: Vec<(usize, Vec<f64>, f64)> = tried
            .filter_map(|method| {
                let own = losses(method);
                mean(own.iter().copied()).map(|loss| (method, own, loss))
            })
            .collect();
        let (best, least, loss) = all.iter().min_by(|one, other| one.2.total_cmp(&other.2))?;
        let candidates: Vec<Candidate> = all
            .iter()
            .map(|(method, own, mean)| Candidate {
                method: self.methods[*method].clone(),
                loss: *mean,
                behind: mean - loss,
                standard_error: if method == best { Some(0.0) } else { standard_error(own, least) },
            })
            .collect();
        let near = |candidate: &&Candidate| candidate.behind <= candidate.standard_error.unwrap_or(0.0);
        let chosen = candidates.iter().find(near)?.method.clone();
        Some(Choice { chosen, best: self.methods[*best].clone(), candidates })
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}

/// Of the mean of paired differences.
fn standard_error(one: &[f64], other: &[f64]) -> Option<f64> {
    let differences: Vec<f64> = one.iter().zip(other).map(|(one, other)| one - other).collect();
    let n = differences.len();
    let mean = mean(differences.iter().copied()).filter(|_| n > 1)?;
    let squares: f64 = differences.iter().map(|difference| (difference - mean) * (difference - mean)).sum();
    Some((squares / ((n - 1) * n) as f64).sqrt())
}
