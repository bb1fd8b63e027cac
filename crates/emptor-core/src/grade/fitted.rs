//! A fitted grader: frozen scales and centroids that grade any customer.

use emptor_types::{Checks, Invalid};
use serde::{Deserialize, Serialize};

use super::features::{Row, Space, group_scores};
use super::grades::MOST_GRADES;
use super::lloyd::{precedence, squared_distance};
use super::{DroppedIndicator, Grade, GradeError, GradeSummary, Grades, GradingData, IndicatorScale, InformationGroup};

/// Shares of groups sum to 1 up to this.
const SHARE_ROUNDING: f64 = 1e-9;

/// Parameters, the saved form of [`FittedGrader`]; loading checks them again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Model {
    pub(super) scales: Vec<IndicatorScale>,
    pub(super) dropped: Vec<DroppedIndicator>,
    /// Shares, 0 for groups the model has not.
    pub(super) group_weights: Row,
    pub(super) clip: f64,
    pub(super) least_coverage: f64,
    /// Group score × √weight, best grade first.
    pub(super) centroids: Vec<Row>,
    pub(super) summary: GradeSummary,
}

/// Grades fitted by a [`Grader`](super::Grader): scales, cut points, weights and centroids, frozen, so that new
/// customers and other periods are graded by the same standard. It holds no data.
///
/// ```
/// use emptor_core::grade::{FittedGrader, Grader, GradingData, Indicator, InformationGroup};
/// use emptor_types::{Envelope, Fit, Training};
///
/// let grader = Grader::builder().indicators([Indicator::new("spend", InformationGroup::PastSales)]).grades(3).build()?;
/// let spend = [1.0, 2.0, 3.0, 11.0, 12.0, 13.0, 21.0, 22.0, 23.0];
/// let fitted = grader.fit(&GradingData::new(&[("spend", &spend)])?)?;
///
/// // A new customer, by the frozen standard.
/// let graded = fitted.grade(&GradingData::new(&[("spend", &[14.0])])?)?;
/// assert_eq!(graded.grade[0].map(|g| g.letter()), Some('B'));
/// assert!(graded.margin[0].is_some_and(|m| m > 0.5));
///
/// // Saved and loaded it is the same grader.
/// let training = Training { as_of: None, unit: None, customers: spend.len() };
/// let saved = Envelope::new("grader", training, fitted.clone()).to_json()?;
/// assert_eq!(Envelope::<FittedGrader>::from_json("grader", &saved)?.model, fitted);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Model", into = "Model")]
pub struct FittedGrader {
    model: Model,
}

impl FittedGrader {
    pub(super) fn new(model: Model) -> Self {
        Self { model }
    }

    /// Grades customers, whether they were in the fitted data or not. Grading the fitted data again gives the grades of
    /// the fit, bit for bit.
    ///
    /// # Errors
    /// [`GradeError::MissingIndicators`] if the column of an indicator in use is missing (dropped indicators need
    /// none), and [`GradeError::Invalid`] if a value cannot be transformed.
    pub fn grade(&self, data: &GradingData<'_>) -> Result<Grades, GradeError> {
        let model = &self.model;
        let space = Space::new(model.group_weights);
        let scores = group_scores(&model.scales, model.clip, model.least_coverage, data)?;
        // The order in which equally near centroids take a customer, as in the fit.
        let mut scan: Vec<usize> = (0..model.centroids.len()).collect();
        scan.sort_by(|&a, &b| precedence(&model.centroids[a], &model.centroids[b], &space));

        let mut distances = vec![0.0; model.centroids.len()];
        let mut points = Vec::with_capacity(data.len());
        points.extend((0..data.len()).map(|i| space.point(&scores, i)));
        let mut grades = Grades::with_capacity(data.len(), scores);
        for point in points {
            let Ok(point) = point else {
                grades.push_ungraded(point.err());
                continue;
            };
            for (distance, centroid) in distances.iter_mut().zip(&model.centroids) {
                *distance = squared_distance(&point, centroid);
            }
            let mut own = scan[0];
            for &c in &scan {
                if distances[c] < distances[own] {
                    own = c;
                }
            }
            for distance in &mut distances {
                *distance = distance.sqrt();
            }
            grades.push(own, &distances, space.composite(&point));
        }
        Ok(grades)
    }

    /// What each grade is, and how the fit went.
    #[must_use]
    pub fn summary(&self) -> &GradeSummary {
        &self.model.summary
    }

    /// The frozen scales of the indicators in use.
    #[must_use]
    pub fn scales(&self) -> &[IndicatorScale] {
        &self.model.scales
    }

    /// The indicators that could not be used, with their reasons.
    #[must_use]
    pub fn dropped(&self) -> &[DroppedIndicator] {
        &self.model.dropped
    }

    /// The share of a group in the composite score and in squared distances; `None` for a group without indicators in
    /// use. Shares sum to 1.
    #[must_use]
    pub fn group_weight(&self, group: InformationGroup) -> Option<f64> {
        Some(self.model.group_weights[group.index()]).filter(|&weight| weight > 0.0)
    }

    /// The grades there are, best first.
    pub fn grades(&self) -> impl Iterator<Item = Grade> + '_ {
        self.model.summary.grades.iter().map(|profile| profile.grade)
    }
}

impl Grades {
    fn push_ungraded(&mut self, why: Option<super::Ungraded>) {
        self.grade.push(None);
        self.ungraded.push(why);
        for column in
            [&mut self.composite, &mut self.distance, &mut self.distance_up, &mut self.distance_down, &mut self.margin]
        {
            column.push(None);
        }
    }

    fn push(&mut self, own: usize, distances: &[f64], composite: f64) {
        let others = distances.iter().enumerate().filter(|(c, _)| *c != own).map(|(_, &d)| d);
        let next = others.fold(f64::INFINITY, f64::min);
        self.grade.push(Grade::from_index(own));
        self.ungraded.push(None);
        self.composite.push(Some(composite));
        self.distance.push(Some(distances[own]));
        self.distance_up.push(own.checked_sub(1).map(|up| distances[up]));
        self.distance_down.push(distances.get(own + 1).copied());
        self.margin.push((next > 0.0).then(|| (next - distances[own]) / next));
    }
}

impl TryFrom<Model> for FittedGrader {
    type Error = Invalid;

    fn try_from(model: Model) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        model.check(&mut checks);
        checks.finish()?;
        Ok(Self { model })
    }
}

impl From<FittedGrader> for Model {
    fn from(fitted: FittedGrader) -> Self {
        fitted.model
    }
}

impl Model {
    fn check(&self, checks: &mut Checks) {
        let grades = self.centroids.len();
        checks.require((2..=MOST_GRADES).contains(&grades), "centroids", "must be 2 to 26", grades);
        let finite = self.centroids.iter().flatten().all(|x| x.is_finite());
        checks.require(finite, "centroids", "must be finite", format!("{:?}", self.centroids));
        let places = self.summary.grades.iter().map(|profile| profile.grade.index());
        checks.require(places.eq(0..grades), "summary", "must describe each grade once, best first", grades);
        checks.require(self.clip > 0.0 && self.clip.is_finite(), "clip", "must be finite and above 0", self.clip);
        let coverage = self.least_coverage;
        checks.require(coverage > 0.0 && coverage <= 1.0, "least_coverage", "must be above 0 and at most 1", coverage);
        let shares = self.group_weights;
        let sum: f64 = shares.iter().sum();
        let proper = shares.iter().all(|&w| w >= 0.0) && (sum - 1.0).abs() <= SHARE_ROUNDING;
        checks.require(proper, "group_weights", "must be at least 0 and sum to 1", format!("{shares:?}"));
        for (i, scale) in self.scales.iter().enumerate() {
            let name = scale.indicator.name();
            let before = self.scales.iter().take(i).any(|other| other.indicator.name() == name);
            checks.require(!before, name, "must be scaled once", "a second scale");
            let weight = scale.indicator.relative_weight();
            checks.require(weight > 0.0 && weight.is_finite(), name, "must have a weight above 0", weight);
            let unit = scale.scale;
            checks.require(unit > 0.0 && unit.is_finite(), name, "must have a scale above 0", unit);
            let (lower, median, upper) = (scale.lower, scale.median, scale.upper);
            checks.require(
                lower <= median && median <= upper && lower.is_finite() && upper.is_finite(),
                name,
                "must have its median between finite cuts",
                format!("{lower}, {median}, {upper}"),
            );
        }
        for (group, share) in InformationGroup::ALL.into_iter().zip(shares) {
            let informed = self.scales.iter().any(|scale| scale.indicator.group() == group);
            checks.require(
                informed == (share > 0.0),
                &format!("weight of {group}"),
                "must be above 0 exactly where an indicator informs the group",
                share,
            );
        }
    }
}
