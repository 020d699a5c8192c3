//! Under which names what is secret leaves: the notes and the commands have to agree with the sink.

/// What becomes of what is secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keeping {
    /// Of the Secrets' manifests.
    pub secrets: SecretForm,
    /// Of values and documents with a credential.
    pub rest: SecretForm,
}

/// A form in which what is secret leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecretForm {
    /// As it is, in files that only their owner reads.
    #[default]
    Plain,
    /// Encrypted, for `sops --decrypt`.
    Encrypted,
    /// Sealed for a cluster's controller. For Secrets only.
    Sealed,
    /// In a store outside; the manifest only says where. For Secrets only.
    External,
    /// Not at all. For the rest only.
    LeftOut,
}

impl Keeping {
    /// The form of a private file, by its path.
    pub fn form(self, path: &str) -> SecretForm {
        if path.rsplit('/').next() == Some("secrets.yaml") { self.secrets } else { self.rest }
    }

    /// Whether a private file holds values, which the chart needs, rather than a copy of what is in a Secret.
    pub fn is_values(path: &str) -> bool {
        path.rsplit('/').next().is_some_and(|name| name.contains(".secret"))
    }

    /// Where a private file goes; `None` when it is left out.
    pub fn path(self, path: &str) -> Option<String> {
        let (folder, name) = path.split_at(path.rfind('/').map_or(0, |slash| slash + 1));
        let name = match self.form(path) {
            SecretForm::Plain => name.to_owned(),
            SecretForm::Sealed => format!("sealed-{name}"),
            SecretForm::External => format!("external-{name}"),
            SecretForm::Encrypted => match name.rsplit_once('.') {
                Some((stem, ending)) => format!("{stem}.enc.{ending}"),
                None => format!("{name}.enc"),
            },
            SecretForm::LeftOut => return None,
        };
        Some(format!("{folder}{name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_form() {
        let keeping = Keeping { secrets: SecretForm::Sealed, rest: SecretForm::Encrypted };
        assert_eq!(keeping.path("gitlab/secrets.yaml").as_deref(), Some("gitlab/sealed-secrets.yaml"));
        assert_eq!(keeping.path("gitlab/s3cmd.cfg").as_deref(), Some("gitlab/s3cmd.enc.cfg"));
        assert_eq!(keeping.path("m/values.secret.yaml").as_deref(), Some("m/values.secret.enc.yaml"));
        assert_eq!(Keeping { rest: SecretForm::LeftOut, ..keeping }.path("gitlab/s3cmd.cfg"), None);
        assert_eq!(Keeping::default().path("a/b.yaml").as_deref(), Some("a/b.yaml"));
    }
}
