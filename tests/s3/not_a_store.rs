//! What answers is not a store, or does not stop: each is told as what it is.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{ARGO, call, spec};
use crate::aws::codes;
use crate::harness::Sandbox;

/// A server that gives every request one answer, and then as much of `more` as is taken; counts the bytes.
fn server(head: String, more: Option<&'static [u8]>) -> (String, Arc<AtomicUsize>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut request = [0; 8192];
            let _ = stream.read(&mut request);
            let mut going = stream.write_all(head.as_bytes());
            while let (Some(more), Ok(())) = (more, &going) {
                going = stream.write_all(more);
                count.fetch_add(more.len(), Ordering::Relaxed);
            }
        }
    });
    (address.to_string(), sent)
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

fn planned(address: &str) -> Sandbox {
    Sandbox::with_spec(&spec(&format!("  store: minio\n  endpoint: http://{address}\n  insecure: true\n"), &[ARGO]))
}

#[test]
fn what_is_no_store_is_told() {
    let page = "<!DOCTYPE html><html><title>Sign in</title></html>";
    for (answer, words) in [
        (
            answer("302 Found", "Location: https://me:hush@sso.example.com/login?token=hush\r\n", ""),
            "to https://sso.example.com/login",
        ),
        (
            answer(
                "301 Moved Permanently",
                "Location: https://minio.example.com/\r\nContent-Type: text/html\r\n",
                page,
            ),
            "It sends to TLS",
        ),
        (answer("200 OK", "Content-Type: text/html; charset=utf-8\r\n", page), "content type `text/html`"),
        (answer("401 Unauthorized", "Content-Type: text/html\r\n", page), "HTTP status 401"),
        (answer("403 Forbidden", "Content-Type: text/html\r\n", page), "HTTP status 403"),
        (answer("404 Not Found", "Content-Type: text/plain\r\n", "404 page not found"), "HTTP status 404"),
        (answer("405 Method Not Allowed", "", ""), "HTTP status 405, no content type"),
        (answer("407 Proxy Authentication Required", "Content-Type: text/html\r\n", page), "HTTP status 407"),
        (answer("404 Not Found", "Content-Type: application/json\r\n", "{}"), "content type `application/json`"),
    ] {
        let (address, _) = server(answer.clone(), None);
        let run = call(&planned(&address), "plan -o json").run().exits(1);
        let report = run.json();
        assert_eq!(codes(&report), ["BW1428"], "{answer}: {report:#}");
        let text = report.to_string();
        assert!(text.contains(words) && !text.contains("hush"), "{answer}: {report:#}");
    }
}

/// What a store says itself stays what it is, whatever its content type.
#[test]
fn what_a_store_says_stays_what_it_is() {
    let error = |code: &str| format!("<Error><Code>{code}</Code><Message>m</Message></Error>");
    for (answer, code) in [
        (answer("403 Forbidden", "Content-Type: text/plain\r\n", &error("InvalidAccessKeyId")), "BW1424"),
        (
            // What a port for TLS says that Go serves.
            "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n".to_owned(),
            "BW1422",
        ),
        (answer("503 Service Unavailable", "Content-Type: text/html\r\n", "busy"), "BW1426"),
        (answer("404 Not Found", "x-amz-request-id: 1\r\nContent-Type: text/plain\r\n", ""), "BW1426"),
    ] {
        let (address, _) = server(answer.clone(), None);
        let report = call(&planned(&address), "plan -o json").run().exits(1).json();
        assert_eq!(codes(&report), [code], "{answer}: {report:#}");
    }
}

#[test]
fn an_answer_without_end_is_left() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nConnection: close\r\n\r\n<ListAllMyBucketsResult>";
    let (address, sent) = server(head.to_owned(), Some(&[b' '; 4096]));
    let report = call(&planned(&address), "plan -o json").run().exits(1).json();
    assert!(report.to_string().contains("BW14"), "{report:#}");
    let sent = sent.load(Ordering::Relaxed);
    assert!(sent < 64 << 20, "{sent} bytes were taken");
}
