//! The one door through which a caller's text enters a picture.

/// Makes any text safe inside SVG and HTML, as content and as a quoted attribute.
///
/// The five characters of markup become entities. Characters XML 1.0 has no place for are left out (§2.2: most control
/// characters, U+FFFE, U+FFFF), tabs and line breaks become spaces, and the marks that turn the direction of writing are
/// left out too: a name must not be able to turn the text around it.
///
/// ```
/// assert_eq!(emptor_chart::escape("<b>\"A & B\"</b>\u{0}\n"), "&lt;b&gt;&quot;A &amp; B&quot;&lt;/b&gt; ");
/// ```
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.extend(printable(c)),
        }
    }
    out
}

/// The text as it is measured and drawn: what [`escape`] would leave out is left out, nothing is escaped yet.
pub(crate) fn clean(text: &str) -> String {
    text.chars().filter_map(printable).collect()
}

fn printable(c: char) -> Option<char> {
    match c {
        '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => None,
        // Embeddings, overrides and isolates of direction.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => None,
        '\u{fffe}' | '\u{ffff}' => None,
        _ => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn characters_without_a_place_in_xml_are_left_out() {
        assert_eq!(escape("a\u{1}\u{8}\u{b}\u{7f}\u{9f}\u{fffe}\u{ffff}b"), "ab");
        assert_eq!(escape("]]>"), "]]&gt;");
        assert_eq!(escape("x\u{202e}evil"), "xevil");
    }

    proptest! {
        #[test]
        fn an_escaped_text_is_xml_and_reads_back(text in any::<String>()) {
            let document = format!("<a b=\"{0}\">{0}</a>", escape(&text));
            let read = roxmltree::Document::parse(&document)
                .map_err(|error| TestCaseError::fail(error.to_string()))?;
            let root = read.root_element();
            let expected = clean(&text);
            prop_assert_eq!(root.text().unwrap_or(""), expected.as_str());
            prop_assert_eq!(root.attribute("b").unwrap_or(""), expected.as_str());
        }
    }
}
