//! Why a base of buyers is worth something else than before.

use std::collections::HashSet;
use std::fmt::Write;

use emptor::prelude::*;
use emptor::value::equity::BaseSnapshot;
use emptor::value::uncertainty::ValueRange;

use super::ranges::Ranges;
use super::{Bridge, PurchaseBase};
use crate::ExampleError;
use crate::text::{count, whole};

/// From this probability to be alive on somebody counts as a customer.
const ALIVE: f64 = 0.5;

impl PurchaseBase {
    /// The base as a bridge takes it: margin per purchase × expected purchases; and who counts as a customer.
    fn snapshot(&self) -> Result<(BaseSnapshot<String>, Vec<bool>), ExampleError> {
        let view = self.history.view()?;
        let spend = self.spend.expected_spend(&view)?;
        let margin = spend.iter().zip(&self.margins.rates).map(|(spend, rate)| spend * rate).collect();
        let schedule = self.purchases.expected_purchases_schedule(&view, &self.times())?;
        let of = |row: usize| {
            let mut before = 0.0;
            let step = move |column: &Vec<f64>| column[row] - std::mem::replace(&mut before, column[row]);
            schedule.iter().map(step)
        };
        let weights = (0..self.ids.len()).flat_map(of).collect();
        let alive = self.purchases.p_alive(&view)?.iter().map(|p| *p >= ALIVE).collect();
        Ok((BaseSnapshot::weighted(self.convention, self.ids.clone(), margin, weights)?, alive))
    }

    /// What the models expected of these customers until another day, and what came.
    fn check(&self, ledger: &PurchaseLedger, until: Date, range: &ValueRange) -> Result<String, ExampleError> {
        let (view, from) = (self.history.view()?, self.history.as_of());
        let days = f64::from(until.days_since_epoch() - from.days_since_epoch());
        let purchases = self.purchases.expected_purchases(&view, Horizon::days(days)?)?;
        let spend = self.spend.expected_spend(&view)?;
        let expected: f64 = purchases.iter().zip(&spend).map(|(count, money)| count * money).sum();
        let known: HashSet<&str> = self.ids.iter().map(String::as_str).collect();
        let money = ledger.spend(from).into_iter().zip(ledger.spend(until));
        let of_known = ledger.customers().iter().zip(money).filter(|(id, _)| known.contains(&*id.str_value()));
        let came: f64 = of_known.map(|(_, (before, after))| after - before).sum();
        let off = expected / came - 1.0;
        let mut text = format!(
            "Check: on {from} the models expected revenue of {} until {until} from the {} customers of then; {} came",
            whole(expected),
            count(self.ids.len()),
            whole(came)
        );
        if came > 0.0 {
            let _ = write!(text, ", so that they were {:+.1} % off", 100.0 * off);
            let allowed = 0.5 * (range.high() - range.low()) / range.value();
            if off.abs() > allowed {
                let _ = write!(
                    text,
                    ".\nCAUTION: the range of then was ± {:.1} %: ranges cover no wrong model and no change of the market",
                    100.0 * allowed
                );
            }
        }
        Ok(text)
    }

    pub(super) fn bridge_to(
        &self,
        after: &Self,
        ledger: &PurchaseLedger,
        ranges: &Ranges,
    ) -> Result<Bridge, ExampleError> {
        let of_current = [self.range_of_current(ranges)?, after.range_of_current(ranges)?];
        let labels = [self.history.as_of().to_string(), after.history.as_of().to_string()];
        let notes = vec![
            format!("Both dates by {} and Gamma-Gamma, each fitted to what was known on the day", self.purchases.name()),
            "Customers whose P(alive) is below one half count as gone, new ones, too: lost when it falls below, regained the other way.".to_owned(),
            "Lost customers count with what they were worth before, regained and new ones with what they are worth after".to_owned(),
            "Margin: expected spend per purchase × margin rate. Activity: expected purchases. Current profit only".to_owned(),
            self.check(ledger, after.history.as_of(), &of_current[0])?,
        ];
        Bridge::between(labels, [self.snapshot()?, after.snapshot()?], of_current, "activity", notes)
    }
}
