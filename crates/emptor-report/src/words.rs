//! Numbers as a report says them.

use emptor_chart::Unit;

use crate::settings::ReportSettings;

/// How a report writes amounts, counts and shares.
#[derive(Debug, Clone)]
pub struct Words {
    pub(crate) currency: String,
    pub(crate) show_ids: bool,
    pub(crate) most_rows: usize,
}

/// What stands for a number that is not known.
pub(crate) const UNKNOWN: &str = "–";

impl Words {
    pub(crate) fn of(settings: &ReportSettings) -> Self {
        Self { currency: settings.currency.clone(), show_ids: settings.show_ids, most_rows: settings.most_rows.max(1) }
    }

    /// The unit of amounts in charts.
    pub(crate) fn unit(&self) -> Unit {
        if self.currency.is_empty() { Unit::number() } else { Unit::money(&self.currency) }
    }

    /// An amount: whole from a hundred on, with cents below.
    pub(crate) fn money(&self, amount: f64) -> String {
        if !amount.is_finite() {
            return UNKNOWN.to_owned();
        }
        let decimals = if amount.abs() < 99.995 && amount.fract() != 0.0 { 2 } else { 0 };
        let digits = decimal(amount.abs(), decimals);
        let sign = minus(amount, &digits);
        format!("{sign}{}{digits}", self.currency)
    }

    /// An amount in three figures: `€1.23M`.
    pub(crate) fn short(&self, amount: f64) -> String {
        if amount.is_finite() { self.unit().short(amount, emptor_chart::Language::English) } else { UNKNOWN.to_owned() }
    }
}

/// A whole number with thousands separators.
pub(crate) fn count(number: usize) -> String {
    grouped(&number.to_string())
}

/// `1 customer`, `2 customers`.
pub(crate) fn many(number: usize, one: &str) -> String {
    format!("{} {one}{}", count(number), if number == 1 { "" } else { "s" })
}

/// A share: one decimal below 10 %, none above.
pub(crate) fn percent(share: f64) -> String {
    if !share.is_finite() {
        return UNKNOWN.to_owned();
    }
    let digits = decimal(100.0 * share.abs(), usize::from(share.abs() < 0.0995));
    let digits = digits.strip_suffix(".0").unwrap_or(&digits);
    format!("{}{digits} %", minus(share, digits))
}

/// A number with as many decimals as its size asks for.
pub(crate) fn number(value: f64) -> String {
    if !value.is_finite() {
        return UNKNOWN.to_owned();
    }
    let size = value.abs();
    let decimals = if value.fract() == 0.0 || size >= 1_000.0 {
        0
    } else if size >= 10.0 {
        1
    } else if size >= 0.1 {
        2
    } else {
        4
    };
    let digits = decimal(size, decimals);
    format!("{}{digits}", minus(value, &digits))
}

fn minus(value: f64, digits: &str) -> &'static str {
    let is_nought = digits.chars().all(|digit| matches!(digit, '0' | '.' | ','));
    if value < 0.0 && !is_nought { "−" } else { "" }
}

/// Digits with thousands separators.
fn decimal(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.split_once('.') {
        Some((whole, rest)) => format!("{}.{rest}", grouped(whole)),
        None => grouped(&text),
    }
}

fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_shares_and_numbers_are_as_exact_as_one_would_say_them() {
        let words = Words::of(&ReportSettings { currency: "€".to_owned(), ..ReportSettings::default() });
        let amounts = [1_234_567.4, -12.5, -0.001, 40.0, f64::NAN].map(|amount| words.money(amount));
        assert_eq!(amounts, ["€1,234,567", "−€12.50", "€0.00", "€40", "–"]);
        assert_eq!([0.0, 0.0512, 0.35, -1.5, f64::NAN].map(percent), ["0 %", "5.1 %", "35 %", "−150 %", "–"]);
        assert_eq!([3.0, 1_234.5, 12.34, 0.25, 0.01234].map(number), ["3", "1,234", "12.3", "0.25", "0.0123"]);
        assert_eq!([many(1, "row"), many(1_000, "row")], ["1 row", "1,000 rows"]);
    }
}
