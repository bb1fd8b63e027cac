//! Points along a line: as a path, as stairs, fewer, or more.

use crate::number::px;

/// A longer line is thinned to its extremes per pixel.
const MOST_POINTS: usize = 1_000;

/// A path through points.
pub(crate) fn trace(points: &[(f64, f64)]) -> String {
    let mut d = String::with_capacity(points.len() * 10);
    for (i, (x, y)) in points.iter().enumerate() {
        d.push(if i == 0 { 'M' } else { 'L' });
        d += &px(*x);
        d.push(' ');
        d += &px(*y);
    }
    d
}

/// Level to the next point, then up or down to it.
pub(crate) fn stairs(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut out = Vec::with_capacity(points.len() * 2);
    for (i, &(x, y)) in points.iter().enumerate() {
        if i > 0 {
            out.push((x, points[i - 1].1));
        }
        out.push((x, y));
    }
    out
}

/// Points along the way, close enough that a label cannot slip between them.
pub(crate) fn between(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut out = Vec::new();
    for pair in points.windows(2) {
        let ((x1, y1), (x2, y2)) = (pair[0], pair[1]);
        let steps = (((x2 - x1).abs().max((y2 - y1).abs())) / 5.0).ceil().clamp(1.0, 200.0) as usize;
        out.extend((0..steps).map(|i| {
            let t = i as f64 / steps as f64;
            (x1 + t * (x2 - x1), y1 + t * (y2 - y1))
        }));
    }
    out.extend(points.last());
    out
}

/// Per column of pixels the first, lowest, highest and last point: the same picture of a line with a million points.
pub(crate) fn thin(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    if points.len() <= MOST_POINTS {
        return points;
    }
    let mut out: Vec<(f64, f64)> = Vec::new();
    let mut start = 0;
    while start < points.len() {
        let column = points[start].0.floor();
        let end = points[start..].iter().position(|p| p.0.floor() > column || p.0.floor() < column);
        let end = end.map_or(points.len(), |n| start + n);
        let extreme = |pick: fn(&f64, &f64) -> std::cmp::Ordering| {
            (start..end).min_by(|&a, &b| pick(&points[a].1, &points[b].1)).unwrap_or(start)
        };
        let mut kept = [start, extreme(|a, b| a.total_cmp(b)), extreme(|a, b| b.total_cmp(a)), end - 1];
        kept.sort_unstable();
        for (i, &k) in kept.iter().enumerate() {
            if i == 0 || kept[i - 1] != k {
                out.push(points[k]);
            }
        }
        start = end;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_million_points_keeps_its_ends_and_extremes() {
        let points: Vec<(f64, f64)> =
            (0..1_000_000).map(|i| (f64::from(i) * 6e-4, if i == 500_001 { 300.0 } else { 10.0 })).collect();
        let thinned = thin(points.clone());
        assert!(thinned.len() < 2_500);
        assert_eq!((thinned.first(), thinned.last()), (points.first(), points.last()));
        assert!(thinned.iter().any(|p| p.1 > 299.0));
    }
}
