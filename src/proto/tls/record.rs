//! The header of a TLS record (RFC 8446 section 5.1): its type, an old version, a length.

use crate::proto::DecodeError;

/// The types of records.
pub const CHANGE_CIPHER_SPEC: u8 = 20;
pub const ALERT: u8 = 21;
pub const HANDSHAKE: u8 = 22;
pub const APPLICATION_DATA: u8 = 23;
pub const HEARTBEAT: u8 = 24;

/// How many bytes a header has.
pub const HEADER: usize = 5;

/// The most bytes of a record after its header. TLS 1.3 allows 256 beyond 2^14, TLS 1.2 allows 2048 (RFC 5246
/// section 6.2.3), and the header does not tell which is spoken.
pub const CONTENT_LIMIT: usize = (1 << 14) + 2048;

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The record's type.
    pub kind: u8,
    /// How many bytes follow.
    pub length: usize,
}

impl Header {
    /// Reads the header bytes begin with; None when they end inside it.
    ///
    /// # Errors
    /// When no record begins so. The first wrong byte is the same however many follow.
    pub fn read(bytes: &[u8]) -> Result<Option<Self>, DecodeError> {
        let bytes = &bytes[..bytes.len().min(HEADER)];
        let fits = |at: usize, byte: u8| match at {
            0 => (CHANGE_CIPHER_SPEC..=HEARTBEAT).contains(&byte),
            1 => byte == 3,
            2 => byte <= 4,
            3 => usize::from(byte) << 8 <= CONTENT_LIMIT,
            _ => usize::from(bytes[3]) << 8 | usize::from(byte) <= CONTENT_LIMIT,
        };
        if let Some(at) = (0..bytes.len()).find(|at| !fits(*at, bytes[*at])) {
            const WHY: [&str; HEADER] = [
                "no type of a TLS record",
                "no version of a TLS record",
                "no version of a TLS record",
                "a TLS record is too long",
                "a TLS record is too long",
            ];
            return Err(DecodeError { at, why: WHY[at].into() });
        }
        let [kind, _, _, high, low] = *bytes else { return Ok(None) };
        Ok(Some(Self { kind, length: usize::from(u16::from_be_bytes([high, low])) }))
    }
}
