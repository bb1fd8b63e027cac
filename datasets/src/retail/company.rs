//! The whole company: all tables, made in one run.

use emptor_types::Date;

use super::calendar::Clock;
use super::campaigns::{self, Campaign, Contact, Response};
use super::contracts::{Contract, contracts};
use super::cost_pools::{Books, CostPool, cost_pools};
use super::customers::{self, Customer};
use super::identities::{Identity, identities};
use super::interactions::{Interaction, interactions};
use super::ledger::{Ledger, OrderLine};
use super::mood::Moods;
use super::opportunities::{Opportunity, StageChange, opportunities};
use super::orders::{orders, returns, walk_ins};
use super::payments::{Invoice, payments};
use super::places::{Channel, Store, channels, stores};
use super::products::{Assortment, Product};
use super::referrals::{Referral, referrals};
use super::reps::{Rep, reps, sellers};
use super::settings::RetailSimulation;
use super::spend::{Spend, spending};
use super::surveys::{SurveyAnswer, surveys};
use super::targets::{Target, targets};
use super::tickets::{Ticket, tickets};
use super::truth::{Truth, truth};
use super::wallet::{WalletSurvey, wallet};
use super::warehouse::{Delivery, Stock, warehouse};
use super::workdays::{CalendarDay, calendar};
use crate::DatasetError;
use crate::csv::to_csv;

/// All tables of a simulated company.
///
/// ```
/// use emptor_datasets::RetailSimulation;
///
/// let company = RetailSimulation::builder().customers(50).start("2023-01-01").years(1).seed(1).build()?.run();
/// let names: Vec<&str> = company.tables().iter().map(|(name, _)| *name).collect();
/// assert_eq!(names[..3], ["customers", "products", "channels"]);
/// assert!(company.table("order_lines")?.starts_with("line_id,order_id,customer_id,order_ts,"));
/// assert!(company.table("orders").is_err());
/// # Ok::<(), emptor_datasets::DatasetError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RetailCompany {
    /// The first day of the window.
    pub start: Date,
    /// The last day of the window.
    pub as_of: Date,
    /// Buyers, then prospects.
    pub customers: Vec<Customer>,
    /// Articles and services.
    pub products: Vec<Product>,
    /// Sales channels.
    pub channels: Vec<Channel>,
    /// Shops.
    pub stores: Vec<Store>,
    /// Sales, returns and samples, in the order of time.
    pub order_lines: Vec<OrderLine>,
    /// Service tickets, in the order of time.
    pub tickets: Vec<Ticket>,
    /// Campaigns, in the order of time.
    pub campaigns: Vec<Campaign>,
    /// Who was in the audience of a campaign, treated or control.
    pub contacts: Vec<Contact>,
    /// What the audiences did.
    pub responses: Vec<Response>,
    /// Deals with organisations.
    pub opportunities: Vec<Opportunity>,
    /// How the deals moved.
    pub stage_history: Vec<StageChange>,
    /// What customers spend with all sellers.
    pub wallet: Vec<WalletSurvey>,
    /// Invoices for orders that are paid later, in the order of their due days.
    pub payments: Vec<Invoice>,
    /// Answers to surveys, in the order of time.
    pub surveys: Vec<SurveyAnswer>,
    /// Who brought whom, in the order of time.
    pub referrals: Vec<Referral>,
    /// Contacts with customers, in the order of time.
    pub interactions: Vec<Interaction>,
    /// Sellers and agents.
    pub reps: Vec<Rep>,
    /// What the company, its regions and its sellers were to reach.
    pub targets: Vec<Target>,
    /// Years of care plans, in the order of their first days.
    pub contracts: Vec<Contract>,
    /// Lines on their way, in the order of the lines; the last 366 days of the window.
    pub deliveries: Vec<Delivery>,
    /// What lay in the warehouse, Monday by Monday.
    pub stock: Vec<Stock>,
    /// Which customer is behind which id.
    pub identities: Vec<Identity>,
    /// What winning and keeping customers cost, month by month.
    pub spending: Vec<Spend>,
    /// What the quarters cost by the ledger.
    pub cost_pools: Vec<CostPool>,
    /// Workdays and holidays, from the first day of the window to the end of its last year.
    pub calendar: Vec<CalendarDay>,
    /// The hidden state of the buyers.
    pub truth: Vec<Truth>,
}

/// The names of the tables, in the order of [`RetailCompany::tables`].
pub(crate) const TABLES: [&str; 26] = [
    "customers",
    "products",
    "channels",
    "stores",
    "order_lines",
    "tickets",
    "campaigns",
    "contacts",
    "responses",
    "opportunities",
    "stage_history",
    "wallet",
    "payments",
    "surveys",
    "referrals",
    "interactions",
    "reps",
    "targets",
    "contracts",
    "deliveries",
    "stock",
    "identities",
    "spending",
    "cost_pools",
    "calendar",
    "truth",
];

impl RetailSimulation {
    /// Makes all tables. The same settings give the same company, bit for bit.
    #[must_use]
    pub fn run(&self) -> RetailCompany {
        let clock = Clock::new(self.start, self.days, self.seasonality);
        let assortment = Assortment::new(self);
        let stores = stores(self.start);
        let mut buyers = customers::buyers(self, &clock);
        let customers = customers::customers(self, &clock, &mut buyers);
        let plans = campaigns::plan(self, &customers, &mut buyers);

        let mut drafts = orders(self, &clock, (&customers, &buyers), &assortment, &stores, &plans);
        drafts.extend(walk_ins(self, &clock, &assortment, &stores, drafts.len()));
        drafts.extend(returns(self, &clock, &assortment, &drafts));
        let sellers = sellers(self, &clock, &customers, &drafts);
        let mut ledger = Ledger::new(&drafts, &sellers, &clock, &customers, &assortment, &stores);

        let tickets = tickets(self, &clock, &customers, &assortment, &ledger);
        ledger.name_batches(self, &assortment, &tickets);
        let moods = Moods::new(self, &clock, &customers, &buyers, &tickets);
        let (opportunities, stage_history) = opportunities(self, &clock, &customers);
        let parties = (&customers[..], &buyers[..]);
        let (reps, channels) = (reps(&clock), channels());
        let interactions = interactions(self, &clock, parties, &ledger, &tickets);
        let (campaigns, contacts, responses) = (
            campaigns::campaigns(&plans, &clock),
            campaigns::contacts(self, &plans, &clock, &customers),
            campaigns::responses(self, &plans, &clock, &customers, &ledger),
        );
        let (deliveries, stock) = warehouse(self, &clock, &customers, &assortment, &ledger, &tickets);
        let books = Books {
            ledger: &ledger,
            products: &assortment.products,
            channels: &channels,
            campaigns: &campaigns,
            contacts: &contacts,
            interactions: &interactions,
            reps: &reps,
        };
        RetailCompany {
            start: self.start,
            as_of: self.as_of(),
            cost_pools: cost_pools(self, &books),
            wallet: wallet(self, &customers, &buyers, &assortment, &ledger),
            payments: payments(self, &customers, &ledger, &moods),
            surveys: surveys(self, &customers, &ledger, &moods),
            referrals: referrals(self, &customers, &moods),
            targets: targets(self, &clock, parties, &ledger, &reps),
            contracts: contracts(self, parties, &ledger, &moods),
            identities: identities(self, &clock, &customers, &ledger),
            spending: spending(self, &customers, &ledger),
            calendar: calendar(self),
            truth: truth(&customers, &buyers, &clock),
            tickets: tickets.into_iter().map(|row| row.ticket).collect(),
            order_lines: ledger.lines,
            products: assortment.products,
            channels,
            campaigns,
            contacts,
            responses,
            opportunities,
            stage_history,
            interactions,
            reps,
            deliveries,
            stock,
            customers,
            stores,
        }
    }
}

impl RetailCompany {
    /// Every table as CSV text by RFC 4180 (header, comma, line feeds; unknown is empty), with its name.
    #[must_use]
    pub fn tables(&self) -> Vec<(&'static str, String)> {
        TABLES.iter().filter_map(|&name| Some((name, self.csv(name)?))).collect()
    }

    /// One table as CSV text.
    ///
    /// # Errors
    /// If there is no table of this name; the error lists those there are.
    pub fn table(&self, name: &str) -> Result<String, DatasetError> {
        self.csv(name).ok_or_else(|| unknown_table(name))
    }

    fn csv(&self, name: &str) -> Option<String> {
        Some(match name {
            "customers" => to_csv(&self.customers),
            "products" => to_csv(&self.products),
            "channels" => to_csv(&self.channels),
            "stores" => to_csv(&self.stores),
            "order_lines" => to_csv(&self.order_lines),
            "tickets" => to_csv(&self.tickets),
            "campaigns" => to_csv(&self.campaigns),
            "contacts" => to_csv(&self.contacts),
            "responses" => to_csv(&self.responses),
            "opportunities" => to_csv(&self.opportunities),
            "stage_history" => to_csv(&self.stage_history),
            "wallet" => to_csv(&self.wallet),
            "payments" => to_csv(&self.payments),
            "surveys" => to_csv(&self.surveys),
            "referrals" => to_csv(&self.referrals),
            "interactions" => to_csv(&self.interactions),
            "reps" => to_csv(&self.reps),
            "targets" => to_csv(&self.targets),
            "contracts" => to_csv(&self.contracts),
            "deliveries" => to_csv(&self.deliveries),
            "stock" => to_csv(&self.stock),
            "identities" => to_csv(&self.identities),
            "spending" => to_csv(&self.spending),
            "cost_pools" => to_csv(&self.cost_pools),
            "calendar" => to_csv(&self.calendar),
            "truth" => to_csv(&self.truth),
            _ => return None,
        })
    }
}

pub(crate) fn unknown_table(name: &str) -> DatasetError {
    DatasetError::UnknownTable { name: name.to_owned(), tables: TABLES.to_vec() }
}
