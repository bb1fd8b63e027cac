#![expect(clippy::float_cmp, reason = "small ratios are exact")]

use std::error::Error;

use emptor_table::polars::df;
use emptor_table::{
    Deliveries, DeliveryColumns, ProductColumns, Products, Stock, StockColumns, Tables, TicketColumns, Tickets,
    TransactionColumns, Transactions,
};
use polars::prelude::{DataFrame, NamedFrom, Series};

use super::{Bundles, Kits, ProductSettings, Unit, baskets, section};
use crate::period::Grain;
use crate::profile::{CustomerScores, ProfileError, ProfileInput, Section, Window, fixture};

type Outcome = Result<(), Box<dyn Error>>;

/// Rounding of a few operations.
const ROUNDING: f64 = 1e-12;

fn settings(unit: Unit) -> ProductSettings {
    let mut settings = ProductSettings::new(unit);
    settings.min_count = 1;
    settings.min_confidence = 0.0;
    settings.min_lift = 0.0;
    settings
}

fn window() -> Result<Window, Box<dyn Error>> {
    Ok(Window::new("2024-01-01".parse()?, "2024-12-31".parse()?, Grain::Month)?)
}

/// Lines of customer, day, order and product; one unit for 10 each, a return if the quantity is negative.
fn lines(rows: &[(&str, &str, &str, &str, f64)]) -> Result<DataFrame, Box<dyn Error>> {
    Ok(df!(
        "who" => rows.iter().map(|row| row.0).collect::<Vec<_>>(),
        "day" => rows.iter().map(|row| row.1).collect::<Vec<_>>(),
        "order" => rows.iter().map(|row| row.2).collect::<Vec<_>>(),
        "what" => rows.iter().map(|row| row.3).collect::<Vec<_>>(),
        "units" => rows.iter().map(|row| row.4).collect::<Vec<_>>(),
        "net" => rows.iter().map(|row| 10.0 * row.4).collect::<Vec<_>>(),
    )?)
}

fn tables(rows: &[(&str, &str, &str, &str, f64)]) -> Result<Tables, Box<dyn Error>> {
    let columns = TransactionColumns::new("who", "day").order("order").product("what").quantity("units").amount("net");
    Ok(Tables::new(Transactions::from_frame(lines(rows)?, &columns)?))
}

fn number(section: &Section, table: &str, column: &str, row: usize) -> Result<Option<f64>, Box<dyn Error>> {
    let table = section.table(table).ok_or_else(|| format!("no table {table}"))?;
    Ok(table.frame.column(column)?.cast(&polars::prelude::DataType::Float64)?.f64()?.get(row))
}

fn word(section: &Section, table: &str, column: &str, row: usize) -> Result<Option<String>, Box<dyn Error>> {
    let table = section.table(table).ok_or_else(|| format!("no table {table}"))?;
    Ok(table.frame.column(column)?.cast(&polars::prelude::DataType::String)?.str()?.get(row).map(str::to_owned))
}

/// The row of the rule P1 → P2.
fn p1_to_p2(section: &Section) -> Result<usize, Box<dyn Error>> {
    let rules = &section.table("assoc_rule").ok_or("no rules")?.frame;
    let side = |name: &str, row: usize| -> Result<Option<String>, Box<dyn Error>> {
        let list = rules.column(name)?.list()?.get_as_series(row).ok_or("no list")?;
        Ok(list.str()?.get(0).map(str::to_owned))
    };
    for row in 0..rules.height() {
        if side("antecedent", row)?.as_deref() == Some("P1") && side("consequent", row)?.as_deref() == Some("P2") {
            return Ok(row);
        }
    }
    Err("no rule from P1 to P2".into())
}

#[test]
fn what_a_basket_is_turns_the_answer_round() -> Outcome {
    // Worked out by hand on the small company: orders O1 {P1, P2}, O2 {P1}, O3, O6, O7 {P2}, O4 {P1}, O10 {P3}; customers
    // C1 and C2 have both, C3 has P2, C6 has P3. One of three P1 in O4 came back, so the line stays.
    let tables = fixture::tables()?;
    let input = ProfileInput::new(&tables, fixture::year()?);
    for (unit, n, a, b, ab, confidence, lift) in
        [(Unit::Order, 7.0, 3.0, 4.0, 1.0, 1.0 / 3.0, 0.5833), (Unit::Customer, 4.0, 2.0, 3.0, 2.0, 1.0, 1.3333)]
    {
        let section = section(&input, &settings(unit))?;
        let row = p1_to_p2(&section)?;
        for (column, expected, tolerance) in [
            ("n", n, 0.0),
            ("n_a", a, 0.0),
            ("n_b", b, 0.0),
            ("n_ab", ab, 0.0),
            ("confidence", confidence, ROUNDING),
            ("lift", lift, 5e-5),
        ] {
            let found = number(&section, "assoc_rule", column, row)?.ok_or("null")?;
            assert!((found - expected).abs() <= tolerance, "{unit} {column}: {found} for {expected}");
        }
        assert_eq!(number(&section, "assoc_rule", "conviction", row)?.is_none(), unit == Unit::Customer);
    }
    Ok(())
}

#[test]
fn products_of_the_small_company_add_up() -> Outcome {
    let tables = fixture::tables()?;
    let input = ProfileInput::new(&tables, fixture::year()?);
    let section = section(&input, &settings(Unit::Order))?;
    let perf = &section.table("product_perf").ok_or("no table")?.frame;
    assert_eq!(perf.column("net_rev")?.f64()?.to_vec(), [Some(500.0), Some(250.0), Some(160.0)]);
    assert_eq!(perf.column("cm1")?.f64()?.to_vec(), [Some(200.0), Some(100.0), None]);
    assert_eq!(perf.column("buyers")?.i64()?.to_vec(), [Some(2), Some(3), Some(1)]);
    assert_eq!(perf.column("penetration")?.f64()?.to_vec(), [Some(0.5), Some(0.75), Some(0.25)]);
    assert_eq!(perf.column("attach")?.f64()?.to_vec(), [Some(1.0 / 3.0), Some(0.25), Some(0.0)]);
    // Σ products = net revenue of the year, 910.
    assert_eq!(perf.column("net_rev")?.f64()?.iter().flatten().sum::<f64>(), 910.0);
    // One of six units came back.
    assert_eq!(number(&section, "product_quality", "return_rate", 0)?, Some(1.0 / 6.0));
    let coverage = section.table("product_perf").and_then(|table| table.coverage).ok_or("no coverage")?;
    assert_eq!(coverage.revenue, (750.0, 910.0));
    Ok(())
}

#[test]
fn fully_returned_lines_are_in_no_basket() -> Outcome {
    // By reference: the small company with all three P1 of O4 sent back.
    let frame = df!(
        "line" => ["1", "2", "3"], "order" => ["A", "A", "R"], "who" => ["x", "x", "x"],
        "day" => ["2024-02-01", "2024-02-01", "2024-03-01"], "what" => ["P1", "P2", "P1"],
        "units" => [3.0, 1.0, -3.0], "net" => [30.0, 10.0, -30.0], "of" => [None, None, Some("1")],
    )?;
    let columns = TransactionColumns::new("who", "day").order("order").product("what").quantity("units").amount("net");
    let with_reference = columns.clone().line("line").ref_line("of");
    for columns in [with_reference, columns] {
        let tables = Tables::new(Transactions::from_frame(frame.clone(), &columns)?);
        let of = baskets(&ProfileInput::new(&tables, window()?), Unit::Order, Bundles::Keep)?;
        assert_eq!((of.baskets.len(), of.products.len()), (1, 1), "only P2 is left");
    }
    // Without reference, a product of which something was kept stays.
    let kept = tables(&[("x", "2024-02-01", "A", "P1", 3.0), ("x", "2024-03-01", "R", "P1", -2.0)])?;
    let of = baskets(&ProfileInput::new(&kept, window()?), Unit::Customer, Bundles::Keep)?;
    assert_eq!(of.baskets.len(), 1);
    Ok(())
}

#[test]
fn windows_of_a_customer_are_baskets_of_their_own() -> Outcome {
    let rows = [
        ("x", "2024-01-01", "A", "P1", 1.0),
        ("x", "2024-01-30", "B", "P2", 1.0),
        ("x", "2024-01-31", "C", "P3", 1.0),
        ("y", "2024-01-05", "D", "P1", 1.0),
    ];
    let tables = tables(&rows)?;
    let of = baskets(&ProfileInput::new(&tables, window()?), Unit::CustomerWindow { days: 30 }, Bundles::Keep)?;
    let sizes: Vec<usize> = of.baskets.iter().map(<[u32]>::len).collect();
    assert_eq!(sizes.iter().sum::<usize>(), 4);
    assert_eq!(of.baskets.len(), 3, "days 0 and 29 are one basket, day 30 is the next");
    Ok(())
}

#[test]
fn unknown_customers_are_not_one_customer() -> Outcome {
    let frame = df!(
        "who" => [None, None, Some("x")], "day" => ["2024-01-01"; 3], "order" => ["A", "B", "C"], "what" => ["P1", "P2", "P1"],
        "net" => [1.0, 1.0, 1.0],
    )?;
    let columns = TransactionColumns::new("who", "day").order("order").product("what").amount("net");
    let tables = Tables::new(Transactions::from_frame(frame, &columns)?);
    let input = ProfileInput::new(&tables, window()?);
    assert_eq!(baskets(&input, Unit::Customer, Bundles::Keep)?.baskets.len(), 1);
    assert_eq!(baskets(&input, Unit::Order, Bundles::Keep)?.baskets.len(), 3);
    Ok(())
}

#[test]
fn bundles_are_kept_or_count_as_what_they_are_bundles_of() -> Outcome {
    let rows = [
        ("x", "2024-01-01", "A", "SIX", 1.0),
        ("x", "2024-01-01", "A", "ONE", 1.0),
        ("y", "2024-01-01", "B", "SIX", 1.0),
        ("z", "2024-01-01", "C", "ONE", 1.0),
    ];
    let catalogue = df!("sku" => ["SIX", "ONE", "NEVER"], "of" => [Some("ONE"), None, None])?;
    let products = Products::scan(catalogue, &ProductColumns::new("sku").bundle_of("of"))?;
    let tables = tables(&rows)?.with_products(products);
    let input = ProfileInput::new(&tables, window()?);
    assert_eq!(baskets(&input, Unit::Order, Bundles::Expand)?.products.len(), 1);
    let mut settings = settings(Unit::Order);
    assert!(section(&input, &settings)?.table("assoc_rule").is_none(), "a bundle and its parts make no rule");
    settings.kits = Kits::Flag;
    let flagged = section(&input, &settings)?;
    assert_eq!(word(&flagged, "assoc_rule", "is_kit", 0)?.as_deref(), Some("true"));
    Ok(())
}

#[test]
fn a_product_never_sold_keeps_its_row_and_knows_no_rates() -> Outcome {
    let catalogue = df!("sku" => ["NEVER", "P1"], "cost" => [1.0, 4.0])?;
    let products = Products::scan(catalogue, &ProductColumns::new("sku").unit_cost("cost"))?;
    let tables = tables(&[("x", "2024-01-01", "A", "P1", 1.0)])?.with_products(products);
    let section = section(&ProfileInput::new(&tables, window()?), &settings(Unit::Order))?;
    assert_eq!(word(&section, "product_perf", "product_id", 0)?.as_deref(), Some("NEVER"));
    assert_eq!(number(&section, "product_perf", "net_rev", 0)?, Some(0.0));
    assert_eq!(number(&section, "product_perf", "cm1", 0)?, None);
    assert_eq!(number(&section, "product_perf", "attach", 0)?, None);
    assert_eq!(number(&section, "product_quality", "return_rate", 0)?, None);
    assert_eq!(number(&section, "product_perf", "cm1", 1)?, Some(6.0));
    Ok(())
}

#[test]
fn a_single_customer_and_kits_only_give_gaps_instead_of_rules_and_offers() -> Outcome {
    let rows = [("x", "2024-01-01", "A", "P1", 1.0), ("x", "2024-01-01", "A", "P2", 1.0)];
    let tables = tables(&rows)?;
    let section = section(&ProfileInput::new(&tables, window()?), &settings(Unit::Order))?;
    for gap in ["assoc_rule", "next_offer", "offer_evaluation", "theme_pareto", "acceptance_rate"] {
        assert!(section.gaps.iter().any(|found| found.analysis == gap), "{gap}: {:?}", section.gaps);
    }
    assert!(section.table("product_perf").is_some() && section.table("next_offer").is_none());
    Ok(())
}

#[test]
fn without_products_there_are_gaps_and_no_error() -> Outcome {
    let frame = df!("who" => ["x"], "day" => ["2024-01-01"], "net" => [1.0])?;
    let tables = Tables::new(Transactions::from_frame(frame, &TransactionColumns::new("who", "day").amount("net"))?);
    let section = section(&ProfileInput::new(&tables, window()?), &settings(Unit::Order))?;
    assert!(section.tables.is_empty() && section.findings.is_empty());
    assert!(section.gaps.iter().any(|gap| gap.analysis == "assoc_rule"));
    Ok(())
}

/// Forty customers who buy P1 first and P2 a month later, the last twenty of them at the end of the year.
fn followers() -> Vec<(String, String, String, &'static str, f64)> {
    let mut rows = Vec::new();
    for c in 0..40 {
        let (first, then) = if c < 20 { ("2024-03-01", "2024-04-01") } else { ("2024-06-01", "2024-11-15") };
        rows.push((format!("c{c:02}"), first.to_owned(), format!("A{c}"), "P1", 1.0));
        rows.push((format!("c{c:02}"), then.to_owned(), format!("B{c}"), "P2", 1.0));
    }
    for c in 40..50 {
        rows.push((format!("c{c:02}"), "2024-05-01".to_owned(), format!("A{c}"), "P1", 1.0));
    }
    for c in 50..120 {
        rows.push((format!("c{c:02}"), "2024-05-01".to_owned(), format!("A{c}"), "P3", 1.0));
    }
    rows
}

fn of_followers(reverse: bool, later: bool) -> Result<Section, Box<dyn Error>> {
    let mut rows = followers();
    if later {
        rows.push(("c45".into(), "2025-01-01".into(), "Z".into(), "P2", 1.0));
        rows.push(("c45".into(), "2025-01-01".into(), "Z".into(), "P9", 1.0));
    }
    if reverse {
        rows.reverse();
    }
    let rows: Vec<_> = rows.iter().map(|r| (r.0.as_str(), r.1.as_str(), r.2.as_str(), r.3, r.4)).collect();
    let catalogue = df!("sku" => ["P1", "P2", "P3"], "cost" => [4.0, 4.0, 4.0], "title" => ["Pan", "Lid", "Mug"])?;
    let products = Products::scan(catalogue, &ProductColumns::new("sku").unit_cost("cost").name("title"))?;
    let tables = tables(&rows)?.with_products(products);
    let section = section(&ProfileInput::new(&tables, window()?), &settings(Unit::Customer))?;
    crate::profile::words::are_sentences(&section);
    Ok(section)
}

#[test]
fn those_who_lack_what_follows_are_offered_it() -> Outcome {
    let section = of_followers(false, false)?;
    let offers = section.table("next_offer").ok_or("no offers")?;
    assert_eq!(word(&section, "next_offer", "customer_id", 0)?.as_deref(), Some("c40"));
    assert_eq!(word(&section, "next_offer", "product_id", 0)?.as_deref(), Some("P2"));
    assert_eq!(offers.frame.height(), 10, "ten customers have P1 and not P2");
    // The cut is 2024-10-01: of 30 customers with P1 alone, 20 bought P2 by the end of the year.
    let p = number(&section, "next_offer", "p", 0)?.ok_or("null")?;
    assert!((p - 20.0 / 30.0).abs() < ROUNDING, "{p}");
    assert!((number(&section, "next_offer", "exp_margin", 0)?.ok_or("null")? - 6.0 * p).abs() < ROUNDING);
    // All twenty who bought something new would have been offered it. Popularity would have offered P3 and then P2 to them.
    assert_eq!(word(&section, "offer_evaluation", "source", 1)?.as_deref(), Some("rule"));
    assert_eq!(number(&section, "offer_evaluation", "map_at_k", 1)?, Some(1.0));
    assert_eq!(number(&section, "offer_evaluation", "hit_at_k", 0)?, Some(1.0));
    assert_eq!(number(&section, "offer_evaluation", "map_at_k", 0)?, Some(0.5));
    assert_eq!(number(&section, "offer_evaluation", "vs_popularity", 1)?, Some(2.0));
    assert!(section.findings.iter().any(|finding| finding.headline.contains("Pan")), "{:?}", section.findings);
    Ok(())
}

#[test]
fn neither_the_order_of_rows_nor_the_future_changes_anything() -> Outcome {
    let one = of_followers(false, false)?;
    for other in [of_followers(true, false)?, of_followers(false, true)?] {
        assert_eq!(one.findings, other.findings);
        assert_eq!(one.gaps, other.gaps);
        assert_eq!(one.tables.len(), other.tables.len());
        for (left, right) in one.tables.iter().zip(&other.tables) {
            assert!(left.frame.equals_missing(&right.frame), "{}: {:?} {:?}", left.name, left.frame, right.frame);
        }
    }
    Ok(())
}

fn tickets(warranty: bool) -> Result<Tickets, Box<dyn Error>> {
    let frame = df!(
        "who" => ["a", "a", "b", "c", "a"],
        "from" => ["2024-02-01", "2024-03-01", "2024-03-01", "2024-04-01", "2025-02-01"],
        "about" => ["leak", "leak", "leak", "invoice", "leak"],
        "kind" => ["Defect", "Defect", "Defect", "Other", "Defect"],
        "what" => ["P1", "P1", "P1", "P2", "P1"],
        "cost" => [Some(5.0), None, Some(7.5), None, Some(100.0)],
    )?;
    let mut columns = TicketColumns::new("who", "from").theme("about").category("kind").product("what");
    if warranty {
        columns = columns.warranty_cost("cost");
    }
    Ok(Tickets::scan(frame, &columns)?)
}

#[test]
fn a_customer_with_two_tickets_is_at_risk_once() -> Outcome {
    let tables = tables(&[("a", "2024-01-01", "A", "P1", 400.0), ("b", "2024-01-01", "B", "P2", 100.0)])?
        .with_tickets(tickets(true)?);
    let scores = CustomerScores::new(df!(
        "customer_id" => ["a", "b", "c"],
        "ltv_total" => [Some(100.0), Some(50.0), None],
    )?)?;
    let input = ProfileInput::new(&tables, window()?).with_scores(&scores);
    let section = section(&input, &settings(Unit::Order))?;
    assert_eq!(word(&section, "theme_pareto", "theme", 0)?.as_deref(), Some("leak"));
    assert_eq!(number(&section, "theme_pareto", "tickets", 0)?, Some(3.0), "the one of next year is not known yet");
    assert_eq!(number(&section, "theme_pareto", "customers", 0)?, Some(2.0));
    assert_eq!(number(&section, "theme_pareto", "value_at_risk", 0)?, Some(150.0));
    assert_eq!(number(&section, "theme_pareto", "value_at_risk", 1)?, None, "unknown is not 0");
    assert_eq!(number(&section, "theme_pareto", "cum_share", 1)?, Some(1.0));
    // Three defects of 400 units, and a warranty that is known for two of them.
    assert_eq!(number(&section, "product_quality", "defects_per_1000", 0)?, Some(7.5));
    assert_eq!(number(&section, "product_quality", "warranty_cost", 0)?, Some(12.5));
    assert_eq!(number(&section, "product_quality", "defects_per_1000", 1)?, Some(0.0));
    let without = ProfileInput::new(&tables, window()?);
    let section = super::section(&without, &settings(Unit::Order))?;
    assert_eq!(number(&section, "theme_pareto", "value_at_risk", 0)?, None);
    assert_eq!(number(&section, "theme_pareto", "cum_share", 0)?, Some(0.75));
    Ok(())
}

#[test]
fn ids_of_different_types_are_refused() -> Outcome {
    let catalogue = df!("sku" => [1_i64])?;
    let products = Products::scan(catalogue, &ProductColumns::new("sku"))?;
    let tables = tables(&[("a", "2024-01-01", "A", "P1", 1.0)])?.with_products(products);
    let found = section(&ProfileInput::new(&tables, window()?), &settings(Unit::Order)).map(|_| ());
    assert!(matches!(found, Err(ProfileError::IdTypes { column: "product_id", .. })), "{found:?}");
    Ok(())
}

#[test]
fn whole_numbers_as_ids_stay_whole_numbers() -> Outcome {
    let frame =
        df!("who" => [7_i64, 7, 8], "day" => ["2024-01-01"; 3], "what" => [10_i64, 20, 20], "net" => [1.0, 1.0, 1.0])?;
    let columns = TransactionColumns::new("who", "day").product("what").amount("net");
    let tables = Tables::new(Transactions::from_frame(frame, &columns)?);
    let section = section(&ProfileInput::new(&tables, window()?), &settings(Unit::Customer))?;
    let perf = &section.table("product_perf").ok_or("no table")?.frame;
    assert_eq!(perf.column("product_id")?.i64()?.to_vec(), [Some(10), Some(20)]);
    assert!(section.gaps.iter().any(|gap| gap.analysis == "product_quality"), "no quantities, no rates of units");
    Ok(())
}

#[test]
fn supply_is_judged_by_promises_due_and_by_shelves() -> Outcome {
    let tables = tables(&[
        ("a", "2024-03-01", "A", "P1", 10.0),
        ("b", "2024-03-02", "B", "P1", 10.0),
        ("c", "2024-03-03", "C", "P2", 1.0),
    ])?;
    let frame = df!(
        "order" => ["A", "B", "C", "C"],
        "what" => ["P1", "P1", "P2", "P2"],
        "by" => ["2024-03-10", "2024-03-10", "2024-12-30", "2025-01-10"],
        // B comes late; C comes after the last day, and so has not come; the second of C is not due.
        "came" => [Some("2024-03-05"), Some("2024-03-12"), Some("2025-01-02"), None],
        "wanted" => [10.0, 10.0, 1.0, 5.0],
        "first" => [Some(10.0), Some(5.0), Some(1.0), None],
    )?;
    let columns = DeliveryColumns::new("order", "by")
        .product("what")
        .delivered("came")
        .quantity_ordered("wanted")
        .quantity_first_shipped("first");
    let stock = df!(
        "what" => ["P1", "P1", "P1"],
        "day" => ["2024-01-01", "2024-07-01", "2024-07-11"],
        "left" => [5.0, 0.0, 9.0],
    )?;
    let tables = tables
        .with_deliveries(Deliveries::scan(frame, &columns)?)
        .with_stock(Stock::scan(stock, &StockColumns::new("what", "day", "left"))?);
    let section = section(&ProfileInput::new(&tables, window()?), &settings(Unit::Order))?;
    for (column, p1, p2) in [
        ("fill_rate", Some(0.75), Some(1.0)),
        ("otif", Some(0.5), Some(0.0)),
        ("lead_time_mean", Some(7.0), None),
        ("lead_time_p95", Some(9.7), None),
        ("stockout", Some(10.0), None),
        ("lost_sales", Some(200.0 / 356.0 * 10.0), None),
        ("n", Some(2.0), Some(1.0)),
    ] {
        for (row, expected) in [(0, p1), (1, p2)] {
            let found = number(&section, "supply_kpi", column, row)?;
            let same = match (found, expected) {
                (Some(found), Some(expected)) => (found - expected).abs() < ROUNDING,
                (None, None) => true,
                _ => false,
            };
            assert!(same, "{column} of row {row}: {found:?} for {expected:?}");
        }
    }
    crate::profile::words::are_sentences(&section);
    assert!(section.findings.iter().any(|finding| finding.headline.contains("ran out of stock")));
    assert!(section.table("bullwhip").is_some(), "{:?}", section.gaps);
    Ok(())
}

#[test]
fn a_bad_batch_stands_out_and_a_small_one_does_not() -> Outcome {
    // 1000 units of each of three batches, and one unit of a fourth; batch 3 comes back six times as often.
    let mut rows: Vec<(String, f64)> = Vec::new();
    for (batch, sold, back) in [("L1", 1000, 10), ("L2", 1000, 10), ("L3", 1000, 60), ("L4", 1, 1)] {
        rows.push((batch.to_owned(), f64::from(sold)));
        rows.push((batch.to_owned(), -f64::from(back)));
    }
    let units: Vec<f64> = rows.iter().map(|row| row.1).collect();
    let mut frame = df!(
        "who" => vec!["a"; rows.len()], "day" => vec!["2024-05-01"; rows.len()], "what" => vec!["P1"; rows.len()],
        "lot" => rows.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), "units" => units.clone(),
    )?;
    frame.with_column(Series::new("net".into(), units).into())?;
    let columns = TransactionColumns::new("who", "day").product("what").quantity("units").amount("net").batch("lot");
    let catalogue = df!("sku" => ["P1"], "from" => ["S1"], "colour" => ["red"])?;
    let products = Products::scan(catalogue, &ProductColumns::new("sku").supplier("from").attribute("colour"))?;
    let tables = Tables::new(Transactions::from_frame(frame, &columns)?).with_products(products);
    let section = section(&ProfileInput::new(&tables, window()?), &settings(Unit::Order))?;
    let signals: Vec<Option<String>> =
        (0..5).map(|row| word(&section, "quality_by_source", "returns_signal", row)).collect::<Result<_, _>>()?;
    assert_eq!(signals[2].as_deref(), Some("above"));
    assert_eq!(signals[0].as_deref(), Some("below"));
    assert_eq!(signals[3], None, "one of one is too few to tell");
    assert_eq!(word(&section, "quality_by_source", "group", 4)?.as_deref(), Some("supplier"));
    crate::profile::words::are_sentences(&section);
    assert!(section.findings.iter().any(|finding| finding.headline.contains("batch L3")), "{:?}", section.findings);
    assert_eq!(word(&section, "design_preference", "attribute", 0)?.as_deref(), Some("colour"));
    Ok(())
}

#[test]
fn demand_is_counted_from_the_first_whole_month_of_sale() -> Outcome {
    // Sold since February: 2 in each of March to December, so that demand since March does not vary.
    let days: Vec<String> = (2..=12).map(|month| format!("2024-{month:02}-15")).collect();
    let rows: Vec<_> = days.iter().map(|day| ("x", day.as_str(), day.as_str(), "P1", 2.0)).collect();
    let section = section(&ProfileInput::new(&tables(&rows)?, window()?), &settings(Unit::Order))?;
    assert_eq!(number(&section, "product_perf", "demand_cv", 0)?, Some(0.0));
    assert_eq!(word(&section, "product_perf", "abc_xyz", 0)?.as_deref(), Some("AX"));
    Ok(())
}
