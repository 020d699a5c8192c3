//! The forms of `sub`.

/// The form of a subject, and the parts that tell one from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectForm {
    /// A pod's: `system:serviceaccount:NAMESPACE:NAME`. Source: Kubernetes, "Managing Service Accounts".
    ServiceAccount,
    /// Gitpod Classic's: the workspace's context URL. Source: facts on Gitpod, 2.1.
    Classic,
    /// Ona's V2: `org:ID/prj:ID/env:ID`. Source: facts on Gitpod, 2.1.
    OnaV2,
    /// Ona's V3: `organization_id:ID:project_id:ID`. Source: facts on Gitpod, 2.1.
    OnaV3,
    /// None of these.
    Other,
}

impl SubjectForm {
    /// The form of a subject, or of a pattern of subjects.
    pub fn of(subject: &str) -> Self {
        let begins = |word: &str| subject.starts_with(word);
        if begins("system:serviceaccount:") {
            Self::ServiceAccount
        } else if begins("org:") {
            Self::OnaV2
        } else if begins("organization_id:") {
            Self::OnaV3
        } else if begins("https://") || begins("http://") || subject == "no-context" {
            Self::Classic
        } else {
            Self::Other
        }
    }

    /// What it is called.
    pub fn words(self) -> &'static str {
        match self {
            Self::ServiceAccount => "a pod's ServiceAccount",
            Self::Classic => "Gitpod Classic (V1)",
            Self::OnaV2 => "Ona V2",
            Self::OnaV3 => "Ona V3",
            Self::Other => "of no form that is known",
        }
    }

    /// The version of the profile `ona` whose roles trust it.
    pub fn ona_version(self) -> Option<&'static str> {
        match self {
            Self::Classic => Some("1.0.0"),
            Self::OnaV2 => Some("2.0.0"),
            Self::OnaV3 => Some("3.0.0"),
            Self::ServiceAccount | Self::Other => None,
        }
    }

    /// The parts of a subject of this form, by name. A pattern gives its `*` as they stand.
    pub fn parts(self, subject: &str) -> Vec<(String, String)> {
        let pair = |text: &str| {
            let (name, value) = text.split_once(':').unwrap_or((text, ""));
            (ona_name(name).to_owned(), value.to_owned())
        };
        match self {
            Self::ServiceAccount => {
                let names = ["namespace", "ServiceAccount"].into_iter();
                let values = subject.split(':').skip(2);
                names.zip(values).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
            }
            Self::OnaV2 => subject.split('/').filter(|part| *part != "*").map(pair).collect(),
            Self::OnaV3 => {
                let words: Vec<&str> = subject.split(':').collect();
                let pairs = words.chunks(2).filter(|pair| pair.len() == 2);
                pairs.map(|two| (ona_name(two[0]).to_owned(), two[1].to_owned())).collect()
            }
            Self::Classic | Self::Other => vec![("context".to_owned(), subject.to_owned())],
        }
    }
}

/// The part's name in words.
fn ona_name(name: &str) -> &str {
    match name {
        "org" | "organization_id" => "organisation",
        "prj" | "project_id" => "project",
        "env" | "environment_id" => "environment",
        "rnr" => "runner",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_has_its_parts() {
        for (subject, form, parts) in [
            (
                "system:serviceaccount:argo:workflow",
                SubjectForm::ServiceAccount,
                "namespace=argo ServiceAccount=workflow",
            ),
            ("org:1/prj:2/env:3", SubjectForm::OnaV2, "organisation=1 project=2 environment=3"),
            ("org:1/*", SubjectForm::OnaV2, "organisation=1"),
            ("org:1/user:2", SubjectForm::OnaV2, "organisation=1 user=2"),
            ("organization_id:1:project_id:2", SubjectForm::OnaV3, "organisation=1 project=2"),
            ("organization_id:1:*", SubjectForm::OnaV3, "organisation=1"),
            ("https://github.com/acme/app", SubjectForm::Classic, "context=https://github.com/acme/app"),
            ("repo:acme/app", SubjectForm::Other, "context=repo:acme/app"),
        ] {
            assert_eq!(SubjectForm::of(subject), form);
            let found: Vec<String> =
                form.parts(subject).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
            assert_eq!(found.join(" "), parts, "{subject}");
        }
    }
}
