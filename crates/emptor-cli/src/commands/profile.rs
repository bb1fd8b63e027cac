//! The seven Ps: `profile`.

use emptor::analysis::{SevenPAnalysis, SevenPResults};
use emptor::period::Grain;
use emptor::polars::df;
use emptor::prelude::Date;
use emptor::profile::product::Unit;
use emptor::profile::{SevenPSettings, Window};

use crate::args::ProfileArgs;
use crate::config::Config;
use crate::input::Opened;
use crate::potential::Potentials;
use crate::reply::Reply;
use crate::words::many;
use crate::{CliError, progress, settings};

/// Findings of each P.
const FINDINGS: usize = 3;

pub(crate) fn profile(opened: &Opened, args: &ProfileArgs, config: &Config) -> Result<Reply, CliError> {
    let window = window(opened, args.from)?;
    let potentials = Potentials::of(&args.question.value, config, &opened.tables)?;
    let results = SevenPAnalysis::new(window, SevenPSettings::new(Unit::Order))
        .with_analysis(settings::analysis(&args.question.value, config, opened.as_of)?)?
        .run_with_progress(potentials.input(&opened.tables), &progress::shown(opened.quiet))?;
    match args.show.as_deref() {
        None => findings(&results)
            .map(|reply| reply.note(format!("The seven Ps from {} to {}.", window.from(), window.as_of()))),
        Some("list") => list(&results),
        Some(name) => table(&results, name),
    }
}

/// The days that are looked at.
pub(crate) fn window(opened: &Opened, from: Option<Date>) -> Result<Window, CliError> {
    let as_of = opened.as_of;
    match from {
        None => Ok(Window::usual(opened.first, as_of, Grain::Month)?),
        Some(from) if from <= as_of => Ok(Window::new(from, as_of, Grain::Month)?),
        Some(from) => Err(CliError::Usage(format!("--from {from} lies after the last day of observation, {as_of}"))),
    }
}

fn findings(results: &SevenPResults) -> Result<Reply, CliError> {
    let rows: Vec<_> = results
        .seven_p
        .sections
        .iter()
        .flat_map(|section| section.top_findings(FINDINGS).into_iter().map(|finding| (section.p, finding)))
        .collect();
    let frame = df!(
        "p" => rows.iter().map(|(p, _)| p.name()).collect::<Vec<_>>(),
        "finding" => rows.iter().map(|(_, finding)| finding.headline.as_str()).collect::<Vec<_>>(),
        "but" => rows.iter().map(|(_, finding)| finding.caveat.as_deref()).collect::<Vec<_>>(),
        "table" => rows.iter().map(|(_, finding)| finding.table).collect::<Vec<_>>(),
    )?;
    let gaps = results.gaps.len() + results.seven_p.gaps().len();
    let note = "`--show TABLE` writes the table behind a finding, `--show list` names all tables.";
    let missing =
        format!("{} for want of data: more tables (--table, emptor.toml) fill them.", many(gaps, "analysis gap"));
    Ok(Reply::new("findings", frame).notes((gaps > 0).then_some(missing)).note(note))
}

fn list(results: &SevenPResults) -> Result<Reply, CliError> {
    let rows: Vec<_> = results
        .seven_p
        .sections
        .iter()
        .flat_map(|section| section.tables.iter().map(|table| (section.p.name(), table)))
        .collect();
    let frame = df!(
        "p" => rows.iter().map(|(p, _)| *p).collect::<Vec<_>>(),
        "table" => rows.iter().map(|(_, table)| table.name).collect::<Vec<_>>(),
        "rows" => rows.iter().map(|(_, table)| table.frame.height() as u64).collect::<Vec<_>>(),
        "about" => rows.iter().map(|(_, table)| table.about).collect::<Vec<_>>(),
    )?;
    Ok(Reply::new("tables", frame))
}

fn table(results: &SevenPResults, name: &str) -> Result<Reply, CliError> {
    let found = results.seven_p.table(name).ok_or_else(|| {
        let names: Vec<&str> = results.seven_p.sections.iter().flat_map(|s| s.tables.iter().map(|t| t.name)).collect();
        CliError::Usage(format!("--show {name}: no such table in this run; there are {}", names.join(", ")))
    })?;
    let covered = found.coverage.and_then(|coverage| coverage.share());
    let covered = covered.map(|share| format!("It covers {} of its base.", crate::words::percent(share)));
    Ok(Reply::new(found.name, found.frame.clone())
        .columns(found.columns.iter().copied())
        .note(found.about)
        .notes(covered)
        .notes(found.flags.iter().map(|flag| format!("Note: {flag}"))))
}
