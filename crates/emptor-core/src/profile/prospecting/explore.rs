//! temporary
use std::error::Error;
use emptor_table::*;
use super::super::{ProfileInput, Window};
use super::*;
#[test]
fn explore_sample() -> Result<(), Box<dyn Error>> {
    let d = "/tmp/wt/prospecting/datasets/sample/";
    let f = |n: &str| Source::csv(format!("{d}{n}.csv"));
    let c = TransactionColumns::new("customer_id", "order_ts").line("line_id").order("order_id").product("product_id").quantity("qty").amount("net_amount").line_type("line_type").cancellation(Cancellation::Void { column: "status".into(), values: vec!["cancelled".into()] });
    let t = Tables::new(Transactions::scan(f("order_lines"), &c)?)
        .with_products(Products::scan(f("products"), &ProductColumns::new("product_id").unit_cost("unit_cost"))?)
        .with_customers(Customers::scan(f("customers"), &CustomerColumns::new("customer_id").channel("acq_channel").acquisition_cost("acq_cost"))?)
        .with_opportunities(Opportunities::scan(f("opportunities"), &OpportunityColumns::new("opp_id", "stage", "created").customer("customer_id").amount("amount").probability("prob").expected_close("exp_close").closed_at("closed_at").outcome("outcome").lost_reason("lost_reason").rep("rep_id").lead_source("lead_source"))?)
        .with_stage_history(StageHistory::scan(f("stage_history"), &StageHistoryColumns::new("opp_id", "ts", "field", "new").old("old"))?);
    let w = Window::new("2022-01-01".parse()?, "2024-12-31".parse()?, crate::period::Grain::Quarter)?;
    let now = std::time::Instant::now();
    let s = section(&ProfileInput::new(&t, w), &ProspectingSettings { targets: vec![("2025-01-01".parse()?, 60000.0)], ..Default::default() })?;
    eprintln!("took {:?}", now.elapsed());
    for x in &s.tables { eprintln!("{} {:?}\n{}", x.name, x.flags, x.frame.head(Some(16))); }
    for x in s.top_findings(20) { eprintln!("{:.2} [{}] {}\n      ({:?})", x.weight, x.table, x.headline, x.caveat); }
    for x in &s.gaps { eprintln!("GAP {x:?}"); }
    Ok(())
}
