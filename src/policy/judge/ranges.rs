//! How many addresses the ranges of a condition are, together.
//!
//! Source: Amazon S3 User Guide, "The meaning of public": ranges wider than /8 (IPv4) or /32 (IPv6) are everybody; the private ones
//! of RFC 1918 do not count, since no request comes from them through the internet.

use core::net::IpAddr;

/// A range: its first and its last address.
type Range = (u128, u128);

/// The addresses of an IPv4 /8, and of an IPv6 /32.
const MOST: (u128, u128) = (1 << 24, 1 << 96);
/// 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16.
const PRIVATE: [Range; 3] = [(0x0a00_0000, 0x0aff_ffff), (0xac10_0000, 0xac1f_ffff), (0xc0a8_0000, 0xc0a8_ffff)];

/// ::ffff:0:0, where the addresses of IPv4 are in IPv6.
const MAPPED: u128 = 0xffff_0000_0000;

/// Whether addresses and ranges are together so few that they say where a request comes from. Many small ones may be everybody, too.
pub fn few_addresses(values: &[String]) -> bool {
    let Some(all) = values.iter().map(|text| parsed(text)).collect::<Option<Vec<_>>>() else { return false };
    let of = |six: bool| merged(all.iter().filter(|(is_six, _)| *is_six == six).map(|(_, range)| *range).collect());
    let four: u128 = of(false).iter().map(|range| size(*range) - private(*range)).sum();
    let six = of(true).iter().fold(0_u128, |sum, range| sum.saturating_add(size(*range)));
    !all.is_empty() && four <= MOST.0 && six <= MOST.1
}

/// A range, and whether it is of IPv6.
fn parsed(text: &str) -> Option<(bool, Range)> {
    let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let address: IpAddr = address.parse().ok()?;
    let (six, bits, width) = match address {
        IpAddr::V4(four) => (false, u128::from(four.to_bits()), 32),
        IpAddr::V6(six) => (true, six.to_bits(), 128),
    };
    let prefix = prefix.map_or(Some(width), |text| text.parse::<u32>().ok()).filter(|prefix| *prefix <= width)?;
    if let IpAddr::V6(six) = address
        && let Some(four) = six.to_ipv4_mapped()
        && prefix >= 96
    {
        return parsed(&format!("{four}/{}", prefix - 96));
    }
    let hosts = if width == prefix { 0 } else { u128::MAX >> (128 - (width - prefix)) };
    let range = (bits & !hosts, bits | hosts);
    // All addresses of IPv4 lie in it.
    let every_four = six && range.0 <= MAPPED && MAPPED <= range.1;
    (!every_four).then_some((six, range))
}

/// Ranges without what they share.
fn merged(mut all: Vec<Range>) -> Vec<Range> {
    all.sort_unstable();
    let mut out: Vec<Range> = Vec::new();
    for (first, last) in all {
        match out.last_mut() {
            Some(before) if first <= before.1 => before.1 = before.1.max(last),
            _ => out.push((first, last)),
        }
    }
    out
}

fn size((first, last): Range) -> u128 {
    (last - first).saturating_add(1)
}

fn private((first, last): Range) -> u128 {
    let shared =
        |(low, high): &Range| (first.max(*low) <= last.min(*high)).then(|| size((first.max(*low), last.min(*high))));
    PRIVATE.iter().filter_map(shared).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_union_counts() {
        let every_eighth: Vec<String> = (0..256).map(|first| format!("{first}.0.0.0/8")).collect();
        let every_eighth: Vec<&str> = every_eighth.iter().map(String::as_str).collect();
        for (ranges, few) in [
            (&["203.0.113.7"][..], true),
            (&["203.0.113.0/24", "198.51.100.0/24"], true),
            (&["3.0.0.0/8"], true),
            (&["3.0.0.0/8", "3.5.0.0/16", "3.0.0.0/9"], true),
            (&["3.0.0.0/8", "18.0.0.0/8"], false),
            (&["2.0.0.0/7"], false),
            (&["0.0.0.0/0"], false),
            (&["0.0.0.0/1", "128.0.0.0/1"], false),
            (&["203.0.113.0/24", "0.0.0.0/0"], false),
            (&every_eighth, false),
            (&["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "203.0.113.0/24"], true),
            (&["10.0.0.0/7"], true),
            (&["8.0.0.0/6"], false),
            (&["2001:db8::/32", "203.0.113.0/24"], true),
            (&["2001:db8::/31"], false),
            (&["::/0"], false),
            (&["::/1", "8000::/1"], false),
            (&["::ffff:203.0.113.0/120"], true),
            (&["::ffff:0:0/96"], false),
            (&["::/32"], false),
            (&["203.0.113.0/33"], false),
            (&["203.0.113.*"], false),
            (&[""], false),
            (&[], false),
        ] {
            let values: Vec<String> = ranges.iter().map(|text| (*text).to_owned()).collect();
            assert_eq!(few_addresses(&values), few, "{ranges:?}");
        }
    }
}
