//! A chat with web-sys alone: the elements stand in `index.html`, and two streams fill them.

use std::rc::Rc;

use futures_util::{StreamExt, future};
use gloo_events::{EventListener, EventListenerOptions};
use handclasp::RoomChannel;
use handclasp_example_chat::{MAX_LINES, Problem, Seen, join};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Document, Element, HtmlInputElement};

fn main() {
    let document = web_sys::window().and_then(|window| window.document());
    let Some(page) = document.and_then(Page::find).map(Rc::new) else {
        return;
    };
    spawn_local(async move {
        if let Err(problem) = run(&page).await {
            page.tell(Some(&problem));
        }
    });
}

async fn run(page: &Rc<Page>) -> Result<(), Problem> {
    let (room, channel) = join().await?;
    page.show(&Seen::of(&room));
    let _listener = on_submit(page, channel.clone());
    let mut events = room.events();
    let watch = async {
        while events.next().await.is_some() {
            page.show(&Seen::of(&room));
        }
    };
    let mut messages = channel.clone();
    let listen = async {
        while let Some((peer, message)) = messages.next().await {
            if let Some(text) = message.to_text() {
                page.add(&peer.id().to_string(), &text);
            }
        }
    };
    future::join(watch, listen).await;
    Ok(())
}

/// Has what is written sent, and shown here too, as long as the listener is kept.
fn on_submit(page: &Rc<Page>, channel: RoomChannel) -> EventListener {
    let options = EventListenerOptions::enable_prevent_default();
    let shown = Rc::clone(page);
    EventListener::new_with_options(&page.form, "submit", options, move |event| {
        event.prevent_default();
        let text = shown.text.value();
        shown.text.set_value("");
        let (page, channel) = (Rc::clone(&shown), channel.clone());
        spawn_local(async move {
            match channel.send(text.as_str()).await {
                Ok(_) => page.add("You", &text),
                Err(error) => page.tell(Some(&error.into())),
            }
        });
    })
}

/// The elements of `index.html`.
struct Page {
    document: Document,
    status: Element,
    people: Element,
    lines: Element,
    form: Element,
    text: HtmlInputElement,
    problem: Element,
}

impl Page {
    fn find(document: Document) -> Option<Self> {
        let find = |id| document.get_element_by_id(id);
        Some(Self {
            status: find("status")?,
            people: find("people")?,
            lines: find("lines")?,
            form: find("say")?,
            text: find("text")?.dyn_into().ok()?,
            problem: find("problem")?,
            document,
        })
    }

    fn show(&self, seen: &Seen) {
        self.status.set_text_content(Some(&seen.status()));
        self.people.set_text_content(None);
        for person in &seen.people {
            self.append(&self.people, &format!("{}, {}", person.name, person.state));
        }
        self.tell(seen.problem.as_ref());
    }

    fn add(&self, who: &str, text: &str) {
        self.append(&self.lines, &format!("{who}: {text}"));
        if self.lines.child_element_count() as usize > MAX_LINES
            && let Some(oldest) = self.lines.first_element_child()
        {
            oldest.remove();
        }
    }

    fn tell(&self, problem: Option<&Problem>) {
        let words = problem.map(ToString::to_string);
        self.problem.set_text_content(words.as_deref());
    }

    /// As text: whatever somebody writes never becomes markup.
    fn append(&self, list: &Element, text: &str) {
        if let Ok(item) = self.document.create_element("li") {
            item.set_text_content(Some(text));
            // Fails only for what can have no children.
            let _ = list.append_child(&item);
        }
    }
}
