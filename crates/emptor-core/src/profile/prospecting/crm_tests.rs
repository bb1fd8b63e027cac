//! What findings say of deals, and how the curve lies in the flow of new customers.

use std::error::Error;

use emptor_table::polars::df;
use emptor_table::{
    Opportunities, OpportunityColumns, StageHistory, StageHistoryColumns, Tables, TransactionColumns, Transactions,
};
use emptor_types::Date;
use polars::prelude::DataFrame;

use super::super::{Finding, ProfileInput, Section, Window};
use super::{ProspectingSettings, section};
use crate::period::Grain;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Two searches that stop at different places agree to this, relatively.
const SEARCH: f64 = 1e-6;

fn quarter() -> Outcome<Window> {
    Ok(Window::new("2024-01-01".parse()?, "2024-03-31".parse()?, Grain::Month)?)
}

/// Deals that began as leads; some got an offer, and some of these were won. All are decided.
#[derive(Clone, Copy)]
struct Deals {
    rep: &'static str,
    leads: usize,
    offers: usize,
    won: usize,
}

fn crm(all: &[Deals]) -> Outcome<Section> {
    let mut deals: Vec<(String, &str, bool)> = Vec::new();
    let mut log: Vec<(String, &str, Option<&str>, &str)> = Vec::new();
    for of in all {
        for i in 0..of.leads {
            let id = format!("{} {i:03}", of.rep);
            let won = i < of.won;
            log.push((id.clone(), "2024-01-02", None, "lead"));
            if i < of.offers {
                log.push((id.clone(), "2024-01-20", Some("lead"), "offer"));
            }
            let last = if i < of.offers { "offer" } else { "lead" };
            log.push((id.clone(), "2024-02-20", Some(last), if won { "won" } else { "lost" }));
            deals.push((id, of.rep, won));
        }
    }
    let end: Vec<&str> = deals.iter().map(|deal| if deal.2 { "won" } else { "lost" }).collect();
    let frame = df!(
        "deal" => deals.iter().map(|deal| deal.0.as_str()).collect::<Vec<_>>(),
        "stage" => &end,
        "made" => vec!["2024-01-02"; deals.len()],
        "closed" => vec!["2024-02-20"; deals.len()],
        "end" => &end,
        "rep" => deals.iter().map(|deal| deal.1).collect::<Vec<_>>(),
    )?;
    let history = df!(
        "deal" => log.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(),
        "day" => log.iter().map(|row| row.1).collect::<Vec<_>>(),
        "what" => vec!["stage"; log.len()],
        "from" => log.iter().map(|row| row.2).collect::<Vec<_>>(),
        "to" => log.iter().map(|row| row.3).collect::<Vec<_>>(),
    )?;
    let lines = df!("who" => ["a"], "day" => ["2024-01-05"], "net" => [1.0])?;
    let columns = OpportunityColumns::new("deal", "stage", "made").closed_at("closed").outcome("end").rep("rep");
    let tables = Tables::new(Transactions::from_frame(lines, &TransactionColumns::new("who", "day").amount("net"))?)
        .with_opportunities(Opportunities::scan(frame, &columns)?)
        .with_stage_history(StageHistory::scan(
            history,
            &StageHistoryColumns::new("deal", "day", "what", "to").old("from"),
        )?);
    Ok(section(&ProfileInput::new(&tables, quarter()?), &ProspectingSettings::default())?)
}

fn of<'a>(section: &'a Section, table: &str) -> Vec<&'a Finding> {
    section.findings.iter().filter(|finding| finding.table == table).collect()
}

#[test]
fn the_stage_that_holds_deals_up_beyond_chance_is_the_bottleneck() -> Outcome {
    // 90 of 100 leads get an offer, 30 of 90 offers are won: z = −8.09 (statsmodels `proportions_ztest`).
    let section = crm(&[Deals { rep: "ann", leads: 100, offers: 90, won: 30 }])?;
    let [finding] = of(&section, "funnel_summary")[..] else { return Err("no finding of the funnel".into()) };
    let told = &finding.headline;
    assert!(told.starts_with("Stage offer is the bottleneck: 33"), "{told}");
    assert!(told.contains("of the 90 deals decided in it") && told.contains("of those in lead 90"), "{told}");
    assert!(told.contains("within 31 days"), "{told}");
    assert!(finding.weight > 0.7);
    Ok(())
}

#[test]
fn stages_that_differ_by_chance_or_have_few_deals_are_no_bottleneck() -> Outcome {
    // 50 of 100 and 26 of 50: p = 0.817 (statsmodels `proportions_ztest`).
    let section = crm(&[Deals { rep: "ann", leads: 100, offers: 50, won: 26 }])?;
    let [finding] = of(&section, "funnel_summary")[..] else { return Err("no finding of the funnel".into()) };
    assert!(finding.headline.starts_with("No stage of the funnel stands out: the worst is lead"), "{finding:?}");
    assert!(finding.headline.contains("0.817") && finding.weight < 0.5, "{finding:?}");
    // Twenty offers are fewer than the thirty that a share takes, so that one stage is left to judge.
    let section = crm(&[Deals { rep: "ann", leads: 100, offers: 20, won: 1 }])?;
    assert!(of(&section, "funnel_summary").is_empty());
    Ok(())
}

#[test]
fn win_rates_differ_only_beyond_what_so_many_pairs_do_by_chance() -> Outcome {
    let deals = |rep, won| Deals { rep, leads: 40, offers: 40, won };
    let differ = |section: &Section| -> Option<String> {
        let told = of(section, "win_rate").into_iter().map(|finding| finding.headline.clone());
        told.into_iter().find(|headline| headline.starts_with("Win rates differ by representative"))
    };
    // 26 and 16 of 40: p = 0.025 (statsmodels `proportions_ztest`), which is enough for one pair.
    let two = differ(&crm(&[deals("ann", 26), deals("bob", 16)])?).ok_or("no finding of two")?;
    assert!(two.contains("bob wins 40") && two.contains("ann 65") && two.contains("0.025"), "{two}");
    // A third one makes three pairs: 3 · 0.025 is no longer below 0.05.
    assert_eq!(differ(&crm(&[deals("ann", 26), deals("bob", 16), deals("cid", 21)])?), None);
    // 30 and 10 of 40: p = 7.7e-6, whatever the pairs.
    let three = differ(&crm(&[deals("ann", 30), deals("bob", 10), deals("cid", 20)])?).ok_or("no finding of three")?;
    assert!(three.contains("bob wins 25") && three.contains("ann 75"), "{three}");
    // Fewer deals than the thirty that a share takes are not judged.
    let few = Deals { rep: "dan", leads: 20, offers: 20, won: 0 };
    assert_eq!(differ(&crm(&[deals("ann", 26), few])?), None);
    Ok(())
}

/// New customers by month, a bell, all of them anew; the curve by SciPy 1.17 `curve_fit` as in the tests of the curve.
const BELL: [usize; 16] = [12, 20, 31, 55, 80, 118, 150, 171, 160, 139, 101, 72, 51, 30, 22, 14];

fn won_by_month(until: Date) -> Outcome<DataFrame> {
    let (mut who, mut day) = (Vec::new(), Vec::new());
    let mut first: Date = "2023-01-01".parse()?;
    for new in BELL {
        for _ in 0..new {
            who.push(who.len() as i64);
            day.push(first.plus_days(9).to_string());
        }
        first = Grain::Month.start(first.plus_days(31))?;
    }
    // Five come in the month that has begun.
    for _ in 0..5 {
        who.push(who.len() as i64);
        day.push(until.to_string());
    }
    let net = vec![1.0; who.len()];
    Ok(df!("who" => who, "day" => day, "net" => net)?)
}

#[test]
fn the_flow_of_new_customers_has_the_curve_beside_it_and_goes_on_with_it() -> Outcome {
    let until: Date = "2024-05-10".parse()?;
    let lines = won_by_month(until)?;
    let tables = Tables::new(Transactions::from_frame(lines, &TransactionColumns::new("who", "day").amount("net"))?);
    let window = Window::new("2023-01-01".parse()?, until, Grain::Month)?;
    let section = section(&ProfileInput::new(&tables, window), &ProspectingSettings::default())?;
    let flow = &section.table("acquisition_flow").ok_or("no flow")?.frame;
    // Sixteen whole months, the one that has begun, and three of the four ahead that come after it.
    assert_eq!(flow.height(), 20);
    let (ahead, partial) = (flow.column("is_forecast")?.bool()?, flow.column("is_partial")?.bool()?);
    assert_eq!((ahead.sum(), partial.sum()), (Some(3), Some(1)));
    let new = flow.column("new")?.i64()?;
    assert_eq!((new.get(15), new.get(16), new.get(17)), (Some(14), Some(5), None));
    let start = flow.column("period_start")?.cast(&polars::prelude::DataType::String)?;
    assert_eq!((start.str()?.get(16), start.str()?.get(19)), (Some("2024-05-01"), Some("2024-08-01")));
    // SciPy: value and 80 % interval (delta method and residuals) of the months 1, 8, 16, 17 and 19.
    for (month, curve, low, high) in [
        (1, 12.522_849_347_672_31, 8.683_281_528_006_336, 16.362_417_167_338_283),
        (8, 167.238_092_565_345_6, 162.904_321_708_582_8, 171.571_863_422_108_38),
        (16, 10.504_082_928_310_254, 6.680_271_237_648_925, 14.327_894_618_971_584),
        (17, 6.199_097_140_823_824, 2.405_124_597_008_53, 9.993_069_684_639_117),
        (19, 2.128_046_647_969_768, 0.0, 5.901_408_426_015_58),
    ] {
        for (name, expected) in [("curve", curve), ("lo", low), ("hi", high)] {
            let found = flow.column(name)?.f64()?.get(month - 1).ok_or("null")?;
            assert!((found - expected).abs() < SEARCH * curve.max(10.0), "{name} {month}: {found} for {expected}");
        }
    }
    Ok(())
}
