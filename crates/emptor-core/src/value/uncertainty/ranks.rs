//! Rank correlation.

/// The rank correlation of two columns of one length (Spearman 1904), equal values at the mean of their ranks; `None` where
/// one of them is constant.
pub(super) fn spearman(left: &[f64], right: &[f64]) -> Option<f64> {
    let (left, right) = (ranks(left), ranks(right));
    let middle = 0.5 * (left.len() as f64 + 1.0);
    let (mut product, mut squares) = (0.0, [0.0, 0.0]);
    for (a, b) in left.iter().zip(&right) {
        let (a, b) = (a - middle, b - middle);
        product += a * b;
        squares[0] += a * a;
        squares[1] += b * b;
    }
    let scale = (squares[0] * squares[1]).sqrt();
    (scale > 0.0).then(|| (product / scale).clamp(-1.0, 1.0))
}

/// Ranks from 1, equal values at the mean of theirs.
fn ranks(column: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..column.len()).collect();
    order.sort_unstable_by(|a, b| (column[*a] + 0.0).total_cmp(&(column[*b] + 0.0))); // −0 is 0
    let mut ranks = vec![0.0; column.len()];
    let mut before = 0;
    for equal in order.chunk_by(|a, b| column[*a] >= column[*b]) {
        let rank = before as f64 + 0.5 * (equal.len() as f64 + 1.0);
        equal.iter().for_each(|place| ranks[*place] = rank);
        before += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_people_and_their_television_correlate_as_published() {
        // IQ and hours of television of ten people, the worked example of Wikipedia, "Spearman's rank correlation
        // coefficient": ρ = 1 − 6·194/(10·99) = −29/165.
        let iq = [106.0, 86.0, 100.0, 101.0, 99.0, 103.0, 97.0, 113.0, 112.0, 110.0];
        let hours = [7.0, 0.0, 27.0, 50.0, 28.0, 29.0, 20.0, 12.0, 6.0, 17.0];
        assert!(spearman(&iq, &hours).is_some_and(|rho| (rho + 29.0 / 165.0).abs() < 1e-12));
    }

    #[test]
    fn equal_values_share_a_rank_and_constants_have_none() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 0.0, -0.0]), [4.5, 3.0, 4.5, 1.5, 1.5]);
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[5.0, 5.0, 5.0]), None);
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[0.1, 50.0, 1e9]), Some(1.0));
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[9.0, 8.0, -7.0]), Some(-1.0));
    }
}
