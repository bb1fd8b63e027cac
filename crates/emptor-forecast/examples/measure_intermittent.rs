//! Forecasts intermittent demand read from a file, for `benches/peers/statsforecast_carparts.py`.
//!
//! Arguments: a text file with one series per line, values separated by commas; a method (`croston`, `croston_optimised`,
//! `sba`, `tsb`, `adida` or `ses`); passes over all series. Prints the CPU seconds of one pass, then the rate of each
//! series.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;

use emptor_forecast::intermittent::{IntermittentDemand, IntermittentMethod, Smoothing};
use emptor_forecast::{ForecastError, Series};
use emptor_types::Fit;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, method, passes] = arguments.as_slice() else {
        return Err("FILE METHOD PASSES".into());
    };
    let model = match method.as_str() {
        "croston" => IntermittentDemand::croston(),
        "croston_optimised" => IntermittentDemand::new(IntermittentMethod::Croston, Smoothing::Optimised)?,
        "sba" => IntermittentDemand::sba(),
        "tsb" => IntermittentDemand::tsb(),
        "adida" => IntermittentDemand::adida(),
        "ses" => IntermittentDemand::ses(),
        other => return Err(format!("no such method: {other}").into()),
    };
    let text = fs::read_to_string(path)?;
    let panel = text
        .lines()
        .map(|line| line.split(',').map(str::parse).collect::<Result<Vec<f64>, _>>())
        .collect::<Result<Vec<_>, _>>()?;
    let pass = || -> Result<Vec<f64>, ForecastError> {
        panel.iter().map(|values| Ok(model.fit(&Series::new(values, 12)?)?.rate())).collect()
    };
    let mut rates = pass()?;
    let passes: u32 = passes.parse()?;
    let before = cpu_seconds()?;
    for _ in 0..passes {
        rates = pass()?;
    }
    let mut out = format!("{}\n", (cpu_seconds()? - before) / f64::from(passes.max(1)));
    for rate in rates {
        writeln!(out, "{rate:?}")?;
    }
    print!("{out}");
    Ok(())
}

/// CPU time of this process with all its threads: the first number of `schedstat` of each, in nanoseconds.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let mut nanoseconds = 0.0;
    for task in fs::read_dir("/proc/self/task")? {
        let text = fs::read_to_string(task?.path().join("schedstat"))?;
        nanoseconds += text.split(' ').next().unwrap_or("").parse::<f64>()?;
    }
    Ok(nanoseconds * 1e-9)
}
