//! Messages to everyone who is here.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::app::Shared;
use crate::dynamic::{click, effect, flag};
use crate::icons::{self, Icon};
use crate::session::{Line, MAX_TEXT, Side};
use crate::{browser, words};

/// From the end within which new messages are followed, in pixels; who reads further up is left in peace.
const NEAR_END: i32 = 120;

/// The id of the button that opens the panel.
pub(crate) const OPENER: &str = "chat-button";

/// The panel with the messages.
#[component]
pub(crate) fn Chat() -> impl IntoView {
    let session = expect_context::<Shared>().session;
    let list = NodeRef::<html::Div>::new();
    let input = NodeRef::<html::Textarea>::new();

    effect(move || {
        if session.side() == Some(Side::Chat) {
            // Not until it is shown can it have the focus.
            request_animation_frame(move || {
                scroll_to_end(list);
                if let Some(input) = input.try_get_untracked().flatten() {
                    browser::focus(&input);
                }
            });
        }
    });
    effect(move || {
        let is_mine = session
            .lines()
            .last()
            .is_some_and(|line| line.from.is_none());
        let Some(list_element) = list.get_untracked() else {
            return;
        };
        let below =
            list_element.scroll_height() - list_element.scroll_top() - list_element.client_height();
        if is_mine || below < NEAR_END {
            request_animation_frame(move || scroll_to_end(list));
        }
    });

    // The focus goes back to where the panel was opened.
    let close = move || {
        session.open_side(None);
        let opener = document()
            .get_element_by_id(OPENER)
            .and_then(|element| element.dyn_into().ok());
        if let Some(opener) = opener {
            browser::focus(&opener);
        }
    };
    let send = move || {
        if let Some(input) = input.get_untracked() {
            session.send(&input.value());
            input.set_value("");
            browser::focus(&input);
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            send();
        }
        if event.key() == "Escape" {
            close();
        }
    };

    view! {
        <aside class="chat" id="chat" aria-label=words::CHAT_HEADING hidden=flag(move || session.side() != Some(Side::Chat))>
            <header class="chat-head">
                <h2>{words::CHAT_HEADING}</h2>
                <button
                    type="button" class="icon-button" aria-label=words::CLOSE title=words::CLOSE
                    on:click=click(close)
                >
                    <Icon path=icons::CLOSE/>
                </button>
            </header>
            <div class="chat-lines" role="log" aria-label=words::CHAT_HEADING tabindex="0" node_ref=list>
                <ol>
                    <For each=move || session.lines() key=|line| (line.number, line.is_sent) let:line>
                        <ChatLine line/>
                    </For>
                </ol>
            </div>
            <div class="chat-empty" hidden=flag(move || !session.lines().is_empty())>
                <Icon path=icons::CHAT/>
                <p>{words::CHAT_EMPTY}</p>
                <p class="quiet">{words::CHAT_EMPTY_LEAD}</p>
            </div>
            <form class="chat-form" on:submit=move |event: ev::SubmitEvent| { event.prevent_default(); send(); }>
                <textarea
                    class="input" data-testid="chat-input" rows="1" maxlength=MAX_TEXT dir="auto"
                    aria-label=words::CHAT_INPUT placeholder=words::CHAT_INPUT enterkeyhint="send"
                    node_ref=input on:keydown=on_key
                ></textarea>
                <button type="submit" class="button primary square" data-testid="chat-send" aria-label=words::CHAT_SEND title=words::CHAT_SEND>
                    <Icon path=icons::SEND/>
                </button>
            </form>
        </aside>
    }
}

fn scroll_to_end(list: NodeRef<html::Div>) {
    if let Some(list) = list.try_get_untracked().flatten() {
        list.set_scroll_top(list.scroll_height());
    }
}

#[component]
fn ChatLine(line: Line) -> impl IntoView {
    let from = line
        .from
        .map_or_else(|| "me".to_owned(), |id| id.to_string());
    view! {
        <li class="chat-line" class:mine=line.from.is_none()>
            <p class="chat-meta">
                <bdi>{line.name}</bdi>
                <time>{line.time}</time>
            </p>
            <p class="chat-text" data-testid="chat-message" data-from=from dir="auto">{parts(&line.text)}</p>
            <p class="chat-failed" role="alert" hidden=line.is_sent>{words::CHAT_NOT_SENT}</p>
        </li>
    }
}

/// The text, with its web addresses as links.
fn parts(text: &str) -> Vec<AnyView> {
    split(text)
        .into_iter()
        .map(|part| match part {
            Part::Text(text) => text.to_owned().into_any(),
            Part::Link(url) => view! {
                <a href=url.to_owned() target="_blank" rel="noopener noreferrer nofollow">{url.to_owned()}</a>
            }
            .into_any(),
        })
        .collect()
}

/// A piece of a message.
#[derive(Debug, PartialEq, Eq)]
enum Part<'a> {
    Text(&'a str),
    /// `http` or `https`, nothing else.
    Link(&'a str),
}

fn split(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    let mut from = 0;
    while let Some(start) = find_link(rest, from) {
        let length = rest[start..]
            .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'))
            .unwrap_or(rest.len() - start);
        let link = rest[start..start + length]
            .trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'', ']', '}']);
        if link.ends_with("//") {
            from = start + length;
            continue;
        }
        if start > 0 {
            parts.push(Part::Text(&rest[..start]));
        }
        parts.push(Part::Link(link));
        rest = &rest[start + link.len()..];
        from = 0;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    parts
}

/// The next `http://` or `https://` at the start of a word, from the byte `from` on.
fn find_link(text: &str, from: usize) -> Option<usize> {
    text[from..]
        .match_indices("http")
        .map(|(index, _)| from + index)
        .find(|index| {
            let is_start = text[..*index]
                .chars()
                .next_back()
                .is_none_or(|c| !c.is_ascii_alphanumeric());
            let rest = &text[*index..];
            is_start && (rest.starts_with("http://") || rest.starts_with("https://"))
        })
}

#[cfg(test)]
mod tests {
    use super::Part::{Link, Text};
    use super::*;

    #[test]
    fn plain_text_is_one_part() {
        assert_eq!(split("hello"), [Text("hello")]);
        assert_eq!(split(""), []);
        assert_eq!(
            split("http is a protocol, xhttp://a is none"),
            [Text("http is a protocol, xhttp://a is none")]
        );
    }

    #[test]
    fn web_addresses_become_links_without_the_punctuation_after_them() {
        assert_eq!(
            split("see https://a.example/b?c=d#e, (http://f.example)."),
            [
                Text("see "),
                Link("https://a.example/b?c=d#e"),
                Text(", ("),
                Link("http://f.example"),
                Text(").")
            ]
        );
        assert_eq!(split("https://a"), [Link("https://a")]);
    }

    #[test]
    fn other_schemes_and_markup_stay_text() {
        for text in [
            "javascript:alert(1)",
            "<b>x</b>",
            "data:text/html,x",
            "http://",
            "https://!",
            "é http:// https://)",
        ] {
            assert_eq!(split(text), [Text(text)], "{text}");
        }
        assert_eq!(
            split("<a href=\"https://x.example\">"),
            [Text("<a href=\""), Link("https://x.example"), Text("\">")]
        );
    }

    #[test]
    fn nothing_is_lost() {
        for text in [
            "a https://b.c d http://e.f. g",
            "https://a.b https://c.d",
            "https:// https://x.y z",
        ] {
            let joined: String = split(text)
                .iter()
                .map(|part| match part {
                    Text(t) | Link(t) => *t,
                })
                .collect();
            assert_eq!(joined, text);
        }
    }
}
