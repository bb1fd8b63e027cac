//! Soft grades: to which degree a customer belongs to each grade.

use emptor_cluster::{FittedGaussianMixture, GaussianMixture, match_labels};
use emptor_types::{Fit, Invalid};
use serde::{Deserialize, Serialize};

use super::search::points;
use super::{FittedGrader, Grade, GradeError, GradingData};

/// A Gaussian mixture over the space of a grader, its components named after the grades.
///
/// What it answers: who stands between two grades? Where k-means draws a border, a mixture gives degrees: the probability
/// of each grade if customers of a grade scatter around its centre as a normal distribution with its own spread in
/// every direction (Dempster, Laird & Rubin 1977). Components are matched to grades by their centres.
///
/// ```
/// use emptor_core::grade::{Grader, GradingData, Indicator, InformationGroup};
/// use emptor_types::{Fit, Invalid};
///
/// let spend: Vec<f64> = (0..300).map(|i| f64::from(i % 3) * 20.0 + f64::from(i * 7 % 31) / 2.0).collect();
/// let data = GradingData::new(&[("spend", &spend)])?;
/// let spend = Indicator::new("spend", InformationGroup::PastSales);
/// let fitted = Grader::builder().indicators([spend]).grades(3).build()?.fit(&data)?;
///
/// let soft = fitted.soften(&data, 7)?;
/// let grades = soft.grade(&fitted, &data)?;
/// assert_eq!(grades.probability.len(), 3);
/// let sum: f64 = grades.probability.iter().filter_map(|column| column[0]).sum();
/// assert!((sum - 1.0).abs() < 1e-12);
/// # Ok::<(), emptor_core::grade::GradeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct SoftGrader {
    stored: Stored,
}

/// The saved form of [`SoftGrader`]; loading checks it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Stored {
    mixture: FittedGaussianMixture,
    /// The component of each grade, best grade first.
    components: Vec<usize>,
    /// The centroids of the grader it was made from.
    centroids: Vec<Vec<f64>>,
}

impl TryFrom<Stored> for SoftGrader {
    type Error = Invalid;

    fn try_from(stored: Stored) -> Result<Self, Invalid> {
        let mut places = stored.components.clone();
        places.sort_unstable();
        let each_once = places.into_iter().eq(0..stored.mixture.weights().len());
        let one_per_grade = stored.centroids.len() == stored.components.len();
        let mut checks = Invalid::checks();
        let rule = "must name each component once, one per grade";
        checks.require(each_once && one_per_grade, "components", rule, format!("{:?}", stored.components));
        checks.finish()?;
        Ok(Self { stored })
    }
}

impl From<SoftGrader> for Stored {
    fn from(soft: SoftGrader) -> Self {
        soft.stored
    }
}

/// Degrees of membership, one element per customer, in input order.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SoftGrades {
    /// One column per grade, best first; `None` for ungraded customers. A customer's probabilities sum to 1.
    pub probability: Vec<Vec<Option<f64>>>,
    /// The likeliest grade.
    pub grade: Vec<Option<Grade>>,
    /// Its probability.
    pub confidence: Vec<Option<f64>>,
}

impl FittedGrader {
    /// Fits a mixture with one component per grade to customers.
    ///
    /// # Errors
    /// As [`grade`](FittedGrader::grade), and [`GradeError::Cluster`] if a dimension is constant.
    pub fn soften(&self, data: &GradingData<'_>, seed: u64) -> Result<SoftGrader, GradeError> {
        let placed = self.place(data)?.sorted();
        let spec = GaussianMixture::builder().components(self.centroids().len()).seed(seed).starts(1).build()?;
        let mixture = spec.fit(&points(&placed.columns)?)?;
        let matching = match_labels(self.centroids(), mixture.means())?;
        let components = matching.columns().iter().enumerate().map(|(grade, to)| to.unwrap_or(grade)).collect();
        Ok(SoftGrader { stored: Stored { mixture, components, centroids: self.centroids().to_vec() } })
    }
}

impl SoftGrader {
    /// The mixture.
    #[must_use]
    pub fn mixture(&self) -> &FittedGaussianMixture {
        &self.stored.mixture
    }

    /// The degrees to which customers belong to the grades of the grader this was made from.
    ///
    /// # Errors
    /// As [`FittedGrader::grade`], and [`GradeError::Invalid`] if the grader is another one.
    pub fn grade(&self, grader: &FittedGrader, data: &GradingData<'_>) -> Result<SoftGrades, GradeError> {
        let Stored { mixture, components, centroids } = &self.stored;
        if grader.centroids() != centroids {
            let rule = "must be the one the soft grades were made from";
            return Err(Invalid::value("grader", rule, "one with other centroids").into());
        }
        let placed = grader.place(data)?;
        let mut soft = SoftGrades {
            probability: vec![vec![None; data.len()]; components.len()],
            grade: vec![None; data.len()],
            confidence: vec![None; data.len()],
        };
        if placed.rows.is_empty() {
            return Ok(soft);
        }
        let degrees = mixture.responsibilities(&points(&placed.columns)?)?;
        for (place, &row) in placed.rows.iter().enumerate() {
            let mut best = (0, f64::NEG_INFINITY);
            for (grade, &component) in components.iter().enumerate() {
                let degree = degrees.columns[component][place];
                soft.probability[grade][row] = Some(degree);
                if degree > best.1 {
                    best = (grade, degree);
                }
            }
            soft.grade[row] = Grade::from_index(best.0);
            soft.confidence[row] = Some(best.1);
        }
        Ok(soft)
    }
}
