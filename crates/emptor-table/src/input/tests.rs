use std::error::Error;
use std::io::Write;

use polars::prelude::{DataFrame, IntoLazy, df};

use super::*;
use crate::confidence::Confidence;
use crate::guess::Role;
use crate::number_format::NumberFormat;
use crate::output::{write_arrow, write_arrow_stream, write_parquet};

type Outcome = Result<(), Box<dyn Error>>;

fn opened(bytes: impl Into<Vec<u8>>) -> Result<Opened, TableError> {
    Input::bytes("file", bytes.into()).open()
}

fn frame(opened: &Opened) -> Result<DataFrame, Box<dyn Error>> {
    Ok(opened.source.open()?.collect()?)
}

fn sample() -> Result<DataFrame, Box<dyn Error>> {
    Ok(df!("客户" => ["李明", "=B"], "amount" => [Some(1.5), None])?)
}

#[test]
fn parquet_and_both_kinds_of_arrow_are_known_by_their_first_bytes() -> Outcome {
    let sample = sample()?;
    let mut files = [Vec::new(), Vec::new(), Vec::new()];
    write_parquet(&sample, &mut files[0])?;
    write_arrow(&sample, &mut files[1])?;
    write_arrow_stream(&sample, &mut files[2])?;
    for (bytes, format) in files.into_iter().zip([FileFormat::Parquet, FileFormat::Arrow, FileFormat::ArrowStream]) {
        let opened = opened(bytes)?;
        assert_eq!(opened.format, format);
        assert!(frame(&opened)?.equals_missing(&sample), "{format}");
    }
    Ok(())
}

#[test]
fn encodings_separators_and_titles_are_noticed_and_read() -> Outcome {
    let german = "Auswertung 2024\n\nKundennr;Belegdatum;Betrag\n0007;31.01.2024;1.234,50\n0008;01.02.2024;-5,00\n";
    let opened = opened(encoding_rs::WINDOWS_1252.encode(&german.replace("Betrag", "Gesamtgröße")).0.into_owned())?;
    assert_eq!(opened.encoding.as_ref().map(|e| e.name), Some("windows-1252"));
    assert_eq!((opened.separator, opened.skipped_lines, opened.header), (Some(';'), 2, true));
    assert_eq!(frame(&opened)?.get_column_names(), ["Kundennr", "Belegdatum", "Gesamtgröße"]);
    Ok(())
}

#[test]
fn a_file_on_disk_is_scanned_and_one_in_another_encoding_is_transcoded() -> Outcome {
    let folder = std::env::temp_dir().join(format!("emptor-input-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let text = "客户,日期,金额\n李明,2024-01-05,12.5\n";
    for (name, bytes) in [
        ("utf8.csv", text.as_bytes().to_vec()),
        ("bom.csv", ["\u{feff}".as_bytes(), text.as_bytes()].concat()),
        ("gbk.csv", encoding_rs::GBK.encode(text).0.into_owned()),
    ] {
        let path = folder.join(name);
        std::fs::File::create(&path)?.write_all(&bytes)?;
        let opened = Input::new(&path).open()?;
        let frame = frame(&opened)?;
        assert_eq!(frame.get_column_names(), ["客户", "日期", "金额"], "{name}");
        assert_eq!(frame.column("客户")?.str()?.get(0), Some("李明"));
        assert_eq!(opened.source.to_string(), path.display().to_string());
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

#[test]
fn columns_filled_up_with_blanks_are_read_with_and_without_a_header() -> Outcome {
    // The form in which CDNOW was published.
    let cdnow = opened(" 00001 19970101  1   11.77\n 00002 19970112  1   12.00\n 00002 19970112  5   77.00\n")?;
    assert_eq!((cdnow.separator, cdnow.header), (Some(' '), false));
    assert_eq!(frame(&cdnow)?.column("column_4")?.str()?.get(2), Some("77.00"));
    let named =
        opened("customer_id date number_of_cds dollar_value\n00001 19970101 1 11.77\n00002 19970112 1 12.00\n")?;
    let guess = named.guess()?;
    assert_eq!(guess.column(Role::Amount), Some("dollar_value"));
    assert_eq!(guess.column(Role::Quantity), Some("number_of_cds"));
    Ok(())
}

#[test]
fn compressed_text_is_unpacked_and_a_broken_one_says_so() -> Outcome {
    // `id,day,net` and `1,2024-01-01,5`, by the gzip of Python.
    let packed: &[u8] = &[
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 76, 209, 73, 73, 172, 212, 201, 75, 45, 225, 50, 212, 49, 50, 48, 50,
        209, 53, 48, 4, 34, 29, 83, 46, 0, 171, 187, 81, 220, 26, 0, 0, 0,
    ];
    let read = opened(packed)?;
    assert_eq!(frame(&read)?.column("net")?.str()?.get(0), Some("5"));
    assert!(read.notes.iter().any(|note| note.contains("gzip")));
    assert!(opened(&packed[..20]).is_err_and(|e| e.to_string().contains("gzip")));
    Ok(())
}

#[test]
fn what_is_no_table_is_refused_with_what_to_do() {
    for (bytes, part) in [
        (&b""[..], "empty"),
        (b"\n\n \n", "empty"),
        (b"%PDF-1.7", "PDF"),
        (b"{\"a\":1}", "JSON"),
        (b"\x01\x02\x00\x00\x07\x00\x01\x00\x00", "no text"),
        (b"PK\x03\x04\x14\0\0\0orders.csv", "zip"),
        (b"PAR1 but not really", "file"),
    ] {
        let refused = opened(bytes).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(refused.contains(part), "{part}: {refused}");
    }
    assert!(Input::new("no/such/file.csv").open().is_err_and(|e| e.to_string().contains("no such file")));
}

#[test]
fn a_wrong_name_of_an_encoding_says_which_there_are() {
    let refused = Input::bytes("f", b"a,b\n1,2\n".to_vec()).encoding("klingon").open();
    assert!(refused.is_err_and(|e| e.to_string().contains("gb18030")));
}

#[test]
fn numbers_with_a_decimal_comma_pass_the_door() -> Outcome {
    let opened = opened("Kunde;Datum;Betrag\nA;31.12.2024;1.234,50\nB;05.12.2024;-5,00\n")?;
    let guess = opened.guess()?;
    assert_eq!(guess.numbers, NumberFormat::Comma);
    let lines = crate::Transactions::scan(opened.source_for(&guess), &guess.columns()?)?;
    assert_eq!(lines.quality().fact("all lines").and_then(|f| f.amount), Some(1229.5));
    assert_eq!(guess.role(Role::Customer).map(|r| r.confidence), Some(Confidence::High));
    assert!(lines.lines().collect()?.lazy().collect()?.height() == 2);
    Ok(())
}

#[cfg(feature = "excel")]
#[test]
fn workbooks_are_read_with_titles_dates_and_both_ways_of_counting_days() -> Outcome {
    use rust_xlsxwriter::{Format, Workbook};
    let mut book = Workbook::new();
    book.add_worksheet().set_name("About")?.write_string(0, 0, "printed by a program")?;
    let sheet = book.add_worksheet().set_name("Orders")?;
    let date = Format::new().set_num_format("dd/mm/yyyy");
    sheet.write_string(0, 0, "Sales of 2024")?;
    for (i, name) in ["Customer", "Order date", "Amount", "Code", "Amount"].into_iter().enumerate() {
        sheet.write_string(2, i as u16, name)?;
    }
    for (i, (who, day, amount)) in [("李明", 45_292.0, 5.25), ("B", 45_351.0, -1.0)].into_iter().enumerate() {
        let row = 3 + i as u32;
        sheet.write_string(row, 0, who)?;
        sheet.write_number_with_format(row, 1, day, &date)?;
        sheet.write_number(row, 2, amount)?;
        sheet.write_number(row, 4, f64::from(row))?;
    }
    sheet.write_string(3, 3, "007")?;
    sheet.write_number(4, 3, 8.0)?;
    let bytes = book.save_to_buffer()?;
    let opened = opened(bytes.clone())?;
    assert_eq!((opened.sheet.as_deref(), opened.skipped_lines, opened.sheets.len()), (Some("Orders"), 2, 2));
    let frame = frame(&opened)?;
    assert_eq!(frame.get_column_names(), ["Customer", "Order date", "Amount", "Code", "Amount_duplicated_0"]);
    // 45292 is 2024-01-01, 45351 the leap day of that year.
    assert_eq!(frame.column("Order date")?.date()?.physical().get(1), Some(19_782));
    assert_eq!(frame.column("Code")?.str()?.iter().collect::<Vec<_>>(), [Some("007"), Some("8")]);
    assert_eq!(frame.column("Amount_duplicated_0")?.dtype().to_string(), "i64");
    assert!(opened.notes.iter().any(|note| note.contains("Code mixes")), "{:?}", opened.notes);
    let refused = Input::bytes("b", bytes).sheet("Nope").open();
    assert!(refused.is_err_and(|e| e.to_string().contains("About, Orders")));
    let cut = super::excel::read(vec![0x50, 0x4b, 3, 4, 0, 0], None, None);
    assert!(cut.is_err());
    Ok(())
}
