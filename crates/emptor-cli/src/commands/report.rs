//! The whole report: `report`.

use std::io::Read;
use std::path::Path;

use emptor::analysis::{AnalysisInput, AnalysisResults, ScorerError, SevenPAnalysis};
use emptor::chart::{ChartError, Fonts, Size};
use emptor::period::Grain;
use emptor::polars::prelude::{DataFrame, DataType, col};
use emptor::prelude::{Date, Tables};
use emptor::profile::product::Unit;
use emptor::profile::{SevenPSettings, Window};
use emptor::report::{Material, Report, ReportError, ReportSettings};
use sha2::{Digest, Sha256};

use crate::args::ReportArgs;
use crate::commands::profile::usual_start;
use crate::commands::value::SAMPLE_CAPTURE;
use crate::config::Config;
use crate::input::Opened;
use crate::potential::Potentials;
use crate::words::many;
use crate::{CliError, output, progress, settings};

/// Pixels of a picture to one of the chart.
const SCALE: f32 = 2.0;

pub(crate) fn report(opened: &Opened, args: &ReportArgs, config: &Config) -> Result<(), CliError> {
    let from = args.from.map_or_else(|| usual_start(opened), Ok)?;
    let window = Window::new(from, opened.as_of, Grain::Month)?;
    let mut value = args.value.clone();
    if args.sample {
        value.capture = value.capture.or(Some(SAMPLE_CAPTURE));
    }
    let potentials = Potentials::of(&value, config, &opened.tables)?;
    let results = SevenPAnalysis::new(window, SevenPSettings::new(Unit::Order))
        .with_analysis(settings::analysis(&args.value, config, opened.as_of)?)?
        .run_with_progress(potentials.input(&opened.tables), &progress::shown(opened.quiet))?;
    // A base that had no customers by then has no earlier grades; the report is without them.
    let earlier = results.analysis.as_ref().and_then(|today| earlier_grades(opened, today, from).ok());
    let mut material = Material::from(&results)
        .with_quality(opened.tables.quality())
        .with_provenance("Window", format!("{from} to {}", opened.as_of));
    // The last quarter of the time is what the purchase model is tried with.
    let days = opened.as_of.days_since_epoch() - opened.first.days_since_epoch();
    let split = opened.first.plus_days(days - days / 4);
    if let Ok(check) = settings::analysis(&args.value, config, opened.as_of)?.holdout(&opened.tables, split) {
        material = material.with_holdout(check);
    }
    for (file, sum) in opened.files.iter().filter_map(|file| Some((file, sha256(file)?))) {
        material = material.with_provenance(format!("SHA-256 of {}", name_of(file)), sum);
    }
    if let Some(earlier) = &earlier {
        material = material.with_earlier_grades(from, earlier);
    }
    let settings = ReportSettings {
        title: args.title.clone().unwrap_or_else(|| config.report.title.clone()),
        currency: match args.currency.as_ref().or(config.report.currency.as_ref()) {
            Some(given) => given.clone(),
            None => currency(&opened.tables)?,
        },
        show_ids: args.show_ids || config.report.show_ids,
        ..ReportSettings::default()
    };
    let report = Report::of(material, &settings)?;
    let html = report.html()?;
    output::text(&args.out, &html)?;
    let drawn = args.pictures.as_deref().map(|folder| pictures(&report, folder)).transpose()?;
    if !opened.quiet {
        eprintln!("{}: {} kB, opens in any browser, needs no network", args.out.display(), html.len() / 1024);
        if let (Some(drawn), Some(folder)) = (drawn, &args.pictures) {
            eprintln!("{}: {} as SVG and PNG", folder.display(), many(drawn, "chart"));
        }
    }
    Ok(())
}

/// The sign of the currency that order lines name, or its code; empty where they name none. There are not two: the door has
/// seen to that.
fn currency(tables: &Tables) -> Result<String, CliError> {
    let transactions = tables.transactions();
    if !transactions.has("currency") {
        return Ok(String::new());
    }
    let known =
        transactions.lines().select([col("currency")]).filter(col("currency").is_not_null()).limit(1).collect()?;
    let code = known.column("currency")?.cast(&DataType::String)?.str()?.first().unwrap_or_default().to_owned();
    Ok(match code.as_str() {
        "EUR" => "€".to_owned(),
        "USD" => "$".to_owned(),
        "GBP" => "£".to_owned(),
        "CNY" | "JPY" => "¥".to_owned(),
        _ if code.is_empty() => code,
        _ => code + " ",
    })
}

/// Grades of the beginning of the window by the grader of today.
fn earlier_grades(opened: &Opened, today: &AnalysisResults, day: Date) -> Result<DataFrame, ScorerError> {
    let scorer = today.scorer()?;
    let customers = scorer.inputs(AnalysisInput::new(&opened.tables), day)?;
    scorer.score_frame(&customers, "customer_id", scorer.unit())
}

/// The SHA-256 of a file; `None` where it cannot be read a second time, as standard input.
fn sha256(file: &Path) -> Option<String> {
    let mut file = std::fs::File::open(file).ok()?;
    let (mut hash, mut piece) = (Sha256::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut piece).ok()? {
            0 => break,
            read => hash.update(&piece[..read]),
        }
    }
    Some(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Writes each chart as SVG and PNG.
fn pictures(report: &Report, folder: &Path) -> Result<usize, CliError> {
    std::fs::create_dir_all(folder).map_err(|e| CliError::file(folder, e))?;
    let drawing = |name: &str, error: ChartError| ReportError::Chart { name: name.to_owned(), error };
    let fonts = Fonts::of_system().map_err(|error| drawing("fonts", error))?;
    let mut drawn = 0;
    for (name, chart) in report.pictures() {
        let write = |ending: &str, bytes: &[u8]| {
            let path = folder.join(format!("{name}.{ending}"));
            std::fs::write(&path, bytes).map_err(|e| CliError::file(&path, e))
        };
        write("svg", chart.file(Size::Wide).map_err(|error| drawing(name, error))?.as_bytes())?;
        write("png", &chart.png(Size::Wide, SCALE, &fonts).map_err(|error| drawing(name, error))?)?;
        drawn += 1;
    }
    Ok(drawn)
}

/// The name of a file without its folders: pages are sent around.
fn name_of(file: &Path) -> String {
    file.file_name().map_or_else(|| file.display().to_string(), |name| name.to_string_lossy().into_owned())
}
