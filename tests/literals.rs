//! Literals read by those they are written for: python3, rustc and cc. Where one is missing, its test says so.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use wirelab::model::literal::Form;

/// How many samples are made by chance, beside those that were thought of.
const BY_CHANCE: usize = 60;

/// Bytes that have tripped writers of literals, and others by chance.
fn samples() -> Vec<Vec<u8>> {
    let thought_of: [&[u8]; 14] = [
        b"",
        b"hello",
        b"GET / HTTP/1.1\r\nHost: lab\r\n\r\n",
        b"\x01f2\x0a0\x007\xffabc",
        b"??=??/??'??(??)??!??<??>??-",
        b"\"'\\\"\"\"\\\\\\\n'''",
        b"a \n  b\n\t c\n    \n",
        b"{{counter}} %s %d \\x41 \\u0041 \\N{BULLET} \\0",
        b"\x00\x00\x00",
        b"\x7f\x80\x9f\xa0\xff",
        "é世界\u{202e}\u{feff}👍".as_bytes(),
        b"R\"(raw)\" b'x' br#\"x\"#",
        &[b' '; 300],
        &[b'\\'; 200],
    ];
    let mut samples: Vec<Vec<u8>> = thought_of.into_iter().map(<[u8]>::to_vec).collect();
    samples.push((0..=255).collect());
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut chance = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 24) as usize
    };
    let tricky = b"\\\"'?x0f7 \n\r\tnbua{}%\0\xff";
    for _ in 0..BY_CHANCE {
        let length = chance() % 250;
        samples.push((0..length).map(|_| tricky[chance() % tricky.len()]).collect());
    }
    samples
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn has(program: &str) -> bool {
    let has = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !has {
        println!("skipped: no {program}");
    }
    has
}

/// Runs a command that must end well, and compares what it prints, a line of hex for each sample.
fn prints_the_samples(command: &mut Command, of: &str) {
    let run = command.output().expect("it starts");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let printed = String::from_utf8(run.stdout).expect("hex is text");
    let printed: Vec<&str> = printed.lines().collect();
    let samples = samples();
    assert_eq!(printed.len(), samples.len());
    for (line, sample) in printed.into_iter().zip(samples) {
        assert_eq!(line, hex(&sample), "{of}");
    }
}

fn built(compiler: &mut Command, folder: &Path) -> Command {
    let program = folder.join("program");
    let run = compiler.arg("-o").arg(&program).output().expect("the compiler starts");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    Command::new(program)
}

#[test]
fn python_reads_the_same_bytes() {
    if !has("python3") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("samples.py");
    let lines = samples().into_iter().map(|bytes| format!("print({}.hex())\n", Form::Python.write(&bytes)));
    fs::write(&path, lines.collect::<String>()).expect("it is written");
    prints_the_samples(Command::new("python3").args(["-W", "error"]).arg(&path), "Python");
}

#[test]
fn rustc_reads_the_same_bytes() {
    if !has("rustc") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("samples.rs");
    let lines = samples().into_iter().map(|bytes| format!("    show({});\n", Form::Rust.write(&bytes)));
    let show = "fn show(bytes: &[u8]) {\n    for byte in bytes { print!(\"{byte:02x}\"); }\n    println!();\n}\n";
    fs::write(&path, format!("{show}fn main() {{\n{}}}\n", lines.collect::<String>())).expect("it is written");
    let mut compiler = Command::new("rustc");
    compiler.args(["--edition", "2024", "-D", "warnings"]).arg(&path);
    prints_the_samples(&mut built(&mut compiler, folder.path()), "Rust");
}

#[test]
fn cc_reads_the_same_bytes() {
    if !has("cc") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("samples.c");
    let lines = samples().into_iter().map(|bytes| format!("  SHOW({});\n", Form::C.write(&bytes)));
    let show = "#include <stdio.h>\nstatic void show(const char *at, unsigned long count) {\n  \
                while (count--) printf(\"%02x\", (unsigned char)*at++);\n  putchar('\\n');\n}\n\
                #define SHOW(text) show(text, sizeof(text) - 1)\n";
    fs::write(&path, format!("{show}int main(void) {{\n{}  return 0;\n}}\n", lines.collect::<String>()))
        .expect("it is written");
    let mut compiler = Command::new("cc");
    // With trigraphs on, which C99 has and gnu17 leaves off.
    compiler.args(["-std=c99", "-Werror"]).arg(&path);
    prints_the_samples(&mut built(&mut compiler, folder.path()), "C");
}
