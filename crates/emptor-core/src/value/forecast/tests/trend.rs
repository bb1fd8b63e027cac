use emptor_types::{Fit, TimeUnit};
use proptest::prelude::*;

use super::{NAN, TestResult, base, close, convention, reordered, rows, shuffled, with_threads, years};
use crate::value::CurrentProfit;
use crate::value::forecast::trend::theil_sen;
use crate::value::forecast::{Credibility, DampedTrend, ProfitHistory, TrailingLevel};

#[test]
fn the_slope_is_the_median_of_all_slopes() {
    // Slopes of 1, 2, 9, 4: 1, 4, 1, 7, 1, −5; their median is 1. Levels 4, 4, 10, 4.
    assert_eq!(theil_sen(&[1.0, 2.0, 9.0, 4.0]), (4.0, 1.0));
    // Two wild values of nine move nothing.
    assert_eq!(theil_sen(&[1.0, 2.0, 900.0, 4.0, 5.0, -80.0, 7.0, 8.0, 9.0]), (9.0, 1.0));
    assert_eq!(theil_sen(&[5.0, 3.0]), (3.0, -2.0));
}

#[test]
fn damping_leads_from_the_level_to_the_straight_line() -> TestResult {
    let history = years(&[1.0, 2.0, 9.0, 4.0], &[4])?;
    let (fallback, three) = (TrailingLevel::new(1)?.fit(&history)?, convention(3.0, TimeUnit::Year)?);
    let forecast = |damping| -> Result<CurrentProfit, Box<dyn std::error::Error>> {
        Ok(DampedTrend::new(4, damping)?.forecast(&history, &fallback, &three)?.profit)
    };
    assert_eq!(forecast(0.0)?, CurrentProfit::level(vec![4.0])?);
    assert_eq!(forecast(1.0)?, CurrentProfit::panel(3, vec![5.0, 6.0, 7.0])?);
    // Gardner & McKenzie (1985): 4 + ½, + ¼, + ⅛.
    assert_eq!(forecast(0.5)?, CurrentProfit::panel(3, vec![4.5, 4.75, 4.875])?);
    Ok(())
}

#[test]
fn customers_of_too_few_periods_take_the_level_and_are_named() -> TestResult {
    let history = years(&[1.0, 2.0, 3.0, 4.0, 5.0, NAN, NAN, NAN, 8.0, 9.0, NAN, NAN, NAN, NAN, NAN], &[5, 2, 0])?;
    let fallback = TrailingLevel::new(2)?.with_credibility(Credibility::given(0.0)?).fit(&history)?;
    let two = convention(2.0, TimeUnit::Year)?;
    let forecast = DampedTrend::new(5, 1.0)?.forecast(&history, &fallback, &two)?;
    assert_eq!(forecast.fallbacks, [1, 2]);
    close(&rows(&forecast.profit, 2), &[6.0, 7.0, 8.5, 8.5, 6.5, 6.5]);
    // Two periods may be enough, if one says so.
    let eager = DampedTrend::new(5, 1.0)?.at_least(2)?.forecast(&history, &fallback, &two)?;
    assert_eq!(eager.fallbacks, [2]);
    close(&rows(&eager.profit, 2)[2..4], &[10.0, 11.0]);
    // A level suffices where nobody has a trend.
    let young = years(&[NAN, 8.0, NAN, NAN], &[1, 0])?;
    let level = DampedTrend::new(2, 1.0)?.forecast(&young, &TrailingLevel::new(1)?.fit(&young)?, &two)?;
    assert_eq!(level.profit, CurrentProfit::level(vec![8.0, 8.0])?);
    Ok(())
}

#[test]
fn a_falling_trend_makes_no_losses_of_its_own() -> TestResult {
    let falling = [100.0, 80.0, 60.0, 40.0, 20.0];
    // The same fall of a customer who once made a loss, an old one that the trend does not look back on; and a new one.
    let loss = [-1.0, 100.0, 80.0, 60.0, 40.0, 20.0];
    let history = years(&[&[NAN][..], &falling, &loss, &[NAN; 5], &[30.0]].concat(), &[5, 6, 1])?;
    let fallback = TrailingLevel::new(1)?.fit(&history)?;
    let five = convention(5.0, TimeUnit::Year)?;
    let trend = DampedTrend::new(5, 0.9)?;
    let forecast = trend.forecast(&history, &fallback, &five)?;
    // 20 − 20 · (0.9 + 0.9² + …): 2, then below 0.
    let free = [2.0, -14.2, -28.78, -41.902, -53.7118];
    close(&rows(&forecast.profit, 5), &[&[2.0, 0.0, 0.0, 0.0, 0.0], &free[..], &[30.0; 5]].concat());
    assert_eq!((forecast.floored, forecast.fallbacks), (vec![0], vec![2]));
    // Another floor, for all; none.
    let floor = trend.with_floor(-20.0)?.forecast(&history, &fallback, &five)?;
    let held = [2.0, -14.2, -20.0, -20.0, -20.0];
    close(&rows(&floor.profit, 5), &[&held[..], &held, &[30.0; 5]].concat());
    assert_eq!(floor.floored, [0, 1]);
    let none = trend.with_floor(-1e12)?.forecast(&history, &fallback, &five)?;
    close(&rows(&none.profit, 5)[..5], &free);
    assert!(none.floored.is_empty());
    // A year that is made of months ends with the month in which it comes to 0: 9, 8, … 0.
    let months: Vec<f64> = (10..=21).rev().map(f64::from).collect();
    let monthly = ProfitHistory::new(TimeUnit::Month, 12, months, vec![12])?;
    let fallback = TrailingLevel::new(12)?.fit(&monthly)?;
    let straight = DampedTrend::new(12, 1.0)?.forecast(&monthly, &fallback, &convention(2.0, TimeUnit::Year)?)?;
    close(&rows(&straight.profit, 2), &[45.0, 0.0]);
    // A line that ends below 0 where nothing was lost: its level is 0.
    let steep = years(&[50.0, 30.0, 10.0, 0.0, 0.0], &[5])?;
    assert!(theil_sen(&[50.0, 30.0, 10.0, 0.0, 0.0]).0 < 0.0);
    let level = DampedTrend::new(5, 0.0)?.forecast(&steep, &TrailingLevel::new(1)?.fit(&steep)?, &five)?;
    assert_eq!((level.profit, level.floored), (CurrentProfit::level(vec![0.0])?, vec![0]));
    for bad in [NAN, f64::NEG_INFINITY, 2e12] {
        assert_eq!(super::broken(trend.with_floor(bad)), 1);
    }
    let spec = trend.with_floor(-5.0)?;
    assert_eq!(serde_json::from_str::<DampedTrend>(&serde_json::to_string(&spec)?)?, spec);
    Ok(())
}

#[test]
fn a_year_is_the_sum_of_its_months() -> TestResult {
    let months: Vec<f64> = (1..=12).map(f64::from).collect();
    let history = ProfitHistory::new(TimeUnit::Month, 12, months, vec![12])?;
    let fallback = TrailingLevel::new(12)?.fit(&history)?;
    for damping in [0.0, 0.8, 1.0] {
        let trend = DampedTrend::new(12, damping)?;
        let monthly = trend.forecast(&history, &fallback, &convention(36.0, TimeUnit::Month)?)?.profit;
        let yearly = trend.forecast(&history, &fallback, &convention(3.0, TimeUnit::Year)?)?.profit;
        let sums: Vec<f64> = rows(&monthly, 36).chunks(12).map(|year| year.iter().sum()).collect();
        close(&rows(&yearly, 3), &sums);
    }
    Ok(())
}

#[test]
fn the_months_of_a_year_are_twelfths_of_it() -> TestResult {
    let history = years(&[12.0, 24.0], &[2])?;
    let fallback = TrailingLevel::new(1)?.fit(&history)?;
    let forecast = DampedTrend::new(2, 1.0)?.forecast(&history, &fallback, &convention(24.0, TimeUnit::Month)?)?;
    close(&rows(&forecast.profit, 24), &[[3.0; 12], [4.0; 12]].concat());
    // Weeks do not divide a year: 52 of the first, and of the 53rd the part that lies in either.
    let weekly = DampedTrend::new(2, 1.0)?.forecast(&history, &fallback, &convention(53.0, TimeUnit::Week)?)?;
    let (week, first) = (7.0 / 365.25, 1.0 - 52.0 * 7.0 / 365.25);
    close(&rows(&weekly.profit, 53)[51..], &[36.0 * week, 36.0 * first + 48.0 * (week - first)]);
    Ok(())
}

#[test]
fn threads_and_order_change_no_bit() -> TestResult {
    let order = shuffled(3000);
    let (straight, mixed) = (base(3000, 12)?, reordered(&order, 12)?);
    let fallback = TrailingLevel::new(12)?.fit(&straight)?;
    let (two, trend) = (convention(24.0, TimeUnit::Month)?, DampedTrend::new(12, 0.9)?);
    let (one, three) = with_threads(|| trend.forecast(&straight, &fallback, &two).map_err(|e| e.to_string()))?;
    let (one, three) = (one?, three?);
    assert_eq!(one, three);
    let (rows_straight, rows_mixed) =
        (rows(&one.profit, 24), rows(&trend.forecast(&mixed, &fallback, &two)?.profit, 24));
    for (place, customer) in order.iter().enumerate() {
        assert_eq!(rows_mixed[place * 24..][..24], rows_straight[customer * 24..][..24]);
    }
    Ok(())
}

#[test]
fn settings_and_horizons_out_of_range_are_refused() -> TestResult {
    assert_eq!(super::broken(DampedTrend::new(1, 1.5)), 2);
    assert!(DampedTrend::new(2, NAN).is_err() && DampedTrend::new(2, -0.1).is_err());
    assert!(DampedTrend::new(6, 0.5)?.at_least(1).is_err() && DampedTrend::new(6, 0.5)?.at_least(7).is_err());
    // A panel that no memory holds has no convention.
    assert!(convention(1e12, TimeUnit::Year).is_err());
    Ok(())
}

#[test]
fn a_saved_specification_is_checked_when_it_is_loaded() -> TestResult {
    let spec = DampedTrend::new(8, 0.9)?.at_least(3)?;
    assert_eq!(serde_json::from_str::<DampedTrend>(&serde_json::to_string(&spec)?)?, spec);
    assert!(serde_json::from_str::<DampedTrend>(r#"{"periods": 8, "at_least": 9, "damping": 0.9}"#).is_err());
    Ok(())
}

proptest! {
    #[test]
    fn a_straight_line_is_found_and_shifts_and_scales_pass_through(
        n in 2_usize..40, level in -1e6..1e6_f64, slope in -1e4..1e4_f64, scale in 0.1..10.0_f64,
        noise in prop::collection::vec(-100.0..100.0_f64, 40),
    ) {
        let line: Vec<f64> = (0..n).map(|t| level + slope * (t as f64 - n as f64 + 1.0)).collect();
        let (found, steep) = theil_sen(&line);
        prop_assert!((found - level).abs() < 1e-6 && (steep - slope).abs() < 1e-6);
        let noisy: Vec<f64> = noise[..n].to_vec();
        let moved: Vec<f64> = noisy.iter().enumerate().map(|(t, x)| scale * x + slope * t as f64).collect();
        let ((a, b), (c, d)) = (theil_sen(&noisy), theil_sen(&moved));
        prop_assert!((d - (scale * b + slope)).abs() < 1e-6);
        prop_assert!((c - (scale * a + slope * (n - 1) as f64)).abs() < 1e-4);
    }
}
