// Runs in every page before its own scripts (Playwright init script).
//
// It watches what a page cannot be asked for by its user interface: the peer connections it makes, what arrives on
// them, and everything that went wrong unhandled. The page never sees `window.__probe`; only the tests read it.
(() => {
  const live = new Set();
  const made = [];
  const local = new Set();

  const remember = (description) => {
    for (const line of description?.sdp?.split(/\r?\n/) ?? []) {
      const found =
        /^a=ice-ufrag:(\S+)/.exec(line)?.[1] ??
        /^a=ice-pwd:(\S+)/.exec(line)?.[1] ??
        /^a=fingerprint:\S+ (\S+)/.exec(line)?.[1];
      if (found) local.add(found);
    }
  };

  class WatchedPeerConnection extends RTCPeerConnection {
    constructor(...configuration) {
      super(...configuration);
      const times = { made: performance.now(), connected: undefined };
      made.push(times);
      live.add(this);
      this.addEventListener('connectionstatechange', () => {
        if (this.connectionState === 'connected') times.connected ??= performance.now();
      });
      this.addEventListener('signalingstatechange', () => remember(this.localDescription));
      this.addEventListener('icecandidate', ({ candidate }) => {
        // A candidate is "foundation component transport priority address port ..." (RFC 8839 §5.1).
        const fields = candidate?.candidate.split(' ') ?? [];
        if (fields.length > 5) local.add(`${fields[4]} ${fields[5]}`);
      });
    }

    close() {
      live.delete(this);
      super.close();
    }
  }
  window.RTCPeerConnection = WatchedPeerConnection;

  const sent = [];
  window.WebSocket = class extends WebSocket {
    send(data) {
      const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data.buffer ?? data, data.byteOffset, data.byteLength);
      sent.push(String.fromCharCode(...bytes));
      super.send(data);
    }
  };

  const report = (kind, detail) => console.error(`[probe:${kind}] ${detail}`);
  const describe = (error) => (error?.stack ? `${error}\n${error.stack}` : String(error));
  addEventListener('error', (event) => {
    // Resources that failed to load come by here too (as plain events); the console has those.
    if (event instanceof ErrorEvent) report('uncaught', describe(event.error ?? event.message));
  }, true);
  addEventListener('unhandledrejection', ({ reason }) => report('unhandled', describe(reason)));
  document.addEventListener('securitypolicyviolation', (event) => {
    // What the driver evaluates: in Firefox it adds a style before it takes a picture. The page itself cannot evaluate anything.
    if (/\beval$/.test(decodeURI(event.sourceFile))) return;
    report('csp', `${event.violatedDirective} blocked ${event.blockedURI} (${event.sourceFile}:${event.lineNumber})`);
  });

  // What the page put on the clipboard. Reading that back would need a permission that not every browser's driver can give.
  const copied = [];
  const { clipboard } = navigator;
  if (clipboard) {
    const write = clipboard.writeText.bind(clipboard);
    clipboard.writeText = async (text) => {
      await write(text);
      copied.push(text);
    };
  }

  // When things happened, by the clock that all processes of this machine share.
  const times = { clicked: {}, tileGone: undefined };
  addEventListener('click', ({ target }) => {
    const id = target.closest?.('[data-testid]')?.dataset.testid;
    if (id) times.clicked[id] = Date.now();
  }, true);
  new MutationObserver((changes) => {
    const gone = changes.flatMap(({ removedNodes }) => [...removedNodes]);
    if (gone.some((node) => node.matches?.('[data-testid=tile]'))) times.tileGone = Date.now();
  }).observe(document, { subtree: true, childList: true });

  const inbound = (entry) => ({
    kind: entry.kind,
    mid: entry.mid,
    packets: entry.packetsReceived ?? 0,
    frames: entry.framesDecoded ?? 0,
    energy: entry.totalAudioEnergy ?? 0,
    width: entry.frameWidth,
  });

  window.__probe = {
    /** One entry for each peer connection that is not closed: its state, and what arrives on it. */
    async connections() {
      const all = [];
      for (const connection of live) {
        const entries = [...(await connection.getStats()).values()];
        all.push({
          state: connection.connectionState,
          inbound: entries.filter((entry) => entry.type === 'inbound-rtp').map(inbound),
        });
      }
      return all;
    },
    /** When controls were last clicked, by their test id, and when a tile last went. */
    times,
    /** How many peer connections were ever made: more than there are others means that one was built anew. */
    made: () => made.length,
    /** Milliseconds from making each peer connection to its first `connected`. */
    connectTimes: () => made.map((times) => times.connected && Math.round(times.connected - times.made)),
    /** What this browser said about itself when negotiating: ufrags, passwords, fingerprints, addresses with port. */
    secrets: () => [...local],
    /** The texts that the page put on the clipboard. */
    copied: () => copied,
    /** Every byte that went out over a WebSocket, as a string of one character for each byte. */
    sent: () => sent.join(''),
  };
})();
