//! Tasks that wait for the same thing.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;

/// What comes of `future`, if it does in so many milliseconds.
pub(crate) async fn within<T>(millis: u32, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), TimeoutFuture::new(millis)).await {
        Either::Left((outcome, _)) => Some(outcome),
        Either::Right(_) => None,
    }
}

/// The wakers of tasks that wait, each at most once. As many as there are tasks, so that no bound is needed.
#[derive(Debug, Default)]
pub(crate) struct Wakers(RefCell<Vec<Waker>>);

impl Wakers {
    /// Wakes the task of `cx` at the next [`wake`](Self::wake).
    pub(crate) fn register(&self, cx: &Context<'_>) {
        let mut wakers = self.0.borrow_mut();
        if !wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
            wakers.push(cx.waker().clone());
        }
    }

    /// Ready when `done` says so, which is asked at once and at each [`wake`](Self::wake).
    pub(crate) async fn until(&self, done: impl Fn() -> bool) {
        poll_fn(|cx| {
            if done() {
                return Poll::Ready(());
            }
            self.register(cx);
            Poll::Pending
        })
        .await;
    }

    /// Wakes everyone who registered since the last time.
    pub(crate) fn wake(&self) {
        // Outside the borrow: a waker may run its task at once.
        let wakers = self.0.take();
        wakers.into_iter().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::task::Wake;

    use super::*;

    struct Count(AtomicU32);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_task_that_registers_twice_is_woken_once_and_only_until_then() {
        let count = Arc::new(Count(AtomicU32::new(0)));
        let waker = Waker::from(Arc::clone(&count));
        let wakers = Wakers::default();
        wakers.register(&Context::from_waker(&waker));
        wakers.register(&Context::from_waker(&waker));
        wakers.wake();
        wakers.wake();
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
    }
}
