//! Which days are read, and what is said where they leave nothing.

use emptor::forecast::ForecastError;
use emptor::forecast::sales::{SalesDimension, SalesSeries, SalesSettings};
use emptor::prelude::*;

use crate::ExampleError;

/// Sales by period.
///
/// # Errors
/// If sales are split by something that the tables do not say, or no period of that grain is covered by the data as a whole.
pub fn sales_series(tables: &Tables, settings: &SalesSettings) -> Result<SalesSeries, ExampleError> {
    for dimension in &settings.by {
        if let Some(missing) = missing(tables, *dimension) {
            return Err(ExampleError::Split { dimension: *dimension, missing });
        }
    }
    SalesSeries::of(tables, settings, None).map_err(|error| match error {
        ForecastError::NoSales { reason } => ExampleError::NoPeriod { reason },
        error => error.into(),
    })
}

/// The argument that would say what sales are to be split by; `None` if the tables say it.
fn missing(tables: &Tables, dimension: SalesDimension) -> Option<&'static str> {
    let of_lines = |role: &str, argument: &'static str| (!tables.transactions().has(role)).then_some(argument);
    let of_products = |role: &str, argument: &'static str| {
        let is_known = tables.products().is_some_and(|products| products.has(role));
        of_lines("product_id", argument).or((!is_known).then_some(argument))
    };
    match dimension {
        SalesDimension::Product => of_lines("product_id", "--columns ..,product=COLUMN"),
        SalesDimension::Category => of_products(
            "category",
            "--columns ..,product=COLUMN --products FILE --product-columns product=COLUMN,category=COLUMN",
        ),
        SalesDimension::Brand => of_products(
            "brand",
            "--columns ..,product=COLUMN --products FILE --product-columns product=COLUMN,brand=COLUMN",
        ),
        SalesDimension::Channel => of_lines("channel", "--columns ..,channel=COLUMN"),
        SalesDimension::Place => of_lines("place_id", "--columns ..,place=COLUMN"),
        SalesDimension::Rep => of_lines("rep_id", "--columns ..,rep=COLUMN"),
        SalesDimension::Partner => of_lines("partner_id", "--columns ..,partner=COLUMN"),
        _ => None,
    }
}

/// What becomes of the days between the last one of the data and the day of observation, if there are any.
pub(super) fn beyond_the_data(tables: &Tables, as_of: Date, sales: &SalesSeries) -> Option<String> {
    let (_, last) = tables.transactions().quality().days.filter(|(_, last)| *last < as_of)?;
    let end = sales.periods().last()?.end;
    let taken = if end > last {
        format!(
            "the days without data up to {end} are taken for days without sales, of which there are stretches as long before"
        )
    } else {
        format!(
            "the days after {last} are not taken for days without sales; the forecast begins on {}",
            end.plus_days(1)
        )
    };
    Some(format!("--as-of {as_of} is after the last day of the data, {last}: {taken}."))
}
