//! Image: the standing of the relation — how long, how reliably paid, how warmly recommended, how large a part of the
//! customer's needs.

use emptor_table::{Payments, Referrals};
use emptor_types::ExactSum;
use polars::prelude::{DataType, col, lit};

use super::base::{Base, share};
use super::service_value::latest_answers;
use super::share_of_wallet::shares_of_wallet;
use super::{AnalysisError, Column};

/// The instrument of recommendation surveys, and the shares of its scale from which an answer is passive and promoting:
/// 7 and 9 of 0 to 10.
const RECOMMENDATION: &str = "NPS";
const PASSIVE: f64 = 0.7;
const PROMOTER: f64 = 0.9;
/// Rounding of a share of a scale.
const ROUNDING: f64 = 1e-9;

pub(super) fn columns(base: &Base<'_>) -> Result<Vec<Column>, AnalysisError> {
    let tenure = base.of_buyers(|i| f64::from(base.tenure(i)));
    let mut columns = vec![("tenure_days", tenure)];
    let tables = base.tables;
    if let Some(payments) = tables.payments().filter(|payments| payments.has("paid_at")) {
        let late = overdue(base, payments)?;
        columns.push(("overdue_share", base.of_buyers(|i| late[i])));
    }
    if let Some(referrals) = tables.referrals() {
        let referred = referred(base, referrals)?;
        columns.push(("referrals", base.of_buyers(|i| referred[i])));
    }
    if let Some(surveys) = tables.surveys() {
        let answers = latest_answers(base, surveys, RECOMMENDATION)?;
        columns.push(("nps", base.of_buyers(|i| promoter_score(answers[i]))));
    }
    if let Some(wallets) = tables.wallets()
        && let Some(shares) = shares_of_wallet(base, wallets)?
    {
        columns.push(("share_of_wallet", base.of_buyers(|i| shares[i])));
    }
    Ok(columns)
}

/// Money not paid by the end of its due day, as a share of all money whose due day is over.
fn overdue(base: &Base<'_>, payments: &Payments) -> Result<Vec<f64>, AnalysisError> {
    let due = payments.rows().filter(col("due").to_physical().lt(lit(base.as_of)));
    let due = if payments.has("disputed") { due.filter(col("disputed").fill_null(lit(false)).not()) } else { due };
    let columns = ["customer_id", "amount", "due", "paid_at"].map(col);
    let rows = base.rows("payments", due.select(columns))?;
    let (amounts, due, paid) = (rows.numbers("amount")?, rows.days("due")?, rows.days("paid_at")?);
    let mut money = vec![(ExactSum::ZERO, ExactSum::ZERO); base.len()];
    for (row, place) in rows.places.iter().enumerate() {
        let (Some(customer), Some(amount)) = (*place, amounts[row]) else { continue };
        money[customer].1.add(amount);
        // A payment after the day of observation is after the due day too.
        if paid[row].is_none_or(|paid| due[row].is_some_and(|due| paid > due)) {
            money[customer].0.add(amount);
        }
    }
    Ok(money.into_iter().map(|(late, all)| share(late.value(), all.value())).collect())
}

/// Customers that each customer has referred.
fn referred(base: &Base<'_>, referrals: &Referrals) -> Result<Vec<f64>, AnalysisError> {
    let query = referrals
        .rows()
        .filter(base.is_known("date"))
        .group_by([col("referrer_id")])
        .agg([col("referred_id").n_unique().cast(DataType::Float64).alias("referred")]);
    let rows = base.rows("referrals", query)?;
    let mut referred = vec![0.0; base.len()];
    for (place, count) in rows.places.iter().zip(rows.numbers("referred")?) {
        if let (Some(customer), Some(count)) = (*place, count) {
            referred[customer] = count;
        }
    }
    Ok(referred)
}

/// 1 for promoters, 0 for passives, −1 for detractors: the mean over customers is the net promoter score.
fn promoter_score(share: f64) -> f64 {
    if share.is_nan() {
        f64::NAN
    } else if share >= PROMOTER - ROUNDING {
        1.0
    } else if share >= PASSIVE - ROUNDING {
        0.0
    } else {
        -1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_nine_and_ten_promote_and_below_seven_detract_on_any_scale() {
        let expected = [-1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, 0.0, 0.0, 1.0, 1.0];
        for (answer, expected) in (0_u8..).zip(expected) {
            let answer = f64::from(answer);
            assert_eq!(promoter_score(answer / 10.0).total_cmp(&expected), std::cmp::Ordering::Equal, "{answer}");
            // The same answers in another unit.
            let share = (0.1 * answer + 0.3 - 0.3) / (1.3 - 0.3);
            assert_eq!(promoter_score(share).total_cmp(&expected), std::cmp::Ordering::Equal, "{answer}");
        }
        assert!(promoter_score(f64::NAN).is_nan());
    }
}
