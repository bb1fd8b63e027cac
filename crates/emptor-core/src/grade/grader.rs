//! Fitting grades.

use emptor_types::{Fit, Invalid, ProgressFn, Termination, silent};
use serde::{Deserialize, Serialize};

use super::features::{Row, Space, group_scores};
use super::fitted::{FittedGrader, Model};
use super::kmeans::Search;
use super::lloyd::{lexicographic, squared_distance};
use super::order::{best_first, kendall_tau, means};
use super::scale::{IndicatorScale, fit_scale};
use super::settings::Settings;
use super::{DroppedIndicator, Grade, GradeError, GradeProfile, GradeSummary, GraderBuilder, GradingData, Ungraded};

/// Grades customers by cluster analysis on up to four groups of information.
///
/// What it answers: which customers are alike in what they are worth to us, and which of these classes is the best?
///
/// ```text
/// z_ij = ± clip((winsorise(f_j(x_ij)) − median_j) / (1.4826 MAD_j))       per indicator j
/// s_ig = Σ_j w_j z_ij / Σ_j w_j            over the known indicators j of group g
/// composite_i = Σ_g v_g s_ig               Σ_g v_g = 1
/// minimise Σ_i Σ_g v_g (s_ig − c_kg)²      k = the grade of customer i
/// ```
///
/// Clusters are named A, B, C, … by the mean of the ranking column, best first, or by composite score without one.
///
/// ```
/// use emptor_core::grade::{Grade, Grader, GradingData, Indicator, InformationGroup, Transform};
/// use emptor_types::Fit;
///
/// let grader = Grader::builder()
///     .indicators([
///         Indicator::new("spend", InformationGroup::PastSales).transform(Transform::Log1p),
///         Indicator::new("days_since_last", InformationGroup::PastSales).lower_is_better(),
///         Indicator::new("return_share", InformationGroup::ProductValue).lower_is_better(),
///     ])
///     .group_weight(InformationGroup::PastSales, 0.7)
///     .group_weight(InformationGroup::ProductValue, 0.3)
///     .grades(2)
///     .seed(7)
///     .build()?;
///
/// let spend = [900.0, 20.0, 750.0, 35.0, 30.0, f64::NAN];
/// let days = [5.0, 200.0, 12.0, 150.0, 170.0, f64::NAN];
/// let returns = [0.01, 0.30, 0.02, 0.25, 0.28, 0.10];
/// let data = GradingData::new(&[("spend", &spend), ("days_since_last", &days), ("return_share", &returns)])?;
/// let fitted = grader.fit(&data)?;
/// let graded = fitted.grade(&data)?;
///
/// let letters: Vec<Option<char>> = graded.grade.iter().map(|g| g.map(Grade::letter)).collect();
/// assert_eq!(letters, [Some('A'), Some('B'), Some('A'), Some('B'), Some('B'), None]);
/// assert_eq!(graded.ungraded[5].map(|why| why.to_string()).as_deref(), Some("too little is known of past_sales"));
/// assert_eq!(fitted.summary().grades[0].customers, 2);
/// # Ok::<(), emptor_core::grade::GradeError>(())
/// ```
///
/// # Errors
/// [`Fit::fit`] fails if a column is missing or breaks its rule, if there is no customer, if no indicator tells
/// customers apart, if fewer different rows of group scores than grades remain, or if the ranking column is unknown for
/// a whole cluster; see [`GradeError`].
///
/// # Numerical notes
/// Grades and centroids are the same, bit for bit, in whatever order rows and columns come and on however many threads:
/// rows are sorted before clustering, and ties between centroids go to the higher composite score. The seed (of the
/// generator Xoshiro256+) can change which local optimum is found, never how grades are named; `restarts_agreeing` in
/// the summary says how many restarts found the same one. A grade is no band of the composite score: a customer may
/// score higher than another of a better grade.
///
/// # References
/// MacQueen (1967), *Some methods for classification and analysis of multivariate observations*. Arthur and
/// Vassilvitskii (2007), *k-means++: the advantages of careful seeding*. Rousseeuw and Croux (1993), *Alternatives to
/// the median absolute deviation*.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Settings", into = "Settings")]
pub struct Grader {
    settings: Settings,
}

impl TryFrom<Settings> for Grader {
    type Error = Invalid;

    fn try_from(settings: Settings) -> Result<Self, Invalid> {
        settings.check()?;
        Ok(Self { settings })
    }
}

impl From<Grader> for Settings {
    fn from(grader: Grader) -> Self {
        grader.settings
    }
}

impl Fit<GradingData<'_>> for Grader {
    type Fitted = FittedGrader;
    type Error = GradeError;

    fn fit(&self, data: &GradingData<'_>) -> Result<FittedGrader, GradeError> {
        self.fit_with_progress(data, &silent)
    }
}

/// One graded customer in the search; the ranking value takes part in the sorting, so that means over equal rows do not
/// depend on the order of the input.
struct Point {
    row: Row,
    ranking: f64,
}

impl Grader {
    /// Starts a builder with the defaults.
    #[must_use]
    pub fn builder() -> GraderBuilder {
        GraderBuilder::default()
    }

    /// Fits and tells of each restart.
    ///
    /// # Errors
    /// As [`fit`](Fit::fit).
    pub fn fit_with_progress(
        &self,
        data: &GradingData<'_>,
        progress: &ProgressFn<'_>,
    ) -> Result<FittedGrader, GradeError> {
        if data.is_empty() {
            return Err(GradeError::NoCustomers);
        }
        let settings = &self.settings;
        let (scales, dropped) = self.scales(data)?;
        if scales.is_empty() {
            return Err(GradeError::NothingToGradeBy { dropped });
        }
        let weights = settings.weights(|group| scales.iter().any(|scale| scale.indicator.group() == group));
        let space = Space::new(weights);
        let scores = group_scores(&scales, settings.clip, settings.least_coverage, data)?;

        let mut points = Vec::with_capacity(data.len());
        let mut ungraded: Vec<(Ungraded, usize)> = Vec::new();
        for i in 0..data.len() {
            match space.point(&scores, i) {
                Ok(row) => points.push(Point { row, ranking: data.ranking().map_or(0.0, |(_, column)| column[i]) }),
                Err(why) => match ungraded.iter_mut().find(|(known, _)| *known == why) {
                    Some((_, count)) => *count += 1,
                    None => ungraded.push((why, 1)),
                },
            }
        }
        ungraded.sort_unstable();
        points.sort_unstable_by(|a, b| lexicographic(&a.row, &b.row).then_with(|| a.ranking.total_cmp(&b.ranking)));
        let (rows, ranking): (Vec<Row>, Vec<f64>) = points.into_iter().map(|p| (p.row, p.ranking)).unzip();

        let distinct = rows.chunk_by(|a, b| lexicographic(a, b).is_eq()).count();
        if distinct < settings.grades {
            return Err(GradeError::TooFewDistinct {
                grades: settings.grades,
                distinct,
                customers: rows.len(),
                ungraded: data.len() - rows.len(),
            });
        }
        let search = Search {
            clusters: settings.grades,
            restarts: settings.restarts,
            seed: settings.seed,
            sample_rows: settings.sample_rows,
            space,
        };
        let found = search.run(&rows, progress)?;
        let clusters = &found.clusters;
        let ranking_means = match data.ranking() {
            Some((name, _)) => Some(means(&ranking, &clusters.labels, settings.grades).map_err(|empty| {
                GradeError::RankingUnknown { ranking: name.to_owned(), customers: clusters.counts[empty] }
            })?),
            None => None,
        };
        let order = best_first(&clusters.centroids, ranking_means.as_deref(), &space);
        let composites: Vec<f64> = clusters.centroids.iter().map(|centroid| space.composite(centroid)).collect();
        let profile = |(place, &cluster): (usize, &usize)| {
            Some(GradeProfile {
                grade: Grade::from_index(place)?,
                customers: clusters.counts[cluster],
                share: clusters.counts[cluster] as f64 / rows.len() as f64,
                group_scores: space.scores(&clusters.centroids[cluster]),
                composite: composites[cluster],
                ranking_mean: ranking_means.as_ref().map(|means| means[cluster]),
            })
        };
        let centre = mean(&rows);
        let summary = GradeSummary {
            grades: order.iter().enumerate().filter_map(profile).collect(),
            customers: data.len(),
            graded: rows.len(),
            ungraded,
            distinct,
            inertia: clusters.inertia,
            total_sum_of_squares: rows.iter().map(|row| squared_distance(row, &centre)).sum(),
            iterations: clusters.iterations,
            termination: Termination::NoFurtherProgress,
            restarts: settings.restarts,
            restarts_agreeing: found.agreeing,
            searched: found.searched,
            ranked_by: data.ranking().map(|(name, _)| name.to_owned()),
            order_agreement: ranking_means.as_ref().map(|means| kendall_tau(means, &composites)),
        };
        let centroids = order.iter().map(|&cluster| clusters.centroids[cluster]).collect();
        Ok(FittedGrader::new(Model {
            scales,
            dropped,
            group_weights: weights,
            clip: settings.clip,
            least_coverage: settings.least_coverage,
            centroids,
            summary,
        }))
    }

    /// The scales of the indicators that can be used, and those that cannot.
    fn scales(&self, data: &GradingData<'_>) -> Result<(Vec<IndicatorScale>, Vec<DroppedIndicator>), GradeError> {
        let indicators = &self.settings.indicators;
        let columns = data.select(indicators.iter().map(super::data::wanted))?;
        let mut scales = Vec::new();
        let mut dropped = Vec::new();
        for (indicator, column) in indicators.iter().zip(columns) {
            match fit_scale(indicator, column, self.settings.winsorize) {
                Ok(scale) => scales.push(scale),
                Err(drop) => dropped.push(drop),
            }
        }
        Ok((scales, dropped))
    }
}

fn mean(rows: &[Row]) -> Row {
    std::array::from_fn(|g| rows.iter().map(|row| row[g]).sum::<f64>() / rows.len() as f64)
}
