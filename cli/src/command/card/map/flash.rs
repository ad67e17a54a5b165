//! The flash of a simulated card, from its image.

use serde::Serialize;
use simulator::image::ImageCard;
use simulator::map::{FlashMap, Owner, Use};
use simulator::platform::CardFlash;

use super::STEP;
use crate::failure::{Failure, Result};
use crate::output::Show;
use crate::page::Page;
use crate::picture::Picture;

/// Letters in the text form, by the place of their part.
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Colours in the picture, by the place of their part.
const COLOURS: [&str; 12] = [
    "#4e79a7", "#f28e2b", "#59a14f", "#b07aa1", "#e15759", "#76b7b2", "#edc948", "#ff9da7", "#9c755f",
    "#2f4b7c", "#8cd17d", "#d37295",
];
const FREE: &str = "#f4f4f4";
const SUPERSEDED: &str = "#c8c8c8";
const HEADER: &str = "#555555";

/// Cells of a page in the text form, and pages in a line.
const CELLS: usize = 16;
const PAGES: usize = 4;
/// Cells of a page in the picture, and their size.
const FINE_CELLS: usize = 128;
const CELL: usize = 4;
const ROW: usize = 10;
const LEFT: usize = 60;

#[derive(Serialize)]
pub(super) struct Flash {
    bytes: usize,
    page_size: usize,
    pages: usize,
    parts: Vec<Part>,
    superseded: usize,
    page_headers: usize,
    erased: usize,
    free_bytes: usize,
    objects: usize,
    objects_max: usize,
    erases_least: u32,
    erases_most: u32,
    #[serde(skip)]
    map: FlashMap,
}

#[derive(Serialize)]
struct Part {
    owner: String,
    objects: usize,
    content: usize,
    flash: usize,
}

impl Flash {
    /// Looks at a copy.
    pub(super) fn of(mut card: ImageCard) -> Result<Self> {
        let copy = card.with_flash(CardFlash::copy);
        let lost = || Failure::internal(STEP, "the simulated card has failed");
        let map = FlashMap::of(copy.ok_or_else(lost)?).map_err(|error| {
            let remedy =
                "Make another card with \"symbolon sim new\": a damaged one answers nothing any more.";
            Failure::refused(
                STEP,
                "card",
                apdu_spec::reason::Reason::None,
                error.to_string(),
                remedy,
            )
        })?;
        let parts = map.parts.iter().map(|part| Part {
            owner: match &part.owner {
                Owner::Card(what) => format!("the card: {what}"),
                Owner::Root => "files of the card".into(),
                Owner::Application(aid) => format!("application {aid}"),
                Owner::Loading => "being loaded".into(),
            },
            objects: part.objects,
            content: part.content,
            flash: part.flash,
        });
        Ok(Self {
            bytes: map.size(),
            page_size: map.page_size,
            pages: map.pages(1).count(),
            parts: parts.collect(),
            superseded: map.count(Use::Superseded),
            page_headers: map.count(Use::Header),
            erased: map.count(Use::Free),
            free_bytes: map.stats.free_bytes,
            objects: map.stats.objects,
            objects_max: map.stats.index_capacity,
            erases_least: map.erases.0,
            erases_most: map.erases.1,
            map,
        })
    }

    /// The flash as a picture, one row for each page.
    pub(super) fn picture(&self) -> String {
        let top = 90 + 18 * self.parts.len().div_ceil(2);
        let width = LEFT + FINE_CELLS * CELL + 20;
        let mut picture = Picture::new(width.max(640), top + ROW * self.pages + 20, "The flash of a card");
        let title = format!("Flash: {} pages of {} bytes", self.pages, self.page_size);
        picture.text((20, 24), 14, "bold", &title);
        let mut entries: Vec<(&str, String)> = self
            .parts
            .iter()
            .enumerate()
            .map(|(place, part)| (colour(place), format!("{}, {} bytes", part.owner, part.flash)))
            .collect();
        entries.push((SUPERSEDED, format!("superseded, {} bytes", self.superseded)));
        entries.push((FREE, format!("erased, {} bytes", self.erased)));
        entries.push((HEADER, format!("page headers, {} bytes", self.page_headers)));
        for (place, (fill, words)) in entries.iter().enumerate() {
            let (left, base) = (20 + place % 2 * 320, 48 + place / 2 * 18);
            picture.rectangle((left, base - 11), (12, 12), fill, words);
            picture.text((left + 18, base), 11, "normal", words);
        }
        for (row, page) in self.map.pages(FINE_CELLS).enumerate() {
            let y = top + row * ROW;
            if row.is_multiple_of(8) {
                picture.text((20, y + ROW - 2), 9, "normal", &row.to_string());
            }
            self.row(&mut picture, y, &page);
        }
        picture.finish()
    }

    /// One page: neighbours of the same use are one bar.
    fn row(&self, picture: &mut Picture, y: usize, page: &[Use]) {
        let mut from = 0;
        for same in page.chunk_by(|one, next| one == next) {
            let fill = match same.first() {
                Some(Use::Part(place)) => colour(*place),
                Some(Use::Superseded) => SUPERSEDED,
                Some(Use::Header) => HEADER,
                Some(Use::Free) | None => FREE,
            };
            picture.bar((LEFT + from * CELL, y), (same.len() * CELL, ROW - 2), fill);
            from += same.len();
        }
    }
}

fn colour(place: usize) -> &'static str {
    COLOURS.iter().cycle().nth(place).copied().unwrap_or(HEADER)
}

fn letter(used: Use) -> char {
    match used {
        Use::Free => '.',
        Use::Superseded => '-',
        Use::Header => '|',
        Use::Part(place) => LETTERS
            .iter()
            .cycle()
            .nth(place)
            .map_or('?', |byte| char::from(*byte)),
    }
}

impl Show for Flash {
    fn show(&self, page: &mut Page) {
        page.heading(format!(
            "Flash: {} bytes, {} pages of {}",
            self.bytes, self.pages, self.page_size
        ));
        let share = |bytes: usize| format!("{:>5.1} %", percent(bytes, self.bytes));
        let part = |(place, part): (usize, &Part)| {
            vec![
                letter(Use::Part(place)).to_string(),
                part.owner.clone(),
                part.objects.to_string(),
                part.content.to_string(),
                part.flash.to_string(),
                share(part.flash),
            ]
        };
        let mut rows: Vec<Vec<String>> = self.parts.iter().enumerate().map(part).collect();
        for (used, words, bytes) in [
            (Use::Superseded, "superseded, until room is made", self.superseded),
            (Use::Header, "headers of pages", self.page_headers),
            (Use::Free, "erased", self.erased),
        ] {
            let (none, bytes_text) = (String::new(), bytes.to_string());
            rows.push(vec![
                letter(used).to_string(),
                words.to_owned(),
                none.clone(),
                none,
                bytes_text,
                share(bytes),
            ]);
        }
        page.table(&["", "what", "objects", "content", "flash", "share"], rows, "");
        page.field("room for content", format!("{} bytes", self.free_bytes));
        page.field("objects", format!("{} of {}", self.objects, self.objects_max));
        page.field(
            "erased",
            format!("{} to {} times each page", self.erases_least, self.erases_most),
        );
        let each = self.page_size / CELLS;
        page.heading(format!("Pages, one letter for {each} bytes"));
        let pages: Vec<String> = self
            .map
            .pages(CELLS)
            .map(|page| page.into_iter().map(letter).collect())
            .collect();
        let mut text = String::new();
        for (line, pages) in pages.chunks(PAGES).enumerate() {
            text.push_str(&format!("  {:>4}  {}\n", line * PAGES, pages.join(" ")));
        }
        page.text(text);
    }
}

/// Shares are for people: what is lost in conversion is below a thousandth.
fn percent(part: usize, whole: usize) -> f64 {
    let exact = |bytes: usize| f64::from(u32::try_from(bytes).unwrap_or(u32::MAX));
    exact(part) * 100.0 / exact(whole).max(1.0)
}
