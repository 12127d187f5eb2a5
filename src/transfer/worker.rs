//! Transfers in a dedicated worker, so that a page that is busy with other things does not slow them.
//!
//! The worker has the [files](super::sending), their hashes, the [disk](super::disk), and the lanes' data channels, which a page can hand over
//! ([W3C webrtc-extensions, RTCDataChannel is transferable](https://w3c.github.io/webrtc-extensions/#rtcdatachannel-extensions)). The page has what there are only
//! in pages: peer connections, and the transfer's own channel, on which little is said once the home lane is open. What both say to each other are [parcels](parcel).

mod inside;
mod outside;
mod parcel;

pub use inside::serve;
pub(super) use outside::{offer, receive};
pub use outside::{use_worker, worker_ready};
