//! Variables in a lab's texts: `${NAME}`, `${NAME:-what else}`, and `$$` for a dollar sign before a brace.

use super::Sources;

/// The text with its variables filled in.
///
/// # Errors
/// One is not set and has nothing else, or is not closed.
pub fn filled(text: &str, sources: &dyn Sources) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        filled.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        if let Some(behind) = behind.strip_prefix("${") {
            filled.push_str("${");
            rest = behind;
        } else if let Some(behind) = behind.strip_prefix('{') {
            let end =
                behind.find('}').ok_or_else(|| "a variable is written ${NAME}, and the } is missing".to_owned())?;
            filled.push_str(&value(&behind[..end], sources)?);
            rest = &behind[end + 1..];
        } else {
            filled.push('$');
            rest = behind;
        }
    }
    filled.push_str(rest);
    Ok(filled)
}

fn value(written: &str, sources: &dyn Sources) -> Result<String, String> {
    let (name, other) = match written.split_once(":-") {
        Some((name, other)) => (name, Some(other)),
        None => (written, None),
    };
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_name {
        return Err(format!("{name:?} is no name of a variable; write $${{ for the signs themselves"));
    }
    let set = sources.variable(name).filter(|value| !value.is_empty() || other.is_none());
    set.or_else(|| other.map(str::to_owned))
        .ok_or_else(|| format!("the variable {name} is not set; set it, or write ${{{name}:-what else}}"))
}

/// The text as it is written so that nothing in it is taken for a variable.
pub fn plain(text: &str) -> String {
    text.replace("${", "$${")
}
