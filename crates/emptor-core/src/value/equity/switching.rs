//! Customer equity where customers switch between brands.

use emptor_types::{DiscountRate, Horizon, Invalid, TimeUnit};
use serde::{Deserialize, Serialize};

/// How far a row of probabilities may be from 1: what printing to a few places and adding up leave.
const SUM_TO_ONE: f64 = 1e-9;

/// What dividing a horizon may leave of `T·f`: 0.29 years of 100 purchases are 29, not 28.999999999999996.
const ROUNDING: f64 = 1e-12;

/// Purchases within a horizon, at most.
const MOST_PURCHASES: f64 = 1e6;

/// Which brand is bought next by the buyers of each brand: row `i` are the probabilities after a purchase of brand `i`.
///
/// ```text
/// B_{t+1} = B_t · M
/// CLV_ij = Σ_{t=0}^{⌊T·f⌋} (1+d)^(−t/f) · v · π · B_ijt
/// ```
///
/// (Rust, Lemon & Zeithaml 2004): the value for brand `j` of a customer who bought brand `i` last, with `f`
/// purchases a year over `T` years, volume `v` and margin `π` per purchase. The purchase at `t = 0` is the coming one.
///
/// ```
/// use emptor_core::value::equity::{BrandSwitching, BrandUse};
/// use emptor_types::{DiscountRate, Horizon};
///
/// let switching = BrandSwitching::new(vec![vec![0.75, 0.25], vec![0.2, 0.8]])?;
/// let path: Vec<f64> = switching.path(0, 3)?.iter().map(|b| b[0]).collect();
/// assert!(path.iter().zip([0.75, 0.612_5, 0.536_875]).all(|(p, q)| (p - q).abs() < 1e-12));
/// let habit = BrandUse::new(2.0, 120.0, 0.25, Horizon::years(3.0)?, DiscountRate::annual_effective(0.10)?)?;
/// assert!((switching.customer_values(0, &habit)?[0] - 100.331_668).abs() < 1e-6);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Vec<f64>>", into = "Vec<Vec<f64>>")]
pub struct BrandSwitching {
    matrix: Vec<Vec<f64>>,
}

impl TryFrom<Vec<Vec<f64>>> for BrandSwitching {
    type Error = Invalid;

    fn try_from(matrix: Vec<Vec<f64>>) -> Result<Self, Invalid> {
        Self::new(matrix)
    }
}

impl From<BrandSwitching> for Vec<Vec<f64>> {
    fn from(switching: BrandSwitching) -> Self {
        switching.matrix
    }
}

/// How a brand is bought.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredUse")]
pub struct BrandUse {
    frequency: f64,
    volume: f64,
    margin: f64,
    horizon: Horizon,
    rate: DiscountRate,
}

/// The saved form; loading checks it again.
#[derive(Deserialize)]
struct StoredUse {
    frequency: f64,
    volume: f64,
    margin: f64,
    horizon: Horizon,
    rate: DiscountRate,
}

impl TryFrom<StoredUse> for BrandUse {
    type Error = Invalid;

    fn try_from(stored: StoredUse) -> Result<Self, Invalid> {
        Self::new(stored.frequency, stored.volume, stored.margin, stored.horizon, stored.rate)
    }
}

/// What a marketing investment does to customer equity.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MarketingReturn {
    /// Customer equity without it.
    pub before: f64,
    /// Customer equity with it.
    pub after: f64,
    /// `after − before`.
    pub change: f64,
    /// Its discounted cost.
    pub cost: f64,
    /// `(change − cost) / cost`.
    pub roi: f64,
}

impl BrandUse {
    /// `frequency` purchases a year, `volume` of money per purchase with `margin` as its share, over a horizon.
    ///
    /// # Errors
    /// Unless the frequency is finite and positive, volume finite and at least 0, the margin finite, and a million purchases
    /// at most within the horizon.
    pub fn new(
        frequency: f64,
        volume: f64,
        margin: f64,
        horizon: Horizon,
        rate: DiscountRate,
    ) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let rule = "must be finite and positive";
        checks.require(frequency.is_finite() && frequency > 0.0, "frequency", rule, frequency);
        checks.require(volume.is_finite() && volume >= 0.0, "volume", "must be finite and at least 0", volume);
        checks.require(margin.is_finite(), "margin", "must be finite", margin);
        let purchases = horizon.in_units(TimeUnit::Year) * frequency;
        let rule = format!("must be at most {MOST_PURCHASES} within the horizon");
        // A frequency that is none has been reported above.
        checks.require(purchases <= MOST_PURCHASES || !frequency.is_finite(), "purchases", &rule, purchases);
        checks.finish()?;
        Ok(Self { frequency, volume, margin, horizon, rate })
    }

    /// Purchases that count: those at `t = 0, 1, …, ⌊T·f⌋`. A last one that only rounding puts behind the horizon counts.
    #[must_use]
    pub fn purchases(&self) -> usize {
        let last = self.horizon.in_units(TimeUnit::Year) * self.frequency * (1.0 + ROUNDING);
        last.floor() as usize + 1
    }
}

impl BrandSwitching {
    /// A switching matrix.
    ///
    /// # Errors
    /// Unless it is square, all probabilities lie between 0 and 1, and every row adds up to 1.
    pub fn new(matrix: Vec<Vec<f64>>) -> Result<Self, Invalid> {
        let n = matrix.len();
        let mut checks = Invalid::checks();
        checks.require(n > 0, "switching matrix", "must have at least one brand", n);
        for (brand, row) in matrix.iter().enumerate() {
            let name = format!("switching matrix, brand {brand}");
            checks.require(row.len() == n, &name, &format!("must have {n} probabilities"), row.len());
            checks.require_each(&name, "must lie between 0 and 1", row, |_, p| (0.0..=1.0).contains(&p));
            let sum: f64 = row.iter().sum();
            checks.require((sum - 1.0).abs() <= SUM_TO_ONE, &name, "must add up to 1", sum);
        }
        checks.finish()?;
        Ok(Self { matrix })
    }

    /// Number of brands.
    #[must_use]
    pub fn brands(&self) -> usize {
        self.matrix.len()
    }

    /// Probabilities of all brands at each of the next `purchases` purchases of a customer who bought `last` last.
    ///
    /// # Errors
    /// If there is no such brand.
    pub fn path(&self, last: usize, purchases: usize) -> Result<Vec<Vec<f64>>, Invalid> {
        self.knows("last brand", last)?;
        let mut path: Vec<Vec<f64>> = Vec::with_capacity(purchases);
        for _ in 0..purchases {
            let next = match path.last() {
                None => self.matrix[last].clone(),
                Some(now) => self.step(now),
            };
            path.push(next);
        }
        Ok(path)
    }

    fn step(&self, now: &[f64]) -> Vec<f64> {
        (0..self.brands()).map(|to| now.iter().zip(&self.matrix).map(|(p, row)| p * row[to]).sum()).collect()
    }

    /// Value for brand `brand` of a customer of each brand: element `i` is that of one who bought brand `i` last.
    ///
    /// # Errors
    /// If there is no such brand, or a value is not finite.
    pub fn customer_values(&self, brand: usize, habit: &BrandUse) -> Result<Vec<f64>, Invalid> {
        self.knows("brand", brand)?;
        // Backwards, for all last brands at once: what follows a purchase depends on its brand alone.
        let discount = habit.rate.factor(habit.frequency.recip(), TimeUnit::Year);
        let profit = |b: usize| if b == brand { habit.volume * habit.margin } else { 0.0 };
        let mut ahead = vec![0.0; self.brands()];
        for _ in 0..habit.purchases() {
            let coming: Vec<f64> = ahead.iter().enumerate().map(|(b, later)| profit(b) + discount * later).collect();
            ahead = self.matrix.iter().map(|row| row.iter().zip(&coming).map(|(p, v)| p * v).sum()).collect();
        }
        // The loop discounts the coming purchase, at t = 0, by nothing, the one after it once, and so on.
        let mut checks = Invalid::checks();
        checks.require_each("customer value", "must be finite", &ahead, |_, v| v.is_finite());
        checks.finish()?;
        Ok(ahead)
    }

    /// Customer equity of a brand: the values of the customers of all brands, `customers[i]` of whom bought brand `i` last.
    ///
    /// # Errors
    /// Unless there is one finite, non-negative number of customers per brand and equity is finite, and as
    /// [`customer_values`](Self::customer_values).
    pub fn equity(&self, brand: usize, customers: &[f64], habit: &BrandUse) -> Result<f64, Invalid> {
        let mut checks = Invalid::checks();
        let n = self.brands();
        checks.require(
            customers.len() == n,
            "customers",
            &format!("must be one for each of {n} brands"),
            customers.len(),
        );
        let rule = "must be finite and at least 0";
        checks.require_each("customers", rule, customers, |_, c| c.is_finite() && c >= 0.0);
        let values = checks.absorb(self.customer_values(brand, habit));
        checks.finish()?;
        let sum: f64 = customers.iter().zip(values.unwrap_or_default()).map(|(n, value)| n * value).sum();
        if sum.is_finite() { Ok(sum) } else { Err(Invalid::value("customer equity", "must be finite", sum)) }
    }

    /// What an investment is worth that turns this matrix into `improved`, at a discounted `cost`.
    ///
    /// # Errors
    /// Unless both matrices have the same brands and the cost is finite and positive; and as [`equity`](Self::equity).
    pub fn marketing_return(
        &self,
        improved: &Self,
        brand: usize,
        customers: &[f64],
        habit: &BrandUse,
        cost: f64,
    ) -> Result<MarketingReturn, Invalid> {
        let same = self.brands() == improved.brands();
        let mut checks = Invalid::checks();
        checks.require(same, "improved matrix", "must have the same brands", improved.brands());
        checks.finish()?;
        MarketingReturn::new(self.equity(brand, customers, habit)?, improved.equity(brand, customers, habit)?, cost)
    }

    fn knows(&self, name: &str, brand: usize) -> Result<(), Invalid> {
        let n = self.brands();
        if brand < n {
            Ok(())
        } else {
            Err(Invalid::value(name, format!("must be below {n}, the number of brands"), brand))
        }
    }
}

impl MarketingReturn {
    /// From equity without and with the investment, and its discounted cost.
    ///
    /// ```
    /// use emptor_core::value::equity::MarketingReturn;
    ///
    /// // An airline spends 70 millions on its seats (Rust, Lemon & Zeithaml 2004): 101.29 more equity returns 44.7 %.
    /// let seats = MarketingReturn::new(0.0, 101.29, 70.0)?;
    /// assert!((seats.roi - 0.447).abs() < 1e-12);
    /// # Ok::<(), emptor_types::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// Unless both are finite and the cost is finite and positive.
    pub fn new(before: f64, after: f64, cost: f64) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(before.is_finite(), "equity before", "must be finite", before);
        checks.require(after.is_finite(), "equity after", "must be finite", after);
        checks.require(cost.is_finite() && cost > 0.0, "cost", "must be finite and positive", cost);
        checks.finish()?;
        let change = after - before;
        Ok(Self { before, after, change, cost, roi: (change - cost) / cost })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Closed forms and naive sums recomputed in doubles.
    const RECOMPUTED: f64 = 1e-9;

    fn matrix() -> Result<BrandSwitching, Invalid> {
        BrandSwitching::new(vec![vec![0.75, 0.25], vec![0.2, 0.8]])
    }

    fn habit() -> Result<BrandUse, Invalid> {
        BrandUse::new(2.0, 120.0, 0.25, Horizon::years(3.0)?, DiscountRate::annual_effective(0.10)?)
    }

    #[test]
    fn values_are_the_naive_sums_along_the_paths() -> Result<(), Invalid> {
        let three = BrandSwitching::new(vec![vec![0.7, 0.2, 0.1], vec![0.3, 0.5, 0.2], vec![0.25, 0.25, 0.5]])?;
        let habit = habit()?;
        assert_eq!(habit.purchases(), 7);
        for brand in 0..3 {
            let values = three.customer_values(brand, &habit)?;
            for (last, value) in values.iter().enumerate() {
                let path = three.path(last, 7)?;
                let term = |(t, b): (usize, &Vec<f64>)| 1.1_f64.powf(-(t as f64) / 2.0) * 120.0 * 0.25 * b[brand];
                let naive: f64 = path.iter().enumerate().map(term).sum();
                assert!((value - naive).abs() < RECOMPUTED, "{brand} {last}");
            }
        }
        Ok(())
    }

    #[test]
    fn the_values_of_a_customer_for_all_brands_are_those_of_a_loyal_one() -> Result<(), Invalid> {
        // Somebody buys at every purchase: probabilities add up to 1 and so do the brands' values.
        let (switching, habit) = (matrix()?, habit()?);
        let loyal = BrandSwitching::new(vec![vec![1.0]])?.customer_values(0, &habit)?[0];
        for last in 0..2 {
            let sum: f64 =
                (0..2).map(|b| switching.customer_values(b, &habit).map(|v| v[last])).sum::<Result<f64, _>>()?;
            assert!((sum - loyal).abs() < RECOMPUTED);
        }
        Ok(())
    }

    #[test]
    fn better_retention_returns_its_cost_where_it_pays() -> Result<(), Invalid> {
        let improved = BrandSwitching::new(vec![vec![0.8, 0.2], vec![0.2, 0.8]])?;
        let (before, habit) = (matrix()?, habit()?);
        let found = before.marketing_return(&improved, 0, &[1000.0, 4000.0], &habit, 5000.0)?;
        assert!((found.change - (found.after - found.before)).abs() < RECOMPUTED);
        assert!((found.roi - (found.change / 5000.0 - 1.0)).abs() < RECOMPUTED);
        assert!((found.before - 1000.0 * before.customer_values(0, &habit)?[0]).abs() > 1.0, "others' customers count");
        let nothing = before.marketing_return(&before, 0, &[1000.0, 4000.0], &habit, 5000.0)?;
        assert!((nothing.roi + 1.0).abs() < RECOMPUTED);
        Ok(())
    }

    #[test]
    fn purchases_are_counted_whole_and_bounded() -> Result<(), Invalid> {
        let habit = |frequency, years| {
            BrandUse::new(frequency, 1.0, 1.0, Horizon::years(years)?, DiscountRate::annual_effective(0.1)?)
        };
        assert_eq!((habit(100.0, 0.29)?.purchases(), habit(100.0, 0.289)?.purchases()), (30, 29));
        assert_eq!((habit(3.0, 0.1)?.purchases(), habit(2.0, 0.499)?.purchases()), (1, 1));
        assert!(habit(1e300, 3.0).is_err_and(|e| e.to_string().contains("purchases must be at most 1000000")));
        let known = habit(2.0, 3.0)?;
        let text = serde_json::to_string(&known).unwrap_or_default();
        assert!(serde_json::from_str::<BrandUse>(&text).is_ok_and(|loaded| loaded == known));
        let text = text.replace("\"frequency\":2.0", "\"frequency\":-2.0");
        assert!(serde_json::from_str::<BrandUse>(&text).is_err_and(|e| e.to_string().contains("frequency")));
        assert!(habit(f64::INFINITY, 3.0).is_err_and(|e| e.violations().len() == 1));
        Ok(())
    }

    #[test]
    fn broken_matrices_are_refused_with_all_reasons() -> Result<(), Invalid> {
        let broken = BrandSwitching::new(vec![vec![0.75, 0.2], vec![1.2, -0.2]]);
        assert!(broken.is_err_and(|e| {
            e.to_string()
                == "switching matrix, brand 0 must add up to 1 (got 0.95); \
                    switching matrix, brand 1 must lie between 0 and 1 (2 rows, e.g. row 0: 1.2, row 1: -0.2)"
        }));
        assert!(BrandSwitching::new(vec![vec![1.0], vec![0.5, 0.5]]).is_err());
        assert!(BrandSwitching::new(Vec::new()).is_err());
        let switching = matrix()?;
        assert!(switching.path(2, 3).is_err());
        assert!(switching.equity(0, &[1.0], &habit()?).is_err());
        assert!(switching.marketing_return(&switching, 0, &[1.0, 1.0], &habit()?, 0.0).is_err());
        Ok(())
    }
}
