//! What a scorer says.

use std::fmt;

use emptor_rfm::{RfmScore, Segment};
use polars::prelude::{DataFrame, PolarsResult, Series};

use crate::columns::ColumnSpec;
use crate::grade::Grades;
use crate::table::{Of, count, frame_by_customer, known, specs, text};

/// Why a customer has no value, not even a probability to be alive, or no segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unscored {
    /// This column is unknown, the first such.
    Unknown(&'static str),
    /// The analysis has no cuts of RFM scores.
    NoCuts,
    /// The spend model has no finite mean for customers with so few purchases.
    NoMeanSpend,
}

impl fmt::Display for Unscored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(column) => write!(f, "{column} is unknown"),
            Self::NoCuts => f.write_str("the analysis has no cuts of RFM scores"),
            Self::NoMeanSpend => f.write_str("the spend model has no finite mean for so few purchases"),
        }
    }
}

/// Scores as columns: one element per customer, in input order, none dropped; unknown is `None` with a reason beside it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ScoredCustomers {
    /// Probability that the customer is still a customer.
    pub p_alive: Vec<Option<f64>>,
    /// Expected purchase occasions over the horizon of the convention.
    pub expected_purchases: Vec<Option<f64>>,
    /// Expected money per future occasion.
    pub expected_spend: Vec<Option<f64>>,
    /// Discounted value of the current relationship.
    pub ltv_current: Vec<Option<f64>>,
    /// Why one of these is missing.
    pub unscored: Vec<Option<Unscored>>,
    /// RFM scores.
    pub rfm: Vec<Option<RfmScore>>,
    /// RFM segment; those who have not bought (`purchases` is 0) have one without scores.
    pub segment: Vec<Option<Segment>>,
    /// Why there is no segment.
    pub unsegmented: Vec<Option<Unscored>>,
    /// Grades, with their own reasons.
    pub grades: Grades,
}

const COLUMNS: &[Of<ScoredCustomers>] = &[
    known("p_alive", "probability", "probability that the customer is still a customer", |of, row| of.p_alive[row]),
    known("expected_purchases", "count", "expected purchase occasions over the horizon", |of, row| {
        of.expected_purchases[row]
    }),
    known("expected_spend", "currency", "expected money per future occasion", |of, row| of.expected_spend[row]),
    known("ltv_current", "currency", "discounted value of current relationship profit over the horizon", |of, row| {
        of.ltv_current[row]
    }),
    text("unscored_reason", "", "why there is no value", |of, row| of.unscored[row].map(|why| why.to_string())),
    count("r_score", "1–5", "recency score, 5 = latest", |of, row| of.rfm[row].map(|s| usize::from(s.recency))),
    count("f_score", "1–5", "frequency score, 5 = most purchases", |of, row| {
        of.rfm[row].map(|s| usize::from(s.frequency))
    }),
    count("m_score", "1–5", "monetary score, 5 = highest spend", |of, row| {
        of.rfm[row].map(|s| usize::from(s.monetary))
    }),
    known("rfm_score", "1–5", "weighted mean of the three scores", |of, row| of.rfm[row].map(|s| s.weighted)),
    text("rfm_segment", "", "named segment of the recency and frequency scores", |of, row| {
        of.segment[row].map(|segment| segment.name().to_owned())
    }),
    text("unsegmented_reason", "", "why there is no segment", |of, row| of.unsegmented[row].map(|why| why.to_string())),
    text("grade", "", "A the best; null where ungraded", |of, row| of.grades.grade[row].map(|g| g.to_string())),
    text("ungraded_reason", "", "why there is no grade", |of, row| of.grades.ungraded[row].map(|why| why.to_string())),
    known("composite", "SD", "weighted group scores", |of, row| of.grades.composite[row]),
    known("margin", "0–1", "how clearly the customer belongs to the grade: 0 on the border of another", |of, row| {
        of.grades.margin[row]
    }),
];

impl ScoredCustomers {
    /// The columns of [`to_frame`](Self::to_frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { COLUMNS.len() + 1 }>(COLUMNS);

    /// Number of customers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.p_alive.len()
    }

    /// Whether there is no customer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.p_alive.is_empty()
    }

    /// One row per customer, in the order of the input.
    ///
    /// # Errors
    /// [`ShapeMismatch`](polars::prelude::PolarsError::ShapeMismatch) unless there is one id per customer.
    pub fn to_frame(&self, customers: &Series) -> PolarsResult<DataFrame> {
        frame_by_customer(COLUMNS, customers, self, self.len())
    }
}
