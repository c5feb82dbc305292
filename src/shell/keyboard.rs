//! What the terminal types, read: bytes in; keys, mouse reports and pastes out.
//!
//! crossterm keeps its own parser to itself and its reader spins for ever on a terminal that has gone, so the
//! reading is done here and only crossterm's event types are used. A machine without a clock: whoever feeds it
//! says when nothing more has come for [`Keyboard::patience`], which is what ends a lone Escape.

use std::time::Duration;

use crossterm::event::{KeyEvent, MouseEvent};

use super::sequence::{More, Parsed, begins_an_answer, parse};
use crate::model::Rgb;

/// How long after ESC the rest of a sequence may take; longer on a slow line than any terminal needs, and
/// shorter than a person notices.
const ESCAPE_PATIENCE: Duration = Duration::from_millis(40);

/// How long a paste may stall before what has come of it is taken as the whole: else a lost end mark
/// would swallow all keys for ever.
const PASTE_PATIENCE: Duration = Duration::from_secs(3);

/// How long an answer of the terminal may stall: its rest must not be taken for keys.
const ANSWER_PATIENCE: Duration = Duration::from_secs(1);

/// The most a paste may hold, so that a stuck terminal cannot fill the memory.
pub const PASTE_LIMIT: usize = 16 * 1024 * 1024;

/// The beginning of an answer that means nothing to us.
const NO_ANSWER: &[u8] = b"\x1b]0";

const PASTE_END: &[u8] = b"\x1b[201~";

/// One thing that was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// Text was pasted; its lines end in LF.
    Paste(String),
    /// The terminal told the colour of its background, as it was asked.
    Background(Rgb),
    /// More than [`PASTE_LIMIT`] bytes were pasted; all of it was dropped.
    PasteTooLong,
}

/// The machine that reads.
#[derive(Debug, Default)]
pub struct Keyboard {
    /// Bytes that are not yet a whole sequence.
    pending: Vec<u8>,
    paste: Option<Paste>,
}

#[derive(Debug, Default)]
struct Paste {
    text: Vec<u8>,
    overflowed: bool,
}

impl Keyboard {
    /// Takes bytes as they come, in any pieces.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Typed> {
        self.pending.extend_from_slice(bytes);
        self.read(More::MayCome)
    }

    /// How long to wait for more bytes before saying [`Keyboard::nothing_more`]; None when nothing is begun.
    pub fn patience(&self) -> Option<Duration> {
        if self.paste.is_some() {
            Some(PASTE_PATIENCE)
        } else if self.pending.is_empty() {
            None
        } else if begins_an_answer(&self.pending) {
            Some(ANSWER_PATIENCE)
        } else {
            Some(ESCAPE_PATIENCE)
        }
    }

    /// Nothing more has come: what is begun is all there is.
    pub fn nothing_more(&mut self) -> Vec<Typed> {
        let mut typed = Vec::new();
        if let Some(mut paste) = self.paste.take() {
            let rest = std::mem::take(&mut self.pending);
            paste.push(&rest);
            typed.push(paste.end());
        }
        typed.extend(self.read(More::WillNotCome));
        typed
    }

    fn read(&mut self, more: More) -> Vec<Typed> {
        let mut typed = Vec::new();
        let bytes = std::mem::take(&mut self.pending);
        let mut rest = bytes.as_slice();
        loop {
            if let Some(paste) = &mut self.paste {
                let Some(left) = paste.take_from(rest) else {
                    // All but the bytes that may begin the end mark has been taken.
                    let keep = rest.len().min(PASTE_END.len() - 1);
                    rest = &rest[rest.len() - keep..];
                    break;
                };
                rest = left;
                typed.extend(self.paste.take().map(Paste::end));
                continue;
            }
            if rest.is_empty() {
                break;
            }
            match parse(rest, more) {
                Parsed::Typed(one, length) => {
                    typed.push(one);
                    rest = &rest[length..];
                }
                Parsed::PasteBegins(length) => {
                    self.paste = Some(Paste::default());
                    rest = &rest[length..];
                }
                Parsed::Nothing(length) => rest = &rest[length..],
                Parsed::Endless => {
                    // Only its end is still of interest.
                    self.pending = NO_ANSWER.to_vec();
                    return typed;
                }
                Parsed::Incomplete => break,
            }
        }
        self.pending = rest.to_vec();
        typed
    }
}

impl Paste {
    /// Takes what belongs to the paste; gives what comes after its end mark, or None while that has not come.
    fn take_from<'a>(&mut self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        if let Some(at) = memchr::memmem::find(bytes, PASTE_END) {
            self.push(&bytes[..at]);
            return Some(&bytes[at + PASTE_END.len()..]);
        }
        let keep = bytes.len().min(PASTE_END.len() - 1);
        self.push(&bytes[..bytes.len() - keep]);
        None
    }

    fn push(&mut self, bytes: &[u8]) {
        if self.text.len() + bytes.len() > PASTE_LIMIT {
            self.overflowed = true;
            self.text = Vec::new();
        }
        if !self.overflowed {
            self.text.extend_from_slice(bytes);
        }
    }

    /// Terminals send a pasted line's end as CR, as if Enter had been typed.
    fn end(self) -> Typed {
        if self.overflowed {
            return Typed::PasteTooLong;
        }
        Typed::Paste(String::from_utf8_lossy(&self.text).replace("\r\n", "\n").replace('\r', "\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{KeyCode, KeyModifiers, MouseButton, MouseEventKind};
    use proptest::prelude::*;

    fn pressed(code: KeyCode, modifiers: KeyModifiers) -> Typed {
        Typed::Key(KeyEvent::new(code, modifiers))
    }

    fn plain_key(code: KeyCode) -> Typed {
        pressed(code, KeyModifiers::NONE)
    }

    fn read(bytes: &[u8]) -> Vec<Typed> {
        let mut keyboard = Keyboard::default();
        let mut typed = keyboard.feed(bytes);
        typed.extend(keyboard.nothing_more());
        assert_eq!(keyboard.patience(), None, "nothing is left of {bytes:?}");
        typed
    }

    #[test]
    fn reads_the_keys_of_a_common_terminal() {
        let none = KeyModifiers::NONE;
        let control = KeyModifiers::CONTROL;
        let cases: [(&[u8], KeyCode, KeyModifiers); 34] = [
            (b"a", KeyCode::Char('a'), none),
            (b"A", KeyCode::Char('A'), KeyModifiers::SHIFT),
            ("é".as_bytes(), KeyCode::Char('é'), none),
            ("🦀".as_bytes(), KeyCode::Char('🦀'), none),
            (b"\r", KeyCode::Enter, none),
            (b"\t", KeyCode::Tab, none),
            (b"\x1b[Z", KeyCode::BackTab, KeyModifiers::SHIFT),
            (b"\x7f", KeyCode::Backspace, none),
            (b"\x03", KeyCode::Char('c'), control),
            (b"\x0a", KeyCode::Char('j'), control),
            (b"\x10", KeyCode::Char('p'), control),
            (b"\0", KeyCode::Char(' '), control),
            (b"\x1f", KeyCode::Char('7'), control),
            (b"\x1b", KeyCode::Esc, none),
            (b"\x1bx", KeyCode::Char('x'), KeyModifiers::ALT),
            (b"\x1b[", KeyCode::Char('['), KeyModifiers::ALT),
            (b"\x1bO", KeyCode::Char('O'), KeyModifiers::ALT | KeyModifiers::SHIFT),
            (b"\x1b[A", KeyCode::Up, none),
            (b"\x1bOB", KeyCode::Down, none),
            (b"\x1b[1;5C", KeyCode::Right, control),
            (b"\x1b[1;2D", KeyCode::Left, KeyModifiers::SHIFT),
            (b"\x1b[H", KeyCode::Home, none),
            (b"\x1b[4~", KeyCode::End, none),
            (b"\x1b[5~", KeyCode::PageUp, none),
            (b"\x1b[6;3~", KeyCode::PageDown, KeyModifiers::ALT),
            (b"\x1b[3~", KeyCode::Delete, none),
            (b"\x1bOP", KeyCode::F(1), none),
            (b"\x1b[[B", KeyCode::F(2), none),
            (b"\x1b[15~", KeyCode::F(5), none),
            (b"\x1b[17~", KeyCode::F(6), none),
            (b"\x1b[21~", KeyCode::F(10), none),
            (b"\x1b[24~", KeyCode::F(12), none),
            (b"\x1b[27;5;105~", KeyCode::Char('i'), control),
            (b"\x1b[13;2u", KeyCode::Enter, KeyModifiers::SHIFT),
        ];
        for (bytes, code, modifiers) in cases {
            assert_eq!(read(bytes), [pressed(code, modifiers)], "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn a_sequence_in_pieces_is_still_one_key() {
        let mut keyboard = Keyboard::default();
        assert_eq!(keyboard.feed(b"\x1b"), []);
        assert_eq!(keyboard.patience(), Some(ESCAPE_PATIENCE));
        assert_eq!(keyboard.feed(b"[1;"), []);
        assert_eq!(keyboard.feed(b"5A"), [pressed(KeyCode::Up, KeyModifiers::CONTROL)]);
        assert_eq!(keyboard.patience(), None);
    }

    #[test]
    fn escape_twice_is_escape_twice_and_a_broken_sequence_loses_no_key_after_it() {
        assert_eq!(read(b"\x1b\x1b"), [plain_key(KeyCode::Esc), plain_key(KeyCode::Esc)]);
        assert_eq!(read(b"\x1b[1;\x1b[Bq"), [plain_key(KeyCode::Down), plain_key(KeyCode::Char('q'))]);
        assert_eq!(read(b"\xff\xc3q"), [plain_key(KeyCode::Char('q'))]);
    }

    #[test]
    fn answers_and_focus_reports_are_not_keys() {
        assert_eq!(read(b"\x1b[I\x1b[O\x1b[?62;c\x1b[0n\x1b[12;40Rq"), [plain_key(KeyCode::Char('q'))]);
    }

    const WHITE: &[u8] = b"\x1b]11;rgb:ffff/ffff/fffe\x1b\\";

    #[test]
    fn the_terminal_s_background_is_read_with_either_end_and_any_count_of_digits() {
        let cases: [(&[u8], Rgb); 4] = [
            (WHITE, Rgb(255, 255, 254)),
            (b"\x1b]11;rgb:1e1e/2020/0000\x07", Rgb(0x1e, 0x20, 0)),
            (b"\x1b]11;rgb:1e/20/00\x1b\\", Rgb(0x1e, 0x20, 0)),
            (b"\x1b]11;rgba:f/0/8/f\x07", Rgb(255, 0, 136)),
        ];
        for (bytes, colour) in cases {
            let wanted = [Typed::Background(colour), plain_key(KeyCode::Char('q'))];
            assert_eq!(read(&[bytes, b"q"].concat()), wanted, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn an_answer_in_any_two_pieces_types_no_key() {
        for at in 0..=WHITE.len() {
            let mut keyboard = Keyboard::default();
            let mut typed = keyboard.feed(&WHITE[..at]);
            typed.extend(keyboard.feed(&WHITE[at..]));
            assert_eq!(typed, [Typed::Background(Rgb(255, 255, 254))], "cut at {at}");
            assert_eq!(keyboard.patience(), None);
        }
    }

    #[test]
    fn an_answer_that_is_none_types_no_key_and_loses_none_after_it() {
        let none: [&[u8]; 7] = [
            b"\x1b]11;?\x07",
            b"\x1b]11;rgb:12345/0/0\x07",
            b"\x1b]11;rgb:/+1/\xff\x1b\\",
            b"\x1b]11;rgb:0/0\x07",
            b"\x1b]11;rgb:0/0/0/0\x07",
            b"\x1b]4;1;rgb:0/0/0\x1b\\",
            b"\x1b]52;c;aGVsbG8=\x07",
        ];
        for bytes in none {
            let found: Vec<Typed> =
                read(&[bytes, b"q"].concat()).into_iter().filter(|one| !matches!(one, Typed::Background(_))).collect();
            assert_eq!(found, [plain_key(KeyCode::Char('q'))], "{}", bytes.escape_ascii());
        }
        assert_eq!(read(b"\x1b]11;rgb:0\x03"), [pressed(KeyCode::Char('c'), KeyModifiers::CONTROL)]);
        assert_eq!(read(b"\x1b]11;rgb:0\x1b[A"), [plain_key(KeyCode::Up)]);
    }

    #[test]
    fn an_answer_without_end_is_given_up_and_one_beyond_all_measure_passes_by() {
        let mut keyboard = Keyboard::default();
        assert_eq!(keyboard.feed(b"\x1b]11;rgb:00"), []);
        assert_eq!(keyboard.patience(), Some(ANSWER_PATIENCE));
        assert_eq!(keyboard.nothing_more(), []);
        assert_eq!(keyboard.feed(b"q"), [plain_key(KeyCode::Char('q'))]);
        assert_eq!(keyboard.feed(b"\x1b]52;c;"), []);
        for _ in 0..1000 {
            assert_eq!(keyboard.feed(&[b'x'; 1000]), []);
            assert!(keyboard.pending.len() < 2000, "memory is bounded");
        }
        assert_eq!(keyboard.feed(b"\x1b\\q"), [plain_key(KeyCode::Char('q'))]);
    }

    #[test]
    fn alt_with_a_bracket_is_still_a_key() {
        let bracket = pressed(KeyCode::Char(']'), KeyModifiers::ALT);
        assert_eq!(read(b"\x1b]"), std::slice::from_ref(&bracket));
        assert_eq!(read(b"\x1b]q"), [bracket, plain_key(KeyCode::Char('q'))]);
    }

    #[test]
    fn reads_mouse_reports_beyond_column_223() {
        let report = |kind, column, row, modifiers| Typed::Mouse(MouseEvent { kind, column, row, modifiers });
        let none = KeyModifiers::NONE;
        assert_eq!(
            read(b"\x1b[<0;300;2M\x1b[<0;300;2m\x1b[<32;1;1M\x1b[<64;5;6M\x1b[<81;5;6M"),
            [
                report(MouseEventKind::Down(MouseButton::Left), 299, 1, none),
                report(MouseEventKind::Up(MouseButton::Left), 299, 1, none),
                report(MouseEventKind::Drag(MouseButton::Left), 0, 0, none),
                report(MouseEventKind::ScrollUp, 4, 5, none),
                report(MouseEventKind::ScrollDown, 4, 5, KeyModifiers::CONTROL),
            ]
        );
    }

    #[test]
    fn a_paste_is_one_thing_whatever_it_holds() {
        let bytes = b"\x1b[200~ls\r\n\x1b[A\x03\r\x1b[201~q";
        let expected = [Typed::Paste("ls\n\x1b[A\x03\n".into()), plain_key(KeyCode::Char('q'))];
        assert_eq!(read(bytes), expected);
        let mut keyboard = Keyboard::default();
        let typed: Vec<Typed> = bytes.iter().flat_map(|byte| keyboard.feed(&[*byte])).collect();
        assert_eq!(typed, expected);
    }

    #[test]
    fn a_paste_that_never_ends_does_not_swallow_the_keys_for_ever() {
        let mut keyboard = Keyboard::default();
        assert_eq!(keyboard.feed(b"\x1b[200~half\x1b[20"), []);
        assert_eq!(keyboard.patience(), Some(PASTE_PATIENCE));
        assert_eq!(keyboard.nothing_more(), [Typed::Paste("half\x1b[20".into())]);
        assert_eq!(keyboard.feed(b"q"), [plain_key(KeyCode::Char('q'))]);
    }

    #[test]
    fn a_paste_beyond_the_limit_is_dropped_and_told() {
        let mut keyboard = Keyboard::default();
        keyboard.feed(b"\x1b[200~");
        for _ in 0..=PASTE_LIMIT / 65_536 {
            keyboard.feed(&vec![b'x'; 65_536]);
        }
        assert_eq!(keyboard.feed(b"\x1b[201~q"), [Typed::PasteTooLong, plain_key(KeyCode::Char('q'))]);
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_leave_nothing_behind(
            pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..10)
        ) {
            let mut keyboard = Keyboard::default();
            for piece in &pieces {
                keyboard.feed(piece);
            }
            keyboard.nothing_more();
            prop_assert_eq!(keyboard.patience(), None);
        }
    }
}
