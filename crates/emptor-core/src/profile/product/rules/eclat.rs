//! Which items come together often.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use emptor_types::Invalid;
use rayon::prelude::*;

use super::baskets::Baskets;

/// A set whose baskets are fewer than one in so many keeps them as a list, which is then the smaller form.
const RARE: usize = 32;

/// How frequent sets of items are sought.
///
/// Eclat (Zaki 2000, *IEEE Transactions on Knowledge and Data Engineering* 12): sets grow item by item, and the baskets
/// of a set are the intersection of those of its parts. Items are taken in ascending order of frequency, so that every
/// set is found below its rarest item, among that item's baskets only. Pairs are counted by walking those baskets; longer
/// sets intersect bits (64 baskets at a time), or lists where a set is rare.
///
/// **Memory.** Baskets take 4 bytes an item, three times over (as given, by frequency, and by item); beside them, and
/// beside the result, each thread holds for every length at most 4 bytes for each item in the baskets of one item: bits
/// are kept only where they are not larger than a list.
///
/// ```
/// use emptor_core::profile::product::rules::{Baskets, Mining};
///
/// let baskets = Baskets::from_pairs(&[0, 0, 0, 1, 1, 2], &[0, 1, 2, 0, 1, 2])?;
/// let frequent = Mining::new().min_count(2).mine(&baskets)?;
/// assert_eq!(frequent.count(&[0, 1]), Some(2));
/// assert_eq!(frequent.count(&[0, 2]), None, "only one basket holds both");
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mining {
    share: f64,
    count: u32,
    length: usize,
    limit: usize,
}

impl Default for Mining {
    fn default() -> Self {
        Self { share: 0.0, count: 5, length: 2, limit: 5_000_000 }
    }
}

impl Mining {
    /// Pairs in at least five baskets.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The least share of baskets that hold a set, from 0 to 1; 0 unless said otherwise. The count must hold as well.
    #[must_use]
    pub fn min_support(self, share: f64) -> Self {
        Self { share, ..self }
    }

    /// The least number of baskets that hold a set; 5 unless said otherwise.
    #[must_use]
    pub fn min_count(self, count: u32) -> Self {
        Self { count, ..self }
    }

    /// The greatest number of items in a set; 2 unless said otherwise, which needs no intersections at all.
    #[must_use]
    pub fn max_length(self, length: usize) -> Self {
        Self { length, ..self }
    }

    /// The greatest number of sets to be found; 5,000,000 unless said otherwise. A support that is too low finds more
    /// sets than anybody can read, and more than memory holds.
    #[must_use]
    pub fn max_sets(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// The least number of baskets of a set among so many.
    fn least(&self, baskets: usize) -> u32 {
        // 0.01 of 300 baskets are 3, though 0.01 × 300 is a little more in floating point.
        let share = (self.share * baskets as f64 * (1.0 - 1e-12)).ceil();
        self.count.max(share as u32)
    }

    /// Finds every set of items that is frequent enough. The result depends neither on the order of the baskets nor on
    /// the number of threads (of rayon's current pool).
    ///
    /// # Errors
    /// If a setting is out of range, all of them at once; or if more sets are frequent than
    /// [`max_sets`](Self::max_sets) allows.
    pub fn mine(&self, baskets: &Baskets) -> Result<Itemsets, Invalid> {
        let mut checks = Invalid::checks();
        checks.require((0.0..=1.0).contains(&self.share), "min_support", "must lie from 0 to 1", self.share);
        checks.require(self.count >= 1, "min_count", "must be at least 1", self.count);
        checks.require(self.length >= 1, "max_length", "must be at least 1", self.length);
        checks.require(u32::try_from(baskets.len()).is_ok(), "baskets", "must be fewer than 2^32", baskets.len());
        checks.finish()?;
        let least = self.least(baskets.len());
        let counts = baskets.counts();
        let mut order: Vec<u32> = (0_u32..).zip(&counts).filter(|(_, n)| **n >= least).map(|(item, _)| item).collect();
        order.sort_by_key(|item| (counts[*item as usize], *item));
        let mut rank = vec![None; counts.len()];
        order.iter().zip(0_u32..).for_each(|(item, r)| rank[*item as usize] = Some(r));
        let horizontal = baskets.renumbered(&rank, order.len());
        let vertical = horizontal.by_item();
        let class = Class { horizontal: &horizontal, least, length: self.length };
        let found = AtomicUsize::new(order.len());
        let mut sets: Vec<Itemset> =
            order.iter().map(|item| Itemset { items: vec![*item], count: counts[*item as usize] }).collect();
        if self.length > 1 {
            let below: Vec<Vec<(Vec<u32>, u32)>> = (0..order.len())
                .into_par_iter()
                .map(|first| {
                    let mut out = Vec::new();
                    if found.load(Ordering::Relaxed) <= self.limit {
                        class.sets_below(first as u32, vertical.items(first), &found, self.limit, &mut out);
                    }
                    out
                })
                .collect();
            for (ranks, count) in below.into_iter().flatten() {
                let mut items: Vec<u32> = ranks.iter().map(|r| order[*r as usize]).collect();
                items.sort_unstable();
                sets.push(Itemset { items, count });
            }
        }
        if found.into_inner() > self.limit {
            let rule = format!("must be greater: more than {} sets have it", self.limit);
            return Err(Invalid::value("support", rule, format!("{least} baskets")));
        }
        sets.sort_unstable_by(|a, b| a.items.len().cmp(&b.items.len()).then_with(|| a.items.cmp(&b.items)));
        Ok(Itemsets { baskets: baskets.len() as u32, least, sets })
    }
}

/// Items that come together.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Itemset {
    /// The items, ascending.
    pub items: Vec<u32>,
    /// How many baskets hold them all.
    pub count: u32,
}

/// All frequent sets: shorter ones first, equally long ones by their items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Itemsets {
    baskets: u32,
    least: u32,
    sets: Vec<Itemset>,
}

impl Itemsets {
    /// The sets.
    #[must_use]
    pub fn sets(&self) -> &[Itemset] {
        &self.sets
    }

    /// How many baskets they were counted in.
    #[must_use]
    pub fn baskets(&self) -> u32 {
        self.baskets
    }

    /// How many baskets had to hold a set.
    #[must_use]
    pub fn min_count(&self) -> u32 {
        self.least
    }

    /// How many baskets hold all of these items (ascending); `None` if they are not frequent together.
    #[must_use]
    pub fn count(&self, items: &[u32]) -> Option<u32> {
        let place = self
            .sets
            .binary_search_by(|set| set.items.len().cmp(&items.len()).then_with(|| set.items.as_slice().cmp(items)));
        place.ok().map(|i| self.sets[i].count)
    }

    /// The counts by items, for many lookups.
    pub(super) fn by_items(&self) -> HashMap<&[u32], u32> {
        self.sets.iter().map(|set| (set.items.as_slice(), set.count)).collect()
    }
}

/// The baskets of a set among those of its rarest item.
enum Tids {
    /// One bit a basket.
    Bits(Vec<u64>),
    /// The baskets, ascending.
    List(Vec<u32>),
}

impl Tids {
    /// The baskets that hold both, and how many they are; `None` if fewer than `least`.
    fn and(&self, other: &Self, least: u32) -> Option<(Self, u32)> {
        let holds = |bits: &[u64], t: u32| bits[t as usize / 64] >> (t % 64) & 1 == 1;
        let (both, count) = match (self, other) {
            (Self::Bits(a), Self::Bits(b)) => {
                // Most intersections are too small to be kept: count before writing.
                let count: u32 = a.iter().zip(b).map(|(a, b)| (a & b).count_ones()).sum();
                if count < least {
                    return None;
                }
                if count as usize * RARE < a.len() * 64 {
                    (Self::List(ones(a.iter().zip(b).map(|(a, b)| a & b), count)), count)
                } else {
                    (Self::Bits(a.iter().zip(b).map(|(a, b)| a & b).collect()), count)
                }
            }
            (Self::List(list), Self::Bits(bits)) | (Self::Bits(bits), Self::List(list)) => {
                let both: Vec<u32> = list.iter().copied().filter(|t| holds(bits, *t)).collect();
                let count = both.len() as u32;
                (Self::List(both), count)
            }
            (Self::List(a), Self::List(b)) => {
                let both = merged(a, b);
                let count = both.len() as u32;
                (Self::List(both), count)
            }
        };
        (count >= least).then_some((both, count))
    }
}

fn ones(words: impl Iterator<Item = u64>, count: u32) -> Vec<u32> {
    let mut list = Vec::with_capacity(count as usize);
    for (start, mut word) in (0_u32..).step_by(64).zip(words) {
        while word != 0 {
            list.push(start + word.trailing_zeros());
            word &= word - 1;
        }
    }
    list
}

fn merged(a: &[u32], b: &[u32]) -> Vec<u32> {
    let (mut i, mut j, mut both) = (0, 0, Vec::new());
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        if x == y {
            both.push(*x);
        }
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    both
}

/// An item that may be added to a set: its rank, the baskets of the set with it, and how many they are.
struct Extension {
    rank: u32,
    tids: Tids,
    count: u32,
}

/// The search below one item.
struct Class<'a> {
    horizontal: &'a Baskets,
    least: u32,
    length: usize,
}

impl Class<'_> {
    /// Appends all frequent sets of at least two items whose rarest is `first`.
    fn sets_below(
        &self,
        first: u32,
        baskets: &[u32],
        found: &AtomicUsize,
        limit: usize,
        out: &mut Vec<(Vec<u32>, u32)>,
    ) {
        // Only items after the first: every set is found once.
        let beyond = |basket: &u32| {
            let items = self.horizontal.items(*basket as usize);
            &items[items.partition_point(|rank| *rank <= first)..]
        };
        let offset = first as usize + 1;
        let mut counts = vec![0_u32; self.horizontal.item_count() - offset];
        for basket in baskets {
            beyond(basket).iter().for_each(|rank| counts[*rank as usize - offset] += 1);
        }
        let frequent = counts.iter().filter(|count| **count >= self.least).count();
        found.fetch_add(frequent, Ordering::Relaxed);
        let with_first = |rank: usize, count: u32| (vec![first, (rank + offset) as u32], count);
        out.extend(counts.iter().enumerate().filter(|(_, n)| **n >= self.least).map(|(r, n)| with_first(r, *n)));
        if self.length < 3 || frequent < 2 {
            return;
        }
        let words = baskets.len().div_ceil(64);
        let mut place = vec![u32::MAX; counts.len()];
        let mut extensions = Vec::with_capacity(frequent);
        for (rank, count) in counts.iter().enumerate().filter(|(_, n)| **n >= self.least) {
            place[rank] = extensions.len() as u32;
            let rare = *count as usize * RARE < words * 64;
            let tids = if rare { Tids::List(Vec::with_capacity(*count as usize)) } else { Tids::Bits(vec![0; words]) };
            extensions.push(Extension { rank: (rank + offset) as u32, tids, count: *count });
        }
        for (t, basket) in (0_u32..).zip(baskets) {
            for rank in beyond(basket) {
                match extensions.get_mut(place[*rank as usize - offset] as usize).map(|e| &mut e.tids) {
                    Some(Tids::Bits(bits)) => bits[t as usize / 64] |= 1 << (t % 64),
                    Some(Tids::List(list)) => list.push(t),
                    None => {}
                }
            }
        }
        self.grow(&mut vec![first], &extensions, found, limit, out);
    }

    /// Appends all frequent sets that begin with `prefix` and two or more of its extensions.
    fn grow(
        &self,
        prefix: &mut Vec<u32>,
        extensions: &[Extension],
        found: &AtomicUsize,
        limit: usize,
        out: &mut Vec<(Vec<u32>, u32)>,
    ) {
        for (i, extension) in extensions.iter().enumerate() {
            prefix.push(extension.rank);
            let mut next = Vec::new();
            for other in &extensions[i + 1..] {
                // A set has no more baskets than its parts.
                if extension.count.min(other.count) < self.least {
                    continue;
                }
                if let Some((tids, count)) = extension.tids.and(&other.tids, self.least) {
                    let mut set = prefix.clone();
                    set.push(other.rank);
                    out.push((set, count));
                    next.push(Extension { rank: other.rank, tids, count });
                }
            }
            let before = found.fetch_add(next.len(), Ordering::Relaxed);
            if next.len() > 1 && prefix.len() + 1 < self.length && before + next.len() <= limit {
                self.grow(prefix, &next, found, limit, out);
            }
            prefix.pop();
        }
    }
}
