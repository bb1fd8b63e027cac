use proptest::prelude::*;

use super::*;

/// Sums of a few costs of at most 100 in doubles.
const ROUND: f64 = 1e-10;

type Outcome = Result<(), ClusterError>;

/// Oracle: the least cost over every way to pair the rows, taken one after the other, with unused columns.
fn least(costs: &[Vec<f64>], row: usize, used: &mut Vec<bool>) -> f64 {
    let Some(of_row) = costs.get(row) else { return 0.0 };
    let mut best = f64::INFINITY;
    for j in 0..of_row.len() {
        if !used[j] {
            used[j] = true;
            best = best.min(of_row[j] + least(costs, row + 1, used));
            used[j] = false;
        }
    }
    best
}

fn transposed(costs: &[Vec<f64>]) -> Vec<Vec<f64>> {
    (0..costs[0].len()).map(|j| costs.iter().map(|row| row[j]).collect()).collect()
}

fn check_against_all_permutations(costs: &[Vec<f64>]) -> Result<(), TestCaseError> {
    let (n, m) = (costs.len(), costs[0].len());
    let found = assign(costs).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let wide = if n <= m { costs.to_vec() } else { transposed(costs) };
    let expected = least(&wide, 0, &mut vec![false; n.max(m)]);
    prop_assert!((found.total() - expected).abs() < ROUND, "{} {}", found.total(), expected);
    prop_assert_eq!(found.columns().iter().flatten().count(), n.min(m));
    for (i, j) in found.columns().iter().enumerate() {
        if let Some(j) = *j {
            prop_assert_eq!(found.rows()[j], Some(i));
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_permutation_is_cheaper(
        costs in (1..=7_usize, 1..=7_usize)
            .prop_flat_map(|(n, m)| prop::collection::vec(prop::collection::vec(-100.0..100.0_f64, m), n)),
    ) {
        check_against_all_permutations(&costs)?;
    }

    /// Small whole costs: many ties.
    #[test]
    fn no_permutation_is_cheaper_among_ties(
        costs in (1..=6_usize, 1..=6_usize)
            .prop_flat_map(|(n, m)| prop::collection::vec(prop::collection::vec((0..3_u8).prop_map(f64::from), m), n)),
    ) {
        check_against_all_permutations(&costs)?;
    }
}

#[test]
fn a_five_by_five_table_is_assigned_as_by_scipy() -> Outcome {
    // scipy 1.17.1, linear_sum_assignment; the whole table and its first three rows.
    let costs = [
        [7.0, 53.0, 183.0, 439.0, 863.0],
        [497.0, 383.0, 563.0, 79.0, 973.0],
        [287.0, 63.0, 343.0, 169.0, 583.0],
        [627.0, 343.0, 773.0, 959.0, 943.0],
        [767.0, 473.0, 103.0, 699.0, 303.0],
    ];
    let whole = assign(&costs)?;
    assert_eq!(whole.columns().iter().flatten().copied().collect::<Vec<_>>(), [0, 3, 2, 1, 4]);
    assert!((whole.total() - 1075.0).abs() < ROUND);
    let part = assign(&costs[..3])?;
    assert_eq!(part.columns().iter().flatten().copied().collect::<Vec<_>>(), [0, 3, 1]);
    assert!((part.total() - 149.0).abs() < ROUND);
    assert_eq!(part.rows().iter().filter(|row| row.is_none()).count(), 2);
    Ok(())
}

#[test]
fn equal_costs_pair_the_lowest_with_the_lowest() -> Outcome {
    assert_eq!(assign(&[[1.0; 3]; 3])?.columns(), [Some(0), Some(1), Some(2)]);
    Ok(())
}

#[test]
fn costs_of_very_different_size_keep_their_order() -> Outcome {
    let pairs = assign(&[[1e150, 1e-3], [1e-3, 1e150]])?;
    assert_eq!(pairs.columns(), [Some(1), Some(0)]);
    let pairs = assign(&[[-1e150, 1e150], [1e150, -1e150]])?;
    assert_eq!(pairs.columns(), [Some(0), Some(1)]);
    Ok(())
}

#[test]
fn shuffled_centroids_are_found_again() -> Outcome {
    let old = [[0.0, 1.0], [4.0, 4.0], [-3.0, 2.0], [8.0, -5.0]];
    let places = [2, 0, 3, 1];
    let new: Vec<[f64; 2]> = places.iter().map(|&place| [old[place][0] + 0.1, old[place][1] - 0.1]).collect();
    let pairs = match_labels(&old, &new)?;
    for (label, &place) in places.iter().enumerate() {
        assert_eq!(pairs.columns()[place], Some(label));
    }
    assert!(pairs.costs().iter().flatten().all(|cost| (cost - 0.02).abs() < ROUND));
    Ok(())
}

#[test]
fn a_lost_cluster_and_a_new_one_have_no_partner() -> Outcome {
    let fewer = match_labels(&[[0.0], [5.0], [9.0]], &[[9.5], [0.0]])?;
    assert_eq!(fewer.columns(), [Some(1), None, Some(0)]);
    assert_eq!(fewer.costs()[1], None);
    let more = match_labels(&[[9.5], [0.0]], &[[0.0], [5.0], [9.0]])?;
    assert_eq!(more.rows(), [Some(1), None, Some(0)]);
    Ok(())
}

#[test]
fn greedy_pairs_are_not_the_best() -> Outcome {
    // The nearest pair first, (0, 0), would leave the pair (10, −20): 1 + 900; the best is 400 + 81.
    let pairs = match_labels(&[[0.0], [10.0]], &[[1.0], [-20.0]])?;
    assert_eq!(pairs.columns(), [Some(1), Some(0)]);
    Ok(())
}

#[test]
fn everything_wrong_with_costs_is_said_at_once() {
    let error = assign(&[vec![1.0, f64::NAN], vec![f64::INFINITY]]);
    let message = error.map_or_else(|error| error.to_string(), |_| String::new());
    for part in ["costs of row 0 must be finite", "row 1: NaN", "costs of row 1 must be as many", "row 0: inf"] {
        assert!(message.contains(part), "{message}");
    }
    assert!(assign(&[[0.0; 0]; 0]).is_err());
    assert!(assign(&[[0.0; 0]; 2]).is_err());
    let dimensions = match_labels(&[[0.0, 1.0]], &[[0.0]]);
    assert_eq!(dimensions, Err(ClusterError::Dimensions { expected: 2, got: 1 }));
    assert!(match_labels(&[[f64::NAN]], &[[0.0]]).is_err());
    assert!(match_labels(&[[0.0; 1]; 0], &[[0.0; 1]; 0]).is_err());
    assert!(match_labels(&[[1e100]], &[[0.0]]).is_err());
}
