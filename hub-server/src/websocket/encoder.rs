//! Frames the server sends: whole messages, never masked (RFC 6455, section 5.1).

use super::{CloseCode, Opcode};

const FIN: u8 = 0x80;

/// Appends the header of an unfragmented frame with a payload of `length` bytes.
pub(super) fn write_header(out: &mut Vec<u8>, opcode: Opcode, length: usize) {
    out.push(FIN | opcode as u8);
    match length {
        0..=125 => out.push(length.to_be_bytes()[size_of::<usize>() - 1]),
        126..=0xffff => {
            out.push(126);
            out.extend_from_slice(&length.to_be_bytes()[size_of::<usize>() - 2..]);
        }
        _ => {
            out.push(127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

/// Appends a whole message.
pub(super) fn write_message(out: &mut Vec<u8>, opcode: Opcode, message: &[u8]) {
    write_header(out, opcode, message.len());
    out.extend_from_slice(message);
}

/// Appends a Close frame without a reason.
pub(super) fn write_close(out: &mut Vec<u8>, code: CloseCode) {
    write_header(out, Opcode::Close, 2);
    out.extend_from_slice(&code.to_be_bytes());
}

/// Appends the answer to a ping.
pub(super) fn write_pong(out: &mut Vec<u8>, payload: &[u8]) {
    write_header(out, Opcode::Pong, payload.len());
    out.extend_from_slice(payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(opcode: Opcode, length: usize) -> Vec<u8> {
        let mut out = Vec::new();
        write_header(&mut out, opcode, length);
        out
    }

    #[test]
    fn lengths_are_in_their_shortest_form() {
        assert_eq!(header(Opcode::Text, 0), [0x81, 0]);
        assert_eq!(header(Opcode::Text, 5), [0x81, 5]);
        assert_eq!(header(Opcode::Binary, 125), [0x82, 125]);
        assert_eq!(header(Opcode::Binary, 126), [0x82, 126, 0, 126]);
        assert_eq!(header(Opcode::Binary, 256), [0x82, 126, 1, 0]);
        assert_eq!(header(Opcode::Binary, 65535), [0x82, 126, 0xff, 0xff]);
        assert_eq!(header(Opcode::Binary, 65536), [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn close_and_pong_frames() {
        let mut out = Vec::new();
        write_close(&mut out, CloseCode::NORMAL);
        write_pong(&mut out, b"Hello");
        assert_eq!(out, b"\x88\x02\x03\xe8\x8a\x05Hello");
    }
}
