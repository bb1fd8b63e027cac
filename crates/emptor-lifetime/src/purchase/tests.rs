//! Covariates, counts and intervals, whatever the model.

use emptor_types::{Covariates, DiscountRate, Fit, HistoryView, Horizon, Level, TimeUnit};

use crate::testing::TestResult;
use crate::{
    ActsOn, BetaGeoCnbdK, BetaGeoNbdParameters, Coefficient, Fitted, LifetimeError, ModifiedBetaGeoNbd,
    ModifiedBetaGeoNbdParameters, ParetoNbd, ParetoNbdParameters, PurchaseModel, SimulatedHistory,
};

/// Sums over the same rows in another order.
const ROUNDING: f64 = 1e-12;

fn coefficient(covariate: &str, acts_on: ActsOn, value: f64) -> Coefficient {
    Coefficient { covariate: covariate.to_owned(), acts_on, value }
}

fn truth() -> Result<Fitted<ParetoNbdParameters>, LifetimeError> {
    let parameters = ParetoNbdParameters { r: 0.8, alpha: 8.0, s: 0.9, beta: 15.0 };
    let coefficients = vec![
        coefficient("channel", ActsOn::Both, 0.3),
        coefficient("age", ActsOn::Purchase, 0.02),
        coefficient("gender", ActsOn::Dropout, -0.5),
    ];
    Fitted::with_coefficients(parameters, coefficients, TimeUnit::Week)
}

/// Customers of two genders, two channels and five ages.
fn columns(customers: usize) -> [Vec<f64>; 3] {
    let column = |of: fn(usize) -> f64| (0..customers).map(of).collect();
    [column(|i| (i % 2) as f64), column(|i| (i / 2 % 2) as f64), column(|i| 20.0 + 10.0 * (i % 5) as f64)]
}

fn with_base<R>(
    customers: usize,
    of: impl FnOnce(HistoryView<'_>, &SimulatedHistory) -> Result<R, Box<dyn std::error::Error>>,
) -> Result<R, Box<dyn std::error::Error>> {
    let [gender, channel, age] = columns(customers);
    let covariates = Covariates::new(&[("gender", &gender), ("channel", &channel), ("age", &age)])?;
    let base = truth()?.simulate(&vec![52.0; customers], Some(&covariates), 3)?;
    of(base.view()?.with_covariates(&covariates)?, &base)
}

#[test]
fn a_base_with_covariates_gives_its_coefficients_back() -> TestResult {
    with_base(40_000, |history, _| {
        let spec = ParetoNbd::builder()
            .purchase_covariates(["channel", "age"])
            .dropout_covariates(["channel", "gender"])
            .same_coefficient(["channel"])
            .build()?;
        let model = spec.fit(&history)?;
        let expected = [0.8, 8.0, 0.9, 15.0, 0.3, 0.02, -0.5];
        for (estimate, truth) in model.estimates(Level::new(0.95)?)?.iter().zip(expected) {
            let distance = (estimate.value - truth).abs() / estimate.standard_error;
            assert!(distance < 4.0, "{truth}: {estimate:?}");
        }
        assert_eq!(model.report().parameters, 7);

        // The shift and scale of a covariate change nothing but its coefficient, and the parameters at 0.
        let age: Vec<f64> = history.covariates().and_then(|all| all.get("age")).ok_or("no age")?.to_vec();
        let decades: Vec<f64> = age.iter().map(|age| age / 10.0 - 2.0).collect();
        let [gender, channel, _] = columns(age.len());
        let other = Covariates::new(&[("gender", &gender), ("channel", &channel), ("age", &decades)])?;
        let again = spec.fit(&history.with_covariates(&other)?)?;
        let (first, second) = (model.report().log_likelihood, again.report().log_likelihood);
        assert!(first.zip(second).is_some_and(|(a, b)| (a / b - 1.0).abs() < ROUNDING), "{first:?} {second:?}");
        let ratio = again.coefficients()[1].value / model.coefficients()[1].value;
        assert!((ratio - 10.0).abs() < 1e-4, "{ratio}");
        Ok(())
    })
}

#[test]
fn scores_with_covariates_are_those_of_each_customers_own_model() -> TestResult {
    with_base(60, |history, _| {
        let model = truth()?;
        let year = Horizon::weeks(52.0)?;
        let (alive, purchases) = (model.p_alive(&history)?, model.expected_purchases(&history, year)?);
        let [gender, channel, age] = columns(60);
        for row in 0..60 {
            let own = model.individual(&[("gender", gender[row]), ("channel", channel[row]), ("age", age[row])])?;
            let (x, recency) = ([history.frequency()[row]], [history.recency()[row]]);
            let single = HistoryView::new(&x, &recency, &[52.0], None, TimeUnit::Week)?;
            assert!((own.p_alive(&single)?[0] - alive[row]).abs() < ROUNDING);
            assert!((own.expected_purchases(&single, year)?[0] - purchases[row]).abs() < ROUNDING);
        }
        let total: f64 = (0..60)
            .map(|row| {
                let own = model.individual(&[("gender", gender[row]), ("channel", channel[row]), ("age", age[row])])?;
                let (x, recency) = ([history.frequency()[row]], [history.recency()[row]]);
                own.log_likelihood(&HistoryView::new(&x, &recency, &[52.0], None, TimeUnit::Week)?)
            })
            .sum::<Result<f64, LifetimeError>>()?;
        assert!((model.log_likelihood(&history)? / total - 1.0).abs() < ROUNDING);

        let plain = HistoryView::new(history.frequency(), history.recency(), history.t(), None, TimeUnit::Week)?;
        let missing = model.p_alive(&plain);
        assert!(
            matches!(missing, Err(LifetimeError::NoCovariate { ref name, .. }) if name == "channel"),
            "{missing:?}"
        );
        Ok(())
    })
}

#[test]
fn penalties_draw_coefficients_towards_zero_and_a_constant_covariate_is_refused() -> TestResult {
    with_base(3000, |history, _| {
        let size = |penalty: f64| -> Result<f64, LifetimeError> {
            let spec = ModifiedBetaGeoNbd::builder()
                .purchase_covariates(["channel", "gender"])
                .covariate_penalties(penalty, 0.0)
                .build()?;
            Ok(spec.fit(&history)?.coefficients().iter().map(|c| c.value * c.value).sum())
        };
        assert!(size(1.0)? < size(0.05)? && size(0.05)? < size(0.0)?);

        let same = vec![3.0; history.len()];
        let constant = Covariates::new(&[("channel", &same)])?;
        let spec = ParetoNbd::builder().purchase_covariates(["channel"]).build()?;
        let refused = spec.fit(&history.with_covariates(&constant)?);
        assert!(matches!(refused, Err(LifetimeError::ConstantCovariate { .. })), "{refused:?}");
        Ok(())
    })
}

#[test]
fn delta_and_bootstrap_intervals_agree_also_with_counts_and_covariates() -> TestResult {
    let parameters = ModifiedBetaGeoNbdParameters { r: 0.8, alpha: 6.0, a: 0.8, b: 2.0 };
    let coefficients = vec![coefficient("channel", ActsOn::Purchase, 0.4)];
    let truth = Fitted::with_coefficients(parameters, coefficients, TimeUnit::Week)?;
    let [_, channel, _] = columns(1500);
    let covariates = Covariates::new(&[("channel", &channel)])?;
    let base = truth.simulate(&vec![52.0; 1500], Some(&covariates), 5)?;
    let counts: Vec<f64> = (0..1500).map(|i| 1.0 + f64::from(u8::from(i % 3 == 0))).collect();
    let history = base.view()?.with_covariates(&covariates)?.with_counts(&counts)?;
    let spec = ModifiedBetaGeoNbd::builder().purchase_covariates(["channel"]).build()?;
    let model = spec.fit(&history)?;
    let year = Horizon::weeks(52.0)?;
    let quantity = |model: &Fitted<ModifiedBetaGeoNbdParameters>| {
        let new = |channel| model.individual(&[("channel", channel)])?.expected_purchases_new_customer(year);
        Ok(vec![new(0.0)?, new(1.0)?])
    };
    let level = Level::new(0.95)?;
    let delta = model.intervals(level, quantity)?;
    let bootstrap = model.bootstrap(&spec, &history, 120, 9, level, quantity)?;
    assert_eq!((bootstrap.refits, bootstrap.failures), (120, 0));
    for (delta, bootstrap) in delta.iter().zip(&bootstrap.intervals) {
        // Of 120 refits, an end of a 95 % interval is off by a fifth of its width.
        let width = delta.high - delta.low;
        assert!((delta.low - bootstrap.low).abs() < 0.35 * width, "{delta:?} {bootstrap:?}");
        assert!((delta.high - bootstrap.high).abs() < 0.35 * width, "{delta:?} {bootstrap:?}");
    }
    let broken = model.bootstrap(&spec, &history, 20, 9, level, |model| model.individual(&[]).map(|_| Vec::new()));
    assert!(matches!(broken, Err(LifetimeError::NoCovariate { .. })), "{broken:?}");
    Ok(())
}

#[test]
fn covariates_far_from_zero_are_fitted_or_named_and_far_from_the_fitted_ones_refused() -> TestResult {
    with_base(4000, |history, _| {
        let spec = |name: &str| ParetoNbd::builder().purchase_covariates([name]).build();
        let plain = spec("gender")?.fit(&history)?;
        // The same kinds written as years: one unit of the covariate, 1975 units from 0.
        let years: Vec<f64> = columns(4000)[0].iter().map(|gender| 1975.0 + gender).collect();
        let covariates = Covariates::new(&[("year", &years)])?;
        let moved = spec("year")?.fit(&history.with_covariates(&covariates)?)?;
        let (a, b) = (plain.report().log_likelihood, moved.report().log_likelihood);
        assert!(a.zip(b).is_some_and(|(a, b)| (a / b - 1.0).abs() < ROUNDING), "{a:?} {b:?}");

        let model = truth()?;
        let (zero, far) = (vec![0.0; 2], vec![0.0, 1e5]);
        let covariates = Covariates::new(&[("gender", &zero), ("channel", &zero), ("age", &far)])?;
        let two = HistoryView::new(&[0.0, 2.0], &[0.0, 3.0], &[9.0, 9.0], None, TimeUnit::Week)?;
        let refused = model.expected_purchases(&two.with_covariates(&covariates)?, Horizon::weeks(9.0)?);
        let message = refused.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(message.contains("age = 1e5") && message.contains("row 1"), "{message}");

        let new = model.expected_purchases_new_customer(Horizon::weeks(9.0)?);
        assert!(matches!(new, Err(LifetimeError::DependsOnCovariates { .. })), "{new:?}");
        Ok(())
    })
}

#[test]
fn any_rate_of_discount_gives_a_number() -> TestResult {
    let model = Fitted::from_parameters(*truth()?.parameters(), TimeUnit::Week)?;
    let history = HistoryView::new(&[2.0], &[30.0], &[39.0], None, TimeUnit::Week)?;
    let mut before = f64::INFINITY;
    for force in [1e-9, 1e-3, 1.0, 1e3, 1e5, 1e12] {
        let dert = model.dert(&history, DiscountRate::continuous(force)?)?[0];
        assert!(dert > 0.0 && dert < before, "{force}: {dert}");
        before = dert;
    }
    Ok(())
}

#[test]
fn a_specification_is_checked_when_it_is_loaded() -> TestResult {
    let spec = BetaGeoCnbdK::builder().k_up_to(3).build()?;
    let text = serde_json::to_string(&spec)?;
    assert_eq!(serde_json::from_str::<BetaGeoCnbdK>(&text)?, spec);
    for (from, to) in
        [("[1,3]", "[5,1]"), ("[1,3]", "[0,0]"), ("\"purchase_penalty\":0.0", "\"purchase_penalty\":-5.0")]
    {
        assert!(text.contains(from), "{text}");
        assert!(serde_json::from_str::<BetaGeoCnbdK>(&text.replace(from, to)).is_err(), "{to}");
    }
    Ok(())
}

#[test]
fn the_order_that_fits_best_is_reported_even_if_it_cannot_be_used() -> TestResult {
    // Everybody buys every week to the end: the more regular the model, the better it fits, and nobody leaves.
    let (x, t) = ([39.0; 50], [39.0; 50]);
    let history = HistoryView::new(&x, &t, &t, None, TimeUnit::Week)?.with_sum_ln_gaps(&[0.0; 50])?;
    let refused = BetaGeoCnbdK::builder().k_up_to(3).build()?.fit(&history);
    let Err(LifetimeError::NotConverged { parameters, .. }) = &refused else {
        return Err(format!("{refused:?}").into());
    };
    assert!(parameters.contains(&("k".to_owned(), 3.0)), "{parameters:?}");
    Ok(())
}

#[test]
fn odds_of_leaving_keep_their_digits_where_both_shapes_are_tiny() -> TestResult {
    // By hand: 1 / (1 + a/b · ((α+T)/(α+t_x))^(r+1)) with a/b = 1/2.
    let expected = 1.0 / (1.0 + 0.5 * (6.4_f64 / 5.4).powf(1.243));
    let history = HistoryView::new(&[1.0], &[1.0], &[2.0], None, TimeUnit::Week)?;
    for a in [1e-3, 1e-10, 1e-15, 1e-17] {
        let parameters = BetaGeoNbdParameters { r: 0.243, alpha: 4.4, a, b: 2.0 * a };
        let model = Fitted::from_parameters(parameters, TimeUnit::Week)?;
        assert!((model.p_alive(&history)?[0] - expected).abs() < ROUNDING, "{a}");
        assert!(model.log_likelihood(&history)?.is_finite());
    }
    Ok(())
}
