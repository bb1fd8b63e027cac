//! The sections of the report, in their order.

mod definitions;
mod equity;
mod fit;
mod forecasts;
mod frames;
mod grades;
mod headline;
mod life_cycle;
mod p;
mod performance;
mod persistency;
mod product;
mod profiling;
mod profitability;
mod promotion;
mod prospecting;
mod quality;
mod questions;
#[cfg(test)]
mod testing;

use crate::block::Part;
use crate::error::ReportError;
use crate::material::Material;
use crate::words::Words;

/// A section, or `None` where there is nothing to say.
type Made = Result<Option<Part>, ReportError>;

/// Every section that there is something to say in.
pub(crate) fn all(material: &Material<'_>, words: &Words) -> Result<Vec<Part>, ReportError> {
    let makers = [
        headline::part,
        questions::part,
        equity::part,
        grades::part,
        profiling::part,
        persistency::part,
        profitability::part,
        performance::part,
        prospecting::part,
        product::part,
        promotion::part,
        life_cycle::part,
        forecasts::part,
        fit::part,
        quality::part,
    ];
    let mut parts = Vec::with_capacity(makers.len());
    for make in makers {
        parts.extend(make(material, words)?);
    }
    parts.extend(definitions::part(&parts));
    Ok(parts)
}
