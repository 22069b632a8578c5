//! The blocks of a segment, put together from its chunks: after the page that tells the format, by none of the store's code.

/// A header's and a chunk's head have so many bytes.
const HEAD: usize = 24;

/// A chunk that begins a block, and one that goes on with it.
const BEGINS: u32 = 1;
const GOES_ON: u32 = 2;

/// What each block holds, still compressed; nothing where the bytes are no segment.
pub fn blocks(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut blocks: Vec<Vec<u8>> = Vec::new();
    let mut at = if bytes.starts_with(b"cutovseg") { HEAD } else { bytes.len() };
    while let Some(head) = bytes.get(at..at + HEAD) {
        let number = |index: usize| {
            u32::from_le_bytes([head[index], head[index + 1], head[index + 2], head[index + 3]])
        };
        let end = (at + HEAD + number(0) as usize).min(bytes.len());
        let chunk = &bytes[at + HEAD..end];
        match (number(12), blocks.last_mut()) {
            (BEGINS, _) | (GOES_ON, None) => blocks.push(chunk.to_vec()),
            (GOES_ON, Some(block)) => block.extend(chunk),
            _ => {}
        }
        at = end;
    }
    blocks
}
