//! Everything of Persistency that the tables allow.

use std::collections::BTreeMap;

use emptor_types::{Invalid, Level};
use polars::prelude::IntoLazy;

use super::activity::Activity;
use super::answers::{Answers, answers_of};
use super::attitude::{derived_importance, importance_performance, mean_score, net_promoter_score};
use super::base::Base;
use super::cohort::{CohortClock, Cohorts};
use super::contracts::{Bound, fit};
use super::customers::{CustomerRow, Habit, Said, rows};
use super::findings;
use super::frames::{
    self, CohortRow, GrowthRow, ItemRow, Measure, MixRow, MovementRow, NextRow, OverlapRow, StockRow, SurvivalRow,
};
use super::growth::{growth, revenue_movements};
use super::patterns::{buying_patterns, overlap};
use super::rates::{ChurnRule, Overlap, Rate, RateKind, compound};
use super::settings::PersistencySettings;
use super::standing::LoyaltyState;
use super::survival::{Lifetime, lifetime_by_silence, wait_after};
use super::timeline::Timeline;
use super::wallets::{Wallet, wallets_of};
use crate::period::Grain;
use crate::profile::lines::Lines;
use crate::profile::{Coverage, Gap, Need, P, ProfileError, ProfileInput, ResultTable, Section, Window};
use crate::statistics::KaplanMeier;

/// Instruments that are no items.
const OVERALL: [&str; 3] = ["CSAT", "NPS", "CES"];
/// Customers without an acquisition channel.
const UNKNOWN: &str = "__unknown__";
const ALL: &str = "all";

/// Groups of customers, by name.
struct Groups {
    names: Vec<String>,
    of: Vec<Option<usize>>,
}

impl Groups {
    fn of(names: Vec<Option<String>>) -> Self {
        let mut distinct: Vec<String> = names.iter().flatten().cloned().collect();
        distinct.sort_unstable();
        distinct.dedup();
        let place = |name: Option<String>| name.and_then(|name| distinct.binary_search(&name).ok());
        let of = names.into_iter().map(place).collect();
        Self { names: distinct, of }
    }

    /// Everybody, then each group.
    fn each(&self) -> impl Iterator<Item = (&str, Option<usize>)> {
        let groups = self.names.iter().enumerate().map(|(group, name)| (name.as_str(), Some(group)));
        std::iter::once((ALL, None)).chain(groups)
    }

    fn belongs(&self, customer: usize, group: Option<usize>) -> bool {
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
    segments: Groups,
    bound: Bound,
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
    let lines = Lines::of(input.tables)?;
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
            wallets: wallets.as_ref().map(|(wallets, _)| wallets),
            nps: answers.get("NPS"),
            csat: answers.get("CSAT"),
        };
        let (customers, profit) = rows(&self.base, &self.habit, self.input, lines, &said, self.settings)?;
        let (stocks, contract_movements) =
            if self.base.has_contracts { self.bound.periods(&self.base)? } else { (Vec::new(), Vec::new()) };
        let movements = self.movements(contract_movements);
        let growth = self.growth();
        let waits = self.waits()?;
        let measures = self.measures(&customers, &stocks, &movements, &waits, wallets.as_ref(), &answers)?;
        findings::add(self, section, &customers, &growth, &measures, &movements);

        let mut loyalty = self.covered(frames::loyalty(&measures)?);
        if let Some((_, unreadable)) = wallets.as_ref().filter(|(_, unreadable)| *unreadable > 0) {
            loyalty = loyalty
                .with_flag(format!("wallets_left_out: {unreadable} with a period that is no year, quarter or month"));
        }
        section.tables.push(self.hasty(loyalty));
        let quadrants = format!("quadrant_by: {profit}");
        section.tables.push(self.covered(frames::customers(&self.base.ids, &customers)?).with_flag(quadrants));
        section.tables.push(self.hasty(self.covered(frames::growth(&growth)?)));
        section.tables.push(self.hasty(self.covered(frames::movements(&movements)?)));
        self.cohorts(section)?;
        self.mix(section)?;
        self.overlap(section)?;
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
    fn covered(&self, table: ResultTable) -> ResultTable {
        let coverage = Coverage::new(self.base.lines, self.base.revenue);
        let share = coverage.share().filter(|share| *share < self.settings.min_coverage);
        let table = table.with_coverage(coverage);
        match share {
            Some(share) => table.with_flag(format!("low_coverage: {:.0} % of revenue has a customer", 100.0 * share)),
            None => table,
        }
    }

    /// Warns where customers usually wait longer than a period.
    fn hasty(&self, table: ResultTable) -> ResultTable {
        let days = self.base.timeline.period_days();
        match self.habit.interval.filter(|interval| *interval > days) {
            Some(interval) => table.with_flag(format!(
                "interval_too_short: customers buy every {interval:.0} days (median), a period has {days:.0}"
            )),
            None => table,
        }
    }

    fn wallets(
        &self,
        section: &mut Section,
        lines: &Lines,
    ) -> Result<Option<(BTreeMap<usize, Wallet>, usize)>, ProfileError> {
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

    fn growth(&self) -> Vec<GrowthRow> {
        let timeline = &self.base.timeline;
        let accounts: Vec<_> = self
            .segments
            .each()
            .map(|(name, group)| (name, growth(&self.activity, |customer| self.segments.belongs(customer, group))))
            .collect();
        timeline
            .window()
            .flat_map(|place| accounts.iter().map(move |(name, accounts)| (place, *name, accounts[place])))
            .map(|(place, segment, growth)| GrowthRow {
                start: timeline.periods()[place].start,
                segment: segment.to_owned(),
                growth,
                is_partial: timeline.is_partial(place),
            })
            .collect()
    }

    fn movements(&self, contracts: Vec<MovementRow>) -> Vec<MovementRow> {
        let timeline = &self.base.timeline;
        let moved = revenue_movements(&self.activity);
        let revenue = timeline.window().map(|place| MovementRow {
            start: timeline.periods()[place].start,
            basis: "revenue",
            moved: moved[place],
            is_partial: timeline.is_partial(place),
        });
        contracts.into_iter().chain(revenue).collect()
    }

    /// The last complete period that has one before it and belongs to the window.
    fn last_complete(&self) -> Option<usize> {
        let window = self.base.timeline.window();
        self.base.timeline.last_complete().filter(|place| *place > 0 && window.contains(place))
    }

    fn cohorts(&self, section: &mut Section) -> Result<(), ProfileError> {
        let mut groups = Groups::of(vec![None; self.base.len()]);
        if self.settings.by_channel {
            match self.channels()? {
                Some(channels) => groups = channels,
                None => {
                    let reason = "cohorts can be split by the channel that won the customers";
                    let need = [Need::column("customers", "acq_channel")];
                    section.gaps.push(Gap::new("cohort_cell by channel", need, reason));
                }
            }
        }
        let mut cells = Vec::new();
        for (name, group) in groups.each() {
            let belongs = |customer: usize| groups.belongs(customer, group);
            cells.extend(self.contract_cohorts(name, belongs)?);
            cells.extend(self.purchase_cohorts(name, belongs)?);
        }
        if cells.is_empty() {
            section.gaps.push(Gap::new("cohort_cell", [], "nobody has bought or signed yet"));
            return Ok(());
        }
        let mut table = self.hasty(self.covered(frames::cohorts(&cells)?));
        if self.base.timeline.len() > self.settings.most_intervals {
            table = table.with_flag(format!("cut: at most {} intervals are shown", self.settings.most_intervals));
        }
        match self.base.cost_coverage {
            None => section.gaps.push(Gap::new(
                "cm_cum_per_member",
                [Need::column("products", "unit_cost")],
                "the margin of cohorts needs what products cost",
            )),
            Some(share) if share < self.settings.min_coverage => {
                table = table.with_flag(format!("cost_coverage: {:.0} % of revenue has a cost", 100.0 * share));
            }
            Some(_) => {}
        }
        section.tables.push(table);
        Ok(())
    }

    fn channels(&self) -> Result<Option<Groups>, ProfileError> {
        let Some(customers) = self.input.tables.customers() else { return Ok(None) };
        let rows = customers.rows();
        if rows.clone().collect_schema()?.get("acq_channel").is_none() {
            return Ok(None);
        }
        let named = self.base.texts(rows, "acq_channel", "customers")?;
        let named = named.into_iter().map(|name| Some(name.unwrap_or_else(|| UNKNOWN.to_owned())));
        Ok(Some(Groups::of(named.collect())))
    }

    fn purchase_cohorts(&self, channel: &str, belongs: impl Fn(usize) -> bool) -> Result<Vec<CohortRow>, ProfileError> {
        let (base, timeline) = (&self.base, &self.base.timeline);
        let buyers = (0..base.len()).filter(|customer| belongs(*customer)).filter_map(|customer| {
            let first = *base.bought(customer).first()?;
            Some((customer, first, timeline.place(first)?))
        });
        let (mut cohorts, mut clock) = self.empty_cohorts()?;
        for (customer, first, cohort) in buyers {
            clock.joined(cohort, first);
            match self.settings.cohort_clock {
                CohortClock::Calendar => {
                    let since = |period: usize| period.saturating_sub(cohort);
                    let active = self.activity.bought(customer).map(|period| (since(period), since(period)));
                    let cells = self.activity.cells(customer).iter();
                    cohorts.member(cohort, active, cells.map(|cell| (since(cell.period), cell.revenue, cell.margin)));
                }
                CohortClock::Rolling { days } => {
                    let since = |day: i32| day.saturating_sub(first).max(0) as usize / days as usize;
                    let active = base.bought(customer).iter().map(|day| (since(*day), since(*day)));
                    cohorts.member(
                        cohort,
                        active,
                        base.days(customer).iter().map(|day| (since(day.day), day.net, day.margin)),
                    );
                }
            }
        }
        Ok(self.cohort_rows(cohorts, &clock, channel, RateKind::PctActive))
    }

    fn contract_cohorts(&self, channel: &str, belongs: impl Fn(usize) -> bool) -> Result<Vec<CohortRow>, ProfileError> {
        let timeline = &self.base.timeline;
        let (mut cohorts, mut clock) = self.empty_cohorts()?;
        for (_, spells) in self.bound.customers.iter().filter(|(customer, _)| belongs(*customer)) {
            let Some(first) = spells.first().map(|spell| spell.start) else { continue };
            let Some(cohort) = timeline.place(first) else { continue };
            clock.joined(cohort, first);
            let since = |day: i32| match self.settings.cohort_clock {
                CohortClock::Calendar => timeline.place(day).map_or(0, |place| place.saturating_sub(cohort)),
                CohortClock::Rolling { days } => day.saturating_sub(first).max(0) as usize / days as usize,
            };
            let spans = Bound::spans(spells, self.base.as_of).map(|(from, to)| (since(from), since(to)));
            cohorts.member(cohort, spans, []);
        }
        Ok(self.cohort_rows(cohorts, &clock, channel, RateKind::Retention))
    }

    fn empty_cohorts(&self) -> Result<(Cohorts, Clock), Invalid> {
        let timeline = &self.base.timeline;
        let n = timeline.len();
        let intervals = match self.settings.cohort_clock {
            CohortClock::Calendar => n,
            CohortClock::Rolling { days } => {
                let begin =
                    timeline.periods().first().map_or(self.base.as_of, |period| period.start.days_since_epoch());
                (self.base.as_of - begin) as usize / days as usize + 1
            }
        };
        let cohorts = Cohorts::new(self.settings.cohort_mode.clone(), n, intervals.min(self.settings.most_intervals))?;
        Ok((cohorts, Clock { joined: vec![(i32::MAX, i32::MIN); n] }))
    }

    fn cohort_rows(&self, cohorts: Cohorts, clock: &Clock, channel: &str, kind: RateKind) -> Vec<CohortRow> {
        let timeline = &self.base.timeline;
        let is_partial = |cohort: usize, k: usize| match self.settings.cohort_clock {
            CohortClock::Calendar => (cohort + k < timeline.len()).then(|| timeline.is_partial(cohort + k)),
            CohortClock::Rolling { days } => {
                let after = |joined: i32, windows: usize| i64::from(joined) + windows as i64 * i64::from(days);
                let (first, last) = clock.joined[cohort];
                let as_of = i64::from(self.base.as_of);
                (after(first, k) <= as_of).then(|| after(last, k + 1) > as_of + 1)
            }
        };
        let row = |cell: super::cohort::CohortCell| {
            let shown = self.settings.show_partial || !cell.is_partial;
            let bought = shown && kind == RateKind::PctActive;
            CohortRow {
                cohort: timeline.label(cell.cohort),
                k: cell.k,
                size: cell.size,
                active: shown.then_some(cell.active),
                rate: shown.then(|| cell.rate()),
                kind,
                revenue: bought.then_some(cell.revenue),
                margin: (bought && self.base.has_cost).then_some(cell.margin_per_member),
                is_partial: cell.is_partial,
                channel: channel.to_owned(),
            }
        };
        cohorts.finish(is_partial).into_iter().map(row).collect()
    }

    fn mix(&self, section: &mut Section) -> Result<(), ProfileError> {
        let Some(place) = self.last_complete() else {
            section.gaps.push(Gap::new("retention_mix", [], "no period of the window is over yet"));
            return Ok(());
        };
        let mut counts = vec![(0, 0); self.base.timeline.len()];
        for customer in 0..self.activity.customers() {
            let bought: Vec<usize> = self.activity.bought(customer).collect();
            if bought.contains(&(place - 1)) {
                counts[bought[0]].1 += 1;
                counts[bought[0]].0 += usize::from(bought.contains(&place));
            }
        }
        let mut rows = if self.base.has_contracts { self.bound.mix(&self.base, place)? } else { Vec::new() };
        rows.extend(mix_rows(&self.base, place, &counts, RateKind::PctActive, ChurnRule::None)?);
        section.tables.push(self.hasty(self.covered(frames::mix(&rows)?)));
        Ok(())
    }

    fn overlap(&self, section: &mut Section) -> Result<(), ProfileError> {
        let Some(place) = self.last_complete() else {
            section.gaps.push(Gap::new("period_overlap", [], "no period of the window is over yet"));
            return Ok(());
        };
        let mut rows =
            ["first_only", "both", "second_only"].map(|part| OverlapRow { part, customers: 0, revenue: (0.0, 0.0) });
        let mut sums = [[emptor_types::ExactSum::ZERO; 2]; 3];
        for customer in 0..self.activity.customers() {
            let cell = |period| self.activity.cells(customer).iter().find(|cell| cell.period == period);
            let (first, second) = (cell(place - 1), cell(place));
            let part = match (first.is_some_and(|cell| cell.active), second.is_some_and(|cell| cell.active)) {
                (true, false) => 0,
                (true, true) => 1,
                (false, true) => 2,
                (false, false) => continue,
            };
            rows[part].customers += 1;
            sums[part][0].add(first.map_or(0.0, |cell| cell.revenue));
            sums[part][1].add(second.map_or(0.0, |cell| cell.revenue));
        }
        for (row, sums) in rows.iter_mut().zip(sums) {
            row.revenue = (sums[0].value(), sums[1].value());
        }
        let timeline = &self.base.timeline;
        let flag = format!("periods: {} and {}", timeline.label(place - 1), timeline.label(place));
        section.tables.push(self.hasty(self.covered(frames::overlap(&rows)?)).with_flag(flag));
        Ok(())
    }

    fn patterns(&self, section: &mut Section) -> Result<(), ProfileError> {
        let (years, partial) = self.years()?;
        let rows = buying_patterns(&years);
        if rows.is_empty() {
            section.gaps.push(Gap::new("buying_pattern", [], "nobody has bought yet"));
            return Ok(());
        }
        let mut table = self.covered(frames::patterns(&rows)?);
        if partial {
            table = table.with_flag("is_partial: the last year is not over, its N may become Y");
        }
        section.tables.push(table);
        Ok(())
    }

    /// Activity by calendar year, from the first with a purchase, and whether the last is not over.
    fn years(&self) -> Result<(Activity, bool), ProfileError> {
        let window = Window::new(self.input.window.from(), self.input.window.as_of(), Grain::Year)?;
        let first = (0..self.base.len()).filter_map(|customer| self.base.bought(customer).first()).min();
        let Some(first) = first else { return Ok((Activity::new(0), false)) };
        let first = emptor_types::Date::from_days_since_epoch(*first)?;
        let timeline = Timeline::new(&window, first)?;
        let begin = timeline.place(first.days_since_epoch()).unwrap_or(0);
        let mut years = Activity::new(timeline.len() - begin);
        for customer in 0..self.base.len() {
            let mut bought: Vec<usize> =
                self.base.bought(customer).iter().filter_map(|day| timeline.place(*day)).collect();
            bought.dedup();
            let cell = |year: usize| super::activity::ActivityCell {
                period: year - begin,
                active: true,
                revenue: 0.0,
                margin: 0.0,
            };
            years.push(bought.into_iter().map(cell))?;
        }
        Ok((years, timeline.is_partial(timeline.len() - 1)))
    }

    fn survival(&self, section: &mut Section) -> Result<(), ProfileError> {
        let mut rows = Vec::new();
        let mut flags = Vec::new();
        for (name, group) in self.segments.each() {
            let belongs = |customer: usize| self.segments.belongs(customer, group);
            let bound = self.bound.lifetimes(&self.base, belongs);
            if !bound.is_empty() {
                let model = fit(&bound, self.base.timeline.grain());
                if let Err(reason) = &model {
                    flags.push(format!("no_model of {name}: {reason}"));
                }
                let lifetimes: Vec<Lifetime> = bound.iter().map(|(lifetime, _)| *lifetime).collect();
                let rule = ChurnRule::ContractEnded { grace: self.settings.contract_grace };
                let mut curve = curve(&lifetimes, name, "contract", rule)?;
                if let Ok(model) = model {
                    let (survival, rates) = (model.survival_curve(curve.len()), model.retention_rates(curve.len()));
                    for row in &mut curve {
                        row.model = match row.t.checked_sub(1) {
                            None => Some((1.0, None)),
                            Some(t) => survival.get(t).map(|survival| (*survival, rates.get(t).copied())),
                        };
                    }
                }
                rows.extend(curve);
            }
            if let Some(limit) = self.habit.limit {
                let free = (0..self.base.len())
                    .filter(|customer| belongs(*customer) && self.base.contracts(*customer).is_empty());
                let lifetimes: Vec<Lifetime> = free
                    .filter_map(|customer| {
                        lifetime_by_silence(&self.base.timeline, self.base.bought(customer), limit, self.base.as_of)
                    })
                    .collect();
                rows.extend(curve(&lifetimes, name, "purchases", self.habit.rule())?);
            }
        }
        if self.habit.limit.is_none() {
            section.gaps.push(Gap::new("survival_curve of purchases", [], self.too_little()));
        }
        if rows.is_empty() {
            return Ok(());
        }
        let mut table = self.covered(frames::survival(&rows)?);
        table.flags.extend(flags);
        section.tables.push(table);
        Ok(())
    }

    fn too_little(&self) -> String {
        format!(
            "insufficient_data: without contracts, customers are called gone from {} buyers on, {} days of history and one \
             who bought on three days (here {} buyers)",
            self.settings.min_n, self.settings.min_history_days, self.habit.buyers
        )
    }

    /// Curves of the waits after each purchase.
    fn waits(&self) -> Result<Vec<KaplanMeier>, ProfileError> {
        let mut curves = Vec::new();
        for n in 1..=self.settings.next_purchases {
            let waits =
                (0..self.base.len()).filter_map(|customer| wait_after(self.base.bought(customer), n, self.base.as_of));
            let (days, again): (Vec<f64>, Vec<bool>) = waits.map(|(days, again)| (f64::from(days), again)).unzip();
            if days.is_empty() {
                break;
            }
            curves.push(KaplanMeier::estimate(&days, &again)?);
        }
        Ok(curves)
    }

    fn next_purchases(&self, section: &mut Section, waits: &[KaplanMeier]) -> Result<(), ProfileError> {
        let rows: Vec<NextRow> = waits
            .iter()
            .enumerate()
            .flat_map(|(i, curve)| curve.steps().iter().filter(|step| step.events > 0).map(move |step| (i + 1, step)))
            .map(|(purchase, step)| NextRow {
                purchase,
                days: step.time,
                at_risk: step.at_risk,
                events: step.events,
                waiting: step.survival,
                error: step.standard_error,
            })
            .collect();
        if rows.is_empty() {
            section.gaps.push(Gap::new("next_purchase", [], "nobody has bought twice yet"));
            return Ok(());
        }
        section.tables.push(self.covered(frames::next_purchases(&rows)?));
        Ok(())
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
                let action = super::attitude::Action::KeepUp;
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

    fn measures(
        &self,
        customers: &[CustomerRow],
        stocks: &[StockRow],
        movements: &[MovementRow],
        waits: &[KaplanMeier],
        wallets: Option<&(BTreeMap<usize, Wallet>, usize)>,
        answers: &BTreeMap<String, Answers>,
    ) -> Result<Vec<Measure>, ProfileError> {
        let (min_n, level) = (self.settings.min_n, self.level);
        let rate = |name, rate: &Rate| Measure::rate(name, rate, level, min_n);
        let buyers = customers.iter().filter(|row| row.orders > 0).count();
        let twice = customers.iter().filter(|row| row.orders > 1).count();
        let mut measures = vec![
            rate("repeat_purchase_rate", &Rate::repeat_purchase(twice, buyers)?),
            rate("one_time_share", &Rate::new(RateKind::PctActive, ChurnRule::None, buyers - twice, buyers)?),
        ];
        if let Some(place) = self.last_complete() {
            let overlap: Overlap = overlap(&self.activity, place - 1, place);
            measures.push(rate("repeat_buying_rate", &overlap.repeat_buying()));
        }
        let patterns = buying_patterns(&self.years()?.0);
        let gaps = patterns.iter().filter(|pattern| pattern.gap_then_return).map(|pattern| pattern.customers).sum();
        measures.push(rate(
            "gap_then_return_share",
            &Rate::new(
                RateKind::PctActive,
                ChurnRule::None,
                gaps,
                patterns.iter().map(|pattern| pattern.customers).sum(),
            )?,
        ));
        let own = customers.iter().filter(|row| row.orders > 1).count();
        measures.push(Measure::new("median_purchase_interval", "days", self.habit.interval, own, min_n));
        let second = waits.first();
        let watched = second.and_then(|curve| curve.steps().first()).map_or(0, |step| step.at_risk);
        measures.push(Measure::new(
            "median_days_to_second_purchase",
            "days",
            second.and_then(KaplanMeier::median),
            watched,
            min_n,
        ));
        measures.push(self.lapsed(customers)?);
        if let Some(stock) = stocks.iter().rev().find(|stock| !stock.is_partial) {
            measures.push(rate("stock_retention", &stock.rate));
            measures.extend(self.annual(stocks, stock.rate));
        }
        for (basis, names) in [("revenue", ["nrr", "grr"]), ("contract", ["contract_nrr", "contract_grr"])] {
            let last = movements.iter().rev().find(|row| row.basis == basis && !row.is_partial);
            if let Some(moved) = last.map(|row| row.moved) {
                let n = if basis == "contract" {
                    stocks.iter().rev().find(|s| !s.is_partial).map_or(0, |s| s.start)
                } else {
                    self.last_complete().map_or(0, |place| {
                        (0..self.activity.customers())
                            .filter(|c| self.activity.bought(*c).any(|p| p + 1 == place))
                            .count()
                    })
                };
                measures.push(Measure::new(names[0], "share of revenue", moved.net_retention(), n, min_n));
                measures.push(Measure::new(names[1], "share of revenue", moved.gross_retention(), n, min_n));
            }
        }
        if let Some((wallets, _)) = wallets {
            let sum = |of: fn(&Wallet) -> f64| wallets.values().map(of).collect::<emptor_types::ExactSum>().value();
            let total = sum(|wallet| wallet.total);
            let share = (total > 0.0).then(|| sum(Wallet::counted) / total);
            measures.push(Measure::new("share_of_wallet", "share", share, wallets.len(), min_n));
        }
        if let Some(nps) = answers.get("NPS") {
            let points: Vec<f64> = nps.shares.iter().map(|share| share * 10.0).collect();
            let estimate = net_promoter_score(&points, level);
            let measure = Measure::new("nps", "points", estimate.map(|e| e.value), points.len(), min_n);
            measures.push(estimate.map_or(measure.clone(), |e| measure.within(e.interval.low, e.interval.high)));
        }
        for (instrument, mean, top) in [("CSAT", "csat_mean", Some("csat_top_2_box")), ("CES", "ces_mean", None)] {
            let Some(given) = answers.get(instrument) else { continue };
            let estimate = mean_score(&given.shares, level);
            let measure = Measure::new(mean, "0 to 1", estimate.map(|e| e.value), given.shares.len(), min_n);
            measures.push(estimate.map_or(measure.clone(), |e| measure.within(e.interval.low, e.interval.high)));
            if let Some(name) = top {
                let share = Rate::new(RateKind::PctActive, ChurnRule::None, given.top, given.shares.len())?;
                measures.push(Measure { kind: None, rule: None, ..rate(name, &share) });
            }
        }
        Ok(measures)
    }

    /// Share of buyers without contract who are silent for too long.
    fn lapsed(&self, customers: &[CustomerRow]) -> Result<Measure, Invalid> {
        let free = |row: &&CustomerRow| {
            row.orders > 0 && !matches!(row.state, LoyaltyState::UnderContract | LoyaltyState::Left)
        };
        let all = customers.iter().filter(free).count();
        let lapsed = customers.iter().filter(|row| row.state == LoyaltyState::Lapsed).count();
        let rate = Rate::new(RateKind::PctActive, self.habit.rule(), lapsed, all)?;
        let measure = Measure::rate("lapsed_share", &rate, self.level, self.settings.min_n);
        Ok(if self.habit.limit.is_some() {
            measure
        } else {
            Measure { value: None, low: None, high: None, status: self.too_little(), ..measure }
        })
    }

    /// The retention of the last complete year, as the product over its periods.
    fn annual(&self, stocks: &[StockRow], last: Rate) -> Option<Measure> {
        let periods = match self.base.timeline.grain() {
            Grain::Month => 12,
            Grain::Quarter => 4,
            Grain::Year => 1,
            Grain::Week => 52,
            _ => return None,
        };
        let complete: Vec<f64> =
            stocks.iter().filter(|stock| !stock.is_partial).filter_map(|stock| stock.rate.value()).collect();
        let year = complete.len().checked_sub(periods).and_then(|from| compound(&complete[from..]));
        let measure = Measure::new("annual_retention", "share", year, last.counts().1, self.settings.min_n);
        Some(Measure { kind: Some(RateKind::Retention), rule: Some(last.churn_rule()), ..measure })
    }
}

/// When the first and the last member of each cohort joined.
struct Clock {
    joined: Vec<(i32, i32)>,
}

impl Clock {
    fn joined(&mut self, cohort: usize, day: i32) {
        if let Some((first, last)) = self.joined.get_mut(cohort) {
            (*first, *last) = (day.min(*first), day.max(*last));
        }
    }
}

/// Everybody, then each cohort with somebody in it; `counts` are the kept and all, by cohort.
pub(super) fn mix_rows(
    base: &Base,
    place: usize,
    counts: &[(usize, usize)],
    kind: RateKind,
    rule: ChurnRule,
) -> Result<Vec<MixRow>, Invalid> {
    let start = base.timeline.periods()[place].start;
    let (kept, all) = counts.iter().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    let row = |cohort: String, kept: usize, of: usize| -> Result<MixRow, Invalid> {
        Ok(MixRow { start, cohort, rate: Rate::new(kind, rule, kept, of)?, weight: of as f64 / all as f64 })
    };
    let mut rows = vec![row(ALL.to_owned(), kept, all)?];
    for (cohort, (kept, of)) in counts.iter().enumerate().filter(|(_, (_, of))| *of > 0) {
        rows.push(row(base.timeline.label(cohort), *kept, *of)?);
    }
    Ok(rows)
}

/// A curve with a row for every whole period.
fn curve(
    lifetimes: &[Lifetime],
    segment: &str,
    basis: &'static str,
    rule: ChurnRule,
) -> Result<Vec<SurvivalRow>, Invalid> {
    let durations: Vec<f64> = lifetimes.iter().map(|lifetime| lifetime.periods as f64).collect();
    let left: Vec<bool> = lifetimes.iter().map(|lifetime| lifetime.left).collect();
    let estimate = KaplanMeier::estimate(&durations, &left)?;
    let mut rows = Vec::new();
    let (mut survival, mut error, mut t) = (1.0, 0.0, 0);
    for step in estimate.steps() {
        let row = |t: usize, events: usize, survival: f64, error: f64| SurvivalRow {
            segment: segment.to_owned(),
            t,
            at_risk: step.at_risk,
            events,
            survival,
            error,
            model: None,
            basis,
            rule,
        };
        let at = step.time as usize;
        rows.extend((t..at).map(|t| row(t, 0, survival, error)));
        (survival, error) = (step.survival, step.standard_error);
        rows.push(row(at, step.events, survival, error));
        t = at + 1;
    }
    Ok(rows)
}
