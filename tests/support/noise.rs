//! Noise for tests: numbers, mutated samples and cuts, the same for every run.

/// A small generator of noise: the same for every run (xorshift64*).
pub struct Noise(pub u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    /// A number below the end.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// A sample with some bytes changed, left out or doubled, and parts of others put in.
    pub fn mutated(&mut self, samples: &[&[u8]]) -> Vec<u8> {
        let mut bytes = samples[self.below(samples.len())].to_vec();
        for _ in 0..self.below(6) {
            let at = self.below(bytes.len());
            let other = samples[self.below(samples.len())];
            match self.below(5) {
                0 if !bytes.is_empty() => bytes[at] = self.next() as u8,
                1 if !bytes.is_empty() => drop(bytes.remove(at)),
                2 => bytes.truncate(at),
                3 => bytes.insert(at, b"\r\n :;0\0{[\"%\xff"[self.below(12)]),
                _ => {
                    let start = self.below(other.len());
                    let end = start + self.below(other.len() - start + 1);
                    bytes.splice(at..at, other[start..end].iter().copied());
                }
            }
        }
        bytes
    }

    /// The bytes in pieces of at most 40.
    pub fn cut<'a>(&mut self, mut bytes: &'a [u8]) -> Vec<&'a [u8]> {
        let mut pieces = Vec::new();
        while !bytes.is_empty() {
            let (piece, rest) = bytes.split_at(1 + self.below(bytes.len().min(40)));
            pieces.push(piece);
            bytes = rest;
        }
        pieces
    }
}
