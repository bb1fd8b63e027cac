//! Times k-means on a file for a comparison with peers in the same run; `benches/peers/sklearn_kmeans.py` calls it.
//!
//! ```text
//! measure_kmeans fit FOLDER ROWS K TOLERANCE ITERATIONS THREADS    from the centroids in FOLDER/start
//! measure_kmeans linfa FOLDER ROWS K TOLERANCE ITERATIONS THREADS  the same by linfa-clustering
//! measure_kmeans search FOLDER ROWS K STARTS TOLERANCE THREADS     starts of its own on 50 000 rows, then all rows
//! measure_kmeans assign FOLDER ROWS K THREADS                      labels of all rows
//! ```
//!
//! FOLDER/rows holds little-endian f64, column after column; FOLDER/start K centroids, one after the other. Prints
//! `wall,cpu,iterations,passes,inertia,memory`: seconds, of all threads for cpu, inertia of the returned centroids on all
//! rows, and bytes a row at the peak of the run beyond the input.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use emptor_cluster::{FittedKMeans, KMeans, Points};
use emptor_types::Fit;
use linfa::DatasetBase;
use linfa::traits::Fit as _;
use linfa_clustering::{KMeansInit, KMeansParams};
use ndarray::{Array2, ShapeBuilder};

/// Iterations, passes and centroids of a fit.
type Found = (usize, f64, Vec<Vec<f64>>);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [task, folder, rows, k, rest @ ..] = arguments.as_slice() else {
        return Err("see the top of measure_kmeans.rs for the tasks".into());
    };
    let (rows, k): (usize, usize) = (rows.parse()?, k.parse()?);
    let values = read(&Path::new(folder).join("rows"))?;
    let columns: Vec<&[f64]> = values.chunks_exact(rows).collect();
    let points = Points::new(&columns)?;
    let start = || -> Result<Vec<Vec<f64>>, Box<dyn Error>> {
        Ok(read(&Path::new(folder).join("start"))?.chunks_exact(columns.len()).map(<[f64]>::to_vec).collect())
    };
    match (*task, rest) {
        ("fit", [tolerance, iterations, threads]) => {
            let builder = KMeans::builder().clusters(k).tolerance(tolerance.parse()?).start_from(start()?);
            let spec = builder.max_iterations(iterations.parse()?).build()?;
            run(&points, threads, || Ok(found(&spec.fit(&Points::new(&columns)?)?)))
        }
        ("search", [starts, tolerance, threads]) => {
            let spec = KMeans::builder().clusters(k).starts(starts.parse()?).tolerance(tolerance.parse()?).build()?;
            run(&points, threads, || Ok(found(&spec.fit(&Points::new(&columns)?)?)))
        }
        ("assign", [threads]) => {
            let fitted = FittedKMeans::from_centroids(start()?)?;
            run(&points, threads, || {
                std::hint::black_box(fitted.labels(&points)?);
                Ok((0, 1.0, fitted.centroids().to_vec()))
            })
        }
        ("linfa", [tolerance, iterations, threads]) => {
            // linfa wants rows; the copy is not timed.
            let mut records = Array2::zeros((rows, columns.len()));
            records.assign(&Array2::from_shape_vec((rows, columns.len()).f(), values.clone())?);
            let dataset = DatasetBase::from(records);
            let begin = Array2::from_shape_vec((k, columns.len()), start()?.concat())?;
            let random = <rand_xoshiro::Xoshiro256Plus as rand::SeedableRng>::seed_from_u64(0);
            let spec = KMeansParams::new(k, random, linfa_nn::distance::L2Dist)
                .n_runs(1)
                .init_method(KMeansInit::Precomputed(begin))
                // Its tolerance is the distance of all centroids, not its square over the variance.
                .tolerance(tolerance.parse::<f64>()?.sqrt())
                .max_n_iterations(iterations.parse()?);
            run(&points, threads, || {
                let model = spec.fit(&dataset)?;
                Ok((0, f64::NAN, model.centroids().rows().into_iter().map(|row| row.to_vec()).collect()))
            })
        }
        _ => Err("see the top of measure_kmeans.rs for the tasks".into()),
    }
}

fn found(fitted: &FittedKMeans) -> Found {
    (fitted.report().iterations, fitted.report().passes, fitted.centroids().to_vec())
}

fn read(path: &Path) -> Result<Vec<f64>, Box<dyn Error>> {
    let bytes = std::fs::read(path)?;
    Ok(bytes.as_chunks::<8>().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect())
}

/// Runs a task once on so many threads and prints what it took and what its centroids are worth.
fn run(
    points: &Points<'_>,
    threads: &str,
    task: impl Fn() -> Result<Found, Box<dyn Error>> + Send + Sync,
) -> Result<(), Box<dyn Error>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?).build()?;
    // Linux then counts the peak from here.
    std::fs::write("/proc/self/clear_refs", "5")?;
    let memory = kilobytes("VmRSS:");
    let (wall, cpu) = (Instant::now(), cpu_seconds()?);
    let result = pool.install(|| task().map_err(|error| error.to_string()))?;
    let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu_seconds()? - cpu);
    let memory = (kilobytes("VmHWM:") - memory) * 1024.0 / points.rows() as f64;
    let (iterations, passes, centroids) = result;
    let inertia = FittedKMeans::from_centroids(centroids)?.measured([points])?.inertia();
    println!("{wall:.6},{cpu:.6},{iterations},{passes:.3},{inertia:?},{memory:.2}");
    Ok(())
}

fn kilobytes(field: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(f64::NAN)
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
