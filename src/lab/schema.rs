//! The lab file's JSON Schema, from which editors complete it.

use serde_json::{Map, Value, json};

use super::section::{LAB, Need, Section, Takes};

/// The schema, in the draft of 2020-12.
pub fn schema() -> Value {
    let mut schema = table(&LAB);
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["title"] = "A lab of wirelab".into();
    schema
}

fn table(section: &Section) -> Value {
    let mut properties = Map::new();
    for entry in section.entries {
        let mut value = value(entry.takes);
        value["description"] = entry.words.into();
        properties.insert(entry.name.to_owned(), value);
    }
    let required: Vec<&str> =
        section.entries.iter().filter(|entry| entry.need == Need::Must).map(|entry| entry.name).collect();
    let mut table = json!({
        "type": "object",
        "description": section.words,
        "additionalProperties": false,
        "properties": properties,
    });
    if !required.is_empty() {
        table["required"] = required.into();
    }
    table
}

fn value(takes: Takes) -> Value {
    let text = json!({ "type": "string" });
    let list = |items: Value| json!({ "type": "array", "items": items });
    match takes {
        Takes::Text => text,
        Takes::Texts => json!({ "anyOf": [text, list(text.clone())] }),
        Takes::Flag => json!({ "type": "boolean" }),
        Takes::Number => json!({ "type": "integer", "minimum": 0 }),
        Takes::Time => json!({ "type": "string", "examples": ["50ms", "2s"] }),
        Takes::OneOf(names) => json!({ "type": "string", "enum": names }),
        Takes::Map => json!({ "type": "object", "additionalProperties": text }),
        Takes::Table(section) => table(section),
        Takes::Tables(section) => list(table(section)),
        Takes::TextsOrTables(section) => {
            let one = json!({ "anyOf": [text, table(section)] });
            json!({ "anyOf": [text, table(section), list(one)] })
        }
    }
}
