//! What acquisition channels come to: cost per new customer, lifetime value, payback.

use std::collections::{BTreeMap, HashMap};

use emptor_types::ExactSum;

use super::super::ProfileError;
use super::super::input::ProfileInput;
use super::super::lines::Lines;
use super::super::section::{Coverage, Gap, Need, ResultTable};
use super::build::Build;
use super::cells::{Cells, Channel, Spend, UNKNOWN, margins, spent, won};
use super::channels::{Cac, payback};
use super::settings::ProspectingSettings;

/// What a channel comes to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdict {
    pub(super) spend: Option<f64>,
    pub(super) cac: Cac,
    pub(super) clv: Option<f64>,
    pub(super) payback: Option<usize>,
    pub(super) ltv_cac: Option<f64>,
    pub(super) margin: Option<f64>,
}

/// The channels, by cohort and in all.
pub(super) struct Acquired {
    pub(super) cohorts: Vec<Channel>,
    pub(super) totals: Vec<Channel>,
    /// Whether spending is known, by customer or in all.
    pub(super) spend: Spend,
    has_margin: bool,
    /// Revenue whose cost is known, and all.
    covered: (f64, f64),
    /// Retention spending by period of the window.
    pub(super) retention: Vec<f64>,
}

impl Acquired {
    pub(super) fn of(
        input: &ProfileInput<'_>,
        lines: &Lines,
        settings: &ProspectingSettings,
        gaps: &mut Vec<Gap>,
    ) -> Result<Self, ProfileError> {
        let periods = input.window.periods()?;
        let place: HashMap<i32, usize> =
            periods.iter().enumerate().map(|(i, period)| (period.start.days_since_epoch(), i)).collect();
        let customers = input.tables.customers();
        let schema = match customers {
            Some(customers) => customers.rows().collect_schema()?,
            None => std::sync::Arc::default(),
        };
        let has = |name: &str| schema.get(name).is_some();
        if !has("acq_channel") {
            let need =
                if customers.is_some() { Need::column("customers", "acq_channel") } else { Need::table("customers") };
            gaps.push(Gap::new(
                "acq_channel",
                [need],
                "nothing says by which channel customers came: all are of unknown source",
            ));
        }
        let spend = if input.tables.spending().is_some() {
            Spend::Table
        } else if has("acq_cost") {
            let reason = "what was paid for each customer is known, overheads are not: there is no fully loaded cost, and no \
                          ratio to the cost of retention";
            gaps.push(Gap::new("acq_channel.cac_full, cost_ratio", [Need::table("spending")], reason));
            Spend::Customers
        } else {
            let needs = [Need::table("spending"), Need::column("customers", "acq_cost")];
            gaps.push(Gap::new("acq_channel.cac", needs, "nothing says what winning customers cost"));
            Spend::Unknown
        };
        let has_margin = lines.has("cost") || settings.margin_rate.is_some();
        if !has_margin {
            let needs = [Need::column("products", "unit_cost")];
            gaps.push(Gap::new(
                "acq_channel.payback",
                needs,
                "without costs of goods, or a margin rate, there is no margin to pay back with",
            ));
        }
        let mut cells = Cells::new();
        let joined = won(input, lines, spend, &place, &mut cells)?;
        let covered =
            if has_margin { margins(input, lines, settings, joined, &place, &mut cells)? } else { (0.0, 0.0) };
        let mut retention = vec![0.0; periods.len()];
        if spend == Spend::Table {
            retention = spent(input, settings, &periods, &place, &mut cells)?;
        }
        let cohorts: Vec<Channel> = cells.into_values().collect();
        let mut totals: BTreeMap<String, Channel> = BTreeMap::new();
        for cell in &cohorts {
            let total = totals.entry(cell.channel.clone()).or_default();
            total.channel.clone_from(&cell.channel);
            total.absorb(cell);
        }
        Ok(Self { cohorts, totals: totals.into_values().collect(), spend, has_margin, covered, retention })
    }

    pub(super) fn verdict(
        &self,
        channel: &Channel,
        settings: &ProspectingSettings,
        input: &ProfileInput<'_>,
    ) -> Verdict {
        let (cash, overhead) = (channel.cash.value(), channel.overhead.value());
        let cac = match self.spend {
            Spend::Unknown => Cac { cash: None, full: None },
            Spend::Customers => Cac { cash: (channel.costed > 0).then(|| cash / channel.costed as f64), full: None },
            Spend::Table => Cac::of(cash, overhead, channel.new),
        };
        let best = cac.full.or(cac.cash);
        let each = |sum: ExactSum, n: usize| (n > 0).then(|| sum.value() / n as f64);
        let clv = each(channel.value, channel.valued);
        let margins: Vec<f64> = channel.margins.iter().map(|sum| sum.value() / channel.new as f64).collect();
        let known = self.has_margin && channel.new > 0;
        Verdict {
            spend: (self.spend == Spend::Table || channel.costed > 0).then_some(cash + overhead),
            cac,
            clv,
            payback: best
                .filter(|_| known)
                .and_then(|cac| payback(&margins, cac, settings.discount, input.window.grain())),
            ltv_cac: clv.zip(best).filter(|(_, cac)| *cac > 0.0).map(|(clv, cac)| clv / cac),
            margin: known.then(|| margins.iter().sum()),
        }
    }

    pub(super) fn table(
        &self,
        settings: &ProspectingSettings,
        input: &ProfileInput<'_>,
    ) -> Result<[ResultTable; 2], ProfileError> {
        let by_cohort = self.build(&self.cohorts, settings, input, true).table(
            "acq_channel",
            "One row per acquisition channel and period of first purchase: spending, new customers, cost per new customer, \
             lifetime value and payback; by channel, oldest first.",
        )?;
        let in_all = self
            .build(&self.totals, settings, input, false)
            .table("acq_channel_total", "One row per acquisition channel: the same over all periods of the window.")?;
        let mut few: Vec<String> = Vec::new();
        few.extend(
            self.totals
                .iter()
                .filter(|c| c.new < settings.min_n)
                .map(|c| format!("low_support: {} {} customers", c.channel, c.new)),
        );
        let (known, all) = self.covered;
        let unsure = self.has_margin && all > 0.0 && known / all < settings.min_coverage;
        let dress = |mut table: ResultTable| {
            table.flags.extend(few.iter().cloned());
            if unsure {
                table
                    .flags
                    .push(format!("low_support: cost of goods known for {:.0} % of revenue", 100.0 * known / all));
            }
            if settings.discount.is_none() {
                table.flags.push("payback is not discounted: no rate was given".to_owned());
            }
            let new: usize = self.totals.iter().map(|c| c.new).sum();
            let named: usize = self.totals.iter().filter(|c| c.channel != UNKNOWN).map(|c| c.new).sum();
            table.with_coverage(Coverage::new((named, new), self.covered))
        };
        Ok([dress(by_cohort), dress(in_all)])
    }

    fn build(
        &self,
        rows: &[Channel],
        settings: &ProspectingSettings,
        input: &ProfileInput<'_>,
        cohorts: bool,
    ) -> Build {
        let verdicts: Vec<Verdict> = rows.iter().map(|row| self.verdict(row, settings, input)).collect();
        let table = Build::new(rows.len())
            .text("channel", "acquisition channel; `__unknown__` without one", |row| Some(rows[row].channel.clone()));
        let table = if cohorts {
            table.day("cohort", "first day of the period of the first purchase", |row| rows[row].cohort)
        } else {
            table
        };
        table
            .number("spend", "currency", "what was spent on winning them, overheads included", |row| {
                verdicts[row].spend
            })
            .count("new", "customers", "customers won", |row| Some(rows[row].new))
            .number("cac_cash", "currency per customer", "what was paid per new customer", |row| verdicts[row].cac.cash)
            .number("cac_full", "currency per customer", "the same with overheads", |row| verdicts[row].cac.full)
            .number("clv", "currency", "mean lifetime value of the customers won", |row| verdicts[row].clv)
            .text("clv_convention", "what that value is", |_| Some(settings.clv_convention.clone()))
            .count(
                "payback",
                "periods",
                "first period in which their margin has paid the cost, fully loaded if known; null if not so far",
                |row| verdicts[row].payback,
            )
            .number("ltv_cac", "×", "lifetime value over cost", |row| verdicts[row].ltv_cac)
            .number("margin_per_customer", "currency", "margin so far per customer won, returns deducted", |row| {
                verdicts[row].margin
            })
    }
}
