//! The embedded RMQTT broker: MQTT 3.1.1 and 5, QoS 0 and 1, last wills; nothing is kept on disk and nothing is retained.
//!
//! RMQTT takes connections only from a listener of its own, so it gets one on an ephemeral loopback port, and the
//! tunnel carries each client there. The port takes nobody else: whoever else on this machine finds it is
//! refused at CONNECT, since the limits are counted in the tunnel.
//!
//! # What a stranger may learn
//!
//! Whoever reaches the server may connect: people bring no accounts, and what protects a room is its secret. Topic names are derived
//! from that secret, so they cannot be guessed, and a filter with a wildcard is refused, so they cannot be listed either.
//! A stranger learns neither which rooms exist nor how much passes in them. `--observe` allows wildcards, for tests and debugging;
//! even then there is only ciphertext to see.

use std::collections::HashSet;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU16;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use rmqtt::codec::v5::SubscribeAckReason;
use rmqtt::context::ServerContext;
use rmqtt::hook::{Handler, HookResult, Parameter, ReturnType, Type};
use rmqtt::server::MqttServer;
use rmqtt::types::{AuthResult, QoS, SubscribeAclResult};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;

use crate::limits;

/// Workers of RMQTT's task queues. Its default of 2000 is for clusters.
const WORKERS: usize = 16;

/// Kernel buffers of the loopback hop, bytes: a few of the largest packets. Left alone they grow to megabytes for a client that does
/// not read.
const HOP_BUFFER: u32 = 4 * limits::PACKET as u32;

/// A running broker. It ends when the last handle is dropped.
#[derive(Clone, Debug)]
pub struct Broker {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    address: SocketAddr,
    guests: Guests,
    task: JoinHandle<()>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Broker {
    /// Starts a broker. `observe` allows wildcard subscriptions.
    ///
    /// # Errors
    ///
    /// The loopback interface gave no port, or RMQTT could not start on it.
    pub async fn start(observe: bool) -> io::Result<Self> {
        let context = ServerContext::new()
            .task_exec_workers(WORKERS)
            .task_exec_queue_max(limits::BROKER_CLIENTS * limits::QUEUED_MESSAGES)
            .mqtt_max_sessions(2 * limits::BROKER_CLIENTS as isize)
            // It would turn people away whenever the machine is busy, for example compiling.
            .busy_check_enable(false)
            .build()
            .await;

        let guests = Guests::default();
        let hooks = context.extends.hook_mgr().register();
        hooks
            .add(
                Type::ClientAuthenticate,
                Box::new(OnlyGuests(guests.clone())),
            )
            .await;
        if !observe {
            hooks
                .add(Type::ClientSubscribeCheckAcl, Box::new(NoWildcards))
                .await;
        }
        hooks.start().await;

        let listener = rmqtt::net::Builder::new()
            .name("loopback")
            .laddr((Ipv4Addr::LOCALHOST, 0).into())
            .nodelay(true)
            .max_connections(limits::BROKER_CLIENTS)
            .max_handshaking_limit(limits::BROKER_CLIENTS)
            .handshake_timeout(limits::CONNECT_TIMEOUT)
            .send_timeout(limits::SEND_TIMEOUT)
            .max_packet_size(limits::PACKET as u32)
            // Else a client without a user name would not be shown to `OnlyGuests`.
            .allow_anonymous(false)
            .max_clientid_len(limits::CLIENT_ID)
            .max_topic_levels(limits::TOPIC_LEVELS)
            .max_subscriptions(limits::SUBSCRIPTIONS)
            .max_qos_allowed(QoS::AtLeastOnce)
            .max_inflight(NonZeroU16::new(limits::IN_FLIGHT).unwrap_or(NonZeroU16::MIN))
            .max_mqueue_len(limits::QUEUED_MESSAGES)
            .session_expiry_interval(limits::SESSION)
            .max_session_expiry_interval(limits::SESSION)
            .message_expiry_interval(limits::SESSION)
            .bind()
            .and_then(|listener| listener.tcp())
            .map_err(io::Error::other)?;
        let address = listener.local_addr().map_err(io::Error::other)?;

        let server = MqttServer::new(context)
            .listener_by_id(listener, address.port())
            .build();
        let task = tokio::spawn(async move {
            // It returns only when it has no listener.
            let _ = server.run().await;
        });
        Ok(Self {
            inner: Arc::new(Inner {
                address,
                guests,
                task,
            }),
        })
    }

    /// Opens a connection for one client, which the broker takes for as long as the [`Guest`] lives.
    ///
    /// # Errors
    ///
    /// The broker has ended, or the machine has no socket left.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives everything back.
    pub async fn connect(&self) -> io::Result<(TcpStream, Guest)> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(HOP_BUFFER)?;
        socket.set_send_buffer_size(HOP_BUFFER)?;
        let stream = socket.connect(self.inner.address).await?;
        stream.set_nodelay(true)?;
        let guest = self.inner.guests.expect(stream.local_addr()?);
        Ok((stream, guest))
    }

    /// The loopback address of the broker's own listener.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.inner.address
    }
}

/// The addresses from which the tunnel has connected.
#[derive(Clone, Debug, Default)]
struct Guests(Arc<Mutex<HashSet<SocketAddr>>>);

impl Guests {
    fn expect(&self, address: SocketAddr) -> Guest {
        self.set().insert(address);
        Guest {
            guests: self.clone(),
            address,
        }
    }

    fn contains(&self, address: &SocketAddr) -> bool {
        self.set().contains(address)
    }

    fn set(&self) -> std::sync::MutexGuard<'_, HashSet<SocketAddr>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The broker's readiness to take one connection of the tunnel; taken back on drop.
#[derive(Debug)]
#[must_use = "the broker takes the connection only as long as the guest lives"]
pub struct Guest {
    guests: Guests,
    address: SocketAddr,
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.guests.set().remove(&self.address);
    }
}

/// Refuses whoever did not come through the tunnel.
struct OnlyGuests(Guests);

#[async_trait]
impl Handler for OnlyGuests {
    async fn hook(&self, parameter: &Parameter, result: Option<HookResult>) -> ReturnType {
        let Parameter::ClientAuthenticate(client) = parameter else {
            return (true, result);
        };
        let known = client
            .id()
            .remote_addr
            .is_some_and(|address| self.0.contains(&address));
        let decision = if known {
            AuthResult::Allow(false, None)
        } else {
            AuthResult::NotAuthorized
        };
        (false, Some(HookResult::AuthResult(decision)))
    }
}

/// Refuses filters that match more than one topic (MQTT 5 section 4.7.1).
struct NoWildcards;

#[async_trait]
impl Handler for NoWildcards {
    async fn hook(&self, parameter: &Parameter, result: Option<HookResult>) -> ReturnType {
        let Parameter::ClientSubscribeCheckAcl(_, subscription) = parameter else {
            return (true, result);
        };
        if !subscription.topic_filter.contains(['#', '+']) {
            return (true, result);
        }
        let refusal = SubscribeAclResult::new_failure(SubscribeAckReason::NotAuthorized);
        (false, Some(HookResult::SubscribeAclResult(refusal)))
    }
}
