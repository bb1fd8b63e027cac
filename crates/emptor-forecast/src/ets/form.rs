//! The forms of exponential smoothing.

use std::fmt;
use std::str::FromStr;

use emptor_types::Invalid;
use serde::{Deserialize, Serialize};

/// How chance enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorType {
    /// `A`: added to what is expected.
    Additive,
    /// `M`: as a share of what is expected.
    Multiplicative,
}

/// How the level moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrendType {
    /// `N`: by chance only.
    None,
    /// `A`: by a slope.
    Additive,
    /// `Ad`: by a slope that dies away.
    Damped,
}

/// How the seasons enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeasonType {
    /// `N`: not at all.
    None,
    /// `A`: added to the level.
    Additive,
    /// `M`: as a multiple of the level.
    Multiplicative,
}

/// One of the fifteen forms of exponential smoothing, written `ETS(error,trend,season)`.
///
/// Additive errors beside multiplicative seasons divide by states that may come near zero; they are unstable (Hyndman and
/// Athanasopoulos 2021, section 8.6) and no form here. Nor are multiplicative trends, whose forecasts explode.
///
/// ```
/// use emptor_forecast::EtsForm;
///
/// let form: EtsForm = "ETS(M,Ad,M)".parse()?;
/// assert_eq!(form.to_string(), "ETS(M,Ad,M)");
/// assert_eq!(EtsForm::all().count(), 15);
/// assert!("ETS(A,N,M)".parse::<EtsForm>().is_err());
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EtsForm {
    error: ErrorType,
    trend: TrendType,
    season: SeasonType,
}

impl EtsForm {
    /// A form.
    ///
    /// # Errors
    /// If the error is additive and the season multiplicative.
    pub fn new(error: ErrorType, trend: TrendType, season: SeasonType) -> Result<Self, Invalid> {
        let form = Self { error, trend, season };
        if form.is_stable() { Ok(form) } else { Err(Invalid::value("form", RULE, form)) }
    }

    /// The fifteen forms, simple ones first.
    pub fn all() -> impl Iterator<Item = Self> {
        let seasons = [SeasonType::None, SeasonType::Additive, SeasonType::Multiplicative];
        let trends = [TrendType::None, TrendType::Additive, TrendType::Damped];
        let errors = [ErrorType::Additive, ErrorType::Multiplicative];
        seasons
            .into_iter()
            .flat_map(move |season| trends.into_iter().map(move |trend| (season, trend)))
            .flat_map(move |(season, trend)| errors.into_iter().map(move |error| Self { error, trend, season }))
            .filter(|form| form.is_stable())
    }

    /// How chance enters.
    #[must_use]
    pub fn error(self) -> ErrorType {
        self.error
    }

    /// How the level moves.
    #[must_use]
    pub fn trend(self) -> TrendType {
        self.trend
    }

    /// How the seasons enter.
    #[must_use]
    pub fn season(self) -> SeasonType {
        self.season
    }

    /// Whether a part is multiplicative, so that the form holds for positive values only.
    #[must_use]
    pub fn needs_positive(self) -> bool {
        self.error == ErrorType::Multiplicative || self.season == SeasonType::Multiplicative
    }

    /// `ETS(A,N,N)`, simple exponential smoothing.
    #[must_use]
    pub fn simplest() -> Self {
        Self { error: ErrorType::Additive, trend: TrendType::None, season: SeasonType::None }
    }

    pub(super) fn has_trend(self) -> bool {
        self.trend != TrendType::None
    }

    pub(super) fn is_seasonal(self) -> bool {
        self.season != SeasonType::None
    }

    /// Smoothing parameters: α, and where the form has them β, γ and φ.
    pub(super) fn smoothing_count(self) -> usize {
        1 + usize::from(self.has_trend())
            + usize::from(self.is_seasonal())
            + usize::from(self.trend == TrendType::Damped)
    }

    /// Free initial states: the level, the slope, and all seasons but the one that the others fix.
    pub(super) fn state_count(self, season: usize) -> usize {
        1 + usize::from(self.has_trend()) + if self.is_seasonal() { season - 1 } else { 0 }
    }

    fn is_stable(self) -> bool {
        !(self.error == ErrorType::Additive && self.season == SeasonType::Multiplicative)
    }
}

const RULE: &str = "must be ETS(error,trend,season) with error A or M, trend N, A or Ad, season N, A or M, and no \
                    multiplicative season beside additive errors";

impl fmt::Display for EtsForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = match self.error {
            ErrorType::Additive => "A",
            ErrorType::Multiplicative => "M",
        };
        let trend = match self.trend {
            TrendType::None => "N",
            TrendType::Additive => "A",
            TrendType::Damped => "Ad",
        };
        let season = match self.season {
            SeasonType::None => "N",
            SeasonType::Additive => "A",
            SeasonType::Multiplicative => "M",
        };
        write!(f, "ETS({error},{trend},{season})")
    }
}

impl FromStr for EtsForm {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::all().find(|form| form.to_string() == text).ok_or_else(|| Invalid::value("form", RULE, text))
    }
}

impl TryFrom<String> for EtsForm {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<EtsForm> for String {
    fn from(form: EtsForm) -> Self {
        form.to_string()
    }
}
