//! A list of contacts with what was known of each and whether it was a success.

use std::io::Cursor;
use std::path::PathBuf;

use clap::Args;
use emptor::grade::FeatureTable;
use emptor::polars::prelude::{CsvReader, DataFrame, IntoLazy, JoinArgs, JoinType, SerReader, col, lit};
use emptor_datasets::sample;

use crate::ExampleError;
use crate::frame::frame;

/// The number of a row, where there is no id.
const ROW: &str = "row";

/// The user's list.
#[derive(Debug, Args)]
pub struct CampaignArgs {
    /// One row per contact, the earliest first: a CSV or Parquet file. The campaigns of the bundled sample if not given.
    #[arg(long, value_name = "FILE", requires = "target")]
    table: Option<PathBuf>,
    /// The column that names each row; rows are numbered if not given.
    #[arg(long, value_name = "COLUMN", requires = "table")]
    id: Option<String>,
    /// The column that says whether the contact was a success.
    #[arg(long, value_name = "COLUMN", requires = "table")]
    target: Option<String>,
    /// What it says then.
    #[arg(long, value_name = "VALUE", default_value = "yes", requires = "table")]
    event: String,
    /// Columns that are known only after the contact.
    #[arg(long, value_name = "COLUMN,..", value_delimiter = ',', requires = "table")]
    after: Vec<String>,
    /// Columns to leave out.
    #[arg(long, value_name = "COLUMN,..", value_delimiter = ',', requires = "table")]
    without: Vec<String>,
}

/// A list of contacts.
#[derive(Debug)]
pub struct Campaign {
    /// What was known of each.
    pub table: FeatureTable,
    /// Whether it was a success.
    pub event: Vec<bool>,
    /// Columns that are known only afterwards.
    pub after: Vec<String>,
    /// What was read.
    pub about: String,
}

impl CampaignArgs {
    /// Reads the user's list, or the campaigns of the bundled sample.
    ///
    /// # Errors
    /// If the list cannot be read or a column is missing.
    pub fn read(&self) -> Result<Campaign, ExampleError> {
        let (Some(path), Some(target)) = (&self.table, &self.target) else { return from_sample() };
        let rows = frame(path)?.drop_many(self.without.iter().map(String::as_str));
        let mut table = match &self.id {
            Some(id) => FeatureTable::new(&rows, id, None)?,
            None => numbered(rows)?,
        };
        let event = table.take_event(target, &self.event)?;
        let about = format!("{}: a success is {target} = {}", path.display(), self.event);
        Ok(Campaign { table, event, after: self.after.clone(), about })
    }
}

fn numbered(rows: DataFrame) -> Result<FeatureTable, ExampleError> {
    let rows = rows.with_row_index(ROW.into(), None)?;
    Ok(FeatureTable::new(&rows, ROW, None)?)
}

/// Everybody who was written to, and whether an order followed.
fn from_sample() -> Result<Campaign, ExampleError> {
    let read = |text: &'static str| CsvReader::new(Cursor::new(text)).finish();
    let keys = [col("campaign_id"), col("customer_id")];
    let orders = read(sample::responses_csv())?.lazy().filter(col("type").eq(lit("order")));
    let orders = orders.select([col("campaign_id"), col("customer_id"), lit("yes").alias("ordered")]);
    let orders = orders.unique(None, emptor::polars::prelude::UniqueKeepStrategy::Any);
    let campaigns = read(sample::campaigns_csv())?.lazy();
    let campaigns = campaigns.select([col("campaign_id"), col("channel"), col("objective")]);
    let customers = read(sample::customers_csv())?.lazy();
    let customers =
        customers.select([col("customer_id"), col("type"), col("segment"), col("region_id"), col("acq_channel")]);
    let join = || JoinArgs::new(JoinType::Left);
    let rows = read(sample::contacts_csv())?
        .lazy()
        .filter(col("arm").eq(lit("treat")))
        .join(orders, keys.clone(), keys, join())
        .join(campaigns, [col("campaign_id")], [col("campaign_id")], join())
        .join(customers, [col("customer_id")], [col("customer_id")], join())
        .with_columns([col("ordered").fill_null(lit("no"))])
        .sort(["assigned_at"], emptor::polars::prelude::SortMultipleOptions::default().with_maintain_order(true))
        .select([
            col("ordered"),
            col("channel"),
            col("objective"),
            col("type"),
            col("segment"),
            col("region_id"),
            col("acq_channel"),
            col("delivered"),
            col("opened"),
            col("clicked"),
        ])
        .collect()?;
    let mut table = numbered(rows)?;
    let event = table.take_event("ordered", "yes")?;
    let about = "The campaigns of the bundled sample: everybody who was written to; a success is an order".to_owned();
    let after = ["delivered", "opened", "clicked"].map(str::to_owned).to_vec();
    Ok(Campaign { table, event, after, about })
}
