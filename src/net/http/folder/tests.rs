//! Folders served: what is found, and that nothing outside ever is.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use tokio::time::timeout;

use super::super::testing::{folder as from_folder, raw, serving};
use super::*;

const SITE: shelf::Site = &[
    ("index.html", "text/html; charset=utf-8", b"<h1>home</h1>"),
    ("style.css", "text/css; charset=utf-8", b"body {}"),
    ("docs/page.html", "text/html; charset=utf-8", b"page"),
];

const NUMBERS: shelf::Site = &[("n.txt", "text/plain", b"0123456789")];

struct Answered {
    status: u16,
    headers: http::HeaderMap,
    body: String,
}

impl Answered {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn asked_of(shelf: &Shelf, method: &str, target: &str, fields: &[(&str, &str)]) -> Answered {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let (head, ()) = request.body(()).unwrap().into_parts();
    let answer = timeout(Duration::from_secs(10), from_shelf(shelf, &head)).await.expect("nothing hangs");
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let body = String::from_utf8_lossy(&body).into_owned();
    Answered { status: parts.status.as_u16(), headers: parts.headers, body }
}

fn shelf_in(folder: &Path) -> Shelf {
    Shelf::Disk(folder.canonicalize().unwrap())
}

fn site_on_disk() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("docs")).unwrap();
    for (name, _, bytes) in SITE {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

#[tokio::test]
async fn both_shelves_serve_the_same_site() {
    let folder = site_on_disk();
    for shelf in [Shelf::BuiltIn(SITE), shelf_in(folder.path())] {
        for (target, status, media_type, body) in [
            ("/", 200, "text/html; charset=utf-8", "<h1>home</h1>"),
            ("/index.html", 200, "text/html; charset=utf-8", "<h1>home</h1>"),
            ("/style.css?v=1", 200, "text/css; charset=utf-8", "body {}"),
            ("/docs/p%61ge.html", 200, "text/html; charset=utf-8", "page"),
            ("/docs", 307, "", ""),
            ("/nothing", 404, "text/plain; charset=utf-8", "There is nothing at this path.\n"),
            ("/style.css/", 404, "text/plain; charset=utf-8", "There is nothing at this path.\n"),
            ("/style.css/x", 404, "text/plain; charset=utf-8", "There is nothing at this path.\n"),
        ] {
            let answer = asked_of(&shelf, "GET", target, &[]).await;
            assert_eq!(
                (answer.status, answer.header("content-type"), answer.body.as_str()),
                (status, media_type, body),
                "{target}"
            );
        }
        assert_eq!(asked_of(&shelf, "GET", "/docs", &[]).await.header("location"), "/docs/");
        let listing = asked_of(&shelf, "GET", "/docs/", &[]).await;
        assert_eq!(listing.status, 200);
        assert!(listing.body.contains("<a href=\"page.html\">page.html</a> (4 bytes)"), "{}", listing.body);
        let head = asked_of(&shelf, "HEAD", "/style.css", &[]).await;
        assert_eq!((head.status, head.header("content-length"), head.body.as_str()), (200, "7", ""));
        let post = asked_of(&shelf, "POST", "/", &[]).await;
        assert_eq!((post.status, post.header("allow")), (405, "GET, HEAD"));
    }
}

#[tokio::test]
async fn ranges_give_the_part_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("n.txt"), "0123456789").unwrap();
    for shelf in [Shelf::BuiltIn(NUMBERS), shelf_in(folder.path())] {
        for (range, status, content_range, body) in [
            ("bytes=0-3", 206, "bytes 0-3/10", "0123"),
            ("bytes=7-", 206, "bytes 7-9/10", "789"),
            ("bytes=-2", 206, "bytes 8-9/10", "89"),
            ("bytes=5-99", 206, "bytes 5-9/10", "56789"),
            ("bytes=10-", 416, "bytes */10", ""),
            ("bytes=0-1,4-5", 200, "", "0123456789"),
            ("lines=1-2", 200, "", "0123456789"),
        ] {
            let answer = asked_of(&shelf, "GET", "/n.txt", &[("range", range)]).await;
            assert_eq!(
                (answer.status, answer.header("content-range"), answer.body.as_str()),
                (status, content_range, body),
                "{range}"
            );
        }
    }
}

#[tokio::test]
async fn conditions_save_the_transfer() {
    let folder = site_on_disk();
    for shelf in [Shelf::BuiltIn(SITE), shelf_in(folder.path())] {
        let first = asked_of(&shelf, "GET", "/style.css", &[]).await;
        let (tag, date) = (first.header("etag"), first.header("last-modified"));
        assert!(tag.starts_with('"') && date.ends_with("GMT"), "{tag} {date}");
        for (fields, status) in [
            (vec![("if-none-match", tag)], 304),
            (vec![("if-none-match", "\"other\"")], 200),
            (vec![("if-modified-since", date)], 304),
            (vec![("if-modified-since", "Thu, 01 Jan 1970 00:00:00 GMT")], 200),
            (vec![("if-match", "\"other\"")], 412),
            (vec![("range", "bytes=0-1"), ("if-range", tag)], 206),
            (vec![("range", "bytes=0-1"), ("if-range", date)], 206),
            (vec![("range", "bytes=0-1"), ("if-range", "\"other\"")], 200),
            (vec![("range", "bytes=0-1"), ("if-range", "Thu, 01 Jan 1970 00:00:00 GMT")], 200),
        ] {
            assert_eq!(asked_of(&shelf, "GET", "/style.css", &fields).await.status, status, "{fields:?}");
        }
    }
}

/// A folder with a secret beside it, and every kind of trap in it.
fn trapped() -> (tempfile::TempDir, std::path::PathBuf) {
    let around = tempfile::tempdir().unwrap();
    let root = around.path().join("root");
    std::fs::create_dir_all(root.join("sub/.git")).unwrap();
    for secret in [around.path().join("secret.txt"), root.join(".hidden"), root.join("sub/.git/config")] {
        std::fs::write(secret, "SECRET").unwrap();
    }
    std::fs::create_dir(around.path().join("root-twin")).unwrap();
    std::fs::write(around.path().join("root-twin/secret.txt"), "SECRET").unwrap();
    std::fs::write(root.join("open.txt"), "open").unwrap();
    symlink("../secret.txt", root.join("link.txt")).unwrap();
    symlink("..", root.join("up")).unwrap();
    symlink("/etc", root.join("etc")).unwrap();
    symlink(".hidden", root.join("to-hidden")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    symlink("open.txt", root.join("alias.txt")).unwrap();
    (around, root)
}

#[tokio::test]
async fn no_spelling_of_a_path_leads_out_of_the_folder() {
    let (_around, root) = trapped();
    let (address, _) = serving(move |_| from_folder(&root)).await;
    let ups = [
        "..",
        ".%2e",
        "%2e.",
        "%2e%2e",
        "%2E%2E",
        "%252e%252e",
        "..%00",
        "..%0a",
        "..;",
        "...",
        "....",
        "..%c0%af",
        "%c0%ae%c0%ae",
        "%e0%80%ae%e0%80%ae",
        "..%ef%bc%8f",
        "%uff0e%uff0e",
        "..%09",
        ".%00.",
        " ..",
        "..%20",
        "up",
    ];
    let slashes = ["/", "//", "%2f", "%2F", "%5c", "\\", "/./", "%252f", "%c0%af", "/%2e/"];
    let mut targets: Vec<String> = ups
        .iter()
        .flat_map(|up| slashes.iter().map(move |slash| (up, slash)))
        .flat_map(|(up, slash)| {
            [
                format!("/{up}{slash}secret.txt"),
                format!("/sub/{up}{slash}{up}{slash}secret.txt"),
                format!("/sub{slash}{up}{slash}{up}{slash}secret.txt"),
                format!("/{up}{slash}root-twin/secret.txt"),
            ]
        })
        .collect();
    targets.extend(
        [
            "/link.txt",
            "/etc/passwd",
            "/up/secret.txt",
            "/.hidden",
            "/%2ehidden",
            "/sub/.git/config",
            "/to-hidden",
            "/loop",
            "//etc/passwd",
            "///etc/passwd",
            "/%2fetc%2fpasswd",
            "/file:///etc/passwd",
            "/C:/secret.txt",
            "/open.txt%00.html",
            "/sub/../../secret.txt",
            "/sub/..%2f..%2fsecret.txt",
            "/.",
            "/..",
            "/./",
            "/../",
            "/%",
            "/%zz",
            "/%ff",
            "/-root-twin/secret.txt",
        ]
        .map(ToOwned::to_owned),
    );
    assert!(targets.len() > 800);
    for target in targets {
        let answer =
            raw(address, format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).await;
        assert!(!answer.contains("SECRET") && !answer.contains("root:"), "{target} leaks: {answer}");
        assert!(answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.1 307"), "{target}: {answer}");
    }
    let open = raw(address, b"GET /alias.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(open.ends_with("\r\n\r\nopen"), "a link within the folder is followed: {open}");
}

#[tokio::test]
async fn a_listing_offers_only_what_is_served() {
    let (_around, root) = trapped();
    std::fs::write(root.join("<b>&\".txt"), "odd").unwrap();
    let listing = asked_of(&shelf_in(&root), "GET", "/", &[]).await;
    assert_eq!((listing.status, listing.header("content-type")), (200, "text/html; charset=utf-8"));
    for offered in [">open.txt</a>", ">alias.txt</a>", ">sub/</a>", "%3Cb%3E%26%22.txt\">&lt;b&gt;&amp;&quot;.txt</a>"]
    {
        assert!(listing.body.contains(offered), "{offered} in {}", listing.body);
    }
    for kept in ["hidden", "link.txt", "etc", "up", "loop", "<b>"] {
        assert!(!listing.body.contains(kept), "{kept} in {}", listing.body);
    }
}

#[tokio::test]
async fn pipes_and_devices_are_not_there_and_do_not_hang() {
    let (_around, root) = trapped();
    let pipe = root.join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    symlink("/dev/zero", root.join("zero")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
    for target in ["/pipe", "/zero", "/socket", "/pipe/"] {
        assert_eq!(asked_of(&shelf_in(&root), "GET", target, &[]).await.status, 404, "{target}");
    }
    assert!(!asked_of(&shelf_in(&root), "GET", "/", &[]).await.body.contains("pipe"));
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_told_in_words() {
    let (address, _) = serving(|_| from_folder(Path::new("/no/such/folder"))).await;
    let answer = raw(address, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(
        answer.starts_with("HTTP/1.1 404 ") && answer.contains("The folder of this server is not there"),
        "{answer}"
    );
}
