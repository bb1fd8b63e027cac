//! Times one task of emptor for a comparison with a peer in the same run; `benches/peers/lifetimes_peer.py` calls it.
//!
//! ```text
//! measure log LINES FILE                writes a simulated log as Parquet (customer_id, date, amount)
//! measure base MODEL N KIND FILE        writes the base of a model as Parquet (frequency, recency, T)
//! measure spend N FILE                  writes a base with amounts as Parquet (frequency, monetary_value)
//! measure history FILE AS_OF            PurchaseHistory from the file, checks at the door included
//! measure history-file FILE AS_OF       the same on a file that has passed the door
//! measure history-memory FILE AS_OF     the same on a data frame that has passed the door
//! measure handwritten-file FILE AS_OF   the polars query an analyst would write, on the file
//! measure handwritten-memory FILE AS_OF the same on a data frame
//! measure fit MODEL N [KIND]            a fit of bgnbd, mbgnbd, mbgcnbd-2, pareto, ggom or gamma-gamma on its base
//! measure score MODEL QUANTITY N        p_alive, expected_purchases (39 weeks), no_purchase (39 weeks) or dert (15 %)
//! measure loglik MODEL N [KIND]         a log-likelihood with its gradient, equal rows counted first
//! measure big [N]                       BG/NBD for 10,000,000 customers, seconds and memory of each stage
//! measure scorer [N]                    a saved analysis of the sample scores N customers, 10,000,000 if not said
//! measure panel N FOLDER                writes a panel of N customers × 36 months, a million to a Parquet file
//! measure npv FOLDER HOW                values the panel by `emptor` or `handwritten` expression, streaming
//! measure npv-models [N]                values a simulated base of N by models, 36 months, part by part
//! measure seven-p-shop LINES FOLDER     writes the lines and products of a simulated shop as Parquet
//! measure seven-p FOLDER P              one P of that shop, its last year: profiling, …, promotion, lifecycle; or profit
//! ```
//!
//! KIND is `cdnow-like` (where nothing else is said), `mixed` or `distinct`. Prints `wall,cpu,size` in seconds per run, the
//! median of several runs; `big`, `scorer` and `npv` print `stage,wall,cpu,memory in GB,peak in GB`. CPU seconds are those of all threads:
//! `RAYON_NUM_THREADS=1` keeps to one.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::time::Instant;

use emptor::polars::prelude::{ChunkAgg, DataFrame, Engine, IntoLazy, LazyFrame, ParquetWriter, ScanArgsParquet, col};
use emptor::prelude::*;
use emptor::profile::P;
use emptor::value::expected_profit;
use emptor_benches::bases::{self, Base, Kind};
use emptor_benches::{data, handwritten, seven_p};

const RUNS: usize = 5;
/// Periods of the panels.
const MONTHS: usize = 36;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["log", lines, file] => {
            let frame = data::log(lines.parse().unwrap());
            std::fs::rename(data::parquet("emptor-measure.parquet", frame), file).unwrap();
        }
        ["base", model, customers, kind, file] => {
            let base = base(model, customers, kind);
            let frame = emptor::polars::df!("frequency" => &base.frequency, "recency" => &base.recency, "T" => &base.t);
            std::fs::rename(data::parquet("emptor-measure.parquet", frame.unwrap()), file).unwrap();
        }
        ["spend", customers, file] => {
            let base = data::summaries(customers.parse().unwrap());
            let frame =
                emptor::polars::df!("frequency" => &base.frequency, "monetary_value" => &base.monetary_value).unwrap();
            std::fs::rename(data::parquet("emptor-measure.parquet", frame), file).unwrap();
        }
        ["history", file, as_of] => {
            time(|| history(&data::open(Source::parquet(file)), as_of));
        }
        ["history-file", file, as_of] => {
            let transactions = data::open(Source::parquet(file));
            time(|| history(&transactions, as_of));
        }
        ["history-memory", file, as_of] => {
            let transactions = data::open(frame(file));
            time(|| history(&transactions, as_of));
        }
        ["handwritten-file", file, as_of] => {
            time(|| handwritten::purchase_history(lazy(file), as_of.parse().unwrap()).height());
        }
        ["handwritten-memory", file, as_of] => {
            let lines = frame(file).lazy();
            time(|| handwritten::purchase_history(lines.clone(), as_of.parse().unwrap()).height());
        }
        ["seven-p-shop", lines, folder] => {
            let (lines, products) = seven_p::shop(lines.parse().unwrap());
            for (name, frame) in [("lines", lines), ("products", products)] {
                let file = std::path::Path::new(folder).join(name).with_extension("parquet");
                ParquetWriter::new(std::fs::File::create(file).unwrap()).finish(&mut { frame }).unwrap();
            }
        }
        ["seven-p", folder, p] => seven_ps(std::path::Path::new(folder), p),
        ["fit", "gamma-gamma", customers] => {
            let base = data::summaries(customers.parse().unwrap());
            let view = base.view().unwrap();
            let fit = || GammaGamma::builder().build().unwrap().fit(&view).unwrap();
            eprintln!("{:?}", fit().parameters());
            time(|| fit().report().distinct);
        }
        ["fit", model, customers, kind @ ..] => {
            let base = base(model, customers, kind.first().unwrap_or(&"cdnow-like"));
            let view = base.view();
            eprintln!("{:?}", bases::fit(model, &view).named_parameters());
            time(|| bases::fit(model, &view).report().distinct);
        }
        ["score", model, quantity, customers] => {
            let base = base(model, customers, "cdnow-like");
            let (view, fitted) = (base.view(), bases::model(model));
            time(|| score(fitted.as_ref(), quantity, &view).len());
        }
        ["loglik", model, customers, kind @ ..] => {
            let base = base(model, customers, kind.first().unwrap_or(&"cdnow-like"));
            let (view, fitted) = (base.view(), bases::model(model));
            let distinct = bases::fit("bgnbd", &view).report().distinct;
            time(|| {
                assert!(fitted.log_likelihood(&view).unwrap() < 0.0);
                distinct
            });
        }
        ["big", customers @ ..] => big(customers.first().unwrap_or(&"10000000").parse().unwrap()),
        ["scorer", customers @ ..] => scorer(customers.first().unwrap_or(&"10000000").parse().unwrap()),
        ["panel", customers, folder] => {
            const FILE: usize = 1_000_000;
            let customers: usize = customers.parse().unwrap();
            std::fs::create_dir_all(folder).unwrap();
            for first in (0..customers).step_by(FILE) {
                let mut frame = data::panel(first, FILE.min(customers - first), MONTHS);
                let file = std::fs::File::create(format!("{folder}/{first:09}.parquet")).unwrap();
                ParquetWriter::new(file).finish(&mut frame).unwrap();
            }
        }
        ["npv", folder, how] => npv(folder, how),
        ["npv-models", customers @ ..] => npv_models(customers.first().unwrap_or(&"10000000").parse().unwrap()),
        _ => {
            eprintln!("measure: see the top of measure.rs for the tasks");
            std::process::exit(2);
        }
    }
}

fn history(transactions: &Transactions, as_of: &str) -> usize {
    PurchaseHistory::summarize(transactions, as_of.parse().unwrap(), TimeUnit::Day).unwrap().len()
}

fn lazy(file: &str) -> LazyFrame {
    LazyFrame::scan_parquet(file.into(), ScanArgsParquet::default()).unwrap()
}

fn frame(file: &str) -> DataFrame {
    lazy(file).collect().unwrap()
}

fn base(model: &str, customers: &str, kind: &str) -> Base {
    bases::base(model, Kind::parse(kind).unwrap(), customers.parse().unwrap())
}

fn score(model: &dyn PurchaseModel, quantity: &str, view: &HistoryView<'_>) -> Vec<f64> {
    let ahead = Horizon::weeks(39.0).unwrap();
    let column = match quantity {
        "p_alive" => model.p_alive(view),
        "expected_purchases" => model.expected_purchases(view, ahead),
        "no_purchase" => model.probability_of_no_purchase(view, ahead),
        "dert" => model.dert(view, DiscountRate::annual_effective(0.15).unwrap()),
        _ => panic!("no quantity {quantity}"),
    };
    column.unwrap()
}

/// A base too large to copy around, from data to scores, each stage once.
fn big(customers: usize) {
    let base = stage("simulate", || bases::base("bgnbd", Kind::CdnowLike, customers));
    let view = stage("check", || base.view());
    let model = stage("fit", || bases::fit("bgnbd", &view));
    eprintln!("{}; {:?}", model.report(), model.named_parameters());
    let alive = stage("p_alive", || score(model.as_ref(), "p_alive", &view));
    let expected = stage("expected_purchases", || score(model.as_ref(), "expected_purchases", &view));
    eprintln!("alive {:.1}, purchases expected {:.1}", alive.iter().sum::<f64>(), expected.iter().sum::<f64>());
}

/// A saved analysis with more customers than it was learned from: those of the sample again and again.
fn scorer(customers: usize) {
    let tables = emptor_datasets::sample::company().unwrap();
    let as_of = emptor_datasets::sample::AS_OF.parse().unwrap();
    let convention = LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(0.12).unwrap())
        .horizon(Horizon::months(36.0).unwrap())
        .period(TimeUnit::Month)
        .timing(Timing::Middle)
        .build()
        .unwrap();
    let analysis =
        Analysis::builder().as_of(as_of).convention(convention).unit(TimeUnit::Week).starts(2).build().unwrap();
    let scorer = analysis.run(&tables).unwrap().scorer().unwrap();
    eprintln!("{} bytes as a file", scorer.to_json().unwrap().len());
    let inputs = scorer.inputs(&tables, as_of).unwrap();
    let columns: Vec<(String, Vec<f64>)> = inputs
        .columns()
        .iter()
        .filter(|column| scorer.columns().iter().any(|own| own.name == column.name().as_str()))
        .map(|column| {
            let values = column.cast(&emptor::polars::prelude::DataType::Float64).unwrap();
            let values = values.f64().unwrap();
            let again = (0..customers).map(|row| values.get(row % values.len()).unwrap_or(f64::NAN));
            (column.name().to_string(), again.collect())
        })
        .collect();
    let slices: Vec<(&str, &[f64])> = columns.iter().map(|(name, values)| (name.as_str(), values.as_slice())).collect();
    let data = stage("check", || ScorerData::new(scorer.unit(), &slices).unwrap());
    let scored = stage("score", || scorer.score(&data).unwrap());
    eprintln!("{} columns read, {} customers scored", slices.len(), scored.len());
}

/// Values a panel on disk.
fn npv(folder: &str, how: &str) {
    let months = data::months(MONTHS);
    let value = match how {
        "emptor" => data::monthly(MONTHS).expr(&months, &Survival::Certain).unwrap(),
        "handwritten" => handwritten::net_present_value(&months, 0.12),
        _ => panic!("no way {how}"),
    };
    let query = lazy(&format!("{folder}/*.parquet")).select([col("customer_id"), value.alias("ltv")]);
    let run = || query.clone().collect_with_engine(Engine::Streaming).unwrap().unwrap_single();
    let values = stage(how, run);
    eprintln!("{} customers, equity {:?}", values.height(), values.column("ltv").unwrap().f64().unwrap().sum());
}

/// Values a base by BG/NBD, Gamma-Gamma and a margin; the panel of 36 months is never whole.
fn npv_models(customers: usize) {
    let base = stage("simulate", || bases::base("bgnbd", Kind::CdnowLike, customers));
    let model = bases::model("bgnbd");
    let spend = FittedGammaGamma::from_parameters(GammaGammaParameters { p: 6.25, q: 3.74, gamma: 15.44 }).unwrap();
    // Everyone has spent 30 per purchase.
    let money = vec![30.0; customers];
    let view = HistoryView::new(&base.frequency, &base.recency, &base.t, Some(&money), base.view().unit()).unwrap();
    let convention = data::monthly(MONTHS);
    let valued = stage("value", || {
        convention
            .compute_in_parts(customers, |rows| {
                view.on_rows(rows.clone(), |part| {
                    let margin = vec![0.4; rows.len()];
                    expected_profit(model.as_ref(), &spend, part, &convention, &margin).map(ProfitStreams::new)
                })
            })
            .unwrap()
    });
    eprintln!("equity {:.2}", valued.flows.value());
}

/// One P over a shop on disk.
fn seven_ps(folder: &std::path::Path, p: &str) {
    let products = frame(folder.join("products.parquet").to_str().unwrap());
    let tables = seven_p::open(Source::parquet(folder.join("lines.parquet")), products);
    let window = seven_p::last_year(&tables);
    let profit = || {
        let spec = RelationshipProfit::builder().window(window.from(), window.as_of()).period(window.grain());
        spec.build().unwrap().compute(&tables).unwrap()
    };
    if p == "profit" {
        stage(p, profit);
        return;
    }
    let profits = (p == "profitability").then(profit);
    let wanted = P::ALL.into_iter().find(|of| of.name().replace(' ', "").eq_ignore_ascii_case(p)).unwrap();
    let section = stage(p, || seven_p::one(wanted, &tables, window, profits.as_ref()).unwrap());
    assert!(!section.tables.is_empty());
}

/// Runs a stage and prints its times, the memory held afterwards and the peak within it.
fn stage<T>(name: &str, work: impl FnOnce() -> T) -> T {
    // Linux then counts the peak from here; where it cannot, the peak is that of the process.
    std::fs::write("/proc/self/clear_refs", "5").ok();
    let (wall, cpu) = (Instant::now(), cpu_seconds());
    let result = work();
    let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let gigabytes = |field: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap_or_default();
        line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<f64>().ok()).unwrap_or(0.0) * 1.024e-6
    };
    println!("{name},{wall:.2},{cpu:.2},{:.2},{:.2}", gigabytes("VmRSS:"), gigabytes("VmHWM:"));
    result
}

/// Runs a task several times after a warm-up, in batches long enough for the CPU clock, and prints medians.
fn time(task: impl Fn() -> usize) {
    const SHORTEST: f64 = 1.0;
    // The first run is slow for reasons of its own: a batch sized by it would be a few ticks of the clock.
    task();
    let start = Instant::now();
    let size = task();
    let batch = (SHORTEST / start.elapsed().as_secs_f64()).ceil().max(1.0) as usize;
    let mut walls = Vec::new();
    let mut cpus = Vec::new();
    for _ in 0..RUNS {
        let (wall, cpu) = (Instant::now(), cpu_seconds());
        for _ in 0..batch {
            std::hint::black_box(task());
        }
        walls.push(wall.elapsed().as_secs_f64() / batch as f64);
        cpus.push((cpu_seconds() - cpu) / batch as f64);
    }
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    println!("{:.7},{:.7},{size}", median(walls), median(cpus));
}

/// User and system time of this process, from Linux' clock of 100 ticks a second; 0 elsewhere.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Fields count from behind the program's name, which may hold blanks.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
