//! `.http` files: read as they are written for other programs, and made as requests of a server that is not ours.

use std::collections::BTreeMap;
use std::process::Command;

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::Value;
use wirelab::collection::{Ambient, Answer, Chosen, Course, Note, Ready, Sources, open, parse};
use wirelab::model::{Problem, Timestamp};

#[path = "support/headless.rs"]
#[expect(dead_code, reason = "shared with tests of labs")]
mod headless;

use headless::{Running, folder, output};

/// Files and variables of a test's own.
#[derive(Default)]
struct Held(BTreeMap<String, String>);

impl Sources for Held {
    fn read(&self, path: &str) -> Result<Bytes, String> {
        self.0.get(path).map(|text| text.clone().into()).ok_or_else(|| "there is no such file".to_owned())
    }

    fn variable(&self, name: &str) -> Option<String> {
        (name == "SHELL_TOKEN").then(|| "from the shell".to_owned())
    }

    fn beside(&self, _: &str, path: &str) -> String {
        path.to_owned()
    }
}

/// A still clock, and chance that counts.
struct Still(u64);

impl Ambient for Still {
    fn now(&self) -> Timestamp {
        Timestamp(1_769_860_981_204_417_000)
    }

    fn chance(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

fn opened(files: &[(&str, &str)], chosen: &Chosen) -> Result<(Course, Vec<Note>), Vec<Problem>> {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    open("a.http", chosen, &Held(files))
}

/// The requests of a file, each answered by 200 and no body.
fn requests(text: &str) -> Vec<Ready> {
    let (mut course, _) = opened(&[("a.http", text)], &Chosen::default()).unwrap_or_else(|all| panic!("{all:#?}"));
    let mut all = Vec::new();
    while let Some(next) = course.next(&mut Still(0)) {
        all.push(next.unwrap_or_else(|failure| panic!("{failure:?}")));
        course.answered(answer(""));
    }
    all
}

fn answer(body: &str) -> Answer {
    let headers = vec![("Location".to_owned(), "/made/7".to_owned())];
    Answer { status: 200, headers, body: body.to_owned().into(), took: std::time::Duration::from_millis(3) }
}

/// Method, URL and body of the only request of a file.
fn one(text: &str) -> (String, String, String) {
    let [ready] = &requests(text)[..] else { panic!("one request") };
    (ready.method.clone(), ready.url.clone(), String::from_utf8_lossy(&ready.body).into_owned())
}

#[test]
fn what_all_dialects_write_is_read() {
    let get = |url: &str| ("GET".to_owned(), url.to_owned(), String::new());
    assert_eq!(one("http://h/x"), get("http://h/x"), "a URL alone");
    assert_eq!(one("\u{feff}GET http://h/x HTTP/1.1\r\nAccept: a\r\n\r\n"), get("http://h/x"), "BOM, version, CR LF");
    assert_eq!(one("get h/x"), get("http://h/x"), "small letters, no scheme");
    assert_eq!(one("GET http://h/x\n  ?a=1\n  &b=2"), get("http://h/x?a=1&b=2"), "a query in lines");
    assert_eq!(one("GET /x\nHost: h:81"), get("http://h:81/x"), "the host in its field");
    assert_eq!(one("### a name\n\n# a comment\n// one more\nGET http://h/\n### only a comment"), get("http://h/"));
    assert_eq!(one("@a = h\n@b = {{a}}/x\nGET http://{{ b }}"), get("http://h/x"), "variables of variables");
    let (method, _, body) = one("POST h/\nContent-Type: application/json\n\n{\n  \"a\": 1\n}\n\n");
    assert_eq!((method.as_str(), body.as_str()), ("POST", "{\n  \"a\": 1\n}"), "no empty lines around a body");
    let (.., body) = one("POST h/\nContent-Type: application/x-www-form-urlencoded\n\na=1\n&b=2\n");
    assert_eq!(body, "a=1&b=2");
    let (.., body) = one(
        "POST h/\nContent-Type: multipart/form-data; boundary=B\n\n--B\nContent-Disposition: form-data; name=\"a\"\n\n1\n--B--",
    );
    assert_eq!(body, "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--B--\r\n");
    let (method, _, body) = one("GRAPHQL h/\n\nquery { a }\n\n{\"x\": 1}");
    assert_eq!((method.as_str(), body.as_str()), ("POST", r#"{"query":"query { a }","variables":{"x":1}}"#));
}

#[test]
fn credentials_are_written_as_the_header_has_them() {
    for (written, sent) in [
        ("Basic ada secret", "Basic YWRhOnNlY3JldA=="),
        ("Basic ada:secret", "Basic YWRhOnNlY3JldA=="),
        ("Basic YWRhOnNlY3JldA==", "Basic YWRhOnNlY3JldA=="),
        ("Bearer a b", "Bearer a b"),
    ] {
        let ready = &requests(&format!("GET h/\nAuthorization: {written}"))[0];
        assert_eq!(ready.headers, [("Authorization".to_owned(), sent.to_owned())]);
    }
}

#[test]
fn variables_come_from_where_they_are_said_to_and_the_nearer_wins() {
    let files = [
        ("a.http", "@b = file\nGET h/{{a}}/{{b}}/{{c}}/{{db.port}}/{{$dotenv KEY}}/{{$processEnv SHELL_TOKEN}}"),
        ("http-client.env.json", r#"{"dev": {"a": "env", "b": "env", "c": "env", "db": {"port": 5}}}"#),
        ("http-client.private.env.json", r#"{"dev": {"c": "private"}}"#),
        (".env", "# a comment\nexport KEY=\"of a file\"\n"),
    ];
    let given = BTreeMap::from([("a".to_owned(), "given".to_owned())]);
    let chosen = Chosen { environment: Some("dev".into()), given, ..Chosen::default() };
    let (mut course, notes) = opened(&files, &chosen).expect("it is good");
    let ready = course.next(&mut Still(0)).expect("one").expect("it is whole");
    assert_eq!(notes, []);
    assert_eq!(ready.url, "http://h/given/file/private/5/of%20a%20file/from%20the%20shell");
    assert_eq!(
        course.masked("the private from the shell, the file"),
        "the ••• •••, the file",
        "what is secret is not told"
    );
}

#[test]
fn functions_are_filled_in() {
    let text = "GET h/{{$timestamp}}/{{$timestamp -1 d}}/{{$isoTimestamp}}/{{$randomInt 5 6}}/{{$random.integer(8, 9)}}\n\n\
                {{$datetime rfc1123}} {{$uuid}} {{$random.alphabetic(4)}}";
    let (_, url, body) = one(text);
    assert_eq!(url, "http://h/1769860981/1769774581/2026-01-31T12:03:01.204Z/5/8");
    let words: Vec<&str> = body.split_whitespace().collect();
    assert_eq!(words[..6].join(" "), "Sat, 31 Jan 2026 12:03:01 GMT");
    let version = uuid::Uuid::parse_str(words[6]).expect("a UUID").get_version_num();
    assert_eq!((version, words[7].len()), (4, 4));
}

#[test]
fn answers_give_what_later_requests_need() {
    let text = "### make\nPOST h/things\n# @capture id = $.thing.id\n# @capture place = header Location\n\
                ### see\nGET h/things/{{id}}?of={{make.response.body.$.thing.name}}&at={{place}}\n# @assert status == 201\n\
                ### other\nGET h/other";
    let chosen = Chosen { request: Some("see".into()), ..Chosen::default() };
    let (mut course, _) = opened(&[("a.http", text)], &chosen).expect("it is good");
    let mut still = Still(0);
    let first = course.next(&mut still).expect("what it needs comes first").expect("it is whole");
    assert_eq!(first.url, "http://h/things");
    assert_eq!(course.answered(answer(r#"{"thing": {"id": 7, "name": "a"}}"#)), [], "nothing was expected of it");
    let second = course.next(&mut still).expect("it comes").expect("it is whole");
    assert_eq!(second.url, "http://h/things/7?of=a&at=/made/7");
    let judged = course.answered(answer(""));
    assert_eq!(judged[0].to_string(), "status == 201, it was 200");
    assert!(course.next(&mut still).is_none(), "the other is not made");
}

#[test]
fn what_an_answer_did_not_give_is_told_and_what_needs_it_is_not_made() {
    let text = "### make\nPOST h/\n# @capture id = $.id\n###\nGET h/{{id}}\n###\nGET h/{{make.response.body.$.id}}\n###\nGET h/{{ix}}";
    let (mut course, _) = opened(&[("a.http", text)], &Chosen::default()).expect("it is good");
    course.next(&mut Still(0)).expect("one").expect("it is whole");
    assert_eq!(course.answered(answer("{}"))[0].to_string(), "id = $.id, and it is not there");
    let why = || course.next(&mut Still(0)).expect("one").expect_err("it cannot be made").words;
    let told: Vec<String> = std::iter::repeat_with(why).take(3).collect();
    assert_eq!(
        told,
        [
            "{{id}} is to be kept of the answer to make, which did not give it",
            "{{make.response.body.$.id}}: there is no such thing in the response of make",
            "{{ix}} is not known; did you mean id?",
        ]
    );
}

#[test]
fn bodies_of_files_are_read_beside_the_file() {
    let files = [("a.http", "@x = 1\nPOST h/\n\n< raw.txt\n###\nPOST h/\n\n<@ raw.txt\n"), ("raw.txt", "x is {{x}}\n")];
    let (mut course, _) = opened(&files, &Chosen::default()).expect("it is good");
    let mut body = || String::from_utf8_lossy(&course.next(&mut Still(0)).unwrap().unwrap().body).into_owned();
    assert_eq!([body(), body()], ["x is {{x}}\n", "x is 1\n"]);
    let problems = opened(&files[..1], &Chosen::default()).expect_err("the file is not there");
    assert_eq!(problems[0].words, "cannot read raw.txt: there is no such file");
    assert_eq!((problems[0].line, problems.len()), (2, 2));
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_what_is_not_done_too() {
    let wrong =
        "GET h/\nno header field\n\n### two\n# @assert status is 200\n# @timeout soon\nWEBSOCKET ws://h/\n@novalue\n";
    let problems = opened(&[("a.http", wrong)], &Chosen::default()).expect_err("it is wrong");
    let told: Vec<String> = problems.iter().map(|problem| format!("{}: {}", problem.line, problem.words)).collect();
    assert_eq!(told.len(), 5, "{told:#?}");
    for (told, words) in told.iter().zip([
        "2: \"no header field\" is no header field",
        "5: @assert: how is it",
        "6: @timeout",
        "7: WEBSOCKET is not",
        "8: ",
    ]) {
        assert!(told.starts_with(words), "{told} / {words}");
    }
    let (_, notes) = opened(
        &[("a.http", "# @prompt name\n< {% let x = 1; %}\nGET h/\n\n> other.js\n>> saved.json\n")],
        &Chosen::default(),
    )
    .expect("it is good");
    let told: Vec<String> = notes.iter().map(|note| format!("{}: {}", note.line, note.words)).collect();
    assert_eq!(
        told,
        [
            "1: @prompt is not done",
            "2: a script before the request is not run",
            "5: the script other.js is not run",
            "6: the answer is not saved; wirelab http -o FILE does that for one request",
        ]
    );
}

proptest! {
    #[test]
    fn whatever_a_file_holds_no_reading_panics(text in "([#@<>{}%=:/ a-z\\n.$\\[\\]0-9\"'-]|GET |POST |\\{\\{|\\}\\}|> \\{%|# @assert |# @capture ){0,80}") {
        if parse(&text).is_ok()
            && let Ok((mut course, _)) = opened(&[("a.http", &text)], &Chosen::default())
        {
            while let Some(next) = course.next(&mut Still(0)) {
                if next.is_ok() {
                    course.answered(answer("{}"));
                }
            }
        }
    }
}

/// A server that gives a token to whoever logs in, and a profile to whoever shows it; it tells its port.
const SERVER: &str = r"
import gzip, http.server, json
class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body, pack=False):
        body = json.dumps(body).encode()
        if pack: body = gzip.compress(body)
        self.send_response(status)
        if pack: self.send_header('Content-Encoding', 'gzip')
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_POST(self):
        said = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        self.answer(201, {'token': 'token-of-' + said['user']})
    def do_GET(self):
        if self.path == '/packed': return self.answer(200, {'name': 'Ada'}, pack=True)
        known = self.path == '/profile?full=yes' and self.headers['Authorization'] == 'Bearer token-of-ada'
        self.answer(200, {'name': 'Ada', 'tags': ['a', 'b']}) if known else self.answer(404, {})
    def log_message(self, *of_no_interest): pass
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
";

const FILE: &str = "\
### login
POST http://127.0.0.1:{{port}}/login
Content-Type: application/json

{\"user\": \"{{user}}\"}

> {% client.global.set(\"token\", response.body.token); client.assert(response.status === 201, \"made\"); %}

### profile
GET http://127.0.0.1:{{port}}/profile
    ?full=yes
Authorization: Bearer {{token}}
# @assert $.tags[1] == b
# @assert header content-type contains json

### nowhere
GET http://127.0.0.1:{{port}}/nowhere/{{password}}
";

#[test]
fn a_file_is_run_against_a_server_of_python() {
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: no python3");
        return;
    }
    let folder = folder();
    let server = Running::of(Command::new("python3").args(["-c", SERVER]));
    let port = server.line();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("room");
    write("api.http", FILE);
    write("http-client.env.json", r#"{"dev": {"user": "ada"}, "prod": {"user": "bob"}}"#);
    write("http-client.private.env.json", r#"{"dev": {"password": "hush-hush"}, "prod": {"password": "x"}}"#);
    let port = format!("port={port}");
    let run = |words: &[&str]| output(folder.path(), &[&["http", "--var", &port], words].concat());

    let (told, wrong, status) = run(&["api.http", "--env", "dev"]);
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines[0].starts_with("✓ 201 Created") && lines[0].ends_with("/login  login"), "{told}{wrong}");
    assert!(lines[1].starts_with("✓ 200 OK") && lines[1].ends_with("?full=yes  profile"), "{told}{wrong}");
    assert!(lines[2].starts_with("✓ 404 Not Found") && lines[2].ends_with("/nowhere/•••  nowhere"), "{told}{wrong}");
    assert_eq!((lines[3], status, wrong.as_str()), ("3 requests; all 3 expectations held", Some(0), ""));

    let (told, _, status) = run(&["api.http", "--env", "dev", "--fail"]);
    assert!(told.contains("api.http:17: the answer's status is 404"), "{told}");
    assert_eq!(status, Some(1));

    let (told, wrong, status) = run(&["api.http#profile", "--env", "dev"]);
    assert_eq!((told.as_str(), status), (r#"{"name": "Ada", "tags": ["a", "b"]}"#, Some(0)), "its body alone: {wrong}");
    let (told, wrong, status) = run(&["api.http#profile", "--env", "prod", "-i"]);
    assert!(told.starts_with("HTTP/1.0 404 Not Found\r\n"), "{told}");
    assert!(wrong.contains("api.http:13: $.tags[1] == b, and it is not there"), "{wrong}");
    assert_eq!(status, Some(1));

    let (told, ..) = run(&["api.http", "--env", "dev", "--json"]);
    let events: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let answered: Vec<&Value> = events.iter().filter(|event| event["kind"] == "answered").collect();
    assert_eq!(answered.len(), 3);
    assert_eq!((&answered[1]["status"], &answered[1]["expected"][0]["was"]), (&200.into(), &"b".into()));
    assert_eq!(events.last().expect("some")["held"], 3);
    assert!(events.iter().any(|event| event["kind"] == "data"), "what went and came is told too");

    write("packed.http", "GET http://127.0.0.1:{{port}}/packed\nAccept-Encoding: gzip\n# @assert $.name == Ada\n");
    let (told, wrong, status) = run(&["packed.http"]);
    assert_eq!(status, Some(0), "what is packed is unpacked first: {told}{wrong}");

    for (words, why) in [
        (&["api.http", "--env", "dve"][..], "api.http:1: there is no environment \"dve\"; did you mean dev?\n"),
        (&["api.http#logn"], "api.http:1: no request is called \"logn\"; did you mean \"login\"?\n"),
        (&["api.http", "-i"], "-i is for one request; name it: api.http#NAME\n"),
        (&["none.http"], "none.http:1: cannot read it: No such file or directory (os error 2)\n"),
        (&["api.http", "-d", "x"], "-d does not go with a file: bodies stand in it\n"),
    ] {
        assert_eq!(run(words), (String::new(), why.to_owned(), Some(2)));
    }

    write(
        "lab.toml",
        &format!(
            "[[http]]\nname = 'api'\nfile = 'api.http'\nrequest = 'profile'\nenv = 'dev'\nvariables = {{ port = '{}' }}\n",
            &port[5..]
        ),
    );
    let (told, wrong, status) = output(folder.path(), &["run", "lab.toml"]);
    assert!(told.ends_with("the lab is over: all 3 expectations held\n"), "{told}{wrong}");
    assert_eq!(status, Some(0));
    write("lab.toml", "[[http]]\nfile = 'api.http'\nrequest = 'profil'\nurl = 'http://127.0.0.1/'\n");
    let (_, wrong, status) = output(folder.path(), &["run", "lab.toml"]);
    assert_eq!(
        wrong,
        "lab.toml:2:8: api.http:1: no request is called \"profil\"; did you mean \"profile\"?\n\
         lab.toml:4:1: url does not stand beside file\n"
    );
    assert_eq!(status, Some(2));
}

#[test]
fn a_server_that_is_not_there_is_told_with_the_request_that_found_it_so() {
    let folder = folder();
    std::fs::write(folder.path().join("a.http"), "GET http://127.0.0.1:9/x\n").expect("room");
    let (told, wrong, status) = output(folder.path(), &["http", "a.http"]);
    assert!(told.starts_with("✗ no answer") && told.contains("GET http://127.0.0.1:9/x"), "{told}{wrong}");
    assert!(told.contains("a.http:1: connect 127.0.0.1:9: refused: nothing listens"), "{told}");
    assert_eq!(status, Some(1));
}
