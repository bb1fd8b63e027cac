//! What results can be measured in, and how each measure adds up.

use std::fmt;

use super::cells::Cell;

/// How a measure behaves when cells are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Additivity {
    /// Cells add up to their total over every dimension.
    Additive,
    /// A number of different things: counted again at every level, for one customer may stand in several cells.
    Distinct,
    /// As `Distinct`, and over time the last period says it: a stock is not the sum of its days.
    SemiAdditive,
    /// A ratio of sums, computed from the sums of its level; never a mean of ratios.
    Ratio,
}

/// A measure of the cube.
///
/// | measure | formula |
/// |---|---|
/// | `net_rev` | Σ of all signed amounts: sales − returns + charges |
/// | `gross_sales`, `returns` | amounts of sale lines; amounts of return lines, positive |
/// | `units` | Σ quantity of sales and returns, signed; free goods do not count |
/// | `cm1` | net revenue less product cost, of the lines whose cost is known (credits and fees have none) |
/// | `list_rev`, `discount` | Σ list amounts of sales and returns; list amount less amount |
/// | `orders`, `customers` | different orders, different known customers, with a sale line |
/// | `active_base` | customers of the last period |
/// | `aov` | net revenue of lines that have an order ÷ orders |
/// | `asp` | amount of sales and returns that have a quantity ÷ units |
/// | `upt` | units of lines that have an order ÷ orders |
/// | `rev_per_customer` | net revenue of known customers ÷ customers |
/// | `return_rate` | returns ÷ gross sales |
/// | `cost_coverage` | gross sales whose product cost is known ÷ gross sales |
///
/// ```
/// use emptor_core::profile::performance::cube::{Additivity, Measure};
///
/// assert_eq!(Measure::Customers.additivity(), Additivity::Distinct);
/// assert_eq!(Measure::named("net_rev"), Some(Measure::NetRevenue));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Measure {
    /// Net revenue.
    NetRevenue,
    /// Sales before returns.
    GrossSales,
    /// What came back, positive.
    Returns,
    /// Units sold less units that came back.
    Units,
    /// Net revenue less product cost, as far as the cost is known.
    Cm1,
    /// Revenue at list prices.
    ListRevenue,
    /// List revenue less what was charged.
    Discount,
    /// Different orders.
    Orders,
    /// Different customers.
    Customers,
    /// Customers of the last period.
    ActiveBase,
    /// Average order value.
    Aov,
    /// Average selling price.
    Asp,
    /// Units per transaction.
    Upt,
    /// Revenue per active customer.
    RevenuePerCustomer,
    /// Share of sales that came back.
    ReturnRate,
    /// Share of sales whose cost is known.
    CostCoverage,
}

impl Measure {
    /// Every measure.
    pub const ALL: [Self; 16] = [
        Self::NetRevenue,
        Self::GrossSales,
        Self::Returns,
        Self::Units,
        Self::Cm1,
        Self::ListRevenue,
        Self::Discount,
        Self::Orders,
        Self::Customers,
        Self::ActiveBase,
        Self::Aov,
        Self::Asp,
        Self::Upt,
        Self::RevenuePerCustomer,
        Self::ReturnRate,
        Self::CostCoverage,
    ];

    /// The name of its column.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NetRevenue => "net_rev",
            Self::GrossSales => "gross_sales",
            Self::Returns => "returns",
            Self::Units => "units",
            Self::Cm1 => "cm1",
            Self::ListRevenue => "list_rev",
            Self::Discount => "discount",
            Self::Orders => "orders",
            Self::Customers => "customers",
            Self::ActiveBase => "active_base",
            Self::Aov => "aov",
            Self::Asp => "asp",
            Self::Upt => "upt",
            Self::RevenuePerCustomer => "rev_per_customer",
            Self::ReturnRate => "return_rate",
            Self::CostCoverage => "cost_coverage",
        }
    }

    /// The measure of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.name() == name)
    }

    /// How it adds up.
    #[must_use]
    pub fn additivity(self) -> Additivity {
        match self {
            Self::NetRevenue
            | Self::GrossSales
            | Self::Returns
            | Self::Units
            | Self::Cm1
            | Self::ListRevenue
            | Self::Discount => Additivity::Additive,
            Self::Orders | Self::Customers => Additivity::Distinct,
            Self::ActiveBase => Additivity::SemiAdditive,
            Self::Aov | Self::Asp | Self::Upt | Self::RevenuePerCustomer | Self::ReturnRate | Self::CostCoverage => {
                Additivity::Ratio
            }
        }
    }

    /// Its unit.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::NetRevenue | Self::GrossSales | Self::Returns | Self::Cm1 | Self::ListRevenue | Self::Discount => {
                "currency"
            }
            Self::Units => "unit",
            Self::Orders => "orders",
            Self::Customers | Self::ActiveBase => "customers",
            Self::Aov => "currency/order",
            Self::Asp => "currency/unit",
            Self::Upt => "units/order",
            Self::RevenuePerCustomer => "currency/customer",
            Self::ReturnRate | Self::CostCoverage => "share",
        }
    }

    /// What it says.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::NetRevenue => "net revenue: sales less returns, credits and fees as booked; additive",
            Self::GrossSales => "sales before returns; additive",
            Self::Returns => "what came back, positive; additive",
            Self::Units => "units sold less units that came back; additive",
            Self::Cm1 => "net revenue less product cost, of lines whose cost is known; additive",
            Self::ListRevenue => "sales less returns at list prices; additive",
            Self::Discount => "list revenue less what was charged; additive",
            Self::Orders => "different orders with a sale; counted at every level, cells do not add up",
            Self::Customers => "different known customers who bought; counted at every level, cells do not add up",
            Self::ActiveBase => "customers of the last period; cells do not add up",
            Self::Aov => "average order value, net",
            Self::Asp => "average selling price, net",
            Self::Upt => "units per order",
            Self::RevenuePerCustomer => "net revenue of known customers per customer who bought",
            Self::ReturnRate => "returns as a share of sales",
            Self::CostCoverage => "share of sales whose product cost is known",
        }
    }

    /// Its value; `None` where it is not known or not defined.
    #[must_use]
    pub fn of(self, cell: &Cell) -> Option<f64> {
        let sums = &cell.sums;
        let ratio = |a: f64, b: f64| (b > 0.0).then(|| a / b);
        let known = |sum: f64, lines: u64| (lines > 0).then_some(sum);
        match self {
            Self::NetRevenue => Some(sums.net.value()),
            Self::GrossSales => Some(sums.sales.value()),
            Self::Returns => Some(sums.returns.value()),
            Self::Units => known(sums.units.value(), sums.with_quantity),
            Self::Cm1 => known(sums.costed_net.minus(sums.cost).value(), sums.with_cost),
            Self::ListRevenue => known(sums.list.value(), sums.with_list),
            Self::Discount => known(sums.discount.value(), sums.with_list),
            Self::Orders => Some(cell.orders as f64),
            Self::Customers => Some(cell.customers as f64),
            Self::ActiveBase => Some(cell.active_base as f64),
            Self::Aov => ratio(sums.ordered_net.value(), cell.orders as f64),
            Self::Asp => ratio(sums.priced_net.value(), sums.units.value()),
            Self::Upt => {
                known(sums.ordered_units.value(), sums.with_quantity).and_then(|units| ratio(units, cell.orders as f64))
            }
            Self::RevenuePerCustomer => ratio(sums.known_net.value(), cell.customers as f64),
            Self::ReturnRate => ratio(sums.returns.value(), sums.sales.value()),
            Self::CostCoverage => ratio(sums.costed_sales.value(), sums.sales.value()),
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
