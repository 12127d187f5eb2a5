//! Icons and the mark, drawn for this page: 24 units square, round strokes in the colour of the text around them.

use leptos::prelude::*;

pub(crate) const MICROPHONE: &str =
    "M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3ZM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21";
pub(crate) const MICROPHONE_OFF: &str = "M15 10.5V6a3 3 0 0 0-5.9-.8M9 9v2a3 3 0 0 0 4.6 2.5M5.5 11a6.5 6.5 0 0 0 10.3 5.3M18.5 11a6.5 6.5 0 0 1-.5 2.5M12 17.5V21M4 3.5l16 17";
pub(crate) const CAMERA: &str = "M5.5 6.5h8a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-8a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2ZM15.5 11l5-3v8l-5-3";
pub(crate) const CAMERA_OFF: &str = "M9.5 6.5h4a2 2 0 0 1 2 2V12M15.5 15.7a2 2 0 0 1-2 1.8h-8a2 2 0 0 1-2-2v-7a2 2 0 0 1 1.7-2M15.5 11l5-3v8l-2.5-1.5M4 3.5l16 17";
pub(crate) const SCREEN: &str = "M5 4.5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2ZM8.5 20h7M12 13.5v-6M9.3 10 12 7.3l2.7 2.7";
pub(crate) const SCREEN_STOP: &str = "M5 4.5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2ZM8.5 20h7M9.8 8.3l4.4 4.4M14.2 8.3l-4.4 4.4";
pub(crate) const CHAT: &str = "M6 4.5h12a2.5 2.5 0 0 1 2.5 2.5v7a2.5 2.5 0 0 1-2.5 2.5h-6.5L7 20.5v-4H6A2.5 2.5 0 0 1 3.5 14V7A2.5 2.5 0 0 1 6 4.5ZM8 9h8M8 12.5h5";
pub(crate) const HANG_UP: &str = "M3.3 14.2c-.7-1.6 0-3.3 1.6-4.2 4.4-2.4 9.8-2.4 14.2 0 1.6.9 2.3 2.6 1.6 4.2l-.5 1.1a1.3 1.3 0 0 1-1.5.7l-3.2-.8a1.3 1.3 0 0 1-1-1.2l-.1-1.7a11 11 0 0 0-4.8 0l-.1 1.7a1.3 1.3 0 0 1-1 1.2l-3.2.8a1.3 1.3 0 0 1-1.5-.7l-.5-1.1Z";
pub(crate) const LINK: &str = "M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7l-1.3 1.3M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7l1.3-1.3";
pub(crate) const SHARE: &str = "M12 14V3.5M8.3 7 12 3.3 15.7 7M7 11H6a2 2 0 0 0-2 2v5.5a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2V13a2 2 0 0 0-2-2h-1";
pub(crate) const QR: &str =
    "M4 4h6v6H4ZM14 4h6v6h-6ZM4 14h6v6H4ZM14 14h2.5v2.5H14ZM20 14v2M14 20h2M18.5 18.5H20V20";
pub(crate) const CHECK: &str = "M5 12.5l4.5 4.5L19 7.5";
pub(crate) const CLOSE: &str = "M6 6l12 12M18 6 6 18";
pub(crate) const SEND: &str = "M4.5 12 4 4.5 20.5 12 4 19.5ZM4.5 12H12";
pub(crate) const SETTINGS: &str = "M4 7.5h9M17 7.5h3M4 16.5h3M11 16.5h9M15 5.5a2 2 0 1 1 0 4 2 2 0 0 1 0-4ZM9 14.5a2 2 0 1 1 0 4 2 2 0 0 1 0-4Z";
pub(crate) const ALERT: &str = "M12 4 2.8 19.5h18.4ZM12 10v4.5M12 17v.1";
pub(crate) const SOUND: &str =
    "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5ZM15.5 9a4 4 0 0 1 0 6M18 6.5a7.5 7.5 0 0 1 0 11";
pub(crate) const PULSE: &str = "M3 12h4l3-7 4 14 3-7h4";
pub(crate) const ARROW: &str = "M5 12h14M13 6l6 6-6 6";
pub(crate) const DOWN: &str = "M7 10l5 5 5-5";
pub(crate) const FILE: &str = "M7 3.5h6.5L18.5 8.5V19a1.5 1.5 0 0 1-1.5 1.5H7A1.5 1.5 0 0 1 5.5 19V5A1.5 1.5 0 0 1 7 3.5ZM13 4v5h5";
pub(crate) const FILE_DOWN: &str = "M12 4v11M7.5 10.5 12 15l4.5-4.5M5 19.5h14";
pub(crate) const UP: &str = "M12 15V4M7.5 8.5 12 4l4.5 4.5M5 19.5h14";
pub(crate) const INVITE: &str = "M10 5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7ZM3.5 20c.5-3.5 3-5.5 6.5-5.5s6 2 6.5 5.5M18.5 7.5v6M15.5 10.5h6";
pub(crate) const SCAN: &str = "M4 8.5V6a2 2 0 0 1 2-2h2.5M15.5 4H18a2 2 0 0 1 2 2v2.5M20 15.5V18a2 2 0 0 1-2 2h-2.5M8.5 20H6a2 2 0 0 1-2-2v-2.5M4 12h16";
pub(crate) const PASTE: &str = "M9 4.5h6v3H9ZM9 6H7a1.5 1.5 0 0 0-1.5 1.5V19A1.5 1.5 0 0 0 7 20.5h10a1.5 1.5 0 0 0 1.5-1.5V7.5A1.5 1.5 0 0 0 17 6h-2M9 12.5h6M9 16h4";
pub(crate) const AGAIN: &str = "M19.5 12a7.5 7.5 0 1 1-2.2-5.3L20 9.4M20 4.5v4.9h-4.9";
pub(crate) const LOCK: &str = "M7 10.5h10a1.5 1.5 0 0 1 1.5 1.5v6.5A1.5 1.5 0 0 1 17 20H7a1.5 1.5 0 0 1-1.5-1.5V12A1.5 1.5 0 0 1 7 10.5ZM8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5";
pub(crate) const SHIELD: &str =
    "M12 3.5 19 6v5.5c0 4.3-2.8 7.6-7 9-4.2-1.4-7-4.7-7-9V6ZM12 8.5v4M12 15.5v.1";
pub(crate) const SHIELD_CHECK: &str =
    "M12 3.5 19 6v5.5c0 4.3-2.8 7.6-7 9-4.2-1.4-7-4.7-7-9V6ZM8.7 12l2.4 2.4 4.2-4.6";
pub(crate) const DIRECT: &str = "M6 9.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5ZM18 9.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5ZM8.5 12h7";
pub(crate) const LEAF: &str =
    "M5 19c0-8.5 5-13.5 14-14 .5 9-4.5 14-11.5 13M5 20c1.5-4.5 4-7.5 8-9.5";

/// One icon. Always beside words or in a labelled button, so hidden from screen readers.
#[component]
pub(crate) fn Icon(
    /// Path data: one of the constants above, or a closure that chooses.
    #[prop(into)]
    path: Signal<&'static str>,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=path></path>
        </svg>
    }
}

/// The mark: two loops, one through the other.
#[component]
pub(crate) fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 48 48" aria-hidden="true" focusable="false">
            <g transform="rotate(-28 24 24)">
                <rect class="mark-a" x="5.5" y="15" width="24" height="18" rx="9"></rect>
                <rect class="mark-b" x="18.5" y="15" width="24" height="18" rx="9"></rect>
                <path class="mark-a" d="M18.5 15h2a9 9 0 0 1 9 9"></path>
            </g>
        </svg>
    }
}
