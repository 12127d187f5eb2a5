//! A message on its way out: whole, or in the [fragments](handclasp_core::fragments) of a large one.

use std::rc::Rc;
use std::task::{Context, Poll, ready};

use handclasp_core::flow::Load;
use handclasp_core::fragments::{FRAGMENT, Fragments, Kind, Piece};
use js_sys::Uint8Array;

use super::pipe::{HIGH_MARK, MAX_MESSAGE, Pipe};
use super::turns::Ticket;
use crate::error::SendError;
use crate::message::Message;
use crate::sys;

/// How a message is kept until the peer has it: as [`Message::to_kept`], or as it is when nobody changes it.
pub(crate) type Keep = fn(&Message) -> Message;

/// A place in the queue of senders and what goes out in it. When it is dropped with a part of its message out, the peer drops that part.
#[derive(Debug)]
pub(crate) struct Sending {
    turn: Turn,
    form: Form,
    keep: Keep,
    /// Of the peer, to whom the part that is out has gone.
    visit: u32,
}

#[derive(Debug)]
enum Form {
    Whole(Message),
    Cut(Uint8Array, Fragments),
}

impl Sending {
    pub(crate) fn new(turn: Turn, message: &Message, keep: Keep) -> Result<Self, SendError> {
        let cut = match message {
            _ if !turn.pipe().keeps() => None,
            Message::Binary(bytes) => (!(1..=FRAGMENT).contains(&bytes.length()))
                .then(|| (kind_of(bytes), bytes.clone(), keep)),
            Message::Text(text) => encode(text)?.map(|bytes| {
                // Nobody else has these bytes.
                (Kind::Text, bytes, Message::clone as Keep)
            }),
        };
        let (form, keep) = match cut {
            Some((kind, bytes, keep)) => {
                let length = bytes.length();
                check(length, MAX_MESSAGE)?;
                (Form::Cut(bytes, Fragments::new(kind, length)), keep)
            }
            None => {
                turn.pipe().check_size(message)?;
                (Form::Whole(message.clone()), keep)
            }
        };
        Ok(Self {
            visit: turn.pipe().visit(),
            turn,
            form,
            keep,
        })
    }

    /// Ready when all of it is with the browser.
    pub(crate) fn poll(&mut self, cx: &Context<'_>) -> Poll<Result<(), SendError>> {
        loop {
            ready!(self.turn.poll(cx))?;
            if self.step()? {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Sends what there is room for, in a turn that has come; returns whether that is all.
    pub(crate) fn go(&mut self) -> Result<bool, SendError> {
        while self.turn.pipe().has_room() {
            if self.step()? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Sends all at once or nothing.
    pub(crate) fn now(mut self) -> Result<(), SendError> {
        if let Form::Cut(bytes, _) = &self.form {
            check(bytes.length(), HIGH_MARK as usize)?;
        }
        self.turn.pipe().check_open()?;
        if !self.has_room_for_all() {
            return Err(SendError::Full);
        }
        while !self.step()? {}
        Ok(())
    }

    fn has_room_for_all(&self) -> bool {
        let pipe = self.turn.pipe();
        let more = match &self.form {
            Form::Whole(_) => return pipe.has_room_for_another(),
            Form::Cut(bytes, fragments) => Load {
                messages: fragments.count(),
                bytes: bytes.length(),
            },
        };
        pipe.has_room_for_another() && pipe.has_room_for(more)
    }

    /// Sends the next piece, for which there has to be room; returns whether it was the last.
    fn step(&mut self) -> Result<bool, SendError> {
        let pipe = Rc::clone(self.turn.pipe());
        let (bytes, fragments) = match &mut self.form {
            Form::Whole(message) => return pipe.hand_over(message, self.keep).map(|()| true),
            Form::Cut(bytes, fragments) => (bytes, fragments),
        };
        if std::mem::replace(&mut self.visit, pipe.visit()) != self.visit {
            // The peer began anew, and has none of it.
            fragments.restart();
        }
        let (piece, keep): (_, Keep) = match fragments.next() {
            None => return Ok(true),
            Some(Piece::Escape) => (Uint8Array::new_with_length(0), Message::clone),
            Some(Piece::Header(header)) => (Uint8Array::from(&header[..]), Message::clone),
            Some(Piece::Fragment(range)) => {
                if bytes.length() < range.end {
                    // The application has transferred its buffer to somebody else; a view of it would throw.
                    return Err(SendError::Other {
                        name: "DataCloneError".to_owned(),
                    });
                }
                (bytes.subarray(range.start, range.end), self.keep)
            }
        };
        pipe.hand_over_alone(&Message::Binary(piece), keep)?;
        fragments.advance();
        Ok(!fragments.is_under_way())
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        if let Form::Cut(_, fragments) = &self.form
            && fragments.is_under_way()
            && self.visit == self.turn.pipe().visit()
        {
            self.turn.pipe().abort();
        }
    }
}

fn kind_of(bytes: &Uint8Array) -> Kind {
    match bytes.length() {
        0 => Kind::Empty,
        _ => Kind::Bytes,
    }
}

/// The UTF-8 of a text that is too large to go whole.
fn encode(text: &js_sys::JsString) -> Result<Option<Uint8Array>, SendError> {
    // A UTF-16 unit takes one to three bytes of UTF-8.
    if text.length() <= FRAGMENT / 3 {
        return Ok(None);
    }
    check(text.length(), MAX_MESSAGE)?;
    let bytes = sys::encode(text);
    Ok((bytes.length() > FRAGMENT).then_some(bytes))
}

fn check(size: u32, limit: usize) -> Result<(), SendError> {
    match size as usize {
        size if size <= limit => Ok(()),
        size => Err(SendError::TooLarge { size, limit }),
    }
}

/// A place in the queue of senders, given up on drop.
#[derive(Debug)]
pub(crate) struct Turn {
    pipe: Rc<Pipe>,
    ticket: Option<Ticket>,
}

impl Turn {
    pub(crate) fn new(pipe: &Rc<Pipe>) -> Self {
        Self {
            pipe: Rc::clone(pipe),
            ticket: None,
        }
    }

    /// Ready when it is this sender's turn and the browser has room. The place in the queue is that of the first call.
    pub(crate) fn poll(&mut self, cx: &Context<'_>) -> Poll<Result<(), SendError>> {
        if let Some(reason) = self.pipe.close_reason() {
            return Poll::Ready(Err(SendError::Closed(reason)));
        }
        if self.pipe.is_lossy() {
            return Poll::Ready(Ok(()));
        }
        let mut turns = self.pipe.turns().borrow_mut();
        let ticket = match self.ticket {
            Some(ticket) => ticket,
            None => match turns.enter() {
                Some(ticket) => *self.ticket.insert(ticket),
                None => return Poll::Ready(Err(SendError::Busy)),
            },
        };
        if turns.is_first(ticket) && self.pipe.has_room() {
            return Poll::Ready(Ok(()));
        }
        turns.register(ticket, cx);
        Poll::Pending
    }

    pub(super) fn pipe(&self) -> &Rc<Pipe> {
        &self.pipe
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            let next = self.pipe.turns().borrow_mut().leave(ticket);
            if let Some(waker) = next {
                waker.wake();
            }
        }
    }
}
