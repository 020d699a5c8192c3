//! The name of a profile.

use crate::base::error::{Code, Error, Result};
use crate::base::names::DnsLabel;

/// Checks the name of a new profile: it is a folder's name, and the default id of installs, which names theirs.
///
/// # Errors
/// `BW0841` with a name that would do, where there is one.
pub fn checked_name(text: &str) -> Result<DnsLabel> {
    if let Ok(name) = DnsLabel::namespace(text)
        && !RESERVED.contains(&text)
    {
        return Ok(name);
    }
    let error = Error::new(Code::BAD_PROFILE_NAME, format!("`{text}` cannot be the name of a profile"))
        .why("It is the name of a folder and the default id of installs: 1 to 63 lower-case letters, digits and `-`, with a letter or digit at both ends; and the output folder keeps `iam` and `credentials` for itself.");
    let mapped: String =
        text.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(63).collect();
    let near = mapped.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    Err(match near.as_str() {
        near if near.is_empty() || RESERVED.contains(&near) => error.fix("Use the chart's name, such as `my-chart`."),
        near => error.fix(format!("Use `{near}`, for example.")),
    })
}

/// Folders of the output folder that belong to no install.
const RESERVED: [&str; 2] = ["iam", "credentials"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_would_do_is_proposed() {
        for (text, near) in [
            ("My Chart", "`my-chart`"),
            ("shop/v2", "`shop-v2`"),
            ("../shop", "`shop`"),
            ("-shop_", "`shop`"),
            ("iam", "`my-chart`"),
            ("…", "`my-chart`"),
            ("", "`my-chart`"),
        ] {
            let error = checked_name(text).expect_err(text);
            assert!(error.remedy().is_some_and(|fix| fix.contains(near)), "{text}: {:?}", error.remedy());
            assert!(!error.what().contains("namespace"), "{error:?}");
        }
        assert!(checked_name("my-chart").is_ok());
    }
}
