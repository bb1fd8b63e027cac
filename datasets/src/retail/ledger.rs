//! The order lines: from drafts to numbered lines.

use std::collections::BTreeMap;
use std::fmt;

use emptor_types::Date;

use super::calendar::Clock;
use super::campaigns::campaign_id;
use super::customers::Customer;
use super::places::{CHANNELS, Store};
use super::products::Assortment;
use super::settings::RetailSimulation;
use super::themes::batch;
use super::tickets::TicketOrder;
use crate::Cents;
use crate::csv::{CsvRow, Record};
use crate::days::days_between;
use crate::random::Stream;

/// The currency of all amounts.
pub(crate) const CURRENCY: &str = "EUR";

/// What a line records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineType {
    /// Goods or services sold.
    Sale,
    /// Goods that came back: quantity and amounts are negative.
    Return,
    /// A sample given away: the net amount is zero.
    Free,
}

impl fmt::Display for LineType {
    /// Writes `sale`, `return` or `free`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sale => "sale",
            Self::Return => "return",
            Self::Free => "free",
        })
    }
}

/// Whether an order was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderStatus {
    /// Delivered and paid.
    Completed,
    /// Cancelled before delivery; it counts nowhere.
    Cancelled,
}

impl fmt::Display for OrderStatus {
    /// Writes `completed` or `cancelled`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        })
    }
}

/// One line of an order.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct OrderLine {
    /// The key, e.g. `L000001`; ascending with time.
    pub line_id: String,
    /// The order, e.g. `O000001`; returns have documents of their own, e.g. `R00001`.
    pub order_id: String,
    /// The customer; unknown for walk-in sales.
    pub customer_id: Option<String>,
    /// The day of the order or return.
    pub order_ts: Date,
    /// The product.
    pub product_id: String,
    /// Units, negative for returns.
    pub qty: i32,
    /// What was charged, net of tax; negative for returns.
    pub net_amount: Cents,
    /// Units at the list price of the day.
    pub list_amount: Cents,
    /// List amount less net amount.
    pub discount: Cents,
    /// The currency.
    pub ccy: &'static str,
    /// Sale, return or free sample.
    pub line_type: LineType,
    /// The line that a return takes back.
    pub ref_line_id: Option<String>,
    /// The sales channel.
    pub channel: &'static str,
    /// The shop, for the channel `store`.
    pub place_id: Option<String>,
    /// The campaign whose offer the order used or which caused it.
    pub campaign_id: Option<String>,
    /// Whether the price was a promotion's or a campaign's.
    pub is_promo: bool,
    /// Whether a returned article can be sold again; unknown for other lines.
    pub restocked: Option<bool>,
    /// Completed or cancelled.
    pub status: OrderStatus,
    /// The sales representative who brought the order, if one did; organisations only. A return has that of its sale.
    pub rep_id: Option<&'static str>,
    /// The batch of the goods: product and quarter of production, e.g. `P012-23Q4`. A return has that of its sale;
    /// services have none.
    pub batch: Option<String>,
}

/// A line before it has a number.
#[derive(Debug, Clone)]
pub(crate) struct DraftLine {
    pub(crate) product: usize,
    pub(crate) quantity: i32,
    pub(crate) list: Cents,
    pub(crate) net: Cents,
    pub(crate) promo: bool,
    pub(crate) kind: LineType,
    /// The draft and the line in it that a return takes back.
    pub(crate) reference: Option<(usize, usize)>,
    pub(crate) restocked: Option<bool>,
}

/// An order, or a return document, before it has a number.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) day: i32,
    pub(crate) customer: Option<usize>,
    pub(crate) channel: usize,
    pub(crate) place: Option<usize>,
    pub(crate) campaign: Option<usize>,
    pub(crate) status: OrderStatus,
    pub(crate) lines: Vec<DraftLine>,
}

impl Draft {
    pub(crate) fn is_return(&self) -> bool {
        self.lines.first().is_some_and(|line| line.kind == LineType::Return)
    }
}

/// A completed sale of a known customer.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) order_id: String,
    pub(crate) day: Date,
    pub(crate) net: Cents,
    /// Products and net amounts.
    pub(crate) lines: Vec<(usize, Cents)>,
    pub(crate) channel: usize,
}

/// All lines in the order of time, and the completed sales of each buyer.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) lines: Vec<OrderLine>,
    orders: Vec<Vec<Order>>,
}

impl Ledger {
    /// Numbers the drafts by day; on one day sales come first, then customers in their order, walk-ins last. `sellers`
    /// are the representatives of the drafts.
    pub(crate) fn new(
        drafts: &[Draft],
        sellers: &[Option<&'static str>],
        clock: &Clock,
        customers: &[Customer],
        assortment: &Assortment,
        stores: &[Store],
    ) -> Self {
        let mut sequence: Vec<usize> = (0..drafts.len()).collect();
        sequence.sort_by_key(|&index| {
            let draft = &drafts[index];
            (draft.day, draft.is_return(), draft.customer.unwrap_or(usize::MAX), index)
        });
        let mut first_line = vec![0; drafts.len()];
        let mut count = 0;
        for &index in &sequence {
            first_line[index] = count;
            count += drafts[index].lines.len();
        }
        let line_id = |draft: usize, line: usize| format!("L{:06}", first_line[draft] + line + 1);

        let mut ledger = Self { lines: Vec::with_capacity(count), orders: Vec::new() };
        ledger.orders.resize_with(customers.len(), Vec::new);
        let (mut sales, mut returns) = (0, 0);
        for index in sequence {
            let draft = &drafts[index];
            let order_id = if draft.is_return() {
                returns += 1;
                format!("R{returns:05}")
            } else {
                sales += 1;
                format!("O{sales:06}")
            };
            let day = clock.day(draft.day);
            for (place, line) in draft.lines.iter().enumerate() {
                ledger.lines.push(OrderLine {
                    line_id: line_id(index, place),
                    order_id: order_id.clone(),
                    customer_id: draft.customer.map(|customer| customers[customer].customer_id.clone()),
                    order_ts: day,
                    product_id: assortment.products[line.product].product_id.clone(),
                    qty: line.quantity,
                    net_amount: line.net,
                    list_amount: line.list,
                    discount: line.list - line.net,
                    ccy: CURRENCY,
                    line_type: line.kind,
                    ref_line_id: line.reference.map(|(draft, line)| line_id(draft, line)),
                    channel: CHANNELS[draft.channel],
                    place_id: draft.place.map(|store| stores[store].place_id.clone()),
                    campaign_id: draft.campaign.map(campaign_id),
                    is_promo: line.promo,
                    restocked: line.restocked,
                    status: draft.status,
                    rep_id: sellers[line.reference.map_or(index, |(sold, _)| sold)],
                    batch: None,
                });
            }
            if let (Some(customer), OrderStatus::Completed, false) = (draft.customer, draft.status, draft.is_return()) {
                ledger.orders[customer].push(Order {
                    order_id,
                    day,
                    net: draft.lines.iter().map(|line| line.net).sum(),
                    lines: draft.lines.iter().map(|line| (line.product, line.net)).collect(),
                    channel: draft.channel,
                });
            }
        }
        ledger
    }

    /// Says from which batches goods were: those that tickets name, and others by the day of the sale.
    pub(crate) fn name_batches(
        &mut self,
        settings: &RetailSimulation,
        assortment: &Assortment,
        tickets: &[TicketOrder],
    ) {
        let told: BTreeMap<(&str, &str), &str> = tickets
            .iter()
            .filter_map(|row| {
                Some(((row.order_id.as_str(), row.ticket.product_id.as_str()), row.ticket.batch.as_deref()?))
            })
            .collect();
        let products: BTreeMap<&str, usize> =
            assortment.products.iter().zip(0..).map(|(row, index)| (row.product_id.as_str(), index)).collect();
        let mut sold: BTreeMap<String, Option<String>> = BTreeMap::new();
        for line in &mut self.lines {
            let product = products[line.product_id.as_str()];
            line.batch = if assortment.products[product].is_service {
                None
            } else if let Some(sale) = &line.ref_line_id {
                sold.get(sale).cloned().flatten()
            } else if let Some(batch) = told.get(&(line.order_id.as_str(), line.product_id.as_str())) {
                Some((*batch).to_owned())
            } else {
                // Shops take from one shelf: walk-in sales of a day have one batch.
                let who = line.customer_id.as_deref().or(line.place_id.as_deref()).unwrap_or_default();
                let day = days_between(settings.start, line.order_ts).unsigned_abs();
                let name = format!("batches of {who}");
                let mut stream = Stream::new(settings.seed, &name, (product as u64) << 32 | u64::from(day));
                Some(batch(settings, (product, line.order_ts), false, &mut stream))
            };
            sold.insert(line.line_id.clone(), line.batch.clone());
        }
    }

    /// Completed sales of a customer, by index into the customer table, in the order of time.
    pub(crate) fn orders_of(&self, customer: usize) -> impl Iterator<Item = &Order> {
        self.orders[customer].iter()
    }
}

impl CsvRow for OrderLine {
    const COLUMNS: &'static [&'static str] = &[
        "line_id",
        "order_id",
        "customer_id",
        "order_ts",
        "product_id",
        "qty",
        "net_amount",
        "list_amount",
        "discount",
        "ccy",
        "line_type",
        "ref_line_id",
        "channel",
        "place_id",
        "campaign_id",
        "is_promo",
        "restocked",
        "status",
        "rep_id",
        "batch",
    ];

    fn write(&self, record: &mut Record<'_>) {
        record.field(&self.line_id).field(&self.order_id).optional(self.customer_id.as_deref()).field(self.order_ts);
        record.field(&self.product_id).field(self.qty).field(self.net_amount).field(self.list_amount);
        record.field(self.discount).field(self.ccy).field(self.line_type).optional(self.ref_line_id.as_deref());
        record.field(self.channel).optional(self.place_id.as_deref()).optional(self.campaign_id.as_deref());
        record.field(self.is_promo).optional(self.restocked).field(self.status);
        record.optional(self.rep_id).optional(self.batch.as_deref());
    }
}
