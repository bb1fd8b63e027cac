//! Names of methods, and what they mean.

use std::collections::BTreeMap;

use crate::text::count;

/// Methods shown by name; further ones are counted.
const SHOWN: usize = 3;

/// What a name without its parameters means.
const LEGEND: [(&str, &str); 16] = [
    ("ETS", "exponential smoothing"),
    ("DOTM", "dynamic optimised theta method"),
    ("DSTM", "dynamic theta method"),
    ("OTM", "optimised theta method"),
    ("Theta", "theta method"),
    ("TSB", "how often something is sold times how much"),
    ("SBA", "sizes of rare sales over the time between them, corrected"),
    ("Croston", "sizes of rare sales over the time between them"),
    ("ADIDA", "rare sales added up over longer periods"),
    ("SES", "smoothed level"),
    ("SeasonalNaive", "as a season before"),
    ("Naive", "as in the last period"),
    ("Drift", "the line from the first period to the last"),
    ("Mean", "as on average"),
    ("rate after the first sale", "as others that were seldom sold have gone on"),
    ("share of members not sold before", "what such members brought in the past"),
];

/// How many series go by which method, most first, and what the names mean.
pub(super) fn methods<'a>(used: impl Iterator<Item = &'a str>) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    used.for_each(|name| *counts.entry(without_parameters(name)).or_default() += 1);
    let all: usize = counts.values().sum();
    let mut ranked: Vec<(String, usize)> = counts.into_iter().collect();
    ranked.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let shown = &ranked[..ranked.len().min(SHOWN)];
    let mut named: Vec<String> =
        shown.iter().map(|(name, n)| if all > 1 { format!("{name} ({})", count(*n)) } else { name.clone() }).collect();
    let others: usize = ranked[shown.len()..].iter().map(|(_, n)| n).sum();
    named.extend((others > 0).then(|| format!("others ({})", count(others))));
    let is_shown = |part: &str| shown.iter().any(|(name, _)| name.split(" + ").any(|own| own == part));
    let meant = LEGEND.iter().filter(|(part, _)| is_shown(part));
    let meant: Vec<String> = meant.map(|(part, meaning)| format!("{part} = {meaning}")).collect();
    let joined = if shown.iter().any(|(name, _)| name.contains(" + ")) { "; + = the mean of them" } else { "" };
    let meant = if meant.is_empty() { String::new() } else { format!(" {}{joined}", meant.join("; ")) };
    format!("{}.{meant}", named.join(", "))
}

/// A name without parameters, in which series differ that go by the same method.
fn without_parameters(name: &str) -> String {
    let parts: Vec<&str> =
        name.split(" + ").map(|part| part.split_once('(').map_or(part, |(own, _)| own.trim_end())).collect();
    parts.join(" + ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_counted_and_only_those_named_are_explained() {
        let used =
            ["DOTM + Theta(log)", "TSB(0.200, 0.200)", "TSB(0.1, 0.3)", "DOTM + Theta(log)", "DOTM + Theta(log)"];
        let text = methods(used.into_iter());
        assert!(text.starts_with("DOTM + Theta (3), TSB (2). DOTM = "), "{text}");
        assert!(text.ends_with("+ = the mean of them") && !text.contains("ETS"), "{text}");
        assert!(methods(["Naive"].into_iter()).starts_with("Naive. Naive = "));
    }
}
