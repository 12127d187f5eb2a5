//! How loud a stream is: for the level in the lobby, and for the ring around whoever speaks.

use std::cell::OnceCell;

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{
    AnalyserNode, AudioContext, AudioContextState, MediaStream, MediaStreamAudioSourceNode,
};

use crate::video::StreamSignal;

/// Time between two looks, in milliseconds: short enough to follow syllables.
const INTERVAL: u64 = 120;

/// Samples per look: 21 ms at 48 kHz.
const WINDOW: usize = 1024;

/// Level from which somebody counts as speaking: above breath and fans, below a quiet voice.
const SPEAKING: u8 = 22;

/// As fine as the bars show; smaller changes are not worth a redraw.
const STEP: u8 = 4;

/// Looks for which somebody still counts as speaking after falling silent, to bridge the gaps between words.
const PATIENCE: u8 = 6;

thread_local! {
    /// Browsers allow few of them, so all meters share one.
    static CONTEXT: OnceCell<Option<AudioContext>> = const { OnceCell::new() };
}

/// The shared context; browsers keep it suspended until the first click or key.
fn context() -> Option<AudioContext> {
    CONTEXT.with(|cell| {
        cell.get_or_init(|| {
            let context = AudioContext::new().ok()?;
            let wake = {
                let context = context.clone();
                move || {
                    if context.state() == AudioContextState::Suspended
                        && let Ok(promise) = context.resume()
                    {
                        spawn_local(async move {
                            let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
                        });
                    }
                }
            };
            let on_key = wake.clone();
            // Lives as long as the page, like the context.
            let _: WindowListenerHandle = window_event_listener(ev::pointerdown, move |_| wake());
            let _: WindowListenerHandle = window_event_listener(ev::keydown, move |_| on_key());
            Some(context)
        })
        .clone()
    })
}

struct Meter {
    source: MediaStreamAudioSourceNode,
    analyser: AnalyserNode,
    samples: Vec<f32>,
}

impl Meter {
    fn new(stream: &MediaStream) -> Option<Meter> {
        // A source without a track is an error in every browser.
        if stream.get_audio_tracks().length() == 0 {
            return None;
        }
        let context = context()?;
        let source = context.create_media_stream_source(stream).ok()?;
        let analyser = context.create_analyser().ok()?;
        analyser.set_fft_size(WINDOW as u32);
        source.connect_with_audio_node(&analyser).ok()?;
        Some(Meter {
            source,
            analyser,
            samples: vec![0.0; WINDOW],
        })
    }

    /// 0 = silence, 100 = loud. Logarithmic, as ears are.
    fn level(&mut self) -> u8 {
        self.analyser.get_float_time_domain_data(&mut self.samples);
        let power = self
            .samples
            .iter()
            .map(|s| f64::from(*s).powi(2))
            .sum::<f64>()
            / WINDOW as f64;
        // -60 dB and below is silence.
        ((10.0 * power.max(1e-12).log10() + 60.0) / 0.55).clamp(0.0, 100.0) as u8
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        // Fails only when it is disconnected already.
        let _ = self.source.disconnect();
    }
}

/// What a stream sounds like.
#[derive(Clone, Copy)]
pub(crate) struct Sound {
    /// 0 to 100, in steps of [`STEP`].
    pub(crate) level: ReadSignal<u8>,
    /// Whether somebody speaks.
    pub(crate) is_speech: ReadSignal<bool>,
}

/// Listens to a stream while the component lives that asks for it.
pub(crate) fn listen(stream: StreamSignal) -> Sound {
    let (level, set_level) = signal(0_u8);
    let (is_speech, set_speech) = signal(false);
    let meter = StoredValue::new_local(None::<Meter>);
    Effect::new(move |before: Option<Option<(String, String)>>| {
        let stream = stream.get();
        let key = stream.as_ref().and_then(sound_key);
        if before.as_ref() != Some(&key) {
            meter.set_value(stream.as_ref().and_then(Meter::new));
        }
        key
    });
    let mut patience = 0_u8;
    let look = move || {
        let now = meter
            .try_update_value(|meter| meter.as_mut().map_or(0, Meter::level))
            .unwrap_or(0);
        patience = if now >= SPEAKING {
            PATIENCE
        } else {
            patience.saturating_sub(1)
        };
        change(set_level, level, now / STEP * STEP);
        change(set_speech, is_speech, patience > 0);
    };
    let look = StoredValue::new_local(look);
    let tick = move || {
        look.try_update_value(|look| look());
    };
    if let Ok(interval) =
        set_interval_with_handle(tick, core::time::Duration::from_millis(INTERVAL))
    {
        on_cleanup(move || interval.clear());
    }
    Sound { level, is_speech }
}

fn change<T: PartialEq + Copy + Send + Sync + 'static>(
    set: WriteSignal<T>,
    signal: ReadSignal<T>,
    now: T,
) {
    if signal
        .try_get_untracked()
        .is_some_and(|before| before != now)
    {
        set.set(now);
    }
}

/// Which sound a stream carries: its first audio track may be replaced.
fn sound_key(stream: &MediaStream) -> Option<(String, String)> {
    let track: web_sys::MediaStreamTrack = stream.get_audio_tracks().get(0).dyn_into().ok()?;
    Some((stream.id(), track.id()))
}
