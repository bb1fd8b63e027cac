//! Who was assigned to which campaign, what these customers did before, and what they did then.

use emptor_table::{Campaigns, Contacts};

use super::read::{by_customer, read_campaigns};
use super::settings::{Outcome, PromotionSettings};
use crate::profile::{ProfileError, ProfileInput};

/// A campaign as its table has it.
#[derive(Debug, Clone)]
pub(super) struct Campaign {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) category: Option<String>,
    pub(super) products: Option<String>,
    pub(super) start: i32,
    pub(super) end: i32,
    /// Last day of its responses.
    pub(super) to: i32,
    /// Whether that day is yet to come.
    pub(super) open: bool,
    pub(super) budget: Option<f64>,
    pub(super) cost_fixed: Option<f64>,
    pub(super) cost_contact: Option<f64>,
    pub(super) margin_rate: Option<f64>,
    pub(super) control_share: Option<f64>,
}

/// A customer in the audience of a campaign.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// Place of the campaign.
    pub(super) campaign: usize,
    /// Place of the customer among all customers of audiences.
    pub(super) customer: usize,
    pub(super) arm: String,
    pub(super) is_control: bool,
    pub(super) assigned: i32,
    pub(super) sent: Option<i32>,
    pub(super) delivered: Option<bool>,
    pub(super) opened: Option<bool>,
    pub(super) clicked: Option<bool>,
    pub(super) contact_cost: Option<f64>,
    /// First and last day on which an order counts.
    pub(super) from: i32,
    pub(super) to: i32,
    /// Orders in that time.
    pub(super) orders: usize,
    /// Net money of what was sold in that time: millionths.
    pub(super) revenue: i64,
    /// Margin as far as cost is known, and the money of unknown cost.
    pub(super) known_margin: i64,
    pub(super) unknown: i64,
    /// Whether a response row lies in that time.
    pub(super) answered: bool,
    pub(super) opted_out: bool,
    /// Whether another campaign was sent to the customer while this one counts.
    pub(super) overlap: bool,
    /// Whether the customer had ever bought before the assignment.
    pub(super) bought_before: bool,
    pub(super) pre_orders: usize,
    pub(super) pre_spend: i64,
    /// Days from the last purchase to the assignment, at most those that are looked at.
    pub(super) pre_recency: i32,
    pub(super) segment: Option<String>,
}

impl Member {
    pub(super) fn responded(&self, outcome: Outcome) -> bool {
        match outcome {
            Outcome::Orders => self.orders > 0,
            Outcome::Responses => self.answered,
            Outcome::Either => self.orders > 0 || self.answered,
        }
    }
}

/// An order of a customer of an audience, or what came back.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) key: String,
    /// The day it is dated.
    pub(super) day: i32,
    /// The day of the sale that it belongs to.
    pub(super) sold: i32,
    pub(super) is_purchase: bool,
    pub(super) amount: i64,
    pub(super) known_margin: i64,
    pub(super) unknown: i64,
    /// Money of purchase lines alone.
    pub(super) sales: i64,
}

/// Everything that is known of audiences.
#[derive(Debug, Clone)]
pub(super) struct Audience {
    /// By first day, then id.
    pub(super) campaigns: Vec<Campaign>,
    /// By campaign, then customer.
    pub(super) members: Vec<Member>,
    /// Names of customers, by place.
    pub(super) customers: Vec<String>,
    /// Orders by customer, oldest first.
    pub(super) orders: Vec<Vec<Order>>,
    /// Contacts whose campaign is not in the table of campaigns.
    pub(super) strangers: usize,
    /// By campaign: responses of customers who were not assigned, before assignment, and outside the window.
    pub(super) odd_responses: Vec<[usize; 3]>,
    /// Whether returns say which line they return.
    pub(super) returns_refer: bool,
    /// What contacts tell.
    pub(super) tells: Tells,
}

/// What contacts and responses tell of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tells {
    pub(super) sent: bool,
    pub(super) opt_outs: bool,
}

impl Audience {
    /// Reads the audiences of the campaigns that ran on a day of the window, in one pass over the lines.
    pub(super) fn read(
        input: &ProfileInput<'_>,
        settings: &PromotionSettings,
        campaigns: &Campaigns,
        contacts: &Contacts,
    ) -> Result<Self, ProfileError> {
        let tables = &input.tables;
        let mut audience =
            Self::assigned(input, settings, read_campaigns(campaigns, settings, &input.window)?, contacts)?;
        audience.read_orders(tables, &input.window)?;
        audience.read_responses(tables, settings, &input.window)?;
        audience.overlaps();
        audience.look_back(settings);
        if let Some(scores) = input.scores.filter(|scores| scores.has("segment")) {
            let segments = by_customer(scores.frame(), "segment", |column, row| {
                column.str().ok().and_then(|text| text.get(row)).map(str::to_owned)
            })?;
            for member in &mut audience.members {
                member.segment = segments.get(&audience.customers[member.customer]).cloned();
            }
        }
        Ok(audience)
    }

    /// Marks those whom another campaign reached while this one counts.
    fn overlaps(&mut self) {
        let mut sent: Vec<Vec<(usize, i32)>> = vec![Vec::new(); self.customers.len()];
        for member in &self.members {
            if let Some(day) = member.sent {
                sent[member.customer].push((member.campaign, day));
            }
        }
        for member in &mut self.members {
            let campaigns = &self.campaigns;
            let reaches = |&(other, day): &(usize, i32)| {
                other != member.campaign && day <= member.to && member.from <= campaigns[other].to
            };
            member.overlap = sent[member.customer].iter().any(reaches);
        }
    }

    /// What members were like before their assignment. Only what was known then counts: a return that came later is no
    /// part of it, or the treatment would be in the covariate.
    fn look_back(&mut self, settings: &PromotionSettings) {
        for member in &mut self.members {
            let first = member.assigned - settings.pre_days;
            let mut last: Option<&str> = None;
            for order in self.orders[member.customer].iter().filter(|order| order.day < member.assigned) {
                member.bought_before |= order.is_purchase;
                if order.day < first {
                    continue;
                }
                member.pre_spend += order.amount;
                if order.is_purchase {
                    member.pre_recency = member.pre_recency.min(member.assigned - order.day);
                    if last != Some(order.key.as_str()) {
                        member.pre_orders += 1;
                        last = Some(&order.key);
                    }
                }
            }
        }
    }

    /// Members of a campaign.
    pub(super) fn of(&self, campaign: usize) -> &[Member] {
        &self.members[self.rows_of(campaign)]
    }

    /// Their places.
    pub(super) fn rows_of(&self, campaign: usize) -> std::ops::Range<usize> {
        let first = self.members.partition_point(|member| member.campaign < campaign);
        first..self.members.partition_point(|member| member.campaign <= campaign)
    }
}
