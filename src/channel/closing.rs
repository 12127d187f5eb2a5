//! The end of data channels.

use std::rc::Rc;

use gloo_events::EventListener;
use web_sys::{RtcDataChannel, RtcDataChannelState};

use crate::task;
use crate::wakers::{Wakers, within};

/// How long the browser may take to deliver what closed channels still hold.
const CLOSE_DEADLINE_MS: u32 = 3000;

/// Closes a data channel once the browser has sent what it took, or after three seconds: Chromium was seen to lose a message
/// that was sent right before, although W3C webrtc-pc §6.2.4 has it sent first.
pub(crate) fn close_when_sent(channel: &RtcDataChannel) {
    let is_sent = |channel: &RtcDataChannel| {
        channel.buffered_amount() == 0 || channel.ready_state() != RtcDataChannelState::Open
    };
    if is_sent(channel) {
        channel.close();
        return;
    }
    channel.set_buffered_amount_low_threshold(0);
    let channel = channel.clone();
    task::spawn(async move {
        // What the other side closes meanwhile is never drained.
        let (drained, listeners) = listen(&channel, ["bufferedamountlow", "close"]);
        let _ = within(CLOSE_DEADLINE_MS, drained.until(|| is_sent(&channel))).await;
        drop(listeners);
        channel.close();
    });
}

/// Ready when all of these channels are closed, or after three seconds.
pub(crate) async fn all_closed(channels: &[RtcDataChannel]) {
    let is_closed = |channel: &RtcDataChannel| channel.ready_state() == RtcDataChannelState::Closed;
    let closing = async {
        for channel in channels {
            let (closed, _listener) = listen(channel, ["close"]);
            closed.until(|| is_closed(channel)).await;
        }
    };
    let _ = within(CLOSE_DEADLINE_MS, closing).await;
}

fn listen<const N: usize>(
    channel: &RtcDataChannel,
    events: [&'static str; N],
) -> (Rc<Wakers>, [EventListener; N]) {
    let wakers = Rc::new(Wakers::default());
    let listeners = events.map(|event| {
        let waker = Rc::clone(&wakers);
        EventListener::new(channel, event, move |_| waker.wake())
    });
    (wakers, listeners)
}
