//! Where the log of a sound image lies and its seals, read as docs/storage-format.md has it for words of 4 bytes.

/// Bytes of a page header, up to where records may start.
pub const PAGE_HEADER: usize = 32;
/// Bytes of a record header.
const RECORD_HEADER: usize = 24;
const FLAG_COMMIT: u8 = 4;

/// Where the pages begin that the log has entered, the oldest first.
pub fn entered(image: &[u8], page_size: usize) -> Vec<usize> {
    let mut pages: Vec<(u32, usize)> = (0..image.len() / page_size)
        .filter_map(|number| {
            let page = image.get(number * page_size..)?;
            let opened = page.starts_with(b"SYM") && page.get(24..32)? != [0xFF; 8];
            opened.then_some((word(page, 4)?, number * page_size))
        })
        .collect();
    pages.sort_unstable();
    pages.into_iter().map(|(_, page)| page).collect()
}

/// Addresses of the slots of all commit records but the last, each of which says that the next transaction is complete.
pub fn seals(image: &[u8], page_size: usize) -> Vec<usize> {
    let mut seals = Vec::new();
    for page in entered(image, page_size) {
        let Some(first) = image.get(page + 24..page + 26) else {
            continue;
        };
        // In units of 4 bytes; FFFF where no record starts.
        let mut at = page + 4 * usize::from(u16::from_le_bytes([first[0], first[1]]));
        let end = page + page_size;
        while at >= page + PAGE_HEADER && at + RECORD_HEADER <= end {
            let Some(slot) = word(image, at).filter(|_| image[at + 4..at + RECORD_HEADER] != [0xFF; 20])
            else {
                break;
            };
            if image[at + 11] & FLAG_COMMIT != 0 && slot != u32::MAX {
                seals.push(at);
            }
            let length = usize::from(u16::from_le_bytes([image[at + 12], image[at + 13]]));
            at = (at + RECORD_HEADER + length).next_multiple_of(4);
        }
    }
    seals
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}
