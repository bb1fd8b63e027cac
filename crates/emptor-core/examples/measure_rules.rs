//! Times association rules on a file for a comparison with peers in the same run; `benches/peers/mlxtend_rules.py` calls
//! it.
//!
//! ```text
//! measure_rules FOLDER SUPPORT LENGTH CONFIDENCE THREADS
//! ```
//!
//! FOLDER/baskets and FOLDER/items hold little-endian u32, one of each per line of an order, repeated lines and all. Prints
//! `wall,cpu,sets,rules,memory,rules_cpu`: seconds from the numbers in memory to all rules with all measures, Fisher's test
//! and q-values, of all threads for cpu; bytes at the peak beyond the input; and which part of cpu went from sets to rules.
//! Writes what was found to FOLDER/sets and FOLDER/rules for comparison, after the clock has stopped.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use emptor_core::profile::product::rules::{Baskets, Mining, RuleSearch};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [folder, support, length, confidence, threads] = arguments.as_slice() else {
        return Err("measure_rules FOLDER SUPPORT LENGTH CONFIDENCE THREADS".into());
    };
    let folder = Path::new(folder);
    let (owners, items) = (read(&folder.join("baskets"))?, read(&folder.join("items"))?);
    let mining = Mining::new().min_support(support.parse()?).min_count(1).max_length(length.parse()?);
    let search = RuleSearch::new().min_confidence(confidence.parse()?).max_consequent(length.parse()?).keep_kits();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?).build()?;
    // Linux then counts the peak from here.
    std::fs::write("/proc/self/clear_refs", "5")?;
    let memory = kilobytes("VmRSS:");
    let (wall, cpu) = (Instant::now(), cpu_seconds()?);
    let found = pool.install(|| mining.mine(&Baskets::from_pairs(&owners, &items)?))?;
    let mined = cpu_seconds()?;
    let rules = pool.install(|| found.rules(&search, &[]))?;
    let (wall, all) = (wall.elapsed().as_secs_f64(), cpu_seconds()?);
    let memory = (kilobytes("VmHWM:") - memory) * 1024.0;
    let (sets, count) = (found.sets().len(), rules.len());
    println!("{wall:.6},{:.6},{sets},{count},{memory:.0},{:.6}", all - cpu, all - mined);

    let mut text = String::new();
    for set in found.sets() {
        writeln!(text, "{};{}", joined(&set.items), set.count)?;
    }
    std::fs::write(folder.join("sets"), &text)?;
    text.clear();
    for rule in &rules {
        let t = rule.together;
        let measures = [
            t.support(),
            t.confidence(),
            t.lift(),
            t.leverage(),
            t.conviction().unwrap_or(f64::INFINITY),
            t.zhang().unwrap_or(f64::NAN),
            t.jaccard(),
            t.kulczynski(),
            rule.p_value,
            rule.q_value,
        ];
        let measures: Vec<String> = measures.iter().map(|measure| format!("{measure:e}")).collect();
        writeln!(text, "{};{};{}", joined(&rule.antecedent), joined(&rule.consequent), measures.join(";"))?;
    }
    std::fs::write(folder.join("rules"), &text)?;
    Ok(())
}

fn joined(items: &[u32]) -> String {
    items.iter().map(u32::to_string).collect::<Vec<_>>().join(" ")
}

fn read(path: &Path) -> Result<Vec<u32>, Box<dyn Error>> {
    let bytes = std::fs::read(path)?;
    Ok(bytes.as_chunks::<4>().0.iter().map(|&bytes| u32::from_le_bytes(bytes)).collect())
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
