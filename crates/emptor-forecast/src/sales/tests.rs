use std::error::Error;

use emptor_table::{ProductColumns, Products, Tables, TransactionColumns, Transactions};
use emptor_types::period::Grain;
use polars::prelude::df;

use super::*;

type Tested = Result<(), Box<dyn Error>>;

/// Three products in two categories (one has none), a return, two channels, an anonymous sale.
fn shop() -> Result<Tables, Box<dyn Error>> {
    let lines = df!(
        "who" => [Some("ann"), Some("ann"), Some("bob"), Some("bob"), None, Some("cid"), Some("ann")],
        "day" => ["2024-01-01", "2024-01-20", "2024-02-10", "2024-02-20", "2024-03-05", "2024-03-31", "2024-04-10"],
        "paid" => [100.0, 50.0, 30.0, -10.0, 5.0, 20.0, 99.0],
        "pieces" => [2.0, 1.0, 3.0, -1.0, 1.0, 2.0, 9.0],
        "what" => ["p1", "p2", "p2", "p2", "p3", "p1", "p1"],
        "by" => [Some("web"), Some("shop"), Some("web"), Some("web"), None, Some("shop"), Some("web")],
    )?;
    let columns = TransactionColumns::new("who", "day").amount("paid").quantity("pieces").product("what").channel("by");
    let products = df!("id" => ["p1", "p2"], "group" => ["a", "b"])?;
    let products = Products::scan(products, &ProductColumns::new("id").category("group"))?;
    Ok(Tables::new(Transactions::from_frame(lines, &columns)?).with_products(products))
}

fn monthly(as_of: &str) -> Result<SalesSettings, Box<dyn Error>> {
    Ok(SalesSettings::new(Grain::Month, as_of.parse()?)?)
}

#[test]
fn series_add_up_to_the_total() -> Tested {
    let tables = shop()?;
    let total = SalesSeries::of(&tables, &monthly("2024-03-31")?, None)?;
    assert_eq!(total.values(0), Some([150.0, 20.0, 25.0].as_slice()));
    for by in [SalesDimension::Product, SalesDimension::Category, SalesDimension::Channel] {
        let split = SalesSeries::of(&tables, &monthly("2024-03-31")?.by([by]), None)?;
        assert_eq!(split.total(), [150.0, 20.0, 25.0], "{by}");
        assert_eq!(split.rolled_up(0).values(0), total.values(0), "{by}");
    }
    Ok(())
}

#[test]
fn a_series_begins_with_its_first_sale_and_a_gap_is_zero() -> Tested {
    let split = SalesSeries::of(&shop()?, &monthly("2024-03-31")?.by([SalesDimension::Product]), None)?;
    assert_eq!(split.values(0), Some([100.0, 0.0, 20.0].as_slice()));
    assert_eq!(split.values(2), Some([5.0].as_slice()));
    assert_eq!(split.find(&["p3"]), Some(2));
    let table = split.table()?;
    assert_eq!(table.height(), 3 + 3 + 1);
    Ok(())
}

#[test]
fn what_is_not_named_has_a_member_of_its_own() -> Tested {
    let tables = shop()?;
    let by = |dimension| monthly("2024-03-31").map(|settings| settings.by([dimension]));
    let category = SalesSeries::of(&tables, &by(SalesDimension::Category)?, None)?;
    let members: Vec<_> = (0..category.count()).filter_map(|at| category.member(at)).map(|m| m[0].clone()).collect();
    assert_eq!(members, [UNKNOWN, "a", "b"]);
    let grades = df!("customer_id" => ["ann", "bob"], "grade" => ["A", "B"])?;
    let grade = SalesSeries::of(&tables, &by(SalesDimension::Grade)?, Some(&grades))?;
    let members: Vec<_> = (0..grade.count()).filter_map(|at| grade.member(at)).map(|m| m[0].clone()).collect();
    assert_eq!(members, ["A", "B", ANONYMOUS, UNKNOWN]);
    Ok(())
}

#[test]
fn two_dimensions_roll_up_to_the_first() -> Tested {
    let tables = shop()?;
    let both = monthly("2024-03-31")?.by([SalesDimension::Category, SalesDimension::Channel]);
    let split = SalesSeries::of(&tables, &both, None)?;
    let one = SalesSeries::of(&tables, &monthly("2024-03-31")?.by([SalesDimension::Category]), None)?;
    assert_eq!(split.rolled_up(1), one);
    Ok(())
}

#[test]
fn an_unfinished_month_is_left_out_or_scaled_and_said() -> Tested {
    let tables = shop()?;
    let dropped = SalesSeries::of(&tables, &monthly("2024-04-15")?, None)?;
    assert_eq!(dropped.periods().len(), 3);
    assert!(dropped.left_out()[0].reason.contains("left out"));
    let scaled = SalesSettings { unfinished: Unfinished::Scale, ..monthly("2024-04-15")? };
    let scaled = SalesSeries::of(&tables, &scaled, None)?;
    // The last line is of 10 April, but the month is known until the 15th, half of its 30 days.
    assert_eq!(scaled.values(0), Some([150.0, 20.0, 25.0, 198.0].as_slice()));
    Ok(())
}

#[test]
fn data_that_end_before_the_day_of_observation_do_not_look_like_a_slump() -> Tested {
    // Between lines there were up to 21 days without one: 20 at the end say nothing, 51 say that the data end there.
    let near = SalesSeries::of(&shop()?, &monthly("2024-04-30")?, None)?;
    assert_eq!(near.values(0), Some([150.0, 20.0, 25.0, 99.0].as_slice()));
    let late = SalesSeries::of(&shop()?, &monthly("2024-05-31")?, None)?;
    assert_eq!(late.periods().len(), 3, "data end on 10 April");
    Ok(())
}

#[test]
fn data_that_begin_late_in_a_month_lose_that_month() -> Tested {
    let settings = SalesSettings { from: Some("2024-01-15".parse()?), ..monthly("2024-03-31")? };
    let sales = SalesSeries::of(&shop()?, &settings, None)?;
    assert_eq!(sales.values(0), Some([20.0, 25.0].as_slice()));
    Ok(())
}

#[test]
fn later_lines_are_invisible() -> Tested {
    let february = SalesSeries::of(&shop()?, &monthly("2024-02-29")?, None)?;
    assert_eq!(february.values(0), Some([150.0, 20.0].as_slice()));
    Ok(())
}

#[test]
fn measures_count_what_they_say() -> Tested {
    let tables = shop()?;
    for (measure, expected) in [
        (SalesMeasure::GrossSales, [150.0, 30.0, 25.0]),
        (SalesMeasure::Returns, [0.0, 10.0, 0.0]),
        (SalesMeasure::Units, [3.0, 2.0, 3.0]),
    ] {
        let sales = SalesSeries::of(&tables, &monthly("2024-03-31")?.measure(measure), None)?;
        assert_eq!(sales.values(0), Some(expected.as_slice()), "{measure:?}");
    }
    Ok(())
}

#[test]
fn a_column_that_is_not_there_is_named() -> Tested {
    let refused = SalesSeries::of(&shop()?, &monthly("2024-03-31")?.by([SalesDimension::Rep]), None);
    assert!(refused.is_err_and(|error| error.to_string().contains("transactions.rep_id")));
    let refused = SalesSeries::of(&shop()?, &monthly("2024-03-31")?.by([SalesDimension::Grade]), None);
    assert!(refused.is_err_and(|error| error.to_string().contains("labels.grade")));
    Ok(())
}

#[test]
fn nothing_sold_is_an_error_that_names_the_span() -> Tested {
    let said = |as_of: &str| -> Result<String, Box<dyn Error>> {
        Ok(SalesSeries::of(&shop()?, &monthly(as_of)?, None).err().ok_or("a series")?.to_string())
    };
    let before = said("2023-12-31")?;
    assert!(before.contains("up to 2023-12-31") && before.contains("from 2024-01-01 to 2024-04-10"), "{before}");
    let begun = said("2024-01-25")?;
    assert!(begun.contains("from 2024-01-01 to 2024-01-25") && begun.contains("before its last day"), "{begun}");
    Ok(())
}

/// Weeks of six hundred products, each sold now and then for 1 to 9, from 3 January 2022 on: they never change, so that as much
/// is sold in every week, and there are always some that have not been sold yet.
fn rare(weeks: u64) -> Result<Tables, Box<dyn Error>> {
    let mut random = emptor_lifetime::sampling::Variates::new(7, 7);
    let (mut days, mut paid, mut what) = (Vec::new(), Vec::new(), Vec::new());
    let first: emptor_types::Date = "2022-01-03".parse()?;
    for week in 0..weeks {
        for product in 0..600 {
            let chance = if product < 300 { 0.3 } else { 0.01 };
            if random.uniform() < chance {
                days.push(first.plus_days(7 * week as i32 + product % 7).to_string());
                paid.push(f64::from(1 + product % 9));
                what.push(format!("p{product:03}"));
            }
        }
    }
    let frame = df!("who" => vec![1_i64; days.len()], "day" => days, "paid" => paid, "what" => what)?;
    let columns = TransactionColumns::new("who", "day").amount("paid").product("what");
    Ok(Tables::new(Transactions::from_frame(frame, &columns)?))
}

/// How far forecasts of a stationary panel may be too high or too low in all: a week's sales have a standard deviation of 9 %, the
/// mean of the eight weeks of six origins, which overlap, one of about 3 %.
const UNBIASED: f64 = 0.08;

#[test]
fn a_stationary_panel_of_rare_products_is_unbiased_in_total_and_in_parts_and_adds_up() -> Tested {
    let weekly = SalesSettings::new(Grain::Week, "2023-02-26".parse()?)?.by([SalesDimension::Product]);
    let sales = SalesSeries::of(&rare(60)?, &weekly, None)?;
    let settings = SalesForecastSettings::new(8, &[emptor_types::Level::new(0.8)?]);
    let past = SalesBacktest::of(&sales, &settings, &SalesBacktestSettings { step: 4, ..Default::default() })?;
    assert_eq!(past.origins(), [32, 36, 40, 44, 48, 52]);
    let [own, naive] = past.methods();
    for row in [past.total(own), past.parts(own)] {
        let bias = row.and_then(SalesAccuracy::bias).ok_or("no bias")?;
        assert!(bias.abs() < UNBIASED, "{bias}");
    }
    let wape = |method| past.total(method).and_then(|row| row.accuracy.wape);
    assert!(wape(own) < wape(naive));
    assert_eq!(past.best(), own);
    assert_eq!(past.table()?.height(), 4);

    let ahead = SalesForecast::of(&sales, &settings)?.with_backtest(&past);
    let new = ahead.find(&[NOT_YET_SOLD]).ok_or("nobody new")?;
    let total = &ahead.nodes()[0];
    // Of the 300 rarest every second one has not been sold in 60 weeks.
    assert!(new.total() > 0.0 && new.total() < 0.05 * total.total());
    for week in 0..8 {
        let parts: f64 = ahead.nodes()[1..].iter().map(|node| node.forecast.mean[week]).sum();
        assert!((parts - total.forecast.mean[week]).abs() < 1e-9 * parts);
    }
    assert!(ahead.flags().iter().any(|flag| matches!(flag, SalesFlag::FewSeasons { periods: 60, season: 52 })));
    assert!(ahead.flags().iter().all(|flag| !matches!(flag, SalesFlag::TotalOutsideInterval { .. })));
    Ok(())
}

#[test]
fn the_smaller_products_are_added_up_where_there_are_too_many() -> Tested {
    let weekly = SalesSettings::new(Grain::Week, "2023-02-26".parse()?)?.by([SalesDimension::Product]);
    let sales = SalesSeries::of(&rare(60)?, &weekly, None)?;
    let few = sales.joined(52, 10);
    assert_eq!(few.known_at(52).ok_or("nothing")?.count(), 11);
    assert_eq!(few.total(), sales.total());
    Ok(())
}

#[test]
fn a_horizon_beyond_half_of_what_is_known_is_flagged() -> Tested {
    let sales = SalesSeries::of(&shop()?, &monthly("2024-03-31")?, None)?;
    let ahead = SalesForecast::of(&sales, &SalesForecastSettings::new(2, &[]))?;
    assert_eq!(ahead.flags().iter().map(SalesFlag::name).collect::<Vec<_>>(), ["few_seasons", "far_horizon"]);
    let refused = SalesBacktest::of(&sales, &SalesForecastSettings::new(2, &[]), &SalesBacktestSettings::default());
    assert!(refused.is_err_and(|error| error.to_string().contains("needs at least 10 periods (got 3)")));
    Ok(())
}

#[test]
fn forecasts_of_parts_add_up_to_those_of_totals() -> Tested {
    let months: Vec<String> = (0..30).map(|m| format!("{}-{:02}-01", 2022 + m / 12, m % 12 + 1)).collect();
    let mut lines: (Vec<String>, Vec<f64>, Vec<&str>, Vec<&str>) = Default::default();
    for (at, month) in months.iter().enumerate() {
        for (place, (what, by)) in [("p1", "web"), ("p2", "web"), ("p2", "shop")].into_iter().enumerate() {
            // A product sold in few months, one that grows, one with a season.
            let paid =
                [if at % 7 == 0 { 50.0 } else { 0.0 }, 100.0 + 3.0 * at as f64, [80.0, 120.0, 95.0][at % 3]][place];
            lines.0.push(month.clone());
            lines.1.push(paid + 0.01);
            lines.2.push(what);
            lines.3.push(by);
        }
    }
    let n = lines.0.len();
    let frame = df!("who" => vec![1_i64; n], "day" => lines.0, "paid" => lines.1, "what" => lines.2, "by" => lines.3)?;
    let columns = TransactionColumns::new("who", "day").amount("paid").product("what").channel("by");
    let tables = Tables::new(Transactions::from_frame(frame, &columns)?);
    let settings = monthly("2024-06-30")?.by([SalesDimension::Product, SalesDimension::Channel]);
    let sales = SalesSeries::of(&tables, &settings, None)?;
    let levels = [emptor_types::Level::new(0.8)?, emptor_types::Level::new(0.95)?];
    let ahead = SalesForecast::of(&sales, &SalesForecastSettings::new(4, &levels))?;
    assert_eq!(ahead.nodes().len(), 1 + 2 + 3);
    for period in 0..4 {
        let mean = |member: &[&str]| ahead.find(member).map_or(f64::NAN, |node| node.forecast.mean[period]);
        let total = mean(&[]);
        assert!((total - mean(&["p1"]) - mean(&["p2"])).abs() < 1e-9 * total);
        assert!((mean(&["p2"]) - mean(&["p2", "web"]) - mean(&["p2", "shop"])).abs() < 1e-9 * total);
    }
    for node in ahead.nodes() {
        for (eighty, ninety_five) in node.forecast.bands[0].lower.iter().zip(&node.forecast.bands[1].lower) {
            assert!(*ninety_five >= 0.0 && ninety_five <= eighty);
        }
    }
    let table = ahead.table()?;
    assert_eq!(table.height(), 6 * 4);
    assert!(table.column("lo_80").is_ok() && table.column("hi_95").is_ok());
    Ok(())
}
