//! MQTT clients: rumqttc, an implementation that is not ours, in both versions; and a bare WebSocket for what no well-behaved client does.

use std::time::Duration;

use bytes::Bytes as WsBytes;
use futures_util::{SinkExt, StreamExt};
use rumqttc::mqttbytes::v4::Packet;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::{PATIENCE, Running};

/// A message that arrived: topic and payload.
pub type Arrived = (String, Vec<u8>);

/// The same client in both versions, whose types differ in name only.
macro_rules! client {
    ($version:ident, $root:path, $packets:path, $will:expr, $qos:path) => {
        pub mod $version {
            use super::{Arrived, PATIENCE, Running};
            use rumqttc::Transport;
            use $packets::{Packet, SubscribeReasonCode};
            use $qos as QoS;
            use $root::{AsyncClient, ClientError, ConnectionError, Event, EventLoop, MqttOptions};

            /// Dropping it breaks the connection without a word.
            pub struct Client {
                client: AsyncClient,
                events: EventLoop,
            }

            impl Client {
                /// Connects with a will, if one is given, and waits for CONNACK.
                pub async fn connect(
                    server: &Running,
                    id: &str,
                    will: Option<(&str, &str)>,
                ) -> Result<Self, ConnectionError> {
                    let url = format!("ws://{}/mqtt", server.address);
                    let mut options = MqttOptions::new(id, url, server.address.port());
                    options.set_transport(Transport::Ws);
                    if let Some((topic, payload)) = will {
                        options.set_last_will($will(topic, payload));
                    }
                    let (client, events) = AsyncClient::new(options, 100);
                    let mut this = Self { client, events };
                    while !matches!(this.next().await?, Event::Incoming(Packet::ConnAck(_))) {}
                    Ok(this)
                }

                async fn next(&mut self) -> Result<Event, ConnectionError> {
                    tokio::time::timeout(PATIENCE, self.events.poll())
                        .await
                        .expect("an event in time")
                }

                /// Subscribes and says whether it was granted.
                pub async fn subscribe(&mut self, filter: &str) -> bool {
                    self.client
                        .subscribe(filter, QoS::AtLeastOnce)
                        .await
                        .expect("queued");
                    loop {
                        if let Event::Incoming(Packet::SubAck(ack)) =
                            self.next().await.expect("connected")
                        {
                            return matches!(
                                ack.return_codes[..],
                                [SubscribeReasonCode::Success(_)]
                            );
                        }
                    }
                }

                /// Publishes at QoS 1 and waits for PUBACK.
                pub async fn publish(
                    &mut self,
                    topic: &str,
                    payload: &[u8],
                ) -> Result<(), ConnectionError> {
                    self.client
                        .publish(topic, QoS::AtLeastOnce, false, payload.to_vec())
                        .await
                        .expect("queued");
                    while !matches!(self.next().await?, Event::Incoming(Packet::PubAck(_))) {}
                    Ok(())
                }

                /// Publishes at QoS 0; goes out with the next wait.
                pub async fn publish_once(
                    &mut self,
                    topic: &str,
                    payload: &[u8],
                ) -> Result<(), ClientError> {
                    self.client
                        .publish(topic, QoS::AtMostOnce, false, payload.to_vec())
                        .await
                }

                /// The next message.
                pub async fn arrived(&mut self) -> Arrived {
                    loop {
                        if let Event::Incoming(Packet::Publish(publish)) =
                            self.next().await.expect("connected")
                        {
                            let topic: &[u8] = publish.topic.as_ref();
                            return (
                                String::from_utf8_lossy(topic).into_owned(),
                                publish.payload.to_vec(),
                            );
                        }
                    }
                }

                /// Says DISCONNECT and waits for the end.
                pub async fn disconnect(mut self) {
                    self.client.disconnect().await.expect("queued");
                    while self.next().await.is_ok() {}
                }
            }
        }
    };
}

client!(
    v311,
    rumqttc,
    rumqttc::mqttbytes::v4,
    |topic, payload: &str| rumqttc::LastWill::new(topic, payload, rumqttc::QoS::AtLeastOnce, false),
    rumqttc::QoS
);
client!(
    v5,
    rumqttc::v5,
    rumqttc::v5::mqttbytes::v5,
    |topic, payload: &str| rumqttc::v5::mqttbytes::v5::LastWill::new(
        topic,
        payload.to_owned(),
        rumqttc::v5::mqttbytes::QoS::AtLeastOnce,
        false,
        None
    ),
    rumqttc::v5::mqttbytes::QoS
);

/// A WebSocket on `/mqtt` that sends whatever it is told to.
pub struct Bare {
    socket: WebSocketStream<TcpStream>,
    buffer: bytes::BytesMut,
}

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// With a close frame.
    Closed(u16, String),
    /// Without.
    Broken,
}

impl Bare {
    /// The upgrade, or the status that refused it.
    pub async fn open(server: &Running) -> Result<Self, u16> {
        Self::open_for(server, None).await
    }

    /// The same by way of a proxy that says this of where it was asked from.
    pub async fn open_for(server: &Running, forwarded: Option<&str>) -> Result<Self, u16> {
        use tokio_tungstenite::tungstenite::Error;
        let mut request = format!("ws://{}/mqtt", server.address)
            .into_client_request()
            .expect("a URL");
        request
            .headers_mut()
            .insert("sec-websocket-protocol", "mqtt".parse().expect("a value"));
        if let Some(forwarded) = forwarded {
            let forwarded = forwarded.parse().expect("a value");
            request.headers_mut().insert("x-forwarded-for", forwarded);
        }
        match tokio_tungstenite::client_async(request, server.connect().await).await {
            Ok((socket, _)) => Ok(Self {
                socket,
                buffer: bytes::BytesMut::new(),
            }),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Opened, and connected as an MQTT 3.1.1 client.
    pub async fn connect(server: &Running, id: &str) -> Self {
        let mut bare = Self::open(server).await.expect("upgraded");
        let mut connect = rumqttc::mqttbytes::v4::Connect::new(id);
        connect.keep_alive = 0;
        bare.send_packet(&Packet::Connect(connect)).await;
        assert!(matches!(bare.packet().await, Ok(Packet::ConnAck(_))));
        bare
    }

    pub async fn send_packet(&mut self, packet: &Packet) {
        self.send(encode(packet)).await;
    }

    /// Sends bytes in one message; that they are refused shows in what is received.
    pub async fn send(&mut self, bytes: impl Into<WsBytes>) {
        let _ = self.socket.send(Message::Binary(bytes.into())).await;
    }

    pub async fn send_text(&mut self, text: &str) {
        let _ = self.socket.send(Message::text(text)).await;
    }

    /// Says goodbye on the WebSocket, and nothing in MQTT.
    pub async fn close(mut self) {
        let _ = self.socket.close(None).await;
        let _ = self.packet().await;
    }

    /// The next packet, or how it ended instead.
    pub async fn packet(&mut self) -> Result<Packet, Ended> {
        self.packet_within(PATIENCE).await
    }

    /// The same for what takes longer.
    pub async fn packet_within(&mut self, patience: Duration) -> Result<Packet, Ended> {
        let packet = tokio::time::timeout(patience, self.read());
        packet.await.expect("something in time")
    }

    async fn read(&mut self) -> Result<Packet, Ended> {
        loop {
            if let Ok(packet) = Packet::read(&mut self.buffer, usize::MAX) {
                return Ok(packet);
            }
            let message = self.socket.next().await;
            match message {
                Some(Ok(Message::Binary(bytes))) => self.buffer.extend_from_slice(&bytes),
                Some(Ok(Message::Close(Some(CloseFrame { code, reason })))) => {
                    return Err(Ended::Closed(code.into(), reason.as_str().to_owned()));
                }
                Some(Ok(Message::Close(None)) | Err(_)) | None => return Err(Ended::Broken),
                Some(Ok(_)) => {}
            }
        }
    }

    /// Passes over packets until the end.
    pub async fn ended(&mut self) -> Ended {
        loop {
            if let Err(ended) = self.packet().await {
                return ended;
            }
        }
    }
}

pub fn encode(packet: &Packet) -> WsBytes {
    let mut buffer = bytes::BytesMut::new();
    packet
        .write(&mut buffer, usize::MAX)
        .expect("a packet that can be written");
    buffer.freeze()
}
