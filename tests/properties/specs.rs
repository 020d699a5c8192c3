//! A secret that is put anywhere below `credentials` of a spec is never repeated.

use bucketwright::blueprint::blueprint;
use bucketwright::profile::Catalogue;
use bucketwright::report::{Colour, Screen, error_json, error_text};
use bucketwright::spec::Spec;
use proptest::prelude::*;

use super::cases;

const HEAD: &str = "\
apiVersion: bucketwright/v1
name: acme
cloud: {provider: aws, region: eu-west-1}
identity: static-keys
installs:
  - profile: argo-workflows
    chartVersion: 1.0.18
";

/// Where a slip of the hand puts it: `@` stands for the secret. As a value, as a key, half quoted, with YAML's signs before.
const SLIPS: &[&str] = &[
    "    credentials: @\n",
    "    credentials: {@}\n",
    "    credentials: [@]\n",
    "    credentials: {@: env:A}\n",
    "    credentials: {accessKeyId: env:A, @: env:B}\n",
    "    credentials: {accessKeyId: @, secretAccessKey: @}\n",
    "    credentials:\n      @\n",
    "    credentials:\n      @:\n",
    "    credentials:\n      @: env:A\n",
    "    credentials:\n      \"@\": env:A\n",
    "    credentials:\n      '@' : env:A\n",
    "    credentials:\n      ? @\n      : env:A\n",
    "    credentials:\n      - @: env:A\n",
    "    credentials:\n      @: env:A\n      @: env:B\n",
    "    credentials:\n      accessKeyId: env:A\n      @: env:B\n",
    "    credentials:\n      accessKeyId: env:A\n      secretAccessKey: @\n",
    "    credentials:\n      accessKeyId: env:A\n      secretAccessKey: env:@\n",
    "    credentials:\n      accessKeyId: env:A\n      secretAccessKey: \"@\n",
    "    credentials:\n      accessKeyId: env:A\n      secretAccessKey: *@\n",
    "    credentials:\n      accessKeyId: env:A\n      secretAccessKey: &@\n",
    "    credentials:\n      accessKeyId: env:A\n      secretAccessKey: !@ x\n",
    "    credentials:\n      accessKeyId: env:A\n      secretAccessKey: !!@ x\n",
    "    credentials:\n      accessKeyId: env:A\n      secretAccessKey@: env:B\n",
    "    credentials:\n      accessKeyId: env:A\n      secretAccessKey: {@: @}\n",
    "    credentials:\n      accessKeyId: env:A\n      secretAccessKey:\n        @: x\n",
    "    credentials:\n      accessKeyId: env:A\n    secretAccessKey: @\n",
    "    credentials:\n      components: @\n",
    "    credentials:\n      components: {@: {accessKeyId: env:A, secretAccessKey: env:B}}\n",
    "    credentials:\n      components:\n        @:\n          accessKeyId: env:A\n          secretAccessKey: env:B\n",
    "    credentials:\n      components:\n        workflow:\n          @: env:A\n",
    "    credentials:\n      components:\n        workflow:\n          accessKeyId: env:A\n          secretAccessKey: @\n",
    "    credentials:\n      # @\n      nothing: 1\n",
    "    @:\n      accessKeyId: env:A\n",
    "    credentials@: env:A\n",
];

/// Keys and secrets as AWS makes them, and other machine-made ones.
fn secret() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => "AKIA[A-Z2-7]{16}",
        4 => "[A-Za-z0-9/+]{17}[a-z][A-Z][0-9][A-Za-z0-9/+]{20}",
        1 => "[A-Za-z0-9_-]{10}[a-z][A-Z][0-9][A-Za-z0-9_-]{11,40}",
    ]
}

/// Everything that is said of a spec; `None` when nothing is wrong with it.
fn said(text: &str) -> Option<String> {
    let catalogue = Catalogue::embedded();
    let error = Spec::parse("bucketwright.yaml", text).and_then(|spec| blueprint(spec, &catalogue, None)).err()?;
    let screen = Screen::new(Colour::Never, true);
    Some(format!("{}\n{}\n{error:?}", error_text(&error, &screen), error_json(&error)))
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn a_secret_below_credentials_is_not_repeated(slip in prop::sample::select(SLIPS), secret in secret()) {
        if let Some(said) = said(&(HEAD.to_owned() + &slip.replace('@', &secret))) {
            // A part of it is bad enough: messages may wrap, cut or fold it.
            let parts = [&secret[..8], &secret[6..14], &secret[secret.len() - 8..]];
            for part in parts {
                prop_assert!(!said.contains(part), "`{}` of `{}` in\n{}", part, secret, said);
            }
        }
    }
}

/// Each slip is a spec that something is said of, or the property would prove nothing.
#[test]
fn slips_are_errors() {
    let quiet: Vec<_> = SLIPS
        .iter()
        .filter(|slip| {
            said(&(HEAD.to_owned() + &slip.replace('@', "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"))).is_none()
        })
        .collect();
    assert!(quiet.is_empty(), "{quiet:#?}");
}

/// The search can fail: what is no secret is repeated.
#[test]
fn names_are_repeated() {
    let said = said(&(HEAD.to_owned() + "    credentials:\n      secretAccesKey: env:A\n")).expect("an error");
    assert!(
        said.contains("`secretAccesKey` is not a known key") && said.contains("Did you mean `secretAccessKey`"),
        "{said}"
    );
    let said = self::said(&(HEAD.to_owned() + "    releese: x\n")).expect("an error");
    assert!(said.contains("`releese` is not a known key"), "{said}");
}
