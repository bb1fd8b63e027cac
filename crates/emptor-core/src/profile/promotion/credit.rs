//! Every order to one campaign at most: the table `campaign_credit`.

use std::collections::{BTreeMap, HashMap};

use emptor_table::LineKind;
use polars::prelude::{PolarsResult, col, lit, when};

use super::audience::Audience;
use super::read::{MILLIONTHS, millionths};
use crate::columns::ColumnSpec;
use crate::profile::lines::{Lines, collect, is};
use crate::profile::{ProfileError, ProfileInput, ResultTable};
use crate::table::{Of, count, frame, known, number, specs, text};

/// Orders that are credited to a campaign, or to none.
#[derive(Debug, Clone)]
pub(super) struct Credit {
    pub(super) campaign: Option<String>,
    basis: &'static str,
    customers: Option<usize>,
    orders: Option<usize>,
    pub(super) sales: f64,
    share: Option<f64>,
}

const TABLE: &[Of<[Credit]>] = &[
    text("campaign_id", "", "the campaign; null for sales that are credited to none", |of, row| {
        of[row].campaign.clone()
    }),
    text("basis", "", "last_contact, organic (no contact before it in time) or anonymous", |of, row| {
        Some(of[row].basis.to_owned())
    }),
    count("customers", "customers", "customers who ordered", |of, row| of[row].customers),
    count("orders", "orders", "their orders", |of, row| of[row].orders),
    number("sales", "currency", "money of these orders, returns not deducted", |of, row| of[row].sales),
    known("share", "share", "that by all sales of the window", |of, row| of[row].share),
];

/// The columns of `campaign_credit`.
pub(super) const COLUMNS: &[ColumnSpec] = &specs::<_, { TABLE.len() }>(TABLE);

pub(super) fn table(credits: &[Credit]) -> PolarsResult<ResultTable> {
    let about = "One row per campaign, then sales of no campaign and anonymous ones: sales of the window, each order credited \
                 once, to the campaign whose contact reached its customer last before it; together they are all sales.";
    let table = ResultTable::new("campaign_credit", about, frame(TABLE, credits, credits.len())?, COLUMNS)?;
    Ok(table.with_flag("credit is no effect: it says who was there, not what would have come anyway"))
}

/// Credits every purchase of the window. Of campaigns sent on the same day, the one that started later is credited, and
/// of these the one whose id comes later.
pub(super) fn credits(input: &ProfileInput<'_>, audience: &Audience) -> Result<Vec<Credit>, ProfileError> {
    let lines = Lines::of(&input.tables)?;
    let sales = is(LineKind::Sale);
    let sum = |of: polars::prelude::Expr, name: &str| {
        when(of).then(millionths(col("amount"))).otherwise(lit(0_i64)).sum().alias(name)
    };
    let known = col("customer_id").is_not_null();
    let within = lines.within(&input.window).filter(sales);
    let totals = collect(within.clone().select([sum(known.clone(), "known"), sum(known.clone().not(), "anonymous")]))?;
    let total = |name: &str| -> PolarsResult<i64> { Ok(totals.column(name)?.i64()?.get(0).unwrap_or(0)) };
    let (known_sales, anonymous) = (total("known")?, total("anonymous")?);

    let (first, last) = (input.window.from().days_since_epoch(), input.window.as_of().days_since_epoch());
    let mut of_customer: HashMap<usize, Vec<usize>> = HashMap::new();
    for (row, member) in audience.members.iter().enumerate().filter(|(_, member)| member.sent.is_some()) {
        of_customer.entry(member.customer).or_default().push(row);
    }
    // Campaigns are sorted by first day and id, so that the place decides between equals.
    let mut credited: BTreeMap<usize, (Vec<usize>, usize, i64)> = BTreeMap::new();
    for (customer, rows) in &of_customer {
        let bought = audience.orders[*customer].iter().filter(|o| o.is_purchase && first <= o.day && o.day <= last);
        for order in bought {
            let reached = rows.iter().map(|row| &audience.members[*row]).filter(|member| {
                member.from <= order.day && order.day <= member.to && member.sent.is_some_and(|sent| sent <= order.day)
            });
            if let Some(member) = reached.max_by_key(|member| (member.sent, member.campaign)) {
                let credit = credited.entry(member.campaign).or_default();
                credit.0.push(*customer);
                credit.1 += 1;
                credit.2 += order.sales;
            }
        }
    }
    let money = |amount: i64| amount as f64 / MILLIONTHS;
    let all = known_sales + anonymous;
    let share = |amount: i64| (all > 0).then(|| amount as f64 / all as f64);
    let mut found = Vec::new();
    let mut sum = 0;
    for (place, campaign) in audience.campaigns.iter().enumerate() {
        if audience.of(place).is_empty() {
            continue;
        }
        let (mut customers, orders, amount) = credited.remove(&place).unwrap_or_default();
        customers.sort_unstable();
        customers.dedup();
        sum += amount;
        found.push(Credit {
            campaign: Some(campaign.id.clone()),
            basis: "last_contact",
            customers: Some(customers.len()),
            orders: Some(orders),
            sales: money(amount),
            share: share(amount),
        });
    }
    for (basis, amount) in [("organic", known_sales - sum), ("anonymous", anonymous)] {
        let row =
            Credit { campaign: None, basis, customers: None, orders: None, sales: money(amount), share: share(amount) };
        found.push(row);
    }
    Ok(found)
}
