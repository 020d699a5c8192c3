//! The clouds that Azure is divided into: each has domains, a sign-in and an audience of its own.

use crate::base::error::{Code, Error, Result};
use crate::base::names::Region;
use crate::spec::azure::StorageDomain;

/// One of Azure's clouds. The location of an account says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AzureEnvironment {
    /// The public one.
    Public,
    /// China's, run by 21Vianet.
    China,
    /// That of the US Government.
    UsGovernment,
}

impl AzureEnvironment {
    const ALL: [Self; 3] = [Self::Public, Self::China, Self::UsGovernment];

    /// The cloud of a location. Source: Azure China and Azure Government documentation, the names of their regions.
    pub fn of(location: &Region) -> Self {
        let begins = |words: &[&str]| words.iter().any(|word| location.as_str().starts_with(word));
        match () {
            () if begins(&["china"]) => Self::China,
            () if begins(&["usgov", "usdod"]) => Self::UsGovernment,
            () => Self::Public,
        }
    }

    /// Its name for `az cloud set`. Source: azure/cli/core/cloud.py.
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "AzureCloud",
            Self::China => "AzureChinaCloud",
            Self::UsGovernment => "AzureUSGovernment",
        }
    }

    /// The domain of its storage. Source: azure/cli/core/cloud.py, `storage_endpoint` of each cloud.
    pub fn domain(self) -> &'static str {
        match self {
            Self::Public => "core.windows.net",
            Self::China => "core.chinacloudapi.cn",
            Self::UsGovernment => "core.usgovcloudapi.net",
        }
    }

    /// What its Entra ID wants to find in a token that is exchanged.
    ///
    /// Source: Microsoft Entra documentation, "Workload identity federation", important considerations: the audience of each cloud.
    pub fn audience(self) -> &'static str {
        match self {
            Self::Public => "api://AzureADTokenExchange",
            Self::China => "api://AzureADTokenExchangeChina",
            Self::UsGovernment => "api://AzureADTokenExchangeUSGov",
        }
    }

    /// Refuses the domain of another cloud; one of nobody's, such as an Azure Stack's, may be anything.
    ///
    /// # Errors
    /// `BW1606`, with the domain of this cloud.
    pub fn has(self, domain: &StorageDomain, location: &Region) -> Result<()> {
        let others = Self::ALL.into_iter().filter(|other| *other != self);
        let Some(other) = others.into_iter().find(|other| other.domain() == domain.as_str()) else { return Ok(()) };
        let (cloud, of) = (self.name(), other.name());
        let what = format!("`{domain}` is the domain of {of}, and `{location}` is a location of {cloud}");
        Err(Error::new(Code::BAD_STORAGE_DOMAIN, what)
            .why("An account of one cloud is not found in another.")
            .fix(format!("Remove `domain`: that of the location is `{}`. Or correct `location`.", self.domain())))
    }
}
