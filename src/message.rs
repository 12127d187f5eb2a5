//! What travels on a channel.

use js_sys::{ArrayBuffer, JsString, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// A message of a [`Channel`](crate::Channel), held where the browser holds it: in JavaScript's memory.
///
/// Cloning copies a handle, not the content. Receiving copies nothing; [`to_vec`](Self::to_vec) and
/// [`to_text`](Self::to_text) copy into the wasm when that is wanted.
#[derive(Clone, Debug)]
pub enum Message {
    /// A text. On the wire it is UTF-8; an unpaired surrogate becomes U+FFFD.
    Text(JsString),
    /// Bytes: a view of the buffer that the browser made, or that the application passes in.
    ///
    /// What is passed in must not be changed or transferred before it has been sent. A channel that is reliable and ordered keeps a copy until
    /// the peer has it.
    Binary(Uint8Array),
}

impl Message {
    /// What a `message` event carries; `None` for a `Blob`, which `binaryType` excludes.
    pub(crate) fn from_event_data(data: JsValue) -> Option<Self> {
        if data.is_string() {
            return Some(Self::Text(data.unchecked_into()));
        }
        data.dyn_into::<ArrayBuffer>().ok().map(Self::from)
    }

    /// Bytes on the wire. Cheap for bytes; a text is measured, which copies it when it is long.
    pub fn size(&self) -> usize {
        match self {
            Self::Binary(bytes) => bytes.length() as usize,
            Self::Text(text) => String::from(text).len(),
        }
    }

    /// Whether the message has at most `limit` bytes on the wire; otherwise how many it has.
    pub(crate) fn fits(&self, limit: usize) -> Result<(), usize> {
        if let Self::Text(text) = self {
            // A UTF-16 unit takes at most three bytes of UTF-8: most texts need no measuring.
            if text.length() as usize <= limit / 3 {
                return Ok(());
            }
        }
        match self.size() {
            size if size <= limit => Ok(()),
            size => Err(size),
        }
    }

    /// The same, but for bytes that the application may change once they are sent.
    pub(crate) fn to_kept(&self) -> Self {
        match self {
            // A buffer that was transferred meanwhile has no length, and `slice` would throw.
            Self::Binary(bytes) if bytes.length() > 0 => {
                Self::Binary(bytes.slice(0, bytes.length()))
            }
            Self::Binary(_) => Self::Binary(Uint8Array::new_with_length(0)),
            Self::Text(text) => Self::Text(text.clone()),
        }
    }

    /// Whether the message has at most `limit` bytes on the wire, asked without copying it; of a long text nobody knows.
    pub(crate) fn is_small(&self, limit: usize) -> bool {
        match self {
            Self::Text(text) => text.length() as usize <= limit / 3,
            Self::Binary(bytes) => (1..=limit as u32).contains(&bytes.length()),
        }
    }

    /// What the inbox counts: bytes that the message keeps in memory.
    pub(crate) fn memory(&self) -> usize {
        match self {
            Self::Binary(bytes) => bytes.length() as usize,
            Self::Text(text) => 2 * text.length() as usize,
        }
    }

    /// The text, copied into the wasm; `None` for bytes.
    pub fn to_text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.into()),
            Self::Binary(_) => None,
        }
    }

    /// The bytes, copied into the wasm; of a text, its UTF-8.
    pub fn to_vec(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => String::from(text).into_bytes(),
            Self::Binary(bytes) => bytes.to_vec(),
        }
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<JsString> for Message {
    fn from(text: JsString) -> Self {
        Self::Text(text)
    }
}

/// Copies the bytes out of the wasm, whose memory may move while the message waits.
impl From<&[u8]> for Message {
    fn from(bytes: &[u8]) -> Self {
        Self::Binary(bytes.into())
    }
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(bytes.as_slice())
    }
}

impl From<Uint8Array> for Message {
    fn from(bytes: Uint8Array) -> Self {
        Self::Binary(bytes)
    }
}

impl From<ArrayBuffer> for Message {
    fn from(buffer: ArrayBuffer) -> Self {
        Self::Binary(Uint8Array::new(&buffer))
    }
}

impl From<&Message> for Message {
    fn from(message: &Message) -> Self {
        message.clone()
    }
}
