//! What `plan` and `verify` find in an account reaches the page.

use super::{into, texts};
use crate::aws::spec;
use crate::harness::{Peer, Sandbox, tree_of_text};

/// Somebody opens the role and the bucket.
const ADVERSARY: &str = "\
role, bucket = 'signed-argo-workflows', 'signed-argo-artifacts'
trust = iam.get_role(RoleName=role)['Role']['AssumeRolePolicyDocument']
trust['Statement'] += [{'Sid': 'Partner', 'Effect': 'Allow', 'Principal': {'AWS': 'arn:aws:iam::111122223333:root'}, 'Action': 'sts:AssumeRole'}]
iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
policy = json.loads(s3.get_bucket_policy(Bucket=bucket)['Policy'])
policy['Statement'] += [{'Sid': 'Foreign', 'Effect': 'Allow', 'Principal': {'AWS': '111122223333'}, 'Action': 's3:*', 'Resource': f'arn:aws:s3:::{bucket}/*'}]
s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
";

#[test]
fn what_others_gained_is_in_the_picture() {
    let peer = match Peer::start() {
        Ok(peer) => peer,
        Err(why) => skip!("account", why),
    };
    let account = peer.account();
    let sandbox =
        Sandbox::with_spec(&spec(&account, "signed", "irsa", "{profile: argo-workflows, chartVersion: 1.0.18}"));
    let _ = account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let given = |code: i32| {
        for command in ["plan", "verify"] {
            let run = account.call(&sandbox, &format!("{command} -o json")).run().exits(code);
            sandbox.write(&format!("{command}.json"), &run.stdout);
        }
        // No account is asked: there are no credentials here.
        sandbox.run("report --plan plan.json --verify verify.json -o json").ok().json()
    };
    let clean = given(0)["review"].clone();
    assert_eq!(
        (clean["others"].as_array().map(Vec::len), &clean["results"][0]["passed"]),
        (Some(0), &true.into()),
        "{clean:#}"
    );
    assert!(clean["plan"]["steps"].as_array().expect("steps").iter().all(|step| step["verb"] == "keep"), "{clean:#}");

    account.python(ADVERSARY);
    let seized = given(3);
    let picture = &seized["review"]["picture"];
    let partner = into(picture, "signed-argo-workflows", "has more");
    assert!(partner.iter().any(|words| words.contains("whoever the account 111122223333 allows")), "{partner:?}");
    assert_eq!(into(picture, "signed-argo-artifacts", "has more").len(), 1, "{picture:#}");
    let added = texts(&seized["difference"]["added"]);
    assert!(added.iter().any(|line| line.starts_with("Others: BW1332")), "{added:#?}");
    let refused = &seized["review"]["results"][0];
    assert_eq!(
        (&refused["command"], &refused["findings"][0]["code"]),
        (&"plan".into(), &"BW0624".into()),
        "{refused:#}"
    );
    let page = sandbox.read("report.html");
    assert!(page.contains("verify</code>. ") && page.contains("Open"), "{page}");
}

/// The page is made with placeholders: no half of a key is in it, in its data, or in the pictures.
#[test]
fn no_key_is_in_a_report() {
    let peer = match Peer::start() {
        Ok(peer) => peer,
        Err(why) => skip!("account", why),
    };
    let account = peer.account();
    let install = "{profile: argo-workflows, chartVersion: 1.0.18}";
    let sandbox = Sandbox::with_spec(&spec(&account, "kept", "static-keys", install));
    let _ = account.call(&sandbox, "apply --yes").run().ok();
    let keys = tree_of_text(&sandbox.path("out/credentials")).into_values().collect::<String>();
    let halves = |name: &str| {
        let line = keys.lines().find_map(|line| line.trim().strip_prefix(name)).expect(name);
        line.trim_matches(|c: char| c == ':' || c == '"' || c.is_whitespace()).to_owned()
    };
    let (id, secret) = (halves("accessKeyId"), halves("secretAccessKey"));
    let _ = account.call(&sandbox, "report").run().ok();
    let mut all = sandbox.read("report.html");
    assert!(all.contains("credentials/kept-argo-workflows.yaml"), "its place is said");
    for format in ["json", "svg", "dot", "mermaid"] {
        let run = account.call(&sandbox, &format!("report -o {format}")).run().ok();
        all.push_str(&run.all());
    }
    assert!(secret.len() > 20 && !all.contains(&secret) && !all.contains(&id), "{all}");
}
