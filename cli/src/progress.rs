//! How far long work is: a bar where somebody looks, nothing elsewhere.

use host::card::Progress;
use indicatif::{ProgressBar, ProgressStyle};

use crate::output::Output;

const TEMPLATE: &str = "{msg} [{bar:30}] {pos} of {len} blocks";

/// A bar that shows how much of a package the card has.
pub struct LoadingBar(Option<ProgressBar>);

impl LoadingBar {
    /// A bar on standard error, if that is a terminal.
    #[must_use]
    pub fn new(output: &Output) -> Self {
        Self(output.shows_progress().then(|| {
            let style =
                ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(0)
                .with_style(style.progress_chars("=> "))
                .with_message("loading")
        }))
    }

    /// Shows this.
    pub fn show(&self, progress: Progress) {
        if let Some(bar) = &self.0 {
            bar.set_length(u64::try_from(progress.total).unwrap_or_default());
            bar.set_position(u64::try_from(progress.done).unwrap_or_default());
        }
    }
}

impl Drop for LoadingBar {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
