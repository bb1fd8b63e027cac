//! What customers of an age bring.

use std::cell::LazyCell;

use emptor_types::{Fit, Invalid};
use serde::{Deserialize, Serialize};

use super::cells::{Cells, Relative};
use super::credibility::{Credibility, unknown};
use super::curve::Curve;
use super::fitted_curve::FittedAgeCurve;
use super::history::ProfitHistory;
use super::level::nobody;
use crate::value::ValueError;

/// The age curve: a customer will earn what customers of the same segment earned at the age that they will have.
///
/// ```text
/// RP_it = curve_segment(age_i + t)          curve_s(a) = mean profit of the customers of s in the a-th period of their
///                                                        relationship, over all who were observed at that age
/// base(a)    = Σ_s n_s(a) curve_s(a) / Σ_s n_s(a) ratio_s          ratio_s over the ages before a
/// ratio_s    = Σ_a n_s(a) curve_s(a) / Σ_a n_s(a) base(a)          over the ages at which s was observed and base(a) > 0
/// curve_s(a) = ratio_s · base(a)                                   at an age at which nobody of s was observed
/// ```
/// Ages count complete periods since the relationship began, the first is 1. The base curve of all segments starts with
/// the mean of all customers, and then rises and falls as the segments do that were observed before: where only the rich
/// segments are old, it does not rise to their level. (Where they say nothing of the others, because they were not seen
/// before, or are known by less than a hundredth of the base's profit, it goes on as it is; before it was ever positive
/// it is the mean.) A segment beyond the ages at which it was observed keeps its ratio to the base curve; without a
/// positive ratio it keeps its last level, and without any observation it is the base curve.
/// [`FittedAgeCurve::observed_until`] says where that begins, [`FittedAgeCurve::extended`] for whom.
///
/// A cell of fewer than `min_customers` is thin: it is blended by [`Credibility`] with what the segment would be without
/// it, by its cells that are not thin (the base curve, if there are none), and a thin cell of the base curve with the age
/// before (the first with the mean of all ages). Beyond the last age of all, the last level goes on, falling by an
/// optional factor per period. Profit and retention of any segment and age may be overwritten, see [`FittedAgeCurve`].
///
/// For credibility, the cells of the base curve are compared across ages, those of segments across the segments of an age.
///
/// Where customers who have left are in the history with profits of 0, their loss is in the curve: weigh it with no
/// survival then. Where they are missing from the history, add one.
///
/// ```
/// use emptor_core::value::forecast::{AgeCurve, ProfitHistory};
/// use emptor_core::value::{CurrentProfit, LifetimeValue};
/// use emptor_types::{DiscountRate, Fit, Horizon, TimeUnit, Timing};
///
/// // Two customers, seen in years 2 to 4 and 1 to 2 of their relationship.
/// let profit = vec![50.0, 70.0, 80.0, f64::NAN, 10.0, 30.0];
/// let history = ProfitHistory::new(TimeUnit::Year, 3, profit, vec![4, 2])?;
/// let curve = AgeCurve::new(1)?.with_decay(0.5)?.fit(&history)?;
/// let ages: Vec<_> = (1..=6).filter_map(|age| curve.profit(None, age)).collect();
/// assert_eq!(ages, [10.0, 40.0, 70.0, 80.0, 40.0, 20.0]);
///
/// let convention = LifetimeValue::builder()
///     .rate(DiscountRate::annual_effective(0.10)?)
///     .horizon(Horizon::years(2.0)?)
///     .period(TimeUnit::Year)
///     .timing(Timing::End)
///     .build()?;
/// let profit = curve.forecast(&[0, 3], None, &convention)?;
/// assert_eq!(profit, CurrentProfit::panel(2, vec![10.0, 40.0, 80.0, 40.0])?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **Reference.** The curve by age and segment, with values that users may overwrite, is how SAP CRM's customer lifetime
/// value counts periods; the blending is Bühlmann & Straub (1970).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredSpec")]
pub struct AgeCurve {
    min_customers: u64,
    decay: f64,
    credibility: Option<Credibility>,
    own: Option<Credibility>,
}

/// The saved form; loading checks it again.
#[derive(Deserialize)]
struct StoredSpec {
    min_customers: u64,
    decay: f64,
    credibility: Option<Credibility>,
    own: Option<Credibility>,
}

impl TryFrom<StoredSpec> for AgeCurve {
    type Error = Invalid;

    fn try_from(StoredSpec { min_customers, decay, credibility, own }: StoredSpec) -> Result<Self, Invalid> {
        Ok(Self { credibility, own, ..Self::new(min_customers)?.with_decay(decay)? })
    }
}

impl AgeCurve {
    /// A curve whose cells stand alone from `min_customers`; credibility is estimated, and the last level goes on.
    ///
    /// # Errors
    /// Unless `min_customers` is at least 1.
    pub fn new(min_customers: u64) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(min_customers > 0, "min_customers", "must be at least 1", min_customers);
        checks.finish()?;
        Ok(Self { min_customers, decay: 1.0, credibility: None, own: None })
    }

    /// What is left of the last level after every period beyond the last observed age (per period of the history).
    ///
    /// # Errors
    /// Unless it lies between 0 and 1.
    pub fn with_decay(self, decay: f64) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require((0.0..=1.0).contains(&decay), "decay", "must lie between 0 and 1", decay);
        checks.finish()?;
        Ok(Self { decay, ..self })
    }

    /// With a known credibility of thin cells, where `K` counts customers.
    #[must_use]
    pub fn with_credibility(self, credibility: Credibility) -> Self {
        Self { credibility: Some(credibility), ..self }
    }

    /// With a known credibility of a customer's own level, where `K` counts periods of a typical customer; see
    /// [`FittedAgeCurve::forecast_own`].
    #[must_use]
    pub fn with_own_credibility(self, credibility: Credibility) -> Self {
        Self { own: Some(credibility), ..self }
    }

    /// A cell that may be thin.
    fn blend(
        &self,
        cell: (f64, u64),
        instead: f64,
        credibility: impl FnOnce() -> Option<Credibility>,
    ) -> Result<f64, Invalid> {
        match cell {
            (_, 0) => Ok(instead),
            (own, customers) if customers >= self.min_customers => Ok(own),
            (own, customers) => Ok(credibility().ok_or_else(unknown)?.blend(customers as f64, own, instead)),
        }
    }
}

impl Fit<ProfitHistory> for AgeCurve {
    type Fitted = FittedAgeCurve;
    type Error = ValueError;

    /// Averages every cell, and blends the thin ones.
    ///
    /// # Errors
    /// [`ValueError::Invalid`] if nobody has a complete period, or a thin cell needs a credibility that cannot be
    /// estimated.
    fn fit(&self, history: &ProfitHistory) -> Result<FittedAgeCurve, ValueError> {
        let last = history.ages().iter().copied().max().filter(|age| *age > 0).ok_or_else(nobody)?;
        let segments = history.segments().len().max(1);
        let mut cells = Cells::new(segments, last);
        let mut base = Cells::new(1, last);
        for (segment, age, profit) in history.observations() {
            cells.add(segment, age, profit);
            base.add(0, age, profit);
        }

        // Ages within the whole for the base curve, segments within an age for their curves; only if a cell is thin.
        let course = cells.course(&base);
        let of_base = LazyCell::new(|| self.credibility.or_else(|| base.credibility(history, |_, _| 0, Some(&course))));
        let of_segments = LazyCell::new(|| self.credibility.or_else(|| cells.credibility(history, |_, age| age, None)));
        let mut instead = base.mean_of(&course);
        let mut curve = Curve::default();
        for (age, mean) in (1..).zip(&course) {
            let (_, customers) = base.at(0, age);
            instead = self.blend((*mean, customers), instead, || *of_base)?;
            curve.push(instead, customers);
        }
        let mut separate = Vec::new();
        for (segment, name) in history.segments().iter().enumerate() {
            let observed: Vec<(usize, (f64, u64))> =
                (1..=last).map(|age| (age, cells.at(segment, age))).filter(|(_, (_, n))| *n > 0).collect();
            let alone = observed.iter().copied().filter(|(_, (_, customers))| *customers >= self.min_customers);
            let alone = Relative::new(&curve, alone.collect());
            let level = |(age, cell): (usize, (f64, u64))| {
                let profit = self.blend(cell, alone.at(age), || *of_segments)?;
                Ok((age, (profit, cell.1)))
            };
            let levels = Relative::new(&curve, observed.into_iter().map(level).collect::<Result<_, Invalid>>()?);
            let mut own = Curve::default();
            (1..=last)
                .for_each(|age| own.push(levels.observed(age).unwrap_or(levels.at(age)), cells.at(segment, age).1));
            separate.push((name.clone(), own));
        }
        Ok(FittedAgeCurve::new(history.unit(), self.decay, curve, separate).with_own(history, self.own))
    }
}
