//! The file.

use std::path::Path;

use emptor_types::{Envelope, EnvelopeError, Training};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Model, Scorer, ScorerError};

const FINGERPRINT: &str = "sha256";

/// What may differ between two files of one scorer.
const NOT_COVERED: [&str; 2] = [FINGERPRINT, "engine_version"];

impl Scorer {
    /// What a saved scorer calls itself.
    pub const KIND: &'static str = "scorer";

    /// The scorer as a versioned file: an [`Envelope`] with its fingerprint.
    ///
    /// # Errors
    /// [`ScorerError::Saved`] if a number is not finite.
    pub fn to_json(&self) -> Result<String, ScorerError> {
        let mut file = self.file()?;
        let fingerprint = fingerprint(&file);
        if let Value::Object(fields) = &mut file {
            fields.insert(FINGERPRINT.to_owned(), Value::String(fingerprint));
        }
        let text = serde_json::to_string_pretty(&file);
        text.map_err(|error| EnvelopeError::NotSerializable { reason: error.to_string() }.into())
    }

    /// Reads a file written by [`to_json`](Self::to_json).
    ///
    /// # Errors
    /// [`ScorerError::Saved`] if it was written by a newer schema, is of another kind, or is no such file;
    /// [`ScorerError::Changed`] if its contents are not those that were saved; [`ScorerError::Invalid`] if they cannot be.
    pub fn from_json(text: &str) -> Result<Self, ScorerError> {
        // The version comes first: a newer engine may take fingerprints in another way.
        Envelope::<Value>::from_json(Self::KIND, text)?;
        let malformed = |reason: String| ScorerError::from(EnvelopeError::Malformed { reason });
        let file: Value = serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
        let Some(stated) = file.get(FINGERPRINT).and_then(Value::as_str) else {
            return Err(malformed(format!("no fingerprint, `{FINGERPRINT}`")));
        };
        let computed = fingerprint(&file);
        if stated != computed {
            return Err(ScorerError::Changed { stated: stated.to_owned(), computed });
        }
        Ok(Self::new(Envelope::<Model>::from_json(Self::KIND, text)?.model)?)
    }

    /// Writes the file; one that is there is replaced at once, so that nobody reads half of it.
    ///
    /// # Errors
    /// As [`to_json`](Self::to_json); [`ScorerError::File`] if it cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), ScorerError> {
        let path = path.as_ref();
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let written = std::fs::write(&part, self.to_json()?).and_then(|()| std::fs::rename(&part, path));
        written.map_err(|error| file_error(path, &error))
    }

    /// Reads the file.
    ///
    /// # Errors
    /// As [`from_json`](Self::from_json); [`ScorerError::File`] if it cannot be read.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ScorerError> {
        let path = path.as_ref();
        Self::from_json(&std::fs::read_to_string(path).map_err(|error| file_error(path, &error))?)
    }

    /// SHA-256 of everything in the file but the version of the engine that wrote it: two scorers with one fingerprint say
    /// the same of every customer.
    ///
    /// # Errors
    /// As [`to_json`](Self::to_json).
    pub fn fingerprint(&self) -> Result<String, ScorerError> {
        Ok(fingerprint(&self.file()?))
    }

    fn file(&self) -> Result<Value, ScorerError> {
        let learned = &self.model.training;
        let training = Training { as_of: Some(learned.as_of), unit: Some(learned.unit), customers: learned.customers };
        let text = Envelope::new(Self::KIND, training, self.model.clone()).to_json()?;
        serde_json::from_str(&text).map_err(|error| EnvelopeError::Malformed { reason: error.to_string() }.into())
    }
}

fn file_error(path: &Path, error: &std::io::Error) -> ScorerError {
    ScorerError::File { path: path.display().to_string(), reason: error.to_string() }
}

/// SHA-256, in hexadecimal digits, of the canonical text of a file without what is not covered.
fn fingerprint(file: &Value) -> String {
    let mut covered = file.clone();
    if let Value::Object(fields) = &mut covered {
        fields.retain(|name, _| !NOT_COVERED.contains(&name.as_str()));
    }
    let mut text = String::new();
    canonical(&covered, &mut text);
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// JSON without blanks, keys in the order of their code points, numbers with the fewest digits.
fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    text.push(',');
                }
                canonical(item, text);
            }
            text.push(']');
        }
        Value::Object(fields) => {
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort_unstable();
            text.push('{');
            for (i, name) in names.into_iter().enumerate() {
                if i > 0 {
                    text.push(',');
                }
                text.push_str(&Value::String(name.clone()).to_string());
                text.push(':');
                canonical(&fields[name], text);
            }
            text.push('}');
        }
        _ => text.push_str(&value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_knows_contents_and_not_their_layout() -> Result<(), serde_json::Error> {
        let of = |text: &str| serde_json::from_str(text).map(|value: Value| fingerprint(&value));
        let file = of(r#"{"b": [1.0, "é\n"], "a": {"d": null, "c": -2.5e-8}, "engine_version": "1"}"#)?;
        // sha256sum of {"a":{"c":-2.5e-8,"d":null},"b":[1.0,"é\n"]}
        assert_eq!(file, "3074cdf798fec31c6aa65c9fd4370c3b7d1c63d54e645664ce2428b3c6cd1b27");
        assert_eq!(of(r#"{"a":{"c":-0.000000025,"d":null},"b":[1.0,"é\n"],"sha256":"x"}"#)?, file);
        assert_ne!(of(r#"{"a":{"c":-2.5e-8,"d":null},"b":[1.5,"é\n"]}"#)?, file);
        Ok(())
    }
}
