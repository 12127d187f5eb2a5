//! Tasks that wait for the same thing.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use gloo_timers::callback::Timeout;

/// What comes of `future`, if it does in so many milliseconds.
pub(crate) async fn within<T>(millis: u32, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let timer = Timer::new(millis);
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
        Poll::Pending => timer.poll(cx).map(|()| None),
    })
    .await
}

/// Ready after so many milliseconds.
pub(crate) async fn sleep(millis: u32) {
    let timer = Timer::new(millis);
    poll_fn(|cx| timer.poll(cx)).await;
}

/// A timer that stops when it is dropped.
struct Timer {
    over: Rc<Over>,
    _timeout: Timeout,
}

#[derive(Default)]
struct Over {
    over: Cell<bool>,
    wakers: Wakers,
}

impl Timer {
    fn new(millis: u32) -> Self {
        let over = Rc::<Over>::default();
        let tells = Rc::clone(&over);
        let timeout = Timeout::new(millis, move || {
            tells.over.set(true);
            tells.wakers.wake();
        });
        Self {
            over,
            _timeout: timeout,
        }
    }

    fn poll(&self, cx: &Context<'_>) -> Poll<()> {
        if self.over.over.get() {
            return Poll::Ready(());
        }
        self.over.wakers.register(cx);
        Poll::Pending
    }
}

/// Hands one value over to a future, which gets `None` when the [`Giver`] is dropped without. A value that nobody takes is dropped
/// with the last of the two.
///
/// For one thread, and without the atomics and the spinning of a channel between threads.
pub(crate) fn handover<T>() -> (Giver<T>, impl Future<Output = Option<T>>) {
    let hands = Rc::new(Hands {
        value: Cell::new(None),
        given: Cell::new(false),
        wakers: Wakers::default(),
    });
    let giver = Giver(Rc::clone(&hands));
    let taken = async move {
        hands.wakers.until(|| hands.given.get()).await;
        hands.value.take()
    };
    (giver, taken)
}

/// The giving end of a [`handover`].
pub(crate) struct Giver<T>(Rc<Hands<T>>);

struct Hands<T> {
    value: Cell<Option<T>>,
    given: Cell<bool>,
    wakers: Wakers,
}

impl<T> Giver<T> {
    pub(crate) fn give(self, value: T) {
        self.0.value.set(Some(value));
    }
}

impl<T> Drop for Giver<T> {
    fn drop(&mut self) {
        self.0.given.set(true);
        self.0.wakers.wake();
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

    use futures_util::FutureExt;

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

    #[test]
    fn a_value_is_handed_over_once_it_is_given() {
        let (giver, taken) = handover();
        let mut taken = pin!(taken);
        assert_eq!(taken.as_mut().now_or_never(), None);
        giver.give(7);
        assert_eq!(taken.now_or_never(), Some(Some(7)));
    }

    #[test]
    fn whoever_waits_for_a_giver_that_is_gone_gets_nothing() {
        let (giver, taken) = handover::<u8>();
        drop(giver);
        assert_eq!(taken.now_or_never(), Some(None));
    }

    #[test]
    fn a_value_that_nobody_waits_for_is_dropped() {
        let value = Rc::new(());
        let (giver, taken) = handover();
        drop(taken);
        giver.give(Rc::clone(&value));
        assert_eq!(Rc::strong_count(&value), 1);
    }
}
