//! What runs in the background. Every future is boxed here, so that what runs a task is compiled once and not for each of them.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use gloo_events::EventListener;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::{MessageChannel, MessagePort};

use crate::wakers::Wakers;

type Boxed = Pin<Box<dyn Future<Output = ()>>>;

/// Runs `future` from the next microtask on.
pub(crate) fn spawn(future: impl Future<Output = ()> + 'static) {
    run(Box::pin(future));
}

fn run(future: Boxed) {
    spawn_local(future);
}

/// Calls `act` once what runs now, and all microtasks behind it, have come to their end: in a task of its own, which hidden pages have at once too.
/// A timer would take 4 ms, or a second there.
pub(crate) fn after_turn(act: impl FnOnce() + 'static) {
    AFTER.with(|after| after.add(Box::new(act)));
}

thread_local! {
    static AFTER: AfterTurn = AfterTurn::new();
}

/// What runs after the turn, by a message to this page itself.
struct AfterTurn {
    /// Sends it; none where there are no such channels.
    port: Option<MessagePort>,
    waiting: Rc<Queue>,
    _listener: Option<EventListener>,
}

type Queue = RefCell<Vec<Box<dyn FnOnce()>>>;

impl AfterTurn {
    fn new() -> Self {
        let waiting = Rc::<Queue>::default();
        let channel = MessageChannel::new().ok();
        let acts = Rc::clone(&waiting);
        let listener = channel.as_ref().map(|channel| {
            let port = channel.port2();
            port.start();
            EventListener::new(&port, "message", move |_| act_all(&acts))
        });
        Self {
            port: channel.map(|channel| channel.port1()),
            waiting,
            _listener: listener,
        }
    }

    fn add(&self, act: Box<dyn FnOnce()>) {
        let is_first = {
            let mut waiting = self.waiting.borrow_mut();
            waiting.push(act);
            waiting.len() == 1
        };
        if !is_first {
            return;
        }
        let posted = self
            .port
            .as_ref()
            .map(|port| port.post_message(&JsValue::UNDEFINED));
        if !matches!(posted, Some(Ok(()))) {
            let waiting = Rc::clone(&self.waiting);
            spawn(async move { act_all(&waiting) });
        }
    }
}

fn act_all(waiting: &Queue) {
    let acts = waiting.take();
    for act in acts {
        act();
    }
}

/// `future`, which ends early when the [`Until`] is dropped. What it held is dropped then, in its own task: never while it runs.
pub(crate) fn stoppable(
    future: impl Future<Output = ()> + 'static,
) -> (impl Future<Output = ()>, Until) {
    let state = Rc::<State>::default();
    (stop(Box::pin(future), Rc::clone(&state)), Until(state))
}

async fn stop(mut future: Boxed, state: Rc<State>) {
    poll_fn(|cx| {
        if state.stopped.get() {
            return Poll::Ready(());
        }
        state.wakers.register(cx);
        future.as_mut().poll(cx)
    })
    .await;
}

/// Lets a future that is [`stoppable`] go on until this is dropped.
#[derive(Debug)]
#[must_use = "dropping it ends the task"]
pub(crate) struct Until(Rc<State>);

#[derive(Debug, Default)]
struct State {
    stopped: Cell<bool>,
    wakers: Wakers,
}

impl Drop for Until {
    fn drop(&mut self) {
        self.0.stopped.set(true);
        self.0.wakers.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_future_that_is_stopped_ends_and_drops_what_it_holds() {
        let held = Rc::new(());
        let holds = Rc::clone(&held);
        let (future, until) = stoppable(async move {
            std::future::pending::<()>().await;
            drop(holds);
        });
        let mut future = pin!(future);
        assert_eq!(future.as_mut().now_or_never(), None);
        drop(until);
        assert_eq!(future.as_mut().now_or_never(), Some(()));
        assert_eq!(Rc::strong_count(&held), 1);
    }
}
