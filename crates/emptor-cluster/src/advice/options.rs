//! What advice may cost, and which numbers the business allows.

use std::ops::RangeInclusive;

use emptor_types::Invalid;
use serde::{Deserialize, Serialize};

/// Checked settings of [`advise`](crate::advise).
///
/// ```
/// use emptor_cluster::AdviceOptions;
///
/// let options = AdviceOptions::builder().allowed(Some(4..=6)).seed(7).build()?;
/// assert!(options.allows(4) && !options.allows(3));
/// assert!(AdviceOptions::builder().bootstraps(1).build().is_err());
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "AdviceOptionsBuilder", into = "AdviceOptionsBuilder")]
pub struct AdviceOptions {
    pub(super) plain: AdviceOptionsBuilder,
}

/// Collects the settings of [`AdviceOptions`].
///
/// | setting | default | meaning |
/// |---|---|---|
/// | `allowed` | 3 to 5 | numbers of clusters that may be recommended; `None` for all |
/// | `seed` | 0 | where all samples and searches come from |
/// | `starts` | 10 | starts of each fit on all rows and of each seed compared |
/// | `sample_rows` | 4000 | rows that stability, gap and BIC are measured on |
/// | `resample_starts` | 3 | starts of each fit on a resample, a half or a reference |
/// | `bootstraps` | 20 | resamples of the bootstrap |
/// | `splits` | 5 | splits into halves for the prediction strength |
/// | `seeds` | 5 | seeds compared |
/// | `references` | 10 | references of the gap statistic |
/// | `silhouette_rows` | 1000 | rows that the silhouette is the mean of |
/// | `silhouette_against` | 10 000 | rows that each of them is measured against |
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AdviceOptionsBuilder {
    pub(super) allowed: Option<RangeInclusive<usize>>,
    pub(super) seed: u64,
    pub(super) starts: usize,
    pub(super) sample_rows: usize,
    pub(super) resample_starts: usize,
    pub(super) bootstraps: usize,
    pub(super) splits: usize,
    pub(super) seeds: usize,
    pub(super) references: usize,
    pub(super) silhouette_rows: usize,
    pub(super) silhouette_against: usize,
}

impl Default for AdviceOptionsBuilder {
    fn default() -> Self {
        Self {
            allowed: Some(3..=5),
            seed: 0,
            starts: 10,
            sample_rows: 4_000,
            resample_starts: 3,
            bootstraps: 20,
            splits: 5,
            seeds: 5,
            references: 10,
            silhouette_rows: 1_000,
            silhouette_against: 10_000,
        }
    }
}

impl AdviceOptionsBuilder {
    /// Sets the numbers of clusters that may be recommended, `None` for all.
    #[must_use]
    pub fn allowed(mut self, clusters: Option<RangeInclusive<usize>>) -> Self {
        self.allowed = clusters;
        self
    }

    /// Sets where all samples and searches come from.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the starts of each fit on all rows and of each seed compared.
    #[must_use]
    pub fn starts(mut self, starts: usize) -> Self {
        self.starts = starts;
        self
    }

    /// Sets the rows that stability, gap and BIC are measured on.
    #[must_use]
    pub fn sample_rows(mut self, rows: usize) -> Self {
        self.sample_rows = rows;
        self
    }

    /// Sets the starts of each fit on a resample, a half or a reference.
    #[must_use]
    pub fn resample_starts(mut self, starts: usize) -> Self {
        self.resample_starts = starts;
        self
    }

    /// Sets the resamples of the bootstrap.
    #[must_use]
    pub fn bootstraps(mut self, bootstraps: usize) -> Self {
        self.bootstraps = bootstraps;
        self
    }

    /// Sets the splits into halves for the prediction strength.
    #[must_use]
    pub fn splits(mut self, splits: usize) -> Self {
        self.splits = splits;
        self
    }

    /// Sets how many seeds are compared.
    #[must_use]
    pub fn seeds(mut self, seeds: usize) -> Self {
        self.seeds = seeds;
        self
    }

    /// Sets the references of the gap statistic.
    #[must_use]
    pub fn references(mut self, references: usize) -> Self {
        self.references = references;
        self
    }

    /// Sets the rows that the silhouette is the mean of.
    #[must_use]
    pub fn silhouette_rows(mut self, rows: usize) -> Self {
        self.silhouette_rows = rows;
        self
    }

    /// Sets the rows that each of them is measured against.
    #[must_use]
    pub fn silhouette_against(mut self, rows: usize) -> Self {
        self.silhouette_against = rows;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// Every broken rule at once.
    pub fn build(self) -> Result<AdviceOptions, Invalid> {
        let mut checks = Invalid::checks();
        if let Some(allowed) = &self.allowed {
            checks.require(!allowed.is_empty(), "allowed", "must rise", format!("{allowed:?}"));
        }
        checks.require(self.starts > 0, "starts", "must be at least 1", self.starts);
        checks.require(self.resample_starts > 0, "resample_starts", "must be at least 1", self.resample_starts);
        checks.require(self.sample_rows >= 10, "sample_rows", "must be at least 10", self.sample_rows);
        let repeats = [
            ("bootstraps", self.bootstraps),
            ("splits", self.splits),
            ("seeds", self.seeds),
            ("references", self.references),
        ];
        for (name, repeats) in repeats {
            checks.require(repeats >= 2, name, "must be at least 2", repeats);
        }
        for (name, rows) in [("silhouette_rows", self.silhouette_rows), ("silhouette_against", self.silhouette_against)]
        {
            checks.require(rows >= 2, name, "must be at least 2", rows);
        }
        checks.finish()?;
        Ok(AdviceOptions { plain: self })
    }
}

impl AdviceOptions {
    /// Starts the settings.
    #[must_use]
    pub fn builder() -> AdviceOptionsBuilder {
        AdviceOptionsBuilder::default()
    }

    /// Whether so many clusters may be recommended.
    #[must_use]
    pub fn allows(&self, clusters: usize) -> bool {
        self.plain.allowed.as_ref().is_none_or(|allowed| allowed.contains(&clusters))
    }
}

impl Default for AdviceOptions {
    /// The defaults of [`AdviceOptionsBuilder`].
    fn default() -> Self {
        Self { plain: AdviceOptionsBuilder::default() }
    }
}

impl TryFrom<AdviceOptionsBuilder> for AdviceOptions {
    type Error = Invalid;

    fn try_from(builder: AdviceOptionsBuilder) -> Result<Self, Invalid> {
        builder.build()
    }
}

impl From<AdviceOptions> for AdviceOptionsBuilder {
    fn from(options: AdviceOptions) -> Self {
        options.plain
    }
}
