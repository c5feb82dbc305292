//! What `y` copies arrives in tmux, configured as it is when nobody has configured it; and the pager comes and goes.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The longest anything may take; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(20);

/// A tmux server of the test's own, with the program in its one window.
struct Tmux {
    home: TempDir,
    socket: String,
}

impl Tmux {
    /// None where there is no tmux, which is said.
    #[expect(clippy::print_stdout, reason = "a skipped test says so")]
    fn start(name: &str, environment: &[(&str, &str)]) -> Option<Self> {
        if Command::new("tmux").arg("-V").stdout(Stdio::null()).status().is_err() {
            println!("skipped: no tmux");
            return None;
        }
        let home = tempfile::tempdir().expect("a folder");
        let tmux = Self { socket: format!("wirelab-test-{name}-{}", std::process::id()), home };
        let state = format!("XDG_STATE_HOME={}", tmux.home.path().display());
        let mut arguments = vec!["-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "36", "-e", &state];
        let given: Vec<String> = environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
        for variable in &given {
            arguments.extend(["-e", variable]);
        }
        arguments.push(env!("CARGO_BIN_EXE_wirelab"));
        tmux.run(&arguments);
        tmux.wait_for("● http");
        Some(tmux)
    }

    fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("tmux");
        command.args(["-L", &self.socket]).args(arguments).env_remove("TMUX");
        for name in ["DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION"] {
            command.env_remove(name);
        }
        let run = command.output().expect("tmux starts");
        String::from_utf8_lossy(&run.stdout).into_owned()
    }

    fn keys(&self, keys: &[&str]) {
        self.run(&[&["send-keys"], keys].concat());
    }

    fn wait_for(&self, text: &str) {
        Self::wait(text, || self.run(&["capture-pane", "-p"]));
    }

    fn wait_for_buffer(&self, text: &str) {
        Self::wait(text, || self.run(&["show-buffer"]));
    }

    /// Each look is a run of tmux, which takes its time: no pause is needed between them.
    fn wait(text: &str, look: impl Fn() -> String) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = look();
            if seen.contains(text) {
                return;
            }
            assert!(Instant::now() < deadline, "waited for {text:?}; what was seen is\n{seen}");
        }
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}

#[test]
fn what_is_copied_is_in_tmux_s_buffer_though_it_takes_none_from_programs() {
    let Some(tmux) = Tmux::start("copy", &[]) else { return };
    assert_eq!(tmux.run(&["show-options", "-sv", "set-clipboard"]).trim(), "external", "as it is by default");
    tmux.keys(&["Enter"]);
    tmux.wait_for("↤ hello");
    tmux.keys(&["Escape"]);
    tmux.wait_for("t target");
    tmux.keys(&["4"]);
    tmux.wait_for("⏎ inspect");
    tmux.keys(&["Y"]);
    tmux.wait_for("Copy 6 bytes as");
    tmux.keys(&["p"]);
    tmux.wait_for("copied 6 bytes as a Python literal");
    tmux.wait_for_buffer(r#"b"hello\n""#);
    tmux.keys(&["C-c"]);
}

#[test]
fn the_pager_has_the_terminal_for_a_while_and_everything_is_drawn_again_after_it() {
    // A pager that is everywhere: it shows the file, and waits for a line.
    let Some(tmux) = Tmux::start("page", &[("PAGER", "f() { cat \"$1\"; read -r line; }; f")]) else { return };
    tmux.keys(&["Enter"]);
    tmux.wait_for("↤ hello");
    tmux.keys(&["Escape"]);
    tmux.wait_for("t target");
    tmux.keys(&["4", "|"]);
    Tmux::wait("the pager alone", || {
        let screen = tmux.run(&["capture-pane", "-p"]);
        if screen.contains("hello") && !screen.contains("1 Servers") { "the pager alone".into() } else { screen }
    });
    tmux.keys(&["Enter"]);
    tmux.wait_for("1 Servers");
    tmux.keys(&["C-c"]);
}
