//! The real tshark selects the same frames as we do.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::thread;

use wirelab::filter::Filter;

use crate::packets::Capture;
use crate::scene::capture;

/// Filters that tshark and we must answer the same, one a line.
const CORPUS: &str = include_str!("corpus.txt");

/// Filters that both must find wrong, one a line.
const WRONG: &str = include_str!("wrong.txt");

/// How many tsharks run at once.
const WORKERS: usize = 4;

fn lines(text: &'static str) -> Vec<&'static str> {
    text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).collect()
}

fn tshark(file: &Path) -> Command {
    let mut command = Command::new("tshark");
    command.env("TZ", "UTC").env("LC_ALL", "C.UTF-8").env("HOME", "/nonexistent");
    command.arg("-n").arg("-r").arg(file).args(["-o", "tcp.desegment_tcp_streams:TRUE"]);
    command
}

#[expect(clippy::print_stdout, reason = "who reads the tests' output is told what was left out")]
fn is_there() -> bool {
    let there = Command::new("tshark").arg("--version").output().is_ok_and(|output| output.status.success());
    if !there {
        println!("tshark is not installed; its opinion is not asked");
    }
    there
}

fn saved(capture: &Capture) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(&capture.pcap()).expect("it is written");
    file
}

/// What tshark selects with one filter; its complaint when it takes it for none.
fn selected(file: &Path, filter: &str) -> Result<Vec<u64>, String> {
    let output = tshark(file).args(["-T", "fields", "-e", "frame.number", "-Y", filter]).output().expect("it runs");
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(|line| line.parse().expect("a number")).collect())
}

/// What tshark selects with each of many filters, in one run: its statistics count the frames of each second,
/// and every packet of ours has a second of its own. A comma ends a filter there.
fn selected_by_each(file: &Path, frames: usize, filters: &[&str]) -> Vec<Vec<u64>> {
    let statistics = format!("io,stat,1,{}", filters.join(","));
    let output = tshark(file).args(["-q", "-z", &statistics]).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut found = vec![Vec::new(); filters.len()];
    let rows: Vec<&str> = text.lines().filter(|line| line.contains("<>")).collect();
    assert_eq!(rows.len(), frames, "a row for each frame");
    for (row, number) in rows.iter().zip(1..) {
        let cells: Vec<&str> = row.split('|').skip(2).collect();
        for (column, cell) in cells.chunks_exact(2).map(|pair| pair[0].trim()).enumerate() {
            if cell != "0" {
                found[column].push(number);
            }
        }
    }
    found
}

fn compare(capture: &Capture, filter: &str, theirs: &[u64], differing: &mut Vec<String>) {
    match Filter::parse(filter) {
        Ok(ours) => {
            let ours = capture.selected(&ours);
            if ours != theirs {
                differing.push(format!("{filter}\n    ours   {ours:?}\n    tshark {theirs:?}"));
            }
        }
        Err(problem) => differing.push(format!("{filter}\n    ours   {problem}\n    tshark {theirs:?}")),
    }
}

#[test]
fn the_same_frames_pass_as_with_tshark() {
    if !is_there() {
        return;
    }
    let capture = capture();
    let file = saved(&capture);
    let (with_comma, without): (Vec<&str>, Vec<&str>) = lines(CORPUS).into_iter().partition(|line| line.contains(','));
    assert!(with_comma.len() + without.len() >= 150, "the corpus has {}", with_comma.len() + without.len());
    let (mut differing, frames) = (Vec::new(), capture.frames().count());
    for (filter, theirs) in without.iter().zip(selected_by_each(file.path(), frames, &without)) {
        compare(&capture, filter, &theirs, &mut differing);
    }
    for filter in with_comma {
        match selected(file.path(), filter) {
            Ok(theirs) => compare(&capture, filter, &theirs, &mut differing),
            Err(complaint) => differing.push(format!("{filter}\n    tshark {complaint}")),
        }
    }
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing.join("\n"));
}

#[test]
fn what_tshark_finds_wrong_is_wrong_here_too() {
    let mut taken: Vec<String> = lines(WRONG)
        .into_iter()
        .filter(|filter| Filter::parse(filter).is_ok())
        .map(|filter| format!("we take {filter}"))
        .collect();
    if is_there() {
        let file = saved(&capture());
        let all = lines(WRONG);
        let accepted = |filter: &&str| selected(file.path(), filter).is_ok().then(|| format!("tshark takes {filter}"));
        // Each question is a process of its own that reads hundreds of dissectors in; several at once.
        thread::scope(|scope| {
            let parts = all.chunks(all.len().div_ceil(WORKERS));
            let parts = parts.map(|part| scope.spawn(|| part.iter().filter_map(accepted).collect::<Vec<_>>()));
            for part in parts.collect::<Vec<_>>() {
                taken.extend(part.join().expect("it asks"));
            }
        });
    }
    assert!(taken.is_empty(), "{}", taken.join("\n"));
}

#[test]
fn the_corpus_selects_something_and_not_everything() {
    let capture = capture();
    let (all, mut some) = (capture.frames().count(), 0);
    for filter in lines(CORPUS) {
        let selected = capture.selected(&Filter::parse(filter).unwrap_or_else(|problem| panic!("{filter}: {problem}")));
        some += usize::from(!selected.is_empty() && selected.len() < all);
    }
    assert!(some * 4 > lines(CORPUS).len() * 3, "only {some} of the filters tell frames apart");
}
