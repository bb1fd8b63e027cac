//! Prospecting: who comes next, and what winning them costs.
//!
//! [`section`] makes all tables that the input allows:
//!
//! | table | says |
//! |---|---|
//! | `acquisition_flow`, `s_curve` | customers won in every period, and the S-curve through them |
//! | `sales_forecast` | net revenue in the periods ahead, in all and by category or channel |
//! | `customer_forecast` | customers by RFM segment in the periods ahead |
//! | `funnel_stage`, `funnel_summary`, `drop_reason` | what became of the deals that entered a stage, and why they were lost |
//! | `win_rate` | win rates, speed and slippage, by source and representative |
//! | `opportunity_score`, `pipeline_forecast` | what open deals are worth, and what they bring when |
//! | `pipeline_conformance` | deals that did not go the way deals should go |
//! | `acq_channel`, `acq_channel_total`, `cost_ratio` | what channels spend, win and earn; winning against keeping |
//!
//! The parts are useful alone: [`SCurve`], [`MigrationModel`], [`Cac`], [`payback`]; those of the pipeline are
//! in [`emptor_forecast::pipeline`].

mod acquired;
mod acquisition;
mod base;
mod build;
mod cells;
mod channels;
mod conformance;
mod cost_ratio;
#[cfg(test)]
mod crm_tests;
mod findings;
mod leads;
mod migration;
mod sales_ahead;
mod scores;
mod settings;
#[cfg(test)]
mod tests;

pub use acquisition::acquired_from_stocks;
pub use channels::{Cac, ResponseCurve, ResponseCurves, cost_ratio, payback};
pub use emptor_forecast::customer_base::{SCurve, SCurveBacktest, SCurveFit, SCurveProblem};
pub use emptor_forecast::pipeline::DealSegment;
pub use migration::{Migration, MigrationBacktest, MigrationForecast, MigrationModel, SegmentForecast};
pub use settings::ProspectingSettings;

use polars::prelude::{DataType, PolarsResult};

use self::acquired::Acquired;
use self::acquisition::Acquisition;
use self::base::Base;
use self::cost_ratio::CostRatio;
use self::leads::Leads;
use self::sales_ahead::SalesAhead;
use super::ProfileError;
use super::input::ProfileInput;
use super::lines::Lines;
use super::section::{Gap, Need, P, Section};
use crate::period::Grain;

/// All tables, findings and gaps of Prospecting that the input allows.
///
/// ```
/// use emptor_core::period::Grain;
/// use emptor_core::profile::prospecting::{ProspectingSettings, section};
/// use emptor_core::profile::{ProfileInput, Window};
/// use emptor_table::polars::df;
/// use emptor_table::{Tables, TransactionColumns, Transactions};
///
/// let lines = df!("who" => [1_i64, 1, 2], "day" => ["2024-01-10", "2024-05-02", "2024-05-20"], "net" => [10.0, 20.0, 30.0])?;
/// let tables = Tables::new(Transactions::from_frame(lines, &TransactionColumns::new("who", "day").amount("net"))?);
/// let window = Window::new("2024-01-01".parse()?, "2024-06-30".parse()?, Grain::Quarter)?;
/// let section = section(&ProfileInput::new(&tables, window), &ProspectingSettings::default())?;
/// let flow = section.table("acquisition_flow").ok_or("no flow")?;
/// assert_eq!(flow.frame.column("new")?.i64()?.get(1), Some(1));
/// assert!(section.gaps.iter().any(|gap| gap.analysis == "pipeline"), "no opportunities, no pipeline");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If settings break rules, ids of customers have different types, or a query fails. A missing table is a gap.
pub fn section(input: &ProfileInput<'_>, settings: &ProspectingSettings) -> Result<Section, ProfileError> {
    settings.check()?;
    let mut section = Section::new(P::Prospecting);
    let lines = Lines::of(&input.tables)?;
    if input.window.grain() == Grain::Window {
        let reason = "a window of one period has no periods ahead: choose days, weeks, months, quarters or years";
        for analysis in ["acquisition_flow", "sales_forecast", "customer_forecast", "acq_channel", "pipeline"] {
            section.gaps.push(Gap::new(analysis, [], reason));
        }
        return Ok(section);
    }
    let first_day = acquisition::first_day(input, &lines)?;
    let base = Base::of(input, settings, first_day, &mut section.gaps)?;
    if let Some(base) = &base {
        section.tables.push(base.table()?);
    }
    let flows = acquisition::flows(input, &lines)?;
    let acquisition = Acquisition::of(flows, settings, &mut section.gaps);
    section.tables.push(acquisition.table(input.window.grain(), settings)?);
    section.tables.extend(acquisition.curve_table()?);
    let acquired = Acquired::of(input, &lines, settings, &mut section.gaps)?;
    if !input.scores.is_some_and(|scores| scores.has("ltv_total")) {
        let reason = "the lifetime value of customers is not known";
        section.gaps.push(Gap::new("acq_channel.ltv_cac", [Need::column("scores", "ltv_total")], reason));
    }
    section.tables.extend(acquired.table(settings, input)?);
    if let Some(sales) = SalesAhead::of(input, settings, &mut section.gaps)? {
        section.tables.push(sales.table()?);
        sales.findings(&mut section.findings, input, settings);
    }
    let ratio = CostRatio::of(&acquired, &acquisition.flows, input, &lines, first_day)?;
    if let Some(ratio) = &ratio {
        section.tables.push(ratio.table(settings)?);
    }
    findings::of_base(&mut section.findings, base.as_ref(), settings);
    findings::of_acquisition(&mut section.findings, &acquisition, first_day, input);
    findings::of_channels(&mut section.findings, &acquired, ratio.as_ref(), settings, input);
    pipeline_tables(&mut section, input, &lines, settings)?;
    Ok(section)
}

fn pipeline_tables(
    section: &mut Section,
    input: &ProfileInput<'_>,
    lines: &Lines,
    settings: &ProspectingSettings,
) -> Result<(), ProfileError> {
    let Some(opportunities) = input.tables.opportunities() else {
        let needs = [Need::table("opportunities"), Need::table("stage_history")];
        section.gaps.push(Gap::new(
            "pipeline",
            needs,
            "without opportunities there is no funnel, no score and no pipeline",
        ));
        return Ok(());
    };
    let ids = |frame: polars::prelude::LazyFrame| -> PolarsResult<Option<DataType>> {
        Ok(frame.clone().collect_schema()?.get("customer_id").cloned())
    };
    let own = ids(input.tables.transactions().lines())?;
    let other = ids(opportunities.rows())?;
    if let (Some(left), Some(right)) = (own, other)
        && left != right
        && right != DataType::Null
    {
        let (left, right) = (left.to_string(), right.to_string());
        return Err(ProfileError::IdTypes { column: "customer_id", left, table: "opportunities".to_owned(), right });
    }
    let as_of = input.window.as_of().days_since_epoch();
    let leads = Leads::of(opportunities, &input.tables, as_of, settings, &mut section.gaps)?;
    if leads.deals.is_empty() {
        section.gaps.push(Gap::new("pipeline", [], "no opportunity was created up to the day of observation"));
        return Ok(());
    }
    if !opportunities.has("amount") {
        let reason = "without amounts deals have a probability, but no value, and there is no pipeline to add up";
        section.gaps.push(Gap::new("pipeline_forecast", [Need::column("opportunities", "amount")], reason));
    }
    section.tables.extend(leads.funnel_tables(input, settings)?);
    section.tables.extend(leads.losses(opportunities.has("lost_reason"))?);
    section.tables.push(leads.rates(settings)?);
    let scored = scores::score(&leads)?;
    section.tables.push(scores::score_table(&leads, &scored)?);
    let forecast = scores::forecast(&leads, input, settings, &mut section.gaps)?;
    if opportunities.has("amount") {
        section.tables.push(scores::forecast_table(&forecast, &scored)?);
    }
    let issues = conformance::issues(&leads, input, lines, settings)?;
    section.tables.push(conformance::table(&issues, &leads)?);
    findings::of_pipeline(&mut section.findings, &leads, &scored, &forecast, &issues, input, settings)
}
