//! A fitted standard: frozen scales and weights that score any customer.

use emptor_types::{Checks, ExactSum, Invalid};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::fitted_indicator::check_columns;
use super::indicator::GROUPS;
use super::weighting::draw;
use super::{
    AssessmentStandard, DropReason, DroppedIndicator, FittedIndicator, Indicator, InformationGroup, StandardScores,
    WeightsReport,
};
use crate::grade::{GradeError, GradingData};

/// Shares sum to 1 up to this.
const SHARE_ROUNDING: f64 = 1e-9;

/// What the fitted customers are like on average: what a single customer is compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BaseMeans {
    /// Customers with a composite score.
    pub scored: usize,
    /// Mean composite score; `None` if nobody has one.
    pub composite: Option<f64>,
    /// Mean group scores of those who have one, in the order of [`InformationGroup::ALL`].
    pub group_scores: [Option<f64>; GROUPS],
    /// Mean score of each indicator in use over those who have one.
    pub indicators: Vec<f64>,
    /// Mean of effective weight × score of each indicator over the customers with a composite score. They sum to
    /// `composite`, so that what each indicator adds to a customer beyond these sums to the customer's composite beyond
    /// the mean.
    pub contributions: Vec<f64>,
}

/// Parameters, the saved form of [`FittedStandard`]; loading checks them again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Model {
    standard: AssessmentStandard,
    customers: usize,
    indicators: Vec<FittedIndicator>,
    dropped: Vec<DroppedIndicator>,
    weights: WeightsReport,
    base: BaseMeans,
}

/// An [`AssessmentStandard`] fitted to a base of customers: cuts, centres, units, rank tables, weights and base means,
/// frozen, so that new customers and other periods are scored by the same standard. It holds no data.
///
/// ```
/// use emptor_core::grade::{AssessmentStandard, FittedStandard, GradingData, Indicator, InformationGroup};
/// use emptor_types::{Envelope, Fit, Training};
///
/// let spend = Indicator::new("spend", InformationGroup::PastSales);
/// let standard = AssessmentStandard::builder().indicators([spend]).build()?;
/// let base = [10.0, 20.0, 30.0, 40.0, 50.0];
/// let fitted = standard.fit(&GradingData::new(&[("spend", &base)])?)?;
///
/// // A new customer, by the frozen standard.
/// let scores = fitted.score(&GradingData::new(&[("spend", &[30.0])])?)?;
/// assert_eq!(scores.composite, [Some(0.0)]);
///
/// // Saved and loaded it is the same standard.
/// let training = Training { as_of: None, unit: None, customers: base.len() };
/// let saved = Envelope::new("standard", training, fitted.clone()).to_json()?;
/// assert_eq!(Envelope::<FittedStandard>::from_json("standard", &saved)?.model, fitted);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Model", into = "Model")]
pub struct FittedStandard {
    model: Model,
}

impl FittedStandard {
    pub(super) fn fit(standard: &AssessmentStandard, data: &GradingData<'_>) -> Result<Self, GradeError> {
        if data.is_empty() {
            return Err(GradeError::NoCustomers);
        }
        let asked: Vec<&Indicator> = standard.indicators().iter().collect();
        let columns = columns_of(standard, &asked, data)?;
        let tried: Vec<_> = asked
            .par_iter()
            .zip(&columns)
            .map(|(indicator, column)| {
                FittedIndicator::fit(indicator, column, standard.scaling(), standard.winsorize(), standard.clip())
            })
            .collect();
        let mut indicators = Vec::new();
        let mut used = Vec::new();
        let mut dropped = Vec::new();
        for ((result, indicator), column) in tried.into_iter().zip(&asked).zip(columns) {
            match result {
                Ok(fitted) => {
                    indicators.push(fitted);
                    used.push(column);
                }
                Err(reason) => dropped.push(DroppedIndicator::new(indicator, reason)),
            }
        }
        if indicators.is_empty() {
            return Err(GradeError::NothingToGradeBy { dropped });
        }
        let mut raw = draw(standard.weighting(), &indicators, &used, data.ranking())?;

        let weighs: Vec<bool> = raw.within.iter().map(|&weight| weight > 0.0).collect();
        let mut weigh = weighs.iter();
        indicators.retain(|fitted| {
            let kept = weigh.next().copied().unwrap_or(true);
            if !kept {
                dropped.push(DroppedIndicator::new(&fitted.indicator, DropReason::NoWeight));
            }
            kept
        });
        if indicators.is_empty() {
            return Err(GradeError::NothingToGradeBy { dropped });
        }
        used = used.into_iter().zip(weighs).filter(|(_, kept)| *kept).map(|(column, _)| column).collect();
        raw.within.retain(|&weight| weight > 0.0);
        let weights = raw.report(standard.weighting().method(), &indicators);
        let base = BaseMeans::of(&indicators, &weights, standard.least_coverage(), &used, data.len());
        let standard = standard.clone();
        Ok(Self { model: Model { standard, customers: data.len(), indicators, dropped, weights, base } })
    }

    /// Scores customers, whether they were in the fitted data or not. The fitted data get the scores of the fit, bit
    /// for bit.
    ///
    /// # Errors
    /// [`GradeError::MissingIndicators`] if the column of an indicator in use is missing (dropped indicators need
    /// none), and [`GradeError::Invalid`] if a value cannot be transformed or lies outside a range that the standard
    /// says to refuse.
    pub fn score(&self, data: &GradingData<'_>) -> Result<StandardScores, GradeError> {
        let model = &self.model;
        let asked: Vec<&Indicator> = model.indicators.iter().map(|fitted| &fitted.indicator).collect();
        let columns = columns_of(&model.standard, &asked, data)?;
        let (scores, outside) = columns_of_scores(&model.indicators, &columns);
        Ok(StandardScores::of(&model.weights, model.standard.least_coverage(), scores, outside))
    }

    /// The standard, with its name and version.
    #[must_use]
    pub fn standard(&self) -> &AssessmentStandard {
        &self.model.standard
    }

    /// Customers it was fitted to.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.model.customers
    }

    /// The indicators in use with their frozen scales, in the order of the standard: the order of
    /// [`StandardScores::indicators`].
    #[must_use]
    pub fn indicators(&self) -> &[FittedIndicator] {
        &self.model.indicators
    }

    /// The indicators that are not in use, with their reasons.
    #[must_use]
    pub fn dropped(&self) -> &[DroppedIndicator] {
        &self.model.dropped
    }

    /// The weights, and where they come from.
    #[must_use]
    pub fn weights(&self) -> &WeightsReport {
        &self.model.weights
    }

    /// The share of a group in the composite score; `None` for a group without indicators in use. Shares sum to 1.
    #[must_use]
    pub fn group_share(&self, group: InformationGroup) -> Option<f64> {
        Some(self.model.weights.group_shares[group.index()]).filter(|&share| share > 0.0)
    }

    /// What the fitted customers are like on average.
    #[must_use]
    pub fn base(&self) -> &BaseMeans {
        &self.model.base
    }
}

/// The columns of indicators, checked against what they can take.
fn columns_of<'a>(
    standard: &AssessmentStandard,
    indicators: &[&Indicator],
    data: &GradingData<'a>,
) -> Result<Vec<&'a [f64]>, GradeError> {
    let columns = data.named(indicators.iter().map(|indicator| indicator.name()))?;
    check_columns(indicators.iter().copied().zip(columns.iter().copied()), standard.out_of_range())?;
    Ok(columns)
}

/// Scores of each indicator and how many values lay outside the valid range.
pub(super) fn columns_of_scores(indicators: &[FittedIndicator], columns: &[&[f64]]) -> (Vec<Vec<f64>>, Vec<usize>) {
    let both: Vec<_> = indicators.par_iter().zip(columns).map(|(fitted, column)| fitted.column(column)).collect();
    both.into_iter().unzip()
}

/// Rows scored at a time for the base means, so that a fit needs no memory for the scores of all customers.
const CHUNK: usize = 16_384;

/// A sum and how many terms it has. Scores are at most 1000 either way, where an [`ExactSum`] adds without rounding: the
/// same bits in any order and in any chunks.
#[derive(Debug, Clone, Copy, Default)]
struct Mean(ExactSum, usize);

impl Mean {
    fn add(&mut self, value: f64) {
        self.0.add(value);
        self.1 += 1;
    }

    fn merged(mut self, other: Self) -> Self {
        self.0.merge(other.0);
        Self(self.0, self.1 + other.1)
    }

    fn value(self) -> Option<f64> {
        (self.1 > 0).then(|| self.0.value() / self.1 as f64)
    }
}

impl BaseMeans {
    fn of(
        indicators: &[FittedIndicator],
        weights: &WeightsReport,
        least_coverage: f64,
        columns: &[&[f64]],
        customers: usize,
    ) -> Self {
        let count = indicators.len();
        let chunk = |start: usize| {
            let end = customers.min(start + CHUNK);
            let z = indicators.iter().zip(columns).map(|(fitted, c)| fitted.column(&c[start..end]).0).collect();
            let scores = StandardScores::of(weights, least_coverage, z, Vec::new());
            let mut means = vec![Mean::default(); GROUPS + 2 * count];
            let (groups, rest) = means.split_at_mut(GROUPS);
            let (known, added) = rest.split_at_mut(count);
            for (mean, column) in groups.iter_mut().zip(&scores.group_scores) {
                column.iter().flatten().for_each(|&score| mean.add(score));
            }
            for (mean, column) in known.iter_mut().zip(&scores.indicators) {
                column.iter().filter(|z| !z.is_nan()).for_each(|&z| mean.add(z));
            }
            let mut terms = vec![0.0; count];
            for row in 0..scores.len() {
                if scores.add_up(weights, row, &mut terms) {
                    added.iter_mut().zip(&terms).for_each(|(mean, &term)| mean.add(term));
                }
            }
            means
        };
        let starts: Vec<usize> = (0..customers).step_by(CHUNK).collect();
        let none = || vec![Mean::default(); GROUPS + 2 * count];
        let merge = |a: Vec<Mean>, b: Vec<Mean>| a.into_iter().zip(b).map(|(a, b)| a.merged(b)).collect();
        let means = starts.into_par_iter().map(chunk).reduce(none, merge);
        let value = |mean: &Mean| mean.value().unwrap_or_default();
        let contributions: Vec<f64> = means[GROUPS + count..].iter().map(value).collect();
        let scored = means.last().map_or(0, |mean| mean.1);
        Self {
            scored,
            composite: (scored > 0).then(|| contributions.iter().sum()),
            group_scores: std::array::from_fn(|g| means[g].value()),
            indicators: means[GROUPS..GROUPS + count].iter().map(value).collect(),
            contributions,
        }
    }
}

impl TryFrom<Model> for FittedStandard {
    type Error = Invalid;

    fn try_from(model: Model) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        model.check(&mut checks);
        checks.finish()?;
        Ok(Self { model })
    }
}

impl From<FittedStandard> for Model {
    fn from(fitted: FittedStandard) -> Self {
        fitted.model
    }
}

impl Model {
    fn check(&self, checks: &mut Checks) {
        let count = self.indicators.len();
        checks.require(count > 0, "indicators", "must be at least one", "none");
        for (i, fitted) in self.indicators.iter().enumerate() {
            let name = fitted.indicator.name();
            let before = self.indicators[..i].iter().any(|other| other.indicator.name() == name);
            checks.require(!before, name, "must be fitted once", "a second one");
            let asked = self.standard.indicators().contains(&fitted.indicator);
            checks.require(asked, name, "must be an indicator of the standard", "another");
            fitted.check(checks);
        }
        let shares = self.weights.group_shares;
        let near_one = |sum: f64| (sum - 1.0).abs() <= SHARE_ROUNDING;
        let proper = shares.iter().all(|&share| share >= 0.0) && near_one(shares.iter().sum());
        checks.require(proper, "group_shares", "must be at least 0 and sum to 1", format!("{shares:?}"));
        let weights = &self.weights.indicators;
        let same = weights.iter().map(|w| (w.name.as_str(), w.group));
        let paired = same.eq(self.indicators.iter().map(|f| (f.indicator.name(), f.indicator.group())));
        checks.require(paired, "weights", "must be one for each indicator", weights.len());
        for group in InformationGroup::ALL {
            let of_group: Vec<f64> = weights.iter().filter(|w| w.group == group).map(|w| w.within).collect();
            let share = shares[group.index()];
            let held = if of_group.is_empty() { share <= 0.0 } else { share > 0.0 && near_one(of_group.iter().sum()) };
            let positive = of_group.iter().all(|&within| within > 0.0);
            let rule = "must have shares above 0 that sum to 1, and a share of its own exactly then";
            checks.require(held && positive, group.name(), rule, format!("{share}, {of_group:?}"));
        }
        for weight in weights {
            let product = weight.within * shares[weight.group.index()];
            let held = (weight.weight - product).abs() <= SHARE_ROUNDING;
            checks.require(held, &weight.name, "must weigh its share of its group's share", weight.weight);
        }
        let base = &self.base;
        let sized = base.indicators.len() == count && base.contributions.len() == count;
        let finite = base.indicators.iter().chain(&base.contributions).all(|x| x.is_finite());
        checks.require(sized && finite, "base", "must hold a finite mean for each indicator", base.indicators.len());
    }
}
