//! Customer bases for the purchase models: simulated by the model itself, in weeks, with a fixed seed.

use emptor::lifetime::SimulatedHistory;
use emptor::prelude::*;

use crate::data::SEED;

/// When customers were won, and on which clock purchases are seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As CDNOW: won within twelve weeks, observed for 27 to 39 weeks, times in whole days.
    CdnowLike,
    /// Won day by day, 8 to 104 weeks ago, times in whole days.
    Mixed,
    /// As CDNOW, on a clock without ticks: no two rows are equal.
    Distinct,
}

impl Kind {
    /// `cdnow-like`, `mixed` or `distinct`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "cdnow-like" => Some(Self::CdnowLike),
            "mixed" => Some(Self::Mixed),
            "distinct" => Some(Self::Distinct),
            _ => None,
        }
    }

    fn age(self, customer: usize) -> f64 {
        match self {
            Self::CdnowLike => (188 + customer * 7919 % 85) as f64 / 7.0,
            Self::Mixed => 8.0 + (customer * 7919 % 673) as f64 / 7.0,
            // Steps of the golden ratio never meet.
            Self::Distinct => 27.0 + 12.0 * (customer as f64 * 0.618_033_988_749_894_9).fract(),
        }
    }
}

/// Purchase summaries in weeks.
#[derive(Debug, Clone)]
pub struct Base {
    /// Repeat purchases.
    pub frequency: Vec<f64>,
    /// First to last purchase.
    pub recency: Vec<f64>,
    /// First purchase to the end of observation.
    pub t: Vec<f64>,
    /// For models of regular buyers.
    pub sum_ln_gaps: Vec<f64>,
}

impl Base {
    /// As models take it.
    ///
    /// # Panics
    /// Never for a simulated base.
    #[must_use]
    pub fn view(&self) -> HistoryView<'_> {
        let view = HistoryView::new(&self.frequency, &self.recency, &self.t, None, TimeUnit::Week).unwrap();
        view.with_sum_ln_gaps(&self.sum_ln_gaps).unwrap()
    }
}

/// A model at fixed parameters, its base and its fit.
macro_rules! models {
    ($($name:literal: $fitted:ident($parameters:expr), $spec:expr;)*) => {
        /// The models that are measured, by their names on the command line and in records.
        pub const MODELS: &[&str] = &[$($name),*];

        /// A model at fixed parameters.
        ///
        /// # Panics
        /// If there is no model of that name.
        #[must_use]
        pub fn model(name: &str) -> Box<dyn PurchaseModel> {
            match name {
                $($name => Box::new($fitted::from_parameters($parameters, TimeUnit::Week).unwrap()),)*
                _ => panic!("no model {name}, but {MODELS:?}"),
            }
        }

        /// Fits a model with its default settings.
        ///
        /// # Panics
        /// If there is no model of that name, or if its fit fails.
        #[must_use]
        pub fn fit(name: &str, view: &HistoryView<'_>) -> Box<dyn PurchaseModel> {
            match name {
                $($name => Box::new($spec.build().unwrap().fit(view).unwrap()),)*
                _ => panic!("no model {name}, but {MODELS:?}"),
            }
        }

        /// Customers as the model tells their story, on the clock of the kind.
        ///
        /// # Panics
        /// If there is no model of that name.
        #[must_use]
        pub fn base(name: &str, kind: Kind, customers: usize) -> Base {
            let t: Vec<f64> = (0..customers).map(|i| kind.age(i)).collect();
            let drawn = match name {
                $($name => $fitted::from_parameters($parameters, TimeUnit::Week).unwrap().simulate(&t, None, SEED),)*
                _ => panic!("no model {name}, but {MODELS:?}"),
            };
            let SimulatedHistory { frequency, mut recency, t, mut sum_ln_gaps, .. } = drawn.unwrap();
            if kind != Kind::Distinct {
                for (row, t_x) in recency.iter_mut().enumerate().filter(|(row, _)| frequency[*row] > 0.0) {
                    // A purchase counts as a repeat from the day after the first one on. Gaps stretch with the whole.
                    let (x, days) = (frequency[row], ((*t_x * 7.0).round() / 7.0).clamp(1.0 / 7.0, t[row]));
                    let stretched = sum_ln_gaps[row] + x * (days / *t_x).ln();
                    sum_ln_gaps[row] = stretched.min(x * (days / x).ln());
                    *t_x = days;
                }
            }
            Base { frequency, recency, t, sum_ln_gaps }
        }
    };
}

models! {
    // Fader, Hardie & Lee (2005), table 2.
    "bgnbd": FittedBetaGeoNbd(BetaGeoNbdParameters { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 }),
        BetaGeoNbd::builder();
    // Batislam, Denizel & Filiztekin (2007), CDNOW.
    "mbgnbd": FittedModifiedBetaGeoNbd(ModifiedBetaGeoNbdParameters { r: 0.525, alpha: 6.183, a: 0.891, b: 1.614 }),
        ModifiedBetaGeoNbd::builder();
    "mbgcnbd-2": FittedModifiedBetaGeoCnbdK(
        ModifiedBetaGeoCnbdKParameters { k: 2, r: 0.9, alpha: 3.0, a: 0.8, b: 1.7 }),
        ModifiedBetaGeoCnbdK::builder().k(2);
    // Fader, Hardie & Lee (2005), "RFM and CLV": CDNOW.
    "pareto": FittedParetoNbd(ParetoNbdParameters { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 }),
        ParetoNbd::builder();
    // Ageing that half a year can show: at CDNOW's, which has none, the model ends on its boundary.
    "ggom": FittedGammaGompertzNbd(GammaGompertzNbdParameters { r: 0.9, alpha: 3.0, b: 0.15, s: 0.7, beta: 5.0 }),
        GammaGompertzNbd::builder();
}
