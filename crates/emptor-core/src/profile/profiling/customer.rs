//! One row per customer: level, risk, preferences, habits.

use std::collections::HashMap;

use emptor_rfm::Segment;
use emptor_table::LineKind;
use emptor_types::{Date, ExactSum};
use polars::prelude::{DataType, PolarsResult, col, lit, when};

use super::base::{Base, Levels, first_of_look_back, look_back, money, nothing};
use super::concentration::{AbcClass, abc_classes};
use super::habits::{Rhythm, Spread, spread};
use super::ledger::Day;
use super::people::{KeyPerson, key_persons};
use super::preference::preference_index;
use super::settings::ProfilingSettings;
use super::weighted::weighted_rfm;
use crate::period::{Grain, place};
use crate::profile::lines::{Lines, collect, is, millionths};
use crate::profile::{ProfileError, ProfileInput};
use crate::statistics::median;

/// Mean length of a month in days.
const MONTH: f64 = 30.4375;

pub(super) const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// What is known of one customer.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    pub(super) recency_days: Option<i32>,
    pub(super) length_days: Option<i32>,
    pub(super) purchases: Option<u32>,
    pub(super) monetary: Option<f64>,
    pub(super) scores: Option<[u8; 3]>,
    pub(super) segment: Option<Segment>,
    pub(super) abc: Option<AbcClass>,
    pub(super) grade: Option<String>,
    pub(super) given_segment: Option<String>,
    pub(super) units_per_month: Option<f64>,
    pub(super) orders_per_month: Option<f64>,
    pub(super) rhythm: Rhythm,
    pub(super) top_category: Option<(String, f64, f64)>,
    pub(super) affinity: Option<(String, f64)>,
    pub(super) channel: Option<(String, Spread)>,
    pub(super) place: Option<(String, Spread)>,
    pub(super) weekday: Option<Spread>,
    pub(super) promo_share: Option<f64>,
    pub(super) mean_discount: Option<f64>,
    pub(super) return_rate: Option<f64>,
    pub(super) returns_per_order: Option<f64>,
    pub(super) overdue_share: Option<f64>,
    pub(super) dso_days: Option<f64>,
    pub(super) disputed: Option<u32>,
    pub(super) disputed_amount: Option<f64>,
    pub(super) revenue_cv: Option<f64>,
    pub(super) margin: Option<f64>,
    pub(super) share_of_firm_margin: Option<f64>,
    pub(super) weighted: Option<f64>,
    pub(super) zero_value: Option<u32>,
    /// Orders of which no revenue is left; `None` where it cannot be told.
    pub(super) net_zero: Option<u32>,
    pub(super) key_person: Option<KeyPerson>,
    pub(super) p_alive: Option<f64>,
    pub(super) ltv_decile: Option<usize>,
    /// Net revenue of the window.
    pub(super) revenue: f64,
    pub(super) orders: usize,
    pub(super) prospect: bool,
}

/// All customers, and what was needed to describe them.
pub(super) struct Profile {
    pub(super) rows: Vec<Row>,
    pub(super) categories: Option<Levels>,
    pub(super) channels: Option<Levels>,
    pub(super) places: Option<Levels>,
    /// What `margin` is: `cm2` of relationship profits, `cm2` of the scores, or gross margin.
    pub(super) margin_basis: Option<&'static str>,
    pub(super) has_reps: bool,
}

impl Profile {
    pub(super) fn read(
        input: &ProfileInput<'_>,
        lines: &Lines,
        settings: &ProfilingSettings,
        base: &Base,
        days: &[Day],
        habits: [Option<Levels>; 2],
    ) -> Result<Self, ProfileError> {
        let mut rows: Vec<Row> =
            base.prospect.iter().map(|prospect| Row { prospect: *prospect, ..Row::default() }).collect();
        level(&mut rows, settings, base)?;
        rhythm(&mut rows, input, settings, days)?;
        sums(&mut rows, input, lines, settings, base)?;
        let categories = preferences(&mut rows, input, lines, settings, base, days)?;
        let [channels, places] = habits;
        usual(&mut rows, channels.as_ref(), |row, main| row.channel = Some(main));
        usual(&mut rows, places.as_ref(), |row, main| row.place = Some(main));
        credit(&mut rows, input, settings, base)?;
        let margin_basis = margins(&mut rows, input, lines, base, days)?;
        scores(&mut rows, input, base)?;
        let persons = key_persons(input, lines, settings, base)?;
        let has_reps = persons.is_some();
        for (row, person) in rows.iter_mut().zip(persons.into_iter().flatten()) {
            row.key_person = person;
        }
        Ok(Self { rows, categories, channels, places, margin_basis, has_reps })
    }
}

/// R, F, M, L, scores, segment, ABC class.
fn level(rows: &mut [Row], settings: &ProfilingSettings, base: &Base) -> Result<(), ProfileError> {
    let scores = base.rfm.score(&settings.scores)?;
    let [mut r, mut f, mut m, mut spend] = std::array::from_fn(|_| vec![f64::NAN; rows.len()]);
    for (i, row) in rows.iter_mut().enumerate() {
        row.segment = Some(Segment::NoPurchase);
        let Some(at) = base.rfm_row[i] else { continue };
        row.recency_days = base.rfm.days_since_last()[at];
        row.length_days = base.rfm.length_days()[at];
        row.purchases = Some(base.rfm.purchases()[at]);
        row.monetary = Some(base.rfm.spend()[at]);
        row.segment = Some(scores.segments()[at]);
        row.scores = [scores.recency()[at], scores.frequency()[at], scores.monetary()[at]]
            .into_iter()
            .collect::<Option<Vec<u8>>>()
            .and_then(|scores| scores.try_into().ok());
        spend[i] = base.rfm.spend()[at];
        if let Some(days) = row.recency_days {
            (r[i], f[i], m[i]) = (f64::from(days), f64::from(base.rfm.purchases()[at]), spend[i]);
        }
    }
    let abc = abc_classes(&spend, settings.abc.0, settings.abc.1)?;
    let weighted = weighted_rfm([&r, &f, &m], settings.rfm_weights, settings.rfm_normalization)?;
    for ((row, abc), weighted) in rows.iter_mut().zip(abc).zip(weighted) {
        (row.abc, row.weighted) = (abc, weighted);
    }
    Ok(())
}

/// Days between purchases, weekdays, documents with returns, quarterly variation, and the sums of the window.
fn rhythm(
    rows: &mut [Row],
    input: &ProfileInput<'_>,
    settings: &ProfilingSettings,
    days: &[Day],
) -> Result<(), ProfileError> {
    let (from, to) = (input.window.from().days_since_epoch(), input.window.as_of().days_since_epoch());
    let first = first_of_look_back(input, settings);
    let earliest = days.iter().map(|day| day.day).filter(|day| *day >= first).min().unwrap_or(to);
    let quarters = Grain::Quarter.over(Date::from_days_since_epoch(earliest)?, input.window.as_of())?;
    let whole = quarters.iter().rposition(|quarter| quarter.end <= input.window.as_of()).map_or(0, |last| last + 1);
    for own in days.chunk_by(|a, b| a.customer == b.customer) {
        let row = &mut rows[own[0].customer as usize];
        let inside = own.iter().filter(|day| from <= day.day);
        row.revenue = money(inside.clone().map(|day| i128::from(day.net)).sum());
        row.orders = inside.map(|day| day.orders as usize).sum();
        let own: Vec<&Day> = own.iter().filter(|day| day.day >= first).collect();
        let bought: Vec<i32> = own.iter().filter(|day| day.orders > 0).map(|day| day.day).collect();
        row.rhythm = Rhythm::of(&bought);
        let mut weekdays = [0.0; 7];
        // Day 0 of the epoch was a Thursday.
        own.iter().for_each(|day| weekdays[(day.day + 3).rem_euclid(7) as usize] += f64::from(day.orders));
        row.weekday = spread(&weekdays);
        let orders: u32 = own.iter().map(|day| day.orders).sum();
        let returns: u32 = own.iter().map(|day| day.returns).sum();
        row.returns_per_order = (orders > 0).then(|| f64::from(returns) / f64::from(orders));
        let Some(begun) = bought.first().and_then(|day| place(&quarters, *day)) else { continue };
        let mut revenue = vec![0_i128; whole.saturating_sub(begun)];
        for day in &own {
            let at = place(&quarters, day.day).and_then(|quarter| quarter.checked_sub(begun));
            if let Some(revenue) = at.and_then(|at| revenue.get_mut(at)) {
                *revenue += i128::from(day.net);
            }
        }
        row.revenue_cv = variation(&revenue, settings.min_quarters);
    }
    Ok(())
}

/// Coefficient of variation, with the denominator n − 1; `None` of too few or where the mean is not positive.
fn variation(revenue: &[i128], least: usize) -> Option<f64> {
    let n = revenue.len() as f64;
    let mean = money(revenue.iter().sum()) / n;
    if revenue.len() < least.max(2) || mean <= 0.0 {
        return None;
    }
    let squares: f64 = revenue.iter().map(|x| (money(*x) - mean) * (money(*x) - mean)).sum();
    Some((squares / (n - 1.0)).sqrt() / mean)
}

/// What one pass over the lines gives by customer: units, promotion, discount, returns, zero-value lines.
fn sums(
    rows: &mut [Row],
    input: &ProfileInput<'_>,
    lines: &Lines,
    settings: &ProfilingSettings,
    base: &Base,
) -> Result<(), ProfileError> {
    let has = |role: &str| input.tables.transactions().has(role);
    let zero = nothing;
    let sale = || is(LineKind::Sale);
    let amount = || millionths(col("amount"));
    let mut sums = vec![
        when(sale()).then(amount()).otherwise(zero()).sum().alias("sale"),
        when(is(LineKind::Return)).then(amount()).otherwise(zero()).sum().alias("returned"),
        is(LineKind::Free).cast(DataType::Int64).sum().alias("free"),
    ];
    if has("quantity") {
        let goods = sale().or(is(LineKind::Return));
        let quantity = millionths(col("quantity").fill_null(lit(0.0)));
        sums.push(when(goods).then(quantity).otherwise(zero()).sum().alias("units"));
    }
    if has("is_promo") {
        let promo = sale().and(col("is_promo").fill_null(lit(false)));
        sums.push(when(promo).then(amount()).otherwise(zero()).sum().alias("promo"));
    }
    let discounted = has("list_amount") || has("discount");
    if discounted {
        let list = if has("list_amount") { col("list_amount") } else { col("amount") + col("discount") };
        let known = sale().and(list.clone().is_not_null());
        sums.push(when(known.clone()).then(millionths(list.fill_null(lit(0.0)))).otherwise(zero()).sum().alias("list"));
        sums.push(when(known).then(amount()).otherwise(zero()).sum().alias("off_list"));
    }
    let all = look_back(input, lines, settings).filter(col("customer_id").is_not_null());
    let frame = collect(all.group_by([col("customer_id")]).agg(sums))?;
    let places = base.places(&frame, "transactions")?;
    let column = |name: &str| -> PolarsResult<Option<Vec<f64>>> {
        let Ok(column) = frame.column(name) else { return Ok(None) };
        Ok(Some(column.i64()?.iter().map(|sum| money(i128::from(sum.unwrap_or_default()))).collect()))
    };
    let free = frame.column("free")?.i64()?;
    let [sale, returned, units, promo, list, net] = [
        column("sale")?,
        column("returned")?,
        column("units")?,
        column("promo")?,
        column("list")?,
        column("off_list")?,
    ];
    let as_of = input.window.as_of().days_since_epoch();
    for (i, place) in places.into_iter().enumerate() {
        let Some(place) = place else { continue };
        let row = &mut rows[place as usize];
        let at = |column: &Option<Vec<f64>>| column.as_ref().map(|column| column[i]);
        let ratio = |part: Option<f64>, whole: Option<f64>| part.zip(whole.filter(|w| *w > 0.0)).map(|(p, w)| p / w);
        row.return_rate = ratio(at(&returned).map(|money| -money), at(&sale));
        row.promo_share = ratio(at(&promo), at(&sale));
        row.mean_discount = ratio(at(&list).zip(at(&net)).map(|(list, net)| list - net), at(&list));
        row.zero_value = free.get(i).map(|lines| lines as u32);
        if let Some((recency, length)) = row.recency_days.zip(row.length_days) {
            let first = as_of - recency - length;
            // A customer of yesterday has not bought thirty times a month.
            let months = (f64::from(as_of - first + 1) / MONTH).max(1.0);
            row.units_per_month = at(&units).map(|units| units / months);
            row.orders_per_month = row.purchases.map(|orders| f64::from(orders) / months);
        }
    }
    Ok(())
}

/// Categories by spend.
fn preferences(
    rows: &mut [Row],
    input: &ProfileInput<'_>,
    lines: &Lines,
    settings: &ProfilingSettings,
    base: &Base,
    days: &[Day],
) -> Result<Option<Levels>, ProfileError> {
    let mut categories = None;
    if lines.has("category") {
        let levels = Levels::spend(input, lines, settings, base, "category")?;
        let mut totals = vec![ExactSum::ZERO; levels.names.len()];
        levels.cells.iter().for_each(|cell| totals[cell.1 as usize].add(cell.2));
        let totals: Vec<f64> = totals.into_iter().map(ExactSum::value).collect();
        let all: f64 = totals.iter().sum();
        let first = first_of_look_back(input, settings);
        let bought = days.iter().filter(|day| day.day >= first && day.orders > 0 && day.net > 0);
        let orders: Vec<f64> = bought.map(|day| money(i128::from(day.net)) / f64::from(day.orders)).collect();
        let kappa = settings.kappa_orders * median(&orders).unwrap_or_default();
        for cells in levels.by_customer() {
            let row = &mut rows[cells[0].0 as usize];
            let spend: f64 = cells.iter().map(|cell| cell.2).sum();
            let index = |cell: &(u32, u32, f64)| {
                preference_index(cell.2, spend, totals[cell.1 as usize] / all, kappa).unwrap_or(f64::NAN)
            };
            let named: Vec<_> = cells.iter().filter(|cell| !levels.is_unknown(cell.1)).collect();
            let name = |cell: &(u32, u32, f64)| levels.names[cell.1 as usize].clone();
            let most = named.iter().reduce(|best, next| if next.2 > best.2 { next } else { best });
            row.top_category = most.map(|top| (name(top), top.2 / spend, index(top)));
            let nearest = named.iter().reduce(|best, next| if index(next) > index(best) { next } else { best });
            row.affinity = nearest.map(|top| (name(top), index(top)));
        }
        categories = Some(levels);
    }
    Ok(categories)
}

/// The channel or place of most of a customer's orders.
fn usual(rows: &mut [Row], levels: Option<&Levels>, set: fn(&mut Row, (String, Spread))) {
    let Some(levels) = levels else { return };
    for cells in levels.by_customer() {
        let named: Vec<_> = cells.iter().filter(|cell| !levels.is_unknown(cell.1)).collect();
        let counts: Vec<f64> = named.iter().map(|cell| cell.2).collect();
        if let Some(spread) = spread(&counts) {
            let name = levels.names[named[spread.main].1 as usize].clone();
            set(&mut rows[cells[0].0 as usize], (name, spread));
        }
    }
}

/// How customers pay, by the invoices that were known on the day of observation.
fn credit(
    rows: &mut [Row],
    input: &ProfileInput<'_>,
    settings: &ProfilingSettings,
    base: &Base,
) -> Result<(), ProfileError> {
    let Some(payments) = input.tables.payments().filter(|payments| payments.has("paid_at")) else { return Ok(()) };
    let as_of = input.window.as_of().days_since_epoch();
    let known = col("due").to_physical().lt_eq(lit(as_of.saturating_add(settings.payment_terms)));
    let disputed = if payments.has("disputed") { col("disputed").fill_null(lit(false)) } else { lit(false) };
    let frame = collect(payments.rows().filter(known).select([
        col("customer_id"),
        col("amount"),
        col("due").to_physical().alias("due"),
        col("paid_at").to_physical().alias("paid"),
        disputed.alias("disputed"),
    ]))?;
    #[derive(Clone, Copy, Default)]
    struct Owed {
        due: ExactSum,
        late: ExactSum,
        open: ExactSum,
        disputed: u32,
        disputed_amount: ExactSum,
    }
    let mut owed: HashMap<u32, Owed> = HashMap::new();
    let places = base.places(&frame, "payments")?;
    let (amount, due, paid) =
        (frame.column("amount")?.f64()?, frame.column("due")?.i32()?, frame.column("paid")?.i32()?);
    let disputed = frame.column("disputed")?.bool()?;
    for (i, place) in places.into_iter().enumerate() {
        let (Some(place), Some(amount), Some(due)) = (place, amount.get(i), due.get(i)) else { continue };
        let paid = paid.get(i).filter(|day| *day <= as_of);
        let own = owed.entry(place).or_default();
        if paid.is_none() {
            own.open.add(amount);
        }
        // A disputed invoice says nothing of how a customer pays.
        if disputed.get(i) == Some(true) {
            own.disputed += 1;
            own.disputed_amount.add(amount);
        } else if due < as_of {
            own.due.add(amount);
            if paid.is_none_or(|paid| paid > due) {
                own.late.add(amount);
            }
        }
    }
    let length = f64::from(input.window.days());
    for (place, own) in owed {
        let row = &mut rows[place as usize];
        let due = own.due.value();
        row.overdue_share = (due > 0.0).then(|| own.late.value() / due);
        row.dso_days = (row.revenue > 0.0).then(|| own.open.value() / row.revenue * length);
        row.disputed = payments.has("disputed").then_some(own.disputed);
        row.disputed_amount = payments.has("disputed").then(|| own.disputed_amount.value());
    }
    Ok(())
}

/// Customers' margins of the window, from the best source there is.
fn margins(
    rows: &mut [Row],
    input: &ProfileInput<'_>,
    lines: &Lines,
    base: &Base,
    days: &[Day],
) -> Result<Option<&'static str>, ProfileError> {
    let mut basis = None;
    let ladder = input.profits.map(|profits| (&profits.customers, "profits", "contribution margin (cm2)"));
    let scored = input.scores.filter(|scores| scores.has("cm2"));
    let scored = scored.map(|scores| (scores.frame(), "scores", "contribution margin (cm2) of the scores"));
    if let Some((frame, table, name)) = ladder.or(scored)
        && let Ok(cm2) = frame.column("cm2")
    {
        basis = Some(name);
        for (place, cm2) in base.places(frame, table)?.into_iter().zip(cm2.f64()?.iter()) {
            if let Some(place) = place {
                rows[place as usize].margin = cm2;
            }
        }
    } else if lines.has("cost") {
        basis = Some("gross margin of lines with known cost");
        let from = input.window.from().days_since_epoch();
        for own in days.chunk_by(|a, b| a.customer == b.customer) {
            let inside: Vec<&Day> = own.iter().filter(|day| from <= day.day).collect();
            let sum = |of: fn(&Day) -> i64| inside.iter().map(|day| i128::from(of(day))).sum::<i128>();
            let (known, cost) = (sum(|day| day.known_net), sum(|day| day.cost));
            let is_known = known != 0 || cost != 0;
            rows[own[0].customer as usize].margin = is_known.then(|| money(known - cost));
        }
    }
    let total = rows.iter().filter_map(|row| row.margin).collect::<ExactSum>().value();
    for row in rows.iter_mut() {
        row.share_of_firm_margin = row.margin.filter(|_| total > 0.0).map(|margin| margin / total);
    }
    Ok(basis)
}

/// Grade, segment, p_alive and the decile of lifetime value.
fn scores(rows: &mut [Row], input: &ProfileInput<'_>, base: &Base) -> Result<(), ProfileError> {
    let Some(scores) = input.scores else { return Ok(()) };
    let frame = scores.frame();
    let places = base.places(frame, "scores")?;
    let at = |i: usize| places[i].map(|place| place as usize);
    for (name, set) in [
        ("grade", (|row: &mut Row, name: &str| row.grade = Some(name.to_owned())) as fn(&mut Row, &str)),
        ("segment", |row, name| row.given_segment = Some(name.to_owned())),
    ] {
        let Ok(column) = frame.column(name) else { continue };
        for (i, value) in column.str()?.iter().enumerate() {
            if let Some((place, value)) = at(i).zip(value) {
                set(&mut rows[place], value);
            }
        }
    }
    let mut values = Vec::new();
    for name in ["p_alive", "ltv_total"] {
        let Ok(column) = frame.column(name) else { continue };
        for (i, value) in column.f64()?.iter().enumerate() {
            match at(i).zip(value) {
                Some((place, value)) if name == "p_alive" => rows[place].p_alive = Some(value),
                Some((place, value)) => values.push((place, value)),
                None => {}
            }
        }
    }
    values.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let n = values.len();
    for (rank, (place, _)) in values.into_iter().enumerate() {
        rows[place].ltv_decile = Some(rank * 10 / n + 1);
    }
    Ok(())
}
