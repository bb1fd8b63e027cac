//! Kernels on slices.

use super::*;

/// NPS and WAR as published (Reichheld 2003; Keiningham et al. 2011), worked out from the formulas.
#[test]
fn published_shares_and_scores_hold() -> Outcome {
    for (brands, expected) in [(2.0, &[0.667, 0.333][..]), (3.0, &[0.5, 0.333, 0.167][..])] {
        let shares: Vec<f64> =
            (1..).take(expected.len()).filter_map(|r| wallet_allocation(f64::from(r), brands)).collect();
        assert!(shares.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < PRINTED));
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < MONEY);
    }
    assert_eq!((wallet_allocation(0.5, 2.0), wallet_allocation(f64::NAN, 2.0)), (None, None));
    let nps = net_promoter_score(&[], Level::new(0.95)?);
    assert_eq!(nps, None);
    let retention = Rate::stock_retention(100, 105, 20)?;
    assert!(near(retention.value(), 0.85, MONEY));
    assert!(Rate::stock_retention(10, 5, 6).is_err() && Rate::stock_retention(1, 5, 2).is_err());
    assert_eq!(Rate::repeat_buying(0, 0)?.value(), None);
    assert!(Rate::new(RateKind::Retention, ChurnRule::Silence { days: 90 }, 1, 2).is_err());
    assert_eq!((compound(&[]), compound(&[1.2])), (None, None));
    Ok(())
}

/// Property 7, on customers that buy at random: active = active before + new + resurrected − dormant, and
/// active = new + retained + resurrected; money moves likewise.
#[test]
fn the_accounts_of_growth_and_revenue_balance() -> Outcome {
    let mut activity = Activity::new(9);
    let mut seed = 7_u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % 100
    };
    for _ in 0..500 {
        let mut cells = Vec::new();
        for period in 0..9 {
            let (luck, amount) = (next(), next());
            if luck < 40 {
                // One in eight has only a return in that period.
                let active = luck >= 5;
                let revenue = if active { amount as f64 } else { -(amount as f64) };
                cells.push(ActivityCell { period, active, revenue, margin: 0.0 });
            }
        }
        activity.push(cells)?;
    }
    let accounts = growth(&activity, |_| true);
    for pair in accounts.windows(2) {
        let (before, now) = (pair[0], pair[1]);
        assert_eq!(now.active + now.dormant, before.active + now.new + now.resurrected);
        assert_eq!(now.active, now.new + now.retained + now.resurrected);
    }
    let halves = [0, 1].map(|half| growth(&activity, |customer| customer % 2 == half));
    assert!((0..9).all(|t| accounts[t].dormant == halves[0][t].dormant + halves[1][t].dormant));
    let movements = revenue_movements(&activity);
    for (t, moved) in movements.iter().enumerate() {
        let end = moved.start + moved.expansion - moved.contraction - moved.churn;
        let end = end + moved.new + moved.resurrected + moved.other;
        let all: f64 =
            (0..500).flat_map(|c| activity.cells(c)).filter(|cell| cell.period == t).map(|cell| cell.revenue).sum();
        assert!((moved.end - end).abs() < MONEY && (moved.end - all).abs() < MONEY);
        assert!(moved.gross_retention().is_none_or(|grr| grr <= 1.0));
    }
    for (t, account) in accounts.iter().enumerate().skip(1) {
        let overlap = overlap(&activity, t - 1, t);
        assert_eq!((overlap.both, overlap.first_only), (account.retained, account.dormant));
        assert_eq!(overlap.both + overlap.second_only, account.active);
    }
    Ok(())
}

#[test]
fn activity_that_cannot_be_is_refused() {
    for bought in [&[&[1, 1][..]][..], &[&[2, 1]], &[&[3]]] {
        assert!(Activity::of_buyers(3, bought).is_err());
    }
    let mut activity = Activity::new(2);
    let cell = ActivityCell { period: 0, active: true, revenue: f64::NAN, margin: 0.0 };
    assert!(activity.push([ActivityCell { revenue: 1.0, margin: f64::INFINITY, ..cell }]).is_err());
    assert!(activity.push([cell]).is_err());
    assert_eq!((activity.customers(), activity.cells(0).len()), (0, 0), "a refused customer leaves nothing behind");
}

#[test]
fn wrong_settings_are_all_told_at_once() {
    let settings = PersistencySettings {
        min_coverage: 2.0,
        level: 1.0,
        silence: SilenceLimit::Intervals(0.0),
        cohort_mode: CohortMode::Bracket(vec![0]),
        trend_periods: 2,
        tenure_cut: Some(f64::NAN),
        ..PersistencySettings::default()
    };
    assert_eq!(settings.check().map_err(|error| error.violations().len()), Err(6));
}

/// Trend by scipy: `theilslopes([10, 30, 20, 50])[0] = 40/3` by the median of slopes 20, 5, 40/3, −10, 10, 30 → 11.667.
#[test]
fn a_trend_is_relative_to_the_mean_and_unknown_of_two_periods() {
    let found = trend(&[10.0, 30.0, 20.0, 50.0]).map(|trend| trend.slope);
    assert!(near(found, (10.0 + 40.0 / 3.0) / 2.0 / 27.5, MONEY), "{found:?}");
    assert!(trend(&[1.0, 2.0]).is_none() && trend(&[0.0, 0.0, 0.0]).is_none() && trend(&[-1.0, -2.0, -3.0]).is_none());
}
