//! What each customer did by each member of a dimension: too many cells for all the sums of the cube.

use std::collections::HashMap;

use emptor_types::ExactSum;

use super::cells::Pairs;

/// One customer and one member.
#[derive(Debug, Clone, Copy)]
pub(in crate::profile::performance) struct Use {
    /// The customer's number, the same in everything that was read together.
    pub(in crate::profile::performance) customer: u32,
    /// The member's number, the same in everything that was read together, in the order of names.
    pub(in crate::profile::performance) member: u32,
    /// All amounts.
    pub(in crate::profile::performance) net: ExactSum,
    /// Amounts of sale lines.
    pub(in crate::profile::performance) sales: ExactSum,
    /// Different orders with a sale line.
    pub(in crate::profile::performance) orders: u32,
    /// Whether there is a sale line.
    pub(in crate::profile::performance) bought: bool,
}

/// What known customers did, and what was sold to nobody known.
#[derive(Debug, Clone, Default)]
pub(in crate::profile::performance) struct Users {
    places: HashMap<u64, u32>,
    uses: Vec<Use>,
    orders: Pairs,
    pub(in crate::profile::performance) anonymous: ExactSum,
}

impl Users {
    /// Adds a line. A sale is one in an order, if that is known.
    pub(super) fn add(&mut self, customer: Option<u32>, member: u32, amount: ExactSum, sale: Option<Option<u32>>) {
        let Some(customer) = customer else { return self.anonymous.merge(amount) };
        let next = self.uses.len() as u32;
        let place = *self.places.entry((u64::from(customer) << 32) | u64::from(member)).or_insert(next);
        if place == next {
            let (net, sales) = (ExactSum::ZERO, ExactSum::ZERO);
            self.uses.push(Use { customer, member, net, sales, orders: 0, bought: false });
        }
        let own = &mut self.uses[place as usize];
        own.net.merge(amount);
        if let Some(order) = sale {
            own.bought = true;
            own.sales.merge(amount);
            if let Some(order) = order {
                self.orders.add(place, order);
            }
        }
    }

    /// Counts orders, once all lines are there, and renumbers members.
    pub(super) fn finish(mut self, to: &[u32]) -> Self {
        let uses = &mut self.uses;
        self.orders.count(|place| uses[place].orders += 1);
        uses.iter_mut().for_each(|of| of.member = to.get(of.member as usize).copied().unwrap_or(of.member));
        Self { places: HashMap::new(), orders: Pairs::default(), ..self }
    }

    /// The uses, in no order.
    pub(in crate::profile::performance) fn uses(&self) -> &[Use] {
        &self.uses
    }

    /// Net revenue and sales by customer, as long as the greatest number among them asks for.
    pub(in crate::profile::performance) fn by_customer(&self) -> Vec<(ExactSum, ExactSum)> {
        let most = self.uses.iter().map(|of| of.customer as usize + 1).max().unwrap_or(0);
        let mut sums = vec![(ExactSum::ZERO, ExactSum::ZERO); most];
        for of in &self.uses {
            let own = &mut sums[of.customer as usize];
            own.0.merge(of.net);
            own.1.merge(of.sales);
        }
        sums
    }
}
