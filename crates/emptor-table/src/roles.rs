//! Columns named by text: `customer=id,date=day`, as flags and configuration files say it.

use emptor_types::Invalid;

use crate::error::TableError;
use crate::{Cancellation, DateFormat, ReadOptions, Source, Tables};

/// Pairs of a role and the column that plays it.
type Roles<'a> = &'a [(&'a str, &'a str)];

/// Roles that several columns may play.
const REPEATED: &str = "attribute";

/// The columns of the roles that a table needs, and every mistake in naming them.
fn needed<'a, const N: usize>(
    table: &'static str,
    required: [&'static str; N],
    optional: &[&'static str],
    roles: Roles<'a>,
) -> Result<[&'a str; N], TableError> {
    let mut checks = Invalid::checks();
    let known: Vec<&str> = required.iter().chain(optional).copied().collect();
    let rule = format!("must be one of {}", known.join(", "));
    for (i, (role, column)) in roles.iter().enumerate() {
        checks.require(known.contains(role), "role", &rule, role);
        let again = roles[..i].iter().any(|(other, _)| other == role);
        checks.require(!again || *role == REPEATED, role, "must be given once", column);
        checks.require(!column.trim().is_empty(), role, "must name a column", "nothing");
    }
    let find = |role: &str| roles.iter().find(|(given, _)| *given == role).map(|(_, column)| *column);
    for role in required {
        checks.require(find(role).is_some(), role, "must be given", "nothing");
    }
    checks.finish().map_err(|problem| TableError::Mapping { table, problem })?;
    Ok(required.map(|role| find(role).unwrap_or_default()))
}

/// Columns of one table from roles: those it needs in the order of `new`, and the others.
macro_rules! from_roles {
    ($table:expr, $columns:ident ($($needed:ident),+) [$($other:ident),*]) => {
        impl crate::$columns {
            /// The roles that must be named.
            pub const REQUIRED_ROLES: &'static [&'static str] = &[$(stringify!($needed)),+];

            /// The roles that can be named.
            pub const OPTIONAL_ROLES: &'static [&'static str] = &[$(stringify!($other)),*];

            /// The columns that play the roles, given as pairs of a role and a column. A role is named as the method
            /// that maps it; `attribute` may be given several times.
            ///
            /// # Errors
            /// [`TableError::Mapping`] with every role that is unknown, missing or given twice.
            pub fn from_roles(roles: &[(&str, &str)]) -> Result<Self, TableError> {
                let [$($needed),+] = needed($table, [$(stringify!($needed)),+], Self::OPTIONAL_ROLES, roles)?;
                let columns = Self::new($($needed),+);
                Ok(roles.iter().fold(columns, |columns, (role, _column)| match *role {
                    $(stringify!($other) => columns.$other(*_column),)*
                    _ => columns,
                }))
            }
        }
    };
}

/// Opens the tables that stand beside the transactions by their names.
macro_rules! tables {
    ($($table:ident $with:ident $of:ident $columns:ident $($dates:ident)? ($($needed:ident),+) [$($other:ident),*];)*) => {
        $(from_roles!(stringify!($table), $columns ($($needed),+) [$($other),*]);)*

        /// The roles of a table: those it needs, then the others; `None` if there is no such table.
        ///
        /// ```
        /// let (needed, others) = emptor_table::roles_of("contracts").unwrap_or_default();
        /// assert_eq!(needed, ["contract", "customer", "start", "value"]);
        /// assert!(others.contains(&"end"));
        /// ```
        #[must_use]
        pub fn roles_of(table: &str) -> Option<(&'static [&'static str], &'static [&'static str])> {
            match table {
                "transactions" => {
                    Some((crate::TransactionColumns::REQUIRED_ROLES, crate::TransactionColumns::OPTIONAL_ROLES))
                }
                $(stringify!($table) => Some((crate::$columns::REQUIRED_ROLES, crate::$columns::OPTIONAL_ROLES)),)*
                _ => None,
            }
        }

        impl Tables {
            /// The names of the tables that can stand beside the transactions.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($table)),*];

            /// Opens a table by its name and adds it; the columns are pairs of a role and a column.
            ///
            /// ```
            /// use emptor_table::{ReadOptions, Source, Tables, TransactionColumns, Transactions};
            ///
            /// let lines = Source::csv_text("who,day,paid\n1,2024-01-01,5\n");
            /// let columns = TransactionColumns::from_roles(&[("customer", "who"), ("date", "day"), ("amount", "paid")])?;
            /// let tables = Tables::new(Transactions::scan(lines, &columns)?);
            /// let people = Source::csv_text("id,area\n1,north\n");
            /// let roles = [("customer", "id"), ("region", "area")];
            /// let tables = tables.open("customers", people, &roles, None, &ReadOptions::default())?;
            /// assert_eq!(tables.names(), ["transactions", "customers"]);
            /// # Ok::<(), emptor_table::TableError>(())
            /// ```
            ///
            /// # Errors
            /// [`TableError::Mapping`] if there is no such table, or its roles are not named as they must be; else why the
            /// table does not pass its door.
            pub fn open(
                self,
                table: &str,
                source: impl Into<Source>,
                roles: &[(&str, &str)],
                dates: Option<DateFormat>,
                options: &ReadOptions,
            ) -> Result<Self, TableError> {
                let source = source.into();
                match table {
                    $(stringify!($table) => {
                        let columns = crate::$columns::from_roles(roles)?;
                        $(let columns = match dates {
                            Some(format) => columns.$dates(format),
                            None => columns,
                        };)?
                        Ok(self.$with(crate::$of::scan_with(source, &columns, options)?))
                    })*
                    other => {
                        let rule = format!("must be one of {}", Self::NAMES.join(", "));
                        let problem = Invalid::value("table", rule, other);
                        Err(TableError::Mapping { table: "tables", problem })
                    }
                }
            }
        }
    };
}

from_roles!("transactions", TransactionColumns (customer, date) [
    amount, quantity, unit_price, order, line, product, line_type, ref_line, list_amount, discount, tax, currency,
    fx_rate, source_system, ship_date, channel, place, rep, partner, campaign, promo, batch, restocked, reversal, known_at
]);

tables! {
    activities with_activities Activities ActivityColumns date_format (customer, date) [
        activity, quantity, minutes, cost, product, id, currency, driver, known_at
    ];
    calendar with_calendar Calendar CalendarColumns date_format (date) [workday, holiday, fiscal_period];
    campaigns with_campaigns Campaigns CampaignColumns date_format (campaign, start, end) [
        name, channel, objective, offer, category, products, budget, cost_fixed, cost_contact, margin_rate, control_share, known_at
    ];
    contacts with_contacts Contacts ContactColumns date_format (campaign, customer, arm, assigned_at) [
        sent_at, delivered, opened, clicked, cost, known_at
    ];
    contracts with_contracts Contracts ContractColumns date_format (contract, customer, start, value) [end, renewed_from, currency, known_at];
    cost_pools with_cost_pools CostPools CostPoolColumns date_format (pool, period, kind, amount) [practical_capacity, capacity_unit, currency, known_at];
    customers with_customers Customers CustomerColumns date_format (customer) [
        kind, created_at, first_contact_at, deleted_at, region, industry, size, parent, owner_rep, channel, campaign,
        acquisition_cost, internal, test, consent, attribute, known_at
    ];
    deliveries with_deliveries Deliveries DeliveryColumns date_format (order, promised) [
        line, product, shipped, delivered, quantity_ordered, quantity_first_shipped, known_at
    ];
    identities with_identities Identities IdentityColumns date_format (system, id, customer) [valid_from, valid_to, match_rule, match_score, known_at];
    interactions with_interactions Interactions InteractionColumns date_format (customer, date, channel, what) [
        id, direction, minutes, cost, rep, sentiment, self_service, known_at
    ];
    opportunities with_opportunities Opportunities OpportunityColumns date_format (opportunity, stage, created) [
        customer, amount, currency, probability, expected_close, closed_at, outcome, lead_source, lost_reason, product, rep, known_at
    ];
    payments with_payments Payments PaymentColumns date_format (customer, amount, due) [invoice, paid_at, disputed, currency, known_at];
    products with_products Products ProductColumns date_format (product) [
        name, category, brand, series, unit, list_price, unit_cost, supplier_price, currency, cost_valid_from, launch_date,
        end_date, supplier, service, bundle_of, attribute, known_at
    ];
    referrals with_referrals Referrals ReferralColumns date_format (referrer, referred, date) [known_at];
    reps with_reps Reps RepColumns date_format (rep) [name, role, team, territory, from, to, known_at];
    responses with_responses Responses ResponseColumns date_format (campaign, customer, date) [kind, order, value, known_at];
    spending with_spending Spending SpendingColumns date_format (date, amount, purpose) [channel, campaign, kind, known_at];
    stage_history with_stage_history StageHistory StageHistoryColumns date_format (opportunity, date, field, new) [old, known_at];
    stock with_stock Stock StockColumns date_format (product, date, on_hand) [place, known_at];
    surveys with_surveys Surveys SurveyColumns date_format (customer, date, value) [instrument, id, lowest, highest, known_at];
    targets with_targets Targets TargetColumns date_format (entity, measure, period_start, value) [grain, dimension, known_at];
    tickets with_tickets Tickets TicketColumns date_format (customer, opened) [
        id, closed, category, theme, batch, warranty_cost, product, first_contact_resolved, reopened, sla_due, minutes, known_at
    ];
    wallets with_wallets Wallets WalletColumns (customer, total_spend) [period, category, method, rank, brands, known_at];
}

impl crate::TransactionColumns {
    /// Orders whose number starts with this prefix cancel a sale.
    fn reversal(self, prefix: &str) -> Self {
        self.cancellation(Cancellation::Reversal { prefix: prefix.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TransactionColumns;

    #[test]
    fn every_mistake_in_the_roles_is_reported_at_once() {
        let roles = [("customer", "id"), ("customer", "who"), ("amonut", "net"), ("order", " ")];
        let refused = TransactionColumns::from_roles(&roles).map_err(|e| e.to_string());
        let text = refused.err().unwrap_or_default();
        for part in ["given once", "amonut", "must name a column", "date"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn a_table_opens_by_its_name_and_another_name_lists_those_there_are() -> Result<(), TableError> {
        let columns = TransactionColumns::from_roles(&[("customer", "c"), ("date", "d"), ("amount", "a")])?;
        let lines = || Source::csv_text("c,d,a\n1,01/02/2024,5\n");
        let columns = columns.date_format(DateFormat::Pattern("%d/%m/%Y".to_owned()));
        let tables = || Ok::<_, TableError>(Tables::new(crate::Transactions::scan(lines(), &columns)?));
        let contracts = Source::csv_text("k,c,from,fee\n9,1,01/02/2024,5\n");
        let roles = [("contract", "k"), ("customer", "c"), ("start", "from"), ("value", "fee")];
        let format = DateFormat::Pattern("%d/%m/%Y".to_owned());
        let opened = tables()?.open("contracts", contracts, &roles, Some(format), &ReadOptions::default())?;
        assert!(opened.contracts().is_some_and(|contracts| contracts.quality().accepted == 1));
        let refused = tables()?.open("contract", lines(), &roles, None, &ReadOptions::default());
        assert!(refused.err().is_some_and(|e| e.to_string().contains("stage_history")));
        Ok(())
    }

    #[test]
    fn every_table_beside_the_transactions_has_its_roles() {
        assert!(Tables::NAMES.iter().all(|table| roles_of(table).is_some()));
        assert!(roles_of("nothing").is_none());
    }
}
