//! `http-client.env.json`: variables by the name of an environment.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::model::nearest;

/// The variables of an environment, nested ones with dots: `db.host`.
pub type Environment = BTreeMap<String, String>;

/// The environment whose variables all others have.
const SHARED: &str = "$shared";

/// How deep variables may be nested; people nest one or two levels.
const DEEPEST: usize = 8;

/// The environments that files hold.
///
/// # Errors
/// One of them is no JSON object; says which and why.
pub fn names(files: &[(String, String)]) -> Result<Vec<String>, String> {
    let mut names: Vec<String> = Vec::new();
    for object in parsed(files)? {
        names.extend(object.keys().filter(|name| *name != SHARED).cloned());
    }
    names.sort();
    names.dedup();
    Ok(names)
}

/// The variables of one environment, of files by their names and texts; the later file wins. Without a name only what
/// all share.
///
/// # Errors
/// A file is no JSON object, or none has that environment.
pub fn read(files: &[(String, String)], name: Option<&str>) -> Result<Environment, String> {
    let parsed = parsed(files)?;
    let mut environment = Environment::new();
    if let Some(name) = name
        && !parsed.iter().any(|object| object.contains_key(name))
    {
        let known = names(files)?;
        return Err(match nearest(name, known.iter().map(String::as_str)) {
            Some(meant) => format!("there is no environment {name:?}; did you mean {meant}?"),
            None if known.is_empty() => {
                format!("there is no environment {name:?}: no {} stands beside the file", super::ENVIRONMENT_FILES[0])
            }
            None => format!("there is no environment {name:?}; there are {}", known.join(", ")),
        });
    }
    for wanted in [Some(SHARED), name].into_iter().flatten() {
        for object in parsed.iter().filter_map(|object| object.get(wanted)?.as_object()) {
            flatten("", object, 0, &mut environment);
        }
    }
    Ok(environment)
}

/// The environments of a file, by their names.
type Environments = Map<String, Value>;

fn parsed(files: &[(String, String)]) -> Result<Vec<Environments>, String> {
    let parse = |(name, text): &'_ (String, String)| match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(format!("{name} is no JSON object")),
        Err(error) => Err(format!("{name} is no JSON: {error}")),
    };
    files.iter().map(parse).collect()
}

fn flatten(above: &str, object: &Map<String, Value>, depth: usize, environment: &mut Environment) {
    for (key, value) in object {
        let name = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
        match value {
            Value::Object(inner) if depth < DEEPEST => flatten(&name, inner, depth + 1, environment),
            Value::String(text) => drop(environment.insert(name, text.clone())),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                environment.insert(name, value.to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_private_file_wins_and_shared_ones_are_everywhere() {
        let files = [
            ("a".to_owned(), r#"{"$shared":{"v":1,"x":"s"},"dev":{"host":"h","db":{"port":5}},"prod":{}}"#.to_owned()),
            ("b".to_owned(), "\u{feff}{\"dev\":{\"host\":\"secret\"}}".to_owned()),
        ];
        let dev = read(&files, Some("dev")).unwrap();
        let told: Vec<(&str, &str)> = dev.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(told, [("db.port", "5"), ("host", "secret"), ("v", "1"), ("x", "s")]);
        assert_eq!(names(&files).unwrap(), ["dev", "prod"]);
        assert!(read(&files, Some("dve")).unwrap_err().contains("did you mean dev?"));
        assert!(read(&[("c".into(), "[]".into())], None).unwrap_err().contains("c is no JSON object"));
    }
}
