//! Covariates, from tables to published models: the apparel retailer of CLVTools.

use emptor::polars::prelude::{LazyCsvReader, LazyFileListReader};
use emptor::prelude::*;

use crate::real_data::{date, file};

/// Log-likelihoods of CLVTools 0.12.1, given to six digits (specification C, numbers 17 and 18), and the distance of
/// optimisers.
const LOG_LIKELIHOOD: f64 = 1e-4;

/// The history at the split of 104 weeks after the first transaction.
fn history() -> Option<PurchaseHistory> {
    let source = Source::csv(file("clvtools_apparel/apparelTrans.csv")?);
    let columns = TransactionColumns::new("Id", "Date").amount("Price");
    let transactions = Transactions::scan(source, &columns).unwrap();
    Some(PurchaseHistory::summarize(&transactions, date("2006-12-31"), TimeUnit::Week).unwrap())
}

#[test]
fn numbers_join_as_they_are_and_text_as_indicators() {
    let Some(history) = history() else { return };
    assert_eq!(history.len(), 600);
    let path = file("clvtools_apparel/apparelStaticCov.csv").unwrap();
    let frame = LazyCsvReader::new(path.to_str().unwrap().into()).finish().unwrap().collect().unwrap();
    let numbers = history.clone().with_covariate_frame(&frame, "Id", &["Gender", "Channel"]).unwrap();

    // The same as attributes of a customers table, which are text.
    let columns = CustomerColumns::new("Id").attribute("Gender").attribute("Channel");
    let customers = Customers::scan(Source::csv(path), &columns).unwrap();
    let texts = history.with_covariates(&customers, &["Gender", "Channel"]).unwrap();
    let (numbers, texts) = (numbers.covariates().unwrap(), texts.covariates().unwrap());
    assert_eq!(texts.names().collect::<Vec<_>>(), ["Gender=1", "Channel=1"]);
    assert_eq!(numbers.get("Gender"), texts.get("Gender=1"));
    assert_eq!(numbers.get("Channel"), texts.get("Channel=1"));
    // The file: its second column holds this many ones.
    let women = std::fs::read_to_string(file("clvtools_apparel/apparelStaticCov.csv").unwrap()).unwrap();
    let women = women.lines().skip(1).filter(|line| line.split(',').nth(1) == Some("1")).count();
    assert_eq!(numbers.get("Gender").unwrap().iter().filter(|value| **value > 0.5).count(), women);
}

#[test]
fn pareto_nbd_with_static_covariates_gives_the_published_fit() {
    let Some(history) = history() else { return };
    let plain = ParetoNbd::builder().build().unwrap().fit(&history.view().unwrap()).unwrap();
    let likelihood = plain.report().log_likelihood.unwrap();
    assert!((likelihood - -5_848.097_827).abs() < LOG_LIKELIHOOD, "{likelihood}");

    let path = file("clvtools_apparel/apparelStaticCov.csv").unwrap();
    let frame = LazyCsvReader::new(path.to_str().unwrap().into()).finish().unwrap().collect().unwrap();
    let history = history.with_covariate_frame(&frame, "Id", &["Gender", "Channel"]).unwrap();
    let names = ["Gender", "Channel"];
    let spec = ParetoNbd::builder().purchase_covariates(names).dropout_covariates(names).build().unwrap();
    let model = spec.fit(&history.view().unwrap()).unwrap();
    let likelihood = model.report().log_likelihood.unwrap();
    assert!((likelihood - -5_821.062_709).abs() < LOG_LIKELIHOOD, "{likelihood}");
}
