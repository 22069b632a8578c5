//! Chunks of lines as pieces of Zstandard frames: what is flushed can be read before the frame is complete.

use std::io;

use zstd::stream::raw::{Decoder, Encoder, InBuffer, Operation, OutBuffer};

use crate::recordings::RECORD_BYTES_MAX;

/// A block is as many bytes at most; more would have to be read to get at one pair.
pub(super) const BLOCK_BYTES_MAX: usize = 16 << 20;

/// A chunk ends when its block is full, so it is longer by one record at most.
pub(super) const CHUNK_BYTES_MAX: u64 = RECORD_BYTES_MAX + BLOCK_BYTES_MAX as u64 + 1;

/// Bytes that are made room for at once while the length is not known or not believed.
const STEP_BYTES: usize = 256 << 10;

/// Compresses lines into blocks.
pub(super) struct Compressor(Encoder<'static>);

/// What follows on a chunk in its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// Perhaps another chunk.
    More,
    /// Nothing: the block is complete.
    Nothing,
}

impl Compressor {
    pub(super) fn new(level: i32) -> io::Result<Self> {
        Encoder::new(level).map(Compressor)
    }

    /// The block's next piece.
    pub(super) fn chunk(&mut self, lines: &[u8], then: Then) -> io::Result<Vec<u8>> {
        let mut out = Vec::with_capacity(lines.len() / 4 + 1_024);
        let mut input = InBuffer::around(lines);
        while input.pos() < lines.len() {
            step(&mut out, |output| self.0.run(&mut input, output))?;
        }
        loop {
            let left = step(&mut out, |output| match then {
                Then::More => self.0.flush(output),
                Then::Nothing => self.0.finish(output, true),
            })?;
            if left == 0 {
                break;
            }
        }
        if then == Then::Nothing {
            self.begin()?;
        }
        Ok(out)
    }

    /// Forgets the block, whatever was made of it.
    pub(super) fn begin(&mut self) -> io::Result<()> {
        self.0.reinit()
    }
}

/// Decompresses the chunks of a block, in their order.
pub(super) struct Decompressor(Decoder<'static>);

impl Decompressor {
    pub(super) fn new() -> io::Result<Self> {
        Decoder::new().map(Decompressor)
    }

    /// A new block.
    pub(super) fn begin(&mut self) -> io::Result<()> {
        self.0.reinit()
    }

    /// The lines of a chunk; an error where they are not exactly as many bytes.
    pub(super) fn lines(&mut self, chunk: &[u8], raw_bytes: u32) -> io::Result<Vec<u8>> {
        let wanted = raw_bytes as usize;
        let mut out = Vec::new();
        let mut input = InBuffer::around(chunk);
        loop {
            let before = (input.pos(), out.len());
            step(&mut out, |output| self.0.run(&mut input, output))?;
            let is_at_rest = before == (input.pos(), out.len());
            if out.len() > wanted {
                return Err(io::ErrorKind::InvalidData.into());
            }
            // Only a step that makes nothing says that nothing is left inside.
            if is_at_rest {
                break;
            }
        }
        let is_whole = input.pos() == chunk.len() && out.len() == wanted;
        if is_whole { Ok(out) } else { Err(io::ErrorKind::InvalidData.into()) }
    }
}

/// Runs once with some room at the end of `out`.
fn step(
    out: &mut Vec<u8>,
    run: impl FnOnce(&mut OutBuffer<'_, Vec<u8>>) -> io::Result<usize>,
) -> io::Result<usize> {
    if out.capacity() - out.len() < 1_024 {
        out.reserve(out.len().clamp(1_024, STEP_BYTES));
    }
    let end = out.len();
    let mut output = OutBuffer::around_pos(out, end);
    run(&mut output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_of_a_block_are_read_one_by_one_before_it_is_complete() {
        let lines: Vec<Vec<u8>> = (0..50_usize)
            .map(|n| format!("{{\"n\":{n},\"text\":\"{}\"}}\n", "ab".repeat(n * 100)).into_bytes())
            .collect();
        let mut compressor = Compressor::new(1).expect("a compressor");
        let mut decompressor = Decompressor::new().expect("a decompressor");
        for block in lines.chunks(7) {
            decompressor.begin().expect("a new block");
            for (index, line) in block.iter().enumerate() {
                let then = if index == 6 { Then::Nothing } else { Then::More };
                let chunk = compressor.chunk(line, then).expect("it is compressed");
                let length = u32::try_from(line.len()).expect("short");
                assert_eq!(decompressor.lines(&chunk, length).expect("it is read"), *line);
            }
            compressor.begin().expect("a new block");
        }
    }

    #[test]
    fn a_chunk_of_another_length_than_it_says_is_refused_without_being_held() {
        let mut compressor = Compressor::new(1).expect("a compressor");
        let zeros = vec![0_u8; 64 << 20];
        let chunk = compressor.chunk(&zeros, Then::Nothing).expect("it is compressed");
        for wrong in [0, 1, 1_000, (64 << 20) - 1, (64 << 20) + 1] {
            let mut decompressor = Decompressor::new().expect("a decompressor");
            assert!(decompressor.lines(&chunk, wrong).is_err(), "{wrong}");
        }
        let mut decompressor = Decompressor::new().expect("a decompressor");
        assert!(decompressor.lines(&chunk[..chunk.len() / 2], 64 << 20).is_err());
        let mut decompressor = Decompressor::new().expect("a decompressor");
        assert!(decompressor.lines(b"not compressed", 14).is_err());
    }
}
