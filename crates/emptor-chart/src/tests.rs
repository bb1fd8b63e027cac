//! What holds for every chart, whatever its names and numbers.

use std::collections::BTreeSet;
use std::error::Error;

use proptest::prelude::*;

use crate::{
    Axis, Bars, Calibration, Canvas, Chart, ChartError, Columns, Heatmap, Histogram, Language, Lines, Multiples, Parts,
    Row, Scatter, Shares, Size, Slope, Stroke, Tornado, Unit, Waterfall,
};

type TestResult = Result<(), Box<dyn Error>>;

const SIZES: [Size; 2] = [Size::Wide, Size::Narrow];

/// Every form of chart over the same names and numbers; unknown numbers where the form allows them.
fn forms(names: &[String], values: &[f64]) -> Vec<Box<dyn Chart>> {
    let n = names.len();
    let name = |i: usize| names.get(i % n.max(1)).cloned().unwrap_or_default();
    let value = |i: usize| values.get(i % values.len().max(1)).copied().unwrap_or(0.0);
    let ys: Vec<f64> = (0..n).map(value).collect();
    let shifted: Vec<f64> = (0..n).map(|i| value(i + 1)).collect();
    let finite = |v: f64| if v.abs() <= 1e150 { v } else { 1.0 };
    let down: Vec<f64> = ys.iter().map(|&v| v - 0.3 * v.abs()).collect();
    let up: Vec<f64> = ys.iter().map(|&v| v + 0.3 * v.abs()).collect();
    let x: Vec<f64> = (0..n).map(|i| i as f64 / n.max(2) as f64).collect();
    let axis = || Axis::new(name(0), Unit::money("¥"));
    let share = || Axis::new(name(1), Unit::percent());
    let amounts: Vec<f64> = ys.iter().map(|&v| finite(v).abs()).collect();

    let mut bars = Bars::new("Bars", Unit::money("¥")).measure(name(0)).reference(1.0, name(1));
    let mut dots = Bars::new("Dots", Unit::of("days")).dots().reference(finite(value(0)), name(2));
    let mut bridge = Waterfall::new("Bridge", Unit::money("¥"));
    let mut tornado = Tornado::new("Tornado", Unit::money("¥"), finite(value(0)));
    let mut slope = Slope::new("Slope", Unit::number(), name(0), name(1));
    let mut calibration = Calibration::new("Calibration", Unit::number(), name(0));
    let mut multiples = Multiples::new("Multiples", Unit::money("¥"), names);
    let mut level = 0.0;
    for (i, name) in names.iter().enumerate() {
        let v = value(i);
        bars = bars.push(Row::new(name, v).target(value(i + 1)).note(name));
        dots = dots.push(Row::new(name, v).interval(finite(v) - 1.0, finite(v) + 1.0).note(name));
        bridge = bridge.step(name, finite(v));
        level += finite(v);
        tornado = tornado.swing(name, finite(value(i + 1)), finite(value(i + 2)), name, name);
        slope = slope.line(name, v, value(i + 1));
        calibration = calibration.bin(v, value(i + 1), Some((finite(v) - 1.0, finite(v) + 1.0)), i as f64);
        multiples = multiples.panel(name, &shifted);
    }
    let cells: Vec<Vec<f64>> = (0..n).map(|r| (0..n).map(|c| value(r + c)).collect()).collect();
    let edges: Vec<f64> = (0..=n).map(|i| i as f64 * 10.0).collect();
    vec![
        Box::new(
            Lines::over_periods("Periods", axis(), names)
                .series(name(0), &ys, Stroke::Solid)
                .series(name(1), &shifted, Stroke::Dashed)
                .band("95%", &down, &up, 0)
                .upright(0.0, name(2))
                .level(1.0, name(3)),
        ),
        Box::new(
            Lines::new("Whale", share(), share())
                .line(name(0), &x, &ys, Stroke::Area)
                .line(name(1), &x, &shifted, Stroke::Step)
                .diagonal(name(2))
                .point(0.5, 0.5, name(0)),
        ),
        Box::new(bars),
        Box::new(dots),
        Box::new(
            Columns::stacked("Stacked", axis(), names)
                .series(name(0), &ys)
                .series(name(1), &shifted)
                .line(name(2), &ys),
        ),
        Box::new(Columns::grouped("Grouped", share(), names).series(name(0), &ys).series(name(1), &shifted)),
        Box::new(Histogram::new("Histogram", axis(), &edges, &amounts).upright(3.0, name(0)).upright(6.0, name(1))),
        Box::new(bridge.total("End", level)),
        Box::new(tornado),
        Box::new(
            Heatmap::new("Cohorts", Unit::percent(), names, names)
                .cells(&cells)
                .first_column_apart()
                .names(name(0), name(1)),
        ),
        Box::new(Heatmap::new("Matrix", Unit::number(), names, names).cells(&cells).around(0.0).sizes(name(0), &ys)),
        Box::new(
            Scatter::new("Scatter", axis(), share())
                .group(name(0), &ys, &shifted)
                .labels(names)
                .sizes(&amounts)
                .group(name(1), &shifted, &ys)
                .quadrants(0.5, 0.5, [name(0), name(1), name(2), name(3)]),
        ),
        Box::new(Shares::new("Ordered", names).whole(name(0), &amounts).whole(name(1), &amounts)),
        Box::new(Shares::new("Kinds", names).whole(name(0), &amounts).parts(Parts::Kinds)),
        Box::new(slope.language(Language::Chinese)),
        Box::new(calibration),
        Box::new(multiples),
    ]
}

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Names and numbers that have broken pictures: of others, and of this crate while it was written.
fn cases() -> Vec<(&'static str, Vec<String>, Vec<f64>)> {
    let gap = f64::NAN;
    let short = strings(&["A", "B", "C", "D", "E"]);
    let long: Vec<String> = (0..5).map(|i| format!("{i} {}", "very long name ".repeat(20))).collect();
    let hostile = strings(&[
        "<script>alert('x')</script>",
        "]]>",
        "\"'&<!--",
        "مثال \u{202e}عربي",
        "👩‍👩‍👧‍👦 杭州某某科技有限公司\u{0}",
    ]);
    vec![
        ("ordinary", short.clone(), vec![3.0, 1.0, 4.0, 1.5, 9.0]),
        ("negative", short.clone(), vec![-3.0, 1.0, -4.0, 1.5, -9.0]),
        ("zero", short.clone(), vec![0.0]),
        ("equal", short.clone(), vec![7.0]),
        ("huge", short.clone(), vec![1e12, -2.5e12, 3e11]),
        ("tiny", short.clone(), vec![1e-9, 2e-9, 5e-9]),
        ("far apart", short.clone(), vec![1e12, 1e-9, -1.0]),
        ("unknown", short.clone(), vec![gap, 1.0, f64::INFINITY, 1e300, 2.0]),
        ("nothing known", short.clone(), vec![gap]),
        ("one", strings(&["only"]), vec![5.0]),
        ("none", Vec::new(), Vec::new()),
        ("long names", long, vec![3.0, -1.0, 4.0, 1.5, 9.0]),
        ("hostile names", hostile, vec![12_345.0, 1.0, 4_321.5, -900.0, 0.5]),
        ("two hundred", (0..200).map(|i| format!("Category {i}")).collect(), (0..200).map(f64::from).collect()),
        ("months", (0..36).map(|i| format!("202{}-{:02}", i / 12, i % 12 + 1)).collect(), vec![0.3, 0.2, 0.9, 0.5]),
    ]
}

#[test]
fn every_chart_of_any_names_and_numbers_is_xml_that_says_what_it_is() -> TestResult {
    for (case, names, values) in cases() {
        for chart in forms(&names, &values) {
            for size in SIZES {
                for svg in [chart.svg("x", size)?, chart.file(size)?] {
                    let title = &chart.caption().title;
                    let read = roxmltree::Document::parse(&svg).map_err(|error| format!("{case}, {title}: {error}"))?;
                    let root = read.root_element();
                    assert_eq!(root.attribute("role"), Some("img"));
                    let first = root.first_element_child();
                    assert_eq!(first.and_then(|node| node.text()), Some(title.as_str()), "{case}");
                    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{case}, {title}");
                    assert!(!svg.contains("<script"), "{case}, {title}");
                }
            }
            let table = chart.data();
            for row in &table.rows {
                assert_eq!(row.len(), table.headings.len(), "{case}, {}", chart.caption().title);
            }
        }
    }
    Ok(())
}

#[test]
fn no_word_is_cut_off_or_written_over_another() {
    let mut wrong = Vec::new();
    for (case, names, values) in cases() {
        for chart in forms(&names, &values) {
            for size in SIZES {
                let mut canvas = Canvas::new(size);
                chart.paint(&mut canvas);
                let (title, words) = (&chart.caption().title, canvas.words());
                for (i, a) in words.iter().enumerate() {
                    if a.left < -0.5 || a.top < -0.5 || a.right > canvas.width + 0.5 || a.bottom > canvas.height + 0.5 {
                        wrong.push(format!("{case}, {title} {size:?}: outside {a:?} of {}", canvas.height));
                    }
                    for b in &words[i + 1..] {
                        // Half a pixel is within what the measure is too wide by.
                        if a.left + 0.5 < b.right
                            && b.left + 0.5 < a.right
                            && a.top + 0.5 < b.bottom
                            && b.top + 0.5 < a.bottom
                        {
                            wrong.push(format!("{case}, {title} {size:?}: {a:?} over {b:?}"));
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} places\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}

#[test]
fn the_same_chart_is_the_same_text() -> TestResult {
    let (names, values) = (strings(&["A", "B", "C"]), [3.0, 1.0, 2.0]);
    for (one, other) in forms(&names, &values).iter().zip(&forms(&names, &values)) {
        assert_eq!(one.inline("a")?, other.inline("a")?);
        assert_eq!(one.data(), other.data());
    }
    Ok(())
}

#[test]
fn ids_begin_with_the_prefix_and_are_unique_in_a_page() -> TestResult {
    let page = forms(&strings(&["A", "B"]), &[1.0, 2.0]);
    let mut html = String::from("<body>");
    for (i, chart) in page.iter().enumerate() {
        html += &chart.inline(&format!("c{i}"))?;
    }
    html += "</body>";
    let read = roxmltree::Document::parse(&html)?;
    let ids: Vec<&str> = read.descendants().filter_map(|node| node.attribute("id")).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    assert!(ids.iter().all(|id| id.starts_with('c')));
    for id in ["", "1a", "a b", "a\"b", "é"] {
        assert_eq!(page[2].svg(id, Size::Wide), Err(ChartError::Id { id: id.to_owned() }));
    }
    Ok(())
}

#[test]
fn every_problem_is_told_at_once() {
    let refusal = |result: Result<String, ChartError>| result.err().map_or(String::new(), |error| error.to_string());
    let chart = Columns::stacked("Growth", Axis::default().logarithmic(), &["Q1", "Q2"])
        .series("New", &[1.0])
        .series("Lost", &[1.0, 2.0, 3.0]);
    let expected = "chart 'Growth': 'New' must have one value per period (2, got 1); 'Lost' must have one value per \
                    period (2, got 3); columns stand on zero and cannot have a logarithmic axis";
    assert_eq!(refusal(chart.svg("x", Size::Wide)), expected);
    let error = Bars::new(" ", Unit::number()).push(Row::new("A", 1.0).interval(2.0, 1.0)).file(Size::Wide);
    let error = refusal(error);
    assert!(error.contains("must go upwards (got 2 to 1)") && error.contains("title must not be empty"), "{error}");
}

#[test]
fn a_chart_without_data_says_so_in_its_language() -> TestResult {
    let empty = Bars::new("Nothing", Unit::number());
    assert!(empty.svg("x", Size::Wide)?.contains(">No data<"));
    assert!(empty.language(Language::Chinese).svg("x", Size::Narrow)?.contains(">无数据<"));
    Ok(())
}

#[test]
fn rows_beyond_the_most_are_counted_and_stay_in_the_table() -> TestResult {
    let chart = Bars::new("Many", Unit::number()).rows((0..200).map(|i| (format!("n{i}"), f64::from(200 - i))));
    let svg = chart.svg("x", Size::Wide)?;
    assert!(svg.contains(">and 188 more<") && svg.contains(">n11<") && !svg.contains(">n12<"));
    assert_eq!(chart.data().rows.len(), 200);
    Ok(())
}

#[test]
fn too_many_points_are_counted_or_sampled_and_the_chart_says_so() -> TestResult {
    let x: Vec<f64> = (0..12_345).map(|i| f64::from(i % 997)).collect();
    let y: Vec<f64> = (0..12_345).map(|i| f64::from(i % 683)).collect();
    let axis = || Axis::new("Orders", Unit::number());
    let one = Scatter::new("One group", axis(), axis()).group("", &x, &y);
    let svg = one.svg("x", Size::Wide)?;
    assert!(svg.contains("12,345 points, counted in hexagons") && svg.len() < 400_000);
    let counted: u64 = roxmltree::Document::parse(&svg)?
        .descendants()
        .filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "path")))
        .filter_map(|node| node.first_element_child()?.text()?.parse::<u64>().ok())
        .sum();
    assert_eq!(counted, 12_345);
    let two = Scatter::new("Two groups", axis(), axis()).group("a", &x, &y).group("b", &y[..3], &x[..3]);
    assert!(two.svg("x", Size::Wide)?.contains("3,000 of 12,348 points shown"));
    Ok(())
}

#[test]
fn month_zero_is_out_of_the_colours() -> TestResult {
    let chart = Heatmap::new("Cohorts", Unit::percent(), &["a", "b"], &["M0", "M1"])
        .cells(&[[1.0, 0.2], [1.0, 0.4]])
        .first_column_apart();
    let svg = chart.svg("x", Size::Wide)?;
    assert_eq!(svg.matches("class=\"qt\"").count(), 2);
    assert!(svg.contains("class=\"q0\"") && svg.contains("class=\"q11\""));
    Ok(())
}

#[test]
fn a_finding_is_read_aloud() -> TestResult {
    let svg = Bars::new("Profit", Unit::number()).row("A", 1.0).finding("A earns <all>.").svg("p", Size::Wide)?;
    assert!(
        svg.contains("aria-describedby=\"p-w-d\"") && svg.contains("<desc id=\"p-w-d\">A earns &lt;all&gt;.</desc>")
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    #[test]
    fn any_text_and_any_numbers_give_xml(
        names in prop::collection::vec(any::<String>(), 1..7),
        values in prop::collection::vec(any::<f64>(), 1..7),
    ) {
        for chart in forms(&names, &values) {
            // Sums of arbitrary numbers are no totals, and intervals of these may not go upwards.
            if !chart.problems().is_empty() {
                continue;
            }
            for size in SIZES {
                let svg = chart.file(size).map_err(|error| TestCaseError::fail(error.to_string()))?;
                let read = roxmltree::Document::parse(&svg);
                prop_assert!(read.is_ok(), "{:?}: {:?}", chart.caption().title, read.err());
                prop_assert!(!svg.contains("NaN") && !svg.contains("inf"), "{}", chart.caption().title);
            }
        }
    }
}
