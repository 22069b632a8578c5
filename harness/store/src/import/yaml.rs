//! Reads YAML as VCR and vcrpy write it into a tree, with the text of scalars as it stands.
//!
//! It works on the parser's events: a reader by type would turn `1.10` into a number, and would lose which texts are `!binary`.

use std::collections::BTreeMap;

use base64::Engine;
use granit_parser::{Event, Parser, ScalarStyle, Tag};

use super::body::LENIENT_BASE64;
use super::cassette::Fault;
use super::node::Node;

/// A cassette is five levels deep; bodies are texts in it.
const DEPTH_MAX: usize = 64;
/// Aliases repeat what was written once: some lines of them can stand for more than fits in memory.
const ALIASED_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Reads the first document.
pub(super) fn read(text: &str) -> Result<Node, Fault> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let at = error.marker();
            let what = format!("not YAML: {} at line {} column {}", error.info(), at.line(), at.col() + 1);
            Fault::new(what, "save the file again, whole, as its recorder writes it")
        })?;
        let line = span.start.line();
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let node = scalar(&text, style, tag.as_deref())
                    .map_err(|fault| fault.within(&format!("line {line}")))?;
                builder.add(node, anchor);
            }
            Event::SequenceStart(_, anchor, _) => builder.open(Node::List(Vec::new()), anchor, line)?,
            Event::MappingStart(_, anchor, _) => builder.open(Node::Map(Vec::new()), anchor, line)?,
            Event::SequenceEnd | Event::MappingEnd => builder.close(),
            Event::Alias(anchor) => builder.alias(anchor, line)?,
            Event::DocumentEnd => break,
            // Nothing of the tree: where the stream and the document begin, and what was not asked for.
            _ => {}
        }
    }
    Ok(builder.root.unwrap_or(Node::Null))
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Node, Fault> {
    if tag.is_some_and(|tag| tag.suffix() == "binary") {
        let packed: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        return LENIENT_BASE64.decode(packed).map(Node::Bytes).map_err(|error| {
            Fault::new(format!("`!binary` is not Base64: {error}"), "record the exchange again")
        });
    }
    let is_null = matches!(text, "" | "~" | "null" | "Null" | "NULL");
    if style == ScalarStyle::Plain && tag.is_none() && is_null {
        return Ok(Node::Null);
    }
    Ok(Node::Text(text.to_owned()))
}

#[derive(Default)]
struct Builder {
    root: Option<Node>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    aliased_bytes: usize,
}

struct Open {
    node: Node,
    anchor: usize,
    /// A mapping's key that waits for its value.
    key: Option<String>,
}

impl Builder {
    fn open(&mut self, node: Node, anchor: usize, line: usize) -> Result<(), Fault> {
        if self.open.len() >= DEPTH_MAX {
            let what = format!("nested deeper than {DEPTH_MAX} levels at line {line}");
            return Err(Fault::new(
                what,
                "a cassette is not: look for a body that was not written as a text",
            ));
        }
        self.open.push(Open { node, anchor, key: None });
        Ok(())
    }

    fn close(&mut self) {
        if let Some(Open { node, anchor, .. }) = self.open.pop() {
            self.add(node, anchor);
        }
    }

    fn alias(&mut self, anchor: usize, line: usize) -> Result<(), Fault> {
        let node = self.anchors.get(&anchor).cloned().unwrap_or(Node::Null);
        self.aliased_bytes += size(&node);
        if self.aliased_bytes > ALIASED_BYTES_MAX {
            let what = format!("aliases stand for more than {ALIASED_BYTES_MAX} bytes at line {line}");
            return Err(Fault::new(what, "write out what they stand for"));
        }
        self.add(node, 0);
        Ok(())
    }

    fn add(&mut self, node: Node, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(Open { node: parent, key, .. }) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match parent {
            Node::List(items) => items.push(node),
            Node::Map(entries) => match key.take() {
                Some(key) => entries.push((key, node)),
                // A Ruby symbol is its word; a key that is no text names nothing that is looked for.
                None => {
                    let text = node.text().unwrap_or_default();
                    *key = Some(text.strip_prefix(':').unwrap_or(text).to_owned());
                }
            },
            Node::Null | Node::Text(_) | Node::Bytes(_) => {}
        }
    }
}

fn size(node: &Node) -> usize {
    let inner = match node {
        Node::Null => 0,
        Node::Text(text) => text.len(),
        Node::Bytes(bytes) => bytes.len(),
        Node::List(items) => items.iter().map(size).sum(),
        Node::Map(entries) => entries.iter().map(|(key, node)| key.len() + size(node)).sum(),
    };
    inner + size_of::<Node>()
}
