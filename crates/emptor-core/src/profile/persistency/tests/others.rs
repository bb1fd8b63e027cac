//! What contracts, surveys, wallets and scores say.

use super::*;

/// Survivors of 1000 High End customers (Fader & Hardie 2007) as contracts of one year each from 1 January 2016.
#[test]
fn contracts_give_retention_a_curve_and_the_published_model() -> Outcome {
    let survivors = [1000_i64, 869, 743, 653, 593, 551, 517, 491];
    let (mut who, mut end) = (Vec::new(), Vec::new());
    for customer in 0..1000_i64 {
        let years = survivors.iter().filter(|left| customer < **left).count();
        who.push(customer);
        end.push((years < 8).then(|| format!("{}-12-31", 2015 + years)));
    }
    let frame = df!("no" => (0..1000_i64).map(|no| no.to_string()).collect::<Vec<_>>(), "who" => who, "end" => end,
                    "from" => vec!["2016-01-01"; 1000], "fee" => vec![10.0; 1000])?;
    let contracts = Contracts::scan(frame, &ContractColumns::new("no", "who", "from", "fee").end("end"))?;
    let sale = df!("who" => [0_i64], "no" => ["1"], "day" => ["2016-01-01"], "net" => [5.0])?;
    let tables = lines(sale)?.with_contracts(contracts);
    let window = Window::new("2017-01-01".parse()?, "2023-12-31".parse()?, Grain::Year)?;
    let section = section(&ProfileInput::new(&tables, window), &PersistencySettings::default())?;

    let stock = table(&section, "stock_retention")?;
    for (year, rate) in numbers(stock, "rate")?.into_iter().enumerate() {
        assert!(near(rate, survivors[year + 1] as f64 / survivors[year] as f64, MONEY), "{year}: {rate:?}");
    }
    assert!(texts(stock, "rate_kind")?.iter().all(|kind| kind == "retention"));
    let curve = table(&section, "survival_curve")?;
    let (s, model, r) = (numbers(curve, "s")?, numbers(curve, "s_model")?, numbers(curve, "r_model")?);
    for t in 0..8 {
        assert!(near(s[t], survivors[t] as f64 / 1000.0, MONEY), "{t}: {:?}", s[t]);
    }
    // α = 0.668, β = 3.806: S(1) = β/(α+β), r(2) = (β+1)/(α+β+1).
    assert!(near(model[1], 3.806 / 4.474, PRINTED) && near(r[2], 4.806 / 5.474, PRINTED), "{model:?} {r:?}");
    let cells = table(&section, "cohort_cell")?;
    assert_eq!(texts(cells, "rate_kind")?[0], "retention");
    assert!(near(numbers(cells, "rate")?[7], 0.491, MONEY));
    assert!(near(measure(&section, "annual_retention")?.0, 491.0 / 517.0, MONEY));
    assert!(near(measure(&section, "contract_nrr")?.0, 491.0 / 517.0, MONEY));
    let customers = table(&section, "persist_customer")?;
    assert_eq!(customers.height(), 1000);
    let states = texts(customers, "loyalty_state")?;
    assert_eq!(states.iter().filter(|state| *state == "under_contract").count(), 491);
    assert_eq!(texts(customers, "churn_rule")?[0], "contract ended");
    Ok(())
}

#[test]
fn a_renewal_after_a_pause_comes_back_and_grace_bridges_it() -> Outcome {
    let frame = df!(
        "no" => ["1", "2", "3"],
        "who" => ["a", "a", "b"],
        "from" => ["2023-01-01", "2024-03-15", "2023-06-01"],
        "to" => [Some("2024-01-31"), None, None],
        "fee" => [10.0, 15.0, 7.0],
    )?;
    let contracts = || Contracts::scan(frame.clone(), &ContractColumns::new("no", "who", "from", "fee").end("to"));
    let sale = df!("who" => ["z"], "no" => ["1"], "day" => ["2024-01-01"], "net" => [5.0])?;
    let tables = lines(sale)?.with_contracts(contracts()?);
    let window = Window::new("2024-01-01".parse()?, "2024-06-30".parse()?, Grain::Month)?;
    let of =
        |grace| section(&ProfileInput::new(&tables, window), &PersistencySettings { contract_grace: grace, ..small() });
    let strict = of(0)?;
    assert_eq!(counts(table(&strict, "stock_retention")?, "left")?, some(&[0, 1, 0, 0, 0, 0]));
    assert_eq!(numbers(table(&strict, "revenue_retention")?, "resurrected")?[2], Some(15.0));
    assert_eq!(counts(table(&of(60)?, "stock_retention")?, "left")?, some(&[0; 6]));
    Ok(())
}

#[test]
fn surveys_and_wallets_say_what_customers_say_and_spend_elsewhere() -> Outcome {
    let frame = df!(
        "who" => ["C1", "C1", "C2", "C3", "C6", "C1", "C2", "C3", "C1", "C2", "C3", "C9"],
        "day" => ["2024-02-01", "2024-06-01", "2024-03-01", "2024-03-01", "2025-01-01", "2024-03-01", "2024-03-01",
                  "2024-03-01", "2024-03-01", "2024-03-01", "2024-03-01", "2024-03-01"],
        "asked" => ["NPS", "NPS", "NPS", "nps", "NPS", "CSAT", "CSAT", "CSAT", "delivery", "delivery", "delivery", "NPS"],
        "value" => [0.0, 9.0, 3.0, 10.0, 0.0, 5.0, 1.0, 4.0, 5.0, 1.0, 3.0, 8.0],
        "low" => [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0],
        "high" => [10.0, 10.0, 10.0, 10.0, 10.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 10.0],
    )?;
    let columns = SurveyColumns::new("who", "day", "value").instrument("asked").scale_columns("low", "high");
    let wallets = df!(
        "who" => ["C1", "C2", "C2"],
        "all" => [1000.0, 200.0, 5000.0],
        "year" => ["2024", "2024", "2023"],
        "rank" => [1.0, 2.0, 1.0],
        "brands" => [2.0, 3.0, 2.0],
    )?;
    let wallets =
        Wallets::scan(wallets, &WalletColumns::new("who", "all").period("year").rank("rank").brands("brands"))?;
    let tables = fixture::tables()?.with_surveys(Surveys::scan(frame, &columns)?).with_wallets(wallets);
    let section = section(&ProfileInput::new(&tables, fixture::year()?), &small())?;
    let rows = table(&section, "persist_customer")?;
    assert_eq!(counts(rows, "nps")?, [Some(9), Some(3), Some(10), None, None, None], "latest, and none from 2025");
    assert_eq!(numbers(rows, "csat")?[..3], [Some(1.0), Some(0.0), Some(0.75)]);
    // Of four latest answers 9, 3, 10 and 8: two promoters, one detractor.
    assert_eq!(measure(&section, "nps")?.0, Some(25.0));
    assert!(near(measure(&section, "csat_top_2_box")?.0, 2.0 / 3.0, MONEY));
    // C1 spent 400 of 1000; C2 300 of 200, which counts as all of it.
    let sow = numbers(rows, "sow")?;
    assert!(near(sow[0], 0.4, MONEY) && near(sow[1], 1.0, MONEY) && sow[2].is_none());
    assert!(near(measure(&section, "share_of_wallet")?.0, 600.0 / 1200.0, MONEY));
    assert_eq!(texts(rows, "flags")?[1], "wallet_below_own_spend");
    assert_eq!(counts(rows, "wallet_rank")?[..2], [Some(1), Some(2)]);
    assert!(near(numbers(rows, "wallet_allocation")?[0], 2.0 / 3.0, MONEY));
    let items = table(&section, "importance_performance")?;
    assert_eq!((texts(items, "item")?[0].as_str(), counts(items, "n")?[0]), ("DELIVERY", Some(3)));
    Ok(())
}

#[test]
fn scores_split_the_tables_by_segment_and_fill_what_models_say() -> Outcome {
    let scores = CustomerScores::new(df!(
        "customer_id" => ["C1", "C2", "C3", "C5", "C6"],
        "segment" => ["good", "good", "other", "other", "other"],
        "p_alive" => [0.9, 0.8, 0.7, 0.1, 0.5],
        "cm2" => [105.6, 72.0, 13.6, -105.6, 57.6],
    )?)?;
    let tables = fixture::tables()?;
    let input = ProfileInput::new(&tables, fixture::year()?).with_scores(&scores);
    let section = section(&input, &small())?;
    let growth = table(&section, "growth_account")?;
    let (segments, active) = (texts(growth, "segment")?, counts(growth, "active")?);
    assert_eq!(segments[..3], ["all", "good", "other"]);
    for row in (0..growth.height()).step_by(3) {
        assert_eq!(active[row], active[row + 1].zip(active[row + 2]).map(|(a, b)| a + b));
    }
    let rows = table(&section, "persist_customer")?;
    assert!(near(numbers(rows, "p_alive")?[4], 0.1, 0.0) && numbers(rows, "p_alive")?[3].is_none());
    // Median tenure 301 days, median profit 57.6.
    let quadrants = texts(rows, "quadrant")?;
    assert_eq!(quadrants, ["true_friends", "true_friends", "strangers", "", "barnacles", "butterflies"]);
    assert!(!section.gaps.iter().any(|gap| gap.analysis == "p_alive"));
    Ok(())
}

#[test]
fn missing_tables_are_gaps_with_what_would_fill_them() -> Outcome {
    let section = fixture_section(&small())?;
    for (analysis, need) in [
        ("stock_retention", "contracts"),
        ("share_of_wallet", "wallets"),
        ("net promoter score", "surveys"),
        ("importance_performance", "surveys"),
        ("p_alive", "scores.p_alive"),
    ] {
        let gap = section.gaps.iter().find(|gap| gap.analysis == analysis).ok_or(analysis)?;
        assert_eq!(gap.needs.iter().map(ToString::to_string).collect::<Vec<_>>(), [need]);
    }
    Ok(())
}

#[test]
fn ids_of_different_types_are_named() -> Outcome {
    let customers = Customers::scan(df!("id" => [1_i64])?, &CustomerColumns::new("id"))?;
    let tables = fixture::tables()?.with_customers(customers);
    let error = section(&ProfileInput::new(&tables, fixture::year()?), &small()).err().ok_or("accepted")?;
    assert!(matches!(error, ProfileError::IdTypes { .. }), "{error}");
    Ok(())
}
