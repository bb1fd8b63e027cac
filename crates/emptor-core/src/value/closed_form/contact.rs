//! Which customers are worth a mailing, and what a mailing earns.

use emptor_types::{Invalid, Probability};

/// What a contact (a mailing, a call) costs and what a response to it brings.
///
/// A contact pays if the margin that it is expected to bring is more than it costs:
/// ```text
/// response rate × margin per response > contact cost
/// break-even rate = contact cost / margin per response
/// profit          = contacts × (response rate × margin per response − contact cost)
/// ```
/// Contact everybody whose expected response rate is above the break-even rate and nobody else: the last contact then
/// brings what it costs, and the sum of profits is as large as it can be (Bult & Wansbeek 1995, "Optimal selection for
/// direct mail", Marketing Science 14(4)). Costs that do not depend on the number of contacts do not move the cut-off.
///
/// ```
/// use emptor_core::value::closed_form::ContactEconomics;
/// use emptor_types::Probability;
///
/// // Hughes, Strategic Database Marketing (1994): a piece costs .55 and a response brings 40. After a test only the
/// // cells above the break-even rate were mailed, 554,182 customers, who responded at 2.76 %.
/// let mailing = ContactEconomics::new(0.55, 40.0)?;
/// assert!((mailing.break_even_rate() - 0.013_75).abs() < 1e-12);
/// assert!((mailing.profit(554_182, Probability::new(0.0276)?)? - 307_016.8).abs() < 0.1);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContactEconomics {
    contact_cost: f64,
    margin_per_response: f64,
}

impl ContactEconomics {
    /// Contacts that cost so much each, and bring so much margin for each response, the cost of the contact not yet taken
    /// off.
    ///
    /// # Errors
    /// Unless the cost is finite and not negative and the margin finite and positive.
    pub fn new(contact_cost: f64, margin_per_response: f64) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let cost = contact_cost.is_finite() && contact_cost >= 0.0;
        checks.require(cost, "contact cost", "must be finite and not negative", contact_cost);
        let margin = margin_per_response.is_finite() && margin_per_response > 0.0;
        checks.require(margin, "margin per response", "must be finite and positive", margin_per_response);
        checks.finish()?;
        Ok(Self { contact_cost, margin_per_response })
    }

    /// The response rate at which a contact brings what it costs. Above 1 no contact can pay.
    ///
    /// ```
    /// use emptor_core::value::closed_form::ContactEconomics;
    ///
    /// assert!((ContactEconomics::new(2.0, 32.0)?.break_even_rate() - 0.0625).abs() < 1e-12);
    /// # Ok::<(), emptor_types::Invalid>(())
    /// ```
    #[must_use]
    pub fn break_even_rate(&self) -> f64 {
        self.contact_cost / self.margin_per_response
    }

    /// What so many contacts earn if this part of them responds; negative below the break-even rate.
    ///
    /// # Errors
    /// If the profit is too large for a double.
    pub fn profit(&self, contacts: u64, response_rate: Probability) -> Result<f64, Invalid> {
        let profit = contacts as f64 * (response_rate.get() * self.margin_per_response - self.contact_cost);
        if profit.is_finite() {
            Ok(profit)
        } else {
            Err(Invalid::value("profit", "must be within the range of a double", profit))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_roll_out_earns_what_was_published() -> Result<(), Invalid> {
        let mailing = ContactEconomics::new(0.55, 40.0)?;
        let profit = mailing.profit(554_182, Probability::new(0.0276)?)?;
        assert!((profit - 307_016.8).abs() < 0.1, "Hughes 1994: {profit}");
        Ok(())
    }

    #[test]
    fn at_the_break_even_rate_nothing_is_earned_and_profit_has_the_sign_of_the_distance() -> Result<(), Invalid> {
        for (cost, margin, rate) in [(2.0, 32.0, 0.0625), (0.55, 40.0, 0.013_75), (0.0, 5.0, 0.0), (5.0, 5.0, 1.0)] {
            let mailing = ContactEconomics::new(cost, margin)?;
            let even = mailing.break_even_rate();
            assert!((even - rate).abs() < 1e-12, "{cost} of {margin}: {even}");
            assert!(mailing.profit(1_000, Probability::new(even)?)?.abs() < 1e-9);
            for other in [0.0, 0.01, 0.05, 0.07, 0.5, 1.0] {
                let profit = mailing.profit(1_000, Probability::new(other)?)?;
                // 1000 contacts each of `margin` more for a response.
                assert!((profit - 1_000.0 * margin * (other - even)).abs() < 1e-9, "{other}: {profit}");
            }
        }
        assert!(ContactEconomics::new(3.0, 2.0)?.break_even_rate() > 1.0);
        Ok(())
    }

    #[test]
    fn choosing_above_the_break_even_rate_earns_most() -> Result<(), Invalid> {
        let mailing = ContactEconomics::new(2.0, 32.0)?;
        let cells = [(500, 0.12), (800, 0.07), (1_200, 0.06), (3_000, 0.01)];
        let earned = |cut: f64| {
            let chosen = cells.iter().filter(|(_, rate)| *rate > cut);
            chosen.map(|&(customers, rate)| mailing.profit(customers, Probability::new(rate)?)).sum::<Result<f64, _>>()
        };
        let best = earned(mailing.break_even_rate())?;
        for cut in [0.0, 0.03, 0.065, 0.1, 0.5] {
            assert!(earned(cut)? <= best, "{cut}");
        }
        assert!((best - (500.0 * 1.84 + 800.0 * 0.24)).abs() < 1e-9);
        Ok(())
    }

    #[test]
    fn every_violation_is_reported_at_once() -> Result<(), Invalid> {
        let text = ContactEconomics::new(-1.0, 0.0).map_err(|error| error.to_string());
        assert!(text.is_err_and(|text| text.contains("contact cost") && text.contains("margin per response")));
        for (cost, margin) in
            [(f64::NAN, 1.0), (f64::INFINITY, 1.0), (1.0, f64::NAN), (1.0, f64::INFINITY), (1.0, -2.0)]
        {
            assert!(ContactEconomics::new(cost, margin).is_err(), "{cost}, {margin}");
        }
        let large = ContactEconomics::new(0.0, 1e300)?;
        assert!(large.profit(u64::MAX, Probability::new(1.0)?).is_err());
        Ok(())
    }
}
