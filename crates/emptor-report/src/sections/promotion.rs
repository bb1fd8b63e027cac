//! Promotion.

use emptor_core::profile::{P, Section};

use super::{Made, p};
use crate::block::Block;
use crate::material::Material;
use crate::words::Words;

pub(super) fn part(material: &Material<'_>, words: &Words) -> Made {
    p::part("promotion", P::Promotion, material, words, charts, &[])
}

fn charts(_section: &Section, _words: &Words) -> Vec<Block> {
    Vec::new()
}
