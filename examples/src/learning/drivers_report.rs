//! The printed report of what makes and loses money.

use std::fmt::Write;

use emptor::grade::{FittedProfitTree, OutOfSample, ProfitRule};

use super::ProfitBasis;
use crate::text::{count, money, number, percent, table, whole};

/// Rules printed as SQL.
const PRINTED: usize = 2;

/// Lays everything out.
#[must_use]
pub fn drivers_report(basis: &ProfitBasis, fitted: &FittedProfitTree) -> String {
    let rules = fitted.rules();
    let mut text = format!("WHAT WAS READ\n{}\n", basis.about.join("\n"));
    let unknown = if fitted.unknown() > 0 {
        format!("; {} of unknown profit are left out", count(fitted.unknown()))
    } else {
        String::new()
    };
    let _ =
        writeln!(text, "{} customers, {} attributes{unknown}", count(fitted.customers()), basis.table.names().count());
    for (_, why) in basis.table.left_out() {
        let _ = writeln!(text, "Left out: {why}");
    }
    if !fitted.parts().is_empty() {
        let _ = write!(text, "\nCLASSES OF PROFIT\n{}", classes(fitted));
    }
    let _ = write!(text, "\nWHO MAKES AND WHO LOSES MONEY\n{}", who(fitted, &rules));
    let _ = write!(text, "\nWHAT IT DEPENDS ON\n{}", drivers(fitted));
    let _ = write!(text, "\nCAN THE RULES BE TRUSTED?\n{}", trust(fitted));
    if rules.len() > 1 {
        let _ = writeln!(text, "\nTHE BEST AND THE WORST RULE FOR A DATABASE");
        let ends = [rules.first(), rules.last()];
        for rule in ends.into_iter().flatten().take(PRINTED) {
            let _ = writeln!(text, "rule {}: WHERE {}", rule.id, rule.to_sql());
        }
    }
    let _ = write!(text, "\nFINDING\n{}\n", finding(fitted, &rules));
    text
}

fn total(rules: &[ProfitRule]) -> f64 {
    rules.iter().map(|rule| rule.total_profit).sum()
}

fn classes(fitted: &FittedProfitTree) -> String {
    let parts = fitted.parts();
    let profit: f64 = parts.iter().map(|part| part.total_profit).sum();
    let mut rows = table(&["class", "profit from", "to", "customers", "of all", "their profit", "of all"], 1..7);
    for part in parts {
        let bound = |bound: Option<f64>| bound.map_or_else(|| "–".to_owned(), money);
        rows.add_row([
            part.class.clone(),
            bound(part.lowest),
            bound(part.highest),
            count(part.customers),
            percent(Some(part.customers as f64 / fitted.customers() as f64)),
            whole(part.total_profit),
            percent((profit > 0.0).then(|| part.total_profit / profit)),
        ]);
    }
    format!("{rows}\n")
}

fn who(fitted: &FittedProfitTree, rules: &[ProfitRule]) -> String {
    let by_class = !fitted.parts().is_empty();
    let mut header = vec!["rule", "customers who …", "customers", "of all"];
    header.extend(if by_class { &["most are", "namely", "× as many as in all"][..] } else { &[] });
    header.extend(["make a loss", "mean profit", "their profit", "of all"]);
    let mut rows = table(&header, 2..header.len());
    if let Some(column) = rows.column_mut(4).filter(|_| by_class) {
        column.set_cell_alignment(comfy_table::CellAlignment::Left);
    }
    if let Some(column) = rows.column_mut(1) {
        column.set_constraint(comfy_table::ColumnConstraint::UpperBoundary(comfy_table::Width::Fixed(64)));
    }
    let profit = total(rules);
    let mut line = |id: String, who: String, rule: &[&ProfitRule], middle: Vec<String>| {
        let customers: usize = rule.iter().map(|rule| rule.customers).sum();
        let losses: f64 = rule.iter().map(|rule| rule.loss_share * rule.customers as f64).sum();
        let own: f64 = rule.iter().map(|rule| rule.total_profit).sum();
        let mut row = vec![id, who, count(customers), percent(Some(customers as f64 / fitted.customers() as f64))];
        row.extend(middle);
        row.extend([percent(Some(losses / customers as f64)), money(own / customers as f64), whole(own)]);
        row.push(percent((profit > 0.0).then(|| own / profit)));
        rows.add_row(row);
    };
    for rule in rules {
        let class = rule
            .class
            .iter()
            .flat_map(|class| [class.class.clone(), percent(Some(class.confidence)), number(Some(class.lift), 2)]);
        line(rule.id.to_string(), rule.when.to_string(), &[rule], class.collect());
    }
    let blank = vec![String::new(); if by_class { 3 } else { 0 }];
    line(String::new(), "all".to_owned(), &rules.iter().collect::<Vec<_>>(), blank);
    format!("{rows}\nEvery customer satisfies one rule. The highest mean profit comes first\n")
}

fn drivers(fitted: &FittedProfitTree) -> String {
    let drivers = fitted.drivers();
    if drivers.is_empty() {
        return "No attribute tells customers of different profit apart\n".to_owned();
    }
    let mut rows = table(&["attribute", "share in what the rules tell"], 1..2);
    for (name, share) in drivers {
        rows.add_row([name.to_owned(), percent(Some(share))]);
    }
    format!("{rows}\nAn attribute that says the same as another may be missing here\n")
}

fn trust(fitted: &FittedProfitTree) -> String {
    let judged = fitted.out_of_sample();
    let OutOfSample { score, guess, standard_error, most, .. } = judged;
    let mut text = match most {
        Some(most) => format!(
            "Asked about customers they had not seen, rules like these named the right class for {}; calling everybody “{most}” is right for {} (difference {:+.1} points, standard error {:.1})\n",
            percent(Some(*score)),
            percent(Some(*guess)),
            100.0 * (score - guess),
            100.0 * standard_error
        ),
        None => format!(
            "Asked about customers they had not seen, rules like these explained {} of the variance of profit (standard error {:.1} points)\n",
            percent(Some(*score)),
            100.0 * standard_error
        ),
    };
    if !fitted.parts().is_empty() {
        let mut rows = table(&["class", "customers", "found by the rules", "right where named"], 1..4);
        for (class, part) in fitted.parts().iter().enumerate() {
            rows.add_row([
                part.class.clone(),
                count(part.customers),
                percent(judged.recall(class)),
                percent(judged.precision(class)),
            ]);
        }
        let _ = writeln!(text, "{rows}");
    }
    text.push_str(
        "Rules say who makes money, not what makes them do so: only a trial tells what a measure would change\n",
    );
    text
}

fn finding(fitted: &FittedProfitTree, rules: &[ProfitRule]) -> String {
    let judged = fitted.out_of_sample();
    let (Some(best), Some(worst)) = (rules.first(), rules.last()) else { return String::new() };
    if rules.len() < 2 {
        return "Nothing that is known of customers tells who makes money: more or other attributes are needed."
            .to_owned();
    }
    let profit = total(rules);
    let part = |rule: &ProfitRule| {
        let own = percent((profit > 0.0).then(|| rule.total_profit / profit));
        format!("{} of customers bring {own} of profit, {} each", percent(Some(rule.support)), money(rule.mean_profit))
    };
    let end = match worst.total_profit < 0.0 {
        true => format!(
            "{} of customers (rule {}) cost {} in all, {} each",
            percent(Some(worst.support)),
            worst.id,
            whole(-worst.total_profit),
            money(-worst.mean_profit)
        ),
        false => format!("at the other end (rule {}), {}", worst.id, part(worst)),
    };
    let doubt = if judged.is_better_than_guessing() {
        "The rules hold on customers they had not seen."
    } else {
        "But on customers they had not seen, the rules were not surely better than guessing the class: read the profits, not the classes."
    };
    format!("{} (rule {}); {end}. {doubt}", part(best), best.id)
}
