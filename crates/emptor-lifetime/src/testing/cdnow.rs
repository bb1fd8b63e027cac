//! The CDNOW cohort that the papers were written on. It is not ours to ship, so it is read from a folder.

use std::error::Error;
use std::path::Path;

use super::Columns;

/// The variable that names the folder of data sets.
const FOLDER: &str = "EMPTOR_DATASETS";

/// Customer by customer: repeat purchases by 1997-09-30 on distinct days, times in weeks, mean repeat spend in dollars.
/// `None` if the folder is not given.
pub(crate) fn cdnow() -> Result<Option<Columns>, Box<dyn Error>> {
    read("cdnow/cdnow_cbs_btyd.csv", ["x", "t.x", "T.cal"], Some("m.x"))
}

/// The same customers with times rounded to two decimals, as lifetimes ships them, without money.
pub(crate) fn cdnow_with_two_decimals() -> Result<Option<Columns>, Box<dyn Error>> {
    read("cdnow/cdnow_customers_summary.csv", ["frequency", "recency", "T"], None)
}

/// Their purchases in the 39 weeks after that, in the order of [`cdnow`].
pub(crate) fn cdnow_holdout() -> Result<Option<Vec<f64>>, Box<dyn Error>> {
    column("cdnow/cdnow_cbs_btyd.csv", "x.star")
}

/// Their repeat purchases up to the end of each of 78 weeks from 1997-01-01.
pub(crate) fn cdnow_cumulative() -> Result<Option<Vec<f64>>, Box<dyn Error>> {
    column("cdnow/cdnow_cu_tracking_btyd.csv", "cumulative_repeat_transactions")
}

fn column(file: &str, name: &str) -> Result<Option<Vec<f64>>, Box<dyn Error>> {
    let Some(folder) = std::env::var_os(FOLDER) else { return Ok(None) };
    let text = std::fs::read_to_string(Path::new(&folder).join(file))?;
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    let place = header.split(',').position(|h| h == name).ok_or(format!("no column {name} in {header}"))?;
    let cell = |line: &str| Ok(line.split(',').nth(place).unwrap_or_default().parse()?);
    lines.map(cell).collect::<Result<Vec<f64>, Box<dyn Error>>>().map(Some)
}

fn read(file: &str, names: [&str; 3], money: Option<&str>) -> Result<Option<Columns>, Box<dyn Error>> {
    let Some(folder) = std::env::var_os(FOLDER) else { return Ok(None) };
    let text = std::fs::read_to_string(Path::new(&folder).join(file))?;
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').map(|name| name.trim_matches('"')).collect();
    let place = |name: &str| header.iter().position(|h| *h == name).ok_or(format!("no column {name} in {header:?}"));
    let [x, recency, t] = [place(names[0])?, place(names[1])?, place(names[2])?];
    let money = money.map(place).transpose()?;
    let mut columns = Columns::default();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let money = money.map_or(Ok(f64::NAN), |money| cells[money].parse())?;
        columns.push(cells[x].parse()?, cells[recency].parse()?, cells[t].parse()?, money);
    }
    Ok(Some(columns))
}

/// Says that a test was skipped.
pub(crate) fn skip(test: &str) {
    println!("skipped: {test} needs the folder of data sets in {FOLDER}");
}
