use std::error::Error;

use emptor_table::polars::df;
use emptor_table::{
    CustomerColumns, Customers, InteractionColumns, Interactions, PaymentColumns, Payments, ProductColumns, Products,
    Tables, TransactionColumns, Transactions,
};
use polars::prelude::{DataFrame, DataType, IdxCa, NamedFrom, Series};

use super::*;
use crate::period::Grain;
use crate::profile::profitability::Ladders;
use crate::profile::{CustomerScores, ProfileError, ProfileInput, Section, Window, fixture};

type Outcome = Result<(), Box<dyn Error>>;

/// Money is rounded to millionths, ratios in the last bits.
const ROUNDING: f64 = 1e-9;

fn numbers(frame: &DataFrame, column: &str) -> Result<Vec<Option<f64>>, Box<dyn Error>> {
    Ok(frame.column(column)?.cast(&DataType::Float64)?.f64()?.iter().collect())
}

fn texts(frame: &DataFrame, column: &str) -> Result<Vec<Option<String>>, Box<dyn Error>> {
    Ok(frame.column(column)?.str()?.iter().map(|text| text.map(str::to_owned)).collect())
}

fn table<'a>(section: &'a Section, name: &str) -> Result<&'a DataFrame, Box<dyn Error>> {
    Ok(&section.table(name).ok_or_else(|| format!("no {name}"))?.frame)
}

fn year() -> Result<Section, Box<dyn Error>> {
    let tables = fixture::tables()?;
    let section = section(&ProfileInput::new(&tables, fixture::year()?), &ProfilingSettings::default())?;
    crate::profile::words::are_sentences(&section);
    Ok(section)
}

fn close(found: &[Option<f64>], expected: &[Option<f64>]) {
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        match (found, expected) {
            (Some(a), Some(b)) => assert!((a - b).abs() < ROUNDING, "{a} is not {b}"),
            (a, b) => assert_eq!(a, b),
        }
    }
}

/// Lines of customers, days, amounts and what else.
fn lines(who: &[Option<&str>], day: &[&str], net: &[f64]) -> Result<DataFrame, Box<dyn Error>> {
    Ok(df!("who" => who, "day" => day, "net" => net)?)
}

fn of(frame: DataFrame, columns: &TransactionColumns) -> Result<Tables, Box<dyn Error>> {
    Ok(Tables::new(Transactions::from_frame(frame, columns)?))
}

fn plain() -> TransactionColumns {
    TransactionColumns::new("who", "day").amount("net")
}

fn window(from: &str, to: &str, grain: Grain) -> Result<Window, Box<dyn Error>> {
    Ok(Window::new(from.parse()?, to.parse()?, grain)?)
}

/// Worked out by hand from the lines of the fixture: recency, frequency, monetary value and length over all dates.
#[test]
fn the_six_customers_have_the_recency_frequency_value_and_length_that_were_worked_out_by_hand() -> Outcome {
    let year = year()?;
    let customers = table(&year, "profile_customer")?;
    assert_eq!(texts(customers, "customer_id")?.len(), 6);
    let whole = |values: [Option<i32>; 6]| values.map(|value| value.map(f64::from));
    close(&numbers(customers, "recency_days")?, &whole([Some(51), Some(117), Some(11), None, Some(426), Some(145)]));
    close(&numbers(customers, "rfm_frequency")?, &whole([Some(3), Some(2), Some(1), None, Some(2), Some(1)]));
    close(&numbers(customers, "monetary_net")?, &whole([Some(400), Some(300), Some(50), None, Some(200), Some(160)]));
    close(&numbers(customers, "length_days")?, &whole([Some(305), Some(184), Some(0), None, Some(184), Some(0)]));
    let names = texts(customers, "rfm_segment")?;
    assert_eq!(names[3].as_deref(), Some("No purchase"));
    assert_eq!(numbers(customers, "m_score")?[3], None, "a prospect has no score, not the worst");
    // Net 400, 300, 200 of 1,110 make 81 %: the third crosses 80 %. Then 160 makes 95.5 %.
    let abc = texts(customers, "abc_class")?;
    assert_eq!(
        abc.iter().map(Option::as_deref).collect::<Vec<_>>(),
        [Some("A"), Some("A"), Some("C"), None, Some("A"), Some("B")]
    );
    // Gross margins of 2024 where the cost is known: 160, 120 and 20 of 300.
    close(
        &numbers(customers, "share_of_firm_margin")?,
        &[Some(160.0 / 300.0), Some(0.4), Some(20.0 / 300.0), None, None, None],
    );
    close(&numbers(customers, "return_rate")?, &[Some(0.0), Some(0.25), Some(0.0), None, Some(0.0), Some(0.0)]);
    close(&numbers(customers, "returns_per_order")?, &[Some(0.0), Some(0.5), Some(0.0), None, Some(0.0), Some(0.0)]);
    // C1: gaps 152 and 153 days.
    close(&numbers(customers, "ipt_mean_days")?, &[Some(152.5), Some(184.0), None, None, Some(184.0), None]);
    let cv = 0.5_f64.sqrt() / 152.5;
    close(&numbers(customers, "ipt_cv")?, &[Some(cv), None, None, None, None, None]);
    // C1 since 10 January: 357 days. 5 units in 3 orders.
    let months = 357.0 / 30.4375;
    close(&numbers(customers, "units_per_month")?[..1], &[Some(5.0 / months)]);
    close(&numbers(customers, "orders_per_month")?[..1], &[Some(3.0 / months)]);
    // C1 by quarters: 150, 200, 0, 50.
    let quarters = [150.0, 200.0, 0.0, 50.0];
    let deviation = (quarters.iter().map(|x| (x - 100.0_f64).powi(2)).sum::<f64>() / 3.0).sqrt();
    close(&numbers(customers, "revenue_cv")?[..1], &[Some(deviation / 100.0)]);
    assert_eq!(texts(customers, "flags")?[3].as_deref(), Some("prospect"));
    Ok(())
}

/// Gross spend by category: A 800 (C1 300, C2 300, C5 200), B 250 (C1 100, C2 100, C3 50), C 160 (C6).
#[test]
fn the_preference_of_a_customer_is_drawn_toward_the_base_by_five_median_orders() -> Outcome {
    let year = year()?;
    let customers = table(&year, "profile_customer")?;
    let top = texts(customers, "top_category")?;
    let top: Vec<Option<&str>> = top.iter().map(Option::as_deref).collect();
    assert_eq!(top, [Some("A"), Some("A"), Some("B"), None, Some("A"), Some("C")]);
    // Orders of 150, 200, 50, 300, 100, 50, 100, 100, 160: the median is 100, κ = 500. Base share of A: 800/1210.
    let s = 800.0 / 1_210.0;
    close(&numbers(customers, "top_category_index")?[..1], &[Some(100.0 * (300.0 + 500.0 * s) / 900.0 / s)]);
    close(&numbers(customers, "top_category_share")?[..1], &[Some(0.75)]);
    Ok(())
}

/// Known costs of 2024: revenue 750 of 910, cost 450; margin 40 %, profit 364 with the unknown part at the same margin.
#[test]
fn the_decomposition_multiplies_to_profit_and_its_changes_add_up() -> Outcome {
    let year = year()?;
    let rows = table(&year, "lens_decomposition")?;
    let scope = texts(rows, "scope")?;
    let columns = ["customers", "aof", "aov", "margin", "profit", "revenue"].map(|name| numbers(rows, name));
    let [customers, aof, aov, margin, profit, revenue] = columns;
    let (customers, aof, aov, margin, profit, revenue) = (customers?, aof?, aov?, margin?, profit?, revenue?);
    let last = scope.len() - 1;
    close(
        &[customers[last], aof[last], aov[last], margin[last], profit[last]],
        &[4.0, 7.0 / 4.0, 130.0, 0.4, 364.0].map(Some),
    );
    close(&customers[..4], &[2.0, 1.0, 2.0, 2.0].map(Some));
    let product = |i: usize| Some(customers[i]? * aof[i]? * aov[i]? * margin[i]?);
    for i in 0..scope.len() {
        if let (Some(product), Some(profit)) = (product(i), profit[i]) {
            assert!((product - profit).abs() < ROUNDING);
        }
    }
    let quarters: f64 = revenue[..4].iter().flatten().sum();
    assert!((quarters - 910.0).abs() < ROUNDING);
    let changes = ["dln_customers", "dln_aof", "dln_aov", "dln_margin"].map(|name| numbers(rows, name));
    let changes = changes.into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut compared = 0;
    for i in 1..4 {
        if let Some(whole) = numbers(rows, "dln_profit")?[i] {
            let sum: f64 = changes.iter().filter_map(|change| change[i]).sum();
            let logs = (profit[i].unwrap_or(f64::NAN) / profit[i - 1].unwrap_or(f64::NAN)).ln();
            assert!((sum - whole).abs() < ROUNDING && (whole - logs).abs() < ROUNDING);
            compared += 1;
        }
    }
    // Q2 sold 200 and took 100 back at cost; Q3 sold 260, of which 160 at no known cost.
    assert_eq!(compared, 3);
    // The mean of customers' own averages is another number than the ratio of totals.
    let own = numbers(rows, "mean_spend_per_order")?;
    close(&own[last..], &[Some((400.0 / 3.0 + 150.0 + 50.0 + 160.0) / 4.0)]);
    Ok(())
}

#[test]
fn the_ways_to_move_add_up_to_the_revenue_of_both_periods() -> Outcome {
    let year = year()?;
    let rows = table(&year, "lens_overlap")?;
    let moved = texts(rows, "moved")?;
    let customers = numbers(rows, "customers")?;
    let (before, now) = (numbers(rows, "revenue_before")?, numbers(rows, "revenue")?);
    // Second quarter against the first: C1 kept and spending more, C2 lost (it only returned).
    assert_eq!(moved[..2].iter().flatten().collect::<Vec<_>>(), ["kept, spending at least as much", "not seen again"]);
    close(&[before[0], now[0], before[1], now[1]], &[150.0, 200.0, 300.0, -100.0].map(Some));
    // Third against the second: C6 is new, C2 returns; C1 is lost.
    assert_eq!(moved[2..5].iter().flatten().collect::<Vec<_>>(), ["new", "returning", "not seen again"]);
    assert_eq!(customers.iter().flatten().sum::<f64>() as usize, 2 + 3 + 4);
    let sums: f64 = now.iter().flatten().sum();
    assert!((sums - (100.0 + 260.0 + 100.0)).abs() < ROUNDING, "{sums}");
    Ok(())
}

#[test]
fn all_cohorts_of_all_periods_add_up_to_the_base() -> Outcome {
    let year = year()?;
    let rows = table(&year, "lens_cohort")?;
    let revenue: f64 = numbers(rows, "revenue")?.iter().flatten().sum();
    assert!((revenue - 910.0).abs() < ROUNDING);
    let cohorts = texts(rows, "cohort")?;
    assert_eq!(cohorts[0].as_deref(), Some("earlier"), "C5 bought in 2023");
    let (size, active, age) = (numbers(rows, "size")?, numbers(rows, "active")?, numbers(rows, "age")?);
    for i in 0..cohorts.len() {
        if age[i] == Some(0.0) {
            assert_eq!(size[i], active[i], "every member bought in the first period");
        }
    }
    // C3 of the fourth quarter beside C6 of the third, after one quarter each; the second quarter won nobody.
    let pairs = table(&year, "lens_cohort_pair")?;
    close(&numbers(pairs, "revenue_per_member")?, &[Some(50.0)]);
    close(&numbers(pairs, "versus_revenue_per_member")?, &[Some(160.0)]);
    Ok(())
}

#[test]
fn deciles_add_up_to_the_revenue_of_active_customers_and_every_segment_to_100() -> Outcome {
    let year = year()?;
    let rows = table(&year, "lens_decile")?;
    let measure = texts(rows, "measure")?;
    let amount = numbers(rows, "amount")?;
    let spend: f64 =
        amount.iter().zip(&measure).filter(|(_, m)| m.as_deref() == Some("spend")).filter_map(|(a, _)| *a).sum();
    assert!((spend - 910.0).abs() < ROUNDING);
    let rows = table(&year, "profile_segment_index")?;
    let (segment, base, index) = (texts(rows, "segment_id")?, numbers(rows, "share_base")?, numbers(rows, "index")?);
    let mut names = segment.clone();
    names.dedup();
    for name in names {
        let own = (0..segment.len()).filter(|i| segment[*i] == name);
        let mean: f64 = own.filter_map(|i| Some(base[i]? * index[i]?)).sum();
        assert!((mean - 100.0).abs() < ROUNDING, "{name:?} {mean}");
    }
    Ok(())
}

#[test]
fn rows_in_any_order_say_the_same() -> Outcome {
    let mut rows = fixture::tables()?.transactions().lines().collect()?;
    let columns = TransactionColumns::new("customer_id", "date")
        .order("order_id")
        .product("product_id")
        .quantity("quantity")
        .amount("amount")
        .line_type("line_type");
    let products =
        df!("product" => ["P1", "P2", "P3"], "category" => ["A", "B", "C"], "cost" => [Some(60.0), Some(30.0), None])?;
    let products =
        || Products::scan(products.clone(), &ProductColumns::new("product").category("category").unit_cost("cost"));
    let mut seen = Vec::new();
    for step in [1_u32, 3, 7] {
        let places: Vec<u32> = (0..11).map(|i| i * step % 11).collect();
        let shuffled = rows.take(&IdxCa::new("places".into(), places))?;
        let tables = of(shuffled.clone(), &columns)?.with_products(products()?);
        let made = section(&ProfileInput::new(&tables, fixture::year()?), &ProfilingSettings::default())?;
        seen.push(made);
        rows = shuffled;
    }
    for other in &seen[1..] {
        for (a, b) in seen[0].tables.iter().zip(&other.tables) {
            assert!(a.frame.equals_missing(&b.frame), "{}", a.name);
        }
        assert_eq!(seen[0].findings, other.findings);
    }
    Ok(())
}

#[test]
fn what_comes_after_the_day_of_observation_is_not_known() -> Outcome {
    let day = ["2024-01-05", "2024-02-05", "2024-06-01"];
    let all = lines(&[Some("a"), Some("a"), Some("b")], &day, &[10.0, 20.0, 99.0])?;
    let then = all.slice(0, 2);
    let window = window("2024-01-01", "2024-03-31", Grain::Month)?;
    let made = |frame: DataFrame| -> Result<Section, Box<dyn Error>> {
        let customers = df!("who" => ["a", "z"], "made" => ["2024-01-01", "2024-05-01"])?;
        let customers = Customers::scan(customers, &CustomerColumns::new("who").created_at("made"))?;
        let invoices = df!("who" => ["a", "a"], "net" => [10.0, 50.0], "due" => ["2024-02-01", "2024-07-01"], "paid" => [Some("2024-04-02"), None])?;
        let payments = Payments::scan(invoices, &PaymentColumns::new("who", "net", "due").paid_at("paid"))?;
        let contacts = df!("who" => ["a", "a"], "day" => ["2024-02-01", "2024-05-01"], "by" => ["phone"; 2], "what" => ["call"; 2], "rep" => ["r1", "r2"])?;
        let contacts = Interactions::scan(contacts, &InteractionColumns::new("who", "day", "by", "what").rep("rep"))?;
        let tables = of(frame, &plain())?.with_customers(customers).with_payments(payments).with_interactions(contacts);
        Ok(section(&ProfileInput::new(&tables, window), &ProfilingSettings::default())?)
    };
    let (a, b) = (made(all)?, made(then)?);
    for (a, b) in a.tables.iter().zip(&b.tables) {
        assert!(a.frame.equals_missing(&b.frame), "{}", a.name);
    }
    let customers = table(&a, "profile_customer")?;
    assert_eq!(texts(customers, "customer_id")?, [Some("a".to_owned())], "z was not made yet");
    close(&numbers(customers, "overdue_share")?, &[Some(1.0)]);
    close(&numbers(customers, "dso_days")?, &[Some(10.0 / 30.0 * 91.0)]);
    close(&numbers(customers, "key_rep_share")?, &[Some(1.0)]);
    assert_eq!(texts(customers, "key_rep_basis")?[0].as_deref(), Some("contacts"));
    Ok(())
}

#[test]
fn disputed_invoices_say_nothing_of_how_a_customer_pays_and_have_a_column_of_their_own() -> Outcome {
    let tables = of(lines(&[Some("a"), Some("b")], &["2024-01-05", "2024-02-05"], &[100.0, 100.0])?, &plain())?;
    let invoices = df!(
        "who" => ["a", "a", "a", "b"],
        "net" => [10.0, 30.0, 60.0, 40.0],
        "due" => ["2024-02-01", "2024-02-01", "2024-02-01", "2024-02-01"],
        "paid" => [Some("2024-01-30"), None, None, None],
        "no" => [false, false, true, true],
    )?;
    let columns = PaymentColumns::new("who", "net", "due").paid_at("paid").disputed("no");
    let tables = tables.with_payments(Payments::scan(invoices, &columns)?);
    let input = ProfileInput::new(&tables, window("2024-01-01", "2024-03-31", Grain::Month)?);
    let section = section(&input, &ProfilingSettings::default())?;
    let customers = table(&section, "profile_customer")?;
    // 30 of 40 late; the disputed 60 are in neither. All that b owes is disputed.
    close(&numbers(customers, "overdue_share")?, &[Some(0.75), None]);
    close(&numbers(customers, "n_disputed")?, &[Some(1.0), Some(1.0)]);
    close(&numbers(customers, "disputed")?, &[Some(60.0), Some(40.0)]);
    Ok(())
}

#[test]
fn a_customer_of_returns_only_is_net_negative_and_a_sample_is_no_purchase() -> Outcome {
    let who = [Some("a"), Some("b"), Some("b"), Some("c"), Some("c")];
    let day = ["2024-01-05", "2024-02-05", "2024-03-01", "2024-01-07", "2024-02-07"];
    let tables = of(lines(&who, &day, &[-10.0, 20.0, 0.0, 30.0, -30.0])?, &plain())?;
    let input = ProfileInput::new(&tables, window("2024-01-01", "2024-03-31", Grain::Month)?);
    let section = section(&input, &ProfilingSettings::default())?;
    let customers = table(&section, "profile_customer")?;
    close(&numbers(customers, "rfm_frequency")?, &[0.0, 1.0, 1.0].map(Some));
    close(&numbers(customers, "monetary_net")?, &[-10.0, 20.0, 0.0].map(Some));
    close(&numbers(customers, "n_zero_value")?, &[0.0, 1.0, 0.0].map(Some));
    close(&numbers(customers, "recency_days")?, &[None, Some(55.0), Some(84.0)]);
    let flags = texts(customers, "flags")?;
    assert_eq!(flags[0].as_deref(), Some("no_purchase; net_negative"));
    assert_eq!((flags[1].as_deref(), flags[2].as_deref()), (None, Some("net_zero")));
    let cohorts = texts(table(&section, "lens_cohort")?, "cohort")?;
    assert_eq!(cohorts.last().and_then(Option::as_deref), Some("no purchase"));
    Ok(())
}

#[test]
fn sales_to_nobody_known_are_coverage_and_no_customer() -> Outcome {
    let tables = of(lines(&[Some("a"), None, None], &["2024-01-05"; 3], &[25.0, 50.0, 25.0])?, &plain())?;
    let input = ProfileInput::new(&tables, window("2024-01-01", "2024-01-31", Grain::Month)?);
    let section = section(&input, &ProfilingSettings::default())?;
    let customers = section.table("profile_customer").ok_or("always there")?;
    assert_eq!(customers.frame.height(), 1);
    assert_eq!(customers.coverage.and_then(|coverage| coverage.share()), Some(0.25));
    let firm = table(&section, "profile_firm")?;
    let at =
        texts(firm, "measure")?.iter().position(|name| name.as_deref() == Some("anonymous_share")).ok_or("there")?;
    assert_eq!(numbers(firm, "value")?[at], Some(0.75));
    assert!(section.findings.iter().any(|finding| finding.headline.starts_with("75 % of the net revenue")));
    Ok(())
}

#[test]
fn a_window_without_a_line_is_no_panic() -> Outcome {
    let tables = of(lines(&[Some("a")], &["2024-06-05"], &[25.0])?, &plain())?;
    for (from, to) in [("2024-01-01", "2024-01-31"), ("2025-01-01", "2025-03-31")] {
        for grain in [Grain::Month, Grain::Window, Grain::Day] {
            let input = ProfileInput::new(&tables, window(from, to, grain)?);
            let section = section(&input, &ProfilingSettings::default())?;
            assert!(section.table("lens_decile").is_none(), "nobody bought in the window");
            assert!(section.gaps.iter().any(|gap| gap.analysis == "lens_decile"));
            let windowed = ProfilingSettings { look_back: LookBack::Window, ..ProfilingSettings::default() };
            super::section(&input, &windowed)?;
        }
    }
    Ok(())
}

#[test]
fn in_a_look_back_of_the_window_an_old_customer_has_no_purchase_but_is_no_prospect() -> Outcome {
    let tables = fixture::tables()?;
    let settings = ProfilingSettings { look_back: LookBack::Window, ..ProfilingSettings::default() };
    let made = section(&ProfileInput::new(&tables, fixture::year()?), &settings)?;
    let customers = table(&made, "profile_customer")?;
    let frequency = numbers(customers, "rfm_frequency")?;
    close(&frequency, &[Some(3.0), Some(2.0), Some(1.0), None, None, Some(1.0)]);
    let flags = texts(customers, "flags")?;
    assert_eq!((flags[3].as_deref(), flags[4].as_deref()), (Some("prospect"), Some("no_purchase")));
    Ok(())
}

#[test]
fn ids_of_another_type_are_an_error_that_says_where() -> Outcome {
    let tables = of(lines(&[Some("a")], &["2024-01-05"], &[25.0])?, &plain())?;
    let customers = Customers::scan(df!("who" => [1_i64])?, &CustomerColumns::new("who"))?;
    let tables = tables.with_customers(customers);
    let input = ProfileInput::new(&tables, window("2024-01-01", "2024-01-31", Grain::Month)?);
    let error = section(&input, &ProfilingSettings::default()).err().ok_or("accepted")?;
    assert!(matches!(&error, ProfileError::IdTypes { table, .. } if table == "customers"), "{error}");
    Ok(())
}

#[test]
fn grades_lifetime_values_and_profits_come_from_where_they_are_known() -> Outcome {
    let tables = fixture::tables()?;
    let scores = CustomerScores::new(df!(
        "customer_id" => ["C1", "C2", "C6"],
        "grade" => ["G1", "G2", "G2"],
        "p_alive" => [Some(0.9), None, Some(0.4)],
        "ltv_total" => [100.0, 300.0, 200.0],
    )?)?;
    let customers = df!("customer_id" => ["C1", "C2", "C5"], "cm2" => [105.6, 72.0, -105.6])?;
    let empty = DataFrame::empty();
    let days = (fixture::year()?.from(), fixture::year()?.as_of());
    let profits = Ladders::new(days, customers, empty.clone(), empty, false);
    let input = ProfileInput::new(&tables, fixture::year()?).with_scores(&scores).with_profits(&profits)?;
    let settings = ProfilingSettings { segment_by: SegmentBy::Grade, ..ProfilingSettings::default() };
    let made = section(&input, &settings)?;
    let customers = table(&made, "profile_customer")?;
    close(&numbers(customers, "margin")?, &[Some(105.6), Some(72.0), None, None, Some(-105.6), None]);
    close(&numbers(customers, "share_of_firm_margin")?[1..2], &[Some(1.0)]);
    close(&numbers(customers, "clv_decile")?, &[Some(7.0), Some(1.0), None, None, None, Some(4.0)]);
    close(&numbers(customers, "p_alive")?, &[Some(0.9), None, None, None, None, Some(0.4)]);
    let segments = texts(table(&made, "profile_segment_index")?, "segment_id")?;
    assert!(segments.iter().flatten().all(|segment| segment == "G1" || segment == "G2"));
    Ok(())
}

/// Six customers, two channels, one promotion, two representatives: by hand.
#[test]
fn habits_promotion_and_the_person_who_knows_the_customer() -> Outcome {
    let frame = df!(
        "who" => ["a", "a", "a", "b"],
        // Monday, Monday, Tuesday, Wednesday
        "day" => ["2024-01-01", "2024-01-08", "2024-01-16", "2024-01-10"],
        "order" => ["1", "2", "3", "4"],
        "net" => [90.0, 60.0, 50.0, 100.0],
        "list" => [Some(100.0), Some(60.0), None, Some(100.0)],
        "by" => ["web", "web", "shop", "shop"],
        "promo" => [true, false, false, false],
        "rep" => [Some("r1"), Some("r1"), Some("r2"), None],
    )?;
    let columns = plain().order("order").list_amount("list").channel("by").promo("promo").rep("rep");
    let tables = of(frame, &columns)?;
    let input = ProfileInput::new(&tables, window("2024-01-01", "2024-01-31", Grain::Month)?);
    let settings = ProfilingSettings { key_person_share: 0.75, ..ProfilingSettings::default() };
    let made = section(&input, &settings)?;
    let customers = table(&made, "profile_customer")?;
    assert_eq!(texts(customers, "main_channel")?, ["web", "shop"].map(|name| Some(name.to_owned())));
    let third = 1.0 / 3.0_f64;
    let entropy = -(third * third.ln() + 2.0 * third * (2.0 * third).ln());
    close(&numbers(customers, "channel_entropy")?, &[Some(entropy), Some(0.0)]);
    assert_eq!(texts(customers, "main_weekday")?, ["Monday", "Wednesday"].map(|name| Some(name.to_owned())));
    close(&numbers(customers, "promo_share")?, &[Some(0.45), Some(0.0)]);
    close(&numbers(customers, "mean_discount")?, &[Some(10.0 / 160.0), Some(0.0)]);
    close(&numbers(customers, "key_rep_share")?, &[Some(0.75), None]);
    let reps = table(&made, "key_person")?;
    close(&numbers(reps, "revenue_at_risk")?, &[Some(200.0)]);
    close(&numbers(reps, "revenue_share")?, &[Some(200.0 / 300.0)]);
    // Of two customers a share is no finding, though the table has it.
    assert!(!made.findings.iter().any(|finding| finding.table == "key_person"));
    Ok(())
}

#[test]
fn a_cohort_is_compared_with_the_one_before_at_the_same_age() -> Outcome {
    // January: a and b, 100 each, a again 60 in February. February: c 90, again 80 in March.
    let who = [Some("a"), Some("b"), Some("a"), Some("c"), Some("c"), Some("a")];
    let day = ["2024-01-01", "2024-01-20", "2024-02-10", "2024-02-11", "2024-03-02", "2024-03-03"];
    let tables = of(lines(&who, &day, &[100.0, 100.0, 60.0, 90.0, 80.0, 500.0])?, &plain())?;
    let input = ProfileInput::new(&tables, window("2024-01-01", "2024-03-31", Grain::Month)?);
    let made = section(&input, &ProfilingSettings::default())?;
    let pairs = table(&made, "lens_cohort_pair")?;
    close(&numbers(pairs, "age")?, &[Some(1.0)]);
    close(&numbers(pairs, "revenue_per_member")?, &[Some(170.0)]);
    close(&numbers(pairs, "versus_revenue_per_member")?, &[Some(130.0)]);
    let whole = numbers(pairs, "dln_revenue_per_member")?;
    close(&whole, &[Some((170.0_f64 / 130.0).ln())]);
    Ok(())
}

#[test]
fn a_base_without_a_known_customer_is_described_as_empty() -> Outcome {
    let frame = df!("who" => Series::new("who".into(), [Some("a"), None]), "day" => ["2024-09-05", "2024-01-05"], "net" => [25.0, 3.0])?;
    let tables = of(frame, &plain())?;
    let input = ProfileInput::new(&tables, window("2024-01-01", "2024-01-31", Grain::Month)?);
    let made = section(&input, &ProfilingSettings::default())?;
    assert_eq!(table(&made, "profile_customer")?.height(), 0);
    Ok(())
}

#[test]
fn who_does_not_say_where_they_live_is_no_region_and_lowers_the_coverage() -> Outcome {
    let frame = df!("who" => [1_i64, 2, 3, 3], "day" => ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-20"], "net" => [5.0, 5.0, 9.0, 9.0])?;
    let homes = df!("who" => [1_i64, 2, 3, 4], "home" => [Some("north"), None, Some("south"), Some("south")])?;
    let customers = Customers::scan(homes, &CustomerColumns::new("who").region("home"))?;
    let scores = CustomerScores::new(df!("customer_id" => [1_i64, 2, 3, 4], "segment" => ["x", "x", "y", "y"])?)?;
    let tables = of(frame, &plain())?.with_customers(customers);
    let input = ProfileInput::new(&tables, window("2024-01-01", "2024-01-31", Grain::Month)?).with_scores(&scores);
    let settings = ProfilingSettings { segment_by: SegmentBy::Given, ..ProfilingSettings::default() };
    let made = section(&input, &settings)?;
    let rows = table(&made, "profile_segment_index")?;
    assert!(texts(rows, "level")?.iter().flatten().all(|level| level == "north" || level == "south"));
    // Levels by their share of the base: south 2 of 3, north 1 of 3.
    close(&numbers(rows, "index")?, &[0.0, 300.0, 150.0, 0.0].map(Some));
    close(&numbers(rows, "coverage")?, &[0.5, 0.5, 1.0, 1.0].map(Some));
    assert_eq!(texts(rows, "flags")?[0].as_deref(), Some("low_support: n = 1"));
    Ok(())
}

#[test]
fn a_margin_of_little_revenue_is_given_and_marked() -> Outcome {
    let frame = df!("who" => ["a", "a"], "day" => ["2024-01-02"; 2], "what" => ["p", "q"], "qty" => [1.0, 1.0], "net" => [20.0, 80.0])?;
    let products = df!("what" => ["p", "q"], "cost" => [Some(15.0), None])?;
    let products = Products::scan(products, &ProductColumns::new("what").unit_cost("cost"))?;
    let tables = of(frame, &plain().product("what").quantity("qty"))?.with_products(products);
    let input = ProfileInput::new(&tables, window("2024-01-01", "2024-01-31", Grain::Month)?);
    let made = section(&input, &ProfilingSettings::default())?;
    let lens = made.table("lens_decomposition").ok_or("always there")?;
    close(&numbers(&lens.frame, "margin")?[..1], &[Some(0.25)]);
    close(&numbers(&lens.frame, "cost_coverage")?[..1], &[Some(0.2)]);
    assert!(lens.flags.iter().any(|flag| flag.starts_with("low_support: cost is known of 20 %")), "{:?}", lens.flags);
    Ok(())
}

#[test]
fn an_order_number_of_two_customers_or_two_days_is_an_order_of_each() -> Outcome {
    let mut frame = lines(
        &[Some("a"), Some("a"), Some("a"), Some("a"), Some("a"), Some("b")],
        &["2024-01-05", "2024-01-05", "2024-01-06", "2024-01-07", "2024-01-07", "2024-01-05"],
        &[10.0; 6],
    )?;
    // Number 7 goes on for a day and is somebody else's too; lines of a day without a number are one order.
    frame.with_column(Series::new("order".into(), [Some("7"), Some("7"), Some("7"), None, None, Some("7")]).into())?;
    frame.with_column(Series::new("by".into(), ["web", "shop", "web", "web", "web", "web"]).into())?;
    let tables = of(frame, &plain().order("order").channel("by"))?;
    let window = window("2024-01-01", "2024-01-31", Grain::Month)?;
    let section = section(&ProfileInput::new(&tables, window), &ProfilingSettings::default())?;
    close(&numbers(table(&section, "lens_decomposition")?, "orders")?[..1], &[Some(4.0)]);
    let customers = table(&section, "profile_customer")?;
    assert_eq!(texts(customers, "main_channel")?, [Some("web".to_owned()), Some("web".to_owned())]);
    // Of a's three orders three have a line of the web and one of the shop.
    close(&numbers(customers, "main_channel_share")?, &[Some(0.75), Some(1.0)]);
    Ok(())
}

#[path = "tests_returns.rs"]
mod returns;
