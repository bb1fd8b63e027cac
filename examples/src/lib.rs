//! What the example programs share: arguments that describe a file, printing, and the bundled sample with its
//! assumptions. The programs themselves stay short and show the library.

mod error;
mod input;
mod output;
mod report;
mod sample;

pub use error::ExampleError;
pub use input::InputArgs;
pub use output::{export, finish, progress, write_out};
pub use report::report;
pub use sample::sample_tables;
