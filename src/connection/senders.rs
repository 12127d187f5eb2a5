//! What a connection sends of the published media.

use std::cell::RefCell;

use js_sys::Array;
use wasm_bindgen::JsCast;
use web_sys::{
    MediaStream, MediaStreamTrack, RtcRtpSender, RtcRtpTransceiverDirection, RtcRtpTransceiverInit,
};

use super::{Connection, log_rejection};
use crate::sys;
use crate::task;

/// Audio or video.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Audio,
    Video,
}

impl Kind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Video => "video",
        }
    }
}

/// One sender for each kind of each published media. They refer to the connection, so that none may outlive it.
#[derive(Debug, Default)]
pub(crate) struct Senders(RefCell<Vec<Sender>>);

#[derive(Debug)]
struct Sender {
    /// Which media: its number in the page.
    media: u32,
    kind: Kind,
    rtp: RtcRtpSender,
}

impl Senders {
    /// Sends `track` as part of `stream`, or prepares to do so when there is none at present.
    pub(crate) fn add(
        &self,
        connection: &Connection,
        media: u32,
        kind: Kind,
        track: Option<&MediaStreamTrack>,
        stream: &MediaStream,
    ) {
        let added = match track {
            Some(track) => connection.pc.try_add_track(track, stream),
            None => {
                let init = RtcRtpTransceiverInit::new();
                init.set_direction(RtcRtpTransceiverDirection::Sendonly);
                init.set_streams(&Array::of1(stream));
                connection
                    .pc
                    .try_add_transceiver(kind.as_str(), &init)
                    .map(|transceiver| transceiver.sender())
            }
        };
        match added {
            Ok(rtp) => self.0.borrow_mut().push(Sender { media, kind, rtp }),
            Err(error) => tracing::warn!(error = %sys::error_name(&error), "a track is not sent"),
        }
    }

    /// Sends another track, or none, in place of the present one. No negotiation is needed.
    pub(crate) fn replace(&self, media: u32, kind: Kind, track: Option<&MediaStreamTrack>) {
        for sender in self.0.borrow().iter() {
            if sender.media == media && sender.kind == kind {
                log_rejection("replaceTrack", &sender.rtp.replace_track(track));
            }
        }
    }

    /// Sends nothing of the media any more.
    pub(crate) fn remove(&self, connection: &Connection, media: u32) {
        self.0.borrow_mut().retain(|sender| {
            if sender.media != media {
                return true;
            }
            if let Err(error) = connection.pc.try_remove_track(&sender.rtp) {
                tracing::debug!(error = %sys::error_name(&error), "a track was not removed");
            }
            false
        });
    }

    /// Begins all pictures anew, so that whoever has lost some of them goes on at once.
    pub(super) fn send_key_frames(&self) {
        for sender in self.0.borrow().iter() {
            if sender.kind == Kind::Video {
                let rtp: sys::Sender = sender.rtp.clone().unchecked_into();
                task::spawn(async move {
                    // What is switched on again begins with a key frame, in Chromium and in Firefox. `setParameters` has an option
                    // for that, which Chromium alone knows.
                    if set_active(&rtp, false).await {
                        let _ = set_active(&rtp, true).await || set_active(&rtp, true).await;
                    }
                });
            }
        }
    }

    /// Sends nothing at all any more, without a word to the peer: the connection is about to close.
    pub(super) fn stop(&self) {
        for sender in self.0.take() {
            log_rejection("replaceTrack", &sender.rtp.replace_track(None));
        }
    }
}

/// Switches all encodings of a sender on or off. Whether that was done.
async fn set_active(sender: &sys::Sender, active: bool) -> bool {
    let parameters = sender.parameters();
    for encoding in parameters
        .encodings()
        .iter()
        .flat_map(sys::items::<sys::Encoding>)
    {
        encoding.set_active(active);
    }
    matches!(
        sys::settled(&sender.set_parameters(&parameters)).await,
        Some(Ok(_))
    )
}
