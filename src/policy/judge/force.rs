//! What a condition's operator does to who is meant: whether it narrows, or only seems to.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators" (`…IfExists`, negated operators) and "Condition
//! keys with multiple values" (`ForAllValues`).

/// What an operator does in a statement that allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Force {
    /// It holds only for what it names.
    Narrows,
    /// It holds also when the request does not have the key: `ForAllValues:` and `…IfExists`.
    HoldsWithout,
    /// It holds for everything but what it names.
    Excludes,
    /// It asks whether the key is there, not what it says.
    Presence,
}

/// An operator without what may stand around it.
pub fn base(operator: &str) -> &str {
    let operator = operator.strip_prefix("ForAllValues:").or(operator.strip_prefix("ForAnyValue:")).unwrap_or(operator);
    operator.strip_suffix("IfExists").unwrap_or(operator)
}

/// What an operator does.
pub fn force(operator: &str) -> Force {
    let name = base(operator);
    if name == "Null" {
        Force::Presence
    } else if name.contains("Not") {
        Force::Excludes
    } else if operator.starts_with("ForAllValues:") || operator.ends_with("IfExists") {
        Force::HoldsWithout
    } else {
        Force::Narrows
    }
}

/// Whether an operator takes `*` and `?` in its values as a pattern.
pub fn takes_patterns(operator: &str) -> bool {
    let name = base(operator);
    name.ends_with("Like") || name.starts_with("Arn")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_names_values_narrows() {
        for (operator, expected) in [
            ("StringEquals", Force::Narrows),
            ("ForAnyValue:StringLike", Force::Narrows),
            ("ForAllValues:StringEquals", Force::HoldsWithout),
            ("StringLikeIfExists", Force::HoldsWithout),
            ("StringNotEquals", Force::Excludes),
            ("ForAllValues:StringNotLike", Force::Excludes),
            ("NotIpAddress", Force::Excludes),
            ("Null", Force::Presence),
        ] {
            assert_eq!(force(operator), expected, "{operator}");
        }
        assert!(takes_patterns("StringLikeIfExists") && takes_patterns("ArnEquals") && !takes_patterns("StringEquals"));
    }
}
