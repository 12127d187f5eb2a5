//! A room: everyone who shares a secret, each connected to each.

mod by_hand;
mod driver;
mod events;
mod latch;
mod outgoing;
mod path;
mod refresh;

use std::fmt;
use std::rc::Rc;

use handclasp_core::MemberId;
use handclasp_core::envelope::{DeriveError, Keys};
use handclasp_core::mesh::{Input, Mesh, MeshConfig};

use crate::crypto::WebCrypto;
use crate::diagnose::{self, Diagnosis, Surroundings};
use crate::error::{JoinError, ProfileError, PublishError};
use crate::media::Media;
use crate::options::{MAX_PROFILE, RoomOptions, configuration};
use crate::peer::Peer;
use crate::room_channel::{Hub, RoomChannel};
use crate::sys;

use driver::{Driver, Parts};
pub use events::{MAX_EVENTS, RoomEvent, RoomEvents};
use path::Outside;
pub use path::SignalingState;

/// A visit to a room.
///
/// A cheap handle: clones share one visit. [`leave`](Self::leave), or dropping the last handle, says goodbye and closes
/// everything that belongs to it.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use futures_util::StreamExt;
/// use handclasp::{Broadcast, Room, RoomEvent, RoomOptions, Secret};
///
/// let secret = Secret::generate();
/// let options = RoomOptions::new("org.example", "lobby", secret).signaling(Broadcast::new());
/// let room = Room::join(options).await?;
/// let mut events = room.events();
/// while let Some(event) = events.next().await {
///     if let RoomEvent::PeerJoined(peer) = event {
///         // Somebody is here.
///         drop(peer);
///     }
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Room {
    visit: Rc<Visit>,
}

/// Leaves when the last handle is gone.
struct Visit(Rc<Driver>);

impl Drop for Visit {
    fn drop(&mut self) {
        self.0.leave();
    }
}

impl Room {
    /// Joins a room. Ready as soon as this side is set up: it does not wait for a signaling server, nor for anyone else.
    ///
    /// # Errors
    /// [`JoinError::Unsupported`] and [`JoinError::Insecure`] are for the person to act on; everything else says what is
    /// wrong with the options.
    ///
    /// # Cancel safety
    /// When the future is dropped before it is ready, nothing has happened.
    pub async fn join(options: RoomOptions) -> Result<Self, JoinError> {
        Self::join_as(options, None).await
    }

    /// As this member, where others have to know beforehand who it will be.
    async fn join_as(mut options: RoomOptions, me: Option<MemberId>) -> Result<Self, JoinError> {
        options.check()?;
        if !sys::has_webrtc() {
            return Err(JoinError::Unsupported);
        }
        let crypto = WebCrypto::new()?;
        let fresh = match options.ice_server_source.take() {
            Some(source) => Some(refresh::Source::ask_first(source).await),
            None => None,
        };
        if let Some((_, Some(servers))) = &fresh {
            options.ice_servers.clone_from(servers);
        }
        let configuration = configuration(&options.ice_servers, options.relay_only);
        if let Some(finder) = options.words {
            (finder.keep_certificate)(configuration.clone(), options.certificate.take()).await;
        }
        if !options.ice_servers.is_empty() {
            // Better told now than as a connection that never comes about.
            sys::PeerConnection::new(&configuration)
                .map_err(|_| JoinError::IceServers)?
                .close();
        }
        let key = options.key();
        let secret = options.secret.as_bytes();
        let keys = Keys::derive(&crypto, secret, &options.app, &options.room)
            .await
            .map_err(|error| match error {
                DeriveError::Name => JoinError::Name,
                _ => JoinError::Crypto,
            })?;
        let mut mesh = Mesh::new(MeshConfig {
            me: me.unwrap_or_else(|| MemberId::from_bytes(sys::random())),
            seed: u64::from_le_bytes(sys::random()),
            max_peers: options.max_peers,
            profile: options.profile,
        });
        let outside = Rc::new(Outside {
            transports: options.signaling,
            crypto,
            keys,
        });
        // Sealed before anything is subscribed, because a path may be lost at any time from then on.
        let mut wills = Vec::with_capacity(outside.transports.len());
        for _ in &outside.transports {
            wills.push(outside.seal(&mesh.will()).await.ok_or(JoinError::Crypto)?);
        }
        // Id 0 is the control channel's.
        let hubs = (1..)
            .zip(options.channels)
            .map(|(id, (label, options))| Hub::new(label, options, id))
            .collect();
        let (outgoing, to_seal) = outgoing::queue();
        let driver = Driver::new(Parts {
            mesh,
            configuration,
            ice_servers: options.ice_servers,
            hubs,
            transports: outside
                .transports
                .iter()
                .map(|transport| transport.name())
                .collect(),
            outgoing,
            key,
            max_peers: options.max_peers,
            words: options.words,
        });
        if let Some((source, _)) = fresh {
            driver.keep_fresh(source.follow(Rc::downgrade(&driver)));
        }
        outside.serve(&Rc::downgrade(&driver), wills, to_seal, driver.latch());
        Ok(Self {
            visit: Rc::new(Visit(driver)),
        })
    }

    /// This member's id, drawn for this visit.
    pub fn id(&self) -> MemberId {
        self.driver().me()
    }

    /// The others who are here, in the order they were found in.
    pub fn peers(&self) -> Vec<Peer> {
        self.driver().peers()
    }

    /// What happens from now on. Every call makes a new subscriber with a queue of its own.
    pub fn events(&self) -> RoomEvents {
        self.driver().subscribe()
    }

    /// Sends a media to every peer, those that join later included, until it is unpublished, stopped, or over.
    ///
    /// # Errors
    /// [`PublishError::TooMany`] above four at a time; [`PublishError::Over`] for a media that was stopped;
    /// [`PublishError::Left`].
    pub fn publish(&self, media: &Media) -> Result<(), PublishError> {
        self.driver().publish(media)
    }

    /// Stops sending a media. It goes on by itself, and can be published again.
    pub fn unpublish(&self, media: &Media) {
        self.driver().unpublish(media);
    }

    /// The channel that was declared with this label.
    pub fn channel(&self, label: &str) -> Option<RoomChannel> {
        self.driver().hub(label).map(RoomChannel::new)
    }

    /// Changes what others see of this member.
    ///
    /// # Errors
    /// [`ProfileError::TooLarge`] above 1024 bytes; [`ProfileError::Left`].
    pub fn set_profile(&self, profile: Vec<u8>) -> Result<(), ProfileError> {
        if profile.len() > MAX_PROFILE {
            return Err(ProfileError::TooLarge);
        }
        if self.driver().has_left() {
            return Err(ProfileError::Left);
        }
        self.driver().input(Input::SetProfile(profile));
        Ok(())
    }

    /// The signaling paths by name, and how each is doing.
    pub fn signaling(&self) -> Vec<(String, SignalingState)> {
        self.driver().signaling()
    }

    /// Tests this member's network and servers, with the room's signaling paths as they are now: see [`diagnose`](crate::diagnose).
    ///
    /// # Cancel safety
    /// Dropping the future closes everything that it made.
    pub async fn diagnose(&self) -> Diagnosis {
        let room: Rc<dyn Surroundings> = self.driver().clone();
        diagnose::within_room(Some(room), None).await
    }

    /// [`Peer::diagnose`] of a member, or of one that was told of as unreachable: the last eight are remembered. `None` for anyone else.
    ///
    /// # Cancel safety
    /// Dropping the future closes everything that it made.
    pub async fn diagnose_peer(&self, id: MemberId) -> Option<Diagnosis> {
        Some(self.driver().known(id)?.diagnose().await)
    }

    /// Says goodbye on every path and closes everything, for all handles. Ready when that is done: within about three seconds.
    ///
    /// # Cancel safety
    /// From the first poll on it happens by itself.
    pub async fn leave(self) {
        self.driver().leave();
        self.driver().latch().opened().await;
    }

    fn driver(&self) -> &Rc<Driver> {
        &self.visit.0
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room")
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}
