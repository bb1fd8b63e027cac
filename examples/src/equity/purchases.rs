//! A base of buyers: models fitted at one date, and what they are worth.

use emptor::lifetime::validation::Criterion;
use emptor::prelude::*;
use emptor::types::Invalid;
use emptor::value::equity::Relationship;
use emptor::value::portfolio::{MatrixCuts, ValueMatrix};
use emptor::value::uncertainty::{ParameterUncertainty, ValueRange};
use emptor::value::{FirstPayment, ModelValuation, ValueError, Valued};

use super::plan::Plan;
use super::ranges::Ranges;
use super::{Concentration, EquityArgs, EquityResults, EquityTables, LeverTables, Margins, PartRow};
use crate::ExampleError;
use crate::text::count;

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
    pub(super) ids: Vec<String>,
    pub(super) convention: LifetimeValue,
    potential: Option<(Vec<f64>, String)>,
}

/// How parameters may be off, or why that is not known.
pub(super) type Parameters = Result<ParameterUncertainty, ValueError>;

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
        let earned = self.margins.earned.as_ref();
        let mut concentration = vec![Concentration::new("revenue so far", &revenue)?];
        if let Some(earned) = earned {
            concentration.push(Concentration::new("contribution so far", &earned.contribution)?);
        }
        concentration.push(Concentration::new("value to come", &total)?);
        Ok(EquityResults {
            about: self.about(tables),
            convention: self.convention.to_string(),
            level: ranges.level,
            earned: earned.map(|earned| (earned.ladder.clone(), earned.check.clone())),
            concentration,
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

    pub(super) fn valuation<'a>(
        &'a self,
        view: &HistoryView<'a>,
    ) -> Result<ModelValuation<'a, FittedPurchaseModel>, Invalid> {
        let valuation = ModelValuation::new(&self.purchases, &self.spend, view, &self.convention, &self.margins.rates)?;
        match &self.potential {
            Some((potential, _)) => valuation.with_potential(potential),
            None => Ok(valuation),
        }
    }

    /// The range of what current relationships are worth.
    pub(super) fn range_of_current(&self, ranges: &Ranges) -> Result<ValueRange, ExampleError> {
        let view = self.history.view()?;
        let valuation = self.valuation(&view)?;
        let of = |p: &_, s: &_| Ok(valuation.by(p, s).compute()?.values.current().to_vec());
        ranges.total(valuation.compute()?.values.current(), &self.parameters(&[], of))
    }

    pub(super) fn parameters(
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

    /// The ends of periods to come, in the models' unit.
    pub(super) fn times(&self) -> Vec<f64> {
        let length = self.purchases.unit().per_year() / self.convention.period().per_year();
        (1..=self.convention.periods()).map(|t| t as f64 * length).collect()
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
