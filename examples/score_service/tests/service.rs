//! The service: its routes in-process, and the program over the network.

use std::error::Error;
use std::future::IntoFuture;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use clap::Parser;
use emptor::prelude::*;
use emptor_score_service::{App, Connections, Limits, TrainArgs, router, train};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;

type Outcome = Result<(), Box<dyn Error>>;

const LIMITS: Limits = Limits { body: 64 * 1024, customers: 500, time: Duration::from_secs(60), at_a_time: 4 };

/// A customer of whom the history alone is known.
const CUSTOMER: &str = r#"{"customer_id": "C1", "frequency": 3, "recency": 17, "T": 52, "monetary_value": 25.5}"#;

#[derive(Parser)]
struct Train {
    #[command(flatten)]
    args: TrainArgs,
}

/// The file of a scorer of the bundled sample, made once, in a thread of its own: polars refuses to be asked from the one
/// thread of the runtime of a test.
fn file() -> Result<&'static Path, Box<dyn Error>> {
    static FILE: OnceLock<Result<(tempfile::TempDir, PathBuf), String>> = OnceLock::new();
    let made = FILE.get_or_init(|| {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let path = folder.path().join("scorer.json");
        let args = Train::parse_from(["train", "--currency", "EUR", "--out", &path.to_string_lossy()]).args;
        let trained = std::thread::spawn(move || train(&args).map(|_| ()).map_err(|error| error.to_string()));
        trained.join().map_err(|_| "training panicked")??;
        Ok((folder, path))
    });
    made.as_ref().map(|(_, path)| path.as_path()).map_err(|reason| reason.clone().into())
}

fn app(limits: Limits) -> Result<(Arc<App>, Router), Box<dyn Error>> {
    let app = App::open(file()?.to_owned(), limits)?;
    Ok((Arc::clone(&app), router(app)))
}

async fn ask(
    router: &Router,
    method: &str,
    path: &str,
    body: impl Into<Body>,
) -> Result<(StatusCode, String), Box<dyn Error>> {
    let request = Request::builder().method(method).uri(path).body(body.into())?;
    let response = router.clone().oneshot(request).await?;
    let status = response.status();
    Ok((status, String::from_utf8(to_bytes(response.into_body(), usize::MAX).await?.to_vec())?))
}

fn body(customers: &str) -> String {
    format!(r#"{{"unit": "week", "customers": [{customers}]}}"#)
}

#[tokio::test]
async fn scores_over_http_are_those_of_the_scorer_to_the_last_bit() -> Outcome {
    let (_, router) = app(LIMITS)?;
    let other = r#"{"customer_id": 7, "frequency": 0, "recency": 0, "T": 4, "spend": 31.5, "days_since_last": null}"#;
    let (status, text) = ask(&router, "POST", "/score", body(&format!("{CUSTOMER}, {other}"))).await?;
    assert_eq!(status, StatusCode::OK, "{text}");
    let answer: Value = serde_json::from_str(&text)?;
    let scorer = Scorer::load(file()?)?;
    const UNKNOWN: f64 = f64::NAN;
    let columns: [(&str, &[f64]); 5] = [
        ("frequency", &[3.0, 0.0]),
        ("recency", &[17.0, 0.0]),
        ("T", &[52.0, 4.0]),
        ("monetary_value", &[25.5, UNKNOWN]),
        ("spend", &[UNKNOWN, 31.5]),
    ];
    let scored = scorer.score(&ScorerData::new(TimeUnit::Week, &columns)?)?;
    for (row, customer) in answer["customers"].as_array().ok_or("rows")?.iter().enumerate() {
        for (name, own) in [
            ("p_alive", scored.p_alive[row]),
            ("expected_purchases", scored.expected_purchases[row]),
            ("expected_spend", scored.expected_spend[row]),
            ("ltv_current", scored.ltv_current[row]),
        ] {
            assert_eq!(customer[name].as_f64().map(f64::to_bits), own.map(f64::to_bits), "{row} {name}");
        }
        assert!(customer["grade"].is_null() && customer["ungraded_reason"].is_string(), "{customer}");
    }
    assert_eq!(answer["customers"][0]["customer_id"], json!("C1"));
    assert_eq!(answer["customers"][1]["customer_id"], json!(7));
    assert_eq!(answer["customers"][1]["rfm_segment"], json!(null), "nothing is known of purchases");
    assert_eq!(answer["customers"][1]["unsegmented_reason"], json!("days_since_last is unknown"));
    assert_eq!(answer["fingerprint"], json!(scorer.fingerprint()?));
    Ok(())
}

#[tokio::test]
async fn a_wrong_value_is_refused_with_its_column_and_row() -> Outcome {
    let (_, router) = app(LIMITS)?;
    for (customers, column, sample) in [
        (r#"{"frequency": "3"}"#, "frequency", "row 0: \"3\""),
        (r#"{"frequency": 1}, {"monetary": 3}"#, "monetary", "row 1: 3"),
        (r#"{"customer_id": [1]}"#, "customer_id", "row 0: [1]"),
        (r#"{"frequency": 1, "recency": 2, "T": 1}"#, "recency", "row 0: 2.0"),
        (r#"{"frequency": 1, "recency": 2, "T": 3}, {"frequency": 0.5}"#, "frequency", "row 1: 0.5"),
    ] {
        let (status, text) = ask(&router, "POST", "/score", body(customers)).await?;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
        let answer: Value = serde_json::from_str(&text)?;
        let problem = &answer["problems"][0];
        assert_eq!((&problem["column"], &problem["samples"][0]), (&json!(column), &json!(sample)), "{text}");
    }
    for (text, status) in [
        ("{", StatusCode::BAD_REQUEST),
        ("", StatusCode::BAD_REQUEST),
        (r#"{"customers": []}"#, StatusCode::UNPROCESSABLE_ENTITY),
        (r#"{"unit": "fortnight", "customers": []}"#, StatusCode::UNPROCESSABLE_ENTITY),
        (r#"{"unit": "day", "customers": [{"T": 1}]}"#, StatusCode::UNPROCESSABLE_ENTITY),
        (r#"{"unit": "week", "customers": [{"T": 1e999}]}"#, StatusCode::BAD_REQUEST),
    ] {
        let (found, answer) = ask(&router, "POST", "/score", text).await?;
        assert_eq!(found, status, "{text}: {answer}");
        assert!(serde_json::from_str::<Value>(&answer)?["error"].is_string());
    }
    let (status, text) = ask(&router, "POST", "/score", r#"{"unit": "week", "customers": []}"#).await?;
    assert_eq!(status, StatusCode::OK, "nobody is scored: {text}");
    Ok(())
}

#[tokio::test]
async fn what_is_too_much_is_refused() -> Outcome {
    let (_, small) = app(Limits { body: 100, ..LIMITS })?;
    assert_eq!(ask(&small, "POST", "/score", body(CUSTOMER)).await?.0, StatusCode::PAYLOAD_TOO_LARGE);
    let (_, closed) = app(Limits { at_a_time: 0, ..LIMITS })?;
    assert_eq!(ask(&closed, "POST", "/score", body(CUSTOMER)).await?.0, StatusCode::SERVICE_UNAVAILABLE);
    let (_, few) = app(Limits { customers: 2, ..LIMITS })?;
    assert_eq!(ask(&few, "POST", "/score", body(&[CUSTOMER; 2].join(","))).await?.0, StatusCode::OK);
    let (status, text) = ask(&few, "POST", "/score", body(&[CUSTOMER; 3].join(","))).await?;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(text.contains("3 customers are more than the 2 of one request"), "{text}");
    // One customer can be scored before anybody looks at the clock.
    let (_, hasty) = app(Limits { time: Duration::ZERO, ..LIMITS })?;
    assert_eq!(ask(&hasty, "POST", "/score", body(&[CUSTOMER; 500].join(","))).await?.0, StatusCode::REQUEST_TIMEOUT);
    let (_, router) = app(LIMITS)?;
    assert_eq!(ask(&router, "GET", "/score", "").await?.0, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(ask(&router, "GET", "/customers", "").await?.0, StatusCode::NOT_FOUND);
    Ok(())
}

#[tokio::test]
async fn the_service_tells_what_it_is_and_what_it_has_done() -> Outcome {
    let (app, router) = app(LIMITS)?;
    let (_, text) = ask(&router, "GET", "/model", "").await?;
    let model: Value = serde_json::from_str(&text)?;
    assert_eq!((&model["unit"], &model["training"]["currency"]), (&json!("week"), &json!("EUR")));
    let columns = model["columns"].as_array().ok_or("columns")?;
    assert!(columns.iter().any(|column| column["name"] == "T" && column["unit"] == "week"), "{text}");
    assert_eq!(ask(&router, "GET", "/healthz", "").await?.1, "ok\n");
    let (_, version) = ask(&router, "GET", "/version", "").await?;
    assert_eq!(serde_json::from_str::<Value>(&version)?["schema_version"], json!(1));
    ask(&router, "POST", "/score", body(CUSTOMER)).await?;
    let (_, text) = ask(&router, "GET", "/metrics", "").await?;
    assert!(text.contains("emptor_customers_scored_total 1\n"), "{text}");
    assert!(text.contains("emptor_answers_total{status=\"2xx\"} 4\n"), "{text}");
    assert!(text.contains("emptor_bodies_being_scored 0\n"), "{text}");
    assert_eq!(ask(&router, "GET", "/readyz", "").await?.0, StatusCode::OK);
    app.close();
    assert_eq!(ask(&router, "GET", "/readyz", "").await?.0, StatusCode::SERVICE_UNAVAILABLE);
    Ok(())
}

#[tokio::test]
async fn a_new_file_takes_the_place_of_the_scorer_and_a_bad_one_does_not() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("scorer.json");
    let good = std::fs::read_to_string(file()?)?;
    std::fs::write(&path, &good)?;
    let router = router(App::open(path.clone(), LIMITS)?);
    let in_use = async || -> Result<Value, Box<dyn Error>> {
        Ok(serde_json::from_str::<Value>(&ask(&router, "GET", "/model", "").await?.1)?["fingerprint"].clone())
    };
    let first = in_use().await?;

    std::fs::write(&path, good.replace("\"currency\": \"EUR\"", "\"currency\": \"USD\""))?;
    let (status, text) = ask(&router, "POST", "/reload", "").await?;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
    assert!(text.contains("was changed after it was saved"), "{text}");
    assert_eq!(in_use().await?, first);

    Scorer::from_json(&good)?.with_currency("USD").save(&path)?;
    assert_eq!(ask(&router, "POST", "/reload", "").await?.0, StatusCode::OK);
    assert_ne!(in_use().await?, first);
    Ok(())
}

#[tokio::test]
async fn there_is_no_service_without_a_scorer() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("none.json");
    let error = App::open(path, LIMITS).map(|_| ()).map_err(|error| error.to_string());
    assert!(error.is_err_and(|error| error.contains("none.json")));
    Ok(())
}

/// Sends what is asked and reads until the other side is done.
async fn converse(address: std::net::SocketAddr, request: &str) -> Result<String, Box<dyn Error>> {
    let mut stream = tokio::net::TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn a_body_without_a_place_is_refused_before_it_is_sent() -> Outcome {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (_, closed) = app(Limits { at_a_time: 0, ..LIMITS })?;
    let serving = tokio::spawn(axum::serve(listener, closed).into_future());
    let head = "POST /score HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5000\r\n\r\n";
    let answer = converse(address, head).await?;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    serving.abort();
    Ok(())
}

#[tokio::test]
async fn a_silent_connection_is_closed_and_its_place_goes_to_the_next() -> Outcome {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let connections = Connections::new(listener, 1, Duration::from_millis(200));
    let (_, router) = app(LIMITS)?;
    let serving = tokio::spawn(axum::serve(connections, router).into_future());
    let mut silent = tokio::net::TcpStream::connect(address).await?;
    silent.write_all(b"GET /healthz HTTP/1.1\r\n").await?;
    let answer = converse(address, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await?;
    assert!(answer.ends_with("ok\n"), "{answer}");
    let mut rest = Vec::new();
    // Closed or reset: there is no answer in it.
    let _ = silent.read_to_end(&mut rest).await;
    assert!(rest.is_empty(), "{rest:?}");
    serving.abort();
    Ok(())
}

/// The program, ended with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn call(address: &str, request: &str) -> Result<String, Box<dyn Error>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn the_program_listens_answers_and_stops() -> Outcome {
    let program = env!("CARGO_BIN_EXE_emptor-score-service");
    let child = Command::new(program)
        .args(["serve", "--listen", "127.0.0.1:0", "--model"])
        .arg(file()?)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut running = Running(child);
    let mut line = String::new();
    BufReader::new(running.0.stdout.take().ok_or("stdout")?).read_line(&mut line)?;
    let address = line.trim().strip_prefix("listening on http://").ok_or("address")?.to_owned();

    let body = body(CUSTOMER);
    let request =
        format!("POST /score HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let answer = call(&address, &request)?;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("\"p_alive\":0."), "{answer}");
    let answer = call(&address, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")?;
    assert!(answer.ends_with("ok\n"), "{answer}");

    #[cfg(unix)]
    {
        Command::new("kill").arg(running.0.id().to_string()).status()?;
        assert!(running.0.wait()?.success(), "it ends in order when it is told to");
        let mut said = String::new();
        running.0.stderr.take().ok_or("stderr")?.read_to_string(&mut said)?;
        assert!(!said.contains("C1"), "nothing of customers is written: {said}");
    }
    Ok(())
}

#[test]
fn a_wrong_argument_or_file_ends_the_program_with_a_reason() -> Outcome {
    let program = env!("CARGO_BIN_EXE_emptor-score-service");
    let output = Command::new(program).args(["serve", "--model", "no-such-file.json"]).output()?;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr)?.contains("no-such-file.json"));
    let output = Command::new(program).args(["train", "--out", "x.json", "--horizon", "soon"]).output()?;
    assert_eq!(output.status.code(), Some(2));
    Ok(())
}
