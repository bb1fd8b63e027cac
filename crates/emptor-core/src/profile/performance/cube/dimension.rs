//! What results can be broken down by.

use std::fmt;

use crate::period::Grain;
use crate::profile::{Need, ProfileInput};

/// A dimension of the cube.
///
/// ```
/// use emptor_core::profile::performance::cube::Dimension;
///
/// assert_eq!(Dimension::Product.coarser().and_then(Dimension::coarser), Some(Dimension::Category));
/// assert_eq!(Dimension::named("channel"), Some(Dimension::Channel));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dimension {
    /// The product sold.
    Product,
    /// Its category.
    Category,
    /// Its brand.
    Brand,
    /// The channel of the sale.
    Channel,
    /// The place of the sale: store, outlet.
    Place,
    /// The customer's region.
    Region,
    /// The representative who sold.
    Rep,
    /// The partner who sold.
    Partner,
    /// The customer's segment, from the scores of customers.
    Segment,
    /// The customer's grade, from the scores of customers.
    Grade,
    /// The customer.
    Customer,
    /// Calendar periods of the window.
    Period(Grain),
}

impl Dimension {
    /// Every dimension but periods.
    pub const ALL: [Self; 11] = [
        Self::Product,
        Self::Category,
        Self::Brand,
        Self::Channel,
        Self::Place,
        Self::Region,
        Self::Rep,
        Self::Partner,
        Self::Segment,
        Self::Grade,
        Self::Customer,
    ];

    /// The name of its column in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Category => "category",
            Self::Brand => "brand",
            Self::Channel => "channel",
            Self::Place => "place",
            Self::Region => "region",
            Self::Rep => "rep",
            Self::Partner => "partner",
            Self::Segment => "segment",
            Self::Grade => "grade",
            Self::Customer => "customer",
            Self::Period(_) => "period_start",
        }
    }

    /// The dimension of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dimension| dimension.name() == name)
    }

    /// The next coarser level of its hierarchy, `None` at the top: product → brand → category; day → month → quarter →
    /// year (weeks cross months and have no coarser level).
    #[must_use]
    pub fn coarser(self) -> Option<Self> {
        match self {
            Self::Product => Some(Self::Brand),
            Self::Brand => Some(Self::Category),
            Self::Period(Grain::Day) => Some(Self::Period(Grain::Month)),
            Self::Period(Grain::Month) => Some(Self::Period(Grain::Quarter)),
            Self::Period(Grain::Quarter) => Some(Self::Period(Grain::Year)),
            _ => None,
        }
    }

    /// The next finer level of its hierarchy, `None` at the bottom.
    #[must_use]
    pub fn finer(self) -> Option<Self> {
        match self {
            Self::Category => Some(Self::Brand),
            Self::Brand => Some(Self::Product),
            Self::Period(Grain::Year) => Some(Self::Period(Grain::Quarter)),
            Self::Period(Grain::Quarter) => Some(Self::Period(Grain::Month)),
            Self::Period(Grain::Month) => Some(Self::Period(Grain::Day)),
            _ => None,
        }
    }

    /// What the tables lack for it.
    #[must_use]
    pub fn missing(self, input: &ProfileInput<'_>) -> Vec<Need> {
        let tables = &input.tables;
        let line = |column: &'static str| {
            let missing = !tables.transactions().has(column);
            missing.then(|| Need::column("transactions", column)).into_iter().collect::<Vec<_>>()
        };
        let of_product = |column: &'static str| {
            let mut needs = line("product_id");
            if !tables.products().is_some_and(|products| products.has(column)) {
                needs.push(Need::column("products", column));
            }
            needs
        };
        let score = |column: &'static str| {
            let known = input.scores.is_some_and(|scores| scores.has(column));
            (!known).then(|| Need::column("scores", column)).into_iter().collect::<Vec<_>>()
        };
        match self {
            Self::Product => line("product_id"),
            Self::Category => of_product("category"),
            Self::Brand => of_product("brand"),
            Self::Channel => line("channel"),
            Self::Place => line("place_id"),
            Self::Rep => line("rep_id"),
            Self::Partner => line("partner_id"),
            Self::Region => {
                let named = tables.customers().map(|customers| {
                    customers.rows().collect_schema().is_ok_and(|schema| schema.contains("region_id"))
                });
                let region = Need::column("customers", "region_id");
                if named == Some(true) { Vec::new() } else { vec![region] }
            }
            Self::Segment => score("segment"),
            Self::Grade => score("grade"),
            Self::Customer | Self::Period(_) => Vec::new(),
        }
    }

    /// Whether it says something of the customer, so that anonymous sales have no member of their own in it.
    pub(super) fn is_of_customer(self) -> bool {
        matches!(self, Self::Region | Self::Segment | Self::Grade | Self::Customer)
    }

    /// The column of order lines that names its member.
    pub(super) fn line_column(self) -> Option<&'static str> {
        match self {
            Self::Product => Some("product_id"),
            Self::Category => Some("category"),
            Self::Brand => Some("brand"),
            Self::Channel => Some("channel"),
            Self::Place => Some("place_id"),
            Self::Rep => Some("rep_id"),
            Self::Partner => Some("partner_id"),
            Self::Customer => Some("customer_id"),
            Self::Region | Self::Segment | Self::Grade | Self::Period(_) => None,
        }
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Period(grain) => write!(f, "{grain}"),
            _ => f.write_str(self.name()),
        }
    }
}
