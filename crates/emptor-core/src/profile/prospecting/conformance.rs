//! Whether deals went the way deals should go.

use std::collections::{BTreeMap, HashMap};

use emptor_forecast::pipeline::Outcome;
use emptor_types::ExactSum;
use polars::prelude::{DataType, NamedFrom, Series, SortMultipleOptions, col, lit};

use super::super::ProfileError;
use super::super::input::ProfileInput;
use super::super::lines::{Lines, MILLIONTHS, collect, is_purchase, millionths};
use super::super::section::ResultTable;
use super::build::Build;
use super::leads::Leads;
use super::settings::ProspectingSettings;

/// A thing out of order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Issue {
    pub(super) issue: &'static str,
    pub(super) opportunity: Option<String>,
    pub(super) customer: Option<String>,
    pub(super) day: Option<i32>,
    pub(super) amount: Option<f64>,
    pub(super) detail: String,
}

/// What is out of order: by kind of issue, then by opportunity or customer.
pub(super) fn issues(
    leads: &Leads,
    input: &ProfileInput<'_>,
    lines: &Lines,
    settings: &ProspectingSettings,
) -> Result<Vec<Issue>, ProfileError> {
    let mut issues = Vec::new();
    for (i, deal) in leads.deals.iter().enumerate() {
        let mut report = |issue, day, detail: String| {
            issues.push(Issue {
                issue,
                opportunity: Some(deal.id.clone()),
                customer: deal.customer.clone(),
                day,
                amount: deal.amount,
                detail,
            });
        };
        let place = |stage: &str| leads.order.iter().position(|name| name == stage);
        let mut at: Option<usize> = None;
        let mut reached = 0;
        for change in &deal.stages {
            let Some(now) = place(&change.new) else { continue };
            if let Some(from) = at.filter(|from| now < *from) {
                report("step_back", Some(change.day), format!("from {} to {}", leads.order[from], change.new));
            }
            if now > reached {
                let missed = leads.order[reached..now].join(", ");
                report("skipped_stage", Some(change.day), format!("{missed} before {}", change.new));
            }
            reached = reached.max(now + 1);
            at = Some(now);
        }
        if deal.outcome == Some(Outcome::Won) && !deal.stages.is_empty() && reached < leads.order.len() {
            report("skipped_stage", deal.closed, format!("{} before the win", leads.order[reached..].join(", ")));
        }
        if leads.deals[i].is_open() && deal.exp_close.is_some_and(|day| day <= leads.as_of) {
            report("overdue_close", deal.exp_close, "open after the day it was expected to close".to_owned());
        }
    }
    let orders = orders(leads, input, lines)?;
    for deal in leads.deals.iter().filter(|deal| deal.outcome == Some(Outcome::Won)) {
        let (Some(customer), Some(closed)) = (&deal.customer, deal.closed) else { continue };
        // Whether an order came can only be said once its time is over.
        let over = closed + settings.match_days <= leads.as_of;
        let near = |day: i32| (day - closed).abs() <= settings.match_days;
        if over && !orders.get(customer).is_some_and(|days| days.iter().any(|(day, _)| near(*day))) {
            issues.push(Issue {
                issue: "won_without_order",
                opportunity: Some(deal.id.clone()),
                customer: deal.customer.clone(),
                day: deal.closed,
                amount: deal.amount,
                detail: format!("no purchase of the customer within {} days", settings.match_days),
            });
        }
    }
    let mut first: BTreeMap<&str, i32> = BTreeMap::new();
    for deal in &leads.deals {
        if let Some(customer) = &deal.customer {
            let day = first.entry(customer).or_insert(deal.created);
            *day = deal.created.min(*day);
        }
    }
    let from = input.window.from().days_since_epoch();
    for (customer, created) in first {
        let without: Vec<&(i32, f64)> =
            orders.get(customer).into_iter().flatten().filter(|(day, _)| *day >= from && *day < created).collect();
        let Some((day, _)) = without.first() else { continue };
        issues.push(Issue {
            issue: "order_without_opportunity",
            opportunity: None,
            customer: Some(customer.to_owned()),
            day: Some(*day),
            amount: Some(without.iter().map(|(_, amount)| *amount).collect::<ExactSum>().value()),
            detail: format!("bought on {} days before the first opportunity", without.len()),
        });
    }
    issues.sort_by(|a, b| {
        (a.issue, &a.opportunity, &a.customer, a.day).cmp(&(b.issue, &b.opportunity, &b.customer, b.day))
    });
    Ok(issues)
}

/// Days of purchase and what was bought, oldest first, of the customers who have opportunities.
fn orders(
    leads: &Leads,
    input: &ProfileInput<'_>,
    lines: &Lines,
) -> Result<HashMap<String, Vec<(i32, f64)>>, ProfileError> {
    let mut names: Vec<&str> = leads.deals.iter().filter_map(|deal| deal.customer.as_deref()).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    let wanted = Series::new("names".into(), names);
    let of = col("customer_id").cast(DataType::String);
    let days = lines
        .until(&input.window)
        .filter(is_purchase())
        .select([of.alias("customer"), col("date").to_physical().cast(DataType::Int32).alias("day"), col("amount")])
        .filter(col("customer").is_in(lit(wanted).implode(true), false))
        .group_by([col("customer"), col("day")])
        .agg([millionths(col("amount")).sum().alias("amount")])
        .sort(["customer", "day"], SortMultipleOptions::default());
    let days = collect(days)?;
    let mut orders: HashMap<String, Vec<(i32, f64)>> = HashMap::new();
    let cells = days.column("customer")?.str()?.iter().zip(days.column("day")?.i32()?.iter());
    for ((customer, day), amount) in cells.zip(days.column("amount")?.i64()?.iter()) {
        if let (Some(customer), Some(day), Some(amount)) = (customer, day, amount) {
            orders.entry(customer.to_owned()).or_default().push((day, amount as f64 / MILLIONTHS));
        }
    }
    Ok(orders)
}

pub(super) fn table(issues: &[Issue], leads: &Leads) -> Result<ResultTable, ProfileError> {
    let table = Build::new(issues.len())
        .text(
            "issue",
            "skipped_stage, step_back, overdue_close, won_without_order or order_without_opportunity",
            |row| Some(issues[row].issue.to_owned()),
        )
        .text("opp_id", "the opportunity, as text; null where a customer has none", |row| {
            issues[row].opportunity.clone()
        })
        .text("customer_id", "the customer, as text", |row| issues[row].customer.clone())
        .day("date", "when", |row| issues[row].day)
        .number("amount", "currency", "of the opportunity, or of the purchases", |row| issues[row].amount)
        .text("detail", "what", |row| Some(issues[row].detail.clone()));
    let mut table = table.table(
        "pipeline_conformance",
        "One row per thing out of order: stages skipped or gone back, closes overdue, wins without a purchase, and purchases \
         of customers before their first opportunity.",
    )?;
    let nobody = leads.deals.iter().filter(|deal| deal.customer.is_none()).count();
    if nobody > 0 {
        table = table.with_flag(format!("{nobody} opportunities without a customer could not be matched to purchases"));
    }
    Ok(table)
}
