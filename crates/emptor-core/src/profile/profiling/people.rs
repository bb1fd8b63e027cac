//! On whom a customer depends among us.

use std::collections::BTreeMap;

use emptor_types::ExactSum;
use polars::prelude::{DataFrame, PolarsResult, col, lit};

use super::base::{Base, Levels, first_of_look_back};
use super::settings::ProfilingSettings;
use crate::columns::ColumnSpec;
use crate::profile::lines::Lines;
use crate::profile::{ProfileError, ProfileInput};
use crate::table::{Of, count, frame, known, specs, text};

/// The representative through whom most of a customer's contacts or sales go.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct KeyPerson {
    pub(super) rep: String,
    pub(super) share: f64,
    pub(super) basis: &'static str,
}

/// Per customer, where representatives are named on lines or interactions: the greater of the two shares, that of sales
/// where they are equal. `None` if neither table names any.
pub(super) fn key_persons(
    input: &ProfileInput<'_>,
    lines: &Lines,
    settings: &ProfilingSettings,
    base: &Base,
) -> Result<Option<Vec<Option<KeyPerson>>>, ProfileError> {
    let mut sources = Vec::new();
    if input.tables.transactions().has("rep_id") {
        sources.push(("sales", Levels::spend(input, lines, settings, base, "rep_id")?));
    }
    if let Some(interactions) = input.tables.interactions().filter(|interactions| interactions.has("rep_id")) {
        let day = || col("date").to_physical();
        let seen = day().lt_eq(lit(input.window.as_of().days_since_epoch()));
        let rows = interactions.rows().filter(seen.and(day().gt_eq(lit(first_of_look_back(input, settings)))));
        sources.push(("contacts", Levels::rows(rows, base, "interactions", "rep_id")?));
    }
    if sources.is_empty() {
        return Ok(None);
    }
    let mut persons: Vec<Option<KeyPerson>> = vec![None; base.len()];
    for (basis, levels) in &sources {
        for cells in levels.by_customer() {
            let total: f64 = cells.iter().map(|cell| cell.2).sum();
            let named = cells.iter().filter(|cell| !levels.is_unknown(cell.1) && cell.2 > 0.0);
            let Some(top) = named.reduce(|best, next| if next.2 > best.2 { next } else { best }) else { continue };
            let share = top.2 / total;
            let person = &mut persons[top.0 as usize];
            if person.as_ref().is_none_or(|known| share > known.share) {
                *person = Some(KeyPerson { rep: levels.names[top.1 as usize].clone(), share, basis });
            }
        }
    }
    Ok(Some(persons))
}

/// What depends on one representative.
#[derive(Debug, Clone)]
pub(super) struct Dependence {
    pub(super) rep: String,
    /// Customers of whom this is the key person.
    pub(super) customers: usize,
    /// Those who depend on this person alone.
    pub(super) dependent: usize,
    pub(super) revenue: f64,
    pub(super) revenue_share: Option<f64>,
    pub(super) margin: Option<f64>,
    pub(super) margin_share: Option<f64>,
}

/// Per representative, what would be at risk if they left; by revenue at risk, the greatest first, then by id.
/// `revenue` and `margin` are customers' of the window, margin `None` where unknown.
pub(super) fn dependence(
    persons: &[Option<KeyPerson>],
    revenue: &[f64],
    margin: Option<&[Option<f64>]>,
    from_share: f64,
) -> Vec<Dependence> {
    #[derive(Default)]
    struct Sum {
        customers: usize,
        dependent: usize,
        revenue: ExactSum,
        margin: ExactSum,
    }
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    for (customer, person) in persons.iter().enumerate() {
        let Some(person) = person else { continue };
        let sum = sums.entry(&person.rep).or_default();
        sum.customers += 1;
        if person.share >= from_share {
            sum.dependent += 1;
            sum.revenue.add(revenue[customer]);
            sum.margin.add(margin.and_then(|margin| margin[customer]).unwrap_or_default());
        }
    }
    let share = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
    let all = revenue.iter().copied().collect::<ExactSum>().value();
    let all_margin = margin.map(|margin| margin.iter().flatten().copied().collect::<ExactSum>().value());
    let mut rows: Vec<Dependence> = sums
        .into_iter()
        .map(|(rep, sum)| Dependence {
            rep: rep.to_owned(),
            customers: sum.customers,
            dependent: sum.dependent,
            revenue: sum.revenue.value(),
            revenue_share: share(sum.revenue.value(), all),
            margin: margin.map(|_| sum.margin.value()),
            margin_share: all_margin.and_then(|all| share(sum.margin.value(), all)),
        })
        .collect();
    rows.sort_by(|a, b| b.revenue.total_cmp(&a.revenue));
    rows
}

const KEY_PERSON: &[Of<[Dependence]>] = &[
    text("rep_id", "", "the representative", |of, row| Some(of[row].rep.clone())),
    count("customers", "count", "customers most of whose contacts or sales go through this person", |of, row| {
        Some(of[row].customers)
    }),
    count("dependent_customers", "count", "those of them who depend on this person alone", |of, row| {
        Some(of[row].dependent)
    }),
    known("revenue_at_risk", "currency", "their net revenue of the window", |of, row| Some(of[row].revenue)),
    known("revenue_share", "share", "its share of all customers' net revenue", |of, row| of[row].revenue_share),
    known("margin_at_risk", "currency", "their margin of the window, as far as known", |of, row| of[row].margin),
    known("margin_share", "share", "its share of all customers' margin", |of, row| of[row].margin_share),
];

pub(super) const KEY_PERSON_COLUMNS: &[ColumnSpec] = &specs::<_, { KEY_PERSON.len() }>(KEY_PERSON);

pub(super) fn to_frame(rows: &[Dependence]) -> PolarsResult<DataFrame> {
    frame(KEY_PERSON, rows, rows.len())
}
