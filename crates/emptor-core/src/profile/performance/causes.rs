//! `perf_pvm`, `like_for_like` and `concentration`: why revenue is not what it was, and on how few it rests.

use std::collections::{BTreeMap, BTreeSet};

use emptor_types::ExactSum;

use super::concentration::Concentration;
use super::cube::{Cell, Cube, Dimension, TOTAL, Users};
use super::ground::Ground;
use super::like_for_like::{LikeForLike, Pair};
use super::pvm::{Item, PriceVolumeMix};
use crate::profile::words::{self, change, change_percent, many, money, percent};
use crate::profile::{Finding, Gap, Need, ProfileError, ResultTable, Section};
use crate::table::{Of, count, frame, known, number, specs, text};

struct Node {
    node: String,
    why: PriceVolumeMix,
}

const PVM: &[Of<[Node]>] = &[
    text("node", "", "category of products, or __total__", |of, row| Some(of[row].node.clone())),
    number("r0", "currency", "net revenue of the window before", |of, row| of[row].why.r0),
    number("r1", "currency", "net revenue of the window", |of, row| of[row].why.r1),
    number("volume", "currency", "more or fewer units of products sold in both windows", |of, row| of[row].why.volume),
    number("mix", "currency", "dearer or cheaper products among them", |of, row| of[row].why.mix),
    number("price", "currency", "other prices than in the window before", |of, row| of[row].why.price),
    number("new", "currency", "products that had no sales in the window before", |of, row| of[row].why.new),
    number("lost", "currency", "products that have no sales any more, negative", |of, row| of[row].why.lost),
    number("fx", "currency", "other exchange rates", |of, row| of[row].why.fx),
    number(
        "other",
        "currency",
        "credits, fees and products with net returns; all causes add up to r1 - r0",
        |of, row| of[row].why.other,
    ),
];

/// The items of each category and of all. A product's money without quantity is an item of its own.
fn items(now: &Cube, then: &Cube) -> BTreeMap<String, Vec<Item>> {
    let read = |cube: &Cube| -> BTreeMap<Vec<Option<String>>, Cell> {
        cube.level(cube.dimensions()).into_iter().map(|row| (row.members, row.cell)).collect()
    };
    let (old, new) = (read(then), read(now));
    let keys: BTreeSet<&Vec<Option<String>>> = old.keys().chain(new.keys()).collect();
    let mut items: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    for key in keys {
        let of = |cells: &BTreeMap<_, Cell>| cells.get(key).copied().unwrap_or_default().sums;
        let (before, after) = (of(&old), of(&new));
        let rate = before.converted.value() / before.source.value();
        let fx = if rate.is_finite() { after.converted.value() - after.source.value() * rate } else { 0.0 };
        let goods = Item {
            r1_at_old_rates: after.priced_net.value() - fx,
            ..Item::new(
                (before.priced_net.value(), before.units.value()),
                (after.priced_net.value(), after.units.value()),
            )
        };
        let rest = |sums: super::cube::Sums| (sums.net.minus(sums.priced_net).value(), 0.0);
        let category = if key.len() > 1 { key[0].clone() } else { None };
        for node in category.into_iter().chain([TOTAL.to_owned()]) {
            items.entry(node).or_default().extend([goods, Item::new(rest(before), rest(after))]);
        }
    }
    items
}

pub(super) fn price_volume_mix(ground: &mut Ground<'_>, section: &mut Section) -> Result<(), ProfileError> {
    let transactions = ground.input.tables.transactions();
    let needs: Vec<Need> = ["product_id", "quantity"]
        .into_iter()
        .filter(|role| !transactions.has(role))
        .map(|role| Need::column("transactions", role))
        .collect();
    if !needs.is_empty() {
        section.gaps.push(Gap::new("perf_pvm", needs, "price, volume and mix need products and quantities"));
        return Ok(());
    }
    if let Some(reason) = ground.no_comparison() {
        section.gaps.push(Gap::new("perf_pvm", Vec::new(), reason));
    }
    if !ground.has_base() {
        return Ok(());
    }
    let dimensions = ground.products();
    let (now, then) = (ground.sums_now(&dimensions)?, ground.then(&dimensions)?);
    let of = |(node, items): (String, Vec<Item>)| Node { node, why: PriceVolumeMix::of(&items) };
    let mut nodes: Vec<Node> = items(&now, &then).into_iter().map(of).collect();
    // The total first, then categories by name.
    nodes.sort_by_key(|node| node.node != TOTAL);
    let about = "One row per category and one for all: net revenue of the window before and of the window, and what made \
                 the difference. Volume and mix of categories do not add up to those of all, for mix also moves between \
                 categories; everything else does.";
    let mut table = ResultTable::new(
        "perf_pvm",
        about,
        frame(PVM, nodes.as_slice(), nodes.len())?,
        specs::<_, { PVM.len() }>(PVM).to_vec(),
    )?;
    if let Some(late) = ground.late_base() {
        table = table.with_flag(late);
    }
    section.tables.push(table);
    if let Some(total) = nodes.first().filter(|_| ground.late_base().is_none()) {
        section.findings.extend(cause(&total.why, ground));
    }
    Ok(())
}

fn cause(why: &PriceVolumeMix, ground: &Ground<'_>) -> Option<Finding> {
    let growth = (why.r0.abs() > 0.0).then(|| (why.r1 - why.r0) / why.r0.abs())?;
    let mut causes = why.causes();
    causes.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let named = causes.iter().take_while(|(_, amount)| amount.abs() >= 0.005 * why.r0.abs()).take(4).count();
    let (named, left_out) = causes.split_at(named);
    let mut told: Vec<String> = named.iter().map(|(name, amount)| format!("{name} {}", change(*amount))).collect();
    // Of the numbers as they are said, so that the sentence adds up.
    let rest = why.r1.round() - why.r0.round() - named.iter().map(|(_, amount)| amount.round()).sum::<f64>();
    if !told.is_empty() && rest.abs() >= 1.0 && left_out.iter().any(|(_, amount)| amount.abs() > 0.0) {
        told.push(format!("rest {}", change(rest)));
    }
    let told = if told.is_empty() { "no cause worth naming".to_owned() } else { told.join(", ") };
    let headline = format!(
        "Net revenue went from {} to {} ({}) against the {} days from {}: {told}.",
        money(why.r0),
        money(why.r1),
        change_percent(growth),
        ground.before.days(),
        ground.before.from(),
    );
    let finding = Finding::new("perf_pvm", (0.5 + growth.abs()).min(0.95), headline);
    let caveat = ground.caveat().unwrap_or_else(|| {
        "Causes are arithmetic, not reasons: a higher price may have cost the volume beside it.".to_owned()
    });
    Some(finding.with_caveat(caveat))
}

struct Same {
    by: &'static str,
    of: LikeForLike,
}

const SAME: &[Of<[Same]>] = &[
    text("by", "", "who is compared: customers or places", |of, row| Some(of[row].by.to_owned())),
    count("same_n", "members", "active in both windows", |of, row| Some(of[row].of.same)),
    number("same_r0", "currency", "their net revenue in the window before", |of, row| of[row].of.same_before),
    number("same_r1", "currency", "their net revenue in the window", |of, row| of[row].of.same_after),
    known("same_growth", "share", "like-for-like growth", |of, row| of[row].of.growth()),
    number("r0", "currency", "net revenue of all in the window before", |of, row| of[row].of.before),
    number("r1", "currency", "net revenue of all in the window", |of, row| of[row].of.after),
    known("growth", "share", "growth of all", |of, row| of[row].of.total_growth()),
    count("gained_n", "members", "active in the window only", |of, row| Some(of[row].of.gained_n)),
    number("gained", "currency", "what they changed", |of, row| of[row].of.gained),
    count("lost_n", "members", "active in the window before only", |of, row| Some(of[row].of.lost_n)),
    number("lost", "currency", "what that changed", |of, row| of[row].of.lost),
    number("other", "currency", "what changed of members active in neither, and of nobody known", |of, row| {
        of[row].of.other
    }),
];

/// Like for like of customers, and of nobody known beside them.
fn same_customers(now: &Users, then: &Users) -> LikeForLike {
    let (old, new) = (then.by_customer(), now.by_customer());
    let of = |sums: &[(ExactSum, ExactSum)], customer: usize| {
        let (net, sales) = sums.get(customer).copied().unwrap_or_default();
        (net.value(), sales.value() > 0.0)
    };
    let mut pairs = vec![Pair {
        before: then.anonymous.value(),
        after: now.anonymous.value(),
        active_before: false,
        active_after: false,
    }];
    pairs.extend((0..old.len().max(new.len())).map(|customer| {
        let ((before, active_before), (after, active_after)) = (of(&old, customer), of(&new, customer));
        Pair { before, after, active_before, active_after }
    }));
    LikeForLike::of(&pairs)
}

fn same(now: &Cube, then: &Cube) -> LikeForLike {
    let read = |cube: &Cube| -> BTreeMap<String, Cell> {
        let rows = cube.level(cube.dimensions()).into_iter();
        rows.filter_map(|row| Some((row.members.into_iter().next()??, row.cell))).collect()
    };
    let (old, new) = (read(then), read(now));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let pair = |name: &String| {
        let (before, after) = (old.get(name).copied().unwrap_or_default(), new.get(name).copied().unwrap_or_default());
        let named = name != super::cube::UNKNOWN;
        Pair {
            before: before.sums.net.value(),
            after: after.sums.net.value(),
            active_before: named && before.sums.sales.value() > 0.0,
            active_after: named && after.sums.sales.value() > 0.0,
        }
    };
    LikeForLike::of(&names.into_iter().map(pair).collect::<Vec<_>>())
}

pub(super) fn like_for_like(ground: &mut Ground<'_>, section: &mut Section) -> Result<(), ProfileError> {
    if let Some(reason) = ground.no_comparison() {
        section.gaps.push(Gap::new("like_for_like", Vec::new(), reason));
    }
    if !ground.has_base() {
        return Ok(());
    }
    let (now, then) = (ground.users(true), ground.users(false));
    let mut rows = vec![Same { by: Dimension::Customer.name(), of: same_customers(&now.1, &then.1) }];
    if ground.has(Dimension::Place) {
        let (now, then) = (ground.sums_now(&[Dimension::Place])?, ground.then(&[Dimension::Place])?);
        rows.push(Same { by: Dimension::Place.name(), of: same(&now, &then) });
    }
    let about = "One row for customers and one for places: those active in both windows, and what came and went beside \
                 them. r1 - r0 = (same_r1 - same_r0) + gained + lost + other.";
    let mut table = ResultTable::new(
        "like_for_like",
        about,
        frame(SAME, rows.as_slice(), rows.len())?,
        specs::<_, { SAME.len() }>(SAME).to_vec(),
    )?;
    if let Some(late) = ground.late_base() {
        table = table.with_flag(late);
    }
    section.tables.push(table);
    if let Some((Same { by, of }, (growth, total))) = rows
        .first()
        .filter(|_| ground.late_base().is_none())
        .and_then(|row| Some((row, row.of.growth().zip(row.of.total_growth())?)))
    {
        let more = format!("{by}s");
        let headline = format!(
            "Net revenue of the {} of both windows changed by {}, that of all by {}: {} came and brought {}, {} stayed away \
             and took {} along.",
            many(of.same, by, &more),
            change_percent(growth),
            change_percent(total),
            many(of.gained_n, by, &more),
            money(of.gained),
            many(of.lost_n, by, &more),
            money(-of.lost),
        );
        let finding = Finding::new("like_for_like", (0.45 + (total - growth).abs()).min(0.85), headline)
            .faint_if(of.same < ground.settings.min_n);
        section.findings.push(match ground.caveat() {
            Some(caveat) => finding.with_caveat(caveat),
            None => finding,
        });
    }
    Ok(())
}

struct Few {
    by: &'static str,
    of: Concentration,
    top: (usize, Option<f64>),
}

const FEW: &[Of<[Few]>] = &[
    text("dimension", "", "what the sales are spread over", |of, row| Some(of[row].by.to_owned())),
    count("top", "members", "how many of the greatest", |of, row| Some(of[row].top.0)),
    known("cr", "share", "their share of net revenue (concentration ratio CR_n)", |of, row| of[row].top.1),
    count("members", "members", "with positive net revenue", |of, row| Some(of[row].of.members)),
    known("hhi", "0 to 1", "Herfindahl-Hirschman index: sum of squared shares", |of, row| of[row].of.hhi),
    known("effective_number", "members", "as many equals would be as concentrated", |of, row| {
        of[row].of.effective_number()
    }),
    number("net_rev", "currency", "net revenue of all members with a positive one", |of, row| of[row].of.total),
];

pub(super) fn concentration(ground: &mut Ground<'_>, section: &mut Section) -> Result<(), ProfileError> {
    let mut rows = Vec::new();
    for dimension in [
        Dimension::Customer,
        Dimension::Product,
        Dimension::Category,
        Dimension::Channel,
        Dimension::Place,
        Dimension::Rep,
        Dimension::Partner,
    ] {
        if !ground.has(dimension) {
            continue;
        }
        let from = match dimension {
            Dimension::Product | Dimension::Category => ground.products(),
            _ => vec![dimension],
        };
        let named = |row: &super::cube::Row| row.members.iter().flatten().all(|name| !name.starts_with("__"));
        let amounts: Vec<f64> = if dimension == Dimension::Customer {
            ground.users(true).1.by_customer().iter().map(|(net, _)| net.value()).collect()
        } else {
            let level = ground.sums_now(&from)?.level(&[dimension]);
            level.iter().filter(|row| named(row)).map(|row| row.cell.sums.net.value()).collect()
        };
        let of = Concentration::of(&amounts);
        for n in &ground.settings.top {
            rows.push(Few { by: dimension.name(), of: of.clone(), top: (*n, of.top(*n)) });
        }
    }
    let about = "One row per dimension and number of greatest members: how much of net revenue rests on them. Members \
                 without a name and those with net returns are left out.";
    section.tables.push(ResultTable::new(
        "concentration",
        about,
        frame(FEW, rows.as_slice(), rows.len())?,
        specs::<_, { FEW.len() }>(FEW).to_vec(),
    )?);
    let customers = rows.iter().rfind(|row| row.by == "customer" && row.of.members > row.top.0);
    if let Some((row, share)) = customers.and_then(|row| Some((row, row.top.1?))) {
        let headline = format!(
            "The {} {} of net revenue; that is as concentrated as {} equal customers.",
            match row.top.0 {
                1 => format!("greatest of {} customers brings", words::count(row.of.members)),
                top => format!("{} greatest of {} customers bring", words::count(top), words::count(row.of.members)),
            },
            percent(share),
            money(row.of.effective_number().unwrap_or_default()),
        );
        // Profiling says the same, and of tenths of the base.
        section.findings.push(Finding::new("concentration", 0.2, headline));
    }
    Ok(())
}
