//! What the tests of the program share.
#![allow(dead_code, clippy::unwrap_used, reason = "every test file is a program of its own and uses a part")]

use std::process::{Command, Output};

/// Runs the program in a folder of its own.
pub(crate) fn emptor(folder: &tempfile::TempDir, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_emptor")).current_dir(folder.path()).args(arguments).output().unwrap()
}

pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Orders of a small shop over two years, as a German program exports them.
pub(crate) fn german() -> String {
    let mut text = String::from("Auftragsnummer;Kundennummer;Rechnungsdatum;Nettobetrag\n");
    for i in 0..600_u32 {
        let (customer, day) = (i * 7 % 60, (i * 11) % 700);
        let (year, month, day) = (2023 + day / 360, day % 360 / 30 + 1, day % 28 + 1);
        text += &format!("{};K{customer:03};{day:02}.{month:02}.{year};1.{:03},50\n", 1000 + i, 100 + i % 90);
    }
    text
}

/// Writes a file into a folder.
pub(crate) fn write(folder: &tempfile::TempDir, name: &str, text: impl AsRef<[u8]>) {
    std::fs::write(folder.path().join(name), text).unwrap();
}

/// A table of the bundled sample.
pub(crate) fn sample(name: &str) -> String {
    format!("{}/../../datasets/sample/{name}.csv", env!("CARGO_MANIFEST_DIR"))
}
