//! Did a score find those whom campaigns moved? The tables `uplift_curve` and `campaign_gains`.

use std::collections::HashMap;

use emptor_learn::gains;
use polars::prelude::{DataFrame, PolarsResult};

use super::audience::{Audience, Member};
use super::read::{MILLIONTHS, by_customer, same_type};
use super::settings::PromotionSettings;
use super::uplift::{CurveForm, UpliftCurve, UpliftPoint};
use crate::columns::ColumnSpec;
use crate::profile::{ProfileError, ProfileInput, ResultTable};
use crate::table::{Of, count, flag, frame, number, specs, text};

struct CurveRow {
    model: String,
    campaign: String,
    form: CurveForm,
    normalised: bool,
    point: UpliftPoint,
    area: f64,
    scored: usize,
}

const CURVE: &[Of<[CurveRow]>] = &[
    text("model", "", "the score that customers are ranked by, the highest first", |of, row| {
        Some(of[row].model.clone())
    }),
    number("frac", "share", "the best customers, as a share of those with a score", |of, row| of[row].point.share),
    number("q", "incremental responders", "the curve", |of, row| of[row].point.value),
    number("q_random", "incremental responders", "what customers chosen at random would give", |of, row| {
        of[row].point.random
    }),
    text("form", "", "qini: Y_T − Y_C · N_T / N_C among the best", |of, row| Some(of[row].form.to_string())),
    flag("normalised", "", "whether q is divided by its last value", |of, row| of[row].normalised),
    text("campaign_id", "", "the campaign", |of, row| Some(of[row].campaign.clone())),
    number(
        "area",
        "incremental responders",
        "the Qini coefficient: area between q and q_random over frac",
        |of, row| of[row].area,
    ),
    count("scored", "customers", "customers of the audience with a score", |of, row| Some(of[row].scored)),
];

/// The columns of `uplift_curve`.
pub(super) const CURVE_COLUMNS: &[ColumnSpec] = &specs::<_, { CURVE.len() }>(CURVE);

struct GainRow {
    model: String,
    campaign: String,
    gain: emptor_learn::GainsRow,
}

const GAINS: &[Of<[GainRow]>] = &[
    text("model", "", "the score that customers are ranked by", |of, row| Some(of[row].model.clone())),
    text("campaign_id", "", "the campaign", |of, row| Some(of[row].campaign.clone())),
    count("group", "", "the group of treated customers, 1 for the highest scores", |of, row| Some(of[row].gain.group)),
    count("customers", "customers", "its customers", |of, row| Some(of[row].gain.rows)),
    number("responders", "customers", "its responders; not whole where equal scores straddle a border", |of, row| {
        of[row].gain.events
    }),
    number("rate", "share", "responders by customers", |of, row| of[row].gain.rate),
    number("lift", "×", "that by the rate of all", |of, row| of[row].gain.lift),
    number("captured", "share", "responders of this and all better groups by all responders", |of, row| {
        of[row].gain.captured
    }),
    number("cumulative_lift", "×", "rate of this and all better groups by the rate of all", |of, row| {
        of[row].gain.cumulative_lift
    }),
];

/// The columns of `campaign_gains`.
pub(super) const GAINS_COLUMNS: &[ColumnSpec] = &specs::<_, { GAINS.len() }>(GAINS);

/// A score under a name, of every member of an audience, `None` where unknown.
pub(super) struct Score {
    model: String,
    of_members: Vec<Option<f64>>,
}

impl Score {
    pub(super) fn of_customers(model: &str, values: &HashMap<String, f64>, audience: &Audience) -> Self {
        let value = |member: &Member| values.get(&audience.customers[member.customer]).copied();
        Self { model: model.to_owned(), of_members: audience.members.iter().map(value).collect() }
    }

    /// What members spent before: what a shop ranks by that has no model.
    pub(super) fn spend_before(audience: &Audience) -> Self {
        let value = |member: &Member| Some(member.pre_spend as f64 / MILLIONTHS);
        Self { model: "spend_before".to_owned(), of_members: audience.members.iter().map(value).collect() }
    }
}

/// Uplift curves, and gains tables of the treated, of every campaign by a score of the caller's own: e.g. the predicted
/// uplift of a model that was fitted on earlier campaigns. `scores` has the columns `customer_id` and `score`.
///
/// A score fitted on the same campaign finds its own noise: give scores that were made before it, or out of fold.
///
/// # Errors
/// [`ProfileError::Missing`] without campaigns or contacts; if the columns are missing or have another type; if settings
/// break rules; if a query fails.
pub fn uplift_tables(
    input: &ProfileInput<'_>,
    settings: &PromotionSettings,
    model: &str,
    scores: &DataFrame,
) -> Result<[ResultTable; 2], ProfileError> {
    use polars::prelude::IntoLazy;
    settings.check()?;
    let missing = |table: &str| ProfileError::Missing { asked: "uplift_curve".to_owned(), missing: table.to_owned() };
    let campaigns = input.tables.campaigns().ok_or_else(|| missing("campaigns"))?;
    let contacts = input.tables.contacts().ok_or_else(|| missing("contacts"))?;
    same_type(&input.tables, scores.clone().lazy(), "scores")?;
    let values = by_customer(scores, "score", |column, row| column.f64().ok()?.get(row).filter(|x| x.is_finite()))?;
    let audience = Audience::read(input, settings, campaigns, contacts)?;
    let score = Score::of_customers(model, &values, &audience);
    Ok(tables(&audience, settings, &[score])?)
}

/// The curve of every campaign with controls, and the gains of its treated, by every score.
pub(super) fn tables(
    audience: &Audience,
    settings: &PromotionSettings,
    scores: &[Score],
) -> PolarsResult<[ResultTable; 2]> {
    let (mut curves, mut tenths) = (Vec::new(), Vec::new());
    for (place, campaign) in audience.campaigns.iter().enumerate() {
        for score in scores {
            let of_members = audience.rows_of(place).map(|row| (score.of_members[row], &audience.members[row]));
            let scored: Vec<(f64, bool, bool)> = of_members
                .filter_map(|(score, member)| Some((score?, member.responded(settings.outcome), !member.is_control)))
                .collect();
            let columns: (Vec<f64>, Vec<f64>) =
                scored.iter().map(|(score, responded, _)| (*score, f64::from(u8::from(*responded)))).unzip();
            let treated: Vec<bool> = scored.iter().map(|(_, _, treated)| *treated).collect();
            // Without both arms there is no curve.
            if let Ok(curve) = UpliftCurve::new(&columns.0, &columns.1, &treated, CurveForm::Qini) {
                let area = curve.area();
                curves.extend(curve.at_steps(settings.curve_steps).into_iter().map(|point| CurveRow {
                    model: score.model.clone(),
                    campaign: campaign.id.clone(),
                    form: curve.form(),
                    normalised: curve.is_normalised(),
                    point,
                    area,
                    scored: scored.len(),
                }));
            }
            let (own, events): (Vec<f64>, Vec<bool>) = scored
                .iter()
                .filter(|(_, _, treated)| *treated)
                .map(|(score, responded, _)| (*score, *responded))
                .unzip();
            // Without responders, or with nobody else, there is nothing to gain.
            if let Ok(groups) = gains(&events, &own, settings.groups.min(own.len())) {
                tenths.extend(groups.into_iter().map(|gain| GainRow {
                    model: score.model.clone(),
                    campaign: campaign.id.clone(),
                    gain,
                }));
            }
        }
    }
    let about = "One row per campaign, score and share of customers: what the best of them brought beyond what would have \
                 come anyway.";
    let curve = ResultTable::new("uplift_curve", about, frame(CURVE, curves.as_slice(), curves.len())?, CURVE_COLUMNS)?
        .with_flag("form: qini (Y_T − Y_C · N_T / N_C), not normalised");
    let about =
        "One row per campaign, score and group of treated customers: how responders gather among the highest scores.";
    let gains =
        ResultTable::new("campaign_gains", about, frame(GAINS, tenths.as_slice(), tenths.len())?, GAINS_COLUMNS)?
            .with_flag("gross: a score that finds buyers need not find those whom a campaign moves");
    Ok([curve, gains])
}
