//! Makes recorded text safe and honest to look at: what acts on a screen or cannot be seen is written as an escape.
//!
//! A terminal obeys escape sequences, a browser obeys direction overrides, and no eye tells a no-break space from a
//! space. A reader of a difference must see all of them. Each format escapes its own syntax on top of this.

/// The text on one line: line ends and tabs become `\n`, `\r`, `\t`, and whatever is invisible becomes `\u{…}`.
pub fn one_line(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        push(&mut shown, character);
    }
    shown
}

/// The same, but line ends stay: for text of several lines.
pub fn lines(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character == '\n' {
            shown.push('\n');
        } else {
            push(&mut shown, character);
        }
    }
    shown
}

/// One line of at most `chars_max` characters, with an ellipsis where it was cut.
pub fn short(text: &str, chars_max: usize) -> String {
    let head = text.char_indices().nth(chars_max.saturating_add(1)).map_or(text, |(end, _)| &text[..end]);
    let shown = one_line(head);
    match shown.char_indices().nth(chars_max) {
        None => shown,
        Some(_) => {
            let end = shown.char_indices().nth(chars_max.saturating_sub(1)).map_or(0, |(index, _)| index);
            format!("{}…", &shown[..end])
        }
    }
}

fn push(shown: &mut String, character: char) {
    match character {
        '\n' => shown.push_str("\\n"),
        '\r' => shown.push_str("\\r"),
        '\t' => shown.push_str("\\t"),
        _ if deceives(character) => shown.extend(character.escape_unicode()),
        _ => shown.push(character),
    }
}

/// Controls, spaces other than the space, and characters without a width or with an effect on their neighbours.
fn deceives(character: char) -> bool {
    character.is_control()
        || (character.is_whitespace() && character != ' ')
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{fffe}'
                | '\u{ffff}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(one_line(text), expected);
    }

    #[test]
    fn ordinary_text_stays() {
        check("Zoë said: “1 < 2” 🎉 $.data[*]", "Zoë said: “1 < 2” 🎉 $.data[*]");
    }

    #[test]
    fn what_a_terminal_obeys_becomes_text() {
        check("\u{1b}[31mred\u{7}\u{9b}2J\u{7f}", r"\u{1b}[31mred\u{7}\u{9b}2J\u{7f}");
        check("a\r\n\tb", r"a\r\n\tb");
    }

    #[test]
    fn what_no_eye_sees_becomes_text() {
        check("a\u{a0}b\u{200b}c\u{202e}d\u{feff}\u{2028}", r"a\u{a0}b\u{200b}c\u{202e}d\u{feff}\u{2028}");
    }

    #[test]
    fn text_of_several_lines_keeps_its_line_ends_only() {
        assert_eq!(lines("a\r\n\u{1b}b"), "a\\r\n\\u{1b}b");
    }

    #[test]
    fn a_long_line_is_cut() {
        assert_eq!(short("abc", 3), "abc");
        assert_eq!(short("abcd", 3), "ab…");
        assert_eq!(short("éééé", 2), "é…");
    }
}
