//! How the dates of a column are written, read from the shapes of its values: `31/12/2024 08:26` is `n/n/Y n:n`.

use std::collections::HashMap;

use crate::confidence::Confidence;
use crate::text::DateFormat;

/// A column with more shapes than this holds no dates.
const SHAPES: usize = 40;

/// Longer values are no dates.
const LONGEST: usize = 40;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// How the dates of a column are written.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DateGuess {
    /// The format that most values follow.
    pub format: DateFormat,
    /// How sure that is; what can be in doubt is the order of day and month.
    pub confidence: Confidence,
    /// What it rests on.
    pub why: String,
    /// Share of the values that follow it, of those that are there.
    pub share: f64,
    /// Values that do not: how many of a kind, and one of them.
    pub strangers: Vec<(usize, String)>,
    /// Whether the values name a time zone or an offset.
    pub zoned: bool,
    /// Another format that the values would follow as well.
    pub rival: Option<DateFormat>,
}

/// Shapes of the values of a column, counted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shapes {
    shapes: HashMap<String, Shape>,
    /// Values without the shape of a date, and one of them.
    others: usize,
    other: Option<String>,
    last: Option<(String, Option<Value>)>,
}

/// A value that has the shape of a date.
#[derive(Debug, Clone)]
struct Value {
    shape: String,
    /// Its first three numbers.
    numbers: [u64; 3],
    /// Whether one of them is a single digit.
    short: bool,
}

#[derive(Debug, Clone, Default)]
struct Shape {
    count: usize,
    example: String,
    short: bool,
    /// Values whose first, or second, number beside the year alone is above 12; and one of each.
    over: [usize; 2],
    over_examples: [Option<String>; 2],
    /// The last day with day first, and with month first, and how often the next one lay before it.
    last: Option<[u64; 2]>,
    descents: [usize; 2],
}

impl Shapes {
    pub(crate) fn add(&mut self, text: &str) {
        if self.last.as_ref().is_none_or(|(last, _)| last != text) {
            let value = if self.shapes.len() > SHAPES { None } else { Value::of(text) };
            self.last = Some((text.to_owned(), value));
        }
        match &self.last {
            Some((_, Some(value))) => match self.shapes.get_mut(&value.shape) {
                Some(shape) => shape.add(text, value),
                None => self.shapes.entry(value.shape.clone()).or_default().add(text, value),
            },
            _ => {
                self.others += 1;
                if self.other.is_none() {
                    self.other = Some(text.to_owned());
                }
            }
        }
    }

    /// The format that most values follow; `None` where fewer than half of them are dates.
    pub(crate) fn read(&self, day_first: Option<bool>) -> Option<DateGuess> {
        let mut shapes: Vec<(&String, &Shape)> = self.shapes.iter().collect();
        shapes.sort_by(|a, b| b.1.count.cmp(&a.1.count).then(a.0.cmp(b.0)));
        let total = self.others + shapes.iter().map(|(_, shape)| shape.count).sum::<usize>();
        let best = shapes.iter().find_map(|(key, shape)| read(key, shape, day_first))?;
        let (mut followers, mut strangers) = (0, Vec::new());
        for (key, shape) in &shapes {
            // The order of day and month is one for the column.
            let reading = read(key, shape, best.day_first.or(day_first));
            let alike = |format: &DateFormat| *format == best.format;
            let follows = reading
                .as_ref()
                .is_some_and(|r| alike(&r.format) || (r.undecided && r.rival.as_ref().is_some_and(alike)));
            if !follows {
                strangers.push((shape.count, shape.example.clone()));
                continue;
            }
            let wrong = best.day_first.map_or(0, usize::from);
            let broken = if best.day_first.is_some() { shape.over[wrong] } else { 0 };
            followers += shape.count - broken;
            if broken > 0 {
                strangers.push((broken, shape.over_examples[wrong].clone().unwrap_or_default()));
            }
        }
        if self.others > 0 {
            strangers.push((self.others, self.other.clone().unwrap_or_default()));
        }
        strangers.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let share = followers as f64 / total.max(1) as f64;
        let Reading { format, confidence, why, zoned, rival, undecided, .. } = best;
        let rival = rival.filter(|_| undecided);
        (share >= 0.5).then_some(DateGuess { format, confidence, why, share, strangers, zoned, rival })
    }
}

impl Shape {
    fn add(&mut self, text: &str, value: &Value) {
        let [x, y, z] = value.numbers;
        let (a, b, year) = if value.shape.starts_with('Y') { (y, z, x) } else { (x, y, z) };
        self.count += 1;
        if self.count == 1 {
            self.example = text.to_owned();
        }
        self.short |= value.short;
        for (i, over) in [a > 12 && b <= 12, b > 12 && a <= 12].into_iter().enumerate() {
            self.over[i] += usize::from(over);
            if over && self.over_examples[i].is_none() {
                self.over_examples[i] = Some(text.to_owned());
            }
        }
        if a <= 12 && b <= 12 {
            let days = [year * 372 + b * 31 + a, year * 372 + a * 31 + b];
            if let Some(last) = self.last {
                for i in 0..2 {
                    self.descents[i] += usize::from(days[i] < last[i]);
                }
            }
            self.last = Some(days);
        }
    }
}

impl Value {
    /// The shape of a text: digits become `n` (one or two), `Y` (four), `8`, `T` (ten) and `U` (thirteen), months `b` and
    /// `B`, weekdays `a` and `A`, AM and PM `p`; signs stay. `None` if it cannot be a date.
    fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        let starts = text.chars().next().is_some_and(char::is_alphanumeric);
        if !starts || !(6..=LONGEST).contains(&text.len()) {
            return None;
        }
        let (mut shape, mut numbers, mut n, mut short) = (String::new(), [0_u64; 3], 0, false);
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if c.is_ascii_digit() {
                let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                let digits = &rest[..end];
                let fraction = shape.ends_with("n.") && shape.contains(':');
                let value: u64 = if fraction { 0 } else { digits.parse().ok()? };
                shape.push(match (fraction, end) {
                    (true, _) => 'f',
                    (false, 1 | 2) => 'n',
                    (false, 4) => 'Y',
                    (false, 8) if is_compact(value) => '8',
                    (false, 10) if (315_532_800..4_102_444_800).contains(&value) => 'T',
                    (false, 13) if (315_532_800_000..4_102_444_800_000).contains(&value) => 'U',
                    _ => return None,
                });
                if n < 3 {
                    numbers[n] = value;
                    short |= end == 1;
                }
                n += 1;
                rest = &rest[end..];
            } else if c.is_ascii_alphabetic() {
                let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
                let word = rest[..end].to_ascii_lowercase();
                let known =
                    |names: &[&str], short: usize| names.iter().any(|name| word == name[..short.min(name.len())]);
                shape.push(match word.as_str() {
                    "t" => 't',
                    "z" | "utc" => 'z',
                    "am" | "pm" => 'p',
                    _ if known(&MONTHS, 3) => 'b',
                    _ if known(&MONTHS, 99) => 'B',
                    _ if known(&WEEKDAYS, 3) => 'a',
                    _ if known(&WEEKDAYS, 99) => 'A',
                    _ => return None,
                });
                rest = &rest[end..];
            } else if matches!(c, '/' | '-' | '.' | ' ' | ':' | ',' | '+' | '年' | '月' | '日' | '时' | '分' | '秒')
            {
                shape.push(c);
                rest = &rest[c.len_utf8()..];
            } else {
                return None;
            }
        }
        // A single 2024-13-45 must not spoil a column of dates.
        may_be_date(&shape, numbers).then_some(Self { shape, numbers, short })
    }
}

/// Whether day and month, where both are numbers, can stand in one order at least.
fn may_be_date(shape: &str, [x, y, z]: [u64; 3]) -> bool {
    let mut parts = split(shape).0.chars().filter(|c| matches!(c, 'Y' | 'n' | 'b' | 'B'));
    let (a, b) = match (parts.next(), parts.next(), parts.next()) {
        (Some('Y'), Some('n'), Some('n')) => (y, z),
        (Some('n'), Some('n'), Some('Y' | 'n')) => (x, y),
        _ => return true,
    };
    (1..=31).contains(&a) && (1..=31).contains(&b) && (a <= 12 || b <= 12)
}

/// Whether eight digits are a day written `20240131`.
fn is_compact(value: u64) -> bool {
    let (year, month, day) = (value / 10_000, value / 100 % 100, value % 100);
    (1900..=2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
}

#[derive(Debug, Clone)]
struct Reading {
    format: DateFormat,
    /// Whether the day stands before the month, for numbers in that place.
    day_first: Option<bool>,
    undecided: bool,
    rival: Option<DateFormat>,
    confidence: Confidence,
    why: String,
    zoned: bool,
}

/// What a shape says. `day_first` is what the rest of the file, or of the column, says.
fn read(key: &str, shape: &Shape, day_first: Option<bool>) -> Option<Reading> {
    let sure = |format: DateFormat, why: &str| Reading {
        format,
        day_first: None,
        undecided: false,
        rival: None,
        confidence: Confidence::High,
        why: why.to_owned(),
        zoned: false,
    };
    match key {
        "T" => {
            return Some(Reading {
                zoned: true,
                ..sure(DateFormat::EpochSeconds, "ten digits that are seconds since 1970")
            });
        }
        "U" => {
            return Some(Reading {
                zoned: true,
                ..sure(DateFormat::EpochMilliseconds, "thirteen digits that are milliseconds since 1970")
            });
        }
        _ => {}
    }
    let (head, time) = split(key);
    let (clock, zoned) = clock(time)?;
    if head == "8" {
        return Some(Reading { zoned, ..sure(DateFormat::Iso, "year, month and day without a separator") });
    }
    let iso = matches!(head, "Y-n-n" | "Y/n/n") && !shape.short;
    if head.starts_with('Y') {
        let signs: Vec<char> = head.chars().filter(|c| !matches!(c, 'Y' | 'n')).collect();
        let year_first = head.chars().filter(|c| matches!(c, 'Y' | 'n')).eq("Ynn".chars());
        if !year_first || !matches!(signs.len(), 2 | 3) {
            return None;
        }
        if shape.over[0] <= shape.over[1] {
            let format = if iso { DateFormat::Iso } else { pattern(head, ["%Y", "%m", "%d"], &clock) };
            return Some(Reading { zoned, day_first: Some(false), ..sure(format, "the year comes first") });
        }
        let format = pattern(head, ["%Y", "%d", "%m"], &clock);
        return Some(Reading { zoned, day_first: Some(true), ..sure(format, "the year comes first, then the day") });
    }
    if head.contains(['b', 'B']) {
        let format = named_month(head, &clock)?;
        return Some(Reading { zoned, ..sure(format, "the month has a name") });
    }
    let mut parts = head.chars().filter(|c| matches!(c, 'Y' | 'n'));
    if !(parts.next() == Some('n') && parts.next() == Some('n')) {
        return None;
    }
    let year = match (parts.next()?, parts.next()) {
        ('Y', None) => "%Y",
        ('n', None) => "%y",
        _ => return None,
    };
    let orders = [["%d", "%m", year], ["%m", "%d", year]].map(|order| pattern(head, order, &clock));
    let [mut day_month, mut month_day] = [0, 0];
    if shape.over[0] > 0 || shape.over[1] > 0 {
        [day_month, month_day] = shape.over;
    }
    let (first, confidence, why) = match () {
        () if day_month > 0 && month_day == 0 => (true, Confidence::High, "the first number goes beyond 12".to_owned()),
        () if month_day > 0 && day_month == 0 => {
            (false, Confidence::High, "the second number goes beyond 12".to_owned())
        }
        () if day_month + month_day > 0 => {
            let first = day_month >= month_day;
            let why = format!("the first number goes beyond 12 in {day_month} values, the second in {month_day}");
            (
                first,
                if day_month.max(month_day) > 20 * day_month.min(month_day) {
                    Confidence::Medium
                } else {
                    Confidence::Low
                },
                why,
            )
        }
        () if head.contains('.') => (true, Confidence::High, "days come first where points part dates".to_owned()),
        () => undecided(shape, &clock, day_first),
    };
    let undecided = day_month + month_day == 0 && !head.contains('.');
    let [day_month_format, month_day_format] = orders;
    let (format, rival) =
        if first { (day_month_format, month_day_format) } else { (month_day_format, day_month_format) };
    Some(Reading { format, day_first: Some(first), undecided, rival: Some(rival), confidence, why, zoned })
}

/// Day or month first, where every value can be read either way.
fn undecided(shape: &Shape, clock: &str, hint: Option<bool>) -> (bool, Confidence, String) {
    let [day_month, month_day] = shape.descents;
    if shape.count >= 20 && day_month.max(month_day) > 10 * (day_month.min(month_day) + 1) {
        let first = day_month < month_day;
        let order = if first { "days first" } else { "months first" };
        return (first, Confidence::Medium, format!("with {order} the rows are in order of time"));
    }
    if clock.contains("%p") {
        return (false, Confidence::Medium, "times with AM and PM go with months first".to_owned());
    }
    let first = hint.unwrap_or(true);
    (first, Confidence::Low, "no number goes beyond 12, so that the order of day and month cannot be seen".to_owned())
}

/// The date and what follows it.
fn split(key: &str) -> (&str, &str) {
    if let Some(i) = key.find('日') {
        return key.split_at(i + '日'.len_utf8());
    }
    let mut parts = 0;
    for (i, c) in key.char_indices() {
        if matches!(c, 'n' | 'Y' | 'b' | 'B') {
            parts += 1;
        }
        if c == '8' || parts == 3 {
            return key.split_at(i + 1);
        }
    }
    (key, "")
}

/// The pattern of a time of day, and whether it names a zone; `None` if it is none.
fn clock(time: &str) -> Option<(String, bool)> {
    if time.is_empty() {
        return Some((String::new(), false));
    }
    let twelve = time.contains('p');
    let (body, mut zoned) = (time.trim_end_matches('z'), time.ends_with('z'));
    let mut format = String::new();
    let mut fields = [if twelve { "%I" } else { "%H" }, "%M", "%S"].into_iter();
    for (i, c) in body.char_indices() {
        match c {
            't' => format.push('T'),
            'n' => format.push_str(fields.next()?),
            '.' if body[i + 1..].starts_with('f') => {}
            'f' => format.push_str("%.f"),
            'p' => format.push_str("%p"),
            '+' | '-' if i > 2 => {
                format.push_str(match &body[i + 1..] {
                    "n:n" => "%:z",
                    "Y" => "%z",
                    _ => return None,
                });
                zoned = true;
                break;
            }
            ' ' | ':' | ',' | '时' | '分' | '秒' => format.push(c),
            _ => return None,
        }
    }
    if time.ends_with('z') {
        format.push('Z');
    }
    let is_time = body.trim_start_matches([' ', ',', 't']).starts_with('n');
    is_time.then_some((format, zoned))
}

fn pattern(head: &str, order: [&str; 3], clock: &str) -> DateFormat {
    let mut order = order.into_iter();
    let mut text = String::new();
    for c in head.chars() {
        match c {
            'n' | 'Y' => text.push_str(order.next().unwrap_or_default()),
            sign => text.push(sign),
        }
    }
    DateFormat::Pattern(text + clock)
}

fn named_month(head: &str, clock: &str) -> Option<DateFormat> {
    let mut text = String::new();
    let mut numbers = 0;
    let last = head.rfind(['n', 'Y'])?;
    for (i, c) in head.char_indices() {
        match c {
            'Y' => text.push_str("%Y"),
            'n' if i == last && numbers > 0 && !head.contains('Y') => text.push_str("%y"),
            'n' => text.push_str("%d"),
            'b' | 'B' | 'a' | 'A' => {
                text.push('%');
                text.push(c);
            }
            sign => text.push(sign),
        }
        numbers += usize::from(matches!(c, 'n' | 'Y'));
    }
    (numbers == 2).then(|| DateFormat::Pattern(text + clock))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(values: &[&str]) -> Option<DateGuess> {
        let mut shapes = Shapes::default();
        values.iter().for_each(|value| shapes.add(value));
        shapes.read(None)
    }

    /// Every format that is read off a value reads this value back to the same day, 2024-01-25 or 2024-02-05.
    #[test]
    fn formats_read_off_values_read_them_back() {
        let day = 19_747; // 2024-01-25
        for (text, name) in [
            ("2024-01-25", "iso"),
            ("2024/01/25", "iso"),
            ("20240125", "iso"),
            ("2024-01-25 08:26:00", "iso"),
            ("2024-01-25T08:26:00Z", "iso"),
            ("2024-01-25T08:26:00.123+01:00", "iso"),
            ("25/01/2024", "%d/%m/%Y"),
            ("25.01.2024", "%d.%m.%Y"),
            ("25.1.24", "%d.%m.%y"),
            ("1/25/2024", "%m/%d/%Y"),
            ("25-01-2024 08:26", "%d-%m-%Y %H:%M"),
            ("1/25/2024 8:26:00 PM", "%m/%d/%Y %I:%M:%S %p"),
            ("2024/1/25", "%Y/%m/%d"),
            ("2024年1月25日", "%Y年%m月%d日"),
            ("2024年01月25日 08:26", "%Y年%m月%d日 %H:%M"),
            ("25 Jan 2024", "%d %b %Y"),
            ("January 25, 2024", "%B %d, %Y"),
            ("25-JAN-24", "%d-%b-%y"),
            ("2024.01.25", "%Y.%m.%d"),
            ("1706171160", "epoch-s"),
            ("1706171160000", "epoch-ms"),
        ] {
            let found = guess(&[text]);
            assert_eq!(found.as_ref().map(|f| f.format.to_string()).as_deref(), Some(name), "{text}");
            assert_eq!(found.and_then(|f| f.format.day(text)), Some(day), "{text} by {name}");
        }
        for text in
            ["12.50", "17850", "10001234567", "hello", "2024", "32/13/2024", "99999999", "C536379", "12:30", "a-b-c"]
        {
            assert_eq!(guess(&[text]), None, "{text}");
        }
    }

    #[test]
    fn one_value_beyond_twelve_decides_the_order_and_without_it_there_is_doubt() {
        let found = guess(&["01/02/2024", "03/04/2024", "31/12/2024"]);
        assert!(
            found.is_some_and(|f| f.format == "%d/%m/%Y".into()
                && f.confidence == Confidence::High
                && f.rival.is_none())
        );
        let found = guess(&["01/02/2024", "03/04/2024"]);
        assert!(found.is_some_and(|f| f.confidence == Confidence::Low && f.rival == Some("%m/%d/%Y".into())));
    }

    #[test]
    fn the_order_of_the_rows_tells_where_the_numbers_do_not() {
        // Every 7th of a month, from January to December, two years: in order with months first only.
        let values: Vec<String> = (0..24)
            .flat_map(|m| (1..=12).map(move |d| format!("{:02}/{d:02}/{}", m % 12 + 1, 2023 + m / 12)))
            .collect();
        let found = guess(&values.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(found.is_some_and(|f| f.format == "%m/%d/%Y".into() && f.confidence == Confidence::Medium));
    }

    #[test]
    fn values_of_another_order_are_counted_and_shown() {
        let mut values = vec!["12/25/2024"; 88];
        values.extend(["31/12/2024"; 12]);
        let found = guess(&values);
        assert!(found.is_some_and(|f| {
            f.format == "%m/%d/%Y".into()
                && f.strangers == [(12, "31/12/2024".to_owned())]
                && (f.share - 0.88).abs() < 1e-12
                && f.confidence == Confidence::Low
        }));
    }
}
