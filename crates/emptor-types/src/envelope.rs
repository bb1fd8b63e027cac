//! Saved models: a JSON envelope that says what is inside.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Date, TimeUnit};

/// The version of the envelope and of everything in it that this engine writes.
pub const SCHEMA_VERSION: u32 = 1;

const FORMAT: &str = "emptor-model";

/// What a model was fitted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// Last day of observation, inclusive.
    pub as_of: Option<Date>,
    /// Unit of time of the inputs.
    pub unit: Option<TimeUnit>,
    /// Customers.
    pub customers: usize,
}

/// A fitted model with what is needed to use it safely later: kind, versions and training window.
///
/// ```
/// use emptor_types::{Envelope, Training};
///
/// let training = Training { as_of: None, unit: None, customers: 3 };
/// let saved = Envelope::new("demo", training, vec![0.1, 0.2]).to_json()?;
/// let loaded = Envelope::<Vec<f64>>::from_json("demo", &saved)?;
/// assert_eq!(loaded.model, [0.1, 0.2]);
/// assert!(Envelope::<Vec<f64>>::from_json("other", &saved).is_err());
/// # Ok::<(), emptor_types::EnvelopeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope<M> {
    /// Always `emptor-model`.
    pub format: String,
    /// The version of the schema, [`SCHEMA_VERSION`] when written by this engine.
    pub schema_version: u32,
    /// The version of the engine that wrote it.
    pub engine_version: String,
    /// What is inside, e.g. `bg_nbd`.
    pub kind: String,
    /// What the model was fitted on.
    pub training: Training,
    /// The model: parameters, fit report and configuration.
    pub model: M,
}

/// Why a model could not be saved or loaded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// The model does not survive a round trip, e.g. because a number is NaN or infinite.
    #[error("the model cannot be saved: {reason} (numbers must be finite)")]
    NotSerializable {
        /// What the serialiser said.
        reason: String,
    },
    /// The text is not an envelope.
    #[error("not a saved model: {reason}")]
    Malformed {
        /// What the parser said.
        reason: String,
    },
    /// The text was written by a newer engine.
    #[error("the model was saved with schema version {found}, this engine reads up to {supported}: update emptor")]
    Newer {
        /// The version found.
        found: u32,
        /// The newest version this engine reads.
        supported: u32,
    },
    /// The envelope holds another kind of model.
    #[error("the file holds a model of kind `{found}`, not `{expected}`")]
    OtherKind {
        /// The kind found.
        found: String,
        /// The kind asked for.
        expected: String,
    },
}

/// The part of an envelope that is read first, so that a newer one is refused by version and not by its shape.
#[derive(Deserialize)]
struct Header {
    format: String,
    schema_version: u32,
    kind: String,
}

impl<M: Serialize + DeserializeOwned + PartialEq> Envelope<M> {
    /// Wraps a model.
    pub fn new(kind: impl Into<String>, training: Training, model: M) -> Self {
        Self {
            format: FORMAT.to_owned(),
            schema_version: SCHEMA_VERSION,
            engine_version: env!("CARGO_PKG_VERSION").to_owned(),
            kind: kind.into(),
            training,
            model,
        }
    }

    /// Writes the envelope as JSON.
    ///
    /// # Errors
    /// [`EnvelopeError::NotSerializable`] if reading the text back would not give an equal model.
    pub fn to_json(&self) -> Result<String, EnvelopeError> {
        let refused = |reason: String| EnvelopeError::NotSerializable { reason };
        let text = serde_json::to_string_pretty(self).map_err(|e| refused(e.to_string()))?;
        let again: Self = serde_json::from_str(&text).map_err(|e| refused(e.to_string()))?;
        if &again == self { Ok(text) } else { Err(refused("it does not read back equal".to_owned())) }
    }

    /// Reads an envelope that must hold a model of `kind`.
    ///
    /// # Errors
    /// If the text is no envelope, is of a newer schema or holds another kind.
    pub fn from_json(kind: &str, text: &str) -> Result<Self, EnvelopeError> {
        let malformed = |reason: String| EnvelopeError::Malformed { reason };
        let header: Header = serde_json::from_str(text).map_err(|e| malformed(e.to_string()))?;
        if header.format != FORMAT {
            return Err(malformed(format!("format is `{}`, not `{FORMAT}`", header.format)));
        }
        if header.schema_version > SCHEMA_VERSION {
            return Err(EnvelopeError::Newer { found: header.schema_version, supported: SCHEMA_VERSION });
        }
        if header.schema_version == 0 {
            return Err(malformed("schema version 0 does not exist".to_owned()));
        }
        if header.kind != kind {
            return Err(EnvelopeError::OtherKind { found: header.kind, expected: kind.to_owned() });
        }
        serde_json::from_str(text).map_err(|e| malformed(e.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn training() -> Training {
        Training { as_of: None, unit: Some(TimeUnit::Week), customers: 1 }
    }

    #[test]
    fn non_finite_numbers_are_refused_when_saving() {
        let saved = Envelope::new("demo", training(), vec![f64::NAN]).to_json();
        assert!(matches!(saved, Err(EnvelopeError::NotSerializable { .. })), "{saved:?}");
    }

    #[test]
    fn a_newer_schema_is_named() -> Result<(), EnvelopeError> {
        let saved =
            Envelope::new("demo", training(), 1.0).to_json()?.replace("\"schema_version\": 1", "\"schema_version\": 7");
        let loaded = Envelope::<f64>::from_json("demo", &saved);
        assert_eq!(loaded, Err(EnvelopeError::Newer { found: 7, supported: 1 }));
        Ok(())
    }

    #[test]
    fn text_that_is_no_envelope_is_malformed() {
        for text in ["", "{}", "[1]", "{\"format\":\"x\",\"schema_version\":1,\"kind\":\"demo\"}"] {
            assert!(matches!(Envelope::<f64>::from_json("demo", text), Err(EnvelopeError::Malformed { .. })), "{text}");
        }
    }
}
