//! Rows of the forecast.

use emptor_statistics::{ascending, quantile};
use emptor_types::{Invalid, Level};
use serde::{Deserialize, Serialize};

use super::flow::{Expected, Flow};
use super::{CustomerBase, SimulatedBase};
use crate::{ForecastError, check_horizon};

/// The customers of a segment, or of all, in one period ahead.
///
/// `end = start + new − lost + moved`, and the rows of the segments sum to that of the total, but for rounding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CustomerBaseForecast {
    /// The segment; `None` for all of them.
    pub segment: Option<String>,
    /// Periods ahead, from 1.
    pub period: usize,
    /// Customers at its start.
    pub start: f64,
    /// Customers won in it.
    pub new: f64,
    /// Customers lost in it.
    pub lost: f64,
    /// Customers come from other segments less those gone to them.
    pub moved: f64,
    /// Customers at its end.
    pub end: f64,
    /// Customers at its end who buy in it.
    pub active: f64,
    /// What they bring: `ARPU · (start + end) / 2`; `None` where it is not known of all segments.
    pub revenue: Option<f64>,
    /// Lower end of the interval of [`end`](Self::end); `None` where none was asked for.
    pub low: Option<f64>,
    /// Upper end of it.
    pub high: Option<f64>,
}

impl CustomerBaseForecast {
    /// Lost customers over those at the start; `None` where nobody was there.
    #[must_use]
    pub fn churn(&self) -> Option<f64> {
        (self.start > 0.0).then(|| self.lost / self.start)
    }
}

impl CustomerBase {
    /// Expected customers of every period ahead: first of the total, then of the segments in their order.
    ///
    /// # Errors
    /// If the horizon is 0 or too long, or an acquisition does not reach it.
    pub fn forecast(&self, horizon: usize) -> Result<Vec<CustomerBaseForecast>, ForecastError> {
        self.check_reach(horizon)?;
        let mean = |acquisition: Option<&super::Acquisition>| acquisition.map_or(Vec::new(), |a| a.mean().to_vec());
        let arrivals: Vec<Vec<f64>> = self.segments.iter().map(|segment| mean(segment.acquisition.as_ref())).collect();
        let flows = self.run(horizon, &arrivals, &self.curves(), &mut Expected);
        let mut rows = vec![Vec::with_capacity(horizon); flows.len()];
        for ((rows, flow), segment) in rows.iter_mut().zip(&flows).zip(&self.segments) {
            rows.extend((0..horizon).map(|period| {
                let mut row = row_of(flow, period);
                row.segment = Some(segment.name.clone());
                row.active = segment.activity * row.end;
                row.revenue = segment.revenue.map(|revenue| revenue * (row.start + row.end) / 2.0);
                row
            }));
        }
        let mut all: Vec<CustomerBaseForecast> = (0..horizon)
            .map(|period| {
                let of_segments: Vec<&CustomerBaseForecast> = rows.iter().map(|rows: &Vec<_>| &rows[period]).collect();
                total_of(&of_segments)
            })
            .collect();
        all.extend(rows.into_iter().flatten());
        Ok(all)
    }

    /// The same with the interval of the customers at the end of every period from simulated futures.
    ///
    /// ```
    /// use emptor_forecast::customer_base::{BaseSegment, Cohort, CustomerBase, Survival};
    /// use emptor_types::{Level, Probability};
    ///
    /// let loyal = BaseSegment::new("all", Survival::constant(Probability::new(0.9)?)).with_cohorts([Cohort::new(0, 1000.0)]);
    /// let rows = CustomerBase::new(vec![loyal])?.forecast_with_interval(2, Level::new(0.9)?, 2000, 7)?;
    /// // A thousand times a chance of 0.9: 900 ± 1.645 · √90.
    /// assert!(rows[0].low.is_some_and(|low| (low - 884.4).abs() < 3.0));
    /// assert!(rows[0].high.is_some_and(|high| (high - 915.6).abs() < 3.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`forecast`](Self::forecast) and [`simulate`](Self::simulate).
    pub fn forecast_with_interval(
        &self,
        horizon: usize,
        level: Level,
        paths: usize,
        seed: u64,
    ) -> Result<Vec<CustomerBaseForecast>, ForecastError> {
        let mut rows = self.forecast(horizon)?;
        let futures: SimulatedBase = self.simulate(horizon, paths, seed)?;
        let tail = (1.0 - level.get()) / 2.0;
        for (block, rows) in rows.chunks_exact_mut(horizon).enumerate() {
            let ends = block.checked_sub(1).map_or(futures.total_end(), |segment| futures.end()[segment].clone());
            for (period, row) in rows.iter_mut().enumerate() {
                let sorted = ascending(&ends.iter().map(|path| path[period]).collect::<Vec<_>>());
                (row.low, row.high) = (quantile(&sorted, tail), quantile(&sorted, 1.0 - tail));
            }
        }
        Ok(rows)
    }

    pub(super) fn check_reach(&self, horizon: usize) -> Result<(), ForecastError> {
        check_horizon(horizon)?;
        let mut checks = Invalid::checks();
        for segment in &self.segments {
            if let Some(acquisition) = &segment.acquisition {
                let (field, known) = (format!("acquisition of {}", segment.name), acquisition.mean().len());
                checks.require(known >= horizon, &field, &format!("must reach {horizon} periods ahead"), known);
            }
        }
        Ok(checks.finish()?)
    }
}

fn row_of(flow: &Flow, period: usize) -> CustomerBaseForecast {
    CustomerBaseForecast {
        segment: None,
        period: period + 1,
        start: flow.start[period],
        new: flow.new[period],
        lost: flow.lost[period],
        moved: flow.moved[period],
        end: flow.end[period],
        active: 0.0,
        revenue: None,
        low: None,
        high: None,
    }
}

fn total_of(rows: &[&CustomerBaseForecast]) -> CustomerBaseForecast {
    let sum = |of: fn(&CustomerBaseForecast) -> f64| rows.iter().map(|row| of(row)).sum::<f64>();
    CustomerBaseForecast {
        segment: None,
        period: rows.first().map_or(0, |row| row.period),
        start: sum(|row| row.start),
        new: sum(|row| row.new),
        lost: sum(|row| row.lost),
        // Who goes from one segment comes to another.
        moved: 0.0,
        end: sum(|row| row.end),
        active: sum(|row| row.active),
        revenue: rows.iter().map(|row| row.revenue).sum(),
        low: None,
        high: None,
    }
}
