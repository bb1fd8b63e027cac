//! The data sets behind the published figures. They are not ours to ship, so they are read from a folder.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;

use emptor_types::{Covariates, Date, HistoryView, TimeUnit};

/// Columns of a data set.
#[derive(Debug, Default)]
pub(crate) struct Data {
    pub(crate) frequency: Vec<f64>,
    pub(crate) recency: Vec<f64>,
    pub(crate) t: Vec<f64>,
    pub(crate) monetary_value: Vec<f64>,
    pub(crate) sum_ln_gaps: Vec<f64>,
    pub(crate) counts: Vec<f64>,
    /// Static covariates by name.
    pub(crate) covariates: Vec<(String, Vec<f64>)>,
    unit: Option<TimeUnit>,
}

impl Data {
    /// A data set by the name of the golden files; `None` if the folder is not given or the set is another's.
    pub(crate) fn read(name: &str) -> Result<Option<Self>, Box<dyn Error>> {
        let Some(folder) = std::env::var_os("EMPTOR_DATASETS").map(PathBuf::from) else {
            println!("skipped: {name} needs the folder of data sets in EMPTOR_DATASETS");
            return Ok(None);
        };
        let table = |file: &str| Table::read(&folder.join(file));
        Ok(Some(match name {
            "cdnow" => {
                let table = table("cdnow/cdnow_cbs_btyd.csv")?;
                let mut data = Self {
                    frequency: table.numbers("x")?,
                    recency: table.numbers("t.x")?,
                    t: table.numbers("T.cal")?,
                    monetary_value: table.numbers("m.x")?,
                    ..Self::default()
                };
                data.sum_ln_gaps = cdnow_gaps(&Table::read(&folder.join("cdnow/cdnow_sample.csv"))?)?;
                data
            }
            "cdnow_summary" => {
                let table = table("cdnow/cdnow_customers_summary.csv")?;
                let column = |name| table.numbers(name);
                Self {
                    frequency: column("frequency")?,
                    recency: column("recency")?,
                    t: column("T")?,
                    ..Self::default()
                }
            }
            "donations" => {
                let table = table("donations/donations_rf_matrix_btyd.csv")?;
                let column = |name| table.numbers(name);
                Self {
                    frequency: column("x")?,
                    recency: column("t.x")?,
                    t: column("n.cal")?,
                    counts: column("custs")?,
                    unit: Some(TimeUnit::Year),
                    ..Self::default()
                }
            }
            "apparel" => {
                let log = Table::read(&folder.join("clvtools_apparel/apparelTrans.csv"))?;
                apparel(&log, &Table::read(&folder.join("clvtools_apparel/apparelStaticCov.csv"))?)?
            }
            _ => return Ok(None),
        }))
    }

    /// Lends the columns, with those covariates, to a function.
    pub(crate) fn with_view<R>(
        &self,
        of: impl FnOnce(HistoryView<'_>) -> Result<R, Box<dyn Error>>,
    ) -> Result<R, Box<dyn Error>> {
        let money = (!self.monetary_value.is_empty()).then_some(self.monetary_value.as_slice());
        let unit = self.unit.unwrap_or(TimeUnit::Week);
        let mut view = HistoryView::new(&self.frequency, &self.recency, &self.t, money, unit)?;
        if !self.sum_ln_gaps.is_empty() {
            view = view.with_sum_ln_gaps(&self.sum_ln_gaps)?;
        }
        if !self.counts.is_empty() {
            view = view.with_counts(&self.counts)?;
        }
        let columns: Vec<(&str, &[f64])> =
            self.covariates.iter().map(|(name, values)| (name.as_str(), values.as_slice())).collect();
        let covariates = Covariates::new(&columns)?;
        of(if columns.is_empty() { view } else { view.with_covariates(&covariates)? })
    }
}

/// A table of text.
struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn read(path: &std::path::Path) -> Result<Self, Box<dyn Error>> {
        let text = std::fs::read_to_string(path)?;
        let cells = |line: &str| line.split(',').map(|cell| cell.trim_matches('"').to_owned()).collect();
        let mut lines = text.lines();
        Ok(Self { header: cells(lines.next().unwrap_or_default()), rows: lines.map(cells).collect() })
    }

    fn text(&self, name: &str) -> Result<Vec<&str>, Box<dyn Error>> {
        let place = self.header.iter().position(|header| header == name);
        let place = place.ok_or_else(|| format!("no column {name} in {:?}", self.header))?;
        Ok(self.rows.iter().map(|row| row[place].as_str()).collect())
    }

    fn numbers(&self, name: &str) -> Result<Vec<f64>, Box<dyn Error>> {
        Ok(self.text(name)?.into_iter().map(str::parse).collect::<Result<_, _>>()?)
    }
}

/// Days of purchase by customer, each day once, with the money of the day.
type Days = BTreeMap<String, BTreeMap<i32, f64>>;

fn days(ids: &[&str], dates: &[&str], money: &[f64]) -> Result<Days, Box<dyn Error>> {
    let mut days = Days::new();
    for ((id, date), money) in ids.iter().zip(dates).zip(money) {
        let day = date.replace('-', "");
        let (year, month, day) = (day[..4].parse()?, day[4..6].parse()?, day[6..].parse()?);
        let day = Date::new(year, month, day)?.days_since_epoch();
        *days.entry((*id).to_owned()).or_default().entry(day).or_default() += money;
    }
    Ok(days)
}

/// `Σ ln gap` in weeks of purchases until a day.
fn sum_ln_gaps(days: &[i32]) -> f64 {
    days.windows(2).map(|pair| (f64::from(pair[1] - pair[0]) / 7.0).ln()).sum()
}

/// In the order of the customers, whose file has no log.
fn cdnow_gaps(log: &Table) -> Result<Vec<f64>, Box<dyn Error>> {
    let end = Date::new(1997, 9, 30)?.days_since_epoch();
    let days = days(&log.text("sample_id")?, &log.text("date")?, &log.numbers("amount")?)?;
    let mut by_id: Vec<(u32, f64)> = Vec::new();
    for (id, days) in days {
        let days: Vec<i32> = days.into_keys().filter(|day| *day <= end).collect();
        by_id.push((id.parse()?, sum_ln_gaps(&days)));
    }
    by_id.sort_by_key(|(id, _)| *id);
    Ok(by_id.into_iter().map(|(_, sum)| sum).collect())
}

/// The first 104 weeks of the apparel retailer.
fn apparel(log: &Table, covariates: &Table) -> Result<Data, Box<dyn Error>> {
    let end = Date::new(2006, 12, 31)?.days_since_epoch();
    let all = days(&log.text("Id")?, &log.text("Date")?, &log.numbers("Price")?)?;
    let mut data = Data::default();
    let (mut gender, mut channel) = (Vec::new(), Vec::new());
    let (genders, channels) = (covariates.numbers("Gender")?, covariates.numbers("Channel")?);
    for ((id, gender_of), channel_of) in covariates.text("Id")?.iter().zip(genders).zip(channels) {
        let until: Vec<(i32, f64)> =
            all[*id].iter().map(|(day, money)| (*day, *money)).filter(|(day, _)| *day <= end).collect();
        let days: Vec<i32> = until.iter().map(|(day, _)| *day).collect();
        let x = (days.len() - 1) as f64;
        data.frequency.push(x);
        data.recency.push(f64::from(days[days.len() - 1] - days[0]) / 7.0);
        data.t.push(f64::from(end - days[0]) / 7.0);
        data.sum_ln_gaps.push(sum_ln_gaps(&days));
        let repeat: f64 = until[1..].iter().map(|(_, money)| money).sum();
        data.monetary_value.push(if x > 0.0 { repeat / x } else { f64::NAN });
        gender.push(gender_of);
        channel.push(channel_of);
    }
    data.covariates = vec![("gender".to_owned(), gender), ("channel".to_owned(), channel)];
    Ok(data)
}
