//! What is said of a pipeline.

use std::fmt::Write;

use emptor::forecast::pipeline::{
    Deal, DealFlag, DealSegment, Expectations, PipelineBacktest, PipelineForecast, RequiredCoverage, Slippage, WinRate,
};
use emptor::prelude::*;
use emptor::types::period::Period;

use crate::PipelineInput;
use crate::text::{count, money, number, percent, table, whole};

/// Names longer than this are cut: a table must fit the screen.
const LONGEST: usize = 32;
/// Groups and months beyond these are not shown.
const GROUPS: usize = 12;
const MONTHS: usize = 5;

/// All that the program found.
#[derive(Debug)]
pub struct PipelineResults {
    /// The day of observation.
    pub as_of: Date,
    /// By what deals are split.
    pub by: &'static str,
    /// How the methods would have done.
    pub tested: PipelineBacktest,
    /// What they say of the months ahead.
    pub forecasts: Vec<PipelineForecast>,
    /// Methods that could not, and why.
    pub refused: Vec<(String, String)>,
    /// Whether any open deal states a probability.
    pub stated: bool,
    /// The figures of the pipeline.
    pub figures: PipelineFigures,
}

/// Figures of a pipeline.
#[derive(Debug)]
pub struct PipelineFigures {
    /// Win rates and speed.
    pub rate: WinRate,
    /// How much pipeline a month took.
    pub required: RequiredCoverage,
    /// What was put off, by month; `None` without a log.
    pub slippage: Vec<(Period, Option<Slippage>)>,
    /// How the expectations of owners held.
    pub owners: Vec<(String, Expectations)>,
}

impl PipelineFigures {
    /// Those of deals, and of them as they are known on a day, over months before it.
    #[must_use]
    pub fn of(deals: &[Deal], known: &[Deal], months: &[Period], as_of: Date) -> Self {
        let days: Vec<(i32, i32)> =
            months.iter().map(|month| (month.start.days_since_epoch(), month.end.days_since_epoch())).collect();
        Self {
            rate: WinRate::of(&known.iter().collect::<Vec<_>>(), as_of.days_since_epoch()),
            required: RequiredCoverage::of(deals, &days),
            slippage: months.iter().zip(&days).map(|(month, of)| (*month, Slippage::of(deals, of.0, of.1))).collect(),
            owners: Expectations::by(known, DealSegment::Rep),
        }
    }
}

/// The whole report: whom to believe first, then what is to come, then the figures.
#[must_use]
pub fn pipeline_report(input: &PipelineInput, results: &PipelineResults) -> String {
    let mut text = head(input, results);
    text.push_str(&tested(results, input.priced));
    text.push_str(&ahead(results, input.priced));
    text.push_str(&figures(results, input.priced));
    text
}

fn title(method: &str) -> &str {
    match method {
        "static" => "all open deals × win rate, at once",
        "dated" => "win rate × expected day, else by age",
        "weighted" => "stated probabilities × expected day",
        "historical" => "past win rates × expected day",
        "age_hazard" => "by age and month, with new deals",
        other => other,
    }
}

fn short(name: &str) -> String {
    let name = if name == "__unknown__" { "(not said)" } else { name };
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    name.chars().take(LONGEST - 1).chain(['…']).collect()
}

fn treated(flag: DealFlag, history: &str) -> String {
    match flag {
        DealFlag::OverdueClose => "past their expected close: expected tomorrow, by methods that go by days".to_owned(),
        DealFlag::NoExpectedClose => {
            "without an expected close: spread over the days ahead as deals of that age were decided".to_owned()
        }
        DealFlag::OlderThanAnyDecided => {
            "without an expected close and older than any decided deal: in no forecast by days".to_owned()
        }
        DealFlag::NoProbability => format!("without a stated probability: {history}"),
        DealFlag::NoAmount => {
            "without an amount: what wins of the kind brought on average, drawn to the list price".to_owned()
        }
        DealFlag::NoPrice => "without an amount, and none to take instead: count as 0".to_owned(),
        DealFlag::WonWithoutAmount => "won without an amount: as open ones without".to_owned(),
        other => other.name().replace('_', " "),
    }
}

fn head(input: &PipelineInput, results: &PipelineResults) -> String {
    let rate = &results.figures.rate;
    let mut text = format!(
        "Pipeline on {}: {} open, {} won and {} lost deals\n",
        results.as_of,
        count(rate.open),
        count(rate.won),
        count(rate.lost)
    );
    for note in &input.notes {
        let _ = writeln!(text, "  {note}");
    }
    // Of all methods, so that one that could not forecast hides nothing.
    let flags = results.forecasts.first().map(|forecast| forecast.flags.as_slice()).unwrap_or_default();
    for flagged in flags {
        let _ = writeln!(text, "  {} {}", count(flagged.deals), treated(flagged.flag, "that of the past"));
    }
    let mut reasons: Vec<&str> = results.refused.iter().map(|(_, reason)| reason.as_str()).collect();
    reasons.dedup();
    for reason in reasons {
        let methods = results.refused.iter().filter(|(_, other)| other == reason).count();
        let _ = writeln!(text, "  no forecast by {methods} methods: {reason}");
    }
    text
}

fn tested(results: &PipelineResults, priced: bool) -> String {
    let tested = &results.tested;
    let mut text = "\n1. Which forecast to believe\n\n".to_owned();
    let level = format!("{:.0} %", 100.0 * tested.level.get());
    let summaries = tested.summaries();
    if summaries.is_empty() {
        text.push_str("No method could be tried on a past month.\n");
    } else {
        let (in_total, in_groups) = (format!("months in {level}"), format!("{} in {level}", results.by));
        let mut rows =
            table(&["method, tried on past months", "months", "WAPE", "MAPE", "bias", &in_total, &in_groups], 1..7);
        for of in &summaries {
            let shares = [of.wape, of.mape, of.bias, of.covers_total, of.covers_amount].map(percent);
            rows.add_row([title(&of.method).to_owned(), of.periods.to_string()].into_iter().chain(shares));
        }
        let _ = writeln!(text, "{rows}");
        let what = if priced { "money" } else { "deals" };
        let _ = writeln!(
            text,
            "Each month was forecast from what was known on the last day before it. WAPE: all misses over all {what} won.\n\
             MAPE: mean miss of a month, in per cent of it. Bias: forecast too high (+) or too low (-) in all. Months and groups\n\
             in {level}: how often the interval held what came; {level} would be right."
        );
        if results.stated {
            text.push_str(
                "What was stated of deals that are closed by now is not in the file: such deals were tried with the past.\n",
            );
        }
    }
    let mut methods: Vec<&str> = tested.skipped.iter().map(|skip| skip.method.as_str()).collect();
    methods.dedup();
    for method in methods {
        let of: Vec<_> = tested.skipped.iter().filter(|skip| skip.method == method).collect();
        let _ = writeln!(text, "Skipped for {}: {} months,\n  {}.", title(method), of.len(), of[0].reason);
    }
    let best = tested.best().and_then(|best| summaries.iter().find(|of| of.method == best));
    match best {
        Some(best) => {
            let off = best.wape.unwrap_or(f64::NAN);
            let worth = if off > 0.5 {
                "it misses by more than half: take it for an order of magnitude"
            } else if off > 0.25 {
                "plan with its interval, and not with its number"
            } else {
                "good enough to plan with"
            };
            let _ = writeln!(
                text,
                "\nBelieve: {}. It missed by {} of what was won;\n{worth}.",
                title(&best.method),
                percent(best.wape)
            );
        }
        None => text
            .push_str("\nFewer than three past months could be tried with wins in them: no method is proven here.\n"),
    }
    text
}

fn ahead(results: &PipelineResults, priced: bool) -> String {
    let mut text = "\n2. What comes\n".to_owned();
    let best = results.tested.best();
    let Some(first) = results.forecasts.iter().find(|of| Some(of.method.as_str()) == best).or(results.forecasts.last())
    else {
        text.push_str("\nNo method can say: nothing was decided so far, and no probability is stated.\n");
        return text;
    };
    let unit = if priced { "" } else { ", deals" };
    let _ = writeln!(text, "\n{}{unit}:", title(&first.method));
    let level = format!("{:.0} % from", 100.0 * results.tested.level.get());
    let mut rows = table(&["month", "won so far", "open deals", "new deals", "expected", &level, "to"], 1..7);
    for period in &first.total {
        let (low, high) = period.bands.first().map_or((0.0, 0.0), |band| band.amount);
        let numbers = [period.won, period.open, period.fresh, period.amount(), low, high].map(whole);
        rows.add_row(std::iter::once(period.start.to_string()).chain(numbers));
    }
    let _ = writeln!(text, "{rows}");
    if first.groups.len() > 1 {
        let mut groups: Vec<_> = first.groups.iter().filter(|group| group.periods[0].amount() > 0.0).collect();
        groups.sort_by(|a, b| b.periods[0].amount().total_cmp(&a.periods[0].amount()));
        let mut rows = table(&[results.by, "expected next month", &level, "to"], 1..4);
        for group in groups.iter().take(GROUPS) {
            let period = &group.periods[0];
            let (low, high) = period.bands.first().map_or((0.0, 0.0), |band| band.amount);
            rows.add_row(std::iter::once(short(&group.name)).chain([period.amount(), low, high].map(whole)));
        }
        let _ = writeln!(text, "\n{rows}");
        if groups.len() > GROUPS {
            let _ = writeln!(text, "and {} more", groups.len() - GROUPS);
        }
    }
    let months: Vec<String> = first.total.iter().take(MONTHS).map(|period| period.start.to_string()).collect();
    let header: Vec<&str> =
        std::iter::once("expected by every method").chain(months.iter().map(String::as_str)).collect();
    let mut rows = table(&header, 1..header.len());
    for forecast in &results.forecasts {
        let amounts = forecast.total.iter().take(MONTHS).map(|period| whole(period.amount()));
        rows.add_row(std::iter::once(title(&forecast.method).to_owned()).chain(amounts));
    }
    let _ = writeln!(text, "\n{rows}");
    text
}

fn figures(results: &PipelineResults, priced: bool) -> String {
    let PipelineFigures { rate, required, slippage, owners } = &results.figures;
    let mut text = format!(
        "\n3. The pipeline in figures\n\nwin rate: {} of decided deals, {} of their value\n          {} of all deals are won in the end, \
         if open ones count for as long as they have been open\nspeed: {} {}per day; half of the wins take {} days or less\n",
        percent(rate.by_count),
        percent(rate.by_value),
        percent(rate.censored),
        rate.velocity.map_or_else(|| "–".to_owned(), money),
        if priced { "" } else { "deals " },
        number(rate.cycle_days, 0),
    );
    match required.times() {
        Some(times) => {
            let _ = writeln!(
                text,
                "pipeline needed: {times:.1} times what a month is to bring out of it must be open when it begins\n          (at the \
                 beginnings of the months tried {} were open, of which {} were won within the month)",
                whole(required.open),
                whole(required.won)
            );
        }
        None => text
            .push_str("pipeline needed: not known, no deal that was open at the beginning of a month was won in it\n"),
    }
    if slippage.iter().any(|(_, of)| of.is_some()) {
        let mut rows = table(&["month", "expected to close", "moved to later", "left overdue", "put off in all"], 1..5);
        for (period, of) in slippage {
            if let Some(of) = of {
                let numbers = [of.expected, of.moved, of.overdue].map(whole);
                let cells = std::iter::once(period.start.to_string()).chain(numbers);
                rows.add_row(cells.chain([percent(of.rate())]));
            }
        }
        let _ = writeln!(text, "\n{rows}");
        let mut rows =
            table(&["owner", "deals put off", "times per deal", "wins late, days", "amounts first too high"], 1..5);
        for (name, of) in owners.iter().take(GROUPS) {
            let (pushes, late) = (number(of.pushes, 2), number(of.days_late, 0));
            rows.add_row([short(name), percent(of.slipped), pushes, late, percent(of.amount_bias)]);
        }
        let _ = writeln!(text, "\n{rows}");
        if owners.len() > GROUPS {
            let _ = writeln!(text, "and {} more", owners.len() - GROUPS);
        }
    } else {
        text.push_str("put off: not known, needs --history with earlier close dates (changes of exp_close)\n");
    }
    text
}
