//! What is seen: words about how it stands, and the field.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, Document, Element, HtmlCanvasElement};

use crate::session::Standing;

/// The page's `#status`, which is read out, its `#field`, and its `#game` around both.
#[derive(Debug)]
pub struct Screen {
    game: Element,
    status: Element,
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
}

impl Screen {
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

    /// The field.
    pub fn canvas(&self) -> &HtmlCanvasElement {
        &self.canvas
    }

    /// What draws on the field.
    pub fn context(&self) -> &CanvasRenderingContext2d {
        &self.context
    }

    /// How it stands: a word for programs, and words for people.
    pub fn say(&self, state: &str, words: &str) {
        self.note("state", state);
        // Or a screen reader would say it sixty times a second.
        if self.status.text_content().as_deref() != Some(words) {
            self.status.set_text_content(Some(words));
        }
    }

    /// How the session stands; `playing` are the words while all is well.
    pub fn tell(&self, standing: Standing, playing: &str) {
        match standing {
            Standing::Synchronizing => self.say("synchronizing", "Somebody is here. The game begins when both tabs can be seen."),
            Standing::Playing => self.say("playing", playing),
            Standing::Interrupted => self.say("interrupted", "Nothing comes from the other player. Is their tab hidden?"),
            Standing::Desynchronized(frame) => self.say("desync", &format!("The two games are not the same any more, since frame {frame} at the latest. Reload both pages.")),
        }
    }

    /// For whoever looks at the page from outside: `data-` attributes.
    pub fn note(&self, name: &str, value: &str) {
        // Only fails for a name that is none.
        let _ = self.game.set_attribute(&format!("data-{name}"), value);
    }
}
