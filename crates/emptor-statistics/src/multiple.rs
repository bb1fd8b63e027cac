//! Many tests at once.

/// False-discovery adjusted p-values ("q-values"), in the order of the p-values: keeping those at most `q` keeps the
/// expected share of false ones at most `q` (Benjamini & Hochberg 1995, *Journal of the Royal Statistical Society B*
/// 57). Unknown p-values (`NaN`) stay unknown and are not counted as tests.
///
/// ```text
/// q_(i) = min over j ≥ i of  p_(j) · m / j
/// ```
///
/// ```
/// use emptor_statistics::benjamini_hochberg;
///
/// assert_eq!(benjamini_hochberg(&[0.04, 0.01, 0.03]), [0.04, 0.03, 0.04]);
/// ```
#[must_use]
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).filter(|i| !p_values[*i].is_nan()).collect();
    order.sort_unstable_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let tests = order.len() as f64;
    let mut adjusted = vec![f64::NAN; p_values.len()];
    let mut least = 1.0_f64;
    for (rank, &i) in order.iter().enumerate().rev() {
        least = least.min(p_values[i] * tests / (rank + 1) as f64);
        adjusted[i] = least;
    }
    adjusted
}
