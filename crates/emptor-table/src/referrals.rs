//! Who brought whom.

use polars::prelude::{DataFrame, LazyFrame, lit};

use crate::accessors::accessors;
use crate::across::AcrossRows;
use crate::door::{Admitted, Door};
use crate::error::TableError;
use crate::field::{Field, Kind, Rule, canonical};
use crate::known::{Known, known_at};
use crate::mapping::Mapping;
use crate::options::ReadOptions;
use crate::quality::DataQuality;
use crate::source::Source;
use crate::text::DateFormat;

const TABLE: &str = "referrals";

/// Which columns of the caller's table of referrals play which role: all three are needed.
///
/// ```
/// use emptor_table::{DateFormat, ReferralColumns};
/// let columns = ReferralColumns::new("from", "to", "day").date_format(DateFormat::Pattern("%d.%m.%Y".into()));
/// ```
#[derive(Debug, Clone)]
pub struct ReferralColumns {
    referrer: String,
    referred: String,
    date: String,
    mapping: Mapping,
}

impl ReferralColumns {
    /// Names the column of the customer who referred (`referrer_id`), of the one who was referred (`referred_id`), and
    /// the day.
    #[must_use]
    pub fn new(referrer: impl Into<String>, referred: impl Into<String>, date: impl Into<String>) -> Self {
        Self { referrer: referrer.into(), referred: referred.into(), date: date.into(), mapping: Mapping::default() }
    }

    /// How textual dates are written; ISO unless said otherwise.
    #[must_use]
    pub fn date_format(mut self, format: DateFormat) -> Self {
        self.mapping.set_date_format(format);
        self
    }
}

/// Referrals that have passed the door: nobody refers himself, and no two refer each other.
///
/// Columns of [`rows`](Self::rows): `referrer_id`, `referred_id` and `date`.
///
/// ```
/// use emptor_table::polars::df;
/// use emptor_table::{Policy, ReadOptions, ReferralColumns, Referrals};
///
/// let frame = df!("from" => ["a", "b", "a"], "to" => ["b", "a", "c"], "day" => ["2024-05-01"; 3])?;
/// let options = ReadOptions::default().policy(Policy::Quarantine);
/// let referrals = Referrals::scan_with(frame, &ReferralColumns::new("from", "to", "day"), &options)?;
/// assert_eq!((referrals.quality().accepted, referrals.quality().quarantined), (1, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Referrals {
    frame: LazyFrame,
    rejects: Option<DataFrame>,
    quality: DataQuality,
    known: Option<Known>,
}

impl Referrals {
    /// Opens a source with default options.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan(source: impl Into<Source>, columns: &ReferralColumns) -> Result<Self, TableError> {
        Self::scan_with(source, columns, &ReadOptions::default())
    }

    /// Opens a source.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan_with(
        source: impl Into<Source>,
        columns: &ReferralColumns,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        let itself = Rule {
            column: columns.referred.clone(),
            rule: "must not be the referrer".to_owned(),
            broken: canonical("referrer_id").eq(canonical("referred_id")).fill_null(lit(false)),
        };
        let mut fields = vec![
            Field::required("referrer_id", &columns.referrer, Kind::Id),
            Field::required("referred_id", &columns.referred, Kind::Id),
            Field::required("date", &columns.date, columns.mapping.day()),
        ];
        fields.extend(columns.mapping.fields(&[]));
        let door = Door {
            fields,
            rules: vec![itself],
            day: Some("date"),
            across: vec![AcrossRows::OneWay { from: "referrer_id", to: "referred_id" }],
            ..Door::new(TABLE)
        };
        let Admitted { frame, rejects, quality, known } = door.admit(&source.into(), options)?;
        Ok(Self { frame, rejects, quality, known })
    }
}

known_at!(ReferralColumns);
accessors!(Referrals);
