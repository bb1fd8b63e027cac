//! A base of buyers: models fitted at one date, and what they are worth.

use std::collections::HashSet;
use std::fmt::Write;

use emptor::lifetime::validation::Criterion;
use emptor::prelude::*;
use emptor::types::Invalid;
use emptor::value::equity::{AcquisitionPlan, BaseSnapshot, EquityModel, Relationship};
use emptor::value::portfolio::{MatrixCuts, ValueMatrix};
use emptor::value::uncertainty::{ParameterUncertainty, ValueRange};
use emptor::value::{FirstPayment, ModelValuation, ValueError, Valued};

use super::ranges::Ranges;
use super::{
    Bridge, Concentration, Dynamic, EquityArgs, EquityResults, EquityTables, LeverTables, Margins, PartRow, year_before,
};
use crate::ExampleError;
use crate::text::{count, money, number, whole};

/// From this probability to be alive on somebody counts as a customer.
const ALIVE: f64 = 0.5;
const MONTHS: f64 = 12.0;

/// Customers who bought until a day, with the models of what they did until then.
#[derive(Debug)]
pub struct PurchaseBase {
    /// Their histories.
    pub history: PurchaseHistory,
    /// The model of purchases.
    pub purchases: FittedPurchaseModel,
    /// The model of spend.
    pub spend: FittedGammaGamma,
    /// Their margins.
    pub margins: Margins,
    ids: Vec<String>,
    convention: LifetimeValue,
    potential: Option<(Vec<f64>, String)>,
}

/// How parameters may be off, or why that is not known.
type Parameters = Result<ParameterUncertainty, ValueError>;

impl PurchaseBase {
    /// Fits the models to what was bought until a day; of several kinds the best by BIC is taken.
    ///
    /// # Errors
    /// If nobody had bought, or a model cannot be fitted.
    pub fn fit(
        tables: &EquityTables,
        ledger: &PurchaseLedger,
        as_of: Date,
        kinds: &[PurchaseModelKind],
        assumed: &EquityArgs,
    ) -> Result<Self, ExampleError> {
        let history = PurchaseHistory::from_ledger(ledger, HistoryOptions::new(as_of, TimeUnit::Week))?;
        let view = history.view()?;
        let settings = FamilySettings { accept_boundary: true, ..FamilySettings::default() };
        let purchases = select(kinds, &view, &settings, Criterion::Bic, None)?.best()?.clone();
        let spend = GammaGamma::builder().accept_boundary(true).build()?.fit(&view)?;
        let ids: Vec<String> = history.customers().iter().map(|id| id.str_value().into_owned()).collect();
        let margins = Margins::of(tables, assumed.margin, &ids, as_of)?;
        let potential = tables.potential(&ids, &vec![margins.base; ids.len()], as_of)?;
        Ok(Self { history, purchases, spend, margins, ids, convention: assumed.convention()?, potential })
    }

    /// Values the base, and compares it with an earlier one.
    ///
    /// # Errors
    /// If a model cannot answer.
    pub fn equity(
        &self,
        tables: &EquityTables,
        ledger: &PurchaseLedger,
        before: Result<Self, ExampleError>,
        assumed: &EquityArgs,
    ) -> Result<EquityResults, ExampleError> {
        let ranges = Ranges::new(assumed)?;
        let view = self.history.view()?;
        let valuation = self.valuation(&view)?;
        let Valued { values, flows, .. } = valuation.compute()?;
        let total = values.total();
        let by = |labels: &[String]| self.parameters(labels, |p, s| Ok(valuation.by(p, s).compute()?.values.total()));

        let whole = by(&[]);
        let current = self.range_of_current(&ranges)?;
        let mut equity = vec![("current", current)];
        if self.potential.is_some() {
            let of = |p: &_, s: &_| Ok(valuation.by(p, s).compute()?.values.potential().to_vec());
            equity.push(("potential", ranges.total(values.potential(), &self.parameters(&[], of))?));
            equity.push(("total", ranges.total(&total, &whole)?));
        }

        let potential = self.potential.as_ref().map(|_| values.potential().to_vec());
        let cohorts = self.cohorts()?;
        let mut parts = Vec::new();
        let labelled = [
            ("cohort", Some(cohorts.clone())),
            ("segment", tables.attribute("segment", &self.ids)?),
            ("channel", tables.attribute("acq_channel", &self.ids)?),
        ];
        for (name, labels) in labelled.into_iter().filter_map(|(name, labels)| Some((name, labels?))) {
            let of_parts = ranges.parts(&total, &labels, &by(&labels))?;
            parts.extend(PartRow::rows(name, &labels, values.current(), potential.as_deref(), of_parts));
        }

        let plan = Plan::new(self, tables, assumed)?;
        let highest = RetentionRate::new(self.highest_retention()?, self.convention.period())?;
        let existing = Relationship::of_base(&flows, FirstPayment::AtRisk).with_retention(highest)?;
        let won = plan.cohorts(&self.newcomer(&self.purchases, &self.spend)?.with_retention(highest)?)?;
        let levers = LeverTables::new(self.convention.rate(), highest, existing, won)?;
        let dynamic = self.dynamic(&levers, &plan, &total, &ranges)?;

        let revenue: Vec<f64> = ledger.until(self.history.as_of())?.spend(self.history.as_of());
        let bridge = before.and_then(|before| before.bridge_to(self, ledger, &ranges));
        let matrix = match &potential {
            Some(potential) => Some(ValueMatrix::new(values.current(), potential, MatrixCuts::Medians)?),
            None => None,
        };
        Ok(EquityResults {
            about: self.about(tables),
            convention: self.convention.to_string(),
            level: ranges.level,
            concentration: vec![
                Concentration::new("revenue so far", &revenue)?,
                Concentration::new("value to come", &total)?,
            ],
            intervals: whole.ok().map(|known| known.customers(ranges.level)),
            customers: self.ids.clone(),
            cohorts: Some(cohorts),
            current: values.current().to_vec(),
            potential,
            equity,
            parts,
            dynamic,
            levers,
            bridge: bridge.map_err(|error| error.to_string()),
            matrix,
        })
    }

    fn valuation<'a>(&'a self, view: &HistoryView<'a>) -> Result<ModelValuation<'a, FittedPurchaseModel>, Invalid> {
        let valuation = ModelValuation::new(&self.purchases, &self.spend, view, &self.convention, &self.margins.rates)?;
        match &self.potential {
            Some((potential, _)) => valuation.with_potential(potential),
            None => Ok(valuation),
        }
    }

    /// The range of what current relationships are worth.
    fn range_of_current(&self, ranges: &Ranges) -> Result<ValueRange, ExampleError> {
        let view = self.history.view()?;
        let valuation = self.valuation(&view)?;
        let of = |p: &_, s: &_| Ok(valuation.by(p, s).compute()?.values.current().to_vec());
        ranges.total(valuation.compute()?.values.current(), &self.parameters(&[], of))
    }

    fn parameters(
        &self,
        labels: &[String],
        value: impl Fn(&FittedPurchaseModel, &FittedGammaGamma) -> Result<Vec<f64>, ValueError>,
    ) -> Parameters {
        ParameterUncertainty::of_both_by(&self.purchases, &self.spend, labels, value)?
            .learned_from(&[&self.purchases, &self.spend], &self.history.view()?)
    }

    /// The year of the first purchase; the month, if all fell into one year.
    fn cohorts(&self) -> Result<Vec<String>, ExampleError> {
        let day = |days: &i32| Ok(Date::from_days_since_epoch(*days)?.year_month());
        let first = self.history.first_purchase().iter().map(day).collect::<Result<Vec<_>, ExampleError>>()?;
        let one_year = first.windows(2).all(|pair| pair[0].0 == pair[1].0);
        let name = |(year, month): &(i32, i32)| if one_year { format!("{year}-{month:02}") } else { year.to_string() };
        Ok(first.iter().map(name).collect())
    }

    /// A customer of whom nothing is known but the first purchase, which falls into the first period.
    fn newcomer(&self, purchases: &FittedPurchaseModel, spend: &FittedGammaGamma) -> Result<Relationship, ValueError> {
        let convention = &self.convention;
        let per_purchase = self.margins.base * spend.expected_spend_of(0.0, f64::NAN)?;
        let life = convention.horizon().in_units(convention.period());
        let (mut profits, mut before) = (Vec::new(), -1.0);
        for t in 1..=convention.periods() {
            let so_far = purchases.expected_purchases_new_customer(Horizon::new(t as f64, convention.period())?)?;
            profits.push((life - (t - 1) as f64).min(1.0) * per_purchase * (so_far - before));
            before = so_far;
        }
        Ok(Relationship::stream(profits, FirstPayment::Certain, convention.timing(), convention.period())?)
    }

    fn times(&self) -> Vec<f64> {
        let length = self.purchases.unit().per_year() / self.convention.period().per_year();
        (1..=self.convention.periods()).map(|t| t as f64 * length).collect()
    }

    /// The largest ratio of customers expected to be alive from one period to the next, also of new ones.
    fn highest_retention(&self) -> Result<f64, ExampleError> {
        let new = HistoryView::new(&[0.0], &[0.0], &[0.0], None, self.history.unit())?.with_sum_ln_gaps(&[0.0])?;
        let mut highest: f64 = 0.0;
        for view in [self.history.view()?, new] {
            let mut alive: Vec<f64> = vec![self.purchases.p_alive(&view)?.iter().sum()];
            let later = self.purchases.p_alive_schedule(&view, &self.times())?;
            alive.extend(later.iter().map(|column| column.iter().sum::<f64>()));
            highest = alive.windows(2).map(|pair| pair[1] / pair[0]).fold(highest, f64::max);
        }
        Ok(highest.min(1.0))
    }

    /// What is planned is no part of the range: added to every customer alike, it leaves the draw as it is.
    fn dynamic(
        &self,
        levers: &LeverTables,
        plan: &Plan,
        total: &[f64],
        ranges: &Ranges,
    ) -> Result<Dynamic, ExampleError> {
        let value = levers.model.total();
        let view = self.history.view()?;
        let valuation = self.valuation(&view)?;
        let with_future = |values: &[f64], future: f64| -> Vec<f64> {
            values.iter().map(|value| value + future / values.len() as f64).collect()
        };
        let future = |p: &FittedPurchaseModel, s: &FittedGammaGamma| -> Result<f64, ValueError> {
            let cohorts = plan.cohorts(&self.newcomer(p, s)?)?;
            let empty = EquityModel::new(self.convention.rate(), self.convention.period());
            Ok(empty.with_part("new", Relationship::nobody(), Some(cohorts))?.total().future)
        };
        let of = |p: &_, s: &_| Ok(with_future(&valuation.by(p, s).compute()?.values.total(), future(p, s)?));
        let range = ranges.total(&with_future(total, value.future), &self.parameters(&[], of))?;
        let future = ParameterUncertainty::of_both(&self.purchases, &self.spend, |p, s| Ok(vec![future(p, s)?]));
        let future = future.and_then(|known| known.total(ranges.level)).ok().filter(|_| value.new_customers > 0.0);
        Ok(Dynamic { value, range, future, plan: plan.about.clone() })
    }

    /// The base as a bridge takes it: margin per purchase × expected purchases; and who counts as a customer.
    fn snapshot(&self) -> Result<(BaseSnapshot<String>, Vec<bool>), ExampleError> {
        let view = self.history.view()?;
        let spend = self.spend.expected_spend(&view)?;
        let margin = spend.iter().zip(&self.margins.rates).map(|(spend, rate)| spend * rate).collect();
        let schedule = self.purchases.expected_purchases_schedule(&view, &self.times())?;
        let of = |row: usize| {
            let mut before = 0.0;
            let step = move |column: &Vec<f64>| column[row] - std::mem::replace(&mut before, column[row]);
            schedule.iter().map(step)
        };
        let weights = (0..self.ids.len()).flat_map(of).collect();
        let alive = self.purchases.p_alive(&view)?.iter().map(|p| *p >= ALIVE).collect();
        Ok((BaseSnapshot::weighted(self.convention, self.ids.clone(), margin, weights)?, alive))
    }

    /// What the models expected of these customers until another day, and what came.
    fn check(&self, ledger: &PurchaseLedger, until: Date, range: &ValueRange) -> Result<String, ExampleError> {
        let (view, from) = (self.history.view()?, self.history.as_of());
        let days = f64::from(until.days_since_epoch() - from.days_since_epoch());
        let purchases = self.purchases.expected_purchases(&view, Horizon::days(days)?)?;
        let spend = self.spend.expected_spend(&view)?;
        let expected: f64 = purchases.iter().zip(&spend).map(|(count, money)| count * money).sum();
        let known: HashSet<&str> = self.ids.iter().map(String::as_str).collect();
        let money = ledger.spend(from).into_iter().zip(ledger.spend(until));
        let of_known = ledger.customers().iter().zip(money).filter(|(id, _)| known.contains(&*id.str_value()));
        let came: f64 = of_known.map(|(_, (before, after))| after - before).sum();
        let off = expected / came - 1.0;
        let mut text = format!(
            "Check: on {from} the models expected revenue of {} until {until} from the {} customers of then; {} came",
            whole(expected),
            count(self.ids.len()),
            whole(came)
        );
        if came > 0.0 {
            let _ = write!(text, ", so that they were {:+.1} % off", 100.0 * off);
            let allowed = 0.5 * (range.high() - range.low()) / range.value();
            if off.abs() > allowed {
                text.push_str(".\nCAUTION: that is more than the range of then allows for; ranges cover no wrong model and no change of the market");
            }
        }
        Ok(text)
    }

    fn bridge_to(&self, after: &Self, ledger: &PurchaseLedger, ranges: &Ranges) -> Result<Bridge, ExampleError> {
        let of_current = [self.range_of_current(ranges)?, after.range_of_current(ranges)?];
        let labels = [self.history.as_of().to_string(), after.history.as_of().to_string()];
        let notes = vec![
            format!("Both dates by {} and Gamma-Gamma, each fitted to what was known on the day", self.purchases.name()),
            "Customers whose P(alive) is below one half count as gone, new ones, too: lost when it falls below, regained the other way.".to_owned(),
            "Lost customers count with what they were worth before, regained and new ones with what they are worth after".to_owned(),
            "Margin: expected spend per purchase × margin rate. Activity: expected purchases. Current profit only".to_owned(),
            self.check(ledger, after.history.as_of(), &of_current[0])?,
        ];
        Bridge::between(labels, [self.snapshot()?, after.snapshot()?], of_current, "activity", notes)
    }

    fn about(&self, tables: &EquityTables) -> Vec<String> {
        let quality = tables.transactions.quality();
        let mut about = vec![
            format!(
                "{} lines; {} customers who bought until {}",
                count(quality.accepted),
                count(self.ids.len()),
                self.history.as_of()
            ),
            format!("Models: {} for purchases, Gamma-Gamma for spend", self.purchases.name()),
            self.margins.about.clone(),
        ];
        about.extend(self.potential.as_ref().map(|(_, about)| about.clone()));
        about
    }
}

/// Customers to be won, the same number in every period.
struct Plan {
    won: Vec<f64>,
    cost: f64,
    about: String,
}

impl Plan {
    fn new(base: &PurchaseBase, tables: &EquityTables, assumed: &EquityArgs) -> Result<Self, ExampleError> {
        let since = year_before(base.history.as_of())?.days_since_epoch();
        let first = base.history.first_purchase();
        let new: Vec<&String> = base.ids.iter().zip(first).filter(|(_, day)| **day > since).map(|(id, _)| id).collect();
        let (monthly, of) = match assumed.new_customers {
            Some(given) => (given, "as given".to_owned()),
            None => (new.len() as f64 / MONTHS, format!("as in the last year, {} in all", count(new.len()))),
        };
        let (cost, from) = match (assumed.acquisition_cost, tables.mean_acquisition_cost(&new)?) {
            (Some(given), _) => (given, "as given"),
            (None, Some(mean)) => (mean, "the mean of those won in the last year"),
            (None, None) => (0.0, "no cost is known (give --acquisition-cost)"),
        };
        let about = if monthly > 0.0 {
            format!(
                "{} customers a month for {} ({of}); each costs {} ({from}) and counts for {} from the day they are won",
                number(Some(monthly), 1),
                assumed.horizon,
                money(cost),
                assumed.horizon
            )
        } else {
            format!("nobody is won ({of}); --new-customers says otherwise")
        };
        Ok(Self { won: vec![monthly; base.convention.periods()], cost, about })
    }

    fn cohorts(&self, customer: &Relationship) -> Result<AcquisitionPlan, Invalid> {
        AcquisitionPlan::steady(Timing::Middle, &self.won, self.cost, customer)
    }
}
