//! Weeks of products, and what is usual in their categories.

use std::collections::{BTreeMap, HashMap};

use emptor_table::LineKind;
use polars::prelude::{DataType, Expr, PolarsResult, col, lit, when};

use super::price::ProductWeek;
use super::read::{MILLIONTHS, millionths};
use super::settings::PromotionSettings;
use crate::costs::categories;
use crate::period::Grain;
use crate::profile::lines::{Lines, collect, is, period_start};
use crate::profile::{ProfileError, ProfileInput};
use crate::statistics::median;

/// Weeks on either side over which the season of a category is smoothed, so that a week in which one product takes from
/// another is no season.
const SMOOTH: usize = 2;

/// A week in which a product was sold.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cell {
    pub(super) week: usize,
    pub(super) units: f64,
    promoted: f64,
    pub(super) revenue: f64,
    /// Margin as far as cost is known, and the units of known cost.
    pub(super) margin: f64,
    pub(super) margin_units: f64,
    /// The same of lines that were not on promotion.
    regular_margin: f64,
    regular_units: f64,
}

/// A product over the weeks of the window.
#[derive(Debug, Clone)]
pub(super) struct Product {
    pub(super) id: String,
    pub(super) category: usize,
    /// First and last week with a sale.
    pub(super) first: usize,
    pub(super) last: usize,
    cells: std::ops::Range<usize>,
    /// Mean units of a week without promotion.
    usual: f64,
    /// Margin of a unit sold without promotion; `None` if no cost is known.
    pub(super) unit_margin: Option<f64>,
}

/// All products, sparse by week; dense is one product at a time.
#[derive(Debug, Clone)]
pub(super) struct Panel {
    pub(super) weeks: usize,
    /// First day of the first week.
    pub(super) start: i32,
    pub(super) products: Vec<Product>,
    cells: Vec<Cell>,
    pub(super) categories: Vec<Option<String>>,
    share: f64,
    /// Units of products off promotion, by category and week, and what is usual for these products.
    off: Vec<Vec<(f64, f64)>>,
    /// Whether a product of the category is on promotion.
    busy: Vec<Vec<bool>>,
    /// Margin of a unit sold without promotion, by category.
    pub(super) category_margin: Vec<Option<f64>>,
}

impl Panel {
    /// Whole weeks of the window only: a week that the window cuts would look like a bad one.
    pub(super) fn read(
        input: &ProfileInput<'_>,
        settings: &PromotionSettings,
        on_promotion: &Expr,
    ) -> Result<Self, ProfileError> {
        let lines = Lines::of(&input.tables)?;
        let whole: Vec<_> = Grain::Week
            .over(input.window.from(), input.window.as_of())?
            .into_iter()
            .filter(|week| !week.is_partial)
            .collect();
        let start = whole.first().map_or(0, |week| week.start.days_since_epoch());
        let weeks = whole.len();
        let units = || millionths(col("quantity").fill_null(lit(0.0)));
        let amount = || millionths(col("amount"));
        let part = |of: Expr, what: Expr| when(of).then(what).otherwise(lit(0_i64)).sum();
        let known = if lines.has("cost") { col("cost").is_not_null() } else { lit(false) };
        let margin = || if lines.has("cost") { millionths(col("amount") - col("cost")) } else { lit(0_i64) };
        let off = on_promotion.clone().not().and(known.clone());
        let grouped = lines
            .within(&input.window)
            .filter(is(LineKind::Sale).and(col("product_id").is_not_null()))
            .with_columns([
                col("product_id").cast(DataType::String).alias("product"),
                period_start(Grain::Week, col("date")).to_physical().alias("monday"),
            ])
            .group_by([col("product"), col("monday")])
            .agg([
                units().sum().alias("units"),
                part(on_promotion.clone(), units()).alias("promoted"),
                amount().sum().alias("revenue"),
                part(known.clone(), margin()).alias("margin"),
                part(known, units()).alias("margin_units"),
                part(off.clone(), margin()).alias("regular_margin"),
                part(off, units()).alias("regular_units"),
            ]);
        let rows = collect(grouped)?;
        let money = |name: &str| -> PolarsResult<Vec<f64>> {
            let column = rows.column(name)?.cast(&DataType::Int64)?;
            Ok(column.i64()?.iter().map(|value| value.unwrap_or(0) as f64 / MILLIONTHS).collect())
        };
        let (sold, promoted, revenue) = (money("units")?, money("promoted")?, money("revenue")?);
        let (margin, margin_units) = (money("margin")?, money("margin_units")?);
        let (regular_margin, regular_units) = (money("regular_margin")?, money("regular_units")?);
        let names = rows.column("product")?.str()?;
        let mondays = rows.column("monday")?.cast(&DataType::Int32)?;
        let mut order: Vec<(&str, usize, usize)> = names
            .iter()
            .zip(mondays.i32()?.iter())
            .enumerate()
            .filter_map(|(row, (name, monday))| {
                let week = usize::try_from((monday? - start).div_euclid(7)).ok().filter(|week| *week < weeks)?;
                (sold[row] > 0.0).then_some((name?, week, row))
            })
            .collect();
        order.sort_unstable();
        let named = input.tables.products().map(categories).transpose()?.unwrap_or_default();
        let mut codes: BTreeMap<Option<String>, usize> = BTreeMap::new();
        for (name, ..) in &order {
            codes.entry(named.get(*name).cloned()).or_default();
        }
        codes.values_mut().enumerate().for_each(|(place, code)| *code = place);
        let mut panel = Self {
            weeks,
            start,
            products: Vec::new(),
            cells: Vec::with_capacity(order.len()),
            categories: codes.keys().cloned().collect(),
            share: settings.promotion_share,
            off: vec![vec![(0.0, 0.0); weeks]; codes.len()],
            busy: vec![vec![false; weeks]; codes.len()],
            category_margin: Vec::new(),
        };
        for own in order.chunk_by(|a, b| a.0 == b.0) {
            let from = panel.cells.len();
            panel.cells.extend(own.iter().map(|(_, week, row)| Cell {
                week: *week,
                units: sold[*row],
                promoted: promoted[*row],
                revenue: revenue[*row],
                margin: margin[*row],
                margin_units: margin_units[*row],
                regular_margin: regular_margin[*row],
                regular_units: regular_units[*row],
            }));
            panel.products.extend(own.first().zip(own.last()).map(|(first, last)| Product {
                id: first.0.to_owned(),
                category: codes.get(&named.get(first.0).cloned()).copied().unwrap_or(0),
                first: first.1,
                last: last.1,
                cells: from..panel.cells.len(),
                usual: 0.0,
                unit_margin: None,
            }));
        }
        panel.summarise();
        Ok(panel)
    }

    fn is_promotion(&self, cell: &Cell) -> bool {
        cell.promoted > 0.0 && cell.promoted >= self.share * cell.units
    }

    /// The weeks of a product with a sale.
    pub(super) fn cells(&self, product: &Product) -> &[Cell] {
        &self.cells[product.cells.clone()]
    }

    /// The weeks in which a product was on promotion.
    pub(super) fn promotion_weeks(&self, product: &Product) -> Vec<usize> {
        self.cells(product).iter().filter(|cell| self.is_promotion(cell)).map(|cell| cell.week).collect()
    }

    fn summarise(&mut self) {
        let mut of_category = vec![(0.0, 0.0); self.categories.len()];
        for place in 0..self.products.len() {
            let product = self.products[place].clone();
            let cells = self.cells(&product).to_vec();
            let promotions: Vec<usize> = self.promotion_weeks(&product);
            let free = product.last - product.first + 1 - promotions.len();
            let units: f64 = cells.iter().filter(|cell| !self.is_promotion(cell)).map(|cell| cell.units).sum();
            let usual = if free > 0 { units / free as f64 } else { 0.0 };
            let margin: f64 = cells.iter().map(|cell| cell.regular_margin).sum();
            let known: f64 = cells.iter().map(|cell| cell.regular_units).sum();
            of_category[product.category].0 += margin;
            of_category[product.category].1 += known;
            self.products[place].usual = usual;
            self.products[place].unit_margin = (known > 0.0).then(|| margin / known);
            let off = &mut self.off[product.category];
            off[product.first..=product.last].iter_mut().for_each(|week| week.1 += usual);
            for cell in &cells {
                off[cell.week].0 += cell.units;
            }
            for week in promotions {
                let own = cells.iter().find(|cell| cell.week == week).map_or(0.0, |cell| cell.units);
                self.off[product.category][week].0 -= own;
                self.off[product.category][week].1 -= usual;
                self.busy[product.category][week] = true;
            }
        }
        self.category_margin =
            of_category.into_iter().map(|(margin, known)| (known > 0.0).then(|| margin / known)).collect();
    }

    /// A product week by week, from its first to its last sale: weeks without a sale have no units, and the season is that
    /// of the other products of its category that are not on promotion, smoothed; where there are none, that of all others.
    pub(super) fn weeks_of(&self, product: &Product) -> Vec<ProductWeek> {
        let mut own = vec![Cell::default(); self.weeks];
        self.cells(product).iter().for_each(|cell| own[cell.week] = *cell);
        let index = |week: usize| -> f64 {
            let (mut units, mut usual) = self.off[product.category][week];
            let inside = product.first <= week && week <= product.last;
            if inside && !self.is_promotion(&own[week]) {
                units -= own[week].units;
                usual -= product.usual;
            }
            // Sums of many products cancel to a rounding rest, not to 0.
            if usual > 1e-9 { units.max(0.0) / usual } else { self.elsewhere(product.category, week).unwrap_or(1.0) }
        };
        let raw: Vec<f64> = (0..self.weeks).map(index).collect();
        (product.first..=product.last)
            .map(|week| {
                let near = week.saturating_sub(SMOOTH)..(week + SMOOTH + 1).min(self.weeks);
                ProductWeek {
                    units: own[week].units,
                    revenue: own[week].revenue,
                    on_promotion: self.is_promotion(&own[week]),
                    season: median(&raw[near]).unwrap_or(1.0),
                }
            })
            .collect()
    }

    /// How much the products off promotion of all other categories sell in a week, against what is usual for them.
    fn elsewhere(&self, category: usize, week: usize) -> Option<f64> {
        let others = self.off.iter().enumerate().filter(|(other, _)| *other != category);
        let (units, usual) = others.fold((0.0, 0.0), |sum, (_, weeks)| (sum.0 + weeks[week].0, sum.1 + weeks[week].1));
        (usual > 1e-9 && units > 0.0).then(|| units / usual)
    }

    /// By how many units the products of a category that are off promotion sold more in a week than the other categories
    /// and the usual ratio to them let expect; `None` without enough weeks near it in which the category had no promotion.
    /// Weeks just after a promotion are among these, or busy categories would have none: what their promotions bring forward
    /// makes the expectation a little low.
    pub(super) fn spill(&self, category: usize, week: usize, reach: usize, least: usize) -> Option<f64> {
        let ratio = |week: usize| {
            let (units, usual) = self.off[category][week];
            (usual > 1e-9).then(|| Some(units / usual / self.elsewhere(category, week)?)).flatten()
        };
        let near = week.saturating_sub(reach)..(week + reach + 1).min(self.weeks);
        let quiet: Vec<f64> = near.filter(|near| !self.busy[category][*near]).filter_map(ratio).collect();
        if quiet.len() < least {
            return None;
        }
        let (units, usual) = self.off[category][week];
        // The mean keeps the expectation of sparse weeks, which a median would put at 0.
        let expected = usual * self.elsewhere(category, week)? * quiet.iter().sum::<f64>() / quiet.len() as f64;
        Some(units - expected)
    }

    /// Units on promotion by category and week.
    pub(super) fn promoted_units(&self) -> HashMap<(usize, usize), f64> {
        let mut units = HashMap::new();
        for product in &self.products {
            for cell in self.cells(product).iter().filter(|cell| self.is_promotion(cell)) {
                *units.entry((product.category, cell.week)).or_insert(0.0) += cell.units;
            }
        }
        units
    }
}
