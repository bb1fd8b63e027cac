//! The sentences that matter.

use std::collections::BTreeMap;

use emptor_forecast::pipeline::{Conversion, Deal, Outcome, WinRate, amount_interval, weighted};

use super::super::ProfileError;
use super::super::input::ProfileInput;
use super::super::section::Finding;
use super::acquired::Acquired;
use super::acquisition::{Acquisition, complete, is_left_censored};
use super::base::Base;
use super::cells::Spend;
use super::conformance::Issue;
use super::cost_ratio::CostRatio;
use super::leads::Leads;
use super::scores::{Forecast, Scored};
use super::settings::ProspectingSettings;
use crate::profile::words;
use crate::statistics::{difference, mann_kendall, median, theil_sen};

/// A trend is called one below this probability of an accident.
const SIGNIFICANT: f64 = 0.10;
/// A difference of two shares is called one below this.
const BEYOND_CHANCE: f64 = 0.05;

pub(super) fn of_base(findings: &mut Vec<Finding>, base: Option<&Base>, settings: &ProspectingSettings) {
    let Some(base) = base else { return };
    let (Some(end), Some(until), now) = (base.forecast.total.last(), base.until(), base.now()) else { return };
    // A handful of customers is no base to speak of.
    if now < settings.min_n.max(1) as u64 {
        return;
    }
    let errors = base.backtest.total.zip(base.backtest.total_naive);
    if let Some((error, naive)) = errors.filter(|(error, naive)| error > naive) {
        let headline = format!(
            "Migration of segments forecasts this base worse than \"as many as today\" ({} against {}): do not plan by it.",
            words::percent(error),
            words::percent(naive)
        );
        let caveat = format!(
            "These are the mean errors one period ahead, over {} in the past.",
            words::many(base.backtest.origins, "period", "periods")
        );
        findings.push(Finding::new("customer_forecast", 0.2, headline).with_caveat(caveat));
        return;
    }
    let change = end.end / now as f64 - 1.0;
    let won: f64 = base.forecast.total.iter().map(|t| t.arrived).sum();
    let lost: f64 = base.forecast.total.iter().map(|t| t.lost).sum();
    let headline = format!(
        "By {until} the base (bought within {} and not in segment Lost) will be {} customers, {} against the {} of {} \
         (between {} and {}): {} arrive, {} are lost.",
        words::many(settings.lost_after.unsigned_abs() as usize, "day", "days"),
        words::money(end.end),
        words::change_percent(change),
        words::count(usize::try_from(now).unwrap_or(usize::MAX)),
        base.today,
        words::money(end.low),
        words::money(end.high),
        words::money(won),
        words::money(lost),
    );
    let weight = 0.55 + change.abs().min(0.30);
    let mut caveat = match errors {
        Some((error, naive)) => format!(
            "One period ahead this was off by {} in the past ({} for as many as there were); customers are taken to go on as \
             they did.",
            words::percent(error),
            words::percent(naive)
        ),
        _ => "There are too few periods to say how good such a forecast was in the past.".to_owned(),
    };
    if base.censored > 0 {
        caveat.push_str(" The first arrivals are left out: who bought before the data begin counts as new in them.");
    }
    findings.push(Finding::new("customer_forecast", weight, headline).with_caveat(caveat));
}

pub(super) fn of_acquisition(
    findings: &mut Vec<Finding>,
    acquisition: &Acquisition,
    first_day: Option<i32>,
    input: &ProfileInput<'_>,
) {
    let new: Vec<f64> = complete(&acquisition.flows).map(|flow| flow.new as f64).collect();
    let grain = input.window.grain();
    let first = complete(&acquisition.flows).next().map(|flow| flow.period.start);
    let is_censored = first_day.zip(first).is_some_and(|(day, first)| is_left_censored(day, first));
    // On a base of returns alone nobody is new.
    let is_any = new.iter().sum::<f64>() > 0.0;
    if let (Some(test), Some(slope), true) = (mann_kendall(&new), theil_sen(&new), is_any) {
        let is_trend = test.p_value < SIGNIFICANT && slope.abs() > 0.0;
        let headline = if is_trend {
            let word = if slope > 0.0 { "rising" } else { "falling" };
            let (first, last) = levels(&new, slope);
            format!(
                "New customers are {word}: from about {} to about {} per {grain} over the window ({}).",
                words::money(first),
                words::money(last),
                words::p_value(test.p_value)
            )
        } else {
            let mean = new.iter().sum::<f64>() / new.len() as f64;
            format!(
                "New customers neither rise nor fall: {} per {grain} on average ({}).",
                words::money(mean),
                words::p_value(test.p_value)
            )
        };
        let weight: f64 = if is_trend && slope < 0.0 { 0.85 } else { 0.5 };
        let finding = Finding::new("acquisition_flow", if is_censored { weight.min(0.4) } else { weight }, headline);
        findings.push(if is_censored {
            finding.with_caveat(
                "The data begin inside or shortly before the window: who bought before counts as new in the first periods, and \
                 a fall may be no more than that.",
            )
        } else {
            finding.with_caveat("Levels are those of a robust line through the periods, which one odd period does not move.")
        });
    }
    if let (Some(fit), Some(test)) = (&acquisition.fit, &acquisition.backtest) {
        let reached = new.iter().sum::<f64>() / fit.curve.alpha;
        let past = fit.curve.peak() < new.len() as f64;
        let headline = format!(
            "By the S-curve {} of the {} ± {} customers there will be from this window on are won, and the peak {}.",
            words::percent(reached),
            words::money(fit.curve.alpha),
            words::money(fit.standard_errors()[0]),
            if past { "is behind" } else { "lies ahead" }
        );
        let is_worse = test.wape.zip(test.wape_naive).is_some_and(|(error, naive)| error > naive);
        let caveat = match (test.wape, test.wape_naive) {
            (Some(error), Some(naive)) if error > naive => format!(
                "The curve was worse than \"as many as last time\" in the past ({} against {}): do not plan by it.",
                words::percent(error),
                words::percent(naive)
            ),
            _ => "The curve is symmetric, its population fixed, and nobody comes back: a new market or campaign is not in it.".to_owned(),
        };
        findings.push(Finding::new("s_curve", if is_worse { 0.2 } else { 0.4 }, headline).with_caveat(caveat));
    }
}

pub(super) fn of_channels(
    findings: &mut Vec<Finding>,
    acquired: &Acquired,
    ratio: Option<&CostRatio>,
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
            "Channel {} brings {best:.1} of lifetime value per 1 of cost ({} per new customer), {} only {worst:.1} ({} each).",
            first.channel,
            words::money(cost(at_best)),
            last.channel,
            words::money(cost(at_worst))
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
                "Channel {} has earned {best:.1} of margin per 1 of cost so far ({}), {} only {worst:.1} ({}).",
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
    if let Some(ratio) = ratio.and_then(CostRatio::of_window) {
        let claim = if (6.0..=8.0).contains(&ratio) {
            "as the rule of thumb of 6 to 8 says"
        } else {
            "not the 6 to 8 of the rule of thumb"
        };
        let headline =
            format!("Winning a customer costs {ratio:.1} times as much as keeping one over the window: {claim}.");
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
    input: &ProfileInput<'_>,
    settings: &ProspectingSettings,
) -> Result<(), ProfileError> {
    findings.extend(bottleneck(leads, settings)?);
    let all: Vec<_> = leads.deals.iter().collect();
    let rate = WinRate::of(&all, leads.as_of);
    if let (Some(by_count), Some(censored), true) =
        (rate.by_count, rate.censored, rate.won + rate.lost >= settings.min_n)
    {
        let headline = format!(
            "{} of {} decided deals were won{}{}.",
            words::percent(by_count),
            words::count(rate.won + rate.lost),
            rate.by_value.map_or_else(String::new, |share| format!(", {} of their value", words::percent(share))),
            rate.cycle_days
                .map_or_else(String::new, |days| format!(", half of them within {} days", words::money(days)))
        );
        let caveat = format!(
            "With the {} counted as long as they have been open it is {}.",
            words::many(rate.open, "open deal", "open deals"),
            words::percent(censored)
        );
        findings.push(Finding::new("win_rate", 0.5, headline).with_caveat(caveat));
    }
    findings.extend(worth(scored, settings)?);
    findings.extend(differ(leads, settings, "representative", |deal| deal.rep.as_deref())?);
    findings.extend(differ(leads, settings, "source", |deal| deal.source.as_deref())?);
    let needy = forecast.iter().filter(|row| row.method == "historical");
    for row in needy.filter_map(|row| row.target.map(|target| (row, target))) {
        let (row, target) = row;
        let expected = row.won + row.amount;
        let headline = format!(
            "In the {} from {}, {} is won and {} expected of a target of {} ({}){}.",
            input.window.grain(),
            row.start,
            words::money(row.won),
            words::money(row.amount),
            words::money(target),
            words::percent(expected / target),
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
        let headline = format!(
            "{} of {} are past the day they were expected to close.",
            words::count(overdue),
            words::many(open, "open deal", "open deals")
        );
        findings.push(Finding::new("pipeline_conformance", 0.4 + 0.4 * overdue as f64 / open as f64, headline));
    }
    let lone = issues.iter().filter(|issue| issue.issue == "won_without_order").count();
    if lone > 0 {
        let headline = format!(
            "{} of {} won show no purchase of the customer within {}.",
            words::count(lone),
            words::many(rate.won, "deal", "deals"),
            words::many(settings.match_days.unsigned_abs() as usize, "day", "days")
        );
        findings.push(Finding::new("pipeline_conformance", 0.45, headline));
    }
    Ok(())
}

/// The first and the last level of a line with a slope through values, as far as they are no less than 0.
fn levels(values: &[f64], slope: f64) -> (f64, f64) {
    let rest: Vec<f64> = values.iter().enumerate().map(|(i, value)| value - slope * i as f64).collect();
    let first = median(&rest).unwrap_or(f64::NAN);
    let last = first + slope * values.len().saturating_sub(1) as f64;
    (first.max(0.0), last.max(0.0))
}

/// The stage that deals get stuck in, if one is worse than the next worst beyond chance.
fn bottleneck(leads: &Leads, settings: &ProspectingSettings) -> Result<Option<Finding>, ProfileError> {
    let rows = leads.rows(None)?;
    let mut stages: Vec<_> = rows
        .iter()
        .filter(|row| leads.order.contains(&row.stage))
        .filter_map(|row| row.conversion.map(|c| (row, c)))
        .filter(|(_, c)| c.advanced + c.lost >= settings.min_n.max(1))
        .map(|(row, c)| (row, c, c.advanced as f64 / (c.advanced + c.lost) as f64))
        .collect();
    // Stable: of equals, the first stage.
    stages.sort_by(|a, b| a.2.total_cmp(&b.2));
    let [(row, worst, share), (next_row, next, next_share), ..] = stages.as_slice() else { return Ok(None) };
    let decided = |c: &Conversion| (c.advanced, c.advanced + c.lost);
    let Some(test) = difference(decided(worst), decided(next), settings.level()?) else { return Ok(None) };
    let compared = format!(
        "{} of the {} deals decided in it get beyond it, of those in {} {}",
        words::percent(*share),
        words::count(worst.advanced + worst.lost),
        next_row.stage,
        words::percent(*next_share),
    );
    let caveat = format!(
        "{} still open in it and not counted.",
        match worst.open {
            1 => "One deal is".to_owned(),
            n => format!("{} are", words::many(n, "deal", "deals")),
        }
    );
    Ok(Some(if test.p_value < BEYOND_CHANCE {
        let headline = format!(
            "Stage {} is the bottleneck: {compared}{}.",
            row.stage,
            worst.median_days.map_or_else(String::new, |days| format!(
                "; who gets beyond it does so within {} days in half of the cases",
                words::money(days)
            ))
        );
        Finding::new("funnel_summary", 0.8, headline).with_caveat(caveat)
    } else {
        let headline = format!(
            "No stage of the funnel stands out: the worst is {}, where {compared} ({}).",
            row.stage,
            words::p_value(test.p_value)
        );
        Finding::new("funnel_summary", 0.3, headline).with_caveat(caveat)
    }))
}

/// What the open deals are worth by their past, and as stated.
fn worth(scored: &[Scored], settings: &ProspectingSettings) -> Result<Option<Finding>, ProfileError> {
    let pairs = |p: fn(&Scored) -> Option<f64>| -> Vec<(f64, f64)> {
        scored.iter().filter_map(|s| s.amount.zip(p(s))).collect()
    };
    let (by_past, by_word) = (pairs(|s| s.p), pairs(|s| s.stated));
    let (past, stated) = (weighted(&by_past)?, weighted(&by_word)?);
    if past <= 0.0 || stated <= 0.0 {
        return Ok(None);
    }
    let interval = amount_interval(&by_past, settings.level()?, settings.draws, settings.seed)?;
    let relative = stated / past - 1.0;
    let headline = format!(
        "Open deals are worth {} by their past ({} to {}), by the stated probabilities {} ({}).",
        words::money(past),
        words::money(interval.low),
        words::money(interval.high),
        words::money(stated),
        words::change_percent(relative)
    );
    let caveat = "Deals that are won fast leave: those still open are partly the slow ones. The interval takes deals to be \
                  independent of each other.";
    let weight = (0.2 + relative.abs()).min(0.9);
    Ok(Some(Finding::new("opportunity_score", weight, headline).with_caveat(caveat)))
}

/// The groups with the lowest and the highest win rate, if they differ beyond what chance makes of so many groups.
fn differ(
    leads: &Leads,
    settings: &ProspectingSettings,
    by: &str,
    group: impl Fn(&Deal) -> Option<&str>,
) -> Result<Option<Finding>, ProfileError> {
    let mut groups: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for deal in &leads.deals {
        if let (Some(name), Some(outcome)) = (group(deal), deal.outcome) {
            let at = groups.entry(name).or_default();
            *at = (at.0 + usize::from(outcome == Outcome::Won), at.1 + 1);
        }
    }
    let share = |(won, of): (usize, usize)| won as f64 / of as f64;
    let mut groups: Vec<_> = groups.into_iter().filter(|(_, (_, of))| *of >= settings.min_n.max(1)).collect();
    groups.sort_by(|a, b| share(a.1).total_cmp(&share(b.1)));
    let [(low, at_low), .., (high, at_high)] = groups.as_slice() else { return Ok(None) };
    let Some(test) = difference(*at_low, *at_high, settings.level()?) else { return Ok(None) };
    // The extremes of many groups differ by chance alone: every pair counts as a test (Bonferroni).
    let pairs = (groups.len() * (groups.len() - 1) / 2) as f64;
    let p = (test.p_value * pairs).min(1.0);
    if p >= BEYOND_CHANCE {
        return Ok(None);
    }
    let headline = format!(
        "Win rates differ by {by}: {low} wins {} of {} decided deals, {high} {} of {} ({}).",
        words::percent(share(*at_low)),
        words::count(at_low.1),
        words::percent(share(*at_high)),
        words::count(at_high.1),
        words::p_value(p)
    );
    let weight = 0.5 + test.difference.abs().min(0.35);
    let caveat = format!("One {by} may get other deals than another: compare like with like before judging.");
    Ok(Some(Finding::new("win_rate", weight, headline).with_caveat(caveat)))
}
