//! Routes: a web server written down as a list of method, path and answer.

mod notation;

use std::time::Duration;

use bytes::Bytes;
use percent_encoding::percent_decode_str;
use url::form_urlencoded;

use super::template::Template;
use super::{Answer, Kind, Made, Make, Request, Responder, Response, argument};

/// The most routes of one server.
const MOST_ROUTES: usize = 500;
/// This behaviour, as it is offered.
pub const KIND: Kind = Kind {
    name: "routes",
    words: "a web server you write down: method and path to answer",
    argument: "one route a line: GET /path/:name => 200 TEXT | type text/html | header X-A: b | after 100ms",
    example: "GET / => 200 <h1>It works</h1>\nGET /hello/:name => 200 Hello, {name}!\nPOST /echo => 200 {body}\nGET /slow => 200 at last | after 2s\nGET /old => 301 moved | header Location: /",
    make: Make::Http(make),
};

/// Reads routes, one a line: `METHOD /path => STATUS TEXT | type T | header N: V | after D`.
///
/// - METHOD is a method or `*` for any; GET answers HEAD too. The first route that fits answers.
/// - In the path `:name` takes one segment, `*` one segment, and a `*` at the end all that follows;
///   segments are compared after percent-decoding.
/// - The text and header values know escapes (`\r\n`) and `{name}` of the path, `{*}` (what the last `*` took),
///   `{method}`, `{path}`, `{query}`, `{query.name}`, `{header.name}` and once `{body}`; `\{` is a brace.
///   In HTML what is filled in is escaped, in JSON it is escaped as inside a string (except `{body}`).
/// - `type` is a media type or one of text, html, json, css, svg, xml; left out, it is HTML when the
///   text begins with `<`, JSON when it begins with `{` or `[`, else plain text.
/// - A line that begins with `|` goes on with the route before; empty lines and lines that begin with `#` do not count.
fn make(argument: &str) -> Made<dyn Responder> {
    let entries = argument::entries(argument)?;
    if entries.is_empty() {
        return Err("write at least one route, such as GET /hello/:name => 200 Hello, {name}!".to_owned());
    }
    if entries.len() > MOST_ROUTES {
        return Err(format!("there are {} routes; at most {MOST_ROUTES} are taken", entries.len()));
    }
    let routes: Result<Vec<Route>, String> =
        entries.iter().map(|(line, entry)| Route::parse(entry).map_err(|why| format!("line {line}: {why}"))).collect();
    Ok(Box::new(Routes { routes: routes? }))
}

struct Routes {
    routes: Vec<Route>,
}

struct Route {
    /// None takes any.
    method: Option<String>,
    /// As it was written, for the list of routes.
    written: String,
    path: Vec<Segment>,
    status: u16,
    headers: Vec<(String, Template<Hole>)>,
    body: Template<Hole>,
    filled_as: Filled,
    after: Duration,
}

/// What a segment of a path must be.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    /// Just this, decoded.
    Literal(Vec<u8>),
    /// Anything but nothing, kept under a name.
    Named(String),
    /// Anything.
    Any,
    /// Anything, with all segments that follow.
    Rest,
}

/// What is filled into an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Hole {
    Method,
    Path,
    Query,
    QueryField(String),
    Header(String),
    Body,
    /// What the last `*` of the path took.
    Star,
    /// What the `:name` with this number took.
    Named(usize),
}

/// How what the client sent is made harmless where it is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filled {
    /// As it is.
    Plainly,
    /// `<` becomes `&lt;` and so on.
    AsHtml,
    /// As inside a JSON string; the body as it is, for it is likely JSON itself.
    AsJson,
    /// Control characters become spaces, so that no header can be added.
    AsHeader,
}

/// What the path's wildcards took.
#[derive(Debug, Default)]
struct Taken {
    named: Vec<Vec<u8>>,
    star: Vec<u8>,
}

impl Responder for Routes {
    fn respond(&mut self, request: &Request) -> Answer {
        let mut fitting = Vec::new();
        for route in &self.routes {
            let Some(taken) = route.takes(&request.path) else { continue };
            if route.answers(&request.method) {
                return Answer::Respond(route.response(request, &taken), route.after);
            }
            fitting.push(route);
        }
        let response = if fitting.is_empty() { self.not_found(request) } else { wrong_method(request, &fitting) };
        Answer::Respond(response, Duration::ZERO)
    }
}

impl Routes {
    fn not_found(&self, request: &Request) -> Response {
        let mut body = format!("404: no route leads to {}\n\nThis server's routes:\n", request.path);
        for route in &self.routes {
            body.push_str("  ");
            body.push_str(&route.written);
            body.push('\n');
        }
        Response { status: 404, headers: vec![content_type(PLAIN)], body: body.into() }
    }
}

fn wrong_method(request: &Request, fitting: &[&Route]) -> Response {
    let mut allowed: Vec<&str> = Vec::new();
    for method in fitting.iter().filter_map(|route| route.method.as_deref()) {
        for method in if method == "GET" { vec!["GET", "HEAD"] } else { vec![method] } {
            if !allowed.contains(&method) {
                allowed.push(method);
            }
        }
    }
    let allowed = allowed.join(", ");
    let body = format!("405: {} takes {allowed}, not {}\n", request.path, request.method);
    Response { status: 405, headers: vec![content_type(PLAIN), ("Allow".to_owned(), allowed)], body: body.into() }
}

const PLAIN: &str = "text/plain; charset=utf-8";

fn content_type(media_type: &str) -> (String, String) {
    ("Content-Type".to_owned(), media_type.to_owned())
}

impl Route {
    fn answers(&self, method: &str) -> bool {
        match self.method.as_deref() {
            None => true,
            Some("GET") => method == "GET" || method == "HEAD",
            Some(own) => own == method,
        }
    }

    /// What the wildcards take of a path, if it fits.
    fn takes(&self, path: &str) -> Option<Taken> {
        let mut taken = Taken::default();
        let mut rest = Some(path.strip_prefix('/')?);
        for segment in &self.path {
            let whole = rest?;
            let (first, after) = whole.split_once('/').map_or((whole, None), |(first, after)| (first, Some(after)));
            let first = || percent_decode_str(first).collect::<Vec<u8>>();
            match segment {
                Segment::Literal(literal) if *literal != first() => return None,
                Segment::Literal(_) => {}
                Segment::Named(_) => taken.named.push(Some(first()).filter(|value| !value.is_empty())?),
                Segment::Any => taken.star = first(),
                Segment::Rest => {
                    taken.star = percent_decode_str(whole).collect();
                    return Some(taken);
                }
            }
            rest = after;
        }
        rest.is_none().then_some(taken)
    }

    fn response(&self, request: &Request, taken: &Taken) -> Response {
        let fill = |template: &Template<Hole>, filled: Filled| {
            template.fill(|hole, bytes| {
                let value = hole.value(request, taken);
                let filled = if *hole == Hole::Body && filled == Filled::AsJson { Filled::Plainly } else { filled };
                filled.put(&value, bytes);
            })
        };
        let headers = self.headers.iter().map(|(name, value)| {
            let value = fill(value, Filled::AsHeader);
            (name.clone(), String::from_utf8_lossy(&value).into_owned())
        });
        Response { status: self.status, headers: headers.collect(), body: fill(&self.body, self.filled_as).into() }
    }
}

impl Hole {
    fn value(&self, request: &Request, taken: &Taken) -> Bytes {
        let text = match self {
            Hole::Method => request.method.clone(),
            Hole::Path => request.path.clone(),
            Hole::Query => request.query.clone().unwrap_or_default(),
            Hole::QueryField(name) => {
                let query = request.query.as_deref().unwrap_or_default();
                let found = form_urlencoded::parse(query.as_bytes()).find(|(field, _)| field == name);
                found.map(|(_, value)| value.into_owned()).unwrap_or_default()
            }
            Hole::Header(name) => {
                let found = request.headers.iter().find(|(field, _)| field.eq_ignore_ascii_case(name));
                found.map(|(_, value)| value.clone()).unwrap_or_default()
            }
            Hole::Body => return request.body.clone(),
            Hole::Star => return taken.star.clone().into(),
            Hole::Named(number) => return taken.named.get(*number).cloned().unwrap_or_default().into(),
        };
        text.into()
    }
}

impl Filled {
    fn put(self, value: &[u8], bytes: &mut Vec<u8>) {
        match self {
            Filled::Plainly => bytes.extend_from_slice(value),
            Filled::AsHeader => bytes.extend(value.iter().map(|b| if b.is_ascii_control() { b' ' } else { *b })),
            Filled::AsHtml => {
                for byte in value {
                    match byte {
                        b'<' => bytes.extend_from_slice(b"&lt;"),
                        b'>' => bytes.extend_from_slice(b"&gt;"),
                        b'&' => bytes.extend_from_slice(b"&amp;"),
                        b'"' => bytes.extend_from_slice(b"&quot;"),
                        b'\'' => bytes.extend_from_slice(b"&#39;"),
                        other => bytes.push(*other),
                    }
                }
            }
            Filled::AsJson => {
                let quoted = serde_json::Value::from(String::from_utf8_lossy(value)).to_string();
                bytes.extend_from_slice(&quoted.as_bytes()[1..quoted.len() - 1]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::{Machine, machine};
    use crate::model::Scheme;

    struct Site(Box<dyn Responder>);

    impl Site {
        fn of(routes: &str) -> Self {
            match machine(Scheme::Http, "routes", routes).expect("the routes are good") {
                Machine::Http(responder) => Self(responder),
                Machine::Bytes(_) | Machine::Tap(_) | Machine::Replay(_) => panic!("routes answer HTTP"),
            }
        }

        /// Asks `METHOD /path?query`, with a body.
        fn asks(&mut self, line: &str, body: &[u8]) -> (Response, Duration) {
            let (method, target) = line.split_once(' ').expect("a method and a target");
            let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
            let request = Request {
                method: method.to_owned(),
                path: path.to_owned(),
                query: query.map(str::to_owned),
                headers: vec![("user-agent".to_owned(), "test".to_owned())],
                body: Bytes::copy_from_slice(body),
            };
            match self.0.respond(&request) {
                Answer::Respond(response, after) => (response, after),
                Answer::FromFolder(_) => panic!("routes have no folder"),
            }
        }

        #[track_caller]
        fn says(&mut self, line: &str, status: u16, text: &str) -> &mut Self {
            let (response, _) = self.asks(line, b"");
            assert_eq!((response.status, &*String::from_utf8_lossy(&response.body)), (status, text), "{line}");
            self
        }
    }

    fn field<'a>(response: &'a Response, name: &str) -> Vec<&'a str> {
        response.headers.iter().filter(|(it, _)| it == name).map(|(_, value)| value.as_str()).collect()
    }

    #[test]
    fn a_route_answers_with_what_its_path_took() {
        let mut site = Site::of("GET /hello/:name => 200 Hello, {name}!\nGET / => 200 home");
        site.says("GET /hello/Ada", 200, "Hello, Ada!").says("GET /hello/J%C3%BCrgen%20%26", 200, "Hello, Jürgen &!");
        site.says("GET /hello/a%2Fb", 200, "Hello, a/b!").says("GET /", 200, "home");
        site.says("HEAD /hello/Ada", 200, "Hello, Ada!");
        for path in ["/hello", "/hello/", "/hello/a/b", "/hello/a/", "//hello/a", "*", ""] {
            let (response, _) = site.asks(&format!("GET {path}"), b"");
            assert_eq!(response.status, 404, "{path}");
        }
    }

    #[test]
    fn the_first_route_that_fits_answers() {
        let mut site =
            Site::of("GET /a/b => 200 exact\nGET /a/:x => 200 {x}\n* /*/c => 200 any {*}\n* * => 418 rest {*}");
        site.says("GET /a/b", 200, "exact").says("GET /a/z", 200, "z").says("PUT /q/c", 200, "any q");
        site.says("BREW /pot/tea", 418, "rest pot/tea").says("GET /", 418, "rest ").says("GET /a%20b", 418, "rest a b");
    }

    #[test]
    fn a_star_at_the_end_takes_all_that_follows() {
        let mut site = Site::of("GET /files/* => 200 {*}");
        site.says("GET /files/", 200, "").says("GET /files/a/b%20c", 200, "a/b c");
        assert_eq!(site.asks("GET /files", b"").0.status, 404);
    }

    #[test]
    fn a_path_without_a_route_is_answered_with_the_list_of_routes() {
        let mut site = Site::of("GET / => 200 home\nPOST /echo => 200 {body}");
        let text = "404: no route leads to /nowhere\n\nThis server's routes:\n  GET /\n  POST /echo\n";
        site.says("GET /nowhere", 404, text);
    }

    #[test]
    fn a_wrong_method_is_told_the_right_ones() {
        let mut site = Site::of("GET /x => 200 a\nPOST /x => 200 b\nGET /:any => 200 c");
        let (response, _) = site.asks("DELETE /x", b"");
        assert_eq!((response.status, field(&response, "Allow")), (405, vec!["GET, HEAD, POST"]));
        assert_eq!(response.body, "405: /x takes GET, HEAD, POST, not DELETE\n");
    }

    #[test]
    fn headers_delay_and_type_are_as_written_and_the_type_is_guessed_when_not() {
        let mut site = Site::of(
            "GET /a => 200 a,b | type text/csv | header X-A: {query.q}\n  | header X-A: two | after 100ms\n\
             GET /html => 200 <p>\nGET /json => 200 {\"a\": [1]}\nGET /text => 200 {path}\nGET /none => 204\n\
             GET /own => 200 {} | header content-type: text/plain",
        );
        let (response, after) = site.asks("GET /a?p=1&q=x+%C3%A9%0d%0aEvil:%201", b"");
        assert_eq!(after, Duration::from_millis(100));
        assert_eq!(field(&response, "Content-Type"), ["text/csv"]);
        assert_eq!(field(&response, "X-A"), ["x é  Evil: 1", "two"]);
        for (path, media_type) in [
            ("/html", "text/html; charset=utf-8"),
            ("/json", "application/json"),
            ("/text", "text/plain; charset=utf-8"),
        ] {
            assert_eq!(field(&site.asks(&format!("GET {path}"), b"").0, "Content-Type"), [media_type]);
        }
        let (response, _) = site.asks("GET /none", b"");
        assert_eq!((response.status, response.headers.len(), response.body.len()), (204, 0, 0));
        assert_eq!(field(&site.asks("GET /own", b"").0, "Content-Type"), Vec::<&str>::new());
        assert_eq!(site.asks("GET /own", b"").0.headers.len(), 1);
    }

    #[test]
    fn the_body_goes_back_byte_for_byte() {
        let mut site =
            Site::of(r"POST /echo => 200 {method} {path}?{query} {header.User-Agent} {body}\r\n\{x} { } {} \|");
        let (response, _) = site.asks("POST /echo?a=b&c", b"\xff\0<b>");
        assert_eq!(&response.body[..], b"POST /echo?a=b&c test \xff\0<b>\r\n{x} { } {} |");
    }

    #[test]
    fn what_the_client_sent_cannot_break_out_of_html_or_json() {
        let mut site =
            Site::of("GET /h/:x => 200 <p>{x}</p>\nGET /j/:x => 200 {\"x\": \"{x}\"}\nPOST /j => 200 [{body}]");
        site.says("GET /h/%3Cscript%3E'%22&", 200, "<p>&lt;script&gt;&#39;&quot;&amp;</p>");
        site.says("GET /j/%22%0A%FF", 200, "{\"x\": \"\\\"\\n\u{fffd}\"}");
        assert_eq!(site.asks("POST /j", b"{\"a\":1}").0.body, "[{\"a\":1}]");
    }

    #[test]
    fn says_which_line_is_wrong_and_what_would_be_right() {
        for (written, words) in [
            ("", "at least one route"),
            ("GET / 200 x", "line 1: a route is METHOD /path => STATUS TEXT, and => is missing"),
            ("GET / => 200\n/x => 200", "line 2: a route is METHOD /path => STATUS TEXT, and the method"),
            ("get / => 200", "in capitals"),
            ("GET x => 200", "begins with /"),
            ("GET => 200", "begins with /"),
            ("GET /a?b=c => 200", "holds no spaces, ?"),
            ("GET /:a/:a => 200", ":a stands twice"),
            ("GET /: => 200", "a name after :"),
            ("GET / => Hello", "a status from 200"),
            ("GET / => 42", "a status from 200"),
            ("GET / => 101", "a status from 200"),
            ("GET / => 204 text", "has no body"),
            ("GET / => 304 text", "has no body"),
            ("GET /:name => 200 {nmae}", "did you mean {name}?"),
            ("GET / => 200 {*}", r"\{"),
            ("GET / => 200 {body}{body}", "may stand once"),
            ("GET / => 200 a | tpye html", "did you mean type?"),
            ("GET / => 200 a | type htm", "write text, html"),
            ("GET / => 200 a | header X-A b", ": is missing"),
            ("GET / => 200 a | header X A: b", "no header name"),
            (r"GET / => 200 a | header X-A: b\r\nEvil: 1", "line end"),
            ("GET / => 200 a | header X-A: {body}", "cannot stand in a header"),
            ("GET / => 200 a | header content-length: 5", "by the server itself"),
            ("GET / => 200 a | after soon", "write 50ms"),
        ] {
            let why = machine(Scheme::Http, "routes", written).expect_err(written);
            assert!(why.contains(words), "{written}: {why}");
        }
    }
}
