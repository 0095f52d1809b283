//! The streams of one connection, both ways (sections 6.5 and 6.6).

use std::task::{Context, Poll, ready};

use hashbrown::HashMap;

use super::in_flight::Held;
use super::uploads::{UploadKey, Uploads};
use crate::cancellation::CancellationToken;
use crate::dispatch::Upload;
use crate::protocol::{Outcome, RawValue};

/// Running streams by the ids the client gave them. What it sends to and from may have equal ids (D-60).
#[derive(Default)]
pub(super) struct Streams {
    downloads: HashMap<String, CancellationToken>,
    uploads: Uploads,
    /// How many streams the running calls have opened.
    open: usize,
}

impl Streams {
    /// Whether there may be so many streams more.
    pub(super) fn admits(&self, more: usize, limit: usize) -> bool {
        more == 0 || self.open.saturating_add(more) <= limit
    }

    /// Counts the streams of a call that begins; those of one that is over are forgotten.
    pub(super) fn count(&mut self, opened: usize) {
        self.open += opened;
    }

    /// Whether a stream to the client of this id is running (D-31).
    pub(super) fn is_running(&self, id: &str) -> bool {
        self.downloads.contains_key(id)
    }

    pub(super) fn add_download(&mut self, id: String, cancellation: CancellationToken) {
        self.downloads.insert(id, cancellation);
    }

    /// The client wants no more of a stream; one that it does not know of is ignored (D-52).
    pub(super) fn cancel(&self, id: &str) {
        if let Some(cancellation) = self.downloads.get(id) {
            cancellation.cancel();
        }
    }

    /// An upload; one of the same id that is still going on fails (D-60).
    pub(super) fn add_upload(&mut self, id: String, upload: Box<dyn Upload>) -> UploadKey {
        let (key, replaced) = self.uploads.insert(id, upload);
        if let Some(replaced) = replaced {
            replaced.finish(Some("Another stream was begun with the same id.".to_owned()));
        }
        key
    }

    /// Waits until an item of this upload can be taken.
    pub(super) fn poll_room(&mut self, cx: &Context<'_>, id: &str) -> Poll<()> {
        self.uploads.get_mut(id).map_or(Poll::Ready(()), |upload| upload.poll_room(cx))
    }

    /// Takes an item once there is room for it; of an unknown upload it is ignored (J-65).
    pub(super) fn poll_push(&mut self, cx: &Context<'_>, id: &str, item: &RawValue<'_>, detailed: bool) -> Poll<()> {
        let Some(upload) = self.uploads.get_mut(id) else { return Poll::Ready(()) };
        if !ready!(upload.poll_push(cx, item, detailed)) {
            self.uploads.remove(id);
        }
        Poll::Ready(())
    }

    /// Ends an upload; false if there is none of this id (D-64).
    pub(super) fn finish(&mut self, id: &str, outcome: &Outcome<'_>) -> bool {
        let Some(upload) = self.uploads.remove(id) else { return false };
        upload.finish(match outcome {
            Outcome::Error(error) => Some(error.clone().into_owned()),
            Outcome::Void | Outcome::Result(_) => None,
        });
        true
    }

    /// Forgets what belonged to a call that is over (D-65).
    pub(super) fn forget(&mut self, held: &Held) {
        self.open = self.open.saturating_sub(held.opened);
        if let Some(id) = &held.stream {
            self.downloads.remove(id);
        }
        for (id, key) in &held.uploads {
            self.uploads.forget(id, *key);
        }
    }

    /// The connection is over: who still reads is told so (D-67).
    pub(super) fn end(&mut self) {
        self.uploads.clear();
    }
}
