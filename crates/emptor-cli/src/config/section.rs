//! A table of a configuration file that is read key by key.

use std::fmt::Display;
use std::ops::Range;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistakes::{Collector, meant};

/// A table of the file, or nothing where the file has none of that name: then every key takes its default.
#[derive(Debug, Clone)]
pub(super) struct Section<'d> {
    name: String,
    at: Range<usize>,
    table: Option<&'d DeTable<'d>>,
}

impl<'d> Section<'d> {
    pub(super) fn root(document: &'d Spanned<DeTable<'d>>) -> Self {
        Self { name: String::new(), at: document.span(), table: Some(document.get_ref()) }
    }

    fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    fn value(&self, key: &str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.table?.get(key)
    }

    pub(super) fn is_there(&self) -> bool {
        self.table.is_some()
    }

    pub(super) fn at(&self) -> &Range<usize> {
        &self.at
    }

    /// All keys, in the order of the file.
    pub(super) fn keys(&self) -> Vec<(&'d str, Range<usize>)> {
        let mut keys: Vec<_> =
            self.table.into_iter().flatten().map(|(key, _)| (key.get_ref().as_ref(), key.span())).collect();
        keys.sort_by_key(|(_, span)| span.start);
        keys
    }

    /// Names every key that is not known.
    pub(super) fn only(&self, known: &[&str], mistakes: &mut Collector<'_>) {
        for (key, at) in self.keys() {
            if !known.contains(&key) {
                mistakes.add(&at, format!("there is no `{}`: {}", self.path(key), meant(key, known)));
            }
        }
    }

    /// A table in this one.
    pub(super) fn section(&self, key: &str, mistakes: &mut Collector<'_>) -> Self {
        let name = self.path(key);
        let value = self.value(key);
        let at = value.map_or_else(|| self.at.clone(), Spanned::span);
        let table = value.and_then(|value| {
            let table = value.get_ref().as_table();
            if table.is_none() {
                mistakes.add(&at, format!("`{name}` must be a table: [{name}]"));
            }
            table
        });
        Self { name, at, table }
    }

    /// Where the value of a key stands, if the file has it.
    pub(super) fn place(&self, key: &str) -> Option<Range<usize>> {
        self.value(key).map(Spanned::span)
    }

    /// A value as it is written, if it is of a kind.
    fn written(&self, key: &str, kind: Kind, mistakes: &mut Collector<'_>) -> Option<(String, Range<usize>)> {
        let value = self.value(key)?;
        let text = kind.text(value.get_ref());
        if text.is_none() {
            mistakes
                .add(&value.span(), format!("`{}` must be {}, not {}", self.path(key), kind.is(), a(value.get_ref())));
        }
        Some((text?, value.span()))
    }

    /// A text that its own type reads.
    pub(super) fn read<T>(&self, key: &str, kind: Kind, mistakes: &mut Collector<'_>) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        self.read_with(key, kind, mistakes, |text| text.parse().map_err(|e: T::Err| e.to_string()))
    }

    /// A value of a kind that `parse` reads.
    pub(super) fn read_with<T>(
        &self,
        key: &str,
        kind: Kind,
        mistakes: &mut Collector<'_>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let (text, at) = self.written(key, kind, mistakes)?;
        let read = parse(&text);
        if let Err(reason) = &read {
            mistakes.add(&at, format!("`{} = {text}`: {reason}", self.path(key)));
        }
        read.ok()
    }

    /// A flag.
    pub(super) fn flag(&self, key: &str, mistakes: &mut Collector<'_>) -> Option<bool> {
        self.read(key, Kind::Flag, mistakes)
    }

    /// A list of texts, or a single one, that `parse` reads.
    pub(super) fn list<T>(
        &self,
        key: &str,
        mistakes: &mut Collector<'_>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        let Some(values) = self.value(key)?.get_ref().as_array() else {
            return self.read_with(key, Kind::Text, mistakes, parse).map(|one| vec![one]);
        };
        let mut read = Vec::new();
        for value in values {
            let wrong = || format!("must be {}, not {}", Kind::Text.is(), a(value.get_ref()));
            match Kind::Text.text(value.get_ref()).ok_or_else(wrong).and_then(|t| parse(&t)) {
                Ok(value) => read.push(value),
                Err(reason) => mistakes.add(&value.span(), format!("`{}`: {reason}", self.path(key))),
            }
        }
        Some(read)
    }

    /// One of a few words.
    pub(super) fn one_of<T: Copy>(&self, key: &str, words: &[(&str, T)], mistakes: &mut Collector<'_>) -> Option<T> {
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        self.read_with(key, Kind::Text, mistakes, |text| {
            words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| meant(text, &names))
        })
    }

    /// Pairs of a key and a column, in the order of the file.
    pub(super) fn pairs(&self, mistakes: &mut Collector<'_>) -> Vec<(String, String, Range<usize>)> {
        let written = |(key, at): (&str, Range<usize>), mistakes: &mut Collector<'_>| {
            let (text, _) = self.written(key, Kind::Text, mistakes)?;
            Some((key.to_owned(), text, at))
        };
        self.keys().into_iter().filter_map(|key| written(key, mistakes)).collect()
    }
}

/// What a value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    /// A number, or a word that stands for one.
    NumberOrText,
    Flag,
    Day,
}

impl Kind {
    fn is(self) -> &'static str {
        match self {
            Self::Text => "a text in quotes",
            Self::Number => "a number without quotes",
            Self::NumberOrText => "a number without quotes, or a word in them",
            Self::Flag => "true or false",
            Self::Day => "a day such as 2024-12-31",
        }
    }

    /// The value as it is written, if it is of this kind.
    fn text(self, value: &DeValue<'_>) -> Option<String> {
        match (self, value) {
            (Self::Text | Self::NumberOrText | Self::Day, DeValue::String(text)) => Some(text.to_string()),
            (Self::Number | Self::NumberOrText, DeValue::Integer(number)) => Some(number.as_str().to_owned()),
            (Self::Number | Self::NumberOrText, DeValue::Float(number)) => Some(number.as_str().to_owned()),
            (Self::Flag, DeValue::Boolean(flag)) => Some(flag.to_string()),
            (Self::Day, DeValue::Datetime(day)) => Some(day.to_string()),
            _ => None,
        }
    }
}

/// What a value is, with its article.
fn a(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a day",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
