//! Bad tables of wallets and opportunities: each ends with the error that names what is wrong.

use emptor::polars::df;
use emptor::polars::prelude::DataFrame;
use emptor::table::{Opportunities, OpportunityColumns, Policy, ReadOptions, TableError, WalletColumns, Wallets};

fn wallets(frame: DataFrame) -> Result<Wallets, TableError> {
    Wallets::scan(frame, &WalletColumns::new("id", "spent").period("year"))
}

fn deals(frame: DataFrame) -> Result<Opportunities, TableError> {
    let columns = OpportunityColumns::new("deal", "stage", "created");
    Opportunities::scan(frame, &columns.probability("p").outcome("outcome").closed_at("closed"))
}

fn message<T>(result: Result<T, TableError>) -> String {
    result.err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn a_wallet_below_zero_and_a_repeated_one_are_named_with_their_rows() {
    let error = message(wallets(df!("id" => [1, 2], "year" => [2024, 2024], "spent" => [-1.0, 5.0]).unwrap()));
    assert!(error.contains("`spent` must be finite, at least 0"), "{error}");
    let twice = df!("id" => [1, 1, 1], "year" => [2024, 2024, 2023], "spent" => [1.0, 5.0, 2.0]).unwrap();
    let error = message(wallets(twice));
    assert!(error.contains("2 of 3") || error.contains('2'), "{error}");
}

#[test]
fn a_wallet_without_its_period_is_set_aside_under_quarantine() {
    let frame = df!("id" => [1, 2], "year" => [Some(2024), None], "spent" => [3.0, 5.0]).unwrap();
    let columns = WalletColumns::new("id", "spent").period("year");
    let wallets = Wallets::scan_with(frame, &columns, &ReadOptions::default().policy(Policy::Quarantine)).unwrap();
    assert_eq!((wallets.quality().accepted, wallets.rejects().unwrap().height()), (1, 1));
}

#[test]
fn every_rule_of_opportunities_is_reported_at_once() {
    let frame = df!(
        "deal" => [1, 2, 3, 4],
        "stage" => ["lead", "won", "lost", "lead"],
        "created" => ["2024-03-01"; 4],
        "p" => [1.5, 1.0, 0.0, -0.1],
        "outcome" => [None, Some("won"), Some("given up"), None],
        "closed" => [None, None, Some("2024-02-01"), None],
    )
    .unwrap();
    let error = message(deals(frame));
    for needle in [
        "`p` must be at most 1",
        "`p` must be finite, at least 0",
        "`outcome` must be `won`, `lost` or empty",
        "`closed` must be given where the outcome is `won`",
        "`closed` must not lie before the day of creation",
    ] {
        assert!(error.contains(needle), "no `{needle}` in {error}");
    }
}

#[test]
fn outcomes_are_read_in_any_letter_case_or_from_stages_and_undated_leads_pass_if_asked_for() {
    let frame = || {
        df!(
            "deal" => [1, 2, 3, 4],
            "stage" => ["Gewonnen", "verloren", "Lead", "Angebot"],
            "created" => [Some("2024-03-01"), Some("2024-03-01"), None, Some("2024-03-01")],
            "end" => [Some("WON"), Some("Closed Lost"), None, None],
            "closed" => [Some("2024-04-01"), Some("2024-04-01"), None, None],
        )
        .unwrap()
    };
    let columns = || OpportunityColumns::new("deal", "stage", "created").closed_at("closed");
    let error = message(Opportunities::scan(frame(), &columns()));
    assert!(error.contains("`created` must not be null"), "{error}");
    let ends = |deals: &Opportunities| -> Vec<Option<String>> {
        let rows = deals.rows().collect().unwrap();
        rows.column("outcome").unwrap().str().unwrap().iter().map(|end| end.map(str::to_owned)).collect()
    };
    let expected = [Some("won"), Some("lost"), None, None].map(|end| end.map(str::to_owned));
    let told = Opportunities::scan(frame(), &columns().allow_undated().outcome("end")).unwrap();
    assert_eq!(ends(&told), expected);
    let fact = &told.quality().facts[0];
    assert!(fact.name.contains("without a day of creation") && fact.rows == 1, "{fact:?}");
    let staged = columns().allow_undated().won_stages(["gewonnen"]).lost_stages(["Verloren", "Storno"]);
    let staged = Opportunities::scan(frame(), &staged).unwrap();
    assert_eq!(
        (ends(&staged), staged.has("outcome"), staged.end_of("STORNO")),
        (expected.to_vec(), true, Some("lost"))
    );
}
