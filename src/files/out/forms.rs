//! The form in which an earlier run wrote what is secret: a later one does not put another beside it.

use super::{Folder, Protected, private};
use crate::base::error::{Code, Error, Result};
use crate::base::shell;
use crate::render::{Bundle, Keeping, SecretForm};

/// The forms that can be told from the names of files.
const PROTECTED: [SecretForm; 3] = [SecretForm::Sealed, SecretForm::External, SecretForm::Encrypted];

/// What was done, and the option that does it again.
fn words(form: SecretForm) -> (&'static str, &'static str) {
    match form {
        SecretForm::Sealed => ("sealed the secrets", "--seal CERT"),
        SecretForm::External => ("put the secrets into a store", "--external-secrets STORE"),
        _ => ("encrypted the secrets", "--encrypt age:RECIPIENT"),
    }
}

impl Folder {
    /// The file in which an earlier run protected what is in plaintext at a path, and how.
    fn protected_as(&self, path: &str, form: SecretForm) -> Option<String> {
        let there = Keeping { secrets: form, rest: form }.path(path)?;
        private::is_file(&self.spot(&there)).then_some(there)
    }

    /// Refuses to write in another form what an earlier run protected: the old form would lie beside the new one, with an old
    /// key in it, or the new one in plaintext.
    ///
    /// # Errors
    /// `BW0808`.
    pub(super) fn same_forms(&self, protected: &Protected) -> Result<()> {
        let mut errors = Vec::new();
        for (path, form) in protected.forms.iter().filter(|(_, form)| *form != SecretForm::LeftOut) {
            for other in PROTECTED.into_iter().filter(|other| other != form) {
                let Some(there) = self.protected_as(path, other) else { continue };
                let (done, option) = words(other);
                let there = shell::path(&self.path().join(there));
                let now = match form {
                    SecretForm::Plain => "would write them in plaintext",
                    _ => "would protect them in another way",
                };
                errors.push(Error::new(Code::OTHER_FORM, format!("{there}: an earlier run {done}, and this one {now}"))
                    .why("Both files would lie side by side, and whoever uses the other one gets an old key.")
                    .fix(format!("Add `{option}`, as the earlier run had. To change the form on purpose, run `rm {there}` first; what it brought into the cluster or the store stays there until you remove it.")));
            }
        }
        Error::check(errors)
    }

    /// Refuses to push Secrets that something in the cluster makes out of sealed or external ones.
    ///
    /// # Errors
    /// `BW0808`.
    pub fn pushable(&self, bundle: &Bundle) -> Result<()> {
        let mut errors = Vec::new();
        for (path, _) in
            bundle.files().filter(|(path, file)| path.ends_with("/secrets.yaml") && file.content.is_private())
        {
            for form in [SecretForm::Sealed, SecretForm::External] {
                let Some(there) = self.protected_as(path, form) else { continue };
                let there = shell::path(&self.path().join(there));
                let (done, _) = words(form);
                errors.push(Error::new(Code::OTHER_FORM, format!("{there}: an earlier run {done}, and a push would bring them in plaintext"))
                    .why("A controller in the cluster makes these Secrets out of that file, and would undo what is pushed, or be kept from it.")
                    .fix(format!("Run `kubectl apply -f {there}`: that brings them. To push from now on, run `rm {there}` first, and remove what it brought into the cluster.")));
            }
        }
        Error::check(errors)
    }
}
