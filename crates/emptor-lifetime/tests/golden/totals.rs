//! Sums over the customers of a data set, and a single customer.

use emptor_lifetime::{
    ActsOn, Coefficient, Fitted, FittedGammaGamma, FittedPurchaseModel, GammaGammaParameters, ParetoNbdParameters,
    PurchaseModel,
};
use emptor_types::{DiscountRate, Horizon, TimeUnit};
use serde::Deserialize;

use crate::data::Data;
use crate::models::purchase_model;
use crate::{TestResult, golden};

#[derive(Deserialize)]
struct Published {
    total: Vec<Total>,
    customer: Vec<Customer>,
    table: Vec<Table>,
    spend: Vec<Spend>,
}

#[derive(Deserialize)]
struct Total {
    id: String,
    model: String,
    data: String,
    quantity: String,
    parameters: Vec<f64>,
    #[serde(default)]
    t: f64,
    #[serde(default)]
    rate: f64,
    #[serde(default)]
    spend_parameters: Vec<f64>,
    expected: f64,
    absolute: f64,
}

#[derive(Deserialize)]
struct Customer {
    model: String,
    data: String,
    customer: usize,
    parameters: Vec<f64>,
    spend_parameters: Vec<f64>,
    rate: f64,
    t: f64,
    p_alive: f64,
    expected_purchases: f64,
    dert: f64,
    spend: f64,
    absolute: f64,
}

#[derive(Deserialize)]
struct Table {
    model: String,
    data: String,
    quantity: String,
    parameters: Vec<f64>,
    #[serde(default)]
    weeks: Vec<f64>,
    expected: Vec<f64>,
    absolute: f64,
}

#[derive(Deserialize)]
struct Spend {
    parameters: [f64; 3],
    new_customer: f64,
    frequency: f64,
    monetary_value: f64,
    expected: f64,
    absolute: f64,
}

fn spend_model(values: &[f64]) -> Result<FittedGammaGamma, Box<dyn std::error::Error>> {
    let &[p, q, gamma] = values else { return Err("three parameters".into()) };
    Ok(FittedGammaGamma::from_parameters(GammaGammaParameters { p, q, gamma })?)
}

/// The model of a total; for apparel with the covariates of specification C18.
fn model_of(golden: &Total) -> Result<Option<FittedPurchaseModel>, Box<dyn std::error::Error>> {
    if let ("pareto_nbd", &[r, alpha, s, beta, ref coefficients @ ..]) = (golden.model.as_str(), &golden.parameters[..])
        && !coefficients.is_empty()
    {
        let named = [
            ("gender", ActsOn::Dropout),
            ("channel", ActsOn::Dropout),
            ("gender", ActsOn::Purchase),
            ("channel", ActsOn::Purchase),
        ];
        let of = |((covariate, acts_on), &value): ((&str, ActsOn), &f64)| Coefficient {
            covariate: covariate.to_owned(),
            acts_on,
            value,
        };
        let coefficients = named.into_iter().zip(coefficients).map(of).collect();
        let parameters = ParetoNbdParameters { r, alpha, s, beta };
        return Ok(Some(Fitted::with_coefficients(parameters, coefficients, TimeUnit::Week)?.into()));
    }
    purchase_model(&golden.model, &golden.parameters, None)
}

#[test]
fn sums_over_customers_are_the_published_ones() -> TestResult {
    for golden in &golden::<Published>("published.toml")?.total {
        let Some(model) = model_of(golden)? else { continue };
        let Some(data) = Data::read(&golden.data)? else { continue };
        let total: f64 = data.with_view(|history| {
            let rate = DiscountRate::per_period(golden.rate.exp_m1(), model.unit());
            Ok(match golden.quantity.as_str() {
                "expected_purchases" => {
                    let purchases = model.expected_purchases(&history, Horizon::new(golden.t, model.unit())?)?;
                    purchases.iter().enumerate().map(|(row, value)| data.count(row) * value).sum()
                }
                "dert" => model.dert(&history, rate?)?.iter().sum(),
                "clv" => {
                    let spend = spend_model(&golden.spend_parameters)?.expected_spend(&history)?;
                    model.dert(&history, rate?)?.iter().zip(spend).map(|(dert, spend)| dert * spend).sum()
                }
                quantity => return Err(format!("no quantity {quantity}").into()),
            })
        })?;
        let (id, quantity) = (&golden.id, &golden.quantity);
        assert!((total - golden.expected).abs() <= golden.absolute, "{id} {quantity} {}: {total}", golden.model);
    }
    Ok(())
}

#[test]
fn a_single_customer_has_the_published_figures() -> TestResult {
    for golden in &golden::<Published>("published.toml")?.customer {
        let Some(data) = Data::read(&golden.data)? else { continue };
        let model = purchase_model(&golden.model, &golden.parameters, None)?.ok_or("no such model")?;
        let spend = spend_model(&golden.spend_parameters)?;
        let place = golden.customer - 1;
        data.with_view(|history| {
            let rate = DiscountRate::per_period(golden.rate.exp_m1(), model.unit())?;
            let found = [
                (model.p_alive(&history)?[place], golden.p_alive),
                (model.expected_purchases(&history, Horizon::weeks(golden.t)?)?[place], golden.expected_purchases),
                (model.dert(&history, rate)?[place], golden.dert),
                (spend.expected_spend(&history)?[place], golden.spend),
            ];
            for (value, expected) in found {
                assert!((value - expected).abs() <= golden.absolute, "{value} instead of {expected}");
            }
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn tables_of_counts_are_the_published_ones() -> TestResult {
    for golden in &golden::<Published>("published.toml")?.table {
        let Some(model) = purchase_model(&golden.model, &golden.parameters, None)? else { continue };
        let Some(data) = Data::read(&golden.data)? else { continue };
        let found: Vec<f64> = if golden.quantity.starts_with("cumulative") {
            let first = data.t.iter().copied().fold(0.0, f64::max);
            let until = |week: &f64| {
                let of = |t: &f64| match week - (first - t) {
                    age if age > 0.0 => Ok(model.expected_purchases_new_customer(Horizon::weeks(age)?)?),
                    _ => Ok(0.0),
                };
                data.t.iter().map(of).sum::<Result<f64, Box<dyn std::error::Error>>>()
            };
            golden.weeks.iter().map(until).collect::<Result<_, _>>()?
        } else {
            let last = golden.expected.len() as u64 - 1;
            let of = |n: u64| -> Result<f64, Box<dyn std::error::Error>> {
                let mut sum = 0.0;
                for (row, &t) in data.t.iter().enumerate() {
                    let horizon = Horizon::weeks(t)?;
                    sum += data.count(row) * model.probability_of_n_purchases_new_customer(n, horizon)?;
                }
                Ok(sum)
            };
            let mut counts: Vec<f64> = (0..last).map(of).collect::<Result<_, _>>()?;
            let customers: f64 = (0..data.t.len()).map(|row| data.count(row)).sum();
            counts.push(customers - counts.iter().sum::<f64>());
            counts
        };
        for (value, expected) in found.iter().zip(&golden.expected) {
            assert!((value - expected).abs() <= golden.absolute, "{}: {found:?}", golden.quantity);
        }
    }
    Ok(())
}

#[test]
fn expected_spend_is_the_published_one() -> TestResult {
    for golden in &golden::<Published>("published.toml")?.spend {
        let model = spend_model(&golden.parameters)?;
        let new = model.mean_spend().unwrap_or(f64::NAN);
        assert!((new - golden.new_customer).abs() <= golden.absolute, "{new}");
        let known = model.expected_spend_of(golden.frequency, golden.monetary_value)?;
        assert!((known - golden.expected).abs() <= golden.absolute, "{known}");
    }
    Ok(())
}
