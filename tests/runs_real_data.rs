//! Real data, end to end; skipped where the folder is not there.

use emptor::prelude::*;

use crate::real_data::{date, file};

fn analysis(as_of: &str) -> Analysis {
    let convention = LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(0.12).unwrap())
        .horizon(Horizon::months(36.0).unwrap())
        .period(TimeUnit::Month)
        .timing(Timing::Middle)
        .build()
        .unwrap();
    Analysis::builder().as_of(date(as_of)).convention(convention).unit(TimeUnit::Week).build().unwrap()
}

#[test]
fn cdnow_master_reconciles_with_its_file() {
    let Some(path) = file("cdnow/cdnow_master.parquet") else { return };
    let columns = TransactionColumns::new("customer_id", "date").amount("amount").quantity("units");
    let transactions = Transactions::scan(Source::parquet(path), &columns).unwrap();
    // Figures of the data set's own description.
    let all = transactions.quality().fact("all lines").unwrap().clone();
    assert_eq!((all.rows, all.amount), (69_659, Some(2_500_315.63)));
    assert_eq!(transactions.quality().fact("zero-value lines").unwrap().rows, 80);
    let results = analysis("1998-06-30").run(&Tables::new(transactions)).unwrap();
    assert_eq!(results.customers.height(), 23_570);
    assert!(results.reconciliation.holds(), "{:?}", results.reconciliation);
    assert!((results.reconciliation.customers - 2_500_315.63).abs() < 1e-9 * 2_500_315.63);
}

#[test]
fn online_retail_reconciles_with_its_file() {
    let Some(path) = file("online_retail/online_retail_year_2010_2011.parquet") else { return };
    let columns = TransactionColumns::new("CustomerID", "InvoiceDate")
        .quantity("Quantity")
        .unit_price("UnitPrice")
        .order("InvoiceNo")
        .product("StockCode")
        .cancellation(Cancellation::Reversal { prefix: "C".into() });
    let transactions = Transactions::scan(Source::parquet(path), &columns).unwrap();
    // Figures of the data set's own description.
    let rows = |name: &str| transactions.quality().fact(name).unwrap().rows;
    assert_eq!(rows("all lines"), 541_909);
    assert_eq!(rows("lines without a customer"), 135_080);
    assert_eq!(rows("cancellation documents"), 9_288);
    // Negative quantities (10,624) and two lines of negative price.
    assert_eq!(rows("returns"), 10_626);
    let results = analysis("2011-12-09").run(&Tables::new(transactions)).unwrap();
    assert_eq!(results.customers.height(), 4_372);
    let sum = &results.reconciliation;
    assert!(sum.holds(), "{sum:?}");
    // Σ Quantity × UnitPrice of the file, summed exactly in Python (fractions).
    const FILE_TOTAL: f64 = 9_747_747.934;
    assert!((sum.all / FILE_TOTAL - 1.0).abs() < 1e-9, "{}", sum.all);
    assert!(((sum.customers + sum.unassigned) / FILE_TOTAL - 1.0).abs() < 1e-9);
}
