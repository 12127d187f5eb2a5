//! Cameras, microphones and speakers.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_core::Stream;
use gloo_events::EventListener;
use js_sys::Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaDeviceInfo, MediaDeviceKind, MediaDevices};

use crate::error::MediaError;
use crate::sys;
use crate::wakers::Wakers;

/// The browser's name of a device: opaque, and valid for this site alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeviceId(String);

impl DeviceId {
    /// An id that was kept from an earlier visit.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// As the browser writes it. Empty for devices that may not be told apart before permission was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a device does ([`MediaDeviceKind`](https://www.w3.org/TR/mediacapture-streams/#dom-mediadevicekind)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeviceKind {
    /// A microphone (`audioinput`).
    Microphone,
    /// A camera (`videoinput`).
    Camera,
    /// A loudspeaker or headphones (`audiooutput`).
    Speaker,
}

/// A device of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Device {
    /// For [`DeviceChoice::Id`](crate::DeviceChoice::Id).
    pub id: DeviceId,
    /// For people. Empty until the person has once allowed a camera or microphone.
    pub label: String,
    /// What it does.
    pub kind: DeviceKind,
}

/// The devices there are now.
///
/// # Errors
/// [`MediaError::Insecure`] outside a secure context; [`MediaError::Other`] when the browser refuses.
///
/// # Cancel safety
/// Dropping the future has no effect.
pub async fn devices() -> Result<Vec<Device>, MediaError> {
    let failed = |error| MediaError::from_name(&sys::error_name(&error));
    let promise = media_devices()?.enumerate_devices().map_err(failed)?;
    let list: Array = JsFuture::from(promise)
        .await
        .map_err(failed)?
        .unchecked_into();
    let device = |info: MediaDeviceInfo| {
        let kind = match info.kind() {
            MediaDeviceKind::Audioinput => DeviceKind::Microphone,
            MediaDeviceKind::Videoinput => DeviceKind::Camera,
            MediaDeviceKind::Audiooutput => DeviceKind::Speaker,
            _ => return None,
        };
        Some(Device {
            id: DeviceId(info.device_id()),
            label: info.label(),
            kind,
        })
    };
    Ok(sys::items(&list).filter_map(device).collect())
}

/// Tells when devices come or go: a stream of reasons to call [`devices`] again.
///
/// Changes that happen between two reads count as one. It does not end by itself; dropping it stops the listening.
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is read"]
pub struct DeviceChanges {
    changed: Rc<Changed>,
    _listener: EventListener,
}

#[derive(Debug, Default)]
struct Changed {
    flag: Cell<bool>,
    wakers: Wakers,
}

/// Listens for devices that come or go (`devicechange`).
///
/// # Errors
/// [`MediaError::Insecure`] outside a secure context.
pub fn device_changes() -> Result<DeviceChanges, MediaError> {
    let changed = Rc::new(Changed::default());
    let notice = Rc::clone(&changed);
    let devices = media_devices()?;
    let listener = EventListener::new(&devices, "devicechange", move |_| {
        notice.flag.set(true);
        notice.wakers.wake();
    });
    Ok(DeviceChanges {
        changed,
        _listener: listener,
    })
}

impl Stream for DeviceChanges {
    type Item = ();

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<()>> {
        if self.changed.flag.take() {
            return Poll::Ready(Some(()));
        }
        self.changed.wakers.register(cx);
        Poll::Pending
    }
}

/// `navigator.mediaDevices`, which a browser has in secure contexts alone.
pub(crate) fn media_devices() -> Result<MediaDevices, MediaError> {
    let window = web_sys::window().ok_or(MediaError::Unsupported)?;
    let navigator: sys::Capturing = window.navigator().unchecked_into();
    navigator.media_devices().ok_or(if sys::is_secure() {
        MediaError::Unsupported
    } else {
        MediaError::Insecure
    })
}
