//! What sums to what.

use std::collections::HashMap;

use emptor_types::Invalid;
use serde::{Deserialize, Serialize};

use crate::ForecastError;

/// Series that sum to others: a total, what it is split into, and the bottom series that everything is a sum of.
///
/// Nodes are rows: forecasts go in and come out in their order. The summing matrix S is kept as the list of bottom series
/// below every node, so that ten thousand bottom series take no more room than their lists.
///
/// ```
/// use emptor_forecast::hierarchy::Hierarchy;
///
/// // Region and city of three shops: nested levels, from the top down.
/// let nested = Hierarchy::nested(&[["north", "north", "south"], ["a", "b", "c"]])?;
/// assert_eq!(nested.names(), ["total", "north", "south", "north/a", "north/b", "south/c"]);
/// assert_eq!(nested.aggregate(&[1.0, 2.0, 4.0])?, [7.0, 3.0, 4.0, 1.0, 2.0, 4.0]);
///
/// // Region crossed with channel: both are sums of the same series.
/// let shops = ["nw", "ns", "sw", "ss"];
/// let keys = [["north", "north", "south", "south"], ["web", "shop", "web", "shop"]];
/// let crossed = Hierarchy::grouped(&shops, &keys, &[&[0], &[1]])?;
/// assert_eq!(crossed.names()[..5], ["total", "north", "south", "web", "shop"]);
/// assert_eq!(crossed.members(3), [0, 2]);
/// # Ok::<(), emptor_forecast::ForecastError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Hierarchy {
    names: Vec<String>,
    levels: Vec<usize>,
    members: Vec<Vec<u32>>,
    /// The node of every bottom series.
    bottoms: Vec<usize>,
    /// Nodes that are no bottom series.
    uppers: Vec<usize>,
    /// The node directly above, where the structure is a tree.
    parents: Option<Vec<Option<usize>>>,
}

/// The saved form; loading checks it again.
#[derive(Serialize, Deserialize)]
struct Stored {
    names: Vec<String>,
    levels: Vec<usize>,
    members: Vec<Vec<u32>>,
    bottoms: Vec<usize>,
    parents: Option<Vec<Option<usize>>>,
}

impl TryFrom<Stored> for Hierarchy {
    type Error = ForecastError;

    fn try_from(stored: Stored) -> Result<Self, ForecastError> {
        let Stored { names, levels, members, bottoms, parents } = stored;
        Self::checked(names, levels, members, bottoms, parents)
    }
}

impl From<Hierarchy> for Stored {
    fn from(hierarchy: Hierarchy) -> Self {
        let Hierarchy { names, levels, members, bottoms, parents, .. } = hierarchy;
        Self { names, levels, members, bottoms, parents }
    }
}

impl Hierarchy {
    /// Nested levels, one column of keys per level from the top down, one row per bottom series: country, state, city. The
    /// total is added. A node is called by its path.
    ///
    /// # Errors
    /// If there is no series, columns differ in length, or two series have the same keys.
    pub fn nested<C: AsRef<[K]>, K: AsRef<str>>(columns: &[C]) -> Result<Self, ForecastError> {
        let rows = columns.first().map_or(0, |column| column.as_ref().len());
        check_columns(rows, columns)?;
        let whole: Vec<usize> = (0..columns.len()).collect();
        let bottoms: Vec<String> = (0..rows).map(|row| path(columns, &whole, row)).collect();
        let groupings: Vec<&[usize]> = (1..columns.len()).map(|depth| &whole[..depth]).collect();
        Self::grouped(&bottoms, columns, &groupings)
    }

    /// Crossed groups: every grouping names the columns whose keys make its nodes, e.g. `&[&[0], &[1], &[0, 1]]` for
    /// state, purpose, and both. The total is added before and the bottom series after them.
    ///
    /// # Errors
    /// If there is no series, columns differ in length, a grouping names no column or one there is not, or two nodes have
    /// the same name.
    pub fn grouped<B: AsRef<str>, C: AsRef<[K]>, K: AsRef<str>>(
        bottoms: &[B],
        columns: &[C],
        groupings: &[&[usize]],
    ) -> Result<Self, ForecastError> {
        let rows = bottoms.len();
        check_columns(rows, columns)?;
        let mut checks = Invalid::checks();
        for grouping in groupings {
            let known = !grouping.is_empty() && grouping.iter().all(|&column| column < columns.len());
            checks.require(known, "grouping", "must name columns of keys that there are", format!("{grouping:?}"));
        }
        checks.finish()?;

        let all = (0..rows as u32).collect();
        let (mut names, mut levels, mut members) = (vec!["total".to_owned()], vec![0], vec![all]);
        for (level, grouping) in (1..).zip(groupings) {
            let mut place = HashMap::new();
            for row in 0..rows {
                let name = path(columns, grouping, row);
                let node = *place.entry(name).or_insert_with_key(|name| {
                    names.push(name.clone());
                    levels.push(level);
                    members.push(Vec::new());
                    members.len() - 1
                });
                members[node].push(row as u32);
            }
        }
        let first = names.len();
        for (row, bottom) in bottoms.iter().enumerate() {
            names.push(bottom.as_ref().to_owned());
            levels.push(groupings.len() + 1);
            members.push(vec![row as u32]);
        }
        let parents = parents_of(&levels, &members, rows);
        Self::checked(names, levels, members, (first..first + rows).collect(), parents)
    }

    /// A tree by the node above each node, in the caller's order; the one without is the total. Branches may differ in
    /// depth. Nodes that nobody names as parent are the bottom series.
    ///
    /// ```
    /// use emptor_forecast::hierarchy::Hierarchy;
    ///
    /// let tree = Hierarchy::from_parents(&["a", "all", "b1", "b", "b2"], &[Some(1), None, Some(3), Some(1), Some(3)])?;
    /// assert_eq!(tree.bottoms(), [0, 2, 4]);
    /// assert_eq!(tree.aggregate(&[1.0, 2.0, 4.0])?, [1.0, 7.0, 2.0, 6.0, 4.0]);
    /// assert!(Hierarchy::from_parents(&["a", "b"], &[Some(1), Some(0)]).is_err());
    /// # Ok::<(), emptor_forecast::ForecastError>(())
    /// ```
    ///
    /// # Errors
    /// If not exactly one node has no parent, a parent is not there, nodes are above themselves, or two have one name.
    pub fn from_parents<K: AsRef<str>>(names: &[K], parents: &[Option<usize>]) -> Result<Self, ForecastError> {
        let nodes = names.len();
        let mut checks = Invalid::checks();
        checks.require(parents.len() == nodes, "parents", "must be as many as names", parents.len());
        let roots = parents.iter().filter(|parent| parent.is_none()).count();
        checks.require(roots == 1, "parents", "must leave exactly one node without: the total", roots);
        checks.require_each("parents", "must be numbers of nodes", parents, |_, p| p.is_none_or(|p| p < nodes));
        checks.finish()?;

        // The way up ends after as many steps as there are nodes, or never.
        let depth = |mut node: usize| {
            let mut steps = 0;
            while let Some(above) = parents[node].filter(|_| steps <= nodes) {
                (node, steps) = (above, steps + 1);
            }
            steps
        };
        let levels: Vec<usize> = (0..nodes).map(depth).collect();
        let mut checks = Invalid::checks();
        checks.require_each("parents", "must not lead back to the node", &levels, |_, depth| depth <= nodes);
        checks.finish()?;

        let mut is_bottom = vec![true; nodes];
        parents.iter().flatten().for_each(|&parent| is_bottom[parent] = false);
        let bottoms: Vec<usize> = (0..nodes).filter(|&node| is_bottom[node]).collect();
        let mut members = vec![Vec::new(); nodes];
        for (number, &bottom) in bottoms.iter().enumerate() {
            let mut node = Some(bottom);
            while let Some(here) = node {
                members[here].push(number as u32);
                node = parents[here];
            }
        }
        let names = names.iter().map(|name| name.as_ref().to_owned()).collect();
        Self::checked(names, levels, members, bottoms, Some(parents.to_vec()))
    }

    /// The periods of one cycle and their sums: months, quarters and the year for `periods` = 12 and `sums` = `&[3]`
    /// (temporal hierarchies; Athanasopoulos, Hyndman, Kourentzes & Petropoulos 2017, *European Journal of Operational
    /// Research* 262). A row of forecasts is then one cycle: the whole, its sums of `k` periods in time, its periods.
    ///
    /// ```
    /// use emptor_forecast::hierarchy::Hierarchy;
    ///
    /// let year = Hierarchy::temporal(4, &[2])?;
    /// assert_eq!(year.names(), ["total", "2:1", "2:2", "1:1", "1:2", "1:3", "1:4"]);
    /// assert_eq!(year.members(2), [2, 3]);
    /// # Ok::<(), emptor_forecast::ForecastError>(())
    /// ```
    ///
    /// # Errors
    /// If a cycle has no period, or a sum is not of a number of periods between 1 and the whole that divides it.
    pub fn temporal(periods: usize, sums: &[usize]) -> Result<Self, ForecastError> {
        let mut checks = Invalid::checks();
        checks.require(periods > 0, "periods", "must be at least 1", periods);
        let divides = |_: usize, k: usize| k > 1 && k < periods && periods.is_multiple_of(k);
        checks.require_each("sums", "must lie between 1 and the periods and divide them", sums, divides);
        checks.finish()?;
        let name = |k: usize| (0..periods).map(|period| format!("{k}:{}", period / k + 1)).collect::<Vec<String>>();
        let columns: Vec<Vec<String>> = sums.iter().map(|&k| name(k)).collect();
        let groupings: Vec<[usize; 1]> = (0..sums.len()).map(|column| [column]).collect();
        let groupings: Vec<&[usize]> = groupings.iter().map(|grouping| &grouping[..]).collect();
        Self::grouped(&name(1), &columns, &groupings)
    }

    fn checked(
        names: Vec<String>,
        levels: Vec<usize>,
        members: Vec<Vec<u32>>,
        bottoms: Vec<usize>,
        parents: Option<Vec<Option<usize>>>,
    ) -> Result<Self, ForecastError> {
        let (nodes, count) = (names.len(), bottoms.len());
        let mut checks = Invalid::checks();
        checks.require(count > 0, "bottom series", "must be at least 1", count);
        let same = levels.len() == nodes && members.len() == nodes && parents.as_ref().is_none_or(|p| p.len() == nodes);
        checks.require(same, "nodes", "must each have a name, a level and members", nodes);
        let is_sum = |list: &Vec<u32>| {
            !list.is_empty()
                && list.windows(2).all(|pair| pair[0] < pair[1])
                && list.iter().all(|&j| (j as usize) < count)
        };
        checks.require(
            members.iter().all(is_sum),
            "members",
            "must be bottom series, each once, in their order",
            nodes,
        );
        let is_own = |(j, &node): (usize, &usize)| members.get(node).is_some_and(|list| *list == [j as u32]);
        checks.require(bottoms.iter().enumerate().all(is_own), "bottom series", "must be nodes of themselves", count);
        let known = parents.iter().flatten().flatten().all(|&parent| parent < nodes);
        checks.require(known, "parents", "must be numbers of nodes", nodes);
        let mut sorted: Vec<&str> = names.iter().map(String::as_str).collect();
        sorted.sort_unstable();
        let twice: Vec<&str> =
            sorted.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).take(3).collect();
        checks.require(twice.is_empty(), "names", "must be different for every node", twice.join(", "));
        checks.finish()?;
        let mut is_bottom = vec![false; nodes];
        bottoms.iter().for_each(|&node| is_bottom[node] = true);
        let uppers = (0..nodes).filter(|&node| !is_bottom[node]).collect();
        Ok(Self { names, levels, members, bottoms, uppers, parents })
    }

    /// How many nodes there are, bottom series included.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a hierarchy is never empty")]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The nodes' names.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The level of every node: 0 the total, then depth in a tree, or the number of the grouping.
    #[must_use]
    pub fn levels(&self) -> &[usize] {
        &self.levels
    }

    /// The nodes that are bottom series, in the order of the bottom series.
    #[must_use]
    pub fn bottoms(&self) -> &[usize] {
        &self.bottoms
    }

    /// The other nodes, in their order.
    #[must_use]
    pub fn uppers(&self) -> &[usize] {
        &self.uppers
    }

    /// The numbers of the bottom series that a node sums, ascending; of none if there is no such node.
    #[must_use]
    pub fn members(&self, node: usize) -> &[u32] {
        self.members.get(node).map_or(&[], Vec::as_slice)
    }

    /// The node directly above each node; `None` where groups cross.
    #[must_use]
    pub fn parents(&self) -> Option<&[Option<usize>]> {
        self.parents.as_deref()
    }

    /// The values of all nodes from those of the bottom series: `y = S b`.
    ///
    /// # Errors
    /// If there is not one value per bottom series.
    pub fn aggregate(&self, bottom: &[f64]) -> Result<Vec<f64>, ForecastError> {
        if bottom.len() == self.bottoms.len() {
            Ok(self.sums(bottom))
        } else {
            Err(Invalid::value("bottom values", "must be one per bottom series", bottom.len()).into())
        }
    }

    /// The greatest difference between a node and the sum of its bottom series, as a share of the sum of their sizes.
    ///
    /// # Errors
    /// If there is not one value per node.
    pub fn incoherence(&self, values: &[f64]) -> Result<f64, ForecastError> {
        self.check_nodes("values", values.len())?;
        let gap = |&node: &usize| {
            let parts = || self.members[node].iter().map(|&j| values[self.bottoms[j as usize]]);
            let size = parts().map(f64::abs).sum::<f64>().max(values[node].abs());
            if size > 0.0 { (values[node] - parts().sum::<f64>()).abs() / size } else { 0.0 }
        };
        Ok(self.uppers.iter().map(gap).fold(0.0, f64::max))
    }

    pub(super) fn sums(&self, bottom: &[f64]) -> Vec<f64> {
        self.members.iter().map(|list| list.iter().map(|&j| bottom[j as usize]).sum()).collect()
    }

    pub(super) fn check_nodes(&self, what: &str, count: usize) -> Result<(), ForecastError> {
        if count == self.len() {
            Ok(())
        } else {
            Err(Invalid::value(what, format!("must be one per node ({})", self.len()), count).into())
        }
    }
}

fn check_columns<C: AsRef<[K]>, K>(rows: usize, columns: &[C]) -> Result<(), ForecastError> {
    let mut checks = Invalid::checks();
    checks.require(rows > 0 && rows <= u32::MAX as usize, "bottom series", "must be at least 1", rows);
    for column in columns {
        let length = column.as_ref().len();
        checks.require(length == rows, "keys", "must be one per bottom series", length);
    }
    Ok(checks.finish()?)
}

fn path<C: AsRef<[K]>, K: AsRef<str>>(columns: &[C], grouping: &[usize], row: usize) -> String {
    let keys: Vec<&str> = grouping.iter().map(|&column| columns[column].as_ref()[row].as_ref()).collect();
    keys.join("/")
}

/// The node above each node, if every level only splits the nodes of the level before.
fn parents_of(levels: &[usize], members: &[Vec<u32>], rows: usize) -> Option<Vec<Option<usize>>> {
    let mut parents = vec![None; members.len()];
    let (mut above, mut here) = (vec![None; rows], vec![None; rows]);
    for (node, list) in members.iter().enumerate() {
        if node > 0 && levels[node] > levels[node - 1] {
            above.clone_from(&here);
        }
        let parent = list.first().and_then(|&j| above[j as usize]);
        if list.iter().any(|&j| above[j as usize] != parent) {
            return None;
        }
        parents[node] = parent;
        list.iter().for_each(|&j| here[j as usize] = Some(node));
    }
    Some(parents)
}
