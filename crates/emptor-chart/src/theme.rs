//! Colours and type: one table for light and one for dark, and the stylesheet made of them.
//!
//! Series colours are dark enough (or light enough) to write with. The ink on a filled cell is chosen by contrast, not by
//! taste: white numbers on middle blue looked right and had 2.3 : 1 where 4.5 : 1 is the least (WCAG 2.2, 1.4.3).

use std::sync::LazyLock;

/// Font families, system fonts first, with Chinese ones of every platform.
const FONTS: &str = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue','PingFang SC','Hiragino Sans GB',\
                     'Microsoft YaHei','Noto Sans SC','Noto Sans CJK SC',sans-serif";

/// The same for pictures made here: a font that is there on most systems, by name.
const FILE_FONTS: &str = "'Segoe UI','Helvetica Neue',Arial,'Liberation Sans','DejaVu Sans','Noto Sans','PingFang SC',\
                          'Microsoft YaHei','Noto Sans CJK SC',sans-serif";

/// Colours a series can have.
pub(crate) const SERIES: usize = 6;
/// Steps of the ramp of a heat map.
pub(crate) const RAMP: usize = 12;
/// Steps of the ramp that goes both ways from a middle.
pub(crate) const BOTH: usize = 11;

type Colour = (u8, u8, u8);

struct Palette {
    paper: Colour,
    ink: Colour,
    muted: Colour,
    grid: Colour,
    axis: Colour,
    quiet: Colour,
    series: [Colour; SERIES],
    ramp: &'static [(f64, Colour)],
    both: &'static [(f64, Colour)],
    /// Dark and light ink for filled cells.
    inks: [Colour; 2],
}

/// Ramps have their ends and the place where the ink changes as stops: between these, no ink reads well.
const LIGHT: Palette = Palette {
    paper: (0xff, 0xff, 0xff),
    ink: (0x17, 0x20, 0x2c),
    muted: (0x56, 0x63, 0x73),
    grid: (0xe7, 0xeb, 0xf0),
    axis: (0x9a, 0xa6, 0xb4),
    quiet: (0xee, 0xf1, 0xf5),
    series: [
        (0x0b, 0x62, 0xc4),
        (0xc2, 0x41, 0x0c),
        (0x0f, 0x76, 0x6e),
        (0x7c, 0x3a, 0xed),
        (0xb8, 0x1d, 0x5f),
        (0x5b, 0x68, 0x78),
    ],
    ramp: &[
        (0.0, (0xe6, 0xf0, 0xfb)),
        (0.36, (0xa9, 0xcd, 0xf3)),
        (0.728, (0x4a, 0x8e, 0xdb)),
        (0.818, (0x25, 0x75, 0xcd)),
        (1.0, (0x0a, 0x4a, 0x94)),
    ],
    both: &[
        (0.0, (0x9a, 0x31, 0x0a)),
        (0.1, (0xbf, 0x4a, 0x16)),
        (0.2, (0xe4, 0x83, 0x50)),
        (0.5, (0xf3, 0xf4, 0xf6)),
        (0.8, (0x6a, 0xa6, 0xe4)),
        (0.9, (0x25, 0x75, 0xcd)),
        (1.0, (0x0a, 0x4a, 0x94)),
    ],
    inks: [(0x0b, 0x12, 0x20), (0xff, 0xff, 0xff)],
};

const DARK: Palette = Palette {
    paper: (0x15, 0x19, 0x20),
    ink: (0xe9, 0xee, 0xf4),
    muted: (0xa5, 0xb1, 0xc0),
    grid: (0x2a, 0x31, 0x3b),
    axis: (0x5c, 0x68, 0x78),
    quiet: (0x22, 0x28, 0x32),
    series: [
        (0x7c, 0xb8, 0xff),
        (0xff, 0xa4, 0x6b),
        (0x5f, 0xd3, 0xc1),
        (0xc5, 0xa8, 0xff),
        (0xff, 0x93, 0xbd),
        (0xa9, 0xb6, 0xc6),
    ],
    ramp: &[
        (0.0, (0x1d, 0x2a, 0x3a)),
        (0.545, (0x2c, 0x66, 0xaa)),
        (0.637, (0x5b, 0x99, 0xe0)),
        (1.0, (0xb9, 0xdb, 0xff)),
    ],
    both: &[
        (0.0, (0xff, 0xb8, 0x8a)),
        (0.2, (0xe0, 0x84, 0x4e)),
        (0.3, (0x96, 0x48, 0x1c)),
        (0.5, (0x27, 0x2d, 0x37)),
        (0.7, (0x2c, 0x5f, 0x9e)),
        (0.8, (0x66, 0xa2, 0xe6)),
        (1.0, (0xb9, 0xdb, 0xff)),
    ],
    inks: [(0x0b, 0x12, 0x20), (0xff, 0xff, 0xff)],
};

/// Relative luminance (WCAG 2.2, definition).
fn luminance((r, g, b): Colour) -> f64 {
    let linear = |c: u8| {
        let c = f64::from(c) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

/// Contrast ratio of two colours (WCAG 2.2, definition), from 1 to 21.
fn contrast(a: Colour, b: Colour) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn best_ink(fill: Colour, inks: [Colour; 2]) -> Colour {
    if contrast(fill, inks[0]) >= contrast(fill, inks[1]) { inks[0] } else { inks[1] }
}

fn at(stops: &[(f64, Colour)], strength: f64) -> Colour {
    let mut before = stops[0];
    for &stop in stops {
        if strength <= stop.0 {
            let span = stop.0 - before.0;
            let t = if span > 0.0 { (strength - before.0) / span } else { 0.0 };
            let mix = |a: u8, b: u8| (f64::from(a) + t * (f64::from(b) - f64::from(a))).round() as u8;
            return (mix(before.1.0, stop.1.0), mix(before.1.1, stop.1.1), mix(before.1.2, stop.1.2));
        }
        before = stop;
    }
    before.1
}

impl Palette {
    /// Every colour by its name.
    fn named(&self) -> Vec<(String, Colour)> {
        let mut out = vec![
            ("paper".to_owned(), self.paper),
            ("ink".to_owned(), self.ink),
            ("muted".to_owned(), self.muted),
            ("grid".to_owned(), self.grid),
            ("axis".to_owned(), self.axis),
            ("quiet".to_owned(), self.quiet),
        ];
        for (i, &colour) in self.series.iter().enumerate() {
            out.push((format!("c{i}"), colour));
            out.push((format!("i{i}"), best_ink(colour, self.inks)));
        }
        for (letter, stops, steps) in [('q', self.ramp, RAMP), ('d', self.both, BOTH)] {
            for i in 0..steps {
                let fill = at(stops, i as f64 / (steps - 1) as f64);
                out.push((format!("{letter}{i}"), fill));
                out.push((format!("{letter}i{i}"), best_ink(fill, self.inks)));
            }
        }
        out
    }
}

fn hex((r, g, b): Colour) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Rules of the elements; a colour stands as `$name;`.
fn rules() -> String {
    let mut css = String::from(
        "svg.ec text{font-size:12px;font-weight:400;fill:$ink;}\
         svg.ec .tk{font-size:11px;fill:$muted;}\
         svg.ec .st{font-weight:600;}\
         svg.ec .sm{font-size:10px;}\
         svg.ec .ti{font-size:17px;font-weight:600;}\
         svg.ec .su{font-size:13px;fill:$muted;}\
         svg.ec .no{font-size:10.5px;fill:$muted;}\
         svg.ec .mu{fill:$muted;}\
         svg.ec .ink{fill:$ink;}\
         svg.ec .ha{paint-order:stroke;stroke:$paper;stroke-width:3.5px;stroke-linejoin:round;}\
         svg.ec .bg{fill:$paper;}\
         svg.ec .qt{fill:$quiet;}\
         svg.ec .g{stroke:$grid;stroke-width:1;fill:none;}\
         svg.ec .a{stroke:$axis;stroke-width:1;fill:none;}\
         svg.ec .r{stroke:$muted;stroke-width:1;stroke-dasharray:3 3;fill:none;}\
         svg.ec .w{stroke:$ink;stroke-width:1.3;fill:none;}\
         svg.ec .e{stroke:$paper;stroke-width:1;}\
         svg.ec .l{fill:none;stroke-width:2.2;stroke-linejoin:round;stroke-linecap:round;}\
         svg.ec .dash{stroke-dasharray:6 5;}\
         svg.ec .thin{stroke-width:1.2;}\
         svg.ec .b0{fill-opacity:.13;}svg.ec .b1{fill-opacity:.2;}\
         svg.ec .so{fill-opacity:.45;}\
         svg.ec .pt{fill-opacity:.62;}\
         svg.ec .hit{fill:transparent;stroke:none;}",
    );
    for i in 0..SERIES {
        css += &format!("svg.ec .f{i}{{fill:$c{i};}}svg.ec .k{i}{{stroke:$c{i};}}svg.ec .x{i}{{fill:$i{i};}}");
    }
    for (letter, steps) in [('q', RAMP), ('d', BOTH)] {
        for i in 0..steps {
            css += &format!("svg.ec .{letter}{i}{{fill:${letter}{i};}}svg.ec .{letter}i{i}{{fill:${letter}i{i};}}");
        }
    }
    css
}

fn variables(palette: &Palette) -> String {
    palette.named().iter().map(|(name, colour)| format!("--ec-{name}:{};", hex(*colour))).collect()
}

/// The stylesheet a page needs once for all its inline charts.
///
/// Colours are custom properties (`--ec-paper`, `--ec-ink`, `--ec-muted`, `--ec-grid`, `--ec-c0` …), which the page may
/// use for itself. They follow the reader's light or dark setting; `data-theme="light"` or `"dark"` on the root element
/// overrides it, and print is always light. A `div.ec-box` shows the narrow form of its chart below 520 pixels of its
/// own width, the wide form above.
pub static STYLE: LazyLock<String> = LazyLock::new(|| {
    let rules = rules().replace(";}", "}");
    let mut css = String::new();
    let mut rest = rules.as_str();
    while let Some((before, after)) = rest.split_once('$') {
        let end = after.find(['}', ';']).unwrap_or(after.len());
        css += &format!("{before}var(--ec-{})", &after[..end]);
        rest = &after[end..];
    }
    css += rest;
    let (light, dark) = (variables(&LIGHT), variables(&DARK));
    format!(
        ":root{{{light}}}\
         @media screen{{:root[data-theme=dark]{{{dark}}}}}\
         @media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}\
         .ec-box{{container-type:inline-size}}\
         .ec-box svg.ec{{display:block;width:100%;height:auto;overflow:visible}}\
         .ec-box svg.ec-narrow{{display:none}}\
         @container (max-width:519px){{.ec-box svg.ec-wide{{display:none}}.ec-box svg.ec-narrow{{display:block}}}}\
         svg.ec{{font-family:{FONTS}}}\
         @media print{{svg.ec{{print-color-adjust:exact;-webkit-print-color-adjust:exact}}}}{css}"
    )
});

/// The stylesheet inside a file of its own: light, colours by value, since programs that are no browser know no variables.
pub(crate) static FILE_STYLE: LazyLock<String> = LazyLock::new(|| {
    let mut css = format!("svg.ec text{{font-family:{FILE_FONTS};}}") + &rules();
    let mut colours = LIGHT.named();
    // Longer names first: `c1` is the beginning of none other, but `ink` is not `i`.
    colours.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    for (name, colour) in colours {
        css = css.replace(&format!("${name};"), &format!("{};", hex(colour)));
    }
    css
});

#[cfg(test)]
mod tests {
    use super::*;

    /// Least contrast of text (WCAG 2.2, 1.4.3, level AA).
    const TEXT: f64 = 4.5;

    #[test]
    fn every_text_has_enough_contrast_in_light_and_dark() {
        for palette in [&LIGHT, &DARK] {
            for colour in [palette.ink, palette.muted].into_iter().chain(palette.series) {
                assert!(contrast(colour, palette.paper) >= TEXT, "{}", hex(colour));
            }
            assert!(contrast(palette.ink, palette.quiet) >= TEXT);
            assert!(contrast(palette.muted, palette.quiet) >= TEXT);
            let named = palette.named();
            let find = |name: &str| named.iter().find(|(n, _)| n == name).map(|(_, c)| *c);
            for (letter, ink, steps) in [('c', "i", SERIES), ('q', "qi", RAMP), ('d', "di", BOTH)] {
                for i in 0..steps {
                    let (fill, ink) = (find(&format!("{letter}{i}")), find(&format!("{ink}{i}")));
                    let ratio = fill.zip(ink).map_or(0.0, |(fill, ink)| contrast(fill, ink));
                    assert!(ratio >= TEXT, "{letter}{i} {:?}: {ratio:.2}", fill.map(hex));
                }
            }
        }
    }

    #[test]
    fn dark_ink_is_used_on_the_light_ramp_up_to_78_percent() {
        for i in 0..RAMP {
            let strength = i as f64 / (RAMP - 1) as f64;
            let ink = best_ink(at(LIGHT.ramp, strength), LIGHT.inks);
            assert_eq!(ink == LIGHT.inks[0], strength <= 0.78, "step {i}");
        }
    }

    #[test]
    fn the_ramp_grows_steadily_darker_in_light_and_lighter_in_dark() {
        for (palette, sign) in [(&LIGHT, -1.0), (&DARK, 1.0)] {
            for i in 1..RAMP {
                let step = |i: usize| luminance(at(palette.ramp, i as f64 / (RAMP - 1) as f64));
                assert!(sign * (step(i) - step(i - 1)) > 0.0);
            }
        }
    }

    #[test]
    fn no_placeholder_is_left_in_the_stylesheets() {
        for css in [&*STYLE, &*FILE_STYLE] {
            assert!(!css.contains('$'), "{}", css.split_once('$').map_or("", |(_, rest)| &rest[..20.min(rest.len())]));
        }
        assert!(!FILE_STYLE.contains("var("));
    }
}
