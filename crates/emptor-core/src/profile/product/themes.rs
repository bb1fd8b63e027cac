//! Which complaints put the most value at risk.

use std::collections::{BTreeMap, HashMap};

use emptor_types::ExactSum;
use polars::prelude::{DataType, col, len};

use super::quality::opened;
use super::settings::ProductSettings;
use crate::profile::lines::collect;
use crate::profile::words::{self, many, money, percent};
use crate::profile::{Coverage, Finding, Gap, Need, ProfileError, ProfileInput, ResultTable, Section};
use crate::table::{Of, count, frame, known, number, specs, text};

/// A theme of complaints.
struct Theme {
    name: String,
    tickets: usize,
    customers: usize,
    valued: usize,
    value: Option<f64>,
    share: Option<f64>,
    ticket_share: f64,
}

const TABLE: &[Of<[Theme]>] = &[
    text("theme", "", "what was complained about", |of, row| Some(of[row].name.clone())),
    count("tickets", "tickets", "tickets of the window about it", |of, row| Some(of[row].tickets)),
    count("customers", "customers", "different customers who opened them", |of, row| Some(of[row].customers)),
    known(
        "value_at_risk",
        "currency",
        "lifetime value of these customers, each once; null where none is known",
        |of, row| of[row].value,
    ),
    known(
        "cum_share",
        "share",
        "of the value at risk of all themes, down to this one; of tickets where values are not known",
        |of, row| of[row].share,
    ),
    number("ticket_share", "share of tickets", "its share of the tickets", |of, row| of[row].ticket_share),
    count("customers_valued", "customers", "those whose lifetime value is known", |of, row| Some(of[row].valued)),
];

/// Adds the themes, or the gap.
pub(super) fn add(
    section: &mut Section,
    input: &ProfileInput<'_>,
    settings: &ProductSettings,
) -> Result<(), ProfileError> {
    const COLUMNS: [crate::ColumnSpec; TABLE.len()] = specs(TABLE);
    let Some(tickets) = input.tables.tickets() else {
        section.gaps.push(Gap::new("theme_pareto", [Need::table("tickets")], "no complaints are known"));
        return Ok(());
    };
    let Some(role) = ["theme", "category"].into_iter().find(|role| tickets.has(role)) else {
        let needs = [Need::column("tickets", "theme"), Need::column("tickets", "category")];
        section.gaps.push(Gap::new("theme_pareto", needs, "tickets do not say what they are about"));
        return Ok(());
    };
    let rows = collect(
        opened(input, tickets.rows())
            .filter(col(role).is_not_null())
            .group_by([col(role), col("customer_id")])
            .agg([len().cast(DataType::Int64).alias("tickets")]),
    )?;
    if rows.height() == 0 {
        section.gaps.push(Gap::new("theme_pareto", [], "no ticket of the window says what it is about"));
        return Ok(());
    }
    let values = values(input, rows.column("customer_id")?.dtype())?;
    let mut themes: BTreeMap<&str, (usize, usize, usize, ExactSum)> = BTreeMap::new();
    let ids = rows.column("customer_id")?.cast(&DataType::String)?;
    let (names, ids, counts) = (rows.column(role)?.str()?, ids.str()?, rows.column("tickets")?.i64()?);
    for ((name, id), n) in names.iter().zip(ids.iter()).zip(counts.iter()) {
        let theme = themes.entry(name.unwrap_or_default()).or_default();
        theme.0 += n.and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
        theme.1 += 1;
        if let Some(value) = id.and_then(|id| values.as_ref()?.get(id)) {
            theme.2 += 1;
            theme.3.add(*value);
        }
    }
    let all: usize = themes.values().map(|theme| theme.0).sum();
    let mut themes: Vec<Theme> = themes
        .into_iter()
        .map(|(name, (tickets, customers, valued, value))| Theme {
            name: name.to_owned(),
            tickets,
            customers,
            valued,
            value: (valued > 0).then(|| value.value()),
            share: None,
            ticket_share: tickets as f64 / all as f64,
        })
        .collect();
    let total: f64 = themes.iter().filter_map(|theme| theme.value).collect::<ExactSum>().value();
    let by_value = total > 0.0;
    let key = |theme: &Theme| if by_value { theme.value.unwrap_or(f64::NEG_INFINITY) } else { theme.tickets as f64 };
    themes.sort_by(|x, y| key(y).total_cmp(&key(x)).then_with(|| x.name.cmp(&y.name)));
    let mut sum = 0.0;
    for theme in &mut themes {
        sum += if by_value { theme.value.unwrap_or(0.0) / total } else { theme.ticket_share };
        theme.share = Some(sum);
    }
    let about = "one row per theme of complaints, those with the most value at risk first, equal ones by name; a customer with \
                 several themes counts in each";
    let mut table = ResultTable::new("theme_pareto", about, frame(TABLE, themes.as_slice(), themes.len())?, COLUMNS)?;
    if role == "category" {
        table = table.with_flag("themes are the categories of tickets: tickets have no column for themes");
    }
    let (valued, customers) = themes.iter().fold((0, 0), |sum, theme| (sum.0 + theme.valued, sum.1 + theme.customers));
    if by_value {
        let coverage = Coverage::new((valued, customers), (0.0, 0.0));
        if coverage.share().is_some_and(|share| share < settings.min_coverage) {
            table = table
                .with_flag(format!("low_support: the value of {valued} of {customers} customers by theme is known"));
        }
        table = table.with_coverage(coverage);
    } else {
        table = table.with_flag("ordered by tickets: lifetime values of the customers are not known or not positive");
        let needs = [Need::column("scores", "ltv_total")];
        section.gaps.push(Gap::new(
            "value_at_risk in theme_pareto",
            needs,
            "lifetime values of customers were not given",
        ));
    }
    section.findings.extend(finding(&themes, all, by_value, settings.min_n));
    section.tables.push(table);
    Ok(())
}

/// Lifetime values by customer, as far as scores have them.
fn values(input: &ProfileInput<'_>, dtype: &DataType) -> Result<Option<HashMap<String, f64>>, ProfileError> {
    let Some(scores) = input.scores.filter(|scores| scores.has("ltv_total")) else { return Ok(None) };
    let ids = scores.frame().column("customer_id")?;
    if ids.dtype() != dtype {
        return Err(ProfileError::IdTypes {
            column: "customer_id",
            left: ids.dtype().to_string(),
            table: "tickets".into(),
            right: dtype.to_string(),
        });
    }
    let ids = ids.cast(&DataType::String)?;
    let values = scores.frame().column("ltv_total")?.f64()?.iter();
    let known =
        ids.str()?.iter().zip(values).filter_map(|(id, value)| Some((id?.to_owned(), value.filter(|v| !v.is_nan())?)));
    Ok(Some(known.collect()))
}

/// Themes whose values differ by less than this share are told together.
const CLOSE: f64 = 0.2;

fn finding(themes: &[Theme], all: usize, by_value: bool, min_n: usize) -> Option<Finding> {
    let first = themes.first()?;
    let tickets = |theme: &Theme| {
        let customers = many(theme.customers, "customer", "customers");
        format!("{customers}, {} of all tickets", percent(theme.ticket_share))
    };
    let headline = match first.value.filter(|_| by_value) {
        Some(value) => {
            let close = |next: &&Theme| next.value.is_some_and(|next| next >= value * (1.0 - CLOSE));
            match themes.get(1).filter(close) {
                Some(next) => format!(
                    "Complaints about {} ({}) and {} ({}) put most lifetime value at risk: mend those first.",
                    first.name,
                    money(value),
                    next.name,
                    money(next.value.unwrap_or_default())
                ),
                None => format!(
                    "Complaints about {} put {} of lifetime value at risk ({}): mend that first.",
                    first.name,
                    money(value),
                    tickets(first)
                ),
            }
        }
        None => format!(
            "Customers complain most about {}: {} of {}, {}.",
            first.name,
            words::count(first.tickets),
            many(all, "ticket", "tickets"),
            many(first.customers, "customer", "customers")
        ),
    };
    let finding = Finding::new("theme_pareto", if by_value { 0.8 } else { 0.45 }, headline).faint_if(all < min_n);
    let caveat = "At risk is all that these customers are worth, not what will be lost.";
    Some(if by_value { finding.with_caveat(caveat) } else { finding })
}
