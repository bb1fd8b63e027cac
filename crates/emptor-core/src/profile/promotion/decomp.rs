//! What price promotions moved: the table `promo_decomp`.

use std::collections::{BTreeMap, HashMap};

use emptor_table::LineKind;
use polars::prelude::{DataType, Expr, col};

use super::audience::Campaign;
use super::panel::{Panel, Product};
use super::price::{BaselineRule, Elasticity, PromotionUnits, baseline_units, elasticity, promotion_units};
use super::read::{gather, millionths, read_campaigns};
use super::settings::PromotionSettings;
use crate::columns::ColumnSpec;
use crate::period::Grain;
use crate::profile::lines::{Lines, is, period_start};
use crate::profile::{Coverage, ProfileError, ProfileInput, ResultTable};
use crate::table::{Of, count, frame, known, number, specs, text};

/// Promotions of a product, in a campaign or out of any.
#[derive(Debug, Clone)]
pub(super) struct Decomposition {
    pub(super) campaign: Option<String>,
    pub(super) product: String,
    category: Option<String>,
    pub(super) sold: PromotionUnits,
    spill: Option<f64>,
    pub(super) margin_net: Option<f64>,
    elasticity: Option<Elasticity>,
}

impl Decomposition {
    fn measured(&self) -> Option<&PromotionUnits> {
        (self.sold.weeks > 0).then_some(&self.sold)
    }
}

const TABLE: &[Of<[Decomposition]>] = &[
    text("campaign_id", "", "the campaign; null for promotions of none", |of, row| of[row].campaign.clone()),
    text("product_id", "", "the product, as text", |of, row| Some(of[row].product.clone())),
    known("baseline_units", "unit", "units that would have been sold anyway", |of, row| {
        Some(of[row].measured()?.baseline)
    }),
    known("incr_units", "unit", "units sold in the promotion weeks less these", |of, row| {
        Some(of[row].measured()?.incremental)
    }),
    known("pull_forward", "unit", "units that the weeks after lack: brought forward", |of, row| {
        Some(of[row].measured()?.pull_forward)
    }),
    known("cannibalised", "unit", "units that other products of the category lack in these weeks", |of, row| {
        Some((-of[row].spill?).max(0.0))
    }),
    known("halo", "unit", "units that they sold more", |of, row| Some(of[row].spill?.max(0.0))),
    known(
        "margin_net",
        "currency",
        "margin of the promotion weeks less that of baseline, pull-forward and cannibalised units, plus halo; null where a cost is unknown",
        |of, row| of[row].margin_net,
    ),
    known(
        "elasticity",
        "% by %",
        "units by price, log on log over all weeks with a sale; null where the product sells in too few weeks",
        |of, row| Some(of[row].elasticity?.elasticity),
    ),
    known("elasticity_se", "% by %", "its standard error", |of, row| Some(of[row].elasticity?.standard_error)),
    count("elasticity_weeks", "weeks", "weeks with a sale", |of, row| Some(of[row].elasticity?.weeks)),
    text("category", "", "the category", |of, row| of[row].category.clone()),
    count("weeks", "weeks", "promotion weeks that have a baseline", |of, row| Some(of[row].sold.weeks)),
    count(
        "weeks_without",
        "weeks",
        "promotion weeks that have none: too few weeks without promotion near, or a sale in too few of them",
        |of, row| Some(of[row].sold.weeks_without),
    ),
    number("units", "unit", "units sold in the weeks that have a baseline", |of, row| of[row].sold.units),
    known("incr_noise", "unit", "standard deviation of `incr_units` if the promotion did nothing", |of, row| {
        Some(of[row].measured()?.noise)
    }),
    text("flags", "", "what a reader must know of the row", |of, row| {
        let row = &of[row];
        let loud = row.measured().is_some_and(|sold| sold.incremental.abs() < 2.0 * sold.noise);
        match (row.sold.weeks, loud) {
            (0, _) => Some("no_baseline".to_owned()),
            (_, true) => Some("within_noise".to_owned()),
            _ => None,
        }
    }),
];

/// The columns of `promo_decomp`.
pub(super) const COLUMNS: &[ColumnSpec] = &specs::<_, { TABLE.len() }>(TABLE);

pub(super) fn table(rows: &[Decomposition]) -> Result<ResultTable, ProfileError> {
    let about = "One row per campaign and product that was on promotion: its units in whole weeks, decomposed; by campaign, \
                 then product, promotions of no campaign first.";
    let measured = rows.iter().filter(|row| row.measured().is_some()).count();
    Ok(ResultTable::new("promo_decomp", about, frame(TABLE, rows, rows.len())?, COLUMNS)?
        .with_coverage(Coverage::new((measured, rows.len()), (0.0, 0.0)))
        .with_flag("observational: weeks with and without a promotion differ in more than the promotion")
        .with_flag(format!("baseline known of {measured} of {} rows", rows.len())))
}

/// Decomposes all promotions of the window.
pub(super) fn decompose(
    input: &ProfileInput<'_>,
    settings: &PromotionSettings,
    on_promotion: &Expr,
) -> Result<Vec<Decomposition>, ProfileError> {
    let panel = Panel::read(input, settings, on_promotion)?;
    let campaigns = match input.tables.campaigns() {
        Some(campaigns) => read_campaigns(campaigns, settings, &input.window)?,
        None => Vec::new(),
    };
    let named = named_campaigns(input, on_promotion, panel.start)?;
    let promoted = panel.promoted_units();
    let mut found = Vec::new();
    for product in &panel.products {
        let promotions = panel.promotion_weeks(product);
        if promotions.is_empty() {
            continue;
        }
        let category = panel.categories[product.category].clone();
        let mut by_campaign: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
        for week in promotions {
            let told = named.get(&(product.id.clone(), week)).map(|(id, _)| id.as_str());
            let planned = || planned(&campaigns, product, category.as_deref(), panel.start, week);
            by_campaign.entry(told.or_else(planned)).or_default().push(week);
        }
        let weeks = panel.weeks_of(product);
        // Weeks without a sale have no price: where they are many, those with one say little of the others.
        let sold = weeks.iter().filter(|week| week.units > 0.0).count() as f64;
        let often = sold >= settings.baseline.sold * weeks.len() as f64;
        let elastic = if often { elasticity(&weeks, settings.elasticity_weeks) } else { None };
        for (campaign, own) in by_campaign {
            let at: Vec<usize> = own.iter().map(|week| week - product.first).collect();
            let sold = promotion_units(&weeks, &at, settings.baseline);
            let measured: Vec<usize> = own
                .into_iter()
                .filter(|week| baseline_units(&weeks, week - product.first, settings.baseline).is_some())
                .collect();
            let spill = spilled(&panel, product, &measured, settings.baseline, &promoted);
            let margin_net = net_margin(&panel, product, &measured, &sold, spill);
            found.push(Decomposition {
                campaign: campaign.map(str::to_owned),
                product: product.id.clone(),
                category: category.clone(),
                sold,
                spill,
                margin_net,
                elasticity: elastic,
            });
        }
    }
    found.sort_by(|a, b| (&a.campaign, &a.product).cmp(&(&b.campaign, &b.product)));
    Ok(found)
}

/// What other products of the category sold more or less, this product's part by units on promotion.
fn spilled(
    panel: &Panel,
    product: &Product,
    weeks: &[usize],
    rule: BaselineRule,
    promoted: &HashMap<(usize, usize), f64>,
) -> Option<f64> {
    let mut sum = None;
    for &week in weeks {
        let own = panel.cells(product).iter().find(|cell| cell.week == week).map_or(0.0, |cell| cell.units);
        let all = promoted.get(&(product.category, week)).copied().filter(|all| *all > 0.0)?;
        let spill = panel.spill(product.category, week, rule.reach, rule.least)?;
        sum = Some(sum.unwrap_or(0.0) + spill * own / all);
    }
    sum
}

fn net_margin(
    panel: &Panel,
    product: &Product,
    weeks: &[usize],
    sold: &PromotionUnits,
    spill: Option<f64>,
) -> Option<f64> {
    let own: Vec<_> = panel.cells(product).iter().filter(|cell| weeks.contains(&cell.week)).collect();
    let (margin, known): (f64, f64) =
        own.iter().fold((0.0, 0.0), |sum, cell| (sum.0 + cell.margin, sum.1 + cell.margin_units));
    // Every unit's cost must be known: a part would be compared with the whole baseline.
    if own.is_empty() || known < sold.units * (1.0 - 1e-9) {
        return None;
    }
    let elsewhere = match spill {
        Some(spill) => spill * panel.category_margin[product.category]?,
        None => 0.0,
    };
    Some(margin - product.unit_margin? * (sold.baseline + sold.pull_forward) + elsewhere)
}

/// By product and week: a campaign, and the units that name it.
type Named = HashMap<(String, usize), (String, i64)>;

/// The campaign that most of a product's units on promotion of a week name; of equals the id that comes first.
fn named_campaigns(input: &ProfileInput<'_>, on_promotion: &Expr, start: i32) -> Result<Named, ProfileError> {
    if !input.tables.transactions().has("campaign_id") {
        return Ok(HashMap::new());
    }
    let grouped = Lines::of(&input.tables)?
        .within(&input.window)
        .filter(is(LineKind::Sale).and(on_promotion.clone()).and(col("campaign_id").is_not_null()))
        .with_columns([
            col("product_id").cast(DataType::String).alias("product"),
            period_start(Grain::Week, col("date")).to_physical().cast(DataType::Int32).alias("monday"),
        ])
        .group_by([col("product"), col("monday"), col("campaign_id")])
        .agg([millionths(col("quantity")).sum().alias("units")]);
    let rows = gather(grouped)?;
    let (products, mondays) = (rows.column("product")?.str()?, rows.column("monday")?.i32()?);
    let (ids, units) = (rows.column("campaign_id")?.str()?, rows.column("units")?.i64()?);
    let mut most = Named::new();
    for row in 0..rows.height() {
        let (Some(product), Some(monday), Some(id)) = (products.get(row), mondays.get(row), ids.get(row)) else {
            continue;
        };
        let Ok(week) = usize::try_from((monday - start).div_euclid(7)) else { continue };
        let units = units.get(row).unwrap_or(0);
        let best = most.entry((product.to_owned(), week)).or_insert_with(|| (id.to_owned(), units));
        if units > best.1 || (units == best.1 && id < best.0.as_str()) {
            *best = (id.to_owned(), units);
        }
    }
    Ok(most)
}

/// The first campaign that runs in the week and is about the product, or its category.
fn planned<'a>(
    campaigns: &'a [Campaign],
    product: &Product,
    category: Option<&str>,
    start: i32,
    week: usize,
) -> Option<&'a str> {
    let monday = start + i32::try_from(week).ok()? * 7;
    let is_about = |campaign: &&Campaign| match (&campaign.products, &campaign.category) {
        (Some(ids), _) => ids.split(';').any(|id| id.trim() == product.id),
        (None, Some(name)) => Some(name.as_str()) == category,
        (None, None) => false,
    };
    let runs = |campaign: &&Campaign| campaign.start <= monday + 6 && monday <= campaign.end;
    campaigns.iter().filter(is_about).find(runs).map(|campaign| campaign.id.as_str())
}
