//! What is learnt later changes nothing that was said before: the bundled sample with every table, looked at from a day,
//! before and after rows are added that became known later.

use std::fmt::Write as _;

use emptor::analysis::{SevenPAnalysis, SevenPResults, answers, indicators};
use emptor::forecast::pipeline::DealTable;
use emptor::forecast::sales::{SalesSeries, SalesSettings};
use emptor::period::Grain;
use emptor::polars::prelude::DataFrame;
use emptor::prelude::*;
use emptor::profile::product::Unit;
use emptor::profile::{SevenPSettings, Window};
use emptor_datasets::sample;

use crate::real_data::date;

const AS_OF: &str = "2024-06-30";
const FROM: &str = "2023-07-01";
/// After the day of observation, as a day or as a time.
const LATER: [&str; 3] = ["2024-07-01", "2024-09-15T08:30:00", "2024-12-31"];
/// Rows that are added to each table.
const ADDED: usize = 40;

/// Tables whose rows have a key that does not begin with its own first column, so that copies are versions.
const BY_LATER_COLUMNS: [&str; 4] = ["deliveries", "contacts", "stock", "targets"];
/// Tables whose rows have no versions.
const WITHOUT_VERSIONS: [&str; 5] = ["responses", "spending", "stage_history", "referrals", "identities"];
/// Of these, the ones without any key: what is there twice counts twice.
const WITHOUT_KEY: [&str; 3] = ["responses", "spending", "stage_history"];

/// A table of the sample with a column `known_at`, empty, and `late` rows that became known after the day of observation:
/// copies of others under a key of their own, and changed versions of others.
fn table(name: &str, seed: u64, late: usize) -> (String, usize) {
    let text = sample::table(name).unwrap();
    let rows: Vec<&str> = text.lines().skip(1).collect();
    let mut all = format!("{},known_at\n", text.lines().next().unwrap());
    for row in &rows {
        let _ = writeln!(all, "{row},");
    }
    let (mut state, mut added) = (seed, Vec::new());
    let mut taken = std::collections::HashSet::new();
    while added.len() < late.min(rows.len() / 2) {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let place = (state >> 33) as usize % rows.len();
        if !taken.insert(place) {
            continue;
        }
        let row = rows[place];
        let may = !WITHOUT_VERSIONS.contains(&name);
        let is_version = BY_LATER_COLUMNS.contains(&name) || (may && added.len() % 2 == 0);
        // Returns must not be more than what was sold.
        if !is_version && name == "order_lines" && !row.contains(",sale,") {
            continue;
        }
        let mut row = if is_version {
            row.replace(",completed,", ",cancelled,").replace(",won,", ",lost,").replace(",store,", ",online,")
        } else if WITHOUT_KEY.contains(&name) {
            row.to_owned()
        } else if name == "referrals" {
            // One more customer referred.
            row.replacen(",C", ",LC", 1)
        } else {
            format!("L{row}")
        };
        let _ = write!(row, ",{}", LATER[added.len() % LATER.len()]);
        added.push(row);
    }
    // Not at the end only.
    let (head, tail) = all.split_once('\n').unwrap();
    let (one, two) = added.split_at(added.len() / 2);
    let join = |rows: &[String]| rows.iter().map(|row| format!("{row}\n")).collect::<String>();
    (format!("{head}\n{}{tail}{}", join(one), join(two)), added.len())
}

/// Every table of the sample, and how many rows were added to each.
fn company(seed: u64, late: usize) -> (Tables, Vec<usize>) {
    let mut added = Vec::new();
    macro_rules! open {
        ($table:ident, $name:literal, $columns:expr) => {{
            let (text, rows) = table($name, seed, late);
            added.push(rows);
            $table::scan(Source::csv_text(text), &$columns.known_at("known_at")).unwrap()
        }};
    }
    use emptor_datasets as data;
    // In the order of `Tables::quality`.
    let tables = Tables::new(open!(Transactions, "order_lines", data::transaction_columns()))
        .with_activities(open!(Activities, "tickets", data::ticket_columns()))
        .with_customers(open!(Customers, "customers", data::customer_columns()))
        .with_products(open!(Products, "products", data::product_columns()))
        .with_cost_pools(open!(CostPools, "cost_pools", data::cost_pool_columns()))
        .with_tickets(open!(Tickets, "tickets", data::service_ticket_columns()))
        .with_payments(open!(Payments, "payments", data::payment_columns()))
        .with_surveys(open!(Surveys, "surveys", data::survey_columns()))
        .with_referrals(open!(Referrals, "referrals", data::referral_columns()))
        .with_wallets(open!(Wallets, "wallet", data::wallet_columns()))
        .with_interactions(open!(
            Interactions,
            "interactions",
            InteractionColumns::new("customer_id", "date", "channel", "type")
                .id("interaction_id")
                .direction("direction")
                .minutes("minutes")
                .cost("cost")
                .rep("rep_id")
                .self_service("self_service")
        ))
        .with_contracts(open!(
            Contracts,
            "contracts",
            ContractColumns::new("contract_id", "customer_id", "start", "value")
                .end("end")
                .renewed_from("renewed_from")
                .currency("ccy")
        ))
        .with_deliveries(open!(
            Deliveries,
            "deliveries",
            DeliveryColumns::new("order_id", "promised")
                .line("line_id")
                .shipped("shipped")
                .delivered("delivered")
                .quantity_ordered("qty_ordered")
                .quantity_first_shipped("qty_first")
        ))
        .with_stock(open!(Stock, "stock", StockColumns::new("product_id", "date", "on_hand").place("place_id")))
        .with_opportunities(open!(Opportunities, "opportunities", data::opportunity_columns()))
        .with_identities(open!(Identities, "identities", data::identity_columns()));
    let tables = tables
        .with_campaigns(open!(
            Campaigns,
            "campaigns",
            CampaignColumns::new("campaign_id", "start", "end")
                .name("name")
                .channel("channel")
                .objective("objective")
                .offer("offer")
                .category("category")
                .budget("budget")
                .cost_fixed("cost_fixed")
                .cost_contact("cost_contact")
                .margin_rate("margin_rate")
        ))
        .with_contacts(open!(
            Contacts,
            "contacts",
            ContactColumns::new("campaign_id", "customer_id", "arm", "assigned_at")
                .sent_at("sent_at")
                .delivered("delivered")
                .opened("opened")
                .clicked("clicked")
                .cost("cost")
        ))
        .with_responses(open!(
            Responses,
            "responses",
            ResponseColumns::new("campaign_id", "customer_id", "ts").kind("type").order("order_id").value("value")
        ))
        .with_reps(open!(
            Reps,
            "reps",
            RepColumns::new("rep_id")
                .name("name")
                .role("role")
                .team("team")
                .territory("territory")
                .from("from")
                .to("to")
        ))
        .with_targets(open!(
            Targets,
            "targets",
            TargetColumns::new("entity", "measure", "period_start", "value").dimension("entity_kind").grain("period")
        ))
        .with_stage_history(open!(
            StageHistory,
            "stage_history",
            StageHistoryColumns::new("opp_id", "ts", "field", "new").old("old")
        ))
        .with_spending(open!(
            Spending,
            "spending",
            SpendingColumns::new("period_start", "amount", "purpose").channel("channel").kind("kind")
        ));
    (tables.with_calendar(sample::calendar().unwrap()), added)
}

/// Every value of a frame, doubles by their bits.
fn bits(frame: &DataFrame) -> String {
    let mut text = String::new();
    for column in frame.columns() {
        let _ = match column.f64() {
            Ok(values) => {
                let bits: Vec<Option<u64>> = values.iter().map(|value| value.map(f64::to_bits)).collect();
                writeln!(text, "{} {bits:?}", column.name())
            }
            Err(_) => {
                let values: Vec<_> = column.as_materialized_series().iter().map(|value| value.to_string()).collect();
                writeln!(text, "{} {values:?}", column.name())
            }
        };
    }
    text
}

fn seven_p(tables: &Tables) -> Vec<(String, String)> {
    let convention = LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(0.1).unwrap())
        .horizon(Horizon::months(36.0).unwrap())
        .period(TimeUnit::Month)
        .timing(Timing::Middle)
        .build()
        .unwrap();
    let window = Window::new(date(FROM), date(AS_OF), Grain::Quarter).unwrap();
    let analysis = Analysis::builder().as_of(date(AS_OF)).convention(convention).unit(TimeUnit::Week).build().unwrap();
    let spec = SevenPAnalysis::new(window, SevenPSettings::new(Unit::Order)).with_analysis(analysis).unwrap();
    let results: SevenPResults = spec.run(tables).unwrap();
    let mut said = vec![("answers".to_owned(), format!("{:?}", answers(&results).unwrap()))];
    for section in &results.seven_p.sections {
        said.push((format!("{:?}", section.p), format!("{:?} {:?}", section.findings, section.gaps)));
        for table in &section.tables {
            said.push((table.name.to_owned(), format!("{}{:?}", bits(&table.frame), (table.coverage, &table.flags))));
        }
    }
    let profits = results.profits.unwrap();
    said.push(("profit".to_owned(), format!("{}{:?}", bits(profits.totals()), profits.reconciliation())));
    let analysis = results.analysis.unwrap();
    said.push(("customers".to_owned(), bits(&analysis.customers)));
    said.push(("reconciliation".to_owned(), format!("{:?}", analysis.reconciliation)));
    said
}

/// What single stages say, each called alone.
fn stages(tables: &Tables) -> Vec<(String, String)> {
    let as_of = date(AS_OF);
    let deals = DealTable::as_known(tables.opportunities().unwrap(), tables, as_of.days_since_epoch()).unwrap();
    let sales = SalesSeries::of(tables, &SalesSettings::new(Grain::Month, as_of).unwrap(), None).unwrap();
    let history = PurchaseHistory::summarize(tables.transactions(), as_of, TimeUnit::Day).unwrap();
    let rfm = RfmTable::summarize(tables.transactions(), as_of).unwrap();
    let latest = tables.surveys().unwrap().latest(as_of).sort(["customer_id", "instrument"], Default::default());
    [
        ("deals", format!("{:?}", deals.deals)),
        ("sales", bits(&sales.table().unwrap())),
        ("history", bits(&history.to_frame().unwrap())),
        ("rfm", bits(&rfm.to_frame().unwrap())),
        ("indicators", bits(&indicators(tables, as_of).unwrap())),
        ("surveys", bits(&latest.collect().unwrap())),
    ]
    .map(|(name, text)| (name.to_owned(), text))
    .to_vec()
}

#[track_caller]
fn same(left: &[(String, String)], right: &[(String, String)]) {
    let names = |of: &[(String, String)]| of.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(left), names(right));
    let apart: Vec<&String> =
        left.iter().zip(right).filter(|(left, right)| left.1 != right.1).map(|(left, _)| &left.0).collect();
    assert!(apart.is_empty(), "these differ: {apart:?}");
}

#[test]
fn no_table_of_the_seven_ps_changes_when_rows_are_added_that_became_known_later() {
    let before = seven_p(&company(0, 0).0);
    assert!(before.len() > 80, "{}", before.len());
    same(&before, &seven_p(&company(11, ADDED).0));
}

#[test]
fn a_role_that_is_empty_changes_nothing_of_the_seven_ps() {
    same(&seven_p(&sample::company().unwrap()), &seven_p(&company(0, 0).0));
}

#[test]
fn no_stage_alone_changes_when_rows_are_added_that_became_known_later() {
    let before = stages(&company(0, 0).0);
    same(&stages(&sample::company().unwrap()), &before);
    for seed in 1..=4 {
        let after = company(seed, ADDED).0;
        same(&before, &stages(&after));
    }
    // And it would, if nobody asked when they became known: the series of the year's end holds them.
    let (plain, later) = (sample::company().unwrap(), company(1, ADDED).0);
    let of = |tables: &Tables| {
        RfmTable::summarize(tables.transactions(), date(sample::AS_OF)).unwrap().spend().iter().sum::<f64>()
    };
    assert!((of(&plain) - of(&later)).abs() > 1.0);
}

#[test]
fn every_table_leaves_out_what_became_known_later_and_counts_it() {
    let (before, _) = company(0, 0);
    let (after, added) = company(5, ADDED);
    let (before, after) = (before.known_by(date(AS_OF)).quality(), after.known_by(date(AS_OF)).quality());
    assert_eq!(before.len(), added.len() + 1, "all but the calendar");
    let mut added = added.into_iter();
    for (before, after) in before.iter().zip(&after).filter(|(before, _)| before.table != "calendar") {
        let later = after.fact("rows not yet known").map(|fact| fact.rows);
        assert_eq!(later, added.next(), "{}", after.table);
        assert!(later.is_some_and(|rows| rows > 0), "{}", after.table);
        assert_eq!(before.days, after.days, "{}", after.table);
        assert_eq!(before.rows + later.unwrap(), after.rows);
        if after.table == "transactions" {
            for name in ["all lines", "returns", "cancelled lines", "lines without a customer"] {
                assert_eq!(before.fact(name), after.fact(name));
            }
        }
    }
}

/// An order announced before it happens counts from its own day only.
#[test]
fn what_is_known_before_it_happens_does_not_count_before_it_happens() {
    let text = sample::table("order_lines").unwrap();
    let mut lines = text.lines();
    let known: String = std::iter::once(format!("{},known_at\n", lines.next().unwrap()))
        .chain(lines.map(|line| format!("{line},2020-01-01\n")))
        .collect();
    let columns = emptor_datasets::transaction_columns().known_at("known_at");
    let announced = Transactions::scan(Source::csv_text(known), &columns).unwrap();
    let plain = sample::transactions().unwrap();
    let spend = |of: &Transactions| bits(&RfmTable::summarize(of, date(AS_OF)).unwrap().to_frame().unwrap());
    assert_eq!(spend(&announced), spend(&plain));
    let company = |of: &Transactions| {
        let tables = Tables::new(of.clone()).with_products(sample::products().unwrap());
        bits(&indicators(&tables, date(AS_OF)).unwrap())
    };
    assert_eq!(company(&announced), company(&plain));
}
