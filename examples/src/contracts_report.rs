//! The printed report of contracts.

use std::fmt::Write;

use emptor::lifetime::validation::LikelihoodRatio;
use emptor::lifetime::{LifetimeError, Standing};
use emptor::prelude::*;
use emptor::types::{ContractHistory, FitReport};

use crate::ExampleError;
use crate::text::{brief, count, number, p_value, percent, significant, table};

/// A p-value below this counts as a difference.
const SIGNIFICANT: f64 = 0.05;

/// What a contract model says of a segment.
#[derive(Debug)]
struct Answers {
    name: &'static str,
    estimates: Result<Vec<Estimate>, LifetimeError>,
    fit: FitReport,
    retention: Vec<f64>,
    survival: Vec<f64>,
    del: f64,
    /// Customers still there now, and after each period to come.
    customers: Vec<f64>,
    /// Discounted periods to come of all customers who are there.
    derl: f64,
}

/// Asks a model; both kinds have the same methods and no common type.
macro_rules! ask {
    ($model:expr, $history:expr, $rate:expr, $ahead:expr) => {{
        let (model, history) = ($model, $history);
        let times: Vec<f64> = (1..=$ahead).map(|t| t as f64).collect();
        let lives = model.derl_of_customers(history, $rate, Standing::AfterRenewal)?;
        let seen = renewals(history);
        Answers {
            name: model.name(),
            estimates: model.estimates(Level::new(0.95)?),
            fit: model.report().clone(),
            retention: model.retention_rates(seen + $ahead),
            survival: model.survival_curve(seen + $ahead),
            del: model.del($rate)?,
            customers: [vec![active(history)], model.expected_customers(history, &times)?].concat(),
            derl: (0..history.len()).map(|row| lives[row] * history.count(row)).sum(),
        }
    }};
}

#[derive(Debug)]
struct Part {
    label: String,
    /// Customers facing each renewal, and those of them who renewed.
    seen: Vec<(f64, f64)>,
    customers: f64,
    /// The sBG, and the BdW if it could be fitted.
    models: Vec<Answers>,
}

impl Part {
    /// The better model by BIC.
    fn best(&self) -> &Answers {
        let bic = |answers: &Answers| answers.fit.bic().unwrap_or(f64::INFINITY);
        match self.models.get(1) {
            Some(changing) if bic(changing) < bic(&self.models[0]) => changing,
            _ => &self.models[0],
        }
    }
}

/// Collects segments and lays them out for reading.
#[derive(Debug)]
pub struct ContractReport {
    rate: DiscountRate,
    ahead: usize,
    unit: TimeUnit,
    parts: Vec<Part>,
    whole: Option<Part>,
    remarks: String,
    difference: Option<LikelihoodRatio>,
}

impl ContractReport {
    /// An empty report.
    #[must_use]
    pub fn new(rate: DiscountRate, ahead: usize) -> Self {
        Self {
            rate,
            ahead,
            unit: TimeUnit::Year,
            parts: Vec::new(),
            whole: None,
            remarks: String::new(),
            difference: None,
        }
    }

    /// Adds a segment and its models.
    ///
    /// # Errors
    /// If a model cannot answer.
    pub fn segment(
        &mut self,
        label: &str,
        history: &ContractHistory<'_>,
        constant: &FittedShiftedBetaGeo,
        changing: Result<FittedBetaDiscreteWeibull, LifetimeError>,
    ) -> Result<(), ExampleError> {
        let mut models = vec![ask!(constant, history, self.rate, self.ahead)];
        match &changing {
            Ok(changing) => models.push(ask!(changing, history, self.rate, self.ahead)),
            Err(error) => {
                let _ = writeln!(self.remarks, "{label}: no BdW ({})", brief(&error.to_string()));
            }
        }
        self.unit = history.unit();
        self.parts.push(Part { label: label.to_owned(), seen: faced(history), customers: history.customers(), models });
        Ok(())
    }

    /// Adds the model of all customers, those of segments that cannot be fitted included.
    ///
    /// # Errors
    /// If a model cannot answer.
    pub fn together(
        &mut self,
        history: &ContractHistory<'_>,
        constant: &FittedShiftedBetaGeo,
        changing: Result<FittedBetaDiscreteWeibull, LifetimeError>,
    ) -> Result<(), ExampleError> {
        self.segment("all", history, constant, changing)?;
        self.whole = self.parts.pop();
        Ok(())
    }

    /// Notes a segment that cannot be fitted.
    pub fn unfitted(&mut self, label: &str, error: &LifetimeError) {
        let _ = writeln!(self.remarks, "{label}: no model of its own ({})", brief(&error.to_string()));
    }

    /// Adds the test whether segments differ.
    pub fn differ(&mut self, test: LikelihoodRatio) {
        self.difference = Some(test);
    }

    /// Lays everything out.
    ///
    /// # Errors
    /// If there is no segment.
    pub fn text(&self) -> Result<String, ExampleError> {
        if self.parts.is_empty() {
            return Err(ExampleError::NoContract(self.remarks.trim_end().to_owned()));
        }
        let mut text = format!("MODELS\n{}", self.models());
        text.push_str(&self.remarks);
        if let Some(test) = &self.difference {
            let _ = writeln!(
                text,
                "Are segments alike? Likelihood-ratio test of one sBG for all: χ² = {:.1} with {} degrees of freedom, {}",
                test.statistic,
                test.degrees,
                p_value(test.p_value)
            );
        }
        for part in self.parts.iter().chain(&self.whole) {
            let _ = write!(text, "\n{}: RETENTION AND SURVIVAL\n{}", part.label.to_uppercase(), self.curves(part));
        }
        let _ = write!(text, "\nCUSTOMERS TO COME\n{}", self.customers());
        let _ = write!(text, "\nFINDING\n{}\n", self.finding());
        Ok(text)
    }

    fn models(&self) -> String {
        let header = ["segment", "customers", "model", "estimates (95 % interval)", "log-likelihood", "BIC", "DEL"];
        let mut rows = table(&header, 4..7);
        for part in self.parts.iter().chain(&self.whole) {
            for model in &part.models {
                let estimates = match &model.estimates {
                    Ok(estimates) => estimates.iter().map(estimate).collect::<Vec<_>>().join("\n"),
                    Err(error) => error.to_string(),
                };
                let best = if std::ptr::eq(model, part.best()) { " *" } else { "" };
                rows.add_row([
                    part.label.clone(),
                    count(part.customers as usize),
                    format!("{}{best}", model.name),
                    estimates,
                    number(model.fit.log_likelihood, 1),
                    number(model.fit.bic(), 1),
                    number(Some(model.del), 2),
                ]);
            }
        }
        format!(
            "{rows}\n* better by BIC. DEL: {unit}s that a new customer stays, the first included, discounted at {:.1} % a year\n",
            100.0 * self.rate.annual(),
            unit = self.unit
        )
    }

    fn curves(&self, part: &Part) -> String {
        let mut header = vec!["renewal".to_owned(), "faced it".to_owned(), "retention".to_owned()];
        header.extend(part.models.iter().map(|model| model.name.to_owned()));
        header.push("survival".to_owned());
        header.extend(part.models.iter().map(|model| model.name.to_owned()));
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        let mut rows = table(&header, 0..header.len());
        let mut left = 1.0;
        for t in 0..part.seen.len() + self.ahead {
            let seen = part.seen.get(t).filter(|(faced, _)| *faced > 0.0);
            let rate = seen.map(|(faced, stayed)| stayed / faced);
            left *= rate.unwrap_or(1.0);
            let mut row = vec![(t + 1).to_string(), seen.map_or_else(|| "–".to_owned(), |(n, _)| count(*n as usize))];
            row.push(percent(rate));
            row.extend(part.models.iter().map(|model| percent(model.retention.get(t).copied())));
            row.push(percent(rate.map(|_| left)));
            row.extend(part.models.iter().map(|model| percent(model.survival.get(t).copied())));
            rows.add_row(row);
        }
        format!("{rows}\n")
    }

    fn customers(&self) -> String {
        let mut header = vec!["segment".to_owned(), "now".to_owned()];
        header.extend((1..=self.ahead).map(|t| format!("+{t}")));
        header.extend(["DERL of each".to_owned(), "of all".to_owned()]);
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        let mut rows = table(&header, 1..header.len());
        let mut line = |label: &str, customers: &[f64], derl: f64| {
            let mut row = vec![label.to_owned()];
            row.extend(customers.iter().map(|n| count(n.round() as usize)));
            row.push(number(Some(derl / customers[0]), 2));
            row.push(count(derl.round() as usize));
            rows.add_row(row);
        };
        for part in &self.parts {
            line(&part.label, &part.best().customers, part.best().derl);
        }
        if let Some(whole) = &self.whole {
            let total: Vec<f64> = (0..=self.ahead).map(|t| self.sum(t)).collect();
            line("sum of these", &total, self.parts.iter().map(|part| part.best().derl).sum());
            line("all, by one model", &whole.best().customers, whole.best().derl);
        }
        format!(
            "{rows}\nBy each segment's better model, {unit}s from now. DERL: {unit}s that customers who are there will still pay for,\nwithout the present one, discounted\n",
            unit = self.unit
        )
    }

    /// Customers of all segments with a model, some periods from now.
    fn sum(&self, periods: usize) -> f64 {
        self.parts.iter().map(|part| part.best().customers[periods]).sum()
    }

    /// Whether there are segments without a model.
    fn leaves_out(&self) -> bool {
        let own: f64 = self.parts.iter().map(|part| part.customers).sum();
        self.whole.as_ref().is_some_and(|whole| whole.customers > own)
    }

    fn finding(&self) -> String {
        let segments = &self.parts;
        let mut parts = Vec::new();
        if let Some(test) = &self.difference {
            parts.push(if test.p_value < SIGNIFICANT {
                format!("The {} segments differ in how long customers stay ({})", segments.len(), p_value(test.p_value))
            } else {
                format!("No difference between the {} segments can be seen ({})", segments.len(), p_value(test.p_value))
            });
        }
        let changing: Vec<&str> =
            segments.iter().filter(|part| part.best().name == "BdW").map(|part| part.label.as_str()).collect();
        parts.push(match (changing.len(), segments.len()) {
            (0, _) => "by BIC no segment needs churn that changes with tenure (sBG suffices)".to_owned(),
            (some, all) if some == all => "customers' own churn changes with tenure (BdW is better by BIC)".to_owned(),
            _ => format!(
                "customers' own churn changes with tenure in “{}” (BdW is better by BIC)",
                changing.join("”, “")
            ),
        });
        // Where segments do not differ, one model speaks for all, those without a model of their own included.
        let alike = self.difference.is_none_or(|test| test.p_value >= SIGNIFICANT);
        let one = self.whole.as_ref().filter(|_| alike).map(|whole| &whole.best().customers);
        let total = |t: usize| one.map_or_else(|| self.sum(t), |customers| customers[t]);
        let (now, then) = (total(0), total(self.ahead));
        parts.push(format!(
            "of {} customers{} who are there now, about {} ({}) will be in {} {}s",
            count(now as usize),
            if one.is_none() && self.leaves_out() { " of these segments" } else { "" },
            count(then.round() as usize),
            percent((now > 0.0).then(|| then / now)),
            self.ahead,
            self.unit
        ));
        let text = format!("{}.", parts.join("; "));
        let mut letters = text.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }
}

fn estimate(estimate: &Estimate) -> String {
    let Interval { low, high } = estimate.interval;
    format!("{} {} ({} – {})", estimate.name, significant(estimate.value), significant(low), significant(high))
}

fn renewals(history: &ContractHistory<'_>) -> usize {
    history.observed().iter().fold(1.0, |most, periods| f64::max(most, *periods)) as usize - 1
}

fn active(history: &ContractHistory<'_>) -> f64 {
    (0..history.len()).filter(|row| history.is_active(*row)).map(|row| history.count(row)).sum()
}

/// Customers who faced each renewal, and those of them who renewed.
fn faced(history: &ContractHistory<'_>) -> Vec<(f64, f64)> {
    let mut seen = vec![(0.0, 0.0); renewals(history)];
    for row in 0..history.len() {
        let (last, observed, customers) = (history.last_active()[row], history.observed()[row], history.count(row));
        for (renewal, (faced, stayed)) in (1_u32..).map(f64::from).zip(&mut seen) {
            if renewal < observed && renewal <= last {
                *faced += customers;
                *stayed += if renewal < last { customers } else { 0.0 };
            }
        }
    }
    seen
}
