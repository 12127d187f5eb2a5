//! The channels to one peer that one of the two has opened, over all connections.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use handclasp_core::ledger::Tally;
use handclasp_core::message::{ChannelKey, Frame};
use web_sys::RtcDataChannel;

use super::Pipe;
use crate::connection::{Connection, Opening};
use crate::error::CloseReason;
use crate::options::ChannelOptions;

/// How many closed channels are remembered, so that the peer, which may not have heard of it, does not open them again.
const MAX_REMEMBERED: usize = 64;

/// See the [module](self). Pipes belong to their [`Channel`](super::Channel) handles.
#[derive(Debug, Default)]
pub(crate) struct Opened {
    channels: RefCell<Vec<(ChannelKey, Weak<Pipe>)>>,
    /// Closed by the peer before this side has heard of them.
    closed_early: RefCell<Vec<ChannelKey>>,
}

impl Opened {
    pub(crate) fn add(&self, pipe: &Rc<Pipe>) {
        let mut channels = self.channels.borrow_mut();
        let closed = channels.iter().filter(|(_, pipe)| live(pipe).is_none());
        if closed.count() > MAX_REMEMBERED {
            let oldest = channels.iter().position(|(_, pipe)| live(pipe).is_none());
            oldest.map(|oldest| channels.remove(oldest));
        }
        channels.push((pipe.key(), Rc::downgrade(pipe)));
    }

    /// Those that are not closed.
    pub(crate) fn live(&self) -> Vec<Rc<Pipe>> {
        let channels = self.channels.borrow();
        channels.iter().filter_map(|(_, pipe)| live(pipe)).collect()
    }

    /// The peer opened a channel: one that goes on over a new connection, or a new one, which is returned.
    pub(crate) fn accept(
        &self,
        connection: &Rc<Connection>,
        channel: RtcDataChannel,
        opening: Opening,
    ) -> Option<Rc<Pipe>> {
        let key = ChannelKey::Yours(opening.number);
        match self.find(key) {
            Some(Some(pipe)) => {
                pipe.attach(channel);
                None
            }
            Some(None) => {
                refuse(connection, key);
                channel.close();
                None
            }
            None if !connection.has_room_for_channel() => {
                tracing::warn!("refused a channel: too many are open");
                refuse(connection, key);
                channel.close();
                None
            }
            None => {
                let options = ChannelOptions::of(&channel, opening.latest, opening.protocol);
                let pipe = Pipe::new(channel.label(), key, options, Rc::default());
                self.add(&pipe);
                connection.carry(&pipe, Some(channel));
                if self.closed_early.borrow().contains(&key) {
                    pipe.closed_by_peer(true);
                }
                Some(pipe)
            }
        }
    }

    /// The peer closed a channel of this key.
    pub(crate) fn closed_by_peer(&self, key: ChannelKey, carried: bool) {
        match self.find(key) {
            Some(Some(pipe)) => pipe.closed_by_peer(carried),
            Some(None) => {}
            None => {
                let mut early = self.closed_early.borrow_mut();
                if early.len() >= MAX_REMEMBERED {
                    early.remove(0);
                }
                early.push(key);
            }
        }
    }

    /// A connection begins: tells which channels are closed.
    pub(crate) fn tell_closed(&self, connection: &Connection) {
        for (key, pipe) in self.channels.borrow().iter() {
            if live(pipe).is_none() {
                refuse(connection, *key);
            }
        }
    }

    /// The peer tells of all its channels, at the start of a connection.
    pub(crate) fn compare(&self, theirs: &[(ChannelKey, Tally)]) {
        for pipe in self.live() {
            if theirs.iter().any(|(key, _)| key.flipped() == pipe.key()) {
                continue;
            }
            match pipe.key() {
                // One that is there already was opened since the peer told.
                ChannelKey::Yours(_) if pipe.raw().is_some() => {}
                ChannelKey::Yours(_) => pipe.closed_by_peer(false),
                _ => pipe.unknown_to_peer(),
            }
        }
    }

    /// The channel of this key: `Some(None)` when it is closed, `None` when it was never there.
    pub(crate) fn find(&self, key: ChannelKey) -> Option<Option<Rc<Pipe>>> {
        let channels = self.channels.borrow();
        let (_, pipe) = channels.iter().find(|(other, _)| *other == key)?;
        Some(live(pipe))
    }

    /// The peer is gone, or the room has been left.
    pub(crate) fn end(&self, reason: &CloseReason) {
        for pipe in self.live() {
            pipe.close(reason.clone());
        }
    }
}

/// Tells that a channel is closed here, and is not carried.
fn refuse(connection: &Connection, channel: ChannelKey) {
    let carried = false;
    connection.send_control(&Frame::Closed { channel, carried }.encode());
}

fn live(pipe: &Weak<Pipe>) -> Option<Rc<Pipe>> {
    pipe.upgrade().filter(|pipe| pipe.close_reason().is_none())
}
