//! What the run of profit knows beyond the ladders of customers, as tables of Profitability.

use polars::prelude::{DataFrame, PolarsResult, SortMultipleOptions};

use super::error::AnalysisError;
use crate::columns::ColumnSpec;
use crate::profile::ResultTable;
use crate::profile::profitability::unallocated;
use crate::value::profitability::{ACTIVITY_COLUMNS, PROFIT_COLUMNS, RelationshipProfits, UNASSIGNED_COLUMNS};

/// The columns of `cts_line`, in their order.
const CTS_LINE: [&str; 8] = ["customer_id", "activity", "period_start", "qty", "minutes", "rate", "cost", "class"];

/// The columns of `profit_unassigned`, in their order.
const UNASSIGNED: [&str; 5] = ["pool_id", "period_start", "amount", "reason", "component"];

/// The first columns of `profit_customer_product`; the others of its source follow.
const BY_PRODUCT: [&str; 17] = [
    "customer_id",
    "product_id",
    "period_start",
    "list_rev",
    "discount",
    "returns",
    "net_rev",
    "cogs",
    "cm1",
    "cts",
    "direct_mkt",
    "cm2",
    "fixed_alloc",
    "net_profit",
    "cm2_pct",
    "imputed_share",
    "rebates",
];

/// `cts_line`, where anybody is charged for anything; `profit_unassigned`; and `profit_customer_product` if it is asked for.
pub(super) fn tables(profits: &RelationshipProfits, by_product: bool) -> Result<Vec<ResultTable>, AnalysisError> {
    let mut tables = Vec::new();
    let charged = profits.activities()?;
    if charged.height() > 0 {
        let about = "what the activities for every customer cost, by activity and period";
        tables.push(table("cts_line", about, &charged, ACTIVITY_COLUMNS, &CTS_LINE)?);
    }
    let by = SortMultipleOptions::default();
    let unassigned = profits.unassigned().sort(["component", "pool_id", "period_start", "reason"], by)?;
    let about =
        "revenue and cost that belong to no customer, with the reason; with those of customers they are all there is";
    let mut unassigned = table("profit_unassigned", about, &unassigned, UNASSIGNED_COLUMNS, &UNASSIGNED)?;
    if unassigned.frame.height() == 0 {
        unassigned = unassigned.with_flag("nothing_unassigned: every amount belongs to a customer");
    }
    tables.push(unassigned);
    if by_product {
        let cells = unallocated(profits.by_product()?)?;
        let rest = PROFIT_COLUMNS.iter().map(|spec| spec.name).filter(|name| !BY_PRODUCT.contains(name));
        let names: Vec<&str> = BY_PRODUCT.into_iter().chain(rest).collect();
        let about = "the ladder of margins of every customer, product and period with a line or a cost";
        tables.push(table("profit_customer_product", about, &cells, PROFIT_COLUMNS, &names)?);
    }
    Ok(tables)
}

/// Some columns of a table, in another order.
fn table(
    name: &'static str,
    about: &'static str,
    rows: &DataFrame,
    specs: &[ColumnSpec],
    names: &[&str],
) -> PolarsResult<ResultTable> {
    let specs: Vec<ColumnSpec> =
        names.iter().filter_map(|name| specs.iter().find(|spec| spec.name == *name).copied()).collect();
    ResultTable::new(name, about, rows.select(names.iter().copied())?, specs)
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use crate::analysis::{SevenPAnalysis, SevenPResults};
    use crate::profile::product::Unit;
    use crate::profile::{P, SevenPSettings, fixture};
    use crate::value::profitability::{CostRule, MissingCost, RelationshipProfit};

    type Outcome<T = ()> = Result<T, Box<dyn Error>>;

    /// Rounding to millionths, of a few hundred.
    const MONEY: f64 = 1e-5;

    fn run(by_product: bool) -> Outcome<SevenPResults> {
        let year = fixture::year()?;
        let profit = RelationshipProfit::builder()
            .window(year.from(), year.as_of())
            .period(year.grain())
            .missing_cost(MissingCost::GlobalRate)
            .rule(CostRule::orders().costs(6.40))
            .rule(CostRule::logged("inquiry").costs(35.20))
            .rule(CostRule::logged("return").costs(35.20))
            .build()?;
        let analysis = SevenPAnalysis::new(year, SevenPSettings::new(Unit::Order)).with_profit(profit)?;
        let analysis = if by_product { analysis.with_customer_products() } else { analysis };
        Ok(analysis.run(&fixture::tables()?)?)
    }

    fn sum(results: &SevenPResults, table: &str, column: &str) -> Outcome<f64> {
        let frame = results.seven_p.frame(table).ok_or_else(|| format!("no table {table}"))?;
        Ok(frame.column(column)?.f64()?.iter().flatten().sum())
    }

    /// The small company: 7 orders at 6.40, 4 inquiries and a return at 35.20 cost 220.80 to serve; of 910 of revenue 143.20
    /// are left.
    #[test]
    fn what_serving_customers_costs_and_what_belongs_to_nobody_are_tables_of_profitability() -> Outcome {
        let results = run(true)?;
        let section = results.seven_p.section(P::Profitability).ok_or("no section")?;
        for name in ["cts_line", "profit_unassigned", "profit_customer_product"] {
            assert!(section.table(name).is_some(), "{name}");
        }
        assert!((sum(&results, "cts_line", "cost")? - 220.8).abs() < MONEY);
        assert!((sum(&results, "cts_line", "cost")? - sum(&results, "profit_customer", "cts")?).abs() < MONEY);
        for (column, expected) in [("net_rev", 910.0), ("cts", 220.8), ("cm2", 143.2)] {
            let found = sum(&results, "profit_customer_product", column)?;
            assert!((found - expected).abs() < MONEY, "{column}: {found}");
            assert!((found - sum(&results, "profit_customer", column)?).abs() < MONEY, "{column}");
        }
        let unassigned = section.table("profit_unassigned").ok_or("no table")?;
        assert_eq!(unassigned.frame.height(), 0, "{}", unassigned.frame);
        assert!(unassigned.flags[0].starts_with("nothing_unassigned"));
        assert!(results.profits.as_ref().is_some_and(|profits| profits.reconciliation().holds()));
        Ok(())
    }

    #[test]
    fn the_table_of_customers_and_products_is_made_only_for_those_who_ask() -> Outcome {
        let results = run(false)?;
        assert!(results.seven_p.table("profit_customer_product").is_none());
        assert!(results.seven_p.table("cts_line").is_some());
        Ok(())
    }
}
