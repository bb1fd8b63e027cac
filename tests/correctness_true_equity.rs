//! Is the range of customer equity honest? Simulated companies, whose true parameters are known.

use emptor::polars::df;
use emptor::prelude::*;
use emptor::value::uncertainty::{CustomerBootstrap, ParameterUncertainty, ValueRange};
use emptor::value::{ModelValuation, ValueError};
use emptor_datasets::{
    CustomerType, LineType, OrderStatus, PurchaseParameters, RetailCompany, RetailSimulation, SpendParameters, sample,
};

/// Part of revenue that is profit.
const MARGIN: f64 = 0.4;
const SEEDS: u64 = 20;
/// Of 20 ranges at 95 %, 19 hold the truth on average; fewer than 18 happen with a chance of 7.5 %, and never for fixed
/// seeds that once passed.
const HOLDING: usize = 18;

/// A company as the bundled sample, without campaigns, which cause orders on top of the purchase process.
fn company(seed: u64, seasonality: f64) -> RetailCompany {
    let simulation = RetailSimulation::builder().customers(sample::CUSTOMERS).start(sample::START).years(3);
    simulation.seed(seed).seasonality(seasonality).campaign_lift(0.0).build().unwrap().run()
}

/// What persons bought: the pure story of spend holds within persons, and before returns.
fn sales_to_persons(company: &RetailCompany) -> Transactions {
    let persons: std::collections::HashSet<&str> = company
        .customers
        .iter()
        .filter(|customer| customer.kind == CustomerType::Person)
        .map(|customer| customer.customer_id.as_str())
        .collect();
    let lines: Vec<_> = company
        .order_lines
        .iter()
        .filter(|line| line.line_type == LineType::Sale && line.status == OrderStatus::Completed)
        .filter(|line| line.customer_id.as_deref().is_some_and(|customer| persons.contains(customer)))
        .collect();
    let frame = df!(
        "customer" => lines.iter().map(|line| line.customer_id.clone().unwrap()).collect::<Vec<_>>(),
        "day" => lines.iter().map(|line| line.order_ts.to_string()).collect::<Vec<_>>(),
        "amount" => lines.iter().map(|line| line.net_amount.to_f64()).collect::<Vec<_>>(),
    );
    Transactions::from_frame(frame.unwrap(), &TransactionColumns::new("customer", "day").amount("amount")).unwrap()
}

fn convention() -> LifetimeValue {
    LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(0.12).unwrap())
        .horizon(Horizon::months(36.0).unwrap())
        .period(TimeUnit::Month)
        .timing(Timing::Middle)
        .build()
        .unwrap()
}

/// The equity by fitted models with the range of the parameters and that of parameters and customers, and the equity by
/// the true parameters.
fn fitted_and_true(seed: u64, seasonality: f64) -> Result<([ValueRange; 2], f64), ValueError> {
    let as_of = sample::AS_OF.parse().unwrap();
    let sales = sales_to_persons(&company(seed, seasonality));
    let history = PurchaseHistory::summarize(&sales, as_of, TimeUnit::Week).unwrap();
    let (view, convention, level) = (history.view()?, convention(), Level::new(0.95)?);
    let margin = vec![MARGIN; history.len()];
    let purchases = BetaGeoNbd::builder().build()?.fit(&view)?;
    let spend = GammaGamma::builder().build()?.fit(&view)?;
    let value = |purchases: &FittedBetaGeoNbd, spend: &FittedGammaGamma| {
        Ok(ModelValuation::new(purchases, spend, &view, &convention, &margin)?.compute()?.values.total())
    };
    let uncertain = ParameterUncertainty::of_both(&purchases, &spend, value)?;
    let parameters = uncertain.learned_from(&[&purchases, &spend], &view)?.total(level)?;
    let customers = CustomerBootstrap::new(seed).total(&value(&purchases, &spend)?, level)?;
    let both = customers.with_parameters(Ok(parameters.clone()))?;

    let paid = SpendParameters::RETAIL;
    let paid = GammaGammaParameters { p: paid.p(), q: paid.q(), gamma: paid.gamma() };
    let spend = FittedGammaGamma::from_parameters(paid)?;
    let purchases = PurchaseParameters::RETAIL.model().unwrap();
    let truth = ModelValuation::new(&purchases, &spend, &view, &convention, &margin)?.compute()?.flows.value();
    Ok(([parameters, both], truth))
}

/// How many ranges of the parameters, and of both sources, hold the truth.
fn holding(seasonality: f64) -> Result<[usize; 2], ValueError> {
    let mut holding = [0, 0];
    for seed in 1..=SEEDS {
        let (ranges, truth) = fitted_and_true(seed, seasonality)?;
        println!("season {seasonality}, seed {seed}: true {truth:.0}, fitted {:.0}", ranges[1]);
        for (holding, range) in holding.iter_mut().zip(ranges) {
            *holding += usize::from(range.contains(truth));
        }
    }
    println!("season {seasonality}: parameters {} of {SEEDS}, both {} of {SEEDS}", holding[0], holding[1]);
    Ok(holding)
}

#[test]
fn without_a_season_ranges_of_the_parameters_hold_the_equity_by_true_parameters() -> Result<(), ValueError> {
    assert!(holding(0.0)?[0] >= HOLDING);
    Ok(())
}

/// Observation ends on 31 December, when many have just bought for Christmas: models without a season take that for life
/// and value the base about 4 % too high, which is a wrong model, not an uncertain parameter.
#[test]
fn with_a_season_ranges_of_parameters_and_customers_hold_the_equity_by_true_parameters() -> Result<(), ValueError> {
    assert!(holding(1.0)?[1] >= HOLDING);
    let ([_, both], truth) = fitted_and_true(sample::SEED, 1.0)?;
    assert!(both.contains(truth), "{truth} not in {both}");
    Ok(())
}
