//! The printed report of who answers.

use std::fmt::Write;

use emptor::grade::{Coefficient, FittedResponse, LeakReason, Term};
use emptor::prelude::*;

use super::Campaign;
use crate::ExampleError;
use crate::text::{count, number, percent, table};

/// Differences that chance brings once in twenty.
const SIGNIFICANT: f64 = 0.05;

/// Effects named in the finding.
const NAMED: usize = 3;

/// Lays everything out: a model judged on the last rows, and one judged on random ones.
///
/// # Errors
/// If the level of intervals is refused, which a test rules out.
pub fn campaign_report(
    campaign: &Campaign,
    last: &FittedResponse,
    random: &FittedResponse,
) -> Result<String, ExampleError> {
    let level = Level::new(0.95)?;
    let (rows, events) = (campaign.event.len(), campaign.event.iter().filter(|&&event| event).count());
    let rate = events as f64 / rows as f64;
    let mut text = format!(
        "WHAT WAS READ\n{}\n{} contacts, {} successes ({})\n",
        campaign.about,
        count(rows),
        count(events),
        percent(Some(rate))
    );
    for (_, why) in campaign.table.left_out() {
        let _ = writeln!(text, "Left out: {why}");
    }
    let _ = write!(text, "\nDOES A COLUMN KNOW THE ANSWER?\n{}", leaks(random));
    let _ = write!(text, "\nWHO ANSWERS\n{}", coefficients(random, level));
    let _ = write!(text, "\nHOW WELL THE MODEL RANKS PEOPLE IT HAS NOT SEEN\n{}", auc(last, random, level));
    let _ = write!(text, "\nWHOM TO CONTACT FIRST\n{}", gains(last, random));
    let _ = write!(text, "\nDOES A PREDICTED 10 % MEAN 10 %?\n{}", calibration(last, random));
    let _ = write!(text, "\nFINDING\n{}\n", finding(last, random, level));
    Ok(text)
}

fn leaks(fitted: &FittedResponse) -> String {
    if fitted.suspects().is_empty() {
        return "None looks like it\n".to_owned();
    }
    let mut text = String::new();
    for suspect in fitted.suspects() {
        let what = if suspect.reason == LeakReason::Declared || !fitted.features().contains(&suspect.feature.as_str()) {
            "left out"
        } else {
            "USED: if it is filled in after the contact, declare it by --after"
        };
        let _ = writeln!(text, "{suspect} – {what}");
    }
    text
}

fn coefficients(fitted: &FittedResponse, level: Level) -> String {
    let Some(logistic) = fitted.logistic() else { return String::new() };
    let header = ["", "log odds", "standard error", "odds ×", "95 % interval", "p", ""];
    let mut rows = table(&header, 1..6);
    for own in logistic.coefficients() {
        let (low, high) = own.odds_ratio_interval(level);
        let is_intercept = own.term == Term::Intercept;
        let or = |text: String| if is_intercept { String::new() } else { text };
        rows.add_row([
            own.term.to_string(),
            number(Some(own.estimate), 4),
            number(Some(own.standard_error), 4),
            or(ratio(own.odds_ratio())),
            or(format!("{} – {}", ratio(low), ratio(high))),
            if own.p_value < 0.0001 { "< 0.0001".to_owned() } else { number(Some(own.p_value), 4) },
            or(if own.p_value < SIGNIFICANT { "*".to_owned() } else { String::new() }),
        ]);
    }
    let mut text = format!(
        "{rows}\nOdds are multiplied by so much: per unit of a number, or against the level in brackets, all else equal\n* chance alone would do this in fewer than 1 of 20 cases. Learnt from {} contacts\n",
        count(fitted.rows())
    );
    if !logistic.collinear().is_empty() {
        let terms: Vec<String> = logistic.collinear().iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "Left out, for other columns say the same: {}", terms.join(", "));
    }
    if !logistic.constant().is_empty() {
        let _ = writeln!(text, "Without effect, for they are the same in all rows: {}", logistic.constant().join(", "));
    }
    text
}

/// Enough digits to see a small effect per unit.
fn ratio(odds: f64) -> String {
    if (odds - 1.0).abs() < 0.01 { format!("{odds:.5}") } else { format!("{odds:.3}") }
}

fn auc(last: &FittedResponse, random: &FittedResponse, level: Level) -> String {
    let header = ["judged on", "contacts", "successes", "AUC", "standard error", "95 % interval"];
    let mut rows = table(&header, 1..6);
    for (name, fitted) in [("a random part", random), ("the last part", last)] {
        let auc = fitted.evaluation().auc;
        rows.add_row([
            name.to_owned(),
            count(auc.events + auc.others),
            percent(Some(auc.events as f64 / (auc.events + auc.others) as f64)),
            number(Some(auc.auc), 4),
            number(auc.standard_error, 4),
            auc.interval(level).map_or_else(|| "–".to_owned(), |(low, high)| format!("{low:.4} – {high:.4}")),
        ]);
    }
    format!(
        "{rows}\nAUC: how often a success is ranked before a failure; 0.5 is chance. A model is used on people to come, so the\nlast part is the honest test; each part is judged by a model that was fitted without it\n"
    )
}

fn gains(last: &FittedResponse, random: &FittedResponse) -> String {
    let header = ["tenth", "success", "× the average", "reached so far", "success", "× the average", "reached so far"];
    let mut rows = table(&header, 0..7);
    for (a, b) in random.evaluation().gains.iter().zip(&last.evaluation().gains) {
        let mut row = vec![a.group.to_string()];
        for own in [a, b] {
            row.extend([percent(Some(own.rate)), number(Some(own.lift), 2), percent(Some(own.captured))]);
        }
        rows.add_row(row);
    }
    format!(
        "{rows}\nLeft: a random part; right: the last part. Reached: share of all successes in this and the better tenths\n"
    )
}

fn calibration(last: &FittedResponse, random: &FittedResponse) -> String {
    let mut text = String::new();
    for (name, fitted) in [("A random part", random), ("The last part", last)] {
        let calibration = &fitted.evaluation().calibration;
        let mut rows = table(&["predicted from", "to", "contacts", "predicted", "came true", "95 % interval"], 0..6);
        for bin in &calibration.bins {
            rows.add_row([
                percent(Some(bin.from)),
                percent(Some(bin.to)),
                count(bin.rows),
                percent(Some(bin.mean_predicted)),
                percent(Some(bin.observed)),
                format!("{} – {}", percent(Some(bin.observed_low)), percent(Some(bin.observed_high))),
            ]);
        }
        let _ = writeln!(
            text,
            "{name}\n{rows}\nMean error {:.1} points; predicted on average {:+.1} points off; slope {} (1 is honest, less is too bold)\n",
            100.0 * calibration.expected_error,
            100.0 * calibration.bias,
            number(calibration.slope, 2)
        );
    }
    text.pop();
    text
}

fn finding(last: &FittedResponse, random: &FittedResponse, level: Level) -> String {
    let fifth = |fitted: &FittedResponse| percent(fitted.evaluation().gains.get(1).map(|row| row.captured));
    let auc = |fitted: &FittedResponse| fitted.evaluation().auc;
    let mut text = format!(
        "Contacting the best 20 % reaches {} of all successes in a random part and {} in the last part (20 % by chance).",
        fifth(random),
        fifth(last)
    );
    // Two areas of different rows: independent errors.
    let error = |own: &FittedResponse| auc(own).standard_error.unwrap_or(0.0);
    let spread = error(last).hypot(error(random));
    if auc(random).auc - auc(last).auc > 2.0 * spread {
        text.push_str(" The model is worse at people to come than at people like those it knows: the market or the way of calling has changed, so count on the lower figure.");
    }
    let bias = last.evaluation().calibration.bias;
    let happened = f64::from(u32::try_from(auc(last).events).unwrap_or(u32::MAX));
    let observed = happened / (auc(last).events + auc(last).others) as f64;
    if bias.abs() > observed / 5.0 {
        let word = if bias < 0.0 { "low" } else { "high" };
        let _ = write!(
            text,
            " Its probabilities are too {word} there ({} predicted, {} came true): use the ranking, and set the level anew.",
            percent(Some(observed + bias)),
            percent(Some(observed))
        );
    }
    if let Some(low) = auc(last).interval(level).map(|(low, _)| low).filter(|low| *low <= 0.5) {
        let _ = write!(text, " On the last part chance would do as well (AUC from {low:.2} on).");
    }
    let strongest = strongest(random);
    if !strongest.is_empty() {
        let _ = write!(text, " Surest signs: {}.", strongest.join("; "));
    }
    text
}

/// The effects farthest from chance.
fn strongest(fitted: &FittedResponse) -> Vec<String> {
    let all = fitted.logistic().map_or(&[][..], |logistic| logistic.coefficients());
    let mut sure: Vec<&Coefficient> =
        all.iter().filter(|own| own.term != Term::Intercept && own.p_value < SIGNIFICANT).collect();
    sure.sort_by(|a, b| b.z.abs().total_cmp(&a.z.abs()));
    sure.truncate(NAMED);
    sure.into_iter().map(|own| format!("{} (odds × {})", own.term, ratio(own.odds_ratio()))).collect()
}
