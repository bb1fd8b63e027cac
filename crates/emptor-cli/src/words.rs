//! Numbers as people read them.

/// Thousands separators.
pub(crate) fn count(value: usize) -> String {
    grouped(&value.to_string())
}

/// Whole money with thousands separators: what a base is worth is not known to the cent.
pub(crate) fn money(value: f64) -> String {
    let text = format!("{:.0}", value.abs());
    let sign = if value < 0.0 && text != "0" { "-" } else { "" };
    format!("{sign}{}", grouped(&text))
}

/// One decimal.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// `1 row`, `2 rows`.
pub(crate) fn many(number: usize, what: &str) -> String {
    format!("{} {what}{}", count(number), if number == 1 { "" } else { "s" })
}

pub(crate) fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
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
    fn numbers_have_thousands_separators_and_no_minus_before_nought() {
        assert_eq!([money(-1_234_567.4), money(-0.2), count(999), many(1, "row")], ["-1,234,567", "0", "999", "1 row"]);
    }
}
