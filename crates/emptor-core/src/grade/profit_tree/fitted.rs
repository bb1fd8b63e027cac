//! A fitted profit tree.

use emptor_learn::{AlphaChoice, Features, FittedTree, Outcome};
use emptor_types::{ExactSum, Invalid};
use serde::{Deserialize, Serialize};

use super::{ClassShare, OutOfSample, ProfitRule, ProfitTarget};
use crate::grade::GradeError;

/// What a class of profit holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProfitClassPart {
    /// The class.
    pub class: String,
    /// Customers.
    pub customers: usize,
    /// Their profit.
    pub total_profit: f64,
    /// The lowest profit, `None` without customers.
    pub lowest: Option<f64>,
    /// The highest profit, `None` without customers.
    pub highest: Option<f64>,
}

/// What the customers of a leaf bring.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct LeafProfit {
    total: f64,
    losses: usize,
}

impl LeafProfit {
    /// Leaf by leaf.
    pub(super) fn of(tree: &FittedTree, leaf_of: &[usize], profit: &[f64]) -> Vec<Self> {
        let mut sums = vec![(ExactSum::ZERO, 0); tree.leaf_count()];
        for (&leaf, &profit) in leaf_of.iter().zip(profit) {
            sums[leaf].0.add(profit);
            sums[leaf].1 += usize::from(profit < 0.0);
        }
        sums.into_iter().map(|(total, losses)| Self { total: total.value(), losses }).collect()
    }
}

/// The saved form of [`FittedProfitTree`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Model {
    pub(super) target: ProfitTarget,
    pub(super) unknown: usize,
    pub(super) parts: Vec<ProfitClassPart>,
    pub(super) tree: FittedTree,
    pub(super) leaves: Vec<LeafProfit>,
    pub(super) choice: AlphaChoice,
    pub(super) out_of_sample: OutOfSample,
}

/// A fitted [`ProfitTree`](super::ProfitTree): rules, what they bring, and what they are worth; no data. Loading a saved
/// one checks it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Model", into = "Model")]
pub struct FittedProfitTree {
    model: Model,
}

impl FittedProfitTree {
    /// What the tree tells apart.
    #[must_use]
    pub fn target(&self) -> ProfitTarget {
        self.model.target
    }

    /// Customers of known profit, whom it was fitted on.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.model.out_of_sample.customers
    }

    /// Customers of unknown profit, who were left out.
    #[must_use]
    pub fn unknown(&self) -> usize {
        self.model.unknown
    }

    /// The classes of profit, the worst first; none if the tree foretells profit itself.
    #[must_use]
    pub fn parts(&self) -> &[ProfitClassPart] {
        &self.model.parts
    }

    /// What it is worth on customers it has not seen.
    #[must_use]
    pub fn out_of_sample(&self) -> &OutOfSample {
        &self.model.out_of_sample
    }

    /// How far the tree was cut back, and what other sizes would have scored.
    #[must_use]
    pub fn pruning(&self) -> &AlphaChoice {
        &self.model.choice
    }

    /// The tree.
    #[must_use]
    pub fn tree(&self) -> &FittedTree {
        &self.model.tree
    }

    /// The attributes that rules ask for, each with its share in what the tree tells, greatest first; shares sum to 1 unless
    /// the tree is a single leaf.
    #[must_use]
    pub fn drivers(&self) -> Vec<(&str, f64)> {
        let mut drivers: Vec<(&str, f64)> =
            self.model.tree.importance().into_iter().filter(|(_, share)| *share > 0.0).collect();
        drivers.sort_by(|a, b| b.1.total_cmp(&a.1));
        drivers
    }

    /// One rule per leaf, the highest mean profit first. Every customer satisfies exactly one; customers and profits of
    /// rules sum to those of all customers of known profit.
    #[must_use]
    pub fn rules(&self) -> Vec<ProfitRule> {
        let of = |(rule, leaf): (emptor_learn::Rule, &LeafProfit)| {
            let customers = rule.rows;
            let (class, shares) = match rule.outcome {
                Outcome::Class { class, confidence, lift, shares } => {
                    (Some(ClassShare { class, confidence, lift }), shares)
                }
                _ => (None, Vec::new()),
            };
            ProfitRule {
                id: rule.leaf + 1,
                when: rule.when,
                customers,
                support: rule.support,
                class,
                shares,
                loss_share: leaf.losses as f64 / customers as f64,
                mean_profit: leaf.total / customers as f64,
                total_profit: leaf.total,
            }
        };
        let mut rules: Vec<ProfitRule> = self.model.tree.rules().into_iter().zip(&self.model.leaves).map(of).collect();
        rules.sort_by(|a, b| b.mean_profit.total_cmp(&a.mean_profit));
        rules
    }

    /// The tree as one SQL expression: the class of each customer as text, or its expected profit.
    #[must_use]
    pub fn to_sql(&self) -> String {
        self.model.tree.to_sql()
    }

    /// The number of the rule that each customer satisfies.
    ///
    /// # Errors
    /// [`GradeError::Learn`] if a column that a rule asks for is missing or of another kind.
    pub fn rule_of(&self, features: &Features<'_>) -> Result<Vec<usize>, GradeError> {
        Ok(self.model.tree.leaf_of(features)?.into_iter().map(|leaf| leaf + 1).collect())
    }

    /// The class foretold for each customer.
    ///
    /// # Errors
    /// As [`rule_of`](Self::rule_of), and if the tree foretells profit itself.
    pub fn classes(&self, features: &Features<'_>) -> Result<Vec<&str>, GradeError> {
        let codes = self.model.tree.predict_class(features)?;
        let names = self.model.tree.classes();
        Ok(codes.into_iter().map(|code| names[code as usize].as_str()).collect())
    }

    /// The profit to expect of each customer: the mean of its rule, whatever the target.
    ///
    /// # Errors
    /// As [`rule_of`](Self::rule_of).
    pub fn expected_profit(&self, features: &Features<'_>) -> Result<Vec<f64>, GradeError> {
        let mut means = vec![0.0; self.model.leaves.len()];
        self.rules().iter().for_each(|rule| means[rule.id - 1] = rule.mean_profit);
        Ok(self.model.tree.leaf_of(features)?.into_iter().map(|leaf| means[leaf]).collect())
    }
}

impl TryFrom<Model> for FittedProfitTree {
    type Error = Invalid;

    fn try_from(model: Model) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        model.target.check(&mut checks);
        let names = model.target.names();
        checks.require(model.tree.classes() == names, "classes", "must be those of the target", "others");
        checks.require(
            model.parts.iter().map(|part| &part.class).eq(&names),
            "parts",
            "must be one per class",
            "others",
        );
        let rules = model.tree.rules();
        let leaves = model.leaves.len();
        checks.require(leaves == rules.len(), "leaves", "must be those of the tree", leaves);
        let plain =
            |(leaf, rule): (&LeafProfit, &emptor_learn::Rule)| leaf.total.is_finite() && leaf.losses <= rule.rows;
        let sums = model.leaves.iter().zip(&rules).all(plain);
        checks.require(sums, "leaves", "must have a finite profit and no more losses than customers", "others");
        let OutOfSample { customers, score, guess, standard_error, confusion, .. } = &model.out_of_sample;
        let rows: usize = rules.iter().map(|rule| rule.rows).sum();
        checks.require(*customers == rows, "out_of_sample", "must be about the customers of the tree", customers);
        let numbers = [score, guess, standard_error].into_iter().all(|number| number.is_finite());
        checks.require(numbers, "out_of_sample", "must have finite scores", format!("{score}, {guess}"));
        let square = confusion.len() == names.len() && confusion.iter().all(|row| row.len() == names.len());
        checks.require(square, "confusion", "must be one row and column per class", confusion.len());
        let choice = &model.choice;
        let inside = choice.best < choice.table.len() && choice.chosen < choice.table.len();
        checks.require(inside, "choice", "must be places in its table", format!("{}, {}", choice.best, choice.chosen));
        checks.finish()?;
        Ok(Self { model })
    }
}

impl From<FittedProfitTree> for Model {
    fn from(fitted: FittedProfitTree) -> Self {
        fitted.model
    }
}
