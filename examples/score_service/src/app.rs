//! State, routes and limits.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use emptor::analysis::{ScorerColumn, ScorerError};
use emptor::prelude::*;
use emptor::types::SCHEMA_VERSION;
use serde_json::{Value, json};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::customers;
use crate::metrics::Metrics;
use crate::refusal::Refusal;

/// What one caller may ask for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest body, in bytes.
    pub body: usize,
    /// Most customers in a body.
    pub customers: usize,
    /// Longest time for an answer.
    pub time: Duration,
    /// Most bodies read and scored at a time.
    pub at_a_time: usize,
}

/// A scorer with what is asked of it all the time.
pub(crate) struct Loaded {
    pub(crate) scorer: Scorer,
    pub(crate) fingerprint: String,
}

/// The service: the scorer in use, where it comes from, limits and counters.
#[derive(Debug)]
pub struct App {
    loaded: RwLock<Arc<Loaded>>,
    path: PathBuf,
    limits: Limits,
    metrics: Metrics,
    busy: AtomicUsize,
    is_closing: AtomicBool,
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaded").field("fingerprint", &self.fingerprint).finish_non_exhaustive()
    }
}

/// The right to send a body and to have it scored, given back when dropped: a request that ran out of time still works until
/// it is done.
struct Place(Arc<App>);

impl FromRequestParts<Arc<App>> for Place {
    type Rejection = Refusal;

    async fn from_request_parts(_: &mut Parts, app: &Arc<App>) -> Result<Self, Refusal> {
        // Counted first and dropped when it was one too many.
        let before = app.busy.fetch_add(1, Ordering::AcqRel);
        let place = Self(Arc::clone(app));
        if before < app.limits.at_a_time { Ok(place) } else { Err(Refusal::too_many()) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::AcqRel);
    }
}

impl App {
    /// Loads the scorer.
    ///
    /// # Errors
    /// If the file cannot be read or is not a scorer.
    pub fn open(path: PathBuf, limits: Limits) -> Result<Arc<Self>, ScorerError> {
        let loaded = RwLock::new(Arc::new(load(&path)?));
        let (busy, is_closing) = (AtomicUsize::new(0), AtomicBool::new(false));
        Ok(Arc::new(Self { loaded, path, limits, metrics: Metrics::default(), busy, is_closing }))
    }

    /// From now on the service is not ready; what is under way is finished.
    pub fn close(&self) {
        self.is_closing.store(true, Ordering::Release);
    }

    fn loaded(&self) -> Arc<Loaded> {
        Arc::clone(&self.loaded.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the file aside; only what is right takes the place of the scorer.
    fn reload(&self) -> Result<String, ScorerError> {
        let loaded = Arc::new(load(&self.path)?);
        let fingerprint = loaded.fingerprint.clone();
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        Ok(fingerprint)
    }
}

fn load(path: &PathBuf) -> Result<Loaded, ScorerError> {
    let scorer = Scorer::load(path)?;
    Ok(Loaded { fingerprint: scorer.fingerprint()?, scorer })
}

/// The routes with their limits.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/score", post(score))
        .route("/model", get(model))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/version", get(version))
        .route("/metrics", get(metrics))
        .route("/reload", post(reload))
        .layer(
            ServiceBuilder::new()
                .layer(from_fn_with_state(Arc::clone(&app), count))
                .layer(DefaultBodyLimit::max(app.limits.body))
                .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, app.limits.time))
                .layer(CatchPanicLayer::new()),
        )
        .with_state(app)
}

async fn count(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    app.metrics.answered(response.status());
    response
}

/// Scoring takes the processor and not the network: it has a thread of its own. The place is taken before the body is read, so
/// that no more bodies are held than are scored.
async fn score(State(app): State<Arc<App>>, place: Place, body: Bytes) -> Result<impl IntoResponse, Refusal> {
    let (loaded, most) = (app.loaded(), app.limits.customers);
    let work = move || {
        let _place = place;
        customers::score(&loaded, &body, most)
    };
    let (customers, text) = tokio::task::spawn_blocking(work).await.map_err(|_| Refusal::failed())??;
    app.metrics.scored(customers);
    Ok(([(header::CONTENT_TYPE, "application/json")], text))
}

async fn model(State(app): State<Arc<App>>) -> Json<Value> {
    let loaded = app.loaded();
    let Loaded { scorer, fingerprint } = &*loaded;
    Json(json!({
        "fingerprint": fingerprint,
        "training": scorer.training(),
        "purchase_model": scorer.purchases().kind().name(),
        "value": scorer.convention().to_string(),
        "margin_rate": scorer.margin_rate(),
        "margin_basis": scorer.margin_basis(),
        "grades": scorer.grader().grades().collect::<Vec<_>>(),
        "unit": scorer.unit(),
        "columns": scorer.columns().iter().map(column).collect::<Vec<_>>(),
    }))
}

/// A column as a caller needs it: here every one may be left out.
fn column(of: &ScorerColumn) -> Value {
    json!({ "name": of.name, "unit": of.unit, "meaning": of.meaning, "unknown": of.unknown })
}

async fn ready(State(app): State<Arc<App>>) -> (StatusCode, &'static str) {
    if app.is_closing.load(Ordering::Acquire) {
        (StatusCode::SERVICE_UNAVAILABLE, "closing\n")
    } else {
        (StatusCode::OK, "ready\n")
    }
}

async fn version() -> Json<Value> {
    Json(json!({ "engine": env!("CARGO_PKG_VERSION"), "schema_version": SCHEMA_VERSION }))
}

async fn metrics(State(app): State<Arc<App>>) -> String {
    app.metrics.text(app.busy.load(Ordering::Acquire))
}

async fn reload(State(app): State<Arc<App>>) -> Result<Json<Value>, Refusal> {
    let aside = Arc::clone(&app);
    let read = tokio::task::spawn_blocking(move || aside.reload()).await.map_err(|_| Refusal::failed())?;
    app.metrics.reloaded(read.is_ok());
    Ok(Json(json!({ "fingerprint": read? })))
}
