//! The uploads of one connection, found by their ids.

use hashbrown::HashMap;

use crate::dispatch::Upload;

/// Running uploads. The one that was asked for last, to which the next item mostly belongs, is found by one comparison.
#[derive(Default)]
pub(super) struct Uploads {
    all: Vec<Running>,
    places: HashMap<String, usize>,
    latest: usize,
    last_key: UploadKey,
}

struct Running {
    id: String,
    key: UploadKey,
    upload: Box<dyn Upload>,
}

/// Tells an upload from a later one of the same id.
pub(super) type UploadKey = u64;

impl Uploads {
    /// Adds an upload; also returns the one that it replaces.
    pub(super) fn insert(&mut self, id: String, upload: Box<dyn Upload>) -> (UploadKey, Option<Box<dyn Upload>>) {
        let replaced = self.remove(&id);
        self.last_key += 1;
        self.places.insert(id.clone(), self.all.len());
        self.all.push(Running { id, key: self.last_key, upload });
        (self.last_key, replaced)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Box<dyn Upload>> {
        if self.all.get(self.latest).is_none_or(|latest| latest.id != id) {
            self.latest = *self.places.get(id)?;
        }
        self.all.get_mut(self.latest).map(|running| &mut running.upload)
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Box<dyn Upload>> {
        let place = self.places.remove(id)?;
        let removed = self.all.swap_remove(place);
        if let Some(moved) = self.all.get(place).and_then(|moved| self.places.get_mut(&moved.id)) {
            *moved = place;
        }
        Some(removed.upload)
    }

    /// Removes the upload of this id if it is no later one.
    pub(super) fn forget(&mut self, id: &str, key: UploadKey) {
        let place = self.places.get(id).and_then(|place| self.all.get(*place));
        if place.is_some_and(|running| running.key == key) {
            self.remove(id);
        }
    }

    pub(super) fn clear(&mut self) {
        self.all.clear();
        self.places.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll};

    use super::*;
    use crate::protocol::RawValue;

    /// An upload with so much room.
    struct Numbered(bool);

    impl Upload for Numbered {
        fn poll_room(&mut self, _: &Context<'_>) -> Poll<()> {
            if self.0 { Poll::Ready(()) } else { Poll::Pending }
        }

        fn poll_push(&mut self, _: &Context<'_>, _: &RawValue<'_>, _: bool) -> Poll<bool> {
            Poll::Ready(self.0)
        }

        fn finish(&self, _: Option<String>) {}
    }

    fn uploads(ids: &[&str]) -> Uploads {
        let mut uploads = Uploads::default();
        for id in ids {
            uploads.insert((*id).to_owned(), Box::new(Numbered(id.len() > 1)));
        }
        uploads
    }

    /// Whether the upload is there, and has room.
    fn has_room(uploads: &mut Uploads, id: &str) -> Option<bool> {
        let cx = Context::from_waker(std::task::Waker::noop());
        uploads.get_mut(id).map(|upload| upload.poll_room(&cx).is_ready())
    }

    #[test]
    fn each_is_found_in_whatever_order_they_are_asked_for() {
        let mut uploads = uploads(&["a", "bb", "c", "dd"]);
        for id in ["a", "a", "bb", "dd", "c", "c", "bb"] {
            assert_eq!(has_room(&mut uploads, id), Some(id.len() > 1), "{id}");
        }
        assert_eq!(has_room(&mut uploads, "e"), None);
    }

    #[test]
    fn those_that_are_left_are_found_when_others_are_removed() {
        let mut uploads = uploads(&["a", "bb", "c", "dd"]);
        assert_eq!(has_room(&mut uploads, "dd"), Some(true));
        assert!(uploads.remove("a").is_some() && uploads.remove("a").is_none());
        for (id, expected) in [("dd", Some(true)), ("a", None), ("bb", Some(true)), ("c", Some(false))] {
            assert_eq!(has_room(&mut uploads, id), expected, "{id}");
        }
        uploads.clear();
        assert_eq!(has_room(&mut uploads, "bb"), None);
    }

    #[test]
    fn a_later_one_of_the_same_id_is_not_forgotten_with_the_earlier() {
        let mut uploads = uploads(&["b"]);
        let (first, replaced) = uploads.insert("a".to_owned(), Box::new(Numbered(false)));
        assert!(replaced.is_none());
        let (second, replaced) = uploads.insert("a".to_owned(), Box::new(Numbered(true)));
        assert!(replaced.is_some());
        uploads.forget("a", first);
        assert_eq!(has_room(&mut uploads, "a"), Some(true));
        uploads.forget("a", second);
        assert_eq!((has_room(&mut uploads, "a"), has_room(&mut uploads, "b")), (None, Some(false)));
    }
}
