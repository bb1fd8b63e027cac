//! The queries: from tables to sums per customer, product and period. Money and quantities leave them as integers, in
//! millionths.

use std::sync::Arc;

use emptor_table::{Activities, LineKind, Products, Transactions};
use polars::prelude::{
    Column, DataFrame, DataType, Engine, Expr, Field, Int32Chunked, IntoColumn, IntoLazy, IntoSeries, JoinArgs,
    JoinType, LazyFrame, NULL, col, concat_str, len, lit, when,
};

use super::cells::integers;
use super::error::ProfitError;
use super::rules::{CostRule, Counted, Rate};
use super::settings::{MissingCost, RelationshipProfit, ReturnDating};
use crate::costs::CostHistory;
use crate::money::{MILLIONTHS, millionths};
use crate::period::{Period, place};

/// Greatest sum of absolute amounts in a group, in units: half of what 64 bits hold in millionths.
pub(super) const GREATEST: f64 = 4.6e12;

/// The sums of [`Lines::ladder`], row by row; counts of lines, and money in millionths.
pub(super) struct LadderSums {
    pub(super) lines: Vec<i64>,
    pub(super) list: Vec<i64>,
    pub(super) rebates: Vec<i64>,
    pub(super) returns: Vec<i64>,
    pub(super) net: Vec<i64>,
    pub(super) cogs: Vec<i64>,
    /// Lines without a known cost.
    pub(super) uncovered: Vec<i64>,
    /// Their net revenue.
    pub(super) uncovered_net: Vec<i64>,
    /// What a cost rate is multiplied by for them, or their cost at supplier prices.
    pub(super) base: Vec<i64>,
    /// Lines that have no such base either.
    pub(super) baseless: Vec<i64>,
    /// Their net revenue.
    pub(super) baseless_net: Vec<i64>,
    /// Net revenue of lines that a cost rate is learned from.
    pub(super) rate_net: Vec<i64>,
    /// Their cost.
    pub(super) rate_cost: Vec<i64>,
}

impl LadderSums {
    pub(super) fn read(ladder: &DataFrame) -> Result<Self, ProfitError> {
        let of = |name: &str| integers(ladder, name);
        Ok(Self {
            lines: of("lines")?,
            list: of("list")?,
            rebates: of("rebates")?,
            returns: of("returns")?,
            net: of("net")?,
            cogs: of("cogs")?,
            uncovered: of("uncovered")?,
            uncovered_net: of("uncovered_net")?,
            base: of("base")?,
            baseless: of("baseless")?,
            baseless_net: of("baseless_net")?,
            rate_net: of("rate_net")?,
            rate_cost: of("rate_cost")?,
        })
    }
}

/// The periods as seen by a query.
pub(super) struct Calendar {
    pub(super) periods: Vec<Period>,
    first: i32,
    last: i32,
}

impl Calendar {
    pub(super) fn new(periods: Vec<Period>, spec: &RelationshipProfit) -> Arc<Self> {
        Arc::new(Self { periods, first: spec.from.days_since_epoch(), last: spec.as_of.days_since_epoch() })
    }

    fn place(&self, day: i32) -> Option<i32> {
        if day < self.first || day > self.last {
            return None;
        }
        place(&self.periods, day).and_then(|i| i32::try_from(i).ok())
    }

    /// The period of a day; null outside the window.
    fn of(self: &Arc<Self>, day: Expr) -> Expr {
        let calendar = Arc::clone(self);
        day.to_physical().map(
            move |days: Column| {
                let places: Int32Chunked = days.i32()?.iter().map(|day| calendar.place(day?)).collect();
                Ok(places.with_name("period".into()).into_series().into_column())
            },
            |_, _| Ok(Field::new("period".into(), DataType::Int32)),
        )
    }
}

pub(super) fn collect(frame: LazyFrame) -> Result<DataFrame, ProfitError> {
    Ok(frame.collect_with_engine(Engine::Streaming)?.unwrap_single())
}

fn is(kind: LineKind) -> Expr {
    col("kind").eq(lit(kind.code()))
}

fn goods_out() -> Expr {
    is(LineKind::Sale).or(is(LineKind::Free))
}

fn size(value: Expr) -> Expr {
    when(value.clone().lt(lit(0.0))).then(lit(0.0) - value.clone()).otherwise(value).fill_null(lit(0.0))
}

fn null(dtype: DataType) -> Expr {
    lit(NULL).cast(dtype)
}

/// Order lines with what decides whether and when they count: `known` (not cancelled, and there by the last day of the
/// window), `counted` (the period in which their money counts; null outside the window) and `cost_day` (the day whose
/// cost they carry).
pub(super) struct Lines {
    frame: LazyFrame,
    calendar: Arc<Calendar>,
    products: bool,
    quantities: bool,
    list: bool,
    discount: bool,
    restocked: bool,
    orders: bool,
    channels: bool,
}

impl Lines {
    pub(super) fn new(
        transactions: &Transactions,
        spec: &RelationshipProfit,
        calendar: &Arc<Calendar>,
    ) -> Result<Self, ProfitError> {
        let has = |role: &str| transactions.has(role);
        let mut lines = transactions.lines();
        let mut origin = col("date");
        if has("ref_line_id") {
            lines = lines.join(
                origins(transactions)?.lazy(),
                [col("ref_line_id")],
                [col("line_id")],
                JoinArgs::new(JoinType::Left),
            );
            let found = is(LineKind::Return).and(col("origin").is_not_null());
            origin = when(found).then(col("origin")).otherwise(col("date"));
        }
        let counted = match spec.return_dating {
            ReturnDating::Event => col("date"),
            ReturnDating::OriginalOrder => origin.clone(),
        };
        let known = col("date").to_physical().lt_eq(lit(calendar.last)).and(is(LineKind::Void).not());
        let counted = when(known.clone()).then(calendar.of(counted)).otherwise(null(DataType::Int32));
        let cost_day = origin.to_physical();
        let frame = lines.with_columns([known.alias("known"), counted.alias("counted"), cost_day.alias("cost_day")]);
        Ok(Self {
            frame,
            calendar: Arc::clone(calendar),
            products: has("product_id"),
            quantities: has("quantity"),
            list: has("list_amount"),
            discount: has("discount"),
            restocked: has("restocked"),
            orders: has("order_id"),
            channels: has("channel"),
        })
    }

    fn product(&self) -> Expr {
        if self.products { col("product_id") } else { null(DataType::String).alias("product_id") }
    }

    /// The ladder down to gross profit per customer, product and period, to be read by [`LadderSums`].
    pub(super) fn ladder(&self, products: Option<&Products>, policy: MissingCost) -> Result<DataFrame, ProfitError> {
        let amount = || col("amount");
        let (back, charge) = (|| is(LineKind::Return), || is(LineKind::Charge));
        let zero = || lit(0.0);
        let list = if self.list {
            col("list_amount").fill_null(amount())
        } else if self.discount {
            amount() + col("discount").fill_null(zero())
        } else {
            amount()
        };
        let list = when(back()).then(zero()).otherwise(when(charge()).then(amount()).otherwise(list));
        // A credit is a rebate; a fee is revenue.
        let credit = charge().and(amount().lt(zero()));
        let list = when(credit.clone()).then(zero()).otherwise(list);
        let minus = |holds: Expr| when(holds).then(zero() - amount()).otherwise(zero());

        // Goods that came back and were not restocked have cost what they cost.
        let lost =
            if self.restocked { back().and(col("restocked").eq(lit(false))).fill_null(lit(false)) } else { lit(false) };
        let costless = charge().or(lost.clone());
        let costed = |column: &str| -> Result<Expr, ProfitError> {
            Ok(match products {
                Some(products) if self.quantities && self.products && products.has(column) => {
                    let history = CostHistory::read(products, column)?;
                    let cost = col("quantity") * history.at(col("product_id"), col("cost_day"));
                    when(costless.clone()).then(zero()).otherwise(cost)
                }
                _ => when(costless.clone()).then(zero()).otherwise(null(DataType::Float64)),
            })
        };
        let supplier = match policy {
            MissingCost::SupplierPrice => costed("supplier_price")?,
            _ => null(DataType::Float64),
        };
        let unknown = || col("cost").is_null();
        // What a cost rate is multiplied by: the net amount, but the list amount of what was given away.
        let free_base = if self.list {
            when(col("list_amount").gt(zero())).then(col("list_amount")).otherwise(null(DataType::Float64))
        } else {
            null(DataType::Float64)
        };
        let base = match policy {
            MissingCost::SupplierPrice => col("supplier"),
            _ => when(is(LineKind::Free)).then(free_base).otherwise(amount()),
        };
        let typical = is(LineKind::Sale).or(back().and(lost.not())).and(unknown().not());
        let frame = self
            .frame
            .clone()
            .filter(col("counted").is_not_null())
            .with_columns([list.alias("list"), costed("unit_cost")?.alias("cost"), supplier.alias("supplier")])
            .select([
                col("customer_id"),
                self.product(),
                col("counted").alias("period"),
                col("kind"),
                amount(),
                col("list"),
                col("cost"),
                base.alias("base"),
                minus(credit).alias("rebate"),
                minus(back()).alias("returned"),
                typical.alias("typical"),
            ]);
        let sum = |value: Expr, name: &str| value.sum().alias(name);
        let count = |holds: Expr, name: &str| holds.cast(DataType::Int64).sum().alias(name);
        let guard = size(amount()) + size(col("list")) + size(col("cost")) + size(col("base"));
        let grouped = frame.group_by([col("customer_id"), col("product_id"), col("period")]).agg([
            len().cast(DataType::Int64).alias("lines"),
            sum(millionths(col("list")), "list"),
            sum(millionths(col("rebate")), "rebates"),
            sum(millionths(col("returned")), "returns"),
            sum(millionths(amount()), "net"),
            sum(millionths(col("cost")), "cogs"),
            count(unknown(), "uncovered"),
            sum(millionths(when(unknown()).then(amount()).otherwise(zero())), "uncovered_net"),
            sum(millionths(when(unknown()).then(col("base")).otherwise(zero())), "base"),
            count(unknown().and(col("base").is_null()), "baseless"),
            sum(
                millionths(when(unknown().and(col("base").is_null())).then(amount()).otherwise(zero())),
                "baseless_net",
            ),
            sum(millionths(when(col("typical")).then(amount()).otherwise(zero())), "rate_net"),
            sum(millionths(when(col("typical")).then(col("cost")).otherwise(zero())), "rate_cost"),
            guard.sum().alias("guard"),
        ]);
        guarded(collect(grouped)?, "the money of a customer, product and period")
    }

    /// How often an activity on lines happened, per customer, product and period (`quantity`).
    pub(super) fn usage(&self, counted: &Counted) -> Result<DataFrame, ProfitError> {
        let which = if *counted == Counted::ReturnLines { is(LineKind::Return) } else { goods_out() };
        let units = *counted == Counted::Units;
        let quantity = if units { col("quantity") } else { lit(1.0) };
        let columns = [col("customer_id"), self.product(), col("date"), quantity.alias("quantity")];
        let lines = self.frame.clone().filter(col("known").and(which)).select(columns);
        if units {
            let inside = col("quantity").is_null().and(self.calendar.of(col("date")).is_not_null());
            let nulls = collect(lines.clone().filter(inside).select([len().cast(DataType::Int64).alias("n")]))?;
            let rows = nulls.column("n")?.i64()?.get(0).unwrap_or_default() as usize;
            if rows > 0 {
                let [rule, column] = ["units", "quantity"].map(str::to_owned);
                return Err(ProfitError::MissingValues { rule, activity: "order lines".to_owned(), column, rows });
            }
        }
        group_usage(lines, &self.calendar, &["quantity"])
    }

    /// Orders with goods (`quantity`) per customer, period and, if the table has it, `channel`; an order is dated by its
    /// first line. Orders belong to no product.
    pub(super) fn orders(&self) -> Result<DataFrame, ProfitError> {
        // Lines without an order number make one order a day.
        let day = concat_str([lit("\u{1f}"), col("date").to_physical().cast(DataType::String)], "", true);
        let order = if self.orders { col("order_id").fill_null(day) } else { day };
        let channel = if self.channels { col("channel") } else { null(DataType::String).alias("channel") };
        let lines = self.frame.clone().filter(col("known").and(goods_out()));
        let lines = lines.select([col("customer_id"), order.alias("order"), col("date"), channel]);
        // The first channel by name, should an order have more than one.
        let first = [col("date").min(), col("channel").min()];
        let orders = lines.group_by([col("customer_id"), col("order")]).agg(first).select([
            col("customer_id"),
            col("channel"),
            null(DataType::String).alias("product_id"),
            self.calendar.of(col("date")).alias("period"),
        ]);
        let keys = ["customer_id", "product_id", "channel", "period"].map(col);
        let count = (len().cast(DataType::Int64) * lit(MILLIONTHS as i64)).alias("quantity");
        collect(orders.filter(col("period").is_not_null()).group_by(keys).agg([count]))
    }

    /// Net money of the lines that do not count: cancelled, or before or after the window.
    pub(super) fn outside(&self) -> Result<i128, ProfitError> {
        joined_sum(&collect(self.frame.clone().filter(col("counted").is_null()).select(split_sum(col("amount"))))?)
    }
}

/// The days on which returned lines were sold: few lines are ever returned, so that they fit a small table.
fn origins(transactions: &Transactions) -> Result<DataFrame, ProfitError> {
    let returned = transactions
        .lines()
        .filter(is(LineKind::Return).and(col("ref_line_id").is_not_null()))
        .select([col("ref_line_id").alias("line_id")]);
    let returned = collect(returned.group_by([col("line_id")]).agg([len().alias("n")]))?;
    let sold = transactions.lines().select([col("line_id"), col("date").alias("origin")]);
    let on = [col("line_id")];
    collect(sold.join(returned.select(["line_id"])?.lazy(), on.clone(), on, JoinArgs::new(JoinType::Semi)))
}

/// The first `day` of each customer up to the last day of the window, cancelled lines aside.
pub(super) fn first_days(mut rows: LazyFrame, date: &str, last: i32) -> Result<DataFrame, ProfitError> {
    if rows.collect_schema()?.contains("kind") {
        rows = rows.filter(is(LineKind::Void).not());
    }
    let days = rows.select([col("customer_id"), col(date).to_physical().alias("day")]);
    let days = days.filter(col("customer_id").is_not_null().and(col("day").lt_eq(lit(last))));
    collect(days.group_by([col("customer_id")]).agg([col("day").min()]))
}

/// Sums beyond 64 bits: whole units and millionths apart.
fn split_sum(value: Expr) -> [Expr; 2] {
    let millionths = millionths(value);
    let unit = lit(MILLIONTHS as i64);
    let rest = millionths.clone() % unit.clone();
    [((millionths - rest.clone()) / unit).sum().alias("units"), rest.sum().alias("rest")]
}

fn joined_sum(sums: &DataFrame) -> Result<i128, ProfitError> {
    let of = |name: &str| -> Result<i128, ProfitError> { Ok(sums.column(name)?.i64()?.get(0).map_or(0, i128::from)) };
    Ok(of("units")? * (MILLIONTHS as i128) + of("rest")?)
}

/// Rows of the activity that a rule is for: `quantity`, and `minutes` or `cost` if the rule goes by them. `None` if the
/// log has no row of the activity in the window.
pub(super) fn logged(
    log: &Activities,
    rule: &CostRule,
    activity: &str,
    calendar: &Arc<Calendar>,
) -> Result<Option<DataFrame>, ProfitError> {
    let rows = log.rows().filter(col("activity").eq(lit(activity)).and(calendar.of(col("date")).is_not_null()));
    if collect(rows.clone().limit(1))?.height() == 0 {
        return Ok(None);
    }
    let needs = |role: &str| {
        if log.has(role) {
            Ok(())
        } else {
            Err(ProfitError::Missing {
                asked: format!("rule `{}`", rule.name),
                missing: format!("a column `{role}` in the log of activity `{activity}`"),
            })
        }
    };
    let product = if log.has("product_id") { col("product_id") } else { null(DataType::String).alias("product_id") };
    let mut columns = vec![col("customer_id"), product, col("date"), col("quantity")];
    let mut sums = vec!["quantity"];
    let own = match &rule.rate {
        Some(Rate::Time { equation, .. }) => {
            let mut minutes = lit(equation.base_minutes());
            for (driver, each) in equation.drivers() {
                needs(driver)?;
                minutes = minutes + col(driver.as_str()) * lit(*each);
            }
            columns.push((col("quantity") * minutes).alias("minutes"));
            Some("minutes")
        }
        Some(Rate::OwnMinutes { .. }) => {
            needs("minutes")?;
            columns.push(col("minutes"));
            Some("minutes")
        }
        Some(Rate::OwnCost) => {
            needs("cost")?;
            columns.push(col("cost"));
            Some("cost")
        }
        _ => None,
    };
    if let Some(own) = own {
        sums.push(own);
        let nulls = collect(rows.clone().select(columns.clone()).filter(col(own).is_null()))?.height();
        if nulls > 0 {
            return Err(ProfitError::MissingValues {
                rule: rule.name.clone(),
                activity: activity.to_owned(),
                column: own.to_owned(),
                rows: nulls,
            });
        }
    }
    group_usage(rows.select(columns), calendar, &sums).map(Some)
}

/// What was logged in the window, by activity and period: `quantity` and, where the log has costs, `cost`.
pub(super) fn contents(log: &Activities, calendar: &Arc<Calendar>) -> Result<DataFrame, ProfitError> {
    let mut columns = vec![col("activity"), calendar.of(col("date")).alias("period"), col("quantity")];
    let mut sums = vec![sum_of("quantity")];
    let mut guard = size(col("quantity"));
    if log.has("cost") {
        columns.push(col("cost"));
        sums.push(sum_of("cost"));
        guard = guard + size(col("cost"));
    }
    sums.push(guard.sum().alias("guard"));
    let rows = log.rows().select(columns).filter(col("period").is_not_null());
    guarded(collect(rows.group_by([col("activity"), col("period")]).agg(sums))?, "an activity")
}

/// Sums per customer, product and period of `date`.
fn group_usage(frame: LazyFrame, calendar: &Arc<Calendar>, sums: &[&str]) -> Result<DataFrame, ProfitError> {
    let guard = sums.iter().fold(lit(0.0), |all, name| all + size(col(*name)));
    let mut aggregates: Vec<Expr> = sums.iter().map(|name| sum_of(name)).collect();
    aggregates.push(guard.sum().alias("guard"));
    let keys = [col("customer_id"), col("product_id"), col("period")];
    let placed = frame.with_column(calendar.of(col("date")).alias("period")).filter(col("period").is_not_null());
    guarded(collect(placed.group_by(keys).agg(aggregates))?, "the activities of a customer, product and period")
}

fn sum_of(name: &str) -> Expr {
    millionths(col(name)).sum().alias(name)
}

fn guarded(frame: DataFrame, what: &str) -> Result<DataFrame, ProfitError> {
    let greatest = frame.column("guard")?.f64()?.iter().flatten().fold(0.0_f64, f64::max);
    if greatest <= GREATEST {
        Ok(frame)
    } else {
        Err(ProfitError::OutOfRange { what: what.to_owned(), amount: greatest })
    }
}
