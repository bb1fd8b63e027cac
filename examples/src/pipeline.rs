//! The user's opportunities.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use emptor::forecast::pipeline::{Deal, DealSegment, DealTable, last_day};
use emptor::prelude::*;
use emptor::types::period::Period;
use emptor_datasets::sample;

use crate::ExampleError;
use crate::text::count;

const ROLES: &str = "id, stage, created, amount, currency, probability, close, closed, outcome, customer, rep, source, \
                     product, reason";

/// The user's opportunities, their log, and the prices of products.
#[derive(Debug, Args)]
pub struct PipelineArgs {
    /// Opportunities: a CSV or Parquet file. The bundled sample if not given.
    #[arg(long, value_name = "FILE")]
    opportunities: Option<PathBuf>,
    /// Which column is what: id, stage, created, and any of amount, currency, probability (0 to 1), close (expected), closed,
    /// outcome (won or lost), customer, rep, source, product, reason.
    #[arg(
        long,
        value_name = "ROLE=NAME,..",
        requires = "opportunities",
        default_value = "id=opp_id,stage=stage,created=created,amount=amount,probability=prob,close=exp_close,closed=closed_at,\
                         outcome=outcome,rep=rep_id,product=product_id"
    )]
    columns: String,
    /// Stages that mean a deal was won, in any letter case; `won` and `closed won` are known.
    #[arg(long, value_name = "STAGE,..", value_delimiter = ',', requires = "opportunities")]
    won: Vec<String>,
    /// Stages that mean it was lost; `lost` and `closed lost` are known.
    #[arg(long, value_name = "STAGE,..", value_delimiter = ',', requires = "opportunities")]
    lost: Vec<String>,
    /// What happened to them: a row per change of stage, amount, exp_close or owner.
    #[arg(long, value_name = "FILE", requires = "opportunities")]
    history: Option<PathBuf>,
    /// Which of its columns is what: id, date, field, new, and old.
    #[arg(
        long,
        value_name = "ROLE=NAME,..",
        requires = "history",
        default_value = "id=opp_id,date=ts,field=field,new=new,old=old"
    )]
    history_columns: String,
    /// Products with list prices, for deals that do not say what they would bring.
    #[arg(long, value_name = "FILE", requires = "opportunities")]
    products: Option<PathBuf>,
    /// Which of its columns is what: product and price.
    #[arg(
        long,
        value_name = "ROLE=NAME,..",
        requires = "products",
        default_value = "product=product_id,price=list_price"
    )]
    product_columns: String,
    /// How textual dates are written, e.g. %d/%m/%Y; ISO if not given.
    #[arg(long, value_name = "PATTERN", requires = "opportunities")]
    date_format: Option<String>,
    /// Set rows that break a rule aside instead of refusing the table.
    #[arg(long, requires = "opportunities")]
    quarantine: bool,
}

/// Deals, and what was done to get them.
#[derive(Debug)]
pub struct PipelineInput {
    /// The deals with all that happened to them.
    pub deals: Vec<Deal>,
    /// The last day on which anything did.
    pub last: Date,
    /// What was done to the data, a sentence each.
    pub notes: Vec<String>,
    /// Whether amounts are known; where no deal has one, each counts as 1, and wins are forecast.
    pub priced: bool,
}

impl PipelineInput {
    /// By product if deals name one, else by representative or source, else all together.
    #[must_use]
    pub fn usual_segment(&self) -> DealSegment {
        let usual = [DealSegment::Product, DealSegment::Rep, DealSegment::Source];
        let named = |by: &DealSegment| self.deals.iter().any(|deal| by.of(deal).is_some());
        usual.into_iter().find(named).unwrap_or(DealSegment::None)
    }
}

/// By what deals are split, by its name.
///
/// # Errors
/// If there is no such split.
pub fn deal_segment(name: &str) -> Result<DealSegment, String> {
    match name {
        "product" => Ok(DealSegment::Product),
        "rep" => Ok(DealSegment::Rep),
        "source" => Ok(DealSegment::Source),
        "customer" => Ok(DealSegment::Customer),
        "none" => Ok(DealSegment::None),
        other => Err(format!("`{other}` is none of product, rep, source, customer, none")),
    }
}

/// What the groups of a split are called.
#[must_use]
pub fn segment_name(by: DealSegment) -> &'static str {
    match by {
        DealSegment::Product => "products",
        DealSegment::Rep => "owners",
        DealSegment::Source => "sources",
        DealSegment::Customer => "customers",
        _ => "all deals",
    }
}

/// The last so many whole months until a day.
///
/// # Errors
/// Unless there is at least one, and the calendar goes back as far.
pub fn months_before(as_of: Date, months: usize) -> Result<Vec<Period>, ExampleError> {
    if !(1..=600).contains(&months) {
        return Err(ExampleError::Flag {
            flag: "--backtest".to_owned(),
            reason: "must be from 1 to 600 months".to_owned(),
        });
    }
    let end = Grain::Month.start(as_of.plus_days(1))?;
    let mut start = end;
    for _ in 0..months {
        start = Grain::Month.start(start.plus_days(-1))?;
    }
    Ok(Grain::Month.over(start, end.plus_days(-1))?)
}

impl PipelineArgs {
    /// The deals with all that happened to them.
    ///
    /// # Errors
    /// If a table does not pass its door, or no deal has a day of creation.
    pub fn deals(&self) -> Result<PipelineInput, ExampleError> {
        let Some(path) = &self.opportunities else {
            eprintln!("reading and checking the bundled sample");
            let deals = DealTable::created_until(&sample::opportunities()?, &sample::company()?, i32::MAX)?.deals;
            return Ok(PipelineInput { last: sample::AS_OF.parse()?, ..Self::input(deals, Vec::new())? });
        };
        eprintln!("reading and checking {}", path.display());
        let opportunities =
            Opportunities::scan_with(Source::file(path)?, &self.opportunity_columns()?, &self.options())?;
        let mut notes = Vec::new();
        let quality = opportunities.quality();
        if quality.quarantined > 0 {
            let broken: Vec<String> =
                quality.breaches.iter().map(|of| format!("`{}` {}: {}", of.column, of.rule, count(of.count))).collect();
            notes.push(format!(
                "{} of {} rows were set aside ({})",
                count(quality.quarantined),
                count(quality.rows),
                broken.join("; ")
            ));
        }
        for fact in quality.facts.iter().filter(|fact| fact.rows > 0) {
            notes.push(format!("{} {}: {}", count(fact.rows), fact.name, fact.treatment));
        }
        // The tables of an analysis begin with order lines, of which a pipeline needs none.
        let mut tables = Tables::new(sample::transactions()?);
        if let Some(path) = &self.history {
            let history = StageHistory::scan_with(Source::file(path)?, &self.history_columns()?, &self.options())?;
            if history.quality().quarantined > 0 {
                notes.push(format!("{} changes were set aside", count(history.quality().quarantined)));
            }
            tables = tables.with_stage_history(history);
        }
        if let Some(path) = &self.products {
            tables = tables.with_products(Products::scan_with(
                Source::file(path)?,
                &self.product_columns()?,
                &self.options(),
            )?);
        }
        let deals = DealTable::created_until(&opportunities, &tables, i32::MAX)?.deals;
        if self.products.is_some() {
            notes.extend(without_price(&deals));
        }
        Self::input(deals, notes)
    }

    fn input(mut deals: Vec<Deal>, mut notes: Vec<String>) -> Result<PipelineInput, ExampleError> {
        let last = last_day(&deals).ok_or(ExampleError::NoDay)?;
        let priced = deals.iter().any(|deal| deal.amount.is_some() || deal.list_price.is_some());
        if !priced {
            notes.push("no deal has an amount: all numbers below are deals, not money".to_owned());
            deals.iter_mut().for_each(|deal| deal.amount = Some(1.0));
        }
        notes.extend(lonely_last_day(&deals, last)?);
        Ok(PipelineInput { deals, last: Date::from_days_since_epoch(last)?, notes, priced })
    }

    fn options(&self) -> ReadOptions {
        ReadOptions::default().policy(if self.quarantine { Policy::Quarantine } else { Policy::Reject })
    }

    fn format(&self) -> DateFormat {
        self.date_format.clone().map_or_else(DateFormat::default, DateFormat::Pattern)
    }

    fn opportunity_columns(&self) -> Result<OpportunityColumns, ExampleError> {
        let mut named = roles(&self.columns, "--columns", ROLES)?;
        let [id, stage, created] = needed(&mut named, "--columns", ["id", "stage", "created"])?;
        let mut columns = OpportunityColumns::new(id, stage, created).allow_undated().date_format(self.format());
        for (role, name) in named {
            columns = match role {
                "amount" => columns.amount(name),
                "currency" => columns.currency(name),
                "probability" => columns.probability(name),
                "close" => columns.expected_close(name),
                "closed" => columns.closed_at(name),
                "outcome" => columns.outcome(name),
                "customer" => columns.customer(name),
                "rep" => columns.rep(name),
                "source" => columns.lead_source(name),
                "product" => columns.product(name),
                _ => columns.lost_reason(name),
            };
        }
        // Without a column of outcomes, the stages that everybody knows are ends as well.
        let with = |own: &[String], known: &str| -> Vec<String> {
            let usual = [known.to_owned(), format!("closed {known}")];
            own.iter().cloned().chain(usual).collect()
        };
        Ok(columns.won_stages(with(&self.won, "won")).lost_stages(with(&self.lost, "lost")))
    }

    fn history_columns(&self) -> Result<StageHistoryColumns, ExampleError> {
        let mut named = roles(&self.history_columns, "--history-columns", "id, date, field, new, old")?;
        let [id, date, field, new] = needed(&mut named, "--history-columns", ["id", "date", "field", "new"])?;
        let columns = StageHistoryColumns::new(id, date, field, new).date_format(self.format());
        Ok(match named.remove("old") {
            Some(old) => columns.old(old),
            None => columns,
        })
    }

    fn product_columns(&self) -> Result<ProductColumns, ExampleError> {
        let mut named = roles(&self.product_columns, "--product-columns", "product, price")?;
        let [product, price] = needed(&mut named, "--product-columns", ["product", "price"])?;
        Ok(ProductColumns::new(product).list_price(price))
    }
}

/// What a flag says of roles, each of them one of those that there are.
fn roles<'a>(text: &'a str, flag: &str, known: &str) -> Result<BTreeMap<&'a str, &'a str>, ExampleError> {
    let wrong =
        |what: String| ExampleError::Flag { flag: flag.to_owned(), reason: format!("{what}; roles are {known}") };
    let mut named = BTreeMap::new();
    for pair in text.split(',').filter(|pair| !pair.trim().is_empty()) {
        let (role, name) = pair.split_once('=').ok_or_else(|| wrong(format!("`{pair}` is not role=name")))?;
        let role = role.trim();
        if !known.split(", ").any(|other| other == role) {
            return Err(wrong(format!("no role `{role}`")));
        }
        if named.insert(role, name.trim()).is_some() {
            return Err(wrong(format!("role `{role}` is given twice")));
        }
    }
    Ok(named)
}

/// The columns of roles that must be there.
fn needed<'a, const N: usize>(
    named: &mut BTreeMap<&'a str, &'a str>,
    flag: &str,
    roles: [&str; N],
) -> Result<[&'a str; N], ExampleError> {
    let missing: Vec<String> =
        roles.iter().filter(|role| !named.contains_key(**role)).map(|role| format!("{role}=..")).collect();
    if !missing.is_empty() {
        return Err(ExampleError::Flag { flag: flag.to_owned(), reason: format!("needs {}", missing.join(", ")) });
    }
    Ok(roles.map(|role| named.remove(role).unwrap_or_default()))
}

/// Deals whose product the table of products does not have: a name that is written in two ways matches nothing.
fn without_price(deals: &[Deal]) -> Option<String> {
    let lost = || deals.iter().filter(|deal| deal.product.is_some() && deal.list_price.is_none());
    let names: BTreeSet<&str> = lost().filter_map(|deal| deal.product.as_deref()).collect();
    let shown: Vec<&str> = names.iter().take(3).copied().collect();
    let more = if names.len() > shown.len() { ", …" } else { "" };
    let text = format!(
        "{} deals name a product without a list price in --products ({}{more})",
        count(lost().count()),
        shown.join(", ")
    );
    (!names.is_empty()).then_some(text)
}

/// A last day long after all others is a slip of the pen more often than the day of observation.
fn lonely_last_day(deals: &[Deal], last: i32) -> Result<Option<String>, ExampleError> {
    /// A quarter in which nothing happens.
    const LONG: i32 = 92;
    let days = deals.iter().flat_map(|deal| [Some(deal.created), deal.closed]).flatten();
    let Some(before) = days.filter(|day| *day < last).max().filter(|before| last.saturating_sub(*before) > LONG) else {
        return Ok(None);
    };
    let (last, before) = (Date::from_days_since_epoch(last)?, Date::from_days_since_epoch(before)?);
    Ok(Some(format!(
        "the last day of the file is {last}, the one before {before}: if that is a slip, give --as-of {before}"
    )))
}
