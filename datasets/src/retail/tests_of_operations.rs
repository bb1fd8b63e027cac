//! Invariants of the tables of service, selling, delivery and cost.

use std::collections::{BTreeMap, BTreeSet};

use emptor_types::Date;

use super::*;
use crate::{Cents, DatasetError};

/// Shares of deliveries, renewals and the like may be apart from each other by this much before a test says so.
const CLEARLY: f64 = 0.05;

fn company() -> Result<RetailCompany, DatasetError> {
    Ok(RetailSimulation::builder().customers(1_500).start("2022-03-15").days(700).seed(7).build()?.run())
}

fn share(rows: impl Iterator<Item = bool>) -> f64 {
    let (mut yes, mut all) = (0.0, 0.0);
    for row in rows {
        yes += f64::from(u8::from(row));
        all += 1.0;
    }
    yes / all
}

#[test]
fn every_reference_of_the_new_tables_resolves_and_keys_are_unique() -> Result<(), DatasetError> {
    let company = company()?;
    let customers: BTreeSet<&str> = company.customers.iter().map(|row| row.customer_id.as_str()).collect();
    let reps: BTreeSet<&str> = company.reps.iter().map(|row| row.rep_id).collect();
    let lines: BTreeSet<&str> = company.order_lines.iter().map(|row| row.line_id.as_str()).collect();
    assert_eq!(reps.len(), company.reps.len());
    assert!(company.order_lines.iter().filter_map(|row| row.rep_id).all(|rep| reps.contains(rep)));
    assert!(company.interactions.iter().filter_map(|row| row.rep_id).all(|rep| reps.contains(rep)));
    assert!(company.interactions.iter().all(|row| row.rep_id.is_none() == row.self_service));
    assert!(company.interactions.iter().filter_map(|row| row.customer_id.as_deref()).all(|id| customers.contains(id)));
    assert!(company.interactions.iter().any(|row| row.customer_id.is_none()));
    assert!(company.contracts.iter().all(|row| customers.contains(row.customer_id.as_str())));
    assert!(company.identities.iter().all(|row| customers.contains(row.customer_id.as_str())));
    assert!(company.deliveries.iter().all(|row| lines.contains(row.line_id.as_str())));
    let of = |rows: usize, keys: BTreeSet<String>| assert_eq!(rows, keys.len());
    of(company.interactions.len(), company.interactions.iter().map(|row| row.interaction_id.clone()).collect());
    of(company.contracts.len(), company.contracts.iter().map(|row| row.contract_id.clone()).collect());
    of(company.deliveries.len(), company.deliveries.iter().map(|row| row.line_id.clone()).collect());
    of(company.stock.len(), company.stock.iter().map(|row| format!("{} {}", row.product_id, row.date)).collect());
    of(
        company.targets.len(),
        company.targets.iter().map(|row| format!("{} {} {}", row.entity, row.measure, row.period_start)).collect(),
    );
    Ok(())
}

#[test]
fn nothing_is_dated_after_the_window_but_what_was_agreed_for_later() -> Result<(), DatasetError> {
    let company = company()?;
    let window = company.start..=company.as_of;
    assert!(company.interactions.iter().all(|row| window.contains(&row.date)));
    assert!(company.interactions.is_sorted_by_key(|row| row.date));
    assert!(company.contracts.iter().all(|row| window.contains(&row.start) && row.start < row.end));
    assert!(company.stock.iter().all(|row| window.contains(&row.date) && row.on_hand >= 0));
    for row in &company.deliveries {
        assert!(row.shipped.is_none_or(|day| window.contains(&day)), "{row:?}");
        assert!(row.delivered.is_none_or(|day| window.contains(&day)), "{row:?}");
        assert!(row.delivered.is_none() || row.shipped.is_some_and(|day| row.delivered >= Some(day)), "{row:?}");
        assert!((0..=row.qty_ordered).contains(&row.qty_first), "{row:?}");
    }
    assert!(company.identities.iter().all(|row| window.contains(&row.valid_from)));
    Ok(())
}

#[test]
fn contacts_of_tickets_share_their_minutes_and_their_cost() -> Result<(), DatasetError> {
    let company = company()?;
    let contacts = || company.interactions.iter().filter(|row| row.kind == "service" && row.customer_id.is_some());
    let minutes: u32 = contacts().map(|row| row.minutes).sum();
    let cost: Cents = contacts().map(|row| row.cost).sum();
    assert_eq!(minutes, company.tickets.iter().map(|row| row.minutes).sum::<u32>());
    assert_eq!(cost, company.tickets.iter().map(|row| row.cost).sum());
    Ok(())
}

#[test]
fn a_ticket_that_the_first_contact_did_not_solve_has_a_theme_and_only_goods_have_batches() -> Result<(), DatasetError> {
    let company = company()?;
    for ticket in &company.tickets {
        assert!(ticket.first_contact_resolution != Some(false) || ticket.theme.is_some(), "{ticket:?}");
        assert_eq!(ticket.batch.is_some(), matches!(ticket.category, "return" | "defect"), "{ticket:?}");
        assert!(ticket.batch.as_deref().is_none_or(|batch| batch.starts_with(&ticket.product_id)), "{ticket:?}");
    }
    Ok(())
}

#[test]
fn goods_have_batches_and_what_is_defective_is_of_one_that_was_sold() -> Result<(), DatasetError> {
    let company = company()?;
    let services: BTreeSet<&str> =
        company.products.iter().filter(|row| row.is_service).map(|row| row.product_id.as_str()).collect();
    let by_id: BTreeMap<&str, &OrderLine> = company.order_lines.iter().map(|row| (row.line_id.as_str(), row)).collect();
    let mut sold: BTreeSet<&str> = BTreeSet::new();
    for line in &company.order_lines {
        assert_eq!(line.batch.is_none(), services.contains(line.product_id.as_str()), "{line:?}");
        assert!(line.ref_line_id.as_deref().is_none_or(|sale| by_id[sale].batch == line.batch), "{line:?}");
        sold.extend(line.batch.as_deref());
    }
    assert!(company.tickets.iter().filter_map(|row| row.batch.as_deref()).all(|batch| sold.contains(batch)));
    Ok(())
}

#[test]
fn whoever_complains_about_a_late_delivery_had_one() -> Result<(), DatasetError> {
    let company = company()?;
    let ordered: BTreeMap<&str, (&str, Date)> = company
        .order_lines
        .iter()
        .filter_map(|row| Some((row.line_id.as_str(), (row.customer_id.as_deref()?, row.order_ts))))
        .collect();
    let complaints: Vec<&Ticket> =
        company.tickets.iter().filter(|row| row.theme == Some(super::themes::LATE_DELIVERY)).collect();
    let complained = |delivery: &Delivery| {
        let (customer, day) = ordered[delivery.line_id.as_str()];
        complaints.iter().any(|row| row.customer_id == customer && (day..day.plus_days(21)).contains(&row.opened))
    };
    let late = |row: &&Delivery| row.delivered.unwrap_or(company.as_of) > row.promised;
    let (among_late, among_others) = (
        share(company.deliveries.iter().filter(late).map(complained)),
        share(company.deliveries.iter().filter(|row| !late(row)).map(complained)),
    );
    assert!(among_late > among_others + CLEARLY, "{among_late} and {among_others}");
    Ok(())
}

#[test]
fn plans_are_renewed_without_a_gap_and_rather_by_those_who_still_buy() -> Result<(), DatasetError> {
    let company = company()?;
    let by_id: BTreeMap<&str, &Contract> =
        company.contracts.iter().map(|row| (row.contract_id.as_str(), row)).collect();
    let mut renewed = BTreeSet::new();
    for contract in &company.contracts {
        let Some(before) = contract.renewed_from.as_deref() else { continue };
        let before = by_id[before];
        assert_eq!(
            (&before.customer_id, before.end.plus_days(1)),
            (&contract.customer_id, contract.start),
            "{contract:?}"
        );
        assert!(renewed.insert(before.contract_id.as_str()), "{before:?} is renewed twice");
    }
    let gone: BTreeMap<&str, Option<Date>> =
        company.truth.iter().map(|row| (row.customer_id.as_str(), row.dropout_date)).collect();
    let due = || company.contracts.iter().filter(|row| row.end < company.as_of);
    let rate = |buys: bool| {
        let of = |row: &&Contract| gone[row.customer_id.as_str()].is_none_or(|day| day > row.end) == buys;
        share(due().filter(of).map(|row| renewed.contains(row.contract_id.as_str())))
    };
    assert!(rate(true) > rate(false) + CLEARLY, "{} and {}", rate(true), rate(false));
    Ok(())
}

#[test]
fn an_id_has_one_customer_on_a_day() -> Result<(), DatasetError> {
    let company = company()?;
    let same = |a: &Identity, b: &Identity| a.source_system == b.source_system && a.source_id == b.source_id;
    let mut passed_on = 0;
    for pair in company.identities.windows(2).filter(|pair| same(&pair[0], &pair[1])) {
        assert!(pair[0].valid_to.is_some_and(|to| to < pair[1].valid_from), "{pair:?}");
        passed_on += 1;
    }
    assert!(passed_on > 0);
    Ok(())
}

#[test]
fn sellers_bring_shares_of_the_orders_of_organisations_and_one_book_changed_hands() -> Result<(), DatasetError> {
    let company = company()?;
    let owner: BTreeMap<&str, Option<&str>> =
        company.customers.iter().map(|row| (row.customer_id.as_str(), row.owner_rep_id)).collect();
    let successor = company.reps.iter().find(|row| row.rep_id == "R05").map(|row| row.from);
    for line in &company.order_lines {
        let Some(rep) = line.rep_id else { continue };
        let owner = line.customer_id.as_deref().and_then(|id| owner[id]);
        let sold = line.line_type != LineType::Return;
        let predecessor = rep == "R06" && owner == Some("R05");
        assert!(owner == Some(rep) || predecessor, "{line:?}");
        assert!(!sold || !predecessor || Some(line.order_ts) < successor, "{line:?}");
    }
    let of = |rep: &str| {
        let lines = company.order_lines.iter().filter(|line| {
            line.customer_id.as_deref().is_some_and(|id| owner[id] == Some(rep)) && line.line_type == LineType::Sale
        });
        share(lines.map(|line| line.rep_id.is_some()))
    };
    assert!(of("R01") > of("R04") + CLEARLY, "{} and {}", of("R01"), of("R04"));
    Ok(())
}

#[test]
fn pools_cover_what_the_tables_tell() -> Result<(), DatasetError> {
    /// Goods that vanish take at most this share more than goods sold.
    const VANISHED: f64 = 0.008;
    let company = company()?;
    let pool =
        |name: &str| company.cost_pools.iter().filter(|row| row.pool == name).map(|row| row.amount).sum::<Cents>();
    let cost: BTreeMap<&str, Cents> =
        company.products.iter().map(|row| (row.product_id.as_str(), row.unit_cost)).collect();
    let goods: f64 = company
        .order_lines
        .iter()
        .filter(|line| line.status == OrderStatus::Completed)
        .filter(|line| line.line_type != LineType::Return || line.restocked == Some(true))
        .map(|line| f64::from(line.qty) * cost[line.product_id.as_str()].to_f64())
        .sum();
    let excess = pool("goods sold").to_f64() / goods - 1.0;
    assert!((0.0..VANISHED).contains(&excess), "{excess}");
    let served: Cents = company.interactions.iter().filter(|row| row.kind == "service").map(|row| row.cost).sum();
    assert!(pool("customer service") > served);
    let sent: Cents = company.contacts.iter().map(|row| row.cost).sum();
    let made: Cents = company.campaigns.iter().map(|row| row.cost_fixed).sum();
    assert_eq!(pool("campaigns"), sent + made);
    Ok(())
}

#[test]
fn spend_on_winning_customers_is_near_what_they_say_they_cost() -> Result<(), DatasetError> {
    let company = company()?;
    for channel in ["search", "store", "referral"] {
        let told: Cents =
            company.customers.iter().filter(|row| row.acq_channel == channel).map(|row| row.acq_cost).sum();
        let cash = |row: &&Spend| row.channel == Some(channel) && row.kind == "cash";
        let spent: Cents = company.spending.iter().filter(cash).map(|row| row.amount).sum();
        // The base comes on top: it is small but where customers are cheap.
        assert!((1.0..1.6).contains(&(spent.to_f64() / told.to_f64())), "{channel}: {spent} for {told}");
    }
    Ok(())
}
