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

fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent.abs() < 9.95 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

/// With thousands apart, as money is read.
fn round(amount: f64) -> String {
    let digits = format!("{:.0}", amount.abs());
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if amount < 0.0 && digits != "0" { format!("−{text}") } else { text }
}

/// A log change as a change in per cent.
fn by(change: f64) -> String {
    let factor = change.exp() - 1.0;
    format!("{}{}", if factor < 0.0 { "−" } else { "+" }, percent(factor.abs()))
}

fn small(n: usize, settings: &ProfilingSettings) -> Option<String> {
    (n < settings.min_n).then(|| format!("Only {n} customers: chance alone may do this."))
}

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
    let n = value(of.measures, "active_customers")? as usize;
    let headline = format!(
        "The best tenth of {} active customers bring {} of their net revenue, the greatest alone {}: the base is as \
         concentrated as {} equal customers would be.",
        round(n as f64),
        percent(top),
        percent(greatest),
        round(equal),
    );
    Some(said(Finding::new("lens_decile", 0.5 + 0.4 * top.clamp(0.0, 1.0), headline), small(n, of.settings)))
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
    let headline = format!(
        "{of_what} of the {span} from {since} changed by {} against {versus}, most through {factor} ({}): {}.",
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
    if all <= 0.0 {
        return None;
    }
    let usual = gap.map(|gap| format!("; between purchases it used to be {gap:.0} days")).unwrap_or_default();
    let headline = format!(
        "{} customers who used to buy often have slipped away (At risk, Cannot lose): they spent {}, {} of all, and the \
         median has not bought for {days:.0} days{usual}. They are the list for winning back.",
        round(rows.len() as f64),
        round(spend),
        percent(spend / all),
    );
    Some(said(
        Finding::new("profile_customer", (0.5 + 2.0 * (spend / all).max(0.0)).min(0.95), headline),
        small(rows.len(), of.settings),
    ))
}

fn once(of: &Sources<'_>) -> Option<Finding> {
    let share = value(of.measures, "one_time_share")?;
    let rows = || of.profile.rows.iter().filter(|row| row.recency_days.is_some());
    let repeat: Vec<f64> = rows().filter(|row| row.purchases > Some(1)).filter_map(|row| row.rhythm.mean).collect();
    let gap = median(&repeat)?;
    // Who bought once, but later than the usual gap ago, may still come again in time.
    let late = rows().filter(|row| row.purchases == Some(1) && row.recency_days.is_some_and(|d| f64::from(d) > gap));
    let (late, n) = (late.count(), rows().count());
    let headline = format!(
        "{} of {} buyers have bought only once, and {} of them longer ago than the {gap:.0} days after which repeat buyers \
         come back: the second order is the one to win.",
        percent(share),
        round(n as f64),
        round(late as f64),
    );
    let caveat = "Recent buyers have had little time to come again.".to_owned();
    Some(Finding::new("profile_customer", 0.3 + 0.5 * share, headline).with_caveat(caveat))
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
        round(pair.per_member[0]),
        round(pair.per_member[1]),
        names[i],
        by(most),
    );
    let n = pair.sizes[0].min(pair.sizes[1]);
    let censored = "The data begin in the window: some of the earlier cohort bought before, unseen.";
    let caveat = small(n, of.settings).or_else(|| of.left_censored.then(|| censored.to_owned()));
    Some(said(Finding::new("lens_cohort_pair", (0.35 + whole.abs() / 2.0).min(0.8), headline), caveat))
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
        "The segment {} ({} customers of whom {} is known) leans to {}: {} of it against {} of the base (index {:.0}).",
        top.segment,
        round(top.customers as f64),
        top.attribute,
        top.level,
        percent(top.index.share_segment),
        percent(top.index.share_base),
        top.index.index,
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
    let share = top.revenue_share?;
    let margin = top.margin.map(|margin| format!(" and {} of margin", round(margin))).unwrap_or_default();
    let headline = format!(
        "{} of customers' net revenue depends on one representative each; if {} leaves, {} customers with {} of revenue \
         ({}){margin} lose the only person they know.",
        percent(all),
        top.rep,
        round(top.dependent as f64),
        round(top.revenue),
        percent(share),
    );
    let from = percent(of.settings.key_person_share);
    let caveat = format!("Dependent is who has at least {from} of their contacts or sales with one person.");
    Some(Finding::new("key_person", (0.3 + 2.0 * share).min(0.9), headline).with_caveat(caveat))
}

fn promotion(of: &Sources<'_>) -> Option<Finding> {
    let rows = || of.profile.rows.iter().filter(|row| row.promo_share.is_some());
    if let Some(share) = value(of.measures, "promo_share") {
        let hunters = rows().filter(|row| row.promo_share >= Some(0.8)).count();
        let headline = format!(
            "{} of sales are made on promotion, and {} of {} customers buy at least four fifths that way.",
            percent(share),
            round(hunters as f64),
            round(rows().count() as f64),
        );
        let caveat = "That they buy on promotion does not say that they would not buy without.";
        return Some(Finding::new("profile_customer", 0.3 + 0.5 * share, headline).with_caveat(caveat));
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
