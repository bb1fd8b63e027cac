//! What each indicator adds to a customer's composite score.

use crate::grade::{FittedGrader, GradeError, GradingData};

/// Contributions of indicators to the composite scores of customers, column by column.
///
/// ```text
/// contribution_ij = w_ij z_ij − b_j          b_j = mean of w_ij z_ij over the fitted customers
/// Σ_j contribution_ij = composite_i − mean composite of the fitted customers
/// ```
///
/// `w_ij` is the share of indicator j in the composite score of customer i: its share in the standard, and what an
/// unknown indicator of the same group leaves to it. Where everything is known that is `w_j (z_ij − z̄_j)`. An unknown
/// indicator takes away what it adds for others on average.
///
/// ```
/// use emptor_core::grade::{Grader, GradingData, Indicator, InformationGroup};
/// use emptor_types::Fit;
///
/// let spend = Indicator::new("spend", InformationGroup::PastSales);
/// let returns = Indicator::new("return_share", InformationGroup::ProductValue).lower_is_better();
/// let grader = Grader::builder().indicators([spend, returns]).grades(2).build()?;
/// let data = GradingData::new(&[
///     ("spend", &[900.0, 20.0, 750.0, 35.0]),
///     ("return_share", &[0.01, 0.30, 0.02, 0.25]),
/// ])?;
/// let fitted = grader.fit(&data)?;
/// let why = fitted.contributions(&data)?;
/// let reasons = why.reasons(0);
/// assert_eq!((reasons[0].indicator, reasons[0].rank), ("spend", 1));
///
/// let sum: f64 = reasons.iter().map(|reason| reason.contribution).sum();
/// let gap = fitted.grade(&data)?.composite[0].map(|composite| composite - why.mean_composite);
/// assert!(gap.is_some_and(|gap| (gap - sum).abs() < 1e-12));
/// # Ok::<(), emptor_core::grade::GradeError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Contributions {
    /// The indicators in use.
    pub indicators: Vec<String>,
    /// Scores, one column per indicator, oriented so that higher is better; `None` where unknown or ungraded.
    pub score: Vec<Vec<Option<f64>>>,
    /// Shares in the customer's composite score, one column per indicator; they sum to 1 over the indicators. `None`
    /// where ungraded.
    pub weight: Vec<Vec<Option<f64>>>,
    /// Contributions, one column per indicator; `None` where ungraded.
    pub contribution: Vec<Vec<Option<f64>>>,
    /// Mean composite score of the fitted customers.
    pub mean_composite: f64,
}

/// One reason for a customer's score.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Reason<'a> {
    /// The indicator.
    pub indicator: &'a str,
    /// Its score; `None` where it is unknown.
    pub score: Option<f64>,
    /// Its share in the customer's composite score.
    pub weight: f64,
    /// What it adds to the composite score above the base.
    pub contribution: f64,
    /// Place by size of the contribution either way, 1 for the greatest.
    pub rank: usize,
}

impl Reason<'_> {
    /// What to say of it: `raises`, `lowers`, `unknown` or `neutral`, with the name, as a key for texts in any language.
    #[must_use]
    pub fn text_key(&self) -> String {
        let effect = match self.score {
            None => "unknown",
            Some(_) if self.contribution > 0.0 => "raises",
            Some(_) if self.contribution < 0.0 => "lowers",
            Some(_) => "neutral",
        };
        format!("{}.{effect}", self.indicator)
    }
}

impl Contributions {
    /// The reasons of one customer, greatest contribution either way first; none for an ungraded one.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn reasons(&self, row: usize) -> Vec<Reason<'_>> {
        let known = |j: usize| Some((j, self.weight[j][row]?, self.contribution[j][row]?));
        let mut found: Vec<(usize, f64, f64)> = (0..self.indicators.len()).filter_map(known).collect();
        found.sort_by(|a, b| b.2.abs().total_cmp(&a.2.abs()).then(a.0.cmp(&b.0)));
        let reason = |(place, (j, weight, contribution)): (usize, (usize, f64, f64))| Reason {
            indicator: &self.indicators[j],
            score: self.score[j][row],
            weight,
            contribution,
            rank: place + 1,
        };
        found.into_iter().enumerate().map(reason).collect()
    }
}

impl FittedGrader {
    /// What each indicator adds to each customer's composite score, above what it adds on average; see
    /// [`Contributions`].
    ///
    /// # Errors
    /// As [`grade`](FittedGrader::grade).
    pub fn contributions(&self, data: &GradingData<'_>) -> Result<Contributions, GradeError> {
        let standard = self.standard();
        let scores = standard.score(data)?;
        let indicators = standard.indicators().len();
        let empty = || vec![Vec::with_capacity(data.len()); indicators];
        let (mut score, mut weight, mut contribution) = (empty(), empty(), empty());
        let means = &standard.base().contributions;
        for row in 0..data.len() {
            let weights = scores.effective_weights(standard.weights(), row);
            for (j, mean) in means.iter().enumerate() {
                let own = weights.as_ref().map(|weights| weights[j]);
                let z = Some(scores.indicators[j][row]).filter(|z| !z.is_nan() && own.is_some());
                score[j].push(z);
                weight[j].push(own);
                contribution[j].push(own.map(|own| own * z.unwrap_or_default() - mean));
            }
        }
        let names = standard.indicators().iter().map(|fitted| fitted.indicator.name().to_owned());
        let mean_composite = means.iter().sum();
        Ok(Contributions { indicators: names.collect(), score, weight, contribution, mean_composite })
    }
}
