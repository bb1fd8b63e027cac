//! The sentences that matter.

use emptor_types::Date;

use super::base::sum;
use super::customers::CustomerRow;
use super::frames::{GrowthRow, Measure, MovementRow};
use super::rates::ChurnRule;
use super::section::Run;
use super::standing::{LoyaltyQuadrant, LoyaltyState};
use super::timeline::Timeline;
use crate::period::Grain;
use crate::profile::{Finding, Section, words};
use crate::statistics::{difference, wilson};

/// Days within which a new customer should buy again.
const AGAIN: i32 = 91;
const YEAR: i32 = 365;

/// Adds what can be said.
pub(super) fn add(
    run: &Run<'_>,
    section: &mut Section,
    customers: &[CustomerRow],
    growth: &[GrowthRow],
    measures: &[Measure],
    movements: &[MovementRow],
) {
    let found = [
        won(run),
        cohorts(run),
        balance(run, growth),
        dormant(run, customers),
        one_time(run, measures),
        butterflies(run, customers),
        revenue(run, measures, movements, "contract"),
        revenue(run, measures, movements, "revenue"),
        retention(run, measures, movements),
        recommendation(run, measures),
        wallet(run, measures),
    ];
    section.findings.extend(found.into_iter().flatten());
}

/// Customers won from one day to another, and those of them who bought again soon.
fn bought_again(run: &Run<'_>, from: i32, to: i32) -> (usize, usize) {
    let (mut again, mut won) = (0, 0);
    for customer in 0..run.base.len() {
        let bought = run.base.bought(customer);
        if let Some(first) = bought.first().filter(|first| (from..=to).contains(first)) {
            won += 1;
            again += usize::from(bought.get(1).is_some_and(|second| second - first <= AGAIN));
        }
    }
    (again, won)
}

/// The last cohort that had its time.
fn won(run: &Run<'_>) -> Option<Finding> {
    let timeline = &run.base.timeline;
    let cohort = |place: &usize| {
        let period = timeline.periods()[*place];
        bought_again(run, period.start.days_since_epoch(), period.end.days_since_epoch())
    };
    let ripe = |place: &usize| timeline.periods()[*place].end.days_since_epoch() + AGAIN <= run.base.as_of;
    let place = (0..timeline.len()).rev().filter(ripe).take(24).find(|place| cohort(place).1 >= run.settings.min_n)?;
    let (again, all) = cohort(&place);
    let interval = wilson(again, all, run.level)?;
    let headline = format!(
        "Of {} won in {}, {} bought again within a quarter of a year ({} to {}).",
        words::many(all, "customer", "customers"),
        timeline.words(place),
        words::percent(again as f64 / all as f64),
        points(interval.low),
        words::percent(interval.high),
    );
    Some(
        Finding::new("cohort_cell", 0.6, headline)
            .with_caveat("Who did not buy again has not left: he may come back. This is no retention rate."),
    )
}

/// Whether new customers are better than those of a year ago.
fn cohorts(run: &Run<'_>) -> Option<Finding> {
    let last = run.base.as_of - AGAIN;
    let (now, before) = (bought_again(run, last - YEAR + 1, last), bought_again(run, last - 2 * YEAR + 1, last - YEAR));
    let begins = run.base.timeline.periods().get(1)?.start.days_since_epoch();
    let enough = now.1.min(before.1) >= run.settings.min_n && begins <= last - 2 * YEAR + 1;
    let test = difference(now, before, run.level).filter(|_| enough)?;
    let share = |(again, all): (usize, usize)| words::percent(again as f64 / all as f64);
    let significant = test.p_value < 1.0 - run.level.get();
    let verdict = match (significant, test.difference > 0.0) {
        (false, _) => "as loyal as",
        (true, true) => "better than",
        (true, false) => "worse than",
    };
    let headline = format!(
        "New customers are {verdict} a year ago: {} of the {} won in the last year that can be judged bought again within a \
         quarter of a year, {} of the {} won the year before (a difference of {} percentage points, {} to {}).",
        share(now),
        words::count(now.1),
        share(before),
        words::count(before.1),
        words::change_percent(test.difference).replace(" %", ""),
        points(test.interval.low),
        points(test.interval.high),
    );
    let weight = if significant { 0.6 + test.difference.abs().min(0.3) } else { 0.3 };
    Some(Finding::new("cohort_cell", weight, headline).with_caveat(
        "Customers from before the data begin count as new at their first purchase in it, which flatters the first year.",
    ))
}

/// Whether more come than go.
fn balance(run: &Run<'_>, growth: &[GrowthRow]) -> Option<Finding> {
    let last = growth.iter().rev().find(|row| row.segment == "all" && !row.is_partial)?;
    let of = last.growth;
    let before = of.active + of.dormant - of.new - of.resurrected;
    let (come, gone) = (of.new + of.resurrected, of.dormant);
    if before < run.settings.min_n.max(1) {
        return None;
    }
    let change = of.active as f64 / before as f64 - 1.0;
    let (by, now) = (words::percent(change.abs()), words::many(of.active, "customer", "customers"));
    let verdict = if come > gone {
        format!("grew by {by} to {now}")
    } else if come < gone {
        format!("shrank by {by} to {now}")
    } else {
        format!("stood still at {now}")
    };
    let period = said(&run.base.timeline, last.start)?;
    let headline = format!(
        "In {period} the active base {verdict}: {} new and {} back after a pause, against {} who fell silent.",
        words::count(of.new),
        words::count(of.resurrected),
        words::count(gone),
    );
    let weight = 0.5 + change.abs().min(0.4);
    Some(Finding::new("growth_account", weight, headline).with_caveat(
        "Silent is not lost: part of them buys again later. Seasons move this number; compare with a year before.",
    ))
}

/// What the customers who fell silent within a year had brought in the year before it.
fn dormant(run: &Run<'_>, customers: &[CustomerRow]) -> Option<Finding> {
    let ChurnRule::Silence { days } = run.habit.rule() else { return None };
    let (as_of, limit) = (i64::from(run.base.as_of), i64::from(days));
    // The first day on which the silence was longer than the rule allows.
    let crossed = |last: &i32| i64::from(*last) + limit + 1;
    let lately = |customer: &usize| {
        let last = run.base.bought(*customer).last();
        customers[*customer].state == LoyaltyState::Lapsed
            && last.is_some_and(|last| crossed(last) > as_of - i64::from(YEAR))
    };
    let silent: Vec<usize> = (0..customers.len()).filter(lately).collect();
    if silent.len() < run.settings.min_n.max(1) {
        return None;
    }
    // Both sums are of the same year, the one before that in which they fell silent.
    let year = run.base.as_of - 2 * YEAR + 1..=run.base.as_of - YEAR;
    let brought = |customer: usize| run.base.days(customer).iter().filter(|day| year.contains(&day.day));
    let value = sum(silent.iter().flat_map(|customer| brought(*customer)).map(|day| day.net));
    let all = sum((0..run.base.len()).flat_map(brought).map(|day| day.net));
    let begins = (0..run.base.len()).filter_map(|customer| run.base.bought(customer).first()).min()?;
    let whole = begins <= year.start() && value > 0.0 && all > 0.0;
    let compared = if whole {
        format!(
            "; in the year before they brought {}, {} of what all named customers brought in it",
            words::money(value),
            words::percent(value / all)
        )
    } else {
        String::new()
    };
    let headline = format!(
        "In the last year {} fell silent for more than {}{compared}.",
        words::many(silent.len(), "customer", "customers"),
        words::many(days as usize, "day", "days"),
    );
    let weight = if whole { 0.5 + (value / all).min(0.4) } else { 0.5 };
    Some(Finding::new("persist_customer", weight, headline).with_caveat(format!(
        "That they have left is inferred from more than {} without a purchase: nobody saw them leave.",
        words::many(days as usize, "day", "days"),
    )))
}

fn one_time(run: &Run<'_>, measures: &[Measure]) -> Option<Finding> {
    let once = known(run, measures, "one_time_share")?;
    let headline = format!(
        "{} of all customers have bought once only ({} to {}; {}): the second order is where loyalty is won.",
        words::percent(once.value?),
        points(once.low?),
        words::percent(once.high?),
        words::many(once.n, "customer", "customers"),
    );
    Some(Finding::new("loyalty", 0.35 + 0.3 * once.value?, headline).with_caveat(
        "Customers won lately had little time to buy again; the curve of the next purchase allows for that.",
    ))
}

/// Profitable customers who are not long with us.
fn butterflies(run: &Run<'_>, customers: &[CustomerRow]) -> Option<Finding> {
    let placed = customers.iter().filter(|row| row.quadrant.is_some()).count();
    let of = |quadrant| {
        let rows = customers.iter().filter(move |row| row.quadrant == Some(quadrant));
        (rows.clone().count(), rows.map(|row| row.profit).sum::<f64>())
    };
    let (butterflies, barnacles) = (of(LoyaltyQuadrant::Butterflies), of(LoyaltyQuadrant::Barnacles));
    let total: f64 = customers.iter().filter(|row| row.quadrant.is_some()).map(|row| row.profit).sum();
    if placed < run.settings.min_n || total <= 0.0 {
        return None;
    }
    let headline = format!(
        "Of {} still with us, {} ({}) are long with us and bring little ({} of profit), while {} newer ones bring {} of it.",
        words::many(placed, "customer", "customers"),
        words::count(barnacles.0),
        words::percent(barnacles.0 as f64 / placed as f64),
        words::percent(barnacles.1 / total),
        words::count(butterflies.0),
        words::percent(butterflies.1 / total),
    );
    Some(Finding::new("persist_customer", 0.5, headline).with_caveat(
        "Long and profitable mean above the cut, by default the median of the customers still with us: half of them are above \
         it by definition.",
    ))
}

/// How a period that begins on a day is called.
fn said(timeline: &Timeline, start: Date) -> Option<String> {
    timeline.place(start.days_since_epoch()).map(|place| timeline.words(place))
}

fn last_of<'a>(movements: &'a [MovementRow], basis: &str) -> Option<&'a MovementRow> {
    movements.iter().rev().find(|row| row.basis == basis && !row.is_partial)
}

fn revenue(run: &Run<'_>, measures: &[Measure], movements: &[MovementRow], basis: &str) -> Option<Finding> {
    let is_contract = basis == "contract";
    known(run, measures, if is_contract { "contract_nrr" } else { "nrr" })?;
    let row = last_of(movements, basis)?;
    let (net, gross) = (row.moved.net_retention()?, row.moved.gross_retention()?);
    let what = if is_contract { "contract value a month" } else { "revenue of the customers of the period before" };
    let without = if (net - gross).abs() < 0.005 {
        String::new()
    } else {
        format!(" ({} without those who took more)", words::percent(gross))
    };
    let headline = format!(
        "In {}, {} of the {what} was kept{without}: {} was lost with customers who went, {} with customers who took less, and \
         {} came from customers who took more.",
        said(&run.base.timeline, row.start)?,
        words::percent(net),
        words::money(row.moved.churn),
        words::money(row.moved.contraction),
        words::money(row.moved.expansion),
    );
    let finding = Finding::new("revenue_retention", if is_contract { 0.5 } else { 0.4 }, headline);
    Some(if is_contract {
        finding
    } else {
        finding.with_caveat("Without contracts, who did not buy in the period may only have waited.")
    })
}

/// How many customers under contract left in the last year, and in its last period.
fn retention(run: &Run<'_>, measures: &[Measure], movements: &[MovementRow]) -> Option<Finding> {
    let period = known(run, measures, "stock_retention")?;
    let year = known(run, measures, "annual_retention").and_then(|year| year.value);
    let left = words::percent(1.0 - period.value?);
    let range = format!(
        "{} to {}; {}",
        points(1.0 - period.high?),
        words::percent(1.0 - period.low?),
        words::many(period.n, "customer", "customers"),
    );
    let when = said(&run.base.timeline, last_of(movements, "contract")?.start)?;
    let headline = match year {
        Some(year) if run.base.timeline.grain() != Grain::Year => format!(
            "In a year {} of contract customers left ({} stayed); in {when} it was {left} ({range}).",
            words::percent(1.0 - year),
            words::percent(year),
        ),
        _ => format!("In {when} {left} of contract customers left ({range})."),
    };
    Some(Finding::new("stock_retention", 0.9, headline).with_caveat(
        "This is an average over old and new contracts, and young ones leave more often: see the rates by cohort.",
    ))
}

fn recommendation(run: &Run<'_>, measures: &[Measure]) -> Option<Finding> {
    let nps = known(run, measures, "nps")?;
    let headline = format!(
        "The net promoter score is {} ({} to {}; {}).",
        words::money(nps.value?),
        words::money(nps.low?),
        words::money(nps.high?),
        words::many(nps.n, "answer", "answers"),
    );
    let finding = Finding::new("loyalty", if nps.n < 100 { 0.3 } else { 0.5 }, headline);
    Some(finding.with_caveat("Those who answered said so; who does not answer may think otherwise."))
}

fn wallet(run: &Run<'_>, measures: &[Measure]) -> Option<Finding> {
    let share = known(run, measures, "share_of_wallet")?;
    let headline = format!(
        "Of what customers spend on what we sell, {} comes to us ({} whose wallet is known).",
        words::percent(share.value?),
        words::many(share.n, "customer", "customers"),
    );
    Some(
        Finding::new("loyalty", 0.55, headline)
            .with_caveat("This is as good as the wallets are: surveys and panels err."),
    )
}

/// A measure with a value, of enough customers to speak of.
fn known<'a>(run: &Run<'_>, measures: &'a [Measure], metric: &str) -> Option<&'a Measure> {
    let speaks = |measure: &&Measure| measure.metric == metric && measure.value.is_some();
    measures.iter().find(speaks).filter(|measure| measure.n >= run.settings.min_n)
}

/// A share as a number of percent.
fn points(share: f64) -> String {
    words::percent(share).replace(" %", "")
}
