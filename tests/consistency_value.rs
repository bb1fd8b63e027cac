//! Identities of value on random bases, over every timing, survival and length of life.

use emptor::prelude::*;
use emptor::value::FirstPayment;
use emptor::value::equity::EquityModel;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::golden_equity::{YEAR, kept, yearly};

/// Rounding of sums of some dozens of products, as a part of the money in them.
const ROUNDING: f64 = 1e-12;

fn convention(rate: f64, periods: f64, period: TimeUnit, timing: Timing) -> LifetimeValue {
    LifetimeValue::builder()
        .rate(yearly(rate))
        .horizon(Horizon::new(periods, period).unwrap())
        .period(period)
        .timing(timing)
        .build()
        .unwrap()
}

pub(crate) fn near(ours: f64, expected: f64, size: f64) -> Result<(), TestCaseError> {
    prop_assert!((ours - expected).abs() <= ROUNDING * size.max(1.0), "{ours}, expected {expected}");
    Ok(())
}

pub(crate) fn timings() -> impl Strategy<Value = Timing> {
    prop::sample::select(vec![Timing::Start, Timing::Middle, Timing::End])
}

pub(crate) fn money() -> impl Strategy<Value = f64> {
    -1e4..1e4
}

/// A base: profits, potential, survival of every form, and lives of which some end within a period.
#[derive(Debug, Clone)]
struct Base {
    periods: usize,
    current: Vec<f64>,
    potential: Vec<f64>,
    survival: Survival,
    lives: Option<Vec<f64>>,
}

impl Base {
    fn streams(&self) -> ProfitStreams {
        let streams = ProfitStreams::new(CurrentProfit::panel(self.periods, self.current.clone()).unwrap())
            .with_potential(PotentialProfit::panel(self.periods, self.potential.clone()).unwrap())
            .unwrap()
            .with_survival(self.survival.clone())
            .unwrap();
        match &self.lives {
            Some(lives) => streams.with_lives(lives.clone()).unwrap(),
            None => streams,
        }
    }

    fn customers(&self) -> usize {
        self.current.len() / self.periods
    }

    /// The same customers in another order.
    fn in_order(&self, order: &[usize]) -> Self {
        let row = |values: &[f64]| {
            order.iter().flat_map(|i| values[i * self.periods..(i + 1) * self.periods].to_vec()).collect::<Vec<f64>>()
        };
        let survival = match &self.survival {
            Survival::Panel(panel) => Survival::panel(panel.periods(), row(panel.weights())).unwrap(),
            same => same.clone(),
        };
        let lives = self.lives.as_ref().map(|lives| order.iter().map(|i| lives[*i]).collect());
        Self { periods: self.periods, current: row(&self.current), potential: row(&self.potential), survival, lives }
    }
}

/// Survival that falls from at most 1, from factors between 0 and 1.
fn falling(factors: &[f64], periods: usize) -> Vec<f64> {
    let curve = |row: &[f64]| {
        row.iter()
            .scan(1.0, |alive, kept| {
                *alive *= kept;
                Some(*alive)
            })
            .collect::<Vec<f64>>()
    };
    factors.chunks(periods).flat_map(curve).collect()
}

fn survivals(customers: usize, periods: usize) -> impl Strategy<Value = Survival> {
    prop_oneof![
        Just(Survival::Certain),
        (0.0..=1.0, any::<bool>()).prop_map(|(retention, certain)| Survival::Constant {
            retention: kept(retention),
            first: if certain { FirstPayment::Certain } else { FirstPayment::AtRisk },
        }),
        vec(0.0..=1.0, periods).prop_map(move |f| Survival::curve(falling(&f, periods)).unwrap()),
        vec(0.0..=1.0, customers * periods).prop_map(move |f| Survival::panel(periods, falling(&f, periods)).unwrap()),
    ]
}

fn bases() -> impl Strategy<Value = Base> {
    (1..8_usize, 1..12_usize).prop_flat_map(|(customers, periods)| {
        let flows = || vec(money(), customers * periods);
        let lives = prop::option::of(vec(0.0..(periods as f64 + 2.0), customers));
        (flows(), flows(), survivals(customers, periods), lives).prop_map(
            move |(current, potential, survival, lives)| Base { periods, current, potential, survival, lives },
        )
    })
}

/// A base, the same customers in another order, and a label for each.
fn shuffled() -> impl Strategy<Value = (Base, Vec<usize>, Vec<String>)> {
    bases().prop_flat_map(|base| {
        let n = base.customers();
        let labels = vec(prop::sample::select(vec!["a", "b", "c"]).prop_map(str::to_owned), n);
        (Just(base), Just((0..n).collect::<Vec<usize>>()).prop_shuffle(), labels)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_schedule_adds_up_to_the_value(
        base in bases(), timing in timings(), rate in -0.2..1.0, broken in 0.0..1.0,
    ) {
        let convention = convention(rate, base.periods as f64 - broken, YEAR, timing);
        let values = convention.compute(&base.streams()).unwrap();
        let schedule = convention.schedule(&base.streams()).unwrap();
        for customer in 0..base.customers() {
            let rows = || (0..schedule.t.len()).filter(|row| schedule.customer[*row] == customer);
            let (mut current, mut potential) = (0.0, 0.0);
            for row in rows() {
                current += schedule.pv_rp[row];
                potential += schedule.pv_prp[row];
                // A row shows all that its present value is made of.
                let weight = schedule.survival[row] * schedule.df[row];
                let (rp, pv) = (schedule.rp[row] * weight, schedule.pv_rp[row]);
                near(rp, pv, pv.abs())?;
                near(schedule.df[row], (1.0 + rate).powf(-timing.tau(schedule.t[row])), schedule.df[row])?;
            }
            prop_assert_eq!(current.to_bits(), values.current()[customer].to_bits());
            prop_assert_eq!(potential.to_bits(), values.potential()[customer].to_bits());
            prop_assert_eq!((current + potential).to_bits(), values.total()[customer].to_bits());
        }
    }

    #[test]
    fn money_that_costs_more_makes_customers_worth_less(
        mut base in bases(), timing in timings(), rate in 0.0..0.5, dearer in 0.01..0.5,
    ) {
        base.current.iter_mut().chain(&mut base.potential).for_each(|flow| *flow = flow.abs());
        let at = |rate| convention(rate, base.periods as f64, YEAR, timing).compute(&base.streams()).unwrap().total();
        for (cheap, dear) in at(rate).into_iter().zip(at(rate + dearer)) {
            prop_assert!(dear <= cheap);
        }
    }

    #[test]
    fn loyalty_raises_the_value_of_every_stream_of_gains(
        profits in vec(0.0..1e4, 1..12), retention in 0.0..0.9, loyal in 0.01..0.1, timing in timings(),
        certain in any::<bool>(),
    ) {
        let first = if certain { FirstPayment::Certain } else { FirstPayment::AtRisk };
        let at = |retention| {
            let streams = ProfitStreams::new(CurrentProfit::panel(profits.len(), profits.clone()).unwrap())
                .with_survival(Survival::Constant { retention: kept(retention), first })
                .unwrap();
            convention(0.1, profits.len() as f64, YEAR, timing).compute(&streams).unwrap().current()[0]
        };
        prop_assert!(at(retention + loyal) >= at(retention));
    }

    #[test]
    fn a_year_in_months_is_worth_the_year(
        profits in vec(money(), 1..6), retention in 0.0..=1.0, rate in -0.2..1.0,
    ) {
        let years = profits.len();
        let worth = |period: TimeUnit, timing, profits: Vec<f64>| {
            let survival = Survival::Constant { retention: kept(retention), first: FirstPayment::AtRisk };
            let streams = ProfitStreams::new(CurrentProfit::panel(profits.len(), profits.clone()).unwrap())
                .with_survival(survival)
                .unwrap();
            convention(rate, profits.len() as f64, period, timing).compute(&streams).unwrap().current()[0]
        };
        let yearly_paid = worth(YEAR, Timing::End, profits.clone());
        let size: f64 = profits.iter().map(|x| x.abs()).sum::<f64>() * (1.0 + rate).powi(-(years as i32)).max(1.0);
        // Paid at the end of every twelfth month: the same days, the same survival, the same money.
        let in_december = |t: usize| if t % 12 == 11 { profits[t / 12] } else { 0.0 };
        near(worth(TimeUnit::Month, Timing::End, (0..12 * years).map(in_december).collect()), yearly_paid, size)?;
        // Paid in twelve parts, at the end of every month: with q = (r/(1+d))^(1/12) the year's flow is worth
        // Σ_{k=1}^{12} q^k / 12 instead of q^12. The gap is what money earns and who leaves within the year; there is
        // none where nobody leaves and money costs nothing.
        let q = (retention / (1.0 + rate)).powf(1.0 / 12.0);
        let share: f64 = (1..=12).map(|k| q.powi(k) / 12.0).sum();
        let parts = worth(TimeUnit::Month, Timing::End, (0..12 * years).map(|t| profits[t / 12] / 12.0).collect());
        let year = |t: usize| q.powi(12 * t as i32);
        let derived: f64 = profits.iter().enumerate().map(|(t, x)| x * year(t) * share).sum();
        near(parts, derived, size)?;
        let gap: f64 = profits.iter().enumerate().map(|(t, x)| x * year(t) * (share - q.powi(12))).sum();
        near(parts - yearly_paid, gap, size)?;
    }

    #[test]
    fn the_order_of_customers_changes_nothing((base, order, labels) in shuffled(), timing in timings()) {
        let convention = convention(0.1, base.periods as f64, YEAR, timing);
        let other = base.in_order(&order);
        let values = convention.compute(&base.streams()).unwrap();
        let moved = convention.compute(&other.streams()).unwrap();
        for (to, from) in order.iter().enumerate() {
            prop_assert_eq!(moved.current()[to].to_bits(), values.current()[*from].to_bits());
            prop_assert_eq!(moved.potential()[to].to_bits(), values.potential()[*from].to_bits());
        }
        let (equity, same) = (CustomerEquity::new(&values), CustomerEquity::new(&moved));
        prop_assert_eq!(equity.current().to_bits(), same.current().to_bits());
        prop_assert_eq!(equity.potential().to_bits(), same.potential().to_bits());
        prop_assert_eq!(equity.total().to_bits(), same.total().to_bits());
        let flows = |base: &Base| convention.base_flows(&base.streams()).unwrap();
        prop_assert_eq!(flows(&base), flows(&other));
        let relabelled: Vec<&String> = order.iter().map(|i| &labels[*i]).collect();
        let parts = CustomerEquity::by(&values, &labels).unwrap();
        prop_assert_eq!(parts, CustomerEquity::by(&moved, &relabelled).unwrap());
    }

    #[test]
    fn parts_of_equity_add_up_to_the_whole((base, _, labels) in shuffled(), timing in timings(), rate in -0.1..0.5) {
        let convention = convention(rate, base.periods as f64, YEAR, timing);
        let values = convention.compute(&base.streams()).unwrap();
        let (whole, parts) = (CustomerEquity::new(&values), CustomerEquity::by(&values, &labels).unwrap());
        let size: f64 = values.current().iter().chain(values.potential()).map(|v| v.abs()).sum();
        prop_assert_eq!(parts.iter().map(|part| part.customers).sum::<usize>(), whole.customers());
        near(parts.iter().map(|part| part.current).sum(), whole.current(), size)?;
        near(parts.iter().map(|part| part.potential).sum(), whole.potential(), size)?;
        near(parts.iter().map(|part| part.total()).sum(), whole.total(), size)?;

        // The same of the flows, and of the model that levers act on.
        let flows = convention.base_flows(&base.streams()).unwrap();
        let by_part = convention.base_flows_by(&base.streams(), &labels).unwrap();
        near(flows.value(), whole.total(), size)?;
        near(by_part.iter().map(|(_, part)| part.value()).sum(), flows.value(), size)?;
        let model = EquityModel::of_parts(&by_part, FirstPayment::AtRisk).unwrap();
        near(model.total().static_equity, whole.total(), size)?;
        near(model.by_part().iter().map(|part| part.dynamic).sum(), model.total().dynamic, size)?;
    }
}
