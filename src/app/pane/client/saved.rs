//! Payloads saved under a name, and the file they are kept in.

use std::path::PathBuf;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::app::Effect;

/// The most saved payloads; a menu of more could not be read.
const MOST: usize = 500;

/// A payload as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedPayload {
    /// Its name.
    pub name: String,
    /// What stands in the payload's field.
    pub text: String,
}

/// All saved payloads, oldest first.
#[derive(Debug, Default)]
pub struct Saved {
    payloads: Vec<SavedPayload>,
    file: Option<PathBuf>,
}

impl Saved {
    /// Those of a file, which is written anew at each change; of a file that does not exist yet, none.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn read(file: PathBuf, text: Option<&str>) -> Result<Self, String> {
        let payloads = match text {
            Some(text) => serde_json::from_str(text).map_err(|error| error.to_string())?,
            None => Vec::new(),
        };
        Ok(Self { payloads, file: Some(file) })
    }

    /// None, to be kept in that file.
    pub fn none_yet(file: PathBuf) -> Self {
        Self { payloads: Vec::new(), file: Some(file) }
    }

    /// The payloads.
    pub fn all(&self) -> &[SavedPayload] {
        &self.payloads
    }

    /// Keeps a payload; the same name again replaces it.
    pub(super) fn keep(&mut self, name: &str, text: String) -> Result<Vec<Effect>, String> {
        let name = name.trim();
        if name.is_empty() {
            return Err("write a name".into());
        }
        self.payloads.retain(|other| other.name != name);
        if self.payloads.len() >= MOST {
            return Err(format!("{MOST} payloads are saved already; take the names of old ones"));
        }
        self.payloads.push(SavedPayload { name: name.to_owned(), text });
        let Some(path) = self.file.clone() else { return Ok(Vec::new()) };
        let text = serde_json::to_string_pretty(&self.payloads).map_err(|error| error.to_string())?;
        Ok(vec![Effect::KeepFile { path, bytes: Bytes::from(text + "\n") }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_payload_comes_back_from_its_file() {
        let mut saved = Saved::read(PathBuf::from("/data/payloads.json"), None).expect("no file is fine");
        saved.keep("greeting", "hello\\n".into()).expect("it has a name");
        let effects = saved.keep("greeting", "hello {{counter}}".into()).expect("it has a name");
        let [Effect::KeepFile { path, bytes }] = &effects[..] else { panic!("{effects:?}") };
        let text = std::str::from_utf8(bytes).expect("JSON is text");
        let again = Saved::read(path.clone(), Some(text)).expect("its own text");
        assert_eq!(again.all(), [SavedPayload { name: "greeting".into(), text: "hello {{counter}}".into() }]);
    }

    #[test]
    fn a_broken_file_is_told_and_without_a_file_nothing_is_written() {
        assert!(Saved::read(PathBuf::from("x"), Some("[{]")).is_err());
        assert!(Saved::default().keep("name", String::new()).is_ok_and(|effects| effects.is_empty()));
        assert!(Saved::default().keep(" ", String::new()).is_err());
    }
}
