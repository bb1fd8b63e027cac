//! What columns are called, in several languages.

use std::sync::LazyLock;

/// What a column of order lines can be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Role {
    /// Who bought.
    Customer,
    /// When.
    Date,
    /// For how much, the whole line.
    Amount,
    /// How many.
    Quantity,
    /// The price of one.
    UnitPrice,
    /// The order or document.
    Order,
    /// The line of the order.
    Line,
    /// What was bought.
    Product,
    /// Sale, return, credit, fee, free.
    LineType,
    /// The line that a return sends back.
    RefLine,
    /// The amount at list price.
    ListAmount,
    /// The reduction of the line.
    Discount,
    /// The tax of the line.
    Tax,
    /// In which money.
    Currency,
    /// Through which channel.
    Channel,
    /// Where: store, region, country.
    Place,
    /// Which salesperson.
    Rep,
    /// By which campaign.
    Campaign,
    /// Whether on promotion.
    Promo,
    /// The production batch.
    Batch,
    /// Whether returned goods went back to stock.
    Restocked,
    /// When it was shipped.
    ShipDate,
    /// Whether the order was carried out; says which lines are cancelled.
    Status,
    /// What the line or the unit cost.
    Cost,
    /// What the line earned.
    Margin,
}

impl Role {
    /// All roles, the most telling first.
    pub const ALL: [Self; 25] = [
        Self::Date,
        Self::Amount,
        Self::Customer,
        Self::Quantity,
        Self::UnitPrice,
        Self::Order,
        Self::Product,
        Self::Line,
        Self::LineType,
        Self::RefLine,
        Self::ListAmount,
        Self::Discount,
        Self::Tax,
        Self::Currency,
        Self::Channel,
        Self::Place,
        Self::Rep,
        Self::Campaign,
        Self::Promo,
        Self::Batch,
        Self::Restocked,
        Self::ShipDate,
        Self::Status,
        Self::Cost,
        Self::Margin,
    ];

    /// The name of the role, as [`TransactionColumns::from_roles`](crate::TransactionColumns::from_roles) takes it where
    /// [`of_transactions`](Self::of_transactions) holds.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Date => "date",
            Self::Amount => "amount",
            Self::Quantity => "quantity",
            Self::UnitPrice => "unit_price",
            Self::Order => "order",
            Self::Line => "line",
            Self::Product => "product",
            Self::LineType => "line_type",
            Self::RefLine => "ref_line",
            Self::ListAmount => "list_amount",
            Self::Discount => "discount",
            Self::Tax => "tax",
            Self::Currency => "currency",
            Self::Channel => "channel",
            Self::Place => "place",
            Self::Rep => "rep",
            Self::Campaign => "campaign",
            Self::Promo => "promo",
            Self::Batch => "batch",
            Self::Restocked => "restocked",
            Self::ShipDate => "ship_date",
            Self::Status => "status",
            Self::Cost => "cost",
            Self::Margin => "margin",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether the table of transactions has this role; the others are told so that a caller can use them elsewhere.
    #[must_use]
    pub fn of_transactions(self) -> bool {
        !matches!(self, Self::Status | Self::Cost | Self::Margin)
    }
}

/// The names of columns by role, each with how sure it is.
static NAMES: LazyLock<Vec<(Role, f64, Vec<&'static str>)>> = LazyLock::new(|| {
    let lines = include_str!("names.txt").lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let (head, names) = line.split_once(": ")?;
            let (role, weight) = head.split_once(' ')?;
            Some((Role::named(role)?, weight.parse::<f64>().ok()? / 10.0, names.split(", ").collect()))
        })
        .collect()
});

/// How well a column's name fits a role, from 0 to 1.
pub(crate) fn fit(role: Role, column: &str) -> f64 {
    let words = words(column);
    let joined = words.concat();
    let mut best: f64 = 0.0;
    for (_, weight, names) in NAMES.iter().filter(|(known, _, _)| *known == role) {
        for name in names {
            best = best.max(weight * likeness(name, &words, &joined));
        }
    }
    best
}

/// How well a known name fits the words of a column's name.
pub(crate) fn likeness(known: &str, words: &[String], joined: &str) -> f64 {
    if !known.is_ascii() {
        // Names in Chinese and Japanese have no blanks between their words.
        if joined == known {
            return 1.0;
        }
        let share = known.chars().count() as f64 / joined.chars().count().max(1) as f64;
        return if joined.contains(known) { 0.6 + 0.3 * share } else { 0.0 };
    }
    let parts: Vec<&str> = known.split(' ').collect();
    if joined == parts.concat() {
        return 1.0;
    }
    let n = parts.len();
    let at = words.windows(n).position(|window| window.iter().map(String::as_str).eq(parts.iter().copied()));
    match at {
        Some(i) if i + n == words.len() => 0.85,
        Some(0) => 0.7,
        Some(_) => 0.6,
        // `Kundennummer_SAP`, `gesamtrechnungsbetrag`: long enough not to stand in another word by chance.
        None if n == 1 && known.len() >= 6 && joined.contains(known) => 0.65,
        None => 0.0,
    }
}

/// The words of a name in lower case, without accents: `CustomerID` and `customer_id` are both `customer id`.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let chars: Vec<char> = name.chars().collect();
    for (i, c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            words.push(String::new());
            continue;
        }
        let before = i.checked_sub(1).map(|j| chars[j]);
        let after = chars.get(i + 1);
        let small = |c: Option<char>| c.is_some_and(|c| c.is_lowercase());
        let starts =
            c.is_uppercase() && (small(before) || (before.is_some_and(char::is_uppercase) && small(after.copied())));
        if starts {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            c.to_lowercase().for_each(|c| plain(c, word));
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn plain(c: char, word: &mut String) {
    let letters = match c {
        'ä' | 'à' | 'á' | 'â' | 'ã' | 'å' => "a",
        'ö' | 'ò' | 'ó' | 'ô' | 'õ' | 'ø' => "o",
        'ü' | 'ù' | 'ú' | 'û' => "u",
        'é' | 'è' | 'ê' | 'ë' | 'ę' => "e",
        'í' | 'ì' | 'î' | 'ï' => "i",
        'ç' | 'ć' => "c",
        'ñ' | 'ń' => "n",
        'ß' => "ss",
        'ł' => "l",
        'ś' => "s",
        'ż' | 'ź' => "z",
        other => {
            word.push(other);
            return;
        }
    };
    word.push_str(letters);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(column: &str) -> Option<Role> {
        let fits = Role::ALL.map(|role| (fit(role, column), role));
        fits.into_iter().filter(|(fit, _)| *fit > 0.3).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, role)| role)
    }

    #[test]
    fn columns_are_known_by_their_names_in_several_languages() {
        let cases = [
            (
                Role::Customer,
                &[
                    "CustomerID",
                    "customer_id",
                    "Kundennummer",
                    "客户编号",
                    "Código Cliente",
                    "N° client",
                    "household_id",
                    "CUST_NO",
                ][..],
            ),
            (
                Role::Date,
                &[
                    "InvoiceDate",
                    "order_ts",
                    "Bestelldatum",
                    "下单时间",
                    "Fecha de pedido",
                    "date_commande",
                    "transaction_timestamp",
                ],
            ),
            (
                Role::Amount,
                &[
                    "net_amount",
                    "Betrag",
                    "实付金额",
                    "Montant HT",
                    "Importe",
                    "sales_value",
                    "TotalAmount",
                    "Umsatz in EUR",
                ],
            ),
            (Role::Order, &["InvoiceNo", "order_id", "订单号", "Auftragsnr.", "basket_id", "Nº pedido"]),
            (Role::Product, &["StockCode", "SKU", "商品编号", "Artikelnummer"]),
            (Role::Quantity, &["Qty", "数量", "Menge", "Quantité", "Stück"]),
            (Role::UnitPrice, &["UnitPrice", "单价", "Einzelpreis", "Prix unitaire"]),
            (Role::Currency, &["ccy", "Währung", "币种"]),
            (Role::Place, &["Country", "store_id", "城市"]),
        ];
        for (role, columns) in cases {
            for column in columns {
                assert_eq!(best(column), Some(role), "{column}");
            }
        }
        for column in ["foo", "x", "日記", "hh_size"] {
            assert_eq!(best(column), None, "{column}");
        }
    }

    #[test]
    fn every_line_of_the_list_of_names_is_read() {
        let lines = include_str!("names.txt").lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(NAMES.len(), lines);
        assert!(Role::ALL.iter().all(|role| NAMES.iter().any(|(known, _, _)| known == role)));
    }

    #[test]
    fn names_are_cut_into_words() {
        assert_eq!(words("CustomerID"), ["customer", "id"]);
        assert_eq!(words("HTTPCode x-y"), ["http", "code", "x", "y"]);
        assert_eq!(words("Währung (ISO)"), ["wahrung", "iso"]);
    }
}
