//! The media that this member shows to everyone.

use std::rc::{Rc, Weak};

use handclasp_core::mesh::Input;
use web_sys::MediaStreamTrack;

use super::Driver;
use crate::connection::{Connection, Kind};
use crate::error::PublishError;
use crate::media::{Audience, MAX_PUBLISHED, Media};

impl Driver {
    pub(in crate::room) fn publish(&self, media: &Media) -> Result<(), PublishError> {
        if self.has_left() {
            return Err(PublishError::Left);
        }
        if media.is_over() {
            return Err(PublishError::Over);
        }
        {
            let mut published = self.media.borrow_mut();
            if published.contains(media) {
                return Ok(());
            }
            if published.len() >= MAX_PUBLISHED {
                return Err(PublishError::TooMany);
            }
            published.push(media.clone());
        }
        media.join(self.audience());
        for connection in self.connections() {
            send(&connection, media);
        }
        self.switched();
        Ok(())
    }

    pub(in crate::room) fn unpublish(&self, media: &Media) {
        let before = self.media.borrow().len();
        self.media.borrow_mut().retain(|other| other != media);
        if self.media.borrow().len() == before {
            return;
        }
        media.part_from(&self.audience());
        for connection in self.connections() {
            connection.senders().remove(&connection, media.number());
        }
        self.switched();
    }

    pub(super) fn audience(&self) -> Weak<dyn Audience> {
        Weak::<Self>::clone(&self.this)
    }
}

impl Audience for Driver {
    fn replaced(&self, media: &Media, kind: Kind, track: Option<&MediaStreamTrack>) {
        for connection in self.connections() {
            connection.senders().replace(media.number(), kind, track);
        }
    }

    fn switched(&self) {
        let notes = self.media.borrow().iter().map(Media::note).collect();
        self.input(Input::SetStreams(notes));
    }

    fn over(&self, media: &Media) {
        self.unpublish(media);
    }
}

/// Has a connection carry this media too.
pub(super) fn send(connection: &Rc<Connection>, media: &Media) {
    let stream = media.stream();
    for (kind, track) in media.tracks() {
        let senders = connection.senders();
        senders.add(connection, media.number(), kind, track.as_ref(), &stream);
    }
}
