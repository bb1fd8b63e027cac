//! What moves the customer equity of an analysis.

use emptor_types::{DiscountRate, Horizon, Invalid, TimeUnit};

use super::error::AnalysisError;
use super::results::AnalysisResults;
use crate::value::equity::{BaseFlows, Change, EquityModel, EquityValue, Lever, Relationship};
use crate::value::{FirstPayment, RetentionRate, ValueError};

/// How far margins, and the share of customers who leave, are moved.
const SHARE: f64 = 0.1;
/// How far the discount rate is moved, a year.
const POINTS: f64 = 0.02;

/// Total customer equity at the two ends of a lever, all else as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Swing {
    /// The lever, e.g. `discount rate`.
    pub lever: String,
    /// Its low end, e.g. `10 % a year`.
    pub low: String,
    /// Its high end.
    pub high: String,
    /// Total equity at the low end.
    pub at_low: f64,
    /// Total equity at the high end.
    pub at_high: f64,
}

impl Swing {
    /// How far apart the ends are.
    #[must_use]
    pub fn width(&self) -> f64 {
        (self.at_high - self.at_low).abs()
    }
}

impl AnalysisResults {
    /// The base as levers act upon it, for elasticities, scenarios and plans to win customers; see [`EquityModel`].
    ///
    /// Its retention is the share of a period's expected profit that is left in the next one: in buy-till-you-die models the
    /// profit of a base falls because customers leave and because those who buy often leave sooner or later.
    ///
    /// # Errors
    /// [`ValueError::Invalid`] where the flows are not finite.
    pub fn equity_model(&self) -> Result<EquityModel, ValueError> {
        let base = Relationship::of_base(&self.flows, FirstPayment::AtRisk);
        let base = match Decline::of(&self.flows) {
            Some(decline) => base.with_retention(RetentionRate::new(decline.highest, self.convention.period())?)?,
            None => base,
        };
        EquityModel::new(self.convention.rate(), self.convention.period()).with_part("base", base, None)
    }

    /// What moves the total equity most, the widest swing first: margins a tenth lower and higher, a tenth more and fewer
    /// customers leaving in every period, the discount rate two points lower and higher, and half of the horizon. Models are
    /// not fitted again, customers not valued again: the expected profit of the base per period says it all.
    ///
    /// What it costs to move a lever, and how far it can be moved, is not in it; see
    /// [`CAUTION`](crate::value::equity::CAUTION).
    ///
    /// # Errors
    /// As [`equity_model`](Self::equity_model). A lever that cannot be moved (nobody leaves, one period) is left out.
    pub fn swings(&self) -> Result<Vec<Swing>, AnalysisError> {
        let model = self.equity_model()?;
        let total = |change: Change| model.at(&[change]).map(|EquityValue { dynamic, .. }| dynamic);
        let swing = |lever: &str, low: (String, Change), high: (String, Change)| -> Result<Swing, ValueError> {
            let (at_low, at_high) = (total(low.1)?, total(high.1)?);
            Ok(Swing { lever: lever.to_owned(), low: low.0, high: high.0, at_low, at_high })
        };
        let margin = |by: f64, name: &str| (name.to_owned(), Change::relative(Lever::Margin, by));
        let mut swings = vec![swing("margins", margin(-SHARE, "a tenth lower"), margin(SHARE, "a tenth higher"))?];

        let now = self.convention.rate().per(TimeUnit::Year);
        let rate = |rate: f64| -> Result<(String, Change), Invalid> {
            let name = format!("{} % a year", (1000.0 * rate).round() / 10.0);
            Ok((name, Change::DiscountRate(DiscountRate::annual_effective(rate)?)))
        };
        swings.push(swing("discount rate", rate((now - POINTS).max(now.min(0.0)))?, rate(now + POINTS)?)?);

        if let Some(decline) = Decline::of(&self.flows) {
            let (less, more) = decline.ends();
            let end = |by: f64| {
                let kept = 100.0 * decline.mean * (1.0 + by);
                (format!("{kept:.1} % a {}", self.convention.period()), Change::relative(Lever::Retention, by))
            };
            swings.push(swing("retention", end(less), end(more))?);
        }
        swings.extend(self.half_of_the_horizon()?);
        // Stable: equal swings stand as they are listed above.
        swings.sort_by(|a, b| b.width().total_cmp(&a.width()));
        Ok(swings)
    }

    fn half_of_the_horizon(&self) -> Result<Option<Swing>, Invalid> {
        let periods = self.convention.periods() / 2;
        if periods == 0 {
            return Ok(None);
        }
        let at_low = self.flows.present_values().iter().take(periods).sum();
        Ok(Some(Swing {
            lever: "horizon".to_owned(),
            low: Horizon::new(periods as f64, self.convention.period())?.to_string(),
            high: self.convention.horizon().to_string(),
            at_low,
            at_high: self.equity.total(),
        }))
    }
}

/// How the expected profit of a base falls from whole period to whole period.
struct Decline {
    /// The share that is left, on average.
    mean: f64,
    /// The highest share.
    highest: f64,
}

impl Decline {
    /// `None` where profit does not fall everywhere, or there is too little of it to say.
    fn of(flows: &BaseFlows) -> Option<Self> {
        let whole = flows.convention().horizon().in_units(flows.convention().period()).floor() as usize;
        let profit: Vec<f64> = flows.current().iter().zip(flows.potential()).map(|(a, b)| a + b).take(whole).collect();
        let (first, last) = (*profit.first()?, *profit.last()?);
        let mean = (last / first).powf(1.0 / (profit.len() - 1) as f64);
        let highest = profit.windows(2).map(|pair| pair[1] / pair[0]).fold(0.0, f64::max);
        let falls = profit.len() > 1 && profit.iter().all(|profit| *profit > 0.0) && mean < 1.0 && highest < 1.0;
        falls.then_some(Self { mean, highest })
    }

    /// By which shares retention moves if a tenth more and a tenth fewer leave; no period keeps more than all.
    fn ends(&self) -> (f64, f64) {
        let by = SHARE * (1.0 - self.mean) / self.mean;
        (-by, by.min(1.0 / self.highest - 1.0))
    }
}
