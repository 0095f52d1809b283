//! Masking (RFC 6455, section 5.3): every byte a client sends is combined with one of four.

/// Takes the mask off `payload`, and turns `mask` so that it fits the byte that comes next.
pub(super) fn unmask(payload: &mut [u8], mask: &mut [u8; 4]) {
    let narrow = u32::from_le_bytes(*mask);
    let wide = u64::from(narrow) << 32 | u64::from(narrow);
    let (words, tail) = payload.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_le_bytes(*word) ^ wide).to_le_bytes();
    }
    for (byte, key) in tail.iter_mut().zip(wide.to_le_bytes()) {
        *byte ^= key;
    }
    // The next byte's key comes first.
    let turned = u32::try_from(payload.len() % 4).unwrap_or_default() * 8;
    *mask = narrow.rotate_right(turned).to_le_bytes();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_cut_gives_what_byte_by_byte_gives() {
        let mask = [0x37, 0xfa, 0x21, 0x3d];
        let masked: Vec<u8> = (0..=255).collect();
        let expected: Vec<u8> = masked.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
        for cut in 0..=masked.len() {
            let (mut bytes, mut turning) = (masked.clone(), mask);
            let (start, end) = bytes.split_at_mut(cut);
            unmask(start, &mut turning);
            unmask(end, &mut turning);
            assert_eq!(bytes, expected, "cut at {cut}");
        }
    }
}
