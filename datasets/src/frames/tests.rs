//! The doors of the sample and of a simulation.

use std::error::Error;

use emptor_table::polars::prelude::{col, lit};
use emptor_table::{LineKind, Linking};

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
fn the_crosswalk_the_calendar_and_the_pools_of_the_sample_pass_their_doors() -> Result<(), Box<dyn Error>> {
    let (identities, calendar, pools) = (sample::identities()?, sample::calendar()?, sample::cost_pools()?);
    for quality in [identities.quality(), calendar.quality(), pools.quality()] {
        assert!(quality.breaches.is_empty(), "{quality}");
        assert_eq!(quality.accepted, quality.rows, "{quality}");
    }
    let company = company()?;
    assert_eq!(company.identities()?.quality().accepted, company.identities.len());
    assert_eq!(company.calendar()?.quality().accepted, company.calendar.len());
    assert_eq!(company.cost_pools()?.quality().accepted, company.cost_pools.len());
    // Monday to Friday less the holidays that fall on them: New Year, Good Friday, Easter Monday, Labour Day, Christmas.
    assert_eq!(calendar.workdays("2024-01-01".parse()?, "2024-12-31".parse()?)?, 262 - 6);
    Ok(())
}

#[test]
fn lines_by_the_ids_of_their_systems_find_their_customers_through_the_crosswalk() -> Result<(), Box<dyn Error>> {
    let company = company()?;
    // What the systems knew: the id in force in the system of the channel.
    let mut text = String::from("system,id,day,net,truth\n");
    let mut rows = 0;
    for line in company.order_lines.iter().filter(|line| line.customer_id.is_some()) {
        let system = match line.channel {
            "store" => "till",
            "online" => "shop",
            "marketplace" => "market",
            _ => "desk",
        };
        let customer = line.customer_id.as_deref().unwrap_or_default();
        let id = company.identities.iter().find(|row| {
            row.source_system == system
                && row.customer_id == customer
                && row.valid_from <= line.order_ts
                && row.valid_to.is_none_or(|to| line.order_ts <= to)
        });
        if let (Some(id), LineType::Sale) = (id, line.line_type) {
            text.push_str(&format!("{system},{},{},{},{customer}\n", id.source_id, line.order_ts, line.net_amount));
            rows += 1;
        }
    }
    let columns = TransactionColumns::new("id", "day").amount("net").source_system("system").channel("truth");
    let raw = Transactions::scan(Source::csv_text(text), &columns)?;
    let linking = Linking::by_column("source_system");
    let linked = raw.with_identities(&company.identities()?, &linking)?;
    let right = linked.lines().filter(col("customer_id").eq(col("channel"))).collect()?;
    assert_eq!((right.height(), linked.quality().fact("lines not linked").map(|fact| fact.rows)), (rows, Some(0)));
    let report = company.identities()?.report(&raw, &linking, &[])?;
    let all = report.systems.last().ok_or("no row")?;
    assert!(all.duplicates_removed > 0 && all.match_rate() == Some(1.0));
    assert!(all.repeat_rate().1 > all.repeat_rate().0, "whoever buys through two systems comes back");
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
    let cost = |log: &Activities| log.quality().fact("all activities").and_then(|fact| fact.amount).unwrap_or(f64::NAN);
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
fn tables_of_service_and_image_hold_every_row_of_the_simulation() -> Result<(), Box<dyn Error>> {
    let company = company()?;
    assert_eq!(company.service_tickets()?.quality().accepted, company.tickets.len());
    assert_eq!(company.payments()?.quality().accepted, company.payments.len());
    assert_eq!(company.surveys()?.quality().accepted, company.surveys.len());
    assert_eq!(company.referrals()?.quality().accepted, company.referrals.len());
    let width = |csv: &str| csv.lines().next().map_or(0, |header| header.split(',').count());
    assert_eq!(sample::payments()?.rows().collect_schema()?.len(), width(sample::payments_csv()));
    assert_eq!(sample::referrals()?.rows().collect_schema()?.len(), width(sample::referrals_csv()));
    // The door adds `scale_share`.
    assert_eq!(sample::surveys()?.rows().collect_schema()?.len(), width(sample::surveys_csv()) + 1);
    let rows = |csv: &str| csv.lines().count() - 1;
    assert_eq!(sample::service_tickets()?.quality().accepted, rows(sample::tickets_csv()));
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
