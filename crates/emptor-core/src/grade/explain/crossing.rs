//! Where a line through the space of grades crosses into a better one.

/// How a centroid's squared distance changes along the line, less what is the same for all centroids:
/// `constant + slope × δ`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Approach {
    pub(super) constant: f64,
    pub(super) slope: f64,
}

/// A step past the border, as a share of the way, so that rounding cannot leave a customer on the wrong side.
const PAST_BORDER: f64 = 1e-6;

/// The smallest step δ (either way, within `from..=to`) after which the nearest centroid is one of a better grade than
/// `own`, and that grade. Centroids come best first, and the better of two equally near ones takes a customer.
///
/// Along a line all squared distances share their quadratic term, so each centroid is nearest on one interval of δ: where
/// its line lies below all others.
pub(super) fn nearest_crossing(centroids: &[Approach], own: usize, from: f64, to: f64) -> Option<(f64, usize)> {
    let mut best: Option<(f64, usize)> = None;
    for (target, line) in centroids.iter().enumerate().take(own) {
        let (mut low, mut high) = (from, to);
        for (other, rival) in centroids.iter().enumerate().filter(|(other, _)| *other != target) {
            let slope = line.slope - rival.slope;
            let gap = rival.constant - line.constant;
            if slope > 0.0 {
                high = high.min(gap / slope);
            } else if slope < 0.0 {
                low = low.max(gap / slope);
            } else if gap < 0.0 || (gap <= 0.0 && other < target) {
                high = f64::NEG_INFINITY;
            }
        }
        if low <= high {
            let border = 0.0_f64.clamp(low, high);
            let inside = (border + PAST_BORDER * (border.abs() + PAST_BORDER).copysign(border)).clamp(low, high);
            if best.is_none_or(|(step, _)| inside.abs() < step.abs()) {
                best = Some((inside, target));
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The point 0 on an axis and centroids on it: `(0 + δ − c)² − δ² = c² − 2cδ`.
    fn on_axis(centroids: &[f64]) -> Vec<Approach> {
        centroids.iter().map(|c| Approach { constant: c * c, slope: -2.0 * c }).collect()
    }

    #[test]
    fn the_border_lies_midway_between_two_centroids() {
        let found = nearest_crossing(&on_axis(&[3.0, 1.0, -0.5]), 2, -10.0, 10.0);
        // Between 1 and −0.5: at 0.25.
        assert!(
            found.is_some_and(|(step, grade)| grade == 1 && (step - 0.25).abs() < 1e-6 && step >= 0.25),
            "{found:?}"
        );
    }

    #[test]
    fn a_border_out_of_reach_is_none_and_the_best_grade_has_nowhere_to_go() {
        assert_eq!(nearest_crossing(&on_axis(&[3.0, 0.1]), 1, -10.0, 1.0), None);
        assert_eq!(nearest_crossing(&on_axis(&[3.0, 0.1]), 0, -10.0, 10.0), None);
    }

    #[test]
    fn a_grade_that_is_nowhere_nearest_is_passed_over() {
        // The middle centroid is farther off the line by 5: the way leads past it.
        let mut lines = on_axis(&[2.0, 1.0, 0.0]);
        lines[1].constant += 5.0;
        let found = nearest_crossing(&lines, 2, -10.0, 10.0);
        assert!(found.is_some_and(|(step, grade)| grade == 0 && (step - 1.0).abs() < 1e-5), "{found:?}");
    }

    #[test]
    fn a_scan_along_the_line_finds_the_same_border() {
        let lines: Vec<Approach> = [(0.9, 0.3), (0.5, -0.4), (0.2, 0.7), (0.0, 0.1)]
            .map(|(constant, slope)| Approach { constant, slope })
            .to_vec();
        let nearest = |step: f64| {
            let at = |line: &Approach| line.constant + line.slope * step;
            (0..lines.len()).fold(0, |b, c| if at(&lines[c]) < at(&lines[b]) { c } else { b })
        };
        let scanned = (0..200_000).map(|i| f64::from(i) * 1e-5).flat_map(|d| [d, -d]).find(|&d| nearest(d) < 3);
        let found = nearest_crossing(&lines, 3, -2.0, 2.0);
        match (scanned, found) {
            (Some(step), Some((exact, grade))) => {
                assert!((step - exact).abs() < 2e-5, "{step} {exact}");
                assert_eq!(nearest(exact), grade);
            }
            other => panic!("{other:?}"),
        }
    }
}
