//! Sample data as checked tables: the mappings of the simulator's columns, and the doors opened with them.

use emptor_table::polars::error::PolarsResult;
use emptor_table::polars::prelude::{
    DataFrame, Float64Chunked, Int32Chunked, Int64Chunked, IntoColumn, IntoSeries, NewChunkedArray,
};
use emptor_table::{
    Activities, ActivityColumns, Cancellation, CustomerColumns, Customers, Opportunities, OpportunityColumns,
    ProductColumns, Products, Source, TableError, TransactionColumns, Transactions, WalletColumns, Wallets,
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
mod tests {
    use std::error::Error;

    use emptor_table::LineKind;
    use emptor_table::polars::prelude::{col, lit};

    use super::*;
    use crate::{Arm, BuyerParameters, LineType, OrderLine, OrderStatus, RetailSimulation, sample};

    /// Doubles of sums of cents and of summed doubles may be apart by this much.
    const MONEY: f64 = 1e-9;

    fn company() -> Result<RetailCompany, crate::DatasetError> {
        Ok(RetailSimulation::builder().customers(300).start("2021-03-15").days(600).seed(3).build()?.run())
    }

    fn cells<'a>(csv: &'a str, column: &str) -> Vec<&'a str> {
        assert!(!csv.contains('"'), "a quoted field needs a real reader");
        let place = csv.lines().next().and_then(|header| header.split(',').position(|name| name == column));
        let cell = |line: &'a str| place.and_then(|place| line.split(',').nth(place)).unwrap_or_default();
        csv.lines().skip(1).map(cell).collect()
    }

    fn kinds(transactions: &Transactions, kind: LineKind) -> Result<usize, Box<dyn Error>> {
        let lines = transactions.lines().filter(col("kind").eq(lit(kind.code()))).select([col("kind")]);
        Ok(lines.collect()?.height())
    }

    fn fact(transactions: &Transactions, name: &str) -> Result<(usize, f64), String> {
        let fact = transactions.quality().fact(name).ok_or_else(|| format!("no fact `{name}`"))?;
        Ok((fact.rows, fact.amount.ok_or_else(|| format!("`{name}` has no amount"))?))
    }

    #[test]
    fn the_sample_passes_every_door_without_a_broken_rule() -> Result<(), TableError> {
        let (transactions, customers, products) = (sample::transactions()?, sample::customers()?, sample::products()?);
        for quality in [transactions.quality(), customers.quality(), products.quality()] {
            assert!(quality.breaches.is_empty(), "{quality}");
            assert_eq!((quality.quarantined, quality.accepted), (0, quality.rows), "{quality}");
        }
        let days = transactions.quality().days.map(|(first, last)| (first.to_string(), last.to_string()));
        assert_eq!(days, Some((sample::START.to_owned(), sample::AS_OF.to_owned())));
        Ok(())
    }

    #[test]
    fn tables_have_as_many_rows_as_their_source() -> Result<(), Box<dyn Error>> {
        let rows = |csv: &str| csv.lines().count() - 1;
        assert_eq!(sample::transactions()?.quality().rows, rows(sample::transactions_csv()));
        assert_eq!(sample::customers()?.quality().rows, rows(sample::customers_csv()));
        assert_eq!(sample::products()?.quality().rows, rows(sample::products_csv()));
        let company = company()?;
        assert_eq!(company.transactions()?.lines().collect()?.height(), company.order_lines.len());
        assert_eq!(company.customers()?.rows().collect()?.height(), company.customers.len());
        assert_eq!(company.products()?.rows().collect()?.height(), company.products.len());
        Ok(())
    }

    #[test]
    fn mappings_name_every_column_of_their_table() -> Result<(), Box<dyn Error>> {
        // The door adds `kind` to the transactions.
        let width = |csv: &str| csv.lines().next().map_or(0, |header| header.split(',').count());
        assert_eq!(sample::transactions()?.lines().collect_schema()?.len(), width(sample::transactions_csv()) + 1);
        assert_eq!(sample::customers()?.rows().collect_schema()?.len(), width(sample::customers_csv()));
        assert_eq!(sample::products()?.rows().collect_schema()?.len(), width(sample::products_csv()));
        Ok(())
    }

    #[test]
    fn the_logs_of_the_sample_hold_every_ticket_and_every_contact_that_was_sent() -> Result<(), Box<dyn Error>> {
        let (tickets, contacts) = (sample::tickets()?, sample::contacts()?);
        let sent = cells(sample::contacts_csv(), "sent_at").iter().filter(|day| !day.is_empty()).count();
        let controls = cells(sample::contacts_csv(), "arm").iter().filter(|arm| **arm == "control").count();
        assert!(controls > 0 && sent + controls == cells(sample::contacts_csv(), "arm").len());
        for (log, name, rows) in
            [(&tickets, "ticket", cells(sample::tickets_csv(), "ticket_id").len()), (&contacts, "contact", sent)]
        {
            let quality = log.quality();
            assert!(quality.breaches.is_empty(), "{quality}");
            assert_eq!((quality.quarantined, quality.accepted, quality.rows), (0, rows, rows), "{quality}");
            let named = log.rows().filter(col("activity").eq(lit(name))).collect()?;
            assert_eq!(named.height(), rows);
        }
        let minutes: f64 = cells(sample::tickets_csv(), "minutes").iter().filter_map(|m| m.parse::<f64>().ok()).sum();
        assert_eq!(
            tickets.rows().select([col("minutes").sum()]).collect()?.column("minutes")?.f64()?.get(0),
            Some(minutes)
        );
        Ok(())
    }

    #[test]
    fn logs_keep_the_cost_of_the_simulation_and_no_control() -> Result<(), Box<dyn Error>> {
        let company = company()?;
        let cost =
            |log: &Activities| log.quality().fact("all activities").and_then(|fact| fact.amount).unwrap_or(f64::NAN);
        let (tickets, contacts) = (company.tickets()?, company.contacts()?);
        let worked: f64 = company.tickets.iter().map(|ticket| ticket.cost.to_f64()).sum();
        assert!(worked > 0.0 && (cost(&tickets) - worked).abs() < MONEY);
        assert_eq!(tickets.quality().rows, company.tickets.len());
        let treated = company.contacts.iter().filter(|contact| contact.arm == Arm::Treat).count();
        assert!(treated > 0 && treated < company.contacts.len());
        assert_eq!(contacts.quality().rows, treated);
        let paid: f64 = company.contacts.iter().map(|contact| contact.cost.to_f64()).sum();
        assert!(paid > 0.0 && (cost(&contacts) - paid).abs() < MONEY);
        Ok(())
    }

    #[test]
    fn void_returned_and_free_lines_are_those_of_the_simulation() -> Result<(), Box<dyn Error>> {
        let company = company()?;
        let transactions = company.transactions()?;
        let count = |holds: &dyn Fn(&OrderLine) -> bool| company.order_lines.iter().filter(|line| holds(line)).count();
        let void = count(&|line| line.status == OrderStatus::Cancelled);
        let returned = count(&|line| line.line_type == LineType::Return);
        let free = count(&|line| line.line_type == LineType::Free);
        let unassigned = count(&|line| line.customer_id.is_none());
        assert!(void > 0 && returned > 0 && free > 0 && unassigned > 0);

        assert_eq!(fact(&transactions, "cancelled lines")?.0, void);
        assert_eq!(fact(&transactions, "returns")?.0, returned);
        assert_eq!(fact(&transactions, "zero-value lines")?.0, free);
        assert_eq!(fact(&transactions, "lines without a customer")?.0, unassigned);
        assert_eq!(fact(&transactions, "net differs from list − discount")?.0, 0);
        assert_eq!(kinds(&transactions, LineKind::Void)?, void);
        assert_eq!(kinds(&transactions, LineKind::Return)?, returned);
        assert_eq!(kinds(&transactions, LineKind::Free)?, free);
        assert_eq!(kinds(&transactions, LineKind::Charge)?, 0);
        assert_eq!(kinds(&transactions, LineKind::Sale)?, company.order_lines.len() - void - returned - free);
        Ok(())
    }

    #[test]
    fn money_adds_up_to_the_amounts_of_the_sample() -> Result<(), Box<dyn Error>> {
        let csv = sample::transactions_csv();
        let (amounts, types, customers, statuses) =
            (cells(csv, "net_amount"), cells(csv, "line_type"), cells(csv, "customer_id"), cells(csv, "status"));
        // Whole cents, so that the expected sum is exact.
        let sum = |holds: &dyn Fn(usize) -> bool| -> Result<f64, Box<dyn Error>> {
            let mut cents = 0_i64;
            for (row, amount) in amounts.iter().enumerate().filter(|(row, _)| holds(*row)) {
                cents += amount.replace('.', "").parse::<i64>().map_err(|error| format!("row {row}: {error}"))?;
            }
            Ok(cents as f64 / 100.0)
        };
        let transactions = sample::transactions()?;
        let active = |row: usize| statuses[row] != "cancelled";
        for (name, expected) in [
            ("all lines", sum(&|_| true)?),
            ("returns", sum(&|row| types[row] == "return")?),
            ("cancelled lines", sum(&|row| !active(row))?),
            ("lines with a customer", sum(&|row| active(row) && !customers[row].is_empty())?),
            ("lines without a customer", sum(&|row| active(row) && customers[row].is_empty())?),
        ] {
            let (rows, amount) = fact(&transactions, name)?;
            assert!(rows > 0 && (amount - expected).abs() < MONEY, "{name}: {amount} for {expected}");
        }
        Ok(())
    }

    #[test]
    fn companies_at_the_ends_of_the_calendar_pass_the_doors_and_beyond_are_refused() -> Result<(), Box<dyn Error>> {
        let settings = |start| RetailSimulation::builder().customers(5).start(start).days(90);
        for start in ["1910-01-01", "2100-10-02"] {
            let company = settings(start).build()?.run();
            company.transactions()?;
            company.customers()?;
            company.products()?;
        }
        assert!(settings("1909-12-31").build().is_err());
        assert!(settings("2100-10-04").build().is_err());
        Ok(())
    }

    #[test]
    fn a_purchase_log_keeps_its_rows_days_and_money() -> Result<(), Box<dyn Error>> {
        let log = PurchaseLog::simulate(2_000, 60, 3, BuyerParameters::RETAIL)?;
        let transactions = log.transactions()?;
        let cents: i64 = log.amount.iter().map(|amount| (amount * 100.0).round() as i64).sum();
        let (rows, amount) = fact(&transactions, "all lines")?;
        assert_eq!(rows, log.len());
        assert!((amount - cents as f64 / 100.0).abs() < MONEY, "{amount}");
        let days = transactions.quality().days.map(|(first, last)| (first.days_since_epoch(), last.days_since_epoch()));
        assert_eq!(days, log.day.iter().min().copied().zip(log.day.iter().max().copied()));
        Ok(())
    }

    #[test]
    fn a_purchase_log_with_columns_of_unequal_length_is_refused() -> Result<(), crate::DatasetError> {
        let mut log = PurchaseLog::simulate(10, 60, 3, BuyerParameters::RETAIL)?;
        log.amount.pop();
        assert!(matches!(log.transactions(), Err(TableError::Unreadable { .. })));
        Ok(())
    }
}
