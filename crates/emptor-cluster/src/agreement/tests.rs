use super::*;

/// Sums of a few products in doubles.
const ROUND: f64 = 1e-12;

type Outcome = Result<(), ClusterError>;

/// Answers of 91 couples (Hout, Duncan & Sobel 1987; `SexualFun` of the R package vcd).
const COUPLES: [[f64; 4]; 4] =
    [[7.0, 7.0, 2.0, 3.0], [2.0, 8.0, 3.0, 7.0], [1.0, 5.0, 4.0, 9.0], [2.0, 8.0, 9.0, 14.0]];

#[test]
fn kappas_and_their_errors_are_those_of_statsmodels() -> Outcome {
    // statsmodels 0.15.0, cohens_kappa(table, wt=None | "linear" | "quadratic"): kappa, std_kappa, std_kappa0.
    let table = Contingency::from_cells(&COUPLES)?;
    for (disagreement, value, error, null) in [
        (Disagreement::Nominal, 0.129_330_254_041_570_4, 0.068_598_532_480_708_6, 0.061_183_460_559_768_3),
        (Disagreement::Linear, 0.237_380_627_557_980_8, 0.078_316_334_778_372_8, 0.076_990_312_088_550_5),
        (Disagreement::Quadratic, 0.332_045_586_246_861_2, 0.097_297_521_958_604_6, 0.104_349_375_073_475_6),
    ] {
        let kappa = table.kappa(disagreement);
        let near = kappa.is_some_and(|kappa| {
            (kappa.value - value).abs() < ROUND
                && (kappa.standard_error - error).abs() < ROUND
                && (kappa.null_standard_error - null).abs() < ROUND
        });
        assert!(near, "{disagreement:?}: {kappa:?}");
    }
    Ok(())
}

/// Differences of step 1e-6 lose half of the digits.
const NUMERIC: f64 = 1e-6;

#[test]
fn the_standard_error_is_that_of_the_delta_method() -> Outcome {
    // Oracle: for multinomial shares p and g = ∂κ/∂p, n Var κ = Σ p g² − (Σ p g)² (Rao 1973, 6a.2).
    for disagreement in [Disagreement::Nominal, Disagreement::Linear, Disagreement::Quadratic] {
        let value = |cells: &[[f64; 4]; 4]| -> Result<f64, ClusterError> {
            Ok(Contingency::from_cells(cells)?.kappa(disagreement).map_or(f64::NAN, |kappa| kappa.value))
        };
        let shares = COUPLES.map(|row| row.map(|n| n / 91.0));
        let (mut mean, mut square) = (0.0, 0.0);
        for i in 0..4 {
            for j in 0..4 {
                let (mut up, mut down) = (shares, shares);
                up[i][j] += 1e-6;
                down[i][j] -= 1e-6;
                let slope = (value(&up)? - value(&down)?) / 2e-6;
                mean += shares[i][j] * slope;
                square += shares[i][j] * slope * slope;
            }
        }
        let error = ((square - mean * mean) / 91.0).sqrt();
        let found = Contingency::from_cells(&COUPLES)?.kappa(disagreement).map(|kappa| kappa.standard_error);
        assert!(found.is_some_and(|found| (found - error).abs() < NUMERIC), "{found:?} {error}");
    }
    Ok(())
}

#[test]
fn two_classes_leave_nothing_to_weigh() -> Outcome {
    let table = Contingency::from_cells(&[[20.0, 5.0], [10.0, 15.0]])?;
    // Cohen (1960) by hand: p_o = .7, p_e = .5, κ = .4.
    for disagreement in [Disagreement::Nominal, Disagreement::Linear, Disagreement::Quadratic] {
        assert!(table.kappa(disagreement).is_some_and(|kappa| (kappa.value - 0.4).abs() < ROUND));
    }
    Ok(())
}

#[test]
fn full_agreement_has_kappa_one_and_no_error() -> Outcome {
    let table = Contingency::of(&[0_u8, 1, 1, 2], &[0_u8, 1, 1, 2])?;
    let kappa = table.kappa(Disagreement::Linear);
    assert!(kappa.is_some_and(|kappa| (kappa.value - 1.0).abs() < ROUND && kappa.standard_error < ROUND), "{kappa:?}");
    Ok(())
}

#[test]
fn one_class_on_both_sides_has_no_kappa() -> Outcome {
    assert_eq!(Contingency::of(&[1_u8; 5], &[1_u8; 5])?.kappa(Disagreement::Nominal), None);
    // One class on one side only: agreement is what chance gives.
    let kappa = Contingency::of(&[0_u8; 4], &[0_u8, 1, 0, 1])?.kappa(Disagreement::Nominal);
    assert!(kappa.is_some_and(|kappa| kappa.value.abs() < ROUND), "{kappa:?}");
    Ok(())
}

#[test]
fn rand_indices_are_those_of_a_count_of_all_pairs() -> Outcome {
    let (left, right) = ([0_u8, 0, 0, 1, 1, 1, 2, 2, 2, 2], [0_u16, 0, 1, 1, 1, 2, 2, 2, 2, 0]);
    let table = Contingency::of(&left, &right)?;
    let (mut agree, mut pairs) = (0.0, 0.0);
    for i in 0..left.len() {
        for j in 0..i {
            pairs += 1.0;
            agree += f64::from(u8::from((left[i] == left[j]) == (right[i] == right[j])));
        }
    }
    assert!((table.rand()? - agree / pairs).abs() < ROUND);
    // scikit-learn 1.9.1, adjusted_rand_score of the same labels.
    assert!((table.adjusted_rand()? - 0.204_545_454_545_454_56).abs() < ROUND, "{}", table.adjusted_rand()?);
    assert!((table.transposed().adjusted_rand()? - table.adjusted_rand()?).abs() < ROUND);
    Ok(())
}

#[test]
fn trivial_partitions_agree_when_they_are_the_same() -> Outcome {
    for (left, right, expected) in [
        (vec![0_u8], vec![0_u8], 1.0),
        (vec![0; 4], vec![2; 4], 1.0),
        (vec![0, 1, 2, 3], vec![3, 1, 0, 2], 1.0),
        (vec![0; 4], vec![0, 1, 2, 3], 0.0),
        (vec![0; 4], vec![0, 0, 1, 1], 0.0),
    ] {
        let found = Contingency::of(&left, &right)?.adjusted_rand()?;
        assert!((found - expected).abs() < ROUND, "{left:?} {right:?}: {found}");
    }
    assert!((Contingency::of(&[0_u8], &[0_u8])?.rand()? - 1.0).abs() < ROUND);
    Ok(())
}

#[test]
fn a_weight_counts_as_so_many_equal_rows() -> Outcome {
    let weighted = Contingency::weighted(&[0_u8, 1, 1], &[0_u8, 0, 1], &[3.0, 0.0, 2.0])?;
    let repeated = Contingency::of(&[0_u8, 0, 0, 1, 1], &[0_u8, 0, 0, 1, 1])?;
    assert_eq!(weighted, repeated);
    let halves = Contingency::weighted(&[0_u8, 1], &[0_u8, 1], &[0.5, 2.0])?;
    assert!((halves.accuracy() - 1.0).abs() < ROUND);
    assert!(halves.rand().is_err_and(|error| error.to_string().contains("whole numbers")));
    Ok(())
}

#[test]
fn best_matches_are_jaccard_coefficients_and_empty_clusters_have_none() -> Outcome {
    let table = Contingency::of(&[0_u8, 0, 0, 2, 2], &[1_u8, 1, 0, 0, 0])?;
    // By hand: cluster 0 with label 1: 2 of 3; cluster 2 with label 0: 2 of 3.
    let expected = [Some((1, 2.0 / 3.0)), None, Some((0, 2.0 / 3.0))];
    for (found, expected) in table.best_matches().into_iter().zip(expected) {
        let found = found.map(|found| (found.label, found.jaccard));
        let near = match (found, expected) {
            (Some((a, x)), Some((b, y))) => a == b && (x - y).abs() < ROUND,
            (found, expected) => found == expected,
        };
        assert!(near, "{found:?} {expected:?}");
    }
    Ok(())
}

#[test]
fn cells_and_margins_sum_to_the_total() -> Outcome {
    let table = Contingency::of(&[0_u8, 3, 1, 1], &[2_u32, 0, 0, 2])?;
    let cells: f64 = (0..4).flat_map(|i| (0..3).map(move |j| (i, j))).map(|(i, j)| table.cell(i, j)).sum();
    for sum in [cells, table.left_totals().iter().sum(), table.right_totals().iter().sum(), table.total()] {
        assert!((sum - 4.0).abs() < ROUND);
    }
    assert!(table.cell(9, 9).abs() < ROUND);
    Ok(())
}

#[test]
fn everything_wrong_with_labels_is_said_at_once() {
    let error = Contingency::weighted(&[0_i32, -1, 5000], &[0_u8, 1], &[f64::NAN, 1.0, -1.0]);
    let message = error.map_or_else(|error| error.to_string(), |_| String::new());
    for part in ["left labels must be below 4096 (2 rows", "one label per row", "weights must be 0 to 1e75"] {
        assert!(message.contains(part), "{message}");
    }
    assert!(Contingency::of::<u8, u8>(&[], &[]).is_err());
    assert!(Contingency::weighted(&[0_u8], &[0_u8], &[0.0]).is_err());
    let heavy = Contingency::weighted(&[0_u8], &[0_u8], &[1e100]);
    assert!(heavy.is_err_and(|error| error.to_string().contains("weights must be 0 to 1e75 (got row 0: 1e100)")));
    assert!(Contingency::from_cells(&[vec![1.0, 2.0], vec![1.0]]).is_err());
    assert!(Contingency::from_cells(&[[0.0, 0.0]]).is_err());
    assert!(Contingency::from_cells(&[[0.0; 0]; 0]).is_err());
    assert!(Contingency::from_cells(&[[f64::INFINITY]]).is_err());
}
