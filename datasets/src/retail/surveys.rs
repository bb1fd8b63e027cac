//! Surveys: would a customer recommend us, and was an order as it should be?

use emptor_types::Date;

use super::customers::Customer;
use super::ledger::Ledger;
use super::mood::Moods;
use super::settings::RetailSimulation;
use crate::csv::{CsvRow, Record};
use crate::days::days_between;
use crate::random::Stream;

/// Days between two questions about recommendation, and the days after an order in which a customer is asked at all.
const EVERY: i32 = 180;
const ACTIVE: i32 = 365;
/// Share of the questions about recommendation, and of orders, that are answered.
const ANSWERS: (f64, f64) = (0.28, 0.06);
/// Mean answer, what one point of mood adds, and spread of the rest: recommendation, 0 to 10; satisfaction, 1 to 5.
const RECOMMENDATION: (f64, f64, f64) = (7.9, 1.5, 1.3);
const SATISFACTION: (f64, f64, f64) = (4.0, 0.6, 0.7);

/// An answer to a survey.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SurveyAnswer {
    /// The key, e.g. `A00001`; ascending with time.
    pub survey_id: String,
    /// The customer.
    pub customer_id: String,
    /// The day of the answer.
    pub ts: Date,
    /// `NPS` (would you recommend us?) or `CSAT` (how satisfied were you with the order?).
    pub instrument: &'static str,
    /// The answer.
    pub value: u8,
    /// The lowest answer there is.
    pub scale_min: u8,
    /// The highest answer there is.
    pub scale_max: u8,
}

pub(crate) fn surveys(
    settings: &RetailSimulation,
    customers: &[Customer],
    ledger: &Ledger,
    moods: &Moods,
) -> Vec<SurveyAnswer> {
    let end = settings.as_of();
    let mut answers = Vec::new();
    for (index, customer) in customers.iter().enumerate().take(settings.customers) {
        let mut stream = Stream::new(settings.seed, "surveys", index as u64);
        let mut answer = |ts: Date, instrument, (mean, slope, spread): (f64, f64, f64), scale: (u8, u8), noise: f64| {
            let value = mean + slope * moods.on(index, ts) + spread * noise;
            answers.push(SurveyAnswer {
                survey_id: String::new(),
                customer_id: customer.customer_id.clone(),
                ts,
                instrument,
                value: value.round().clamp(f64::from(scale.0), f64::from(scale.1)) as u8,
                scale_min: scale.0,
                scale_max: scale.1,
            });
        };
        let orders: Vec<Date> = ledger.orders_of(index).map(|order| order.day).collect();
        for &day in &orders {
            let (answered, wait, noise) = (stream.chance(ANSWERS.1), stream.whole(3, 14), stream.normal());
            let ts = day.plus_days(wait);
            if answered && ts <= end {
                answer(ts, "CSAT", SATISFACTION, (1, 5), noise);
            }
        }
        let Some(&first) = orders.first() else { continue };
        let mut ts = first.plus_days(stream.whole(30, EVERY));
        while ts <= end {
            let (answered, noise) = (stream.chance(ANSWERS.0), stream.normal());
            let last = orders[orders.partition_point(|&day| day <= ts).saturating_sub(1)];
            if answered && days_between(last, ts) <= ACTIVE {
                answer(ts, "NPS", RECOMMENDATION, (0, 10), noise);
            }
            ts = ts.plus_days(EVERY);
        }
    }
    answers.sort_by_key(|answer| answer.ts);
    for (answer, number) in answers.iter_mut().zip(1..) {
        answer.survey_id = format!("A{number:05}");
    }
    answers
}

impl CsvRow for SurveyAnswer {
    const COLUMNS: &'static [&'static str] =
        &["survey_id", "customer_id", "ts", "instrument", "value", "scale_min", "scale_max"];

    fn write(&self, record: &mut Record<'_>) {
        record.field(&self.survey_id).field(&self.customer_id).field(self.ts).field(self.instrument);
        record.field(self.value).field(self.scale_min).field(self.scale_max);
    }
}
