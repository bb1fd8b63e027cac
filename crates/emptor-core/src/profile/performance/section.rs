//! The section: all tables of the P that the input allows.

use super::ground::Ground;
use super::settings::PerformanceSettings;
use super::{causes, channels, partners, people, plan, pricing, queues, sales};
use crate::profile::{P, ProfileError, ProfileInput, Section};

/// Performance of the window, against the window of the same length before it.
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
