//! Offers of a small company, counted by hand.

use std::error::Error;

use emptor_table::polars::df;
use emptor_table::{
    CampaignColumns, Campaigns, ContactColumns, Contacts, ProductColumns, Products, Tables, TransactionColumns,
    Transactions,
};
use polars::prelude::{DataFrame, DataType};

use super::super::{ProductSettings, Unit, section};
use crate::period::Grain;
use crate::profile::words::are_sentences;
use crate::profile::{Need, ProfileError, ProfileInput, Section, Window};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Intervals to the digits that are written down.
const DIGITS: f64 = 1e-12;

fn sales(extra: bool, reverse: bool) -> Outcome<Transactions> {
    let mut lines = vec![
        // Within the terms of K1 and of K2, and once more.
        ("a", "2024-03-05", "P1"),
        ("a", "2024-03-15", "P1"),
        // The last day of grace of K1, and the day after it.
        ("b", "2024-04-07", "P2"),
        ("c", "2024-04-08", "P2"),
        // A day before it was sent.
        ("c", "2024-03-01", "P1"),
        // A control, somebody whom nothing reached, and a purchase before the campaign began.
        ("d", "2024-03-05", "P1"),
        ("e", "2024-03-05", "P1"),
        ("g", "2024-03-09", "P1"),
        ("b", "2024-04-10", "P3"),
    ];
    if extra {
        lines.push(("a", "2025-01-02", "P1"));
    }
    if reverse {
        lines.reverse();
    }
    let frame = df!(
        "who" => lines.iter().map(|line| line.0).collect::<Vec<_>>(),
        "day" => lines.iter().map(|line| line.1).collect::<Vec<_>>(),
        "what" => lines.iter().map(|line| line.2).collect::<Vec<_>>(),
        "net" => vec![10.0; lines.len()],
    )?;
    Ok(Transactions::from_frame(frame, &TransactionColumns::new("who", "day").product("what").amount("net"))?)
}

fn contacts(reverse: bool) -> Outcome<Contacts> {
    let mut rows = vec![
        ("K1", "a", "mail", Some("2024-03-02"), Some(true)),
        ("K1", "b", "mail", Some("2024-03-02"), None),
        ("K1", "c", "mail", Some("2024-03-02"), Some(true)),
        ("K1", "d", "control", None, None),
        ("K1", "e", "mail", Some("2024-03-02"), Some(false)),
        ("K1", "f", "mail", None, None),
        ("K2", "a", "call", Some("2024-03-12"), None),
        ("K2", "g", "call", Some("2024-03-05"), None),
        ("K3", "a", "mail", Some("2024-04-01"), None),
        ("K3", "b", "mail", Some("2024-04-01"), None),
        ("K4", "a", "mail", Some("2024-12-20"), None),
        ("K5", "a", "mail", Some("2024-05-01"), None),
    ];
    if reverse {
        rows.reverse();
    }
    let frame = df!(
        "campaign" => rows.iter().map(|row| row.0).collect::<Vec<_>>(),
        "who" => rows.iter().map(|row| row.1).collect::<Vec<_>>(),
        "arm" => rows.iter().map(|row| row.2).collect::<Vec<_>>(),
        "drawn" => vec!["2024-03-01"; rows.len()],
        "sent" => rows.iter().map(|row| row.3).collect::<Vec<_>>(),
        "came" => rows.iter().map(|row| row.4).collect::<Vec<_>>(),
    )?;
    let columns = ContactColumns::new("campaign", "who", "arm", "drawn").sent_at("sent").delivered("came");
    Ok(Contacts::scan(frame, &columns)?)
}

fn campaigns(products: bool, channel: bool) -> Outcome<Campaigns> {
    let frame = df!(
        "id" => ["K1", "K2", "K3", "K4", "K5"],
        "from" => ["2024-03-01", "2024-03-10", "2024-04-01", "2024-12-01", "2024-05-01"],
        "to" => ["2024-03-31", "2024-03-20", "2024-04-30", "2024-12-30", "2024-05-31"],
        "by" => [Some("mail"), Some("phone"), Some("mail"), Some("mail"), None],
        "of" => [Some("P1; P2 "), Some("P1;PX"), None, Some("P1"), None],
        "kind" => [Some("A"), None, Some("C"), None, None],
    )?;
    let mut columns = CampaignColumns::new("id", "from", "to").category("kind");
    if products {
        columns = columns.products("of");
    }
    if channel {
        columns = columns.channel("by");
    }
    Ok(Campaigns::scan(frame, &columns)?)
}

fn catalogue() -> Outcome<Products> {
    let frame = df!("id" => ["P1", "P2", "P3"], "kind" => ["A", "A", "C"], "title" => ["Pan", "Lid", "Mug"])?;
    Ok(Products::scan(frame, &ProductColumns::new("id").category("kind").name("title"))?)
}

fn run(tables: &Tables) -> Result<Section, ProfileError> {
    let window = Window::new("2024-01-01".parse()?, "2024-12-31".parse()?, Grain::Month)?;
    let mut settings = ProductSettings::new(Unit::Customer);
    settings.min_n = 2;
    section(&ProfileInput::new(tables, window), &settings)
}

fn company() -> Outcome<Tables> {
    Ok(Tables::new(sales(false, false)?)
        .with_products(catalogue()?)
        .with_campaigns(campaigns(true, true)?)
        .with_contacts(contacts(false)?))
}

fn acceptance(section: &Section) -> Outcome<&DataFrame> {
    Ok(&section.table("acceptance_rate").ok_or_else(|| format!("no table: {:?}", section.gaps))?.frame)
}

/// Rows as `level product channel: accepted/offered, open`.
fn rows(frame: &DataFrame) -> Outcome<Vec<String>> {
    let text = |name: &str| frame.column(name)?.cast(&DataType::String);
    let (level, product, channel) = (text("level")?, text("product_id")?, text("channel")?);
    let (offered, accepted, open) = (text("offered")?, text("accepted")?, text("open")?);
    let mut rows = Vec::new();
    for row in 0..frame.height() {
        let of = |column: &polars::prelude::Column| -> Outcome<String> {
            Ok(column.str()?.get(row).unwrap_or("-").to_owned())
        };
        rows.push(format!(
            "{} {} {}: {}/{}, {}",
            of(&level)?,
            of(&product)?,
            of(&channel)?,
            of(&accepted)?,
            of(&offered)?,
            of(&open)?
        ));
    }
    Ok(rows)
}

#[test]
fn an_offer_is_accepted_by_a_purchase_of_what_it_names_in_its_term() -> Outcome {
    let section = run(&company()?)?;
    let frame = acceptance(&section)?;
    // K1 was offered to a, b and c, K2 to a and g, K3 to a and b; K4 still runs, K5 names nothing.
    assert_eq!(
        rows(frame)?,
        [
            "any - __total__: 4/7, 1",
            "any - mail: 3/5, 1",
            "any - phone: 1/2, 0",
            "category - __total__: 1/2, 0",
            "category - mail: 1/2, 0",
            "product P1 __total__: 2/5, 1",
            "product P1 mail: 1/3, 1",
            "product P1 phone: 1/2, 0",
            "product P2 __total__: 1/3, 0",
            "product P2 mail: 1/3, 0",
        ]
    );
    // Wilson's interval of 2 of 5: statsmodels 0.14 `proportion_confint(2, 5, method="wilson")`.
    let number = |name: &str, row: usize| -> Outcome<Option<f64>> { Ok(frame.column(name)?.f64()?.get(row)) };
    assert_eq!(number("rate", 5)?, Some(0.4));
    assert!(number("lo", 5)?.is_some_and(|low| (low - 0.117_620_774_232_647_88).abs() < DIGITS));
    assert!(number("hi", 5)?.is_some_and(|high| (high - 0.769_275_718_723_987_1).abs() < DIGITS));
    assert_eq!(frame.column("name")?.str()?.get(5), Some("Pan"));
    assert_eq!(frame.column("category")?.str()?.get(3), Some("C"), "K1 names products: its category is not offered");
    let flags = &section.table("acceptance_rate").ok_or("none")?.flags;
    assert!(flags.iter().any(|flag| flag.starts_with("unknown: 1 products")), "{flags:?}");
    are_sentences(&section);
    let told = section.findings.iter().find(|finding| finding.table == "acceptance_rate").ok_or("no finding")?;
    assert!(told.headline.contains("Of 7 offers") && told.headline.contains("57"), "{}", told.headline);
    Ok(())
}

#[test]
fn the_order_of_rows_and_what_comes_later_change_nothing() -> Outcome {
    let other = company()?.with_contacts(contacts(true)?);
    let other = Tables::new(sales(true, true)?)
        .with_products(catalogue()?)
        .with_campaigns(campaigns(true, true)?)
        .with_contacts(other.contacts().ok_or("none")?.clone());
    let (first, second) = (run(&company()?)?, run(&other)?);
    assert!(acceptance(&first)?.equals_missing(acceptance(&second)?));
    Ok(())
}

#[test]
fn what_campaigns_do_not_say_is_a_gap() -> Outcome {
    let gap = |section: &Section, name: &str| section.gaps.iter().find(|gap| gap.analysis == name).cloned();
    let nothing = run(&Tables::new(sales(false, false)?))?;
    let needs = gap(&nothing, "acceptance_rate").ok_or("no gap")?.needs;
    assert_eq!(needs, [Need::column("campaigns", "product_ids"), Need::table("contacts")]);
    // Categories alone make a table of categories.
    let tables = company()?.with_campaigns(campaigns(false, false)?);
    let categories = run(&tables)?;
    assert!(gap(&categories, "acceptance_rate.product").is_some());
    assert!(gap(&categories, "acceptance_rate.channel").is_some());
    // K1 is of category A: a, b and c took something of it by 7 April, c the day before it was sent and the day after.
    assert_eq!(
        rows(acceptance(&categories)?)?,
        ["any - __total__: 3/5, 0", "category - __total__: 2/3, 0", "category - __total__: 1/2, 0"]
    );
    // Lines without categories: offers of one are not counted as refused.
    let tables = Tables::new(sales(false, false)?).with_contacts(contacts(false)?);
    let plain = run(&tables.with_campaigns(campaigns(false, true)?))?;
    assert!(gap(&plain, "acceptance_rate.category").is_some() && plain.table("acceptance_rate").is_none());
    // Nobody was sent anything in the window.
    let window = Window::new("2024-06-01".parse()?, "2024-06-30".parse()?, Grain::Month)?;
    let later = section(&ProfileInput::new(&company()?, window), &ProductSettings::new(Unit::Customer))?;
    assert!(later.table("acceptance_rate").is_none());
    Ok(())
}

#[test]
fn ids_of_customers_must_have_the_type_of_those_of_the_lines() -> Outcome {
    let frame = df!("k" => ["K1"], "who" => [7_i64], "arm" => ["mail"], "drawn" => ["2024-03-01"])?;
    let contacts = Contacts::scan(frame, &ContactColumns::new("k", "who", "arm", "drawn"))?;
    let error = run(&company()?.with_contacts(contacts)).map(|_| ()).err();
    assert!(matches!(error, Some(ProfileError::IdTypes { .. })), "{error:?}");
    Ok(())
}
