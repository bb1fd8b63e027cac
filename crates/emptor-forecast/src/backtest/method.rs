//! What is tried.

use std::fmt;

use emptor_types::Fit;

use crate::{ForecastError, Predict, Series};

type FitSeries<'a> = dyn Fn(&Series<'_>) -> Result<Box<dyn Predict>, ForecastError> + Send + Sync + 'a;

/// A method to try: a name, and how it is fitted to the periods before an origin.
pub struct BacktestMethod<'a> {
    name: String,
    fit: Box<FitSeries<'a>>,
}

impl<'a> BacktestMethod<'a> {
    /// A method that is fitted so.
    #[must_use]
    pub fn new<F>(name: impl Into<String>, fit: F) -> Self
    where
        F: Fn(&Series<'_>) -> Result<Box<dyn Predict>, ForecastError> + Send + Sync + 'a,
    {
        Self { name: name.into(), fit: Box::new(fit) }
    }

    /// A model with its settings.
    #[must_use]
    pub fn of<M, P>(name: impl Into<String>, model: M) -> Self
    where
        M: for<'s> Fit<Series<'s>, Fitted = P, Error = ForecastError> + Send + Sync + 'a,
        P: Predict + 'static,
    {
        Self::new(name, move |series| Ok(Box::new(model.fit(series)?)))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Fits it.
    ///
    /// # Errors
    /// If the method cannot be fitted to the series.
    pub fn fit(&self, series: &Series<'_>) -> Result<Box<dyn Predict>, ForecastError> {
        (self.fit)(series)
    }
}

impl fmt::Debug for BacktestMethod<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BacktestMethod").field("name", &self.name).finish_non_exhaustive()
    }
}
