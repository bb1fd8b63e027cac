//! What can be set.

use emptor_types::Invalid;

use super::offers::Source;

/// What a basket is. It must be said, for the answer can turn round: products that hardly share an order may share nearly
/// all their customers.
///
/// Sessions are not among them: lines know days, not hours. A customer's day is `CustomerWindow { days: 1 }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unit {
    /// What is bought at once.
    Order,
    /// All that a customer bought in the window.
    Customer,
    /// What a customer bought in each of the spans of so many days, counted from the first day of the window.
    CustomerWindow {
        /// Length of a span.
        days: u16,
    },
}

impl std::fmt::Display for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Order => f.write_str("order"),
            Self::Customer => f.write_str("customer"),
            Self::CustomerWindow { days } => write!(f, "customer, {days} days"),
        }
    }
}

/// What to do with rules between products that are always sold together, or that are bundles of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kits {
    /// They are neither tested nor shown: they say what the catalogue says.
    #[default]
    Exclude,
    /// They are tested, shown and marked.
    Flag,
}

/// What a bundle counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bundles {
    /// A product of its own.
    #[default]
    Keep,
    /// The product that it is a bundle of.
    Expand,
}

/// How the Product section is computed; all fields have defaults but the unit.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ProductSettings {
    /// What a basket is.
    pub unit: Unit,
    /// Least share of baskets that hold a set; 0.001.
    pub min_support: f64,
    /// Least number of baskets that hold a set; 5.
    pub min_count: u32,
    /// Most items in a rule; 2, which makes rules of one product to one.
    pub max_length: usize,
    /// Least confidence of rules that are shown; 0.05.
    pub min_confidence: f64,
    /// Least lift of rules that are shown; 1.
    pub min_lift: f64,
    /// Most rules that are shown; 10,000.
    pub max_rules: usize,
    /// Rules within kits.
    pub kits: Kits,
    /// What bundles count as.
    pub bundles: Bundles,
    /// What it costs to offer something to one basket's customer; 0.
    pub contact_cost: f64,
    /// Highest q-value of rules that are called significant; 0.05.
    pub max_q: f64,
    /// Offers per customer; 3.
    pub offers: usize,
    /// Where offers come from; `None` takes the source that did best on held-out time.
    pub offer_source: Option<Source>,
    /// Days at the end of the window that offers are tried on; `None` is a quarter of the window.
    pub test_days: Option<u16>,
    /// Whether products that a customer has bought before are not offered again; true.
    pub exclude_owned: bool,
    /// Cumulative shares of revenue that end class A and class B; 0.8 and 0.95.
    pub abc: (f64, f64),
    /// Coefficients of variation of demand that end class X and class Y; 0.5 and 1.
    pub xyz: (f64, f64),
    /// Categories of tickets that report a defect (in lower case, as part of the category); `defect`, `damage`, `quality`,
    /// `warranty` and `repair`.
    pub defect_categories: Vec<String>,
    /// Standard errors between the centre and the limits of control charts; 3.
    pub control_sigmas: f64,
    /// Days after the last day of a campaign on which a purchase still accepts its offer; 7.
    pub grace_days: i32,
    /// Whole periods with orders below which a bullwhip ratio is flagged as low support; 11, those of a year of months whose
    /// first count of stock makes no order yet.
    pub min_periods: usize,
    /// Weeks before and after a launch that are compared; 13.
    pub launch_weeks: u16,
    /// Numbers below this are flagged as low support; 30.
    pub min_n: usize,
    /// Shares of known base below this are flagged; 0.8.
    pub min_coverage: f64,
}

impl ProductSettings {
    /// Defaults for a kind of basket.
    #[must_use]
    pub fn new(unit: Unit) -> Self {
        Self {
            unit,
            min_support: 0.001,
            min_count: 5,
            max_length: 2,
            min_confidence: 0.05,
            min_lift: 1.0,
            max_rules: 10_000,
            kits: Kits::Exclude,
            bundles: Bundles::Keep,
            contact_cost: 0.0,
            max_q: 0.05,
            offers: 3,
            offer_source: None,
            test_days: None,
            exclude_owned: true,
            abc: (0.8, 0.95),
            xyz: (0.5, 1.0),
            defect_categories: ["defect", "damage", "quality", "warranty", "repair"].map(str::to_owned).to_vec(),
            control_sigmas: 3.0,
            grace_days: 7,
            min_periods: 11,
            launch_weeks: 13,
            min_n: 30,
            min_coverage: 0.8,
        }
    }

    /// Checks every setting.
    ///
    /// ```
    /// use emptor_core::profile::product::{ProductSettings, Unit};
    ///
    /// let mut settings = ProductSettings::new(Unit::Order);
    /// assert!(settings.check().is_ok());
    /// settings.abc = (0.9, 0.8);
    /// settings.offers = 0;
    /// assert_eq!(settings.check().map_err(|invalid| invalid.violations().len()), Err(2));
    /// ```
    ///
    /// # Errors
    /// If any is out of range; all of them at once.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        let share = 0.0..=1.0;
        for (name, value) in [
            ("min_support", self.min_support),
            ("min_confidence", self.min_confidence),
            ("max_q", self.max_q),
            ("min_coverage", self.min_coverage),
        ] {
            checks.require(share.contains(&value), name, "must lie from 0 to 1", value);
        }
        let span = !matches!(self.unit, Unit::CustomerWindow { days: 0 });
        checks.require(span, "unit", "must span at least one day", self.unit);
        checks.require(self.min_count >= 1, "min_count", "must be at least 1", self.min_count);
        checks.require((2..=20).contains(&self.max_length), "max_length", "must be 2 to 20", self.max_length);
        checks.require(self.min_lift >= 0.0, "min_lift", "must be at least 0", self.min_lift);
        let cost = self.contact_cost;
        checks.require(cost >= 0.0 && cost.is_finite(), "contact_cost", "must be finite and at least 0", cost);
        checks.require((1..=100).contains(&self.offers), "offers", "must be 1 to 100", self.offers);
        checks.require(self.test_days != Some(0), "test_days", "must be at least 1", "0");
        let popular = self.offer_source == Some(Source::Popularity);
        checks.require(!popular, "offer_source", "must not be the baseline", "popularity");
        let (a, b) = self.abc;
        checks.require(0.0 < a && a < b && b <= 1.0, "abc", "must rise between 0 and 1", format!("{a}, {b}"));
        let (x, y) = self.xyz;
        checks.require(0.0 < x && x < y && y.is_finite(), "xyz", "must rise from above 0", format!("{x}, {y}"));
        let sigmas = self.control_sigmas;
        checks.require(sigmas > 0.0 && sigmas.is_finite(), "control_sigmas", "must be finite and above 0", sigmas);
        checks.require((0..=3_650).contains(&self.grace_days), "grace_days", "must be 0 to 3650", self.grace_days);
        checks.require((2..=520).contains(&self.launch_weeks), "launch_weeks", "must be 2 to 520", self.launch_weeks);
        checks.finish()
    }
}
