//! The latest answer of every customer to every survey.

use std::collections::BTreeMap;

use emptor_table::Surveys;
use polars::prelude::{LazyFrame, col, lit};

use super::base::{Base, places};
use crate::profile::ProfileError;
use crate::profile::lines::collect;

/// Latest answers to one instrument.
#[derive(Debug, Clone, Default)]
pub(super) struct Answers {
    /// Where on the scale each answer lies, from 0 to 1, of all who answered.
    pub(super) shares: Vec<f64>,
    /// Whether it is one of the two best answers.
    pub(super) top: usize,
    /// The same by the place of customers who are known.
    pub(super) by_place: BTreeMap<usize, f64>,
}

/// Answers by the name of the instrument in capitals.
pub(super) fn answers_of(base: &Base, surveys: &Surveys) -> Result<BTreeMap<String, Answers>, ProfileError> {
    let latest = latest(surveys, base.as_of);
    let mut instruments: BTreeMap<String, Answers> = BTreeMap::new();
    // Sorted, so that sums of shares do not depend on the order of rows.
    let all = collect(latest.clone().sort(["instrument", "share"], Default::default()))?;
    let (names, top) = (all.column("instrument")?.str()?, all.column("top")?.bool()?);
    for ((name, share), top) in names.iter().zip(all.column("share")?.f64()?.iter()).zip(top.iter()) {
        let (Some(name), Some(share)) = (name, share) else { continue };
        let answers = instruments.entry(name.trim().to_uppercase()).or_default();
        answers.shares.push(share);
        answers.top += usize::from(top == Some(true));
    }
    let placed = base.placed(latest, "surveys")?;
    let (names, shares) = (placed.column("instrument")?.str()?, placed.column("share")?.f64()?);
    for ((place, name), share) in places(&placed)?.into_iter().zip(names.iter()).zip(shares.iter()) {
        if let (Some(name), Some(share)) = (name, share) {
            instruments.entry(name.trim().to_uppercase()).or_default().by_place.insert(place, share);
        }
    }
    Ok(instruments)
}

/// The latest answer of each customer to each instrument; of several on one day the lowest.
fn latest(surveys: &Surveys, as_of: i32) -> LazyFrame {
    let last = col("date").eq(col("date").max());
    surveys
        .rows()
        .filter(col("date").to_physical().lt_eq(lit(as_of)))
        .group_by([col("customer_id"), col("instrument")])
        .agg([
            col("scale_share").filter(last.clone()).min().alias("share"),
            col("value").gt_eq(col("scale_max") - lit(1.0)).filter(last).min().alias("top"),
        ])
}
