//! What all charts have: words around them, a table behind them, and ways to be drawn.

use std::fmt::Debug;

use crate::canvas::{Anchor, Canvas, Size, Type};
use crate::error::ChartError;
use crate::escape::{clean, escape};
use crate::number::{Language, px};
use crate::theme::FILE_STYLE;

/// The words around a chart.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Caption {
    /// What the chart is about.
    pub title: String,
    /// What is measured, over what, in which unit.
    pub subtitle: String,
    /// What the chart shows, in one sentence with its number; read aloud to those who cannot see it.
    pub finding: String,
    /// Source and reservations, under the chart.
    pub note: String,
    /// Language of the few words the chart says by itself.
    pub language: Language,
}

/// The numbers of a chart as a table, for those who cannot see it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Names of the columns.
    pub headings: Vec<String>,
    /// Cells, written out, one row per mark; an unknown number is an empty cell.
    pub rows: Vec<Vec<String>>,
}

/// Rows a table of a curve has at most.
const ROWS: usize = 200;

impl Table {
    pub(crate) fn new<T: Into<String>>(headings: impl IntoIterator<Item = T>) -> Self {
        Self { headings: headings.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    pub(crate) fn push(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }

    /// Every k-th row, first and last among them, where a curve has too many to read.
    pub(crate) fn thinned(mut self) -> Self {
        let n = self.rows.len();
        if n > ROWS {
            self.rows = (0..ROWS).filter_map(|i| self.rows.get(i * (n - 1) / (ROWS - 1)).cloned()).collect();
        }
        self
    }
}

/// A chart: validated when it is drawn, the same text every time.
///
/// ```
/// use emptor_chart::{Bars, Chart, Size, Unit};
///
/// let chart = Bars::new("Profit by grade", Unit::money("¥"))
///     .finding("Grade A earns ¥2.1M of ¥2.4M.")
///     .row("A", 2_100_000.0)
///     .row("B", 420_000.0)
///     .row("C", -120_000.0);
/// let svg = chart.svg("profit", Size::Wide)?;
/// assert!(svg.starts_with("<svg") && svg.contains("role=\"img\"") && svg.contains("¥2.1M"));
/// assert_eq!(chart.data().rows[2], ["C", "−¥120,000"]);
/// # Ok::<(), emptor_chart::ChartError>(())
/// ```
pub trait Chart: Debug {
    /// The words around the chart.
    fn caption(&self) -> &Caption;

    /// The numbers as a table.
    fn data(&self) -> Table;

    /// Everything that is wrong with what the chart was given; empty where it can be drawn.
    fn problems(&self) -> Vec<String>;

    /// Draws the chart, without its words, and sets the canvas' height.
    fn paint(&self, canvas: &mut Canvas);

    /// The chart as one `<svg>` for a page that has [`STYLE`](crate::STYLE), without its title, subtitle and note: these
    /// are text of the page. Ids inside begin with `id`, which must be unique in the page.
    ///
    /// # Errors
    /// [`ChartError::Invalid`] with every problem; [`ChartError::Id`] where the id is none.
    fn svg(&self, id: &str, size: Size) -> Result<String, ChartError> {
        check(self.caption(), self.problems())?;
        check_id(id)?;
        let mut canvas = Canvas::new(size);
        self.paint(&mut canvas);
        let (body, height) = canvas.finish();
        let class = size.pick("ec ec-wide", "ec ec-narrow");
        Ok(element(self.caption(), &format!("{id}{}", size.pick("-w", "-n")), class, size.width(), height, "", &body))
    }

    /// Both widths in a `<div class="ec-box">` that shows the one that fits.
    ///
    /// # Errors
    /// As [`Self::svg`].
    fn inline(&self, id: &str) -> Result<String, ChartError> {
        let (wide, narrow) = (self.svg(id, Size::Wide)?, self.svg(id, Size::Narrow)?);
        Ok(format!("<div class=\"ec-box\">{wide}{narrow}</div>"))
    }

    /// The chart as a file of its own: with its words, its style and a white ground.
    ///
    /// # Errors
    /// [`ChartError::Invalid`] with every problem.
    fn file(&self, size: Size) -> Result<String, ChartError> {
        check(self.caption(), self.problems())?;
        let mut canvas = Canvas::new(size);
        self.paint(&mut canvas);
        let (body, height) = canvas.finish();
        Ok(standalone(self.caption(), size, &body, height))
    }

    /// The chart of [`Self::file`] as PNG, `scale` pixels of the picture to one of the chart (2 for today's screens).
    ///
    /// # Errors
    /// As [`Self::file`]; [`ChartError::Png`] where the picture is too large for memory.
    #[cfg(feature = "png")]
    fn png(&self, size: Size, scale: f32, fonts: &crate::Fonts) -> Result<Vec<u8>, ChartError> {
        crate::png::render(&self.file(size)?, scale, fonts)
    }
}

fn check(caption: &Caption, mut problems: Vec<String>) -> Result<(), ChartError> {
    if caption.title.trim().is_empty() {
        problems.push("the title must not be empty".to_owned());
    }
    if problems.is_empty() { Ok(()) } else { Err(ChartError::Invalid { title: caption.title.clone(), problems }) }
}

fn check_id(id: &str) -> Result<(), ChartError> {
    let letters = id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if letters && id.starts_with(|c: char| c.is_ascii_alphabetic()) {
        Ok(())
    } else {
        Err(ChartError::Id { id: id.to_owned() })
    }
}

fn element(caption: &Caption, id: &str, class: &str, width: f64, height: f64, head: &str, body: &str) -> String {
    let finding = if caption.finding.is_empty() { &caption.subtitle } else { &caption.finding };
    let (describes, description) = if finding.is_empty() {
        (String::new(), String::new())
    } else {
        (format!(" aria-describedby=\"{id}-d\""), format!("<desc id=\"{id}-d\">{}</desc>", escape(finding)))
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" id=\"{id}\" class=\"{class}\" viewBox=\"0 0 {} {}\" role=\"img\" \
         aria-labelledby=\"{id}-t\"{describes}{head}><title id=\"{id}-t\">{}</title>{description}{body}</svg>",
        px(width),
        px(height),
        escape(&caption.title),
    )
}

/// Room around a chart in a file of its own.
const MARGIN: f64 = 20.0;

fn standalone(caption: &Caption, size: Size, body: &str, height: f64) -> String {
    let mut words = Canvas::new(size);
    let room = size.width();
    let mut y = MARGIN;
    let mut write = |text: &str, kind: Type, lines: usize, y: &mut f64| {
        let shown = kind.wrap(text, room, lines);
        let whole = clean(text);
        let cut = shown.last().is_some_and(|line| line.ends_with('…') && !whole.trim_end().ends_with('…'));
        for line in shown {
            *y += kind.size * 1.3;
            let tip = if cut { whole.as_str() } else { "" };
            words.text_with(&line, MARGIN, *y - 0.3 * kind.size, Anchor::Start, kind, "", tip);
        }
    };
    write(&caption.title, Type::TITLE, 3, &mut y);
    if !caption.subtitle.is_empty() {
        y += 2.0;
        write(&caption.subtitle, Type::SUBTITLE, 3, &mut y);
    }
    y += 12.0;
    let top = y;
    y += height;
    if !caption.note.is_empty() {
        y += 10.0;
        write(&caption.note, Type::NOTE, 4, &mut y);
    }
    y += MARGIN;
    let (text, _) = words.finish();
    let width = room + 2.0 * MARGIN;
    let inside = format!(
        "<style>{}</style><rect width=\"{}\" height=\"{}\" class=\"bg\"/>{text}\
         <g transform=\"translate({} {})\">{body}</g>",
        *FILE_STYLE,
        px(width),
        px(y),
        px(MARGIN),
        px(top),
    );
    let head = format!(" width=\"{}\" height=\"{}\"", px(width), px(y));
    element(caption, "chart", "ec", width, y, &head, &inside)
}

/// The words every chart can be given, in the way of a builder.
macro_rules! captioned {
    ($chart:ty) => {
        impl $chart {
            /// What is measured, over what, in which unit.
            #[must_use]
            pub fn subtitle(mut self, text: impl Into<String>) -> Self {
                self.caption.subtitle = text.into();
                self
            }

            /// What the chart shows, in one sentence with its number.
            #[must_use]
            pub fn finding(mut self, text: impl Into<String>) -> Self {
                self.caption.finding = text.into();
                self
            }

            /// Source and reservations, under the chart.
            #[must_use]
            pub fn note(mut self, text: impl Into<String>) -> Self {
                self.caption.note = text.into();
                self
            }

            /// Language of the few words the chart says by itself.
            #[must_use]
            pub fn language(mut self, language: $crate::Language) -> Self {
                self.caption.language = language;
                self
            }
        }
    };
}
pub(crate) use captioned;

/// A caption with only its title.
pub(crate) fn titled(title: impl Into<String>) -> Caption {
    Caption { title: title.into(), ..Caption::default() }
}
