//! Bodies laid out to be read: JSON, XML and HTML.

/// The deepest indentation; deeper elements stand on its column.
const DEEPEST: usize = 40;

/// Elements that HTML never closes (HTML Living Standard, section 13.1.2).
const VOID: [&str; 14] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];

/// Elements whose text is kept as it stands.
const VERBATIM: [&str; 4] = ["pre", "script", "style", "textarea"];

/// The body laid out by its media type; None when it has no layout of its own, or is not what it says.
pub fn lay_out(bytes: &[u8], media: &str) -> Option<String> {
    let media = media.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    let text = std::str::from_utf8(bytes).ok()?;
    if media == "application/json" || media.ends_with("+json") {
        let value: serde_json::Value = serde_json::from_str(text).ok()?;
        serde_json::to_string_pretty(&value).ok()
    } else if media == "text/html" {
        Some(lay_out_markup(text, |name| VOID.contains(&name)))
    } else if media == "text/xml" || media == "application/xml" || media.ends_with("+xml") {
        Some(lay_out_markup(text, |_| false))
    } else {
        None
    }
}

/// One tag or text a line, indented by depth; elements without children stay on one line.
fn lay_out_markup(text: &str, is_void: fn(&str) -> bool) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    let mut depth = 0usize;
    let mut never_closed = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, after) = next_piece(rest);
        rest = after;
        if piece.trim().is_empty() {
            continue;
        }
        let name = tag_name(piece);
        let is_closing = piece.starts_with("</");
        if is_closing {
            depth = depth.saturating_sub(1);
        }
        indent(&mut out, depth);
        push_folded(&mut out, piece);
        let opens = name.is_some() && !is_closing && !piece.ends_with("/>") && !is_void(name.as_deref().unwrap_or(""));
        if let Some(name) = name.as_deref().filter(|_| opens) {
            if let Some((inner, after)) = leaf(rest, name, &mut never_closed) {
                out.push_str(inner);
                rest = after;
            } else {
                depth += 1;
            }
        }
        out.push('\n');
    }
    out
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n("  ", depth.min(DEEPEST)));
}

/// A text's white space is one space; a tag, comment or declaration stays as it is.
fn push_folded(out: &mut String, piece: &str) {
    if piece.starts_with('<') {
        out.push_str(piece);
    } else {
        let words: Vec<&str> = piece.split_whitespace().collect();
        out.push_str(&words.join(" "));
    }
}

/// The next tag, comment, declaration or text, and what follows it.
fn next_piece(rest: &str) -> (&str, &str) {
    let end = if let Some(after) = rest.strip_prefix("<!--") {
        after.find("-->").map_or(rest.len(), |at| at + 7)
    } else if let Some(after) = rest.strip_prefix("<![CDATA[") {
        after.find("]]>").map_or(rest.len(), |at| at + 12)
    } else if rest.starts_with('<') {
        tag_end(rest)
    } else {
        rest.find('<').unwrap_or(rest.len())
    };
    rest.split_at(end)
}

/// Where a tag ends: at the first `>` outside quotes.
fn tag_end(rest: &str) -> usize {
    let mut quote = None;
    for (at, letter) in rest.char_indices() {
        match (quote, letter) {
            (None, '>') => return at + 1,
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            _ => {}
        }
    }
    rest.len()
}

fn tag_name(piece: &str) -> Option<String> {
    let inner = piece.strip_prefix('<')?.trim_start_matches('/');
    let end =
        inner.find(|letter: char| letter.is_whitespace() || letter == '>' || letter == '/').unwrap_or(inner.len());
    let name = &inner[..end];
    name.chars().next().filter(|letter| letter.is_alphabetic()).map(|_| name.to_ascii_lowercase())
}

/// What stands up to and with the closing tag, when no other tag stands between or all is verbatim. A verbatim element
/// that nothing closes is looked for once only, or a page full of them would take minutes.
fn leaf<'a>(rest: &'a str, name: &str, never_closed: &mut Vec<String>) -> Option<(&'a str, &'a str)> {
    let open = if VERBATIM.contains(&name) {
        if never_closed.iter().any(|other| other == name) {
            return None;
        }
        let closes = |at: &usize| rest.get(at + 2..at + 2 + name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name));
        let Some(open) = rest.match_indices("</").map(|(at, _)| at).find(closes) else {
            never_closed.push(name.to_owned());
            return None;
        };
        open
    } else {
        rest.find('<').filter(|at| rest[*at..].starts_with("</") && *at <= 120)?
    };
    let end = open + rest[open..].find('>')? + 1;
    Some(rest.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_full_of_verbatim_elements_that_nothing_closes_is_laid_out_in_one_go() {
        // Looked for anew at each element, what closes it would take minutes.
        let page = "<pre></x>".repeat(110_000);
        let laid_out = lay_out(page.as_bytes(), "text/html").expect("it is text");
        assert_eq!(laid_out.lines().count(), 220_000);
    }

    #[test]
    fn json_keeps_the_order_of_its_keys() {
        let text = lay_out(br#"{"b":1,"a":[true]}"#, "application/json; charset=utf-8");
        assert_eq!(text.as_deref(), Some("{\n  \"b\": 1,\n  \"a\": [\n    true\n  ]\n}"));
        assert_eq!(lay_out(b"{broken", "application/json"), None);
    }

    #[test]
    fn html_is_indented_and_its_void_elements_do_not_nest() {
        let html = "<!doctype html><html><head><meta charset=utf-8><title>Hi</title></head><body><p>a <b>b</b></p><br></body></html>";
        let text = lay_out(html.as_bytes(), "text/html").expect("HTML has a layout");
        let expected = "<!doctype html>\n<html>\n  <head>\n    <meta charset=utf-8>\n    <title>Hi</title>\n  </head>\n  \
                        <body>\n    <p>\n      a\n      <b>b</b>\n    </p>\n    <br>\n  </body>\n</html>\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn scripts_stay_as_they_are_and_broken_markup_is_shown_whole() {
        let text = lay_out(b"<script>if (a < b) {\n  x()\n}</script>", "text/html").expect("HTML has a layout");
        assert_eq!(text, "<script>if (a < b) {\n  x()\n}</script>\n");
        assert_eq!(lay_out(b"<a <b", "text/xml").as_deref(), Some("<a <b\n"));
        assert_eq!(lay_out(b"<!-- open", "text/xml").as_deref(), Some("<!-- open\n"));
    }
}
