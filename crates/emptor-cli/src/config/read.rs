//! From text to a checked configuration.

use std::path::PathBuf;

use emptor::forecast::sales::SalesDimension;
use emptor::period::Grain;
use emptor::prelude::{Date, PurchaseModelKind, Tables, Timing};
use toml::de::DeTable;

use crate::rules;

use super::mistakes::{Collector, meant};
use super::near::Near;
use super::section::{Kind, Section};
use super::{Config, ForecastConfig, GradeConfig, Mistakes, ModelConfig, ReportConfig, TableConfig, ValueConfig};

const GRAINS: [(&str, Grain); 5] = [
    ("day", Grain::Day),
    ("week", Grain::Week),
    ("month", Grain::Month),
    ("quarter", Grain::Quarter),
    ("year", Grain::Year),
];
const TIMINGS: [(&str, Timing); 3] = [("start", Timing::Start), ("middle", Timing::Middle), ("end", Timing::End)];

impl Config {
    /// Reads a configuration; `file` is its name in messages. Paths of tables are left as they are written.
    ///
    /// # Errors
    /// Every mistake in it with its line: what cannot be read as TOML, keys that are not known, values that break their rule,
    /// roles that a table lacks.
    pub fn parse(file: &str, text: &str) -> Result<Self, Mistakes> {
        Self::parse_near(file, text, None)
    }

    /// As [`parse`](Self::parse), with the files it names, their sheets and columns looked for as well.
    pub(crate) fn parse_near(file: &str, text: &str, near: Option<&Near<'_>>) -> Result<Self, Mistakes> {
        let mut mistakes = Collector::new(file, text);
        let (document, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            mistakes.add_broken(error);
        }
        let root = Section::root(&document);
        root.only(&["as_of", "data", "tables", "value", "models", "grades", "forecast", "report"], &mut mistakes);
        let around = root.section("tables", &mut mistakes);
        let config = Self {
            as_of: root.read::<Date>("as_of", Kind::Day, &mut mistakes),
            data: data(&root.section("data", &mut mistakes), near, &mut mistakes),
            tables: tables(&around, near, &mut mistakes),
            value: value(&root.section("value", &mut mistakes), &around, near, &mut mistakes),
            models: models(&root.section("models", &mut mistakes), &mut mistakes),
            grades: grades(&root.section("grades", &mut mistakes), &mut mistakes),
            forecast: forecast(&root.section("forecast", &mut mistakes), &mut mistakes),
            report: report(&root.section("report", &mut mistakes), &mut mistakes),
        };
        mistakes.finish()?;
        Ok(config)
    }
}

fn data(section: &Section<'_>, near: Option<&Near<'_>>, mistakes: &mut Collector<'_>) -> Option<TableConfig> {
    section.is_there().then(|| {
        let table = table("transactions", section, mistakes);
        if let Some(near) = near.filter(|near| near.reads_data) {
            near.look(section, &table, mistakes);
        }
        table
    })
}

fn tables(section: &Section<'_>, near: Option<&Near<'_>>, mistakes: &mut Collector<'_>) -> Vec<(String, TableConfig)> {
    section.only(Tables::NAMES, mistakes);
    let known = section.keys().into_iter().map(|(key, _)| key).filter(|key| Tables::NAMES.contains(key));
    let mut read = |name: &str| {
        let own = section.section(name, mistakes);
        let table = table(name, &own, mistakes);
        if let Some(near) = near.filter(|near| !near.given.contains(&name)) {
            near.look(&own, &table, mistakes);
        }
        (name.to_owned(), table)
    };
    known.map(&mut read).collect()
}

fn table(name: &str, section: &Section<'_>, mistakes: &mut Collector<'_>) -> TableConfig {
    section.only(&["file", "encoding", "sheet", "date_format", "numbers", "quarantine", "columns"], mistakes);
    let file = section.read::<PathBuf>("file", Kind::Text, mistakes);
    if section.is_there() && section.place("file").is_none() {
        mistakes.add(section.at(), format!("the table of {name} needs its `file`"));
    }
    TableConfig {
        file: file.unwrap_or_default(),
        encoding: section.read_with("encoding", Kind::Text, mistakes, rules::encoding),
        sheet: section.read("sheet", Kind::Text, mistakes),
        date_format: section.read_with("date_format", Kind::Text, mistakes, rules::date_format),
        numbers: section.read_with("numbers", Kind::Text, mistakes, rules::number_format),
        quarantine: section.flag("quarantine", mistakes).unwrap_or_default(),
        columns: columns(name, &section.section("columns", mistakes), mistakes),
    }
}

/// The roles of a table; they are guessed where none is given.
fn columns(name: &str, section: &Section<'_>, mistakes: &mut Collector<'_>) -> Vec<(String, String)> {
    let (needed, others) = emptor::table::roles_of(name).unwrap_or_default();
    let known: Vec<&str> = needed.iter().chain(others).copied().collect();
    let pairs = section.pairs(mistakes);
    for (role, _, at) in &pairs {
        if !known.contains(&role.as_str()) {
            mistakes.add(at, format!("{name} have no role `{role}`: {}", meant(role, &known)));
        }
    }
    let guessed = !section.is_there();
    for role in needed.iter().filter(|role| !guessed && !pairs.iter().any(|(given, _, _)| given == *role)) {
        mistakes.add(section.at(), format!("{name} need the role `{role}`: {role} = \"name of its column\""));
    }
    pairs.into_iter().map(|(role, column, _)| (role, column)).collect()
}

fn value(
    section: &Section<'_>,
    tables: &Section<'_>,
    near: Option<&Near<'_>>,
    mistakes: &mut Collector<'_>,
) -> ValueConfig {
    section
        .only(&["rate", "horizon", "period", "timing", "margin", "level", "potential", "capture", "deals"], mistakes);
    let usual = ValueConfig::default();
    let margin = |text: &str| match text {
        "auto" => Ok(None),
        text => rules::margin(text).map(Some).map_err(|rule| rule + ", or \"auto\""),
    };
    let capture = section.read_with("capture", Kind::Number, mistakes, rules::share).filter(|share| share.get() > 0.0);
    let deals = section.flag("deals", mistakes).unwrap_or(usual.deals);
    for (key, is_asked, table) in [("capture", capture.is_some(), "wallets"), ("deals", deals, "opportunities")] {
        let is_there = tables.place(table).is_some() || near.is_some_and(|near| near.given.contains(&table));
        if let Some(at) = section.place(key).filter(|_| is_asked && !is_there) {
            mistakes.add(&at, format!("`value.{key}` needs the table {table}: [tables.{table}] with its file"));
        }
    }
    let potential =
        section.read::<PathBuf>("potential", Kind::Text, mistakes).filter(|file| !file.as_os_str().is_empty());
    if let (Some(file), Some(near), Some(at)) =
        (&potential, near.filter(|near| near.reads_potential), section.place("potential"))
    {
        near.is_there(&near.folder.join(file), &at, mistakes);
    }
    ValueConfig {
        rate: section.read_with("rate", Kind::Number, mistakes, rules::rate).unwrap_or(usual.rate),
        horizon: section.read("horizon", Kind::Text, mistakes).unwrap_or(usual.horizon),
        period: section.read("period", Kind::Text, mistakes).unwrap_or(usual.period),
        timing: section.one_of("timing", &TIMINGS, mistakes).unwrap_or(usual.timing),
        margin: section.read_with("margin", Kind::NumberOrText, mistakes, margin).flatten(),
        level: section.read_with("level", Kind::Number, mistakes, rules::level).unwrap_or(usual.level),
        potential,
        capture,
        deals,
    }
}

fn models(section: &Section<'_>, mistakes: &mut Collector<'_>) -> ModelConfig {
    section.only(&["purchases", "unit", "penalty"], mistakes);
    let usual = ModelConfig::default();
    let kind = |text: &str| text.parse::<PurchaseModelKind>().map_err(|e| e.to_string());
    let kinds = section.list("purchases", mistakes, kind).filter(|kinds| !kinds.is_empty());
    let least = |text: &str| rules::number(text, |p| p >= 0.0 && p.is_finite(), "must be at least 0");
    ModelConfig {
        purchases: kinds.unwrap_or(usual.purchases),
        unit: section.read("unit", Kind::Text, mistakes).unwrap_or(usual.unit),
        penalty: section.read_with("penalty", Kind::Number, mistakes, least).unwrap_or(usual.penalty),
    }
}

fn grades(section: &Section<'_>, mistakes: &mut Collector<'_>) -> GradeConfig {
    section.only(&["count", "starts", "seed"], mistakes);
    let usual = GradeConfig::default();
    let seed = |text: &str| text.parse().map_err(|_| "must be a whole number of at least 0".to_owned());
    GradeConfig {
        count: section.read_with("count", Kind::Number, mistakes, rules::grades).unwrap_or(usual.count),
        starts: section
            .read_with("starts", Kind::Number, mistakes, |text| rules::whole(text, 1..=10_000))
            .unwrap_or(usual.starts),
        seed: section.read_with("seed", Kind::Number, mistakes, seed).unwrap_or(usual.seed),
    }
}

fn forecast(section: &Section<'_>, mistakes: &mut Collector<'_>) -> ForecastConfig {
    section.only(&["grain", "periods", "by"], mistakes);
    let usual = ForecastConfig::default();
    let names: Vec<&str> = SalesDimension::ALL.into_iter().map(SalesDimension::name).collect();
    let dimension = |text: &str| {
        SalesDimension::ALL.into_iter().find(|dimension| dimension.name() == text).ok_or_else(|| meant(text, &names))
    };
    ForecastConfig {
        grain: section.one_of("grain", &GRAINS, mistakes).unwrap_or(usual.grain),
        periods: section.read_with("periods", Kind::Number, mistakes, rules::periods).unwrap_or(usual.periods),
        by: section.list("by", mistakes, dimension).unwrap_or(usual.by),
    }
}

fn report(section: &Section<'_>, mistakes: &mut Collector<'_>) -> ReportConfig {
    section.only(&["title", "show_ids", "currency"], mistakes);
    let usual = ReportConfig::default();
    ReportConfig {
        title: section.read("title", Kind::Text, mistakes).unwrap_or(usual.title),
        show_ids: section.flag("show_ids", mistakes).unwrap_or(usual.show_ids),
        currency: section.read("currency", Kind::Text, mistakes).filter(|sign: &String| !sign.is_empty()),
    }
}
