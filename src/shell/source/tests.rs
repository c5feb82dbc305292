//! Files, pipes, packed captures and a live interface, read to the end and read again.

use std::fs;
use std::io::{self, PipeWriter, Write};
use std::net::UdpSocket;
use std::path::PathBuf;
use std::thread;

use flate2::Compression;
use flate2::write::GzEncoder;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;

use super::*;
use crate::capture::{Indexer, Seen};
use crate::model::FrameKind;
use crate::net::report::now;

/// Files and spools, in a folder that goes away.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn holding(&self, bytes: &[u8]) -> Result<Source, Trouble> {
        let path = self.path("capture");
        fs::write(&path, bytes).unwrap();
        open_in(&Asked::Path(path), &self.path("spools"))
    }

    /// What comes through a pipe, and its other end.
    fn piped(&self) -> (Source, PipeWriter) {
        let (near, far) = io::pipe().unwrap();
        let (stopped, stop) = io::pipe().unwrap();
        let (file, stop) = (File::from(std::os::fd::OwnedFd::from(near)), Stop(Arc::new(stop)));
        let spool = || Spool::create(&self.path("spools"));
        (Source::of(file, &Asked::StandardInput, stopped, stop, spool).unwrap(), far)
    }
}

/// Numbers that pack, but not to nothing.
fn numbers(count: u32) -> Vec<u8> {
    (0..count).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// All that comes, and how it ended.
fn all(source: &mut Source) -> (Vec<u8>, Result<(), Trouble>) {
    let (mut bytes, mut piece) = (Vec::new(), vec![0; 10_000]);
    loop {
        match source.read(&mut piece) {
            Ok(0) => return (bytes, Ok(())),
            Ok(length) => bytes.extend_from_slice(&piece[..length]),
            Err(trouble) => return (bytes, Err(trouble)),
        }
    }
}

fn some(source: &mut Source) -> Vec<u8> {
    let mut piece = vec![0; 10_000];
    let length = source.read(&mut piece).unwrap();
    piece.truncate(length);
    piece
}

fn assert_read_again(source: &Source, bytes: &[u8]) {
    let store = source.store();
    let end = bytes.len();
    for part in [0..end, end / 3..end / 2, end - 5..end, 1..2] {
        let mut again = vec![0; part.len()];
        assert_eq!(store.read_at(part.start as u64, &mut again).unwrap(), part.len());
        assert!(again == bytes[part.clone()], "{part:?}");
    }
}

#[test]
fn a_plain_file_is_read_in_place_and_says_how_far_it_is() {
    let (folder, bytes) = (Folder::new(), numbers(10_000));
    let mut source = folder.holding(&bytes).unwrap();
    let begun = some(&mut source).len();
    assert!(begun < bytes.len());
    assert!(source.progress().read >= begun as u64 && source.progress().total == Some(40_000));
    // What was not read yet can be.
    assert_read_again(&source, &bytes);
    let (rest, ended) = all(&mut source);
    assert!([&bytes[..begun], &rest].concat() == bytes);
    assert_eq!(ended, Ok(()));
    assert_eq!(source.progress(), Progress { read: 40_000, total: Some(40_000) });
    assert!(!folder.path("spools").exists());
}

#[test]
fn gzip_of_several_members_is_unpacked_and_read_again_whatever_it_is_called() {
    let (folder, bytes) = (Folder::new(), numbers(50_000));
    let file = [packed(&bytes[..70_000]), packed(b""), packed(&bytes[70_000..])].concat();
    let mut source = folder.holding(&file).unwrap();
    let (read, ended) = all(&mut source);
    assert!(read == bytes);
    assert_eq!(ended, Ok(()));
    assert_read_again(&source, &bytes);
    let packed = file.len() as u64;
    assert_eq!(source.progress(), Progress { read: packed, total: Some(packed) });
}

#[test]
fn of_gzip_cut_short_all_that_is_there_comes_before_the_trouble() {
    let (folder, bytes) = (Folder::new(), numbers(50_000));
    let whole = packed(&bytes);
    for cut in [4, 1000, whole.len() - 20_000] {
        let mut source = folder.holding(&whole[..whole.len() - cut]).unwrap();
        let (read, ended) = all(&mut source);
        assert!(bytes.starts_with(&read));
        // A byte of it holds less than two of these numbers' bytes.
        assert!(read.len() + 2 * cut >= bytes.len(), "{cut} cut, {} of {}", read.len(), bytes.len());
        assert_eq!(ended.unwrap_err().why, "it is cut short");
        assert_read_again(&source, &read);
        assert_eq!(source.read(&mut [0; 100]), Ok(0));
    }
}

#[test]
fn of_damaged_gzip_what_came_before_stays_and_the_damage_is_told() {
    let (folder, bytes) = (Folder::new(), numbers(100_000));
    let mut file = packed(&bytes);
    let middle = file.len() / 2;
    file[middle..middle + 64].fill(0xFF);
    let mut source = folder.holding(&file).unwrap();
    let (read, ended) = all(&mut source);
    assert!(read.len() > 100_000, "{}", read.len());
    assert!(read[..100_000] == bytes[..100_000]);
    assert_eq!(ended.unwrap_err().why, "it is damaged");
    assert_read_again(&source, &read);
}

#[test]
fn what_follows_gzip_and_is_none_is_told_after_it() {
    let folder = Folder::new();
    let mut source = folder.holding(&[packed(b"a capture"), b"something else".to_vec()].concat()).unwrap();
    let (read, ended) = all(&mut source);
    assert_eq!(read, b"a capture");
    assert_eq!(ended.unwrap_err().why, "it is damaged");
}

#[test]
fn other_ways_of_packing_are_told_with_the_program_that_unpacks() {
    let folder = Folder::new();
    let trouble = folder.holding(b"\x28\xb5\x2f\xfd and so on").unwrap_err();
    assert_eq!(trouble.why, "it is packed with zstd");
    assert_eq!(trouble.remedy, "unpack it on the way: `zstd -dc FILE | wirelab open -`");
    let (mut source, mut far) = folder.piped();
    far.write_all(b"\xfd7zXZ\x00 and so on").unwrap();
    assert_eq!(source.read(&mut [0; 100]).unwrap_err().why, "it is packed with xz");
}

#[test]
fn short_and_empty_files_are_read_as_they_are() {
    let folder = Folder::new();
    for bytes in [&b""[..], b"\x1f", b"abc"] {
        assert_eq!(all(&mut folder.holding(bytes).unwrap()), (bytes.to_vec(), Ok(())));
    }
}

#[test]
fn folders_and_devices_are_refused() {
    let folder = Folder::new();
    for (path, why) in [("/", "it is a folder"), ("/dev/zero", "it is neither a file nor a pipe")] {
        assert_eq!(open_in(&Asked::Path(path.into()), &folder.path("spools")).unwrap_err().why, why);
    }
}

#[test]
fn a_stream_is_read_as_it_grows_and_kept() {
    let folder = Folder::new();
    let (mut source, mut far) = folder.piped();
    far.write_all(b"a section").unwrap();
    // The first bytes, which tell how it is packed, come alone.
    let mut read = some(&mut source);
    read.extend(some(&mut source));
    assert_eq!(read, b"a section");
    for piece in [&b"x"[..], b"and more", b"y"] {
        far.write_all(piece).unwrap();
        assert_eq!(some(&mut source), piece);
        read.extend(piece);
        assert_read_again(&source, &read);
    }
    assert_eq!(source.progress(), Progress { read: read.len() as u64, total: None });
    drop(far);
    assert_eq!(all(&mut source), (Vec::new(), Ok(())));
    assert_read_again(&source, &read);
}

#[test]
fn a_packed_stream_shows_what_has_come_so_far() {
    let (folder, bytes) = (Folder::new(), numbers(1000));
    let (mut source, mut far) = folder.piped();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&bytes).unwrap();
    encoder.flush().unwrap();
    far.write_all(encoder.get_ref()).unwrap();
    let mut read = Vec::new();
    while read.len() < bytes.len() {
        read.extend(some(&mut source));
    }
    assert!(read == bytes);
    // Nothing is amiss with a stream that is not waited for any longer.
    source.stop().now();
    assert_eq!(all(&mut source), (Vec::new(), Ok(())));
    assert_read_again(&source, &bytes);
}

#[test]
fn a_pipe_with_a_name_is_opened_before_somebody_writes_to_it() {
    let folder = Folder::new();
    let path = folder.path("fifo");
    mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let mut source = open_in(&Asked::Path(path.clone()), &folder.path("spools")).unwrap();
    let reading = thread::spawn(move || (all(&mut source), source));
    let bytes = numbers(100_000);
    File::options().write(true).open(&path).unwrap().write_all(&bytes).unwrap();
    let ((read, ended), source) = reading.join().unwrap();
    assert!(read == bytes);
    assert_eq!(ended, Ok(()));
    assert_read_again(&source, &bytes);
}

#[test]
fn who_waits_for_a_silent_stream_can_be_stopped() {
    let folder = Folder::new();
    let (mut source, far) = folder.piped();
    let stop = source.stop();
    let reading = thread::spawn(move || all(&mut source));
    stop.now();
    assert_eq!(reading.join().unwrap(), (Vec::new(), Ok(())));
    drop(far);
}

#[test]
fn a_file_that_somebody_read_the_beginning_of_is_kept_from_there() {
    let folder = Folder::new();
    let path = folder.path("capture");
    fs::write(&path, b"header and capture").unwrap();
    let mut file = File::open(&path).unwrap();
    file.read_exact(&mut [0; 11]).unwrap();
    let (stopped, stop) = io::pipe().unwrap();
    let spool = || Spool::create(&folder.path("spools"));
    let mut source = Source::of(file, &Asked::StandardInput, stopped, Stop(Arc::new(stop)), spool).unwrap();
    assert_eq!(all(&mut source), (b"capture".to_vec(), Ok(())));
    assert_eq!(source.progress(), Progress { read: 7, total: Some(7) });
    assert_read_again(&source, b"capture");
}

#[test]
fn an_interface_is_captured_live_each_packet_once() {
    let folder = Folder::new();
    let mut source = match open_in(&Asked::Interface("lo".into()), &folder.path("spools")) {
        Ok(source) => source,
        Err(trouble) if trouble.why.contains("CAP_NET_RAW") => {
            return writeln!(io::stderr(), "skipped: {trouble}").unwrap();
        }
        Err(trouble) => panic!("{trouble}"),
    };
    let (here, there) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
    let before = now();
    for words in ["the first datagram", "the last datagram"] {
        here.send_to(words.as_bytes(), there.local_addr().unwrap()).unwrap();
    }
    let (mut indexer, mut bytes, mut seen) = (Indexer::new(), Vec::new(), Vec::new());
    let port = here.local_addr().unwrap().port();
    let mut flow = None;
    while !seen.iter().any(|(payload, _)| payload == "the last datagram") {
        let piece = some(&mut source);
        assert!(!piece.is_empty(), "it goes on until it is stopped");
        bytes.extend_from_slice(&piece);
        // Others talk over the loopback too.
        indexer.push(&piece, &mut |told| {
            if let Seen::Flow(found) = &told
                && found.client.to_string().ends_with(&format!(":{port}"))
            {
                flow = Some(found.id);
            }
            if let Seen::Frame(frame) = told
                && flow.is_some_and(|flow| frame.flow == Some(flow))
                && let FrameKind::Data { payload, .. } = frame.kind
            {
                seen.push((String::from_utf8_lossy(&payload).into_owned(), frame.at));
            }
        });
    }
    let words: Vec<&str> = seen.iter().map(|(payload, _)| payload.as_str()).collect();
    assert_eq!(words, ["the first datagram", "the last datagram"]);
    assert!(before <= seen[0].1 && seen[0].1 <= seen[1].1 && seen[1].1 <= now());
    source.stop().now();
    let (rest, ended) = all(&mut source);
    bytes.extend(rest);
    assert_eq!(ended, Ok(()));
    assert_read_again(&source, &bytes);
}

#[test]
fn an_interface_that_is_none_is_told() {
    let trouble = open_in(&Asked::Interface("nosuch0".into()), Folder::new().0.path()).unwrap_err();
    assert_eq!(trouble.to_string(), "capture from nosuch0: there is no such interface any more");
}
