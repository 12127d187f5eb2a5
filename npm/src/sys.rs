//! The loading of parts, as `wasm_split` calls it: in place of what comes with it, which keeps a list of who waits for which part. The
//! JavaScript that loads them keeps what has come already (`xtask/src/build/split.rs`), so that everyone may ask by themselves.

// A callback from JavaScript has nothing but a pointer to say whose it is.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::c_void;
use std::rc::Rc;
use std::task::Waker;

/// A part of the program could not be loaded.
#[derive(Debug)]
pub(crate) struct SplitLoaderError;

/// Of one who waits for a part.
#[derive(Default)]
struct Waiting {
    /// Whether it has come, once that is known.
    outcome: Cell<Option<bool>>,
    waker: Cell<Option<Waker>>,
}

/// By the names that the code has which `wasm_split` writes.
pub(crate) mod rt {
    use std::future::poll_fn;
    use std::pin::Pin;
    use std::task::Poll;

    use super::{Rc, SplitLoaderError, Waiting, c_void};

    pub(crate) type LoadCallbackFn = unsafe extern "C" fn(*const c_void, bool);

    /// Has a part loaded, and calls back exactly once, later, with the pointer that it was given.
    pub(crate) type LoadFn = unsafe extern "C" fn(LoadCallbackFn, *const c_void);

    pub(crate) struct LazySplitLoader(LoadFn);

    impl LazySplitLoader {
        /// # Safety
        /// The function has to do what [`LoadFn`] says.
        pub(crate) const unsafe fn new(load: LoadFn) -> Self {
            Self(load)
        }
    }

    /// # Errors
    /// When the part did not come. It is asked for again at the next call.
    pub(crate) async fn ensure_loaded(
        loader: Pin<&LazySplitLoader>,
    ) -> Result<(), SplitLoaderError> {
        let waiting = Rc::<Waiting>::default();
        let told = Rc::into_raw(Rc::clone(&waiting));
        // SAFETY: whoever made the loader promised that it calls back once, which takes back what the pointer stands for.
        unsafe { (loader.0)(super::loaded, told.cast()) };
        let has_come = poll_fn(|cx| match waiting.outcome.get() {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                waiting.waker.set(Some(cx.waker().clone()));
                Poll::Pending
            }
        });
        if has_come.await {
            Ok(())
        } else {
            Err(SplitLoaderError)
        }
    }
}

unsafe extern "C" fn loaded(waiting: *const c_void, has_come: bool) {
    // SAFETY: the pointer is the one that `ensure_loaded` made, and this is called once with it.
    let waiting = unsafe { Rc::<Waiting>::from_raw(waiting.cast()) };
    waiting.outcome.set(Some(has_come));
    if let Some(waker) = waiting.waker.take() {
        waker.wake();
    }
}
