//! What the page and the device say.

use std::rc::Weak;

use gloo_events::EventListener;
use handclasp_core::mesh::Input;
use wasm_bindgen::JsCast;
use web_sys::{Event, EventTarget, PageTransitionEvent};

use super::Driver;
use crate::sys;

impl Driver {
    /// A page that goes away says goodbye to those it is connected with, while it can. For the others there is the will. A
    /// page that is put into the back/forward cache may come back, and stays.
    fn leave_with_page(&self, event: &Event) {
        if !event.unchecked_ref::<PageTransitionEvent>().persisted() {
            self.leave();
        }
    }

    /// Listens to what the page and the device say.
    pub(super) fn watch(&self) {
        let Some(window) = web_sys::window() else {
            return;
        };
        let on = |target: &EventTarget, event: &'static str, act: fn(&Self, &Event)| {
            let this = Weak::clone(&self.this);
            EventListener::new(target, event, move |event| {
                if let Some(this) = this.upgrade() {
                    act(&this, event);
                }
            })
        };
        let hint: fn(&Self, &Event) = |this, _| this.input(Input::NetworkChanged);
        let mut watching = vec![
            on(&window, "pagehide", Self::leave_with_page),
            on(&window, "online", hint),
            on(&window, "pageshow", hint),
        ];
        if let Some(document) = window.document() {
            // A device that slept, or a phone that had the page in the background.
            watching.push(on(&document, "visibilitychange", hint));
        }
        if let Some(network) = sys::network() {
            watching.push(on(&network, "change", hint));
        }
        self.watching.replace(watching);
    }
}
