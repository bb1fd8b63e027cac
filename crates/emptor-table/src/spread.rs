//! Tables that are spread over their columns, one for each period.

/// Whether three or more names of columns are different periods, as a table has them that is spread over its columns.
pub(crate) fn are_periods<'a>(names: impl Iterator<Item = &'a str>) -> bool {
    let mut periods: Vec<&str> = names.map(str::trim).filter(|name| is_period(name)).collect();
    let all = periods.len();
    periods.sort_unstable();
    periods.dedup();
    all >= 3 && periods.len() == all
}

/// Years, quarters, months and days as `2024`, `2024-Q1`, `2024-05` and `2024-05-31`.
pub(crate) fn is_period(name: &str) -> bool {
    let parts: Vec<&str> = name.split(['-', '/', '.', ' ']).collect();
    let number = |text: &str, from: u32, to: u32| {
        text.bytes().all(|b| b.is_ascii_digit()) && text.parse().is_ok_and(|n: u32| (from..=to).contains(&n))
    };
    let year = |text: &str| text.len() == 4 && number(text, 1900, 2100);
    let month = |text: &str| number(text, 1, 12) || text.strip_prefix(['Q', 'q']).is_some_and(|n| number(n, 1, 4));
    match parts[..] {
        [y] => year(y),
        [y, m] => year(y) && month(m),
        [y, m, d] => year(y) && month(m) && number(d, 1, 31),
        _ => false,
    }
}
