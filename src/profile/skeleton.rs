//! A small profile that works, to start from.

/// The files of a new profile: names and texts.
pub fn skeleton(name: &str) -> [(&'static str, String); 3] {
    let fill = |text: &str| text.replace("NAME", name);
    [
        ("profile.yaml", fill(include_str!("../../templates/profile/profile.yaml"))),
        ("values.yaml", fill(include_str!("../../templates/profile/values.yaml"))),
        ("documents.yaml", fill(include_str!("../../templates/profile/documents.yaml"))),
    ]
}
