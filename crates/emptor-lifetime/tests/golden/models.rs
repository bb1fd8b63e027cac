//! Models by the names of the golden files.

use std::error::Error;

use emptor_lifetime::{
    BetaGeoCnbdKParameters, BetaGeoNbdParameters, Fitted, FittedPurchaseModel, GammaGompertzNbdParameters,
    ModifiedBetaGeoCnbdKParameters, ModifiedBetaGeoNbdParameters, NbdParameters, ParetoNbdParameters, PurchaseModel,
};
use emptor_types::{DiscountRate, HistoryView, Horizon, TimeUnit};

use crate::ClosedForm;

/// The model of a name and parameters, in weeks; `None` if it is not one of this family.
pub(crate) fn purchase_model(
    name: &str,
    values: &[f64],
    k: Option<u32>,
) -> Result<Option<FittedPurchaseModel>, Box<dyn Error>> {
    let week = TimeUnit::Week;
    Ok(Some(match (name, values) {
        ("nbd", &[r, alpha]) => Fitted::from_parameters(NbdParameters { r, alpha }, week)?.into(),
        ("bg_nbd", &[r, alpha, a, b]) => Fitted::from_parameters(BetaGeoNbdParameters { r, alpha, a, b }, week)?.into(),
        ("mbg_nbd", &[r, alpha, a, b]) => {
            Fitted::from_parameters(ModifiedBetaGeoNbdParameters { r, alpha, a, b }, week)?.into()
        }
        ("pareto_nbd", &[r, alpha, s, beta]) => {
            Fitted::from_parameters(ParetoNbdParameters { r, alpha, s, beta }, week)?.into()
        }
        ("ggom_nbd", &[r, alpha, b, s, beta]) => {
            Fitted::from_parameters(GammaGompertzNbdParameters { r, alpha, b, s, beta }, week)?.into()
        }
        ("bg_cnbd", &[r, alpha, a, b]) => {
            let k = k.ok_or("no k")?;
            Fitted::from_parameters(BetaGeoCnbdKParameters { k, r, alpha, a, b }, week)?.into()
        }
        ("mbg_cnbd", &[r, alpha, a, b]) => {
            let k = k.ok_or("no k")?;
            Fitted::from_parameters(ModifiedBetaGeoCnbdKParameters { k, r, alpha, a, b }, week)?.into()
        }
        _ => return Ok(None),
    }))
}

/// What a model says of the customer of a golden value.
pub(crate) fn ask(model: &dyn PurchaseModel, case: &ClosedForm) -> Result<f64, Box<dyn Error>> {
    let (x, recency, end, gaps) = ([case.x], [case.t_x], [case.end], [case.sum_ln_gaps]);
    let history = HistoryView::new(&x, &recency, &end, None, model.unit())?;
    let history =
        if case.k.is_some() && case.quantity == "log_likelihood" { history.with_sum_ln_gaps(&gaps)? } else { history };
    let horizon = || Horizon::new(case.t, model.unit());
    let rate = || DiscountRate::per_period(case.rate.exp_m1(), model.unit());
    Ok(match case.quantity.as_str() {
        "log_likelihood" => model.log_likelihood(&history)?,
        "p_alive" if case.t > 0.0 => model.p_alive_after(&history, horizon()?)?[0],
        "p_alive" => model.p_alive(&history)?[0],
        "expected_purchases" => model.expected_purchases(&history, horizon()?)?[0],
        "expected_purchases_new_customer" => model.expected_purchases_new_customer(horizon()?)?,
        "probability_of_n_purchases" => model.probability_of_n_purchases(&history, case.n, horizon()?)?[0],
        "probability_of_n_purchases_new_customer" => {
            model.probability_of_n_purchases_new_customer(case.n, horizon()?)?
        }
        "dert" => model.dert(&history, rate()?)?[0],
        quantity => return Err(format!("no quantity {quantity}").into()),
    })
}
