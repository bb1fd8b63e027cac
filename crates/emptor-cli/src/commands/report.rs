//! The whole report: `report`.

use std::io::Read;
use std::path::Path;

use emptor::chart::{ChartError, Fonts, Size};
use emptor::profile::SevenPSettings;
use emptor::profile::product::Unit;
use emptor::report::{Gathered, Report, ReportError, ReportSettings, currency_of};
use sha2::{Digest, Sha256};

use crate::args::ReportArgs;
use crate::commands::profile::window;
use crate::commands::value::sample_capture;
use crate::config::Config;
use crate::input::Opened;
use crate::potential::Potentials;
use crate::words::many;
use crate::{CliError, output, progress, settings};

/// Pixels of a picture to one of the chart.
const SCALE: f32 = 2.0;

pub(crate) fn report(opened: &Opened, args: &ReportArgs, config: &Config) -> Result<(), CliError> {
    if let Some(folder) = &args.pictures {
        std::fs::create_dir_all(folder).map_err(|e| CliError::file(folder, e))?;
    }
    let mut value = args.value.clone();
    if args.sample {
        value.capture = Some(value.capture.map_or_else(sample_capture, Ok)?);
    }
    let potentials = Potentials::of(&value, config, &opened.tables)?;
    let gathered = Gathered::compute(
        potentials.input(&opened.tables),
        &settings::analysis(&args.value, config, opened.as_of)?,
        window(opened, args.from)?,
        SevenPSettings::new(Unit::Order),
        &progress::shown(opened.quiet),
    )?;
    let mut material = gathered.material();
    for (file, sum) in opened.files.iter().filter_map(|file| Some((file, sha256(file)?))) {
        material = material.with_provenance(format!("SHA-256 of {}", name_of(file)), sum);
    }
    let settings = ReportSettings {
        title: args.title.clone().unwrap_or_else(|| config.report.title.clone()),
        currency: match args.currency.as_ref().or(config.report.currency.as_ref()) {
            Some(given) => given.clone(),
            None => currency_of(&opened.tables)?,
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
