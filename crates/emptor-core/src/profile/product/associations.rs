//! The table of association rules, and what it says in words.

use std::collections::HashMap;

use polars::prelude::{DataType, IntoColumn, NamedFrom, PolarsResult, Series};

use super::facts::{Facts, texts};
use super::incidence::{ProductBaskets, bundle_pairs};
use super::rules::{Mining, Rule, RuleSearch};
use super::settings::{Bundles, Kits, ProductSettings, Unit};
use crate::profile::words::{self, decimal, money, percent};
use crate::profile::{Finding, ProfileError, ProfileInput, ResultTable};
use crate::table::{Of, count, flag, frame, known, number, same_text, specs, text};

/// The rules that are shown, with what is known of their products.
pub(super) struct Associations {
    unit: Unit,
    pub(super) rules: Vec<Rule>,
    profit: Vec<Option<f64>>,
    /// Ids of the products by item.
    keys: Vec<String>,
    /// Rules that were tested and found, before the cut.
    found: usize,
    /// Baskets that had to hold a set.
    pub(super) least: u32,
}

impl Associations {
    fn keys(&self, items: &[u32]) -> Vec<String> {
        items.iter().map(|item| self.keys[*item as usize].clone()).collect()
    }
}

const TABLE: &[Of<Associations>] = &[
    same_text("unit", "", "what a basket is", |of| of.unit.to_string()),
    text("antecedent", "products", "the products it starts from", |of, row| {
        Some(of.keys(&of.rules[row].antecedent).join(" + "))
    }),
    text("consequent", "products", "the products it leads to", |of, row| {
        Some(of.keys(&of.rules[row].consequent).join(" + "))
    }),
    count("n_a", "baskets", "baskets with the antecedent", |of, row| Some(of.rules[row].together.a() as usize)),
    count("n_b", "baskets", "baskets with the consequent", |of, row| Some(of.rules[row].together.b() as usize)),
    count("n_ab", "baskets", "baskets with both", |of, row| Some(of.rules[row].together.ab() as usize)),
    count("n", "baskets", "all baskets with a product", |of, row| Some(of.rules[row].together.n() as usize)),
    number("support", "share of baskets", "n_ab / n", |of, row| of.rules[row].together.support()),
    number("confidence", "share of n_a", "n_ab / n_a", |of, row| of.rules[row].together.confidence()),
    number("lift", "times", "confidence by the share of all baskets with the consequent", |of, row| {
        of.rules[row].together.lift()
    }),
    number("leverage", "share of baskets", "support beyond that of independence", |of, row| {
        of.rules[row].together.leverage()
    }),
    known("conviction", "times", "(1 − n_b/n)/(1 − confidence); null where it is infinite", |of, row| {
        of.rules[row].together.conviction()
    }),
    number("cosine", "", "n_ab / √(n_a · n_b)", |of, row| of.rules[row].together.cosine()),
    number("kulc", "", "Kulczynski: mean of both confidences", |of, row| of.rules[row].together.kulczynski()),
    number("ir", "", "imbalance ratio: |n_a − n_b| by the baskets with either", |of, row| {
        of.rules[row].together.imbalance()
    }),
    known("zhang", "", "leverage by its greatest possible value, −1 to 1", |of, row| of.rules[row].together.zhang()),
    number("p", "probability", "of so many baskets with both, or more, by chance (Fisher)", |of, row| {
        of.rules[row].p_value
    }),
    number("q", "rate", "false-discovery adjusted p over all rules tested", |of, row| of.rules[row].q_value),
    known(
        "exp_profit",
        "currency",
        "what an offer to all baskets with the antecedent alone may bring; null where a margin is \
           not known",
        |of, row| of.profit[row],
    ),
    number("max_conf", "", "greater of both confidences", |of, row| of.rules[row].together.max_confidence()),
    number("all_conf", "", "smaller of both confidences", |of, row| of.rules[row].together.all_confidence()),
    number("jaccard", "", "baskets with both by baskets with either", |of, row| of.rules[row].together.jaccard()),
    flag("is_kit", "", "whether products on both sides are always sold together or are bundles", |of, row| {
        of.rules[row].is_kit
    }),
];

/// Mines the baskets.
pub(super) fn associations(
    input: &ProfileInput<'_>,
    settings: &ProductSettings,
    facts: &Facts,
    of: &ProductBaskets,
) -> Result<Associations, ProfileError> {
    let mining = Mining::new().min_support(settings.min_support).min_count(settings.min_count);
    let found = mining.max_length(settings.max_length).mine(&of.baskets)?;
    let keys = texts(&of.products)?;
    let mut bundles = Vec::new();
    if settings.bundles == Bundles::Keep {
        let pairs = bundle_pairs(input)?;
        if pairs.height() > 0 {
            let column =
                |name: &str| -> PolarsResult<Vec<String>> { texts(pairs.column(name)?.as_materialized_series()) };
            let items: HashMap<&str, u32> = keys.iter().map(String::as_str).zip(0_u32..).collect();
            let pairs = column("bundle")?.into_iter().zip(column("bundle_of")?);
            bundles.extend(
                pairs.filter_map(|(bundle, single)| Some((*items.get(bundle.as_str())?, *items.get(single.as_str())?))),
            );
        }
    }
    let kits = of.baskets.kits(found.min_count(), &bundles);
    let mut search = RuleSearch::new().min_confidence(settings.min_confidence).min_lift(settings.min_lift);
    if settings.kits == Kits::Flag {
        search = search.keep_kits();
    }
    let mut rules = found.rules(&search, &kits)?;
    let all = rules.len();
    rules.sort_by(|x, y| {
        let by_leverage = y.together.leverage().total_cmp(&x.together.leverage());
        by_leverage.then_with(|| (&x.antecedent, &x.consequent).cmp(&(&y.antecedent, &y.consequent)))
    });
    rules.truncate(settings.max_rules);
    let places = facts.place();
    let margin = |item: &u32| places.get(keys[*item as usize].as_str()).and_then(|place| facts.margin(*place));
    let profit = rules.iter().map(|rule| {
        let margin: Option<f64> = rule.consequent.iter().map(margin).sum();
        margin.map(|margin| rule.expected_profit(margin, settings.contact_cost))
    });
    let profit = profit.collect();
    Ok(Associations { unit: settings.unit, profit, keys, found: all, least: found.min_count(), rules })
}

impl Associations {
    pub(super) fn table(&self, settings: &ProductSettings) -> PolarsResult<ResultTable> {
        const COLUMNS: [crate::ColumnSpec; TABLE.len()] = specs(TABLE);
        let mut cells = frame(TABLE, self, self.rules.len())?;
        for (name, side) in [
            ("antecedent", (|rule| &rule.antecedent) as fn(&Rule) -> &Vec<u32>),
            ("consequent", |rule| &rule.consequent),
        ] {
            cells.with_column(lists(name, self.rules.iter().map(|rule| self.keys(side(rule)))).into_column())?;
        }
        let about =
            "one row per rule between products, those with the most baskets beyond chance first (leverage, then ids)";
        let mut table = ResultTable::new("assoc_rule", about, cells, COLUMNS)?;
        if self.found > self.rules.len() {
            let (found, shown) = (self.found, self.rules.len());
            table = table.with_flag(format!("cut: {found} rules were found, the first {shown} are shown"));
        }
        let weak = self.rules.iter().filter(|rule| rule.q_value > settings.max_q).count();
        if weak > 0 {
            table = table.with_flag(format!("not significant: {weak} rules have a q above {}", settings.max_q));
        }
        Ok(table)
    }

    /// The strongest rules that one can act on, in words: those that may bring most, or are furthest from chance.
    pub(super) fn findings(&self, facts: &Facts, settings: &ProductSettings) -> Vec<Finding> {
        let places = facts.place();
        let label = |items: &[u32]| -> String {
            let names = self
                .keys(items)
                .into_iter()
                .map(|key| places.get(key.as_str()).map_or(key.clone(), |place| facts.label(*place).to_owned()));
            names.collect::<Vec<_>>().join(" + ")
        };
        let who = match self.unit {
            Unit::Order => ("orders", "orders"),
            Unit::Customer => ("customers", "customers"),
            Unit::CustomerWindow { .. } => ("customer periods", "customer periods"),
        };
        let is_sound = |rule: &Rule| {
            rule.q_value <= settings.max_q
                && rule.together.lift() > 1.0
                && rule.together.ab() as usize >= settings.min_n
        };
        let mut sound: Vec<usize> = (0..self.rules.len()).filter(|i| is_sound(&self.rules[*i])).collect();
        let worth = |i: &usize| self.profit[*i].unwrap_or(f64::NEG_INFINITY);
        sound.sort_by(|x, y| worth(y).total_cmp(&worth(x)).then(x.cmp(y)));
        let mut told: Vec<(Vec<u32>, Vec<u32>)> = Vec::new();
        let mut findings = Vec::new();
        for i in sound {
            let rule = &self.rules[i];
            // The same pair the other way round says the same again.
            if told.iter().any(|(a, b)| *a == rule.consequent && *b == rule.antecedent) {
                continue;
            }
            told.push((rule.antecedent.clone(), rule.consequent.clone()));
            let together = rule.together;
            let (a, b) = (label(&rule.antecedent), label(&rule.consequent));
            let mut headline = format!(
                "{} of the {} with {a} also hold {b} ({} of {}), {} times as often as others",
                percent(together.confidence()),
                who.0,
                words::count(together.ab() as usize),
                words::count(together.a() as usize),
                decimal(together.lift())
            );
            if let Some(profit) = self.profit[i].filter(|profit| *profit > 0.0) {
                let rest = together.a() - together.ab();
                headline.push_str(&format!(
                    "; offered to the other {} {}, it may bring {}",
                    words::count(rest as usize),
                    who.1,
                    money(profit)
                ));
            }
            headline.push('.');
            let caveat = "It was bought together in the past; whether an offer adds sales, only a test with a control group \
                          says.";
            let weight = 0.75 - 0.05 * findings.len() as f64;
            findings.push(Finding::new("assoc_rule", weight, headline).with_caveat(caveat));
            if findings.len() == 3 {
                break;
            }
        }
        findings
    }
}

/// A column of lists of text.
fn lists(name: &str, rows: impl Iterator<Item = Vec<String>>) -> Series {
    let rows: Vec<Series> = rows.map(|row| Series::new("".into(), row)).collect();
    if rows.is_empty() {
        return Series::new_empty(name.into(), &DataType::List(Box::new(DataType::String)));
    }
    Series::new(name.into(), rows)
}
