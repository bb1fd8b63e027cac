//! Rows read chunk by chunk, always the same chunks, so that sums do not depend on the number of threads.

use std::ops::Range;

use crate::Points;

/// Rows of a chunk.
const CHUNK: usize = 4096;

/// The chunks of so many rows.
pub(crate) fn chunks(rows: usize) -> Vec<Range<usize>> {
    (0..rows.div_ceil(CHUNK)).map(|c| c * CHUNK..rows.min((c + 1) * CHUNK)).collect()
}

/// Reads standardised values of a column.
pub(crate) fn read_column(points: &Points<'_>, column: usize, rows: Range<usize>, into: &mut Vec<f64>) {
    let (shift, scale) = (points.shift()[column], points.scale()[column]);
    into.clear();
    into.extend(points.columns()[column][rows].iter().map(|x| (x - shift) * scale));
}
