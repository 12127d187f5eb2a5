//! What changes on the page, in as few types as possible.
//!
//! Every closure is a type of its own, and for every type the compiler writes the framework's code anew: as much as a
//! third of the program that everyone downloads. So the views name what changes by one of these few types instead.

use leptos::ev;
use leptos::prelude::*;

/// A condition.
pub(crate) fn flag(of: impl Fn() -> bool + Send + Sync + 'static) -> Signal<bool> {
    Signal::derive(of)
}

/// One of several fixed words.
pub(crate) fn word(of: impl Fn() -> &'static str + Send + Sync + 'static) -> Signal<&'static str> {
    Signal::derive(of)
}

/// A text that is put together.
pub(crate) fn text(of: impl Fn() -> String + Send + Sync + 'static) -> Signal<String> {
    Signal::derive(of)
}

/// A part of the page that is made anew when what it depends on changes.
pub(crate) fn part(of: impl Fn() -> AnyView + Send + 'static) -> impl IntoView {
    boxed(Box::new(of))
}

fn boxed(of: Box<dyn Fn() -> AnyView + Send>) -> impl IntoView {
    move || of()
}

/// A part of the page that is there at times.
pub(crate) fn part_if(
    condition: impl Into<Signal<bool>>,
    of: impl Fn() -> AnyView + Send + 'static,
) -> impl IntoView {
    // The part is made anew only when the condition changes, not whenever something that it depends on does.
    let condition = condition.into();
    let condition = Memo::new(move |_| condition.get());
    part(move || if condition.get() { of() } else { ().into_any() })
}

/// What a click does.
pub(crate) fn click(act: impl Fn() + 'static) -> Box<dyn FnMut(ev::MouseEvent)> {
    Box::new(move |_| act())
}

/// Does something now, and again whenever a signal that it looks at changes.
pub(crate) fn effect(act: impl FnMut() + 'static) {
    run(Box::new(act));
}

fn run(mut act: Box<dyn FnMut()>) {
    Effect::new(move |_| act());
}
