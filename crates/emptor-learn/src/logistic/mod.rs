//! Logistic regression.

mod cholesky;
mod design;
mod fitted;
#[cfg(test)]
mod hard_cases;
mod newton;
mod scorecard;
mod term;
#[cfg(test)]
mod tests;

use emptor_types::{Fit, FitReport, Invalid};
use serde::{Deserialize, Serialize};

use self::cholesky::{Cholesky, Dependent};
use self::design::Design;
use self::fitted::Model;
#[cfg(feature = "boosting")]
pub(crate) use self::fitted::probability_of;
pub use self::fitted::{Coefficient, FittedLogistic};
use self::newton::{COLLINEAR, Maximum, maximize, sums};
pub use self::scorecard::Scorecard;
pub use self::term::{Term, Unknowns};
use crate::classifier::{Classifier, FittedClassifier, Labelled};
use crate::{LeakageGuard, LearnError};

/// Columns and levels in all, at most: the information matrix of more does not fit a small machine.
const MOST_COLUMNS: usize = 2000;

/// Logistic regression by Newton's method, with standard errors and odds ratios.
///
/// What it answers: how likely is it that a prospect buys, a customer answers or leaves, and how much does each feature
/// change the odds, the others being equal?
///
/// ```text
/// log(p_i / (1 − p_i)) = β_0 + Σ_j β_j x_ij
/// maximise Σ_i w_i (y_i log p_i + (1 − y_i) log(1 − p_i)) − ½ λ Σ_j β*_j²     McCullagh & Nelder (1989), 4.4.1
/// var β = (X' W X)⁻¹,  W = w_i p_i (1 − p_i)                                  λ = 0
/// var β = (X' W X + λ)⁻¹ X' W X (X' W X + λ)⁻¹                                le Cessie & van Houwelingen (1992)
/// odds ratio = exp β_j,  interval exp(β_j ± z s_j)
/// ```
///
/// Each level of a category is compared with the most frequent one. Unknown numbers count as the mean and have a
/// coefficient of their own ([`Unknowns`]); unknown categories are a level of their own. When scoring, a level the fit has
/// not seen counts as the most frequent one, and an unknown value where the fit saw none as the average. Features that are
/// the same in all rows are left out and listed ([`FittedLogistic::constant`]).
///
/// ```
/// use emptor_learn::{Feature, Features, FittedClassifier, Labelled, LogisticRegression};
/// use emptor_types::{Fit, Level};
///
/// // Space shuttle: distress of O-rings by temperature at launch (Dalal, Fowlkes and Hoadley 1989).
/// let temperature = [
///     66.0, 70.0, 69.0, 68.0, 67.0, 72.0, 73.0, 70.0, 57.0, 63.0, 70.0, 78.0, 67.0, 53.0, 67.0, 75.0, 70.0, 81.0, 76.0,
///     79.0, 75.0, 76.0, 58.0,
/// ];
/// let event: Vec<bool> = (0..23).map(|flight| [1, 8, 9, 10, 13, 20, 22].contains(&flight)).collect();
/// let features = Features::new(&[("temperature", Feature::Numbers(&temperature))])?;
/// let fitted = LogisticRegression::default().fit(&Labelled::new(&features, &event)?)?;
///
/// let slope = fitted.coefficient("temperature").ok_or("there is one")?;
/// assert!((slope.estimate + 0.2322).abs() < 1e-4 && (slope.standard_error - 0.1082).abs() < 1e-4);
/// let (low, high) = slope.odds_ratio_interval(Level::new(0.95)?);
/// assert!(low < slope.odds_ratio() && slope.odds_ratio() < high && high < 1.0);
///
/// let cold = [31.0];
/// let launch = Features::new(&[("temperature", Feature::Numbers(&cold))])?;
/// assert!(fitted.probability(&launch)?[0] > 0.999);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Fit::fit`] refuses declared leaks, rows of one outcome only, no feature that varies, more coefficients than rows,
/// collinear columns ([`LogisticRegressionBuilder::leave_out_collinear`] drops them instead) and separation (see
/// [`LearnError`]); a ridge penalty admits the last three.
///
/// # Numerical notes
/// Numbers are standardised inside, so that columns of any unit are solved equally well; the ridge penalty counts
/// standardised numbers and 0/1 marks, never the intercept. Sums over rows are taken in fixed chunks: results are the
/// same bits on any number of threads. Another order of rows changes the last digits.
///
/// # References
/// McCullagh and Nelder (1989), *Generalized linear models*, 2nd ed. Albert and Anderson (1984), *On the existence of
/// maximum likelihood estimates in logistic regression models*. le Cessie and van Houwelingen (1992), *Ridge estimators
/// in logistic regression*.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Settings", into = "Settings")]
pub struct LogisticRegression {
    settings: Settings,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Settings {
    ridge: f64,
    unknowns: Unknowns,
    leave_out_collinear: bool,
    iteration_limit: usize,
    guard: LeakageGuard,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ridge: 0.0,
            unknowns: Unknowns::default(),
            leave_out_collinear: false,
            iteration_limit: 100,
            guard: LeakageGuard::default(),
        }
    }
}

impl TryFrom<Settings> for LogisticRegression {
    type Error = Invalid;

    fn try_from(settings: Settings) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let ridge = settings.ridge;
        checks.require((0.0..=1e12).contains(&ridge), "ridge", "must be 0 to 1e12", ridge);
        checks.require(settings.iteration_limit > 0, "iteration_limit", "must be at least 1", settings.iteration_limit);
        checks.finish()?;
        Ok(Self { settings })
    }
}

impl From<LogisticRegression> for Settings {
    fn from(regression: LogisticRegression) -> Self {
        regression.settings
    }
}

/// Settings of a [`LogisticRegression`].
///
/// ```
/// use emptor_learn::{LogisticRegression, Unknowns};
///
/// assert!(LogisticRegression::builder().ridge(1.0).unknowns(Unknowns::Mean).build().is_ok());
/// assert!(LogisticRegression::builder().ridge(-1.0).build().is_err());
/// ```
#[derive(Debug, Clone, Default)]
pub struct LogisticRegressionBuilder {
    settings: Settings,
}

impl LogisticRegressionBuilder {
    /// The ridge penalty λ on squared coefficients of standardised numbers and of marks; 0, the default, is none.
    #[must_use]
    pub fn ridge(mut self, ridge: f64) -> Self {
        self.settings.ridge = ridge;
        self
    }

    /// How unknown numbers enter.
    #[must_use]
    pub fn unknowns(mut self, unknowns: Unknowns) -> Self {
        self.settings.unknowns = unknowns;
        self
    }

    /// Leaves out columns that are linear combinations of earlier ones, numbers first, and lists them, instead of
    /// refusing the fit.
    #[must_use]
    pub fn leave_out_collinear(mut self, leave_out: bool) -> Self {
        self.settings.leave_out_collinear = leave_out;
        self
    }

    /// Newton steps, at most; 100 by default. Ten are many.
    #[must_use]
    pub fn iteration_limit(mut self, limit: usize) -> Self {
        self.settings.iteration_limit = limit;
        self
    }

    /// What counts as a suspect of leakage.
    #[must_use]
    pub fn leakage_guard(mut self, guard: LeakageGuard) -> Self {
        self.settings.guard = guard;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// If the penalty is not 0 to 1e12 or the limit is 0.
    pub fn build(self) -> Result<LogisticRegression, LearnError> {
        Ok(LogisticRegression::try_from(self.settings)?)
    }
}

impl LogisticRegression {
    /// Starts a builder with the defaults.
    #[must_use]
    pub fn builder() -> LogisticRegressionBuilder {
        LogisticRegressionBuilder::default()
    }
}

impl Classifier for LogisticRegression {
    fn train(&self, data: &Labelled<'_>) -> Result<Box<dyn FittedClassifier>, LearnError> {
        Ok(Box::new(self.fit(data)?))
    }
}

impl Fit<Labelled<'_>> for LogisticRegression {
    type Fitted = FittedLogistic;
    type Error = LearnError;

    fn fit(&self, data: &Labelled<'_>) -> Result<FittedLogistic, LearnError> {
        let settings = &self.settings;
        let rows = data.check()?;
        let suspects = settings.guard.sampled_suspects(data);
        let mut design = Design::new(data, settings.unknowns)?;
        self.refuse_too_wide(&design, rows)?;
        let (start, null) = null_model(data);
        let at = |design: &Design<'_>| {
            let mut beta = vec![0.0; design.width()];
            beta[0] = start;
            let sums = sums(design, &beta, settings.ridge);
            (beta, sums)
        };
        let (mut beta, mut first) = at(&design);
        let mut collinear = Vec::new();
        if settings.ridge <= 0.0
            && let Err(dependent) = Cholesky::new(&first.information, design.width(), COLLINEAR)
        {
            if !settings.leave_out_collinear {
                return Err(LearnError::Collinear { columns: sentences(&design, &dependent) });
            }
            let out: Vec<usize> = dependent.iter().map(|d| d.column).collect();
            collinear = out.iter().map(|&column| design.columns[column].term.clone()).collect();
            design.leave_out(&out);
            (beta, first) = at(&design);
        }
        let maximum = maximize(&design, beta, first, settings.ridge, settings.iteration_limit);
        if let Some((columns, complete)) = &maximum.separated {
            let columns = columns.iter().map(|&column| design.columns[column].term.to_string()).collect();
            return Err(LearnError::Separation { columns, complete: *complete });
        }
        let report = report(&maximum, &design, rows, settings.ridge);
        if !maximum.termination.is_success() {
            return Err(LearnError::NotConverged { report: Box::new(report) });
        }
        let (coefficients, shrunk) = coefficients(&design, &maximum, settings.ridge)?;
        let model = Model {
            coefficients,
            effective_parameters: shrunk,
            predictors: design.predictors,
            constant: design.constant,
            collinear,
            ridge: settings.ridge,
            null_log_likelihood: null,
            report,
            suspects,
        };
        Ok(FittedLogistic::try_from(model)?)
    }
}

impl LogisticRegression {
    fn refuse_too_wide(&self, design: &Design<'_>, rows: usize) -> Result<(), LearnError> {
        let width = design.width();
        if width > MOST_COLUMNS {
            Err(Invalid::value("features", "must have at most 2000 columns and levels", width))?;
        }
        if self.settings.ridge > 0.0 || width <= rows {
            Ok(())
        } else {
            Err(LearnError::TooFewRows { coefficients: width, rows })
        }
    }
}

/// Log odds and log-likelihood of the model without features.
fn null_model(data: &Labelled<'_>) -> (f64, f64) {
    let (mut events, mut others) = (0.0, 0.0);
    for (row, &event) in data.event().iter().enumerate() {
        *(if event { &mut events } else { &mut others }) += data.weight(row);
    }
    let total = events + others;
    ((events / others).ln(), events * (events / total).ln() + others * (others / total).ln())
}

fn sentences(design: &Design<'_>, dependent: &[Dependent]) -> Vec<String> {
    let name = |&column: &usize| design.columns[column].term.to_string();
    let say = |d: &Dependent| {
        let on: Vec<String> = d.on.iter().map(name).collect();
        format!("{} is a linear combination of {}", name(&d.column), on.join(", "))
    };
    dependent.iter().map(say).collect()
}

fn report(maximum: &Maximum, design: &Design<'_>, rows: usize, ridge: f64) -> FitReport {
    let weight: f64 = (0..design.data.rows()).map(|row| design.data.weight(row)).sum();
    let penalty: f64 = maximum.beta.iter().skip(1).map(|b| 0.5 * ridge * b * b).sum();
    let steepest = maximum.sums.gradient.iter().fold(0.0_f64, |most, g| most.max(g.abs()));
    FitReport {
        termination: maximum.termination,
        iterations: maximum.iterations,
        log_likelihood: Some(maximum.sums.log_likelihood + penalty),
        gradient_norm: Some(steepest / weight),
        parameters: design.width(),
        observations: if design.data.weights().is_some() { weight.round() as usize } else { rows },
        distinct: rows,
        ..FitReport::given()
    }
}

/// Coefficients in raw units, in the order of features, and the effective number of parameters.
fn coefficients(design: &Design<'_>, maximum: &Maximum, ridge: f64) -> Result<(Vec<Coefficient>, f64), LearnError> {
    let width = design.width();
    let separated = |_| LearnError::Separation {
        columns: design.columns.iter().skip(1).map(|column| column.term.to_string()).collect(),
        complete: false,
    };
    let inverse = Cholesky::new(&maximum.sums.information, width, f64::MIN_POSITIVE).map_err(separated)?.inverse();
    let covariance = sandwich(inverse, ridge);
    // Trace of I (I + λ)⁻¹ = p − λ trace of the inverse over penalised columns.
    let effective = width as f64 - covariance.shrunk;
    let covariance = covariance.matrix;
    // b_0 = β_0 − Σ β_j shift_j / scale_j,  b_j = β_j / scale_j
    let pull: Vec<f64> = design.columns.iter().map(|column| column.shift / column.scale).collect();
    // The error, not its square, is brought to the raw unit: squares of tiny units vanish.
    let mut estimates: Vec<(Term, f64, f64)> = Vec::with_capacity(width);
    for (j, column) in design.columns.iter().enumerate() {
        let (estimate, error) = if j == 0 {
            let lead = |i: usize| if i == 0 { 1.0 } else { -pull[i] };
            let shift: f64 = pull.iter().zip(&maximum.beta).map(|(pull, beta)| pull * beta).sum();
            let row = |i: usize| (0..width).map(|k| covariance[i][k] * lead(k)).sum::<f64>();
            let variance: f64 = (0..width).map(|i| lead(i) * row(i)).sum();
            (maximum.beta[0] - shift, variance.max(0.0).sqrt())
        } else {
            (maximum.beta[j] / column.scale, covariance[j][j].max(0.0).sqrt() / column.scale)
        };
        estimates.push((column.term.clone(), estimate, error));
    }
    let names: Vec<&str> = design.data.features().names().collect();
    let place = |term: &Term| term.feature().and_then(|own| names.iter().position(|name| *name == own));
    estimates.sort_by_key(|(term, ..)| place(term).map_or(0, |place| place + 1));
    Ok((estimates.into_iter().map(|(term, b, s)| Coefficient::new(term, b, s)).collect(), effective))
}

struct Covariance {
    matrix: Vec<Vec<f64>>,
    shrunk: f64,
}

/// `(I + λ)⁻¹ I (I + λ)⁻¹ = V − V Λ V` with `V = (I + λ)⁻¹`, Λ = λ but for the intercept.
fn sandwich(inverse: Vec<Vec<f64>>, ridge: f64) -> Covariance {
    if ridge <= 0.0 {
        return Covariance { matrix: inverse, shrunk: 0.0 };
    }
    let width = inverse.len();
    let inner = |i: usize, j: usize| (1..width).map(|k| inverse[i][k] * inverse[k][j]).sum::<f64>();
    let matrix = (0..width).map(|i| (0..width).map(|j| inverse[i][j] - ridge * inner(i, j)).collect()).collect();
    let shrunk = ridge * (1..width).map(|k| inverse[k][k]).sum::<f64>();
    Covariance { matrix, shrunk }
}
