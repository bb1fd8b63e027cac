//! Does a score find those whom a campaign moves?

use std::fmt;

use emptor_types::Invalid;

/// What an uplift curve shows. Libraries mean different things by one name, so every curve carries its form.
///
/// With Y the outcomes and N the customers among the best k of the treated (T) and of the controls (C):
///
/// | form | formula | unit |
/// |---|---|---|
/// | `Qini` | Y_T − Y_C · N_T/N_C (Radcliffe 2007) | incremental responders among the treated |
/// | `Lift` | Y_T/N_T − Y_C/N_C | difference of shares |
/// | `Gain` | (Y_T/N_T − Y_C/N_C) · (N_T + N_C) | incremental responders if all k were treated |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CurveForm {
    /// Incremental responders among the treated.
    Qini,
    /// Difference of shares.
    Lift,
    /// Incremental responders if all were treated.
    Gain,
}

impl fmt::Display for CurveForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Qini => "qini",
            Self::Lift => "lift",
            Self::Gain => "gain",
        })
    }
}

/// A point of an uplift curve.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct UpliftPoint {
    /// How many customers, the highest scores first.
    pub customers: usize,
    /// Their share of all.
    pub share: f64,
    /// The curve.
    pub value: f64,
    /// What customers chosen at random would give: the straight line to the last point, for `Lift` the last point itself.
    pub random: f64,
}

/// An uplift curve: what the customers of the highest scores bring beyond what would have come anyway.
///
/// Customers of equal score are in no order: the curve has a point before and one after all of them, and does not depend
/// on the order of rows. While there are no controls among the best, their term counts 0, as in most libraries; such
/// points say little.
///
/// References: Radcliffe & Surry 2011, "Real-world uplift modelling with significance-based uplift trees"; Radcliffe
/// 2007, "Using control groups to target on predicted lift", Direct Marketing Analytics Journal 1.
///
/// ```
/// use emptor_core::profile::promotion::{CurveForm, UpliftCurve};
///
/// let outcome = [1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0];
/// let treated = [true, false, true, true, false, true, false, false];
/// let score = [8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0];
/// let curve = UpliftCurve::new(&score, &outcome, &treated, CurveForm::Qini)?;
/// let values: Vec<f64> = curve.points().iter().map(|point| (point.value * 1e4).round() / 1e4).collect();
/// assert_eq!(values, [0.0, 1.0, 0.0, -1.0, -1.0, 0.5, 0.0, -0.6667, 0.0]);
/// assert!((curve.area() - -0.145_833).abs() < 1e-6, "worse than choosing at random");
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct UpliftCurve {
    form: CurveForm,
    normalised: bool,
    points: Vec<UpliftPoint>,
}

impl UpliftCurve {
    /// The curve of customers with a score, an outcome (0 or 1, or money) and whether they were treated.
    ///
    /// # Errors
    /// Unless there are treated and controls, as many scores as outcomes as treatments, and all are finite.
    pub fn new(score: &[f64], outcome: &[f64], treated: &[bool], form: CurveForm) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let n = score.len();
        let same = outcome.len() == n && treated.len() == n;
        let lengths = format!("{n}, {} and {}", outcome.len(), treated.len());
        checks.require(same, "scores, outcomes and treatments", "must be as many", lengths);
        checks.require_each("score", "must be finite", score, |_, value| value.is_finite());
        checks.require_each("outcome", "must be finite", outcome, |_, value| value.is_finite());
        let both = treated.iter().any(|is| *is) && treated.iter().any(|is| !is);
        checks.require(both, "treated", "must be some and not all", treated.iter().filter(|is| **is).count());
        checks.finish()?;

        let mut order: Vec<usize> = (0..n).collect();
        // Equal scores by outcome and arm, so that sums do not depend on the order of rows.
        let key = |i: usize| (outcome[i], treated[i]);
        order.sort_unstable_by(|&a, &b| {
            score[b].total_cmp(&score[a]).then_with(|| key(a).0.total_cmp(&key(b).0).then(key(a).1.cmp(&key(b).1)))
        });
        let mut sums = Sums::default();
        let mut points = vec![(0, 0.0)];
        for same in order.chunk_by(|a, b| score[*a].total_cmp(&score[*b]).is_eq()) {
            same.iter().for_each(|&i| sums.add(outcome[i], treated[i]));
            points.push((sums.customers(), sums.value(form)));
        }
        let last = points.last().map_or(0.0, |(_, value)| *value);
        let points = points
            .into_iter()
            .map(|(customers, value)| {
                let share = customers as f64 / n as f64;
                let random = if form == CurveForm::Lift { last } else { share * last };
                UpliftPoint { customers, share, value, random }
            })
            .collect();
        Ok(Self { form, normalised: false, points })
    }

    /// The same curve divided by the absolute value of its last point, so that campaigns of different size compare.
    /// `None` where that is 0 (less than 10⁻¹² per customer): a campaign without an effect has no share of it.
    #[must_use]
    pub fn normalised(&self) -> Option<Self> {
        let last = self.points.last()?;
        let scale = last.value.abs();
        let divided =
            |point: &UpliftPoint| UpliftPoint { value: point.value / scale, random: point.random / scale, ..*point };
        (scale > 1e-12 * last.customers as f64).then(|| Self {
            form: self.form,
            normalised: true,
            points: self.points.iter().map(divided).collect(),
        })
    }

    /// The form.
    #[must_use]
    pub fn form(&self) -> CurveForm {
        self.form
    }

    /// Whether it was divided by its last point.
    #[must_use]
    pub fn is_normalised(&self) -> bool {
        self.normalised
    }

    /// The points, from none to all customers.
    #[must_use]
    pub fn points(&self) -> &[UpliftPoint] {
        &self.points
    }

    /// The area between the curve and choosing at random, by trapezoids over the share of customers: the Qini coefficient
    /// of a `Qini` curve, in its unit. Positive if the score finds those whom the campaign moves.
    #[must_use]
    pub fn area(&self) -> f64 {
        let above = |point: &UpliftPoint| point.value - point.random;
        let trapezoid =
            |pair: &[UpliftPoint]| (pair[1].share - pair[0].share) * f64::midpoint(above(&pair[0]), above(&pair[1]));
        self.points.windows(2).map(trapezoid).sum()
    }

    /// The points at `steps` equal steps of the share of customers, between points by a straight line; for a chart.
    #[must_use]
    pub fn at_steps(&self, steps: usize) -> Vec<UpliftPoint> {
        let all = self.points.last().map_or(0, |point| point.customers);
        (0..=steps).filter_map(|step| self.at(step as f64 / steps.max(1) as f64, all)).collect()
    }

    fn at(&self, share: f64, all: usize) -> Option<UpliftPoint> {
        let next = self.points.partition_point(|point| point.share < share).min(self.points.len() - 1);
        let (before, after) = (self.points.get(next.saturating_sub(1))?, self.points.get(next)?);
        let span = after.share - before.share;
        let part = if span > 0.0 { ((share - before.share) / span).clamp(0.0, 1.0) } else { 1.0 };
        let between = |a: f64, b: f64| a + (b - a) * part;
        Some(UpliftPoint {
            customers: (share * all as f64).round() as usize,
            share,
            value: between(before.value, after.value),
            random: between(before.random, after.random),
        })
    }
}

#[derive(Default)]
struct Sums {
    treated: (f64, f64),
    controls: (f64, f64),
}

impl Sums {
    fn add(&mut self, outcome: f64, treated: bool) {
        let own = if treated { &mut self.treated } else { &mut self.controls };
        own.0 += outcome;
        own.1 += 1.0;
    }

    fn customers(&self) -> usize {
        (self.treated.1 + self.controls.1) as usize
    }

    fn value(&self, form: CurveForm) -> f64 {
        let ((y_t, n_t), (y_c, n_c)) = (self.treated, self.controls);
        let rate = |y: f64, n: f64| if n > 0.0 { y / n } else { 0.0 };
        match form {
            CurveForm::Qini => y_t - rate(y_c, n_c) * n_t,
            CurveForm::Lift => rate(y_t, n_t) - rate(y_c, n_c),
            CurveForm::Gain => (rate(y_t, n_t) - rate(y_c, n_c)) * (n_t + n_c),
        }
    }
}
