//! The control socket: a Unix socket on which lines are asked and answered, a line each.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc;

/// Those who may be connected at once; a script needs one.
const GUESTS: usize = 16;

/// The longest line, in bytes: a payload may stand in it.
const LINE: u64 = 1024 * 1024;

/// How long a guest may say nothing, or not read.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long an answer may take; the lab answers between two screens.
const ANSWERED: Duration = Duration::from_secs(10);

/// A line that was asked.
#[derive(Debug)]
pub struct Question {
    /// The line, without its end.
    pub line: String,
    /// Where the answer goes.
    pub answer: SyncSender<String>,
}

/// A socket that is listened on; its file goes with it.
#[derive(Debug)]
pub struct Control {
    path: PathBuf,
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Listens at a path, for this user only; what is asked goes to `asked`.
///
/// # Errors
/// The path is taken or cannot be made, or the process has no thread left.
pub fn listen(path: &Path, asked: mpsc::Sender<Question>) -> io::Result<Control> {
    let listener = UnixListener::bind(path)?;
    let control = Control { path: path.to_owned() };
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    thread::Builder::new().name("control".into()).spawn(move || {
        let guests = Arc::new(AtomicUsize::new(0));
        for stream in listener.incoming() {
            let Ok(stream) = stream else { continue };
            if guests.fetch_add(1, Ordering::Relaxed) >= GUESTS {
                guests.fetch_sub(1, Ordering::Relaxed);
                continue;
            }
            let (asked, guests) = (asked.clone(), guests.clone());
            let serve = move || {
                // Who goes in the middle of a line has nothing to be told.
                let _ = serve(&stream, &asked);
                guests.fetch_sub(1, Ordering::Relaxed);
            };
            // Without a thread the guest sees the end of the connection.
            let _ = thread::Builder::new().name("control".into()).spawn(serve);
        }
    })?;
    Ok(control)
}

fn serve(stream: &UnixStream, asked: &mpsc::Sender<Question>) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream);
    while let Some(line) = line(&mut reader)? {
        let (answer, answered) = sync_channel(1);
        if asked.blocking_send(Question { line, answer }).is_err() {
            return Ok(());
        }
        let text = answered.recv_timeout(ANSWERED).map_err(|_| io::ErrorKind::TimedOut)?;
        (&mut &*stream).write_all(format!("{text}\n").as_bytes())?;
    }
    Ok(())
}

/// The next line; None at the end.
fn line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    let length = reader.take(LINE).read_line(&mut line)?;
    if length == 0 {
        return Ok(None);
    }
    if !line.ends_with('\n') && length as u64 == LINE {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the line is too long"));
    }
    Ok(Some(line.trim_end_matches(['\n', '\r']).to_owned()))
}

/// Asks a lab that listens at that path.
///
/// # Errors
/// None listens there, or it does not answer.
pub fn ask(path: &Path, line: &str) -> io::Result<String> {
    let stream = UnixStream::connect(path)?;
    stream.set_read_timeout(Some(ANSWERED))?;
    stream.set_write_timeout(Some(ANSWERED))?;
    (&mut &stream).write_all(format!("{}\n", line.replace('\n', " ")).as_bytes())?;
    self::line(&mut BufReader::new(&stream))?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}
