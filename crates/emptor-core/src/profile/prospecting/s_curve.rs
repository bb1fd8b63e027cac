//! The S-curve of customers won.

use emptor_lifetime::special::normal_quantile;
use emptor_types::Level;
use thiserror::Error;

use emptor_forecast::accuracy::{mase, wape};
use crate::statistics::Interval;

/// Periods without which three parameters cannot be told from noise.
const FEWEST_PERIODS: usize = 6;
/// A ceiling whose standard error is a greater share of it is a guess.
const MOST_RELATIVE_ERROR: f64 = 0.5;
/// A ceiling this many times what has been reached is a guess whatever its standard error says.
const MOST_ABOVE_REACHED: f64 = 20.0;
const MOST_STEPS: usize = 500;
/// Relative change of the parameters below which the search has arrived.
const ARRIVED: f64 = 1e-10;
/// Where the searches begin: the ceiling as a multiple of what has been reached.
const STARTS: [f64; 5] = [1.02, 1.2, 2.0, 4.0, 10.0];

/// Customers won by time `t` as a logistic curve (Gupta, Lehmann & Stuart 2004, "Valuing customers", *Journal of Marketing
/// Research* 41, equations 7 and 8).
///
/// ```text
/// N(t) = α / (1 + exp(−β − γ t))        n(t) = dN/dt = α γ exp(−β − γ t) / (1 + exp(−β − γ t))²        peak t = −β/γ
/// ```
///
/// Time counts periods: period 1 runs from t = 0 to t = 1.
///
/// **Limits.** The curve is symmetric about its peak, its population is fixed, and who is lost cannot come back
/// (McCarthy, Fader & Hardie 2017, *Journal of Marketing* 81); it knows no season. Before the peak the ceiling α is hardly
/// to be told from the data: [`fit`](Self::fit) then refuses.
///
/// ```
/// use emptor_core::profile::prospecting::SCurve;
///
/// let truth = SCurve { alpha: 1000.0, beta: -4.0, gamma: 0.5 };
/// let won: Vec<f64> = (1..=16).map(|t| truth.between(f64::from(t) - 1.0, f64::from(t))).collect();
/// let fit = SCurve::fit(&won)?;
/// assert!((fit.curve.alpha - 1000.0).abs() < 1e-3 && (fit.curve.peak() - 8.0).abs() < 1e-6);
/// # Ok::<(), emptor_core::profile::prospecting::SCurveProblem>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SCurve {
    /// The ceiling α: customers that will ever be won.
    pub alpha: f64,
    /// The place β of the curve in time.
    pub beta: f64,
    /// The speed γ, per period.
    pub gamma: f64,
}

/// Why a series of customers won has no S-curve.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum SCurveProblem {
    /// The series is too short, or has unknown or negative numbers.
    #[error("an S-curve needs at least {needed} periods with known numbers of customers won (got {got})")]
    TooFew {
        /// Periods there are.
        got: usize,
        /// Periods needed.
        needed: usize,
    },
    /// No search ended.
    #[error("the search for an S-curve did not converge")]
    NotConverged,
    /// The data do not say how many customers there will ever be: the curve has hardly bent.
    #[error("the ceiling of the S-curve is unknown: the data do not say how many customers will ever be won")]
    CeilingUnknown {
        /// Standard error of the ceiling over the ceiling; infinite where it could not be computed.
        relative_error: f64,
    },
}

/// An S-curve with its precision.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SCurveFit {
    /// The curve.
    pub curve: SCurve,
    /// Covariance of α, β and γ: s²(JᵀJ)⁻¹.
    pub covariance: [[f64; 3]; 3],
    /// Standard deviation of the residuals, customers per period.
    pub residual: f64,
    /// Periods fitted.
    pub periods: usize,
    /// Steps of the search.
    pub iterations: usize,
}

/// How an S-curve would have done in the past.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct SCurveBacktest {
    /// Periods forecast one step ahead.
    pub origins: usize,
    /// Origins from which no curve could be fitted; they are in no measure.
    pub refused: usize,
    /// Error of the curve.
    pub wape: Option<f64>,
    /// Error of "as many as in the period before".
    pub wape_naive: Option<f64>,
    /// Mean absolute scaled error of the curve.
    pub mase: Option<f64>,
}

impl SCurve {
    /// Customers won by time `t`.
    #[must_use]
    pub fn at(&self, t: f64) -> f64 {
        self.alpha * self.share(t)
    }

    /// Customers won from one time to another.
    #[must_use]
    pub fn between(&self, from: f64, to: f64) -> f64 {
        self.at(to) - self.at(from)
    }

    /// Customers won per period at time `t`.
    #[must_use]
    pub fn rate(&self, t: f64) -> f64 {
        let share = self.share(t);
        self.alpha * self.gamma * share * (1.0 - share)
    }

    /// When most are won: −β/γ.
    #[must_use]
    pub fn peak(&self) -> f64 {
        -self.beta / self.gamma
    }

    fn share(&self, t: f64) -> f64 {
        1.0 / (1.0 + (-self.beta - self.gamma * t).exp())
    }

    /// Derivatives of what is won in a period that ends at `t` by α, β and γ.
    fn slopes(&self, t: f64) -> [f64; 3] {
        let (now, then) = (self.share(t), self.share(t - 1.0));
        let (bend, before) = (now * (1.0 - now), then * (1.0 - then));
        [now - then, self.alpha * (bend - before), self.alpha * (t * bend - (t - 1.0) * before)]
    }

    /// Fits a curve to the customers won in every period by least squares of the increments N(t) − N(t − 1), whose errors
    /// are not added up as those of N(t) are (Srinivasan & Mason 1986, *Marketing Science* 5). The search is Levenberg's
    /// and Marquardt's from several starts; the best end counts.
    ///
    /// # Errors
    /// If the series is too short or does not say what the ceiling is.
    pub fn fit(won: &[f64]) -> Result<SCurveFit, SCurveProblem> {
        let known = won.iter().filter(|n| n.is_finite() && **n >= 0.0).count();
        let total: f64 = won.iter().sum();
        if known < FEWEST_PERIODS || known < won.len() || total <= 0.0 {
            return Err(SCurveProblem::TooFew { got: known, needed: FEWEST_PERIODS });
        }
        let starts = STARTS.iter().filter_map(|times| Self::start(won, total * times));
        let ends = starts.filter_map(|start| start.search(won));
        let best = ends.min_by(|a, b| a.1.total_cmp(&b.1)).ok_or(SCurveProblem::NotConverged)?;
        let (curve, squares, iterations) = best;
        let residual = (squares / (won.len() - 3) as f64).sqrt();
        let (information, _) = curve.normal_equations(won);
        let unknown = |relative_error| SCurveProblem::CeilingUnknown { relative_error };
        let inverse = inverse(information).ok_or(unknown(f64::INFINITY))?;
        let covariance = inverse.map(|row| row.map(|v| v * residual * residual));
        let relative_error = covariance[0][0].sqrt() / curve.alpha;
        if relative_error <= MOST_RELATIVE_ERROR && curve.alpha <= MOST_ABOVE_REACHED * total {
            Ok(SCurveFit { curve, covariance, residual, periods: won.len(), iterations })
        } else {
            Err(unknown(relative_error))
        }
    }

    /// The line through the logits of the share of a supposed ceiling that has been reached.
    fn start(won: &[f64], alpha: f64) -> Option<Self> {
        let (mut n, mut st, mut sy, mut stt, mut sty, mut reached) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
        for (i, new) in won.iter().enumerate() {
            reached += new;
            let (t, share) = ((i + 1) as f64, reached / alpha);
            if share > 0.0 && share < 1.0 {
                let y = (share / (1.0 - share)).ln();
                n += 1.0;
                st += t;
                sy += y;
                stt += t * t;
                sty += t * y;
            }
        }
        let gamma = (n * sty - st * sy) / (n * stt - st * st);
        (gamma > 0.0 && gamma.is_finite()).then(|| Self { alpha, beta: (sy - gamma * st) / n, gamma })
    }

    fn squares(&self, won: &[f64]) -> f64 {
        let residual = |(i, new): (usize, &f64)| new - self.between(i as f64, (i + 1) as f64);
        won.iter().enumerate().map(residual).map(|r| r * r).sum()
    }

    /// JᵀJ and Jᵀr by α, β and γ.
    fn normal_equations(&self, won: &[f64]) -> ([[f64; 3]; 3], [f64; 3]) {
        let (mut jj, mut jr) = ([[0.0; 3]; 3], [0.0; 3]);
        for (i, new) in won.iter().enumerate() {
            let slopes = self.slopes((i + 1) as f64);
            let residual = new - self.between(i as f64, (i + 1) as f64);
            for a in 0..3 {
                jr[a] += slopes[a] * residual;
                for b in 0..3 {
                    jj[a][b] += slopes[a] * slopes[b];
                }
            }
        }
        (jj, jr)
    }

    /// Levenberg–Marquardt in ln α, β and ln γ, so that ceiling and speed stay positive. The curve at the end, its sum of
    /// squares, and the steps taken; `None` if it did not arrive.
    fn search(self, won: &[f64]) -> Option<(Self, f64, usize)> {
        let (mut curve, mut damping) = (self, 1e-3);
        let mut squares = curve.squares(won);
        for step in 1..=MOST_STEPS {
            let (mut jj, mut jr) = curve.normal_equations(won);
            let scale = [curve.alpha, 1.0, curve.gamma];
            for a in 0..3 {
                jr[a] *= scale[a];
                for b in 0..3 {
                    jj[a][b] *= scale[a] * scale[b];
                }
            }
            let mut damped = jj;
            for (a, row) in damped.iter_mut().enumerate() {
                row[a] += damping * jj[a][a].max(f64::MIN_POSITIVE);
            }
            let inverse = inverse(damped)?;
            let by: [f64; 3] = std::array::from_fn(|a| (0..3).map(|b| inverse[a][b] * jr[b]).sum());
            let next =
                Self { alpha: curve.alpha * by[0].exp(), beta: curve.beta + by[1], gamma: curve.gamma * by[2].exp() };
            let then = next.squares(won);
            let small = by[0].abs().max(by[1].abs() / (1.0 + curve.beta.abs())).max(by[2].abs()) < ARRIVED;
            if then <= squares {
                (curve, squares, damping) = (next, then, damping * 0.2);
                if small {
                    return Some((curve, squares, step));
                }
            } else if small || damping > 1e12 {
                // No step lowers the sum of squares any more: rounding has the last word.
                return Some((curve, squares, step));
            } else {
                damping *= 10.0;
            }
        }
        None
    }

    /// Fits the curve to every beginning of the series of at least `shortest` periods, forecasts the next period, and
    /// compares with what came and with the naive forecast.
    #[must_use]
    pub fn backtest(won: &[f64], shortest: usize) -> SCurveBacktest {
        let (mut actual, mut curve, mut naive, mut refused) = (Vec::new(), Vec::new(), Vec::new(), 0);
        let first = shortest.max(FEWEST_PERIODS).min(won.len());
        for origin in first..won.len() {
            match Self::fit(&won[..origin]) {
                Ok(fit) => {
                    actual.push(won[origin]);
                    curve.push(fit.curve.between(origin as f64, (origin + 1) as f64));
                    naive.push(won[origin - 1]);
                }
                Err(_) => refused += 1,
            }
        }
        SCurveBacktest {
            origins: actual.len(),
            refused,
            wape: wape(&actual, &curve),
            wape_naive: wape(&actual, &naive),
            mase: mase(&won[..first], &actual, &curve, 1),
        }
    }
}

impl SCurveFit {
    /// Standard errors of α, β and γ.
    #[must_use]
    pub fn standard_errors(&self) -> [f64; 3] {
        std::array::from_fn(|i| self.covariance[i][i].sqrt())
    }

    /// Customers won in period `period`, counted from 1, between the ends within which a number of them falls at this
    /// level: normal, from the uncertainty of the curve (delta method) and the residuals. Never below 0.
    #[must_use]
    pub fn interval(&self, period: usize, level: Level) -> Interval {
        let t = period as f64;
        let slopes = self.curve.slopes(t);
        let of_curve: f64 = (0..3)
            .flat_map(|a| (0..3).map(move |b| (a, b)))
            .map(|(a, b)| slopes[a] * self.covariance[a][b] * slopes[b])
            .sum();
        let z = -normal_quantile((1.0 - level.get()) / 2.0);
        let half = z * (of_curve + self.residual * self.residual).sqrt();
        let mean = self.curve.between(t - 1.0, t);
        Interval { low: (mean - half).max(0.0), high: mean + half }
    }

    /// Standard error of the time of the peak (delta method).
    #[must_use]
    pub fn peak_error(&self) -> f64 {
        let (beta, gamma) = (self.curve.beta, self.curve.gamma);
        let slopes = [0.0, -1.0 / gamma, beta / (gamma * gamma)];
        let of = |a: usize, b: usize| slopes[a] * self.covariance[a][b] * slopes[b];
        (of(1, 1) + 2.0 * of(1, 2) + of(2, 2)).sqrt()
    }
}

/// The inverse of a symmetric positive matrix; `None` if it has none to working precision. Rows are scaled first, for a
/// ceiling counts thousands and a speed hundredths.
fn inverse(m: [[f64; 3]; 3]) -> Option<[[f64; 3]; 3]> {
    let scale: [f64; 3] = std::array::from_fn(|i| m[i][i].sqrt());
    if !scale.iter().all(|s| *s > 0.0 && s.is_finite()) {
        return None;
    }
    let a: [[f64; 3]; 3] = std::array::from_fn(|i| std::array::from_fn(|j| m[i][j] / (scale[i] * scale[j])));
    let minor = |i: usize, j: usize| {
        let (r, c) = ([(i + 1) % 3, (i + 2) % 3], [(j + 1) % 3, (j + 2) % 3]);
        a[r[0]][c[0]] * a[r[1]][c[1]] - a[r[0]][c[1]] * a[r[1]][c[0]]
    };
    let determinant: f64 = (0..3).map(|j| a[0][j] * minor(0, j)).sum();
    (determinant > 1e-15)
        .then(|| std::array::from_fn(|i| std::array::from_fn(|j| minor(j, i) / (determinant * scale[i] * scale[j]))))
}

#[cfg(test)]
#[path = "s_curve_tests.rs"]
mod tests;
