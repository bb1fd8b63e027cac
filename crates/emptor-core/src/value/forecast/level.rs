//! The level of the last periods goes on.

use emptor_types::{Fit, Invalid, TimeUnit};
use serde::{Deserialize, Serialize};

use super::checks::{is_amount, places};
use super::credibility::{Credibility, Member, collective, estimate, order_free_sum, sort, unknown};
use super::history::ProfitHistory;
use super::panel::Steps;
use crate::value::{CurrentProfit, LifetimeValue, ValueError};

/// The trailing level: a customer will earn per period what they earned on average over the last `n` complete periods,
/// as the last twelve months.
///
/// ```text
/// RP_it = X̄_i                           n periods observed
///       = Z X̄_i + (1−Z) X̄_segment      fewer, m:  Z = m/(m+K)
///       = X̄_segment                     none
/// ```
/// Where a customer came during the window, the mean is over the periods since. It is then shrunk towards the mean of
/// the segment (without segments, of all customers) by [`Credibility`]; a segment where nothing was observed has the
/// mean of all. The level is converted to the convention's period: that of twelve months counts twelvefold a year.
///
/// ```
/// use emptor_core::value::forecast::{Credibility, ProfitHistory, TrailingLevel};
/// use emptor_core::value::{CurrentProfit, LifetimeValue};
/// use emptor_types::{DiscountRate, Fit, Horizon, TimeUnit, Timing};
///
/// let nan = f64::NAN;
/// let profit = vec![10.0, 20.0, 30.0, nan, nan, 8.0, nan, nan, nan];
/// let history = ProfitHistory::new(TimeUnit::Month, 3, profit, vec![9, 1, 0])?;
/// let spec = TrailingLevel::new(2)?.with_credibility(Credibility::given(1.0)?);
/// let convention = LifetimeValue::builder()
///     .rate(DiscountRate::annual_effective(0.10)?)
///     .horizon(Horizon::years(3.0)?)
///     .period(TimeUnit::Month)
///     .timing(Timing::Middle)
///     .build()?;
/// // All: (2/3 · 25 + 1/2 · 8) / (2/3 + 1/2) = 124/7. The second customer lies half-way to it.
/// let level = spec.fit(&history)?;
/// assert!((level.mean(None).unwrap_or(0.0) - 124.0 / 7.0).abs() < 1e-12);
/// let levels = level.levels(&history)?;
/// assert!(levels.iter().zip([25.0, 90.0 / 7.0, 124.0 / 7.0]).all(|(a, b)| (a - b).abs() < 1e-12));
/// assert_eq!(level.forecast(&history, &convention)?, CurrentProfit::level(levels)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredSpec")]
pub struct TrailingLevel {
    periods: usize,
    credibility: Option<Credibility>,
}

/// The saved form; loading checks it again.
#[derive(Deserialize)]
struct StoredSpec {
    periods: usize,
    credibility: Option<Credibility>,
}

impl TryFrom<StoredSpec> for TrailingLevel {
    type Error = Invalid;

    fn try_from(StoredSpec { periods, credibility }: StoredSpec) -> Result<Self, Invalid> {
        Ok(Self { credibility, ..Self::new(periods)? })
    }
}

impl TrailingLevel {
    /// The mean of the last `periods`; credibility is estimated.
    ///
    /// # Errors
    /// Unless there is at least one period.
    pub fn new(periods: usize) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(periods > 0, "periods", "must be at least 1", periods);
        checks.finish()?;
        Ok(Self { periods, credibility: None })
    }

    /// With a credibility that is known.
    #[must_use]
    pub fn with_credibility(self, credibility: Credibility) -> Self {
        Self { credibility: Some(credibility), ..self }
    }
}

impl Fit<ProfitHistory> for TrailingLevel {
    type Fitted = FittedTrailingLevel;
    type Error = ValueError;

    /// Estimates the credibility, unless it is given, and the means of segments.
    ///
    /// # Errors
    /// [`ValueError::TooFewPeriods`] if the history is shorter than the window; [`ValueError::Invalid`] if there is no
    /// customer with a complete period.
    fn fit(&self, history: &ProfitHistory) -> Result<FittedTrailingLevel, ValueError> {
        covers(history, self.periods)?;
        let trailing = (0..history.customers()).map(|customer| (customer, history.trailing(customer, self.periods)));
        let observed = trailing.filter(|(_, values)| !values.is_empty());
        let mut members: Vec<Member> = observed
            .clone()
            .map(|(customer, values)| Member {
                group: history.segment(customer).unwrap_or(0),
                weight: values.len() as f64,
                mean: mean(values),
            })
            .collect();
        sort(&mut members);
        let credibility = self.credibility.or_else(|| {
            let squares = observed.clone().map(|(_, values)| {
                let centre = mean(values);
                values.iter().map(|value| (value - centre).powi(2)).sum()
            });
            let freedom: usize = observed.clone().map(|(_, values)| values.len() - 1).sum();
            estimate(order_free_sum(squares), freedom as f64, &members)
        });
        let segment = |place: usize| {
            let first = members.partition_point(|member| member.group < place);
            let end = members.partition_point(|member| member.group <= place);
            collective(credibility, &members[first..end])
        };
        let means: Vec<Option<f64>> = (0..history.segments().len()).map(segment).collect();
        // All customers are one group here.
        members.iter_mut().for_each(|member| member.group = 0);
        sort(&mut members);
        let base = collective(credibility, &members).ok_or_else(nobody)?;
        let segments = history.segments().iter().cloned().zip(means.into_iter().map(|m| m.unwrap_or(base))).collect();
        Ok(FittedTrailingLevel { unit: history.unit(), periods: self.periods, credibility, base, segments })
    }
}

/// A fitted [`TrailingLevel`]: credibility and means, for the customers it was fitted to and for others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct FittedTrailingLevel {
    unit: TimeUnit,
    periods: usize,
    credibility: Option<Credibility>,
    base: f64,
    segments: Vec<(String, f64)>,
}

/// The saved form; loading checks it again.
#[derive(Deserialize)]
struct Stored {
    unit: TimeUnit,
    periods: usize,
    credibility: Option<Credibility>,
    base: f64,
    segments: Vec<(String, f64)>,
}

impl TryFrom<Stored> for FittedTrailingLevel {
    type Error = Invalid;

    fn try_from(stored: Stored) -> Result<Self, Invalid> {
        let Stored { unit, periods, credibility, base, segments } = stored;
        let mut checks = Invalid::checks();
        checks.require(periods > 0, "periods", "must be at least 1", periods);
        checks.require(is_amount(base), "mean", "must be at most 1e12 in absolute value", base);
        let means: Vec<f64> = segments.iter().map(|(_, mean)| *mean).collect();
        checks.require_each("segment mean", "must be at most 1e12 in absolute value", &means, |_, m| is_amount(m));
        let sorted = segments.windows(2).all(|pair| pair[0].0 < pair[1].0);
        checks.require(sorted, "segments", "must be sorted, each named once", segments.len());
        checks.finish()?;
        Ok(Self { unit, periods, credibility, base, segments })
    }
}

impl FittedTrailingLevel {
    /// The name under which an [`Envelope`](emptor_types::Envelope) keeps this kind of model.
    pub const KIND: &'static str = "trailing_level";

    /// The credibility of customers younger than the window; `None` if nobody was observed twice.
    #[must_use]
    pub fn credibility(&self) -> Option<Credibility> {
        self.credibility
    }

    /// The mean profit per period of a segment, or of all customers; `None` for a segment that is not known.
    #[must_use]
    pub fn mean(&self, segment: Option<&str>) -> Option<f64> {
        let Some(label) = segment else { return Some(self.base) };
        self.segments.iter().find(|(name, _)| name == label).map(|(_, mean)| *mean)
    }

    /// The level of every customer, in input order, per period of the history. Customers whose segment is not named, or
    /// a model without segments, take the mean of all.
    ///
    /// # Errors
    /// [`ValueError::TooFewPeriods`] if the history is shorter than the window; [`ValueError::Invalid`] if its period is
    /// not the model's, a segment is unknown, or a young customer needs a credibility that could not be estimated.
    pub fn levels(&self, history: &ProfitHistory) -> Result<Vec<f64>, ValueError> {
        covers(history, self.periods)?;
        let mut checks = Invalid::checks();
        let rule = format!("must be the period of the model, {}", self.unit);
        checks.require(history.unit() == self.unit, "period of the history", &rule, history.unit());
        let names: Vec<&str> = self.segments.iter().map(|(name, _)| name.as_str()).collect();
        let known = if names.is_empty() { &[][..] } else { history.segments() };
        let places = checks.absorb(places(&names, known.iter().map(String::as_str))).unwrap_or_default();
        checks.finish()?;
        let level = |customer: usize| {
            let place = history.segment(customer).and_then(|place| places.get(place));
            let group = place.map_or(self.base, |place| self.segments[*place].1);
            match history.trailing(customer, self.periods) {
                [] => Ok(group),
                all if all.len() == self.periods => Ok(mean(all)),
                few => Ok(self.credibility.ok_or_else(unknown)?.blend(few.len() as f64, mean(few), group)),
            }
        };
        (0..history.customers()).map(level).collect()
    }

    /// The level of every customer as the profit of all periods to come.
    ///
    /// # Errors
    /// As [`levels`](Self::levels).
    pub fn forecast(&self, history: &ProfitHistory, convention: &LifetimeValue) -> Result<CurrentProfit, ValueError> {
        let length = Steps::new(self.unit, convention).length();
        let levels = self.levels(history)?.into_iter().map(|level| level * length).collect();
        Ok(CurrentProfit::level(levels)?)
    }
}

pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

pub(super) fn nobody() -> Invalid {
    Invalid::value("profit history", "must have a customer with a complete period", "none")
}

fn covers(history: &ProfitHistory, needed: usize) -> Result<(), ValueError> {
    let periods = history.periods();
    if needed <= periods { Ok(()) } else { Err(ValueError::TooFewPeriods { name: "profit history", periods, needed }) }
}
