//! What a chart is drawn on: a growing SVG text that knows where its words stand.

use crate::escape::{clean, escape};
use crate::measure;
use crate::number::px;

/// The width a chart is drawn for.
///
/// Scaling one picture down to a phone made six-pixel letters, so every chart can be drawn twice and the page chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Size {
    /// 640 pixels: a desktop's column, a slide, a page.
    Wide,
    /// 350 pixels: a phone, or one of two columns.
    Narrow,
}

impl Size {
    /// Width in pixels.
    #[must_use]
    pub fn width(self) -> f64 {
        match self {
            Self::Wide => 640.0,
            Self::Narrow => 350.0,
        }
    }

    pub(crate) fn pick<T>(self, wide: T, narrow: T) -> T {
        match self {
            Self::Wide => wide,
            Self::Narrow => narrow,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rect {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Rect {
    pub(crate) fn new(left: f64, top: f64, right: f64, bottom: f64) -> Self {
        Self { left, top, right, bottom }
    }

    fn meets(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    /// To a hundredth of a pixel: a label pushed back to the edge stands on it, give or take a rounding error.
    fn holds(&self, other: &Self) -> bool {
        let slack = 0.01;
        other.left >= self.left - slack
            && other.right <= self.right + slack
            && other.top >= self.top - slack
            && other.bottom <= self.bottom + slack
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A kind of text: its class, size and weight.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Type {
    class: &'static str,
    pub(crate) size: f64,
    bold: bool,
}

impl Type {
    pub(crate) const TICK: Self = Self { class: "tk", size: 11.0, bold: false };
    pub(crate) const LABEL: Self = Self { class: "", size: 12.0, bold: false };
    pub(crate) const STRONG: Self = Self { class: "st", size: 12.0, bold: true };
    pub(crate) const CELL: Self = Self { class: "sm", size: 10.0, bold: false };
    pub(crate) const TITLE: Self = Self { class: "ti", size: 17.0, bold: true };
    pub(crate) const SUBTITLE: Self = Self { class: "su", size: 13.0, bold: false };
    pub(crate) const NOTE: Self = Self { class: "no", size: 10.5, bold: false };

    pub(crate) fn width(self, text: &str) -> f64 {
        measure::width(text, self.size, self.bold)
    }

    pub(crate) fn fit(self, text: &str, room: f64) -> String {
        measure::fit(&clean(text), self.size, self.bold, room)
    }

    pub(crate) fn wrap(self, text: &str, room: f64, most: usize) -> Vec<String> {
        measure::wrap(&clean(text), self.size, self.bold, room, most)
    }

    fn around(self, text: &str, x: f64, baseline: f64, anchor: Anchor) -> Rect {
        let width = self.width(text);
        let left = match anchor {
            Anchor::Start => x,
            Anchor::Middle => x - width / 2.0,
            Anchor::End => x - width,
        };
        Rect::new(left, baseline - 0.76 * self.size, left + width, baseline + 0.22 * self.size)
    }
}

/// What a chart draws on. Only this crate's charts can; others may hold and pass one.
#[derive(Debug)]
pub struct Canvas {
    out: String,
    pub(crate) size: Size,
    pub(crate) width: f64,
    /// Set by the chart when it knows how tall it became.
    pub(crate) height: f64,
    /// Where words stand, so that no other is written over them.
    words: Vec<Rect>,
}

impl Canvas {
    pub(crate) fn new(size: Size) -> Self {
        Self { out: String::new(), size, width: size.width(), height: 0.0, words: Vec::new() }
    }

    pub(crate) fn finish(self) -> (String, f64) {
        (self.out, self.height)
    }

    #[cfg(test)]
    pub(crate) fn words(&self) -> &[Rect] {
        &self.words
    }

    pub(crate) fn rect(&mut self, area: Rect, class: &str, radius: f64, tip: &str) {
        let round = if radius > 0.0 { format!(" rx=\"{}\"", px(radius)) } else { String::new() };
        let shape = format!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{round} class=\"{class}\"",
            px(area.left),
            px(area.top),
            px((area.right - area.left).max(0.0)),
            px((area.bottom - area.top).max(0.0)),
        );
        self.close(&shape, "rect", tip);
    }

    pub(crate) fn line(&mut self, x1: f64, y1: f64, x2: f64, y2: f64, class: &str) {
        self.out += &format!(
            "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" class=\"{class}\"/>",
            px(x1),
            px(y1),
            px(x2),
            px(y2)
        );
    }

    pub(crate) fn path(&mut self, d: &str, class: &str, tip: &str) {
        if !d.is_empty() {
            self.close(&format!("<path d=\"{d}\" class=\"{class}\""), "path", tip);
        }
    }

    pub(crate) fn circle(&mut self, x: f64, y: f64, radius: f64, class: &str, tip: &str) {
        let shape = format!("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" class=\"{class}\"", px(x), px(y), px(radius));
        self.close(&shape, "circle", tip);
    }

    fn close(&mut self, shape: &str, name: &str, tip: &str) {
        self.out += shape;
        if tip.is_empty() {
            self.out += "/>";
        } else {
            self.out += &format!("><title>{}</title></{name}>", escape(tip));
        }
    }

    /// Writes a text as it is: the caller has made it fit.
    pub(crate) fn text(&mut self, text: &str, x: f64, baseline: f64, anchor: Anchor, kind: Type, class: &str) {
        self.text_with(text, x, baseline, anchor, kind, class, "");
    }

    #[expect(clippy::too_many_arguments, reason = "where, how and what of one text")]
    pub(crate) fn text_with(
        &mut self,
        text: &str,
        x: f64,
        baseline: f64,
        anchor: Anchor,
        kind: Type,
        class: &str,
        tip: &str,
    ) {
        let text = clean(text);
        if text.trim().is_empty() {
            return;
        }
        self.words.push(kind.around(&text, x, baseline, anchor));
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let class = [kind.class, class].join(" ");
        let class = match class.trim() {
            "" => String::new(),
            class => format!(" class=\"{class}\""),
        };
        let tip = if tip.is_empty() { String::new() } else { format!("<title>{}</title>", escape(&clean(tip))) };
        let (x, y) = (px(x), px(baseline));
        self.out += &format!("<text x=\"{x}\" y=\"{y}\"{anchor}{class}>{tip}{}</text>", escape(&text));
    }

    /// Writes as much of a text as fits, with the whole in its tooltip where it was cut.
    #[expect(clippy::too_many_arguments, reason = "where, how and what of one text")]
    pub(crate) fn text_within(
        &mut self,
        text: &str,
        x: f64,
        baseline: f64,
        anchor: Anchor,
        kind: Type,
        class: &str,
        room: f64,
    ) {
        let text = clean(text);
        let shown = kind.fit(&text, room);
        let tip = if shown == text { "" } else { &text };
        self.text_with(&shown, x, baseline, anchor, kind, class, tip);
    }

    /// Whether a text would stand free of all others and inside the bounds.
    pub(crate) fn is_free(&self, text: &str, x: f64, baseline: f64, anchor: Anchor, kind: Type, bounds: Rect) -> bool {
        let area = kind.around(text, x, baseline, anchor);
        bounds.holds(&area) && !self.words.iter().any(|word| word.meets(&area))
    }

    /// Writes a label beside a point, at the free place that covers fewest of the points given; `false` where none is free.
    #[expect(clippy::too_many_arguments, reason = "where, how and what of one text")]
    pub(crate) fn label(
        &mut self,
        text: &str,
        at: (f64, f64),
        gap: f64,
        kind: Type,
        class: &str,
        bounds: Rect,
        others: &[(f64, f64)],
    ) -> bool {
        let text = clean(text);
        let Some((_, (x, baseline, anchor))) = self.place(&text, at, gap, kind, bounds, others) else {
            return false;
        };
        self.text(&text, x, baseline, anchor, kind, &format!("{class} ha"));
        true
    }

    /// Writes a label beside one of several points, where it covers none of the others; `false` where that is nowhere.
    #[expect(clippy::too_many_arguments, reason = "where, how and what of one text")]
    pub(crate) fn label_clear(
        &mut self,
        text: &str,
        points: &[(f64, f64)],
        gap: f64,
        kind: Type,
        class: &str,
        bounds: Rect,
        others: &[(f64, f64)],
    ) -> bool {
        let text = clean(text);
        let mut places = points.iter().filter_map(|&at| self.place(&text, at, gap, kind, bounds, others));
        let Some((_, (x, baseline, anchor))) = places.find(|(covered, _)| *covered == 0) else {
            return false;
        };
        self.text(&text, x, baseline, anchor, kind, &format!("{class} ha"));
        true
    }

    /// The free place beside a point that covers fewest others, and how many those are.
    fn place(
        &self,
        text: &str,
        (x, y): (f64, f64),
        gap: f64,
        kind: Type,
        bounds: Rect,
        others: &[(f64, f64)],
    ) -> Option<(usize, (f64, f64, Anchor))> {
        let middle = y + 0.3 * kind.size;
        let (above, below) = (y - gap - 0.25 * kind.size, y + gap + 0.8 * kind.size);
        let places = [
            (x, above, Anchor::Middle),
            (x + gap, above, Anchor::Start),
            (x - gap, above, Anchor::End),
            (x + gap + 2.0, middle, Anchor::Start),
            (x - gap - 2.0, middle, Anchor::End),
            (x, below, Anchor::Middle),
            (x + gap, below, Anchor::Start),
            (x - gap, below, Anchor::End),
            (x + 2.0 * gap, above - kind.size, Anchor::Start),
            (x - 2.0 * gap, above - kind.size, Anchor::End),
            (x + 2.0 * gap, below + kind.size, Anchor::Start),
            (x - 2.0 * gap, below + kind.size, Anchor::End),
        ];
        let mut best: Option<(usize, (f64, f64, Anchor))> = None;
        for place @ (x, baseline, anchor) in places {
            if self.is_free(text, x, baseline, anchor, kind, bounds) {
                let area = kind.around(text, x, baseline, anchor);
                let near = Rect::new(area.left - 3.0, area.top - 2.0, area.right + 3.0, area.bottom + 2.0);
                let covered = others.iter().filter(|&&(x, y)| near.holds(&Rect::new(x, y, x, y))).count();
                if best.is_none_or(|(least, _)| covered < least) {
                    best = Some((covered, place));
                }
            }
        }
        best
    }

    /// Says in the middle that there is nothing to see.
    pub(crate) fn nothing(&mut self, words: &str) {
        self.height = 96.0;
        let area = Rect::new(0.5, 0.5, self.width - 0.5, self.height - 0.5);
        self.rect(area, "qt", 6.0, "");
        self.text(words, self.width / 2.0, 52.0, Anchor::Middle, Type::LABEL, "mu");
    }
}
