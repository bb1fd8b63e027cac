//! Customer equity, and why it changed.

use polars::prelude::{DataFrame, PolarsError, PolarsResult};

use crate::columns::ColumnSpec;
use crate::table::{Of, count, flag, frame, known, number, specs, text};
use crate::value::equity::{BridgeRow, EquityBridge, EquityModel, EquityPart, EquityValue};
use crate::value::uncertainty::ValueRange;

/// How far the value of a range may be from the equity beside which it stands: two ways to add up the same customers.
const SAME: f64 = 1e-6;

struct Scope {
    value: EquityValue,
    is_total: bool,
    range: Option<ValueRange>,
}

const EQUITY: &[Of<[Scope]>] = &[
    text("scope", "", "the part, or `all`", |of, row| Some(of[row].value.name.clone())),
    flag("is_total", "", "whether the row is the whole", |of, row| of[row].is_total),
    number("n_existing", "customers", "existing customers; a fraction is an expected number", |of, row| {
        of[row].value.customers
    }),
    number("ce_current", "currency", "value of the current profit of existing customers", |of, row| {
        of[row].value.current
    }),
    number("ce_potential", "currency", "what their potential profit adds", |of, row| of[row].value.potential),
    number("ce_existing", "currency", "static equity: ce_current + ce_potential", |of, row| {
        of[row].value.static_equity
    }),
    number("n_new", "customers", "customers to be won", |of, row| of[row].value.new_customers),
    number(
        "new_value",
        "currency",
        "present value of customers to be won, before what winning them costs",
        |of, row| of[row].value.future_value,
    ),
    number("acq_cost", "currency", "present value of what winning them costs", |of, row| {
        of[row].value.acquisition_cost
    }),
    number("ce_future", "currency", "equity of customers to be won: new_value − acq_cost", |of, row| {
        of[row].value.future
    }),
    number("ce_total", "currency", "dynamic equity: ce_existing + ce_future", |of, row| of[row].value.dynamic),
    known("lo", "currency", "lower end of the range of ce_total; null where none was given", |of, row| {
        of[row].range.as_ref().map(ValueRange::low)
    }),
    known("hi", "currency", "upper end of it", |of, row| of[row].range.as_ref().map(ValueRange::high)),
    known("level", "probability", "how often such a range holds the truth; null for scenarios", |of, row| {
        of[row].range.as_ref()?.level().map(|level| level.get())
    }),
    text("covers", "", "what the range covers", |of, row| {
        of[row].range.as_ref().map(|range| range.covers().to_string())
    }),
];

impl EquityModel {
    /// The columns of [`to_frame`](Self::to_frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { EQUITY.len() }>(EQUITY);

    /// One row per part, in the order in which they were added, and last the whole. Money and customers of the parts add
    /// up to the whole. `parts` are ranges by name, `total` is that of the whole, where they are known.
    ///
    /// ```
    /// use emptor_core::value::equity::{EquityModel, Relationship};
    /// use emptor_core::value::uncertainty::{Covers, ValueRange};
    /// use emptor_types::{DiscountRate, Level, TimeUnit};
    ///
    /// let model = EquityModel::new(DiscountRate::annual_effective(0.12)?, TimeUnit::Year)
    ///     .with_part("A", Relationship::fixed(700.0)?, None)?
    ///     .with_part("B", Relationship::fixed(300.0)?, None)?;
    /// let range = ValueRange::from_standard_error(1000.0, 50.0, Level::new(0.95)?, Covers::Customers)?;
    /// let table = model.to_frame(&[], Some(&range))?;
    /// assert_eq!(table.column("scope")?.str()?.get(2), Some("all"));
    /// assert_eq!(table.column("ce_total")?.f64()?.get(2), Some(1000.0));
    /// assert_eq!(table.column("lo")?.f64()?.get(0), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`PolarsError::InvalidOperation`] if a range is of no part of the model, or of another value than the part's total.
    pub fn to_frame(&self, parts: &[(String, ValueRange)], total: Option<&ValueRange>) -> PolarsResult<DataFrame> {
        let values = self.by_part();
        if let Some((name, _)) = parts.iter().find(|(name, _)| values.iter().all(|value| value.name != *name)) {
            let names: Vec<&str> = values.iter().map(|value| value.name.as_str()).collect();
            return refuse(format!("the range of `{name}` must be of one of the parts {}", names.join(", ")));
        }
        let of_part = |value: EquityValue| {
            let range = parts.iter().find(|(name, _)| value.name == *name).map(|(_, range)| range.clone());
            Scope { value, is_total: false, range }
        };
        let mut rows: Vec<Scope> = values.into_iter().map(of_part).collect();
        rows.push(Scope { value: self.total(), is_total: true, range: total.cloned() });
        for Scope { value, range, .. } in &rows {
            let Some(range) = range else { continue };
            let apart = (range.value() - value.dynamic).abs();
            if apart > SAME * value.dynamic.abs().max(range.value().abs()) {
                let (name, of, equity) = (&value.name, range.value(), value.dynamic);
                return refuse(format!("the range of `{name}` must be of its equity {equity} (got one of {of})"));
            }
        }
        frame(EQUITY, rows.as_slice(), rows.len())
    }
}

fn refuse<T>(message: String) -> PolarsResult<T> {
    Err(PolarsError::InvalidOperation(message.into()))
}

const PARTS: &[Of<[EquityPart]>] = &[
    text("scope", "", "the part: a grade, a segment", |of, row| Some(of[row].name.clone())),
    count("n_existing", "customers", "existing customers", |of, row| Some(of[row].customers)),
    number("ce_current", "currency", "value of their current profit", |of, row| of[row].current),
    number("ce_potential", "currency", "what their potential profit adds", |of, row| of[row].potential),
    number("ce_existing", "currency", "static equity: ce_current + ce_potential", |of, row| of[row].total()),
];

impl EquityPart {
    /// The columns of [`frame`](Self::frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { PARTS.len() }>(PARTS);

    /// One row per part, in their order.
    ///
    /// ```
    /// # use emptor_core::value::{CurrentProfit, CustomerEquity, LifetimeValue, ProfitStreams};
    /// use emptor_core::value::EquityPart;
    /// # use emptor_types::{DiscountRate, Horizon, TimeUnit, Timing};
    /// # let convention = LifetimeValue::builder()
    /// #     .rate(DiscountRate::annual_effective(0.0)?)
    /// #     .horizon(Horizon::years(2.0)?)
    /// #     .period(TimeUnit::Year)
    /// #     .timing(Timing::End)
    /// #     .build()?;
    /// let values = convention.compute(&ProfitStreams::new(CurrentProfit::level(vec![1.0, 2.0, 4.0])?))?;
    /// let table = EquityPart::frame(&CustomerEquity::by(&values, &["a", "b", "a"])?)?;
    /// assert_eq!(table.column("ce_existing")?.f64()?.get(0), Some(10.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn frame(parts: &[Self]) -> PolarsResult<DataFrame> {
        frame(PARTS, parts, parts.len())
    }
}

const BRIDGE: &[Of<[(BridgeRow, bool)]>] = &[
    text("scope", "", "the part, or `all`", |of, row| Some(of[row].0.name.clone())),
    flag("is_total", "", "whether the row is the whole", |of, row| of[row].1),
    count("n_before", "customers", "customers before", |of, row| Some(of[row].0.customers_before)),
    count("n_new", "customers", "customers only after, not in the base before", |of, row| {
        Some(of[row].0.customers_new)
    }),
    count(
        "n_regained",
        "customers",
        "customers after who were in the base before, but no customers then",
        |of, row| Some(of[row].0.customers_regained),
    ),
    count("n_lost", "customers", "customers before who are none after", |of, row| Some(of[row].0.customers_lost)),
    count("n_after", "customers", "customers after", |of, row| Some(of[row].0.customers_after)),
    number("ce_before", "currency", "equity before", |of, row| of[row].0.before),
    number("by_new", "currency", "value of new customers", |of, row| of[row].0.new),
    number("by_regained", "currency", "value of regained customers", |of, row| of[row].0.regained),
    number("by_lost", "currency", "value of lost customers as it was before, negative", |of, row| of[row].0.lost),
    number(
        "by_moved",
        "currency",
        "value before of customers from other parts, less that of those who went",
        |of, row| of[row].0.moved,
    ),
    number("by_margin", "currency", "effect of changed margins of those who stayed", |of, row| of[row].0.margin),
    number("by_retention", "currency", "effect of their changed retention", |of, row| of[row].0.retention),
    number("by_discount_rate", "currency", "effect of the changed discount rate on them", |of, row| {
        of[row].0.discount_rate
    }),
    number("by_potential", "currency", "effect of their changed potential profit", |of, row| of[row].0.potential),
    number("ce_after", "currency", "equity after: ce_before and all by_ columns", |of, row| of[row].0.after),
];

impl EquityBridge {
    /// The columns of [`to_frame`](Self::to_frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { BRIDGE.len() }>(BRIDGE);

    /// One row per part, if the snapshots name any, and last the whole.
    ///
    /// ```
    /// use emptor_core::value::equity::{BaseSnapshot, EquityBridge};
    /// use emptor_core::value::{ClosedForm, RetentionRate};
    /// use emptor_types::{DiscountRate, TimeUnit};
    ///
    /// let rate = DiscountRate::annual_effective(0.12)?;
    /// let at = |ids: Vec<u64>, margin: Vec<f64>| {
    ///     let retention = vec![RetentionRate::new(0.8, TimeUnit::Year)?; ids.len()];
    ///     BaseSnapshot::endless(ClosedForm::T1, rate, TimeUnit::Year, ids, margin, retention)
    /// };
    /// let bridge = EquityBridge::between(&at(vec![1, 2], vec![100.0, 40.0])?, &at(vec![1], vec![110.0])?)?;
    /// let table = bridge.to_frame()?;
    /// assert_eq!((table.height(), table.column("n_lost")?.i64()?.get(0)), (1, Some(1)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn to_frame(&self) -> PolarsResult<DataFrame> {
        let parts = self.parts.iter().map(|row| (row.clone(), false));
        let rows: Vec<(BridgeRow, bool)> = parts.chain([(self.total.clone(), true)]).collect();
        frame(BRIDGE, rows.as_slice(), rows.len())
    }
}
