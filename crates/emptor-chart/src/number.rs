//! Numbers as a reader wants them: short, with their unit.

/// The language of the few words a chart says by itself, and of its large numbers (`k`, `M` or 万, 亿).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    pub(crate) fn no_data(self) -> &'static str {
        match self {
            Self::English => "No data",
            Self::Chinese => "无数据",
        }
    }

    /// What a chart says whose columns do not begin at zero.
    pub(crate) fn cut_below(self, level: &str) -> String {
        match self {
            Self::English => format!("totals are cut: columns begin at {level}"),
            Self::Chinese => format!("合计柱已截断：自 {level} 起"),
        }
    }

    pub(crate) fn and_more(self, more: usize) -> String {
        match self {
            Self::English => format!("and {} more", group(more as f64, 0)),
            Self::Chinese => format!("另有 {} 项", group(more as f64, 0)),
        }
    }

    pub(crate) fn sampled(self, shown: usize, all: usize) -> String {
        let (shown, all) = (group(shown as f64, 0), group(all as f64, 0));
        match self {
            Self::English => format!("{shown} of {all} points shown"),
            Self::Chinese => format!("显示 {all} 个点中的 {shown} 个"),
        }
    }

    pub(crate) fn density(self, all: usize) -> String {
        let all = group(all as f64, 0);
        match self {
            Self::English => format!("{all} points, counted in hexagons: darker is more"),
            Self::Chinese => format!("{all} 个点，按六边形计数：颜色越深越多"),
        }
    }

    pub(crate) fn period(self) -> &'static str {
        match self {
            Self::English => "Period",
            Self::Chinese => "期间",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::English => "Name",
            Self::Chinese => "名称",
        }
    }

    pub(crate) fn value(self) -> &'static str {
        match self {
            Self::English => "Value",
            Self::Chinese => "数值",
        }
    }

    pub(crate) fn low(self) -> &'static str {
        match self {
            Self::English => "low",
            Self::Chinese => "下限",
        }
    }

    pub(crate) fn high(self) -> &'static str {
        match self {
            Self::English => "high",
            Self::Chinese => "上限",
        }
    }

    pub(crate) fn change(self) -> &'static str {
        match self {
            Self::English => "Change",
            Self::Chinese => "变化",
        }
    }

    pub(crate) fn level(self) -> &'static str {
        match self {
            Self::English => "Level after",
            Self::Chinese => "累计",
        }
    }

    pub(crate) fn count(self) -> &'static str {
        match self {
            Self::English => "Count",
            Self::Chinese => "数量",
        }
    }

    pub(crate) fn target(self) -> &'static str {
        match self {
            Self::English => "Target",
            Self::Chinese => "目标",
        }
    }

    pub(crate) fn note(self) -> &'static str {
        match self {
            Self::English => "Note",
            Self::Chinese => "备注",
        }
    }

    pub(crate) fn predicted(self) -> &'static str {
        match self {
            Self::English => "Predicted",
            Self::Chinese => "预测",
        }
    }

    pub(crate) fn actual(self) -> &'static str {
        match self {
            Self::English => "Actual",
            Self::Chinese => "实际",
        }
    }

    /// Names of thousands: what the number is divided by, and the word.
    fn steps(self) -> &'static [(f64, &'static str)] {
        match self {
            Self::English => &[(1e12, "tn"), (1e9, "bn"), (1e6, "M"), (1e3, "k")],
            Self::Chinese => &[(1e12, "万亿"), (1e8, "亿"), (1e4, "万")],
        }
    }
}

/// What numbers count, and how they are written.
///
/// ```
/// use emptor_chart::{Language, Unit};
///
/// assert_eq!(Unit::money("¥").short(1_234_567.0, Language::English), "¥1.23M");
/// assert_eq!(Unit::money("¥").short(1_234_567.0, Language::Chinese), "¥123万");
/// assert_eq!(Unit::percent().short(0.543, Language::English), "54 %");
/// assert_eq!(Unit::of("days").short(-12.0, Language::English), "−12 days");
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Unit {
    prefix: String,
    suffix: String,
    percent: bool,
}

impl Unit {
    /// Plain numbers.
    #[must_use]
    pub fn number() -> Self {
        Self::default()
    }

    /// Shares: 0.25 is written 25 %.
    #[must_use]
    pub fn percent() -> Self {
        Self { suffix: " %".to_owned(), percent: true, ..Self::default() }
    }

    /// Money, by the sign or code written before the amount: `¥`, `€`, `US$`.
    #[must_use]
    pub fn money(symbol: &str) -> Self {
        Self { prefix: symbol.to_owned(), ..Self::default() }
    }

    /// Anything counted, by its name: `days`, `orders`, 天.
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self { suffix: format!(" {name}"), ..Self::default() }
    }

    /// Name of the unit where an axis says it once; empty where every tick says it.
    pub(crate) fn name(&self) -> &str {
        if self.percent { "" } else { self.suffix.trim_start() }
    }

    /// Ticks carry short units only; a named unit is said once, by the axis.
    fn tick_suffix(&self) -> &str {
        if self.percent { &self.suffix } else { "" }
    }

    fn scaled(&self, value: f64) -> f64 {
        if self.percent { value * 100.0 } else { value }
    }

    fn dress(&self, number: &str, suffix: &str) -> String {
        match number.strip_prefix('−') {
            Some(rest) => format!("−{}{rest}{suffix}", self.prefix),
            None => format!("{}{number}{suffix}", self.prefix),
        }
    }

    /// A number in three figures with its unit.
    #[must_use]
    pub fn short(&self, value: f64, language: Language) -> String {
        self.dress(&self.digits(value, language), &self.suffix)
    }

    /// As [`Self::short`] without the name of the unit, where it is said elsewhere.
    pub(crate) fn bare(&self, value: f64, language: Language) -> String {
        self.dress(&self.digits(value, language), self.tick_suffix())
    }

    /// As short as can be, for the cell of a table: two figures of a share, no unit.
    pub(crate) fn cell(&self, value: f64, language: Language) -> String {
        if self.percent { fixed(value * 100.0, 0) } else { self.digits(value, language) }
    }

    fn digits(&self, value: f64, language: Language) -> String {
        let value = self.scaled(value);
        if self.percent && value.abs() < 1e4 {
            // A share of 99.7 is not 100.
            let near_all = value.abs() >= 99.0 && value.abs() < 100.0;
            return trim(&fixed(value, usize::from(value.abs() < 9.95 || near_all)));
        }
        short(value, language)
    }

    /// A number in full for the table behind a chart.
    #[must_use]
    pub fn exact(&self, value: f64) -> String {
        let value = self.scaled(value);
        let size = value.abs();
        let number = if size >= 1e15 || (size < 1e-4 && size > 0.0) {
            scientific(value, 4)
        } else if self.percent {
            trim(&group(value, 2))
        } else {
            trim(&group(value, if size >= 1e3 { 2 } else { 4 }))
        };
        self.dress(&number, self.tick_suffix())
    }

    /// Labels of an axis' ticks: one scale and as many decimals as tell them apart.
    pub(crate) fn ticks(&self, values: &[f64], step: f64, language: Language) -> Vec<String> {
        let step = self.scaled(step);
        let most = values.iter().map(|&v| self.scaled(v).abs()).fold(0.0, f64::max);
        if most >= 1e15 || (most < 1e-3 && most > 0.0) {
            let least = step.abs() * 1e-9;
            let write = |v: f64| if v.abs() <= least { "0".to_owned() } else { scientific(v, 2) };
            return values.iter().map(|&v| self.dress(&write(self.scaled(v)), self.tick_suffix())).collect();
        }
        let first = if language == Language::English { 1e4 } else { 2e4 };
        let (divisor, word) =
            language.steps().iter().copied().find(|&(d, _)| most >= d && most >= first).unwrap_or((1.0, ""));
        let step = step / divisor;
        let decimals = (0..9usize)
            .find(|&d| {
                let scaled = step * 10f64.powi(d as i32);
                (scaled - scaled.round()).abs() < 1e-6 * scaled.abs().max(1.0)
            })
            .unwrap_or(9);
        values
            .iter()
            .map(|&v| {
                let value = self.scaled(v) / divisor;
                let zero = value.abs() < step * 1e-9;
                let number = if zero { "0".to_owned() } else { group(value, decimals) + word };
                self.dress(&number, self.tick_suffix())
            })
            .collect()
    }

    /// Label of one tick of a logarithmic axis.
    pub(crate) fn power(&self, value: f64, language: Language) -> String {
        self.dress(&trim(&short(self.scaled(value), language)), self.tick_suffix())
    }
}

/// Three figures, thousands as a word.
fn short(value: f64, language: Language) -> String {
    let value = rounded(value);
    let size = value.abs();
    if size >= 1e15 || (size < 1e-3 && size > 0.0) {
        return scientific(value, 1);
    }
    let first = 1e4;
    if size >= first {
        for &(divisor, word) in language.steps() {
            if size >= divisor {
                return figures(value / divisor) + word;
            }
        }
    }
    figures(value)
}

/// Rounded to three figures, so that 999,600 is a million and not "1000k".
fn rounded(value: f64) -> f64 {
    if value.abs() >= 1e3 && value.abs() < 1e4 {
        value.round()
    } else {
        format!("{value:.2e}").parse().unwrap_or(value)
    }
}

fn figures(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        s if s >= 99.95 => 0,
        s if s >= 9.995 => 1,
        s if s >= 0.995 => 2,
        s if s >= 0.0995 => 3,
        s if s > 0.0 => 5,
        _ => 0,
    };
    trim(&group(value, decimals))
}

fn fixed(value: f64, decimals: usize) -> String {
    group(value, decimals)
}

fn scientific(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$e}");
    let (figures, power) = text.split_once('e').unwrap_or((&text, "0"));
    minus(&format!("{}e{power}", trim(figures)))
}

/// Thousands set apart by commas; a minus is a minus, not a hyphen.
fn group(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
    let mut out = String::new();
    // Below zero, and still so after rounding.
    if value < 0.0 && text.contains(|c: char| c.is_ascii_digit() && c != '0') {
        out.push('−');
    }
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

fn minus(text: &str) -> String {
    text.replace('-', "−")
}

/// Without the zeros that end a fraction.
fn trim(text: &str) -> String {
    if text.contains('.') && !text.contains('e') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text.to_owned()
    }
}

/// A length in a picture: rounded to a tenth, so that files are small and the same everywhere.
pub(crate) fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// The value where it can be drawn: finite, and not so large that differences overflow.
pub(crate) fn known(value: f64) -> Option<f64> {
    (value.abs() <= 1e150).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_keep_three_figures() {
        let cases = [
            (0.0, "0"),
            (950.0, "950"),
            (1234.0, "1,234"),
            (9999.6, "10k"),
            (12_345.0, "12.3k"),
            (999_600.0, "1M"),
            (1e12, "1tn"),
            (-4.5678e9, "−4.57bn"),
            (1e-9, "1e−9"),
            (0.01234, "0.0123"),
            (2.5, "2.5"),
            (3e18, "3e18"),
        ];
        for (value, expected) in cases {
            assert_eq!(Unit::number().short(value, Language::English), expected);
        }
        assert_eq!(Unit::money("¥").short(-2.5e8, Language::Chinese), "−¥2.5亿");
        assert_eq!(Unit::percent().short(0.997, Language::English), "99.7 %");
    }

    #[test]
    fn ticks_share_one_scale() {
        let ticks = Unit::number().ticks(&[0.0, 250_000.0, 500_000.0, 1_250_000.0], 250_000.0, Language::English);
        assert_eq!(ticks, ["0", "0.25M", "0.50M", "1.25M"]);
        let ticks = Unit::percent().ticks(&[-0.5, 0.0, 0.5], 0.5, Language::English);
        assert_eq!(ticks, ["−50 %", "0 %", "50 %"]);
        assert_eq!(Unit::number().ticks(&[0.0, 1e-9], 1e-9, Language::English), ["0", "1e−9"]);
    }

    #[test]
    fn the_table_has_the_number_in_full() {
        assert_eq!(Unit::money("¥").exact(-1_234_567.891), "−¥1,234,567.89");
        assert_eq!(Unit::percent().exact(0.123_456), "12.35 %");
    }

    #[test]
    fn a_length_has_one_decimal_and_no_negative_zero() {
        assert_eq!((px(1.25), px(-0.01), px(3.0)), ("1.2".to_owned(), "0".to_owned(), "3".to_owned()));
    }
}
