use std::error::Error;
use std::path::PathBuf;

use super::*;
use crate::input::Input;

type Outcome = Result<(), Box<dyn Error>>;

fn check(text: &str) -> Result<Check, TableError> {
    Input::bytes("file", text.as_bytes().to_vec()).open()?.check(&Hints::default())
}

fn says(check: &Check, part: &str) -> bool {
    check.to_string().contains(part)
}

#[test]
fn a_clean_file_is_called_clean_and_returns_are_counted() -> Outcome {
    let check =
        check("order_id,customer_id,date,amount\n1,A,2024-01-05,5.50\n1,A,2024-01-05,1.25\n2,B,2024-01-06,-2.00\n")?;
    assert!(check.is_clean(), "{check}");
    assert_eq!(check.quality.as_ref().and_then(|q| q.fact("returns")).map(|f| f.rows), Some(1));
    assert_eq!(
        check.days.map(|(first, last)| (first.to_string(), last.to_string())),
        Some(("2024-01-05".to_owned(), "2024-01-06".to_owned()))
    );
    Ok(())
}

#[test]
fn every_mistake_has_its_rows_and_its_flag() -> Outcome {
    let mut text = "order_id,customer_id,order_dt,amount\n".to_owned();
    for i in 0..88 {
        text += &format!("{i},{},12/{:02}/2024,5.50\n", i % 7, i % 28 + 1);
    }
    for i in 88..100 {
        text += &format!("{i},{},31/12/2024,5.50\n", i % 7);
    }
    text += "100,1,12/01/2024,abc\n";
    text += "101,1,12/02/2024,5.50\n101,1,12/02/2024,5.50\n";
    let check = check(&text)?;
    assert!(says(&check, "11.7 % values like 31/12/2024, which %m/%d/%Y does not read"), "{check}");
    assert!(says(&check, "--date-format %d/%m/%Y"), "{check}");
    assert!(says(&check, "abc"), "{check}");
    assert_eq!(check.repeated, Some(1));
    assert!(says(&check, "row 103"), "{check}");
    assert!(!check.is_clean());
    let tables = check.tables()?;
    assert_eq!(tables.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["columns", "roles", "findings"]);
    assert!(tables.iter().all(|(_, table)| table.height() > 0));
    Ok(())
}

#[test]
fn ids_that_became_fractions_are_integers_again() -> Outcome {
    let check = check("customer_id,date,amount\n12.0,2024-01-05,5.5\n,2024-01-05,5.5\n17850.0,2024-01-06,5.5\n")?;
    assert!(says(&check, "2 whole numbers with .0 behind"), "{check}");
    Ok(())
}

#[test]
fn mixed_currencies_zeros_in_front_and_words_for_nothing_are_told() -> Outcome {
    let check = check(
        "customer_id,date,amount,currency,place\n007,2024-01-05,5.5,EUR,NULL\n008,2024-01-05,5.5,USD,x\n007,2024-01-06,5.5,EUR,x\n",
    )?;
    assert!(says(&check, "EUR (2), USD (1)") && says(&check, "zeros in front") && says(&check, "NULL"), "{check}");
    assert_eq!((check.currency.clone(), check.quality.is_none()), (None, true));
    let signs = self::check("customer_id,date,amount\nA,2024-01-05,€5.50\nB,2024-01-05,$7.25\n")?;
    assert!(says(&signs, "mixes currencies"), "{signs}");
    Ok(())
}

#[test]
fn a_file_that_holds_no_purchases_says_what_it_holds() -> Outcome {
    let rows: String = (0..30).map(|i| format!("C{i},{}.5,2024-01-05\n", i * 10)).collect();
    let check = check(&format!("customer_id,total_amount,last_seen\n{rows}"))?;
    assert!(says(&check, "one row per customer") && !check.is_clean(), "{check}");
    assert!(says(&self::check("customer_id,date,amount\n")?, "no rows"));
    assert!(says(&self::check("name\nA\nB\n")?, "no order lines"));
    Ok(())
}

/// Counts of the file as its publisher's page and the data themselves have them: 541,909 rows, 135,080 without a
/// customer, 5,268 repeated, 10,624 with a negative quantity of which 9,288 on cancellations.
#[test]
fn online_retail_is_checked_whole() -> Outcome {
    let Some(folder) = std::env::var_os("EMPTOR_DATASETS") else {
        eprintln!("EMPTOR_DATASETS is not set: Online Retail is not read");
        return Ok(());
    };
    let path = PathBuf::from(folder).join("online_retail/online_retail_year_2010_2011.parquet");
    let check = Input::new(path).open()?.check(&Hints::default())?;
    assert_eq!((check.rows, check.repeated), (541_909, Some(5_268)));
    let nulls = |name: &str| check.columns.iter().find(|c| c.name == name).map(|c| c.nulls);
    assert_eq!((nulls("CustomerID"), nulls("Description")), (Some(135_080), Some(1_454)));
    let fact = |name: &str| check.quality.as_ref().and_then(|q| q.fact(name)).map(|f| f.rows);
    assert_eq!(fact("cancellation documents"), Some(9_288));
    assert_eq!(
        check.days.map(|(first, last)| (first.to_string(), last.to_string())),
        Some(("2010-12-01".to_owned(), "2011-12-09".to_owned()))
    );
    println!("{check}");
    Ok(())
}

#[test]
fn a_pipeline_says_that_it_is_one() -> Outcome {
    let Some(folder) = std::env::var_os("EMPTOR_DATASETS") else {
        eprintln!("EMPTOR_DATASETS is not set: the pipeline is not read");
        return Ok(());
    };
    let path = PathBuf::from(folder).join("crm_sales_opportunities/sales_pipeline.csv");
    let check = Input::new(path).open()?.check(&Hints::default())?;
    assert!(says(&check, "this is a pipeline of opportunities, not order lines"), "{check}");
    Ok(())
}
