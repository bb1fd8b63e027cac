//! What kind of file it is, by its first bytes.

use std::fmt;

/// What kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileFormat {
    /// Lines of text with a separator.
    Text,
    /// Apache Parquet.
    Parquet,
    /// Arrow IPC file, also called Feather.
    Arrow,
    /// Arrow IPC stream.
    ArrowStream,
    /// A workbook of Excel or LibreOffice.
    Workbook,
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Parquet => "Parquet",
            Self::Arrow => "Arrow",
            Self::ArrowStream => "Arrow stream",
            Self::Workbook => "workbook",
        })
    }
}

/// First bytes of files that hold no table of ours, and what to do about it.
const STRANGERS: [(&[u8], &str); 9] = [
    (b"%PDF", "a PDF: export the table as CSV or Excel"),
    (b"SQLite format 3", "an SQLite database: export the table as CSV or Parquet"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"\x7fELF", "a program"),
    (b"Rar!", "a RAR archive: unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it first"),
    (b"BZh", "compressed by bzip2: unpack it first"),
];

impl FileFormat {
    /// The format of a file that is not compressed, or why there is none for it.
    pub(crate) fn of(start: &[u8]) -> Result<Self, String> {
        if start.starts_with(b"PAR1") {
            return Ok(Self::Parquet);
        }
        if start.starts_with(b"ARROW1") {
            return Ok(Self::Arrow);
        }
        // A stream begins with the length of its schema, behind a mark.
        if start.starts_with(&[0xff, 0xff, 0xff, 0xff]) {
            return Ok(Self::ArrowStream);
        }
        if start.starts_with(b"PK\x03\x04") {
            let has = |part: &[u8]| start.windows(part.len()).any(|window| window == part);
            let book = [&b"[Content_Types].xml"[..], b"xl/", b"_rels/", b"docProps/", b"opendocument.spreadsheet"];
            return match book.iter().any(|part| has(part)) {
                true => Ok(Self::Workbook),
                false => Err("it is a zip archive: unpack it first".to_owned()),
            };
        }
        if start.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
            return Ok(Self::Workbook);
        }
        if let Some((_, what)) = STRANGERS.iter().find(|(magic, _)| start.starts_with(magic)) {
            return Err(format!("it is {what}"));
        }
        match start.trim_ascii_start() {
            [b'{', ..] | [b'[', b'{' | b']', ..] => Err("it is JSON: convert it to CSV or Parquet first".to_owned()),
            _ => Ok(Self::Text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_say_what_a_file_is_and_what_to_do_with_a_stranger() {
        assert_eq!(FileFormat::of(b"PAR1xx"), Ok(FileFormat::Parquet));
        assert_eq!(FileFormat::of(b"ARROW1\0\0"), Ok(FileFormat::Arrow));
        assert_eq!(FileFormat::of(b"\xff\xff\xff\xff\x10"), Ok(FileFormat::ArrowStream));
        assert_eq!(FileFormat::of(b"PK\x03\x04....[Content_Types].xml"), Ok(FileFormat::Workbook));
        assert_eq!(FileFormat::of(b"a,b\n1,2\n"), Ok(FileFormat::Text));
        assert_eq!(FileFormat::of(b""), Ok(FileFormat::Text));
        for (start, part) in [(&b"%PDF-1.4"[..], "PDF"), (b" {\"a\": 1}", "JSON"), (b"PK\x03\x04orders.csv", "zip")] {
            assert!(FileFormat::of(start).err().is_some_and(|e| e.contains(part)), "{part}");
        }
    }
}
