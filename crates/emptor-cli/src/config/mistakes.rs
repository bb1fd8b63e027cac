//! Mistakes in a configuration file: all of them, each with its line and what would be right.

use std::fmt;
use std::ops::Range;

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The line it is on, from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub what: String,
}

/// Everything that is wrong with a configuration file, from its first line to its last.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Mistakes {
    /// The file's name.
    pub file: String,
    /// At least one.
    pub found: Vec<Mistake>,
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.found.len();
        write!(f, "{} has {count} {}", self.file, if count == 1 { "mistake" } else { "mistakes" })?;
        self.found.iter().try_for_each(|mistake| write!(f, "\n  line {}: {}", mistake.line, mistake.what))
    }
}

/// Collects mistakes while a file is read.
#[derive(Debug)]
pub(super) struct Collector<'a> {
    file: &'a str,
    text: &'a str,
    found: Vec<(usize, String)>,
    /// Where the text is no TOML: what else is found on these lines follows from that.
    broken: Vec<(usize, String)>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, found: Vec::new(), broken: Vec::new() }
    }

    pub(super) fn add(&mut self, at: &Range<usize>, what: impl Into<String>) {
        self.found.push((at.start, what.into()));
    }

    /// What the reader of TOML says.
    pub(super) fn add_broken(&mut self, error: &toml::de::Error) {
        let at = error.span().unwrap_or(0..0);
        // It does not say which key is there twice.
        let what = match self.text.get(at.clone()) {
            Some(key) if error.message() == "duplicate key" => format!("`{key}` is there twice"),
            _ => error.message().to_owned(),
        };
        self.broken.push((at.start, what));
    }

    fn line(&self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|byte| *byte == b'\n').count()
    }

    pub(super) fn finish(mut self) -> Result<(), Mistakes> {
        let broken: Vec<usize> = self.broken.iter().map(|(at, _)| self.line(*at)).collect();
        let mut found = std::mem::take(&mut self.found);
        found.retain(|(at, _)| !broken.contains(&self.line(*at)));
        found.append(&mut self.broken);
        found.sort();
        found.dedup();
        if found.is_empty() {
            return Ok(());
        }
        let found = found.into_iter().map(|(at, what)| Mistake { line: self.line(at), what }).collect();
        Err(Mistakes { file: self.file.to_owned(), found })
    }
}

/// Similarity from which one word may be meant by another (Jaro & Winkler).
const SIMILAR: f64 = 0.75;

/// The known word that is nearest, if one is near.
pub(super) fn near<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    let alike = known
        .iter()
        .map(|other| (strsim::jaro_winkler(&word, &other.to_lowercase()), *other))
        .filter(|(similar, _)| *similar >= SIMILAR);
    alike.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, other)| other)
}

/// The known word that is meant, or all of them.
pub(super) fn meant(word: &str, known: &[&str]) -> String {
    match near(word, known) {
        Some(other) => format!("did you mean `{other}`?"),
        None => format!("there are {}", known.join(", ")),
    }
}
