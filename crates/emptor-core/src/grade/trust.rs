//! How many grades there should be, and how far to trust those there are.

use std::ops::RangeInclusive;

use emptor_cluster::{
    Advice, AdviceOptions, BootstrapStability, ClusterQuality, FittedKMeans, KMeans, Resampling, advise_with_progress,
    bootstrap_stability,
};
use emptor_types::{ProgressFn, silent};

use super::grader::Base;
use super::search::points;
use super::{FittedGrader, GradeError, Grader, GradingData};

impl Grader {
    /// Measures several numbers of grades on the scores of this grader's standard, and recommends one or says that none can
    /// be trusted: stability first, then silhouette, among the numbers the business allows (3 to 5 by default). The number
    /// of grades this grader is set to is of no account.
    ///
    /// ```
    /// use emptor_core::grade::{AdviceOptions, Grader, GradingData, Indicator, InformationGroup};
    ///
    /// let spend: Vec<f64> = (0..300).map(|i| f64::from(i % 3) * 10.0 + f64::from(i * 7 % 13) / 6.0).collect();
    /// let data = GradingData::new(&[("spend", &spend)])?;
    /// let spend = Indicator::new("spend", InformationGroup::PastSales);
    /// let grader = Grader::builder().indicators([spend]).build()?;
    /// let advice = grader.advise(&data, 2..=5, &AdviceOptions::default())?;
    /// assert_eq!(advice.recommendation.clusters, Some(3));
    /// # Ok::<(), emptor_core::grade::GradeError>(())
    /// ```
    ///
    /// # Errors
    /// As [`fit`](emptor_types::Fit::fit), and [`GradeError::Cluster`] unless the numbers rise from at least 2.
    pub fn advise(
        &self,
        data: &GradingData<'_>,
        grades: RangeInclusive<usize>,
        options: &AdviceOptions,
    ) -> Result<Advice, GradeError> {
        self.advise_with_progress(data, grades, options, &silent)
    }

    /// The same, telling of each number.
    ///
    /// # Errors
    /// As [`advise`](Self::advise); [`ClusterError::Cancelled`](emptor_cluster::ClusterError::Cancelled) if the callback says
    /// so.
    pub fn advise_with_progress(
        &self,
        data: &GradingData<'_>,
        grades: RangeInclusive<usize>,
        options: &AdviceOptions,
        progress: &ProgressFn<'_>,
    ) -> Result<Advice, GradeError> {
        let base = Base::of(&self.settings, data)?;
        base.require_distinct(*grades.start())?;
        Ok(advise_with_progress(&points(&base.columns)?, grades, options, progress)?)
    }
}

impl FittedGrader {
    /// How well each grade comes back when customers are drawn anew: bootstrap Jaccard coefficients (Hennig 2007), in the
    /// order of the grades. A grade below 0.6 is not to be trusted, one above 0.75 is stable.
    ///
    /// # Errors
    /// As [`grade`](FittedGrader::grade), and [`GradeError::Cluster`] if the graded customers are fewer different ones than
    /// there are grades.
    pub fn stability(&self, data: &GradingData<'_>, resampling: &Resampling) -> Result<BootstrapStability, GradeError> {
        let placed = self.place(data)?.sorted();
        let spec = KMeans::builder().clusters(self.centroids().len()).seed(resampling.seed()).build()?;
        let fitted = FittedKMeans::from_centroids(self.centroids().to_vec())?;
        Ok(bootstrap_stability(&spec, &fitted, &points(&placed.columns)?, resampling)?)
    }

    /// Inertia, explained share, Calinski–Harabasz, Davies–Bouldin and simplified silhouette of the grades on customers.
    ///
    /// # Errors
    /// As [`grade`](FittedGrader::grade), and [`GradeError::Cluster`] if nobody is graded.
    pub fn quality(&self, data: &GradingData<'_>) -> Result<ClusterQuality, GradeError> {
        Ok(ClusterQuality::of_centroids(&points(&self.place(data)?.sorted().columns)?, self.centroids())?)
    }
}
