//! Good tables that cannot carry an analysis, and settings out of range.

use emptor::polars::df;
use emptor::prelude::*;

use crate::real_data::date;

fn analysis() -> Analysis {
    let convention = LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(0.12).unwrap())
        .horizon(Horizon::months(12.0).unwrap())
        .period(TimeUnit::Month)
        .timing(Timing::Middle)
        .build()
        .unwrap();
    Analysis::builder().as_of(date("2024-12-31")).convention(convention).unit(TimeUnit::Week).build().unwrap()
}

fn run(rows: &[(i64, &str, f64)]) -> String {
    let frame = df!(
        "id" => rows.iter().map(|r| r.0).collect::<Vec<_>>(),
        "day" => rows.iter().map(|r| r.1).collect::<Vec<_>>(),
        "net" => rows.iter().map(|r| r.2).collect::<Vec<_>>(),
    );
    let columns = TransactionColumns::new("id", "day").amount("net");
    let transactions = Transactions::from_frame(frame.unwrap(), &columns).unwrap();
    match analysis().run(&Tables::new(transactions)) {
        Ok(_) => panic!("the analysis ran"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn bases_that_cannot_carry_a_model_say_why() {
    let cases = [
        ("all returns", vec![(1, "2024-01-01", -5.0), (2, "2024-01-02", -5.0)], "no line is a purchase"),
        ("nothing yet", vec![(1, "2025-01-01", 5.0)], "no customer has a purchase on or before 2024-12-31"),
        ("no repeat customer", vec![(1, "2024-01-01", 5.0), (2, "2024-01-02", 5.0)], "none of the 2 has one"),
        ("one customer", vec![(1, "2024-01-01", 5.0), (1, "2024-02-01", 5.0), (1, "2024-03-01", 5.0)], "model"),
    ];
    for (name, rows, needle) in cases {
        let error = run(&rows).to_lowercase();
        assert!(error.contains(needle), "{name}: {error}");
    }
}

#[test]
fn settings_out_of_range_are_refused_all_at_once() {
    let error = Analysis::builder()
        .grades(1)
        .starts(0)
        .margin(Margin::Rate(35.0))
        .penalty(-1.0)
        .purchase_model(PurchaseModelChoice::best_of([]))
        .build()
        .unwrap_err();
    let text = error.to_string();
    for needle in ["purchase model", "as_of", "convention", "unit", "margin rate", "grades", "starts", "penalty"] {
        assert!(text.contains(needle), "{text}");
    }
    let text = LifetimeValue::builder().build().unwrap_err().to_string();
    for needle in ["rate", "horizon", "period", "timing"] {
        assert!(text.contains(needle), "{text}");
    }
    assert!(DiscountRate::annual_effective(-1.0).is_err());
    assert!("36".parse::<Horizon>().is_err());
}

#[test]
fn supplied_profits_of_a_wrong_shape_are_refused() {
    assert!(CurrentProfit::panel(3, vec![1.0, 2.0]).is_err());
    assert!(CurrentProfit::panel(0, vec![]).is_err());
    let error = CurrentProfit::level(vec![1.0, f64::NAN]).unwrap_err().to_string();
    assert!(error.contains("current profit must be finite") && error.contains("row 1"), "{error}");
    let two = CurrentProfit::level(vec![1.0, 2.0]).unwrap();
    let error = ProfitStreams::new(two.clone()).with_potential(PotentialProfit::level(vec![1.0]).unwrap()).unwrap_err();
    assert!(error.to_string().contains("same 2 customers"), "{error}");
    assert!(ProfitStreams::new(two.clone()).with_lives(vec![1.0, -1.0]).is_err());
    assert!(ProfitStreams::new(two).with_survival(Survival::panel(1, vec![0.5]).unwrap()).is_err());
    assert!(Survival::curve(vec![0.5, 0.6]).is_err(), "survival rises");
    assert!(Survival::curve(vec![1.5]).is_err());

    let spec = LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(0.1).unwrap())
        .horizon(Horizon::years(3.0).unwrap())
        .period(TimeUnit::Year)
        .timing(Timing::End)
        .build()
        .unwrap();
    let short = ProfitStreams::new(CurrentProfit::panel(2, vec![1.0, 2.0]).unwrap());
    let error = spec.compute(&short).unwrap_err().to_string();
    assert!(error.contains("covers 2 periods, the horizon needs 3"), "{error}");
}

#[test]
fn potential_profit_is_checked_like_any_table() {
    let new = |frame: emptor::polars::prelude::DataFrame| {
        Potential::new(&frame, "id", "gain", TimeUnit::Year).map(drop).unwrap_err().to_string()
    };
    let cases = [
        (new(df!("id" => [1_i64], "profit" => [1.0]).unwrap()), "columns of potential profit (id, profit)"),
        (new(df!("id" => [1_i64, 1], "gain" => [1.0, 2.0]).unwrap()), "must identify one row"),
        (new(df!("id" => [1_i64, 2], "gain" => [1.0, -2.0]).unwrap()), "gain must be finite and at least 0"),
        (new(df!("id" => [Some(1_i64), None], "gain" => [1.0, 2.0]).unwrap()), "id must not be null"),
        (new(df!("id" => [1.5], "gain" => [1.0]).unwrap()), "id must be integer or text"),
        (new(df!("id" => [1_i64], "gain" => ["much"]).unwrap()), "gain must be numeric"),
    ];
    for (error, needle) in cases {
        assert!(error.contains(needle), "{error}");
    }
}

#[test]
fn a_base_that_never_leaves_and_pays_one_price_is_still_analysed() {
    use emptor::types::Termination;
    // Sixty customers who buy at the same pace, for the same price, to the last: both models run to a boundary.
    let mut rows: Vec<(i64, String, f64)> = Vec::new();
    for customer in 0..60_i64 {
        for month in 0..12_i64 {
            rows.push((customer, format!("2024-{:02}-{:02}", month + 1, 1 + (customer * 7 + month * 5) % 28), 10.0));
        }
    }
    let frame = df!(
        "id" => rows.iter().map(|r| r.0).collect::<Vec<_>>(),
        "day" => rows.iter().map(|r| r.1.as_str()).collect::<Vec<_>>(),
        "net" => rows.iter().map(|r| r.2).collect::<Vec<_>>(),
    );
    let columns = TransactionColumns::new("id", "day").amount("net");
    let transactions = Transactions::from_frame(frame.unwrap(), &columns).unwrap();
    let results = analysis().run(&Tables::new(transactions)).unwrap();
    assert_eq!(results.models.purchases.report().termination, Termination::Boundary);
    // Everyone buys once a month: a year of it is worth about twelve times ten, less the discount.
    let values = results.customers.column("ltv_total").unwrap();
    for value in values.f64().unwrap().iter().flatten() {
        assert!((90.0..130.0).contains(&value), "{value}");
    }
}
