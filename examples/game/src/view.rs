//! What is seen: words about how it stands, and the field.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, Document, Element, HtmlCanvasElement};

use crate::pong::{BALL, HEIGHT, MARGIN, PADDLE, Pong, WIDTH};

pub(crate) struct View {
    game: Element,
    status: Element,
    canvas: HtmlCanvasElement,
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
            canvas,
            context: context.dyn_into()?,
        })
    }

    pub(crate) fn canvas(&self) -> &HtmlCanvasElement {
        &self.canvas
    }

    /// How it stands: a word for programs, and words for people.
    pub(crate) fn say(&self, state: &str, words: &str) {
        self.note("state", state);
        self.status.set_text_content(Some(words));
    }

    /// For whoever looks at the page from outside: `data-` attributes.
    pub(crate) fn note(&self, name: &str, value: &str) {
        // Only fails for a name that is none.
        let _ = self.game.set_attribute(&format!("data-{name}"), value);
    }

    /// `me` has the brighter paddle.
    pub(crate) fn draw(&self, pong: &Pong, me: usize) {
        let (width, height) = (self.canvas.width(), self.canvas.height());
        let scale = f64::from(width) / f64::from(WIDTH);
        let context = &self.context;
        let fill = |colour: &str, x: i32, y: i32, w: i32, h: i32| {
            context.set_fill_style_str(colour);
            let [x, y, w, h] = [x, y, w, h].map(|units| f64::from(units) * scale);
            context.fill_rect(x, y, w, h);
        };
        context.clear_rect(0.0, 0.0, width.into(), height.into());
        for y in (0..HEIGHT).step_by(HEIGHT as usize / 18) {
            fill("#33413f", (WIDTH - BALL / 4) / 2, y, BALL / 4, HEIGHT / 36);
        }
        for (player, y) in pong.paddles.into_iter().enumerate() {
            let colour = if player == me { "#ffd166" } else { "#8fb8b0" };
            let x = [MARGIN, WIDTH - MARGIN - PADDLE[0]][player];
            fill(colour, x, y, PADDLE[0], PADDLE[1]);
        }
        fill("#f7f5f0", pong.ball[0], pong.ball[1], BALL, BALL);
        context.set_fill_style_str("#8fb8b0");
        context.set_font("32px system-ui");
        context.set_text_align("center");
        for (player, score) in pong.score.into_iter().enumerate() {
            let x = f64::from(width) * [0.25, 0.75][player];
            let _ = context.fill_text(&score.to_string(), x, 44.0);
        }
    }
}
