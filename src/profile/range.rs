//! Ranges of chart versions.

use std::collections::BTreeSet;

use semver::{Prerelease, Version, VersionReq};
use serde::{Deserialize, Deserializer};

/// The largest number that a pattern lists.
const MANY: u64 = 99;

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

    /// A regular expression for the versions in the range, as far as the first two numbers tell.
    pub fn pattern(&self) -> String {
        let comparators = || self.0.iter().flat_map(|requirement| &requirement.comparators);
        let mut patches: BTreeSet<u64> = BTreeSet::from([0, MANY]);
        patches.extend(comparators().filter_map(|one| one.patch).flat_map(|patch| [patch, patch + 1]));
        // Beside small numbers only years are in use.
        let years = comparators().map(|one| one.major).filter(|major| *major > MANY);
        let majors: BTreeSet<u64> = (0..=MANY).chain(years.flat_map(|year| year..=year + MANY)).collect();
        let inside = |major, minor| patches.iter().any(|patch| self.contains(&Version::new(major, minor, *patch)));
        let mut whole = Vec::new();
        let mut parts = Vec::new();
        for major in majors {
            let minors: Vec<u64> = (0..=MANY).filter(|minor| inside(major, *minor)).collect();
            if minors.len() as u64 == MANY + 1 {
                whole.push(major.to_string());
            } else if !minors.is_empty() {
                let mut minors: Vec<String> = minors.iter().map(u64::to_string).collect();
                if inside(major, MANY) {
                    minors.push(r"\d{3,}".to_owned());
                }
                parts.push(format!(r"{major}\.(?:{})", minors.join("|")));
            }
        }
        if !whole.is_empty() {
            parts.insert(0, format!(r"(?:{})\.\d+", whole.join("|")));
        }
        format!(r"^v?(?:{})\.\d+(?:[-+][0-9A-Za-z.+-]+)?$", parts.join("|"))
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
    fn patterns_match_what_the_range_holds() {
        for (range, inside, outside) in [
            (">=8.0, <11", &["8.0.0", "v10.11.5", "9.123.4", "9.0.0-rc1"][..], &["7.9.9", "11.0.0", "9.9", "9"][..]),
            (">=0.45, <2", &["0.45.0", "0.47.5", "0.100.0", "1.0.18"], &["0.44.9", "2.0.0", "0.4.0"]),
            (">=0.0.8, <0.3", &["0.0.8", "0.2.9"], &["0.3.0", "1.0.0"]),
            (">=2022.11", &["2022.11.3", "2026.7.0"], &["2022.10.0", "1.0.0"]),
            (">=1.2.3, <1.2.5", &["1.2.4"], &["1.3.0"]),
        ] {
            let range = ChartRange::parse(range).expect(range);
            let pattern = regex::Regex::new(&range.pattern()).expect("a pattern");
            for version in inside {
                assert!(pattern.is_match(version), "{version} {}", range.pattern());
            }
            for version in outside {
                assert!(!pattern.is_match(version), "{version} {}", range.pattern());
            }
        }
    }

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
