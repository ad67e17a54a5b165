//! Text for people: headings, labelled values, columns, sentences.

use std::fmt::Write as _;

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const GREEN: &str = "\x1b[32m";
const PLAIN: &str = "\x1b[0m";

/// What is shown of a result.
#[derive(Debug, Default)]
pub struct Page {
    items: Vec<Item>,
}

#[derive(Debug)]
enum Item {
    Done(String),
    Heading(String),
    Field(String, String),
    Table(Vec<Vec<String>>),
    Text(String),
}

impl Page {
    /// What was achieved, first of all.
    pub fn done(&mut self, text: impl Into<String>) {
        self.items.push(Item::Done(printable(&text.into())));
    }

    /// What follows is about this.
    pub fn heading(&mut self, text: impl Into<String>) {
        self.items.push(Item::Heading(printable(&text.into())));
    }

    /// A value with its name.
    pub fn field(&mut self, label: impl Into<String>, value: impl Into<String>) {
        self.items
            .push(Item::Field(printable(&label.into()), printable(&value.into())));
    }

    /// As [`Self::field`], if there is a value.
    pub fn optional(&mut self, label: &str, value: Option<impl Into<String>>) {
        if let Some(value) = value {
            self.field(label, value);
        }
    }

    /// Rows under the names of their columns; `none` is said if there is no row.
    pub fn table(&mut self, columns: &[&str], rows: Vec<Vec<String>>, none: &str) {
        if rows.is_empty() {
            return self.text(none);
        }
        let rows = rows
            .iter()
            .map(|row| row.iter().map(|cell| printable(cell)).collect());
        let header = columns.iter().map(|column| (*column).to_owned()).collect();
        self.items
            .push(Item::Table(std::iter::once(header).chain(rows).collect()));
    }

    /// Sentences.
    pub fn text(&mut self, text: impl Into<String>) {
        self.items.push(Item::Text(text.into()));
    }

    /// Whether nothing is on it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The text, ending with a line feed unless empty.
    #[must_use]
    pub fn render(&self, colours: bool) -> String {
        let paint = |style: &str, text: &str| {
            if colours {
                format!("{style}{text}{PLAIN}")
            } else {
                text.to_owned()
            }
        };
        let label_width = self.items.iter().map(label_width).max().unwrap_or(0);
        let mut text = String::new();
        for (position, item) in self.items.iter().enumerate() {
            let _ = match item {
                Item::Done(done) => writeln!(text, "{}", paint(GREEN, done)),
                Item::Heading(heading) if position == 0 => writeln!(text, "{}", paint(BOLD, heading)),
                Item::Heading(heading) => writeln!(text, "\n{}", paint(BOLD, heading)),
                Item::Field(label, value) => {
                    let padding = " ".repeat(label_width - label.chars().count());
                    writeln!(text, "  {}:{padding}  {value}", paint(DIM, label))
                }
                Item::Table(rows) => {
                    text.push_str(&render_table(rows, paint));
                    Ok(())
                }
                Item::Text(words) if words.ends_with('\n') => write!(text, "{words}"),
                Item::Text(words) => writeln!(text, "{words}"),
            };
        }
        text
    }
}

impl From<String> for Page {
    fn from(text: String) -> Self {
        Self {
            items: vec![Item::Text(text)],
        }
    }
}

/// The text with control characters written out: labels and names come from others and must not steer a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            if c.is_control() {
                c.escape_default().collect()
            } else {
                vec![c]
            }
        })
        .collect()
}

fn label_width(item: &Item) -> usize {
    match item {
        Item::Field(label, _) => label.chars().count(),
        _ => 0,
    }
}

fn render_table(rows: &[Vec<String>], paint: impl Fn(&str, &str) -> String) -> String {
    let mut widths = Vec::new();
    for row in rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for (position, row) in rows.iter().enumerate() {
        let mut line = String::from("  ");
        for (width, cell) in widths.iter().zip(row) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - cell.chars().count() + 2));
        }
        let line = line.trim_end();
        let _ = writeln!(
            text,
            "{}",
            if position == 0 {
                paint(DIM, line)
            } else {
                line.to_owned()
            }
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Losing this makes tables unreadable, or puts escape sequences into files.
    #[test]
    fn columns_line_up_and_colours_are_asked_for() {
        let mut page = Page::default();
        page.done("Card opened.");
        page.field("serial", "0102");
        page.field("date", "2026-01-01");
        page.table(
            &["aid", "label"],
            vec![vec!["F0".into(), "Ä".into()], vec!["F001".into(), "B".into()]],
            "none",
        );
        page.table(&["aid"], vec![], "Nothing there.");
        let plain = "Card opened.\n  serial:  0102\n  date:    2026-01-01\n  aid   label\n  F0    Ä\n  F001  B\n\
                     Nothing there.\n";
        assert_eq!(page.render(false), plain);
        assert!(page.render(true).contains("\x1b["));
    }

    /// Losing this lets the label of an application rewrite what the screen says.
    #[test]
    fn what_others_wrote_cannot_steer_the_terminal() {
        let mut page = Page::default();
        page.field("label", "a\x1b[2Jb\n");
        assert_eq!(page.render(false), "  label:  a\\u{1b}[2Jb\\n\n");
    }
}
