//! What comes in [fragments](handclasp_core::fragments) becomes one message again.

use std::mem::take;

use handclasp_core::bundle;
use handclasp_core::flow::Load;
use handclasp_core::fragments::{Assembler, Came, FRAGMENT, FragmentError, HEADER, Kind};
use js_sys::Uint8Array;

use crate::message::Message;
use crate::sys;

/// A message that is being put together, if there is one. Memory is taken as bytes come, whatever their number is said to be.
#[derive(Debug, Default)]
pub(crate) struct Assembly {
    assembler: Assembler,
    fragments: Vec<Uint8Array>,
    /// What has come of it and is not credited yet.
    load: Load,
}

/// What became of a data-channel message.
#[derive(Debug)]
pub(crate) enum Taken {
    /// It is a message, or completes one, of which so much is not credited.
    Message(Message, Load),
    /// It is a part of one.
    Part,
    /// The message was given up, and is not credited.
    Dropped(Load),
    /// It is several, of which so much is not credited each.
    Bundle(Vec<(Message, Load)>),
}

impl Assembly {
    pub(crate) fn take(&mut self, message: Message) -> Result<Taken, FragmentError> {
        let load = Load::one(message.memory());
        let came = match &message {
            Message::Text(_) => self.assembler.text()?,
            Message::Binary(bytes) if self.assembler.expects_header() => {
                let start = bytes.subarray(0, HEADER as u32 + 1);
                self.assembler.header(&start.to_vec())?
            }
            Message::Binary(bytes) => self.assembler.bytes(bytes.length() as usize)?,
        };
        if came == Came::Whole {
            return Ok(Taken::Message(message, load));
        }
        if let (Came::Bundle, Message::Binary(bytes)) = (came, &message) {
            check_bundle(bytes)?;
            return open(&bytes.to_vec(), self.take_load()).map(Taken::Bundle);
        }
        self.load = self.load.plus(load);
        if let (Came::Fragment | Came::Complete(Kind::Bytes | Kind::Text), Message::Binary(bytes)) =
            (came, message)
        {
            self.fragments.push(bytes);
        }
        match came {
            Came::Complete(kind) => {
                let bytes = join(&take(&mut self.fragments));
                let message = match kind {
                    Kind::Text => Message::Text(sys::decode(&bytes)),
                    Kind::Bytes | Kind::Empty => Message::Binary(bytes),
                };
                Ok(Taken::Message(message, self.take_load()))
            }
            Came::Abort => {
                self.fragments.clear();
                Ok(Taken::Dropped(self.take_load()))
            }
            _ => Ok(Taken::Part),
        }
    }

    /// What is not credited, which thereby is.
    pub(crate) fn take_load(&mut self) -> Load {
        take(&mut self.load)
    }

    /// What is not credited.
    pub(crate) fn load(&self) -> Load {
        self.load
    }
}

/// How a bundle counts: as the messages that are in it.
pub(crate) fn bundle_load(messages: u32, bytes: usize) -> Load {
    Load {
        messages,
        ..Load::one(bytes)
    }
}

fn check_bundle(bytes: &Uint8Array) -> Result<(), FragmentError> {
    if bytes.length() <= FRAGMENT {
        Ok(())
    } else {
        Err(FragmentError::Bundle)
    }
}

/// The messages of a bundle. What is of none of them, as the escape before them, counts with the first.
fn open(bytes: &[u8], escape: Load) -> Result<Vec<(Message, Load)>, FragmentError> {
    let opened = bundle::open(bytes)?;
    let mut rest = escape.plus(bundle_load(opened.len() as u32, bytes.len()));
    let mut messages = Vec::with_capacity(opened.len());
    for (kind, content) in opened {
        let message = match kind {
            Kind::Text => Message::from(&*String::from_utf8_lossy(content)),
            Kind::Bytes | Kind::Empty => Message::from(content),
        };
        let load = Load::one(content.len());
        rest = rest.minus(load);
        messages.push((message, load));
    }
    if let Some((_, first)) = messages.first_mut() {
        *first = first.plus(rest);
    }
    Ok(messages)
}

fn join(fragments: &[Uint8Array]) -> Uint8Array {
    let length = fragments.iter().map(Uint8Array::length).sum();
    let bytes = Uint8Array::new_with_length(length);
    let mut offset = 0;
    for fragment in fragments {
        bytes.set(fragment, offset);
        offset += fragment.length();
    }
    bytes
}
