//! The standard that needs only the usual tables.

use std::collections::BTreeMap;

use super::InformationGroup::{Image, PastSales, ProductValue, ServiceValue};
use super::spec::Draft;
use super::{AssessmentStandard, Indicator, InformationGroup, MissingPolicy, Scaling, Transform, Weighting};

/// Sales history says most, profit per purchase comes next; what service costs and gives weighs more than the standing
/// of the customer. Without indicators of service the others keep their ratios, near .5, .3 and .2.
const GROUP_WEIGHTS: [(InformationGroup, f64); 4] =
    [(PastSales, 0.40), (ProductValue, 0.25), (ServiceValue, 0.20), (Image, 0.15)];

impl AssessmentStandard {
    /// The standard whose indicators are computed from sales, returns, tickets, payments, referrals and surveys. Take
    /// [`restricted_to`](Self::restricted_to) the columns there are.
    ///
    /// | indicator | formula | better | transform |
    /// |---|---|---|---|
    /// | **past sales** (.40) | | | |
    /// | `spend` | net revenue | higher | asinh |
    /// | `purchases` | orders | higher | log1p |
    /// | `days_since_last` | days since the last purchase | lower | log1p |
    /// | `spend_growth` | `(a − b) / (\|a\| + \|b\|)`, net revenue `a` of the last year and `b` of the year before | higher | – |
    /// | `interval_cv` | standard deviation / mean of the days between purchases | lower | – |
    /// | **product value** (.25) | | | |
    /// | `spend_per_purchase` | net revenue / orders | higher | asinh |
    /// | `products` | different products bought | higher | log1p |
    /// | `margin_rate` | 1 − cost / net revenue, over lines of known cost | higher | – |
    /// | `return_share` | returns / (net revenue + returns) | lower | – |
    /// | `discount_share` | 1 − net / list amount, over sales with a list amount | lower | – |
    /// | **service value** (.20) | | | |
    /// | `tickets_per_purchase` | tickets / orders | lower | log1p |
    /// | `resolution_days` | median days from opening to closing a ticket | lower | log1p |
    /// | `reopened_share` | reopened tickets / tickets | lower | – |
    /// | `sla_met_share` | tickets solved in the agreed time / tickets with such | higher | – |
    /// | `service_satisfaction` | mean answer, brought to 0…1 | higher | – |
    /// | `service_cost_share` | cost to serve / net revenue | lower | log1p |
    /// | **image** (.15) | | | |
    /// | `tenure_days` | days since the first purchase | higher | log1p |
    /// | `overdue_share` | amount of invoices paid late or overdue / amount of invoices | lower | – |
    /// | `referrals` | customers referred | higher | log1p |
    /// | `nps` | latest answer: promoter 1, passive 0, detractor −1 | higher | – |
    /// | `share_of_wallet` | net revenue / what the customer spends with all suppliers | higher | – |
    ///
    /// Growth, regularity, how tickets were solved, overdue money, answers and share of wallet are known of some customers
    /// only; where they are not, they count as the middle of the base. The other indicators are known of all who buy.
    ///
    /// Groups weigh as shown; where a group has no indicator in use the others keep their ratios. Inside a group all
    /// weigh alike. Scores are robust standard scores, or plain ones where most customers are alike (few complain, few
    /// refer others), cut at 1 and 99 %, at most 3 either way.
    ///
    /// ```
    /// use emptor_core::grade::{AssessmentStandard, InformationGroup};
    ///
    /// let standard = AssessmentStandard::built_in();
    /// assert_eq!(standard.indicators().len(), 21);
    /// let spend = &standard.indicators()[0];
    /// assert_eq!((spend.name(), spend.group()), ("spend", InformationGroup::PastSales));
    /// assert!(standard.indicators().iter().all(|indicator| !indicator.formula_text().is_empty()));
    /// ```
    #[must_use]
    pub fn built_in() -> Self {
        let higher = |name, group, unit, formula| Indicator::new(name, group).unit(unit).formula(formula);
        let lower = |name, group, unit, formula| higher(name, group, unit, formula).lower_is_better();
        let share = |indicator: Indicator| indicator.valid_min(0.0).valid_max(1.0);
        let log1p = |indicator: Indicator| indicator.transform(Transform::Log1p).valid_min(0.0);
        let asinh = |indicator: Indicator| indicator.transform(Transform::Asinh);
        // Known of some customers only, by their nature: who never had a ticket has no time of its solution. It speaks
        // neither for nor against a customer, and does not leave one without a grade.
        let of_some = |indicator: Indicator| indicator.missing(MissingPolicy::Neutral);
        let indicators = vec![
            asinh(higher("spend", PastSales, "money", "net revenue: sales less returns")),
            log1p(higher("purchases", PastSales, "orders", "orders")),
            log1p(lower("days_since_last", PastSales, "days", "day of observation − day of the last purchase")),
            of_some(higher(
                "spend_growth",
                PastSales,
                "ratio",
                "(a − b) / (|a| + |b|): net revenue a of the last year, b of the year before",
            ))
            .valid_min(-1.0)
            .valid_max(1.0),
            of_some(lower(
                "interval_cv",
                PastSales,
                "ratio",
                "standard deviation / mean of the days between purchases",
            ))
            .valid_min(0.0),
            asinh(higher("spend_per_purchase", ProductValue, "money", "net revenue / orders")),
            log1p(higher("products", ProductValue, "products", "different products bought")),
            higher("margin_rate", ProductValue, "ratio", "1 − cost / net revenue, over lines of known cost")
                .valid_max(1.0),
            share(lower("return_share", ProductValue, "share", "returns / (net revenue + returns)")),
            share(lower(
                "discount_share",
                ProductValue,
                "share",
                "1 − net / list amount, over sales with a list amount",
            )),
            log1p(lower("tickets_per_purchase", ServiceValue, "tickets per order", "tickets / orders")),
            of_some(log1p(lower(
                "resolution_days",
                ServiceValue,
                "days",
                "median days from opening to closing a ticket",
            ))),
            of_some(share(lower("reopened_share", ServiceValue, "share", "reopened tickets / tickets"))),
            of_some(share(higher(
                "sla_met_share",
                ServiceValue,
                "share",
                "tickets solved in the agreed time / tickets with an agreed time",
            ))),
            of_some(share(higher("service_satisfaction", ServiceValue, "share", "mean answer, brought to 0 to 1"))),
            log1p(lower("service_cost_share", ServiceValue, "ratio", "cost to serve / net revenue")),
            log1p(higher("tenure_days", Image, "days", "day of observation − day of the first purchase")),
            of_some(share(lower(
                "overdue_share",
                Image,
                "share",
                "amount of invoices paid late or overdue / amount of invoices",
            ))),
            log1p(higher("referrals", Image, "customers", "customers referred")),
            of_some(higher("nps", Image, "score", "latest answer: promoter 1, passive 0, detractor −1"))
                .valid_min(-1.0)
                .valid_max(1.0),
            of_some(share(higher("share_of_wallet", Image, "share", "net revenue / spending with all suppliers"))),
        ];
        let groups: BTreeMap<_, _> = GROUP_WEIGHTS.into();
        let weighting = Weighting::User { groups };
        Self {
            draft: Draft {
                name: "built-in".to_owned(),
                weighting,
                indicators,
                scaling: Scaling::RobustOrZ,
                ..Draft::default()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_standard_keeps_the_rules_of_every_standard() -> Result<(), emptor_types::Invalid> {
        let standard = AssessmentStandard::built_in();
        assert_eq!(AssessmentStandard::try_from(standard.draft.clone())?, standard);
        assert!(standard.indicators().iter().all(|i| !i.unit_name().is_empty() && !i.formula_text().is_empty()));
        for group in InformationGroup::ALL {
            assert!(standard.indicators().iter().filter(|i| i.group() == group).count() >= 5, "{group}");
        }
        Ok(())
    }
}
