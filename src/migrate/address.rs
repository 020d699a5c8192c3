//! Addresses of stores: S3's own, hosts outside, and Services in the cluster.

use crate::base::secret::looks_secret;

/// Whether an endpoint is S3 itself.
pub(super) fn is_aws(host: &str) -> bool {
    let name = bare(host).split(':').next().unwrap_or_default().to_lowercase();
    [".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu"].iter().any(|end| name.ends_with(end))
}

/// Whether a text can be shown as a host.
pub(super) fn is_host(host: &str) -> bool {
    !looks_secret(host) && !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b))
}

/// What an address must be.
pub(super) const ADDRESS: &str = "a host, perhaps with `:` and a port from 1 to 65535; an IPv6 address needs brackets";

/// Whether what looks like a host is one: its port is a number that a port can have.
pub(super) fn is_address(host: &str) -> bool {
    let (name, port) = parts(host);
    let is_name = match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
        Some(inside) => inside.contains(':') && inside.bytes().all(|b| b.is_ascii_hexdigit() || b":.".contains(&b)),
        None => !name.contains([':', '[', ']']) && name.trim_end_matches('.').split('.').all(|label| !label.is_empty()),
    };
    is_name && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0) && !port.starts_with('+'))
}

/// The name and the port of a host. An IPv6 address holds colons of its own, in brackets.
fn parts(host: &str) -> (&str, Option<&str>) {
    let begin = host.rfind(']').unwrap_or_default();
    match host[begin..].find(':') {
        Some(colon) => (&host[..begin + colon], Some(&host[begin + colon + 1..])),
        None => (host, None),
    }
}

/// Host and port: no scheme, no path, and no login before an `@`.
pub(super) fn bare(host: &str) -> &str {
    let host = host.split_once("://").map_or(host, |(_, host)| host);
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    host.split('/').next().unwrap_or_default()
}

/// The endings of hosts outside of a cluster that have two labels, beside those of countries.
const ENDINGS: [&str; 16] = [
    "com",
    "net",
    "org",
    "info",
    "biz",
    "edu",
    "gov",
    "app",
    "dev",
    "cloud",
    "local",
    "lan",
    "home",
    "corp",
    "internal",
    "localdomain",
];

/// The Service that a host names in the cluster: its name, its namespace if said, and the port.
///
/// Source: kubernetes.io/docs/concepts/services-networking/dns-pod-service (Services; Pod's hostname and subdomain)
pub(super) fn service(host: &str, plain: bool) -> Option<(String, Option<String>, u16)> {
    let (name, given) = parts(host);
    let port = given.map_or(Some(if plain { 80 } else { 443 }), |port| port.parse::<u16>().ok())?;
    let name = name.trim_end_matches('.').to_lowercase();
    let labels: Vec<&str> = name.split('.').collect();
    let (service, namespace) = match labels.as_slice() {
        [service] if !service.contains([':', '[']) && *service != "localhost" => (*service, None),
        // A pod of a StatefulSet, by the Service that governs it.
        [_, service, namespace, "svc", ..] | [service, namespace, "svc", ..] => (*service, Some(*namespace)),
        [service, namespace] if is_inside(namespace, plain, port) => (*service, Some(*namespace)),
        _ => return None,
    };
    Some((service.to_owned(), namespace.map(str::to_owned), port))
}

/// Whether the second of two labels is a namespace: no public ending, and a port or scheme that servers outside seldom have.
fn is_inside(ending: &str, plain: bool, port: u16) -> bool {
    let outside = ending.len() < 3 || ENDINGS.contains(&ending);
    !outside && (plain || ![80, 443].contains(&port))
}

/// Whether a host outside may be a Service of a namespace after all: two labels, of which the second is of no well-known ending.
pub(super) fn may_be_inside(host: &str) -> Option<(&str, &str)> {
    let (service, ending) = parts(host).0.split_once('.')?;
    (!ending.contains('.') && !ENDINGS.contains(&ending)).then_some((service, ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_name_and_a_port() {
        for good in ["minio", "minio:9000", "minio.st.svc.", "10.0.0.7:1", "[fd00::1]", "[fd00::1]:9000", "a:65535"] {
            assert!(is_address(good), "{good}");
        }
        for bad in
            ["fd00::1", "minio:", "minio:0", "minio:99999", "a:b", ":9000", "a..b", "[x]:1", "[fd00::1]9000", "a:1:2"]
        {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
