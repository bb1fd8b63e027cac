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
