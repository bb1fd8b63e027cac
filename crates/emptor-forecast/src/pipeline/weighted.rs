//! Methods that weigh open deals with their probabilities.

use super::assemble::{Draft, Groups};
use super::history::Rate;
use super::method::{Ahead, PipelineForecast, PipelineMethod};
use super::shock::{Shock, ShockPrior};
use super::snapshot::Snapshot;
use super::treat::{OpenDeal, PastSettings, PipelinePast};
use crate::ForecastError;

/// Which probability weighs a deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chance {
    Stated,
    Historical,
    Overall,
}

/// The pipeline, weighted: Σ amount · probability over the open deals, in the period in which they are expected to close.
///
/// Only deals that exist count, and each is won or lost on the day that is expected: so it says too little of periods far
/// ahead, and too much where expected dates are put off. [`AgeHazard`](super::AgeHazard) knows both. A deal without an expected
/// day counts in every period with the part of deals of its age that is decided in it; one that is older than any deal was when
/// it was decided counts in none, and is flagged. An overdue one is expected tomorrow.
///
/// Probabilities that come from the past are drawn in the simulation as often as intervals are: from few decided deals,
/// they are wide.
///
/// ```
/// use emptor_forecast::pipeline::{Ahead, Deal, PipelineMethod, Snapshot, Weighted};
/// use emptor_types::Date;
/// use emptor_types::period::Grain;
///
/// let day = |text: &str| text.parse::<Date>().map(Date::days_since_epoch);
/// let deal = |due: &str, p| -> Result<Deal, emptor_types::Invalid> {
///     let (created, exp_close) = (day("2024-05-01")?, Some(day(due)?));
///     Ok(Deal { created, exp_close, amount: Some(100_000.0), stated: Some(p), ..Deal::default() })
/// };
/// let deals = [deal("2024-06-15", 0.5)?, deal("2024-07-15", 0.5)?, deal("2024-08-15", 1.0)?];
/// let snapshot = Snapshot::new(&deals, "2024-05-31".parse()?)?;
/// let forecast = Weighted::stated().forecast(&snapshot, &Ahead::new(Grain::Month, 3)?)?;
/// let amounts: Vec<f64> = forecast.total.iter().map(|period| period.amount()).collect();
/// assert_eq!(amounts, [50_000.0, 50_000.0, 100_000.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Weighted {
    chance: Chance,
    dated: bool,
    /// How stages, ages and segments tell win rates apart.
    pub past: PastSettings,
    /// What deals of a period have in common: by the prior, as long as nobody says better. [`Shock::none`] draws them
    /// independently.
    pub shock: Shock,
}

impl Weighted {
    fn new(chance: Chance, dated: bool) -> Self {
        let shock = Shock::learn(ShockPrior::default(), &[]);
        Self { chance, dated, past: PastSettings::default(), shock }
    }

    /// By stated probabilities; where one is missing by that of the past.
    #[must_use]
    pub fn stated() -> Self {
        Self::new(Chance::Stated, true)
    }

    /// By what became of earlier deals of the same stage, age and segment.
    #[must_use]
    pub fn historical() -> Self {
        Self::new(Chance::Historical, true)
    }

    /// By the one win rate of all decided deals, by date.
    #[must_use]
    pub fn dated() -> Self {
        Self::new(Chance::Overall, true)
    }

    /// By the one win rate of all decided deals, as if all were decided in the first period: the benchmark.
    #[must_use]
    pub fn undated() -> Self {
        Self::new(Chance::Overall, false)
    }
}

impl PipelineMethod for Weighted {
    fn name(&self) -> &'static str {
        match (self.chance, self.dated) {
            (_, false) => "static",
            (Chance::Stated, _) => "weighted",
            (Chance::Historical, _) => "historical",
            (Chance::Overall, _) => "dated",
        }
    }

    fn forecast(&self, snapshot: &Snapshot<'_>, ahead: &Ahead) -> Result<PipelineForecast, ForecastError> {
        self.past.check()?;
        let periods = ahead.periods(snapshot.as_of())?;
        let first = snapshot.day().saturating_add(1);
        let past = PipelinePast::of(snapshot, &self.past);
        let open = past.open(snapshot, first);
        let first_only = |k: usize| if k == 0 { 1.0 } else { 0.0 };
        let shares: Vec<Vec<f64>> = open
            .iter()
            .map(|deal| match self.dated {
                true => past.shares(deal, &periods),
                false => (0..periods.len()).map(first_only).collect(),
            })
            .collect();
        let overall = past.history.overall();
        // What is stated is given, and the rest is learned.
        let given = |deal: &OpenDeal| match self.chance {
            Chance::Stated => snapshot.deals()[deal.deal].stated,
            Chance::Historical | Chance::Overall => None,
        };
        let learned = |deal: &OpenDeal| if self.chance == Chance::Overall { overall } else { deal.basis };
        let rates: Vec<Option<Rate>> =
            open.iter().map(|deal| learned(deal).filter(|_| given(deal).is_none())).collect();
        // By the past as long as there is one: before that what is stated is all there is.
        let p = |deal: &OpenDeal| match self.chance {
            Chance::Overall => overall.map(|rate| rate.p),
            Chance::Stated => deal.stated,
            Chance::Historical => deal.historical.or(deal.stated),
        };
        if !open.is_empty() && open.iter().all(|deal| p(deal).is_none()) {
            // To say 0, and for certain, of what nobody knows would be worse than to say nothing.
            return Err(ForecastError::NotAdmissible {
                method: self.name().to_owned(),
                reason: "no deal was decided so far, and no probability is stated that it counts".to_owned(),
            });
        }
        let chances = |(deal, shares): (&OpenDeal, &Vec<f64>)| -> Vec<f64> {
            let p = p(deal).unwrap_or(0.0);
            shares.iter().map(|share| p * share).collect()
        };
        let chances = open.iter().zip(&shares).map(chances).collect();
        let groups = Groups::of(snapshot.deals(), ahead.by);
        let (n, k) = (groups.names.len(), periods.len());
        Ok(Draft {
            method: self.name(),
            snapshot,
            ahead,
            periods,
            groups,
            past: &past,
            open: &open,
            chances,
            rates,
            overall,
            shares: Some(shares),
            fresh: vec![vec![0.0; k]; n],
            created: vec![0.0; n],
            learned: vec![None; n],
            shock: self.shock,
            factor: self.shock.factor(),
            doubt: vec![0.0; k],
        }
        .finish())
    }
}
