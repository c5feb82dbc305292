//! A real program in a test: started, spoken to, heard out, and ended when the test lets it go.

use std::path::Path;
use std::process::{Output, Stdio};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use super::lab::PATIENCE;

/// A program that runs.
pub struct Program {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    errors: BufReader<ChildStderr>,
}

/// Whether this machine has the program; a test that needs it says that it skips.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
pub fn has(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let has = std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
    if !has {
        println!("skipped: no {name}");
    }
    has
}

/// Whether Python has the module; a test that needs it says that it skips.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
pub async fn has_python_with(module: &str) -> bool {
    if !has("python3") {
        return false;
    }
    let has = Program::python(&format!("import {module}"), &[]).ended().await.status.success();
    if !has {
        println!("skipped: no {module} for python3");
    }
    has
}

impl Program {
    pub fn start(name: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(name);
        command.args(arguments);
        Self::run(name, command)
    }

    pub fn python(script: &str, arguments: &[&str]) -> Self {
        Self::start("python3", &[&["-c", script], arguments].concat())
    }

    /// Runs a command in plain English, past any proxy, with all three of its streams in the test's hands.
    pub fn run(name: &str, mut command: Command) -> Self {
        command.env("LC_ALL", "C.UTF-8").env("PYTHONUNBUFFERED", "1").env("NO_PROXY", "*").env("no_proxy", "*");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{name} starts: {error}"));
        Self {
            name: name.to_owned(),
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().expect("it is piped")),
            errors: BufReader::new(child.stderr.take().expect("it is piped")),
            child,
        }
    }

    /// Types into it.
    pub async fn say(&mut self, bytes: impl AsRef<[u8]>) {
        let input = self.input.as_mut().expect("its input has not ended");
        input.write_all(bytes.as_ref()).await.expect("it reads its input");
        input.flush().await.expect("it reads its input");
    }

    /// Ends its input.
    pub fn finish(&mut self) {
        self.input = None;
    }

    /// The next line it prints, without its end.
    pub async fn line(&mut self) -> String {
        let mut line = String::new();
        let read = timeout(PATIENCE, self.output.read_line(&mut line)).await;
        if !matches!(read, Ok(Ok(1..))) {
            self.has_failed("printed no line").await;
        }
        line.trim_end_matches(['\r', '\n']).to_owned()
    }

    /// The next so many bytes it prints.
    pub async fn exactly(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        let read = timeout(PATIENCE, self.output.read_exact(&mut bytes)).await;
        if !matches!(read, Ok(Ok(_))) {
            self.has_failed(&format!("did not print {count} bytes")).await;
        }
        bytes
    }

    /// The first line with these words among its messages (standard error).
    pub async fn remarks(&mut self, words: &str) -> String {
        let mut seen = String::new();
        let found = async {
            loop {
                let mut line = String::new();
                match self.errors.read_line(&mut line).await {
                    Ok(1..) if line.contains(words) => return Some(line.trim_end().to_owned()),
                    Ok(1..) => seen.push_str(&line),
                    Ok(0) | Err(_) => return None,
                }
            }
        };
        let found = timeout(PATIENCE, found).await.ok().flatten();
        found.unwrap_or_else(|| panic!("{} never said {words:?}, but:\n{seen}", self.name))
    }

    /// The port at which it listens, as the system knows it; for a program that does not tell what port 0 became.
    pub fn port(&self, table: &str) -> u16 {
        let process = self.child.id().expect("it runs");
        let sockets = sockets_of(process);
        let table = std::fs::read_to_string(format!("/proc/{process}/net/{table}")).expect("a table of sockets");
        let local = table.lines().skip(1).find_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            sockets.contains(&format!("socket:[{}]", fields[9])).then(|| fields[1].to_owned())
        });
        let local = local.unwrap_or_else(|| panic!("{} listens nowhere", self.name));
        u16::from_str_radix(local.rsplit(':').next().expect("a port"), 16).expect("a port")
    }

    /// Ends its input, reads what is left of its output, and waits for its end.
    pub async fn ended(mut self) -> Output {
        self.finish();
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let ending = async {
            let reading = (self.output.read_to_end(&mut stdout), self.errors.read_to_end(&mut stderr));
            let read = tokio::join!(reading.0, reading.1);
            (read.0.and(read.1).expect("its output is read"), self.child.wait().await.expect("it ends")).1
        };
        let ended = timeout(PATIENCE, ending).await;
        let status = ended.unwrap_or_else(|_| panic!("{} does not end", self.name));
        Output { status, stdout, stderr }
    }

    /// The same of a program that must end well: what was left of its output.
    pub async fn prints(self) -> String {
        let name = self.name.clone();
        let output = self.ended().await;
        let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{name}: {}\n{stdout}\n{stderr}", output.status);
        stdout.into_owned()
    }

    async fn has_failed(&mut self, what: &str) -> ! {
        let _ = self.child.start_kill();
        let mut stderr = Vec::new();
        let _ = timeout(PATIENCE, self.errors.read_to_end(&mut stderr)).await;
        panic!("{} {what}\n{}", self.name, String::from_utf8_lossy(&stderr));
    }
}

fn sockets_of(process: u32) -> Vec<String> {
    let folder = format!("/proc/{process}/fd");
    let files = std::fs::read_dir(Path::new(&folder)).expect("its open files");
    let links = files.flatten().filter_map(|file| std::fs::read_link(file.path()).ok());
    links.map(|link| link.to_string_lossy().into_owned()).collect()
}
