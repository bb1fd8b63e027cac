//! Orders: from the visits of buyers, and walk-in sales.

use emptor_types::Date;

use super::basket::Shopper;
use super::calendar::{Clock, is_sunday};
use super::campaigns::{Plan, treatment};
use super::catalogue::CATEGORIES;
use super::customers::{Buyer, Customer};
use super::ledger::{Draft, DraftLine, LineType, OrderStatus};
use super::places::{CHANNELS, ONLINE, REGIONS, STORE, Store, open_stores};
use super::products::Assortment;
use super::settings::RetailSimulation;
use crate::Cents;
use crate::random::Stream;

/// Share of orders that were first placed wrongly, cancelled, and placed again on the same day.
const CANCELLED: f64 = 0.025;
/// Share of orders with a free sample.
const SAMPLES: f64 = 0.015;
/// Dearest sample, in cents.
const DEAREST_SAMPLE: i64 = 2_000;
/// Walk-in sales per order of a known customer.
const WALK_INS: f64 = 0.045;
/// Spend of a walk-in against a known customer.
const WALK_IN_SPEND: f64 = 0.6;
/// Growth of online weight over the window.
const ONLINE_GROWTH: f64 = 0.7;

/// One completed order per visit, and the cancelled ones before it.
pub(crate) fn orders(
    settings: &RetailSimulation,
    clock: &Clock,
    (customers, buyers): (&[Customer], &[Buyer]),
    assortment: &Assortment,
    stores: &[Store],
    plans: &[Plan],
) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for (index, (buyer, customer)) in buyers.iter().zip(customers).enumerate() {
        for visit in &buyer.visits {
            // A buyer visits at most once a day, so that the day names the visit for ever.
            let mut stream = Stream::new(settings.seed, "orders", (index as u64) << 32 | visit.day as u64);
            let day = clock.day(visit.day);
            let campaign = visit.caused_by.or_else(|| treatment(plans, index, visit.day));
            let shopper = Shopper {
                tastes: &buyer.tastes,
                target: settings.parameters.spend.draw_amount(buyer.mean, &mut stream),
                organisation: buyer.organisation,
                discount: buyer.discount(),
                offer: campaign.map(|number| (plans[number].category, plans[number].discount)),
            };
            let (lines, used) = shopper.fill(assortment, day, &mut stream);
            let (channel, place) = place(buyer, customer.region_id, visit.day, clock, stores, &mut stream);
            let campaign = if used { campaign } else { visit.caused_by };
            let status = OrderStatus::Completed;
            let mut draft = Draft { day: visit.day, customer: Some(index), channel, place, campaign, status, lines };
            if stream.chance(CANCELLED) {
                drafts.push(Draft { status: OrderStatus::Cancelled, ..draft.clone() });
            }
            if stream.chance(SAMPLES) {
                draft.lines.extend(sample(assortment, day, &draft.lines, &mut stream));
            }
            drafts.push(draft);
        }
    }
    drafts
}

fn place(
    buyer: &Buyer,
    region: &str,
    index: i32,
    clock: &Clock,
    stores: &[Store],
    stream: &mut Stream,
) -> (usize, Option<usize>) {
    let mut weights = buyer.channels;
    weights[ONLINE] *= 1.0 + ONLINE_GROWTH * f64::from(index) / f64::from(clock.days());
    let channel = stream.weighted(&weights);
    let open = open_stores(stores, region, clock.day(index));
    match channel {
        STORE if is_sunday(clock.day(index)) || open.is_empty() => (ONLINE, None),
        STORE => (STORE, Some(stream.pick(&open))),
        _ => (channel, None),
    }
}

/// A cheap article that is not in the basket, as a line of net amount zero.
fn sample(assortment: &Assortment, day: Date, basket: &[DraftLine], stream: &mut Stream) -> Option<DraftLine> {
    let is_cheap = |&product: &usize| {
        let row = &assortment.products[product];
        row.list_price <= Cents::new(DEAREST_SAMPLE)
            && !row.is_service
            && assortment.on_sale(product, day)
            && basket.iter().all(|line| line.product != product)
    };
    let cheap: Vec<usize> = (0..assortment.products.len()).filter(is_cheap).collect();
    if cheap.is_empty() {
        return None;
    }
    let product = stream.pick(&cheap);
    Some(DraftLine {
        product,
        quantity: 1,
        list: assortment.price(product, day),
        net: Cents::ZERO,
        promo: false,
        kind: LineType::Free,
        reference: None,
        restocked: None,
    })
}

/// Sales in shops to people who leave no name.
pub(crate) fn walk_ins(
    settings: &RetailSimulation,
    clock: &Clock,
    assortment: &Assortment,
    stores: &[Store],
    known_orders: usize,
) -> Vec<Draft> {
    let tastes: Vec<f64> = CATEGORIES.iter().map(|category| category.demand).collect();
    let spend = settings.parameters.spend;
    let count = (WALK_INS * known_orders as f64).round() as u64;
    (0..count)
        .filter_map(|index| {
            let mut stream = Stream::new(settings.seed, "walk-ins", index);
            let mut day = clock.index(stream.uniform() * clock.end());
            if is_sunday(clock.day(day)) {
                day = if day > 0 { day - 1 } else { day + 1 };
            }
            let mean = WALK_IN_SPEND * spend.draw_mean(&mut stream);
            let target = spend.draw_amount(mean, &mut stream);
            let shopper = Shopper { tastes: &tastes, target, organisation: false, discount: 0.0, offer: None };
            let (lines, _) = shopper.fill(assortment, clock.day(day), &mut stream);
            let region = REGIONS[stream.weighted(&REGIONS.map(|(_, share)| share))].0;
            let open = open_stores(stores, region, clock.day(day));
            let place = if open.is_empty() { return None } else { Some(stream.pick(&open)) };
            let status = OrderStatus::Completed;
            Some(Draft { day, customer: None, channel: STORE, place, campaign: None, status, lines })
        })
        .collect()
}

/// Returns of completed sales: some days later, at most what was sold.
pub(crate) fn returns(
    settings: &RetailSimulation,
    clock: &Clock,
    assortment: &Assortment,
    drafts: &[Draft],
) -> Vec<Draft> {
    /// How much more often a line comes back by channel: what was not seen before buying comes back more.
    const BY_CHANNEL: [f64; CHANNELS.len()] = [0.7, 1.5, 1.5, 1.1];
    let mut returns = Vec::new();
    for (index, draft) in drafts.iter().enumerate().filter(|(_, draft)| draft.status == OrderStatus::Completed) {
        let row = draft
            .customer
            .map_or(u64::from(u32::MAX) << 32 | index as u64, |customer| (customer as u64) << 32 | draft.day as u64);
        let mut stream = Stream::new(settings.seed, "returns", row);
        for (place, line) in draft.lines.iter().enumerate() {
            let rate = CATEGORIES[assortment.category[line.product]].return_rate * BY_CHANNEL[draft.channel];
            if line.kind != LineType::Sale || !stream.chance(rate) {
                continue;
            }
            let mut day = draft.day;
            let mut back = 0;
            // One return in most cases; what is left may come back later.
            while back < line.quantity {
                day += stream.whole(2, 28);
                if draft.channel == STORE && is_sunday(clock.day(day)) {
                    day += 1;
                }
                if day >= clock.days() {
                    break;
                }
                let rest = line.quantity - back;
                let quantity = if stream.chance(0.7) { rest } else { stream.whole(1, rest) };
                returns.push(Draft {
                    day,
                    lines: vec![take_back(line, (index, place), back, quantity, stream.chance(0.8))],
                    ..draft.clone()
                });
                back += quantity;
                if !stream.chance(0.25) {
                    break;
                }
            }
        }
    }
    returns
}

/// The line of a return. Amounts are differences of rounded sums, so that all returns of a line add up to the line.
fn take_back(line: &DraftLine, reference: (usize, usize), back: i32, quantity: i32, restocked: bool) -> DraftLine {
    let part = |amount: Cents| {
        let until = |units: i32| amount.share(f64::from(units) / f64::from(line.quantity));
        until(back) - until(back + quantity)
    };
    DraftLine {
        quantity: -quantity,
        list: part(line.list),
        net: part(line.net),
        kind: LineType::Return,
        reference: Some(reference),
        restocked: Some(restocked),
        ..line.clone()
    }
}
