//! The tables of a valuation, and what they say about customers.

use std::collections::HashMap;

use emptor::polars::prelude::{DataType, JoinArgs, JoinType, col, lit, when};
use emptor::prelude::*;
use emptor::table::LineKind;
use emptor::types::Probability;
use emptor::value::potential::{Potential, PotentialComponent, Ramp, Wallet, WalletBelowSpend};
use emptor_datasets::sample;

use crate::ExampleError;

/// Part of the gap to the target share of wallet that could be won: an assumption of this example, not an estimate.
const CAPTURE: f64 = 0.25;

/// Order lines, and what else is known.
#[derive(Debug)]
pub struct EquityTables {
    /// The order lines.
    pub transactions: Transactions,
    /// The customers table.
    pub customers: Option<Customers>,
    /// The products table.
    pub products: Option<Products>,
    /// Wallet surveys.
    pub wallets: Option<Wallets>,
    /// What was done for customers.
    pub activities: Vec<Activities>,
    /// What that costs.
    pub cost_rules: Vec<CostRule>,
}

impl EquityTables {
    /// The user's order lines, or the bundled sample, with its wallet surveys if asked for.
    ///
    /// # Errors
    /// If the sample does not pass the doors, which a test rules out.
    pub fn open(transactions: Option<Transactions>, wallet: bool) -> Result<Self, ExampleError> {
        if let Some(transactions) = transactions {
            return Ok(Self {
                transactions,
                customers: None,
                products: None,
                wallets: None,
                activities: Vec::new(),
                cost_rules: Vec::new(),
            });
        }
        eprintln!("reading and checking the bundled sample");
        Ok(Self {
            transactions: sample::transactions()?,
            customers: Some(sample::customers()?),
            products: Some(sample::products()?),
            wallets: if wallet { Some(sample::wallets()?) } else { None },
            activities: vec![sample::tickets()?, sample::contacts()?],
            cost_rules: sample_rules(),
        })
    }

    /// An attribute of each customer, `unknown` where there is none; nothing without a customers table.
    pub(super) fn attribute(&self, name: &str, ids: &[String]) -> Result<Option<Vec<String>>, ExampleError> {
        let Some(customers) = &self.customers else { return Ok(None) };
        let rows = customers.rows().select([col("customer_id").cast(DataType::String), col(name)]).collect()?;
        let labels = rows.column(name)?.cast(&DataType::String)?;
        let known: HashMap<&str, &str> =
            rows.column("customer_id")?.str()?.iter().zip(labels.str()?.iter()).filter_map(|(a, b)| a.zip(b)).collect();
        Ok(Some(ids.iter().map(|id| (*known.get(id.as_str()).unwrap_or(&"unknown")).to_owned()).collect()))
    }

    /// The mean cost of winning some customers, as far as it is known.
    pub(super) fn mean_acquisition_cost(&self, ids: &[&String]) -> Result<Option<f64>, ExampleError> {
        let Some(customers) = &self.customers else { return Ok(None) };
        let rows = customers.rows().select([col("customer_id").cast(DataType::String), col("acq_cost")]);
        let rows = rows.collect()?;
        let costs = rows.column("acq_cost")?.cast(&DataType::Float64)?;
        let known: HashMap<&str, f64> =
            rows.column("customer_id")?.str()?.iter().zip(costs.f64()?.iter()).filter_map(|(a, b)| a.zip(b)).collect();
        let costs: Vec<f64> = ids.iter().filter_map(|id| known.get(id.as_str()).copied()).collect();
        Ok((!costs.is_empty()).then(|| costs.iter().sum::<f64>() / costs.len() as f64))
    }

    /// Monthly potential profit of each customer: the gap to the share of wallet that the best quarter of the segment
    /// reaches, in the last year of surveys; and how many customers were asked.
    pub(super) fn potential(
        &self,
        ids: &[String],
        margin: &[f64],
        as_of: Date,
    ) -> Result<Option<(Vec<f64>, String)>, ExampleError> {
        let (Some(wallets), Some(products)) = (&self.wallets, &self.products) else { return Ok(None) };
        let year = as_of.year_month().0;
        let surveyed = wallets.rows().filter(col("period").cast(DataType::Int64).eq(lit(i64::from(year))));
        let surveyed =
            surveyed.select([col("customer_id"), col("category"), col("total_spend").cast(DataType::Float64)]);
        let dated =
            col("date").dt().year().eq(lit(year)).and(col("date").to_physical().lt_eq(lit(as_of.days_since_epoch())));
        let own = self
            .transactions
            .lines()
            .filter(dated.and(col("kind").neq(lit(LineKind::Void.code()))))
            .join(products.rows(), [col("product_id")], [col("product_id")], JoinArgs::new(JoinType::Inner))
            .group_by([col("customer_id"), col("category")])
            .agg([col("amount").sum().alias("own")]);
        let keys = [col("customer_id"), col("category")];
        let spent = when(col("own").gt(lit(0.0))).then(col("own")).otherwise(lit(0.0));
        let rows = surveyed
            .join(own, keys.clone(), keys, JoinArgs::new(JoinType::Left))
            .with_columns([spent.alias("own")])
            .group_by([col("customer_id")])
            .agg([col("total_spend").sum(), col("own").sum()])
            .collect()?;
        let names = rows.column("customer_id")?.cast(&DataType::String)?;
        let amounts = rows.column("total_spend")?.f64()?.iter().zip(rows.column("own")?.f64()?.iter());
        let known: HashMap<&str, (f64, f64)> = names
            .str()?
            .iter()
            .zip(amounts)
            .filter_map(|(id, (wallet, own))| Some((id?, (wallet? / 12.0, own? / 12.0))))
            .collect();
        let of: Vec<Option<(f64, f64)>> = ids.iter().map(|id| known.get(id.as_str()).copied()).collect();
        let sizes = of.iter().map(|pair| pair.map(|(wallet, _)| wallet)).collect();
        let spend = of.iter().map(|pair| pair.map_or(0.0, |(_, own)| own)).collect();
        let wallet = Wallet::new(sizes, spend, WalletBelowSpend::CapShare)?;
        let segments = self.attribute("segment", ids)?.unwrap_or_else(|| vec!["all".to_owned(); ids.len()]);
        let targets = wallet.target_shares(&segments)?;
        let gap = PotentialComponent::share_of_wallet(
            &wallet,
            &targets,
            Probability::new(CAPTURE)?,
            margin,
            Ramp::immediate(),
        )?;
        let about = format!(
            "Potential: {:.0} % (assumed) of the gap to the share of wallet that the best quarter of the segment reaches; {} of {} customers were asked in {year}, the others have none",
            100.0 * CAPTURE,
            ids.len() - wallet.unknown(),
            ids.len(),
        );
        let potential = Potential::builder(ids.len(), 1).add(gap).wallet(wallet).build()?;
        Ok(Some(((0..ids.len()).filter_map(|row| potential.of(row)?.first().copied()).collect(), about)))
    }
}

/// What orders cost by channel, as the sample states it; tickets and contacts state their own cost.
fn sample_rules() -> Vec<CostRule> {
    let rule = |line: &str| {
        let mut cells = line.split(',');
        let channel = cells.next()?.to_owned();
        Some(CostRule::shipments(channel).costs(cells.nth(1)?.parse().ok()?))
    };
    let logged = [CostRule::logged("ticket").own_cost(), CostRule::logged("contact").own_cost().direct_marketing()];
    sample::channels_csv().lines().skip(1).filter_map(rule).chain(logged).collect()
}
