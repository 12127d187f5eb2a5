//! Every word that the page shows, in one place, so that it can be translated.
//!
//! House style: say what is, then what to do. Short sentences, no blame, no jargon.

mod facts;
pub(crate) mod files;
pub(crate) mod hand;

pub(crate) use facts::facts;

pub(crate) const PRODUCT: &str = "handclasp";

// Start
pub(crate) const START_TITLE: &str = "Talk face to face. Just send a link.";
pub(crate) const START_LEAD: &str = "Voice, video, screen and messages go straight from browser to browser. No account, nothing to install.";
pub(crate) const START: &str = "Start a call";
pub(crate) const START_BY_HAND: &str = "Connect without a server";
pub(crate) const START_BY_HAND_LEAD: &str =
    "You send an invitation, a reply comes back, and you are connected.";
pub(crate) const HAVE_LINK: &str = "Got a link or a code?";
pub(crate) const PASTE_LABEL: &str = "Join with a link or a code";
pub(crate) const PASTE_HINT: &str = "Paste it here";
pub(crate) const OPENING: &str = "Opening…";
pub(crate) const OPEN_LINK: &str = "Open";
pub(crate) const FACTS: [(&str, &str); 3] = [
    (
        "Direct",
        "Your picture and voice travel between you, not through a company.",
    ),
    (
        "Private",
        "Encrypted all the way. The key is in the link, which only you send.",
    ),
    (
        "Fleeting",
        "Nothing is recorded or kept. Close the tab and it is gone.",
    ),
];
pub(crate) const FACTS_LABEL: &str = "How it works";

// Lobby
pub(crate) const LOBBY_TITLE: &str = "Ready to join?";
pub(crate) const LOBBY_LEAD: &str = "Check how you look and sound. Nobody sees you yet.";
pub(crate) const NAME_LABEL: &str = "Your name";
pub(crate) const NAME_HINT: &str = "How others see you";
pub(crate) const CAMERA_LABEL: &str = "Camera";
pub(crate) const MICROPHONE_LABEL: &str = "Microphone";
pub(crate) const NO_CAMERAS: &str = "No camera";
pub(crate) const NO_MICROPHONES: &str = "No microphone";
pub(crate) const JOIN: &str = "Join";
pub(crate) const JOINING: &str = "Joining…";
pub(crate) const JOIN_LISTENING: &str = "Join, listening only";
pub(crate) const LOBBY_BY_HAND_TITLE: &str = "Ready to invite someone?";
pub(crate) const LOBBY_BY_HAND_LEAD: &str = "Check how you look and sound. Nobody sees you yet. Next, you get an invitation to send: no server is involved.";
pub(crate) const MAKE_INVITATION: &str = "Make an invitation";
pub(crate) const LOBBY_INVITED_LEAD: &str = "Check how you look and sound. Nobody sees you yet. Then answer: you get a short reply to send back, and no server is involved.";
pub(crate) const ANSWER: &str = "Answer";
pub(crate) const PREVIEW: &str = "Preview of your camera";
pub(crate) const ASKING: &str =
    "Your browser is asking for your camera and microphone. Choose “Allow”.";
pub(crate) const CAMERA_IS_OFF: &str = "Your camera is off";
pub(crate) const NO_CAMERA_IN_USE: &str = "You join without a camera";
pub(crate) const LISTENING_ONLY: &str = "You join without camera and microphone";
pub(crate) const LEVEL: &str = "Microphone level";
pub(crate) const LOBBY_LINK: &str = "Anyone with the link can join.";
pub(crate) const GUEST: &str = "Guest";
/// Who has not said a name yet.
pub(crate) const SOMEONE: &str = "Someone";
pub(crate) const YOU: &str = "You";
pub(crate) const HOME: &str = "handclasp, start page";

pub(crate) fn invited_by(name: &str) -> String {
    match name {
        "" => "You are invited to a call".to_owned(),
        name => format!("{name} invites you to a call"),
    }
}

pub(crate) fn device_number(label: &str, number: usize) -> String {
    format!("{label} {number}")
}

// Call
pub(crate) const CALL_TITLE: &str = "Call";
pub(crate) const CONTROLS: &str = "Call controls";
pub(crate) const PEOPLE: &str = "People";
pub(crate) const SCREENS: &str = "Shared screens";
pub(crate) const MUTE: &str = "Mute";
pub(crate) const MUTE_TITLE: &str = "Mute your microphone (M)";
pub(crate) const UNMUTE_TITLE: &str = "Unmute your microphone (M)";
pub(crate) const NO_MICROPHONE_TITLE: &str = "Use a microphone (M)";
pub(crate) const CAMERA_OFF: &str = "Camera off";
pub(crate) const CAMERA_OFF_TITLE: &str = "Turn your camera off (V)";
pub(crate) const CAMERA_ON_TITLE: &str = "Turn your camera on (V)";
pub(crate) const NO_CAMERA_TITLE: &str = "Use a camera (V)";
pub(crate) const SCREEN: &str = "Share screen";
pub(crate) const SCREEN_TITLE: &str = "Share your screen (S)";
pub(crate) const SCREEN_STOP_TITLE: &str = "Stop sharing your screen (S)";
pub(crate) const SCREEN_STOP: &str = "Stop sharing";
pub(crate) const CHAT: &str = "Chat";
pub(crate) const CHAT_TITLE: &str = "Messages (C)";
pub(crate) const SETTINGS: &str = "Settings";
pub(crate) const HANG_UP: &str = "Hang up";
pub(crate) const ALONE_TITLE: &str = "You are the only one here.";
pub(crate) const ALONE_LEAD: &str = "Send the link. Whoever opens it is here with you.";
pub(crate) const TAP_TO_HEAR: &str = "Tap to hear";
pub(crate) const TAP_TO_HEAR_LEAD: &str = "Your browser holds the sound back until you do.";
pub(crate) const MUTED: &str = "muted";
pub(crate) const SCREEN_OF: &str = "screen";
pub(crate) const YOUR_SCREEN: &str = "Your screen";

pub(crate) fn here(count: usize) -> String {
    match count {
        0 | 1 => "Only you".to_owned(),
        count => format!("{count} people"),
    }
}

pub(crate) fn video_of(name: &str) -> String {
    format!("Video of {name}")
}

pub(crate) fn screen_of(name: &str) -> String {
    format!("Screen of {name}")
}

pub(crate) fn joined(name: &str) -> String {
    format!("{name} is here")
}

pub(crate) fn left(name: &str) -> String {
    format!("{name} left")
}

pub(crate) fn vanished(name: &str) -> String {
    format!("{name} lost the connection")
}

pub(crate) fn shares(name: &str) -> String {
    format!("{name} is sharing a screen")
}

pub(crate) fn wrote(name: &str, text: &str) -> String {
    /// As much as a passing remark can be read of.
    const MOST: usize = 80;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{name}: {}…", &text[..end]),
        None => format!("{name}: {text}"),
    }
}

// The connection to a person
pub(crate) const TRUST_ASK: &str = "Is it really them?";
pub(crate) const TRUST_KNOWN: &str = "You compared words with them";
pub(crate) const TRUST_TITLE: &str = "Nobody in between?";
pub(crate) const TRUST_WORDS: &str = "The four words";
pub(crate) const TRUST_WHY: &str = "If the words differ, somebody has changed your link or code on its way and can listen. Then hang up, and send a new one by another way.";
pub(crate) const TRUST_MATCH: &str = "They match";
pub(crate) const TRUST_NO_MATCH: &str = "They differ";
pub(crate) const TRUST_FORGET: &str = "Forget that they matched";

/// What to do with the words.
pub(crate) fn trust_how(name: &str) -> String {
    format!(
        "Read these words to {name}, or let {name} read theirs to you. Both of you see the same four when nobody is in between."
    )
}

pub(crate) const STATE_ME: &str = "That is you";
pub(crate) const STATE_CONNECTING: &str = "Connecting…";
pub(crate) const STATE_CONNECTED: &str = "Connected";
pub(crate) const STATE_INTERRUPTED: &str = "Connection interrupted. Waiting…";
pub(crate) const STATE_RECONNECTING: &str = "Reconnecting…";

// The broker
pub(crate) const BROKER_CONNECTING: &str = "Connecting to the server…";
pub(crate) const BROKER_CONNECTED: &str = "Online";
pub(crate) const BROKER_RECONNECTING: &str = "Server unreachable. Trying again…";
pub(crate) const BROKER_FAILED: &str = "Server unreachable. Others cannot join.";
pub(crate) const BROKER_NONE: &str = "No server: only tabs of this browser";
pub(crate) const BROKER_BY_HAND: &str = "Without a server";

// Invitation
pub(crate) const INVITE: &str = "Invite";
pub(crate) const INVITE_SOMEONE: &str = "Invite someone";
pub(crate) const INVITE_AGAIN: &str = "Invite again";
pub(crate) const INVITE_LEAD: &str =
    "Whoever has this link can join. It is the key, so send it only to those you want here.";
pub(crate) const COPY_LINK: &str = "Copy link";
pub(crate) const COPIED: &str = "Link copied";
pub(crate) const COPY_FAILED: &str = "Copy it by hand: it is selected";
pub(crate) const SHARE: &str = "Share…";
pub(crate) const LINK_LABEL: &str = "Link of this call";
pub(crate) const QR_LABEL: &str = "QR code of the link of this call";
pub(crate) const QR_LEAD: &str = "Or scan with a phone";
pub(crate) const SHOW_QR: &str = "Show QR code";
pub(crate) const QR_NOT_LOADED: &str =
    "The QR code could not be loaded: check your connection to the internet.";
pub(crate) const QR_TOO_LONG: &str = "This is too long for a QR code: copy it instead.";

// Scanning a QR code
pub(crate) const SCAN: &str = "Scan";
pub(crate) const SCAN_INVITATION: &str = "Scan an invitation";
pub(crate) const SCAN_TITLE: &str = "Scan a QR code";
pub(crate) const SCAN_LEAD: &str =
    "Hold the code in front of your camera, so that all of it is seen.";
pub(crate) const SCAN_SLOW: &str =
    "Hold the code closer, straight and still. A brighter screen on the other side helps.";
pub(crate) const SCAN_ASKING: &str = "Your browser is asking for your camera. Choose “Allow”.";
pub(crate) const SCAN_READING: &str = "Reading the picture…";
pub(crate) const SCAN_VIDEO: &str = "What your camera sees";
pub(crate) const SCAN_LOADING: &str = "The scanner is being loaded…";
pub(crate) const SCAN_NOT_LOADED: &str =
    "The scanner could not be loaded: check your connection to the internet.";
pub(crate) const CHOOSE_PICTURE: &str = "Choose a picture";

// Chat
pub(crate) const CHAT_HEADING: &str = "Messages";
pub(crate) const CHAT_EMPTY: &str = "No messages yet.";
pub(crate) const CHAT_EMPTY_LEAD: &str =
    "They go directly to everyone who is here now, and are gone when you leave.";
pub(crate) const CHAT_INPUT: &str = "Message to everyone";
pub(crate) const CHAT_SEND: &str = "Send";
pub(crate) const CHAT_NOT_SENT: &str = "Not sent";
pub(crate) const CLOSE: &str = "Close";

pub(crate) fn unread(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "1 unread message".to_owned(),
        count => format!("{count} unread messages"),
    }
}

// Settings
pub(crate) const SETTINGS_TITLE: &str = "Camera and microphone";

// Test
pub(crate) const TEST: &str = "Test my connection";
pub(crate) const TEST_TITLE: &str = "Connection test";
pub(crate) const TESTING: &str = "Testing your connection. This takes up to ten seconds.";
pub(crate) const TEST_AGAIN: &str = "Test again";
pub(crate) const TEST_DETAILS: &str = "Details";
pub(crate) const COPY_FACTS: &str = "Copy details";
pub(crate) const FACTS_COPIED: &str = "Copied. There are no addresses in it.";
pub(crate) const FACTS_NOT_COPIED: &str = "Your browser does not allow that.";
pub(crate) const WHY: &str = "Find out why";

// Goodbye
pub(crate) const GOODBYE_TITLE: &str = "You left the call.";
pub(crate) const GOODBYE_LEAD: &str = "Your camera and microphone are off. The link still works.";
pub(crate) const GOODBYE_BY_HAND_LEAD: &str = "Your camera and microphone are off.";
pub(crate) const REJOIN: &str = "Rejoin";
pub(crate) const NEW_CALL: &str = "New call";

pub(crate) fn lasted(minutes: u32) -> String {
    match minutes {
        0 => "It lasted less than a minute.".to_owned(),
        1 => "It lasted a minute.".to_owned(),
        minutes => format!("It lasted {minutes} minutes."),
    }
}

/// An error of the library as a title: with a capital letter.
pub(crate) fn sentence(error: &dyn std::fmt::Display) -> String {
    let told = error.to_string();
    let mut chars = told.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

// Errors
pub(crate) const TRY_AGAIN: &str = "Try again";
pub(crate) const DISMISS: &str = "Dismiss";
pub(crate) const RELOAD: &str = "Reload";

/// A part of the program did not come.
pub(crate) const NOT_LOADED: (&str, &str) = (
    "A part of this page could not be loaded",
    "Check your connection to the internet and try again. If that does not help, reload the page.",
);

/// Title and next step of each error, by its code. Unknown codes have the library's own sentences.
pub(crate) fn error(code: &str) -> Option<(&'static str, &'static str)> {
    Some(match code {
        "not-loaded" => NOT_LOADED,
        "insecure" | "join-insecure" | "media-insecure" => (
            "This address is not secure",
            "Browsers allow calls only over https or on the machine itself. Open the page with https:// at the front, or as http://localhost.",
        ),
        "no-webrtc" | "join-unsupported" => (
            "This browser cannot make calls",
            "It has no WebRTC, or it is switched off. Open the link in a current Chrome, Edge, Firefox or Safari.",
        ),
        "media-refused" => (
            "Camera and microphone are blocked",
            "Allow them with the icon beside the address, and in your system’s privacy settings. Or join without: you will still see and hear the others.",
        ),
        "media-in-use" => (
            "Your camera or microphone is in use",
            "Another program seems to hold it. Close that program and try again, or join without.",
        ),
        "media-missing" => (
            "No camera or microphone found",
            "Plug one in and try again, or join without: you will still see and hear the others.",
        ),
        "media-overconstrained" => (
            "That camera or microphone is gone",
            "It may have been unplugged. Choose another one.",
        ),
        "camera-missing" => (
            "No camera found",
            "You join with your voice only. Plug a camera in and try again to be seen.",
        ),
        "camera-in-use" => (
            "Your camera is in use",
            "Another program seems to hold it. You join with your voice only, or close that program and try again.",
        ),
        "microphone-missing" => (
            "No microphone found",
            "You can be seen but not heard. Plug a microphone in and try again.",
        ),
        "microphone-in-use" => (
            "Your microphone is in use",
            "You can be seen but not heard. Close the other program that uses it and try again.",
        ),
        "screen-refused" => (
            "Your screen is not shared",
            "The browser or the system did not allow it. Press “Share screen” again and choose a window; on a Mac, allow screen recording in the privacy settings.",
        ),
        "screen-unsupported" => (
            "This browser cannot share screens",
            "No phone browser can. Join from a computer to share.",
        ),
        "broker-unreachable" => (
            "The server that connects people cannot be reached",
            "Others cannot find you yet. Check your network; it keeps trying. Tabs of this browser can join already, and whoever is here stays connected.",
        ),
        "broker-refused" => (
            "The server that connects people refused",
            "Ask whoever runs this page, or use another server with ?broker= in the address.",
        ),
        "broker-address" => (
            "The server’s address is not valid",
            "It must start with ws:// or wss://. Check ?broker= in the address, or config.json beside the page.",
        ),
        "broker-insecure" => (
            "The server’s address is not secure",
            "A page opened with https can only use a server with wss://. Change ?broker= or config.json.",
        ),
        "offline" => (
            "You are offline",
            "Connect to a network. The call carries on by itself.",
        ),
        "room-full" => (
            "The call is full",
            "Eight people are the most that connect directly. Ask someone to leave, or start another call.",
        ),
        "link-broken" => (
            "This link is broken",
            "A part of it is missing or changed. Ask for the link again and copy all of it.",
        ),
        "link-empty" => ("There is no link yet", "Paste the link that you were sent."),
        "link-no-room" => (
            "That is not a link to a call",
            "A link to a call has #r= or #h= and a long key in it. Copy all of it and paste it again.",
        ),
        "picture-no-code" => (
            "No QR code in this picture",
            "Choose one in which the whole code is large, sharp and straight, with white around it.",
        ),
        "picture-unreadable" => (
            "This is not a picture that your browser can read",
            "Choose a PNG or a JPEG, such as a screenshot or a photo of the code.",
        ),
        "picture-too-large" => (
            "This picture is too large",
            "Cut it down to the code, or take a screenshot of it, and choose that.",
        ),
        "scan-failed" => (
            "The code cannot be scanned here",
            "Reload the page, or have the code sent to you as text and paste it.",
        ),
        "chat-failed" => ("A message was not sent", "Try again in a moment."),
        _ => return None,
    })
}

pub(crate) fn unreachable(name: &str) -> (String, &'static str) {
    (
        format!("No direct connection to {name}"),
        "A firewall between you is in the way. Another network on one side often helps, such as a phone’s hotspot; or whoever runs this page adds a relay (TURN) server.",
    )
}

/// Without a server, nobody comes back by themselves.
pub(crate) fn lost(name: &str) -> (String, &'static str) {
    (
        format!("The connection to {name} is lost"),
        "Without a server, it takes another handshake to get it back.",
    )
}

pub(crate) fn elsewhere(host: &str) -> (String, &'static str) {
    (
        format!("This call is at {host}"),
        "The link belongs to another page. Open it if you trust who sent it.",
    )
}
