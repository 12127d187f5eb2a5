//! The ways into a call: by its link, and by hand.

use std::rc::Rc;

use futures_util::future::join;
use handclasp::{Broadcast, ChannelOptions, Mqtt, Reply, Room, RoomOptions, Secret};
use leptos::prelude::*;

use super::{Broker, Session};
use crate::certificate;
use crate::config::{self, Config};
use crate::errors::Notice;
use crate::link::Place;

/// Names of this application and its rooms towards the library. All who meet must agree on them.
const APP: &str = "handclasp";
const ROOM: &str = "call";

/// The declared channel for messages.
pub(super) const CHAT: &str = "chat";

/// A call that has been entered.
pub(super) struct Entered {
    pub(super) room: Room,
    /// To be carried back to who invited, in a handshake by hand.
    pub(super) reply: Option<Rc<Reply>>,
}

impl From<Room> for Entered {
    fn from(room: Room) -> Entered {
        Entered { room, reply: None }
    }
}

impl Session {
    pub(super) async fn enter(self, place: Place, name: String) -> Result<Entered, Notice> {
        let (config, certificate) = join(config::load(), certificate::own()).await;
        // What a server-less call goes without, nobody has to be told of.
        let is_broker_guessed = config.is_broker_guessed || !matches!(place, Place::Room(_));
        self.is_broker_guessed.set_value(is_broker_guessed);
        let profile = name.into_bytes();
        let options = |secret| options(secret, &config, profile).words(certificate);
        let joined = match place {
            Place::Code(invitation) => {
                return Room::accept(&invitation, options)
                    .await
                    .map(|(room, reply)| Entered {
                        room,
                        reply: Some(Rc::new(reply)),
                    })
                    .map_err(|error| Notice::told(error.code(), &error, error.hint()));
            }
            Place::Room(secret) => {
                let secret = Secret::parse(&secret).map_err(|_| Notice::of("link-broken"))?;
                Room::join(self.with_signaling(options(secret), &config)).await
            }
            _ => Room::join(options(Secret::generate()).by_hand()).await,
        };
        joined
            .map(Entered::from)
            .map_err(|error| Notice::from(&error))
    }

    fn with_signaling(self, options: RoomOptions, config: &Config) -> RoomOptions {
        let mut options = options.signaling(Broadcast::new());
        let mut broker = Broker::None;
        for url in &config.brokers {
            match Mqtt::new(url) {
                Ok(mqtt) => {
                    options = options.signaling(mqtt);
                    broker = Broker::Connecting;
                }
                Err(_) => self.notices.show(Notice::of("broker-address")),
            }
        }
        self.broker.set(broker);
        options
    }
}

/// What all calls have.
fn options(secret: Secret, config: &Config, profile: Vec<u8>) -> RoomOptions {
    let options = RoomOptions::new(APP, ROOM, secret)
        .channel(CHAT, ChannelOptions::reliable())
        .profile(profile);
    match &config.ice_servers {
        Some(servers) => options.ice_servers(servers.clone()),
        None => options,
    }
}
