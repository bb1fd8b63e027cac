//! How often customers are contacted, and what comes of it: the table `contact_pressure`.

use polars::prelude::PolarsResult;

use super::audience::{Audience, Member};
use super::settings::PromotionSettings;
use crate::columns::ColumnSpec;
use crate::profile::ResultTable;
use crate::statistics::{Interval, wilson};
use crate::table::{Of, count, flag, frame, known, specs, text};

/// Contacts that were the so-and-so-manieth of their customer.
#[derive(Debug, Clone)]
pub(super) struct Pressure {
    basis: &'static str,
    number: usize,
    or_more: bool,
    contacts: usize,
    customers: usize,
    responders: usize,
    rate: Option<Interval>,
    opt_outs: Option<usize>,
}

/// What contacts press on whom.
#[derive(Debug, Clone)]
pub(super) struct Pressures {
    pub(super) rows: Vec<Pressure>,
    /// Customers who were contacted.
    pub(super) contacted: usize,
    /// Those who were contacted more often in the span than is good.
    pub(super) pressed: usize,
    pub(super) opted_out: Option<usize>,
}

const TABLE: &[Of<[Pressure]>] = &[
    text(
        "basis",
        "",
        "window: counted over the days that press on a customer; ever: over all campaigns of the window",
        |of, row| Some(of[row].basis.to_owned()),
    ),
    count("contact_number", "contacts", "the contact was the customer's so-and-so-manieth", |of, row| {
        Some(of[row].number)
    }),
    flag("or_more", "", "whether later contacts are in the row too", |of, row| of[row].or_more),
    count("contacts", "contacts", "contacts that were sent", |of, row| Some(of[row].contacts)),
    count("customers", "customers", "customers among them", |of, row| Some(of[row].customers)),
    count("responders", "contacts", "contacts whose campaign the customer responded to", |of, row| {
        Some(of[row].responders)
    }),
    known("rate", "share", "these by contacts; gross, what would have come anyway is in it", |of, row| {
        (of[row].contacts > 0).then(|| of[row].responders as f64 / of[row].contacts as f64)
    }),
    known("rate_lo", "share", "lower end of its score interval", |of, row| Some(of[row].rate?.low)),
    known("rate_hi", "share", "upper end", |of, row| Some(of[row].rate?.high)),
    count(
        "opt_outs",
        "contacts",
        "contacts after which the customer asked to be left alone; null if unknown",
        |of, row| of[row].opt_outs,
    ),
    known("opt_out_rate", "share", "these by contacts", |of, row| {
        (of[row].contacts > 0).then(|| of[row].opt_outs.map(|n| n as f64 / of[row].contacts as f64)).flatten()
    }),
];

/// The columns of `contact_pressure`.
pub(super) const COLUMNS: &[ColumnSpec] = &specs::<_, { TABLE.len() }>(TABLE);

pub(super) fn table(pressures: &Pressures, settings: &PromotionSettings) -> PolarsResult<ResultTable> {
    let rows = &pressures.rows;
    let about =
        "One row per number of a contact, among those of its customer: how responses and opt-outs change with it.";
    let table = ResultTable::new("contact_pressure", about, frame(TABLE, rows.as_slice(), rows.len())?, COLUMNS)?;
    Ok(table.with_flag(format!(
        "{} of {} contacted customers had more than {} contacts in {} days",
        pressures.pressed, pressures.contacted, settings.most_contacts, settings.pressure_days
    )))
}

/// What is sent to everyone presses on everyone: contacts of all arms count, whoever was meant to be a control.
pub(super) fn pressure(audience: &Audience, settings: &PromotionSettings, level: emptor_types::Level) -> Pressures {
    let mut by_customer: Vec<Vec<(i32, &Member)>> = vec![Vec::new(); audience.customers.len()];
    for member in &audience.members {
        if let Some(day) = member.sent {
            by_customer[member.customer].push((day, member));
        }
    }
    let cap = settings.most_contacts + 1;
    let mut cells = [vec![Cell::default(); cap], vec![Cell::default(); cap]];
    let (mut contacted, mut pressed, mut opted_out) = (0, 0, 0);
    for (customer, contacts) in by_customer.iter_mut().enumerate() {
        contacts.sort_unstable_by_key(|(day, member)| (*day, member.campaign));
        contacted += usize::from(!contacts.is_empty());
        opted_out += usize::from(contacts.iter().any(|(_, member)| member.opted_out));
        let mut most = 0;
        for (ever, (day, member)) in contacts.iter().enumerate() {
            let first = contacts.partition_point(|(earlier, _)| *earlier <= day - settings.pressure_days);
            let recent = ever - first;
            most = most.max(recent + 1);
            for (cells, number) in cells.iter_mut().zip([recent, ever]) {
                cells[number.min(cap - 1)].add(customer, member, settings);
            }
        }
        pressed += usize::from(most > settings.most_contacts);
    }
    let tells = audience.tells.opt_outs;
    let rows = ["window", "ever"].into_iter().zip(&cells).flat_map(|(basis, cells)| {
        cells.iter().enumerate().filter(|(_, cell)| cell.contacts > 0).map(move |(place, cell)| Pressure {
            basis,
            number: place + 1,
            or_more: place + 1 == cap,
            contacts: cell.contacts,
            customers: cell.customers,
            responders: cell.responders,
            rate: wilson(cell.responders, cell.contacts, level),
            opt_outs: tells.then_some(cell.opt_outs),
        })
    });
    Pressures { rows: rows.collect(), contacted, pressed, opted_out: tells.then_some(opted_out) }
}

#[derive(Debug, Clone, Default)]
struct Cell {
    contacts: usize,
    customers: usize,
    last: Option<usize>,
    responders: usize,
    opt_outs: usize,
}

impl Cell {
    fn add(&mut self, customer: usize, member: &Member, settings: &PromotionSettings) {
        self.contacts += 1;
        self.customers += usize::from(self.last != Some(customer));
        self.last = Some(customer);
        self.responders += usize::from(member.responded(settings.outcome));
        self.opt_outs += usize::from(member.opted_out);
    }
}
