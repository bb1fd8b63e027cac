//! Every quantity of every model against integration over the heterogeneity at fifty digits.

use serde::Deserialize;

use crate::models::{ask, purchase_model};
use crate::{ClosedForm, TestResult, golden};

#[derive(Deserialize)]
struct Oracle {
    closed_form: Vec<ClosedForm>,
}

/// Compares all cases and reports the worst; returns how many were compared.
fn check(cases: &[ClosedForm]) -> Result<usize, Box<dyn std::error::Error>> {
    let (mut compared, mut wrong) = (0, Vec::new());
    for case in cases {
        let Some(model) = purchase_model(&case.model, &case.parameters, case.k)? else { continue };
        compared += 1;
        if case.quantity.ends_with("new_customer") && case.t <= 0.0 {
            continue; // a horizon is longer than nothing
        }
        match ask(&model, case) {
            Ok(value) => {
                let error = (value - case.expected).abs();
                if error.is_nan() || error > case.relative * case.expected.abs() + case.absolute {
                    wrong.push(format!("{value:e} for {case:?}"));
                }
            }
            Err(error) => wrong.push(format!("{error} for {case:?}")),
        }
    }
    assert!(wrong.is_empty(), "{} of {compared} differ:\n{}", wrong.len(), wrong.join("\n"));
    Ok(compared)
}

#[test]
fn every_quantity_agrees_with_the_oracle() -> TestResult {
    let compared = check(&golden::<Oracle>("oracle.toml")?.closed_form)?;
    assert!(compared > 700, "{compared}");
    Ok(())
}

#[test]
fn every_closed_form_agrees_with_the_published_figure() -> TestResult {
    let compared = check(&golden::<Oracle>("published.toml")?.closed_form)?;
    assert!(compared > 25, "{compared}");
    Ok(())
}
