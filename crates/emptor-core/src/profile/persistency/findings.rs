//! The sentences that matter.

use super::base::sum;
use super::customers::CustomerRow;
use super::frames::{GrowthRow, Measure, MovementRow};
use super::rates::ChurnRule;
use super::section::Run;
use super::standing::{LoyaltyQuadrant, LoyaltyState};
use crate::profile::{Finding, Section};
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
        one_time(measures),
        butterflies(run, customers),
        revenue(movements, "contract"),
        revenue(movements, "revenue"),
        retention(measures),
        recommendation(measures),
        wallet(measures),
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
    let share = 100.0 * again as f64 / all as f64;
    let interval = wilson(again, all, run.level)?;
    let headline = format!(
        "Of 100 customers won in {}, {share:.0} bought again within a quarter of a year ({:.0} to {:.0}; {all} customers).",
        timeline.label(place),
        100.0 * interval.low,
        100.0 * interval.high,
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
    let share = |(again, all): (usize, usize)| 100.0 * again as f64 / all as f64;
    let significant = test.p_value < 1.0 - run.level.get();
    let verdict = match (significant, test.difference > 0.0) {
        (false, _) => "as loyal as",
        (true, true) => "better than",
        (true, false) => "worse than",
    };
    let headline = format!(
        "New customers are {verdict} a year ago: {:.1} % of the {} won in the last year that can be judged bought again \
         within a quarter of a year, {:.1} % of the {} won the year before (difference {:+.1} points, {:+.1} to {:+.1}).",
        share(now),
        now.1,
        share(before),
        before.1,
        100.0 * test.difference,
        100.0 * test.interval.low,
        100.0 * test.interval.high,
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
    if before == 0 {
        return None;
    }
    let change = of.active as f64 / before as f64 - 1.0;
    let verdict = if come > gone {
        "grew"
    } else if come < gone {
        "shrank"
    } else {
        "stood still"
    };
    let label = run.base.timeline.place(last.start.days_since_epoch()).map(|place| run.base.timeline.label(place))?;
    let headline = format!(
        "In {label} the active base {verdict} by {:.1} % to {} customers: {} new and {} back after a pause, against {gone} \
         who fell silent.",
        100.0 * change.abs(),
        of.active,
        of.new,
        of.resurrected,
    );
    let weight = 0.5 + change.abs().min(0.4);
    Some(Finding::new("growth_account", weight, headline).with_caveat(
        "Silent is not lost: part of them buys again later. Seasons move this number; compare with a year before.",
    ))
}

/// What silent customers brought when they bought.
fn dormant(run: &Run<'_>, customers: &[CustomerRow]) -> Option<Finding> {
    let silent: Vec<usize> = (0..customers.len()).filter(|c| customers[*c].state == LoyaltyState::Lapsed).collect();
    let ChurnRule::Silence { days } = run.habit.rule() else { return None };
    let year = |customer: usize, last: i32| {
        run.base.days(customer).iter().filter(move |day| day.day > last - YEAR && day.day <= last).map(|day| day.net)
    };
    let last_year = |customer: &usize| run.base.bought(*customer).last().map(|last| year(*customer, *last));
    let value = sum(silent.iter().filter_map(last_year).flatten());
    let recent = sum((0..run.base.len()).flat_map(|customer| year(customer, run.base.as_of)));
    if silent.is_empty() || value <= 0.0 {
        return None;
    }
    let compared = if recent > 0.0 {
        format!(", {:.0} % of what all named customers brought in the last year", 100.0 * value / recent)
    } else {
        String::new()
    };
    let headline = format!(
        "{} customers have been silent for more than {days} days; in the year up to their last purchase they brought \
         {value:.0}{compared}.",
        silent.len(),
    );
    Some(Finding::new("persist_customer", 0.7, headline).with_caveat(format!(
        "That they have left is inferred from silence ({}); nobody saw them leave.",
        run.habit.rule()
    )))
}

fn one_time(measures: &[Measure]) -> Option<Finding> {
    let once = known(measures, "one_time_share")?;
    let (low, high) = (once.low?, once.high?);
    let headline = format!(
        "{:.0} % of all customers have bought once only ({:.0} to {:.0} %; {} customers): the second order is where loyalty \
         is won.",
        100.0 * once.value?,
        100.0 * low,
        100.0 * high,
        once.n,
    );
    Some(
        Finding::new("loyalty", 0.35 + 0.3 * once.value?, headline).with_caveat(
            "Customers won lately had little time to buy again; see next_purchase, which allows for that.",
        ),
    )
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
        "Loyalty is not profit: {} customers ({:.0} %) are long with us and bring little ({:.0} % of profit), while {} \
         newer ones bring {:.0} % of it.",
        barnacles.0,
        100.0 * barnacles.0 as f64 / placed as f64,
        100.0 * barnacles.1 / total,
        butterflies.0,
        100.0 * butterflies.1 / total,
    );
    Some(Finding::new("persist_customer", 0.5, headline).with_caveat(
        "Long and profitable mean above the cut, by default the median: half of all customers are above it by definition.",
    ))
}

fn revenue(movements: &[MovementRow], basis: &str) -> Option<Finding> {
    let row = movements.iter().rev().find(|row| row.basis == basis && !row.is_partial)?;
    let (net, gross) = (row.moved.net_retention()?, row.moved.gross_retention()?);
    let what = if basis == "contract" { "contract value" } else { "revenue of the customers of the period before" };
    let headline = format!(
        "In the period from {}, {:.0} % of the {what} was kept ({:.0} % without those who took more): {:.0} was lost with \
         customers who went, {:.0} with customers who took less, and {:.0} came from customers who took more.",
        row.start,
        100.0 * net,
        100.0 * gross,
        row.moved.churn,
        row.moved.contraction,
        row.moved.expansion,
    );
    let weight = if basis == "contract" { 0.8 } else { 0.4 };
    let finding = Finding::new("revenue_retention", weight, headline);
    Some(if basis == "contract" {
        finding
    } else {
        finding.with_caveat("Without contracts, who did not buy in the period may only have waited.")
    })
}

fn retention(measures: &[Measure]) -> Option<Finding> {
    let (period, year) = (known(measures, "stock_retention")?, known(measures, "annual_retention"));
    let annual = year.and_then(|year| year.value).map(|year| format!("; over the last year {:.1} %", 100.0 * year));
    let headline = format!(
        "{:.1} % of the customers under contract stayed in the last complete period ({:.1} to {:.1} %; {} customers){}.",
        100.0 * period.value?,
        100.0 * period.low?,
        100.0 * period.high?,
        period.n,
        annual.unwrap_or_default(),
    );
    Some(Finding::new("stock_retention", 0.8, headline).with_caveat(
        "An aggregate over old and new contracts: retention_mix shows the cohorts, and young ones leave more often.",
    ))
}

fn recommendation(measures: &[Measure]) -> Option<Finding> {
    let nps = known(measures, "nps")?;
    let headline = format!(
        "The net promoter score is {:.0} ({:.0} to {:.0}; {} answers).",
        nps.value?, nps.low?, nps.high?, nps.n,
    );
    let finding = Finding::new("loyalty", if nps.n < 100 { 0.3 } else { 0.5 }, headline);
    Some(finding.with_caveat("Of those who answered; who does not answer may think otherwise."))
}

fn wallet(measures: &[Measure]) -> Option<Finding> {
    let share = known(measures, "share_of_wallet")?;
    let headline = format!(
        "Of every 100 that customers spend on what we sell, {:.0} come to us ({} customers whose wallet is known).",
        100.0 * share.value?,
        share.n,
    );
    Some(Finding::new("loyalty", 0.55, headline).with_caveat("As good as the wallets are: surveys and panels err."))
}

/// A measure with a value.
fn known<'a>(measures: &'a [Measure], metric: &str) -> Option<&'a Measure> {
    measures.iter().find(|measure| measure.metric == metric && measure.value.is_some())
}
