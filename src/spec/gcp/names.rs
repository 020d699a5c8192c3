//! Names of Google Cloud: projects, service accounts, locations, workload identity pools, labels.

use crate::base::error::{Code, Error, Result};
use crate::base::names::{Region, checked_text};

/// The id of a project: the text that is in URLs and e-mail addresses, not its number and not its display name.
///
/// Source: Resource Manager documentation, "Creating and managing projects": 6 to 30 lower-case letters, digits and `-`,
/// first a letter, last no `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectId(String);
checked_text!(ProjectId);

impl ProjectId {
    /// Checks a project's id.
    ///
    /// # Errors
    /// `BW1501` when it is a number, a domain-scoped id, or breaks a rule.
    pub fn parse(text: &str) -> Result<Self> {
        let bad = |why: &str, fix: String| {
            Err(Error::new(Code::BAD_PROJECT, format!("`{text}` is not the id of a project")).why(why).fix(fix))
        };
        let list = || "`gcloud projects list` shows the ids, in the column PROJECT_ID.".to_owned();
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            return bad(
                "It is a project's number. The id is in the addresses of service accounts and workload pools; the number does not do there.",
                format!(
                    "`gcloud projects describe {text} --format='value(projectId)'` prints the id; the number goes under `projectNumber`."
                ),
            );
        }
        if text.contains(':') {
            return bad(
                "Ids with a domain (`example.com:name`) are of an older kind, in which service accounts have other addresses.",
                "Use a project without a domain in its id.".to_owned(),
            );
        }
        if !(6..=30).contains(&text.len()) || !label_form(text) {
            return bad(
                "An id has 6 to 30 lower-case letters, digits and `-`, begins with a letter and does not end with `-`.",
                list(),
            );
        }
        Ok(Self(text.to_owned()))
    }

    /// The address of a service account of the project.
    pub fn service_account(&self, id: &str) -> String {
        format!("{id}@{self}.iam.gserviceaccount.com")
    }
}

/// The number of a project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectNumber(String);
checked_text!(ProjectNumber);

impl ProjectNumber {
    /// Checks a project's number.
    ///
    /// # Errors
    /// `BW1501` when it is not made of digits.
    pub fn parse(text: &str) -> Result<Self> {
        if (1..=19).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0') {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::new(Code::BAD_PROJECT, format!("`{text}` is not the number of a project"))
            .why("A number has digits only. The id, with letters, goes under `project`.")
            .fix("`gcloud projects describe ID --format='value(projectNumber)'` prints it; write it in quotes."))
    }
}

/// A cluster's workload identity pool, `PROJECT.svc.id.goog`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkloadPool(String);
checked_text!(WorkloadPool);

impl WorkloadPool {
    /// Checks a pool's name.
    ///
    /// # Errors
    /// `BW1506` when it has not the form `PROJECT.svc.id.goog`.
    pub fn parse(text: &str) -> Result<Self> {
        if text.strip_suffix(".svc.id.goog").is_some_and(|project| ProjectId::parse(project).is_ok()) {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::new(Code::BAD_POOL, format!("`{text}` is not a workload identity pool"))
            .why("GKE has one pool for each project, called PROJECT.svc.id.goog after the project's id; one of another form would trust nobody.")
            .fix("`gcloud container clusters describe NAME --location LOCATION --format='value(workloadIdentityConfig.workloadPool)'` prints it."))
    }

    /// The pool of a project.
    pub fn of(project: &ProjectId) -> Self {
        Self(format!("{project}.svc.id.goog"))
    }

    /// The member that a Kubernetes ServiceAccount is in IAM policies.
    pub fn member(&self, namespace: &str, service_account: &str) -> String {
        format!("serviceAccount:{self}[{namespace}/{service_account}]")
    }
}

impl Region {
    /// Checks the name of a location of Cloud Storage: a region, a dual-region or a multi-region, whatever its case.
    ///
    /// Source: Cloud Storage documentation, "Bucket locations".
    ///
    /// # Errors
    /// `BW1503` when the text has not the form of a location.
    pub fn parse_location(text: &str) -> Result<Self> {
        let location = text.to_ascii_lowercase();
        let bad = |why: &str, fix: String| {
            Err(Error::new(Code::BAD_LOCATION, format!("`{text}` is not a location of Cloud Storage"))
                .why(why)
                .fix(fix))
        };
        if let Some((region, zone)) =
            location.rsplit_once('-').filter(|(region, _)| region.ends_with(|c: char| c.is_ascii_digit()))
            && zone.len() == 1
        {
            return bad("It is a zone, and buckets lie in regions.", format!("Write `location: {region}`."));
        }
        let parts: Vec<&str> = location.split('-').collect();
        let region = |parts: &[&str]| {
            matches!(parts, [continent, area] if continent.bytes().all(|b| b.is_ascii_lowercase())
                && (2..=16).contains(&continent.len())
                && area.bytes().all(|b| b.is_ascii_alphanumeric())
                && area.starts_with(|c: char| c.is_ascii_lowercase())
                && area.ends_with(|c: char| c.is_ascii_digit()))
        };
        let multi = ["us", "eu", "asia", "eur4", "eur5", "eur7", "eur8", "nam4", "asia1"].contains(&location.as_str());
        if multi || region(&parts) {
            return Ok(Self::checked(location));
        }
        let fix = "Use a region such as `europe-west2`, or `EU`, `US` or `ASIA`; `gcloud compute regions list` shows the regions.";
        if Self::has_form(&location) {
            return bad(
                "It has the form of an AWS region: Google writes `europe-west2`, without a second `-`.",
                fix.to_owned(),
            );
        }
        bad("A region has the form `europe-west2`.", fix.to_owned())
    }

    /// Checks a location that somebody typed: one made of the words that Google uses.
    ///
    /// Source: Cloud Storage documentation, "Bucket locations": a part of the world, a direction and a number.
    ///
    /// # Errors
    /// `BW1503`, with the location that was probably meant.
    pub fn parse_known_location(text: &str) -> Result<Self> {
        let location = Self::parse_location(text)?;
        let Some((part, area)) = location.as_str().split_once('-') else { return Ok(location) };
        let words = area.trim_end_matches(|c: char| c.is_ascii_digit());
        let near = |word: &str, known: &[&'static str]| {
            known.iter().map(|one| (strsim::damerau_levenshtein(word, one), *one)).min().filter(|(far, _)| *far <= 2)
        };
        match (near(part, &PARTS_OF_THE_WORLD), near(words, &DIRECTIONS)) {
            (Some((0, _)), Some((0, _))) => Ok(location),
            (part, direction) => {
                let number = &area[words.len()..];
                let meant = part
                    .zip(direction)
                    .map(|((_, part), (_, direction))| format!("Did you mean `{part}-{direction}{number}`? "));
                Err(Error::new(Code::BAD_LOCATION, format!("no location `{text}` is known"))
                    .why("Google's regions are named by a part of the world, a direction and a number. The location of a bucket cannot be changed later.")
                    .fix(format!(
                        "{}`gcloud compute regions list` shows the regions. For one that Google opened after this version of bucketwright, add `allowUnknownRegion: true` below `cloud`.",
                        meant.unwrap_or_default()
                    )))
            }
        }
    }
}

const PARTS_OF_THE_WORLD: [&str; 8] =
    ["africa", "asia", "australia", "europe", "me", "northamerica", "southamerica", "us"];
const DIRECTIONS: [&str; 9] =
    ["central", "east", "north", "northeast", "northwest", "south", "southeast", "southwest", "west"];

/// Checks the id of a service account that is to be made.
///
/// Source: IAM API, `projects.serviceAccounts.create`: 6 to 30 characters, `[a-z]([-a-z0-9]*[a-z0-9])`.
///
/// # Errors
/// `BW1502` with the rule that is broken.
pub fn service_account_id(text: &str) -> Result<()> {
    let length = text.chars().count();
    let (why, fix) = if length > 30 {
        (
            format!("It has {length} characters, and Google allows 30."),
            format!("Shorten `name`, or give the install an `id` that is {} characters shorter.", length - 30),
        )
    } else if length < 6 {
        (format!("It has {length} characters, and Google wants at least 6."), "Lengthen `name` or `id`.".to_owned())
    } else if label_form(text) {
        return Ok(());
    } else {
        (
            "It has lower-case letters, digits and `-`, begins with a letter and does not end with `-`.".to_owned(),
            "Correct `name` or `id`.".to_owned(),
        )
    };
    Err(Error::new(Code::BAD_SERVICE_ACCOUNT, format!("`{text}` cannot be the id of a service account"))
        .why(why)
        .fix(fix))
}

fn label_form(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Whether a tag can be a label.
///
/// Source: Cloud Storage documentation, "Bucket labels": keys of 1 to 63 lower-case letters, digits, `_` and `-`, first a
/// letter; values of up to 63 of the same.
pub fn is_label(key: &str, value: &str) -> bool {
    let allowed = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b));
    (1..=63).contains(&key.len())
        && key.starts_with(|c: char| c.is_ascii_lowercase())
        && value.len() <= 63
        && allowed(key)
        && allowed(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_number_is_told_from_an_id() {
        assert!(ProjectId::parse("acme-prod").is_ok());
        let error = ProjectId::parse("123456789012").expect_err("a number");
        assert!(error.remedy().is_some_and(|fix| fix.contains("describe 123456789012")));
        for bad in ["acme", "Acme-Prod", "acme-prod-", "1acme-prod", "example.com:acme", "", &"a".repeat(31)] {
            assert!(ProjectId::parse(bad).is_err(), "{bad}");
        }
        assert!(ProjectNumber::parse("123456789012").is_ok());
        assert!(ProjectNumber::parse("acme-prod").is_err());
    }

    #[test]
    fn a_service_account_id_says_how_much_it_is_too_long() {
        assert!(service_account_id("acme-prod-gitlab").is_ok());
        let error = service_account_id("acme-production-argo-workflows-workflow").expect_err("too long");
        assert!(error.remedy().is_some_and(|fix| fix.contains("9 characters shorter")), "{error:?}");
        for bad in ["acme", "1acme-prod", "acme-prod-", "acme_prod"] {
            assert!(service_account_id(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn pools_and_labels_keep_to_their_form() {
        assert_eq!(
            WorkloadPool::parse("acme-prod.svc.id.goog").expect("ok").member("gitlab", "gitlab-toolbox"),
            "serviceAccount:acme-prod.svc.id.goog[gitlab/gitlab-toolbox]"
        );
        for bad in ["acme-prod", "123456789012.svc.id.goog", "acme-prod.hub.id.goog"] {
            assert!(WorkloadPool::parse(bad).is_err(), "{bad}");
        }
        assert!(is_label("team", "infra_1") && is_label("team", ""));
        assert!(!is_label("Team", "infra") && !is_label("team", "In fra") && !is_label("", "x"));
    }

    #[test]
    fn locations_are_told_from_zones_and_from_regions_of_aws() {
        for good in ["europe-west2", "EU", "us", "northamerica-northeast1", "eur4", "me-central2"] {
            assert_eq!(Region::parse_location(good).expect(good).as_str(), good.to_lowercase());
        }
        for (bad, near) in
            [("europe-wst2", "`europe-west2`"), ("erope-west12", "`europe-west12`"), ("us-est1", "`us-east1`")]
        {
            let error = Region::parse_known_location(bad).expect_err(bad);
            assert!(error.remedy().is_some_and(|fix| fix.contains(near)), "{error:?}");
        }
        for good in ["EU", "eur4", "africa-south1", "northamerica-northeast2", "europe-southwest1", "me-west1"] {
            assert!(Region::parse_known_location(good).is_ok(), "{good}");
        }
        for (bad, word) in [("europe-west2-a", "zone"), ("eu-west-1", "AWS"), ("london", "europe-west2"), ("", "form")]
        {
            let error = Region::parse_location(bad).expect_err(bad);
            let said = format!("{:?} {:?}", error.reason(), error.remedy());
            assert!(said.contains(word), "{bad}: {said}");
        }
    }
}
