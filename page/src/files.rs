//! Files in a call: who gets what, before and beside the part of the program that moves them, which is loaded at the first use.

mod desk;
mod drop;
mod gather;
mod item;
mod panel;
mod save;

use std::rc::Rc;

use handclasp::transfer::{self, Source};
use handclasp::{Channel, MemberId, Peer};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::Shared;
use crate::dynamic::effect;
use crate::errors::Notice;
use crate::later;
use crate::session::{Session, Side};
use crate::words::files as say;
pub(crate) use desk::open;
pub(crate) use drop::{DropHint, listen};
pub(crate) use panel::{FilesButton, FilesPanel, HangUpDialog};

/// Who is to get files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum To {
    Everyone,
    One(MemberId),
}

/// What moves files, once it is loaded.
pub(crate) trait Desk {
    /// Offers files to one person.
    fn send(&self, peer: &Peer, name: &str, files: Vec<Source>);
    /// Somebody offers files.
    fn receive(&self, peer: Peer, name: String, channel: Channel);
    /// Everything that moves and has moved.
    fn view(&self) -> AnyView;
}

/// The files of a call. A handle: copies are the same.
#[derive(Clone, Copy)]
pub(crate) struct Files {
    shared: Shared,
    /// What is made later lives as long as the call too.
    owner: StoredValue<Owner>,
    desk: RwSignal<Option<Rc<dyn Desk>>, LocalStorage>,
    /// How much wants attention: offers without an answer, and what came while the panel was closed.
    waiting: RwSignal<usize>,
    /// How many transfers have not ended, or brought files that have not been saved.
    busy: RwSignal<usize>,
    /// Whether the person is asked about hanging up.
    is_asking: RwSignal<bool>,
    /// Over whom files are held.
    held_over: RwSignal<Option<To>>,
}

impl Files {
    pub(crate) fn new(shared: Shared) -> Files {
        let files = Files {
            shared,
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
            desk: RwSignal::new_local(None),
            waiting: RwSignal::new(0),
            busy: RwSignal::new(0),
            is_asking: RwSignal::new(false),
            held_over: RwSignal::new(None),
        };
        effect(move || {
            for (peer, channel) in files.session().take_channels() {
                files.receive(peer, channel);
            }
        });
        files
    }

    fn session(self) -> Session {
        self.shared.session
    }

    /// Ends the call; asks first when files are on their way, or have not been saved.
    pub(crate) fn hang_up(self) {
        match self.busy.get_untracked() {
            0 => self.shared.hang_up(),
            _ => self.is_asking.set(true),
        }
    }

    fn receive(self, peer: Peer, channel: Channel) {
        if !transfer::is_transfer(&channel) {
            return;
        }
        let name = self.session().name_of(&peer);
        spawn_local(async move {
            if let Some(desk) = self.desk().await {
                desk.receive(peer, name, channel);
            }
        });
    }

    /// Offers files to one person, or to everyone who is here.
    pub(crate) fn send(self, to: To, files: Vec<Source>) {
        if files.is_empty() {
            return;
        }
        let peers: Vec<Peer> = self
            .session()
            .room()
            .map(|room| room.peers())
            .unwrap_or_default();
        let peers: Vec<Peer> = peers
            .into_iter()
            .filter(|peer| to == To::Everyone || to == To::One(peer.id()))
            .collect();
        if peers.is_empty() {
            return self.session().say(say::NOBODY.to_owned());
        }
        self.session().open_side(Some(Side::Files));
        spawn_local(async move {
            if let Some(desk) = self.desk().await {
                for peer in peers {
                    desk.send(&peer, &self.session().name_of(&peer), files.clone());
                }
            }
        });
    }

    async fn desk(self) -> Option<Rc<dyn Desk>> {
        if let Some(desk) = self.desk.try_get_untracked()? {
            return Some(desk);
        }
        let Ok(open) = later::moving().await else {
            self.shared.notices.show(Notice::of("not-loaded"));
            return None;
        };
        // Somebody else may have waited for it too; or the call is over.
        if let Some(desk) = self.desk.try_get_untracked()? {
            return Some(desk);
        }
        let desk = self.owner.try_get_value()?.with(|| open(self));
        self.desk.set(Some(Rc::clone(&desk)));
        Some(desk)
    }
}
