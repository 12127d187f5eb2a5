//! What moves files: all transfers of a call, in the order in which they began.

use std::rc::Rc;

use handclasp::transfer::{self, Source, Transfer};
use handclasp::{Channel, Peer};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::Worker;

use super::item::{Item, ItemView};
use super::{Desk, Files};
use crate::browser;
use crate::dynamic::effect;
use crate::errors::Notice;
use crate::session::Side;
use crate::words::files as say;

/// Most transfers that are listed. When there are more, the oldest that has ended goes.
const MAX_ITEMS: usize = 100;

/// What moves files beside the page, and its program: in the page's own folder, by the names that the build gives them.
const WORKER: [&str; 2] = ["./handclasp-worker_loader.js", "./handclasp-worker_bg.wasm"];

/// Has files moved in a worker, so that a busy page does not slow them. The page from a disk has none.
fn hire() {
    let is_served = browser::window()
        .location()
        .protocol()
        .is_ok_and(|it| it.starts_with("http"));
    let [script, program] = WORKER;
    if is_served && let Ok(worker) = Worker::new(script) {
        transfer::use_worker(&worker, program);
    }
}

/// Makes the desk of a call.
pub(crate) fn open(files: Files) -> Rc<dyn Desk> {
    HIRED.with(|()| {});
    let items = RwSignal::new(Vec::<Item>::new());
    // What the buttons and the browser are to know.
    effect(move || {
        let count = |is: fn(Item) -> bool| {
            items.with(|items| items.iter().filter(|item| is(**item)).count())
        };
        files.waiting.set(count(Item::is_asking));
        files.busy.set(count(Item::is_busy));
    });
    Rc::new(Transfers {
        files,
        items,
        next: StoredValue::new(0),
        owner: StoredValue::new(Owner::current().unwrap_or_default()),
    })
}

thread_local! {
    /// Once for all calls.
    static HIRED: () = hire();
}

#[derive(Clone, Copy)]
struct Transfers {
    files: Files,
    items: RwSignal<Vec<Item>>,
    next: StoredValue<u64>,
    owner: StoredValue<Owner>,
}

impl Transfers {
    fn add(self, transfer: Transfer, name: String) {
        let Some(owner) = self.owner.try_get_value() else {
            return;
        };
        let number = self.next.get_value();
        self.next.set_value(number + 1);
        let item = owner.with(|| Item::new(number, transfer, name));
        self.items.update(|items| {
            if items.len() >= MAX_ITEMS
                && let Some(oldest) = items.iter().position(|item| item.has_ended())
            {
                items.remove(oldest);
            }
            items.push(item);
        });
        spawn_local(async move {
            item.follow().await;
            self.tell(item);
        });
    }

    /// Off the list, and off this browser's disk.
    fn remove(self, item: Item) {
        item.discard();
        self.items
            .update(|items| items.retain(|other| other.number != item.number));
    }

    /// Says how a transfer ended, to those who do not look at the list.
    fn tell(self, item: Item) {
        let told = item.ending();
        if let Some(told) = told {
            self.files.session().say(told);
        }
    }
}

impl Desk for Transfers {
    fn send(&self, peer: &Peer, name: &str, files: Vec<Source>) {
        let (this, peer, name) = (*self, peer.clone(), name.to_owned());
        spawn_local(async move {
            transfer::worker_ready().await;
            match transfer::offer(&peer, files) {
                Ok(transfer) => this.add(transfer, name),
                Err(error) => {
                    let notice = Notice::told("files-refused", &error, error.hint());
                    this.files.shared.notices.show(notice);
                }
            }
        });
    }

    fn receive(&self, peer: Peer, name: String, channel: Channel) {
        let this = *self;
        spawn_local(async move {
            transfer::worker_ready().await;
            // What makes no sense has been answered, and is no matter for people.
            let Ok(transfer) = transfer::receive(&peer, channel).await else {
                return;
            };
            let session = this.files.session();
            session.say(say::offers(&name));
            session.open_side_if_none(Side::Files);
            this.add(transfer, name);
        });
    }

    fn view(&self) -> AnyView {
        let (this, items) = (*self, self.items);
        view! {
            <ol class="files-list" data-testid="files-list">
                <For each=move || items.get().into_iter().rev() key=|item| item.number let:item>
                    <ItemView item on_removed=Callback::new(move |()| this.remove(item))/>
                </For>
            </ol>
        }
        .into_any()
    }
}
