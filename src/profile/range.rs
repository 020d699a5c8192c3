//! Ranges of chart versions.

use semver::{Prerelease, Version, VersionReq};
use serde::{Deserialize, Deserializer};

/// A range of chart versions: Cargo's requirement syntax, several joined by `||`.
#[derive(Clone, Debug)]
pub struct ChartRange(Vec<VersionReq>);

impl ChartRange {
    /// Reads a range.
    ///
    /// # Errors
    /// The part that is not a requirement, in words, and the fix on a second line.
    pub fn parse(text: &str) -> Result<Self, String> {
        text.split("||")
            .map(|part| {
                VersionReq::parse(part.trim()).map_err(|error| {
                    format!(
                        "`{}` is not a range of versions: {error}\nWrite a range such as `>=9.2, <11`.",
                        part.trim()
                    )
                })
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether a version lies in the range. A pre-release counts as the release that it leads to.
    pub fn contains(&self, version: &Version) -> bool {
        let release = Version { pre: Prerelease::EMPTY, ..version.clone() };
        self.0.iter().any(|requirement| requirement.matches(&release))
    }
}

impl std::fmt::Display for ChartRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, requirement) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" || ")?;
            }
            write!(f, "{requirement}")?;
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for ChartRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_and_prereleases() {
        let range = ChartRange::parse(">=10.0.0, <10.0.3 || >=10.1.0, <10.1.1").expect("range");
        for (version, inside) in [
            ("10.0.2", true),
            ("10.0.3", false),
            ("10.1.0", true),
            ("10.1.1", false),
            ("10.1.0-rc1", true),
            ("9.9.1", false),
        ] {
            assert_eq!(range.contains(&Version::parse(version).expect("version")), inside, "{version}");
        }
        assert!(ChartRange::parse("ten").is_err());
    }
}
