//! How errors of parameters go together with the draw of customers.

use emptor_types::ExactSum;

use super::parts::Parts;

/// Groups that a base without parts is cut into, and each part of one with parts.
const GROUPS: f64 = 256.0;
const GROUPS_OF_PART: f64 = 64.0;

/// Groups of customers of nearly the same value, and their scores.
#[derive(Debug)]
pub(super) struct Influence {
    /// The group of every customer.
    pub(super) groups: Vec<u32>,
    /// By direction and group.
    pub(super) scores: Vec<Vec<f64>>,
    /// By group.
    members: Vec<Members>,
    customers: f64,
}

/// The customers of a group.
#[derive(Debug)]
struct Members {
    part: u32,
    /// The mean value of their part.
    centre: f64,
    count: f64,
    value: f64,
    /// Of the distances to the centre.
    squares: f64,
}

impl Members {
    fn of(part: u32, centre: f64) -> Self {
        Self { part, centre, count: 0.0, value: 0.0, squares: 0.0 }
    }

    /// The sum of squared distances to another point.
    fn squares_around(&self, point: f64) -> f64 {
        let Self { centre, count, value, squares, .. } = *self;
        let moved = centre - point;
        squares + 2.0 * moved * (value - count * centre) + count * moved * moved
    }
}

impl Influence {
    /// Cuts the customers of every part, in order of value, wherever enough distance from the mean has come together: the
    /// many of ordinary value into large groups, those of extreme value into small ones.
    pub(super) fn new(values: &[f64], parts: &Parts) -> Self {
        let part_of = |row: u32| parts.of_customer.get(row as usize).copied().unwrap_or(0);
        let value_of = |row: u32| values[row as usize];
        let mut rows: Vec<u32> = (0..values.len() as u32).collect();
        rows.sort_unstable_by(|a, b| part_of(*a).cmp(&part_of(*b)).then(value_of(*a).total_cmp(&value_of(*b))));
        let pieces = if parts.names.len() > 1 { GROUPS_OF_PART } else { GROUPS };
        let (mut groups, mut members) = (vec![0; values.len()], Vec::new());
        for rows in rows.chunk_by(|a, b| part_of(*a) == part_of(*b)) {
            let centre = rows.iter().map(|row| value_of(*row)).collect::<ExactSum>().value() / rows.len() as f64;
            let distance = |row: u32| (value_of(row) - centre).abs();
            let enough = rows.iter().map(|row| distance(*row)).sum::<f64>() / pieces;
            let mut group = Members::of(part_of(rows[0]), centre);
            let mut reached = 0.0;
            for &row in rows {
                // A customer too far off for the group stands in the next.
                if group.count > 0.0 && reached + distance(row) > enough {
                    members.push(std::mem::replace(&mut group, Members::of(part_of(row), centre)));
                    reached = 0.0;
                }
                reached += distance(row);
                groups[row as usize] = members.len() as u32;
                group.count += 1.0;
                group.value += value_of(row);
                group.squares += distance(row) * distance(row);
            }
            members.push(group);
        }
        Self { groups, scores: Vec::new(), members, customers: values.len() as f64 }
    }

    /// The correlation for the sum over all customers, on which directions act by these slopes.
    pub(super) fn of_total(&self, slopes: &[f64]) -> f64 {
        self.correlation(slopes, |_| true)
    }

    /// The same for the sum over a part.
    pub(super) fn of_part(&self, part: u32, slopes: &[f64]) -> f64 {
        self.correlation(slopes, |group| group.part == part)
    }

    /// Customers who are not counted have a value of 0.
    fn correlation(&self, slopes: &[f64], counted: impl Fn(&Members) -> bool) -> f64 {
        let value = |group: &Members| if counted(group) { group.value } else { 0.0 };
        let mean = self.members.iter().map(value).sum::<f64>() / self.customers;
        let (mut covariance, mut variance) = (0.0, 0.0);
        for (place, group) in self.members.iter().enumerate() {
            let pull: f64 = slopes.iter().zip(&self.scores).map(|(slope, scores)| slope * scores[place]).sum();
            covariance += (value(group) / group.count - mean) * pull;
            variance += if counted(group) { group.squares_around(mean) } else { group.count * mean * mean };
        }
        let scale = (variance * slopes.iter().map(|slope| slope * slope).sum::<f64>()).sqrt();
        if scale > 0.0 { (covariance / scale).clamp(-1.0, 1.0) } else { 0.0 }
    }
}
