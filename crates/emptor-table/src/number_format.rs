//! How numbers are written in text.

use std::fmt;

/// How numbers are written: what parts the decimals, and what may part the thousands.
///
/// ```
/// use emptor_table::NumberFormat;
///
/// assert_eq!(NumberFormat::Plain.parse("1234.5"), Some(1234.5));
/// assert_eq!(NumberFormat::Comma.parse("1.234,50 €"), Some(1234.5));
/// assert_eq!(NumberFormat::Point.parse("($1,234.50)"), Some(-1234.5));
/// assert_eq!(NumberFormat::Plain.parse("1,234.50"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum NumberFormat {
    /// `1234.50`: a decimal point and nothing else.
    #[default]
    Plain,
    /// `1,234.50`: a decimal point; commas, blanks or apostrophes may part the thousands, and a currency may stand at
    /// either end. `(5.00)` and `5.00-` are negative.
    Point,
    /// `1.234,50`: the same with a decimal comma, and points between the thousands.
    Comma,
}

/// Signs of currencies that may stand beside a number.
const SIGNS: [char; 18] = ['$', '€', '£', '¥', '￥', '元', '円', '₩', '₹', '₽', '₺', '₫', '₪', '฿', '₴', '₱', '₦', '¢'];

/// Codes of currencies (ISO 4217) that may stand beside a number or fill a column of currencies.
pub(crate) const CURRENCIES: [&str; 44] = [
    "USD", "EUR", "GBP", "CNY", "RMB", "JPY", "CHF", "CAD", "AUD", "NZD", "HKD", "TWD", "SGD", "KRW", "INR", "RUB",
    "BRL", "MXN", "ZAR", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "BGN", "TRY", "ILS", "AED", "SAR", "THB",
    "IDR", "MYR", "PHP", "VND", "ARS", "CLP", "COP", "PEN", "UAH", "EGP", "NGN", "KES",
];

impl NumberFormat {
    /// Reads a number; `None` if it is not written like this.
    #[must_use]
    pub fn parse(self, text: &str) -> Option<f64> {
        let text = text.trim();
        match self {
            Self::Plain => text.parse().ok(),
            Self::Point => grouped(text, '.', ','),
            Self::Comma => grouped(text, ',', '.'),
        }
    }

    /// Its name in flags and configuration files: `plain`, `point` or `comma`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Point => "point",
            Self::Comma => "comma",
        }
    }

    /// The format of that name.
    ///
    /// ```
    /// use emptor_table::NumberFormat;
    /// assert_eq!(NumberFormat::named("comma"), Some(NumberFormat::Comma));
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Plain, Self::Point, Self::Comma].into_iter().find(|format| format.name() == name)
    }

    /// The condition that a number must keep, for messages.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Plain => "must be a number (decimal point, no thousands separator)",
            Self::Point => "must be a number (decimal point, thousands parted by commas or not)",
            Self::Comma => "must be a number (decimal comma, thousands parted by points or not)",
        }
    }
}

impl fmt::Display for NumberFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "1234.50",
            Self::Point => "1,234.50",
            Self::Comma => "1.234,50",
        })
    }
}

fn grouped(text: &str, decimal: char, thousands: char) -> Option<f64> {
    let (mut negative, mut body) = (false, bare(text));
    if let Some(inner) = body.strip_prefix('(').and_then(|b| b.strip_suffix(')')) {
        (negative, body) = (true, bare(inner));
    } else if let Some(rest) = body.strip_prefix(['-', '−']) {
        (negative, body) = (true, bare(rest));
    } else if let Some(rest) = body.strip_suffix(['-', '−']) {
        (negative, body) = (true, bare(rest));
    } else if let Some(rest) = body.strip_prefix('+') {
        body = bare(rest);
    }
    let (whole, fraction) = body.split_once(decimal).unwrap_or((body, ""));
    // 1.5E+3, as spreadsheets write large numbers.
    let (fraction, exponent) = fraction.split_once(['e', 'E']).unwrap_or((fraction, "0"));
    let digits = ungrouped(whole, thousands)?;
    let empty = digits.is_empty() && fraction.is_empty();
    if empty || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let exponent: i16 = exponent.parse().ok()?;
    let value: f64 = format!("{digits}.{fraction}e{exponent}").parse().ok()?;
    value.is_finite().then_some(if negative { -value } else { value })
}

/// Without blanks and without a currency at either end.
fn bare(text: &str) -> &str {
    let mut text = text.trim();
    text = text.trim_start_matches(SIGNS).trim_end_matches(SIGNS).trim();
    for code in CURRENCIES {
        if let Some(rest) = text.strip_prefix(code).or_else(|| text.strip_suffix(code)) {
            return rest.trim();
        }
    }
    text
}

/// The digits of a whole number: as they are, or parted into thousands by one kind of sign.
fn ungrouped(whole: &str, thousands: char) -> Option<String> {
    if whole.bytes().all(|b| b.is_ascii_digit()) {
        return Some(whole.to_owned());
    }
    let sign = whole.chars().find(|c| !c.is_ascii_digit())?;
    if sign != thousands && !matches!(sign, ' ' | '\u{a0}' | '\u{202f}' | '\'' | '’') {
        return None;
    }
    let groups: Vec<&str> = whole.split(sign).collect();
    let right = groups.iter().enumerate().all(|(i, group)| {
        let digits = group.bytes().all(|b| b.is_ascii_digit());
        digits && if i == 0 { (1..=3).contains(&group.len()) } else { group.len() == 3 }
    });
    right.then(|| groups.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_written_in_several_countries() {
        let cases = [
            (NumberFormat::Plain, "-12.5", Some(-12.5)),
            (NumberFormat::Plain, "12,5", None),
            (NumberFormat::Point, "1,234,567.89", Some(1_234_567.89)),
            (NumberFormat::Point, "¥1,234", Some(1234.0)),
            (NumberFormat::Point, "-$5.00", Some(-5.0)),
            (NumberFormat::Point, "$ -5.00", Some(-5.0)),
            (NumberFormat::Point, "12,34", None),
            (NumberFormat::Point, "1.5E+3", Some(1500.0)),
            (NumberFormat::Comma, "1.234,5", Some(1234.5)),
            (NumberFormat::Comma, "1 234,5", Some(1234.5)),
            (NumberFormat::Comma, "1'234,50 CHF", Some(1234.5)),
            (NumberFormat::Comma, "12,50-", Some(-12.5)),
            (NumberFormat::Comma, "EUR 12,50", Some(12.5)),
            (NumberFormat::Comma, ",5", Some(0.5)),
            (NumberFormat::Comma, "12.5", None),
        ];
        for (format, text, number) in cases {
            assert_eq!(format.parse(text), number, "{format} {text}");
        }
    }

    #[test]
    fn what_is_no_number_stays_none() {
        for format in [NumberFormat::Point, NumberFormat::Comma] {
            for text in ["", "-", "()", "€", "abc", "1,2,3", "1.2.3", "12 EUR 3", "inf", "NaN", "1e999", "..", "12-12"]
            {
                assert_eq!(format.parse(text), None, "{format} {text}");
            }
        }
    }
}
