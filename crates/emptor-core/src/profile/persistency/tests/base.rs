//! What transactions say.

use super::*;

/// The hand-made company of the fixture; its accounts by quarter are worked out by hand.
#[test]
fn growth_of_the_fixture_by_quarter_is_that_worked_out_by_hand() -> Outcome {
    let section = fixture_section(&small())?;
    let growth = table(&section, "growth_account")?;
    assert_eq!(counts(growth, "active")?, some(&[2, 1, 2, 2]));
    assert_eq!(counts(growth, "new")?, some(&[2, 0, 1, 1]));
    assert_eq!(counts(growth, "retained")?, some(&[0, 1, 0, 0]));
    assert_eq!(counts(growth, "resurrected")?, some(&[0, 0, 1, 1]));
    assert_eq!(counts(growth, "dormant")?, some(&[1, 1, 1, 2]));
    let columns: Vec<&str> = growth.get_column_names().into_iter().map(|name| name.as_str()).collect();
    assert_eq!(columns[..7], ["period_start", "segment", "active", "new", "retained", "resurrected", "dormant"]);
    Ok(())
}

#[test]
fn three_of_five_buyers_of_the_fixture_bought_again() -> Outcome {
    let section = fixture_section(&small())?;
    assert_eq!(measure(&section, "repeat_purchase_rate")?, (Some(0.6), 5, "ok".to_owned()));
    assert!(near(measure(&section, "one_time_share")?.0, 0.4, MONEY));
    let (value, n, status) = measure(&fixture_section(&PersistencySettings::default())?, "repeat_purchase_rate")?;
    assert_eq!((value, n, status.as_str()), (Some(0.6), 5, "low_support: n = 5"));
    Ok(())
}

/// Tenure, interval and ratio by hand. Own mean intervals: C1 (152 + 153) / 2, C2 184, C5 184; their median is 184.
#[test]
fn every_customer_of_the_fixture_keeps_a_row() -> Outcome {
    let section = fixture_section(&small())?;
    let rows = table(&section, "persist_customer")?;
    assert_eq!(texts(rows, "customer_id")?, ["C1", "C2", "C3", "C4", "C5", "C6"]);
    let tenure = counts(rows, "tenure")?;
    assert_eq!(tenure, [Some(356), Some(301), Some(11), None, Some(610), Some(145)]);
    let expected = (2.0 * 152.5 + 3.0 * 184.0) / 5.0;
    let interval = numbers(rows, "ipt_expected")?;
    assert!(near(interval[0], expected, MONEY) && near(interval[2], 184.0, MONEY) && interval[3].is_none());
    let ratio = numbers(rows, "recency_ratio")?;
    assert!(near(ratio[0], 51.0 / expected, MONEY) && near(ratio[4], 426.0 / 184.0, MONEY));
    // Silence of more than 3 × 184 days: nobody; C5 waits 2.3 times as long as expected.
    let states = texts(rows, "loyalty_state")?;
    assert_eq!(states, ["active", "active", "new", "never_bought", "at_risk", "new"]);
    assert_eq!(texts(rows, "churn_rule")?[0], "no purchase for more than 552 days");
    assert_eq!(counts(rows, "categories_bought")?, some(&[2, 2, 1, 0, 1, 1]));
    assert!(near(numbers(rows, "cross_buy_breadth")?[0], 2.0 / 3.0, MONEY));
    assert_eq!(counts(rows, "orders")?, some(&[3, 2, 1, 0, 2, 1]));
    Ok(())
}

#[test]
fn the_columns_of_the_tables_come_in_their_order() -> Outcome {
    let section = fixture_section(&small())?;
    for (name, expected) in [
        (
            "persist_customer",
            &[
                "customer_id",
                "tenure",
                "ipt_expected",
                "recency_ratio",
                "p_alive",
                "exp_remaining_life",
                "sow",
                "wallet_rank",
                "categories_bought",
                "nps",
                "csat",
                "trend_slope_rel",
                "trend_p",
                "loyalty_state",
                "quadrant",
                "churn_rule",
            ][..],
        ),
        (
            "cohort_cell",
            &["cohort", "k", "size", "active", "rate", "rate_kind", "revenue", "cm_cum_per_member", "is_partial"],
        ),
        ("survival_curve", &["segment", "t", "at_risk", "events", "s", "se", "s_model", "r_model"]),
    ] {
        let found = table(&section, name)?.get_column_names();
        let found: Vec<&str> = found.into_iter().take(expected.len()).map(|name| name.as_str()).collect();
        assert_eq!(found, expected, "{name}");
    }
    Ok(())
}

/// Cohorts by quarter of the first purchase: C5 in 2023-Q2, C1 and C2 in 2024-Q1, C6 in Q3, C3 in Q4.
#[test]
fn cohorts_of_the_fixture_begin_with_everybody() -> Outcome {
    let section = fixture_section(&PersistencySettings { show_partial: true, ..small() })?;
    let cells = table(&section, "cohort_cell")?;
    let (cohorts, k, rates) = (texts(cells, "cohort")?, counts(cells, "k")?, numbers(cells, "rate")?);
    let of = |cohort: &str| -> Vec<f64> {
        (0..cohorts.len()).filter(|row| cohorts[*row] == cohort).filter_map(|row| rates[row]).collect()
    };
    assert_eq!(of("2023-Q2"), [1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(of("2024-Q1"), [1.0, 0.5, 0.5, 0.5]);
    for (row, k) in k.iter().enumerate().filter(|(_, k)| **k == Some(0)) {
        assert!(near(rates[row], 1.0, 0.0), "property 8: {k:?} of {}", cohorts[row]);
    }
    // 2024-Q1: Q1 450, Q2 200 − 100, Q3 100, Q4 50; margin 450 − 270, + 0 − ... by hand.
    let (revenue, margin) = (numbers(cells, "revenue")?, numbers(cells, "cm_cum_per_member")?);
    let first = cohorts.iter().position(|cohort| cohort == "2024-Q1").ok_or("cohort")?;
    assert_eq!(revenue[first..first + 4], [450.0, 100.0, 100.0, 50.0].map(Some));
    // Costs: Q1 60 + 30 + 180, Q2 120 − 60 (restocked), Q3 60, Q4 30.
    assert_eq!(margin[first..first + 4], [90.0, 110.0, 130.0, 140.0].map(Some));
    let unknown = cohorts.iter().position(|cohort| cohort == "2024-Q3").ok_or("cohort")?;
    assert_eq!(margin[unknown], None, "what P3 costs is not known, which is not nothing");
    Ok(())
}

#[test]
fn partial_cells_are_unknown_unless_they_are_asked_for() -> Outcome {
    let tables = fixture::tables()?;
    let window = Window::new("2024-01-01".parse()?, "2024-12-30".parse()?, Grain::Quarter)?;
    let input = ProfileInput::new(&tables, window);
    for (show_partial, known) in [(false, false), (true, true)] {
        let section = section(&input, &PersistencySettings { show_partial, ..small() })?;
        let cells = table(&section, "cohort_cell")?;
        let partial = cells.column("is_partial")?.bool()?;
        let rates = numbers(cells, "rate")?;
        let of_partial: Vec<bool> = partial
            .iter()
            .zip(&rates)
            .filter(|(partial, _)| *partial == Some(true))
            .map(|(_, r)| r.is_some())
            .collect();
        assert_eq!(of_partial.len(), 4, "the last quarter of each of four cohorts");
        assert!(of_partial.iter().all(|is| *is == known));
    }
    Ok(())
}

#[test]
fn rolling_mode_counts_whoever_is_active_later_and_brackets_count_once() -> Outcome {
    let cells = |mode| -> Result<Vec<f64>, Box<dyn Error>> {
        let section = fixture_section(&PersistencySettings { cohort_mode: mode, ..small() })?;
        let cells = table(&section, "cohort_cell")?;
        let (cohorts, rates) = (texts(cells, "cohort")?, numbers(cells, "rate")?);
        Ok(cohorts.iter().zip(rates).filter(|(cohort, _)| *cohort == "2024-Q1").filter_map(|(_, rate)| rate).collect())
    };
    // C1 buys in Q1, Q2, Q4; C2 in Q1 and Q3.
    assert_eq!(cells(CohortMode::Rolling)?, [1.0, 1.0, 1.0, 0.5]);
    assert_eq!(cells(CohortMode::Bracket(vec![0, 1, 3]))?, [1.0, 1.0]);
    assert_eq!(cells(CohortMode::Bracket(vec![0, 1, 3, 4]))?, [1.0, 1.0, 0.5]);
    assert!(CohortMode::Bracket(vec![1, 2]).check().is_err() && CohortMode::Bracket(vec![0, 3, 3]).check().is_err());
    Ok(())
}

#[test]
fn the_rolling_clock_starts_on_the_day_of_the_first_purchase() -> Outcome {
    let clock = CohortClock::Rolling { days: 150 };
    let section = fixture_section(&PersistencySettings { cohort_clock: clock, ..small() })?;
    let cells = table(&section, "cohort_cell")?;
    let (cohorts, rates) = (texts(cells, "cohort")?, numbers(cells, "rate")?);
    let of: Vec<Option<f64>> =
        cohorts.iter().zip(rates).filter(|(cohort, _)| *cohort == "2024-Q1").map(|(_, rate)| rate).collect();
    // C1 on days 0, 152, 305; C2 on days 0 and 184, whose third window is not over.
    assert_eq!(of, [Some(1.0), Some(1.0), None], "C1's third window is not over either");
    Ok(())
}

#[test]
fn cohorts_by_channel_add_up_to_all() -> Outcome {
    let customers = df!("id" => ["C1", "C2", "C3", "C4", "C5", "C6"],
                        "from" => [Some("web"), Some("shop"), Some("web"), None, Some("shop"), None])?;
    let customers = Customers::scan(customers, &CustomerColumns::new("id").channel("from"))?;
    let tables = fixture::tables()?.with_customers(customers);
    let settings = PersistencySettings { by_channel: true, show_partial: true, ..small() };
    let section = section(&ProfileInput::new(&tables, fixture::year()?), &settings)?;
    let cells = table(&section, "cohort_cell")?;
    let (channels, active) = (texts(cells, "channel")?, counts(cells, "active")?);
    let sum = |all: bool| -> i64 {
        channels.iter().zip(&active).filter(|(name, _)| (*name == "all") == all).filter_map(|(_, n)| *n).sum()
    };
    assert_eq!(sum(true), sum(false));
    assert!(channels.iter().any(|name| name == "__unknown__"));
    let missing = fixture_section(&settings)?;
    assert!(missing.gaps.iter().any(|gap| gap.analysis == "cohort_cell by channel"));
    Ok(())
}

#[test]
fn the_aggregate_rate_is_the_mix_of_its_cohorts() -> Outcome {
    let section = fixture_section(&small())?;
    let mix = table(&section, "retention_mix")?;
    let (weights, rates) = (numbers(mix, "weight")?, numbers(mix, "rate")?);
    let sum: f64 = (1..mix.height()).filter_map(|row| Some(weights[row]? * rates[row]?)).sum();
    assert!(near(rates[0], sum, MONEY));
    Ok(())
}

#[test]
fn a_return_makes_nobody_active_and_takes_revenue_back() -> Outcome {
    let tables = lines(df!(
        "who" => ["a", "a", "b"],
        "no" => ["1", "2", "3"],
        "day" => ["2024-01-05", "2024-02-05", "2024-02-07"],
        "net" => [100.0, -100.0, 10.0],
    )?)?;
    let section = section(&ProfileInput::new(&tables, year(Grain::Month)?), &small())?;
    let growth = table(&section, "growth_account")?;
    assert_eq!(counts(growth, "active")?[..3], [Some(1), Some(1), Some(0)]);
    assert_eq!(counts(growth, "dormant")?[..3], [Some(0), Some(1), Some(1)]);
    let moved = table(&section, "revenue_retention")?;
    assert_eq!(numbers(moved, "churn")?[1], Some(200.0), "what he brought, and what he took back");
    assert_eq!(numbers(moved, "end")?[1], Some(-90.0));
    let customers = table(&section, "persist_customer")?;
    assert_eq!(counts(customers, "orders")?, some(&[1, 1]));
    Ok(())
}

#[test]
fn anonymous_sales_are_coverage_and_nobodys_history() -> Outcome {
    let tables = lines(df!(
        "who" => [Some("a"), None, None],
        "no" => ["1", "2", "3"],
        "day" => ["2024-01-05", "2024-02-05", "2024-03-07"],
        "net" => [30.0, 50.0, 20.0],
    )?)?;
    let section = section(&ProfileInput::new(&tables, year(Grain::Month)?), &small())?;
    assert_eq!(table(&section, "persist_customer")?.height(), 1);
    let loyalty = section.table("loyalty").ok_or("loyalty")?;
    let coverage = loyalty.coverage.ok_or("coverage")?;
    assert_eq!((coverage.count, coverage.revenue), ((1, 3), (30.0, 100.0)));
    assert!(loyalty.flags.iter().any(|flag| flag == "low_coverage: 30 % of revenue has a customer"));
    Ok(())
}

#[test]
fn what_happens_after_the_day_of_observation_is_unknown() -> Outcome {
    let tables = fixture::tables()?;
    let window = Window::new("2024-01-01".parse()?, "2024-08-31".parse()?, Grain::Quarter)?;
    let known = fixture_tables_until("2024-08-31".parse()?)?;
    let (all, cut) = (
        section(&ProfileInput::new(&tables, window), &small())?,
        section(&ProfileInput::new(&known, window), &small())?,
    );
    same(&all, &cut)
}

fn fixture_tables_until(day: Date) -> Result<Tables, Box<dyn Error>> {
    let tables = fixture::tables()?;
    let lines = tables.transactions().between("2000-01-01".parse()?, day);
    let mut cut = Tables::new(lines);
    if let Some(products) = tables.products() {
        cut = cut.with_products(products.clone());
    }
    if let Some(customers) = tables.customers() {
        cut = cut.with_customers(customers.clone());
    }
    Ok(cut)
}

/// A base of 240 customers over two years and a half, reproducible.
fn busy() -> Result<DataFrame, Box<dyn Error>> {
    let (mut who, mut no, mut day, mut net) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut seed = 11_u64;
    let mut next = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let begin: Date = "2022-07-01".parse()?;
    for customer in 0..240_i64 {
        let mut at = next(800) as i32;
        let pace = 10 + next(60);
        while at < 914 && next(8) > 0 {
            who.push(customer);
            no.push(format!("{customer}-{at}"));
            day.push(begin.plus_days(at).to_string());
            net.push((next(10_000) + 1) as f64 / 100.0);
            at += 1 + next(2 * pace) as i32;
        }
    }
    Ok(df!("who" => who, "no" => no, "day" => day, "net" => net)?)
}

#[test]
fn the_order_of_rows_changes_nothing() -> Outcome {
    let frame = busy()?;
    let backwards = Series::new("at".into(), (0..frame.height() as u32).rev().collect::<Vec<u32>>());
    let shuffled = frame.take(backwards.u32()?)?;
    let (first, second) = (lines(frame)?, lines(shuffled)?);
    let settings = PersistencySettings::default();
    let window = Window::new("2024-01-01".parse()?, "2024-12-31".parse()?, Grain::Month)?;
    let first = section(&ProfileInput::new(&first, window), &settings)?;
    let second = section(&ProfileInput::new(&second, window), &settings)?;
    same(&first, &second)?;
    // Of fewer than 30 customers in a month nothing is said.
    assert!(first.findings.len() >= 4, "{:#?}", first.findings);
    let says = |text: &str| first.findings.iter().any(|finding| finding.headline.contains(text));
    assert!(says("In the last year ") && says(" customers still with us, "), "{:#?}", first.findings);
    for finding in &first.findings {
        let texts = [Some(&finding.headline), finding.caveat.as_ref()];
        assert!(texts.into_iter().flatten().all(|text| text.ends_with('.') && !text.contains('_')), "{finding:?}");
    }
    let customers = table(&first, "persist_customer")?;
    let (states, quadrants) = (texts(customers, "loyalty_state")?, texts(customers, "quadrant")?);
    let gone = |state: &str| ["lapsed", "left", "never_bought"].contains(&state);
    assert!(states.iter().any(|state| state == "lapsed"));
    for (state, quadrant) in states.iter().zip(&quadrants) {
        assert_eq!(gone(state), quadrant.is_empty(), "{state}: {quadrant}");
    }
    assert!(table(&first, "survival_curve")?.height() > 3 && table(&first, "next_purchase")?.height() > 3);
    let limit = &texts(table(&first, "persist_customer")?, "churn_rule")?[0];
    assert!(limit.starts_with("no purchase for more than"), "{limit}");
    Ok(())
}

#[test]
fn too_few_customers_are_not_called_gone() -> Outcome {
    let section = fixture_section(&PersistencySettings::default())?;
    let states = texts(table(&section, "persist_customer")?, "loyalty_state")?;
    assert!(states.iter().all(|state| state == "insufficient_data" || state == "never_bought"), "{states:?}");
    assert!(section.table("survival_curve").is_none());
    let gap = section.gaps.iter().find(|gap| gap.analysis == "survival_curve of purchases").ok_or("gap")?;
    assert!(gap.reason.starts_with("without contracts"));
    let (value, _, status) = measure(&section, "lapsed_share")?;
    assert!(value.is_none() && status.starts_with("insufficient_data"));
    Ok(())
}

#[test]
fn a_base_that_buys_less_often_than_the_grain_is_warned_of() -> Outcome {
    let section = fixture_section(&small())?;
    let flags = &section.table("growth_account").ok_or("growth")?.flags;
    assert!(flags.iter().any(|flag| flag.starts_with("interval_too_short: customers buy every 184 days")), "{flags:?}");
    Ok(())
}

#[test]
fn one_window_as_period_is_compared_with_the_one_before() -> Outcome {
    let tables = fixture::tables()?;
    let section = section(&ProfileInput::new(&tables, year(Grain::Window)?), &small())?;
    let growth = table(&section, "growth_account")?;
    assert_eq!(growth.height(), 1);
    // C5 bought in 2023 and not in 2024; four others came.
    let of = |column: &str| counts(growth, column).map(|counts| counts[0]);
    assert_eq!((of("active")?, of("new")?, of("dormant")?), (Some(4), Some(4), Some(1)));
    let overlap = table(&section, "period_overlap")?;
    assert_eq!(counts(overlap, "customers")?, some(&[1, 0, 4]));
    let patterns = table(&section, "buying_pattern")?;
    assert_eq!((texts(patterns, "pattern")?[0].as_str(), counts(patterns, "customers")?[0]), ("N-Y", Some(4)));
    Ok(())
}

#[test]
fn nobody_who_bought_is_no_error() -> Outcome {
    let tables = lines(df!("who" => ["a"], "no" => ["1"], "day" => ["2025-06-01"], "net" => [5.0])?)?;
    let section = section(&ProfileInput::new(&tables, year(Grain::Quarter)?), &PersistencySettings::default())?;
    for analysis in ["loyalty", "growth_account", "revenue_retention", "retention_mix", "period_overlap", "cohort_cell"]
    {
        assert!(section.gaps.iter().any(|gap| gap.analysis == analysis), "{analysis} is no gap");
        assert!(section.table(analysis).is_none(), "{analysis} of nobody");
    }
    assert!(section.table("persist_customer").is_none() && section.findings.is_empty());
    Ok(())
}
