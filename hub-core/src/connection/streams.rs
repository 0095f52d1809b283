//! The streams of one connection, both ways (sections 6.5 and 6.6).

use std::task::{Context, Poll, ready};

use hashbrown::HashMap;

use super::in_flight::HeldStreams;
use super::uploads::{UploadKey, Uploads};
use crate::cancellation::CancellationToken;
use crate::dispatch::{CallStreams, Upload};
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

    /// Begins the streams of a call; fails with the id of a stream to the client that is still running (D-31).
    pub(super) fn begin(&mut self, call: CallStreams) -> Result<HeldStreams, String> {
        let CallStreams { count, uploads, download } = call;
        if let Some((id, _)) = download.as_ref().filter(|(id, _)| self.downloads.contains_key(id)) {
            return Err(id.clone());
        }
        self.open += count;
        let uploads = uploads.into_iter().map(|(id, upload)| (id.clone(), self.add_upload(id, upload))).collect();
        let download = download.map(|(id, cancellation)| {
            self.downloads.insert(id.clone(), cancellation);
            id
        });
        Ok(HeldStreams { count, uploads, download })
    }

    /// The client wants no more of a stream; one that it does not know of is ignored (D-52).
    pub(super) fn cancel(&self, id: &str) {
        if let Some(cancellation) = self.downloads.get(id) {
            cancellation.cancel();
        }
    }

    /// An upload; one of the same id that is still going on fails (D-60).
    fn add_upload(&mut self, id: String, upload: Box<dyn Upload>) -> UploadKey {
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
    pub(super) fn forget(&mut self, held: &HeldStreams) {
        self.open = self.open.saturating_sub(held.count);
        if let Some(id) = &held.download {
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
