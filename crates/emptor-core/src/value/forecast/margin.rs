//! Margin rates of customers, as far as their own history is to be believed.

use emptor_types::{ExactSum, Invalid};
use serde::{Deserialize, Serialize};

use super::Credibility;
use super::credibility::{Member, estimate, order_free_sum, sort};

/// The margin rate of every customer, shrunk to that of the base by credibility (Bühlmann & Straub 1970): a customer with
/// two small orders has no margin of their own yet, one with years of large ones has.
///
/// ```text
/// rate_i = Z_i · profit_i / revenue_i + (1 − Z_i) · profit / revenue        Z_i = revenue_i / (revenue_i + K)
/// ```
/// Revenue is the volume of an observation. `K` is estimated from how much the rates of a customer's periods differ
/// (those with positive revenue) against how much customers differ. Customers without positive revenue have the base's
/// rate. Cost to serve, where it is in the profit, is taken to go along with revenue.
///
/// ```
/// use emptor_core::value::forecast::CustomerMargins;
///
/// // Two periods of three customers; the last has hardly bought.
/// let revenue = [400.0, 600.0, 500.0, 500.0, 0.0, 1.0];
/// let profit = [165.0, 235.0, 102.0, 98.0, 0.0, -0.5];
/// let margins = CustomerMargins::estimate(2, &revenue, &profit)?;
/// assert!((margins.rates()[0] - 0.40).abs() < 0.02 && (margins.rates()[1] - 0.20).abs() < 0.02);
/// assert!(margins.rates()[2] > 0.0); // its own rate is −0.5
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct CustomerMargins {
    rates: Vec<f64>,
    base: f64,
    credibility: Credibility,
}

/// The saved form; loading checks it again.
#[derive(Deserialize)]
struct Stored {
    rates: Vec<f64>,
    base: f64,
    credibility: Credibility,
}

impl TryFrom<Stored> for CustomerMargins {
    type Error = Invalid;

    fn try_from(Stored { rates, base, credibility }: Stored) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(base.is_finite(), "base rate", "must be finite", base);
        checks.require_each("rate", "must be finite", &rates, |_, rate| rate.is_finite());
        checks.finish()?;
        Ok(Self { rates, base, credibility })
    }
}

impl CustomerMargins {
    /// Estimates the rates from profit and net revenue per customer and period, row-major: all periods of the first
    /// customer, then of the second. `NaN` is a period about which nothing is known.
    ///
    /// # Errors
    /// Unless both panels have whole rows of `periods` (at least 1) and are equally long, a profit is known wherever
    /// revenue is and the other way round, none is infinite, and the base has positive revenue.
    pub fn estimate(periods: usize, revenue: &[f64], profit: &[f64]) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let whole = periods > 0 && revenue.len().is_multiple_of(periods);
        checks.require(whole, "revenue", "must have the same number of periods, at least 1, for all", revenue.len());
        checks.require(profit.len() == revenue.len(), "profit", "must be as long as revenue", profit.len());
        checks.finish()?;
        let mut checks = Invalid::checks();
        checks.require_each("profit", "must be known where revenue is", profit, |i, p| {
            !p.is_nan() || revenue[i].is_nan()
        });
        checks.require_each("revenue", "must be known where profit is", revenue, |i, r| {
            !r.is_nan() || profit[i].is_nan()
        });
        checks.finish()?;
        let customers = revenue.len() / periods;
        let known = || (0..revenue.len()).filter(|cell| !revenue[*cell].is_nan());
        let customer: Vec<usize> = known().map(|cell| cell / periods).collect();
        let [revenue, profit] = [revenue, profit].map(|panel| known().map(|cell| panel[cell]).collect::<Vec<f64>>());
        Self::of_cells(customers, &customer, &revenue, &profit)
    }

    /// Estimates the rates of `customers` from cells that name their customer, by place: one for every period in which
    /// something was sold to them or came back.
    ///
    /// # Errors
    /// Unless the columns are equally long, every place is one of the customers', all amounts are finite, and the base
    /// has positive revenue.
    pub fn of_cells(customers: usize, customer: &[usize], revenue: &[f64], profit: &[f64]) -> Result<Self, Invalid> {
        let cells = customer.len();
        let mut checks = Invalid::checks();
        let rule = format!("must be one for each of {cells} cells");
        checks.require(revenue.len() == cells, "revenue", &rule, revenue.len());
        checks.require(profit.len() == cells, "profit", &rule, profit.len());
        let stranger = customer.iter().find(|place| **place >= customers);
        let rule = format!("must be a place below {customers}");
        checks.require(stranger.is_none(), "customer", &rule, stranger.copied().unwrap_or_default());
        checks.require_each("revenue", "must be finite", revenue, |_, r| r.is_finite());
        checks.require_each("profit", "must be finite", profit, |_, p| p.is_finite());
        let total = |amounts: &[f64]| amounts.iter().copied().collect::<ExactSum>().value();
        // Sums of what is not finite have been refused above.
        checks.require(total(revenue) > 0.0, "revenue", "must be positive in all", total(revenue));
        checks.finish()?;

        let mut order: Vec<usize> = (0..cells).collect();
        let key = |cell: usize| (customer[cell], revenue[cell], profit[cell]);
        // Ties in amounts of one customer are equal cells, so that the order of cells does not matter.
        order.sort_unstable_by(|a, b| {
            let (a, b) = (key(*a), key(*b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.total_cmp(&b.2))
        });
        let mut own: Vec<Option<Member>> = vec![None; customers];
        let mut squares = Vec::new();
        let mut freedom = 0;
        for cells in order.chunk_by(|a, b| customer[*a] == customer[*b]) {
            let sum = |amounts: &[f64]| cells.iter().map(|cell| amounts[*cell]).collect::<ExactSum>().value();
            let weight = sum(revenue);
            if weight <= 0.0 {
                continue;
            }
            own[customer[cells[0]]] = Some(Member { group: 0, weight, mean: sum(profit) / weight });
            let seen =
                || cells.iter().map(|cell| (revenue[*cell], profit[*cell])).filter(|(revenue, _)| *revenue > 0.0);
            let (volume, gain) = seen().fold((0.0, 0.0), |(volume, gain), (r, p)| (volume + r, gain + p));
            squares.extend(seen().map(|(r, p)| r * (p / r - gain / volume).powi(2)));
            freedom += seen().count().saturating_sub(1);
        }
        let mut members: Vec<Member> = own.iter().flatten().copied().collect();
        sort(&mut members);
        // Where nobody was seen twice there is no telling, and everyone has the base's rate.
        let credibility = match estimate(order_free_sum(squares.iter().copied()), freedom as f64, &members) {
            Some(credibility) => credibility,
            None => Credibility::given(f64::INFINITY)?,
        };
        let base = total(profit) / total(revenue);
        let rate =
            |own: &Option<Member>| own.map_or(base, |member| credibility.blend(member.weight, member.mean, base));
        Ok(Self { rates: own.iter().map(rate).collect(), base, credibility })
    }

    /// One rate per customer.
    #[must_use]
    pub fn rates(&self) -> &[f64] {
        &self.rates
    }

    /// The rate of the whole base.
    #[must_use]
    pub fn base(&self) -> f64 {
        self.base
    }

    /// How far own rates are believed; `K` is in the currency of revenue.
    #[must_use]
    pub fn credibility(&self) -> Credibility {
        self.credibility
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounding of sums of squares.
    const ROUNDING: f64 = 1e-12;

    #[test]
    fn the_credibility_is_that_of_buhlmann_and_straub() -> Result<(), Invalid> {
        // Two customers of two periods, by hand: rates .2 .4 | .5 .9 of revenues 10 30 | 20 20.
        let margins = CustomerMargins::estimate(2, &[10.0, 30.0, 20.0, 20.0], &[2.0, 12.0, 10.0, 18.0])?;
        // Own rates .35 and .7. Within: 10·.15² + 30·.05² + 20·.2² + 20·.2² = 1.9, over 2 degrees of freedom.
        let within = 0.95;
        // Between: weights 40 and 40 about .525: 80·.175² − within, over 80 − 40.
        let between = (80.0 * 0.175_f64.powi(2) - within) / 40.0;
        assert!((margins.credibility().within() - within).abs() < ROUNDING);
        assert!((margins.credibility().between() - between).abs() < ROUNDING);
        let z = 40.0 / (40.0 + within / between);
        assert!((margins.rates()[0] - (z * 0.35 + (1.0 - z) * 0.525)).abs() < ROUNDING);
        Ok(())
    }

    #[test]
    fn customers_who_differ_by_chance_or_were_seen_once_have_the_rate_of_the_base() -> Result<(), Invalid> {
        let alike = CustomerMargins::estimate(2, &[10.0, 10.0, 10.0, 10.0], &[1.0, 5.0, 5.0, 1.0])?;
        assert!(alike.rates().iter().all(|rate| (rate - 0.3).abs() < ROUNDING));
        let once = CustomerMargins::estimate(1, &[10.0, 10.0], &[1.0, 5.0])?;
        assert!(once.rates().iter().all(|rate| (rate - 0.3).abs() < ROUNDING));
        Ok(())
    }

    #[test]
    fn a_customer_of_returns_only_has_the_rate_of_the_base() -> Result<(), Invalid> {
        let margins = CustomerMargins::estimate(
            2,
            &[10.0, 12.0, -5.0, 0.0, 9.0, f64::NAN],
            &[5.0, 6.0, -5.0, -1.0, 1.0, f64::NAN],
        )?;
        assert!((margins.rates()[1] - margins.base()).abs() < ROUNDING);
        assert!((margins.base() - 6.0 / 26.0).abs() < ROUNDING);
        Ok(())
    }

    #[test]
    fn panels_that_do_not_match_are_refused() {
        for (periods, revenue, profit) in [
            (0, vec![1.0], vec![1.0]),
            (2, vec![1.0], vec![1.0]),
            (1, vec![1.0], vec![1.0, 2.0]),
            (1, vec![1.0], vec![f64::NAN]),
            (1, vec![f64::NAN, 1.0], vec![1.0, 1.0]),
            (1, vec![-1.0], vec![1.0]),
            (1, vec![f64::INFINITY], vec![1.0]),
        ] {
            assert!(CustomerMargins::estimate(periods, &revenue, &profit).is_err(), "{periods} {revenue:?}");
        }
    }

    #[test]
    fn saved_rates_are_checked_when_they_are_loaded() -> Result<(), Box<dyn std::error::Error>> {
        let margins = CustomerMargins::estimate(2, &[10.0, 30.0, 20.0, 20.0], &[2.0, 12.0, 10.0, 18.0])?;
        let text = serde_json::to_string(&margins)?;
        assert_eq!(serde_json::from_str::<CustomerMargins>(&text)?, margins);
        let bad = text.replace("\"within\":", "\"within\":-");
        assert!(bad != text && serde_json::from_str::<CustomerMargins>(&bad).is_err());
        Ok(())
    }
}
