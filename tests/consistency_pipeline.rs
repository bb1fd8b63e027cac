//! What must hold of a pipeline: the CRM sales opportunities of a fictitious seller of hardware (Maven Analytics), with the
//! numbers that pandas counts in the file.

use std::fs::File;

use emptor::forecast::pipeline::{Ahead, DealTable, PipelineMethod, Snapshot, Weighted};
use emptor::period::Grain;
use emptor::polars::prelude::{
    CsvReader, DataFrame, DataType, IntoLazy, JoinArgs, JoinType, SerReader, col, lit, when,
};
use emptor::prelude::*;
use emptor::profile::prospecting::{ProspectingSettings, section};
use emptor::profile::{ProfileInput, Section, Window};
use emptor_datasets::sample;

use crate::real_data::{date, file};

/// Sums of a few thousand doubles.
const ROUND: f64 = 1e-9;

fn read(name: &str) -> Option<DataFrame> {
    let path = file(&format!("crm_sales_opportunities/{name}"))?;
    Some(CsvReader::new(File::open(path).unwrap()).finish().unwrap())
}

/// The opportunities with what they would bring: their value once they are closed, until then the list price.
fn deals() -> Option<DataFrame> {
    let deals = read("sales_pipeline.csv")?.lazy();
    // The pipeline writes `GTXPro`, the table of products `GTX Pro`.
    let name = when(col("product").eq(lit("GTXPro"))).then(lit("GTX Pro")).otherwise(col("product"));
    let prices = read("products.csv")?.lazy().select([col("product"), col("sales_price").cast(DataType::Float64)]);
    let priced = deals.with_column(name.alias("product")).join(
        prices,
        [col("product")],
        [col("product")],
        JoinArgs::new(JoinType::Left),
    );
    let value = col("close_value").cast(DataType::Float64).fill_null(col("sales_price"));
    Some(priced.with_column(value.alias("amount")).collect().unwrap())
}

/// Prospecting of 2017 by quarters; deals won are sales to their accounts.
fn prospecting() -> Option<Section> {
    let deals = deals()?;
    let won = deals.clone().lazy().filter(col("deal_stage").eq(lit("Won"))).collect().unwrap();
    let lines = TransactionColumns::new("account", "close_date").amount("amount").order("opportunity_id");
    let columns = OpportunityColumns::new("opportunity_id", "deal_stage", "engage_date")
        .customer("account")
        .closed_at("close_date")
        .amount("amount")
        .rep("sales_agent");
    let options = ReadOptions::default().policy(Policy::Quarantine);
    let opportunities = Opportunities::scan_with(Source::from(deals), &columns, &options).unwrap();
    // 500 of 8,800 are prospects whom nobody has engaged yet, so that they have no first day.
    let quality = opportunities.quality();
    assert_eq!((quality.rows, quality.accepted, quality.quarantined), (8_800, 8_300, 500));
    let tables = Tables::new(Transactions::from_frame(won, &lines).unwrap()).with_opportunities(opportunities);
    let window = Window::new(date("2017-01-01"), date("2017-12-31"), Grain::Quarter).unwrap();
    Some(section(&ProfileInput::new(&tables, window), &ProspectingSettings::default()).unwrap())
}

/// The rows of a table whose column says so, or all.
fn rows(section: &Section, table: &str, filter: Option<(&str, &str)>) -> DataFrame {
    let frame = section.table(table).unwrap_or_else(|| panic!("no table {table}")).frame.clone().lazy();
    filter.map_or(frame.clone(), |(column, value)| frame.filter(col(column).eq(lit(value)))).collect().unwrap()
}

fn numbers(frame: &DataFrame, name: &str) -> Vec<f64> {
    let column = frame.column(name).unwrap().cast(&DataType::Float64).unwrap();
    column.f64().unwrap().iter().map(|number| number.unwrap_or(f64::NAN)).collect()
}

fn sum(frame: &DataFrame, name: &str) -> f64 {
    numbers(frame, name).into_iter().filter(|number| !number.is_nan()).sum()
}

#[track_caller]
fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() <= ROUND * expected.abs().max(1.0), "{found} is not {expected}");
}

#[test]
fn won_lost_and_open_deals_are_all_there_are_and_the_win_rate_is_that_of_the_decided() {
    let Some(section) = prospecting() else { return };
    let all = rows(&section, "win_rate", Some(("by", "all")));
    let [won, lost, open] = ["won", "lost", "open"].map(|name| numbers(&all, name)[0]);
    for (found, counted) in [won, lost, open].into_iter().zip([4_238.0, 2_473.0, 1_589.0]) {
        near(found, counted);
    }
    near(won + lost + open, 8_300.0);
    near(numbers(&all, "win_rate")[0], 4_238.0 / 6_711.0);
    near(numbers(&all, "mean_won")[0], 10_005_534.0 / 4_238.0);
    near(numbers(&all, "cycle")[0], 57.0);
    // Lost deals are worth nothing in the file: a win rate by value would be 1.
    assert!(numbers(&all, "win_rate_value")[0].is_nan());
    // Thirty representatives share all of them.
    let reps = rows(&section, "win_rate", Some(("by", "rep")));
    assert_eq!(reps.height(), 30);
    ["won", "lost", "open"].into_iter().zip([won, lost, open]).for_each(|(name, all)| near(sum(&reps, name), all));
}

#[test]
fn the_funnel_by_quarter_of_entry_adds_up_to_the_whole() {
    let Some(section) = prospecting() else { return };
    let all = rows(&section, "funnel_summary", Some(("stage", "__all__")));
    let cohorts = rows(&section, "funnel_stage", Some(("stage", "__all__")));
    assert_eq!(cohorts.height(), 5);
    let [entered, advanced, lost, open] = ["entered", "advanced", "lost", "open"].map(|name| numbers(&cohorts, name));
    for row in 0..cohorts.height() {
        near(entered[row], advanced[row] + lost[row] + open[row]);
    }
    for name in ["entered", "advanced", "lost", "open", "value"] {
        near(sum(&cohorts, name), numbers(&all, name)[0]);
    }
    // Engaged in the quarters from October 2016 on: won and lost.
    assert_eq!(advanced, [250.0, 898.0, 1_246.0, 1_207.0, 637.0]);
    assert_eq!(lost, [55.0, 424.0, 776.0, 805.0, 413.0]);
    // Without the history of stages it is known where open deals are, and no more.
    let engaging = rows(&section, "funnel_summary", Some(("stage", "Engaging")));
    near(numbers(&engaging, "open")[0], 1_589.0);
    assert!(numbers(&engaging, "entered")[0].is_nan());
    assert!(section.gaps.iter().any(|gap| gap.needs.iter().any(|need| need.to_string() == "stage_history")));
}

#[test]
fn every_open_deal_is_scored_and_the_pipeline_holds_no_more_than_their_sum() {
    let Some(section) = prospecting() else { return };
    let scores = rows(&section, "opportunity_score", None);
    assert_eq!(scores.height(), 1_589);
    let [p, amount, value] = ["p_win", "amount", "exp_value"].map(|name| numbers(&scores, name));
    for row in 0..scores.height() {
        assert!(p[row] > 0.0 && p[row] < 1.0, "{}", p[row]);
        near(value[row], p[row] * amount[row]);
    }
    near(sum(&scores, "amount"), 3_892_229.0);
    for method in ["weighted", "historical"] {
        let rows = rows(&section, "pipeline_forecast", Some(("method", method)));
        // The last day of 2017 is over: four quarters of 2018, and nothing of the one before.
        assert_eq!(rows.height(), 4);
        // Without expected closes deals are spread by their age. No deal took longer than 138 days to be decided, and 1,291 of
        // the open ones are older: they are in no quarter.
        let (found, all) = (sum(&rows, "amount"), sum(&scores, "exp_value"));
        assert!(found > 0.0 && found < all * 298.0 / 1_589.0, "{found} of {all}");
        assert!(sum(&rows, "deals") <= 298.0, "{}", sum(&rows, "deals"));
        assert!(sum(&rows, "open_amount") < 3_892_229.0);
        let [amount, low, high] = ["amount", "lo", "hi"].map(|name| numbers(&rows, name));
        assert!((0..rows.height()).all(|row| low[row] <= amount[row] && amount[row] <= high[row]));
        assert_eq!(numbers(&rows, "won_to_date"), [0.0; 4]);
    }
}

#[test]
fn the_table_of_the_seven_ps_says_what_the_methods_of_the_library_say() {
    let tables = sample::company().unwrap();
    for as_of in ["2024-12-31", "2024-12-10"] {
        let window = Window::new(date("2024-01-01"), date(as_of), Grain::Month).unwrap();
        let settings = ProspectingSettings::default();
        let section = section(&ProfileInput::new(&tables, window), &settings).unwrap();
        let day = date(as_of).days_since_epoch();
        let known = DealTable::as_known(tables.opportunities().unwrap(), &tables, day).unwrap().deals;
        assert!(
            known.iter().any(|deal| deal.is_open() && deal.exp_close.is_some_and(|close| close < day)),
            "none overdue"
        );
        let snapshot = Snapshot::new(&known, date(as_of)).unwrap();
        let ahead = Ahead { draws: settings.draws, ..Ahead::new(Grain::Month, 5).unwrap() };
        for method in [Weighted::stated(), Weighted::historical()] {
            let own = method.forecast(&snapshot, &ahead).unwrap();
            let rows = rows(&section, "pipeline_forecast", Some(("method", method.name())));
            let [amounts, won, open] = ["amount", "won_to_date", "open_amount"].map(|name| numbers(&rows, name));
            // A month that has begun stands before the four ahead.
            assert_eq!(amounts.len(), if as_of == "2024-12-31" { 4 } else { 5 });
            for (k, period) in own.total.iter().take(amounts.len()).enumerate() {
                near(amounts[k], period.open);
                near(won[k], period.won);
                near(open[k], period.pipeline);
            }
        }
        let starts = rows(&section, "pipeline_forecast", None).column("period_start").unwrap().clone();
        let first = starts.cast(&DataType::Int32).unwrap().i32().unwrap().iter().flatten().min().unwrap();
        assert!(first + 31 > day, "no month that is over");
    }
}
