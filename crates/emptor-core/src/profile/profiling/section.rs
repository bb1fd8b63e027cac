//! All tables, findings and gaps of profiling.

use emptor_types::Date;

use super::base::Base;
use super::concentration::deciles;
use super::customer::Profile;
use super::findings::{Sources, findings};
use super::ledger::Ledger;
use super::lens::{Cohorts, by_period, decompose, decompose_window, overlaps, panel};
use super::net_zero::NetZero;
use super::people::dependence;
use super::settings::{ProfilingSettings, SegmentBy};
use super::{customer_frame, firm, lens_frames, people, segments};
use crate::period::{Period, place};
use crate::profile::lines::Lines;
use crate::profile::{Coverage, Gap, Need, P, ProfileError, ProfileInput, ResultTable, Section};

/// Most periods of a window that is cut into cohorts: there are as many cells as the square of it.
const MOST_COHORTS: usize = 400;

/// Who customers are: all tables that the input allows, the findings, and the gaps.
///
/// ```
/// use emptor_core::period::Grain;
/// use emptor_core::profile::profiling::{ProfilingSettings, section};
/// use emptor_core::profile::{ProfileInput, Window};
/// use emptor_table::polars::df;
/// use emptor_table::{Tables, TransactionColumns, Transactions};
///
/// let lines = df!(
///     "who" => ["a", "a", "b"],
///     "day" => ["2024-01-10", "2024-03-10", "2024-02-01"],
///     "net" => [100.0, 50.0, 50.0],
/// )?;
/// let columns = TransactionColumns::new("who", "day").amount("net");
/// let tables = Tables::new(Transactions::from_frame(lines, &columns)?);
/// let window = Window::new("2024-01-01".parse()?, "2024-03-31".parse()?, Grain::Month)?;
/// let profiling = section(&ProfileInput::new(&tables, window), &ProfilingSettings::default())?;
/// let customers = profiling.table("profile_customer").ok_or("always there")?;
/// assert_eq!(customers.frame.column("recency_days")?.i64()?.get(0), Some(21));
/// assert!(profiling.gaps.iter().any(|gap| gap.reason.contains("category")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If settings break rules, if ids of customers have different types in different tables, or if a table cannot be read any
/// more. What is missing is a gap, not an error.
pub fn section(input: &ProfileInput<'_>, settings: &ProfilingSettings) -> Result<Section, ProfileError> {
    settings.check()?;
    let window = &input.window;
    let lines = Lines::of(&input.tables)?;
    let base = Base::read(input, settings)?;
    let Ledger { days, habits } = Ledger::read(input, &lines, settings, &base)?;
    let mut profile = Profile::read(input, &lines, settings, &base, &days, habits)?;
    let net_zero = NetZero::read(input, &lines, settings, &base)?;
    for (row, orders) in profile.rows.iter_mut().zip(&net_zero.by_customer) {
        row.net_zero = Some(*orders);
    }
    let totals = firm::totals(input, &lines)?;
    let mut section = Section::new(P::Profiling);

    let (from, to) = (window.from().days_since_epoch(), window.as_of().days_since_epoch());
    let first_known = days.iter().map(|day| day.day).min();
    let left_censored = first_known.is_some_and(|first| first >= from);
    let periods = known_periods(window.periods()?, first_known)?;
    let panel = panel(&days, &periods, from, to);
    let mut decomposed = decompose(&by_period(&panel, periods.len()), &periods);
    if let Some(first) = first_known {
        decomposed.extend(decompose_window(&days, window, first)?);
    }
    let known_net = days.iter().filter(|day| from <= day.day).map(|day| i128::from(day.known_net)).sum();
    // Where nearly every line is a day of a customer, they are as long as the lines.
    drop(days);

    let margins: Vec<Option<f64>> = profile.rows.iter().map(|row| row.margin).collect();
    let revenue: Vec<f64> = profile.rows.iter().map(|row| row.revenue).collect();
    let reps = profile.has_reps.then(|| {
        let persons: Vec<_> = profile.rows.iter().map(|row| row.key_person.clone()).collect();
        let margins = profile.margin_basis.map(|_| &margins[..]);
        dependence(&persons, &revenue, margins, settings.key_person_share)
    });
    let measures = firm::measures(&totals, &profile, reps.as_deref())?;
    let preferences = segments::preferences(&base, &profile, settings)?;

    // First periods of purchase: where it was, or that it was before the window.
    let period_of = |day: i32| if day < from { Some(periods.len()) } else { place(&periods, day) };
    let cohort_of: Vec<Option<usize>> = base.first_day.iter().map(|day| day.and_then(period_of)).collect();
    let cohorts = (periods.len() <= MOST_COHORTS).then(|| {
        // Prospects are no cohort yet.
        let mut cohorts = Cohorts::new(&panel, &cohort_of, periods.len());
        cohorts.sizes[periods.len() + 1] -= profile.rows.iter().filter(|row| row.prospect).count();
        cohorts
    });
    let pairs = cohorts.as_ref().map(|cohorts| cohorts.pairs(&periods)).unwrap_or_default();
    section.findings = findings(&Sources {
        input,
        settings,
        profile: &profile,
        measures: &measures,
        periods: &periods,
        decomposed: &decomposed,
        pairs: &pairs,
        preferences: &preferences,
        dependence: reps.as_deref(),
        left_censored,
    });

    let known = (totals.lines - totals.anonymous_lines, totals.lines);
    let by_customer = Coverage::new(known, (totals.revenue - totals.anonymous, totals.revenue));
    let frame = customer_frame::to_frame(&base.ids, &profile.rows)?;
    let about = "One row per customer, ascending by id: level, risk, preferences and habits over the look-back";
    let mut customers = ResultTable::new("profile_customer", about, frame, customer_frame::CUSTOMER_COLUMNS)?
        .with_coverage(by_customer);
    if base.len() < settings.min_n {
        customers = customers.with_flag(format!("low_support: {} customers", base.len()));
    }
    if let Some(basis) = profile.margin_basis {
        customers = customers.with_flag(format!("margin: {basis}"));
    }
    section.tables.push(customers);
    let net_zero = net_zero.table.map(|table| section.tables.push(table));
    section.gaps.extend(net_zero.err());

    if preferences.is_empty() {
        section.gaps.push(Gap::new(
            "profile_segment_index",
            segment_needs(input, settings),
            "no attribute of customers, category, channel or place tells two groups of customers apart",
        ));
    } else {
        let frame = segments::to_frame(&preferences)?;
        let about = "One row per segment, attribute and level, levels by their share of the base: what segments prefer";
        let columns = segments::PREFERENCE_COLUMNS;
        section.tables.push(ResultTable::new("profile_segment_index", about, frame, columns)?);
    }

    let about = "One row per measure of the firm over the window: concentration, dependence, coverage";
    let frame = firm::to_frame(&measures)?;
    section.tables.push(ResultTable::new("profile_firm", about, frame, firm::FIRM_COLUMNS)?.with_coverage(by_customer));
    match &reps {
        Some(reps) if reps.is_empty() => {
            let reason = "no representative sold to or spoke with a known customer";
            section.gaps.push(Gap::new("key_person", [], reason));
        }
        Some(reps) => {
            let about = "One row per representative, the greatest revenue at risk first: who depends on them";
            let table = ResultTable::new("key_person", about, people::to_frame(reps)?, people::KEY_PERSON_COLUMNS)?;
            let basis = profile.margin_basis.map(|basis| format!("margin: {basis}"));
            section.tables.push(basis.into_iter().fold(table, ResultTable::with_flag));
        }
        None => section.gaps.push(Gap::new(
            "key_person",
            [Need::column("transactions", "rep_id"), Need::column("interactions", "rep_id")],
            "neither sales nor contacts name a representative",
        )),
    }

    let about =
        "One row per period, and for the window and the one before: the four factors of profit and their changes";
    let frame = lens_frames::decomposition(&decomposed)?;
    let mut table = ResultTable::new("lens_decomposition", about, frame, lens_frames::DECOMPOSITION_COLUMNS)?
        .with_coverage(by_customer);
    let customers_revenue = totals.revenue - totals.anonymous;
    if lines.has("cost") {
        let share = super::base::money(known_net) / customers_revenue;
        if share.is_nan() || share < settings.min_coverage {
            table = table.with_flag(format!("low_support: cost is known of {:.0} % of revenue", 100.0 * share));
        }
    }
    section.tables.push(table);

    let active = || profile.rows.iter().filter(|row| row.orders > 0);
    let spend: Vec<f64> = active().map(|row| row.revenue).collect();
    let earned: Vec<f64> = active().filter_map(|row| row.margin).collect();
    let tenths: Vec<_> = [("spend", spend), ("margin", earned)]
        .into_iter()
        .map(|(measure, amounts)| Ok(deciles(&amounts)?.into_iter().map(move |decile| (measure, decile))))
        .collect::<Result<Vec<_>, ProfileError>>()?
        .into_iter()
        .flatten()
        .collect();
    if tenths.is_empty() {
        section.gaps.push(Gap::new("lens_decile", [], "no known customer bought in the window"));
    } else {
        let about = "One row per measure and tenth of the customers with an order in the window, the best first";
        let frame = lens_frames::deciles(&tenths)?;
        section.tables.push(ResultTable::new("lens_decile", about, frame, lens_frames::DECILE_COLUMNS)?);
    }

    let moved: Vec<_> = overlaps(&panel, periods.len(), &cohort_of)
        .into_iter()
        .enumerate()
        .skip(1)
        .filter(|(period, _)| !periods[*period].is_partial && !periods[period - 1].is_partial)
        .flat_map(|(period, moves)| {
            let [now, before] = [period, period - 1].map(|at| periods[at].start.days_since_epoch());
            moves.into_iter().map(move |(how, moved)| (now, before, how, moved))
        })
        .collect();
    if moved.is_empty() {
        let reason = "the window holds no two whole periods in a row: choose a finer grain or a longer window";
        section.gaps.push(Gap::new("lens_overlap", [], reason));
    } else {
        let about = "One row per pair of neighbouring whole periods and way to move: who came, stayed and went";
        let frame = lens_frames::overlap(&moved)?;
        section.tables.push(ResultTable::new("lens_overlap", about, frame, lens_frames::OVERLAP_COLUMNS)?);
    }

    match &cohorts {
        Some(cohorts) => {
            let about = "One row per cohort and period: all cohorts of a period add up to the base";
            let frame = lens_frames::cohorts(cohorts, &periods)?;
            if frame.height() == 0 {
                section.gaps.push(Gap::new("lens_cohort", [], "nobody is known by the day of observation"));
            } else {
                let mut table = ResultTable::new("lens_cohort", about, frame, lens_frames::COHORT_COLUMNS)?;
                if left_censored {
                    table = table
                        .with_flag("left_censored: the data begin in the window, first cohorts hold old customers");
                }
                section.tables.push(table);
            }
            if pairs.is_empty() {
                let reason = "no two cohorts in a row were won in whole periods";
                section.gaps.push(Gap::new("lens_cohort_pair", [], reason));
            } else {
                let about = "One row per cohort beside the one before it, through the greatest age both have lived";
                let frame = lens_frames::pairs(pairs, &periods)?;
                section.tables.push(ResultTable::new("lens_cohort_pair", about, frame, lens_frames::PAIR_COLUMNS)?);
            }
        }
        None => {
            let reason = format!("{} periods are too many for cohorts: choose a coarser grain", periods.len());
            section.gaps.push(Gap::new("lens_cohort", [], reason));
        }
    }
    section.gaps.extend(column_gaps(input, &lines));
    Ok(section)
}

/// A period in which the data begin is as partial as one in which the window does.
fn known_periods(mut periods: Vec<Period>, first: Option<i32>) -> Result<Vec<Period>, ProfileError> {
    if let Some(first) = first.map(Date::from_days_since_epoch).transpose()? {
        periods.iter_mut().for_each(|period| period.is_partial |= period.start < first);
    }
    Ok(periods)
}

fn segment_needs(input: &ProfileInput<'_>, settings: &ProfilingSettings) -> Vec<Need> {
    let mut needs = Vec::new();
    if settings.segment_by != SegmentBy::Rfm && input.scores.is_none() {
        needs.push(Need::table("scores"));
    }
    needs.extend([Need::column("products", "category"), Need::column("transactions", "channel")]);
    needs.push(Need::table("customers"));
    needs
}

/// Columns of `profile_customer` that are null of everybody, and why.
fn column_gaps(input: &ProfileInput<'_>, lines: &Lines) -> Vec<Gap> {
    let transactions = input.tables.transactions();
    let has = |role: &str| transactions.has(role);
    let customers = "profile_customer";
    let mut gaps = Vec::new();
    let mut gap = |missing: bool, needs: &[Need], reason: &str| {
        if missing {
            gaps.push(Gap::new(customers, needs.to_vec(), reason));
        }
    };
    gap(
        !lines.has("category"),
        &[Need::column("transactions", "product_id"), Need::column("products", "category")],
        "without categories of products nobody's preferences are known",
    );
    gap(!has("channel"), &[Need::column("transactions", "channel")], "no line says by which channel it was sold");
    gap(!has("place_id"), &[Need::column("transactions", "place_id")], "no line says where it was sold");
    gap(!has("is_promo"), &[Need::column("transactions", "is_promo")], "no line says whether it was on promotion");
    gap(
        !has("list_amount") && !has("discount"),
        &[Need::column("transactions", "list_amount")],
        "without list amounts or discounts no mean discount is known",
    );
    gap(!has("quantity"), &[Need::column("transactions", "quantity")], "without quantities no units are known");
    gap(
        input.profits.is_none() && !lines.has("cost") && !input.scores.is_some_and(|scores| scores.has("cm2")),
        &[Need::column("products", "unit_cost")],
        "without costs nobody's margin is known",
    );
    gap(
        !input.tables.payments().is_some_and(|payments| payments.has("paid_at")),
        &[Need::column("payments", "paid_at")],
        "without invoices and their payment no credit risk is known",
    );
    gap(
        !input.scores.is_some_and(|scores| scores.has("p_alive")),
        &[Need::column("scores", "p_alive")],
        "without a lifetime model nobody's probability to be a customer still is known",
    );
    gap(
        !input.scores.is_some_and(|scores| scores.has("grade")),
        &[Need::column("scores", "grade")],
        "nobody has a grade",
    );
    gap(true, &[], "times of day are not kept");
    gap(input.tables.customers().is_none(), &[Need::table("customers")], "who never bought is not known");
    gaps
}
