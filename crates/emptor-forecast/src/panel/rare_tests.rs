//! Panels of rare products whose truth is known.

use std::error::Error;

use emptor_lifetime::sampling::Variates;

use crate::{Panel, Series};

/// A product: from when to when it can be sold, how likely in a period, for how much.
struct Product {
    from: usize,
    until: usize,
    probability: f64,
    amount: f64,
}

/// What the products known at an origin are forecast to sell in the next period over what they are expected to, at origins
/// 20, 30, …, 60.
fn ratios(products: &[Product], seed: u64) -> Result<Vec<f64>, Box<dyn Error>> {
    let mut sold = Vec::new();
    for (at, product) in products.iter().enumerate() {
        let mut random = Variates::new(seed, at as u64);
        let in_period = |period: usize| {
            let (chance, size) = (random.uniform(), 0.5 + random.uniform());
            let is_sold = (product.from..product.until).contains(&period) && chance < product.probability;
            if is_sold { product.amount * size } else { 0.0 }
        };
        sold.push((0..61).map(in_period).collect::<Vec<f64>>());
    }
    let mut ratios = Vec::new();
    for origin in [20, 30, 40, 50, 60] {
        let (mut rows, mut truth) = (Vec::new(), 0.0);
        for (product, sold) in products.iter().zip(&sold) {
            let Some(first) = sold[..origin].iter().position(|value| *value > 0.0) else { continue };
            rows.push(&sold[first..origin]);
            if (product.from..product.until).contains(&origin) {
                truth += product.probability * product.amount;
            }
        }
        let series = rows.iter().map(|row| Series::new(row, 1)).collect::<Result<Vec<_>, _>>()?;
        let ahead = Panel::default().forecast_from_first_sale(&series, 1, &[])?;
        let mut sum = 0.0;
        for forecast in ahead {
            sum += forecast?.mean[0];
        }
        ratios.push(sum / truth);
    }
    Ok(ratios)
}

/// Two thousand products, some sold in every tenth period, most in hardly any.
fn rare(seed: u64, from: impl Fn(f64) -> usize, until: impl Fn(usize, f64) -> usize) -> Vec<Product> {
    let product = |at| {
        let mut random = Variates::new(seed, at);
        let probability = 0.2 * random.uniform().powi(3) + 0.002;
        let from = from(random.uniform());
        let until = until(from, random.uniform());
        Product { from, until, probability, amount: 1.0 + 9.0 * random.uniform() }
    };
    (0..2_000).map(product).collect()
}

/// How far the sum over two thousand products may be from what is expected of them: they sell about 800 times in the eight
/// periods that count most, for amounts that differ, so that a standard deviation is 0.05 and more where fewer are known.
const NEAR: f64 = 0.2;
/// How far the mean of thirty such sums may be.
const UNBIASED: f64 = 0.05;

#[test]
fn rare_products_are_forecast_right_in_their_sum() -> Result<(), Box<dyn Error>> {
    let mut all = Vec::new();
    for seed in 1..4 {
        all.extend(ratios(&rare(seed, |_| 0, |_, _| 61), seed + 10)?);
        all.extend(ratios(&rare(seed, |u| (60.0 * u) as usize, |_, _| 61), seed + 10)?);
    }
    assert!(all.iter().all(|ratio| (ratio - 1.0).abs() < NEAR), "{all:?}");
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    assert!((mean - 1.0).abs() < UNBIASED, "{mean}");
    Ok(())
}

#[test]
fn products_that_are_sold_no_more_are_noticed_together() -> Result<(), Box<dyn Error>> {
    for seed in 1..4 {
        // One in 120 is taken off the shelves every period: half of them in the end.
        let dying = ratios(&rare(seed, |_| 0, |from, u| from + 1 + (120.0 * u) as usize), seed + 10)?;
        assert!(dying.iter().all(|ratio| (0.8..1.3).contains(ratio)), "{seed}: {dying:?}");
    }
    Ok(())
}

#[test]
fn products_that_are_sold_once_are_not_sold_again() -> Result<(), Box<dyn Error>> {
    let rows: Vec<Vec<f64>> = (0..400).map(|at| [vec![5.0], vec![0.0; at % 40]].concat()).collect();
    let series = rows.iter().map(|row| Series::new(row, 52)).collect::<Result<Vec<_>, _>>()?;
    for forecast in Panel::default().forecast_from_first_sale(&series, 8, &[])? {
        assert!(forecast?.mean.iter().all(|value| *value < 1e-12));
    }
    Ok(())
}
