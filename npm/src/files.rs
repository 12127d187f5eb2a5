//! Transfers of files, as JavaScript sees them.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;

use handclasp::transfer::{
    self, FileInfo, FileState, MAX_FILES, Progress, Received, Source, State, Transfer,
};
use js_sys::{Array, Function};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{File, Worker};

use crate::error::Failure;
use crate::handle::{Handle, Object};
use crate::value::{Members, Value, entries, list, object, promise, wrong};

/// How a transfer begins.
pub(crate) enum Begin {
    /// With what is to be sent.
    Offer(handclasp::Peer, JsValue),
    Receive(handclasp::Peer, handclasp::Channel),
}

/// Begins a transfer. With the feature `split` this and all that only this needs is loaded at the first use: many applications never move a
/// file.
///
/// # Errors
/// Those of [`transfer::offer`] and [`transfer::receive`], a list that is none, and what could not be loaded.
#[cfg_attr(
    feature = "split",
    wasm_split_helpers::wasm_split(
        files,
        fallible,
        wasm_split_path = crate::sys,
        return_wrapper(let future = _; { future.await } -> Result<JsValue, Failure>)
    )
)]
pub(crate) fn begin(
    begin: Begin,
    hire: Function,
) -> Pin<Box<dyn Future<Output = Result<JsValue, Failure>>>> {
    Box::pin(async move {
        crew(&hire).await;
        let transfer = match begin {
            Begin::Offer(peer, files) => transfer::offer(&peer, sources(&files)?)?,
            Begin::Receive(peer, channel) => transfer::receive(&peer, channel).await?,
        };
        Ok(Handle::value(Rc::new(transfer)))
    })
}

thread_local! {
    static HIRED: Cell<bool> = const { Cell::new(false) };
}

/// Has transfers run in a worker, where there is one: what `hire` gives the first time, with the address of its program.
async fn crew(hire: &Function) {
    if !HIRED.replace(true)
        && let Ok(hired) = hire.call0(&JsValue::NULL)
        && let Some(hired) = hired.dyn_ref::<Array>()
        && let Some(program) = hired.get(1).as_string()
    {
        transfer::use_worker(hired.get(0).unchecked_ref::<Worker>(), &program);
    }
    transfer::worker_ready().await;
}

/// `{ file, path? }[]`.
fn sources(files: &JsValue) -> Result<Vec<Source>, Failure> {
    let most = MAX_FILES as f64 + 1.0;
    let files =
        entries(files, most).ok_or_else(|| wrong("files", "an array, and not a huge one"))?;
    let source = |entry| {
        let entry = Members::of(entry, "files")?;
        let file = entry.get("file")?.0.dyn_into::<File>();
        let file = file.map_err(|_| wrong("file", "a File"))?;
        Ok(match entry.text("path")? {
            Some(path) => Source { file, path },
            None => file.into(),
        })
    };
    files.into_iter().map(source).collect()
}

impl Object for Rc<Transfer> {
    fn call(&self, name: &str, argument: JsValue) -> Result<JsValue, Failure> {
        match name {
            "id" => return Ok(self.id().to_string().into()),
            "sending" => return Ok(self.is_sending().into()),
            "files" => return Ok(list(self.files().into_iter().map(file))),
            "progress" => return Ok(progress(&self.progress())),
            "lanes" => return Ok((self.lanes() as u32).into()),
            "received" => return Ok(list(self.received().into_iter().map(received))),
            "changed" | "done" | "discard" => {
                let (transfer, is_done) = (Rc::clone(self), name == "done");
                let is_discarded = name == "discard";
                let waited = promise(async move {
                    if is_done {
                        transfer.done().await?;
                    } else if is_discarded {
                        transfer.discard().await;
                    } else {
                        transfer.changed().await;
                    }
                    Ok(JsValue::UNDEFINED)
                });
                return Ok(waited.into());
            }
            "setLanes" => self.set_lanes(Value(argument).count("lanes")?.map(usize::from)),
            "accept" => self.accept(),
            "decline" => self.decline(),
            "pause" => self.pause(),
            "resume" => self.resume(),
            "cancel" => self.cancel(),
            _ => {}
        }
        Ok(JsValue::UNDEFINED)
    }
}

/// Counts are JavaScript's numbers: exact up to 2^53.
fn count(count: u64) -> JsValue {
    (count as f64).into()
}

fn file(file: FileInfo) -> JsValue {
    let state = match file.state {
        FileState::Active => "active",
        FileState::Done => "done",
        _ => "waiting",
    };
    object(&[
        ("path", file.path.into()),
        ("size", count(file.size)),
        ("type", file.media_type.into()),
        ("state", state.into()),
        ("bytes", count(file.done)),
    ])
}

fn progress(progress: &Progress) -> JsValue {
    let mut why = None;
    let (mut by_me, mut by_peer) = (None, None);
    let state = match &progress.state {
        State::Offered => "offered",
        State::Preparing => "preparing",
        State::Active => "active",
        State::Paused {
            by_me: me,
            by_peer: peer,
        } => {
            (by_me, by_peer) = (Some(*me), Some(*peer));
            "paused"
        }
        State::Interrupted => "interrupted",
        State::NoSpace => "no-space",
        State::Done => "done",
        State::Declined => "declined",
        State::Cancelled { by_me: me } => {
            (by_me, by_peer) = (Some(*me), Some(!me));
            "cancelled"
        }
        State::Failed(error) => {
            why = Some(error);
            "failed"
        }
        _ => "active",
    };
    let left = progress.left.map(|left| left.as_secs_f64());
    object(&[
        ("state", state.into()),
        ("byMe", by_me.into()),
        ("byPeer", by_peer.into()),
        ("code", why.map(|why| why.code()).into()),
        ("message", why.map(ToString::to_string).into()),
        ("hint", why.map(|why| why.hint()).into()),
        ("bytes", count(progress.done)),
        ("total", count(progress.total)),
        ("rate", count(progress.rate)),
        ("secondsLeft", left.into()),
        ("resumed", count(progress.resumed)),
    ])
}

fn received(received: Received) -> JsValue {
    object(&[
        ("index", (received.index as u32).into()),
        ("path", received.path.into()),
        ("file", received.file.into()),
        ("onDisk", received.on_disk.into()),
    ])
}
