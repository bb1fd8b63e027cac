use std::collections::HashSet;
use std::error::Error;

use emptor_table::polars::df;
use emptor_table::polars::prelude::{ChunkAgg, DataFrame, NamedFrom, Series};
use emptor_table::{CustomerColumns, Customers, LineKind, Tables, TransactionColumns, Transactions};
use proptest::prelude::*;

use super::*;
use crate::period::Grain;
use crate::profile::{CustomerScores, ProfileError, ProfileInput, Window, fixture};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Money adds up to the cent of a millionth; doubles of a few thousand have that many digits.
const MONEY: f64 = 1e-9;

fn near(found: Option<f64>, expected: f64) -> bool {
    found.is_some_and(|found| (found - expected).abs() < MONEY)
}

#[test]
fn the_year_of_the_small_company_by_category() -> Outcome {
    // Worked out by hand: A 500, B 250, C 160, total 910, gross 1010, return rate 9.901 %.
    let tables = fixture::tables()?;
    let input = ProfileInput::new(&tables, fixture::year()?);
    let cube = CubeQuery::new([Dimension::Category]).measures(Measure::ALL);
    assert!(matches!(cube.run(&input), Err(ProfileError::Invalid(_))), "an active base needs periods");
    let cube = CubeQuery::new([Dimension::Category, Dimension::Period(Grain::Quarter)])
        .measures(Measure::ALL)
        .totals(Totals::All)
        .run(&input)?;
    for (category, net) in [("A", 500.0), ("B", 250.0), ("C", 160.0)] {
        assert!(near(cube.value(&[(Dimension::Category, category)], Measure::NetRevenue), net), "{category}");
    }
    let total = |measure| cube.value(&[], measure);
    assert!(near(total(Measure::NetRevenue), 910.0) && near(total(Measure::GrossSales), 1010.0));
    assert!(near(total(Measure::Returns), 100.0) && near(total(Measure::ReturnRate), 100.0 / 1010.0));
    assert_eq!((total(Measure::Customers), total(Measure::Orders)), (Some(4.0), Some(7.0)));
    // Known cost: 450 of the goods that brought 750, of 850 before the return of 100.
    assert!(near(total(Measure::Cm1), 300.0) && near(total(Measure::CostCoverage), 850.0 / 1010.0));
    assert!(near(total(Measure::Units), 12.0) && near(total(Measure::Aov), 130.0));
    assert!(near(total(Measure::Asp), 910.0 / 12.0) && near(total(Measure::Upt), 12.0 / 7.0));
    assert!(near(total(Measure::RevenuePerCustomer), 227.5));
    assert_eq!((total(Measure::ListRevenue), total(Measure::Discount)), (None, None), "nobody says list prices");
    assert_eq!(cube.value(&[(Dimension::Category, "C")], Measure::Cm1), None, "the cost of P3 is not known");
    // Active by quarter 2, 1, 2, 2: the base of the year is that of its last quarter.
    let quarters = cube.level(&[Dimension::Period(Grain::Quarter)]);
    assert_eq!(quarters.iter().map(|row| row.cell.customers).collect::<Vec<_>>(), [2, 1, 2, 2]);
    assert_eq!(total(Measure::ActiveBase), Some(2.0));
    let table = cube.to_frame()?;
    assert_eq!(table.width(), cube.columns().len());
    assert_eq!(table.column("category")?.str()?.get(0), Some(TOTAL));
    assert_eq!(table.column("period_start")?.null_count(), 1 + 3, "the total and three categories");
    Ok(())
}

/// Lines with holes in every column, as rows of (customer, order, channel, place, day, amount, kind).
type Raw = (Option<u8>, u8, Option<u8>, Option<u8>, i32, i32, bool);

fn raw() -> impl Strategy<Value = Vec<Raw>> {
    let line = (
        proptest::option::weighted(0.8, 0_u8..6),
        0_u8..12,
        proptest::option::weighted(0.8, 0_u8..3),
        proptest::option::weighted(0.8, 0_u8..3),
        0_i32..120,
        -500_i32..2000,
        any::<bool>(),
    );
    proptest::collection::vec(line, 1..60)
}

fn frame(lines: &[Raw]) -> Outcome<DataFrame> {
    let name = |prefix: &str, number: Option<u8>| number.map(|number| format!("{prefix}{number}"));
    let texts = |of: &dyn Fn(&Raw) -> Option<String>| lines.iter().map(of).collect::<Vec<_>>();
    let day = |line: &Raw| -> Outcome<String> {
        Ok("2024-01-01".parse::<emptor_types::Date>()?.plus_days(line.4).to_string())
    };
    let days = lines.iter().map(day).collect::<Outcome<Vec<_>>>()?;
    Ok(df!(
        "customer" => texts(&|line| name("c", line.0)),
        "order" => texts(&|line| name("o", Some(line.1))),
        "channel" => texts(&|line| name("ch", line.2)),
        "place" => texts(&|line| name("p", line.3)),
        "day" => days,
        "net" => lines.iter().map(|line| f64::from(line.5) / 100.0).collect::<Vec<_>>(),
        "type" => lines.iter().map(|line| if line.6 && line.5 > 1500 { "fee" } else if line.5 < 0 { "return" } else { "sale" }).collect::<Vec<_>>(),
    )?)
}

fn company(lines: &[Raw]) -> Outcome<Tables> {
    let columns = TransactionColumns::new("customer", "day")
        .amount("net")
        .order("order")
        .channel("channel")
        .place("place")
        .line_type("type");
    let region = df!("id" => ["c0", "c1", "c2", "c3"], "region" => [Some("N"), Some("S"), Some("N"), None])?;
    Ok(Tables::new(Transactions::from_frame(frame(lines)?, &columns)?)
        .with_customers(Customers::scan(region, &CustomerColumns::new("id").region("region"))?))
}

const DIMENSIONS: [Dimension; 4] =
    [Dimension::Channel, Dimension::Place, Dimension::Region, Dimension::Period(Grain::Month)];

fn member(line: &Raw, dimension: Dimension) -> Outcome<String> {
    let or = |name: Option<String>| name.unwrap_or_else(|| UNKNOWN.to_owned());
    Ok(match dimension {
        Dimension::Channel => or(line.2.map(|n| format!("ch{n}"))),
        Dimension::Place => or(line.3.map(|n| format!("p{n}"))),
        Dimension::Region => match line.0 {
            None => ANONYMOUS.to_owned(),
            Some(0 | 2) => "N".to_owned(),
            Some(1) => "S".to_owned(),
            Some(_) => UNKNOWN.to_owned(),
        },
        _ => Grain::Month.start("2024-01-01".parse::<emptor_types::Date>()?.plus_days(line.4))?.to_string(),
    })
}

fn check(lines: &[Raw]) -> Outcome {
    let tables = match company(lines) {
        Ok(tables) => tables,
        // The door refuses tables without a single customer.
        Err(_) if lines.iter().all(|line| line.0.is_none()) => return Ok(()),
        Err(error) => return Err(error),
    };
    let window = Window::new("2024-01-01".parse()?, "2024-04-15".parse()?, Grain::Month)?;
    let input = ProfileInput::new(&tables, window);
    let seen: Vec<&Raw> = lines.iter().filter(|line| line.4 <= 105).collect();
    let cube = CubeQuery::new(DIMENSIONS).totals(Totals::All).run(&input)?;
    let total: i64 = seen.iter().map(|line| i64::from(line.5)).sum();
    for bits in 0..16_usize {
        let kept: Vec<Dimension> = (0..4).filter(|i| bits >> i & 1 == 1).map(|i| DIMENSIONS[i]).collect();
        let rows = cube.level(&kept);
        let mut sum = 0.0;
        for row in &rows {
            let mut own = Vec::new();
            for line in &seen {
                let mut inside = true;
                for (dimension, name) in DIMENSIONS.iter().zip(&row.members) {
                    inside &= name.is_none() || name.as_ref() == Some(&member(line, *dimension)?);
                }
                if inside {
                    own.push(**line);
                }
            }
            let sales: Vec<&Raw> = own.iter().filter(|line| line.5 > 0 && !(line.6 && line.5 > 1500)).collect();
            let customers: HashSet<u8> = sales.iter().filter_map(|line| line.0).collect();
            let orders: HashSet<u8> = sales.iter().map(|line| line.1).collect();
            let net = own.iter().map(|line| i64::from(line.5)).sum::<i64>() as f64 / 100.0;
            sum += net;
            assert!(near(Measure::NetRevenue.of(&row.cell), net), "{row:?}");
            assert_eq!((row.cell.customers, row.cell.orders), (customers.len(), orders.len()), "{row:?}");
        }
        assert!((sum - total as f64 / 100.0).abs() < MONEY, "cells of {kept:?} add up to the total");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_level_is_what_a_loop_over_its_lines_finds(lines in raw()) {
        if let Err(error) = check(&lines) {
            prop_assert!(false, "{}", error);
        }
    }

    #[test]
    fn neither_the_order_of_rows_nor_later_rows_change_anything(lines in raw(), by in 1_usize..50) {
        let table = |lines: &[Raw]| -> Outcome<DataFrame> {
            let tables = company(lines)?;
            let window = Window::new("2024-01-01".parse()?, "2024-03-31".parse()?, Grain::Month)?;
            Ok(CubeQuery::new(DIMENSIONS).totals(Totals::All).run(&ProfileInput::new(&tables, window))?.to_frame()?)
        };
        let mut lines = lines;
        // A customer and a day in the window, so that the table stands at the door.
        lines.push((Some(0), 0, None, None, 0, 100, false));
        let mut moved: Vec<Raw> = lines.iter().filter(|line| line.4 <= 90).copied().collect();
        let by = by % moved.len();
        moved.rotate_left(by);
        moved.push((Some(5), 11, Some(2), Some(2), 119, 1999, false));
        match (table(&lines), table(&moved)) {
            (Ok(one), Ok(other)) => prop_assert!(one.equals_missing(&other)),
            (one, other) => prop_assert!(false, "{:?} {:?}", one.err(), other.err()),
        }
    }
}

#[test]
fn slice_dice_and_drill_through_agree() -> Outcome {
    let tables = fixture::tables()?;
    let scores = CustomerScores::new(DataFrame::new(
        2,
        vec![
            Series::new("customer_id".into(), ["C1", "C2"]).into(),
            Series::new("segment".into(), ["loyal", "new"]).into(),
        ],
    )?)?;
    let input = ProfileInput::new(&tables, fixture::year()?).with_scores(&scores);
    let query = CubeQuery::new([Dimension::Category, Dimension::Segment]).totals(Totals::All);
    let cube = query.run(&input)?;
    let cell = [(Dimension::Category, "A"), (Dimension::Segment, "new")];
    assert!(near(cube.value(&cell, Measure::NetRevenue), 200.0), "300 less the return of 100");
    let lines = query.drill_through(&input, &cell, 10)?;
    assert_eq!(lines.height(), 2);
    assert_eq!(lines.column("amount")?.f64()?.sum(), Some(200.0));
    // C3 and C6 have no segment.
    let unknown = [(Dimension::Segment, UNKNOWN)];
    assert!(near(cube.value(&unknown, Measure::NetRevenue), 210.0));
    assert_eq!(query.drill_through(&input, &unknown, 10)?.column("amount")?.f64()?.sum(), Some(210.0));
    let sliced = query.clone().slice(Dimension::Segment, "new").run(&input)?;
    assert_eq!(sliced.dimensions(), [Dimension::Category]);
    assert!(near(sliced.value(&[], Measure::NetRevenue), 300.0));
    let diced = query.clone().dice(Dimension::Category, ["A", "C"]).run(&input)?;
    assert!(near(diced.value(&[], Measure::NetRevenue), 660.0));
    let spring = CubeQuery::new([Dimension::Product, Dimension::Period(Grain::Quarter)]);
    let lines = spring.drill_through(&input, &[(Dimension::Period(Grain::Quarter), "2024-04-01")], 10)?;
    assert_eq!(lines.column("amount")?.f64()?.sum(), Some(100.0), "L3 and L6");
    Ok(())
}

#[test]
fn what_the_tables_do_not_have_is_named() -> Outcome {
    let tables = fixture::tables()?;
    let input = ProfileInput::new(&tables, fixture::year()?);
    let said = |query: CubeQuery| query.run(&input).map(|_| ()).err().map(|error| error.to_string()).ok_or("accepted");
    assert!(said(CubeQuery::new([Dimension::Brand]))?.contains("products.brand"));
    assert!(said(CubeQuery::new([Dimension::Grade]))?.contains("scores.grade"));
    let twice = said(CubeQuery::new([
        Dimension::Category,
        Dimension::Category,
        Dimension::Period(Grain::Month),
        Dimension::Period(Grain::Year),
    ]))?;
    assert!(twice.contains("must not repeat") && twice.contains("one grain of time"), "{twice}");
    Ok(())
}

#[test]
fn customers_of_another_type_are_refused() -> Outcome {
    let lines = df!("id" => [1_i64], "day" => ["2024-01-01"], "net" => [5.0])?;
    let people = df!("id" => ["x1"], "region" => ["N"])?;
    let tables = Tables::new(Transactions::from_frame(lines, &TransactionColumns::new("id", "day").amount("net"))?)
        .with_customers(Customers::scan(people, &CustomerColumns::new("id").region("region"))?);
    let error = CubeQuery::new([Dimension::Region]).run(&ProfileInput::new(&tables, fixture::year()?));
    assert!(matches!(error, Err(ProfileError::IdTypes { .. })));
    Ok(())
}

#[test]
fn free_goods_returns_and_credits_are_no_purchases() {
    let line = |kind, amount| Line {
        kind,
        amount,
        quantity: Some(1.0),
        cost: None,
        list: None,
        source: None,
        customer: Some(1),
        order: Some(1),
    };
    let mut cells = Cells::new(0);
    for (kind, amount) in [(LineKind::Free, 0.0), (LineKind::Return, -5.0), (LineKind::Charge, 2.0)] {
        cells.add(&[], &line(kind, amount));
    }
    let cells = cells.finish();
    let cell = cells.get(&[]).copied().unwrap_or_default();
    assert_eq!((cell.customers, cell.orders), (0, 0));
    assert_eq!(Measure::NetRevenue.of(&cell), Some(-3.0));
    assert_eq!(Measure::Cm1.of(&cell), None, "a fee has no cost, but says nothing of the goods");
    assert_eq!(Measure::Aov.of(&cell), None);
}
