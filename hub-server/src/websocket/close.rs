//! Close codes, and what a Close frame carries (RFC 6455, sections 5.5.1 and 7.4).

use super::Violation;

/// The status code of a Close frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CloseCode(u16);

impl CloseCode {
    /// 1000: all was said.
    pub(super) const NORMAL: Self = Self(1000);
    /// 1002: the peer broke the framing rules.
    pub(super) const PROTOCOL_ERROR: Self = Self(1002);
    /// 1007: a Text message was not UTF-8, or a compressed one could not be expanded.
    pub(super) const INVALID_PAYLOAD: Self = Self(1007);
    /// 1011: the application failed.
    pub(super) const INTERNAL_ERROR: Self = Self(1011);

    /// A code received in a Close frame; `None` when no peer may send it: unassigned, or only for local use (1005, 1006,
    /// 1015).
    fn received(code: u16) -> Option<Self> {
        matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999).then_some(Self(code))
    }

    pub(super) fn to_be_bytes(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }
}

/// Reads the payload of a Close frame. The reason is only checked: nobody is told of it.
pub(super) fn parse_close(payload: &[u8]) -> Result<Option<CloseCode>, Violation> {
    match payload {
        [] => Ok(None),
        [_] => Err(Violation::Protocol("a Close frame with half a code")),
        [high, low, reason @ ..] => {
            let code = CloseCode::received(u16::from_be_bytes([*high, *low]))
                .ok_or(Violation::Protocol("a Close frame with a code that must not be sent"))?;
            str::from_utf8(reason).map_err(|_| Violation::Protocol("a Close frame with a reason that is not UTF-8"))?;
            Ok(Some(code))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(code: u16, reason: &[u8]) -> Vec<u8> {
        [&code.to_be_bytes(), reason].concat()
    }

    #[test]
    fn codes_a_peer_may_send_are_taken() {
        for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999] {
            assert_eq!(parse_close(&payload(code, b"")), Ok(Some(CloseCode(code))), "{code}");
        }
    }

    #[test]
    fn codes_nobody_may_send_are_refused() {
        for code in [0, 99, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535] {
            assert!(parse_close(&payload(code, b"")).is_err(), "{code}");
        }
    }

    #[test]
    fn a_close_frame_may_be_empty_but_not_hold_half_a_code() {
        assert_eq!(parse_close(b""), Ok(None));
        assert!(parse_close(&[3]).is_err());
    }

    #[test]
    fn the_reason_has_to_be_utf8() {
        assert!(parse_close(&payload(1000, "tschüß".as_bytes())).is_ok());
        assert!(parse_close(&payload(1000, &[0xc3])).is_err());
    }
}
