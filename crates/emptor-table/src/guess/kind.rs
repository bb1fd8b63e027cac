//! What kind of table a file is, by the names of its columns.

use std::fmt;

use super::words::{likeness, words};

/// What kind of table a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileKind {
    /// Lines of orders: an order may have several rows.
    OrderLines,
    /// One row per order.
    Orders,
    /// Purchases by customer and day, without a number of the order.
    Purchases,
    /// One row per customer, added up already: purchases cannot be told from it.
    CustomerSummary,
    /// Another table of the input contract, by its name there, e.g. `opportunities`.
    Table(&'static str),
    /// None of these.
    Unknown,
}

impl FileKind {
    /// Whether purchases by customer and day can be read from it.
    #[must_use]
    pub fn has_purchases(self) -> bool {
        matches!(self, Self::OrderLines | Self::Orders | Self::Purchases)
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OrderLines => f.write_str("order lines"),
            Self::Orders => f.write_str("one row per order"),
            Self::Purchases => f.write_str("purchases by customer and day"),
            Self::CustomerSummary => f.write_str("one row per customer, already added up"),
            Self::Table("opportunities") => f.write_str("a pipeline of opportunities"),
            Self::Table(name) => write!(f, "a table of {}", name.replace('_', " ")),
            Self::Unknown => f.write_str("no table that is known"),
        }
    }
}

/// A table of the contract and the groups of names by which it is known: every group must be met by one column.
struct Mark {
    table: &'static str,
    groups: &'static [&'static [&'static str]],
}

const MARKS: &[Mark] = &[
    Mark {
        table: "opportunities",
        groups: &[
            &[
                "opportunity id",
                "opp id",
                "deal id",
                "opportunity",
                "deal",
                "deal name",
                "商机编号",
                "商机",
                "商机名称",
            ],
            &[
                "stage",
                "deal stage",
                "sales stage",
                "stage name",
                "phase",
                "pipeline stage",
                "阶段",
                "销售阶段",
                "close date",
                "close value",
                "exp close",
                "probability",
            ],
        ],
    },
    Mark {
        table: "opportunities",
        groups: &[
            &["deal stage", "sales stage", "pipeline stage", "stage", "阶段"],
            &["close date", "close value", "exp close", "expected close", "probability", "prob", "win probability"],
        ],
    },
    Mark {
        table: "stage_history",
        groups: &[&["opportunity id", "opp id", "deal id"], &["field"], &["new", "new value"]],
    },
    Mark {
        table: "contacts",
        groups: &[
            &["campaign id", "campaign"],
            &["arm", "treatment", "control group", "variant"],
            &["customer id", "customer", "household id"],
        ],
    },
    Mark {
        table: "responses",
        groups: &[&["campaign id"], &["customer id", "customer"], &["ts", "date"], &["type", "response"]],
    },
    Mark {
        table: "campaigns",
        groups: &[
            &["campaign id", "campaign", "description"],
            &["start", "start date", "start day"],
            &["end", "end date", "end day"],
        ],
    },
    Mark {
        table: "contracts",
        groups: &[
            &["contract id", "contract", "subscription id", "vertragsnummer", "合同编号"],
            &["start", "start date", "beginn"],
            &["value", "mrr", "fee", "amount"],
        ],
    },
    Mark {
        table: "payments",
        groups: &[
            &["due", "due date", "faellig", "到期日"],
            &["paid at", "paid", "payment date", "paid on"],
            &["amount", "betrag"],
        ],
    },
    Mark {
        table: "deliveries",
        groups: &[
            &["order id", "order"],
            &["promised", "promised date", "sla"],
            &["delivered", "shipped", "delivery date"],
        ],
    },
    Mark {
        table: "tickets",
        groups: &[
            &["ticket id", "case id", "case number"],
            &["opened", "opened at", "created"],
            &["closed", "closed at", "category", "priority"],
        ],
    },
    Mark {
        table: "surveys",
        groups: &[
            &["instrument", "nps", "csat", "survey", "score"],
            &["customer id", "customer"],
            &["value", "score", "nps", "csat", "answer"],
        ],
    },
    Mark {
        table: "interactions",
        groups: &[&["interaction id", "activity id", "call id"], &["channel", "direction", "type"]],
    },
    Mark { table: "referrals", groups: &[&["referrer id", "referrer"], &["referred id", "referred"]] },
    Mark { table: "stock", groups: &[&["on hand", "stock", "inventory"], &["product id", "sku", "product"]] },
    Mark { table: "identities", groups: &[&["source system", "system"], &["source id"], &["customer id"]] },
    Mark { table: "cost_pools", groups: &[&["pool", "cost pool"], &["period"], &["amount"]] },
    Mark { table: "calendar", groups: &[&["workday", "is workday", "holiday"], &["date", "day"]] },
    Mark {
        table: "targets",
        groups: &[&["target", "quota", "value"], &["measure"], &["entity", "rep id", "period start"]],
    },
    Mark {
        table: "wallets",
        groups: &[&["total spend", "wallet"], &["customer id", "customer"], &["method", "rank", "category"]],
    },
    Mark { table: "reps", groups: &[&["rep id", "sales agent"], &["role", "team", "manager"]] },
    Mark {
        table: "products",
        groups: &[
            &["product id", "product", "sku", "stock code", "商品编号", "artikelnummer"],
            &[
                "unit cost",
                "list price",
                "sales price",
                "category",
                "brand",
                "product category",
                "series",
                "standard cost",
            ],
        ],
    },
    Mark {
        table: "customers",
        groups: &[
            &["customer id", "customer", "account", "household id"],
            &[
                "created at",
                "segment",
                "industry",
                "sector",
                "age",
                "income",
                "gender",
                "birth year",
                "acq channel",
                "signup date",
            ],
        ],
    },
];

/// The other table of the contract that the names of the columns fit best: the one with most groups met.
pub(super) fn by_names(columns: &[String]) -> Option<(&'static str, Vec<String>)> {
    let mut best: Option<(&'static str, Vec<String>)> = None;
    for mark in MARKS {
        let met: Option<Vec<String>> =
            mark.groups.iter().map(|group| columns.iter().find(|column| fits(column, group)).cloned()).collect();
        let Some(met) = met else { continue };
        if best.as_ref().is_none_or(|(_, others)| met.len() > others.len()) {
            best = Some((mark.table, met));
        }
    }
    best
}

/// The columns that a file of customers added up has: `frequency`, `recency`, `T`, or totals and counts.
pub(super) fn summary_columns(columns: &[String]) -> Vec<String> {
    const SUMS: &[&str] = &[
        "frequency",
        "recency",
        "monetary",
        "monetary value",
        "rfm",
        "rfm score",
        "total spend",
        "total spent",
        "total orders",
        "total baskets",
        "total sales",
        "basket count",
        "order count",
        "orders count",
        "number of orders",
        "last purchase",
        "last order",
        "last purchase date",
        "last order date",
        "first purchase",
        "first order",
        "lifetime value",
        "clv",
        "ltv",
        "spend total",
        "avg order value",
        "average order value",
        "days since last",
        "t x",
        "t cal",
        "累计消费",
        "消费次数",
        "最近消费",
        "首次消费",
        "总消费",
        "订单数",
        "总订单数",
        "letzter kauf",
        "anzahl bestellungen",
        "gesamtumsatz",
        "dernier achat",
        "nombre de commandes",
        "ultima compra",
        "numero de pedidos",
    ];
    columns.iter().filter(|column| fits(column, SUMS)).cloned().collect()
}

fn fits(column: &str, names: &[&str]) -> bool {
    let words = words(column);
    let joined = words.concat();
    names.iter().any(|name| likeness(name, &words, &joined) >= 0.99)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(columns: &str) -> Option<&'static str> {
        by_names(&columns.split(',').map(str::to_owned).collect::<Vec<_>>()).map(|(table, _)| table)
    }

    #[test]
    fn tables_of_the_contract_are_known_by_their_columns() {
        let pipeline = "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value";
        assert_eq!(kind(pipeline), Some("opportunities"));
        assert_eq!(kind("contract_id,customer_id,start,end,renewed_from,value,ccy"), Some("contracts"));
        assert_eq!(kind("invoice_id,customer_id,amount,ccy,due,paid_at,disputed"), Some("payments"));
        assert_eq!(kind("campaign_id,customer_id,arm,assigned_at,sent_at"), Some("contacts"));
        assert_eq!(kind("date,workday,holiday,fiscal_period"), Some("calendar"));
        assert_eq!(kind("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"), None);
        assert_eq!(summary_columns(&["ID".into(), "frequency".into(), "recency".into(), "T".into()]).len(), 2);
    }
}
