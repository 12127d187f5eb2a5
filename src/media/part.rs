//! The sound or the picture of a media.

use gloo_events::EventListener;
use web_sys::{MediaStream, MediaStreamTrack};

use super::{DeviceChoice, capture};
use crate::connection::Kind;

/// One kind of a media. The default has nothing of the kind.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// How to capture it again; `None` for what did not come from a device.
    choice: Option<DeviceChoice>,
    exists: bool,
    track: Option<MediaStreamTrack>,
    ended: Option<EventListener>,
    /// What the person wants.
    on: bool,
    /// Whether it is off because its device is gone.
    lost: bool,
    /// Counts changes, so that a capture that took long does not undo a later one.
    turn: u32,
}

impl Part {
    /// What was captured from a device of this choice.
    pub(super) fn device(stream: &MediaStream, kind: Kind, choice: DeviceChoice) -> Self {
        Self {
            choice: Some(choice),
            ..Self::given(stream, kind)
        }
    }

    /// What the stream happens to have.
    pub(super) fn given(stream: &MediaStream, kind: Kind) -> Self {
        let track = capture::tracks(stream, kind).next();
        Self {
            exists: track.is_some(),
            on: track.is_some(),
            track,
            ..Self::default()
        }
    }

    pub(super) fn exists(&self) -> bool {
        self.exists
    }

    pub(super) fn track(&self) -> Option<MediaStreamTrack> {
        self.track.clone()
    }

    /// Whether something is captured and not muted.
    pub(super) fn is_on(&self) -> bool {
        self.on && self.track.is_some()
    }

    /// Whether there is something, or may be again.
    pub(super) fn can_go_on(&self) -> bool {
        self.track.is_some() || (self.exists && self.choice.is_some() && !self.lost)
    }

    pub(super) fn is_turn(&self, turn: u32) -> bool {
        self.turn == turn
    }

    /// Mutes or unmutes.
    pub(super) fn enable(&mut self, on: bool) {
        self.on = on && self.exists;
        if let Some(track) = &self.track {
            track.set_enabled(on);
        }
    }

    /// Switches off or on; what to capture or release for that, if anything.
    pub(super) fn switch(&mut self, on: bool) -> Option<(DeviceChoice, u32)> {
        let Some(choice) = self.choice.clone() else {
            self.enable(on);
            return None;
        };
        self.turn = self.turn.wrapping_add(1);
        self.on = on;
        (on != self.track.is_some()).then_some((choice, self.turn))
    }

    /// Changes the device; what to capture for that, unless it is off.
    pub(super) fn choose(&mut self, choice: DeviceChoice) -> Option<(DeviceChoice, u32)> {
        if self.track.is_none() && !self.lost {
            self.choice = Some(choice);
            return None;
        }
        self.turn = self.turn.wrapping_add(1);
        Some((choice, self.turn))
    }

    /// Puts a track in place; returns the one that was there.
    pub(super) fn put(
        &mut self,
        track: MediaStreamTrack,
        choice: DeviceChoice,
    ) -> Option<MediaStreamTrack> {
        self.ended = None;
        self.choice = Some(choice);
        self.lost = false;
        track.set_enabled(self.on);
        self.track.replace(track)
    }

    /// Takes the track away.
    pub(super) fn take(&mut self) -> Option<MediaStreamTrack> {
        self.ended = None;
        self.lost = self.on;
        self.track.take()
    }

    /// Calls `ended` when the present track ends by itself: `track.stop()` fires no event.
    pub(super) fn watch(&mut self, ended: impl FnOnce() + 'static) {
        self.ended = self
            .track
            .as_ref()
            .map(|track| EventListener::once(track, "ended", move |_| ended()));
    }
}
