//! `/mqtt`: one client's way from its WebSocket to the broker and back.
//!
//! Bytes are carried as they are (MQTT 5 section 6.0: a WebSocket message is any piece of the stream). On the way in they are
//! [measured](crate::meter): that is where sizes, rates and the time for CONNECT are enforced. When the WebSocket ends, however it
//! does, so does the hop to the broker, and unless the client said DISCONNECT before, the broker publishes its will at once.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Extension, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::time::{MissedTickBehavior, interval_at, sleep, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admission::{Admission, Permit};
use crate::broker::Broker;
use crate::limits;
use crate::meter::{Meter, MeterError};

/// Bytes read from the broker at once.
const READ: usize = 16 * 1024;

/// What the route needs.
#[derive(Clone, Debug)]
pub(crate) struct Tunnels {
    pub(crate) broker: Broker,
    pub(crate) admission: Admission,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

/// The address a request came from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// The socket's place among all [`limits::CONNECTIONS`].
#[derive(Clone, Debug)]
pub(crate) struct Place(pub(crate) Arc<Permit>);

/// Answers `GET /mqtt`. The subprotocol is `mqtt` (MQTT 5 section 6.0) or, for older clients, `mqttv3.1`.
///
/// The `Origin` is not looked at: there are no cookies or accounts that a foreign page could abuse, and a page on a static host may
/// use this broker by `?broker=`.
pub(crate) async fn upgrade(
    State(tunnels): State<Tunnels>,
    Extension(Peer(address)): Extension<Peer>,
    Extension(Place(place)): Extension<Place>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let permit = match tunnels.admission.admit(address) {
        Ok(permit) => permit,
        Err(refused) => {
            let headers = [(header::RETRY_AFTER, "30")];
            return (
                StatusCode::SERVICE_UNAVAILABLE,
                headers,
                refused.to_string(),
            )
                .into_response();
        }
    };
    let token = tunnels.tasks.token();
    upgrade
        .protocols(["mqtt", "mqttv3.1"])
        .max_message_size(limits::WEBSOCKET_MESSAGE)
        .max_frame_size(limits::WEBSOCKET_MESSAGE)
        .on_upgrade(async move |socket| {
            carry(socket, &tunnels).await;
            drop((permit, place, token));
        })
}

/// Why a tunnel ended.
#[derive(Debug)]
enum End {
    /// The client closed, or its connection broke.
    Client,
    /// The client did what is not allowed; said with this close code (RFC 6455 section 7.4.1).
    Refused(u16, String),
    /// The client said DISCONNECT. The broker waits for it to close, and it for the broker.
    Goodbye,
    /// The broker closed.
    Broker,
    /// The server is told to stop.
    Stopped,
}

async fn carry(socket: WebSocket, tunnels: &Tunnels) {
    let (mut to_client, from_client) = socket.split();
    let end = match tunnels.broker.connect().await {
        // The guest lives as long as both halves: the broker asks for it when the CONNECT has come through.
        Ok((mut stream, _guest)) => {
            let (from_broker, to_broker) = stream.split();
            let end = tokio::select! {
                end = inward(from_client, to_broker) => end,
                end = outward(from_broker, &mut to_client) => end,
                () = tunnels.stop.cancelled() => End::Stopped,
            };
            hang_up(stream).await;
            end
        }
        Err(_) => End::Broker,
    };
    let (code, reason) = match end {
        End::Client => return,
        End::Refused(code, reason) => (code, reason),
        End::Broker | End::Goodbye => (close_code::NORMAL, String::new()),
        End::Stopped => (close_code::AWAY, String::from("the server is stopping")),
    };
    let close = Message::Close(Some(CloseFrame {
        code,
        reason: reason.into(),
    }));
    // Whether the client hears it or not, this is the end.
    let _ = timeout(limits::SEND_TIMEOUT, to_client.send(close)).await;
}

/// Ends the hop so that the broker reads all that was sent, a DISCONNECT above all: closing while its own bytes wait unread would reset
/// the connection, and the broker would publish the will of a client that said goodbye.
async fn hang_up(mut stream: TcpStream) {
    let drained = async {
        stream.shutdown().await?;
        let mut rest = [0; 1024];
        while stream.read(&mut rest).await? > 0 {}
        std::io::Result::Ok(())
    };
    // Late or failed, dropping the stream is what is left to do.
    let _ = timeout(limits::HANG_UP_TIMEOUT, drained).await;
}

/// Client to broker.
async fn inward(mut from_client: SplitStream<WebSocket>, mut to_broker: WriteHalf<'_>) -> End {
    let mut meter = Meter::new(Instant::now());
    let connect_by = tokio::time::Instant::now() + limits::CONNECT_TIMEOUT;
    loop {
        let next = if meter.first_packet_done() {
            timeout(limits::SILENCE, from_client.next()).await
        } else {
            timeout_at(connect_by, from_client.next()).await
        };
        let bytes = match next {
            Ok(Some(Ok(Message::Binary(bytes)))) => bytes,
            // Answered below this; they count, and carry nothing on.
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => Bytes::new(),
            // MQTT 5 section 6.0: other data frames are an error.
            Ok(Some(Ok(Message::Text(_)))) => {
                return End::Refused(close_code::UNSUPPORTED, "MQTT is binary".into());
            }
            Ok(Some(Ok(Message::Close(_))) | None) => return End::Client,
            // A broken connection, or a message over `limits::WEBSOCKET_MESSAGE`.
            Ok(Some(Err(_))) => return End::Client,
            Err(_) => return End::Refused(close_code::POLICY, "nothing heard for too long".into()),
        };
        match meter.take(&bytes, Instant::now()) {
            Ok(wait) if wait > limits::LONGEST_WAIT => {
                return End::Refused(close_code::POLICY, "far too many messages".into());
            }
            Ok(wait) => {
                if to_broker.write_all(&bytes).await.is_err() {
                    return End::Broker;
                }
                if meter.goodbye_done() {
                    return End::Goodbye;
                }
                // Not reading pushes back on the client through TCP.
                if !wait.is_zero() {
                    sleep(wait).await;
                }
            }
            Err(error @ MeterError::TooLarge) => {
                return End::Refused(close_code::SIZE, error.to_string());
            }
            Err(error) => return End::Refused(close_code::PROTOCOL, error.to_string()),
        }
    }
}

/// Broker to client, and the pings.
async fn outward(
    mut from_broker: ReadHalf<'_>,
    to_client: &mut SplitSink<WebSocket, Message>,
) -> End {
    let mut buffer = vec![0; READ];
    let mut ping = interval_at(
        tokio::time::Instant::now() + limits::PING_INTERVAL,
        limits::PING_INTERVAL,
    );
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let message = tokio::select! {
            read = from_broker.read(&mut buffer) => match read {
                Ok(0) | Err(_) => return End::Broker,
                Ok(length) => Message::Binary(buffer[..length].to_vec().into()),
            },
            _ = ping.tick() => Message::Ping(Vec::new().into()),
        };
        match timeout(limits::SEND_TIMEOUT, to_client.send(message)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return End::Client,
        }
    }
}
