//! Accounts that limit what is made in them: a permissions boundary, a path, names; and what the holder of the printed
//! permissions can reach with them.

use serde_json::{Value, json};

use super::{own, spec};
use crate::harness::{Account, Peer, Sandbox};

const ARGO: &str = "{profile: argo-workflows, chartVersion: 1.0.18}";

/// A managed policy of the account; gives its ARN.
fn policy(account: &Account<'_>, name: &str, document: &Value) -> String {
    let text = document.to_string();
    account.python(&format!("iam.create_policy(PolicyName='{name}', PolicyDocument=r'''{text}''')"));
    format!("arn:aws:iam::{}:policy/{name}", account.id)
}

fn allow(action: &str, resource: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]})
}

/// A spec whose account demands all of it.
fn limited(account: &Account<'_>, name: &str, identity: &str, boundary: &str) -> String {
    let iam = format!(
        "  iam: {{permissionsBoundary: \"{boundary}\", path: /acme/apps/, namePrefix: app-, nameSuffix: -eu}}\n"
    );
    spec(account, name, identity, ARGO).replace("  cluster:", &format!("{iam}  cluster:"))
}

/// Somebody with the permissions that `plan` prints, and no others.
fn holder<'a>(peer: &'a Peer, account: &Account<'_>, sandbox: &Sandbox, name: &str) -> Account<'a> {
    let needs = sandbox.run("plan --permissions").ok().json();
    peer.user(&account.id, name, &needs)
}

#[test]
fn what_the_account_demands_is_made_kept_and_found_again() {
    let peer = own!();
    let account = peer.account();
    let boundary = policy(&account, "limit", &allow("s3:*", "*"));
    for (name, identity, kind) in
        [("lim-keys", "static-keys", "user"), ("lim-irsa", "irsa", "role"), ("lim-pods", "pod-identity", "role")]
    {
        let sandbox = Sandbox::with_spec(&limited(&account, name, identity, &boundary));
        let caller = holder(&peer, &account, &sandbox, name);
        caller.call(&sandbox, "apply --yes").run().ok();
        caller.call(&sandbox, "plan --detailed-exitcode").run().ok();
        let full = format!("app-{name}-argo-workflows-eu");
        let get = if kind == "user" { "get_user(UserName" } else { "get_role(RoleName" };
        let found = account.python(&format!(
            "found = list(iam.{get}='{full}').values())[0]
say([found['Arn'], found['Path'], found['PermissionsBoundary']['PermissionsBoundaryArn'], iam.get_policy(PolicyArn='arn:aws:iam::{id}:policy/acme/apps/{full}')['Policy']['Path']])",
            id = account.id
        ));
        let arn = format!("arn:aws:iam::{}:{kind}/acme/apps/{full}", account.id);
        assert_eq!(found, json!([arn, "/acme/apps/", boundary, "/acme/apps/"]));
        if identity == "irsa" {
            assert!(sandbox.read("out/argo-workflows/values.yaml").contains(&arn), "the annotation names the path");
        }
        account.call(&sandbox, "verify").run().ok();
        account.call(&sandbox, "destroy --yes").run().ok();
        let left = account.python(
            "say([u['UserName'] for u in iam.list_users()['Users'] if 'argo' in u['UserName']] + [r['RoleName'] for r in iam.list_roles()['Roles'] if 'argo' in r['RoleName']] + [p['Arn'] for p in iam.list_policies(Scope='Local')['Policies'] if 'argo' in p['Arn']])",
        );
        assert_eq!(left, json!([]), "{name}");
    }
}

#[test]
fn a_boundary_is_added_to_what_is_ours_and_to_nothing_else() {
    let peer = own!();
    let account = peer.account();
    let boundary = policy(&account, "limit", &allow("s3:*", "*"));
    let sandbox = Sandbox::with_spec(&spec(&account, "later", "static-keys", ARGO));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let iam = format!("  iam: {{permissionsBoundary: \"{boundary}\"}}\n  cluster:");
    let bounded = sandbox.read("bucketwright.yaml").replace("  cluster:", &iam);
    sandbox.write("bucketwright.yaml", &bounded);
    let planned = account.call(&sandbox, "plan").run().ok().stdout;
    assert!(planned.contains(&format!("set the permissions boundary {boundary}")), "{planned}");
    account.call(&sandbox, "apply --yes").run().ok();
    account.call(&sandbox, "plan --detailed-exitcode").run().ok();

    // Somebody else's user: what it may do is not ours to limit.
    account.python("iam.create_user(UserName='theirs-argo-workflows')");
    let text = bounded.replace("name: later", "name: theirs") + "adopt: [theirs-argo-workflows]\n";
    let adopted = Sandbox::with_spec(&text);
    let planned = account.call(&adopted, "plan").run().ok().stdout;
    assert!(planned.contains("keeps its own limits") && !planned.contains("set the permissions boundary"), "{planned}");

    // A role cannot be moved, so one under another path is of no use.
    let moved = Sandbox::with_spec(&bounded.replace("iam: {", "iam: {path: /acme/, "));
    let report = account.call(&moved, "apply --yes -o json").run().exits(1).json();
    assert_eq!(report["errors"][0]["code"], "BW0510", "{report:#}");
    assert!(report["errors"][0]["fix"].as_str().is_some_and(|fix| fix.contains("iam: {path: /}")), "{report:#}");
}

/// What the holder of the permissions tries to become an administrator, by name; what came of each.
const ESCALATION: &str = r"
def tried(call):
    try:
        call()
        return 'ok'
    except ClientError as error:
        return error.response['Error']['Code']
ALL = json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': '*', 'Resource': '*'}]})
ME = sts.get_caller_identity()['Arn']
def iam_with(made):
    return boto3.client('iam', region_name='eu-west-1', config=CONFIG, aws_access_key_id=made['AccessKeyId'], aws_secret_access_key=made['SecretAccessKey'], aws_session_token=made.get('SessionToken'))
";

#[test]
fn with_a_boundary_the_permissions_make_no_administrator() {
    let peer = own!();
    let account = peer.account();
    let boundary = policy(&account, "limit", &allow("s3:*", "arn:aws:s3:::esc-*"));
    let admin = policy(&account, "admin-policy", &allow("*", "*"));
    account.python(&format!(
        "iam.create_user(UserName='boss')\niam.attach_user_policy(UserName='boss', PolicyArn='{admin}')"
    ));
    let id = &account.id;

    // By a user: its policy is ours to write, and its key ours to make.
    let sandbox = Sandbox::with_spec(&limited(&account, "esc-keys", "static-keys", &boundary));
    let caller = holder(&peer, &account, &sandbox, "esc-keys");
    caller.call(&sandbox, "apply --yes").run().ok();
    let user = "app-esc-keys-argo-workflows-eu";
    let said = caller.python(&format!(
        "{ESCALATION}
own = 'arn:aws:iam::{id}:policy/acme/apps/{user}'
say({{
    'another user': tried(lambda: iam.create_user(UserName='mine', PermissionsBoundary='{boundary}')),
    'a key of the administrator': tried(lambda: iam.create_access_key(UserName='boss')),
    'attach': tried(lambda: iam.attach_user_policy(UserName='{user}', PolicyArn='{admin}')),
    'attach to the administrator': tried(lambda: iam.attach_user_policy(UserName='boss', PolicyArn=own)),
    'inline': tried(lambda: iam.put_user_policy(UserName='{user}', PolicyName='x', PolicyDocument=ALL)),
    'no boundary': tried(lambda: iam.delete_user_permissions_boundary(UserName='{user}')),
    'another boundary': tried(lambda: iam.put_user_permissions_boundary(UserName='{user}', PermissionsBoundary='{admin}')),
    'the boundary itself': tried(lambda: iam.create_policy_version(PolicyArn='{boundary}', PolicyDocument=ALL, SetAsDefault=True)),
    'own policy': tried(lambda: iam.create_policy_version(PolicyArn=own, PolicyDocument=ALL, SetAsDefault=True)),
    'then the key': tried(lambda: iam_with(iam.create_access_key(UserName='{user}')['AccessKey']).list_users()),
}})"
    ));
    for (what, came) in said.as_object().expect("an object") {
        let expected = match what.as_str() {
            // The policy is ours to write; what it says holds within the boundary alone.
            "own policy" => "ok",
            _ => "AccessDenied",
        };
        assert_eq!(came, expected, "{what}: {said:#}");
    }

    // By a role: its trust is ours to write as well.
    let sandbox = Sandbox::with_spec(&limited(&account, "esc-irsa", "irsa", &boundary));
    let caller = holder(&peer, &account, &sandbox, "esc-irsa");
    let early = caller.python(&format!(
        "{ESCALATION}
say(tried(lambda: iam.create_role(Path='/acme/apps/', RoleName='app-esc-irsa-argo-workflows-eu', AssumeRolePolicyDocument=json.dumps({{'Version': '2012-10-17', 'Statement': [{{'Effect': 'Allow', 'Principal': {{'AWS': ME}}, 'Action': 'sts:AssumeRole'}}]}}), Tags=[{{'Key': 'bucketwright:spec', 'Value': 'esc-irsa'}}])))"
    ));
    assert_eq!(early, "AccessDenied", "a role without the boundary");
    caller.call(&sandbox, "apply --yes").run().ok();
    let role = "app-esc-irsa-argo-workflows-eu";
    let said = caller.python(&format!(
        "{ESCALATION}
own = 'arn:aws:iam::{id}:policy/acme/apps/{role}'
trust = json.dumps({{'Version': '2012-10-17', 'Statement': [{{'Effect': 'Allow', 'Principal': {{'AWS': ME}}, 'Action': 'sts:AssumeRole'}}]}})
become = lambda: sts.assume_role(RoleArn='arn:aws:iam::{id}:role/acme/apps/{role}', RoleSessionName='session')['Credentials']
say([
    tried(lambda: iam.attach_role_policy(RoleName='{role}', PolicyArn='{admin}')),
    tried(lambda: iam.put_role_policy(RoleName='{role}', PolicyName='x', PolicyDocument=ALL)),
    tried(lambda: iam.delete_role_permissions_boundary(RoleName='{role}')),
    tried(lambda: iam.put_role_permissions_boundary(RoleName='{role}', PermissionsBoundary='{admin}')),
    tried(lambda: iam.create_policy_version(PolicyArn=own, PolicyDocument=ALL, SetAsDefault=True)),
    tried(lambda: iam.update_assume_role_policy(RoleName='{role}', PolicyDocument=trust)),
    tried(become),
    tried(lambda: iam_with(become()).list_users()),
])"
    ));
    let denied = "AccessDenied";
    assert_eq!(said, json!([denied, denied, denied, denied, "ok", "ok", "ok", denied]));
}

/// What remains without a boundary, as docs/permissions.md says: whoever writes a user's policy and makes its key is as
/// mighty as that policy can be.
#[test]
fn without_a_boundary_the_holder_can_widen_a_policy_of_ours() {
    let peer = own!();
    let account = peer.account();
    let sandbox = Sandbox::with_spec(&spec(&account, "wide", "static-keys", ARGO));
    let caller = holder(&peer, &account, &sandbox, "wide");
    let printed = sandbox.run("plan --permissions").ok();
    assert!(printed.stderr.contains("permissionsBoundary"), "{}", printed.stderr);
    caller.call(&sandbox, "apply --yes").run().ok();
    let user = "wide-argo-workflows";
    let said = caller.python(&format!(
        "{ESCALATION}
say([
    tried(lambda: iam.attach_user_policy(UserName='{user}', PolicyArn='arn:aws:iam::aws:policy/AdministratorAccess')),
    tried(lambda: iam.put_user_policy(UserName='{user}', PolicyName='x', PolicyDocument=ALL)),
    tried(lambda: iam.create_policy_version(PolicyArn='arn:aws:iam::{}:policy/{user}', PolicyDocument=ALL, SetAsDefault=True)),
    tried(lambda: iam_with(iam.create_access_key(UserName='{user}')['AccessKey']).list_users()),
])",
        account.id
    ));
    assert_eq!(said, json!(["AccessDenied", "AccessDenied", "ok", "ok"]));
}
