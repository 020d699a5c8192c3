//! The signature of a request with one of a storage account's keys.
//!
//! Source: Azure Storage REST API reference, "Authorize with Shared Key" (Blob, version 2015-02-21 and later).

use std::collections::BTreeMap;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What is signed of a request.
#[derive(Debug)]
pub(super) struct Signed<'a> {
    /// The method.
    pub(super) method: &'a str,
    /// The path, as it is sent.
    pub(super) path: &'a str,
    /// The query's parameters, not encoded.
    pub(super) query: &'a [(&'a str, &'a str)],
    /// The headers that begin with `x-ms-`, in small letters.
    pub(super) headers: &'a BTreeMap<String, String>,
    /// The body's length.
    pub(super) length: usize,
    /// The body's type; none without a body.
    pub(super) content_type: &'a str,
}

impl Signed<'_> {
    /// The text that is signed. Dates are in `x-ms-date`, and no call here is conditional, so most lines are empty.
    fn text(&self, account: &str) -> String {
        let length = if self.length == 0 { String::new() } else { self.length.to_string() };
        let mut text = format!("{}\n\n\n{length}\n\n{}\n\n\n\n\n\n\n", self.method, self.content_type);
        for (name, value) in self.headers {
            text.push_str(&format!("{name}:{value}\n"));
        }
        text.push_str(&format!("/{account}{}", self.path));
        let mut query = self.query.to_vec();
        query.sort_unstable();
        for (name, value) in query {
            text.push_str(&format!("\n{name}:{value}"));
        }
        text
    }

    /// The value of the header `Authorization`.
    pub(super) fn authorization(&self, account: &str, key: &hmac::Key) -> String {
        let tag = hmac::sign(key, self.text(account).as_bytes());
        format!("SharedKey {account}:{}", STANDARD.encode(tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the reference, "Constructing the canonicalized resource string" and those before it.
    #[test]
    fn what_is_signed_is_what_the_reference_says() {
        let headers = BTreeMap::from([
            ("x-ms-version".to_owned(), "2015-02-21".to_owned()),
            ("x-ms-date".to_owned(), "Fri, 26 Jun 2015 23:39:12 GMT".to_owned()),
        ]);
        let query = [("timeout", "20"), ("restype", "container"), ("comp", "metadata")];
        let signed = Signed {
            method: "GET",
            path: "/mycontainer",
            query: &query,
            headers: &headers,
            length: 0,
            content_type: "",
        };
        assert_eq!(
            signed.text("myaccount"),
            "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n/myaccount/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20"
        );
    }

    #[test]
    fn a_body_is_counted() {
        let headers = BTreeMap::new();
        let signed = Signed {
            method: "PUT",
            path: "/c/b",
            query: &[],
            headers: &headers,
            length: 11,
            content_type: "text/plain",
        };
        assert!(signed.text("a").starts_with("PUT\n\n\n11\n\ntext/plain\n\n"));
    }
}
