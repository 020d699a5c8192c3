//! The lines for identities: managed ones, whose tokens they take, and service principals.

use aws_lc_rs::digest::{SHA256, digest};

use super::shell::{PLACE, each, mark, tags};
use crate::base::names::{DnsLabel, DnsName};
use crate::model::{Blueprint, PrincipalKind, PrincipalWant};
use crate::policy::Said;
use crate::profile::Access;
use crate::spec::AzureCloud;

/// The longest name of a federated credential. Source: Azure documentation, "Naming rules and restrictions", Microsoft.ManagedIdentity.
const LONGEST_CREDENTIAL: usize = 120;

/// The line that sets `issuer`, where an identity needs it. A cluster without one stops everything before anything is made.
pub(super) fn issuer(blueprint: &Blueprint, azure: &AzureCloud) -> Option<String> {
    let needed = blueprint.principals.iter().any(|want| matches!(want.kind, PrincipalKind::ManagedIdentity { .. }));
    let cluster = azure.cluster.as_ref().filter(|_| needed)?;
    let name = &cluster.name;
    Some(match &cluster.issuer {
        Some(issuer) => format!("issuer={issuer}"),
        None => format!(
            "issuer=$(az aks show {PLACE} --name {name} --query \"oidcIssuerProfile.issuerUrl || ''\" --output tsv)\n\
             case $issuer in https://*) ;; *) stop \"the cluster {name} has no OIDC issuer, and nothing was made. Run: az aks update \
             --subscription $subscription --resource-group $group --name {name} --enable-oidc-issuer --enable-workload-identity\" ;; esac"
        ),
    })
}

/// A managed identity, the ServiceAccounts that become it, and what it may do: in each container, and no further.
pub(super) fn identity(blueprint: &Blueprint, azure: &AzureCloud, want: &PrincipalWant) -> Vec<String> {
    let PrincipalKind::ManagedIdentity { accounts, account_roles, client_id } = &want.kind else {
        return Vec::new();
    };
    let name = &want.name;
    let show = format!("identity show {PLACE} --name {name}");
    let mut lines = vec![found_or_made(blueprint, want, &show)];
    let pairs: Vec<String> = accounts
        .iter()
        .map(|(namespace, account)| format!("{}={namespace}:{account}", credential_name(namespace, account)))
        .collect();
    lines.push(each("pair", pairs.iter().map(String::as_str), &credential(want, azure.environment().audience())));
    lines.push(format!("principal=$(az {show} --query principalId --output tsv)"));
    let assign = |role: &str, scope: &str| {
        format!(
            "az role assignment create --assignee-object-id \"$principal\" --assignee-principal-type ServicePrincipal \
             --role '{role}' --scope \"{scope}\" --output none"
        )
    };
    for role in ["Storage Blob Data Reader", "Storage Blob Data Contributor"] {
        let containers = grants_of(want, role);
        if !containers.is_empty() {
            let assign = assign(role, "$scope/blobServices/default/containers/$container");
            lines.push(each("container", containers.into_iter(), &assign));
        }
    }
    lines.extend(account_roles.iter().map(|role| assign(role, "$scope")));
    if client_id.is_none() {
        lines.push(format!("# The spec wants what this prints, below `cloud`: `clientIds: {{{name}: …}}`"));
        lines.push(format!("az {show} --query clientId --output tsv"));
    }
    lines
}

/// Makes an identity, or looks whose the one of this name is: two specs may come to one name, and would share their rights.
fn found_or_made(blueprint: &Blueprint, want: &PrincipalWant, show: &str) -> String {
    let (name, spec) = (&want.name, &blueprint.spec.name);
    let create = format!(
        "az identity create {PLACE} --name {name} --location \"$location\" --tags {} --output none",
        tags(&blueprint.spec)
    );
    let nobodys = if blueprint.may_adopt(name) { format!("{spec} | ''") } else { spec.to_string() };
    format!(
        "if there {show}; then\n  {}\n  case $spec in {nobodys}) ;; *) stop \"the identity {name} was made for ${{spec:-nobody known}}, not for \
         the spec {spec}: what one may do the other could do too. Give the install another 'id'. If nobody made it and it is yours to \
         use, add 'adopt: [{name}]' to the spec\" ;; esac\nelse\n  {create}\nfi",
        mark(show)
    )
}

/// Lets one ServiceAccount in, `NAME=NAMESPACE:ACCOUNT` in `$pair`, unless it is. `create` would write over one of the same name.
fn credential(want: &PrincipalWant, audience: &str) -> String {
    let of = |verb: &str| format!("identity federated-credential {verb} {PLACE} --identity-name {}", want.name);
    let name = &want.name;
    format!(
        "who=system:serviceaccount:${{pair#*=}}\n\
         known=$(az {} --query \"[?issuer=='$issuer' && subject=='$who'] | length(@)\" --output tsv)\n\
         [ \"$known\" = 0 ] || continue\n\
         ! there {} --name \"${{pair%%=*}}\" ||\n  stop \"the credential ${{pair%%=*}} of the identity {name} lets in another issuer \
         or account than $issuer and $who. Look at it, and remove it: az {} --name ${{pair%%=*}}\"\n\
         az {} --name \"${{pair%%=*}}\" --issuer \"$issuer\" --subject \"$who\" --audiences {audience} --output none",
        of("list"),
        of("show"),
        of("delete").replace('"', ""),
        of("create"),
    )
}

/// The name of a ServiceAccount's credential: no two accounts have the same, since a namespace holds no `.` and neither holds a `_`.
pub(super) fn credential_name(namespace: &DnsLabel, account: &DnsName) -> String {
    let whole = format!("{namespace}_{}", account.as_str().replace('.', "_"));
    if whole.len() <= LONGEST_CREDENTIAL {
        return whole;
    }
    let digest = digest(&SHA256, whole.as_bytes());
    let end: String =
        digest.as_ref().iter().take(12).map(|byte| char::from(b"0123456789abcdef"[usize::from(byte % 16)])).collect();
    format!("{}-{end}", &whole[..LONGEST_CREDENTIAL - end.len() - 1])
}

/// Each call makes a new password, so it is not among the lines that may be run again.
pub(super) fn service_principal(want: &PrincipalWant) -> Vec<String> {
    let scopes: Vec<String> = want
        .grants
        .iter()
        .map(|grant| format!("\"$scope/blobServices/default/containers/{}\"", grant.bucket))
        .collect();
    let access = want.grants.iter().map(|grant| grant.access).max().unwrap_or(Access::Read);
    vec![
        "# Where it is not there yet; it shows appId and a new password, each time:".to_owned(),
        format!(
            "# az ad sp create-for-rbac --name {} --role '{}' --scopes {}",
            want.name,
            role(access),
            scopes.join(" ")
        ),
    ]
}

/// The built-in role for what a chart does in a container.
///
/// Source: Azure documentation, "Azure built-in roles for Storage".
pub(super) fn role(access: Access) -> &'static str {
    match access {
        Access::Read => "Storage Blob Data Reader",
        Access::ReadWrite => "Storage Blob Data Contributor",
    }
}

/// What a principal may do, in words. A key of the account is good for all of it.
pub(crate) fn granted(azure: &AzureCloud, want: &PrincipalWant) -> Vec<Said> {
    let account = azure.storage_account.as_str();
    let mut said = Vec::new();
    match &want.kind {
        PrincipalKind::AccountKey(_) => said.push(Said {
            allows: true,
            words: vec!["do everything with containers and blobs".to_owned()],
            actions: vec!["Shared Key".to_owned()],
            resources: vec![format!("every container of the storage account {account}")],
            conditions: Vec::new(),
        }),
        _ => {
            for role in ["Storage Blob Data Reader", "Storage Blob Data Contributor"] {
                let containers =
                    grants_of(want, role).into_iter().map(|name| format!("{account}/{name}")).collect::<Vec<_>>();
                if !containers.is_empty() {
                    said.push(Said::allowed(vec![role.to_owned()], containers));
                }
            }
        }
    }
    if let PrincipalKind::ManagedIdentity { account_roles, .. } = &want.kind {
        let whole = || vec![format!("the storage account {account}")];
        said.extend(account_roles.iter().map(|role| Said::allowed(vec![role.clone()], whole())));
    }
    said
}

fn grants_of<'a>(want: &'a PrincipalWant, of: &str) -> Vec<&'a str> {
    want.grants.iter().filter(|grant| role(grant.access) == of).map(|grant| grant.bucket.as_str()).collect()
}
