//! From the audience to the order: the table `campaign_funnel`.

use polars::prelude::PolarsResult;

use super::audience::{Audience, Member};
use super::settings::Outcome;
use crate::columns::ColumnSpec;
use crate::profile::ResultTable;
use crate::table::{Of, count, frame, known, specs, text};

/// A stage of a campaign.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    id: String,
    pub(super) stage: &'static str,
    step: usize,
    pub(super) customers: Option<usize>,
    to_previous: Option<f64>,
    to_sent: Option<f64>,
}

const TABLE: &[Of<[Stage]>] = &[
    text("campaign_id", "", "the campaign", |of, row| Some(of[row].id.clone())),
    text("stage", "", "targeted, sent, delivered, opened, clicked, responded or converted", |of, row| {
        Some(of[row].stage.to_owned())
    }),
    count("step", "", "its place, from 1", |of, row| Some(of[row].step)),
    count("customers", "customers", "treated customers who reached it; null where contacts do not tell", |of, row| {
        of[row].customers
    }),
    known("rate_previous", "share", "of those of the last stage that is told of", |of, row| of[row].to_previous),
    known("rate_sent", "share", "of those who were sent something", |of, row| of[row].to_sent),
];

/// The columns of `campaign_funnel`.
pub(super) const COLUMNS: &[ColumnSpec] = &specs::<_, { TABLE.len() }>(TABLE);

pub(super) fn table(stages: &[Stage]) -> PolarsResult<ResultTable> {
    let about = "One row per campaign and stage: treated customers who got so far. An order without a contact is nobody's \
                 response: from `sent` on only those count who were sent something.";
    let told = ResultTable::new("campaign_funnel", about, frame(TABLE, stages, stages.len())?, COLUMNS)?;
    Ok(told.with_flag("gross: stages say nothing of what would have come anyway"))
}

/// Whether contacts tell if a member reached a stage: of letters nobody knows whether they were opened.
type Told = fn(&Member) -> bool;
/// Whether a member reached a stage.
type Reached = fn(&Member) -> bool;

pub(super) fn funnel(audience: &Audience) -> Vec<Stage> {
    let tells = audience.tells;
    let stages: [(&'static str, Told, Reached); 7] = [
        ("targeted", |_| true, |_| true),
        ("sent", |_| true, |member| member.sent.is_some()),
        ("delivered", |member| member.delivered.is_some(), |member| member.delivered == Some(true)),
        ("opened", |member| member.opened.is_some(), |member| member.opened == Some(true)),
        ("clicked", |member| member.clicked.is_some(), |member| member.clicked == Some(true)),
        ("responded", |_| true, |member| member.responded(Outcome::Either)),
        ("converted", |_| true, |member| member.orders > 0),
    ];
    let mut found = Vec::new();
    for (place, campaign) in audience.campaigns.iter().enumerate() {
        let treated: Vec<&Member> = audience.of(place).iter().filter(|member| !member.is_control).collect();
        if treated.is_empty() {
            continue;
        }
        let mut previous: Option<usize> = None;
        let mut sent: Option<usize> = None;
        for (step, (stage, told, reached)) in stages.iter().enumerate() {
            let counts = |member: &&&Member| reached(member) && (step == 0 || !tells.sent || member.sent.is_some());
            let is_told = (*stage != "sent" || tells.sent) && treated.iter().any(|member| told(member));
            let customers = is_told.then(|| treated.iter().filter(counts).count());
            let rate = |of: Option<usize>| {
                customers.zip(of.filter(|of| *of > 0)).map(|(customers, of)| customers as f64 / of as f64)
            };
            let to_previous = rate(previous);
            if *stage == "sent" {
                sent = customers;
            }
            let to_sent = if step >= 1 { rate(sent) } else { None };
            found.push(Stage { id: campaign.id.clone(), stage, step: step + 1, customers, to_previous, to_sent });
            previous = customers.or(previous);
        }
    }
    found
}
