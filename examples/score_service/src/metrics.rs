//! Counters.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::StatusCode;

/// What has happened since the start. Numbers alone: nothing of any customer.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// Answers by the hundreds of their status, from 100 to 500.
    answers: [AtomicU64; 5],
    customers: AtomicU64,
    reloads: AtomicU64,
    failed_reloads: AtomicU64,
}

impl Metrics {
    pub(crate) fn answered(&self, status: StatusCode) {
        if let Some(counter) = self.answers.get(usize::from(status.as_u16() / 100).wrapping_sub(1)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn scored(&self, customers: usize) {
        self.customers.fetch_add(customers as u64, Ordering::Relaxed);
    }

    pub(crate) fn reloaded(&self, is_good: bool) {
        let counter = if is_good { &self.reloads } else { &self.failed_reloads };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// The counters as Prometheus reads them.
    pub(crate) fn text(&self, busy: usize) -> String {
        let value = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut text = String::from("# TYPE emptor_answers_total counter\n");
        for (counter, hundred) in self.answers.iter().zip(1..) {
            text.push_str(&format!("emptor_answers_total{{status=\"{hundred}xx\"}} {}\n", value(counter)));
        }
        for (name, counter) in [
            ("customers_scored", &self.customers),
            ("reloads", &self.reloads),
            ("failed_reloads", &self.failed_reloads),
        ] {
            text.push_str(&format!("# TYPE emptor_{name}_total counter\nemptor_{name}_total {}\n", value(counter)));
        }
        text.push_str(&format!("# TYPE emptor_bodies_being_scored gauge\nemptor_bodies_being_scored {busy}\n"));
        text
    }
}
