//! The audit log: a line of JSON for each request that was sent, written when its answer is known. It holds no secret:
//! of a request only what it is about, of an answer only its status, its error code and its id.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use aws_sdk_s3::config::http::{HttpRequest, HttpResponse};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use percent_encoding::percent_decode_str;
use serde_json::json;

/// What the parameters of IAM's calls are about, the telling ones first. Source: IAM API reference. A key's id is not
/// among them: this program treats it as one half of a secret.
const ABOUT: [&str; 7] =
    ["UserName", "RoleName", "PolicyArn", "PolicyName", "OpenIDConnectProviderArn", "PolicySourceArn", "Url"];

/// Where the lines go; clones share it. Without a file nothing is written.
#[derive(Clone, Default)]
pub(in crate::clouds) struct Audit(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    file: Option<Box<dyn Write + Send>>,
    failed: bool,
}

impl std::fmt::Debug for Audit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Audit")
    }
}

impl Audit {
    /// Begins to write.
    pub(in crate::clouds) fn write_to(&self, file: Box<dyn Write + Send>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).file = Some(file);
    }

    /// Whether a line could not be written: then no further call may be made.
    pub(in crate::clouds) fn failed(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).failed
    }

    /// Writes the line of one attempt.
    pub(in crate::clouds) fn note(&self, call: &str, resource: &str, attempt: u32, response: Option<&HttpResponse>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(file) = &mut state.file else { return };
        let time = DateTime::from(SystemTime::now()).fmt(Format::DateTime).unwrap_or_default();
        let line = json!({
            "time": time,
            "call": call,
            "resource": resource,
            "outcome": response.map_or_else(|| "NoAnswer".to_owned(), outcome),
            "requestId": response.and_then(request_id),
            "attempt": attempt,
        });
        // One write, so that the lines of two programs do not mix.
        let written = file.write_all(format!("{line}\n").as_bytes()).and_then(|()| file.flush());
        state.failed |= written.is_err();
    }
}

/// What a request is about: the bucket and object, the name or ARN of IAM's resource, or the path of EKS's.
pub(super) fn resource(service: &str, request: &HttpRequest) -> String {
    let uri = request.uri();
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = path.split('?').next().unwrap_or_default().trim_end_matches('/');
    match service {
        "s3" => {
            let bucket = host.split_once(".s3.").or_else(|| host.split_once(".s3-")).map(|(bucket, _)| bucket);
            let path = decoded(path);
            bucket.map_or_else(|| path.clone(), |bucket| format!("{bucket}/{path}").trim_end_matches('/').to_owned())
        }
        "eks" => decoded(path),
        _ => {
            let body = request.body().bytes().and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
            let pairs = || body.split('&').filter_map(|pair| pair.split_once('='));
            let found = ABOUT.iter().find_map(|about| pairs().find(|(name, _)| name == about));
            found.map(|(_, value)| decoded(value)).unwrap_or_default()
        }
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// `ok`, the service's error code, or the status where the answer names no code.
pub(super) fn outcome(response: &HttpResponse) -> String {
    let status = response.status().as_u16();
    if (200..300).contains(&status) {
        return "ok".to_owned();
    }
    let header = ["x-amzn-errortype", "x-ms-error-code"].iter().find_map(|name| response.headers().get(*name));
    let header = header.and_then(|text| text.split([':', '#']).next());
    let body = response.body().bytes().and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    let code = header.or_else(|| Some(body.split_once("<Code>")?.1.split_once("</Code>")?.0));
    // Only what has the form of a code leaves the body.
    let good = |code: &&str| !code.is_empty() && code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric());
    code.filter(good).map_or_else(|| format!("HTTP{status}"), str::to_owned)
}

fn request_id(response: &HttpResponse) -> Option<String> {
    let headers = response.headers();
    ["x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id", "x-ms-request-id"]
        .iter()
        .find_map(|name| headers.get(*name))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn request(uri: &str, body: &str) -> HttpRequest {
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_uri(uri).expect("a URI");
        request
    }

    #[test]
    fn a_request_says_what_it_is_about() {
        for (service, uri, body, about) in [
            ("s3", "https://acme-lfs.s3.eu-west-1.amazonaws.com/?tagging", "", "acme-lfs"),
            ("s3", "https://acme-lfs.s3.eu-west-1.amazonaws.com/a%20b/c?x-id=PutObject", "", "acme-lfs/a b/c"),
            ("s3", "http://127.0.0.1:9000/acme-lfs/?acl", "", "acme-lfs"),
            ("iam", "https://iam.amazonaws.com/", "Action=CreateUser&UserName=acme%2Bx", "acme+x"),
            ("iam", "https://iam.amazonaws.com/", "Action=AttachUserPolicy&PolicyArn=arn&UserName=acme", "acme"),
            ("eks", "https://eks.eu-west-1.amazonaws.com/clusters/prod", "{}", "clusters/prod"),
            ("sts", "https://sts.eu-west-1.amazonaws.com/", "Action=GetCallerIdentity", ""),
        ] {
            assert_eq!(resource(service, &request(uri, body)), about, "{uri} {body}");
        }
    }

    #[test]
    fn an_answer_is_its_code_and_nothing_else() {
        let answer = |status: u16, body: &str| {
            outcome(&HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(body)))
        };
        assert_eq!(answer(200, "<SecretAccessKey>x</SecretAccessKey>"), "ok");
        assert_eq!(answer(409, "<Error><Code>BucketNotEmpty</Code></Error>"), "BucketNotEmpty");
        assert_eq!(answer(400, "<Code>not a code</Code>"), "HTTP400");
        assert_eq!(answer(404, ""), "HTTP404");
    }

    #[test]
    fn a_line_that_cannot_be_written_stops_the_next_call() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let audit = Audit::default();
        audit.note("s3:HeadBucket", "b", 1, None);
        assert!(!audit.failed());
        audit.write_to(Box::new(Full));
        audit.note("s3:HeadBucket", "b", 1, None);
        assert!(audit.failed());
    }
}
