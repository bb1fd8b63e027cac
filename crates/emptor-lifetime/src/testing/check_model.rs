//! The invariants that every purchase model keeps.

use emptor_types::{Fit, HistoryView, Level, TimeUnit};

use super::base::{base_of, with_rows};
use super::check_scores::check_scores;
use super::{TestResult, check_extremes};
use crate::purchase::{LONGEST, Process};
use crate::{Fitted, LifetimeError, PurchaseModel, SimulatedHistory, Spec};

/// Two optima of one likelihood, reached over different roundings: the gradient tolerance over the least curvature.
const SAME_OPTIMUM: f64 = 1e-5;
/// One unit of time expressed in another.
const RESCALED: f64 = 1e-10;
/// Customers of the base that most invariants are checked on.
const CUSTOMERS: usize = 3000;
/// Customers of the base from which parameters are recovered.
const MANY: usize = 50_000;

/// Checks what must hold whatever the model, on bases simulated from `truth`.
pub(crate) fn check_model<P: Process>(truth: P) -> TestResult {
    let spec: Spec<P> = spec_of(truth)?;
    let base = base_of(truth, CUSTOMERS, 7)?;
    let model = spec.fit(&base.view()?)?;
    check_fit(&spec, &base, &model)?;
    check_unit_of_time(&spec, &base, &model)?;
    check_gradient(truth, &base)?;
    check_scores(&model, &base)?;
    check_extremes::<P>(truth.k());
    check_recovery(&spec, truth)?;
    check_refusals(&spec)
}

/// The plain specification, of the order that the truth has.
pub(crate) fn spec_of<P: Process>(truth: P) -> Result<Spec<P>, LifetimeError> {
    let mut builder = Spec::<P>::builder();
    builder.options.orders = (truth.k(), truth.k());
    builder.build()
}

fn check_fit<P: Process>(spec: &Spec<P>, base: &SimulatedHistory, model: &Fitted<P>) -> TestResult {
    let view = base.view()?;
    let report = model.report();
    assert!(report.termination.is_success(), "{report}");
    assert_eq!((report.observations, report.parameters), (base.t.len(), P::PARAMETERS.len()));
    assert!(report.condition_number.is_some_and(|condition| condition >= 1.0), "{report:?}");
    let fitted = model.log_likelihood(&view)?;
    assert!((report.log_likelihood.unwrap_or(f64::NAN) - fitted).abs() <= RESCALED * fitted.abs());
    assert_eq!(&spec.fit(&base.shuffled().view()?)?, model, "the order of rows must not move a bit");

    let twice = spec.fit(&base.doubled().view()?)?;
    for (twice, once) in twice.parameters().values().iter().zip(model.parameters().values()) {
        assert!((twice / once - 1.0).abs() < SAME_OPTIMUM, "twice the data: {twice} against {once}");
    }
    let counts = vec![2.0; base.t.len()];
    let counted = spec.fit(&view.with_counts(&counts)?)?;
    assert_eq!(counted, twice, "rows counted twice are rows written twice");

    let mut fits = Vec::new();
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        fits.push(pool.install(|| spec.fit(&view))?);
    }
    assert!(fits.iter().all(|fit| fit == model), "the number of threads must not move a bit");

    let again: Fitted<P> = serde_json::from_str(&serde_json::to_string(model)?)?;
    assert_eq!(&again, model);
    let spec_again: Spec<P> = serde_json::from_str(&serde_json::to_string(spec)?)?;
    assert_eq!(&spec_again, spec);
    let given = Fitted::from_parameters(*model.parameters(), model.unit())?;
    assert_eq!(given.p_alive(&view)?, model.p_alive(&view)?, "parameters alone score");
    assert!(matches!(given.estimates(Level::new(0.9)?), Err(LifetimeError::NoCertainty { .. })));
    Ok(())
}

fn check_unit_of_time<P: Process>(spec: &Spec<P>, base: &SimulatedHistory, model: &Fitted<P>) -> TestResult {
    let in_days = base.in_days();
    let days = in_days.view()?;
    assert!(matches!(model.p_alive(&days), Err(LifetimeError::UnitMismatch { .. })));
    if P::DISCRETE {
        return Ok(());
    }
    let daily = spec.fit(&days)?;
    for ((day, week), parameter) in
        daily.parameters().values().iter().zip(model.parameters().values()).zip(P::PARAMETERS)
    {
        let factor = 7.0_f64.powi(parameter.time_power);
        assert!((day / week / factor - 1.0).abs() < SAME_OPTIMUM, "{}: {day} a day, {week} a week", parameter.name);
    }
    for (day, week) in daily.p_alive(&days)?.iter().zip(model.p_alive(&base.view()?)?) {
        assert!((day - week).abs() < SAME_OPTIMUM);
    }
    Ok(())
}

fn check_gradient<P: Process>(truth: P, base: &SimulatedHistory) -> TestResult {
    /// Truncation of central differences with the step below, plus rounding, relative to the gradient's scale.
    const CENTRAL_DIFFERENCE: f64 = 1e-6;
    const STEP: f64 = 1e-5;
    let view = base.view()?;
    let longest = base.t.iter().copied().fold(0.0, f64::max);
    let sample = P::compress(&view, if P::DISCRETE { 1.0 } else { longest / LONGEST });
    for factors in [[1.0; 8], [3.0, 0.3, 1.0, 2.0, 0.5, 1.0, 1.0, 1.0], [0.2, 1.0, 4.0, 0.7, 2.0, 1.0, 1.0, 1.0]] {
        let values: Vec<f64> = truth.values().iter().zip(factors).map(|(value, factor)| value * factor).collect();
        let (_, gradient) = P::from_values(&values, truth.k()).evaluate(&sample);
        let scale = gradient.iter().zip(&values).fold(1.0, |scale, (g, value)| f64::max(scale, (g * value).abs()));
        for i in 0..values.len() {
            let at = |factor: f64| {
                let mut moved = values.clone();
                moved[i] *= factor;
                P::from_values(&moved, truth.k()).evaluate(&sample).0
            };
            if let Some(curvature) = P::from_values(&values, truth.k()).curvature(&sample) {
                let gradient = |factor: f64| {
                    let mut moved = values.clone();
                    moved[i] *= factor;
                    P::from_values(&moved, truth.k()).evaluate(&sample).1
                };
                let (above, below) = (gradient(1.0 + STEP), gradient(1.0 - STEP));
                for j in 0..values.len() {
                    let slope = (above[j] - below[j]) / (2.0 * STEP) * values[j];
                    let error = (slope - curvature.at(i, j) * values[i] * values[j]).abs();
                    assert!(error < CENTRAL_DIFFERENCE * scale, "{i} {j} of {values:?}: {slope} {curvature:?}");
                }
            }
            let slope = (at(1.0 + STEP) - at(1.0 - STEP)) / (2.0 * STEP);
            let error = (slope - gradient[i] * values[i]).abs();
            assert!(
                error < CENTRAL_DIFFERENCE * scale,
                "{} of {values:?}: {slope} {gradient:?}",
                P::PARAMETERS[i].name
            );
        }
    }
    Ok(())
}

fn check_recovery<P: Process>(spec: &Spec<P>, truth: P) -> TestResult {
    let model = spec.fit(&base_of(truth, MANY, 11)?.view()?)?;
    for (estimate, truth) in model.estimates(Level::new(0.95)?)?.iter().zip(truth.values()) {
        // Four standard errors of the logarithm, in which the likelihood is closest to a parabola.
        let distance = (estimate.value / truth).ln().abs() / (estimate.standard_error / estimate.value);
        assert!(distance < 4.0, "{} = {truth}: {estimate:?}", estimate.name);
    }
    Ok(())
}

fn check_refusals<P: Process>(spec: &Spec<P>) -> TestResult {
    let empty = HistoryView::new(&[], &[], &[], None, TimeUnit::Week)?;
    assert_eq!(spec.fit(&empty), Err(LifetimeError::Empty { model: P::NAME }));
    let never = [(0.0, 0.0, 10.0), (0.0, 0.0, 9.0), (0.0, 0.0, 8.0)];
    let one = [(2.0, 7.0, 9.0)];
    for rows in [&never[..], &one] {
        // One customer, or nobody who came back: an error, or a fit whose numbers are numbers.
        match with_rows(rows, TimeUnit::Week, |view| spec.fit(&view))? {
            Ok(model) => assert!(model.parameters().values().iter().all(|value| value.is_finite())),
            Err(error) => assert!(
                matches!(error, LifetimeError::NotConverged { .. } | LifetimeError::NoRepeatPurchases { .. }),
                "{error}"
            ),
        }
    }
    Ok(())
}
