//! What is seen: words about how it stands, and the field.

use bevy::math::IVec2;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, Document, Element, HtmlCanvasElement};

use crate::rules::{COIN, FIELD, PLAYER};

/// Of the players, by their handles.
const COLOURS: [&str; 2] = ["#ffd166", "#7bd88f"];

pub(crate) struct View {
    game: Element,
    status: Element,
    context: CanvasRenderingContext2d,
}

impl View {
    pub(crate) fn new(document: &Document) -> Result<Self, JsValue> {
        let find = |id: &str| {
            let missing = || JsValue::from(format!("there is no #{id} on the page"));
            document.get_element_by_id(id).ok_or_else(missing)
        };
        let canvas: HtmlCanvasElement = find("field")?.dyn_into()?;
        let context = canvas.get_context("2d")?.ok_or("there is no canvas")?;
        Ok(Self {
            game: find("game")?,
            status: find("status")?,
            context: context.dyn_into()?,
        })
    }

    /// How it stands: a word for programs, and words for people.
    pub(crate) fn say(&self, state: &str, words: &str) {
        self.note("state", state);
        // Or a screen reader would say it sixty times a second.
        if self.status.text_content().as_deref() != Some(words) {
            self.status.set_text_content(Some(words));
        }
    }

    /// For whoever looks at the page from outside: `data-` attributes.
    pub(crate) fn note(&self, name: &str, value: &str) {
        // Only fails for a name that is none.
        let _ = self.game.set_attribute(&format!("data-{name}"), value);
    }

    pub(crate) fn clear(&self) {
        self.context
            .clear_rect(0.0, 0.0, FIELD.x.into(), FIELD.y.into());
    }

    pub(crate) fn coin(&self, place: IVec2) {
        self.square("#f7f5f0", place, COIN);
    }

    /// The player, with the score in the middle.
    pub(crate) fn player(&self, handle: usize, place: IVec2, score: u32) {
        self.square(COLOURS[handle.min(1)], place, PLAYER);
        let context = &self.context;
        context.set_fill_style_str("#111716");
        context.set_font("16px system-ui");
        context.set_text_align("center");
        let middle = place + PLAYER / 2;
        let _ = context.fill_text(
            &score.to_string(),
            middle.x.into(),
            f64::from(middle.y) + 6.0,
        );
    }

    fn square(&self, colour: &str, place: IVec2, side: i32) {
        self.context.set_fill_style_str(colour);
        self.context
            .fill_rect(place.x.into(), place.y.into(), side.into(), side.into());
    }
}
