//! Data and files at the edge.

use super::*;

fn fit_both(features: &Features<'_>, codes: &[u32], numbers: &[f64]) -> Outcome<[FittedTree; 2]> {
    let names = class_names(4);
    let spec = deep().build()?;
    let trees = [
        spec.fit(&TreeData::classes(features.clone(), codes, &names)?)?,
        spec.fit(&TreeData::numbers(features.clone(), numbers)?)?,
    ];
    for tree in &trees {
        let saved = serde_json::to_string(tree)?;
        assert_eq!(&serde_json::from_str::<FittedTree>(&saved)?, tree);
        assert!(tree.leaf_of(features)?.into_iter().all(|leaf| leaf < tree.leaf_count()));
        assert!(tree.importance().iter().all(|(_, share)| share.is_finite()));
    }
    Ok(trees)
}

#[test]
fn columns_that_tell_nothing_leave_the_root_alone() -> Outcome {
    let (constant, unknown) = ([2.0; 8], [f64::NAN; 8]);
    let nobody = Feature::Categories { codes: &[u32::MAX; 8], names: &[] };
    let features =
        Features::new(&[("a", Feature::Numbers(&constant)), ("b", Feature::Numbers(&unknown)), ("c", nobody)])?;
    for tree in fit_both(&features, &[0, 1, 0, 1, 2, 2, 0, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])? {
        assert_eq!((tree.leaf_count(), tree.depth()), (1, 0));
    }
    Ok(())
}

#[test]
fn one_row_one_class_and_equal_numbers_are_leaves() -> Outcome {
    for rows in [1, 7] {
        let x: Vec<f64> = (0..rows).map(f64::from).collect();
        let features = Features::new(&[("x", Feature::Numbers(&x))])?;
        // 0.1 has no exact mean: no rounding may look like a difference.
        let trees = fit_both(&features, &vec![2; x.len()], &vec![0.1; x.len()])?;
        assert!(trees.iter().all(|tree| tree.leaf_count() == 1));
        assert_eq!(trees[0].predict_class(&features)?, vec![2; x.len()]);
        assert!(trees[1].predict_number(&features)?.iter().all(|y| (y - 0.1).abs() < ROUNDING));
    }
    Ok(())
}

#[test]
fn no_row_no_class_and_infinite_numbers_are_refused() -> Outcome {
    let features = Features::new(&[("x", Feature::Numbers(&[1.0, 2.0]))])?;
    let none = Features::new(&[("x", Feature::Numbers(&[]))])?;
    assert!(TreeData::numbers(none, &[]).is_err());
    assert!(TreeData::classes(features.clone(), &[0, 0], &[]).is_err());
    assert!(TreeData::classes(features.clone(), &[0], &class_names(1)).is_err());
    let same = ["a".to_owned(), "a".to_owned()];
    assert!(TreeData::classes(features.clone(), &[0, 1], &same).is_err());
    for wrong in [f64::NAN, f64::INFINITY, 1e101] {
        assert!(TreeData::numbers(features.clone(), &[1.0, wrong]).is_err());
    }
    let data = TreeData::numbers(features, &[1.0, 2.0])?;
    assert!(data.clone().weighted(&[0.0, 0.0]).is_err());
    assert!(data.clone().weighted(&[1.0, f64::NAN]).is_err());
    assert!(data.clone().with_number("profit", &[1.0]).is_err());
    let error = DecisionTree::builder().criterion(Criterion::Gini).build()?.fit(&data).err().ok_or("no error")?;
    assert_eq!(error.to_string(), "criterion must be variance for numbers (got Gini)");
    Ok(())
}

#[test]
fn extreme_numbers_and_weights_stay_finite() -> Outcome {
    let x = [-f64::MAX, -1.0, -0.0, 0.0, 5e-324, 1.0, 1.0_f64.next_up(), f64::MAX];
    let y = [1e100, -1e100, 1e100, 1e100, -1e100, 0.0, 1e-100, 1e100];
    let features = Features::new(&[("x", Feature::Numbers(&x))])?;
    let data = TreeData::numbers(features.clone(), &y)?;
    for weights in [[1.0; 8], [1e50; 8], [1e-300; 8], [1e-20, 1e20, 0.0, 1.0, 1e50, 1e-50, 3.0, 1e10]] {
        let tree = deep().build()?.fit(&data.clone().weighted(&weights)?)?;
        assert!(tree.predict_number(&features)?.iter().all(|x| x.is_finite()), "{weights:?}");
        assert!(tree.pruning_path().iter().all(|step| step.alpha.is_finite() && step.risk.is_finite()));
        assert_eq!(serde_json::from_str::<FittedTree>(&serde_json::to_string(&tree)?)?, tree);
        // Both zeros are one number.
        let leaves = tree.leaf_of(&features)?;
        assert_eq!(leaves[2], leaves[3]);
    }
    Ok(())
}

#[test]
fn rows_of_weight_zero_take_no_part() -> Outcome {
    let table = Table::random(8, 300, 0.1);
    let target = table.target(8);
    let weights: Vec<f64> = (0..300).map(|i| if i < 200 { 1.0 } else { 0.0 }).collect();
    let spec = DecisionTree::builder().min_leaf(10).min_split(20).build()?;
    let fit = |target: &[f64]| -> Outcome<FittedTree> {
        Ok(spec.fit(&TreeData::numbers(table.features()?, target)?.weighted(&weights)?)?)
    };
    let changed: Vec<f64> = target.iter().enumerate().map(|(i, y)| if i < 200 { *y } else { -1e9 }).collect();
    let tree = fit(&target)?;
    assert_eq!(tree, fit(&changed)?);
    assert_eq!(tree.rules().iter().map(|rule| rule.rows).sum::<usize>(), 200);
    Ok(())
}

#[test]
fn missing_and_mistyped_columns_are_named() -> Outcome {
    let table = Table::random(2, 400, 0.0);
    let (target, names) = (table.target(2), class_names(2));
    let spec = DecisionTree::builder().max_depth(6).min_leaf(5).min_split(10).build()?;
    let tree = spec.fit(&TreeData::numbers(table.features()?, &target)?)?;
    let numbers = Feature::Numbers(&table.numbers[0]);
    let error =
        tree.predict_number(&Features::new(&[("visits", numbers), ("age", numbers)])?).err().ok_or("no error")?;
    let LearnError::MissingFeatures { missing, available } = error else { return Err("another error".into()) };
    assert!(missing.contains(&"channel".to_owned()) && !missing.contains(&"visits".to_owned()));
    assert_eq!(available, ["visits", "age"]);
    let all = [("visits", numbers), ("net \"profit\"", numbers), ("spend", numbers), ("channel", numbers)];
    let error = tree.leaf_of(&Features::new(&all)?).err().ok_or("no error")?;
    assert_eq!(error.to_string(), "channel holds numbers; the model was fitted on categories");
    let error = tree.predict_class(&table.features()?).err().ok_or("no error")?;
    assert_eq!(error.to_string(), "the model was fitted on numbers; this needs one fitted on classes");
    let classes = spec.fit(&TreeData::classes(table.features()?, &classes_of(&target, 2), &names)?)?;
    assert!(matches!(classes.predict_number(&table.features()?), Err(LearnError::TargetKind { .. })));
    assert!(classes.predict_probabilities(&table.features()?, f64::NAN).is_err());
    // A column no condition reads may be missing.
    let one = spec.fit(&TreeData::numbers(table.features()?, &table.numbers[0])?)?;
    assert_eq!(one.predict_number(&Features::new(&[("visits", numbers)])?)?, table.numbers[0]);
    Ok(())
}

#[test]
fn categories_are_known_by_name_in_any_order() -> Outcome {
    let table = Table::random(13, 400, 0.1);
    let target = table.target(13);
    let tree = deep().max_depth(6).build()?.fit(&TreeData::numbers(table.features()?, &target)?)?;
    // The same names read backwards, and one that was never seen before them.
    let mut names = vec!["kiosk".to_owned()];
    names.extend(table.names.iter().rev().cloned());
    let codes: Vec<u32> = table.codes.iter().map(|&code| if code < 5 { 5 - code } else { code }).collect();
    let numbers = |i: usize| Feature::Numbers(&table.numbers[i]);
    let columns = |codes| -> Result<Features<'_>, LearnError> {
        Features::new(&[
            ("channel", Feature::Categories { codes, names: &names }),
            ("visits", numbers(0)),
            ("net \"profit\"", numbers(1)),
            ("spend", numbers(2)),
        ])
    };
    assert_eq!(tree.leaf_of(&columns(&codes)?)?, tree.leaf_of(&table.features()?)?);
    assert_eq!(tree.leaf_of(&columns(&[0; 400])?)?, tree.leaf_of(&columns(&[u32::MAX; 400])?)?);
    Ok(())
}

#[test]
fn a_saved_tree_that_was_tampered_with_is_refused() -> Outcome {
    let table = Table::random(1, 200, 0.1);
    let target = table.target(1);
    let (codes, names) = (classes_of(&target, 2), class_names(2));
    let tree = deep().max_depth(3).build()?.fit(&TreeData::classes(table.features()?, &codes, &names)?)?;
    let saved = serde_json::to_value(&tree)?;
    let tamper = |pointer: &str, value: serde_json::Value| -> Outcome<bool> {
        let mut copy = saved.clone();
        *copy.pointer_mut(pointer).ok_or_else(|| format!("no {pointer}"))? = value;
        Ok(serde_json::from_value::<FittedTree>(copy).is_err())
    };
    for (pointer, value) in [
        ("/nodes/0/branch/left", 0.into()),
        ("/nodes/0/branch/right", 1.into()),
        ("/nodes/0/branch/right", 999.into()),
        ("/nodes/0/branch/feature", 17.into()),
        ("/nodes/0/branch", serde_json::Value::Null),
        ("/nodes/1/weight", (-1.0).into()),
        ("/nodes/1/rows", 0.into()),
        ("/nodes/1/impurity", (-0.5).into()),
        // Sums that are not those of the children, or of the classes.
        ("/nodes/0/classes", serde_json::json!([0.0, 0.0])),
        ("/nodes/0/classes", serde_json::json!([1.0, 199.0])),
        ("/nodes/0/rows", 201.into()),
        ("/nodes/0/weight", 201.0.into()),
        ("/nodes/1/classes", serde_json::json!([1.0])),
        ("/nodes", serde_json::json!([])),
        ("/classes", serde_json::json!(["a"])),
        ("/features/0/name", "".into()),
        ("/criterion", "variance".into()),
    ] {
        assert!(tamper(pointer, value)?, "{pointer} was taken");
    }
    assert!(
        serde_json::from_str::<DecisionTree>(&serde_json::to_string(&DecisionTree::default())?.replace("30", "0"))
            .is_err()
    );
    Ok(())
}
