//! Tests of forecasts by age.
