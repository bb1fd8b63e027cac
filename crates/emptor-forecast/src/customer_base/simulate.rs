//! Futures of the base.

use emptor_lifetime::sampling::Variates;
use emptor_types::Invalid;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::CustomerBase;
use super::flow::Flow;
use crate::{ForecastError, SamplePaths};

/// The most numbers that one simulation keeps, of each flow: half a gigabyte.
const MOST_NUMBERS: usize = 1 << 26;

/// Simulated futures: path `k` of every flow of every segment is the same future. Customers are whole, and in every path
/// `end = start + new − lost + moved` holds exactly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SimulatedBase {
    segments: Vec<String>,
    new: Vec<SamplePaths>,
    lost: Vec<SamplePaths>,
    moved: Vec<SamplePaths>,
    end: Vec<SamplePaths>,
}

impl SimulatedBase {
    /// The segments' names, in the order of the flows.
    #[must_use]
    pub fn segments(&self) -> &[String] {
        &self.segments
    }

    /// Customers won, by segment.
    #[must_use]
    pub fn new_customers(&self) -> &[SamplePaths] {
        &self.new
    }

    /// Customers lost, by segment.
    #[must_use]
    pub fn lost(&self) -> &[SamplePaths] {
        &self.lost
    }

    /// Customers come from other segments less those gone to them, by segment.
    #[must_use]
    pub fn moved(&self) -> &[SamplePaths] {
        &self.moved
    }

    /// Customers at the end of every period, by segment.
    #[must_use]
    pub fn end(&self) -> &[SamplePaths] {
        &self.end
    }

    /// Customers at the end of every period, of all segments.
    #[must_use]
    pub fn total_end(&self) -> SamplePaths {
        let horizon = self.end.first().map_or(0, SamplePaths::horizon);
        let mut sums = vec![0.0; self.end.first().map_or(0, |paths| paths.count() * horizon)];
        for paths in &self.end {
            sums.iter_mut().zip(paths.iter().flatten()).for_each(|(sum, value)| *sum += value);
        }
        SamplePaths::new(horizon, sums)
    }
}

impl CustomerBase {
    /// Draws futures of the base. What is by chance: who comes (as [`Acquisition`](super::Acquisition) says), who stays and
    /// who moves (each customer on their own), and the curves where there are draws of them. The same seed gives the same
    /// futures at any number of threads.
    ///
    /// # Errors
    /// If the horizon is 0 or too long, an acquisition does not reach it, or there are no paths or too many to keep.
    pub fn simulate(&self, horizon: usize, paths: usize, seed: u64) -> Result<SimulatedBase, ForecastError> {
        self.check_reach(horizon)?;
        let numbers = paths.saturating_mul(horizon).saturating_mul(self.segments.len());
        let mut checks = Invalid::checks();
        checks.require(paths > 0, "paths", "must be at least 1", paths);
        checks.require(numbers <= MOST_NUMBERS, "paths", "must be fewer: periods times segments are too many", paths);
        checks.finish()?;
        let future = |path: usize| {
            let mut random = Variates::new(seed, path as u64);
            let mut draw = |segment: &super::BaseSegment| {
                segment.acquisition.as_ref().map_or(Vec::new(), |a| a.draw(horizon, path, &mut random))
            };
            let arrivals: Vec<Vec<f64>> = self.segments.iter().map(&mut draw).collect();
            self.run(horizon, &arrivals, &self.drawn_curves(path), &mut random)
        };
        let futures: Vec<Vec<Flow>> = (0..paths).into_par_iter().map(future).collect();
        let gather = |of: fn(&Flow) -> &Vec<f64>| -> Vec<SamplePaths> {
            let of_segment = |place: usize| futures.iter().flat_map(|flows| of(&flows[place])).copied().collect();
            (0..self.segments.len()).map(|place| SamplePaths::new(horizon, of_segment(place))).collect()
        };
        Ok(SimulatedBase {
            segments: self.segments.iter().map(|segment| segment.name().to_owned()).collect(),
            new: gather(|flow| &flow.new),
            lost: gather(|flow| &flow.lost),
            moved: gather(|flow| &flow.moved),
            end: gather(|flow| &flow.end),
        })
    }
}
