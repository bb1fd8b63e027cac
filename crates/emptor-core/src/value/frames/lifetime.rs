//! Lifetime values and their schedule.

use emptor_lifetime::Interval;
use polars::prelude::{DataFrame, IdxCa, NewChunkedArray, PolarsError, PolarsResult, Series};

use crate::columns::ColumnSpec;
use crate::table::{Of, count, frame, frame_by_customer, known, number, one_for_each, same_number, same_text, specs};
use crate::value::{BaseFlows, LifetimeValues, Schedule};

struct Values<'a> {
    values: &'a LifetimeValues,
    ranges: Option<&'a [Interval]>,
}

// A function, for a constant would fix the lifetime of what it reads.
const fn columns<'a>() -> [Of<Values<'a>>; 11] {
    [
        same_text("method", "", "how it is computed", |_| "net present value".to_owned()),
        same_text("timing", "", "where in its period a profit falls: start, middle or end", |of| {
            of.values.convention().timing().to_string()
        }),
        same_number("rate", "per period", "effective discount rate", |of| {
            let convention = of.values.convention();
            Some(convention.rate().per(convention.period()))
        }),
        same_text("period", "", "the length of a period", |of| of.values.convention().period().to_string()),
        same_number("horizon", "periods", "how far ahead profit counts", |of| {
            let convention = of.values.convention();
            Some(convention.horizon().in_units(convention.period()))
        }),
        number(
            "ltv_current",
            "currency",
            "discounted value of current relationship profit over the horizon",
            |of, row| of.values.current()[row],
        ),
        number("ltv_potential", "currency", "what potential profit adds to it", |of, row| of.values.potential()[row]),
        number("ltv_total", "currency", "current and potential together", total),
        known(
            "potential_share",
            "share of ltv_total",
            "ltv_potential by ltv_total; null unless that is positive",
            |of, row| {
                let total = total(of, row);
                (total > 0.0).then(|| of.values.potential()[row] / total)
            },
        ),
        known("lo", "currency", "lower end of the range of ltv_total; null where none was given", |of, row| {
            Some(of.ranges?[row].low)
        }),
        known("hi", "currency", "upper end of it", |of, row| Some(of.ranges?[row].high)),
    ]
}

fn total(of: &Values<'_>, row: usize) -> f64 {
    of.values.current()[row] + of.values.potential()[row]
}

impl LifetimeValues {
    /// The columns of [`to_frame`](Self::to_frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, 12>(&columns());

    /// One row per customer, in the order of the input, with the convention in every row. `ranges` are those of the
    /// customers' total values, as
    /// [`ParameterUncertainty::customers`](crate::value::uncertainty::ParameterUncertainty::customers) gives them.
    ///
    /// ```
    /// use emptor_core::value::{CurrentProfit, LifetimeValue, ProfitStreams};
    /// use emptor_table::polars::prelude::{NamedFrom, Series};
    /// use emptor_types::{DiscountRate, Horizon, TimeUnit, Timing};
    ///
    /// let convention = LifetimeValue::builder()
    ///     .rate(DiscountRate::annual_effective(0.10)?)
    ///     .horizon(Horizon::years(3.0)?)
    ///     .period(TimeUnit::Year)
    ///     .timing(Timing::End)
    ///     .build()?;
    /// let values = convention.compute(&ProfitStreams::new(CurrentProfit::level(vec![100.0, 0.0])?))?;
    /// let table = values.to_frame(&Series::new("id".into(), ["a", "b"]), None)?;
    /// assert_eq!(table.column("customer_id")?.str()?.get(1), Some("b"));
    /// assert_eq!(table.column("potential_share")?.f64()?.get(0), Some(0.0));
    /// assert_eq!(table.column("potential_share")?.f64()?.get(1), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`PolarsError::ShapeMismatch`] unless there is one id and, where ranges are given, one range per customer.
    pub fn to_frame(&self, customers: &Series, ranges: Option<&[Interval]>) -> PolarsResult<DataFrame> {
        let rows = self.current().len();
        if let Some(ranges) = ranges {
            one_for_each("ranges", ranges.len(), rows)?;
        }
        frame_by_customer(&columns(), customers, &Values { values: self, ranges }, rows)
    }
}

const SCHEDULE: &[Of<Schedule>] = &[
    count("t", "", "period, from 1", |of, row| Some(of.t[row])),
    number("tau", "periods", "discounting time of the period", |of, row| of.tau[row]),
    number("survival", "probability", "survival weight of the period", |of, row| of.survival[row]),
    number("rp", "currency", "current profit of the period, the lived part of it", |of, row| of.rp[row]),
    number("prp", "currency", "potential profit of the period, the lived part of it", |of, row| of.prp[row]),
    number("df", "", "discount factor", |of, row| of.df[row]),
    number("pv_rp", "currency", "present value of current profit: survival · rp · df", |of, row| of.pv_rp[row]),
    number("pv_prp", "currency", "present value of potential profit: survival · prp · df", |of, row| of.pv_prp[row]),
];

impl Schedule {
    /// The columns of [`to_frame`](Self::to_frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { SCHEDULE.len() + 1 }>(SCHEDULE);

    /// One row per customer and period, ordered by both. `customers` are the ids of all customers of the input; who lives
    /// through no period has no row.
    ///
    /// ```
    /// use emptor_core::value::{CurrentProfit, LifetimeValue, ProfitStreams};
    /// use emptor_table::polars::prelude::{NamedFrom, Series};
    /// use emptor_types::{DiscountRate, Horizon, TimeUnit, Timing};
    ///
    /// let convention = LifetimeValue::builder()
    ///     .rate(DiscountRate::annual_effective(0.10)?)
    ///     .horizon(Horizon::years(2.0)?)
    ///     .period(TimeUnit::Year)
    ///     .timing(Timing::End)
    ///     .build()?;
    /// let schedule = convention.schedule(&ProfitStreams::new(CurrentProfit::level(vec![110.0, 0.0])?))?;
    /// let table = schedule.to_frame(&Series::new("id".into(), [7_i64, 8]))?;
    /// assert_eq!(table.column("customer_id")?.i64()?.get(1), Some(7));
    /// assert!(table.column("pv_rp")?.f64()?.get(0).is_some_and(|pv| (pv - 100.0).abs() < 1e-9));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`PolarsError::ShapeMismatch`] if there are fewer ids than customers.
    pub fn to_frame(&self, customers: &Series) -> PolarsResult<DataFrame> {
        let needed = self.customer.last().map_or(0, |last| last + 1);
        if customers.len() < needed {
            let message =
                format!("ids of customers must be one for each of {needed} customers (got {})", customers.len());
            return Err(PolarsError::ShapeMismatch(message.into()));
        }
        let ids = repeated(customers, self.customer.iter().copied())?;
        frame_by_customer(SCHEDULE, &ids, self, self.customer.len())
    }
}

/// The id of the customer of every row.
pub(super) fn repeated(customers: &Series, rows: impl Iterator<Item = usize>) -> PolarsResult<Series> {
    let places = IdxCa::from_iter_values("places".into(), rows.map(|row| row as polars::prelude::IdxSize));
    customers.take(&places)
}

const FLOWS: &[Of<(BaseFlows, Vec<f64>)>] = &[
    count("t", "", "period, from 1", |_, row| Some(row + 1)),
    number("current", "currency", "expected current profit of the base", |of, row| of.0.current()[row]),
    number("potential", "currency", "expected potential profit of the base", |of, row| of.0.potential()[row]),
    number("pv", "currency", "present value of both", |of, row| of.1[row]),
];

impl BaseFlows {
    /// The columns of [`to_frame`](Self::to_frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { FLOWS.len() }>(FLOWS);

    /// One row per period.
    ///
    /// ```
    /// # use emptor_core::value::{CurrentProfit, LifetimeValue, ProfitStreams};
    /// # use emptor_types::{DiscountRate, Horizon, TimeUnit, Timing};
    /// # let convention = LifetimeValue::builder()
    /// #     .rate(DiscountRate::annual_effective(0.10)?)
    /// #     .horizon(Horizon::years(2.0)?)
    /// #     .period(TimeUnit::Year)
    /// #     .timing(Timing::End)
    /// #     .build()?;
    /// let flows = convention.base_flows(&ProfitStreams::new(CurrentProfit::level(vec![50.0, 60.0])?))?;
    /// let table = flows.to_frame()?;
    /// assert_eq!(table.column("current")?.f64()?.get(1), Some(110.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn to_frame(&self) -> PolarsResult<DataFrame> {
        frame(FLOWS, &(self.clone(), self.present_values()), self.current().len())
    }
}
