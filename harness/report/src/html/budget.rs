//! How many bytes of page a list may take.

/// What is left of a list's bytes.
pub struct Budget {
    left: usize,
}

impl Budget {
    /// The list may take this many bytes.
    pub fn new(bytes: usize) -> Self {
        Budget { left: bytes }
    }

    /// Takes the bytes that the texts and their markup need; refuses, and takes nothing, where they are not left.
    pub fn take(&mut self, markup: usize, texts: &[&str]) -> bool {
        let cost = markup + texts.iter().map(|text| escaped_len(text)).sum::<usize>();
        match self.left.checked_sub(cost) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }
}

/// The length of the text in HTML, at most: what is escaped becomes five bytes.
fn escaped_len(text: &str) -> usize {
    text.len() + 4 * text.bytes().filter(|byte| matches!(byte, b'<' | b'>' | b'&' | b'"' | b'\'')).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_takes_nothing() {
        let mut budget = Budget::new(20);
        let taken = [budget.take(4, &["abcd"]), budget.take(0, &["<<<"]), budget.take(2, &["<<"])];
        assert_eq!(taken, [true, false, true]);
    }
}
