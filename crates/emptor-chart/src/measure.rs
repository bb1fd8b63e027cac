//! How wide a text will be, without a font at hand.
//!
//! A picture is drawn before anybody knows which font will show it, so widths are those of a wide one (DejaVu Sans; most
//! system fonts are a tenth narrower). What fits by this measure fits everywhere.

/// Bold letters are wider than regular ones by about this factor.
const BOLD: f64 = 1.1;

/// Width of a text in pixels.
pub(crate) fn width(text: &str, size: f64, bold: bool) -> f64 {
    let ems: f64 = text.chars().map(em).sum();
    ems * size * if bold { BOLD } else { 1.0 }
}

/// Advance of one character, in ems.
fn em(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '\'' | '|' => 0.29,
        ' ' | '.' | ',' | '·' | 'I' => 0.32,
        ':' | ';' | '/' | '-' | '\u{a0}' | 'f' => 0.36,
        '(' | ')' | '[' | ']' | 't' | 'r' | '!' => 0.42,
        's' | 'c' | 'z' | 'k' | '"' | '“' | '”' => 0.57,
        'm' | 'M' | '%' | 'W' | '@' | '…' | '—' => 1.0,
        'w' | 'O' | 'Q' | '+' | '−' | '=' | '<' | '>' | '×' | '≥' | '≤' | '&' | '→' => 0.84,
        '0'..='9' | 'a'..='z' | '$' | '€' | '£' | '¥' | '?' | '–' | '_' | '*' | '#' => 0.64,
        'A'..='Z' | '~' | '^' => 0.74,
        // Marks that stand over the letter before, joiners and selectors take no room.
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0.0,
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' => 1.0,
        '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ffe6}' => 1.0,
        '\u{20000}'..='\u{3fffd}' => 1.0,
        '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' => 1.35,
        '\u{a1}'..='\u{24f}' => 0.68,
        _ => 0.8,
    }
}

/// The text, or as much of it as fits with an ellipsis.
pub(crate) fn fit(text: &str, size: f64, bold: bool, room: f64) -> String {
    // Room that was made for this very text may have lost its last bit on the way.
    if width(text, size, bold) <= room + 1e-6 {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = width("…", size, bold);
    for c in text.chars() {
        used += width(c.encode_utf8(&mut [0; 4]), size, bold);
        if used > room {
            break;
        }
        kept.push(c);
    }
    kept.truncate(kept.trim_end_matches([' ', '\u{200d}', ',', '·']).len());
    kept.push('…');
    kept
}

/// The text in lines, broken at spaces and between Chinese characters; the last line ends in an ellipsis where the text
/// is longer than the lines.
pub(crate) fn wrap(text: &str, size: f64, bold: bool, room: f64, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut rest = pieces(text).into_iter().peekable();
    while let Some(piece) = rest.next() {
        let candidate = format!("{line}{piece}");
        if line.is_empty() || width(candidate.trim_end(), size, bold) <= room {
            line = candidate;
        } else if lines.len() + 1 < most {
            lines.push(fit(line.trim_end(), size, bold, room));
            line = piece;
        } else {
            let left: String = rest.collect();
            line = format!("{candidate}{left}");
            break;
        }
    }
    if !line.trim().is_empty() {
        lines.push(fit(line.trim_end(), size, bold, room));
    }
    lines
}

/// What may stand on a line of its own: a word with the space after it, or one wide character.
fn pieces(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        let wide = matches!(c, '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}');
        // Chinese stops and closing brackets stay with what they close.
        let closes = matches!(c, '，' | '。' | '、' | '）' | '」' | '：' | '；' | '？' | '！' | '》');
        if closes
            && word.is_empty()
            && let Some(last) = out.last_mut()
        {
            last.push(c);
            continue;
        }
        if wide && !closes && !word.is_empty() {
            out.push(std::mem::take(&mut word));
        }
        word.push(c);
        if wide || closes || c == ' ' {
            out.push(std::mem::take(&mut word));
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chinese_character_is_as_wide_as_the_size() {
        assert!((width("客户价值", 12.0, false) - 48.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_cut_fits_and_ends_in_an_ellipsis() {
        for name in ["Northern Wholesale & Retail Company Limited", "杭州某某科技有限公司华东分公司", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦"]
        {
            let cut = fit(name, 12.0, false, 100.0);
            assert!(cut.ends_with('…') && width(&cut, 12.0, false) <= 100.0, "{cut}");
        }
        assert_eq!(fit("short", 12.0, false, 100.0), "short");
    }

    #[test]
    fn lines_break_at_spaces_and_between_chinese_characters() {
        let lines = wrap("the best half of the customers earns it all", 12.0, false, 120.0, 9);
        assert!(lines.len() > 2 && lines.iter().all(|line| width(line, 12.0, false) <= 120.0), "{lines:?}");
        assert_eq!(lines.join(" "), "the best half of the customers earns it all");
        let lines = wrap("最好的一半客户带来全部利润，其余客户亏损。", 12.0, false, 100.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with('…'), "{lines:?}");
    }
}
