//! What a section is made of.

use emptor_chart::Chart;

use crate::grid::Grid;

/// One number with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is.
    pub name: String,
    /// The number, written out.
    pub value: String,
    /// What to know of it: its interval, its convention.
    pub note: String,
}

impl Fact {
    pub(crate) fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), note: String::new() }
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

/// A piece of a section.
#[derive(Debug)]
#[non_exhaustive]
pub enum Block {
    /// Numbers side by side.
    Facts(Vec<Fact>),
    /// A chart, with its name as a file.
    Chart {
        /// The name: letters, digits and hyphens; unique in the report.
        name: String,
        /// The chart.
        chart: Box<dyn Chart>,
    },
    /// A table.
    Table(Grid),
    /// A paragraph.
    Note(String),
    /// A heading over a list of sentences.
    List {
        /// The heading.
        title: String,
        /// The sentences.
        items: Vec<String>,
    },
    /// The same, opened by who wants to read it.
    Folded {
        /// The heading.
        title: String,
        /// The sentences.
        items: Vec<String>,
    },
    /// Words and what they mean.
    Terms(Vec<Term>),
}

/// A word of the report and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// The word.
    pub name: &'static str,
    /// What it means, in plain words.
    pub meaning: &'static str,
    /// How it is computed; empty where words are enough.
    pub formula: &'static str,
    /// Where it comes from; empty where it is common knowledge.
    pub source: &'static str,
}

impl Block {
    pub(crate) fn chart(name: &str, chart: impl Chart + 'static) -> Self {
        Self::Chart { name: name.to_owned(), chart: Box::new(chart) }
    }
}

/// A section of the report.
#[derive(Debug)]
#[non_exhaustive]
pub struct Part {
    /// Its anchor: letters, digits and hyphens.
    pub id: &'static str,
    /// Its title.
    pub title: String,
    /// What it finds, in a sentence or two.
    pub finding: String,
    /// What must not be concluded from the finding; empty if there is nothing to say.
    pub caveat: String,
    /// Its pieces.
    pub blocks: Vec<Block>,
}

impl Part {
    pub(crate) fn new(id: &'static str, title: impl Into<String>) -> Self {
        Self { id, title: title.into(), finding: String::new(), caveat: String::new(), blocks: Vec::new() }
    }

    pub(crate) fn finding(mut self, finding: impl Into<String>) -> Self {
        self.finding = finding.into();
        self
    }

    pub(crate) fn caveat(mut self, caveat: impl Into<String>) -> Self {
        self.caveat = caveat.into();
        self
    }

    pub(crate) fn push(&mut self, block: impl Into<Option<Block>>) {
        self.blocks.extend(block.into());
    }
}
