//! Time-driven activity-based costing, on plain numbers.

use emptor_types::Invalid;

/// A resource that works by the minute: what it costs in a period, and how many minutes it can work in it.
///
/// ```text
/// capacity cost rate = cost of the capacity supplied / practical capacity          (money per minute)
/// ```
///
/// Practical capacity leaves out breaks, training and maintenance; as a rule of thumb it is 80 to 85 % of the theoretical
/// one. Dividing by what *can* be done and not by what *was* done keeps the cost of idle hands out of what customers are
/// charged: it shows up as unused capacity, which is the manager's to answer for and not the customer's.
///
/// ```
/// use emptor_core::value::profitability::{ActivityVolume, CapacityPool};
///
/// // Kaplan & Anderson (2004): customer service at 560,000 a quarter, 700,000 minutes.
/// let service = CapacityPool::new(560_000.0, 700_000.0)?;
/// assert!((service.rate() - 0.80).abs() < 1e-12);
/// let costs = service.assign(&[
///     ActivityVolume::new("process orders", 49_000.0, 8.0)?,
///     ActivityVolume::new("handle inquiries", 1_400.0, 44.0)?,
///     ActivityVolume::new("check credit", 2_500.0, 50.0)?,
/// ]);
/// assert_eq!(costs.used_minutes, 578_600.0);
/// assert!((costs.unused_cost - 97_120.0).abs() < 1e-6);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
///
/// Reference: Kaplan & Anderson (2004), "Time-driven activity-based costing", Harvard Business Review 82 (11).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CapacityPool {
    cost: f64,
    minutes: f64,
}

impl CapacityPool {
    /// A pool of so much cost and so many minutes of practical capacity.
    ///
    /// # Errors
    /// Unless the cost is finite and at least 0 and the capacity finite and above 0.
    pub fn new(cost: f64, practical_capacity: f64) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(cost >= 0.0 && cost.is_finite(), "cost of a pool", "must be finite and at least 0", cost);
        checks.require(
            practical_capacity > 0.0 && practical_capacity.is_finite(),
            "practical capacity",
            "must be finite and above 0",
            practical_capacity,
        );
        checks.finish()?;
        Ok(Self { cost, minutes: practical_capacity })
    }

    /// What the pool costs.
    #[must_use]
    pub fn cost(self) -> f64 {
        self.cost
    }

    /// Minutes it can work.
    #[must_use]
    pub fn practical_capacity(self) -> f64 {
        self.minutes
    }

    /// Money per minute.
    #[must_use]
    pub fn rate(self) -> f64 {
        self.cost / self.minutes
    }

    /// Charges activities for the minutes they take. What they leave over is unused capacity. Work beyond the practical
    /// capacity is overload: it is charged at the same rate, and more is charged than the pool costs by the
    /// `overload_cost`.
    #[must_use]
    pub fn assign(self, activities: &[ActivityVolume]) -> CapacityUse {
        let rate = self.rate();
        let lines: Vec<ActivityCharge> = activities
            .iter()
            .map(|activity| ActivityCharge {
                activity: activity.activity.clone(),
                volume: activity.volume,
                minutes: activity.volume * activity.minutes,
                unit_rate: activity.minutes * rate,
                cost: activity.volume * activity.minutes * rate,
            })
            .collect();
        let used_minutes: f64 = lines.iter().map(|line| line.minutes).sum();
        let unused_minutes = (self.minutes - used_minutes).max(0.0);
        let overload_minutes = (used_minutes - self.minutes).max(0.0);
        CapacityUse {
            rate,
            used_minutes,
            assigned_cost: lines.iter().map(|line| line.cost).sum(),
            unused_minutes,
            unused_cost: unused_minutes * rate,
            overload_minutes,
            overload_cost: overload_minutes * rate,
            lines,
        }
    }
}

/// How often an activity was done and how long it takes once.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivityVolume {
    activity: String,
    volume: f64,
    minutes: f64,
}

impl ActivityVolume {
    /// An activity done `volume` times, `minutes` each.
    ///
    /// # Errors
    /// Unless both are finite and at least 0.
    pub fn new(activity: impl Into<String>, volume: f64, minutes: f64) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        for (name, value) in [("volume of an activity", volume), ("minutes of an activity", minutes)] {
            checks.require(value >= 0.0 && value.is_finite(), name, "must be finite and at least 0", value);
        }
        checks.finish()?;
        Ok(Self { activity: activity.into(), volume, minutes })
    }
}

/// What one activity is charged.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ActivityCharge {
    /// The activity.
    pub activity: String,
    /// How often it was done.
    pub volume: f64,
    /// Minutes it took in all.
    pub minutes: f64,
    /// Money per time it is done.
    pub unit_rate: f64,
    /// Money in all.
    pub cost: f64,
}

/// Where the capacity of a pool went: `assigned + unused − overload = cost of the pool`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CapacityUse {
    /// Money per minute.
    pub rate: f64,
    /// One line per activity, in the order given.
    pub lines: Vec<ActivityCharge>,
    /// Minutes worked.
    pub used_minutes: f64,
    /// Money charged to activities.
    pub assigned_cost: f64,
    /// Minutes of practical capacity that nobody needed.
    pub unused_minutes: f64,
    /// What they cost; charged to nobody.
    pub unused_cost: f64,
    /// Minutes worked beyond practical capacity.
    pub overload_minutes: f64,
    /// What was charged for them beyond the cost of the pool.
    pub overload_cost: f64,
}

/// How long an activity takes, by what it is like:
///
/// ```text
/// t = β0 + Σ_k β_k x_k          (minutes; Kaplan & Anderson 2004, "time equations")
/// ```
///
/// ```
/// use emptor_core::value::profitability::TimeEquation;
///
/// // Half a minute to pack, 6.5 more for a special package, 0.2 per kilogram by air (Kaplan & Anderson 2004).
/// let packing = TimeEquation::base(0.5)?.plus("special", 6.5)?.plus("kg_by_air", 0.2)?;
/// assert_eq!(packing.minutes(&[("special", 1.0), ("kg_by_air", 10.0)])?, 9.0);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TimeEquation {
    base: f64,
    drivers: Vec<(String, f64)>,
}

impl TimeEquation {
    /// An activity that takes so many minutes at least.
    ///
    /// # Errors
    /// Unless the minutes are finite and at least 0.
    pub fn base(minutes: f64) -> Result<Self, Invalid> {
        if minutes >= 0.0 && minutes.is_finite() {
            Ok(Self { base: minutes, drivers: Vec::new() })
        } else {
            Err(Invalid::value("base minutes", "must be finite and at least 0", minutes))
        }
    }

    /// And so many minutes more for each unit of a driver.
    ///
    /// # Errors
    /// Unless the minutes are finite and at least 0, and the driver is new to the equation.
    pub fn plus(mut self, driver: impl Into<String>, minutes_per_unit: f64) -> Result<Self, Invalid> {
        let driver = driver.into();
        let mut checks = Invalid::checks();
        let enough = minutes_per_unit >= 0.0 && minutes_per_unit.is_finite();
        checks.require(enough, "minutes per driver unit", "must be finite and at least 0", minutes_per_unit);
        let known = self.drivers.iter().any(|(name, _)| *name == driver);
        checks.require(!known, "driver", "must stand once in a time equation", &driver);
        checks.finish()?;
        self.drivers.push((driver, minutes_per_unit));
        Ok(self)
    }

    /// The minutes of one activity whose drivers have these values.
    ///
    /// # Errors
    /// If a driver of the equation has no value, a value is for no driver, or one is not finite and at least 0.
    pub fn minutes(&self, values: &[(&str, f64)]) -> Result<f64, Invalid> {
        let mut checks = Invalid::checks();
        for (name, value) in values {
            let known = self.drivers.iter().any(|(driver, _)| driver == name);
            checks.require(known, "driver", "must be one of the time equation", name);
            checks.require(*value >= 0.0 && value.is_finite(), name, "must be finite and at least 0", value);
        }
        let mut minutes = self.base;
        for (driver, each) in &self.drivers {
            match values.iter().find(|(name, _)| name == driver) {
                Some((_, value)) => minutes += each * value,
                None => checks.require(false, driver, "must have a value", "none"),
            }
        }
        checks.finish()?;
        Ok(minutes)
    }

    /// Minutes without any driver.
    #[must_use]
    pub fn base_minutes(&self) -> f64 {
        self.base
    }

    /// Drivers with their minutes per unit.
    #[must_use]
    pub fn drivers(&self) -> &[(String, f64)] {
        &self.drivers
    }
}

/// The traditional, survey-based way to compare with: people say which share of their time goes to an activity, and the
/// share of the pool's cost is spread over the volume,
///
/// ```text
/// rate of a driver = share × cost of the pool / volume
/// ```
///
/// Shares of time worked add up to 1 whatever was idle, so that these rates hide unused capacity in the price of every
/// activity.
///
/// ```
/// use emptor_core::value::profitability::traditional_abc_rate;
///
/// // Kaplan & Anderson (2004): 70 % of 560,000 over 49,000 orders.
/// assert!((traditional_abc_rate(560_000.0, 0.70, 49_000.0)? - 8.0).abs() < 1e-12);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
///
/// # Errors
/// Unless the cost is finite and at least 0, the share between 0 and 1, and the volume finite and above 0.
pub fn traditional_abc_rate(cost: f64, share: f64, volume: f64) -> Result<f64, Invalid> {
    let mut checks = Invalid::checks();
    checks.require(cost >= 0.0 && cost.is_finite(), "cost of a pool", "must be finite and at least 0", cost);
    checks.require((0.0..=1.0).contains(&share), "share of time", "must be between 0 and 1", share);
    checks.require(volume > 0.0 && volume.is_finite(), "volume", "must be finite and above 0", volume);
    checks.finish()?;
    Ok(share * cost / volume)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All figures are whole cents of the article; doubles miss them by less.
    const CENT: f64 = 1e-9;

    fn volumes(scale: f64) -> Result<Vec<ActivityVolume>, Invalid> {
        [("orders", 49_000.0, 8.0), ("inquiries", 1_400.0, 44.0), ("credit checks", 2_500.0, 50.0)]
            .into_iter()
            .map(|(name, volume, minutes)| ActivityVolume::new(name, volume * scale, minutes))
            .collect()
    }

    #[test]
    fn the_customer_service_of_kaplan_and_anderson_comes_out_as_printed() -> Result<(), Invalid> {
        let pool = CapacityPool::new(560_000.0, 700_000.0)?;
        let costs = pool.assign(&volumes(1.0)?);
        for (got, printed) in [
            (pool.rate(), 0.80),
            (costs.used_minutes, 578_600.0),
            (costs.assigned_cost, 462_880.0),
            (costs.unused_minutes, 121_400.0),
            (costs.unused_cost, 97_120.0),
            (costs.lines[0].unit_rate, 6.40),
            (costs.lines[1].unit_rate, 35.20),
            (costs.lines[2].unit_rate, 40.00),
            (costs.lines[0].cost, 313_600.0),
            (traditional_abc_rate(560_000.0, 0.70, 49_000.0)?, 8.0),
            (traditional_abc_rate(560_000.0, 0.10, 1_400.0)?, 40.0),
            (traditional_abc_rate(560_000.0, 0.20, 2_500.0)?, 44.80),
        ] {
            assert!((got - printed).abs() < CENT * printed, "{got} against {printed}");
        }
        assert!((costs.assigned_cost + costs.unused_cost - pool.cost()).abs() < 1e-6);
        Ok(())
    }

    #[test]
    fn overload_is_shown_and_leaves_the_rate_alone() -> Result<(), Invalid> {
        let pool = CapacityPool::new(560_000.0, 700_000.0)?;
        let costs = pool.assign(&volumes(2.0)?);
        assert!((costs.overload_minutes - 457_200.0).abs() < 1e-6);
        assert!((costs.rate - 0.8).abs() < CENT && costs.unused_minutes.abs() < CENT && costs.unused_cost.abs() < CENT);
        assert!((costs.assigned_cost - costs.overload_cost - pool.cost()).abs() < 1e-6);
        let idle = pool.assign(&[]);
        assert!((idle.unused_cost - pool.cost()).abs() < 1e-6);
        Ok(())
    }

    #[test]
    fn impossible_pools_volumes_and_equations_are_refused() -> Result<(), Invalid> {
        for (cost, capacity) in [(1.0, -1.0), (1.0, 0.0), (-1.0, 1.0), (f64::NAN, 1.0), (1.0, f64::INFINITY)] {
            assert!(CapacityPool::new(cost, capacity).is_err(), "{cost} {capacity}");
        }
        assert!(CapacityPool::new(-1.0, -1.0).is_err_and(|both| both.violations().len() == 2));
        assert!(ActivityVolume::new("a", -1.0, f64::NAN).is_err());
        assert!(TimeEquation::base(-1.0).is_err());
        assert!(TimeEquation::base(1.0)?.plus("x", f64::NAN).is_err());
        assert!(TimeEquation::base(1.0)?.plus("x", 1.0)?.plus("x", 1.0).is_err());
        let equation = TimeEquation::base(1.0)?.plus("x", 2.0)?;
        assert!(equation.minutes(&[]).is_err());
        assert!(equation.minutes(&[("x", 1.0), ("y", 1.0)]).is_err());
        assert!(equation.minutes(&[("x", -1.0)]).is_err());
        for (share, volume) in [(1.5, 1.0), (-0.1, 1.0), (0.5, 0.0), (f64::NAN, 1.0)] {
            assert!(traditional_abc_rate(1.0, share, volume).is_err(), "{share} {volume}");
        }
        Ok(())
    }
}
