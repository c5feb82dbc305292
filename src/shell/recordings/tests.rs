//! What is written, kept to a limit, found again and saved.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::capture::Writer;
use crate::model::{Direction, Frame, NodeId, Timestamp};

/// A recording with or without a frame that holds data.
fn recording(kind: FrameKind) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out);
    let (at, node) = (Timestamp(1), NodeId(1));
    let frame =
        Frame { number: 1, at, arrived: None, node, flow: None, kind, cut: 0, protocol: "", summary: String::new() };
    writer.frame(&frame, None, &mut out);
    out
}

fn data() -> FrameKind {
    FrameKind::Data { direction: Direction::In, payload: "hello".into() }
}

/// Puts parts that hold so many bytes on a shelf.
fn filled(store: &Store, lengths: &[usize]) -> Shelf {
    let shelf = Shelf::default();
    for (number, length) in lengths.iter().enumerate() {
        let mut part = store.create(number as u64 + 1).unwrap();
        part.write(&vec![number as u8; *length]).unwrap();
        shelf.parts().push(part);
    }
    shelf
}

fn names(folder: &Path) -> Vec<String> {
    let mut names = files::list(folder).unwrap().names;
    names.sort();
    names
}

#[test]
fn a_temporary_recording_is_its_owner_s_alone_and_not_taken_for_a_leftover() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("wirelab/recordings");
    let mut part = Store::temporary(&folder, 1 << 30).create(1).unwrap();
    part.write(&recording(data())).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&part.path)), (0o700, 0o600));
    assert_eq!(leftovers(&folder), []);
    drop(part);
    assert_eq!(leftovers(&folder).len(), 1, "nobody has it any more");
}

#[test]
fn two_recordings_of_one_second_have_files_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let parts = [(); 3].map(|()| Store::temporary(folder.path(), 1 << 30).create(1).unwrap());
    assert_eq!(names(folder.path()).len(), parts.len());
}

#[test]
fn what_a_run_left_is_told_with_all_its_files_and_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let whole = recording(data());
    put("2026-11-22T21-05-31-77.pcapng", &whole);
    put("2026-11-22T21-05-31-77.10.pcapng", &whole);
    put("2026-11-22T21-05-31-77.2.pcapng", &whole);
    put("2026-11-21T08-00-00-5.pcapng", &whole[..whole.len() - 1]);
    put("2026-11-23T08-00-00-6.pcapng", &whole);
    put("notes.txt", b"mine");
    let told = leftovers(folder.path());
    let began: Vec<_> = told.iter().map(|leftover| leftover.began.as_str()).collect();
    assert_eq!(began, ["2026-11-23 08:00:00", "2026-11-22 21:05:31"], "the oldest holds no whole frame with data");
    let parts: Vec<_> = told[1].files.iter().filter_map(|path| path.file_name()?.to_str()).collect();
    let wanted =
        ["2026-11-22T21-05-31-77.pcapng", "2026-11-22T21-05-31-77.2.pcapng", "2026-11-22T21-05-31-77.10.pcapng"];
    assert_eq!(parts, wanted);
    assert_eq!(told[1].bytes, 3 * whole.len() as u64);
    assert!(names(folder.path()).contains(&"notes.txt".to_owned()));
}

#[test]
fn what_holds_no_data_is_removed_and_not_told() {
    let folder = tempfile::tempdir().unwrap();
    let steps = recording(FrameKind::Note("only words".into()));
    std::fs::write(folder.path().join("2026-11-22T21-05-31-77.pcapng"), steps).unwrap();
    std::fs::write(folder.path().join("2026-11-22T21-05-32-78.pcapng"), b"").unwrap();
    assert_eq!(leftovers(folder.path()), []);
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn a_leftover_that_is_saved_is_one_file_with_all_sections_and_is_gone_from_where_it_was() {
    let (folder, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let whole = recording(data());
    for name in ["2026-11-22T21-05-31-77.pcapng", "2026-11-22T21-05-31-77.2.pcapng"] {
        std::fs::write(folder.path().join(name), &whole).unwrap();
    }
    let told = leftovers(folder.path());
    let to = home.path().join("mine.pcapng");
    save_leftover(&told[0], &to).unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), [&whole[..], &whole[..]].concat());
    assert_eq!(names(folder.path()), Vec::<String>::new());
    let nowhere = save_leftover(&told[0], &home.path().join("again.pcapng")).unwrap_err();
    assert_eq!(nowhere.why, "there is no such file or folder");
}

#[test]
fn a_ring_keeps_the_newest_parts_within_its_limit() {
    let folder = tempfile::tempdir().unwrap();
    let limit = 8 * LEAST_PART;
    let store = Store::named(folder.path().join("lab.pcapng"), Some(limit));
    let part = store.part_length().unwrap();
    assert_eq!(part, LEAST_PART);
    let shelf = filled(&store, &[part as usize; 8]);
    assert_eq!(shelf.make_room(&store).len(), 1, "the ninth needs the room of one");
    assert_eq!(names(folder.path()), (2..=8).map(|part| format!("lab.{part}.pcapng")).collect::<Vec<_>>());
    assert_eq!(shelf.make_room(&store).len(), 0);
}

#[test]
fn a_recording_of_another_file_does_not_count_toward_a_ring() {
    let folder = tempfile::tempdir().unwrap();
    let other = Store::named(folder.path().join("other.pcapng"), None);
    let shelf = filled(&other, &[3 * LEAST_PART as usize]);
    let store = Store::named(folder.path().join("lab.pcapng"), Some(LEAST_PART));
    let mut part = store.create(1).unwrap();
    part.write(b"x").unwrap();
    shelf.parts().push(part);
    assert_eq!(shelf.make_room(&store), [Arc::from(folder.path().join("lab.pcapng"))]);
    assert_eq!(names(folder.path()), ["other.pcapng"]);
}

#[test]
fn all_parts_are_saved_one_after_another_and_only_what_is_temporary_goes() {
    let (folder, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let shelf = filled(&Store::temporary(folder.path(), 1 << 30), &[3, 2]);
    shelf.parts().push(Store::named(home.path().join("named.pcapng"), None).create(1).unwrap());
    let to = home.path().join("all.pcapng");
    shelf.save(&to).unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), [0, 0, 0, 1, 1]);
    assert_eq!(std::fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
    shelf.remove_temporary();
    assert_eq!(names(folder.path()), Vec::<String>::new());
    assert_eq!(names(home.path()), ["all.pcapng", "named.pcapng"]);
}

#[test]
fn a_capture_that_is_there_is_never_recorded_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.pcapng");
    std::fs::write(&path, "dear").unwrap();
    let trouble = Store::named(path.clone(), None).create(1).unwrap_err();
    assert_eq!(
        (trouble.why.as_str(), trouble.remedy.as_str()),
        ("there is such a file already", "name another, or remove it first")
    );
    assert_eq!(std::fs::read(&path).unwrap(), b"dear");
    std::fs::rename(&path, folder.path().join("ring.3.pcapng")).unwrap();
    let trouble = check_named(&folder.path().join("ring.pcapng"), Some(LEAST_PART)).unwrap_err();
    assert_eq!(trouble.why, "it is a part of an older recording");
    assert!(check_named(&folder.path().join("ring.pcapng"), None).is_ok());
    assert_eq!(check_named(folder.path(), None).unwrap_err().why, "it is a folder");
    assert_eq!(check_named(&folder.path().join("no/such"), None).unwrap_err().why, "there is no such file or folder");
}

#[test]
fn a_full_disk_and_a_removed_file_are_told_with_what_to_do() {
    let full = Store::named("/dev/full".into(), None).create(1).unwrap().write(b"x").unwrap_err();
    assert_eq!(full.why, "the disk is full");
    assert!(full.remedy.contains(":record start"), "{full}");
    let folder = tempfile::tempdir().unwrap();
    let mut part = Store::named(folder.path().join("lab.pcapng"), None).create(1).unwrap();
    part.write(b"x").unwrap();
    std::fs::remove_file(&part.path).unwrap();
    assert_eq!(part.write(b"x").unwrap_err().why, "somebody has removed the file");
}
