//! All seven Ps at once.

use emptor_types::{Progress, ProgressFn, silent};
use polars::prelude::DataFrame;

use super::error::ProfileError;
use super::input::ProfileInput;
use super::life_cycle::{self, LifeCycleSettings};
use super::performance::{self, PerformanceSettings};
use super::persistency::{self, PersistencySettings};
use super::product::{self, ProductSettings, Unit};
use super::profiling::{self, ProfilingSettings};
use super::profitability::{self, ProfitabilitySettings};
use super::promotion::{self, PromotionSettings};
use super::prospecting::{self, ProspectingSettings};
use super::section::{Finding, Gap, P, ResultTable, Section};

/// What every P is told.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SevenPSettings {
    /// Profiling.
    pub profiling: ProfilingSettings,
    /// Persistency.
    pub persistency: PersistencySettings,
    /// Profitability.
    pub profitability: ProfitabilitySettings,
    /// Performance.
    pub performance: PerformanceSettings,
    /// Prospecting.
    pub prospecting: ProspectingSettings,
    /// Product.
    pub product: ProductSettings,
    /// Promotion.
    pub promotion: PromotionSettings,
    /// The life cycle.
    pub life_cycle: LifeCycleSettings,
}

impl SevenPSettings {
    /// Defaults for everything but the unit of association rules: products that go together in one order, or products of
    /// one customer, are different questions, and their answers differ.
    #[must_use]
    pub fn new(unit: Unit) -> Self {
        Self {
            profiling: ProfilingSettings::default(),
            persistency: PersistencySettings::default(),
            profitability: ProfitabilitySettings::default(),
            performance: PerformanceSettings::default(),
            prospecting: ProspectingSettings::default(),
            product: ProductSettings::new(unit),
            promotion: PromotionSettings::default(),
            life_cycle: LifeCycleSettings::default(),
        }
    }
}

/// The seven Ps of a customer base, and its life cycle: one [`Section`] each.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SevenP {
    /// Profiling, Persistency, Profitability, Performance, Prospecting, Product, Promotion, and last the life cycle.
    pub sections: Vec<Section>,
}

impl SevenP {
    /// Computes all Ps. What is missing becomes gaps of their sections.
    ///
    /// # Errors
    /// If settings break rules, if ids of two tables do not match, or if a query fails.
    pub fn compute(input: &ProfileInput<'_>, settings: &SevenPSettings) -> Result<Self, ProfileError> {
        Self::compute_with_progress(input, settings, &silent)
    }

    /// Computes all Ps and reports progress.
    ///
    /// # Errors
    /// As [`compute`](Self::compute); [`ProfileError::Cancelled`] if the callback says so.
    pub fn compute_with_progress(
        input: &ProfileInput<'_>,
        settings: &SevenPSettings,
        progress: &ProgressFn<'_>,
    ) -> Result<Self, ProfileError> {
        let mut sections = Vec::with_capacity(P::ALL.len());
        for (done, p) in P::ALL.into_iter().enumerate() {
            Progress::new(p.name(), done, P::ALL.len()).tell(progress)?;
            sections.push(match p {
                P::Profiling => profiling::section(input, &settings.profiling)?,
                P::Persistency => persistency::section(input, &settings.persistency)?,
                P::Profitability => profitability::section(input, &settings.profitability)?,
                P::Performance => performance::section(input, &settings.performance)?,
                P::Prospecting => prospecting::section(input, &settings.prospecting)?,
                P::Product => product::section(input, &settings.product)?,
                P::Promotion => promotion::section(input, &settings.promotion)?,
                P::LifeCycle => life_cycle::section(input, &settings.life_cycle)?,
            });
        }
        Ok(Self { sections })
    }

    /// One P.
    #[must_use]
    pub fn section(&self, p: P) -> Option<&Section> {
        self.sections.iter().find(|section| section.p == p)
    }

    /// A table by its name, whichever P it belongs to.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&ResultTable> {
        self.sections.iter().find_map(|section| section.table(name))
    }

    /// The rows of a table by its name.
    #[must_use]
    pub fn frame(&self, name: &str) -> Option<&DataFrame> {
        self.table(name).map(|table| &table.frame)
    }

    /// All findings, the weightiest first, each with its P.
    #[must_use]
    pub fn findings(&self) -> Vec<(P, &Finding)> {
        let mut findings: Vec<(P, &Finding)> = self
            .sections
            .iter()
            .flat_map(|section| section.findings.iter().map(|finding| (section.p, finding)))
            .collect();
        findings.sort_by(|a, b| b.1.weight.total_cmp(&a.1.weight));
        findings
    }

    /// All gaps, each with its P.
    #[must_use]
    pub fn gaps(&self) -> Vec<(P, &Gap)> {
        self.sections.iter().flat_map(|section| section.gaps.iter().map(|gap| (section.p, gap))).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use emptor_table::polars::df;
    use emptor_table::{ProductColumns, Products, Tables, TransactionColumns, Transactions};
    use polars::prelude::DataType;

    use super::*;
    use crate::period::Grain;
    use crate::profile::Window;

    type Outcome<T = ()> = Result<T, Box<dyn Error>>;

    /// A shop with all that lines can have, whose lines up to May are all of one kind; in December a known customer buys.
    fn shop(who: Option<&str>, kind: &str) -> Outcome<Tables> {
        let sign = if kind == "return" { -1.0 } else { 1.0 };
        let day = ["2024-01-05", "2024-02-03", "2024-03-02", "2024-03-20", "2024-04-05", "2024-05-05", "2024-12-01"];
        let frame = df!(
            "who" => [who, who, who, who, who, who, Some("late")],
            "day" => day,
            "order" => ["1", "2", "3", "4", "5", "6", "7"],
            "sku" => ["a", "b", "a", "b", "a", "b", "a"],
            "qty" => [sign, sign, sign, sign, sign, sign, 1.0],
            "net" => [10.0 * sign, 10.0 * sign, 10.0 * sign, 10.0 * sign, 10.0 * sign, 10.0 * sign, 10.0],
            "type" => [kind, kind, kind, kind, kind, kind, "sale"],
            "channel" => ["web"; 7],
            "place" => ["Bonn"; 7],
            "rep" => ["r"; 7],
            "promo" => [true, false, true, false, true, false, true],
        )?;
        let columns = TransactionColumns::new("who", "day")
            .order("order")
            .product("sku")
            .quantity("qty")
            .amount("net")
            .line_type("type")
            .channel("channel")
            .place("place")
            .rep("rep")
            .promo("promo");
        let products = df!("sku" => ["a", "b"], "group" => ["x", "y"], "cost" => [4.0, 5.0])?;
        let products = Products::scan(products, &ProductColumns::new("sku").category("group").unit_cost("cost"))?;
        Ok(Tables::new(Transactions::from_frame(frame, &columns)?).with_products(products))
    }

    /// The Ps of a shop; every number is finite, and every sentence one.
    fn run(tables: &Tables) -> Outcome<SevenP> {
        let window = Window::new("2024-03-01".parse()?, "2024-05-31".parse()?, Grain::Month)?;
        let made = SevenP::compute(&ProfileInput::new(tables, window), &SevenPSettings::new(Unit::Order))?;
        for section in &made.sections {
            crate::profile::words::are_sentences(section);
            for table in &section.tables {
                for column in table.frame.columns().iter().filter(|column| *column.dtype() == DataType::Float64) {
                    let name = format!("{}.{}", table.name, column.name());
                    assert!(column.f64()?.iter().flatten().all(f64::is_finite), "{name} is not finite");
                }
            }
        }
        Ok(made)
    }

    /// Findings, and tables without a row that do not say why, of the Ps that describe customers.
    fn said(made: &SevenP) -> Vec<String> {
        let about_customers = [P::Profiling, P::Persistency, P::Profitability, P::Promotion, P::LifeCycle];
        let sections = made.sections.iter().filter(|section| about_customers.contains(&section.p));
        sections
            .flat_map(|section| {
                let empty = section.tables.iter().filter(|table| table.frame.height() == 0 && table.flags.is_empty());
                let empty = empty.map(|table| format!("{} is empty", table.name));
                empty.chain(section.findings.iter().map(|finding| finding.headline.clone()))
            })
            .collect()
    }

    #[test]
    fn a_base_of_returns_only_gives_gaps_and_finds_nothing() -> Outcome {
        let made = run(&shop(Some("c"), "return")?)?;
        assert_eq!(said(&made), [""; 0]);
        for gap in
            ["loyalty", "growth_account", "revenue_retention", "lifecycle_stage", "lifecycle_move", "lens_decile"]
        {
            assert!(made.gaps().iter().any(|(_, found)| found.analysis == gap), "no gap {gap}");
            assert!(made.table(gap).is_none(), "{gap} of nothing");
        }
        // Who only returned is no buyer, and is there.
        let stage = made.frame("lifecycle_customer").ok_or("no table")?.column("stage")?.str()?.get(0);
        assert_eq!(stage, Some("prospect"));
        assert_eq!(made.frame("profile_customer").ok_or("no table")?.column("rfm_frequency")?.i64()?.get(0), Some(0));
        Ok(())
    }

    #[test]
    fn anonymous_sales_alone_say_nothing_of_customers_and_are_not_one_great_customer() -> Outcome {
        let made = run(&shop(None, "sale")?)?;
        let unknown = "100 % of the net revenue since 2024-03-01 belongs to no known customer, and no profile can say anything \
                       of it.";
        assert_eq!(said(&made), [unknown]);
        for table in ["persist_customer", "lifecycle_customer", "growth_account", "lifecycle_stage", "loyalty"] {
            assert!(made.table(table).is_none(), "{table} of nobody");
        }
        assert_eq!(made.frame("profile_customer").ok_or("no table")?.height(), 0);
        // What was sold is known all the same.
        assert!(made.frame("product_perf").is_some_and(|frame| frame.height() > 0));
        Ok(())
    }
}
