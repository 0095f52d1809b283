//! Arguments that are serialized before their message is.

use super::arguments::{ArgumentWriter, Arguments};
use super::error::PayloadError;
use super::{HubProtocol, json, message_pack};

/// The arguments of a call, serialized for one protocol: they borrow nothing, and stand for themselves in a message of
/// that protocol.
#[derive(Debug, Clone)]
pub struct EncodedArguments {
    bytes: Vec<u8>,
    count: usize,
}

impl HubProtocol {
    /// Serializes arguments ahead of their message.
    pub fn encode_arguments<A: Arguments + ?Sized>(&self, arguments: &A) -> Result<EncodedArguments, PayloadError> {
        let bytes = match self {
            Self::Json(options) => json::arguments(*options, arguments),
            Self::MessagePack(options) => message_pack::arguments(*options, arguments),
        }?;
        Ok(EncodedArguments { bytes, count: arguments.count() })
    }
}

impl Arguments for EncodedArguments {
    fn count(&self) -> usize {
        self.count
    }

    fn write(&self, out: &mut ArgumentWriter<'_, '_>) -> Result<(), PayloadError> {
        if self.count > 0 {
            out.encoded(&self.bytes, self.count);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message<A: Arguments>(protocol: &HubProtocol, arguments: &A) -> Vec<u8> {
        let mut out = Vec::new();
        protocol.write_invocation(&mut out, Some("1"), "Send", arguments).unwrap();
        out
    }

    #[test]
    fn a_message_is_the_same_with_encoded_arguments() {
        for protocol in [HubProtocol::json(), HubProtocol::message_pack()] {
            let encoded = protocol.encode_arguments(&("text", 1, vec![Some(2.5), None])).unwrap();
            assert_eq!(message(&protocol, &encoded), message(&protocol, &("text", 1, vec![Some(2.5), None])));
            assert_eq!(message(&protocol, &protocol.encode_arguments(&()).unwrap()), message(&protocol, &()));
        }
    }

    #[test]
    fn what_cannot_be_written_is_told_at_once() {
        assert!(HubProtocol::json().encode_arguments(&(f64::NAN,)).is_err());
    }
}
