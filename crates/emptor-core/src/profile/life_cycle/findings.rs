//! What the life cycle says, in sentences.

use super::super::section::Finding;
use super::super::words::{change_percent, count, many, percent};
use super::compute::{LifeCycle, StageUse};
use super::stage::Stage;
use super::tables::{Summary, TELLS};

/// What the tables say.
pub(super) fn findings(cycle: &LifeCycle, summary: &Summary) -> Vec<Finding> {
    let (now, uses) = (&summary.now, &summary.uses);
    let of = |stage: Stage| now[stage as usize].0;
    let bought: usize = Stage::ALL.into_iter().filter(|stage| *stage != Stage::Prospect).map(of).sum();
    let mut findings = Vec::new();
    if bought == 0 {
        return findings;
    }
    let share = |stage: Stage| percent(of(stage) as f64 / bought as f64);
    let stretch = cycle.settings().stretch;
    let moved = [-stretch, stretch].map(|by| cycle.changed_by(by).unwrap_or(0.0)).into_iter().fold(0.0, f64::max);
    findings.push(
        Finding::new(
            "lifecycle_stage",
            0.7,
            format!(
                "Of {} who ever bought{}, {} ({}) are declining and {} ({}) are gone as far as can be seen; {} are growing and {} \
                 stable.",
                many(bought, "customer", "customers"),
                if cycle.under_contract() > 0 { " or had a contract" } else { "" },
                count(of(Stage::Decline)),
                share(Stage::Decline),
                count(of(Stage::Terminated)),
                share(Stage::Terminated),
                count(of(Stage::Formation)),
                count(of(Stage::Stability)),
            ),
        )
        .with_caveat(format!(
            "{}stages are read off purchases by thresholds, and with thresholds {} wider or narrower up to {} of the \
             customers change stage.",
            match cycle.under_contract() {
                0 => "Nobody says that they leave: ".to_owned(),
                bound => format!(
                    "Only the end of a contract is seen, of {}: ",
                    many(bound, "customer who has or had one", "customers who have or had one")
                ),
            },
            percent(stretch),
            percent(moved)
        )),
    );
    let weak = now[Stage::Stability as usize].1 + now[Stage::Formation as usize].1;
    let held = of(Stage::Stability) + of(Stage::Formation);
    if weak > 0 {
        let text = format!(
            "{} of {} stable or growing customers ({}) are weakening: talk to them before they decline.",
            count(weak),
            count(held),
            percent(weak as f64 / held as f64)
        );
        findings.push(Finding::new("lifecycle_customer", 0.6, text));
    }
    let known = |stage: Stage| Some(uses[stage as usize]).filter(|u| u.periods >= cycle.settings().min_n);
    if let (Some(stable), Some(growing), Some(declining)) =
        (known(Stage::Stability), known(Stage::Formation), known(Stage::Decline))
    {
        let rate = |u: StageUse| u.bought_again as f64 / u.periods as f64;
        let growth = |u: StageUse| if u.value > 0.0 { u.next_value / u.value - 1.0 } else { f64::NAN };
        let days = cycle.period_days();
        let (kept, lost) = (rate(stable), rate(declining));
        let tells_who = kept > lost + TELLS;
        let tells_growth = growth(growing) > growth(declining);
        let text = format!(
            "Stages {} who buys again ({} within {days} days after a stable period, {} after a declining one){} after formation \
             they bring {}, after decline {}.",
            if tells_who { "tell" } else { "hardly tell" },
            percent(kept),
            percent(lost),
            if tells_growth { ", and who grows:" } else { ", but not who grows:" },
            change_percent(growth(growing)),
            change_percent(growth(declining)),
        );
        findings.push(Finding::new("lifecycle_stage", 0.5, text));
    }
    let back = of(Stage::Recovery);
    if back > 0 {
        let text = format!(
            "{} came back in the last {} days after having been gone.",
            many(back, "customer", "customers"),
            cycle.period_days()
        );
        findings.push(Finding::new("lifecycle_customer", 0.3, text));
    }
    findings
}
