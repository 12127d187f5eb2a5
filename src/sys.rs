//! Everything of the browser that web-sys does not bind, or binds without its exceptions: declared by hand, in this one place.
//!
//! Each item names its specification and the reason it is here.

// wasm-bindgen's macro writes the foreign calls.
#![allow(unsafe_code)]

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{
    EventTarget, MediaStream, MediaStreamTrack, RtcConfiguration, RtcDataChannel,
    RtcDataChannelInit, RtcPeerConnection, RtcRtpSender, RtcRtpTransceiver, RtcRtpTransceiverInit,
};

use crate::wakers::handover;

#[wasm_bindgen]
extern "C" {
    /// [`RTCPeerConnection`](https://www.w3.org/TR/webrtc/#rtcpeerconnection-interface) with the methods that web-sys lacks
    /// (wasm-bindgen#3394), and with exceptions as `Err` where web-sys lets them pass through the wasm unseen.
    #[wasm_bindgen(extends = RtcPeerConnection, js_name = RTCPeerConnection)]
    #[derive(Clone, Debug)]
    pub(crate) type PeerConnection;

    /// Chromium throws `UnknownError` when 500 connections of the page await garbage collection.
    #[wasm_bindgen(catch, constructor, js_class = "RTCPeerConnection")]
    pub(crate) fn new(configuration: &RtcConfiguration) -> Result<PeerConnection, JsValue>;

    /// Without an argument the browser makes whichever of offer or answer the signaling state calls for
    /// (<https://www.w3.org/TR/webrtc/#dom-peerconnection-setlocaldescription>).
    #[wasm_bindgen(method, js_name = setLocalDescription)]
    pub(crate) fn set_implicit_local_description(this: &PeerConnection) -> Promise;

    /// <https://www.w3.org/TR/webrtc/#dom-rtcpeerconnection-restartice>
    #[wasm_bindgen(method, js_name = restartIce)]
    pub(crate) fn restart_ice(this: &PeerConnection);

    /// <https://www.w3.org/TR/webrtc/#dom-peerconnection-addicecandidate>, with a dictionary that has `usernameFragment`.
    #[wasm_bindgen(method, js_name = addIceCandidate)]
    pub(crate) fn add_candidate(this: &PeerConnection, candidate: &CandidateInit) -> Promise;

    /// Throws `OperationError` when ids run out and `InvalidStateError` once closed.
    #[wasm_bindgen(catch, method, js_name = createDataChannel)]
    pub(crate) fn try_create_data_channel(
        this: &PeerConnection,
        label: &str,
        init: &RtcDataChannelInit,
    ) -> Result<RtcDataChannel, JsValue>;

    /// Throws `InvalidAccessError` for a track that is being sent already.
    #[wasm_bindgen(catch, method, js_name = addTrack)]
    pub(crate) fn try_add_track(
        this: &PeerConnection,
        track: &MediaStreamTrack,
        stream: &MediaStream,
    ) -> Result<RtcRtpSender, JsValue>;

    /// Throws `InvalidStateError` once closed.
    #[wasm_bindgen(catch, method, js_name = addTransceiver)]
    pub(crate) fn try_add_transceiver(
        this: &PeerConnection,
        kind: &str,
        init: &RtcRtpTransceiverInit,
    ) -> Result<RtcRtpTransceiver, JsValue>;

    /// Throws `InvalidStateError` once closed.
    #[wasm_bindgen(catch, method, js_name = removeTrack)]
    pub(crate) fn try_remove_track(
        this: &PeerConnection,
        sender: &RtcRtpSender,
    ) -> Result<(), JsValue>;

    /// Null before the first description with a data channel (<https://www.w3.org/TR/webrtc/#dom-rtcpeerconnection-sctp>).
    #[wasm_bindgen(method, getter)]
    pub(crate) fn sctp(this: &PeerConnection) -> Option<SctpTransport>;

    /// Takes new ICE servers for the next gathering; throws `InvalidStateError` once closed, `SyntaxError` for servers that it cannot
    /// read (<https://www.w3.org/TR/webrtc/#dom-rtcpeerconnection-setconfiguration>).
    #[wasm_bindgen(catch, method, js_name = setConfiguration)]
    pub(crate) fn try_set_configuration(
        this: &PeerConnection,
        configuration: &RtcConfiguration,
    ) -> Result<(), JsValue>;

    /// As the browser's own word, which costs less than a table of all.
    #[wasm_bindgen(method, getter, js_name = iceGatheringState)]
    pub(crate) fn gathering_state(this: &PeerConnection) -> String;

    /// As the browser's own word.
    #[wasm_bindgen(method, getter, js_name = iceConnectionState)]
    pub(crate) fn ice_state(this: &PeerConnection) -> String;

    /// <https://www.w3.org/TR/webrtc/#rtcsctptransport-interface>
    pub(crate) type SctpTransport;

    /// <https://www.w3.org/TR/webrtc/#dom-rtcsctptransport-transport>
    #[wasm_bindgen(method, getter)]
    pub(crate) fn transport(this: &SctpTransport) -> Option<DtlsTransport>;

    /// <https://www.w3.org/TR/webrtc/#rtcdtlstransport-interface>
    pub(crate) type DtlsTransport;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn state(this: &DtlsTransport) -> Option<String>;

    /// Not in every browser (<https://www.w3.org/TR/webrtc/#dom-rtcdtlstransport-getremotecertificates>).
    #[wasm_bindgen(catch, method, js_name = getRemoteCertificates)]
    pub(crate) fn remote_certificates(this: &DtlsTransport) -> Result<Array, JsValue>;

    /// [`RTCPeerConnectionIceErrorEvent`](https://www.w3.org/TR/webrtc/#rtcpeerconnectioniceerrorevent).
    pub(crate) type IceErrorEvent;

    #[wasm_bindgen(method, getter, js_name = errorCode)]
    pub(crate) fn error_code(this: &IceErrorEvent) -> Option<u16>;

    /// In bytes; may be infinite (<https://www.w3.org/TR/webrtc/#dom-rtcsctptransport-maxmessagesize>).
    #[wasm_bindgen(method, getter, js_name = maxMessageSize)]
    pub(crate) fn max_message_size(this: &SctpTransport) -> f64;

    /// [`RTCIceCandidate`](https://www.w3.org/TR/webrtc/#rtcicecandidate-interface): web-sys lacks the username fragment.
    pub(crate) type Candidate;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn candidate(this: &Candidate) -> Option<String>;

    #[wasm_bindgen(method, getter, js_name = sdpMid)]
    pub(crate) fn sdp_mid(this: &Candidate) -> Option<String>;

    #[wasm_bindgen(method, getter, js_name = sdpMLineIndex)]
    pub(crate) fn sdp_m_line_index(this: &Candidate) -> Option<u16>;

    #[wasm_bindgen(method, getter, js_name = usernameFragment)]
    pub(crate) fn username_fragment(this: &Candidate) -> Option<String>;

    /// [`RTCIceCandidateInit`](https://www.w3.org/TR/webrtc/#dom-rtcicecandidateinit) with the username fragment.
    #[wasm_bindgen(js_name = Object)]
    pub(crate) type CandidateInit;

    #[wasm_bindgen(constructor, js_class = "Object")]
    pub(crate) fn new() -> CandidateInit;

    #[wasm_bindgen(method, setter, js_name = candidate)]
    pub(crate) fn set_candidate(this: &CandidateInit, value: &str);

    #[wasm_bindgen(method, setter, js_name = sdpMid)]
    pub(crate) fn set_sdp_mid(this: &CandidateInit, value: Option<&str>);

    #[wasm_bindgen(method, setter, js_name = sdpMLineIndex)]
    pub(crate) fn set_sdp_m_line_index(this: &CandidateInit, value: Option<u16>);

    #[wasm_bindgen(method, setter, js_name = usernameFragment)]
    pub(crate) fn set_username_fragment(this: &CandidateInit, value: Option<&str>);

    /// [`RTCErrorEvent`](https://www.w3.org/TR/webrtc/#rtcerrorevent-interface): what a data channel's `error` event is.
    pub(crate) type RtcErrorEvent;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn error(this: &RtcErrorEvent) -> Option<RtcError>;

    /// <https://www.w3.org/TR/webrtc/#rtcerror-interface>
    pub(crate) type RtcError;

    /// For example `sctp-failure` (<https://www.w3.org/TR/webrtc/#rtcerrordetailtype-enum>).
    #[wasm_bindgen(method, getter, js_name = errorDetail)]
    pub(crate) fn error_detail(this: &RtcError) -> Option<String>;

    /// An RTCDataChannel that sends strings of JavaScript's (<https://www.w3.org/TR/webrtc/#dom-rtcdatachannel-send>); web-sys
    /// binds those of the wasm alone, which have to be decoded first.
    pub(crate) type TextChannel;

    #[wasm_bindgen(catch, method, js_name = send)]
    pub(crate) fn send_text(this: &TextChannel, text: &js_sys::JsString) -> Result<(), JsValue>;

    /// A data channel with what it was opened with (<https://www.w3.org/TR/webrtc/#rtcdatachannel>).
    #[wasm_bindgen(extends = RtcDataChannel)]
    pub(crate) type OpenedChannel;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn protocol(this: &OpenedChannel) -> String;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn ordered(this: &OpenedChannel) -> bool;

    /// A sender whose parameters can be read (<https://www.w3.org/TR/webrtc/#dom-rtcrtpsender-getparameters>): web-sys writes them only.
    #[wasm_bindgen(extends = RtcRtpSender)]
    pub(crate) type Sender;

    #[wasm_bindgen(method, js_name = getParameters)]
    pub(crate) fn parameters(this: &Sender) -> SendParameters;

    #[wasm_bindgen(method, js_name = setParameters)]
    pub(crate) fn set_parameters(this: &Sender, parameters: &SendParameters) -> Promise;

    /// [`RTCRtpSendParameters`](https://www.w3.org/TR/webrtc/#dom-rtcrtpsendparameters).
    pub(crate) type SendParameters;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn encodings(this: &SendParameters) -> Option<Array>;

    /// [`RTCRtpEncodingParameters`](https://www.w3.org/TR/webrtc/#dom-rtcrtpencodingparameters).
    pub(crate) type Encoding;

    #[wasm_bindgen(method, setter)]
    pub(crate) fn set_active(this: &Encoding, active: bool);

    /// A track with [`contentHint`](https://www.w3.org/TR/mst-content-hint/).
    #[wasm_bindgen(extends = MediaStreamTrack)]
    pub(crate) type HintedTrack;

    #[wasm_bindgen(method, setter, js_name = contentHint)]
    pub(crate) fn set_content_hint(this: &HintedTrack, hint: &str);

    /// `navigator.mediaDevices` as it may be: absent where the page is not a secure context
    /// (<https://www.w3.org/TR/mediacapture-streams/#mediadevices>).
    pub(crate) type Capturing;

    #[wasm_bindgen(method, getter, js_name = mediaDevices)]
    pub(crate) fn media_devices(this: &Capturing) -> Option<web_sys::MediaDevices>;

    /// <https://w3c.github.io/webcrypto/#Crypto-method-getRandomValues>; there in insecure contexts too, unlike `subtle`.
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(bytes: &mut [u8]);

    /// Milliseconds, monotonic (<https://www.w3.org/TR/hr-time-3/#dom-performance-now>).
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;

    /// A blob whose content can be asked for (<https://w3c.github.io/FileAPI/#arraybuffer-method-algo>): web-sys lets exceptions through.
    #[wasm_bindgen(extends = web_sys::Blob)]
    pub(crate) type Content;

    #[wasm_bindgen(catch, method, js_name = arrayBuffer)]
    fn array_buffer(this: &Content) -> Result<Promise, JsValue>;

    /// There in workers alone (<https://w3c.github.io/FileAPI/#FileReaderSync>).
    type FileReaderSync;

    #[wasm_bindgen(thread_local_v2, js_name = FileReaderSync)]
    static FILE_READER_SYNC: Option<js_sys::Function>;

    #[wasm_bindgen(constructor)]
    fn new_reader() -> FileReaderSync;

    #[wasm_bindgen(catch, method, js_name = readAsArrayBuffer)]
    fn read_as_array_buffer(this: &FileReaderSync, blob: &Content) -> Result<JsValue, JsValue>;

    /// What of the navigator is there in secure contexts alone, of pages and of workers.
    type Keeper;

    #[wasm_bindgen(thread_local_v2, js_name = navigator)]
    static KEEPER: Option<Keeper>;

    #[wasm_bindgen(method, getter)]
    fn storage(this: &Keeper) -> Option<StorageManager>;

    #[wasm_bindgen(method, getter)]
    fn locks(this: &Keeper) -> Option<LockManager>;

    /// <https://fs.spec.whatwg.org/#sandboxed-filesystem>
    type StorageManager;

    /// Rejects with `SecurityError` in Firefox's private windows.
    #[wasm_bindgen(catch, method, js_name = getDirectory)]
    fn directory(this: &StorageManager) -> Result<Promise, JsValue>;

    /// <https://w3c.github.io/web-locks/#lock-manager>
    type LockManager;

    #[wasm_bindgen(catch, method)]
    fn request(
        this: &LockManager,
        name: &str,
        options: &js_sys::Object,
        granted: &js_sys::Function,
    ) -> Result<Promise, JsValue>;

    /// A worker as its page has it, or the other way around
    /// (<https://html.spec.whatwg.org/multipage/workers.html#dedicated-workers-and-the-worker-interface>). web-sys binds each by itself.
    #[wasm_bindgen(extends = EventTarget)]
    #[derive(Clone, Debug)]
    pub(crate) type Counterpart;

    /// Throws `DataCloneError` for what cannot be handed over.
    #[wasm_bindgen(catch, method, js_name = postMessage)]
    pub(crate) fn post(
        this: &Counterpart,
        message: &JsValue,
        handed_over: &Array,
    ) -> Result<(), JsValue>;

    /// [`FileSystemDirectoryHandle`](https://fs.spec.whatwg.org/#api-filesystemdirectoryhandle), with exceptions as `Err`.
    #[derive(Clone, Debug)]
    pub(crate) type Directory;

    #[wasm_bindgen(catch, method, js_name = getDirectoryHandle)]
    pub(crate) fn directory_handle(
        this: &Directory,
        name: &str,
        options: &js_sys::Object,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, method, js_name = getFileHandle)]
    pub(crate) fn file_handle(
        this: &Directory,
        name: &str,
        options: &js_sys::Object,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, method, js_name = removeEntry)]
    pub(crate) fn remove_entry(
        this: &Directory,
        name: &str,
        options: &js_sys::Object,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, method)]
    pub(crate) fn keys(this: &Directory) -> Result<js_sys::AsyncIterator, JsValue>;

    /// [`FileSystemFileHandle`](https://fs.spec.whatwg.org/#api-filesystemfilehandle).
    pub(crate) type FileHandle;

    /// Missing in Safari before 26.
    #[wasm_bindgen(catch, method, js_name = createWritable)]
    pub(crate) fn create_writable(this: &FileHandle) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, method, js_name = getFile)]
    pub(crate) fn file(this: &FileHandle) -> Result<Promise, JsValue>;

    /// [`FileSystemWritableFileStream`](https://fs.spec.whatwg.org/#api-filesystemwritablefilestream): what is written is there when it is closed.
    pub(crate) type Writable;

    #[wasm_bindgen(catch, method)]
    pub(crate) fn truncate(this: &Writable, size: f64) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, method)]
    pub(crate) fn write(this: &Writable, content: &web_sys::Blob) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, method)]
    pub(crate) fn close(this: &Writable) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, method)]
    pub(crate) fn abort(this: &Writable) -> Result<Promise, JsValue>;

    /// Globals that may be missing.
    type Globals;

    #[wasm_bindgen(method, getter, js_name = RTCPeerConnection)]
    fn peer_connection(this: &Globals) -> JsValue;

    #[wasm_bindgen(method, getter, js_name = isSecureContext)]
    fn is_secure_context(this: &Globals) -> Option<bool>;

    /// <https://wicg.github.io/netinfo/#navigatornetworkinformation-interface>: Chromium's alone.
    type Networked;

    #[wasm_bindgen(method, getter)]
    fn connection(this: &Networked) -> Option<EventTarget>;

    /// <https://html.spec.whatwg.org/multipage/system-state.html#dom-navigator-online>
    #[wasm_bindgen(method, getter, js_name = onLine)]
    fn on_line(this: &Networked) -> Option<bool>;

    /// <https://www.w3.org/TR/permissions/#permissions-interface>
    #[wasm_bindgen(method, getter)]
    fn permissions(this: &Networked) -> Option<Permissions>;

    type Permissions;

    /// Rejects with `TypeError` where the name is unknown.
    #[wasm_bindgen(catch, method)]
    fn query(this: &Permissions, descriptor: &JsValue) -> Result<Promise, JsValue>;

    type PermissionStatus;

    #[wasm_bindgen(method, getter)]
    fn state(this: &PermissionStatus) -> Option<String>;
}

#[wasm_bindgen]
extern "C" {
    /// <https://encoding.spec.whatwg.org/#textencoder>: web-sys takes and gives texts of the wasm alone, which costs two copies more.
    #[wasm_bindgen(js_name = TextEncoder)]
    type Encoder;

    #[wasm_bindgen(constructor, js_class = "TextEncoder")]
    fn new() -> Encoder;

    #[wasm_bindgen(method, js_name = encode)]
    fn encode(this: &Encoder, text: &js_sys::JsString) -> js_sys::Uint8Array;

    /// <https://encoding.spec.whatwg.org/#textdecoder>
    #[wasm_bindgen(js_name = TextDecoder)]
    type Decoder;

    #[wasm_bindgen(constructor, js_class = "TextDecoder")]
    fn new(label: &str, options: &DecoderOptions) -> Decoder;

    #[wasm_bindgen(method, js_name = decode)]
    fn decode(this: &Decoder, bytes: &js_sys::Uint8Array) -> js_sys::JsString;

    /// <https://encoding.spec.whatwg.org/#textdecoderoptions>
    #[wasm_bindgen(js_name = Object)]
    type DecoderOptions;

    #[wasm_bindgen(constructor, js_class = "Object")]
    fn new() -> DecoderOptions;

    #[wasm_bindgen(method, setter, js_name = ignoreBOM)]
    fn set_ignore_bom(this: &DecoderOptions, ignore: bool);
}

/// The UTF-8 of a text; an unpaired surrogate becomes U+FFFD.
pub(crate) fn encode(text: &js_sys::JsString) -> js_sys::Uint8Array {
    Encoder::new().encode(text)
}

/// The text of this UTF-8; what is none becomes U+FFFD.
pub(crate) fn decode(bytes: &js_sys::Uint8Array) -> js_sys::JsString {
    let options = DecoderOptions::new();
    // Otherwise a U+FEFF at the beginning is left out.
    options.set_ignore_bom(true);
    Decoder::new("utf-8", &options).decode(bytes)
}

/// Whether the browser says that there is a network. A no is sure, a yes is not.
pub(crate) fn online() -> Option<bool> {
    let navigator: Networked = web_sys::window()?.navigator().unchecked_into();
    navigator.on_line()
}

/// `granted`, `prompt` or `denied`, where the browser tells.
pub(crate) async fn permission(name: &str) -> Option<String> {
    let navigator: Networked = web_sys::window()?.navigator().unchecked_into();
    let descriptor = js_sys::Object::new();
    js_sys::Reflect::set(&descriptor, &"name".into(), &name.into()).ok()?;
    let asked = navigator.permissions()?.query(&descriptor).ok()?;
    let status = settled(&asked).await?.ok()?;
    status.unchecked_into::<PermissionStatus>().state()
}

/// The root of the browser's own file system for this site (OPFS), where there is one.
pub(crate) async fn private_directory() -> Option<Directory> {
    let storage = KEEPER.with(|navigator| navigator.as_ref()?.storage())?;
    let root = made(storage.directory()).await.ok()?;
    Some(root.unchecked_into())
}

/// Takes a lock that no other page or worker of this site holds, until this one is gone. `false` when it is taken, or where there are no locks.
pub(crate) async fn lock(name: &str) -> bool {
    let Some(locks) = KEEPER.with(|navigator| navigator.as_ref()?.locks()) else {
        return false;
    };
    let (giver, granted) = handover();
    let callback = Closure::once_into_js(move |lock: JsValue| {
        giver.give(lock.is_object());
        // Held for as long as this promise is pending.
        lock.is_object().then(|| Promise::new(&mut |_, _| {}))
    });
    let options = option("ifAvailable");
    match locks.request(name, &options, callback.unchecked_ref()) {
        Ok(over) => when_settled(&over, Box::new(|_| {})),
        Err(_) => return false,
    }
    granted.await.unwrap_or(false)
}

/// All bytes of a blob.
///
/// In a worker at once: Firefox reads for `arrayBuffer()` by way of the page, also for a worker, so that a busy page holds it up.
///
/// # Errors
/// The name of the exception.
pub(crate) async fn bytes_of(blob: &Content) -> Result<JsValue, String> {
    if FILE_READER_SYNC.with(Option::is_some) {
        let read = FileReaderSync::new_reader().read_as_array_buffer(blob);
        return read.map_err(|error| error_name(&error));
    }
    made(blob.array_buffer()).await
}

/// An object with this one member, set.
pub(crate) fn option(name: &str) -> js_sys::Object {
    let options = js_sys::Object::new();
    // Setting a member of a new object does not fail.
    let _ = js_sys::Reflect::set(&options, &name.into(), &JsValue::TRUE);
    options
}

/// What comes of a call that may throw, and then of its promise; the name of the exception otherwise.
pub(crate) async fn made(promise: Result<Promise, JsValue>) -> Result<JsValue, String> {
    let promise = promise.map_err(|error| error_name(&error))?;
    let settled = settled(&promise).await;
    settled
        .ok_or_else(|| "AbortError".to_owned())?
        .map_err(|error| error_name(&error))
}

/// How `promise` settles. Unlike `JsFuture` it can be dropped at any time, and holds nothing when the promise never settles; `None` when the browser
/// throws the promise away.
pub(crate) async fn settled(promise: &Promise) -> Option<Result<JsValue, JsValue>> {
    let (giver, outcome) = handover();
    when_settled(promise, Box::new(|outcome| giver.give(outcome)));
    outcome.await
}

/// What fires `change` when the device moves to another network, where there is such a thing.
pub(crate) fn network() -> Option<EventTarget> {
    let navigator: Networked = web_sys::window()?.navigator().unchecked_into();
    navigator.connection()
}

/// Whether this browser, in this context, has WebRTC at all.
pub(crate) fn has_webrtc() -> bool {
    let globals: Globals = js_sys::global().unchecked_into();
    globals.peer_connection().is_function()
}

/// Whether the page came by https or from this machine: WebCrypto and cameras need that.
pub(crate) fn is_secure() -> bool {
    let globals: Globals = js_sys::global().unchecked_into();
    globals.is_secure_context() == Some(true)
}

/// `N` bytes of the browser's cryptographic random source.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    get_random_values(&mut bytes);
    bytes
}

/// The page's monotonic clock.
pub(crate) fn now() -> handclasp_core::Time {
    // A clock that never is negative and is far from 2^53: the cast truncates to whole milliseconds.
    handclasp_core::Time::from_millis(performance_now() as u64)
}

/// The name of a DOMException or Error, such as `NotAllowedError`; `Error` where there is none.
///
/// The message stays behind on purpose: it may hold addresses and SDP.
pub(crate) fn error_name(error: &JsValue) -> String {
    error
        .dyn_ref::<js_sys::Error>()
        .map_or_else(|| "Error".to_owned(), |error| error.name().into())
}

/// Calls `done` when `promise` settles, if it ever does.
///
/// Both callbacks belong to JavaScript, which frees them together with the promise. That matters because the promises of a
/// closed RTCPeerConnection [never settle](https://www.w3.org/TR/webrtc/#dfn-chain), and a future that waited for one would
/// stay for good. A rejection is always handled.
pub(crate) fn when_settled(promise: &Promise, done: Box<dyn FnOnce(Result<JsValue, JsValue>)>) {
    use std::cell::Cell;
    use std::rc::Rc;

    let done = Rc::new(Cell::new(Some(done)));
    let callback = |wrap: fn(JsValue) -> Result<JsValue, JsValue>| {
        let done = Rc::clone(&done);
        Closure::<dyn FnMut(JsValue)>::new(move |value| {
            if let Some(done) = done.take() {
                done(wrap(value));
            }
        })
        .into_js_value()
        .unchecked_into::<js_sys::Function>()
    };
    let then: Then = promise.clone().unchecked_into();
    then.then(&callback(Ok), &callback(Err));
}

#[wasm_bindgen]
extern "C" {
    /// A promise whose reactions are plain functions, owned by JavaScript.
    type Then;

    #[wasm_bindgen(method)]
    fn then(this: &Then, fulfilled: &js_sys::Function, rejected: &js_sys::Function);
}

/// The members of a JavaScript array that are of type `T`, unchecked.
pub(crate) fn items<T: JsCast>(array: &Array) -> impl Iterator<Item = T> {
    array.iter().map(JsCast::unchecked_into)
}
