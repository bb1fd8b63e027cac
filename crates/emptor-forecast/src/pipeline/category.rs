//! Forecasts by category.

use emptor_types::period::place;
use emptor_types::{Date, ExactSum, Invalid};

use super::deals::{Deal, Outcome};
use super::method::Ahead;
use super::snapshot::Snapshot;
use super::treat::{PastSettings, PipelinePast};
use crate::ForecastError;

/// How sure whoever looks after a deal is of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ForecastCategory {
    /// Not in the forecast.
    Omitted,
    /// Open, and no more.
    Pipeline,
    /// Won if all goes well.
    BestCase,
    /// Promised.
    Commit,
    /// Won.
    Closed,
}

/// How deals come into categories: by their stage where it is named, else by their stated probability.
///
/// ```
/// use emptor_forecast::pipeline::{Ahead, Categories, Deal, Snapshot};
/// use emptor_types::Date;
/// use emptor_types::period::Grain;
///
/// let due = "2024-06-15".parse::<Date>()?.days_since_epoch();
/// let deal = |amount, p| Deal { exp_close: Some(due), amount: Some(amount), stated: Some(p), ..Deal::default() };
/// let deals = [deal(10.0, 0.9), deal(20.0, 0.5), deal(40.0, 0.1), deal(80.0, 0.0)];
/// let june = Categories::default()
///     .forecast(&Snapshot::new(&deals, "2024-05-31".parse()?)?, &Ahead::new(Grain::Month, 1)?)?
///     .remove(0);
/// assert_eq!((june.commit, june.best_case, june.pipeline, june.omitted), (10.0, 20.0, 40.0, 80.0));
/// assert_eq!(june.cumulative(), [0.0, 10.0, 30.0, 70.0], "closed, commit, best case, pipeline: each with those before");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Categories {
    /// Probability from which a deal is a commitment: 0.70.
    pub commit: f64,
    /// Probability from which it is in the best case: 0.30. One that is 0 is omitted.
    pub best_case: f64,
    /// Categories of stages.
    pub stages: Vec<(String, ForecastCategory)>,
    /// How the past is read where a deal does not say what it brings, how probable it is, or when.
    pub past: PastSettings,
}

impl Default for Categories {
    fn default() -> Self {
        Self { commit: 0.70, best_case: 0.30, stages: Vec::new(), past: PastSettings::default() }
    }
}

/// Amounts of a period by category, each deal in one.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct CategoryForecast {
    /// First day of the period.
    pub start: Date,
    /// Won in it so far.
    pub closed: f64,
    /// Promised.
    pub commit: f64,
    /// In the best case.
    pub best_case: f64,
    /// Open, and no more.
    pub pipeline: f64,
    /// Left out.
    pub omitted: f64,
}

impl CategoryForecast {
    /// Rolled up: closed; with commitments; with the best case; with the pipeline.
    #[must_use]
    pub fn cumulative(&self) -> [f64; 4] {
        let mut sum = ExactSum::ZERO;
        [self.closed, self.commit, self.best_case, self.pipeline].map(|amount| {
            sum.add(amount);
            sum.value()
        })
    }
}

impl Categories {
    /// Checks the bounds.
    ///
    /// # Errors
    /// Unless they rise between 0 and 1.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        let rise = 0.0 <= self.best_case && self.best_case <= self.commit && self.commit <= 1.0;
        checks.require(
            rise,
            "best_case, commit",
            "must rise between 0 and 1",
            format!("{}, {}", self.best_case, self.commit),
        );
        checks.finish()
    }

    /// The category of a deal with a probability.
    #[must_use]
    pub fn of(&self, deal: &Deal, p: Option<f64>) -> ForecastCategory {
        let named = |stage: &String| self.stages.iter().find(|(name, _)| name == stage).map(|(_, category)| *category);
        match (deal.outcome, deal.stage.as_ref().and_then(named), p) {
            (Some(Outcome::Won), ..) => ForecastCategory::Closed,
            (Some(Outcome::Lost), ..) => ForecastCategory::Omitted,
            (None, Some(category), _) => category,
            (None, None, Some(p)) if p >= self.commit => ForecastCategory::Commit,
            (None, None, Some(p)) if p >= self.best_case => ForecastCategory::BestCase,
            (None, None, Some(p)) if p <= 0.0 => ForecastCategory::Omitted,
            (None, None, _) => ForecastCategory::Pipeline,
        }
    }

    /// The amounts of the periods ahead by category: of open deals where they are expected to close, overdue ones in the first,
    /// those without a day in parts.
    ///
    /// # Errors
    /// If the bounds do not rise, or the periods end too far ahead.
    pub fn forecast(&self, snapshot: &Snapshot<'_>, ahead: &Ahead) -> Result<Vec<CategoryForecast>, ForecastError> {
        self.check()?;
        self.past.check()?;
        let periods = ahead.periods(snapshot.as_of())?;
        let past = PipelinePast::of(snapshot, &self.past);
        let mut sums = vec![[ExactSum::ZERO; 5]; periods.len()];
        for open in past.open(snapshot, snapshot.day().saturating_add(1)) {
            let category = self.of(&snapshot.deals()[open.deal], open.stated) as usize;
            for (sums, share) in sums.iter_mut().zip(past.shares(&open, &periods)) {
                sums[category].add(share * open.amount.unwrap_or(0.0));
            }
        }
        for deal in snapshot.deals().iter().filter(|deal| deal.outcome == Some(Outcome::Won)) {
            if let Some(k) = deal.closed.and_then(|day| place(&periods, day)) {
                sums[k][self.of(deal, None) as usize].add(past.amounts.amount(deal).map_or(0.0, |(mean, _)| mean));
            }
        }
        let rows = periods.iter().zip(sums).map(|(period, sums)| {
            let [omitted, pipeline, best_case, commit, closed] = sums.map(ExactSum::value);
            CategoryForecast { start: period.start, closed, commit, best_case, pipeline, omitted }
        });
        Ok(rows.collect())
    }
}
