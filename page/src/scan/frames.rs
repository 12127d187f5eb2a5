//! Frames of a video, one at a time, and what a canvas makes of them.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    CanvasRenderingContext2d, HtmlCanvasElement, HtmlMediaElement, HtmlVideoElement, ImageBitmap,
};

use super::aim::View;
use super::pace::Pace;
use super::pixels::Grey;
use crate::browser;

/// What is to be looked at.
pub(super) enum Picture<'a> {
    Video(&'a HtmlVideoElement),
    Bitmap(&'a ImageBitmap),
}

/// A canvas that is not on the page.
pub(super) struct Canvas {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
}

impl Canvas {
    /// `None` where the browser gives no canvas, as some do when they resist fingerprinting or are out of memory.
    pub(super) fn new() -> Option<Canvas> {
        let canvas: HtmlCanvasElement = browser::window()
            .document()?
            .create_element("canvas")
            .ok()?
            .dyn_into()
            .ok()?;
        let options = Object::new();
        // Without it every reading would wait for the graphics processor.
        Reflect::set(&options, &"willReadFrequently".into(), &JsValue::TRUE).ok()?;
        let context = canvas
            .get_context_with_context_options("2d", &options)
            .ok()??;
        Some(Canvas {
            canvas,
            context: context.dyn_into().ok()?,
        })
    }

    /// The view of the picture in grey. `None` where the browser does not give it.
    pub(super) fn grey(&self, picture: &Picture<'_>, view: View) -> Option<Grey> {
        let (width, height) = (view.drawn_width, view.drawn_height);
        // Setting a size clears the canvas, so only another one is set.
        if self.canvas.width() != width || self.canvas.height() != height {
            self.canvas.set_width(width);
            self.canvas.set_height(height);
        }
        let [x, y, w, h, to_w, to_h] =
            [view.x, view.y, view.width, view.height, width, height].map(f64::from);
        let context = &self.context;
        // A bitmap may be transparent.
        context.clear_rect(0.0, 0.0, to_w, to_h);
        match picture {
            Picture::Video(video) => context
                .draw_image_with_html_video_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                    video, x, y, w, h, 0.0, 0.0, to_w, to_h,
                ),
            Picture::Bitmap(bitmap) => context
                .draw_image_with_image_bitmap_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                    bitmap, x, y, w, h, 0.0, 0.0, to_w, to_h,
                ),
        }
        .ok()?;
        let data = context.get_image_data(0.0, 0.0, to_w, to_h).ok()?.data();
        Grey::from_rgba(width as usize, height as usize, &data)
    }
}

/// What becomes of the frames after this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Frame,
    Nothing,
}

/// Something that looks at frames: it is told which in a row this is.
type Look = Box<dyn FnMut(&HtmlVideoElement, u32) -> Next>;

/// Shows the frames of a video to `look`, no more often than [`Pace`] allows, until that says stop or this is dropped.
///
/// By `requestVideoFrameCallback`, which calls for new frames alone; where there is none (Firefox before 132), by
/// `requestAnimationFrame`. Neither calls while the page is hidden.
#[must_use = "dropping it stops the frames"]
pub(super) struct Frames(Rc<Running>);

/// What the browser calls at a frame, with the time.
type Tick = Closure<dyn FnMut(f64)>;

struct Running {
    video: HtmlVideoElement,
    source: Source,
    look: RefCell<Look>,
    tick: RefCell<Option<Tick>>,
    /// What the browser has been asked for, to be taken back.
    asked: Cell<Option<f64>>,
    pace: Cell<Pace>,
    turn: Cell<u32>,
}

impl Frames {
    /// `None` where the browser has neither way to call for a frame.
    pub(super) fn watch(
        video: HtmlVideoElement,
        look: impl FnMut(&HtmlVideoElement, u32) -> Next + 'static,
    ) -> Option<Frames> {
        let running = Rc::new(Running {
            source: Source::of(&video)?,
            video,
            look: RefCell::new(Box::new(look)),
            tick: RefCell::new(None),
            asked: Cell::new(None),
            pace: Cell::new(Pace::new()),
            turn: Cell::new(0),
        });
        let weak: Weak<Running> = Rc::downgrade(&running);
        let tick = Tick::new(move |_now: f64| {
            if let Some(running) = weak.upgrade() {
                running.tick();
            }
        });
        running.tick.replace(Some(tick));
        running.ask();
        Some(Frames(running))
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        if let Some(asked) = self.0.asked.take() {
            self.0.source.take_back(asked);
        }
    }
}

impl Running {
    fn ask(&self) {
        let tick = self.tick.borrow();
        let asked = tick.as_ref().and_then(|tick| self.source.ask(tick));
        self.asked.set(asked);
    }

    fn tick(&self) {
        self.asked.set(None);
        let began = now();
        let has_frame = self.video.ready_state() >= HtmlMediaElement::HAVE_CURRENT_DATA;
        if has_frame && self.pace.get().is_due(began) {
            let turn = self.turn.get();
            self.turn.set(turn.wrapping_add(1));
            // Busy only if looking at a frame led to the next call, which no browser does.
            let Ok(mut look) = self.look.try_borrow_mut() else {
                return;
            };
            if look(&self.video, turn) == Next::Nothing {
                return;
            }
            self.pace.set(Pace::after(began, now()));
        }
        self.ask();
    }
}

/// The page's clock, ms.
fn now() -> f64 {
    browser::window()
        .performance()
        .map_or_else(js_sys::Date::now, |performance| performance.now())
}

/// Where to ask for a call at the next frame.
struct Source {
    target: JsValue,
    request: Function,
    cancel: Function,
}

impl Source {
    fn of(video: &HtmlVideoElement) -> Option<Source> {
        let from = |target: &JsValue, request: &str, cancel: &str| {
            let method = |name: &str| {
                Reflect::get(target, &name.into())
                    .ok()?
                    .dyn_into::<Function>()
                    .ok()
            };
            Some(Source {
                target: target.clone(),
                request: method(request)?,
                cancel: method(cancel)?,
            })
        };
        from(
            video,
            "requestVideoFrameCallback",
            "cancelVideoFrameCallback",
        )
        .or_else(|| {
            from(
                &browser::window(),
                "requestAnimationFrame",
                "cancelAnimationFrame",
            )
        })
    }

    fn ask(&self, tick: &Tick) -> Option<f64> {
        let asked = self.request.call1(&self.target, tick.as_ref()).ok()?;
        asked.as_f64()
    }

    fn take_back(&self, asked: f64) {
        // Fails for no number that the browser gave.
        let _ = self.cancel.call1(&self.target, &asked.into());
    }
}
