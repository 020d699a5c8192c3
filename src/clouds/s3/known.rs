//! What an S3-compatible store is known for without being asked.

use serde_json::{Value, json};

use super::plan::store_needs;
use super::removal::removal_lines;
use super::rotation::rotation_lines;
use super::users::{no_key, user_commands};
use crate::base::error::{Code, Error, Result};
use crate::base::names::{AccountId, Issuer};
use crate::base::secret::Reference;
use crate::clouds::aws::known::{fits, key_or_user};
use crate::clouds::known::{Asked, ByHand, Known, Rights, only_aws_understands};
use crate::clouds::task::{Called, LeftToTool, Task};
use crate::model::{Blueprint, BucketWant, PrincipalKind, PrincipalWant};
use crate::policy::caller_policy;
use crate::spec::{Identity, Install, S3Cloud, Spec};

impl Known for S3Cloud {
    fn identity(&self, spec: &Spec, install: &Install) -> Result<()> {
        if install.identity == Identity::StaticKeys {
            return Ok(());
        }
        Err(only_aws_understands(
            spec,
            install,
            "A role's credentials come from AWS STS. Another server does not know them and answers InvalidAccessKeyId.",
            "Use `identity: static-keys`, with a key of the store.",
        ))
    }

    fn principal(&self, asked: Asked<'_>) -> PrincipalKind {
        key_or_user(&asked)
    }

    fn feasible(&self, spec: &Spec, install: &Install, want: &PrincipalWant) -> Result<()> {
        fits(spec, want)?;
        if matches!(want.kind, PrincipalKind::User) {
            return Err(no_key(spec, install, self, want));
        }
        Ok(())
    }

    fn variables(&self) -> Vec<(&'static str, Value)> {
        let endpoint = json!({
            "url": self.endpoint,
            "host": self.endpoint.host(),
            "secure": self.endpoint.is_secure(),
            "path_style": self.path_style,
            "checksums": self.checksums,
            "ca": self.ca.as_ref().and_then(|ca| ca.pem.as_deref()).unwrap_or_default(),
        });
        vec![("endpoint", endpoint), ("store", json!({"kind": self.kind, "title": self.kind.title()}))]
    }

    fn reviewed(
        &self,
        blueprint: &Blueprint,
        want: &PrincipalWant,
        _: Option<&Issuer>,
        _: bool,
    ) -> Result<Vec<(&'static str, Value)>> {
        Ok(vec![("policy.json", want.policy(&blueprint.spec.cloud))])
    }

    fn refuses(&self, want: &BucketWant) -> Vec<String> {
        let mut refused = vec!["public access and ACLs, where the store has settings for them".to_owned()];
        refused.extend(want.tls_only.then(|| "requests without TLS, where the store has bucket policies".to_owned()));
        refused
    }

    fn besides(&self) -> &'static str {
        "Whoever holds the store's own administrator key reaches every bucket."
    }

    fn place(&self, _: Option<&AccountId>) -> String {
        format!("on {}", self.endpoint)
    }

    fn by_hand(&self, blueprint: &Blueprint) -> Option<ByHand> {
        let mut lines = Vec::new();
        for line in self.user_lines(&blueprint.spec, &blueprint.principals.iter().collect::<Vec<_>>())? {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        let tool = self.kind.title();
        Some(ByHand {
            title: format!("The users are made with the tool of {tool}, where they are not there yet:"),
            lines,
        })
    }

    fn user_lines(&self, spec: &Spec, wants: &[&PrincipalWant]) -> Option<Vec<String>> {
        Some(wants.iter().flat_map(|want| user_commands(spec, self, want)).collect())
    }

    fn left_to_tool(
        &self,
        spec: &Spec,
        task: Task,
        blueprint: &dyn Fn() -> Result<Blueprint>,
        called: &Called,
    ) -> Result<Option<LeftToTool>> {
        let (command, why, lines) = match task {
            Task::Destroy => (
                "`destroy`",
                "Users are made and removed with the store's own tool. Of buckets, the lines remove those whose tags say that this spec made them.",
                removal_lines(&blueprint()?, self),
            ),
            Task::Rotate => {
                let blueprint = blueprint()?;
                let wants: Vec<&PrincipalWant> = blueprint.principals.iter().collect();
                let why = "Keys are made and retired with the store's own tool.";
                ("`rotate`", why, Some(rotation_lines(spec, self, &wants, called)))
            }
            _ => ("", "", None),
        };
        let Some(lines) = lines else { return Ok(Some(LeftToTool::only_on_aws(spec, self.title(), task))) };
        let error = Error::new(Code::ONLY_ON_AWS, format!("{command} is left to the tools of {}", self.title()))
            .why(why)
            .fix("Run the lines above in one shell, one after the other.")
            .at(spec.place("cloud.provider"));
        Ok(Some(LeftToTool { error, lines }))
    }

    fn title(&self) -> &str {
        self.kind.title()
    }

    fn own_key(&self) -> Vec<&Reference> {
        self.credentials.iter().flat_map(|key| [&key.access_key_id, &key.secret_access_key]).collect()
    }

    fn rights(&self, blueprint: &Blueprint) -> Rights {
        Rights::Document(caller_policy(&store_needs(blueprint, self.kind)), None)
    }
}
