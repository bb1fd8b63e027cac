//! The program `emptor`.
