//! A chat with Yew: the room's events and messages are streams of the component's messages.

use futures_util::StreamExt;
use handclasp::{Room, RoomChannel};
use handclasp_example_chat::{Lines, Problem, Seen, join};
use web_sys::HtmlInputElement;
use yew::{Component, Context, Html, NodeRef, Renderer, SubmitEvent, html};

fn main() {
    Renderer::<Chat>::new().render();
}

#[derive(Default)]
struct Chat {
    joined: Option<(Room, RoomChannel)>,
    seen: Seen,
    lines: Lines,
    problem: Option<Problem>,
    field: NodeRef,
}

enum Msg {
    Joined(Room, RoomChannel),
    Changed,
    Submit(SubmitEvent),
    Said(String, String),
    Failed(Problem),
}

impl Component for Chat {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        ctx.link().send_future(async {
            match join().await {
                Ok((room, channel)) => Msg::Joined(room, channel),
                Err(problem) => Msg::Failed(problem),
            }
        });
        Self::default()
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Joined(room, channel) => {
                let said = channel.clone().filter_map(async |(peer, message)| {
                    let text = message.to_text()?;
                    Some(Msg::Said(peer.id().to_string(), text))
                });
                ctx.link().send_stream(room.events().map(|_| Msg::Changed));
                ctx.link().send_stream(said);
                self.seen = Seen::of(&room);
                self.joined = Some((room, channel));
            }
            Msg::Changed => {
                if let Some((room, _)) = &self.joined {
                    self.seen = Seen::of(room);
                    self.problem = self.seen.problem.clone();
                }
            }
            Msg::Submit(event) => {
                event.prevent_default();
                self.say(ctx);
            }
            Msg::Said(who, text) => self.lines.add(who, text),
            Msg::Failed(problem) => self.problem = Some(problem),
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        html! {
            <main>
                <h1>{ "Chat with Yew" }</h1>
                <p role="status">{ self.seen.status() }</p>
                <h2 id="here">{ "Who is here" }</h2>
                <ul aria-labelledby="here">
                    { for self.seen.people.iter().map(|person| html! {
                        <li key={person.name.clone()}>{ format!("{}, {}", person.name, person.state) }</li>
                    }) }
                </ul>
                <ol role="log" aria-label="Messages">
                    { for self.lines.iter().map(|line| html! {
                        <li key={line.number}>{ format!("{}: {}", line.who, line.text) }</li>
                    }) }
                </ol>
                <form onsubmit={ctx.link().callback(Msg::Submit)}>
                    <label for="text">{ "Message" }</label>
                    <input id="text" autocomplete="off" required=true ref={self.field.clone()} />
                    <button>{ "Send" }</button>
                </form>
                <p role="alert">{ self.problem.as_ref().map(Problem::to_string) }</p>
            </main>
        }
    }
}

impl Chat {
    /// Has what is written sent, and shown here too.
    fn say(&self, ctx: &Context<Self>) {
        let (Some((_, channel)), Some(field)) =
            (&self.joined, self.field.cast::<HtmlInputElement>())
        else {
            return;
        };
        let channel = channel.clone();
        let text = field.value();
        field.set_value("");
        ctx.link().send_future(async move {
            match channel.send(text.as_str()).await {
                Ok(_) => Msg::Said("You".into(), text),
                Err(error) => Msg::Failed(error.into()),
            }
        });
    }
}
