//! Scores from 1 to 5.

use emptor_types::{Invalid, Predicate};
use polars::prelude::{DataFrame, IntoColumn, NamedFrom, PolarsResult, Series};

use crate::error::RfmError;
use crate::rfm::RfmTable;
use crate::scale::RfmScale;
use crate::segment::{Segment, SegmentMap};

/// Number of score bands.
pub(crate) const BANDS: usize = 5;

/// What happens to equal values at a quantile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ties {
    /// Equal values share a score; bands may be unequal, even empty. Purchase counts are full of ties.
    #[default]
    Share,
    /// Bands of equal size (Hughes): ties are broken by the next variable (R by F and M, F by M and R, M by F and R)
    /// and at last by customer id. Where any custom cuts are given, ties share after all.
    Break,
}

/// Four ascending cut points: a value up to and including the first gets the lowest band of the variable, one above
/// the last the highest. For days since last purchase the lowest band is the best.
pub type Cuts = [f64; BANDS - 1];

/// Settings of the scores.
///
/// ```
/// use emptor_rfm::{ScoreOptions, Ties};
/// let options = ScoreOptions::default().ties(Ties::Break).weights(0.5, 0.3, 0.2).purchase_cuts([1.0, 2.0, 4.0, 8.0]);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScoreOptions {
    ties: Ties,
    cuts: [Option<Cuts>; 3],
    weights: Option<[f64; 3]>,
    segments: SegmentMap,
}

impl ScoreOptions {
    /// What happens to ties.
    #[must_use]
    pub fn ties(mut self, ties: Ties) -> Self {
        self.ties = ties;
        self
    }

    /// Custom cuts for days since last purchase, in days.
    #[must_use]
    pub fn recency_cuts(mut self, days: Cuts) -> Self {
        self.cuts[0] = Some(days);
        self
    }

    /// Custom cuts for purchases.
    #[must_use]
    pub fn purchase_cuts(mut self, purchases: Cuts) -> Self {
        self.cuts[1] = Some(purchases);
        self
    }

    /// Custom cuts for spend.
    #[must_use]
    pub fn spend_cuts(mut self, money: Cuts) -> Self {
        self.cuts[2] = Some(money);
        self
    }

    /// Weights of recency, frequency and monetary score in the weighted score; equal unless given. They are scaled to
    /// sum to 1.
    #[must_use]
    pub fn weights(mut self, recency: f64, frequency: f64, monetary: f64) -> Self {
        self.weights = Some([recency, frequency, monetary]);
        self
    }

    /// Which cell has which name.
    #[must_use]
    pub fn segments(mut self, map: SegmentMap) -> Self {
        self.segments = map;
        self
    }

    fn check(&self) -> Result<[f64; 3], Invalid> {
        let mut checks = Invalid::checks();
        for (cuts, name) in self.cuts.iter().zip(["recency cuts", "purchase cuts", "spend cuts"]) {
            if let Some(cuts) = cuts {
                let ascending = cuts.windows(2).all(|pair| pair[0] <= pair[1]) && cuts.iter().all(|c| !c.is_nan());
                checks.require(ascending, name, "must be ascending numbers", format!("{cuts:?}"));
            }
        }
        let weights = self.weights.unwrap_or([1.0; 3]);
        let total: f64 = weights.iter().sum();
        let admissible = weights.iter().all(|w| *w >= 0.0) && total > 0.0 && total.is_finite();
        checks.require(admissible, "weights", "must be at least 0, finite, and not all 0", format!("{weights:?}"));
        checks.finish()?;
        Ok(weights.map(|w| w / total))
    }
}

/// Scores and segments, one row per row of the [`RfmTable`]; customers without a purchase have no score.
#[derive(Debug, Clone, PartialEq)]
pub struct RfmScores {
    customers: Series,
    scores: [Vec<Option<u8>>; 3],
    cuts: [Option<Cuts>; 3],
    weighted: Vec<Option<f64>>,
    weights: [f64; 3],
    segments: Vec<Segment>,
    map: SegmentMap,
}

impl RfmScores {
    pub(crate) fn new(table: &RfmTable, options: &ScoreOptions) -> Result<Self, RfmError> {
        let weights = options.check()?;
        let rows: Vec<usize> = (0..table.len()).filter(|i| table.days_since_last()[*i].is_some()).collect();
        let days: Vec<f64> = rows.iter().map(|i| f64::from(table.days_since_last()[*i].unwrap_or_default())).collect();
        let purchases: Vec<f64> = rows.iter().map(|i| f64::from(table.purchases()[*i])).collect();
        let spend: Vec<f64> = rows.iter().map(|i| table.spend()[*i]).collect();

        let mut cuts = options.cuts;
        let bands: [Vec<u8>; 3] = if options.ties == Ties::Break && cuts.iter().all(Option::is_none) {
            // Fewest days are best, so that days are ranked from the most.
            let recent: Vec<f64> = days.iter().map(|d| -d).collect();
            [
                equal_bands(&recent, &purchases, &spend),
                equal_bands(&purchases, &recent, &spend),
                equal_bands(&spend, &purchases, &recent),
            ]
        } else {
            let by_cuts = |cuts: &mut Option<Cuts>, values: &[f64]| {
                let cuts = *cuts.get_or_insert_with(|| quantile_cuts(values));
                values.iter().map(|v| band(*v, &cuts)).collect::<Vec<u8>>()
            };
            let days_bands = by_cuts(&mut cuts[0], &days).into_iter().map(|band| BANDS as u8 + 1 - band).collect();
            [days_bands, by_cuts(&mut cuts[1], &purchases), by_cuts(&mut cuts[2], &spend)]
        };
        let mut scores: [Vec<Option<u8>>; 3] = std::array::from_fn(|_| vec![None; table.len()]);
        for (scores, bands) in scores.iter_mut().zip(bands) {
            for (row, band) in rows.iter().zip(bands) {
                scores[*row] = Some(band);
            }
        }
        let weighted = (0..table.len())
            .map(|i| {
                let [r, f, m] = [scores[0][i]?, scores[1][i]?, scores[2][i]?].map(f64::from);
                Some(weights[0] * r + weights[1] * f + weights[2] * m)
            })
            .collect();
        let segments = (0..table.len())
            .map(|i| match (scores[0][i], scores[1][i]) {
                (Some(r), Some(f)) => options.segments.segment(r, f),
                _ => Segment::NoPurchase,
            })
            .collect();
        let map = options.segments.clone();
        Ok(Self { customers: table.customers().clone(), scores, cuts, weighted, weights, segments, map })
    }

    /// Recency scores, 5 = latest.
    #[must_use]
    pub fn recency(&self) -> &[Option<u8>] {
        &self.scores[0]
    }

    /// Frequency scores, 5 = most purchases.
    #[must_use]
    pub fn frequency(&self) -> &[Option<u8>] {
        &self.scores[1]
    }

    /// Monetary scores, 5 = highest spend.
    #[must_use]
    pub fn monetary(&self) -> &[Option<u8>] {
        &self.scores[2]
    }

    /// Weighted mean of the three scores, from 1 to 5.
    #[must_use]
    pub fn weighted(&self) -> &[Option<f64>] {
        &self.weighted
    }

    /// Segments.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The condition on `days_since_last` and `purchases` that selects the customers of a segment, as text, SQL or data;
    /// `None` where bands were made equal by breaking ties, which no condition on values can do.
    ///
    /// # Errors
    /// [`RfmError`] if a cut is not finite.
    pub fn predicate(&self, segment: Segment) -> Result<Option<Predicate>, RfmError> {
        let [Some(days), Some(purchases), _] = &self.cuts else { return Ok(None) };
        Ok(Some(self.map.predicate(segment, days, purchases)?))
    }

    /// The cuts used for days since last purchase, purchases and spend, in their own units; `None` where equal bands
    /// were made by breaking ties, for which there are no cuts.
    #[must_use]
    pub fn cuts(&self) -> [Option<Cuts>; 3] {
        self.cuts
    }

    /// Cuts, weights and names, frozen, so that other customers and later days are scored alike; `None` where bands were
    /// made equal by breaking ties, for which there are no cuts.
    ///
    /// # Errors
    /// [`Invalid`] if a cut is not finite: such cuts cannot be saved.
    pub fn scale(&self) -> Result<Option<RfmScale>, Invalid> {
        match self.cuts {
            [Some(days), Some(purchases), Some(spend)] => {
                RfmScale::new([days, purchases, spend], self.weights, self.map.clone()).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The scores as a table: `customer_id, r_score, f_score, m_score, rfm_cell, rfm_score, rfm_segment`.
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn to_frame(&self) -> PolarsResult<DataFrame> {
        let score = |name: &str, scores: &[Option<u8>]| {
            let wide: Vec<Option<u32>> = scores.iter().map(|s| s.map(u32::from)).collect();
            Series::new(name.into(), wide).into_column()
        };
        let [r, f, m] = &self.scores;
        let cells: Vec<Option<String>> =
            r.iter().zip(f).zip(m).map(|((r, f), m)| Some(format!("{}{}{}", (*r)?, (*f)?, (*m)?))).collect();
        let names: Vec<&str> = self.segments.iter().map(|s| s.name()).collect();
        let columns = vec![
            crate::ledger::id_column(&self.customers),
            score("r_score", r),
            score("f_score", f),
            score("m_score", m),
            Series::new("rfm_cell".into(), cells).into_column(),
            Series::new("rfm_score".into(), &self.weighted).into_column(),
            Series::new("rfm_segment".into(), names).into_column(),
        ];
        DataFrame::new(self.segments.len(), columns)
    }
}

/// The empirical quantiles at 1/5 … 4/5: the smallest value that at least that share of customers does not exceed.
fn quantile_cuts(values: &[f64]) -> Cuts {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    std::array::from_fn(|k| {
        let rank = ((k + 1) * sorted.len()).div_ceil(BANDS);
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
    })
}

pub(crate) fn band(value: f64, cuts: &Cuts) -> u8 {
    1 + cuts.iter().filter(|cut| value > **cut).count() as u8
}

/// Bands of equal size; customers come in ascending id, so that a stable sort breaks the last ties by id.
fn equal_bands(values: &[f64], second: &[f64], third: &[f64]) -> Vec<u8> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| {
        values[a].total_cmp(&values[b]).then(second[a].total_cmp(&second[b])).then(third[a].total_cmp(&third[b]))
    });
    let mut bands = vec![0; values.len()];
    for (place, row) in order.into_iter().enumerate() {
        bands[row] = 1 + (place * BANDS / values.len()) as u8;
    }
    bands
}
