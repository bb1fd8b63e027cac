//! Sample data as checked tables: the mappings of the simulator's columns, and the doors opened with them.

use emptor_table::polars::error::PolarsResult;
use emptor_table::polars::prelude::{
    DataFrame, Float64Chunked, Int32Chunked, Int64Chunked, IntoColumn, IntoSeries, NewChunkedArray,
};
use emptor_table::{
    Activities, ActivityColumns, Calendar, CalendarColumns, Cancellation, CostPoolColumns, CostPools, CustomerColumns,
    Customers, Identities, IdentityColumns, Opportunities, OpportunityColumns, PaymentColumns, Payments,
    ProductColumns, Products, ReferralColumns, Referrals, Source, SurveyColumns, Surveys, TableError, TicketColumns,
    Tickets, TransactionColumns, Transactions, WalletColumns, Wallets,
};

use crate::csv::to_csv;
use crate::{PurchaseLog, RetailCompany};

/// Which columns of the table `order_lines` play which role: every column of [`OrderLine`](crate::OrderLine).
///
/// ```
/// use emptor_datasets::{sample, transaction_columns};
/// use emptor_table::{Source, Transactions};
///
/// // The same as `sample::transactions()`, step by step.
/// let transactions = Transactions::scan(Source::csv_text(sample::transactions_csv()), &transaction_columns())?;
/// assert!(transactions.has("product_id"));
/// # Ok::<(), emptor_table::TableError>(())
/// ```
#[must_use]
pub fn transaction_columns() -> TransactionColumns {
    TransactionColumns::new("customer_id", "order_ts")
        .amount("net_amount")
        .quantity("qty")
        .order("order_id")
        .line("line_id")
        .product("product_id")
        .line_type("line_type")
        .ref_line("ref_line_id")
        .list_amount("list_amount")
        .discount("discount")
        .currency("ccy")
        .channel("channel")
        .place("place_id")
        .rep("rep_id")
        .batch("batch")
        .campaign("campaign_id")
        .promo("is_promo")
        .restocked("restocked")
        .cancellation(Cancellation::Void { column: "status".into(), values: vec!["cancelled".into()] })
}

/// Which columns of the table `customers` play which role: every column of [`Customer`](crate::Customer). The segment
/// and the year of birth have no role of their own and stay attributes.
///
/// ```
/// use emptor_datasets::{customer_columns, sample};
/// use emptor_table::{Customers, Source};
///
/// let customers = Customers::scan(Source::csv_text(sample::customers_csv()), &customer_columns())?;
/// assert_eq!(customers.quality().quarantined, 0);
/// # Ok::<(), emptor_table::TableError>(())
/// ```
#[must_use]
pub fn customer_columns() -> CustomerColumns {
    CustomerColumns::new("customer_id")
        .kind("type")
        .created_at("created_at")
        .first_contact_at("first_contact_at")
        .region("region_id")
        .channel("acq_channel")
        .acquisition_cost("acq_cost")
        .industry("industry")
        .size("size")
        .owner_rep("owner_rep_id")
        .consent("consent_email")
        .attribute("segment")
        .attribute("birth_year")
}

/// Which columns of the table `products` play which role: every column of [`Product`](crate::Product). The category path
/// is an attribute.
///
/// ```
/// use emptor_datasets::{product_columns, sample};
/// use emptor_table::{Products, Source};
///
/// let products = Products::scan(Source::csv_text(sample::products_csv()), &product_columns())?;
/// assert!(products.has_cost() && !products.has_cost_history());
/// # Ok::<(), emptor_table::TableError>(())
/// ```
#[must_use]
pub fn product_columns() -> ProductColumns {
    ProductColumns::new("product_id")
        .name("name")
        .category("category")
        .brand("brand")
        .list_price("list_price")
        .unit_cost("unit_cost")
        .service("is_service")
        .launch_date("launch_date")
        .end_date("end_date")
        .supplier("supplier_id")
        .attribute("category_path")
}

/// Which columns of the table `wallet` play which role: every column of [`WalletSurvey`](crate::WalletSurvey).
///
/// ```
/// use emptor_datasets::sample;
/// assert!(sample::wallets()?.by_category());
/// # Ok::<(), emptor_table::TableError>(())
/// ```
#[must_use]
pub fn wallet_columns() -> WalletColumns {
    WalletColumns::new("customer_id", "total_spend")
        .period("period")
        .category("category")
        .method("method")
        .rank("rank")
        .brands("n_brands")
}

/// Which columns of the table `opportunities` play which role: every column of [`Opportunity`](crate::Opportunity).
///
/// ```
/// use emptor_datasets::sample;
/// assert!(sample::opportunities()?.has("prob"));
/// # Ok::<(), emptor_table::TableError>(())
/// ```
#[must_use]
pub fn opportunity_columns() -> OpportunityColumns {
    OpportunityColumns::new("opp_id", "stage", "created")
        .customer("customer_id")
        .lead_source("lead_source")
        .amount("amount")
        .currency("ccy")
        .probability("prob")
        .expected_close("exp_close")
        .closed_at("closed_at")
        .outcome("outcome")
        .lost_reason("lost_reason")
        .rep("rep_id")
}

/// Which columns of the table `tickets` play which role, as a log of the activity `ticket`: when it was opened, the
/// minutes of work, what they cost, and the product. The cost of replacing a defective product (`warranty_cost`) is no
/// work and stays out; so does everything that says how the ticket went.
///
/// ```
/// use emptor_datasets::sample;
/// let tickets = sample::tickets()?;
/// assert!(tickets.has("minutes") && tickets.has("cost") && tickets.has("product_id"));
/// # Ok::<(), emptor_table::TableError>(())
/// ```
#[must_use]
pub fn ticket_columns() -> ActivityColumns {
    ActivityColumns::new("customer_id", "opened")
        .named("ticket")
        .id("ticket_id")
        .minutes("minutes")
        .cost("cost")
        .product("product_id")
}

/// Which columns of the table `tickets` play which role, as what customers asked and how it went.
///
/// ```
/// use emptor_datasets::sample;
/// let tickets = sample::service_tickets()?;
/// assert!(tickets.has("closed") && tickets.has("reopened") && tickets.has("satisfaction"));
/// # Ok::<(), emptor_table::TableError>(())
/// ```
#[must_use]
pub fn service_ticket_columns() -> TicketColumns {
    TicketColumns::new("customer_id", "opened")
        .id("ticket_id")
        .closed("closed")
        .category("category")
        .product("product_id")
        .first_contact_resolved("first_contact_resolution")
        .reopened("reopened")
        .satisfaction("csat", 1.0, 5.0)
        .theme("theme")
        .batch("batch")
        .warranty_cost("warranty_cost")
        .minutes("minutes")
}

/// Which columns of the table `payments` play which role: every column of [`Invoice`](crate::Invoice).
///
/// ```
/// use emptor_datasets::sample;
/// assert!(sample::payments()?.quality().fact("unpaid invoices").is_some_and(|fact| fact.rows > 0));
/// # Ok::<(), emptor_table::TableError>(())
/// ```
#[must_use]
pub fn payment_columns() -> PaymentColumns {
    PaymentColumns::new("customer_id", "amount", "due")
        .invoice("invoice_id")
        .currency("ccy")
        .paid_at("paid_at")
        .disputed("disputed")
}

/// Which columns of the table `surveys` play which role: every column of [`SurveyAnswer`](crate::SurveyAnswer).
///
/// ```
/// use emptor_datasets::sample;
/// let latest = sample::surveys()?.latest("2023-06-30".parse()?).collect()?;
/// assert!(latest.height() > 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn survey_columns() -> SurveyColumns {
    SurveyColumns::new("customer_id", "ts", "value")
        .id("survey_id")
        .instrument("instrument")
        .scale_columns("scale_min", "scale_max")
}

/// Which columns of the table `referrals` play which role: every column of [`Referral`](crate::Referral).
///
/// ```
/// use emptor_datasets::sample;
/// assert_eq!(sample::referrals()?.quality().quarantined, 0);
/// # Ok::<(), emptor_table::TableError>(())
/// ```
#[must_use]
pub fn referral_columns() -> ReferralColumns {
    ReferralColumns::new("referrer_id", "referred_id", "ts")
}

/// Which columns of the table `cost_pools` play which role: every column of [`CostPool`](crate::CostPool).
///
/// ```
/// use emptor_datasets::sample;
/// assert_eq!(sample::cost_pools()?.quality().quarantined, 0);
/// # Ok::<(), emptor_table::TableError>(())
/// ```
#[must_use]
pub fn cost_pool_columns() -> CostPoolColumns {
    CostPoolColumns::new("pool", "period", "type", "amount")
        .practical_capacity("practical_capacity")
        .capacity_unit("capacity_unit")
        .currency("ccy")
}

/// Which columns of the table `identities` play which role: every column of [`Identity`](crate::Identity).
///
/// The order lines of the sample are those after the crosswalk was applied: their channel names the system, and their
/// customer is the one behind the id. A table with the ids of the systems is linked by
/// [`with_identities`](emptor_table::Transactions::with_identities).
///
/// ```
/// use emptor_datasets::sample;
/// let orphans = sample::identities()?.orphans(&sample::customers()?)?;
/// assert_eq!(orphans.height(), 0);
/// # Ok::<(), emptor_table::TableError>(())
/// ```
#[must_use]
pub fn identity_columns() -> IdentityColumns {
    IdentityColumns::new("source_system", "source_id", "customer_id")
        .valid_from("valid_from")
        .valid_to("valid_to")
        .match_rule("match_rule")
        .match_score("match_score")
}

/// Which columns of the table `calendar` play which role: every column of [`CalendarDay`](crate::CalendarDay).
///
/// ```
/// use emptor_datasets::sample;
/// sample::calendar()?.check_window(sample::START.parse()?, sample::AS_OF.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn calendar_columns() -> CalendarColumns {
    CalendarColumns::new("date").workday("workday").holiday("holiday").fiscal_period("fiscal_period")
}

/// Which columns of the table `contacts` play which role, as a log of the activity `contact`: when it was sent, and what
/// that cost. What was sent and did not arrive is an activity too: it was done and paid for.
///
/// The table is that of audiences, and a quarter of them are controls, who were assigned to a campaign and never
/// contacted: `sent_at` is empty. Dated by `assigned_at` each would count as a contact, and a campaign's cost spread over
/// contacts would fall on people who were not sent it. So the date is `sent_at`, which the door refuses where it is
/// empty; [`sample::contacts`](crate::sample::contacts) and [`RetailCompany::contacts`] leave the controls out before it.
///
/// ```
/// use emptor_datasets::{contact_columns, sample};
/// use emptor_table::{Activities, Source};
///
/// let audience = sample::contacts_csv();
/// assert!(sample::contacts()?.quality().rows < audience.lines().count() - 1);
/// let error = Activities::scan(Source::csv_text(audience), &contact_columns()).map(|_| ()).unwrap_err();
/// assert!(error.to_string().contains("sent_at"));
/// # Ok::<(), emptor_table::TableError>(())
/// ```
#[must_use]
pub fn contact_columns() -> ActivityColumns {
    ActivityColumns::new("customer_id", "sent_at").named("contact").cost("cost")
}

/// Order lines in CSV text, by [`transaction_columns`].
pub(crate) fn open_transactions(name: &str, csv: &str) -> Result<Transactions, TableError> {
    Transactions::scan(Source::csv_text(csv).named(name), &transaction_columns())
}

/// Customers in CSV text, by [`customer_columns`].
pub(crate) fn open_customers(name: &str, csv: &str) -> Result<Customers, TableError> {
    Customers::scan(Source::csv_text(csv).named(name), &customer_columns())
}

/// Products in CSV text, by [`product_columns`].
pub(crate) fn open_products(name: &str, csv: &str) -> Result<Products, TableError> {
    Products::scan(Source::csv_text(csv).named(name), &product_columns())
}

/// Wallets in CSV text, by [`wallet_columns`].
pub(crate) fn open_wallets(name: &str, csv: &str) -> Result<Wallets, TableError> {
    Wallets::scan(Source::csv_text(csv).named(name), &wallet_columns())
}

/// Opportunities in CSV text, by [`opportunity_columns`].
pub(crate) fn open_opportunities(name: &str, csv: &str) -> Result<Opportunities, TableError> {
    Opportunities::scan(Source::csv_text(csv).named(name), &opportunity_columns())
}

/// Tickets in CSV text, by [`ticket_columns`].
pub(crate) fn open_tickets(name: &str, csv: &str) -> Result<Activities, TableError> {
    Activities::scan(Source::csv_text(csv).named(name), &ticket_columns())
}

/// Tickets in CSV text, by [`service_ticket_columns`].
pub(crate) fn open_service_tickets(name: &str, csv: &str) -> Result<Tickets, TableError> {
    Tickets::scan(Source::csv_text(csv).named(name), &service_ticket_columns())
}

/// Invoices in CSV text, by [`payment_columns`].
pub(crate) fn open_payments(name: &str, csv: &str) -> Result<Payments, TableError> {
    Payments::scan(Source::csv_text(csv).named(name), &payment_columns())
}

/// Answers to surveys in CSV text, by [`survey_columns`].
pub(crate) fn open_surveys(name: &str, csv: &str) -> Result<Surveys, TableError> {
    Surveys::scan(Source::csv_text(csv).named(name), &survey_columns())
}

/// Referrals in CSV text, by [`referral_columns`].
pub(crate) fn open_referrals(name: &str, csv: &str) -> Result<Referrals, TableError> {
    Referrals::scan(Source::csv_text(csv).named(name), &referral_columns())
}

/// Cost pools in CSV text, by [`cost_pool_columns`].
pub(crate) fn open_cost_pools(name: &str, csv: &str) -> Result<CostPools, TableError> {
    CostPools::scan(Source::csv_text(csv).named(name), &cost_pool_columns())
}

/// Identities in CSV text, by [`identity_columns`].
pub(crate) fn open_identities(name: &str, csv: &str) -> Result<Identities, TableError> {
    Identities::scan(Source::csv_text(csv).named(name), &identity_columns())
}

/// A calendar in CSV text, by [`calendar_columns`].
pub(crate) fn open_calendar(name: &str, csv: &str) -> Result<Calendar, TableError> {
    Calendar::scan(Source::csv_text(csv).named(name), &calendar_columns())
}

/// Contacts in CSV text, by [`contact_columns`]; those never sent are left out.
pub(crate) fn open_contacts(name: &str, csv: &str) -> Result<Activities, TableError> {
    Activities::scan(Source::csv_text(sent(csv)).named(name), &contact_columns())
}

/// The rows with a day of sending. No field of this table is ever quoted: they are keys, days, flags and amounts.
fn sent(contacts: &str) -> String {
    let header = contacts.lines().next().unwrap_or_default();
    let day = header.split(',').position(|name| name == "sent_at");
    let is_sent = |row: &&str| day.and_then(|day| row.split(',').nth(day)).is_some_and(|day| !day.is_empty());
    let rows = contacts.lines().skip(1).filter(is_sent);
    std::iter::once(header).chain(rows).flat_map(|line| [line, "\n"]).collect()
}

/// The tables of the input contract. They come in as CSV text, as they would from a file.
///
/// ```
/// use emptor_datasets::RetailSimulation;
///
/// let company = RetailSimulation::builder().customers(50).start("2023-01-01").years(1).seed(1).build()?.run();
/// let transactions = company.transactions()?;
/// assert_eq!(transactions.quality().rows, company.order_lines.len());
/// assert_eq!(company.customers()?.quality().rows, company.customers.len());
/// assert_eq!(company.products()?.quality().rows, company.products.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl RetailCompany {
    /// The order lines as a checked table, by [`transaction_columns`].
    ///
    /// # Errors
    /// None as long as the rows are those that the simulation made; see [`TableError`].
    pub fn transactions(&self) -> Result<Transactions, TableError> {
        open_transactions("simulation", &to_csv(&self.order_lines))
    }

    /// The customers as a checked table, by [`customer_columns`].
    ///
    /// # Errors
    /// None as long as the rows are those that the simulation made; see [`TableError`].
    pub fn customers(&self) -> Result<Customers, TableError> {
        open_customers("simulation", &to_csv(&self.customers))
    }

    /// The products as a checked table, by [`product_columns`].
    ///
    /// # Errors
    /// None as long as the rows are those that the simulation made; see [`TableError`].
    pub fn products(&self) -> Result<Products, TableError> {
        open_products("simulation", &to_csv(&self.products))
    }

    /// The wallet surveys as a checked table, by [`wallet_columns`].
    ///
    /// # Errors
    /// [`TableError::Empty`] where the window has no whole calendar year; see [`TableError`].
    pub fn wallets(&self) -> Result<Wallets, TableError> {
        open_wallets("simulation", &to_csv(&self.wallet))
    }

    /// The deals as a checked table, by [`opportunity_columns`].
    ///
    /// # Errors
    /// [`TableError::Empty`] where there are none; see [`TableError`].
    pub fn deals(&self) -> Result<Opportunities, TableError> {
        open_opportunities("simulation", &to_csv(&self.opportunities))
    }

    /// The tickets as a log of activities, by [`ticket_columns`].
    ///
    /// # Errors
    /// [`TableError::Empty`] where there are none; see [`TableError`].
    pub fn tickets(&self) -> Result<Activities, TableError> {
        open_tickets("simulation", &to_csv(&self.tickets))
    }

    /// The tickets as what customers asked and how it went, by [`service_ticket_columns`].
    ///
    /// # Errors
    /// [`TableError::Empty`] where there are none; see [`TableError`].
    pub fn service_tickets(&self) -> Result<Tickets, TableError> {
        open_service_tickets("simulation", &to_csv(&self.tickets))
    }

    /// The invoices as a checked table, by [`payment_columns`].
    ///
    /// # Errors
    /// [`TableError::Empty`] where nobody buys on account; see [`TableError`].
    pub fn payments(&self) -> Result<Payments, TableError> {
        open_payments("simulation", &to_csv(&self.payments))
    }

    /// The answers to surveys as a checked table, by [`survey_columns`].
    ///
    /// # Errors
    /// [`TableError::Empty`] where there are none; see [`TableError`].
    pub fn surveys(&self) -> Result<Surveys, TableError> {
        open_surveys("simulation", &to_csv(&self.surveys))
    }

    /// Who brought whom as a checked table, by [`referral_columns`].
    ///
    /// # Errors
    /// [`TableError::Empty`] where there are none; see [`TableError`].
    pub fn referrals(&self) -> Result<Referrals, TableError> {
        open_referrals("simulation", &to_csv(&self.referrals))
    }

    /// The cost pools as a checked table, by [`cost_pool_columns`].
    ///
    /// # Errors
    /// None as long as the rows are those that the simulation made; see [`TableError`].
    pub fn cost_pools(&self) -> Result<CostPools, TableError> {
        open_cost_pools("simulation", &to_csv(&self.cost_pools))
    }

    /// The crosswalk of identities as a checked table, by [`identity_columns`].
    ///
    /// # Errors
    /// None as long as the rows are those that the simulation made; see [`TableError`].
    pub fn identities(&self) -> Result<Identities, TableError> {
        open_identities("simulation", &to_csv(&self.identities))
    }

    /// The calendar as a checked table, by [`calendar_columns`].
    ///
    /// # Errors
    /// None as long as the rows are those that the simulation made; see [`TableError`].
    pub fn calendar(&self) -> Result<Calendar, TableError> {
        open_calendar("simulation", &to_csv(&self.calendar))
    }

    /// The contacts of campaigns as a log of activities, by [`contact_columns`]; customers kept out as controls were never
    /// contacted and have no row.
    ///
    /// # Errors
    /// [`TableError::Empty`] where the window is too short for a campaign; see [`TableError`].
    pub fn contacts(&self) -> Result<Activities, TableError> {
        open_contacts("simulation", &to_csv(&self.contacts))
    }
}

impl PurchaseLog {
    /// The log as a checked table: `customer_id` (`Int64`), `date` and `amount`, one row per purchase.
    ///
    /// ```
    /// use emptor_datasets::{BuyerParameters, PurchaseLog};
    ///
    /// let log = PurchaseLog::simulate(1_000, 104, 7, BuyerParameters::RETAIL)?;
    /// assert_eq!(log.transactions()?.quality().accepted, log.len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// None as long as the columns are those that the simulation made; see [`TableError`].
    pub fn transactions(&self) -> Result<Transactions, TableError> {
        let frame = self.frame().map_err(|error| TableError::Unreadable {
            source_name: "purchase log".to_owned(),
            reason: error.to_string(),
        })?;
        Transactions::from_frame(frame, &TransactionColumns::new("customer_id", "date").amount("amount"))
    }

    fn frame(&self) -> PolarsResult<DataFrame> {
        let columns = vec![
            Int64Chunked::from_slice("customer_id".into(), &self.customer).into_series().into_column(),
            Int32Chunked::from_slice("date".into(), &self.day).into_date().into_series().into_column(),
            Float64Chunked::from_slice("amount".into(), &self.amount).into_series().into_column(),
        ];
        DataFrame::new(self.len(), columns)
    }
}

#[cfg(test)]
mod tests;
