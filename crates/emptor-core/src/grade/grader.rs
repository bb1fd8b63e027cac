//! Fitting grades.

use std::collections::BTreeMap;

use emptor_cluster::{Contingency, Disagreement};
use emptor_types::{ExactSum, Fit, Invalid, Progress, ProgressFn, Termination, silent};
use serde::{Deserialize, Serialize};

use super::bands::{Bands, overlap};
use super::fitted::{FittedGrader, Model, order_of};
use super::movement::ReferenceBins;
use super::order::{best_first, kendall_tau, ranking_of};
use super::search::{Clusters, Search, join_small, settle};
use super::settings::Settings;
use super::space::Space;
use super::standard::{AssessmentStandard, FittedStandard, StandardScores};
use super::{
    Grade, GradeError, GradeProfile, GradeSummary, GraderBuilder, GradingData, InformationGroup, OrderBy, Ungraded,
};

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
/// Clusters are named A, B, C, … by composite score, best first, or by the mean of the ranking column if
/// [`OrderBy::Ranking`] is asked for.
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
/// rows are sorted before clustering, and ties between centroids go to the better grade. The seed (of the
/// generator Xoshiro256+) can change which local optimum is found, never how grades are named; `starts_agreeing` in
/// the summary says how many starts found the same one. A grade is no band of the composite score: a customer may
/// score higher than another of a better grade.
///
/// # References
/// MacQueen (1967), *Some methods for classification and analysis of multivariate observations*. Arthur and
/// Vassilvitskii (2007), *k-means++: the advantages of careful seeding*. Rousseeuw and Croux (1993), *Alternatives to
/// the median absolute deviation*.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Settings", into = "Settings")]
pub struct Grader {
    pub(super) settings: Settings,
}

impl TryFrom<Settings> for Grader {
    type Error = Invalid;

    fn try_from(settings: Settings) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        settings.clustering.check(&mut checks);
        checks.finish()?;
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

const STAGES: usize = 4;

/// Classes of equal size in which drift is measured.
const DRIFT_BINS: usize = 10;

impl Grader {
    /// Starts a builder with the defaults.
    #[must_use]
    pub fn builder() -> GraderBuilder {
        GraderBuilder::default()
    }

    /// The assessment standard customers are graded by.
    #[must_use]
    pub fn standard(&self) -> &AssessmentStandard {
        &self.settings.standard
    }

    /// Fits and tells of each stage.
    ///
    /// # Errors
    /// As [`fit`](Fit::fit); [`GradeError::Cancelled`] if the callback says so.
    pub fn fit_with_progress(
        &self,
        data: &GradingData<'_>,
        progress: &ProgressFn<'_>,
    ) -> Result<FittedGrader, GradeError> {
        let settings = &self.settings;
        Progress::new("scoring customers", 0, STAGES).tell(progress)?;
        let base = Base::of(settings, data)?;
        base.require_distinct(settings.clustering.grades)?;
        Progress::new("clustering customers", 1, STAGES).tell(progress)?;
        let search = Search {
            clusters: settings.clustering.grades,
            starts: settings.clustering.starts,
            seed: settings.clustering.seed,
            sample_rows: settings.clustering.sample_rows,
            by: settings.clustering.graded_by,
            backend: settings.clustering.backend,
        };
        let found = search.run(&base.columns)?;
        let least = settings.clustering.guard_rails.least_customers(base.rows.len(), settings.clustering.grades);
        let (clusters, joined) = join_small(&base.columns, found.clusters, least)?;
        Progress::new("ordering grades", 2, STAGES).tell(progress)?;
        let ranked = Ranked::of(clusters, &base, settings.clustering.ordered_by)?;
        Progress::new("describing grades", 3, STAGES).tell(progress)?;
        let summary = ranked.summary(settings, &base, (found.agreeing, found.searched, joined));
        let sizes: Vec<usize> = ranked.clusters.counts.clone();
        let bands = Bands::of_sizes(&base.composites, &sizes);
        let fitted = FittedGrader::new(Model {
            bands,
            graded_by: settings.clustering.graded_by,
            centroids: ranked.clusters.centroids,
            references: base.references(data)?,
            summary,
            standard: base.standard,
        });
        // There is nothing left to be stopped.
        _ = progress(Progress::new("done", STAGES, STAGES));
        Ok(fitted)
    }
}

/// The graded customers, sorted by their points, so that the order of the input is of no account.
pub(super) struct Base {
    standard: FittedStandard,
    scores: StandardScores,
    space: Space,
    /// Their rows in the data.
    rows: Vec<usize>,
    /// Their points, one column per axis.
    pub(super) columns: Vec<Vec<f64>>,
    composites: Vec<f64>,
    /// Their ranking values, `NaN` where unknown or not given.
    ranking: Vec<f64>,
    ranking_name: Option<String>,
    ungraded: Vec<(Ungraded, usize)>,
    distinct: usize,
    customers: usize,
}

impl Base {
    pub(super) fn of(settings: &Settings, data: &GradingData<'_>) -> Result<Self, GradeError> {
        let standard = settings.standard.fit(data)?;
        let scores = standard.score(data)?;
        let space = Space::new(&standard, settings.clustering.graded_by);
        let graded: Vec<usize> = (0..data.len()).filter(|&row| scores.unknown[row].is_none()).collect();
        let columns = space.columns(&standard, &scores, &graded);
        let ranking_at = |row: usize| data.ranking().map_or(f64::NAN, |(_, column)| column[row]);
        // Equal points in the order of their ranking values, so that means over them do not depend on the input.
        let mut columns = columns;
        columns.push(graded.iter().map(|&row| ranking_at(row)).collect());
        let order = order_of(&columns);
        columns.pop();
        let same = |pair: &[usize]| columns.iter().all(|column| column[pair[0]].total_cmp(&column[pair[1]]).is_eq());
        let distinct = order.windows(2).filter(|pair| !same(pair)).count() + usize::from(!order.is_empty());
        let sorted: Vec<Vec<f64>> =
            columns.iter().map(|column| order.iter().map(|&place| column[place]).collect()).collect();
        let rows: Vec<usize> = order.iter().map(|&place| graded[place]).collect();
        Ok(Self {
            composites: rows.iter().map(|&row| scores.composite[row].unwrap_or(f64::NAN)).collect(),
            ranking: rows.iter().map(|&row| ranking_at(row)).collect(),
            ranking_name: data.ranking().map(|(name, _)| name.to_owned()),
            ungraded: count_reasons(&scores.unknown),
            customers: data.len(),
            columns: sorted,
            distinct,
            rows,
            space,
            scores,
            standard,
        })
    }

    /// What the values of each indicator in use were, to tell later how far they have drifted.
    fn references(&self, data: &GradingData<'_>) -> Result<Vec<ReferenceBins>, GradeError> {
        let names: Vec<&str> = self.standard.indicators().iter().map(|fitted| fitted.indicator.name()).collect();
        let columns = data.named(names.iter().copied())?;
        names.iter().zip(columns).map(|(name, column)| ReferenceBins::new(name, column, DRIFT_BINS)).collect()
    }

    /// Requires at least so many different points.
    pub(super) fn require_distinct(&self, grades: usize) -> Result<(), GradeError> {
        if self.distinct >= grades {
            return Ok(());
        }
        let (distinct, customers) = (self.distinct, self.rows.len());
        Err(GradeError::TooFewDistinct { grades, distinct, customers, ungraded: self.customers - customers })
    }

    fn total_sum_of_squares(&self) -> f64 {
        let squares = |column: &Vec<f64>| {
            let mean = column.iter().sum::<f64>() / column.len() as f64;
            column.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>()
        };
        self.columns.iter().map(squares).sum()
    }
}

fn count_reasons(unknown: &[Option<Ungraded>]) -> Vec<(Ungraded, usize)> {
    let mut counted: BTreeMap<Ungraded, usize> = BTreeMap::new();
    for why in unknown.iter().flatten() {
        *counted.entry(*why).or_default() += 1;
    }
    counted.into_iter().collect()
}

/// Clusters in the order of grades, best first.
struct Ranked {
    clusters: Clusters,
    /// Mean and median of the ranking column, if there is one.
    ranking: Option<Vec<Option<(f64, f64)>>>,
}

/// Putting clusters in order moves customers who are equally near to two of them, which can move the order; it settles in
/// one or two rounds.
const ROUNDS: usize = 10;

impl Ranked {
    fn of(mut clusters: Clusters, base: &Base, ordered_by: OrderBy) -> Result<Self, GradeError> {
        let mut round = 0;
        loop {
            let ranking = ranking_of_clusters(&clusters, base);
            let means: Option<Vec<f64>> = match (ordered_by, &ranking) {
                (OrderBy::Composite, _) => None,
                (OrderBy::Ranking, Some(ranking)) => Some(means_of_all(ranking, &clusters, base)?),
                (OrderBy::Ranking, None) => return Err(GradeError::NoRanking),
            };
            let order = best_first(&clusters.centroids, means.as_deref(), &base.space);
            if order.is_sorted() || round == ROUNDS {
                return Ok(Self { clusters, ranking });
            }
            let centroids = order.iter().map(|&c| clusters.centroids[c].clone()).collect();
            let iterations = clusters.iterations;
            clusters = settle(&base.columns, centroids)?;
            clusters.iterations += iterations;
            round += 1;
        }
    }

    fn summary(
        &self,
        settings: &Settings,
        base: &Base,
        (starts_agreeing, searched, joined): (usize, usize, Vec<usize>),
    ) -> GradeSummary {
        let clusters = &self.clusters;
        let grades = clusters.centroids.len();
        let mut composites = vec![Vec::new(); grades];
        for (&label, &composite) in clusters.labels.iter().zip(&base.composites) {
            composites[usize::from(label)].push(composite);
        }
        let profile = |place: usize| {
            let centroid = &clusters.centroids[place];
            Some(GradeProfile {
                grade: Grade::from_index(place)?,
                customers: clusters.counts[place],
                share: clusters.counts[place] as f64 / base.rows.len() as f64,
                group_scores: mean_group_scores(base, &clusters.labels, place),
                composite: base.space.composite(centroid),
                ranking_mean: self.ranking.as_ref().and_then(|of| Some(of[place]?.0)),
                ranking_median: self.ranking.as_ref().and_then(|of| Some(of[place]?.1)),
                overlap_below: composites.get(place + 1).map(|below| overlap(&composites[place], below)),
            })
        };
        let profiles: Vec<GradeProfile> = (0..grades).filter_map(profile).collect();
        let bands = Bands::of_sizes(&base.composites, &clusters.counts);
        let banded: Vec<usize> = base.composites.iter().map(|&score| bands.band(score)).collect();
        let known: Vec<(f64, f64, f64)> = profiles
            .iter()
            .filter_map(|profile| Some((profile.ranking_mean?, profile.ranking_median?, profile.composite)))
            .collect();
        let means: Vec<f64> = known.iter().map(|known| known.0).collect();
        let of_centroids: Vec<f64> = known.iter().map(|known| known.2).collect();
        GradeSummary {
            grades: profiles,
            customers: base.customers,
            graded: base.rows.len(),
            ungraded: base.ungraded.clone(),
            standard: (settings.standard.name().to_owned(), settings.standard.version()),
            graded_by: settings.clustering.graded_by,
            distinct: base.distinct,
            inertia: clusters.inertia,
            total_sum_of_squares: base.total_sum_of_squares(),
            iterations: clusters.iterations,
            termination: Termination::NoFurtherProgress,
            starts: settings.clustering.starts,
            starts_agreeing,
            searched,
            joined,
            ranking: base.ranking_name.clone(),
            ordered_by: settings.clustering.ordered_by,
            order_agreement: (known.len() > 1).then(|| kendall_tau(&means, &of_centroids)),
            monotone: (known.len() > 1).then(|| known.is_sorted_by(|a, b| a.1 >= b.1)),
            band_agreement: agreement(&clusters.labels, &banded),
        }
    }
}

/// Cohen's κ with quadratic weights; 1 where both say one grade for all.
fn agreement(labels: &[u16], bands: &[usize]) -> f64 {
    let table = Contingency::of(labels, bands);
    table.ok().and_then(|table| table.kappa(Disagreement::Quadratic)).map_or(1.0, |kappa| kappa.value)
}

/// Mean and median of the ranking column in each cluster, `None` where it is unknown for all of one.
fn ranking_of_clusters(clusters: &Clusters, base: &Base) -> Option<Vec<Option<(f64, f64)>>> {
    base.ranking_name.as_ref()?;
    Some(ranking_of(&base.ranking, &clusters.labels, clusters.centroids.len()))
}

/// The means, where there must be one for every cluster.
fn means_of_all(ranking: &[Option<(f64, f64)>], clusters: &Clusters, base: &Base) -> Result<Vec<f64>, GradeError> {
    let mean = |(place, of): (usize, &Option<(f64, f64)>)| {
        let ranking = base.ranking_name.clone().unwrap_or_default();
        of.map(|of| of.0).ok_or(GradeError::RankingUnknown { ranking, customers: clusters.counts[place] })
    };
    ranking.iter().enumerate().map(mean).collect()
}

/// Mean scores of the groups over the customers of a grade; `None` for a group the standard has not.
fn mean_group_scores(base: &Base, labels: &[u16], place: usize) -> [Option<f64>; 4] {
    let members = || base.rows.iter().zip(labels).filter(|(_, label)| usize::from(**label) == place);
    InformationGroup::ALL.map(|group| {
        let known: Vec<f64> = members().filter_map(|(&row, _)| base.scores.group_scores[group.index()][row]).collect();
        let sum: f64 = known.iter().copied().collect::<ExactSum>().value();
        (!known.is_empty()).then(|| sum / known.len() as f64)
    })
}
