mod envelope;
mod extension;
mod read;
mod rejected;
mod vectors;
mod write;

/// Bytes from their hexadecimal digits; blanks are ignored.
fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u32> = digits.chars().filter_map(|digit| digit.to_digit(16)).collect();
    assert!(digits.len().is_multiple_of(2), "half a byte");
    digits.chunks(2).map(|byte| u8::try_from(byte[0] << 4 | byte[1]).unwrap()).collect()
}

/// The hexadecimal digits of bytes.
fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").unwrap();
        digits
    })
}
