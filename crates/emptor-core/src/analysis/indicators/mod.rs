//! What customers are graded by, from the tables at hand: the columns of [`AssessmentStandard::built_in`].
//!
//! Past sales, known of every customer who has bought unless said otherwise:
//!
//! | indicator | formula | unit | better |
//! |---|---|---|---|
//! | `spend` | net money, returns taken off | currency | higher |
//! | `purchases` | orders, counted per day | count | higher |
//! | `days_since_last` | day of observation − last purchase | days | lower |
//! | `spend_growth` | (a − b) / (\|a\| + \|b\|), a = net money of the last 365 days, b = of the 365 before; unknown if the first purchase is less than 365 days ago or both are 0 | −1 to 1 | higher |
//! | `interval_cv` | sample standard deviation / mean of the days between purchase days; unknown below three purchase days | × | lower |
//!
//! Product value:
//!
//! | indicator | formula | unit | better | needs |
//! |---|---|---|---|---|
//! | `spend_per_purchase` | net money / orders | currency | higher | |
//! | `return_share` | returns / (net money + returns); unknown if nothing was sold on balance | share | lower | |
//! | `products` | distinct products bought | count | higher | a product column |
//! | `margin_rate` | 1 − cost / net money, of lines whose cost is known | share | higher | products with costs |
//! | `discount_share` | 1 − Σ net / Σ list of sale lines with a list amount; unknown if that is not above 0 | share | lower | list amounts |
//!
//! Service value:
//!
//! | indicator | formula | unit | better | needs |
//! |---|---|---|---|---|
//! | `tickets_per_purchase` | tickets opened / orders; 0 for buyers without a ticket; ten times it is complaints per ten orders | × | lower | tickets |
//! | `resolution_days` | median of closed − opened; unknown without a closed ticket | days | lower | their `closed` |
//! | `reopened_share` | reopened / closed tickets of which it is known | share | lower | their `reopened` |
//! | `sla_met_share` | closed by the due day / tickets that have one and are closed or past it | share | higher | their `closed`, `sla_due` |
//! | `service_satisfaction` | mean rating of closed tickets on its scale; without one, the latest answer to `CSAT` | 0 to 1 | higher | rated tickets or surveys |
//! | `service_cost_share` | cost of activities / net money; 0 without an activity, unknown if the cost of one is or if net money is not above 0 | × | lower | activities with costs |
//!
//! Image:
//!
//! | indicator | formula | unit | better | needs |
//! |---|---|---|---|---|
//! | `tenure_days` | day of observation − first purchase | days | higher | |
//! | `overdue_share` | money not paid by the end of its due day / money whose due day is over, disputed invoices left out; unknown without such an invoice | share | lower | payments with `paid_at` |
//! | `referrals` | distinct customers referred; 0 for buyers without one | count | higher | referrals |
//! | `nps` | 1, 0 or −1 by the latest answer to `NPS`: from 9, from 7, or below 7 of 10, other scales likewise (Reichheld 2003) | −1 to 1 | higher | surveys |
//! | `share_of_wallet` | net money / wallet, of the latest period that is over, 0 to 1; unknown without a wallet above 0 | share | higher | wallets |
//!
//! `spend_growth` compares less than a year with a year where the first purchase lies inside the earlier one; the days
//! before it are not known to be without need. An invoice that was paid late counts as overdue, although it is paid by
//! now: what is judged is how a customer pays. The mean of `nps` over the customers who answered is the net promoter
//! score. Wallets by category are compared with what was spent on those categories, and need products with a category;
//! wallets without a period are taken for the last 365 days.
//!
//! Only what is dated on or before the day of observation counts: a ticket that was closed later is open, an invoice that
//! was paid later is not paid, an answer given later is not given. The order of rows changes no bit. Unknown is null, and
//! a column is there if the tables that it needs are.

mod base;
mod help;
mod image;
mod past_sales;
mod product_value;
mod service_value;
mod share_of_wallet;

use emptor_rfm::{PurchaseLedger, RfmTable};
use emptor_table::Tables;
use emptor_types::Date;
use polars::prelude::{DataFrame, IntoColumn, NamedFrom, PolarsResult, Series};

use self::base::Base;
use super::error::AnalysisError;
use super::margin::Margin;
use crate::grade::{AssessmentStandard, GradeError};

/// The name of an indicator of the built-in standard, with one value per customer of the ledger, `NaN` where unknown.
type Column = (&'static str, Vec<f64>);

/// Indicator columns.
pub(super) struct Indicators {
    columns: Vec<Column>,
}

impl Indicators {
    /// Takes what the tables have; `margins` are gross margin rates of the customers, empty without costs.
    pub(super) fn gather(tables: &Tables, rfm: &RfmTable, margins: Vec<f64>) -> Result<Self, AnalysisError> {
        let base = Base::new(tables, rfm)?;
        let mut columns = past_sales::columns(&base)?;
        columns.extend(product_value::columns(&base, margins)?);
        columns.extend(service_value::columns(&base)?);
        columns.extend(image::columns(&base)?);
        Ok(Self { columns })
    }

    pub(super) fn to_frame(&self, customers: &Series) -> PolarsResult<DataFrame> {
        let mut columns = vec![customers.clone().with_name("customer_id".into()).into_column()];
        columns.extend(self.columns.iter().map(|(name, values)| {
            let known: Vec<Option<f64>> = values.iter().map(|v| Some(*v).filter(|v| !v.is_nan())).collect();
            Series::new((*name).into(), known).into_column()
        }));
        DataFrame::new(customers.len(), columns)
    }

    /// The indicators of a standard that have a column.
    pub(super) fn standard(&self, whole: &AssessmentStandard) -> Result<AssessmentStandard, GradeError> {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        Ok(whole.restricted_to(&names)?.0)
    }

    pub(super) fn columns(&self) -> Vec<(&str, &[f64])> {
        self.columns.iter().map(|(name, values)| (*name, values.as_slice())).collect()
    }
}

/// The grading indicators of every customer who is there by the day of observation: `customer_id` and one column per
/// indicator, null where unknown. Which of them there are depends on the tables:
///
/// | tables | columns |
/// |---|---|
/// | transactions | `spend`, `purchases`, `days_since_last`, `spend_growth`, `interval_cv`, `spend_per_purchase`, `return_share`, `tenure_days` |
/// | with products or list amounts named | `products`, `discount_share` |
/// | [products](emptor_table::Tables::with_products) with costs | `margin_rate` |
/// | [tickets](Tables::with_tickets) | `tickets_per_purchase`, `resolution_days`, `reopened_share`, `sla_met_share`, `service_satisfaction` |
/// | [activities](Tables::with_activities) with costs | `service_cost_share` |
/// | [payments](Tables::with_payments) | `overdue_share` |
/// | [referrals](Tables::with_referrals) | `referrals` |
/// | [surveys](Tables::with_surveys) | `nps`, `service_satisfaction` |
/// | [wallets](Tables::with_wallets) | `share_of_wallet` |
///
/// A grader fitted by an [`Analysis`](super::Analysis) grades another period by them, with its parameters frozen:
///
/// ```
/// use emptor_core::analysis::indicators;
/// use emptor_table::polars::df;
/// use emptor_table::{Tables, TicketColumns, Tickets, TransactionColumns, Transactions};
///
/// let frame = df!("id" => [1_i64, 1, 2], "day" => ["2024-01-01", "2024-02-01", "2024-03-01"], "net" => [5.0, 7.0, 9.0])?;
/// let transactions = Transactions::from_frame(frame, &TransactionColumns::new("id", "day").amount("net"))?;
/// let tickets = Tickets::scan(df!("id" => [1_i64], "day" => ["2024-02-03"])?, &TicketColumns::new("id", "day"))?;
/// let frame = indicators(&Tables::new(transactions).with_tickets(tickets), "2024-12-31".parse()?)?;
/// assert_eq!(frame.column("spend_per_purchase")?.f64()?.get(0), Some(6.0));
/// assert_eq!(frame.column("tickets_per_purchase")?.f64()?.get(0), Some(0.5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the source cannot be read any more, ids of two tables differ in type, or the period of a wallet is neither a year
/// nor a quarter nor a month.
pub fn indicators(tables: &Tables, as_of: Date) -> Result<DataFrame, AnalysisError> {
    let tables = &tables.known_by(as_of);
    let ledger = PurchaseLedger::collect(tables.transactions())?.until(as_of)?;
    let rfm = RfmTable::from_ledger(&ledger, as_of)?;
    let margins = Margin::Auto.resolve(tables.into(), ledger.customers(), as_of)?;
    Ok(Indicators::gather(tables, &rfm, margins.own)?.to_frame(ledger.customers())?)
}
