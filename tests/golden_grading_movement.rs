//! `golden/grading.toml`: drift, mobility, migration and the value of a grade.

use emptor::analysis::grade_values;
use emptor::grade::Grade;
use emptor::grade::movement::{MigrationMatrix, MigrationOptions, Standing, Stationary, psi};
use emptor::types::{Level, TimeUnit};
use serde::Deserialize;

use crate::golden_equity::yearly;
use crate::golden_grading::family;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Drift {
    now: Vec<f64>,
    before: Vec<f64>,
    expected: f64,
    quoted: Option<f64>,
    quoted_tolerance: Option<f64>,
}

#[test]
fn population_stability_index() {
    for (case, at) in family::<Drift>("psi") {
        let found = psi(&case.before, &case.now).unwrap();
        at.meets("psi", found, case.expected);
        at.meets("the other way", psi(&case.now, &case.before).unwrap(), case.expected);
        at.quoted("psi", found, case.quoted, case.quoted_tolerance);
    }
}

/// The grade of a place, absent beyond the last.
fn standing(place: usize, grades: usize) -> Standing {
    if place < grades { Standing::from(Grade::from_index(place)) } else { Standing::Absent }
}

/// Customers who moved as counted: rows before, columns after; a row or column beyond the grades is absent.
pub(crate) fn moved(counts: &[Vec<usize>], grades: usize, options: MigrationOptions) -> MigrationMatrix {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (from, row) in counts.iter().enumerate() {
        for (to, &customers) in row.iter().enumerate() {
            before.resize(before.len() + customers, standing(from, grades));
            after.resize(after.len() + customers, standing(to, grades));
        }
    }
    MigrationMatrix::between(&before, &after, options.grades(grades)).unwrap()
}

pub(crate) fn options() -> MigrationOptions {
    MigrationOptions::new(Level::new(0.95).unwrap())
}

/// Probabilities of two decimals as customers of a hundred.
pub(crate) fn hundreds(p: &[Vec<f64>]) -> Vec<Vec<usize>> {
    let counts: Vec<Vec<usize>> =
        p.iter().map(|row| row.iter().map(|x| (100.0 * x).round() as usize).collect()).collect();
    assert!(counts.iter().all(|row| row.iter().sum::<usize>() == 100), "{p:?}");
    counts
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chain {
    shorrocks: f64,
    stationary: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mobility {
    p: Vec<Vec<f64>>,
    expected: Chain,
    quoted: Option<Chain>,
    quoted_tolerance: Option<f64>,
}

#[test]
fn mobility_between_grades_and_where_it_leads() {
    for (case, at) in family::<Mobility>("mobility") {
        let moved = moved(&hundreds(&case.p), case.p.len(), options());
        let mobility = moved.mobility().unwrap();
        let Stationary::Unique(shares) = moved.stationary() else { panic!("{:?}", case.p) };
        at.meets("shorrocks", mobility, case.expected.shorrocks);
        at.meets_each("stationary", &shares, &case.expected.stationary);
        if let Some(quoted) = case.quoted {
            at.quoted("shorrocks", mobility, Some(quoted.shorrocks), case.quoted_tolerance);
            at.quoted_each("stationary", &shares, &quoted.stationary, case.quoted_tolerance);
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rates {
    upgrade: f64,
    stay: f64,
    downgrade: f64,
    lost: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Moves {
    probability: Vec<Vec<f64>>,
    smoothed: Vec<Vec<f64>>,
    interval: Vec<Vec<[f64; 2]>>,
    rate: Rates,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Migration {
    counts: Vec<Vec<usize>>,
    expected: Moves,
}

/// Imagined customers per cell of the file.
const ALPHA: f64 = 0.5;

#[test]
fn migration_between_two_periods() {
    for (case, at) in family::<Migration>("migration") {
        let grades = case.counts.len() - 1;
        let plain = moved(&case.counts, grades, options());
        let smooth = moved(&case.counts, grades, options().smoothing(ALPHA));
        for from in 0..=grades {
            for to in 0..=grades {
                let (row, column) = (standing(from, grades), standing(to, grades));
                if (from, to) == (grades, grades) {
                    assert_eq!(plain.share(row, column), None);
                    continue;
                }
                at.meets("probability", plain.share(row, column).unwrap(), case.expected.probability[from][to]);
                // Ours smooths the column of the ungraded too, which the file has not: of those whose standing is known
                // the shares are the same.
                let known = 1.0 - smooth.share(row, Standing::Ungraded).unwrap();
                at.meets("smoothed", smooth.share(row, column).unwrap() / known, case.expected.smoothed[from][to]);
            }
        }
        for (from, row) in case.expected.interval.iter().enumerate() {
            for (to, expected) in row.iter().enumerate() {
                let found = plain.interval(standing(from, grades), standing(to, grades)).unwrap();
                at.meets_each("interval", &[found.low, found.high], expected);
            }
        }
        for (row, expected) in smooth.between_grades_and_lost().iter().zip(&case.expected.smoothed) {
            at.meets_each("smoothed", row.as_ref().unwrap(), expected);
        }
        let (found, rate) = (plain.summary(), &case.expected.rate);
        at.meets("upgrade", found.upgraded.share.unwrap(), rate.upgrade);
        at.meets("stay", found.stayed.share.unwrap(), rate.stay);
        at.meets("downgrade", found.downgraded.share.unwrap(), rate.downgrade);
        at.meets("lost", found.lost.share.unwrap(), rate.lost);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Value {
    p: Vec<Vec<f64>>,
    reward: Vec<f64>,
    rate: f64,
    expected: Vec<f64>,
    #[serde(default)]
    quoted: Vec<f64>,
    quoted_tolerance: Option<f64>,
}

#[test]
fn value_of_a_grade_by_its_moves() {
    for (case, at) in family::<Value>("markov_value") {
        let grades = case.p.len() - 1;
        // The last state, lost, is no standing before.
        let moved = moved(&hundreds(&case.p[..grades]), grades, options());
        let found = grade_values(&moved, &case.reward[..grades], yearly(case.rate), TimeUnit::Year).unwrap();
        let found: Vec<f64> = found.into_iter().map(|value| value.unwrap()).collect();
        at.meets_each("value", &found, &case.expected);
        at.quoted_each("value", &found, &case.quoted, case.quoted_tolerance);
    }
}
