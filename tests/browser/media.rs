//! Cameras, microphones and screens reach the others.
#![cfg(target_arch = "wasm32")]

mod support;

use gloo_timers::future::TimeoutFuture;
use handclasp::{
    CameraOptions, DeviceChoice, DeviceId, DeviceKind, Media, MediaError, Peer, PeerStats,
    PublishError, RemoteMedia, Room, RoomEvent, ScreenOptions, Secret, Source, devices,
};
use support::{Guard, Pair, connected, first, join, media, soon};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{
    CanvasRenderingContext2d, HtmlCanvasElement, HtmlVideoElement, MediaStream, MediaStreamTrack,
    MediaStreamTrackState,
};

wasm_bindgen_test_configure!(run_in_browser);

async fn camera() -> Media {
    Media::camera(CameraOptions::default())
        .await
        .expect("a fake camera")
}

fn tracks(stream: &MediaStream) -> Vec<MediaStreamTrack> {
    stream
        .get_tracks()
        .iter()
        .map(JsCast::unchecked_into)
        .collect()
}

fn document() -> web_sys::Document {
    web_sys::window()
        .expect("a page")
        .document()
        .expect("a document")
}

/// A stream of a canvas that changes all the time: what stands in for a screen where the browser gives none.
fn canvas() -> MediaStream {
    let canvas: HtmlCanvasElement = document()
        .create_element("canvas")
        .expect("made")
        .unchecked_into();
    let context = canvas.get_context("2d").expect("2d").expect("2d");
    let context: CanvasRenderingContext2d = context.unchecked_into();
    let stream = canvas.capture_stream().expect("captured");
    let track = tracks(&stream).pop().expect("a track");
    wasm_bindgen_futures::spawn_local(async move {
        let mut number = 0;
        while track.ready_state() == MediaStreamTrackState::Live {
            number += 1;
            context.set_fill_style_str(if number % 2 == 0 { "#fff" } else { "#000" });
            context.fill_rect(0.0, 0.0, 300.0, 150.0);
            gloo_timers::future::TimeoutFuture::new(30).await;
        }
    });
    stream
}

/// Plays, since some browsers decode only what is shown.
fn play(remote: &RemoteMedia) -> HtmlVideoElement {
    let video: HtmlVideoElement = document()
        .create_element("video")
        .expect("made")
        .unchecked_into();
    video.set_muted(true);
    video.set_autoplay(true);
    video.set_src_object(Some(&remote.stream));
    document()
        .document_element()
        .expect("a root")
        .append_child(&video)
        .expect("shown");
    video
}

async fn stats(what: &str, peer: &Peer, fits: impl Fn(&PeerStats) -> bool) -> PeerStats {
    soon(what, async {
        loop {
            let stats = peer.stats().await.expect("connected");
            if fits(&stats) {
                return stats;
            }
            gloo_timers::future::TimeoutFuture::new(20).await;
        }
    })
    .await
}

async fn one(
    what: &str,
    room: &Room,
    peer: &Peer,
    fits: impl Fn(&RemoteMedia) -> bool,
) -> RemoteMedia {
    let mut all = media(what, room, peer, |all| matches!(all, [one] if fits(one))).await;
    all.pop().expect("one")
}

#[wasm_bindgen_test]
async fn a_camera_is_seen_and_heard_in_both_directions() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (at_a, at_b) = (camera().await, camera().await);
    assert!(at_a.audio_on() && at_a.video_on());
    assert_eq!(at_a.source(), Source::Camera);
    // At the same time, so that the offers may collide.
    pair.a.publish(&at_a).expect("published");
    pair.b.publish(&at_b).expect("published");
    for (room, peer, sent) in [
        (&pair.b, &pair.a_at_b, &at_a),
        (&pair.a, &pair.b_at_a, &at_b),
    ] {
        let both = |remote: &RemoteMedia| {
            remote.audio && remote.video && tracks(&remote.stream).len() == 2
        };
        let remote = one("the camera arrives", room, peer, both).await;
        assert_eq!(remote.source, Source::Camera);
        assert_eq!(remote.stream.id(), sent.stream().id());
        let video = play(&remote);
        let stats = stats("it is decoded", peer, |stats| {
            stats.frames_decoded > 5 && stats.audio_packets_received > 5
        })
        .await;
        assert!(stats.rtt.is_some() && stats.bytes_received > 0, "{stats:?}");
        assert_eq!(stats.relayed, Some(false), "{stats:?}");
        assert_eq!(stats.protocol.as_deref(), Some("udp"));
        video.remove();
    }
    pair.part().await;
    assert!(
        !at_a.is_over(),
        "a room that is left does not stop what others still hold"
    );
    let track = tracks(&at_a.stream()).pop().expect("a track");
    drop(at_a);
    assert_eq!(
        track.ready_state(),
        MediaStreamTrackState::Ended,
        "released with the last handle"
    );
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn who_joins_later_sees_what_is_already_published() {
    let guard = Guard::new();
    let secret = Secret::generate();
    let a = join(&secret).await;
    let camera = camera().await;
    a.publish(&camera).expect("published");
    let b = join(&secret).await;
    let peer = connected(&b).await;
    let remote = one("the camera", &b, &peer, |_| true).await;
    let video = play(&remote);
    stats("it is decoded", &peer, |stats| stats.frames_decoded > 0).await;
    video.remove();
    for room in [a, b] {
        soon("leaves", room.leave()).await;
    }
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_screen_that_is_added_later_does_not_disturb_the_camera() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let camera = camera().await;
    pair.a.publish(&camera).expect("published");
    let remote = one("the camera", &pair.b, &pair.a_at_b, |remote| {
        tracks(&remote.stream).len() == 2
    })
    .await;
    let first_tracks: Vec<_> = tracks(&remote.stream)
        .iter()
        .map(MediaStreamTrack::id)
        .collect();
    let video = play(&remote);
    let before = stats("the camera", &pair.a_at_b, |stats| stats.frames_decoded > 0).await;
    let connection = pair.a_at_b.connection().expect("connected");

    let screen = match Media::screen(ScreenOptions::default()).await {
        Ok(screen) => screen,
        // Firefox has no screen to share when it runs without one.
        Err(MediaError::Missing | MediaError::Refused) => {
            Media::from_stream(canvas(), Source::Screen)
        }
        Err(error) => panic!("{error}"),
    };
    pair.a.publish(&screen).expect("published");
    let both = media("the screen", &pair.b, &pair.a_at_b, |all| all.len() == 2).await;
    assert_eq!(both[1].source, Source::Screen);
    assert!(both[1].video && !both[1].audio);
    let second_video = play(&both[1]);
    let width = || second_video.video_width();
    soon("the screen is shown", async {
        while width() == 0 {
            gloo_timers::future::TimeoutFuture::new(20).await;
        }
    })
    .await;
    stats("both are decoded", &pair.a_at_b, |stats| {
        stats.frames_decoded > before.frames_decoded + 5
    })
    .await;

    // The camera goes on in the same tracks of the same connection.
    let last_tracks: Vec<_> = tracks(&both[0].stream)
        .iter()
        .map(MediaStreamTrack::id)
        .collect();
    assert_eq!(first_tracks, last_tracks);
    assert!(tracks(&both[0].stream).iter().all(|track| !track.muted()));
    assert_eq!(pair.a_at_b.connection(), Some(connection));

    screen.stop();
    soon("it is over", screen.ended()).await;
    assert_eq!(pair.a.publish(&screen), Err(PublishError::Over));
    one("the screen is gone", &pair.b, &pair.a_at_b, |left| {
        left.source == Source::Camera
    })
    .await;
    video.remove();
    second_video.remove();
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn muting_is_told_and_a_camera_that_is_off_is_released() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let camera = camera().await;
    pair.a.publish(&camera).expect("published");
    one("all on", &pair.b, &pair.a_at_b, |remote| {
        remote.audio && remote.video
    })
    .await;

    camera.set_audio(false);
    one("muted", &pair.b, &pair.a_at_b, |remote| {
        !remote.audio && remote.video
    })
    .await;
    camera.set_audio(true);
    one("unmuted", &pair.b, &pair.a_at_b, |remote| remote.audio).await;

    let track: MediaStreamTrack = camera.stream().get_video_tracks().get(0).unchecked_into();
    camera.set_video(false).await.expect("off");
    assert_eq!(
        track.ready_state(),
        MediaStreamTrackState::Ended,
        "its light is out"
    );
    assert_eq!(camera.stream().get_video_tracks().length(), 0);
    assert!(!camera.video_on() && !camera.is_over());
    one("off", &pair.b, &pair.a_at_b, |remote| !remote.video).await;

    camera.set_video(true).await.expect("on");
    let remote = one("on again", &pair.b, &pair.a_at_b, |remote| remote.video).await;
    let video = play(&remote);
    let before = stats("some", &pair.a_at_b, |_| true).await.frames_decoded;
    stats("it moves", &pair.a_at_b, |stats| {
        stats.frames_decoded > before + 5
    })
    .await;
    video.remove();
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_camera_that_was_off_when_published_can_be_switched_on() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let camera = camera().await;
    camera.set_video(false).await.expect("off");
    pair.a.publish(&camera).expect("published");
    one("sound alone", &pair.b, &pair.a_at_b, |remote| {
        remote.audio && !remote.video
    })
    .await;
    camera.set_video(true).await.expect("on");
    let remote = one("and a picture", &pair.b, &pair.a_at_b, |remote| {
        remote.video
    })
    .await;
    let video = play(&remote);
    stats("it is decoded", &pair.a_at_b, |stats| {
        stats.frames_decoded > 0
    })
    .await;
    video.remove();
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn the_later_of_two_overlapping_switches_counts() {
    let guard = Guard::new();
    let camera = camera().await;
    camera.set_video(false).await.expect("off");
    let (on, off) =
        futures_util::future::join(camera.set_video(true), camera.set_video(false)).await;
    assert_eq!((on, off), (Ok(()), Ok(())));
    assert!(!camera.video_on());
    assert_eq!(
        camera.stream().get_video_tracks().length(),
        0,
        "what came late was released"
    );
    camera.stop();
    assert_eq!(camera.set_video(true).await, Err(MediaError::Over));
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn unpublished_media_are_gone_and_can_be_published_again() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let camera = camera().await;
    for _ in 0..2 {
        pair.a.publish(&camera).expect("published");
        let remote = one("the camera", &pair.b, &pair.a_at_b, |remote| remote.video).await;
        let video = play(&remote);
        let before = stats("some", &pair.a_at_b, |_| true).await.frames_decoded;
        stats("it moves", &pair.a_at_b, |stats| {
            stats.frames_decoded > before
        })
        .await;
        video.remove();
        pair.a.unpublish(&camera);
        media("it is gone", &pair.b, &pair.a_at_b, <[_]>::is_empty).await;
    }
    assert!(!camera.is_over());
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn published_media_come_back_with_a_rebuilt_connection() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let camera = camera().await;
    pair.a.publish(&camera).expect("published");
    let remote = one("the camera", &pair.b, &pair.a_at_b, |_| true).await;
    let video = play(&remote);
    let mut events = pair.b.events();
    pair.b_at_a.connection().expect("connected").close();
    let resumed = |event| matches!(event, RoomEvent::PeerResumed { .. }).then_some(());
    first("it is built anew", &mut events, resumed).await;
    stats("it is decoded", &pair.a_at_b, |stats| {
        stats.frames_decoded > 5
    })
    .await;
    // The element that played it goes on. Firefox has ended it with the old tracks, and wants to be asked.
    if video.ended() {
        let _ = video.play().expect("a stream");
    }
    let shown = video.current_time();
    soon("the picture moves", async {
        while video.paused() || video.current_time() <= shown {
            TimeoutFuture::new(20).await;
        }
    })
    .await;
    video.remove();
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_device_can_be_changed_without_negotiation() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let camera = camera().await;
    pair.a.publish(&camera).expect("published");
    let remote = one("the camera", &pair.b, &pair.a_at_b, |_| true).await;
    let video = play(&remote);
    let list = devices().await.expect("secure");
    let of = |kind| {
        list.iter()
            .find(|device| device.kind == kind)
            .expect("a fake device")
    };
    camera
        .use_camera(of(DeviceKind::Camera).id.clone())
        .await
        .expect("the same fake camera");
    camera
        .use_microphone(of(DeviceKind::Microphone).id.clone())
        .await
        .expect("there");
    assert_eq!(tracks(&camera.stream()).len(), 2);
    let before = stats("some", &pair.a_at_b, |_| true).await;
    stats("it goes on", &pair.a_at_b, |stats| {
        stats.frames_decoded > before.frames_decoded + 5
            && stats.audio_packets_received > before.audio_packets_received + 5
    })
    .await;
    let gone = DeviceChoice::from(DeviceId::new("no such device"));
    let refused = Media::camera(CameraOptions {
        audio: None,
        video: Some(gone),
    })
    .await;
    assert_eq!(refused.map(drop), Err(MediaError::Overconstrained));
    video.remove();
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn wrong_uses_are_told() {
    let guard = Guard::new();
    let nothing = CameraOptions {
        audio: None,
        video: None,
    };
    assert_eq!(
        Media::camera(nothing).await.map(drop),
        Err(MediaError::Nothing)
    );
    let room = join(&Secret::generate()).await;
    let all: Vec<_> = (0..5)
        .map(|_| Media::from_stream(canvas(), Source::Other))
        .collect();
    for media in &all[..4] {
        assert_eq!(room.publish(media), Ok(()));
        assert_eq!(room.publish(media), Ok(()), "twice is once");
    }
    assert_eq!(room.publish(&all[4]), Err(PublishError::TooMany));
    assert_eq!(all[0].set_video(false).await, Ok(()), "black");
    assert!(!all[0].video_on());
    let left = room.clone();
    soon("leaves", room.leave()).await;
    assert_eq!(left.publish(&all[4]), Err(PublishError::Left));
    guard.finish().await;
}

/// web-sys binds `MediaStream.clone()` and `MediaStreamTrack.clone()` under the name of the trait's method, and wins.
#[wasm_bindgen_test]
async fn a_stream_is_the_same_object_each_time_it_is_asked_for() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let camera = camera().await;
    assert_eq!(camera.stream(), camera.stream());
    pair.a.publish(&camera).expect("published");
    let remote = one("the camera", &pair.b, &pair.a_at_b, |_| true).await;
    assert_eq!(pair.a_at_b.media()[0].stream, remote.stream);
    assert_eq!(remote.clone().stream, remote.stream);

    // Off and on again: what is shown here is what is sent, and what is stopped when it is switched off.
    camera.set_video(false).await.expect("off");
    camera.set_video(true).await.expect("on");
    let track: MediaStreamTrack = camera.stream().get_video_tracks().get(0).unchecked_into();
    camera.set_video(false).await.expect("off");
    assert_eq!(track.ready_state(), MediaStreamTrackState::Ended);
    pair.part().await;
    guard.finish().await;
}
