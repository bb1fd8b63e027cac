//! Profit by a purchase model and a spend model.

use emptor_lifetime::{FittedGammaGamma, PurchaseModel};
use emptor_types::{HistoryView, Invalid};

use crate::value::{CurrentProfit, LifetimeValue, ValueError};

/// The expected profit of the current relationship, per customer and period of the convention:
///
/// ```text
/// RP_it = margin_i · E[spend]_i · (E[X_i(t)] − E[X_i(t−1)])
/// ```
///
/// with `E[X_i(t)]` the expected purchases in the first `t` periods after observation. Survival is inside the
/// expectation, so that the streams need no survival of their own.
///
/// The panel holds customers × periods doubles; a large base is worked off part by part with
/// [`compute_in_parts`](LifetimeValue::compute_in_parts).
///
/// # Errors
/// If a margin is not finite or there is not one per customer, the history's unit is not the model's, or a model cannot
/// answer.
pub fn expected_profit(
    model: &(impl PurchaseModel + ?Sized),
    spend: &FittedGammaGamma,
    history: &HistoryView<'_>,
    convention: &LifetimeValue,
    margin: &[f64],
) -> Result<CurrentProfit, ValueError> {
    let n = history.len();
    let mut checks = Invalid::checks();
    checks.require(margin.len() == n, "margin", &format!("must be one for each of {n} customers"), margin.len());
    checks.require_each("margin", "must be finite", margin, |_, m| m.is_finite());
    checks.finish()?;

    let per_purchase = spend.expected_spend(history)?;
    let periods = convention.periods();
    let period_length = model.unit().per_year() / convention.period().per_year();
    let times: Vec<f64> = (1..=periods).map(|t| t as f64 * period_length).collect();
    let purchases = model.expected_purchases_schedule(history, &times)?;

    let mut panel = Vec::with_capacity(n * periods);
    for customer in 0..n {
        let mut before = 0.0;
        for until in &purchases {
            let now = until[customer];
            panel.push(margin[customer] * per_purchase[customer] * (now - before));
            before = now;
        }
    }
    Ok(CurrentProfit::panel(periods, panel)?)
}
