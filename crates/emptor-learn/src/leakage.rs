//! Features that know the answer.

use std::fmt;

use emptor_types::Invalid;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::classifier::Labelled;
use crate::evaluation::rank_area;
use crate::{Feature, LearnError};

/// Rows a level or value needs before its rate says anything.
const LEAST_ROWS: usize = 30;

/// Rows a fit screens, at most, so that a fit stays fast: one, drawn, of each of so many runs of rows.
const SAMPLED: usize = 10_000;
/// Seed of the draws: the same rows each time.
const SEED: u64 = 0;

/// Why a feature looks as if it were known only after the event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LeakReason {
    /// It was declared to be known only after the event.
    Declared,
    /// Alone it ranks events before non-events (or behind them) almost without a mistake.
    Separates {
        /// Area under the curve, turned to be at least ½.
        auc: f64,
    },
    /// All rows of one level or value have the same outcome, and chance does not explain it.
    Decides {
        /// The level or value.
        value: String,
        /// Its rows.
        rows: usize,
        /// Their outcome.
        event: bool,
    },
    /// All rows where it is unknown, or all where it is known, have the same outcome, and chance does not explain it.
    UnknownDecides {
        /// Whether it is the unknown rows that have one outcome.
        unknown: bool,
        /// Those rows.
        rows: usize,
        /// Their outcome.
        event: bool,
    },
    /// Whether it is known ranks events well, as it does for what is filled in afterwards.
    UnknownForetells {
        /// Area under the curve, turned to be at least ½.
        auc: f64,
    },
}

/// A feature that may know the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeakSuspect {
    /// The feature.
    pub feature: String,
    /// Why it is suspected.
    pub reason: LeakReason,
}

impl fmt::Display for LeakSuspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with = |event: bool| if event { "with" } else { "without" };
        let feature = &self.feature;
        match &self.reason {
            LeakReason::Declared => write!(f, "{feature} is declared to be known only after the event"),
            LeakReason::Separates { auc } => write!(f, "{feature} alone ranks the event with an AUC of {auc:.4}"),
            LeakReason::Decides { value, rows, event } => {
                write!(f, "all {rows} rows with {feature} = {value} are {} the event", with(*event))
            }
            LeakReason::UnknownDecides { unknown, rows, event } => {
                let known = if *unknown { "unknown" } else { "known" };
                write!(f, "all {rows} rows with {feature} {known} are {} the event", with(*event))
            }
            LeakReason::UnknownForetells { auc } => {
                write!(f, "whether {feature} is known ranks the event with an AUC of {auc:.4}")
            }
        }
    }
}

/// Looks for features that know the answer: those declared so, and those that are too good to be true.
///
/// What it answers: which of these columns were filled in after the event? The length of the sales call, the reason for
/// leaving and the date of the contract rank customers perfectly and are of no use for choosing whom to call.
///
/// A feature is suspected when
/// - alone it ranks the event with an AUC of at least 0.98 (or at most 0.02); categories are ranked by the event rate of
///   their levels of at least 30 rows;
/// - one of its levels or values has a single outcome in so many rows that chance would do it once in a million;
/// - the same holds for its unknown or its known rows, or being known ranks the event with an AUC of at least 0.75.
///
/// Suspicion is no proof, and a leak of middling strength passes: only a declaration
/// ([`Labelled::known_after`]) is certain.
///
/// ```
/// use emptor_learn::{Feature, Features, Labelled, LeakageGuard};
///
/// let event: Vec<bool> = (0..200).map(|i| i % 5 == 0).collect();
/// let seconds: Vec<f64> = (0..200).map(|i| if i % 5 == 0 { 400.0 } else { 0.0 } + f64::from(i % 7)).collect();
/// let age: Vec<f64> = (0..200).map(|i| f64::from(20 + i % 41)).collect();
/// let features = Features::new(&[("age", Feature::Numbers(&age)), ("call_seconds", Feature::Numbers(&seconds))])?;
/// let suspects = LeakageGuard::default().suspects(&Labelled::new(&features, &event)?);
/// assert_eq!(suspects[0].to_string(), "call_seconds alone ranks the event with an AUC of 1.0000");
/// assert_eq!(suspects.len(), 1);
/// # Ok::<(), emptor_learn::LearnError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Limits", into = "Limits")]
pub struct LeakageGuard {
    limits: Limits,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Limits {
    auc: f64,
    unknown_auc: f64,
    chance: f64,
}

impl Default for LeakageGuard {
    fn default() -> Self {
        Self { limits: Limits { auc: 0.98, unknown_auc: 0.75, chance: 1e-6 } }
    }
}

impl TryFrom<Limits> for LeakageGuard {
    type Error = Invalid;

    fn try_from(limits: Limits) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        for (name, value) in [("auc", limits.auc), ("unknown_auc", limits.unknown_auc)] {
            checks.require(value > 0.5 && value <= 1.0, name, "must be above 0.5 and at most 1", value);
        }
        checks.require((0.0..1.0).contains(&limits.chance), "chance", "must be at least 0 and below 1", limits.chance);
        checks.finish()?;
        Ok(Self { limits })
    }
}

impl From<LeakageGuard> for Limits {
    fn from(guard: LeakageGuard) -> Self {
        guard.limits
    }
}

impl LeakageGuard {
    /// A guard with other limits: the AUC of a feature alone, the AUC of being known, and how likely by chance a single
    /// outcome may be.
    ///
    /// # Errors
    /// Unless areas are above 0.5 and at most 1, and the chance at least 0 and below 1.
    pub fn new(auc: f64, unknown_auc: f64, chance: f64) -> Result<Self, LearnError> {
        Ok(Self::try_from(Limits { auc, unknown_auc, chance })?)
    }

    /// The suspects among the features, declared ones first, then in the order of features; rows of weight 0 are not
    /// looked at, other weights are ignored.
    #[must_use]
    pub fn suspects(&self, data: &Labelled<'_>) -> Vec<LeakSuspect> {
        self.screen(data, 0..data.rows())
    }

    /// The same on at most 10,000 rows, one of each run. Which of a run is drawn: every second row of a list in which rows
    /// with and without the event take turns would show one outcome only.
    pub(crate) fn sampled_suspects(&self, data: &Labelled<'_>) -> Vec<LeakSuspect> {
        let (rows, run) = (data.rows(), data.rows().div_ceil(SAMPLED).max(1));
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(SEED);
        let draw = |start: usize| generator.gen_range(start..rows.min(start + run));
        self.screen(data, (0..rows).step_by(run).map(draw))
    }

    fn screen(&self, data: &Labelled<'_>, rows: impl Iterator<Item = usize>) -> Vec<LeakSuspect> {
        let rows: Vec<usize> = rows.filter(|&row| data.weight(row) > 0.0).collect();
        let events = rows.iter().filter(|&&row| data.event()[row]).count();
        let base = events as f64 / rows.len().max(1) as f64;
        let declared = data.declared_leaks().iter().map(|name| (name.clone(), LeakReason::Declared));
        let columns = data.features().columns();
        let found: Vec<Vec<(String, LeakReason)>> = columns
            .par_iter()
            .map(|(name, column)| {
                let reasons = match column {
                    Feature::Numbers(values) => self.of_numbers(values, data.event(), &rows, base),
                    Feature::Categories { codes, names } => self.of_categories(codes, names, data.event(), &rows, base),
                };
                reasons.into_iter().map(|reason| ((*name).to_owned(), reason)).collect()
            })
            .collect();
        declared.chain(found.into_iter().flatten()).map(|(feature, reason)| LeakSuspect { feature, reason }).collect()
    }

    fn of_numbers(&self, values: &[f64], event: &[bool], rows: &[usize], base: f64) -> Vec<LeakReason> {
        let known = rows.iter().filter(|&&row| !values[row].is_nan());
        let mut pairs: Vec<(f64, bool)> = known.map(|&row| (values[row] + 0.0, event[row])).collect();
        let mut reasons = Vec::new();
        if let Some(area) = rank_area(&mut pairs) {
            self.push_separation(&mut reasons, area);
            let mut pure: Option<(f64, usize, bool)> = None;
            for run in pairs.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
                if let Some(event) = self.outcome(run.len(), run.iter().filter(|pair| pair.1).count(), base)
                    && pure.is_none_or(|(_, rows, _)| run.len() > rows)
                {
                    pure = Some((run[0].0, run.len(), event));
                }
            }
            let reason = |(value, rows, event): (f64, usize, bool)| LeakReason::Decides {
                value: value.to_string(),
                rows,
                event,
            };
            reasons.extend(pure.map(reason));
        }
        reasons.extend(self.of_unknown(|row| values[row].is_nan(), event, rows, base));
        reasons
    }

    fn of_categories(
        &self,
        codes: &[u32],
        names: &[String],
        event: &[bool],
        rows: &[usize],
        base: f64,
    ) -> Vec<LeakReason> {
        let mut counts = vec![(0_usize, 0_usize); names.len()];
        for &row in rows {
            if let Some(count) = counts.get_mut(codes[row] as usize) {
                count.0 += 1;
                count.1 += usize::from(event[row]);
            }
        }
        let unknown = |row: usize| codes[row] as usize >= names.len();
        // A level of few rows has the rate of all: an identifier would otherwise foretell its own row.
        let rate = |&(rows, events): &(usize, usize)| {
            if rows >= LEAST_ROWS { events as f64 / rows as f64 } else { base }
        };
        let rates: Vec<f64> = counts.iter().map(rate).collect();
        let known = rows.iter().filter(|&&row| !unknown(row));
        let mut pairs: Vec<(f64, bool)> = known.map(|&row| (rates[codes[row] as usize], event[row])).collect();
        let mut reasons = Vec::new();
        if let Some(area) = rank_area(&mut pairs) {
            self.push_separation(&mut reasons, area);
        }
        for (name, &(rows, events)) in names.iter().zip(&counts) {
            if let Some(event) = self.outcome(rows, events, base) {
                reasons.push(LeakReason::Decides { value: name.clone(), rows, event });
            }
        }
        reasons.extend(self.of_unknown(unknown, event, rows, base));
        reasons
    }

    fn push_separation(&self, reasons: &mut Vec<LeakReason>, area: f64) {
        let auc = area.max(1.0 - area);
        if auc >= self.limits.auc {
            reasons.push(LeakReason::Separates { auc });
        }
    }

    fn of_unknown(
        &self,
        unknown: impl Fn(usize) -> bool,
        event: &[bool],
        rows: &[usize],
        base: f64,
    ) -> Option<LeakReason> {
        let mut pairs: Vec<(f64, bool)> =
            rows.iter().map(|&row| (if unknown(row) { 1.0 } else { 0.0 }, event[row])).collect();
        let absent = pairs.iter().filter(|pair| pair.0 > 0.0).count();
        if absent == 0 || absent == rows.len() {
            return None;
        }
        for side in [true, false] {
            let of_side = pairs.iter().filter(|pair| (pair.0 > 0.0) == side);
            let (count, events) = of_side.fold((0, 0), |(n, k), pair| (n + 1, k + usize::from(pair.1)));
            if let Some(event) = self.outcome(count, events, base) {
                return Some(LeakReason::UnknownDecides { unknown: side, rows: count, event });
            }
        }
        let area = rank_area(&mut pairs)?;
        let auc = area.max(1.0 - area);
        (auc >= self.limits.unknown_auc).then_some(LeakReason::UnknownForetells { auc })
    }

    /// The single outcome of a group of rows, if chance does not explain that it is single.
    fn outcome(&self, rows: usize, events: usize, base: f64) -> Option<bool> {
        if rows < LEAST_ROWS || (events > 0 && events < rows) {
            return None;
        }
        let event = events == rows;
        let chance = if event { base } else { 1.0 - base };
        (chance.powf(rows as f64) < self.limits.chance).then_some(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Features;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    fn event() -> Vec<bool> {
        (0..400).map(|i| i * 7 % 10 < 3).collect()
    }

    #[test]
    fn a_level_with_one_outcome_is_suspected_when_chance_does_not_explain_it() -> Outcome {
        let event = event();
        let names = ["open".to_owned(), "signed".to_owned(), "rare".to_owned()];
        // 60 of 120 events are "signed", and 20 rows without the event are "rare": 0.7^20 is no rarity.
        let mut signed = 0;
        let code = |(i, &event): (usize, &bool)| match event {
            true => {
                signed += 1;
                u32::from(signed % 2 == 0)
            }
            false => {
                if i < 29 {
                    2
                } else {
                    0
                }
            }
        };
        let codes: Vec<u32> = event.iter().enumerate().map(code).collect();
        let features = Features::new(&[("state", Feature::Categories { codes: &codes, names: &names })])?;
        let suspects = LeakageGuard::default().suspects(&Labelled::new(&features, &event)?);
        let decides = LeakReason::Decides { value: "signed".into(), rows: 60, event: true };
        assert_eq!(suspects, [LeakSuspect { feature: "state".into(), reason: decides }]);
        Ok(())
    }

    #[test]
    fn what_is_filled_in_afterwards_is_suspected_by_its_gaps() -> Outcome {
        let event = event();
        let only_after: Vec<f64> = event.iter().map(|&e| if e { 3.0 } else { f64::NAN }).collect();
        let mostly: Vec<f64> =
            event.iter().enumerate().map(|(i, &e)| if e != (i % 9 == 0) { 3.0 } else { f64::NAN }).collect();
        let features =
            Features::new(&[("reason", Feature::Numbers(&only_after)), ("note", Feature::Numbers(&mostly))])?;
        let suspects = LeakageGuard::default().suspects(&Labelled::new(&features, &event)?);
        assert_eq!(suspects[0].reason, LeakReason::UnknownDecides { unknown: true, rows: 280, event: false });
        assert!(matches!(suspects[1].reason, LeakReason::UnknownForetells { auc } if auc > 0.75), "{suspects:?}");
        assert_eq!(suspects.len(), 2);
        Ok(())
    }

    #[test]
    fn an_honest_feature_and_an_identifier_are_not_suspected() -> Outcome {
        let event = event();
        let age: Vec<f64> = (0..400).map(|i| f64::from(i * 37 % 61)).collect();
        let names: Vec<String> = (0..400).map(|i| format!("customer {i}")).collect();
        let codes: Vec<u32> = (0..400).collect();
        let features = Features::new(&[
            ("age", Feature::Numbers(&age)),
            ("id", Feature::Categories { codes: &codes, names: &names }),
        ])?;
        assert_eq!(LeakageGuard::default().suspects(&Labelled::new(&features, &event)?), []);
        Ok(())
    }

    #[test]
    fn a_sample_sees_both_outcomes_of_rows_that_take_turns() -> Outcome {
        let event: Vec<bool> = (0..20_000).map(|i| i % 2 == 0).collect();
        let seconds: Vec<f64> =
            (0..20_000).map(|i| f64::from(i * 37 % 61) + if i % 2 == 0 { 100.0 } else { 0.0 }).collect();
        let features = Features::new(&[("call_seconds", Feature::Numbers(&seconds))])?;
        let suspects = LeakageGuard::default().sampled_suspects(&Labelled::new(&features, &event)?);
        assert!(suspects.iter().any(|s| s.reason == LeakReason::Separates { auc: 1.0 }), "{suspects:?}");
        Ok(())
    }

    #[test]
    fn declared_leaks_are_listed_and_limits_are_checked() -> Outcome {
        let event = event();
        let age: Vec<f64> = (0..400).map(|i| f64::from(i * 37 % 61)).collect();
        let features = Features::new(&[("age", Feature::Numbers(&age))])?;
        let data = Labelled::new(&features, &event)?.known_after(&["age"])?;
        assert_eq!(LeakageGuard::default().suspects(&data)[0].reason, LeakReason::Declared);
        assert!(LeakageGuard::new(0.5, f64::NAN, 1.0).is_err_and(|e| e.to_string().matches(';').count() == 2));
        Ok(())
    }
}
