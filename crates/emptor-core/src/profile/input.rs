//! What every P takes.

use emptor_table::Tables;
use emptor_types::Invalid;
use polars::prelude::{DataFrame, DataType};

use super::profitability::Ladders;
use super::window::Window;

/// The columns that scores of customers may have, beside `customer_id`: their names, and whether they are numbers.
const SCORES: [(&str, bool); 6] = [
    ("grade", false),
    ("segment", false),
    ("p_alive", true),
    ("expected_remaining_life", true),
    ("ltv_total", true),
    ("cm2", true),
];

/// What other parts of the engine say of customers: one row each, `customer_id` first, then any of `grade` and `segment`
/// (text), `p_alive` (probability), `expected_remaining_life` (periods), `ltv_total` and `cm2` (currency, of the window).
/// Unknown is null.
#[derive(Debug, Clone)]
pub struct CustomerScores {
    frame: DataFrame,
}

impl CustomerScores {
    /// Scores of customers.
    ///
    /// # Errors
    /// If the first column is not `customer_id`, holds a null or a customer twice, or if another column is none of the
    /// above or has another type; all at once.
    pub fn new(frame: DataFrame) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let names: Vec<&str> = frame.get_column_names().into_iter().map(|name| name.as_str()).collect();
        checks.require(
            names.first() == Some(&"customer_id"),
            "scores",
            "must begin with customer_id",
            names.join(", "),
        );
        for column in frame.columns().iter().skip(1) {
            let known = SCORES.iter().find(|(name, _)| *name == column.name().as_str());
            let names: Vec<&str> = SCORES.iter().map(|(name, _)| *name).collect();
            let rule = format!("must be one of {}", names.join(", "));
            checks.require(known.is_some(), "scores", &rule, column.name());
            if let Some((name, is_number)) = known {
                let dtype = if *is_number { DataType::Float64 } else { DataType::String };
                checks.require(*column.dtype() == dtype, name, &format!("must be {dtype}"), column.dtype());
            }
        }
        if let Ok(ids) = frame.column("customer_id") {
            checks.require(ids.null_count() == 0, "customer_id", "must not be null", ids.null_count());
            let distinct = ids.n_unique().unwrap_or(0);
            checks.require(distinct == ids.len(), "customer_id", "must name every customer once", ids.len() - distinct);
        }
        checks.finish()?;
        Ok(Self { frame })
    }

    /// The scores.
    #[must_use]
    pub fn frame(&self) -> &DataFrame {
        &self.frame
    }

    /// Whether a column is there.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.frame.column(name).is_ok()
    }
}

/// The tables, the window, and what else is known.
#[derive(Debug, Clone)]
pub struct ProfileInput<'a> {
    /// The tables as they were known on the last day of the window.
    pub tables: Tables,
    /// The window.
    pub window: Window,
    /// What other parts of the engine say of customers.
    pub scores: Option<&'a CustomerScores>,
    /// The profit of relationships.
    pub profits: Option<&'a Ladders>,
}

impl<'a> ProfileInput<'a> {
    /// The tables over a window, without rows that [became known](Tables::known_by) after it: every P reads these, so that
    /// none can see further.
    #[must_use]
    pub fn new(tables: &Tables, window: Window) -> Self {
        Self { tables: tables.known_by(window.as_of()), window, scores: None, profits: None }
    }

    /// Adds scores of customers.
    #[must_use]
    pub fn with_scores(mut self, scores: &'a CustomerScores) -> Self {
        self.scores = Some(scores);
        self
    }

    /// Adds the profit of relationships, of the same days as the window: profit of a year beside revenue of a quarter
    /// would make margins of nothing.
    ///
    /// # Errors
    /// If the profits are of other days.
    pub fn with_profits(mut self, profits: &'a Ladders) -> Result<Self, Invalid> {
        let (own, other) = ((self.window.from(), self.window.as_of()), profits.days);
        if own != other {
            let rule = format!("must be of the days of the window ({} to {})", own.0, own.1);
            return Err(Invalid::value("profits", rule, format!("{} to {}", other.0, other.1)));
        }
        self.profits = Some(profits);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::period::Grain;

    #[test]
    fn profits_of_other_days_than_the_window_are_refused() -> Result<(), Box<dyn std::error::Error>> {
        let (tables, year) = (fixture::tables()?, fixture::year()?);
        let ladders = |from: &str| -> Result<Ladders, Invalid> {
            let empty = DataFrame::empty;
            Ok(Ladders::new((from.parse()?, year.as_of()), empty(), empty(), empty(), false))
        };
        let (own, half) = (ladders("2024-01-01")?, ladders("2024-07-01")?);
        assert!(ProfileInput::new(&tables, year).with_profits(&own)?.profits.is_some());
        let message = ProfileInput::new(&tables, year).with_profits(&half).err().ok_or("accepted")?.to_string();
        assert!(message.contains("2024-01-01 to 2024-12-31") && message.contains("2024-07-01"), "{message}");
        // The grain of periods is another matter: months of the same days are as good as quarters.
        let months = Window::new(year.from(), year.as_of(), Grain::Month)?;
        assert!(ProfileInput::new(&tables, months).with_profits(&own).is_ok());
        Ok(())
    }
}
