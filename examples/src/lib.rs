//! What the example programs share: arguments that describe a file, printing, and the bundled sample with its
//! assumptions. The programs themselves stay short and show the library.

mod contracts;
mod contracts_report;
mod equity;
mod error;
mod forecasting;
mod frame;
mod grading;
mod holdout;
mod input;
mod learning;
mod output;
mod page;
mod pipeline;
mod pipeline_report;
mod profile;
mod report;
mod sample;
mod text;
mod value_report;
mod value_tables;

pub use contracts::{ContractArgs, Contracts, Segment};
pub use contracts_report::ContractReport;
pub use equity::{
    Bridge, Concentration, Dynamic, Earned, EquityArgs, EquityResults, EquityTables, LeverTables, Margins, PartRow,
    ProfitArgs, ProfitBase, PurchaseBase, equity_report, equity_tables,
};
pub use error::ExampleError;
pub use forecasting::{
    SalesResults, coarsest_first, forecast_grain, sales_dimension, sales_report, sales_series, tried_on_the_past,
};
pub use grading::{
    GradingBase, GradingResults, Halves, IndicatorArgs, Movement, graded_by, grading_report, write_grading,
};
pub use holdout::{accuracies, middle, track};
pub use input::{CustomerRole, InputArgs, last_day, was_read};
pub use learning::{Campaign, CampaignArgs, DriverArgs, ProfitBasis, campaign_report, drivers_report, profit_target};
pub use output::{export, finish, progress, write_out, write_rejects, write_tables};
pub use page::write_page;
pub use pipeline::{PipelineArgs, PipelineInput, deal_segment, months_before, segment_name};
pub use pipeline_report::{PipelineFigures, PipelineResults, pipeline_report};
pub use profile::{
    BaseArgs, ProductArgs, grain, one_table, profile_tables, questions, section_report, seven_p_report, table_report,
    unit, write_profile,
};
pub use report::report;
pub use sample::{sample_capture, sample_tables};
pub use value_report::{ValueResults, fitted, value_report};
pub use value_tables::value_tables;
