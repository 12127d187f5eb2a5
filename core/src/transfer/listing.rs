//! An offer as it comes in, part by part.

use super::message::{Entry, MAX_NAMES, MAX_TYPE, Message};
use super::path;
use super::receiver::Receiver;
use super::types::{TransferError, TransferId};

/// Gathers the parts of an offer.
#[derive(Debug, Default)]
pub struct Listing {
    offer: Option<(TransferId, usize)>,
    list: Vec<Entry>,
    names: usize,
}

impl Listing {
    /// A message has come. Ready with the last part of the list, whose names are safe then.
    ///
    /// # Errors
    /// What came is no offer ([`TransferError::Protocol`]), or it was taken back ([`TransferError::CancelledByPeer`]).
    pub fn hear<M>(&mut self, bytes: &[u8]) -> Result<Option<Receiver<M>>, TransferError> {
        let message = Message::decode(bytes).map_err(|_| TransferError::Protocol)?;
        match (message, self.offer) {
            (Message::Offer { id, files }, None) => self.offer = Some((id, files as usize)),
            (Message::List(part), Some((id, files))) => {
                self.names += part.iter().map(Entry::names).sum::<usize>();
                self.list.extend(part);
                if self.names > MAX_NAMES || self.list.len() > files {
                    return Err(TransferError::Protocol);
                }
                if self.list.len() == files {
                    return Ok(Some(Receiver::new(
                        id,
                        clean(core::mem::take(&mut self.list)),
                    )));
                }
            }
            (Message::Cancel(_), _) => return Err(TransferError::CancelledByPeer),
            _ => return Err(TransferError::Protocol),
        }
        Ok(None)
    }
}

/// The list with paths that are safe and distinct, and types that have the form of one.
pub fn clean(mut list: Vec<Entry>) -> Vec<Entry> {
    let mut paths: Vec<_> = list.iter().map(|entry| path::safe(&entry.path)).collect();
    path::distinct(&mut paths);
    for (entry, path) in list.iter_mut().zip(paths) {
        entry.path = path;
        if !is_media_type(&entry.media_type) {
            entry.media_type.clear();
        }
    }
    list
}

/// Whether it has the form of one (RFC 6838 §4.2), without parameters.
fn is_media_type(text: &str) -> bool {
    let is_name = |name: &str| {
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
        !name.is_empty() && name.bytes().all(is_token)
    };
    text.len() <= MAX_TYPE
        && text
            .split_once('/')
            .is_some_and(|(kind, name)| is_name(kind) && is_name(name))
}

/// The type under which a file of this claimed type is shown: only of kinds that run nothing. A page at a `blob:` address has the rights of
/// the page that made it, so that `text/html` or `image/svg+xml` of a peer must not be opened as such.
pub fn inert_type(claimed: &str) -> &str {
    let lower = |prefix: &str| {
        claimed
            .get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    let is_media = ["image/", "audio/", "video/"].into_iter().any(lower);
    let is_xml = claimed.to_ascii_lowercase().contains("xml");
    if (is_media && !is_xml && !claimed.contains('+')) || claimed.eq_ignore_ascii_case("text/plain")
    {
        claimed
    } else {
        "application/octet-stream"
    }
}
