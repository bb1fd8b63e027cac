//! Grades and segments as parts of the equity.

use std::collections::BTreeMap;

use emptor_rfm::{RfmScores, Segment};
use emptor_types::ExactSum;

use super::ranges::{Labels, Ranges};
use super::results::{GradeRow, SegmentRow};
use crate::grade::{Grade, Grades};

/// The grade and segment of every customer with a history; `place` says where each customer of the ledger is in it.
pub(super) fn labels(grades: &Grades, scores: &RfmScores, place: &[Option<usize>], customers: usize) -> Labels {
    let mut labels = Labels { grade: vec![String::new(); customers], segment: vec![String::new(); customers] };
    for ((row, grade), segment) in place.iter().zip(&grades.grade).zip(scores.segments()) {
        if let Some(row) = *row {
            labels.grade[row] = grade_name(*grade);
            segment.name().clone_into(&mut labels.segment[row]);
        }
    }
    labels
}

fn grade_name(grade: Option<Grade>) -> String {
    grade.map_or_else(|| "none".to_owned(), |grade| grade.to_string())
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

pub(super) fn grade_rows(
    grades: &Grades,
    total: &[f64],
    equity: f64,
    prospects: usize,
    ranges: &Ranges,
) -> Vec<GradeRow> {
    // Ungraded customers sort behind every grade.
    let mut sums: BTreeMap<(bool, Option<Grade>), (usize, ExactSum)> = BTreeMap::new();
    for (grade, value) in grades.grade.iter().zip(total) {
        let (customers, sum) = sums.entry((grade.is_none(), *grade)).or_default();
        *customers += 1;
        // Customers without a value (NaN) add nothing.
        sum.add(*value);
    }
    if prospects > 0 {
        sums.entry((true, None)).or_default().0 += prospects;
    }
    let all = total.len() + prospects;
    sums.into_iter()
        .map(|((_, grade), (customers, sum))| GradeRow {
            grade,
            customers,
            customer_share: customers as f64 / all as f64,
            mean_value: sum.value() / customers as f64,
            equity: sum.value(),
            equity_share: share(sum.value(), equity),
            range: ranges.of_grade(&grade_name(grade)),
        })
        .collect()
}

pub(super) fn segment_rows(
    scores: &RfmScores,
    spend: &[f64],
    total: &[f64],
    equity: f64,
    prospects: usize,
    ranges: &Ranges,
) -> Vec<SegmentRow> {
    let mut sums: BTreeMap<Segment, (usize, ExactSum, ExactSum)> = BTreeMap::new();
    for ((segment, spend), value) in scores.segments().iter().zip(spend).zip(total) {
        let (customers, money, sum) = sums.entry(*segment).or_default();
        *customers += 1;
        money.add(*spend);
        sum.add(*value);
    }
    if prospects > 0 {
        sums.entry(Segment::NoPurchase).or_default().0 += prospects;
    }
    let all = total.len() + prospects;
    let mut rows: Vec<SegmentRow> = sums
        .into_iter()
        .map(|(segment, (customers, money, sum))| SegmentRow {
            segment,
            customers,
            customer_share: customers as f64 / all as f64,
            spend: money.value(),
            equity: sum.value(),
            equity_share: share(sum.value(), equity),
            range: ranges.of_segment(segment.name()),
        })
        .collect();
    rows.sort_by(|a, b| b.equity.total_cmp(&a.equity));
    rows
}
