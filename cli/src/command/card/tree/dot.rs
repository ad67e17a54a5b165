//! The tree as a graph for Graphviz.

use std::fmt::Write as _;

use super::{Reading, ShownNode};

/// The whole graph, one node for each file, folders drawn as folders.
pub(super) fn graph(root: &ShownNode) -> String {
    let mut text = String::from(
        "digraph card {\n  rankdir=LR\n  node [fontname=\"sans-serif\" fontsize=10 shape=note style=filled]\n",
    );
    let mut next = 0;
    write(root, &mut next, &mut text);
    text.push_str("}\n");
    text
}

/// Writes a node and what is below it; gives its number.
fn write(node: &ShownNode, next: &mut usize, text: &mut String) -> usize {
    let number = *next;
    *next += 1;
    let lines = [
        node.name().to_owned(),
        node.what(),
        node.size(),
        node.access.clone(),
    ];
    let label: Vec<String> = lines
        .iter()
        .filter(|line| !line.is_empty())
        .map(|line| quoted(line))
        .collect();
    let shape = match node.reading {
        Reading::Folder => " shape=folder",
        _ => "",
    };
    let colour = node.reading.colour();
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "  n{number} [label=\"{}\" fillcolor=\"{colour}\"{shape}]",
        label.join("\\n")
    );
    for child in &node.children {
        let child = write(child, next, text);
        let _ = writeln!(text, "  n{number} -> n{child}");
    }
    number
}

/// Between the quotation marks of a string in dot.
fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            character if character.is_control() => quoted.push(' '),
            character => quoted.push(character),
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Losing this lets a label of an application write nodes of its own.
    #[test]
    fn labels_stay_between_their_quotation_marks() {
        assert_eq!(quoted("a\" -> \\b\n"), "a\\\" -> \\\\b ");
    }
}
