//! Places in a mapping's text: engines count UTF-16 units, people lines and columns.

/// Line and column, from 1, of an offset in UTF-16 units. Where the text before the offset ends with `token`,
/// the token's beginning is meant: engines point behind what is at fault, people look at its beginning.
pub(crate) fn line_and_column(source: &str, mut position: usize, token: &str) -> (usize, usize) {
    let units_before: Vec<u16> = source.encode_utf16().take(position).collect();
    let token: Vec<u16> = token.encode_utf16().collect();
    if units_before.ends_with(&token) {
        position -= token.len();
    }
    let mut units = 0;
    let before = source.chars().take_while(|character| {
        units += character.len_utf16();
        units <= position
    });
    let (mut line, mut column) = (1, 1);
    for character in before {
        (line, column) = if character == '\n' { (line + 1, 1) } else { (line, column + 1) };
    }
    (line, column)
}

/// Messages are sentences inside a sentence.
pub(crate) fn lower_first(message: &str) -> String {
    let mut characters = message.chars();
    characters.next().map_or(String::new(), |first| first.to_lowercase().chain(characters).collect())
}
