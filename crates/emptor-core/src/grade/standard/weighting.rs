//! Where weights come from, and what they came to.

use std::collections::BTreeMap;

use emptor_types::{ExactSum, Invalid};
use serde::{Deserialize, Serialize};

use super::fitted::columns_of_scores;
use super::indicator::GROUPS;
use super::regression::profit_weights;
use super::{Direction, FittedIndicator, InformationGroup, PairwiseMatrix, Priorities};

/// Where the weights of groups, and of indicators inside their group, come from.
///
/// | weighting | groups | indicators inside a group |
/// |---|---|---|
/// | `Equal` | equal | equal |
/// | `User` | as given, or equal | [`Indicator::weight`](super::Indicator::weight) |
/// | `Ahp` | judged by pairs | judged by pairs |
/// | `Entropy` | sum of their indicators | `1 − entropy` |
/// | `ProfitRegression` | sum of their indicators | coefficients of profit on scores |
///
/// Judgements of an indicator or a group that cannot be used are left out; the ratios of the other weights stay.
///
/// # Entropy
/// An indicator in which customers differ more says more (Shannon 1948; as weights Hwang and Yoon 1981, *Multiple
/// attribute decision making*). Over the `n` customers who are known:
///
/// ```text
/// x_ij = (y_ij − lower_j) / (upper_j − lower_j), 1 − x where less is better      0 to 1
/// p_ij = x_ij / Σ_i x_ij
/// e_j  = −Σ_i p_ij ln p_ij / ln n
/// w_j  = (1 − e_j) / Σ_k (1 − e_k)
/// ```
///
/// It favours skewed indicators and knows nothing of worth: compare it with another before using it.
///
/// # Regression to profit
/// `profit = a + Σ_j b_j z_j` with `b_j ≥ 0` by least squares (Lawson and Hanson 1974) over the customers whose profit,
/// the ranking column, is known; an unknown score counts as the mean. `w_j = b_j / Σ_k b_k`. Where two indicators say
/// the same, one of them may get all the weight; one with which profit does not rise gets none and is dropped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Weighting {
    /// All groups alike, and all indicators of a group alike.
    Equal,
    /// As given with each indicator and, if any is given, with each group.
    User {
        /// Weights of the groups, of which only ratios count; empty for all alike.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        groups: BTreeMap<InformationGroup, f64>,
    },
    /// By judgements of pairs (the analytic hierarchy process), refused if they contradict one another.
    Ahp {
        /// Judgements of the groups that have an indicator, by their names.
        groups: PairwiseMatrix,
        /// Judgements of the indicators of each group with more than one.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        within: BTreeMap<InformationGroup, PairwiseMatrix>,
    },
    /// By how much customers differ.
    Entropy,
    /// By how profit rises with the scores.
    ProfitRegression,
}

impl Default for Weighting {
    fn default() -> Self {
        Self::User { groups: BTreeMap::new() }
    }
}

impl Weighting {
    /// Which method it is.
    #[must_use]
    pub fn method(&self) -> WeightingMethod {
        match self {
            Self::Equal => WeightingMethod::Equal,
            Self::User { .. } => WeightingMethod::User,
            Self::Ahp { .. } => WeightingMethod::Ahp,
            Self::Entropy => WeightingMethod::Entropy,
            Self::ProfitRegression => WeightingMethod::ProfitRegression,
        }
    }
}

/// The name of a [`Weighting`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WeightingMethod {
    /// [`Weighting::Equal`].
    Equal,
    /// [`Weighting::User`].
    User,
    /// [`Weighting::Ahp`].
    Ahp,
    /// [`Weighting::Entropy`].
    Entropy,
    /// [`Weighting::ProfitRegression`].
    ProfitRegression,
}

/// The weight of one indicator in use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IndicatorWeight {
    /// The indicator.
    pub name: String,
    /// Its group.
    pub group: InformationGroup,
    /// Its share of its group; shares of a group sum to 1.
    pub within: f64,
    /// Its share of the composite score of a customer of whom everything is known: group share × `within`. These sum
    /// to 1.
    pub weight: f64,
}

/// The weights a fit came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WeightsReport {
    /// Where they come from.
    pub method: WeightingMethod,
    /// The share of each group in the order of [`InformationGroup::ALL`], 0 for groups without an indicator in use; they
    /// sum to 1.
    pub group_shares: [f64; GROUPS],
    /// The indicators in use, in the order of the standard.
    pub indicators: Vec<IndicatorWeight>,
    /// Judgements of pairs: first that of `groups`, then each group's under its name.
    pub judgements: Vec<(String, Priorities)>,
    /// The share of the variance of profit that the scores explain, for a regression to profit.
    pub r_squared: Option<f64>,
    /// Customers of known profit, for a regression to profit.
    pub observations: Option<usize>,
}

/// Weights before they are made shares: one number per group and one per indicator, 0 for those of no weight.
pub(super) struct RawWeights {
    pub(super) groups: [f64; GROUPS],
    pub(super) within: Vec<f64>,
    pub(super) judgements: Vec<(String, Priorities)>,
    pub(super) r_squared: Option<f64>,
    pub(super) observations: Option<usize>,
}

/// Draws weights from the base: fitted indicators, their raw columns, and profit with its name.
pub(super) fn draw(
    weighting: &Weighting,
    indicators: &[FittedIndicator],
    columns: &[&[f64]],
    profit: Option<(&str, &[f64])>,
) -> Result<RawWeights, Invalid> {
    let mut raw = RawWeights {
        groups: [1.0; GROUPS],
        within: vec![1.0; indicators.len()],
        judgements: Vec::new(),
        r_squared: None,
        observations: None,
    };
    match weighting {
        Weighting::Equal => {}
        Weighting::User { groups } => {
            for (&group, &weight) in groups {
                raw.groups[group.index()] = weight;
            }
            raw.within = indicators.iter().map(|fitted| fitted.indicator.relative_weight()).collect();
        }
        Weighting::Ahp { groups, within } => {
            let priorities = groups.priorities();
            for (name, weight) in groups.names().iter().zip(&priorities.weights) {
                if let Some(group) = InformationGroup::ALL.into_iter().find(|group| group.name() == name) {
                    raw.groups[group.index()] = *weight;
                }
            }
            raw.judgements.push(("groups".to_owned(), priorities));
            for (group, matrix) in within {
                let priorities = matrix.priorities();
                for (name, &weight) in matrix.names().iter().zip(&priorities.weights) {
                    if let Some(place) = indicators.iter().position(|fitted| fitted.indicator.name() == name) {
                        raw.within[place] = weight;
                    }
                }
                raw.judgements.push((group.name().to_owned(), priorities));
            }
        }
        Weighting::Entropy => {
            raw.within = indicators.iter().zip(columns).map(|(fitted, column)| divergence(fitted, column)).collect();
            raw.groups = group_sums(indicators, &raw.within);
        }
        Weighting::ProfitRegression => {
            let Some((name, profit)) = profit else {
                let rule = "must be given to weigh indicators by profit (GradingData::with_ranking)";
                return Err(Invalid::value("ranking", rule, "none"));
            };
            let found = profit_weights(name, profit, &columns_of_scores(indicators, columns).0)?;
            raw.groups = group_sums(indicators, &found.coefficients);
            raw.within = found.coefficients;
            raw.r_squared = Some(found.r_squared);
            raw.observations = Some(found.observations);
        }
    }
    Ok(raw)
}

fn group_sums(indicators: &[FittedIndicator], weights: &[f64]) -> [f64; GROUPS] {
    let mut sums = [0.0; GROUPS];
    for (fitted, weight) in indicators.iter().zip(weights) {
        sums[fitted.indicator.group().index()] += weight;
    }
    sums
}

/// `1 − e_j` of the entropy method. With `S = Σ x` the entropy of `p = x / S` is `ln S − Σ x ln x / S`.
fn divergence(fitted: &FittedIndicator, column: &[f64]) -> f64 {
    let (mut sum, mut logs) = (ExactSum::ZERO, ExactSum::ZERO);
    let range = fitted.upper - fitted.lower;
    for &value in column.iter().filter(|&&value| fitted.indicator.admits(value)) {
        let place = (fitted.transformed(value) - fitted.lower) / range;
        let x = if fitted.indicator.direction() == Direction::HigherIsBetter { place } else { 1.0 - place };
        if x > 0.0 {
            sum.add(x);
            logs.add(x * x.ln());
        }
    }
    let sum = sum.value();
    let entropy = (sum.ln() - logs.value() / sum) / (fitted.known as f64).ln();
    // Rounding, or a column that hardly spreads, may carry it out of 0…1.
    (1.0 - entropy).clamp(0.0, 1.0)
}

impl RawWeights {
    /// Shares, for indicators that all have a weight above 0.
    pub(super) fn report(self, method: WeightingMethod, indicators: &[FittedIndicator]) -> WeightsReport {
        let sums = group_sums(indicators, &self.within);
        let present = InformationGroup::ALL.map(|group| sums[group.index()] > 0.0);
        let total: f64 = (0..GROUPS).filter(|&g| present[g]).map(|g| self.groups[g]).sum();
        let group_shares = std::array::from_fn(|g| if present[g] { self.groups[g] / total } else { 0.0 });
        let of = |(fitted, raw): (&FittedIndicator, &f64)| {
            let group = fitted.indicator.group();
            let within = raw / sums[group.index()];
            let name = fitted.indicator.name().to_owned();
            IndicatorWeight { name, group, within, weight: within * group_shares[group.index()] }
        };
        WeightsReport {
            method,
            group_shares,
            indicators: indicators.iter().zip(&self.within).map(of).collect(),
            judgements: self.judgements,
            r_squared: self.r_squared,
            observations: self.observations,
        }
    }
}

#[cfg(test)]
mod tests {
    use emptor_types::Fit;

    use super::*;
    use crate::grade::{AssessmentStandard, DropReason, GradeError, GradingData, Indicator};
    use InformationGroup::{Image, PastSales, ProductValue};

    /// Logarithms and sums in doubles; the exact sum cuts terms at 2⁻⁶⁴.
    const ROUND: f64 = 1e-12;

    const A: [f64; 5] = [1.0, 2.0, 3.0, 4.0, 10.0];
    const B: [f64; 5] = [5.0, 1.0, 4.0, 2.0, 3.0];
    const C: [f64; 5] = [0.0, 0.0, 0.0, 1.0, 1.0];

    fn fit(weighting: Weighting, profit: Option<&[f64]>) -> Result<crate::grade::FittedStandard, GradeError> {
        let indicators = [
            Indicator::new("a", PastSales).weight(3.0),
            Indicator::new("b", PastSales),
            Indicator::new("c", Image).weight(5.0),
        ];
        let builder = AssessmentStandard::builder().indicators(indicators).weighting(weighting).winsorize(0.0, 1.0);
        let mut data = GradingData::new(&[("a", &A), ("b", &B), ("c", &C)])?;
        if let Some(profit) = profit {
            data = data.with_ranking("profit", profit)?;
        }
        builder.build()?.fit(&data)
    }

    fn weights(fitted: &crate::grade::FittedStandard) -> Vec<f64> {
        fitted.weights().indicators.iter().map(|w| w.weight).collect()
    }

    fn near(found: &[f64], expected: &[f64]) -> bool {
        found.len() == expected.len() && found.iter().zip(expected).all(|(f, e)| (f - e).abs() < ROUND)
    }

    #[test]
    fn equal_and_given_weights_become_shares() -> Result<(), GradeError> {
        let equal = weights(&fit(Weighting::Equal, None)?);
        assert!(near(&equal, &[0.25, 0.25, 0.5]), "{equal:?}");
        let inside = weights(&fit(Weighting::default(), None)?);
        assert!(near(&inside, &[0.375, 0.125, 0.5]), "{inside:?}");
        // Product value has no indicator: its weight goes to the others.
        let groups = BTreeMap::from([(PastSales, 3.0), (Image, 1.0), (ProductValue, 6.0)]);
        let given = fit(Weighting::User { groups }, None)?;
        assert!(near(&weights(&given), &[0.5625, 0.1875, 0.25]));
        assert_eq!(given.group_share(ProductValue), None);
        assert!(near(&given.group_share(PastSales).into_iter().collect::<Vec<_>>(), &[0.75]));
        Ok(())
    }

    #[test]
    fn entropy_weighs_what_differs() -> Result<(), GradeError> {
        // numpy 2.4.6 from the formula: 1 − e = .330466018870847, .204781858345795, .569323441926607. By hand for the
        // last: two of five share all, so e = ln 2 / ln 5 = .430676558073393.
        let fitted = fit(Weighting::Entropy, None)?;
        let expected = [0.299_180_336_428_769_2, 0.185_394_872_016_623_33, 0.515_424_791_554_607_5];
        assert!(near(&weights(&fitted), &expected), "{:?}", weights(&fitted));
        let last = 1.0 - 2.0_f64.ln() / 5.0_f64.ln();
        assert!((last - 0.569_323_441_926_606_7).abs() < ROUND);
        Ok(())
    }

    #[test]
    fn regression_needs_profit_and_drops_what_profit_does_not_rise_with() -> Result<(), GradeError> {
        let error = fit(Weighting::ProfitRegression, None).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error.starts_with("ranking must be given to weigh indicators by profit"), "{error}");

        let profit: Vec<f64> = A.iter().zip(B).map(|(a, b)| 2.0 * a - 3.0 * b).collect();
        let fitted = fit(Weighting::ProfitRegression, Some(&profit))?;
        let dropped: Vec<_> = fitted.dropped().iter().map(|d| (d.name.as_str(), d.reason)).collect();
        assert!(dropped.contains(&("b", DropReason::NoWeight)), "{dropped:?}");
        assert!(fitted.weights().r_squared.is_some_and(|r| (0.0..=1.0).contains(&r)));
        assert_eq!(fitted.weights().observations, Some(5));
        // What was dropped needs no column any more.
        assert!(fitted.score(&GradingData::new(&[("a", &A), ("c", &C)])?).is_ok());

        let falling: Vec<f64> = A.iter().zip(B).zip(C).map(|((a, b), c)| -a - 3.0 * b - 9.0 * c).collect();
        let against = fit(Weighting::ProfitRegression, Some(&falling));
        assert!(matches!(against, Err(GradeError::NothingToGradeBy { .. })), "{against:?}");
        Ok(())
    }

    #[test]
    fn judgements_weigh_groups_and_indicators_and_must_be_complete() -> Result<(), GradeError> {
        let groups = PairwiseMatrix::from_upper_triangle(&["image", "past_sales"], &[1.0 / 3.0])?;
        let past = PairwiseMatrix::from_upper_triangle(&["b", "a"], &[4.0])?;
        let within = BTreeMap::from([(PastSales, past)]);
        let fitted = fit(Weighting::Ahp { groups: groups.clone(), within }, None)?;
        assert!(near(&weights(&fitted), &[0.15, 0.6, 0.25]), "{:?}", weights(&fitted));
        let judged: Vec<&str> = fitted.weights().judgements.iter().map(|(of, _)| of.as_str()).collect();
        assert_eq!(judged, ["groups", "past_sales"]);

        let error = fit(Weighting::Ahp { groups, within: BTreeMap::new() }, None).err();
        let text = error.map(|e| e.to_string()).unwrap_or_default();
        assert_eq!(text, "weighting.within.past_sales must judge the indicators by pairs (got a, b)");
        let others = PairwiseMatrix::from_upper_triangle(&["image", "service_value"], &[1.0])?;
        let error = fit(Weighting::Ahp { groups: others, within: BTreeMap::new() }, None).err();
        let text = error.map(|e| e.to_string()).unwrap_or_default();
        assert!(text.contains("weighting.groups.names must judge every one (got nothing of past_sales)"), "{text}");
        assert!(text.contains("must be among image, past_sales (got service_value)"), "{text}");
        Ok(())
    }
}
