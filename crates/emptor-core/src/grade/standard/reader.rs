//! Reading TOML with every mistake told at once: by key, by line and with what would be right.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use emptor_types::{Date, Violation};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One mistake in a standard's TOML text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StandardMistake {
    /// The key, e.g. `indicators.spend.group`; empty where the text is no TOML.
    pub key: String,
    /// The line, from 1; `None` for a key that is not in the text.
    pub line: Option<usize>,
    /// What must hold, and what was found.
    pub message: String,
}

impl fmt::Display for StandardMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        write!(f, "{} {}", self.key, self.message)
    }
}

/// Collects mistakes, and remembers where each key stands.
pub(super) struct Reader<'t> {
    pub(super) text: &'t str,
    pub(super) mistakes: Vec<StandardMistake>,
    pub(super) lines: BTreeMap<String, usize>,
}

/// A table and the key it stands under.
pub(super) struct Section<'d, 'i> {
    pub(super) table: &'d DeTable<'i>,
    pub(super) key: String,
}

impl<'d, 'i> Section<'d, 'i> {
    pub(super) fn key_of(&self, name: &str) -> String {
        if self.key.is_empty() { name.to_owned() } else { format!("{}.{name}", self.key) }
    }
}

impl Reader<'_> {
    pub(super) fn known(&mut self, section: &Section<'_, '_>, keys: &[&str]) {
        for (key, _) in section.table {
            if !keys.contains(&key.get_ref().as_ref()) {
                let line = Some(self.line_of(&key.span()));
                let message = format!("is not a key; the keys are {}", keys.join(", "));
                self.mistakes.push(StandardMistake { key: section.key_of(key.get_ref()), line, message });
            }
        }
    }

    pub(super) fn required(&mut self, section: &Section<'_, '_>, keys: &[&str]) {
        for key in keys.iter().filter(|&&key| !section.table.contains_key(key)) {
            let line = self.lines.get(&section.key).copied();
            let message = "must be given".to_owned();
            self.mistakes.push(StandardMistake { key: section.key_of(key), line, message });
        }
    }

    /// Reads a value if it is there; what cannot be read is a mistake.
    pub(super) fn read<T>(
        &mut self,
        section: &Section<'_, '_>,
        name: &str,
        rule: &str,
        value: impl Fn(&DeValue<'_>) -> Option<T>,
    ) -> Option<T> {
        let found = section.table.get(name)?;
        let key = section.key_of(name);
        self.lines.insert(key.clone(), self.line_of(&found.span()));
        let read = value(found.get_ref());
        if read.is_none() {
            self.wrong(&key, &found.span(), rule, found.get_ref());
        }
        read
    }

    pub(super) fn string(&mut self, section: &Section<'_, '_>, name: &str) -> Option<String> {
        self.read(section, name, "must be text", |value| value.as_str().map(str::to_owned))
    }

    pub(super) fn number(&mut self, section: &Section<'_, '_>, name: &str) -> Option<f64> {
        self.read(section, name, "must be a number", number)
    }

    pub(super) fn choice<T: Copy>(
        &mut self,
        section: &Section<'_, '_>,
        name: &str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let rule = format!("must be one of {}", names(choices));
        self.read(section, name, &rule, |value| chosen(value, choices))
    }

    pub(super) fn section<'d, 'i>(&mut self, of: &Section<'d, 'i>, name: &str) -> Option<Section<'d, 'i>> {
        self.read(of, name, "must be a table", |value| value.as_table().map(|_| ()))?;
        let table = of.table.get(name)?.get_ref().as_table()?;
        Some(Section { table, key: of.key_of(name) })
    }

    pub(super) fn array<'d, 'i>(&mut self, of: &Section<'d, 'i>, name: &str) -> &'d [Spanned<DeValue<'i>>] {
        let found = self.read(of, name, "must be a list of tables", |value| value.as_array().map(|_| ()));
        let array = found.and_then(|()| of.table.get(name)?.get_ref().as_array());
        array.map_or(&[], |array| array)
    }

    pub(super) fn wrong(&mut self, key: &str, span: &Range<usize>, rule: &str, got: &DeValue<'_>) {
        let got = got.as_str().map_or_else(|| self.text[span.clone()].to_owned(), |text| format!("`{text}`"));
        let (key, line) = (key.to_owned(), Some(self.line_of(span)));
        self.mistakes.push(StandardMistake { key, line, message: format!("{rule} (got {got})") });
    }

    /// A broken rule of the settings, with the line of its key or of the table it is in.
    pub(super) fn violation(&mut self, under: &str, violation: &Violation) {
        let key = if under.is_empty() { violation.field.clone() } else { format!("{under}.{}", violation.field) };
        let places = key.match_indices('.').map(|(end, _)| &key[..end]);
        let line = std::iter::once(key.as_str()).chain(places.rev()).find_map(|k| self.lines.get(k)).copied();
        let text = violation.to_string();
        let message = text.strip_prefix(&violation.field).unwrap_or(&text).trim_start().to_owned();
        self.mistakes.push(StandardMistake { key, line, message });
    }

    pub(super) fn line_of(&self, span: &Range<usize>) -> usize {
        1 + self.text.bytes().take(span.start).filter(|&byte| byte == b'\n').count()
    }
}

pub(super) fn names<T>(choices: &[(&str, T)]) -> String {
    choices.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

pub(super) fn chosen<T: Copy>(value: &DeValue<'_>, choices: &[(&str, T)]) -> Option<T> {
    let name = value.as_str()?;
    choices.iter().find(|(choice, _)| *choice == name).map(|&(_, value)| value)
}

pub(super) fn integer<T: TryFrom<i64>>(value: &DeValue<'_>) -> Option<T> {
    let integer = value.as_integer()?;
    i64::from_str_radix(integer.as_str(), integer.radix()).ok().and_then(|whole| T::try_from(whole).ok())
}

pub(super) fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Float(float) => float.as_str().parse().ok(),
        DeValue::Integer(_) => integer::<i64>(value).map(|whole| whole as f64),
        _ => None,
    }
}

/// Numbers, and fractions written as text.
pub(super) fn numbers(value: &DeValue<'_>) -> Option<Vec<f64>> {
    let fraction = |text: &str| {
        let (over, under) = text.split_once('/')?;
        Some(over.trim().parse::<f64>().ok()? / under.trim().parse::<f64>().ok()?)
    };
    value
        .as_array()?
        .iter()
        .map(|item| item.get_ref().as_str().map_or_else(|| number(item.get_ref()), fraction))
        .collect()
}

pub(super) fn date(value: &DeValue<'_>) -> Option<Date> {
    match value {
        DeValue::String(text) => text.parse().ok(),
        DeValue::Datetime(day) if day.time.is_none() => day.to_string().parse().ok(),
        _ => None,
    }
}
