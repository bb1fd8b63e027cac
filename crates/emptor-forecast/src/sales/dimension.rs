//! What sales can be split by.

/// By what sales are split into series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SalesDimension {
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
    /// The representative who sold.
    Rep,
    /// The partner who sold.
    Partner,
    /// The customer's segment. It is the one of today: its past is the past of those who are in it now.
    Segment,
    /// The customer's grade. It is the one of today: its past is the past of those who are in it now.
    Grade,
}

impl SalesDimension {
    /// Every dimension.
    pub const ALL: [Self; 9] = [
        Self::Product,
        Self::Category,
        Self::Brand,
        Self::Channel,
        Self::Place,
        Self::Rep,
        Self::Partner,
        Self::Segment,
        Self::Grade,
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
            Self::Rep => "rep",
            Self::Partner => "partner",
            Self::Segment => "segment",
            Self::Grade => "grade",
        }
    }

    /// The dimension of a name.
    ///
    /// ```
    /// use emptor_forecast::sales::SalesDimension;
    /// assert_eq!(SalesDimension::named("channel"), Some(SalesDimension::Channel));
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dimension| dimension.name() == name)
    }

    /// The column of order lines that says it; `None` where another table does.
    pub(super) fn line_column(self) -> Option<&'static str> {
        match self {
            Self::Product => Some("product_id"),
            Self::Channel => Some("channel"),
            Self::Place => Some("place_id"),
            Self::Rep => Some("rep_id"),
            Self::Partner => Some("partner_id"),
            Self::Category | Self::Brand | Self::Segment | Self::Grade => None,
        }
    }
}

impl std::fmt::Display for SalesDimension {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
