// What happened, with the time of each.

const events = [];
const numbers = {};
const flows = {};
const seen = {};
let connections = 0;
let restarts = 0;

/** A silence as long as this, ms, is an interruption: several times what a busy machine makes of 50 or 100 ms. */
const SILENCE = 1_500;

// Before the package makes its first.
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...configuration) {
    super(...configuration);
    connections += 1;
    const number = connections;
    this.addEventListener('connectionstatechange', () => event('connection', { number, state: this.connectionState }));
    this.addEventListener('signalingstatechange', () => event('negotiation', { number, state: this.signalingState }));
    event('connection', { number, state: 'new' });
  }

  setLocalDescription(...description) {
    return noting('setLocalDescription', super.setLocalDescription(...description));
  }

  setRemoteDescription(...description) {
    return noting('setRemoteDescription', super.setRemoteDescription(...description));
  }

  addIceCandidate(...candidate) {
    return noting('addIceCandidate', super.addIceCandidate(...candidate));
  }

  restartIce() {
    restarts += 1;
    event('restart', {});
    super.restartIce();
  }
};

// The broker's line, whose attempts the package keeps to itself.
window.WebSocket = class extends WebSocket {
  constructor(...address) {
    super(...address);
    event('socket', { state: 'new' });
    for (const state of ['open', 'close']) this.addEventListener(state, () => event('socket', { state }));
  }
};

/** The same promise, whose rejection is put down. */
function noting(operation, promise) {
  promise.catch((error) => event('rejected', { operation, error: String(error) }));
  return promise;
}

export function event(name, detail) {
  events.push({ at: Date.now(), name, ...detail });
}

// Firefox tells its console of every WebSocket that fails; these are only what nobody caught.
addEventListener('error', ({ message }) => { if (message) event('mishap', { message }); });
addEventListener('unhandledrejection', ({ reason }) => event('mishap', { message: String(reason) }));

/** Something of this kind came from a peer now. */
function came(id, kind) {
  const now = Date.now();
  const flow = ((flows[id] ??= {})[kind] ??= { first: now, last: now, silences: [] });
  if (now - flow.last >= SILENCE) flow.silences.push({ from: flow.last, until: now });
  flow.last = now;
}

/** A numbered message came. */
export function heard(id, number) {
  came(id, 'messages');
  (numbers[id] ??= []).push(number);
}

/** A count of what came over a connection; it begins anew with each. */
export function progress(id, kind, count) {
  const before = (seen[id] ??= {})[kind] ?? 0;
  seen[id][kind] = count;
  if (count !== before && count > 0) came(id, kind);
}

/** All of it but the numbers, up to now. */
export const read = () => ({ now: Date.now(), events, flows, connections, restarts });

/** The numbers that came, by who sent them. */
export const received = () => numbers;
