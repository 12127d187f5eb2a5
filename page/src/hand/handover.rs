//! From tab to tab: a reply that was opened as a link belongs in the tab that waits for it.

use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Promise};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use web_sys::{BroadcastChannel, MessageEvent};

/// The channel that all tabs of this origin share.
const NAME: &str = "handclasp.reply";

/// How long the other tab may take, in milliseconds. It has nothing to do but to read a hundred bytes.
const WITHIN: u32 = 1_000;

/// Longest message that is looked at, in bytes: a code has at most 274.
const MAX_MESSAGE: usize = 320;

const OFFER: &str = "reply ";
const TAKEN: &str = "taken ";

type OnMessage = Closure<dyn FnMut(MessageEvent)>;

/// Takes replies from other tabs while it lives.
pub(super) struct Listener {
    channel: BroadcastChannel,
    _on_message: OnMessage,
}

impl Listener {
    /// `take` says whether the reply was for this tab. `None` where tabs cannot speak to each other, as in pages from files.
    pub(super) fn new(take: impl Fn(&str) -> bool + 'static) -> Option<Listener> {
        let channel = BroadcastChannel::new(NAME).ok()?;
        let answers = channel.clone();
        let on_message = listen(&channel, move |message| {
            if let Some(code) = message.strip_prefix(OFFER)
                && take(code)
            {
                // Without an answer the other tab says where the reply belongs, and no harm is done.
                let _ = answers.post_message(&format!("{TAKEN}{code}").into());
            }
        });
        Some(Listener {
            channel,
            _on_message: on_message,
        })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.channel.close();
    }
}

/// Hands a reply to the tab that waits for it; whether there was one.
pub(super) async fn hand_over(code: &str) -> bool {
    let Ok(channel) = BroadcastChannel::new(NAME) else {
        return false;
    };
    let mut resolve = None::<Function>;
    let answered = Promise::new(&mut |done, _| resolve = Some(done));
    let answer = format!("{TAKEN}{code}");
    let _on_message = listen(&channel, move |message| {
        if message == answer
            && let Some(resolve) = &resolve
        {
            let _ = resolve.call0(&wasm_bindgen::JsValue::NULL);
        }
    });
    if channel
        .post_message(&format!("{OFFER}{code}").into())
        .is_err()
    {
        return false;
    }
    let outcome = select(JsFuture::from(answered), TimeoutFuture::new(WITHIN)).await;
    channel.close();
    matches!(outcome, Either::Left(_))
}

fn listen(channel: &BroadcastChannel, mut hear: impl FnMut(String) + 'static) -> OnMessage {
    let on_message = OnMessage::new(move |event: MessageEvent| {
        let message = event.data().as_string();
        if let Some(message) = message.filter(|message| message.len() <= MAX_MESSAGE) {
            hear(message);
        }
    });
    channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message
}
