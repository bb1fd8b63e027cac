//! A company as one set of tables, ready for the seven Ps.

use emptor_table::{
    Calendar, CampaignColumns, Campaigns, ContactColumns, Contacts, ContractColumns, Contracts, Deliveries,
    DeliveryColumns, Identities, InteractionColumns, Interactions, RepColumns, Reps, ResponseColumns, Responses,
    Source, Spending, SpendingColumns, StageHistory, StageHistoryColumns, Stock, StockColumns, TableError, Tables,
    TargetColumns, Targets,
};

use crate::{DatasetError, RetailCompany, calendar_columns, frames, identity_columns};

impl RetailCompany {
    /// Every table of the company, each through its own door.
    ///
    /// ```
    /// use emptor_datasets::RetailSimulation;
    ///
    /// let company = RetailSimulation::builder().customers(50).start("2023-01-01").years(1).seed(1).build()?.run();
    /// let tables = company.open()?;
    /// assert!(tables.contracts().is_some() && tables.stock().is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// None as long as the rows are those that the simulation made; see [`TableError`].
    pub fn open(&self) -> Result<Tables, TableError> {
        let texts = self.tables();
        open("simulation", &|table| texts.iter().find(|(name, _)| *name == table).map_or("", |(_, text)| text))
    }
}

/// Every table of the bundled sample, each through its own door: all that the seven Ps can ask for.
///
/// ```
/// let tables = emptor_datasets::sample::company()?;
/// assert!(tables.campaigns().is_some() && tables.names().len() > 20);
/// # Ok::<(), emptor_table::TableError>(())
/// ```
///
/// # Errors
/// None in practice: a test opens it.
pub fn company() -> Result<Tables, TableError> {
    let text = |table: &str| -> Result<&'static str, DatasetError> { crate::sample::table(table) };
    open("the bundled sample", &|table| text(table).unwrap_or_default())
}

fn open<'a>(name: &str, csv: &dyn Fn(&str) -> &'a str) -> Result<Tables, TableError> {
    let source = |table: &str| Source::csv_text(csv(table)).named(name);
    let contracts = ContractColumns::new("contract_id", "customer_id", "start", "value")
        .end("end")
        .renewed_from("renewed_from")
        .currency("ccy");
    let interactions = InteractionColumns::new("customer_id", "date", "channel", "type")
        .id("interaction_id")
        .direction("direction")
        .minutes("minutes")
        .cost("cost")
        .rep("rep_id")
        .self_service("self_service");
    let campaigns = CampaignColumns::new("campaign_id", "start", "end")
        .name("name")
        .channel("channel")
        .objective("objective")
        .offer("offer")
        .category("category")
        .budget("budget")
        .cost_fixed("cost_fixed")
        .cost_contact("cost_contact")
        .margin_rate("margin_rate");
    let contacts = ContactColumns::new("campaign_id", "customer_id", "arm", "assigned_at")
        .sent_at("sent_at")
        .delivered("delivered")
        .opened("opened")
        .clicked("clicked")
        .cost("cost");
    let responses =
        ResponseColumns::new("campaign_id", "customer_id", "ts").kind("type").order("order_id").value("value");
    let reps =
        RepColumns::new("rep_id").name("name").role("role").team("team").territory("territory").from("from").to("to");
    let targets =
        TargetColumns::new("entity", "measure", "period_start", "value").dimension("entity_kind").grain("period");
    let deliveries = DeliveryColumns::new("order_id", "promised")
        .line("line_id")
        .shipped("shipped")
        .delivered("delivered")
        .quantity_ordered("qty_ordered")
        .quantity_first_shipped("qty_first");
    let spending = SpendingColumns::new("period_start", "amount", "purpose").channel("channel").kind("kind");

    Ok(Tables::new(frames::open_transactions(name, csv("order_lines"))?)
        .with_customers(frames::open_customers(name, csv("customers"))?)
        .with_products(frames::open_products(name, csv("products"))?)
        .with_wallets(frames::open_wallets(name, csv("wallet"))?)
        .with_opportunities(frames::open_opportunities(name, csv("opportunities"))?)
        .with_activities(frames::open_tickets(name, csv("tickets"))?)
        .with_tickets(frames::open_service_tickets(name, csv("tickets"))?)
        .with_payments(frames::open_payments(name, csv("payments"))?)
        .with_surveys(frames::open_surveys(name, csv("surveys"))?)
        .with_referrals(frames::open_referrals(name, csv("referrals"))?)
        .with_cost_pools(frames::open_cost_pools(name, csv("cost_pools"))?)
        .with_interactions(Interactions::scan(source("interactions"), &interactions)?)
        .with_contracts(Contracts::scan(source("contracts"), &contracts)?)
        .with_campaigns(Campaigns::scan(source("campaigns"), &campaigns)?)
        .with_contacts(Contacts::scan(source("contacts"), &contacts)?)
        .with_responses(Responses::scan(source("responses"), &responses)?)
        .with_reps(Reps::scan(source("reps"), &reps)?)
        .with_targets(Targets::scan(source("targets"), &targets)?)
        .with_deliveries(Deliveries::scan(source("deliveries"), &deliveries)?)
        .with_stock(Stock::scan(
            source("stock"),
            &StockColumns::new("product_id", "date", "on_hand").place("place_id"),
        )?)
        .with_stage_history(StageHistory::scan(
            source("stage_history"),
            &StageHistoryColumns::new("opp_id", "ts", "field", "new").old("old"),
        )?)
        .with_spending(Spending::scan(source("spending"), &spending)?)
        .with_identities(Identities::scan(source("identities"), &identity_columns())?)
        .with_calendar(Calendar::scan(source("calendar"), &calendar_columns())?))
}
