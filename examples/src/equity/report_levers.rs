//! What moves equity, as people read it.

use std::fmt::Write;

use emptor::value::equity::{CAUTION, Lever, ScenarioGrid};

use super::LeverTables;
use crate::text::{number, table, whole};

/// Characters of a bar to each side.
const WIDTH: usize = 24;

/// Elasticities, tornado and grid.
pub(super) fn levers(levers: &LeverTables) -> String {
    let mut text = format!("\nLEVERS\n{}", elasticities(levers));
    let _ = write!(text, "\nTORNADO OF DYNAMIC EQUITY\n{}", tornado(levers));
    let _ = write!(text, "\nDYNAMIC EQUITY BY RETENTION AND DISCOUNT RATE\n{}", grid(&levers.grid, levers));
    text
}

fn elasticities(levers: &LeverTables) -> String {
    let unit = levers.existing.period;
    let mut rows = table(&["1 % more of the", "moves static equity by", "dynamic equity by"], 1..3);
    let shown = |value: Option<f64>| match value {
        // Adding zero makes −0 a 0.
        Some(value) => format!("{:+.2} %", value + 0.0).replace("+0.00", "0.00").replace("-0.00", "0.00"),
        None => "–".to_owned(),
    };
    for lever in Lever::ALL {
        let of = match lever {
            Lever::Retention | Lever::DiscountRate => format!("{lever} a {unit}"),
            _ => lever.to_string(),
        };
        rows.add_row([of, shown(levers.existing.of(lever)), shown(levers.all.of(lever))]);
    }
    let slope = format!("An elasticity is a slope where things stand; retention itself cannot exceed 100 % a {unit}.");
    format!("{rows}\n{slope}\n{CAUTION}\n")
}

fn tornado(levers: &LeverTables) -> String {
    let tornado = &levers.tornado;
    let base = tornado.base.dynamic;
    let widest = tornado.rows.iter().flat_map(|row| [row.dynamic_low, row.dynamic_high]);
    let widest = widest.map(|value| (value - base).abs()).fold(0.0, f64::max);
    let mut rows = table(&["", "less", "less ░ │ █ more", "more"], 1..2);
    if let Some(column) = rows.column_mut(3) {
        column.set_cell_alignment(comfy_table::CellAlignment::Right);
    }
    for row in &tornado.rows {
        let mut sides = [String::new(), String::new()];
        for (value, mark) in [(row.dynamic_low, "░"), (row.dynamic_high, "█")] {
            let length = (WIDTH as f64 * (value - base).abs() / widest).round() as usize;
            sides[usize::from(value > base)].push_str(&mark.repeat(length));
        }
        let name = match row.lever {
            Lever::Retention => format!("retention ± {} points", number(Some(100.0 * levers.points), 2)),
            lever => format!("{lever} ± 10 %"),
        };
        let bar = format!("{:>WIDTH$}│{:<WIDTH$}", sides[0], sides[1]);
        rows.add_row([name, whole(row.dynamic_low), bar, whole(row.dynamic_high)]);
    }
    let unit = levers.highest.unit();
    let points = number(Some(100.0 * levers.points), 2);
    let moved = if levers.points > 0.0 {
        format!("; it is moved by {points} percentage points there, in every other {unit} by the same share of it")
    } else {
        ": nobody leaves, there is nothing to raise".to_owned()
    };
    format!("{rows}\nThe line is {}. Retention at its highest is {}{moved}\n", whole(base), levers.highest)
}

fn grid(grid: &ScenarioGrid, levers: &LeverTables) -> String {
    let annual = |change: f64| {
        let years = levers.model.period().per_year();
        format!("{:.1} %", 100.0 * ((1.0 + change).powf(years) - 1.0))
    };
    let mut columns: Vec<f64> = Vec::new();
    for row in &grid.rows {
        if !columns.iter().any(|rate| (rate - row.y_number).abs() <= 0.0) {
            columns.push(row.y_number);
        }
    }
    let mut header = vec!["retention".to_owned()];
    header.extend(columns.iter().map(|rate| format!("rate {}", annual(*rate))));
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let mut rows = table(&header, 1..header.len());
    let level = levers.highest.per(levers.highest.unit());
    for line in grid.rows.chunks(columns.len()) {
        let points = 100.0 * level * line[0].x_number;
        let name = if points.abs() > 0.0 { format!("{points:+.2} points") } else { "as it is".to_owned() };
        let mut row = vec![name];
        row.extend(line.iter().map(|point| whole(point.dynamic)));
        rows.add_row(row);
    }
    format!("{rows}\n")
}
