//! The run.

use emptor_lifetime::{GammaGamma, Interval};
use emptor_rfm::{PurchaseHistory, PurchaseLedger, RfmScores, RfmTable, Segment};
use emptor_table::Tables;
use emptor_types::{Date, ExactSum, Fit, Progress, ProgressFn, silent};
use polars::prelude::{
    Column, DataFrame, DataType, IntoColumn, IntoLazy, JoinArgs, JoinCoalesce, JoinType, LazyFrame, NamedFrom, Series,
    SortMultipleOptions, col, lit, when,
};

use super::error::AnalysisError;
use super::indicators::Indicators;
use super::input::AnalysisInput;
use super::outlook::{Ground, Outlook};
use super::parts::{grade_rows, labels, segment_rows};
use super::pipeline::PipelineValue;
use super::ranges::Ranges;
use super::results::{AnalysisResults, Models, Reconciliation};
use super::settings::Analysis;
use super::wallet::WalletValue;
use crate::grade::{Grader, Grades, GradingData, InformationGroup, OrderBy};
use crate::value::{CustomerEquity, LifetimeValues, ModelValuation, Scores, Scoring, Valued};

const STAGES: usize = 8;

impl Analysis {
    /// Runs everything.
    ///
    /// # Errors
    /// The first stage that cannot go on, with its reason; see [`AnalysisError`].
    pub fn run<'a>(&self, input: impl Into<AnalysisInput<'a>>) -> Result<AnalysisResults, AnalysisError> {
        self.run_with_progress(input, &silent)
    }

    /// Runs everything, and reports progress before every stage.
    ///
    /// # Errors
    /// The first stage that cannot go on, with its reason, or [`AnalysisError::Cancelled`] if the callback says so; see
    /// [`AnalysisError`].
    pub fn run_with_progress<'a>(
        &self,
        input: impl Into<AnalysisInput<'a>>,
        progress: &ProgressFn<'_>,
    ) -> Result<AnalysisResults, AnalysisError> {
        let input = input.into();
        let as_of = self.history.as_of();
        let tables = &input.tables.known_by(as_of);
        let input = AnalysisInput { tables, ..input };
        Progress::new("collecting purchases", 0, STAGES).tell(progress)?;
        let all = PurchaseLedger::collect(tables.transactions())?;
        // Customers who came later are not there yet.
        let ledger = all.until(as_of)?;
        let rfm = RfmTable::from_ledger(&ledger, as_of)?;
        let rfm_scores = rfm.score(&self.scores)?;
        let history = PurchaseHistory::from_ledger(&all, self.history)?;

        Progress::new("fitting the purchase model", 1, STAGES).tell(progress)?;
        let view = history.view()?;
        let selection = self.purchase_model.fit(&view, self.penalty).map_err(AnalysisError::PurchaseModel)?;
        let purchases = selection.best().map_err(AnalysisError::PurchaseModel)?.clone();
        Progress::new("fitting the spend model", 2, STAGES).tell(progress)?;
        let fit = |spec: GammaGamma| spec.fit(&view);
        let spend = GammaGamma::builder()
            .penalty(self.penalty)
            .accept_boundary(true)
            .build()
            .and_then(fit)
            .map_err(AnalysisError::SpendModel)?;

        Progress::new("valuing customers", 3, STAGES).tell(progress)?;
        let margins = self.margin.resolve(input, ledger.customers(), as_of)?;
        let scores = Scoring::over(self.convention.horizon()).expected_spend(&spend).score(&purchases, &history)?;
        let period = self.convention.period();
        let potential = input.potential.map(|p| p.align(history.customers(), period)).transpose()?;
        let place = places(ledger.customers(), history.customers());
        let mut margin = vec![margins.rate; history.len()];
        for (row, rate) in place.iter().zip(&margins.rates) {
            if let Some(row) = *row {
                margin[row] = *rate;
            }
        }
        let (potential, potential_unmatched) = match potential {
            Some((per_period, unmatched)) => (Some(per_period), unmatched),
            None => (None, 0),
        };
        let wallets = input
            .capture
            .map(|capture| WalletValue::of(tables, capture, (as_of, period), (history.customers(), &margin)))
            .transpose()?;
        let (wallets, elsewhere) = wallets.unzip();
        let potential = match (potential, elsewhere) {
            (Some(given), Some(gap)) => Some(given.iter().zip(&gap).map(|(a, b)| a + b).collect()),
            (given, gap) => given.or(gap),
        };
        let mut valuation = ModelValuation::new(&purchases, &spend, &view, &self.convention, &margin)?;
        if let Some(per_period) = &potential {
            valuation = valuation.with_potential(per_period)?;
        }
        let deals = input
            .pipeline
            .map(|method| {
                let customers = (history.customers(), margin.as_slice());
                PipelineValue::of(tables, method, &self.convention, as_of, self.seed, customers)
            })
            .transpose()?;
        if let Some((_, component)) = &deals {
            valuation = valuation.with_component(component)?;
        }
        let Valued { values, flows } = valuation.compute()?;
        let equity = CustomerEquity::new(&values);

        Progress::new("grading", 4, STAGES).tell(progress)?;
        let total = spread(&values.total(), &place);
        let indicators = Indicators::gather(tables, &rfm, margins.own)?;
        let columns = indicators.columns();
        let data = GradingData::new(&columns)?.with_ranking("ltv_total", &total)?;
        let grader = Grader::builder()
            .standard(indicators.standard(&self.standard)?)
            .grades(self.grades)
            .starts(self.starts)
            .seed(self.seed)
            // What customers are worth decides which class is the best; the summary tells whether scores say otherwise.
            .ordered_by(OrderBy::Ranking)
            .build()?
            .fit(&data)?;
        let grades = grader.grade(&data)?;

        Progress::new("finding ranges", 5, STAGES).tell(progress)?;
        let labels = labels(&grades, &rfm_scores, &place, history.len());
        let ranges = Ranges::of(&valuation, (&purchases, &spend), &view, &labels, self.level, self.seed)?;

        Progress::new("assembling results", 6, STAGES).tell(progress)?;
        let mut customers = assemble(
            (&rfm, &rfm_scores),
            &history,
            &Found { scores: &scores, margin: &margin, values: &values, ranges: &ranges },
            &grades,
            &place,
        )?;
        let outlook = match &self.outlook {
            None => None,
            Some(settings) => {
                Progress::new("looking ahead", 7, STAGES).tell(progress)?;
                let known = customers.clone().lazy().select([
                    col("customer_id"),
                    col("rfm_segment").cast(DataType::String).alias("segment"),
                    col("grade"),
                ]);
                let ground = Ground {
                    tables,
                    purchases: &purchases,
                    history: &history,
                    grades: &labels.grade,
                    labels: &known.collect()?,
                    as_of,
                    seed: self.seed,
                };
                Some(Outlook::of(&ground, settings)?)
            }
        };
        if let Some(table) = tables.customers() {
            customers = join_attributes(customers, table.rows(), as_of)?;
        }
        let prospects = customers.height() - rfm.len();
        let results = AnalysisResults {
            customers,
            grades: grade_rows(&grades, &total, equity.total(), prospects, &ranges),
            segments: segment_rows(&rfm_scores, rfm.spend(), &total, equity.total(), prospects, &ranges),
            as_of,
            equity,
            flows,
            range: ranges.total,
            rfm_cuts: rfm_scores.cuts(),
            rfm_scale: rfm_scores.scale().ok().flatten(),
            convention: self.convention,
            models: Models { purchases, comparison: selection.table(), spend, grader },
            pipeline: deals.map(|(pipeline, _)| pipeline),
            wallets,
            outlook,
            margin_rate: margins.rate,
            margin_basis: margins.basis,
            potential_unmatched,
            reconciliation: reconcile(tables, &all, &rfm),
            quality: tables.quality(),
        };
        // There is nothing left to be stopped.
        _ = progress(Progress::new("done", STAGES, STAGES));
        Ok(results)
    }
}

/// For each customer of the ledger, the row in the history. Both are ordered by id.
pub(super) fn places(all: &Series, some: &Series) -> Vec<Option<usize>> {
    let mut next = 0;
    let mut wanted = some.iter();
    let mut waiting = wanted.next();
    all.iter()
        .map(|id| {
            (waiting.as_ref() == Some(&id)).then(|| {
                waiting = wanted.next();
                next += 1;
                next - 1
            })
        })
        .collect()
}

/// A column of the history on the rows of the ledger, `NaN` where there is no history.
pub(super) fn spread(values: &[f64], place: &[Option<usize>]) -> Vec<f64> {
    place.iter().map(|row| row.map_or(f64::NAN, |row| values[row])).collect()
}

/// What was found out about every customer with a history.
struct Found<'a> {
    scores: &'a Scores,
    margin: &'a [f64],
    values: &'a LifetimeValues,
    ranges: &'a Ranges,
}

fn assemble(
    (rfm, rfm_scores): (&RfmTable, &RfmScores),
    history: &PurchaseHistory,
    found: &Found<'_>,
    grades: &Grades,
    place: &[Option<usize>],
) -> Result<DataFrame, AnalysisError> {
    let Found { scores, margin, values, ranges } = found;
    let known = |value: f64| Some(value).filter(|v| !v.is_nan());
    let from_history = |name: &str, values: &[f64]| {
        let column: Vec<Option<f64>> = spread(values, place).into_iter().map(known).collect();
        Series::new(name.into(), column).into_column()
    };
    let end = |of: fn(&Interval) -> f64| -> Vec<f64> {
        ranges.customers.as_ref().map_or_else(|| vec![f64::NAN; history.len()], |all| all.iter().map(of).collect())
    };
    let own = |name: &str, values: &[Option<f64>]| Series::new(name.into(), values).into_column();

    let mut columns: Vec<Column> = rfm.to_frame()?.columns().to_vec();
    let first: Vec<Option<i32>> = place.iter().map(|row| row.map(|row| history.first_purchase()[row])).collect();
    columns.insert(1, Series::new("first_purchase".into(), first).cast(&DataType::Date)?.into_column());
    columns.extend(rfm_scores.to_frame()?.columns().iter().skip(1).cloned());
    columns.extend([
        from_history("frequency", history.frequency()),
        from_history("recency", history.recency()),
        from_history("T", history.t()),
        from_history("monetary_value", history.monetary_value()),
        from_history("p_alive", &scores.p_alive),
        from_history("expected_purchases", &scores.expected_purchases),
        from_history("expected_spend", scores.expected_spend.as_deref().unwrap_or_default()),
        from_history("margin_rate", margin),
        from_history("ltv_current", values.current()),
        from_history("ltv_potential", values.potential()),
        from_history("ltv_total", &values.total()),
        from_history("ltv_low", &end(|interval| interval.low)),
        from_history("ltv_high", &end(|interval| interval.high)),
    ]);
    let letters: Vec<Option<String>> = grades.grade.iter().map(|g| g.map(|g| g.to_string())).collect();
    let reasons: Vec<Option<String>> = grades.ungraded.iter().map(|u| u.as_ref().map(ToString::to_string)).collect();
    columns.extend([
        Series::new("grade".into(), letters).into_column(),
        Series::new("ungraded_reason".into(), reasons).into_column(),
        own("composite", &grades.composite),
        own("distance", &grades.distance),
        own("distance_up", &grades.distance_up),
        own("distance_down", &grades.distance_down),
        own("margin", &grades.margin),
    ]);
    columns.extend(InformationGroup::ALL.map(|g| own(&format!("score_{}", g.name()), grades.group_score(g))));
    Ok(DataFrame::new(rfm.len(), columns)?)
}

/// Joins the customers table: attributes for those who bought, a row for those who did not and whose record is not of
/// a later day.
fn join_attributes(results: DataFrame, mut attributes: LazyFrame, as_of: Date) -> Result<DataFrame, AnalysisError> {
    let left = results.column("customer_id")?.dtype().clone();
    let right = attributes.collect_schema()?.get("customer_id").cloned().unwrap_or(DataType::Null);
    if left != right {
        return Err(AnalysisError::IdTypes {
            column: "customer_id",
            left_table: "transactions",
            left: left.to_string(),
            right_table: "customers",
            right: right.to_string(),
        });
    }
    let mut how = JoinArgs::new(JoinType::Full);
    how.coalesce = JoinCoalesce::CoalesceColumns;
    how.suffix = Some("_attribute".into());
    let dated = attributes.collect_schema()?.contains("created_at");
    let bought = col("spend").is_not_null();
    let there = if dated {
        let created = col("created_at").to_physical();
        bought.clone().or(created.lt_eq(lit(as_of.days_since_epoch())).fill_null(lit(true)))
    } else {
        lit(true)
    };
    let filled = |column: &str, text: &str| when(bought.clone()).then(col(column)).otherwise(lit(text)).alias(column);
    Ok(results
        .lazy()
        .join(attributes, [col("customer_id")], [col("customer_id")], how)
        .filter(there)
        .with_columns([filled("rfm_segment", Segment::NoPurchase.name()), filled("ungraded_reason", "no purchase yet")])
        .sort(["customer_id"], SortMultipleOptions::default())
        .collect()?)
}

fn reconcile(tables: &Tables, all: &PurchaseLedger, rfm: &RfmTable) -> Reconciliation {
    let quality = tables.transactions().quality();
    let counted = |name: &str| quality.fact(name).and_then(|fact| fact.amount).unwrap_or(0.0);
    let customers = rfm.spend().iter().copied().collect::<ExactSum>().value();
    Reconciliation {
        customers,
        later: all.money() - customers,
        unassigned: counted("lines without a customer"),
        void: counted("cancelled lines"),
        all: counted("all lines"),
    }
}
