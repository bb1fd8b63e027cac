//! Rules that look at more than one row: keys, hierarchies, returns against sales.

use std::collections::HashMap;

use polars::prelude::{
    DataFrame, DataType, Engine, Expr, JoinArgs, JoinType, LazyFrame, PolarsResult, col, concat_str, len, lit,
};

use crate::field::{Rule, canonical};

/// A rule across rows. Each is checked by a query that yields the keys of the offending rows.
#[derive(Debug, Clone)]
pub(crate) enum AcrossRows {
    /// The roles together identify a row.
    Unique(Vec<&'static str>),
    /// No row is its own ancestor.
    Acyclic { key: &'static str, parent: &'static str },
    /// `ref_line_id` names a `line_id`, and no line is returned in a greater `quantity` than it was sold.
    ReturnsWithinSales,
    /// No two rows lead from one to the other and back.
    OneWay { from: &'static str, to: &'static str },
    /// The roles of the key together stand for one value of another role on any one day; days are the first and the last
    /// one, open where there is no role or no value.
    OneAtATime { key: Vec<&'static str>, of: &'static str, from: Option<&'static str>, to: Option<&'static str> },
}

/// Quantities are counted in units or weighed; differences below this are rounding.
const QUANTITY_TOLERANCE: f64 = 1e-9;

pub(crate) const KEY: &str = "emptor:key";

impl AcrossRows {
    /// The rule with its offending keys, or `None` if it holds.
    pub(crate) fn rule(&self, frame: &LazyFrame, column: impl Fn(&str) -> String) -> PolarsResult<Option<Rule>> {
        let (key, offenders, columns, rule) = match self {
            Self::Unique(roles) => {
                let key = text_key(roles);
                let columns: Vec<String> = roles.iter().map(|role| column(role)).collect();
                (key.clone(), repeated(frame, key)?, columns.join(", "), "must identify one row only")
            }
            Self::Acyclic { key, parent } => (
                text_key(&[key]),
                in_circles(frame, key, parent)?,
                column(parent),
                "must not lead back to the row itself",
            ),
            Self::ReturnsWithinSales => (
                text_key(&["ref_line_id"]),
                over_returned(frame)?,
                column("ref_line_id"),
                "must refer to a line sold in at least the quantity returned",
            ),
            Self::OneWay { from, to } => (
                text_key(&[from, to]),
                mutual(frame, from, to)?,
                [column(from), column(to)].join(", "),
                "must not lead there and back",
            ),
            Self::OneAtATime { key, of, from, to } => (
                text_key(key),
                shared(frame, key, of, *from, *to)?,
                key.iter().map(|role| column(role)).collect::<Vec<_>>().join(", "),
                "must stand for one customer at a time",
            ),
        };
        if offenders.height() == 0 {
            return Ok(None);
        }
        let keys = offenders.column(KEY)?.as_materialized_series().clone();
        let broken = key.is_in(lit(keys).implode(true), false).fill_null(lit(false));
        Ok(Some(Rule { column: columns, rule: rule.to_owned(), broken }))
    }
}

pub(crate) fn text_key(roles: &[&str]) -> Expr {
    let mut parts: Vec<Expr> = roles.iter().map(|role| canonical(role).cast(DataType::String)).collect();
    if parts.len() == 1 { parts.remove(0) } else { concat_str(parts, "\u{1f}", true) }
}

pub(crate) fn collect(frame: LazyFrame) -> PolarsResult<DataFrame> {
    Ok(frame.collect_with_engine(Engine::Streaming)?.unwrap_single())
}

fn repeated(frame: &LazyFrame, key: Expr) -> PolarsResult<DataFrame> {
    let counted = frame.clone().select([key.alias(KEY)]).filter(col(KEY).is_not_null()).group_by([col(KEY)]);
    collect(counted.agg([len().alias("n")]).filter(col("n").gt(lit(1))).select([col(KEY)]))
}

/// Keys of the rows whose opposite is there; a row that leads to itself has a rule of its own.
fn mutual(frame: &LazyFrame, from: &str, to: &str) -> PolarsResult<DataFrame> {
    let apart = canonical(from).neq(canonical(to)).fill_null(lit(false));
    let rows = frame.clone().filter(apart);
    let there = rows.clone().select([text_key(&[from, to]).alias(KEY)]);
    let back = rows.select([text_key(&[to, from]).alias(KEY)]);
    collect(there.join(back, [col(KEY)], [col(KEY)], JoinArgs::new(JoinType::Semi)))
}

/// Keys that stand for two values on one day.
fn shared(frame: &LazyFrame, key: &[&str], of: &str, from: Option<&str>, to: Option<&str>) -> PolarsResult<DataFrame> {
    let day = |role: Option<&str>, open: i32, name: &str| {
        role.map_or(lit(open), |role| canonical(role).to_physical().fill_null(lit(open))).alias(name)
    };
    let rows = collect(frame.clone().select([
        text_key(key).alias(KEY),
        text_key(&[of]).alias("of"),
        day(from, i32::MIN, "from"),
        day(to, i32::MAX, "to"),
    ]))?;
    let (keys, values) = (rows.column(KEY)?.str()?, rows.column("of")?.str()?);
    let (from, to) = (rows.column("from")?.i32()?, rows.column("to")?.i32()?);
    let mut spans: HashMap<&str, Vec<(i32, i32, &str)>> = HashMap::new();
    for row in 0..rows.height() {
        if let (Some(key), Some(value), Some(from), Some(to)) =
            (keys.get(row), values.get(row), from.get(row), to.get(row))
        {
            spans.entry(key).or_default().push((from, to, value));
        }
    }
    let mut offenders: Vec<&str> = Vec::new();
    for (key, mut spans) in spans {
        spans.sort_unstable();
        // Until two values meet, the one that lasts longest is the last one.
        let mut last: Option<(i32, &str)> = None;
        for (from, to, value) in spans {
            match last {
                Some((day, of)) if of != value && from <= day => {
                    offenders.push(key);
                    break;
                }
                Some((day, of)) if of == value => last = Some((day.max(to), of)),
                _ => last = Some((to, value)),
            }
        }
    }
    offenders.sort_unstable();
    polars::df!(KEY => offenders)
}

fn over_returned(frame: &LazyFrame) -> PolarsResult<DataFrame> {
    let returned = frame
        .clone()
        .select([text_key(&["ref_line_id"]).alias(KEY), canonical("quantity").alias("back")])
        .filter(col(KEY).is_not_null())
        .group_by([col(KEY)])
        .agg([(lit(0.0) - col("back").sum()).alias("back")]);
    let sold = frame.clone().select([text_key(&["line_id"]).alias(KEY), canonical("quantity").alias("sold")]);
    let joined = returned.join(sold, [col(KEY)], [col(KEY)], JoinArgs::new(JoinType::Left));
    let too_much = col("back").gt(col("sold") + lit(QUANTITY_TOLERANCE)).fill_null(lit(true));
    collect(joined.filter(too_much).select([col(KEY)]))
}

/// Keys whose chain of parents leads back to themselves.
fn in_circles(frame: &LazyFrame, key: &str, parent: &str) -> PolarsResult<DataFrame> {
    let edges = collect(
        frame
            .clone()
            .select([text_key(&[key]).alias(KEY), text_key(&[parent]).alias("parent")])
            .filter(col(KEY).is_not_null().and(col("parent").is_not_null())),
    )?;
    let parents: HashMap<&str, &str> = edges
        .column(KEY)?
        .str()?
        .iter()
        .zip(edges.column("parent")?.str()?.iter())
        .filter_map(|(k, p)| k.zip(p))
        .collect();
    let mut circular = circles(&parents);
    circular.sort_unstable();
    polars::df!(KEY => circular)
}

/// The members of all circles. Every key is walked once: a walk ends at a key seen before, and closes a circle if that
/// key lies on the walk itself.
fn circles<'a>(parents: &HashMap<&'a str, &'a str>) -> Vec<&'a str> {
    let mut walk_of: HashMap<&str, usize> = HashMap::new();
    let mut members = Vec::new();
    for (walk, &start) in parents.keys().enumerate() {
        let mut path = Vec::new();
        let mut at = start;
        while !walk_of.contains_key(at) {
            walk_of.insert(at, walk);
            path.push(at);
            match parents.get(at) {
                Some(&next) => at = next,
                None => break,
            }
        }
        if let Some(entry) = path.iter().position(|&key| key == at)
            && parents.contains_key(at)
        {
            members.extend_from_slice(&path[entry..]);
        }
    }
    members
}
