// TURN credentials that expire, as the service of an application would give them out.

/** How long a relay may take to answer, ms. */
const ANSWERS_WITHIN = 5_000;

/**
 * An ICE server with credentials that are good for `life` ms from now on: the user name is the second at which they end, and the password
 * is made from it with the secret that the server shares (draft-uberti-behave-turn-rest-00).
 */
export async function credentials({ urls, secret, life }) {
  const username = `${Math.floor((Date.now() + life) / 1000)}:lab`;
  const bytes = (text) => new TextEncoder().encode(text);
  const key = await crypto.subtle.importKey('raw', bytes(secret), { name: 'HMAC', hash: 'SHA-1' }, false, ['sign']);
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes(username)));
  return { urls, username, credential: btoa(String.fromCharCode(...mac)) };
}

/** Whether these servers relay for us now: whether a connection of its own finds a candidate there. */
export async function relays(iceServers) {
  const connection = new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay' });
  try {
    const found = new Promise((resolve) => {
      connection.onicecandidate = ({ candidate }) => { if (!candidate || candidate.candidate.includes(' relay ')) resolve(Boolean(candidate)); };
      setTimeout(resolve, ANSWERS_WITHIN, false);
    });
    connection.createDataChannel('');
    await connection.setLocalDescription();
    return await found;
  } finally {
    connection.close();
  }
}
