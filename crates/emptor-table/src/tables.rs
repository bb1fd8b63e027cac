//! All tables of a company, as far as they are there.

use crate::{
    Activities, CostPools, Customers, DataQuality, Opportunities, Payments, Products, Referrals, Reps, Surveys,
    Targets, Tickets, Transactions, Wallets,
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
    opportunities, with_opportunities, Opportunities, "sales opportunities";
    reps, with_reps, Reps, "sales representatives";
    targets, with_targets, Targets, "targets: what was planned for whom";
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

    /// The logs of activities.
    #[must_use]
    pub fn activities(&self) -> &[Activities] {
        &self.activities
    }
}
