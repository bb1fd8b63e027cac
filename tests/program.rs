//! Example programs, as a user runs them.

use std::path::PathBuf;
use std::process::{Command, Output};

/// Runs a program built beside this test by `cargo test --workspace`; `None` if only this package is built.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Option<Output> {
    let mut path: PathBuf = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    let path = path.join("examples").join(format!("{program}{}", std::env::consts::EXE_SUFFIX));
    if !path.exists() {
        eprintln!("skipped: the examples are not built (cargo test --workspace builds them)");
        return None;
    }
    Some(Command::new(path).args(arguments).output().unwrap())
}

/// What a program that succeeded has printed.
pub(crate) fn report(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
