//! Cases of Promotion.

use std::error::Error;

use emptor_table::polars::df;
use emptor_table::{
    CampaignColumns, Campaigns, ContactColumns, Contacts, ProductColumns, Products, ResponseColumns, Responses, Tables,
    TransactionColumns, Transactions,
};
use emptor_types::{Date, Level};
use polars::prelude::{AnyValue, ChunkAgg, DataFrame};

use super::*;
use crate::period::Grain;
use crate::profile::{CustomerScores, ProfileError, ProfileInput, Section, Window};
use crate::statistics::goodness_of_fit;

mod price;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Rounding of sums of a few doubles.
const ROUNDING: f64 = 1e-9;
/// Numbers that are published to five places.
const FIVE_PLACES: f64 = 1e-5;

fn level() -> Outcome<Level> {
    Ok(Level::new(0.95)?)
}

fn year() -> Outcome<Window> {
    Ok(Window::new("2024-01-01".parse()?, "2024-12-31".parse()?, Grain::Month)?)
}

fn day(start: &str, after: i32) -> Outcome<String> {
    Ok(start.parse::<Date>()?.plus_days(after).to_string())
}

/// A shop by hand: lines of customer, day, product, quantity, net, kind, line, returned line.
#[derive(Clone, Default)]
struct Shop {
    lines: Vec<(i64, String, f64, &'static str, Option<String>)>,
    contacts: Vec<(&'static str, i64, &'static str, &'static str, Option<&'static str>)>,
    campaigns: Vec<(&'static str, &'static str, &'static str, Option<f64>)>,
}

impl Shop {
    /// One campaign in May, drawn on the last of April.
    fn may() -> Self {
        Self { campaigns: vec![("K1", "2024-05-01", "2024-05-14", Some(0.5))], ..Self::default() }
    }

    fn audience(mut self, arm: &'static str, customers: std::ops::Range<i64>) -> Self {
        let sent = (arm != "control").then_some("2024-05-01");
        self.contacts.extend(customers.map(|who| ("K1", who, arm, "2024-04-30", sent)));
        self
    }

    fn sale(mut self, who: i64, day: &str, net: f64) -> Self {
        self.lines.push((who, day.to_owned(), net, "sale", None));
        self
    }

    fn back(mut self, who: i64, day: &str, net: f64, of: usize) -> Self {
        self.lines.push((who, day.to_owned(), -net, "return", Some(of.to_string())));
        self
    }

    fn transactions(&self) -> Outcome<Transactions> {
        let frame = df!(
            "who" => self.lines.iter().map(|line| line.0).collect::<Vec<_>>(),
            "day" => self.lines.iter().map(|line| line.1.as_str()).collect::<Vec<_>>(),
            "net" => self.lines.iter().map(|line| line.2).collect::<Vec<_>>(),
            "type" => self.lines.iter().map(|line| line.3).collect::<Vec<_>>(),
            "of" => self.lines.iter().map(|line| line.4.clone()).collect::<Vec<_>>(),
            "line" => (0..self.lines.len()).map(|line| line.to_string()).collect::<Vec<_>>(),
            "order" => (0..self.lines.len()).map(|line| format!("O{line}")).collect::<Vec<_>>(),
        )?;
        let columns = TransactionColumns::new("who", "day")
            .amount("net")
            .line_type("type")
            .line("line")
            .ref_line("of")
            .order("order");
        Ok(Transactions::from_frame(frame, &columns)?)
    }

    fn tables(&self) -> Outcome<Tables> {
        let campaigns = df!(
            "id" => self.campaigns.iter().map(|row| row.0).collect::<Vec<_>>(),
            "from" => self.campaigns.iter().map(|row| row.1).collect::<Vec<_>>(),
            "to" => self.campaigns.iter().map(|row| row.2).collect::<Vec<_>>(),
            "rate" => self.campaigns.iter().map(|row| row.3).collect::<Vec<_>>(),
            "fixed" => vec![100.0; self.campaigns.len()],
            "budget" => vec![80.0; self.campaigns.len()],
        )?;
        let contacts = df!(
            "id" => self.contacts.iter().map(|row| row.0).collect::<Vec<_>>(),
            "who" => self.contacts.iter().map(|row| row.1).collect::<Vec<_>>(),
            "arm" => self.contacts.iter().map(|row| row.2).collect::<Vec<_>>(),
            "drawn" => self.contacts.iter().map(|row| row.3).collect::<Vec<_>>(),
            "sent" => self.contacts.iter().map(|row| row.4).collect::<Vec<_>>(),
        )?;
        let of_campaigns =
            CampaignColumns::new("id", "from", "to").margin_rate("rate").cost_fixed("fixed").budget("budget");
        let of_contacts = ContactColumns::new("id", "who", "arm", "drawn").sent_at("sent");
        Ok(Tables::new(self.transactions()?)
            .with_campaigns(Campaigns::scan(campaigns, &of_campaigns)?)
            .with_contacts(Contacts::scan(contacts, &of_contacts)?))
    }

    fn section(&self) -> Outcome<Section> {
        self.section_with(&PromotionSettings::default())
    }

    fn section_with(&self, settings: &PromotionSettings) -> Outcome<Section> {
        let section = section(&ProfileInput::new(&self.tables()?, year()?), settings)?;
        crate::profile::words::are_sentences(&section);
        Ok(section)
    }
}

fn frame<'a>(section: &'a Section, table: &str) -> Outcome<&'a DataFrame> {
    Ok(&section.table(table).ok_or_else(|| format!("no {table}: {:?}", section.gaps))?.frame)
}

fn cell(section: &Section, table: &str, column: &str, row: usize) -> Outcome<Option<f64>> {
    Ok(match frame(section, table)?.column(column)?.get(row)? {
        AnyValue::Null => None,
        value => Some(value.try_extract::<f64>()?),
    })
}

fn word(section: &Section, table: &str, column: &str, row: usize) -> Outcome<String> {
    Ok(frame(section, table)?.column(column)?.str()?.get(row).unwrap_or("").to_owned())
}

fn near(found: Option<f64>, expected: f64, tolerance: f64) -> bool {
    found.is_some_and(|found| (found - expected).abs() <= tolerance)
}

/// Worked out by hand, and with statsmodels 0.15 (`proportions_ztest`, `confint_proportions_2indep(method="wald")`).
#[test]
fn a_campaign_that_looks_five_times_its_cost_earned_once_its_cost() -> Outcome<()> {
    let found = effect((300, 10_000), (100, 5_000), level()?).ok_or("two groups")?;
    assert!((found.incremental - 100.0).abs() < ROUNDING);
    assert!((found.difference.difference - 0.01).abs() < ROUNDING);
    assert!((found.difference.interval.low - 0.004_88).abs() < FIVE_PLACES);
    assert!((found.difference.interval.high - 0.015_12).abs() < FIVE_PLACES);
    assert!((found.difference.z - 3.583_6).abs() < 5e-5 && !found.by_scores);
    let earned = earnings(found.incremental * 60.0, 300.0 * 60.0, 3_000.0);
    assert!((earned.profit_incremental - 3_000.0).abs() < 1e-6);
    assert!(near(earned.romi_incremental, 1.0, ROUNDING) && near(earned.romi_gross, 5.0, ROUNDING));
    assert!(near(break_even_lift(3_000.0, 10_000, 60.0), 0.005, ROUNDING));
    Ok(())
}

#[test]
fn the_same_campaign_through_the_tables_gives_the_same_numbers() -> Outcome<()> {
    // A hundredth of the size, with margins of 60 by a rate of one half.
    let mut shop = Shop::may().audience("mail", 0..100).audience("control", 100..150);
    for who in (0..30).chain(100..110) {
        shop = shop.sale(who, "2024-05-05", 120.0);
    }
    let section = shop.section()?;
    let at = |column| cell(&section, "campaign_result", column, 0);
    assert!(near(at("incr")?, 10.0, ROUNDING) && near(at("ate")?, 0.1, ROUNDING));
    assert!(near(at("margin")?, 1_800.0, ROUNDING) && near(at("cost")?, 100.0, ROUNDING));
    assert!(near(at("profit_incr")?, 500.0, 1e-6) && near(at("romi_incr")?, 5.0, 1e-6));
    assert!(near(at("romi_gross")?, 17.0, ROUNDING) && near(at("break_even")?, 100.0 / 100.0 / 60.0, ROUNDING));
    assert!(near(at("cost_per_incr")?, 10.0, ROUNDING) && near(at("orders_incr")?, 10.0, ROUNDING));
    assert_eq!(word(&section, "campaign_result", "method", 0)?, "rct");
    // The controls' own row compares with nothing.
    assert_eq!(word(&section, "campaign_result", "arm", 1)?, "control");
    assert_eq!(cell(&section, "campaign_result", "incr", 1)?, None);
    assert!(near(cell(&section, "campaign_cost", "variance", 0)?, 20.0, ROUNDING));
    assert!(section.findings.len() >= 3, "{:?}", section.findings);
    Ok(())
}

#[test]
fn identical_arms_have_no_effect() -> Outcome<()> {
    for (responders, customers) in [(0, 10), (3, 10), (10, 10), (250, 1_000)] {
        let found = effect((responders, customers), (responders, customers), level()?).ok_or("two groups")?;
        assert!(found.incremental.abs() < ROUNDING && found.difference.difference.abs() < ROUNDING);
        assert!(found.interval.low <= 0.0 && found.interval.high >= 0.0);
    }
    let mut shop = Shop::may().audience("mail", 0..40).audience("control", 40..80);
    for who in (0..10).chain(40..50) {
        shop = shop.sale(who, "2024-05-05", 30.0 + (who % 40) as f64);
    }
    let section = shop.section()?;
    for column in ["incr", "ate", "margin_diff", "margin_diff_cuped", "orders_incr"] {
        assert!(near(cell(&section, "campaign_result", column, 0)?, 0.0, ROUNDING), "{column}");
    }
    assert!(near(cell(&section, "campaign_result", "profit_incr", 0)?, -100.0, 1e-6));
    Ok(())
}

#[test]
fn without_controls_the_effect_is_unknown_and_said_to_be() -> Outcome<()> {
    let section = Shop::may().audience("mail", 0..40).sale(1, "2024-05-05", 50.0).section()?;
    for column in ["incr", "ate", "ate_lo", "profit_incr", "romi_incr", "srm_p", "margin_diff"] {
        assert_eq!(cell(&section, "campaign_result", column, 0)?, None, "{column}");
    }
    assert!(near(cell(&section, "campaign_result", "romi_gross", 0)?, -0.75, ROUNDING));
    assert_eq!(word(&section, "campaign_result", "method", 0)?, "none");
    assert!(word(&section, "campaign_result", "flags", 0)?.contains("no_counterfactual"));
    assert_eq!(word(&section, "campaign_validity", "verdict", 0)?, "none");
    assert!(section.gaps.iter().any(|gap| gap.analysis == "incremental results"));
    assert!(section.findings.iter().any(|finding| finding.headline.contains("nobody was kept out")));
    Ok(())
}

#[test]
fn nobody_seen_is_not_never() -> Outcome<()> {
    let section =
        Shop::may().audience("mail", 0..60).audience("control", 60..100).sale(500, "2024-05-05", 9.0).section()?;
    let at = |column| cell(&section, "campaign_result", column, 0);
    assert!(near(at("rate")?, 0.0, 0.0));
    assert!(near(at("rate_hi")?, 1.0 - 0.05_f64.powf(1.0 / 60.0), ROUNDING), "rule of three");
    assert!(at("ate_lo")?.is_some_and(|low| low < 0.0) && at("ate_hi")?.is_some_and(|high| high > 0.0));
    assert_eq!(at("break_even")?, None);
    assert_eq!(none_seen(0, level()?), None);
    Ok(())
}

/// Newcombe (1998), table II, method 10: 9/10 against 3/10, and 10/10 against 0/10.
#[test]
fn few_responders_have_the_interval_of_newcombe() -> Outcome<()> {
    for (first, second, low, high) in [((9, 10), (3, 10), 0.170_5, 0.809_0), ((10, 10), (0, 10), 0.607_5, 1.0)] {
        let found = effect(first, second, level()?).ok_or("two groups")?;
        assert!(found.by_scores);
        assert!((found.difference.interval.low - low).abs() < 5e-5, "{found:?}");
        assert!((found.difference.interval.high - high).abs() < 5e-5, "{found:?}");
    }
    Ok(())
}

#[test]
fn an_order_before_the_draw_or_after_the_days_of_grace_is_no_response() -> Outcome<()> {
    let shop =
        |date: &str| Shop::may().audience("mail", 0..30).audience("control", 30..60).sale(1, date, 50.0).section();
    for (date, responders) in
        [("2024-04-30", 0.0), ("2024-05-01", 1.0), ("2024-05-14", 1.0), ("2024-05-21", 1.0), ("2024-05-22", 0.0)]
    {
        let section = shop(date)?;
        assert_eq!(cell(&section, "campaign_result", "responders", 0)?, Some(responders), "{date}");
    }
    Ok(())
}

#[test]
fn a_return_after_the_window_reduces_the_margin_when_it_arrives() -> Outcome<()> {
    let shop = Shop::may()
        .audience("mail", 0..30)
        .audience("control", 30..60)
        .sale(1, "2024-05-05", 100.0)
        .sale(2, "2024-03-05", 70.0)
        .back(1, "2024-08-01", 40.0, 0)
        // What was sold before the campaign and comes back in it is none of its business.
        .back(2, "2024-05-06", 70.0, 1);
    let section = shop.section()?;
    assert!(near(cell(&section, "campaign_result", "revenue", 0)?, 60.0, ROUNDING));
    assert!(near(cell(&section, "campaign_result", "margin", 0)?, 30.0, ROUNDING));
    assert_eq!(cell(&section, "campaign_result", "responders", 0)?, Some(1.0));
    // In July nobody knew of it.
    let july = Window::new("2024-01-01".parse()?, "2024-07-31".parse()?, Grain::Month)?;
    let earlier = super::section(&ProfileInput::new(&shop.tables()?, july), &PromotionSettings::default())?;
    assert!(near(cell(&earlier, "campaign_result", "revenue", 0)?, 100.0, ROUNDING));
    Ok(())
}

/// χ² of (6000 − 5000)²/5000 twice is 400; scipy 1.17 `chisquare` gives the same.
#[test]
fn sixty_to_forty_is_no_accident_where_half_was_planned() -> Outcome<()> {
    assert!(goodness_of_fit(&[6_000.0, 4_000.0], &[0.5, 0.5]) < 1e-80);
    let shop = Shop::may().audience("mail", 0..600).audience("control", 600..1_000).sale(1, "2024-05-05", 9.0);
    let settings = PromotionSettings { control_share: Some(0.5), ..PromotionSettings::default() };
    let section = shop.section_with(&settings)?;
    assert!(cell(&section, "campaign_result", "srm_p", 0)?.is_some_and(|p| p < 0.001));
    assert_eq!(word(&section, "campaign_validity", "verdict", 0)?, "invalid");
    assert!(section.findings.iter().any(|finding| finding.headline.contains("cannot be judged")));
    let planned = PromotionSettings { control_share: Some(0.4), ..PromotionSettings::default() };
    assert!(near(cell(&shop.section_with(&planned)?, "campaign_validity", "srm_p", 0)?, 1.0, ROUNDING));
    Ok(())
}

#[test]
fn controls_who_were_contacted_are_counted_as_assigned_and_told_of() -> Outcome<()> {
    let mut shop = Shop::may().audience("mail", 0..50).audience("control", 50..100).sale(1, "2024-05-05", 9.0);
    for row in shop.contacts.iter_mut().filter(|row| row.1 >= 90) {
        row.4 = Some("2024-05-02");
    }
    let section = shop.section()?;
    assert_eq!(cell(&section, "campaign_validity", "contaminated", 0)?, Some(10.0));
    assert!(word(&section, "campaign_validity", "problems", 0)?.contains("controls were contacted"));
    assert_eq!(cell(&section, "campaign_result", "n", 1)?, Some(50.0));
    assert!(word(&section, "campaign_result", "flags", 0)?.contains("contaminated"));
    Ok(())
}

#[test]
fn arms_that_were_not_alike_before_are_found() -> Outcome<()> {
    let mut shop = Shop::may().audience("mail", 0..60).audience("control", 60..120);
    for who in 0..60 {
        shop = shop.sale(who, "2024-03-01", 50.0 + who as f64);
        shop = shop.sale(who + 60, "2024-03-01", 10.0 + who as f64);
    }
    let section = shop.section()?;
    // 40 apart, standard deviation of 0 … 59: √305.
    let expected = 40.0 / 305.0_f64.sqrt();
    assert!(near(cell(&section, "campaign_validity", "smd_spend", 0)?, expected, ROUNDING));
    assert!(near(cell(&section, "campaign_validity", "smd_frequency", 0)?, 0.0, 0.0));
    assert_eq!(word(&section, "campaign_validity", "verdict", 0)?, "invalid");
    Ok(())
}

#[test]
fn an_order_is_credited_once_to_the_campaign_that_was_sent_last() -> Outcome<()> {
    let mut shop = Shop::may().audience("mail", 0..30).audience("control", 30..60);
    shop.campaigns.push(("K2", "2024-05-04", "2024-05-20", Some(0.5)));
    shop.contacts.extend((0..20).map(|who| ("K2", who, "mail", "2024-05-03", Some("2024-05-04"))));
    let shop = shop
        .sale(1, "2024-05-02", 10.0)
        .sale(1, "2024-05-06", 20.0)
        .sale(25, "2024-05-06", 40.0)
        .sale(35, "2024-05-06", 80.0)
        .sale(7, "2024-11-01", 160.0);
    let section = shop.section()?;
    let sales = |row| cell(&section, "campaign_credit", "sales", row);
    assert_eq!((sales(0)?, sales(1)?, sales(2)?, sales(3)?), (Some(50.0), Some(20.0), Some(240.0), Some(0.0)));
    let all: f64 = frame(&section, "campaign_credit")?.column("sales")?.f64()?.sum().unwrap_or(0.0);
    assert!((all - 310.0).abs() < ROUNDING, "every sale once");
    // The comparison with controls counts the order in both campaigns, for so it is counted among controls.
    assert_eq!(cell(&section, "campaign_result", "responders", 0)?, Some(2.0));
    assert!(near(cell(&section, "campaign_validity", "overlap_treated", 0)?, 20.0 / 30.0, ROUNDING));
    assert!(near(cell(&section, "campaign_validity", "overlap_control", 0)?, 0.0, 0.0));
    Ok(())
}

#[test]
fn what_is_known_later_and_the_order_of_rows_change_nothing() -> Outcome<()> {
    let mut shop = Shop::may().audience("mail", 0..40).audience("control", 40..80);
    for who in 0..80 {
        shop = shop.sale(who, &day("2024-03-01", (who % 50) as i32)?, 0.1 + who as f64 / 3.0);
        if who % 3 == 0 {
            shop = shop.sale(who, &day("2024-05-02", (who % 9) as i32)?, 0.7 + who as f64 / 7.0);
        }
    }
    let before = shop.section()?;
    let mut later = shop.clone().sale(2, "2025-01-01", 1e6);
    later.contacts.push(("K1", 999, "control", "2025-01-02", None));
    later.campaigns.push(("K9", "2025-02-01", "2025-02-20", None));
    let mut shuffled = shop.clone();
    shuffled.contacts.reverse();
    // Returns name lines by their place; there are none here.
    shuffled.lines.reverse();
    for other in [later.section()?, shuffled.section()?] {
        assert_eq!(before.tables.len(), other.tables.len());
        for (own, same) in before.tables.iter().zip(&other.tables) {
            assert!(own.frame.equals_missing(&same.frame), "{}", own.name);
        }
        assert_eq!(before.findings, other.findings);
    }
    Ok(())
}

#[test]
fn a_full_return_takes_the_money_back_and_leaves_the_response() -> Outcome<()> {
    let shop = Shop::may().audience("mail", 0..30).audience("control", 30..60).sale(1, "2024-05-05", 100.0);
    let section = shop.section()?;
    let returned = shop.clone().back(1, "2024-05-09", 100.0, 0).section()?;
    assert_eq!(cell(&returned, "campaign_result", "revenue", 0)?, Some(0.0));
    assert_eq!(
        cell(&returned, "campaign_result", "responders", 0)?,
        cell(&section, "campaign_result", "responders", 0)?
    );
    Ok(())
}

#[test]
fn without_tables_there_are_gaps_and_no_error() -> Outcome<()> {
    let lines = df!("who" => [1_i64], "day" => ["2024-05-03"], "net" => [40.0])?;
    let tables = Tables::new(Transactions::from_frame(lines, &TransactionColumns::new("who", "day").amount("net"))?);
    let section = section(&ProfileInput::new(&tables, year()?), &PromotionSettings::default())?;
    assert!(section.tables.is_empty() && section.findings.is_empty());
    for analysis in ["campaign_result", "uplift_curve", "promo_decomp", "promo_dependence"] {
        assert!(section.gaps.iter().any(|gap| gap.analysis == analysis && !gap.needs.is_empty()), "{analysis}");
    }
    Ok(())
}

#[test]
fn ids_of_different_types_are_an_error_that_says_so() -> Outcome<()> {
    let shop = Shop::may().audience("mail", 0..30).sale(1, "2024-05-05", 9.0);
    let contacts = df!("id" => ["K1"], "who" => ["one"], "arm" => ["mail"], "drawn" => ["2024-04-30"])?;
    let contacts = Contacts::scan(contacts, &ContactColumns::new("id", "who", "arm", "drawn"))?;
    let tables = shop.tables()?.with_contacts(contacts);
    let error = section(&ProfileInput::new(&tables, year()?), &PromotionSettings::default()).err();
    assert!(matches!(error, Some(ProfileError::IdTypes { .. })), "{error:?}");
    Ok(())
}

#[test]
fn an_opt_out_is_no_response_and_responses_of_strangers_are_told_of() -> Outcome<()> {
    let shop = Shop::may().audience("mail", 0..40).audience("control", 40..80).sale(1, "2024-05-05", 9.0);
    let rows = df!(
        "id" => ["K1"; 5],
        "who" => [2_i64, 3, 4, 5, 500],
        "day" => ["2024-05-04", "2024-05-04", "2024-04-02", "2024-09-01", "2024-05-04"],
        "what" => ["call", "opt_out", "call", "call", "call"],
    )?;
    let responses = Responses::scan(rows, &ResponseColumns::new("id", "who", "day").kind("what"))?;
    let tables = shop.tables()?.with_responses(responses);
    let settings = PromotionSettings { outcome: super::Outcome::Either, ..PromotionSettings::default() };
    let section = section(&ProfileInput::new(&tables, year()?), &settings)?;
    assert_eq!(cell(&section, "campaign_result", "responders", 0)?, Some(2.0));
    assert_eq!(cell(&section, "campaign_result", "converted", 0)?, Some(1.0));
    for column in ["responses_unassigned", "responses_early", "responses_outside"] {
        assert_eq!(cell(&section, "campaign_validity", column, 0)?, Some(1.0), "{column}");
    }
    assert_eq!(cell(&section, "contact_pressure", "opt_outs", 0)?, Some(1.0));
    Ok(())
}

#[test]
fn an_order_without_a_contact_is_organic_in_the_funnel() -> Outcome<()> {
    let mut shop = Shop::may().audience("mail", 0..30).audience("control", 30..60);
    shop.contacts.iter_mut().filter(|row| row.1 == 1).for_each(|row| row.4 = None);
    let section = shop.sale(1, "2024-05-05", 9.0).sale(2, "2024-05-05", 9.0).section()?;
    let customers = |row| cell(&section, "campaign_funnel", "customers", row);
    assert_eq!((customers(0)?, customers(1)?), (Some(30.0), Some(29.0)));
    assert_eq!((customers(2)?, customers(3)?), (None, None), "nobody tells of delivery");
    assert_eq!((customers(5)?, customers(6)?), (Some(1.0), Some(1.0)));
    assert!(near(cell(&section, "campaign_funnel", "rate_sent", 6)?, 1.0 / 29.0, ROUNDING));
    // By assignment both count.
    assert_eq!(cell(&section, "campaign_result", "responders", 0)?, Some(2.0));
    Ok(())
}

#[test]
fn five_contacts_in_a_month_are_too_many() -> Outcome<()> {
    let mut shop = Shop::may().sale(1, "2024-05-05", 9.0);
    shop.campaigns.clear();
    for (id, date) in
        [("K1", "2024-05-01"), ("K2", "2024-05-08"), ("K3", "2024-05-15"), ("K4", "2024-05-22"), ("K5", "2024-05-29")]
    {
        shop.campaigns.push((id, date, date, None));
        shop.contacts.push((id, 1, "mail", date, Some(date)));
    }
    shop.contacts.push(("K1", 2, "mail", "2024-05-01", Some("2024-05-01")));
    let section = shop.section()?;
    let said = section.findings.iter().any(|f| f.headline.contains("1 of 2 contacted customers (50 %)"));
    assert!(said, "{:?}", section.findings);
    assert_eq!(frame(&section, "contact_pressure")?.height(), 10);
    Ok(())
}

#[test]
fn uplift_does_not_depend_on_the_order_of_rows_and_ties_have_one_point() -> Outcome<()> {
    let outcome = [1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0];
    let treated = [true, false, true, true, false, true, false, false];
    let curve = UpliftCurve::new(&[1.0; 8], &outcome, &treated, CurveForm::Qini)?;
    assert_eq!(curve.points().len(), 2);
    assert!(curve.area().abs() < ROUNDING, "a score that says nothing");
    assert!(curve.normalised().is_none(), "a campaign without an effect has no share of it");
    let gain = UpliftCurve::new(&[1.0; 3], &[1.0, 0.0, 0.0], &[true, true, false], CurveForm::Gain)?;
    assert!(near(gain.points().last().map(|point| point.value), 1.5, ROUNDING));
    assert!(near(gain.normalised().and_then(|c| c.points().last().map(|p| p.value)), 1.0, ROUNDING));
    let lift = UpliftCurve::new(&[1.0; 3], &[1.0, 0.0, 0.0], &[true, true, false], CurveForm::Lift)?;
    assert!(near(lift.points().last().map(|point| point.value), 0.5, ROUNDING));
    assert!(UpliftCurve::new(&[1.0], &[1.0], &[true], CurveForm::Qini).is_err());
    assert!(UpliftCurve::new(&[f64::NAN, 1.0], &[1.0, 1.0], &[true, false], CurveForm::Qini).is_err());
    Ok(())
}

#[test]
fn scores_rank_customers_and_segments_are_compared_within_themselves() -> Outcome<()> {
    let mut shop = Shop::may().audience("mail", 0..40).audience("control", 40..80);
    for who in (0..10).chain(40..42) {
        shop = shop.sale(who, "2024-05-05", 30.0);
    }
    let ids: Vec<i64> = (0..80).collect();
    let segment: Vec<&str> = ids.iter().map(|who| if who % 40 < 20 { "A" } else { "B" }).collect();
    let value: Vec<Option<f64>> = ids.iter().map(|who| (*who != 79).then_some((80 - who % 40) as f64)).collect();
    let scores = CustomerScores::new(df!("customer_id" => ids, "segment" => segment, "ltv_total" => value)?)?;
    let tables = shop.tables()?;
    let input = ProfileInput::new(&tables, year()?).with_scores(&scores);
    let section = section(&input, &PromotionSettings::default())?;
    assert_eq!(frame(&section, "campaign_result")?.height(), 6);
    // In A, 10 of 20 against 2 of 20; in B nobody.
    assert_eq!(word(&section, "campaign_result", "segment", 2)?, "A");
    assert!(near(cell(&section, "campaign_result", "incr", 2)?, 8.0, ROUNDING));
    assert!(near(cell(&section, "campaign_result", "incr", 4)?, 0.0, ROUNDING));
    let fixed = |row| cell(&section, "campaign_result", "cost", row);
    assert!(near(fixed(2)?, 50.0, ROUNDING) && near(fixed(0)?, 100.0, ROUNDING), "the cost is shared");
    assert_eq!(cell(&section, "campaign_cost", "valued", 0)?, Some(79.0));
    let models: Vec<&str> = frame(&section, "uplift_curve")?.column("model")?.str()?.iter().flatten().collect();
    assert!(models.contains(&"ltv_total") && models.contains(&"spend_before"));
    let own = df!("customer_id" => (0..80).collect::<Vec<i64>>(), "score" => (0..80).rev().map(f64::from).collect::<Vec<_>>())?;
    let [curve, gains] = uplift_tables(&input, &PromotionSettings::default(), "mine", &own)?;
    assert_eq!((curve.frame.height(), gains.frame.height()), (21, 10));
    assert!(near(curve.frame.column("q")?.f64()?.get(20), 8.0, ROUNDING));
    Ok(())
}
