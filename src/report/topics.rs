//! The pages of the documentation that are a part of the program: whoever has the binary has them.

macro_rules! topics {
    ($($name:literal),* $(,)?) => {
        /// The topics and their pages, in Markdown.
        pub const TOPICS: &[(&str, &str)] = &[$(($name, include_str!(concat!("../../docs/", $name, ".md")))),*];
    };
}

topics![
    "azure",
    "check",
    "cluster",
    "day-two",
    "gcp",
    "hand-over",
    "json",
    "matrix",
    "migrate",
    "permissions",
    "profile-format",
    "reliability",
    "report",
    "secrets",
    "stores",
    "trust",
    "verify",
];

/// The page of a topic.
pub fn topic(name: &str) -> Option<&'static str> {
    TOPICS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, page)| *page)
}
