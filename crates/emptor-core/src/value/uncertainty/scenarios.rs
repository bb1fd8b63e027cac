//! The range of named scenarios.

use emptor_types::Invalid;

use super::range::ValueRange;

/// The value as it is, and what it would be in each of several named scenarios.
///
/// ```
/// use emptor_core::value::uncertainty::Scenarios;
///
/// let scenarios = Scenarios::new(1000.0, vec![("recession", 820.0), ("as planned", 1000.0), ("new product", 1150.0)])?;
/// assert_eq!(scenarios.lowest(), ("recession", 820.0));
/// assert_eq!(format!("{:.0}", scenarios.range()), "1000 (range 820 to 1150: scenarios)");
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Scenarios {
    base: f64,
    named: Vec<(String, f64)>,
}

impl Scenarios {
    /// From the value as it is and the values of scenarios.
    ///
    /// # Errors
    /// Unless there is a scenario, no name comes twice and all values are finite.
    pub fn new<S: Into<String>>(base: f64, scenarios: Vec<(S, f64)>) -> Result<Self, Invalid> {
        let named: Vec<(String, f64)> = scenarios.into_iter().map(|(name, value)| (name.into(), value)).collect();
        let mut checks = Invalid::checks();
        checks.require(!named.is_empty(), "scenarios", "must be at least one", "none");
        checks.require(base.is_finite(), "value", "must be finite", base);
        let mut names: Vec<&str> = named.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        let twice = |pair: &&[&str]| pair[0] == pair[1];
        if let Some(pair) = names.windows(2).find(twice) {
            checks.require(false, "scenarios", "must have names of their own", format!("`{}` twice", pair[0]));
        }
        for (name, value) in &named {
            checks.require(value.is_finite(), &format!("scenario `{name}`"), "must be finite", value);
        }
        checks.finish()?;
        Ok(Self { base, named })
    }

    /// The value as it is.
    #[must_use]
    pub fn base(&self) -> f64 {
        self.base
    }

    /// Names and values of the scenarios, in the order given.
    #[must_use]
    pub fn named(&self) -> &[(String, f64)] {
        &self.named
    }

    /// The worst scenario, the first of several.
    #[must_use]
    pub fn lowest(&self) -> (&str, f64) {
        self.first(|value, best| value < best)
    }

    /// The best scenario, the first of several.
    #[must_use]
    pub fn highest(&self) -> (&str, f64) {
        self.first(|value, best| value > best)
    }

    /// The value as it is, from the lowest to the highest value that it and the scenarios have. No probability is attached
    /// to the ends.
    #[must_use]
    pub fn range(&self) -> ValueRange {
        let ends = [self.base.min(self.lowest().1), self.base.max(self.highest().1)];
        ValueRange::of_scenarios(self.base, ends)
    }

    fn first(&self, better: impl Fn(f64, f64) -> bool) -> (&str, f64) {
        let named = self.named.iter().map(|(name, value)| (name.as_str(), *value));
        named.reduce(|best, next| if better(next.1, best.1) { next } else { best }).unwrap_or(("", self.base))
    }
}
