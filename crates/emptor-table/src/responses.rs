//! What customers did when a campaign had reached them.

use polars::prelude::{DataFrame, LazyFrame, lit};

use crate::accessors::accessors;
use crate::door::{Admitted, Door, FactSpec};
use crate::error::TableError;
use crate::field::{Field, Kind};
use crate::known::{Known, known_at};
use crate::mapping::Mapping;
use crate::options::ReadOptions;
use crate::quality::DataQuality;
use crate::source::Source;
use crate::text::DateFormat;

const TABLE: &str = "responses";

/// Which columns of the caller's table of responses play which role. Needed are the campaign, the customer and the day.
///
/// ```
/// use emptor_table::ResponseColumns;
///
/// let columns = ResponseColumns::new("campaign", "customer", "day").kind("what").order("order").value("value");
/// ```
#[derive(Debug, Clone)]
pub struct ResponseColumns {
    campaign: String,
    customer: String,
    date: String,
    mapping: Mapping,
}

impl ResponseColumns {
    /// Names the campaign column, the customer column and the day of the response.
    #[must_use]
    pub fn new(campaign: impl Into<String>, customer: impl Into<String>, date: impl Into<String>) -> Self {
        Self { campaign: campaign.into(), customer: customer.into(), date: date.into(), mapping: Mapping::default() }
    }

    fn with(mut self, role: &'static str, column: impl Into<String>, kind: Kind) -> Self {
        self.mapping.add(role, column, kind);
        self
    }

    /// How textual dates are written; ISO unless said otherwise.
    #[must_use]
    pub fn date_format(mut self, format: DateFormat) -> Self {
        self.mapping.set_date_format(format);
        self
    }

    /// What the customer did (`type`): an order, a call, a coupon, an opt-out.
    #[must_use]
    pub fn kind(self, column: impl Into<String>) -> Self {
        self.with("type", column, Kind::Text)
    }

    /// The order that it led to (`order_id`).
    #[must_use]
    pub fn order(self, column: impl Into<String>) -> Self {
        self.with("order_id", column, Kind::Text)
    }

    /// What it is worth (`value`).
    #[must_use]
    pub fn value(self, column: impl Into<String>) -> Self {
        self.with("value", column, Kind::Number { min: None })
    }
}

/// Responses that have passed the door.
///
/// Columns of [`rows`](Self::rows): `campaign_id` (text), `customer_id`, `date`, and every role that the mapping names.
///
/// ```
/// use emptor_table::polars::df;
/// use emptor_table::{ResponseColumns, Responses};
///
/// let frame = df!("campaign" => ["K1"], "who" => ["a"], "day" => ["2024-05-03"], "net" => [25.0])?;
/// let responses = Responses::scan(frame, &ResponseColumns::new("campaign", "who", "day").value("net"))?;
/// assert_eq!(responses.quality().fact("all responses").and_then(|fact| fact.amount), Some(25.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Responses {
    frame: LazyFrame,
    rejects: Option<DataFrame>,
    quality: DataQuality,
    known: Option<Known>,
    roles: Vec<&'static str>,
}

impl Responses {
    /// Opens a source with default options.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan(source: impl Into<Source>, columns: &ResponseColumns) -> Result<Self, TableError> {
        Self::scan_with(source, columns, &ReadOptions::default())
    }

    /// Opens a source.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan_with(
        source: impl Into<Source>,
        columns: &ResponseColumns,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        let named = &columns.mapping;
        let mut fields = vec![
            Field::required("campaign_id", &columns.campaign, Kind::Text),
            Field::required("customer_id", &columns.customer, Kind::Id),
            Field::required("date", &columns.date, named.day()),
        ];
        fields.extend(named.fields(&[]));
        let door = Door {
            fields,
            facts: vec![FactSpec { name: "all responses", treatment: "control total", holds: lit(true) }],
            amount: named.names("value").then_some("value"),
            day: Some("date"),
            ..Door::new(TABLE)
        };
        let Admitted { frame, rejects, quality, known } = door.admit(&source.into(), options)?;
        Ok(Self { frame, rejects, quality, known, roles: named.roles().collect() })
    }

    /// Whether the mapping names a role, e.g. `type`.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.roles.contains(&role)
    }
}

known_at!(ResponseColumns);
accessors!(Responses);

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::df;

    use super::*;

    #[test]
    fn a_response_without_a_customer_is_refused_and_one_without_a_value_is_not() -> Result<(), Box<dyn Error>> {
        let columns = ResponseColumns::new("campaign", "who", "day").value("net");
        let nobody = df!("campaign" => ["K1"], "who" => [None::<i64>], "day" => ["2024-05-03"], "net" => [Some(2.0)])?;
        assert!(Responses::scan(nobody, &columns).is_err());
        let free = df!("campaign" => ["K1"], "who" => [1_i64], "day" => ["2024-05-03"], "net" => [None::<f64>])?;
        let responses = Responses::scan(free, &columns)?;
        assert_eq!(responses.rows().collect()?.column("value")?.f64()?.get(0), None);
        Ok(())
    }
}
