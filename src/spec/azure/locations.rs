//! The locations that Azure is known to have, and what was probably meant by others.

use super::location;
use crate::base::error::{Code, Error, Result};
use crate::base::names::Region;

/// Name of each location that takes a storage account.
///
/// Source: Azure documentation, "Azure regions list"; of the clouds of China and the US Government "Azure China 21Vianet" and "Azure
/// Government overview". `az account list-locations` prints the same names.
const KNOWN: [&str; 68] = [
    "australiacentral",
    "australiacentral2",
    "australiaeast",
    "australiasoutheast",
    "austriaeast",
    "belgiumcentral",
    "brazilsouth",
    "brazilsoutheast",
    "canadacentral",
    "canadaeast",
    "centralindia",
    "centralus",
    "chilecentral",
    "denmarkeast",
    "eastasia",
    "eastus",
    "eastus2",
    "francecentral",
    "francesouth",
    "germanynorth",
    "germanywestcentral",
    "indonesiacentral",
    "israelcentral",
    "italynorth",
    "japaneast",
    "japanwest",
    "jioindiacentral",
    "jioindiawest",
    "koreacentral",
    "koreasouth",
    "malaysiawest",
    "mexicocentral",
    "newzealandnorth",
    "northcentralus",
    "northeurope",
    "norwayeast",
    "norwaywest",
    "polandcentral",
    "qatarcentral",
    "southafricanorth",
    "southafricawest",
    "southcentralus",
    "southeastasia",
    "southindia",
    "spaincentral",
    "swedencentral",
    "swedensouth",
    "switzerlandnorth",
    "switzerlandwest",
    "uaecentral",
    "uaenorth",
    "uksouth",
    "ukwest",
    "westcentralus",
    "westeurope",
    "westindia",
    "westus",
    "westus2",
    "westus3",
    "chinaeast2",
    "chinaeast3",
    "chinanorth2",
    "chinanorth3",
    "usdodcentral",
    "usdodeast",
    "usgovarizona",
    "usgovtexas",
    "usgovvirginia",
];

/// The known locations nearest to a text: at most three, and none when it is far from all. The words in another order, such as
/// `europewest`, are no typing mistake of letters; they are tried, too.
fn nearest(text: &str) -> Vec<&'static str> {
    let words = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = &text[words.len()..];
    let turned: Vec<String> = (1..words.len()).map(|at| format!("{}{}{number}", &words[at..], &words[..at])).collect();
    let far = |known: &&str| {
        let same = turned.iter().any(|turned| turned == *known);
        if same { 0 } else { strsim::damerau_levenshtein(text, known) }
    };
    let near = KNOWN.iter().map(&far).min().filter(|near| *near <= 2);
    KNOWN.iter().filter(|known| Some(far(known)) == near).copied().take(3).collect()
}

/// Checks the name of a location that somebody typed: one that Azure is known to have.
///
/// # Errors
/// `BW1605`, with the location that was probably meant.
pub fn known_location(text: &str) -> Result<Region> {
    let region = location(text)?;
    if KNOWN.contains(&region.as_str()) {
        return Ok(region);
    }
    let near = match nearest(text).as_slice() {
        [] => String::new(),
        near => format!("Did you mean `{}`? ", near.join("` or `")),
    };
    Err(Error::new(Code::BAD_AZURE_LOCATION, format!("no location `{text}` is known"))
        .why("Azure refuses it when the account is made; the location of an account cannot be changed later.")
        .fix(format!("{near}`az account list-locations --query '[].name' --output tsv` shows them. For one that Azure opened after this version of bucketwright, add `allowUnknownRegion: true` below `cloud`.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_mistakes_name_the_location_that_was_meant() {
        for (text, near) in [
            ("westeurop", "`westeurope`?"),
            ("westeuorpe", "`westeurope`?"),
            ("europewest", "`westeurope`?"),
            ("useast", "`eastus`?"),
            ("useast2", "`eastus2`?"),
            ("eastus22", "`eastus2`?"),
            ("germanycentral", "list-locations"),
            ("norhteurope", "`northeurope`?"),
            ("swedencentrl", "`swedencentral`?"),
            ("uksoth", "`uksouth`?"),
            ("usgovvirgina", "`usgovvirginia`?"),
            ("atlantis", "allowUnknownRegion: true"),
        ] {
            let error = known_location(text).expect_err(text);
            assert_eq!(error.code(), &Code::BAD_AZURE_LOCATION);
            assert!(error.remedy().is_some_and(|fix| fix.contains(near)), "{text}: {:?}", error.remedy());
        }
        for name in KNOWN {
            assert!(known_location(name).is_ok(), "{name}");
        }
        assert!(known_location("West Europe").is_err() && location("atlantis").is_ok());
    }
}
