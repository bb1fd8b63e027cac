//! What segments prefer, against the base.

use polars::prelude::{DataFrame, PolarsResult};

use super::base::{Base, Levels};
use super::customer::Profile;
use super::preference::{Part, SegmentIndex, q_values, segment_indices};
use super::settings::{ProfilingSettings, SegmentBy};
use crate::columns::ColumnSpec;
use crate::profile::ProfileError;
use crate::table::{Of, count, frame, known, number, specs, text};

/// The level of all levels beyond the greatest.
const OTHER: &str = "__other__";

/// A level of an attribute in a segment.
#[derive(Debug, Clone)]
pub(super) struct Preference {
    pub(super) segment: String,
    pub(super) attribute: String,
    pub(super) level: String,
    pub(super) index: SegmentIndex,
    pub(super) q_value: f64,
    /// Customers of the segment of whom the attribute is known, and all of them.
    pub(super) customers: usize,
    pub(super) all: usize,
    pub(super) low_support: bool,
}

/// All attributes of customers and of what they buy, by segment; by segment, attribute and index in the order of levels.
pub(super) fn preferences(
    base: &Base,
    profile: &Profile,
    settings: &ProfilingSettings,
) -> Result<Vec<Preference>, ProfileError> {
    let named: Vec<Option<String>> = profile
        .rows
        .iter()
        .map(|row| match settings.segment_by {
            SegmentBy::Rfm => row.segment.map(|segment| segment.to_string()),
            SegmentBy::Grade => row.grade.clone(),
            SegmentBy::Given => row.given_segment.clone(),
        })
        .collect();
    // Customers without a segment are no part of the base.
    let mut segments: Vec<&str> = named.iter().flatten().map(String::as_str).collect();
    segments.sort_unstable();
    segments.dedup();
    let segment_of: Vec<Option<usize>> =
        named.iter().map(|name| segments.binary_search(&name.as_deref()?).ok()).collect();
    let mut sizes = vec![0_usize; segments.len()];
    segment_of.iter().flatten().for_each(|segment| sizes[*segment] += 1);

    let own: Vec<(String, Levels)> =
        base.attributes.iter().map(|(name, values)| (name.clone(), Levels::attribute(values))).collect();
    let bought = [("category", &profile.categories), ("channel", &profile.channels), ("place_id", &profile.places)];
    let bought = bought.into_iter().filter_map(|(name, levels)| Some((name, levels.as_ref()?)));
    let attributes = bought.chain(own.iter().map(|(name, levels)| (name.as_str(), levels)));

    let mut rows = Vec::new();
    let (mut tests, mut test_of) = (Vec::new(), Vec::new());
    for (attribute, levels) in attributes {
        let (parts, names) = parts(levels, &segment_of, settings.max_levels);
        // An attribute of one level tells nobody apart.
        if names.len() < 2 {
            continue;
        }
        let all: Vec<usize> = segment_of.iter().map(|segment| segment.unwrap_or_default()).collect();
        let indices = segment_indices(&all, segments.len(), &parts, names.len())?;
        let mut known = vec![0_usize; segments.len()];
        parts.chunk_by(|a, b| a.customer == b.customer).for_each(|own| known[all[own[0].customer]] += 1);
        for of_segment in indices.chunk_by(|a, b| a.segment == b.segment) {
            tests.push(of_segment[0].p_value);
            let customers = known[of_segment[0].segment];
            for index in of_segment {
                test_of.push(tests.len() - 1);
                rows.push(Preference {
                    segment: segments[index.segment].to_owned(),
                    attribute: attribute.to_owned(),
                    level: names[index.level].clone(),
                    index: *index,
                    q_value: f64::NAN,
                    customers,
                    all: sizes[index.segment],
                    low_support: customers < settings.min_n,
                });
            }
        }
    }
    for (row, q) in rows.iter_mut().zip(q_values(&tests, &test_of)) {
        row.q_value = q;
    }
    rows.sort_by(|a, b| (&a.segment, &a.attribute).cmp(&(&b.segment, &b.attribute)));
    Ok(rows)
}

/// Every customer's shares of known levels, and the names of the levels, of which the greatest are kept apart.
///
/// What is not known is no level: loyal households fill in more forms, and would lean to every answer there is.
fn parts(levels: &Levels, segment_of: &[Option<usize>], most: usize) -> (Vec<Part>, Vec<String>) {
    let mut totals = vec![0.0; levels.names.len()];
    let mut parts = Vec::with_capacity(levels.cells.len());
    for cells in levels.by_customer().filter(|cells| segment_of[cells[0].0 as usize].is_some()) {
        let known = cells.iter().filter(|cell| !levels.is_unknown(cell.1));
        let sum: f64 = known.clone().map(|cell| cell.2).sum();
        for cell in known.filter(|_| sum > 0.0) {
            totals[cell.1 as usize] += cell.2 / sum;
            parts.push(Part::new(cell.0 as usize, cell.1 as usize, (cell.2 / sum).clamp(0.0, 1.0)));
        }
    }
    let mut order: Vec<usize> = (0..totals.len()).filter(|level| totals[*level] > 0.0).collect();
    order.sort_by(|a, b| totals[*b].total_cmp(&totals[*a]));
    let kept = order.len().min(most);
    let mut names: Vec<String> = order[..kept].iter().map(|level| levels.names[*level].clone()).collect();
    if kept < order.len() {
        names.push(OTHER.to_owned());
    }
    let mut code = vec![kept; totals.len()];
    order[..kept].iter().enumerate().for_each(|(place, level)| code[*level] = place);
    parts.iter_mut().for_each(|part| part.level = code[part.level]);
    // A customer's parts of levels that are one now are one part.
    parts.sort_by_key(|part| (part.customer, part.level));
    let mut merged: Vec<Part> = Vec::with_capacity(parts.len());
    for part in parts {
        match merged.last_mut() {
            Some(last) if (last.customer, last.level) == (part.customer, part.level) => {
                last.part = (last.part + part.part).min(1.0);
            }
            _ => merged.push(part),
        }
    }
    (merged, names)
}

const PREFERENCE: &[Of<[Preference]>] = &[
    text("segment_id", "", "the segment", |of, i| Some(of[i].segment.clone())),
    text("attribute", "", "the attribute: of customers, or of what they buy", |of, i| Some(of[i].attribute.clone())),
    text("level", "", "its level; `__other__` is the many small ones together", |of, i| Some(of[i].level.clone())),
    count("n", "count", "customers of the segment with something of the level", |of, i| Some(of[i].index.n)),
    number("share_segment", "share", "mean share of the level among the segment's customers", |of, i| {
        of[i].index.share_segment
    }),
    number("share_base", "share", "mean share among all customers", |of, i| of[i].index.share_base),
    number("index", "100 = base", "100 · share_segment / share_base", |of, i| of[i].index.index),
    number("cramers_v", "0 to 1", "strength of the attribute for this segment", |of, i| of[i].index.cramers_v),
    number("q_value", "probability", "of so great a difference by chance, adjusted for all tests", |of, i| {
        of[i].q_value
    }),
    number("p_value", "probability", "the same, not adjusted", |of, i| of[i].index.p_value),
    count("customers", "count", "customers of the segment of whom the attribute is known", |of, i| {
        Some(of[i].customers)
    }),
    number("coverage", "share", "their share of all customers of the segment", |of, i| {
        of[i].customers as f64 / of[i].all as f64
    }),
    known("lift_customers", "count", "customers beyond what the base's share would give", |of, i| {
        let row = &of[i];
        Some(row.customers as f64 * (row.index.share_segment - row.index.share_base))
    }),
    text("flags", "", "low_support where they are few", |of, i| {
        of[i].low_support.then(|| format!("low_support: n = {}", of[i].customers))
    }),
];

pub(super) const PREFERENCE_COLUMNS: &[ColumnSpec] = &specs::<_, { PREFERENCE.len() }>(PREFERENCE);

pub(super) fn to_frame(rows: &[Preference]) -> PolarsResult<DataFrame> {
    frame(PREFERENCE, rows, rows.len())
}
