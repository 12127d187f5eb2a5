//! What a page and its worker say to each other: arrays of a word, the number of a transfer, and what goes with the word.
//!
//! Both are of one build, which they make sure of [first](VERSION), and of one site. So a parcel that cannot be read is dropped, and nothing more is made of it.

use handclasp_core::transfer::{FileState, Progress, State, TransferError};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::MessageEvent;

use crate::message::Message;
use crate::sys::{Counterpart, error_name};

/// What both have to say alike.
pub(super) const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "/1");

/// What it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Word {
    // From the worker.
    /// It can begin: its [`VERSION`].
    Ready,
    /// A message is to go over the channel.
    Say,
    /// So much of what came over the channel has been read, counted by [`load`].
    Read,
    /// The channel is to be finished.
    Finish,
    /// How does the connection go?
    Ask,
    /// A line is to be made: its number, the kind of its plan, and what goes with that.
    Line,
    /// The peer's answer: the line's number, and the description.
    Answered,
    /// A line is not used any more: its number.
    Hang,
    /// How it stands.
    News,
    /// A file has arrived: its number, the file, and whether it is on disk.
    Arrived,
    /// Everything is deleted.
    Discarded,

    // From the page.
    /// Files are to be sent: the transfer's name, paths, files.
    Offer,
    /// Files are offered; what is said of them follows.
    Receive,
    /// A message has come over the channel.
    Heard,
    /// So many bytes of what was to be said have gone.
    Gone,
    /// The channel is closed.
    Closed,
    /// The channel is finished.
    Finished,
    /// How the connection goes: round trip in milliseconds, loss.
    Facts,
    /// The line's number, and its channel.
    Channel,
    /// The line's number, and its description.
    Description,
    /// The line's number.
    Lost,
    /// What a person wants: the name of the method, and its argument.
    Act,
    /// Nobody wants to know more of it.
    Forget,
}

const WORDS: [Word; 23] = [
    Word::Ready,
    Word::Say,
    Word::Read,
    Word::Finish,
    Word::Ask,
    Word::Line,
    Word::Answered,
    Word::Hang,
    Word::News,
    Word::Arrived,
    Word::Discarded,
    Word::Offer,
    Word::Receive,
    Word::Heard,
    Word::Gone,
    Word::Closed,
    Word::Finished,
    Word::Facts,
    Word::Channel,
    Word::Description,
    Word::Lost,
    Word::Act,
    Word::Forget,
];

/// One message between a page and its worker.
pub(super) struct Parcel {
    pub(super) word: Word,
    /// The transfer's number here, which the page gives.
    pub(super) transfer: u32,
    content: Array,
}

impl Parcel {
    /// `None` for what is none.
    pub(super) fn of(event: &MessageEvent) -> Option<Self> {
        let content = event.data().dyn_into::<Array>().ok()?;
        let word = content.get(0).as_f64()? as usize;
        Some(Self {
            word: *WORDS.get(word)?,
            transfer: content.get(1).as_f64()? as u32,
            content,
        })
    }

    /// What goes with the word, by its place.
    pub(super) fn get(&self, index: u32) -> JsValue {
        self.content.get(2 + index)
    }

    pub(super) fn number(&self, index: u32) -> Option<f64> {
        self.get(index).as_f64()
    }

    pub(super) fn text(&self, index: u32) -> Option<String> {
        self.get(index).as_string()
    }

    pub(super) fn bytes(&self) -> Option<Uint8Array> {
        self.get(0).dyn_into().ok()
    }
}

/// Says it.
pub(super) fn send(to: &Counterpart, word: Word, transfer: u32, content: &[JsValue]) {
    hand_over(to, word, transfer, content, &Array::new());
}

/// The same, handing over some of it; `false` when that cannot be.
pub(super) fn hand_over(
    to: &Counterpart,
    word: Word,
    transfer: u32,
    content: &[JsValue],
    handed_over: &Array,
) -> bool {
    let parcel = Array::of2(&f64::from(word as u8).into(), &transfer.into());
    content.iter().for_each(|part| {
        parcel.push(part);
    });
    let posted = to.post(&parcel, handed_over);
    posted
        .inspect_err(|error| tracing::warn!(error = %error_name(error), "not handed over"))
        .is_ok()
}

/// Hands over bytes without copying them, if they are alone in their buffer.
pub(super) fn send_bytes(to: &Counterpart, word: Word, transfer: u32, bytes: &Uint8Array) {
    let is_alone = bytes.length() == bytes.buffer().byte_length();
    let bytes = if is_alone {
        bytes.clone()
    } else {
        bytes.slice(0, bytes.length())
    };
    let buffer: ArrayBuffer = bytes.buffer();
    hand_over(to, word, transfer, &[bytes.into()], &Array::of1(&buffer));
}

/// What a message counts while it waits on the other side, so that empty ones are not without bound.
pub(super) fn load(bytes: &Uint8Array) -> u32 {
    bytes.length().max(1024)
}

/// As bytes; what came as text is nothing that a transfer says.
pub(super) fn bytes_of(message: &Message) -> Uint8Array {
    match message {
        Message::Binary(bytes) => bytes.clone(),
        _ => Uint8Array::new_with_length(0),
    }
}

const ERRORS: [TransferError; 8] = [
    TransferError::Declined,
    TransferError::Cancelled,
    TransferError::CancelledByPeer,
    TransferError::SourceChanged,
    TransferError::Corrupt,
    TransferError::Lost,
    TransferError::Storage,
    TransferError::Protocol,
];

const FILE_STATES: [FileState; 3] = [FileState::Waiting, FileState::Active, FileState::Done];

/// A state in two numbers.
fn state_code(state: &State) -> (u8, u8) {
    match state {
        State::Offered => (0, 0),
        State::Preparing => (1, 0),
        State::Paused { by_me, by_peer } => (3, u8::from(*by_me) + 2 * u8::from(*by_peer)),
        State::Interrupted => (4, 0),
        State::NoSpace => (5, 0),
        State::Done => (6, 0),
        State::Declined => (7, 0),
        State::Cancelled { by_me } => (8, u8::from(*by_me)),
        State::Failed(error) => {
            let known = ERRORS.iter().position(|other| other == error);
            (9, known.unwrap_or(5) as u8)
        }
        _ => (2, 0),
    }
}

fn state_of(code: u8, more: u8) -> State {
    match code {
        0 => State::Offered,
        1 => State::Preparing,
        3 => State::Paused {
            by_me: more & 1 == 1,
            by_peer: more & 2 == 2,
        },
        4 => State::Interrupted,
        5 => State::NoSpace,
        6 => State::Done,
        7 => State::Declined,
        8 => State::Cancelled { by_me: more == 1 },
        9 => State::Failed(
            ERRORS
                .get(usize::from(more))
                .copied()
                .unwrap_or(TransferError::Lost),
        ),
        _ => State::Active,
    }
}

/// How it stands, as numbers; lanes are added.
pub(super) fn progress_to(progress: &Progress, lanes: usize) -> Array {
    let (code, more) = state_code(&progress.state);
    let left = progress.left.map_or(-1.0, |left| left.as_secs_f64());
    let numbers = [
        f64::from(code),
        f64::from(more),
        progress.done as f64,
        progress.total as f64,
        progress.rate as f64,
        left,
        progress.resumed as f64,
        lanes as f64,
    ];
    numbers.into_iter().map(JsValue::from).collect()
}

/// The same the other way around.
pub(super) fn progress_from(numbers: &JsValue) -> Option<(Progress, usize)> {
    let numbers: &Array = numbers.dyn_ref()?;
    let number = |index| numbers.get(index).as_f64();
    let left = std::time::Duration::try_from_secs_f64(number(5)?).ok();
    let progress = Progress {
        state: state_of(number(0)? as u8, number(1)? as u8),
        done: number(2)? as u64,
        total: number(3)? as u64,
        rate: number(4)? as u64,
        left,
        resumed: number(6)? as u64,
    };
    Some((progress, number(7)? as usize))
}

/// A file's state, and how much of it is done, with its place.
pub(super) fn file_to(index: usize, (state, done): (FileState, u64)) -> [f64; 3] {
    let code = FILE_STATES.iter().position(|other| *other == state);
    [index as f64, code.unwrap_or(0) as f64, done as f64]
}

/// The same of several, the other way around.
pub(super) fn files_from(numbers: &JsValue) -> Vec<(usize, (FileState, u64))> {
    let Some(numbers) = numbers.dyn_ref::<js_sys::Float64Array>() else {
        return Vec::new();
    };
    let numbers = numbers.to_vec();
    let files = numbers.chunks_exact(3).map(|file| {
        let state = FILE_STATES.get(file[1] as usize).copied();
        let state = state.unwrap_or(FileState::Waiting);
        (file[0] as usize, (state, file[2] as u64))
    });
    files.collect()
}
