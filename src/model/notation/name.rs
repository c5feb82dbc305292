//! A host name: what can be said of it without asking anybody.

use super::{Part, calls, fact, part};

/// The longest name and label (RFC 1035 section 2.3.4), in bytes.
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;

/// What a name says by itself; why it is none, when it is none.
pub fn explain(text: &str) -> Vec<Part> {
    if let Some(why) = problem(text) {
        return vec![part("Not an address", vec![fact("why", why)]), calls::of_neither(text)];
    }
    let mut facts = vec![fact("name", text)];
    let ascii = ascii(text);
    if ascii != text.to_lowercase() {
        facts.push(fact("in DNS", format!("{ascii} (punycode, RFC 3492)")));
    }
    if let Some(words) = special(&ascii) {
        facts.push(fact("kind", words));
    }
    facts.push(fact("addresses", "⏎ asks the resolver; nothing is asked while you type"));
    vec![part("Host name", facts), calls::of_neither(text)]
}

/// Why a text is no host name; None when it is one.
pub fn problem(text: &str) -> Option<String> {
    let bare = text.strip_suffix('.').unwrap_or(text);
    if let Some(letter) = bare
        .chars()
        .find(|letter| letter.is_ascii() && !letter.is_ascii_alphanumeric() && !matches!(letter, '.' | '-' | '_'))
    {
        return Some(match letter {
            ':' => {
                "it has colons, but is no IPv6 address: eight groups of up to four hex digits, :: for a run of zeros"
                    .into()
            }
            '%' => "a zone (%) belongs to an IPv6 address, as in fe80::1%eth0".into(),
            _ => format!("\"{}\" stands in no host name", letter.escape_default()),
        });
    }
    let is_numeric =
        bare.rsplit('.').next().is_some_and(|last| last.starts_with(|letter: char| letter.is_ascii_digit()));
    if is_numeric && bare.starts_with(|letter: char| letter.is_ascii_digit()) {
        return Some(super::inet_aton(text).err().unwrap_or_else(|| "it is an address".into()));
    }
    let ascii = ascii(bare);
    if ascii.is_empty() || ascii.len() > LONGEST_NAME {
        return Some(format!("a name has 1 to {LONGEST_NAME} letters (RFC 1035)"));
    }
    let label = ascii.split('.').find(|label| label.is_empty() || label.len() > LONGEST_LABEL)?;
    let why =
        format!("each part between dots has 1 to {LONGEST_LABEL} letters (RFC 1035), and one here has {}", label.len());
    Some(why)
}

/// The name as DNS carries it.
fn ascii(name: &str) -> String {
    url::Host::parse(name).map_or_else(|_| name.to_lowercase(), |host| host.to_string())
}

/// Names that are never asked of the internet (RFC 6761, RFC 6762, RFC 2606).
fn special(name: &str) -> Option<&'static str> {
    let bare = name.strip_suffix('.').unwrap_or(name);
    let is = |domain: &str| bare == domain || bare.ends_with(&format!(".{domain}"));
    match bare {
        _ if is("localhost") => Some("this machine's loopback (RFC 6761)"),
        _ if is("local") => Some("asked of the link by multicast, mDNS (RFC 6762)"),
        _ if is("test") => Some("for tests; never in the public DNS (RFC 6761)"),
        _ if is("invalid") => Some("never has an address (RFC 6761)"),
        _ if is("example") || is("example.com") || is("example.net") || is("example.org") => {
            Some("for documentation (RFC 2606)")
        }
        _ if is("arpa") => Some("the internet's own infrastructure, such as reverse DNS (RFC 3172)"),
        _ => None,
    }
}
