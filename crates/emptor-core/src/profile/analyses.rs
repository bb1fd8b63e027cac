//! The analyses of the engine, and what each asks of the tables.

use super::Need;
use super::P::{LifeCycle, Performance, Persistency, Product, Profiling, Profitability, Promotion, Prospecting};
use super::capabilities::Area::{Grade, Profile, Tables, Value};
use super::capabilities::{Analysis, Area};

/// `analysis(area, name, answers, all of these)`.
const fn analysis(area: Area, name: &'static str, answers: &'static str, all: &'static [Need]) -> Analysis {
    Analysis { area, name, answers, all, any: &[] }
}

impl Analysis {
    /// And one of these alternatives.
    const fn or(self, any: &'static [&'static [Need]]) -> Self {
        Self { any, ..self }
    }
}

const fn of(table: &'static str, column: &'static str) -> Need {
    Need::column(table, column)
}

const PRODUCT: Need = of("transactions", "product_id");
const QUANTITY: Need = of("transactions", "quantity");
const CHANNEL: Need = of("transactions", "channel");
const COST: Need = of("products", "unit_cost");
const CATEGORY: Need = of("products", "category");
const OUTCOME: Need = of("opportunities", "outcome");
const POOLS: Need = Need::table("cost_pools");
const ACTIVITIES: Need = Need::table("activities");
const CUSTOMERS: Need = Need::table("customers");
const INTERACTIONS: Need = Need::table("interactions");
const CONTRACTS: Need = Need::table("contracts");
const CAMPAIGNS: Need = Need::table("campaigns");
const CONTACTS: Need = Need::table("contacts");
const RESPONSES: Need = Need::table("responses");
const STAGES: Need = Need::table("stage_history");
const SPENDING: Need = Need::table("spending");
const GOODS: &[Need] = &[PRODUCT, QUANTITY, COST];

/// In the order of the engine. Every analysis has its own name.
pub(super) const ANALYSES: &[Analysis] = &[
    analysis(Value, "lifetime_value", "what is each customer worth over its life, as things are?", &[]),
    analysis(Value, "lifetime_value.potential", "what more could each be worth?", &[Need::table("wallets")]),
    analysis(Value, "customer_equity", "what is the whole base worth, and which lever moves it most?", &[]),
    analysis(Grade, "grades", "which grade does each customer belong to, and why?", &[]),
    analysis(Grade, "grades.service", "how much help does each need?", &[Need::table("tickets")]),
    analysis(Grade, "grades.credit", "who pays in time?", &[Need::table("payments")]),
    analysis(Grade, "grades.image", "who speaks well of us?", &[])
        .or(&[&[Need::table("surveys")], &[Need::table("referrals")]]),
    analysis(Grade, "profit_rule", "what do those who make and those who lose us money have in common?", GOODS),
    analysis(Profile(Profiling), "profile_customer", "who are our customers: level, habits, volatility?", &[]),
    analysis(Profile(Profiling), "profile_customer.top_category", "what does each prefer?", &[PRODUCT, CATEGORY]),
    analysis(Profile(Profiling), "profile_customer.main_channel", "through which channel does each come?", &[])
        .or(&[&[CHANNEL], &[INTERACTIONS]]),
    analysis(Profile(Profiling), "profile_customer.promo_share", "who buys only what is reduced?", &[])
        .or(&[&[of("transactions", "is_promo")], &[of("transactions", "campaign_id")]]),
    analysis(
        Profile(Profiling),
        "profile_customer.credit",
        "who owes us money, and since when?",
        &[Need::table("payments")],
    ),
    analysis(Profile(Profiling), "profile_segment_index", "what sets a segment apart?", &[CUSTOMERS]),
    analysis(Profile(Profiling), "lens_decomposition", "customers × orders × value: what changed?", &[]),
    analysis(Profile(Profiling), "lens_decomposition.margin", "and did the margin?", GOODS),
    analysis(Profile(Profiling), "key_person", "which customers would follow one of our people?", &[])
        .or(&[&[of("transactions", "rep_id")], &[of("interactions", "rep_id")]]),
    analysis(Profile(Persistency), "persist_customer", "how loyal is each, and is that changing?", &[]),
    analysis(Profile(Persistency), "cohort_cell", "are newer cohorts better or worse?", &[]),
    analysis(Profile(Persistency), "cohort_cell.cm_cum_per_member", "what has a cohort earned so far?", GOODS),
    analysis(Profile(Persistency), "growth_account", "how many came, stayed, came back and went?", &[]),
    analysis(Profile(Persistency), "survival_curve", "how long do customers stay active?", &[]),
    analysis(Profile(Persistency), "survival_curve.contracts", "how long do contracts last?", &[CONTRACTS]),
    analysis(Profile(Persistency), "stock_retention", "which share of contracts is kept?", &[CONTRACTS]),
    analysis(Profile(Persistency), "revenue_retention", "does the revenue of contracts grow or shrink?", &[CONTRACTS]),
    analysis(
        Profile(Persistency),
        "share_of_wallet",
        "how much of what they spend is ours?",
        &[Need::table("wallets")],
    ),
    analysis(Profile(Persistency), "loyalty", "would they recommend us, are they content?", &[])
        .or(&[&[Need::table("surveys")], &[of("tickets", "satisfaction")]]),
    analysis(
        Profile(Persistency),
        "importance_performance",
        "where do we fall short of what matters?",
        &[Need::table("surveys")],
    ),
    analysis(Profile(Profitability), "profit_customer.cm1", "what is left of revenue after the goods?", GOODS),
    analysis(Profile(Profitability), "profit_concentration", "do a fifth of them make four fifths of it?", GOODS),
    analysis(Profile(Profitability), "profit_customer_product", "with which products?", GOODS),
    analysis(
        Profile(Profitability),
        "cts_line",
        "what does it cost to serve each?",
        &[PRODUCT, QUANTITY, COST, ACTIVITIES],
    )
    .or(&[&[of("activities", "cost")], &[of("activities", "minutes"), POOLS]]),
    analysis(
        Profile(Profitability),
        "profit_customer.cm2",
        "who makes and who loses us money?",
        &[PRODUCT, QUANTITY, COST, ACTIVITIES],
    )
    .or(&[&[of("activities", "cost")], &[of("activities", "minutes"), POOLS]]),
    analysis(Profile(Profitability), "profit_unassigned", "which revenue and cost belong to nobody?", GOODS),
    analysis(
        Profile(Profitability),
        "profit_unassigned.capacity",
        "which capacity does nobody need?",
        &[PRODUCT, QUANTITY, COST, POOLS],
    ),
    analysis(Profile(Performance), "perf_cube", "how much was sold, when?", &[]),
    analysis(Profile(Performance), "perf_cube.category", "of what?", &[PRODUCT, CATEGORY]),
    analysis(Profile(Performance), "perf_cube.place", "where?", &[of("transactions", "place_id")]),
    analysis(Profile(Performance), "perf_cube.region", "to whom from where?", &[of("customers", "region_id")]),
    analysis(Profile(Performance), "perf_cube.cm1", "at which margin?", GOODS),
    analysis(Profile(Performance), "perf_pvm", "was it price, volume or mix?", &[PRODUCT, QUANTITY]),
    analysis(
        Profile(Performance),
        "price_waterfall",
        "where does the list price go?",
        &[of("transactions", "list_amount")],
    ),
    analysis(Profile(Performance), "like_for_like", "do the same customers buy more?", &[]),
    analysis(Profile(Performance), "channel_perf", "what does each channel bring?", &[CHANNEL]),
    analysis(Profile(Performance), "plan_actual", "will we reach the plan?", &[Need::table("targets")]),
    analysis(Profile(Performance), "rep_score", "who sells well, fairly compared?", &[])
        .or(&[&[of("transactions", "rep_id")], &[of("opportunities", "rep_id")]]),
    analysis(
        Profile(Performance),
        "rep_score.role",
        "compared with others who do the same work?",
        &[of("reps", "role")],
    )
    .or(&[&[of("transactions", "rep_id")], &[of("opportunities", "rep_id")]]),
    analysis(
        Profile(Performance),
        "partner_score",
        "which partners pull their weight?",
        &[of("transactions", "partner_id")],
    ),
    analysis(Profile(Performance), "service_kpi", "how well do we help?", &[Need::table("tickets")]),
    analysis(
        Profile(Performance),
        "service_kpi.self_service",
        "how much do customers do themselves?",
        &[of("interactions", "self_service")],
    ),
    analysis(Profile(Prospecting), "sales_forecast", "what will we sell?", &[]),
    analysis(Profile(Prospecting), "customer_forecast", "how many customers will we have?", &[]),
    analysis(Profile(Prospecting), "s_curve", "how much growth is left?", &[]),
    analysis(
        Profile(Prospecting),
        "acq_channel",
        "through which channel do good customers come?",
        &[of("customers", "acq_channel")],
    ),
    analysis(
        Profile(Prospecting),
        "acq_channel.cac",
        "what does winning one cost, and when is it paid back?",
        &[of("customers", "acq_channel")],
    )
    .or(&[&[of("customers", "acq_cost")], &[of("spending", "channel")]]),
    analysis(Profile(Prospecting), "cost_ratio", "is a new customer dearer than keeping one?", &[SPENDING]),
    analysis(Profile(Prospecting), "win_rate", "which deals do we win?", &[OUTCOME]),
    analysis(Profile(Prospecting), "funnel_stage", "where do leads get lost?", &[Need::table("opportunities"), STAGES]),
    analysis(
        Profile(Prospecting),
        "pipeline_forecast",
        "what will the pipeline bring?",
        &[of("opportunities", "amount")],
    )
    .or(&[&[of("opportunities", "prob")], &[STAGES]]),
    analysis(Profile(Prospecting), "opportunity_score", "which deals deserve attention?", &[OUTCOME]),
    analysis(Profile(Prospecting), "slippage", "whose deals are late again?", &[STAGES]),
    analysis(Profile(Product), "product_perf", "what does each product bring, how steadily?", &[PRODUCT]),
    analysis(Profile(Product), "assoc_rule", "what goes with what?", &[PRODUCT]),
    analysis(Profile(Product), "next_offer", "what to offer to whom next?", &[PRODUCT]),
    analysis(Profile(Product), "next_offer.exp_margin", "and what would that earn?", GOODS),
    analysis(Profile(Product), "product_quality.returns", "what comes back?", &[PRODUCT]),
    analysis(Profile(Product), "product_quality.complaints", "what breaks?", &[PRODUCT, of("tickets", "product_id")]),
    analysis(Profile(Product), "quality_by_source", "which batch or supplier is bad?", &[])
        .or(&[&[of("tickets", "batch"), of("transactions", "batch")], &[PRODUCT, of("products", "supplier_id")]]),
    analysis(Profile(Product), "theme_pareto", "what to mend first?", &[])
        .or(&[&[of("tickets", "theme")], &[of("tickets", "category")]]),
    analysis(Profile(Product), "supply_kpi", "do we deliver in time and in full?", &[of("deliveries", "delivered")]),
    analysis(
        Profile(Product),
        "supply_kpi.stock",
        "what was sold out, and what did that cost?",
        &[PRODUCT, QUANTITY, Need::table("stock")],
    ),
    analysis(
        Profile(Product),
        "bullwhip",
        "do our orders swing more than our sales?",
        &[PRODUCT, QUANTITY, Need::table("stock")],
    ),
    analysis(
        Profile(Product),
        "launch_cannibalisation",
        "what does a new product take from its sisters?",
        &[PRODUCT, CATEGORY, of("products", "launch_date")],
    ),
    analysis(Profile(Product), "acceptance_rate", "which offers are taken, by which channel?", &[PRODUCT, CONTACTS])
        .or(&[&[of("campaigns", "product_ids")], &[of("campaigns", "category")]]),
    analysis(
        Profile(Promotion),
        "campaign_result",
        "what did campaigns bring, before asking what would have come anyway?",
        &[CAMPAIGNS, CONTACTS],
    ),
    analysis(
        Profile(Promotion),
        "campaign_result.incr",
        "what came only because of them?",
        &[CAMPAIGNS, of("contacts", "arm")],
    ),
    analysis(Profile(Promotion), "campaign_funnel", "where do messages get lost?", &[CONTACTS]).or(&[
        &[of("contacts", "delivered")],
        &[of("contacts", "opened")],
        &[RESPONSES],
    ]),
    analysis(Profile(Promotion), "campaign_cost", "did it cost what was planned?", &[of("campaigns", "budget")]),
    analysis(Profile(Promotion), "campaign_gains", "how deep should we mail?", &[CONTACTS]),
    analysis(Profile(Promotion), "uplift_curve", "whom does a campaign persuade?", &[of("contacts", "arm")]),
    analysis(Profile(Promotion), "contact_pressure", "whom do we write too often?", &[of("contacts", "sent_at")]),
    analysis(
        Profile(Promotion),
        "promo_decomp",
        "what do reduced prices really add?",
        &[PRODUCT, QUANTITY, of("transactions", "is_promo")],
    ),
    analysis(Profile(LifeCycle), "lifecycle_customer", "in which stage is each relationship?", &[]),
    analysis(Profile(LifeCycle), "lifecycle_customer.m", "by what it earns, not by revenue?", GOODS),
    analysis(
        Profile(LifeCycle),
        "lifecycle_customer.contracts",
        "who is bound, and whose contract ended?",
        &[CONTRACTS],
    ),
    analysis(Tables, "dq_report", "what was odd or wrong in the tables?", &[]),
    analysis(Tables, "identity_report", "is every customer counted once?", &[Need::table("identities")]),
    analysis(
        Tables,
        "calendar",
        "how much of a period is over, in workdays and without holidays?",
        &[Need::table("calendar")],
    ),
];
