//! What one pass over a file finds in each of its columns.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use polars::prelude::{DataFrame, DataType, Engine, LazyFrame, PlanCallback, PolarsResult, Schema, col};

use super::dates::Shapes;
use crate::number_format::{CURRENCIES, NumberFormat};
use crate::text::without_fraction;

/// Different values of a column that are remembered.
const DISTINCT: usize = 1 << 18;

/// Different rows that are remembered to find duplicates.
const ROWS: usize = 5_000_000;

/// A column with more values than this has no list of them.
const LISTED: usize = 100;

/// Words that stand for a value that is not there.
pub(crate) const ABSENT: [&str; 12] =
    ["null", "n/a", "na", "nan", "none", "#n/a", "-", "--", "?", "(null)", "\\n", "无"];

/// Numbers among the values of a column.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Numbers {
    /// How many values are numbers.
    pub count: usize,
    /// Smallest and largest.
    pub range: Option<(f64, f64)>,
    /// Their sum.
    pub sum: f64,
    /// Numbers below 0.
    pub negative: usize,
    /// Zeros.
    pub zero: usize,
    /// Whole numbers.
    pub whole: usize,
}

impl Numbers {
    fn add(&mut self, x: f64) {
        self.count += 1;
        let (low, high) = self.range.unwrap_or((x, x));
        self.range = Some((low.min(x), high.max(x)));
        self.sum += x;
        self.negative += usize::from(x < 0.0);
        self.zero += usize::from(x.abs() < f64::MIN_POSITIVE);
        self.whole += usize::from(x.fract().abs() < f64::MIN_POSITIVE);
    }
}

/// What is in a column.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ColumnProfile {
    /// Its name.
    pub name: String,
    /// Its type in the source; text for CSV.
    pub dtype: String,
    /// Rows without a value.
    pub nulls: usize,
    /// Rows with a word such as `NULL` or `N/A` in place of a value; not among the nulls.
    pub absent_words: usize,
    /// Rows with a value.
    pub values: usize,
    /// Different values among the first [`counted`](Self::counted).
    pub distinct: usize,
    /// Values among which different ones were counted: all, up to 262,144 different ones.
    pub counted: usize,
    /// Up to three values.
    pub examples: Vec<String>,
    /// All values with their counts, where there are at most a hundred.
    pub list: Option<BTreeMap<String, usize>>,
    /// Whole numbers written with zeros in front.
    pub leading_zeros: usize,
    /// Whole numbers written with `.0` behind.
    pub fractions: usize,
    /// Values that are codes of a currency.
    pub currencies: usize,
    /// Values of digits behind a single letter, by that letter, as `C536379`.
    pub lettered: BTreeMap<char, usize>,
    /// Values of digits alone.
    pub digits: usize,
    /// Values that are numbers with a decimal point and nothing else.
    pub plain: usize,
    /// Numbers, read with a decimal point.
    pub point: Numbers,
    /// Numbers, read with a decimal comma.
    pub comma: Numbers,
    /// Signs of currency that stand beside numbers, with their counts.
    pub signs: BTreeMap<String, usize>,
    pub(crate) dates: Shapes,
    pub(crate) kind: DataType,
    seen: HashSet<u64>,
}

/// What one pass finds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Profile {
    pub(crate) rows: usize,
    pub(crate) columns: Vec<ColumnProfile>,
    /// Rows that repeat an earlier one in every column; `None` where it was not asked for or there are too many rows.
    pub(crate) repeated: Option<usize>,
    /// Up to three numbers of rows that repeat.
    pub(crate) repeated_rows: Vec<usize>,
    /// Columns of lists or structs, which are left out.
    pub(crate) left_out: Vec<String>,
    rows_seen: HashSet<u64>,
}

impl ColumnProfile {
    fn new(name: &str, dtype: &DataType) -> Self {
        Self {
            name: name.to_owned(),
            dtype: if dtype.is_string() { "text".to_owned() } else { dtype.to_string() },
            nulls: 0,
            absent_words: 0,
            values: 0,
            distinct: 0,
            counted: 0,
            examples: Vec::new(),
            list: Some(BTreeMap::new()),
            leading_zeros: 0,
            fractions: 0,
            currencies: 0,
            lettered: BTreeMap::new(),
            digits: 0,
            plain: 0,
            point: Numbers::default(),
            comma: Numbers::default(),
            signs: BTreeMap::new(),
            dates: Shapes::default(),
            kind: dtype.clone(),
            seen: HashSet::new(),
        }
    }

    /// The numbers, as they are written in this file.
    #[must_use]
    pub fn numbers(&self, format: NumberFormat) -> &Numbers {
        if format == NumberFormat::Comma && self.kind.is_string() { &self.comma } else { &self.point }
    }

    /// Share of different values among those counted.
    #[must_use]
    pub fn distinct_share(&self) -> f64 {
        if self.counted == 0 { 0.0 } else { self.distinct as f64 / self.counted as f64 }
    }

    /// The hash of the value, for finding equal rows.
    fn add(&mut self, value: Option<&str>) -> u64 {
        let value = value.map(str::trim).filter(|value| !value.is_empty());
        let hash = hash_of(value);
        let Some(value) = value else {
            self.nulls += 1;
            return hash;
        };
        if value.len() <= 6 && self.kind.is_string() && ABSENT.contains(&value.to_lowercase().as_str()) {
            self.absent_words += 1;
            return hash;
        }
        self.values += 1;
        if self.seen.len() < DISTINCT {
            self.counted += 1;
            if self.seen.insert(hash) {
                self.distinct += 1;
                if self.examples.len() < 3 {
                    self.examples.push(value.to_owned());
                }
            }
        }
        if let Some(list) = &mut self.list {
            match list.get_mut(value) {
                Some(count) => *count += 1,
                None => {
                    list.insert(value.to_owned(), 1);
                }
            }
            if list.len() > LISTED {
                self.list = None;
            }
        }
        self.look(value);
        hash
    }

    fn look(&mut self, value: &str) {
        let bytes = value.as_bytes();
        let digits = bytes.iter().all(u8::is_ascii_digit);
        self.digits += usize::from(digits);
        self.leading_zeros += usize::from(digits && bytes.len() > 1 && bytes[0] == b'0');
        let whole = without_fraction(value);
        let fraction = whole.len() < value.len() && !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit());
        self.fractions += usize::from(fraction);
        if bytes.len() > 2 && bytes[0].is_ascii_alphabetic() && bytes[1..].iter().all(u8::is_ascii_digit) {
            *self.lettered.entry(char::from(bytes[0])).or_default() += 1;
        }
        self.dates.add(value);
        if bytes.len() <= 4 && is_currency(value) {
            self.currencies += 1;
        }
        if !value.contains(|c: char| c.is_ascii_digit()) {
            return;
        }
        if let Some(x) = NumberFormat::Plain.parse(value).filter(|x| x.is_finite()) {
            self.plain += 1;
            self.point.add(x);
            // A point may part thousands: 1.234.
            match bytes.contains(&b'.') {
                false => self.comma.add(x),
                true => NumberFormat::Comma.parse(value).into_iter().for_each(|x| self.comma.add(x)),
            }
            return;
        }
        let point = NumberFormat::Point.parse(value);
        let comma = NumberFormat::Comma.parse(value);
        point.into_iter().for_each(|x| self.point.add(x));
        comma.into_iter().for_each(|x| self.comma.add(x));
        if point.is_some() || comma.is_some() {
            let sign: String = value
                .chars()
                .filter(|c| c.is_alphabetic() || (!c.is_ascii() && is_currency(&c.to_string())) || *c == '$')
                .collect();
            if is_currency(&sign) && self.signs.len() < LISTED {
                *self.signs.entry(sign).or_default() += 1;
            }
        }
    }
}

/// Whether a text is the code or the sign of a currency.
pub(crate) fn is_currency(text: &str) -> bool {
    let upper = text.to_uppercase();
    CURRENCIES.contains(&upper.as_str())
        || matches!(text, "$" | "€" | "£" | "¥" | "￥" | "元" | "人民币" | "美元" | "欧元")
}

fn hash_of(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

impl Profile {
    /// Reads a file once, row by row in batches. With `whole` it goes to the end and counts equal rows; else it stops as
    /// soon as `enough` says so.
    pub(crate) fn of(
        mut frame: LazyFrame,
        whole: bool,
        enough: impl Fn(&Self) -> bool + Send + Sync + 'static,
    ) -> PolarsResult<Self> {
        let schema = frame.collect_schema()?;
        let mut profile = Self::new(&schema);
        profile.repeated = whole.then_some(0);
        let names: Vec<String> = profile.columns.iter().map(|column| column.name.clone()).collect();
        if names.is_empty() {
            return Ok(profile);
        }
        let columns: Vec<_> = names.iter().map(|name| col(name.as_str()).cast(DataType::String)).collect();
        let shared = Arc::new(Mutex::new(profile));
        let sink = Arc::clone(&shared);
        let callback = PlanCallback::new(move |batch: DataFrame| {
            let mut profile = sink.lock().unwrap_or_else(PoisonError::into_inner);
            profile.read(&batch)?;
            Ok(!whole && enough(&profile))
        });
        let query = frame.select(columns).sink_batches(callback, true, None)?;
        query.collect_with_engine(Engine::Streaming)?;
        let mut profile = shared.lock().unwrap_or_else(PoisonError::into_inner);
        let mut profile = std::mem::take(&mut *profile);
        profile.rows_seen = HashSet::new();
        profile.columns.iter_mut().for_each(|column| column.seen = HashSet::new());
        Ok(profile)
    }

    fn new(schema: &Schema) -> Self {
        let mut profile = Self::default();
        for (name, dtype) in schema.iter() {
            // What has parts of its own is no value of ours.
            if dtype.is_nested() || matches!(dtype, DataType::Binary) {
                profile.left_out.push(name.to_string());
            } else {
                profile.columns.push(ColumnProfile::new(name, dtype));
            }
        }
        profile
    }

    fn read(&mut self, batch: &DataFrame) -> PolarsResult<()> {
        let n = batch.height();
        let mut rows = vec![0_u64; n];
        for (i, profile) in self.columns.iter_mut().enumerate() {
            let column = batch.columns()[i].as_materialized_series().str()?;
            for (row, value) in rows.iter_mut().zip(column.iter()) {
                *row = row.rotate_left(5).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ profile.add(value);
            }
        }
        for (i, row) in rows.into_iter().enumerate() {
            let Some(repeated) = &mut self.repeated else { break };
            if self.rows_seen.len() >= ROWS {
                self.repeated = None;
            } else if !self.rows_seen.insert(row) {
                *repeated += 1;
                if self.repeated_rows.len() < 3 {
                    self.repeated_rows.push(self.rows + i + 1);
                }
            }
        }
        self.rows += n;
        Ok(())
    }

    /// How the numbers of the file are written: as most columns that hold numbers have it. The second value says whether
    /// a decimal point and a decimal comma would both do.
    pub(crate) fn number_format(&self, semicolon: bool) -> (NumberFormat, bool) {
        let (mut plain, mut point, mut comma) = (0, 0, 0);
        for column in &self.columns {
            let most = column.point.count.max(column.comma.count);
            let text = column.kind.is_string();
            // Numbers without any sign say nothing.
            if text && most * 2 > column.values && column.digits < most {
                plain += column.plain;
                point += column.point.count;
                comma += column.comma.count;
            }
        }
        match () {
            () if plain >= point && plain >= comma => (NumberFormat::Plain, false),
            () if point > comma => (NumberFormat::Point, false),
            () if comma > point => (NumberFormat::Comma, false),
            () => (if semicolon { NumberFormat::Comma } else { NumberFormat::Point }, true),
        }
    }
}
