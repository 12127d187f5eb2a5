//! What goes out: control messages, and what has been read, over the channel or whichever lane has room.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll};

use handclasp_core::transfer::{Again, Piece};
use js_sys::Uint8Array;

use super::shared::{Shared, Side};
use crate::sys;
use crate::task;

/// A piece that has been read, as it goes out.
pub(super) struct Outgoing {
    pub(super) what: What,
    /// Header and content; none for a piece without content.
    pub(super) data: Option<Uint8Array>,
    /// What follows the last piece of a file.
    pub(super) end: Option<Vec<u8>>,
}

/// Whether it went out before.
pub(super) enum What {
    New(Piece),
    Again(Again),
}

/// Says what is to be said, and sends what has been read, until it is over.
pub(super) fn talk(shared: &Rc<Shared>) {
    let shared = Rc::clone(shared);
    task::spawn(async move {
        let mut talk = Talk {
            block: VecDeque::new(),
            end: None,
        };
        while poll_fn(|cx| talk.poll(&shared, cx)).await.is_ok() {}
        shared.close_lanes();
        // The last word arrives, also when the connection is lost right now.
        shared.host().finish().await;
        shared.stir();
    });
}

struct Talk {
    block: VecDeque<Outgoing>,
    /// The end of a file, all of which has gone out.
    end: Option<Vec<u8>>,
}

/// There is nothing more to say.
struct Finished;

impl Talk {
    /// Sends one message, as soon as that is possible.
    fn poll(&mut self, shared: &Shared, cx: &mut Context<'_>) -> Poll<Result<(), Finished>> {
        shared.stirred.register(cx);
        let has_control = shared.side().course().has_more();
        if shared.host().is_closed() || (!has_control && shared.side().is_settled()) {
            return Poll::Ready(Err(Finished));
        }
        let data = self.next_data(shared);
        shared.limited.set(false);
        if shared.side().course().has_got() && say_got(shared) {
            return Poll::Ready(Ok(()));
        }
        // What was waited for may have been on the channel.
        if let Some(again) = data.filter(|data| data.again)
            && self.send_over_lane(shared, again)
        {
            return Poll::Ready(Ok(()));
        }
        // With a home lane the channel is for what has to go over it.
        let on_channel = data.filter(|data| !(data.on_lane && shared.is_home_open()));
        if has_control || self.end.is_some() || on_channel.is_some() {
            match shared.host().poll_room(cx) {
                Poll::Ready(true) => return Poll::Ready(self.send(shared, on_channel)),
                Poll::Ready(false) => return Poll::Ready(Err(Finished)),
                Poll::Pending => {}
            }
        }
        if let Some(data) = data {
            if data.on_lane && self.send_over_lane(shared, data) {
                return Poll::Ready(Ok(()));
            }
            shared.limited.set(true);
        }
        Poll::Pending
    }

    /// Which data is next, if any may go out.
    fn next_data(&mut self, shared: &Shared) -> Option<Next> {
        let (flows, flows_on) = match &*shared.side() {
            Side::Sending(sender) => (sender.flows(), sender.flows_on()),
            Side::Receiving(_) => return None,
        };
        if flows && !shared.again.borrow().is_empty() {
            return Some(Next {
                again: true,
                on_lane: true,
            });
        }
        if self.block.is_empty() {
            self.block = shared.block.take().unwrap_or_default();
            if !self.block.is_empty() {
                // The next one can be read meanwhile.
                shared.stirred.wake();
            }
        }
        let next = self.block.front().filter(|_| flows_on)?;
        let is_first = matches!(next.what, What::New(piece) if piece.first);
        Some(Next {
            again: false,
            on_lane: !is_first && next.data.is_some(),
        })
    }

    fn pop(&mut self, shared: &Shared, next: Next) -> Option<Outgoing> {
        if !next.again {
            return self.block.pop_front();
        }
        let popped = shared.again.borrow_mut().pop_front();
        // There may be more to read.
        shared.stirred.wake();
        popped
    }

    /// Sends what is next over the channel, which has room.
    fn send(&mut self, shared: &Shared, data: Option<Next>) -> Result<(), Finished> {
        let control = shared.with(|side| side.course_mut().poll());
        if let Some(control) = control.or_else(|| self.end.take()) {
            return say(shared, &Uint8Array::from(control.as_slice()));
        }
        let Some(outgoing) = data.and_then(|next| self.pop(shared, next)) else {
            return Ok(());
        };
        if let Some(data) = &outgoing.data {
            // Nobody else has the block.
            say(shared, data)?;
        }
        self.sent(shared, outgoing, None);
        Ok(())
    }

    /// Sends what is next over a lane; `false` if none has room.
    fn send_over_lane(&mut self, shared: &Shared, next: Next) -> bool {
        let Some(lane) = shared.lane_with_room() else {
            return false;
        };
        let Some(outgoing) = self.pop(shared, next) else {
            return true;
        };
        let is_sent = outgoing.data.as_ref().is_some_and(|data| lane.send(data));
        // What was not taken is noted as if it were: losing the lane sends it again.
        self.sent(shared, outgoing, lane.number());
        if !is_sent {
            shared.lose_lane(&lane);
        }
        true
    }

    fn sent(&mut self, shared: &Shared, outgoing: Outgoing, lane: Option<u32>) {
        shared.sender(|sender| match outgoing.what {
            What::New(piece) => sender.sent(piece, lane, sys::now()),
            What::Again(again) => sender.sent_again(again, lane),
        });
        self.end = outgoing.end.or_else(|| self.end.take());
        shared.touch();
    }
}

fn say(shared: &Shared, message: &Uint8Array) -> Result<(), Finished> {
    let sent = shared.host().send(message);
    if sent { Ok(()) } else { Err(Finished) }
}

/// Tells over the home lane how far it has come, so that the channel is not waited for; `false` if it has no room. Another lane may be silent long before
/// anybody notices.
fn say_got(shared: &Shared) -> bool {
    let Some(lane) = shared.home_with_room() else {
        return false;
    };
    let got = shared.with(|side| side.course_mut().poll_got());
    let sent = got.is_none_or(|got| lane.send(&Uint8Array::from(got.as_slice())));
    if !sent {
        // It is told again.
        shared.lose_lane(&lane);
    }
    true
}

#[derive(Clone, Copy)]
struct Next {
    /// Whether it has gone out before.
    again: bool,
    /// Whether it may go over a lane.
    on_lane: bool,
}
