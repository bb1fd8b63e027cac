//! The tables of offers: what to offer to whom, and how good such offers would have been.

use std::collections::{HashMap, HashSet};

use emptor_types::{ExactSum, Level};
use polars::prelude::{
    Column, DataFrame, DataType, IdxCa, IntoColumn, NamedFrom, PlSmallStr, ReshapeDimension, Series, col, lit,
};

use super::facts::Facts;
use super::offers::{Evaluation, Histories, Offer, Recommender, Source, evaluate_all};
use super::settings::ProductSettings;
use crate::columns::{ColumnSpec, column};
use crate::profile::lines::collect;
use crate::profile::words::{self, money, percent};
use crate::profile::{Finding, Gap, ProfileError, ProfileInput, ResultTable};
use crate::statistics::wilson;
use crate::table::{Of, count, frame, known, number, specs, text};

/// Offers more than are shown that are looked at where some products are not sold any more.
const SPARE: usize = 10;

const OFFERS: [ColumnSpec; 10] = [
    column("customer_id", "", "the customer"),
    column("product_id", "", "the product to offer"),
    column("p", "probability", "that the customer buys it within the tried span"),
    column(
        "exp_margin",
        "currency",
        "p times the average contribution of an order of it; null where a cost is not known",
    ),
    column("source", "", "where the offer comes from: rule, sequence or model"),
    column("evidence_n", "customers", "customers that the suggestion rests on"),
    column("reasons", "", "why, in words"),
    column("rank", "", "1 is the first to offer"),
    column("score", "", "strength of the suggestion on the scale of the source"),
    column("name", "", "name of the product"),
];

const EVALUATION: &[Of<Tried>] = &[
    text("source", "", "where offers come from; popularity is the baseline", |of, row| {
        Some(of.all[row].source.to_string())
    }),
    count("k", "offers", "offers per customer", |of, row| Some(of.all[row].k)),
    text("cut", "date", "last day that was learned from", |of, _| Some(of.cut.clone())),
    text("test_to", "date", "last day that offers were tried on", |of, _| Some(of.to.clone())),
    count("customers", "customers", "customers with a history before the cut", |of, row| Some(of.all[row].customers)),
    count("n", "customers", "those who then bought something that could have been offered", |of, row| {
        Some(of.all[row].buyers)
    }),
    count("served", "customers", "those of n who would have been offered something", |of, row| {
        Some(of.all[row].served)
    }),
    count("hits", "customers", "those of n who bought an offer", |of, row| Some(of.all[row].hits)),
    known("hit_at_k", "share of n", "hits by n", |of, row| of.all[row].hit_at_k),
    known("hit_lo", "share of n", "lower end of its 95 % interval (Wilson)", |of, row| of.interval(row).map(|i| i.0)),
    known("hit_hi", "share of n", "upper end", |of, row| of.interval(row).map(|i| i.1)),
    known("map_at_k", "", "mean average precision of the first k offers", |of, row| of.all[row].map_at_k),
    known("vs_popularity", "times", "map_at_k by that of popularity", |of, row| of.versus(row)),
    number("products", "products", "different products offered", |of, row| of.all[row].products as f64),
];

/// Every source, tried.
pub(super) struct Tried {
    pub(super) all: Vec<Evaluation>,
    cut: String,
    to: String,
    days: i32,
}

impl Tried {
    fn interval(&self, row: usize) -> Option<(f64, f64)> {
        let interval = wilson(self.all[row].hits, self.all[row].buyers, Level::new(0.95).ok()?)?;
        Some((interval.low, interval.high))
    }

    fn versus(&self, row: usize) -> Option<f64> {
        let map = |source: Source| self.all.iter().find(|e| e.source == source).and_then(|e| e.map_at_k);
        let base = map(Source::Popularity).filter(|base| *base > 0.0)?;
        self.all[row].map_at_k.map(|own| own / base)
    }

    /// The best source but the baseline; the first of equals. `None` if none was right once.
    /// Whether a source orders offers better than the same popular products for all.
    fn beats_popularity(&self, row: usize) -> bool {
        let popular = self.all.iter().find(|tried| tried.source == Source::Popularity);
        popular.is_some_and(|popular| self.all[row].map_at_k > popular.map_at_k)
    }

    fn best(&self) -> Option<usize> {
        let map = |row: usize| self.all[row].map_at_k.unwrap_or(0.0);
        let candidates =
            (0..self.all.len()).filter(|row| self.all[*row].source != Source::Popularity && map(*row) > 0.0);
        candidates.fold(
            None,
            |best: Option<usize>, row| if best.is_some_and(|b| map(b) >= map(row)) { best } else { Some(row) },
        )
    }
}

/// Tables and findings, or why there are none.
pub(super) struct NextOffers {
    pub(super) tables: Vec<ResultTable>,
    pub(super) findings: Vec<Finding>,
    pub(super) gaps: Vec<Gap>,
}

pub(super) fn next_offers(
    input: &ProfileInput<'_>,
    settings: &ProductSettings,
    facts: &Facts,
    histories: (Histories, Series, Series),
) -> Result<NextOffers, ProfileError> {
    const COLUMNS: [ColumnSpec; EVALUATION.len()] = specs(EVALUATION);
    let (histories, owners, products) = histories;
    let days = settings.test_days.map_or_else(|| (input.window.days() / 4).max(1), i32::from);
    let cut = input.window.as_of().plus_days(-days);
    let (k, exclude) = (settings.offers, settings.exclude_owned);
    let all = evaluate_all(&histories, cut.days_since_epoch(), settings.min_count, k, exclude);
    let tried = Tried { all, cut: cut.to_string(), to: input.window.as_of().to_string(), days };
    let mut out = NextOffers { tables: Vec::new(), findings: Vec::new(), gaps: Vec::new() };
    let buyers = tried.all[0].buyers;
    if buyers > 0 {
        let about = "one row per source of offers: what its offers would have been worth on held-out time";
        let cells = frame(EVALUATION, &tried, tried.all.len())?;
        let mut table = ResultTable::new("offer_evaluation", about, cells, COLUMNS)?;
        if buyers < settings.min_n {
            table = table.with_flag(format!("low_support: {buyers} customers"));
        }
        out.tables.push(table);
    } else {
        let reason = format!("no customer with a history bought anything new in the last {days} days");
        out.gaps.push(Gap::new("offer_evaluation", [], reason));
    }
    let chosen = settings.offer_source.and_then(|source| tried.all.iter().position(|e| e.source == source));
    let Some(row) = chosen.or_else(|| tried.best()) else {
        let reason = format!(
            "no source of offers was right once on the last {days} days: too few customers buy the same things (at least {} \
             must share a pair of products)",
            settings.min_count
        );
        out.gaps.push(Gap::new("next_offer", [], reason));
        return Ok(out);
    };
    let best = &tried.all[row];
    let recommender = Recommender::train(&histories, best.source, settings.min_count);
    let keys = super::facts::texts(&products)?;
    let ended = ended(input)?;
    let mut offers = recommender.offers(&histories, k + ended.len().min(SPARE), exclude);
    for own in &mut offers {
        // Nobody is offered what is not sold any more, nor what nobody bought when it was suggested as weakly.
        own.retain(|offer| {
            let p = best.calibration.probability(offer.score);
            !ended.contains(&keys[offer.item as usize]) && p.is_none_or(|p| p > 0.0)
        });
        own.truncate(k);
    }
    out.tables.insert(
        0,
        offer_table(&offers, best, &owners, &products, &keys, facts)?.with_flag(format!(
            "source {}: p is the share of such offers that were bought within {days} days, on held-out time",
            best.source
        )),
    );
    out.findings.extend(verdict(&tried, row, settings));
    let served = offers.iter().filter(|offers| !offers.is_empty()).count();
    let expected = out.tables[0].frame.column("exp_margin")?.f64()?.iter().flatten().collect::<ExactSum>().value();
    if expected > 0.0 {
        let headline = format!(
            "{} of {} customers have a next offer; their purchases within {days} days are expected to bring {} in \
             contribution.",
            words::count(served),
            words::count(owners.len()),
            money(expected)
        );
        let caveat = "It is what such customers bought of themselves, not the effect of offering.";
        let is_faint = buyers < settings.min_n || !tried.beats_popularity(row);
        out.findings.push(Finding::new("next_offer", 0.55, headline).with_caveat(caveat).faint_if(is_faint));
    }
    Ok(out)
}

/// Products whose end has come by the day of observation.
fn ended(input: &ProfileInput<'_>) -> Result<HashSet<String>, ProfileError> {
    let Some(table) = input.tables.products().filter(|table| table.has("end_date")) else { return Ok(HashSet::new()) };
    let over = col("end_date").to_physical().lt_eq(lit(input.window.as_of().days_since_epoch()));
    let rows = collect(table.rows().filter(over).select([col("product_id").cast(DataType::String)]))?;
    Ok(rows.column("product_id")?.str()?.iter().flatten().map(str::to_owned).collect())
}

fn offer_table(
    offers: &[Vec<Offer>],
    evaluation: &Evaluation,
    owners: &Series,
    products: &Series,
    keys: &[String],
    facts: &Facts,
) -> Result<ResultTable, ProfileError> {
    let places = facts.place();
    let label = |item: u32| {
        let key = &keys[item as usize];
        places.get(key.as_str()).map_or(key.as_str(), |place| facts.label(*place))
    };
    let flat: Vec<(u32, u32, &Offer)> = (0_u32..)
        .zip(offers)
        .flat_map(|(c, offers)| (1_u32..).zip(offers).map(move |(rank, o)| (c, rank, o)))
        .collect();
    let p = |offer: &Offer| evaluation.calibration.probability(offer.score);
    let margin = |offer: &Offer| places.get(keys[offer.item as usize].as_str()).and_then(|place| facts.margin(*place));
    let take = |ids: &Series, rows: Vec<u32>, name: &str| -> Result<Series, ProfileError> {
        Ok(ids.take(&IdxCa::from_vec("rows".into(), rows))?.with_name(name.into()))
    };
    // The same reasons are given to many customers: text is made once for every pair of products.
    let mut said: HashMap<(u32, u32), u32> = HashMap::new();
    let mut reasons: Vec<String> = Vec::new();
    let because: Vec<Option<u32>> = flat
        .iter()
        .map(|(_, _, offer)| {
            let because = offer.because?;
            Some(*said.entry((because, offer.item)).or_insert_with(|| {
                let (a, b) = (label(because), label(offer.item));
                let (n, of) = (offer.evidence, offer.of);
                reasons.push(match evaluation.source {
                    Source::Sequence => {
                        format!("has {a}: {n} of {of} customers who had it and not {b} bought {b} later")
                    }
                    Source::Model => format!("near to what the customer has, most to {a}: {n} customers have both"),
                    _ => format!("has {a}: {n} of {of} customers who have it have {b} too"),
                });
                (reasons.len() - 1) as u32
            }))
        })
        .collect();
    let because: IdxCa = because.into_iter().collect();
    let reasons = Series::new("reasons".into(), reasons).take(&because)?;
    let one = [ReshapeDimension::Infer, ReshapeDimension::new_dimension(1)];
    let reasons = reasons.reshape_list(&one)?.with_name("reasons".into());
    let rows = flat.len();
    let names = keys.iter().map(|key| places.get(key.as_str()).and_then(|place| facts.names[*place].as_deref()));
    let names = Series::new("name".into(), names.collect::<Vec<_>>());
    let columns = vec![
        take(owners, flat.iter().map(|row| row.0).collect(), "customer_id")?.into_column(),
        take(products, flat.iter().map(|row| row.2.item).collect(), "product_id")?.into_column(),
        Series::new("p".into(), flat.iter().map(|row| p(row.2)).collect::<Vec<_>>()).into_column(),
        Series::new("exp_margin".into(), flat.iter().map(|row| Some(p(row.2)? * margin(row.2)?)).collect::<Vec<_>>())
            .into_column(),
        Column::new_scalar("source".into(), PlSmallStr::from_string(evaluation.source.to_string()).into(), rows),
        Series::new("evidence_n".into(), flat.iter().map(|row| i64::from(row.2.evidence)).collect::<Vec<_>>())
            .into_column(),
        reasons.into_column(),
        Series::new("rank".into(), flat.iter().map(|row| i64::from(row.1)).collect::<Vec<_>>()).into_column(),
        Series::new("score".into(), flat.iter().map(|row| row.2.score).collect::<Vec<_>>()).into_column(),
        take(&names, flat.iter().map(|row| row.2.item).collect(), "name")?.into_column(),
    ];
    let about =
        "one row per customer and offer, by customer and rank; customers for whom nothing is suggested have none";
    Ok(ResultTable::new("next_offer", about, DataFrame::new(rows, columns)?, OFFERS)?)
}

/// Whether offers to each are better than the same to all.
fn verdict(tried: &Tried, row: usize, settings: &ProductSettings) -> Option<Finding> {
    let best = &tried.all[row];
    let popular = tried.all.iter().find(|e| e.source == Source::Popularity)?;
    let (own, base) = (best.hit_at_k?, popular.hit_at_k?);
    if best.buyers < settings.min_n {
        return None;
    }
    let what = match best.source {
        Source::Sequence => "what followed in others' histories",
        Source::Model => "what others bought who buy alike",
        Source::Popularity => "what most customers buy",
        _ => "what others hold with the same products",
    };
    let better = tried.beats_popularity(row);
    let headline = format!(
        "Of {} customers who bought something new in the last {} days, {} offers each by {what} would have been right for \
         {}, the {} most popular products for {}{}.",
        words::count(best.buyers),
        tried.days,
        best.k,
        percent(own),
        best.k,
        percent(base),
        if better { "" } else { ": personal offers are not better here" }
    );
    let caveat = "Right means bought anyway; whether the offer moves anybody, only a control group says.";
    Some(Finding::new("offer_evaluation", 0.7, headline).with_caveat(caveat).faint_if(!better))
}
