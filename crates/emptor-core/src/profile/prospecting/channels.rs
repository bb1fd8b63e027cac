//! What winning customers costs, and when it has paid.

use emptor_types::{DiscountRate, Invalid};

use crate::period::Grain;

/// Acquisition cost per new customer.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Cac {
    /// Of what was paid for it. 0 only where nothing was spent at all: a channel that costs salaries only is not free.
    pub cash: Option<f64>,
    /// Of everything, overheads included.
    pub full: Option<f64>,
}

impl Cac {
    /// Cost per new customer; `None` without new customers.
    ///
    /// ```
    /// use emptor_core::profile::prospecting::Cac;
    ///
    /// let search = Cac::of(900.0, 100.0, 50);
    /// assert_eq!((search.cash, search.full), (Some(18.0), Some(20.0)));
    /// let shop = Cac::of(0.0, 100.0, 50);
    /// assert_eq!((shop.cash, shop.full), (None, Some(2.0)));
    /// assert_eq!(Cac::of(0.0, 0.0, 5).cash, Some(0.0));
    /// ```
    #[must_use]
    pub fn of(cash: f64, overhead: f64, new: usize) -> Self {
        let each = |amount: f64| (new > 0).then(|| amount / new as f64);
        let full = each(cash + overhead);
        Self { cash: each(cash).filter(|_| cash > 0.0 || overhead <= 0.0), full }
    }
}

/// The first period in which the margins of an acquired customer, added up and discounted, have paid the acquisition:
/// 1 is the period of acquisition, 0 where there is nothing to pay back, `None` if it has not paid so far. Margins fall in
/// the middle of their periods, the acquisition at the start of the first.
///
/// ```text
/// min k:  Σ_{j=1..k} m_j (1 + d)^−(j − ½)  ≥  CAC
/// ```
///
/// ```
/// use emptor_core::period::Grain;
/// use emptor_core::profile::prospecting::payback;
/// use emptor_types::DiscountRate;
///
/// let margins = [40.0, 30.0, 30.0, 10.0];
/// assert_eq!(payback(&margins, 100.0, None, Grain::Year), Some(3));
/// let rate = DiscountRate::annual_effective(0.10)?;
/// assert_eq!(payback(&margins, 100.0, Some(rate), Grain::Year), None);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[must_use]
pub fn payback(margins: &[f64], cac: f64, rate: Option<DiscountRate>, grain: Grain) -> Option<usize> {
    if cac <= 0.0 {
        return Some(0);
    }
    let force = rate.map_or(0.0, DiscountRate::force) * years(grain)?;
    let mut sum = 0.0;
    let paid = margins.iter().enumerate().find_map(|(k, margin)| {
        sum += margin * (-force * (k as f64 + 0.5)).exp();
        (sum >= cac).then_some(k)
    });
    paid.map(|k| k + 1)
}

/// The length of a period in years; `None` for a window.
fn years(grain: Grain) -> Option<f64> {
    Some(match grain {
        Grain::Day => 1.0 / 365.25,
        Grain::Week => 7.0 / 365.25,
        Grain::Month => 1.0 / 12.0,
        Grain::Quarter => 0.25,
        Grain::Year => 1.0,
        Grain::Window => return None,
    })
}

/// How a rate answers spending per head: `ceiling · (1 − exp(−speed · spend))` (Blattberg & Deighton 1996, *Harvard
/// Business Review* 74).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResponseCurve {
    /// The rate with unlimited spending, above 0 and at most 1.
    pub ceiling: f64,
    /// How fast it is approached, per unit of money.
    pub speed: f64,
    /// What is spent per head now.
    pub spend: f64,
}

impl ResponseCurve {
    /// The rate now.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.ceiling * -(-self.speed * self.spend).exp_m1()
    }

    /// What one customer costs on average; infinite where the rate is 0.
    #[must_use]
    pub fn average_cost(&self) -> f64 {
        self.spend / self.rate()
    }

    /// What one more customer costs: 1 over the slope of the rate.
    #[must_use]
    pub fn marginal_cost(&self) -> f64 {
        1.0 / (self.ceiling * self.speed * (-self.speed * self.spend).exp())
    }
}

/// How winning and keeping answer spending.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResponseCurves {
    /// Of acquisition, per prospect.
    pub acquisition: ResponseCurve,
    /// Of retention, per customer.
    pub retention: ResponseCurve,
}

impl ResponseCurves {
    /// How many times as much it costs to win one more customer as to keep one more. Average costs say nothing of that: at
    /// the best budgets, the marginal costs differ by what the two customers are worth, whatever the averages are (Pfeifer
    /// 2005, *Journal of Targeting, Measurement and Analysis for Marketing* 13).
    ///
    /// ```
    /// use emptor_core::profile::prospecting::{ResponseCurve, ResponseCurves};
    ///
    /// let curves = ResponseCurves {
    ///     acquisition: ResponseCurve { ceiling: 0.2, speed: 0.05, spend: 20.0 },
    ///     retention: ResponseCurve { ceiling: 0.8, speed: 0.1, spend: 20.0 },
    /// };
    /// let ratio = curves.marginal_ratio();
    /// assert!((ratio - (0.8 * 0.1 * (-2.0_f64).exp()) / (0.2 * 0.05 * (-1.0_f64).exp())).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn marginal_ratio(&self) -> f64 {
        self.acquisition.marginal_cost() / self.retention.marginal_cost()
    }

    /// # Errors
    /// All violations.
    pub(super) fn check(&self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        for (curve, name) in [(self.acquisition, "response of acquisition"), (self.retention, "response of retention")]
        {
            let holds = curve.ceiling > 0.0
                && curve.ceiling <= 1.0
                && curve.speed > 0.0
                && curve.speed.is_finite()
                && curve.spend >= 0.0
                && curve.spend.is_finite();
            let rule = "must have a ceiling above 0 and up to 1, a positive speed and a spend of at least 0";
            checks.require(holds, name, rule, format!("{curve:?}"));
        }
        checks.finish()
    }
}

/// How many times as much a new customer costs as keeping one: the claim of "six to eight times".
///
/// ```text
/// ratio = CAC / (spending on retention / customers retained)
/// ```
///
/// The customers retained over a span are those who bought in it and in the span of the same length before it, each counted
/// once: customers retained from month to month, added up, count who stays for a year twelve times, and the ratio would
/// grow with the number of periods. Customers are won once and kept again and again, so that the ratio holds for the span
/// that it is computed over.
///
/// `None` unless something was spent on retention and somebody was retained.
///
/// ```
/// use emptor_core::profile::prospecting::cost_ratio;
///
/// assert_eq!(cost_ratio(60.0, 5_000.0, 500), Some(6.0));
/// ```
#[must_use]
pub fn cost_ratio(cac: f64, retention_spend: f64, retained: usize) -> Option<f64> {
    (retention_spend > 0.0 && retained > 0).then(|| cac / (retention_spend / retained as f64))
}
