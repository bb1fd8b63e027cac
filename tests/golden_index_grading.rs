//! The golden numbers of grading: G30, the stability index of G32, G35; see `golden_index`.

use emptor::analysis::grade_values;
use emptor::grade::PairwiseMatrix;
use emptor::grade::movement::{Stationary, psi};
use emptor::types::TimeUnit;

use crate::golden_equity::yearly;
use crate::golden_grading_movement::{hundreds, moved, options};
use crate::golden_index::{each_near, near};

#[test]
fn g30_analytic_hierarchy_process() {
    // Saaty's choice of a leader.
    let names = ["experience", "education", "charisma", "age"];
    let judged = PairwiseMatrix::from_upper_triangle(&names, &[4.0, 3.0, 7.0, 1.0 / 3.0, 3.0, 5.0]).unwrap();
    let priorities = judged.priorities();
    each_near(&priorities.weights, &[0.547, 0.127, 0.270, 0.056], 1e-3);
    near(priorities.consistency_ratio, 0.0439, 1e-3);
}

#[test]
fn g32_population_stability_index() {
    near(psi(&[0.2, 0.3, 0.5], &[0.1, 0.4, 0.5]).unwrap(), 0.098_083, 1e-4);
}

#[test]
fn g35_mobility_and_value_of_grades() {
    let between = [[0.7, 0.2, 0.1], [0.2, 0.6, 0.2], [0.1, 0.3, 0.6]].map(Vec::from);
    let chain = moved(&hundreds(&between), 3, options());
    near(chain.mobility().unwrap(), 0.55, 1e-4);
    let Stationary::Unique(shares) = chain.stationary() else { panic!("one set of shares") };
    each_near(&shares, &[0.344_828, 0.379_310, 0.275_862], 1e-4);

    // The last column is lost.
    let with_lost = [[0.8, 0.15, 0.0, 0.05], [0.2, 0.6, 0.1, 0.1], [0.05, 0.15, 0.5, 0.3]].map(Vec::from);
    let moves = moved(&hundreds(&with_lost), 3, options());
    let values = grade_values(&moves, &[100.0, 40.0, 10.0], yearly(0.12), TimeUnit::Year).unwrap();
    let values: Vec<f64> = values.into_iter().map(|value| value.unwrap()).collect();
    each_near(&values, &[490.5616, 299.8648, 130.1739], 1e-4);
}
