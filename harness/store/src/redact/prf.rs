//! HMAC-SHA256 of short messages, ten times for each word: the key's two blocks are digested once, and nothing is copied.

use sha2::block_api::compress256;

use super::key::KEY_BYTES;

/// What a digest has.
pub(super) const DIGEST_BYTES: usize = 32;

const BLOCK_BYTES: usize = 64;

/// FIPS 180-4, section 5.3.3.
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// A key, after its block was digested: RFC 2104 with the work for the key done before.
#[derive(Clone)]
pub(super) struct Prf {
    inner: [u32; 8],
    outer: [u32; 8],
}

/// The beginning of a message: its full blocks are digested already.
#[derive(Clone)]
pub(super) struct Message {
    state: [u32; 8],
    last: [u8; BLOCK_BYTES],
    used: usize,
    full: usize,
}

impl Message {
    pub fn add(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let (now, after) = rest.split_at(rest.len().min(BLOCK_BYTES - self.used));
            self.last[self.used..self.used + now.len()].copy_from_slice(now);
            self.used += now.len();
            rest = after;
            if self.used == BLOCK_BYTES {
                compress256(&mut self.state, &[self.last]);
                (self.used, self.full) = (0, self.full + 1);
            }
        }
    }
}

impl Prf {
    pub fn new(key: &[u8; KEY_BYTES]) -> Prf {
        let digested = |pad: u8| {
            let mut block = [pad; BLOCK_BYTES];
            block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
            let mut state = INITIAL;
            compress256(&mut state, &[block]);
            state
        };
        Prf { inner: digested(0x36), outer: digested(0x5c) }
    }

    /// A number that nobody can tell without the key.
    pub fn seed(&self) -> u64 {
        let digest = self.digest(&self.message(), b"cutover table");
        digest.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte))
    }

    /// A message of which nothing is said yet.
    pub fn message(&self) -> Message {
        Message { state: self.inner, last: [0; BLOCK_BYTES], used: 0, full: 0 }
    }

    /// The HMAC of a message and what follows on it, which is shorter than a block.
    pub fn digest(&self, message: &Message, end: &[u8]) -> [u8; DIGEST_BYTES] {
        let used = message.used + end.len();
        let mut state = message.state;
        if used + PADDING_BYTES_MIN <= BLOCK_BYTES {
            // Most messages end in one block.
            let mut block = [0; BLOCK_BYTES];
            block[..message.used].copy_from_slice(&message.last[..message.used]);
            block[message.used..used].copy_from_slice(end);
            finish_block(&mut state, block, used, BLOCK_BYTES * (1 + message.full) + used);
            return self.outer_of(&state);
        }
        let mut blocks = [[0; BLOCK_BYTES]; BLOCKS_MAX];
        let flat = blocks.as_flattened_mut();
        flat[..message.used].copy_from_slice(&message.last[..message.used]);
        flat[message.used..used].copy_from_slice(end);
        finish(&mut state, &mut blocks, used, BLOCK_BYTES * (1 + message.full) + used);
        self.outer_of(&state)
    }

    fn outer_of(&self, inner: &[u32; 8]) -> [u8; DIGEST_BYTES] {
        let mut block = [0; BLOCK_BYTES];
        block[..DIGEST_BYTES].copy_from_slice(&bytes(inner));
        let mut state = self.outer;
        finish_block(&mut state, block, DIGEST_BYTES, BLOCK_BYTES + DIGEST_BYTES);
        bytes(&state)
    }
}

/// A mark, and how long all is.
const PADDING_BYTES_MIN: usize = 9;

/// What is left of a message, what follows on it, and the padding.
const BLOCKS_MAX: usize = 3;

/// As [`finish`], where one block holds all.
fn finish_block(state: &mut [u32; 8], mut block: [u8; BLOCK_BYTES], used: usize, length: usize) {
    block[used] = 0x80;
    block[BLOCK_BYTES - 8..].copy_from_slice(&(length as u64 * 8).to_be_bytes());
    compress256(state, &[block]);
}

/// Digests the last bytes, with the padding of FIPS 180-4, section 5.1.1.
fn finish(state: &mut [u32; 8], blocks: &mut [[u8; BLOCK_BYTES]; BLOCKS_MAX], used: usize, length: usize) {
    let flat = blocks.as_flattened_mut();
    flat[used] = 0x80;
    let end = (used + PADDING_BYTES_MIN).next_multiple_of(BLOCK_BYTES);
    flat[end - 8..end].copy_from_slice(&(length as u64 * 8).to_be_bytes());
    compress256(state, &blocks[..end / BLOCK_BYTES]);
}

fn bytes(state: &[u32; 8]) -> [u8; DIGEST_BYTES] {
    let mut bytes = [0; DIGEST_BYTES];
    for (bytes, word) in bytes.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use hmac::Mac;

    use super::super::key::RedactionKey;
    use super::*;

    #[test]
    fn it_is_the_hmac_of_the_library_for_messages_of_every_length() {
        let key = RedactionKey::from_bytes([0x5a; KEY_BYTES]);
        for length in 0..300 {
            for end in [0, 4, 63] {
                let text: Vec<u8> = (0..length).map(|n: usize| (n * 7) as u8).collect();
                let end = vec![9; end];
                let mut message = key.prf().message();
                message.add(&text);
                let expected = key.mac().chain_update(&text).chain_update(&end).finalize().into_bytes();
                assert_eq!(key.prf().digest(&message, &end), expected[..], "{length} and {}", end.len());
            }
        }
    }
}
