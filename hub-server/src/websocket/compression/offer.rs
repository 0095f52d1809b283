//! What a client offers (RFC 7692, section 7.1).

use super::Compression;

const LARGEST_WINDOW: u8 = 15;

/// The parameters that there are, as far as they were given.
#[derive(Default)]
struct Parameters {
    server_no_context_takeover: Option<()>,
    client_no_context_takeover: Option<()>,
    server_max_window_bits: Option<u8>,
    client_max_window_bits: Option<u8>,
}

/// Accepts one element of a client's list of extensions; `None` if it is another extension, asks for something that there
/// is not, or is not as it has to be.
pub(super) fn accept(offer: &str) -> Option<Compression> {
    let mut elements = offer.split(';').map(str::trim);
    if elements.next() != Some("permessage-deflate") {
        return None;
    }
    let mut parameters = Parameters::default();
    for element in elements {
        parameters.read(element)?;
    }
    // The window of a message that many share is the largest one. That of the client may be any: it is only ever smaller
    // than what is kept here.
    match parameters.server_max_window_bits {
        None => Some(Compression { tells_window: false }),
        Some(LARGEST_WINDOW) => Some(Compression { tells_window: true }),
        Some(_) => None,
    }
}

impl Parameters {
    /// Reads one parameter: none may be unknown, be there twice, or have a value that it cannot have.
    fn read(&mut self, parameter: &str) -> Option<()> {
        let (name, value) = match parameter.split_once('=') {
            Some((name, value)) => (name.trim_end(), Some(unquoted(value.trim_start()))),
            None => (parameter, None),
        };
        match (name, value) {
            ("server_no_context_takeover", None) => set(&mut self.server_no_context_takeover, ()),
            ("client_no_context_takeover", None) => set(&mut self.client_no_context_takeover, ()),
            ("server_max_window_bits", Some(bits)) => set(&mut self.server_max_window_bits, window_bits(bits)?),
            ("client_max_window_bits", Some(bits)) => set(&mut self.client_max_window_bits, window_bits(bits)?),
            ("client_max_window_bits", None) => set(&mut self.client_max_window_bits, LARGEST_WINDOW),
            _ => None,
        }
    }
}

fn set<T>(parameter: &mut Option<T>, value: T) -> Option<()> {
    parameter.replace(value).is_none().then_some(())
}

/// A value may stand in quotes, and has to be what could stand there without (RFC 6455, section 9.1).
fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value)
}

/// The logarithm of a window's size: 8 to 15, without leading zeros.
fn window_bits(text: &str) -> Option<u8> {
    let bits = text.parse().ok().filter(|bits| (8..=LARGEST_WINDOW).contains(bits))?;
    text.starts_with(['1', '8', '9']).then_some(bits)
}

#[cfg(test)]
mod tests {
    use axum::http::header::SEC_WEBSOCKET_EXTENSIONS;
    use axum::http::{HeaderMap, HeaderValue};

    use super::*;

    const PLAIN: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    const WITH_WINDOW: &str =
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=15";

    fn answer(values: &[&'static str]) -> Option<HeaderValue> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(SEC_WEBSOCKET_EXTENSIONS, HeaderValue::from_static(value));
        }
        Compression::accept(&headers).map(Compression::answer)
    }

    #[test]
    fn offers_that_can_be_met_are_accepted() {
        let offers = [
            "permessage-deflate",
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate; client_max_window_bits=10",
            "permessage-deflate;client_max_window_bits=\"8\"",
            "  permessage-deflate ; server_no_context_takeover ;client_no_context_takeover ",
        ];
        for offer in offers {
            assert_eq!(answer(&[offer]).unwrap(), PLAIN, "{offer}");
        }
    }

    #[test]
    fn the_servers_window_is_the_largest_or_there_is_no_compression() {
        assert_eq!(answer(&["permessage-deflate; server_max_window_bits=15"]).unwrap(), WITH_WINDOW);
        assert_eq!(answer(&["permessage-deflate; server_max_window_bits = \"15\""]).unwrap(), WITH_WINDOW);
        for bits in 8..15 {
            assert_eq!(accept(&format!("permessage-deflate; server_max_window_bits={bits}")), None);
        }
    }

    #[test]
    fn the_first_offer_that_can_be_met_counts() {
        let offers = "x-webkit-deflate-frame, permessage-deflate; server_max_window_bits=10, permessage-deflate; \
                      server_max_window_bits=15, permessage-deflate";
        assert_eq!(answer(&[offers]).unwrap(), WITH_WINDOW);
        assert_eq!(answer(&["permessage-deflate; unheard_of", "permessage-deflate"]).unwrap(), PLAIN);
        assert_eq!(answer(&[]), None);
        assert_eq!(answer(&["", ",;,", "permessage-bzip2"]), None);
    }

    #[test]
    fn offers_that_are_not_as_they_have_to_be_are_declined() {
        let parameters = [
            "",
            "unheard_of",
            "unheard_of=1",
            "Client_Max_Window_Bits",
            "server_no_context_takeover=true",
            "client_no_context_takeover=\"\"",
            "server_max_window_bits",
            "server_max_window_bits=",
            "server_max_window_bits=7",
            "server_max_window_bits=16",
            "server_max_window_bits=015",
            "server_max_window_bits=+15",
            "server_max_window_bits=15.0",
            "server_max_window_bits=\"15",
            "client_max_window_bits=",
            "client_max_window_bits=7",
            "client_max_window_bits=16",
            "client_max_window_bits=08",
            "client_max_window_bits=271",
            "client_max_window_bits; client_max_window_bits=15",
            "server_no_context_takeover; server_no_context_takeover",
            "client_no_context_takeover; client_no_context_takeover",
            "server_max_window_bits=15; server_max_window_bits=15",
        ];
        for parameters in parameters {
            assert_eq!(accept(&format!("permessage-deflate; {parameters}")), None, "{parameters}");
        }
    }

    #[test]
    fn a_header_that_is_no_text_offers_nothing() {
        let value = HeaderValue::from_bytes(b"permessage-deflate\xff").unwrap();
        assert_eq!(Compression::accept(&HeaderMap::from_iter([(SEC_WEBSOCKET_EXTENSIONS, value)])), None);
    }
}
