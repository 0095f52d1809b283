//! The program's arguments.

const USAGE: &str = "usage: console http://127.0.0.1:5000/chathub [NAME [ROOM]]";

/// Where to go, and as whom.
#[derive(Debug, PartialEq)]
pub(crate) struct Options {
    pub(crate) url: String,
    pub(crate) name: String,
    pub(crate) room: String,
}

impl Options {
    /// The name is that of the user and the room "lobby", if nothing else is said.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let (url, name, room) = (arguments.next(), arguments.next(), arguments.next());
        match (url, arguments.next()) {
            (Some(url), None) if !url.starts_with('-') => {
                Ok(Self { url, name: name.unwrap_or_else(user), room: room.unwrap_or_else(|| "lobby".to_owned()) })
            }
            _ => Err(USAGE.to_owned()),
        }
    }
}

fn user() -> String {
    let name = ["USER", "USERNAME"].into_iter().find_map(|variable| std::env::var(variable).ok());
    name.unwrap_or_else(|| "somebody".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Options, String> {
        Options::parse(arguments.iter().map(ToString::to_string))
    }

    #[test]
    fn an_address_will_do() {
        let options = parse(&["http://localhost/chathub"]).unwrap();
        assert_eq!((&*options.url, &*options.room), ("http://localhost/chathub", "lobby"));
        assert!(!options.name.is_empty());
    }

    #[test]
    fn a_name_and_a_room_may_be_given() {
        let options = parse(&["http://localhost/chathub", "Ann", "garden"]).unwrap();
        assert_eq!((&*options.name, &*options.room), ("Ann", "garden"));
    }

    #[test]
    fn anything_else_is_refused() {
        for arguments in [&[][..], &["--help"], &["a", "b", "c", "d"]] {
            assert_eq!(parse(arguments), Err(USAGE.to_owned()), "{arguments:?}");
        }
    }
}
