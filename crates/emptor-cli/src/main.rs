//! The program `emptor`.

fn main() {}
