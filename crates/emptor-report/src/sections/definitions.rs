//! The words of the report: those it uses, and no others.

use std::fmt::Write;

use crate::block::{Block, Part, Term};
use crate::words::many;

/// What a word means, and the texts (in small letters) by which one sees that a report uses it.
struct Entry {
    term: Term,
    used: &'static [&'static str],
}

const fn entry(
    name: &'static str,
    meaning: &'static str,
    formula: &'static str,
    source: &'static str,
    used: &'static [&'static str],
) -> Entry {
    Entry { term: Term { name, meaning, formula, source }, used }
}

/// Every word there is a definition of, in the order of the alphabet.
const ENTRIES: &[Entry] = &[
    entry(
        "ABC and XYZ",
        "Products by what they bring and how steadily they sell: A products carry most of the revenue, C products little; X sells \
         steadily, Z by chance.",
        "ABC: share of revenue, added up from the best product on. XYZ: standard deviation / mean of sales per period.",
        "",
        &["abc", "xyz", "class a"],
    ),
    entry(
        "Backtest, or holdout",
        "The model is fitted to the past without its last part and asked what came then; what it says is compared with what came.",
        "",
        "",
        &["backtest", "holdout", "backtested"],
    ),
    entry("Bridge", "The way from one total to another, cut into steps that add up.", "", "", &["bridge"]),
    entry(
        "Churn",
        "Customers who left within a period as a share of those there at its beginning. Without contracts nobody says goodbye: a \
         customer counts as gone by a rule or a probability, which the section states.",
        "churn = 1 − retention",
        "",
        &["churn", "churned"],
    ),
    entry(
        "Cohort",
        "Customers who made their first purchase in the same period, followed together.",
        "",
        "",
        &["cohort", "cohorts"],
    ),
    entry(
        "Contribution margin",
        "What is left of revenue after the costs that the sale itself causes.",
        "revenue − variable cost",
        "",
        &["margin rate", "contribution", "margin"],
    ),
    entry(
        "Control group",
        "Customers kept out of a campaign at random. What they do is what the others would have done without it.",
        "",
        "",
        &["control", "controls", "kept out"],
    ),
    entry(
        "Cost to serve",
        "What serving a customer costs beside the goods: orders, deliveries, returns, service, visits.",
        "Σ cases × cost of a case",
        "Kaplan & Anderson (2004), Harvard Business Review",
        &["cost to serve", "cost-to-serve", "cts"],
    ),
    entry(
        "Customer equity",
        "What all present customers are worth together.",
        "customer equity = Σ lifetime value of the customers",
        "Blattberg & Deighton (1996), Harvard Business Review; Rust, Lemon & Zeithaml (2004), Journal of Marketing",
        &["equity", "customer equity"],
    ),
    entry(
        "Days since last, purchases, spend",
        "The three facts behind RFM: days from the last purchase to the day of observation, orders, and net money.",
        "",
        "",
        &["days since last"],
    ),
    entry(
        "Discount rate",
        "What a year's waiting costs: money of next year counts less than money of today.",
        "present value = amount / (1 + rate)^years",
        "",
        &["discount rate", "discounted", "effective", "present value"],
    ),
    entry(
        "Elasticity",
        "By how many per cent a result changes where its cause changes by one per cent.",
        "(Δ result / result) / (Δ cause / cause)",
        "Gupta, Lehmann & Stuart (2004), Journal of Marketing Research",
        &["elasticity", "elasticities", "elastic"],
    ),
    entry(
        "Expected purchases",
        "How many purchases the model expects of a customer over the horizon, having seen when and how often the customer bought.",
        "E[purchases in (T, T + t] | frequency, recency, T]",
        "Schmittlein, Morrison & Colombo (1987), Management Science; Fader, Hardie & Lee (2005), Marketing Science",
        &["expected purchases", "expected spend"],
    ),
    entry(
        "Gini coefficient",
        "How unequally revenue or profit is spread: 0 where every customer brings the same, 1 where one brings all. With losses among \
         them it can exceed 1.",
        "twice the area between the Lorenz curve and the diagonal",
        "Gini (1912)",
        &["gini", "lorenz"],
    ),
    entry(
        "Grade",
        "Customers who are alike in value, product use, image and past sales form a grade; A is best. Found by cluster analysis, not by \
         thresholds set in advance.",
        "k-means on the standardised scores of the customer",
        "Lloyd (1982), IEEE Transactions on Information Theory",
        &["grade", "grades", "ungraded"],
    ),
    entry("Horizon", "How far ahead value is counted.", "", "", &["horizon"]),
    entry(
        "Incremental profit",
        "The profit that came because of a campaign, not merely after it: what the treated brought beyond what they would have brought \
         without it, less what the campaign cost.",
        "(mean of treated − mean of controls) × treated − cost",
        "",
        &["incremental", "uplift", "came because", "come anyway"],
    ),
    entry(
        "Interval",
        "The range in which the truth lies with the stated probability, as far as the model is right. Where the range is that of a mean, \
         single customers vary far more.",
        "",
        "",
        &["interval", "intervals", "95 %", "80 %", "range"],
    ),
    entry(
        "Lead, opportunity, funnel",
        "A lead may become a customer, an opportunity is a deal that can be won; the funnel counts how many go from each stage to the next.",
        "conversion = those of the next stage / those of this one",
        "",
        &["opportunities", "funnel", "lead", "leads", "open deals", "pipeline"],
    ),
    entry(
        "Life cycle stage",
        "Exploration, formation, stability, decline, recovery or gone: where a relationship stands, read off purchases (and contracts, \
         where there are any).",
        "",
        "Dwyer, Schurr & Oh (1987), Journal of Marketing",
        &["life cycle", "declining", "decline"],
    ),
    entry(
        "Lift",
        "How many times as often two things are bought together as chance would have it. Next to a target group: how many times as many \
         buyers it holds as the same number of customers drawn at random.",
        "lift = P(A and B) / (P(A) × P(B))",
        "Brin, Motwani, Ullman & Tsur (1997), SIGMOD",
        &["lift", "times as often", "market basket"],
    ),
    entry(
        "LTV, current",
        "Lifetime value at what the customer brings today: profit expected over the horizon, discounted to the day of observation.",
        "Σ over periods: expected profit / (1 + rate)^years",
        "Gupta & Lehmann (2003), Journal of Interactive Marketing; Fader, Hardie & Lee (2005), Journal of Marketing Research",
        &["ltv", "lifetime value", "lifetime values", "customer equity", "current"],
    ),
    entry(
        "LTV, potential",
        "What could be won on top of the current value: profit that the customer now brings to others, or could bring by buying more.",
        "LTV total = LTV current + LTV potential",
        "",
        &["ltv potential", "potential"],
    ),
    entry(
        "MAE, RMSE, MAPE, MASE",
        "How far forecasts lie from what came: mean absolute error, root of the mean square, in per cent, and relative to the naive forecast \
         (below 1 is better than it).",
        "MASE = MAE / mean absolute change of the past",
        "Hyndman & Koehler (2006), International Journal of Forecasting",
        &["mae", "rmse", "mape", "mase", "wape", "smape"],
    ),
    entry(
        "Migration",
        "How many customers of each grade or segment are in which grade or segment later.",
        "",
        "",
        &["migration", "moved up", "moved down", "moved"],
    ),
    entry(
        "Net promoter score (NPS)",
        "Would they recommend us, from 0 to 10: the share of those who say 9 or 10 less the share of those who say 6 or less.",
        "NPS = 100 × (promoters − detractors) / answers",
        "Reichheld (2003), Harvard Business Review",
        &["nps", "promoter", "promoters"],
    ),
    entry("Net revenue", "Money of sales less that of returns.", "", "", &["net revenue", "revenue"]),
    entry(
        "p_alive",
        "The probability that a customer will still buy. High where the last purchase is recent for the customer's own rhythm.",
        "P(active at T | frequency, recency, T)",
        "Schmittlein, Morrison & Colombo (1987); Fader, Hardie & Lee (2005)",
        &["p alive", "p_alive", "probability of being alive", "alive"],
    ),
    entry(
        "Price, volume and mix",
        "Why revenue differs between two spans: other prices, more or fewer pieces, or other products and customers in it. The parts add up \
         to the difference.",
        "Δ revenue = price + volume + mix + new − lost",
        "",
        &["price-volume-mix", "pvm", "mix", "volume"],
    ),
    entry(
        "Relationship profit",
        "What a customer brings, less what the goods, the service and the keeping of the customer cost.",
        "revenue − cost of goods − cost to serve",
        "",
        &["relationship profit", "profit"],
    ),
    entry(
        "Repeat rate",
        "Customers who bought at least twice as a share of all who bought.",
        "",
        "",
        &["repeat rate", "bought only once", "bought again"],
    ),
    entry(
        "Retention",
        "Customers of a period who also buy in the next (or keep their contract), as a share of those of the period.",
        "retention = 1 − churn",
        "",
        &["retention", "retained", "kept"],
    ),
    entry(
        "RFM",
        "Recency, frequency, monetary value: how lately, how often and for how much a customer bought, each scored from 1 to 5 (5 is best).",
        "",
        "Hughes (1994), Strategic Database Marketing",
        &["rfm", "r score", "f score", "m score", "segment"],
    ),
    entry(
        "ROMI",
        "Return on marketing investment: what a campaign earns per unit of money it costs, of what came because of it.",
        "ROMI = (incremental margin − cost) / cost",
        "",
        &["romi", "return on marketing"],
    ),
    entry(
        "Safety stock",
        "Stock above what is expected to be sold until the next delivery, so that days of high demand can be served.",
        "",
        "",
        &["safety stock", "reorder"],
    ),
    entry(
        "Scenario and tornado",
        "What the result would be if one assumption were lower or higher, the others kept; the widest bar is the assumption that matters most.",
        "",
        "",
        &["scenario", "scenarios", "tornado", "lever", "levers"],
    ),
    entry(
        "Share of wallet",
        "What a customer spends with us as a share of what the customer spends on such things at all.",
        "",
        "",
        &["wallet", "share of wallet"],
    ),
    entry(
        "Significance",
        "A p-value says how often chance alone would show a difference as large. Small ones speak against chance, not for importance.",
        "",
        "",
        &["p-value", "p value", "significant", "p ="],
    ),
    entry(
        "Survival",
        "The share of customers still there after a time.",
        "S(t) = Π over times up to t: 1 − lost / at risk",
        "Kaplan & Meier (1958), Journal of the American Statistical Association",
        &["survival", "kaplan", "survive"],
    ),
    entry(
        "Whale curve",
        "Profit added up from the most profitable customer to the least: it rises above 100 % and falls where customers lose money.",
        "",
        "Kaplan & Narayanan (2001), Journal of Cost Management",
        &["whale", "best fifth", "cumulative profit"],
    ),
];

/// The definitions of the words that these sections use.
pub(super) fn part(parts: &[Part]) -> Option<Part> {
    let text = texts(parts).to_lowercase();
    let terms: Vec<Term> = ENTRIES
        .iter()
        .filter(|entry| entry.used.iter().any(|word| holds(&text, word)))
        .map(|entry| entry.term)
        .collect();
    if terms.is_empty() {
        return None;
    }
    let says = format!("{} of this report, and what is meant by them.", many(terms.len(), "word"));
    let mut part = Part::new("definitions", "Definitions").finding(says);
    part.push(Block::Terms(terms));
    Some(part)
}

/// What sections say, without the cells of their tables: a product may be called anything.
fn texts(parts: &[Part]) -> String {
    let mut text = String::new();
    let mut say = |words: &str| {
        let _ = writeln!(text, "{words}");
    };
    for part in parts {
        [&part.title, &part.finding, &part.caveat].into_iter().for_each(|words| say(words));
        for block in &part.blocks {
            match block {
                Block::Facts(facts) => {
                    facts.iter().for_each(|fact| [&fact.name, &fact.note].into_iter().for_each(|words| say(words)))
                }
                Block::Chart { chart, .. } => {
                    let caption = chart.caption();
                    [&caption.title, &caption.subtitle, &caption.finding, &caption.note]
                        .into_iter()
                        .for_each(|words| say(words));
                    chart.data().headings.iter().for_each(|words| say(words));
                }
                Block::Table(grid) => {
                    [&grid.title, &grid.about].into_iter().for_each(|words| say(words));
                    grid.headings.iter().for_each(|heading| say(&heading.name));
                    grid.notes.iter().for_each(|words| say(words));
                }
                Block::Note(words) => say(words),
                Block::List { title, items } | Block::Folded { title, items } => {
                    say(title);
                    items.iter().for_each(|words| say(words));
                }
                Block::Terms(_) => {}
            }
        }
    }
    text
}

/// Whether a text holds these words, and not as a part of longer ones.
fn holds(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(start, found)| {
        let before = text[..start].chars().next_back();
        let after = text[start + found.len()..].chars().next();
        [before, after].into_iter().flatten().all(|c| !c.is_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(finding: &str) -> Vec<&'static str> {
        let part = part(&[Part::new("x", "X").finding(finding)]);
        part.into_iter()
            .flat_map(|part| part.blocks)
            .flat_map(|block| if let Block::Terms(terms) = block { terms } else { Vec::new() })
            .map(|term| term.name)
            .collect()
    }

    #[test]
    fn only_words_that_are_used_are_defined() {
        assert_eq!(names("The Gini of profit is 0.5."), ["Gini coefficient", "Relationship profit"]);
        assert_eq!(names("ROMI was 20 %."), ["ROMI"]);
        assert_eq!(names("Profitable abcissae and whaling are other words."), Vec::<&str>::new());
        assert_eq!(part(&[]).map(|part| part.title), None);
    }

    #[test]
    fn definitions_are_in_order_and_each_has_its_words() {
        let order: Vec<String> = ENTRIES.iter().map(|entry| entry.term.name.to_lowercase()).collect();
        assert!(order.is_sorted(), "{order:?}");
        for entry in ENTRIES {
            assert!(!entry.used.is_empty() && entry.term.meaning.ends_with('.'), "{}", entry.term.name);
            assert!(entry.used.iter().all(|word| *word == word.to_lowercase()), "{}", entry.term.name);
        }
    }
}
