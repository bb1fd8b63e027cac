//! `launch_cannibalisation`: what a new product takes from its sisters.

use std::collections::{BTreeMap, HashMap};

use emptor_table::{LineKind, Products};
use emptor_types::{Date, Level};
use polars::prelude::{
    DataFrame, DataType, IntoColumn, IntoLazy, JoinArgs, JoinType, LazyFrame, NamedFrom, PolarsResult, Series, col, lit,
};

use super::cannibalisation::{Cannibalisation, cannibalisation};
use super::facts::{Facts, MILLIONTHS, millionths};
use super::incidence::same_type;
use super::settings::ProductSettings;
use crate::profile::lines::{Lines, collect, is};
use crate::profile::words::{self, money, percent};
use crate::profile::{Finding, Gap, Need, ProfileError, ProfileInput, ResultTable, Section};
use crate::statistics::Interval;
use crate::table::{Of, count, flag, frame, known, number, specs, text};

/// Confidence of intervals.
const LEVEL: f64 = 0.95;
/// A change is called one below this probability of an accident.
const BEYOND_CHANCE: f64 = 0.05;

/// A launch in the window.
struct Launch {
    place: usize,
    key: String,
    name: Option<String>,
    day: Date,
    category: String,
    own: f64,
    before: f64,
    after: f64,
    of: Option<Cannibalisation>,
    growth: Option<f64>,
    others: usize,
}

impl Launch {
    fn share(&self) -> Option<f64> {
        self.of.as_ref()?.share(self.own)
    }

    /// Interval of the share.
    fn shares(&self) -> Option<Interval> {
        let interval = self.of.as_ref()?.interval;
        (self.own > 0.0).then(|| Interval { low: interval.low / self.own, high: interval.high / self.own })
    }
}

struct Launches {
    rows: Vec<Launch>,
    weeks: usize,
}

const TABLE: &[Of<Launches>] = &[
    text("product_id", "", "the product that was launched", |of, row| Some(of.rows[row].key.clone())),
    text("launch_date", "date", "first day of sale", |of, row| Some(of.rows[row].day.to_string())),
    text("category", "", "its category: its sisters are the other products of it", |of, row| {
        Some(of.rows[row].category.clone())
    }),
    number("sales", "currency", "its own sales in the weeks after", |of, row| of.rows[row].own),
    number("sisters_before", "currency", "sales of its sisters in as many weeks before", |of, row| of.rows[row].before),
    number("sisters_after", "currency", "sales of its sisters in the weeks after", |of, row| of.rows[row].after),
    known(
        "expected",
        "currency",
        "what they would have sold then had they kept up with the other categories; null where they sold nothing before",
        |of, row| Some(of.rows[row].of?.expected),
    ),
    known("taken", "currency", "expected less sold; negative where they gained", |of, row| {
        Some(of.rows[row].of?.taken)
    }),
    known("taken_lo", "currency", "lower end of its 95 % interval", |of, row| Some(of.rows[row].of?.interval.low)),
    known("taken_hi", "currency", "upper end of it", |of, row| Some(of.rows[row].of?.interval.high)),
    known(
        "share",
        "share of sales",
        "taken / sales: the cannibalisation rate; above 1 the sisters lack more than the launch sold",
        |of, row| of.rows[row].share(),
    ),
    known("share_lo", "share of sales", "lower end of its 95 % interval", |of, row| Some(of.rows[row].shares()?.low)),
    known("share_hi", "share of sales", "upper end of it", |of, row| Some(of.rows[row].shares()?.high)),
    known("category_gain", "currency", "sales less taken: what the category has gained", |of, row| {
        Some(of.rows[row].own - of.rows[row].of?.taken)
    }),
    known(
        "control_growth",
        "share",
        "growth of the other categories from the weeks before to those after",
        |of, row| of.rows[row].growth,
    ),
    count("weeks", "weeks", "weeks before, and as many after", |of, _| Some(of.weeks)),
    count("other_launches", "products", "other products of the category launched in these weeks", |of, row| {
        Some(of.rows[row].others)
    }),
    text("name", "", "its name", |of, row| of.rows[row].name.clone()),
    flag("is_shared", "", "whether what is taken may be that of other launches too", |of, row| of.rows[row].others > 0),
];

/// Adds what launches of the window took from their category, or the gap.
///
/// Sales of the product's category, without those of products that came or went in the weeks that are compared, against
/// those of all other categories, again without what came or went: see [`cannibalisation`].
pub(super) fn add(
    section: &mut Section,
    input: &ProfileInput<'_>,
    settings: &ProductSettings,
    facts: &Facts,
) -> Result<(), ProfileError> {
    const COLUMNS: [crate::ColumnSpec; TABLE.len()] = specs(TABLE);
    const NAME: &str = "launch_cannibalisation";
    let has = |role: &str| input.tables.products().is_some_and(|products| products.has(role));
    let Some(products) = input.tables.products().filter(|_| has("launch_date") && has("category")) else {
        let needs: Vec<Need> = ["launch_date", "category"]
            .into_iter()
            .filter(|role| !has(role))
            .map(|role| Need::column("products", role))
            .collect();
        let reason = "without days of launch and categories nobody can tell what is new, and whose sister";
        section.gaps.push(Gap::new(NAME, needs, reason));
        return Ok(());
    };
    let lives = lives(input, products)?;
    let span = i32::from(settings.launch_weeks) * 7;
    let (from, as_of) = (input.window.from().days_since_epoch(), input.window.as_of().days_since_epoch());
    let lines = Lines::of(&input.tables)?;
    let Some(first) = first_day(&lines, input)? else { return Ok(()) };
    let launched = |life: &&Life| life.launch.is_some_and(|day| (from..=as_of).contains(&day));
    let (whole, cut): (Vec<&Life>, Vec<&Life>) = lives
        .values()
        .filter(launched)
        .partition(|life| life.launch.is_some_and(|day| day - span >= first && day + span - 1 <= as_of));
    let mut rows = launches(input, facts, &lines, &lives, &whole, span)?;
    rows.sort_by_key(|row| row.place);
    if rows.is_empty() {
        let reason = format!(
            "no product with a category was launched in the window with {} of sales before and after it",
            words::many(usize::from(settings.launch_weeks), "week", "weeks")
        );
        section.gaps.push(Gap::new(NAME, [], reason));
        return Ok(());
    }
    section.findings.extend(finding(&rows, facts, settings));
    let of = Launches { rows, weeks: usize::from(settings.launch_weeks) };
    let mut cells = frame(TABLE, &of, of.rows.len())?;
    let places = of.rows.iter().map(|row| row.place as u32).collect();
    let ids = facts.ids.take(&polars::prelude::IdxCa::from_vec("rows".into(), places))?;
    cells.with_column(ids.with_name("product_id".into()).into_column())?;
    let days: Vec<i32> = of.rows.iter().map(|row| row.day.days_since_epoch()).collect();
    cells.with_column(Series::new("launch_date".into(), days).cast(&DataType::Date)?.into_column())?;
    let about = "one row per product launched in the window, by id: what its category lacks after it, against the growth of \
                 the other categories";
    let more = of.rows.iter().filter(|row| row.share().is_some_and(|share| share > 1.0)).count();
    let mut table = ResultTable::new(NAME, about, cells, COLUMNS)?.with_flag(
        "difference in differences: whatever else changed in one category at that time, a season or a price, counts as taken \
         or gained",
    );
    if more > 0 {
        let flag =
            format!("share above 1: the sisters of {more} launches lack more than these sold, for another reason too");
        table = table.with_flag(flag);
    }
    if !cut.is_empty() {
        table = table.with_flag(format!("{} launches have too few weeks before or after them", cut.len()));
    }
    section.tables.push(table);
    Ok(())
}

/// When a product was sold.
struct Life {
    key: String,
    category: Option<String>,
    launch: Option<i32>,
    end: Option<i32>,
}

impl Life {
    /// Whether it came or went from one day to another.
    fn changes(&self, from: i32, to: i32) -> bool {
        [self.launch, self.end].into_iter().flatten().any(|day| (from..=to).contains(&day))
    }
}

/// Lives by product.
fn lives(input: &ProfileInput<'_>, products: &Products) -> Result<BTreeMap<String, Life>, ProfileError> {
    let mut rows = products.rows();
    let dtype = rows.collect_schema()?.get("product_id").cloned().unwrap_or(DataType::Null);
    same_type("product_id", input.tables.transactions().lines(), &dtype, "products")?;
    let day = |name: &str| {
        if products.has(name) {
            col(name).to_physical().cast(DataType::Int32)
        } else {
            lit(polars::prelude::NULL).cast(DataType::Int32).alias(name)
        }
    };
    let rows = collect(rows.select([
        col("product_id").cast(DataType::String),
        col("category").cast(DataType::String),
        day("launch_date"),
        day("end_date"),
    ]))?;
    let (ids, categories) = (rows.column("product_id")?.str()?, rows.column("category")?.str()?);
    let (launches, ends) = (rows.column("launch_date")?.i32()?, rows.column("end_date")?.i32()?);
    let mut lives: BTreeMap<String, Life> = BTreeMap::new();
    // A product may stand on several rows, one for each of its costs.
    for row in 0..rows.height() {
        let Some(id) = ids.get(row) else { continue };
        let life = lives.entry(id.to_owned()).or_insert_with(|| Life {
            key: id.to_owned(),
            category: None,
            launch: None,
            end: None,
        });
        let category = categories.get(row).map(str::to_owned);
        life.category = category.or(life.category.take());
        life.launch = life.launch.into_iter().chain(launches.get(row)).min();
        life.end = life.end.into_iter().chain(ends.get(row)).max();
    }
    Ok(lives)
}

fn first_day(lines: &Lines, input: &ProfileInput<'_>) -> PolarsResult<Option<i32>> {
    let day = col("date").to_physical().cast(DataType::Int32).min().alias("day");
    let first = collect(lines.until(&input.window).filter(is(LineKind::Sale)).select([day]))?;
    Ok(first.column("day")?.i32()?.get(0))
}

/// Sales by name and day, in millionths.
type Daily = HashMap<String, BTreeMap<i32, i64>>;

fn daily(rows: LazyFrame, name: &str) -> PolarsResult<Daily> {
    let rows = collect(
        rows.select([
            col(name).cast(DataType::String).alias("name"),
            col("date").to_physical().cast(DataType::Int32).alias("day"),
            millionths(col("amount")).alias("net"),
        ])
        .group_by([col("name"), col("day")])
        .agg([col("net").sum()]),
    )?;
    let mut found = Daily::new();
    let (names, days, net) = (rows.column("name")?.str()?, rows.column("day")?.i32()?, rows.column("net")?.i64()?);
    for ((name, day), net) in names.iter().zip(days.iter()).zip(net.iter()) {
        if let (Some(name), Some(day), Some(net)) = (name, day, net) {
            found.entry(name.to_owned()).or_default().insert(day, net);
        }
    }
    Ok(found)
}

/// Adds the sales of so many days from one on to weeks.
fn add_weeks(weeks: &mut [i64], of: Option<&BTreeMap<i32, i64>>, from: i32, sign: i64) {
    let until = from + 7 * weeks.len() as i32;
    for (day, net) in of.into_iter().flat_map(|days| days.range(from..until)) {
        weeks[((day - from) / 7) as usize] += sign * net;
    }
}

fn launches(
    input: &ProfileInput<'_>,
    facts: &Facts,
    lines: &Lines,
    lives: &BTreeMap<String, Life>,
    launched: &[&Life],
    span: i32,
) -> Result<Vec<Launch>, ProfileError> {
    let days = launched.iter().filter_map(|life| life.launch);
    let (Some(first), Some(last)) = (days.clone().min(), days.max()) else { return Ok(Vec::new()) };
    let (from, to) = (first - span, last + span - 1);
    let day = || col("date").to_physical();
    let sold = is(LineKind::Sale).and(col("product_id").is_not_null()).and(col("category").is_not_null());
    let sold = lines.until(&input.window).filter(sold.and(day().gt_eq(lit(from))).and(day().lt_eq(lit(to))));
    // By product only those that come or go: all others are told by their category.
    let moving: Vec<&Life> = lives.values().filter(|life| life.changes(from, to) && life.category.is_some()).collect();
    let keys = Series::new("product".into(), moving.iter().map(|life| life.key.as_str()).collect::<Vec<_>>());
    let keys = DataFrame::new(keys.len(), vec![keys.into_column()])?.lazy();
    let key = col("product_id").cast(DataType::String);
    let of_moving = sold.clone().with_column(key.alias("product")).join(
        keys,
        [col("product")],
        [col("product")],
        JoinArgs::new(JoinType::Semi),
    );
    let (by_product, by_category) = (daily(of_moving, "product")?, daily(sold, "category")?);
    let mut total: BTreeMap<i32, i64> = BTreeMap::new();
    for (day, net) in by_category.values().flatten() {
        *total.entry(*day).or_default() += net;
    }
    let (places, level) = (facts.place(), Level::new(LEVEL)?);
    let mut rows = Vec::new();
    for life in launched {
        let (Some(place), Some(day), Some(category)) = (places.get(life.key.as_str()), life.launch, &life.category)
        else {
            continue;
        };
        let changed = moving.iter().filter(|other| other.changes(day - span, day + span - 1));
        let weeks = |from: i32| -> (Vec<f64>, Vec<f64>) {
            let mut sisters = vec![0_i64; (span / 7) as usize];
            let mut rest = sisters.clone();
            add_weeks(&mut sisters, by_category.get(category), from, 1);
            add_weeks(&mut rest, Some(&total), from, 1);
            add_weeks(&mut rest, by_category.get(category), from, -1);
            for other in changed.clone() {
                let of = if other.category.as_ref() == Some(category) { &mut sisters } else { &mut rest };
                add_weeks(of, by_product.get(&other.key), from, -1);
            }
            let money = |weeks: Vec<i64>| weeks.into_iter().map(|week| week as f64 / MILLIONTHS).collect();
            (money(sisters), money(rest))
        };
        let ((before, control_before), (after, control_after)) = (weeks(day - span), weeks(day));
        let mut own = vec![0_i64; (span / 7) as usize];
        add_weeks(&mut own, by_product.get(&life.key), day, 1);
        let sum = |weeks: &[f64]| weeks.iter().sum::<f64>();
        let (base, then) = (sum(&control_before), sum(&control_after));
        let came = |other: &&&Life| {
            other.key != life.key
                && other.category.as_ref() == Some(category)
                && other.launch.is_some_and(|own| (day - span..day + span).contains(&own))
        };
        rows.push(Launch {
            place: *place,
            key: life.key.clone(),
            name: facts.names[*place].clone(),
            day: Date::from_days_since_epoch(day)?,
            category: category.clone(),
            own: own.iter().sum::<i64>() as f64 / MILLIONTHS,
            before: sum(&before),
            after: sum(&after),
            of: cannibalisation((&before, &after), (&control_before, &control_after), level),
            growth: (base > 0.0).then(|| then / base - 1.0),
            others: changed.clone().filter(came).count(),
        });
    }
    Ok(rows)
}

/// The launch that demonstrably took most, or that none did.
fn finding(rows: &[Launch], facts: &Facts, settings: &ProductSettings) -> Option<Finding> {
    // Sisters that lack more than was sold of the new product lack it for another reason.
    let clear: Vec<&Launch> =
        rows.iter().filter(|row| row.others == 0 && row.share().is_some_and(|share| share <= 1.0)).collect();
    let taken = |row: &Launch| row.of.map_or(0.0, |of| of.taken);
    // Of many launches one looks bad by chance alone: every one counts as a test (Bonferroni).
    let proven =
        clear.iter().filter(|row| row.of.is_some_and(|of| of.p_value() * (clear.len() as f64) < BEYOND_CHANCE));
    let most = proven.filter(|row| taken(row) > 0.0);
    let most = most.max_by(|a, b| taken(a).total_cmp(&taken(b)).then(b.place.cmp(&a.place)));
    let weeks = words::many(usize::from(settings.launch_weeks), "week", "weeks");
    let caveat =
        "Against the growth of the other categories: a season or a price of this one alone would look the same.";
    if let Some((row, share, interval)) = most.and_then(|row| Some((row, row.share()?, row.shares()?))) {
        let headline = format!(
            "Of the {} that {} sold in its first {weeks}, {} came from its sisters in {} (95 % interval {} to {}).",
            money(row.own),
            facts.label(row.place),
            percent(share),
            row.category,
            percent(interval.low),
            percent(interval.high),
        );
        return Some(Finding::new("launch_cannibalisation", 0.55, headline).with_caveat(caveat));
    }
    let headline = match clear.as_slice() {
        [] => return None,
        [row] => format!(
            "{} took nothing from its sisters in {} in its first {weeks} that chance does not make of weeks.",
            facts.label(row.place),
            row.category
        ),
        _ => format!(
            "None of {} products took from its sisters in its first {weeks} what chance does not make of weeks.",
            words::count(clear.len())
        ),
    };
    Some(Finding::new("launch_cannibalisation", 0.3, headline).with_caveat(caveat))
}

#[cfg(test)]
#[path = "launches_tests.rs"]
mod tests;
