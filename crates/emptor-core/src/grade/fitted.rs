//! A fitted grader: a frozen standard and centroids that grade any customer.

use std::cmp::Ordering;

use emptor_types::{Checks, Envelope, EnvelopeError, Invalid, Training};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::bands::Bands;
use super::grades::MOST_GRADES;
use super::movement::{DriftReport, ReferenceBins};
use super::search::squared_distance;
use super::space::Space;
use super::standard::{FittedStandard, StandardScores};
use super::{AssessmentStandard, Grade, GradeBy, GradeError, GradeSummary, Grades, GradingData};

/// What a saved grader calls itself.
const KIND: &str = "grader";

/// Parameters, the saved form of [`FittedGrader`]; loading checks them again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Model {
    pub(super) standard: FittedStandard,
    pub(super) graded_by: GradeBy,
    /// Points of the space, best grade first.
    pub(super) centroids: Vec<Vec<f64>>,
    /// What the values of each indicator were.
    pub(super) references: Vec<ReferenceBins>,
    pub(super) bands: Bands,
    pub(super) summary: GradeSummary,
}

/// Grades fitted by a [`Grader`](super::Grader): scales, cut points, weights and centroids, frozen, so that new
/// customers and other periods are graded by the same standard. It holds no data.
///
/// ```
/// use emptor_core::grade::{AssessmentStandard, FittedGrader, Grader, GradingData, Indicator, InformationGroup};
/// use emptor_types::{Fit, Training};
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
/// let saved = fitted.to_json(training)?;
/// let loaded = FittedGrader::from_json(&saved)?;
/// assert_eq!(loaded, fitted);
/// // A service refuses to grade by another standard than the one it knows.
/// assert!(FittedGrader::from_json_by(&saved, grader.standard()).is_ok());
/// assert!(FittedGrader::from_json_by(&saved, &AssessmentStandard::built_in()).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Model", into = "Model")]
pub struct FittedGrader {
    model: Model,
}

/// Scores and points of customers, with which every question about them is answered.
pub(super) struct Placed {
    pub(super) scores: StandardScores,
    /// The rows that can be graded.
    pub(super) rows: Vec<usize>,
    /// One column per axis over those rows.
    pub(super) columns: Vec<Vec<f64>>,
}

impl Placed {
    pub(super) fn point(&self, place: usize) -> Vec<f64> {
        self.columns.iter().map(|column| column[place]).collect()
    }

    /// The same customers in the order of their points, for everything that draws or sums them: the order of the input
    /// is of no account.
    pub(super) fn sorted(mut self) -> Self {
        let order = order_of(&self.columns);
        self.rows = order.iter().map(|&place| self.rows[place]).collect();
        for column in &mut self.columns {
            *column = order.iter().map(|&place| column[place]).collect();
        }
        self
    }
}

/// The order of rows by their columns, the first first.
pub(super) fn order_of(columns: &[Vec<f64>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..columns.first().map_or(0, Vec::len)).collect();
    order.par_sort_unstable_by(|&a, &b| {
        let by_column = columns.iter().map(|column| column[a].total_cmp(&column[b]));
        by_column.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    });
    order
}

impl FittedGrader {
    pub(super) fn new(model: Model) -> Self {
        Self { model }
    }

    pub(super) fn space(&self) -> Space {
        Space::new(&self.model.standard, self.model.graded_by)
    }

    pub(super) fn place(&self, data: &GradingData<'_>) -> Result<Placed, GradeError> {
        let scores = self.model.standard.score(data)?;
        let rows: Vec<usize> = (0..data.len()).filter(|&row| scores.unknown[row].is_none()).collect();
        let columns = self.space().columns(&self.model.standard, &scores, &rows);
        Ok(Placed { scores, rows, columns })
    }

    /// Grades customers, whether they were in the fitted data or not. Grading the fitted data again gives the grades of
    /// the fit, bit for bit.
    ///
    /// # Errors
    /// [`GradeError::MissingIndicators`] if the column of an indicator in use is missing (dropped indicators need
    /// none), and [`GradeError::Invalid`] if a value cannot be transformed.
    pub fn grade(&self, data: &GradingData<'_>) -> Result<Grades, GradeError> {
        let placed = self.place(data)?;
        let found: Vec<Found> = (0..placed.rows.len())
            .into_par_iter()
            .map_init(Vec::new, |point, place| {
                point.clear();
                point.extend(placed.columns.iter().map(|column| column[place]));
                self.find(point)
            })
            .collect();
        let mut found = placed.rows.iter().zip(found).peekable();
        let StandardScores { group_scores, composite, unknown, .. } = placed.scores;
        let mut grades = Grades::with_capacity(data.len(), group_scores);
        for row in 0..data.len() {
            match found.next_if(|(graded, _)| **graded == row) {
                Some((_, found)) => grades.push(&found, composite[row], &self.model.bands),
                None => grades.push_ungraded(unknown[row]),
            }
        }
        Ok(grades)
    }

    /// The nearest centroid, the better of two equally near ones, and the distances to it and its neighbours.
    pub(super) fn find(&self, point: &[f64]) -> Found {
        let mut room = [0.0; MOST_GRADES];
        let squared = &mut room[..self.model.centroids.len().min(MOST_GRADES)];
        for (squared, centroid) in squared.iter_mut().zip(&self.model.centroids) {
            *squared = squared_distance(point, centroid);
        }
        let own = (0..squared.len()).fold(0, |best, c| if squared[c] < squared[best] { c } else { best });
        let others = squared.iter().enumerate().filter(|(c, _)| *c != own).map(|(_, &d)| d);
        Found {
            own,
            distance: squared[own].sqrt(),
            up: own.checked_sub(1).map(|up| squared[up].sqrt()),
            down: squared.get(own + 1).map(|d| d.sqrt()),
            next: others.fold(f64::INFINITY, f64::min).sqrt(),
        }
    }

    /// What each grade is, and how the fit went.
    #[must_use]
    pub fn summary(&self) -> &GradeSummary {
        &self.model.summary
    }

    /// The frozen standard: scales, weights and dropped indicators.
    #[must_use]
    pub fn standard(&self) -> &FittedStandard {
        &self.model.standard
    }

    /// What customers are clustered by.
    #[must_use]
    pub fn graded_by(&self) -> GradeBy {
        self.model.graded_by
    }

    /// The centroids, best grade first: what customers are clustered by × the root of its weight.
    #[must_use]
    pub fn centroids(&self) -> &[Vec<f64>] {
        &self.model.centroids
    }

    /// The composite scores at which the bands of [`Grades::band`] end, best first.
    #[must_use]
    pub fn band_cuts(&self) -> &[f64] {
        self.model.bands.cuts()
    }

    /// How far each indicator in use has moved since the fit: its population stability index, class by class. Above 0.25
    /// the standard should be fitted anew.
    ///
    /// ```
    /// use emptor_core::grade::movement::DriftBand;
    /// use emptor_core::grade::{Grader, GradingData, Indicator, InformationGroup};
    /// use emptor_types::Fit;
    ///
    /// let spend: Vec<f64> = (0..100).map(f64::from).collect();
    /// let data = GradingData::new(&[("spend", &spend)])?;
    /// let indicator = Indicator::new("spend", InformationGroup::PastSales);
    /// let fitted = Grader::builder().indicators([indicator]).grades(2).build()?.fit(&data)?;
    /// assert_eq!(fitted.drift(&data)?[0].band, DriftBand::None);
    ///
    /// let later: Vec<f64> = spend.iter().map(|x| x + 40.0).collect();
    /// assert_eq!(fitted.drift(&GradingData::new(&[("spend", &later)])?)?[0].band, DriftBand::Refit);
    /// # Ok::<(), emptor_core::grade::GradeError>(())
    /// ```
    ///
    /// # Errors
    /// [`GradeError::MissingIndicators`] if the column of an indicator in use is missing, [`GradeError::NoCustomers`] if
    /// there is no customer.
    pub fn drift(&self, data: &GradingData<'_>) -> Result<Vec<DriftReport>, GradeError> {
        let columns = data.named(self.model.references.iter().map(ReferenceBins::name))?;
        self.model.references.iter().zip(columns).map(|(reference, column)| reference.compare(column)).collect()
    }

    /// The grades there are, best first.
    pub fn grades(&self) -> impl Iterator<Item = Grade> + '_ {
        self.model.summary.grades.iter().map(|profile| profile.grade)
    }

    /// The grader as a versioned file.
    ///
    /// # Errors
    /// [`EnvelopeError`] if a number cannot be written.
    pub fn to_json(&self, training: Training) -> Result<String, EnvelopeError> {
        Envelope::new(KIND, training, self.clone()).to_json()
    }

    /// Reads a file written by [`to_json`](Self::to_json). Before it grades, ask it whether it was fitted by the standard
    /// you expect: [`check_standard`](Self::check_standard).
    ///
    /// # Errors
    /// [`EnvelopeError`] if the file is of a newer version, of another kind, or damaged.
    pub fn from_json(text: &str) -> Result<Self, EnvelopeError> {
        Ok(Envelope::from_json(KIND, text)?.model)
    }

    /// Reads a file and refuses a grader that was fitted by another standard than this one: the way for a service.
    ///
    /// # Errors
    /// [`GradeError::Saved`] as [`from_json`](Self::from_json), [`GradeError::StandardChanged`] as
    /// [`check_standard`](Self::check_standard).
    pub fn from_json_by(text: &str, standard: &AssessmentStandard) -> Result<Self, GradeError> {
        let grader = Self::from_json(text)?;
        grader.check_standard(standard)?;
        Ok(grader)
    }

    /// Whether this grader was fitted by a standard: a service that loads a saved grader beside its own standard asks
    /// it before it grades.
    ///
    /// # Errors
    /// [`GradeError::StandardChanged`] with every difference: name, version, indicators added, gone or changed.
    pub fn check_standard(&self, standard: &AssessmentStandard) -> Result<(), GradeError> {
        let own = self.model.standard.standard();
        let mut differences = Vec::new();
        let mut differs = |what: &str, fitted: String, asked: String| {
            if fitted != asked {
                differences.push(format!("{what} was {fitted} and is {asked}"));
            }
        };
        differs("name", own.name().to_owned(), standard.name().to_owned());
        differs("version", own.version().to_string(), standard.version().to_string());
        let names = |standard: &AssessmentStandard| standard.indicators().iter().map(|i| i.name().to_owned()).collect();
        let (fitted, asked): (Vec<String>, Vec<String>) = (names(own), names(standard));
        differs("the list of indicators", fitted.join(", "), asked.join(", "));
        for indicator in own.indicators() {
            let asked = standard.indicators().iter().find(|other| other.name() == indicator.name());
            if asked.is_some_and(|asked| asked != indicator) {
                differences.push(format!("indicator {} has changed", indicator.name()));
            }
        }
        if differences.is_empty() && own != standard {
            differences.push("weighting, scaling or another setting has changed".to_owned());
        }
        if differences.is_empty() { Ok(()) } else { Err(GradeError::StandardChanged { differences }) }
    }
}

/// Where a customer stands among the grades.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) own: usize,
    pub(super) distance: f64,
    pub(super) up: Option<f64>,
    pub(super) down: Option<f64>,
    /// Distance to the nearest centroid of any other grade.
    pub(super) next: f64,
}

impl Grades {
    fn push_ungraded(&mut self, why: Option<super::Ungraded>) {
        self.grade.push(None);
        self.band.push(None);
        self.ungraded.push(why);
        for column in
            [&mut self.composite, &mut self.distance, &mut self.distance_up, &mut self.distance_down, &mut self.margin]
        {
            column.push(None);
        }
    }

    fn push(&mut self, found: &Found, composite: Option<f64>, bands: &Bands) {
        let Found { own, distance, up, down, next } = *found;
        self.grade.push(Grade::from_index(own));
        self.band.push(composite.and_then(|score| Grade::from_index(bands.band(score))));
        self.ungraded.push(None);
        self.composite.push(composite);
        self.distance.push(Some(distance));
        self.distance_up.push(up);
        self.distance_down.push(down);
        self.margin.push((next > 0.0).then(|| (next - distance) / next));
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
        let axes = Space::new(&self.standard, self.graded_by).dimensions();
        let lengths: Vec<usize> = self.centroids.iter().map(Vec::len).collect();
        let rule = "must have one coordinate per axis";
        checks.require(lengths.iter().all(|&d| d == axes), "centroids", rule, format!("{lengths:?} of {axes}"));
        let places = self.summary.grades.iter().map(|profile| profile.grade.index());
        checks.require(places.eq(0..grades), "summary", "must describe each grade once, best first", grades);
        let same = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(x, y)| x.total_cmp(y).is_eq());
        let pairs = (0..grades).flat_map(|a| (0..a).map(move |b| (a, b)));
        let twice = pairs.into_iter().find(|&(a, b)| same(&self.centroids[a], &self.centroids[b]));
        checks.require(twice.is_none(), "centroids", "must differ from one another", format!("{twice:?}"));
        let space = Space::new(&self.standard, self.graded_by);
        let composites: Vec<f64> = self.centroids.iter().map(|c| space.composite(c)).collect();
        let told: Vec<f64> = self.summary.grades.iter().map(|profile| profile.composite).collect();
        let rule = "must be the composite scores of the profiles";
        checks.require(same(&composites, &told), "centroids", rule, format!("{composites:?} and {told:?}"));
        let counted: usize = self.summary.grades.iter().map(|profile| profile.customers).sum();
        let graded = self.summary.graded;
        checks.require(counted == graded, "summary", "must have its graded customers in its grades", counted);
        let (name, version) = (self.standard.standard().name(), self.standard.standard().version());
        let own = self.summary.standard == (name.to_owned(), version);
        checks.require(own, "summary.standard", "must be the standard's name and version", format!("{name} {version}"));
        let fitted = self.standard.indicators().iter().map(|fitted| fitted.indicator.name());
        let named = self.references.iter().map(ReferenceBins::name).eq(fitted);
        checks.require(named, "references", "must name the indicators in their order", "others");
        let indicators = self.standard.indicators().len();
        let references = self.references.len();
        checks.require(references == indicators, "references", "must hold one per indicator", references);
        let cuts = self.bands.cuts();
        checks.require(self.bands.are_proper(grades), "bands", "must fall from grade to grade", format!("{cuts:?}"));
    }
}
