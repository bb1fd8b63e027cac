//! Columns of result tables as slices.

use polars::prelude::{AnyValue, BooleanChunked, DataFrame, DataType, PolarsResult};

/// The numbers of a column; unknown ones, and those of a column that is not there, are NaN.
pub(crate) fn numbers(frame: &DataFrame, name: &str) -> Vec<f64> {
    let column = frame.column(name).and_then(|column| column.cast(&DataType::Float64));
    match column.as_ref().map(|column| column.f64()) {
        Ok(Ok(values)) => values.iter().map(|value| value.unwrap_or(f64::NAN)).collect(),
        _ => vec![f64::NAN; frame.height()],
    }
}

/// The texts of a column (dates as `2024-01-31`); empty where there is none.
pub(crate) fn texts(frame: &DataFrame, name: &str) -> Vec<String> {
    let Ok(column) = frame.column(name) else { return vec![String::new(); frame.height()] };
    (0..frame.height())
        .map(|row| match column.get(row) {
            Ok(AnyValue::Null) | Err(_) => String::new(),
            Ok(AnyValue::String(text)) => text.to_owned(),
            Ok(AnyValue::StringOwned(text)) => text.to_string(),
            Ok(value) => value.to_string(),
        })
        .collect()
}

/// The rows of a frame whose text in a column passes a test.
pub(crate) fn rows_where(frame: &DataFrame, name: &str, test: impl Fn(&str) -> bool) -> PolarsResult<DataFrame> {
    let kept: BooleanChunked = texts(frame, name).iter().map(|text| Some(test(text))).collect();
    frame.filter(&kept)
}
