//! A saved analysis scores as the analysis did, from the file as from memory, in Rust as in SQL.

use std::error::Error;

use emptor::analysis::{ScorerError, SqlPart};
use emptor::polars::prelude::{DataFrame, DataType, IntoLazy, SortMultipleOptions, col};
use emptor::prelude::*;
use emptor::types::EnvelopeError;
use emptor::types::sql::Dialect;
use emptor_datasets::sample;
use polars::sql::SQLContext;

use crate::real_data::{cdnow_sample, date, file};

type Outcome = Result<(), Box<dyn Error>>;

/// What the analysis and the scorer both say of a customer, to the last bit.
const SAME: [&str; 14] = [
    "p_alive",
    "expected_purchases",
    "expected_spend",
    "ltv_current",
    "r_score",
    "f_score",
    "m_score",
    "rfm_score",
    "rfm_segment",
    "grade",
    "ungraded_reason",
    "composite",
    "margin",
    "customer_id",
];

/// A database rounds logarithms and powers in its own way.
const DATABASE: f64 = 1e-9;

pub(crate) fn analysis(as_of: &str, model: PurchaseModelKind) -> Result<Analysis, Box<dyn Error>> {
    let convention = LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(0.12)?)
        .horizon(Horizon::months(36.0)?)
        .period(TimeUnit::Month)
        .timing(Timing::Middle)
        .build()?;
    let analysis = Analysis::builder().as_of(date(as_of)).convention(convention).unit(TimeUnit::Week);
    Ok(analysis.purchase_model(model).starts(5).build()?)
}

pub(crate) fn sample_tables() -> Result<Tables, Box<dyn Error>> {
    Ok(Tables::new(sample::transactions()?)
        .with_products(sample::products()?)
        .with_tickets(sample::service_tickets()?)
        .with_payments(sample::payments()?)
        .with_surveys(sample::surveys()?)
        .with_referrals(sample::referrals()?))
}

pub(crate) fn online_retail() -> Result<Option<Tables>, Box<dyn Error>> {
    let Some(path) = file("online_retail/online_retail_year_2010_2011.parquet") else { return Ok(None) };
    let columns = TransactionColumns::new("CustomerID", "InvoiceDate")
        .quantity("Quantity")
        .unit_price("UnitPrice")
        .order("InvoiceNo")
        .product("StockCode")
        .cancellation(Cancellation::Reversal { prefix: "C".into() });
    Ok(Some(Tables::new(Transactions::scan(Source::parquet(path), &columns)?)))
}

fn texts(frame: &DataFrame, name: &str) -> Result<Vec<Option<String>>, Box<dyn Error>> {
    Ok(frame.column(name)?.cast(&DataType::String)?.str()?.iter().map(|x| x.map(str::to_owned)).collect())
}

/// Doubles are told by their bits, everything else by its text.
fn assert_same(left: &DataFrame, right: &DataFrame, names: &[&str]) -> Outcome {
    assert_eq!(left.height(), right.height());
    for name in names {
        match left.column(name)?.f64() {
            Ok(values) => {
                let bits = |x: Option<f64>| x.map(f64::to_bits);
                assert!(values.iter().map(bits).eq(right.column(name)?.f64()?.iter().map(bits)), "{name}");
            }
            Err(_) => assert_eq!(texts(left, name)?, texts(right, name)?, "{name}"),
        }
    }
    Ok(())
}

fn saved_and_loaded(scorer: &Scorer) -> Result<Scorer, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("scorer.json");
    scorer.save(&path)?;
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 1, "no half of a file is left");
    Ok(Scorer::load(&path)?)
}

fn scores_as_the_analysis(tables: &Tables, as_of: &str, model: PurchaseModelKind) -> Outcome {
    let results = analysis(as_of, model)?.run(tables)?;
    let scorer = results.scorer()?;
    let loaded = saved_and_loaded(&scorer)?;
    assert_eq!(loaded, scorer);
    assert_eq!(loaded.fingerprint()?, scorer.fingerprint()?);
    let inputs = loaded.inputs(tables, date(as_of))?;
    let scored = loaded.score_frame(&inputs, "customer_id", TimeUnit::Week)?;
    assert_same(&results.customers, &scored, &SAME)?;
    // Scored alone, the other way round, customers have the same bits.
    let turned = loaded.score_frame(&inputs.reverse().slice(0, 101), "customer_id", TimeUnit::Week)?;
    assert_same(&scored.reverse().slice(0, 101), &turned, &SAME)?;
    let one = loaded.score_frame(&inputs.slice(17, 1), "customer_id", TimeUnit::Week)?;
    assert_same(&scored.slice(17, 1), &one, &SAME)
}

#[test]
fn the_saved_analysis_of_the_sample_scores_to_the_last_bit() -> Outcome {
    for model in [PurchaseModelKind::BgNbd, PurchaseModelKind::ParetoNbd, PurchaseModelKind::MbgCnbdK] {
        scores_as_the_analysis(&sample_tables()?, sample::AS_OF, model)?;
    }
    Ok(())
}

#[test]
fn the_saved_analysis_of_online_retail_scores_to_the_last_bit() -> Outcome {
    let Some(tables) = online_retail()? else { return Ok(()) };
    scores_as_the_analysis(&tables, "2011-12-09", PurchaseModelKind::BgNbd)
}

fn sample_scorer() -> Result<Scorer, Box<dyn Error>> {
    Ok(analysis(sample::AS_OF, PurchaseModelKind::BgNbd)?.run(&sample_tables()?)?.scorer()?)
}

#[test]
fn a_file_that_is_not_what_was_saved_is_refused_by_what_is_wrong_with_it() -> Outcome {
    let scorer = sample_scorer()?;
    let text = scorer.to_json()?;
    let refused = |text: String| Scorer::from_json(&text).map(|_| ()).err();
    let newer = refused(text.replace("\"schema_version\": 1", "\"schema_version\": 2"));
    assert!(matches!(newer, Some(ScorerError::Saved(EnvelopeError::Newer { found: 2, .. }))), "{newer:?}");
    let other = refused(text.replace("\"kind\": \"scorer\"", "\"kind\": \"grader\""));
    assert!(matches!(other, Some(ScorerError::Saved(EnvelopeError::OtherKind { .. }))), "{other:?}");
    let alpha = |value: &str| {
        let start = text.find("\"alpha\": ").map(|at| at + "\"alpha\": ".len()).unwrap_or_default();
        let end = start + text[start..].find(',').unwrap_or_default();
        format!("{}{value}{}", &text[..start], &text[end..])
    };
    let changed = refused(alpha("4.5"));
    assert!(matches!(changed, Some(ScorerError::Changed { .. })), "{changed:?}");
    for value in ["NaN", "1e999"] {
        let no_number = refused(alpha(value));
        assert!(matches!(no_number, Some(ScorerError::Saved(EnvelopeError::Malformed { .. }))), "{no_number:?}");
    }
    let unsigned = refused(text.replace("\"sha256\"", "\"sha1\""));
    assert!(matches!(unsigned, Some(ScorerError::Saved(EnvelopeError::Malformed { .. }))), "{unsigned:?}");
    for text in [String::new(), "{}".to_owned(), text[..text.len() / 2].to_owned()] {
        assert!(matches!(refused(text), Some(ScorerError::Saved(EnvelopeError::Malformed { .. }))));
    }
    // Which engine wrote it is of no account, nor is its layout.
    let compact = serde_json::to_string(&serde_json::from_str::<serde_json::Value>(&text)?)?;
    let by = |version: &str| format!("\"engine_version\":\"{version}\"");
    let by_another = compact.replace(&by(env!("CARGO_PKG_VERSION")), &by("9.9.9"));
    assert_ne!(by_another, compact);
    let again = Scorer::from_json(&by_another)?;
    assert_eq!(again, scorer);
    Ok(())
}

#[test]
fn what_is_unknown_stays_unknown_with_a_reason() -> Outcome {
    let scorer = sample_scorer()?;
    const UNKNOWN: f64 = f64::NAN;
    let data = ScorerData::new(
        TimeUnit::Week,
        &[
            ("frequency", &[2.0, UNKNOWN, 2.0, 0.0, UNKNOWN]),
            ("recency", &[30.0, 30.0, UNKNOWN, 0.0, UNKNOWN]),
            ("T", &[40.0, 40.0, 40.0, 0.0, UNKNOWN]),
            ("days_since_last", &[70.0, 70.0, UNKNOWN, 1.0, UNKNOWN]),
            ("purchases", &[3.0, UNKNOWN, UNKNOWN, 1.0, 0.0]),
            ("spend", &[90.0, 90.0, UNKNOWN, 20.0, -5.0]),
        ],
    )?;
    let scored = scorer.score(&data)?;
    let reasons: Vec<Option<String>> = scored.unscored.iter().map(|why| why.map(|why| why.to_string())).collect();
    let expected = [None, Some("frequency is unknown"), Some("recency is unknown"), None, Some("frequency is unknown")];
    assert_eq!(reasons, expected.map(|reason| reason.map(str::to_owned)));
    let known: Vec<bool> = scored.ltv_current.iter().map(Option::is_some).collect();
    assert_eq!(known, [true, false, false, true, false]);
    assert_eq!(scored.rfm.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, false, true, false]);
    let reasons: Vec<Option<String>> = scored.unsegmented.iter().map(|why| why.map(|why| why.to_string())).collect();
    let expected = [None, Some("purchases is unknown"), Some("days_since_last is unknown"), None, None];
    assert_eq!(reasons, expected.map(|reason| reason.map(str::to_owned)), "unknown purchases are not none");
    assert_eq!(scored.segment[4].map(|segment| segment.name()), Some("No purchase"));
    assert!(
        scored.grades.grade.iter().zip(&scored.grades.ungraded).all(|(grade, why)| grade.is_some() != why.is_some())
    );
    let nobody = scorer.score(&ScorerData::new(TimeUnit::Week, &[("T", &[])])?)?;
    assert!(nobody.is_empty());
    Ok(())
}

#[test]
fn wrong_columns_units_and_values_are_refused() -> Outcome {
    let scorer = sample_scorer()?;
    let score = |unit, columns: &[(&str, &[f64])]| -> Result<(), Box<dyn Error>> {
        scorer.score(&ScorerData::new(unit, columns)?)?;
        Ok(())
    };
    let said = |result: Result<(), Box<dyn Error>>| result.map_err(|error| error.to_string()).err().unwrap_or_default();
    assert!(said(score(TimeUnit::Day, &[("T", &[1.0])])).contains("count them in weeks"));
    assert!(
        said(score(TimeUnit::Week, &[("t", &[1.0])])).starts_with("no such columns: t; the scorer reads frequency")
    );
    let impossible = score(TimeUnit::Week, &[("frequency", &[1.5, 2.0]), ("recency", &[1.0, 9.0]), ("T", &[3.0, 8.0])]);
    let impossible = said(impossible);
    assert!(impossible.contains("row 0: 1.5") || impossible.contains("got row 0: 1.5"), "{impossible}");
    assert!(impossible.contains("recency must lie between 0 and T (got row 1: 9.0)"), "{impossible}");
    let frame = emptor::polars::df!("customer_id" => [1_i64], "T" => [3.0])?;
    let missing = scorer.score_frame(&frame, "customer_id", TimeUnit::Week).map_err(|error| error.to_string());
    assert!(missing.is_err_and(|error| error.starts_with("missing columns: frequency, recency, monetary_value")));
    let text = scorer.inputs(&sample_tables()?, date(sample::AS_OF))?.lazy();
    let text = text.with_columns([col("recency").cast(DataType::String)]).collect()?;
    let wrong = scorer.score_frame(&text, "customer_id", TimeUnit::Week).map_err(|error| error.to_string());
    assert!(wrong.is_err_and(|error| error.contains("recency must hold numbers (got str)")));
    Ok(())
}

/// Scores of a query, by id, against ours.
fn assert_query_agrees(scored: &DataFrame, found: &DataFrame) -> Outcome {
    for name in ["p_alive", "expected_spend"] {
        let (ours, theirs) = (scored.column(name)?.f64()?, found.column(name)?.f64()?);
        for (ours, theirs) in ours.iter().zip(theirs.iter()) {
            match (ours, theirs) {
                (Some(ours), Some(theirs)) => {
                    assert!((ours - theirs).abs() <= DATABASE * ours.abs().max(1.0), "{name}: {ours} {theirs}");
                }
                (ours, theirs) => assert_eq!(ours.is_some(), theirs.is_some(), "{name}"),
            }
        }
    }
    for name in ["r_score", "f_score", "m_score", "rfm_segment", "grade"] {
        assert_eq!(texts(scored, name)?, texts(found, name)?, "{name}");
    }
    Ok(())
}

#[test]
fn the_query_scores_as_the_scorer_in_the_engine_of_polars() -> Outcome {
    let mut bases = vec![(sample_tables()?, sample::AS_OF, PurchaseModelKind::BgNbd)];
    bases.push((sample_tables()?, sample::AS_OF, PurchaseModelKind::MbgCnbdK));
    bases.extend(online_retail()?.map(|tables| (tables, "2011-12-09", PurchaseModelKind::MbgNbd)));
    bases.extend(cdnow_sample().map(|lines| (Tables::new(lines), "1998-06-30", PurchaseModelKind::BgNbd)));
    for (tables, as_of, model) in bases {
        let scorer = analysis(as_of, model)?.run(&tables)?.scorer()?;
        let inputs = scorer.inputs(&tables, date(as_of))?;
        let scored = scorer.score_frame(&inputs, "customer_id", TimeUnit::Week)?;
        let mut context = SQLContext::new();
        context.register("customers", inputs.lazy());
        let found = context.execute(&scorer.sql(Dialect::DuckDb, &["customers"])?)?;
        let found = found.sort(["customer_id"], SortMultipleOptions::default()).collect()?;
        assert_query_agrees(&scored, &found)?;
    }
    Ok(())
}

#[test]
fn a_query_reads_only_what_its_parts_need_and_says_what_it_cannot() -> Outcome {
    let scorer = sample_scorer()?;
    let query = scorer.sql_of(Dialect::PostgreSql, &["a\"b", "c; DROP TABLE d"], &[SqlPart::Alive])?;
    assert!(query.contains("FROM \"a\"\"b\".\"c; DROP TABLE d\"\n"), "{query}");
    assert!(query.contains("CAST(\"T\" AS DOUBLE PRECISION)") && !query.contains("spend"), "{query}");
    assert!(scorer.sql(Dialect::DuckDb, &[]).is_err() && scorer.sql_of(Dialect::DuckDb, &["t"], &[]).is_err());
    let pareto = analysis(sample::AS_OF, PurchaseModelKind::ParetoNbd)?.run(&sample_tables()?)?.scorer()?;
    let refused = pareto.sql(Dialect::DuckDb, &["t"]).map_err(|error| error.to_string());
    assert!(refused.is_err_and(|error| error.contains("Pareto/NBD cannot be written as SQL: it has no closed form")));
    assert!(pareto.sql_of(Dialect::DuckDb, &["t"], &[SqlPart::Spend, SqlPart::Rfm, SqlPart::Grade]).is_ok());
    Ok(())
}

#[test]
fn a_scorer_grades_an_earlier_day_as_the_grader_does_by_its_indicators() -> Outcome {
    let tables = sample_tables()?;
    let results = analysis(sample::AS_OF, PurchaseModelKind::BgNbd)?.run(&tables)?;
    let day = date(sample::AS_OF).plus_days(-365);
    let scorer = results.scorer()?;
    let scored = scorer.score_frame(&scorer.inputs(&tables, day)?, "customer_id", scorer.unit())?;

    // The other way: the indicators of that day, and the grader of today. What is dated later is in neither.
    let frame = emptor::analysis::indicators(&tables, day)?;
    let values = |name: &str| -> Result<Vec<f64>, Box<dyn Error>> {
        Ok(frame.column(name)?.f64()?.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
    };
    let names: Vec<String> = frame.get_column_names().iter().skip(1).map(ToString::to_string).collect();
    let columns = names.iter().map(|name| values(name)).collect::<Result<Vec<_>, _>>()?;
    let data: Vec<(&str, &[f64])> = names.iter().map(String::as_str).zip(columns.iter().map(Vec::as_slice)).collect();
    let grades = results.models.grader.grade(&GradingData::new(&data)?)?;

    assert!(frame.column("customer_id")?.equals(scored.column("customer_id")?));
    let letters: Vec<Option<String>> = grades.grade.iter().map(|grade| grade.map(|grade| grade.to_string())).collect();
    let given: Vec<Option<String>> =
        scored.column("grade")?.str()?.iter().map(|grade| grade.map(str::to_owned)).collect();
    assert_eq!(given, letters);
    let moved = results.customers.clone().lazy().select([col("customer_id"), col("grade").alias("today")]);
    let moved = moved
        .inner_join(scored.lazy(), col("customer_id"), col("customer_id"))
        .filter(col("today").neq(col("grade")))
        .collect()?;
    assert!(moved.height() > 0, "a year later somebody has another grade");
    Ok(())
}
