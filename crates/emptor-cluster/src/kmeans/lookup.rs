//! Numbers by the labels of rows, and rows that fulfil a condition, many at a time: which rows those are is anybody's guess, so
//! that branches would be guessed wrongly.

use pulp::Simd;

/// Rows looked at together.
pub(super) const GROUP: usize = u64::BITS as usize;

/// So many clusters or fewer are told apart by comparisons, for vectors have no tables.
const COMPARED: usize = 16;

/// The number of each label in `table`.
#[inline(always)]
pub(super) fn by_label<S: Simd>(simd: S, labels: &[u32; GROUP], table: &[f32]) -> [f32; GROUP] {
    let mut all = [0.0; GROUP];
    if table.len() <= COMPARED {
        let ((labels, _), (found, _)) = (S::as_simd_u32s(labels), S::as_mut_simd_f32s(&mut all));
        for (&labels, found) in labels.iter().zip(found) {
            for (l, &x) in (0..).zip(table) {
                let own = simd.equal_u32s(labels, simd.splat_u32s(l));
                *found = simd.select_f32s(own, simd.splat_f32s(x), *found);
            }
        }
    } else {
        all.iter_mut().zip(labels).for_each(|(x, &label)| *x = table[label as usize]);
    }
    all
}

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
    use pulp::{Arch, WithSimd};

    struct ByLabel<'a>(&'a [u32; GROUP], &'a [f32]);

    impl WithSimd for ByLabel<'_> {
        type Output = [f32; GROUP];

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> [f32; GROUP] {
            by_label(simd, self.0, self.1)
        }
    }

    #[test]
    fn numbers_by_label_are_those_of_the_table() {
        for k in [1, 2, 7, 16, 17, 300] {
            let table: Vec<f32> = (0..k).map(|l| l as f32 * 0.5 - 3.0).collect();
            let labels: [u32; GROUP] = std::array::from_fn(|i| (i * 37 % k) as u32);
            let expected: Vec<f32> = labels.iter().map(|&label| table[label as usize]).collect();
            assert_eq!(Arch::new().dispatch(ByLabel(&labels, &table)).to_vec(), expected);
            assert_eq!(Arch::Scalar.dispatch(ByLabel(&labels, &table)).to_vec(), expected);
        }
    }

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
