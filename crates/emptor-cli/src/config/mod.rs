//! `emptor.toml`: which files, which columns, which conventions.

mod mistakes;
mod near;
mod read;
mod section;
mod template;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use emptor::forecast::sales::SalesDimension;
use emptor::period::Grain;
use emptor::prelude::{Date, DiscountRate, Horizon, Level, PurchaseModelKind, TimeUnit, Timing};
use emptor::table::NumberFormat;
use emptor::types::Probability;

pub use mistakes::{Mistake, Mistakes};
pub(crate) use near::Near;
pub use template::template;

/// Everything a run takes, checked.
///
/// ```
/// use emptor_cli::config::Config;
///
/// let config = Config::parse("emptor.toml", "[value]\nhorizon = \"24m\"\n[grades]\ncount = 5\n")?;
/// assert_eq!(config.grades.count, 5);
/// let refused = Config::parse("emptor.toml", "[valeu]\nrate = 0.1\n\n[grades]\ncount = 1\n");
/// let mistakes = refused.err().map(|mistakes| mistakes.found).unwrap_or_default();
/// assert_eq!(mistakes.iter().map(|mistake| mistake.line).collect::<Vec<_>>(), [1, 5]);
/// # Ok::<(), emptor_cli::config::Mistakes>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Config {
    /// Last day of observation; the last day of the data if not given.
    pub as_of: Option<Date>,
    /// The order lines; a program may name them instead.
    pub data: Option<TableConfig>,
    /// The other tables, by name.
    pub tables: Vec<(String, TableConfig)>,
    /// How value is computed.
    pub value: ValueConfig,
    /// Which models are fitted.
    pub models: ModelConfig,
    /// How customers are graded.
    pub grades: GradeConfig,
    /// How sales are forecast.
    pub forecast: ForecastConfig,
    /// How the report looks.
    pub report: ReportConfig,
}

/// A file and what its columns are.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct TableConfig {
    /// Where it is, from the folder of the configuration.
    pub file: PathBuf,
    /// Its encoding; guessed if not given.
    pub encoding: Option<String>,
    /// The sheet of a workbook; the first if not given.
    pub sheet: Option<String>,
    /// How dates are written, e.g. `%d/%m/%Y`; guessed if not given.
    pub date_format: Option<String>,
    /// How numbers are written; guessed if not given.
    pub numbers: Option<NumberFormat>,
    /// Whether rows that break a rule are set aside instead of refusing the table.
    pub quarantine: bool,
    /// Pairs of a role and a column; guessed by their names if there are none.
    pub columns: Vec<(String, String)>,
}

/// The convention of customer lifetime value.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ValueConfig {
    /// Discount rate, yearly and effective.
    pub rate: f64,
    /// How far ahead.
    pub horizon: Horizon,
    /// The length of a period.
    pub period: TimeUnit,
    /// When money comes in its period.
    pub timing: Timing,
    /// Contribution margin as a share of revenue; from costs, or revenue in full, if not given.
    pub margin: Option<f64>,
    /// Level of intervals.
    pub level: Level,
    /// A table of potential profit a year by customer, from the folder of the configuration.
    pub potential: Option<PathBuf>,
    /// Part of the gap in share of wallet that counts as potential profit; none of it if not given.
    pub capture: Option<Probability>,
    /// Whether open deals count as potential profit.
    pub deals: bool,
}

/// Models of purchases.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ModelConfig {
    /// Candidates; the best one by BIC is taken.
    pub purchases: Vec<PurchaseModelKind>,
    /// The unit of time they are fitted in.
    pub unit: TimeUnit,
    /// Penalty on large parameters.
    pub penalty: f64,
}

/// Grading.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GradeConfig {
    /// How many grades.
    pub count: usize,
    /// How many starts of k-means.
    pub starts: usize,
    /// Seed of whatever is random.
    pub seed: u64,
}

/// Forecasts of sales.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ForecastConfig {
    /// The grain of time.
    pub grain: Grain,
    /// How many periods ahead.
    pub periods: usize,
    /// By what sales are split, the coarsest first.
    pub by: Vec<SalesDimension>,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportConfig {
    /// Its title.
    pub title: String,
    /// Whether it shows ids of customers.
    pub show_ids: bool,
    /// The sign or code before amounts; that of the order lines if not given.
    pub currency: Option<String>,
}

impl Default for ValueConfig {
    /// A yearly 12 % effective, 36 months by months, paid mid-month, intervals of 95 %.
    fn default() -> Self {
        Self {
            rate: 0.12,
            horizon: known(Horizon::months(36.0)),
            period: TimeUnit::Month,
            timing: Timing::Middle,
            margin: None,
            level: known(Level::new(0.95)),
            potential: None,
            capture: None,
            deals: false,
        }
    }
}

impl ValueConfig {
    /// The discount rate as the engine takes it.
    ///
    /// # Errors
    /// If it is −1 or less, which [`Config::parse`] rules out.
    pub fn discount_rate(&self) -> Result<DiscountRate, emptor::types::Invalid> {
        DiscountRate::annual_effective(self.rate)
    }
}

/// A constant that keeps its rule, as a test of the defaults shows.
#[expect(clippy::expect_used, reason = "constants")]
fn known<T, E: std::fmt::Debug>(constant: Result<T, E>) -> T {
    constant.expect("constants keep their rules")
}

impl Default for ModelConfig {
    /// BG/NBD in weeks.
    fn default() -> Self {
        Self { purchases: vec![PurchaseModelKind::BgNbd], unit: TimeUnit::Week, penalty: 0.0 }
    }
}

impl Default for GradeConfig {
    /// Four grades from twenty starts.
    fn default() -> Self {
        Self { count: 4, starts: 20, seed: 0 }
    }
}

impl Default for ForecastConfig {
    /// Six months, the total alone.
    fn default() -> Self {
        Self { grain: Grain::Month, periods: 6, by: Vec::new() }
    }
}

impl Default for ReportConfig {
    fn default() -> Self {
        Self { title: "Customer base".to_owned(), show_ids: false, currency: None }
    }
}
