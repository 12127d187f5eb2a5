/** A failure: a sentence in `message`, a stable name in `code`, and the next step, for people, in `hint`. */
export class HandclaspError extends Error {
  constructor(message: string, details?: { code?: string; hint?: string; cause?: unknown });
  readonly name: 'HandclaspError';
  readonly code: string;
  readonly hint: string;
  /** What it came from, where that is known. */
  readonly cause?: unknown;
}

/** What takes a signal to wait no longer: the call then rejects with `signal.reason`. What has gone out by then stays so. */
export interface Abortable {
  signal?: AbortSignal;
}

// Before anything

/**
 * Loads the WebAssembly. The first call that needs it does so by itself; this is for doing it earlier, or from somewhere else. Once it is loaded, this does
 * nothing. A failure is not kept: the next call tries again.
 *
 * @throws {HandclaspError} `load` when it does not come, `join-unsupported` without WebRTC, such as on a server.
 */
export function init(options?: {
  /** Where it is, or what it is. `handclasp_bg.wasm` beside the modules unless told. The parts that are loaded later stay where they are. */
  wasm?: URL | string | Response | Promise<Response> | BufferSource | WebAssembly.Module;
}): Promise<void>;

/** A new room secret of 128 bits, as text for a link: best kept in its fragment. Needs no WebAssembly. */
export function generateSecret(): string;

/**
 * Tests this browser's network and permissions, and these servers; also before any call. Takes ten seconds at most, and does not use a camera.
 *
 * @throws {HandclaspError} `options` when the options cannot be used; `load` when the part for it does not come.
 */
export function diagnose(options?: Pick<JoinOptions, 'iceServers'> & Partial<Pick<JoinOptions, 'signaling'>> & Abortable): Promise<Diagnosis>;

// Signaling

/** What the members of a room find each other over. */
export type SignalingPath =
  /** The tabs of this browser: the constant `broadcast`. */
  | 'broadcast'
  /** An MQTT broker that speaks WebSocket: `mqtt(url)`. What does so here is loaded at the first one. */
  | { readonly mqtt: string }
  | Signaling;

/** The tabs of this browser, with no server at all. */
export const broadcast: SignalingPath;

/** An MQTT broker, by an address that begins with `ws://` or `wss://`; a user name and a password may be in it. */
export function mqtt(url: string): SignalingPath;

/**
 * A path of one's own. It carries opaque bytes, a few kilobytes at the most, and need not be reliable: to lose, repeat and reorder them is allowed. All trust
 * is in what they hold, so that a path can keep a call from coming about, but neither listen nor take part.
 */
export interface Signaling {
  /** What to call it in `room.signaling`; `custom` unless told. */
  readonly name?: string;
  /** Passes `bytes` on to everyone who has subscribed to `topic`. Called only while subscribed. A promise that rejects tells that it failed. */
  publish(topic: string, bytes: Uint8Array): unknown;
  /**
   * From now on calls `callback` with what is published on `topic`, be it a `Uint8Array`, an `ArrayBuffer` or another view. Returns how to end that, or a
   * promise of it. The path is up when this has returned or the promise has resolved; what it throws or rejects with is tried again, with pauses up to half a
   * minute. Who knows more says so by `status`: `up()` after each interruption, `down(reason)` at each.
   */
  subscribe(topic: string, callback: (bytes: BufferSource) => void, status: { up(): void; down(reason?: unknown): void }): (() => void) | void | Promise<(() => void) | void>;
}

/** How a path is. `code` and `hint` say why, where something is wrong. */
export interface SignalingStatus {
  readonly transport: string;
  readonly state: 'connecting' | 'connected' | 'reconnecting' | 'failed';
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
}

// Joining

export interface RoomOptions {
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
  /**
   * Channels to all others that are there from the first moment, at most 16. All members declare the same ones in the same order. Channels need not be
   * declared: `room.channel(label)` makes one of any label. Declared ones carry a message to someone who has only just connected a round trip earlier.
   */
  channels?: (ChannelOptions & { label: string })[];
}

export interface JoinOptions extends RoomOptions {
  /** Names that keep rooms of one secret apart. They never leave the browser. */
  app: string;
  room: string;
  /** What the members share and nobody else knows: `generateSecret()`, best kept in the fragment of a link. */
  secret: string;
  /** One path, or several, which are all used at the same time. */
  signaling: SignalingPath | SignalingPath[];
}

/** ICE servers whose credentials are good for `expiresIn` milliseconds; without it, for good. */
export interface ExpiringIceServers {
  iceServers: RTCIceServer[];
  expiresIn?: number;
}
export type IceServerAnswer = RTCIceServer[] | ExpiringIceServers;

/**
 * Joins a room. Resolves as soon as that is set up here, and does not wait for a server or for others.
 *
 * Aborted before that, it rejects with the signal's reason, and nothing was joined; aborted later, the room is left.
 *
 * @throws {HandclaspError} `options`, `secret-…` or `join-…` when the options cannot be used, or the browser lacks something; `load` when the WebAssembly, or
 * the part for a path, does not come.
 */
export function join(options: JoinOptions & Abortable): Promise<Room>;

/**
 * Connects two browsers by two texts that people, or the application, carry: no server, and no deadline. Without `invite` it makes an invitation, with it the
 * reply. Both are about 150 letters long and good for as long as both pages stay open.
 *
 * ```js
 * const connection = await connect();            // here
 * show(connection.invite);
 * const peer = await connection.accept(pasted);
 *
 * const connection = await connect({ invite });  // there
 * show(connection.reply);
 * const peer = await connection.connected;
 * ```
 *
 * Aborted before it resolves, it rejects with the signal's reason; aborted later, the connection is closed.
 *
 * @throws {HandclaspError} `card-…` when the invitation is none, or too old; `options`, `join-…`, `load` as `join`.
 */
export function connect(options?: ConnectOptions & Abortable): Promise<Connection>;

export interface ConnectOptions extends RoomOptions {
  /** The other side's invitation: by itself, or in whatever link or message it came in. */
  invite?: string;
  /** What to show the other side from the beginning. */
  stream?: MediaStream;
  /** Paths over which both find each other again, should the connection break beyond healing. None unless told. */
  signaling?: SignalingPath | SignalingPath[];
}

/** One handshake by hand. */
export class Connection implements AsyncDisposable {
  private constructor();
  /** What goes to the other side. Only where this one invites. */
  readonly invite?: string;
  /** What goes back. Only where this one was invited. */
  readonly reply?: string;
  /** The room of the two. */
  readonly room: Room;
  /** The other side, once it is connected. Rejects with `handshake-…` when that cannot be any more: forty seconds after the reply was accepted. */
  readonly connected: Promise<Peer>;
  /**
   * Takes the reply: by itself, or in whatever link or message it came in. Resolves as `connected` does.
   *
   * @throws {HandclaspError} `card-…` when it is none; another can be tried.
   */
  accept(reply: string): Promise<Peer>;
  /** Closes the connection, or gives it up. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

// Rooms

/** An event of ours: the browser's own, with these members. */
type Told<Type extends string, Members> = Event & { readonly type: Type } & Readonly<Members>;

/** What happens in a room. */
export interface RoomEventMap {
  /** Someone is here. Their connection is still being made. */
  peer: Told<'peer', { peer: Peer }>;
  /** The connection to someone changed: messages flow from `connected` on. */
  state: Told<'state', { peer: Peer; state: PeerState }>;
  /** Everything flows again with someone, after nothing had come for `gap` milliseconds. Channels and streams are the same objects. */
  resumed: Told<'resumed', { peer: Peer; gap: number }>;
  /** Someone's profile arrived or changed. */
  profile: Told<'profile', { peer: Peer }>;
  /** The streams that someone publishes changed. */
  media: Told<'media', { peer: Peer }>;
  /** Someone is gone. */
  left: Told<'left', { peer: Peer; id: string; reason: LeaveReason }>;
  /** Someone opened a channel to this member alone. */
  channel: Told<'channel', { peer: Peer; channel: Channel }>;
  /** Someone offers files: `transfer.accept()` or `transfer.decline()`. */
  files: Told<'files', { peer: Peer; transfer: Transfer }>;
  /** The room is full. */
  full: Told<'full', {}>;
  /** The state of a path changed. */
  signaling: Told<'signaling', SignalingStatus>;
}

export type LeaveReason = 'left' | 'vanished' | 'unreachable';

/** An `EventTarget` that knows its events. */
interface Target<Events> extends EventTarget {
  addEventListener<Type extends keyof Events & string>(
    type: Type, listener: ((event: Events[Type]) => unknown) | { handleEvent(event: Events[Type]): unknown } | null, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<Type extends keyof Events & string>(
    type: Type, listener: ((event: Events[Type]) => unknown) | { handleEvent(event: Events[Type]): unknown } | null, options?: boolean | EventListenerOptions): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
}

type Handlers<Events> = { [Type in keyof Events & string as `on${Type}`]: ((event: Events[Type]) => unknown) | null };

/**
 * A room that was joined. It stays joined until `leave()`, even when nothing refers to it any more.
 *
 * Its events are also what `for await` gives, from then on and until it is left; and nothing that happened before the first listener is lost.
 */
export interface Room extends Target<RoomEventMap>, Handlers<RoomEventMap> {}
export class Room implements AsyncDisposable {
  private constructor();
  /** This member's id: new for every `join`. */
  readonly id: string;
  /** Everyone else. The same object for the same member, always. */
  readonly peers: Peer[];
  /** The member of this id. */
  peer(id: string): Peer | undefined;
  /** The paths, and how they are. */
  readonly signaling: SignalingStatus[];
  /**
   * The channel of this label to every member, the same object every time. It need not be declared: members may ask for it when they like, and what was sent
   * to them before waits, bounded. `options` are for what is sent from here, and have no effect where it was declared.
   *
   * `T` says what the application sends on it; nobody checks that.
   *
   * @throws {HandclaspError} `options` for a label that is empty, longer than 241 bytes, or begins with `handclasp.`.
   */
  channel<T extends Data = Data>(label: string, options?: ChannelOptions): RoomChannel<T>;
  /**
   * Shows a stream to all others, those who come later too. When `signal` is aborted, no longer.
   *
   * @throws {HandclaspError} `publish-…`, `options`.
   */
  publish(stream: MediaStream, options?: { source?: Source } & Abortable): Promise<void>;
  unpublish(stream: MediaStream): void;
  /** Changes what others see of this member: at most 1024 bytes. */
  setProfile(profile: string | Uint8Array): void;
  /**
   * Sends files to one member, to several, or, unless told, to all who are connected. Resolves when they have everything, verified; what breaks off goes on by
   * itself. Rejects at the first who does not take it. Aborted, it is cancelled.
   *
   * @throws {HandclaspError} `offer-…`, `transfer-…`, such as `transfer-declined`; `peer-left`.
   */
  sendFile(files: Sendable | Iterable<Sendable>, options: SendFileOptions & { to: Peer }): Promise<Transfer>;
  sendFile(files: Sendable | Iterable<Sendable>, options?: SendFileOptions & { to?: Peer[] }): Promise<Transfer[]>;
  /**
   * Answers requests of this name, until `signal` is aborted or the room is left. What `answer` gives, or promises, goes back; what it throws arrives as
   * `request-failed` with the same message. Its `signal` is aborted when the other side waits no longer. Of one member at most 256 are open at a time.
   */
  handle<Payload = any>(name: string, answer: (payload: Payload, context: { from: Peer; signal: AbortSignal }) => unknown, options?: Abortable): void;
  /** Tests this member's network, with the room's servers and paths. */
  diagnose(options?: Abortable): Promise<Diagnosis>;
  /** Says goodbye and closes everything. */
  leave(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
  [Symbol.asyncIterator](): AsyncIterableIterator<RoomEventMap[keyof RoomEventMap]>;
}

// Peers

export type PeerState = 'connecting' | 'connected' | 'interrupted' | 'reconnecting' | 'left';
export type Source = 'camera' | 'screen' | 'other';

/** What happens with one member: as in the room. */
export interface PeerEventMap extends Pick<RoomEventMap, 'state' | 'resumed' | 'profile' | 'media' | 'left' | 'channel' | 'files'> {
  /** Of `new Peer()`: what to carry to the other side's `signal()`, as text. One comes from each side. */
  signal: Told<'signal', { data: string }>;
  /** Of `new Peer()`: both are connected. */
  connect: Told<'connect', {}>;
  /** Of `new Peer()`: the other side has sent something. */
  data: Told<'data', { data: string | Uint8Array }>;
  /** Of `new Peer()`: the other side shows something. */
  stream: Told<'stream', { stream: MediaStream }>;
  /** Of `new Peer()`: it is over. */
  close: Told<'close', {}>;
  /** Of `new Peer()`: what went wrong. It is over then. */
  error: Told<'error', { error: HandclaspError }>;
}

/**
 * Another member of a room.
 *
 * Or, made with `new`, the other side of a handshake whose texts the application carries, for those who come from simple-peer: one text each way, `signal`,
 * and no trickle.
 */
export interface Peer extends Target<PeerEventMap>, Handlers<PeerEventMap> {}
export class Peer {
  constructor(options?: { initiator?: boolean } & Omit<ConnectOptions, 'invite'> & Abortable);
  /** New for every visit. For people: compare peers by themselves. */
  readonly id: string;
  readonly state: PeerState;
  /** Resolves when they are connected, or have been and will be again. @throws {HandclaspError} `peer-left`. */
  connected(options?: Abortable): Promise<Peer>;
  /** The bytes of their profile. */
  readonly profile: Uint8Array;
  /** Their profile as text. */
  readonly profileText: string;
  readonly media: RemoteMedia[];
  /** The browser's own object, or nothing while there is none. For reading: negotiation is not yours. */
  readonly connection: RTCPeerConnection | undefined;
  /**
   * Opens a channel to this member alone, who is told by the event `channel`. At most 64 are open at a time.
   *
   * @throws {HandclaspError} `open-channel-…`, such as `open-channel-not-connected` before they are `connected()`.
   */
  openChannel<T extends Data = Data>(label: string, options?: ChannelOptions): Channel<T>;
  /**
   * Asks this member, who answers by `room.handle`. Payload and answer are what JSON has, or bytes, which arrive as a `Uint8Array`. Waits until they are
   * connected; interruptions are no matter. `timeout` is in milliseconds, 30000 unless told; `Infinity` for none. Aborting, and a timeout, are told to them.
   *
   * @throws {HandclaspError} `request-failed` with the message of what they threw, `request-unknown`, `request-timeout`, `request-lost` when they have left,
   * `request-busy` when 256 are open already.
   */
  request<Answer = any>(name: string, payload?: unknown, options?: { timeout?: number } & Abortable): Promise<Answer>;
  /** Offers files, and resolves as soon as that is said. Aborted later, the transfer is cancelled. */
  offerFiles(files: Sendable | Iterable<Sendable>, options?: SendFileOptions): Promise<Transfer>;
  /** As `room.sendFile` to this member. */
  sendFile(files: Sendable | Iterable<Sendable>, options?: SendFileOptions): Promise<Transfer>;
  /** Figures of the connection. @throws {HandclaspError} `stats-not-connected`, `load`. */
  stats(options?: Abortable): Promise<PeerStats>;
  /** Why they cannot be reached, or how they are connected; also when they have left. */
  diagnose(options?: Abortable): Promise<Diagnosis>;
  /** Of `new Peer()`: takes what the other side's `signal` event gave. */
  signal(text: string): void;
  /** Of `new Peer()`: sends to the other side, where it is an event `data`. Resolves when there was room for it. */
  send(data: Data, options?: Abortable): Promise<void>;
  /** Of `new Peer()`: shows the other side one more stream. */
  publish(stream: MediaStream, options?: { source?: Source } & Abortable): Promise<void>;
  /** Of `new Peer()`: closes everything. */
  destroy(): Promise<void>;
  [Symbol.asyncIterator](): AsyncIterableIterator<PeerEventMap[keyof PeerEventMap]>;
}

export interface RemoteMedia {
  readonly stream: MediaStream;
  readonly source: Source;
  /** Whether it has sound, or a picture, at the moment. */
  readonly audio: boolean;
  readonly video: boolean;
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

// Channels

/** What is sent: text arrives as a `string`, bytes as a `Uint8Array`. */
export type Data = string | ArrayBuffer | ArrayBufferView;

/** What arrives of what is sent. */
export type Arriving<T extends Data> = T extends string ? string : Uint8Array;

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

export interface Message<T extends Data = Data> {
  readonly from: Peer;
  readonly data: Arriving<T>;
}

/**
 * What channels have in common: messages come by `onmessage`, which is the fastest, as events, and by `for await`, each to everyone who reads. While nobody
 * reads, and while somebody who iterates is behind, nothing is taken, and the senders wait: nothing is lost, and nothing piles up. To break out of a loop
 * and begin another loses nothing.
 */
interface Messages<T extends Data> {
  onmessage: ((message: Message<T>) => unknown) | null;
  readonly label: string;
  [Symbol.asyncIterator](): AsyncIterableIterator<Message<T>>;
}

export interface RoomChannelEventMap<T extends Data> {
  message: Told<'message', Message<T>>;
}

/** A channel to every member of the room. */
export interface RoomChannel<T extends Data = Data> extends Messages<T>, Target<RoomChannelEventMap<T>> {}
export class RoomChannel<T extends Data = Data> {
  private constructor();
  /** What it is used with here. */
  readonly protocol: string;
  /**
   * Sends to everyone who is connected, or to those given, for whom it waits while they are interrupted. Resolves, with how many that were, when there was
   * room for it; wait for that before sending more. At most 64 MiB; 256 KiB where it is not reliable and ordered. Aborted, it is not taken back: who had room
   * for it gets it.
   *
   * @throws {HandclaspError} `send-type`, `send-too-large`, `send-busy`, `send-other`; to those given also `send-closed` and `open-channel-…`.
   */
  send(data: T, options?: { to?: Peer | Peer[] } & Abortable): Promise<number>;
  /** Resolves when `peer` has all that was sent to it. @throws {HandclaspError} `flush-…`. */
  flush(peer: Peer, options?: Abortable): Promise<void>;
  /** How many messages to `peer` gave way to newer ones. */
  dropped(peer: Peer): number;
  /**
   * Reads no more. What was sent still arrives. Of a channel that nobody declared, what others send is kept for who asks for
   * the label again, and pauses them meanwhile, as before anybody asked.
   */
  close(): void;
}

export interface ChannelEventMap<T extends Data> extends RoomChannelEventMap<T> {
  /** It is closed for good, and what arrived has been read. `reason` is a code, such as `closed-local`, `closed-remote` or `closed-lost`. */
  close: Told<'close', { reason: string }>;
}

/** A channel to one peer. */
export interface Channel<T extends Data = Data> extends Messages<T>, Target<ChannelEventMap<T>> {}
export class Channel<T extends Data = Data> implements AsyncDisposable {
  private constructor();
  /** Who is at the other end. */
  readonly peer: Peer;
  /** What the side that opened it says of its messages, or the empty string. */
  readonly protocol: string;
  /** Whether it is not closed, here or there. While the peer is interrupted it is open. */
  readonly isOpen: boolean;
  /** How many messages gave way to newer ones before they went. */
  readonly dropped: number;
  onclose: ((event: ChannelEventMap<T>['close']) => unknown) | null;
  /**
   * Resolves when there was room for it; wait for that before sending more. At most 64 MiB; 256 KiB where it is not reliable and ordered. Aborted, it may
   * have gone.
   *
   * @throws {HandclaspError} `send-type`, `send-too-large`, `send-closed`, `send-busy`, `send-other`.
   */
  send(data: T, options?: Abortable): Promise<void>;
  /** Resolves when the peer has all that was sent. Only where it is reliable and ordered. @throws {HandclaspError} `flush-…`. */
  flush(options?: Abortable): Promise<void>;
  /** Closes it once the peer has all that was sent, or after 15 seconds. @throws {HandclaspError} `flush-…`; it is closed all the same. */
  finish(options?: Abortable): Promise<void>;
  /** Closes it. What was sent still arrives while the connection lasts. */
  close(): void;
  /** What arrives, as a stream; cancelling it stops reading. Each use is a reader of its own. */
  readonly readable: ReadableStream<Arriving<T>>;
  /** What is sent, as a stream, which waits where `send` does. Closing it is `finish()`, aborting it `close()`. */
  readonly writable: WritableStream<T>;
  /** `finish()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

// Files

/** A file to send. What is no `File` needs a `path` to be known by; a stream is read to its end first. */
export type Sendable = Blob | ReadableStream<Uint8Array> | { file: Blob | ReadableStream<Uint8Array>; path: string };

export interface SendFileOptions extends Abortable {
  /** What a file is called there, with `/` between folders; its own name unless told. */
  path?: string;
  /** Called at most ten times a second. */
  onprogress?: (event: TransferEventMap['progress']) => unknown;
}

export interface TransferProgress {
  readonly state: TransferState;
  /** While it is paused or cancelled: by whom. */
  readonly byMe?: boolean;
  readonly byPeer?: boolean;
  /** When it failed: why. */
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
  /** Bytes that need not be sent any more, of all files. */
  readonly bytes: number;
  /** Bytes of all files. */
  readonly total: number;
  /** Bytes a second over the last seconds; 0 while none flow. */
  readonly rate: number;
  /** How long it will take at this rate; nothing while nobody can tell. */
  readonly secondsLeft?: number;
  /** Bytes that the receiver had already, of an earlier attempt. */
  readonly resumed: number;
}

export type TransferState =
  /** Not answered yet. */
  | 'offered'
  /** Both sides look what is there already of an earlier attempt. */
  | 'preparing'
  | 'active'
  | 'paused'
  /** There is no connection at the moment. It goes on by itself. */
  | 'interrupted'
  /** The receiver's disk is full. Nothing is lost: it goes on when the receiver has made room and resumes. */
  | 'no-space'
  | 'done'
  | 'declined'
  | 'cancelled'
  | 'failed';

export interface TransferFile {
  /** Relative, with `/` between folders, and safe to use as it is. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** What the sender's browser takes it for: a claim. */
  readonly type: string;
  readonly state: 'waiting' | 'active' | 'done';
  /** Bytes that need not be sent any more. */
  readonly bytes: number;
}

export interface ReceivedFile {
  /** Its place in `files`. */
  readonly index: number;
  readonly path: string;
  readonly file: File;
  /** Whether it is on disk, as long as the page keeps it, or in memory. */
  readonly onDisk: boolean;
}

export interface TransferEventMap {
  progress: Told<'progress', TransferProgress>;
  state: Told<'state', { state: TransferState }>;
}

/** Files on their way to a peer, or from one. Each is verified by a hash; what breaks off goes on where it was. */
export interface Transfer extends Target<TransferEventMap>, Handlers<TransferEventMap> {}
export class Transfer implements AsyncDisposable {
  private constructor();
  /** The same on both sides. */
  readonly id: string;
  readonly peer: Peer;
  /** Whether this side sends. */
  readonly sending: boolean;
  readonly files: TransferFile[];
  readonly progress: TransferProgress;
  readonly state: TransferState;
  /** How many connections are used beside the first; what is set stays so, and `undefined` leaves it to what is measured. */
  get lanes(): number;
  set lanes(lanes: number | undefined);
  /** Resolves when all is there and verified. @throws {HandclaspError} `transfer-…`, such as `transfer-declined` or `transfer-cancelled`. */
  readonly done: Promise<void>;
  /** Of who receives: takes them. */
  accept(): void;
  /** Of who receives: does not want them. */
  decline(): void;
  pause(): void;
  resume(): void;
  cancel(): void;
  /** Of who receives: each file as soon as it is there, from the first on, as often as it is asked for. Throws what `done` does. */
  readonly received: AsyncIterableIterator<ReceivedFile>;
  /** Of who receives: the bytes of the first file, once it is there and verified. */
  readonly readable: ReadableStream<Uint8Array>;
  /** Of who receives: forgets what has been kept on disk. */
  discard(): Promise<void>;
  /** `cancel()`, which does nothing to what is done. */
  [Symbol.asyncDispose](): Promise<void>;
  [Symbol.asyncIterator](): AsyncIterableIterator<TransferEventMap[keyof TransferEventMap]>;
}

// Diagnosis

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
    left?: LeaveReason;
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
