//! The tree as a picture: one row for each file, one column for each depth, a parent beside its first child.

use super::{Reading, ShownNode};
use crate::picture::Picture;

const ROW: usize = 44;
const BOX_HEIGHT: usize = 34;
const BOX_WIDTH: usize = 250;
const COLUMN: usize = 300;
const MARGIN: usize = 20;
const LEGEND: usize = 40;
/// Characters of the small text that fit a box.
const LINE: usize = 46;

/// The whole picture.
pub(super) fn picture(root: &ShownNode) -> String {
    let (columns, rows) = extent(root);
    let width = MARGIN * 2 + COLUMN * (columns - 1) + BOX_WIDTH;
    let height = MARGIN * 2 + LEGEND + ROW * rows;
    let mut picture = Picture::new(width.max(760), height, "The files of a card");
    legend(&mut picture);
    place(root, 0, 0, &mut picture);
    picture.finish()
}

/// Columns and rows that a node and what is below it take.
fn extent(node: &ShownNode) -> (usize, usize) {
    let below = node.children.iter().map(extent);
    let (columns, rows) = below.fold((0, 0), |(widest, rows), (columns, more)| {
        (widest.max(columns), rows + more)
    });
    (columns + 1, rows.max(1))
}

fn legend(picture: &mut Picture) {
    let words = [
        (Reading::Everybody, "read by everybody"),
        (Reading::Some, "read under a condition"),
        (Reading::Nobody, "read by nobody"),
        (Reading::Folder, "folder"),
    ];
    for (place, (reading, words)) in words.into_iter().enumerate() {
        let left = MARGIN + place * 180;
        picture.rectangle((left, MARGIN), (14, 14), reading.colour(), words);
        picture.text((left + 20, MARGIN + 11), 12, "normal", words);
    }
}

/// Draws a node whose row is `row`; gives how many rows it took.
fn place(node: &ShownNode, depth: usize, row: usize, picture: &mut Picture) -> usize {
    let left = MARGIN + depth * COLUMN;
    let top = MARGIN + LEGEND + row * ROW;
    let title = format!("{}\n{}\n{}", node.path, node.access, node.what());
    picture.rectangle(
        (left, top),
        (BOX_WIDTH, BOX_HEIGHT),
        node.reading.colour(),
        &title,
    );
    let head = [node.name(), &node.size(), &node.what()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" · ");
    picture.text((left + 8, top + 14), 12, "bold", &shortened(&head, LINE - 10));
    picture.text((left + 8, top + 28), 10, "normal", &shortened(&node.access, LINE));
    let mut taken = 0;
    for child in &node.children {
        let middle = top + BOX_HEIGHT / 2;
        let below = MARGIN + LEGEND + (row + taken) * ROW + BOX_HEIGHT / 2;
        picture.step((left + BOX_WIDTH, middle), (MARGIN + (depth + 1) * COLUMN, below));
        taken += place(child, depth + 1, row + taken, picture);
    }
    taken.max(1)
}

/// At most so many characters; what is cut is in the title.
fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{kept}…")
}
