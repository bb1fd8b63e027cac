//! Forecasts the series of a text file for a comparison with peers in the same run; `benches/peers/statsforecast_m3.py`
//! calls it.
//!
//! ```text
//! measure_forecast FILE METHOD LEVELS          every series by itself, on one thread
//! measure_forecast FILE METHOD LEVELS THREADS  all as a panel, intervals calibrated together; one horizon for all
//! ```
//!
//! FILE has one series a line: name, periods of a season, horizon, then the values, oldest first, all separated by blanks.
//! METHOD is a name of `Method`, LEVELS are separated by commas, e.g. `0.8,0.95`. Prints `id,ahead,mean` and `lower,upper` for
//! every level, and last a line `#,series,failed,wall,cpu` in seconds (of all threads for cpu; without reading and printing).

use std::error::Error;
use std::time::Instant;

use emptor_forecast::{Forecast, ForecastError, Method, Panel, Predict, Series};
use emptor_types::{Fit, Level};

/// A line of the file.
struct Line {
    name: String,
    season: usize,
    horizon: usize,
    values: Vec<f64>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, method, levels, threads @ ..] = arguments.as_slice() else {
        return Err("see the top of measure_forecast.rs for the arguments".into());
    };
    let lines = std::fs::read_to_string(file)?.lines().map(line).collect::<Result<Vec<Line>, _>>()?;
    let method: Method = method.parse()?;
    let levels =
        levels.split(',').map(|level| Ok(Level::new(level.parse()?)?)).collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    let pool = |threads: &String| -> Result<_, Box<dyn Error>> {
        Ok(rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?).build()?)
    };
    // It must live until the time of its threads is read.
    let pool = threads.first().map(pool).transpose()?;
    let (wall, cpu) = (Instant::now(), cpu_seconds()?);
    let forecasts = match &pool {
        None => lines.iter().map(|line| alone(line, method, &levels)).collect(),
        Some(pool) => pool.install(|| together(&lines, method, &levels))?,
    };
    let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu_seconds()? - cpu);
    for (line, forecast) in lines.iter().zip(&forecasts) {
        match forecast {
            Ok(forecast) => print(&line.name, forecast),
            Err(error) => eprintln!("{}: {error}", line.name),
        }
    }
    let failed = forecasts.iter().filter(|forecast| forecast.is_err()).count();
    println!("#,{},{failed},{wall:.6},{cpu:.6}", lines.len());
    Ok(())
}

fn line(text: &str) -> Result<Line, Box<dyn Error>> {
    let mut fields = text.split_whitespace();
    let mut next = || fields.next().ok_or("a line has a name, a season, a horizon and values");
    let (name, season, horizon) = (next()?.to_owned(), next()?.parse()?, next()?.parse()?);
    Ok(Line { name, season, horizon, values: fields.map(str::parse).collect::<Result<_, _>>()? })
}

fn alone(line: &Line, method: Method, levels: &[Level]) -> Result<Forecast, ForecastError> {
    method.fit(&Series::new(&line.values, line.season)?)?.predict(line.horizon, levels)
}

fn together(
    lines: &[Line],
    method: Method,
    levels: &[Level],
) -> Result<Vec<Result<Forecast, ForecastError>>, ForecastError> {
    let series: Vec<Series<'_>> =
        lines.iter().map(|line| Series::new(&line.values, line.season)).collect::<Result<_, _>>()?;
    let horizon = lines.iter().map(|line| line.horizon).max().unwrap_or(1);
    Panel { method, ..Panel::default() }.forecast(&series, horizon, levels)
}

fn print(name: &str, forecast: &Forecast) {
    for (ahead, mean) in forecast.mean.iter().enumerate() {
        let ends: String =
            forecast.bands.iter().map(|band| format!(",{:?},{:?}", band.lower[ahead], band.upper[ahead])).collect();
        println!("{name},{},{mean:?}{ends}", ahead + 1);
    }
}

/// Time on a processor of all threads of this process, in nanoseconds on Linux.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let mut sum = 0.0;
    for thread in std::fs::read_dir("/proc/self/task")? {
        let stat = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        sum += stat.split_whitespace().next().unwrap_or_default().parse::<f64>()?;
    }
    Ok(sum * 1e-9)
}
