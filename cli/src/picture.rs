//! Pictures as SVG, written by hand: rectangles, text and lines, which is all that ours need.

use std::fmt::Write as _;

/// Left and top, or width and height, in pixels.
type Pair = (usize, usize);

/// A picture that grows.
#[derive(Debug)]
pub struct Picture {
    text: String,
}

impl Picture {
    /// An empty picture.
    #[must_use]
    pub fn new(width: usize, height: usize, title: &str) -> Self {
        let mut text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\">\n<title>{}</title>\n",
            escaped(title)
        );
        text.push_str("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        Self { text }
    }

    /// A filled rectangle; a browser shows `title` when somebody points at it.
    pub fn rectangle(&mut self, place: Pair, size: Pair, fill: &str, title: &str) {
        let ((left, top), (width, height)) = (place, size);
        self.line(format_args!(
            "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" rx=\"3\" fill=\"{fill}\" \
             stroke=\"#777\"><title>{}</title></rect>",
            escaped(title)
        ));
    }

    /// A filled rectangle without border or title.
    pub fn bar(&mut self, place: Pair, size: Pair, fill: &str) {
        let ((left, top), (width, height)) = (place, size);
        self.line(format_args!(
            "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" fill=\"{fill}\"/>"
        ));
    }

    /// Text from a place on its base line.
    pub fn text(&mut self, place: Pair, size: usize, weight: &str, words: &str) {
        let (left, base) = place;
        self.line(format_args!(
            "<text x=\"{left}\" y=\"{base}\" font-size=\"{size}\" font-weight=\"{weight}\">{}</text>",
            escaped(words)
        ));
    }

    /// A line that goes right, down, and right again.
    pub fn step(&mut self, from: Pair, to: Pair) {
        let half = usize::midpoint(from.0, to.0);
        self.line(format_args!(
            "<path d=\"M{} {}H{half}V{}H{}\" fill=\"none\" stroke=\"#777\"/>",
            from.0, from.1, to.1, to.0
        ));
    }

    /// The picture, complete.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.text.push_str("</svg>\n");
        self.text
    }

    fn line(&mut self, arguments: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "{arguments}");
    }
}

/// Text as XML takes it; a control character has no place there.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push('\n'),
            character if character.is_control() => escaped.push('?'),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Losing this lets the label of an application put a script into a picture that a browser shows.
    #[test]
    fn what_others_wrote_stays_text() {
        let mut picture = Picture::new(10, 10, "a");
        picture.text((0, 0), 9, "bold", "</text><script>\u{1b}\"&");
        let text = picture.finish();
        assert!(
            text.contains("&lt;/text&gt;&lt;script&gt;?&quot;&amp;</text>"),
            "{text}"
        );
    }
}
