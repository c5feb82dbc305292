//! Content codings of HTTP (RFC 9110 section 8.4): a body as it was before it was packed.

use std::io::Read;

use brotli_decompressor::Decompressor;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

/// The most that is unpacked of one body: a small one may become a very long one.
const UNPACKED_LIMIT: u64 = 64 * 1024 * 1024;

/// Bytes the Brotli decoder takes at a time.
const BROTLI_PIECE: usize = 4096;

/// A body that was packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpacked {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Why there are not more.
    pub complaint: Option<&'static str>,
}

/// Unpacks a body by the value of its `Content-Encoding`; None when it was not packed.
///
/// gzip, deflate and br are known, one or several of them.
///
/// # Errors
/// Says why the body can only be had as it was sent.
pub fn unpack(codings: &str, body: &[u8]) -> Result<Option<Unpacked>, String> {
    let codings = codings.split(',').map(|coding| coding.trim().to_ascii_lowercase());
    let codings: Vec<String> = codings.filter(|coding| !matches!(coding.as_str(), "" | "identity")).collect();
    if body.is_empty() {
        return Ok(None);
    }
    let mut unpacked: Option<Unpacked> = None;
    // The one applied last is named last (RFC 9110 section 8.4).
    for coding in codings.iter().rev() {
        let (packed, before) = match &unpacked {
            Some(unpacked) => (&unpacked.bytes[..], unpacked.complaint),
            None => (body, None),
        };
        let (bytes, complaint) = match coding.as_str() {
            "gzip" | "x-gzip" => read(MultiGzDecoder::new(packed)),
            // Many servers leave out the frame that the standard asks for (RFC 9110 section 8.4.1.2).
            "deflate" => match read(ZlibDecoder::new(packed)) {
                (bytes, Some(_)) if bytes.is_empty() => read(DeflateDecoder::new(packed)),
                read => read,
            },
            "br" => read(Decompressor::new(packed, BROTLI_PIECE)),
            other => return Err(format!("it is as it was sent, packed with {other}")),
        };
        if bytes.is_empty() && complaint.is_some() {
            return Err("it is as it was sent, for it cannot be unpacked".into());
        }
        unpacked = Some(Unpacked { bytes, complaint: before.or(complaint) });
    }
    Ok(unpacked)
}

fn read(packed: impl Read) -> (Vec<u8>, Option<&'static str>) {
    let mut bytes = Vec::new();
    let outcome = packed.take(UNPACKED_LIMIT).read_to_end(&mut bytes);
    let complaint = match outcome {
        Err(_) => Some("what follows cannot be unpacked"),
        Ok(_) if bytes.len() as u64 >= UNPACKED_LIMIT => Some("what follows is left out: it is too long"),
        Ok(_) => None,
    };
    (bytes, complaint)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    /// `hello hello hello hello`, as the library of Brotli 1.2 packs it.
    const BROTLI: &[u8] = &[
        0x1b, 0x16, 0x00, 0xf8, 0x8d, 0x94, 0x6e, 0xde, 0x44, 0x55, 0x86, 0x96, 0x6c, 0x20, 0x6f, 0x21, 0x4f, 0x1c,
        0xe0, 0x38,
    ];

    fn unpacked(codings: &str, body: &[u8]) -> Vec<u8> {
        unpack(codings, body).unwrap().unwrap().bytes
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        packer.write_all(text).unwrap();
        packer.finish().unwrap()
    }

    fn deflate(text: &[u8], has_frame: bool) -> Vec<u8> {
        if has_frame {
            let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
            packer.write_all(text).unwrap();
            return packer.finish().unwrap();
        }
        let mut packer = DeflateEncoder::new(Vec::new(), Compression::best());
        packer.write_all(text).unwrap();
        packer.finish().unwrap()
    }

    #[test]
    fn what_was_packed_is_unpacked_however_it_is_named() {
        let text = b"hello hello hello hello".as_slice();
        assert_eq!(unpacked("gzip", &gzip(text)), text);
        assert_eq!(unpacked(" X-Gzip ", &gzip(text)), text);
        assert_eq!(unpacked("deflate", &deflate(text, true)), text);
        assert_eq!(unpacked("deflate", &deflate(text, false)), text);
        assert_eq!(unpacked("br", BROTLI), text);
        assert_eq!(unpacked("deflate, identity, gzip", &gzip(&deflate(text, true))), text);
    }

    #[test]
    fn what_was_not_packed_is_none_and_what_is_not_known_says_so() {
        assert_eq!(unpack("", b"a"), Ok(None));
        assert_eq!(unpack("identity", b"a"), Ok(None));
        assert_eq!(unpack("gzip", b""), Ok(None));
        assert_eq!(unpack("zstd", b"a"), Err("it is as it was sent, packed with zstd".into()));
        assert_eq!(unpack("gzip", b"abc"), Err("it is as it was sent, for it cannot be unpacked".into()));
    }

    #[test]
    fn of_a_body_that_is_cut_what_is_there_is_unpacked() {
        let text: Vec<u8> =
            (0..50_000u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
        let packed = gzip(&text);
        let cut = unpack("gzip", &packed[..packed.len() / 2]).unwrap().unwrap();
        assert_eq!(cut.complaint, Some("what follows cannot be unpacked"));
        assert!(!cut.bytes.is_empty() && text.starts_with(&cut.bytes));
    }
}
