//! Tasks that wait for the same thing.

use std::cell::RefCell;
use std::task::{Context, Waker};

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
