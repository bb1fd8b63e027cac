//! Which of many rows fulfil a condition: that is anybody's guess, so that branches would be guessed wrongly.

/// Rows looked at together.
pub(super) const GROUP: usize = u64::BITS as usize;

/// The places of flags that are 1, lowest first; the others must be 0.
#[inline(always)]
pub(super) fn places(flags: &[u8; GROUP]) -> impl Iterator<Item = usize> {
    /// Moves the lowest bits of eight bytes side by side into the highest byte.
    const SIDE_BY_SIDE: u64 = 0x0102_0408_1020_4080;
    let (eights, _) = flags.as_chunks::<8>();
    let bits =
        |bits: u64, &eight: &[u8; 8]| bits >> 8 | (u64::from_le_bytes(eight).wrapping_mul(SIDE_BY_SIDE) & 0xff << 56);
    let mut left = eights.iter().fold(0, bits);
    std::iter::from_fn(move || {
        let place = left.trailing_zeros() as usize;
        left &= left.wrapping_sub(1);
        (place < GROUP).then_some(place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_flags() {
        for step in 1..=GROUP + 1 {
            let flags: [u8; GROUP] = std::array::from_fn(|i| u8::from(i % step == step / 2));
            let expected: Vec<usize> = (0..GROUP).filter(|&i| flags[i] == 1).collect();
            assert_eq!(places(&flags).collect::<Vec<_>>(), expected);
        }
        assert_eq!(places(&[0; GROUP]).next(), None);
    }
}
