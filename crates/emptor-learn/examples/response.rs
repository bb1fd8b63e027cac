//! Whom to contact: fits response models on a CSV file and judges them on rows they have not seen.
//!
//! ```text
//! cargo run --release -p emptor-learn --features boosting --example response -- FILE.csv --event y=yes \
//!     [--without COLUMN]... [--after COLUMN]... [--split fifth|last]
//! ```
//!
//! `--without` leaves a column out, `--after` declares it to be known only after the contact. The test rows are every
//! fifth or the last fifth. Without a file a small list is made by formula. Times are CPU seconds of the least of five
//! fits, on Linux.

use std::error::Error;

use emptor_learn::{
    Auc, Classifier, Evaluation, Feature, Features, Labelled, LeakageGuard, LogisticRegression, Split, Subset, best_cut,
};
use emptor_types::{Fit, Level};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A column as read: numbers if all its fields are.
enum Column {
    Numbers(Vec<f64>),
    Categories(Vec<u32>, Vec<String>),
}

impl Column {
    fn new(fields: &[&str]) -> Self {
        let numbers: Result<Vec<f64>, _> = fields.iter().map(|field| field.parse::<f64>()).collect();
        numbers.map_or_else(|_| Self::categories(fields), Self::Numbers)
    }

    fn categories(fields: &[&str]) -> Self {
        let mut names: Vec<String> = Vec::new();
        let mut place = |field: &str| match names.iter().position(|name| name == field) {
            Some(place) => place as u32,
            None => {
                names.push(field.to_owned());
                names.len() as u32 - 1
            }
        };
        let codes = fields.iter().map(|field| place(field)).collect();
        Self::Categories(codes, names)
    }

    fn lend(&self) -> Feature<'_> {
        match self {
            Self::Numbers(values) => Feature::Numbers(values),
            Self::Categories(codes, names) => Feature::Categories { codes, names },
        }
    }
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let all = |flag: &str| -> Vec<&str> {
        arguments.windows(2).filter(|pair| pair[0] == flag).map(|pair| pair[1].as_str()).collect()
    };
    let text = match arguments.first().filter(|first| !first.starts_with("--")) {
        Some(path) => std::fs::read_to_string(path)?,
        None => formula(),
    };
    let event_is = all("--event").first().copied().unwrap_or("y=yes").to_owned();
    let (event_column, event_value) = event_is.split_once('=').ok_or("--event COLUMN=VALUE")?;
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<&str>>());
    let header = lines.next().ok_or("an empty file")?;
    let rows: Vec<Vec<&str>> = lines.collect();
    let place = header.iter().position(|name| *name == event_column).ok_or("no column of the event")?;
    let event: Vec<bool> = rows.iter().map(|row| row.get(place) == Some(&event_value)).collect();
    let without = all("--without");
    let mut columns: Vec<(&str, Column)> = Vec::new();
    for (i, name) in header.iter().enumerate().filter(|(i, name)| *i != place && !without.contains(name)) {
        let fields: Option<Vec<&str>> = rows.iter().map(|row| row.get(i).copied()).collect();
        columns.push((name, Column::new(&fields.ok_or("a short line")?)));
    }
    let lent: Vec<(&str, Feature<'_>)> = columns.iter().map(|(name, column)| (*name, column.lend())).collect();
    let features = Features::new(&lent)?;

    let mut split = Split::last(&(0..rows.len()).collect::<Vec<usize>>(), 0.2)?;
    if all("--split") != ["last"] {
        (split.test, split.train) = (0..rows.len()).partition(|row| row % 5 == 0);
    }
    let after = all("--after");
    let (train, test) = (Subset::of(&features, &split.train), Subset::of(&features, &split.test));
    let (train, test) = (train.features()?, test.features()?);
    let of = |rows: &[usize]| rows.iter().map(|&row| event[row]).collect::<Vec<bool>>();
    let (train_event, test_event) = (of(&split.train), of(&split.test));
    let data = Labelled::new(&train, &train_event)?.known_after(&after)?;
    println!("rows {} events {} test {}", data.rows(), data.events(), test_event.len());
    for suspect in LeakageGuard::default().suspects(&data) {
        println!("suspect: {suspect}");
    }

    let logistic = LogisticRegression::default();
    let fitted = logistic.fit(&data)?;
    #[cfg(feature = "boosting")]
    let boosting = emptor_learn::Boosting::default();
    let kinds: &[(&str, &dyn Classifier)] = &[
        ("logistic", &logistic),
        #[cfg(feature = "boosting")]
        ("boosting", &boosting),
    ];
    for (name, kind) in kinds {
        let mut least = f64::INFINITY;
        for _ in 0..5 {
            let before = cpu_seconds();
            kind.train(&data)?;
            least = least.min(cpu_seconds() - before);
        }
        let p = kind.train(&data)?.probability(&test)?;
        let Evaluation { auc, log_loss, brier_score, calibration, gains, .. } = Evaluation::new(&test_event, &p)?;
        let Auc { auc, standard_error, .. } = auc;
        println!("{name} auc {auc:.9} se {:.6} cpu {least:.4}", standard_error.unwrap_or(f64::NAN));
        println!("  log loss {log_loss:.6}, Brier {brier_score:.6}, calibration slope {:?}", calibration.slope);
        let fifth = gains.get(1).map_or(0.0, |row| row.captured);
        println!("  the best 20 % capture {:.1} % of all events", 100.0 * fifth);
        let best = best_cut(&test_event, &p, 100.0, 10.0)?;
        println!("  at 100 per success and 10 per contact: {} contacts earn {:.0}", best.contacts, best.profit);
    }
    println!("logistic: {}", fitted.report());
    println!("{:<44} {:>10} {:>9} {:>10}  odds ratio (95 %)", "coefficient", "estimate", "s.e.", "p");
    for c in fitted.coefficients() {
        let (low, high) = c.odds_ratio_interval(Level::new(0.95)?);
        let (term, ratio) = (c.term.to_string(), c.odds_ratio());
        println!(
            "{term:<44} {:>10.6} {:>9.6} {:>10.2e}  {ratio:.4} ({low:.4} to {high:.4})",
            c.estimate, c.standard_error, c.p_value
        );
    }
    Ok(())
}

/// A list of 2000 by formula, for a run without a file.
fn formula() -> String {
    let mut text = String::from("age,channel,y\n");
    for i in 0..2000_u64 {
        let drawn = |salt: u64| ((i + 1) * (2 * salt + 1)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
        let (age, channel) = (20 + drawn(1) % 61, ["phone", "mail", "shop"][drawn(2) as usize % 3]);
        let odds = 5 + age / 4 + if channel == "shop" { 15 } else { 0 };
        let answer = if drawn(3) % 127 < odds { "yes" } else { "no" };
        text.push_str(&format!("{age},{channel},{answer}\n"));
    }
    text
}

/// Seconds on a processor of all threads of this process so far; 0 where the system does not say.
fn cpu_seconds() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let of = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("schedstat")).ok();
    let nanoseconds = tasks.filter_map(of).filter_map(|line| line.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.sum::<f64>() / 1e9
}
