//! What the tests of sections share.

use std::error::Error;

use crate::block::Block;
use crate::settings::ReportSettings;
use crate::words::Words;

/// Words of a page in euros.
pub(crate) fn words() -> Words {
    Words::of(&ReportSettings { currency: "€".to_owned(), ..ReportSettings::default() })
}

/// The finding of a chart that can be drawn.
pub(crate) fn finding(block: Option<Block>) -> Result<String, Box<dyn Error>> {
    let Some(Block::Chart { name, chart }) = block else { return Err("no chart".into()) };
    chart.inline(&name)?;
    Ok(chart.caption().finding.clone())
}
