//! What the columns of the results mean.

use crate::columns::{ColumnSpec, column};
use crate::value::{EXPECTED_PURCHASES, EXPECTED_SPEND, P_ALIVE};

/// The columns of [`AnalysisResults::customers`](super::AnalysisResults::customers), in order; attributes of a customers
/// table follow under their own names.
pub const COLUMNS: &[ColumnSpec] = &[
    column("customer_id", "", "the customer"),
    column("first_purchase", "date", "day of the first purchase"),
    column("days_since_last", "days", "days from the last purchase to the day of observation"),
    column(
        "purchases",
        "count",
        "orders with a positive line, counted per day, or days with one without order numbers",
    ),
    column("spend", "currency", "net money, returns included"),
    column("returned", "currency", "money of returns, positive"),
    column("length_days", "days", "days from first to last purchase"),
    column("r_score", "1–5", "recency score, 5 = latest"),
    column("f_score", "1–5", "frequency score, 5 = most purchases"),
    column("m_score", "1–5", "monetary score, 5 = highest spend"),
    column("rfm_cell", "", "the three scores side by side"),
    column("rfm_score", "1–5", "weighted mean of the three scores"),
    column("rfm_segment", "", "named segment of the recency and frequency scores"),
    column("frequency", "count", "repeat purchase occasions (days with a purchase, less the first)"),
    column("recency", "unit", "time from first to last purchase occasion"),
    column("T", "unit", "time from first purchase to the day of observation"),
    column("monetary_value", "currency", "mean money per repeat occasion"),
    P_ALIVE,
    EXPECTED_PURCHASES,
    EXPECTED_SPEND,
    column(
        "margin_rate",
        "share of revenue",
        "what part of revenue is profit: the customer's own as far as it is credible",
    ),
    column("ltv_current", "currency", "discounted value of current relationship profit over the horizon"),
    column("ltv_potential", "currency", "what potential profit adds to it"),
    column("ltv_total", "currency", "current and potential together"),
    column(
        "ltv_low",
        "currency",
        "lower end of the range of ltv_total, from the uncertainty of the models' parameters",
    ),
    column("ltv_high", "currency", "upper end of it; what the customer will do varies far more"),
    column("grade", "", "grade by cluster analysis, A is best"),
    column("ungraded_reason", "", "why there is no grade"),
    column("composite", "SD", "weighted group scores, in robust standard deviations"),
    column("distance", "SD", "distance to the centre of the own grade"),
    column("distance_up", "SD", "distance to the centre of the next better grade"),
    column("distance_down", "SD", "distance to the centre of the next lower grade"),
    column("margin", "0–1", "how clearly the customer belongs to the grade: 0 on the border"),
    column("score_service_value", "SD", "group score: service value"),
    column("score_product_value", "SD", "group score: product value"),
    column("score_image", "SD", "group score: image"),
    column("score_past_sales", "SD", "group score: past sales"),
];
