//! The little web site inside the program, which `files` serves when it is given no folder.

/// Its files: the path below `/`, the media type, the bytes. `/` itself is `index.html`.
pub static SITE: &[(&str, &str, &[u8])] = &[
    ("index.html", "text/html; charset=utf-8", include_bytes!("../../assets/site/index.html")),
    ("steps.html", "text/html; charset=utf-8", include_bytes!("../../assets/site/steps.html")),
    ("style.css", "text/css; charset=utf-8", include_bytes!("../../assets/site/style.css")),
    ("picture.svg", "image/svg+xml", include_bytes!("../../assets/site/picture.svg")),
    ("data.json", "application/json", include_bytes!("../../assets/site/data.json")),
    ("hello.txt", "text/plain; charset=utf-8", include_bytes!("../../assets/site/hello.txt")),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &str) -> &'static str {
        let (_, _, bytes) = SITE.iter().find(|(it, _, _)| *it == path).expect("the file is in the site");
        std::str::from_utf8(bytes).expect("it is UTF-8")
    }

    /// The values of an attribute, in all of a page.
    fn values<'a>(page: &'a str, attribute: &'a str) -> impl Iterator<Item = &'a str> {
        page.split(attribute).skip(1).filter_map(|rest| rest.strip_prefix("=\"")?.split('"').next())
    }

    #[test]
    fn the_whole_site_is_small() {
        let size: usize = SITE.iter().map(|(_, _, bytes)| bytes.len()).sum();
        assert!(size < 20_000, "{size} bytes");
    }

    #[test]
    fn every_link_leads_somewhere_in_the_site_or_is_meant_not_to() {
        for page in [text("index.html"), text("steps.html")] {
            let links: Vec<&str> = values(page, "href").chain(values(page, "src")).collect();
            assert!(links.len() > 8, "{links:?}");
            for link in links.into_iter().filter(|link| !["/", "#content", "no-such-page"].contains(link)) {
                let is_rfc = link.starts_with("https://www.rfc-editor.org/");
                assert!(is_rfc || SITE.iter().any(|(path, _, _)| *path == link), "{link}");
            }
            assert!(values(page, "src").all(|source| !source.contains("//")), "nothing is loaded from elsewhere");
        }
        assert!(!text("style.css").contains("url(") && !text("style.css").contains("@import"));
    }

    #[test]
    fn the_data_is_json_and_holds_what_the_page_shows() {
        let data: serde_json::Value = serde_json::from_str(text("data.json")).expect("it is JSON");
        assert!(data["message"].is_string());
    }
}
