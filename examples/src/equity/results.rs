//! Everything the report is made from.

use emptor::prelude::*;
use emptor::types::Invalid;
use emptor::value::equity::{BaseSnapshot, BridgeRow, EquityBridge, EquityValue};
use emptor::value::portfolio::{ValueMatrix, WhaleCurve, gini};
use emptor::value::uncertainty::ValueRange;

use super::LeverTables;
use crate::ExampleError;

/// What a base is worth.
#[derive(Debug)]
pub struct EquityResults {
    /// What was read, and the models.
    pub about: Vec<String>,
    /// How profit is counted and discounted.
    pub convention: String,
    /// The level of ranges.
    pub level: Level,
    /// The customers.
    pub customers: Vec<String>,
    /// When each of them was won, if it is known.
    pub cohorts: Option<Vec<String>>,
    /// Value of each customer's current relationship.
    pub current: Vec<f64>,
    /// What potential profit adds to it, if it is given.
    pub potential: Option<Vec<f64>>,
    /// Where the models' own expectation of each customer's total lies, if they know.
    pub intervals: Option<Vec<Interval>>,
    /// Static equity with its range; the total last.
    pub equity: Vec<(&'static str, ValueRange)>,
    /// The ladder of margins until the day, and what was checked about it.
    pub earned: Option<(Vec<(&'static str, f64)>, String)>,
    /// Amounts by customer, the value last.
    pub concentration: Vec<Concentration>,
    /// Equity by part.
    pub parts: Vec<PartRow>,
    /// Equity with customers to be won.
    pub dynamic: Dynamic,
    /// What moves it.
    pub levers: LeverTables,
    /// Why it changed, or why that is not known.
    pub bridge: Result<Bridge, String>,
    /// Current against potential value.
    pub matrix: Option<ValueMatrix>,
}

impl EquityResults {
    /// Static equity.
    #[must_use]
    pub fn total(&self) -> Option<&ValueRange> {
        self.equity.last().map(|(_, range)| range)
    }
}

/// How an amount is spread over customers.
#[derive(Debug)]
pub struct Concentration {
    /// What it is.
    pub name: String,
    /// From the best customer to the worst.
    pub curve: WhaleCurve,
    /// Where nobody is below zero.
    pub gini: Option<f64>,
}

impl Concentration {
    /// One amount per customer.
    ///
    /// # Errors
    /// Unless there is a customer and amounts are finite.
    pub fn new(name: &str, amounts: &[f64]) -> Result<Self, Invalid> {
        Ok(Self { name: name.to_owned(), curve: WhaleCurve::new(amounts)?, gini: gini(amounts).ok() })
    }
}

/// A part of the base.
#[derive(Debug)]
pub struct PartRow {
    /// What the base is parted by.
    pub by: &'static str,
    /// The part.
    pub name: String,
    /// Its customers.
    pub customers: usize,
    /// Value of current relationships.
    pub current: f64,
    /// What potential adds.
    pub potential: f64,
    /// Both, with the range.
    pub range: ValueRange,
}

impl PartRow {
    /// The parts of one labelling, with the ranges of their totals in the same order.
    pub(super) fn rows(
        by: &'static str,
        labels: &[String],
        current: &[f64],
        potential: Option<&[f64]>,
        ranges: Vec<(String, ValueRange)>,
    ) -> Vec<Self> {
        let of = |(name, range): (String, ValueRange)| {
            let members = || (0..labels.len()).filter(|row| labels[*row] == name);
            let sum = |values: &[f64]| members().map(|row| values[row]).sum::<f64>();
            let (current, potential) = (sum(current), potential.map_or(0.0, sum));
            Self { by, customers: members().count(), current, potential, range, name: name.clone() }
        };
        ranges.into_iter().map(of).collect()
    }
}

/// Equity with customers to be won.
#[derive(Debug)]
pub struct Dynamic {
    /// Its parts.
    pub value: EquityValue,
    /// Its range.
    pub range: ValueRange,
    /// The range of the customers to be won, if the models know.
    pub future: Option<ValueRange>,
    /// What is planned.
    pub plan: String,
}

/// Why equity changed.
#[derive(Debug)]
pub struct Bridge {
    /// The first date.
    pub from: String,
    /// The second date.
    pub to: String,
    /// Equity on both dates with its range.
    pub ranges: [ValueRange; 2],
    /// The bridge of those who count as customers.
    pub row: BridgeRow,
    /// How many others there are on both dates, who count as gone, and what they are still worth.
    pub others: [(usize, f64); 2],
    /// Who counts, and what the terms are.
    pub notes: Vec<String>,
    /// What changes besides the margin.
    pub lasting: &'static str,
}

impl Bridge {
    /// Compares snapshots, on each of which some are customers and others are not.
    pub(super) fn between(
        labels: [String; 2],
        snapshots: [(BaseSnapshot<String>, Vec<bool>); 2],
        ranges: [ValueRange; 2],
        lasting: &'static str,
        notes: Vec<String>,
    ) -> Result<Self, ExampleError> {
        let [from, to] = labels;
        let [before, after] = snapshots;
        let others = |(all, customers): &(BaseSnapshot<String>, Vec<bool>)| -> Result<(usize, f64), ExampleError> {
            let others: Vec<bool> = customers.iter().map(|is| !is).collect();
            let count = others.iter().filter(|is| **is).count();
            Ok((count, all.clone().with_membership(others)?.value()?))
        };
        let others = [others(&before)?, others(&after)?];
        let counted = |(all, customers): (BaseSnapshot<String>, Vec<bool>)| all.with_membership(customers);
        let row = EquityBridge::between(&counted(before)?, &counted(after)?)?.total;
        Ok(Self { from, to, ranges, row, others, notes, lasting })
    }

    /// Equity on the first date, the terms, and equity on the second, with the number of customers.
    #[must_use]
    pub fn terms(&self) -> Vec<(String, usize, f64)> {
        let row = &self.row;
        let [(gone_before, worth_before), (gone_after, worth_after)] = self.others;
        let stayed = row.customers_before - row.customers_lost;
        let mut terms = vec![
            (format!("equity {}", self.from), row.customers_before + gone_before, row.before + worth_before),
            ("less those who counted as gone".to_owned(), gone_before, -worth_before),
            ("lost customers".to_owned(), row.customers_lost, row.lost),
            ("regained customers".to_owned(), row.customers_regained, row.regained),
            ("new customers".to_owned(), row.customers_new, row.new),
            ("margin of those who stayed".to_owned(), stayed, row.margin),
            (format!("{} of those who stayed", self.lasting), stayed, row.retention),
            ("discount rate".to_owned(), stayed, row.discount_rate),
            ("plus those who count as gone".to_owned(), gone_after, worth_after),
            (format!("equity {}", self.to), row.customers_after + gone_after, row.after + worth_after),
        ];
        if gone_before + gone_after == 0 {
            terms.retain(|(name, ..)| !name.contains("as gone") && !name.contains("regained"));
        }
        terms
    }
}
