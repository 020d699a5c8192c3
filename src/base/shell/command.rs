//! A command as data: it is printed for the folder that it will be typed in.

use super::{word, wrapped};

/// Stands for the output folder in the texts of profiles, until a command is printed for a folder.
///
/// A character of Unicode's private use, which no name may hold.
pub const OUT: &str = "\u{e0b7}";

/// A command that is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What it is for.
    pub purpose: Purpose,
    parts: Vec<Part>,
}

/// What a command is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It prepares: a chart repository, a namespace.
    Prepare,
    /// It makes a namespace.
    Namespace,
    /// It brings the Secrets into the cluster.
    Secrets,
    /// It brings values to the product.
    Install,
}

/// A part of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A word, quoted where it must be.
    Word(String),
    /// Syntax of the shell, or the text of a profile.
    Shell(String),
    /// A file below the output folder.
    File(String),
    /// A file below the output folder that `sops` opens for this command alone.
    Opened(String),
    /// `-f FILE` for each of the user's own values files.
    Own,
}

/// Where a command is typed.
#[derive(Clone, Debug, Default)]
pub struct Seat {
    out: String,
    own: Vec<String>,
}

impl Seat {
    /// The output folder itself: paths begin there.
    pub fn inside() -> Self {
        Self::default()
    }

    /// A folder from which the output folder has this path.
    pub fn beside(out: &str) -> Self {
        let out = out.trim_end_matches('/');
        if out.is_empty() || out == "." {
            return Self::default();
        }
        // A path that begins with a dash would be read as an option.
        let dash = if out.starts_with('-') { "./" } else { "" };
        Self { out: format!("{dash}{}/", word(out)), own: Vec::new() }
    }

    /// Where the user's own values are in these files, which come before ours.
    #[must_use]
    pub fn with_own(mut self, files: &[&str]) -> Self {
        self.own = files.iter().map(|file| word(file)).collect();
        self
    }
}

impl Command {
    /// A command of these parts.
    pub fn new(purpose: Purpose, parts: impl IntoIterator<Item = Part>) -> Self {
        Self { purpose, parts: parts.into_iter().collect() }
    }

    /// A command of plain words.
    pub fn words<'a>(purpose: Purpose, words: impl IntoIterator<Item = &'a str>) -> Self {
        Self::new(purpose, words.into_iter().map(|word| Part::Word(word.to_owned())))
    }

    /// A line of a profile, in which [`OUT`] stands for the output folder.
    pub fn line(purpose: Purpose, line: &str) -> Self {
        Self::new(purpose, [Part::Shell(line.to_owned())])
    }

    /// Adds parts at the end.
    #[must_use]
    pub fn and(mut self, parts: impl IntoIterator<Item = Part>) -> Self {
        self.parts.extend(parts);
        self
    }

    /// Whether the user's own values go into it.
    pub fn takes_own(&self) -> bool {
        self.parts.contains(&Part::Own)
    }

    /// Whether it reads a file of the output folder.
    pub fn reads(&self, path: &str) -> bool {
        self.parts.iter().any(|part| match part {
            Part::File(file) | Part::Opened(file) => file == path,
            Part::Shell(text) => text.contains(&format!("{OUT}{path}")),
            Part::Word(_) | Part::Own => false,
        })
    }

    /// The command on one line.
    pub fn one_line(&self, seat: &Seat) -> String {
        let texts = self.parts.iter().flat_map(|part| match part {
            Part::Word(text) => vec![word(text)],
            Part::Shell(text) => vec![text.replace(OUT, &seat.out)],
            Part::File(path) => vec![format!("{}{}", seat.out, word(path))],
            Part::Opened(path) => vec![format!("<(sops --decrypt {}{})", seat.out, word(path))],
            Part::Own => seat.own.iter().map(|file| format!("-f {file}")).collect(),
        });
        texts.collect::<Vec<_>>().join(" ")
    }

    /// The command as a person reads it: long ones go on behind a `\`.
    pub fn text(&self, seat: &Seat) -> String {
        wrapped(&self.one_line(seat))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn helm() -> Command {
        Command::words(Purpose::Install, ["helm", "upgrade", "--install", "gitlab", "it's", "--namespace", "gitlab"])
            .and([Part::Own, Part::Word("-f".to_owned()), Part::File("gitlab/values.yaml".to_owned())])
            .and([Part::Word("-f".to_owned()), Part::Opened("gitlab/values.secret.enc.yaml".to_owned())])
    }

    #[test]
    fn paths_begin_where_the_command_is_typed() {
        let inside = helm().one_line(&Seat::inside());
        assert_eq!(
            inside,
            r"helm upgrade --install gitlab 'it'\''s' --namespace gitlab -f gitlab/values.yaml -f <(sops --decrypt gitlab/values.secret.enc.yaml)"
        );
        let beside = helm().one_line(&Seat::beside("my out/").with_own(&["YOUR-VALUES.yaml"]));
        assert!(beside.contains("-f YOUR-VALUES.yaml -f 'my out'/gitlab/values.yaml"), "{beside}");
        assert!(beside.contains("<(sops --decrypt 'my out'/gitlab/values.secret.enc.yaml)"), "{beside}");
        for (out, path) in [(".", "a/b"), ("./", "a/b"), ("/srv/out", "/srv/out/a/b"), ("-out", "./-out/a/b")] {
            let cat = Command::new(Purpose::Prepare, [Part::File("a/b".to_owned())]);
            assert_eq!(cat.one_line(&Seat::beside(out)), path, "{out}");
        }
    }

    #[test]
    fn the_line_of_a_profile_names_the_folder_too() {
        let line = Command::line(Purpose::Install, &format!("cp {OUT}gradient/a.json . && terraform plan"));
        assert_eq!(line.one_line(&Seat::beside("$x")), "cp '$x'/gradient/a.json . && terraform plan");
        assert!(line.reads("gradient/a.json") && !line.reads("a.json"));
    }
}
