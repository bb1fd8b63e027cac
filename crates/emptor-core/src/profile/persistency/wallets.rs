//! What customers spend with us of what they spend in all.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use emptor_table::{Tables, Wallets};
use emptor_types::period::Grain;
use emptor_types::{Date, ExactSum, TimeUnit};
use polars::prelude::{
    Column, DataType, IdxCa, IdxSize, IntoLazy, JoinArgs, JoinType, NamedFrom, PolarsResult, Series, col, df,
};

use super::attitude::wallet_allocation;
use super::base::{Base, places, sum};
use crate::profile::lines::{Lines, collect, millionths};
use crate::profile::{ProfileError, ProfileInput, Window};

/// What some customers spend a year in all and with us, each in the latest period that was over; by their ids.
pub(crate) struct YearlyWallets {
    pub(crate) ids: Series,
    pub(crate) total: Vec<f64>,
    pub(crate) own: Vec<f64>,
}

/// The wallets of the tables as of a day. `None` if there are none, or if they are stated by category and lines do not say
/// theirs.
pub(crate) fn yearly_wallets(tables: &Tables, as_of: Date) -> Result<Option<YearlyWallets>, ProfileError> {
    let Some(wallets) = tables.wallets() else { return Ok(None) };
    let window = Window::new(as_of.plus_days(1 - YEAR), as_of, Grain::Year)?;
    let input = ProfileInput::new(tables, window);
    let lines = Lines::of(tables)?;
    let base = Base::of(&input, &lines)?;
    let Some(KnownWallets { wallets, .. }) = wallets_of(&base, &input, &lines, wallets)? else { return Ok(None) };
    let places: IdxCa = wallets.keys().map(|place| Some(*place as IdxSize)).collect();
    let a_year = |amount: f64, (first, last): Days| amount * TimeUnit::Year.days() / f64::from(last - first + 1);
    Ok(Some(YearlyWallets {
        ids: base.ids.take(&places)?,
        total: wallets.values().map(|wallet| a_year(wallet.total, wallet.days)).collect(),
        own: wallets.values().map(|wallet| a_year(wallet.own.max(0.0), wallet.days)).collect(),
    }))
}

/// Days that a wallet without a period is for.
const YEAR: i32 = 365;

/// First and last day of a period, both inclusive.
type Days = (i32, i32);

/// A customer's wallet in the latest period that was over.
#[derive(Debug, Clone, Default)]
pub(super) struct Wallet {
    pub(super) total: f64,
    pub(super) own: f64,
    /// Rank of our brand and number of brands, if all rows of the period say one.
    pub(super) rank: Option<f64>,
    pub(super) brands: Option<f64>,
    categories: BTreeSet<String>,
    days: Days,
}

impl Wallet {
    /// Own spend of less than nothing counts as nothing, and of more than the wallet as the wallet.
    pub(super) fn share(&self) -> Option<f64> {
        (self.total > 0.0).then(|| self.counted() / self.total)
    }

    /// The own spend that counts.
    pub(super) fn counted(&self) -> f64 {
        self.own.clamp(0.0, self.total)
    }

    /// The share that the rank lets expect.
    pub(super) fn allocation(&self) -> Option<f64> {
        self.rank.zip(self.brands).and_then(|(rank, brands)| wallet_allocation(rank, brands))
    }
}

/// Wallets by the place of customers.
pub(super) struct KnownWallets {
    pub(super) wallets: BTreeMap<usize, Wallet>,
    /// How many rows have a period that cannot be read.
    pub(super) unreadable: usize,
}

/// The wallets of customers. `None` if wallets are stated by
/// category and lines do not say theirs.
pub(super) fn wallets_of(
    base: &Base,
    input: &ProfileInput<'_>,
    lines: &Lines,
    wallets: &Wallets,
) -> Result<Option<KnownWallets>, ProfileError> {
    if wallets.by_category() && !lines.has("category") {
        return Ok(None);
    }
    let rows = base.placed(wallets.rows(), "wallets")?;
    let n = rows.height();
    let number = |name: &str| -> PolarsResult<Vec<Option<f64>>> {
        let column = rows.column(name).ok().map(|column| Ok(column.f64()?.iter().collect()));
        column.unwrap_or_else(|| Ok(vec![None; n]))
    };
    let text = |name: &str| -> PolarsResult<Vec<Option<String>>> {
        let texts = |column: &Column| Ok(column.str()?.iter().map(|value| value.map(str::to_owned)).collect());
        rows.column(name).ok().map(texts).unwrap_or_else(|| Ok(vec![None; n]))
    };
    let (totals, ranks, brands) = (number("total_spend")?, number("rank")?, number("n_brands")?);
    let (periods, categories) = (text("period")?, text("category")?);
    let mut latest: BTreeMap<usize, (Wallet, ExactSum, Vec<usize>)> = BTreeMap::new();
    let mut unreadable = 0;
    for (row, place) in places(&rows)?.into_iter().enumerate() {
        let Some(total) = totals[row] else { continue };
        let days = match periods[row].as_deref().map(days_of) {
            Some(None) => {
                unreadable += 1;
                continue;
            }
            Some(Some(days)) => days,
            None => (base.as_of - YEAR + 1, base.as_of),
        };
        if days.1 > base.as_of {
            continue;
        }
        let fresh = || (Wallet { days, ..Wallet::default() }, ExactSum::ZERO, Vec::new());
        let known = latest.entry(place).or_insert_with(fresh);
        let rank = |(first, last): Days| (last, Reverse(first));
        if rank(days) > rank(known.0.days) {
            *known = fresh();
        }
        if days == known.0.days {
            known.1.add(total);
            known.0.categories.extend(categories[row].clone());
            known.2.push(row);
        }
    }
    let mut latest: BTreeMap<usize, Wallet> = latest
        .into_iter()
        .map(|(place, (wallet, total, rows))| {
            let one = |values: &[Option<f64>]| match rows.as_slice() {
                [row] => values[*row],
                _ => None,
            };
            (place, Wallet { total: total.value(), rank: one(&ranks), brands: one(&brands), ..wallet })
        })
        .collect();
    if wallets.by_category() {
        own_by_category(base, input, lines, &mut latest)?;
    } else {
        for (place, wallet) in &mut latest {
            let (first, last) = wallet.days;
            let own = base.days(*place).iter().filter(|day| (first..=last).contains(&day.day));
            wallet.own = sum(own.map(|day| day.net));
        }
    }
    Ok(Some(KnownWallets { wallets: latest, unreadable }))
}

fn own_by_category(
    base: &Base,
    input: &ProfileInput<'_>,
    lines: &Lines,
    wallets: &mut BTreeMap<usize, Wallet>,
) -> Result<(), ProfileError> {
    let asked: Series = Series::new("place".into(), wallets.keys().map(|place| *place as u32).collect::<Vec<_>>());
    let ids = base.ids.take(asked.u32()?)?;
    let spent = lines
        .until(&input.window)
        .join(df!("id" => ids)?.lazy(), [col("customer_id")], [col("id")], JoinArgs::new(JoinType::Semi))
        .group_by([col("customer_id"), col("date"), col("category")])
        .agg([millionths(col("amount")).sum().alias("net")]);
    let rows = base.placed(collect(spent)?.lazy(), "transactions")?;
    let (days, net) = (rows.column("date")?.cast(&DataType::Int32)?, rows.column("net")?.i64()?);
    let categories = rows.column("category")?.str()?;
    let mut sums: BTreeMap<usize, i64> = BTreeMap::new();
    for ((place, day), (category, net)) in
        places(&rows)?.into_iter().zip(days.i32()?.iter()).zip(categories.iter().zip(net.iter()))
    {
        let (Some(wallet), Some(day), Some(category)) = (wallets.get(&place), day, category) else { continue };
        if (wallet.days.0..=wallet.days.1).contains(&day) && wallet.categories.contains(category) {
            *sums.entry(place).or_default() += net.unwrap_or(0);
        }
    }
    for (place, wallet) in wallets {
        wallet.own = sum(sums.get(place).copied().into_iter());
    }
    Ok(())
}

/// The days of a year (`2024`), a quarter (`2024-Q1`) or a month (`2024-01`).
fn days_of(period: &str) -> Option<Days> {
    let (year, part) = period.trim().split_at_checked(4)?;
    let part = part.strip_prefix('-').unwrap_or(part);
    let (first, months) = if part.is_empty() {
        (1, 12)
    } else if let Some(quarter) = part.strip_prefix(['Q', 'q']) {
        let quarter: i8 = quarter.parse().ok().filter(|quarter| (1..=4).contains(quarter))?;
        (3 * quarter - 2, 3)
    } else {
        (part.parse().ok().filter(|month| (1..=12).contains(month))?, 1)
    };
    let year: i16 = year.parse().ok()?;
    let begin = Date::new(year, first, 1).ok()?;
    let after = first + months;
    let end = if after > 12 { Date::new(year + 1, after - 12, 1) } else { Date::new(year, after, 1) }.ok()?;
    Some((begin.days_since_epoch(), end.days_since_epoch() - 1))
}

#[test]
fn periods_of_wallets_are_years_quarters_and_months() {
    assert_eq!(days_of("2024").map(|(a, b)| b - a + 1), Some(366));
    assert_eq!(days_of("2024-Q1").map(|(a, b)| b - a + 1), Some(91));
    assert_eq!(days_of("2024-02").map(|(a, b)| b - a + 1), Some(29));
    assert!(["spring", "24", "2024-Q5", "2024-13"].iter().all(|period| days_of(period).is_none()));
}
