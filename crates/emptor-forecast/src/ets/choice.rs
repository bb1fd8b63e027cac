//! What to fit: one form, or the best of those that hold.

use emptor_types::{Fit, FitReport};
use serde::{Deserialize, Serialize};

use super::estimate::{Solution, descend};
use super::filter::Smoothing;
use super::fitted::FittedEts;
use super::form::EtsForm;
use super::options::{Estimation, InformationCriterion, InitialStates, ParameterBounds};
use super::problem::{Problem, Workspace};
use super::rough::Rough;
use super::scaled::Scaled;
use crate::{ForecastError, Series};

/// Exponential smoothing: level, trend and season that follow the series, recent periods counting more.
///
/// What it answers: what comes next, if what moved slowly goes on to move slowly?
///
/// ```text
/// y_t = μ_t + ε_t          or  μ_t (1 + e_t)
/// μ_t = l_{t−1} + φ b_{t−1}, plus or times the season s_{t−m}
/// every state moves by a share (α, β, γ) of the error         Hyndman, Koehler, Ord and Snyder (2008), tables 2.2, 2.3
/// ```
///
/// The form is given, or that with the least information criterion of all that hold for the series: multiplicative ones
/// for positive values only, seasonal ones with two whole seasons (with a trend, three periods more), and none with more parameters than the data bear. Fewer
/// than five periods bear no estimate; then it is `ETS(A,N,N)` with α = ½.
///
/// ```
/// use emptor_forecast::{Ets, Predict, Series};
/// use emptor_types::{Fit, Level};
///
/// let sales: Vec<f64> = (0..48).map(|month| 100.0 + f64::from(month) + [0.0, 9.0, -3.0, 5.0][month as usize % 4]).collect();
/// let fitted = Ets::automatic().fit(&Series::new(&sales, 4)?)?;
/// let forecast = fitted.predict(4, &[Level::new(0.9)?])?;
/// assert!((forecast.mean[1] - 158.0).abs() < 1.0, "{} {:?}", fitted.method(), forecast.mean);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Fit::fit`] refuses a given form that the series cannot carry: multiplicative parts with values that are not
/// positive, a season without two whole seasons of data, a trend with fewer than three periods, any form with one. The automatic choice
/// always finds a form.
///
/// # Numerical notes
/// Values are brought to the size of 1 by a power of two, so that a series in another unit (of such a factor) gives the
/// same bits. The likelihood is a sum of squares; it is minimised by Levenberg and Marquardt's method with exact
/// derivatives, from starts that do not depend on chance.
///
/// # References
/// Hyndman, Koehler, Ord and Snyder (2008), *Forecasting with exponential smoothing: the state space approach*. Hyndman and
/// Athanasopoulos (2021), *Forecasting: principles and practice*, 3rd ed., chapter 8.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Ets {
    form: Option<EtsForm>,
    criterion: InformationCriterion,
    initial: InitialStates,
    bounds: ParameterBounds,
    estimation: Estimation,
}

impl Ets {
    /// The best form by the corrected criterion of Akaike.
    #[must_use]
    pub fn automatic() -> Self {
        Self::default()
    }

    /// One form.
    #[must_use]
    pub fn of(form: EtsForm) -> Self {
        Self { form: Some(form), ..Self::default() }
    }

    /// What the automatic choice makes least.
    #[must_use]
    pub fn criterion(mut self, criterion: InformationCriterion) -> Self {
        self.criterion = criterion;
        self
    }

    /// Where the states before the first period come from.
    #[must_use]
    pub fn initial_states(mut self, initial: InitialStates) -> Self {
        self.initial = initial;
        self
    }

    /// What values the parameters may take.
    #[must_use]
    pub fn bounds(mut self, bounds: ParameterBounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// How the parameters are estimated.
    #[must_use]
    pub fn estimation(mut self, estimation: Estimation) -> Self {
        self.estimation = estimation;
        self
    }
}

impl Fit<Series<'_>> for Ets {
    type Fitted = FittedEts;
    type Error = ForecastError;

    fn fit(&self, series: &Series<'_>) -> Result<FittedEts, ForecastError> {
        let mut search =
            Search { spec: self, scaled: Scaled::new(series), work: Workspace::default(), rough: [None, None, None] };
        match self.form {
            Some(form) => {
                check(form, series)?;
                let solution = search.best(form, &[]);
                search
                    .fitted(form, &solution)
                    .ok_or_else(|| not_admissible(form, "no parameters keep it positive and finite"))
            }
            None => Ok(search.choose()),
        }
    }
}

fn not_admissible(form: EtsForm, reason: &str) -> ForecastError {
    ForecastError::NotAdmissible { method: form.to_string(), reason: reason.to_owned() }
}

/// Whether a series can carry a form.
fn check(form: EtsForm, series: &Series<'_>) -> Result<(), ForecastError> {
    let needed = match (form.is_seasonal(), form.has_trend()) {
        (true, _) => 2 * series.season(),
        (false, true) => 3,
        (false, false) => 2,
    };
    if form.is_seasonal() && series.season() == 1 {
        Err(not_admissible(form, "it has no season"))
    } else if series.len() < needed {
        Err(ForecastError::TooShort { method: form.to_string(), needed, found: series.len() })
    } else if form.needs_positive() && !series.values().iter().all(|&value| value > 0.0) {
        Err(not_admissible(form, "a value is not positive"))
    } else {
        Ok(())
    }
}

/// Whether a series is long enough for the automatic choice to tell trend from season: of two seasons alone any step from one to
/// the other is a trend that fits perfectly.
fn is_borne(form: EtsForm, series: &Series<'_>) -> bool {
    !(form.is_seasonal() && form.has_trend()) || series.len() >= 2 * series.season() + 3
}

/// A form with what the search found for it.
type Candidate = (EtsForm, Solution);

struct Search<'a> {
    spec: &'a Ets,
    scaled: Scaled<'a>,
    work: Workspace,
    rough: [Option<Rough>; 3],
}

impl Search<'_> {
    /// The form with the least criterion; the simpler of equals.
    fn choose(&mut self) -> FittedEts {
        let series = self.scaled.series;
        let n = series.len();
        let mut tried: Vec<Candidate> = Vec::new();
        let mut best: Option<(f64, usize)> = None;
        for form in EtsForm::all().filter(|&form| check(form, &series).is_ok() && is_borne(form, &series)) {
            let parameters = form.smoothing_count() + form.state_count(series.season()) + 1;
            if self.spec.criterion.of(0.0, parameters, n).is_none() {
                continue;
            }
            let solution = self.best(form, &tried);
            let log_likelihood = -0.5 * n as f64 * solution.sum.ln();
            if let Some(value) = self.spec.criterion.of(log_likelihood, parameters, n)
                && best.is_none_or(|(least, _)| value < least)
            {
                best = Some((value, tried.len()));
            }
            tried.push((form, solution));
        }
        best.and_then(|(_, place)| tried.get(place))
            .and_then(|(form, solution)| self.fitted(*form, solution))
            .unwrap_or_else(|| self.scaled.simple())
    }

    /// The best parameters of a form, beginning where the best of a few guesses and of its simpler neighbours is.
    fn best(&mut self, form: EtsForm, tried: &[Candidate]) -> Solution {
        let series = self.scaled.series;
        let place = form.season() as usize;
        let rough =
            self.rough[place].get_or_insert_with(|| Rough::new(&self.scaled.values, form.season(), series.season()));
        let problem = problem(self.spec, &self.scaled, rough, form, InitialStates::Backcast);
        let neighbours =
            tried.iter().filter(|(other, solution)| is_neighbour(*other, form) && solution.sum.is_finite());
        let starts = GUESSES
            .iter()
            .copied()
            .chain(neighbours.map(|(other, solution)| {
                let problem = Problem { form: *other, ..problem };
                problem.smoothing(|i| solution.unknowns[i])
            }))
            .map(|smoothing| problem.unknowns_of(&smoothing));
        let mut starts: Vec<(f64, Vec<f64>)> =
            starts.map(|start| (problem.penalised(problem.value(&start, &mut self.work), &start), start)).collect();
        starts.sort_by(|one, other| one.0.total_cmp(&other.0));
        // With a backcast the best start is enough: following the others makes the fit four times as long and no forecast
        // better (M3).
        let backcast =
            starts.first().map_or_else(Solution::none, |(_, start)| descend(&problem, start, &mut self.work));
        if self.spec.initial == InitialStates::Backcast {
            return backcast;
        }
        // Estimated states make more valleys: all starts are followed, and the end of the backcast.
        let optimised = Problem { initial: InitialStates::Optimised, ..problem };
        let mut best = (f64::INFINITY, Solution::none());
        for start in starts.iter().map(|(_, start)| start).chain([&backcast.unknowns]) {
            let solution = descend(&optimised, &optimised.with_backcast_states(start), &mut self.work);
            let cost = optimised.penalised(solution.sum, &solution.unknowns);
            if cost < best.0 {
                best = (cost, solution);
            }
        }
        best.1
    }

    fn fitted(&self, form: EtsForm, solution: &Solution) -> Option<FittedEts> {
        if !solution.sum.is_finite() {
            return None;
        }
        let rough = self.rough[form.season() as usize].as_ref()?;
        let problem = problem(self.spec, &self.scaled, rough, form, self.spec.initial);
        let unknown = |i: usize| solution.unknowns[i];
        let smoothing: Smoothing<f64> = problem.smoothing(unknown);
        let mut seasons = Vec::new();
        let line = problem.initial(&smoothing, unknown, &mut seasons);
        let report = FitReport {
            termination: solution.termination,
            iterations: solution.evaluations,
            gradient_norm: Some(solution.gradient),
            ..FitReport::given()
        };
        let mut fitted = self.scaled.finish(form, &smoothing, line, seasons, report)?;
        // As if one more error of the size of a usual change had been seen: a perfect fit of a few periods promises nothing.
        fitted.sigma2 = fitted.sigma2.max(self.scaled.usual_change(form) / (fitted.degrees_of_freedom() + 1) as f64);
        Some(fitted)
    }
}

fn problem<'a>(
    spec: &Ets,
    scaled: &'a Scaled<'_>,
    rough: &'a Rough,
    form: EtsForm,
    initial: InitialStates,
) -> Problem<'a> {
    let Ets { bounds, estimation, .. } = *spec;
    Problem { form, values: &scaled.values, season: scaled.series.season(), rough, initial, bounds, estimation }
}

/// Where searches begin: levels that hardly move, follow or jump, beside calm and lively slopes and seasons.
const GUESSES: [Smoothing<f64>; 5] = [
    Smoothing { alpha: 0.05, beta: 0.005, gamma: 0.05, phi: 0.95 },
    Smoothing { alpha: 0.3, beta: 0.03, gamma: 0.07, phi: 0.9 },
    Smoothing { alpha: 0.8, beta: 0.008, gamma: 0.02, phi: 0.98 },
    Smoothing { alpha: 0.3, beta: 0.1, gamma: 0.5, phi: 0.85 },
    Smoothing { alpha: 0.01, beta: 0.005, gamma: 0.3, phi: 0.97 },
];

/// Whether a form differs from another in one part, so that its parameters are a good start.
fn is_neighbour(one: EtsForm, other: EtsForm) -> bool {
    usize::from(one.error() != other.error())
        + usize::from(one.trend() != other.trend())
        + usize::from(one.season() != other.season())
        == 1
}
