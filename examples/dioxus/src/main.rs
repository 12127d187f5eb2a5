//! A chat with Dioxus: a coroutine holds the room, takes what is to be said, and tells signals what happens.

use dioxus::prelude::*;
use futures_util::StreamExt;
use handclasp_example_chat::{Lines, Problem, Seen, join};

fn main() {
    dioxus::launch(Chat);
}

#[component]
fn Chat() -> Element {
    let mut seen = use_signal(Seen::default);
    let mut lines = use_signal(Lines::default);
    let mut problem = use_signal(|| None::<Problem>);
    let mut text = use_signal(String::new);

    let say = use_coroutine(move |mut said: UnboundedReceiver<String>| async move {
        let (room, channel) = match join().await {
            Ok(joined) => joined,
            Err(error) => return problem.set(Some(error)),
        };
        seen.set(Seen::of(&room));
        let (mut events, mut messages) = (room.events(), channel.clone());
        // Tasks of this component, which end with it.
        spawn(async move {
            while events.next().await.is_some() {
                let now = Seen::of(&room);
                problem.set(now.problem.clone());
                seen.set(now);
            }
        });
        spawn(async move {
            while let Some((peer, message)) = messages.next().await {
                if let Some(text) = message.to_text() {
                    lines.write().add(peer.id().to_string(), text);
                }
            }
        });
        while let Some(text) = said.next().await {
            match channel.send(text.as_str()).await {
                Ok(_) => lines.write().add("You".into(), text),
                Err(error) => problem.set(Some(error.into())),
            }
        }
    });

    rsx! {
        main {
            h1 { "Chat with Dioxus" }
            p { role: "status", {seen.read().status()} }
            h2 { id: "here", "Who is here" }
            ul { "aria-labelledby": "here",
                for person in &seen.read().people {
                    li { key: "{person.name}", "{person.name}, {person.state}" }
                }
            }
            ol { role: "log", aria_label: "Messages",
                for line in lines.read().iter() {
                    li { key: "{line.number}", "{line.who}: {line.text}" }
                }
            }
            form {
                onsubmit: move |event| {
                    event.prevent_default();
                    say.send(text.take());
                },
                label { r#for: "text", "Message" }
                input {
                    id: "text",
                    autocomplete: "off",
                    required: true,
                    value: "{text}",
                    oninput: move |event| text.set(event.value()),
                }
                button { "Send" }
            }
            p { role: "alert", {problem.read().as_ref().map(Problem::to_string)} }
        }
    }
}
