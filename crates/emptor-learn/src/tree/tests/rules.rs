//! What the leaves say.

use emptor_types::{Predicate, Value};

use super::*;

fn value<'v>(features: &Features<'v>, row: usize, column: &str) -> Value<'v> {
    match features.get(column) {
        Some(Feature::Numbers(values)) => Value::Number(values[row]),
        Some(Feature::Categories { codes, names }) => {
            names.get(codes[row] as usize).map_or(Value::Null, |name| Value::Text(name))
        }
        None => Value::Null,
    }
}

fn satisfied<'r>(rules: &'r [Rule], features: &Features<'_>, row: usize) -> Vec<&'r Rule> {
    rules.iter().filter(|rule| rule.when.holds(|column| value(features, row, column))).collect()
}

#[test]
fn every_row_satisfies_the_rule_of_its_leaf_and_no_other() -> Outcome {
    for seed in 0..12 {
        let table = Table::random(seed, 500, [0.0, 0.05, 0.3][(seed % 3) as usize]);
        let target = table.target(seed);
        let (codes, names) = (classes_of(&target, 3), class_names(3));
        // Rows that were not seen: other values, unknown where none was, and a category that did not exist.
        let mut fresh = Table::random(seed + 100, 500, 0.2);
        fresh.names = ["fax", "web", "brand new", "shop", "O'Hara"].map(str::to_owned).to_vec();
        for min_leaf in [1, 10] {
            let spec = deep().max_depth(7).min_leaf(min_leaf).build()?;
            let trees = [
                spec.fit(&TreeData::classes(table.features()?, &codes, &names)?)?,
                spec.fit(&TreeData::numbers(table.features()?, &target)?)?,
            ];
            for tree in trees {
                let rules = tree.rules();
                assert_eq!(rules.len(), tree.leaf_count());
                let mut counts = vec![0; rules.len()];
                for (own, features) in [(true, table.features()?), (false, fresh.features()?)] {
                    for (row, leaf) in tree.leaf_of(&features)?.into_iter().enumerate() {
                        let found: Vec<usize> =
                            satisfied(&rules, &features, row).iter().map(|rule| rule.leaf).collect();
                        assert_eq!(found, [leaf], "row {row} of seed {seed}");
                        counts[leaf] += usize::from(own);
                    }
                }
                assert_eq!(counts, rules.iter().map(|rule| rule.rows).collect::<Vec<_>>());
                assert!(counts.iter().all(|&count| count >= min_leaf));
            }
        }
    }
    Ok(())
}

#[test]
fn what_rules_state_is_what_their_rows_are() -> Outcome {
    let table = Table::random(3, 600, 0.1);
    let target = table.target(3);
    let (codes, names) = (classes_of(&target, 3), class_names(3));
    let profit: Vec<f64> =
        target.iter().enumerate().map(|(i, x)| if i % 9 == 0 { f64::NAN } else { x - 20.0 }).collect();
    let data = TreeData::classes(table.features()?, &codes, &names)?.with_number("profit", &profit)?;
    let tree = DecisionTree::builder().build()?.fit(&data)?;
    let leaves = tree.leaf_of(&table.features()?)?;
    let probabilities = tree.predict_probabilities(&table.features()?, 0.0)?;
    let rules = tree.rules();
    assert!((rules.iter().map(|rule| rule.support).sum::<f64>() - 1.0).abs() < ROUNDING);
    let share = |rows: &[usize], class: usize| {
        rows.iter().filter(|&&i| codes[i] as usize == class).count() as f64 / rows.len() as f64
    };
    let all: Vec<usize> = (0..600).collect();
    for rule in &rules {
        let rows: Vec<usize> = all.iter().copied().filter(|&i| leaves[i] == rule.leaf).collect();
        assert_eq!(rows.len(), rule.rows);
        assert!((rule.support - rows.len() as f64 / 600.0).abs() < ROUNDING);
        let super::super::Outcome::Class { class, confidence, lift, shares } = &rule.outcome else {
            return Err("no class".into());
        };
        let best = names.iter().position(|name| name == class).ok_or("unknown class")?;
        for (own, expected) in shares.iter().zip((0..3).map(|class| share(&rows, class))) {
            assert!((own - expected).abs() < ROUNDING);
            assert!(*own <= *confidence);
        }
        assert!(
            (confidence - shares[best]).abs() < ROUNDING && (lift - confidence / share(&all, best)).abs() < ROUNDING
        );
        assert!((probabilities[best][rows[0]] - confidence).abs() < ROUNDING);
        let known: Vec<f64> = rows.iter().map(|&i| profit[i]).filter(|x| !x.is_nan()).collect();
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        let sd = (known.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / known.len() as f64).sqrt();
        let (name, spread) = rule.number.as_ref().ok_or("no profit")?;
        assert_eq!((name.as_str(), spread.rows), ("profit", known.len()));
        assert!((spread.mean - mean).abs() < ROUNDING && (spread.standard_deviation - sd).abs() < ROUNDING);
    }
    // (w_k + 1) / (w + 3), from the leaf of the first row.
    let rule = &rules[leaves[0]];
    let smoothed = tree.predict_probabilities(&table.features()?, 1.0)?;
    let expected = (probabilities[0][0] * rule.rows as f64 + 1.0) / (rule.rows as f64 + 3.0);
    assert!((smoothed[0][0] - expected).abs() < ROUNDING);
    assert!(((0..3).map(|class| smoothed[class][0]).sum::<f64>() - 1.0).abs() < ROUNDING);
    Ok(())
}

#[test]
fn conditions_on_one_column_are_merged() -> Outcome {
    let x: Vec<f64> = (0..16).map(f64::from).collect();
    let y: Vec<f64> = x.iter().map(|x| x * x).collect();
    let data = TreeData::numbers(Features::new(&[("x", Feature::Numbers(&x))])?, &y)?;
    let tree = deep().max_depth(3).build()?.fit(&data)?;
    for rule in tree.rules() {
        // Two bounds of one column, and at most one word about the unknown.
        assert_eq!(rule.when.columns(), ["x"]);
        assert!(rule.when.to_string().matches('x').count() <= 2, "{rule}");
    }
    let channel = ["a", "b", "c", "d"].map(str::to_owned);
    let codes: Vec<u32> = (0..16).map(|i| i % 4).collect();
    let y: Vec<f64> = codes.iter().map(|&code| [1.0, 5.0, 30.0, 32.0][code as usize]).collect();
    let features = Features::new(&[("channel", Feature::Categories { codes: &codes, names: &channel })])?;
    let tree = deep().build()?.fit(&TreeData::numbers(features, &y)?)?;
    let text: Vec<String> = tree.rules().iter().map(|rule| rule.when.to_string()).collect();
    assert_eq!(text, ["channel not in (c, d, b)", "channel in (b)", "channel in (c)", "channel in (d)"]);
    Ok(())
}

#[test]
fn a_tree_without_splits_is_one_rule_that_always_holds() -> Outcome {
    let data = TreeData::numbers(Features::new(&[("x", Feature::Numbers(&[1.0, 2.0]))])?, &[3.0, 5.0])?;
    let tree = DecisionTree::default().fit(&data)?;
    let rules = tree.rules();
    assert_eq!((rules.len(), &rules[0].when), (1, &Predicate::Always));
    assert_eq!((tree.to_sql().as_str(), tree.to_string().as_str()), ("4", "if always then 4 (sd 1, 2 rows)\n"));
    Ok(())
}
