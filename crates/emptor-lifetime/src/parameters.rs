//! The check that parameters of every model pass.

use emptor_types::Invalid;

/// Requires every parameter to be finite and positive, and lists all that are not.
pub(crate) fn check_positive<'a>(named: impl IntoIterator<Item = (&'a str, f64)>) -> Result<(), Invalid> {
    let mut checks = Invalid::checks();
    for (name, value) in named {
        checks.require(value > 0.0 && value.is_finite(), name, "must be finite and positive", value);
    }
    checks.finish()
}
