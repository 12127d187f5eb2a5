//! Handshakes by hand, as JavaScript sees them.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use futures_util::future::{AbortHandle, abortable};
use handclasp::{HandshakeError, Invitation, Reply};
use wasm_bindgen::JsValue;

use crate::error::Failure;
use crate::handle::{Handle, Object};
use crate::options;
use crate::peer::Known;
use crate::room::Room;
use crate::value::{Value, list, promise};

/// Where a handshake begins.
pub(crate) enum Step {
    Invite(handclasp::Room, Rc<Known>),
    /// With the text that the code is in, and the options of the room.
    Accept(JsValue, JsValue),
}

/// Begins a handshake. With the feature `split` this and all that only this needs is loaded at the first use: most rooms are found over
/// a path.
///
/// # Errors
/// Those of [`Room::invite`](handclasp::Room::invite) and [`Room::accept`](handclasp::Room::accept), options that are wrong, and what
/// could not be loaded.
#[cfg_attr(
    feature = "split",
    wasm_split_helpers::wasm_split(
        hand,
        fallible,
        wasm_split_path = crate::sys,
        return_wrapper(let future = _; { future.await } -> Result<JsValue, Failure>)
    )
)]
pub(crate) fn shake(step: Step) -> Pin<Box<dyn Future<Output = Result<JsValue, Failure>>>> {
    Box::pin(async move {
        match step {
            Step::Invite(room, known) => {
                let invitation = room.invite().await?;
                Ok(Hand::value(Carried::Invitation(invitation), known))
            }
            Step::Accept(code, options) => {
                let code = Value(code).required_text("invite")?;
                let options = options::join(options, true).await?;
                let accepting = handclasp::Room::accept(&code, |secret| options.secret(secret));
                let (room, reply) = accepting.await?;
                let room = Room::new(room);
                let reply = Hand::value(Carried::Reply(reply), room.known());
                Ok(list([room.into(), reply].into_iter()))
            }
        }
    })
}

enum Carried {
    Invitation(Invitation),
    Reply(Reply),
}

/// One side of a handshake.
struct Hand {
    /// Until it is withdrawn.
    carried: RefCell<Option<Rc<Carried>>>,
    known: Rc<Known>,
    /// Those who wait for the connection, which so long is not given up.
    waiting: RefCell<Vec<AbortHandle>>,
}

impl Hand {
    fn value(carried: Carried, known: Rc<Known>) -> JsValue {
        Handle::value(Self {
            carried: RefCell::new(Some(Rc::new(carried))),
            known,
            waiting: RefCell::default(),
        })
    }

    fn connected(&self, carried: Rc<Carried>) -> JsValue {
        let known = Rc::clone(&self.known);
        let (connected, waiting) = abortable(async move {
            match &*carried {
                Carried::Invitation(invitation) => invitation.connected().await,
                Carried::Reply(reply) => reply.connected().await,
            }
        });
        let mut all = self.waiting.borrow_mut();
        all.push(waiting);
        promise(async move {
            let peer = connected.await.unwrap_or(Err(HandshakeError::Refused))?;
            Ok(known.object(&peer).clone())
        })
        .into()
    }
}

impl Object for Hand {
    fn call(&self, name: &str, argument: JsValue) -> Result<JsValue, Failure> {
        if name == "withdraw" {
            self.carried.take();
            for waiting in self.waiting.take() {
                waiting.abort();
            }
        }
        let Some(carried) = self.carried.borrow().clone() else {
            return Ok(JsValue::UNDEFINED);
        };
        Ok(match (name, &*carried) {
            ("code", Carried::Invitation(invitation)) => invitation.code().into(),
            ("code", Carried::Reply(reply)) => reply.code().into(),
            ("qr", Carried::Invitation(invitation)) => invitation.qr_text().into(),
            ("qr", Carried::Reply(reply)) => reply.qr_text().into(),
            ("reply", Carried::Invitation(invitation)) => {
                invitation.reply(&Value(argument).required_text("reply")?)?;
                JsValue::UNDEFINED
            }
            ("connected", _) => self.connected(Rc::clone(&carried)),
            _ => JsValue::UNDEFINED,
        })
    }
}
