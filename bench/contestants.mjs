// Who is measured. Each has a module in `contestants/`, whose `connect` resolves with an open link:
//
//   { send(bytes), onmessage }   `send` gives nothing when there is room for more, else a promise of room, if that can be known at all
//
// A program that has its data elsewhere than in JavaScript brings both ends instead, `{ sendAll(plan), expect(plan) }`, as in `handclasp-rust.js`.
//
// `piece` is what a stream is sent in: whatever suits the contestant best. `limit` is the largest message that goes through it as one; larger ones
// the harness sends in pieces, as the contestant's user would have to. `differs` is what to know when its figures are compared.

const KIB = 1024;
const MIB = 1024 * KIB;

/** What everything is compared to. */
export const REFERENCE = 'raw-64';

export const CONTESTANTS = [
  ...[16, 64, 256].map((size) => ({
    id: `raw-${size}`,
    title: `RTCDataChannel, ${size} KiB`,
    module: 'raw.js',
    piece: size * KIB,
    limit: size * KIB,
    differs: `The browser's own channel by hand, in pieces of ${size} KiB, waiting for its event above 1 MiB.`,
  })),
  {
    id: 'handclasp-js',
    title: 'handclasp from JavaScript',
    module: 'handclasp.js',
    piece: 64 * KIB,
    limit: Infinity,
    ours: true,
    differs: 'A room\'s channel. It counts what has come, so that nothing is lost or doubled when the connection has to be made anew. Sends messages above 64 KiB in fragments by itself, and small ones together while the browser is busy.',
  },
  {
    id: 'handclasp-rust',
    title: 'handclasp from Rust',
    module: 'handclasp-rust.js',
    piece: 64 * KIB,
    limit: Infinity,
    ours: true,
    differs: 'The same from the crate, with everything made and summed in the memory of a program in Rust: each message is copied out of it, and into it at the other end.',
  },
  {
    id: 'handclasp-files',
    title: 'handclasp, as a file',
    module: 'handclasp-files.js',
    piece: 64 * KIB,
    limit: Infinity,
    ours: true,
    differs: 'The same bytes as a file that is offered, hashed on both sides and written to the receiver\'s disk, all of which is timed. It opens more connections where they carry more.',
  },
  {
    id: 'simple-peer',
    title: 'simple-peer',
    module: 'simple-peer.js',
    package: 'simple-peer',
    piece: 64 * KIB,
    limit: 64 * KIB,
    differs: 'A stream of Node.js\'s kind, in pieces of 64 KiB; waits by `drain`. Large messages are split by the harness.',
  },
  {
    id: 'thaunknown',
    title: '@thaunknown/simple-peer',
    module: 'thaunknown.js',
    package: '@thaunknown/simple-peer',
    piece: 64 * KIB,
    limit: 64 * KIB,
    differs: 'The same, the fork that is maintained, its `lite` build.',
  },
  {
    id: 'peerjs',
    title: 'PeerJS',
    module: 'peerjs.js',
    package: 'peerjs',
    piece: MIB,
    limit: Infinity,
    differs: 'Packs every message in BinaryPack and splits it at 16,300 B by itself. It cannot be waited for: the harness waits by its channel\'s event.',
  },
  {
    id: 'trystero',
    title: 'Trystero',
    module: 'trystero.js',
    package: '@trystero-p2p/core',
    piece: MIB,
    limit: Infinity,
    differs: 'Splits every message at 16 KiB by itself, each piece with 36 B in front.',
  },
];
