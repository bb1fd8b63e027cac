//! Invariants of a simulated company.

use std::collections::{BTreeMap, BTreeSet};

use emptor_types::Date;

use super::*;
use crate::days::{days_between, year};
use crate::{Cents, DatasetError, PurchaseParameters};

const DAYS_PER_WEEK: f64 = 7.0;

fn settings(seed: u64) -> RetailSimulationBuilder {
    RetailSimulation::builder().customers(400).start("2022-03-15").days(700).seed(seed)
}

fn company() -> Result<RetailCompany, DatasetError> {
    Ok(settings(7).build()?.run())
}

fn unique<'a>(name: &str, ids: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    for id in ids {
        assert!(seen.insert(id), "{name}: {id} comes twice");
    }
    assert!(!seen.is_empty(), "{name} has no row");
    seen
}

#[test]
fn the_same_seed_gives_the_same_company_and_another_seed_another() -> Result<(), DatasetError> {
    let first = company()?;
    assert_eq!(first.tables(), company()?.tables());
    let other = settings(8).build()?.run();
    for (name, text) in first.tables() {
        // Only these are the same for every seed.
        assert_eq!(text == other.table(name)?, matches!(name, "channels" | "stores" | "reps" | "calendar"), "{name}");
    }
    Ok(())
}

#[test]
fn more_customers_leave_the_truth_of_the_first_ones_as_it_is() -> Result<(), DatasetError> {
    let few = company()?;
    let many = settings(7).customers(500).build()?.run();
    assert_eq!(few.truth, many.truth[..few.truth.len()]);
    assert_eq!(few.customers[..400], many.customers[..400]);
    Ok(())
}

#[test]
fn ids_are_unique_and_every_reference_resolves() -> Result<(), DatasetError> {
    let company = company()?;
    let customers = unique("customers", company.customers.iter().map(|row| row.customer_id.as_str()));
    let products = unique("products", company.products.iter().map(|row| row.product_id.as_str()));
    let channels = unique("channels", company.channels.iter().map(|row| row.channel));
    let places = unique("stores", company.stores.iter().map(|row| row.place_id.as_str()));
    let lines = unique("order_lines", company.order_lines.iter().map(|row| row.line_id.as_str()));
    let campaigns = unique("campaigns", company.campaigns.iter().map(|row| row.campaign_id.as_str()));
    let deals = unique("opportunities", company.opportunities.iter().map(|row| row.opp_id.as_str()));
    let tickets = unique("tickets", company.tickets.iter().map(|row| row.ticket_id.as_str()));
    let orders: BTreeSet<&str> = company.order_lines.iter().map(|row| row.order_id.as_str()).collect();
    assert_eq!(tickets.len(), company.tickets.len());

    for line in &company.order_lines {
        assert!(products.contains(line.product_id.as_str()), "{line:?}");
        assert!(channels.contains(line.channel), "{line:?}");
        assert_eq!(line.channel == "store", line.place_id.is_some(), "{line:?}");
        let known = |set: &BTreeSet<&str>, id: &Option<String>| id.as_deref().is_none_or(|id| set.contains(id));
        assert!(known(&customers, &line.customer_id) && known(&places, &line.place_id), "{line:?}");
        assert!(known(&lines, &line.ref_line_id) && known(&campaigns, &line.campaign_id), "{line:?}");
    }
    assert!(company.tickets.iter().all(|row| customers.contains(row.customer_id.as_str())));
    assert!(company.tickets.iter().all(|row| products.contains(row.product_id.as_str())));
    assert!(company.contacts.iter().all(|row| customers.contains(row.customer_id.as_str())));
    assert!(company.responses.iter().all(|row| campaigns.contains(row.campaign_id.as_str())));
    assert!(company.responses.iter().all(|row| row.order_id.as_deref().is_none_or(|id| orders.contains(id))));
    assert!(company.opportunities.iter().all(|row| customers.contains(row.customer_id.as_str())));
    assert!(company.stage_history.iter().all(|row| deals.contains(row.opp_id.as_str())));
    assert!(company.wallet.iter().all(|row| customers.contains(row.customer_id.as_str())));
    assert!(company.truth.iter().all(|row| customers.contains(row.customer_id.as_str())));
    let invoices = unique("payments", company.payments.iter().map(|row| row.invoice_id.as_str()));
    let answers = unique("surveys", company.surveys.iter().map(|row| row.survey_id.as_str()));
    assert_eq!((invoices.len(), answers.len()), (company.payments.len(), company.surveys.len()));
    assert!(company.payments.iter().all(|row| customers.contains(row.customer_id.as_str())));
    assert!(company.surveys.iter().all(|row| customers.contains(row.customer_id.as_str())));
    unique("referrals", company.referrals.iter().map(|row| row.referred_id.as_str()));
    assert!(company.referrals.iter().all(|row| customers.contains(row.referrer_id.as_str())));
    assert!(company.referrals.iter().all(|row| customers.contains(row.referred_id.as_str())));
    Ok(())
}

#[test]
fn everything_that_happened_lies_in_the_window() -> Result<(), DatasetError> {
    let company = company()?;
    let window = company.start..=company.as_of;
    let before_end = |day: Date| day <= company.as_of;
    assert!(company.order_lines.iter().all(|row| window.contains(&row.order_ts)));
    assert!(company.order_lines.is_sorted_by_key(|row| row.order_ts));
    assert!(company.customers.iter().all(|row| row.first_contact_at <= row.created_at && before_end(row.created_at)));
    assert!(company.tickets.iter().all(|row| window.contains(&row.opened)));
    assert!(
        company.tickets.iter().filter_map(|row| Some((row.opened, row.closed?))).all(|(a, b)| a <= b && before_end(b))
    );
    assert!(company.campaigns.iter().all(|row| row.start <= row.end && window.contains(&row.end)));
    assert!(company.responses.iter().all(|row| window.contains(&row.ts)));
    assert!(company.opportunities.iter().all(|row| window.contains(&row.created)));
    assert!(company.opportunities.iter().filter_map(|row| row.closed_at).all(before_end));
    assert!(company.stage_history.iter().all(|row| window.contains(&row.ts)));
    assert!(company.payments.iter().filter_map(|row| row.paid_at).all(|day| window.contains(&day)));
    assert!(company.surveys.iter().all(|row| window.contains(&row.ts)));
    assert!(company.referrals.iter().all(|row| window.contains(&row.ts)));
    assert!(company.truth.iter().filter_map(|row| row.dropout_date).all(|day| window.contains(&day)));
    Ok(())
}

#[test]
fn amounts_follow_the_sign_of_their_line_and_net_is_list_less_discount() -> Result<(), DatasetError> {
    let company = company()?;
    for line in &company.order_lines {
        assert_eq!(line.net_amount, line.list_amount - line.discount, "{line:?}");
        let (qty, net) = (line.qty, line.net_amount);
        let fits = match line.line_type {
            LineType::Sale => qty > 0 && net > Cents::ZERO && line.discount >= Cents::ZERO,
            LineType::Return => qty < 0 && net < Cents::ZERO && line.list_amount <= net,
            LineType::Free => qty > 0 && net == Cents::ZERO,
        };
        assert!(fits, "{line:?}");
        assert_eq!(line.line_type == LineType::Return, line.ref_line_id.is_some(), "{line:?}");
        assert_eq!(line.line_type == LineType::Return, line.restocked.is_some(), "{line:?}");
    }
    for kind in [LineType::Sale, LineType::Return, LineType::Free] {
        assert!(company.order_lines.iter().any(|line| line.line_type == kind), "no {kind}");
    }
    assert!(company.order_lines.iter().any(|line| line.customer_id.is_none()), "no walk-in sale");
    Ok(())
}

#[test]
fn returns_come_later_and_never_exceed_what_was_sold() -> Result<(), DatasetError> {
    let company = company()?;
    let sold: BTreeMap<&str, &OrderLine> =
        company.order_lines.iter().map(|line| (line.line_id.as_str(), line)).collect();
    let mut back: BTreeMap<&str, (i32, Cents)> = BTreeMap::new();
    for line in &company.order_lines {
        let Some(reference) = line.ref_line_id.as_deref() else { continue };
        let sale = sold[reference];
        assert_eq!((sale.line_type, sale.status), (LineType::Sale, OrderStatus::Completed), "{line:?}");
        assert_eq!((&sale.customer_id, &sale.product_id), (&line.customer_id, &line.product_id));
        assert!(sale.order_ts < line.order_ts, "{line:?}");
        let sum = back.entry(reference).or_default();
        *sum = (sum.0 - line.qty, sum.1 - line.net_amount);
        assert!(sum.0 <= sale.qty && sum.1 <= sale.net_amount, "{line:?}");
        if sum.0 == sale.qty {
            assert_eq!(sum.1, sale.net_amount, "{line:?}");
        }
    }
    Ok(())
}

#[test]
fn a_cancelled_order_is_cancelled_whole_and_placed_again_on_the_same_day() -> Result<(), DatasetError> {
    let company = company()?;
    let mut orders: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut bought = BTreeSet::new();
    for line in &company.order_lines {
        orders.entry(&line.order_id).or_default().insert(line.status.to_string());
        if line.status == OrderStatus::Completed && line.line_type == LineType::Sale {
            bought.insert((&line.customer_id, line.order_ts, &line.product_id));
        }
    }
    assert!(orders.values().all(|statuses| statuses.len() == 1));
    let mut cancelled = company.order_lines.iter().filter(|line| line.status == OrderStatus::Cancelled).peekable();
    assert!(cancelled.peek().is_some());
    assert!(cancelled.all(|line| bought.contains(&(&line.customer_id, line.order_ts, &line.product_id))));
    Ok(())
}

#[test]
fn products_are_sold_only_while_they_are_on_sale_and_stores_while_open() -> Result<(), DatasetError> {
    let company = company()?;
    let products: BTreeMap<&str, &Product> =
        company.products.iter().map(|row| (row.product_id.as_str(), row)).collect();
    let stores: BTreeMap<&str, Date> = company.stores.iter().map(|row| (row.place_id.as_str(), row.opened)).collect();
    for line in company.order_lines.iter().filter(|line| line.line_type != LineType::Return) {
        let product = products[line.product_id.as_str()];
        assert!(product.launch_date <= line.order_ts, "{line:?}");
        assert!(product.end_date.is_none_or(|end| line.order_ts <= end), "{line:?}");
        assert!(line.place_id.as_deref().is_none_or(|place| stores[place] <= line.order_ts), "{line:?}");
    }
    Ok(())
}

#[test]
fn margins_on_the_list_price_lie_between_a_fifth_and_three_fifths() -> Result<(), DatasetError> {
    for product in company()?.products {
        let margin = 1.0 - product.unit_cost.to_f64() / product.list_price.to_f64();
        // Cost is rounded to cents: half a cent on the cheapest article is 0.2 percent.
        assert!((0.198..=0.602).contains(&margin), "{product:?}");
    }
    Ok(())
}

#[test]
fn control_groups_are_never_sent_anything_and_both_arms_have_responses() -> Result<(), DatasetError> {
    let company = settings(7).customers(1_500).build()?.run();
    let mut audience = BTreeMap::new();
    for contact in &company.contacts {
        let control = contact.arm == Arm::Control;
        assert_eq!(control, contact.sent_at.is_none(), "{contact:?}");
        assert_eq!(control, contact.delivered.is_none(), "{contact:?}");
        assert_eq!(control, contact.cost == Cents::ZERO, "{contact:?}");
        assert!(contact.sent_at.is_none_or(|sent| contact.assigned_at <= sent), "{contact:?}");
        let key = (contact.campaign_id.as_str(), contact.customer_id.as_str());
        assert!(audience.insert(key, contact).is_none(), "{contact:?} comes twice");
    }
    let mut arms = BTreeSet::new();
    for response in &company.responses {
        let contact = audience[&(response.campaign_id.as_str(), response.customer_id.as_str())];
        assert!(contact.assigned_at <= response.ts, "{response:?}");
        arms.insert((contact.arm.to_string(), response.kind));
    }
    let of = |arm: &str, kind| arms.contains(&(arm.to_owned(), kind));
    assert!(of("treat", "order") && of("control", "order") && !of("control", "opt_out"));
    Ok(())
}

#[test]
fn won_deals_are_closed_and_the_last_change_of_a_deal_is_its_state() -> Result<(), DatasetError> {
    let company = company()?;
    for deal in &company.opportunities {
        assert_eq!(deal.closed_at.is_some(), matches!(deal.stage, "won" | "lost"), "{deal:?}");
        assert_eq!(deal.lost_reason.is_some(), deal.stage == "lost", "{deal:?}");
        assert!((0.0..=1.0).contains(&deal.prob));
        let history: Vec<&StageChange> = company.stage_history.iter().filter(|row| row.opp_id == deal.opp_id).collect();
        assert!(history.is_sorted_by_key(|row| row.ts), "{deal:?}");
        let last = |field| history.iter().rfind(|row| row.field == field).map(|row| row.new.clone());
        assert_eq!(last("stage").as_deref(), Some(deal.stage));
        assert!(last("amount").is_none_or(|amount| amount == deal.amount.to_string()));
        assert!(last("exp_close").is_none_or(|day| day == deal.exp_close.to_string()));
    }
    Ok(())
}

#[test]
fn a_wallet_is_never_smaller_than_what_was_spent_with_us() -> Result<(), DatasetError> {
    let company = company()?;
    let category: BTreeMap<&str, &str> =
        company.products.iter().map(|row| (row.product_id.as_str(), row.category)).collect();
    let mut own: BTreeMap<(String, String, &str), Cents> = BTreeMap::new();
    for line in company.order_lines.iter().filter(|line| line.status == OrderStatus::Completed) {
        let Some(customer) = line.customer_id.clone() else { continue };
        if line.line_type == LineType::Sale {
            let key = (customer, year(line.order_ts).to_string(), category[line.product_id.as_str()]);
            let sum = own.entry(key).or_default();
            *sum = *sum + line.net_amount;
        }
    }
    for row in &company.wallet {
        let spent = own[&(row.customer_id.clone(), row.period.clone(), row.category)];
        assert!(row.total_spend >= spent && (1..=row.n_brands).contains(&row.rank), "{row:?}");
    }
    Ok(())
}

#[test]
fn an_invoice_is_for_an_order_and_an_answer_lies_on_its_scale() -> Result<(), DatasetError> {
    let company = company()?;
    let mut orders: BTreeMap<(&str, Date), Cents> = BTreeMap::new();
    for line in company.order_lines.iter().filter(|line| line.status == OrderStatus::Completed) {
        if let (Some(customer), true) = (line.customer_id.as_deref(), line.line_type != LineType::Return) {
            let sum = orders.entry((customer, line.order_ts)).or_default();
            *sum = *sum + line.net_amount;
        }
    }
    for invoice in &company.payments {
        let ordered = [14, 30].map(|terms| (invoice.customer_id.as_str(), invoice.due.plus_days(-terms)));
        assert!(ordered.iter().any(|key| orders.get(key).is_some_and(|sum| *sum >= invoice.amount)), "{invoice:?}");
        assert!(invoice.amount > Cents::ZERO, "{invoice:?}");
    }
    assert!(company.payments.iter().any(|row| row.paid_at.is_none()));
    assert!(company.payments.is_sorted_by_key(|row| row.due) && company.surveys.is_sorted_by_key(|row| row.ts));
    assert!(company.surveys.iter().all(|row| (row.scale_min..=row.scale_max).contains(&row.value)));
    Ok(())
}

#[test]
fn a_referrer_was_a_customer_before_the_one_who_came() -> Result<(), DatasetError> {
    let company = company()?;
    let customers: BTreeMap<&str, &Customer> =
        company.customers.iter().map(|row| (row.customer_id.as_str(), row)).collect();
    for referral in &company.referrals {
        let referred = customers[referral.referred_id.as_str()];
        assert_eq!((referred.acq_channel, referred.created_at), ("referral", referral.ts));
        assert!(customers[referral.referrer_id.as_str()].created_at < referral.ts, "{referral:?}");
    }
    Ok(())
}

#[test]
fn customers_whose_tickets_took_long_answer_lower_and_pay_later() -> Result<(), DatasetError> {
    let company = settings(3).customers(3_000).build()?.run();
    let mut unsolved: BTreeSet<&str> = BTreeSet::new();
    for ticket in company.tickets.iter().filter(|row| row.first_contact_resolution == Some(false)) {
        unsolved.insert(&ticket.customer_id);
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let split = |rows: &[(&str, f64)]| {
        let of = |unhappy: bool| -> Vec<f64> {
            rows.iter().filter(|(id, _)| unsolved.contains(id) == unhappy).map(|(_, value)| *value).collect()
        };
        (mean(&of(true)), mean(&of(false)))
    };
    let answers = |instrument: &str| -> Vec<(&str, f64)> {
        let asked = company.surveys.iter().filter(|row| row.instrument == instrument);
        asked.map(|row| (row.customer_id.as_str(), f64::from(row.value))).collect()
    };
    for instrument in ["NPS", "CSAT"] {
        let (unhappy, others) = split(&answers(instrument));
        assert!(unhappy < others, "{instrument}: {unhappy} and {others}");
    }
    let late: Vec<(&str, f64)> = company
        .payments
        .iter()
        .filter(|row| row.due < company.as_of)
        .map(|row| (row.customer_id.as_str(), f64::from(u8::from(row.paid_at.is_none_or(|paid| paid > row.due)))))
        .collect();
    let (unhappy, others) = split(&late);
    assert!(unhappy > others, "late: {unhappy} and {others}");
    Ok(())
}

/// Repeat purchases of each customer less what the model expects for the customer's age, in the order of customers.
fn surplus(company: &RetailCompany, purchases: PurchaseParameters) -> Result<Vec<f64>, DatasetError> {
    let mut days: BTreeMap<&str, BTreeSet<Date>> = BTreeMap::new();
    for line in &company.order_lines {
        if let (Some(customer), LineType::Sale) = (&line.customer_id, line.line_type) {
            days.entry(customer).or_default().insert(line.order_ts);
        }
    }
    let window = days_between(company.start, company.as_of);
    let expected: Vec<f64> = (0..=window)
        .map(|day| purchases.expected_repeat_purchases((f64::from(day) + 0.5) / DAYS_PER_WEEK))
        .collect::<Result<_, _>>()?;
    let age = |days: &BTreeSet<Date>| days.first().map_or(0, |&first| days_between(first, company.as_of)) as usize;
    Ok(days.values().map(|days| days.len() as f64 - 1.0 - expected[age(days)]).collect())
}

#[test]
fn repeat_purchases_follow_the_model_with_and_without_season() -> Result<(), DatasetError> {
    /// Standard errors that the mean may be away from the model without season.
    const STANDARD_ERRORS: f64 = 4.0;
    /// Repeat purchases per customer that the season may add or take away.
    const SEASON: f64 = 0.05;
    for (strength, allowed) in [(0.0, 0.0), (1.0, SEASON)] {
        let builder = settings(11).customers(5_000).seasonality(strength).campaign_lift(0.0);
        let surplus = surplus(&builder.build()?.run(), PurchaseParameters::RETAIL)?;
        let n = surplus.len() as f64;
        let mean = surplus.iter().sum::<f64>() / n;
        let error = (surplus.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / n / n).sqrt();
        assert!(mean.abs() < STANDARD_ERRORS * error + allowed, "season {strength}: {mean} ± {error}");
    }
    Ok(())
}

#[test]
fn orders_come_near_the_true_mean_order_value_and_campaigns_add_the_orders_they_say() -> Result<(), DatasetError> {
    /// Share by which baskets may miss the true order values on average.
    const BASKETS: f64 = 0.04;
    let company = settings(5).customers(2_000).build()?.run();
    let mut paid = BTreeMap::new();
    for line in &company.order_lines {
        if let (Some(customer), OrderStatus::Completed, LineType::Sale) =
            (&line.customer_id, line.status, line.line_type)
        {
            let sum: &mut Cents = paid.entry((customer.as_str(), line.order_id.as_str())).or_default();
            *sum = *sum + line.net_amount;
        }
    }
    let truth: BTreeMap<&str, &Truth> = company.truth.iter().map(|row| (row.customer_id.as_str(), row)).collect();
    let actual: f64 = paid.values().map(|amount| amount.to_f64()).sum();
    let expected: f64 = paid.keys().map(|(customer, _)| truth[customer].mean_order_value.to_f64()).sum();
    assert!((actual / expected - 1.0).abs() < BASKETS, "{actual} for {expected}");

    let without = settings(5).customers(2_000).campaign_lift(0.0).build()?.run();
    let count = |company: &RetailCompany| {
        let sales =
            company.order_lines.iter().filter(|row| row.customer_id.is_some() && row.line_type == LineType::Sale);
        sales.map(|row| (row.customer_id.clone(), row.order_ts)).collect::<BTreeSet<_>>().len()
    };
    let caused: usize = company.truth.iter().map(|row| row.campaign_orders).sum();
    assert!(caused > 0);
    assert_eq!(count(&company), count(&without) + caused);
    Ok(())
}

#[test]
fn prospects_have_no_orders_and_no_truth() -> Result<(), DatasetError> {
    let company = company()?;
    let buyers: BTreeSet<&str> = company.order_lines.iter().filter_map(|row| row.customer_id.as_deref()).collect();
    assert_eq!(company.customers.len(), 460);
    assert_eq!((buyers.len(), company.truth.len()), (400, 400));
    assert!(company.customers[400..].iter().all(|row| !buyers.contains(row.customer_id.as_str())));
    Ok(())
}

#[test]
fn the_smallest_company_runs() -> Result<(), DatasetError> {
    let company = RetailSimulation::builder().customers(1).prospects(0).start("2024-02-29").days(90).build()?.run();
    assert_eq!(company.customers.len(), 1);
    assert_eq!(company.tables().len(), 26);
    Ok(())
}
