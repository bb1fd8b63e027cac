//! How good products are: complaints, defects, returns and warranty, with limits of what is chance.

use std::collections::BTreeMap;

use emptor_table::LineKind;
use polars::prelude::{DataType, Expr, IntoColumn, LazyFrame, PolarsResult, col, len, lit};

use super::facts::{Facts, MILLIONTHS, millionths, names};
use super::incidence::same_type;
use super::settings::ProductSettings;
use crate::profile::lines::{Lines, collect, is};
use crate::profile::words::{decimal, percent};
use crate::profile::{Finding, Gap, Need, ProfileError, ProfileInput, ResultTable, Section};
use crate::table::{Of, count, frame, known, same_text, specs, text};

/// Limits of a control chart: what lies between them may be chance.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct ControlLimits {
    /// The rate of all together.
    pub centre: f64,
    /// Lower limit, at least 0.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
}

impl ControlLimits {
    /// Of a rate of events per unit among `units` units, of which a unit can have several (u-chart: Shewhart 1931;
    /// Montgomery, *Introduction to Statistical Quality Control*, §7.3): `ū ± sigmas·√(ū/units)`. `None` without units.
    ///
    /// ```
    /// use emptor_core::profile::product::ControlLimits;
    ///
    /// // 40 complaints of 1000 units in all; this batch is of 100.
    /// let limits = ControlLimits::of_events(40.0, 1000.0, 100.0, 3.0).ok_or("there are units")?;
    /// assert!((limits.high - 0.1).abs() < 1e-12 && limits.low.abs() < 1e-12);
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn of_events(events: f64, all_units: f64, units: f64, sigmas: f64) -> Option<Self> {
        let centre = events / all_units;
        (all_units > 0.0 && units > 0.0).then(|| Self::around(centre, sigmas * (centre / units).sqrt()))
    }

    /// Of a share of `units` units, each of which has the property or has not (p-chart): `p̄ ± sigmas·√(p̄(1 − p̄)/units)`.
    /// `None` without units.
    #[must_use]
    pub fn of_share(having: f64, all_units: f64, units: f64, sigmas: f64) -> Option<Self> {
        let centre = (having / all_units).min(1.0);
        let error = (centre * (1.0 - centre) / units).sqrt();
        (all_units > 0.0 && units > 0.0).then(|| Self::around(centre, sigmas * error))
    }

    fn around(centre: f64, half: f64) -> Self {
        Self { centre, low: (centre - half).max(0.0), high: centre + half }
    }

    /// `above`, `below`, or nothing.
    #[must_use]
    pub fn signal(&self, rate: f64) -> Option<&'static str> {
        if rate > self.high {
            Some("above")
        } else if rate < self.low {
            Some("below")
        } else {
            None
        }
    }
}

/// What was said about a product, a batch or a supplier's goods.
#[derive(Debug, Clone, Copy, Default)]
struct Said {
    tickets: usize,
    defects: usize,
    warranty: Option<f64>,
}

/// A product, a batch or a supplier.
struct Row {
    group: &'static str,
    key: String,
    name: Option<String>,
    sold: Option<f64>,
    returned: Option<f64>,
    said: Option<Said>,
    knows_defects: bool,
    defects: Option<ControlLimits>,
    returns: Option<ControlLimits>,
}

impl Row {
    fn rate(&self, events: Option<usize>) -> Option<f64> {
        self.sold.filter(|sold| *sold > 0.0).and_then(|sold| events.map(|events| events as f64 / sold))
    }

    fn defect_rate(&self) -> Option<f64> {
        self.rate(self.said.filter(|_| self.knows_defects).map(|said| said.defects))
    }

    fn return_rate(&self) -> Option<f64> {
        self.sold.filter(|sold| *sold > 0.0).and_then(|sold| self.returned.map(|returned| returned / sold))
    }

    fn defect_signal(&self) -> Option<String> {
        self.defects?.signal(self.defect_rate()?).map(str::to_owned)
    }

    fn return_signal(&self) -> Option<String> {
        self.returns?.signal(self.return_rate()?).map(str::to_owned)
    }
}

/// The rows of a table, and the first day of the window.
struct Rows {
    rows: Vec<Row>,
    start: String,
}

macro_rules! measures {
    ($($key:expr),*) => {
        &[
            $($key,)*
            same_text("period_start", "date", "first day of the window", |of| of.start.clone()),
            known("defects_per_1000", "per 1000 units", "tickets that report a defect by units sold", |of, row| {
                of.rows[row].defect_rate().map(|rate| 1000.0 * rate)
            }),
            known("return_rate", "share of units", "units sent back by units sold, both in the window", |of, row| {
                of.rows[row].return_rate()
            }),
            known("warranty_cost", "currency", "cost of warranty; null where none is known", |of, row| {
                of.rows[row].said.and_then(|said| said.warranty)
            }),
            text("name", "", "its name", |of, row| of.rows[row].name.clone()),
            known("units", "units", "units sold", |of, row| of.rows[row].sold),
            count("tickets", "tickets", "tickets about it", |of, row| of.rows[row].said.map(|said| said.tickets)),
            known("complaints_per_1000", "per 1000 units", "tickets about it by units sold", |of, row| {
                of.rows[row].rate(of.rows[row].said.map(|said| said.tickets)).map(|rate| 1000.0 * rate)
            }),
            known("defects_low", "per 1000 units", "lower limit of what may be chance (u-chart); null for few units", |of, row| {
                of.rows[row].defects.map(|limits| 1000.0 * limits.low)
            }),
            known("defects_high", "per 1000 units", "upper limit", |of, row| {
                of.rows[row].defects.map(|limits| 1000.0 * limits.high)
            }),
            text("defects_signal", "", "above or below the limits; null between them", |of, row| of.rows[row].defect_signal()),
            known("returns_low", "share of units", "lower limit of what may be chance (p-chart); null for few units", |of, row| {
                of.rows[row].returns.map(|limits| limits.low)
            }),
            known("returns_high", "share of units", "upper limit", |of, row| of.rows[row].returns.map(|limits| limits.high)),
            text("returns_signal", "", "above or below the limits; null between them", |of, row| of.rows[row].return_signal()),
        ]
    };
}

const BY_PRODUCT: &[Of<Rows>] =
    measures!(text("product_id", "", "the product", |of, row| Some(of.rows[row].key.clone())));
const BY_GROUP: &[Of<Rows>] = measures!(
    text("group", "", "batch or supplier", |of, row| Some(of.rows[row].group.to_owned())),
    text("key", "", "which", |of, row| Some(of.rows[row].key.clone()))
);

/// Adds what is known of quality to the section.
pub(super) fn add(
    section: &mut Section,
    input: &ProfileInput<'_>,
    settings: &ProductSettings,
    facts: &Facts,
) -> Result<(), ProfileError> {
    let (tables, transactions) = (&input.tables, input.tables.transactions());
    let mut needs = Vec::new();
    if !transactions.has("quantity") {
        needs.push(Need::column("transactions", "quantity"));
        let reason = "complaints and returns are measured by units sold";
        section.gaps.push(Gap::new("product_quality", needs, reason));
        return Ok(());
    }
    let about_products = tables.tickets().filter(|tickets| tickets.has("product_id"));
    match (tables.tickets(), about_products) {
        (None, _) => needs.push(Need::table("tickets")),
        (Some(_), None) => needs.push(Need::column("tickets", "product_id")),
        (Some(tickets), Some(_)) => {
            for column in ["category", "warranty_cost"].into_iter().filter(|column| !tickets.has(column)) {
                needs.push(Need::column("tickets", column));
            }
        }
    }
    if !needs.is_empty() {
        let reason = "complaints, defects or cost of warranty by product are not known, returns are";
        section.gaps.push(Gap::new("complaints, defects and warranty in product_quality", needs, reason));
    }
    let said = match about_products {
        Some(tickets) => {
            let mut rows = tickets.rows();
            let dtype = rows.collect_schema()?.get("product_id").cloned().unwrap_or(DataType::Null);
            same_type("product_id", transactions.lines(), &dtype, "tickets")?;
            Some(said(input, settings, "product_id")?)
        }
        None => None,
    };
    let knows_defects = tables.tickets().is_some_and(|tickets| tickets.has("category"));
    let row = |i: usize| Row {
        group: "product",
        key: facts.keys[i].clone(),
        name: facts.names[i].clone(),
        sold: facts.sold[i],
        returned: facts.returned[i],
        said: said.as_ref().map(|said| said.get(&facts.keys[i]).copied().unwrap_or_default()),
        knows_defects,
        defects: None,
        returns: None,
    };
    let by_product = limited((0..facts.keys.len()).map(row).collect(), settings);
    let start = input.window.from().to_string();
    let of = Rows { rows: by_product, start: start.clone() };
    section.findings.extend(findings(&of.rows, settings));
    const COLUMNS: [crate::ColumnSpec; BY_PRODUCT.len()] = specs(BY_PRODUCT);
    let mut cells = frame(BY_PRODUCT, &of, of.rows.len())?;
    cells.with_column(facts.ids.clone().with_name("product_id".into()).into_column())?;
    let about = "one row per product, over the whole window, by id; returns count on the day they came";
    section.tables.push(ResultTable::new("product_quality", about, cells, COLUMNS)?);

    let groups = limited(by_supplier(input, &of.rows)?, settings);
    let batches = if transactions.has("batch") { limited(by_batch(input, settings)?, settings) } else { Vec::new() };
    let groups: Vec<Row> = batches.into_iter().chain(groups).collect();
    if groups.is_empty() {
        let needs = [Need::column("transactions", "batch"), Need::column("products", "supplier_id")];
        section.gaps.push(Gap::new("quality_by_source", needs, "neither batches nor suppliers of goods are known"));
        return Ok(());
    }
    const GROUPS: [crate::ColumnSpec; BY_GROUP.len()] = specs(BY_GROUP);
    section.findings.extend(findings(&groups, settings));
    let of = Rows { rows: groups, start };
    let about = "one row per batch and per supplier, over the whole window, by key";
    let cells = frame(BY_GROUP, &of, of.rows.len())?;
    section.tables.push(ResultTable::new("quality_by_source", about, cells, GROUPS)?);
    Ok(())
}

/// Adds the limits, of the rows of a group together.
fn limited(mut rows: Vec<Row>, settings: &ProductSettings) -> Vec<Row> {
    let sigmas = settings.control_sigmas;
    let units: f64 = rows.iter().filter_map(|row| row.sold).sum();
    let returned: f64 = rows.iter().filter_map(|row| row.returned).sum();
    let defects: usize = rows.iter().filter_map(|row| row.said).map(|said| said.defects).sum();
    for row in &mut rows {
        // The limits rest on a normal approximation, and one of one units sent back is no alarm.
        let own = row.sold.filter(|sold| *sold >= settings.min_n as f64).unwrap_or(0.0);
        if row.said.is_some() && row.knows_defects {
            row.defects = ControlLimits::of_events(defects as f64, units, own, sigmas);
        }
        if row.returned.is_some() {
            row.returns = ControlLimits::of_share(returned, units, own, sigmas);
        }
    }
    rows
}

/// What tickets of the window say, by one of their columns.
fn said(
    input: &ProfileInput<'_>,
    settings: &ProductSettings,
    key: &str,
) -> Result<BTreeMap<String, Said>, ProfileError> {
    let Some(tickets) = input.tables.tickets() else { return Ok(BTreeMap::new()) };
    let mut sums = vec![len().cast(DataType::Int64).alias("tickets")];
    if tickets.has("category") {
        let category = col("category").str().to_lowercase();
        let words = settings.defect_categories.iter();
        let is_defect = words
            .fold(lit(false), |any: Expr, word| any.or(category.clone().str().contains_literal(lit(word.as_str()))));
        sums.push(is_defect.fill_null(lit(false)).cast(DataType::Int64).sum().alias("defects"));
    }
    if tickets.has("warranty_cost") {
        let cost = col("warranty_cost");
        sums.push(millionths(cost.clone()).sum().alias("warranty"));
        sums.push(cost.is_not_null().cast(DataType::Int64).sum().alias("costed"));
    }
    let of_key = opened(input, tickets.rows()).filter(col(key).is_not_null());
    let rows = collect(of_key.group_by([col(key).cast(DataType::String).alias("key")]).agg(sums))?;
    let number = |name: &str, row: usize| -> PolarsResult<Option<i64>> {
        rows.column(name).map_or(Ok(None), |column| Ok(column.i64()?.get(row)))
    };
    let mut said = BTreeMap::new();
    for (row, key) in rows.column("key")?.str()?.iter().enumerate() {
        let count = |name: &str| -> PolarsResult<usize> {
            Ok(number(name, row)?.and_then(|n| usize::try_from(n).ok()).unwrap_or(0))
        };
        let known = count("costed")? > 0;
        let warranty = number("warranty", row)?.filter(|_| known).map(|sum| sum as f64 / MILLIONTHS);
        let own = Said { tickets: count("tickets")?, defects: count("defects")?, warranty };
        said.insert(key.unwrap_or_default().to_owned(), own);
    }
    Ok(said)
}

/// Tickets opened in the window.
pub(super) fn opened(input: &ProfileInput<'_>, tickets: LazyFrame) -> LazyFrame {
    let day = col("opened").to_physical();
    let (from, to) = (input.window.from().days_since_epoch(), input.window.as_of().days_since_epoch());
    tickets.filter(day.clone().gt_eq(lit(from)).and(day.lt_eq(lit(to))))
}

fn by_batch(input: &ProfileInput<'_>, settings: &ProductSettings) -> Result<Vec<Row>, ProfileError> {
    let lines = Lines::of(&input.tables)?.within(&input.window).filter(col("batch").is_not_null());
    let units = |kind: LineKind| millionths(col("quantity")).filter(is(kind)).sum();
    let rows = collect(
        lines
            .group_by([col("batch")])
            .agg([units(LineKind::Sale).alias("sold"), units(LineKind::Return).alias("returned")]),
    )?;
    let knows = input.tables.tickets().filter(|tickets| tickets.has("batch"));
    let said = if knows.is_some() { Some(said(input, settings, "batch")?) } else { None };
    let (sold, returned) = (rows.column("sold")?.i64()?, rows.column("returned")?.i64()?);
    let mut batches = BTreeMap::new();
    for (row, key) in rows.column("batch")?.str()?.iter().enumerate() {
        let units = |n: Option<i64>| Some(n.unwrap_or(0) as f64 / MILLIONTHS);
        batches
            .insert(key.unwrap_or_default().to_owned(), (units(sold.get(row)), units(returned.get(row)).map(f64::abs)));
    }
    let row = |(key, (sold, returned)): (String, (Option<f64>, Option<f64>))| Row {
        group: "batch",
        name: None,
        sold,
        returned,
        said: said.as_ref().map(|said| said.get(&key).copied().unwrap_or_default()),
        knows_defects: knows.is_some_and(|tickets| tickets.has("category")),
        defects: None,
        returns: None,
        key,
    };
    Ok(batches.into_iter().map(row).collect())
}

fn by_supplier(input: &ProfileInput<'_>, products: &[Row]) -> Result<Vec<Row>, ProfileError> {
    let suppliers = names(input, "supplier_id")?;
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    for product in products {
        let Some(supplier) = suppliers.get(&product.key) else { continue };
        let row = rows.entry(supplier).or_insert_with(|| Row {
            group: "supplier",
            key: supplier.clone(),
            name: None,
            sold: Some(0.0),
            returned: Some(0.0),
            said: product.said.map(|_| Said::default()),
            knows_defects: product.knows_defects,
            defects: None,
            returns: None,
        });
        let plus = |a: Option<f64>, b: Option<f64>| Some(a.unwrap_or(0.0) + b.unwrap_or(0.0));
        row.sold = plus(row.sold, product.sold);
        row.returned = plus(row.returned, product.returned);
        if let (Some(all), Some(own)) = (&mut row.said, product.said) {
            all.tickets += own.tickets;
            all.defects += own.defects;
            all.warranty = if own.warranty.is_some() { plus(all.warranty, own.warranty) } else { all.warranty };
        }
    }
    Ok(rows.into_values().collect())
}

/// The product, batch or supplier whose returns or defects are furthest beyond chance.
fn findings(rows: &[Row], settings: &ProductSettings) -> Vec<Finding> {
    let enough = |row: &&Row| row.sold.is_some_and(|sold| sold >= settings.min_n as f64);
    let name = |row: &Row| row.name.clone().unwrap_or_else(|| row.key.clone());
    let table =
        if rows.first().is_some_and(|row| row.group == "product") { "product_quality" } else { "quality_by_source" };
    let group = |row: &Row| if row.group == "product" { String::new() } else { format!("{} ", row.group) };
    let mut findings = Vec::new();
    let excess = |row: &Row| Some(row.return_rate()? - row.returns?.high).filter(|excess| *excess > 0.0);
    // What stands out is weighed by the units that it makes, not by the rate of a handful.
    let weight = |row: &Row, excess: Option<f64>| excess.map(|excess| excess * row.sold.unwrap_or(0.0));
    let worst = |of: &dyn Fn(&Row) -> Option<f64>| {
        let by = |row: &&Row| weight(row, of(row)).unwrap_or(0.0);
        rows.iter().filter(enough).filter(|row| of(row).is_some()).max_by(|x, y| by(x).total_cmp(&by(y)))
    };
    if let Some(row) = worst(&excess)
        && let (Some(rate), Some(limits)) = (row.return_rate(), row.returns)
    {
        let headline = format!(
            "Of the units of {}{}, {} come back, against {} of all; chance alone would stay below {}.",
            group(row),
            name(row),
            percent(rate),
            percent(limits.centre),
            percent(limits.high)
        );
        let caveat = "Units of one order come back together, so that a single great return can stand out.";
        findings.push(Finding::new(table, 0.6, headline).with_caveat(caveat));
    }
    let excess = |row: &Row| Some(row.defect_rate()? - row.defects?.high).filter(|excess| *excess > 0.0);
    if let Some(row) = worst(&excess)
        && let (Some(rate), Some(limits)) = (row.defect_rate(), row.defects)
    {
        let headline = format!(
            "Reports of defects of {}{} are {} per 1,000 units, against {} of all; chance alone would stay below {}.",
            group(row),
            name(row),
            decimal(1000.0 * rate),
            decimal(1000.0 * limits.centre),
            decimal(1000.0 * limits.high)
        );
        findings.push(Finding::new(table, 0.65, headline));
    }
    findings
}
