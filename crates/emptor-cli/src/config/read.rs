//! From text to a checked configuration.

use std::path::PathBuf;

use emptor::forecast::sales::SalesDimension;
use emptor::period::Grain;
use emptor::prelude::{Date, Level, PurchaseModelKind, Tables, Timing};
use emptor::types::Probability;
use toml::de::DeTable;

use crate::args::number_format;

use super::mistakes::{Collector, meant};
use super::section::Section;
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
        let mut mistakes = Collector::new(file, text);
        let (document, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            mistakes.add(&error.span().unwrap_or(0..0), error.message());
        }
        let root = Section::root(&document);
        root.only(&["as_of", "data", "tables", "value", "models", "grades", "forecast", "report"], &mut mistakes);
        let config = Self {
            as_of: root.read::<Date>("as_of", &mut mistakes),
            data: data(&root.section("data", &mut mistakes), &mut mistakes),
            tables: tables(&root.section("tables", &mut mistakes), &mut mistakes),
            value: value(&root.section("value", &mut mistakes), &mut mistakes),
            models: models(&root.section("models", &mut mistakes), &mut mistakes),
            grades: grades(&root.section("grades", &mut mistakes), &mut mistakes),
            forecast: forecast(&root.section("forecast", &mut mistakes), &mut mistakes),
            report: report(&root.section("report", &mut mistakes), &mut mistakes),
        };
        mistakes.finish()?;
        Ok(config)
    }
}

fn data(section: &Section<'_>, mistakes: &mut Collector<'_>) -> Option<TableConfig> {
    section.is_there().then(|| table("transactions", section, mistakes))
}

fn tables(section: &Section<'_>, mistakes: &mut Collector<'_>) -> Vec<(String, TableConfig)> {
    section.only(Tables::NAMES, mistakes);
    let known = section.keys().into_iter().map(|(key, _)| key).filter(|key| Tables::NAMES.contains(key));
    known.map(|name| (name.to_owned(), table(name, &section.section(name, mistakes), mistakes))).collect()
}

fn table(name: &str, section: &Section<'_>, mistakes: &mut Collector<'_>) -> TableConfig {
    section.only(&["file", "encoding", "sheet", "date_format", "numbers", "quarantine", "columns"], mistakes);
    let file = section.read::<PathBuf>("file", mistakes);
    if file.is_none() && section.is_there() {
        mistakes.add(section.at(), format!("the table of {name} needs its `file`"));
    }
    TableConfig {
        file: file.unwrap_or_default(),
        encoding: section.read("encoding", mistakes),
        sheet: section.read("sheet", mistakes),
        date_format: section.read("date_format", mistakes),
        numbers: section.read_with("numbers", mistakes, number_format),
        quarantine: section.read_with("quarantine", mistakes, yes_or_no).unwrap_or_default(),
        columns: columns(name, &section.section("columns", mistakes), mistakes),
    }
}

/// The roles of a table; those of order lines are guessed where none is given, other tables need theirs.
fn columns(name: &str, section: &Section<'_>, mistakes: &mut Collector<'_>) -> Vec<(String, String)> {
    let (needed, others) = emptor::table::roles_of(name).unwrap_or_default();
    let known: Vec<&str> = needed.iter().chain(others).copied().collect();
    let pairs = section.pairs(mistakes);
    for (role, _, at) in &pairs {
        if !known.contains(&role.as_str()) {
            mistakes.add(at, format!("{name} have no role `{role}`: {}", meant(role, &known)));
        }
    }
    let guessed = name == "transactions" && !section.is_there();
    for role in needed.iter().filter(|role| !guessed && !pairs.iter().any(|(given, _, _)| given == *role)) {
        mistakes.add(section.at(), format!("{name} need the role `{role}`: {role} = \"name of its column\""));
    }
    pairs.into_iter().map(|(role, column, _)| (role, column)).collect()
}

fn value(section: &Section<'_>, mistakes: &mut Collector<'_>) -> ValueConfig {
    section
        .only(&["rate", "horizon", "period", "timing", "margin", "level", "potential", "capture", "deals"], mistakes);
    let usual = ValueConfig::default();
    let margin = |text: &str| match text {
        "auto" => Ok(None),
        text => number(text, |margin| margin.is_finite(), "must be a number such as 0.35, or \"auto\"").map(Some),
    };
    ValueConfig {
        rate: section
            .read_with("rate", mistakes, |text| {
                number(text, |rate| rate > -1.0 && rate.is_finite(), "must be a yearly rate above −1, such as 0.12")
            })
            .unwrap_or(usual.rate),
        horizon: section.read("horizon", mistakes).unwrap_or(usual.horizon),
        period: section.read("period", mistakes).unwrap_or(usual.period),
        timing: section.one_of("timing", &TIMINGS, mistakes).unwrap_or(usual.timing),
        margin: section.read_with("margin", mistakes, margin).flatten(),
        level: section
            .read_with("level", mistakes, |text| {
                let level = number(text, f64::is_finite, "must be a share such as 0.95")?;
                Level::new(level).map_err(|e| e.to_string())
            })
            .unwrap_or(usual.level),
        potential: section.read::<PathBuf>("potential", mistakes).filter(|file| !file.as_os_str().is_empty()),
        capture: section
            .read_with("capture", mistakes, |text| {
                let share = number(text, f64::is_finite, "must be a share such as 0.25")?;
                Probability::new(share).map_err(|e| e.to_string())
            })
            .filter(|share| share.get() > 0.0),
        deals: section.read_with("deals", mistakes, yes_or_no).unwrap_or(usual.deals),
    }
}

fn models(section: &Section<'_>, mistakes: &mut Collector<'_>) -> ModelConfig {
    section.only(&["purchases", "unit", "penalty"], mistakes);
    let usual = ModelConfig::default();
    let kind = |text: &str| text.parse::<PurchaseModelKind>().map_err(|e| e.to_string());
    let kinds = section.list("purchases", mistakes, kind).filter(|kinds| !kinds.is_empty());
    let least = |text: &str| number(text, |p| p >= 0.0 && p.is_finite(), "must be at least 0");
    ModelConfig {
        purchases: kinds.unwrap_or(usual.purchases),
        unit: section.read("unit", mistakes).unwrap_or(usual.unit),
        penalty: section.read_with("penalty", mistakes, least).unwrap_or(usual.penalty),
    }
}

fn grades(section: &Section<'_>, mistakes: &mut Collector<'_>) -> GradeConfig {
    section.only(&["count", "starts", "seed"], mistakes);
    let usual = GradeConfig::default();
    GradeConfig {
        count: section.read_with("count", mistakes, |text| whole(text, 2..=26)).unwrap_or(usual.count),
        starts: section.read_with("starts", mistakes, |text| whole(text, 1..=10_000)).unwrap_or(usual.starts),
        seed: section.read("seed", mistakes).unwrap_or(usual.seed),
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
        periods: section.read_with("periods", mistakes, |text| whole(text, 1..=1000)).unwrap_or(usual.periods),
        by: section.list("by", mistakes, dimension).unwrap_or(usual.by),
    }
}

fn report(section: &Section<'_>, mistakes: &mut Collector<'_>) -> ReportConfig {
    section.only(&["title", "show_ids", "currency"], mistakes);
    let usual = ReportConfig::default();
    ReportConfig {
        title: section.read("title", mistakes).unwrap_or(usual.title),
        show_ids: section.read_with("show_ids", mistakes, yes_or_no).unwrap_or(usual.show_ids),
        currency: section.read("currency", mistakes).filter(|sign: &String| !sign.is_empty()),
    }
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "must be true or false".to_owned())
}

fn number(text: &str, holds: impl Fn(f64) -> bool, rule: &str) -> Result<f64, String> {
    text.parse().ok().filter(|number| holds(*number)).ok_or_else(|| rule.to_owned())
}

fn whole(text: &str, range: std::ops::RangeInclusive<usize>) -> Result<usize, String> {
    let rule = || format!("must be a whole number from {} to {}", range.start(), range.end());
    text.parse().ok().filter(|number| range.contains(number)).ok_or_else(rule)
}
