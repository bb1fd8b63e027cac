//! Rows to learn from and rows to judge by.

use emptor_types::Invalid;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::{Feature, Features, LearnError};

/// A division of rows: numbers of the rows to learn from and of the rows to judge by, both ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Split {
    /// Rows to learn from.
    pub train: Vec<usize>,
    /// Rows to judge by.
    pub test: Vec<usize>,
}

impl Split {
    /// A random share of the events and the same share of the other rows for the test (stratified), rounded to the
    /// nearest row; drawn by Xoshiro256++.
    ///
    /// ```
    /// use emptor_learn::Split;
    ///
    /// let event: Vec<bool> = (0..50).map(|i| i % 5 == 0).collect();
    /// let split = Split::random(&event, 0.2, 42)?;
    /// assert_eq!((split.train.len(), split.test.len()), (40, 10));
    /// assert_eq!(split.test.iter().filter(|&&row| event[row]).count(), 2);
    /// # Ok::<(), emptor_learn::LearnError>(())
    /// ```
    ///
    /// # Errors
    /// Unless the share is above 0 and below 1.
    pub fn random(event: &[bool], test_share: f64, seed: u64) -> Result<Self, LearnError> {
        check_share(test_share)?;
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut in_test = vec![false; event.len()];
        for class in [true, false] {
            let mut rows: Vec<usize> = (0..event.len()).filter(|&row| event[row] == class).collect();
            rows.shuffle(&mut generator);
            let count = (test_share * rows.len() as f64).round() as usize;
            rows.iter().take(count).for_each(|&row| in_test[row] = true);
        }
        Ok(Self::by(&in_test))
    }

    /// The last share of rows by a date or another order for the test: what a model of today is worth tomorrow. Rows of
    /// the same date stay together, with the rows to learn from.
    ///
    /// ```
    /// use emptor_learn::Split;
    ///
    /// let day = [3, 1, 2, 2, 5, 4, 4, 1, 2, 3];
    /// let split = Split::last(&day, 0.3)?;
    /// assert_eq!(split.test, [4, 5, 6]); // days 4 and 5
    /// # Ok::<(), emptor_learn::LearnError>(())
    /// ```
    ///
    /// # Errors
    /// Unless the share is above 0 and below 1.
    pub fn last<T: Ord + Copy>(order: &[T], test_share: f64) -> Result<Self, LearnError> {
        check_share(test_share)?;
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        let kept = order.len() - (test_share * order.len() as f64).round() as usize;
        let border = kept.checked_sub(1).and_then(|place| sorted.get(place));
        let in_test: Vec<bool> = order.iter().map(|date| border.is_none_or(|border| date > border)).collect();
        Ok(Self::by(&in_test))
    }

    /// `folds` divisions such that every row is judged once; each fold has the same share of events, to one row.
    ///
    /// ```
    /// use emptor_learn::Split;
    ///
    /// let event: Vec<bool> = (0..50).map(|i| i % 5 == 0).collect();
    /// let folds = Split::folds(&event, 5, 42)?;
    /// let mut judged: Vec<usize> = folds.iter().flat_map(|fold| fold.test.clone()).collect();
    /// judged.sort_unstable();
    /// assert!(judged.iter().copied().eq(0..50));
    /// assert!(folds.iter().all(|fold| fold.test.iter().filter(|&&row| event[row]).count() == 2));
    /// # Ok::<(), emptor_learn::LearnError>(())
    /// ```
    ///
    /// # Errors
    /// Unless there are at least 2 folds, and at least as many rows with and without the event.
    pub fn folds(event: &[bool], folds: usize, seed: u64) -> Result<Vec<Self>, LearnError> {
        let events = event.iter().filter(|&&event| event).count();
        let fewest = events.min(event.len() - events);
        if folds < 2 || folds > fewest {
            let rule = format!("must be 2 to {fewest}, the rows of the rarer outcome");
            Err(Invalid::value("folds", rule, folds))?;
        }
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut fold = vec![0; event.len()];
        for class in [true, false] {
            let mut rows: Vec<usize> = (0..event.len()).filter(|&row| event[row] == class).collect();
            rows.shuffle(&mut generator);
            rows.iter().enumerate().for_each(|(place, &row)| fold[row] = place % folds);
        }
        let split = |k| Self::by(&fold.iter().map(|&own| own == k).collect::<Vec<bool>>());
        Ok((0..folds).map(split).collect())
    }

    fn by(in_test: &[bool]) -> Self {
        let (test, train) = (0..in_test.len()).partition(|&row| in_test[row]);
        Self { train, test }
    }
}

fn check_share(share: f64) -> Result<(), Invalid> {
    if share > 0.0 && share < 1.0 {
        Ok(())
    } else {
        Err(Invalid::value("test_share", "must be above 0 and below 1", share))
    }
}

/// Copies of some rows of columns.
///
/// ```
/// use emptor_learn::{Feature, Features, Subset};
///
/// let features = Features::new(&[("age", Feature::Numbers(&[19.0, 67.0, 35.0]))])?;
/// let subset = Subset::of(&features, &[2, 0]);
/// assert!(matches!(subset.features()?.get("age"), Some(Feature::Numbers(&[35.0, 19.0]))));
/// # Ok::<(), emptor_learn::LearnError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Subset {
    columns: Vec<(String, Owned)>,
}

#[derive(Debug, Clone)]
enum Owned {
    Numbers(Vec<f64>),
    Categories { codes: Vec<u32>, names: Vec<String> },
}

impl Subset {
    /// Copies rows, in the order given.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn of(features: &Features<'_>, rows: &[usize]) -> Self {
        let copy = |column: &Feature<'_>| match column {
            Feature::Numbers(values) => Owned::Numbers(rows.iter().map(|&row| values[row]).collect()),
            Feature::Categories { codes, names } => {
                Owned::Categories { codes: rows.iter().map(|&row| codes[row]).collect(), names: names.to_vec() }
            }
        };
        let columns = features.columns();
        Self { columns: columns.iter().map(|(name, column)| ((*name).to_owned(), copy(column))).collect() }
    }

    /// Lends the copies.
    ///
    /// # Errors
    /// None but those of [`Features::new`], which the columns passed before.
    pub fn features(&self) -> Result<Features<'_>, LearnError> {
        let columns: Vec<(&str, Feature<'_>)> = self.columns.iter().map(Owned::lend).collect();
        Features::new(&columns)
    }
}

impl Owned {
    fn lend(named: &(String, Self)) -> (&str, Feature<'_>) {
        let feature = match &named.1 {
            Self::Numbers(values) => Feature::Numbers(values),
            Self::Categories { codes, names } => Feature::Categories { codes, names },
        };
        (&named.0, feature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_folds_out_of_range_are_refused() {
        for share in [0.0, 1.0, f64::NAN, -0.5] {
            assert!(Split::random(&[true, false], share, 1).is_err() && Split::last(&[1, 2], share).is_err());
        }
        assert!(Split::folds(&[true, false, false], 2, 1).is_err(), "one event cannot be in two folds");
        assert!(Split::folds(&[true, false], 1, 1).is_err());
    }

    #[test]
    fn a_seed_gives_one_split_and_another_seed_another() -> Result<(), LearnError> {
        let event: Vec<bool> = (0..200).map(|i| i % 3 == 0).collect();
        assert_eq!(Split::random(&event, 0.3, 7)?, Split::random(&event, 0.3, 7)?);
        assert_ne!(Split::random(&event, 0.3, 7)?, Split::random(&event, 0.3, 8)?);
        Ok(())
    }

    #[test]
    fn rows_of_one_date_are_never_divided() -> Result<(), LearnError> {
        let split = Split::last(&[1; 10], 0.3)?;
        assert_eq!((split.train.len(), split.test.len()), (10, 0));
        assert_eq!(Split::last::<i32>(&[], 0.3)?.train, Vec::<usize>::new());
        Ok(())
    }
}
