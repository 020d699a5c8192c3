//! A server on loopback that answers what the test says, so that the whole SDK is under test, the wire included.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

use crate::base::names::Region;
use crate::clouds::aws::live::sdk::SdkAccount;

/// What the server does with one request.
pub enum Reply {
    /// Answers with a status, headers and a body.
    Answer(u16, &'static str, String),
    /// Closes the connection without an answer.
    Drop,
}

/// An answer with a body of XML or JSON.
pub fn body(status: u16, text: impl Into<String>) -> Reply {
    Reply::Answer(status, "", text.into())
}

/// An answer with a header and no body.
pub fn header(status: u16, header: &'static str) -> Reply {
    Reply::Answer(status, header, String::new())
}

/// An error as S3 writes it.
pub fn s3_error(status: u16, code: &str) -> Reply {
    body(status, format!("<Error><Code>{code}</Code><Message>words</Message></Error>"))
}

/// An error as IAM and STS write it.
pub fn query_error(status: u16, code: &str) -> Reply {
    let text = format!("<ErrorResponse><Error><Code>{code}</Code><Message>words</Message></Error></ErrorResponse>");
    body(status, text)
}

/// The server: it drops connections when the replies are used up.
pub struct Server {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let address = format!("http://{}", listener.local_addr().expect("address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let mut replies: VecDeque<Reply> = replies.into_iter().collect();
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let request = read(&mut stream);
                let head = request.starts_with("HEAD ");
                seen.lock().expect("requests").push(request);
                if let Some(Reply::Answer(status, header, text)) = replies.pop_front() {
                    let header = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
                    let text = if head { String::new() } else { text };
                    let length = text.len();
                    let answer = format!(
                        "HTTP/1.1 {status} Words\r\n{header}content-length: {length}\r\nconnection: close\r\n\r\n{text}"
                    );
                    let _ = stream.write_all(answer.as_bytes());
                }
            }
        });
        Self { address, requests }
    }

    /// The requests so far, head and body, lower-cased heads not assumed.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("requests").clone()
    }

    /// The configuration of an SDK that calls this server.
    pub fn config(&self) -> SdkConfig {
        config(&self.address)
    }

    /// An account that calls this server from a region.
    pub fn account(&self, region: &str) -> SdkAccount {
        SdkAccount::from_config(self.config(), &Region::parse(region).expect("region"), None).owning(Some(&owner()))
    }
}

/// A configuration with a test's credentials and hasty retries.
pub fn config(address: &str) -> SdkConfig {
    let key = Credentials::new("AKIDTEST", "hush-hush", Some("hush-token".to_owned()), None, "test");
    let retries =
        RetryConfig::standard().with_max_attempts(3).with_initial_backoff(std::time::Duration::from_millis(1));
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .credentials_provider(SharedCredentialsProvider::new(key))
        .retry_config(retries)
        .endpoint_url(address)
        .build()
}

/// Reads one request: the head, then as much of a body as it announces.
fn read(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, rest)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if rest.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return text,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

/// Whose the buckets must be, so that the server is not asked.
pub(super) fn owner() -> crate::base::names::AccountId {
    crate::base::names::AccountId::parse("012345678901").expect("account")
}
