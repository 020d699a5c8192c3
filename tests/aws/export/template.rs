//! The template, judged by cfn-lint, which knows every resource's schema.

use crate::harness::{Sandbox, bare, project, python};

#[test]
fn templates_fit_the_schemas() {
    let tools = match python() {
        Ok(python) => python.parent().expect("a folder").to_owned(),
        Err(why) => skip!("cfn-lint", why),
    };
    let sandbox = Sandbox::new();
    let mut lint = bare(tools.join("cfn-lint"));
    lint.args(["--non-zero-exit-code", "warning", "--"]);
    for example in ["gitlab-irsa.yaml", "six-installs.yaml", "massdriver-keys.yaml"] {
        let spec = project().join("examples").join(example);
        let text =
            sandbox.call(["export", "--as", "cloudformation", "-f", spec.to_str().expect("a path")]).run().ok().stdout;
        assert!(text.contains("AWS::IAM::ManagedPolicy") && text.contains("\"bucketwright:origin\""), "{text}");
        lint.arg(sandbox.write(&format!("{example}.cfn.yaml"), &text));
    }
    let output = lint.output().expect("cfn-lint starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}
