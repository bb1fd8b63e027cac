//! The table `campaign_result`.

use std::collections::BTreeSet;

use emptor_types::{ExactSum, Level};
use polars::prelude::PolarsResult;

use super::audience::{Audience, Campaign, Member};
use super::effect::{Earnings, Effect, break_even_lift, earnings, effect, none_seen};
use super::means::{Cuped, MeanDifference, cuped, difference_of_means};
use super::read::MILLIONTHS;
use super::settings::PromotionSettings;
use crate::columns::ColumnSpec;
use crate::profile::{Coverage, ResultTable};
use crate::statistics::{Interval, benjamini_hochberg, goodness_of_fit, wilson};
use crate::table::{Of, count, frame, known, number, specs, text};

/// An arm of a campaign, all of it or a segment of it.
#[derive(Debug, Clone)]
pub(super) struct ArmResult {
    pub(super) campaign: usize,
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) arm: String,
    pub(super) is_control: bool,
    pub(super) segment: Option<String>,
    pub(super) n: usize,
    pub(super) contacted: usize,
    pub(super) responders: usize,
    pub(super) converted: usize,
    pub(super) revenue: f64,
    pub(super) margin: Option<f64>,
    pub(super) cost: Option<f64>,
    pub(super) effect: Option<Effect>,
    pub(super) money: Option<MeanDifference>,
    pub(super) cuped: Option<Cuped>,
    pub(super) earned: Option<Earnings>,
    pub(super) orders_incremental: Option<f64>,
    pub(super) srm_p: f64,
    pub(super) q_value: f64,
    pub(super) has_control: bool,
    pub(super) rate: Option<Interval>,
    pub(super) none_seen: Option<f64>,
    pub(super) flags: Vec<String>,
}

impl ArmResult {
    fn share(&self) -> Option<f64> {
        (self.n > 0).then(|| self.responders as f64 / self.n as f64)
    }

    /// Cost by something, unknown where there is none of it.
    fn cost_per(&self, of: f64) -> Option<f64> {
        self.cost.filter(|_| of > 0.0 && !self.is_control).map(|cost| cost / of)
    }

    /// Incremental profit at an end of the interval of money per customer.
    pub(super) fn profit_at(&self, end: impl Fn(&MeanDifference) -> f64) -> Option<f64> {
        Some(self.n as f64 * end(self.money.as_ref()?) - self.cost?)
    }

    pub(super) fn profit_incremental(&self) -> Option<f64> {
        self.money.and(self.earned).map(|earned| earned.profit_incremental)
    }

    fn break_even(&self) -> Option<f64> {
        if self.is_control || self.responders == 0 {
            return None;
        }
        break_even_lift(self.cost?, self.n, self.margin? / self.responders as f64)
    }

    /// How the campaign is called in a sentence.
    pub(super) fn called(&self) -> String {
        self.name.as_ref().map_or_else(|| self.id.clone(), |name| format!("{name} ({})", self.id))
    }
}

const TABLE: &[Of<[ArmResult]>] = &[
    text("campaign_id", "", "the campaign", |of, row| Some(of[row].id.clone())),
    text("arm", "", "the arm that its customers were assigned to", |of, row| Some(of[row].arm.clone())),
    text("segment", "", "the segment of these customers; null for all of the arm", |of, row| of[row].segment.clone()),
    count("n", "customers", "customers assigned to the arm", |of, row| Some(of[row].n)),
    count("contacted", "customers", "those of them who were sent something", |of, row| Some(of[row].contacted)),
    count("responders", "customers", "those who responded in the window, sent to or not", |of, row| {
        Some(of[row].responders)
    }),
    count("converted", "customers", "those who ordered in the window", |of, row| Some(of[row].converted)),
    known("rate", "share", "responders by customers assigned", |of, row| of[row].share()),
    number(
        "revenue",
        "currency",
        "net money of what they were sold in the window, less what of it came back later",
        |of, row| of[row].revenue,
    ),
    known("margin", "currency", "margin of that revenue; null where too little of it is known", |of, row| {
        of[row].margin
    }),
    known("cost", "currency", "contacts of the arm, and its part of the fixed cost", |of, row| of[row].cost),
    known("incr", "customers", "responders who would not have responded anyway", |of, row| {
        Some(of[row].effect.as_ref()?.incremental)
    }),
    known("ate", "share", "rate of the arm less rate of the controls", |of, row| {
        Some(of[row].effect.as_ref()?.difference.difference)
    }),
    known("ate_lo", "share", "lower end of its interval", |of, row| {
        Some(of[row].effect.as_ref()?.difference.interval.low)
    }),
    known("ate_hi", "share", "upper end of its interval", |of, row| {
        Some(of[row].effect.as_ref()?.difference.interval.high)
    }),
    known("profit_incr", "currency", "margin beyond that of as many controls, less cost", |of, row| {
        of[row].profit_incremental()
    }),
    known("romi_incr", "per currency of cost", "incremental profit by cost", |of, row| {
        of[row].money.and(of[row].earned).and_then(|earned| earned.romi_incremental)
    }),
    known(
        "romi_gross",
        "per currency of cost",
        "all margin of the arm less cost, by cost: not what the campaign earned",
        |of, row| of[row].earned.and_then(|earned| earned.romi_gross),
    ),
    known("break_even", "share", "incremental responses per customer at which the cost is earned", |of, row| {
        of[row].break_even()
    }),
    number(
        "srm_p",
        "probability",
        "of a split as far from the planned one, by accident; null without a plan",
        |of, row| of[row].srm_p,
    ),
    text(
        "method",
        "",
        "rct: against controls; none: there are none, and what would have come anyway is unknown",
        |of, row| Some(if of[row].has_control { "rct" } else { "none" }.to_owned()),
    ),
    text("name", "", "what the campaign is called", |of, row| of[row].name.clone()),
    known("rate_lo", "share", "lower end of the score interval of the rate", |of, row| Some(of[row].rate?.low)),
    known(
        "rate_hi",
        "share",
        "upper end; where nobody responded, the one-sided bound of the rule of three",
        |of, row| of[row].none_seen.or(Some(of[row].rate?.high)),
    ),
    known("incr_lo", "customers", "lower end of the interval of `incr`", |of, row| {
        Some(of[row].effect.as_ref()?.interval.low)
    }),
    known("incr_hi", "customers", "upper end of it", |of, row| Some(of[row].effect.as_ref()?.interval.high)),
    known("z", "", "standard score of the difference of rates, variance pooled", |of, row| {
        Some(of[row].effect.as_ref()?.difference.z)
    }),
    known("p_value", "probability", "of so great a difference if there were none", |of, row| {
        Some(of[row].effect.as_ref()?.difference.p_value)
    }),
    number(
        "q_value",
        "probability",
        "p-value adjusted for looking at many campaigns, or at many segments",
        |of, row| of[row].q_value,
    ),
    known("margin_diff", "currency per customer", "margin per customer less that of controls", |of, row| {
        Some(of[row].money?.difference)
    }),
    known("margin_diff_lo", "currency per customer", "lower end of its interval", |of, row| {
        Some(of[row].money?.interval.low)
    }),
    known("margin_diff_hi", "currency per customer", "upper end of it", |of, row| Some(of[row].money?.interval.high)),
    known(
        "margin_diff_cuped",
        "currency per customer",
        "the same, with what they spent before taken out",
        |of, row| Some(of[row].cuped?.adjusted.difference),
    ),
    known("margin_diff_cuped_lo", "currency per customer", "lower end of its interval", |of, row| {
        Some(of[row].cuped?.adjusted.interval.low)
    }),
    known("margin_diff_cuped_hi", "currency per customer", "upper end of it", |of, row| {
        Some(of[row].cuped?.adjusted.interval.high)
    }),
    known("cuped_removed", "share of variance", "what earlier spend explains of the variance", |of, row| {
        Some(of[row].cuped?.variance_removed)
    }),
    known("profit_incr_lo", "currency", "incremental profit at the lower end of `margin_diff`", |of, row| {
        of[row].profit_at(|money| money.interval.low)
    }),
    known("profit_incr_hi", "currency", "at the upper end", |of, row| of[row].profit_at(|money| money.interval.high)),
    known("cost_per_contact", "currency", "cost by customers contacted", |of, row| {
        of[row].cost_per(of[row].contacted as f64)
    }),
    known("cost_per_response", "currency", "cost by responders", |of, row| of[row].cost_per(of[row].responders as f64)),
    known("cost_per_incr", "currency", "cost by incremental responders; null where there are none", |of, row| {
        of[row].cost_per(of[row].effect.as_ref()?.incremental)
    }),
    known("orders_incr", "orders", "orders beyond those of as many controls", |of, row| of[row].orders_incremental),
    known("cost_per_order_incr", "currency", "cost by incremental orders; null where there are none", |of, row| {
        of[row].cost_per(of[row].orders_incremental?)
    }),
    text("flags", "", "what a reader must know of the row", |of, row| {
        Some(of[row].flags.join("; ")).filter(|flags| !flags.is_empty())
    }),
];

/// The columns of `campaign_result`.
pub(super) const COLUMNS: &[ColumnSpec] = &specs::<_, { TABLE.len() }>(TABLE);

/// The table, with the revenue whose cost is known as its coverage.
pub(super) fn table(
    results: &[ArmResult],
    audience: &Audience,
    settings: &PromotionSettings,
) -> PolarsResult<ResultTable> {
    let rows = frame(TABLE, results, results.len())?;
    let about = "One row per campaign and arm, and where customers have segments per segment of it: what came, what would \
                 have come anyway, and what it earned; by first day of the campaign, controls last.";
    let (mut known, mut all) = (ExactSum::ZERO, ExactSum::ZERO);
    for member in &audience.members {
        all.add(member.revenue as f64 / MILLIONTHS);
        known.add((member.revenue - member.unknown) as f64 / MILLIONTHS);
    }
    let members = audience.members.len();
    let mut table = ResultTable::new("campaign_result", about, rows, COLUMNS)?
        .with_coverage(Coverage::new((members, members + audience.strangers), (known.value(), all.value())));
    if !audience.returns_refer {
        table = table.with_flag("returns do not say what they return: those after a window are not deducted from it");
    }
    if audience.strangers > 0 {
        table = table.with_flag(format!("unknown_campaign: {} contacts", audience.strangers));
    }
    if results.iter().any(|arm| arm.effect.is_some()) {
        table = table.with_flag(format!("intervals at {:.0} %", settings.level * 100.0));
    }
    Ok(table)
}

/// All arms of all campaigns, whole and by segment.
pub(super) fn results(audience: &Audience, settings: &PromotionSettings, level: Level) -> Vec<ArmResult> {
    let mut results = Vec::new();
    for (place, campaign) in audience.campaigns.iter().enumerate() {
        let members: Vec<&Member> = audience.of(place).iter().collect();
        if members.is_empty() {
            continue;
        }
        let margins = Margins::of(campaign, &members, settings);
        results.extend(compare(place, campaign, &members, None, &margins, settings, level));
        let segments: BTreeSet<&str> = members.iter().filter_map(|member| member.segment.as_deref()).collect();
        for segment in segments {
            let own: Vec<&Member> =
                members.iter().copied().filter(|member| member.segment.as_deref() == Some(segment)).collect();
            results.extend(compare(place, campaign, &own, Some(segment), &margins, settings, level));
        }
    }
    for of_segments in [false, true] {
        let tested: Vec<usize> =
            (0..results.len()).filter(|row| results[*row].segment.is_some() == of_segments).collect();
        let p: Vec<f64> = tested
            .iter()
            .map(|row| results[*row].effect.map_or(f64::NAN, |effect| effect.difference.p_value))
            .collect();
        for (row, q) in tested.into_iter().zip(benjamini_hochberg(&p)) {
            results[row].q_value = q;
        }
    }
    results
}

/// How revenue of a campaign becomes margin, and what a customer of it cost.
struct Margins {
    /// For revenue whose cost is unknown; `None` if margins are unknown altogether.
    rate: Option<f64>,
    imputed: f64,
    fixed_per_treated: Option<f64>,
    per_contact: Option<f64>,
    /// Whether contacts say what they cost.
    priced: bool,
}

impl Margins {
    fn of(campaign: &Campaign, members: &[&Member], settings: &PromotionSettings) -> Self {
        let sum =
            |of: fn(&Member) -> i64| members.iter().map(|member| i128::from(of(member).abs())).sum::<i128>() as f64;
        let unknown = sum(|member| member.unknown);
        let known = sum(|member| member.revenue - member.unknown);
        let imputed = if unknown > 0.0 { unknown / (known + unknown) } else { 0.0 };
        let own = || {
            let margin: i128 = members.iter().map(|member| i128::from(member.known_margin)).sum();
            let revenue: i128 = members.iter().map(|member| i128::from(member.revenue - member.unknown)).sum();
            (revenue > 0 && 1.0 - imputed >= settings.min_coverage).then(|| margin as f64 / revenue as f64)
        };
        let rate = campaign.margin_rate.or_else(|| if unknown > 0.0 { own() } else { Some(0.0) });
        let treated = members.iter().filter(|member| !member.is_control).count();
        Self {
            rate,
            imputed,
            fixed_per_treated: campaign.cost_fixed.filter(|_| treated > 0).map(|cost| cost / treated as f64),
            per_contact: campaign.cost_contact,
            priced: members.iter().any(|member| member.contact_cost.is_some()),
        }
    }

    fn margin(&self, member: &Member) -> Option<f64> {
        Some((member.known_margin as f64 + self.rate? * member.unknown as f64) / MILLIONTHS)
    }

    /// Cost of contacts and fixed cost; `None` if neither is known.
    fn cost(&self, members: &[&Member], is_control: bool) -> Option<f64> {
        let contacted = members.iter().filter(|member| member.sent.is_some()).count() as f64;
        let contacts = if self.priced {
            Some(members.iter().filter_map(|member| member.contact_cost).collect::<ExactSum>().value())
        } else {
            self.per_contact.map(|cost| cost * contacted)
        };
        let fixed = if is_control { Some(0.0) } else { self.fixed_per_treated.map(|cost| cost * members.len() as f64) };
        match (contacts, fixed) {
            (None, None) => None,
            (None, Some(_)) if is_control => None,
            (contacts, fixed) => Some(contacts.unwrap_or(0.0) + fixed.unwrap_or(0.0)),
        }
    }
}

/// The arms of a campaign, or of a segment of it, treatments first.
fn compare(
    place: usize,
    campaign: &Campaign,
    members: &[&Member],
    segment: Option<&str>,
    margins: &Margins,
    settings: &PromotionSettings,
    level: Level,
) -> Vec<ArmResult> {
    let controls: Vec<&Member> = members.iter().copied().filter(|member| member.is_control).collect();
    let treated = members.len() - controls.len();
    let arms: BTreeSet<&str> =
        members.iter().filter(|member| !member.is_control).map(|member| member.arm.as_str()).collect();
    let names: BTreeSet<&str> = controls.iter().map(|member| member.arm.as_str()).collect();
    let control_name = if names.len() == 1 { names.first().copied().unwrap_or("control") } else { "control" };
    let planned = campaign.control_share.filter(|_| segment.is_none() && !controls.is_empty() && treated > 0);
    let srm_p = planned
        .map_or(f64::NAN, |share| goodness_of_fit(&[treated as f64, controls.len() as f64], &[1.0 - share, share]));
    let contaminated = controls.iter().filter(|member| member.sent.is_some()).count();

    let mut groups: Vec<(String, Vec<&Member>, bool)> = Vec::new();
    for arm in arms {
        let own = members.iter().copied().filter(|member| !member.is_control && member.arm == arm).collect();
        groups.push((arm.to_owned(), own, false));
    }
    if !controls.is_empty() {
        groups.push((control_name.to_owned(), controls.clone(), true));
    }
    let outcome = settings.outcome;
    let responders = |group: &[&Member]| group.iter().filter(|member| member.responded(outcome)).count();
    let margin_of = |group: &[&Member]| -> Option<Vec<f64>> { group.iter().map(|m| margins.margin(m)).collect() };
    let before_of =
        |group: &[&Member]| -> Vec<f64> { group.iter().map(|member| member.pre_spend as f64 / MILLIONTHS).collect() };
    let control_margin = margin_of(&controls);
    let control_before = before_of(&controls);
    let mut results = Vec::with_capacity(groups.len());
    for (arm, group, is_control) in groups {
        let n = group.len();
        let found = responders(&group);
        let own_margin = margin_of(&group);
        let margin = own_margin.as_ref().map(|margin| margin.iter().copied().collect::<ExactSum>().value());
        let cost = margins.cost(&group, is_control);
        let comparable = !is_control && !controls.is_empty();
        let effect = comparable.then(|| effect((found, n), (responders(&controls), controls.len()), level)).flatten();
        let both = own_margin.as_deref().zip(control_margin.as_deref()).filter(|_| comparable);
        let money = both.and_then(|(own, other)| difference_of_means(own, other, level));
        let before = before_of(&group);
        let adjusted = both.and_then(|(own, other)| cuped((own, &before), (other, &control_before), level));
        let earned = margin.zip(cost).filter(|_| !is_control).map(|(margin, cost)| {
            let incremental = money.map_or(f64::NAN, |money| money.difference * n as f64);
            earnings(incremental, margin, cost)
        });
        let orders = |group: &[&Member]| group.iter().map(|member| member.orders).sum::<usize>() as f64;
        let orders_incremental =
            comparable.then(|| orders(&group) - orders(&controls) * n as f64 / controls.len() as f64);
        let mut flags = Vec::new();
        let mut flag = |holds: bool, text: String| flags.extend(holds.then_some(text));
        flag(!is_control && controls.is_empty(), "no_counterfactual".to_owned());
        flag(n < settings.min_n, format!("low_support: n = {n}"));
        let few = comparable && controls.len() < settings.min_n;
        flag(few, format!("low_support: {} controls", controls.len()));
        flag(effect.is_some_and(|effect| effect.by_scores), "few responders: interval by scores".to_owned());
        flag(srm_p < settings.ratio_alarm, "sample_ratio_mismatch".to_owned());
        flag(contaminated > 0 && comparable, format!("contaminated: {contaminated} controls were contacted"));
        flag(campaign.open, "window_open: responses are still coming".to_owned());
        flag(margins.rate.is_none(), "margin_unknown".to_owned());
        let guessed = margins.rate.is_some() && margins.imputed > 0.0;
        flag(guessed, format!("margin of {:.0} % of revenue by a rate", margins.imputed * 100.0));
        flag(cost.is_none() && !is_control, "cost_unknown".to_owned());
        let fixed = campaign.cost_fixed.is_none() && cost.is_some() && !is_control;
        flag(fixed, "fixed cost unknown: cost is that of contacts".to_owned());
        results.push(ArmResult {
            campaign: place,
            id: campaign.id.clone(),
            name: campaign.name.clone(),
            arm,
            is_control,
            segment: segment.map(str::to_owned),
            n,
            contacted: group.iter().filter(|member| member.sent.is_some()).count(),
            responders: found,
            converted: group.iter().filter(|member| member.orders > 0).count(),
            revenue: group.iter().map(|member| i128::from(member.revenue)).sum::<i128>() as f64 / MILLIONTHS,
            margin,
            cost,
            effect,
            money,
            cuped: adjusted,
            earned,
            orders_incremental,
            srm_p,
            q_value: f64::NAN,
            has_control: !controls.is_empty(),
            rate: wilson(found, n, level),
            none_seen: if found == 0 { none_seen(n, level) } else { None },
            flags,
        });
    }
    results
}
