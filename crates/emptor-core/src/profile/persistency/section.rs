//! Everything of Persistency that the tables allow.

use std::collections::BTreeMap;

use emptor_types::Level;
use polars::prelude::IntoLazy;

use super::activity::Activity;
use super::answers::{Answers, answers_of};
use super::attitude::{Action, derived_importance, importance_performance};
use super::base::Base;
use super::contracts::Bound;
use super::customers::{Habit, Said, rows};
use super::findings;
use super::frames::{self, ItemRow};
use super::measures::Made;
use super::settings::PersistencySettings;
use super::wallets::{KnownWallets, wallets_of};
use crate::profile::lines::Lines;
use crate::profile::{Coverage, Gap, Need, P, ProfileError, ProfileInput, ResultTable, Section};

/// Instruments that are no items.
const OVERALL: [&str; 3] = ["CSAT", "NPS", "CES"];
/// The group of everybody.
pub(super) const ALL: &str = "all";

/// Groups of customers, by name.
pub(super) struct Groups {
    names: Vec<String>,
    of: Vec<Option<usize>>,
}

impl Groups {
    pub(super) fn of(names: Vec<Option<String>>) -> Self {
        let mut distinct: Vec<String> = names.iter().flatten().cloned().collect();
        distinct.sort_unstable();
        distinct.dedup();
        let place = |name: Option<String>| name.and_then(|name| distinct.binary_search(&name).ok());
        let of = names.into_iter().map(place).collect();
        Self { names: distinct, of }
    }

    /// Everybody, then each group.
    pub(super) fn each(&self) -> impl Iterator<Item = (&str, Option<usize>)> {
        let groups = self.names.iter().enumerate().map(|(group, name)| (name.as_str(), Some(group)));
        std::iter::once((ALL, None)).chain(groups)
    }

    pub(super) fn belongs(&self, customer: usize, group: Option<usize>) -> bool {
        group.is_none() || self.of[customer] == group
    }
}

/// What the tables are made from.
pub(super) struct Run<'a> {
    pub(super) input: &'a ProfileInput<'a>,
    pub(super) settings: &'a PersistencySettings,
    pub(super) level: Level,
    pub(super) base: Base,
    pub(super) habit: Habit,
    pub(super) activity: Activity,
    pub(super) segments: Groups,
    pub(super) bound: Bound,
}

/// Persistency: every table that the input allows, what matters in them, and what is missing.
///
/// | table | says |
/// |---|---|
/// | `loyalty` | rates of the base, each with its kind, its interval and its support |
/// | `persist_customer` | every customer: tenure, interval, trend, share of wallet, state, quadrant |
/// | `growth_account` | where active customers come from and go, by period and segment |
/// | `revenue_retention` | NRR and GRR by period, of revenue and of contract value |
/// | `cohort_cell` | activity, revenue and margin of cohorts by interval since joining |
/// | `retention_mix` | the cohorts that the aggregate rate is a mix of |
/// | `period_overlap`, `buying_pattern` | who bought in both of two periods, and in which years |
/// | `stock_retention` | customers under contract, who stayed |
/// | `survival_curve`, `next_purchase` | how long customers stay, and how long until they buy again |
/// | `importance_performance` | what matters to customers and how it goes |
///
/// Customers without name are in none of them; [`Coverage`] says how much they buy.
///
/// ```
/// use emptor_core::period::Grain;
/// use emptor_core::profile::persistency::{PersistencySettings, section};
/// use emptor_core::profile::{ProfileInput, Window};
/// use emptor_table::polars::df;
/// use emptor_table::{Tables, TransactionColumns, Transactions};
///
/// let frame = df!(
///     "who" => ["a", "a", "b", "c"],
///     "day" => ["2024-01-10", "2024-04-10", "2024-02-01", "2024-05-01"],
///     "net" => [10.0, 12.0, 20.0, 5.0],
/// )?;
/// let lines = Transactions::from_frame(frame, &TransactionColumns::new("who", "day").amount("net"))?;
/// let tables = Tables::new(lines);
/// let window = Window::new("2024-01-01".parse()?, "2024-06-30".parse()?, Grain::Quarter)?;
/// let section = section(&ProfileInput::new(&tables, window), &PersistencySettings::default())?;
/// let growth = &section.table("growth_account").ok_or("made of transactions")?.frame;
/// assert_eq!(growth.column("dormant")?.i64()?.get(1), Some(1)); // b did not buy again
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If settings break rules, ids of tables have different types, or a query fails. What is missing is a gap, no error.
pub fn section(input: &ProfileInput<'_>, settings: &PersistencySettings) -> Result<Section, ProfileError> {
    settings.check()?;
    let lines = Lines::of(&input.tables)?;
    let base = Base::of(input, &lines)?;
    let segments = match input.scores.filter(|scores| scores.has("segment")) {
        Some(scores) => base.texts(scores.frame().clone().lazy(), "segment", "scores")?,
        None => vec![None; base.len()],
    };
    let run = Run {
        input,
        settings,
        level: Level::new(settings.level)?,
        habit: Habit::of(&base, settings),
        activity: base.activity(&base.timeline)?,
        segments: Groups::of(segments),
        bound: Bound::of(&base, settings),
        base,
    };
    let mut section = Section::new(P::Persistency);
    run.fill(&mut section, &lines)?;
    Ok(section)
}

impl Run<'_> {
    fn fill(&self, section: &mut Section, lines: &Lines) -> Result<(), ProfileError> {
        let wallets = self.wallets(section, lines)?;
        let answers = self.answers(section)?;
        let said = Said {
            wallets: wallets.as_ref().map(|known| &known.wallets),
            nps: answers.get("NPS"),
            csat: answers.get("CSAT"),
        };
        let (customers, profit) = rows(&self.base, &self.habit, self.input, lines, &said, self.settings)?;
        let (stocks, contract_movements) =
            if self.base.has_contracts { self.bound.periods(&self.base)? } else { (Vec::new(), Vec::new()) };
        let movements = self.movements(contract_movements);
        let growth = self.growth();
        let waits = self.waits()?;
        let made = Made {
            customers: &customers,
            stocks: &stocks,
            movements: &movements,
            waits: &waits,
            wallets: wallets.as_ref(),
            answers: &answers,
        };
        let measures = self.measures(&made)?;
        findings::add(self, section, &customers, &growth, &measures, &movements);

        let nobody =
            !self.base.has_contracts && (0..self.base.len()).all(|customer| self.base.bought(customer).is_empty());
        let quadrants = format!("quadrant_by: {profit}");
        let customers = self.covered(frames::customers(&self.base.ids, &customers)?).with_flag(quadrants);
        if nobody {
            // Rows of zeros would look like a base that stands still.
            for analysis in ["loyalty", "growth_account", "revenue_retention", "retention_mix", "period_overlap"] {
                let reason = "nobody who is known has bought or signed by the day of observation";
                section.gaps.push(Gap::new(analysis, [], reason));
            }
            section.tables.extend((self.base.len() > 0).then_some(customers));
            self.cohorts(section)?;
        } else {
            let mut loyalty = self.covered(frames::loyalty(&measures)?);
            if let Some(known) = wallets.as_ref().filter(|known| known.unreadable > 0) {
                let rows = known.unreadable;
                loyalty = loyalty
                    .with_flag(format!("wallets_left_out: {rows} with a period that is no year, quarter or month"));
            }
            section.tables.push(self.hasty(loyalty));
            section.tables.push(customers);
            section.tables.push(self.hasty(self.covered(frames::growth(&growth)?)));
            section.tables.push(self.hasty(self.covered(frames::movements(&movements)?)));
            self.cohorts(section)?;
            self.mix(section)?;
            self.overlap(section)?;
        }
        self.patterns(section)?;
        if self.base.has_contracts {
            section.tables.push(frames::stocks(&stocks)?);
        } else {
            let reason = "leaving is observed where there are contracts; elsewhere customers are only silent";
            section.gaps.push(Gap::new("stock_retention", [Need::table("contracts")], reason));
        }
        self.survival(section)?;
        self.next_purchases(section, &waits)?;
        self.items(section, &answers)?;
        if self.input.scores.is_none_or(|scores| !scores.has("p_alive")) {
            let reason = "the probability to be alive comes from a model of purchases";
            section.gaps.push(Gap::new("p_alive", [Need::column("scores", "p_alive")], reason));
        }
        Ok(())
    }

    /// The table with the part of revenue that named customers make.
    pub(super) fn covered(&self, table: ResultTable) -> ResultTable {
        let coverage = Coverage::new(self.base.lines, self.base.revenue);
        let share = coverage.share().filter(|share| *share < self.settings.min_coverage);
        let table = table.with_coverage(coverage);
        match share {
            Some(share) => table.with_flag(format!("low_coverage: {:.0} % of revenue has a customer", 100.0 * share)),
            None => table,
        }
    }

    /// Warns where customers usually wait longer than a period.
    pub(super) fn hasty(&self, table: ResultTable) -> ResultTable {
        let days = self.base.timeline.period_days();
        match self.habit.interval.filter(|interval| *interval > days) {
            Some(interval) => table.with_flag(format!(
                "interval_too_short: customers buy every {interval:.0} days (median), a period has {days:.0}"
            )),
            None => table,
        }
    }

    fn wallets(&self, section: &mut Section, lines: &Lines) -> Result<Option<KnownWallets>, ProfileError> {
        let Some(wallets) = self.input.tables.wallets() else {
            let reason = "what customers spend elsewhere is not known";
            section.gaps.push(Gap::new("share_of_wallet", [Need::table("wallets")], reason));
            return Ok(None);
        };
        let found = wallets_of(&self.base, self.input, lines, wallets)?;
        if found.is_none() {
            let reason = "wallets are stated by category, and what was bought has none";
            section.gaps.push(Gap::new("share_of_wallet", [Need::column("products", "category")], reason));
        }
        Ok(found)
    }

    fn answers(&self, section: &mut Section) -> Result<BTreeMap<String, Answers>, ProfileError> {
        let answers = match self.input.tables.surveys() {
            Some(surveys) => answers_of(&self.base, surveys)?,
            None => BTreeMap::new(),
        };
        for (instrument, analysis) in [("NPS", "net promoter score"), ("CSAT", "satisfaction"), ("CES", "effort")] {
            if !answers.contains_key(instrument) {
                let reason = format!("no survey asked {instrument} by the day of observation");
                section.gaps.push(Gap::new(analysis, [Need::table("surveys")], reason));
            }
        }
        Ok(answers)
    }

    fn items(&self, section: &mut Section, answers: &BTreeMap<String, Answers>) -> Result<(), ProfileError> {
        let overall = answers.get("CSAT").or_else(|| answers.get("NPS"));
        let mut rows = Vec::new();
        for (name, item) in answers.iter().filter(|(name, _)| !OVERALL.contains(&name.as_str())) {
            let pairs: Vec<(f64, f64)> = item
                .by_place
                .iter()
                .filter_map(|(place, share)| Some((*share, *overall?.by_place.get(place)?)))
                .collect();
            let performance = pairs.iter().map(|pair| pair.0).sum::<f64>() / pairs.len() as f64;
            if let Some(importance) = derived_importance(&pairs) {
                let action = Action::KeepUp;
                rows.push(ItemRow { item: name.clone(), n: pairs.len(), importance, performance, action });
            }
        }
        if rows.is_empty() {
            let reason = "needs surveys of items beside the overall question, by the same customers";
            section.gaps.push(Gap::new("importance_performance", [Need::table("surveys")], reason));
            return Ok(());
        }
        let places: Vec<(f64, f64)> = rows.iter().map(|row| (row.importance, row.performance)).collect();
        for (row, action) in rows.iter_mut().zip(importance_performance(&places)) {
            row.action = action;
        }
        let table =
            frames::items(&rows)?.with_flag("importance: derived from the correlation with the overall question");
        section.tables.push(table);
        Ok(())
    }
}
