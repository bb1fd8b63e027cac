use emptor_lifetime::{
    BetaDiscreteWeibullParameters, FittedBetaDiscreteWeibull, FittedShiftedBetaGeo, ShiftedBetaGeo,
    ShiftedBetaGeoParameters, Standing,
};
use emptor_types::{ContractHistory, Fit, TimeUnit};

use super::super::{ClosedForm, ContractModel, acquisition_value, residual_value, residual_values};
use super::{Outcome, ROUNDING, close, customer, yearly};

fn beta_geometric(alpha: f64, beta: f64) -> Result<FittedShiftedBetaGeo, Box<dyn std::error::Error>> {
    Ok(FittedShiftedBetaGeo::from_parameters(ShiftedBetaGeoParameters { alpha, beta }, TimeUnit::Year)?)
}

#[test]
fn the_high_end_contracts_have_their_published_discounted_lives() -> Outcome {
    // Fader & Hardie (2007), "High End": α = .668, β = 3.806; DEL and DERL by direct summation at 10 %.
    let survivors = [1000.0, 869.0, 743.0, 653.0, 593.0, 551.0, 517.0, 491.0];
    let history = ContractHistory::from_survivors(&[&survivors], TimeUnit::Year)?;
    let fitted = ShiftedBetaGeo::builder().build()?.fit(&history)?;
    close(fitted.parameters().alpha, 0.668, 5.1e-4);
    close(fitted.parameters().beta, 3.806, 5.1e-4);
    let published = beta_geometric(0.668, 3.806)?;
    close(acquisition_value(&published, 100.0, yearly(0.1)?)?, 592.2596, 1e-4);
    close(residual_value(&published, 100.0, 3, yearly(0.1)?, Standing::BeforeRenewal)?, 662.0280, 1e-4);
    close(acquisition_value(&fitted, 1.0, yearly(0.1)?)?, 5.922_596, 1e-3);
    Ok(())
}

#[test]
fn one_rate_for_all_hides_who_is_loyal() -> Outcome {
    // Fader & Hardie's note on the aggregate retention rate: α = .764, β = 1.296, 10 %, 100 a year.
    let model = beta_geometric(0.764, 1.296)?;
    for (active, value) in [(1, 288.22), (2, 393.94), (5, 568.25)] {
        close(residual_value(&model, 100.0, active - 1, yearly(0.1)?, Standing::BeforeRenewal)?, value, 5.1e-3);
    }
    // The rate of the whole base, .833, says the same for everybody: T1 seen from just before the renewal.
    let constant = customer(100.0, 0.833, 0.1)?.value(ClosedForm::T1)?.amount() * 1.1;
    close(constant, 343.18, 5.1e-3);
    Ok(())
}

#[test]
fn values_keep_their_identities() -> Outcome {
    let model = beta_geometric(0.668, 3.806)?;
    let rate = yearly(0.1)?;
    // Acquisition = the first margin + the residual value after it.
    let after = residual_value(&model, 70.0, 0, rate, Standing::AfterRenewal)?;
    close(acquisition_value(&model, 70.0, rate)?, 70.0 + after, ROUNDING);
    close(residual_value(&model, 70.0, 0, rate, Standing::BeforeRenewal)?, 1.1 * after, ROUNDING);
    // Customers alike, α and β without bounds: the constant rate.
    let alike = beta_geometric(2e8, 8e8)?;
    let constant = customer(70.0, 0.8, 0.1)?;
    close(acquisition_value(&alike, 70.0, rate)?, constant.value(ClosedForm::T2)?.amount(), 1e-5);
    close(
        residual_value(&alike, 70.0, 5, rate, Standing::AfterRenewal)?,
        constant.value(ClosedForm::T1)?.amount(),
        1e-5,
    );
    Ok(())
}

#[test]
fn every_customer_gets_a_residual_value_and_the_lost_get_none() -> Outcome {
    let weibull = FittedBetaDiscreteWeibull::from_parameters(
        BetaDiscreteWeibullParameters { alpha: 0.7, beta: 1.3, c: 1.2 },
        TimeUnit::Year,
    )?;
    let history = ContractHistory::new(&[1.0, 3.0, 2.0], &[1.0, 3.0, 5.0], TimeUnit::Year)?;
    let rate = yearly(0.1)?;
    let values = residual_values(&weibull, &[10.0, 20.0, 30.0], &history, rate, Standing::AfterRenewal)?;
    close(values[0], residual_value(&weibull, 10.0, 0, rate, Standing::AfterRenewal)?, ROUNDING);
    close(values[1], residual_value(&weibull, 20.0, 2, rate, Standing::AfterRenewal)?, ROUNDING);
    close(values[2], 0.0, 0.0);
    assert_eq!(ContractModel::unit(&weibull), TimeUnit::Year);

    assert!(residual_values(&weibull, &[10.0], &history, rate, Standing::AfterRenewal).is_err());
    assert!(residual_values(&weibull, &[10.0, f64::NAN, 1.0], &history, rate, Standing::AfterRenewal).is_err());
    let monthly = ContractHistory::new(&[1.0], &[1.0], TimeUnit::Month)?;
    assert!(residual_values(&weibull, &[10.0], &monthly, rate, Standing::AfterRenewal).is_err());
    assert!(acquisition_value(&weibull, f64::NAN, rate).is_err());
    // Without a discount this life is endless.
    assert!(acquisition_value(&beta_geometric(0.668, 3.806)?, 1.0, yearly(0.0)?).is_err());
    Ok(())
}
