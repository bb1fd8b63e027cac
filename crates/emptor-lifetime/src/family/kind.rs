//! The family of purchase models as values: which model, and a fitted one of any kind.

use std::fmt;
use std::str::FromStr;

use emptor_types::{DiscountRate, Fit, FitReport, HistoryView, Horizon, Invalid, Level, TimeUnit};
use serde::{Deserialize, Serialize};

use super::FamilySettings;
use crate::estimation::{delta_intervals, scores_of};
use crate::{
    BetaGeoBetaBinomial, BetaGeoCnbdK, BetaGeoNbd, Direction, Estimate, FittedBetaGeoBetaBinomial, FittedBetaGeoCnbdK,
    FittedBetaGeoNbd, FittedGammaGompertzNbd, FittedModifiedBetaGeoCnbdK, FittedModifiedBetaGeoNbd, FittedNbd,
    FittedParetoNbd, GammaGompertzNbd, Interval, LifetimeError, ModifiedBetaGeoCnbdK, ModifiedBetaGeoNbd, Nbd,
    ParetoNbd, PurchaseModel, Scored, Uncertain,
};

/// The kinds, their usual names, and how each is specified.
macro_rules! family {
    ($($(#[$doc:meta])* $kind:ident($spec:ident, $fitted:ident, $usual:literal) $($regular:ident)?;)*) => {
        /// A kind of purchase model. Written and parsed by the usual name, e.g. `BG/NBD`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum PurchaseModelKind {
            $($(#[$doc])* $kind,)*
        }

        impl PurchaseModelKind {
            /// All kinds, the simplest first.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// The usual name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $usual,)*
                }
            }

            /// Estimates a model of this kind.
            ///
            /// ```
            /// use emptor_lifetime::{FamilySettings, PurchaseModel, PurchaseModelKind};
            /// # use emptor_lifetime::{BetaGeoNbdParameters, FittedBetaGeoNbd};
            /// use emptor_types::TimeUnit;
            ///
            /// # let parameters = BetaGeoNbdParameters { r: 0.6, alpha: 4.0, a: 0.8, b: 2.4 };
            /// # let base = FittedBetaGeoNbd::from_parameters(parameters, TimeUnit::Week)?.simulate(&[39.0; 2000], None, 1)?;
            /// let kind: PurchaseModelKind = "Pareto/NBD".parse()?;
            /// let model = kind.fit(&base.view()?, &FamilySettings::default())?;
            /// assert_eq!(model.name(), "Pareto/NBD");
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Errors
            /// As the fit of the model itself.
            pub fn fit(
                self,
                history: &HistoryView<'_>,
                settings: &FamilySettings,
            ) -> Result<FittedPurchaseModel, LifetimeError> {
                match self {
                    $(Self::$kind => {
                        let builder = $spec::builder()
                            .penalty(settings.penalty)
                            .accept_boundary(settings.accept_boundary)
                            $(.$regular(settings.highest_order))?;
                        Ok(FittedPurchaseModel::$kind(builder.build()?.fit(history)?))
                    })*
                }
            }
        }

        /// A fitted purchase model of any kind, e.g. the best of a [`select`](crate::select)ion; it can be saved and
        /// answers as [`PurchaseModel`].
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", content = "model", rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum FittedPurchaseModel {
            $($(#[$doc])* $kind($fitted),)*
        }

        impl FittedPurchaseModel {
            /// The name under which an [`Envelope`](emptor_types::Envelope) keeps any kind of purchase model.
            pub const KIND: &'static str = "purchase_model";

            /// Its kind.
            #[must_use]
            pub fn kind(&self) -> PurchaseModelKind {
                match self {
                    $(Self::$kind(_) => PurchaseModelKind::$kind,)*
                }
            }

            /// Every parameter with its standard error and confidence interval, see [`Fitted::estimates`](crate::Fitted::estimates).
            ///
            /// # Errors
            /// [`LifetimeError::NoCertainty`] if the parameters were given or lie on a boundary.
            pub fn estimates(&self, level: Level) -> Result<Vec<Estimate>, LifetimeError> {
                match self {
                    $(Self::$kind(model) => model.estimates(level),)*
                }
            }

            /// Confidence intervals of anything the model says, see [`Fitted::intervals`](crate::Fitted::intervals).
            ///
            /// # Errors
            /// [`LifetimeError::NoCertainty`]; whatever `quantity` returns.
            pub fn intervals(
                &self,
                level: Level,
                quantity: impl Fn(&Self) -> Result<Vec<f64>, LifetimeError>,
            ) -> Result<Vec<Interval>, LifetimeError> {
                delta_intervals(self, level, quantity)
            }

            /// The model that answers.
            #[must_use]
            pub fn as_model(&self) -> &dyn PurchaseModel {
                match self {
                    $(Self::$kind(model) => model,)*
                }
            }
        }

        impl Uncertain for FittedPurchaseModel {
            fn directions(&self) -> Result<Vec<Direction<Self>>, LifetimeError> {
                match self {
                    $(Self::$kind(model) => {
                        Ok(model.directions()?.into_iter().map(|direction| direction.map(Self::$kind)).collect())
                    })*
                }
            }
        }

        $(
            impl From<$fitted> for FittedPurchaseModel {
                fn from(model: $fitted) -> Self {
                    Self::$kind(model)
                }
            }
        )*
    };
}

family! {
    /// Nobody leaves: the baseline.
    Nbd(Nbd, FittedNbd, "NBD");
    /// Leaves after a repeat purchase.
    BgNbd(BetaGeoNbd, FittedBetaGeoNbd, "BG/NBD");
    /// Leaves after any purchase, the first included.
    MbgNbd(ModifiedBetaGeoNbd, FittedModifiedBetaGeoNbd, "MBG/NBD");
    /// Leaves at any time.
    ParetoNbd(ParetoNbd, FittedParetoNbd, "Pareto/NBD");
    /// Buys regularly, leaves after a repeat purchase.
    BgCnbdK(BetaGeoCnbdK, FittedBetaGeoCnbdK, "BG/CNBD-k") k_up_to;
    /// Buys regularly, leaves after any purchase.
    MbgCnbdK(ModifiedBetaGeoCnbdK, FittedModifiedBetaGeoCnbdK, "MBG/CNBD-k") k_up_to;
    /// Leaves at any time, the sooner the older the relationship.
    GgomNbd(GammaGompertzNbd, FittedGammaGompertzNbd, "GGom/NBD");
    /// Buys or not at each of many opportunities, leaves before one. Time is counted in whole opportunities.
    BgBb(BetaGeoBetaBinomial, FittedBetaGeoBetaBinomial, "BG/BB");
}

impl PurchaseModelKind {
    /// Whether the history must carry [`sum_ln_gaps`](HistoryView::with_sum_ln_gaps).
    #[must_use]
    pub fn needs_gaps(self) -> bool {
        matches!(self, Self::BgCnbdK | Self::MbgCnbdK)
    }
}

impl fmt::Display for PurchaseModelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for PurchaseModelKind {
    type Err = Invalid;

    /// Reads the usual name in any case, also without its strokes: `BG/NBD`, `bg-nbd`, `bgnbd`.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let plain = |text: &str| -> String {
            text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
        };
        Self::ALL.iter().copied().find(|kind| plain(kind.name()) == plain(text)).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|kind| kind.name()).collect();
            Invalid::value("purchase model", format!("must be one of {}", names.join(", ")), format!("`{text}`"))
        })
    }
}

impl Scored for FittedPurchaseModel {
    fn scores(&self, history: &HistoryView<'_>, groups: &[u32]) -> Result<Vec<Vec<f64>>, LifetimeError> {
        scores_of(self, history, groups, |model, rows| model.log_likelihood(rows))
    }
}

impl PurchaseModel for FittedPurchaseModel {
    fn name(&self) -> &'static str {
        self.as_model().name()
    }

    fn unit(&self) -> TimeUnit {
        self.as_model().unit()
    }

    fn report(&self) -> &FitReport {
        self.as_model().report()
    }

    fn named_parameters(&self) -> Vec<(String, f64)> {
        self.as_model().named_parameters()
    }

    fn log_likelihood(&self, history: &HistoryView<'_>) -> Result<f64, LifetimeError> {
        self.as_model().log_likelihood(history)
    }

    fn p_alive(&self, history: &HistoryView<'_>) -> Result<Vec<f64>, LifetimeError> {
        self.as_model().p_alive(history)
    }

    fn p_alive_sql(&self) -> Result<String, LifetimeError> {
        self.as_model().p_alive_sql()
    }

    fn p_alive_schedule(&self, history: &HistoryView<'_>, times: &[f64]) -> Result<Vec<Vec<f64>>, LifetimeError> {
        self.as_model().p_alive_schedule(history, times)
    }

    fn expected_purchases_schedule(
        &self,
        history: &HistoryView<'_>,
        times: &[f64],
    ) -> Result<Vec<Vec<f64>>, LifetimeError> {
        self.as_model().expected_purchases_schedule(history, times)
    }

    fn probability_of_n_purchases(
        &self,
        history: &HistoryView<'_>,
        n: u64,
        horizon: Horizon,
    ) -> Result<Vec<f64>, LifetimeError> {
        self.as_model().probability_of_n_purchases(history, n, horizon)
    }

    fn dert(&self, history: &HistoryView<'_>, rate: DiscountRate) -> Result<Vec<f64>, LifetimeError> {
        self.as_model().dert(history, rate)
    }

    fn expected_purchases_new_customer(&self, horizon: Horizon) -> Result<f64, LifetimeError> {
        self.as_model().expected_purchases_new_customer(horizon)
    }

    fn probability_of_n_purchases_new_customer(&self, n: u64, horizon: Horizon) -> Result<f64, LifetimeError> {
        self.as_model().probability_of_n_purchases_new_customer(n, horizon)
    }

    fn dert_new_customer(&self, rate: DiscountRate) -> Result<f64, LifetimeError> {
        self.as_model().dert_new_customer(rate)
    }
}
