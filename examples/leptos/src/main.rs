//! A chat with Leptos: what the room tells goes into signals, and the view follows them.

use futures_util::{StreamExt, future};
use handclasp::RoomChannel;
use handclasp_example_chat::{Lines, Problem, Seen, join};
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;

fn main() {
    mount_to_body(Chat);
}

#[component]
fn Chat() -> impl IntoView {
    let seen = RwSignal::new(Seen::default());
    let lines = RwSignal::new(Lines::default());
    let problem = RwSignal::new(None::<Problem>);
    // Local, because what belongs to the browser cannot go to another thread.
    let channel = RwSignal::new_local(None::<RoomChannel>);

    spawn_local(async move {
        let (room, mut messages) = match join().await {
            Ok(joined) => joined,
            Err(error) => return problem.set(Some(error)),
        };
        channel.set(Some(messages.clone()));
        seen.set(Seen::of(&room));
        let mut events = room.events();
        let watch = async {
            while events.next().await.is_some() {
                seen.set(Seen::of(&room));
                problem.set(seen.with_untracked(|seen| seen.problem.clone()));
            }
        };
        let listen = async {
            while let Some((peer, message)) = messages.next().await {
                if let Some(text) = message.to_text() {
                    lines.update(|lines| lines.add(peer.id().to_string(), text));
                }
            }
        };
        future::join(watch, listen).await;
    });

    let field = NodeRef::<Input>::new();
    let say = move |event: SubmitEvent| {
        event.prevent_default();
        let (Some(field), Some(channel)) = (field.get(), channel.get()) else {
            return;
        };
        let text = field.value();
        field.set_value("");
        spawn_local(async move {
            match channel.send(text.as_str()).await {
                Ok(_) => lines.update(|lines| lines.add("You".into(), text)),
                Err(error) => problem.set(Some(error.into())),
            }
        });
    };

    view! {
        <main>
            <h1>"Chat with Leptos"</h1>
            <p role="status">{move || seen.with(Seen::status)}</p>
            <h2 id="here">"Who is here"</h2>
            <ul aria-labelledby="here">
                <For
                    each=move || seen.get().people
                    key=|person| (person.name.clone(), person.state)
                    let(person)
                >
                    <li>{person.name} ", " {person.state}</li>
                </For>
            </ul>
            <ol role="log" aria-label="Messages">
                <For
                    each=move || lines.with(|lines| lines.iter().cloned().collect::<Vec<_>>())
                    key=|line| line.number
                    let(line)
                >
                    <li>{line.who} ": " {line.text}</li>
                </For>
            </ol>
            <form on:submit=say>
                <label for="text">"Message"</label>
                <input id="text" autocomplete="off" required node_ref=field />
                <button>"Send"</button>
            </form>
            <p role="alert">{move || problem.get().map(|problem| problem.to_string())}</p>
        </main>
    }
}
