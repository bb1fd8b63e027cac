//! The one way in: schema checks, one streaming pass over all rules, and the choice between rejecting and quarantine.

use emptor_types::Invalid;
use polars::prelude::{DataFrame, DataType, Engine, Expr, LazyFrame, NULL, Schema, col, concat_str, lit, when};

use crate::across::AcrossRows;
use crate::error::{MissingColumn, TableError, WrongType};
use crate::field::{Field, Kind, Rule, Typed, canonical, canonical_name};
use crate::known::{self, Count, Known};
use crate::options::{Policy, ReadOptions};
use crate::pass::{Found, Reader, fact_name, id_name, rule_name};
use crate::quality::DataQuality;
use crate::source::Source;
use crate::text;

pub(crate) const ROW: &str = "emptor:row";
const REASONS: &str = "reasons";

/// A fact to be counted among accepted rows.
pub(crate) struct FactSpec {
    pub(crate) name: &'static str,
    pub(crate) treatment: &'static str,
    /// True of the rows that count.
    pub(crate) holds: Expr,
}

/// Everything a table asks of its source.
pub(crate) struct Door {
    pub(crate) table: &'static str,
    pub(crate) fields: Vec<Field>,
    /// Canonical columns computed from other canonical columns.
    pub(crate) derived: Vec<(&'static str, Expr)>,
    /// Rules across columns, stated over canonical columns.
    pub(crate) rules: Vec<Rule>,
    pub(crate) facts: Vec<FactSpec>,
    /// Role whose values are added up beside the facts.
    pub(crate) amount: Option<&'static str>,
    /// Role of the date that spans the table.
    pub(crate) day: Option<&'static str>,
    /// Role that may hold one value only.
    pub(crate) currency: Option<&'static str>,
    /// Role that must not be null in every row.
    pub(crate) some: Option<&'static str>,
    /// Rules that look at more than one row.
    pub(crate) across: Vec<AcrossRows>,
}

/// A table that has passed the door.
pub(crate) struct Admitted {
    pub(crate) frame: LazyFrame,
    pub(crate) rejects: Option<DataFrame>,
    pub(crate) quality: DataQuality,
    /// When rows became known, if the table says so.
    pub(crate) known: Option<Known>,
}

impl Door {
    /// A door that asks for nothing yet.
    pub(crate) fn new(table: &'static str) -> Self {
        Self {
            table,
            fields: Vec::new(),
            derived: Vec::new(),
            rules: Vec::new(),
            facts: Vec::new(),
            amount: None,
            day: None,
            currency: None,
            some: None,
            across: Vec::new(),
        }
    }

    pub(crate) fn admit(mut self, source: &Source, options: &ReadOptions) -> Result<Admitted, TableError> {
        let mut raw = source.open()?;
        let schema = raw.collect_schema().map_err(|e| source.unreadable(e))?;
        self.check_header(source, &schema)?;
        let typed = self.type_fields(source, &schema, options)?;
        let text_ids: Vec<String> =
            self.fields.iter().zip(&typed).filter(|(_, t)| t.text_id).map(|(f, _)| f.role.clone()).collect();
        let mut rules: Vec<Rule> = typed.iter().flat_map(|t| t.rules.iter().cloned()).collect();
        rules.append(&mut self.rules);

        let fields: Vec<Expr> = typed.into_iter().map(|t| t.expr).collect();
        let derived: Vec<Expr> =
            self.derived.iter().map(|(role, expr)| expr.clone().alias(canonical_name(role))).collect();
        let with_canonical = |frame: LazyFrame| {
            let frame = frame.with_columns(fields.clone());
            if derived.is_empty() { frame } else { frame.with_columns(derived.clone()) }
        };

        let key = self.versions_by();
        for across in &self.across {
            let frame = with_canonical(raw.clone());
            let rule = match (across, &key) {
                // Versions of a row became known on different days.
                (AcrossRows::Unique(_), Some(key)) => {
                    let key = key.iter().copied().chain([known::ROLE]).collect();
                    AcrossRows::Unique(key).rule(&frame, |role| self.source_column(role))
                }
                (across, Some(key)) => across.rule(&known::last_versions(&frame, key), |role| self.source_column(role)),
                (across, None) => across.rule(&frame, |role| self.source_column(role)),
            };
            rules.extend(rule.map_err(|e| source.unreadable(e))?);
        }
        let found = self.pass(&with_canonical(raw.clone().with_row_index(ROW, Some(1))), &rules, &text_ids, source)?;
        if found.rows == 0 {
            return Err(self.empty(source, 0, 0));
        }
        let breaches = found.breaches(&rules, self.amount.is_some());
        if found.broken > 0 && options.policy == Policy::Reject {
            return Err(TableError::Rejected {
                table: self.table,
                source_name: source.to_string(),
                rows: found.rows,
                quarantined: found.broken,
                breaches,
            });
        }
        if found.broken == found.rows {
            return Err(self.empty(source, found.rows, found.broken));
        }
        if let Some(role) = self.currency
            && found.currencies.len() > 1
        {
            let column = self.source_column(role);
            return Err(TableError::MixedCurrencies {
                table: self.table,
                column,
                found: found.currencies.into_iter().collect(),
            });
        }
        if let Some(role) = self.some
            && found.present == 0
        {
            let column = self.source_column(role);
            return Err(TableError::AllNull { table: self.table, column, role: role.to_owned(), rows: found.rows });
        }

        let any_broken = any(&rules);
        let mut frame = with_canonical(raw.clone());
        let mut rejects = None;
        if found.broken > 0 {
            frame = frame.filter(any_broken.clone().not());
            rejects =
                Some(self.rejects(with_canonical(raw.with_row_index(ROW, Some(1))), &rules, any_broken, &schema)?);
        }
        let integers: Vec<&str> = text_ids
            .iter()
            .zip(&found.text_ids)
            .filter(|(_, texts)| **texts == 0 && !options.ids_as_text)
            .map(|(role, _)| role.as_str())
            .collect();
        let mut output = self.output(&integers, options.ids_as_text);
        let mut known = None;
        if self.says_when_known() {
            let versions = key.map(|key| known::with_versions(&frame, &key)).transpose();
            let versions = versions.map_err(|e| self.query(&e))?.flatten();
            let has_versions = versions.is_some();
            frame = versions.unwrap_or(frame);
            output.extend(has_versions.then(|| col(known::REPLACED)));
            let count = Count {
                facts: &self.facts,
                amount: self.amount.map(canonical),
                day: self.day.map(canonical),
                known_at: canonical(known::ROLE),
                has_versions,
            };
            known = Some(Known::count(&frame, count).map_err(|e| self.query(&e))?);
        }
        let frame = frame.select(output);
        let quality = DataQuality {
            table: self.table,
            source: source.to_string(),
            rows: found.rows,
            accepted: found.rows - found.broken,
            quarantined: found.broken,
            quarantined_amount: self.amount.map(|_| found.broken_amount.value()),
            breaches,
            facts: found.facts(&self.facts, self.amount.is_some()),
            days: found.day_span(),
        };
        let quality = known.iter().fold(quality, |quality, known| known.report(&quality));
        Ok(Admitted { frame, rejects, quality, known })
    }

    fn says_when_known(&self) -> bool {
        self.fields.iter().any(|field| field.role == known::ROLE)
    }

    /// The key by which rows can have several versions.
    fn versions_by(&self) -> Option<Vec<&'static str>> {
        let key = |across: &AcrossRows| match across {
            AcrossRows::Unique(key) => Some(key.clone()),
            _ => None,
        };
        if self.says_when_known() { self.across.iter().find_map(key) } else { None }
    }

    fn source_column(&self, role: &str) -> String {
        self.fields.iter().find(|f| f.role == role).map_or_else(|| role.to_owned(), |f| f.column.clone())
    }

    fn empty(&self, source: &Source, rows: usize, quarantined: usize) -> TableError {
        TableError::Empty { table: self.table, source_name: source.to_string(), rows, quarantined }
    }

    fn query(&self, error: &polars::error::PolarsError) -> TableError {
        TableError::Query { table: self.table, reason: error.to_string() }
    }

    /// Every role must be mapped once, and every mapped column must be there, once.
    fn check_header(&self, source: &Source, schema: &Schema) -> Result<(), TableError> {
        let mut checks = Invalid::checks();
        for (i, field) in self.fields.iter().enumerate() {
            let again = self.fields[..i].iter().any(|f| f.role == field.role);
            checks.require(!again, &field.role, "must be mapped once", &field.column);
        }
        checks.finish().map_err(|problem| TableError::Mapping { table: self.table, problem })?;
        let missing: Vec<MissingColumn> = self
            .fields
            .iter()
            .filter(|f| !schema.contains(&f.column))
            .map(|f| MissingColumn { role: f.role.clone(), column: f.column.clone() })
            .collect();
        if !missing.is_empty() {
            return Err(TableError::MissingColumns {
                table: self.table,
                source_name: source.to_string(),
                missing,
                available: schema.iter_names().map(ToString::to_string).collect(),
            });
        }
        // The CSV reader renames the second of two equal names.
        match self.fields.iter().find(|f| source.is_text() && schema.contains(&format!("{}_duplicated_0", f.column))) {
            Some(field) => Err(TableError::DuplicateHeader {
                table: self.table,
                source_name: source.to_string(),
                column: field.column.clone(),
            }),
            None => Ok(()),
        }
    }

    fn type_fields(&self, source: &Source, schema: &Schema, options: &ReadOptions) -> Result<Vec<Typed>, TableError> {
        let mut wrong: Vec<WrongType> = Vec::new();
        let mut typed = Vec::new();
        for field in &self.fields {
            let dtype = schema.get(&field.column).cloned().unwrap_or(DataType::Null);
            match field.typed(&dtype, (source.is_text(), source.number_format()), options.window) {
                Ok(t) => typed.push(t),
                Err(w) => wrong.push(w),
            }
        }
        if wrong.is_empty() { Ok(typed) } else { Err(TableError::WrongTypes { table: self.table, columns: wrong }) }
    }

    /// One streaming pass that counts every broken rule and every fact.
    fn pass(
        &self,
        frame: &LazyFrame,
        rules: &[Rule],
        text_ids: &[String],
        source: &Source,
    ) -> Result<Found, TableError> {
        let mut columns = vec![col(ROW)];
        for (i, rule) in rules.iter().enumerate() {
            columns.push(rule.broken.clone().alias(rule_name(i)));
        }
        for (i, fact) in self.facts.iter().enumerate() {
            columns.push(fact.holds.clone().fill_null(lit(false)).alias(fact_name(i)));
        }
        for (i, role) in text_ids.iter().enumerate() {
            columns.push(text::is_text_id(canonical(role)).alias(id_name(i)));
        }
        for role in [self.amount, self.day, self.currency, self.some].into_iter().flatten() {
            let name = canonical_name(role);
            if !columns.iter().any(|c| matches!(c, Expr::Column(n) if *n == name)) {
                columns.push(col(name));
            }
        }
        // The source's own values, for samples.
        let mut samples: Vec<String> = Vec::new();
        for field in &self.fields {
            if !samples.contains(&field.column) {
                samples.push(field.column.clone());
            }
        }
        columns.extend(samples.iter().map(|name| col(name.as_str()).alias(format!("emptor:sample:{name}"))));

        let reader = Reader {
            rules: rules.len(),
            facts: self.facts.len(),
            text_ids: text_ids.len(),
            amount: self.amount.map(canonical_name),
            day: self.day.map(canonical_name),
            currency: self.currency.map(canonical_name),
            some: self.some.map(canonical_name),
            samples,
        };
        Found::of(frame.clone().select(columns), reader).map_err(|e| source.unreadable(e))
    }

    /// The rows set aside: all columns of the source, the row number and the reasons.
    fn rejects(
        &self,
        frame: LazyFrame,
        rules: &[Rule],
        any_broken: Expr,
        schema: &Schema,
    ) -> Result<DataFrame, TableError> {
        let reasons: Vec<Expr> = rules
            .iter()
            .map(|r| {
                when(r.broken.clone())
                    .then(lit(format!("{} {}", r.column, r.rule)))
                    .otherwise(lit(NULL).cast(DataType::String))
            })
            .collect();
        let mut columns = vec![col(ROW).alias("row")];
        columns.extend(schema.iter_names().map(|name| col(name.clone())));
        columns.push(concat_str(reasons, "; ", true).alias(REASONS));
        // `row` and `reasons` give way if the source has columns of that name.
        for (i, name) in [(0, "row"), (columns.len() - 1, REASONS)] {
            if schema.contains(name) {
                columns[i] = columns[i].clone().alias(format!("emptor_{name}"));
            }
        }
        frame
            .filter(any_broken)
            .select(columns)
            .collect_with_engine(Engine::Streaming)
            .map(|result| result.unwrap_single())
            .map_err(|e| self.query(&e))
    }

    /// The canonical columns under their own names.
    fn output(&self, integers: &[&str], ids_as_text: bool) -> Vec<Expr> {
        let is_id = |role: &str| self.fields.iter().any(|f| f.role == role && matches!(f.kind, Kind::Id));
        let fields = self.fields.iter().map(|f| f.role.as_str());
        // A derived column may take the place of the one it was made of.
        let mapped = |role: &&str| self.fields.iter().any(|f| f.role == **role);
        let derived = self.derived.iter().map(|(role, _)| *role).filter(|role| !mapped(role));
        fields
            .chain(derived)
            .map(|role| {
                let column = canonical(role);
                let column = match role {
                    role if integers.contains(&role) => text::parse_id(column),
                    role if ids_as_text && is_id(role) => column.cast(DataType::String),
                    _ => column,
                };
                column.alias(role)
            })
            .collect()
    }
}

fn any(rules: &[Rule]) -> Expr {
    rules.iter().fold(lit(false), |any, rule| any.or(rule.broken.clone()))
}
