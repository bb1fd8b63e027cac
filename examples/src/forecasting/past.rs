//! How good such forecasts were.

use emptor::forecast::sales::{
    SalesAccuracy, SalesBacktest, SalesBacktestSettings, SalesFlag, SalesForecastSettings, SalesSeries,
};
use emptor::forecast::{ForecastError, Method};
use emptor::period::Grain;

use crate::ExampleError;
use crate::text::{change_percent, many, number, percent, sentence, table, wrapped};

/// The forecasts as they would have been shown at earlier origins; `None` where too little is known for a single one.
///
/// # Errors
/// If a setting breaks its rule.
pub fn tried_on_the_past(
    sales: &SalesSeries,
    settings: &SalesForecastSettings,
) -> Result<Option<SalesBacktest>, ExampleError> {
    match SalesBacktest::of(sales, settings, &SalesBacktestSettings::default()) {
        Err(ForecastError::TooShort { .. }) => Ok(None),
        past => Ok(Some(past?)),
    }
}

/// The trial in words: the total and its parts apart, beside the naive method.
pub(super) fn past_text(past: Option<&SalesBacktest>, grain: Grain, horizon: usize, known: usize) -> String {
    let ahead = many(horizon, &grain.to_string());
    let Some(past) = past else {
        let known = many(known, &grain.to_string());
        let why = format!("{known} are too few to forecast {ahead} of them from those before.");
        return format!("\n{}", wrapped("Not tried on the past: ", &why));
    };
    let from = many(past.origins().len(), &format!("earlier {grain}"));
    let mut text =
        format!("\nTried on the past: {ahead} ahead from each of {from}, as it would have been shown then\n");
    let mut rows = table(&["sales", "forecast", "error (WAPE)", "bias", "MASE", "80 % held", "95 % held"], 2..7);
    let [own, _] = past.methods();
    let mut tried: Vec<&SalesAccuracy> = past.rows().iter().collect();
    // The total by both methods, then the parts by both: rows are by method.
    let depth = |row: &SalesAccuracy| past.rows().iter().position(|other| other.of == row.of);
    tried.sort_by_key(|row| depth(row));
    for row in tried {
        let of = row.of.map_or_else(|| "in all".to_owned(), |by| format!("by {by}"));
        let method = if row.method == own { "this one" } else { naive(row.method) };
        let held = |band: usize| percent(row.accuracy.intervals.get(band).and_then(|interval| interval.coverage));
        let mase = number(row.accuracy.mase, 3);
        let wape = percent(row.accuracy.wape);
        rows.add_row([of, method.to_owned(), wape, change_percent(row.bias()), mase, held(0), held(1)]);
    }
    text += &format!("{rows}\n");
    text + &wrapped(
        "  ",
        "WAPE: all errors over all that was sold; bias: by how much forecasts were too high (+) or too low in all; MASE: \
         errors over those of a season before within the past; held: how often sales lay inside the interval.",
    )
}

/// A flag as a sentence.
pub(super) fn warning(flag: &SalesFlag) -> String {
    let end = if matches!(flag, SalesFlag::WorseThanNaive { .. }) { ": do not plan by these forecasts" } else { "" };
    wrapped("  But: ", &sentence(&format!("{flag}{end}")))
}

/// What a naive method says.
fn naive(method: Method) -> &'static str {
    if method == Method::SeasonalNaive {
        "as a season before (seasonal naive)"
    } else {
        "as in the last period (naive)"
    }
}
