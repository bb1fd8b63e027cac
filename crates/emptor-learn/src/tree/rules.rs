//! Leaves as rules.

use std::fmt;

use emptor_types::{Comparison, Predicate, Threshold, sql};
use serde::Serialize;

use super::FittedTree;
use super::node::{FeatureKind, FittedFeature, Node, Split, Spread};

/// What is expected of the rows of a leaf.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// A class.
    Class {
        /// The one with the greatest weight.
        class: String,
        /// Its share in the leaf.
        confidence: f64,
        /// That share over its share among all rows: how many times likelier it is here.
        lift: f64,
        /// The share of every class.
        shares: Vec<f64>,
    },
    /// A number.
    Number {
        /// Its mean.
        mean: f64,
        /// Its standard deviation over the weight, not one less.
        standard_deviation: f64,
    },
}

/// A leaf as a rule: when it applies, to how many rows it did, and what they were.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Rule {
    /// Number of the leaf, as in [`FittedTree::leaf_of`].
    pub leaf: usize,
    /// The condition: true for exactly the rows of the leaf, whether they were in the fitted data or not.
    pub when: Predicate,
    /// Rows of the fitted data.
    pub rows: usize,
    /// Their weight.
    pub weight: f64,
    /// Their share of all weight.
    pub support: f64,
    /// What they were.
    pub outcome: Outcome,
    /// The number carried along, by name, if it is known for any of them.
    pub number: Option<(String, Spread)>,
}

impl FittedTree {
    /// One rule per leaf. Every row satisfies exactly one; supports sum to 1.
    ///
    /// Conditions on one column are merged: `x > 3` and then `x > 5` reads `x > 5`.
    #[must_use]
    pub fn rules(&self) -> Vec<Rule> {
        let nodes = &self.model.nodes;
        let mut paths: Vec<Vec<(usize, Allowed)>> = vec![Vec::new(); nodes.len()];
        let mut rules = Vec::new();
        for (i, node) in nodes.iter().enumerate() {
            let path = std::mem::take(&mut paths[i]);
            if let Some(branch) = &node.branch {
                let feature = &self.model.features[branch.feature];
                paths[branch.left] = narrowed(&path, branch.feature, feature, &branch.split, true);
                paths[branch.right] = narrowed(&path, branch.feature, feature, &branch.split, false);
            } else {
                let conditions = path.into_iter().map(|(f, allowed)| allowed.predicate(&self.model.features[f]));
                rules.push(self.rule(rules.len(), Predicate::all(conditions), node));
            }
        }
        rules
    }

    fn rule(&self, leaf: usize, when: Predicate, node: &Node) -> Rule {
        let root = &self.model.nodes[0];
        let outcome = if self.model.classes.is_empty() {
            Outcome::Number { mean: node.mean, standard_deviation: node.impurity.sqrt() }
        } else {
            let class = node.class();
            let confidence = node.classes[class] / node.weight;
            Outcome::Class {
                class: self.model.classes[class].clone(),
                confidence,
                lift: confidence / (root.classes[class] / root.weight),
                shares: node.classes.iter().map(|c| c / node.weight).collect(),
            }
        };
        let number = self.model.number.clone().zip(node.number);
        Rule { leaf, when, rows: node.rows, weight: node.weight, support: node.weight / root.weight, outcome, number }
    }

    /// The tree as one SQL expression: the class as text, or the mean, of each row.
    ///
    /// ```
    /// use emptor_learn::{DecisionTree, Feature, Features, TreeData};
    /// use emptor_types::Fit;
    ///
    /// let names = ["B".to_owned(), "A".to_owned()];
    /// let features = Features::new(&[("spend", Feature::Numbers(&[1.0, 2.0, 8.0, 9.0]))])?;
    /// let data = TreeData::classes(features, &[0, 0, 1, 1], &names)?;
    /// let tree = DecisionTree::builder().min_leaf(1).min_split(2).build()?.fit(&data)?;
    /// assert_eq!(
    ///     tree.to_sql(),
    ///     r#"CASE WHEN "spend" IS NULL OR "spend" <= 5 THEN 'B' ELSE 'A' END"#
    /// );
    /// # Ok::<(), emptor_learn::LearnError>(())
    /// ```
    #[must_use]
    pub fn to_sql(&self) -> String {
        let value = |rule: &Rule| match &rule.outcome {
            Outcome::Class { class, .. } => sql::text(class),
            Outcome::Number { mean, .. } => sql::number(*mean).unwrap_or_else(|_| "NULL".to_owned()),
        };
        let rules = self.rules();
        let Some((last, others)) = rules.split_last() else { return "NULL".to_owned() };
        if others.is_empty() {
            return value(last);
        }
        let cases: Vec<String> =
            others.iter().map(|rule| format!("WHEN {} THEN {}", rule.when.to_sql(), value(rule))).collect();
        format!("CASE {} ELSE {} END", cases.join(" "), value(last))
    }
}

/// The values of one column that reach a node.
#[derive(Debug, Clone)]
enum Allowed {
    Numbers { above: Option<Threshold>, at_most: Option<Threshold>, known: bool, unknown: bool },
    Only(Vec<String>),
    AllBut(Vec<String>),
}

impl Allowed {
    fn all(feature: &FittedFeature) -> Self {
        match feature.kind {
            FeatureKind::Numbers => Self::Numbers { above: None, at_most: None, known: true, unknown: true },
            FeatureKind::Categories(_) => Self::AllBut(Vec::new()),
        }
    }

    fn after(self, feature: &FittedFeature, split: &Split, goes_left: bool) -> Self {
        match (self, split) {
            (Self::Numbers { above, at_most, known, unknown }, Split::AtMost { threshold, unknown_left }) => {
                let unknown = unknown && *unknown_left == goes_left;
                let tighter = |old: Option<Threshold>, is_tighter: fn(Threshold, Threshold) -> bool| {
                    old.filter(|old| is_tighter(*old, *threshold)).or(Some(*threshold))
                };
                if goes_left {
                    Self::Numbers { above, at_most: tighter(at_most, |old, new| old < new), known, unknown }
                } else {
                    Self::Numbers { above: tighter(above, |old, new| old > new), at_most, known, unknown }
                }
            }
            (Self::Numbers { above, at_most, known, unknown }, Split::Known) => {
                Self::Numbers { above, at_most, known: known && goes_left, unknown: unknown && !goes_left }
            }
            (own, Split::Listed { codes, left }) => {
                let names = match &feature.kind {
                    FeatureKind::Categories(names) => names.as_slice(),
                    FeatureKind::Numbers => &[],
                };
                let listed: Vec<String> = codes.iter().filter_map(|&code| names.get(code as usize).cloned()).collect();
                own.among(listed, *left == goes_left)
            }
            (own, _) => own,
        }
    }

    /// What is left if values must be `listed`, or must not be.
    fn among(self, listed: Vec<String>, inside: bool) -> Self {
        let keep = |names: Vec<String>, from: &[String], there: bool| {
            names.into_iter().filter(|name| from.contains(name) == there).collect::<Vec<_>>()
        };
        match (self, inside) {
            (Self::Only(own), _) => Self::Only(keep(own, &listed, inside)),
            (Self::AllBut(out), true) => Self::Only(keep(listed, &out, false)),
            (Self::AllBut(mut out), false) => {
                let more = keep(listed, &out, false);
                out.extend(more);
                Self::AllBut(out)
            }
            (own, _) => own,
        }
    }

    fn predicate(self, feature: &FittedFeature) -> Predicate {
        let column = || feature.name.clone();
        match self {
            Self::Only(names) => Predicate::within(column(), names),
            Self::AllBut(names) => Predicate::negate(Predicate::within(column(), names)),
            Self::Numbers { known: false, unknown, .. } => {
                if unknown {
                    Predicate::is_null(column())
                } else {
                    Predicate::Never
                }
            }
            Self::Numbers { above, at_most, unknown, .. } => {
                let bound = |comparison: Comparison, value: Option<Threshold>| {
                    value.map(|value| Predicate::Compare { column: column(), comparison, value })
                };
                let bounds = [bound(Comparison::Greater, above), bound(Comparison::AtMost, at_most)];
                match (Predicate::all(bounds.into_iter().flatten()), unknown) {
                    (Predicate::Always, true) => Predicate::Always,
                    (Predicate::Always, false) => Predicate::negate(Predicate::is_null(column())),
                    (bounds, true) => Predicate::any([bounds, Predicate::is_null(column())]),
                    (bounds, false) => bounds,
                }
            }
        }
    }
}

/// The path with one more condition; columns stand in the order in which they were first asked about.
fn narrowed(
    path: &[(usize, Allowed)],
    index: usize,
    feature: &FittedFeature,
    split: &Split,
    goes_left: bool,
) -> Vec<(usize, Allowed)> {
    let mut path = path.to_vec();
    let place = path.iter().position(|(own, _)| *own == index).unwrap_or_else(|| {
        path.push((index, Allowed::all(feature)));
        path.len() - 1
    });
    path[place].1 = path[place].1.clone().after(feature, split, goes_left);
    path
}

/// Four digits are enough to read.
fn short(x: f64) -> f64 {
    format!("{x:.3e}").parse().unwrap_or(x)
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "if {} then ", self.when)?;
        match &self.outcome {
            Outcome::Class { class, confidence, lift, .. } => {
                write!(f, "{class} ({:.1} % of {} rows, lift {lift:.2})", 100.0 * confidence, self.rows)?;
            }
            Outcome::Number { mean, standard_deviation } => {
                write!(f, "{} (sd {}, {} rows)", short(*mean), short(*standard_deviation), self.rows)?;
            }
        }
        self.number.iter().try_for_each(|(name, spread)| write!(f, ", mean {name} {}", short(spread.mean)))
    }
}

impl fmt::Display for FittedTree {
    /// The rules, one per line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rules().iter().try_for_each(|rule| writeln!(f, "{rule}"))
    }
}
