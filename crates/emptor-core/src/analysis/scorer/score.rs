//! Scoring.

use emptor_lifetime::PurchaseModel;
use emptor_rfm::Segment;
use emptor_types::{Checks, HistoryView, Invalid};

use super::columns::{HISTORY, MONEY, PROFIT_MARGIN, PURCHASES, RFM};
use super::scored::{ScoredCustomers, Unscored};
use super::{Scorer, ScorerData, ScorerError};
use crate::grade::{Grades, GradingData};
use crate::value::ModelValuation;

impl Scorer {
    /// Scores every customer, in input order.
    ///
    /// What is asked of one customer does not depend on the others, nor on the number of threads: a base scored in parts has
    /// the same bits.
    ///
    /// # Errors
    /// [`ScorerError::Unit`] for another unit of time; [`ScorerError::UnknownColumns`] for a column that the scorer does not
    /// read; [`ScorerError::Invalid`] with every rule that values break; an error of a model that cannot answer.
    pub fn score(&self, data: &ScorerData<'_>) -> Result<ScoredCustomers, ScorerError> {
        if data.unit() != self.unit() {
            return Err(ScorerError::Unit { scorer: self.unit(), data: data.unit() });
        }
        let known: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        let unknown: Vec<String> = data.names().filter(|name| !known.contains(name)).map(str::to_owned).collect();
        if !unknown.is_empty() {
            return Err(ScorerError::UnknownColumns { unknown, known: known.into_iter().map(str::to_owned).collect() });
        }
        let history = History::read(data)?;
        let grades = self.grades(data)?;
        let customers = data.len();
        let mut scored = ScoredCustomers {
            p_alive: vec![None; customers],
            expected_purchases: vec![None; customers],
            expected_spend: vec![None; customers],
            ltv_current: vec![None; customers],
            unscored: history.unscored.clone(),
            rfm: vec![None; customers],
            segment: vec![None; customers],
            unsegmented: vec![None; customers],
            grades,
        };
        self.segments(data, &mut scored);
        if history.unscored.iter().any(Option::is_none) {
            self.value(data, &history, &mut scored)?;
        }
        Ok(scored)
    }

    /// Fills in what the models say.
    fn value(&self, data: &ScorerData<'_>, history: &History, scored: &mut ScoredCustomers) -> Result<(), ScorerError> {
        let (model, convention) = (&self.model, &self.model.convention);
        let stand_in = self.stand_in();
        let asked = history.where_known(&scored.unscored, stand_in);
        let view = asked.view(self)?;
        let alive = model.purchases.p_alive(&view)?;
        let purchases = model.purchases.expected_purchases(&view, convention.horizon())?;
        fill(&mut scored.p_alive, &alive, &scored.unscored);
        fill(&mut scored.expected_purchases, &purchases, &scored.unscored);

        let parameters = model.spend.parameters();
        for (row, why) in scored.unscored.iter_mut().enumerate() {
            let counts = if history.money[row].is_nan() { 0.0 } else { history.frequency[row] };
            let is_finite = parameters.p * counts + (parameters.q - 1.0) > 0.0;
            if why.is_none() && !is_finite {
                *why = Some(Unscored::NoMeanSpend);
            }
        }
        let asked = history.where_known(&scored.unscored, stand_in);
        let view = asked.view(self)?;
        let margins: Vec<f64> = match data.column(PROFIT_MARGIN) {
            Some(own) => own.iter().map(|&m| if m.is_nan() { model.margin.rate } else { m }).collect(),
            None => vec![model.margin.rate; data.len()],
        };
        let spend = model.spend.expected_spend(&view)?;
        let valued = ModelValuation::new(&model.purchases, &model.spend, &view, convention, &margins)?.compute()?;
        fill(&mut scored.expected_spend, &spend, &scored.unscored);
        fill(&mut scored.ltv_current, valued.values.current(), &scored.unscored);
        Ok(())
    }

    /// A customer whom all models can be asked about, in the place of one of whom too little is known: rows keep their
    /// numbers, and what is said of the stand-in is thrown away.
    fn stand_in(&self) -> f64 {
        let parameters = self.model.spend.parameters();
        ((1.0 - parameters.q) / parameters.p).max(0.0).ceil() + 1.0
    }

    /// RFM scores and segments. Only of whom no purchase is known it is said that there was none.
    fn segments(&self, data: &ScorerData<'_>, scored: &mut ScoredCustomers) {
        let Some(scale) = &self.model.rfm else { return scored.unsegmented.fill(Some(Unscored::NoCuts)) };
        let columns = RFM.map(|name| data.column(name));
        for row in 0..data.len() {
            let values = columns.map(|column| column.map_or(f64::NAN, |column| column[row]));
            let score = scale.score(values[0], values[1], values[2]);
            let has_not_bought = values[1] <= 0.0;
            scored.rfm[row] = score;
            scored.segment[row] = score.map(|score| score.segment).or(has_not_bought.then_some(Segment::NoPurchase));
            if scored.segment[row].is_none() {
                let unknown = RFM.into_iter().zip(values).find(|(_, value)| value.is_nan());
                scored.unsegmented[row] = unknown.map(|(name, _)| Unscored::Unknown(name));
            }
        }
    }

    fn grades(&self, data: &ScorerData<'_>) -> Result<Grades, ScorerError> {
        let unknown = vec![f64::NAN; data.len()];
        // Who has not bought is not graded for buying little.
        let orders: Option<Vec<f64>> = data
            .column(PURCHASES)
            .map(|orders| orders.iter().map(|&count| if count > 0.0 { count } else { f64::NAN }).collect());
        let indicators = self.model.grader.standard().indicators().iter().map(|fitted| fitted.indicator.name());
        let own = |name: &str| if name == PURCHASES { orders.as_deref() } else { data.column(name) };
        let columns: Vec<(&str, &[f64])> = indicators.map(|name| (name, own(name).unwrap_or(&unknown))).collect();
        Ok(self.model.grader.grade(&GradingData::new(&columns)?)?)
    }
}

/// Purchase histories with their unknowns, `NaN`.
struct History {
    frequency: Vec<f64>,
    recency: Vec<f64>,
    t: Vec<f64>,
    money: Vec<f64>,
    unscored: Vec<Option<Unscored>>,
}

impl History {
    /// Reads the columns; what is known must be possible.
    fn read(data: &ScorerData<'_>) -> Result<Self, Invalid> {
        let of = |name: &str| data.column(name).map_or_else(|| vec![f64::NAN; data.len()], <[f64]>::to_vec);
        let [frequency, recency, t] = HISTORY.map(of);
        let mut checks = Invalid::checks();
        let rule = "must be a whole number of repeat purchases, at least 0";
        checks.require_each("frequency", rule, &frequency, |_, x| x.is_nan() || (x >= 0.0 && x.fract() <= 0.0));
        checks.require_each("T", "must be at least 0", &t, |_, end| end.is_nan() || end >= 0.0);
        checks.require_each("recency", "must lie between 0 and T", &recency, |row, tx| {
            tx.is_nan() || (tx >= 0.0 && (t[row].is_nan() || tx <= t[row]))
        });
        let rule = "must be 0 without repeat purchases and above 0 with them";
        checks.require_each("recency", rule, &recency, |row, tx| {
            tx.is_nan() || frequency[row].is_nan() || (frequency[row] > 0.0) == (tx > 0.0)
        });
        check_others(&mut checks, data);
        checks.finish()?;
        let first_unknown = |row: usize| {
            let columns = HISTORY.into_iter().zip([&frequency, &recency, &t]);
            columns.into_iter().find(|(_, column)| column[row].is_nan()).map(|(name, _)| Unscored::Unknown(name))
        };
        let unscored = (0..data.len()).map(first_unknown).collect();
        Ok(Self { money: of(MONEY), frequency, recency, t, unscored })
    }

    /// The histories with a stand-in for everybody who is unscored.
    fn where_known(&self, unscored: &[Option<Unscored>], stand_in: f64) -> Self {
        let or = |column: &[f64], instead: f64| {
            column.iter().zip(unscored).map(|(&x, why)| if why.is_none() { x } else { instead }).collect()
        };
        Self {
            frequency: or(&self.frequency, stand_in),
            recency: or(&self.recency, stand_in),
            t: or(&self.t, stand_in),
            money: or(&self.money, 0.0),
            unscored: Vec::new(),
        }
    }

    fn view(&self, scorer: &Scorer) -> Result<HistoryView<'_>, Invalid> {
        HistoryView::new(&self.frequency, &self.recency, &self.t, Some(&self.money), scorer.unit())
    }
}

fn check_others(checks: &mut Checks, data: &ScorerData<'_>) {
    for name in [RFM[0], PURCHASES] {
        let column = data.column(name).unwrap_or_default();
        checks.require_each(name, "must be at least 0", column, |_, x| x.is_nan() || x >= 0.0);
    }
    let margins = data.column(PROFIT_MARGIN).unwrap_or_default();
    let rule = "must be at most 1 (0.35 for 35 %)";
    checks.require_each(PROFIT_MARGIN, rule, margins, |_, rate| rate.is_nan() || rate <= 1.0);
}

fn fill(column: &mut [Option<f64>], values: &[f64], unscored: &[Option<Unscored>]) {
    for ((cell, &value), why) in column.iter_mut().zip(values).zip(unscored) {
        *cell = why.is_none().then_some(value);
    }
}
