//! The share of wallet: what a customer spends with us of what the customer spends in all.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use emptor_table::Wallets;
use emptor_types::{Date, ExactSum, Invalid};
use polars::prelude::{IntoLazy, JoinArgs, JoinType, col, df};

use super::AnalysisError;
use super::base::{Base, Rows, millionths};
use crate::costs::categories;

/// Days that a wallet without a period is for.
const YEAR: i32 = 365;
/// Periods shown in an error.
const SAMPLES: usize = 3;

/// First and last day of a period, both inclusive.
type Days = (i32, i32);

/// A customer's wallet in one period.
#[derive(Default)]
struct Asked {
    total: ExactSum,
    categories: BTreeSet<String>,
    own: i128,
}

/// The share of each customer, `NaN` without a wallet above 0; `None` if wallets are stated by category and the tables do
/// not say the category of what was bought.
pub(super) fn shares_of_wallet(base: &Base<'_>, wallets: &Wallets) -> Result<Option<Vec<f64>>, AnalysisError> {
    let by_category = wallets.by_category();
    let products = base.tables.products().filter(|products| products.has("category"));
    let category_of = match products {
        Some(products) if base.tables.transactions().has("product_id") => categories(products)?,
        _ if by_category => return Ok(None),
        _ => HashMap::new(),
    };
    let mut asked = latest_wallets(base, &base.rows("wallets", wallets.rows())?)?;

    let ids = base.rfm.customers().take_slice(&asked.keys().map(|place| *place as u32).collect::<Vec<_>>())?;
    let keys = if by_category { vec!["customer_id", "date", "product_id"] } else { vec!["customer_id", "date"] };
    let query = base
        .lines()
        .join(df!("id" => ids)?.lazy(), [col("customer_id")], [col("id")], JoinArgs::new(JoinType::Semi))
        .group_by(keys.into_iter().map(col).collect::<Vec<_>>())
        .agg([millionths(col("amount")).sum().alias("net")]);
    let rows = base.rows("transactions", query)?;
    let (days, products, net) = (rows.days("date")?, rows.texts("product_id")?, rows.counts("net")?);
    for (row, place) in rows.places.iter().enumerate() {
        let (Some(((first, last), wallet)), Some(day)) = (place.and_then(|place| asked.get_mut(&place)), days[row])
        else {
            continue;
        };
        let category = products[row].as_ref().and_then(|product| category_of.get(product));
        let counts = !by_category || category.is_some_and(|category| wallet.categories.contains(category));
        if (*first..=*last).contains(&day) && counts {
            wallet.own += i128::from(net[row]);
        }
    }
    let mut shares = vec![f64::NAN; base.len()];
    for (place, (_, wallet)) in asked {
        shares[place] = wallet.share();
    }
    Ok(Some(shares))
}

impl Asked {
    /// Own spend of less than nothing counts as nothing, and of more than the wallet as the wallet.
    fn share(&self) -> f64 {
        let total = self.total.value();
        if total > 0.0 { (self.own as f64 / 1e6 / total).clamp(0.0, 1.0) } else { f64::NAN }
    }
}

/// The wallets of each customer's latest period that was over by the day of observation; of two periods that end on one
/// day the longer.
fn latest_wallets(base: &Base<'_>, rows: &Rows) -> Result<BTreeMap<usize, (Days, Asked)>, AnalysisError> {
    let (totals, periods, categories) = (rows.numbers("total_spend")?, rows.texts("period")?, rows.texts("category")?);
    let unreadable: BTreeSet<&str> =
        periods.iter().flatten().map(String::as_str).filter(|period| days_of(period).is_none()).collect();
    if !unreadable.is_empty() {
        let rule = "must be a year (2024), a quarter (2024-Q1) or a month (2024-01)";
        let samples: Vec<&str> = unreadable.into_iter().take(SAMPLES).collect();
        return Err(Invalid::value("period of wallets", rule, samples.join(", ")).into());
    }
    let mut latest: BTreeMap<usize, (Days, Asked)> = BTreeMap::new();
    for (row, place) in rows.places.iter().enumerate() {
        let (Some(customer), Some(total)) = (*place, totals[row]) else { continue };
        let days = periods[row].as_deref().and_then(days_of).unwrap_or((base.as_of - YEAR + 1, base.as_of));
        if days.1 > base.as_of {
            continue;
        }
        let known = latest.entry(customer).or_insert_with(|| (days, Asked::default()));
        let rank = |(first, last): Days| (last, Reverse(first));
        if rank(days) > rank(known.0) {
            *known = (days, Asked::default());
        }
        if days == known.0 {
            known.1.total.add(total);
            known.1.categories.extend(categories[row].clone());
        }
    }
    Ok(latest)
}

/// The days of a year, a quarter or a month.
fn days_of(period: &str) -> Option<Days> {
    let (year, part) = period.trim().split_at_checked(4)?;
    let part = part.strip_prefix('-').unwrap_or(part);
    let (first, months) = if part.is_empty() {
        (1, 12)
    } else if let Some(quarter) = part.strip_prefix(['Q', 'q']) {
        let quarter: i8 = quarter.parse().ok().filter(|quarter| (1..=4).contains(quarter))?;
        (3 * quarter - 2, 3)
    } else {
        (part.parse().ok()?, 1)
    };
    let year: i16 = year.parse().ok()?;
    let begin = Date::new(year, first, 1).ok()?;
    let after = first + months;
    let end = if after > 12 { Date::new(year + 1, after - 12, 1) } else { Date::new(year, after, 1) }.ok()?;
    Some((begin.days_since_epoch(), end.days_since_epoch() - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_years_quarters_and_months() -> Result<(), Box<dyn std::error::Error>> {
        for (period, first, last) in [
            ("2024", "2024-01-01", "2024-12-31"),
            (" 2023 ", "2023-01-01", "2023-12-31"),
            ("2024-Q1", "2024-01-01", "2024-03-31"),
            ("2024q4", "2024-10-01", "2024-12-31"),
            ("2024-02", "2024-02-01", "2024-02-29"),
            ("2024-12", "2024-12-01", "2024-12-31"),
        ] {
            let days = |text: &str| text.parse::<Date>().map(Date::days_since_epoch);
            assert_eq!(days_of(period), Some((days(first)?, days(last)?)), "{period}");
        }
        for period in ["", "24", "FY24", "2024-Q5", "2024-13", "2024-00", "2024-Q", "last year", "２０２４"] {
            assert_eq!(days_of(period), None, "{period}");
        }
        Ok(())
    }
}
