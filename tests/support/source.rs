//! Rust source as the architecture test reads it: without comments and strings, as paths and macros.

use std::collections::HashMap;
use std::path::Path;

/// A file taken apart.
#[derive(Debug)]
pub struct Source {
    /// The module it is: `["net", "report"]` for `src/net/report.rs`, nothing for `src/lib.rs`.
    pub module: Vec<String>,
    /// Tokens outside test modules.
    pub code: Vec<Token>,
    /// Tokens inside them; in a file under `tests/`, all.
    pub tests: Vec<Token>,
}

/// A word or a punctuation mark (`::` is one), and the line it stands on, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub text: String,
    pub line: usize,
}

/// A path that the code names, with what `use`, `self`, `super` and `crate` make of it; a glob ends in `*`.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    pub path: Vec<String>,
    pub line: usize,
}

impl Named {
    pub fn shown(&self) -> String {
        self.path.join("::")
    }
}

impl Source {
    /// Takes a file's text apart; the path is relative to the project.
    pub fn new(path: &Path, text: &str) -> Self {
        let all = tokens(&without_comments_and_strings(text));
        if path.starts_with("tests") {
            return Self { module: Vec::new(), code: Vec::new(), tests: all };
        }
        let (code, tests) = split_tests(&all);
        Self { module: module_of(path), code, tests }
    }

    /// All paths the code names, in order of their lines.
    pub fn named(&self) -> Vec<Named> {
        let modules = self.module_at_each_token();
        let mut imports: HashMap<String, Vec<String>> = HashMap::new();
        let mut named = Vec::new();
        let mut at = 0;
        while at < self.code.len() {
            if self.text(at) == "use" && self.text(at + 1) != "<" {
                let mut tree = UseTree { tokens: &self.code, at: at + 1, leaves: Vec::new() };
                tree.read(&[]);
                at = tree.at;
                for (path, alias) in tree.leaves {
                    let path = resolve(&path, &modules[at.min(modules.len() - 1)], &HashMap::new());
                    imports.insert(alias, path.clone());
                    named.push(Named { path, line: self.code[at.min(self.code.len() - 1)].line });
                }
            } else {
                at += 1;
            }
        }
        self.add_paths_in_code(&modules, &imports, &mut named);
        named.sort_by_key(|name| name.line);
        named
    }

    /// The macros called, with their lines.
    pub fn macros(&self) -> Vec<(&str, usize)> {
        let calls = self.code.windows(2).filter(|pair| is_word(&pair[0].text) && pair[1].text == "!");
        calls.map(|pair| (pair[0].text.as_str(), pair[0].line)).collect()
    }

    fn add_paths_in_code(
        &self,
        modules: &[Vec<String>],
        imports: &HashMap<String, Vec<String>>,
        named: &mut Vec<Named>,
    ) {
        let mut at = 0;
        let mut in_use = false;
        while at < self.code.len() {
            in_use = match self.text(at) {
                "use" if self.text(at + 1) != "<" => true,
                ";" => false,
                _ => in_use,
            };
            let starts = is_word(self.text(at)) && (at == 0 || !matches!(self.text(at - 1), "::" | "."));
            if in_use || !starts {
                at += 1;
                continue;
            }
            let start = at;
            let mut path = vec![self.text(at).to_owned()];
            while self.text(at + 1) == "::" && is_word(self.text(at + 2)) {
                path.push(self.text(at + 2).to_owned());
                at += 2;
            }
            at += 1;
            if path.len() > 1 {
                named.push(Named { path: resolve(&path, &modules[start], imports), line: self.code[start].line });
            }
        }
    }

    /// Which module each token stands in: the file's, or one written inside it.
    fn module_at_each_token(&self) -> Vec<Vec<String>> {
        let mut module = self.module.clone();
        let mut depth = 0;
        let mut opened = Vec::new();
        let mut modules = Vec::with_capacity(self.code.len());
        for at in 0..self.code.len() {
            match self.text(at) {
                "{" => {
                    depth += 1;
                    if at >= 2 && self.text(at - 2) == "mod" {
                        module.push(self.text(at - 1).to_owned());
                        opened.push(depth);
                    }
                }
                "}" => {
                    if opened.last() == Some(&depth) {
                        opened.pop();
                        module.pop();
                    }
                    depth -= 1;
                }
                _ => {}
            }
            modules.push(module.clone());
        }
        modules
    }

    fn text(&self, at: usize) -> &str {
        self.code.get(at).map_or("", |token| token.text.as_str())
    }
}

/// A `use` declaration, flattened.
struct UseTree<'a> {
    tokens: &'a [Token],
    at: usize,
    /// The path, and the name it is known by.
    leaves: Vec<(Vec<String>, String)>,
}

impl UseTree<'_> {
    fn text(&self) -> &str {
        self.tokens.get(self.at).map_or(";", |token| token.text.as_str())
    }

    fn read(&mut self, before: &[String]) {
        let mut path = before.to_vec();
        loop {
            match self.text() {
                "{" => {
                    self.at += 1;
                    while !matches!(self.text(), "}" | ";") {
                        self.read(&path);
                        if self.text() == "," {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    return;
                }
                "::" => self.at += 1,
                ";" | "," | "}" | "as" => break,
                _ => {
                    path.push(self.text().to_owned());
                    self.at += 1;
                }
            }
        }
        if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
            path.pop();
        }
        let mut alias = path.last().cloned().unwrap_or_default();
        if self.text() == "as" {
            self.at += 1;
            self.text().clone_into(&mut alias);
            self.at += 1;
        }
        self.leaves.push((path, alias));
    }
}

/// Makes a path absolute; one of this crate begins with `crate`.
fn resolve(path: &[String], module: &[String], imports: &HashMap<String, Vec<String>>) -> Vec<String> {
    let mut here = vec!["crate".to_owned()];
    here.extend_from_slice(module);
    let supers = path.iter().take_while(|part| *part == "super").count();
    match path[0].as_str() {
        "wirelab" => [&["crate".to_owned()], &path[1..]].concat(),
        "self" => resolve_from(&here, 0, &path[1..]),
        "super" => resolve_from(&here, supers, &path[supers..]),
        first => imports.get(first).map_or_else(|| path.to_vec(), |import| [import.as_slice(), &path[1..]].concat()),
    }
}

fn resolve_from(here: &[String], up: usize, rest: &[String]) -> Vec<String> {
    let kept = here.len().saturating_sub(up).max(1);
    let supers = rest.iter().take_while(|part| *part == "super").count();
    let kept = kept.saturating_sub(supers).max(1);
    [&here[..kept], &rest[supers..]].concat()
}

fn module_of(path: &Path) -> Vec<String> {
    let inside = path.strip_prefix("src").unwrap_or(path).with_extension("");
    let mut parts: Vec<String> = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if matches!(parts.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        parts.pop();
    }
    parts
}

/// Takes items under `#[cfg(test)]` out.
fn split_tests(tokens: &[Token]) -> (Vec<Token>, Vec<Token>) {
    let (mut code, mut tests) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        let end = test_item_end(&tokens[at..]);
        if end == 0 {
            code.push(tokens[at].clone());
            at += 1;
        } else {
            tests.extend_from_slice(&tokens[at..at + end]);
            at += end;
        }
    }
    (code, tests)
}

/// How many tokens an item for tests alone takes, if the tokens begin with one.
fn test_item_end(tokens: &[Token]) -> usize {
    let begins = |words: &[&str]| {
        tokens.len() >= words.len() && words.iter().zip(tokens).all(|(word, token)| token.text == *word)
    };
    if !begins(&["#", "[", "cfg", "(", "test", ")", "]"]) && !begins(&["#", "[", "cfg", "(", "all", "(", "test"]) {
        return 0;
    }
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" if depth == 1 => return at + 1,
            "}" => depth -= 1,
            ";" if depth == 0 => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}

fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if is_word(rest) || first.is_ascii_digit() {
            rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        if first == '\n' {
            line += 1;
        } else if !first.is_whitespace() {
            tokens.push(Token { text: rest[..length].to_owned(), line });
        }
        rest = &rest[length..];
    }
    tokens
}

/// The text with every comment gone and every literal empty; lines stay where they are.
pub fn without_comments_and_strings(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let word_before = kept.chars().next_back().is_some_and(|last| last.is_alphanumeric() || last == '_');
        let (length, literal) = skipped(rest, word_before);
        if length == 0 {
            let first = rest.chars().next().map_or(0, char::len_utf8);
            kept.push_str(&rest[..first]);
            rest = &rest[first..];
            continue;
        }
        kept.push_str(if literal { "\"\"" } else { " " });
        kept.extend(rest[..length].chars().filter(|letter| *letter == '\n'));
        rest = &rest[length..];
    }
    kept
}

/// How long the comment or literal is that the text begins with, and whether it is a literal.
fn skipped(text: &str, word_before: bool) -> (usize, bool) {
    if text.starts_with("//") {
        return (text.find('\n').unwrap_or(text.len()), false);
    }
    if text.starts_with("/*") {
        return (block_comment(text), false);
    }
    if text.starts_with('\'') {
        return (character(text), true);
    }
    if text.starts_with('"') {
        return (quoted(text), true);
    }
    let prefix = ["br", "cr", "r", "b", "c"]
        .into_iter()
        .find(|prefix| text.strip_prefix(prefix).is_some_and(|rest| rest.trim_start_matches('#').starts_with('"')));
    match prefix {
        Some(prefix) if !word_before => {
            let rest = &text[prefix.len()..];
            let hashes = rest.len() - rest.trim_start_matches('#').len();
            if !prefix.ends_with('r') {
                return if hashes == 0 { (prefix.len() + quoted(rest), true) } else { (0, false) };
            }
            let end = format!("\"{}", "#".repeat(hashes));
            let inside = &rest[hashes + 1..];
            let length = inside.find(&end).map_or(inside.len(), |at| at + end.len());
            (prefix.len() + hashes + 1 + length, true)
        }
        Some(_) | None => (0, false),
    }
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// A character literal's length; 0 for a lifetime.
fn character(text: &str) -> usize {
    let mut letters = text.char_indices().skip(1);
    match letters.next() {
        Some((_, '\\')) => {
            text[2..].char_indices().skip(1).find(|(_, letter)| *letter == '\'').map_or(0, |(at, _)| at + 3)
        }
        Some((_, _)) => match letters.next() {
            Some((at, '\'')) => at + 1,
            _ => 0,
        },
        None => 0,
    }
}

fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}
