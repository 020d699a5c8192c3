//! The configuration, read by Terraform where it is installed, and held against what `apply` makes.

use serde_json::{Value, json};

use crate::harness::{Sandbox, bare, project};

fn configuration(example: &str) -> Value {
    let spec = project().join("examples").join(example);
    let call = ["export", "--as", "terraform", "-f", spec.to_str().expect("a path")];
    serde_json::from_str(&Sandbox::new().call(call).run().ok().stdout).expect("JSON")
}

#[test]
fn what_apply_makes_is_in_it() {
    let made = configuration("gitlab-irsa.yaml");
    let resources = &made["resource"];
    let of = |kind: &str| resources[kind].as_object().map_or(0, serde_json::Map::len);
    let settings = ["ownership_controls", "public_access_block", "lifecycle_configuration", "policy"];
    assert_eq!(of("aws_s3_bucket"), 9);
    assert!(settings.iter().all(|setting| of(&format!("aws_s3_bucket_{setting}")) == 9), "{made:#}");
    assert_eq!((of("aws_iam_role"), of("aws_iam_policy"), of("aws_iam_openid_connect_provider")), (1, 1, 1));
    // The documents are those that `render` writes, to the letter.
    let sandbox = Sandbox::new();
    let spec = project().join("examples/gitlab-irsa.yaml");
    let _ = sandbox.call(["render", "--placeholders", "-f", spec.to_str().expect("a path")]).run().ok();
    let role = &resources["aws_iam_role"]["acme-prod-gitlab"];
    for (text, kind) in
        [(&role["assume_role_policy"], "trust"), (&resources["aws_iam_policy"]["acme-prod-gitlab"]["policy"], "policy")]
    {
        // Terraform would fill in `${…}`, so IAM's own variables are escaped.
        let document: Value = serde_json::from_str(&text.as_str().expect("text").replace("$${", "${")).expect("JSON");
        let rendered: Value =
            serde_json::from_str(&sandbox.read(&format!("out/iam/acme-prod-gitlab.{kind}.json"))).expect("JSON");
        assert_eq!(document, rendered);
    }
    assert_eq!(role["tags"]["bucketwright:origin"], "adopted");
    assert_eq!(made["provider"]["aws"], json!({"region": "eu-west-1", "allowed_account_ids": ["012345678901"]}));
    assert!(!made.to_string().contains("aws_iam_access_key"), "no keys: Terraform would keep them in its state");
}

/// Terraform decodes blocks, references and meta-arguments before it looks for providers.
#[test]
fn terraform_reads_it() {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found = std::env::split_paths(&path).map(|dir| dir.join("terraform"));
    let Some(terraform) = found.find(|path| path.is_file()) else {
        eprintln!("terraform is not installed: its reading of the configuration is left out");
        return;
    };
    for example in ["gitlab-irsa.yaml", "six-installs.yaml", "massdriver-keys.yaml", "ona.yaml"] {
        let sandbox = Sandbox::new();
        let file = sandbox.write("main.tf.json", &configuration(example).to_string());
        let mut read = bare(&terraform);
        read.arg("providers").env("TF_CLI_CONFIG_FILE", "/dev/null").env("CHECKPOINT_DISABLE", "1");
        let output = read.current_dir(file.parent().expect("a folder")).output().expect("terraform starts");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("hashicorp/aws"),
            "{example}: {said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
