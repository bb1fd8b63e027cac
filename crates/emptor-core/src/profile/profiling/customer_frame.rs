//! The columns of `profile_customer`.

use polars::prelude::{DataFrame, PolarsResult, Series};

use super::concentration::AbcClass;
use super::customer::{Row, WEEKDAYS};
use crate::columns::ColumnSpec;
use crate::table::{Of, count, flag, frame_by_customer, known, specs, text};

fn days(days: Option<i32>) -> Option<usize> {
    days.and_then(|days| usize::try_from(days).ok())
}

/// What a reader must know of one customer.
fn flags(row: &Row) -> Option<String> {
    let bought = row.purchases.is_some_and(|purchases| purchases > 0);
    let flags = [
        (row.prospect, "prospect"),
        (!row.prospect && !bought, "no_purchase"),
        (row.monetary.is_some_and(|money| money < 0.0), "net_negative"),
        (bought && row.monetary.is_some_and(|money| money.abs() < 1e-6), "net_zero"),
    ];
    let named: Vec<&str> = flags.into_iter().filter(|(holds, _)| *holds).map(|(_, name)| name).collect();
    (!named.is_empty()).then(|| named.join("; "))
}

const CUSTOMER: &[Of<[Row]>] = &[
    count("recency_days", "days", "from the last purchase order to the day of observation", |of, i| {
        days(of[i].recency_days)
    }),
    count("length_days", "days", "from the first to the last purchase order", |of, i| days(of[i].length_days)),
    count("rfm_frequency", "orders", "purchase orders; returns and zero-value orders are none", |of, i| {
        of[i].purchases.map(|n| n as usize)
    }),
    known("monetary_net", "currency", "net revenue, returns included", |of, i| of[i].monetary),
    count("r_score", "1 to 5", "score of recency, 5 = latest", |of, i| of[i].scores.map(|s| s[0].into())),
    count("f_score", "1 to 5", "score of frequency, 5 = most", |of, i| of[i].scores.map(|s| s[1].into())),
    count("m_score", "1 to 5", "score of monetary value, 5 = highest", |of, i| of[i].scores.map(|s| s[2].into())),
    text("rfm_cell", "", "the three scores side by side", |of, i| of[i].scores.map(|[r, f, m]| format!("{r}{f}{m}"))),
    text("rfm_segment", "", "name of the cell of recency and frequency", |of, i| of[i].segment.map(|s| s.to_string())),
    text("abc_class", "", "A, B or C by cumulative share of net revenue", |of, i| {
        of[i].abc.map(AbcClass::name).map(str::to_owned)
    }),
    text("grade", "", "grade, of the scores given", |of, i| of[i].grade.clone()),
    known("units_per_month", "units/month", "net units per month since the first purchase", |of, i| {
        of[i].units_per_month
    }),
    known("orders_per_month", "orders/month", "purchase orders per month since the first purchase", |of, i| {
        of[i].orders_per_month
    }),
    known("ipt_mean_days", "days", "mean time between purchase days", |of, i| of[i].rhythm.mean),
    known("ipt_cv", "", "its coefficient of variation; needs three purchase days", |of, i| of[i].rhythm.cv),
    text("top_category", "", "category with most spend", |of, i| of[i].top_category.as_ref().map(|top| top.0.clone())),
    known("top_category_index", "100 = base", "preference index of that category, drawn toward the base", |of, i| {
        of[i].top_category.as_ref().map(|top| top.2)
    }),
    text("main_channel", "", "channel of most orders", |of, i| of[i].channel.as_ref().map(|main| main.0.clone())),
    known("channel_entropy", "nats", "entropy of orders over channels; 0 = one channel", |of, i| {
        of[i].channel.as_ref().map(|main| main.1.entropy)
    }),
    known("promo_share", "share", "sales on promotion by all sales, before returns", |of, i| of[i].promo_share),
    known("return_rate", "share", "money of returns by money of sales", |of, i| of[i].return_rate),
    known(
        "overdue_share",
        "share",
        "amount of invoices paid late or overdue by that of invoices whose due day is over; disputed ones are in neither",
        |of, i| of[i].overdue_share,
    ),
    known(
        "dso_days",
        "days",
        "open invoices, disputed ones included, by net revenue of the window, times its days",
        |of, i| of[i].dso_days,
    ),
    known("revenue_cv", "", "coefficient of variation of net revenue over whole quarters", |of, i| of[i].revenue_cv),
    known("share_of_firm_margin", "share", "margin of the window by that of all customers", |of, i| {
        of[i].share_of_firm_margin
    }),
    known("margin", "currency", "margin of the window, of the best source there is", |of, i| of[i].margin),
    known("rfm_weighted", "0 to 1", "weighted and normalised recency, frequency and monetary value", |of, i| {
        of[i].weighted
    }),
    known("ipt_median_days", "days", "median time between purchase days", |of, i| of[i].rhythm.median),
    known("regularity", "-1 to 1", "of purchase days: −1 clockwork, 0 random, toward 1 bursts", |of, i| {
        of[i].rhythm.regularity
    }),
    known("top_category_share", "share", "the top category's share of spend", |of, i| {
        of[i].top_category.as_ref().map(|top| top.1)
    }),
    text("affinity_category", "", "category of the highest preference index", |of, i| {
        of[i].affinity.as_ref().map(|top| top.0.clone())
    }),
    known("affinity_index", "100 = base", "its preference index", |of, i| of[i].affinity.as_ref().map(|top| top.1)),
    known("main_channel_share", "share", "the main channel's share of orders", |of, i| {
        of[i].channel.as_ref().map(|main| main.1.share)
    }),
    text("main_place", "", "place of most orders", |of, i| of[i].place.as_ref().map(|main| main.0.clone())),
    known("main_place_share", "share", "its share of orders", |of, i| of[i].place.as_ref().map(|main| main.1.share)),
    known("place_entropy", "nats", "entropy of orders over places", |of, i| {
        of[i].place.as_ref().map(|main| main.1.entropy)
    }),
    text("main_weekday", "", "weekday of most orders", |of, i| {
        of[i].weekday.map(|main| WEEKDAYS[main.main].to_owned())
    }),
    known("main_weekday_share", "share", "its share of orders", |of, i| of[i].weekday.map(|main| main.share)),
    known("weekday_entropy", "nats", "entropy of orders over weekdays", |of, i| of[i].weekday.map(|main| main.entropy)),
    known("mean_discount", "share", "discount by list amount of sales", |of, i| of[i].mean_discount),
    known("returns_per_order", "returns/order", "documents with a return by purchase orders", |of, i| {
        of[i].returns_per_order
    }),
    count("n_zero_value", "lines", "samples, gifts and replacements: lines without money", |of, i| {
        of[i].zero_value.map(|n| n as usize)
    }),
    count(
        "net_zero_orders",
        "orders",
        "orders of which no revenue is left after returns; in rfm_frequency they count",
        |of, i| of[i].net_zero.map(|n| n as usize),
    ),
    count("n_disputed", "invoices", "invoices that the customer disputes", |of, i| of[i].disputed.map(|n| n as usize)),
    known("disputed", "currency", "amount of these invoices", |of, i| of[i].disputed_amount),
    text("key_rep", "", "representative with the greatest share of sales or contacts", |of, i| {
        of[i].key_person.as_ref().map(|person| person.rep.clone())
    }),
    known("key_rep_share", "share", "that share", |of, i| of[i].key_person.as_ref().map(|person| person.share)),
    text("key_rep_basis", "", "whether it is of sales or of contacts", |of, i| {
        of[i].key_person.as_ref().map(|person| person.basis.to_owned())
    }),
    known("p_alive", "probability", "probability to be still a customer, of the scores given", |of, i| of[i].p_alive),
    count("clv_decile", "1 to 10", "tenth of lifetime value, 1 = highest", |of, i| of[i].ltv_decile),
    flag("is_prospect", "", "whether the customer has no line at all", |of, i| of[i].prospect),
    text("flags", "", "prospect, no_purchase, net_negative or net_zero", |of, i| flags(&of[i])),
];

pub(super) const CUSTOMER_COLUMNS: &[ColumnSpec] = &specs::<_, { CUSTOMER.len() + 1 }>(CUSTOMER);

pub(super) fn to_frame(customers: &Series, rows: &[Row]) -> PolarsResult<DataFrame> {
    frame_by_customer(CUSTOMER, customers, rows, rows.len())
}
