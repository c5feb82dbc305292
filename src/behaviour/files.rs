//! Files: a web server of a folder, or of the little site inside the program.

use super::{Answer, Folder, Kind, Made, Make, Request, Responder};

/// This behaviour, as it is offered.
pub const KIND: Kind = Kind {
    name: "files",
    words: "a web server of a folder's files",
    argument: "the folder; empty for the little site inside the program",
    example: "",
    make: Make::Http(make),
};

fn make(argument: &str) -> Made<dyn Responder> {
    let folder = argument.trim();
    if folder.contains(|c: char| c.is_control()) {
        return Err("a folder's name holds no control characters; write one path, such as ./site".to_owned());
    }
    let folder = if folder.is_empty() { Folder::BuiltIn } else { Folder::Path(folder.to_owned()) };
    Ok(Box::new(Files { folder }))
}

struct Files {
    folder: Folder,
}

impl Responder for Files {
    fn respond(&mut self, _: &Request) -> Answer {
        Answer::FromFolder(self.folder.clone())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn served(argument: &str) -> Result<Answer, String> {
        let request = Request {
            method: "GET".to_owned(),
            path: "/".to_owned(),
            query: None,
            headers: Vec::new(),
            body: Bytes::new(),
        };
        make(argument).map(|mut files| files.respond(&request))
    }

    #[test]
    fn an_empty_argument_means_the_built_in_site_and_any_other_a_folder() {
        assert_eq!(served("  "), Ok(Answer::FromFolder(Folder::BuiltIn)));
        assert_eq!(served("/srv/my site "), Ok(Answer::FromFolder(Folder::Path("/srv/my site".to_owned()))));
        assert!(served("a\0b").is_err_and(|why| why.contains("control characters")));
    }
}
