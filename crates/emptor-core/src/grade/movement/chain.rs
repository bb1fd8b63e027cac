//! Where the moves lead if they go on as they are.

use super::{MigrationMatrix, Standing};
use crate::grade::Grade;

/// The shares of grades that the moves between grades lead to and keep, see [`MigrationMatrix::stationary`].
#[derive(Debug, Clone, PartialEq)]
pub enum Stationary {
    /// One set of shares, best grade first; it sums to 1. A grade that customers leave for ever has share 0; if one grade
    /// keeps everybody who enters it (an absorbing grade), its share is 1.
    Unique(Vec<f64>),
    /// Where customers end depends on where they begin: groups of grades that nobody leaves, best first.
    Several(Vec<Vec<Grade>>),
    /// Customers moved to these grades, but nobody was in them before who could tell their further moves. None is named if
    /// nobody was graded both times.
    Unknown(Vec<Grade>),
}

/// Where a customer is expected to stand after some periods, see [`MigrationMatrix::outlook`]. The shares of the grades,
/// `ungraded` and `absent` sum to 1.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Outlook {
    /// Probability of each grade, best first.
    pub grades: Vec<f64>,
    /// Probability to be ungraded.
    pub ungraded: f64,
    /// Probability to be lost.
    pub absent: f64,
    /// Mean place of the grade, 0 for `A`, of those who are then graded; `None` if nobody is.
    pub expected_place: Option<f64>,
}

impl MigrationMatrix {
    /// Shares of moves from each grade to each grade, of those who are graded after: rows sum to 1. `None` for a grade
    /// from which nobody came into a grade.
    #[must_use]
    pub fn between_grades(&self) -> Vec<Option<Vec<f64>>> {
        self.conditional(&self.standings(|to| to.grade().is_some()))
    }

    /// Shares of moves from each grade to each grade and, last, to `lost`, of those whose standing after is known: rows
    /// sum to 1. Who became ungraded is taken to move as the others did. `None` for a grade without such a customer.
    #[must_use]
    pub fn between_grades_and_lost(&self) -> Vec<Option<Vec<f64>>> {
        self.conditional(&self.standings(|to| to != Standing::Ungraded))
    }

    /// The mobility of customers between grades (Shorrocks 1978, "The measurement of mobility", Econometrica 46): 0 if
    /// everybody stays, 1 if the grade after does not depend on the grade before.
    ///
    /// ```text
    /// M = (k − tr P) / (k − 1)        P: moves of those graded both times, k grades that somebody was in
    /// ```
    /// `None` unless customers were in two grades.
    ///
    /// ```
    /// # use emptor_core::grade::Grade;
    /// use emptor_core::grade::movement::{MigrationMatrix, MigrationOptions, Standing};
    /// use emptor_types::Level;
    ///
    /// let standings = |letters: &str| -> Vec<Standing> {
    ///     letters.chars().map(|letter| Grade::try_from(letter).ok().into()).collect()
    /// };
    /// let options = MigrationOptions::new(Level::new(0.9)?);
    /// let moved = MigrationMatrix::between(&standings("AAAABB"), &standings("AAABBA"), options)?;
    /// assert_eq!(moved.mobility(), Some(0.75)); // (2 − 3/4 − 1/2) / 1
    /// # Ok::<(), emptor_core::grade::GradeError>(())
    /// ```
    #[must_use]
    pub fn mobility(&self) -> Option<f64> {
        let rows = self.between_grades();
        let left: Vec<f64> =
            rows.iter().enumerate().filter_map(|(a, row)| row.as_ref().map(|row| 1.0 - row[a])).collect();
        (left.len() > 1).then(|| left.iter().sum::<f64>() / (left.len() - 1) as f64)
    }

    /// The shares of grades that moves between grades would lead to and keep, if they went on as they are: `π P = π`, of
    /// those who stay graded. By elimination without subtractions (Grassmann, Taksar & Heyman 1985, Operations Research
    /// 33), which keeps all digits also where moves are rare.
    ///
    /// ```
    /// # use emptor_core::grade::Grade;
    /// use emptor_core::grade::movement::{MigrationMatrix, MigrationOptions, Standing, Stationary};
    /// use emptor_types::Level;
    ///
    /// let standings = |letters: &str| -> Vec<Standing> {
    ///     letters.chars().map(|letter| Grade::try_from(letter).ok().into()).collect()
    /// };
    /// let options = MigrationOptions::new(Level::new(0.9)?);
    /// let moved = MigrationMatrix::between(&standings("AAAABB"), &standings("AAABBA"), options)?;
    /// assert_eq!(moved.stationary(), Stationary::Unique(vec![2.0 / 3.0, 1.0 / 3.0]));
    ///
    /// let stayed = MigrationMatrix::between(&standings("AB"), &standings("AB"), options)?;
    /// assert!(matches!(stayed.stationary(), Stationary::Several(groups) if groups.len() == 2));
    /// # Ok::<(), emptor_core::grade::GradeError>(())
    /// ```
    #[must_use]
    pub fn stationary(&self) -> Stationary {
        let rows = self.between_grades();
        let grades = rows.len();
        let step = |a: usize, b: usize| rows[a].as_ref().is_some_and(|row| row[b] > 0.0);
        let unknown: Vec<usize> =
            (0..grades).filter(|&b| rows[b].is_none() && (0..grades).any(|a| step(a, b))).collect();
        if !unknown.is_empty() || rows.iter().all(Option::is_none) {
            return Stationary::Unknown(unknown.into_iter().filter_map(Grade::from_index).collect());
        }
        // Warshall (1962): what can be reached in any number of steps.
        let mut reach: Vec<Vec<bool>> =
            (0..grades).map(|a| (0..grades).map(|b| a == b || step(a, b)).collect()).collect();
        for through in 0..grades {
            for a in 0..grades {
                for b in 0..grades {
                    reach[a][b] |= reach[a][through] && reach[through][b];
                }
            }
        }
        let known = |a: usize| rows[a].is_some();
        let closed = |a: usize| (0..grades).all(|b| !reach[a][b] || reach[b][a]);
        let first_of_group = |a: usize| (0..a).all(|b| !(reach[a][b] && reach[b][a]));
        let mut groups: Vec<Vec<usize>> = (0..grades)
            .filter(|&a| known(a) && closed(a) && first_of_group(a))
            .map(|a| (0..grades).filter(|&b| reach[a][b]).collect())
            .collect();
        if groups.len() > 1 {
            let grades = |group: &Vec<usize>| group.iter().copied().filter_map(Grade::from_index).collect();
            return Stationary::Several(groups.iter().map(grades).collect());
        }
        let group = groups.pop().unwrap_or_default();
        let within = |&a: &usize| group.iter().map(|&b| rows[a].as_ref().map_or(0.0, |row| row[b])).collect();
        let mut shares = vec![0.0; grades];
        for (share, &grade) in kept_shares(group.iter().map(within).collect()).into_iter().zip(&group) {
            shares[grade] = share;
        }
        Stationary::Unique(shares)
    }

    /// Where a customer who stands at `from` is expected to stand after some periods, if moves go on as they are. The lost
    /// stay lost; `from` may be `Absent`, for a new customer.
    ///
    /// `None` if the customer may come to stand where nobody stood before: moves from there are not known. With
    /// [smoothing](super::MigrationOptions::smoothing) they always are.
    ///
    /// ```
    /// # use emptor_core::grade::Grade;
    /// use emptor_core::grade::movement::{MigrationMatrix, MigrationOptions, Standing};
    /// use emptor_types::Level;
    ///
    /// let standings = |letters: &str| -> Vec<Standing> {
    ///     letters.chars().map(|c| Grade::try_from(c).map_or(Standing::Absent, Standing::from)).collect()
    /// };
    /// let options = MigrationOptions::new(Level::new(0.9)?);
    /// let moved = MigrationMatrix::between(&standings("AABB"), &standings("ABB-"), options)?;
    /// let outlook = moved.outlook(standings("A")[0], 2).ok_or("moves from A and B are known")?;
    /// assert_eq!((outlook.grades, outlook.absent), (vec![0.25, 0.5], 0.25));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn outlook(&self, from: Standing, periods: u32) -> Option<Outlook> {
        let all: Vec<Standing> = Standing::all(self.grades()).collect();
        let start = from.place(self.grades())?;
        let mut shares = vec![0.0; all.len()];
        shares[start] = 1.0;
        for period in 0..periods {
            let mut next = vec![0.0; all.len()];
            for (&standing, &share) in all.iter().zip(&shares).filter(|(_, share)| **share > 0.0) {
                if standing == Standing::Absent && (period > 0 || from != Standing::Absent) {
                    next[all.len() - 1] += share; // lost, which is for good
                    continue;
                }
                for (&to, next) in all.iter().zip(&mut next) {
                    if (standing, to) != (Standing::Absent, Standing::Absent) {
                        *next += share * self.share(standing, to)?;
                    }
                }
            }
            shares = next;
        }
        let absent = shares.pop()?;
        let ungraded = shares.pop()?;
        let graded: f64 = shares.iter().sum();
        let places: f64 = shares.iter().enumerate().map(|(place, share)| place as f64 * share).sum();
        let expected_place = (graded > 0.0).then(|| places / graded);
        Some(Outlook { grades: shares, ungraded, absent, expected_place })
    }

    fn standings(&self, keep: fn(Standing) -> bool) -> Vec<Standing> {
        Standing::all(self.grades()).filter(|&to| keep(to)).collect()
    }

    /// Shares of the moves from each grade to `columns`, of those who came to one of them.
    fn conditional(&self, columns: &[Standing]) -> Vec<Option<Vec<f64>>> {
        let row = |from: Standing| {
            let shares: Vec<f64> = columns.iter().filter_map(|&to| self.share(from, to)).collect();
            let kept: f64 = shares.iter().sum();
            (kept > 0.0).then(|| shares.into_iter().map(|share| share / kept).collect())
        };
        self.standings(|from| from.grade().is_some()).into_iter().map(row).collect()
    }
}

/// The shares that an irreducible chain keeps.
fn kept_shares(mut p: Vec<Vec<f64>>) -> Vec<f64> {
    for last in (1..p.len()).rev() {
        let left: f64 = p[last][..last].iter().sum();
        for a in 0..last {
            p[a][last] /= left;
            for b in 0..last {
                p[a][b] += p[a][last] * p[last][b];
            }
        }
    }
    let mut shares: Vec<f64> = Vec::with_capacity(p.len());
    for b in 0..p.len() {
        shares.push(if b == 0 { 1.0 } else { shares.iter().zip(&p).map(|(share, row)| share * row[b]).sum() });
    }
    let all: f64 = shares.iter().sum();
    shares.into_iter().map(|share| share / all).collect()
}
