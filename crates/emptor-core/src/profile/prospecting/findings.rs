//! The sentences that matter.

use super::super::ProfileError;
use super::super::input::ProfileInput;
use super::super::section::Finding;
use super::acquired::{Acquired, Spend};
use super::acquisition::{Acquisition, Flow, complete};
use super::base::Base;
use super::conformance::Issue;
use super::leads::Leads;
use super::scores::{Forecast, Scored};
use super::settings::ProspectingSettings;
use super::win::WinRate;
use crate::statistics::{mann_kendall, theil_sen};

/// A trend is called one below this probability of an accident.
const SIGNIFICANT: f64 = 0.10;

pub(super) fn of_base(findings: &mut Vec<Finding>, base: Option<&Base>, settings: &ProspectingSettings) {
    let Some(base) = base else { return };
    let (Some(end), now) = (base.forecast.total.last(), base.now()) else { return };
    // A handful of customers is no base to speak of.
    if now < settings.min_n.max(1) as u64 {
        return;
    }
    let change = end.end / now as f64 - 1.0;
    let periods = base.forecast.total.len();
    let won: f64 = base.forecast.total.iter().map(|t| t.arrived).sum();
    let lost: f64 = base.forecast.total.iter().map(|t| t.lost).sum();
    let headline = format!(
        "In {periods} periods the customer base will be {:.0} customers, {:+.1} % of today's {now} (between {:.0} and {:.0}): \
         {won:.0} arrive, {lost:.0} are lost.",
        end.end,
        100.0 * change,
        end.low,
        end.high
    );
    let weight = 0.55 + change.abs().min(0.30);
    let caveat = match (base.backtest.total, base.backtest.total_naive) {
        (Some(error), Some(naive)) => format!(
            "One period ahead this was off by {:.1} % in the past ({:.1} % for: as many as there were); customers are taken to go on as they did.",
            100.0 * error,
            100.0 * naive
        ),
        _ => "There are too few periods to say how good such a forecast was in the past.".to_owned(),
    };
    findings.push(Finding::new("customer_forecast", weight, headline).with_caveat(caveat));
}

pub(super) fn of_acquisition(findings: &mut Vec<Finding>, acquisition: &Acquisition, input: &ProfileInput<'_>) {
    let new: Vec<f64> = complete(&acquisition.flows).map(|flow| flow.new as f64).collect();
    let grain = input.window.grain();
    if let (Some(test), Some(slope)) = (mann_kendall(&new), theil_sen(&new)) {
        let mean = new.iter().sum::<f64>() / new.len() as f64;
        let headline = if test.p_value < SIGNIFICANT && slope.abs() > 0.0 {
            let word = if slope > 0.0 { "rising" } else { "falling" };
            format!(
                "New customers are {word} by {:.1} per {grain} (from {mean:.0} per {grain} on average; p = {:.3}).",
                slope.abs(),
                test.p_value
            )
        } else {
            format!("New customers neither rise nor fall: {mean:.0} per {grain} on average (p = {:.2}).", test.p_value)
        };
        let weight = if test.p_value < SIGNIFICANT && slope < 0.0 { 0.85 } else { 0.5 };
        let caveat = "Who bought before the data begin counts as new in the first periods: a fall may begin there.";
        findings.push(Finding::new("acquisition_flow", weight, headline).with_caveat(caveat));
    }
    if let (Some(fit), Some(test)) = (&acquisition.fit, &acquisition.backtest) {
        let reached = new.iter().sum::<f64>() / fit.curve.alpha;
        let past = fit.curve.peak() < new.len() as f64;
        let headline = format!(
            "By the S-curve {:.0} % of the {:.0} ± {:.0} customers there will be from this window on are won, and the peak {}.",
            100.0 * reached,
            fit.curve.alpha,
            fit.standard_errors()[0],
            if past { "is behind" } else { "lies ahead" }
        );
        let caveat = match (test.wape, test.wape_naive) {
            (Some(error), Some(naive)) if error > naive => format!(
                "The curve was worse than \"as many as last time\" in the past ({:.0} % against {:.0} %): do not plan by it.",
                100.0 * error,
                100.0 * naive
            ),
            _ => "The curve is symmetric, its population fixed, and nobody comes back: a new market or campaign is not in it.".to_owned(),
        };
        findings.push(Finding::new("s_curve", 0.4, headline).with_caveat(caveat));
    }
}

pub(super) fn of_channels(
    findings: &mut Vec<Finding>,
    acquired: &Acquired,
    flows: &[Flow],
    settings: &ProspectingSettings,
    input: &ProfileInput<'_>,
) {
    let grain = input.window.grain();
    let judged: Vec<_> = acquired
        .totals
        .iter()
        .filter(|channel| channel.new >= settings.min_n && !channel.channel.starts_with("__"))
        .map(|channel| (channel, acquired.verdict(channel, settings, input)))
        .collect();
    let cost = |v: &super::acquired::Verdict| v.cac.full.or(v.cac.cash).unwrap_or(f64::NAN);
    let by_value = |ratio: &dyn Fn(&super::acquired::Verdict) -> Option<f64>| {
        let mut known: Vec<_> = judged.iter().filter_map(|(c, v)| ratio(v).map(|r| (r, *c, v))).collect();
        known.sort_by(|a, b| b.0.total_cmp(&a.0));
        known
    };
    let ranked = by_value(&|v| v.ltv_cac);
    let caveat = match acquired.spend {
        Spend::Customers => "Costs are those noted with each customer: overheads are not in them.",
        _ => {
            "Customers are counted for the channel that is noted with them: one that prepares sales of others looks dear."
        }
    };
    if let [(best, first, at_best), .., (worst, last, at_worst)] = ranked.as_slice() {
        let headline = format!(
            "{} brings {best:.1} of lifetime value per 1 of cost ({:.2} per new customer), {} only {worst:.1} ({:.2} each).",
            first.channel,
            cost(at_best),
            last.channel,
            cost(at_worst)
        );
        findings.push(
            Finding::new("acq_channel_total", if *worst < 1.0 { 0.9 } else { 0.7 }, headline).with_caveat(caveat),
        );
    } else {
        let ranked = by_value(&|v| v.margin.map(|m| m / cost(v)).filter(|r| r.is_finite()));
        if let [(best, first, at_best), .., (worst, last, at_worst)] = ranked.as_slice() {
            let paid = |v: &super::acquired::Verdict| {
                v.payback.map_or_else(|| "not paid back so far".to_owned(), |k| format!("paid back in {grain} {k}"))
            };
            let headline = format!(
                "{} has earned {best:.1} of margin per 1 of cost so far ({}), {} only {worst:.1} ({}).",
                first.channel,
                paid(at_best),
                last.channel,
                paid(at_worst)
            );
            let weight = if *worst < 1.0 { 0.8 } else { 0.6 };
            let caveat = format!("{caveat} Older customers had more time to earn.");
            findings.push(Finding::new("acq_channel_total", weight, headline).with_caveat(caveat));
        }
    }
    let unpaid: Vec<&str> = judged
        .iter()
        .filter(|(_, v)| v.payback.is_none() && v.margin.is_some() && cost(v) > 0.0)
        .map(|(c, _)| c.channel.as_str())
        .collect();
    if !unpaid.is_empty() {
        let headline = format!("The margin so far has not paid the cost of acquisition of: {}.", unpaid.join(", "));
        findings.push(Finding::new("acq_channel_total", 0.75, headline).with_caveat(caveat));
    }
    if let Some(ratio) = acquired.ratio(flows) {
        let claim = if (6.0..=8.0).contains(&ratio) {
            "as the rule of thumb of 6 to 8 says"
        } else {
            "not the 6 to 8 of the rule of thumb"
        };
        let headline = format!("Winning a customer costs {ratio:.1} times as much as keeping one: {claim}.");
        let caveat = "Averages do not say where the next unit of money belongs: marginal costs do.";
        findings.push(Finding::new("cost_ratio", 0.5, headline).with_caveat(caveat));
    }
}

pub(super) fn of_pipeline(
    findings: &mut Vec<Finding>,
    leads: &Leads,
    scored: &[Scored],
    forecast: &[Forecast],
    issues: &[Issue],
    settings: &ProspectingSettings,
) -> Result<(), ProfileError> {
    let rows = leads.rows(None)?;
    let stages = rows.iter().filter(|row| leads.order.contains(&row.stage));
    let stages: Vec<_> = stages
        .filter_map(|row| {
            row.conversion
                .filter(|c| c.entered >= settings.min_n)
                .and_then(|c| c.conversion.map(|share| (row, c, share)))
        })
        .collect();
    if let Some((row, conversion, share)) = stages.iter().min_by(|a, b| a.2.total_cmp(&b.2)) {
        let headline = format!(
            "{} is the bottleneck: {:.0} % of {} deals get beyond it{}.",
            row.stage,
            100.0 * share,
            conversion.entered,
            conversion.median_days.map_or_else(String::new, |days| format!(", half of those within {days:.0} days"))
        );
        let caveat = format!("{} are still open in it; they count as long as they have been seen.", conversion.open);
        findings.push(Finding::new("funnel_summary", 0.8, headline).with_caveat(caveat));
    }
    let all: Vec<_> = leads.deals.iter().collect();
    let rate = WinRate::of(&all, leads.as_of);
    if let (Some(by_count), Some(censored), true) =
        (rate.by_count, rate.censored, rate.won + rate.lost >= settings.min_n)
    {
        let headline = format!(
            "{:.0} % of {} decided deals were won{}{}.",
            100.0 * by_count,
            rate.won + rate.lost,
            rate.by_value.map_or_else(String::new, |share| format!(", {:.0} % of their value", 100.0 * share)),
            rate.cycle_days.map_or_else(String::new, |days| format!(", in {days:.0} days"))
        );
        let caveat = format!(
            "With the {} open deals counted as long as they have been open it is {:.0} %.",
            rate.open,
            100.0 * censored
        );
        findings.push(Finding::new("win_rate", 0.5, headline).with_caveat(caveat));
    }
    let past: f64 = scored.iter().filter_map(|s| s.amount.zip(s.p)).map(|(amount, p)| amount * p).sum();
    let stated: f64 = scored.iter().filter_map(|s| s.amount.zip(s.stated)).map(|(amount, p)| amount * p).sum();
    if past > 0.0 && stated > 0.0 {
        let headline = format!(
            "By their past the open deals are worth {past:.0}, by the stated probabilities {stated:.0} ({:+.0} %).",
            100.0 * (stated / past - 1.0)
        );
        let caveat = "Deals that are won fast leave; those still open are partly the slow ones.";
        findings.push(
            Finding::new("opportunity_score", 0.6 + 0.2 * (stated / past - 1.0).abs().min(1.0), headline)
                .with_caveat(caveat),
        );
    }
    let needy = forecast.iter().filter(|row| row.method == "historical");
    for row in needy.filter_map(|row| row.target.map(|target| (row, target))) {
        let (row, target) = row;
        let expected = row.won + row.amount;
        let headline = format!(
            "From {}: {:.0} won and {:.0} expected of a target of {target:.0} ({:.0} %){}.",
            row.start,
            row.won,
            row.amount,
            100.0 * expected / target,
            row.coverage
                .map_or_else(String::new, |times| format!("; the open pipeline is {times:.1} times what is missing"))
        );
        let weight = if expected < target { 0.9 } else { 0.5 };
        findings.push(
            Finding::new("pipeline_forecast", weight, headline)
                .with_caveat("Deals that will be created in the period are not in it."),
        );
    }
    let overdue = issues.iter().filter(|issue| issue.issue == "overdue_close").count();
    let open = scored.len();
    if overdue > 0 {
        let headline = format!("{overdue} of {open} open deals are past the day they were expected to close.");
        findings.push(Finding::new("pipeline_conformance", 0.4 + 0.4 * overdue as f64 / open as f64, headline));
    }
    let lone = issues.iter().filter(|issue| issue.issue == "won_without_order").count();
    if lone > 0 {
        let headline = format!(
            "{lone} of {} deals won show no purchase of the customer within {} days.",
            rate.won, settings.match_days
        );
        findings.push(Finding::new("pipeline_conformance", 0.45, headline));
    }
    Ok(())
}
