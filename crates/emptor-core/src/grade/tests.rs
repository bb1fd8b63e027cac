//! Grading from columns to letters.

use emptor_types::{Fit, Invalid};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256Plus;

use super::{
    DropReason, FittedGrader, FrozenScale, Grade, GradeError, Grader, GraderBuilder, Grades, GradingData, Indicator,
    InformationGroup, OrderBy, Transform, Ungraded,
};

/// Points lie on a grid of 2⁻³⁰ standard scores.
const ROUND: f64 = 1e-8;

/// Customers of a synthetic base: spend, days since the last purchase, returns, profit.
#[derive(Debug, Clone)]
struct Base {
    spend: Vec<f64>,
    days: Vec<f64>,
    returns: Vec<f64>,
    profit: Vec<f64>,
}

impl Base {
    /// Four kinds of customers in equal parts, drawn with some noise.
    fn draw(customers: usize, seed: u64) -> Self {
        let mut random = Xoshiro256Plus::seed_from_u64(seed);
        let mut base = Self { spend: vec![], days: vec![], returns: vec![], profit: vec![] };
        for i in 0..customers {
            let kind = (i % 4) as f64;
            let mut noise = || random.r#gen::<f64>();
            base.spend.push((8.0 - 1.5 * kind + noise()).exp());
            base.days.push(20.0 + 60.0 * kind + 30.0 * noise());
            base.returns.push(0.05 * kind + 0.05 * noise());
            base.profit.push(500.0 - 150.0 * kind + 100.0 * noise());
        }
        base
    }

    fn data(&self) -> Result<GradingData<'_>, GradeError> {
        GradingData::new(&[("spend", &self.spend), ("days", &self.days), ("returns", &self.returns)])
    }

    fn ranked(&self) -> Result<GradingData<'_>, GradeError> {
        self.data()?.with_ranking("profit", &self.profit)
    }

    fn permuted(&self, order: &[usize]) -> Self {
        let take = |column: &[f64]| order.iter().map(|&i| column[i]).collect();
        Self {
            spend: take(&self.spend),
            days: take(&self.days),
            returns: take(&self.returns),
            profit: take(&self.profit),
        }
    }
}

fn builder() -> GraderBuilder {
    Grader::builder().indicators([
        Indicator::new("spend", InformationGroup::PastSales).transform(Transform::Log1p).weight(2.0),
        Indicator::new("days", InformationGroup::PastSales).lower_is_better(),
        Indicator::new("returns", InformationGroup::ProductValue).lower_is_better(),
    ])
}

fn one_indicator(grades: usize) -> Result<Grader, GradeError> {
    Grader::builder().indicators([Indicator::new("spend", InformationGroup::PastSales)]).grades(grades).build()
}

fn letters(grades: &Grades) -> String {
    grades.grade.iter().map(|g| g.map_or('-', Grade::letter)).collect()
}

fn fit_letters(grader: &Grader, spend: &[f64]) -> Result<String, GradeError> {
    let data = GradingData::new(&[("spend", spend)])?;
    Ok(letters(&grader.fit(&data)?.grade(&data)?))
}

#[test]
fn known_kinds_of_customers_get_their_grades() -> Result<(), GradeError> {
    let base = Base::draw(400, 1);
    let data = base.ranked()?;
    let fitted = builder().build()?.fit(&data)?;
    let graded = fitted.grade(&data)?;
    assert!(letters(&graded).as_bytes().chunks(4).all(|kinds| kinds == b"ABCD"));
    assert_eq!(fitted.summary().grades.iter().map(|g| g.customers).collect::<Vec<_>>(), [100; 4]);
    assert_eq!(fitted.summary().ranking.as_deref(), Some("profit"));
    assert!(fitted.summary().order_agreement.is_some_and(|tau| (tau - 1.0).abs() < ROUND));
    assert!(fitted.summary().inertia < 0.1 * fitted.summary().total_sum_of_squares);
    Ok(())
}

#[test]
fn a_ranking_column_decides_the_order_and_the_conflict_is_told() -> Result<(), GradeError> {
    let column = [1.0, 2.0, 3.0, 11.0, 12.0, 13.0];
    let data = GradingData::new(&[("spend", &column)])?;
    let losses = data.clone().with_ranking("profit", &[5.0, f64::NAN, 5.0, -9.0, -9.0, -9.0])?;
    assert_eq!(letters(&one_indicator(2)?.fit(&losses)?.grade(&data)?), "BBBAAA");
    let spend = Indicator::new("spend", InformationGroup::PastSales);
    let grader = Grader::builder().indicators([spend]).grades(2).ordered_by(OrderBy::Ranking).build()?;
    assert_eq!(grader.fit(&data), Err(GradeError::NoRanking));
    let fitted = grader.fit(&losses)?;
    assert_eq!(letters(&fitted.grade(&losses)?), "AAABBB");
    assert_eq!(fitted.summary().order_agreement, Some(-1.0));
    assert!(fitted.summary().order_conflict());
    assert_eq!(fitted.summary().grades.iter().map(|g| g.ranking_mean).collect::<Vec<_>>(), [Some(5.0), Some(-9.0)]);

    let nan = f64::NAN;
    let partly = [5.0, nan, 5.0, nan, nan, nan];
    let unknown = data.with_ranking("profit", &partly)?;
    let expected = GradeError::RankingUnknown { ranking: "profit".to_owned(), customers: 3 };
    assert_eq!(grader.fit(&unknown), Err(expected));
    Ok(())
}

#[test]
fn distances_and_margins_are_those_of_the_hand() -> Result<(), GradeError> {
    // By hand: median 10, MAD 1, so z = (x − 10) / 1.4826 without clipping; centroids at 0, 10 and 22 before scaling.
    let spend = [-1.0, 0.0, 1.0, 9.0, 10.0, 10.0, 10.0, 11.0, 10.5, 9.5, 22.0];
    let grader = Grader::builder()
        .indicators([Indicator::new("spend", InformationGroup::Image)])
        .winsorize(0.0, 1.0)
        .clip(100.0)
        .grades(3)
        .build()?;
    let data = GradingData::new(&[("spend", &spend)])?;
    let fitted = grader.fit(&data)?;
    let FrozenScale::RobustZ { median, unit, .. } = fitted.standard().indicators()[0].scale else {
        return Err(GradeError::NoCustomers);
    };
    assert!((median - 10.0).abs() < ROUND && (unit - 1.4826).abs() < ROUND, "{median} {unit}");
    let graded = fitted.grade(&GradingData::new(&[("spend", &[13.0, 1.0, 22.0])])?)?;
    assert_eq!(letters(&graded), "BCA");
    let near = |found: Option<f64>, expected: f64| found.is_some_and(|x| (x - expected).abs() < ROUND);
    assert!(near(graded.distance[0], 3.0 / 1.4826), "{graded:?}");
    assert!(near(graded.distance_up[0], 9.0 / 1.4826) && near(graded.distance_down[0], 13.0 / 1.4826));
    assert!(near(graded.margin[0], (9.0 - 3.0) / 9.0));
    assert!(near(graded.distance_up[1], 9.0 / 1.4826) && graded.distance_down[1].is_none());
    assert!(near(graded.margin[2], 1.0) && graded.distance_up[2].is_none());
    assert!(
        near(graded.composite[1], -9.0 / 1.4826) && near(graded.group_score(InformationGroup::Image)[1], -9.0 / 1.4826)
    );
    Ok(())
}

#[test]
fn customers_and_the_ungraded_add_up() -> Result<(), GradeError> {
    let mut base = Base::draw(200, 2);
    for i in 0..10 {
        base.returns[i] = f64::NAN;
        base.spend[5 + i] = f64::NAN; // its weight is 2 of 3: past sales falls below half
        base.days[20 + i] = f64::NAN; // its weight is 1 of 3: past sales lives on
    }
    let data = base.data()?;
    let fitted = builder().build()?.fit(&data)?;
    let summary = fitted.summary();
    let graded = fitted.grade(&data)?;
    assert_eq!(summary.graded + summary.ungraded.iter().map(|(_, n)| n).sum::<usize>(), summary.customers);
    assert_eq!(summary.grades.iter().map(|g| g.customers).sum::<usize>(), summary.graded);
    assert!((summary.grades.iter().map(|g| g.share).sum::<f64>() - 1.0).abs() < ROUND);
    assert_eq!(
        summary.ungraded,
        [
            (Ungraded::GroupUnknown(InformationGroup::ProductValue), 10),
            (Ungraded::GroupUnknown(InformationGroup::PastSales), 5)
        ]
    );
    for profile in &summary.grades {
        let mine = |i: &usize| graded.grade[*i] == Some(profile.grade);
        let composites: Vec<f64> = (0..200).filter(mine).filter_map(|i| graded.composite[i]).collect();
        assert_eq!(composites.len(), profile.customers);
        let mean = composites.iter().sum::<f64>() / composites.len() as f64;
        assert!((mean - profile.composite).abs() < ROUND);
    }
    let inertia: f64 = graded.distance.iter().flatten().map(|d| d * d).sum();
    assert!((inertia - summary.inertia).abs() < ROUND * inertia);
    for i in 0..200 {
        assert_eq!(graded.grade[i].is_some(), graded.ungraded[i].is_none());
        assert_eq!(graded.grade[i].is_some(), graded.margin[i].is_some_and(|m| (0.0..=1.0).contains(&m)));
    }
    Ok(())
}

#[test]
fn letters_do_not_depend_on_the_seed() -> Result<(), GradeError> {
    let base = Base::draw(300, 3);
    let data = base.ranked()?;
    let first = builder().seed(0).build()?.fit(&data)?.grade(&data)?;
    for seed in [1, 2, 42, u64::MAX] {
        assert_eq!(builder().seed(seed).build()?.fit(&data)?.grade(&data)?, first, "seed {seed}");
    }
    Ok(())
}

#[test]
fn threads_do_not_change_grades() -> Result<(), Box<dyn std::error::Error>> {
    let base = Base::draw(600, 4);
    let run = |threads| -> Result<FittedGrader, Box<dyn std::error::Error>> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        Ok(pool.install(|| builder().grades(5).starts(4).build()?.fit(&base.ranked()?))?)
    };
    assert_eq!(run(1)?, run(2)?);
    Ok(())
}

#[test]
fn equal_customers_get_equal_grades() -> Result<(), GradeError> {
    let letters = fit_letters(&one_indicator(3)?, &[5.0, 1.0, 5.0, 9.0, 1.0, 1.0, 9.0, 5.0, 5.0])?;
    assert_eq!(letters, "BCBACCABB");
    Ok(())
}

#[test]
fn columns_are_found_by_name_and_missing_ones_are_named() -> Result<(), GradeError> {
    let base = Base::draw(100, 5);
    let fitted = builder().build()?.fit(&base.data()?)?;
    let other = GradingData::new(&[
        ("returns", &base.returns),
        ("extra", &base.profit),
        ("spend", &base.spend),
        ("days", &base.days),
    ])?;
    assert_eq!(fitted.grade(&other)?, fitted.grade(&base.data()?)?);
    let few = GradingData::new(&[("spend", &base.spend)])?;
    let expected = GradeError::MissingIndicators {
        missing: vec!["days".to_owned(), "returns".to_owned()],
        available: vec!["spend".to_owned()],
    };
    assert_eq!(fitted.grade(&few), Err(expected.clone()));
    assert_eq!(builder().build()?.fit(&few), Err(expected));
    Ok(())
}

#[test]
fn indicators_without_use_are_dropped_with_their_reason() -> Result<(), GradeError> {
    let base = Base::draw(100, 6);
    let unknown = vec![f64::NAN; 100];
    let data = GradingData::new(&[("spend", &base.spend), ("days", &base.days), ("returns", &unknown)])?;
    let fitted = builder().build()?.fit(&data)?;
    assert_eq!(
        fitted.standard().dropped().iter().map(|d| (d.name.as_str(), d.reason)).collect::<Vec<_>>(),
        [("returns", DropReason::Unknown)]
    );
    assert_eq!(fitted.standard().group_share(InformationGroup::ProductValue), None);
    assert_eq!(fitted.standard().group_share(InformationGroup::PastSales), Some(1.0));
    assert_eq!(fitted.summary().graded, 100);
    let constant = one_indicator(2)?.fit(&GradingData::new(&[("spend", &[3.0; 9])])?);
    assert!(matches!(&constant, Err(GradeError::NothingToGradeBy { dropped }) if dropped.len() == 1), "{constant:?}");
    Ok(())
}

#[test]
fn degenerate_data_are_errors_and_never_panics() -> Result<(), GradeError> {
    let grader = one_indicator(4)?;
    let fit = |spend: &[f64]| grader.fit(&GradingData::new(&[("spend", spend)])?);
    assert_eq!(fit(&[]), Err(GradeError::NoCustomers));
    assert!(matches!(fit(&[1.0]), Err(GradeError::NothingToGradeBy { .. })));
    assert!(matches!(fit(&[f64::NAN; 3]), Err(GradeError::NothingToGradeBy { .. })));
    assert_eq!(
        fit(&[1.0, 2.0, 3.0, 1.0, 2.0, 3.0, f64::NAN]),
        Err(GradeError::TooFewDistinct { grades: 4, distinct: 3, customers: 6, ungraded: 1 })
    );
    assert_eq!(fit_letters(&one_indicator(3)?, &[1.0, 2.0, 3.0])?, "CBA");
    // Not told apart: so close that squared distances would vanish.
    let close = fit(&[0.0, 1e-200, 1.0, 2.0]);
    assert!(matches!(close, Err(GradeError::TooFewDistinct { distinct: 3, .. })), "{close:?}");
    assert!(fit(&[1e300, -1e300, 0.0, 5e299, 7e299, f64::MIN_POSITIVE]).is_ok());
    // No customer has both groups.
    let nan = f64::NAN;
    let (past, product) = ([1.0, 2.0, 3.0, nan, nan, nan], [nan, nan, nan, 1.0, 2.0, 3.0]);
    let data = GradingData::new(&[("spend", &past), ("days", &past), ("returns", &product)])?;
    assert_eq!(
        builder().build()?.fit(&data),
        Err(GradeError::TooFewDistinct { grades: 4, distinct: 0, customers: 0, ungraded: 6 })
    );
    Ok(())
}

#[test]
fn nobody_is_graded_in_an_empty_table() -> Result<(), GradeError> {
    let fitted = one_indicator(2)?.fit(&GradingData::new(&[("spend", &[1.0, 2.0, 3.0])])?)?;
    let none = fitted.grade(&GradingData::new(&[("spend", &[])])?)?;
    assert!(none.is_empty());
    assert!(fitted.grade(&GradingData::new(&[("spend", &[f64::NAN])])?)?.grade[0].is_none());
    Ok(())
}

#[test]
fn bad_columns_are_told_all_at_once() -> Result<(), GradeError> {
    let inf = f64::INFINITY;
    let infinite = [1.0, inf, -inf];
    let bad = GradingData::new(&[("a", &infinite), ("b", &[1.0]), ("a", &[0.0, 1.0, 2.0])]);
    let Err(GradeError::Invalid(invalid)) = bad else { return Err(GradeError::NoCustomers) };
    let told: Vec<(&str, usize)> = invalid.violations().iter().map(|v| (v.field.as_str(), v.count)).collect();
    assert_eq!(told, [("a", 2), ("b", 1), ("a", 1)], "{invalid}");
    assert_eq!(invalid.violations()[0].samples, ["row 1: inf", "row 2: -inf"]);

    let log = Grader::builder()
        .indicators([Indicator::new("spend", InformationGroup::PastSales).transform(Transform::Log1p)])
        .build()?;
    let negative = log.fit(&GradingData::new(&[("spend", &[1.0, -1.0, f64::NAN, -7.0])])?);
    let expected = "spend must be above -1 for log1p (2 rows, e.g. row 1: -1.0, row 3: -7.0)";
    assert_eq!(negative.map_err(|e| e.to_string()), Err(expected.to_owned()));
    assert!(GradingData::new(&[]).is_err());
    assert!(GradingData::new(&[("a", &[1.0])])?.with_ranking("r", &[1.0, 2.0]).is_err());
    assert!(GradingData::new(&[("a", &[1.0])])?.with_ranking("r", &[inf]).is_err());
    Ok(())
}

#[test]
fn bad_settings_are_told_all_at_once() -> Result<(), String> {
    let bad = Grader::builder()
        .indicators([
            Indicator::new("a", InformationGroup::Image).weight(f64::NAN),
            Indicator::new("a", InformationGroup::PastSales).weight(-1.0),
            Indicator::new("", InformationGroup::PastSales),
        ])
        .group_weight(InformationGroup::Image, 0.4)
        .grades(1)
        .starts(0)
        .winsorize(0.9, f64::NAN)
        .clip(f64::NAN)
        .least_coverage(0.0)
        .sample_rows(1)
        .build();
    let Err(GradeError::Invalid(invalid)) = bad else { return Err(format!("{bad:?}")) };
    let fields: Vec<&str> = invalid.violations().iter().map(|v| v.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "indicators.a.weight",
            "indicators.a",
            "indicators.a.weight",
            "indicators",
            "winsorize",
            "clip",
            "least_coverage",
            "weighting.groups.past_sales",
            "grades",
            "starts",
            "sample_rows",
        ]
    );
    assert!(Grader::builder().build().is_err());
    assert!(builder().grades(27).build().is_err());
    Ok(())
}

#[test]
fn a_grader_survives_json_and_a_damaged_one_is_refused() -> Result<(), Box<dyn std::error::Error>> {
    let base = Base::draw(150, 7);
    let grader = builder().grades(5).seed(u64::MAX).build()?;
    assert_eq!(serde_json::from_str::<Grader>(&serde_json::to_string(&grader)?)?, grader);
    let fitted = grader.fit(&base.ranked()?)?;
    let text = serde_json::to_string(&fitted)?;
    let loaded: FittedGrader = serde_json::from_str(&text)?;
    assert_eq!(loaded, fitted);
    assert_eq!(loaded.grade(&base.data()?)?, fitted.grade(&base.data()?)?);

    for (whole, damaged) in [
        ("\"clip\":3.0", "\"clip\":-3.0"),
        ("\"grade\":\"A\"", "\"grade\":\"B\""),
        ("\"weight\":2.0", "\"weight\":0.0"),
    ] {
        assert!(text.contains(whole), "{whole}");
        assert!(serde_json::from_str::<FittedGrader>(&text.replace(whole, damaged)).is_err(), "{damaged}");
    }
    let few = serde_json::to_string(&grader)?.replace("\"grades\":5", "\"grades\":0");
    assert!(serde_json::from_str::<Grader>(&few).is_err());
    Ok(())
}

#[test]
fn types_cross_threads() {
    fn crosses<T: Clone + Send + Sync + std::fmt::Debug>() {}
    crosses::<Grader>();
    crosses::<FittedGrader>();
    crosses::<Grades>();
    crosses::<GradeError>();
    crosses::<Invalid>();
}

#[test]
fn progress_tells_each_stage() -> Result<(), GradeError> {
    let told = std::sync::Mutex::new(Vec::new());
    let base = Base::draw(50, 8);
    builder().build()?.fit_with_progress(&base.data()?, &|p| {
        if let Ok(mut told) = told.lock() {
            told.push((p.done, p.total));
        }
        std::ops::ControlFlow::Continue(())
    })?;
    let stopped = builder().build()?.fit_with_progress(&base.data()?, &|_| std::ops::ControlFlow::Break(()));
    assert!(stopped.is_err_and(|error| matches!(error, GradeError::Cancelled(_))));
    assert_eq!(told.into_inner().unwrap_or_default(), [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]);
    Ok(())
}

/// Numbers at the edges of what a column may hold.
const EXTREMES: [f64; 12] =
    [f64::NAN, 0.0, -0.0, 1e300, -1e300, 5e-324, 1.0, 1.0 + f64::EPSILON, 3.0, -3.0, 1e-160, 1e9];

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn row_order_does_not_change_a_bit(
        rows in prop::collection::vec((prop::option::weighted(0.9, 0_u8..40), -50.0..50.0_f64, -9.0..9.0_f64), 30..120),
        seed in any::<u64>(),
        shuffle in any::<u64>(),
    ) {
        // Whole numbers for one column: equal rows and ties between centroids occur.
        let spend: Vec<f64> = rows.iter().map(|r| r.0.map_or(f64::NAN, f64::from)).collect();
        let base = Base {
            spend: spend.clone(),
            days: rows.iter().map(|r| r.1.round()).collect(),
            returns: spend.iter().map(|x| if x.is_nan() { 1.0 } else { x % 7.0 }).collect(),
            profit: rows.iter().map(|r| r.2).collect(),
        };
        let mut order: Vec<usize> = (0..rows.len()).collect();
        let mut random = Xoshiro256Plus::seed_from_u64(shuffle);
        for i in (1..order.len()).rev() {
            order.swap(i, random.gen_range(0..=i));
        }
        let shuffled = base.permuted(&order);
        let grader = builder().grades(5).starts(3).seed(seed).ordered_by(OrderBy::Ranking).build()?;
        let fitted = grader.fit(&base.ranked()?)?;
        let again = grader.fit(&shuffled.ranked()?)?;
        prop_assert_eq!(&fitted, &again);

        let (graded, other) = (fitted.grade(&base.data()?)?, again.grade(&shuffled.data()?)?);
        for (place, &row) in order.iter().enumerate() {
            prop_assert_eq!(graded.grade[row], other.grade[place]);
            prop_assert_eq!(graded.margin[row], other.margin[place]);
        }
        // Rescoring is the fit: the counts of the summary are those of the grades.
        for profile in &fitted.summary().grades {
            let count = graded.grade.iter().filter(|g| **g == Some(profile.grade)).count();
            prop_assert_eq!(count, profile.customers);
            prop_assert!(count > 0);
        }
        let means: Vec<Option<f64>> = fitted.summary().grades.iter().map(|g| g.ranking_mean).collect();
        prop_assert!(means.is_sorted_by(|a, b| a >= b), "{:?}", means);
    }

    #[test]
    fn extreme_numbers_give_grades_or_typed_errors(
        rows in prop::collection::vec((0_usize..EXTREMES.len(), 0_usize..EXTREMES.len()), 0..25),
        transform in prop::sample::select(vec![Transform::Identity, Transform::Asinh]),
        grades in 2_usize..6,
        clip in prop::sample::select(vec![1e-9, 3.0, 1e3]),
    ) {
        let columns: (Vec<f64>, Vec<f64>) = rows.iter().map(|&(a, b)| (EXTREMES[a], EXTREMES[b])).unzip();
        let data = GradingData::new(&[("a", &columns.0), ("b", &columns.1)])?;
        let grader = Grader::builder()
            .indicators([
                Indicator::new("a", InformationGroup::Image).transform(transform),
                Indicator::new("b", InformationGroup::PastSales).transform(transform).weight(1e6),
            ])
            .group_weight(InformationGroup::Image, 1e-6)
            .group_weight(InformationGroup::PastSales, 1e6)
            .grades(grades)
            .clip(clip)
            .starts(2)
            .build()?;
        match grader.fit(&data) {
            Ok(fitted) => {
                let graded = fitted.grade(&data)?;
                prop_assert!(fitted.summary().grades.iter().all(|g| g.customers > 0));
                for (profile, grade) in fitted.summary().grades.iter().zip(fitted.grades()) {
                    prop_assert_eq!(graded.grade.iter().filter(|g| **g == Some(grade)).count(), profile.customers);
                }
                let numbers = [&graded.distance, &graded.margin, &graded.composite];
                prop_assert!(numbers.into_iter().flatten().flatten().all(|x| x.is_finite()));
            }
            Err(error) => prop_assert!(
                matches!(
                    error,
                    GradeError::NoCustomers | GradeError::NothingToGradeBy { .. } | GradeError::TooFewDistinct { .. }
                ),
                "{}",
                error
            ),
        }
    }

    #[test]
    fn a_part_of_the_customers_is_graded_like_the_whole(start in 0_usize..90, length in 1_usize..60) {
        let base = Base::draw(150, 9);
        let fitted = builder().starts(1).build()?.fit(&base.ranked()?)?;
        let whole = fitted.grade(&base.data()?)?;
        let order: Vec<usize> = (start..start + length).collect();
        let part = fitted.grade(&base.permuted(&order).data()?)?;
        prop_assert_eq!(&part.grade[..], &whole.grade[start..start + length]);
        prop_assert_eq!(&part.distance[..], &whole.distance[start..start + length]);
    }
}
