//! The whole P.

use std::collections::BTreeSet;

use super::Abc;
use super::sales::Sales;
use super::settings::{ProductSettings, Unit};
use super::{
    acceptance, associations, bullwhip, design, facts::Facts, launches, next_offer, performance, quality, supply,
    themes,
};
use crate::profile::words;
use crate::profile::{Finding, Gap, Need, P, ProfileError, ProfileInput, Section};

/// Everything that the tables say of products: the rules between them, the next offer for each customer and how good such
/// offers would have been, what each product brings, its quality and supply, complaints by the value they put at risk, and
/// the attributes that customers prefer.
///
/// | table | needs, beside lines with products |
/// |---|---|
/// | `product_perf` | product costs for `cm1`, quantities for XYZ |
/// | `assoc_rule` | – |
/// | `next_offer`, `offer_evaluation` | customers who come again |
/// | `product_quality`, `quality_by_source` | quantities; tickets by product; batches or suppliers |
/// | `theme_pareto` | tickets; lifetime values for the value at risk |
/// | `supply_kpi` | deliveries, stock |
/// | `bullwhip` | quantities, stock |
/// | `acceptance_rate` | campaigns that name products or categories, contacts |
/// | `launch_cannibalisation` | days of launch and categories of products |
/// | `design_preference` | attributes of products |
///
/// ```
/// use emptor_core::period::Grain;
/// use emptor_core::profile::product::{ProductSettings, Unit, section};
/// use emptor_core::profile::{ProfileInput, Window};
/// use emptor_table::polars::df;
/// use emptor_table::{Tables, TransactionColumns, Transactions};
///
/// let frame = df!(
///     "who" => ["a", "a", "b", "b", "c"],
///     "when" => ["2024-01-10", "2024-01-10", "2024-02-01", "2024-02-01", "2024-03-01"],
///     "what" => ["tea", "milk", "tea", "milk", "tea"],
///     "paid" => [4.0, 1.0, 4.0, 1.0, 4.0],
/// )?;
/// let tables = Tables::new(Transactions::from_frame(
///     frame,
///     &TransactionColumns::new("who", "when").product("what").amount("paid"),
/// )?);
/// let window = Window::new("2024-01-01".parse()?, "2024-03-31".parse()?, Grain::Month)?;
/// let mut settings = ProductSettings::new(Unit::Order);
/// settings.min_count = 2;
/// let product = section(&ProfileInput::new(&tables, window), &settings)?;
/// let rules = &product.table("assoc_rule").ok_or("there are rules")?.frame;
/// assert_eq!(rules.height(), 2);
/// assert!(product.gaps.iter().any(|gap| gap.analysis == "theme_pareto"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If settings are out of range, ids of tables have different types, or a query fails. What is missing is a gap.
pub fn section(input: &ProfileInput<'_>, settings: &ProductSettings) -> Result<Section, ProfileError> {
    settings.check()?;
    let mut section = Section::new(P::Product);
    if input.tables.transactions().has("product_id") {
        of_products(&mut section, input, settings)?;
    } else {
        let needs = [Need::column("transactions", "product_id")];
        let reason = "lines do not say what was bought";
        for table in [
            "product_perf",
            "assoc_rule",
            "next_offer",
            "product_quality",
            "supply_kpi",
            "design_preference",
            "acceptance_rate",
            "bullwhip",
            "launch_cannibalisation",
        ] {
            section.gaps.push(Gap::new(table, needs.clone(), reason));
        }
    }
    themes::add(&mut section, input, settings)?;
    once(&mut section.findings);
    Ok(section)
}

/// Says each caveat once, with the weightiest finding that it belongs to; of equals, with the first.
fn once(findings: &mut [Finding]) {
    let mut order: Vec<usize> = (0..findings.len()).collect();
    order.sort_by(|a, b| findings[*b].weight.total_cmp(&findings[*a].weight));
    let mut said = BTreeSet::new();
    for i in order {
        let finding = &mut findings[i];
        finding.caveat = finding.caveat.take().filter(|caveat| said.insert(caveat.clone()));
    }
}

fn of_products(
    section: &mut Section,
    input: &ProfileInput<'_>,
    settings: &ProductSettings,
) -> Result<(), ProfileError> {
    let sales = Sales::of(input, settings.bundles)?;
    let facts = Facts::of(input, &sales)?;
    if facts.orders.iter().all(|orders| *orders == 0) {
        section.gaps.push(Gap::new("product_perf", [], "nothing was sold in the window"));
        return Ok(());
    }
    let orders = sales.baskets(Unit::Order)?;
    let customers = sales.baskets(Unit::Customer)?;
    let products = performance::performance(input, settings, &facts, &orders, &customers)?;
    section.tables.push(performance::table(&products, &facts, settings)?);
    section.findings.extend(performance::findings(&products, &facts));
    let of = match settings.unit {
        Unit::Order => orders,
        Unit::Customer => customers,
        unit => sales.baskets(unit)?,
    };
    let histories = sales.histories()?;
    drop(sales);

    let rules = associations::associations(input, settings, &facts, &of)?;
    if rules.rules.is_empty() {
        let reason = format!(
            "no rule has {} of {} baskets, a confidence of {} and a lift of {}",
            rules.least,
            words::count(of.baskets.len()),
            words::percent(settings.min_confidence),
            settings.min_lift
        );
        section.gaps.push(Gap::new("assoc_rule", [], reason));
    } else {
        section.tables.push(rules.table(settings)?);
        section.findings.extend(rules.findings(&facts, settings));
    }
    let offers = next_offer::next_offers(input, settings, &facts, histories)?;
    section.tables.extend(offers.tables);
    section.findings.extend(offers.findings);
    section.gaps.extend(offers.gaps);

    quality::add(section, input, settings, &facts)?;
    let classes: Vec<Option<Abc>> = products.iter().map(|product| product.abc).collect();
    supply::add(section, input, settings, &facts, &classes)?;
    bullwhip::add(section, input, settings, &facts, &classes)?;
    acceptance::add(section, input, settings, &facts)?;
    launches::add(section, input, settings, &facts)?;
    design::add(section, input, &facts, settings.min_n)?;
    if facts.cm1.iter().all(Option::is_none) {
        let has_cost = input.tables.products().is_some_and(emptor_table::Products::has_cost);
        let mut needs = Vec::new();
        needs.extend((!has_cost).then_some(Need::column("products", "unit_cost")));
        needs
            .extend((!input.tables.transactions().has("quantity")).then_some(Need::column("transactions", "quantity")));
        section.gaps.push(Gap::new("cm1, exp_profit and exp_margin", needs, "no cost of goods is known"));
    }
    Ok(())
}
