//! All tables of Promotion.

use std::collections::HashMap;

use emptor_table::{Campaigns, Contacts};
use emptor_types::Level;

use super::audience::Audience;
use super::ranking::Score;
use super::read::{by_customer, same_type};
use super::settings::{Outcome, PromotionSettings};
use super::{cost, credit, decomp, dependence, findings, funnel, pressure, ranking, result, validity};
use crate::profile::{Gap, Need, P, ProfileError, ProfileInput, Section};

/// Results that compare what campaigns did; they need campaigns and contacts.
const OF_AUDIENCES: [&str; 8] = [
    "campaign_result",
    "campaign_validity",
    "campaign_funnel",
    "contact_pressure",
    "campaign_cost",
    "campaign_credit",
    "uplift_curve",
    "campaign_gains",
];

/// Everything that the tables say of campaigns and promotions.
///
/// Campaigns are those that ran on a day of the window; their responses count from the first day (or the assignment,
/// where that is later) to the last day and the days of grace, even where these lie before the window. What is sold in
/// that time counts with what of it comes back later.
///
/// ```
/// use emptor_core::period::Grain;
/// use emptor_core::profile::promotion::{PromotionSettings, section};
/// use emptor_core::profile::{ProfileInput, Window};
/// use emptor_table::polars::df;
/// use emptor_table::{CampaignColumns, Campaigns, ContactColumns, Contacts, Tables, TransactionColumns, Transactions};
///
/// let lines = df!("who" => [1_i64, 2, 3], "day" => ["2024-05-03"; 3], "net" => [40.0, 25.0, 30.0])?;
/// let campaigns = df!("id" => ["K1"], "from" => ["2024-05-01"], "to" => ["2024-05-14"], "cost" => [10.0], "rate" => [0.5])?;
/// let contacts = df!("id" => ["K1"; 4], "who" => [1_i64, 2, 3, 4], "arm" => ["mail", "mail", "control", "control"],
///                    "drawn" => ["2024-04-30"; 4])?;
/// let tables = Tables::new(Transactions::from_frame(lines, &TransactionColumns::new("who", "day").amount("net"))?)
///     .with_campaigns(Campaigns::scan(campaigns, &CampaignColumns::new("id", "from", "to").cost_fixed("cost").margin_rate("rate"))?)
///     .with_contacts(Contacts::scan(contacts, &ContactColumns::new("id", "who", "arm", "drawn"))?);
/// let window = Window::new("2024-01-01".parse()?, "2024-12-31".parse()?, Grain::Month)?;
/// let promotion = section(&ProfileInput::new(&tables, window), &PromotionSettings::default())?;
/// let result = promotion.table("campaign_result").ok_or("campaigns and contacts are there")?;
/// // Two of two came; of two controls one came, so one of the two would have come anyway.
/// assert_eq!(result.frame.column("incr")?.f64()?.get(0), Some(1.0));
/// // 32.5 of margin against 15 of as many controls, for 10.
/// assert_eq!(result.frame.column("profit_incr")?.f64()?.get(0), Some(7.5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If settings break rules, if tables name customers by different types, or if a query fails. What is missing is a gap.
pub fn section(input: &ProfileInput<'_>, settings: &PromotionSettings) -> Result<Section, ProfileError> {
    settings.check()?;
    let level = settings.interval_level()?;
    let mut section = Section::new(P::Promotion);
    match (input.tables.campaigns(), input.tables.contacts()) {
        (Some(campaigns), Some(contacts)) => of_audiences(&mut section, input, settings, level, campaigns, contacts)?,
        (campaigns, contacts) => {
            let mut needs = Vec::new();
            needs.extend(campaigns.is_none().then(|| Need::table("campaigns")));
            needs.extend(contacts.is_none().then(|| Need::table("contacts")));
            for analysis in OF_AUDIENCES {
                let reason = "what a campaign brought is known by who was assigned to it, and when it ran";
                section.gaps.push(Gap::new(analysis, needs.clone(), reason));
            }
        }
    }
    of_prices(&mut section, input, settings)?;
    Ok(section)
}

fn of_audiences(
    section: &mut Section,
    input: &ProfileInput<'_>,
    settings: &PromotionSettings,
    level: Level,
    campaigns: &Campaigns,
    contacts: &Contacts,
) -> Result<(), ProfileError> {
    if settings.outcome == Outcome::Responses && input.tables.responses().is_none() {
        let reason = "responses are to be counted by rows of responses, and there are none";
        section.gaps.push(Gap::new("campaign_result", [Need::table("responses")], reason));
        return Ok(());
    }
    let audience = Audience::read(input, settings, campaigns, contacts)?;
    if audience.members.is_empty() {
        for analysis in OF_AUDIENCES {
            section.gaps.push(Gap::new(analysis, [], "no campaign with an audience ran in the window"));
        }
        return Ok(());
    }
    let results = result::results(&audience, settings, level);
    let checks = validity::check(&audience, settings, level);
    let values = numbers(input, "ltv_total")?;
    let costs = cost::costs(&audience, &results, &values, level);
    section.tables.push(result::table(&results, &audience, settings)?);
    section.tables.push(validity::table(&checks)?);
    section.tables.push(funnel::table(&funnel::funnel(&audience))?);
    section.tables.push(cost::table(&costs)?);
    if audience.tells.sent {
        let pressures = pressure::pressure(&audience, settings, level);
        section.tables.push(pressure::table(&pressures, settings)?);
        section.tables.push(credit::table(&credit::credits(input, &audience)?)?);
        section.findings.extend(findings::of_pressure(&pressures, settings));
    } else {
        for analysis in ["contact_pressure", "campaign_credit"] {
            let reason = "contacts do not say whom something was sent to, and when";
            section.gaps.push(Gap::new(analysis, [Need::column("contacts", "sent_at")], reason));
        }
    }
    let mut scores = vec![Score::spend_before(&audience)];
    for name in ["p_alive", "expected_remaining_life", "ltv_total", "cm2"] {
        if input.scores.is_some_and(|scores| scores.has(name)) {
            scores.push(Score::of_customers(name, &numbers(input, name)?, &audience));
        }
    }
    for table in ranking::tables(&audience, settings, &scores)? {
        if table.frame.height() > 0 {
            section.tables.push(table);
        } else {
            let reason =
                "no campaign has what it takes: responders, and for uplift both treated customers and controls";
            section.gaps.push(Gap::new(table.name, [], reason));
        }
    }
    section.findings.extend(findings::of_campaigns(&results, &checks, &costs, settings, level));
    gaps_of_audiences(section, input, &audience, &results);
    Ok(())
}

/// What the tables would say if there were more.
fn gaps_of_audiences(
    section: &mut Section,
    input: &ProfileInput<'_>,
    audience: &Audience,
    results: &[result::ArmResult],
) {
    let mut gap = |holds: bool, analysis: &'static str, needs: Vec<Need>, reason: &str| {
        section.gaps.extend(holds.then(|| Gap::new(analysis, needs, reason)));
    };
    let blind = results.iter().any(|arm| !arm.has_control);
    let reason = "some campaigns kept nobody out: what would have come anyway is unknown";
    gap(blind, "incremental results", vec![Need::column("contacts", "arm")], reason);
    let planned = audience.campaigns.iter().any(|campaign| campaign.control_share.is_some());
    let reason = "no campaign says what part of its audience was planned to be kept out";
    gap(!planned, "sample-ratio check", vec![Need::column("campaigns", "control_share")], reason);
    let margin = results.iter().any(|arm| arm.margin.is_none());
    let reason = "costs of products are unknown, and campaigns state no margin";
    let needs = vec![Need::column("products", "unit_cost"), Need::column("campaigns", "margin_rate")];
    gap(margin, "incremental profit", needs, reason);
    let cost = results.iter().any(|arm| arm.cost.is_none() && !arm.is_control);
    let needs = vec![Need::column("campaigns", "cost_fixed"), Need::column("campaigns", "cost_contact")];
    gap(cost, "incremental profit", needs, "some campaigns do not say what they cost");
    let budget = audience.campaigns.iter().all(|campaign| campaign.budget.is_none());
    gap(budget, "budget variance", vec![Need::column("campaigns", "budget")], "no campaign has a budget");
    let value = !input.scores.is_some_and(|scores| scores.has("ltv_total"));
    gap(value, "return in lifetime value", vec![Need::column("scores", "ltv_total")], "lifetime values are not given");
    let opt_outs = !audience.tells.opt_outs;
    gap(opt_outs, "opt-out rates", vec![Need::column("responses", "type")], "responses do not tell of opt-outs");
}

fn of_prices(
    section: &mut Section,
    input: &ProfileInput<'_>,
    settings: &PromotionSettings,
) -> Result<(), ProfileError> {
    let transactions = input.tables.transactions();
    let Some(on_promotion) = dependence::on_promotion(transactions) else {
        for analysis in ["promo_dependence", "promo_decomp"] {
            let needs = [Need::column("transactions", "is_promo"), Need::column("transactions", "discount")];
            section.gaps.push(Gap::new(analysis, needs, "lines do not say whether they were sold on promotion"));
        }
        return Ok(());
    };
    let depends = dependence::dependence(input, settings, &on_promotion)?;
    section.tables.push(dependence::table(&depends, settings)?);
    section.findings.extend(findings::of_dependence(&depends, settings));
    let needs: Vec<Need> = ["product_id", "quantity"]
        .into_iter()
        .filter(|role| !transactions.has(role))
        .map(|role| Need::column("transactions", role))
        .collect();
    if !needs.is_empty() {
        section.gaps.push(Gap::new("promo_decomp", needs, "units of products are unknown"));
        return Ok(());
    }
    let rows = decomp::decompose(input, settings, &on_promotion)?;
    if rows.is_empty() {
        let reason = "no product was on promotion in a whole week of the window";
        section.gaps.push(Gap::new("promo_decomp", [], reason));
        return Ok(());
    }
    section.tables.push(decomp::table(&rows)?);
    section.findings.extend(findings::of_decomposition(&rows));
    Ok(())
}

/// A score by customer; empty where it is not given.
fn numbers(input: &ProfileInput<'_>, name: &str) -> Result<HashMap<String, f64>, ProfileError> {
    use polars::prelude::IntoLazy;
    let Some(scores) = input.scores.filter(|scores| scores.has(name)) else { return Ok(HashMap::new()) };
    same_type(&input.tables, scores.frame().clone().lazy(), "scores")?;
    let number = |column: &polars::prelude::Column, row: usize| column.f64().ok()?.get(row).filter(|x| x.is_finite());
    Ok(by_customer(scores.frame(), name, number)?)
}
