//! Handshakes by hand, into and out of a room.

use handclasp_core::card::{Card, Invites};
use handclasp_core::handshake::Handshake;

use super::Room;
use crate::crypto::WebCrypto;
use crate::error::{AcceptError, InviteError, JoinError};
use crate::handshake::{Invitation, Reply, minutes};
use crate::options::{RoomOptions, Secret};

impl Room {
    /// Makes an invitation that is carried by hand, for one guest. Ready when its code is complete: within two seconds. The room has to be
    /// [`by_hand`](RoomOptions::by_hand).
    ///
    /// # Errors
    /// [`InviteError::Full`] when as many are here or invited as [`max_peers`](RoomOptions::max_peers) allows, or eight are invited;
    /// [`InviteError::NotByHand`]; [`InviteError::Left`]; [`InviteError::Handshake`] when this device has no address, or the browser
    /// refuses.
    ///
    /// # Cancel safety
    /// When the future is dropped there is no invitation.
    pub async fn invite(&self) -> Result<Invitation, InviteError> {
        let driver = self.driver();
        let (key, number) = driver.next_invitation()?;
        let crypto = WebCrypto::new().map_err(|_| InviteError::Crypto)?;
        let invites = Invites::new(key, driver.me(), number, minutes());
        let guest = invites
            .guest(&crypto)
            .await
            .map_err(|_| InviteError::Crypto)?;
        let hand = driver.shake(guest, Handshake::invite(&invites))?;
        let card = hand.card().await?;
        Ok(Invitation(hand, card))
    }

    /// Accepts an invitation: the code, a link with it, or a message with either in it. Joins the room that it is to, and makes the reply,
    /// to be carried back. Ready when that is complete: within two seconds.
    ///
    /// `options` are told the room's secret. They have to declare the same channels as those of who invites; that the room is by hand goes
    /// without saying.
    ///
    /// ```no_run
    /// # async fn example(pasted: &str, show: fn(&str)) -> Result<(), Box<dyn std::error::Error>> {
    /// use handclasp::{Room, RoomOptions};
    ///
    /// let options = |secret| RoomOptions::new("org.example.chat", "lobby", secret);
    /// let (room, reply) = Room::accept(pasted, options).await?;
    /// show(&reply.code());
    /// let host = reply.connected().await?;
    /// # drop((room, host)); Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`AcceptError::Card`] says what is wrong with the text; [`AcceptError::Join`] and [`AcceptError::Handshake`], what with this
    /// side.
    ///
    /// # Cancel safety
    /// When the future is dropped, nothing has happened.
    pub async fn accept(
        text: &str,
        options: impl FnOnce(Secret) -> RoomOptions,
    ) -> Result<(Self, Reply), AcceptError> {
        let invitation = Card::parse(text)?;
        let now = minutes();
        let invites = invitation.invitation(now)?;
        let steps = Handshake::accept(&invitation, now)?;
        let crypto = WebCrypto::new().map_err(JoinError::from)?;
        let guest = invites
            .guest(&crypto)
            .await
            .map_err(|_| JoinError::Crypto)?;
        let options = options(Secret::of_code(invites.key)).by_hand();
        let room = Self::join_as(options, Some(guest)).await?;
        let hand = room.driver().shake(invites.member, steps)?;
        let card = hand.card().await?;
        Ok((room, Reply(hand, card)))
    }
}
