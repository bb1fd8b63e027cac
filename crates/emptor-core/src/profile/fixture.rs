//! The small company that every P is tried on: six customers, three products, two years. Worked out by hand.

use std::error::Error;

use emptor_table::polars::df;
use emptor_table::{
    Activities, ActivityColumns, CustomerColumns, Customers, ProductColumns, Products, Tables, TransactionColumns,
    Transactions,
};

use super::{ProfileInput, Window};
use crate::period::Grain;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Products P1 (category A, cost 60), P2 (B, 30), P3 (C, cost unknown); customers C1 to C6, of whom C4 never buys and C5
/// has only service contacts in 2024; a return of one P1 by C2, restocked.
pub(crate) fn tables() -> Outcome<Tables> {
    let lines = df!(
        "line" => ["L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8", "L9", "L10", "L11"],
        "order" => ["O1", "O1", "O2", "O3", "O4", "R1", "O6", "O7", "O8", "O9", "O10"],
        "customer" => ["C1", "C1", "C1", "C1", "C2", "C2", "C2", "C3", "C5", "C5", "C6"],
        "date" => ["2024-01-10", "2024-01-10", "2024-06-10", "2024-11-10", "2024-03-05", "2024-04-05", "2024-09-05",
                   "2024-12-20", "2023-05-01", "2023-11-01", "2024-08-08"],
        "product" => ["P1", "P2", "P1", "P2", "P1", "P1", "P2", "P2", "P1", "P1", "P3"],
        "qty" => [1.0, 1.0, 2.0, 1.0, 3.0, -1.0, 2.0, 1.0, 1.0, 1.0, 2.0],
        "net" => [100.0, 50.0, 200.0, 50.0, 300.0, -100.0, 100.0, 50.0, 100.0, 100.0, 160.0],
        "type" => ["sale", "sale", "sale", "sale", "sale", "return", "sale", "sale", "sale", "sale", "sale"],
        "of" => [None, None, None, None, None, Some("L5"), None, None, None, None, None],
        "restocked" => [None, None, None, None, None, Some(true), None, None, None, None, None],
    )?;
    let columns = TransactionColumns::new("customer", "date")
        .line("line")
        .order("order")
        .product("product")
        .quantity("qty")
        .amount("net")
        .line_type("type")
        .ref_line("of")
        .restocked("restocked");
    let products =
        df!("product" => ["P1", "P2", "P3"], "category" => ["A", "B", "C"], "cost" => [Some(60.0), Some(30.0), None])?;
    let customers = df!("customer" => ["C1", "C2", "C3", "C4", "C5", "C6"])?;
    let service = df!(
        "customer" => ["C1", "C5", "C5", "C5", "C2"],
        "date" => ["2024-02-01", "2024-02-01", "2024-05-01", "2024-08-01", "2024-04-05"],
        "what" => ["inquiry", "inquiry", "inquiry", "inquiry", "return"],
    )?;
    Ok(Tables::new(Transactions::from_frame(lines, &columns)?)
        .with_products(Products::scan(
            products,
            &ProductColumns::new("product").category("category").unit_cost("cost"),
        )?)
        .with_customers(Customers::scan(customers, &CustomerColumns::new("customer"))?)
        .with_activities(Activities::scan(service, &ActivityColumns::new("customer", "date").activity("what"))?))
}

/// The year 2024 by quarters.
pub(crate) fn year() -> Outcome<Window> {
    Ok(Window::new("2024-01-01".parse()?, "2024-12-31".parse()?, Grain::Quarter)?)
}

#[test]
fn the_lines_of_the_year_add_up_to_910() -> Outcome<()> {
    use polars::prelude::col;
    let tables = tables()?;
    let input = ProfileInput::new(&tables, year()?);
    let lines = super::lines::Lines::of(&input.tables)?;
    let sums = super::lines::collect(lines.within(&input.window).select([col("amount").sum(), col("cost").sum()]))?;
    assert_eq!(sums.column("amount")?.f64()?.get(0), Some(910.0));
    assert_eq!(sums.column("cost")?.f64()?.get(0), Some(450.0));
    Ok(())
}
