//! What tickets are about in more detail: their themes, and the batches of goods that came back or broke.

use emptor_types::Date;

use super::places::STORE;
use super::settings::RetailSimulation;
use crate::days::civil;
use crate::random::Stream;

/// Share of the tickets solved at first contact for which the agent writes a theme down; for the others one is.
const WRITTEN: f64 = 0.75;
/// Days after the order before which nobody complains that it is late, and after which nobody still waits.
pub(crate) const LATE: std::ops::RangeInclusive<i32> = 4..=14;
/// Share of goods that come from the stock of the quarter before.
const OLDER: f64 = 0.3;
/// Share of bad batches, and how much more often goods of one are defective.
const BAD: (f64, f64) = (0.12, 5.0);

pub(crate) const LATE_DELIVERY: &str = "late delivery";
pub(crate) const INCOMPLETE: &str = "incomplete delivery";

/// The theme of a ticket of a category, opened so many days after the order.
pub(crate) fn detail(
    category: &str,
    channel: usize,
    waited: i32,
    solved: bool,
    stream: &mut Stream,
) -> Option<&'static str> {
    let sent = if channel == STORE { 0.0 } else { 1.0 };
    let late = if LATE.contains(&waited) { sent } else { 0.0 };
    let arrived = if waited > 2 { sent } else { 0.0 };
    // What the first contact does not solve is more often a real failure than a question.
    let failure = if solved { 1.0 } else { 2.0 };
    let themes: [(&'static str, f64); 4] = match category {
        "delivery" => [
            (LATE_DELIVERY, 4.0 * late * failure),
            (INCOMPLETE, 1.5 * arrived * failure),
            ("damaged in transit", 1.0 * failure),
            ("where is my order", if late > 0.0 { 0.5 } else { 2.5 }),
        ],
        "return" => [("slow refund", 2.0 * failure), ("wrong article", 1.5), ("return label", 2.5), ("exchange", 1.0)],
        "defect" => [("stopped working", 3.0), ("arrived broken", 1.5), ("missing part", 1.0), ("poor finish", 1.0)],
        "invoice" => {
            [("wrong amount", 1.5 * failure), ("missing discount", 2.0), ("reminder in error", 1.0), ("copy", 1.5)]
        }
        "account" => [("login", 2.0), ("change of address", 1.5), ("data request", 0.5), ("newsletter", 1.0)],
        _ => [("instructions", 2.0), ("availability", 2.5), ("compatibility", 1.5), ("price", 1.0)],
    };
    let chosen = themes[stream.weighted(&themes.map(|(_, weight)| weight))].0;
    (stream.chance(WRITTEN) || !solved).then_some(chosen)
}

/// The batch of goods bought on a day. Some batches are bad: what is defective comes from them more often.
pub(crate) fn batch(
    settings: &RetailSimulation,
    (product, bought): (usize, Date),
    defective: bool,
    stream: &mut Stream,
) -> String {
    let quarter = |day: Date| i32::from(civil(day).year()) * 4 + i32::from((civil(day).month() - 1) / 3);
    let current = quarter(bought);
    let weight = |batch: i32, share: f64| {
        if defective && is_bad(settings, product, batch) { share * BAD.1 } else { share }
    };
    let (old, new) = (weight(current - 1, OLDER), weight(current, 1.0 - OLDER));
    let batch = current - i32::from(stream.chance(old / (old + new)));
    format!("P{:03}-{:02}Q{}", product + 1, batch.div_euclid(4).rem_euclid(100), batch.rem_euclid(4) + 1)
}

/// Whether the batch of a product from a quarter is bad.
fn is_bad(settings: &RetailSimulation, product: usize, quarter: i32) -> bool {
    let row = (product as u64) << 32 | u64::from(quarter.unsigned_abs());
    Stream::new(settings.seed, "batches", row).chance(BAD.0)
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[test]
    fn what_is_defective_comes_more_often_from_bad_batches() -> Result<(), Box<dyn Error>> {
        let settings = RetailSimulation::builder().start("2024-01-01").years(1).seed(5).build()?;
        let day = "2024-05-15".parse()?;
        let bad = |defective: bool| {
            let from_bad = |product: &usize| {
                let mut stream = Stream::new(settings.seed, "test", *product as u64);
                let batch = batch(&settings, (*product, day), defective, &mut stream);
                let quarter = 2_024 * 4 + if batch.ends_with("24Q2") { 1 } else { 0 };
                is_bad(&settings, *product, quarter)
            };
            (0..2_000).filter(from_bad).count()
        };
        // One in eight is bad; with five times the weight, about one defect in five is of those.
        assert!(bad(true) > bad(false) * 5 / 4, "{} and {}", bad(true), bad(false));
        Ok(())
    }
}
