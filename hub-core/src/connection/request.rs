//! The request a connection remembers.

use std::fmt;
use std::sync::Arc;

use bytes::{Buf as _, Bytes};
use http::request::Parts;
use http::{Extensions, HeaderName, HeaderValue, Method, Request, Uri, Version};

/// The HTTP request that connected, in as little memory as it takes until somebody asks for it.
///
/// What a server gives is a map of headers, ten times the size of their text, which holds on to the buffer it was read
/// into; most hubs never look at it. So the text is copied, and made a request again when it is needed.
pub struct StoredRequest(Form);

enum Form {
    Packed(Packed),
    Unpacked(Arc<Parts>),
}

struct Packed {
    /// The version, then each with its length: method, URI, and the names and values of the headers.
    text: Box<[u8]>,
    extensions: Extensions,
}

const VERSIONS: [Version; 5] = [Version::HTTP_11, Version::HTTP_2, Version::HTTP_3, Version::HTTP_10, Version::HTTP_09];

/// Marks the length of a value that is not to be shown.
const SENSITIVE: u32 = 1 << 31;

impl StoredRequest {
    /// The request itself, from now on kept as such.
    pub(crate) fn parts(&mut self) -> Arc<Parts> {
        let parts = match &mut self.0 {
            Form::Packed(packed) => Arc::new(packed.unpack()),
            Form::Unpacked(parts) => return Arc::clone(parts),
        };
        self.0 = Form::Unpacked(Arc::clone(&parts));
        parts
    }

    /// The request itself.
    pub fn into_parts(self) -> Parts {
        match self.0 {
            Form::Packed(mut packed) => packed.unpack(),
            Form::Unpacked(parts) => Arc::unwrap_or_clone(parts),
        }
    }

    pub(crate) fn extensions(&self) -> &Extensions {
        match &self.0 {
            Form::Packed(packed) => &packed.extensions,
            Form::Unpacked(parts) => &parts.extensions,
        }
    }
}

impl From<Parts> for StoredRequest {
    fn from(parts: Parts) -> Self {
        Self(Form::Packed(Packed::new(parts)))
    }
}

impl fmt::Debug for StoredRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredRequest").finish_non_exhaustive()
    }
}

impl Packed {
    fn new(parts: Parts) -> Self {
        // Exactly, for most requests: then the text stays where it is written.
        let headers = parts.headers.iter().map(|(name, value)| 8 + name.as_str().len() + value.len());
        let uri = 4 + parts.uri.path_and_query().map_or(64, |text| text.as_str().len());
        let method = 4 + parts.method.as_str().len();
        let mut text = Vec::with_capacity(1 + method + uri + headers.sum::<usize>());
        let version = VERSIONS.iter().position(|version| *version == parts.version).unwrap_or_default();
        text.push(u8::try_from(version).unwrap_or_default());
        push(&mut text, parts.method.as_str().as_bytes(), false);
        push_uri(&mut text, &parts.uri);
        for (name, value) in &parts.headers {
            push(&mut text, name.as_str().as_bytes(), false);
            push(&mut text, value.as_bytes(), value.is_sensitive());
        }
        Self { text: text.into(), extensions: parts.extensions }
    }

    /// The request, whose headers and URI share the text.
    fn unpack(&mut self) -> Parts {
        let mut parts = Request::new(()).into_parts().0;
        parts.extensions = std::mem::take(&mut self.extensions);
        // What was packed can be unpacked.
        let _ = unpack_text(std::mem::take(&mut self.text).into(), &mut parts);
        parts
    }
}

fn push(text: &mut Vec<u8>, field: &[u8], sensitive: bool) {
    let length = u32::try_from(field.len()).unwrap_or_default(); // a head of 4 GiB was refused long ago
    text.extend_from_slice(&(length | if sensitive { SENSITIVE } else { 0 }).to_le_bytes());
    text.extend_from_slice(field);
}

fn push_uri(text: &mut Vec<u8>, uri: &Uri) {
    match uri.path_and_query() {
        Some(path) if uri.authority().is_none() => push(text, path.as_str().as_bytes(), false),
        _ => push(text, uri.to_string().as_bytes(), false),
    }
}

fn unpack_text(mut text: Bytes, parts: &mut Parts) -> Option<()> {
    parts.version = *VERSIONS.get(usize::from(text.try_get_u8().ok()?))?;
    parts.method = Method::from_bytes(&pull(&mut text)?.0).ok()?;
    parts.uri = Uri::from_maybe_shared(pull(&mut text)?.0).ok()?;
    while let Some((name, _)) = pull(&mut text) {
        let (value, sensitive) = pull(&mut text)?;
        let mut value = HeaderValue::from_maybe_shared(value).ok()?;
        value.set_sensitive(sensitive);
        parts.headers.append(HeaderName::from_bytes(&name).ok()?, value);
    }
    Some(())
}

/// The next field, and whether it is sensitive.
fn pull(text: &mut Bytes) -> Option<(Bytes, bool)> {
    let length = text.try_get_u32_le().ok()?;
    let size = usize::try_from(length & !SENSITIVE).ok().filter(|size| *size <= text.len())?;
    Some((text.split_to(size), length & SENSITIVE != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Parts {
        let mut request = Request::get("/hub?id=a%20b")
            .header("host", "test")
            .header("x-custom", "one")
            .header("x-custom", "two")
            .header("empty", "")
            .header("bytes", HeaderValue::from_bytes(b"\xff\xfe").unwrap())
            .body(())
            .unwrap();
        request.headers_mut().get_mut("host").unwrap().set_sensitive(true);
        request.extensions_mut().insert("from a layer");
        request.into_parts().0
    }

    #[test]
    fn a_stored_request_says_the_same() {
        let before = request();
        let mut stored = StoredRequest::from(before.clone());
        assert_eq!(stored.extensions().get(), Some(&"from a layer"));
        let after = stored.parts();
        assert_eq!((&after.method, &after.uri, after.version), (&before.method, &before.uri, before.version));
        assert_eq!(after.headers, before.headers);
        assert!(after.headers["host"].is_sensitive() && !after.headers["empty"].is_sensitive());
        assert_eq!(after.extensions.get(), Some(&"from a layer"));
        assert_eq!(stored.extensions().get(), Some(&"from a layer"));
        assert!(Arc::ptr_eq(&after, &stored.parts()), "it is made once");
    }

    #[test]
    fn every_kind_of_request_can_be_stored() {
        for uri in ["/", "*", "http://test/hub?x", "/hub?", "test:80"] {
            for version in VERSIONS {
                for method in [Method::GET, Method::CONNECT, Method::from_bytes(b"ODD").unwrap()] {
                    let request = Request::builder().uri(uri).version(version).method(method);
                    let before = request.body(()).unwrap().into_parts().0;
                    let after = StoredRequest::from(before.clone()).into_parts();
                    assert_eq!((after.uri, after.version, after.method), (before.uri, version, before.method));
                }
            }
        }
    }

    #[test]
    fn a_stored_request_is_small() {
        assert!(size_of::<StoredRequest>() <= 24, "{}", size_of::<StoredRequest>());
        let StoredRequest(Form::Packed(packed)) = request().into() else { panic!("it is not packed") };
        assert!(packed.text.len() < 150, "{}", packed.text.len());
    }
}
