//! The themes there are: the program's own, and the user's from the folder of its configuration.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::files;
use crate::model::{Problem, Trouble};
use crate::ui::theme::{Depth, Themes};

/// The most themes read; they are read before the first frame.
const MOST: usize = 64;

/// The most bytes of one; the program's own have about a thousand.
const LARGEST: u64 = 64 * 1024;

/// All themes, with what is wrong with those that could not be read.
pub fn all(depth: Depth) -> (Themes, Vec<Trouble>) {
    let mut themes = Themes::built_in(depth);
    let folder = etcetera::choose_base_strategy().ok().map(|base| base.config_dir().join("wirelab").join("themes"));
    let troubles = folder.map_or_else(Vec::new, |folder| add_from(&folder, &mut themes));
    (themes, troubles)
}

/// Adds those of a folder, in the order of their names. A theme may build on one that stands after it.
fn add_from(folder: &Path, themes: &mut Themes) -> Vec<Trouble> {
    let paths = match theme_files(folder) {
        Ok(paths) => paths,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => return vec![files::from_io("read", folder, &error)],
    };
    let mut troubles = Vec::new();
    let mut texts = Vec::new();
    for path in paths {
        match read(&path) {
            Ok(text) => texts.push((path, text)),
            Err(trouble) => troubles.push(trouble),
        }
    }
    // Those that build on another come when that one has come; each round adds at least one, or is the last.
    loop {
        let mut refused = Vec::new();
        let before = texts.len();
        for (path, text) in texts {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if let Err(problems) = themes.add(&name, &text) {
                refused.push((path, text, problems));
            }
        }
        if refused.is_empty() || refused.len() == before {
            troubles.extend(refused.iter().map(|(path, _, problems)| trouble(path, problems)));
            return troubles;
        }
        texts = refused.into_iter().map(|(path, text, _)| (path, text)).collect();
    }
}

fn theme_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.filter_map(Result::ok).map(|entry| entry.path());
    let mut paths: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "toml")).take(MOST).collect();
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<String, Trouble> {
    let refuse = |why: &str, remedy: &str| Trouble::new("read", path.display(), why, remedy);
    let metadata = fs::metadata(path).map_err(|error| files::from_io("read", path, &error))?;
    if !metadata.is_file() {
        return Err(refuse("it is not a regular file", "a theme is a text file"));
    }
    if metadata.len() > LARGEST {
        return Err(refuse("it is larger than any theme", "a theme has a dozen lines"));
    }
    let mut text = String::new();
    let file = File::open(path).map_err(|error| files::from_io("read", path, &error))?;
    match file.take(LARGEST).read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(refuse("it is not UTF-8", "save it as UTF-8")),
        Err(error) => Err(files::from_io("read", path, &error)),
    }
}

fn trouble(path: &Path, problems: &[Problem]) -> Trouble {
    let first = problems.first().map(ToString::to_string).unwrap_or_default();
    let why = match problems.len() {
        0 | 1 => first,
        count => format!("{first} (and {} more)", count - 1),
    };
    Trouble::new("read", path.display(), why, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(files: &[(&str, &str)]) -> (Themes, Vec<Trouble>, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let mut themes = Themes::built_in(Depth::TrueColor);
        let troubles = add_from(folder.path(), &mut themes);
        (themes, troubles, folder)
    }

    #[test]
    fn the_user_s_themes_may_build_on_each_other_in_any_order() {
        let (themes, troubles, _folder) = with(&[
            ("a.toml", "inherits = \"b\"\nbad = 1"),
            ("b.toml", "inherits = \"c\"\ngood = 2"),
            ("c.toml", "inherits = \"light\""),
            ("notes.txt", "no theme"),
        ]);
        assert_eq!(troubles, []);
        assert_eq!(themes.names()[4..], ["c", "b", "a"]);
    }

    #[test]
    fn a_damaged_one_is_told_with_its_place_and_the_others_are_there() {
        let (themes, troubles, _folder) = with(&[
            ("bad.toml", "inherits = \"dark\"\naccent = \"gren\"\ngood = 999"),
            ("circle.toml", "inherits = \"other\""),
            ("fine.toml", "inherits = \"dark\""),
            ("other.toml", "inherits = \"circle\""),
        ]);
        assert_eq!(themes.names()[4..], ["fine"]);
        let told: Vec<&str> = troubles.iter().map(|trouble| trouble.why.as_str()).collect();
        assert_eq!(told[0], "line 2, column 10: there is no colour \"gren\"; did you mean \"green\"? (and 1 more)");
        assert_eq!(told.len(), 3, "and both of the circle");
        assert!(told[1].starts_with("line 1, column 12: there is no theme \"other\""), "{told:?}");
    }

    #[test]
    fn a_large_one_and_one_that_is_no_text_are_refused_unread() {
        let (_, troubles, folder) = with(&[("large.toml", &"#".repeat(LARGEST as usize + 1))]);
        assert_eq!(troubles[0].why, "it is larger than any theme");
        fs::write(folder.path().join("large.toml"), b"\xff\xfe").unwrap();
        assert_eq!(read(&folder.path().join("large.toml")).unwrap_err().why, "it is not UTF-8");
        assert_eq!(read(folder.path()).unwrap_err().why, "it is not a regular file");
    }

    #[test]
    fn no_folder_is_no_trouble() {
        let mut themes = Themes::built_in(Depth::TrueColor);
        assert_eq!(add_from(Path::new("/no/such/folder"), &mut themes), []);
    }
}
