//! Elasticities of the whole and of its parts, in long form.

use emptor_types::TimeUnit;
use serde::{Deserialize, Serialize};

use super::{CAUTION, Elasticities, EquityModel, EquityValue, Lever, Method};
use crate::value::ValueError;

/// The elasticity of the whole or of a part with respect to one lever.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ElasticityRow {
    /// The part; `all` for the whole.
    pub name: String,
    /// Whether it is the whole.
    pub is_total: bool,
    /// The lever.
    pub lever: Lever,
    /// By how many per cent equity moves when the lever moves by one; `None` if unknown, or if equity is zero.
    pub elasticity: Option<f64>,
    /// The same in money, in linear approximation: `elasticity · dynamic equity / 100`.
    pub one_percent: Option<f64>,
}

/// Elasticities of dynamic equity by scope and lever, the parts first and then the whole.
///
/// Identity: the money of a lever over all parts adds up to that of the whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ElasticityTable {
    /// How they are found.
    pub method: Method,
    /// The period that retention and discount rate count in.
    pub period: TimeUnit,
    /// Every scope with every lever.
    pub rows: Vec<ElasticityRow>,
    /// What the table does not say; see [`CAUTION`].
    pub caution: String,
}

impl EquityModel {
    /// Elasticities of every part and of the whole with respect to every lever.
    ///
    /// ```
    /// use emptor_core::value::equity::{EquityModel, Lever, Method, Relationship};
    /// use emptor_core::value::{ClosedForm, RetentionRate};
    /// use emptor_types::{DiscountRate, TimeUnit};
    ///
    /// let retention = RetentionRate::new(0.8, TimeUnit::Year)?;
    /// let base = Relationship::endless(ClosedForm::T1, 100.0, retention, TimeUnit::Year)?;
    /// let model = EquityModel::new(DiscountRate::annual_effective(0.12)?, TimeUnit::Year).with_part("a", base, None)?;
    /// let table = model.elasticity_table(Method::Analytic)?;
    /// // 3.5 % of 250 for one per cent of retention.
    /// let whole = table.rows.iter().find(|row| row.is_total && row.lever == Lever::Retention);
    /// assert!(whole.and_then(|row| row.one_percent).is_some_and(|money| (money - 8.75).abs() < 1e-9));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the numeric method steps over the edge of convergence.
    pub fn elasticity_table(&self, method: Method) -> Result<ElasticityTable, ValueError> {
        let mut rows = Vec::new();
        for (value, (_, known)) in self.by_part().iter().zip(self.elasticities_by_part(method)?) {
            rows.extend(of_scope(value, false, known));
        }
        let total = self.total();
        let known = (total.dynamic.abs() > 0.0).then(|| self.elasticities(method)).transpose()?;
        rows.extend(of_scope(&total, true, known));
        Ok(ElasticityTable { method, period: self.period(), rows, caution: CAUTION.to_owned() })
    }
}

fn of_scope(
    value: &EquityValue,
    is_total: bool,
    known: Option<Elasticities>,
) -> impl Iterator<Item = ElasticityRow> + '_ {
    Lever::ALL.into_iter().map(move |lever| {
        let elasticity = known.and_then(|known| known.of(lever));
        let one_percent = elasticity.map(|elasticity| elasticity * value.dynamic / 100.0);
        ElasticityRow { name: value.name.clone(), is_total, lever, elasticity, one_percent }
    })
}
