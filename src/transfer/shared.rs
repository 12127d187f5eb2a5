//! What handles and tasks of one transfer share.

use std::cell::{Cell, Ref, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use handclasp_core::transfer::{
    Course, Entry, FileInfo, FileState, Progress, Receiver, Sender, State, TransferId,
};
use js_sys::Uint8Array;

use super::Received;
use super::host::Host;
use super::lane::Lane;
use super::store::Store;
use super::talk::Outgoing;
use crate::sys;
use crate::wakers::Wakers;

/// See the [module](self).
pub(super) struct Shared {
    host: Rc<dyn Host>,
    side: RefCell<Side>,
    version: Cell<u64>,
    /// Of the application: something is to be shown.
    pub(super) told: Wakers,
    /// Of the tasks: something may be to be done.
    pub(super) stirred: Wakers,
    /// Sending: what has been read, and goes out next.
    pub(super) block: RefCell<Option<VecDeque<Outgoing>>>,
    /// Sending: what was lost with lanes, and has been read again.
    pub(super) again: RefCell<VecDeque<Outgoing>>,
    /// Sending: whether what has been read waits for room in the browser.
    pub(super) limited: Cell<bool>,
    /// Sending: so many lanes, whatever measuring says.
    pub(super) fixed: Cell<Option<usize>>,
    /// Lanes that are open, or being opened.
    pub(super) lanes: RefCell<Vec<Rc<Lane>>>,
    /// Receiving: something came over a lane, or there is room again.
    pub(super) due: Cell<bool>,
    /// Receiving: once it is accepted.
    pub(super) store: RefCell<Option<Rc<Store>>>,
}

/// What a transfer is to this side.
pub(super) enum Side {
    Sending(Sender),
    Receiving(Receiver<Uint8Array>),
}

impl Side {
    pub(super) fn course(&self) -> &Course {
        match self {
            Self::Sending(sender) => &sender.course,
            Self::Receiving(receiver) => &receiver.course,
        }
    }

    pub(super) fn course_mut(&mut self) -> &mut Course {
        match self {
            Self::Sending(sender) => &mut sender.course,
            Self::Receiving(receiver) => &mut receiver.course,
        }
    }

    /// How many files there are.
    pub(super) fn files(&self) -> usize {
        match self {
            Self::Sending(sender) => sender.list().len(),
            Self::Receiving(receiver) => receiver.list().len(),
        }
    }

    /// How it stands with a file, and how much of it is done.
    pub(super) fn file(&self, index: usize) -> (FileState, u64) {
        match self {
            Self::Sending(sender) => sender.file(index),
            Self::Receiving(receiver) => receiver.file(index),
        }
    }

    /// Whether the channel, and its lanes, are of no use any more.
    pub(super) fn is_settled(&self) -> bool {
        match self {
            Self::Sending(_) => self.course().is_over(),
            Self::Receiving(receiver) => receiver.is_settled(),
        }
    }
}

impl Shared {
    pub(super) fn new(host: Rc<dyn Host>, side: Side) -> Self {
        Self {
            host,
            side: RefCell::new(side),
            version: Cell::new(1),
            told: Wakers::default(),
            stirred: Wakers::default(),
            block: RefCell::default(),
            again: RefCell::default(),
            limited: Cell::new(false),
            fixed: Cell::new(None),
            lanes: RefCell::default(),
            due: Cell::new(false),
            store: RefCell::default(),
        }
    }

    pub(super) fn host(&self) -> &dyn Host {
        &*self.host
    }

    pub(super) fn id(&self) -> TransferId {
        match &*self.side() {
            Side::Sending(sender) => sender.id(),
            Side::Receiving(receiver) => receiver.id(),
        }
    }

    pub(super) fn side(&self) -> Ref<'_, Side> {
        self.side.borrow()
    }

    /// What `act` makes of either side.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut Side) -> T) -> T {
        act(&mut self.side.borrow_mut())
    }

    /// What `act` makes of the sender, if this side sends.
    pub(super) fn sender<T>(&self, act: impl FnOnce(&mut Sender) -> T) -> Option<T> {
        match &mut *self.side.borrow_mut() {
            Side::Sending(sender) => Some(act(sender)),
            Side::Receiving(_) => None,
        }
    }

    /// What `act` makes of the receiver, if this side receives.
    pub(super) fn receiver<T>(
        &self,
        act: impl FnOnce(&mut Receiver<Uint8Array>) -> T,
    ) -> Option<T> {
        match &mut *self.side.borrow_mut() {
            Side::Receiving(receiver) => Some(act(receiver)),
            Side::Sending(_) => None,
        }
    }

    pub(super) fn version(&self) -> u64 {
        self.version.get()
    }

    /// There is news for the application.
    pub(super) fn touch(&self) {
        self.version.set(self.version.get() + 1);
        self.told.wake();
    }

    /// There is news for the tasks too.
    pub(super) fn stir(&self) {
        if self.side().is_settled() {
            self.close_lanes();
        }
        self.touch();
        self.stirred.wake();
    }

    /// Somebody, or the channel, decides something.
    pub(super) fn act(&self, act: impl FnOnce(&mut Course)) {
        act(self.side.borrow_mut().course_mut());
        self.stir();
    }

    pub(super) fn is_over(&self) -> bool {
        self.side().course().is_over()
    }

    fn is_connected(&self) -> bool {
        self.host.is_connected()
    }

    pub(super) fn state(&self) -> State {
        match &*self.side() {
            Side::Sending(sender) => sender.state(self.is_connected()),
            Side::Receiving(receiver) => receiver.state(self.is_connected()),
        }
    }

    pub(super) fn progress(&self) -> Progress {
        let (connected, now) = (self.is_connected(), sys::now());
        match &*self.side() {
            Side::Sending(sender) => sender.progress(connected, now),
            Side::Receiving(receiver) => receiver.progress(connected, now),
        }
    }

    pub(super) fn files(&self) -> Vec<FileInfo> {
        let side = self.side();
        let list = match &*side {
            Side::Sending(sender) => sender.list(),
            Side::Receiving(receiver) => receiver.list(),
        };
        let files = list.iter().enumerate();
        files
            .map(|(index, entry)| info(entry, side.file(index)))
            .collect()
    }

    pub(super) fn received(&self) -> Vec<Received> {
        let side = self.side();
        let (Side::Receiving(receiver), Some(store)) = (&*side, &*self.store.borrow()) else {
            return Vec::new();
        };
        let files = receiver.list().iter().enumerate();
        files
            .filter_map(|(index, entry)| arrived(receiver, store, index, entry))
            .collect()
    }

    /// One of these.
    pub(super) fn received_file(&self, index: usize) -> Option<Received> {
        let side = self.side();
        let (Side::Receiving(receiver), Some(store)) = (&*side, &*self.store.borrow()) else {
            return None;
        };
        arrived(receiver, store, index, receiver.list().get(index)?)
    }
}

/// A file as it is told.
pub(super) fn info(entry: &Entry, (state, done): (FileState, u64)) -> FileInfo {
    FileInfo {
        path: entry.path.clone(),
        size: entry.size,
        media_type: entry.media_type.clone(),
        state,
        done,
    }
}

/// A file that is there and whole.
fn arrived(
    receiver: &Receiver<Uint8Array>,
    store: &Store,
    index: usize,
    entry: &Entry,
) -> Option<Received> {
    let file = u32::try_from(index).ok()?;
    if !receiver.is_stored(file) {
        return None;
    }
    Some(Received {
        index,
        path: entry.path.clone(),
        file: store.file(file, entry)?,
        on_disk: store.is_on_disk(),
    })
}
