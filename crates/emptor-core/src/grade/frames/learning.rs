//! What was learnt about customers, as tables.

use emptor_learn::{CalibrationBin, Coefficient, FittedLogistic, GainsRow};
use emptor_types::Level;
use polars::prelude::{DataFrame, PolarsResult, Series};

use crate::columns::ColumnSpec;
use crate::grade::{FittedProfitTree, FittedResponse, ProfitRule, ResponseScores};
use crate::table::{Of, count, frame, frame_by_customer, known, number, specs, text};

const RULES: &[Of<[ProfitRule]>] = &[
    count("rule_id", "", "number of the rule", |of, row| Some(of[row].id)),
    text("predicate", "", "whom it is about", |of, row| Some(of[row].when.to_string())),
    text("sql", "", "the same, for a WHERE clause over the raw columns", |of, row| Some(of[row].to_sql())),
    count("n", "customers", "customers it was learnt from", |of, row| Some(of[row].customers)),
    number("support", "share", "their share of all", |of, row| of[row].support),
    text("class", "", "profit class that most of them have; null if profit itself is foretold", |of, row| {
        of[row].class.as_ref().map(|class| class.class.clone())
    }),
    known("confidence", "share", "share of customers in that class", |of, row| {
        of[row].class.as_ref().map(|class| class.confidence)
    }),
    known("lift", "×", "confidence over the share of the class among all", |of, row| {
        of[row].class.as_ref().map(|class| class.lift)
    }),
    number("loss_share", "share", "share of customers with a profit below 0", |of, row| of[row].loss_share),
    number("mean_profit", "currency", "mean profit of a customer", |of, row| of[row].mean_profit),
    number("total_profit", "currency", "profit of all its customers", |of, row| of[row].total_profit),
];

/// Customers of a class by class foretold.
struct Cell {
    class: String,
    foretold: String,
    customers: usize,
}

const CONFUSION: &[Of<[Cell]>] = &[
    text("class", "", "profit class of the customers", |of, row| Some(of[row].class.clone())),
    text("foretold", "", "class that a tree without them foretold", |of, row| Some(of[row].foretold.clone())),
    count("n", "customers", "customers", |of, row| Some(of[row].customers)),
];

impl FittedProfitTree {
    /// The columns of [`rules_to_frame`](Self::rules_to_frame).
    pub const RULE_COLUMNS: &'static [ColumnSpec] = &specs::<_, { RULES.len() }>(RULES);
    /// The columns of [`validation_to_frame`](Self::validation_to_frame).
    pub const VALIDATION_COLUMNS: &'static [ColumnSpec] = &specs::<_, { CONFUSION.len() }>(CONFUSION);

    /// One row per rule, the highest mean profit first.
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn rules_to_frame(&self) -> PolarsResult<DataFrame> {
        let rules = self.rules();
        frame(RULES, rules.as_slice(), rules.len())
    }

    /// One row per class and class foretold out of sample, the worst first; no row if profit itself is foretold.
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn validation_to_frame(&self) -> PolarsResult<DataFrame> {
        let names = self.tree().classes();
        let mut cells = Vec::new();
        for (class, row) in names.iter().zip(&self.out_of_sample().confusion) {
            cells.extend(names.iter().zip(row).map(|(foretold, &customers)| Cell {
                class: class.clone(),
                foretold: foretold.clone(),
                customers,
            }));
        }
        frame(CONFUSION, cells.as_slice(), cells.len())
    }
}

struct Coefficients {
    of: Vec<Coefficient>,
    level: Level,
}

const COEFFICIENTS: &[Of<Coefficients>] = &[
    text("term", "", "what the coefficient belongs to", |of, row| Some(of.of[row].term.to_string())),
    number("estimate", "log odds", "change of the log odds per unit, or against the reference", |of, row| {
        of.of[row].estimate
    }),
    number("standard_error", "log odds", "its standard error", |of, row| of.of[row].standard_error),
    number("odds_ratio", "×", "what the odds are multiplied by", |of, row| of.of[row].odds_ratio()),
    number("low", "×", "lower end of the interval of the odds ratio", |of, row| {
        of.of[row].odds_ratio_interval(of.level).0
    }),
    number("high", "×", "upper end of the interval of the odds ratio", |of, row| {
        of.of[row].odds_ratio_interval(of.level).1
    }),
    number("p", "probability", "two-sided p-value of no effect", |of, row| of.of[row].p_value),
];

const GAINS: &[Of<[GainsRow]>] = &[
    count("decile", "", "tenth of the rows that judged, 1 the likeliest", |of, row| Some(of[row].group)),
    count("n", "customers", "its customers", |of, row| Some(of[row].rows)),
    number("events", "customers", "those with the event; not whole where scores are equal", |of, row| of[row].events),
    number("rate", "share", "their share", |of, row| of[row].rate),
    number("lift", "×", "the share over that of all", |of, row| of[row].lift),
    number("captured", "share", "share of all events in this tenth and the likelier ones", |of, row| of[row].captured),
    number("cumulative_lift", "×", "lift of this tenth and the likelier ones", |of, row| of[row].cumulative_lift),
];

const CALIBRATION: &[Of<[CalibrationBin]>] = &[
    number("from", "probability", "least predicted probability of the bin", |of, row| of[row].from),
    number("to", "probability", "greatest predicted probability of the bin", |of, row| of[row].to),
    count("n", "customers", "its customers", |of, row| Some(of[row].rows)),
    number("predicted", "probability", "mean predicted probability", |of, row| of[row].mean_predicted),
    number("observed", "share", "share with the event", |of, row| of[row].observed),
    number("low", "share", "lower end of the 95 % interval of that share", |of, row| of[row].observed_low),
    number("high", "share", "upper end of the 95 % interval of that share", |of, row| of[row].observed_high),
];

impl FittedResponse {
    /// The columns of [`coefficients_to_frame`](Self::coefficients_to_frame).
    pub const COEFFICIENT_COLUMNS: &'static [ColumnSpec] = &specs::<_, { COEFFICIENTS.len() }>(COEFFICIENTS);
    /// The columns of [`gains_to_frame`](Self::gains_to_frame).
    pub const GAINS_COLUMNS: &'static [ColumnSpec] = &specs::<_, { GAINS.len() }>(GAINS);
    /// The columns of [`calibration_to_frame`](Self::calibration_to_frame).
    pub const CALIBRATION_COLUMNS: &'static [ColumnSpec] = &specs::<_, { CALIBRATION.len() }>(CALIBRATION);

    /// One row per coefficient, the intercept first; no row if the model has none.
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn coefficients_to_frame(&self, level: Level) -> PolarsResult<DataFrame> {
        let of = self.logistic().map_or(&[][..], FittedLogistic::coefficients).to_vec();
        let rows = of.len();
        frame(COEFFICIENTS, &Coefficients { of, level }, rows)
    }

    /// One row per tenth of the rows that judged, the likeliest first.
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn gains_to_frame(&self) -> PolarsResult<DataFrame> {
        let gains = self.evaluation().gains.as_slice();
        frame(GAINS, gains, gains.len())
    }

    /// One row per bin of predicted probability, the lowest first.
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn calibration_to_frame(&self) -> PolarsResult<DataFrame> {
        let bins = self.evaluation().calibration.bins.as_slice();
        frame(CALIBRATION, bins, bins.len())
    }
}

const SCORES: &[Of<ResponseScores>] = &[
    number("probability", "probability", "of the event", |of, row| of.probability[row]),
    count("decile", "", "tenth of this list, 1 the likeliest", |of, row| usize::try_from(of.decile[row]).ok()),
];

impl ResponseScores {
    /// The columns of [`to_frame`](Self::to_frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { SCORES.len() + 1 }>(SCORES);

    /// One row per customer, in the order of the input.
    ///
    /// ```
    /// use emptor_core::grade::{FeatureTable, ResponseModel};
    /// use emptor_table::polars::df;
    ///
    /// let (age, bought): (Vec<i32>, Vec<bool>) = (0..200).map(|i| (20 + i * 7 % 61, i * 7 % 61 + i * 13 % 40 > 60)).unzip();
    /// let frame = df!("id" => (0..200).collect::<Vec<i32>>(), "age" => age, "bought" => bought)?;
    /// let mut table = FeatureTable::new(&frame, "id", None)?;
    /// let bought = table.take_event("bought", "true")?;
    /// let fitted = ResponseModel::builder().build()?.fit(&table.features()?, &bought)?;
    /// let scores = fitted.score(&table.features()?)?.to_frame(table.customers())?;
    /// assert_eq!(scores.shape(), (200, 3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ShapeMismatch`](polars::prelude::PolarsError::ShapeMismatch) unless there is one id per customer.
    pub fn to_frame(&self, customers: &Series) -> PolarsResult<DataFrame> {
        frame_by_customer(SCORES, customers, self, self.probability.len())
    }
}

#[cfg(test)]
mod tests {
    use emptor_learn::{Feature, Features};
    use polars::prelude::NamedFrom;

    use super::*;
    use crate::grade::{ProfitTarget, ProfitTree, ResponseModel};

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    fn documented(frame: &DataFrame, columns: &[ColumnSpec]) -> Outcome {
        let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
        assert_eq!(frame.columns().iter().map(|column| column.name().as_str()).collect::<Vec<_>>(), names);
        Ok(())
    }

    #[test]
    fn every_table_has_the_columns_that_are_documented() -> Outcome {
        let visits: Vec<f64> = (0..200).map(|i| f64::from(i * 7 % 61)).collect();
        let profit: Vec<f64> = visits.iter().map(|v| v - 20.0).collect();
        let event: Vec<bool> = (0..200).map(|i| i * 7 % 61 + i * 13 % 40 > 60).collect();
        let features = Features::new(&[("visits", Feature::Numbers(&visits))])?;
        let fitted = ProfitTree::builder().build()?.fit(&features, &profit)?;
        let rules = fitted.rules_to_frame()?;
        documented(&rules, FittedProfitTree::RULE_COLUMNS)?;
        assert_eq!(rules.column("n")?.i64()?.iter().flatten().sum::<i64>(), 200);
        documented(&fitted.validation_to_frame()?, FittedProfitTree::VALIDATION_COLUMNS)?;
        assert_eq!(fitted.validation_to_frame()?.height(), 16);
        let value = ProfitTree::builder().target(ProfitTarget::Value).build()?.fit(&features, &profit)?;
        assert_eq!(value.rules_to_frame()?.column("class")?.null_count(), value.rules().len());
        assert_eq!(value.validation_to_frame()?.height(), 0);

        let fitted = ResponseModel::builder().build()?.fit(&features, &event)?;
        let coefficients = fitted.coefficients_to_frame(Level::new(0.95)?)?;
        documented(&coefficients, FittedResponse::COEFFICIENT_COLUMNS)?;
        assert_eq!(coefficients.column("term")?.str()?.get(0), Some("intercept"));
        documented(&fitted.gains_to_frame()?, FittedResponse::GAINS_COLUMNS)?;
        documented(&fitted.calibration_to_frame()?, FittedResponse::CALIBRATION_COLUMNS)?;
        let ids = Series::new("id".into(), &[1_i64, 2]);
        assert!(fitted.score(&features)?.to_frame(&ids).is_err());
        Ok(())
    }
}
