//! TODO

use super::Made;
use crate::material::Material;
use crate::words::Words;

pub(super) fn part(_material: &Material<'_>, _words: &Words) -> Made {
    Ok(None)
}
