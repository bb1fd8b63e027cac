//! What the service says when it does not answer.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use emptor::analysis::ScorerError;
use emptor::grade::GradeError;
use emptor::types::Invalid;
use serde::Serialize;

/// A rule that values of a column break; rows count from 0.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    pub(crate) column: String,
    pub(crate) rule: String,
    pub(crate) count: usize,
    pub(crate) samples: Vec<String>,
}

/// A status, a sentence, and every problem of the body.
#[derive(Debug, Serialize)]
pub(crate) struct Refusal {
    #[serde(skip)]
    status: StatusCode,
    error: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Problem>,
}

impl Refusal {
    pub(crate) fn too_many() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "too many requests at a time: try again later")
    }

    pub(crate) fn too_large(customers: usize, most: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("{customers} customers are more than the {most} of one request: send them in parts"),
        )
    }

    pub(crate) fn failed() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the engine failed; this is a defect of it")
    }

    pub(crate) fn problems(problems: Vec<Problem>) -> Self {
        Self { problems, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "the customers cannot be scored") }
    }

    fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { status, error: error.into(), problems: Vec::new() }
    }
}

impl From<serde_json::Error> for Refusal {
    fn from(error: serde_json::Error) -> Self {
        let status = if error.is_data() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::BAD_REQUEST };
        Self::new(status, format!("the body is not a request: {error}"))
    }
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        let problem = |violation: &emptor::types::Violation| Problem {
            column: violation.field.clone(),
            rule: violation.rule.clone(),
            count: violation.count,
            samples: violation.samples.clone(),
        };
        Self::problems(invalid.violations().iter().map(problem).collect())
    }
}

impl From<ScorerError> for Refusal {
    fn from(error: ScorerError) -> Self {
        match error {
            ScorerError::Invalid(invalid) | ScorerError::Grade(GradeError::Invalid(invalid)) => invalid.into(),
            other => Self::new(StatusCode::UNPROCESSABLE_ENTITY, other.to_string()),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(self)).into_response()
    }
}
