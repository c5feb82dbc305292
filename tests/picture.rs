//! Makes the README's picture from the real program: `cargo test --test picture -- --ignored`.

use std::path::Path;

#[path = "support/pty.rs"]
#[expect(dead_code, reason = "shared with tests of what the terminal is left as")]
mod pty;

#[path = "support/svg.rs"]
mod svg;

use pty::Program;

/// Columns and rows of the picture.
const SIZE: (u16, u16) = (120, 36);

#[test]
#[ignore = "writes assets/screen.svg anew; run it when the screen has changed"]
fn the_readme_s_picture_is_made_from_the_real_program() {
    let mut pty = Program::wirelab().start(SIZE.0, SIZE.1);
    pty.wait_for("● http");
    pty.keys("\r");
    pty.wait_for("↤ hello");
    pty.keys("\t\r");
    pty.wait_for("200 OK");
    pty.keys("\x1b");
    pty.wait_for("m method");
    pty.keys("4kkkk");
    pty.wait_for("127.0.0.1:8…");
    pty.keys("\r");
    pty.wait_for("fields/bytes");
    pty.keys("jjj");
    pty.wait_for("http.request.uri");
    let picture = svg::picture(pty.screen());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/screen.svg");
    std::fs::write(path, picture).expect("the picture can be written");
    pty.keys("\x03");
    pty.wait_for_change();
}
