
/** A failure: a sentence in `message`, a stable name in `code`, and the next step, for people, in `hint`. */
export interface HandclaspError extends Error {
  readonly name: 'HandclaspError';
  readonly code: string;
  readonly hint: string;
}

/** What the members of a room find each other over. All paths given are used at the same time. */
export type SignalingPath =
  /** The tabs of this browser. */
  | 'broadcast'
  /** An MQTT broker that speaks WebSocket: `ws://` or `wss://`. What does so here is loaded at the first one, `handclasp_mqtt.wasm`. */
  | { mqtt: string };

/**
 * How a channel delivers; reliable and in order unless told. Give at most one of the two bounds. With either, a send never waits: what would be more
 * than 100 ms late gives way to what is newer.
 */
export interface ChannelOptions {
  ordered?: boolean;
  maxRetransmits?: number;
  /** Milliseconds. */
  maxPacketLifeTime?: number;
  /**
   * Whether only the newest message counts, such as where somebody is now: one that was overtaken is dropped, and one that nobody has read yet gives way.
   * Then it is unordered, and `maxRetransmits` is 0, unless told.
   */
  latest?: boolean;
  /** What the messages are, for the application on the other side, such as `chat.v2`: at most 256 bytes. */
  protocol?: string;
}

export interface JoinOptions {
  /** Names that keep rooms of one secret apart. They never leave the browser. */
  app: string;
  room: string;
  /** What the members share and nobody else knows: `generateSecret()`, best kept in the fragment of a link. */
  secret: string;
  /** At least one. */
  signaling: SignalingPath[];
  /**
   * STUN and TURN servers; two public STUN servers unless told; `[]` for none. A function is asked before the room is joined, at most five
   * seconds, and again before what it gave expires; connections that are there take the new ones too.
   */
  iceServers?: RTCIceServer[] | ExpiringIceServers | (() => IceServerAnswer | Promise<IceServerAnswer>);
  /** Through TURN servers alone, so that nobody learns anybody's address. */
  relayOnly?: boolean;
  /** Most others in the room, 1 to 32; 7 unless told. */
  maxPeers?: number;
  /** What others see of this member, such as a name: at most 1024 bytes. */
  profile?: string | Uint8Array;
  /** Channels to all others, at most 16. All members declare the same ones in the same order. */
  channels?: (ChannelOptions & { label: string })[];
}

/** ICE servers whose credentials are good for `expiresIn` milliseconds; without it, for good. */
export interface ExpiringIceServers {
  iceServers: RTCIceServer[];
  expiresIn?: number;
}
export type IceServerAnswer = RTCIceServer[] | ExpiringIceServers;

/**
 * Joins a room. Resolves as soon as that is set up here, and does not wait for a broker or for others.
 *
 * @throws {HandclaspError} when the options cannot be used, or the browser lacks something; with the code `load` when the file for brokers
 * does not come within a minute.
 */
export function join(options: JoinOptions): Promise<Room>;

/**
 * Tests this browser's network and permissions, and these servers; also before any call. Takes ten seconds at most, and does not use a camera.
 *
 * What only a diagnosis needs is loaded at the first one, here as in `Room` and `Peer`, from `handclasp_diagnosis.wasm` beside this module.
 *
 * @throws {HandclaspError} when the options cannot be used, or with the code `load` when that file does not come.
 */
export function diagnose(options?: Pick<JoinOptions, 'iceServers'> & { signaling?: SignalingPath[] }): Promise<Diagnosis>;

/** What stands in the way: a stable name in `code`, a sentence in `message`, and the next step, for people, in `hint`. */
export interface Diagnosis {
  code:
    | 'good' | 'relay-only' | 'local-only' | 'media-blocked' | 'symmetric-nat-here' | 'offline' | 'webrtc-blocked'
    | 'broker-unreachable' | 'broker-wrong' | 'broker-refused' | 'tabs-only' | 'udp-blocked' | 'udp-blocked-there' | 'symmetric-nat'
    | 'relay-credentials' | 'relay-refuses' | 'relay-unreachable' | 'connected' | 'connected-by-relay' | 'connecting' | 'peer-left'
    | 'peer-gone' | 'certificate-mismatch' | 'ice-failed-with-relay' | 'ice-failed' | (string & {});
  message: string;
  hint: string;
  /** Whether something stands in the way. */
  trouble: boolean;
  facts: DiagnosisFacts;
}

/** What was seen. `candidates` hold addresses of this device and of others: show them to nobody without asking. */
export interface DiagnosisFacts {
  online?: boolean;
  udp: 'open' | 'blocked' | 'unknown';
  /** How the router maps ports (RFC 5780), as two STUN servers saw it. */
  nat: 'endpoint-independent' | 'endpoint-dependent' | 'unknown';
  mdnsOnly: boolean;
  candidates: DiagnosisCandidate[];
  /** Each TURN address, tried by itself. `code` is the server's, such as 401. */
  relays: { protocol: 'udp' | 'tcp' | 'tls'; outcome: 'relays' | 'silent' | 'refused' | 'unreachable' | 'nothing'; code?: number }[];
  signaling: { transport: string; outcome: 'works' | 'silent' | 'unreachable' | 'wrong' | 'refused' }[];
  camera: PermissionState | 'unknown';
  microphone: PermissionState | 'unknown';
  /** About the peer that was asked about. */
  peer?: {
    state: PeerState;
    left?: RoomEvents['left']['reason'];
    wasConnected: boolean;
    /** Whether it answers on no way there is, neither over the connection nor outside. */
    silent: boolean;
    failures: number;
    answered: boolean;
    ice: 'new' | 'connecting' | 'connected' | 'failed' | 'closed';
    dtls: 'new' | 'connecting' | 'connected' | 'failed' | 'closed';
    candidates: DiagnosisCandidate[];
    localType?: RTCIceCandidateType;
    remoteType?: RTCIceCandidateType;
    protocol?: 'udp' | 'tcp';
    relayProtocol?: 'udp' | 'tcp' | 'tls';
    /** Milliseconds. */
    rtt?: number;
  };
}

export interface DiagnosisCandidate {
  type: RTCIceCandidateType;
  protocol: 'udp' | 'tcp';
  family: 'ipv4' | 'ipv6' | 'mdns' | 'name';
  address: string;
  port: number;
}

/** A new room secret of 128 bits, as text for a link. */
export function generateSecret(): string;

export type PeerState = 'connecting' | 'connected' | 'interrupted' | 'reconnecting';
export type Source = 'camera' | 'screen' | 'other';

/** What happens in a room, and what the listener is given. */
export interface RoomEvents {
  /** Someone is here. Their connection is still being made. */
  joined: { peer: Peer };
  /** The connection to someone changed: messages flow from `connected` on. */
  state: { peer: Peer; state: PeerState };
  /** Everything flows again with someone, after nothing had come for `gap` milliseconds. Channels and streams are the same objects. */
  resumed: { peer: Peer; gap: number };
  /** Someone's profile arrived or changed. */
  profile: { peer: Peer };
  /** The streams that someone publishes changed. */
  media: { peer: Peer };
  /** Someone is gone. */
  left: { id: string; reason: 'left' | 'vanished' | 'unreachable' };
  /** Someone opened a channel to this member alone. */
  channel: { peer: Peer; channel: Channel };
  /** The room is full. */
  refused: undefined;
  /** The state of a path changed. `code` and `hint` say why, where something is wrong. */
  signaling: SignalingStatus;
}

export interface SignalingStatus {
  transport: string;
  state: 'connecting' | 'connected' | 'reconnecting' | 'failed';
  code?: string;
  hint?: string;
}

/** A room that was joined. It stays joined until `leave()`, even when nothing refers to it any more. */
export class Room {
  private constructor();
  /** This member's id: new for every `join`. */
  readonly id: string;
  /** Everyone else. */
  readonly peers: Peer[];
  /** The paths, and how they are. */
  readonly signaling: SignalingStatus[];
  /** Calls `listener` at each event. Nothing that happened before the first listener is lost. */
  on<E extends keyof RoomEvents>(event: E, listener: (detail: RoomEvents[E]) => void): void;
  off<E extends keyof RoomEvents>(event: E, listener: (detail: RoomEvents[E]) => void): void;
  /** The declared channel of this label. */
  channel(label: string): RoomChannel | undefined;
  /** Shows a stream to all others, those who come later too. */
  publish(stream: MediaStream, source?: Source): void;
  unpublish(stream: MediaStream): void;
  setProfile(profile: string | Uint8Array): void;
  /** Tests this member's network, with the room's servers and paths. */
  diagnose(): Promise<Diagnosis>;
  /** Says goodbye and closes everything. */
  leave(): Promise<void>;
}

/** Another member. Compare by `id`: each event comes with a new object. */
export class Peer {
  private constructor();
  readonly id: string;
  readonly state: PeerState;
  /** The bytes of their profile. */
  readonly profile: Uint8Array;
  /** Their profile as text. */
  readonly profileText: string;
  readonly media: RemoteMedia[];
  /** The browser's own object, or nothing while there is none. For reading: negotiation is not yours. */
  readonly connection: RTCPeerConnection | undefined;
  /** Opens a channel to this member alone, who is told by the event `channel`. */
  openChannel(label: string, options?: ChannelOptions): Channel;
  /** Figures of the connection. What reads them is loaded at the first use; when it does not come, that fails with the code `load`. */
  stats(): Promise<PeerStats>;
  /** Why they cannot be reached, or how they are connected; also when they have left. */
  diagnose(): Promise<Diagnosis>;
}

export interface RemoteMedia {
  stream: MediaStream;
  source: Source;
  /** Whether it has sound, or a picture, at the moment. */
  audio: boolean;
  video: boolean;
}

/** Counts since the connection was made. */
export interface PeerStats {
  /** Milliseconds. */
  rtt?: number;
  /** Whether everything goes through a TURN server. */
  relayed?: boolean;
  protocol?: string;
  /** Bits per second that the congestion control thinks the path takes. */
  availableOutgoingBitrate?: number;
  bytesSent: number;
  bytesReceived: number;
  audioPacketsReceived: number;
  videoPacketsReceived: number;
  packetsLost: number;
  framesDecoded: number;
  framesEncoded: number;
  messagesSent: number;
  messagesReceived: number;
}

/** What is sent: text arrives as a `string`, bytes as a `Uint8Array`. */
export type Data = string | ArrayBuffer | Uint8Array;

/** A channel to one peer. */
export class Channel {
  private constructor();
  readonly label: string;
  /** What the side that opened it says of its messages, or the empty string. */
  readonly protocol: string;
  /** Resolves when there was room for it; wait for that before sending more. At most 64 MiB; 256 KiB where it is not reliable and ordered. */
  send(data: Data): Promise<void>;
  /** Called for each message. What arrived before it was set comes first. */
  onmessage: ((message: { data: string | Uint8Array }) => void) | null;
  /** Called once, when the channel is closed for good and `onmessage` has had everything that arrived. */
  onclose: (() => void) | null;
  close(): void;
}

/** A declared channel: to every member of the room. */
export class RoomChannel {
  private constructor();
  readonly label: string;
  /** What it was declared with here. */
  readonly protocol: string;
  /** Sends to everyone who is connected. Resolves, with how many that were, when there was room for it. */
  send(data: Data): Promise<number>;
  /** Sends to one. */
  sendTo(peer: Peer, data: Data): Promise<void>;
  /** Called for each message. What arrived before it was set comes first. */
  onmessage: ((message: { peer: Peer; data: string | Uint8Array }) => void) | null;
}
