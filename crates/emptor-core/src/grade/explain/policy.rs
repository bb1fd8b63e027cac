//! The grades as a decision tree: rules in original units that a person can follow.

use emptor_learn::{DecisionTree, Feature, Features, Fidelity, FittedTree, Rule, TreeData, Validation};
use emptor_types::{Fit, Predicate};
use serde::{Deserialize, Serialize};

use crate::grade::{FittedGrader, Grade, GradeError, GradingData};

/// A tree of more levels is read by nobody.
const DEPTH: usize = 4;

/// The fewest customers a rule may rest on; of a small base a hundredth.
const LEAST_CUSTOMERS: usize = 20;

/// The tree learns from at most so many customers, evenly spaced; its fidelity is measured on all.
const MOST_CUSTOMERS: usize = 100_000;

/// A split that purifies the base by less than this share is not worth a line (`cp` of rpart).
const LEAST_GAIN: f64 = 0.002;

/// Folds of the cross-validation.
const FOLDS: usize = 5;

/// Below this share of customers with the same grade a policy does not stand for the grader.
const LEAST_FIDELITY: f64 = 0.9;

/// A small decision tree over the raw indicators that says almost what the grader says.
///
/// What it answers: by which rules, in the units everybody knows, does a customer come to its grade? The tree is learnt
/// from the grades (Breiman et al. 1984), so that its rules are readable and its [`fidelity`](Self::fidelity), the share of
/// customers whom it gives the grader's grade, is known. It explains the grader; it does not replace it.
///
/// ```
/// use emptor_core::grade::{Grader, GradingData, Indicator, InformationGroup};
/// use emptor_types::Fit;
///
/// let spend: Vec<f64> = (0..200).map(|i| f64::from(i % 2) * 500.0 + f64::from(i % 10)).collect();
/// let data = GradingData::new(&[("spend", &spend)])?;
/// let indicator = Indicator::new("spend", InformationGroup::PastSales);
/// let fitted = Grader::builder().indicators([indicator]).grades(2).build()?.fit(&data)?;
///
/// let policy = fitted.policy(&data)?;
/// assert_eq!(policy.fidelity().accuracy, 1.0);
/// assert_eq!(policy.rules()[1].when.to_string(), "spend > 300");
/// # Ok::<(), emptor_core::grade::GradeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GradePolicy {
    tree: FittedTree,
    fidelity: Fidelity,
    validation: Option<Validation>,
}

impl GradePolicy {
    /// One rule per leaf of the tree; every customer satisfies exactly one.
    #[must_use]
    pub fn rules(&self) -> Vec<Rule> {
        self.tree.rules()
    }

    /// The condition under which the policy gives a grade.
    #[must_use]
    pub fn predicate(&self, grade: Grade) -> Predicate {
        let letter = grade.to_string();
        let class =
            |rule: &Rule| matches!(&rule.outcome, emptor_learn::Outcome::Class { class, .. } if *class == letter);
        Predicate::any(self.rules().into_iter().filter(class).map(|rule| rule.when))
    }

    /// How often the policy says what the grader says: all customers, and grade by grade.
    #[must_use]
    pub fn fidelity(&self) -> &Fidelity {
        &self.fidelity
    }

    /// The same on customers the tree was not grown on, by cross-validation; `None` where there are too few customers.
    #[must_use]
    pub fn validation(&self) -> Option<&Validation> {
        self.validation.as_ref()
    }

    /// Whether the policy may stand for the grader in words: nine of ten customers get the same grade.
    #[must_use]
    pub fn is_faithful(&self) -> bool {
        self.fidelity.accuracy >= LEAST_FIDELITY
    }

    /// The tree.
    #[must_use]
    pub fn tree(&self) -> &FittedTree {
        &self.tree
    }
}

impl FittedGrader {
    /// Learns a policy of at most four levels from the grades of customers.
    ///
    /// # Errors
    /// As [`policy_of_depth`](Self::policy_of_depth).
    pub fn policy(&self, data: &GradingData<'_>) -> Result<GradePolicy, GradeError> {
        self.policy_of_depth(data, DEPTH)
    }

    /// Learns a policy of at most so many levels from the grades of customers. Ungraded customers teach nothing.
    ///
    /// # Errors
    /// [`GradeError::NoCustomers`] if nobody is graded, [`GradeError::Learn`] if the depth is out of its range; otherwise
    /// as [`grade`](FittedGrader::grade).
    pub fn policy_of_depth(&self, data: &GradingData<'_>, depth: usize) -> Result<GradePolicy, GradeError> {
        let grades = self.grade(data)?;
        let graded: Vec<(usize, u32)> = grades
            .grade
            .iter()
            .enumerate()
            .filter_map(|(row, grade)| Some((row, u32::try_from(grade.as_ref()?.index()).ok()?)))
            .collect();
        if graded.is_empty() {
            return Err(GradeError::NoCustomers);
        }
        let letters: Vec<String> = self.grades().map(|grade| grade.to_string()).collect();
        let names: Vec<&str> = self.standard().indicators().iter().map(|fitted| fitted.indicator.name()).collect();
        let columns = data.named(names.iter().copied())?;
        let of = |chosen: &[(usize, u32)]| Chosen {
            columns: columns.iter().map(|column| chosen.iter().map(|&(row, _)| column[row]).collect()).collect(),
            codes: chosen.iter().map(|&(_, code)| code).collect(),
        };
        let step = graded.len().div_ceil(MOST_CUSTOMERS);
        let taught: Vec<(usize, u32)> = graded.iter().copied().step_by(step).collect();
        let least = LEAST_CUSTOMERS.min(taught.len().div_ceil(100)).max(1);
        let spec = DecisionTree::builder().max_depth(depth).min_leaf(least).ccp_alpha(LEAST_GAIN).build()?;
        let (taught, all) = (of(&taught), of(&graded));
        let lesson = TreeData::classes(taught.features(&names)?, &taught.codes, &letters)?;
        let tree = spec.fit(&lesson)?;
        Ok(GradePolicy {
            fidelity: tree.fidelity(&all.features(&names)?, &all.codes)?,
            validation: if taught.codes.len() >= 2 * FOLDS {
                spec.cross_validate(&lesson, FOLDS, 0).ok()
            } else {
                None
            },
            tree,
        })
    }
}

/// Columns and grades of chosen customers.
struct Chosen {
    columns: Vec<Vec<f64>>,
    codes: Vec<u32>,
}

impl Chosen {
    fn features<'a>(&'a self, names: &[&'a str]) -> Result<Features<'a>, GradeError> {
        let columns = self.columns.iter().map(|column| Feature::Numbers(column));
        Ok(Features::new(&names.iter().copied().zip(columns).collect::<Vec<_>>())?)
    }
}
