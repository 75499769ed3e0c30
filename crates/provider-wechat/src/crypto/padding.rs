//! PKCS#7 (RFC 5652, section 6.3) with a block of 32 bytes, which AES's own 16 are not: WeChat's choice.

use subtle::{Choice, ConstantTimeEq as _, ConstantTimeLess as _};

pub(super) const BLOCK: usize = 32;

/// Lengthens `plain` to whole blocks; a whole block when it fits already.
pub(super) fn pad(plain: &mut Vec<u8>) {
    let missing = BLOCK - plain.len() % BLOCK;
    // At most 32.
    let byte = u8::try_from(missing).unwrap_or(0);
    plain.resize(plain.len() + missing, byte);
}

/// What is left of `padded` without its padding; every byte of it must be right. All of the last block is looked at,
/// whatever stands in it, so that the time tells nothing about where it is wrong.
pub(super) fn unpad(padded: &[u8]) -> Option<&[u8]> {
    let (rest, block) = padded.split_last_chunk::<BLOCK>()?;
    if !rest.len().is_multiple_of(BLOCK) {
        return None;
    }
    let count = block[BLOCK - 1];
    let mut fine: Choice = !count.ct_eq(&0) & count.ct_lt(&33);
    for (before_end, byte) in (0_u8..).zip(block.iter().rev()) {
        let in_padding = before_end.ct_lt(&count);
        fine &= !in_padding | byte.ct_eq(&count);
    }
    if bool::from(fine) {
        padded.get(..padded.len() - usize::from(count))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn padding_must_be_right_in_every_byte() {
        let mut padded = b"0123456789".to_vec();
        pad(&mut padded);
        assert_eq!((padded.len(), padded[31]), (32, 22));
        assert_eq!(unpad(&padded), Some(&b"0123456789"[..]));
        for place in 10..32 {
            let mut wrong = padded.clone();
            wrong[place] ^= 1;
            assert_eq!(unpad(&wrong), None, "byte {place}");
        }
        let mut whole = vec![7; 32];
        pad(&mut whole);
        assert_eq!((whole.len(), whole[63]), (64, 32));
        assert_eq!(unpad(&whole).map(<[u8]>::len), Some(32));
    }

    #[test]
    fn counts_that_cannot_be() {
        assert_eq!(unpad(&[0; 32]), None, "no padding at all");
        assert_eq!(unpad(&[33; 64]), None, "more than a block");
        assert_eq!(unpad(&[255; 64]), None, "far more than a block");
        assert_eq!(unpad(&[32; 32]), Some(&[][..]));
        assert_eq!(unpad(&[16; 48]), None, "blocks of AES, not of WeChat");
        assert_eq!(unpad(&[]), None);
        assert_eq!(unpad(&[1; 31]), None);
    }

    proptest! {
        #[test]
        fn what_was_padded_is_unpadded(plain in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut padded = plain.clone();
            pad(&mut padded);
            prop_assert!(padded.len().is_multiple_of(BLOCK));
            prop_assert_eq!(unpad(&padded), Some(&plain[..]));
        }

        #[test]
        fn the_strict_rule_and_nothing_else(padded in prop::collection::vec(0_u8..40, 0..130)) {
            let expected = padded.last().copied().map(usize::from).filter(|count| {
                (1..=BLOCK).contains(count)
                    && padded.len().is_multiple_of(BLOCK)
                    && padded.iter().rev().take(*count).all(|byte| usize::from(*byte) == *count)
            });
            prop_assert_eq!(unpad(&padded).map(<[u8]>::len), expected.map(|count| padded.len() - count));
        }
    }
}
