//! Can a campaign's comparison be trusted? The table `campaign_validity`.

use polars::prelude::PolarsResult;

use super::audience::{Audience, Member};
use super::effect::z_of;
use super::means::standardised_difference;
use super::read::MILLIONTHS;
use super::settings::PromotionSettings;
use crate::columns::ColumnSpec;
use crate::profile::ResultTable;
use crate::statistics::goodness_of_fit;
use crate::table::{Of, count, frame, known, specs, text};

/// What speaks for and against the comparison of a campaign with its controls.
#[derive(Debug, Clone)]
pub(super) struct Validity {
    pub(super) campaign: usize,
    pub(super) id: String,
    pub(super) treated: usize,
    controls: usize,
    planned: Option<f64>,
    pub(super) srm_p: Option<f64>,
    recency: Option<f64>,
    frequency: Option<f64>,
    spend: Option<f64>,
    noise: Option<f64>,
    pub(super) contaminated: usize,
    unsent: usize,
    pub(super) overlap_treated: Option<f64>,
    overlap_controls: Option<f64>,
    odd: [usize; 3],
    pub(super) problems: Vec<&'static str>,
    pub(super) doubts: Vec<&'static str>,
}

impl Validity {
    fn worst(&self) -> Option<f64> {
        let all = [self.recency?, self.frequency?, self.spend?];
        all.into_iter().map(f64::abs).reduce(f64::max)
    }

    /// `valid`, `doubtful`, `invalid`, or `none` without a control group.
    pub(super) fn verdict(&self) -> &'static str {
        if self.controls == 0 || self.treated == 0 {
            "none"
        } else if !self.problems.is_empty() {
            "invalid"
        } else if !self.doubts.is_empty() {
            "doubtful"
        } else {
            "valid"
        }
    }
}

const TABLE: &[Of<[Validity]>] = &[
    text("campaign_id", "", "the campaign", |of, row| Some(of[row].id.clone())),
    text("verdict", "", "valid, doubtful, invalid; none without two groups", |of, row| {
        Some(of[row].verdict().to_owned())
    }),
    count("n_treated", "customers", "customers assigned to a treatment", |of, row| Some(of[row].treated)),
    count("n_control", "customers", "customers kept out", |of, row| Some(of[row].controls)),
    known("planned_control", "share", "part of the audience that was planned to be kept out", |of, row| {
        of[row].planned
    }),
    known("srm_p", "probability", "of a split as far from the plan, by accident; null without a plan", |of, row| {
        of[row].srm_p
    }),
    known("smd_recency", "SD", "days since the last purchase before, treated less controls", |of, row| of[row].recency),
    known("smd_frequency", "SD", "orders before, treated less controls", |of, row| of[row].frequency),
    known("smd_spend", "SD", "spend before, treated less controls", |of, row| of[row].spend),
    known(
        "smd_noise",
        "SD",
        "how far groups of this size differ by accident, one time in twenty at the 95 % level",
        |of, row| of[row].noise,
    ),
    count("contaminated", "customers", "controls who were contacted", |of, row| Some(of[row].contaminated)),
    count("not_contacted", "customers", "treated who were not contacted", |of, row| Some(of[row].unsent)),
    known("overlap_treated", "share", "treated whom another campaign reached in the same time", |of, row| {
        of[row].overlap_treated
    }),
    known("overlap_control", "share", "controls whom another campaign reached in the same time", |of, row| {
        of[row].overlap_controls
    }),
    count("responses_unassigned", "responses", "of customers who were not in the audience", |of, row| {
        Some(of[row].odd[0])
    }),
    count("responses_early", "responses", "before the assignment", |of, row| Some(of[row].odd[1])),
    count("responses_outside", "responses", "outside the window", |of, row| Some(of[row].odd[2])),
    text("problems", "", "what makes the comparison invalid", |of, row| {
        Some(of[row].problems.join("; ")).filter(|text| !text.is_empty())
    }),
    text("doubts", "", "what weakens it", |of, row| Some(of[row].doubts.join("; ")).filter(|text| !text.is_empty())),
];

/// The columns of `campaign_validity`.
pub(super) const COLUMNS: &[ColumnSpec] = &specs::<_, { TABLE.len() }>(TABLE);

pub(super) fn table(checks: &[Validity]) -> PolarsResult<ResultTable> {
    let about =
        "One row per campaign, by first day: whether its arms were split as planned, alike before, and kept apart.";
    ResultTable::new("campaign_validity", about, frame(TABLE, checks, checks.len())?, COLUMNS)
}

pub(super) fn check(audience: &Audience, settings: &PromotionSettings, level: emptor_types::Level) -> Vec<Validity> {
    let mut found = Vec::new();
    for (place, campaign) in audience.campaigns.iter().enumerate() {
        let members = audience.of(place);
        if members.is_empty() {
            continue;
        }
        let (controls, treated): (Vec<&Member>, Vec<&Member>) = members.iter().partition(|member| member.is_control);
        let (n_t, n_c) = (treated.len() as f64, controls.len() as f64);
        let planned = campaign.control_share;
        let both = !controls.is_empty() && !treated.is_empty();
        let srm_p = planned.filter(|_| both).map(|share| goodness_of_fit(&[n_t, n_c], &[1.0 - share, share]));
        let smd = |of: fn(&Member) -> f64| {
            let values = |group: &[&Member]| group.iter().map(|member| of(member)).collect::<Vec<_>>();
            standardised_difference(&values(&treated), &values(&controls))
        };
        let share = |group: &[&Member]| {
            let hit = group.iter().filter(|member| member.overlap).count();
            (!group.is_empty() && audience.tells.sent).then(|| hit as f64 / group.len() as f64)
        };
        let contaminated = controls.iter().filter(|member| member.sent.is_some()).count();
        let unsent =
            if audience.tells.sent { treated.iter().filter(|member| member.sent.is_none()).count() } else { 0 };
        let mut validity = Validity {
            campaign: place,
            id: campaign.id.clone(),
            treated: treated.len(),
            controls: controls.len(),
            planned,
            srm_p,
            recency: smd(|member| f64::from(member.pre_recency)),
            frequency: smd(|member| member.pre_orders as f64),
            spend: smd(|member| member.pre_spend as f64 / MILLIONTHS),
            noise: both.then(|| z_of(level) * (1.0 / n_t + 1.0 / n_c).sqrt()),
            contaminated,
            unsent,
            overlap_treated: share(&treated),
            overlap_controls: share(&controls),
            odd: audience.odd_responses[place],
            problems: Vec::new(),
            doubts: Vec::new(),
        };
        judge(&mut validity, settings);
        found.push(validity);
    }
    found
}

/// An imbalance that accident explains weakens a comparison; one beyond accident, or a split that nobody planned, ends it.
fn judge(validity: &mut Validity, settings: &PromotionSettings) {
    let (worst, noise) = (validity.worst().unwrap_or(0.0), validity.noise.unwrap_or(f64::INFINITY));
    // Three covariates are looked at: at half as much again as the noise, accident alone raises one alarm in a hundred.
    let beyond = worst > settings.balance_limit && worst > 1.5 * noise;
    let mut say = |holds: bool, text: &'static str, is_problem: bool| {
        let list = if is_problem { &mut validity.problems } else { &mut validity.doubts };
        list.extend(holds.then_some(text));
    };
    say(validity.srm_p.is_some_and(|p| p < settings.ratio_alarm), "sample ratio is not the planned one", true);
    say(beyond, "arms were not alike before, beyond accident", true);
    say(worst > settings.balance_limit && !beyond, "arms were not quite alike before, as small groups are not", false);
    let contaminated = validity.contaminated as f64 / (validity.controls.max(1)) as f64;
    say(contaminated > 0.05, "more than 5 % of controls were contacted", true);
    say(contaminated > 0.0 && contaminated <= 0.05, "controls were contacted", false);
    let apart = validity.overlap_treated.zip(validity.overlap_controls).map_or(0.0, |(t, c)| (t - c).abs());
    say(apart > 0.05, "another campaign reached one arm more than the other", false);
    say(validity.controls < settings.min_n || validity.treated < settings.min_n, "few customers", false);
}
