//! Names of Azure: storage accounts, resource groups, locations, ids.

use crate::base::error::{Code, Error, Result};
use crate::base::names::{Region, checked_text};
use crate::spec::azure::AzureEnvironment;

/// The name of a storage account. It is a host name of its own, so it is unique in the whole cloud.
///
/// Source: Azure documentation, "Storage account overview": 3 to 24 lower-case letters and digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StorageAccount(String);
checked_text!(StorageAccount);

impl StorageAccount {
    /// Checks a storage account's name.
    ///
    /// # Errors
    /// `BW1601` with a name near it that would do, if there is one.
    pub fn parse(text: &str) -> Result<Self> {
        let good = |text: &str| {
            (3..=24).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        if good(text) {
            return Ok(Self(text.to_owned()));
        }
        let near: String = text.to_lowercase().chars().filter(char::is_ascii_alphanumeric).take(24).collect();
        let error = Error::new(Code::BAD_STORAGE_ACCOUNT, format!("`{text}` cannot be the name of a storage account"))
            .why("It has 3 to 24 lower-case letters and digits, and no `-`: it is a host name of its own.");
        let near = if good(&near) { near } else { "acmeprodstorage".to_owned() };
        Err(error.fix(format!("Use `{near}`, for example.")))
    }
}

/// A GUID: the id of a subscription, a tenant, or an identity's client.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid(String);
checked_text!(Guid);

impl Guid {
    /// Checks a GUID; `what` it is, and the command that prints it.
    ///
    /// # Errors
    /// `BW1603` when it has another form.
    pub fn parse(what: &str, prints: &str, text: &str) -> Result<Self> {
        let parts: Vec<&str> = text.split('-').collect();
        let hex = |part: &&str| part.bytes().all(|b| b.is_ascii_hexdigit());
        if parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && parts.iter().all(hex) {
            return Ok(Self(text.to_ascii_lowercase()));
        }
        Err(Error::new(Code::BAD_AZURE_ID, format!("`{text}` is not {what}"))
            .why("Azure's ids have the form 00000000-0000-0000-0000-000000000000; a name will not do.")
            .fix(format!("`{prints}` prints it.")))
    }
}

/// The name of a resource group.
///
/// Source: Azure documentation, "Naming rules and restrictions for Azure resources" (Microsoft.Resources). Letters beyond
/// ASCII, which Azure takes too, are left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceGroup(String);
checked_text!(ResourceGroup);

impl ResourceGroup {
    /// Checks a resource group's name.
    ///
    /// # Errors
    /// `BW1604` when Azure would refuse it.
    pub fn parse(text: &str) -> Result<Self> {
        let good = (1..=90).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.()".contains(&b))
            && !text.ends_with('.');
        if good {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::new(Code::BAD_RESOURCE_GROUP, format!("`{text}` cannot be the name of a resource group"))
            .why("It has 1 to 90 letters, digits, `_`, `-`, `.`, `(` and `)`, and no `.` at the end.")
            .fix("`az group list --query '[].name' --output tsv` shows those that exist."))
    }
}

/// The domain that a cloud's storage accounts stand under.
///
/// Source: Azure documentation of the sovereign clouds: core.windows.net, core.chinacloudapi.cn, core.usgovcloudapi.net.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StorageDomain(String);
checked_text!(StorageDomain);

impl StorageDomain {
    /// That of one of Azure's clouds.
    pub fn of(environment: AzureEnvironment) -> Self {
        Self(environment.domain().to_owned())
    }

    /// Checks a domain.
    ///
    /// # Errors
    /// `BW1606` when it is an address, or one of the hosts below it.
    pub fn parse(text: &str) -> Result<Self> {
        let label = |label: &str| {
            !label.is_empty()
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let bare = text.trim_start_matches("https://").trim_end_matches('/');
        let bare = bare.rsplit_once("blob.").map_or(bare, |(_, rest)| rest);
        if text == bare && text.contains('.') && text.split('.').all(label) {
            return Ok(Self(text.to_owned()));
        }
        let near = if bare.contains('.') && bare.split('.').all(label) { bare } else { "core.windows.net" };
        Err(Error::new(Code::BAD_STORAGE_DOMAIN, format!("`{text}` is not the domain of a cloud's storage"))
            .why("Clients put the account and `blob` before it, so it holds neither, and no scheme.")
            .fix(format!(
                "Write `{near}`, for example; China has core.chinacloudapi.cn, US Government core.usgovcloudapi.net."
            )))
    }
}

/// The issuer of a cluster's tokens, kept letter by letter: AKS's end with a slash, and Entra ID compares exactly.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenIssuer(String);
checked_text!(TokenIssuer);

impl TokenIssuer {
    /// Checks an issuer's URL.
    ///
    /// # Errors
    /// `BW0207` when it is not an https URL.
    pub fn parse(text: &str) -> Result<Self> {
        let rest = text.strip_prefix("https://").unwrap_or_default();
        if !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._/:".contains(&b)) {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::new(Code::BAD_ISSUER, format!("`{text}` is not an OIDC issuer"))
            .why("An issuer is an https URL, compared letter by letter; AKS's end with a slash.")
            .fix("`az aks show --name CLUSTER --resource-group GROUP --query oidcIssuerProfile.issuerUrl --output tsv` prints it."))
    }
}

/// Checks the form of a location's name, such as `westeurope`; one that opens tomorrow passes too.
///
/// # Errors
/// `BW1605` for another cloud's region, or a location's title.
pub fn location(text: &str) -> Result<Region> {
    let good = |text: &str| {
        (3..=40).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    if good(text) {
        return Region::parse_of_store(text);
    }
    let near = text.to_lowercase().replace(' ', "");
    let error = Error::new(Code::BAD_AZURE_LOCATION, format!("`{text}` is not the name of an Azure location"))
        .why("A location's name is one word of lower-case letters and digits, such as `westeurope`.");
    if good(&near) {
        return Err(error.fix(format!("Write `{near}`.")));
    }
    Err(error.fix("`az account list-locations --query '[].name' --output tsv` shows them."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storage_accounts_are_short_and_plain() {
        assert!(StorageAccount::parse("acmeprod1").is_ok() && StorageAccount::parse(&"a".repeat(24)).is_ok());
        for (bad, near) in [("acme-prod", "`acmeprod`"), ("AcmeProd", "`acmeprod`"), ("ab", "acmeprodstorage")] {
            let error = StorageAccount::parse(bad).expect_err(bad);
            assert!(error.remedy().is_some_and(|fix| fix.contains(near)), "{bad}: {error:?}");
        }
        assert!(StorageAccount::parse(&"a".repeat(25)).is_err());
    }

    #[test]
    fn ids_groups_domains_and_locations_keep_to_their_form() {
        let guid = |text| Guid::parse("a subscription's id", "az account show", text);
        assert_eq!(guid("0B1F6471-1BF0-4DDA-AEC3-CB9272F09590").expect("ok").as_str().len(), 36);
        for bad in ["", "My subscription", "0b1f6471-1bf0-4dda-aec3-cb9272f0959", "0b1f64711bf04ddaaec3cb9272f09590"] {
            assert!(guid(bad).is_err(), "{bad}");
        }
        assert!(ResourceGroup::parse("rg-acme_(prod).1").is_ok());
        for bad in ["", "acme.", "a b", &"a".repeat(91)] {
            assert!(ResourceGroup::parse(bad).is_err(), "{bad}");
        }
        assert!(StorageDomain::parse("core.chinacloudapi.cn").is_ok());
        for (bad, near) in [
            ("https://acme.blob.core.windows.net/", "`core.windows.net`"),
            ("blob.core.usgovcloudapi.net", "`core.usgovcloudapi.net`"),
            ("localhost", "`core.windows.net`"),
        ] {
            let error = StorageDomain::parse(bad).expect_err(bad);
            assert!(error.remedy().is_some_and(|fix| fix.contains(near)), "{bad}: {error:?}");
        }
        assert!(location("westeurope").is_ok() && location("eastus2").is_ok());
        assert!(location("West Europe").expect_err("a title").remedy().is_some_and(|fix| fix.contains("`westeurope`")));
        assert!(location("eu-west-1").is_err());
        assert!(TokenIssuer::parse("https://westeurope.oic.prod-aks.azure.com/a/b/").is_ok());
        assert!(TokenIssuer::parse("http://x/").is_err() && TokenIssuer::parse("https://x/$(y)").is_err());
    }
}
