//! Query strings as ASP.NET reads them: keys in any case, repeated keys joined by a comma (N-53).

use std::borrow::Cow;

use memchr::memchr2;
use percent_encoding::percent_decode;

/// All values of `key`, joined by commas; `None` when the key is not there. A key without `=` has an empty value.
pub(crate) fn value<'a>(query: Option<&'a str>, key: &str) -> Option<Cow<'a, str>> {
    let mut values = pairs(query?).filter(|(own, _)| own.eq_ignore_ascii_case(key)).map(|(_, value)| decode(value));
    let first = values.next()?;
    Some(values.fold(first, |all, value| Cow::Owned(all.into_owned() + "," + &value)))
}

/// Keys, and values as they are spelt.
fn pairs(query: &str) -> impl Iterator<Item = (Cow<'_, str>, &str)> {
    query.split('&').map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(key), value)
    })
}

/// Takes off percent escapes and makes `+` a blank; what is then not UTF-8 becomes U+FFFD.
fn decode(text: &str) -> Cow<'_, str> {
    if memchr2(b'%', b'+', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let blanks = text.replace('+', " ");
    Cow::Owned(percent_decode(blanks.as_bytes()).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_in_any_case_and_spelling() {
        for query in ["id=x", "ID=x", "a=b&Id=x", "i%64=x", "a&&=&id=x&c"] {
            assert_eq!(value(Some(query), "id").as_deref(), Some("x"), "{query}");
        }
        for query in [None, Some(""), Some("ids=x"), Some("=id")] {
            assert_eq!(value(query, "id"), None, "{query:?}");
        }
    }

    #[test]
    fn values_are_decoded_and_joined() {
        let cases = [
            ("id", ""),
            ("id=", ""),
            ("id=%20", " "),
            ("id=+1", " 1"),
            ("id=%2B1", "+1"),
            ("id=%00", "\0"),
            ("id=%C3%A9", "é"),
            ("id=%ff%zz", "\u{fffd}%zz"),
            ("id=a=b", "a=b"),
            ("id=a&ID=b", "a,b"),
        ];
        for (query, expected) in cases {
            assert_eq!(value(Some(query), "id").as_deref(), Some(expected), "{query}");
        }
    }
}
