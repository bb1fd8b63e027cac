//! Forecasts of sales as people read them.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;

use emptor::forecast::sales::{
    ANONYMOUS, NOT_YET_SOLD, SalesBacktest, SalesDimension, SalesFlag, SalesForecast, SalesNode, SalesSeries,
    SalesSettings, UNKNOWN,
};
use emptor::period::Grain;
use emptor::polars::prelude::{DataType, col};
use emptor::prelude::*;

use super::compared::Before;
use super::methods::methods;
use super::past::{past_text, warning};
use super::span::beyond_the_data;
use crate::text::{change_percent, count, many, short, sum, table, wrapped};
use crate::{ExampleError, was_read};

/// Members that are shown, by what they are expected to sell.
const SHOWN: usize = 10;
/// A change of the total by less than this is none.
const NO_CHANGE: f64 = 0.0005;
/// Letters of a member's name that are shown.
const NAME: usize = 36;

/// What the report tells of.
#[derive(Debug, Clone, Copy)]
pub struct SalesResults<'a> {
    /// The tables that were read.
    pub tables: &'a Tables,
    /// What was asked for.
    pub settings: &'a SalesSettings,
    /// The dimensions as they were asked for, in that order.
    pub asked: &'a [SalesDimension],
    /// The grain of time.
    pub grain: Grain,
    /// Sales by period.
    pub sales: &'a SalesSeries,
    /// Sales ahead.
    pub ahead: &'a SalesForecast,
    /// The total ahead as it is forecast by itself.
    pub alone: &'a SalesForecast,
    /// How good such forecasts were; `None` if nobody knows.
    pub past: Option<&'a SalesBacktest>,
    /// Where tables are written.
    pub out: Option<&'a Path>,
}

/// What was read, the total by period, the greatest members, and how good such forecasts were.
///
/// # Errors
/// If names of products cannot be read.
pub fn sales_report(of: &SalesResults<'_>) -> Result<String, ExampleError> {
    let (sales, ahead) = (of.sales, of.ahead);
    let mut text = was_read(of.tables.transactions(), of.out);
    if let Some((first, last)) = sales.periods().first().zip(sales.periods().last()) {
        let periods = many(sales.periods().len(), &of.grain.to_string());
        let measure = measured(sales.measure());
        let _ = write!(text, "{measure} by {} from {} to {}: {periods}", of.grain, first.start, last.end);
        let parts = format!(", {} series by {}", count(sales.count()), named(sales.by(), " and "));
        let _ = writeln!(text, "{}", if sales.by().is_empty() { "" } else { &parts });
    }
    for out in sales.left_out() {
        text += &wrapped("  ", &format!("The {} of {}: {}.", of.grain, out.period.start, out.reason));
    }
    if let Some(beyond) = beyond_the_data(of.tables, of.settings.as_of, sales) {
        text += &wrapped("  ", &beyond);
    }
    if sales.by() != of.asked {
        let by = named(sales.by(), " and then ");
        text += &wrapped("  ", &format!("Sales are split by {by}: products are parts of the others."));
    }
    for flag in ahead.flags() {
        text += &warning(flag);
    }
    let before = Before::of(sales, ahead, of.grain);
    if let Some(total) = ahead.find(&[]) {
        let _ = write!(text, "\nIn all\n{}", by_period(of, before, total));
        text += &given_way(of, total).unwrap_or_default();
    }
    if !sales.by().is_empty() {
        let periods = ahead.periods().len();
        let together = if periods == 1 { "The one".to_owned() } else { format!("The {periods}") };
        let greatest = if sales.count() > SHOWN { "the greatest; all of them add up" } else { "they add up" };
        let _ = writeln!(
            text,
            "\n{together} {}{} together, by {} ({greatest})",
            of.grain,
            if periods == 1 { "" } else { "s" },
            named(sales.by(), " and ")
        );
        text += &by_member(of, before)?;
    }
    let used = ahead.nodes().iter().map(|node| node.forecast.method.as_str());
    text += &wrapped("Methods: ", &methods(used));
    text += &past_text(of.past, of.grain, ahead.periods().len(), sales.periods().len());
    Ok(text)
}

fn by_period(of: &SalesResults<'_>, before: Before, total: &SalesNode) -> String {
    let first = if of.grain == Grain::Day { "day".to_owned() } else { format!("{} from", of.grain) };
    let heading = [first.as_str(), "expected", "80 % of the time", "95 % of the time", &before.words(), "change"];
    let mut rows = table(&heading, 1..6);
    for (at, period) in of.ahead.periods().iter().enumerate() {
        let band = |band: usize| {
            let of = total.forecast.bands.get(band);
            of.map_or_else(String::new, |of| format!("{} … {}", sum(of.lower[at]), sum(of.upper[at])))
        };
        let (expected, then) = (total.forecast.mean[at], before.period(total, at));
        let change = change_percent(before.change(total, expected, then));
        let then = then.map_or_else(|| "–".to_owned(), sum);
        rows.add_row([period.start.to_string(), sum(expected), band(0), band(1), then, change]);
    }
    let (expected, then) = (total.total(), before.all(total));
    if of.ahead.periods().len() > 1 {
        let change = change_percent(before.change(total, expected, then));
        let then = then.map_or_else(|| "–".to_owned(), sum);
        rows.add_row(["together".to_owned(), sum(expected), String::new(), String::new(), then, change]);
    }
    format!("{rows}\n")
}

fn by_member(of: &SalesResults<'_>, before: Before) -> Result<String, ExampleError> {
    let depth = of.sales.by().len();
    let names = product_names(of)?;
    let mut nodes: Vec<&SalesNode> = of.ahead.nodes().iter().filter(|node| node.member.len() == depth).collect();
    nodes.sort_by(|a, b| b.total().total_cmp(&a.total()).then_with(|| a.member.cmp(&b.member)));
    let mut rows = table(&[&named(of.sales.by(), " / "), "expected", &before.words(), "change"], 1..4);
    for node in nodes.iter().take(SHOWN) {
        let then = before.all(node);
        let change = change_percent(before.change(node, node.total(), then));
        let member: Vec<&str> = node.member.iter().zip(of.sales.by()).map(|(key, by)| told(key, *by, &names)).collect();
        let then = then.map_or_else(|| "–".to_owned(), sum);
        rows.add_row([short(&member.join(" / "), NAME), sum(node.total()), then, change]);
    }
    let more = nodes.len().saturating_sub(SHOWN);
    let rest = if more > 0 { format!("  and {} more\n", count(more)) } else { String::new() };
    let is_told = of.ahead.flags().iter().any(|flag| matches!(flag, SalesFlag::FewSeasons { .. }));
    let is_short = nodes.iter().take(SHOWN).any(|node| !before.tells_growth(node)) && !is_told;
    Ok(format!("{rows}\n{rest}{}", if is_short { unknown_growth(before) } else { String::new() }))
}

/// Why a change is not shown.
fn unknown_growth(before: Before) -> String {
    let why = "of less, growth and season cannot be told apart";
    wrapped("  ", &format!("A change is told of sales known for {} at least: {why}.", before.two_seasons()))
}

/// By how much the total differs from one that is forecast alone.
fn given_way(of: &SalesResults<'_>, total: &SalesNode) -> Option<String> {
    let alone = of.alone.find(&[]).filter(|_| !of.sales.by().is_empty())?.total();
    let change = (total.total() > 0.0).then(|| alone / total.total() - 1.0);
    if change.is_some_and(|change| change.abs() < NO_CHANGE) {
        return Some(
            "  The total is forecast as without the split, and its parts give way until they add up to it.\n"
                .to_owned(),
        );
    }
    let why = "the parts are forecast too, and all give way until they add up";
    let text = format!("Forecast alone, the total would be {} ({}): {why}.", sum(alone), change_percent(change));
    Some(wrapped("  ", &text))
}

/// A member as people know it.
fn told<'a>(key: &'a str, by: SalesDimension, names: &'a HashMap<String, String>) -> &'a str {
    match key {
        UNKNOWN => "(not named)",
        ANONYMOUS => "(nobody known)",
        NOT_YET_SOLD => "(not sold before)",
        key if by == SalesDimension::Product => names.get(key).map_or(key, String::as_str),
        key => key,
    }
}

/// Names of products, if sales are split by them and they have any.
fn product_names(of: &SalesResults<'_>) -> Result<HashMap<String, String>, ExampleError> {
    let is_by_product = of.sales.by().contains(&SalesDimension::Product);
    let Some(products) = of.tables.products().filter(|products| is_by_product && products.has("name")) else {
        return Ok(HashMap::new());
    };
    let rows = products.rows().select([col("product_id").cast(DataType::String), col("name")]).collect()?;
    let (ids, names) = (rows.column("product_id")?.str()?, rows.column("name")?.str()?);
    Ok(ids.iter().zip(names.iter()).filter_map(|(id, name)| Some((id?.to_owned(), name?.to_owned()))).collect())
}

/// The measure in words.
fn measured(code: &str) -> &str {
    match code {
        "net_rev" => "Net revenue",
        "gross_sales" => "Sales before returns",
        "returns" => "Returns",
        "units" => "Units",
        other => other,
    }
}

fn named(by: &[SalesDimension], between: &str) -> String {
    by.iter().map(|dimension| dimension.name()).collect::<Vec<_>>().join(between)
}
