//! Charts as PNG files.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, fontdb};

use crate::error::ChartError;

/// The fonts of this system, loaded once and used for many pictures.
#[derive(Debug, Clone)]
pub struct Fonts {
    database: Arc<fontdb::Database>,
}

/// Families for plain text, the first that is there; the last ones have Chinese characters too.
const FAMILIES: [&str; 10] = [
    "Segoe UI",
    "Helvetica Neue",
    "Arial",
    "Liberation Sans",
    "DejaVu Sans",
    "Noto Sans",
    "PingFang SC",
    "Microsoft YaHei",
    "Noto Sans SC",
    "Noto Sans CJK SC",
];

impl Fonts {
    /// Loads the fonts of this system.
    ///
    /// # Errors
    /// [`ChartError::NoFont`] where there are none.
    pub fn of_system() -> Result<Self, ChartError> {
        let mut database = fontdb::Database::new();
        database.load_system_fonts();
        Self::from_database(database)
    }

    fn from_database(mut database: fontdb::Database) -> Result<Self, ChartError> {
        // Characters a font lacks are looked for in all others: serif letters and letters of fixed width would stand
        // among plain ones.
        let named = |face: &fontdb::FaceInfo, words: &[&str]| {
            face.families.iter().any(|(family, _)| words.iter().any(|word| family.contains(word)))
        };
        let others: Vec<fontdb::ID> =
            database.faces().filter(|face| named(face, &["Serif", "Mono"])).map(|face| face.id).collect();
        if others.len() < database.len() {
            for id in others {
                database.remove_face(id);
            }
        }
        let there: Vec<String> =
            database.faces().flat_map(|face| face.families.iter().map(|(family, _)| family.clone())).collect();
        let family = FAMILIES.iter().find(|family| there.iter().any(|name| name == *family));
        let Some(family) = family.map(|&family| family.to_owned()).or_else(|| there.first().cloned()) else {
            return Err(ChartError::NoFont);
        };
        database.set_sans_serif_family(family.clone());
        database.set_serif_family(family);
        Ok(Self { database: Arc::new(database) })
    }
}

/// Looks for a missing character among the fonts of the same weight first: without this, Chinese labels were bold among
/// regular Latin ones.
fn of_same_weight() -> usvg::FallbackSelectionFn<'static> {
    let any = usvg::FontResolver::default_fallback_selector();
    Box::new(move |character, excluded, database| {
        let weight = excluded.first().and_then(|&base| database.face(base)).map(|face| face.weight);
        let others = database.faces().filter(|face| Some(face.weight) != weight).map(|face| face.id);
        let also: Vec<fontdb::ID> = excluded.iter().copied().chain(others).collect();
        any(character, &also, database).or_else(|| any(character, excluded, database))
    })
}

/// Pixels a picture may have: 100 million take 400 MB.
const MOST_PIXELS: f32 = 1e8;

pub(crate) fn render(svg: &str, scale: f32, fonts: &Fonts) -> Result<Vec<u8>, ChartError> {
    let failed = |reason: String| ChartError::Png { reason };
    if !(scale > 0.0 && scale <= 16.0) {
        return Err(failed(format!("the scale must be above 0 and at most 16 (got {scale})")));
    }
    let font_resolver = usvg::FontResolver { select_fallback: of_same_weight(), ..usvg::FontResolver::default() };
    let options = usvg::Options { fontdb: Arc::clone(&fonts.database), font_resolver, ..usvg::Options::default() };
    let tree = usvg::Tree::from_str(svg, &options).map_err(|error| failed(error.to_string()))?;
    let (width, height) = ((tree.size().width() * scale).ceil(), (tree.size().height() * scale).ceil());
    let pixmap = if width * height <= MOST_PIXELS { Pixmap::new(width as u32, height as u32) } else { None };
    let Some(mut pixmap) = pixmap else {
        return Err(failed(format!("{width} × {height} pixels are too many; take a smaller scale")));
    };
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    pixmap.encode_png().map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bars, Chart, Size, Unit};
    use std::error::Error;

    type TestResult = Result<(), Box<dyn Error>>;

    #[test]
    fn a_system_without_fonts_says_so() {
        let error = Fonts::from_database(fontdb::Database::new()).err();
        assert_eq!(error, Some(ChartError::NoFont));
    }

    #[test]
    fn a_picture_has_the_size_asked_for_and_its_text() -> TestResult {
        let Ok(fonts) = Fonts::of_system() else {
            eprintln!("no fonts on this system: nothing to test");
            return Ok(());
        };
        let named = |name: &str| Bars::new("利润 Profit", Unit::number()).row(name, 1.0).row("B", 2.0);
        let png = named("杭州").png(Size::Wide, 2.0, &fonts)?;
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
        // The header holds the width in bytes 16 to 19 (PNG, 11.2.2): 640 and margins of 20, twice.
        assert_eq!(png.get(16..20), Some(&1360u32.to_be_bytes()[..]));
        assert_ne!(png, named("上海").png(Size::Wide, 2.0, &fonts)?);
        assert_eq!(png, named("杭州").png(Size::Wide, 2.0, &fonts)?);
        let error = named("A").png(Size::Wide, 0.0, &fonts).err().map(|error| error.to_string());
        assert!(error.is_some_and(|error| error.contains("scale must be above 0")));
        Ok(())
    }
}
