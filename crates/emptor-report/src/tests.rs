//! Pages of hostile, tiny and large data.

use std::error::Error;

use emptor_chart::{Axis, Bars, Heatmap, Scatter, Unit};
use emptor_core::analysis::Analysis;
use emptor_core::profile::product::Unit as Basket;
use emptor_core::profile::{SevenPSettings, Window};
use emptor_core::value::LifetimeValue;
use emptor_table::{Tables, TransactionColumns, Transactions};
use emptor_types::period::Grain;
use emptor_types::{DiscountRate, Horizon, TimeUnit, Timing, silent};
use polars::prelude::{DataFrame, df};
use proptest::prelude::*;

use crate::block::{Block, Fact, Part};
use crate::grid::{Grid, Pick};
use crate::words::Words;
use crate::{Gathered, Report, ReportSettings};

type Outcome = Result<(), Box<dyn Error>>;

/// Names that have broken pages elsewhere.
const HOSTILE: [&str; 9] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "</svg><script>alert(2)</script>",
    "</style></title><iframe src=//x.example>",
    "' onmouseover='alert(3)",
    "=cmd|' /C calc'!A0",
    "x\u{202e}gnp.exe\u{2066}\u{200b}\u{0}",
    "{{ 7 * 7 }}{% raw %}",
    "上海贸易有限公司上海贸易有限公司上海贸易有限公司上海贸易有限公司上海贸易有限公司",
];

fn page(parts: Vec<Part>) -> Result<String, Box<dyn Error>> {
    Ok(Report { title: "T".to_owned(), provenance: Vec::new(), parts }.html()?)
}

fn grid(names: &[&str]) -> Grid {
    let mut grid = Grid::new("Names", &["name"], &["amount"]);
    for name in names {
        grid.row([(*name).to_owned(), "1".to_owned()]);
    }
    grid
}

/// Nothing of the names is markup, and no text looks like a number that is none.
fn is_harmless(html: &str) {
    let count = |text: &str| html.matches(text).count();
    assert_eq!([count("<script"), count("</script"), count("<style"), count("</title></head")], [1, 1, 1, 0]);
    for tag in ["<img", "<iframe", "<link", "<object", "<embed", "<base", "<form"] {
        assert_eq!(count(tag), 0, "{tag}");
    }
    assert!(!html.contains(['\u{202e}', '\u{2066}', '\u{0}']));
    // What begins an attribute that runs a script; as text, quotes are escaped.
    assert!(!html.contains("' onmouseover='") && !html.contains("\"><img"));
    for word in ["NaN", ">null<", ">inf<", ">-inf<", "∞"] {
        let text = html.split("<script>").next().unwrap_or(html);
        assert!(!text.contains(word), "{word}");
    }
}

fn analysis(day: &str) -> Result<Analysis, Box<dyn Error>> {
    let convention = LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(0.12)?)
        .horizon(Horizon::months(36.0)?)
        .period(TimeUnit::Month)
        .timing(Timing::Middle)
        .build()?;
    Ok(Analysis::builder().as_of(day.parse()?).convention(convention).unit(TimeUnit::Week).build()?)
}

fn gathered(frame: DataFrame) -> Result<Gathered, Box<dyn Error>> {
    let columns = TransactionColumns::new("who", "day").amount("amount").order("order").product("what");
    let tables = Tables::new(Transactions::from_frame(frame, &columns)?);
    let window = Window::new("2023-07-01".parse()?, "2024-06-30".parse()?, Grain::Month)?;
    let settings = SevenPSettings::new(Basket::Order);
    Ok(Gathered::compute(&tables, &analysis("2024-06-30")?, window, settings, &silent)?)
}

fn report(frame: DataFrame, ids: bool) -> Result<String, Box<dyn Error>> {
    let gathered = gathered(frame)?;
    let settings = ReportSettings { show_ids: ids, ..ReportSettings::default() };
    Ok(Report::of(gathered.material().with_provenance("File", HOSTILE[0]), &settings)?.html()?)
}

#[test]
fn hostile_names_are_text_wherever_they_stand() -> Outcome {
    for name in HOSTILE {
        let mut part = Part::new("names", name).finding(name).caveat(name);
        let scatter = Scatter::new(name, Axis::new(name, Unit::number()), Axis::new("y", Unit::number()))
            .group(name, &[1.0, 2.0], &[1.0, 2.0])
            .labels(&[name, name]);
        part.push(Block::chart("bars", Bars::new(name, Unit::money(name)).finding(name).note(name).row(name, 2.0)));
        part.push(Block::chart("scatter", scatter));
        part.push(Block::Facts(vec![Fact::new(name, name).note(name)]));
        part.push(Block::Table(Grid { title: name.to_owned(), notes: vec![name.to_owned()], ..grid(&[name]) }));
        part.push(Block::List { title: name.to_owned(), items: vec![name.to_owned()] });
        part.push(Block::Note(name.to_owned()));
        let report =
            Report { title: name.to_owned(), provenance: vec![(name.to_owned(), name.to_owned())], parts: vec![part] };
        is_harmless(&report.html()?);
    }
    let html = page(vec![{
        let mut part = Part::new("names", "Names");
        part.push(Block::Table(grid(&HOSTILE)));
        part
    }])?;
    assert!(html.contains("<td>上海贸易有限公司") && html.contains("<td>=cmd|") && html.contains("<td>{{ 7 * 7 }}"));
    Ok(())
}

/// Three years of orders of hostile customers for hostile products.
fn hostile_orders() -> Result<DataFrame, Box<dyn Error>> {
    let orders: Vec<(String, String, String, String, f64)> = (0..600_i64)
        .map(|i| {
            let name = HOSTILE[usize::try_from(i % 9).unwrap_or(0)];
            let who = format!("{name}{}", i % 60);
            let day = format!("{}-{:02}-{:02}", 2022 + (i * 7) % 3, 1 + (i * 5) % 6, 1 + (i * 11) % 28);
            (who, day, format!("o{i}"), HOSTILE[usize::try_from(i % 7).unwrap_or(0)].to_owned(), 10.0 + (i % 37) as f64)
        })
        .collect();
    let text = |of: fn(&(String, String, String, String, f64)) -> &str| orders.iter().map(of).collect::<Vec<_>>();
    Ok(df!(
        "who" => text(|order| &order.0),
        "day" => text(|order| &order.1),
        "order" => text(|order| &order.2),
        "what" => text(|order| &order.3),
        "amount" => orders.iter().map(|order| order.4).collect::<Vec<_>>(),
    )?)
}

#[test]
fn a_report_of_hostile_customers_and_products_is_harmless() -> Outcome {
    is_harmless(&report(hostile_orders()?, true)?);
    is_harmless(&report(hostile_orders()?, false)?);
    Ok(())
}

#[test]
fn what_could_not_be_computed_says_why() -> Outcome {
    let gathered = gathered(hostile_orders()?)?;
    let whole = Report::of(gathered.material(), &ReportSettings::default())?;
    for chart in ["fit-holdout", "grades-moves"] {
        assert!(whole.pictures().any(|(name, _)| name == chart), "{chart}");
    }
    let day = "2023-07-01".parse()?;
    let material = gathered.material().without_holdout("too short").without_earlier_grades(day, "nobody was there");
    let html = Report::of(material, &ReportSettings::default())?.html()?;
    assert!(html.contains("could not be checked by a part of the time held out: too short."));
    assert!(html.contains("Nobody has a grade of 2023-07-01 to compare with: nobody was there."));
    Ok(())
}

#[test]
fn one_customer_and_a_base_of_returns_have_a_page() -> Outcome {
    for amounts in [vec![25.0], vec![25.0, -25.0], vec![-5.0, -10.0]] {
        let n = amounts.len();
        let frame = df!(
            "who" => vec!["only"; n],
            "day" => vec!["2024-01-15"; n],
            "order" => (0..n).map(|i| format!("o{i}")).collect::<Vec<_>>(),
            "what" => vec!["thing"; n],
            "amount" => amounts,
        )?;
        let html = report(frame, false)?;
        is_harmless(&html);
        assert!(html.contains("id=\"quality\"") && !html.contains("<td>only</td>"));
    }
    Ok(())
}

#[test]
fn long_tables_are_cut_and_say_so() -> Outcome {
    let rows = 1_000_000_u32;
    let frame =
        df!("customer_id" => (0..rows).collect::<Vec<_>>(), "spend" => (0..rows).map(f64::from).collect::<Vec<_>>())?;
    let shown = Grid::of_frame(&frame, &[], Pick::default(), &Words::of(&ReportSettings::default()))?;
    assert_eq!((shown.rows.len(), shown.all_rows, shown.headings.len()), (20, 1_000_000, 1));
    let many: Vec<String> = (0..300).map(|row| format!("row {row}")).collect();
    let long = Heatmap::new("Long", Unit::number(), &many, &["a"]).cells(&vec![[1.0]; 300]);
    let mut part = Part::new("long", "Long");
    part.push(Block::Table(shown));
    part.push(Block::chart("long", long));
    let html = page(vec![part])?;
    assert!(html.contains("20 of 1,000,000 rows are shown."));
    assert!(html.contains("200 of 300 rows are shown.") && html.matches("<tr>").count() <= 20 + 200 + 2);
    assert!(html.len() < 400_000, "{}", html.len());
    Ok(())
}

#[test]
fn columns_of_numbers_and_of_days_are_known() -> Outcome {
    let mut grid = Grid::new("Mixed", &["day", "amount", "name"], &[]);
    grid.row(["2024-01-31", "−€1.2M", "Q1 2024"].map(str::to_owned));
    grid.row(["–", "3,402", "12"].map(str::to_owned));
    let mut part = Part::new("mixed", "Mixed");
    part.push(Block::Table(grid));
    let html = page(vec![part])?;
    assert!(html.contains("<td class=d>2024-01-31</td><td class=n>−€1.2M</td><td>Q1 2024</td>"), "{html}");
    Ok(())
}

#[test]
fn a_page_asks_the_network_for_nothing() -> Outcome {
    let html = report(hostile_orders()?, false)?;
    // A name may hold such words as text; here is what stands inside tags and styles.
    let tags = html.split('<').filter_map(|rest| rest.split('>').next());
    for tag in tags {
        let asks = [" src=", " srcset=", " href=\"h", " href=\"/", "xlink:href", "@import"];
        assert!(!asks.iter().any(|ask| tag.contains(ask)), "{tag}");
    }
    assert!(!html.contains("@import") && !html.contains("url("));
    assert!(html.contains("default-src 'none'"));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_cell_reads_back_as_it_was(text in any::<String>()) {
        let mut part = Part::new("cell", "Cell");
        part.push(Block::Table(grid(&["before", &text, "after"])));
        let html = page(vec![part]).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let cells: Vec<&str> = html.split("<td>").skip(1).filter_map(|rest| rest.split("</td>").next()).collect();
        prop_assert_eq!(cells.len(), 3);
        prop_assert!(!cells[1].contains(['<', '>', '"', '\'']));
        prop_assert_eq!(cells[1].replace('\u{a0}', " "), emptor_chart::escape(&text).replace('\u{a0}', " "));
    }
}
