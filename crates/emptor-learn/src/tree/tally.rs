//! Sums over the rows of one side of a split, and how pure they say it is.

use super::{Criterion, Target, TreeData};

/// Sums over rows. `score` is minus impurity times weight up to what a split cannot change, so that the gain of a split,
/// times weight, is `score(left) + score(right) − score(both)`.
pub(super) trait Tally: Clone + Send + Sync {
    fn clear(&mut self);
    fn set_sum(&mut self, one: &Self, other: &Self);
    fn set_difference(&mut self, whole: &Self, part: &Self);
    fn merge(&mut self, other: &Self);
    fn score(&self, criterion: Criterion) -> f64;
    fn rows(&self) -> usize;
    fn weight(&self) -> f64;
    /// Along how many orders categories are to be tried, and where this one stands in each.
    fn orders(&self) -> usize;
    fn rank(&self, order: usize) -> f64;
}

/// The target of rows, to be added to a tally.
pub(super) trait Labels: Sync {
    type Tally: Tally;
    fn empty(&self) -> Self::Tally;
    fn add(&self, row: usize, tally: &mut Self::Tally);
}

/// Sums of a number; two classes are the numbers 0 and 1.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    rows: usize,
    weight: f64,
    sum: f64,
}

impl Tally for Sums {
    fn clear(&mut self) {
        *self = Self::default();
    }

    #[inline]
    fn set_sum(&mut self, one: &Self, other: &Self) {
        *self = Self { rows: one.rows + other.rows, weight: one.weight + other.weight, sum: one.sum + other.sum };
    }

    #[inline]
    fn set_difference(&mut self, whole: &Self, part: &Self) {
        *self = Self { rows: whole.rows - part.rows, weight: whole.weight - part.weight, sum: whole.sum - part.sum };
    }

    fn merge(&mut self, other: &Self) {
        let own = *self;
        self.set_sum(&own, other);
    }

    #[inline]
    fn score(&self, criterion: Criterion) -> f64 {
        if self.weight <= 0.0 {
            return 0.0;
        }
        // Not `sum * sum / weight`: the square alone may overflow.
        match criterion {
            Criterion::Variance => self.sum * (self.sum / self.weight),
            Criterion::Gini => {
                let rest = self.weight - self.sum;
                self.sum * (self.sum / self.weight) + rest * (rest / self.weight)
            }
            Criterion::Entropy | Criterion::GainRatio => {
                bits(self.sum) + bits(self.weight - self.sum) - bits(self.weight)
            }
        }
    }

    #[inline]
    fn rows(&self) -> usize {
        self.rows
    }

    fn weight(&self) -> f64 {
        self.weight
    }

    fn orders(&self) -> usize {
        1
    }

    fn rank(&self, _: usize) -> f64 {
        self.sum / self.weight
    }
}

/// Weights by class, for more than two.
#[derive(Debug, Clone)]
pub(super) struct Counts {
    rows: usize,
    weight: f64,
    classes: Vec<f64>,
}

impl Counts {
    fn set(&mut self, one: &Self, other: &Self, rows: usize, combine: impl Fn(f64, f64) -> f64) {
        self.rows = rows;
        self.weight = combine(one.weight, other.weight);
        for ((own, a), b) in self.classes.iter_mut().zip(&one.classes).zip(&other.classes) {
            *own = combine(*a, *b);
        }
    }
}

impl Tally for Counts {
    fn clear(&mut self) {
        (self.rows, self.weight) = (0, 0.0);
        self.classes.fill(0.0);
    }

    fn set_sum(&mut self, one: &Self, other: &Self) {
        self.set(one, other, one.rows + other.rows, |a, b| a + b);
    }

    fn set_difference(&mut self, whole: &Self, part: &Self) {
        self.set(whole, part, whole.rows - part.rows, |a, b| a - b);
    }

    fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.weight += other.weight;
        self.classes.iter_mut().zip(&other.classes).for_each(|(own, more)| *own += more);
    }

    fn score(&self, criterion: Criterion) -> f64 {
        if self.weight <= 0.0 {
            return 0.0;
        }
        let classes = self.classes.iter();
        match criterion {
            Criterion::Gini | Criterion::Variance => classes.map(|c| c * (c / self.weight)).sum(),
            Criterion::Entropy | Criterion::GainRatio => classes.map(|c| bits(*c)).sum::<f64>() - bits(self.weight),
        }
    }

    fn rows(&self) -> usize {
        self.rows
    }

    fn weight(&self) -> f64 {
        self.weight
    }

    fn orders(&self) -> usize {
        self.classes.len()
    }

    fn rank(&self, order: usize) -> f64 {
        self.classes[order] / self.weight
    }
}

/// `x log₂ x`, 0 at 0 and where a difference of sums fell below it.
#[inline]
pub(super) fn bits(x: f64) -> f64 {
    if x > 0.0 { x * x.log2() } else { 0.0 }
}

/// Numbers, or two classes as 0 and 1, less a centre near their mean so that squares keep their digits.
pub(super) struct Centred<'a, T> {
    pub(super) values: &'a [T],
    pub(super) weights: Option<&'a [f64]>,
    pub(super) centre: f64,
}

impl<T: Copy + Sync + Into<f64>> Labels for Centred<'_, T> {
    type Tally = Sums;

    fn empty(&self) -> Sums {
        Sums::default()
    }

    #[inline]
    fn add(&self, row: usize, tally: &mut Sums) {
        let weight = self.weights.map_or(1.0, |weights| weights[row]);
        tally.rows += 1;
        tally.weight += weight;
        tally.sum += weight * (self.values[row].into() - self.centre);
    }
}

/// More than two classes.
pub(super) struct Classes<'a> {
    pub(super) codes: &'a [u32],
    pub(super) weights: Option<&'a [f64]>,
    pub(super) count: usize,
}

impl Labels for Classes<'_> {
    type Tally = Counts;

    fn empty(&self) -> Counts {
        Counts { rows: 0, weight: 0.0, classes: vec![0.0; self.count] }
    }

    #[inline]
    fn add(&self, row: usize, tally: &mut Counts) {
        let weight = self.weights.map_or(1.0, |weights| weights[row]);
        tally.rows += 1;
        tally.weight += weight;
        tally.classes[self.codes[row] as usize] += weight;
    }
}

/// What one node knows of its rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Summary {
    pub(super) rows: usize,
    pub(super) weight: f64,
    pub(super) classes: Vec<f64>,
    pub(super) mean: f64,
    pub(super) impurity: f64,
    pub(super) is_pure: bool,
}

/// Sums over a node's rows, in two passes for numbers.
pub(super) fn summarize(data: &TreeData<'_>, criterion: Criterion, rows: &[u32]) -> Summary {
    let rows = || rows.iter().map(|&row| row as usize);
    let weight: f64 = rows().map(|row| data.weight(row)).sum();
    let mut summary = Summary { rows: rows().count(), weight, ..Summary::default() };
    match data.target {
        Target::Classes { codes, names } => {
            let mut classes = vec![0.0; names.len()];
            rows().for_each(|row| classes[codes[row] as usize] += data.weight(row));
            let shares = classes.iter().map(|c| c / weight);
            summary.impurity = match criterion {
                Criterion::Gini | Criterion::Variance => shares.map(|p| p * (1.0 - p)).sum(),
                Criterion::Entropy | Criterion::GainRatio => shares.map(|p| 0.0 - bits(p)).sum(),
            };
            summary.is_pure = classes.iter().filter(|&&c| c > 0.0).count() < 2;
            summary.classes = classes;
        }
        Target::Numbers(values) => {
            let (mean, variance) = moments(rows().map(|row| (values[row], data.weight(row))));
            (summary.mean, summary.impurity) = (mean, variance);
            let first = rows().next().map_or(0.0, |row| values[row]);
            summary.is_pure = rows().all(|row| values[row].partial_cmp(&first).is_some_and(|order| order.is_eq()));
        }
    }
    if summary.is_pure {
        summary.impurity = 0.0;
    }
    summary
}

/// Weighted mean and variance (over the weight, not one less); 0 and 0 of nothing.
pub(super) fn moments(values: impl Iterator<Item = (f64, f64)> + Clone) -> (f64, f64) {
    let weight: f64 = values.clone().map(|(_, w)| w).sum();
    if weight <= 0.0 {
        return (0.0, 0.0);
    }
    // Deviations from one of the values: the mean of equal numbers is that number.
    let near = values.clone().next().map_or(0.0, |(x, _)| x);
    let mean = near + values.clone().map(|(x, w)| (x - near) * (w / weight)).sum::<f64>();
    (mean, values.map(|(x, w)| (x - mean) * (x - mean) * (w / weight)).sum())
}
