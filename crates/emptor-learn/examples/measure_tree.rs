//! Fits a tree to columns read from a file, for `benches/peers/sklearn_tree.py`.
//!
//! Arguments: a file of little-endian doubles, column after column, the target last; rows; columns; `classes` or `numbers`;
//! depth; runs. Prints the median CPU seconds of one fit, the leaves, and the accuracy or R² on the rows fitted.

use std::error::Error;
use std::fs;

use emptor_learn::{DecisionTree, Feature, Features, FittedTree, TreeData};
use emptor_types::Fit;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, rows, columns, kind, depth, runs] = arguments.as_slice() else {
        return Err("FILE ROWS COLUMNS classes|numbers DEPTH RUNS".into());
    };
    let (rows, columns): (usize, usize) = (rows.parse()?, columns.parse()?);
    let bytes = fs::read(path)?;
    let values: Vec<f64> = bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    let names: Vec<String> = (0..columns).map(|c| format!("x{c}")).collect();
    let lent: Vec<(&str, Feature<'_>)> =
        names.iter().zip(values.chunks(rows)).map(|(name, column)| (name.as_str(), Feature::Numbers(column))).collect();
    let features = Features::new(&lent)?;
    let target = &values[rows * columns..];
    let codes: Vec<u32> = target.iter().map(|&y| y as u32).collect();
    let count = codes.iter().max().map_or(1, |&most| most + 1);
    let classes: Vec<String> = (0..count).map(|class| class.to_string()).collect();
    let depth = if depth == "none" { usize::MAX } else { depth.parse()? };
    let spec = DecisionTree::builder().max_depth(depth).min_leaf(1).min_split(2).exact_midpoints(true).build()?;
    let fit = || -> Result<FittedTree, Box<dyn Error>> {
        let data = match kind.as_str() {
            "classes" => TreeData::classes(features.clone(), &codes, &classes)?,
            _ => TreeData::numbers(features.clone(), target)?,
        };
        Ok(spec.fit(&data)?)
    };
    let mut seconds = Vec::new();
    let mut tree = fit()?;
    for _ in 0..runs.parse()? {
        let before = cpu_seconds()?;
        tree = fit()?;
        seconds.push(cpu_seconds()? - before);
    }
    seconds.sort_by(f64::total_cmp);
    let score =
        if kind == "classes" { tree.fidelity(&features, &codes)?.accuracy } else { 1.0 - tree.pruning_path()[0].risk };
    println!("{},{},{score}", seconds[seconds.len() / 2], tree.leaf_count());
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
