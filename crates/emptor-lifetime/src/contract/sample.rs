//! A contract history reduced to what likelihoods need.

use emptor_types::ContractHistory;

use super::survival::Survival;

/// A stretch of periods over which every customer at risk at its start renewed, or was lost at its end.
///
/// Where customers were lost, it is one period long. All customers at risk share it, whenever they were acquired: that is
/// all the likelihood knows of several cohorts.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stretch {
    from: f64,
    to: f64,
    renewed: f64,
    lost: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample {
    stretches: Vec<Stretch>,
    pub(crate) customers: f64,
    /// Customers lost.
    pub(crate) lost: f64,
    /// Renewals seen.
    pub(crate) renewals: f64,
}

impl Sample {
    pub(crate) fn new(history: &ContractHistory<'_>) -> Self {
        // How many customers end, and how many are lost, after this many renewals.
        let mut ends: Vec<(f64, f64, f64)> = Vec::with_capacity(history.len());
        for (row, last) in history.last_active().iter().enumerate() {
            let count = history.count(row);
            ends.push((last - 1.0, count, if history.is_active(row) { 0.0 } else { count }));
        }
        ends.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let ends: Vec<(f64, f64, f64)> = ends
            .chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq())
            .map(|same| (same[0].0, same.iter().map(|end| end.1).sum(), same.iter().map(|end| end.2).sum()))
            .collect();

        let customers = history.customers();
        let mut sample = Self { stretches: Vec::new(), customers, lost: 0.0, renewals: 0.0 };
        let (mut at, mut here) = (0.0, customers);
        for (renewals, ended, lost) in ends {
            if renewals > at {
                sample.push(at, renewals, here, 0.0);
                at = renewals;
            }
            here -= ended;
            if lost > 0.0 {
                // Who faced the next renewal and was not lost renewed: all that remain.
                sample.push(at, at + 1.0, here, lost);
                at += 1.0;
            }
        }
        sample
    }

    fn push(&mut self, from: f64, to: f64, renewed: f64, lost: f64) {
        self.stretches.push(Stretch { from, to, renewed, lost });
        self.lost += lost;
        self.renewals += renewed * (to - from);
    }

    pub(crate) fn distinct(&self) -> usize {
        self.stretches.len()
    }

    /// The log-likelihood and its derivatives by `a, b, c`: with `D` the fall of `ln S` over a stretch,
    /// ```text
    /// ln L = Σ lost · ln(1 − e^(−D)) − renewed · D
    /// ```
    pub(crate) fn evaluate(&self, survival: &Survival) -> (f64, [f64; 3]) {
        let (mut value, mut slope) = (0.0, [0.0; 3]);
        for &Stretch { from, to, renewed, lost } in &self.stretches {
            let fall = survival.fall(from, to);
            let mut by_fall = -renewed;
            value -= renewed * fall.value;
            if lost > 0.0 {
                value += lost * (-(-fall.value).exp_m1()).ln();
                by_fall += lost / fall.value.exp_m1();
            }
            for (sum, part) in slope.iter_mut().zip(fall.slope) {
                *sum += by_fall * part;
            }
        }
        (value, slope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestResult;
    use emptor_types::TimeUnit;

    #[test]
    fn customers_of_all_cohorts_share_the_renewals_they_faced() -> TestResult {
        // Two cohorts: 10 → 6 → 6 → 5, and 4 → 3.
        let tables: [&[f64]; 2] = [&[10.0, 6.0, 6.0, 5.0], &[4.0, 3.0]];
        let sample = Sample::new(&ContractHistory::from_survivors(&tables, TimeUnit::Year)?);
        let of = |from, to, renewed, lost| Stretch { from, to, renewed, lost };
        let expected = [of(0.0, 1.0, 9.0, 5.0), of(1.0, 2.0, 6.0, 0.0), of(2.0, 3.0, 5.0, 1.0)];
        assert_eq!(sample.stretches, expected);
        assert_eq!((sample.customers, sample.lost, sample.renewals), (14.0, 6.0, 20.0));
        Ok(())
    }

    #[test]
    fn periods_without_a_loss_are_one_stretch() -> TestResult {
        let sample = Sample::new(&ContractHistory::new(&[1e9, 3.0], &[1e9, 1e9], TimeUnit::Day)?);
        let stretches: Vec<(f64, f64)> = sample.stretches.iter().map(|s| (s.from, s.to)).collect();
        assert_eq!(stretches, [(0.0, 2.0), (2.0, 3.0), (3.0, 1e9 - 1.0)]);
        Ok(())
    }
}
