//! `golden/equity.toml`: its families, its pass rule, and that no family is left out.

use emptor::types::{DiscountRate, TimeUnit};
use emptor::value::RetentionRate;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// Most cases count in years; the formulas only ask for one period.
pub(crate) const YEAR: TimeUnit = TimeUnit::Year;

/// Numbers by name.
pub(crate) type Numbers = BTreeMap<String, f64>;

const TEXT: &str = include_str!("golden/equity.toml");

/// Where a case stands, and how near its numbers must be.
pub(crate) struct At {
    family: String,
    case: usize,
    tolerance: f64,
}

/// The cases of a family, each with its place. The structs of the cases refuse keys that they do not know, so that no
/// number is left out.
pub(crate) fn family<T: DeserializeOwned>(name: &str) -> Vec<(T, At)> {
    family_of(TEXT, name)
}

/// The same of another file of one form.
pub(crate) fn family_of<T: DeserializeOwned>(text: &str, name: &str) -> Vec<(T, At)> {
    let mut families: toml::Table = toml::from_str(text).unwrap();
    let family = families.remove(name).expect("the family is there");
    let tolerance = family["tolerance"].as_float().unwrap();
    let cases = family["cases"].as_array().unwrap();
    assert!(!cases.is_empty(), "{name} has cases");
    let read = |(case, value): (usize, &toml::Value)| {
        let read: T = value.clone().try_into().unwrap_or_else(|error| panic!("{name}, case {case}: {error}"));
        (read, At { family: name.to_owned(), case, tolerance })
    };
    cases.iter().enumerate().map(read).collect()
}

impl At {
    fn near(&self, what: &str, ours: f64, expected: f64, tolerance: f64) {
        let Self { family, case, .. } = self;
        assert!((ours - expected).abs() <= tolerance, "{family}, case {case}, {what}: {ours}, expected {expected}");
    }

    /// The pass rule: `|ours − expected| ≤ tolerance · max(1, |expected|)`.
    pub(crate) fn meets(&self, what: &str, ours: f64, expected: f64) {
        self.near(what, ours, expected, self.tolerance * expected.abs().max(1.0));
    }

    /// The same for lists, which are equally long.
    pub(crate) fn meets_each(&self, what: &str, ours: &[f64], expected: &[f64]) {
        assert_eq!(ours.len(), expected.len(), "{}, case {}, {what}", self.family, self.case);
        ours.iter().zip(expected).for_each(|(ours, expected)| self.meets(what, *ours, *expected));
    }

    /// The same for every name.
    pub(crate) fn meets_named(&self, ours: impl Fn(&str) -> f64, expected: &Numbers) {
        assert!(!expected.is_empty(), "{}, case {}", self.family, self.case);
        expected.iter().for_each(|(name, expected)| self.meets(name, ours(name), *expected));
    }

    /// A quoted figure, if there is one, is met within its own absolute tolerance.
    pub(crate) fn quoted(&self, what: &str, ours: f64, quoted: Option<f64>, tolerance: Option<f64>) {
        if let Some(quoted) = quoted {
            self.near(what, ours, quoted, tolerance.unwrap());
        }
    }

    /// The same for a list, which may stop earlier.
    pub(crate) fn quoted_each(&self, what: &str, ours: &[f64], quoted: &[f64], tolerance: Option<f64>) {
        assert!(quoted.len() <= ours.len(), "{}, case {}, {what}", self.family, self.case);
        ours.iter().zip(quoted).for_each(|(ours, quoted)| self.quoted(what, *ours, Some(*quoted), tolerance));
    }

    /// The same for every name.
    pub(crate) fn quoted_named(&self, ours: impl Fn(&str) -> f64, quoted: &Numbers, tolerance: Option<f64>) {
        quoted.iter().for_each(|(name, quoted)| self.quoted(name, ours(name), Some(*quoted), tolerance));
    }
}

pub(crate) fn yearly(rate: f64) -> DiscountRate {
    DiscountRate::annual_effective(rate).unwrap()
}

pub(crate) fn kept(retention: f64) -> RetentionRate {
    RetentionRate::new(retention, YEAR).unwrap()
}

/// Families that need tables: a returned article is tested with the tables of relationship profitability.
const OF_TABLES: [&str; 1] = ["returned_margin"];

#[test]
fn every_family_is_read_by_a_test() {
    let tests = [
        include_str!("correctness_closed_forms.rs"),
        include_str!("correctness_berger_nasr.rs"),
        include_str!("correctness_relationships.rs"),
        include_str!("correctness_cost_to_serve.rs"),
        include_str!("correctness_discounting.rs"),
        include_str!("correctness_equity.rs"),
        include_str!("correctness_marketing.rs"),
        include_str!("correctness_bridge.rs"),
        include_str!("correctness_project.rs"),
        include_str!("correctness_potential.rs"),
    ];
    let families: toml::Table = toml::from_str(TEXT).unwrap();
    assert_eq!(families.len(), 38);
    for name in families.keys().filter(|name| !OF_TABLES.contains(&name.as_str())) {
        assert!(tests.iter().any(|test| test.contains(&format!(">(\"{name}\")"))), "{name}");
    }
}
