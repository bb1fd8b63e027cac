//! Which columns of the caller's table play which role, and the rules and facts that follow.

use emptor_types::Invalid;
use polars::prelude::{DataType, Expr, NULL, lit, when};

use crate::door::FactSpec;
use crate::error::TableError;
use crate::field::{Field, Kind, Rule, canonical};
use crate::known::known_at;
use crate::line::{Cancellation, LineKind};
use crate::mapping::Mapping;
use crate::text::DateFormat;
use crate::transactions::TABLE;

/// Which columns of the caller's table play which role.
///
/// Customer, date and a line amount are needed; the amount is a column or quantity × unit price. Everything else is
/// optional and is checked as soon as it is named. Sales alone can be read [without a customer](Self::without_customer).
///
/// ```
/// use emptor_table::{Cancellation, TransactionColumns};
///
/// let columns = TransactionColumns::new("CustomerID", "InvoiceDate")
///     .quantity("Quantity")
///     .unit_price("UnitPrice")
///     .order("InvoiceNo")
///     .product("StockCode")
///     .cancellation(Cancellation::Reversal { prefix: "C".into() });
/// ```
#[derive(Debug, Clone)]
pub struct TransactionColumns {
    customer: Option<String>,
    date: String,
    amount: Option<String>,
    pub(crate) quantity: Option<String>,
    unit_price: Option<String>,
    mapping: Mapping,
    cancellation: Option<Cancellation>,
}

impl TransactionColumns {
    /// Names the customer and the date column.
    #[must_use]
    pub fn new(customer: impl Into<String>, date: impl Into<String>) -> Self {
        Self { customer: Some(customer.into()), ..Self::without_customer(date) }
    }

    /// Names the date column of lines that do not say who bought, e.g. those of a till: all of them are anonymous. They
    /// tell of sales, not of customers.
    ///
    /// ```
    /// use emptor_table::polars::df;
    /// use emptor_table::{TransactionColumns, Transactions};
    ///
    /// let till = df!("day" => ["2024-01-01", "2024-01-02"], "paid" => [5.0, 7.0])?;
    /// let lines = Transactions::from_frame(till, &TransactionColumns::without_customer("day").amount("paid"))?;
    /// assert_eq!(lines.quality().fact("lines without a customer").map(|fact| fact.rows), Some(2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn without_customer(date: impl Into<String>) -> Self {
        Self {
            customer: None,
            date: date.into(),
            amount: None,
            quantity: None,
            unit_price: None,
            mapping: Mapping::default(),
            cancellation: None,
        }
    }

    pub(crate) fn has_customer(&self) -> bool {
        self.customer.is_some()
    }

    /// The net amount of the line, signed: returns are negative.
    #[must_use]
    pub fn amount(mut self, column: impl Into<String>) -> Self {
        self.amount = Some(column.into());
        self
    }

    /// The quantity, signed: returns are negative.
    #[must_use]
    pub fn quantity(mut self, column: impl Into<String>) -> Self {
        self.quantity = Some(column.into());
        self
    }

    /// The net price of one unit; with the quantity it gives the amount where no amount column is named.
    #[must_use]
    pub fn unit_price(mut self, column: impl Into<String>) -> Self {
        self.unit_price = Some(column.into());
        self
    }

    /// How textual dates are written; ISO unless said otherwise.
    #[must_use]
    pub fn date_format(mut self, format: DateFormat) -> Self {
        self.mapping.set_date_format(format);
        self
    }

    /// How cancelled documents are marked; reversal needs [`order`](Self::order).
    #[must_use]
    pub fn cancellation(mut self, cancellation: Cancellation) -> Self {
        self.cancellation = Some(cancellation);
        self
    }

    fn with(mut self, role: &'static str, column: impl Into<String>, kind: Kind) -> Self {
        self.mapping.add(role, column, kind);
        self
    }

    /// The order or document number (`order_id`).
    #[must_use]
    pub fn order(self, column: impl Into<String>) -> Self {
        self.with("order_id", column, Kind::Text)
    }

    /// The line's own key (`line_id`); it must identify one row.
    #[must_use]
    pub fn line(self, column: impl Into<String>) -> Self {
        self.with("line_id", column, Kind::Text)
    }

    /// The product (`product_id`).
    #[must_use]
    pub fn product(self, column: impl Into<String>) -> Self {
        self.with("product_id", column, Kind::Id)
    }

    /// The kind of line (`line_type`): `sale`, `return`, `credit`, `fee` or `free`.
    #[must_use]
    pub fn line_type(self, column: impl Into<String>) -> Self {
        self.with("line_type", column, Kind::Text)
    }

    /// For returns, the line that is returned (`ref_line_id`); with [`line`](Self::line) and
    /// [`quantity`](Self::quantity) named, it must exist and not be returned more than it was sold.
    #[must_use]
    pub fn ref_line(self, column: impl Into<String>) -> Self {
        self.with("ref_line_id", column, Kind::Text)
    }

    /// The amount at list price (`list_amount`).
    #[must_use]
    pub fn list_amount(self, column: impl Into<String>) -> Self {
        self.with("list_amount", column, Kind::Number { min: None })
    }

    /// The discount given (`discount`); with a list amount, `net = list − discount` to the cent is counted as a fact.
    #[must_use]
    pub fn discount(self, column: impl Into<String>) -> Self {
        self.with("discount", column, Kind::Number { min: None })
    }

    /// The tax on top of the net amount (`tax`).
    #[must_use]
    pub fn tax(self, column: impl Into<String>) -> Self {
        self.with("tax", column, Kind::Number { min: None })
    }

    /// The currency (`currency`); a table holds one.
    #[must_use]
    pub fn currency(self, column: impl Into<String>) -> Self {
        self.with("currency", column, Kind::Text)
    }

    /// The rate that turned the source amount into the reporting currency (`fx_rate`), kept beside it.
    #[must_use]
    pub fn fx_rate(self, column: impl Into<String>) -> Self {
        self.with("fx_rate", column, Kind::Number { min: Some(0.0) })
    }

    /// The system the line comes from (`source_system`).
    #[must_use]
    pub fn source_system(self, column: impl Into<String>) -> Self {
        self.with("source_system", column, Kind::Text)
    }

    /// The day of shipping (`ship_date`).
    #[must_use]
    pub fn ship_date(mut self, column: impl Into<String>) -> Self {
        self.mapping.add_day("ship_date", column);
        self
    }

    /// The sales channel (`channel`).
    #[must_use]
    pub fn channel(self, column: impl Into<String>) -> Self {
        self.with("channel", column, Kind::Text)
    }

    /// The place of sale (`place_id`).
    #[must_use]
    pub fn place(self, column: impl Into<String>) -> Self {
        self.with("place_id", column, Kind::Text)
    }

    /// The sales representative (`rep_id`).
    #[must_use]
    pub fn rep(self, column: impl Into<String>) -> Self {
        self.with("rep_id", column, Kind::Text)
    }

    /// The partner or distributor (`partner_id`).
    #[must_use]
    pub fn partner(self, column: impl Into<String>) -> Self {
        self.with("partner_id", column, Kind::Text)
    }

    /// The campaign the line is attributed to (`campaign_id`).
    #[must_use]
    pub fn campaign(self, column: impl Into<String>) -> Self {
        self.with("campaign_id", column, Kind::Text)
    }

    /// Whether the line was sold on promotion (`is_promo`).
    #[must_use]
    pub fn promo(self, column: impl Into<String>) -> Self {
        self.with("is_promo", column, Kind::Flag)
    }

    /// The production batch (`batch`).
    #[must_use]
    pub fn batch(self, column: impl Into<String>) -> Self {
        self.with("batch", column, Kind::Text)
    }

    /// For returns, whether the goods went back to stock (`restocked`).
    #[must_use]
    pub fn restocked(self, column: impl Into<String>) -> Self {
        self.with("restocked", column, Kind::Flag)
    }

    pub(crate) fn names(&self, role: &str) -> bool {
        match role {
            "quantity" => self.quantity.is_some(),
            _ => self.mapping.names(role),
        }
    }

    pub(crate) fn check(&self) -> Result<(), TableError> {
        let mut checks = Invalid::checks();
        let computable = self.quantity.is_some() && self.unit_price.is_some();
        checks.require(
            self.amount.is_some() || computable,
            "amount",
            "needs an amount column, or both a quantity and a unit price column",
            "neither",
        );
        let reversal = matches!(self.cancellation, Some(Cancellation::Reversal { .. }));
        checks.require(!reversal || self.names("order_id"), "cancellation", "by prefix needs an order column", "none");
        let returns = self.names("ref_line_id");
        checks.require(!returns || self.names("line_id"), "ref_line", "needs a line column to refer to", "none");
        checks.finish().map_err(|problem| TableError::Mapping { table: TABLE, problem })
    }

    pub(crate) fn fields(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        fields.extend(self.customer.as_ref().map(|column| Field::optional("customer_id", column, Kind::Id)));
        fields.push(Field::required("date", &self.date, self.mapping.day()));
        if let Some(column) = &self.amount {
            fields.push(Field::required("amount", column, Kind::Number { min: None }));
        }
        let computed = self.amount.is_none();
        for (role, column) in [("quantity", &self.quantity), ("unit_price", &self.unit_price)] {
            if let Some(column) = column {
                let kind = Kind::Number { min: None };
                fields.push(Field { role: role.to_owned(), column: column.clone(), kind, nullable: !computed });
            }
        }
        fields.extend(self.mapping.fields(&["line_id"]));
        if let Some(Cancellation::Void { column, .. }) = &self.cancellation {
            fields.push(Field::optional("status", column, Kind::Text));
        }
        fields
    }

    pub(crate) fn derived(&self) -> Vec<(&'static str, Expr)> {
        let mut derived = Vec::new();
        if self.customer.is_none() {
            derived.push(("customer_id", lit(NULL).cast(DataType::String)));
        }
        let amount = if self.amount.is_some() {
            canonical("amount")
        } else {
            let product = canonical("quantity") * canonical("unit_price");
            derived.push(("amount", product.clone()));
            product
        };
        derived.push(("kind", self.kind(&amount)));
        derived
    }

    fn void(&self) -> Expr {
        match &self.cancellation {
            Some(Cancellation::Void { values, .. }) => values
                .iter()
                .fold(lit(false), |any, value| any.or(canonical("status").eq(lit(value.as_str()))))
                .fill_null(lit(false)),
            _ => lit(false),
        }
    }

    fn is_reversal(&self) -> Expr {
        match &self.cancellation {
            Some(Cancellation::Reversal { prefix }) => {
                canonical("order_id").str().starts_with(lit(prefix.as_str())).fill_null(lit(false))
            }
            _ => lit(false),
        }
    }

    fn negative(&self, amount: &Expr) -> Expr {
        let negative = amount.clone().lt(lit(0.0));
        if self.quantity.is_some() {
            negative.or(canonical("quantity").lt(lit(0.0)).fill_null(lit(false)))
        } else {
            negative
        }
    }

    fn kind(&self, amount: &Expr) -> Expr {
        let code = |kind: LineKind| lit(i32::from(kind.code()));
        let mut kind = when(amount.clone().eq(lit(0.0))).then(code(LineKind::Free)).otherwise(code(LineKind::Sale));
        let mut back = self.negative(amount);
        if matches!(self.cancellation, Some(Cancellation::Reversal { .. })) {
            back = back.or(self.is_reversal());
        }
        kind = when(back).then(code(LineKind::Return)).otherwise(kind);
        if self.names("line_type") {
            let charge = canonical("line_type").eq(lit("credit")).or(canonical("line_type").eq(lit("fee")));
            kind = when(charge.fill_null(lit(false))).then(code(LineKind::Charge)).otherwise(kind);
        }
        if matches!(self.cancellation, Some(Cancellation::Void { .. })) {
            kind = when(self.void()).then(code(LineKind::Void)).otherwise(kind);
        }
        kind.cast(DataType::UInt8)
    }

    pub(crate) fn rules(&self) -> Vec<Rule> {
        let mut rules = Vec::new();
        let column_of = |role: &str| self.mapping.column(role).unwrap_or_default().to_owned();
        if self.names("line_type") {
            let is = |name: &str| canonical("line_type").eq(lit(name));
            let mut push = |rule: &str, broken: Expr| {
                let broken = broken.fill_null(lit(false));
                rules.push(Rule { column: column_of("line_type"), rule: rule.to_owned(), broken });
            };
            let known =
                ["sale", "return", "credit", "fee", "free"].into_iter().fold(lit(false), |any, n| any.or(is(n)));
            push("must be sale, return, credit, fee or free", canonical("line_type").is_not_null().and(known.not()));
            push("return must have an amount of at most 0", is("return").and(canonical("amount").gt(lit(0.0))));
            if self.quantity.is_some() {
                push("sale must have a positive quantity", is("sale").and(canonical("quantity").lt_eq(lit(0.0))));
                push("return must have a negative quantity", is("return").and(canonical("quantity").gt_eq(lit(0.0))));
            }
        }
        if let Some(column) = &self.quantity {
            let both = canonical("quantity").lt(lit(0.0)).and(canonical("amount").gt(lit(0.0)));
            rules.push(Rule {
                column: column.clone(),
                rule: "must not be negative where the amount is positive: which of them is the return?".to_owned(),
                broken: both.fill_null(lit(false)),
            });
        }
        if let (None, Some(quantity), Some(price)) = (&self.amount, &self.quantity, &self.unit_price) {
            // Both factors are checked on their own; their product can still be too large.
            let limit = lit(emptor_types::ExactSum::LIMIT);
            let product = canonical("amount");
            let broken = product.clone().gt(limit.clone()).or(product.lt(lit(0.0) - limit)).fill_null(lit(false));
            rules.push(Rule {
                column: format!("{quantity} × {price}"),
                rule: "must be at most 1e12 in absolute value".to_owned(),
                broken,
            });
        }
        rules
    }

    pub(crate) fn facts(&self) -> Vec<FactSpec> {
        let amount = canonical("amount");
        let void = self.void();
        let fact = |name, treatment, holds| FactSpec { name, treatment, holds };
        let mut facts = vec![
            fact("all lines", "control total", lit(true)),
            fact(
                "lines with a customer",
                "counted for the customer",
                canonical("customer_id").is_not_null().and(void.clone().not()),
            ),
            fact(
                "lines without a customer",
                "kept as unassigned money, no customer is made of them",
                canonical("customer_id").is_null().and(void.clone().not()),
            ),
            fact("returns", "reduce money, are no purchases", canonical("kind").eq(lit(LineKind::Return.code()))),
            fact(
                "zero-value lines",
                "carry no money; occasions for purchase histories unless the quantity is negative",
                amount.clone().eq(lit(0.0)),
            ),
        ];
        match &self.cancellation {
            Some(Cancellation::Reversal { .. }) => {
                facts.push(fact("cancellation documents", "count as returns", self.is_reversal()));
            }
            Some(Cancellation::Void { .. }) => {
                facts.push(fact("cancelled lines", "void: neither money nor purchases", void));
            }
            None => {}
        }
        if self.names("list_amount") && self.names("discount") {
            let gap = canonical("list_amount") - canonical("discount") - amount;
            facts.push(fact(
                "net differs from list − discount",
                "taken as they are; the net amount counts",
                gap.clone().gt(lit(0.011)).or(gap.lt(lit(-0.011))),
            ));
        }
        facts
    }
}

known_at!(TransactionColumns);
