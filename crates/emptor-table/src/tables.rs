//! All tables of a company, as far as they are there.

use emptor_types::Date;
use polars::prelude::{LazyFrame, PolarsResult};

use crate::{
    Activities, Calendar, Campaigns, Contacts, Contracts, CostPools, Customers, DataQuality, Deliveries, Identities,
    Interactions, Opportunities, Payments, Products, Referrals, Reps, Responses, Spending, StageHistory, Stock,
    Surveys, Targets, Tickets, Transactions, Wallets,
};

/// Declares the optional tables: field and getter, what adds it, its type, its name in reports, what it is.
macro_rules! tables {
    ($($field:ident, $with:ident, $table:ident, $about:literal;)*) => {
        /// The tables of a company: transactions, and what else there is. Cheap to clone, for tables are lazy.
        ///
        /// ```
        /// use emptor_table::polars::df;
        /// use emptor_table::{Tables, TransactionColumns, Transactions};
        ///
        /// let frame = df!("id" => [1_i64], "day" => ["2024-01-01"], "net" => [5.0])?;
        /// let tables = Tables::new(Transactions::from_frame(frame, &TransactionColumns::new("id", "day").amount("net"))?);
        /// assert!(tables.products().is_none());
        /// assert_eq!(tables.names(), ["transactions"]);
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[derive(Debug, Clone)]
        pub struct Tables {
            transactions: Transactions,
            activities: Vec<Activities>,
            $($field: Option<$table>,)*
        }

        impl Tables {
            /// Transactions alone.
            #[must_use]
            pub fn new(transactions: Transactions) -> Self {
                Self { transactions, activities: Vec::new(), $($field: None,)* }
            }

            $(
                #[doc = concat!("Adds ", $about, ".")]
                #[must_use]
                pub fn $with(mut self, table: $table) -> Self {
                    self.$field = Some(table);
                    self
                }

                #[doc = concat!("The table of ", $about, ", if there is one.")]
                #[must_use]
                pub fn $field(&self) -> Option<&$table> {
                    self.$field.as_ref()
                }
            )*

            /// The names of the tables that are there, transactions first.
            #[must_use]
            pub fn names(&self) -> Vec<&'static str> {
                let mut names = vec!["transactions"];
                names.extend((!self.activities.is_empty()).then_some("activities"));
                $(names.extend(self.$field.is_some().then_some(stringify!($field)));)*
                names
            }

            /// The columns of a table of that name, under canonical names; `None` if it is not there. Of several logs of
            /// activities, the columns that one of them has.
            ///
            /// ```
            /// use emptor_table::polars::df;
            /// use emptor_table::{Tables, TransactionColumns, Transactions};
            ///
            /// let frame = df!("id" => [1_i64], "day" => ["2024-01-01"], "net" => [5.0], "web" => ["yes"])?;
            /// let columns = TransactionColumns::new("id", "day").amount("net").channel("web");
            /// let tables = Tables::new(Transactions::from_frame(frame, &columns)?);
            /// assert!(tables.columns("transactions")?.is_some_and(|names| names.contains(&"channel".to_owned())));
            /// assert_eq!(tables.columns("products")?, None);
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Errors
            /// If a table can no longer be read.
            pub fn columns(&self, table: &str) -> PolarsResult<Option<Vec<String>>> {
                let frames: Vec<LazyFrame> = match table {
                    "transactions" => vec![self.transactions.lines()],
                    "activities" => self.activities.iter().map(Activities::rows).collect(),
                    $(stringify!($field) => self.$field.iter().map(|table| table.rows()).collect(),)*
                    _ => Vec::new(),
                };
                let mut columns: Vec<String> = Vec::new();
                let there = !frames.is_empty();
                for mut frame in frames {
                    columns.extend(frame.collect_schema()?.iter_names().map(ToString::to_string));
                }
                columns.sort();
                columns.dedup();
                Ok(there.then_some(columns))
            }

            /// The tables as they were known on a day, every one by its role `known_at`: what every computation that looks
            /// from a day begins with. Tables that do not say when their rows became known stay as they are.
            ///
            /// ```
            /// use emptor_table::polars::df;
            /// use emptor_table::{Tables, TransactionColumns, Transactions};
            ///
            /// // The line of May was booked in July.
            /// let frame = df!(
            ///     "id" => [1_i64, 2],
            ///     "day" => ["2024-05-02", "2024-05-07"],
            ///     "net" => [5.0, 9.0],
            ///     "booked" => [Some("2024-05-02"), Some("2024-07-01")],
            /// )?;
            /// let columns = TransactionColumns::new("id", "day").amount("net").known_at("booked");
            /// let tables = Tables::new(Transactions::from_frame(frame, &columns)?);
            /// let june = tables.known_by("2024-06-30".parse()?);
            /// assert_eq!(june.transactions().lines().collect()?.height(), 1);
            /// let later = june.transactions().quality().fact("rows not yet known");
            /// assert_eq!(later.map(|fact| (fact.rows, fact.amount)), Some((1, Some(9.0))));
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            #[must_use]
            pub fn known_by(&self, as_of: Date) -> Self {
                Self {
                    transactions: self.transactions.known_by(as_of),
                    activities: self.activities.iter().map(|table| table.known_by(as_of)).collect(),
                    $($field: self.$field.as_ref().map(|table| table.known_by(as_of)),)*
                }
            }

            /// What was read of every table, transactions first.
            #[must_use]
            pub fn quality(&self) -> Vec<DataQuality> {
                let mut quality = vec![self.transactions.quality().clone()];
                quality.extend(self.activities.iter().map(|table| table.quality().clone()));
                $(quality.extend(self.$field.as_ref().map(|table| table.quality().clone()));)*
                quality
            }
        }
    };
}

tables! {
    customers, with_customers, Customers, "customers: their attributes, and those who never bought";
    products, with_products, Products, "products: their attributes and what they cost";
    cost_pools, with_cost_pools, CostPools, "cost pools: what is spent, and what capacity it supplies";
    tickets, with_tickets, Tickets, "service tickets: how much help customers need, and how it goes";
    payments, with_payments, Payments, "invoices: whether customers pay in time";
    surveys, with_surveys, Surveys, "survey answers";
    referrals, with_referrals, Referrals, "referrals: whom customers brought";
    wallets, with_wallets, Wallets, "wallets: what customers spend in all";
    interactions, with_interactions, Interactions, "interactions: every contact with customers";
    contracts, with_contracts, Contracts, "contracts: who is bound to us, since when, and who left";
    deliveries, with_deliveries, Deliveries, "deliveries: what was promised and what came";
    stock, with_stock, Stock, "stock: how much of a product lay where";
    opportunities, with_opportunities, Opportunities, "sales opportunities";
    identities, with_identities, Identities, "the crosswalk of identities: which customer is behind which id";
    calendar, with_calendar, Calendar, "the calendar: workdays, holidays, fiscal periods";
    campaigns, with_campaigns, Campaigns, "campaigns: what was offered, when, and at what cost";
    contacts, with_contacts, Contacts, "audiences of campaigns: who was treated and who was kept out";
    responses, with_responses, Responses, "responses to campaigns";
    reps, with_reps, Reps, "sales representatives";
    targets, with_targets, Targets, "targets: what was planned for whom";
    stage_history, with_stage_history, StageHistory, "changes of opportunities: stage, amount, expected close, owner";
    spending, with_spending, Spending, "spending of marketing and sales";
}

impl Tables {
    /// The transactions.
    #[must_use]
    pub fn transactions(&self) -> &Transactions {
        &self.transactions
    }

    /// Adds a log of activities for customers; several can be given.
    #[must_use]
    pub fn with_activities(mut self, activities: Activities) -> Self {
        self.activities.push(activities);
        self
    }

    /// The same tables without cost pools, for what charges none of them.
    #[must_use]
    pub fn without_cost_pools(mut self) -> Self {
        self.cost_pools = None;
        self
    }

    /// The logs of activities.
    #[must_use]
    pub fn activities(&self) -> &[Activities] {
        &self.activities
    }
}
