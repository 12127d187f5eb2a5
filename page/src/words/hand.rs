//! The words of a handshake by hand.

pub(crate) const TITLE: &str = "Invite someone";
pub(crate) const LEAD: &str = "Two short messages, and no server.";
pub(crate) const ANSWER_TITLE: &str = "Almost there";
pub(crate) const ANSWER_LEAD: &str = "One short message back, and no server.";

// Who invites
pub(crate) const SEND_INVITATION: &str = "Send this invitation";
pub(crate) const SEND_INVITATION_LEAD: &str = "Any way you like. It is for one person.";
pub(crate) const MAKING_INVITATION: &str = "Making the invitation…";
pub(crate) const INVITATION_LABEL: &str = "Invitation";
pub(crate) const COPY_INVITATION: &str = "Copy invitation";
pub(crate) const WAIT: &str = "Wait for the reply";
pub(crate) const WAIT_LEAD: &str =
    "Whoever opens it gets a reply for you. Take your time, and leave this page open.";
pub(crate) const PASTE_REPLY: &str = "Paste the reply";
pub(crate) const REPLY_FIELD: &str = "The reply that you were sent";
pub(crate) const REPLY_PLACEHOLDER: &str = "Paste it here";
pub(crate) const PASTE: &str = "Paste";
pub(crate) const NEW_INVITATION: &str = "Make a new invitation";
pub(crate) const ANSWER_INSTEAD: &str = "Answer it instead";

// The guest
pub(crate) const SEND_REPLY: &str = "Send this reply back";
pub(crate) const SEND_REPLY_LEAD: &str = "To whoever sent you the invitation.";
pub(crate) const MAKING_REPLY: &str = "Making the reply…";
pub(crate) const REPLY_LABEL: &str = "Reply";
pub(crate) const COPY_REPLY: &str = "Copy reply";
pub(crate) const LEAVE_OPEN: &str = "Leave this page open";
pub(crate) const LEAVE_OPEN_LEAD: &str =
    "You are connected as soon as they have pasted it, however long that takes.";
pub(crate) const ANSWER_AGAIN: &str = "Answer again";

pub(crate) const HIDE_QR: &str = "Hide QR code";
pub(crate) const INVITATION_QR: &str = "QR code of the invitation";
pub(crate) const REPLY_QR: &str = "QR code of the reply";

// What a screen reader says
pub(crate) const INVITATION_READY: &str = "The invitation is ready. Copy it, and send it.";
pub(crate) const INVITATION_SENT: &str =
    "Send the invitation. When a reply comes back, paste it into the field.";
pub(crate) const REPLY_READY: &str = "The reply is ready. Copy it, and send it back.";
pub(crate) const REPLY_SENT: &str = "Send the reply back, and leave this page open.";
pub(crate) const CONNECTING: &str = "Connecting…";

pub(crate) const COPIED: &str = "Copied";

/// Where the clipboard is closed to the page.
pub(crate) const PASTE_REFUSED: (&str, &str) = (
    "Your browser does not let this page read what you copied.",
    "Paste it into the field yourself.",
);

// A reply that was opened as a link
pub(crate) const HANDED_TITLE: &str = "Your reply was handed to the tab with the call.";
pub(crate) const HANDED_LEAD: &str = "You can close this tab.";
pub(crate) const NOT_HANDED_TITLE: &str = "This is a reply to an invitation.";
pub(crate) const NOT_HANDED_LEAD: &str = "It belongs in the page that made the invitation: go back to that page and paste it there. If you have just answered yourself, send it to whoever invited you.";
pub(crate) const TO_START: &str = "To the start page";
