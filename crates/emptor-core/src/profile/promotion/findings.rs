//! What the head of marketing should know of campaigns and promotions.

use std::collections::BTreeSet;

use super::cost::Cost;
use super::decomp::Decomposition;
use super::dependence::Dependence;
use super::effect::z_of;
use super::pressure::Pressures;
use super::result::ArmResult;
use super::settings::PromotionSettings;
use super::validity::Validity;
use crate::profile::Finding;
use crate::profile::words::{count, many, money, percent};
use emptor_types::Level;

/// Of campaigns: which paid, what is claimed and what is true, which comparisons are worth nothing.
pub(super) fn of_campaigns(
    results: &[ArmResult],
    checks: &[Validity],
    costs: &[Cost],
    settings: &PromotionSettings,
    level: Level,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let invalid =
        |arm: &&ArmResult| checks.iter().any(|check| check.campaign == arm.campaign && check.verdict() == "invalid");
    let arms: Vec<&ArmResult> = results.iter().filter(|arm| arm.segment.is_none() && !arm.is_control).collect();
    let compared: Vec<&ArmResult> = arms.iter().copied().filter(|arm| arm.money.is_some() && !invalid(arm)).collect();
    let priced: Vec<&ArmResult> = compared.iter().copied().filter(|arm| arm.profit_incremental().is_some()).collect();
    findings.extend(together(&priced, settings, level));
    findings.extend(one_by_one(&priced, settings));
    findings.extend(would_have_come(&compared, settings));

    let broken: Vec<String> = checks
        .iter()
        .filter(|check| check.verdict() == "invalid")
        .map(|c| format!("{} ({})", c.id, c.problems.join(", ")))
        .collect();
    if !broken.is_empty() {
        let headline = format!(
            "{} cannot be judged by {} controls: {}.",
            many(broken.len(), "campaign", "campaigns"),
            if broken.len() == 1 { "its" } else { "their" },
            broken.join("; ")
        );
        findings.push(Finding::new("campaign_validity", 0.9, headline));
    }
    let blind: Vec<&str> = arms.iter().filter(|arm| !arm.has_control).map(|arm| arm.id.as_str()).collect();
    if !blind.is_empty() {
        let spent: f64 = arms.iter().filter(|arm| !arm.has_control).filter_map(|arm| arm.cost).sum();
        let headline = format!(
            "Nobody can say what {} earned ({}{}): nobody was kept out, so what would have come anyway is unknown.",
            many(blind.len(), "campaign", "campaigns"),
            blind.join(", "),
            if spent > 0.0 { format!("; cost {}", money(spent)) } else { String::new() }
        );
        findings.push(Finding::new("campaign_result", 0.85, headline));
    }
    findings.extend(over_budget(costs));
    findings.extend(overlapping(checks));
    findings
}

fn overlapping(checks: &[Validity]) -> Option<Finding> {
    let treated: usize = checks.iter().map(|check| check.treated).sum();
    let hit: f64 = checks.iter().filter_map(|check| Some(check.overlap_treated? * check.treated as f64)).sum();
    let share = (treated > 0).then(|| hit / treated as f64)?;
    let headline = format!(
        "{} of all treatments fell while another campaign reached the same customer: their effects cannot be told apart.",
        percent(share)
    );
    (share > 0.1).then(|| Finding::new("campaign_validity", 0.5, headline))
}

fn together(arms: &[&ArmResult], settings: &PromotionSettings, level: Level) -> Option<Finding> {
    let profit: f64 = arms.iter().filter_map(|arm| arm.profit_incremental()).sum();
    let gross: f64 = arms.iter().filter_map(|arm| arm.earned.map(|earned| earned.profit_gross)).sum();
    let variance: f64 = arms
        .iter()
        .filter_map(|arm| arm.money)
        .zip(arms)
        .map(|(money, arm)| (money.standard_error * arm.n as f64).powi(2))
        .sum();
    let half = z_of(level) * variance.sqrt();
    let paid = arms.iter().filter(|arm| arm.profit_at(|money| money.interval.low).is_some_and(|low| low > 0.0)).count();
    let lost =
        arms.iter().filter(|arm| arm.profit_at(|money| money.interval.high).is_some_and(|high| high < 0.0)).count();
    let cost: f64 = arms.iter().filter_map(|arm| arm.cost).sum();
    let campaigns: BTreeSet<usize> = arms.iter().map(|arm| arm.campaign).collect();
    let what = if campaigns.len() == arms.len() { "campaign" } else { "campaign arm" };
    let who = if arms.len() == 1 { format!("the {what}") } else { format!("the {} {what}s", count(arms.len())) };
    let (low, high) = (profit - half, profit + half);
    let mut headline = if low <= 0.0 && high >= 0.0 {
        format!(
            "Nothing shows that {who} paid: {} after {} of cost, anywhere from {} to {}; without controls one would have \
             claimed {}.",
            money(profit),
            money(cost),
            money(low),
            money(high),
            money(gross)
        )
    } else {
        format!(
            "Against controls, {who} {} {} after {} of cost, from {} to {}; without controls one would have claimed {}.",
            if profit < 0.0 { "lost" } else { "earned" },
            money(profit.abs()),
            money(cost),
            money(low.abs().min(high.abs())),
            money(low.abs().max(high.abs())),
            money(gross)
        )
    };
    if arms.len() > 1 && paid + lost > 0 {
        headline.push_str(&format!(" {} paid beyond chance, {} lost beyond chance.", count(paid), count(lost)));
    }
    let caveat = format!(
        "The range is the {} interval; it takes campaigns as independent, though customers are often in several of them.",
        percent(settings.level)
    );
    let n: usize = arms.iter().map(|arm| arm.n).sum();
    (!arms.is_empty())
        .then(|| Finding::new("campaign_result", 1.0, headline).with_caveat(caveat).faint_if(n < settings.min_n))
}

fn one_by_one(arms: &[&ArmResult], settings: &PromotionSettings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say = |arm: &ArmResult, weight: f64, verdict: &str| {
        let (Some(profit), Some(cost)) = (arm.profit_incremental(), arm.cost) else { return };
        let (low, high) = (
            arm.profit_at(|money| money.interval.low).unwrap_or(profit),
            arm.profit_at(|money| money.interval.high).unwrap_or(profit),
        );
        let headline = format!(
            "Campaign {} {verdict}: {} after a cost of {} ({} interval {} to {}).",
            arm.called(),
            money(profit),
            money(cost),
            percent(settings.level),
            money(low),
            money(high)
        );
        findings.push(Finding::new("campaign_result", weight, headline).faint_if(arm.n < settings.min_n));
    };
    for arm in arms {
        let above = arm.profit_at(|money| money.interval.low).is_some_and(|low| low > 0.0);
        let below = arm.profit_at(|money| money.interval.high).is_some_and(|high| high < 0.0);
        if above {
            say(arm, 0.8, "paid");
        } else if below {
            say(arm, 0.8, "cost more than it brought");
        }
    }
    let unsure: Vec<&&ArmResult> = arms
        .iter()
        .filter(|arm| {
            arm.profit_at(|money| money.interval.low).is_some_and(|low| low <= 0.0)
                && arm.profit_at(|money| money.interval.high).is_some_and(|high| high >= 0.0)
        })
        .collect();
    if let Some(need) = unsure.iter().filter_map(|arm| more_needed(arm)).reduce(f64::min) {
        let headline = format!(
            "{} too small to tell whether {} paid; the nearest would need about {} times its customers.",
            many(unsure.len(), "campaign arm was", "campaign arms were"),
            if unsure.len() == 1 { "it" } else { "they" },
            money(need.ceil())
        );
        findings.push(
            Finding::new("campaign_result", 0.6, headline)
                .with_caveat("That holds if the difference stays what it is, which is itself uncertain."),
        );
    }
    findings
}

/// How many times the customers would make the interval of the profit leave 0, the profit per customer staying.
fn more_needed(arm: &ArmResult) -> Option<f64> {
    let profit = arm.profit_incremental()?.abs();
    let half = arm.profit_at(|money| money.interval.high)? - arm.profit_incremental()?;
    (profit > 0.0).then(|| (half / profit).powi(2))
}

fn would_have_come(arms: &[&ArmResult], settings: &PromotionSettings) -> Option<Finding> {
    let responders: usize = arms.iter().map(|arm| arm.responders).sum();
    let incremental: f64 = arms.iter().filter_map(|arm| arm.effect.map(|effect| effect.incremental)).sum();
    let squares =
        arms.iter().filter_map(|arm| Some(arm.effect?.interval)).map(|ends| ((ends.high - ends.low) / 2.0).powi(2));
    let half = squares.sum::<f64>().sqrt();
    (responders > 0).then(|| {
        let headline = format!(
            "Of {} responses of customers, {} would have come anyway ({}); {} ({} to {}) came because of the campaigns.",
            count(responders),
            money((responders as f64 - incremental).max(0.0)),
            percent(((responders as f64 - incremental) / responders as f64).clamp(0.0, 1.0)),
            money(incremental),
            money(incremental - half),
            money(incremental + half)
        );
        Finding::new("campaign_result", 0.95, headline)
            .with_caveat("Customers are counted once per campaign; the effect is on all who were assigned, contacted or not.")
            .faint_if(arms.iter().map(|arm| arm.n).sum::<usize>() < settings.min_n)
    })
}

fn over_budget(costs: &[Cost]) -> Option<Finding> {
    let known: Vec<(&Cost, f64)> = costs.iter().filter_map(|cost| Some((cost, cost.over()?))).collect();
    let budget: f64 = known.iter().filter_map(|(cost, _)| cost.budget).sum();
    let over: f64 = known.iter().map(|(_, over)| over).sum();
    let share = (budget > 0.0).then(|| over / budget)?;
    let headline = format!(
        "Campaigns cost {} {} budget ({} of {}).",
        percent(share.abs()),
        if share > 0.0 { "over" } else { "under" },
        money(over.abs()),
        money(budget)
    );
    (share.abs() > 0.01).then(|| Finding::new("campaign_cost", if share > 0.1 { 0.6 } else { 0.3 }, headline))
}

/// Of customers who are contacted too often.
pub(super) fn of_pressure(pressures: &Pressures, settings: &PromotionSettings) -> Vec<Finding> {
    let mut findings = Vec::new();
    if pressures.pressed > 0 {
        let headline = format!(
            "{} of {} contacted customers ({}) were contacted more than {} times in {} days.",
            count(pressures.pressed),
            count(pressures.contacted),
            percent(pressures.pressed as f64 / pressures.contacted.max(1) as f64),
            settings.most_contacts,
            settings.pressure_days
        );
        findings.push(Finding::new("contact_pressure", 0.7, headline).faint_if(pressures.contacted < settings.min_n));
    }
    if let Some(opted_out) = pressures.opted_out.filter(|n| *n > 0) {
        let headline = format!(
            "{} of {} contacted customers asked to be left alone ({}).",
            count(opted_out),
            count(pressures.contacted),
            percent(opted_out as f64 / pressures.contacted.max(1) as f64)
        );
        findings.push(Finding::new("contact_pressure", 0.35, headline));
    }
    findings
}

/// Of the base's dependence on promotions.
pub(super) fn of_dependence(dependence: &Dependence, settings: &PromotionSettings) -> Option<Finding> {
    let share = (dependence.sales > 0.0).then(|| dependence.promoted / dependence.sales)?;
    let headline = format!(
        "{} of sales to known customers are on promotion; {} of {} customers ({}), with {} of sales, buy at least {} of \
         what they buy on promotion.",
        percent(share),
        count(dependence.dependent),
        count(dependence.customers),
        percent(dependence.dependent as f64 / dependence.customers.max(1) as f64),
        percent(dependence.dependent_sales / dependence.sales),
        percent(settings.dependent_share)
    );
    Some(
        Finding::new("promo_dependence", (0.3 + share).min(0.75), headline)
            .with_caveat("A customer of one purchase buys all or nothing on promotion.")
            .faint_if(dependence.customers < settings.min_n),
    )
}

/// Of price promotions: what they moved, and what they earned.
pub(super) fn of_decomposition(rows: &[Decomposition]) -> Vec<Finding> {
    let measured: Vec<&Decomposition> = rows.iter().filter(|row| row.sold.weeks > 0).collect();
    if measured.is_empty() {
        return Vec::new();
    }
    let sum = |of: fn(&Decomposition) -> f64| measured.iter().map(|row| of(row)).sum::<f64>();
    let (units, incremental) = (sum(|row| row.sold.units), sum(|row| row.sold.incremental));
    let (forward, noise) = (sum(|row| row.sold.pull_forward), sum(|row| row.sold.noise.powi(2)).sqrt());
    let mut headline = format!(
        "Of {} units sold on price promotion, of products that sell nearly every week, about {} (± {}) would not have been sold \
         in these weeks",
        money(units),
        money(incremental),
        money(2.0 * noise)
    );
    if incremental > 0.0 && forward > 0.0 {
        headline.push_str(&format!("; the weeks after lack {} of them", money(forward)));
    }
    headline.push('.');
    let caveat = "Observed, not tried: the baseline is made of the same product's weeks without promotion.";
    let mut findings = vec![Finding::new("promo_decomp", 0.65, headline).with_caveat(caveat)];
    let priced: Vec<(&Decomposition, f64)> = measured.iter().filter_map(|row| Some((*row, row.margin_net?))).collect();
    let clear = priced.iter().filter(|(row, _)| row.sold.incremental.abs() >= 2.0 * row.sold.noise).count();
    if !priced.is_empty() {
        let net: f64 = priced.iter().map(|(_, net)| net).sum();
        let losers = priced.iter().filter(|(_, net)| *net < 0.0).count();
        // A product is a row of its own in every campaign that it was promoted in.
        let what = if rows.iter().any(|row| row.campaign.is_some()) {
            ["promotion of a product", "promotions of products"]
        } else {
            ["product", "products"]
        };
        let headline = format!(
            "Price promotions {} {} of margin: they lost it on {} of {}; on {} sales moved beyond noise.",
            if net < 0.0 { "cost" } else { "brought" },
            money(net.abs()),
            count(losers),
            many(priced.len(), what[0], what[1]),
            count(clear)
        );
        let caveat = "Net of what would have sold anyway, of later weeks and of other products. Observed, not tried.";
        findings.push(Finding::new("promo_decomp", 0.7, headline).with_caveat(caveat));
    }
    findings
}
