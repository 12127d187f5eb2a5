// Runs in the page. Everything it does follows from one number, so that what it finds can be seen again.

/** mulberry32: small, and the same everywhere. */
function generator(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count) => Math.floor(next() * count);
  return { next, below, pick: (list) => list[below(list.length)] };
}

const throws = () => { throw new TypeError('from the application'); };
const cyclic = [];
cyclic.push(cyclic);
const deep = (levels) => { let value = 'x'; for (let level = 0; level < levels; level += 1) value = level % 2 ? [value] : { urls: value }; return value; };

/** What nobody should pass, each made anew. */
const HOSTILE = [
  () => undefined, () => null, () => true, () => '', () => ' ', () => 0, () => -0, () => -1, () => 1.5, () => NaN, () => Infinity, () => -Infinity,
  () => 2 ** 31, () => 2 ** 32, () => 2 ** 53, () => 2n ** 64n, () => 5e-324, () => Symbol('s'), () => Symbol.iterator, () => () => {}, () => throws,
  () => async () => {}, () => async () => throws(), () => () => new Promise(() => {}), () => class {}, () => [], () => [[]], () => [undefined], () => new Array(5),
  () => new Array(1e5).fill('stun:x'), () => ({}), () => Object.create(null), () => ({ length: 3 }), () => ({ length: -1 }), () => ({ length: 2 ** 53 }),
  () => cyclic, () => deep(4), () => deep(1e4), () => new Date(NaN), () => /x/, () => new Map([['app', 1]]), () => new Set(['broadcast']), () => new Uint8Array(3),
  () => new Uint8Array(0), () => new Uint8Array(1e6), () => new Float64Array(2), () => new ArrayBuffer(8), () => structuredClone(new ArrayBuffer(4)),
  () => document, () => document.body, () => window, () => new MediaStream(), () => new Proxy({}, {}), () => new Proxy([], {}),
  () => new Proxy({}, { get: throws }), () => new Proxy([], { get: throws }), () => new Proxy({}, { has: throws, ownKeys: throws, getPrototypeOf: throws }),
  () => ({ toString: throws, valueOf: throws }), () => ({ [Symbol.toPrimitive]: throws }), () => ({ [Symbol.iterator]: throws }), () => ({ then: throws }),
  () => new String('broadcast'), () => new Number(7), () => Object(1n), () => 'x'.repeat(70_000), () => '\u0000', () => '\uD800', () => '\u202Egnp', () => '👋'.repeat(300),
  () => 'broadcast', () => ['broadcast'], () => ['broadcast', 'broadcast'], () => ({ mqtt: 'ws://127.0.0.1:9/mqtt' }), () => ({ mqtt: 'ws://' }), () => ({ mqtt: 7 }),
  () => ({ mqtt: 'wss://a:b@[::1]:99999/' }), () => 'stun:', () => 'stun:127.0.0.1:99999', () => 'turn:127.0.0.1', () => 'javascript:alert(1)', () => '__proto__',
  () => ({ __proto__: { app: 'a' } }), () => ({ label: 'a', maxRetransmits: 1, maxPacketLifeTime: 1 }), () => ({ label: 'a'.repeat(70_000) }),
  () => ({ iceServers: [], expiresIn: -1 }), () => ({ iceServers: 'no', expiresIn: 'never' }), () => ({ ordered: 'yes' }), () => ({ maxRetransmits: 70_000 }),
];

const good = (secret) => ({
  app: 'a', room: 'r', secret, signaling: ['broadcast'], iceServers: [], relayOnly: false, maxPeers: 3, profile: 'p',
  channels: [{ label: 'c', ordered: true, protocol: 'p' }, { label: 'd', maxRetransmits: 0 }],
});

/** Every place in `value`, which is in order, where something else could be: `[holder, key]`. */
function* places(value) {
  if (typeof value !== 'object') return;
  for (const key of Object.keys(value)) {
    yield [value, key];
    yield* places(value[key]);
  }
}

/** `options` with something else in one to three places, or something else altogether. */
function spoiled(random, options) {
  if (random.below(10) === 0) return random.pick(HOSTILE)();
  const all = [...places(options)];
  for (let times = 1 + random.below(3); times > 0; times -= 1) {
    const [holder, key] = random.pick(all);
    const value = random.pick(HOSTILE);
    switch (random.below(4)) {
      case 0: delete holder[key]; break;
      case 1: Object.defineProperty(holder, key, { get: random.pick([throws, value]), configurable: true, enumerable: true }); break;
      default: Object.defineProperty(holder, key, { value: value(), configurable: true, enumerable: true, writable: true });
    }
  }
  return options;
}

/** Whether that is a failure as the package promises it. */
const isProper = (error) =>
  error instanceof Error && error.name === 'HandclaspError' && [error.code, error.message, error.hint].every((text) => typeof text === 'string' && text);

/** Longer than a source of ICE servers may take (5 s), in ms. */
const DEADLINE = 15_000;

/** What becomes of a call: `ok`, `refused`, or a sentence about what is wrong with it. */
async function outcome(call) {
  const late = Symbol('late');
  let timer;
  try {
    const result = await Promise.race([call(), new Promise((resolve) => { timer = setTimeout(resolve, DEADLINE, late); })]);
    return result === late ? 'no end' : 'ok';
  } catch (error) {
    return isProper(error) ? 'refused' : `not a HandclaspError: ${error?.stack ?? String(error)}`;
  } finally {
    clearTimeout(timer);
  }
}

/** The calls, each with hostile values. `room` is one that is joined. */
const CALLS = {
  join: (random, { handclasp, secret }) => async () => {
    const room = await handclasp.join(spoiled(random, good(secret)));
    await room.leave();
  },
  diagnose: (random, { handclasp }) => async () => {
    await handclasp.diagnose(spoiled(random, { signaling: [], iceServers: [] }));
  },
  setProfile: (random, { room }) => async () => room.setProfile(random.pick(HOSTILE)()),
  channel: (random, { room }) => async () => room.channel(random.pick(HOSTILE)()),
  send: (random, { room }) => async () => room.channel('c').send(random.pick(HOSTILE)()),
  sendTo: (random, { room }) => async () => room.channel('c').send(random.pick(HOSTILE)(), { to: random.pick([room.peers[0], random.pick(HOSTILE)()]) }),
  openChannel: (random, { room }) => async () => {
    const options = spoiled(random, { ordered: true, maxRetransmits: 1, protocol: 'p' });
    room.peers[0].openChannel(random.pick([random.pick(HOSTILE)(), 'aside']), options).close();
  },
  publish: (random, { room }) => async () => room.publish(random.pick(HOSTILE)()),
  unpublish: (random, { room }) => async () => room.unpublish(random.pick(HOSTILE)()),
  handle: (random, { room }) => async () => room.handle(random.pick(HOSTILE)(), random.pick(HOSTILE)()),
  request: (random, { room }) => async () => room.peers[0].request(random.pick([random.pick(HOSTILE)(), 'unknown']), 'payload'),
};

/**
 * `rounds` calls from `seed` on, each with a seed of its own: how many did what, and the first few that did what they must not.
 * `mostly` names the call that half of the rounds are about.
 */
window.fuzzOptions = async (surroundings, seed, rounds) => {
  const seen = { ok: 0, refused: 0, wrong: [] };
  for (let round = 0; round < rounds && seen.wrong.length < 5; round += 1) {
    const random = generator(seed + round);
    // A diagnosis that is in order takes seconds, and joining is where most of the options are.
    const name = random.below(50) === 0 ? 'diagnose' : random.below(2) ? 'join' : random.pick(Object.keys(CALLS).filter((call) => call !== 'diagnose'));
    const result = await outcome(CALLS[name](random, surroundings));
    if (result in seen) seen[result] += 1;
    else seen.wrong.push(`seed ${seed + round}, ${name}: ${result}`);
  }
  return seen;
};
