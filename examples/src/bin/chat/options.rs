//! The program's arguments.

const DEFAULT: &str = "http://127.0.0.1:5000";

/// The address to listen at: the host and port of `--urls http://HOST:PORT`, or the default.
pub(crate) fn address(mut arguments: impl Iterator<Item = String>) -> Result<String, String> {
    let url = match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => DEFAULT.to_owned(),
        (Some("--urls"), Some(url)) => url,
        _ => return Err(format!("usage: chat [--urls {DEFAULT}]")),
    };
    match url.strip_prefix("http://") {
        Some(address) => Ok(address.trim_end_matches('/').to_owned()),
        None => Err(format!("`{url}` is no address like {DEFAULT}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<String, String> {
        address(arguments.iter().map(ToString::to_string))
    }

    #[test]
    fn the_address_is_the_default_or_the_given_one() {
        assert_eq!(parse(&[]), Ok("127.0.0.1:5000".to_owned()));
        assert_eq!(parse(&["--urls", "http://localhost:0/"]), Ok("localhost:0".to_owned()));
    }

    #[test]
    fn anything_else_is_refused() {
        for arguments in [&["--help"][..], &["--urls"], &["--urls", "https://localhost"], &["--urls", "localhost:80"]] {
            assert!(parse(arguments).is_err(), "{arguments:?}");
        }
    }
}
