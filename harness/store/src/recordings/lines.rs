//! Reads a stream line by line, each with a limit, and goes on after a line that cannot be taken.

use std::io::{self, BufRead, Read};

/// A longer record is no pair that could be compared in memory; the line is skipped without being held.
pub const RECORD_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// A buffer that one large record has blown up is given back beyond this size.
const BUFFER_BYTES_KEPT: usize = 4 * 1024 * 1024;

/// Why a record could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadProblem {
    /// Over [`RECORD_BYTES_MAX`].
    #[error("the record is larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// Not text.
    #[error("the record is not UTF-8 from byte {at} on")]
    NotUtf8 {
        /// Bytes before the first that is wrong.
        at: usize,
    },
    /// The compressed stream is cut or damaged, and nothing after this place can be had.
    #[error("the compressed stream is torn: {what}")]
    Torn {
        /// What the decompressor said.
        what: String,
    },
    /// The file holds no record.
    #[error("the file holds no record")]
    Empty,
    /// A file that is called a segment and is none.
    #[error("the file is no segment")]
    NotASegment,
    /// A segment of a later program.
    #[error(
        "the segment is of version {found}, and this program reads versions 1 to {}",
        crate::segments::VERSION
    )]
    UnknownSegment {
        /// The version as the segment has it.
        found: u32,
    },
    /// A pair of a segment that was whole once.
    #[error("the segment is damaged at byte {at}")]
    Damaged {
        /// Where the chunk begins that cannot be read.
        at: u64,
    },
    /// A segment whose writer was killed, up to when another writer closes it.
    #[error(
        "the segment was not closed, and {bytes} bytes at its end are no whole pair: whatever wrote them had not acknowledged it"
    )]
    TornTail {
        /// Bytes behind the last whole chunk.
        bytes: u64,
    },
    /// The disk failed.
    #[error("the file cannot be read: {what}")]
    Disk {
        /// What the system said.
        what: String,
    },
}

impl ReadProblem {
    pub(super) fn of(error: &io::Error) -> Self {
        let what = error.to_string();
        // What the system reports has a number; what the decompressor reports has none.
        if error.raw_os_error().is_some() { ReadProblem::Disk { what } } else { ReadProblem::Torn { what } }
    }
}

/// The lines of a stream that are not blank, with their numbers.
pub(crate) struct Lines<R> {
    reader: R,
    limit: u64,
    line: u64,
    buffer: Vec<u8>,
    ended: Ended,
}

#[derive(PartialEq, Eq)]
enum Ended {
    No,
    Yes,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(reader: R, limit: u64) -> Self {
        Lines { reader, limit, line: 0, buffer: Vec::new(), ended: Ended::No }
    }

    fn read(&mut self) -> io::Result<Option<Result<String, ReadProblem>>> {
        let Lines { reader, limit, buffer, .. } = self;
        buffer.clear();
        let length = reader.by_ref().take(*limit + 1).read_until(b'\n', buffer)?;
        if length == 0 {
            return Ok(None);
        }
        if buffer.last() == Some(&b'\n') {
            buffer.pop();
        } else if length as u64 > *limit {
            *buffer = Vec::new();
            reader.skip_until(b'\n')?;
            return Ok(Some(Err(ReadProblem::TooLarge { limit: *limit })));
        }
        let text = std::str::from_utf8(buffer).map(str::to_owned);
        if buffer.capacity() > BUFFER_BYTES_KEPT {
            *buffer = Vec::new();
        }
        Ok(Some(text.map_err(|error| ReadProblem::NotUtf8 { at: error.valid_up_to() })))
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = (u64, Result<String, ReadProblem>);

    fn next(&mut self) -> Option<Self::Item> {
        while self.ended == Ended::No {
            self.line += 1;
            match self.read() {
                Ok(None) => self.ended = Ended::Yes,
                Ok(Some(Ok(text))) if text.trim_ascii().is_empty() => {}
                Ok(Some(text)) => return Some((self.line, text)),
                Err(error) => {
                    self.ended = Ended::Yes;
                    return Some((self.line, Err(ReadProblem::of(&error))));
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, BufReader, Read};

    use super::{Lines, RECORD_BYTES_MAX, ReadProblem};

    fn check(bytes: &[u8], limit: u64, expected: &[(u64, Result<&str, ReadProblem>)]) {
        // A buffer of three bytes, so that every line lies over its edges.
        let lines: Vec<_> = Lines::new(BufReader::with_capacity(3, bytes), limit).collect();
        let lines: Vec<_> =
            lines.iter().map(|(line, text)| (*line, text.as_deref().map_err(Clone::clone))).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn blank_lines_are_skipped_and_counted() {
        check(b"", 9, &[]);
        check(b"\n \r\n", 9, &[]);
        check(b"\na\r\n\t\nb", 9, &[(2, Ok("a\r")), (4, Ok("b"))]);
    }

    #[test]
    fn a_line_over_the_limit_is_a_problem_and_the_next_is_read() {
        let too_large = Err(ReadProblem::TooLarge { limit: 4 });
        check(b"abcd\nabcde\nx\n", 4, &[(1, Ok("abcd")), (2, too_large.clone()), (3, Ok("x"))]);
        check(b"abcdefghijkl", 4, &[(1, too_large)]);
        check(b"abcd", 4, &[(1, Ok("abcd"))]);
    }

    #[test]
    fn a_line_that_is_not_utf8_is_a_problem_and_the_next_is_read() {
        check(b"a\xffb\nx\n", 9, &[(1, Err(ReadProblem::NotUtf8 { at: 1 })), (2, Ok("x"))]);
    }

    #[test]
    fn a_line_of_a_gigabyte_is_skipped_without_being_held() {
        let huge = io::repeat(b'a').take(1 << 30).chain(&b"\nx\n"[..]);
        let mut lines = Lines::new(BufReader::with_capacity(1 << 20, huge), RECORD_BYTES_MAX);
        let too_large = ReadProblem::TooLarge { limit: RECORD_BYTES_MAX };
        assert_eq!(lines.next(), Some((1, Err(too_large))));
        assert_eq!(lines.buffer.capacity(), 0);
        assert_eq!(lines.next(), Some((2, Ok("x".to_owned()))));
        assert_eq!(lines.next(), None);
    }

    #[test]
    fn a_read_that_fails_ends_the_lines_with_a_problem() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::from_raw_os_error(5))
            }
        }
        let reader = BufReader::new((&b"a\nb"[..]).chain(Failing));
        let lines: Vec<_> = Lines::new(reader, 9).collect();
        let what = io::Error::from_raw_os_error(5).to_string();
        assert_eq!(lines, [(1, Ok("a".to_owned())), (2, Err(ReadProblem::Disk { what }))]);
    }
}
