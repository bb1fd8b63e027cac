//! The section: all tables of the P that the input allows.

use super::ground::Ground;
use super::settings::PerformanceSettings;
use super::{causes, channels, partners, people, plan, pricing, queues, sales};
use crate::profile::{P, ProfileError, ProfileInput, Section};

/// Performance of the window, against the window of the same length before it.
///
/// Findings say where growth came from, which member of each dimension moved most, how those did who were there in both
/// periods, which targets are at risk, and how representatives stand among peers.
///
/// ```
/// use emptor_core::period::Grain;
/// use emptor_core::profile::performance::{PerformanceSettings, section};
/// use emptor_core::profile::{ProfileInput, Window};
/// use emptor_table::polars::df;
/// use emptor_table::{Tables, TransactionColumns, Transactions};
///
/// let lines = df!(
///     "who" => ["ann", "bob", "ann", "bob"],
///     "day" => ["2023-02-01", "2023-05-01", "2024-02-01", "2024-03-01"],
///     "what" => ["tea", "pot", "tea", "pot"],
///     "units" => [100.0, 50.0, 90.0, 80.0],
///     "paid" => [1000.0, 1000.0, 990.0, 1520.0],
/// )?;
/// let columns = TransactionColumns::new("who", "day").product("what").quantity("units").amount("paid");
/// let tables = Tables::new(Transactions::from_frame(lines, &columns)?);
/// let window = Window::new("2024-01-01".parse()?, "2024-12-31".parse()?, Grain::Year)?;
/// let performance = section(&ProfileInput::new(&tables, window), &PerformanceSettings::default())?;
/// let causes = performance.table("perf_pvm").ok_or("products and quantities are there")?;
/// assert!((causes.frame.column("price")?.f64()?.get(0).unwrap_or_default() - 10.0).abs() < 1e-9);
/// assert!(performance.gaps.iter().any(|gap| gap.analysis == "channel_perf"), "lines do not say their channel");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If settings are not valid, if ids of tables have different types, or if a query fails. What tables or columns are
/// missing for is a gap of the section.
pub fn section(input: &ProfileInput<'_>, settings: &PerformanceSettings) -> Result<Section, ProfileError> {
    settings.check()?;
    let mut section = Section::new(P::Performance);
    let mut ground = Ground::new(input, settings)?;
    sales::tables(&mut ground, &mut section)?;
    causes::price_volume_mix(&mut ground, &mut section)?;
    causes::like_for_like(&mut ground, &mut section)?;
    causes::concentration(&mut ground, &mut section)?;
    pricing::waterfall(&mut ground, &mut section)?;
    pricing::corridor(&ground, &mut section)?;
    let plans = plan::plans(&mut ground)?;
    plan::table(&plans, &ground, &mut section)?;
    channels::tables(&mut ground, &mut section)?;
    partners::tables(&mut ground, &mut section)?;
    people::tables(&mut ground, &plans, &mut section)?;
    queues::tables(&ground, &mut section)?;
    Ok(section)
}
