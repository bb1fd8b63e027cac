//! Tests of whole pipelines.

use std::collections::HashMap;
use std::error::Error;

use emptor_types::period::Grain;
use emptor_types::{Date, Level};

use super::*;

type Outcomes<T> = Result<T, Box<dyn Error>>;

/// What rounding may do to sums of money.
const ROUNDING: f64 = 1e-6;

fn day(text: &str) -> Outcomes<i32> {
    Ok(text.parse::<Date>()?.days_since_epoch())
}

/// The deals of "CRM Sales Opportunities" (Maven Analytics), those without a day of engagement left out, and how many those
/// are; `None` without the folder of data sets.
fn crm() -> Outcomes<Option<(Vec<Deal>, usize)>> {
    let Some(folder) = std::env::var_os("EMPTOR_DATASETS") else {
        println!("EMPTOR_DATASETS is not set: not tried on real deals");
        return Ok(None);
    };
    let folder = std::path::Path::new(&folder).join("crm_sales_opportunities");
    let products = std::fs::read_to_string(folder.join("products.csv"))?;
    let mut prices = HashMap::new();
    for line in products.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        prices.insert(cells[0].to_owned(), cells[2].parse::<f64>()?);
    }
    let (mut deals, mut undated) = (Vec::new(), 0);
    for line in std::fs::read_to_string(folder.join("sales_pipeline.csv"))?.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [id, rep, product, customer, stage, engaged, closed, value] = cells[..] else { return Err(line.into()) };
        if engaged.is_empty() {
            undated += 1;
            continue;
        }
        let text = |cell: &str| (!cell.is_empty()).then(|| cell.to_owned());
        // The pipeline writes GTXPro where the price list has GTX Pro.
        let product = if product == "GTXPro" { "GTX Pro" } else { product };
        let deal = Deal {
            id: id.to_owned(),
            customer: text(customer),
            rep: text(rep),
            product: text(product),
            list_price: prices.get(product).copied(),
            created: day(engaged)?,
            amount: (!value.is_empty()).then(|| value.parse()).transpose()?,
            stage: text(stage),
            closed: (!closed.is_empty()).then(|| day(closed)).transpose()?,
            outcome: outcome_of(stage),
            ..Deal::default()
        };
        // Values are written when a deal is closed: 0 where it is lost.
        deals.push(deal.priced_at_close());
    }
    Ok(Some((deals, undated)))
}

fn month_ends() -> Outcomes<Vec<Date>> {
    ["05-31", "06-30", "07-31", "08-31", "09-30", "10-31", "11-30"]
        .map(|day| Ok(format!("2017-{day}").parse()?))
        .into_iter()
        .collect()
}

#[test]
fn hazards_by_age_forecast_real_months_within_a_fifth_and_their_intervals_hold() -> Outcomes<()> {
    let Some((deals, _)) = crm()? else { return Ok(()) };
    let methods: [&dyn PipelineMethod; 3] = [&Weighted::undated(), &Weighted::dated(), &AgeHazard::default()];
    let ahead = Ahead { draws: 2_000, ..Ahead::new(Grain::Month, 1)? };
    let tested = backtest(&deals, &methods, &month_ends()?, &ahead, "2017-12-31".parse()?)?;
    let summaries = tested.summaries();
    for cell in tested.cells.iter().filter(|cell| cell.group.is_none()) {
        println!(
            "{} {} {:.0} [{:.0} {:.0}] {:.0} {:+.3}",
            cell.method,
            cell.start,
            cell.expected,
            cell.amount.0,
            cell.amount.1,
            cell.actual,
            cell.expected / cell.actual - 1.0
        );
    }
    for summary in &summaries {
        println!("{summary:?}");
    }
    let of = |name: &str| summaries.iter().find(|summary| summary.method == name).ok_or("no such method");
    let hazard = of("age_hazard")?;
    assert_eq!((hazard.periods, hazard.cells), (7, 49));
    assert!(hazard.mape.is_some_and(|mape| mape <= 0.20), "{hazard:?}");
    let holds = |share: Option<f64>| share.is_some_and(|share| (0.72..=0.88).contains(&share));
    assert!(holds(hazard.covers_amount) && holds(hazard.covers_wins), "{hazard:?}");
    assert!(of("static")?.mape > Some(5.0) && of("dated")?.mape > Some(1.0));
    Ok(())
}
