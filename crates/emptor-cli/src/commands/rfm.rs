//! Recency, frequency and monetary value: `rfm`.

use emptor::analysis::COLUMNS;
use emptor::polars::prelude::{IntoLazy, JoinArgs, JoinType, col};
use emptor::prelude::{RfmTable, ScoreOptions};

use crate::CliError;
use crate::input::Opened;
use crate::reply::Reply;
use crate::words::{count, many};

pub(crate) fn rfm(opened: &Opened) -> Result<Reply, CliError> {
    let table = RfmTable::summarize(opened.tables.transactions(), opened.as_of)?;
    let scores = table.score(&ScoreOptions::default())?;
    let id = [col("customer_id")];
    let join = JoinArgs::new(JoinType::Left);
    let frame = table.to_frame()?.lazy().join(scores.to_frame()?.lazy(), id.clone(), id, join).collect()?;
    let known: Vec<String> = frame.get_column_names().iter().map(ToString::to_string).collect();
    let meanings = COLUMNS.iter().filter(|column| known.iter().any(|name| name == column.name)).copied();
    let mut sizes: Vec<(String, usize)> = Vec::new();
    for segment in scores.segments() {
        match sizes.iter_mut().find(|(name, _)| *name == segment.name()) {
            Some((_, size)) => *size += 1,
            None => sizes.push((segment.name().to_owned(), 1)),
        }
    }
    sizes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let sizes: Vec<String> = sizes.iter().map(|(name, size)| format!("{name} {}", count(*size))).collect();
    let note = format!("{} as of {}: {}.", many(table.len(), "customer"), table.as_of(), sizes.join(", "));
    Ok(Reply::new("rfm", frame).columns(meanings).note(note))
}
