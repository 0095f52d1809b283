//! The names of the channels (section 12.1).

use hub_core::ConnectionId;

/// Makes and reads the names of a hub's channels.
#[derive(Clone, Debug)]
pub(crate) struct Channels {
    /// In front of the names that go to Redis.
    prefix: String,
    hub: String,
    /// The name of this server.
    server: String,
}

/// What a channel is for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kind<'a> {
    All,
    Connection(&'a str),
    Group(&'a str),
    User(&'a str),
    Groups,
    Ack,
    Return,
}

impl Channels {
    pub(crate) fn new(prefix: &str, hub: &str, server: &str) -> Self {
        Self { prefix: prefix.to_owned(), hub: hub.to_owned(), server: server.to_owned() }
    }

    /// The name of this server.
    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    pub(crate) fn all(&self) -> String {
        self.name("all", "")
    }

    pub(crate) fn connection(&self, id: &ConnectionId) -> String {
        self.name("connection:", id.as_str())
    }

    pub(crate) fn group(&self, group: &str) -> String {
        self.name("group:", group)
    }

    pub(crate) fn user(&self, user: &str) -> String {
        self.name("user:", user)
    }

    /// Where commands go to all servers.
    pub(crate) fn groups(&self) -> String {
        self.name("internal:groups", "")
    }

    /// Where a server gets its acknowledgements.
    pub(crate) fn ack(&self, server: &str) -> String {
        self.name("internal:ack:", server)
    }

    /// Where this server gets the answers of connections elsewhere, as payloads say it: without the prefix.
    pub(crate) fn return_channel(&self) -> String {
        format!("{}:internal:return:{}", self.hub, self.server)
    }

    /// A channel that a payload names.
    pub(crate) fn named(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The channels of every server, in the order in which they are subscribed.
    pub(crate) fn of_server(&self) -> [String; 4] {
        [self.all(), self.groups(), self.ack(&self.server), self.named(&self.return_channel())]
    }

    /// The key of a group's members.
    pub(crate) fn presence(&self, group: &str) -> String {
        self.name("presence:group:", group)
    }

    /// The key of the servers that are alive.
    pub(crate) fn servers(&self) -> String {
        self.name("presence:servers", "")
    }

    /// What a channel is for, if it is one of this hub and server.
    pub(crate) fn kind<'a>(&self, channel: &'a str) -> Option<Kind<'a>> {
        let name = channel.strip_prefix(&self.prefix)?.strip_prefix(&self.hub)?.strip_prefix(':')?;
        let (head, rest) = name.split_once(':').unwrap_or((name, ""));
        match (head, rest) {
            ("all", "") => Some(Kind::All),
            ("connection", id) => Some(Kind::Connection(id)),
            ("group", group) => Some(Kind::Group(group)),
            ("user", user) => Some(Kind::User(user)),
            ("internal", "groups") => Some(Kind::Groups),
            ("internal", rest) => match rest.split_once(':')? {
                ("ack", server) if server == self.server => Some(Kind::Ack),
                ("return", server) if server == self.server => Some(Kind::Return),
                _ => None,
            },
            _ => None,
        }
    }

    fn name(&self, kind: &str, rest: &str) -> String {
        let Self { prefix, hub, .. } = self;
        format!("{prefix}{hub}:{kind}{rest}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channels() -> Channels {
        Channels::new("app1:", "My.App`1[[A, B]]", "alpha_1")
    }

    #[test]
    fn names_have_the_prefix_and_those_inside_payloads_have_not() {
        let channels = channels();
        assert_eq!(channels.all(), "app1:My.App`1[[A, B]]:all");
        assert_eq!(channels.connection(&"c".into()), "app1:My.App`1[[A, B]]:connection:c");
        assert_eq!(channels.return_channel(), "My.App`1[[A, B]]:internal:return:alpha_1");
        assert_eq!(channels.of_server()[3], "app1:My.App`1[[A, B]]:internal:return:alpha_1");
    }

    #[test]
    fn every_name_is_read_as_what_it_was_made_for() {
        let channels = channels();
        assert_eq!(channels.kind(&channels.all()), Some(Kind::All));
        assert_eq!(channels.kind(&channels.connection(&"c:d".into())), Some(Kind::Connection("c:d")));
        assert_eq!(channels.kind(&channels.group("")), Some(Kind::Group("")));
        assert_eq!(channels.kind(&channels.group("a:b*")), Some(Kind::Group("a:b*")));
        assert_eq!(channels.kind(&channels.user("u")), Some(Kind::User("u")));
        let kinds = channels.of_server().map(|name| channels.kind(&name).is_some());
        assert_eq!(kinds, [true; 4]);
    }

    #[test]
    fn other_names_are_nothing() {
        let channels = channels();
        for name in ["", "app1:", "app1:Other:all", "app1:My.App`1[[A, B]]:internal:ack:beta_1", "all"] {
            assert_eq!(channels.kind(name), None, "{name}");
        }
    }
}
