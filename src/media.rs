//! Media: a camera, a microphone, a screen, or any other stream, to be shown here and published to rooms.

mod capture;
mod part;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::rc::{Rc, Weak};

use handclasp_core::message::{Source, StreamNote};
use web_sys::{MediaStream, MediaStreamTrack};

use crate::connection::Kind;
use crate::devices::DeviceId;
use crate::error::MediaError;
use crate::wakers::Wakers;
use part::Part;

/// Most media that a member publishes in one room at a time: a camera, a screen, and two more. Each is encoded anew for each peer.
pub const MAX_PUBLISHED: usize = 4;

/// Which device to use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceChoice {
    /// The browser's or the person's choice.
    #[default]
    Any,
    /// This one and no other.
    Id(DeviceId),
    /// Of a phone's two cameras, preferably this one. For a microphone the same as [`Any`](Self::Any).
    Facing(Facing),
}

impl From<DeviceId> for DeviceChoice {
    fn from(id: DeviceId) -> Self {
        Self::Id(id)
    }
}

/// Where a phone's camera looks ([`VideoFacingModeEnum`](https://www.w3.org/TR/mediacapture-streams/#dom-videofacingmodeenum)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Facing {
    /// At the person.
    User,
    /// Away from the person.
    Environment,
}

impl Facing {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Environment => "environment",
        }
    }
}

/// What to capture with [`Media::camera`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraOptions {
    /// Which microphone; `None` for no sound.
    pub audio: Option<DeviceChoice>,
    /// Which camera; `None` for no picture.
    pub video: Option<DeviceChoice>,
}

/// Any microphone and any camera.
impl Default for CameraOptions {
    fn default() -> Self {
        Self {
            audio: Some(DeviceChoice::Any),
            video: Some(DeviceChoice::Any),
        }
    }
}

/// What to capture with [`Media::screen`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScreenOptions {
    /// Whether to offer the sound of the tab or system as well, where the browser is able to.
    pub audio: bool,
}

/// A captured stream: something to see, to hear, or both.
///
/// A cheap handle: clones share one stream, and so do the rooms that it is published in. When the last handle is dropped, or
/// [`stop`](Self::stop) is called, the devices are released and their lights go out.
#[derive(Clone)]
pub struct Media {
    shared: Rc<Shared>,
}

/// Whoever sends a media on is told what becomes of it.
pub(crate) trait Audience {
    /// From now on `track`, or nothing, is what is captured of this kind.
    fn replaced(&self, media: &Media, kind: Kind, track: Option<&MediaStreamTrack>);
    /// Something was switched on or off.
    fn switched(&self);
    /// Nothing more will come.
    fn over(&self, media: &Media);
}

struct Shared {
    number: u32,
    stream: MediaStream,
    source: Source,
    audio: RefCell<Part>,
    video: RefCell<Part>,
    audience: RefCell<Vec<Weak<dyn Audience>>>,
    end: Rc<End>,
}

#[derive(Default)]
struct End {
    over: Cell<bool>,
    wakers: Wakers,
}

impl Media {
    /// Captures a camera, a microphone, or both. The browser asks the person.
    ///
    /// # Errors
    /// [`MediaError::Refused`], [`InUse`](MediaError::InUse), [`Missing`](MediaError::Missing) and
    /// [`Overconstrained`](MediaError::Overconstrained) are for the person to act on, as their hints say;
    /// [`Insecure`](MediaError::Insecure) when the page was not loaded by https.
    ///
    /// # Cancel safety
    /// Devices that are granted after the future was dropped are released at once.
    pub async fn camera(options: CameraOptions) -> Result<Self, MediaError> {
        let stream = capture::camera(&options).await?;
        let audio = options
            .audio
            .map(|choice| Part::device(&stream, Kind::Audio, choice));
        let video = options
            .video
            .map(|choice| Part::device(&stream, Kind::Video, choice));
        let (audio, video) = (audio.unwrap_or_default(), video.unwrap_or_default());
        Ok(Self::new(stream, Source::Camera, audio, video))
    }

    /// Captures a screen, a window or a tab, as the person chooses. Must be called in the course of a click.
    ///
    /// # Errors
    /// [`MediaError::Refused`] when the person cancels; [`MediaError::Unsupported`] on phones.
    pub async fn screen(options: ScreenOptions) -> Result<Self, MediaError> {
        let stream = capture::screen(&options).await?;
        Ok(Self::from_stream(stream, Source::Screen))
    }

    /// Takes any stream, for example of a canvas or a file. It is stopped with the media.
    pub fn from_stream(stream: MediaStream, source: Source) -> Self {
        let audio = Part::given(&stream, Kind::Audio);
        let video = Part::given(&stream, Kind::Video);
        Self::new(stream, source, audio, video)
    }

    fn new(stream: MediaStream, source: Source, audio: Part, video: Part) -> Self {
        let media = Self {
            shared: Rc::new(Shared {
                number: next_number(),
                stream,
                source,
                audio: RefCell::new(audio),
                video: RefCell::new(video),
                audience: RefCell::default(),
                end: Rc::default(),
            }),
        };
        for kind in [Kind::Audio, Kind::Video] {
            media.watch(kind);
        }
        media
    }

    /// The browser's stream, for `video.srcObject`. It is the same one for the life of the media; tracks in it come and go.
    pub fn stream(&self) -> MediaStream {
        // The trait's: the stream's own `clone` is `MediaStream.clone()`, which makes another stream.
        Clone::clone(&self.shared.stream)
    }

    /// Where it comes from.
    pub fn source(&self) -> Source {
        self.shared.source
    }

    /// Whether there is sound, and it is not muted.
    pub fn audio_on(&self) -> bool {
        self.shared.audio.borrow().is_on()
    }

    /// Whether there is a picture, and it is not switched off.
    pub fn video_on(&self) -> bool {
        self.shared.video.borrow().is_on()
    }

    /// Mutes or unmutes. The microphone stays open, so that this has effect at once; silence is sent.
    ///
    /// Without sound in this media it does nothing.
    pub fn set_audio(&self, on: bool) {
        self.shared.audio.borrow_mut().enable(on);
        self.tell(|audience| audience.switched());
    }

    /// Switches the picture off or on. A camera is really released, so that its light goes out, and captured again later; of
    /// a screen or any other stream the picture goes black.
    ///
    /// # Errors
    /// [`MediaError::Over`] after [`stop`](Self::stop); [`MediaError::Nothing`] for a media without a picture; otherwise as
    /// [`camera`](Self::camera), and the camera stays off.
    ///
    /// # Cancel safety
    /// When the future is dropped before it is ready, the camera stays off. Of two calls that overlap the later one counts.
    pub async fn set_video(&self, on: bool) -> Result<(), MediaError> {
        let Some((choice, turn)) = self.begin(Kind::Video, |part| part.switch(on))? else {
            self.tell(|audience| audience.switched());
            return Ok(());
        };
        if on {
            let captured = capture::track(Kind::Video, &choice).await?;
            self.put(Kind::Video, turn, captured, choice)
        } else {
            self.drop_track(Kind::Video);
            Ok(())
        }
    }

    /// Changes to another microphone, without negotiation.
    ///
    /// # Errors
    /// As [`camera`](Self::camera); the microphone then stays the same.
    ///
    /// # Cancel safety
    /// When the future is dropped before it is ready, the microphone stays the same.
    pub async fn use_microphone(&self, id: DeviceId) -> Result<(), MediaError> {
        self.use_device(Kind::Audio, id).await
    }

    /// Changes to another camera, without negotiation. While the camera is off it stays off, and the change counts later.
    ///
    /// # Errors
    /// As [`camera`](Self::camera); the camera then stays the same, or is off where the device allows one camera at a time.
    ///
    /// # Cancel safety
    /// When the future is dropped before it is ready, the camera stays the same.
    pub async fn use_camera(&self, id: DeviceId) -> Result<(), MediaError> {
        self.use_device(Kind::Video, id).await
    }

    /// Releases everything, and unpublishes the media wherever it is published.
    pub fn stop(&self) {
        self.shared.stop();
        self.tell(|audience| audience.over(self));
    }

    /// Whether the media is over.
    pub fn is_over(&self) -> bool {
        self.shared.end.over.get()
    }

    /// Ready when the media is over: stopped here, stopped in the browser's own interface ("stop sharing"), or its devices
    /// were unplugged. It does not keep the media alive.
    pub fn ended(&self) -> impl Future<Output = ()> + 'static + use<> {
        let end = Rc::clone(&self.shared.end);
        async move { end.wakers.until(|| end.over.get()).await }
    }

    /// Tells one media from another.
    pub(crate) fn number(&self) -> u32 {
        self.shared.number
    }

    pub(crate) fn note(&self) -> StreamNote {
        StreamNote {
            id: self.shared.stream.id(),
            source: self.shared.source,
            audio: self.audio_on(),
            video: self.video_on(),
        }
    }

    /// The kinds that this media has, and what is captured of each now.
    pub(crate) fn tracks(&self) -> impl Iterator<Item = (Kind, Option<MediaStreamTrack>)> {
        [Kind::Audio, Kind::Video].into_iter().filter_map(|kind| {
            let part = self.part(kind).borrow();
            part.exists().then(|| (kind, part.track()))
        })
    }

    pub(crate) fn join(&self, audience: Weak<dyn Audience>) {
        let mut all = self.shared.audience.borrow_mut();
        all.retain(|other| other.strong_count() > 0 && !other.ptr_eq(&audience));
        all.push(audience);
    }

    pub(crate) fn part_from(&self, audience: &Weak<dyn Audience>) {
        self.shared
            .audience
            .borrow_mut()
            .retain(|other| !other.ptr_eq(audience));
    }

    fn part(&self, kind: Kind) -> &RefCell<Part> {
        self.shared.part(kind)
    }

    /// Starts a change of a part; `None` when there is nothing to capture or release.
    fn begin(
        &self,
        kind: Kind,
        change: impl FnOnce(&mut Part) -> Option<(DeviceChoice, u32)>,
    ) -> Result<Option<(DeviceChoice, u32)>, MediaError> {
        if self.is_over() {
            return Err(MediaError::Over);
        }
        let mut part = self.part(kind).borrow_mut();
        if !part.exists() {
            return Err(MediaError::Nothing);
        }
        Ok(change(&mut part))
    }

    async fn use_device(&self, kind: Kind, id: DeviceId) -> Result<(), MediaError> {
        let choice = DeviceChoice::Id(id);
        let Some((choice, turn)) = self.begin(kind, |part| part.choose(choice))? else {
            return Ok(());
        };
        let captured = match capture::track(kind, &choice).await {
            // Phones open one camera at a time: let go of the old one, and try again.
            Err(MediaError::InUse) if kind == Kind::Video => {
                self.drop_track(kind);
                capture::track(kind, &choice).await
            }
            captured => captured,
        }?;
        self.put(kind, turn, captured, choice)
    }

    /// Puts a captured track in place, unless a later change has overtaken this one.
    fn put(
        &self,
        kind: Kind,
        turn: u32,
        track: MediaStreamTrack,
        choice: DeviceChoice,
    ) -> Result<(), MediaError> {
        if self.is_over() || !self.part(kind).borrow().is_turn(turn) {
            track.stop();
            return if self.is_over() {
                Err(MediaError::Over)
            } else {
                Ok(())
            };
        }
        // The trait's clone, not `MediaStreamTrack.clone()`.
        let kept = Clone::clone(&track);
        let old = self.part(kind).borrow_mut().put(kept, choice);
        self.release(old);
        self.shared.stream.add_track(&track);
        self.watch(kind);
        self.tell(|audience| audience.replaced(self, kind, Some(&track)));
        self.tell(|audience| audience.switched());
        Ok(())
    }

    /// Releases the track of a kind and sends nothing in its place.
    fn drop_track(&self, kind: Kind) {
        let old = self.part(kind).borrow_mut().take();
        self.tell(|audience| audience.replaced(self, kind, None));
        self.release(old);
        self.tell(|audience| audience.switched());
    }

    fn release(&self, track: Option<MediaStreamTrack>) {
        if let Some(track) = track {
            track.stop();
            self.shared.stream.remove_track(&track);
        }
    }

    /// Listens for the end of the present track.
    fn watch(&self, kind: Kind) {
        let shared = Rc::downgrade(&self.shared);
        self.part(kind).borrow_mut().watch(move || {
            if let Some(shared) = shared.upgrade() {
                Self { shared }.track_ended(kind);
            }
        });
    }

    /// A track ended, and not by us: "stop sharing", or the device is gone.
    fn track_ended(&self, kind: Kind) {
        self.drop_track(kind);
        let shared = &self.shared;
        let screen_gone = shared.source == Source::Screen && kind == Kind::Video;
        let can_go_on = |part: &RefCell<Part>| part.borrow().can_go_on();
        if screen_gone || !(can_go_on(&shared.audio) || can_go_on(&shared.video)) {
            self.stop();
        }
    }

    /// Outside any borrow: an audience may leave while it is told.
    fn tell(&self, news: impl Fn(&dyn Audience)) {
        let audience = self.shared.audience.borrow().clone();
        for listener in audience.iter().filter_map(Weak::upgrade) {
            news(&*listener);
        }
    }
}

impl Shared {
    fn part(&self, kind: Kind) -> &RefCell<Part> {
        match kind {
            Kind::Audio => &self.audio,
            Kind::Video => &self.video,
        }
    }

    fn stop(&self) {
        for kind in [Kind::Audio, Kind::Video] {
            if let Some(track) = self.part(kind).borrow_mut().take() {
                track.stop();
            }
        }
        self.end.over.set(true);
        self.end.wakers.wake();
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Media")
            .field("source", &self.source())
            .field("audio_on", &self.audio_on())
            .field("video_on", &self.video_on())
            .finish_non_exhaustive()
    }
}

/// Same media, not same content.
impl PartialEq for Media {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.shared, &other.shared)
    }
}

impl Eq for Media {}

fn next_number() -> u32 {
    thread_local!(static NEXT: Cell<u32> = const { Cell::new(0) });
    NEXT.with(|next| next.replace(next.get().wrapping_add(1)))
}
