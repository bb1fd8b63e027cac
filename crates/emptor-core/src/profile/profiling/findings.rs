//! What a head of marketing should know of the base.

use emptor_rfm::Segment;

use super::customer::{Profile, Row};
use super::decomposition::LogChange;
use super::firm::{Measure, value};
use super::lens::{Decomposed, Pair};
use super::people::Dependence;
use super::segments::Preference;
use super::settings::ProfilingSettings;
use crate::period::Period;
use crate::profile::words::{change_percent, count, many, money, percent};
use crate::profile::{Finding, ProfileInput};
use crate::statistics::median;

/// Everything that findings are drawn from.
pub(super) struct Sources<'a> {
    pub(super) input: &'a ProfileInput<'a>,
    pub(super) settings: &'a ProfilingSettings,
    pub(super) profile: &'a Profile,
    pub(super) measures: &'a [Measure],
    pub(super) periods: &'a [Period],
    pub(super) decomposed: &'a [Decomposed],
    pub(super) pairs: &'a [Pair],
    pub(super) preferences: &'a [Preference],
    pub(super) dependence: Option<&'a [Dependence]>,
    /// Whether the data begin in the window, so that its first cohorts hold old customers.
    pub(super) left_censored: bool,
}

pub(super) fn findings(of: &Sources<'_>) -> Vec<Finding> {
    let all = [
        concentration(of),
        change(of),
        slipping(of),
        once(of),
        cohort(of),
        preference(of),
        person(of),
        promotion(of),
        anonymous(of),
    ];
    all.into_iter().flatten().collect()
}

/// A log change as a change in per cent.
fn by(change: f64) -> String {
    change_percent(change.exp() - 1.0)
}

fn small(n: usize, settings: &ProfilingSettings) -> Option<String> {
    (n < settings.min_n).then(|| format!("Only {}: chance alone may do this.", many(n, "customer", "customers")))
}

/// Fewer customers than this have no shares worth a sentence.
const SHARES_FROM: usize = 10;

/// With its caveat, if any; what chance alone may do weighs little.
fn said(finding: Finding, caveat: Option<String>) -> Finding {
    match caveat {
        Some(caveat) => finding.with_caveat(caveat),
        None => finding,
    }
}

fn concentration(of: &Sources<'_>) -> Option<Finding> {
    let top = value(of.measures, "top_10_share")?;
    let equal = value(of.measures, "equal_customers")?;
    let greatest = value(of.measures, "greatest_share")?;
    let n = value(of.measures, "active_customers").map(|n| n as usize).filter(|n| *n >= SHARES_FROM)?;
    let headline = format!(
        "The best tenth of {} active customers bring {} of their net revenue, the greatest alone {}: the base is as \
         concentrated as {} equal customers would be.",
        count(n),
        percent(top),
        percent(greatest),
        money(equal),
    );
    let finding = Finding::new("lens_decile", 0.5 + 0.4 * top.clamp(0.0, 1.0), headline);
    Some(said(finding, small(n, of.settings)).faint_if(n < of.settings.min_n))
}

/// What changed between the last two whole periods.
fn change(of: &Sources<'_>) -> Option<Finding> {
    // The window against the one before says more than two of its periods: the season is the same.
    let window = of.decomposed.iter().rfind(|row| row.scope == "window" && !row.is_partial);
    let period = of.decomposed.iter().rfind(|row| row.scope == "period" && !row.is_partial);
    let known = |row: &&Decomposed| row.change.revenue().is_some();
    let row = window.filter(known).or(period.filter(known))?;
    let (of_what, whole) = match row.change.profit() {
        Some(profit) => ("Profit", profit),
        None => ("Net revenue", row.change.revenue()?),
    };
    let LogChange { customers, aof, aov, margin } = row.change;
    let (factor, most) = row.change.greatest()?;
    let parts =
        [("customers", customers), ("orders per customer", aof), ("revenue per order", aov), ("margin", margin)];
    let parts: Vec<String> =
        parts.into_iter().filter_map(|(name, change)| Some(format!("{name} {}", by(change?)))).collect();
    let span = if row.scope == "window" { "window".to_owned() } else { of.input.window.grain().to_string() };
    let versus = format!("the {span} before");
    let since = emptor_types::Date::from_days_since_epoch(row.start).ok()?;
    // Sales to nobody known are in the totals of other sections, so that their change is another.
    let of_whom = match value(of.measures, "anonymous_share") {
        Some(share) if share.abs() > 0.0 => " from known customers in",
        _ => " of",
    };
    let headline = format!(
        "{of_what}{of_whom} the {span} from {since} changed by {} against {versus}, most through {factor} ({}): {}.",
        by(whole),
        by(most),
        parts.join(", "),
    );
    let season = (row.scope == "period").then(|| "Neighbouring periods differ by season too.".to_owned());
    Some(said(Finding::new("lens_decomposition", (0.4 + whole.abs()).min(0.9), headline), season))
}

/// Those who bought often and no longer do.
fn slipping(of: &Sources<'_>) -> Option<Finding> {
    let slips = |row: &&Row| matches!(row.segment, Some(Segment::AtRisk | Segment::CannotLose));
    let rows: Vec<&Row> = of.profile.rows.iter().filter(slips).collect();
    let spend: f64 = rows.iter().filter_map(|row| row.monetary).sum();
    let all: f64 = of.profile.rows.iter().filter_map(|row| row.monetary).sum();
    let days = median(&rows.iter().filter_map(|row| row.recency_days.map(f64::from)).collect::<Vec<_>>())?;
    let gap = median(&rows.iter().filter_map(|row| row.rhythm.mean).collect::<Vec<_>>());
    if all <= 0.0 || of.profile.rows.len() < SHARES_FROM {
        return None;
    }
    let usual = gap.map(|gap| format!("; between purchases it used to be {} days", money(gap))).unwrap_or_default();
    let headline = format!(
        "{} who used to buy often {} slipped away (segments \"At risk\" and \"Cannot lose\"): they spent {}, {} of all, and \
         the median has not bought for {} days{usual}. They are the list for winning back.",
        many(rows.len(), "customer", "customers"),
        if rows.len() == 1 { "has" } else { "have" },
        money(spend),
        percent(spend / all),
        money(days),
    );
    let is_small = rows.len() < of.settings.min_n;
    Some(
        said(
            Finding::new("profile_customer", (0.5 + 2.0 * (spend / all).max(0.0)).min(0.95), headline),
            small(rows.len(), of.settings),
        )
        .faint_if(is_small),
    )
}

fn once(of: &Sources<'_>) -> Option<Finding> {
    let share = value(of.measures, "one_time_share")?;
    let rows = || of.profile.rows.iter().filter(|row| row.recency_days.is_some());
    let repeat: Vec<f64> = rows().filter(|row| row.purchases > Some(1)).filter_map(|row| row.rhythm.mean).collect();
    let gap = median(&repeat)?;
    // Who bought once, but later than the usual gap ago, may still come again in time.
    let late = rows().filter(|row| row.purchases == Some(1) && row.recency_days.is_some_and(|d| f64::from(d) > gap));
    let (late, n) = (late.count(), rows().count());
    if n < SHARES_FROM {
        return None;
    }
    let headline = format!(
        "{} of {} buyers have bought only once, and {} of them longer ago than the {} days after which repeat buyers come \
         back: the second order is the one to win.",
        percent(share),
        count(n),
        count(late),
        money(gap),
    );
    let caveat = "Recent buyers have had little time to come again.";
    let finding = Finding::new("profile_customer", 0.3 + 0.5 * share, headline).with_caveat(caveat);
    Some(finding.faint_if(n < of.settings.min_n))
}

/// The newest cohort that has lived at least two whole periods beside the one before it.
fn cohort(of: &Sources<'_>) -> Option<Finding> {
    let pair = of.pairs.iter().rfind(|pair| pair.age > 0).or(of.pairs.last())?;
    let whole = pair.whole()?;
    let names = ["active periods per member", "orders per active period", "revenue per order"];
    let (i, most) = pair
        .change
        .iter()
        .enumerate()
        .filter_map(|(i, change)| Some((i, (*change)?)))
        .reduce(|best, next| if next.1.abs() > best.1.abs() { next } else { best })?;
    let headline = format!(
        "Customers won in the {} from {} have brought {} than those won from {} at the same age (through {} {}): {} against {} of \
         net revenue per member, most through {} ({}).",
        of.input.window.grain(),
        of.periods.get(pair.cohort)?.start,
        if whole < 0.0 { "less" } else { "more" },
        of.periods.get(pair.versus)?.start,
        pair.age + 1,
        if pair.age == 0 { of.input.window.grain().to_string() } else { format!("{}s", of.input.window.grain()) },
        money(pair.per_member[0]),
        money(pair.per_member[1]),
        names[i],
        by(most),
    );
    let n = pair.sizes[0].min(pair.sizes[1]);
    let censored = "The data begin in the window: some of the earlier cohort bought before, unseen.";
    let caveat = small(n, of.settings).or_else(|| of.left_censored.then(|| censored.to_owned()));
    let is_faint = caveat.is_some();
    Some(
        said(Finding::new("lens_cohort_pair", (0.35 + whole.abs() / 2.0).min(0.8), headline), caveat)
            .faint_if(is_faint),
    )
}

/// The preference that most customers stand behind, beyond chance.
fn preference(of: &Sources<'_>) -> Option<Finding> {
    let beyond = |row: &&Preference| {
        let named = !row.level.starts_with("__") && !row.low_support && row.index.n >= of.settings.min_n;
        named && row.q_value <= of.settings.max_q && row.index.index >= 110.0
    };
    let extra = |row: &Preference| row.customers as f64 * (row.index.share_segment - row.index.share_base);
    let top = of.preferences.iter().filter(beyond).reduce(|a, b| if extra(b) > extra(a) { b } else { a })?;
    let headline = format!(
        "The segment \"{}\" ({} customers of whom {} is known) leans to {}: {} of it against {} of the base (index {}).",
        top.segment,
        count(top.customers),
        top.attribute,
        top.level,
        percent(top.index.share_segment),
        percent(top.index.share_base),
        money(top.index.index),
    );
    let caveat = format!(
        "It goes with the segment (Cramér's V {:.2}), which does not say that it makes it.",
        top.index.cramers_v
    );
    Some(Finding::new("profile_segment_index", (0.3 + top.index.cramers_v).min(0.7), headline).with_caveat(caveat))
}

fn person(of: &Sources<'_>) -> Option<Finding> {
    let reps = of.dependence?;
    let all: f64 = reps.iter().filter_map(|rep| rep.revenue_share).sum();
    let top = reps.first().filter(|rep| rep.dependent > 0)?;
    let share = top.revenue_share.filter(|_| of.profile.rows.len() >= SHARES_FROM)?;
    let margin = top.margin.map(|margin| format!(" and {} of margin", money(margin))).unwrap_or_default();
    let headline = format!(
        "{} of customers' net revenue depends on one representative each; if {} leaves, {} with {} of revenue \
         ({}){margin} would lose the only person they know.",
        percent(all),
        top.rep,
        many(top.dependent, "customer", "customers"),
        money(top.revenue),
        percent(share),
    );
    let from = percent(of.settings.key_person_share);
    let caveat = format!("Customers depend who have at least {from} of their contacts or sales with one person.");
    let finding = Finding::new("key_person", (0.3 + 2.0 * share).min(0.9), headline).with_caveat(caveat);
    Some(finding.faint_if(of.profile.rows.len() < of.settings.min_n))
}

fn promotion(of: &Sources<'_>) -> Option<Finding> {
    let rows = || of.profile.rows.iter().filter(|row| row.promo_share.is_some());
    let buyers = rows().count();
    if let Some(share) = value(of.measures, "promo_share").filter(|_| buyers >= SHARES_FROM) {
        let hunters = rows().filter(|row| row.promo_share >= Some(0.8)).count();
        let headline = format!(
            "{} of sales are made on promotion, and {} of {} customers buy at least four fifths that way.",
            percent(share),
            count(hunters),
            count(buyers),
        );
        let caveat = "That they buy on promotion does not say that they would not buy without.";
        let finding = Finding::new("profile_customer", 0.3 + 0.5 * share, headline).with_caveat(caveat);
        return Some(finding.faint_if(buyers < of.settings.min_n));
    }
    let discount = value(of.measures, "mean_discount")?;
    let headline = format!("{} of the list value of what is sold is given away as discount.", percent(discount));
    Some(Finding::new("profile_firm", (0.25 + discount).min(0.7), headline))
}

fn anonymous(of: &Sources<'_>) -> Option<Finding> {
    let share = value(of.measures, "anonymous_share").filter(|share| *share >= 0.01)?;
    let from = of.input.window.from();
    let headline = format!(
        "{} of the net revenue since {from} belongs to no known customer, and no profile can say anything of it.",
        percent(share),
    );
    Some(Finding::new("profile_firm", (0.3 + share).min(0.8), headline))
}
