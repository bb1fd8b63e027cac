//! Numbers as findings say them: with thousands separators, a sign where they are changes, and no more digits than one
//! would say.

/// A whole number of something.
pub(crate) fn count(n: usize) -> String {
    grouped(&n.to_string())
}

/// An amount without decimals, with a minus sign where it is negative.
pub(crate) fn money(amount: f64) -> String {
    let text = format!("{:.0}", amount.abs());
    let sign = if amount < 0.0 && text != "0" { "−" } else { "" };
    format!("{sign}{}", grouped(&text))
}

/// A change of an amount, with its sign.
pub(crate) fn change(amount: f64) -> String {
    with_sign(amount, &format!("{:.0}", amount.abs()))
}

/// A share as percent: one decimal below 10 %, none above.
pub(crate) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    let decimals = usize::from(percent.abs() < 9.95);
    let text = format!("{:.decimals$}", percent.abs());
    let is_zero = text.chars().all(|digit| matches!(digit, '0' | '.'));
    let sign = if percent < 0.0 && !is_zero { "−" } else { "" };
    let text = text.strip_suffix(".0").unwrap_or(&text);
    let text = if text.contains('.') { text.to_owned() } else { grouped(text) };
    format!("{sign}{text} %")
}

/// A relative change as percent, with its sign.
pub(crate) fn change_percent(share: f64) -> String {
    let text = percent(share.abs());
    if text == "0 %" { text } else { format!("{}{text}", if share < 0.0 { "−" } else { "+" }) }
}

/// `customer` or `customers`, with the number in front.
pub(crate) fn many(n: usize, one: &str, more: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { more })
}

/// A p-value as one would say it.
pub(crate) fn p_value(p: f64) -> String {
    if p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {p:.3}") }
}

/// A change of a share in percentage points, with its sign.
pub(crate) fn points(share: f64) -> String {
    change_percent(share).replace(" %", " points")
}

/// A number that is neither an amount nor a share, e.g. a rate per 1,000, with one decimal.
pub(crate) fn decimal(number: f64) -> String {
    let text = format!("{:.1}", number.abs());
    let (whole, rest) = text.split_once('.').unwrap_or((&text, "0"));
    let sign = if number < 0.0 && text != "0.0" { "−" } else { "" };
    format!("{sign}{}.{rest}", grouped(whole))
}

/// A score that may be negative, with its sign and two decimals.
pub(crate) fn signed(number: f64) -> String {
    format!("{number:+.2}").replace('-', "−").replace("−0.00", "+0.00")
}

fn with_sign(number: f64, digits: &str) -> String {
    let sign = match (digits, number < 0.0) {
        ("0", _) => "",
        (_, true) => "−",
        (_, false) => "+",
    };
    format!("{sign}{}", grouped(digits))
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

/// Holds that findings, caveats and the reasons of gaps are whole sentences without names of columns or tables.
#[cfg(test)]
pub(crate) fn are_sentences(section: &super::Section) {
    for finding in &section.findings {
        for text in [Some(&finding.headline), finding.caveat.as_ref()].into_iter().flatten() {
            let begins = text.chars().next().is_some_and(|first| first.is_uppercase() || first.is_ascii_digit());
            assert!(begins && text.ends_with('.') && !text.ends_with(".."), "{}: {text}", section.p);
            assert!(!text.contains("base_starts_late") && !text.contains("low_support"), "{}: {text}", section.p);
        }
    }
    for gap in &section.gaps {
        assert!(gap.reason.ends_with('.') && !gap.reason.ends_with(".."), "{}: {}", section.p, gap.reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_as_people_say_them() {
        assert_eq!(
            (count(1_234_567).as_str(), money(-1234.6).as_str(), money(-0.2).as_str()),
            ("1,234,567", "−1,235", "0")
        );
        assert_eq!((change(1500.0).as_str(), change(-20.0).as_str(), change(0.1).as_str()), ("+1,500", "−20", "0"));
        assert_eq!(
            (percent(0.0345).as_str(), percent(0.456).as_str(), percent(23.8).as_str()),
            ("3.5 %", "46 %", "2,380 %")
        );
        assert_eq!(
            (percent(0.02).as_str(), change_percent(-0.016).as_str(), change_percent(0.29).as_str()),
            ("2 %", "−1.6 %", "+29 %")
        );
        assert_eq!(
            (points(-0.123).as_str(), decimal(-1234.56).as_str(), decimal(-0.04).as_str()),
            ("−12 points", "−1,234.6", "0.0")
        );
        assert_eq!(
            (signed(0.456).as_str(), signed(-0.001).as_str(), signed(-1.2).as_str()),
            ("+0.46", "+0.00", "−1.20")
        );
        assert_eq!((many(1, "customer", "customers").as_str(), p_value(0.0001).as_str()), ("1 customer", "p < 0.001"));
    }
}
