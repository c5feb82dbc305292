//! How a route is written: `GET /hello/:name => 200 Hello, {name}! | type text | after 100ms`.

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;

use super::{Filled, Hole, PLAIN, Route, Segment};
use crate::behaviour::argument;
use crate::behaviour::template::{Part, Template};
use crate::model::nearest;

/// What may stand after `|`.
const OPTIONS: [&str; 3] = ["type text/plain", "header X-Name: value", "after 100ms"];
/// Statuses whose response has no body (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5).
const WITHOUT_BODY: [u16; 3] = [204, 205, 304];
/// Fields the server itself sets when it frames the message (RFC 9112 sections 6 and 9).
const OF_THE_SERVER: [&str; 3] = ["content-length", "transfer-encoding", "connection"];

impl Route {
    /// Reads one route.
    pub(super) fn parse(entry: &str) -> Result<Self, String> {
        let wanted = "a route is METHOD /path => STATUS TEXT";
        let (request, answer) = argument::arrow(entry).ok_or_else(|| format!("{wanted}, and => is missing"))?;
        let (method, path_text) = argument::first_word(request);
        if method.is_empty() || method.starts_with('/') {
            return Err(format!("{wanted}, and the method is missing; write GET {method}"));
        }
        let path = parse_path(path_text)?;
        let (status_and_text, options) = argument::options(answer);
        let (status, text) = argument::first_word(status_and_text);
        let status = parse_status(status)?;
        if WITHOUT_BODY.contains(&status) && !text.is_empty() {
            return Err(format!("a {status} response has no body (RFC 9110); leave its text out"));
        }
        let body = Template::parse(text, '{', |rest| hole(rest, &path))?;
        if body.parts().iter().filter(|part| **part == Part::Hole(Hole::Body)).count() > 1 {
            return Err("{body} may stand once in an answer".to_owned());
        }
        let (mut headers, mut after) = (Vec::new(), Duration::ZERO);
        for option in options {
            match argument::first_word(option) {
                ("after", time) => after = crate::model::duration(time)?,
                ("type", media_type) => headers.push(header("Content-Type", full_type(media_type)?, &path)?),
                ("header", field) => {
                    let (name, value) = field.split_once(':').ok_or("a header is NAME: VALUE, and : is missing")?;
                    headers.push(header(name.trim(), value.trim(), &path)?);
                }
                _ => return Err(argument::unknown_option(option, &OPTIONS)),
            }
        }
        let is_typed = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if !is_typed && !body.is_empty() {
            headers.insert(0, header("Content-Type", guessed_type(text), &path)?);
        }
        let filled_as = filled_as(&headers);
        let method = parse_method(method)?;
        Ok(Self { method, written: request.to_owned(), path, status, headers, body, filled_as, after })
    }
}

fn parse_method(method: &str) -> Result<Option<String>, String> {
    if method == "*" {
        return Ok(None);
    }
    let is_token = http::Method::from_bytes(method.as_bytes()).is_ok();
    if !is_token || method.chars().any(char::is_lowercase) {
        let shown = argument::shortened(method);
        return Err(format!("{shown:?} is no method; write GET, POST, another word in capitals, or * for any"));
    }
    Ok(Some(method.to_owned()))
}

fn parse_status(status: &str) -> Result<u16, String> {
    let number = status.parse().ok().filter(|number| (200..=999).contains(number) && status.len() == 3);
    number.ok_or_else(|| {
        let shown = argument::shortened(status);
        format!("after => comes a status from 200 to 999, such as 200 or 404, not {shown:?}")
    })
}

fn parse_path(text: &str) -> Result<Vec<Segment>, String> {
    if text == "*" {
        return Ok(vec![Segment::Rest]);
    }
    let shown = || argument::shortened(text);
    let inner = text.strip_prefix('/').ok_or_else(|| format!("a path begins with /; {:?} does not", shown()))?;
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '?' || c == '#') {
        return Err(format!(
            "a path holds no spaces, ? or #; {:?} does (the query is {{query}} in the answer)",
            shown()
        ));
    }
    let mut names: Vec<&str> = Vec::new();
    let last = inner.split('/').count() - 1;
    let segment = |(index, part): (usize, &'_ str)| match part.strip_prefix(':') {
        Some(name) if !is_name(name) => {
            Err(format!("a name after : has letters, digits, - or _; {:?} has not", argument::shortened(name)))
        }
        Some(name) => Ok(Segment::Named(name.to_owned())),
        None if part == "*" && index == last => Ok(Segment::Rest),
        None if part == "*" => Ok(Segment::Any),
        None => Ok(Segment::Literal(percent_decode_str(part).collect())),
    };
    let path = inner.split('/').enumerate().map(segment).collect::<Result<Vec<_>, _>>()?;
    for name in inner.split('/').filter_map(|part| part.strip_prefix(':')) {
        if names.contains(&name) {
            return Err(format!(":{name} stands twice in the path; give each a name of its own"));
        }
        names.push(name);
    }
    Ok(path)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// Reads the hole at the start of a text, `{name}`; braces around anything that is no name stay braces.
fn hole(text: &str, path: &[Segment]) -> Result<Option<(Hole, usize)>, String> {
    let Some((inner, _)) = text[1..].split_once('}') else { return Ok(None) };
    let (first, field) = inner.split_once('.').map_or((inner, None), |(first, field)| (first, Some(field)));
    if inner != "*" && !(is_name(first) && field.is_none_or(is_name)) {
        return Ok(None);
    }
    let names = || {
        path.iter().filter_map(|segment| match segment {
            Segment::Named(name) => Some(name.as_str()),
            Segment::Literal(_) | Segment::Any | Segment::Rest => None,
        })
    };
    let has_star = path.iter().any(|segment| matches!(segment, Segment::Any | Segment::Rest));
    let of_path = names().position(|name| name == inner).map(Hole::Named);
    let hole = of_path.or_else(|| match (first, field) {
        ("method", None) => Some(Hole::Method),
        ("path", None) => Some(Hole::Path),
        ("query", None) => Some(Hole::Query),
        ("body", None) => Some(Hole::Body),
        ("*", None) if has_star => Some(Hole::Star),
        ("query", Some(field)) => Some(Hole::QueryField(field.to_owned())),
        ("header", Some(field)) => Some(Hole::Header(field.to_owned())),
        _ => None,
    });
    let hole = hole.ok_or_else(|| {
        let known = names().chain(["method", "path", "query", "body"]);
        let right = nearest(inner, known);
        let hint = right.map_or_else(String::new, |right| format!("did you mean {{{right}}}? "));
        format!(r"{{{inner}}} is not known here; {hint}a brace itself is written \{{")
    })?;
    Ok(Some((hole, inner.len() + 2)))
}

fn header(name: &str, value: &str, path: &[Segment]) -> Result<(String, Template<Hole>), String> {
    let shown = argument::shortened(name);
    if HeaderName::from_bytes(name.as_bytes()).is_err() {
        return Err(format!("{shown:?} is no header name; it has letters, digits and - only"));
    }
    if OF_THE_SERVER.iter().any(|own| own.eq_ignore_ascii_case(name)) {
        return Err(format!("{shown} is set by the server itself; leave it out"));
    }
    let value = Template::parse(value, '{', |rest| hole(rest, path))?;
    for part in value.parts() {
        match part {
            Part::Bytes(bytes) if HeaderValue::from_bytes(bytes).is_err() || std::str::from_utf8(bytes).is_err() => {
                return Err(format!("the value of {shown} holds a line end or another control character"));
            }
            Part::Hole(Hole::Body) => return Err("{body} cannot stand in a header".to_owned()),
            Part::Bytes(_) | Part::Hole(_) => {}
        }
    }
    Ok((name.to_owned(), value))
}

fn full_type(written: &str) -> Result<&str, String> {
    match written {
        "text" | "plain" => Ok(PLAIN),
        "html" => Ok("text/html; charset=utf-8"),
        "css" => Ok("text/css; charset=utf-8"),
        "json" => Ok("application/json"),
        "svg" => Ok("image/svg+xml"),
        "xml" => Ok("application/xml"),
        full if full.contains('/') => Ok(full),
        other => {
            let shown = argument::shortened(other);
            Err(format!("{shown:?} is no type; write text, html, json, css, svg, xml or a media type such as text/csv"))
        }
    }
}

fn guessed_type(text: &str) -> &'static str {
    match text.as_bytes().first() {
        Some(b'<') => "text/html; charset=utf-8",
        Some(b'[') => "application/json",
        Some(b'{') if !text.starts_with("{body}") && !text[1..].starts_with(char::is_alphabetic) => "application/json",
        Some(_) | None => PLAIN,
    }
}

fn filled_as(headers: &[(String, Template<Hole>)]) -> Filled {
    let media_type = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let media_type = media_type.map(|(_, value)| value.fill(|_, _| {})).unwrap_or_default().to_ascii_lowercase();
    let media_type = String::from_utf8_lossy(&media_type);
    if ["html", "xml"].iter().any(|it| media_type.contains(it)) {
        Filled::AsHtml
    } else if media_type.contains("json") {
        Filled::AsJson
    } else {
        Filled::Plainly
    }
}
